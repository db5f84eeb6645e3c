"""Reads shared objects: soname, dynamic symbols and their versions."""
from __future__ import annotations

import os

from toolchain.elf.constants import (
    DT_NEEDED,
    DT_NULL,
    DT_SONAME,
    SHT_DYNAMIC,
    SHT_DYNSYM,
    SHT_GNU_VERDEF,
    SHT_GNU_VERSYM,
    STB_GLOBAL,
    STB_GNU_UNIQUE,
    STB_LOCAL,
    STB_WEAK,
    VERSYM_HIDDEN,
    VERSYM_VERSION,
)
from toolchain.elf.image import SHN_UNDEF, ObjectImage
from toolchain.elf.reader import ElfFile
from toolchain.ld.model import UNDEFINED, UNDEFINED_SECTION, InputFile, LinkSymbol
from toolchain.ld.options import InputItem
from toolchain.ld.state import Link
from toolchain.ld.symbols import define_shared


def dynamic_values(elf: ElfFile, wanted: int) -> list[int]:
    """All values of one tag of the dynamic section."""
    index = elf.find(SHT_DYNAMIC)
    if not index:
        return []
    data = elf.section_data(index)
    word = elf.form.word
    step = word.size
    out: list[int] = []
    for at in range(0, len(data) - 2 * step + 1, 2 * step):
        tag = word.unpack_from(data, at)[0]
        if tag == DT_NULL:
            break
        if tag == wanted:
            out.append(int(word.unpack_from(data, at + step)[0]))
    return out


def defined_names(elf: ElfFile) -> set[str]:
    """What a shared object defines for others."""
    index = elf.find(SHT_DYNSYM)
    return {s.name for s in elf.read_symbols(index) if s.section != SHN_UNDEF and s.binding != STB_LOCAL} if index else set()


def needed_names(elf: ElfFile) -> list[str]:
    """The sonames in DT_NEEDED."""
    dynamic = elf.find(SHT_DYNAMIC)
    if not dynamic:
        return []
    strings = elf.linked_strings(dynamic)
    return [elf.string(strings, offset, "needed soname") for offset in dynamic_values(elf, DT_NEEDED)]


def check_shared(link: Link, search: list[str]) -> None:
    """--no-allow-shlib-undefined: what the shared objects refer to must be defined by the link, or by what they need
    in their turn, found along -rpath-link, -rpath, beside them and along -L."""
    missing = {n for f in link.shared for n in f.undefined_names if link.symbols[n].state == UNDEFINED}
    queue = [(n, f.name) for f in link.shared for n in f.needed_sonames]
    seen = {f.soname for f in link.shared}
    directories = [*link.options.rpath_link, *link.options.rpath]
    while queue and missing:
        soname, parent = queue.pop(0)
        if soname in seen:
            continue
        seen.add(soname)
        for directory in [*directories, os.path.dirname(parent), *search]:
            path = os.path.join(directory, soname)
            if os.path.isfile(link.context.path(path)):
                elf = ElfFile(link.context.read(path), path)
                missing -= defined_names(elf)
                queue += [(n, path) for n in needed_names(elf)]
                break
        else:
            link.warning(f"{soname}, needed by {parent}, not found (try using -rpath or -rpath-link)")
    for f in link.shared:
        for n in f.undefined_names:
            if n in missing:
                link.error(f"{f.name}: undefined reference to `{n}'")


def version_definitions(elf: ElfFile) -> dict[int, str]:
    """Version index -> name, from SHT_GNU_verdef."""
    index = elf.find(SHT_GNU_VERDEF)
    out: dict[int, str] = {}
    if not index:
        return out
    data = bytes(elf.section_data(index))
    strings = elf.linked_strings(index)
    at = 0
    for _ in range(len(data) // 20 + 1):
        if at + 20 > len(data):
            raise elf.fail("version definitions are truncated")
        number = int.from_bytes(data[at + 4:at + 6], "little")
        aux = at + int.from_bytes(data[at + 12:at + 16], "little")
        if aux + 8 > len(data):
            raise elf.fail("version definitions are truncated")
        out[number & VERSYM_VERSION] = elf.string(strings, int.from_bytes(data[aux:aux + 4], "little"), "version name")
        step = int.from_bytes(data[at + 16:at + 20], "little")
        if not step:
            return out
        at += step
    return out


def add_shared(link: Link, elf: ElfFile, name: str, item: InputItem, loaded: dict[str, InputFile]) -> None:
    """Enter a shared object: its definitions, and which of our symbols it refers to."""
    dynamic = elf.find(SHT_DYNAMIC)
    soname = os.path.basename(name) if not item.name.startswith("-l") else name
    if dynamic:
        strings = elf.linked_strings(dynamic)
        for offset in dynamic_values(elf, DT_SONAME):
            soname = elf.string(strings, offset, "soname")
    known = loaded.get(soname)
    if known is not None:
        known.needed = known.needed or not item.as_needed
        return
    image = ObjectImage(elf.header.machine, elf.header.bits)
    file = InputFile(name, name, "", image, UNDEFINED_SECTION)
    file.is_shared = True
    file.as_needed = item.as_needed
    file.needed = not item.as_needed
    file.soname = soname
    loaded[soname] = file
    file.needed_sonames = needed_names(elf)
    link.shared.append(file)
    index = elf.find(SHT_DYNSYM)
    if not index:
        return
    symbols = elf.read_symbols(index)
    versym = elf.find(SHT_GNU_VERSYM)
    words = elf.section_data(versym).cast("H") if versym and elf.sections[versym].size >= 2 * len(symbols) else None
    names = version_definitions(elf)
    for i, s in enumerate(symbols):
        if s.binding == STB_LOCAL or s.binding not in (STB_GLOBAL, STB_WEAK, STB_GNU_UNIQUE):
            continue
        if s.section == SHN_UNDEF:
            g = link.symbols.get(s.name)
            if g is None:
                g = LinkSymbol(s.name, file)
                g.weak = True
                g.binding = STB_GLOBAL
                link.symbols[s.name] = g
            if s.binding != STB_WEAK:
                file.undefined_names.append(s.name)
            if g.state == UNDEFINED and not g.in_regular and s.binding != STB_WEAK:
                link.undefined[s.name] = None
            g.in_shared = True
            continue
        version = ""
        default = True
        if words is not None:
            number = words[i]
            if number & VERSYM_VERSION == 0:
                continue
            version = names.get(number & VERSYM_VERSION, "") if number & VERSYM_VERSION > 1 else ""
            default = not number & VERSYM_HIDDEN
        if s.other & 3 in (1, 2):
            continue
        g = define_shared(link, file, s, s.name, version, default)
        if g.file is file and elf.sections and 0 < s.section < len(elf.sections):
            section = elf.sections[s.section]
            g.original_value = s.section
            # what a copy of it needs: its section's alignment, as far as its address has it, and protection
            align = section.align or 1
            while align > 1 and s.value & (align - 1):
                align >>= 1
            g.common_align = align
            g.other = 0 if section.flags & 1 else 0x100
        if version and default:
            alias = link.symbols.get(f"{s.name}@{version}")
            if alias is not None and alias.state == UNDEFINED:
                define_shared(link, file, s, s.name, version, False)
    file.symbols = [g for g in link.symbols.values() if g.file is file]
