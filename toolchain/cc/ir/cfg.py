"""The control-flow graph: orders, dominators, loops, and edits that keep phis right.

Invariants kept by every helper:
- `s in b.succs` as often as `b in s.preds`;
- a PHI has one operand per entry of `block.preds`, in that order;
- where one block is a predecessor more than once, the PHI operands of these edges are the same value.

Dominators: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
"""
from __future__ import annotations

from toolchain.cc.ir.ir import (
    IJUMP,
    JUMP,
    NIL,
    NO_EXT,
    PHI,
    UNREACHABLE,
    Block,
    Function,
    Instr,
    resolve,
)


def add_edge(source: Block, target: Block) -> None:
    """Append an edge; phis of `target` must be extended by the caller."""
    source.succs.append(target)
    target.preds.append(source)


def order(function: Function) -> list[Block]:
    """Blocks reachable from the entry in reverse post-order; sets `order` (others get -1)."""
    for b in function.blocks:
        b.order = -1
    entry = function.blocks[0]
    post: list[Block] = []
    entry.order = 0
    stack: list[Block] = [entry]
    # The next successor to visit of each block on the stack; successors are taken last first, so that
    # the first one (fall-through, loop body) follows its predecessor in the final order.
    nexts: list[int] = [len(entry.succs)]
    while stack:
        n = nexts[-1] - 1
        if n < 0:
            post.append(stack.pop())
            nexts.pop()
            continue
        nexts[-1] = n
        s = stack[-1].succs[n]
        if s.order < 0:
            s.order = 0
            stack.append(s)
            nexts.append(len(s.succs))
    post.reverse()
    n = 0
    for b in post:
        b.order = n
        n += 1
    return post


def remove_unreachable(function: Function) -> bool:
    """Drop blocks that the entry does not reach and leave `function.blocks` in reverse post-order.

    A block whose address is taken stays, emptied, because its label may stand in data."""
    rpo = order(function)
    if len(rpo) == len(function.blocks):
        function.blocks = rpo
        return False
    kept: list[Block] = []
    changed = False
    for b in function.blocks:
        if b.order >= 0:
            continue
        if b.address_taken and len(b.instrs) == 1 and b.instrs[0].op == UNREACHABLE and not b.preds:
            kept.append(b)
            continue
        changed = True
        for s in b.succs:
            if s.order >= 0:
                remove_pred(s, b)
        b.succs = []
        b.preds = []
        if b.address_taken:
            t = function.instr(UNREACHABLE, 0)
            t.loc = b.instrs[-1].loc if b.instrs else 0
            b.instrs = [t]
            kept.append(b)
        else:
            b.instrs = []
    function.blocks = rpo + kept
    return changed


def reachable(function: Function) -> list[Block]:
    """`order`, after unreachable blocks were removed: the walk that most passes begin with."""
    remove_unreachable(function)
    blocks = function.blocks
    n = len(blocks)
    # Emptied address-taken blocks stand at the end and are of no interest to a pass.
    while n > 1 and blocks[n - 1].order < 0:
        n -= 1
    return blocks[:n] if n != len(blocks) else blocks


def dominators(rpo: list[Block]) -> None:
    """Set `idom` of each block of `rpo` (made by `order`); the entry's is None.

    The iteration suits ordinary functions; one with hundreds of labels in a chain makes it quadratic, and is given to
    Lengauer and Tarjan's algorithm."""
    n = len(rpo)
    doms = _iterate_dominators(rpo, 64 * n + 4096)
    if not doms:
        doms = _tree_dominators(rpo)
    for i in range(1, n):
        rpo[i].idom = rpo[doms[i]] if doms[i] >= 0 else None
    rpo[0].idom = None


def _iterate_dominators(rpo: list[Block], budget: int) -> list[int]:
    """Immediate dominators by number in `rpo`, or [] if more than `budget` steps up the tree would be needed."""
    n = len(rpo)
    doms = [-1] * n
    doms[0] = 0
    changed = True
    while changed:
        changed = False
        for i in range(1, n):
            new = -1
            for p in rpo[i].preds:
                j = p.order
                if j < 0 or doms[j] < 0:
                    continue
                if new < 0:
                    new = j
                    continue
                while new != j:
                    while j > new:
                        j = doms[j]
                        budget -= 1
                    while new > j:
                        new = doms[new]
                        budget -= 1
            if doms[i] != new:
                doms[i] = new
                changed = True
        if budget < 0:
            return []
    return doms


