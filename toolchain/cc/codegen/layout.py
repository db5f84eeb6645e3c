"""Order of blocks and jumps: empty blocks go, jumps to jumps go, cold code goes last, and each block
ends in as few branches as falling through allows."""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen import peephole
from toolchain.cc.codegen.mir import (
    COPY,
    JUMP,
    JUMP_TABLE,
    RETURN,
    UNREACHABLE,
    Effects,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    retarget,
)
from toolchain.cc.codegen.target import BackTarget
from toolchain.mc.model import operand
from toolchain.mc.model.operand import KIND_MASK, SHIFT

MAX_LIFTED: Final = 5
"""Copies that may go before a branch."""
MAX_DISPATCH: Final = 4
"""Instructions of a dispatch block that is repeated."""


def jump_target(b: MachineBlock) -> int:
    """Number of the block that `b` jumps to and does nothing else; -1 if it does something."""
    if len(b.instrs) == 1 and b.instrs[0].op == JUMP and not b.address_taken:
        return b.instrs[0].ops[0] >> SHIFT
    return -1


def thread_jumps(f: MachineFunction) -> None:
    """Let every jump to an empty block go where that block goes; drop blocks nobody enters."""
    for b in f.order:
        n = jump_target(b)
        if n < 0 or n == b.number:
            continue
        succ = f.blocks[n]
        for pred in list(dict.fromkeys(b.preds)):
            if pred is b:
                continue
            last = pred.instrs
            for k in range(len(last) - 1, max(-1, len(last) - 4), -1):
                retarget(last[k], b.number, n)
            pred.succs = [succ if s is b else s for s in pred.succs]
            b.preds = [p for p in b.preds if p is not pred]
            succ.preds.append(pred)
    drop_unreached(f)


def drop_unreached(f: MachineFunction) -> None:
    """Remove blocks without predecessors (the entry and blocks whose address is taken stay)."""
    changed = True
    entry = f.order[0]
    while changed:
        changed = False
        keep: list[MachineBlock] = []
        for b in f.order:
            if b is entry or b.address_taken or any(p is not b for p in b.preds):
                keep.append(b)
                continue
            changed = True
            for s in b.succs:
                s.preds = [p for p in s.preds if p is not b]
            b.succs = []
        f.order = keep


def place(f: MachineFunction, size: bool) -> None:
    """Order of emission: every block after those that lead to it, loops in one piece, the first side of a branch after it.

    `size`: jumps and their distances count, not how often they are taken; otherwise cold blocks come after all others, and
    a side that leaves the function at once comes after one that goes on."""
    mark_cold(f)
    order = reverse_post_order(f, size)
    if size:
        f.order = order
        return
    entry = f.order[0]
    f.order = [b for b in order if not b.cold or b is entry] + [b for b in order if b.cold and b is not entry]


def reverse_post_order(f: MachineFunction, size: bool) -> list[MachineBlock]:
    """Reverse post-order in which loops stay together; blocks that nothing leads to come last."""
    post: list[MachineBlock] = []
    done: set[int] = {f.order[0].number}
    stack: list[MachineBlock] = [f.order[0]]
    pending: list[list[MachineBlock]] = [by_urgency(f.order[0], size)]
    while stack:
        rest = pending[-1]
        if not rest:
            post.append(stack.pop())
            pending.pop()
            continue
        s = rest.pop()
        if s.number not in done:
            done.add(s.number)
            stack.append(s)
            pending.append(by_urgency(s, size))
    post.reverse()
    return post + [b for b in f.order if b.number not in done]


def by_urgency(b: MachineBlock, size: bool) -> list[MachineBlock]:
    """The successors: the one to stand next to `b` first (what is visited last comes first in reverse post-order)."""
    out = list(b.succs)
    if len(out) != 2:
        if len(out) > 2:
            out.sort(key=shallow)
        return out
    first, second = out
    if first.depth < second.depth or first.depth == second.depth and (
            first.cold and not second.cold or not size and leaves(first) and not leaves(second)):
        return [second, first]
    return out


def shallow(b: MachineBlock) -> int:
    """Sort key: blocks of inner loops first."""
    return -b.depth


def leaves(b: MachineBlock) -> bool:
    """Whether the function ends soon after `b`."""
    n = 0
    while len(b.succs) == 1 and n < 2:
        b = b.succs[0]
        n += 1
    return not b.succs


