"""The heart of `objcopy` and `strip`: one image in, another out.

What is dropped and changed follows GNU objcopy's rules: sections first, then symbols (those that a
surviving relocation names are kept), then names, flags and contents.
"""
from __future__ import annotations

import fnmatch
import os
import zlib
from typing import Final

from toolchain.binutils.classes import is_debug_name, is_local_label
from toolchain.binutils.compression import compress_section, decompress_section
from toolchain.binutils.copy_options import (
    DISCARD_LABELS,
    DISCARD_LOCALS,
    STRIP_ALL,
    STRIP_DEBUG,
    STRIP_DWO,
    STRIP_NONDEBUG,
    STRIP_NONDWO,
    STRIP_UNNEEDED,
    AddedSymbol,
    CopyOptions,
)
from toolchain.binutils.machines import FLAT_FORMATS
from toolchain.binutils.program import Program
from toolchain.diagnostics import ToolError
from toolchain.elf.constants import (
    ET_REL,
    PT_LOAD,
    SHF_ALLOC,
    SHF_COMPRESSED,
    SHF_EXCLUDE,
    SHF_EXECINSTR,
    SHF_GROUP,
    SHF_INFO_LINK,
    SHF_MERGE,
    SHF_STRINGS,
    SHF_TLS,
    SHF_WRITE,
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    SHT_NOBITS,
    SHT_NOTE,
    SHT_PROGBITS,
    SHT_REL,
    SHT_RELA,
    STB_GLOBAL,
    STB_GNU_UNIQUE,
    STB_LOCAL,
    STB_WEAK,
    STT_FILE,
    STT_FUNC,
    STT_OBJECT,
    STT_SECTION,
    STV_HIDDEN,
    STV_INTERNAL,
)
from toolchain.elf.image import Group, ObjectImage, Relocations, Section, Segment, Symbol
from toolchain.elf.records import byte_order

SYMBOL_FLAGS: Final = ("global", "local", "weak", "function", "file", "object", "section", "debug", "constructor",
                       "warning", "indirect", "synthetic", "indirect-function", "unique-object", "hidden", "default",
                       "before", "undefined")

SPECIAL_SECTIONS: Final = {SHN_UNDEF: "*UND*", SHN_ABS: "*ABS*", SHN_COMMON: "*COM*"}


