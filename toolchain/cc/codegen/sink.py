"""Comparisons and scaled indices stand next to what uses them.

Value numbering leaves one comparison for several branches, and one scaled index for several addresses, wherever the first
of them stands.  Where a branch takes the flags of a comparison, and an address takes a scaled index, a copy beside each user
costs nothing, and the value itself need not be made at all.

    b1: %1 = slt %a, %b ; branch %1 ...  b2: branch %1     ->  b2: %2 = slt %a, %b ; branch %2

    %2 = add %x, -1 ; %3 = eq %x, 1     ->  %3 = eq %2, 0       (the flags of the addition)
"""
from __future__ import annotations

from toolchain.cc.codegen.target import BackTarget
from toolchain.cc.ir.ir import ADD, BRANCH, CONST, EQ, I32, I64, LOAD, NE, PTR, SELECT, SHL, STORE, ULE, Function, Instr


def run(func: Function, target: BackTarget) -> None:
    """Copy what is free beside its users.  The blocks are those that selection will see."""
    Sinker(func, target).run()


class Sinker:
    """State of one function."""

    def __init__(self, func: Function, target: BackTarget) -> None:
        self.func = func
        self.word = target.word_type
        n = func.next_id
        self.where: list[int] = [-1] * n
        self.uses: list[int] = [0] * n
        self.out: list[Instr] = []
        self.steps: dict[int, dict[int, Instr]] = {}    # additions of constants in the block at hand: id of the base, constant

    def run(self) -> None:
        """All blocks."""
        where, uses = self.where, self.uses
        blocks = self.func.blocks
        for k in range(len(blocks)):
            for i in blocks[k].instrs:
                where[i.id] = k
                uses[i.a.id] += 1
                uses[i.b.id] += 1
                for v in i.ext:
                    uses[v.id] += 1
        for k in range(len(blocks)):
            self.block(k)

    def block(self, k: int) -> None:
        """One block."""
        b = self.func.blocks[k]
        self.out = []
        self.steps = {}
        for i in b.instrs:
            op = i.op
            if op == BRANCH or op == SELECT:
                self.condition(i, k)
            elif op == LOAD or op == STORE:
                a = i.a
                if a.op == ADD and self.where[a.id] == k:
                    self.index(a, k)
            elif op == ADD and i.b.op == CONST:
                self.steps.setdefault(i.a.id, {})[i.b.imm] = i
            self.out.append(i)
        b.instrs = self.out

    def condition(self, i: Instr, k: int) -> None:
        """The condition of a branch or selection."""
        c = i.a
        if not EQ <= c.op <= ULE or c.a.ty > PTR:
            return
        if self.uses[c.id] > 1 or self.where[c.id] != k:
            self.uses[c.id] -= 1
            c = self.copy(c, k)
            self.out.append(c)
            i.a = c
        if c.op <= NE and c.b.op == CONST and c.b.imm and c.a.ty in (I32, I64):
            bits = 32 if c.a.ty == I32 else 64
            s = self.steps.get(c.a.id, {}).get(-c.b.imm & (1 << bits) - 1)
            if s is not None:
                c.a = s
                c.b = self.func.const(s.ty, 0)
                if c in self.out:
                    self.out.remove(c)
                    self.out.append(c)

    def index(self, a: Instr, k: int) -> None:
        """The scaled index of an address that is computed in block `k`."""
        x = a.b
        if x.op != SHL or x.ty != self.word or x.b.op != CONST or not 1 <= x.b.imm <= 3 or self.where[x.id] == k and self.uses[x.id] == 1:
            return
        self.uses[x.id] -= 1
        a.b = self.copy(x, k)
        self.out.insert(self.out.index(a), a.b)

    def copy(self, i: Instr, k: int) -> Instr:
        """The same computation once more."""
        n = self.func.instr(i.op, i.ty, i.a, i.b, i.imm, i.loc)
        n.flags = i.flags
        self.uses[i.a.id] += 1
        self.uses[i.b.id] += 1
        while len(self.uses) < self.func.next_id:
            self.uses.append(0)
            self.where.append(-1)
        self.uses[n.id] = 1
        self.where[n.id] = k
        return n
