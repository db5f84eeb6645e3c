"""Arithmetic of several words: carries from one addition to the next, and instructions that give two results.

    %4 = ult %3, %1 ; %5 = zext %4 ; %6 = add %1, %2 ; %7 = add %6, %5        cmp %1, %3 ; adc %2, %1
    %3 = umulh %1, %2 ; %4 = mul %1, %2                                       mul %2, once
    %3 = udiv %1, %2 ; %4 = urem %1, %2                                       div %2, once
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.ir.ir import ADD, CONST, I32, I64, MUL, NIL, SDIV, SMULH, SREM, UDIV, ULT, UMULH, UREM, ZEXT, Instr
from toolchain.cc.x86 import arith
from toolchain.cc.x86.address import load_operand, memory_value, word
from toolchain.cc.x86.ops import LI, RAX, RDX, row
from toolchain.mc.model import operand

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector

# type -> register register, register memory, register byte
CARRY: Final = {(op, ty): tuple(row(f"{name}{arith.SUFFIX[ty]}_{form}") for form in ("RR", "RM", "RS"))
                for op, name in ((True, "ADC"), (False, "SBB")) for ty in (I32, I64)}
COMPARE: Final = {ty: tuple(row(f"CMP{arith.SUFFIX[ty]}_{form}") for form in ("RR", "RM", "MR")) for ty in (I32, I64)}
WIDEN: Final = {I32: row("CLTD"), I64: row("CQTO")}
DIVIDE: Final = {(signed, ty): (row(f"{name}{arith.SUFFIX[ty]}_R"), row(f"{name}{arith.SUFFIX[ty]}_M"))
                 for signed, name in ((True, "IDIV"), (False, "DIV")) for ty in (I32, I64)}
HIGH: Final = {(op, ty): (row(f"{name}{arith.SUFFIX[ty]}_R"), row(f"{name}{arith.SUFFIX[ty]}_M"))
               for op, name in ((SMULH, "IMUL"), (UMULH, "MUL")) for ty in (I32, I64)}
PARTNERS: Final = {MUL: (UMULH, SMULH), SDIV: (SREM,), SREM: (SDIV,), UDIV: (UREM,), UREM: (UDIV,)}
"""Operations whose result an instruction for one of others gives too."""


def sum_or_difference(s: Selector, i: Instr) -> None:
    """ADD and SUB: with a carry that an unsigned comparison gives, or plain."""
    if i.ty in (I32, I64) and (carried(s, i, i.a, i.b) or i.op == ADD and carried(s, i, i.b, i.a)):
        return
    arith.binary(s, i)


def carried(s: Selector, i: Instr, p: Instr, q: Instr) -> bool:
    """p +- q as adc or sbb if q is a carry."""
    c = carry(s, q)
    if c is NIL:
        return False
    p = s.strip(p)
    x, y = p, NIL
    if p.op == i.op and p.ty == i.ty and p.mark == 0 and s.foldable(p):
        x, y = p.a, s.strip(p.b)
        if i.op == ADD and (s.strip(x).op == CONST or memory_value(s, s.strip(x)) and not memory_value(s, y)):
            x, y = y, x
    rows = CARRY[i.op == ADD, i.ty]
    k = 0 if y is NIL else arith.signed_constant(s, y, i.ty)
    code = rows[0]
    memory = y is not NIL and memory_value(s, y) and word(s, y.ty) == i.ty
    if k is not None and -128 <= k < 128:
        source, code = operand.imm(k), rows[2]
    else:
        source = operand.NO_REG if memory else s.reg(y)
    s.reg(x)                # made before the comparison
    compare(s, c)
    d = arith.two_address(s, i, x)
    if memory:
        s.emit(rows[1], [d, *load_operand(s, y)])
    else:
        s.emit(code, [d, source])
    return True


def carry(s: Selector, v: Instr) -> Instr:
    """The comparison of two words whose truth `v` is, if its flags can be used for it: the carry is set if a < b.  NIL if there is none."""
    v = s.strip(v)
    if v.op == ZEXT and v.mark == 0 and s.foldable(v):
        v = s.strip(v.a)
    if v.op != ULT or not s.foldable(v) or word(s, v.a.ty) not in COMPARE or s.strip(v.a).op == CONST or s.strip(v.b).op == CONST:
        return NIL
    return v


def compare(s: Selector, c: Instr) -> None:
    """Emit cmp for the carry of c.a < c.b."""
    ty = word(s, c.a.ty)
    rows = COMPARE[ty]
    a, b = s.strip(c.a), s.strip(c.b)
    if memory_value(s, b) and word(s, b.ty) == ty:
        s.emit(rows[1], [s.reg(a), *load_operand(s, b)])
    elif memory_value(s, a) and word(s, a.ty) == ty:
        s.emit(rows[2], [*load_operand(s, a), s.reg(b)])
    else:
        s.emit(rows[0], [s.reg(a), s.reg(b)])


def leave_to_partner(s: Selector, i: Instr) -> bool:
    """If an earlier instruction of the block gives the result of `i` too, let it: selection goes backwards, so that one comes later."""
    wanted = PARTNERS[i.op]
    a, b = s.strip(i.a), s.strip(i.b)
    for p in s.func.blocks[s.block_index].instrs:
        if p is i:
            break
        if p.op in wanted and p.ty == i.ty and p.id not in s.second_results:
            c, d = s.strip(p.a), s.strip(p.b)
            if c is a and d is b or i.op == MUL and c is b and d is a:
                s.define(p)         # its own users may not have asked yet
                s.second_results[p.id] = s.define(i)
                return True
    return False


def multiply(s: Selector, i: Instr) -> None:
    """MUL."""
    if i.a.op == CONST or i.b.op == CONST or not leave_to_partner(s, i):
        arith.multiply(s, i)


def high_multiply(s: Selector, i: Instr) -> None:
    """SMULH, UMULH: rdx:rax = rax * operand."""
    ty = arith.arith_type(s, i.ty)
    rows = HIGH[i.op, ty]
    x, y = s.strip(i.a), s.strip(i.b)
    if memory_value(s, x) and not memory_value(s, y):
        x, y = y, x
    memory = memory_value(s, y) and word(s, y.ty) == ty
    m = load_operand(s, y) if memory else [s.reg(y)]
    arith.to_register(s, RAX, x)
    s.emit(rows[1] if memory else rows[0], m)
    results(s, i, RDX)


def divide(s: Selector, i: Instr) -> None:
    """SDIV, UDIV, SREM, UREM: rax and rdx = rdx:rax / operand."""
    if i.id not in s.second_results and leave_to_partner(s, i):
        return
    ty = arith.arith_type(s, i.ty)
    signed = i.op in (SDIV, SREM)
    rows = DIVIDE[signed, ty]
    y = s.strip(i.b)
    memory = memory_value(s, y) and word(s, y.ty) == ty
    m = load_operand(s, y) if memory else [s.reg(i.b)]
    arith.to_register(s, RAX, i.a)
    if signed:
        s.emit(WIDEN[ty], [])
    else:
        s.emit(LI, [operand.reg(RDX), operand.imm(0)])
    s.emit(rows[1] if memory else rows[0], m)
    results(s, i, RAX if i.op in (SDIV, UDIV) else RDX)


def results(s: Selector, i: Instr, here: int) -> None:
    """Copy the result of `i` from `here`, and what was left to it from the other register of rdx:rax."""
    s.copy(s.define(i), operand.reg(here))
    second = s.second_results.get(i.id, 0)
    if second:
        s.copy(second, operand.reg(RAX + RDX - here))
