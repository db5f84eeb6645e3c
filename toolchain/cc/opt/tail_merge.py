"""Code that several paths end with is kept once (where size matters).

    b1: ... ; call @unlock(%l) ; jump b9          b1: ... ; jump b8
    b2: ... ; call @unlock(%l) ; jump b9    ->    b2: ... ; jump b8
    b9: %3 = phi [b1 -5], [b2 -22]                b8: %4 = phi [b1 -5], [b2 -22] ; call @unlock(%l) ; jump b9

    b1: ret %x    b2: ret %y                ->    b1: jump b3   b2: jump b3   b3: %5 = phi [b1 %x], [b2 %y] ; ret %5

Returns are joined in functions that have a frame to take down.  Equal last instructions of blocks that jump to
the same place (or that end in UNREACHABLE) are moved to a block in common.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import phis, reachable
from toolchain.cc.ir.ir import (
    ALLOCA,
    ASM,
    CALL,
    CONSTP,
    JUMP,
    LAST_LEAF,
    LOAD,
    MEMCPY,
    MEMSET,
    NIL,
    NO_EXT,
    PHI,
    PROJ,
    RET,
    RETURNS_TWICE,
    STORE,
    TAIL,
    UNREACHABLE,
    VOID,
    AsmInfo,
    Block,
    CallInfo,
    Function,
    Instr,
)

MAX_TAIL: Final = 16
MOVABLE: Final = frozenset((STORE, CALL, ASM, LOAD, MEMCPY, MEMSET))


def run(function: Function) -> bool:
    """Join returns and equal tails."""
    changed = join_returns(function)
    for _ in range(4):
        if not _merge_tails(function):
            break
        changed = True
    return changed


def join_returns(function: Function) -> bool:
    """One RET for all, if there are calls (hence a frame)."""
    blocks = reachable(function)
    returns = [b for b in blocks if b.instrs[-1].op == RET and not _tail_call(b)]
    if len(returns) < 2 or not any(i.op == CALL and not i.flags & TAIL for b in blocks for i in b.instrs):
        return False
    f = function
    common = f.new_block()
    values: list[Instr] = []
    for b in returns:
        t = b.instrs.pop()
        values.append(t.a)
        jump = f.instr(JUMP, VOID)
        jump.loc = t.loc
        b.instrs.append(jump)
        b.succs.append(common)
        common.preds.append(b)
    if values[0] is not NIL and all(v is not NIL for v in values):
        value = values[0]
        if any(v is not value for v in values):
            value = f.instr(PHI, value.ty)
            value.ext = values
            common.instrs.append(value)
        ret = f.instr(RET, VOID, value)
    else:
        ret = f.instr(RET, VOID)
    ret.loc = f.end_loc or common.preds[0].instrs[-1].loc
    common.instrs.append(ret)
    f.blocks.append(common)
    return True


def _tail_call(b: Block) -> bool:
    return len(b.instrs) > 1 and b.instrs[-2].op == CALL and bool(b.instrs[-2].flags & TAIL)


def _merge_tails(f: Function) -> bool:
    changed = False
    mark_used(f)
    dead_ends: list[Block] = []
    for b in reachable(f):
        if b.instrs[-1].op == UNREACHABLE and len(b.instrs) > 1 and not b.address_taken:
            dead_ends.append(b)
        if len(b.preds) > 1:
            group = [p for p in dict.fromkeys(b.preds) if p.instrs[-1].op == JUMP and len(p.instrs) > 1]
            while len(group) > 1:
                taken = _merge_group(f, b, group)
                if taken:
                    changed = True
                first = group[0]
                group = [p for p in group[1:] if p not in taken and p is not first]
    while len(dead_ends) > 1:
        taken = _merge_group(f, None, dead_ends)
        if taken:
            changed = True
        dead_ends = [b for b in dead_ends[1:] if b not in taken]
    return changed


def _merge_group(f: Function, join: Block | None, group: list[Block]) -> list[Block]:
    """Merge the tails of those blocks of the group that end like the first one; the blocks merged."""
    first = group[0]
    last = first.instrs[-2]
    if not _may_move(last):
        return []
    best = [first] + [p for p in group[1:] if _equal(last, p.instrs[-2]) and _may_move(p.instrs[-2])]
    if len(best) < 2:
        return []
    count = 1
    while count < MAX_TAIL and all(len(p.instrs) > count + 2 for p in best):
        a = first.instrs[-2 - count]
        if not _may_move(a) or not all(
                _equal(a, p.instrs[-2 - count]) and _may_move(p.instrs[-2 - count]) for p in best[1:]):
            break
        count += 1
    _move(f, join, best, count)
    return best


def _may_move(i: Instr) -> bool:
    op = i.op
    if op == PHI or op <= LAST_LEAF or op in (PROJ, ALLOCA, CONSTP) or i.flags & (TAIL | RETURNS_TWICE):
        return False
    if op == ASM:
        # Text of inline assembly may define labels; with outputs its projections would have to move too.
        return isinstance(i.aux, AsmInfo) and not i.aux.outputs
    return op in MOVABLE


def _equal(a: Instr, b: Instr) -> bool:
    """Whether two instructions, whose values nobody uses, do the same with the same operands."""
    if a.op != b.op or a.ty != b.ty or a.imm != b.imm or a.flags != b.flags or a.a is not b.a or a.b is not b.b:
        return False
    if a.ty != VOID and (a.mark or b.mark):
        return False
    if len(a.ext) != len(b.ext):
        return False
    for x, y in zip(a.ext, b.ext):
        if x is not y:
            return False
    if a.op == CALL:
        return _same_call(a, b)
    return a.op != ASM or a.aux is b.aux


def _same_call(a: Instr, b: Instr) -> bool:
    x = a.aux
    y = b.aux
    if x is y:
        return True
    return isinstance(x, CallInfo) and isinstance(y, CallInfo) and x.ftype is y.ftype and x.pad is y.pad and x.result_address == y.result_address \
        and x.noreturn == y.noreturn and x.arg_types == y.arg_types and not x.static_chain and not y.static_chain


def mark_used(f: Function) -> None:
    """Set `mark` of every value that something uses."""
    for b in f.blocks:
        for i in b.instrs:
            i.mark = 0
    for b in f.blocks:
        for i in b.instrs:
            i.a.mark = 1
            i.b.mark = 1
            if i.ext is not NO_EXT:
                for v in i.ext:
                    v.mark = 1


def _move(f: Function, join: Block | None, blocks: list[Block], count: int) -> None:
    """The last `count` instructions before the terminator of all the blocks become one block."""
    first = blocks[0]
    new = f.new_block()
    new.cold = all(b.cold for b in blocks)
    new.instrs = first.instrs[-1 - count:]
    f.blocks.append(new)
    if join is not None:
        index = [join.preds.index(b) for b in blocks]
        for phi in phis(join):
            values = [phi.ext[k] for k in index]
            value = values[0]
            if any(v is not value for v in values):
                merged = f.instr(PHI, phi.ty)
                merged.loc = phi.loc
                merged.ext = values
                new.instrs.insert(0, merged)
                value = merged
            phi.ext = [v for k, v in enumerate(phi.ext) if k not in index] + [value]
        join.preds = [p for k, p in enumerate(join.preds) if k not in index] + [new]
        new.succs = [join]
    for b in blocks:
        loc = b.instrs[-1].loc
        del b.instrs[-1 - count:]
        jump = f.instr(JUMP, VOID)
        jump.loc = loc
        b.instrs.append(jump)
        b.succs = [new]
        new.preds.append(b)
