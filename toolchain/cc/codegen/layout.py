"""Order of blocks and jumps: empty blocks go, jumps to jumps go, cold code goes last, and each block
ends in as few branches as falling through allows."""
from __future__ import annotations

from toolchain.cc.codegen.mir import (
    JUMP,
    RETURN,
    UNREACHABLE,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    retarget,
)
from toolchain.cc.codegen.target import BackTarget
from toolchain.mc.model import operand
from toolchain.mc.model.operand import KIND_MASK, SHIFT


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


def place(f: MachineFunction) -> None:
    """Order of emission: chains along the likely path, cold blocks after all others."""
    mark_cold(f)
    order: list[MachineBlock] = []
    done: set[int] = set()
    for cold in (False, True):
        for start in f.order:
            b: MachineBlock | None = start
            while b is not None and b.number not in done and (b.cold == cold or (b is f.order[0])):
                done.add(b.number)
                order.append(b)
                b = follower(b, done, cold)
    f.order = order


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


def follower(b: MachineBlock, done: set[int], cold: bool) -> MachineBlock | None:
    """The block to put after `b`: its jump's target if nothing else must come before that; else a successor that
    has no better place (the side of a triangle falls through to the join); else the jump's target after all."""
    last = b.instrs[-1]
    if last.op != JUMP:
        return None
    candidates = [b.succs[k] for k in range(len(b.succs) - 1, -1, -1)]
    first: MachineBlock | None = None
    fallback: MachineBlock | None = None
    n = last.ops[0] >> SHIFT
    for s in candidates:
        if s.number in done or s.cold != cold:
            continue
        ready = len(s.preds) == 1 or all(p.number in done for p in s.preds)
        if s.number == n:
            if ready:
                return s
            if s.depth >= b.depth:
                fallback = s
        elif first is None and ready:
            first = s
    return first if first is not None else fallback


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


def branch_position(i: MachineInstr) -> int:
    """Which operand of a branch is the block."""
    for k in range(len(i.ops) - 1, -1, -1):
        if i.ops[k] & KIND_MASK == operand.BLOCK:
            return k
    raise AssertionError("a branch without a block operand")
