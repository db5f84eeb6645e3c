"""C types.

A `Type` has a `kind`, `quals` and `unq`, the unqualified type that owns the derived parts.  **Rule:
look at derived parts (base, members, parameters, size of a record) through `t.unq` only**: a
qualified or re-aligned variant is a plain `Type` whose `unq` is the real one.  Unqualified types
are hash-consed by `TypeTable`, so two types are the same type exactly if they are the same object;
records and enums are unique by nature, a tag's completion is written into the object.

Sizes and alignments are in bytes and come from `TargetLayout`, never from constants here.
"""
from __future__ import annotations

from typing import Final

# Kinds.  Integer kinds are BOOL..ENUM and stand in order of rank within each signedness pair.
VOID: Final = 0
BOOL: Final = 1
CHAR: Final = 2         # plain char: signed or not as the target (or -f[un]signed-char) says
SCHAR: Final = 3
UCHAR: Final = 4
SHORT: Final = 5
USHORT: Final = 6
INT: Final = 7
UINT: Final = 8
LONG: Final = 9
ULONG: Final = 10
LLONG: Final = 11
ULLONG: Final = 12
INT128: Final = 13
UINT128: Final = 14
ENUM: Final = 15        # EnumType; `base` is its underlying integer type
FLOAT16: Final = 16
BFLOAT16: Final = 17
FLOAT: Final = 18
DOUBLE: Final = 19
LDOUBLE: Final = 20     # format is the target's: x87 80-bit, binary128, binary64
FLOAT128: Final = 21    # __float128, _Float128
COMPLEX: Final = 22     # `base` is the (real) element type, integer (GNU) or floating
POINTER: Final = 23
ARRAY: Final = 24
FUNCTION: Final = 25
STRUCT: Final = 26
UNION: Final = 27
VECTOR: Final = 28
VA_LIST: Final = 29     # only where __builtin_va_list is a scalar or array of the target: see TargetLayout
NULLPTR: Final = 30
ERROR: Final = 31       # type of an erroneous expression; compatible with everything

# Qualifiers.
CONST: Final = 1
VOLATILE: Final = 2
RESTRICT: Final = 4
ATOMIC: Final = 8
SEG_GS: Final = 16      # named address spaces (__seg_gs, __seg_fs)
SEG_FS: Final = 32

INCOMPLETE: Final = -1


class Type:
    """See the module's docstring.  `size` and `align` of a variant are stale while a record is being
    completed: use `size_of` and `align_of`.  `size` is -1 while incomplete (and for function types); a
    variable length array has size -1 and `ArrayType.vla` set."""

    def __init__(self, kind: int, size: int, align: int) -> None:
        self.kind = kind
        self.quals = 0
        self.size = size
        self.align = align
        self.user_align = 0                 # of a variant: alignment by attribute, 0 for the type's own
        self.unq: Type = self
        self.variants: list[Type] = []      # qualified / re-aligned variants made so far
        self.typedef_name = ""              # for diagnostics: name under which a variant was declared
        self.pointer: PointerType | None = None     # the pointer type to this one, once made


class PointerType(Type):
    """Pointer to `base`."""

    def __init__(self, base: Type, size: int, align: int) -> None:
        super().__init__(POINTER, size, align)
        self.base = base


class InterchangeType(Type):
    """A floating type of ISO/IEC TS 18661-3 that has the format of a standard one, whose `kind` it shares, and yet is another type."""

    def __init__(self, kind: int, name: str, size: int, align: int) -> None:
        super().__init__(kind, size, align)
        self.name = name


class ArrayType(Type):
    """Array of `count` elements; `count` is -1 for `[]`.  `vla` is true for a variable length array;
    then `size_expr` is the index into the parser's VLA table: the AST expression for the count."""

    def __init__(self, base: Type, count: int, size: int, align: int) -> None:
        super().__init__(ARRAY, size, align)
        self.base = base
        self.count = count
        self.vla = False
        self.vla_index = -1


class FunctionType(Type):
    """Function returning `base`.  Parameter types are adjusted (arrays and functions to pointers) and
    unqualified.  `prototype` is False for `f()`; then arguments get the default promotions."""

    def __init__(self, base: Type, params: list[Type], variadic: bool, prototype: bool) -> None:
        super().__init__(FUNCTION, 1, 1)
        self.base = base
        self.params = params
        self.variadic = variadic
        self.prototype = prototype
        self.noreturn = False
        self.pure = 0                       # 1: pure, 2: const
        self.returns_twice = False
        self.regparm = 0
        self.convention = ""                # "", "ms_abi", "vectorcall", ... as written; targets refuse what they lack


