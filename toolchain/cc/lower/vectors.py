"""GNU vector types, element by element, in memory.

A vector's value is the address of its elements; every operation writes a new temporary.  Targets with
vector instructions get them from the optimiser, not from here; the result is correct on all."""
from __future__ import annotations

from typing import cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import Instr
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower import lvalue as lvalues
from toolchain.cc.lower import ops, packed
from toolchain.cc.lower.context import Fn
from toolchain.cc.lower.typemap import is_floating, one_bits
from toolchain.cc.parse.ast import CAST_SPLAT, Assign, Binary, BuiltinCall, Cast, Conditional, Expr, IncDec, IntConst, Unary
from toolchain.cc.types import VECTOR, Type, VectorType, size_of


def vector_type(t: Type) -> VectorType:
    """The vector type behind qualifiers."""
    return cast(VectorType, t.unq)


def element(f: Fn, address: Instr, t: VectorType, index: int) -> Instr:
    """Load one element."""
    return f.load(f.types.ir_type(t.base), address, index * size_of(t.base))


def put(f: Fn, address: Instr, t: VectorType, index: int, value: Instr) -> None:
    """Store one element."""
    f.store(value, address, index * size_of(t.base))


def splat(f: Fn, value: Instr, t: Type) -> Instr:
    """All elements equal `value`."""
    v = vector_type(t)
    whole = packed.splat(f, value, v)
    if whole is not None:
        return whole
    place = f.temporary(t)
    for i in range(v.count):
        put(f, place, v, i, value)
    return place


def _operand(f: Fn, e: Expr) -> tuple[Instr, VectorType | None]:
    value = expressions.rvalue(f, e)
    return value, vector_type(e.ty) if e.ty.unq.kind == VECTOR else None


def _lane(f: Fn, value: Instr, t: VectorType | None, index: int) -> Instr:
    return value if t is None else element(f, value, t, index)


def binary(f: Fn, e: Binary) -> Instr:
    """A binary operator; comparisons give -1 or 0 in each element."""
    a, at = _operand(f, e.left)
    b, bt = _count(f, e.text, e.right)
    return operate(f, e.text, a, at, b, bt, e.ty, e.left.ty if at is not None else e.right.ty)


def _count(f: Fn, text: str, e: Expr) -> tuple[Instr, VectorType | None]:
    """A right operand; the count of a shift by one number for all elements is that number."""
    if text in ("<<", ">>") and isinstance(e, Cast) and e.kind == CAST_SPLAT:
        return ops.resize(f, expressions.rvalue(f, e.operand), ir.I32, True), None
    return _operand(f, e)


def operate(f: Fn, text: str, a: Instr, at: VectorType | None, b: Instr, bt: VectorType | None, result: Type, compute: Type) -> Instr:
    """`a text b`, elementwise; an operand without vector type is a scalar."""
    whole = packed.operate(f, text, a, at, b, bt, result, compute) if at is not None else None
    if whole is not None:
        return whole
    rt = vector_type(result)
    base = vector_type(compute).base
    signed = f.types.is_signed(base)
    place = f.temporary(result)
    out_type = f.types.ir_type(rt.base)
    for i in range(rt.count):
        x, y = _lane(f, a, at, i), _lane(f, b, bt, i)
        if text in ops.COMPARISONS:
            bit = ops.compare(f, text, x, y, signed)
            v = f.emit(ir.NEG, out_type, ops.resize(f, bit, out_type, False))
        else:
            if x.ty != y.ty and y.ty <= ir.PTR and x.ty <= ir.PTR and text not in ("<<", ">>"):
                y = ops.resize(f, y, x.ty, signed)
            v = ops.arithmetic(f, text, x, y, signed)
        put(f, place, rt, i, v)
    return place


def unary(f: Fn, e: Unary) -> Instr:
    """- ~ + !"""
    source = vector_type(e.operand.ty)
    target = vector_type(e.ty)
    a = expressions.rvalue(f, e.operand)
    whole = packed.unary(f, e.text, a, source, e.ty)
    if whole is not None:
        return whole
    place = f.temporary(e.ty)
    for i in range(source.count):
        v = element(f, a, source, i)
        if e.text == "-":
            v = ops.negate(f, v)
        elif e.text == "~":
            v = f.emit(ir.NOT, v.ty, v)
        elif e.text == "!":
            ty = f.types.ir_type(target.base)
            bit = f.emit(ir.EQ, ir.I32, ops.boolean(f, v, source.base), f.int32(0))
            v = f.emit(ir.NEG, ty, ops.resize(f, bit, ty, False))
        put(f, place, target, i, v)
    return place