class Copier:
    """Applies `CopyOptions` to one image.  `image` is the result after `run`; `lma` holds the load
    address of each of its sections."""

    def __init__(self, program: Program, options: CopyOptions, image: ObjectImage, name: str) -> None:
        self.program = program
        self.options = options
        self.source = image
        self.name = name
        self.image = ObjectImage(image.machine, image.bits, image.rela, image.kind, image.flags)
        self.section_map: list[int] = [0] * len(image.sections)
        self.kept: list[int] = []
        self.kept_groups: list[int] = []
        self.lma: list[int] = []
        self.failed = False

    def run(self) -> None:
        """Make the result.  Raises ToolError and ElfError."""
        source = self.source
        out = self.image
        out.osabi = source.osabi
        out.abi_version = source.abi_version
        out.little = source.little
        out.has_symtab = source.has_symtab
        self._choose_sections()
        self._groups_to_drop()
        self._copy_sections()
        self._symbols()
        self._add_sections()
        self._update_contents()
        self._segments()
        options = self.options
        out.entry = (source.entry if options.set_start is None else options.set_start) + options.change_start

    # Sections

    def _strip_section(self, s: Section) -> bool:
        """Whether GNU objcopy would leave the section out."""
        options = self.options
        if options.keep_sections.matches(s.name):
            return False
        if options.debuglink and s.name == ".gnu_debuglink":
            return True
        if options.remove.matches(s.name):
            if options.only.matches(s.name):
                raise ToolError(f"error: section {s.name} matches both remove and copy options")
            return True
        if options.only and not options.only.matches(s.name):
            return True
        dwo = s.name.endswith(".dwo")
        if not s.flags & SHF_ALLOC and is_debug_name(s.name):
            if options.strip in (STRIP_DEBUG, STRIP_UNNEEDED, STRIP_ALL) or options.discard == DISCARD_LOCALS:
                return True
            if options.strip == STRIP_DWO:
                return dwo
            if options.strip == STRIP_NONDEBUG:
                return False
        if options.strip == STRIP_NONDWO:
            return not dwo
        return False

    def _choose_sections(self) -> None:
        for i in range(1, len(self.source.sections)):
            if not self._strip_section(self.source.sections[i]):
                self.kept.append(i)

    def _groups_to_drop(self) -> None:
        """A group goes if its signature or all of its members go, or if it matches -R or not -j."""
        options = self.options
        kept = set(self.kept)
        for i, group in enumerate(self.source.groups):
            signature = self.source.symbols[group.signature].name
            if options.strip == STRIP_ALL and not options.symbols["keep-symbol"].matches(signature):
                continue
            if options.symbols["strip-symbol"].matches(signature) or options.strip == STRIP_NONDWO:
                continue
            if options.remove.matches(group.name) or (options.only and not options.only.matches(group.name)):
                continue
            if any(m in kept for m in group.members):
                self.kept_groups.append(i)

    def _copy_sections(self) -> None:
        source = self.source
        for number, i in enumerate(self.kept, 1):
            self.section_map[i] = number
        for i in self.kept:
            old = source.sections[i]
            new = Section(old.name, old.kind, old.flags, old.align, old.entry_size)
            new.address = old.address
            new.offset = old.offset
            new.size = old.size
            new.data = old.data
            new.link = old.link
            if old.link > 0:
                new.link = self.section_map[old.link]
            new.info = old.info
            by_index = old.flags & SHF_INFO_LINK or old.kind == SHT_REL or old.kind == SHT_RELA
            if by_index and 0 < old.info < len(self.section_map):
                new.info = self.section_map[old.info]
            if old.flags & SHF_GROUP and old.group not in self.kept_groups:
                new.flags &= ~SHF_GROUP
            self._rename(new)
            self._make_empty(new)
            if not self._without_relocations(old):
                new.relocations = old.relocations
            self.image.sections.append(new)
            self.lma.append(load_address(source, old))
            self._move(new)

    def _without_relocations(self, s: Section) -> bool:
        options = self.options
        if options.strip == STRIP_ALL or options.extract_symbol or options.output_format in FLAT_FORMATS:
            return True
        return options.strip == STRIP_NONDWO or options.remove_relocations.matches(s.name)

    def _rename(self, s: Section) -> None:
        options = self.options
        renamed = options.rename.get(s.name)
        for name, flags in options.set_flags:
            if fnmatch.fnmatchcase(s.name, name):
                set_section_flags(s, flags)
        for name, align in options.set_align:
            if fnmatch.fnmatchcase(s.name, name):
                s.align = align
        if renamed is not None:
            s.name = renamed[0]
            if renamed[1] is not None:
                set_section_flags(s, renamed[1])
        if s.flags & SHF_ALLOC and options.prefix_alloc:
            s.name = options.prefix_alloc + s.name
        elif options.prefix_sections:
            s.name = options.prefix_sections + s.name

    def _make_empty(self, s: Section) -> None:
        """--only-keep-debug and --extract-symbol leave headers without contents."""
        options = self.options
        if options.extract_symbol:
            s.size = 0
            s.data = b""
        elif options.strip == STRIP_NONDEBUG and s.flags & SHF_ALLOC and s.kind not in (SHT_NOTE, SHT_NOBITS):
            s.kind = SHT_NOBITS
            s.data = b""

    def _move(self, s: Section) -> None:
        """Address changes, to the section just appended."""
        options = self.options
        mask = (1 << self.image.bits) - 1
        if options.change_all:
            s.address = (s.address + options.change_all) & mask
            self.lma[-1] = (self.lma[-1] + options.change_all) & mask
        for change in options.changes:
            if not fnmatch.fnmatchcase(s.name, change.pattern):
                continue
            if change.vma:
                s.address = change.apply(s.address) & mask
            if change.lma:
                self.lma[-1] = change.apply(self.lma[-1]) & mask

    # Symbols

    def _used_in_relocations(self) -> bytearray:
        """Flags of the symbols that a surviving relocation names."""
        used = bytearray(len(self.source.symbols))
        for s in self.image.sections:
            relocations = s.relocations
            if relocations is not None:
                for i in set(relocations.symbols):
                    used[i] = 1
        for number in self.kept_groups:
            used[self.source.groups[number].signature] = 1
        return used

    def _symbols(self) -> None:
        source = self.source
        options = self.options
        out = self.image
        used = self._used_in_relocations()
        numbers = [0] * len(source.symbols)
        filtering = options.filters_symbols()
        if options.strip == STRIP_NONDWO:
            used = bytearray(len(source.symbols))
        for i in range(1, len(source.symbols)):
            old = source.symbols[i]
            s = Symbol(old.name, old.value, old.size, old.binding, old.kind, old.other, old.section)
            if filtering:
                self._new_name(s)
                if not self._keep_symbol(s, used[i] != 0):
                    continue
                self._rebind(s)
            self._relocate_symbol(s, old)
            numbers[i] = len(out.symbols)
            out.symbols.append(s)
        for added in options.add_symbols:
            self._add_symbol(added)
        self._renumber(used, numbers)
        out.has_symtab = len(out.symbols) > 1 or (
            out.kind == ET_REL and any(x.relocation_count() for x in out.sections))

    def _new_name(self, s: Symbol) -> None:
        options = self.options
        if s.kind == STT_SECTION:
            return
        s.name = options.redefine.get(s.name, s.name)
        if options.prefix_symbols:
            s.name = options.prefix_symbols + s.name

    def _keep_symbol(self, s: Symbol, used: bool) -> bool:
        options = self.options
        strip = options.strip
        name = s.name
        if s.kind == STT_SECTION and 0 < s.section < len(self.source.sections):
            name = self.source.sections[s.section].name
        debugging = s.kind == STT_SECTION or s.kind == STT_FILE
        needed = False
        if strip == STRIP_ALL or strip == STRIP_NONDWO:
            keep = False
        elif used:
            keep = needed = True
        elif s.binding != STB_LOCAL or s.section == SHN_UNDEF or s.section == SHN_COMMON:
            keep = strip != STRIP_UNNEEDED or (self.source.kind == ET_REL and s.section != SHN_UNDEF)
        elif debugging:
            keep = strip not in (STRIP_DEBUG, STRIP_UNNEEDED)
        else:
            keep = strip != STRIP_UNNEEDED and options.discard != DISCARD_LOCALS and not (
                options.discard == DISCARD_LABELS and is_local_label(name))
        sets = options.symbols
        if keep and sets["strip-symbol"].matches(name):
            if needed:
                self.program.error(f"not stripping symbol `{name}' because it is named in a relocation")
                self.failed = True
            else:
                keep = False
        external = s.binding != STB_LOCAL or s.section == SHN_COMMON
        if keep and not used and sets["strip-unneeded-symbol"].matches(name) and not (self.source.kind == ET_REL and external):
            keep = False
        if not keep and ((options.keep_file_symbols and s.kind == STT_FILE)
                         or (options.keep_section_symbols and s.kind == STT_SECTION)
                         or sets["keep-symbol"].matches(name)):
            keep = True
        if keep and 0 < s.section < len(self.section_map) and self.section_map[s.section] == 0:
            keep = False
        if options.only and not 0 < s.section < len(self.section_map):
            keep = options.only.matches(SPECIAL_SECTIONS.get(s.section, ""))
        return keep

    def _rebind(self, s: Symbol) -> None:
        options = self.options
        sets = options.symbols
        undefined = s.section == SHN_UNDEF
        if s.section == SHN_COMMON:
            return
        if (s.binding in (STB_GLOBAL, STB_GNU_UNIQUE) or undefined) and s.kind != STT_SECTION:
            if options.weaken or sets["weaken-symbol"].matches(s.name):
                s.binding = STB_WEAK
        if undefined:
            return
        if s.binding in (STB_GLOBAL, STB_WEAK):
            kept = sets["keep-global-symbol"]
            hidden = options.localize_hidden and s.other & 3 in (STV_HIDDEN, STV_INTERNAL)
            if sets["localize-symbol"].matches(s.name) or (kept and not kept.matches(s.name)) or hidden:
                s.binding = STB_LOCAL
        elif s.binding == STB_LOCAL and sets["globalize-symbol"].matches(s.name):
            s.binding = STB_GLOBAL

    def _relocate_symbol(self, s: Symbol, old: Symbol) -> None:
        """Follow the symbol's section to its new number and, in a linked file, its new address."""
        if not 0 < old.section < len(self.section_map):
            return
        s.section = self.section_map[old.section]
        if s.section and self.image.kind != ET_REL:
            s.value += self.image.sections[s.section].address - self.source.sections[old.section].address

    def _add_symbol(self, added: AddedSymbol) -> None:
        s = Symbol(added.name, added.value, 0, STB_GLOBAL, 0, 0, SHN_ABS)
        if added.section:
            for i, section in enumerate(self.image.sections):
                if section.name == added.section:
                    s.section = i
                    break
            else:
                raise ToolError(f"section {added.section} not found")
            if self.image.kind != ET_REL:
                s.value += self.image.sections[s.section].address
        for flag in added.flags:
            if flag not in SYMBOL_FLAGS and not flag.startswith("before="):
                raise ToolError(f"unrecognized symbol flag `{flag}'\nsupported flags: {', '.join(SYMBOL_FLAGS)}")
            if flag == "local":
                s.binding = STB_LOCAL
            elif flag == "weak":
                s.binding = STB_WEAK
            elif flag == "function":
                s.kind = STT_FUNC
            elif flag == "object":
                s.kind = STT_OBJECT
            elif flag == "file":
                s.kind = STT_FILE
            elif flag == "undefined":
                s.section = SHN_UNDEF
            elif flag == "hidden":
                s.other = STV_HIDDEN
        self.image.symbols.append(s)

    def _renumber(self, used: bytearray, numbers: list[int]) -> None:
        """Relocations and groups refer to the new symbols."""
        source = self.source
        for i in range(1, len(used)):
            if used[i] and numbers[i] == 0:
                raise ToolError(f"{self.name}: symbol `{source.symbols[i].name}' required but not present\n"
                                f"{self.program.name}: {self.name}: no symbols")
        for s in self.image.sections:
            old = s.relocations
            if old is not None:
                new = Relocations(old.explicit)
                new.offsets = old.offsets
                new.types = old.types
                new.addends = old.addends
                new.symbols = [numbers[i] for i in old.symbols]
                s.relocations = new
        for number in self.kept_groups:
            group = source.groups[number]
            members = [self.section_map[m] for m in group.members if self.section_map[m]]
            if not numbers[group.signature]:
                continue
            for m in members:
                self.image.sections[m].group = len(self.image.groups)
            self.image.groups.append(Group(numbers[group.signature], group.flags, members,
                                          self.options.prefix_sections + group.name, group.owns_signature))

    # Contents

    def _append(self, name: str, data: bytes, align: int = 1) -> None:
        s = Section(name, SHT_PROGBITS, 0, align)
        s.data = data
        s.size = len(data)
        for pattern, flags in self.options.set_flags:
            if fnmatch.fnmatchcase(name, pattern):
                set_section_flags(s, flags)
        for pattern, power in self.options.set_align:
            if fnmatch.fnmatchcase(name, pattern):
                s.align = power
        self.image.sections.append(s)
        self.lma.append(0)
        self._move(s)

    def _add_sections(self) -> None:
        options = self.options
        for name, file in options.add_sections:
            if any(s.name == name for s in self.image.sections):
                raise ToolError(f"can't add section '{name}': section already exists")
            self._append(name, self.program.read(file))
        if options.debuglink:
            data = self.program.read(options.debuglink)
            base = os.path.basename(options.debuglink).encode("utf-8", "surrogateescape") + b"\0"
            base += bytes(-len(base) % 4)
            order = byte_order(self.image.little)
            crc = zlib.crc32(data).to_bytes(4, order)
            self._append(".gnu_debuglink", base + crc, 4)

    def _update_contents(self) -> None:
        options = self.options
        sections = self.image.sections
        for name, file in options.update_sections:
            found = [s for s in sections[1:] if s.name == name]
            if not found:
                raise ToolError(f"error: {name} not found, can't be updated")
            data = self.program.read(file)
            s = found[0]
            if self.image.segments or self.source.kind != ET_REL:
                if s.flags & SHF_ALLOC and len(data) != s.size:
                    raise ToolError(f"section '{name}' is loaded: its size cannot change from {s.size} to {len(data)} bytes")
            s.data = data
            s.size = len(data)
            if s.kind == SHT_NOBITS:
                s.kind = SHT_PROGBITS
        for name, file in options.dump_sections:
            found = [s for s in self.source.sections[1:] if s.name == name]
            if not found:
                raise ToolError(f"can't dump section '{name}' - it does not exist")
            if found[0].kind == SHT_NOBITS:
                raise ToolError(f"can't dump section '{name}' - it has no contents")
            self.program.write(file, found[0].data)
        for section in sections[1:]:
            if section.flags & SHF_COMPRESSED and (options.decompress or options.compress):
                decompress_section(self.image, section, self.name)
            if options.compress not in ("", "none") and section.name.startswith(".debug_") and not section.flags & SHF_ALLOC:
                compress_section(self.image, section)

    def _segments(self) -> None:
        """Program headers: as they were, those whose sections are all gone emptied, moved with their sections."""
        source = self.source
        options = self.options
        for p in source.segments:
            new = Segment(p.kind, p.flags, p.offset, p.vaddr, p.paddr, p.filesz, p.memsz, p.align)
            inside = [i for i in range(1, len(source.sections)) if in_segment(source.sections[i], p)]
            left = [i for i in inside if self.section_map[i]]
            if inside and not left and p.kind != PT_LOAD:
                new.filesz = new.memsz = 0
            elif left:
                first = self.image.sections[self.section_map[left[0]]]
                shift = first.address - source.sections[left[0]].address
                new.vaddr += shift
                new.paddr += self.lma[self.section_map[left[0]] - 1] - load_address(source, source.sections[left[0]])
                if options.strip == STRIP_NONDEBUG and all(self.image.sections[self.section_map[i]].kind == SHT_NOBITS for i in left):
                    new.filesz = 0
            self.image.segments.append(new)


