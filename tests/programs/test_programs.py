"""C programs with their expected output, compiled by our driver, linked with the cross C library, run by QEMU."""
from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

HERE = Path(__file__).parent
TRIPLE = "riscv64-linux-gnu"
LINKER = shutil.which(f"{TRIPLE}-gcc")
EMULATOR = shutil.which("qemu-riscv64")
pytestmark = pytest.mark.skipif(LINKER is None or EMULATOR is None, reason="needs the cross C library and QEMU")


def run_driver(directory: Path, *words: str) -> str:
    """Standard output of our driver; fails the test on an error."""
    errors, out = io.StringIO(), io.BytesIO()
    context = ToolContext(str(directory), {"HOME": os.environ.get("HOME", str(directory))}, io.BytesIO(), out, errors)
    assert driver([f"--target={TRIPLE}", *words], context) == 0, errors.getvalue()
    return out.getvalue().decode()


@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-Os"])
@pytest.mark.parametrize("name", sorted(p.stem for p in HERE.glob("*.c")))
def test_program(tmp_path: Path, name: str, level: str) -> None:
    assert LINKER is not None and EMULATOR is not None
    run_driver(tmp_path, "-w", level, "-c", str(HERE / f"{name}.c"), "-o", str(tmp_path / "p.o"))
    runtime = run_driver(tmp_path, "-print-libgcc-file-name").strip()
    subprocess.run([LINKER, "-static", "-z", "execstack", "-o", str(tmp_path / "p"), str(tmp_path / "p.o"), runtime, "-lm"], check=True)
    result = subprocess.run([EMULATOR, str(tmp_path / "p")], capture_output=True, text=True, timeout=60)
    assert result.stdout == (HERE / f"{name}.expected").read_text() and result.returncode == 0


@pytest.mark.parametrize("word, size", [("-fshort-wchar", 2), ("-fno-short-wchar", 4)])
def test_width_of_wide_characters(tmp_path: Path, word: str, size: int) -> None:
    (tmp_path / "t.c").write_text(f"""__WCHAR_TYPE__ s[] = L"x\\U0001f600";
        _Static_assert(sizeof(L'a') == {size} && sizeof s == {4 * size if size == 2 else 3 * size} && __SIZEOF_WCHAR_T__ == {size}, "");
        _Static_assert(__WCHAR_MAX__ == {65535 if size == 2 else 2147483647}, "");""")
    run_driver(tmp_path, word, "-c", "t.c", "-o", "t.o")
