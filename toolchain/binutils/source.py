"""Where code comes from: debug information first, function symbols as a stopgap."""
from __future__ import annotations

from bisect import bisect_right

from toolchain.binutils.debug_sections import debug_sections, section_base
from toolchain.dwarf.lookup import Frame, Lookup, Place
from toolchain.elf.constants import ET_REL, SHT_SYMTAB, STB_LOCAL, STT_FILE, STT_FUNC
from toolchain.elf.reader import ElfFile


class SourceMap:
    """Answers for the addresses of one file."""

    def __init__(self, elf: ElfFile) -> None:
        self.elf = elf
        self.lookup = Lookup(debug_sections(elf, True))
        self.functions: dict[int, tuple[list[int], list[str], list[str]]] = {}
        table = elf.find(SHT_SYMTAB)
        if not table:
            return
        rows: list[tuple[int, int, str, str]] = []
        file = ""
        symbol_seen = late_file = False
        for s in elf.read_symbols(table)[1:]:
            if s.kind == STT_FILE:
                file = s.name
                late_file = late_file or symbol_seen
                continue
            symbol_seen = True
            if s.kind == STT_FUNC and 0 < s.section < len(elf.sections):
                rows.append((s.section, s.value, s.name, file if s.binding == STB_LOCAL or not late_file else ""))
        for section, value, name, path in sorted(rows):
            addresses, names, files = self.functions.setdefault(section, ([], [], []))
            addresses.append(value + (elf.sections[section].address if elf.header.kind == ET_REL else 0))
            names.append(name)
            files.append(path)

    def frames(self, section: int, address: int) -> list[Frame]:
        """The functions around `address`, which lies in `section`, innermost first; empty if nothing is known."""
        elf = self.elf
        place = address
        if elf.header.kind == ET_REL:
            place = address - elf.sections[section].address + section_base(elf, section, True)
        frames = self.lookup.frames(place)
        if not frames[-1].function and section in self.functions:
            addresses, names, files = self.functions[section]
            i = bisect_right(addresses, address) - 1
            if i >= 0:
                frames[-1].function = names[i]
                if not frames[-1].place.line and files[i]:
                    frames[-1].place = Place(files[i], 0)
        if len(frames) == 1 and not frames[0].function and not frames[0].place.line:
            return []
        return frames
