"""Lvalues: where an object is, and loads and stores through it, bit-fields included."""
from __future__ import annotations

from typing import Final, cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.extents import Subobject
from toolchain.cc.ir.ir import NIL, Instr, Intrinsic
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower import initialise, ops, storage_order, subobjects, vla, wide_atomics
from toolchain.cc.lower.context import (
    L_BITS,
    L_MEMORY,
    L_REGISTER,
    L_VARIABLE,
    V_SLOT,
    V_SSA,
    Fn,
    Frame,
    LValue,
    Variable,
    member_region,
)
from toolchain.cc.lower.typemap import INT_BY_SIZE, is_memory
from toolchain.cc.parse.ast import (
    CAST_BITS,
    E_ASSIGN,
    E_CAST,
    E_COMMA,
    E_COMPOUND,
    E_DEREF,
    E_INDEX,
    E_MEMBER,
    E_NAME,
    E_PART,
    E_STRING,
    REVERSED,
    S_AUTO,
    S_EXTERN,
    S_PARAM,
    S_REGISTER,
    S_STATIC,
    Assign,
    Binary,
    Cast,
    CompoundLit,
    Expr,
    MemberRef,
    NameRef,
    StringLit,
    Symbol,
    Unary,
)
from toolchain.cc.types import ARRAY, ATOMIC, BOOL, SEG_FS, SEG_GS, VOLATILE, ArrayType, RecordType, VectorType, align_of, size_of

ACCESS: Final = ir.VOLATILE | ir.SEG_FS | ir.SEG_GS
"""Flags of an lvalue that a copy of a whole record keeps."""


def lvalue(f: Fn, e: Expr) -> LValue:
    """The object `e` denotes.  A record value that is no lvalue (a call's result) gives its temporary."""
    op = e.op
    if op == E_NAME:
        return name(f, cast(NameRef, e))
    if op == E_DEREF:
        u = cast(Unary, e)
        lv = f.memory(e.ty, expressions.rvalue(f, u.operand), 0, align_of(e.ty))
        lv.reversed = u.text == REVERSED and not is_memory(e.ty)
        quals = e.ty.quals
        if quals & (SEG_FS | SEG_GS):
            lv.flags |= ir.SEG_GS if quals & SEG_GS else ir.SEG_FS
        return lv
    if op == E_MEMBER:
        return member(f, cast(MemberRef, e))
    if op == E_STRING:
        lit = cast(StringLit, e)
        element = size_of(cast(ArrayType, lit.ty.unq).base)
        return f.memory(e.ty, f.function.global_address(f.module.string(lit.data, element)), 0, element)
    if op == E_COMPOUND:
        return compound(f, cast(CompoundLit, e))
    if op == E_PART:
        p = cast(Unary, e)
        lv = lvalue(f, p.operand)
        if not is_memory(p.operand.ty):
            return lv
        part = f.memory(e.ty, lv.base, lv.offset + (size_of(e.ty) if p.text == "__imag__" else 0), min(lv.align, align_of(e.ty)))
        part.flags |= lv.flags & ir.VOLATILE
        return part
    if op == E_INDEX:
        return vector_element(f, cast(Binary, e))
    if op == E_CAST and cast(Cast, e).kind == CAST_BITS and not (is_memory(e.ty) and not is_memory(cast(Cast, e).operand.ty)):
        lv = lvalue(f, cast(Cast, e).operand)
        if lv.kind == L_MEMORY:
            flags = lv.flags
            lv = f.memory(e.ty, lv.base, lv.offset, lv.align)
            lv.flags |= flags
        return lv
    if op == E_COMMA:
        b = cast(Binary, e)
        expressions.effect(f, b.left)
        return lvalue(f, b.right)
    if op == E_ASSIGN and not is_memory(e.ty):
        expressions.effect(f, e)
        return lvalue(f, cast(Assign, e).target)
    value = expressions.rvalue(f, e)
    if is_memory(e.ty):
        return f.memory(e.ty, value, 0, align_of(e.ty))
    place = f.temporary(e.ty)
    f.store(value, place)
    return f.memory(e.ty, place, 0, align_of(e.ty))


# ---------------------------------------------------------------------- names
def name(f: Fn, e: NameRef) -> LValue:
    """A variable, by kind of storage."""
    s = e.symbol
    if s.storage in (S_EXTERN, S_STATIC) or s.is_function:
        g = f.module.symbol(s)
        return f.memory(e.ty, f.function.global_address(g), 0, max(align_of(s.ty), s.attrs.aligned, 1))
    if s.storage == S_REGISTER and s.asm_name and (s.depth == 0 or not s.assigned) and not is_memory(s.ty):
        lv = LValue(L_REGISTER, e.ty, f.types.ir_type(e.ty))
        lv.register = s.asm_name
        return lv
    v = find(f, s)
    if v.kind == V_SSA:
        lv = LValue(L_VARIABLE, e.ty, v.ty)
        lv.index = v.index
        return lv
    lv = f.memory(e.ty, variable_address(f, v), 0, max(align_of(s.ty), s.attrs.aligned, 1))
    if f.returns_twice and not is_memory(s.ty):
        lv.flags |= ir.VOLATILE
    return lv


