"""Which addresses are those of subobjects, for __builtin_object_size of type 1 and 3 (gcc manual, "Object Size Checking"):
members, and arrays inside arrays; elements belong to their array."""
from __future__ import annotations

from typing import cast

from toolchain.cc.parse.ast import CAST_DECAY, E_BINARY, E_CAST, E_DEREF, E_MEMBER, E_PART, Binary, Cast, Expr, MemberRef, Unary
from toolchain.cc.types import ARRAY, COMPLEX, UNION, RecordType, size_of


def size(e: Expr) -> int:
    """Bytes of the subobject that the lvalue `e` is; 0 if it is a whole object, an element, or may be longer than its type says."""
    if e.op == E_MEMBER:
        m = cast(MemberRef, e)
        if m.member.bit_width >= 0 or m.ty.unq.kind == ARRAY and _open_ended(m):
            return 0
        return max(size_of(m.ty), 0)
    if e.op == E_PART and cast(Unary, e).operand.ty.unq.kind == COMPLEX:
        return max(size_of(e.ty), 0)
    if e.op == E_DEREF and e.ty.unq.kind == ARRAY and _is_element(cast(Unary, e).operand):
        return max(size_of(e.ty), 0)
    return 0


def _is_element(pointer: Expr) -> bool:
    """Whether `*pointer` was written as an element of an array."""
    if pointer.op == E_BINARY:
        pointer = cast(Binary, pointer).left
    return pointer.op == E_CAST and cast(Cast, pointer).kind == CAST_DECAY


def _open_ended(m: MemberRef) -> bool:
    """An array at the end of a record that a pointer points to may be used as a flexible array member."""
    e: Expr = m
    while e.op == E_MEMBER and cast(MemberRef, e).object.ty.unq.kind == UNION:
        e = cast(MemberRef, e).object
    if e.op == E_MEMBER:
        inner = cast(MemberRef, e)
        record = inner.object.ty.unq
        assert isinstance(record, RecordType)
        if inner.member is not record.members[-1]:
            return False
        e = inner.object
    while e.op == E_MEMBER and cast(MemberRef, e).object.ty.unq.kind == UNION:
        e = cast(MemberRef, e).object
    return e.op == E_DEREF and not _is_element(cast(Unary, e).operand)
