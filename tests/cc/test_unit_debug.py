"""-g: line table and entries, read back with pyelftools."""
from __future__ import annotations

import io
from pathlib import Path

from elftools.elf.elffile import ELFFile

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


def dwarf_of(tmp_path: Path) -> ELFFile:
    (tmp_path / "t.c").write_text(TEXT)
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), {"HOME": str(tmp_path)}, io.BytesIO(), io.BytesIO(), errors)
    assert driver(["--target=riscv64-linux-gnu", "-g", "-O1", "-c", "t.c", "-o", "t.o"], context) == 0, errors.getvalue()
    return ELFFile(io.BytesIO((tmp_path / "t.o").read_bytes()))


def test_entries(tmp_path: Path) -> None:
    unit = next(dwarf_of(tmp_path).get_dwarf_info().iter_CUs())
    top = unit.get_top_DIE()
    assert top.attributes["DW_AT_name"].value == b"t.c"
    found = {(d.tag, d.attributes["DW_AT_name"].value): d for d in unit.iter_DIEs() if "DW_AT_name" in d.attributes}
    assert ("DW_TAG_subprogram", b"sum") in found and ("DW_TAG_subprogram", b"twice") in found
    assert ("DW_TAG_variable", b"origin") in found and ("DW_TAG_enumerator", b"BLUE") in found
    record = found["DW_TAG_structure_type", b"point"]
    assert record.attributes["DW_AT_byte_size"].value == 16
    assert [m.attributes["DW_AT_name"].value for m in record.iter_children()] == [b"x", b"y", b"next"]
    assert found["DW_TAG_member", b"y"].attributes["DW_AT_bit_size"].value == 5


def test_lines(tmp_path: Path) -> None:
    dwarf = dwarf_of(tmp_path).get_dwarf_info()
    unit = next(dwarf.iter_CUs())
    lines = {e.state.line for e in dwarf.line_program_for_CU(unit).get_entries() if e.state is not None}
    assert {8, 9, 12} <= lines
