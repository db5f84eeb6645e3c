"""What is known of the contents of memory at a point of the program, for `gvn.py`.

A fact says that `size` bytes at address value + offset are a known value, a repeated byte (after
MEMSET), or equal to those at another address (after MEMCPY, while neither end is written).  Addresses
are canonical: see `alias.canonical`.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.ir import (
    SLOT,
    Instr,
    StackSlot,
)
from toolchain.cc.opt.alias import Access, disjoint_objects, is_constant_memory, may_overlap, root

MAX_FACTS: Final = 96
VALUE: Final = 0
FILL: Final = 1
SAME: Final = 2


class Fact:
    """Contents of [address + offset, size).  VALUE: `value` of type `ty`; FILL: every byte is the I8 `value`; SAME: those
    at `value` + `source_offset`, `ty` being the alignment field of the copy."""

    __slots__ = ("kind", "address", "offset", "size", "ty", "value", "source_offset")

    def __init__(self, kind: int, address: Instr, offset: int, size: int, ty: int, value: Instr, source_offset: int) -> None:
        self.kind = kind
        self.address = address
        self.offset = offset
        self.size = size
        self.ty = ty
        self.value = value
        self.source_offset = source_offset


Key = tuple[int, int, int, int]


def key_of(f: Fact) -> Key:
    """Place and shape: one fact per key."""
    return (f.address.id, f.offset, f.ty if f.kind == VALUE else -f.kind, f.size)


def same(f: Fact, g: Fact) -> bool:
    """Whether two facts with the same key say the same."""
    return f is g or f.value is g.value and f.source_offset == g.source_offset


class MemoryState:
    """The facts that hold."""

    def __init__(self) -> None:
        self.facts: dict[Key, Fact] = {}

    def copy(self) -> MemoryState:
        """An independent copy."""
        s = MemoryState()
        s.facts = dict(self.facts)
        return s

    def meet(self, other: MemoryState) -> None:
        """Keep what holds in both."""
        theirs = other.facts
        self.facts = {k: f for k, f in self.facts.items() if k in theirs and same(f, theirs[k])}

    def add(self, f: Fact) -> None:
        """Record a fact (silently dropped when there are very many)."""
        if len(self.facts) < MAX_FACTS:
            self.facts[key_of(f)] = f

    def kill(self, address: Instr, offset: int, size: int) -> None:
        """These bytes are written (size < 0: the whole object)."""
        dead = [k for k, f in self.facts.items()
                if may_overlap(f.address, f.offset, f.size, address, offset, size)
                or f.kind == SAME and may_overlap(f.value, f.source_offset, f.size, address, offset, size)]
        for k in dead:
            del self.facts[k]

    def kill_reachable(self) -> None:
        """Anything but private slots and constant data may be written."""
        dead = [k for k, f in self.facts.items() if not private(f.address) or f.kind == SAME and not private(f.value)]
        for k in dead:
            del self.facts[k]

    def apply(self, a: Access) -> None:
        """Forget what an instruction may write."""
        if not self.facts:
            return
        if a.writes_all:
            self.kill_reachable()
        for address, offset, size in a.writes:
            self.kill(address, offset, size)

    def find(self, address: Instr, offset: int, size: int) -> Fact | None:
        """A fact that covers the bytes (the smallest found)."""
        best: Fact | None = None
        end = offset + size
        for f in self.facts.values():
            if f.address is address and f.offset <= offset and end <= f.offset + f.size and (best is None or f.size < best.size):
                best = f
        return best

    def copied(self, target: Instr, t_offset: int, source: Instr, s_offset: int, size: int, align: int) -> None:
        """After a copy (its target was killed): what is known of the source holds for the target.  Both
        addresses are canonical."""
        new: list[Fact] = []
        for f in self.facts.values():
            if f.address is source and s_offset <= f.offset and f.offset + f.size <= s_offset + size:
                new.append(Fact(f.kind, target, f.offset - s_offset + t_offset, f.size, f.ty, f.value, f.source_offset))
        for g in new:
            self.add(g)
        if size > 0 and (target is not source or abs(t_offset - s_offset) >= size) and disjoint(target, source):
            self.add(Fact(SAME, target, t_offset, size, align, source, s_offset))


def disjoint(p: Instr, q: Instr) -> bool:
    """Whether two bases are different objects for sure (a copy within one object is not followed)."""
    return disjoint_objects(root(p), root(q)) or is_constant_memory(q)


def private(address: Instr) -> bool:
    """Whether only named accesses can write there."""
    r = root(address)
    if r.op == SLOT and isinstance(r.aux, StackSlot):
        return not r.aux.escapes
    return is_constant_memory(address)
