"""Constant and copy propagation with folding; branches on constants go, and what they guarded with them.

    b0:                                   b0:
      %1 = add i32 2, 3                     jump b2
      %2 = eq i32 %1, 5              ->   b2: preds b0
      branch %2, b2, b1                     ret 7
    b1: preds b0
      call void @never()
      jump b2
    b2: preds b0, b1
      %3 = phi i32 [b0 7], [b1 8]
      ret %3

One walk in reverse post-order: when a block is visited, edges that constant branches cut are gone already, so
that phis see only what can arrive; a block without predecessors is cut off in turn.  The walk is
repeated while it removed edges, for the sake of loops.
"""
from __future__ import annotations

from toolchain.cc.ir.cfg import reachable, remove_pred, remove_unreachable, resolve_all, resolve_operands, set_jump
from toolchain.cc.ir.fold import RULES
from toolchain.cc.ir.ir import (
    ADD,
    BITCAST,
    BRANCH,
    CONST,
    EQ,
    F80,
    FIRST_VECTOR,
    GLOBAL,
    LOAD,
    NIL,
    NO_EXT,
    PHI,
    PTR,
    SWITCH,
    UNDEF,
    VOLATILE,
    Block,
    DataObject,
    Function,
    GlobalSymbol,
    Instr,
    SwitchCases,
    resolve,
)
from toolchain.cc.ir.verifier import type_size


def run(function: Function) -> bool:
    """Propagate until no more branches fall (three rounds at most)."""
    changed = False
    for _ in range(3):
        walk = _Walk(function)
        walk.run()
        changed = changed or walk.changed
        if not walk.cut:
            break
        remove_unreachable(function)
        if walk.skipped:
            resolve_all(function)
    return changed


class _Walk:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.changed = False
        self.cut = False
        self.skipped = False

    def run(self) -> None:
        f = self.function
        blocks = reachable(f)
        late = False            # an operand defined later (loop phi) may be replaced after its use was seen
        entry = blocks[0]
        for b in blocks:
            if b is not entry and not b.preds:
                for s in b.succs:
                    remove_pred(s, b)
                b.succs = []
                self.cut = True
                continue
            if b is not entry and all(p.order >= b.order for p in b.preds):
                # What is left are back edges: an unreachable loop, whose values may depend on themselves.
                for i in b.instrs:
                    resolve_operands(i)
                self.cut = self.skipped = True
                continue
            self.block(b)
        for b in blocks:
            for i in b.instrs:
                if i.op != PHI:
                    break
                ext = i.ext
                n = 0
                for x in ext:
                    if x.fwd is not NIL:
                        ext[n] = resolve(x)
                        late = True
                    n += 1
        self.changed = self.changed or late

    def block(self, b: Block) -> None:
        f = self.function
        out: list[Instr] = []
        rules = RULES
        for i in b.instrs:
            op = i.op
            if op == PHI:
                v = self.phi(i)
                if v is not i:
                    i.fwd = v
                    self.changed = True
                else:
                    out.append(i)
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
            if i.a.op == UNDEF and ADD <= op <= BITCAST:
                define(f, i)
            v = rules[op](f, i)
            while v is i and i.op != op:
                op = i.op
                self.changed = True
                v = rules[op](f, i)
            if op == LOAD and v is i:
                v = fold_load(f, i)
            if v is i:
                out.append(i)
            else:
                i.fwd = v
                self.changed = True
        b.instrs = out
        t = out[-1]
        if t.op == BRANCH:
            self.branch(b, t)
        elif t.op == SWITCH and t.a.op == CONST:
            set_jump(f, b, switch_target(t))
            self.cut = self.changed = True

    def branch(self, b: Block, t: Instr) -> None:
        a = t.a
        if a.op == CONST:
            set_jump(self.function, b, 0 if a.imm else 1)
            self.cut = self.changed = True
        elif a.op == UNDEF:
            set_jump(self.function, b, 1)
            self.cut = self.changed = True
        elif a.op == EQ and a.b.op == CONST and a.b.imm == 0 and a.a.ty <= PTR:
            t.a = a.a
            b.succs.reverse()
            if t.imm:
                t.imm = 1000 - t.imm
            self.changed = True

    def phi(self, i: Instr) -> Instr:
        ext = i.ext
        same = NIL
        n = 0
        many = False
        for x in ext:
            if x.fwd is not NIL:
                x = resolve(x)
                ext[n] = x
            n += 1
            if x is i or x is same:
                continue
            if same is not NIL:
                many = True
            same = x
        if many:
            return i
        return same if same is not NIL else self.function.undef(i.ty)


def define(f: Function, i: Instr) -> None:
    """Undefined integer operands of arithmetic count as 0."""
    if i.a.ty <= PTR:
        i.a = f.const(i.a.ty, 0)
    if i.b.op == UNDEF and i.b.ty <= PTR:
        i.b = f.const(i.b.ty, 0)


def switch_target(t: Instr) -> int:
    """Index of the successor that a SWITCH on a constant takes."""
    cases = t.aux
    assert isinstance(cases, SwitchCases)
    v = t.a.imm
    n = 0
    for low, high in cases.ranges:
        if low <= v <= high:
            return cases.targets[n]
        n += 1
    return 0


def fold_load(f: Function, i: Instr) -> Instr:
    """A load from constant data: its value, or `i`."""
    a = i.a
    if a.op != GLOBAL or i.flags & VOLATILE or i.ty >= FIRST_VECTOR or i.ty == F80:
        return i
    symbol = a.aux
    if not isinstance(symbol, GlobalSymbol) or symbol.weak:
        return i
    d = symbol.readonly_data
    if d is None:
        return i
    offset = a.imm + i.imm
    size = type_size(f, i.ty)
    if offset < 0 or offset + size > d.size:
        return i
    return _data_value(f, i, d, offset, size)


def _data_value(f: Function, i: Instr, d: DataObject, offset: int, size: int) -> Instr:
    for at, n, target, addend in d.relocations:
        if at < offset + size and offset < at + n:
            if at == offset and n == size and i.ty == PTR:
                return f.global_address(target, addend)
            return i
    for at, n, _, _, _ in d.differences:
        if at < offset + size and offset < at + n:
            return i
    raw = bytes(d.data[offset:offset + size])
    raw += bytes(size - len(raw))
    value = int.from_bytes(raw, "little")
    return f.const(i.ty, value) if i.ty <= PTR else f.fconst(i.ty, value)
