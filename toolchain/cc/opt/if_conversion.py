"""Branches that only choose between values become arithmetic.

    branch %c, b1, b2                       %3 = zext i64 %c          (%c is a comparison)
    b1: jump b3                      ->     ...
    b2: jump b3
    b3: %3 = phi i64 [b1 1], [b2 0]

Always for 1 and 0; for two constants whose difference is a power of two, and for a constant 0 or -1 against a
value, where that is no longer than the branch; late, for any two integers (a SELECT) if the target has a conditional move:
before that, other passes learn from the branch.  The two sides must be empty but for a few cheap instructions, and
neither may be unlikely.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import phis, reachable, remove_pred
from toolchain.cc.ir.fold import simplify
from toolchain.cc.ir.ir import (
    ADD,
    BITCAST,
    BRANCH,
    CONST,
    EQ,
    FIRST_ARITH,
    I32,
    JUMP,
    LAST_COMPARE,
    MUL,
    NE,
    NIL,
    PTR,
    SAR,
    SDIV,
    SELECT,
    SHL,
    SREM,
    SUB,
    TRAPPING,
    TRUNC,
    UDIV,
    UREM,
    VOID,
    ZEXT,
    Block,
    Function,
    Instr,
)
from toolchain.cc.ir.known import known_bool, width
from toolchain.cc.opt.context import OptContext

NOT_SPECULATED: Final = frozenset((SDIV, UDIV, SREM, UREM, MUL))
SPECULATED: Final = 2
"""Instructions of both sides that are done whatever the condition, if there is a conditional move."""


def run(function: Function, ctx: OptContext) -> bool:
    """Convert diamonds and triangles."""
    changed = False
    for b in reachable(function):
        if len(b.succs) == 2 and b.instrs[-1].op == BRANCH and _Converter(function, ctx, b).run():
            changed = True
    if changed:
        reachable(function)
    return changed


def cheap(i: Instr) -> bool:
    """Whether `i` may be computed though it turns out not to be needed."""
    if not FIRST_ARITH <= i.op <= BITCAST or i.op in NOT_SPECULATED or i.flags & TRAPPING or LAST_COMPARE < i.op < TRUNC:
        return False
    return not SHL <= i.op <= SAR or i.b.op == CONST


def _side(b: Block, home: Block) -> bool:
    """Whether `b` is a side of the branch at `home` that only computes."""
    if len(b.preds) != 1 or b.preds[0] is not home or len(b.succs) != 1 or b.instrs[-1].op != JUMP or b.address_taken:
        return False
    return all([cheap(i) for i in b.instrs[:-1]])


class _Converter:
    def __init__(self, function: Function, ctx: OptContext, block: Block) -> None:
        self.f = function
        self.ctx = ctx
        self.block = block
        self.branch = block.instrs[-1]
        self.new: list[Instr] = []
        self.selects = ctx.has_select and ctx.phase == 2

    def run(self) -> bool:
        b = self.block
        yes, no = b.succs
        if yes is no:
            return False
        if _side(yes, b) and _side(no, b) and yes.succs[0] is no.succs[0]:
            join = yes.succs[0]
            from_yes, from_no = yes, no
        elif _side(yes, b) and yes.succs[0] is no:
            join = no
            from_yes, from_no = yes, b
        elif _side(no, b) and no.succs[0] is yes:
            join = yes
            from_yes, from_no = b, no
        else:
            return False
        if join is b:
            return False
        speculated = sum(len(s.instrs) - 1 for s in (from_yes, from_no) if s is not b)
        if speculated > (SPECULATED if self.selects and not self.f.for_size else 0):
            return False
        if from_yes.cold != b.cold or from_no.cold != b.cold:
            self.selects = False
        merge = phis(join)
        if not merge or len(merge) > 2:
            return False
        ky = join.preds.index(from_yes)
        kn = join.preds.index(from_no)
        pairs = [(p.ext[ky], p.ext[kn]) for p in merge]
        if not all(x is y or self.pays(x, y) for x, y in pairs):
            return False
        self.convert(join, from_yes, from_no, merge, pairs)
        return True

    def pays(self, x: Instr, y: Instr) -> bool:
        """Whether choosing x or y is worth converting."""
        if x.ty > PTR:
            return False
        if self.selects and not (self.f.for_size and (x.op == CONST or y.op == CONST)):
            return True
        if x.ty == PTR:
            return False
        if x.op == CONST and y.op == CONST:
            d = x.imm - y.imm & (1 << width(self.f, x.ty)) - 1
            e = y.imm - x.imm & (1 << width(self.f, x.ty)) - 1
            if x.imm + y.imm == 1:
                return True
            if x.imm and y.imm and max(self.short(x), self.short(y)) > 1:
                return False
            return d & (d - 1) == 0 or e & (e - 1) == 0
        return False

    def short(self, c: Instr) -> int:
        """Instructions to load a constant, roughly."""
        n = c.imm
        top = 1 << width(self.f, c.ty)
        return 1 if n < 2048 or n >= top - 2048 else 2

    # -------------------------------------------------------------- rewriting

    def emit(self, op: int, ty: int, a: Instr, b: Instr) -> Instr:
        i = self.f.instr(op, ty, a, b, 0, self.branch.loc)
        v = simplify(self.f, i)
        if v is i:
            self.new.append(i)
        return v

    def truth(self, ty: int, negated: bool) -> Instr:
        """The condition as 0 or 1 of type `ty`."""
        c = self.branch.a
        if negated:
            c = self.emit(EQ, I32, c, self.f.const(c.ty, 0))
        elif not known_bool(c):
            c = self.emit(NE, I32, c, self.f.const(c.ty, 0))
        if c.ty == ty:
            return c
        return self.emit(ZEXT if width(self.f, ty) > width(self.f, c.ty) else TRUNC, ty, c, NIL)

    def choose(self, x: Instr, y: Instr) -> Instr:
        f = self.f
        if x is y:
            return x
        ty = x.ty
        if x.op == CONST and y.op == CONST and ty <= 5:
            mask = (1 << width(f, ty)) - 1
            d = x.imm - y.imm & mask
            e = y.imm - x.imm & mask
            if y.imm == 0 and d & (d - 1) == 0:
                return self.scaled(x, y, d, False)
            if x.imm == 0 and e & (e - 1) == 0:
                return self.scaled(y, x, e, True)
            if d == mask:                   # y + -1 if c
                return self.emit(SUB, ty, y, self.truth(ty, False))
            if e == mask:
                return self.emit(SUB, ty, x, self.truth(ty, True))
            if d & (d - 1) == 0:
                return self.scaled(x, y, d, False)
            if e & (e - 1) == 0:
                return self.scaled(y, x, e, True)
        i = f.instr(SELECT, ty, self.branch.a, x, 0, self.branch.loc)
        i.ext = [y]
        v = simplify(f, i)
        if v is i:
            self.new.append(i)
        return v

    def scaled(self, x: Instr, y: Instr, d: int, negated: bool) -> Instr:
        """y + d * truth, d a power of two."""
        ty = x.ty
        t = self.truth(ty, negated)
        t = self.emit(SHL, ty, t, self.f.const(I32, d.bit_length() - 1))
        return self.emit(ADD, ty, t, y)

    def convert(self, join: Block, from_yes: Block, from_no: Block, merge: list[Instr], pairs: list[tuple[Instr, Instr]]) -> None:
        b = self.block
        b.instrs.pop()
        for s in (from_yes, from_no):
            if s is not b:
                b.instrs.extend(s.instrs[:-1])
        self.new = b.instrs
        chosen = [self.choose(x, y) for x, y in pairs]
        # The edges of both sides leave; one from here arrives.
        for s in (from_yes, from_no):
            if s is not b:
                remove_pred(join, s)
                s.succs = []
            else:
                remove_pred(join, b)
        for p, v in zip(merge, chosen):
            p.ext.append(v)
        join.preds.append(b)
        b.succs = [join]
        jump = self.f.instr(JUMP, VOID)
        jump.loc = self.branch.loc
        b.instrs.append(jump)
