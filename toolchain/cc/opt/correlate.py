"""What branches taken on the way tell about values.

    b0:                                        b0:
      %1 = ult i32 %x, 10                        %1 = ult i32 %x, 10
      branch %1, b1, b2                          branch %1, b1, b2
    b1: preds b0                               b1: preds b0
      %2 = slt i32 %x, 20               ->       ret 1
      branch %2, b3, b4
    b2: preds b0                               b2: preds b0
      %3 = phi ... [b0 %1]                       %3 = phi ... [b0 0]

A walk over the dominator tree with a scoped table: values that are known constants (the condition itself, x after
x == 5), truth of comparisons of the same operands, and unsigned and signed intervals against constants.
"""
from __future__ import annotations

from toolchain.cc.ir.cfg import dominator_children, dominators, reachable, remove_pred
from toolchain.cc.ir.ir import (
    ADD,
    AND,
    BRANCH,
    CONST,
    EQ,
    I32,
    I128,
    LAST_LEAF,
    NE,
    NIL,
    NO_EXT,
    OR,
    PARAM,
    PHI,
    PTR,
    SAR,
    SDIV,
    SEXT,
    SHR,
    SLE,
    SLT,
    SREM,
    SWITCH,
    UDIV,
    ULE,
    ULT,
    UREM,
    ZEXT,
    Block,
    Function,
    Instr,
    SwitchCases,
    resolve,
)
from toolchain.cc.ir.known import fold_compare, known_bool, known_ones_limit, signed, width

Interval = tuple[int, int, int, int]
"""Unsigned least and greatest, signed least and greatest."""
TRUE_OF: dict[int, tuple[tuple[int, bool, bool], ...]] = {
    # op: what follows if it is true, as (op, operands swapped, truth)
    EQ: ((NE, False, False), (SLT, False, False), (SLT, True, False), (ULT, False, False), (ULT, True, False),
         (SLE, False, True), (SLE, True, True), (ULE, False, True), (ULE, True, True)),
    NE: ((EQ, False, False),),
    SLT: ((SLE, False, True), (SLT, True, False), (SLE, True, False), (EQ, False, False), (NE, False, True)),
    SLE: ((SLT, True, False),),
    ULT: ((ULE, False, True), (ULT, True, False), (ULE, True, False), (EQ, False, False), (NE, False, True)),
    ULE: ((ULT, True, False),),
}
NEGATION = {EQ: (NE, False), NE: (EQ, False), SLT: (SLE, True), SLE: (SLT, True), ULT: (ULE, True), ULE: (ULT, True)}


def run(function: Function) -> bool:
    """Use what dominating branches tell."""
    blocks = reachable(function)
    if len(blocks) < 3:
        return False
    return _Walk(function, blocks).run()