class Member:
    """A member.  Offset in bytes of its storage; for a bit-field `bit_width` >= 0, `bit_offset` counts
    from the start of the byte at `offset` in the target's bit order, and `ty` is the declared type.
    An anonymous struct or union member has name "" and is not a bit-field."""

    def __init__(self, name: str, ty: Type, offset: int, bit_offset: int = 0, bit_width: int = -1) -> None:
        self.name = name
        self.ty = ty
        self.offset = offset
        self.bit_offset = bit_offset
        self.bit_width = bit_width
        self.packed = False
        self.loc = 0
        self.reversed = False               # a scalar, bit-field or array of scalars in the order of bytes that is not the target's
        self.anchor = -1                    # of a variable record: `offset` counts from its anchor of this number


class Anchor:
    """A place within a variable record that is known only at run time: `align`ed up from `offset` bytes after the anchor
    numbered `previous` (-1: the record's start) plus the size of `measured`, the variable member that stands there."""

    def __init__(self, previous: int, offset: int, measured: Type | None, align: int) -> None:
        self.previous = previous
        self.offset = offset
        self.measured = measured
        self.align = align


class RecordType(Type):
    """struct or union.  `members` holds named members, anonymous records and named bit-fields in
    order; unnamed bit-fields have left their mark on the layout only, but those of some width (in unions of none too) stand in
    `unnamed`, for gcc's conventions of calls count them.

    GNU C's members of variable size make a *variable record*: `anchors` is not empty, the last one is the record's end,
    and `size` stays -1 although the type is complete (of a union: `measured` of each anchor but the last are the variable
    members, `offset` of the last is the size of the largest other)."""

    def __init__(self, kind: int, tag: str) -> None:
        super().__init__(kind, INCOMPLETE, 1)
        self.tag = tag
        self.members: list[Member] = []
        self.unnamed: list[Member] = []
        self.index: dict[str, Member] = {}          # named members, those of anonymous records too (see find_member)
        self.complete = False
        self.packed = False
        self.transparent = False
        self.flexible = False                       # ends in a flexible array member
        self.scalar_storage_order = 0
        self.has_const_member = False
        self.anchors: list[Anchor] = []
        self.loc = 0


class EnumType(Type):
    """enum with underlying type `base`."""

    def __init__(self, tag: str, base: Type) -> None:
        super().__init__(ENUM, base.size, base.align)
        self.tag = tag
        self.base = base
        self.complete = False
        self.constants: list[tuple[str, int]] = []
        self.loc = 0


class ComplexType(Type):
    """_Complex of `base`."""

    def __init__(self, base: Type) -> None:
        super().__init__(COMPLEX, base.size * 2, base.align)
        self.base = base


class VectorType(Type):
    """Vector of `count` elements of `base` (vector_size attribute)."""

    def __init__(self, base: Type, count: int, align: int) -> None:
        super().__init__(VECTOR, base.size * count, align)
        self.base = base
        self.count = count


class FloatFormat:
    """A binary floating-point format: total bits of the value, exponent bits, explicit integer bit
    (x87), name.  `size` bytes are what memory takes."""

    def __init__(self, name: str, bits: int, exponent_bits: int, precision: int, explicit_integer: bool = False) -> None:
        self.name = name
        self.bits = bits
        self.exponent_bits = exponent_bits
        self.precision = precision              # significand bits, the hidden one included
        self.explicit_integer = explicit_integer


F16: Final = FloatFormat("f16", 16, 5, 11)
BF16: Final = FloatFormat("bf16", 16, 8, 8)
F32: Final = FloatFormat("f32", 32, 8, 24)
F64: Final = FloatFormat("f64", 64, 11, 53)
F80: Final = FloatFormat("f80", 80, 15, 64, True)
F128: Final = FloatFormat("f128", 128, 15, 113)


