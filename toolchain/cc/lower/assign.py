"""Assignment, compound assignment, increment and decrement."""
from __future__ import annotations

from typing import Final, cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import NIL, Instr
from toolchain.cc.lower import complexes, ops, vectors, vla, wide_atomics
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower import lvalue as lvalues
from toolchain.cc.lower.context import L_MEMORY, Fn, LValue
from toolchain.cc.lower.typemap import INT_BY_SIZE, is_floating, is_integer, is_memory, one_bits
from toolchain.cc.parse.ast import Assign, Expr, IncDec
from toolchain.cc.types import ATOMIC, BOOL, COMPLEX, POINTER, VECTOR, ComplexType, Type, size_of

RMW_OPS: Final[dict[str, int]] = {"+": ir.RMW_ADD, "-": ir.RMW_SUB, "&": ir.RMW_AND, "|": ir.RMW_OR, "^": ir.RMW_XOR}
SEQ_CST: Final = ir.ORDER_SEQ_CST << ir.ORDER_SHIFT


def assign(f: Fn, e: Assign) -> Instr:
    """`target = value` and compound forms; the value is the target's after the assignment."""
    if e.text == "=":
        if is_memory(e.target.ty):
            return _assign_memory(f, e)
        lv = lvalues.lvalue(f, e.target)
        return lvalues.store(f, lv, expressions.rvalue(f, e.value))
    kind = e.target.ty.unq.kind
    if kind == VECTOR:
        return vectors.compound_assign(f, e)
    if kind == COMPLEX or e.compute.unq.kind == COMPLEX:
        return _complex_compound(f, e)
    lv = lvalues.lvalue(f, e.target)
    if lv.kind == L_MEMORY and e.target.ty.quals & ATOMIC:
        return _atomic_compound(f, lv, e)
    value = expressions.rvalue(f, e.value)
    return lvalues.store(f, lv, _compute(f, e, lvalues.load(f, lv), value))


def _compute(f: Fn, e: Assign, old: Instr, value: Instr) -> Instr:
    """`old text value`, converted back to the target's type."""
    target = e.target.ty
    text = e.text
    if target.unq.kind == POINTER:
        return expressions.pointer_step(f, old, value, target, f.types.is_signed(e.value.ty), text == "-")
    a = ops.convert(f, old, target, e.compute)
    new = ops.arithmetic(f, text, a, value, f.types.is_signed(e.compute))
    return ops.convert(f, new, e.compute, target)


def _assign_memory(f: Fn, e: Assign) -> Instr:
    lv = lvalues.lvalue(f, e.target)
    source = expressions.rvalue(f, e.value)
    if source is NIL:
        return f.offset(lv.base, lv.offset)
    lvalues.copy_to(f, lv, source)
    return f.offset(lv.base, lv.offset)


def _complex_compound(f: Fn, e: Assign) -> Instr:
    lv = lvalues.lvalue(f, e.target)
    target = e.target.ty
    text = e.text
    base = cast(ComplexType, e.compute.unq).base if e.compute.unq.kind == COMPLEX else e.compute
    if target.unq.kind == COMPLEX:
        own = cast(ComplexType, target.unq).base
        re, im = complexes.load(f, f.offset(lv.base, lv.offset), target)
        a = (ops.convert(f, re, own, base), ops.convert(f, im, own, base))
    else:
        own = target
        re = ops.convert(f, lvalues.load(f, lv), target, base)
        a = (re, ops.zero(f, re.ty))
    re, im = complexes.operate_mixed(f, text, a, complexes.parts_as(f, e.value, base), target.unq.kind == COMPLEX, e.value.ty.unq.kind == COMPLEX, base)
    if target.unq.kind != COMPLEX:
        return lvalues.store(f, lv, ops.convert(f, re, base, target))
    place = f.offset(lv.base, lv.offset)
    complexes.store(f, place, ops.convert(f, re, base, own), ops.convert(f, im, base, own))
    return place


# --------------------------------------------------------------------- ++, --
def incdec(f: Fn, e: IncDec, wanted: bool = True) -> Instr:
    """`++` and `--`; `wanted` is False if nobody looks at the value."""
    t = e.operand.ty
    if t.unq.kind == VECTOR:
        return vectors.incdec(f, e)
    lv = lvalues.lvalue(f, e.operand)
    if t.unq.kind == COMPLEX:
        place = f.offset(lv.base, lv.offset)
        re, im = complexes.load(f, place, t)
        before = complexes.build(f, re, im, t) if wanted and not e.prefix else place
        complexes.store(f, place, _step(f, re, cast(ComplexType, t.unq).base, e.delta), im)
        return before
    if lv.kind == L_MEMORY and t.quals & ATOMIC:
        return _atomic_incdec(f, lv, e)
    old = lvalues.load(f, lv)
    new = lvalues.store(f, lv, _step(f, old, t, e.delta))
    return new if e.prefix else old


