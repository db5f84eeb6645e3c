"""Floating-point builtins: classification, signs, constants; the rest are library calls."""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import Instr
from toolchain.cc.lower import calls, complexes, ops
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower.context import Fn
from toolchain.cc.lower.typemap import INFINITY_BITS, SMALLEST_NORMAL_BITS, is_floating
from toolchain.cc.parse.ast import BuiltinCall, Call, Cast, Expr, StringLit, Unary
from toolchain.cc.parse.builtin_table import stem
from toolchain.cc.types import DOUBLE, FLOAT, FLOAT16, LONG, Type

SMALLEST_NORMAL_HALF: Final = 0x38800000
"""2**-14, the smallest normal value of half precision, as a float."""
_ORDERED: Final[dict[str, tuple[int, bool]]] = {
    "isgreater": (ir.FLT, True), "isgreaterequal": (ir.FLE, True), "isless": (ir.FLT, False), "islessequal": (ir.FLE, False)}
_CONSTANTS: Final = ("inf", "huge_val", "nan", "nans")
_COMPLEX_PARTS: Final = ("creal", "cimag", "conj")


def builtin(f: Fn, name: str, e: BuiltinCall) -> Instr | None:
    """The value of a floating-point builtin; None if it is not one that is expanded."""
    handled = _classify(f, name, e)
    if handled is not None:
        return handled
    base = stem(name)
    if base in _CONSTANTS and is_floating(e.ty):
        return _constant(f, base, e)
    if base in _COMPLEX_PARTS:
        re, im = complexes.parts(f, e.args[0])
        if base == "conj":
            return complexes.build(f, re, ops.negate(f, im), e.ty)
        return re if base == "creal" else im
    made = library(f, base, name, e)
    if made is not None:
        return made
    if name in ("sqrt", "sqrtf") and not f.module.options.flag("math-errno", True):
        v = expressions.rvalue(f, e.args[0])
        return f.emit(ir.FSQRT, v.ty, v)
    return None


def _constant(f: Fn, base: str, e: BuiltinCall) -> Instr:
    ty = f.types.ir_type(e.ty)
    bits = INFINITY_BITS[ty]
    if base in ("nan", "nans"):
        significand = {ir.F16: 10, ir.BF16: 7, ir.F32: 23, ir.F64: 52, ir.F80: 62, ir.F128: 112}[ty]
        payload = _payload(e.args[0]) if e.args else 0
        quiet = 1 << (significand - 1) if ty != ir.F80 else 1 << 62
        bits |= payload & (quiet - 1)
        bits |= quiet if base == "nan" else (quiet >> 1 if not payload else 0)
    return f.function.fconst(ty, bits)


def _payload(e: Expr) -> int:
    while isinstance(e, Cast) or isinstance(e, Unary):
        e = e.operand
    if isinstance(e, StringLit):
        text = e.data.rstrip(b"\0").decode("latin-1")
        try:
            return int(text or "0", 0)
        except ValueError:
            return int(text, 8) if text.isdigit() else 0
    return 0


def _wide(f: Fn, e: Expr) -> Instr:
    """A floating argument; half precision is widened for comparing."""
    v = expressions.rvalue(f, e)
    if v.ty <= ir.PTR:
        return ops.from_integer(f, v, ir.F64, f.types.is_signed(e.ty))
    return f.emit(ir.FCVT, ir.F32, v) if v.ty in (ir.F16, ir.BF16) else v


