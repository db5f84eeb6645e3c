"""Simplification of the control-flow graph.

    b1: preds b0                 an empty block is jumped over,
      jump b2
    b2: preds b1                 a block joins its only predecessor,
      ...
    branch %1, b3, b3            both ways alike: a jump,
    switch %1, b3, 1 b4, 2 b3    cases that go where the default goes leave; one case is a branch,
    branch %1, b3, b5            b5 is only `unreachable`: a jump to b3,
    call @panic() noreturn       what follows is unreachable.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import add_pred_like, phis, remove_pred, remove_unreachable, resolve_all, set_jump, set_unreachable
from toolchain.cc.ir.ir import (
    ASM_GOTO,
    BRANCH,
    CALL,
    CONST,
    EQ,
    I32,
    IJUMP,
    JUMP,
    NIL,
    NO_EXT,
    NO_RETURN,
    PHI,
    SUB,
    SWITCH,
    ULE,
    UNREACHABLE,
    AsmInfo,
    Block,
    CallInfo,
    Function,
    Instr,
    SwitchCases,
)
from toolchain.cc.opt.propagate import switch_target

LARGE_SWITCH: Final = 32
MAX_JUMPS: Final = 64


def run(function: Function) -> bool:
    """Simplify until nothing changes."""
    changed = _cut_noreturn(function)
    changed = remove_unreachable(function) or changed
    changed = _single_phis(function) or changed
    changed = _short_switches(function) or changed
    again = True
    rounds = 0
    while again and rounds < 8:
        again = False
        rounds += 1
        for b in function.blocks:
            if b.instrs and (b.preds or b is function.blocks[0]):
                if _terminator(function, b):
                    again = True
                if _skip_empty(function, b):
                    again = True
                while _merge(function, b):
                    again = True
        if again:
            changed = True
            remove_unreachable(function)
    if _single_phis(function):
        changed = True
    return changed


def _short_switches(f: Function) -> bool:
    """Large switches go past blocks that only jump, all edges in one walk (`_skip_empty` searches for every edge)."""
    found = False
    for b in f.blocks:
        if b.instrs[-1].op != SWITCH or len(b.succs) < LARGE_SWITCH:
            continue
        succs = [_past_empty(s) for s in b.succs]
        if all(s is t for s, t in zip(succs, b.succs)):
            continue
        index: dict[int, int] = {}
        number = [0]
        shorter = [succs[0]]
        for s in succs[1:]:
            n = index.get(s.id, 0)
            if not n:
                n = len(shorter)
                shorter.append(s)
                if s.instrs[0].op != PHI:       # a phi has an operand for every edge
                    index[s.id] = n
            number.append(n)
        old = b.instrs[-1].aux
        assert isinstance(old, SwitchCases)
        new = SwitchCases()
        new.ranges = old.ranges
        new.targets = [number[k] for k in old.targets]
        b.instrs[-1].aux = new
        touched = {s.id: s for s in (*succs, *b.succs) if s.instrs[0].op != PHI}
        b.succs = shorter
        # Without phis the order of predecessors does not matter.
        for s in touched.values():
            s.preds = []
        for p in f.blocks:
            for s in p.succs:
                if s.id in touched:
                    s.preds.append(p)
        found = True
    return found and (remove_unreachable(f) or True)


def _past_empty(b: Block) -> Block:
    """Where control comes to from `b` through blocks that only jump, to others that have no phis."""
    for _ in range(MAX_JUMPS):
        if b.instrs[0].op != JUMP or b.address_taken:
            break
        s = b.succs[0]
        if s is b or s.instrs[0].op == PHI:
            break
        b = s
    return b


def _cut_noreturn(function: Function) -> bool:
    changed = False
    for b in function.blocks:
        for n, i in enumerate(b.instrs):
            if i.op == CALL and (i.flags & NO_RETURN or isinstance(i.aux, CallInfo) and i.aux.noreturn):
                if b.instrs[n + 1].op != UNREACHABLE:
                    set_unreachable(function, b, n + 1)
                    changed = True
                break
    return changed


def _terminator(f: Function, b: Block) -> bool:
    t = b.instrs[-1]
    if t.op == BRANCH:
        if t.a.op == CONST:
            set_jump(f, b, 0 if t.a.imm else 1)
            return True
        yes, no = b.succs
        if yes is no:
            set_jump(f, b, 0)
            return True
        if _dead_end(yes):
            set_jump(f, b, 1)
            return True
        if _dead_end(no):
            set_jump(f, b, 0)
            return True
        return False
    return t.op == SWITCH and _switch(f, b, t)


def _dead_end(b: Block) -> bool:
    return len(b.instrs) == 1 and b.instrs[0].op == UNREACHABLE and not b.address_taken


def _switch(f: Function, b: Block, t: Instr) -> bool:
    cases = t.aux
    assert isinstance(cases, SwitchCases)
    if t.a.op == CONST:
        set_jump(f, b, switch_target(t))
        return True
    default = b.succs[0]
    ranges: list[tuple[int, int]] = []
    blocks: list[Block] = []
    for (low, high), k in zip(cases.ranges, cases.targets):
        s = b.succs[k]
        if s is default:
            continue
        if blocks and blocks[-1] is s and ranges[-1][1] + 1 == low:
            ranges[-1] = (ranges[-1][0], high)
            continue
        ranges.append((low, high))
        blocks.append(s)
    if not ranges:
        # Every edge but the first is the same one again.
        _set_succs(b, [default])
        b.instrs[-1] = _new(f, JUMP, t)
        return True
    if len(ranges) == 1:
        _single_case(f, b, t, ranges[0], blocks[0])
        return True
    if len(ranges) == len(cases.ranges):
        return False
    new = SwitchCases()
    targets = [default]
    for r, s in zip(ranges, blocks):
        if s not in targets[1:]:
            targets.append(s)
        new.ranges.append(r)
        new.targets.append(targets.index(s, 1))
    t.aux = new
    _set_succs(b, targets)
    return True


def _new(f: Function, op: int, like: Instr) -> Instr:
    t = f.instr(op, 0)
    t.loc = like.loc
    return t


def _set_succs(b: Block, succs: list[Block]) -> None:
    """New successors out of the old ones: surplus edges disappear."""
    rest = list(succs)
    for s in b.succs:
        if s in rest:
            rest.remove(s)
        else:
            remove_pred(s, b)
    assert not rest
    b.succs = succs


def _single_case(f: Function, b: Block, t: Instr, span: tuple[int, int], target: Block) -> None:
    low, high = span
    v = t.a
    b.instrs.pop()
    if low == high:
        c = f.instr(EQ, I32, v, f.const(v.ty, low), 0, t.loc)
    else:
        if low:
            d = f.instr(SUB, v.ty, v, f.const(v.ty, low), 0, t.loc)
            b.instrs.append(d)
            v = d
        c = f.instr(ULE, I32, v, f.const(v.ty, high - low), 0, t.loc)
    b.instrs.append(c)
    b.instrs.append(f.instr(BRANCH, 0, c, NIL, 0, t.loc))
    _set_succs(b, [target, b.succs[0]])


def _skip_empty(f: Function, b: Block) -> bool:
    """Let the predecessors of a block that only jumps go to its target directly."""
    if b is f.blocks[0] or b.address_taken or b.instrs[-1].op != JUMP:
        return False
    target = b.succs[0]
    if target is b:
        return False
    for i in b.instrs[:-1]:
        if i.op != PHI:
            return False
    own = phis(b)
    if own and not _phis_only_feed(f, b, target, own):
        return False
    changed = False
    for p in list(b.preds):
        if p in b.preds and _can_redirect(p, b, target, own):
            _redirect(p, b, target, own)
            changed = True
    return changed


def _phis_only_feed(f: Function, b: Block, target: Block, own: list[Instr]) -> bool:
    """Whether the phis of `b` are used by phis of `target` on this edge only (others would lose their
    definition)."""
    if len(own) > 4:
        return False
    ids = {i.id for i in own}
    feeds: set[int] = set()
    k = target.preds.index(b)
    for phi in phis(target):
        if phi.ext[k].id in ids:
            feeds.add(phi.ext[k].id)
    if feeds != ids:
        return False
    for o in f.blocks:
        for i in o.instrs:
            if i.a.id in ids or i.b.id in ids:
                return False
            if i.ext is not NO_EXT:
                n = 0
                for x in i.ext:
                    if x.id in ids and not (i.op == PHI and o is target and o.preds[n] is b):
                        return False
                    n += 1
    return True


def _can_redirect(p: Block, b: Block, target: Block, own: list[Instr]) -> bool:
    op = p.instrs[-1].op
    if op == IJUMP or p is b:
        return False
    if op == ASM_GOTO and p.succs[0] is b and target in p.succs:
        return False
    if target not in p.succs:
        return True
    # A second edge between the two: phis must not tell them apart.
    k = target.preds.index(b)
    j = target.preds.index(p)
    for phi in phis(target):
        if phi.ext[j] is not _through(phi.ext[k], b, p, own):
            return False
    return True


def _through(v: Instr, b: Block, p: Block, own: list[Instr]) -> Instr:
    for i in own:
        if i is v:
            return i.ext[b.preds.index(p)]
    return v


def _redirect(p: Block, b: Block, target: Block, own: list[Instr]) -> None:
    """Every edge p -> b becomes p -> target."""
    k = target.preds.index(b)
    for n, s in enumerate(p.succs):
        if s is not b:
            continue
        p.succs[n] = target
        if own:
            target.preds.append(p)
            for phi in phis(target):
                phi.ext.append(_through(phi.ext[k], b, p, own))
        else:
            add_pred_like(target, p, b)
        remove_pred(b, p)
    sync_asm_goto(p)
    if not b.preds:
        remove_pred(target, b)
        b.succs = []
        t = b.instrs[-1]
        t.op = UNREACHABLE
        b.instrs = [t]


def sync_asm_goto(b: Block) -> None:
    """Let the labels of an asm goto be its successors again."""
    t = b.instrs[-1]
    if t.op == ASM_GOTO and isinstance(t.aux, AsmInfo):
        t.aux.label_blocks = b.succs[1:]


def _merge(f: Function, b: Block) -> bool:
    """Append the only successor of `b` if `b` is its only predecessor."""
    if len(b.succs) != 1 or b.instrs[-1].op != JUMP:
        return False
    s = b.succs[0]
    if len(s.preds) != 1 or s is b or s is f.blocks[0] or s.address_taken:
        return False
    body = s.instrs
    n = 0
    while body[n].op == PHI:
        body[n].fwd = body[n].ext[0]
        n += 1
    b.instrs.pop()
    b.instrs.extend(body[n:] if n else body)
    b.succs = s.succs
    for t in s.succs:
        for k, p in enumerate(t.preds):
            if p is s:
                t.preds[k] = b
    b.cold = b.cold or s.cold
    s.instrs = []
    s.preds = []
    s.succs = []
    if n:
        resolve_all(f)
    return True


def _single_phis(f: Function) -> bool:
    found = False
    for b in f.blocks:
        if len(b.preds) == 1:
            for i in b.instrs:
                if i.op != PHI:
                    break
                i.fwd = i.ext[0]
                found = True
    if found:
        resolve_all(f)
    return found
