"""Global value numbering, with loads.

    %1 = add i64 %x, %y                     %1 = add i64 %x, %y
    store i64 %1, [%p + 8]             ->   store i64 %1, [%p + 8]
    %2 = add i64 %y, %x                     ret %1
    %3 = load i64 [%p + 8]
    ret %3

Walks in reverse post-order.  A computation is replaced by the same computation in a dominating block.  For memory, each
block starts with the facts (see `memory_state.py`) that hold at the end of all its predecessors; at a
loop header, with those of the other predecessors that nothing in the loop may write.  Loads take known values; part of a
known value is shifted out; stores of what is there already, and copies of a copy's source, are shortened.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import Loop, dominators, loops, reachable
from toolchain.cc.ir.fold import RULES
from toolchain.cc.ir.ir import (
    ADD,
    ALIGN_MASK,
    ALIGN_SHIFT,
    AND,
    ASM,
    ASM_GOTO,
    BITCAST,
    CALL,
    CONST,
    CONSTP,
    COPY,
    EQ,
    EXPECT,
    EXTRACT,
    FIRST_ARITH,
    FIRST_VECTOR,
    I8,
    I32,
    I128,
    LOAD,
    MEMCPY,
    MEMSET,
    MUL,
    NE,
    NIL,
    NO_EXT,
    OR,
    ORDER_MASK,
    PHI,
    PTR,
    RET,
    SELECT,
    SHR,
    SMULH,
    SPECIAL,
    SPLAT,
    STORE,
    TRUNC,
    UMULH,
    VECTOR,
    VOID,
    XOR,
    AsmInfo,
    Block,
    CallInfo,
    Function,
    Instr,
    resolve,
)
from toolchain.cc.ir.verifier import type_size
from toolchain.cc.opt import propagate
from toolchain.cc.opt.alias import Access, access, canonical, compute_escapes
from toolchain.cc.opt.memory_state import FILL, SAME, VALUE, Fact, MemoryState
from toolchain.cc.opt.promote import part_align

COMMUTATIVE: Final = frozenset((MUL, AND, OR, XOR, EQ, NE, SMULH, UMULH))


def run(function: Function) -> bool:
    """Number all values."""
    return _Numbering(function).run()


def repeatable_asm(i: Instr) -> bool:
    """Inline assembly that computes one value from its inputs: not volatile, no memory involved."""
    info = i.aux
    return isinstance(info, AsmInfo) and not info.is_volatile and not info.clobbers_memory and info.num_outputs == 1 \
        and len(info.outputs) == 1 and not any(o.is_memory for o in info.operands)


class _Numbering:
    def __init__(self, function: Function) -> None:
        self.f = function
        self.blocks = reachable(function)
        self.changed = False
        self.table: dict[int | tuple[int, ...], Instr] = {}
        self.home: dict[int, Block] = {}
        self.first: list[int] = []          # dominator tree intervals, by block order
        self.last: list[int] = []
        self.states: list[MemoryState | None] = []
        self.writes: list[list[Access]] = []
        self.headers: dict[int, Loop] = {}
        self.out: list[Instr] = []
        self.state = MemoryState()
        self.block = self.blocks[0]

    def run(self) -> bool:
        f = self.f
        blocks = self.blocks
        dominators(blocks)
        for loop in loops(blocks):
            self.headers[loop.header.id] = loop
        self.intervals()
        compute_escapes(f)
        self.states = [None] * len(blocks)
        self.writes = [self.block_writes(b) if self.headers else [] for b in blocks]
        for b in blocks:
            self.block = b
            self.state = self.incoming(b)
            self.number_block(b)
            self.states[b.order] = self.state
        for b in blocks:
            for i in b.instrs:
                if i.op != PHI:
                    break
                ext = i.ext
                for n, x in enumerate(ext):
                    if x.fwd is not NIL:
                        ext[n] = resolve(x)
        return self.changed

    def intervals(self) -> None:
        """Preorder numbers of the dominator tree: a dominates b iff first[a] <= first[b] <= last[a]."""
        blocks = self.blocks
        n = len(blocks)
        size = [1] * n
        for b in reversed(blocks):
            if b.idom is not None:
                size[b.idom.order] += size[b.order]
        first = [0] * n
        used = [1] * n
        for b in blocks:
            if b.idom is not None:
                k = b.idom.order
                first[b.order] = first[k] + used[k]
                used[k] += size[b.order]
        self.first = first
        self.last = [first[k] + size[k] - 1 for k in range(n)]

    def block_writes(self, b: Block) -> list[Access]:
        out: list[Access] = []
        for i in b.instrs:
            if i.op >= STORE and i.op < RET or i.op == ASM_GOTO or i.op == LOAD and i.flags & ORDER_MASK:
                a = access(self.f, i)
                if a.writes_all or a.writes:
                    out.append(a)
        return out

    def incoming(self, b: Block) -> MemoryState:
        state: MemoryState | None = None
        back = False
        for p in b.preds:
            if p.order >= b.order:
                back = True
                continue
            s = self.states[p.order]
            if s is None:
                return MemoryState()
            if state is None:
                state = s.copy()
            else:
                state.meet(s)
        if state is None:
            return MemoryState()
        if back:
            loop = self.headers.get(b.id)
            if loop is None or any(p.order >= b.order and p not in loop.latches for p in b.preds):
                return MemoryState()        # irreducible
            for member in loop.blocks:
                for a in self.writes[member.order]:
                    state.apply(a)
        return state

    # -------------------------------------------------------------- values

    def number_block(self, b: Block) -> None:
        f = self.f
        self.out = out = []
        rules = RULES
        for i in b.instrs:
            op = i.op
            if op == PHI:
                self.phi(b, i)
                continue
            a = i.a
            if a.fwd is not NIL:
                i.a = resolve(a)
            a = i.b
            if a.fwd is not NIL:
                i.b = resolve(a)
            ext = i.ext
            if ext is not NO_EXT:
                n = 0
                for x in ext:
                    if x.fwd is not NIL:
                        ext[n] = resolve(x)
                    n += 1
            v = rules[op](f, i)
            while v is i and i.op != op:
                op = i.op
                v = rules[op](f, i)
            if v is not i:
                i.fwd = v
                self.changed = True
                continue
            if FIRST_ARITH <= op < LOAD:
                v = self.find(i, op)
                if v is not i:
                    i.fwd = v
                    self.changed = True
                    continue
            elif op == LOAD:
                if self.load(i):
                    continue
            elif op < RET or op == ASM_GOTO:
                if not self.effect(i, op):
                    self.changed = True
                    continue
            out.append(i)
        b.instrs = out

    def phi(self, b: Block, i: Instr) -> None:
        ext = i.ext
        for n, x in enumerate(ext):
            if x.fwd is not NIL:
                ext[n] = resolve(x)
        key = (PHI, b.id, i.ty, *[x.id for x in ext])
        old = self.table.get(key)
        if old is not None:
            i.fwd = old
            self.changed = True
            return
        self.table[key] = i
        self.out.append(i)

    def find(self, i: Instr, op: int) -> Instr:
        """An equal value that dominates, or `i`."""
        a = i.a.id
        c = i.b.id
        key: int | tuple[int, ...]
        if op <= BITCAST:
            if c and a > c and (op in COMMUTATIVE or op == ADD and i.ty != PTR) and i.b.op != CONST:
                a, c = c, a
            key = (((a << 24 | c) << 16 | i.ty) << 16) | op << 8 | (i.a.ty & 255)
        elif op == SELECT:
            key = (op, i.ty, a, c, i.ext[0].id)
        elif op in (EXTRACT, SPLAT, CONSTP, EXPECT):
            key = (op, i.ty, a, c, i.imm)
        elif op == VECTOR:
            key = (op, i.ty, a, c, i.imm, i.a.ty, *[x.id for x in i.ext])
        else:
            assert op >= COPY
            return i
        old = self.table.get(key)
        here = self.block
        if old is not None:
            home = self.home[old.id]
            if home is here or self.first[home.order] <= self.first[here.order] <= self.last[home.order]:
                return old
        self.table[key] = i
        self.home[i.id] = here
        return i

    def emit(self, op: int, ty: int, a: Instr, b: Instr, like: Instr) -> Instr:
        i = self.f.instr(op, ty, a, b, 0, like.loc)
        v = RULES[op](self.f, i)
        if v is i:
            v = self.find(i, op)
            if v is i:
                self.out.append(i)
        return v

    # -------------------------------------------------------------- memory

    def load(self, i: Instr) -> bool:
        """Replace a load by a known value; otherwise record it."""
        flags = i.flags
        f = self.f
        if flags & SPECIAL:
            if flags & ORDER_MASK:
                self.state.apply(access(f, i))
            return False
        v = propagate.fold_load(f, i)
        if v is not i:
            i.fwd = v
            self.changed = True
            return True
        address, offset = canonical(f, i.a, i.imm)
        size = type_size(f, i.ty)
        for _ in range(4):
            fact = self.state.find(address, offset, size)
            if fact is None:
                break
            if fact.kind == SAME:
                # Look through the copy: the load goes to the source itself, as aligned as the copy knew it.
                delta = offset - fact.offset
                part = part_align(fact.ty, delta, size)
                if part:
                    flags = flags & ~ALIGN_MASK | part
                    i.flags = flags
                address = fact.value
                offset = offset - fact.offset + fact.source_offset
                i.a = address
                i.imm = offset
                self.changed = True
                v = propagate.fold_load(f, i)
                if v is not i:
                    i.fwd = v
                    return True
                continue
            known = self.extract(fact, offset - fact.offset, size, i)
            if known is NIL:
                break
            i.fwd = known
            self.changed = True
            return True
        self.state.add(Fact(VALUE, address, offset, size, i.ty, i, 0))
        return False

    def extract(self, fact: Fact, delta: int, size: int, i: Instr) -> Instr:
        """The part of a fact that a load wants, NIL if it cannot be had cheaply."""
        f = self.f
        ty = i.ty
        if fact.kind == FILL:
            byte = fact.value
            if byte.op != CONST or ty >= FIRST_VECTOR:
                return NIL
            n = byte.imm * int.from_bytes(b"\1" * size, "little")
            return f.const(ty, n) if ty <= PTR else f.fconst(ty, n)
        v = fact.value
        if fact.size == size:
            if v.ty == ty:
                return v
            if v.ty >= FIRST_VECTOR or ty >= FIRST_VECTOR:
                return NIL
            return self.emit(BITCAST, ty, v, NIL, i)
        if v.ty > I128 or ty > I128:
            return NIL
        if delta:
            v = self.emit(SHR, v.ty, v, f.const(I32, delta * 8), i)
        return self.emit(TRUNC, ty, v, NIL, i)

    def effect(self, i: Instr, op: int) -> bool:
        """Follow an instruction that may write; False if it is superfluous."""
        f = self.f
        state = self.state
        if op == STORE and not i.flags & SPECIAL:
            address, offset = canonical(f, i.a, i.imm)
            size = type_size(f, i.b.ty)
            if self.redundant_store(address, offset, size, i.b):
                return False
            state.kill(address, offset, size)
            state.add(Fact(VALUE, address, offset, size, i.b.ty, i.b, 0))
            return True
        if op == MEMSET and not i.flags & SPECIAL:
            address, offset = canonical(f, i.a, 0)
            fact = state.find(address, offset, i.imm)
            if fact is not None and fact.kind == FILL and fact.value is i.b or i.imm == 0:
                return False
            state.kill(address, offset, i.imm)
            if i.b.op == CONST:
                state.add(Fact(FILL, address, offset, i.imm, I8, i.b, 0))
            return True
        if op == MEMCPY and not i.flags & SPECIAL:
            return self.copy(i)
        if op == CALL:
            info = i.aux
            if isinstance(info, CallInfo) and info.pure == 2 and not info.result_address and i.ty != VOID:
                if self.repeated(i, (CALL, i.ty, i.a.id, *[x.id for x in i.ext])):
                    return False
        elif op == ASM and repeatable_asm(i) and self.repeated(i, (ASM, i.ty, id(i.aux), *[x.id for x in i.ext])):
            return False
        state.apply(access(f, i))
        return True

    def repeated(self, i: Instr, key: tuple[int, ...]) -> bool:
        """Whether the same was computed on all ways here (then it is used); else `i` is the one to use below."""
        old = self.table.get(key)
        if old is not None:
            home = self.home[old.id]
            if self.first[home.order] <= self.first[self.block.order] <= self.last[home.order]:
                i.fwd = old
                return True
        self.table[key] = i
        self.home[i.id] = self.block
        return False

    def redundant_store(self, address: Instr, offset: int, size: int, value: Instr) -> bool:
        fact = self.state.find(address, offset, size)
        if fact is None:
            return False
        if fact.kind == VALUE:
            return fact.value is value and fact.size == size
        if fact.kind == FILL and value.op == CONST and fact.value.op == CONST:
            return value.imm == fact.value.imm * int.from_bytes(b"\1" * size, "little")
        return False

    def copy(self, i: Instr) -> bool:
        f = self.f
        state = self.state
        target, t_offset = canonical(f, i.a, 0)
        source, s_offset = canonical(f, i.b, 0)
        if i.imm == 0 or target is source and t_offset == s_offset:
            return False
        fact = state.find(source, s_offset, i.imm)
        if fact is not None and fact.kind == SAME:
            source = fact.value
            s_offset = s_offset - fact.offset + fact.source_offset
            i.b = self.address(source, s_offset, i)
            self.changed = True
            if target is source and t_offset == s_offset:
                return False
        elif fact is not None and fact.kind == FILL:
            i.op = MEMSET
            i.b = fact.value
            self.changed = True
            return self.effect(i, MEMSET)
        old = state.find(target, t_offset, i.imm)
        if old is not None and old.kind == SAME and old.value is source and old.source_offset + t_offset - old.offset == s_offset:
            return False
        state.kill(target, t_offset, i.imm)
        state.copied(target, t_offset, source, s_offset, i.imm, (i.flags & ALIGN_MASK) >> ALIGN_SHIFT)
        return True

    def address(self, base: Instr, offset: int, like: Instr) -> Instr:
        if offset == 0:
            return base
        return self.emit(ADD, PTR, base, self.f.const(self.f.pointer_type, offset), like)