class TargetLayout:
    """What the front end must know of a target's data layout.  One instance per target and ABI; the
    values below are those of LP64 and are overwritten by the target."""

    def __init__(self) -> None:
        self.pointer_size = 8
        self.long_size = 8
        self.char_signed = True
        self.wchar_kind = INT                   # kind of wchar_t
        self.int64_is_long = True               # int64_t, size_t, ptrdiff_t are long (else long long / int)
        self.size_kind = ULONG
        self.ptrdiff_kind = LONG
        self.ldouble_format = F128
        self.ldouble_size = 16
        self.ldouble_align = 16
        self.llong_align = 8                    # alignment of long long and double inside records
        self.double_align = 8
        self.vector8_align = 8                  # the same of vectors of 8 bytes of integers (less where they are no vectors to the machine)
        self.int128 = True
        self.int128_align = 16
        self.max_align = 16                     # __BIGGEST_ALIGNMENT__
        self.big_endian = False
        self.anonymous_bit_fields_align = False     # unnamed bit-fields count for a record's alignment (AAPCS)
        self.unaligned_ok = False               # target tolerates misaligned loads
        self.va_list_kind = POINTER             # POINTER: void *; STRUCT: a record, or (`va_list_is_array`) an array of one
        self.va_list_members: list[tuple[str, int]] = []    # name, kind (UINT, POINTER ...) when STRUCT
        self.va_list_is_array = False
        self.va_list_tag = "__va_list_tag"


INTEGER_KINDS: Final = frozenset(range(BOOL, ENUM + 1))
UNSIGNED_KINDS: Final = frozenset((BOOL, UCHAR, USHORT, UINT, ULONG, ULLONG, UINT128))


def qualified(t: Type, quals: int, align: int = 0, name: str = "") -> Type:
    """`t` with `quals` added, alignment overridden if `align` is not 0, declared as typedef `name`.

    Qualifying an array qualifies its elements: use `TypeTable.qualify` for that."""
    want = t.quals | quals
    base = t.unq
    user_align = align or t.user_align
    if want == t.quals and user_align == t.user_align and (not name or name == t.typedef_name):
        return t
    if want == 0 and user_align == 0 and not name:
        return base
    for v in base.variants:
        if v.quals == want and v.user_align == user_align and v.typedef_name == name:
            return v
    v = Type(base.kind, base.size, base.align)
    v.quals = want
    v.unq = base
    v.user_align = user_align
    v.typedef_name = name
    base.variants.append(v)
    return v


def size_of(t: Type) -> int:
    """Size in bytes; -1 for incomplete types and variable length arrays."""
    return t.unq.size


def align_of(t: Type) -> int:
    """Alignment in bytes: the variant's own (`aligned` on a typedef) or its type's."""
    return t.user_align or t.unq.align


def is_integer(t: Type) -> bool:
    """Integer type, enumerated types and _Bool included."""
    return BOOL <= t.kind <= ENUM


def is_floating(t: Type) -> bool:
    """Real floating type."""
    return FLOAT16 <= t.kind <= FLOAT128


def is_arithmetic(t: Type) -> bool:
    """Integer, real floating or complex type."""
    return BOOL <= t.kind <= COMPLEX


def is_scalar(t: Type) -> bool:
    """Arithmetic or pointer type."""
    return BOOL <= t.kind <= POINTER or t.kind == NULLPTR


def is_record(t: Type) -> bool:
    """struct or union."""
    return t.kind == STRUCT or t.kind == UNION


def base_of(t: Type) -> Type:
    """What a pointer, array, vector, complex type or enum is made of; what a function returns."""
    u = t.unq
    if isinstance(u, (PointerType, ArrayType, FunctionType, VectorType, ComplexType, EnumType)):
        return u.base
    raise AssertionError(f"type of kind {t.kind} has no base")


def is_unsigned(t: Type) -> bool:
    """Whether an integer type (an enum by its underlying type) is unsigned; pointers are.

    Plain `char` is answered as signed here: ask `TypeTable.unsigned`, which knows the target."""
    u = t.unq
    if isinstance(u, EnumType):
        u = u.base
    return u.kind in UNSIGNED_KINDS or u.kind == POINTER


_BASIC_NAMES: Final = (
    "void", "_Bool", "char", "signed char", "unsigned char", "short int", "short unsigned int", "int", "unsigned int", "long int",
    "long unsigned int", "long long int", "long long unsigned int", "__int128", "__int128 unsigned", "enum", "_Float16", "__bf16",
    "float", "double", "long double", "_Float128")


