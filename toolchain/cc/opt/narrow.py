"""Arithmetic in half the width where no more than the low half of a result is asked for.

    %3 = zext i64 %1                      ->   %7 = shl i32 %1, 7
    %4 = shl i64 %3, 7                         %8 = add i32 %7, %2
    %5 = add i64 %4, %2.wide
    %6 = trunc i32 %5

64-bit values become 32-bit ones and 128-bit values 64-bit ones.  The low half of a sum, a product, a bitwise operation or a left shift
depends on the low halves of its operands only, a right shift's if the high half of what is shifted is zero.  Demand is found
backwards and optimistically: all candidates are taken to need their low half until a use says otherwise, so that loops of PHIs narrow too.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import reachable, resolve_all
from toolchain.cc.ir.ir import (
    ADD,
    AND,
    CONST,
    FIRST_TERMINATOR,
    I64,
    I128,
    MUL,
    NEG,
    NIL,
    NO_EXT,
    NOT,
    OR,
    PARAM,
    PHI,
    PROJ,
    SELECT,
    SEXT,
    SHL,
    SHR,
    SUB,
    TRUNC,
    TYPE_BITS,
    UNDEF,
    XOR,
    ZEXT,
    Block,
    Function,
    Instr,
)
from toolchain.cc.ir.known import known_ones_limit

PLAIN: Final = frozenset((ADD, SUB, MUL, AND, OR, XOR, NEG, NOT, SELECT, PHI))
"""Operations of which the low half depends on low halves (of a SELECT, the values)."""
NONE: Final = 0         # not a candidate
LOW: Final = 1          # only the low half is asked for, as far as is known
FULL: Final = 2


def run(function: Function) -> bool:
    """Narrow what can be narrowed."""
    changed = False
    blocks = reachable(function)
    for wide in (I128, I64):
        if _asked(blocks, wide):
            n = _Narrower(function, blocks, wide)
            if n.run():
                resolve_all(function)
                changed = True
    return changed


def _asked(blocks: list[Block], wide: int) -> bool:
    """Whether some candidate's low half is asked for: most functions have none."""
    for b in blocks:
        for i in b.instrs:
            if i.op == TRUNC or i.op == AND:
                a = i.a
                if a.ty == wide and (a.op in PLAIN or a.op == SHL or a.op == SHR) and (i.op == TRUNC or _masks_high(i)):
                    return True
    return False


def _masks_high(i: Instr) -> bool:
    """Whether the AND clears the high half."""
    return i.b.op == CONST and i.b.imm >> (TYPE_BITS[i.ty] >> 1) == 0


class _Narrower:
    def __init__(self, function: Function, blocks: list[Block], wide: int) -> None:
        self.f = function
        self.blocks = blocks
        self.wide = wide
        self.narrow = wide - 1
        self.bits = TYPE_BITS[wide - 1]
        self.state = [NONE] * function.next_id
        self.full: list[Instr] = []
        self.new: dict[int, Instr] = {}         # id of a narrowed value -> what takes its place
        self.lows: dict[int, Instr] = {}        # id of a wide value -> its low half, computed behind it

    def run(self) -> bool:
        state = self.state
        for b in self.blocks:
            for i in b.instrs:
                if i.ty == self.wide and self.candidate(i):
                    state[i.id] = LOW
        for b in self.blocks:
            for i in b.instrs:
                if state[i.id] == NONE and i.op != TRUNC:
                    self.ask(i)
                elif i.op == SELECT:
                    self.need(i.a)
        while self.full:
            i = self.full.pop()
            if i.op != AND or not _masks_high(i):
                self.ask(i)
        narrowed = [i for b in self.blocks for i in b.instrs if state[i.id] == LOW]
        for i in narrowed:
            self.new[i.id] = self.f.instr(i.op, self.narrow, NIL, NIL, i.imm, i.loc)
        for i in narrowed:
            self.fill(i, self.new[i.id])
        for b in self.blocks:
            self.rewrite(b)
        return bool(narrowed)

    # ---- demand

    def candidate(self, i: Instr) -> bool:
        op = i.op
        if op in PLAIN:
            return self.placeable(i.a) and self.placeable(i.b) and (i.ext is NO_EXT or all([self.placeable(v) for v in i.ext]))
        if (op == SHL or op == SHR) and i.b.op == CONST and i.b.imm < self.bits:
            return self.placeable(i.a) and (op == SHL or known_ones_limit(self.f, i.a) >> self.bits == 0)
        return False

    def placeable(self, v: Instr) -> bool:
        """Whether something can be computed right behind `v`."""
        return v.op < FIRST_TERMINATOR and (v.op != PROJ or v.a.op < FIRST_TERMINATOR)

    def need(self, v: Instr) -> None:
        """All of `v` is asked for."""
        if self.state[v.id] == LOW:
            self.state[v.id] = FULL
            self.full.append(v)

    def ask(self, i: Instr) -> None:
        """All operands are used in full."""
        self.need(i.a)
        self.need(i.b)
        if i.ext is not NO_EXT:
            for v in i.ext:
                self.need(v)

    # ---- replacement

    def fill(self, i: Instr, n: Instr) -> None:
        """Operands of what takes the place of `i`."""
        op = i.op
        if op == PHI:
            n.ext = [self.low(v) for v in i.ext]
        elif op == SELECT:
            n.a = i.a
            n.b = self.low(i.b)
            n.ext = [self.low(i.ext[0])]
        else:
            n.a = self.low(i.a)
            n.b = i.b if i.b is NIL or op == SHL or op == SHR else self.low(i.b)

    def low(self, v: Instr) -> Instr:
        """The low half of `v`."""
        n = self.new.get(v.id)
        if n is not None:
            return n
        if v.op == CONST:
            return self.f.const(self.narrow, v.imm)
        if v.op == UNDEF:
            return self.f.undef(self.narrow)
        n = self.lows.get(v.id)
        if n is None:
            if v.op != ZEXT and v.op != SEXT:
                n = self.f.instr(TRUNC, self.narrow, v, NIL, 0, v.loc)
            elif v.a.ty == self.narrow:
                return v.a
            else:
                n = self.f.instr(v.op, self.narrow, v.a, NIL, 0, v.loc)
            self.lows[v.id] = n
        return n

    def rewrite(self, b: Block) -> None:
        """Put the new instructions in place; uses of narrowed values are of their low half, or masked."""
        out: list[Instr] = []
        pending: list[Instr] = []       # low halves, which must not part PHIs, parameters, or outputs of an assembly
        for i in b.instrs:
            op = i.op
            if pending and op != PHI and op != PARAM and op != PROJ:
                out.extend(pending)
                pending = []
            n = self.new.get(i.id)
            if n is not None:
                out.append(n)
                continue
            n = self.new.get(i.a.id)
            if n is not None and op == TRUNC:
                if i.ty == self.narrow:
                    i.fwd = n
                    continue
                i.a = n
            elif n is not None and op == AND:
                masked = self.f.instr(AND, self.narrow, n, self.f.const(self.narrow, i.b.imm), 0, i.loc)
                out.append(masked)
                i.op = ZEXT
                i.a = masked
                i.b = NIL
            out.append(i)
            low = self.lows.get(i.id)
            if low is not None:
                pending.append(low)
        b.instrs = out
