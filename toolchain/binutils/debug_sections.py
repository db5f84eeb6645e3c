"""A file's debug sections, decompressed, and in relocatable objects with their relocations applied.

Relocations of debug sections are plain data relocations; which numbers these are is a fact of each
psABI (`Machine.data_relocations`).  In an object every section starts at address 0, so
each code section is given a base of its own (`section_base`), to tell their addresses apart.
"""
from __future__ import annotations

from typing import Final

from toolchain.binutils.compression import decompress
from toolchain.binutils.machine import ADD, PC_RELATIVE, SET, SET6, SUBTRACT, SUBTRACT6
from toolchain.binutils.machines import machine
from toolchain.dwarf.info import Sections
from toolchain.elf.constants import (
    ET_REL,
    SHF_ALLOC,
    SHF_COMPRESSED,
    SHT_NOBITS,
    SHT_REL,
    SHT_RELA,
    SHT_SYMTAB,
)
from toolchain.elf.image import Symbol
from toolchain.elf.reader import ElfFile
from toolchain.elf.records import ElfError, byte_order, decode_relocations

BASE_SHIFT: Final = 40


def section_base(elf: ElfFile, section: int, distinct: bool) -> int:
    """The address at which a section is taken to stand."""
    if elf.header.kind != ET_REL or not distinct or elf.header.bits == 32:
        return elf.sections[section].address
    return section << BASE_SHIFT if elf.sections[section].flags & SHF_ALLOC else 0


def section_contents(elf: ElfFile, index: int) -> bytes:
    """A section's bytes, decompressed if need be.  Raises ElfError."""
    s = elf.sections[index]
    data = bytes(elf.section_data(index))
    if not s.flags & SHF_COMPRESSED or s.kind == SHT_NOBITS:
        return data
    return decompress(data, elf.header.bits, elf.header.little, f"{elf.name}({s.name})")[0]


def relocated(elf: ElfFile, index: int, distinct: bool) -> bytes:
    """A section's contents with its data relocations applied.  Raises ElfError."""
    data = section_contents(elf, index)
    if elf.header.kind != ET_REL:
        return data
    table = machine(elf.header.machine).data_relocations
    if not table:
        return data
    out = bytearray(data)
    for i, s in enumerate(elf.sections):
        if s.kind in (SHT_REL, SHT_RELA) and s.info == index and 0 < s.link < len(elf.sections) and elf.sections[s.link].kind == SHT_SYMTAB:
            size = elf.form.rela.size if s.kind == SHT_RELA else elf.form.rel.size
            contents = elf.section_data(i)
            if s.entry_size != size or len(contents) % size:
                raise elf.fail(f"relocation section '{s.name}' has a bad size or entry size")
            symbols = elf.read_symbols(s.link)
            rows = decode_relocations(elf.form, contents, s.kind == SHT_RELA)
            for offset, kind, number, addend in zip(*rows):
                operation = table.get(kind)
                if operation is None:
                    continue
                if number >= len(symbols):
                    raise elf.fail(f"relocation refers to symbol {number} of {len(symbols)}")
                value = _value(elf, symbols[number], distinct) + addend
                _apply(out, offset, operation, value, elf.header.little, s.kind == SHT_REL)
    return bytes(out)


def _value(elf: ElfFile, s: Symbol, distinct: bool) -> int:
    if 0 < s.section < len(elf.sections):
        return s.value + section_base(elf, s.section, distinct)
    return s.value


def _apply(out: bytearray, offset: int, operation: tuple[int, int], value: int, little: bool, in_place: bool) -> None:
    size, what = operation
    if offset + size > len(out):
        return  # GNU tools ignore a relocation beyond its section as well
    order = byte_order(little)
    old = int.from_bytes(out[offset:offset + size], order)
    if what == PC_RELATIVE:
        value -= offset
    if what == ADD or (in_place and what in (SET, PC_RELATIVE)):
        value += old
    elif what == SUBTRACT:
        value = old - value
    elif what == SET6:
        value = (old & 0xC0) | (value & 0x3F)
    elif what == SUBTRACT6:
        value = (old & 0xC0) | ((old & 0x3F) - value & 0x3F)
    value &= (1 << 8 * size) - 1
    out[offset:offset + size] = value.to_bytes(size, order)


def debug_sections(elf: ElfFile, distinct: bool) -> Sections:
    """All debug sections by name; `distinct` keeps the addresses of an object's sections apart."""
    contents: dict[str, bytes] = {}
    for i, s in enumerate(elf.sections):
        if s.name.startswith(".debug_") and s.name not in contents:
            try:
                contents[s.name] = relocated(elf, i, distinct)
            except ElfError:
                continue  # what is damaged counts as missing
    return Sections(contents, elf.header.little)
