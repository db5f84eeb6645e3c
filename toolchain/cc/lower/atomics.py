"""`__atomic_*` and `__sync_*` (gcc's manual, "Built-in Functions for Memory Model Aware Atomic Operations").

Objects of 1, 2, 4, 8 bytes (16 where the layout has __int128) become IR operations; others call libatomic."""
from __future__ import annotations

from typing import Final, cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import NIL, Instr
from toolchain.cc.lower import calls, ops, wide_atomics
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower.assign import compare_and_swap, rmw
from toolchain.cc.lower.context import Fn
from toolchain.cc.lower.typemap import INT_BY_SIZE
from toolchain.cc.parse.ast import BuiltinCall, Cast, Expr, IntConst
from toolchain.cc.types import BOOL, INT, ULONG, VOID, VOLATILE, PointerType, Type, size_of

KINDS: Final[dict[str, int]] = {"add": ir.RMW_ADD, "sub": ir.RMW_SUB, "and": ir.RMW_AND, "or": ir.RMW_OR, "xor": ir.RMW_XOR,
                                "nand": ir.RMW_NAND}


def order(e: Expr) -> int:
    """Memory order of a constant argument (its low 16 bits), as IR has it; seq_cst if it is not constant."""
    while isinstance(e, Cast):
        e = e.operand
    if isinstance(e, IntConst):
        return min((e.value & 0xFFFF) + 1, ir.ORDER_SEQ_CST)
    return ir.ORDER_SEQ_CST


class Place:
    """The atomic object an argument points to."""

    def __init__(self, f: Fn, e: Expr) -> None:
        t = e.ty.unq
        while isinstance(e, Cast) and not isinstance(t, PointerType):
            e = e.operand
            t = e.ty.unq
        self.type: Type = cast(PointerType, t).base
        self.size = size_of(self.type)
        self.address = expressions.rvalue(f, e)
        self.flags = ir.VOLATILE if self.type.quals & VOLATILE else 0
        biggest = 16 if f.layout.int128 else 8
        self.inline = self.size in INT_BY_SIZE and self.size <= biggest and not (self.size == 16 and not f.layout.int128)
        self.ty = INT_BY_SIZE.get(self.size, ir.I64)
        self.value_type = f.types.ir_type(self.type)


def flags(p: Place, memory_order: int) -> int:
    """Instruction flags for an access to `p`."""
    return p.flags | memory_order << ir.ORDER_SHIFT


def to_raw(f: Fn, p: Place, v: Instr, t: Type) -> Instr:
    """A scalar as the integer that travels."""
    if v.ty == p.ty:
        return v
    if v.ty > ir.PTR:
        same = f.types.bits(v.ty) == f.types.bits(p.ty)
        return f.emit(ir.BITCAST, p.ty, v) if same else f.emit(ir.FTOSI, p.ty, v)
    return ops.resize(f, v, p.ty, f.types.is_signed(t))


def from_raw(f: Fn, p: Place, v: Instr, t: Type) -> Instr:
    """The integer back as a scalar of type `t`."""
    ty = f.types.ir_type(t)
    if v.ty == ty:
        return v
    if ty > ir.PTR:
        return f.emit(ir.BITCAST, ty, v)
    return ops.resize(f, v, ty, f.types.is_signed(p.type))


