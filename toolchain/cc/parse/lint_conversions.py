"""-Wconversion and its family, -Wdouble-promotion, and warnings about explicit casts: all that looks at one conversion."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc import floats
from toolchain.cc.parse.ast import (
    CAST_BITS,
    CAST_DECAY,
    CAST_VALUE,
    COMPARISONS,
    E_CALL,
    E_COMMA,
    E_LOGICAL,
    E_UNARY,
    Binary,
    Call,
    Cast,
    Conditional,
    Expr,
    FloatConst,
    IntConst,
    MemberRef,
    NameRef,
    Unary,
)
from toolchain.cc.parse.spell import type_text
from toolchain.cc.types import (
    BOOL,
    CONST,
    DOUBLE,
    ENUM,
    FLOAT,
    FUNCTION,
    POINTER,
    VOID,
    VOLATILE,
    FunctionType,
    PointerType,
    RecordType,
    Type,
    base_of,
    is_floating,
    is_integer,
)
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

SAFE: Final = 0
SIGN: Final = 1
OTHER: Final = 2
REAL: Final = 3
_OPTIONS: Final = ("", "sign-conversion", "conversion", "float-conversion")


class ConversionChecks:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types
        on = core.warnings
        self.values = bool(on & {"conversion", "sign-conversion", "float-conversion"})
        self.arithmetic = "arith-conversion" in on
        self.promotion = "double-promotion" in on
        self.pointers = bool(on & {"cast-qual", "cast-align", "cast-function-type"})
        self.strict_align = core.options.warning_values.get("cast-align", "") == "strict"
        self.calls = "bad-function-cast" in on

    # ---- values

    def implicit(self, e: Cast) -> None:
        """A conversion that is not written."""
        if self.values and e.kind == CAST_VALUE:
            self.converted(e.operand, e.ty, start_of(e.operand))

    def converted(self, e: Expr, target: Type, loc: Loc) -> None:
        """A value that is no constant becomes one of type `target`."""
        if target.kind in (BOOL, ENUM) or e.ty.kind == POINTER or target.kind == POINTER:
            return
        if isinstance(e, Conditional) and e.then is not None:
            self.converted(e.then, target, start_of(e.then))
            self.converted(e.other, target, start_of(e.other))
            return
        if e.op == E_COMMA and isinstance(e, Binary):
            self.converted(e.right, target, loc)
            return
        kind = self._kind(e, target, False)
        option = _OPTIONS[kind]
        if kind == SAFE and self.arithmetic:
            kind = self._kind(e, target, True)
            option = "arith-conversion"
        if kind == SAFE:
            return
        source = type_text(e.ty)
        if kind == SIGN:
            text = f"conversion to {type_text(target)} from {source} may change the sign of the result"
        else:
            text = f"conversion from {source} to {type_text(target)} may change value"
        self.core.warn(option, loc, text)

    def _kind(self, e: Expr, target: Type, arithmetic: bool) -> int:
        """What may happen to the value of `e` (gcc's unsafe_conversion_p); `arithmetic`: in spite of operands that fit."""
        if isinstance(e, IntConst):
            if is_floating(target):
                return SAFE
            fits = self.types.wrap(e.value, target) == e.value
            return SAFE if fits else SIGN if self.types.unsigned(target) != self.types.unsigned(e.ty) else OTHER
        source = e.ty.unq
        if source.kind == BOOL or self._truth(e):
            return SAFE
        if is_floating(source):
            if is_integer(target):
                return REAL
            return REAL if is_floating(target) and target.unq.size < source.size else SAFE
        if not is_integer(source):
            return SAFE
        if is_floating(target):
            inner = self._unwidened(e)
            bits = self._width(inner) - (0 if self.types.unsigned(inner.ty) else 1)
            return OTHER if bits > self.types.float_format(target).precision and not isinstance(inner, IntConst) else SAFE
        if not is_integer(target):
            return SAFE
        if isinstance(e, Binary) and not arithmetic:
            if e.text in ("+", "-", "*", "/", "%", "&", "|", "^"):
                if e.text == "&" and (self._fitting_mask(e.left, target) or self._fitting_mask(e.right, target)):
                    return SAFE
                if e.text == "%" and self._kind(self._unwidened(e.right), target, arithmetic) == SAFE and self.types.unsigned(e.ty):
                    return SAFE
                worst = max(self._kind(self._unwidened(e.left), target, arithmetic), self._kind(self._unwidened(e.right), target, arithmetic))
                return min(worst, self._by_type(e, target))
            if e.text in ("<<", ">>"):
                return min(self._kind(self._unwidened(e.left), target, arithmetic), self._by_type(e, target))
        if isinstance(e, Unary) and e.op == E_UNARY and e.text in ("-", "~", "+") and not arithmetic:
            return min(self._kind(self._unwidened(e.operand), target, arithmetic), self._by_type(e, target))
        return self._by_type(self._unwidened(e), target)

    def _by_type(self, e: Expr, target: Type) -> int:
        """The same, by the types alone."""
        have = self._width(e)
        wanted = 8 * target.unq.size
        if wanted < have:
            return OTHER
        unsigned = self.types.unsigned(e.ty)
        if wanted == have and unsigned != self.types.unsigned(target):
            return SIGN
        return SIGN if self.types.unsigned(target) and not unsigned else SAFE

    def _truth(self, e: Expr) -> bool:
        if isinstance(e, Cast):
            return self._truth(e.operand) or e.operand.ty.kind == BOOL
        if isinstance(e, Binary):
            return e.op == E_LOGICAL or e.text in COMPARISONS
        return isinstance(e, Unary) and e.op == E_UNARY and e.text == "!"

    def _width(self, e: Expr) -> int:
        return e.member.bit_width if isinstance(e, MemberRef) and e.member.bit_width >= 0 else 8 * e.ty.unq.size

    def _unwidened(self, e: Expr) -> Expr:
        """The operand of conversions that keep the value."""
        while isinstance(e, Cast) and e.kind == CAST_VALUE and is_integer(e.ty) and is_integer(e.operand.ty):
            inner = e.operand
            if self._width(inner) >= 8 * e.ty.unq.size or (not self.types.unsigned(inner.ty) and self.types.unsigned(e.ty)):
                break
            e = inner
        return e

    def _fitting_mask(self, e: Expr, target: Type) -> bool:
        return isinstance(e, IntConst) and e.value >= 0 and self.types.wrap(e.value, target) == e.value

    def constant(self, e: Expr, target: Type, loc: Loc) -> None:
        """A constant that another type does not hold, where -Woverflow says nothing."""
        if isinstance(e, IntConst) and is_integer(target):
            wrapped = self.types.wrap(e.value, target)
            if wrapped == e.value:
                return
            unsigned = self.types.unsigned(target)
            kind = SIGN if unsigned != self.types.unsigned(e.ty) else OTHER
            word = ("unsigned " if unsigned else "signed ") if kind == SIGN else ""
            self.core.warn(_OPTIONS[kind], loc, f"{word}conversion from {type_text(e.ty)} to {type_text(target)} changes value "
                           f"from '{e.value}' to '{wrapped}'")
        elif isinstance(e, IntConst) and is_floating(target):
            fmt = self.types.float_format(target)
            bits = floats.from_int(e.value, fmt)
            if floats.to_int(bits, fmt) != e.value:
                self.core.warn("float-conversion", loc, f"conversion from {type_text(e.ty)} to {type_text(target)} changes value "
                               f"from '{e.value}' to '{self._shown(bits, target)}'")
        elif isinstance(e, FloatConst):
            self._float_constant(e, target, loc)

    def _float_constant(self, e: FloatConst, target: Type, loc: Loc) -> None:
        fmt = self.types.float_format(e.ty)
        if floats.is_nan(e.bits, fmt) or floats.is_inf(e.bits, fmt):
            return
        if is_floating(target):
            to = self.types.float_format(target)
            bits = floats.convert(e.bits, fmt, to)
            if target.unq.size >= e.ty.unq.size or floats.convert(bits, to, fmt) == e.bits:
                return
            shown = self._shown(bits, target)
        elif is_integer(target) and target.kind != BOOL:
            numerator, denominator = floats.to_fraction(e.bits, fmt)
            value = abs(numerator) // denominator * (1 if numerator >= 0 else -1)
            wrapped = self.types.wrap(value, target)
            if wrapped != value:
                self.core.warn("overflow", loc, f"overflow in conversion from {type_text(e.ty)} to {type_text(target)} changes value "
                               f"from '{self._shown(e.bits, e.ty)}' to '{wrapped}'")
                return
            if value * denominator == numerator:
                return
            shown = str(wrapped)
        else:
            return
        self.core.warn("float-conversion", loc, f"conversion from {type_text(e.ty)} to {type_text(target)} changes value "
                       f"from '{self._shown(e.bits, e.ty)}' to '{shown}'")

    def _shown(self, bits: int, ty: Type) -> str:
        """A floating constant as gcc prints it: all its digits, no trailing zeros."""
        numerator, denominator = floats.to_fraction(bits, self.types.float_format(ty))
        digits = {FLOAT: 9, DOUBLE: 17}.get(ty.unq.kind, 17)
        mantissa, _, exponent = f"{numerator / denominator:.{digits - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0")
        if mantissa.endswith("."):
            mantissa += "0"
        return f"{mantissa}e{exponent[0]}{exponent[1:].lstrip('0') or '0'}{'f' if ty.unq.kind == FLOAT else ''}"

    def promoted(self, e: Expr, loc: Loc, why: str) -> None:
        """-Wdouble-promotion of one operand."""
        if isinstance(e, Cast) and not e.explicit and e.operand.ty.kind == FLOAT and is_floating(e.ty) and e.ty.kind != FLOAT:
            self.core.warn("double-promotion", loc, f"implicit conversion from 'float' to {type_text(e.ty)} {why}")

    # ---- casts

    def explicit(self, e: Cast) -> None:
        """A cast between pointers, or of a call's result."""
        if self.calls and isinstance(e.operand, Call) and e.operand.op == E_CALL:
            self._call_result(e)
        if not self.pointers or e.kind != CAST_BITS:
            return
        target = e.ty.unq
        source = e.operand.ty.unq
        if not isinstance(target, PointerType) or not isinstance(source, PointerType):
            return
        self._qualifiers(target, source, e.loc)
        a = target.base.unq
        b = source.base.unq
        if isinstance(a, FunctionType) and isinstance(b, FunctionType):
            if not self._interchangeable(a, b):
                self.core.warn("cast-function-type", e.loc, f"cast between incompatible function types from {type_text(e.operand.ty)} "
                               f"to {type_text(e.ty)}")
        elif self.strict_align and VOID not in (a.kind, b.kind) and FUNCTION not in (a.kind, b.kind) and (
                not isinstance(b, RecordType) or b.size >= 0) and _alignment(target.base) > max(_alignment(source.base), self._object(e.operand)):
            self.core.warn("cast-align", e.loc, "cast increases required alignment of target type")

    def _object(self, e: Expr) -> int:
        """Alignment of the object whose address `e` is; 1 if that is not known."""
        while isinstance(e, Cast) and e.kind == CAST_BITS:
            e = e.operand
        if isinstance(e, Unary) and e.text == "&" or isinstance(e, Cast) and e.kind == CAST_DECAY:
            e = e.operand
        else:
            return 1
        while isinstance(e, MemberRef) and e.member.offset == 0:
            e = e.object
        return max(e.symbol.attrs.aligned, _alignment(e.ty)) if isinstance(e, NameRef) else 1

    def _qualifiers(self, target: Type, source: Type, loc: Loc) -> None:
        """-Wcast-qual."""
        level = 0
        safe = True
        while isinstance(target, PointerType) and isinstance(source, PointerType):
            a = self.types.quals(target.base)
            b = self.types.quals(source.base)
            if target.base.kind == FUNCTION or source.base.kind == FUNCTION:
                return
            lost = b & ~a & (CONST | VOLATILE)
            if lost:
                names = " ".join([name for bit, name in ((CONST, "const"), (VOLATILE, "volatile")) if lost & bit])
                self.core.warn("cast-qual", loc, f"cast discards '{names}' qualifier from pointer target type")
                return
            if level and a & ~b & (CONST | VOLATILE) and not safe:
                self.core.warn("cast-qual", loc, "to be safe all intermediate pointers in cast from "
                               f"{type_text(source)} to {type_text(target)} must be 'const' qualified")
                return
            safe = safe and bool(a & CONST)
            level += 1
            target = target.base.unq
            source = source.base.unq

    def _interchangeable(self, a: FunctionType, b: FunctionType) -> bool:
        """Types between which -Wcast-function-type lets a cast pass: `void (*)(void)` is anything's type."""
        for f in (a, b):
            if f.base.kind == VOID and not f.params and f.prototype and not f.variadic:
                return True
        if not self._alike(a.base, b.base):
            return False
        if not a.prototype or not b.prototype:
            return True
        if len(a.params) != len(b.params) and not a.variadic and not b.variadic:
            return False
        return all(self._alike(p, q) for p, q in zip(a.params, b.params))

    def _alike(self, p: Type, q: Type) -> bool:
        u = p.unq
        v = q.unq
        if u is v or (u.kind == POINTER and v.kind == POINTER):
            return True
        if is_integer(u) and is_integer(v):
            return u.size == v.size
        return self.core.conversions.same(u, v)

    def _call_result(self, e: Cast) -> None:
        """-Wbad-function-cast: the result of a call cast to a type of another kind."""
        source = e.operand.ty.unq
        target = e.ty.unq
        if target.kind == VOID or _family(source) == _family(target):
            return
        self.core.warn("bad-function-cast", e.loc, f"cast from function call of type {type_text(e.operand.ty)} "
                       f"to non-matching type {type_text(e.ty)}")


def start_of(e: Expr) -> Loc:
    """Where the text of an expression begins (its own location is that of its operator)."""
    while True:
        if isinstance(e, Binary):
            e = e.left
        elif isinstance(e, Cast) and not e.explicit:
            e = e.operand
        elif isinstance(e, MemberRef):
            e = e.object
        elif isinstance(e, Conditional):
            e = e.condition
        else:
            return e.loc


def _alignment(t: Type) -> int:
    if t.user_align:
        return t.user_align
    u = t.unq
    while u.kind not in (POINTER, VOID) and u.kind != FUNCTION and u.align == 0:
        u = base_of(u).unq
    return u.align


def _family(t: Type) -> str:
    """gcc's class of a type's tree code."""
    if t.kind in (BOOL, ENUM):
        return {BOOL: "bool", ENUM: "enum"}[t.kind]
    return "integer" if is_integer(t) else "real" if is_floating(t) else str(t.kind)
