"""Control-flow shape that selection and the allocator rely on.

After `prepare`: no computed goto shares an edge (one dispatch block per function, one trampoline per
label), no edge into a block with phis comes from a block with several successors, asm goto's edges
lead to blocks with one predecessor, and nothing is unreachable.
"""
from __future__ import annotations

from toolchain.cc.ir import cfg
from toolchain.cc.ir.ir import ASM_GOTO, IJUMP, JUMP, PHI, PTR, Block, Function, Instr


def has_phis(b: Block) -> bool:
    """Whether the block begins with a PHI."""
    return bool(b.instrs) and b.instrs[0].op == PHI


def funnel_computed_gotos(f: Function) -> None:
    """One dispatch block for all IJUMPs; a target with other predecessors is reached through a block of its own."""
    jumps = [b for b in f.blocks if b.instrs[-1].op == IJUMP]
    if not jumps:
        return
    dispatch = jumps[0]
    if len(jumps) > 1 or len(jumps[0].instrs) > 1:
        dispatch = merge_dispatch(f, jumps)
    for k in range(len(dispatch.succs)):
        s = dispatch.succs[k]
        if len(s.preds) > 1:
            t = cfg.split_edge(f, dispatch, k)
            t.address_taken = True
            t.name, s.name = s.name, ""
            s.address_taken = False
            for c in f.consts.values():
                if c.aux is s:
                    c.aux = t


def merge_dispatch(f: Function, jumps: list[Block]) -> Block:
    """The block that holds the only IJUMP from now on; values that targets' phis had per jump become phis of it."""
    d = f.new_block()
    d.loop_depth = max(b.loop_depth for b in jumps)
    d.frequency = max(b.frequency for b in jumps)
    targets = list(dict.fromkeys(s for b in jumps for s in b.succs))
    address = f.instr(PHI, PTR)
    address.ext = [b.instrs[-1].a for b in jumps]
    head: list[Instr] = [address]
    for s in targets:
        for i in cfg.phis(s):
            first = i.ext[s.preds.index(jumps[0])] if jumps[0] in s.preds else i
            merged = f.instr(PHI, i.ty)
            merged.ext = [i.ext[s.preds.index(b)] if b in s.preds else first for b in jumps]
            head.append(merged)
            keep = [k for k, p in enumerate(s.preds) if p not in jumps]
            i.ext = [i.ext[k] for k in keep] + [merged]
        s.preds = [p for p in s.preds if p not in jumps] + [d]
    jump = f.instr(IJUMP, 0, address, loc=jumps[0].instrs[-1].loc)
    d.instrs = [*head, jump]
    d.succs = targets
    d.preds = list(jumps)
    for b in jumps:
        b.instrs[-1] = f.instr(JUMP, 0, loc=b.instrs[-1].loc)
        b.succs = [d]
    f.blocks.append(d)
    return d


def split_critical_edges(f: Function) -> None:
    """Give every edge from a block with several successors into a block with phis a block of its own;
    the edges of asm goto too, whose outputs must be taken there."""
    for b in list(f.blocks):
        if len(b.succs) < 2:
            continue
        op = b.instrs[-1].op
        if op == IJUMP:
            continue
        for k in range(len(b.succs)):
            s = b.succs[k]
            if len(s.preds) > 1 and (has_phis(s) or op == ASM_GOTO):
                n = cfg.split_edge(f, b, k)
                n.cold = s.cold or b.cold
                n.loop_depth = min(b.loop_depth, s.loop_depth)


def drop_single_phis(f: Function) -> None:
    """A PHI with one predecessor is its operand."""
    found = False
    for b in f.blocks:
        if len(b.preds) == 1 and has_phis(b):
            found = True
            for i in cfg.phis(b):
                i.fwd = i.ext[0]
            b.instrs = [i for i in b.instrs if i.op != PHI]
    if found:
        cfg.resolve_all(f)


def prepare(f: Function) -> list[cfg.Loop]:
    """Bring the function into the shape that the module's docstring states; blocks in reverse post-order.
    Returns its loops."""
    cfg.remove_unreachable(f)
    drop_single_phis(f)
    funnel_computed_gotos(f)
    split_critical_edges(f)
    reached = cfg.order(f)
    labels = [b for b in f.blocks if b.order < 0 and b.address_taken]
    cfg.dominators(reached)
    loops = cfg.loops(reached)
    f.blocks = reached + labels
    return loops