def _tree_dominators(rpo: list[Block]) -> list[int]:
    """The same by Lengauer and Tarjan, "A Fast Algorithm for Finding Dominators in a Flowgraph" (1979), simple version."""
    n = len(rpo)
    vertex: list[int] = []              # blocks (by number in rpo) in depth-first preorder; all else here is in preorder numbers
    parent: list[int] = []
    number = [-1] * n
    stack: list[tuple[int, int]] = [(0, 0)]
    while stack:
        i, up = stack.pop()
        if number[i] >= 0:
            continue
        number[i] = len(vertex)
        vertex.append(i)
        parent.append(up)
        for s in rpo[i].succs:
            if s.order >= 0 and number[s.order] < 0:
                stack.append((s.order, number[i]))
    m = len(vertex)
    semi = list(range(m))
    label = list(range(m))
    ancestor = [-1] * m
    buckets: list[list[int]] = [[] for _ in range(m)]
    idom = [0] * m
    for w in range(m - 1, 0, -1):
        for p in rpo[vertex[w]].preds:
            if p.order < 0 or number[p.order] < 0:
                continue
            u = _least_semi(number[p.order], ancestor, label, semi)
            if semi[u] < semi[w]:
                semi[w] = semi[u]
        buckets[semi[w]].append(w)
        ancestor[w] = parent[w]
        for v in buckets[parent[w]]:
            u = _least_semi(v, ancestor, label, semi)
            idom[v] = u if semi[u] < semi[v] else parent[w]
        buckets[parent[w]] = []
    out = [-1] * n
    out[0] = 0
    for w in range(1, m):
        if idom[w] != semi[w]:
            idom[w] = idom[idom[w]]
        out[vertex[w]] = vertex[idom[w]]
    return out


def _least_semi(v: int, ancestor: list[int], label: list[int], semi: list[int]) -> int:
    """The vertex of least semidominator on the way from `v` up to its tree's root, which is left out; shortens the way."""
    path: list[int] = []
    x = v
    while ancestor[x] >= 0:
        path.append(x)
        x = ancestor[x]
    if not path:
        return v
    root = x
    above = -1
    while path:
        x = path.pop()
        if above >= 0 and semi[label[above]] < semi[label[x]]:
            label[x] = label[above]
        ancestor[x] = root
        above = x
    return label[v]


def dominator_children(rpo: list[Block]) -> list[list[Block]]:
    """Children in the dominator tree by `order`, after `dominators`."""
    out: list[list[Block]] = [[] for _ in rpo]
    for b in rpo:
        d = b.idom
        if d is not None:
            out[d.order].append(b)
    return out


def dominates(a: Block, b: Block) -> bool:
    """Whether `a` dominates `b` (reflexive)."""
    n = a.order
    d: Block | None = b
    while d is not None and d.order > n:
        d = d.idom
    return d is a


class Loop:
    """A natural loop.  `blocks` begins with the header; inner loops' blocks are included."""

    def __init__(self, header: Block) -> None:
        self.header = header
        self.latches: list[Block] = []
        self.blocks: list[Block] = [header]
        self.parent: Loop | None = None
        self.depth = 1

    def contains(self) -> set[int]:
        """Ids of the blocks."""
        return {b.id for b in self.blocks}


def loops(rpo: list[Block]) -> list[Loop]:
    """Natural loops, inner ones first; sets `loop_depth`.  Needs `dominators`."""
    found: list[Loop] = []
    by_header: dict[int, Loop] = {}
    for b in rpo:
        b.loop_depth = 0
        for s in b.succs:
            if s.order <= b.order and dominates(s, b):
                loop = by_header.get(s.id)
                if loop is None:
                    loop = Loop(s)
                    by_header[s.id] = loop
                    found.append(loop)
                if b not in loop.latches:
                    loop.latches.append(b)
    for loop in found:
        seen = {loop.header.id}
        work = list(loop.latches)
        while work:
            b = work.pop()
            if b.id in seen:
                continue
            seen.add(b.id)
            loop.blocks.append(b)
            work.extend([p for p in b.preds if p.order >= 0])
    found.sort(key=_loop_size)
    for loop in found:
        for b in loop.blocks:
            b.loop_depth += 1
    for i, loop in enumerate(found):
        loop.depth = loop.header.loop_depth
        for outer in found[i + 1:]:
            if outer.header is not loop.header and loop.header in outer.blocks:
                loop.parent = outer
                break
    return found


def _loop_size(loop: Loop) -> int:
    return len(loop.blocks) << 24 | loop.header.order


# ------------------------------------------------------------------ edits


