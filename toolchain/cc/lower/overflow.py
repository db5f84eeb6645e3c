"""Arithmetic with overflow check: `__builtin_add_overflow` and its relatives, expanded.

The result is that of infinite precision, stored modulo the result type; the value is whether it did
not fit (gcc's manual, "Integer Overflow Builtins")."""
from __future__ import annotations

from typing import Final, cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import Instr
from toolchain.cc.lower import calls, ops
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower.context import Fn
from toolchain.cc.lower.typemap import INT_BY_SIZE
from toolchain.cc.parse.ast import BuiltinCall
from toolchain.cc.types import BOOL, INT, PointerType, Type, align_of, size_of

OPERATIONS: Final[dict[str, str]] = {"add": "+", "sub": "-", "mul": "*"}


def overflow(f: Fn, e: BuiltinCall) -> Instr:
    """All spellings: generic, `s`/`u` + `` / `l` / `ll`, and `_p` (result only tested)."""
    name = e.name.removeprefix("__builtin_")
    test_only = name.endswith("_p")
    text = next(t for k, t in OPERATIONS.items() if k in name)
    left, right = e.args[0], e.args[1]
    a = expressions.rvalue(f, left)
    b = expressions.rvalue(f, right)
    if test_only:
        result = e.args[2].ty
        place = ir.NIL
    else:
        result = cast(PointerType, e.args[2].ty.unq).base
        place = expressions.rvalue(f, e.args[2])
    value, flag = compute(f, text, a, left.ty, b, right.ty, result)
    if not test_only:
        f.store(value, place, 0, f.align_flag(align_of(result), value.ty))
    return ops.resize(f, flag, f.types.ir_type(e.ty), False)


def _widest(f: Fn) -> int:
    """Bits of the widest integer."""
    return 128 if f.layout.int128 else 64


def _range(f: Fn, t: Type) -> tuple[int, bool]:
    """Width and signedness of an operand's type."""
    return (1 if t.unq.kind == BOOL else size_of(t) * 8), f.types.is_signed(t)


def compute(f: Fn, text: str, a: Instr, at: Type, b: Instr, bt: Type, result: Type) -> tuple[Instr, Instr]:
    """(result in its type, I32: overflow)."""
    ab, asign = _range(f, at)
    bb, bsign = _range(f, bt)
    rb, rsign = _range(f, result)
    ty = f.types.ir_type(result)
    same = asign == bsign == rsign and max(ab, bb) <= rb and rb >= 32
    if same and (rb != _widest(f) or text != "*"):
        a, b = ops.resize(f, a, ty, asign), ops.resize(f, b, ty, bsign)
        return _same(f, text, a, b, rsign)
    if same and rsign:
        return _library_mul(f, ops.resize(f, a, ty, asign), ops.resize(f, b, ty, bsign), result)
    if text == "*":
        need = ab + bb + (not asign and not bsign)
    else:
        need = max(ab + (not asign), bb + (not bsign)) + 1
    if need > _widest(f):
        return _wide(f, text, a, asign, b, bsign, result)
    wide = INT_BY_SIZE[next(n for n in (4, 8, 16) if n * 8 >= max(need, rb))]
    x, y = ops.resize(f, a, wide, asign), ops.resize(f, b, wide, bsign)
    exact = ops.arithmetic(f, text, x, y, True)
    return _fit(f, exact, result)


def _fit(f: Fn, exact: Instr, result: Type) -> tuple[Instr, Instr]:
    """Narrow an exact signed value; overflow if that changes it."""
    ty = f.types.ir_type(result)
    signed = f.types.is_signed(result)
    if result.unq.kind == BOOL:
        value = f.emit(ir.AND, ir.I8, f.emit(ir.TRUNC, ir.I8, exact), f.const(ir.I8, 1))
    else:
        value = ops.resize(f, exact, ty, signed)
    if value.ty == exact.ty:
        flag = f.int32(0) if signed else f.emit(ir.SLT, ir.I32, exact, f.const(exact.ty, 0))
        return value, flag
    back = ops.resize(f, value, exact.ty, signed)
    return value, f.emit(ir.NE, ir.I32, back, exact)


def _same(f: Fn, text: str, a: Instr, b: Instr, signed: bool) -> tuple[Instr, Instr]:
    """Operands and result of one type of 32 bits or more."""
    ty = a.ty
    if text == "*":
        return _multiply(f, a, b, signed)
    r = f.emit(ir.ADD if text == "+" else ir.SUB, ty, a, b)
    if not signed:
        flag = f.emit(ir.ULT, ir.I32, r, a) if text == "+" else f.emit(ir.ULT, ir.I32, a, b)
        return r, flag
    x = f.emit(ir.XOR, ty, r, a)
    y = f.emit(ir.XOR, ty, r, b) if text == "+" else f.emit(ir.XOR, ty, a, b)
    return r, f.emit(ir.SLT, ir.I32, f.emit(ir.AND, ty, x, y), f.const(ty, 0))


def _multiply(f: Fn, a: Instr, b: Instr, signed: bool) -> tuple[Instr, Instr]:
    ty = a.ty
    bits = f.types.bits(ty)
    if bits == _widest(f):
        return _unsigned_mul_widest(f, a, b)
    if bits == 32:
        op = ir.SEXT if signed else ir.ZEXT
        product = f.emit(ir.MUL, ir.I64, f.emit(op, ir.I64, a), f.emit(op, ir.I64, b))
        r = f.emit(ir.TRUNC, ty, product)
        return r, f.emit(ir.NE, ir.I32, product, f.emit(op, ir.I64, r))
    r = f.emit(ir.MUL, ty, a, b)
    high = f.emit(ir.SMULH if signed else ir.UMULH, ty, a, b)
    expected = f.emit(ir.SAR, ty, r, f.int32(bits - 1)) if signed else f.const(ty, 0)
    return r, f.emit(ir.NE, ir.I32, high, expected)


