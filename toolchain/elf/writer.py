"""From an `ObjectImage` to the bytes of a relocatable object, in the order in which GNU as writes one.

Headers: null, groups, each section followed by its relocation section, .symtab, .symtab_shndx (if
needed), .strtab, .shstrtab.  Contents: groups and sections in that order, .symtab, .symtab_shndx,
.strtab, then all relocation sections, .shstrtab, and the header table.

The packing helpers (`pack_symbols`, `pack_relocations`, `Layout`) are what the linker and objcopy
build their own files with.
"""
from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from toolchain.elf.constants import (
    ELFOSABI_GNU,
    ELFOSABI_NONE,
    SHF_ALLOC,
    SHF_GNU_RETAIN,
    SHF_GROUP,
    SHF_INFO_LINK,
    SHN_LORESERVE,
    SHN_XINDEX,
    SHT_GROUP,
    SHT_NOBITS,
    SHT_REL,
    SHT_RELA,
    SHT_STRTAB,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
    STB_GNU_UNIQUE,
    STB_LOCAL,
    STT_GNU_IFUNC,
)
from toolchain.elf.image import LINK_SYMTAB, ObjectImage, Relocations, Section, Symbol
from toolchain.elf.records import ElfError, ElfHeader, Format, SectionHeader, StringTable, align_up, format_of


def order_symbols(symbols: Sequence[Symbol]) -> list[int]:
    """The indices of `symbols` with local ones first, otherwise in the given order (gABI: sh_info)."""
    local = [i for i, s in enumerate(symbols) if i == 0 or s.binding == STB_LOCAL]
    return local + [i for i, s in enumerate(symbols) if i and s.binding != STB_LOCAL]


def pack_symbols(form: Format, symbols: Sequence[Symbol], strings: StringTable, header_index: Sequence[int],
                 ) -> tuple[bytes, bytes]:
    """Symbol table bytes, and those of SHT_SYMTAB_SHNDX (empty if no index needs it).

    `header_index` maps a symbol's section index to that of the file; indices from 0xfff0 on are
    special and kept, negative ones are those of group sections.  `strings` must be finished.  Raises ElfError if a value does not fit.
    """
    pack = form.symbol.pack
    mask = form.mask
    is64 = form.bits == 64
    out: list[bytes] = []
    extended: list[int] = []
    needed = False
    count = len(header_index)
    for s in symbols:
        index = s.section
        wide = 0
        if 0 < index < count:
            index = header_index[index]
            if index >= SHN_LORESERVE:
                wide = index
                index = SHN_XINDEX
                needed = True
        elif index < 0:
            index = -index  # in a group's section: groups come first
        elif index and not SHN_LORESERVE <= index <= 0xFFFF:
            raise ElfError(f"symbol '{s.name}' is in section {index}, which does not exist")
        extended.append(wide)
        info = s.binding << 4 | s.kind
        try:
            if is64:
                out.append(pack(strings.offset(s.name), info, s.other, index, s.value & mask, s.size))
            else:
                out.append(pack(strings.offset(s.name), s.value & mask, s.size, info, s.other, index))
        except struct.error:
            raise ElfError(f"symbol '{s.name}' does not fit into an ELF{form.bits} symbol") from None
    return b"".join(out), struct.pack(f"{form.order}{len(extended)}I", *extended) if needed else b""


def pack_relocations(form: Format, relocations: Relocations, symbol_index: Sequence[int] | None, rela: bool) -> bytes:
    """The bytes of a relocation section.  `symbol_index` maps symbol indices to those of the file
    (None: they are already).  Raises ElfError if a field does not fit."""
    numbers = relocations.symbols
    if symbol_index is not None:
        numbers = [symbol_index[i] for i in numbers]
    if form.bits == 64:
        infos = [s << 32 | t for s, t in zip(numbers, relocations.types)]
    else:
        infos = [s << 8 | t for s, t in zip(numbers, relocations.types)]
    try:
        if rela:
            pack = form.rela.pack
            if form.bits == 64:
                sign = 1 << 63
                wrap = (1 << 64) - 1
                addends = [a if -sign <= a < sign else ((a + sign) & wrap) - sign for a in relocations.addends]
            else:
                addends = [((a + 0x80000000) & 0xFFFFFFFF) - 0x80000000 for a in relocations.addends]
            return b"".join([pack(o, i, a) for o, i, a in zip(relocations.offsets, infos, addends)])
        pack = form.rel.pack
        return b"".join([pack(o, i) for o, i in zip(relocations.offsets, infos)])
    except struct.error:
        raise ElfError(f"a relocation does not fit into an ELF{form.bits} relocation entry") from None


MAX_FILE_ALIGN: Final = 1 << 28  # no real section asks for more; a damaged one would have us write gigabytes of zeros


