"""RISC-V inline asm: constraints and operand text.

Source: GCC manual, "Constraints for Particular Machines" (RISC-V) and "RISC-V Operand Modifiers".
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen.mir import MachineFunction
from toolchain.cc.ir.ir import F32, F64, I32, Instr
from toolchain.isa.riscv.registers import NAMES
from toolchain.mc.model import operand
from toolchain.mc.model.expr import Expr
from toolchain.mc.model.operand import EXPR, IMM, KIND_MASK, REG, SHIFT

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector
    from toolchain.cc.riscv.target import RiscvTarget

FAR_LOCALS: Final = 1400
"""Bytes of locals above which a memory operand gets its address in a register: offsets may not fit, and the
scratch register serves one operand only."""


def register_class(target: RiscvTarget, constraint: str, ty: int) -> int:
    """Register class of a constraint, -1 if it allows no register."""
    if "f" in constraint and len(target.classes) > 1 and (ty in (F32, F64) or "r" not in constraint):
        return 1
    if any(c in "rgXqp" for c in constraint):
        return 0
    return -1


def memory(s: Selector, address: Instr, constraint: str) -> list[int]:
    """[offset, base]; `A` takes no offset."""
    from toolchain.cc.riscv import select
    if "A" in constraint or sum(x.size for x in s.func.slots) > FAR_LOCALS:
        return [operand.imm(0), s.reg(address)]
    return select.address(s, address, 0)


def input_register(target: RiscvTarget, s: Selector, v: Instr, c: int) -> int:
    """An input in a register of class `c`."""
    from toolchain.cc.riscv import select
    x = select.sext(s, v) if v.ty <= I32 else s.reg(v)
    if target.class_of(v.ty) == c:
        return x
    t = s.temporary(c)
    s.copy(t, x)
    return t


def operand_text(target: RiscvTarget, f: MachineFunction, kind: str, ops: Sequence[int], modifier: str) -> str | None:
    """Text of an operand: `z` prints x0 for a zero immediate, `i` the letter i for an immediate, `N` a
    register's number."""
    o = ops[0]
    k = o & KIND_MASK
    n = o >> SHIFT
    if kind == "memory":
        base = NAMES[ops[1] >> SHIFT]
        if modifier not in ("", "A"):
            return None
        return f"{n}({base})"
    if modifier == "z":
        if k == IMM and n == 0:
            return "zero"
    elif modifier == "i":
        return "" if k == REG else "i"
    elif modifier == "N" and k == REG:
        return str(n & 31)
    elif modifier not in ("", "c", "P", "a"):
        return None
    if k == REG:
        return NAMES[n]
    if k == IMM:
        return str(n)
    if k == EXPR:
        return expression_text(f.expressions[n])
    return None


def expression_text(e: Expr) -> str:
    """symbol+addend."""
    assert e.symbol is not None
    if e.value == 0:
        return e.symbol.name
    return f"{e.symbol.name}{e.value:+d}"
