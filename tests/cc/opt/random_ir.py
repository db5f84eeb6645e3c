"""Random IR functions that always terminate and use no undefined value, for "same behaviour before and after"."""
from __future__ import annotations

import random

from toolchain.cc import types as ct
from toolchain.cc.ir.builder import Builder, SSABuilder
from toolchain.cc.ir.interp import Interpreter, Trap
from toolchain.cc.ir.ir import (
    ADD,
    ALIGN_SHIFT,
    AND,
    BSWAP,
    CALL,
    CONST,
    EQ,
    GLOBAL,
    I8,
    I16,
    I32,
    I64,
    MEMCPY,
    MEMSET,
    MUL,
    NE,
    NEG,
    NOT,
    OR,
    PARAM,
    POPCOUNT,
    PTR,
    ROTL,
    SAR,
    SDIV,
    SEXT,
    SHL,
    SHR,
    SLE,
    SLOT,
    SLT,
    SMULH,
    SREM,
    SUB,
    TRUNC,
    UDIV,
    ULE,
    ULT,
    UMULH,
    UREM,
    VOID,
    VOLATILE,
    XOR,
    ZEXT,
    CallInfo,
    Function,
    GlobalSymbol,
    Instr,
    StackSlot,
    SwitchCases,
)

INT = ct.Type(ct.INT, 4, 4)
LONG = ct.Type(ct.LONG, 8, 8)
POINTER = ct.PointerType(ct.Type(ct.VOID, 1, 1), 8, 8)
CTYPES = {I32: INT, I64: LONG, PTR: POINTER}
SIZES = {I8: 1, I16: 2, I32: 4, I64: 8}
BITS = {I8: 8, I16: 16, I32: 32, I64: 64}
BINARY = (ADD, SUB, MUL, AND, OR, XOR, SHL, SHR, SAR, ROTL, UMULH, SMULH, UDIV, SREM, SDIV, UREM)
COMPARE = (EQ, NE, SLT, SLE, ULT, ULE)