def mark_cold(f: MachineFunction) -> None:
    """A block that only leads to cold blocks or to the function's unreachable end is cold."""
    entry = f.order[0]
    for b in reversed(f.order):
        if b is entry or b.cold:
            continue
        last = b.instrs[-1]
        if last.op == UNREACHABLE and not b.succs:
            b.cold = True
        elif b.succs and all(s.cold for s in b.succs) and not any(s.depth < b.depth for s in b.succs):
            b.cold = True


def simplify_branches(f: MachineFunction, target: BackTarget) -> None:
    """Drop jumps to the next block and turn branches round where that saves a jump."""
    order = f.order
    for k in range(len(order)):
        b = order[k]
        after = order[k + 1].number if k + 1 < len(order) else -1
        code = b.instrs
        if not code or code[-1].op != JUMP:
            continue
        n = code[-1].ops[0] >> SHIFT
        if len(code) >= 2 and target.conditional(code[-2]):
            c = code[-2]
            q = branch_position(c)
            taken = c.ops[q] >> SHIFT
            if taken == n:
                del code[-2]
            elif taken == after and target.invert_branch(c):
                c.ops[q] = operand.block(n)
                code.pop()
                continue
        if n == after:
            code.pop()


def lift_edge_copies(f: MachineFunction, target: BackTarget) -> None:
    """Copies on the way back to a loop's start go before the branch that ends the loop, if nobody else minds: the branch
    then goes to the start itself.

        b1: ... jge b9     b2: mv a, b ; jump b1       ->      b1: ... mv a, b ; jlt b1
    """
    changed = False
    for n in f.order:
        if len(n.preds) != 1 or len(n.succs) != 1 or n.address_taken or n.cold or len(n.instrs) < 2 or len(n.instrs) > MAX_LIFTED + 1:
            continue
        b = n.preds[0]
        if len(b.succs) != 2 or b.succs[0] is b.succs[1] or b.depth < n.depth or len(b.instrs) < 2 or b.instrs[-1].op != JUMP \
                or not target.conditional(b.instrs[-2]) or len(b.instrs) > 2 and target.conditional(b.instrs[-3]):
            continue
        other = b.succs[0] if b.succs[1] is n else b.succs[1]
        if other.depth >= n.depth and not other.cold:
            continue
        busy = peephole.read(b.instrs[-2], target.descs[b.instrs[-2].op]) | other.live_in
        if all(i.op == COPY and not busy >> (i.ops[0] >> SHIFT) & 1 for i in n.instrs[:-1]):
            b.instrs[-2:-2] = n.instrs[:-1]
            n.instrs = n.instrs[-1:]
            b.live_out |= n.live_in
            changed = True
    if changed:
        thread_jumps(f)


def duplicate_returns(f: MachineFunction) -> None:
    """Without a frame a return is no longer than a jump to it."""
    if f.frame_size:
        return
    for b in f.order:
        last = b.instrs[-1] if b.instrs else None
        if last is None or last.op != JUMP or len(b.succs) != 1:
            continue
        t = b.succs[0]
        if len(t.instrs) == 1 and t.instrs[0].op == RETURN and t is not b:
            r = t.instrs[0]
            b.instrs[-1] = MachineInstr(RETURN, [], last.loc, r.effects)
            b.succs = []
            t.preds.remove(b)
    drop_unreached(f)


def duplicate_dispatch(f: MachineFunction) -> None:
    """The one dispatch of all computed gotos goes back to where they stand: each jump is predicted by itself."""
    found = [d for d in f.order if d.instrs[-1].op == JUMP_TABLE and len(d.instrs) <= MAX_DISPATCH and not d.address_taken]
    if not found:
        return
    thread_jumps(f)
    for d in found:
        e = d.instrs[-1].effects
        if e is None or e.table is not None:
            continue
        for b in list(dict.fromkeys(d.preds)):
            if b is d or b.instrs[-1].op != JUMP or len(b.succs) != 1:
                continue
            b.instrs.pop()
            for i in d.instrs:
                n = MachineInstr(i.op, list(i.ops), i.loc, i.effects)
                n.flags = i.flags
                b.instrs.append(n)
            t = Effects()
            t.uses = list(e.uses)
            t.targets = list(e.targets)
            b.instrs[-1].effects = t
            b.succs = list(d.succs)
            for s in b.succs:
                s.preds.append(b)
            d.preds = [p for p in d.preds if p is not b]
    drop_unreached(f)


def branch_position(i: MachineInstr) -> int:
    """Which operand of a branch is the block."""
    for k in range(len(i.ops) - 1, -1, -1):
        if i.ops[k] & KIND_MASK == operand.BLOCK:
            return k
    raise AssertionError("a branch without a block operand")
