"""`__builtin_clear_padding`: zero the bits of an object that belong to no member (gcc manual, "Other Built-in Functions
Provided by GCC").  Of a union, those that belong to none of its members."""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import NIL, Instr
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower.context import Fn
from toolchain.cc.parse.ast import BuiltinCall
from toolchain.cc.types import ArrayType, ComplexType, Member, PointerType, RecordType, Type, VectorType, size_of

LARGEST: Final = 1 << 20
"""Bytes of an object that is looked through."""


def clear(f: Fn, e: BuiltinCall) -> Instr:
    """The call; its argument points to the object."""
    pointer = e.args[0].ty.unq
    address = expressions.rvalue(f, e.args[0])
    t = pointer.base if isinstance(pointer, PointerType) else None
    size = size_of(t) if t is not None else -1
    if t is None or size < 0 or size > LARGEST:
        f.error(e.loc, "'__builtin_clear_padding' is not supported for an object of this type")
        return NIL
    used = bytearray(size)
    _mark(f, used, 0, t)
    n = 0
    while n < size:
        if used[n] == 0:
            end = n
            while end < size and used[end] == 0:
                end += 1
            f.emit(ir.MEMSET, ir.VOID, f.offset(address, n), f.const(ir.I8, 0), end - n).flags = 1 << ir.ALIGN_SHIFT
            n = end
            continue
        if used[n] != 0xFF:
            f.store(f.emit(ir.AND, ir.I8, f.load(ir.I8, address, n), f.const(ir.I8, used[n])), address, n)
        n += 1
    return NIL


def _mark(f: Fn, used: bytearray, at: int, t: Type) -> None:
    """Set the bits that hold the value of an object of type `t` at byte `at`."""
    u = t.unq
    size = size_of(t)
    if isinstance(u, RecordType):
        for m in u.members:
            if m.bit_width >= 0:
                _mark_bits(used, at + m.offset, m)
            elif size_of(m.ty) > 0:         # a flexible array member has no size of its own
                _mark(f, used, at + m.offset, m.ty)
    elif isinstance(u, (ArrayType, ComplexType, VectorType)):
        step = size_of(u.base)
        if size <= 0 or step <= 0:
            return
        one = bytearray(step)
        _mark(f, one, 0, u.base)
        for place in range(at, at + size - step + 1, step):
            for n in range(step):
                used[place + n] |= one[n]
    else:
        value = f.types.ir_type(t)
        held = 10 if value == ir.F80 else size
        for n in range(at, at + held):
            used[n] = 0xFF


def _mark_bits(used: bytearray, at: int, m: Member) -> None:
    for n in range(m.bit_offset, m.bit_offset + m.bit_width):
        used[at + n // 8] |= 1 << (7 - n % 8 if m.reversed else n % 8)