class Generator:
    """Makes one function `name(i32, i64, ptr, i64) -> i64`; ptr addresses 64 bytes."""

    def __init__(self, rng: random.Random, name: str, symbols: dict[str, GlobalSymbol], callees: list[Function]) -> None:
        self.rng = rng
        self.symbols = symbols
        self.callees = callees
        symbol = symbols.setdefault(name, GlobalSymbol(name))
        symbol.defined = symbol.is_function = True
        f = self.f = Function(name, ct.FunctionType(LONG, [INT, LONG, POINTER, LONG], False, True), symbol)
        symbol.function = f
        f.param_types = [INT, LONG, POINTER, LONG]
        self.b = Builder(f)
        self.ssa = SSABuilder(f)
        self.ssa.seal_block(self.b.block)
        self.budget = rng.randrange(4, 40)
        self.vars = [(self.ssa.new_variable(ty), ty) for ty in (I32, I64, I32, I8, I16, I64)]
        self.pointers = [self.ssa.new_variable(PTR) for _ in range(2)]
        self.slots = [f.new_slot(n, 8) for n in (8, 16, 32, 64)]

    def build(self) -> Function:
        f = self.f
        b = self.b
        params = [b.append(f.instr(PARAM, ty, imm=n)) for n, ty in enumerate((I32, I64, PTR, I64))]
        self.pointer = params[2]
        for n, (v, ty) in enumerate(self.vars):
            self.ssa.write_variable(b.block, v, params[0] if n == 0 else params[1] if n == 1 else params[3] if n == 5 else f.const(ty, self.constant(ty)))
        for v in self.pointers:
            self.ssa.write_variable(b.block, v, self.pointer)
        for s in self.slots:
            self.memset(s, 0, s.size)
        self.statements(3)
        total = f.const(I64, 0)
        for v, ty in self.vars:
            x = self.ssa.read_variable(b.block, v)
            total = b.emit(ADD, I64, b.emit(MUL, I64, total, f.const(I64, 31)), x if ty == I64 else b.emit(ZEXT, I64, x))
        for s in self.slots:
            total = b.emit(XOR, I64, total, b.load(I64, f.slot_address(s)))
        b.ret(total)
        self.ssa.finish()
        return f

    def constant(self, ty: int) -> int:
        r = self.rng
        return r.choice((0, 1, 2, 3, 7, 8, 255, -1, 1 << (BITS[ty] - 1), r.getrandbits(BITS[ty])))

    def read(self, ty: int) -> Instr:
        r = self.rng
        if r.random() < 0.3:
            return self.f.const(ty, self.constant(ty))
        v, have = r.choice(self.vars)
        x = self.ssa.read_variable(self.b.block, v)
        return self.convert(x, ty)

    def convert(self, x: Instr, ty: int) -> Instr:
        if x.ty == ty:
            return x
        if BITS[x.ty] > BITS[ty]:
            return self.b.emit(TRUNC, ty, x)
        return self.b.emit(self.rng.choice((ZEXT, SEXT)), ty, x)

    def write(self, x: Instr) -> None:
        v, ty = self.rng.choice(self.vars)
        self.ssa.write_variable(self.b.block, v, self.convert(x, ty))

    def expression(self) -> Instr:
        r = self.rng
        b = self.b
        ty = r.choice((I8, I16, I32, I32, I64, I64))
        kind = r.random()
        if kind < 0.6:
            op = r.choice(BINARY)
            if op in (UMULH, SMULH) and ty < I32:
                op = ADD
            y = self.read(I32 if op in (SHL, SHR, SAR, ROTL) and r.random() < 0.5 else ty)
            if op in (SHL, SHR, SAR, ROTL):
                y = b.emit(AND, y.ty, y, self.f.const(y.ty, BITS[ty] - 1))
            if op in (UDIV, SREM, SDIV, UREM) and (y.op != CONST or y.imm == 0):
                y = b.emit(OR, ty, b.emit(AND, ty, y, self.f.const(ty, 15)), self.f.const(ty, 1))
            return b.emit(op, ty, self.read(ty), y)
        if kind < 0.75:
            return self.condition()
        if kind < 0.85:
            return b.select(self.condition(), self.read(ty), self.read(ty))
        op = r.choice((NEG, NOT, POPCOUNT, BSWAP))
        return b.emit(op, ty if op != BSWAP or ty != I8 else I32, self.read(ty if op != BSWAP or ty != I8 else I32))

    def condition(self) -> Instr:
        ty = self.rng.choice((I8, I32, I64))
        return self.b.emit(self.rng.choice(COMPARE), I32, self.read(ty), self.read(ty))

    def place(self) -> tuple[Instr, int, int]:
        """Address, size of its object, offset step."""
        r = self.rng
        k = r.random()
        if k < 0.2:
            return self.ssa.read_variable(self.b.block, r.choice(self.pointers)), 32, 1
        if k < 0.6:
            s = r.choice(self.slots)
            return self.f.slot_address(s), s.size, 1
        if k < 0.8:
            return self.pointer, 64, 1
        return self.f.global_address(self.symbols["g"]), 64, 1

    def memset(self, s: StackSlot, at: int, n: int, value: int = 0) -> None:
        i = self.b.effect(MEMSET, VOID, self.f.slot_address(s, at), self.f.const(I8, value), n)
        i.flags = 4 << ALIGN_SHIFT if at % 8 == 0 else 1 << ALIGN_SHIFT

    def memory(self) -> None:
        r = self.rng
        b = self.b
        f = self.f
        k = r.random()
        address, size, _ = self.place()
        ty = r.choice((I8, I16, I32, I64))
        offset = r.randrange(0, size // SIZES[ty]) * SIZES[ty]
        if k < 0.15:
            # A variable index.
            index = b.emit(AND, I64, self.read(I64), f.const(I64, size // 8 - 1))
            address = b.emit(ADD, PTR, address, b.emit(SHL, I64, index, f.const(I32, 3)))
            offset = 0
        volatile = VOLATILE if r.random() < 0.05 else 0
        if k < 0.45:
            self.write(b.load(ty, address, offset, volatile))
        elif k < 0.75:
            b.store(self.read(ty), address, offset, volatile)
        elif k < 0.85:
            s = r.choice(self.slots)
            at = r.randrange(0, s.size)
            self.memset(s, at, r.randrange(0, s.size - at + 1), r.choice((0, 0, 0xA5)))
        else:
            other, osize, _ = self.place()
            n = r.choice((8, 8, 16, 24, 4))
            if n <= size and n <= osize and not self.may_be_same(other, address):
                i = b.effect(MEMCPY, VOID, other, address, n)
                i.flags = 4 << ALIGN_SHIFT

    def may_be_same(self, a: Instr, b: Instr) -> bool:
        """Copies must not overlap by accident: both ends known and different."""
        known = (SLOT, GLOBAL)
        return a is b or not (a.op in known and b.op in known and a.aux is not b.aux)

    def point(self) -> None:
        """Let a pointer variable point to an object of 32 bytes or more."""
        r = self.rng
        f = self.f
        target = r.choice((f.slot_address(self.slots[2]), f.slot_address(self.slots[3]), self.pointer, f.global_address(self.symbols["g"]),
                           self.ssa.read_variable(self.b.block, r.choice(self.pointers))))
        if r.random() < 0.2:
            target = self.b.select(self.condition(), target, self.pointer)
        self.ssa.write_variable(self.b.block, r.choice(self.pointers), target)

    def call(self) -> None:
        r = self.rng
        f = self.f
        if self.callees and r.random() < 0.6:
            callee = r.choice(self.callees)
            i = f.instr(CALL, I64, f.global_address(callee.symbol))
            pointer = self.pointer if r.random() < 0.4 else f.slot_address(self.slots[3])
            i.ext = [self.read(I32), self.read(I64), pointer, self.read(I64)]
            i.aux = CallInfo(callee.ftype, [INT, LONG, POINTER, LONG], False)
        else:
            i = f.instr(CALL, I64, f.global_address(self.symbols["ext"]))
            i.ext = [self.read(I32), self.read(I64)]
            i.aux = CallInfo(ct.FunctionType(LONG, [INT, LONG], False, True), [INT, LONG], False)
        self.b.append(i)
        self.write(i)

    def statements(self, depth: int) -> None:
        for _ in range(self.rng.randrange(1, 7)):
            self.budget -= 1
            if self.budget < 0:
                return
            k = self.rng.random()
            if k < 0.45:
                self.write(self.expression())
            elif k < 0.7:
                self.memory()
            elif k < 0.73:
                self.point()
            elif k < 0.76:
                self.call()
            elif depth and k < 0.88:
                self.branch(depth)
            elif depth and k < 0.94:
                self.loop(depth)
            elif depth:
                self.switch(depth)

    def branch(self, depth: int) -> None:
        b = self.b
        yes, no, end = b.new_block(), b.new_block(), b.new_block()
        c = self.condition()
        has_else = self.rng.random() < 0.5
        b.branch(c, yes, no if has_else else end)
        for block in (yes, no):
            self.ssa.seal_block(block)
            b.block = block
            if block.preds or block is yes:
                self.statements(depth - 1)
            b.jump(end)
        b.block = end
        self.ssa.seal_block(end)

    def loop(self, depth: int) -> None:
        b = self.b
        f = self.f
        counter = self.ssa.new_variable(I32)
        self.ssa.write_variable(b.block, counter, f.const(I32, 0))
        head, body, end = b.new_block(), b.new_block(), b.new_block()
        b.jump(head)
        b.block = head
        n = self.ssa.read_variable(head, counter)
        limit = f.const(I32, self.rng.randrange(0, 5)) if self.rng.random() < 0.5 else b.emit(AND, I32, self.read(I32), f.const(I32, 3))
        b.branch(b.emit(SLT, I32, n, limit), body, end)
        self.ssa.seal_block(body)
        b.block = body
        self.statements(depth - 1)
        if self.rng.random() < 0.3:
            more = b.new_block()
            b.branch(self.condition(), end, more)
            self.ssa.seal_block(more)
            b.block = more
        self.ssa.write_variable(b.block, counter, b.emit(ADD, I32, self.ssa.read_variable(b.block, counter), f.const(I32, 1)))
        b.jump(head)
        self.ssa.seal_block(head)
        self.ssa.seal_block(end)
        b.block = end

    def switch(self, depth: int) -> None:
        b = self.b
        r = self.rng
        v = b.emit(AND, I32, self.read(I32), self.f.const(I32, 15))
        end = b.new_block()
        targets = [b.new_block() for _ in range(r.randrange(1, 5))]
        cases = SwitchCases()
        low = 0
        while low < 16:
            high = min(15, low + r.choice((0, 0, 0, 2)))
            if r.random() < 0.7 and len(targets) > 1:
                cases.ranges.append((low, high))
                cases.targets.append(r.randrange(1, len(targets)))
            low = high + 1 + r.choice((0, 0, 3))
        b.switch(v, cases, targets)
        constant = r.random() < 0.4
        var, ty = r.choice(self.vars)
        for t in targets:
            self.ssa.seal_block(t)
            b.block = t
            if constant:
                self.ssa.write_variable(t, var, self.f.const(ty, self.constant(ty)))
            elif depth > 1:
                self.statements(depth - 1)
            b.jump(end)
        self.ssa.seal_block(end)
        b.block = end


def make_unit(seed: int, functions: int = 1) -> list[Function]:
    """Functions f0 ... (later ones may call earlier ones) over common symbols."""
    rng = random.Random(seed)
    g = GlobalSymbol("g")
    g.size = 64
    g.defined = True
    symbols = {"g": g, "ext": GlobalSymbol("ext")}
    out: list[Function] = []
    for n in range(functions):
        f = Generator(rng, f"f{n}", symbols, list(out)).build()
        f.symbol.local = n < functions - 1
        out.append(f)
    return out


def behaviour(f: Function, seed: int) -> list[object]:
    """Results, traces and final memory of some runs."""
    out: list[object] = []
    rng = random.Random(seed ^ 0x5EED)
    for _ in range(3):
        m = Interpreter({"ext": lambda m, a: (a[0] * 7 + a[1]) & 0xFFFFFFFF}, 30000)
        g = f.blocks and m.symbol_address(next_symbol(f))
        p = m.allocate(128)
        for k in range(64):
            m.store(p + k, 1, rng.getrandbits(8))
        try:
            r: object = m.call(f, [rng.choice((0, 1, 5, rng.getrandbits(32))), rng.choice((0, 3, rng.getrandbits(64))), p, rng.getrandbits(64)])
        except Trap as t:
            if "steps" in str(t):
                return []
            r = str(t)
        out.append((r, [t for t in m.trace if t[0] == "ext"], bytes(m.memory[p - 0x10000:p - 0x10000 + 64]), m.load(g, 32), m.load(g + 32, 32)))
    return out


def next_symbol(f: Function) -> GlobalSymbol:
    """The symbol g: it is in the function's leaves, or unused."""
    for v in f.globals.values():
        if isinstance(v.aux, GlobalSymbol) and v.aux.name == "g":
            return v.aux
    return GlobalSymbol("g")
