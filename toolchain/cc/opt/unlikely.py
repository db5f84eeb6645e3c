"""Blocks that hardly ever run are marked cold.

    branch %c, b1, b2 (probability 900)            b2: cold, and so is all that only b2 leads to
    b3: call void @give_up() ; ...         ->      b3: cold, if @give_up has attribute cold or does not return

What `__builtin_expect` says of a branch is in the branch itself.  Cold blocks stand behind the others, keep values in memory
rather than take a register from code that runs, and nothing is inlined into them for speed.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import dominators, reachable
from toolchain.cc.ir.ir import BRANCH, CALL, NO_RETURN, UNREACHABLE, Block, CallInfo, Function, GlobalSymbol

LIKELY: Final = 900
"""In 1/1000, as in `BRANCH`: what `__builtin_expect` means."""


def run(function: Function) -> bool:
    """Mark blocks; no code is changed.  Where size counts nothing is marked: the order of blocks is then chosen for short jumps."""
    if function.for_size:
        return False
    blocks = reachable(function)
    found = False
    for b in blocks:
        last = b.instrs[-1]
        if last.op == BRANCH and last.imm:
            if last.imm >= LIKELY:
                found = _mark(b.succs[1], b) or found
            elif last.imm <= 1000 - LIKELY:
                found = _mark(b.succs[0], b) or found
        if b.preds and not b.cold and _gives_up(b):
            b.cold = found = True
    if not found:
        return False
    dominators(blocks)
    for b in blocks:
        if not b.cold and b.idom is not None and (b.idom.cold or all(p.cold for p in b.preds)):
            b.cold = True
    return True


def _mark(b: Block, source: Block) -> bool:
    """The unlikely side of the branch at the end of `source`; False if other code leads there too."""
    if b.cold or len(b.preds) != 1 or b is source:
        return False
    b.cold = True
    return True


def _gives_up(b: Block) -> bool:
    """Whether the block calls what is cold, or ends because a call does not return."""
    ends = b.instrs[-1].op == UNREACHABLE
    for i in b.instrs:
        if i.op == CALL and isinstance(i.aux, CallInfo):
            if ends and (i.aux.noreturn or i.flags & NO_RETURN):
                return True
            g = i.a.aux
            if isinstance(g, GlobalSymbol) and g.cold:
                return True
    return False