def compound_assign(f: Fn, e: Assign) -> Instr:
    """`v op= w`."""
    lv = lvalues.lvalue(f, e.target)
    place = lvalues.spill(f, lv)
    b, bt = _count(f, e.text, e.value)
    text = e.text
    v = operate(f, text, place, vector_type(e.target.ty), b, bt, e.target.ty, e.target.ty)
    lvalues.copy_to(f, lv, v)
    return place


def incdec(f: Fn, e: IncDec) -> Instr:
    """`v++` and the like."""
    t = vector_type(e.operand.ty)
    place = lvalues.spill(f, lvalues.lvalue(f, e.operand))
    old = f.temporary(e.operand.ty)
    f.copy(old, place, size_of(t), t.align)
    ty = f.types.ir_type(t.base)
    one = f.function.fconst(ty, one_bits(ty)) if is_floating(t.base) else f.const(ty, 1)
    for i in range(t.count):
        put(f, place, t, i, ops.arithmetic(f, "+" if e.delta > 0 else "-", element(f, place, t, i), one, True))
    return place if e.prefix else old


def convert(f: Fn, e: Cast) -> Instr:
    """Elementwise conversion (__builtin_convertvector)."""
    return convert_value(f, expressions.rvalue(f, e.operand), vector_type(e.operand.ty), e.ty)


def convert_value(f: Fn, a: Instr, source: VectorType, t: Type) -> Instr:
    """Elementwise conversion of the vector at `a`."""
    target = vector_type(t)
    whole = packed.convert(f, a, source, target)
    if whole is not None:
        return whole
    place = f.temporary(t)
    for i in range(target.count):
        put(f, place, target, i, ops.convert(f, element(f, a, source, i), source.base, target.base))
    return place


def conditional(f: Fn, e: Conditional) -> Instr:
    """`mask ? a : b` elementwise."""
    assert e.then is not None
    mask_type = vector_type(e.condition.ty)
    mask = expressions.rvalue(f, e.condition)
    a, at = _operand(f, e.then)
    b, bt = _operand(f, e.other)
    target = vector_type(e.ty)
    exact = isinstance(e.condition, Binary) and e.condition.text in ops.COMPARISONS
    whole = packed.conditional(f, mask, mask_type, exact, a, b, target) if at is not None and bt is not None else None
    if whole is not None:
        return whole
    place = f.temporary(e.ty)
    for i in range(target.count):
        put(f, place, target, i, f.select(element(f, mask, mask_type, i), _lane(f, a, at, i), _lane(f, b, bt, i)))
    return place


def shuffle(f: Fn, e: BuiltinCall) -> Instr:
    """__builtin_shuffle (mask of run-time values) and __builtin_shufflevector (constant lanes)."""
    target = vector_type(e.ty)
    a, at = _operand(f, e.args[0])
    assert at is not None
    place = f.temporary(e.ty)
    size = size_of(at.base)
    if e.name == "__builtin_shufflevector":
        b = expressions.rvalue(f, e.args[1])
        lanes = [lane.value if isinstance(lane, IntConst) else 0 for lane in e.args[2:]]
        whole = packed.shuffle(f, a, b, at, target, lanes)
        if whole is not None:
            return whole
        for i, lane in enumerate(e.args[2:]):
            n = lane.value if isinstance(lane, IntConst) else 0
            if n >= 0:
                put(f, place, target, i, element(f, a, at, n) if n < at.count else element(f, b, at, n - at.count))
        return place
    two = len(e.args) == 3
    b = expressions.rvalue(f, e.args[1]) if two else a
    mask = expressions.rvalue(f, e.args[-1])
    mt = vector_type(e.args[-1].ty)
    both = a
    if two:
        slot = f.function.new_slot(at.size * 2, at.align)
        both = f.function.slot_address(slot)
        f.copy(both, a, at.size, at.align)
        f.copy(f.function.slot_address(slot, at.size), b, at.size, at.align)
    limit = at.count * (2 if two else 1) - 1
    for i in range(target.count):
        index = ops.resize(f, element(f, mask, mt, i), f.pointer_type, False)
        index = f.emit(ir.AND, f.pointer_type, index, f.word(limit))
        where = ops.pointer_add(f, both, index, f.word(size), False)
        put(f, place, target, i, f.load(f.types.ir_type(at.base), where))
    return place
