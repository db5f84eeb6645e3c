"""Operands of x86 as both syntaxes give them, and whether they fit a form of the tables."""
from __future__ import annotations

import re
from typing import Final

from toolchain.isa.x86.instructions import VSIB_XMM, VSIB_YMM, Form
from toolchain.isa.x86.registers import KINDS, NUMBERS, R8, R16, R32, SREG, ST, ST_TOP
from toolchain.mc.model import operand as pack
from toolchain.mc.model.expr import Expr
from toolchain.mc.model.operand import NO_REG

REGISTER: Final = 0
IMMEDIATE: Final = 1
MEMORY: Final = 2

NUMBER: Final = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|[1-9]\d*|0)$")


class Operand:
    """One operand as written."""

    def __init__(self, form: int, packed: list[int], kind: str) -> None:
        self.form = form
        self.packed = packed
        self.kind = kind            # of a register
        self.value: int | None = None
        self.star = False
        self.bare = False           # memory without base, index and segment: may be a jump target
        self.expression: Expr | None = None
        self.segment = NO_REG
        self.size = 0               # bits that `PTR` says, 0 if nothing
        self.far = False            # `FAR PTR`
        self.vector = ""            # kind of memory that a vector indexes
        self.target = False         # Intel syntax: an expression without brackets and size

    def index_kind(self) -> None:
        """Say what the index of a memory operand makes of it."""
        index = self.packed[2]
        if index != NO_REG:
            self.vector = {"xmm": VSIB_XMM, "ymm": VSIB_YMM}.get(KINDS[index >> 3], "")


def register_operand(text: str) -> Operand | None:
    """A register by name with `%`."""
    name = text[1:].lower()
    if "(" in name:
        name = name.replace(" ", "")
    n = NUMBERS.get(name, -1)
    if n < 0:
        return None
    return Operand(REGISTER, [pack.reg(n)], KINDS[n])


FIXED: Final = {"al": R8, "ax": R16, "eax": R32, "rax": 0, "cl": R8 + 1, "dx": R16 + 2, "st": ST_TOP, "es": SREG, "cs": SREG + 1, "ss": SREG + 2,
                "ds": SREG + 3, "fs": SREG + 4, "gs": SREG + 5}


def register_fits(o: Operand, kind: str) -> bool:
    """Whether a register is of a form's kind."""
    n = o.packed[0] >> 3
    fixed = FIXED.get(kind, -1)
    if fixed >= 0:
        return n == fixed or (kind == "st" and n == ST)
    return o.kind == kind or (kind == "sti" and n == ST_TOP)


def immediate(form: Form, kind: str, o: Operand) -> int | Expr | None:
    """The immediate for a field, None if it does not fit."""
    if kind == "one":
        return pack.imm(1) if o.value == 1 else None
    if not kind.startswith(("imm", "simm")):
        return None
    v = o.value
    if v is None:
        assert o.expression is not None
        if kind == "simm8":
            return None
        return o.expression
    size = form.size or 0
    if kind == "simm8":
        if 0 < size < 64 and v >= 1 << (size - 1):
            v -= 1 << size
        elif v >= 1 << 63:
            v -= 1 << 64
        return pack.imm(v) if -128 <= v < 128 else None
    if kind == "simm32":
        if v >= 1 << 63:
            v -= 1 << 64
        if size == 0 and (1 << 31) <= v < 1 << 32:
            v -= 1 << 32
        return pack.imm(v) if -(1 << 31) <= v < 1 << 31 else None
    bits = int(kind[3:])
    if v >= 1 << 63 and bits < 64:
        v -= 1 << 64
    return pack.imm(v) if -(1 << bits) <= v < 1 << bits else None       # the bits above are all 0 or all 1

