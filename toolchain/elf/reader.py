"""From the bytes of an ELF file to headers (`ElfFile`) and to an `ObjectImage` (`read`).

Every offset, size and index of the file is checked before it is used: a malformed file raises
`ElfError` that says what is wrong.  Relocations are decoded when they are first asked for.
"""
from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from toolchain.elf.constants import (
    EI_NIDENT,
    ELF_MAGIC,
    ELFCLASS32,
    ELFCLASS64,
    ELFDATA2LSB,
    ELFDATA2MSB,
    PN_XNUM,
    SHF_ALLOC,
    SHF_INFO_LINK,
    SHN_ABS,
    SHN_LORESERVE,
    SHN_XINDEX,
    SHT_GROUP,
    SHT_NOBITS,
    SHT_NULL,
    SHT_REL,
    SHT_RELA,
    SHT_STRTAB,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
)
from toolchain.elf.image import LINK_SYMTAB, Group, ObjectImage, RawRelocations, Section, Segment, Symbol
from toolchain.elf.records import ElfError, ElfHeader, Format, SectionHeader, format_of

MAX_SECTIONS: Final = 0xFFF0  # more would collide with SHN_ABS in `Symbol.section`


def is_elf(data: bytes | bytearray | memoryview) -> bool:
    """Whether `data` begins like an ELF file."""
    return bytes(data[:4]) == ELF_MAGIC


