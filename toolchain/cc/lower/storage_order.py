"""Scalars in the order of bytes that is not the target's (attribute scalar_storage_order), and the bits of static data.

Bit-fields in such a record are counted from the most significant bit of its first byte on, and their bytes are one big-endian number."""
from __future__ import annotations

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import NIL, Instr
from toolchain.cc.lower import ops
from toolchain.cc.lower.context import L_BITS, Fn, LValue
from toolchain.cc.lower.typemap import INT_BY_SIZE
from toolchain.cc.types import BOOL


def load(f: Fn, lv: LValue) -> Instr:
    """Value of a reversed scalar or bit-field."""
    if lv.kind == L_BITS:
        return _load_bits(f, lv)
    raw = INT_BY_SIZE[f.types.memory_size(lv.ir_type)]
    v = f.load(raw, lv.base, lv.offset, lv.flags | f.align_flag(lv.align, raw))
    v = f.emit(ir.BSWAP, raw, v)
    return v if raw == lv.ir_type else f.emit(ir.BITCAST, lv.ir_type, v)


def store(f: Fn, lv: LValue, value: Instr) -> Instr:
    """Assign; gives the value that the object has then."""
    if lv.kind == L_BITS:
        _store_bits(f, lv, value)
        return _load_bits(f, lv) if not lv.flags & ir.VOLATILE else value
    raw = INT_BY_SIZE[f.types.memory_size(lv.ir_type)]
    bits = value if value.ty == raw else f.emit(ir.BITCAST, raw, value)
    f.store(f.emit(ir.BSWAP, raw, bits), lv.base, lv.offset, lv.flags | f.align_flag(lv.align, raw))
    return value


def _span(lv: LValue) -> tuple[int, int, int]:
    """First byte (from the lvalue's base), number of bytes, and how far the field's last bit is above the lowest."""
    first = (lv.offset - lv.record) * 8 + lv.bit
    start = first >> 3
    count = (first + lv.width + 7 >> 3) - start
    return lv.record + start, count, (start + count) * 8 - first - lv.width


def _gather(f: Fn, lv: LValue, start: int, count: int) -> Instr:
    """The bytes as one number."""
    work = ir.I64 if count <= 8 else ir.I128
    value = NIL
    for k in range(count):
        byte = f.emit(ir.ZEXT, work, f.load(ir.I8, lv.base, start + k, lv.flags))
        value = byte if value is NIL else f.emit(ir.OR, work, f.emit(ir.SHL, work, value, f.int32(8)), byte)
    return value


def _load_bits(f: Fn, lv: LValue) -> Instr:
    start, count, low = _span(lv)
    v = _gather(f, lv, start, count)
    bits = f.types.bits(v.ty)
    signed = f.types.is_signed(lv.ty) and lv.ty.unq.kind != BOOL
    v = f.emit(ir.SHL, v.ty, v, f.int32(bits - low - lv.width))
    v = f.emit(ir.SAR if signed else ir.SHR, v.ty, v, f.int32(bits - lv.width))
    return ops.resize(f, v, lv.ir_type, signed)


def _store_bits(f: Fn, lv: LValue, value: Instr) -> None:
    start, count, low = _span(lv)
    old = _gather(f, lv, start, count)
    work = old.ty
    mask = (1 << lv.width) - 1
    new = f.emit(ir.AND, work, ops.resize(f, value, work, False), f.const(work, mask))
    new = f.emit(ir.SHL, work, new, f.int32(low))
    new = f.emit(ir.OR, work, f.emit(ir.AND, work, old, f.const(work, ~(mask << low))), new)
    for k in range(count):
        byte = f.emit(ir.SHR, work, new, f.int32(8 * (count - 1 - k)))
        f.store(f.emit(ir.TRUNC, ir.I8, byte), lv.base, start + k, lv.flags)


def put_bits(buffer: bytearray, bit: int, width: int, value: int, reversed_: bool) -> None:
    """Write `width` bits of `value` at bit position `bit` of static data."""
    first = bit >> 3
    last = (bit + width + 7) >> 3
    low = last * 8 - bit - width if reversed_ else bit & 7
    old = int.from_bytes(buffer[first:last], "big" if reversed_ else "little")
    mask = ((1 << width) - 1) << low
    new = old & ~mask | (value << low) & mask
    buffer[first:last] = new.to_bytes(last - first, "big" if reversed_ else "little")
