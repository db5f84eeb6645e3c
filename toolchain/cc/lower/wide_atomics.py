"""Atomic operations on integers of two words.

Where the target has a compare-and-exchange of that size, everything is made of it: a load exchanges 0 for 0, an update tries
until nobody came between.  Elsewhere libatomic does it (`__atomic_load_16` and the like)."""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import Instr
from toolchain.cc.lower import calls
from toolchain.cc.lower.context import Fn
from toolchain.cc.types import BOOL, INT, LLONG, UINT128, VOID, PointerType, Type

OPERATIONS: Final = {ir.RMW_ADD: ir.ADD, ir.RMW_SUB: ir.SUB, ir.RMW_AND: ir.AND, ir.RMW_OR: ir.OR, ir.RMW_XOR: ir.XOR, ir.RMW_NAND: ir.AND}
NAMES: Final = {ir.RMW_XCHG: "exchange", ir.RMW_ADD: "fetch_add", ir.RMW_SUB: "fetch_sub", ir.RMW_AND: "fetch_and", ir.RMW_OR: "fetch_or",
                ir.RMW_XOR: "fetch_xor", ir.RMW_NAND: "fetch_nand"}


def is_wide(f: Fn, ty: int) -> bool:
    """Whether values of the type take two words."""
    return ty == ir.I128 or (ty == ir.I64 and f.layout.pointer_size == 4)


def _library(f: Fn, name: str, ty: int, args: list[Instr], result: Type, flags: int, orders: int = 1) -> Instr:
    """Call `__atomic_NAME_SIZE(args, order...)`."""
    size = ir.TYPE_BITS[ty] // 8
    pointer = PointerType(Type(VOID, 1, 1), f.layout.pointer_size, f.layout.pointer_size)
    value = _value(ty)
    types: list[Type] = [pointer if a.ty == ir.PTR else value for a in args]
    order = max(0, ((flags & ir.ORDER_MASK) >> ir.ORDER_SHIFT) - 1)
    for _ in range(orders):
        args.append(f.int32(order))
        types.append(Type(INT, 4, 4))
    return calls.library(f, f"__atomic_{name}_{size}", args, types, result)


def _value(ty: int) -> Type:
    return Type(UINT128, 16, 16) if ty == ir.I128 else Type(LLONG, 8, 8)


def load(f: Fn, ty: int, address: Instr, flags: int) -> Instr:
    """Atomic load."""
    if not f.module.target.wide_compare_exchange:
        return _library(f, "load", ty, [address], _value(ty), flags)
    zero = f.const(ty, 0)
    return _exchange(f, address, zero, zero, flags)


def store(f: Fn, value: Instr, address: Instr, flags: int) -> None:
    """Atomic store."""
    if not f.module.target.wide_compare_exchange:
        _library(f, "store", value.ty, [address, value], Type(VOID, 1, 1), flags)
        return
    rmw(f, ir.RMW_XCHG, address, value, flags)


def _exchange(f: Fn, address: Instr, expected: Instr, desired: Instr, flags: int) -> Instr:
    i = f.emit(ir.ATOMIC_CAS, expected.ty, address, expected)
    i.ext = [desired]
    i.flags = flags
    return i


def compare_and_swap(f: Fn, address: Instr, expected: Instr, desired: Instr, flags: int) -> Instr:
    """Compare and exchange; gives the old value."""
    if f.module.target.wide_compare_exchange:
        return _exchange(f, address, expected, desired, flags)
    ty = expected.ty
    place = f.temporary(_value(ty))
    f.store(expected, place)
    _library(f, "compare_exchange", ty, [address, place, desired], Type(BOOL, 1, 1), flags, 2)
    return f.load(ty, place)


def rmw(f: Fn, kind: int, address: Instr, operand: Instr, flags: int) -> Instr:
    """Read-modify-write; gives the old value."""
    ty = operand.ty
    if not f.module.target.wide_compare_exchange:
        return _library(f, NAMES[kind], ty, [address, operand], _value(ty), flags)
    loop, done = f.add_block(), f.add_block()
    seen = f.new_variable(ty)
    f.write(seen, f.load(ty, address))
    f.jump(loop)
    f.start(loop, sealed=False)
    before = f.read(seen)
    new = operand
    if kind != ir.RMW_XCHG:
        new = f.emit(OPERATIONS[kind], ty, before, operand)
        if kind == ir.RMW_NAND:
            new = f.emit(ir.NOT, ty, new)
    found = _exchange(f, address, before, new, flags)
    f.write(seen, found)
    f.branch(f.emit(ir.EQ, ir.I32, found, before), done, loop)
    f.seal(loop)
    f.start(done)
    return found
