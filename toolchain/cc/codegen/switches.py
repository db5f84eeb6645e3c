"""SWITCH becomes comparisons and dense tables.

Before:  switch i32 %x, default D, 1: A, 2: B, 3: A, 4: C, 5: A, 100: C
After:   a balanced tree of branches over the clusters {1..5: table} {100}; a table cluster is
         %n = sub i64 (sext %x), 1 ; branch (ult %n, 5) ; switch %n with aux TableCases

Cases that stand side by side and go to the same place are one range first.
"""
from __future__ import annotations

from toolchain.cc.codegen.build import IrBuilder
from toolchain.cc.codegen.target import BackTarget
from toolchain.cc.ir import cfg
from toolchain.cc.ir.ir import (
    BRANCH,
    CONST,
    EQ,
    I32,
    JUMP,
    NIL,
    SEXT,
    SUB,
    SWITCH,
    TRUNC,
    TYPE_BITS,
    ULE,
    ULT,
    Aux,
    Block,
    Function,
    Instr,
    SwitchCases,
    resolve,
)


class TableCases(Aux):
    """Dense SWITCH on an index that is in range: `targets[k]` is the successor for index k."""

    def __init__(self, targets: list[int]) -> None:
        self.targets = targets


class Cluster:
    """Values low..high; `target` is a block, or None for a dense table over `cases`."""

    def __init__(self, low: int, high: int, target: Block | None) -> None:
        self.low = low
        self.high = high
        self.target = target
        self.cases: list[Cluster] = []


