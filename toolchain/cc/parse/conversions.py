"""Conversions (C11 6.3), compatibility and composite types (6.2.7)."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import (
    CAST_BITS,
    CAST_DECAY,
    CAST_SPLAT,
    CAST_UNION,
    CAST_VALUE,
    CAST_VOID,
    E_CONSTP,
    E_MEMBER,
    E_NAME,
    FIELD_VALUES,
    Cast,
    Expr,
    IntConst,
    MemberRef,
    NameRef,
    StringLit,
    Symbol,
    field_width,
)
from toolchain.cc.parse.spell import type_text
from toolchain.cc.types import (
    ARRAY,
    ATOMIC,
    BOOL,
    COMPLEX,
    ENUM,
    ERROR,
    FLOAT,
    FLOAT16,
    FUNCTION,
    INT,
    NULLPTR,
    POINTER,
    SHORT,
    STRUCT,
    UNION,
    USHORT,
    VECTOR,
    VOID,
    ArrayType,
    ComplexType,
    EnumType,
    FunctionType,
    PointerType,
    RecordType,
    Type,
    VectorType,
    base_of,
    float_rank,
    is_arithmetic,
    is_floating,
    is_integer,
    is_scalar,
    qualified,
)
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

_CODE_QUALS: Final = 7 | 16 | 32


class AssignContext:
    """Why a value is converted: chooses the words of the message."""

    def __init__(self, kind: str, callee: str = "", number: int = 0, note: Loc = 0) -> None:
        self.kind = kind                # "assign", "init", "return", "pass"
        self.callee = callee
        self.number = number
        self.note = note


class Conversions:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types
        self.folder = core.folder

    # ---- values

    def value(self, e: Expr) -> Expr:
        """`e` as a value: arrays and functions decay to pointers."""
        kind = e.ty.kind
        if kind == ARRAY:
            self.take_address(e)
            return Cast(CAST_DECAY, e, self.types.pointer(base_of(e.ty)), e.loc)
        if kind == FUNCTION:
            if isinstance(e, NameRef) and not self.core.unevaluated:
                e.symbol.address_taken = True
            return Cast(CAST_DECAY, e, self.types.pointer(e.ty), e.loc)
        return e

    def take_address(self, e: Expr) -> None:
        """Note that the object which holds lvalue `e` must live in memory."""
        if self.core.unevaluated:
            return
        while e.op == E_MEMBER:
            assert isinstance(e, MemberRef)
            e = e.object
        if e.op == E_NAME:
            assert isinstance(e, NameRef)
            e.symbol.address_taken = True

    def condition(self, e: Expr, what: str = "") -> Expr:
        """`e` as a truth value: a scalar expression."""
        e = self.value(e)
        if not is_scalar(e.ty) and e.ty.kind != ERROR:
            if e.ty.kind == VOID:
                self.core.error(e.loc, "void value not ignored as it ought to be")
            elif e.ty.kind in (STRUCT, UNION):
                name = "struct" if e.ty.kind == STRUCT else "union"
                self.core.error(e.loc, f"used {name} type value where scalar is required")
            else:
                self.core.error(e.loc, "used vector type where scalar is required")
            return self.core.error_expr(e.loc)
        return e

    def promoted_type(self, e: Expr) -> Type:
        """Type of a value after the integer promotions."""
        t = e.ty.unq
        if e.op in FIELD_VALUES:
            width = field_width(e)
            if width >= 0 and t.kind != BOOL:
                types = self.types
                if width < 32 or (width == 32 and not types.unsigned(t)):
                    return types.int_
                if width == 32 and t.unq.size <= 8:
                    return types.uint
        return self.promoted(t)

    def promoted(self, t: Type) -> Type:
        """`t` after the integer promotions."""
        if isinstance(t, EnumType):
            t = t.base
        if t.kind < SHORT or t.kind == SHORT:
            return self.types.int_ if t.kind >= BOOL else t
        if t.kind == USHORT:
            return self.types.int_
        return t

    def promote(self, e: Expr) -> Expr:
        """Integer promotions on a value."""
        if is_integer(e.ty):
            return self.convert(e, self.promoted_type(e))
        return e

    def default_promote(self, e: Expr) -> Expr:
        """Default argument promotions."""
        e = self.value(e)
        if e.ty.unq is self.types.basic[FLOAT]:
            return self.convert(e, self.types.double)
        if is_integer(e.ty):
            return self.convert(e, self.promoted_type(e))
        return e

    def common_type(self, left: Expr, right: Expr) -> Type:
        """Usual arithmetic conversions: the common (unqualified) type of two arithmetic values."""
        a = left.ty.unq
        b = right.ty.unq
        if a is b and a.kind >= INT and a.kind != ENUM and left.op not in FIELD_VALUES and right.op not in FIELD_VALUES:
            return a
        if isinstance(a, ComplexType) or isinstance(b, ComplexType):
            ra = a.base if isinstance(a, ComplexType) else a
            rb = b.base if isinstance(b, ComplexType) else b
            return self.types.complex(self.common_real(self.promoted(ra) if not isinstance(a, ComplexType) else ra,
                                                        self.promoted(rb) if not isinstance(b, ComplexType) else rb))
        return self.common_real(self.promoted_type(left), self.promoted_type(right))

    def common_real(self, a: Type, b: Type) -> Type:
        """Common type of two real types, integers promoted already."""
        if a is b:
            return a
        if is_floating(a):
            if is_floating(b):
                return a if float_rank(a) >= float_rank(b) else b
            return a
        if is_floating(b):
            return b
        return self.common_integer(a, b)

    def common_integer(self, a: Type, b: Type) -> Type:
        """Common type of two promoted integer types."""
        ua = self.types.unsigned(a)
        ub = self.types.unsigned(b)
        if ua == ub:
            return a if a.kind >= b.kind else b
        if not ua:
            a, b = b, a
        # a is unsigned, b is signed
        if a.kind > b.kind:
            return a
        if b.size > a.size:
            return b
        return self.types.to_unsigned(b)

    def convert(self, e: Expr, ty: Type) -> Expr:
        """Convert an arithmetic or pointer value to a scalar type; nothing happens if it has it."""
        t = ty.unq
        if e.ty.unq is t:
            return e
        folded = self.folder.cast(e, t, e.loc)
        if folded is not None:
            return folded
        if t.kind == ERROR or e.ty.kind == ERROR:
            return e
        if e.op == E_CONSTP and is_integer(t):
            e.ty = t
            return e
        return Cast(CAST_VALUE, e, t, e.loc)

    def to_void(self, e: Expr) -> Expr:
        """Discard a value."""
        return e if e.ty.kind == VOID else Cast(CAST_VOID, e, self.types.void, e.loc)

    # ---- null pointers

    def is_null_constant(self, e: Expr) -> bool:
        """Null pointer constant: integer constant 0, or that cast to void *."""
        if not isinstance(e, IntConst) or e.value != 0:
            return False
        if is_integer(e.ty):
            return not e.folded
        t = e.ty
        return t.kind == POINTER and t.quals == 0 and base_of(t).kind == VOID and base_of(t).quals == 0 and not e.folded

    # ---- compatibility

    def compatible(self, a: Type, b: Type) -> bool:
        """Compatible types (6.2.7), qualifiers compared at the top too."""
        if a is b:
            return True
        return a.quals == b.quals and self.same(a, b)

    def same(self, a: Type, b: Type) -> bool:
        """Compatible apart from top-level qualifiers."""
        a = a.unq
        b = b.unq
        if a is b:
            return True
        if a.kind == ERROR or b.kind == ERROR:
            return True
        if isinstance(a, EnumType):
            return not isinstance(b, EnumType) and is_integer(b) and a.base is b
        if isinstance(b, EnumType):
            return is_integer(a) and b.base is a
        if a.kind != b.kind:
            return False
        if isinstance(a, PointerType) and isinstance(b, PointerType):
            return self.compatible(a.base, b.base)
        if isinstance(a, ArrayType) and isinstance(b, ArrayType):
            if not self.compatible(a.base, b.base):
                return False
            return a.count < 0 or b.count < 0 or a.count == b.count
        if isinstance(a, FunctionType) and isinstance(b, FunctionType):
            return self._same_function(a, b)
        if isinstance(a, VectorType) and isinstance(b, VectorType):
            return a.count == b.count and self.same(a.base, b.base)
        return not FLOAT16 <= a.kind <= COMPLEX and a.kind not in (STRUCT, UNION)

    def _same_function(self, a: FunctionType, b: FunctionType) -> bool:
        if not self.same(a.base, b.base):
            return False
        if a.prototype and b.prototype:
            if len(a.params) != len(b.params) or a.variadic != b.variadic:
                return False
            for p, q in zip(a.params, b.params):
                if not self.same(p, q) and not self._transparent_match(p, q):
                    return False
            return True
        if a.prototype or b.prototype:
            known = a if a.prototype else b
            if known.variadic:
                return False
            for p in known.params:
                u = p.unq
                if u is self.types.basic[FLOAT] or (is_integer(u) and self.promoted(u) is not u and u.kind != ENUM):
                    return False
        return True

    def _transparent_match(self, p: Type, q: Type) -> bool:
        u = p.unq
        v = q.unq
        if isinstance(u, RecordType) and u.transparent and u.kind == UNION:
            return any(self.same(m.ty, q) for m in u.members)
        if isinstance(v, RecordType) and v.transparent and v.kind == UNION:
            return any(self.same(m.ty, p) for m in v.members)
        return False

    def composite(self, a: Type, b: Type) -> Type:
        """Composite type of two compatible types."""
        if a is b:
            return a
        u = a.unq
        v = b.unq
        if u is v:
            return a
        types = self.types
        if isinstance(u, ArrayType) and isinstance(v, ArrayType):
            if u.vla or v.vla:
                return a if not u.vla or v.count < 0 else b
            base = self.composite(u.base, v.base)
            made: Type = types.array(base, u.count if u.count >= 0 else v.count)
            return qualified(made, a.quals | b.quals, max(a.user_align, b.user_align))
        if isinstance(u, PointerType) and isinstance(v, PointerType):
            return types.qualify(types.pointer(self.composite(u.base, v.base)), a.quals)
        if isinstance(u, FunctionType) and isinstance(v, FunctionType):
            base = self.composite(u.base, v.base)
            if not u.prototype:
                params, variadic, prototype = v.params, v.variadic, v.prototype
            elif not v.prototype:
                params, variadic, prototype = u.params, u.variadic, True
            else:
                params = [self.composite(p, q) for p, q in zip(u.params, v.params)]
                variadic, prototype = u.variadic, True
            f = types.function(base, params, variadic, prototype)
            return types.function_with(f, u.noreturn or v.noreturn, u.pure or v.pure, u.returns_twice or v.returns_twice,
                                       u.regparm or v.regparm, u.convention or v.convention)
        if u.kind == ENUM and v.kind != ENUM:
            return a
        if v.kind == ENUM:
            return qualified(b, a.quals)
        return a

    # ---- assignment

    def assign(self, e: Expr, ty: Type, context: AssignContext, loc: Loc) -> Expr:
        """Convert a value as if by assignment to an object of type `ty` (6.5.16.1), with gcc's messages."""
        if not (e.ty.kind == ARRAY and ty.kind == ARRAY):
            e = self.value(e)
        source = e.ty.unq
        target = ty.unq
        if source is target and target.kind != POINTER:
            if target.kind in (STRUCT, UNION):
                self.core.records.complete(target)      # a tag whose members nobody has asked for yet
            return e
        if source.kind == ERROR or target.kind == ERROR:
            return e
        if source.kind == VOID:
            self.core.error(loc, "void value not ignored as it ought to be")
            return self.core.error_expr(e.loc)
        if is_arithmetic(target) and is_arithmetic(source):
            self.core.operators.checks.conversion(e, target, e.loc)
            return self.convert(e, target)
        if isinstance(target, PointerType):
            return self._to_pointer(e, ty, target, context, loc)
        if isinstance(source, PointerType):
            if target.kind == BOOL:
                return self.convert(e, target)
            if is_integer(target):
                if self.core.pedwarn(loc, self._phrase(context, e, ty, "makes integer from pointer without a cast", True), "int-conversion"):
                    self._note(context, ty, e)
                return self.convert(e, target)
        if self.same(source, target):
            return e if source is target else Cast(CAST_BITS, e, target, e.loc)
        if isinstance(target, RecordType) and target.transparent and context.kind == "pass":
            converted = self._to_transparent(e, target, context, loc)
            if converted is not None:
                return converted
        if isinstance(target, VectorType) and isinstance(source, VectorType) and source.size == target.size:
            if self.core.options.flag("lax-vector-conversions", False) or (is_integer(source.base) and is_integer(target.base)
                                                                         and source.count == target.count):
                return Cast(CAST_BITS, e, target, e.loc)
        if target.kind == NULLPTR and self.is_null_constant(e):
            return self.convert(e, target)
        self.incompatible(e, ty, context, e.loc)
        return self.core.error_expr(e.loc)

    def incompatible(self, e: Expr, ty: Type, context: AssignContext, loc: Loc) -> None:
        """Report that no conversion exists."""
        source = type_text(e.ty)
        target = type_text(ty)
        if context.kind == "assign":
            self.core.error(loc, f"incompatible types when assigning to type {target} from type {source}")
        elif context.kind == "init":
            self.core.error(loc, f"incompatible types when initializing type {target} using type {source}")
        elif context.kind == "return":
            self.core.error(loc, f"incompatible types when returning type {source} but {target} was expected")
        else:
            self.core.error(loc, f"incompatible type for argument {context.number} of '{context.callee}'")
            if context.note:
                self.core.diagnostics.note(context.note, f"expected {target} but argument is of type {source}")

    def _note(self, context: AssignContext, ty: Type, e: Expr) -> None:
        if context.kind == "pass" and context.note:
            self.core.diagnostics.note(context.note, f"expected {type_text(ty)} but argument is of type {type_text(e.ty)}")

    def _phrase(self, context: AssignContext, e: Expr, ty: Type, rest: str, with_types: bool) -> str:
        source = type_text(e.ty)
        target = type_text(ty)
        if context.kind == "assign":
            return f"assignment to {target} from {source} {rest}" if with_types else f"assignment {rest}"
        if context.kind == "init":
            return f"initialization of {target} from {source} {rest}" if with_types else f"initialization {rest}"
        if context.kind == "return":
            if with_types:
                return f"returning {source} from a function with return type {target} {rest}"
            return f"return {rest}"
        return f"passing argument {context.number} of '{context.callee}' {rest}"

    def _to_pointer(self, e: Expr, ty: Type, target: PointerType, context: AssignContext, loc: Loc) -> Expr:
        source = e.ty.unq
        if source is target:
            self.core.operators.checks.packed_member(e, target)
            return e
        if self.is_null_constant(e):
            return self.convert(e, target)
        core = self.core
        if isinstance(source, PointerType):
            core.operators.checks.packed_member(e, target)
            self._check_pointers(e, ty, target, source, context, loc)
            folded = self.folder.cast(e, target, e.loc)
            return folded if folded is not None else Cast(CAST_BITS, e, target, e.loc)
        if is_integer(source):
            if core.pedwarn(loc, self._phrase(context, e, ty, "makes pointer from integer without a cast", True), "int-conversion"):
                self._note(context, ty, e)
            return self.convert(e, target)
        if source.kind == NULLPTR:
            return Cast(CAST_BITS, e, target, e.loc)
        self.incompatible(e, ty, context, loc)
        return core.error_expr(e.loc)

    def _check_pointers(self, e: Expr, ty: Type, target: PointerType, source: PointerType, context: AssignContext, loc: Loc) -> None:
        a = target.base
        b = source.base
        if a is b:
            return
        core = self.core
        qa = self.types.quals(a) & _CODE_QUALS
        qb = self.types.quals(b) & _CODE_QUALS
        matching = self.same(self.types.unqualified(a), self.types.unqualified(b))
        if a.kind == VOID or b.kind == VOID or matching:
            if FUNCTION in (a.kind, b.kind) and not matching and not self.is_null_constant(e):
                what = {"assign": "assignment", "init": "initialization", "return": "return",
                        "pass": f"passing argument {context.number} of '{context.callee}'"}[context.kind]
                core.pedantic(loc, f"ISO C forbids {what} between function pointer and 'void *'")
            lost = qb & ~qa & 7
            if lost and a.kind != FUNCTION and b.kind != FUNCTION:
                names = {1: "const", 2: "volatile", 4: "restrict"}
                text = " ".join([names[q] for q in (1, 2, 4) if lost & q])
                of = "pointer target type"
                option = "discarded-array-qualifiers" if b.kind == ARRAY else "discarded-qualifiers"
                if isinstance(e, Cast) and isinstance(e.operand, StringLit) and "write-strings" not in core.warnings:
                    pass
                elif core.pedwarn(loc, self._phrase(context, e, ty, f"discards '{text}' qualifier from {of}", False), option):
                    self._note(context, ty, e)
            return
        if self._differ_in_sign(a, b):
            if core.warn("pointer-sign", loc, "pointer targets in " + self._sign_phrase(context, e, ty) + " differ in signedness"):
                self._note(context, ty, e)
            return
        if core.pedwarn(loc, self._phrase(context, e, ty, "from incompatible pointer type"
                        if context.kind == "pass" else "with incompatible pointer type", context.kind == "return")
                        if context.kind != "assign" and context.kind != "init"
                        else self._from_incompatible(context, e, ty), "incompatible-pointer-types"):
            self._note(context, ty, e)

    def _from_incompatible(self, context: AssignContext, e: Expr, ty: Type) -> str:
        word = "assignment to" if context.kind == "assign" else "initialization of"
        return f"{word} {type_text(ty)} from incompatible pointer type {type_text(e.ty)}"

    def _sign_phrase(self, context: AssignContext, e: Expr, ty: Type) -> str:
        target = type_text(ty)
        source = type_text(e.ty)
        if context.kind == "assign":
            return f"assignment from {source} to {target}"
        if context.kind == "init":
            return f"initialization of {target} from {source}"
        if context.kind == "return":
            return f"returning {source} from a function with return type {target}"
        return f"passing argument {context.number} of '{context.callee}'"

    def _differ_in_sign(self, a: Type, b: Type) -> bool:
        u = a.unq
        v = b.unq
        if isinstance(u, PointerType) and isinstance(v, PointerType):
            return self._differ_in_sign(u.base, v.base)
        if not (is_integer(u) and is_integer(v)) or BOOL in (u.kind, v.kind):
            return False
        return self.types.to_unsigned(u) is self.types.to_unsigned(v)

    def _to_transparent(self, e: Expr, target: RecordType, context: AssignContext, loc: Loc) -> Expr | None:
        """An argument of transparent union type takes what any of its members takes."""
        source = e.ty.unq
        for m in target.members:
            mt = m.ty.unq
            fits = mt is source or self.same(mt, source)
            if not fits and isinstance(mt, PointerType):
                if isinstance(source, PointerType):
                    fits = mt.base.kind == VOID or source.base.kind == VOID or self.same(mt.base, source.base)
                else:
                    fits = self.is_null_constant(e)
            if fits:
                return Cast(CAST_UNION, self.assign(e, mt, context, loc), target, e.loc)
        return None

    # ---- explicit casts

    def cast(self, e: Expr, ty: Type, loc: Loc) -> Expr:
        """`(ty)e`."""
        core = self.core
        target = ty.unq
        if target.kind == VOID:
            return Cast(CAST_VOID, self.value(e), self.types.void, loc, True)
        e = self.value(e)
        source = e.ty.unq
        if target.kind == ERROR or source.kind == ERROR:
            return core.error_expr(loc)
        if target.kind == ARRAY or target.kind == FUNCTION:
            core.error(loc, "cast specifies array type" if target.kind == ARRAY else "cast specifies function type")
            return core.error_expr(loc)
        if source is target:
            return self._cast_same(e, target, loc)
        if source.kind == VOID:
            core.error(loc, "void value not ignored as it ought to be")
            return core.error_expr(loc)
        if isinstance(target, VectorType) or isinstance(source, VectorType):
            if source.size == target.size and not is_floating(source) and not is_floating(target) and is_scalar(source) | (
                    source.kind == VECTOR) and (is_scalar(target) or target.kind == VECTOR):
                return Cast(CAST_BITS, e, target, loc, True)
            if isinstance(target, VectorType) and is_arithmetic(source):
                core.error(loc, f"cannot convert value of type {type_text(e.ty)} to vector type {type_text(ty)} of different size")
            else:
                core.error(loc, f"cannot convert a value of type {type_text(e.ty)} to vector type {type_text(ty)} which has different size"
                           if target.kind == VECTOR else f"aggregate value used where {self._wanted(target)} was expected")
            return core.error_expr(loc)
        if is_scalar(target) and is_scalar(source):
            return self._cast_scalar(e, ty, target, source, loc)
        if isinstance(target, RecordType):
            if target.kind == UNION:
                for m in target.members:
                    if self.same(m.ty, source):
                        return Cast(CAST_UNION, e, target, loc, True)
                core.error(loc, "cast to union type from type not present in union")
            else:
                core.error(loc, "conversion to non-scalar type requested")
            return core.error_expr(loc)
        core.error(loc, f"aggregate value used where {self._wanted(target)} was expected")
        return core.error_expr(loc)

    def _wanted(self, target: Type) -> str:
        if target.kind == POINTER:
            return "a pointer"
        return "a floating-point" if is_floating(target) else "a complex" if target.kind == COMPLEX else "an integer"

    def _cast_same(self, e: Expr, target: Type, loc: Loc) -> Expr:
        """A cast to the type that the value has: still no lvalue, no null constant beyond its own."""
        folded = self.folder.cast(e, target, loc)
        if folded is not None:
            if isinstance(e, IntConst) and isinstance(folded, IntConst):
                folded.folded = e.folded
            return folded
        return Cast(CAST_BITS if not is_arithmetic(target) else CAST_VALUE, e, target, loc, True)

    def _cast_scalar(self, e: Expr, ty: Type, target: Type, source: Type, loc: Loc) -> Expr:
        core = self.core
        if (source.kind == POINTER and is_floating(target)) or (target.kind == POINTER and is_floating(source)):
            if target.kind == POINTER:
                core.error(loc, "cannot convert to a pointer type")
            else:
                core.error(loc, "pointer value used where a floating-point was expected")
            return core.error_expr(loc)
        if source.kind == POINTER and is_integer(target) and target.size != source.size and target.kind not in (BOOL, ENUM):
            if not isinstance(e, IntConst):
                core.warn("pointer-to-int-cast", loc, "cast from pointer to integer of different size")
        elif target.kind == POINTER and is_integer(source) and source.size != target.size and source.kind not in (BOOL, ENUM) and (
                not isinstance(e, IntConst)):
            core.warn("int-to-pointer-cast", loc, "cast to pointer from integer of different size")
        folded = self.folder.cast(e, target, loc)
        if folded is not None:
            if isinstance(folded, IntConst):
                if isinstance(e, IntConst):
                    folded.folded = e.folded
            return folded
        if source.kind == POINTER and target.kind == POINTER:
            return Cast(CAST_BITS, e, target, loc, True)
        if e.op == E_CONSTP and is_integer(target):
            e.ty = target
            return e
        return Cast(CAST_VALUE, e, target, loc, True)

    def splat(self, e: Expr, vector: VectorType) -> Expr:
        """A scalar operand of a vector operation becomes a vector of it."""
        return Cast(CAST_SPLAT, self.convert(e, vector.base), vector, e.loc)

    # ---- lvalues

    def is_lvalue(self, e: Expr) -> bool:
        """`e` denotes an object."""
        op = e.op
        if op == E_NAME:
            return True
        if op == E_MEMBER:
            assert isinstance(e, MemberRef)
            return self.is_lvalue(e.object)
        return op in _LVALUES

    def bare_name(self, e: Expr) -> Symbol | None:
        """The object that `e` names directly or as a part of it."""
        while e.op == E_MEMBER:
            assert isinstance(e, MemberRef)
            e = e.object
        return e.symbol if isinstance(e, NameRef) else None

    def atomic_free(self, ty: Type) -> Type:
        """`ty` without _Atomic."""
        if ty.quals & ATOMIC:
            return qualified(ty.unq, ty.quals & ~ATOMIC, ty.user_align)
        return ty


_LVALUES: Final = frozenset((2, 14, 16, 22, 25))        # E_STRING, E_DEREF, E_COMPOUND, E_PART, E_INDEX