def find(f: Fn, s: Symbol) -> Variable:
    """The local variable `s`; one of an enclosing function is reached through the static chain."""
    v = f.variables.get(s)
    if v is not None:
        return v
    if f.outer_frame is not None and s.captured and s.storage in (S_AUTO, S_REGISTER, S_PARAM):
        frame: Frame | None = f.outer_frame
        base = f.chain
        while frame is not None:
            if s in frame.offsets:
                v = Variable(2, -1, None, f.types.ir_type(s.ty))
                v.address = f.offset(base, frame.offsets[s])
                if s in frame.indirect:
                    v.address = f.load(ir.PTR, v.address)
                return v
            base = f.load(ir.PTR, base)
            frame = frame.outer
    return f.declare(s)


def variable_address(f: Fn, v: Variable) -> Instr:
    """Address of a variable that lives in memory."""
    if v.kind == V_SLOT:
        assert v.slot is not None
        return f.function.slot_address(v.slot)
    if v.index >= 0:
        return f.read(v.index)
    return v.address


def compound(f: Fn, e: CompoundLit) -> LValue:
    """A compound literal: its object is initialised each time it is evaluated."""
    s = e.symbol
    if s.storage in (S_EXTERN, S_STATIC):
        if s.init is None:
            s.init = e.init
        return f.memory(e.ty, f.function.global_address(f.module.symbol(s)), 0, align_of(s.ty))
    v = f.declare(s)
    initialise.initialise(f, s, v, e.init)
    if v.kind == V_SSA:
        lv = LValue(L_VARIABLE, e.ty, v.ty)
        lv.index = v.index
        return lv
    return f.memory(e.ty, variable_address(f, v), 0, max(align_of(s.ty), 1))


# -------------------------------------------------------------------- members
def member(f: Fn, e: MemberRef) -> LValue:
    """`object.member`."""
    m = e.member
    outer = lvalue(f, e.object)
    record = e.object.ty
    if outer.kind != L_MEMORY:
        outer = f.memory(record, spill(f, outer), 0, align_of(record))
    align = max(outer.align, 1)
    if m.anchor >= 0:
        unq = record.unq
        assert isinstance(unq, RecordType)
        outer, align = vla.anchored(f, outer, unq, m.anchor)
    offset = outer.offset + m.offset
    if m.bit_width >= 0:
        lv = LValue(L_BITS, e.ty, f.types.ir_type(m.ty))
        lv.base = outer.base
        lv.offset = offset + (m.bit_offset >> 3)
        lv.bit = m.bit_offset & 7
        lv.width = m.bit_width
        lv.record = outer.offset
        lv.align = align
        unq = record.unq
        if isinstance(unq, RecordType) and unq.anchors:
            lv.low = m.offset + (m.bit_offset >> 3)
            lv.high = m.offset + (m.bit_offset + m.bit_width + 7 >> 3)
        elif isinstance(unq, RecordType):
            lv.low, lv.high = member_region(unq.members, m, unq.size)
        lv.flags = outer.flags | (ir.VOLATILE if e.ty.quals & VOLATILE else 0)
        lv.reversed = m.reversed
        return lv
    low = m.offset & -m.offset
    lv = f.memory(e.ty, outer.base, offset, min(align, low) if low else align)
    lv.flags |= outer.flags
    lv.reversed = m.reversed and not is_memory(e.ty)
    return lv


def vector_element(f: Fn, e: Binary) -> LValue:
    """Subscript of a vector lvalue."""
    v = lvalue(f, e.left)
    if v.kind != L_MEMORY:
        v = f.memory(e.left.ty, spill(f, v), 0, align_of(e.left.ty))
    vt = cast(VectorType, e.left.ty.unq)
    size = size_of(vt.base)
    index = ops.resize(f, expressions.rvalue(f, e.right), f.pointer_type, f.types.is_signed(e.right.ty))
    if index.op == ir.CONST:
        lv = f.memory(e.ty, v.base, v.offset + index.imm % max(vt.count, 1) * size, min(v.align, size))
    else:
        lv = f.memory(e.ty, ops.pointer_add(f, f.offset(v.base, v.offset), index, f.word(size), False), 0, min(v.align, size))
    lv.flags |= v.flags
    return lv


