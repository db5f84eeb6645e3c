"""Loop inversion: the test moves to the bottom, guarded by a copy before the loop.

    b1: preds b0, b2                        b0: %c0 = test ; branch %c0, b2, b3       (the guard)
      %c = test                       ->    b2: preds b0, b1
      branch %c, b2, b3                       ... ; jump b1
    b2: ... ; jump b1                       b1: preds b2 ; %c = test ; branch %c, b2, b3

The header is copied onto the edge that enters the loop; it must be short and is not copied where size matters.
What is then hoisted from the body is executed only if the body is.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import Loop, add_pred_like, dominators, loops, reachable, remove_pred
from toolchain.cc.ir.ir import (
    ALLOCA,
    ASM,
    ASM_GOTO,
    BRANCH,
    CALL,
    CONST,
    CONSTP,
    FIRST_TERMINATOR,
    IJUMP,
    JUMP,
    PHI,
    PROJ,
    RETURNS_TWICE,
    VOID,
    Function,
)
from toolchain.cc.opt.simplify_cfg import sync_asm_goto
from toolchain.cc.opt.ssa_repair import copy_for_edge, repair, uses_outside

MAX_HEADER: Final = 8


def run(function: Function) -> bool:
    """Rotate loops whose header exits."""
    if function.for_size:
        return False
    changed = False
    done: set[int] = set()
    for _ in range(50):
        blocks = reachable(function)
        dominators(blocks)
        loop = _next(loops(blocks), done)
        if loop is None:
            break
        done.add(loop.header.id)
        _rotate(function, loop)
        changed = True
    if changed:
        reachable(function)
    return changed


def _next(found: list[Loop], done: set[int]) -> Loop | None:
    for loop in found:
        h = loop.header
        if h.id in done or h.cold or h.address_taken or h.instrs[-1].op != BRANCH:
            continue
        inside = loop.contains()
        if (h.succs[0].id in inside) == (h.succs[1].id in inside):
            continue
        if any(len(x.succs) != 1 for x in loop.latches) or h in loop.latches:
            continue            # tested at the bottom already
        outside = [p for p in h.preds if p.id not in inside]
        if len(outside) != 1 or outside[0].instrs[-1].op == IJUMP or h.preds.count(outside[0]) != 1:
            continue
        body = [i for i in h.instrs if i.op != PHI and i.op < FIRST_TERMINATOR]
        if len(body) > MAX_HEADER or any(
                i.op in (ASM, ASM_GOTO, ALLOCA, CONSTP, PROJ) or i.op == CALL or i.flags & RETURNS_TWICE for i in body):
            continue
        return loop
    return None


def _rotate(f: Function, loop: Loop) -> None:
    h = loop.header
    inside = loop.contains()
    p = next(x for x in h.preds if x.id not in inside)
    used = uses_outside(f, h)
    guard = f.new_block()
    guard.instrs, values = copy_for_edge(f, h, p)
    t = h.instrs[-1]
    condition = values.get(t.a.id, t.a)
    if condition.op == CONST:
        ways = [h.succs[0 if condition.imm else 1]]
        end = f.instr(JUMP, VOID)
    else:
        ways = list(h.succs)
        end = f.instr(BRANCH, VOID, condition, imm=t.imm)
    end.loc = t.loc
    guard.instrs.append(end)
    for s in ways:
        add_pred_like(s, guard, h)
        guard.succs.append(s)
    p.succs = [guard if s is h else s for s in p.succs]
    sync_asm_goto(p)
    guard.preds = [p]
    remove_pred(h, p)
    f.blocks.append(guard)
    if used:
        repair(f, h, used, [(guard, values)])
