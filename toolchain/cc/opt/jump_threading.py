"""Jump threading: where a predecessor decides a block's branch, it goes to the target directly.

    b3: preds b1, b2                         b1 jumps to b3' = copy of b3's body with %1 = 0,
      %1 = phi i32 [b1 0], [b2 %7]     ->    which jumps to b5; b3 keeps the other predecessors
      branch %1, b4, b5

The body of the block is copied (a few instructions at most, one at -Os); values of it that are used
further down get phis (`ssa_repair.py`).  Headers of loops are threaded only from their single entry edge: that
rotates the loop instead of making a second entry.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import add_pred_like, dominators, loops, reachable, remove_pred
from toolchain.cc.ir.ir import (
    ALLOCA,
    ASM,
    ASM_GOTO,
    BRANCH,
    CALL,
    CONST,
    CONSTP,
    COPY,
    FCONST,
    FIRST_TERMINATOR,
    GLOBAL,
    IJUMP,
    JUMP,
    OBJSIZE,
    PHI,
    PROJ,
    RETURNS_TWICE,
    SLOT,
    SWITCH,
    VOID,
    Block,
    Function,
    Instr,
)
from toolchain.cc.opt.propagate import switch_target
from toolchain.cc.opt.simplify_cfg import sync_asm_goto
from toolchain.cc.opt.ssa_repair import copy_for_edge, repair, uses_outside

MAX_COPY_SPEED: Final = 5
MAX_COPY_SIZE: Final = 1
MAX_THREADS: Final = 60
CONSTANTS: Final = (CONST, FCONST, GLOBAL, SLOT)


def run(function: Function) -> bool:
    """Thread what can be threaded, a few times over the function."""
    changed = False
    for _ in range(3):
        if not _Threader(function).run():
            break
        changed = True
    return changed


class _Threader:
    def __init__(self, function: Function) -> None:
        self.f = function
        self.limit = MAX_COPY_SIZE if function.for_size else MAX_COPY_SPEED

    def run(self) -> bool:
        f = self.f
        blocks = reachable(f)
        candidates = [b for b in blocks if self.candidate(b)]
        if not candidates:
            return False
        dominators(blocks)
        latches: dict[int, set[int]] = {}
        for loop in loops(blocks):
            latches[loop.header.id] = {b.id for b in loop.latches}
        changed = False
        for b in candidates[:MAX_THREADS]:
            if self.thread(b, latches.get(b.id)):
                changed = True
        if changed:
            reachable(f)
        return changed

    def candidate(self, b: Block) -> bool:
        """Whether the branch of `b` depends on a phi of `b` that has a constant operand."""
        t = b.instrs[-1]
        if t.op != BRANCH and t.op != SWITCH or b.address_taken or len(b.preds) < 2 or b.instrs[0].op != PHI:
            return False
        n = 0
        cost = 0
        for i in b.instrs:
            if i.op == PHI:
                n += 1
                if not any(v.op in CONSTANTS for v in i.ext):
                    n -= 1
            elif i.op < FIRST_TERMINATOR:
                if i.op in (ASM, ASM_GOTO, CONSTP, OBJSIZE, ALLOCA, PROJ) or i.op == COPY or i.op == CALL and i.flags & RETURNS_TWICE:
                    return False
                cost += 1
        if n == 0 or cost > self.limit + 3:
            return False
        own = {i.id for i in b.instrs}
        return self.depends(t.a, own, 3)

    def depends(self, v: Instr, own: set[int], depth: int) -> bool:
        if v.id not in own:
            return False
        if v.op == PHI:
            return True
        if depth == 0:
            return False
        return self.depends(v.a, own, depth - 1) or self.depends(v.b, own, depth - 1)

    def thread(self, b: Block, latches: set[int] | None) -> bool:
        f = self.f
        preds = list(dict.fromkeys(b.preds))
        if latches is not None:
            outside = [p for p in preds if p.id not in latches]
            if len(outside) != 1 or b.preds.count(outside[0]) != 1:
                return False
            preds = outside
        if len(preds) < 1 or len(b.preds) < 2:
            return False
        plans: list[tuple[Block, list[Instr], dict[int, Instr], int]] = []
        for p in preds:
            if p.instrs[-1].op == IJUMP or p is b:
                continue
            plan = self.evaluate(b, p)
            if plan is not None:
                plans.append((p, *plan))
        if not plans:
            return False
        used = uses_outside(f, b)
        others: list[tuple[Block, dict[int, Instr]]] = []
        for p, body, values, index in plans:
            others.append((self.redirect(b, p, body, index), values))
        if not b.preds:
            # All predecessors were threaded: nothing comes here any more.
            for s in b.succs:
                remove_pred(s, b)
            b.succs = []
        if used:
            repair(f, b, used, others)
        return True

    def evaluate(self, b: Block, p: Block) -> tuple[list[Instr], dict[int, Instr], int] | None:
        """The body of `b` for the edge from `p`: instructions, values by id, index of the successor taken; None if the
        branch is not decided or the copy is too long."""
        f = self.f
        body, values = copy_for_edge(f, b, p)
        t = b.instrs[-1]
        condition = values.get(t.a.id, t.a)
        if condition.op != CONST:
            return None
        if t.op == BRANCH:
            index = 0 if condition.imm else 1
        else:
            probe = f.instr(SWITCH, VOID, condition)
            probe.aux = t.aux
            index = switch_target(probe)
        return None if len(body) > self.limit else (body, values, index)

    def redirect(self, b: Block, p: Block, body: list[Instr], index: int) -> Block:
        """All edges p -> b go to a new block with `body` that jumps to successor `index`."""
        f = self.f
        new = f.new_block()
        new.cold = b.cold or p.cold
        new.instrs = body
        jump = f.instr(JUMP, VOID)
        jump.loc = b.instrs[-1].loc
        new.instrs.append(jump)
        target = b.succs[index]
        add_pred_like(target, new, b)
        new.succs = [target]
        for n, s in enumerate(p.succs):
            if s is b:
                p.succs[n] = new
                new.preds.append(p)
                remove_pred(b, p)
        sync_asm_goto(p)
        f.blocks.append(new)
        return new
