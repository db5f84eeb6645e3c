"""-r: one object out of many.  Sections of a name are joined, symbols renumbered, relocations kept."""
from __future__ import annotations

from toolchain.elf.constants import (
    SHF_GROUP,
    SHF_INFO_LINK,
    SHF_LINK_ORDER,
    SHF_MERGE,
    SHT_NOBITS,
    STB_GLOBAL,
    STB_GNU_UNIQUE,
    STB_LOCAL,
    STB_WEAK,
    STT_FILE,
    STT_SECTION,
)
from toolchain.elf.image import SHN_ABS, SHN_COMMON, SHN_UNDEF, Group, ObjectImage, Relocations, Section, Symbol
from toolchain.ld.model import ABSOLUTE_SECTION, COMMON, DEFINED, InputFile, InputSection, LinkSymbol, OutputSection
from toolchain.ld.output import section_bytes
from toolchain.ld.state import Link


class RelocatableWriter:
    """Builds the output's `ObjectImage`."""

    def __init__(self, link: Link, order: list[OutputSection]) -> None:
        self.link = link
        self.order = order
        target = link.target
        self.image = ObjectImage(target.machine, target.bits, target.rela, 1, link.flags)
        self.index: dict[LinkSymbol, int] = {}
        self.number: dict[OutputSection, int] = {}

    def run(self) -> ObjectImage:
        """The whole image."""
        self.sections()
        self.section_symbols()
        self.local_symbols()
        self.global_symbols()
        self.relocations()
        self.groups()
        return self.image

    def sections(self) -> None:
        """Contents of the output sections."""
        image = self.image
        for o in self.order:
            self.number[o] = len(image.sections)
            o.index = len(image.sections)
            flags = o.flags
            if flags & SHF_MERGE and len({s.align for s in o.inputs if s.size}) > 1 and not flags & 0x20:
                flags &= ~SHF_MERGE
            section = Section(o.name, o.kind or 1, flags & ~(SHF_GROUP if o.group < 0 else 0), o.align, o.entry_size)
            section.size = o.size
            image.sections.append(section)
            if o.kind == SHT_NOBITS:
                continue
            data = bytearray(o.size)
            fill = self.link.target.code_fill if o.flags & 4 else b""
            end = 0
            for s in o.inputs:
                if fill and s.offset > end:
                    data[end:s.offset] = (fill * ((s.offset - end) // len(fill) + 1))[:s.offset - end]
                if s.size and s.kind != SHT_NOBITS:
                    data[s.offset:s.offset + s.size] = section_bytes(s)
                end = s.offset + s.size
            for offset, count, pattern in o.fills:
                data[offset:offset + count] = (pattern * (count // len(pattern) + 1))[:count]
            for offset, chunk in o.data_chunks:
                data[offset:offset + len(chunk)] = chunk
            section.data = data
        for o in self.order:
            first = o.inputs[0] if o.inputs else None
            if first is not None and o.flags & SHF_LINK_ORDER and 0 < first.link < len(first.file.sections):
                target = first.file.sections[first.link]
                if target is not None and target.output in self.number:
                    image.sections[self.number[o]].link = self.number[target.output] if target.output is not None else 0
            if o.flags & SHF_INFO_LINK:
                image.sections[self.number[o]].flags &= ~SHF_INFO_LINK

    def section_symbols(self) -> None:
        """One STT_SECTION symbol for each section."""
        for o in self.order:
            o.section_symbol = len(self.image.symbols)
            self.image.symbols.append(Symbol("", 0, 0, STB_LOCAL, STT_SECTION, 0, self.number[o]))

    def local_symbols(self) -> None:
        """Local symbols, behind the STT_FILE of their file."""
        options = self.link.options
        symbols = self.image.symbols
        index = self.index
        used: set[LinkSymbol] = set()
        drop_all = options.discard_all or options.strip_all
        if drop_all or options.discard_locals:
            used = self.relocation_symbols()
        for file in self.link.files:
            for s in file.symbols:
                if not s.is_local:
                    break
                if s.kind == STT_SECTION:
                    continue
                if s.kind == STT_FILE:
                    if not drop_all:
                        symbols.append(Symbol(s.name, 0, 0, STB_LOCAL, STT_FILE, 0, SHN_ABS))
                    continue
                section = s.section
                if section is ABSOLUTE_SECTION:
                    number, value = SHN_ABS, s.value
                else:
                    o = section.output
                    if o is None or not section.alive or o not in self.number or s.state != DEFINED:
                        continue
                    number, value = self.number[o], section.offset + s.value
                if (drop_all or (options.discard_locals and s.name.startswith(".L"))) and s not in used:
                    continue
                index[s] = len(symbols)
                symbols.append(Symbol(s.name, value, s.size, STB_LOCAL, s.kind, s.other, number))

    def relocation_symbols(self) -> set[LinkSymbol]:
        """The symbols that relocations refer to: they stay whatever -x says."""
        used: set[LinkSymbol] = set()
        for section in self.link.sections:
            if section.relocations is not None and section.alive:
                symbols = section.file.symbols
                used.update([symbols[i] for i in set(section.relocations.symbols)])
        return used

    def global_symbols(self) -> None:
        """Global, weak, common and undefined symbols."""
        symbols = self.image.symbols
        for s in self.link.symbols.values():
            if not s.in_regular and not s.from_script:
                continue
            number, value, size = SHN_UNDEF, 0, s.size
            binding = STB_WEAK if s.weak else s.binding if s.binding == STB_GNU_UNIQUE else STB_GLOBAL
            other = s.other & ~3 | s.visibility
            kind = s.kind
            if s.state == COMMON:
                number, value = SHN_COMMON, s.common_align
            elif s.state == DEFINED:
                if s.section is ABSOLUTE_SECTION:
                    number, value = SHN_ABS, s.value
                else:
                    o = s.section.output
                    if o is None or o not in self.number:
                        continue
                    number, value = self.number[o], s.section.offset + s.value
            else:
                size = 0
            name = s.name
            if s.version and "@" not in name:
                name = f"{name}@{'@' if s.is_default and s.state == DEFINED else ''}{s.version}"
            self.index[s] = len(symbols)
            symbols.append(Symbol(name, value, size, binding, kind, other, number))

    def relocations(self) -> None:
        """Relocations with new offsets, symbol numbers and addends."""
        image = self.image
        target = self.link.target
        for o in self.order:
            total: Relocations | None = None
            for s in o.inputs:
                relocs = s.relocations
                if relocs is None or not s.alive:
                    continue
                if total is None:
                    total = Relocations(target.rela)
                self.section_relocations(s, relocs, total, image.sections[self.number[o]])
            if total is not None and len(total):
                image.sections[self.number[o]].relocations = total

    def section_relocations(self, s: InputSection, relocs: Relocations, total: Relocations, section: Section) -> None:
        """Append one input section's relocations."""
        base = s.offset
        numbers, biases = self.symbol_map(s.file, set(relocs.symbols))
        total.offsets += [o + base for o in relocs.offsets] if base else relocs.offsets
        total.types += relocs.types
        total.symbols += [numbers[i] for i in relocs.symbols]
        if not biases:
            total.addends += relocs.addends
        elif relocs.explicit:
            total.addends += [a + biases.get(i, 0) for a, i in zip(relocs.addends, relocs.symbols)]
        else:
            target = self.link.target
            data = section.data
            assert isinstance(data, bytearray)
            for offset, kind, i in zip(relocs.offsets, relocs.types, relocs.symbols):
                bias = biases.get(i, 0)
                if bias:
                    target.store_addend(kind, data, base + offset, target.section_addend(kind, data, base + offset) + bias)
            total.addends += [0] * len(relocs.offsets)

    def symbol_map(self, file: InputFile, used: set[int]) -> tuple[dict[int, int], dict[int, int]]:
        """Output numbers of a file's symbols, and what to add to addends of those that became section symbols."""
        numbers: dict[int, int] = {}
        biases: dict[int, int] = {}
        index = self.index
        for i in used:
            s = file.symbols[i]
            number = index.get(s, 0)
            if not number:
                section = s.section
                o = section.output
                if s.state == DEFINED and o is not None and o in self.number:
                    number = o.section_symbol
                    bias = section.offset + (s.value if s.kind != STT_SECTION else 0)
                    if bias:
                        biases[i] = bias
            numbers[i] = number
        return numbers, biases

    def groups(self) -> None:
        """Section groups whose members are still sections of their own."""
        for file in self.link.files:
            for g in file.image.groups:
                members: list[int] = []
                for m in g.members:
                    section = file.sections[m]
                    if section is not None and section.alive and section.output in self.number and section.output is not None:
                        if len(section.output.inputs) == 1:
                            members.append(self.number[section.output])
                            self.image.sections[self.number[section.output]].flags |= SHF_GROUP
                            self.image.sections[self.number[section.output]].group = len(self.image.groups)
                if not members:
                    continue
                s = file.symbols[g.signature]
                number = self.index.get(s, 0)
                if not number:
                    number = self.order_symbol(members[0])
                self.image.groups.append(Group(number, g.flags, members))

    def order_symbol(self, section: int) -> int:
        """The section symbol of an output section number."""
        for o in self.order:
            if self.number[o] == section:
                return o.section_symbol
        return 0
