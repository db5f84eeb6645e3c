"""C types as `lower` sees them: which IR type a scalar has, what lives in memory, signedness.

Scalars (integers, pointers, real floating types) are IR values.  Records, unions, arrays, complex
numbers and vectors are *memory types*: their value is the address of their bytes, everywhere in
`lower` and in the IR (calls keep the C type, so ABI lowering knows what to load).
"""
from __future__ import annotations

from typing import Final, cast

from toolchain.cc.ir import ir
from toolchain.cc.types import (
    ARRAY,
    BFLOAT16,
    BOOL,
    CHAR,
    COMPLEX,
    DOUBLE,
    ENUM,
    FLOAT,
    FLOAT16,
    FLOAT128,
    FUNCTION,
    LDOUBLE,
    NULLPTR,
    POINTER,
    STRUCT,
    UNION,
    UNSIGNED_KINDS,
    VA_LIST,
    VECTOR,
    VOID,
    EnumType,
    TargetLayout,
    Type,
)

INT_BY_SIZE: Final[dict[int, int]] = {1: ir.I8, 2: ir.I16, 4: ir.I32, 8: ir.I64, 16: ir.I128}
"""IR integer type by size in bytes."""
SIZE_OF_IR: Final = (0, 1, 2, 4, 8, 16, 8, 2, 2, 4, 8, 16, 16)
"""Bytes of an IR type in memory (PTR and F80: ask `TypeMap`)."""
MEMORY_KINDS: Final = frozenset((STRUCT, UNION, ARRAY, COMPLEX, VECTOR))


class TypeMap:
    """Translation of C types under one target layout."""

    def __init__(self, layout: TargetLayout) -> None:
        self.layout = layout
        self.pointer_type = INT_BY_SIZE[layout.pointer_size]
        """IR integer type as wide as a pointer."""
        self.ldouble_ir = {"f64": ir.F64, "f80": ir.F80, "f128": ir.F128}[layout.ldouble_format.name]

    def ir_type(self, t: Type) -> int:
        """IR type of a scalar; PTR for memory types (their address); VOID for void."""
        kind = t.unq.kind
        if BOOL <= kind <= ENUM:
            return INT_BY_SIZE[t.unq.size if kind != ENUM else self._enum_size(t)]
        if kind == POINTER or kind in MEMORY_KINDS or kind == NULLPTR or kind == FUNCTION:
            return ir.PTR
        if kind == DOUBLE:
            return ir.F64
        if kind == FLOAT:
            return ir.F32
        if kind == LDOUBLE:
            return self.ldouble_ir
        if kind == FLOAT128:
            return ir.F128
        if kind == FLOAT16:
            return ir.F16
        if kind == BFLOAT16:
            return ir.BF16
        if kind == VOID:
            return ir.VOID
        if kind == VA_LIST:
            return ir.PTR
        return ir.I32

    def _enum_size(self, t: Type) -> int:
        return max(t.unq.size, 1) if t.unq.size > 0 else cast(EnumType, t.unq).base.size

    def is_signed(self, t: Type) -> bool:
        """Signedness of an integer type (pointers are unsigned)."""
        kind = t.unq.kind
        if kind == ENUM:
            return self.is_signed(cast(EnumType, t.unq).base)
        if kind == CHAR:
            return self.layout.char_signed
        return BOOL <= kind < ENUM and kind not in UNSIGNED_KINDS

    def memory_size(self, ty: int) -> int:
        """Bytes that a value of IR type `ty` takes in memory."""
        if ty == ir.PTR:
            return self.layout.pointer_size
        if ty == ir.F80:
            return self.layout.ldouble_size
        return SIZE_OF_IR[ty]

    def bits(self, ty: int) -> int:
        """Width of an IR scalar type in bits."""
        return self.layout.pointer_size * 8 if ty == ir.PTR else ir.TYPE_BITS[ty]


def is_memory(t: Type) -> bool:
    """Whether a value of type `t` is represented by its address."""
    return t.unq.kind in MEMORY_KINDS


def is_record(t: Type) -> bool:
    """struct or union."""
    return t.unq.kind == STRUCT or t.unq.kind == UNION


def is_integer(t: Type) -> bool:
    """Integer, _Bool or enum."""
    return BOOL <= t.unq.kind <= ENUM


def is_floating(t: Type) -> bool:
    """Real floating type."""
    return FLOAT16 <= t.unq.kind <= FLOAT128


def is_void(t: Type) -> bool:
    """void, qualified or not."""
    return t.unq.kind == VOID


def one_bits(ty: int) -> int:
    """Encoding of 1.0 in an IR floating type."""
    return ONE_BITS[ty]


ONE_BITS: Final[dict[int, int]] = {
    ir.F16: 0x3C00, ir.BF16: 0x3F80, ir.F32: 0x3F800000, ir.F64: 0x3FF0000000000000,
    ir.F80: 0x3FFF8000000000000000, ir.F128: 0x3FFF0000000000000000000000000000,
}
INFINITY_BITS: Final[dict[int, int]] = {
    ir.F16: 0x7C00, ir.BF16: 0x7F80, ir.F32: 0x7F800000, ir.F64: 0x7FF0000000000000,
    ir.F80: 0x7FFF8000000000000000, ir.F128: 0x7FFF0000000000000000000000000000,
}
"""Encoding of +infinity."""
SMALLEST_NORMAL_BITS: Final[dict[int, int]] = {
    ir.F16: 0x0400, ir.BF16: 0x0080, ir.F32: 0x00800000, ir.F64: 0x0010000000000000,
    ir.F80: 0x00018000000000000000, ir.F128: 0x00010000000000000000000000000000,
}
"""Encoding of the smallest positive normal number."""