class Layout:
    """File contents in the making: pieces placed at increasing, aligned offsets."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.pieces: list[tuple[int, bytes | bytearray | memoryview]] = []

    def place(self, header: SectionHeader, data: bytes | bytearray | memoryview) -> None:
        """Give `header` its offset and size, and put `data` there; nothing is stored for SHT_NOBITS.

        Raises ElfError for an alignment that would make the file absurdly large."""
        if header.align > MAX_FILE_ALIGN:
            raise ElfError(f"section '{header.name}' asks for an alignment of {header.align:#x} bytes, more than a file can give")
        self.position = align_up(self.position, header.align)
        header.offset = self.position
        if header.kind == SHT_NOBITS:
            return
        header.size = len(data)
        self.pieces.append((self.position, data))
        self.position += len(data)

    def join(self, size: int) -> bytearray:
        """The whole file of `size` bytes, gaps zero."""
        out = bytearray(size)
        for offset, data in self.pieces:
            out[offset:offset + len(data)] = data
        return out


def pack_section_headers(form: Format, headers: Sequence[SectionHeader], header: ElfHeader) -> bytes:
    """The section header table; sets the counts in `header`, through header 0 if they are too large."""
    count = len(headers)
    first = headers[0]
    if count >= SHN_LORESERVE:
        first.size = count
        header.shnum = 0
    else:
        header.shnum = count
    if header.shstrndx >= SHN_LORESERVE:
        first.link = header.shstrndx
        header.shstrndx = SHN_XINDEX
    header.shentsize = form.section_size
    return b"".join([h.pack(form) for h in headers])


class Plan:
    """Header numbering of one file: where the image's sections and the derived ones go."""

    def __init__(self, image: ObjectImage) -> None:
        sections = image.sections
        number = 1 + len(image.groups)
        self.header_index = [0] * len(sections)
        self.reloc_index = [0] * len(sections)
        for i in range(1, len(sections)):
            self.header_index[i] = number
            number += 1
            if sections[i].relocation_count():
                self.reloc_index[i] = number
                number += 1
        self.symtab = 0
        self.strtab = 0
        self.has_shndx = False
        if image.has_symtab:
            self.symtab = number
            self.has_shndx = number > SHN_LORESERVE - 2
            number += 2 if self.has_shndx else 1
            self.strtab = number
            number += 1
        self.shstrtab = number


class SymbolTables:
    """The symbol table of an image in file order, with everything that is derived from it."""

    def __init__(self, image: ObjectImage, form: Format, plan: Plan) -> None:
        order = order_symbols(image.symbols)
        self.index = [0] * len(order)
        for new, old in enumerate(order):
            self.index[old] = new
        symbols = [image.symbols[i] for i in order]
        for number, group in enumerate(image.groups, 1):
            if group.owns_signature:
                signature = image.symbols[group.signature]
                place = self.index[group.signature]
                symbols[place] = Symbol(signature.name, signature.value, signature.size, signature.binding, signature.kind, signature.other, -number)
        self.count = len(symbols)
        self.local_count = sum(1 for i, s in enumerate(symbols) if i == 0 or s.binding == STB_LOCAL)
        strings = StringTable()
        for symbol in symbols:
            strings.add(symbol.name)
        self.strtab = strings.finish()
        self.symtab, self.shndx = pack_symbols(form, symbols, strings, plan.header_index)

    def place(self, form: Format, plan: Plan, headers: list[SectionHeader], layout: Layout, names: StringTable) -> None:
        """Append .symtab, .symtab_shndx if needed, and .strtab."""
        h = SectionHeader(".symtab", SHT_SYMTAB, link=plan.strtab, info=self.local_count, align=form.file_align,
                          entry_size=form.symbol.size)
        headers.append(h)
        layout.place(h, self.symtab)
        if plan.has_shndx:
            names.add(".symtab_shndx")
            h = SectionHeader(".symtab_shndx", SHT_SYMTAB_SHNDX, link=plan.symtab, align=4, entry_size=4)
            headers.append(h)
            layout.place(h, self.shndx or bytes(4 * self.count))
        h = SectionHeader(".strtab", SHT_STRTAB, align=1)
        headers.append(h)
        layout.place(h, self.strtab)


def standard_names(image: ObjectImage) -> StringTable:
    """A section name table that begins with the names of the derived sections, as GNU tools have it."""
    names = StringTable()
    if image.has_symtab:
        names.add(".symtab")
        names.add(".strtab")
    names.add(".shstrtab")
    return names


def place_names(headers: list[SectionHeader], layout: Layout, names: StringTable) -> None:
    """Append .shstrtab and give every header its name's offset."""
    h = SectionHeader(".shstrtab", SHT_STRTAB, align=1)
    headers.append(h)
    layout.place(h, names.finish())
    for h in headers:
        h.name_offset = names.offset(h.name)


