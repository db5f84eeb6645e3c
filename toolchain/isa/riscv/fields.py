"""Where each kind of operand goes in an instruction word, and which values it takes.

The field names are those of the table's operand column.
"""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.isa.riscv.relocations import branch_bits, compressed_branch_bits, compressed_jump_bits, jump_bits, store_bits

# Register fields: shifts of the five-bit number (a value may go to several places).
REGISTERS: Final[dict[str, tuple[int, ...]]] = {
    "rd": (7,), "fd": (7,), "vd": (7,), "rdnz": (7,), "rdlui": (7,), "rs1": (15,), "fs1": (15,), "vs1": (15,), "rs2": (20,), "fs2": (20,), "vs2": (20,),
    "rs3": (27,), "fs3": (27,), "vs3": (7,), "fs12": (15, 20), "vs12": (15, 20), "vd3": (7, 15, 20),
    "rs1nz": (7,), "crs2nz": (2,), "crs2": (2,), "cfs2": (2,),
}
# Three-bit register fields of compressed forms: x8..x15.
SMALL_REGISTERS: Final[dict[str, int]] = {"rs1c": 7, "rs2c": 2, "fs2c": 2}
# First number of the register class that a kind takes.
CLASSES: Final[dict[str, int]] = {"f": 32, "v": 64, "r": 0, "c": 0}
# Plain unsigned or signed fields: shift, least value, greatest value.
PLAIN: Final[dict[str, tuple[int, int, int]]] = {
    "imm": (20, -2048, 2047), "off": (20, -2048, 2047), "uimm20": (12, 0, 0xFFFFF), "shamt5": (20, 0, 31), "csr": (20, 0, 4095),
    "zimm5": (15, 0, 31), "pred": (24, 0, 15), "succ": (20, 0, 15), "rm": (12, 0, 7), "bs": (30, 0, 3), "rnum": (20, 0, 10),
    "simm5": (15, -16, 15), "uimm5": (15, 0, 31), "vtype11": (20, 0, 0x7FF), "vtype10": (20, 0, 0x3FF), "vm": (0, 0, 0), "zero": (0, 0, 0),
}
# Masks after which a signed field is shifted into place.
MASKS: Final[dict[str, int]] = {"imm": 0xFFF, "off": 0xFFF, "simm5": 31}


def register_class(kind: str) -> int:
    """0, 32 or 64: where the registers that `kind` takes begin; -1 if it is no register."""
    if kind in REGISTERS or kind in SMALL_REGISTERS:
        if kind in ("cfs2", "fs2c"):
            return 32
        return CLASSES[kind[0]]
    return -1


def _range(kind: str, value: int, low: int, high: int, step: int = 1) -> None:
    if not low <= value <= high:
        raise ToolError(f"operand {value} of kind {kind} is out of range {low}..{high}")
    if value % step:
        raise ToolError(f"operand {value} of kind {kind} is not a multiple of {step}")


def _ci(value: int) -> int:
    return (value & 0x20) << 7 | (value & 0x1F) << 2


def special_bits(kind: str, value: int, bits: int) -> int:
    """Encoding of immediates that are neither plain nor registers."""
    if kind == "soff":
        _range(kind, value, -2048, 2047)
        return store_bits(value)
    if kind == "shamt":
        _range(kind, value, 0, bits - 1)
        return value << 20
    if kind == "boff":
        _range(kind, value, -4096, 4094, 2)
        return branch_bits(value)
    if kind == "joff":
        _range(kind, value, -(1 << 20), (1 << 20) - 2, 2)
        return jump_bits(value)
    if kind == "poff":
        _range(kind, value, -2048, 2016, 32)
        return store_bits(value)
    if kind == "simm5m1":
        _range(kind, value, -15, 16)
        return ((value - 1) & 31) << 15
    return compressed_bits(kind, value, bits)


def compressed_bits(kind: str, value: int, bits: int) -> int:
    """Encoding of the immediates of compressed forms."""
    if value == 0 and kind in ("cnopimm", "caddi16sp"):
        raise ToolError("the immediate must not be 0")
    if kind in ("cimm", "cimmnz", "cnopimm"):
        _range(kind, value, -32, 31)
        return _ci(value)
    if kind == "cshamt":
        _range(kind, value, 1, bits - 1)
        return _ci(value)
    if kind == "clui":
        if value >= 0xFFFE0:
            value -= 0x100000
        _range(kind, value, -32, 31)
        return _ci(value)
    if kind == "cjoff":
        _range(kind, value, -2048, 2046, 2)
        return compressed_jump_bits(value)
    if kind == "cboff":
        _range(kind, value, -256, 254, 2)
        return compressed_branch_bits(value)
    if kind == "clwsp":
        _range(kind, value, 0, 252, 4)
        return (value & 0x20) << 7 | (value & 0x1C) << 2 | (value & 0xC0) >> 4
    if kind == "cldsp":
        _range(kind, value, 0, 504, 8)
        return (value & 0x20) << 7 | (value & 0x18) << 2 | (value & 0x1C0) >> 4
    if kind == "cswsp":
        _range(kind, value, 0, 252, 4)
        return (value & 0x3C) << 7 | (value & 0xC0) << 1
    if kind == "csdsp":
        _range(kind, value, 0, 504, 8)
        return (value & 0x38) << 7 | (value & 0x1C0) << 1
    if kind == "clw":
        _range(kind, value, 0, 124, 4)
        return (value & 0x38) << 7 | (value & 4) << 4 | (value & 0x40) >> 1
    if kind == "cld":
        _range(kind, value, 0, 248, 8)
        return (value & 0x38) << 7 | (value & 0xC0) >> 1
    if kind == "caddi16sp":
        _range(kind, value, -512, 496, 16)
        return (value & 0x200) << 3 | (value & 0x10) << 2 | (value & 0x40) >> 1 | (value & 0x180) >> 4 | (value & 0x20) >> 3
    if kind == "caddi4spn":
        _range(kind, value, 4, 1020, 4)
        return (value & 0x30) << 7 | (value & 0x3C0) << 1 | (value & 4) << 4 | (value & 8) << 2
    raise ToolError(f"operand of kind {kind} cannot be a number")


def register_bits(kind: str, number: int) -> int:
    """Encoding of a register operand."""
    if number >= 96:
        raise ToolError(f"operand of kind {kind} is not a machine register")
    if kind == "vm":
        return 0                        # the row's encoding says it
    n = number & 31
    shifts = REGISTERS.get(kind)
    if shifts is None:
        if n & 0x18 != 8:
            raise ToolError(f"operand of kind {kind} must be one of x8 to x15")
        return (n & 7) << SMALL_REGISTERS[kind]
    if n == 2 and kind == "rdlui":
        raise ToolError("operand must not be register sp")
    if n == 0 and kind in ("rdnz", "rs1nz", "crs2nz"):
        raise ToolError("operand must not be register zero")
    bits = 0
    for shift in shifts:
        bits |= n << shift
    return bits


def value_bits(kind: str, value: int, bits: int) -> int:
    """Encoding of an immediate operand."""
    plain = PLAIN.get(kind)
    if plain is None:
        return special_bits(kind, value, bits)
    shift, low, high = plain
    if not low <= value <= high:
        raise ToolError(f"operand {value} is out of range {low}..{high}")
    return (value & MASKS.get(kind, -1)) << shift
