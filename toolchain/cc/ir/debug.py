"""Variables of the program through the optimiser (-g at -O1 and above).

A variable that lives in no frame object is a sequence of SSA values.  `Function.debug` says from which place on it has which
value: "after instruction 7, x is %5".  No pass knows of that.  The places are instructions, and passes remove and move
instructions; so whoever runs a pass calls `remember` before it and `restore` after it, and what held after an instruction that
is gone holds after the one before it.  Values need no care: a replaced value knows its successor.

What becomes of the values is the code generator's part (`codegen/variables.py`), which hands `VariablePlaces` to whoever
writes debug information.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.ir import Binding, Block, DebugValues, Function, Instr, resolve
from toolchain.diagnostics import Loc
from toolchain.mc.model.expr import MCSymbol

# Where a value is (Place.kind)
P_NONE: Final = 0
P_REGISTER: Final = 1       # number: the machine register
P_FRAME: Final = 2          # in memory at `offset` from the CFA
P_BASED: Final = 3          # in memory at `offset` from machine register `number`
P_CONSTANT: Final = 4       # it is `number`
P_ADDRESS: Final = 5        # it is the address `symbol` + `offset`; `number` is 1 if the unit itself should define the symbol
P_FRAME_ADDRESS: Final = 6  # it is the CFA + `offset`
P_BASED_ADDRESS: Final = 7  # it is machine register `number` + `offset`
P_SLOT: Final = 8           # in frame slot `number`, before frame layout
P_SLOT_ADDRESS: Final = 9   # it is the address of frame slot `number` + `offset`, before frame layout


class Place:
    """Where a value is, or what it is.  Registers have DWARF's numbers once the debug information gets it."""

    def __init__(self, kind: int, number: int = 0, offset: int = 0, symbol: MCSymbol | None = None) -> None:
        self.kind = kind
        self.number = number
        self.offset = offset
        self.symbol = symbol

    def same(self, other: Place) -> bool:
        """Whether both say the same."""
        return self.kind == other.kind and self.number == other.number and self.offset == other.offset and self.symbol is other.symbol


class PlaceRange:
    """From `start` to `end` + `end_addend` the piece (offset, size; size 0: the whole variable) is at `place`."""

    def __init__(self, start: MCSymbol, start_order: int, end: MCSymbol, end_order: int, end_addend: int, offset: int, size: int,
                 place: Place) -> None:
        self.start = start
        self.start_order = start_order      # labels that come later in the code have greater numbers
        self.end = end
        self.end_order = end_order
        self.end_addend = end_addend
        self.offset = offset
        self.size = size
        self.place = place


class VariablePlaces:
    """One variable of a function: `always` if it has one place throughout, else `ranges`."""

    def __init__(self, variable: object, instance: Loc) -> None:
        self.variable = variable
        self.instance = instance
        self.always: Place | None = None
        self.ranges: list[PlaceRange] = []


class ArrayAddress:
    """A variable whose value is the address of `symbol`, an array of variable length."""

    def __init__(self, symbol: object) -> None:
        self.symbol = symbol


class FrameRecord:
    """A slot that holds several variables (of a function with nested ones): `offsets` has each variable's place in it, `indirect`
    those of which it holds the address."""

    def __init__(self) -> None:
        self.offsets: dict[object, int] = {}
        self.indirect: set[object] = set()


def remember(f: Function, d: DebugValues) -> None:
    """Note how the code stands, before a pass."""
    d.order = [(b, list(b.instrs)) for b in f.blocks]


def restore(f: Function, d: DebugValues) -> None:
    """Give what held after instructions that the pass removed or moved elsewhere a place again."""
    if not d.after and not d.starts:
        d.order = []
        return
    home: dict[int, Block] = {}
    index: dict[int, int] = {}
    for b in f.blocks:
        for n, i in enumerate(b.instrs):
            home[i.id] = b
            index[i.id] = n
    present = {b.id for b in f.blocks}
    known = {b.id for b, _ in d.order}
    after: dict[int, list[Binding]] = {}
    starts: dict[int, list[Binding]] = {}
    for b, old in d.order:
        stays = b.id in present
        anchor = -1                     # id of the last instruction of the old order that still stands here
        here = b if stays else _home_of(old, home)
        if here is None:
            continue
        if not stays:
            anchor = _before(old, home, index, here)
        _move(d.starts.pop(b.id, None), anchor, here, after, starts)
        for i in old:
            now = home.get(i.id)
            if now is not None and (now is here or now.id not in known):
                anchor = i.id
                here = now
            elif now is None and i.ty:
                new = resolve(i)            # what replaces it, if that has been computed here
                if new is not i and home.get(new.id) is here and index[new.id] > (index[anchor] if anchor >= 0 else -1):
                    anchor = new.id
            _move(d.after.pop(i.id, None), anchor, here, after, starts)
    for ident, found in d.after.items():        # made by the pass itself
        if ident in home:
            after.setdefault(ident, []).extend(found)
    for ident, found in d.starts.items():
        if ident in present:
            starts.setdefault(ident, []).extend(found)
    d.after = after
    d.starts = starts
    d.order = []


def _move(found: list[Binding] | None, anchor: int, block: Block, after: dict[int, list[Binding]], starts: dict[int, list[Binding]]) -> None:
    if found is None:
        return
    if anchor >= 0:
        after.setdefault(anchor, []).extend(found)
    else:
        starts.setdefault(block.id, []).extend(found)


def _home_of(old: list[Instr], home: dict[int, Block]) -> Block | None:
    """The block that now holds what stood in a block that is gone."""
    for i in old:
        found = home.get(i.id)
        if found is not None:
            return found
    return None


def _before(old: list[Instr], home: dict[int, Block], index: dict[int, int], here: Block) -> int:
    """Id of the instruction before the first that is left of `old`; -1 if that is the first of its block."""
    for i in old:
        if home.get(i.id) is here:
            n = index[i.id]
            return here.instrs[n - 1].id if n else -1
    return -1


class Clones:
    """What the inliner knows of one copy."""

    def instance(self, base: Loc) -> Loc:
        """First location of an inlined copy in the caller, by that in the callee (0: the callee's own body)."""
        raise NotImplementedError

    def clone_of(self, v: Instr) -> Instr:
        """The caller's value for one of the callee, NIL if it has none."""
        raise NotImplementedError


def copy_bindings(source: DebugValues, target: DebugValues, blocks: list[Block], copies: dict[int, Block], clones: Clones) -> None:
    """After `blocks` were cloned: what held there holds in the clones."""
    for b in blocks:
        new = copies[b.id]
        index = {i.id: n for n, i in enumerate(new.instrs)}
        at = -1
        _clone(source.starts.get(b.id), new, at, clones, target)
        for i in b.instrs:
            at = max(at, index.get(clones.clone_of(i).id, -1))
            _clone(source.after.get(i.id), new, at, clones, target)


def _clone(found: list[Binding] | None, block: Block, at: int, clones: Clones, target: DebugValues) -> None:
    if found is None:
        return
    out = [Binding(x.variable, clones.instance(x.instance), x.offset, x.size, clones.clone_of(resolve(x.value))) for x in found]
    if at >= 0:
        target.after.setdefault(block.instrs[at].id, []).extend(out)
    else:
        target.starts.setdefault(block.id, []).extend(out)
