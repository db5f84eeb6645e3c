"""Two tests that lead to the same places become one.

    b0: %2 = slt i32 %1, 48 ; branch %2, b2, b1              %4 = add i32 %1, -48
    b1: %3 = slt i32 57, %1 ; branch %3, b2, b3      ->      %5 = ule i32 %4, 9
                                                             branch %5, b3, b2

Tests of one value against constants, each an interval of the value's numbers modulo 2^n, if their intersection is an interval too;
and tests of two values for zero, by OR.  The same for truth values that a PHI joins or a SELECT chooses (`c >= '0' && c <= '9'` as a
value).  It runs late: other passes learn more from the branches.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import phis, reachable, remove_pred, replace_pred, resolve_all
from toolchain.cc.ir.fold import simplify
from toolchain.cc.ir.ir import (
    ADD,
    BRANCH,
    CONST,
    EQ,
    I32,
    I64,
    JUMP,
    NE,
    NIL,
    OR,
    SELECT,
    SLE,
    SLT,
    TYPE_BITS,
    ULE,
    ULT,
    VOID,
    Block,
    Function,
    Instr,
)
from toolchain.cc.ir.known import known_bool
from toolchain.cc.opt.if_conversion import cheap

MOVED: Final = 3
"""Instructions of the second test's block that are then done whatever the first test says."""


class Interval:
    """The test (x - lo) mod 2^n <= span; neither empty nor full."""

    def __init__(self, x: Instr, lo: int, span: int) -> None:
        self.x = x
        bits = TYPE_BITS[x.ty]
        self.size = 1 << bits
        self.lo = lo % self.size
        self.span = span

    def is_zero(self) -> bool:
        """Whether it asks for the value 0."""
        return self.span == 0 and self.lo == 0


def run(function: Function) -> bool:
    """Combine what can be combined."""
    c = _Combiner(function)
    for b in reachable(function):
        if b.order < 0 or not b.instrs:
            continue
        c.selects(b)
        while b.instrs[-1].op == BRANCH and len(b.succs) == 2 and (c.branches(b) or c.joined(b)):
            c.changed = True
    if c.changed:
        resolve_all(function)
        reachable(function)
    return c.changed


def interval(v: Instr, truth: bool) -> Interval | None:
    """What is known if `v` is not 0, or is 0; None if that is no interval."""
    if v.ty > I64 or v.ty == VOID:
        return None
    x, lo, span = v, 1, (1 << TYPE_BITS[v.ty]) - 2
    if EQ <= v.op <= ULE:
        a, b = v.a, v.b
        if a.ty > I64 or (a.op == CONST) == (b.op == CONST):
            return None
        size = 1 << TYPE_BITS[a.ty]
        left = b.op == CONST
        x, c = (a, b.imm) if left else (b, a.imm)
        least = size >> 1 if v.op == SLT or v.op == SLE else 0
        if v.op == EQ or v.op == NE:
            lo, span = (c, 0) if v.op == EQ else (c + 1, size - 2)
        else:
            strict = v.op == SLT or v.op == ULT
            lo = least if left else c + strict
            span = ((c - strict if left else least - 1) - lo) % size
            if strict and c == (least if left else (least - 1) % size):
                return None         # always false
            if span == size - 1:
                return None
    size = 1 << TYPE_BITS[x.ty]
    while x.op == ADD and x.b.op == CONST and x.a.ty == x.ty:
        lo -= x.b.imm
        x = x.a
    return Interval(x, lo, span) if truth else Interval(x, lo + span + 1, size - 2 - span)


def intersection(p: Interval, q: Interval) -> Interval | None:
    """What holds if both hold; None if that is no interval."""
    d = (q.lo - p.lo) % p.size
    end = d + q.span
    if d <= p.span:
        return Interval(p.x, q.lo, min(p.span - d, q.span)) if end < p.size else None
    end -= p.size
    return Interval(p.x, p.lo, min(end, p.span)) if end >= 0 else None


