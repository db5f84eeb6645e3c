"""Complex arithmetic on pairs of values.  A complex number in memory is its real part, then its imaginary part.

Multiplication and division of floating types go to the support library (C99 Annex G's rules for
infinities and NaNs), as gcc's do; GNU's complex integers are computed here."""
from __future__ import annotations

from typing import Final, cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import CallInfo, Instr
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower import ops
from toolchain.cc.lower.context import Fn
from toolchain.cc.lower.typemap import is_floating
from toolchain.cc.parse.ast import E_BINARY, Binary, ComplexConst, Expr, Unary
from toolchain.cc.types import COMPLEX, ComplexType, FunctionType, Type, align_of, size_of

_SUFFIX: Final[dict[int, str]] = {ir.F16: "hc3", ir.F32: "sc3", ir.F64: "dc3", ir.F80: "xc3", ir.F128: "tc3"}
Pair = tuple[Instr, Instr]


def base_of(t: Type) -> Type:
    """Type of the parts; a real type is its own."""
    return cast(ComplexType, t.unq).base if t.unq.kind == COMPLEX else t


def load(f: Fn, address: Instr, t: Type) -> Pair:
    """Both parts from memory."""
    base = base_of(t)
    ty = f.types.ir_type(base)
    return f.load(ty, address), f.load(ty, address, size_of(base))


def store(f: Fn, address: Instr, re: Instr, im: Instr) -> None:
    """Both parts to memory."""
    f.store(re, address)
    f.store(im, address, f.types.memory_size(re.ty))


def build(f: Fn, re: Instr, im: Instr, t: Type) -> Instr:
    """Address of a temporary that holds the number."""
    place = f.temporary(t)
    store(f, place, re, im)
    return place


def constant(f: Fn, e: ComplexConst) -> Instr:
    """A complex constant."""
    re, im = _constant_parts(f, e)
    return build(f, re, im, e.ty)


def _constant_parts(f: Fn, e: ComplexConst) -> Pair:
    ty = f.types.ir_type(base_of(e.ty))
    if ty > ir.PTR:
        return f.function.fconst(ty, e.real), f.function.fconst(ty, e.imag)
    return f.const(ty, e.real), f.const(ty, e.imag)


def parts(f: Fn, e: Expr) -> Pair:
    """Both parts of a value, complex or real."""
    t = e.ty
    if t.unq.kind != COMPLEX:
        re = expressions.rvalue(f, e)
        return re, ops.zero(f, re.ty)
    if isinstance(e, ComplexConst):
        return _constant_parts(f, e)
    if isinstance(e, Binary) and e.op == E_BINARY and e.text in ("+", "-", "*", "/"):
        return arithmetic(f, e, base_of(t))
    return load(f, expressions.rvalue(f, e), t)


def parts_as(f: Fn, e: Expr, base: Type) -> Pair:
    """Both parts, converted to type `base`."""
    re, im = parts(f, e)
    own = base_of(e.ty)
    return ops.convert(f, re, own, base), ops.convert(f, im, own, base)


def arithmetic(f: Fn, e: Binary, base: Type) -> Pair:
    """A binary operator computed in `base`."""
    a = parts_as(f, e.left, base)
    b = parts_as(f, e.right, base)
    return operate_mixed(f, e.text, a, b, e.left.ty.unq.kind == COMPLEX, e.right.ty.unq.kind == COMPLEX, base)


def operate_mixed(f: Fn, text: str, a: Pair, b: Pair, lc: bool, rc: bool, base: Type) -> Pair:
    """Arithmetic on operands that are complex or not; a real one stays real where that keeps signs of zero right."""
    if is_floating(base) and lc != rc:
        if text == "+":
            return ops.arithmetic(f, "+", a[0], b[0], True), a[1] if lc else b[1]
        if text == "-":
            return ops.arithmetic(f, "-", a[0], b[0], True), a[1] if lc else ops.negate(f, b[1])
        if text == "*":
            x, y = (a, b[0]) if lc else (b, a[0])
            return ops.arithmetic(f, "*", x[0], y, True), ops.arithmetic(f, "*", x[1], y, True)
        if lc:
            return ops.arithmetic(f, "/", a[0], b[0], True), ops.arithmetic(f, "/", a[1], b[0], True)
    return operate(f, text, a, b, base)


