"""Options and script commands that are honoured or refused: NOCROSSREFS, --warn-common, --warn-once, --error-limit, --no-gnu-unique."""
from __future__ import annotations

import io
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from ld_helpers import assemble, have, ld

pytestmark = pytest.mark.skipif(not have("as"), reason="needs GNU as for x86")

TWO = '.globl _start\n.section .a,"ax"\n_start: call other\n ret\n.section .b,"ax"\n.globl other\nother: ret\n call own\nown: ret\n'
SCRIPT = "SECTIONS { .a 0x400000 : { *(.a) } .b : { *(.b) } }\n"


@pytest.mark.parametrize(("command", "forbidden"), [
    ("NOCROSSREFS(.a .b)", True), ("NOCROSSREFS_TO(.b .a)", True), ("NOCROSSREFS_TO(.a .b)", False), ("NOCROSSREFS(.a .c)", False), ("", False)])
def test_prohibited_cross_references(command: str, forbidden: bool, tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", TWO)
    (tmp_path / "s.ld").write_text(command + "\n" + SCRIPT)
    run = ld(tmp_path, "-T", "s.ld", "-o", "prog", a)
    assert run.status == (1 if forbidden else 0)
    if forbidden:
        assert "prohibited cross reference from .a to `other' in .b" in run.err
        assert not (tmp_path / "prog").exists()


def test_overlay_without_cross_references(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", TWO)
    (tmp_path / "s.ld").write_text("SECTIONS { OVERLAY 0x400000 : NOCROSSREFS { .a { *(.a) } .b { *(.b) } } }\n")
    run = ld(tmp_path, "-T", "s.ld", "-o", "prog", a)
    assert run.status == 1 and "prohibited cross reference" in run.err


def test_warnings_about_commons(tmp_path: Path) -> None:
    start = ".globl _start\n_start: mov x(%rip), %eax\n"
    small = assemble(tmp_path, "small", start + ".comm x,4,4\n")
    large = assemble(tmp_path, "large", ".comm x,8,8\n")
    same = assemble(tmp_path, "same", ".comm x,4,4\n")
    data = assemble(tmp_path, "data", ".globl x\n.data\nx: .long 1\n")
    for files, message in (([small, large], "large.o: common of `x' overriding smaller common from small.o"),
                           ([small, same], "same.o: multiple common of `x'; previous common is in small.o"),
                           ([small, data], "data.o: definition of `x' overriding common from small.o"),
                           ([data, small], "small.o: common of `x' overridden by definition from data.o")):
        run = ld(tmp_path, "--warn-common", "-o", "prog", *files)
        assert run.status == 0 and message in run.err
        assert "common" not in ld(tmp_path, "-o", "prog", *files).err


def test_once_and_limits(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: " + "call gone\n" * 4 + "call away\n")
    plain = ld(tmp_path, "--warn-unresolved-symbols", "-o", "prog", a)
    once = ld(tmp_path, "--warn-unresolved-symbols", "--warn-once", "-o", "prog", a)
    assert plain.status == once.status == 0
    assert plain.err.count("`gone'") == 4 and once.err.count("`gone'") == 1 and once.err.count("`away'") == 1
    assert ld(tmp_path, "-o", "prog", a).err.count("undefined reference") == 5
    assert ld(tmp_path, "--error-limit=2", "-o", "prog", a).err.count("undefined reference") == 2


def test_unique_symbols(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl u\n.type u,@gnu_unique_object\n.data\nu: .long 1\n.size u,4\n")
    for option, binding in (("--gnu-unique", "STB_LOOS"), ("--no-gnu-unique", "STB_GLOBAL")):
        assert ld(tmp_path, "-shared", option, "-o", "l.so", a).status == 0
        table = ELFFile(io.BytesIO((tmp_path / "l.so").read_bytes())).get_section_by_name(".dynsym")
        assert [s["st_info"]["bind"] for s in table.iter_symbols() if s.name == "u"] == [binding]


@pytest.mark.parametrize("option", ["-EB", "--copy-dt-needed-entries", "--add-needed", "--apply-dynamic-relocs", "--warn-section-align"])
def test_refused(option: str, tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: ret\n")
    run = ld(tmp_path, option, "-o", "prog", a)
    assert run.status == 1 and "is not supported" in run.err and not (tmp_path / "prog").exists()
