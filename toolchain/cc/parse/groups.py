"""Groups of ranges, kept from unit to unit.

A group is a stretch of the token stream between two range boundaries: the output of one or more
consecutive runs of header text.  What its ranges are and which names they declare depends on its
tokens only, so it is found once per process: when the same run gives the same tokens again (one list
comparison, of identities, in C), the group is merely stamped with the unit's number.  The name table
maps a name to all (group, range) pairs ever seen; a look-up takes those with the current stamp.

Parsed declarations are not shared: they depend on other groups.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.splitter import EAGER, TAG, Range, range_of, shape_of, split
from toolchain.cc.preprocess.files import Run
from toolchain.cc.preprocess.tokens import Sym, Token

if TYPE_CHECKING:
    from toolchain.cc.preprocess.unit import PreprocessedUnit


class Group:
    """Consecutive ranges.  `position`: of its first token in the unit whose `stamp` it carries (the
    first place, if it occurs more than once; `positions` has them all)."""

    def __init__(self, tokens: list[Token], runs: int, main: bool) -> None:
        self.tokens = tokens
        self.runs = runs
        self.main = main
        self.starts: list[int] = []
        self.ranges: list[Range] = []
        self.eager: list[int] = []
        self.stamp = 0
        self.position = 0
        self.positions: list[int] = []


class NameTable:
    """Groups by their first run, and names to (group, index of range)."""

    def __init__(self) -> None:
        self.stamp = 0
        self.ordinary: dict[Sym, list[tuple[Group, int]]] = {}
        self.tags: dict[Sym, list[tuple[Group, int]]] = {}
        self.by_run: dict[Run, list[Group]] = {}

    def begin(self) -> None:
        """A new unit."""
        self.stamp += 1

    def make(self, tokens: list[Token], runs: int, shapes: list[str], main: bool) -> Group:
        """A group of ranges of these shapes, its names entered."""
        group = Group(tokens, runs, main)
        position = 0
        starts = group.starts
        if main:        # all of it is parsed in order
            group.ranges = [Range(shape) for shape in shapes]
            for r in group.ranges:
                starts.append(position)
                position += r.length
            return group
        group.ranges = list(map(range_of, shapes))
        for i, r in enumerate(group.ranges):
            starts.append(position)
            if r.offsets:
                for offset, kind in zip(r.offsets, r.kinds):
                    sym = tokens[position + offset].sym
                    table = self.tags if kind == TAG else self.ordinary
                    entries = table.get(sym)
                    if entries is None:
                        table[sym] = [(group, i)]
                    else:
                        entries.append((group, i))
            if r.kind == EAGER:
                group.eager.append(i)
            position += r.length
        return group

    def use(self, group: Group, position: int) -> None:
        """The group stands at `position` of the current unit."""
        if group.stamp != self.stamp:
            group.stamp = self.stamp
            group.position = position
            group.positions = [position]
        else:
            group.positions.append(position)


PROCESS_TABLE: Final = NameTable()
"""The table that a process keeps."""


def segment(table: NameTable, pp: PreprocessedUnit) -> tuple[list[Group], int]:
    """The groups of a unit in order, stamped, and the index of the first token that is in none of
    them (a tail that does not balance)."""
    table.begin()
    tokens = pp.tokens
    total = len(tokens)
    segments = pp.segments
    if not segments:
        shapes = split(shape_of(tokens))
        group = table.make(tokens, 0, shapes, True)
        table.use(group, 0)
        return [group], sum(map(len, shapes))
    starts = pp.segment_starts
    count = len(segments)
    frame = pp.main_frame
    out: list[Group] = []
    i = 0
    while i < count:
        start = starts[i]
        if segments[i].frame is not frame:
            found = _known(table, segments[i].run, tokens, start, i, starts, total)
            if found is not None:
                table.use(found, start)
                out.append(found)
                i += found.runs
                continue
        j, shapes, balanced = _stretch(table, pp, i)
        _make_groups(table, pp, i, j, shapes, out)
        if not balanced:
            return out, start + sum(map(len, shapes))
        i = j
    return out, total


def _known(table: NameTable, run: Run, tokens: list[Token], start: int, i: int, starts: list[int], total: int) -> Group | None:
    """A group of an earlier unit (or an earlier inclusion) that stands here again."""
    groups = table.by_run.get(run)
    if groups is None:
        return None
    count = len(starts)
    for group in groups:
        end = start + len(group.tokens)
        j = i + group.runs
        if j > count:
            continue
        if end == (starts[j] if j < count else total) and tokens[start:end] == group.tokens:
            return group
    return None


def _stretch(table: NameTable, pp: PreprocessedUnit, i: int) -> tuple[int, list[str], bool]:
    """From segment `i` up to the next one where a known group begins at a range boundary."""
    tokens = pp.tokens
    starts = pp.segment_starts
    segments = pp.segments
    count = len(segments)
    total = len(tokens)
    start = starts[i]
    j = i + 1
    while True:
        while j < count:
            run = segments[j].run
            if segments[j].frame is not pp.main_frame and run in table.by_run:
                at = starts[j]
                if any(g.tokens and tokens[at:at + len(g.tokens)] == g.tokens for g in table.by_run[run]):
                    break
            j += 1
        end = starts[j] if j < count else total
        shapes = split(shape_of(tokens[start:end]))
        if sum(map(len, shapes)) == end - start:
            return j, shapes, True
        if j >= count:
            return j, shapes, False
        j += 1                      # the known group lies inside a declaration


def _make_groups(table: NameTable, pp: PreprocessedUnit, i: int, j: int, shapes: list[str], out: list[Group]) -> None:
    """Cut a stretch of segments [i, j) into groups wherever a segment ends with a range."""
    tokens = pp.tokens
    starts = pp.segment_starts
    segments = pp.segments
    count = len(segments)
    total = len(tokens)
    frame = pp.main_frame
    ends: dict[int, int] = {starts[i]: 0}
    position = starts[i]
    for k, shape in enumerate(shapes):
        position += len(shape)
        ends[position] = k + 1
    first = i
    k0 = 0
    for m in range(i + 1, j + 1):
        boundary = starts[m] if m < count else total
        k = ends.get(boundary, -1)
        if k < 0 or not (boundary > starts[first] or m == j):
            continue
        start = starts[first]
        main = any(segments[x].frame is frame for x in range(first, m))
        group = table.make(tokens[start:boundary], m - first, shapes[k0:k], main)
        table.use(group, start)
        if not main:
            table.by_run.setdefault(segments[first].run, []).append(group)
        out.append(group)
        first = m
        k0 = k
    if k0 < len(shapes):
        # The tail that does not balance: whole ranges before it.
        start = starts[first]
        group = table.make(tokens[start:position], j - first, shapes[k0:], True)
        table.use(group, start)
        out.append(group)
