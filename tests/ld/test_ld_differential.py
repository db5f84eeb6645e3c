"""The same objects and scripts through GNU ld and ours: sections, addresses and symbols must agree."""
from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from ld_helpers import assemble, have, ld

pytestmark = pytest.mark.skipif(not have("as", "ld"), reason="needs GNU as and ld for x86")

SOURCE_A = """
    .globl _start, a_data, a_common
    .text
_start: call b_function
    mov a_data(%rip), %eax
    ret
    .p2align 5
a_tail: nop
    .data
a_data: .quad b_data, a_tail
    .section .text.hot,"ax"
hot: nop
    .section .init.x,"ax"
init_x: nop
    .section .tab.20,"a"
    .byte 20
    .section .tab.3,"a"
    .byte 3
    .section .rodata.str1.1,"aMS",@progbits,1
    .string "one"
    .string "and one"
    .section .note.a,"a",@note
    .long 4, 4, 1
    .string "abc"
    .long 7
    .bss
    .skip 24
    .comm a_common,16,8
"""
SOURCE_B = """
    .globl b_function, b_data, __weak
    .text
b_function: ret
    .data
    .p2align 4
b_data: .quad 1
    .section .text.cold,"ax"
cold: ret
    .section .tab.1,"a"
    .p2align 3
    .byte 1
    .section .rodata.str1.1,"aMS",@progbits,1
    .string "one"
    .section .keep_me,"a"
    .long 5
    .comm a_common,4,4
"""

SCRIPTS = {
    "plain": "SECTIONS { . = 0x10000; .text : { *(.text .text.*) *(.init*) } .rodata : { *(.rodata*) *(.tab*) } . = ALIGN(0x1000); "
             ".data : { *(.data) } .bss : { *(.bss) *(COMMON) } e = .; }",
    "sorted": "SECTIONS { .t 0x1000 : { *(SORT(.tab.*)) } .u : { *(SORT_BY_ALIGNMENT(.text*)) } .i : { *(.init*) } .d : { *(.data) } "
              ".b : { *(.bss) *(COMMON) } .r : { *(.rodata*) } }",
    "load": "SECTIONS { . = 0x400000; .text : AT(ADDR(.text) - 0x300000) { *(.text*) *(.init*) } .data ALIGN(64) : AT(LOADADDR(.text) + SIZEOF(.text)) "
            "{ d0 = .; *(.data) . = ALIGN(32); d1 = .; } .more : { *(.tab*) *(.keep_me) *(.rodata*) } .bss : { *(.bss) *(COMMON) } ll = LOADADDR(.more); }",
    "memory": "MEMORY { rom (rx) : ORIGIN = 0x1000, LENGTH = 64K  ram (rwx) : o = 0x80000, l = 1M } SECTIONS { .text : { *(.text*) *(.init*) } >rom "
              ".rodata : { *(.rodata*) *(.tab*) *(.keep_me) } >rom .data : { ds = .; *(.data) de = .; } >ram AT>rom .bss : { *(.bss) *(COMMON) } >ram "
              "dl = LOADADDR(.data); oo = ORIGIN(ram) + LENGTH(rom); }",
    "phdrs": "PHDRS { t PT_LOAD FILEHDR PHDRS FLAGS(5); d PT_LOAD; n PT_NOTE FLAGS(4); } SECTIONS { . = 0x400000 + SIZEOF_HEADERS; "
             ".note : { *(.note*) } :t :n .text : { *(.text*) *(.init*) *(.rodata*) *(.tab*) *(.keep_me) } :t . = ALIGN(0x1000); "
             ".data : { *(.data) } :d .bss : { *(.bss) *(COMMON) } }",
    "fill": "SECTIONS { .text 0x2000 : { *a.o(.text) . = ALIGN(64); BYTE(1) SHORT(0x203) LONG(x) QUAD(x + 1) FILL(0xab) . += 5; *(.text*) } =0x90909090 "
            ".data : { *(.data) } .bss : { *(.bss) *(COMMON) } .rest : { *(.init* .tab* .rodata* .keep_me) } x = 0x1234; }",
    "symbols": "a = 3; SECTIONS { . = 0x3000; a += 4; b = a * 2 - 1; .text : { s = .; *(.text*) off = . - s; end = ABSOLUTE(.); } between = .; . = ALIGN(256); after = .; "
               ".data : { *(.data) } c = DEFINED(cold) ? 1 : 2; PROVIDE(cold = 9); PROVIDE(new = 9); d = SIZEOF(.text) / 2; m = MIN(a, b) + MAX(a, b) % 5; "
               "n = ~a & 0xff | (1 << 9); g = ADDR(.data) > 0 && a == 7 || 0; .bss : { *(.bss) *(COMMON) } .rest : { *(.init* .tab* .rodata* .keep_me) } "
               "h = ALIGN(0x40); i = ALIGN(a, 16); z = -1 >> 60; }",
    "exclude": "SECTIONS { .x 0x1000 : { *(EXCLUDE_FILE(*b.o) .text .text.*) } .y : { *b.o(.text) } .z : { *(.text*) } .data : { *(.data) } "
               ".bss : { *(.bss) *(COMMON) } .rest : { *(.init* .tab* .rodata* .keep_me) } }",
    "orphans": "SECTIONS { . = 0x1000; .text : { *(.text) } et = .; .data : { *(.data) } ed = .; .bss : { *(.bss) } end = .; }",
    "empty": "SECTIONS { . = 0x1000; .none : { n0 = .; *(.nothing) n1 = .; } .kept : { . = ALIGN(16); } .text : { *(.text*) *(.init*) } .gap : { . += 16; } "
             ".data : { *(.data) } .bss : { *(.bss) *(COMMON) } .rest : { *(.tab* .rodata* .keep_me) } }",
    "overlay": "SECTIONS { .text 0x1000 : { *(.text*) *(.init*) } OVERLAY 0x8000 : AT(0x4000) { .o1 { *a.o(.tab*) } .o2 { *b.o(.tab*) *(.keep_me) } } after = .; "
               ".data : { *(.data) } .bss : { *(.bss) *(COMMON) } .rest : { *(.rodata*) } }",
    "discard": "SECTIONS { .text 0x1000 : { *(.text*) *(.init*) } /DISCARD/ : { *(.tab*) *(.note*) *(.keep_me) } .data : { *(.data) } .bss : { *(.bss) *(COMMON) } "
               ".rodata : { *(.rodata*) } }",
    "info": "SECTIONS { .text 0x1000 : { *(.text*) *(.init*) } .keep_me 0 (INFO) : { *(.keep_me) } .noload 0x5000 (NOLOAD) : { *(.tab*) } .data 0x6000 : { *(.data) } "
            ".bss : { *(.bss) *(COMMON) } .rodata : { *(.rodata*) } }",
}


