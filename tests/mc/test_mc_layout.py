"""Layout: branch lengths, alignment, LEB128 of differences, line tables, call frames."""
from __future__ import annotations

import io

from asm_helpers import assemble, relocations, section

from toolchain.diagnostics import Diagnostics
from toolchain.isa.riscv import rows
from toolchain.isa.riscv.isa import Riscv
from toolchain.mc.encodings import advance, leb128, sleb128_size, uleb128_size
from toolchain.mc.model.expr import CONST, Expr, SectionSpec, difference, symbol_ref
from toolchain.mc.model.operand import expr, imm, reg
from toolchain.mc.streamer import ObjectStreamer


def branch(distance: int, text: str = "beqz a0, 1f") -> int:
    """Length of a branch over `distance` bytes."""
    whole = section(assemble(f"{text}\n .fill {distance // 2}, 2, 1\n1: ret", "-march=rv64gc"), ".text")
    return len(whole) - distance - 2


def test_branch_lengths() -> None:
    assert [branch(n) for n in (10, 252, 254, 4090, 4094, 9000)] == [2, 2, 4, 4, 6, 6]
    assert [branch(n, "blt a0, a1, 1f") for n in (10, 4090, 4092)] == [4, 4, 8]
    assert [branch(n, "j 1f") for n in (10, 2044, 2046, 100000)] == [2, 2, 4, 4]


def test_undefined_and_weak_targets_take_the_long_form() -> None:
    assert len(section(assemble("bnez a0, out"), ".text")) == 8
    assert len(section(assemble(".weak w\nw: bnez a0, w"), ".text")) == 8


def test_alignment_with_and_without_relaxation() -> None:
    relaxed = assemble("nop\n.align 3\nnop", "-march=rv64gc")
    assert relocations(relaxed, ".text") == [(2, 43, "", 6)]
    fixed = assemble("nop\n.align 3\nnop", "-march=rv64gc", "-mno-relax")
    assert relocations(fixed, ".text") == [] and section(fixed, ".text")[:8].hex() == "0100010013000000"


def test_leb128() -> None:
    for value in (0, 1, 63, 64, 127, 128, 1 << 20, (1 << 64) - 1):
        assert len(leb128(value, False)) == uleb128_size(value)
    for value in (0, 1, -1, 63, 64, -64, -65, 1 << 40, -(1 << 62)):
        assert len(leb128(value, True)) == sleb128_size(value)
    image = assemble(".data\na: .uleb128 b - a\n .space 127\nb:", "-march=rv64gc")
    assert section(image, ".data")[:2] == b"\x81\x01"


def test_line_advance_encodings() -> None:
    assert advance(0, 0) == b"\1"
    assert advance(1, 2) == bytes([13 + 6 + 28])
    assert advance(100, 0)[0] == 3
    assert advance(1, 300)[0] == 2


def test_streamer_as_the_compiler_uses_it() -> None:
    errors = io.StringIO()
    isa = Riscv("rv64gc")
    streamer = ObjectStreamer(isa, Diagnostics("cc", errors))
    f, end, x = streamer.symbol("f"), streamer.temporary(), streamer.symbol("x")
    streamer.section(SectionSpec(".text.f", 1, 6))
    streamer.binding(f, 1)
    streamer.label(f, 0)
    streamer.instruction(rows.ADDI, [reg(10), reg(10), imm(1)], 0)
    streamer.instruction(rows.BEQ, [reg(10), reg(11), expr(streamer.expression(symbol_ref(end)))], 0)
    streamer.instruction(rows.CALL, [expr(streamer.expression(symbol_ref(x)))], 0)
    streamer.label(end, 0)
    streamer.instruction(rows.RET, [], 0)
    streamer.size(f, difference(streamer.dot(), f))
    streamer.section(SectionSpec(".data", 1, 3))
    streamer.value(symbol_ref(f, 4), 8, 0)
    streamer.fill(Expr(CONST, 2), 4, Expr(CONST, 7), 0)
    image = streamer.finish()
    assert errors.getvalue() == ""
    assert section(image, ".text.f").hex().startswith("0505")
    assert [t for _, t, _, _ in relocations(image, ".text.f")] == [16, 19, 51]
    assert relocations(image, ".data") == [(0, 2, "f", 4)]
    assert next(s.size for s in image.symbols if s.name == "f") == 16


def test_line_information_of_assembly_with_g() -> None:
    from elftools.elf.elffile import ELFFile

    from toolchain.elf.writer import write_object
    text = "\t.text\nf:\tli a0, 5\n.macro twice\n nop\n nop\n.endm\n twice\n .section .text.b,\"ax\"\nb: call f\n ret\n"
    for option, version in (("-g", 5), ("--gdwarf-4", 4), ("--gdwarf-3", 3)):
        image = assemble(text, "-march=rv64gc", option)
        info = ELFFile(io.BytesIO(write_object(image))).get_dwarf_info(relocate_dwarf_sections=False)
        unit = next(info.iter_CUs())
        assert unit["version"] == version
        program = info.line_program_for_CU(unit)
        lines = [e.state.line for e in program.get_entries() if e.state is not None and not e.state.end_sequence]
        assert lines == [2, 7, 9, 10]