def in_segment(s: Section, p: Segment) -> bool:
    """Whether a section lies in a segment, by file offset or (without contents) by address."""
    if not s.flags & SHF_ALLOC:
        return False
    if s.flags & SHF_TLS and s.kind == SHT_NOBITS and p.kind == PT_LOAD:
        return False
    if s.kind == SHT_NOBITS:
        return p.vaddr <= s.address and s.address + s.size <= p.vaddr + p.memsz and p.memsz > 0
    return p.offset <= s.offset and s.offset + s.size <= p.offset + p.filesz and p.filesz > 0


def load_address(image: ObjectImage, s: Section) -> int:
    """A section's LMA: its address, moved as the segment around it is (if any p_paddr is set)."""
    loads = [p for p in image.segments if p.kind == PT_LOAD]
    if all(p.paddr == 0 for p in image.segments) and len([p for p in loads if p.memsz]) > 1:
        return s.address
    result = s.address
    for p in loads:
        if not s.flags & SHF_TLS and in_segment(s, p):
            if s.kind == SHT_NOBITS:
                result = p.paddr + s.address - p.vaddr
            else:
                result = p.paddr + s.offset - p.offset
            if p.vaddr <= s.address and s.address + s.size <= p.vaddr + p.memsz:
                break
    return result


def set_section_flags(s: Section, flags: list[str]) -> None:
    """Make a section what the named properties say; contents and relocations stay."""
    kept = s.flags & ~(SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR | SHF_MERGE | SHF_STRINGS | SHF_EXCLUDE)
    value = kept
    if "alloc" in flags or "load" in flags:
        value |= SHF_ALLOC
    if "readonly" not in flags and "rom" not in flags:
        value |= SHF_WRITE
    if "code" in flags:
        value |= SHF_EXECINSTR
    if "merge" in flags and s.flags & SHF_MERGE:
        value |= SHF_MERGE
    if "strings" in flags and s.flags & SHF_STRINGS:
        value |= SHF_STRINGS
    if "exclude" in flags:
        value |= SHF_EXCLUDE
    if s.kind == SHT_NOBITS and ("load" in flags or "contents" in flags):
        s.kind = SHT_PROGBITS
        s.data = bytes(s.size)
    s.flags = value
