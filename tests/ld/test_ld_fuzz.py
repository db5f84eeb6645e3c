"""Damaged objects and scripts: the linker answers with a message and status 1, or links; it never raises."""
from __future__ import annotations

import random
from pathlib import Path

import pytest
from ld_helpers import assemble, have, ld

SCRIPT = """OUTPUT_ARCH(i386:x86-64) ENTRY(_start)
PHDRS { t PT_LOAD FLAGS(5); d PT_LOAD; }
SECTIONS { . = 0x1000 + SIZEOF_HEADERS; .text : AT(ADDR(.text) - 0x100) ALIGN(16) { *(.text .text.*) KEEP(*(SORT(.init))) } :t =0x90
. = ALIGN(4096); .data : { x = .; *(EXCLUDE_FILE(*b.o) .data) BYTE(1) LONG(x) . += 8; } :d
.bss : { *(.bss) *(COMMON) } y = DEFINED(z) ? SIZEOF(.data) : MAX(1, 2); /DISCARD/ : { *(.note*) } ASSERT(y, "m") }
"""


@pytest.mark.skipif(not have("as"), reason="needs GNU as")
def test_damaged_objects(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: call f\n mov x(%rip), %eax\n lea y@gotpcrel(%rip), %rax\n.data\nx: .quad f\n"
                 '.section .s,"aMS",@progbits,1\n.string "abc"\n.comm y,4,4\n.section .eh_frame,"a"\n.cfi_startproc\n.cfi_endproc\n')
    b = assemble(tmp_path, "b", ".globl f\n.text\nf: .cfi_startproc\n ret\n.cfi_endproc\n")
    original = (tmp_path / a).read_bytes()
    random.seed(7)
    for _ in range(150):
        data = bytearray(original)
        for _ in range(random.randint(1, 6)):
            data[random.randrange(16, len(data))] = random.choice((0, 1, 0xFF, 0x80, random.randrange(256)))
        if random.random() < 0.2:
            del data[random.randrange(len(data)):]
        (tmp_path / "bad.o").write_bytes(data)
        run = ld(tmp_path, "-o", "prog", "--gc-sections", "bad.o", b)
        assert run.status in (0, 1)
        assert run.status == 0 or run.err
        assert "internal error" not in run.err, run.err


@pytest.mark.skipif(not have("as"), reason="needs GNU as")
def test_damaged_scripts(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: ret\n.data\n.long 1\n")
    random.seed(11)
    pieces = ["{", "}", "(", ")", ";", ":", "*", "0", "=", "ALIGN", ".", "\"", "/*", "SORT(", "KEEP", ",", " 1 << 70 ", "/ 0", "-1", "x", "?"]
    for _ in range(200):
        text = SCRIPT
        for _ in range(random.randint(1, 3)):
            at = random.randrange(len(text))
            text = text[:at] + random.choice([*pieces, ""]) + text[at + random.randint(0, 4):]
        (tmp_path / "s.ld").write_text(text)
        run = ld(tmp_path, "-T", "s.ld", "-o", "prog", a)
        assert run.status in (0, 1)
        assert run.status == 0 or run.err
        assert "internal error" not in run.err, run.err


def test_garbage_inputs(tmp_path: Path) -> None:
    random.seed(3)
    for head in (b"\x7fELF", b"!<arch>\n", b"!<thin>\n", b"", b"\x7fELF\x02\x01\x01"):
        for size in (0, 1, 20, 64, 300):
            (tmp_path / "x").write_bytes(head + bytes(random.randrange(256) for _ in range(size)))
            run = ld(tmp_path, "-m", "elf_x86_64", "-o", "prog", "x")
            assert run.status in (0, 1) and "internal error" not in run.err, run.err
