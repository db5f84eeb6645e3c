"""The one packing of machine operands: an int, `payload << 3 | kind`.

Machine IR (compiler), parsed assembly and encoders all use it, so an instruction is an opcode row
and a list of ints wherever it goes.  A memory operand takes several ints in a row, as the
instruction row of the ISA defines (offset and base, for example, or base, scale, index, displacement, segment).
"""
from __future__ import annotations

from typing import Final

KIND_MASK: Final = 7
SHIFT: Final = 3

REG: Final = 0
"""Register: payload is the ISA's register number; from `FIRST_VIRTUAL` up, a virtual register."""
IMM: Final = 1
"""Immediate: payload is the signed value."""
EXPR: Final = 2
"""Symbolic value: payload indexes the expression table (`Streamer.expression`, or, in machine IR,
the function's own table of `Expr`)."""
SLOT: Final = 3
"""Frame slot (machine IR only): payload indexes the function's slots; becomes REG + IMM."""
BLOCK: Final = 4
"""Machine block (machine IR only): payload is the block's number; becomes EXPR of its label."""

FIRST_VIRTUAL: Final = 1 << 10
NO_REG: Final = (FIRST_VIRTUAL - 1) << SHIFT | REG
"""Absent register, for example no index in a memory operand."""


def reg(number: int) -> int:
    """Operand for a register number (physical or virtual)."""
    return number << SHIFT


def imm(value: int) -> int:
    """Operand for an immediate."""
    return value << SHIFT | IMM


def expr(index: int) -> int:
    """Operand for entry `index` of the expression table."""
    return index << SHIFT | EXPR


def slot(index: int) -> int:
    """Operand for a frame slot."""
    return index << SHIFT | SLOT


def block(number: int) -> int:
    """Operand for a machine block."""
    return number << SHIFT | BLOCK
