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
QUAL_MASK: Final = 15
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


class PointerType(Type):
    """Pointer to `base`."""

    def __init__(self, base: Type, size: int, align: int) -> None:
        super().__init__(POINTER, size, align)
        self.base = base


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


class RecordType(Type):
    """struct or union.  `members` holds named members, anonymous records and named bit-fields in
    order; unnamed bit-fields have left their mark on the layout only."""

    def __init__(self, kind: int, tag: str) -> None:
        super().__init__(kind, INCOMPLETE, 1)
        self.tag = tag
        self.members: list[Member] = []
        self.index: dict[str, Member] = {}          # named members, those of anonymous records too (see find_member)
        self.complete = False
        self.packed = False
        self.transparent = False
        self.flexible = False                       # ends in a flexible array member
        self.scalar_storage_order = 0
        self.has_const_member = False
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
        self.llong_align = 8                    # alignment of long long and double inside records (4 on i386)
        self.double_align = 8
        self.int128 = True
        self.int128_align = 16
        self.max_align = 16                     # __BIGGEST_ALIGNMENT__
        self.big_endian = False
        self.unaligned_ok = False               # target tolerates misaligned loads
        self.va_list_kind = POINTER             # POINTER: void *; STRUCT: array of one record (SysV x86-64, AAPCS64: plain record)
        self.va_list_members: list[tuple[str, int]] = []    # name, kind (UINT, POINTER ...) when STRUCT
        self.va_list_is_array = False
        self.va_list_tag = "__va_list_tag"


INTEGER_KINDS: Final = frozenset(range(BOOL, ENUM + 1))
FLOATING_KINDS: Final = frozenset(range(FLOAT16, FLOAT128 + 1))
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
