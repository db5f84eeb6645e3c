"""Typing of C's operators (C11 6.5): each method takes operands as parsed and gives a typed node."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import (
    CAST_BITS,
    CAST_DECAY,
    COMPARISONS,
    E_ADDR,
    E_BINARY,
    E_COMMA,
    E_DEREF,
    E_INDEX,
    E_LOGICAL,
    E_PART,
    E_UNARY,
    FIELD_VALUES,
    REVERSED,
    S_REGISTER,
    Assign,
    Binary,
    Cast,
    Conditional,
    Expr,
    IncDec,
    IntConst,
    MemberRef,
    NameRef,
    Unary,
    field_width,
)
from toolchain.cc.parse.conversions import AssignContext
from toolchain.cc.parse.expression_checks import ExpressionChecks
from toolchain.cc.parse.spell import type_text
from toolchain.cc.types import (
    ARRAY,
    BOOL,
    CHAR,
    COMPLEX,
    CONST,
    ERROR,
    FUNCTION,
    POINTER,
    STRUCT,
    UNION,
    VECTOR,
    VOID,
    ArrayType,
    ComplexType,
    Member,
    PointerType,
    RecordType,
    Type,
    VectorType,
    base_of,
    find_member,
    is_arithmetic,
    is_floating,
    is_integer,
    is_record,
    is_scalar,
    qualified,
)
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

_INTEGER_ONLY: Final = frozenset(("%", "&", "|", "^", "<<", ">>"))


class Operators:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types
        self.folder = core.folder
        self.conversions = core.conversions
        self.checks = ExpressionChecks(core)
        self._widths: dict[Expr, int] = {}
        """Results of arithmetic on bit-fields wider than int: bits that they have."""

    # ---- binary

    def binary(self, text: str, left: Expr, right: Expr, loc: Loc) -> Expr:
        """`left text right` for every binary operator but comma and assignment."""
        conv = self.conversions
        if text == "&&" or text == "||":
            return self._logical(text, left, right, loc)
        self.checks.before_binary(text, left, right, loc)
        left = conv.value(left)
        right = conv.value(right)
        a = left.ty.unq
        b = right.ty.unq
        if a.kind == ERROR or b.kind == ERROR:
            return self.core.error_expr(loc)
        if isinstance(a, VectorType) or isinstance(b, VectorType):
            return self._vector(text, left, right, loc)
        if text in COMPARISONS:
            return self._compare(text, left, right, loc)
        if text == "<<" or text == ">>":
            if not (is_integer(a) and is_integer(b)):
                return self.invalid(text, left, right, loc)
            width = self._wide_bit_field(left)
            left = conv.promote(left)
            right = conv.promote(right)
            self.checks.shift(text, left, right, loc)
            folded = self.folder.binary(text, left, right, left.ty.unq, loc)
            if folded is not None:
                return self._keep_folded(folded, left, right) or folded
            shifted = Binary(E_BINARY, text, left, right, left.ty.unq, loc)
            return self._in_width(shifted, width, text == "<<", loc) if width else shifted
        if a.kind == POINTER or b.kind == POINTER:
            if text == "+":
                if a.kind == POINTER and is_integer(b):
                    return self.pointer_add(left, right, "+", loc)
                if b.kind == POINTER and is_integer(a):
                    return self.pointer_add(right, left, "+", loc)
            elif text == "-" and a.kind == POINTER:
                if is_integer(b):
                    return self.pointer_add(left, right, "-", loc)
                if b.kind == POINTER:
                    return self._pointer_difference(left, right, loc)
            return self.invalid(text, left, right, loc)
        if not (is_arithmetic(a) and is_arithmetic(b)) or (text in _INTEGER_ONLY and not (is_integer(a) and is_integer(b))):
            return self.invalid(text, left, right, loc)
        width = self._common_width(left, right)
        common = self._common_type(left, right, width)
        self.checks.arithmetic(text, left, right, common, loc)
        if text == "/" and isinstance(right, IntConst) and isinstance(left, IntConst):
            self.core.expressions.sizes.division(left, right, loc)
        x = conv.convert(left, self._operand_type(left, right, common))
        y = conv.convert(right, self._operand_type(right, left, common))
        left, right = (self._into_width(x, left, width, loc), self._into_width(y, right, width, loc)) if width else (x, y)
        folded = self.folder.binary(text, left, right, common, loc)
        if folded is not None:
            self.checks.overflow(text, left, right, common, loc)
            return self._keep_folded(folded, left, right) or folded
        made = Binary(E_BINARY, text, left, right, common, loc)
        return self._in_width(made, width, text in ("+", "-", "*"), loc) if width else made

    def _operand_type(self, e: Expr, other: Expr, common: Type) -> Type:
        """What an operand is converted to: a real one beside a complex one stays real (C11 G.5.1, as gcc has it: no zero is made up
        that could change a sign), if it is floating-point arithmetic."""
        if isinstance(common, ComplexType) and e.ty.kind != COMPLEX and other.ty.kind == COMPLEX and is_floating(common.base):
            return common.base
        return common

    def _wide_bit_field(self, e: Expr) -> int:
        """Width of a bit-field that is wider than int but narrower than its type, else 0: gcc computes in that width."""
        if e.op in FIELD_VALUES:
            width = field_width(e)
            if 32 < width < 8 * e.ty.unq.size:
                return width
        return self._widths.get(e, 0) if self._widths else 0

    def _in_width(self, e: Expr, width: int, overflows: bool, loc: Loc) -> Expr:
        """Remember that gcc gives the result `width` bits; cut it to them if it can have more."""
        if overflows:
            e = self._truncated(e, width, loc)
        self._widths[e] = width
        return e

    def _into_width(self, converted: Expr, e: Expr, width: int, loc: Loc) -> Expr:
        """A signed operand beside an unsigned bit-field wider than int, converted to the width in which gcc computes."""
        if not self.types.unsigned(converted.ty) or self.types.unsigned(e.ty):
            return converted
        if isinstance(converted, IntConst):
            return IntConst(converted.value & (1 << width) - 1, converted.ty, loc)
        return self._truncated(converted, width, loc)

    def _common_width(self, left: Expr, right: Expr) -> int:
        """Width in which gcc adds or multiplies operands of which one is such a bit-field."""
        a = self._wide_bit_field(left)
        b = self._wide_bit_field(right)
        if not a and not b:
            return 0
        for e, width in ((left, a), (right, b)):
            if not width and (not is_integer(e.ty) or self.conversions.promoted_type(e).size > 4):
                return 0
        return max(a, b)

    def _common_type(self, left: Expr, right: Expr, width: int) -> Type:
        """Type in which gcc computes; with bit-fields wider than int, the wider operand says whether it is signed."""
        common = self.conversions.common_type(left, right)
        if not width:
            for e, other in ((left, right), (right, left)):
                if self._wide_bit_field(e) and is_integer(other.ty) and other.ty.unq.size == e.ty.unq.size:
                    return self.conversions.promoted_type(other)        # which is wider than the bit-field
            return common
        widths = [self._wide_bit_field(e) or 32 for e in (left, right)]
        unsigned = [self.types.unsigned(e.ty) for e in (left, right)]
        wanted = unsigned[0] or unsigned[1] if widths[0] == widths[1] else unsigned[0 if widths[0] > widths[1] else 1]
        if wanted == self.types.unsigned(common):
            return common
        return self.types.integer_of_size(common.unq.size, not wanted) or common

    def _truncated(self, e: Expr, width: int, loc: Loc) -> Expr:
        """The low `width` bits of an integer value, zero- or sign-extended as its type asks."""
        int_ = self.types.int_
        if self.types.unsigned(e.ty):
            mask = IntConst((1 << width) - 1, e.ty, loc)
            return Binary(E_BINARY, "&", e, mask, e.ty, loc)
        count = IntConst(8 * e.ty.unq.size - width, int_, loc)
        return Binary(E_BINARY, ">>", Binary(E_BINARY, "<<", e, count, e.ty, loc), count, e.ty, loc)

    def _keep_folded(self, made: Expr | None, left: Expr, right: Expr) -> Expr | None:
        """A constant made from one that is not the language's own is not either."""
        if isinstance(made, IntConst) and ((isinstance(left, IntConst) and left.folded) or (isinstance(right, IntConst) and right.folded)):
            made.folded = True
        return made

    def invalid(self, text: str, left: Expr, right: Expr, loc: Loc) -> Expr:
        """Report operands that the operator does not take."""
        for e in (left, right):
            if e.ty.kind == VOID:
                self.core.error(e.loc, "void value not ignored as it ought to be")
                return self.core.error_expr(loc)
        self.core.error(loc, f"invalid operands to binary {text} (have {type_text(left.ty)} and {type_text(right.ty)})")
        return self.core.error_expr(loc)

    def pointer_add(self, pointer: Expr, index: Expr, text: str, loc: Loc) -> Expr:
        """Pointer plus or minus integer."""
        p = pointer.ty.unq
        assert isinstance(p, PointerType)
        base = p.base
        core = self.core
        if base.kind == VOID:
            if "pointer-arith" in core.warnings:
                core.pedwarn(loc, "pointer of type 'void *' used in arithmetic", "pointer-arith")
            elif core.options.pedantic:
                core.pedantic(loc, "pointer of type 'void *' used in arithmetic", "pointer-arith")
        elif base.kind == FUNCTION:
            core.pedwarn(loc, "pointer to a function used in arithmetic", "pointer-arith")
        elif not core.records.complete(base) and not self.is_vla(base):
            core.error(loc, f"invalid use of undefined type {type_text(base)}" if is_record(base)
                       else "arithmetic on a pointer to an incomplete type")
            return core.error_expr(loc)
        index = self.conversions.convert(self.conversions.promote(index), self.types.ptrdiff_t)
        if isinstance(pointer, IntConst) and isinstance(index, IntConst) and pointer.value == 0 and index.value == 0:
            return IntConst(0, pointer.ty.unq, loc)
        return Binary(E_BINARY, text, pointer, index, pointer.ty.unq, loc)

    def is_vla(self, t: Type) -> bool:
        """Variable length array type, variable record, or array of such."""
        u = t.unq
        while isinstance(u, ArrayType):
            if u.vla:
                return True
            u = u.base.unq
        return isinstance(u, RecordType) and bool(u.anchors)

    def _pointer_difference(self, left: Expr, right: Expr, loc: Loc) -> Expr:
        a = left.ty.unq
        b = right.ty.unq
        assert isinstance(a, PointerType) and isinstance(b, PointerType)
        if not self.conversions.same(self.types.unqualified(a.base), self.types.unqualified(b.base)):
            return self.invalid("-", left, right, loc)
        if a.base.kind == VOID:
            self.core.pedwarn(loc, "pointer of type 'void *' used in subtraction", "pointer-arith")
        elif a.base.kind == FUNCTION:
            self.core.pedwarn(loc, "pointer to a function used in subtraction", "pointer-arith")
        elif not self.core.records.complete(a.base) and not self.is_vla(a.base):
            self.core.error(loc, "arithmetic on pointer to an incomplete type")
            return self.core.error_expr(loc)
        return Binary(E_BINARY, "-", left, right, self.types.ptrdiff_t, loc)

    def _compare(self, text: str, left: Expr, right: Expr, loc: Loc) -> Expr:
        conv = self.conversions
        a = left.ty.unq
        b = right.ty.unq
        int_ = self.types.int_
        if is_arithmetic(a) and is_arithmetic(b):
            if (a.kind == COMPLEX or b.kind == COMPLEX) and text not in ("==", "!="):
                return self.invalid(text, left, right, loc)
            width = self._common_width(left, right)
            common = self._common_type(left, right, width)
            self.checks.compare(text, left, right, common, loc)
            l = conv.convert(left, common)
            r = conv.convert(right, common)
            if width:
                l, r = self._into_width(l, left, width, loc), self._into_width(r, right, width, loc)
            folded = self.folder.binary(text, l, r, int_, loc)
            return self._keep_folded(folded, l, r) or Binary(E_BINARY, text, l, r, int_, loc)
        if a.kind == POINTER and b.kind == POINTER:
            self._compare_pointers(text, left, right, loc)
        elif a.kind == POINTER and is_integer(b):
            if not (isinstance(right, IntConst) and right.value == 0):
                self.core.pedwarn(loc, "comparison between pointer and integer")
            else:
                self.checks.with_character(left, right, loc)
            right = conv.convert(right, a)
        elif b.kind == POINTER and is_integer(a):
            if not (isinstance(left, IntConst) and left.value == 0):
                self.core.pedwarn(loc, "comparison between pointer and integer")
            else:
                self.checks.with_character(right, left, loc)
            left = conv.convert(left, b)
        else:
            return self.invalid(text, left, right, loc)
        self.checks.pointer_compare(text, left, right, loc)
        folded = self.folder.binary(text, left, right, int_, loc)
        return folded or Binary(E_BINARY, text, left, right, int_, loc)

    def _compare_pointers(self, text: str, left: Expr, right: Expr, loc: Loc) -> None:
        a = base_of(left.ty)
        b = base_of(right.ty)
        if a is b or a.kind == VOID or b.kind == VOID:
            return
        conv = self.conversions
        if conv.is_null_constant(left) or conv.is_null_constant(right):
            return
        if not conv.same(self.types.unqualified(a), self.types.unqualified(b)):
            self.core.pedwarn(loc, "comparison of distinct pointer types lacks a cast")

    def _logical(self, text: str, left: Expr, right: Expr, loc: Loc) -> Expr:
        conv = self.conversions
        self.checks.before_logical(text, left, right, loc)
        for e in (left, right):
            if conv.value(e).ty.kind in (STRUCT, UNION, VECTOR):
                return self.invalid(text, conv.value(left), conv.value(right), loc)
        left = conv.condition(left)
        right = conv.condition(right)
        a = self.folder.truth(left)
        b = self.folder.truth(right)
        if a is not None and b is not None:
            made = IntConst(a & b if text == "&&" else a | b, self.types.int_, loc)
            return self._keep_folded(made, left, right) or made
        return Binary(E_LOGICAL, text, left, right, self.types.int_, loc)

    def _vector(self, text: str, left: Expr, right: Expr, loc: Loc) -> Expr:
        conv = self.conversions
        a = left.ty.unq
        b = right.ty.unq
        if isinstance(a, VectorType) and is_arithmetic(b):
            right = conv.splat(right, a)
            b = a
        elif isinstance(b, VectorType) and is_arithmetic(a):
            left = conv.splat(left, b)
            a = b
        if not isinstance(a, VectorType) or not isinstance(b, VectorType) or a.count != b.count:
            return self.invalid(text, left, right, loc)
        if text in _INTEGER_ONLY and (is_floating(a.base) or is_floating(b.base)):
            return self.invalid(text, left, right, loc)
        if text in COMPARISONS:
            element = self.types.integer_of_size(a.base.size, True)
            assert element is not None
            return Binary(E_BINARY, text, left, right, self.types.vector(element, a.count), loc)
        if a is not b and not conv.same(a, b):
            if a.size != b.size or is_floating(a.base) != is_floating(b.base):
                return self.invalid(text, left, right, loc)
            right = Cast(CAST_BITS, right, a, right.loc)
        return Binary(E_BINARY, text, left, right, a, loc)

    # ---- unary

    def unary(self, text: str, operand: Expr, loc: Loc) -> Expr:
        """`-` `+` `~` `!`."""
        conv = self.conversions
        e = conv.value(operand)
        t = e.ty.unq
        if t.kind == ERROR:
            return self.core.error_expr(loc)
        if text == "!":
            if not is_scalar(t):
                return self._bad_unary("unary exclamation mark", loc)
            self.checks.address_truth(e, loc)
            folded = self.folder.unary("!", e, self.types.int_, loc)
            return self._keep_folded(folded, e, e) or Unary(E_UNARY, "!", e, self.types.int_, loc)
        if isinstance(t, VectorType):
            if text == "~" and is_floating(t.base):
                return self._bad_unary("bit-complement", loc)
            return Unary(E_UNARY, text, e, t, loc)
        if t.kind == BOOL and text == "~":
            if self.core.warn("bool-operation", loc, "'~' on a boolean expression"):
                self.core.diagnostics.note(loc, "did you mean to use logical not?")
        if not is_arithmetic(t) or (text == "~" and not (is_integer(t) or t.kind == COMPLEX)):
            return self._bad_unary({"-": "unary minus", "+": "unary plus", "~": "bit-complement"}[text], loc)
        e = conv.promote(e)
        folded = self.folder.unary(text, e, e.ty.unq, loc)
        if folded is not None:
            return self._keep_folded(folded, e, e) or folded
        width = self._wide_bit_field(e)
        made = Unary(E_UNARY, text, e, e.ty.unq, loc)
        return self._in_width(made, width, text != "+", loc) if width else made

    def _bad_unary(self, name: str, loc: Loc) -> Expr:
        self.core.error(loc, f"wrong type argument to {name}")
        return self.core.error_expr(loc)

    def dereference(self, operand: Expr, loc: Loc, what: str = "unary '*'") -> Expr:
        """`*operand`."""
        e = self.conversions.value(operand)
        t = e.ty.unq
        if not isinstance(t, PointerType):
            if t.kind != ERROR:
                self.core.error(loc, f"invalid type argument of {what} (have {type_text(e.ty)})")
            return self.core.error_expr(loc)
        if isinstance(e, Cast) and e.kind == CAST_DECAY and t.base.kind == FUNCTION:
            return e.operand
        if isinstance(e, Unary) and e.op == E_ADDR and e.operand.ty is t.base:
            return e.operand
        if t.base.kind == VOID and not self.core.unevaluated:
            self.core.warn("", loc, "dereferencing 'void *' pointer")
        return Unary(E_DEREF, "*", e, t.base, loc)

    def address(self, e: Expr, loc: Loc) -> Expr:
        """`&e`."""
        core = self.core
        if e.ty.kind == ERROR:
            return core.error_expr(loc)
        if e.ty.kind == FUNCTION:
            if isinstance(e, NameRef) and not core.unevaluated:
                e.symbol.address_taken = True
            return Cast(CAST_DECAY, e, self.types.pointer(e.ty), loc)
        if not self.conversions.is_lvalue(e):
            core.error(loc, "lvalue required as unary '&' operand")
            return core.error_expr(loc)
        if isinstance(e, MemberRef) and e.member.bit_width >= 0:
            core.error(loc, f"cannot take address of bit-field '{e.member.name}'")
            return core.error_expr(loc)
        if self.is_reversed(e) and e.ty.kind != ARRAY:
            core.error(loc, "cannot take address of scalar with reverse storage order")
            return core.error_expr(loc)
        s = self.conversions.bare_name(e)
        if s is not None and s.storage == S_REGISTER and (e.ty.kind != ARRAY or s.asm_name):
            if s.asm_name:
                core.error(loc, f"address of register variable '{s.name}' requested" if s.depth else
                           f"address of global register variable '{s.name}' requested")
            else:
                core.error(loc, f"address of register variable '{s.name}' requested")
            return core.error_expr(loc)
        self.conversions.take_address(e)
        if isinstance(e, Unary) and e.op == E_DEREF:
            inner = e.operand
            pointer = self.types.pointer(e.ty)
            if inner.ty.unq is pointer:
                return Cast(CAST_BITS, inner, pointer, loc, True) if not isinstance(inner, IntConst) else inner
        return Unary(E_ADDR, "&", e, self.types.pointer(e.ty), loc)

    def part(self, text: str, e: Expr, loc: Loc) -> Expr:
        """`__real__ e`, `__imag__ e`."""
        t = e.ty.unq
        if t.kind == COMPLEX:
            made = Unary(E_PART, text, e, qualified(base_of(t), e.ty.quals), loc)
            c = self.core.evaluator.constant(made)
            return made if c is None else self.core.evaluator.expression(c, base_of(t), loc)
        e = self.conversions.value(e)
        if not is_arithmetic(e.ty):
            return self._bad_unary(text, loc)
        if text == "__real__":
            return e
        zero = self.folder.cast(IntConst(0, self.types.int_, loc), e.ty, loc)
        assert zero is not None
        return Binary(E_COMMA, ",", self.conversions.to_void(e), zero, e.ty.unq, loc) if not isinstance(e, IntConst) else zero

    # ---- assignment

    def modifiable(self, e: Expr, what: str, loc: Loc) -> bool:
        """Report an lvalue that may not be written; `what` as in "lvalue required as left operand of assignment"."""
        core = self.core
        if e.ty.kind == ERROR:
            return False
        if not self.conversions.is_lvalue(e):
            core.error(loc, f"lvalue required as {what}")
            return False
        if e.ty.kind == FUNCTION:
            core.error(loc, f"lvalue required as {what}")
            return False
        if e.ty.kind == ARRAY:
            core.error(loc, "assignment to expression with array type")
            return False
        t = e.ty.unq
        read_only = bool(e.ty.quals & CONST) or (isinstance(t, RecordType) and t.has_const_member)
        if read_only:
            verb = {"left operand of assignment": "assignment of", "increment operand": "increment of", "decrement operand": "decrement of"}.get(
                what, "assignment of")
            if isinstance(e, NameRef):
                kind = "parameter" if e.symbol.storage == 5 else "variable"
                core.error(loc, f"{verb} read-only {kind} '{e.symbol.name}'")
            elif isinstance(e, MemberRef):
                core.error(loc, f"{verb} read-only member '{e.member.name}'" if e.member.ty.quals & CONST
                           else f"{verb} member '{e.member.name}' in read-only object")
            else:
                core.error(loc, f"{verb} read-only location '{self.checks.text_of(e)}'")
            return False
        return True

    def note_assigned(self, e: Expr) -> None:
        """Remember that the object named by `e` is written."""
        s = self.conversions.bare_name(e)
        if s is not None and not self.core.unevaluated:
            s.assigned = True

    def assign(self, text: str, target: Expr, value: Expr, loc: Loc) -> Expr:
        """`target text= value`; `text` is "=" or the operator."""
        conv = self.conversions
        core = self.core
        if not self.modifiable(target, "left operand of assignment", loc):
            return core.error_expr(loc)
        self.note_assigned(target)
        ty = target.ty
        plain = ty.unq
        if text == "=":
            value = conv.assign(value, plain if not ty.quals else ty, AssignContext("assign"), loc)
            if value.ty.kind == ERROR:
                self.checks.written(target)
                return core.error_expr(loc)
            return Assign("=", target, value, plain, plain, loc)
        value = conv.value(value)
        if value.ty.kind == ERROR:
            return core.error_expr(loc)
        if isinstance(plain, PointerType):
            if text not in ("+", "-") or not is_integer(value.ty):
                return self.invalid(text, target, value, loc)
            if self.pointer_add(target, value, text, loc).ty.kind == ERROR:
                return core.error_expr(loc)
            return Assign(text, target, conv.convert(conv.promote(value), self.types.ptrdiff_t), plain, plain, loc)
        if isinstance(plain, VectorType):
            made = self._vector(text, target, value, loc)
            if not isinstance(made, Binary):
                return made
            return Assign(text, target, made.right, plain, plain, loc)
        if text == "<<" or text == ">>":
            if not (is_integer(plain) and is_integer(value.ty)):
                return self.invalid(text, target, value, loc)
            value = conv.promote(value)
            compute = conv.promoted_type(target)
            self.checks.shift(text, target, value, loc)
            return Assign(text, target, value, compute, plain, loc)
        if not (is_arithmetic(plain) and is_arithmetic(value.ty)) or (
                text in _INTEGER_ONLY and not (is_integer(plain) and is_integer(value.ty))):
            return self.invalid(text, target, value, loc)
        compute = conv.common_type(target, value)
        self.checks.arithmetic(text, target, value, compute, loc)
        return Assign(text, target, conv.convert(value, self._operand_type(value, target, compute)), compute, plain, loc)

    def step(self, e: Expr, delta: int, prefix: bool, loc: Loc) -> Expr:
        """`++` and `--`."""
        core = self.core
        what = "increment operand" if delta > 0 else "decrement operand"
        if not self.modifiable(e, what, loc):
            return core.error_expr(loc)
        self.note_assigned(e)
        t = e.ty.unq
        if isinstance(t, PointerType):
            if not core.records.complete(t.base) and t.base.kind not in (VOID, FUNCTION) and not self.is_vla(t.base):
                core.error(loc, f"{'increment' if delta > 0 else 'decrement'} of pointer to an incomplete type {type_text(t.base)}")
                return core.error_expr(loc)
            if t.base.kind == VOID:
                core.pedwarn(loc, "wrong type argument to " + ("increment" if delta > 0 else "decrement"), "pointer-arith")
        elif t.kind == BOOL:
            core.warn("bool-operation", loc, f"{'increment' if delta > 0 else 'decrement'} of a boolean expression")
        elif not is_arithmetic(t) and t.kind != VECTOR:
            core.error(loc, f"wrong type argument to {'increment' if delta > 0 else 'decrement'}")
            return core.error_expr(loc)
        return IncDec(e, delta, prefix, t, loc)

    # ---- others

    def comma(self, left: Expr, right: Expr, loc: Loc) -> Expr:
        """`left, right`."""
        left = self.conversions.value(left)
        right = self.conversions.value(right)
        self.checks.discarded(left)
        self.checks.unused_left(left, loc)
        return Binary(E_COMMA, ",", self.conversions.to_void(left), right, right.ty.unq, loc)

    def conditional(self, condition: Expr, then: Expr | None, other: Expr, loc: Loc, colon: Loc = 0) -> Expr:
        """`condition ? then : other`; `then` None for GNU `?:`; `colon` is where gcc complains."""
        conv = self.conversions
        core = self.core
        condition = conv.value(condition)
        if condition.ty.kind == VECTOR:
            return self._vector_conditional(condition, then, other, loc)
        condition = conv.condition(condition)
        a = conv.value(then) if then is not None else condition
        b = conv.value(other)
        if ERROR in (condition.ty.kind, a.ty.kind, b.ty.kind):
            return core.error_expr(loc)
        ty = self._conditional_type(a, b, colon or loc)
        width = self._common_width(a, b) if is_integer(a.ty) and is_integer(b.ty) else 0
        if width:
            ty = self._common_type(a, b, width)
        if ty is None:
            core.error(loc, "type mismatch in conditional expression")
            return core.error_expr(loc)
        if ty.kind == VOID:
            a = conv.to_void(a)
            b = conv.to_void(b)
        elif is_scalar(ty):
            if then is not None:
                a = self._into_width(self._arm(a, ty), a, width, loc) if width else self._arm(a, ty)
            b = self._into_width(self._arm(b, ty), b, width, loc) if width else self._arm(b, ty)
        truth = self.folder.truth(condition)
        if truth is not None and ty.kind != VOID:
            if isinstance(a, IntConst) and isinstance(b, IntConst) or type(a) is type(b) and self.folder.truth(a) is not None:
                chosen = a if truth else b
                if isinstance(chosen, IntConst):
                    made = IntConst(chosen.value, ty, loc)
                    made.folded = chosen.folded or (isinstance(condition, IntConst) and condition.folded) or ty.kind == POINTER
                    if then is not None or not truth:
                        return made
                elif then is not None or not truth:
                    return chosen
        e = Conditional(condition, a if then is not None else None, b, ty, loc)
        if width:
            self._widths[e] = width
        return e

    def _arm(self, e: Expr, ty: Type) -> Expr:
        if ty.kind == POINTER and e.ty.kind == POINTER and e.ty.unq is not ty.unq:
            folded = self.folder.cast(e, ty, e.loc)
            return folded if folded is not None else Cast(CAST_BITS, e, ty.unq, e.loc)
        return self.conversions.convert(e, ty)

    def _conditional_type(self, a: Expr, b: Expr, loc: Loc) -> Type | None:
        conv = self.conversions
        s = a.ty.unq
        t = b.ty.unq
        if s is t and s.kind != POINTER and not is_integer(s):
            return s
        if is_arithmetic(s) and is_arithmetic(t):
            self.checks.conditional_sign(a, b, loc)
            return conv.common_type(a, b)
        if s.kind == VOID or t.kind == VOID:
            return self.types.void
        if isinstance(s, PointerType) and isinstance(t, PointerType):
            return self._conditional_pointers(a, b, s, t, loc)
        if isinstance(s, PointerType) and is_integer(t):
            if not conv.is_null_constant(b):
                self.core.pedwarn(loc, "pointer/integer type mismatch in conditional expression")
            return s
        if isinstance(t, PointerType) and is_integer(s):
            if not conv.is_null_constant(a):
                self.core.pedwarn(loc, "pointer/integer type mismatch in conditional expression")
            return t
        if conv.same(s, t):
            return s
        return None

    def _conditional_pointers(self, a: Expr, b: Expr, s: PointerType, t: PointerType, loc: Loc) -> Type:
        conv = self.conversions
        types = self.types
        if s is t:
            return s
        if conv.is_null_constant(a):
            return t
        if conv.is_null_constant(b):
            return s
        quals = types.quals(s.base) | types.quals(t.base)
        if conv.same(types.unqualified(s.base), types.unqualified(t.base)):
            base = conv.composite(types.unqualified(s.base), types.unqualified(t.base))
            return types.pointer(types.qualify(base, quals))
        if s.base.kind == VOID or t.base.kind == VOID:
            if not self.core.c23:
                quals = s.base.quals | t.base.quals     # an array has none before C23: its elements have
            return types.pointer(qualified(types.void, quals & 7))
        self.core.pedwarn(loc, "pointer type mismatch in conditional expression")
        return types.pointer(qualified(types.void, quals & 7))

    def _vector_conditional(self, condition: Expr, then: Expr | None, other: Expr, loc: Loc) -> Expr:
        conv = self.conversions
        a = conv.value(then) if then is not None else condition
        b = conv.value(other)
        c = condition.ty.unq
        assert isinstance(c, VectorType)
        if not isinstance(a.ty.unq, VectorType) and isinstance(b.ty.unq, VectorType) and is_arithmetic(a.ty):
            a = conv.splat(a, b.ty.unq)
        elif isinstance(a.ty.unq, VectorType) and not isinstance(b.ty.unq, VectorType) and is_arithmetic(b.ty):
            b = conv.splat(b, a.ty.unq)
        t = a.ty.unq
        if not isinstance(t, VectorType) or t.count != c.count or not conv.same(t, b.ty):
            self.core.error(loc, "type mismatch in conditional expression")
            return self.core.error_expr(loc)
        return Conditional(condition, a if then is not None else None, b, t, loc)

    def subscript(self, array: Expr, index: Expr, loc: Loc) -> Expr:
        """`array[index]`."""
        conv = self.conversions
        core = self.core
        a = array.ty.unq
        b = index.ty.unq
        if a.kind == ERROR or b.kind == ERROR:
            return core.error_expr(loc)
        if isinstance(b, (ArrayType, PointerType)) and not isinstance(a, (ArrayType, PointerType)):
            array, index = index, array
            a = array.ty.unq
            b = index.ty.unq
        if isinstance(a, VectorType):
            if not is_integer(b):
                core.error(loc, "array subscript is not an integer")
                return core.error_expr(loc)
            conv.take_address(array)
            return Binary(E_INDEX, "[]", array, conv.convert(conv.value(index), self.types.ptrdiff_t),
                          qualified(a.base, array.ty.quals), loc)
        if not isinstance(a, (ArrayType, PointerType)):
            core.error(loc, "subscripted value is neither array nor pointer nor vector")
            return core.error_expr(loc)
        index = conv.value(index)
        if not is_integer(index.ty):
            core.error(loc, "array subscript is not an integer")
            return core.error_expr(loc)
        if index.ty.kind == CHAR and not isinstance(index, IntConst):
            core.warn("char-subscripts", loc, "array subscript has type 'char'")
        if isinstance(a, PointerType) and a.base.kind == FUNCTION:
            core.error(loc, "subscripted value is pointer to function")
            return core.error_expr(loc)
        reverse = self.is_reversed(array)
        total = self.pointer_add(conv.value(array), index, "+", loc)
        if total.ty.kind == ERROR:
            return total
        e = self.dereference(total, loc)
        if reverse and isinstance(e, Unary) and e.op == E_DEREF:
            e.text = REVERSED
        return e

    def is_reversed(self, e: Expr) -> bool:
        """An lvalue (or array) stored in the order of bytes that is not the target's: attribute scalar_storage_order."""
        return isinstance(e, MemberRef) and e.member.reversed or isinstance(e, Unary) and e.op == E_DEREF and e.text == REVERSED

    def member(self, object_: Expr, name: str, arrow: bool, loc: Loc) -> Expr:
        """`object.name`, `object->name`."""
        core = self.core
        if object_.ty.kind == ERROR:
            return core.error_expr(loc)
        if arrow:
            e = self.conversions.value(object_)
            t = e.ty.unq
            if not isinstance(t, PointerType):
                core.error(loc, f"invalid type argument of '->' (have {type_text(e.ty)})")
                return core.error_expr(loc)
            if isinstance(e, Unary) and e.op == E_ADDR:
                object_ = e.operand
            else:
                object_ = Unary(E_DEREF, "*", e, t.base, loc)
        record = object_.ty.unq
        if not isinstance(record, RecordType):
            if record.kind == POINTER and not arrow:
                core.error(loc, f"'{self.checks.text_of(object_)}' is a pointer; did you mean to use '->'?")
            else:
                core.error(loc, f"request for member '{name}' in something not a structure or union")
            return core.error_expr(loc)
        if not record.complete and not core.records.complete(record):
            core.error(loc, f"invalid use of undefined type {type_text(record)}")
            return core.error_expr(loc)
        path = find_member(record, name)
        if not path:
            core.error(loc, f"{type_text(object_.ty)} has no member named '{name}'")
            return core.error_expr(loc)
        return self.member_path(object_, path, loc)

    def member_path(self, e: Expr, path: list[Member], loc: Loc) -> Expr:
        """A MemberRef per step of `path`."""
        for m in path:
            quals = e.ty.quals & ~8
            e = MemberRef(e, m, self.types.qualify(m.ty, quals), loc)
        return e

    def is_bool_like(self, e: Expr) -> bool:
        """Value is 0 or 1 by its form."""
        return e.ty.kind == BOOL or (isinstance(e, Binary) and (e.op == E_LOGICAL or e.text in COMPARISONS))