def operate(f: Fn, text: str, a: Pair, b: Pair, base: Type) -> Pair:
    """`a text b` on parts of type `base`."""
    signed = f.types.is_signed(base)
    if text in ("+", "-"):
        return ops.arithmetic(f, text, a[0], b[0], signed), ops.arithmetic(f, text, a[1], b[1], signed)
    if is_floating(base):
        return _library(f, "__mul" if text == "*" else "__div", a, b, base)
    ac = ops.arithmetic(f, "*", a[0], b[0], signed)
    bd = ops.arithmetic(f, "*", a[1], b[1], signed)
    ad = ops.arithmetic(f, "*", a[0], b[1], signed)
    bc = ops.arithmetic(f, "*", a[1], b[0], signed)
    if text == "*":
        return ops.arithmetic(f, "-", ac, bd, signed), ops.arithmetic(f, "+", ad, bc, signed)
    norm = ops.arithmetic(f, "+", ops.arithmetic(f, "*", b[0], b[0], signed), ops.arithmetic(f, "*", b[1], b[1], signed), signed)
    re = ops.arithmetic(f, "/", ops.arithmetic(f, "+", ac, bd, signed), norm, signed)
    return re, ops.arithmetic(f, "/", ops.arithmetic(f, "-", bc, ad, signed), norm, signed)


def _library(f: Fn, name: str, a: Pair, b: Pair, base: Type) -> Pair:
    t = ComplexType(base)
    ftype = FunctionType(t, [base] * 4, False, True)
    place = f.temporary(t)
    i = f.emit(ir.CALL, ir.VOID, f.function.global_address(f.module.library(name + _SUFFIX[a[0].ty])))
    i.ext = [place, *a, *b]
    i.aux = CallInfo(ftype, [base] * 4, True)
    return load(f, place, t)


def binary(f: Fn, e: Binary) -> Instr:
    """A binary operator with a complex operand: == and != give an int, others a temporary's address."""
    if e.text in ("==", "!="):
        base = base_of(e.left.ty) if e.left.ty.unq.kind == COMPLEX else base_of(e.right.ty)
        a, b = parts_as(f, e.left, base), parts_as(f, e.right, base)
        re = ops.compare(f, e.text, a[0], b[0], True)
        im = ops.compare(f, e.text, a[1], b[1], True)
        return f.emit(ir.AND if e.text == "==" else ir.OR, ir.I32, re, im)
    re, im = arithmetic(f, e, base_of(e.ty))
    return build(f, re, im, e.ty)


def unary(f: Fn, e: Unary) -> Instr:
    """`-z`, `~z` (conjugate), `+z`."""
    re, im = parts(f, e.operand)
    if e.text == "-":
        re = ops.negate(f, re)
    if e.text in ("-", "~"):
        im = ops.negate(f, im)
    return build(f, re, im, e.ty)


def truth(f: Fn, e: Expr) -> Instr:
    """I32: whether the number is not 0."""
    re, im = parts(f, e)
    base = base_of(e.ty)
    return f.emit(ir.OR, ir.I32, ops.boolean(f, re, base), ops.boolean(f, im, base))


def truth_of(f: Fn, address: Instr, t: Type) -> Instr:
    """I32: whether the number at `address` is not 0."""
    re, im = load(f, address, t)
    base = base_of(t)
    return f.emit(ir.OR, ir.I32, ops.boolean(f, re, base), ops.boolean(f, im, base))


def alignment(t: Type) -> int:
    """Alignment of a complex object."""
    return align_of(t)