def phis(block: Block) -> list[Instr]:
    """The leading PHIs."""
    out: list[Instr] = []
    for i in block.instrs:
        if i.op != PHI:
            break
        out.append(i)
    return out


def remove_pred_at(block: Block, index: int) -> None:
    """Forget the edge `index` into `block`; PHIs lose that operand (one with a single operand left
    remains a PHI: simplification replaces it)."""
    del block.preds[index]
    for i in block.instrs:
        if i.op != PHI:
            break
        del i.ext[index]


def remove_pred(block: Block, pred: Block) -> None:
    """Forget one edge from `pred`."""
    remove_pred_at(block, block.preds.index(pred))


def add_pred_like(block: Block, pred: Block, model: Block) -> None:
    """A new edge into `block` from `pred` on which PHIs have the values of the edge from `model`."""
    k = block.preds.index(model)
    block.preds.append(pred)
    for i in block.instrs:
        if i.op != PHI:
            break
        i.ext.append(i.ext[k])


def replace_pred(block: Block, old: Block, new: Block) -> None:
    """The edges into `block` from `old` now come from `new` (whose `succs` the caller sets)."""
    block.preds = [new if p is old else p for p in block.preds]


def split_edge(function: Function, source: Block, index: int) -> Block:
    """A new block with a JUMP on the edge `source.succs[index]`; appended to `function.blocks`."""
    target = source.succs[index]
    k = target.preds.index(source)
    mid = function.new_block()
    t = function.instr(JUMP, 0)
    t.loc = source.instrs[-1].loc
    mid.instrs.append(t)
    mid.succs.append(target)
    mid.preds.append(source)
    mid.frequency = min(source.frequency, target.frequency)
    mid.loop_depth = min(source.loop_depth, target.loop_depth)
    mid.cold = source.cold or target.cold
    source.succs[index] = mid
    target.preds[k] = mid
    function.blocks.append(mid)
    return mid


def split_critical_edges(function: Function) -> bool:
    """Split edges from a block with several successors to one with several predecessors, except those
    that cannot be split (IJUMP, and asm goto's labels, which are split like others)."""
    changed = False
    for b in list(function.blocks):
        if len(b.succs) < 2 or b.instrs[-1].op == IJUMP:
            continue
        for n, s in enumerate(b.succs):
            if len(s.preds) > 1:
                split_edge(function, b, n)
                changed = True
    return changed


def set_jump(function: Function, block: Block, keep: int) -> None:
    """Replace the terminator by a JUMP to `succs[keep]`; the other edges disappear."""
    target = block.succs[keep]
    for n, s in enumerate(block.succs):
        if n != keep:
            remove_pred(s, block)
    old = block.instrs[-1]
    t = function.instr(JUMP, 0)
    t.loc = old.loc
    block.instrs[-1] = t
    block.succs = [target]


def set_unreachable(function: Function, block: Block, index: int) -> None:
    """Cut the block before `instrs[index]`: UNREACHABLE follows, all outgoing edges disappear."""
    loc = block.instrs[index].loc if index < len(block.instrs) else 0
    del block.instrs[index:]
    t = function.instr(UNREACHABLE, 0)
    t.loc = loc
    block.instrs.append(t)
    for s in block.succs:
        remove_pred(s, block)
    block.succs = []


def resolve_operands(i: Instr) -> None:
    """Let the operands of `i` be values that are not replaced."""
    a = i.a
    if a.fwd is not NIL:
        i.a = resolve(a)
    b = i.b
    if b.fwd is not NIL:
        i.b = resolve(b)
    ext = i.ext
    if ext is not NO_EXT:
        n = 0
        for x in ext:
            if x.fwd is not NIL:
                ext[n] = resolve(x)
            n += 1


def resolve_uses(function: Function) -> None:
    """Resolve every operand of the function; replaced instructions stay where they are (calls among them)."""
    for b in function.blocks:
        for i in b.instrs:
            resolve_operands(i)


def resolve_all(function: Function) -> None:
    """Resolve every operand of the function and drop replaced instructions from the blocks."""
    for b in function.blocks:
        dead = False
        for i in b.instrs:
            if i.fwd is not NIL:
                dead = True
                continue
            a = i.a
            if a.fwd is not NIL:
                i.a = resolve(a)
            a = i.b
            if a.fwd is not NIL:
                i.b = resolve(a)
            ext = i.ext
            if ext is not NO_EXT:
                n = 0
                for x in ext:
                    if x.fwd is not NIL:
                        ext[n] = resolve(x)
                    n += 1
        if dead:
            b.instrs = [i for i in b.instrs if i.fwd is NIL]