def _classify(f: Fn, name: str, e: BuiltinCall) -> Instr | None:
    """isnan, isinf, isfinite, isnormal, signbit, isless ..., fpclassify."""
    if name in _ORDERED or name in ("isunordered", "islessgreater"):
        a, b = _wide(f, e.args[0]), _wide(f, e.args[1])
        if a.ty != b.ty:
            ty = max(a.ty, b.ty)
            a = a if a.ty == ty else f.emit(ir.FCVT, ty, a)
            b = b if b.ty == ty else f.emit(ir.FCVT, ty, b)
        unordered = f.emit(ir.FUNORD, ir.I32, a, b)
        if name == "isunordered":
            return unordered
        ordered = f.emit(ir.EQ, ir.I32, unordered, f.int32(0))
        if name == "islessgreater":
            return f.emit(ir.AND, ir.I32, f.emit(ir.FNE, ir.I32, a, b), ordered)
        op, swap = _ORDERED[name]
        return _quiet(f, op, b if swap else a, a if swap else b, unordered)
    short = name.rstrip("fl") if name.rstrip("fl") in ("isnan", "isin", "finite", "signbit", "isfinite") else name
    if name in ("isinf", "isinff", "isinfl", "isinf_sign"):
        short = name if name == "isinf_sign" else "isinf"
    if short in ("isnan", "isinf", "isfinite", "finite", "isnormal", "signbit", "isinf_sign"):
        return _class_of(f, short, _wide(f, e.args[0]), e.args[0].ty.kind)
    if name == "fpclassify":
        return _fpclassify(f, e)
    return None


def _quiet(f: Fn, op: int, a: Instr, b: Instr, unordered: Instr) -> Instr:
    """A comparison that raises no exception for quiet NaNs: evaluated only if ordered."""
    result = f.new_variable(ir.I32)
    f.write(result, f.int32(0))
    compare, done = f.add_block(), f.add_block()
    f.branch(unordered, done, compare)
    f.start(compare)
    f.write(result, f.emit(op, ir.I32, a, b))
    f.jump(done)
    f.start(done)
    return f.read(result)


def _not_tiny(f: Fn, v: Instr, kind: int) -> Instr:
    """`v`, a magnitude of the type of `kind` (widened, if that is half precision), is normal, infinite or no number: asked of its
    representation, because a comparison would raise an exception for a NaN."""
    if v.ty in (ir.F80, ir.F128):
        return f.emit(ir.NE, ir.I32, _top_bits(f, v, 0x7FFF), f.int32(0))
    raw_type = ir.I64 if v.ty == ir.F64 else ir.I32
    smallest = SMALLEST_NORMAL_HALF if kind == FLOAT16 else SMALLEST_NORMAL_BITS[v.ty]
    return f.emit(ir.SLE, ir.I32, f.const(raw_type, smallest), f.emit(ir.BITCAST, raw_type, v))


def _class_of(f: Fn, what: str, v: Instr, kind: int) -> Instr:
    infinity = f.function.fconst(v.ty, INFINITY_BITS[v.ty])
    if what == "isnan":
        return f.emit(ir.FUNORD, ir.I32, v, v)
    if what == "signbit":
        return _sign_bit(f, v)
    magnitude = f.emit(ir.FABS, v.ty, v)
    if what == "isinf":
        return f.emit(ir.FEQ, ir.I32, magnitude, infinity)
    if what == "isinf_sign":
        is_inf = f.emit(ir.FEQ, ir.I32, magnitude, infinity)
        sign = f.emit(ir.NE, ir.I32, _sign_bit(f, v), f.int32(0))
        return f.select(is_inf, f.select(sign, f.int32(-1), f.int32(1)), f.int32(0))
    not_infinite = f.emit(ir.FNE, ir.I32, magnitude, infinity)
    unordered = f.emit(ir.FUNORD, ir.I32, v, v)
    finite = f.emit(ir.AND, ir.I32, not_infinite, f.emit(ir.EQ, ir.I32, unordered, f.int32(0)))
    return finite if what != "isnormal" else f.emit(ir.AND, ir.I32, finite, _not_tiny(f, magnitude, kind))


def _top_bits(f: Fn, v: Instr, mask: int) -> Instr:
    """Sign and exponent of an extended or quadruple value."""
    place = f.function.slot_address(f.function.new_slot(16, 16))
    f.store(v, place)
    top = f.load(ir.I16, place, 8 if v.ty == ir.F80 else 14)
    return f.emit(ir.AND, ir.I32, f.emit(ir.ZEXT, ir.I32, top), f.int32(mask))


