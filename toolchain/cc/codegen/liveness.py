"""Liveness of virtual registers at block boundaries, as bit sets in big ints.

Only registers that occur in more than one block get a bit: the others cannot be live at a boundary.
"""
from __future__ import annotations

from toolchain.cc.codegen.mir import MachineFunction, OpDesc
from toolchain.mc.model.operand import FIRST_VIRTUAL, KIND_MASK, SHIFT

VIRTUAL = FIRST_VIRTUAL << SHIFT


class Liveness:
    """`live_in` and `live_out` of the blocks are set; bit k stands for virtual register `crossing[k]`,
    and `bit_of[v]` is the bit of register v, -1 for a register of one block."""

    def __init__(self, f: MachineFunction, descs: list[OpDesc]) -> None:
        self.f = f
        self.descs = descs
        self.bit_of: list[int] = [-1] * len(f.vreg_class)
        self.crossing: list[int] = []

    def run(self) -> None:
        """Compute the sets."""
        self.number()
        gens: list[int] = []
        kills: list[int] = []
        blocks = self.f.order
        for b in blocks:
            gen, kill = self.local(b.number)
            gens.append(gen)
            kills.append(kill)
            b.live_in = gen
            b.live_out = 0
        changed = True
        while changed:
            changed = False
            for k in range(len(blocks) - 1, -1, -1):
                b = blocks[k]
                out = 0
                for s in b.succs:
                    out |= s.live_in
                if out != b.live_out:
                    b.live_out = out
                    new = gens[k] | (out & ~kills[k])
                    if new != b.live_in:
                        b.live_in = new
                        changed = True

    def number(self) -> None:
        """Give bits to the registers that occur in several blocks."""
        home: list[int] = [-1] * len(self.f.vreg_class)
        bit_of = self.bit_of
        k = 0
        for b in self.f.order:
            k += 1
            for i in b.instrs:
                for o in i.ops:
                    if o >= VIRTUAL and o & KIND_MASK == 0:
                        v = (o >> SHIFT) - FIRST_VIRTUAL
                        h = home[v]
                        if h != k:
                            if h < 0:
                                home[v] = k
                            elif bit_of[v] < 0:
                                bit_of[v] = len(self.crossing)
                                self.crossing.append(v)

    def local(self, number: int) -> tuple[int, int]:
        """Registers read before written in the block, and registers written."""
        gen = 0
        kill = 0
        bit_of = self.bit_of
        descs = self.descs
        for i in self.f.blocks[number].instrs:
            e = i.effects
            if e is None:
                d = descs[i.op]
                for p in d.uses:
                    o = i.ops[p]
                    if o >= VIRTUAL and o & KIND_MASK == 0:
                        k = bit_of[(o >> SHIFT) - FIRST_VIRTUAL]
                        if k >= 0:
                            bit = 1 << k
                            if not kill & bit:
                                gen |= bit
                for p in d.defs:
                    o = i.ops[p]
                    if o >= VIRTUAL and o & KIND_MASK == 0:
                        k = bit_of[(o >> SHIFT) - FIRST_VIRTUAL]
                        if k >= 0:
                            kill |= 1 << k
            else:
                for p in e.uses:
                    o = i.ops[p]
                    if o >= VIRTUAL and o & KIND_MASK == 0:
                        k = bit_of[(o >> SHIFT) - FIRST_VIRTUAL]
                        if k >= 0 and not kill >> k & 1:
                            gen |= 1 << k
                for p in e.defs:
                    o = i.ops[p]
                    if o >= VIRTUAL and o & KIND_MASK == 0:
                        k = bit_of[(o >> SHIFT) - FIRST_VIRTUAL]
                        if k >= 0:
                            kill |= 1 << k
        return gen, kill


def bits(n: int) -> list[int]:
    """Positions of the bits set in `n`, ascending."""
    out: list[int] = []
    base = 0
    for byte in n.to_bytes((n.bit_length() + 7) >> 3, "little"):
        if byte:
            for k in BYTE_BITS[byte]:
                out.append(base + k)
        base += 8
    return out


BYTE_BITS: list[list[int]] = [[k for k in range(8) if b >> k & 1] for b in range(256)]
