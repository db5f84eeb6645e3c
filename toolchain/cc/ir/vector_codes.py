"""Codes of the VECTOR operation: what `Instr.imm` says.

A 128-bit vector value is carried as F128, whatever its elements are; the code names the elements.

    lanewise        IR opcode << 8 | element type               (a, b; shifts: b is one integer, the count of all lanes)
    SPLAT           the same with opcode SPLAT                  (a: a scalar)
    SHUFFLE         the same with opcode SHUFFLE, and the source lanes from bit 16 on, six bits each   (a, b)
    target          TARGET | number << 16 | constant << 32      (a row of the target's builtin functions)
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.cc.ir.ir import SHUFFLE

VECTOR_BYTES: Final = 16
TARGET: Final = 255 << 8
LANE_BITS: Final = 6
ANY_LANE: Final = 63


def lanewise(op: int, element: int) -> int:
    """The code for `op` on every lane."""
    return op << 8 | element


def shuffle(element: int, lanes: Sequence[int]) -> int:
    """The code for a SHUFFLE; lane numbers count through both operands, -1 for any."""
    out = SHUFFLE << 8 | element
    for k, n in enumerate(lanes):
        out |= (n if n >= 0 else ANY_LANE) << 16 + LANE_BITS * k
    return out


def lanes_of(code: int, count: int) -> list[int]:
    """The `count` source lanes of a SHUFFLE; -1 for any."""
    out: list[int] = []
    for k in range(count):
        n = int(code) >> 16 + LANE_BITS * k & ANY_LANE
        out.append(-1 if n == ANY_LANE else n)
    return out


def target(number: int, constant: int) -> int:
    """The code for row `number` of the target's table, with an immediate operand."""
    return TARGET | number << 16 | (constant & 0xFF) << 32