# ------------------------------------------------------------- load and store
def load(f: Fn, lv: LValue) -> Instr:
    """Value of the object: a scalar, or the address of a memory type."""
    if lv.reversed:
        return storage_order.load(f, lv)
    if lv.kind == L_VARIABLE:
        return f.read(lv.index)
    if lv.kind == L_BITS:
        return load_bits(f, lv)
    if lv.kind == L_REGISTER:
        i = f.emit(ir.INTRINSIC, lv.ir_type)
        i.aux = Intrinsic("read_register:" + lv.register, True)
        return i
    if is_memory(lv.ty):
        if lv.flags & ir.VOLATILE and size_of(lv.ty) > 0 and lv.ty.unq.kind != ARRAY:
            place = f.temporary(lv.ty)
            move(f, place, f.offset(lv.base, lv.offset), size_of(lv.ty), min(lv.align, align_of(lv.ty)), 0, lv.flags & ACCESS)
            return place
        return f.offset(lv.base, lv.offset)
    flags = lv.flags | f.align_flag(lv.align, lv.ir_type)
    if lv.ty.quals & ATOMIC:
        flags = lv.flags | 6 << ir.ORDER_SHIFT
        if wide_atomics.is_wide(f, lv.ir_type):
            return wide_atomics.load(f, lv.ir_type, f.offset(lv.base, lv.offset), flags)
    return f.load(lv.ir_type, lv.base, lv.offset, flags)


def store(f: Fn, lv: LValue, value: Instr) -> Instr:
    """Assign a scalar; returns the value the object has then (a bit-field truncates)."""
    if lv.reversed:
        return storage_order.store(f, lv, value)
    if lv.kind == L_VARIABLE:
        f.write(lv.index, value)
        return value
    if lv.kind == L_BITS:
        return store_bits(f, lv, value)
    if lv.kind == L_REGISTER:
        i = f.emit(ir.INTRINSIC, ir.VOID)
        i.ext = [value]
        i.aux = Intrinsic("write_register:" + lv.register, False)
        return value
    flags = lv.flags | f.align_flag(lv.align, lv.ir_type)
    if lv.ty.quals & ATOMIC:
        flags = lv.flags | 6 << ir.ORDER_SHIFT
        if wide_atomics.is_wide(f, lv.ir_type):
            wide_atomics.store(f, value, f.offset(lv.base, lv.offset), flags)
            return value
    f.store(value, lv.base, lv.offset, flags)
    return value


def copy_to(f: Fn, lv: LValue, source: Instr) -> None:
    """Assign a memory type from the bytes at `source`."""
    if size_of(lv.ty) < 0 and vla.is_vla(lv.ty):
        vla.copy(f, f.offset(lv.base, lv.offset), source, lv.ty)
        return
    move(f, f.offset(lv.base, lv.offset), source, size_of(lv.ty), min(lv.align, align_of(lv.ty)), lv.flags & ACCESS, 0)


def move(f: Fn, destination: Instr, source: Instr, size: int, align: int, to_flags: int, from_flags: int) -> None:
    """Copy `size` bytes.  A volatile (or segment-relative) access of a word or less is one access, on its side only: Linux's
    READ_ONCE and WRITE_ONCE of page table entries."""
    if (to_flags or from_flags) and size in INT_BY_SIZE and size <= min(align, f.layout.pointer_size):
        ty = INT_BY_SIZE[size]
        f.store(f.load(ty, source, 0, from_flags), destination, 0, to_flags)
    else:
        f.copy(destination, source, size, align, to_flags | from_flags)


def spill(f: Fn, lv: LValue) -> Instr:
    """Address of the object; a register object is copied to a temporary first (see `unspill`)."""
    if lv.kind == L_MEMORY:
        return f.offset(lv.base, lv.offset)
    place = f.temporary(lv.ty)
    f.store(load(f, lv), place)
    return place


def unspill(f: Fn, lv: LValue, place: Instr) -> None:
    """Take over what was written to the temporary of `spill`."""
    if lv.kind != L_MEMORY:
        store(f, lv, f.load(lv.ir_type, place))


def address(f: Fn, e: Expr) -> Instr:
    """`&e`; functions too."""
    if e.op == E_DEREF:
        v = expressions.rvalue(f, cast(Unary, e).operand)
    else:
        v = spill(f, lvalue(f, e))
    size = subobjects.size(e) if f.marks_subobjects else 0
    if not size:
        return v
    marker = f.function.instr(ir.COPY, ir.PTR, v, NIL, 0, f.loc)
    marker.flags = ir.OPAQUE
    marker.aux = Subobject(size, e.ty.unq.kind == ARRAY)
    f.block.instrs.append(marker)
    f.function.object_sizes = True
    return marker


