"""Initialisation of automatic objects."""
from __future__ import annotations

from typing import Final, cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import NIL, DataObject, Instr
from toolchain.cc.lower import calls, ops, static_data
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower import lvalue as lvalues
from toolchain.cc.lower.context import L_BITS, V_SSA, Fn, LValue, Variable, member_region
from toolchain.cc.lower.module import type_quals
from toolchain.cc.lower.typemap import is_memory
from toolchain.cc.parse.ast import (
    E_CALL,
    E_CAST,
    E_COMPLEX,
    E_COMPOUND,
    E_FLOAT,
    E_INT,
    E_STRING,
    S_EXTERN,
    S_STATIC,
    Call,
    CompoundLit,
    Expr,
    FloatConst,
    Initializer,
    InitItem,
    IntConst,
    StringLit,
    Symbol,
)
from toolchain.cc.types import VOLATILE, RecordType, Type, align_of, size_of

TEMPLATE_ITEMS: Final = 8
"""Constant initialisers with more items than this are copied from read-only memory."""
PATTERN_BYTE: Final = 0xFE
"""-ftrivial-auto-var-init=pattern fills with this (gcc's manual)."""


def initialise(f: Fn, s: Symbol, v: Variable, init: Initializer) -> None:
    """Give automatic object `s` its initial value."""
    if v.kind == V_SSA:
        if init.items:
            f.write(v.index, _present(f, v.ty, expressions.rvalue(f, init.items[-1].value)))
        else:
            f.write(v.index, ops.zero(f, v.ty))
        return
    volatile = ir.VOLATILE if type_quals(s.ty) & VOLATILE or f.returns_twice and not is_memory(s.ty) else 0
    memory(f, lvalues.variable_address(f, v), 0, s.ty, init, max(align_of(s.ty), s.attrs.aligned, 1), volatile)


def _present(f: Fn, ty: int, v: Instr) -> Instr:
    return f.function.undef(ty) if v is NIL else v


