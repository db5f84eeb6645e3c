"""`Contents`: what one (sub)section holds while it is assembled.

All fixed bytes of a subsection are in one bytearray.  Fragments cut it: fragment `i` starts at
`starts[i]` and ends with `tails[i]`, the part whose length only layout knows (padding, a branch that
may need its long form, a LEB128 of a difference), or with None where something may change the
distance later without being a tail (code that the linker may shrink).  The last fragment is open and
has no tail yet.  A label is (fragment, offset in the bytearray); its address is that offset plus the
length of all tails before it.

Two labels of one fragment have a distance that is known while assembling; others only layout (or
the linker) knows.
"""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import Loc
from toolchain.mc.model.expr import Expr, MCSymbol

ALIGN: Final = 1
"""`state` is the alignment, `limit` the most bytes to add (0: any), `fill` the pattern, `b""` for code."""
ORG: Final = 2
"""Advance to `expr`; `fill` is one byte."""
SPACE: Final = 3
"""`expr` copies of `fill`."""
LEB128: Final = 4
"""`expr`, signed if `state`."""
RELAX: Final = 5
"""Instruction of the ISA with several lengths; `state` and `word` are the ISA's, `expr` the target."""
CFA: Final = 6
"""DW_CFA_advance_loc over `expr` (a difference of labels)."""
LINE: Final = 7
"""Line-table advance: `state` lines (`limit` says how to end), over the difference `expr`."""


class Tail:
    """The variable end of a fragment.  `length` is its size in bytes as of the last layout round."""

    def __init__(self, kind: int, state: int, expr: Expr | None, fill: bytes, limit: int, loc: Loc) -> None:
        self.kind = kind
        self.state = state
        self.expr = expr
        self.fill = fill
        self.limit = limit
        self.loc = loc
        self.word = 0
        self.replaceable = False        # RELAX: where a global target stands is not known before run time
        self.length = 0
        self.data: bytes = b""


class Fixups:
    """Places in a `Contents` whose value is not known yet, as parallel lists."""

    def __init__(self) -> None:
        self.offsets: list[int] = []
        self.fragments: list[int] = []
        self.kinds: list[int] = []
        self.values: list[Expr | None] = []
        self.locs: list[Loc] = []

    def add(self, offset: int, fragment: int, kind: int, value: Expr | None, loc: Loc) -> None:
        """Append one; `kind` indexes the ISA's fixup kinds, None as value means a relocation without symbol."""
        self.offsets.append(offset)
        self.fragments.append(fragment)
        self.kinds.append(kind)
        self.values.append(value)
        self.locs.append(loc)


class Contents:
    """Bytes, fragments and fixups of one subsection."""

    def __init__(self, section: int, code: bool) -> None:
        self.section = section
        self.code = code                # SHF_EXECINSTR
        self.data = bytearray()
        self.starts: list[int] = [0]
        self.tails: list[Tail | None] = []
        self.variable: list[int] = []   # fragments whose tail is not None
        self.fixups = Fixups()
        self.shrinks = False            # the linker may delete bytes here
        self.regions: list[int] = []    # layout: how many ALIGN and ORG tails stand before each fragment
        self.deltas: list[int] = []     # layout: address - offset for each fragment

    def fixup(self, back: int, kind: int, value: Expr | None, loc: Loc) -> None:
        """Fixup at `back` bytes before the end."""
        f = self.fixups
        f.offsets.append(len(self.data) - back)
        f.fragments.append(len(self.tails))
        f.kinds.append(kind)
        f.values.append(value)
        f.locs.append(loc)

    def close(self, tail: Tail | None) -> None:
        """End the fragment with `tail` (None: only a barrier for differences) and open the next."""
        if tail is not None:
            self.variable.append(len(self.tails))
        self.tails.append(tail)
        self.starts.append(len(self.data))

    def relaxable(self, state: int, word: int, target: Expr, shortest: int, longest: int, loc: Loc) -> None:
        """End the fragment with an instruction of several lengths."""
        tail = Tail(RELAX, state, target, b"", longest, loc)
        tail.word = word
        tail.length = shortest
        self.variable.append(len(self.tails))
        self.tails.append(tail)
        self.starts.append(len(self.data))

    def here(self, name: str) -> MCSymbol:
        """A fresh local symbol at the current place, entered in the symbol table if a relocation names it.
        Several may have the same name."""
        s = MCSymbol(name)
        s.temporary = True
        s.section = self.section
        s.fragment = len(self.tails)
        s.offset = len(self.data)
        s.contents = self
        return s

    def start_label(self, name: str) -> MCSymbol:
        """Like `here`, at the first byte."""
        s = self.here(name)
        s.fragment = 0
        s.offset = 0
        return s