# -------------------------------------------------------------------- atomic
def atomic(f: Fn, e: BuiltinCall) -> Instr:
    """`__atomic_NAME(...)`."""
    name = e.name.removeprefix("__atomic_")
    args = e.args
    if name in ("thread_fence", "signal_fence"):
        fence(f, order(args[0]), name == "signal_fence")
        return NIL
    if name in ("always_lock_free", "is_lock_free"):
        size = args[0].value if isinstance(args[0], IntConst) else 0
        return f.const(f.types.ir_type(e.ty), 1 if size in (1, 2, 4, 8) and size <= f.layout.pointer_size else 0)
    if name == "test_and_set":
        address = expressions.rvalue(f, args[0])
        old = rmw(f, ir.RMW_XCHG, address, f.const(ir.I8, 1), order(args[1]) << ir.ORDER_SHIFT)
        return f.emit(ir.TRUNC, ir.I8, f.emit(ir.NE, ir.I32, old, f.const(ir.I8, 0)))
    if name == "clear":
        f.store(f.const(ir.I8, 0), expressions.rvalue(f, args[0]), 0, order(args[1]) << ir.ORDER_SHIFT)
        return NIL
    p = Place(f, args[0])
    if name in ("load", "store", "exchange", "compare_exchange"):
        return _generic(f, name, p, e)
    if name == "load_n":
        if not p.inline:
            return _refuse(f, e)
        return from_raw(f, p, _load(f, p, order(args[1])), e.ty)
    if name == "store_n":
        v = to_raw(f, p, expressions.rvalue(f, args[1]), args[1].ty)
        _store(f, p, v, order(args[2]))
        return NIL
    if name == "exchange_n":
        v = to_raw(f, p, expressions.rvalue(f, args[1]), args[1].ty)
        return from_raw(f, p, rmw(f, ir.RMW_XCHG, p.address, v, flags(p, order(args[2]))), e.ty)
    if name == "compare_exchange_n":
        expected = expressions.rvalue(f, args[1])
        desired = to_raw(f, p, expressions.rvalue(f, args[2]), args[2].ty)
        return _compare_exchange(f, p, expected, desired, max(order(args[4]), order(args[5])))
    if name.startswith("fetch_"):
        return _fetch(f, p, e, name[6:], order(args[2]), False)
    return _fetch(f, p, e, name.removesuffix("_fetch"), order(args[2]), True)


def _load(f: Fn, p: Place, memory_order: int) -> Instr:
    """Atomic load of the raw integer."""
    if wide_atomics.is_wide(f, p.ty):
        return wide_atomics.load(f, p.ty, p.address, flags(p, memory_order))
    return f.load(p.ty, p.address, 0, flags(p, memory_order))


def _store(f: Fn, p: Place, v: Instr, memory_order: int) -> None:
    """Atomic store of the raw integer."""
    if wide_atomics.is_wide(f, p.ty):
        wide_atomics.store(f, v, p.address, flags(p, memory_order))
    else:
        f.store(v, p.address, 0, flags(p, memory_order))


def _refuse(f: Fn, e: BuiltinCall) -> Instr:
    f.error(e.loc, f"'{e.name}' on an object of this size is not supported")
    return f.function.undef(f.types.ir_type(e.ty))


def fence(f: Fn, memory_order: int, compiler_only: bool) -> None:
    """A fence; a relaxed one is none."""
    if memory_order > ir.ORDER_RELAXED:
        f.emit(ir.FENCE, ir.VOID, NIL, NIL, 1 if compiler_only else 0).flags = memory_order << ir.ORDER_SHIFT


def _fetch(f: Fn, p: Place, e: BuiltinCall, op: str, memory_order: int, new: bool) -> Instr:
    if not p.inline:
        return _refuse(f, e)
    operand = to_raw(f, p, expressions.rvalue(f, e.args[1]), e.args[1].ty)
    old = rmw(f, KINDS[op], p.address, operand, flags(p, memory_order))
    return from_raw(f, p, _apply(f, op, old, operand) if new else old, e.ty)


def _apply(f: Fn, op: str, old: Instr, operand: Instr) -> Instr:
    if op == "nand":
        return f.emit(ir.NOT, old.ty, f.emit(ir.AND, old.ty, old, operand))
    code = {"add": ir.ADD, "sub": ir.SUB, "and": ir.AND, "or": ir.OR, "xor": ir.XOR}[op]
    return f.emit(code, old.ty, old, operand)


def _compare_exchange(f: Fn, p: Place, expected: Instr, desired: Instr, memory_order: int) -> Instr:
    """CAS; what was found goes to `*expected` if it differs.  I8 0 or 1."""
    want = f.load(p.ty, expected)
    found = compare_and_swap(f, p.address, want, desired, flags(p, memory_order))
    equal = f.emit(ir.EQ, ir.I32, found, want)
    differs, done = f.add_block(), f.add_block()
    f.branch(equal, done, differs)
    f.start(differs)
    f.store(found, expected)
    f.jump(done)
    f.start(done)
    return f.emit(ir.TRUNC, ir.I8, equal)


