"""Damaged objects, archives and scripts: the linker answers with a message and status 1 and writes nothing, or links; it never raises.

The short run is part of every test run; `TCC_PY_FUZZ=1000` asks for that many inputs of each kind.
"""
from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from ld_helpers import Run, assemble, have, ld

from toolchain.elf.archive import Member, write_archive

ROUNDS = int(os.environ.get("TCC_PY_FUZZ", "150"))
SCRIPT = """OUTPUT_ARCH(i386:x86-64) ENTRY(_start)
PHDRS { t PT_LOAD FLAGS(5); d PT_LOAD; }
SECTIONS { . = 0x1000 + SIZEOF_HEADERS; .text : AT(ADDR(.text) - 0x100) ALIGN(16) { *(.text .text.*) KEEP(*(SORT(.init))) } :t =0x90
. = ALIGN(4096); .data : { x = .; *(EXCLUDE_FILE(*b.o) .data) BYTE(1) LONG(x) . += 8; } :d
.bss : { *(.bss) *(COMMON) } y = DEFINED(z) ? SIZEOF(.data) : MAX(1, 2); /DISCARD/ : { *(.note*) } ASSERT(y, "m") }
"""


@pytest.fixture
def outcome(tmp_path: Path) -> Callable[..., Run]:
    """Runs the linker and checks what every run must hold to."""

    def link(*arguments: str) -> Run:
        out = tmp_path / "prog"
        out.unlink(missing_ok=True)
        run = ld(tmp_path, "-o", "prog", *arguments)
        assert run.status in (0, 1)
        assert run.status == 0 or run.err
        assert out.exists() == (run.status == 0)
        assert "internal error" not in run.err, run.err
        return run

    return link


def damaged(original: bytes) -> bytes:
    """A few bytes changed, sometimes cut short."""
    data = bytearray(original)
    for _ in range(random.randint(1, 6)):
        data[random.randrange(8, len(data))] = random.choice((0, 1, 0xFF, 0x80, random.randrange(256)))
    if random.random() < 0.2:
        del data[random.randrange(len(data)):]
    return bytes(data)


@pytest.mark.skipif(not have("as"), reason="needs GNU as")
def test_damaged_objects(tmp_path: Path, outcome: Callable[..., Run]) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: call f\n mov x(%rip), %eax\n lea y@gotpcrel(%rip), %rax\n.data\nx: .quad f\n"
                 '.section .s,"aMS",@progbits,1\n.string "abc"\n.comm y,4,4\n.section .eh_frame,"a"\n.cfi_startproc\n.cfi_endproc\n')
    b = assemble(tmp_path, "b", ".globl f\n.text\nf: .cfi_startproc\n ret\n.cfi_endproc\n")
    original = (tmp_path / a).read_bytes()
    random.seed(7)
    for _ in range(ROUNDS):
        (tmp_path / "bad.o").write_bytes(damaged(original))
        outcome("--gc-sections", "bad.o", b)


@pytest.mark.skipif(not have("as"), reason="needs GNU as")
def test_damaged_archives(tmp_path: Path, outcome: Callable[..., Run]) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: call f\n call g\n")
    b = assemble(tmp_path, "b", ".globl f\n.text\nf: ret\n")
    c = assemble(tmp_path, "c", ".globl g\n.text\ng: ret\n.data\n.quad f\n")
    members = [Member("b.o", (tmp_path / b).read_bytes()), Member("a-name-of-more-than-sixteen-bytes.o", (tmp_path / c).read_bytes())]
    original = write_archive(members, symbols=[["f"], ["g"]])
    random.seed(13)
    for _ in range(ROUNDS):
        (tmp_path / "libbad.a").write_bytes(damaged(original))
        outcome(a, "libbad.a")


@pytest.mark.skipif(not have("as"), reason="needs GNU as")
def test_damaged_scripts(tmp_path: Path, outcome: Callable[..., Run]) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: ret\n.data\n.long 1\n")
    random.seed(11)
    pieces = ["{", "}", "(", ")", ";", ":", "*", "0", "=", "ALIGN", ".", "\"", "/*", "SORT(", "KEEP", ",", " 1 << 70 ", "/ 0", "-1", "x", "?"]
    for _ in range(ROUNDS):
        text = SCRIPT
        for _ in range(random.randint(1, 3)):
            at = random.randrange(len(text))
            text = text[:at] + random.choice([*pieces, ""]) + text[at + random.randint(0, 4):]
        (tmp_path / "s.ld").write_text(text)
        outcome("-T", "s.ld", a)


def test_garbage_inputs(tmp_path: Path) -> None:
    random.seed(3)
    for head in (b"\x7fELF", b"!<arch>\n", b"!<thin>\n", b"", b"\x7fELF\x02\x01\x01"):
        for size in (0, 1, 20, 64, 300):
            (tmp_path / "x").write_bytes(head + bytes(random.randrange(256) for _ in range(size)))
            run = ld(tmp_path, "-m", "elf_x86_64", "-o", "prog", "x")
            assert run.status in (0, 1) and "internal error" not in run.err, run.err