def facts(path: Path) -> tuple[list[tuple[str, int, int, int, str]], dict[str, int], list[tuple[str, int, int, int, int]]]:
    """Sections, symbols and load segments of a linked file."""
    f = ELFFile(io.BytesIO(path.read_bytes()))
    sections = [(s.name, s["sh_addr"], s["sh_size"], s["sh_flags"], s["sh_type"]) for s in f.iter_sections()
                if s["sh_flags"] & 2 and s["sh_size"]]
    symbols = {s.name: s["st_value"] for s in f.get_section_by_name(".symtab").iter_symbols()
               if s.name and s["st_info"]["type"] != "STT_FILE"}
    loads = [(p["p_type"], p["p_vaddr"], p["p_paddr"], p["p_memsz"], p["p_flags"]) for p in f.iter_segments() if p["p_type"] == "PT_LOAD"]
    return sections, symbols, loads


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_same_as_gnu(tmp_path: Path, name: str) -> None:
    a = assemble(tmp_path, "a", SOURCE_A)
    b = assemble(tmp_path, "b", SOURCE_B)
    (tmp_path / "s.ld").write_text("ENTRY(_start)\n" + SCRIPTS[name])
    options = ["-m", "elf_x86_64", "-z", "noexecstack", "-z", "max-page-size=0x1000", "-T", "s.ld"]
    subprocess.run(["ld", *options, "-o", "gnu", a, b], cwd=tmp_path, check=True, capture_output=True)
    run = ld(tmp_path, *options, "-o", "ours", a, b)
    assert run.status == 0, run.err
    ours = facts(tmp_path / "ours")
    gnu = facts(tmp_path / "gnu")
    assert ours[0] == gnu[0]
    assert ours[1] == gnu[1]
    assert ours[2] == gnu[2]
    for section in ELFFile(io.BytesIO((tmp_path / "gnu").read_bytes())).iter_sections():
        if section["sh_flags"] & 2 and section["sh_type"] == "SHT_PROGBITS" and not section["sh_flags"] & 4:
            mine = ELFFile(io.BytesIO((tmp_path / "ours").read_bytes())).get_section_by_name(section.name)
            if mine is not None:
                assert mine.data() == section.data(), section.name