# ----------------------------------------------------------------- bit-fields
def _pieces(lv: LValue) -> list[tuple[int, int, int, int]]:
    """Accesses that cover the bit-field: (offset, bytes, first bit in it, number of bits), low bits first.

    One aligned unit where the record's layout allows it, else single pieces that never leave [low, high)."""
    first = (lv.offset - lv.record) * 8 + lv.bit
    width = lv.width
    low, high = lv.low, lv.high
    start = first >> 3
    end = (first + width + 7) >> 3
    for size in (1, 2, 4, 8):
        unit = start // size * size
        if unit >= low and unit + size >= end and unit + size <= high:
            return [(lv.record + unit, size, first - unit * 8, width)]
    out: list[tuple[int, int, int, int]] = []
    bit = first
    left = width
    while left > 0:
        byte = bit >> 3
        size = 8
        while size > 1 and (byte % size or byte + size > end):
            size >>= 1
        n = min(left, size * 8 - (bit & 7))
        out.append((lv.record + byte, size, bit & 7, n))
        bit += n
        left -= n
    return out


def _piece_flags(f: Fn, lv: LValue, offset: int, size: int) -> int:
    at = offset - lv.record
    known = min(lv.align, at & -at) if at else lv.align
    return lv.flags | f.align_flag(max(known, 1), INT_BY_SIZE[size])


def load_bits(f: Fn, lv: LValue) -> Instr:
    """Read a bit-field, extended to its declared type."""
    want = lv.ir_type
    bits = f.types.bits(want)
    signed = f.types.is_signed(lv.ty) and lv.ty.unq.kind != BOOL
    value = NIL
    done = 0
    pieces = _pieces(lv)
    wide = max(want, ir.I32)
    for offset, size, first, count in pieces:
        ty = INT_BY_SIZE[size]
        part = f.load(ty, lv.base, offset, _piece_flags(f, lv, offset, size))
        if len(pieces) == 1:
            return _extract(f, part, first, count, want, signed)
        part = _extract(f, part, first, count, wide, False)
        if done:
            part = f.emit(ir.SHL, wide, part, f.int32(done))
        value = part if value is NIL else f.emit(ir.OR, wide, value, part)
        done += count
    value = ops.resize(f, value, want, False)
    if signed and lv.width < bits:
        value = _sign_extend(f, value, lv.width)
    return value


def _extract(f: Fn, part: Instr, first: int, count: int, want: int, signed: bool) -> Instr:
    work = max(part.ty, ir.I32)
    bits = f.types.bits(work)
    v = ops.resize(f, part, work, signed and first + count == f.types.bits(part.ty))
    if signed:
        if first + count < bits:
            v = f.emit(ir.SHL, work, v, f.int32(bits - first - count))
        v = f.emit(ir.SAR, work, v, f.int32(bits - count)) if count < bits else v
    else:
        if first:
            v = f.emit(ir.SHR, work, v, f.int32(first))
        if count < bits:
            v = f.emit(ir.AND, work, v, f.const(work, (1 << count) - 1))
    return ops.resize(f, v, want, signed)


def _sign_extend(f: Fn, v: Instr, width: int) -> Instr:
    shift = f.int32(f.types.bits(v.ty) - width)
    return f.emit(ir.SAR, v.ty, f.emit(ir.SHL, v.ty, v, shift), shift)


def store_bits(f: Fn, lv: LValue, value: Instr) -> Instr:
    """Write a bit-field; returns its new value."""
    wide = max(value.ty, ir.I32)
    source = ops.resize(f, value, wide, False)
    done = 0
    for offset, size, first, count in _pieces(lv):
        ty = INT_BY_SIZE[size]
        flags = _piece_flags(f, lv, offset, size)
        part = f.emit(ir.SHR, wide, source, f.int32(done)) if done else source
        if count == size * 8:
            f.store(ops.resize(f, part, ty, False), lv.base, offset, flags)
        else:
            mask = (1 << count) - 1
            work = max(ty, ir.I32)
            old = ops.resize(f, f.load(ty, lv.base, offset, flags), work, False)
            new = f.emit(ir.AND, work, ops.resize(f, part, work, False), f.const(work, mask))
            if first:
                new = f.emit(ir.SHL, work, new, f.int32(first))
            kept = f.emit(ir.AND, work, old, f.const(work, ~(mask << first)))
            f.store(ops.resize(f, f.emit(ir.OR, work, kept, new), ty, False), lv.base, offset, flags)
        done += count
    bits = f.types.bits(value.ty)
    if lv.width >= bits:
        return value
    if f.types.is_signed(lv.ty):
        return _sign_extend(f, value, lv.width)
    return f.emit(ir.AND, value.ty, value, f.const(value.ty, (1 << lv.width) - 1))

