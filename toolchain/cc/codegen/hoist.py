"""Constants and addresses out of loops.

Selection makes a constant where it is used.  In a loop without calls one instruction before the loop
serves all iterations; if registers run short, the allocator makes the value again instead of keeping it.

    b2: li %7, 31 ; mul %8, %8, %7 ; ... branch b2      before the loop: li %7, 31
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen.mir import D_CALL, D_REMAT, D_TERMINATOR, UNDEF, MachineBlock, MachineInstr
from toolchain.cc.ir.cfg import Loop
from toolchain.cc.ir.ir import Block
from toolchain.mc.model.operand import FIRST_VIRTUAL, KIND_MASK, SHIFT

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector

MAX_HOISTED: Final = 8
"""Values kept in registers over one loop: more would only be made again."""
VIRTUAL: Final = FIRST_VIRTUAL << SHIFT


class Hoister:
    """Moves repeatable definitions out of the loops of one function."""

    def __init__(self, s: Selector, loops: list[Loop]) -> None:
        self.s = s
        self.loops = loops
        self.f = s.mf
        self.descs = s.target.descs
        self.defs = [0] * len(s.mf.vreg_class)
        self.moved: set[int] = set()

    def run(self) -> None:
        """Outer loops first: what leaves them has left the inner ones too."""
        self.count_definitions()
        for loop in sorted(self.loops, key=depth_of):
            blocks = [self.s.mblocks[b.id] for b in loop.blocks]
            if any(self.descs[i.op].flags & D_CALL for m in blocks for i in m.instrs):
                continue
            at = landing(loop)
            if at is not None:
                self.loop(blocks, self.s.mblocks[at.id])

    def count_definitions(self) -> None:
        """How often each virtual register is written."""
        for m in self.f.order:
            for i in m.instrs:
                e = i.effects
                for p in self.descs[i.op].defs if e is None else e.defs:
                    o = i.ops[p]
                    if o >= VIRTUAL and not o & KIND_MASK:
                        self.defs[(o >> SHIFT) - FIRST_VIRTUAL] += 1

    def key(self, i: MachineInstr) -> str:
        """Equal for instructions that make the same value."""
        parts = [str(i.op)]
        for o in i.ops[1:]:
            key = self.f.operand_key(o)
            if not key:
                return ""
            parts.append(key)
        return " ".join(parts)

    def loop(self, blocks: list[MachineBlock], to: MachineBlock) -> None:
        """Hoist from one loop to the end of block `to`."""
        known: dict[str, int] = {}
        rename: dict[int, int] = {}
        out: list[MachineInstr] = []
        for m in blocks:
            keep: list[MachineInstr] = []
            for i in m.instrs:
                if not self.movable(i):
                    keep.append(i)
                    continue
                k = self.key(i)
                r = known.get(k, -1) if k else -1
                if r >= 0:
                    rename[i.ops[0]] = r
                elif k and len(known) < MAX_HOISTED:
                    known[k] = i.ops[0]
                    out.append(i)
                else:
                    keep.append(i)
            m.instrs = keep
        if rename:
            for m in self.f.order:
                for i in m.instrs:
                    i.ops = [rename.get(o, o) for o in i.ops]
        n = len(to.instrs)
        while n and (self.descs[to.instrs[n - 1].op].flags & D_TERMINATOR or terminates(to.instrs[n - 1])):
            n -= 1
        to.instrs[n:n] = out

    def movable(self, i: MachineInstr) -> bool:
        """Whether `i` makes a constant or address in a register of its own."""
        if i.effects is not None or i.op == UNDEF or not self.descs[i.op].flags & D_REMAT or i.flags:
            return False
        d = i.ops[0]
        return d >= VIRTUAL and not d & KIND_MASK and self.defs[(d >> SHIFT) - FIRST_VIRTUAL] == 1


def terminates(i: MachineInstr) -> bool:
    """Whether an instruction with effects may leave the block (asm goto, table jump)."""
    return i.effects is not None and bool(i.effects.targets)


def depth_of(loop: Loop) -> int:
    """Sort key: nesting depth."""
    return loop.depth


def landing(loop: Loop) -> Block | None:
    """The block outside the loop that dominates its header and is no deeper than the loop's surroundings."""
    b = loop.header.idom
    while b is not None and b.loop_depth >= loop.header.loop_depth:
        b = b.idom
    return b


def hoist(s: Selector, loops: list[Loop]) -> None:
    """Hoist constants and addresses of the function just selected."""
    if loops:
        Hoister(s, loops).run()