def uninitialised(f: Fn, s: Symbol, v: Variable) -> None:
    """An automatic object without initialiser: -ftrivial-auto-var-init."""
    mode = f.module.options.flag_values.get("trivial-auto-var-init", "uninitialized")
    fill = mode in ("zero", "pattern") and not s.attrs.uninitialized
    if v.kind == V_SSA:
        if not fill or s.asm_name:
            f.write(v.index, f.function.undef(v.ty))
        elif mode == "zero":
            f.write(v.index, ops.zero(f, v.ty))
        else:
            bits = f.types.bits(v.ty)
            value = int.from_bytes(bytes([PATTERN_BYTE]) * (bits // 8), "little")
            f.write(v.index, f.function.fconst(v.ty, value) if v.ty > ir.PTR else f.const(v.ty, value))
    elif fill and v.slot is not None:
        place = f.function.slot_address(v.slot)
        f.clear(place, v.slot.size, v.slot.align, 0 if mode == "zero" else PATTERN_BYTE)
        f.block.instrs[-1].flags |= ir.INIT_ZERO


def memory(f: Fn, base: Instr, offset: int, t: Type, init: Initializer, align: int, flags: int) -> None:
    """Initialise the object of type `t` at `base` + `offset`."""
    size = max(size_of(t), init.size)
    items = init.items
    if not init.braced and len(items) == 1 and items[0].value.op != E_STRING:
        _put(f, base, offset, t, items[0], align, flags)
        return
    if _use_template(f, items, size, flags) and _template(f, base, offset, init, size, align):
        return
    overlap, full = _coverage(f, items, size)
    if not full:
        f.clear(f.offset(base, offset), size, _aligned(align, offset))
    skip_zero = not full and not overlap and not flags
    for item in items:
        if skip_zero and _is_zero(item.value):
            continue
        _put(f, base, offset, t, item, align, flags)


def _is_zero(e: Expr) -> bool:
    return e.op == E_INT and cast(IntConst, e).value == 0 or e.op == E_FLOAT and cast(FloatConst, e).bits == 0


def _coverage(f: Fn, items: list[InitItem], size: int) -> tuple[bool, bool]:
    """Whether items overlap, and whether they cover all `size` bytes."""
    spans: list[tuple[int, int]] = []
    for item in items:
        if item.member is not None and item.member.bit_width >= 0:
            first = item.offset * 8 + item.member.bit_offset
            spans.append((first, first + item.member.bit_width))
        else:
            n = _item_size(item)
            spans.append((item.offset * 8, (item.offset + n) * 8))
    bits = any(i.member is not None and i.member.bit_width >= 0 for i in items)
    spans.sort()
    overlap = False
    end = 0
    full = not bits
    for low, high in spans:
        if low < end:
            overlap = True
        elif low > end:
            full = False
        end = max(end, high)
    return overlap, full and end >= size * 8


def _item_size(item: InitItem) -> int:
    if item.value.op == E_STRING:
        n = len(cast(StringLit, item.value).data)
        return min(item.size, n) if item.size >= 0 else min(n, size_of(item.value.ty))
    return max(size_of(item.value.ty), 0)


def _aligned(align: int, offset: int) -> int:
    return min(align, offset & -offset) if offset else align


def _put(f: Fn, base: Instr, offset: int, t: Type, item: InitItem, align: int, flags: int) -> None:
    at = offset + item.offset
    value = item.value
    known = _aligned(align, at - offset)
    member = item.member
    if member is not None and member.bit_width >= 0:
        lv = LValue(L_BITS, member.ty, f.types.ir_type(member.ty))
        lv.base = base
        lv.record = offset
        lv.offset = at + (member.bit_offset >> 3)
        lv.bit = member.bit_offset & 7
        lv.width = member.bit_width
        lv.align = align
        lv.flags = flags
        lv.low, lv.high = 0, size_of(t) if size_of(t) > 0 else lv.offset - offset + 8
        u = t.unq
        if isinstance(u, RecordType) and member in u.members:
            lv.low, lv.high = member_region(u.members, member, u.size)
        else:
            first = member.offset + (member.bit_offset >> 3)
            lv.low = lv.offset - offset - (first - member.offset)
            lv.high = lv.offset - offset + (lv.bit + lv.width + 7 >> 3)
        lv.reversed = member.reversed
        lvalues.store(f, lv, expressions.rvalue(f, value))
        return
    if member is not None and member.reversed and not is_memory(member.ty):
        lv = f.memory(member.ty, base, at, known)
        lv.flags = flags
        lv.reversed = True
        lvalues.store(f, lv, expressions.rvalue(f, value))
        return
    if value.op == E_STRING:
        _string(f, base, at, cast(StringLit, value).data[:_item_size(item)], known, flags)
    elif not is_memory(value.ty):
        v = expressions.rvalue(f, value)
        if v is not NIL:
            f.store(v, base, at, flags | f.align_flag(known, v.ty))
    else:
        _put_memory(f, base, at, value, known, flags)


def _put_memory(f: Fn, base: Instr, at: int, value: Expr, align: int, flags: int) -> None:
    if value.op == E_COMPOUND and cast(CompoundLit, value).symbol.storage not in (S_EXTERN, S_STATIC) \
            and not cast(CompoundLit, value).symbol.address_taken:
        memory(f, base, at, value.ty, cast(CompoundLit, value).init, align, flags)
        return
    if value.op == E_CALL and base.op == ir.SLOT:
        calls.call(f, cast(Call, value), f.offset(base, at))
        return
    source = expressions.rvalue(f, value)
    if source is not NIL:
        f.copy(f.offset(base, at), source, size_of(value.ty), min(align, align_of(value.ty)), flags)


def _string(f: Fn, base: Instr, at: int, data: bytes, align: int, flags: int) -> None:
    """Store the bytes of a string."""
    size = len(data)
    if size > 2 * f.layout.pointer_size:
        source = f.function.global_address(f.module.constant(data, min(max(align, 1), f.layout.pointer_size)))
        f.copy(f.offset(base, at), source, size, 1, flags)
        return
    done = 0
    for step, ty in ((8, ir.I64), (4, ir.I32), (2, ir.I16), (1, ir.I8)):
        if step > f.layout.pointer_size:
            continue
        while size - done >= step:
            v = f.const(ty, int.from_bytes(data[done:done + step], "little"))
            f.store(v, base, at + done, flags | f.align_flag(_aligned(align, done), ty))
            done += step


# ------------------------------------------------------------------ templates
def _use_template(f: Fn, items: list[InitItem], size: int, flags: int) -> bool:
    return len(items) > TEMPLATE_ITEMS and not flags and size >= 32 and all(_maybe_constant(i.value) for i in items) \
        and sum(1 for i in items if not _is_zero(i.value)) > TEMPLATE_ITEMS


def _maybe_constant(e: Expr) -> bool:
    return e.op in (E_INT, E_FLOAT, E_STRING, E_COMPLEX, E_CAST)


def _template(f: Fn, base: Instr, offset: int, init: Initializer, size: int, align: int) -> bool:
    m = f.module
    for item in init.items:
        if item.value.op == E_CAST and (is_memory(item.value.ty) or static_data.constant(m, item.value) is None):
            return False
    g = m.constant(bytes(size), align)
    o: DataObject = m.data[g.name]
    buffer = bytearray(size)
    static_data.fill(m, o, buffer, 0, init)
    o.data = bytes(buffer)
    f.copy(f.offset(base, offset), f.function.global_address(g), size, _aligned(align, offset))
    return True