def _unsigned_mul_widest(f: Fn, a: Instr, b: Instr) -> tuple[Instr, Instr]:
    """Unsigned product of the widest integers, in halves: overflow if both high halves are set, or a cross product carries."""
    half = ir.I64 if a.ty == ir.I128 else ir.I32
    q = f.types.bits(half)
    r = f.emit(ir.MUL, a.ty, a, b)
    al, ah = f.emit(ir.TRUNC, half, a), f.emit(ir.TRUNC, half, f.emit(ir.SHR, a.ty, a, f.int32(q)))
    bl, bh = f.emit(ir.TRUNC, half, b), f.emit(ir.TRUNC, half, f.emit(ir.SHR, a.ty, b, f.int32(q)))
    zero = f.const(half, 0)
    both = f.emit(ir.AND, ir.I32, f.emit(ir.NE, ir.I32, ah, zero), f.emit(ir.NE, ir.I32, bh, zero))
    c1 = f.emit(ir.NE, ir.I32, f.emit(ir.UMULH, half, ah, bl), zero)
    c2 = f.emit(ir.NE, ir.I32, f.emit(ir.UMULH, half, al, bh), zero)
    cross = f.emit(ir.ADD, half, f.emit(ir.MUL, half, ah, bl), f.emit(ir.MUL, half, al, bh))
    low = f.emit(ir.UMULH, half, al, bl)
    total = f.emit(ir.ADD, half, low, cross)
    c3 = f.emit(ir.ULT, ir.I32, total, low)
    flag = f.emit(ir.OR, ir.I32, f.emit(ir.OR, ir.I32, both, c1), f.emit(ir.OR, ir.I32, c2, c3))
    return r, flag


def _library_mul(f: Fn, a: Instr, b: Instr, result: Type) -> tuple[Instr, Instr]:
    """Signed 128-bit product by the support library."""
    flag_type = Type(INT, 4, 4)
    place = f.temporary(flag_type)
    pointer = PointerType(flag_type, f.layout.pointer_size, f.layout.pointer_size)
    r = calls.library(f, "__muloti4" if a.ty == ir.I128 else "__mulodi4", [a, b, place], [result, result, pointer], result)
    return r, f.load(ir.I32, place)


def _wide(f: Fn, text: str, a: Instr, asign: bool, b: Instr, bsign: bool, result: Type) -> tuple[Instr, Instr]:
    """Mixed operands whose exact result the widest integers do not hold: work on sign and magnitude."""
    wide = INT_BY_SIZE[_widest(f) // 8]
    x, y = ops.resize(f, a, wide, asign), ops.resize(f, b, wide, bsign)
    zero = f.const(wide, 0)
    xn = f.emit(ir.SLT, ir.I32, x, zero) if asign else f.int32(0)
    yn = f.emit(ir.SLT, ir.I32, y, zero) if bsign else f.int32(0)
    if text == "-":
        flip = f.emit(ir.EQ, ir.I32, yn, f.int32(0))
        yn = f.select(f.emit(ir.EQ, ir.I32, y, zero), f.int32(0), flip)
        mag_y = f.select(f.emit(ir.AND, ir.I32, f.emit(ir.EQ, ir.I32, yn, f.int32(0)), f.int32(1 if bsign else 0)),
                         f.emit(ir.NEG, wide, y), y) if bsign else y
    else:
        mag_y = f.select(yn, f.emit(ir.NEG, wide, y), y)
    mag_x = f.select(xn, f.emit(ir.NEG, wide, x), x)
    if text == "*":
        magnitude, carry = _multiply(f, mag_x, mag_y, False)
        negative = f.emit(ir.XOR, ir.I32, xn, yn)
    else:
        total, over = _same(f, "+", mag_x, mag_y, False)
        less = f.emit(ir.ULT, ir.I32, mag_x, mag_y)
        diff = f.select(less, f.emit(ir.SUB, wide, mag_y, mag_x), f.emit(ir.SUB, wide, mag_x, mag_y))
        unlike = f.emit(ir.XOR, ir.I32, xn, yn)
        magnitude = f.select(unlike, diff, total)
        carry = f.select(unlike, f.int32(0), over)
        negative = f.select(unlike, f.select(less, yn, xn), xn)
    negative = f.emit(ir.AND, ir.I32, negative, f.emit(ir.NE, ir.I32, magnitude, zero))
    signed_value = f.select(negative, f.emit(ir.NEG, wide, magnitude), magnitude)
    ty = f.types.ir_type(result)
    value = ops.resize(f, signed_value, ty, False)
    rb, rsign = _range(f, result)
    top = (1 << (rb - 1)) - 1 if rsign else (1 << rb) - 1
    limit = f.const(wide, top)
    below = f.const(wide, top + 1 if rsign else 0)
    bad = f.select(negative, f.emit(ir.ULT, ir.I32, below, magnitude), f.emit(ir.ULT, ir.I32, limit, magnitude))
    return value, f.emit(ir.OR, ir.I32, carry, bad)


