"""-g: line table and entries, read back with objdump."""
from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

TEXT = """struct point { int x, y : 5; struct point *next; };
enum colour { RED, BLUE = 7 };
static enum colour favourite = BLUE;
struct point origin;
int sum(const struct point *p, int n)
{
    int s = 0;
    while (n--)
        s += p[n].x + favourite;
    return s;
}
int twice(int v) { return sum(&origin, v) * 2; }
"""


OBJDUMP = shutil.which("riscv64-linux-gnu-objdump")
pytestmark = pytest.mark.skipif(OBJDUMP is None, reason="needs objdump for RISC-V")


def dump(tmp_path: Path, what: str) -> str:
    (tmp_path / "t.c").write_text(TEXT)
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), {"HOME": str(tmp_path)}, io.BytesIO(), io.BytesIO(), errors)
    assert driver(["--target=riscv64-linux-gnu", "-g", "-O1", "-c", "t.c", "-o", "t.o"], context) == 0, errors.getvalue()
    assert OBJDUMP is not None
    return subprocess.run([OBJDUMP, f"--dwarf={what}", str(tmp_path / "t.o")], capture_output=True, text=True, check=True).stdout


def test_entries(tmp_path: Path) -> None:
    text = dump(tmp_path, "info")
    for tag, name in (("compile_unit", "t.c"), ("subprogram", "sum"), ("subprogram", "twice"), ("variable", "origin"), ("variable", "favourite"),
                      ("enumerator", "BLUE"), ("structure_type", "point"), ("member", "next")):
        assert re.search(rf"DW_TAG_{tag}\).*?DW_AT_name[^\n]*: {re.escape(name)}\n", text, re.S), (tag, name)
    assert re.search(r"DW_AT_name[^\n]*: y\n[^\n]*DW_AT_type[^\n]*\n[^\n]*DW_AT_bit_size[^\n]*: 5", text)


def test_lines(tmp_path: Path) -> None:
    lines = {int(m) for m in re.findall(r"^t\.c\s+(\d+)", dump(tmp_path, "decodedline"), re.M)}
    assert {8, 9, 12} <= lines
