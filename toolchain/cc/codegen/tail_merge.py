"""Tail merging (cross-jumping), for size: blocks that end alike share their ends.

    b1: li a0, 1 ; jump b9         b1: li a0, 1 ; jump b7
    b2: sw a1, 0(s0) ; jump b7     b2: jump b7
    b3: sw a1, 0(s0) ; jump b9     b3:
                                   b7: sw a1, 0(s0) ; (b9 follows)

Returns are the important case: one epilogue serves the whole function.
"""
from __future__ import annotations

from toolchain.cc.codegen.mir import (
    JUMP,
    RETURN,
    UNREACHABLE,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    link,
)
from toolchain.mc.model import operand
from toolchain.mc.model.operand import SHIFT

MAX_ROUNDS = 6


def key_of(f: MachineFunction, i: MachineInstr) -> str:
    """Text that is equal for equal instructions; "" if the instruction cannot be shared."""
    e = i.effects
    parts = [str(i.op)]
    if e is not None:
        if e.asm is not None or e.table is not None or e.targets:
            return ""
        parts.append(f"{e.defs}{e.uses}{e.early}{e.implicit_uses}{e.implicit_defs}{e.clobbers}{e.standard_call}{e.pad}")
    for o in i.ops:
        key = f.operand_key(o)
        if not key:
            return ""
        parts.append(key)
    return " ".join(parts)


class TailMerger:
    """Merges one function's block ends.  `epilogue` says that a return costs more than a jump."""

    def __init__(self, f: MachineFunction, epilogue: bool) -> None:
        self.f = f
        self.epilogue = epilogue

    def run(self) -> bool:
        """Merge until nothing changes; whether anything did."""
        changed = False
        for _ in range(MAX_ROUNDS):
            if not self.round():
                break
            changed = True
        return changed

    def round(self) -> bool:
        """One pass over all groups of blocks with the same continuation."""
        groups: dict[str, list[MachineBlock]] = {}
        for b in self.f.order:
            if not b.instrs:
                continue
            last = b.instrs[-1]
            if last.op == JUMP and len(b.succs) == 1:
                groups.setdefault(f"j{last.ops[0]}", []).append(b)
            elif last.op == RETURN:
                groups.setdefault("r" + key_of(self.f, last), []).append(b)
            elif last.op == UNREACHABLE:
                groups.setdefault("u", []).append(b)
        changed = False
        for name, blocks in groups.items():
            if len(blocks) > 1 and self.group(blocks, name[0]):
                changed = True
        return changed

    def group(self, blocks: list[MachineBlock], kind: str) -> bool:
        """Merge blocks that go on to the same place; buckets by their last instruction."""
        buckets: dict[str, list[MachineBlock]] = {}
        for b in blocks:
            if len(b.instrs) > 1:
                k = key_of(self.f, b.instrs[-2])
                if k:
                    buckets.setdefault(k, []).append(b)
        changed = False
        for bucket in buckets.values():
            if len(bucket) > 1:
                self.merge(bucket, self.common(bucket), kind)
                changed = True
        if changed or kind != "r" or not self.epilogue:
            return changed
        self.merge(blocks, 0, kind)
        return True

    def common(self, blocks: list[MachineBlock]) -> int:
        """Number of equal instructions before the terminator."""
        n = 1
        first = blocks[0].instrs
        while True:
            at = -2 - n
            if len(first) < n + 2:
                return n
            k = key_of(self.f, first[at])
            if not k:
                return n
            for b in blocks[1:]:
                if len(b.instrs) < n + 2 or key_of(self.f, b.instrs[at]) != k:
                    return n
            n += 1

    def merge(self, blocks: list[MachineBlock], n: int, kind: str) -> None:
        """Let all blocks share the last `n` instructions and the terminator of one of them."""
        f = self.f
        owner = blocks[-1]
        order = f.order
        place = {b.number: k for k, b in enumerate(order)}
        if kind == "j":
            for b in blocks:        # the one that falls through keeps doing so
                k = place[b.number]
                if k + 1 < len(order) and order[k + 1].number == b.instrs[-1].ops[0] >> SHIFT:
                    owner = b
        whole = [b for b in blocks if len(b.instrs) == n + 1 and b is not order[0]]
        if whole and owner not in whole and kind != "j":
            owner = whole[-1]
        if len(owner.instrs) == n + 1 and owner is not order[0]:
            tail = owner
        else:
            tail = f.new_block()
            tail.depth, tail.frequency, tail.cold = owner.depth, owner.frequency, owner.cold
            cut = len(owner.instrs) - n - 1
            tail.instrs = owner.instrs[cut:]
            del owner.instrs[cut:]
            for s in owner.succs:
                s.preds = [tail if p is owner else p for p in s.preds]
            tail.succs = owner.succs
            owner.succs = []
            owner.instrs.append(MachineInstr(JUMP, [operand.block(tail.number)]))
            link(owner, tail)
            order.insert(order.index(owner) + 1, tail)
        for b in blocks:
            if b is owner or b is tail:
                continue
            del b.instrs[len(b.instrs) - n - 1:]
            for s in b.succs:
                s.preds.remove(b)
            b.succs = []
            b.instrs.append(MachineInstr(JUMP, [operand.block(tail.number)]))
            link(b, tail)


def run(f: MachineFunction) -> None:
    """Share ends of blocks."""
    TailMerger(f, f.frame_size > 0).run()
