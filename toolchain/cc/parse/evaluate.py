"""Constants beyond the language's own constant expressions: what gcc folds when it must.

Static initialisers, case labels, array bounds and `__builtin_constant_p` ask here.  The result is a
`Constant`: an integer, a float, a complex number, or an address (an object plus an offset).
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc import floats
from toolchain.cc.parse.ast import (
    CAST_BITS,
    CAST_DECAY,
    CAST_VALUE,
    E_ADDR,
    E_COMMA,
    E_COND,
    E_COND2,
    E_CONSTP,
    E_DEREF,
    E_LOGICAL,
    E_PART,
    S_AUTO,
    S_PARAM,
    S_REGISTER,
    Binary,
    Cast,
    ComplexConst,
    CompoundLit,
    Conditional,
    Expr,
    FloatConst,
    IntConst,
    LabelAddr,
    MemberRef,
    NameRef,
    StringLit,
    Symbol,
    Unary,
)
from toolchain.cc.types import (
    ARRAY,
    ATOMIC,
    BOOL,
    COMPLEX,
    CONST,
    FUNCTION,
    POINTER,
    VOID,
    VOLATILE,
    Type,
    base_of,
    is_floating,
    is_integer,
    is_scalar,
    size_of,
)
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

C_INT: Final = 0
C_FLOAT: Final = 1
C_COMPLEX: Final = 2
C_ADDRESS: Final = 3


class Constant:
    """`value`: integer, float encoding, real part, or offset from `base`; `imag`: imaginary part.

    An integer that came from an address with no object keeps kind C_INT."""

    def __init__(self, kind: int, value: int, base: Expr | None = None, imag: int = 0) -> None:
        self.kind = kind
        self.value = value
        self.base = base
        self.imag = imag


class Evaluator:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types
        self.folder = core.folder
        self.const_objects = 0
        """Not 0 in static initialisers, where gcc takes the value of a const object for a constant."""

    # ---- answers

    def integer(self, e: Expr) -> int | None:
        """Value of an integer expression that is constant, else None."""
        if isinstance(e, IntConst):
            return e.value
        c = self.constant(e)
        return c.value if c is not None and c.kind == C_INT else None

    def truth(self, e: Expr) -> bool | None:
        """Truth of a condition that is constant, else None."""
        c = self.constant(e)
        if c is None:
            return None
        return self._truth(c, e.ty)

    def _truth(self, c: Constant, ty: Type) -> bool | None:
        if c.kind == C_INT:
            return c.value != 0
        if c.kind == C_FLOAT:
            return not floats.is_zero(c.value, self.types.float_format(ty))
        if c.kind == C_COMPLEX:
            return None
        if isinstance(c.base, NameRef) and (c.base.symbol.attrs.weak or c.value != 0):
            return None
        return True

    def simplify(self, e: Expr) -> Expr:
        """`e`, or the constant or canonical address constant (`&object + bytes`, cast to the type) that it is."""
        if isinstance(e, (IntConst, FloatConst, ComplexConst)):
            return e
        c = self.constant(e)
        if c is None:
            return e
        return self.expression(c, e.ty, e.loc)

    def expression(self, c: Constant, ty: Type, loc: Loc) -> Expr:
        """A constant as an expression of type `ty`."""
        t = ty.unq
        if c.kind == C_INT:
            made = IntConst(self.types.wrap(c.value, t), ty, loc)
            made.folded = True
            return made
        if c.kind == C_FLOAT:
            return FloatConst(c.value, ty, loc)
        if c.kind == C_COMPLEX:
            return ComplexConst(c.value, c.imag, ty, loc)
        base = c.base
        assert base is not None
        types = self.types
        if base.ty.kind == FUNCTION or base.ty.kind == ARRAY:
            address: Expr = Cast(CAST_DECAY, base, types.pointer(base.ty if base.ty.kind == FUNCTION else base_of(base.ty)), loc)
        elif isinstance(base, LabelAddr):
            address = base
        else:
            address = Unary(E_ADDR, "&", base, types.pointer(base.ty), loc)
        if c.value:
            if address.ty is not types.char_pointer:
                address = Cast(CAST_BITS, address, types.char_pointer, loc)
            address = Binary(5, "+", address, IntConst(c.value, types.ptrdiff_t, loc), types.char_pointer, loc)
        if address.ty is not t:
            address = Cast(CAST_BITS if t.kind == POINTER else CAST_VALUE, address, t, loc)
        return address

    # ---- evaluation

    def constant(self, e: Expr) -> Constant | None:
        """The value of a scalar or complex expression, or None if it is not constant."""
        if isinstance(e, IntConst):
            return Constant(C_INT, e.value)
        if isinstance(e, FloatConst):
            return Constant(C_FLOAT, e.bits)
        if isinstance(e, ComplexConst):
            return Constant(C_COMPLEX, e.real, None, e.imag)
        if isinstance(e, Cast):
            return self._cast(e)
        if isinstance(e, Binary):
            if e.op == E_LOGICAL:
                return self._logical(e)
            if e.op == E_COMMA:
                return self.constant(e.right) if self.constant(e.left) is not None else None
            return self._binary(e)
        if isinstance(e, Unary):
            return self._unary(e)
        if isinstance(e, Conditional):
            return self._conditional(e)
        if isinstance(e, NameRef):
            return self._const_object(e)
        if isinstance(e, LabelAddr):
            return Constant(C_ADDRESS, 0, e)
        if isinstance(e, MemberRef):
            return self._const_part(e)
        return None

    def _const_part(self, e: Expr) -> Constant | None:
        """A scalar member or element of a const object, where those count as constants."""
        if not self.const_objects or not is_scalar(e.ty) or not e.ty.quals & CONST or e.ty.quals & (VOLATILE | ATOMIC):
            return None
        where = self.address(e)
        if where is None or where.kind != C_ADDRESS or not isinstance(where.base, NameRef):
            return None
        s = where.base.symbol
        if s.init is None or s.attrs.weak or not s.init.braced:
            return None
        for item in s.init.items:
            if item.offset == where.value and item.member is None and size_of(item.value.ty) == size_of(e.ty) and is_scalar(item.value.ty):
                return self.constant(item.value)
            if item.offset < where.value + size_of(e.ty) and where.value < item.offset + max(item.size, size_of(item.value.ty)):
                return None
        return Constant(C_FLOAT if is_floating(e.ty) else C_INT, 0) if not s.init.size < where.value + size_of(e.ty) else None

    def _cast(self, e: Cast) -> Constant | None:
        if e.kind == CAST_DECAY:
            return self.address(e.operand)
        if e.kind not in (CAST_VALUE, CAST_BITS):
            return None
        source = e.operand.ty.unq
        target = e.ty.unq
        if not is_scalar(target) or not is_scalar(source):
            return None
        c = self.constant(e.operand)
        if c is None:
            return None
        if c.kind == C_ADDRESS:
            if target.kind == BOOL:
                truth = self._truth(c, source)
                return None if truth is None else Constant(C_INT, int(truth))
            if target.kind == POINTER or (is_integer(target) and target.size >= self.types.layout.pointer_size):
                return c
            return None
        if c.kind == C_COMPLEX or target.kind == COMPLEX:
            return self._cast_complex(c, source, target)
        value = self.folder.scalar(c.value, source, target)
        return Constant(C_FLOAT if is_floating(target) else C_INT, value)

    def _cast_complex(self, c: Constant, source: Type, target: Type) -> Constant | None:
        from_base = base_of(source) if source.kind == COMPLEX else source
        if target.kind == COMPLEX:
            to = base_of(target)
            imag = self.folder.scalar(c.imag, from_base, to) if c.kind == C_COMPLEX else 0
            return Constant(C_COMPLEX, self.folder.scalar(c.value, from_base, to), None, imag)
        if target.kind == BOOL:
            return None
        return Constant(C_FLOAT if is_floating(target) else C_INT, self.folder.scalar(c.value, from_base, target))

    def _logical(self, e: Binary) -> Constant | None:
        left = self.constant(e.left)
        if left is None:
            return None
        truth = self._truth(left, e.left.ty)
        if truth is None:
            return None
        if truth == (e.text == "||"):
            return Constant(C_INT, int(truth))
        right = self.constant(e.right)
        if right is None:
            return None
        truth = self._truth(right, e.right.ty)
        return None if truth is None else Constant(C_INT, int(truth))

    def _conditional(self, e: Conditional) -> Constant | None:
        condition = self.constant(e.condition)
        if condition is None:
            return None
        truth = self._truth(condition, e.condition.ty)
        if truth is None:
            return None
        if e.op == E_COND2 and truth:
            chosen = e.condition
            if chosen.ty.unq is not e.ty.unq:
                chosen = Cast(CAST_VALUE, chosen, e.ty, e.loc)
            return self.constant(chosen)
        if e.op == E_COND and truth:
            assert e.then is not None
            return self.constant(e.then)
        return self.constant(e.other)

    def _unary(self, e: Unary) -> Constant | None:
        op = e.op
        if op == E_ADDR:
            return self.address(e.operand)
        if op == E_CONSTP:
            return Constant(C_INT, int(self.core.builtins.is_constant(e.operand)))
        if op == E_DEREF:
            return self._string_element(e) or self._const_part(e)
        c = self.constant(e.operand)
        if c is None:
            return None
        if op == E_PART:
            if c.kind == C_COMPLEX:
                return Constant(C_FLOAT if is_floating(e.ty) else C_INT, c.value if e.text == "__real__" else c.imag)
            return c if e.text == "__real__" else Constant(c.kind, 0)
        if c.kind == C_ADDRESS:
            if e.text != "!":
                return None
            truth = self._truth(c, e.operand.ty)
            return None if truth is None else Constant(C_INT, int(not truth))
        folded = self.folder.unary(e.text, self.expression(c, e.operand.ty, e.loc), e.ty, e.loc)
        return self.constant(folded) if folded is not None else None

    def _string_element(self, e: Unary) -> Constant | None:
        where = self.constant(e.operand)
        if where is None or where.kind != C_ADDRESS or not isinstance(where.base, StringLit) or not is_integer(e.ty):
            return None
        size = e.ty.unq.size
        data = where.base.data[where.value:where.value + size] if where.value >= 0 else b""
        if len(data) != size:
            return None
        value = int.from_bytes(data, "big" if self.types.layout.big_endian else "little")
        return Constant(C_INT, self.types.wrap(value, e.ty))

    def _binary(self, e: Binary) -> Constant | None:
        left = self.constant(e.left)
        if left is None:
            return None
        right = self.constant(e.right)
        if right is None:
            return None
        if e.ty.kind == POINTER or e.left.ty.kind == POINTER or C_ADDRESS in (left.kind, right.kind):
            return self._address_arithmetic(e, left, right)
        folded = self.folder.binary(e.text, self.expression(left, e.left.ty, e.loc), self.expression(right, e.right.ty, e.loc), e.ty, e.loc)
        return self.constant(folded) if folded is not None else None

    def _address_arithmetic(self, e: Binary, left: Constant, right: Constant) -> Constant | None:
        text = e.text
        scale = 1
        if e.left.ty.kind == POINTER:
            base = base_of(e.left.ty)
            scale = size_of(base) if base.kind not in (VOID, FUNCTION) else 1
            if scale < 0:
                return None
        if text in ("+", "-") and e.ty.kind == POINTER:
            delta = right.value * scale
            if right.kind != C_INT:
                return None
            return Constant(left.kind, left.value + (delta if text == "+" else -delta), left.base)
        same = left.kind == right.kind and (left.base is right.base or self._same_object(left.base, right.base))
        if text == "-" and same:
            return Constant(C_INT, (left.value - right.value) // max(scale, 1))
        if text in ("==", "!=", "<", ">", "<=", ">="):
            if same:
                return Constant(C_INT, self.folder.compare(text, (left.value > right.value) - (left.value < right.value)))
            if text in ("==", "!=") and C_INT in (left.kind, right.kind):
                address = left if left.kind == C_ADDRESS else right
                other = right if left.kind == C_ADDRESS else left
                if other.value == 0 and self._truth(address, e.left.ty):
                    return Constant(C_INT, int(text == "!="))
            return None
        if e.ty.kind != POINTER and is_integer(e.ty) and text in ("+", "-"):
            if right.kind == C_INT:
                return Constant(C_ADDRESS, left.value + (right.value if text == "+" else -right.value), left.base)
            if text == "+" and left.kind == C_INT:
                return Constant(C_ADDRESS, left.value + right.value, right.base)
        return None

    def _same_object(self, a: Expr | None, b: Expr | None) -> bool:
        if isinstance(a, StringLit) and isinstance(b, StringLit):
            return a.data == b.data         # equal literals are one object here
        return isinstance(a, NameRef) and isinstance(b, NameRef) and a.symbol is b.symbol

    def _const_object(self, e: NameRef) -> Constant | None:
        """gcc takes the value of a const object with a constant initialiser."""
        s = e.symbol
        init = s.init
        if not self.const_objects or init is None or not e.ty.quals & CONST or e.ty.quals & (VOLATILE | ATOMIC) or init.braced or len(init.items) != 1:
            return None
        if s.attrs.weak or s.storage in (S_AUTO, S_PARAM, S_REGISTER) or not is_scalar(e.ty):
            return None
        return self.constant(init.items[0].value)

    def address(self, e: Expr) -> Constant | None:
        """The address of an lvalue or function, if it is an address constant."""
        if isinstance(e, NameRef):
            return Constant(C_ADDRESS, 0, e) if self.is_static(e.symbol) else None
        if isinstance(e, StringLit):
            return Constant(C_ADDRESS, 0, e)
        if isinstance(e, MemberRef):
            if e.member.bit_width >= 0:
                return None
            inner = self.address(e.object)
            if inner is not None:
                return Constant(inner.kind, inner.value + e.member.offset, inner.base)
            return None
        if isinstance(e, CompoundLit):
            return Constant(C_ADDRESS, 0, e) if self.is_static(e.symbol) else None
        if isinstance(e, Unary):
            if e.op == E_DEREF:
                return self.constant(e.operand)
            if e.op == E_PART:
                inner = self.address(e.operand)
                if inner is not None and e.operand.ty.kind == COMPLEX:
                    step = e.ty.unq.size if e.text == "__imag__" else 0
                    return Constant(inner.kind, inner.value + step, inner.base)
                return inner
        return None

    def is_static(self, s: Symbol) -> bool:
        """The address of `s` is a link-time constant."""
        if s.thread_local:
            return False
        return s.is_function or s.storage not in (S_AUTO, S_REGISTER, S_PARAM)
