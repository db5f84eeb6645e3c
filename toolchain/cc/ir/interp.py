"""Interpreter of the IR: what a function computes, for tests of passes ("same result and same effects
before and after").

Memory is one little-endian byte array; symbols and frame objects get addresses when they are first met. Whatever
is undefined is 0 here, so that an optimiser that replaces it by any value must still be tested with
programs that do not depend on it.  Calls go to functions of the unit (`GlobalSymbol.function`), or to Python
functions by name.  `trace` lists calls to the outside, volatile accesses and inline assembly in order.
Supported: integers, pointers, F32 and F64; no vectors.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Final

from toolchain.cc.ir import floatfold
from toolchain.cc.ir.ir import (
    ADD,
    ALLOCA,
    ASM,
    ASM_GOTO,
    ATOMIC_CAS,
    ATOMIC_RMW,
    BITCAST,
    BRANCH,
    CALL,
    CONST,
    CONSTP,
    COPY,
    EXPECT,
    F32,
    FADD,
    FCONST,
    FCOPYSIGN,
    FCVT,
    FENCE,
    FEQ,
    FNEG,
    FSQRT,
    FUNORD,
    GLOBAL,
    IJUMP,
    INTRINSIC,
    JUMP,
    LABEL,
    LOAD,
    MEMCPY,
    MEMSET,
    NEG,
    OBJSIZE,
    OP_NAMES,
    PARAM,
    PARAM_RECORD,
    PHI,
    POPCOUNT,
    PREFETCH,
    PROJ,
    PTR,
    RET,
    RMW_ADD,
    RMW_AND,
    RMW_NAND,
    RMW_OR,
    RMW_SUB,
    RMW_XCHG,
    SDIV,
    SELECT,
    SEXT,
    SLOT,
    STACK_RESTORE,
    STACK_SAVE,
    STORE,
    SWITCH,
    TRUNC,
    UITOF,
    UMULH,
    UNDEF,
    UNREACHABLE,
    UREM,
    VOLATILE,
    AsmInfo,
    Block,
    CallInfo,
    Function,
    GlobalSymbol,
    Instr,
    Intrinsic,
    StackSlot,
    SwitchCases,
)
from toolchain.cc.ir.known import fold_binary, fold_compare, fold_unary, signed, width
from toolchain.cc.ir.verifier import type_size

BASE: Final = 0x10000
SIZE: Final = 1 << 18


class Trap(Exception):
    """The program did what has no meaning (division by zero, wild address, endless loop, unreachable code)."""


External = Callable[["Interpreter", list[int]], int]
NAN: Final = {F32: 0x7FC00000}


class Interpreter:
    """State of one run; `limit` is the number of instructions it may execute."""

    def __init__(self, externals: dict[str, External] | None = None, limit: int = 100000) -> None:
        self.memory = bytearray(SIZE)
        self.next = BASE
        self.symbols: dict[str, int] = {}
        self.functions: dict[int, GlobalSymbol] = {}
        self.externals = externals if externals is not None else {}
        self.trace: list[tuple[str, tuple[int, ...]]] = []
        self.steps = limit
        self.depth = 0

    # -------------------------------------------------------------- memory

    def allocate(self, size: int, align: int = 16) -> int:
        """Address of fresh zeroed memory."""
        align = max(align, 1)
        self.next = -(-self.next // align) * align
        address = self.next
        self.next += max(size, 1)
        if self.next > BASE + SIZE:
            raise Trap("out of memory")
        return address

    def load(self, address: int, size: int) -> int:
        """`size` bytes, little-endian."""
        at = address - BASE
        if at < 0 or at + size > SIZE:
            raise Trap(f"load from {address:#x}")
        return int.from_bytes(self.memory[at:at + size], "little")

    def store(self, address: int, size: int, value: int) -> None:
        """`size` bytes, little-endian."""
        at = address - BASE
        if at < 0 or at + size > SIZE:
            raise Trap(f"store to {address:#x}")
        self.memory[at:at + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")

    def symbol_address(self, s: GlobalSymbol) -> int:
        """Address of a symbol; its initial contents are laid out on first mention."""
        address = self.symbols.get(s.name)
        if address is None:
            address = self.allocate(max(s.size, 16 if s.is_function else 256), 256)
            self.symbols[s.name] = address
            if s.is_function or s.function is not None or s.name in self.externals:
                self.functions[address] = s
            data = s.readonly_data
            if data is not None:
                self.memory[address - BASE:address - BASE + len(data.data)] = data.data
                for offset, size, target, addend in data.relocations:
                    self.store(address + offset, size, self.symbol_address(target) + addend)
        return address

    # -------------------------------------------------------------- running

    def call(self, f: Function, args: list[int]) -> int:
        """Run `f`; scalar arguments as unsigned ints, records by address."""
        if self.depth > 60:
            raise Trap("recursion too deep")
        self.depth += 1
        saved = self.next
        try:
            return _Frame(self, f, args).run()
        finally:
            self.depth -= 1
            self.memory[saved - BASE:self.next - BASE] = bytes(self.next - saved)
            self.next = saved

    def call_symbol(self, s: GlobalSymbol, args: list[int], i: Instr) -> int:
        """Call by symbol: into the unit, or outside (recorded in the trace)."""
        if s.name in self.externals:
            self.trace.append((s.name, tuple(args)))
            return self.externals[s.name](self, args)
        if s.function is not None:
            return self.call(s.function, args)
        self.trace.append((s.name, tuple(args)))
        return (sum(args) * 0x9E3779B1 + len(s.name)) & 0xFFFFFFFF if i.ty else 0


class _Frame:
    def __init__(self, machine: Interpreter, function: Function, args: list[int]) -> None:
        self.m = machine
        self.f = function
        self.args = args
        self.values: dict[int, int] = {}
        self.slots: dict[int, int] = {}
        self.labels: dict[int, Block] = {}
        self.extra: dict[tuple[int, int], int] = {}
        self.result = 0
        # Frame objects get their addresses in the order of their numbers, live or dead alike.
        for s in function.slots:
            self.slots[s.index] = machine.allocate(s.size, 16)

    def value(self, v: Instr) -> int:
        op = v.op
        if op == CONST or op == FCONST:
            return v.imm
        if op == UNDEF:
            return 0
        s = v.aux
        if op == GLOBAL and isinstance(s, GlobalSymbol):
            return self.m.symbol_address(s) + v.imm & self.mask(PTR)
        if op == SLOT and isinstance(s, StackSlot):
            return self.slots[s.index] + v.imm
        if op == LABEL and isinstance(s, Block):
            self.labels[0x7000000 + s.id] = s
            return 0x7000000 + s.id
        return self.values[v.id]

    def mask(self, ty: int) -> int:
        return (1 << 8 * type_size(self.f, ty)) - 1

    def run(self) -> int:
        block = self.f.blocks[0]
        previous: Block | None = None
        while True:
            nxt = self.block(block, previous)
            if nxt is None:
                return self.result
            previous = block
            block = nxt

    def block(self, block: Block, previous: Block | None) -> Block | None:
        incoming: list[tuple[int, int]] = []
        for i in block.instrs:
            if i.op != PHI:
                break
            assert previous is not None
            incoming.append((i.id, self.value(i.ext[block.preds.index(previous)])))
        self.values.update(incoming)
        for i in block.instrs[len(incoming):]:
            self.m.steps -= 1
            if self.m.steps < 0:
                raise Trap("too many steps")
            if i.op >= JUMP:
                return self.terminator(block, i)
            r = self.execute(i)
            if i.ty:
                self.values[i.id] = r & self.mask(i.ty)
        raise Trap("block without terminator")

    def terminator(self, block: Block, i: Instr) -> Block | None:
        op = i.op
        if op == JUMP:
            return block.succs[0]
        if op == BRANCH:
            return block.succs[0 if self.value(i.a) else 1]
        if op == SWITCH:
            assert isinstance(i.aux, SwitchCases)
            v = self.value(i.a)
            for (low, high), t in zip(i.aux.ranges, i.aux.targets):
                if low <= v <= high:
                    return block.succs[t]
            return block.succs[0]
        if op == RET:
            self.result = 0 if i.a.op == 0 else self.value(i.a)
            return None
        if op == IJUMP:
            return self.labels[self.value(i.a)]
        if op == ASM_GOTO:
            self.values[i.id] = self.asm(i)
            return block.succs[0]
        assert op == UNREACHABLE
        raise Trap("unreachable")

    def execute(self, i: Instr) -> int:
        op = i.op
        if ADD <= op <= UMULH:
            bits = 8 * type_size(self.f, i.ty)
            r = fold_binary(op, self.value(i.a), self.value(i.b), bits)
            if r is None:
                if SDIV <= op <= UREM and self.value(i.b):
                    return 1 << (bits - 1) if op == SDIV else 0
                raise Trap("division by zero")
            return r
        if NEG <= op <= POPCOUNT:
            return fold_unary(op, self.value(i.a), 8 * type_size(self.f, i.ty)) or 0
        if FADD <= op <= FUNORD or FCVT <= op <= UITOF:
            return self.floating(i) if not FCOPYSIGN < op < FEQ else \
                fold_compare(op, self.value(i.a), self.value(i.b), 8 * type_size(self.f, i.a.ty))
        if op == SEXT:
            return signed(self.value(i.a), width(self.f, i.a.ty))
        if TRUNC <= op <= SEXT or op in (BITCAST, COPY, EXPECT):
            return self.value(i.a)
        if op == SELECT:
            return self.value(i.b if self.value(i.a) else i.ext[0])
        if op == PARAM:
            return self.args[i.imm]
        if op == CONSTP:
            return 0
        if op == OBJSIZE:
            return 0 if i.imm & 2 else self.mask(i.ty)
        if op == PROJ:
            return self.extra[i.a.id, i.imm]
        if op == ASM:
            return self.asm(i)
        return self.effect(i)

    def floating(self, i: Instr) -> int:
        op = i.op
        if FEQ <= op <= FUNORD:
            return floatfold.compare(op, i.a.ty, self.value(i.a), self.value(i.b)) or 0
        if FCVT <= op <= UITOF:
            r = floatfold.convert(op, i.a.ty, i.ty, self.value(i.a))
        elif FNEG <= op <= FSQRT:
            r = floatfold.unary(op, i.ty, self.value(i.a))
        else:
            r = floatfold.binary(op, i.ty, self.value(i.a), self.value(i.b))
        return NAN.get(i.ty, 0x7FF8000000000000) if r is None else r

    def effect(self, i: Instr) -> int:
        m = self.m
        op = i.op
        if op == LOAD:
            address = self.value(i.a) + i.imm & self.mask(PTR)
            if i.flags & VOLATILE:
                m.trace.append(("load", (address,)))
            return m.load(address, type_size(self.f, i.ty))
        if op == STORE:
            address = self.value(i.a) + i.imm & self.mask(PTR)
            v = self.value(i.b)
            if i.flags & VOLATILE:
                m.trace.append(("store", (address, v)))
            m.store(address, type_size(self.f, i.b.ty), v)
        elif op == MEMCPY:
            self.copy(self.value(i.a), self.value(i.b), i.imm)
        elif op == MEMSET:
            byte = self.value(i.b)
            for k in range(i.imm):
                m.store(self.value(i.a) + k, 1, byte)
        elif op == CALL:
            return self.call(i)
        elif op == ATOMIC_RMW or op == ATOMIC_CAS:
            return self.atomic(i)
        elif op == PARAM_RECORD:
            self.copy(self.value(i.a), self.args[i.imm], max(self.f.param_types[i.imm].unq.size, 0))
        elif op == ALLOCA:
            return m.allocate(self.value(i.a), max(i.imm, 16))
        elif op == STACK_SAVE:
            return m.next
        elif op == INTRINSIC:
            assert isinstance(i.aux, Intrinsic)
            m.trace.append((i.aux.name, tuple(self.value(v) for v in i.ext)))
        elif op not in (STACK_RESTORE, FENCE, PREFETCH):
            raise Trap(f"{OP_NAMES[op]} is not interpreted")
        return 0

    def copy(self, target: int, source: int, size: int) -> None:
        for k, byte in enumerate([self.m.load(source + k, 1) for k in range(size)]):
            self.m.store(target + k, 1, byte)

    def call(self, i: Instr) -> int:
        info = i.aux
        assert isinstance(info, CallInfo)
        args = [self.value(v) for v in i.ext]
        s = i.a.aux if i.a.op == GLOBAL else self.m.functions.get(self.value(i.a))
        if not isinstance(s, GlobalSymbol):
            raise Trap("call of what is no function")
        if info.result_address:
            target = args.pop(0)
            self.copy(target, self.m.call_symbol(s, args, i), info.ftype.base.unq.size)
            return 0
        return self.m.call_symbol(s, args, i)

    def atomic(self, i: Instr) -> int:
        size = type_size(self.f, i.ty)
        address = self.value(i.a)
        old = self.m.load(address, size)
        b = self.value(i.b)
        if i.op == ATOMIC_CAS:
            if old == b:
                self.m.store(address, size, self.value(i.ext[0]))
            return old
        new = {RMW_XCHG: b, RMW_ADD: old + b, RMW_SUB: old - b, RMW_AND: old & b, RMW_OR: old | b, RMW_NAND: ~(old & b)}.get(i.imm, old ^ b)
        self.m.store(address, size, new)
        return old

    def asm(self, i: Instr) -> int:
        info = i.aux
        assert isinstance(info, AsmInfo)
        inputs = tuple(self.value(v) for v in i.ext)
        if info.is_volatile:
            self.m.trace.append((info.template, inputs))
        base = sum(inputs) + len(info.template)
        for k in range(1, len(info.outputs)):
            self.extra[i.id, k] = base + k
        return base