def _sign_bit(f: Fn, v: Instr) -> Instr:
    if v.ty in (ir.F80, ir.F128):
        return _top_bits(f, v, 0x8000)
    raw_type = ir.I64 if v.ty == ir.F64 else ir.I32
    raw = f.emit(ir.BITCAST, raw_type, v)
    return f.emit(ir.SLT, ir.I32, raw, f.const(raw_type, 0))


def sign_bit(f: Fn, e: BuiltinCall) -> Instr:
    """signbit, also by its plain name: not 0 for a value with a minus sign."""
    return _sign_bit(f, _wide(f, e.args[0]))


def _fpclassify(f: Fn, e: BuiltinCall) -> Instr:
    """fpclassify(nan, infinite, normal, subnormal, zero, x)."""
    nan, infinite, normal, subnormal, zero = (expressions.rvalue(f, a) for a in e.args[:5])
    v = _wide(f, e.args[5])
    magnitude = f.emit(ir.FABS, v.ty, v)
    is_zero = f.emit(ir.FEQ, ir.I32, v, f.function.fconst(v.ty, 0))
    is_inf = f.emit(ir.FEQ, ir.I32, magnitude, f.function.fconst(v.ty, INFINITY_BITS[v.ty]))
    is_nan = f.emit(ir.FUNORD, ir.I32, v, v)
    is_normal = _not_tiny(f, magnitude, e.args[5].ty.kind)
    out = f.select(is_zero, zero, f.select(is_normal, normal, subnormal))
    return f.select(is_nan, nan, f.select(is_inf, infinite, out))


def sign_operation(f: Fn, e: BuiltinCall) -> Instr:
    """fabs and copysign."""
    a = expressions.rvalue(f, e.args[0])
    if "fabs" in e.name:
        return f.emit(ir.FABS, a.ty, a)
    return f.emit(ir.FCOPYSIGN, a.ty, a, expressions.rvalue(f, e.args[1]))


_ROUNDED: Final[dict[str, tuple[str, str]]] = {
    # library function, and whether its result is still floating (f) or a long (l)
    "ifloor": ("floor", "f"), "lfloor": ("floor", "f"), "llfloor": ("floor", "f"), "iceil": ("ceil", "f"), "lceil": ("ceil", "f"),
    "llceil": ("ceil", "f"), "iround": ("lround", "l"), "irint": ("lrint", "l")}
_POWERS: Final[dict[int, str]] = {ir.F32: "__powisf2", ir.F64: "__powidf2", ir.F80: "__powixf2", ir.F128: "__powitf2"}
"""Routines of the support library for a power with an integer exponent (gcc internals, "Routines for floating point emulation")."""


def library(f: Fn, base: str, name: str, e: BuiltinCall) -> Instr | None:
    """A builtin whose library function has another name or result; None if it has its own."""
    if base == "powi":
        ty = f.types.ir_type(e.ty)
        return calls.library(f, _POWERS[ty], [expressions.rvalue(f, a) for a in e.args], [e.ty, e.args[1].ty], e.ty)
    row = _ROUNDED.get(base)
    if row is None:
        return None
    source = e.args[0].ty
    result = source if row[1] == "f" else Type(LONG, f.layout.long_size, f.layout.long_size)
    v = calls.library(f, row[0] + name[len(base):], [expressions.rvalue(f, e.args[0])], [source], result)
    return ops.convert(f, v, result, e.ty)


ROUNDING: Final = frozenset("floor ceil trunc round rint nearbyint".split())
"""Functions of double whose value for a float is a float."""


def narrowed_rounding(f: Fn, name: str, e: Call) -> Instr | None:
    """`floor((double)x)` of a float `x` is `(double)floorf(x)`; None if the call is not like that."""
    a = e.args[0] if len(e.args) == 1 else None
    if not isinstance(a, Cast) or a.ty.unq.kind != DOUBLE or a.operand.ty.unq.kind != FLOAT or e.ty.unq.kind != DOUBLE:
        return None
    t = a.operand.ty.unq
    v = calls.library(f, name + "f", [expressions.rvalue(f, a.operand)], [t], t)
    return f.emit(ir.FCVT, ir.F64, v)
