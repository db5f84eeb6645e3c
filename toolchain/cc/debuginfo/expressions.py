"""Location expressions (DWARF 5 section 2.5) and location lists (2.6.2)."""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir import debug
from toolchain.cc.ir.debug import Place, PlaceRange
from toolchain.dwarf.leb128 import encode_signed, encode_unsigned
from toolchain.mc.model.expr import MCSymbol, SectionSpec, difference, symbol_ref
from toolchain.mc.model.streamer import Streamer

OP_ADDR: Final = 0x03
OP_DEREF: Final = 0x06
OP_CONSTU: Final = 0x10
OP_LIT0: Final = 0x30
OP_REG0: Final = 0x50
OP_BREG0: Final = 0x70
OP_REGX: Final = 0x90
OP_FBREG: Final = 0x91
OP_BREGX: Final = 0x92
OP_PIECE: Final = 0x93
OP_CALL_FRAME_CFA: Final = 0x9C
OP_STACK_VALUE: Final = 0x9F
LLE_END_OF_LIST: Final = 0
LLE_START_END: Final = 7


class Expression:
    """Bytes, with at most a few addresses among them."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.addresses: list[tuple[int, MCSymbol, int]] = []    # place, symbol, addend

    def place(self, p: Place, address_size: int, indirect: bool = False) -> None:
        """Append what says where (or what) something is; if `indirect`, the value that is there is the address of what is meant."""
        kind = p.kind
        out = self.data
        n = p.number
        if kind == debug.P_REGISTER and indirect:
            out += (bytes((OP_BREG0 + n,)) if n < 32 else bytes((OP_BREGX,)) + encode_unsigned(n)) + b"\0"
        elif kind == debug.P_REGISTER:
            out += bytes((OP_REG0 + n,)) if n < 32 else bytes((OP_REGX,)) + encode_unsigned(n)
        elif kind == debug.P_FRAME or kind == debug.P_FRAME_ADDRESS:
            out += bytes((OP_FBREG,)) + encode_signed(p.offset)
        elif kind == debug.P_BASED or kind == debug.P_BASED_ADDRESS:
            out += bytes((OP_BREG0 + n,)) if n < 32 else bytes((OP_BREGX,)) + encode_unsigned(n)
            out += encode_signed(p.offset)
        elif kind == debug.P_CONSTANT:
            out += bytes((OP_LIT0 + n,)) if n < 32 else bytes((OP_CONSTU,)) + encode_unsigned(n)
        elif kind == debug.P_ADDRESS and p.symbol is not None:
            out.append(OP_ADDR)
            self.addresses.append((len(out), p.symbol, p.offset))
            out += bytes(address_size)
        if indirect:
            if kind in (debug.P_FRAME, debug.P_BASED):
                out.append(OP_DEREF)
        elif kind in (debug.P_CONSTANT, debug.P_ADDRESS, debug.P_FRAME_ADDRESS, debug.P_BASED_ADDRESS):
            out.append(OP_STACK_VALUE)

    def pieces(self, ranges: list[PlaceRange], address_size: int) -> None:
        """A variable of which only some bytes have a place (section 2.6.1.2)."""
        at = 0
        for r in sorted(ranges, key=_offset):
            if r.offset < at:
                continue
            if r.offset > at:
                self.data += bytes((OP_PIECE,)) + encode_unsigned(r.offset - at)
            self.place(r.place, address_size)
            self.data += bytes((OP_PIECE,)) + encode_unsigned(r.size)
            at = r.offset + r.size


def _offset(r: PlaceRange) -> int:
    return r.offset


class Stretch:
    """One entry of a location list."""

    def __init__(self, start: MCSymbol, start_addend: int, end: MCSymbol, end_addend: int, expression: Expression) -> None:
        self.start = start
        self.start_addend = start_addend
        self.end = end
        self.end_addend = end_addend
        self.expression = expression


def usable(p: Place, address_size: int) -> bool:
    """Whether an expression can say it.  A function that was inlined everywhere has no address."""
    if p.kind == debug.P_ADDRESS and p.number and p.symbol is not None and p.symbol.section == -1 and p.symbol.value is None:
        p.symbol.temporary = p.symbol.common_size < 0       # nobody else mentions it: it stays out of the symbol table
        return p.symbol.common_size >= 0
    return p.kind != debug.P_NONE and (p.kind != debug.P_CONSTANT or p.number < 1 << address_size * 8)


def stretches(found: list[PlaceRange], address_size: int, indirect: bool = False) -> list[Stretch]:
    """The location list of one variable: its places, pieces that are there at the same time taken together.  `indirect`: see
    `Expression.place`."""
    found = [r for r in found if usable(r.place, address_size)]
    out: list[Stretch] = []
    if all(r.size == 0 for r in found):
        for r in sorted(found, key=_order):
            e = Expression()
            e.place(r.place, address_size, indirect)
            out.append(Stretch(r.start, 0, r.end, r.end_addend, e))
        return out
    edges: dict[int, MCSymbol] = {}
    addends: dict[int, int] = {}
    for r in found:
        edges[r.start_order] = r.start
        edges[r.end_order] = r.end
        addends[r.end_order] = min(addends.get(r.end_order, 0), r.end_addend)
    points = sorted(edges)
    for low, high in zip(points, points[1:]):
        inside = [r for r in found if r.start_order <= low and r.end_order >= high]
        if inside:
            e = Expression()
            whole = [r for r in inside if not r.size]
            if whole:
                e.place(whole[0].place, address_size)
            else:
                e.pieces(inside, address_size)
            out.append(Stretch(edges[low], addends.get(low, 0), edges[high], addends.get(high, 0), e))
    return out


def _order(r: PlaceRange) -> int:
    return r.start_order


class LocationLists:
    """.debug_loclists (version 5) or .debug_loc of one unit."""

    def __init__(self, streamer: Streamer, address_size: int, version: int) -> None:
        self.streamer = streamer
        self.address_size = address_size
        self.version = version
        self.lists: list[tuple[MCSymbol, list[Stretch]]] = []

    def add(self, entries: list[Stretch]) -> MCSymbol:
        """A new list; returns its label."""
        label = self.streamer.temporary()
        self.lists.append((label, entries))
        return label

    def write(self) -> None:
        """Emit the section, if there is anything in it."""
        if not self.lists:
            return
        s = self.streamer
        size = self.address_size
        if self.version < 5:
            s.section(SectionSpec(".debug_loc", 1, 0))
            for label, entries in self.lists:
                s.label(label, 0)
                s.data(b"\xff" * size + bytes(size))        # the entries are relative to 0
                for e in entries:
                    s.value(symbol_ref(e.start, e.start_addend), size, 0)
                    s.value(symbol_ref(e.end, e.end_addend), size, 0)
                    s.data(len(e.expression.data).to_bytes(2, "little"))
                    emit(s, e.expression, size)
                s.data(bytes(2 * size))
            return
        s.section(SectionSpec(".debug_loclists", 1, 0))
        start, end = s.temporary(), s.temporary()
        s.value(difference(end, start), 4, 0)
        s.label(start, 0)
        s.data(b"\5\0" + bytes((size, 0)) + bytes(4))
        for label, entries in self.lists:
            s.label(label, 0)
            for e in entries:
                s.data(bytes((LLE_START_END,)))
                s.value(symbol_ref(e.start, e.start_addend), size, 0)
                s.value(symbol_ref(e.end, e.end_addend), size, 0)
                s.data(encode_unsigned(len(e.expression.data)))
                emit(s, e.expression, size)
            s.data(bytes((LLE_END_OF_LIST,)))
        s.label(end, 0)


def emit(s: Streamer, e: Expression, address_size: int) -> None:
    """The bytes of an expression."""
    at = 0
    for place, symbol, addend in e.addresses:
        s.data(bytes(e.data[at:place]))
        s.value(symbol_ref(symbol, addend), address_size, 0)
        at = place + address_size
    if at < len(e.data):
        s.data(bytes(e.data[at:]))