class ElfFile:
    """The headers of an ELF file, checked, over its bytes."""

    def __init__(self, data: bytes | bytearray | memoryview, name: str) -> None:
        self.name = name
        self.data = memoryview(data).cast("B") if not isinstance(data, memoryview) else data
        self.header = ElfHeader()
        self.form = self._read_ident()
        self._read_header()
        self.sections: list[SectionHeader] = []
        self.segments: list[Segment] = []
        self._read_sections()
        self._read_segments()

    def fail(self, message: str) -> ElfError:
        """An error about this file, to be raised by the caller."""
        return ElfError(f"{self.name}: {message}")

    def _read_ident(self) -> Format:
        data = self.data
        if bytes(data[:4]) != ELF_MAGIC:
            raise self.fail("file format not recognized")
        if len(data) < EI_NIDENT:
            raise self.fail("file truncated")
        h = self.header
        if data[4] not in (ELFCLASS32, ELFCLASS64):
            raise self.fail(f"unknown ELF class {data[4]}")
        if data[5] not in (ELFDATA2LSB, ELFDATA2MSB):
            raise self.fail(f"unknown ELF byte order {data[5]}")
        h.bits = 64 if data[4] == ELFCLASS64 else 32
        h.little = data[5] == ELFDATA2LSB
        h.ident_version = data[6]
        h.osabi = data[7]
        h.abi_version = data[8]
        return format_of(h.bits, h.little)

    def _read_header(self) -> None:
        form = self.form
        if len(self.data) < form.header_size:
            raise self.fail("file truncated in the ELF header")
        h = self.header
        (h.kind, h.machine, h.version, h.entry, h.phoff, h.shoff, h.flags, h.ehsize, h.phentsize, h.phnum,
         h.shentsize, h.shnum, h.shstrndx) = form.header.unpack_from(self.data, EI_NIDENT)

    def _read_sections(self) -> None:
        h = self.header
        form = self.form
        if h.shoff == 0:
            h.shnum = 0
            return
        if h.shentsize != form.section_size:
            raise self.fail(f"section headers of {h.shentsize} bytes, expected {form.section_size}")
        if h.shoff + form.section_size > len(self.data):
            raise self.fail("section header table is outside the file")
        first = form.section.unpack_from(self.data, h.shoff)
        if h.shnum == 0:
            h.shnum = first[5]
        if h.shstrndx == SHN_XINDEX:
            h.shstrndx = first[6]
        if h.phnum == PN_XNUM:
            h.phnum = first[7]
        end = h.shoff + h.shnum * form.section_size
        if end > len(self.data):
            raise self.fail("section header table is outside the file")
        sections = self.sections
        for name, kind, flags, addr, offset, size, link, info, align, entsize in form.section.iter_unpack(self.data[h.shoff:end]):
            s = SectionHeader("", kind, flags, addr, offset, size, link, info, align, entsize)
            s.name_offset = name
            sections.append(s)
        if h.shstrndx and h.shstrndx < len(sections):
            table = bytes(self.section_data(h.shstrndx))
            for s in sections:
                s.name = self.string(table, s.name_offset, "section name")
        elif h.shstrndx:
            raise self.fail(f"section name table is section {h.shstrndx} of {len(sections)}")

    def _read_segments(self) -> None:
        h = self.header
        form = self.form
        if h.phoff == 0 or h.phnum == 0:
            return
        if h.phentsize != form.segment_size:
            raise self.fail(f"program headers of {h.phentsize} bytes, expected {form.segment_size}")
        end = h.phoff + h.phnum * form.segment_size
        if end > len(self.data):
            raise self.fail("program header table is outside the file")
        for row in form.segment.iter_unpack(self.data[h.phoff:end]):
            if form.bits == 64:
                kind, flags, offset, vaddr, paddr, filesz, memsz, align = row
            else:
                kind, offset, vaddr, paddr, filesz, memsz, flags, align = row
            self.segments.append(Segment(kind, flags, offset, vaddr, paddr, filesz, memsz, align))

    def section_data(self, index: int) -> memoryview:
        """The bytes of section `index`; empty for SHT_NOBITS.  Raises ElfError if they are not in the file."""
        s = self.sections[index]
        if s.kind == SHT_NOBITS or s.kind == SHT_NULL:
            return self.data[0:0]
        if s.offset + s.size > len(self.data):
            raise self.fail(f"section {index} '{s.name}' (offset {s.offset:#x}, size {s.size:#x}) is outside the file")
        return self.data[s.offset:s.offset + s.size]

    def string(self, table: bytes, offset: int, what: str) -> str:
        """The NUL-terminated string at `offset` of `table`.  Raises ElfError if it is outside."""
        end = table.find(b"\0", offset) if offset < len(table) else -1
        if end < 0:
            if offset == 0 and not table:
                return ""
            raise self.fail(f"{what} at offset {offset:#x} is outside its string table")
        return table[offset:end].decode("utf-8", "surrogateescape")

    def linked_strings(self, index: int) -> bytes:
        """The string table that section `index` links to."""
        link = self.sections[index].link
        if not 0 < link < len(self.sections) or self.sections[link].kind != SHT_STRTAB:
            raise self.fail(f"section {index} '{self.sections[index].name}' has no string table (link {link})")
        return bytes(self.section_data(link))

    def find(self, kind: int) -> int:
        """The index of the first section of type `kind`, or 0."""
        for i, s in enumerate(self.sections):
            if s.kind == kind:
                return i
        return 0

    def extended_indices(self, symtab: int) -> Sequence[int]:
        """The SHT_SYMTAB_SHNDX words that belong to symbol table `symtab`; empty if there are none."""
        for i, s in enumerate(self.sections):
            if s.kind == SHT_SYMTAB_SHNDX and s.link == symtab:
                data = self.section_data(i)
                count = len(data) // 4
                words: tuple[int, ...] = struct.unpack(f"{self.form.order}{count}I", data[:count * 4])
                return words
        return ()

    def read_symbols(self, index: int) -> list[Symbol]:
        """The symbols of table `index` (SHT_SYMTAB or SHT_DYNSYM), with section indices of the file.

        A section index that does not exist is an error; SHN_XINDEX is resolved.
        """
        form = self.form
        if self.sections[index].entry_size != form.symbol.size:
            raise self.fail(f"symbol table entries of {self.sections[index].entry_size} bytes, expected {form.symbol.size}")
        data = self.section_data(index)
        if len(data) % form.symbol.size:
            raise self.fail(f"symbol table size {len(data):#x} is not a multiple of {form.symbol.size}")
        table = self.linked_strings(index)
        if form.bits == 64:
            rows = [(n, v, z, i, o, x) for n, i, o, x, v, z in form.symbol.iter_unpack(data)]
        else:
            rows = list(form.symbol.iter_unpack(data))
        out: list[Symbol] = []
        count = len(self.sections)
        size = len(table)
        find = table.find
        wide: Sequence[int] | None = None
        for name, value, length, info, other, shndx in rows:
            if shndx >= count and shndx < SHN_LORESERVE:
                raise self.fail(f"symbol {len(out)} is in section {shndx} of {count}")
            if shndx == SHN_XINDEX:
                if wide is None:
                    wide = self.extended_indices(index)
                if len(out) >= len(wide) or wide[len(out)] >= count:
                    raise self.fail(f"symbol {len(out)} has no valid extended section index")
                shndx = wide[len(out)]
            text = ""
            if name:
                end = find(b"\0", name) if name < size else -1
                if end < 0:
                    raise self.fail(f"name of symbol {len(out)} is outside the string table")
                text = table[name:end].decode("utf-8", "surrogateescape")
            out.append(Symbol(text, value, length, info >> 4, info & 15, other, shndx))
        return out


