"""Symbol versions (.gnu.version, .gnu.version_d, .gnu.version_r) as data.

Source: LSB Core, "Symbol Versioning".
"""
from __future__ import annotations

import struct

from toolchain.elf.constants import (
    SHN_ABS,
    SHN_UNDEF,
    SHT_DYNSYM,
    SHT_GNU_VERDEF,
    SHT_GNU_VERNEED,
    SHT_GNU_VERSYM,
    VERSYM_HIDDEN,
    VERSYM_VERSION,
)
from toolchain.elf.image import Symbol
from toolchain.elf.reader import ElfFile


class VersionDefinition:
    """One Verdef: `offset` is its place in the section, `names` its own name and then its parents'."""

    def __init__(self, offset: int, revision: int, flags: int, index: int, hash_value: int) -> None:
        self.offset = offset
        self.revision = revision
        self.flags = flags
        self.index = index
        self.hash_value = hash_value
        self.count = 0
        self.names: list[str] = []
        self.name_offsets: list[int] = []


class VersionNeed:
    """One Vernaux: a version of `file` that the object needs."""

    def __init__(self, offset: int, hash_value: int, flags: int, index: int, name: str) -> None:
        self.offset = offset
        self.hash_value = hash_value
        self.flags = flags
        self.index = index
        self.name = name


class NeededFile:
    """One Verneed: a shared object and the versions needed of it."""

    def __init__(self, offset: int, revision: int, name: str) -> None:
        self.offset = offset
        self.revision = revision
        self.name = name
        self.needs: list[VersionNeed] = []


class Versions:
    """All of an object's version information.  `symbols[i]` is the version word of dynamic symbol i."""

    def __init__(self) -> None:
        self.symbols: list[int] = []
        self.definitions: list[VersionDefinition] = []
        self.files: list[NeededFile] = []
        self.defined: dict[int, str] = {}
        self.needed: dict[int, tuple[str, str]] = {}

    def suffix(self, symbol: int, undefined: bool) -> tuple[str, str]:
        """("@" or "@@" or "", version name) of dynamic symbol `symbol`."""
        if symbol >= len(self.symbols):
            return "", ""
        word = self.symbols[symbol]
        index = word & VERSYM_VERSION
        if index < 2:
            return "", ""
        need = self.needed.get(index)
        if need is not None and (undefined or index not in self.defined):
            return "@", need[0]
        name = self.defined.get(index)
        if name is None:
            return "@", "<corrupt>"
        return ("@" if word & VERSYM_HIDDEN or undefined else "@@"), name


    def is_needed(self, symbol: int, undefined: bool) -> bool:
        """Whether the version of dynamic symbol `symbol` is one that another object defines."""
        if symbol >= len(self.symbols):
            return False
        index = self.symbols[symbol] & VERSYM_VERSION
        return index in self.needed and (undefined or index not in self.defined)


def read_versions(elf: ElfFile) -> Versions:
    """The version sections of a file; empty lists where it has none.  Raises ElfError."""
    out = Versions()
    order = elf.form.order
    for i, s in enumerate(elf.sections):
        if s.kind == SHT_GNU_VERSYM:
            data = elf.section_data(i)
            count = len(data) // 2
            out.symbols = list(struct.unpack(f"{order}{count}H", data[:count * 2]))
        elif s.kind == SHT_GNU_VERDEF:
            _definitions(elf, i, out)
        elif s.kind == SHT_GNU_VERNEED:
            _needs(elf, i, out)
    return out


def _definitions(elf: ElfFile, section: int, out: Versions) -> None:
    data = elf.section_data(section)
    strings = elf.linked_strings(section)
    entry = struct.Struct(elf.form.order + "HHHHIII")
    aux = struct.Struct(elf.form.order + "II")
    position = 0
    for _ in range(elf.sections[section].info):
        if position + entry.size > len(data):
            raise elf.fail("version definitions are truncated")
        revision, flags, index, count, hash_value, first, following = entry.unpack_from(data, position)
        d = VersionDefinition(position, revision, flags, index, hash_value)
        d.count = count
        at = position + first
        for _ in range(count):
            if at + aux.size > len(data):
                raise elf.fail("version definitions are truncated")
            name, more = aux.unpack_from(data, at)
            d.names.append(elf.string(strings, name, "version name"))
            d.name_offsets.append(at)
            if not more:
                break
            at += more
        out.definitions.append(d)
        if d.names:
            out.defined[index & VERSYM_VERSION] = d.names[0]
        if not following:
            break
        position += following


def _needs(elf: ElfFile, section: int, out: Versions) -> None:
    data = elf.section_data(section)
    strings = elf.linked_strings(section)
    entry = struct.Struct(elf.form.order + "HHIII")
    aux = struct.Struct(elf.form.order + "IHHII")
    position = 0
    for _ in range(elf.sections[section].info):
        if position + entry.size > len(data):
            raise elf.fail("version requirements are truncated")
        revision, count, file, first, following = entry.unpack_from(data, position)
        f = NeededFile(position, revision, elf.string(strings, file, "file name"))
        at = position + first
        for _ in range(count):
            if at + aux.size > len(data):
                raise elf.fail("version requirements are truncated")
            hash_value, flags, index, name, more = aux.unpack_from(data, at)
            need = VersionNeed(at, hash_value, flags, index, elf.string(strings, name, "version name"))
            f.needs.append(need)
            out.needed[index & VERSYM_VERSION] = (need.name, f.name)
            if not more:
                break
            at += more
        out.files.append(f)
        if not following:
            break
        position += following


def dynamic_symbol_table(elf: ElfFile) -> int:
    """The index of the dynamic symbol table, or 0."""
    return elf.find(SHT_DYNSYM)


def append_versions(elf: ElfFile, symbols: list[Symbol]) -> None:
    """Append their versions to the names of all symbols of the dynamic table.  Raises ElfError."""
    versions = read_versions(elf)
    for i, s in enumerate(symbols):
        mark, version = versions.suffix(i, s.section == SHN_UNDEF)
        if version and not (s.section == SHN_ABS and s.name == version):
            s.name += mark + version