FLOATING: Final[dict[str, int]] = {
    "_Float16": FLOAT16, "__bf16": BFLOAT16, "float": FLOAT, "_Float32": FLOAT, "_Float32x": DOUBLE, "double": DOUBLE, "_Float64": DOUBLE,
    "_Float64x": LDOUBLE, "long double": LDOUBLE, "__float80": LDOUBLE, "_Float128": FLOAT128, "__float128": FLOAT128}
"""Kinds of the real floating types by name."""
_FLOAT_RANK: Final = (1, 0, 2, 5, 8, 9)     # by kind - FLOAT16: _Float16, __bf16, float, double, long double, _Float128
_INTERCHANGE_RANK: Final[dict[str, int]] = {"_Float32": 3, "_Float32x": 4, "_Float64": 6, "_Float64x": 7}


def float_rank(t: Type) -> int:
    """Rank of an unqualified real floating type: the common type of two is the one of higher rank."""
    return _INTERCHANGE_RANK[t.name] if isinstance(t, InterchangeType) else _FLOAT_RANK[t.kind - FLOAT16]


def basic_name(kind: int) -> str:
    """gcc's spelling of a basic type."""
    return _BASIC_NAMES[kind] if kind < len(_BASIC_NAMES) else "nullptr_t" if kind == NULLPTR else "<type-error>"


