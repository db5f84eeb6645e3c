"""The compilation unit that goes with a line table when the text brings no .debug_info of its own (assembly with -g).

One DIE: where the lines are, which addresses, which file (DWARF 5 sections 3.1.1, 7.5, 7.25; before version 5, `.debug_ranges`).
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from toolchain.mc.encodings import leb128
from toolchain.mc.model.expr import MCSymbol, SectionSpec, symbol_ref
from toolchain.mc.model.fragment import Contents

if TYPE_CHECKING:
    from toolchain.mc.streamer import ObjectStreamer

PRODUCER: Final = b"tcc-py assembler"
DW_TAG_COMPILE_UNIT: Final = 0x11
DW_LANG_MIPS_ASSEMBLER: Final = 0x8001
DW_RLE_START_END: Final = 6
# (attribute, form): low_pc addr, stmt_list, ranges sec_offset, name, comp_dir, producer string, language data2
ATTRIBUTES: Final = ((0x11, 0x01), (0x10, 0x17), (0x55, 0x17), (0x03, 0x08), (0x1B, 0x08), (0x25, 0x08), (0x13, 0x05))


class UnitWriter:
    """Writes .debug_info, .debug_abbrev and the ranges."""

    def __init__(self, streamer: ObjectStreamer, version: int) -> None:
        self.streamer = streamer
        self.isa = streamer.isa
        self.version = 5 if version >= 5 else 4 if version == 4 else 3

    def contents(self, name: str) -> Contents:
        """A debugging section."""
        return self.streamer.late_section(SectionSpec(name, 1, 0)).contents(0)

    def reference(self, c: Contents, symbol: MCSymbol, size: int) -> None:
        """The address of `symbol`."""
        c.fixup(0, self.isa.value_kind(size, False, ""), symbol_ref(symbol), 0)
        c.data += bytes(size)

    def start(self, name: str) -> MCSymbol:
        """A label at the start of a debugging section."""
        return self.contents(name).here(self.isa.fake_label)

    def write(self, name: str, directory: str, sections: Sequence[int], line: MCSymbol) -> None:
        """The unit for code in `sections`, with its lines at `line`."""
        abbrev = self.start(".debug_abbrev")
        table = bytearray((1, DW_TAG_COMPILE_UNIT, 0))
        for attribute, form in ATTRIBUTES:
            if form == 0x17 and self.version < 4:
                form = 0x06             # data4: sec_offset came with version 4
            table += bytes((attribute, form))
        self.contents(".debug_abbrev").data += table + b"\0\0\0"
        ranges = self.ranges(sections)
        c = self.contents(".debug_info")
        size = self.isa.bits // 8
        c.data += b"\0\0\0\0" + self.version.to_bytes(2, "little")
        if self.version >= 5:
            c.data += bytes((1, size))
        self.reference(c, abbrev, 4)
        if self.version < 5:
            c.data += bytes((size,))
        c.data += b"\1" + bytes(size)
        self.reference(c, line, 4)
        self.reference(c, ranges, 4)
        for text in (name, directory):
            c.data += text.encode("utf-8", "surrogateescape") + b"\0"
        c.data += PRODUCER + b"\0" + DW_LANG_MIPS_ASSEMBLER.to_bytes(2, "little")
        c.data[0:4] = (len(c.data) - 4).to_bytes(4, "little")

    def ranges(self, sections: Sequence[int]) -> MCSymbol:
        """The list of address ranges: each section with code from end to end."""
        c = self.contents(".debug_rnglists" if self.version >= 5 else ".debug_ranges")
        size = self.isa.bits // 8
        if self.version >= 5:
            c.data += b"\0\0\0\0\5\0" + bytes((size, 0, 0, 0, 0, 0))
        label = c.here(self.isa.fake_label)
        for number in sections:
            parts = self.streamer.sections[number].ordered()
            first = parts[0].start_label(self.isa.fake_label)
            last = parts[-1].here(self.isa.fake_label)
            if self.version >= 5:
                c.data += leb128(DW_RLE_START_END, False)
            self.reference(c, first, size)
            self.reference(c, last, size)
        c.data += b"\0" if self.version >= 5 else bytes(2 * size)
        if self.version >= 5:
            c.data[0:4] = (len(c.data) - 4).to_bytes(4, "little")
        return label
