"""Names that stand for several instructions: `la`, `li`, `call` and so on (RISC-V Assembly Programmer's Manual,
"Pseudoinstructions").

The two halves of a pc-relative address are joined by a label on the AUIPC:

    la a0, x        .L0: auipc a0, %pcrel_hi(x)
                         addi  a0, a0, %pcrel_lo(.L0)
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.isa.riscv import relocation_types as rel
from toolchain.isa.riscv import rows
from toolchain.isa.riscv.registers import RA, T1
from toolchain.mc.model.expr import Expr, symbol_ref
from toolchain.mc.model.fragment import Contents
from toolchain.mc.model.isa import Row
from toolchain.mc.model.operand import EXPR, IMM, KIND_MASK, SHIFT

if TYPE_CHECKING:
    from toolchain.isa.riscv.isa import Riscv

AUIPC: Final = 0x17
ADDI: Final = 0x13
JALR: Final = 0x67
LUI: Final = 0x37
LOADS: Final[dict[str, int]] = {
    "lb": 0x0003, "lh": 0x1003, "lw": 0x2003, "ld": 0x3003, "lbu": 0x4003, "lhu": 0x5003, "lwu": 0x6003,
    "flh": 0x1007, "flw": 0x2007, "fld": 0x3007, "flq": 0x4007,
}
STORES: Final[dict[str, int]] = {
    "sb": 0x0023, "sh": 0x1023, "sw": 0x2023, "sd": 0x3023, "fsh": 0x1027, "fsw": 0x2027, "fsd": 0x3027, "fsq": 0x4027,
}


def expand(isa: Riscv, row: Row, operands: Sequence[int], expressions: Sequence[Expr], code: Contents, loc: Loc) -> None:
    """Emit the instructions of macro `row`."""
    name = row.mnemonic
    if name == "li":
        if operands[1] & KIND_MASK == EXPR and expressions[operands[1] >> SHIFT].modifier:
            isa.encode(rows.ADDI, (operands[0], 0, operands[1]), expressions, code, loc)
            return
        if operands[1] & KIND_MASK != IMM:
            raise ToolError("illegal operands `li': a constant is needed", loc)
        load_constant(isa, operands[0] >> SHIFT, operands[1] >> SHIFT, code, loc)
        return
    if name in ("sext.b", "sext.h", "zext.h", "zext.w"):
        _extend(isa, name, operands, code)
        return
    e: Expr | None = None
    registers: list[int] = []
    for operand in operands:
        if operand & KIND_MASK == EXPR:
            e = expressions[operand >> SHIFT]
        else:
            registers.append(operand >> SHIFT)
    if e is None or (e.modifier and e.modifier != "plt"):
        raise ToolError(f"illegal operands `{name}': a symbol is needed", loc)
    if name in ("call", "tail", "jump"):
        _call(isa, name, registers, e, code, loc)
    elif name in STORES:
        _pair(isa, registers[1], STORES[name] | (registers[0] & 31) << 20, e, rel.R_PCREL_HI20, rel.R_PCREL_LO12_S, code, loc)
    elif name in LOADS:
        base = registers[-1]
        _pair(isa, base, LOADS[name] | (registers[0] & 31) << 7, e, rel.R_PCREL_HI20, rel.R_PCREL_LO12_I, code, loc)
    else:
        _address(isa, name, registers[0], e, code, loc)


def _address(isa: Riscv, name: str, rd: int, e: Expr, code: Contents, loc: Loc) -> None:
    load = LOADS["ld" if isa.state.bits == 64 else "lw"] | rd << 7
    if name == "la.tls.gd":
        _pair(isa, rd, ADDI | rd << 7, e, rel.R_TLS_GD_HI20, rel.R_PCREL_LO12_I, code, loc)
    elif name == "la.tls.ie":
        _pair(isa, rd, load, e, rel.R_TLS_GOT_HI20, rel.R_PCREL_LO12_I, code, loc)
    elif name == "lga" or (name == "la" and isa.state.pic):
        _pair(isa, rd, load, e, rel.R_GOT_HI20, rel.R_PCREL_LO12_I, code, loc)
    else:
        _pair(isa, rd, ADDI | rd << 7, e, rel.R_PCREL_HI20, rel.R_PCREL_LO12_I, code, loc)


def _pair(isa: Riscv, base: int, second: int, e: Expr, high: int, low: int, code: Contents, loc: Loc) -> None:
    label = code.here(isa.fake_label)
    isa.fixed(AUIPC | base << 7, high, e, code, loc)
    isa.fixed(second | base << 15, low, symbol_ref(label), code, loc)


def _call(isa: Riscv, name: str, registers: list[int], e: Expr, code: Contents, loc: Loc) -> None:
    if name == "call":
        link = registers[0] if registers else RA
        scratch = T1 if registers else RA
    else:
        link = 0
        scratch = T1 if name == "tail" else registers[0]
    isa.fixed(AUIPC | scratch << 7, rel.R_CALL_PLT, e, code, loc)
    code.data += (JALR | link << 7 | scratch << 15).to_bytes(4, "little")


def _extend(isa: Riscv, name: str, operands: Sequence[int], code: Contents) -> None:
    rd = operands[0] >> SHIFT
    rs = operands[1] >> SHIFT
    width = {"b": 8, "h": 16, "w": 32}[name[-1]]
    shift = isa.state.bits - width
    isa.put(0x1013 | rd << 7 | rs << 15 | shift << 20, code)
    isa.put((0x40005013 if name[0] == "s" else 0x5013) | rd << 7 | rd << 15 | shift << 20, code)


def load_constant(isa: Riscv, rd: int, value: int, code: Contents, loc: Loc) -> None:
    """`li rd, value`: LUI, ADDI, SLLI as GNU as builds a constant."""
    bits = isa.state.bits
    if not -(1 << (bits - 1)) <= value < 1 << bits:
        raise ToolError(f"value {value:#x} does not fit in {bits} bits", loc)
    if bits == 32:
        value = (value + 0x80000000) % 0x100000000 - 0x80000000
    else:
        value = (value + (1 << 63)) % (1 << 64) - (1 << 63)
    if -2048 <= value < 2048:
        isa.put(ADDI | rd << 7 | (value & 0xFFF) << 20, code)
    else:
        _constant(isa, rd, value, code)


def _constant(isa: Riscv, rd: int, value: int, code: Contents) -> None:
    low = (value + 0x800) % 0x1000 - 0x800
    upper = value - low
    if not -(1 << 31) <= value < 1 << 31:
        shift = 12
        upper >>= 12
        while not upper & 1:
            upper >>= 1
            shift += 1
        upper = (upper + (1 << 63)) % (1 << 64) - (1 << 63)
        _constant(isa, rd, upper, code)
        isa.put(0x1013 | rd << 7 | rd << 15 | shift << 20, code)
        if low:
            isa.put(ADDI | rd << 7 | rd << 15 | (low & 0xFFF) << 20, code)
        return
    add = 0x1B if isa.state.bits == 64 else ADDI
    base = 0
    if upper:
        isa.put(LUI | rd << 7 | upper & 0xFFFFF000, code)
        base = rd
    if low or not base:
        isa.put(add | rd << 7 | base << 15 | (low & 0xFFF) << 20, code)