def write_object(image: ObjectImage, groups_named_first: bool = False) -> bytes:
    """The bytes of a relocatable object file (ET_REL).

    Local symbols are moved in front of the others (relocations and groups follow); the image is not
    changed.  `groups_named_first` puts the names of groups in front of the other section names, as
    objcopy does and as does not.  Raises ElfError if something does not fit the class.
    """
    form = format_of(image.bits, image.little)
    if len(image.sections) > 0xFFF0:
        raise ElfError(f"too many sections ({len(image.sections)})")
    plan = Plan(image)
    tables = SymbolTables(image, form, plan)
    names = standard_names(image)
    headers: list[SectionHeader] = [SectionHeader()]
    layout = Layout(form.header_size)
    for group in image.groups:
        h = SectionHeader(group.name, SHT_GROUP, 0, link=plan.symtab, info=tables.index[group.signature], align=4, entry_size=4)
        members: list[int] = []
        for m in group.members:
            members.append(plan.header_index[m])
            if plan.reloc_index[m]:
                members.append(plan.reloc_index[m])
        headers.append(h)
        layout.place(h, struct.pack(f"{form.order}{len(members) + 1}I", group.flags, *members))
        if groups_named_first:
            names.add(group.name)
    late = _place_sections(image, plan, form, headers, layout, names, tables.index)
    for group in image.groups:
        names.add(group.name)
    if image.has_symtab:
        tables.place(form, plan, headers, layout, names)
    for h, data in late:
        layout.place(h, data)
    place_names(headers, layout, names)
    return finish_file(image, form, headers, layout, plan)


def _place_sections(image: ObjectImage, plan: Plan, form: Format, headers: list[SectionHeader], layout: Layout,
                    names: StringTable, symbol_index: list[int]) -> list[tuple[SectionHeader, bytes]]:
    """Headers and contents of the image's sections; relocation sections are returned, to be placed later."""
    late: list[tuple[SectionHeader, bytes]] = []
    reloc_kind = SHT_RELA if image.rela else SHT_REL
    prefix = ".rela" if image.rela else ".rel"
    for i in range(1, len(image.sections)):
        section = image.sections[i]
        headers.append(section_header(image, section, plan))
        names.add(section.name)
        if section.kind == SHT_NOBITS:
            headers[-1].size = section.size
        layout.place(headers[-1], section.data)
        if plan.reloc_index[i]:
            relocations = section.relocations
            assert relocations is not None
            h = SectionHeader(prefix + section.name, reloc_kind, SHF_INFO_LINK | (section.flags & SHF_GROUP),
                              link=plan.symtab, info=plan.header_index[i], align=form.file_align,
                              entry_size=form.rela.size if image.rela else form.rel.size)
            headers.append(h)
            names.add(h.name)
            late.append((h, pack_relocations(form, relocations, symbol_index, image.rela)))
    return late


def section_header(image: ObjectImage, section: Section, plan: Plan) -> SectionHeader:
    """The header of one of the image's sections, with its link and info in numbers of the file."""
    link = section.link
    if link == LINK_SYMTAB:
        link = plan.symtab
    elif link:
        if link >= len(image.sections):
            raise ElfError(f"section '{section.name}' links to section {link}, which does not exist")
        link = plan.header_index[link]
    info = section.info
    by_index = section.flags & SHF_INFO_LINK or section.kind == SHT_REL or section.kind == SHT_RELA
    if by_index and 0 < info < len(image.sections):
        info = plan.header_index[info]
    return SectionHeader(section.name, section.kind, section.flags, section.address, 0, 0, link, info,
                         section.align, section.entry_size)


def needs_gnu_osabi(image: ObjectImage) -> bool:
    """Whether the file uses extensions that EI_OSABI must announce as ELFOSABI_GNU (as GNU as does)."""
    for s in image.symbols:
        if s.kind == STT_GNU_IFUNC or s.binding == STB_GNU_UNIQUE:
            return True
    for section in image.sections:
        if section.flags & SHF_GNU_RETAIN and section.flags & SHF_ALLOC:
            return True
    return False


def finish_file(image: ObjectImage, form: Format, headers: list[SectionHeader], layout: Layout, plan: Plan,
                segments: bytes = b"") -> bytes:
    """Put the header, the program headers (packed, right after it) and the section headers around the contents."""
    header = ElfHeader()
    header.bits = image.bits
    header.little = form.little
    header.osabi = image.osabi
    if image.osabi == ELFOSABI_NONE and needs_gnu_osabi(image):
        header.osabi = ELFOSABI_GNU
    header.abi_version = image.abi_version
    header.kind = image.kind
    header.machine = image.machine
    header.entry = image.entry
    header.flags = image.flags
    header.shoff = align_up(layout.position, form.file_align)
    header.shstrndx = plan.shstrtab
    if segments:
        header.phoff = form.header_size
        header.phentsize = form.segment_size
        header.phnum = len(segments) // form.segment_size
    table = pack_section_headers(form, headers, header)
    out = layout.join(header.shoff + len(table))
    out[0:form.header_size] = header.pack()
    out[form.header_size:form.header_size + len(segments)] = segments
    out[header.shoff:] = table
    return bytes(out)