class _Walk:
    def __init__(self, function: Function, blocks: list[Block]) -> None:
        self.f = function
        self.blocks = blocks
        self.known: dict[int, Instr] = {}
        self.truth: dict[tuple[int, int, int], bool] = {}
        self.ranges: dict[int, Interval] = {}
        self.undo: list[tuple[int, object, object]] = []
        self.spans: dict[int, dict[int, tuple[int, int]]] = {}      # see switch_spans; made after the block was visited
        self.changed = False

    def run(self) -> bool:
        dominators(self.blocks)
        children = dominator_children(self.blocks)
        stack: list[tuple[Block, int]] = [(self.blocks[0], -1)]
        while stack:
            b, mark = stack.pop()
            if mark >= 0:
                self.rewind(mark)
                continue
            stack.append((b, len(self.undo)))
            self.enter(b)
            self.visit(b)
            for c in reversed(children[b.order]):
                stack.append((c, -1))
        for b in self.blocks:
            for i in b.instrs:
                if i.op != PHI:
                    break
                for n, x in enumerate(i.ext):
                    if x.fwd is not NIL:
                        i.ext[n] = resolve(x)
        return self.changed

    # -------------------------------------------------------------- scopes

    def rewind(self, mark: int) -> None:
        while len(self.undo) > mark:
            kind, key, old = self.undo.pop()
            if kind == 0:
                assert isinstance(key, int)
                if isinstance(old, Instr):
                    self.known[key] = old
                else:
                    del self.known[key]
            elif kind == 1:
                assert isinstance(key, tuple)
                del self.truth[key]
            else:
                assert isinstance(key, int)
                if isinstance(old, tuple):
                    self.ranges[key] = old
                else:
                    del self.ranges[key]

    def set_known(self, v: Instr, c: Instr) -> None:
        if v.op == CONST or v.op <= LAST_LEAF and v.op != PARAM or v.id in self.known:
            return
        self.undo.append((0, v.id, None))
        self.known[v.id] = c

    def set_truth(self, op: int, a: int, b: int, truth: bool) -> None:
        key = (op, a, b)
        if key not in self.truth:
            self.undo.append((1, key, None))
            self.truth[key] = truth

    def set_range(self, v: Instr, r: Interval) -> None:
        old = self.ranges.get(v.id)
        self.undo.append((2, v.id, old))
        self.ranges[v.id] = r

    # -------------------------------------------------------------- facts

    def enter(self, b: Block) -> None:
        if len(b.preds) != 1:
            return
        p = b.preds[0]
        t = p.instrs[-1]
        if t.op == BRANCH:
            if p.succs[0] is not p.succs[1]:
                self.assume(t.a, p.succs[0] is b, 4)
        elif t.op == SWITCH and t.a.ty <= I128:
            span = self.switch_spans(p, t).get(b.id)
            if span is not None:
                low, high = span
                if low == high:
                    self.set_known(t.a, self.f.const(t.a.ty, low))
                else:
                    self.narrow(t.a, ULE, high, True)
                    if low:
                        self.narrow(t.a, ULT, low, False)

    def switch_spans(self, p: Block, t: Instr) -> dict[int, tuple[int, int]]:
        """Least and greatest value with which the switch at the end of `p` goes to each block that only cases go to."""
        found = self.spans.get(p.id)
        if found is None:
            cases = t.aux
            assert isinstance(cases, SwitchCases)
            by_target: dict[int, tuple[int, int]] = {}
            for (low, high), target in zip(cases.ranges, cases.targets):
                known = by_target.get(target)
                by_target[target] = (low, high) if known is None else (min(low, known[0]), max(high, known[1]))
            found = {}
            seen: set[int] = set()
            for k, s in enumerate(p.succs):
                if s.id in seen:
                    found.pop(s.id, None)
                elif k in by_target:
                    found[s.id] = by_target[k]
                seen.add(s.id)
            self.spans[p.id] = found
        return found

    def assume(self, c: Instr, truth: bool, depth: int) -> None:
        """`c` is nonzero (or zero) from here on."""
        f = self.f
        if c.ty > PTR or c.op == CONST:
            return
        if not truth:
            self.set_known(c, f.const(c.ty, 0))
        elif known_bool(c):
            self.set_known(c, f.const(c.ty, 1))
        op = c.op
        if depth and (op == AND and truth or op == OR and not truth) and known_bool(c.a) and known_bool(c.b):
            self.assume(c.a, truth, depth - 1)
            self.assume(c.b, truth, depth - 1)
        if not EQ <= op <= ULE:
            if c.ty <= I128 and not EQ <= op <= ULE and truth:
                self.narrow(c, EQ, 0, False)
            return
        a = c.a
        b = c.b
        if a.ty > PTR:
            return
        if not truth:
            op, swap = NEGATION[op]
            if swap:
                a, b = b, a
        self.set_truth(op, a.id, b.id, True)
        for other, swap, value in TRUE_OF[op]:
            self.set_truth(other, b.id if swap else a.id, a.id if swap else b.id, value)
        if op == EQ:
            self.set_truth(EQ, b.id, a.id, True)
            if b.op == CONST:
                self.set_known(a, b)
        elif op == NE:
            self.set_truth(NE, b.id, a.id, True)
            self.set_truth(EQ, b.id, a.id, False)
        if a.ty <= I128:
            if b.op == CONST:
                self.narrow(a, op, b.imm, True)
            elif a.op == CONST:
                # c < x  is  not (x <= c)
                flip = {SLT: SLE, SLE: SLT, ULT: ULE, ULE: ULT}.get(op)
                if flip is not None:
                    self.narrow(b, flip, a.imm, False)

    def narrow(self, v: Instr, op: int, c: int, truth: bool) -> None:
        """x op c holds (or not): intersect the interval."""
        bits = width(self.f, v.ty)
        u0, u1, s0, s1 = self.interval(v)
        top = (1 << bits) - 1
        s = signed(c, bits)
        if op == ULT or op == ULE:
            if truth:
                u1 = min(u1, c - 1 if op == ULT else c)
            else:
                u0 = max(u0, c if op == ULT else c + 1)
        elif op == SLT or op == SLE:
            if truth:
                s1 = min(s1, s - 1 if op == SLT else s)
            else:
                s0 = max(s0, s if op == SLT else s + 1)
        elif op == EQ and truth:
            u0 = u1 = c
            s0 = s1 = s
        else:
            if c == u0:
                u0 += 1
            if c == u1:
                u1 -= 1
            if s == s0:
                s0 += 1
            if s == s1:
                s1 -= 1
        # What one view says holds in the other where the sign is known.
        if s0 >= 0:
            u0 = max(u0, s0)
            u1 = min(u1, s1)
        elif s1 < 0:
            u0 = max(u0, s0 + top + 1)
            u1 = min(u1, s1 + top + 1)
        if u1 <= top >> 1:
            s0 = max(s0, u0)
            s1 = min(s1, u1)
        elif u0 > top >> 1:
            s0 = max(s0, u0 - top - 1)
            s1 = min(s1, u1 - top - 1)
        if u0 > u1 or s0 > s1:
            return              # cannot be reached: no matter
        self.set_range(v, (u0, u1, s0, s1))
        if v.op == ZEXT and v.a.ty <= I128 and u1 < 1 << width(self.f, v.a.ty):
            self.set_range(v.a, self.meet(v.a, u0, u1))

    def meet(self, v: Instr, low: int, high: int) -> Interval:
        """The interval of `v`, cut to unsigned low..high."""
        u0, u1, s0, s1 = self.interval(v)
        u0 = max(u0, low)
        u1 = min(u1, high)
        half = 1 << (width(self.f, v.ty) - 1)
        if u1 < half:
            s0 = max(s0, u0)
            s1 = min(s1, u1)
        return (u0, u1, s0, s1) if u0 <= u1 and s0 <= s1 else self.interval(v)

    def interval(self, v: Instr) -> Interval:
        """What is known of an integer."""
        bits = width(self.f, v.ty)
        if v.op == CONST:
            s = signed(v.imm, bits)
            return (v.imm, v.imm, s, s)
        r = self.ranges.get(v.id)
        if r is not None:
            return r
        half = 1 << (bits - 1)
        if v.op == SEXT and v.a.ty <= I128:
            _, _, s0, s1 = self.interval(v.a)
            return (s0, s1, s0, s1) if s0 >= 0 else (0, 2 * half - 1, s0, s1)
        if v.op == ZEXT and v.a.ty <= I128:
            u0, u1, _, _ = self.interval(v.a)
            return (u0, u1, u0, u1) if u1 < half else (u0, u1, -half, half - 1)
        if v.op == ADD and v.b.op == CONST and v.a.id in self.ranges:
            return self.moved(v.a, v.b.imm, half)
        limit = known_ones_limit(self.f, v)
        if limit < half:
            return (0, limit, 0, limit)
        return (0, limit, -half, half - 1)

    def moved(self, v: Instr, c: int, half: int) -> Interval:
        """The interval of v + c: that of `v`, moved, in each view where no value of it wraps around or all do."""
        u0, u1, s0, s1 = self.ranges[v.id]
        u0 += c
        u1 += c
        if u0 >= 2 * half:
            u0 -= 2 * half
            u1 -= 2 * half
        elif u1 >= 2 * half:
            u0, u1 = 0, 2 * half - 1
        d = c if c < half else c - 2 * half
        s0 += d
        s1 += d
        if s0 < -half or s1 >= half:
            s0, s1 = -half, half - 1
        return (u0, u1, s0, s1)

    # -------------------------------------------------------------- use

    def visit(self, b: Block) -> None:
        known = self.known
        out: list[Instr] = []
        for i in b.instrs:
            if i.op == PHI:
                out.append(i)
                continue
            a = i.a
            if a.fwd is not NIL:
                i.a = a = resolve(a)
            if known and a.id in known and a is not NIL:
                i.a = known[a.id]
                self.changed = True
            a = i.b
            if a.fwd is not NIL:
                i.b = a = resolve(a)
            if known and a.id in known and a is not NIL:
                i.b = known[a.id]
                self.changed = True
            if i.ext is not NO_EXT:
                for n, x in enumerate(i.ext):
                    if x.fwd is not NIL:
                        i.ext[n] = x = resolve(x)
                    if x.id in known:
                        i.ext[n] = known[x.id]
            op = i.op
            if EQ <= op <= ULE and i.a.ty <= PTR:
                v = self.compare(i)
                if v is not NIL:
                    i.fwd = v
                    self.changed = True
                    continue
            elif op in (SDIV, SREM, SAR) and i.ty <= I128 and self.ranges:
                self.unsign(i)
            elif op == SEXT and i.a.ty <= I128 and self.ranges and self.interval(i.a)[2] >= 0:
                i.op = ZEXT
                self.changed = True
            out.append(i)
        b.instrs = out
        t = b.instrs[-1]
        if t.op == SWITCH and t.a.ty <= I128 and (self.ranges or self.truth):
            self.prune(b, t)
        elif t.op == BRANCH and t.a.op != CONST and t.a.ty <= PTR and self.is_nonzero(t.a):
            t.a = self.f.const(I32, 1)
            self.changed = True
        if known:
            self.phi_operands(b)

    def prune(self, b: Block, t: Instr) -> None:
        """Drop the cases that the switched value cannot have here; edges without cases go to the default's block."""
        cases = t.aux
        assert isinstance(cases, SwitchCases)
        u0, u1, _, _ = self.interval(t.a)
        keep = [n for n, (low, high) in enumerate(cases.ranges) if high >= u0 and low <= u1 and not self.differs(t.a, low, high)]
        if len(keep) == len(cases.ranges):
            return
        new = SwitchCases()
        new.ranges = [cases.ranges[n] for n in keep]
        new.targets = [cases.targets[n] for n in keep]
        wanted = set(new.targets)
        for k in range(len(b.succs) - 1, 0, -1):
            if k not in wanted:
                s = b.succs.pop(k)
                remove_pred(s, b)
                new.targets = [x - 1 if x > k else x for x in new.targets]
        t.aux = new
        self.changed = True

    def is_nonzero(self, v: Instr) -> bool:
        """Whether `v` is known not to be 0."""
        return self.differs(v, 0, 0) or v.ty <= I128 and bool(self.ranges) and self.interval(v)[0] > 0

    def differs(self, v: Instr, low: int, high: int) -> bool:
        """Whether `v` is known not to be the single value `low`."""
        return low == high and self.truth.get((EQ, v.id, self.f.const(v.ty, low).id)) is False

    def unsign(self, i: Instr) -> None:
        """Division and shifts of values that are not negative are unsigned ones."""
        if self.interval(i.a)[2] < 0 or i.op != SAR and self.interval(i.b)[2] < 0:
            return
        i.op = {SDIV: UDIV, SREM: UREM, SAR: SHR}[i.op]
        self.changed = True

    def compare(self, i: Instr) -> Instr:
        """The result if known, else NIL."""
        op = i.op
        a = i.a
        b = i.b
        f = self.f
        if a.op == CONST and b.op == CONST:
            return f.const(I32, fold_compare(op, a.imm, b.imm, width(f, a.ty)))
        t = self.truth.get((op, a.id, b.id))
        if t is not None:
            return f.const(I32, int(t))
        if a.ty > I128 or not self.ranges:
            return NIL
        u0, u1, s0, s1 = self.interval(a)
        v0, v1, t0, t1 = self.interval(b)
        result = -1
        if op == ULT:
            result = 1 if u1 < v0 else 0 if u0 >= v1 else -1
        elif op == ULE:
            result = 1 if u1 <= v0 else 0 if u0 > v1 else -1
        elif op == SLT:
            result = 1 if s1 < t0 else 0 if s0 >= t1 else -1
        elif op == SLE:
            result = 1 if s1 <= t0 else 0 if s0 > t1 else -1
        elif u1 < v0 or v1 < u0 or s1 < t0 or t1 < s0:
            result = int(op == NE)
        return NIL if result < 0 else f.const(I32, result)

    def phi_operands(self, b: Block) -> None:
        """On the edges out of `b` its facts hold, and that of its own branch."""
        known = self.known
        t = b.instrs[-1]
        done: set[int] = set()
        for n, s in enumerate(b.succs):
            if s.id in done or s.instrs and s.instrs[0].op != PHI:
                continue
            done.add(s.id)
            condition = t.a if t.op == BRANCH and b.succs[0] is not b.succs[1] else NIL
            for i in s.instrs:
                if i.op != PHI:
                    break
                for k, p in enumerate(s.preds):
                    if p is not b:
                        continue
                    x = i.ext[k]
                    c = known.get(x.id)
                    if c is None and condition is not NIL:
                        c = self.on_edge(condition, x, n == 0)
                    if c is not None and c is not x:
                        i.ext[k] = c
                        self.changed = True

    def on_edge(self, condition: Instr, x: Instr, truth: bool) -> Instr | None:
        """What the branch on `condition` tells about `x` where it went `truth`."""
        if x is condition:
            if not truth:
                return self.f.const(x.ty, 0)
            return self.f.const(x.ty, 1) if known_bool(x) else None
        if condition.a is x and condition.b.op == CONST and x.ty <= PTR and (condition.op == EQ and truth or condition.op == NE and not truth):
            return condition.b
        return None
