"""Forms that -Os chooses: inc, dec, or for -1, shifts by one."""
from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main

SOURCE = """
int g(int); int x; long y;
int f(int a, long b) { x++; y--; g(a + 1); g(-1); return g(a - 1) + (b >> 1); }
__int128 sum(__int128 a) { return a + 1; }
"""


@pytest.mark.skipif(shutil.which("objdump") is None, reason="needs objdump")
def test_short_forms_where_the_flags_are_dead(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(SOURCE)
    context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), io.StringIO())
    assert main(["--target=x86_64-linux-gnu", "-Os", "-c", "a.c", "-o", "a.o"], context) == 0
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", str(tmp_path / "a.o")], capture_output=True, text=True, check=True).stdout
    f, _, wide = text.partition("<sum>:")
    for form in ("incl ", "decq ", "inc ", "or     $0xffffffff", "dec "):
        assert form in f
    assert "inc" not in wide.split("cmp")[0].split("adc")[0]


@pytest.mark.skipif(shutil.which("objdump") is None, reason="needs objdump")
def test_the_forms_of_one_byte_in_32_bit_mode(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int g(int); int x; int f(int a) { x++; g(a + 1); return g(a - 1) + 1; }")
    context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), io.StringIO())
    for options in (["-m32"], ["-m16"]):
        assert main(["--target=x86_64-linux-gnu", *options, "-Os", "-ffreestanding", "-c", "a.c", "-o", "a.o"], context) == 0
    assert main(["--target=x86_64-linux-gnu", "-m32", "-Os", "-c", "a.c", "-o", "a.o"], context) == 0
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", str(tmp_path / "a.o")], capture_output=True, text=True, check=True).stdout
    assert "inc    %e" in text and "incl " in text
