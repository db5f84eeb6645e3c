"""-g: line table and entries, read back with objdump."""
from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
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


def test_typedefs(tmp_path: Path) -> None:
    """A typedef's name has an entry of its own, between qualifiers and the type; an untagged record is reached through it."""
    (tmp_path / "t.c").write_text("typedef unsigned u32; typedef int (*binop)(int, int); typedef struct { int x; } point;\n"
                                  "const u32 a = 1; binop b; point c; volatile point d; unsigned e; struct { u32 m; } f;\n")
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), {"HOME": str(tmp_path)}, io.BytesIO(), io.BytesIO(), errors)
    assert driver(["--target=x86_64-linux-gnu", "-g", "-c", "t.c", "-o", "t.o"], context) == 0, errors.getvalue()
    with open(tmp_path / "t.o", "rb") as f:
        unit = next(ELFFile(f).get_dwarf_info().iter_CUs())
        chains = {}
        for entry in unit.iter_DIEs():
            if entry.tag in ("DW_TAG_variable", "DW_TAG_member"):
                chain = []
                t = entry
                while "DW_AT_type" in t.attributes:
                    t = t.get_DIE_from_attribute("DW_AT_type")
                    chain.append(t.tag.removeprefix("DW_TAG_"))
                    if t.tag == "DW_TAG_typedef":
                        chain[-1] += " " + t.attributes["DW_AT_name"].value.decode()
                    if t.tag == "DW_TAG_subroutine_type":
                        break
                chains[entry.attributes["DW_AT_name"].value.decode()] = chain
    assert chains == {"a": ["const_type", "base_type"], "b": ["typedef binop", "pointer_type", "subroutine_type"],
                      "c": ["typedef point", "structure_type"], "d": ["volatile_type", "typedef point", "structure_type"],
                      "e": ["base_type"], "f": ["structure_type"], "m": ["typedef u32", "base_type"], "x": ["base_type"]}


def test_inlined_functions_are_not_mentioned(tmp_path: Path) -> None:
    """A variable that held the address of a function that is inlined everywhere has no place: the object refers to no such symbol."""
    (tmp_path / "t.c").write_text("typedef int (*F)(int); int g(int); static inline int one(int x) { return x + 1; }\n"
                                  "static int call(F fn, int x) { return fn(x) + g(x); }\n"
                                  "int h(int a) { F fn = one; int r = fn(a); r += g(r); return r + call(fn, r); }\n")
    context = ToolContext(str(tmp_path), {"HOME": str(tmp_path)}, io.BytesIO(), io.BytesIO(), io.StringIO())
    assert driver(["--target=x86_64-linux-gnu", "-g", "-O2", "-c", "t.c", "-o", "t.o"], context) == 0
    with open(tmp_path / "t.o", "rb") as f:
        table = ELFFile(f).get_section_by_name(".symtab")
        assert {s.name for s in table.iter_symbols() if s["st_shndx"] == "SHN_UNDEF" and s.name} == {"g"}
