"""Dead stores.

    memset $0, 0, #32                     memset $0+16, 0, #16
    store i64 %1, [$0]               ->   store i64 %1, [$0]
    store i64 %2, [$0 + 8]                store i64 %2, [$0 + 8]
    call @use($0)                         call @use($0)
    store i64 0, [$0]                     ret
    ret

Frame objects: liveness of every byte, backwards over the whole function; what
-ftrivial-auto-var-init=zero stored and the program overwrites goes by this.  Other memory: within a block, a store that
a later one covers with no reader between.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import reachable
from toolchain.cc.ir.ir import (
    ALIGN_MASK,
    ALIGN_SHIFT,
    ASM_GOTO,
    CALL,
    GLOBAL,
    MEMCPY,
    MEMSET,
    NO_EXT,
    PARAM,
    RET,
    SLOT,
    SPECIAL,
    STORE,
    Block,
    Function,
    Instr,
    StackSlot,
)
from toolchain.cc.ir.verifier import type_size
from toolchain.cc.opt.alias import Access, access, canonical, compute_escapes, may_overlap, root, touches_memory

MAX_BYTES: Final = 1024
"""Larger slots are one unit: read by any access, never known to be overwritten."""


def run(function: Function) -> bool:
    """Remove dead stores."""
    d = _DeadStores(function)
    return d.run()


class _DeadStores:
    def __init__(self, function: Function) -> None:
        self.f = function
        self.blocks = reachable(function)
        self.base: list[int] = []           # first bit of each slot
        self.size: list[int] = []           # bits of each slot
        self.escaping = 0
        self.coarse = 0
        self.changed = False
        self.live = 0
        self.covered: list[tuple[Instr, int, int]] = []

    def run(self) -> bool:
        f = self.f
        compute_escapes(f)
        bit = 0
        for s in f.slots:
            n = s.size if 0 < s.size <= MAX_BYTES else 1
            self.base.append(bit)
            self.size.append(n)
            mask = ((1 << n) - 1) << bit
            if s.escapes:
                self.escaping |= mask
            if n != s.size:
                self.coarse |= mask
            bit += n
        live_in = self.solve()
        for b in self.blocks:
            self.live = 0
            for s2 in b.succs:
                self.live |= live_in[s2.order]
            self.sweep(b)
        return self.changed

    # -------------------------------------------------------------- liveness

    def mask(self, address: Instr, offset: int, size: int, whole: bool) -> int:
        """Bits of an access; `whole`: an access of unknown place counts as all of the slot, else as nothing."""
        r = root(address)
        if r.op != SLOT or not isinstance(r.aux, StackSlot):
            return 0
        n = r.aux.index
        bits = self.size[n]
        full = ((1 << bits) - 1) << self.base[n]
        if r is not address or size < 0 or self.coarse & full:
            return full if whole else 0
        low = max(offset, 0)
        high = min(offset + size, bits)
        if low >= high:
            return full if whole and low > high else 0
        return ((1 << (high - low)) - 1) << (self.base[n] + low)

    def solve(self) -> list[int]:
        n = len(self.blocks)
        live_in = [0] * n
        if not self.base:
            return live_in
        gens = [0] * n
        keeps = [-1] * n
        for b in self.blocks:
            gen = 0
            kill = 0
            for i in reversed(b.instrs):
                if not touches_memory(i):
                    continue
                a = access(self.f, i)
                for address, offset, size in a.writes:
                    if size > 0:
                        m = self.mask(address, offset, size, False)
                        gen &= ~m
                        kill |= m
                m = self.reads(i, a)
                gen |= m
                kill &= ~m
            gens[b.order] = gen
            keeps[b.order] = ~kill
        changed = True
        while changed:
            changed = False
            for b in reversed(self.blocks):
                out = 0
                for s in b.succs:
                    out |= live_in[s.order]
                k = b.order
                new = gens[k] | out & keeps[k]
                if new != live_in[k]:
                    live_in[k] = new
                    changed = True
        return live_in

    def reads(self, i: Instr, a: Access) -> int:
        # The frame ends with a return: only a returned record is read.
        m = self.escaping if a.reads_all and i.op != RET else 0
        for address, offset, size in a.reads:
            r = root(address)
            if r.op == SLOT:
                m |= self.mask(address, offset, size, True)
            else:
                m |= self.escaping if r.op != PARAM and r.op != GLOBAL else 0
        return m

    # -------------------------------------------------------------- removal

    def sweep(self, b: Block) -> None:
        out: list[Instr] = []
        self.covered = []
        for i in reversed(b.instrs):
            if touches_memory(i):
                if i.op in (STORE, MEMSET, MEMCPY) and not i.flags & SPECIAL:
                    if self.dead(i):
                        self.changed = True
                        continue
                a = access(self.f, i)
                for address, offset, size in a.writes:
                    if size > 0:
                        self.live &= ~self.mask(address, offset, size, False)
                self.live |= self.reads(i, a)
                self.forget(i, a)
            out.append(i)
        out.reverse()
        b.instrs = out

    def forget(self, i: Instr, a: Access) -> None:
        """Update what later stores of the block cover."""
        covered = self.covered
        if a.reads_all or i.op == CALL or i.op == ASM_GOTO:
            covered.clear()
            return
        if covered:
            for address, offset, size in a.reads:
                covered = [c for c in covered if not may_overlap(*c, address, offset, size)]
            self.covered = covered
        if i.op in (STORE, MEMSET, MEMCPY) and not i.flags & SPECIAL:
            # A copy onto itself reads what it writes.
            covered.extend(w for w in a.writes if w[2] > 0 and not any(may_overlap(*w, *r) for r in a.reads))

    def dead(self, i: Instr) -> bool:
        """Whether the write `i` is dead; a MEMSET that is dead at its ends is trimmed."""
        size = type_size(self.f, i.b.ty) if i.op == STORE else i.imm
        address, offset = canonical(self.f, i.a, i.imm if i.op == STORE else 0)
        for base, start, n in self.covered:
            if base is address and start <= offset and offset + size <= start + n:
                return True
        r = root(address)
        if r.op != SLOT:
            return False
        m = self.mask(address, offset, size, True)
        if not self.live & m:
            return True
        if i.op == MEMSET and r is address and not self.coarse & m:
            self.trim(i, address, offset, size)
        return False

    def trim(self, i: Instr, address: Instr, offset: int, size: int) -> None:
        """Shrink a MEMSET to the span of its live bytes, in words."""
        slot = address.aux
        assert isinstance(slot, StackSlot)
        live = self.live >> (self.base[slot.index] + max(offset, 0)) & ((1 << size) - 1)
        low = (live & -live).bit_length() - 1
        high = live.bit_length()
        word = 8
        start = (offset + low) // word * word
        end = -(-(offset + high) // word) * word
        start = max(start, offset)
        end = min(end, offset + size)
        if end - start < size:
            i.a = self.f.slot_address(slot, start)
            i.imm = end - start
            known = (i.flags & ALIGN_MASK) >> ALIGN_SHIFT
            if known and start != offset:
                delta = start - offset
                known = min(known, (delta & -delta).bit_length())
                i.flags = i.flags & ~ALIGN_MASK | known << ALIGN_SHIFT
            self.changed = True


def mark_dead_slots(function: Function) -> bool:
    """Mark slots that nothing mentions any more as dead, so that they take no room in the frame."""
    used: set[int] = set()
    for b in function.blocks:
        for i in b.instrs:
            if i.a.op == SLOT and isinstance(i.a.aux, StackSlot):
                used.add(i.a.aux.index)
            if i.b.op == SLOT and isinstance(i.b.aux, StackSlot):
                used.add(i.b.aux.index)
            if i.ext is not NO_EXT:
                for v in i.ext:
                    if v.op == SLOT and isinstance(v.aux, StackSlot):
                        used.add(v.aux.index)
    changed = False
    for s in function.slots:
        if not s.dead and s.index not in used:
            s.dead = True
            changed = True
    return changed