class TypeTable:
    """Makes and owns the types of one translation unit; see the module's docstring."""

    def __init__(self, layout: TargetLayout, char_signed: bool, wchar_kind: int) -> None:
        self.layout = layout
        self.char_signed = char_signed
        n = layout.long_size
        w = layout.int128_align
        sizes = ((VOID, 1, 1), (BOOL, 1, 1), (CHAR, 1, 1), (SCHAR, 1, 1), (UCHAR, 1, 1), (SHORT, 2, 2), (USHORT, 2, 2), (INT, 4, 4),
                 (UINT, 4, 4), (LONG, n, n), (ULONG, n, n), (LLONG, 8, 8), (ULLONG, 8, 8), (INT128, 16, w), (UINT128, 16, w),
                 (ENUM, 4, 4), (FLOAT16, 2, 2), (BFLOAT16, 2, 2), (FLOAT, 4, 4), (DOUBLE, 8, 8),
                 (LDOUBLE, layout.ldouble_size, layout.ldouble_align), (FLOAT128, 16, 16))
        self.basic: list[Type] = [Type(kind, size, align) for kind, size, align in sizes]
        self.basic[VOID].size = INCOMPLETE
        self.floating: dict[str, Type] = {name: self.basic[kind] for name, kind in FLOATING.items()}
        for name in _INTERCHANGE_RANK:
            like = self.floating[name]
            self.floating[name] = InterchangeType(like.kind, name, like.size, like.align)
        self.void = self.basic[VOID]
        self.bool_ = self.basic[BOOL]
        self.char = self.basic[CHAR]
        self.uchar = self.basic[UCHAR]
        self.int_ = self.basic[INT]
        self.uint = self.basic[UINT]
        self.long_ = self.basic[LONG]
        self.ulong = self.basic[ULONG]
        self.llong = self.basic[LLONG]
        self.ullong = self.basic[ULLONG]
        self.double = self.basic[DOUBLE]
        self.size_t = self.basic[layout.size_kind]
        self.ptrdiff_t = self.basic[layout.ptrdiff_kind]
        self.wchar_t = self.basic[wchar_kind]
        self.char16_t = self.basic[USHORT]
        self.char32_t = self.basic[UINT]
        self.error = Type(ERROR, 1, 1)
        self.nullptr_t = Type(NULLPTR, layout.pointer_size, layout.pointer_size)
        self._arrays: dict[tuple[int, int], ArrayType] = {}
        self._functions: dict[tuple[int, ...], FunctionType] = {}
        self._complexes: dict[int, ComplexType] = {}
        self._vectors: dict[tuple[int, int], VectorType] = {}
        self.void_pointer = self.pointer(self.void)
        self.char_pointer = self.pointer(self.char)
        self.const_char_pointer = self.pointer(qualified(self.char, CONST))
        self.va_list = self._va_list()

    def _va_list(self) -> Type:
        layout = self.layout
        if layout.va_list_kind != STRUCT:
            return qualified(self.char_pointer if layout.va_list_kind == CHAR else self.void_pointer, 0, 0, "__builtin_va_list")
        record = RecordType(STRUCT, layout.va_list_tag)
        offset = 0
        for name, kind in layout.va_list_members:
            ty: Type = self.void_pointer if kind == POINTER else self.basic[kind]
            offset = -(-offset // ty.align) * ty.align
            member = Member(name, ty, offset)
            record.members.append(member)
            record.index[name] = member
            offset += ty.size
            record.align = max(record.align, ty.align)
        record.size = -(-offset // record.align) * record.align
        record.complete = True
        return self.array(record, 1) if layout.va_list_is_array else record

    def pointer(self, base: Type) -> PointerType:
        """Pointer to `base`."""
        if base.typedef_name and base.unq.kind not in (STRUCT, UNION, ENUM):
            base = qualified(base.unq, base.quals, base.user_align)
        p = base.pointer
        if p is None:
            p = PointerType(base, self.layout.pointer_size, self.layout.pointer_size)
            base.pointer = p
        return p

    def array(self, base: Type, count: int) -> ArrayType:
        """Array of `count` elements; -1 for an unknown number."""
        key = (id(base), count)
        t = self._arrays.get(key)
        if t is None:
            size = size_of(base)
            t = ArrayType(base, count, size * count if count >= 0 and size >= 0 else INCOMPLETE, align_of(base))
            self._arrays[key] = t
        elif t.size < 0 and count >= 0:
            size = size_of(base)
            if size >= 0 and not t.vla:
                t.size = size * count
                t.align = align_of(base)
        return t

    def vla(self, base: Type, index: int) -> ArrayType:
        """Variable length array; `index` numbers the expression for its count.  Never shared."""
        t = ArrayType(base, -1, INCOMPLETE, align_of(base))
        t.vla = True
        t.vla_index = index
        return t

    def function(self, base: Type, params: list[Type], variadic: bool = False, prototype: bool = True) -> FunctionType:
        """Function type; parameters must have been adjusted."""
        key = (id(base), 2 if variadic else 0 if prototype else 1, *[id(p) for p in params])
        t = self._functions.get(key)
        if t is None:
            t = FunctionType(base, params, variadic, prototype)
            self._functions[key] = t
        return t

    def function_with(self, t: FunctionType, noreturn: bool, pure: int, returns_twice: bool, regparm: int, convention: str) -> FunctionType:
        """`t` with these properties added."""
        noreturn = noreturn or t.noreturn
        pure = pure or t.pure
        returns_twice = returns_twice or t.returns_twice
        regparm = regparm or t.regparm
        convention = convention or t.convention
        if (noreturn, pure, returns_twice, regparm, convention) == (t.noreturn, t.pure, t.returns_twice, t.regparm, t.convention):
            return t
        flags = noreturn | pure << 1 | returns_twice << 3 | regparm << 4 | int.from_bytes(convention.encode(), "little") << 8
        key = (id(t.base), 2 if t.variadic else 0 if t.prototype else 1, -1 - flags, *[id(p) for p in t.params])
        v = self._functions.get(key)
        if v is None:
            v = FunctionType(t.base, t.params, t.variadic, t.prototype)
            v.noreturn = noreturn
            v.pure = pure
            v.returns_twice = returns_twice
            v.regparm = regparm
            v.convention = convention
            self._functions[key] = v
        return v

    def complex(self, base: Type) -> ComplexType:
        """_Complex of a basic type."""
        base = base.unq
        t = self._complexes.get(id(base))
        if t is None:
            t = ComplexType(base)
            self._complexes[id(base)] = t
        return t

    def vector(self, base: Type, count: int) -> VectorType:
        """Vector type, naturally aligned."""
        base = base.unq
        key = (id(base), count)
        t = self._vectors.get(key)
        if t is None:
            t = VectorType(base, count, base.size * count)
            self._vectors[key] = t
        return t

    def qualify(self, t: Type, quals: int) -> Type:
        """`t` with qualifiers added; those of an array go to its elements."""
        if not quals:
            return t
        u = t.unq
        if isinstance(u, ArrayType):
            element = self.qualify(u.base, quals)
            if element is u.base:
                return t
            if u.vla:
                v = self.vla(element, u.vla_index)
                return v
            a: Type = self.array(element, u.count)
            return qualified(a, 0, t.user_align) if t.user_align else a
        return qualified(t, quals)

    def unqualified(self, t: Type) -> Type:
        """`t` without qualifiers; of an array, elements without qualifiers."""
        u = t.unq
        if isinstance(u, ArrayType) and not u.vla:
            element = self.unqualified(u.base)
            return u if element is u.base else self.array(element, u.count)
        return u

    def quals(self, t: Type) -> int:
        """Qualifiers of `t`; of an array, those of its elements."""
        q = t.quals
        u = t.unq
        while isinstance(u, ArrayType):
            q |= u.base.quals
            u = u.base.unq
        return q

    def unsigned(self, t: Type) -> bool:
        """Whether an integer type is unsigned on this target; pointers are."""
        if t.kind == CHAR:
            return not self.char_signed
        return is_unsigned(t)

    def float_format(self, t: Type) -> FloatFormat:
        """Format of a real floating type, or of the parts of a complex one."""
        kind = t.kind
        if kind == COMPLEX:
            kind = base_of(t).kind
        if kind == DOUBLE:
            return F64
        if kind == FLOAT:
            return F32
        if kind == LDOUBLE:
            return self.layout.ldouble_format
        if kind == FLOAT128:
            return F128
        return F16 if kind == FLOAT16 else BF16

    def wrap(self, value: int, t: Type) -> int:
        """`value` reduced to the range of integer (or pointer) type `t`; for _Bool, compared with 0."""
        u = t.unq
        if u.kind == BOOL:
            return 1 if value else 0
        bits = 8 * u.size
        value &= (1 << bits) - 1
        if not self.unsigned(u) and value >> (bits - 1):
            value -= 1 << bits
        return value

    def to_unsigned(self, t: Type) -> Type:
        """The unsigned integer type that corresponds to `t`."""
        kind = t.kind
        if kind == ENUM:
            kind = base_of(t).kind
        if kind == CHAR or kind == SCHAR:
            return self.uchar
        if SHORT <= kind <= UINT128 and kind & 1:
            return self.basic[kind + 1]
        return self.basic[kind]

    def to_signed(self, t: Type) -> Type:
        """The signed integer type that corresponds to `t`."""
        kind = t.kind
        if kind == ENUM:
            kind = base_of(t).kind
        if kind == CHAR or kind == UCHAR:
            return self.basic[SCHAR]
        if SHORT <= kind <= UINT128 and not kind & 1:
            return self.basic[kind - 1]
        return self.basic[kind]

    def integer_of_size(self, size: int, signed: bool) -> Type | None:
        """The integer type of `size` bytes that `__attribute__((mode))` and vectors use."""
        for kind in (SCHAR, SHORT, INT, LONG, LLONG, INT128):
            if self.basic[kind].size == size:
                return self.basic[kind if signed else kind + 1]
        return None


def placed_members(record: RecordType) -> list[Member]:
    """Members and unnamed bit-fields by their places, as conventions of calls see a record."""
    if not record.unnamed:
        return record.members
    return sorted(record.members + record.unnamed, key=first_bit)


def first_bit(m: Member) -> int:
    """Number of a member's first bit in its record."""
    return 8 * m.offset + m.bit_offset


def sole_member(t: Type) -> Type:
    """The type of the one member or element that fills a structure or array, members without a size aside, whatever they are; else `t` itself.
    gcc passes a structure whose mode is a floating one as that (compute_record_mode)."""
    u = t.unq
    if isinstance(u, ArrayType) and u.count == 1:
        return sole_member(u.base)
    if not isinstance(u, RecordType) or u.kind != STRUCT or u.flexible:
        return t
    filled = [m for m in placed_members(u) if m.bit_width >= 0 or size_of(m.ty)]
    if len(filled) == 1 and filled[0].bit_width < 0 and size_of(filled[0].ty) == u.size:
        return sole_member(filled[0].ty)
    return t


def find_member(record: RecordType, name: str) -> list[Member]:
    """The path from `record` to its member `name`, through anonymous records; empty if there is none."""
    m = record.index.get(name)
    if m is not None:
        return [m]
    for a in record.members:
        if not a.name:
            inner = a.ty.unq
            if isinstance(inner, RecordType):
                path = find_member(inner, name)
                if path:
                    return [a, *path]
    return []
