"""Control-flow shape that selection and the allocator rely on.

After `prepare`: no computed goto shares an edge (one dispatch block per function, one trampoline per
label), no edge into a block with phis comes from a block with several successors, and nothing is
unreachable.
"""
from __future__ import annotations

from toolchain.cc.ir.ir import ASM_GOTO, FIRST_TERMINATOR, IJUMP, JUMP, NIL, PHI, PTR, Block, Function, Instr


def terminator(b: Block) -> Instr:
    """The block's last instruction."""
    return b.instrs[-1]


def remove_unreachable(f: Function) -> None:
    """Drop blocks that cannot be reached from the entry, with their phi operands."""
    seen: set[int] = {f.blocks[0].id}
    work = [f.blocks[0]]
    while work:
        for s in work.pop().succs:
            if s.id not in seen:
                seen.add(s.id)
                work.append(s)
    if len(seen) == len(f.blocks):
        return
    for b in f.blocks:
        if b.id not in seen:
            continue
        if all(p.id in seen for p in b.preds):
            continue
        keep = [k for k, p in enumerate(b.preds) if p.id in seen]
        b.preds = [b.preds[k] for k in keep]
        for i in b.instrs:
            if i.op != PHI:
                break
            i.ext = [i.ext[k] for k in keep]
    f.blocks = [b for b in f.blocks if b.id in seen]


def split_edge(f: Function, pred: Block, index: int) -> Block:
    """A new block on edge `index` of `pred`; phi operands keep their places."""
    succ = pred.succs[index]
    n = f.new_block()
    # which of the parallel edges pred -> succ this is
    nth = sum(1 for s in pred.succs[:index] if s is succ)
    at = -1
    for k, p in enumerate(succ.preds):
        if p is pred:
            if nth == 0:
                at = k
                break
            nth -= 1
    pred.succs[index] = n
    succ.preds[at] = n
    n.preds = [pred]
    n.succs = [succ]
    n.loop_depth = min(pred.loop_depth, succ.loop_depth)
    n.cold = succ.cold or pred.cold
    n.frequency = min(pred.frequency, succ.frequency)
    n.instrs = [f.instr(JUMP, 0, loc=terminator(pred).loc)]
    f.blocks.append(n)
    return n


def has_phis(b: Block) -> bool:
    """Whether the block begins with a PHI."""
    return bool(b.instrs) and b.instrs[0].op == PHI


def funnel_computed_gotos(f: Function) -> None:
    """One dispatch block for all IJUMPs; each target gets its address through a block of its own."""
    jumps = [b for b in f.blocks if b.instrs and b.instrs[-1].op == IJUMP]
    if not jumps:
        return
    dispatch = jumps[0]
    if len(jumps) > 1:
        dispatch = f.new_block()
        dispatch.succs = list(jumps[0].succs)
        phi = f.instr(PHI, PTR)
        phi.ext = []
        for b in jumps:
            last = b.instrs[-1]
            phi.ext.append(last.a)
            for s in b.succs:
                if b is jumps[0]:
                    s.preds[s.preds.index(b)] = dispatch
                else:
                    drop_pred(s, b)
            b.instrs[-1] = f.instr(JUMP, 0, loc=last.loc)
            b.succs = [dispatch]
            dispatch.preds.append(b)
        dispatch.instrs = [phi, f.instr(IJUMP, 0, phi, loc=jumps[0].loop_depth * 0)]
        dispatch.loop_depth = max(b.loop_depth for b in jumps)
        merge_phi_inputs(f, dispatch, jumps)
        f.blocks.append(dispatch)
    for k, s in enumerate(list(dispatch.succs)):
        if len(s.preds) > 1:
            t = split_edge(f, dispatch, k)
            t.address_taken = True
            t.name = s.name
            s.address_taken = False
            s.mark = t.id
            redirect_label(f, s, t)


def merge_phi_inputs(f: Function, dispatch: Block, jumps: list[Block]) -> None:
    """Targets' phis had one input per IJUMP block; those inputs become phis of the dispatch block
    (`drop_pred` left them in `pending`)."""
    for (succ_id, phi_id), values in sorted(pending.items()):
        succ = next(s for s in dispatch.succs if s.id == succ_id)
        phi = next(p for p in succ.instrs if p.id == phi_id)
        at = succ.preds.index(dispatch)
        first = phi.ext[at]
        if all(v is first for v in values):
            continue
        merged = f.instr(PHI, phi.ty)
        merged.ext = [first, *values]
        assert len(merged.ext) == len(jumps)
        dispatch.instrs.insert(0, merged)
        phi.ext[at] = merged
    pending.clear()


pending: dict[tuple[int, int], list[Instr]] = {}


def drop_pred(s: Block, pred: Block) -> None:
    """Remove one edge from `pred`; what phis had from it goes to `pending`."""
    k = s.preds.index(pred)
    del s.preds[k]
    for i in s.instrs:
        if i.op != PHI:
            break
        pending.setdefault((s.id, i.id), []).append(i.ext[k])
        i.ext = i.ext[:k] + i.ext[k + 1:]


def redirect_label(f: Function, old: Block, new: Block) -> None:
    """LABEL leaves and asm labels of `old` mean `new` from now on."""
    for g in f.globals.values():
        if g.aux is old:
            g.aux = new  # type: ignore[unreachable]
    assert NIL is not None


def split_critical_edges(f: Function) -> None:
    """Give every edge from a block with several successors into a block with phis a block of its own;
    the edges of asm goto too, whose outputs must be taken there."""
    for b in list(f.blocks):
        if len(b.succs) < 2:
            continue
        op = b.instrs[-1].op
        if op < FIRST_TERMINATOR or op == IJUMP:
            continue
        for k, s in enumerate(list(b.succs)):
            if len(s.preds) > 1 and (has_phis(s) or op == ASM_GOTO):
                split_edge(f, b, k)


def prepare(f: Function) -> None:
    """Bring the function into the shape that the module's docstring states."""
    remove_unreachable(f)
    funnel_computed_gotos(f)
    split_critical_edges(f)