class _Combiner:
    def __init__(self, function: Function) -> None:
        self.f = function
        self.changed = False
        self.new: list[Instr] = []
        self.loc = 0

    # ---- conditions

    def both(self, first: Instr, first_truth: bool, second: Instr, second_truth: bool, loc: int) -> Instr:
        """A condition (I32) for both tests; NIL if it takes more than two instructions.  What it needs is in `new`."""
        self.new = []
        self.loc = loc
        p = interval(first, first_truth)
        q = interval(second, second_truth) if p is not None else None
        if p is None or q is None:
            return NIL
        if p.x is q.x:
            both = intersection(p, q)
            return self.test(both) if both is not None else NIL
        if p.is_zero() and q.is_zero() and p.x.ty == q.x.ty and p.x.ty >= I32:
            return self.emit(EQ, I32, self.emit(OR, p.x.ty, p.x, q.x), self.f.const(p.x.ty, 0))
        return NIL

    def test(self, p: Interval) -> Instr:
        """The shortest comparison for an interval."""
        f = self.f
        x, lo, span = p.x, p.lo, p.span
        ty = x.ty
        half = p.size >> 1
        last = (lo + span) % p.size
        if span == 0:
            return self.emit(EQ, I32, x, f.const(ty, lo))
        if span == p.size - 2:
            return self.emit(NE, I32, x, f.const(ty, lo - 1))
        if lo == 0:
            return self.emit(ULE, I32, x, f.const(ty, span))
        if last == p.size - 1:
            return self.emit(ULE, I32, f.const(ty, lo), x)
        if lo == half:
            return self.emit(SLE, I32, x, f.const(ty, last))
        if last == half - 1:
            return self.emit(SLE, I32, f.const(ty, lo), x)
        return self.emit(ULE, I32, self.emit(ADD, ty, x, f.const(ty, -lo)), f.const(ty, span))

    def emit(self, op: int, ty: int, a: Instr, b: Instr) -> Instr:
        i = self.f.instr(op, ty, a, b, 0, self.loc)
        v = simplify(self.f, i)
        if v is i:
            self.new.append(i)
        return v

    # ---- values

    def selects(self, b: Block) -> None:
        """SELECT(p, q, 0) is p and q, SELECT(p, 1, q) is p or q."""
        k = 0
        while k < len(b.instrs):
            i = b.instrs[k]
            if i.op == SELECT and i.ty == I32:
                x, y = i.b, i.ext[0]
                v = NIL
                if y.op == CONST and y.imm == 0 and known_bool(x):
                    v = self.both(i.a, True, x, True, i.loc)
                elif x.op == CONST and x.imm == 1 and known_bool(y):
                    v = self.negated(self.both(i.a, False, y, False, i.loc))
                if v is not NIL:
                    i.fwd = v
                    b.instrs[k:k + 1] = self.new
                    self.changed = True
                    k += len(self.new)
                    continue
            k += 1

    def negated(self, v: Instr) -> Instr:
        return self.emit(EQ, I32, v, self.f.const(I32, 0)) if v is not NIL else NIL

    # ---- branches

    def second(self, b: Block, n: int) -> Block | None:
        """The block at successor `n` of `b`, if its instructions may move before the branch."""
        s = b.succs[n]
        if s is b or s is b.succs[1 - n] or len(s.preds) != 1 or s.address_taken or s.cold != b.cold or len(s.instrs) > MOVED + 1:
            return None
        return s if all([cheap(i) and i.ty <= I64 for i in s.instrs[:-1]]) else None

    def absorb(self, b: Block, s: Block) -> None:
        """Let `b` compute what `s` does and the new condition, before its branch; `s` has no edges any more."""
        b.instrs[-1:] = [*s.instrs[:-1], *self.new, b.instrs[-1]]
        s.succs = []
        s.preds = []

    def branches(self, b: Block) -> bool:
        """The branch of `b` and that of a successor, if they have one target in common."""
        t = b.instrs[-1]
        for n in (0, 1):
            s = self.second(b, n)
            common = b.succs[1 - n]
            if s is None or s.instrs[-1].op != BRANCH or common not in s.succs or s.succs[0] is s.succs[1]:
                continue
            m = s.succs.index(common)
            other = s.succs[1 - m]
            u = s.instrs[-1]
            if other is s or other is b or (t.imm == 0) != (u.imm == 0):
                continue
            kb, ks = common.preds.index(b), common.preds.index(s)
            if any([p.ext[kb] is not p.ext[ks] for p in phis(common)]):
                continue
            v = self.both(t.a, n == 0, u.a, m == 1, t.loc)
            if v is NIL:
                continue
            if t.imm:
                t.imm = max((t.imm if n == 0 else 1000 - t.imm) * (u.imm if m == 1 else 1000 - u.imm) // 1000, 1)
            self.absorb(b, s)
            t.a = v
            remove_pred(common, s)
            replace_pred(other, s, b)
            b.succs = [other, common]
            return True
        return False

    def joined(self, b: Block) -> bool:
        """A truth value that is known on one side and the second test on the other: the PHI's value without a branch."""
        t = b.instrs[-1]
        for n in (0, 1):
            s = self.second(b, n)
            join = b.succs[1 - n]
            if s is None or s.instrs[-1].op != JUMP or s.succs[0] is not join or join is b:
                continue
            kb, ks = join.preds.index(b), join.preds.index(s)
            different = [p for p in phis(join) if p.ext[kb] is not p.ext[ks]]
            if len(different) != 1:
                continue
            p = different[0]
            known, tested = p.ext[kb], p.ext[ks]
            if p.ty != I32 or known.op != CONST or known.imm > 1 or not known_bool(tested) or tested.op == CONST:
                continue
            v = self.both(t.a, n == 0, tested, known.imm == 0, t.loc)
            if known.imm:
                v = self.negated(v)
            if v is NIL:
                continue
            self.absorb(b, s)
            p.ext[kb] = v
            remove_pred(join, s)
            t.op = JUMP
            t.a = NIL
            t.imm = 0
            b.succs = [join]
            return True
        return False
