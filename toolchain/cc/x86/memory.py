"""Loads and stores."""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.ir.ir import CONST, F32, F64, FCONST, I8, I32, I64, ORDER_SEQ_CST, VOLATILE, Instr, order_of
from toolchain.cc.x86 import arith, floats, ops
from toolchain.cc.x86.address import (
    GPR,
    LOADS,
    STORE_CONSTANTS,
    STORES,
    XCHG_ROWS,
    address,
    byte_class,
    fits32,
    sized_register,
    word,
)
from toolchain.diagnostics import ToolError
from toolchain.mc.model import operand

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector


def load(s: Selector, i: Instr) -> None:
    """LOAD: x86 keeps the order of loads, so atomic ones are plain."""
    d = s.define(i)
    m = address(s, i.a, i.imm, i.flags)
    ty = word(s, i.ty)
    if floats.is_x87(s, ty):
        n = s.emit(ops.X_LOAD, [d, operand.imm(floats.X87_LOADS[ty]), *m])
        n.flags |= ops.F_VOLATILE if i.flags & VOLATILE else 0
        return
    r = LOADS.get(ty)
    if r is None:
        raise ToolError(f"internal error: load of type {i.ty}", i.loc)
    s.emit(r, [d, *m])


def store(s: Selector, i: Instr) -> None:
    """STORE; a sequentially consistent one is an exchange."""
    v = i.b
    ty = word(s, v.ty)
    if order_of(i) == ORDER_SEQ_CST and ty in XCHG_ROWS:
        t = s.temporary(byte_class(s) if ty == I8 else GPR)
        s.copy(t, s.reg(v))
        s.emit(XCHG_ROWS[ty], [*address(s, i.a, i.imm, i.flags), t])
        return
    if v.op == CONST or v.op == FCONST and v.ty in (F32, F64):
        c = s.constant(v) if v.op == CONST else float_bits(v)
        assert c is not None
        kind = {F32: I32, F64: I64}.get(ty, ty)
        if ty == I32 and c >= 1 << 31:
            c -= 1 << 32
        if kind == I64 and s.target.word_bytes == 4:
            for half in (0, 4):
                bits = c >> 8 * half & 0xFFFFFFFF
                s.emit(STORE_CONSTANTS[I32], [*address(s, i.a, i.imm + half, i.flags), operand.imm(bits - ((bits >> 31) << 32))])
            return
        if kind != I64 or fits32(c):
            s.emit(STORE_CONSTANTS[kind], [*address(s, i.a, i.imm, i.flags), operand.imm(c)])
            return
    if arith.modify_memory(s, i):
        return
    if floats.is_x87(s, ty):
        s.emit(ops.X_STORE, [s.reg(v), operand.imm(floats.X87_STORES[ty]), *address(s, i.a, i.imm, i.flags)])
        return
    r = STORES.get(ty)
    if r is None:
        raise ToolError(f"internal error: store of type {v.ty}", i.loc)
    x = sized_register(s, v, ty)
    s.emit(r, [*address(s, i.a, i.imm, i.flags), x])


def float_bits(v: Instr) -> int:
    """Bits of an F32 or F64 constant as a signed number."""
    bits = 32 if v.ty == F32 else 64
    return v.imm - (1 << bits) if v.imm >> (bits - 1) else v.imm