def _generic(f: Fn, name: str, p: Place, e: BuiltinCall) -> Instr:
    """The forms that pass everything by address."""
    args = e.args
    if not p.inline:
        return _library(f, name, p, e)
    if name == "load":
        out = expressions.rvalue(f, args[1])
        f.store(_load(f, p, order(args[2])), out)
        return NIL
    if name == "store":
        v = f.load(p.ty, expressions.rvalue(f, args[1]))
        _store(f, p, v, order(args[2]))
        return NIL
    if name == "exchange":
        v = f.load(p.ty, expressions.rvalue(f, args[1]))
        out = expressions.rvalue(f, args[2])
        f.store(rmw(f, ir.RMW_XCHG, p.address, v, flags(p, order(args[3]))), out)
        return NIL
    expected = expressions.rvalue(f, args[1])
    desired = f.load(p.ty, expressions.rvalue(f, args[2]))
    return _compare_exchange(f, p, expected, desired, max(order(args[4]), order(args[5])))


def _library(f: Fn, name: str, p: Place, e: BuiltinCall) -> Instr:
    """libatomic's `__atomic_NAME(size, ...)`."""
    void = Type(VOID, 1, 1)
    pointer = PointerType(void, f.layout.pointer_size, f.layout.pointer_size)
    size_type = Type(ULONG, f.layout.pointer_size, f.layout.pointer_size)
    int_type = Type(INT, 4, 4)
    args: list[Instr] = [f.word(p.size), p.address]
    types: list[Type] = [size_type, pointer]
    rest = e.args[1:]
    if name == "compare_exchange":
        rest = [e.args[1], e.args[2], e.args[4], e.args[5]]
    for a in rest:
        v = expressions.rvalue(f, a)
        args.append(v if v.ty == ir.PTR else ops.resize(f, v, ir.I32, True))
        types.append(pointer if v.ty == ir.PTR else int_type)
    result: Type = Type(BOOL, 1, 1) if name == "compare_exchange" else void
    return calls.library(f, "__atomic_" + name, args, types, result)


# ---------------------------------------------------------------------- sync
def sync(f: Fn, e: BuiltinCall) -> Instr:
    """`__sync_NAME(...)`: all seq_cst but lock_test_and_set (acquire) and lock_release (release)."""
    name = e.name.removeprefix("__sync_").rstrip("0123456789").rstrip("_")
    if name == "synchronize":
        fence(f, ir.ORDER_SEQ_CST, False)
        return NIL
    p = Place(f, e.args[0])
    if not p.inline:
        return _refuse(f, e)
    if name == "lock_release":
        _store(f, p, f.const(p.ty, 0), ir.ORDER_RELEASE)
        return NIL
    if name in ("bool_compare_and_swap", "val_compare_and_swap"):
        want = to_raw(f, p, expressions.rvalue(f, e.args[1]), e.args[1].ty)
        new = to_raw(f, p, expressions.rvalue(f, e.args[2]), e.args[2].ty)
        found = compare_and_swap(f, p.address, want, new, flags(p, ir.ORDER_SEQ_CST))
        if name[0] == "b":
            return ops.resize(f, f.emit(ir.EQ, ir.I32, found, want), f.types.ir_type(e.ty), False)
        return from_raw(f, p, found, e.ty)
    operand = to_raw(f, p, expressions.rvalue(f, e.args[1]), e.args[1].ty)
    if name in ("lock_test_and_set", "swap"):
        memory_order = ir.ORDER_ACQUIRE if name[0] == "l" else ir.ORDER_SEQ_CST
        return from_raw(f, p, rmw(f, ir.RMW_XCHG, p.address, operand, flags(p, memory_order)), e.ty)
    if name.startswith("fetch_and_"):
        return from_raw(f, p, rmw(f, KINDS[name[10:]], p.address, operand, flags(p, ir.ORDER_SEQ_CST)), e.ty)
    op = name.removesuffix("_and_fetch")
    old = rmw(f, KINDS[op], p.address, operand, flags(p, ir.ORDER_SEQ_CST))
    return from_raw(f, p, _apply(f, op, old, operand), e.ty)