class SwitchLowering:
    """Lowers one SWITCH."""

    def __init__(self, func: Function, target: BackTarget, block: Block) -> None:
        self.func = func
        self.target = target
        self.block = block
        self.switch = block.instrs[-1]
        self.value = resolve(self.switch.a)
        self.default = block.succs[0]
        self.phi_values: dict[int, list[Instr]] = {}
        self.b = IrBuilder(func)
        self.b.loc = self.switch.loc
        self.new_blocks: list[Block] = []

    def run(self) -> list[Block]:
        """Replace the terminator; returns the blocks made."""
        cases = self.switch.aux
        assert isinstance(cases, SwitchCases)
        block = self.block
        clusters = self.merge([(lo, hi, block.succs[t]) for (lo, hi), t in zip(cases.ranges, cases.targets)])
        for s in dict.fromkeys(block.succs):
            k = s.preds.index(block)
            self.phi_values[s.id] = [p.ext[k] for p in cfg.phis(s)]
        for s in block.succs:
            cfg.remove_pred(s, block)
        block.succs = []
        block.instrs.pop()
        clusters = self.tables(clusters)
        bits = TYPE_BITS[self.value.ty]
        self.tree(block, clusters, 0, (1 << bits) - 1)
        return self.new_blocks

    def merge(self, cases: list[tuple[int, int, Block]]) -> list[Cluster]:
        """Sorted clusters, neighbours with one target joined; cases that go to the default dropped."""
        out: list[Cluster] = []
        for lo, hi, t in sorted(cases, key=case_low):
            if t is self.default:
                continue
            if out and out[-1].target is t and out[-1].high + 1 == lo:
                out[-1].high = hi
            else:
                out.append(Cluster(lo, hi, t))
        return out

    def tables(self, clusters: list[Cluster]) -> list[Cluster]:
        """Join dense stretches into table clusters, longest first from the left."""
        target = self.target
        if not target.jump_tables or len(clusters) < target.jump_table_min:
            return clusters
        half = 1 << (TYPE_BITS[self.value.ty] - 1)
        density = 3 if not self.func.for_size else 2
        out: list[Cluster] = []
        k = 0
        n = len(clusters)
        while k < n:
            best = -1
            for m in range(min(n - 1, k + 512), k + target.jump_table_min - 2, -1):
                span = clusters[m].high - clusters[k].low + 1
                if span <= density * (m - k + 1) * 2 and span <= 4096 and (clusters[k].low < half) == (clusters[m].high < half):
                    best = m
                    break
            if best >= 0:
                c = Cluster(clusters[k].low, clusters[best].high, None)
                c.cases = clusters[k:best + 1]
                out.append(c)
                k = best + 1
            else:
                out.append(clusters[k])
                k += 1
        return out

    # ---------------------------------------------------------------- building
    def edge(self, source: Block, target: Block) -> None:
        """Add an edge with the phi values of the switch's own edge."""
        cfg.add_edge(source, target)
        values = self.phi_values.get(target.id)
        if values:
            for p, v in zip(cfg.phis(target), values):
                p.ext = [*p.ext, v]

    def fresh(self) -> Block:
        """A new block near the switch."""
        b = self.func.new_block()
        b.frequency = self.block.frequency
        b.loop_depth = self.block.loop_depth
        b.cold = self.block.cold
        self.new_blocks.append(b)
        return b

    def branch(self, at: Block, op: int, limit: int, x: Instr, yes: Block, no: Block) -> None:
        """End `at` with a comparison of `x` with a constant."""
        self.b.out = at.instrs
        c = self.b.op(op, I32, x, self.b.const(x.ty, limit))
        self.b.op(BRANCH, 0, c)
        self.edge(at, yes)
        self.edge(at, no)

    def jump(self, at: Block, to: Block) -> None:
        """End `at` with a jump."""
        at.instrs.append(self.func.instr(JUMP, 0, loc=self.b.loc))
        self.edge(at, to)

    def tree(self, at: Block, clusters: list[Cluster], low: int, high: int) -> None:
        """Decide among `clusters` in block `at`, knowing that the value is in low..high."""
        if not clusters:
            self.jump(at, self.default)
            return
        if len(clusters) == 1:
            self.leaf(at, clusters[0], low, high)
            return
        if len(clusters) <= 3 and all(c.low == c.high and c.target is not None for c in clusters):
            for c in clusters[:-1]:
                rest = self.fresh()
                assert c.target is not None
                self.branch(at, EQ, c.low, self.value, c.target, rest)
                at = rest
            self.leaf(at, clusters[-1], low, high if len(clusters) > 1 else high)
            return
        m = len(clusters) // 2
        left, right = self.fresh(), self.fresh()
        pivot = clusters[m].low
        self.branch(at, ULT, pivot, self.value, left, right)
        self.tree(left, clusters[:m], low, pivot - 1)
        self.tree(right, clusters[m:], pivot, high)

    def leaf(self, at: Block, c: Cluster, low: int, high: int) -> None:
        """One cluster against the default."""
        if c.target is None:
            self.table(at, c, low, high)
            return
        if c.low <= low and high <= c.high:
            self.jump(at, c.target)
        elif c.low == c.high:
            self.branch(at, EQ, c.low, self.value, c.target, self.default)
        elif c.high >= high:
            self.branch(at, ULT, c.low, self.value, self.default, c.target)
        elif c.low <= low:
            self.branch(at, ULE, c.high, self.value, c.target, self.default)
        else:
            self.b.out = at.instrs
            x = self.b.op(SUB, self.value.ty, self.value, self.b.const(self.value.ty, c.low))
            self.branch(at, ULE, c.high - c.low, x, c.target, self.default)

    def table(self, at: Block, c: Cluster, low: int, high: int) -> None:
        """A dense table behind a range check."""
        b = self.b
        b.out = at.instrs
        word = self.target.word_type
        x = self.value
        bits = TYPE_BITS[x.ty]
        first = c.low - (1 << bits) if c.low >> (bits - 1) & 1 and bits < TYPE_BITS[word] else c.low
        if bits < TYPE_BITS[word]:
            x = b.op(SEXT, word, x) if x.op != CONST else b.const(word, x.imm)
        if first:
            x = b.op(SUB, x.ty, x, b.const(x.ty, first))
        size = c.high - c.low + 1
        if low < c.low or high > c.high:
            inside = self.fresh()
            self.branch(at, ULT, size, x, inside, self.default)
            at = inside
        if bits > TYPE_BITS[word]:
            b.out = at.instrs
            x = b.op(TRUNC, word, x)        # in range, so that the low half is the index
        succs: list[Block] = []
        index: dict[int, int] = {}
        targets: list[int] = []
        k = c.low
        for case in c.cases:
            assert case.target is not None
            while k <= case.high:
                t = self.default if k < case.low else case.target
                if t.id not in index:
                    index[t.id] = len(succs)
                    succs.append(t)
                targets.append(index[t.id])
                k += 1
        s = self.func.instr(SWITCH, 0, x, NIL, 0, b.loc)
        s.aux = TableCases(targets)
        at.instrs.append(s)
        for t in succs:
            self.edge(at, t)


def case_low(c: tuple[int, int, Block]) -> int:
    """Sort key of a case."""
    return c[0]


def lower(func: Function, target: BackTarget) -> None:
    """Lower every SWITCH of the function."""
    blocks: list[Block] = []
    for b in func.blocks:
        blocks.append(b)
        last = b.instrs[-1]
        if last.op == SWITCH and isinstance(last.aux, SwitchCases):
            blocks.extend(SwitchLowering(func, target, b).run())
    func.blocks = blocks