class _Reader:
    """Turns an `ElfFile` into an `ObjectImage`: derived sections leave the list and indices are mapped."""

    def __init__(self, elf: ElfFile) -> None:
        self.elf = elf
        h = elf.header
        self.image = ObjectImage(h.machine, h.bits, True, h.kind, h.flags)
        self.symtab = elf.find(SHT_SYMTAB)
        self.map: list[int] = []
        self.signature_group: dict[int, int] = {}  # symbols that stand in a group section

    def run(self) -> ObjectImage:
        elf = self.elf
        image = self.image
        h = elf.header
        image.osabi = h.osabi
        image.abi_version = h.abi_version
        image.little = h.little
        image.entry = h.entry
        image.segments = elf.segments
        self._number()
        self._symbols()
        relocs: list[int] = []
        groups: list[int] = []
        for i, s in enumerate(elf.sections):
            if i and self.map[i] > 0:
                self._section(i, s)
            elif s.kind == SHT_GROUP:
                groups.append(i)
            elif s.kind == SHT_REL or s.kind == SHT_RELA:
                relocs.append(i)
        for i in relocs:
            self._relocations(i, elf.sections[i])
        for i in groups:
            self._group(i, elf.sections[i])
        return image

    def _number(self) -> None:
        """Decide which sections the image lists, and their new numbers (0: none)."""
        elf = self.elf
        if len(elf.sections) > MAX_SECTIONS:
            raise elf.fail(f"too many sections ({len(elf.sections)})")
        numbers = self.map
        strtab = elf.sections[self.symtab].link if self.symtab else 0
        shstrtab = elf.header.shstrndx
        number = 1
        for i, s in enumerate(elf.sections):
            kind = s.kind
            derived = i == 0 or i == self.symtab or (kind == SHT_GROUP and self.symtab != 0)
            if kind == SHT_STRTAB:
                derived = (i == strtab or i == shstrtab) and not s.flags & SHF_ALLOC
            elif kind == SHT_SYMTAB_SHNDX:
                derived = s.link == self.symtab
            elif kind == SHT_REL or kind == SHT_RELA:
                derived = s.link == self.symtab and self.symtab != 0 and s.info != 0 and not s.flags & SHF_ALLOC
            if derived:
                numbers.append(0)
            else:
                numbers.append(number)
                number += 1

    def _symbols(self) -> None:
        if not self.symtab:
            self.image.has_symtab = False
            return
        elf = self.elf
        symbols = elf.read_symbols(self.symtab)
        numbers = self.map
        count = len(numbers)
        for i, s in enumerate(symbols):
            index = s.section
            if 0 < index < count:
                s.section = numbers[index] or SHN_ABS
                if elf.sections[index].kind == SHT_GROUP:
                    self.signature_group[i] = index
        if symbols:
            self.image.symbols = symbols

    def _section(self, index: int, s: SectionHeader) -> None:
        elf = self.elf
        out = Section(s.name, s.kind, s.flags, s.align, s.entry_size)
        out.address = s.address
        out.offset = s.offset
        out.size = s.size
        out.data = elf.section_data(index)
        if s.link:
            if s.link >= len(elf.sections):
                raise elf.fail(f"section {index} '{s.name}' links to section {s.link} of {len(elf.sections)}")
            out.link = LINK_SYMTAB if s.link == self.symtab else self.map[s.link]
        out.info = s.info
        if s.info and (s.flags & SHF_INFO_LINK or s.kind == SHT_REL or s.kind == SHT_RELA):
            if s.info >= len(elf.sections):
                raise elf.fail(f"section {index} '{s.name}' refers to section {s.info} of {len(elf.sections)}")
            out.info = self.map[s.info]
        self.image.sections.append(out)

    def _relocations(self, index: int, s: SectionHeader) -> None:
        elf = self.elf
        if not 0 < s.info < len(self.map) or self.map[s.info] == 0:
            raise elf.fail(f"relocation section {index} '{s.name}' applies to section {s.info}, which has no contents")
        rela = s.kind == SHT_RELA
        size = elf.form.rela.size if rela else elf.form.rel.size
        if s.entry_size != size or s.size % size:
            raise elf.fail(f"relocation section {index} '{s.name}' has a bad size or entry size")
        target = self.image.sections[self.map[s.info]]
        raw = RawRelocations(elf.form, elf.section_data(index), rela, len(self.image.symbols), f"{elf.name}({s.name})", index)
        if target.relocation_count():
            raise elf.fail(f"section '{target.name}' has two relocation sections")
        target.set_raw_relocations(raw)
        self.image.rela = rela

    def _group(self, index: int, s: SectionHeader) -> None:
        elf = self.elf
        image = self.image
        data = elf.section_data(index)
        if len(data) < 4 or len(data) % 4 or s.link != self.symtab or s.info >= len(image.symbols):
            raise elf.fail(f"section group {index} is malformed")
        flags, *members = struct.unpack(f"{elf.form.order}{len(data) // 4}I", data)
        number = len(image.groups)
        inside: list[int] = []
        for m in members:
            if not 0 < m < len(self.map):
                raise elf.fail(f"section group {index} has member {m} of {len(self.map)} sections")
            if self.map[m]:
                inside.append(self.map[m])
                image.sections[self.map[m]].group = number
        image.groups.append(Group(s.info, flags, inside, s.name, self.signature_group.get(s.info) == index))


def read(data: bytes | bytearray | memoryview, name: str) -> ObjectImage:
    """The object, executable or shared object in `data` as an image; `name` is for messages.

    `.symtab`, its string table, the section names, groups and relocation sections that refer to
    `.symtab` become the image's symbols, groups and relocations; all other sections stay in the list,
    in order.  Raises ElfError.
    """
    return _Reader(ElfFile(data, name)).run()
