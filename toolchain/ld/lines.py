"""File and line of a place in an input section, from the object's debug information: for messages only."""
from __future__ import annotations

from typing import Final

from toolchain.dwarf.info import Sections
from toolchain.dwarf.leb128 import DwarfError
from toolchain.dwarf.lookup import Lookup
from toolchain.ld.compress import decompress
from toolchain.ld.model import InputFile, InputSection
from toolchain.ld.state import Link

_NAMES: Final = (".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_line_str", ".debug_ranges", ".debug_rnglists",
                 ".debug_addr", ".debug_str_offsets")


class LineTable:
    """The line information of one object, whose sections are laid out far apart for the purpose."""

    def __init__(self, link: Link, file: InputFile) -> None:
        self.shift = 32 if link.target.bits == 64 else 20
        self.lookup: Lookup | None = None
        wanted = [s for s in file.sections if s is not None and s.name in _NAMES and s.flags & 2 == 0]
        if not any(s.name == ".debug_line" for s in wanted):
            return
        values = self.values(file)
        contents: dict[str, bytes] = {}
        errors = link.errors
        for s in wanted:
            contents.setdefault(s.name, self.relocated(link, file, s, values))
        link.errors = errors
        self.lookup = Lookup(Sections(contents, True))

    def values(self, file: InputFile) -> list[int]:
        """Symbol values as in the object, plus the made-up bases of their sections."""
        count = len(file.sections)
        loaded = [s is not None and bool(s.flags & 2) for s in file.sections]     # debug sections refer to each other by offsets
        return [s.value + (s.section << self.shift if 0 < s.section < count and loaded[s.section] else 0) for s in file.image.symbols]

    def relocated(self, link: Link, file: InputFile, section: InputSection, values: list[int]) -> bytes:
        """A debug section's bytes, relocated in isolation."""
        copy = InputSection(file, section.name, section.kind, section.flags, section.align, section.size)
        copy.index = section.index
        copy.data = file.image.sections[section.index].data
        copy.relocations = file.image.sections[section.index].relocations
        if copy.flags & 0x800 or file.image.sections[section.index].flags & 0x800:
            decompress(copy, link.target.bits)
        relocs = copy.relocations
        if relocs is not None and not relocs.explicit:
            relocs.addends = [link.target.section_addend(k, copy.data, o) for k, o in zip(relocs.types, relocs.offsets)]
        out = bytearray(copy.data)
        if relocs is not None and len(values) == len(file.symbols) and all(o + 8 <= len(out) or o < len(out) for o in relocs.offsets):
            link.target.relocate(link, copy, out, 0, values)
        return bytes(out)

    def place(self, section: InputSection, offset: int) -> str:
        """`path:line`, or an empty string."""
        if self.lookup is None:
            return ""
        try:
            found = self.lookup.line((section.index << self.shift) + offset)
        except DwarfError:
            return ""
        return f"{found.path}:{found.line}" if found is not None and found.line else ""


def source_line(link: Link, file: InputFile, section: InputSection, offset: int) -> str:
    """`path:line` of an input offset, or an empty string if it is not known."""
    if not section.flags & 4 or section.synthetic:
        return ""
    table = link.line_tables.get(file)
    if table is None:
        table = LineTable(link, file)
        link.line_tables[file] = table
    return table.place(section, offset)
