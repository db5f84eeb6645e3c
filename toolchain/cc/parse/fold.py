"""Folding of operators on constants, at the target's precision (C11 6.6).

`Folder` folds only what the language itself calls a constant expression when its operands are
constants; what gcc folds beyond that (addresses, const objects, short circuits) is `evaluate`'s.
"""
from __future__ import annotations

from toolchain.cc import floats
from toolchain.cc.parse.ast import ComplexConst, Expr, FloatConst, IntConst
from toolchain.cc.types import (
    BOOL,
    COMPLEX,
    POINTER,
    Type,
    TypeTable,
    base_of,
    is_floating,
    is_integer,
)
from toolchain.diagnostics import Loc


class Folder:
    """Folds for one unit's types."""

    def __init__(self, types: TypeTable) -> None:
        self.types = types

    def integer(self, value: int, ty: Type, loc: Loc) -> IntConst:
        """A constant of `ty`, wrapped to its range."""
        return IntConst(self.types.wrap(value, ty), ty, loc)

    def arithmetic(self, text: str, a: int, b: int, ty: Type) -> int | None:
        """Exact result of an integer operator, before wrapping to `ty`; None if undefined."""
        if text == "+":
            return a + b
        if text == "-":
            return a - b
        if text == "*":
            return a * b
        if text == "&":
            return a & b
        if text == "|":
            return a | b
        if text == "^":
            return a ^ b
        if text == "<<":
            if b < 0:
                return None
            return a << b if b < 8 * ty.unq.size else 0
        if text == ">>":
            if b < 0:
                return None
            return a >> min(b, 8 * ty.unq.size)
        if text == "/" or text == "%":
            if b == 0:
                return None
            q = abs(a) // abs(b)
            if (a < 0) != (b < 0):
                q = -q
            return q if text == "/" else a - q * b
        return None

    def compare(self, text: str, order: int) -> int:
        """Result of a comparison operator, given -1, 0, 1 or 2 (unordered)."""
        if order == floats.UNORDERED:
            return 1 if text == "!=" else 0
        if text == "==":
            return int(order == 0)
        if text == "!=":
            return int(order != 0)
        if text == "<":
            return int(order < 0)
        if text == ">":
            return int(order > 0)
        if text == "<=":
            return int(order <= 0)
        return int(order >= 0)

    def binary(self, text: str, left: Expr, right: Expr, ty: Type, loc: Loc) -> Expr | None:
        """Fold `left text right` (operands converted) to type `ty`, if both are constants."""
        if isinstance(left, IntConst) and isinstance(right, IntConst):
            if text in ("==", "!=", "<", ">", "<=", ">="):
                a = left.value
                b = right.value
                return IntConst(self.compare(text, (a > b) - (a < b)), ty, loc)
            if ty.kind == POINTER or left.ty.kind == POINTER:
                return None
            value = self.arithmetic(text, left.value, right.value, ty)
            return None if value is None else IntConst(self.types.wrap(value, ty), ty, loc)
        if isinstance(left, FloatConst) and isinstance(right, FloatConst):
            return self._float(text, left, right, ty, loc)
        if ty.kind == COMPLEX and (text in ("+", "-", "*") or text == "/" and is_floating(base_of(ty))):
            return self._complex(text, left, right, ty, loc)
        if left.ty.kind == COMPLEX and text in ("==", "!="):
            if isinstance(left, ComplexConst) and isinstance(right, ComplexConst):
                base = base_of(left.ty)
                if is_floating(base):
                    fmt = self.types.float_format(base)
                    equal = floats.compare(left.real, right.real, fmt) == 0 and floats.compare(left.imag, right.imag, fmt) == 0
                else:
                    equal = left.real == right.real and left.imag == right.imag
                return IntConst(int(equal == (text == "==")), ty, loc)
        return None

    def _float(self, text: str, left: FloatConst, right: FloatConst, ty: Type, loc: Loc) -> Expr | None:
        fmt = self.types.float_format(left.ty)
        bits = self.float_operation(text, left.bits, right.bits, left.ty)
        if bits is not None:
            return FloatConst(bits, ty, loc)
        if text in ("==", "!=", "<", ">", "<=", ">="):
            return IntConst(self.compare(text, floats.compare(left.bits, right.bits, fmt)), ty, loc)
        return None

    def float_operation(self, text: str, a: int, b: int, ty: Type) -> int | None:
        """An arithmetic operator on encodings of `ty`."""
        fmt = self.types.float_format(ty)
        if text == "+":
            return floats.add(a, b, fmt)
        if text == "-":
            return floats.sub(a, b, fmt)
        if text == "*":
            return floats.mul(a, b, fmt)
        if text == "/":
            return floats.div(a, b, fmt)
        return None

    def _part(self, text: str, a: int, b: int, base: Type) -> int:
        if is_floating(base):
            bits = self.float_operation(text, a, b, base)
            assert bits is not None
            return bits
        value = self.arithmetic(text, a, b, base)
        assert value is not None
        return self.types.wrap(value, base)

    def _complex(self, text: str, left: Expr, right: Expr, ty: Type, loc: Loc) -> Expr | None:
        base = base_of(ty)
        if text == "/":
            return self._complex_quotient(left, right, ty, loc)
        if isinstance(left, FloatConst) and isinstance(right, ComplexConst):
            imag = right.imag
            if text == "*":
                imag = self._part("*", left.bits, imag, base)
            elif text == "-":
                imag = self._negate(imag, base)
            return ComplexConst(self._part(text, left.bits, right.real, base), imag, ty, loc)
        if isinstance(left, ComplexConst) and isinstance(right, FloatConst):
            imag = self._part("*", left.imag, right.bits, base) if text == "*" else left.imag
            return ComplexConst(self._part(text, left.real, right.bits, base), imag, ty, loc)
        if not isinstance(left, ComplexConst) or not isinstance(right, ComplexConst):
            return None
        if text != "*":
            return ComplexConst(self._part(text, left.real, right.real, base), self._part(text, left.imag, right.imag, base), ty, loc)
        real = self._part("-", self._part("*", left.real, right.real, base), self._part("*", left.imag, right.imag, base), base)
        imag = self._part("+", self._part("*", left.real, right.imag, base), self._part("*", left.imag, right.real, base), base)
        return ComplexConst(real, imag, ty, loc)

    def _complex_quotient(self, left: Expr, right: Expr, ty: Type, loc: Loc) -> Expr | None:
        base = base_of(ty)
        if isinstance(left, ComplexConst) and isinstance(right, FloatConst):
            return ComplexConst(self._part("/", left.real, right.bits, base), self._part("/", left.imag, right.bits, base), ty, loc)
        if not isinstance(right, ComplexConst) or not isinstance(left, (FloatConst, ComplexConst)):
            return None
        fmt = self.types.float_format(base)
        dividend = (left.bits, floats.zero(0, fmt)) if isinstance(left, FloatConst) else (left.real, left.imag)
        real, imag = floats.complex_divide(dividend, (right.real, right.imag), fmt)
        return ComplexConst(real, imag, ty, loc)

    def unary(self, text: str, operand: Expr, ty: Type, loc: Loc) -> Expr | None:
        """Fold `-`, `~`, `+` or `!` on a constant of the (promoted) type."""
        if isinstance(operand, IntConst):
            if text == "!":
                return IntConst(0 if operand.value else 1, ty, loc)
            if operand.ty.kind == POINTER:
                return None
            value = -operand.value if text == "-" else ~operand.value if text == "~" else operand.value
            return IntConst(self.types.wrap(value, ty), ty, loc)
        if isinstance(operand, FloatConst):
            fmt = self.types.float_format(operand.ty)
            if text == "!":
                return IntConst(int(floats.is_zero(operand.bits, fmt)), ty, loc)
            return FloatConst(floats.neg(operand.bits, fmt) if text == "-" else operand.bits, ty, loc)
        if isinstance(operand, ComplexConst) and text in ("-", "~", "+"):
            base = base_of(operand.ty)
            return ComplexConst(operand.real if text in "~+" else self._negate(operand.real, base),
                                operand.imag if text == "+" else self._negate(operand.imag, base), ty, loc)
        return None

    def _negate(self, value: int, base: Type) -> int:
        if is_floating(base):
            return floats.neg(value, self.types.float_format(base))
        return self.types.wrap(-value, base)

    def scalar(self, value: int, source: Type, target: Type) -> int:
        """Convert a constant (integer value or float encoding) from one arithmetic type to another."""
        types = self.types
        if is_floating(source):
            fmt = types.float_format(source)
            if is_floating(target):
                return floats.convert(value, fmt, types.float_format(target))
            if target.kind == BOOL:
                return 0 if floats.is_zero(value, fmt) else 1
            return self._saturate(floats.to_int(value, fmt), target)
        if is_floating(target):
            return floats.from_int(value, types.float_format(target))
        return types.wrap(value, target)

    def _saturate(self, value: int, target: Type) -> int:
        """gcc folds a float that does not fit to the nearest value of the type."""
        bits = 8 * target.unq.size
        if self.types.unsigned(target):
            low, high = 0, (1 << bits) - 1
        else:
            low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
        return min(max(value, low), high)

    def cast(self, operand: Expr, ty: Type, loc: Loc) -> Expr | None:
        """Fold the conversion of a constant to a scalar or complex type."""
        target = ty.unq
        if isinstance(operand, IntConst):
            if is_integer(target) or target.kind == POINTER:
                return IntConst(self.types.wrap(operand.value, target), ty, loc)
            if is_floating(target):
                return FloatConst(self.scalar(operand.value, operand.ty, target), ty, loc)
            if target.kind == COMPLEX:
                base = base_of(target)
                return ComplexConst(self.scalar(operand.value, operand.ty, base), 0, ty, loc)
            return None
        if isinstance(operand, FloatConst):
            if is_floating(target):
                return FloatConst(self.scalar(operand.bits, operand.ty, target), ty, loc)
            if is_integer(target):
                return IntConst(self.scalar(operand.bits, operand.ty, target), ty, loc)
            if target.kind == COMPLEX:
                return ComplexConst(self.scalar(operand.bits, operand.ty, base_of(target)), 0, ty, loc)
            return None
        if isinstance(operand, ComplexConst):
            source = base_of(operand.ty)
            if target.kind == COMPLEX:
                base = base_of(target)
                return ComplexConst(self.scalar(operand.real, source, base), self.scalar(operand.imag, source, base), ty, loc)
            if target.kind == BOOL:
                either = self.scalar(operand.real, source, target) | self.scalar(operand.imag, source, target)
                return IntConst(either, ty, loc)
            if is_floating(target):
                return FloatConst(self.scalar(operand.real, source, target), ty, loc)
            if is_integer(target):
                return IntConst(self.scalar(operand.real, source, target), ty, loc)
        return None

    def truth(self, e: Expr) -> int | None:
        """1 or 0 for a constant condition, None if it is not constant."""
        if isinstance(e, IntConst):
            return 1 if e.value else 0
        if isinstance(e, FloatConst):
            return 0 if floats.is_zero(e.bits, self.types.float_format(e.ty)) else 1
        if isinstance(e, ComplexConst):
            folded = self.cast(e, self.types.bool_, e.loc)
            assert isinstance(folded, IntConst)
            return folded.value
        return None