def _step(f: Fn, old: Instr, t: Type, delta: int) -> Instr:
    kind = t.unq.kind
    if kind == POINTER:
        size = vla.pointee_size(f, t)
        return ops.pointer_add(f, old, f.word(1), size, delta < 0)
    if kind == BOOL:
        if delta > 0:
            return f.const(ir.I8, 1)
        return f.emit(ir.XOR, ir.I8, old, f.const(ir.I8, 1))
    if is_floating(t):
        one = f.function.fconst(old.ty, one_bits(old.ty))
        return ops.arithmetic(f, "+" if delta > 0 else "-", old, one, True)
    return f.emit(ir.ADD, old.ty, old, f.const(old.ty, delta))


# -------------------------------------------------------------------- _Atomic
def _atomic_compound(f: Fn, lv: LValue, e: Assign) -> Instr:
    text = e.text
    t = e.target.ty
    value = expressions.rvalue(f, e.value)
    if text in RMW_OPS and is_integer(t) and t.unq.kind != BOOL and is_integer(e.compute):
        operand = ops.resize(f, value, lv.ir_type, f.types.is_signed(e.compute))
        old = rmw(f, RMW_OPS[text], f.offset(lv.base, lv.offset), operand, SEQ_CST | lv.flags)
        return f.emit((ir.ADD, ir.ADD, ir.SUB, ir.AND, ir.OR, ir.XOR)[RMW_OPS[text]], old.ty, old, operand)
    return update_loop(f, lv, e, value)


def _atomic_incdec(f: Fn, lv: LValue, e: IncDec) -> Instr:
    t = e.operand.ty
    if is_integer(t) and t.unq.kind != BOOL:
        step = f.const(lv.ir_type, e.delta)
        old = rmw(f, ir.RMW_ADD, f.offset(lv.base, lv.offset), step, SEQ_CST | lv.flags)
        return f.emit(ir.ADD, old.ty, old, step) if e.prefix else old
    return update_loop(f, lv, e, NIL)


def rmw(f: Fn, kind: int, address: Instr, operand: Instr, flags: int) -> Instr:
    """Atomic read-modify-write; gives the old value."""
    if wide_atomics.is_wide(f, operand.ty):
        return wide_atomics.rmw(f, kind, address, operand, flags)
    i = f.emit(ir.ATOMIC_RMW, operand.ty, address, operand, kind)
    i.flags = flags
    return i


def compare_and_swap(f: Fn, address: Instr, expected: Instr, desired: Instr, flags: int) -> Instr:
    """Atomic compare and exchange; gives the old value."""
    if wide_atomics.is_wide(f, expected.ty):
        return wide_atomics.compare_and_swap(f, address, expected, desired, flags)
    i = f.emit(ir.ATOMIC_CAS, expected.ty, address, expected)
    i.ext = [desired]
    i.flags = flags
    return i


def update_loop(f: Fn, lv: LValue, e: Expr, value: Instr) -> Instr:
    """Atomic update by compare-and-swap until nobody came between (C11 6.5.16.2, footnote)."""
    size = size_of(lv.ty)
    raw = INT_BY_SIZE.get(size, ir.I64)
    place = f.offset(lv.base, lv.offset)
    loop, done = f.add_block(), f.add_block()
    seen = f.new_variable(raw)
    f.write(seen, f.load(raw, place, 0, 1 << ir.ORDER_SHIFT | lv.flags))
    f.jump(loop)
    f.start(loop, sealed=False)
    before = f.read(seen)
    old = before if before.ty == lv.ir_type else f.emit(ir.BITCAST, lv.ir_type, before)
    if isinstance(e, Assign):
        new = _compute(f, e, old, value)
        result = new
    else:
        assert isinstance(e, IncDec)
        new = _step(f, old, lv.ty, e.delta)
        result = new if e.prefix else old
    bits = new if new.ty == raw else f.emit(ir.BITCAST, raw, new)
    found = compare_and_swap(f, place, before, bits, SEQ_CST | lv.flags)
    f.write(seen, found)
    f.branch(f.emit(ir.EQ, ir.I32, found, before), done, loop)
    f.seal(loop)
    f.start(done)
    return result
