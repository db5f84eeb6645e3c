"""Layout: addresses of fragments, and the lengths of their variable tails, to a fixed point.

A round walks the fragments of a section in order; targets behind have this round's address, targets
ahead the previous round's.  Lengths may grow and shrink; after `GROW_ONLY` rounds they only grow, so
that it ends.
"""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.mc.encodings import advance, advance_size, sleb128_size, uleb128_size
from toolchain.mc.evaluate import LAYOUT, Evaluator, Linear
from toolchain.mc.model import fragment as fr
from toolchain.mc.model.expr import SYMBOL, Expr, MCSymbol
from toolchain.mc.model.fragment import Contents, Tail
from toolchain.mc.model.isa import Isa

GROW_ONLY: Final = 12
MAX_ROUNDS: Final = 100
STB_GLOBAL: Final = 1
STB_WEAK: Final = 2
STT_GNU_IFUNC: Final = 10


class Layout:
    """Lays out sections; each is the list of its subsections' contents in order."""

    def __init__(self, isa: Isa, evaluator: Evaluator) -> None:
        self.isa = isa
        self.evaluator = evaluator
        self.round = 0
        self.stretch = 0            # how far the current fragment has moved in this round
        self.fragment = -1          # the current fragment, -1 outside of rounds

    def start(self, section: list[Contents]) -> None:
        """First addresses: targets ahead count as 0, as GNU as estimates."""
        address = 0
        for contents in section:
            contents.deltas = [-s for s in contents.starts]
            if self.isa.relax_grows:
                number_regions(contents)
        for contents in section:
            starts = contents.starts
            for i, tail in enumerate(contents.tails):
                contents.deltas[i] = address - starts[i]
                address += starts[i + 1] - starts[i]
                if tail is not None:
                    if tail.kind == fr.RELAX:
                        distance = self.distance(tail, contents, address)
                        if distance is None or not self.isa.relax_grows:
                            tail.length = self.isa.relax(tail, distance)
                    else:
                        tail.length = 0
                        if tail.kind == fr.ALIGN:
                            tail.length = self.padding(tail, address)
                    address += tail.length
            contents.deltas[-1] = address - starts[-1]
            address += len(contents.data) - starts[-1]

    def relax(self, section: list[Contents]) -> bool:
        """Rounds until nothing moves; True if anything moved at all.  Raises ToolError."""
        any_change = False
        for self.round in range(MAX_ROUNDS):
            if not self.one_round(section):
                return any_change
            any_change = True
        raise ToolError("layout does not settle: lengths depend on each other")

    def one_round(self, section: list[Contents]) -> bool:
        """One walk; True if a length changed."""
        changed = False
        address = 0
        self.evaluator.mode = LAYOUT
        self.fragment = -1
        for contents in section:
            if not contents.variable:
                if contents.deltas[-1] != address - contents.starts[0]:
                    contents.deltas = [address] * len(contents.starts)
                    changed = True
                address += len(contents.data)
                continue
            starts = contents.starts
            deltas = contents.deltas
            previous = 0
            shift = address             # address - offset, constant between tails
            for i in contents.variable:
                self.stretch = shift - deltas[i]
                for j in range(previous, i + 1):
                    deltas[j] = shift
                previous = i + 1
                tail = contents.tails[i]
                assert tail is not None
                self.fragment = i
                length = self.length(tail, contents, shift + starts[i + 1])
                if length != tail.length and not (self.round >= GROW_ONLY and length < tail.length and tail.kind == fr.RELAX):
                    tail.length = length
                    changed = True
                shift += tail.length
            for j in range(previous, len(starts)):
                deltas[j] = shift
            address = shift + len(contents.data)
        self.fragment = -1
        return changed

    def size(self, section: list[Contents]) -> int:
        """Bytes of a section that has been laid out."""
        last = section[-1]
        return last.deltas[-1] + len(last.data)

    def padding(self, tail: Tail, address: int) -> int:
        """Length of an ALIGN tail at `address`."""
        n = -address % tail.state
        return 0 if tail.limit and n > tail.limit else n

    def distance(self, tail: Tail, contents: Contents, address: int) -> int | None:
        """From a RELAX tail at `address` to its target, if that is a label of the same section that stays."""
        e = tail.expr
        assert e is not None
        if e.op != SYMBOL:
            return None
        symbol = e.symbol
        assert symbol is not None
        if symbol.kind == STT_GNU_IFUNC:        # the loader says where it ends
            return None
        value = e.value
        if symbol.value is not None:
            place = self.evaluator.linear(symbol.value, tail.loc)
            if place.add is None or place.subtract is not None or symbol.binding == STB_WEAK:
                return None
            symbol, value = place.add, value + place.value
        if symbol.section != contents.section or symbol.binding == STB_WEAK or symbol.contents is None or e.modifier:
            return None
        if tail.replaceable and symbol.binding == STB_GLOBAL and not symbol.visibility:
            return None
        target = symbol.contents.deltas[symbol.fragment] + symbol.offset + value
        if self.fragment >= 0 and self.stretch and self.isa.relax_grows and symbol.contents is contents and symbol.fragment > self.fragment:
            # The target is ahead: it will move as this place did, unless alignment between absorbs that.
            if self.stretch < 0 or contents.regions[symbol.fragment] == contents.regions[self.fragment]:
                target += self.stretch
            else:
                target = max(target, address)
        return target - address

    def length(self, tail: Tail, contents: Contents, address: int) -> int:
        """Length of any tail at `address`."""
        kind = tail.kind
        if kind == fr.RELAX:
            needed = self.isa.relax(tail, self.distance(tail, contents, address))
            return max(needed, tail.length) if self.isa.relax_grows else needed
        if kind == fr.ALIGN:
            return self.padding(tail, address)
        if kind == fr.ORG:
            return self.org(tail, contents, address)
        assert tail.expr is not None
        value = self.constant(tail.expr, tail)
        if kind == fr.SPACE:
            if value < 0:
                return 0
            return value * len(tail.fill)
        if kind == fr.LEB128:
            return sleb128_size(value) if tail.state else uleb128_size(value & ((1 << 64) - 1))
        if kind == fr.CFA:
            return advance_size(value)
        tail.data = advance(tail.state, value // tail.limit)
        return len(tail.data)

    def org(self, tail: Tail, contents: Contents, address: int) -> int:
        """Length of an ORG tail.  Going back is an error once the rounds have settled (see the streamer)."""
        assert tail.expr is not None
        place = self.evaluator.linear(tail.expr, tail.loc)
        if place.subtract is not None:
            place = self.evaluator.forced(place)
        target = place.value
        if place.add is not None:
            if place.subtract is not None or place.add.section != contents.section or place.add.contents is None:
                raise ToolError("invalid segment in .org: it must name a place of this section", tail.loc)
            target += self.evaluator.address(place.add)
        tail.limit = target - address
        return max(0, target - address)

    def constant(self, e: Expr, tail: Tail) -> int:
        """Value of an expression that must be known to layout."""
        value = self.evaluator.linear(e, tail.loc)
        if value.add is not None or value.subtract is not None:
            raise ToolError("expression is not constant: " + describe(value), tail.loc)
        return value.value


def number_regions(contents: Contents) -> None:
    """Count the tails that hold code in place."""
    region = 0
    contents.regions = []
    for tail in contents.tails:
        contents.regions.append(region)
        if tail is not None and tail.kind in (fr.ALIGN, fr.ORG):
            region += 1
    contents.regions.append(region)


def describe(value: Linear) -> str:
    """The symbols of a reduced expression, for messages."""
    names: list[str] = []
    for sign, s in (("", value.add), (" - ", value.subtract)):
        if s is not None:
            names.append(sign + symbol_text(s))
    return "".join(names)


def symbol_text(symbol: MCSymbol) -> str:
    """Name of a symbol for messages (numeric labels as they were written)."""
    name = symbol.name
    if "\x02" in name:
        return name[2:name.index("\x02")]
    return name
