"""`objdump -f -p -h -t -T -r -R -s`: everything but disassembly and debug information."""
from __future__ import annotations

from typing import Final

from toolchain.binutils.classes import (
    ALLOC,
    CODE,
    CONTENTS,
    DATA,
    DEBUGGING,
    EXCLUDE,
    GROUP,
    LINK_ONCE,
    LOAD,
    READONLY,
    THREAD_LOCAL,
    section_flags,
)
from toolchain.binutils.elf_names import DYNAMIC_TAGS
from toolchain.binutils.machines import format_of, machine
from toolchain.binutils.readelf_headers import control
from toolchain.elf.constants import (
    ET_DYN,
    ET_EXEC,
    ET_REL,
    PT_LOAD,
    SHF_ALLOC,
    SHF_TLS,
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    SHT_DYNAMIC,
    SHT_DYNSYM,
    SHT_GROUP,
    SHT_NOBITS,
    SHT_REL,
    SHT_RELA,
    SHT_STRTAB,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
    STB_GLOBAL,
    STB_GNU_UNIQUE,
    STB_LOCAL,
    STB_WEAK,
    STT_COMMON,
    STT_FILE,
    STT_FUNC,
    STT_GNU_IFUNC,
    STT_OBJECT,
    STT_SECTION,
)
from toolchain.elf.image import Symbol
from toolchain.elf.reader import ElfFile
from toolchain.elf.records import SectionHeader, decode_relocations
from toolchain.elf.versions import read_versions

HAS_RELOC: Final = 0x1
EXEC_P: Final = 0x2
HAS_SYMS: Final = 0x10
DYNAMIC: Final = 0x40
D_PAGED: Final = 0x100
FILE_FLAGS: Final = ((HAS_RELOC, "HAS_RELOC"), (EXEC_P, "EXEC_P"), (HAS_SYMS, "HAS_SYMS"), (DYNAMIC, "DYNAMIC"), (D_PAGED, "D_PAGED"))
RELOC: Final = 0x10000
OCTETS: Final = 0x20000
FLAG_WORDS: Final = (
    (CONTENTS, "CONTENTS"), (ALLOC, "ALLOC"), (LOAD, "LOAD"), (RELOC, "RELOC"), (READONLY, "READONLY"), (CODE, "CODE"), (DATA, "DATA"),
    (DEBUGGING, "DEBUGGING"), (EXCLUDE, "EXCLUDE"), (THREAD_LOCAL, "THREAD_LOCAL"), (GROUP, "GROUP"), (OCTETS, "OCTETS"), (LINK_ONCE, "LINK_ONCE_DISCARD"))
SEGMENT_NAMES: Final = {0: "NULL", 1: "LOAD", 2: "DYNAMIC", 3: "INTERP", 4: "NOTE", 5: "SHLIB", 6: "PHDR", 7: "TLS",
                        0x6474E550: "EH_FRAME", 0x6474E551: "STACK", 0x6474E552: "RELRO"}


class View:
    """A file as objdump sees it: the sections it lists, relocations by section, symbols with names."""

    def __init__(self, elf: ElfFile) -> None:
        self.elf = elf
        self.form = format_of(elf.header.machine, elf.header.bits, elf.header.little)
        self.machine = machine(elf.header.machine)
        self.symtab = elf.find(SHT_SYMTAB)
        self.relocation_sections: dict[int, list[int]] = {}
        self.listed: list[int] = []
        strtab = elf.sections[self.symtab].link if self.symtab else -1
        for i, s in enumerate(elf.sections):
            if i == 0 or i == self.symtab or s.kind == SHT_SYMTAB_SHNDX:
                continue
            if s.kind == SHT_STRTAB and i in (strtab, elf.header.shstrndx) and not s.flags & SHF_ALLOC:
                continue
            if s.kind in (SHT_REL, SHT_RELA) and s.link == self.symtab and self.symtab and s.info and not s.flags & SHF_ALLOC:
                self.relocation_sections.setdefault(s.info, []).append(i)
                continue
            self.listed.append(i)
        self._symbols: list[Symbol] | None = None

    def symbols(self) -> list[Symbol]:
        """The symbol table, section symbols named after their sections."""
        if self._symbols is None:
            self._symbols = named_symbols(self.elf, self.symtab) if self.symtab else []
        return self._symbols

    def flags(self, index: int) -> int:
        """Section flags, with RELOC and OCTETS."""
        s = self.elf.sections[index]
        flags = section_flags(s)
        if s.kind == SHT_GROUP:
            flags &= ~EXCLUDE
        if any(self.elf.sections[r].size for r in self.relocation_sections.get(index, [])):
            flags |= RELOC
        if not flags & ALLOC and (s.name.startswith((".debug", ".gnu.debuglto_.debug_", ".gnu.linkonce.wi.", ".zdebug", ".note.gnu",
                                                     ".gnu.build.attributes"))):
            flags |= OCTETS
        if s.kind == SHT_GROUP:
            flags |= LINK_ONCE
        return flags


def named_symbols(elf: ElfFile, table: int) -> list[Symbol]:
    """The symbols of a table; section symbols get their section's name."""
    symbols = elf.read_symbols(table)
    for s in symbols:
        if s.kind == STT_SECTION and not s.name and s.section < len(elf.sections):
            s.name = elf.sections[s.section].name
    return symbols


def section_name(elf: ElfFile, index: int) -> str:
    """The name of a symbol's section, special ones included."""
    if index == SHN_UNDEF:
        return "*UND*"
    if index == SHN_ABS:
        return "*ABS*"
    if index == SHN_COMMON:
        return "*COM*"
    return elf.sections[index].name if index < len(elf.sections) else "*unknown*"


def file_header(view: View) -> str:
    """-f."""
    elf = view.elf
    h = elf.header
    flags = 0
    if h.kind == ET_REL:
        flags |= HAS_RELOC if view.relocation_sections else 0
    if h.kind == ET_EXEC:
        flags |= EXEC_P
    if h.kind == ET_DYN:
        flags |= DYNAMIC
    if view.symtab or elf.find(SHT_DYNSYM):
        flags |= HAS_SYMS
    if h.kind in (ET_EXEC, ET_DYN) and elf.segments:
        flags |= D_PAGED
    words = ", ".join(name for bit, name in FILE_FLAGS if flags & bit)
    return (f"architecture: {view.form.architecture}, flags 0x{flags:08x}:\n{words}\n"
            f"start address 0x{h.entry:0{h.bits // 4}x}\n")


def load_address(elf: ElfFile, s: SectionHeader) -> int:
    """A section's LMA, from the segment that holds it."""
    loads = [p for p in elf.segments if p.kind == PT_LOAD and p.memsz]
    if not s.flags & SHF_ALLOC or (all(p.paddr == 0 for p in elf.segments) and len(loads) > 1):
        return s.address
    for p in loads:
        if s.flags & SHF_TLS and s.kind == SHT_NOBITS:
            continue
        if s.kind == SHT_NOBITS:
            if p.vaddr <= s.address and s.address + s.size <= p.vaddr + p.memsz:
                return p.paddr + s.address - p.vaddr
        elif p.offset <= s.offset and s.offset + s.size <= p.offset + p.filesz and p.vaddr <= s.address <= p.vaddr + p.memsz:
            return p.paddr + s.offset - p.offset
    return s.address


def section_headers(view: View, wide: bool, only: list[str]) -> str:
    """-h."""
    elf = view.elf
    width = elf.header.bits // 4
    names = max([len(elf.sections[i].name) for i in view.listed], default=0) if wide else 13
    names = max(names, 13)
    flags_title = "  Flags" if wide else ""
    out = [f"Sections:\nIdx {'Name':<{names}} Size      {'VMA':<{width}}  {'LMA':<{width}}  File off  Algn{flags_title}\n"]
    for number, i in enumerate(view.listed):
        s = elf.sections[i]
        if only and s.name not in only:
            continue
        words = ", ".join(name for bit, name in FLAG_WORDS if view.flags(i) & bit)
        power = max(s.align, 1).bit_length() - 1
        row = (f"{number:3d} {s.name:<{names}} {s.size:08x}  {s.address:0{width}x}  {load_address(elf, s):0{width}x}  "
               f"{s.offset:08x}  2**{power}")
        out.append(f"{row}  {words}\n" if wide else f"{row}\n                  {words}\n")
    return "".join(out)


def private_headers(view: View) -> str:
    """-p: program headers, dynamic section, versions."""
    elf = view.elf
    width = elf.header.bits // 4
    out: list[str] = []
    if elf.segments:
        out.append("\nProgram Header:\n")
        for p in elf.segments:
            name = SEGMENT_NAMES.get(p.kind, f"0x{p.kind:x}")
            power = max(p.align, 1).bit_length() - 1
            rwx = ("r" if p.flags & 4 else "-") + ("w" if p.flags & 2 else "-") + ("x" if p.flags & 1 else "-")
            rest = f" {p.flags & ~7:x}" if p.flags & ~7 else ""
            out.append(f"{name:>8} off    0x{p.offset:0{width}x} vaddr 0x{p.vaddr:0{width}x} paddr 0x{p.paddr:0{width}x} align 2**{power}\n"
                       f"         filesz 0x{p.filesz:0{width}x} memsz 0x{p.memsz:0{width}x} flags {rwx}{rest}\n")
    dynamic = elf.find(SHT_DYNAMIC)
    if dynamic:
        out.append(_dynamic(elf, dynamic, width))
    versions = read_versions(elf)
    if versions.definitions:
        out.append("\nVersion definitions:\n")
        for d in versions.definitions:
            names = d.names
            out.append(f"{d.index} 0x{d.flags:02x} 0x{d.hash_value:08x} {names[0] if names else '<corrupt>'}\n")
            if len(names) > 1:
                out.append("\t" + "".join(n + " " for n in names[1:]) + "\n")
    if versions.files:
        out.append("\nVersion References:\n")
        for f in versions.files:
            out.append(f"  required from {f.name}:\n")
            for n in f.needs:
                out.append(f"    0x{n.hash_value:08x} 0x{n.flags:02x} {n.index:02d} {n.name}\n")
    return "".join(out)


def _dynamic(elf: ElfFile, index: int, width: int) -> str:
    data = elf.section_data(index)
    step = elf.form.word.size
    words = [w for (w,) in elf.form.word.iter_unpack(data[:len(data) // (2 * step) * 2 * step])]
    strings = elf.linked_strings(index)
    tags = machine(elf.header.machine).dynamic_tags
    out = ["\nDynamic Section:\n"]
    for tag, value in zip(words[0::2], words[1::2]):
        if tag == 0:
            break
        name = tags.get(tag) or DYNAMIC_TAGS.get(tag) or f"0x{tag:x}"
        if tag in (1, 14, 15, 29, 0x7FFFFFFD, 0x7FFFFFFF):
            out.append(f"  {name:<20} {elf.string(strings, value, 'dynamic string')}\n")
        else:
            out.append(f"  {name:<20} 0x{value:0{width}x}\n")
    return "".join(out)


def symbol_flags(s: Symbol, dynamic: bool) -> str:
    """The seven flag columns of -t and -T."""
    special = s.section in (SHN_UNDEF, SHN_COMMON)
    if s.binding == STB_LOCAL:
        scope = "l"
    elif s.binding == STB_GLOBAL and not special:
        scope = "g"
    elif s.binding == STB_GNU_UNIQUE:
        scope = "u"
    else:
        scope = " "
    weak = "w" if s.binding == STB_WEAK else " "
    indirect = "i" if s.kind == STT_GNU_IFUNC else " "
    debug = "d" if s.kind in (STT_SECTION, STT_FILE) else "D" if dynamic else " "
    what = " "
    if s.kind == STT_FUNC:
        what = "F"
    elif s.kind == STT_FILE:
        what = "f"
    elif s.kind in (STT_OBJECT, STT_COMMON):
        what = "O"
    return f"{scope}{weak}  {indirect}{debug}{what}"


def symbol_table(view: View, dynamic: bool) -> str:
    """-t, or -T."""
    elf = view.elf
    table = elf.find(SHT_DYNSYM) if dynamic else view.symtab
    out = ["DYNAMIC SYMBOL TABLE:\n" if dynamic else "SYMBOL TABLE:\n"]
    symbols = named_symbols(elf, table) if table else []
    if len(symbols) < 2:
        out.append("no symbols\n")
    width = elf.header.bits // 4
    versions = read_versions(elf)
    versioned = bool(versions.definitions or versions.files)
    for i, s in enumerate(symbols[1:], 1):
        if view.machine.is_special_symbol(s):
            continue
        value, size = s.value, s.size
        if s.section == SHN_COMMON:
            value, size = s.size, s.value
        shown = symbol_flags(s, dynamic)
        version = " " * 13 if versioned else ""
        if dynamic and versioned:
            mark, name = versions.suffix(i, s.section == SHN_UNDEF)
            if not name and i < len(versions.symbols) and versions.symbols[i] & 0x7FFF == 1:
                name, mark = "Base", "@@"
            version = f"  {name:<11}" if mark != "@" else f" {'(' + name + ')':<12}"
        other = (" .internal", " .hidden", " .protected")[(s.other & 3) - 1] if s.other & 3 else ""
        if s.other & ~3:
            other += f" 0x{s.other & ~3:02x}"
        out.append(f"{value:0{width}x} {shown} {section_name(elf, s.section)}\t{size:0{width}x}{version}{other} {s.name}\n")
    out.append("\n\n")
    return "".join(out)


def relocation_target(elf: ElfFile, symbols: list[Symbol], number: int, addend: int) -> str:
    """`symbol+0xaddend` as objdump shows it."""
    name = "*ABS*"
    if number:
        if number >= len(symbols):
            raise elf.fail(f"relocation refers to symbol {number} of {len(symbols)}")
        name = control(symbols[number].name)
    width = elf.header.bits // 4
    if addend:
        name += f"-0x{-addend:0{width}x}" if addend < 0 else f"+0x{addend:0{width}x}"
    return name


def section_relocations(view: View, index: int, section: int) -> list[tuple[int, str, str]]:
    """(offset, type name, target) of relocation section `index`, which applies to `section`."""
    elf = view.elf
    s = elf.sections[index]
    rela = s.kind == SHT_RELA
    size = elf.form.rela.size if rela else elf.form.rel.size
    data = elf.section_data(index)
    if s.entry_size != size or len(data) % size:
        raise elf.fail(f"relocation section '{s.name}' has a bad size or entry size")
    names = view.machine.relocation_names
    symbols = view.symbols() if s.link == view.symtab else named_symbols(elf, s.link) if 0 < s.link < len(elf.sections) else []
    rows = zip(*decode_relocations(elf.form, data, rela))
    contents = elf.section_data(section) if 0 < section < len(elf.sections) and not rela else elf.data[0:0]
    out: list[tuple[int, str, str]] = []
    for offset, kind, number, addend in rows:
        if contents:
            addend = 0  # REL: the addend is in the section's bytes, which objdump shows by themselves
        name = names.get(kind, "*unknown*")
        out.append((offset, name, relocation_target(elf, symbols, number, addend)))
    return out


def relocations(view: View, only: list[str]) -> str:
    """-r."""
    elf = view.elf
    width = elf.header.bits // 4
    out: list[str] = []
    for i in view.listed:
        if only and elf.sections[i].name not in only:
            continue
        for r in view.relocation_sections.get(i, []):
            if not elf.sections[r].size:
                continue
            out.append(f"RELOCATION RECORDS FOR [{elf.sections[i].name}]:\n")
            out.append(f"{'OFFSET':<{width}} TYPE              VALUE\n" if width == 16 else "OFFSET   TYPE              VALUE\n")
            for offset, name, target in section_relocations(view, r, i):
                out.append(f"{offset:0{width}x} {name:<16}  {target}\n")
            out.append("\n\n")
    return "".join(out)


def dynamic_relocations(view: View) -> str:
    """-R."""
    elf = view.elf
    dynsym = elf.find(SHT_DYNSYM)
    if not dynsym:
        return ""
    width = elf.header.bits // 4
    out: list[str] = []
    versions = read_versions(elf)
    for i, s in enumerate(elf.sections):
        if s.kind in (SHT_REL, SHT_RELA) and (s.link == dynsym or (s.link == 0 and s.flags & SHF_ALLOC)):
            symbols = named_symbols(elf, dynsym)
            for k, x in enumerate(symbols):
                mark, version = versions.suffix(k, x.section == SHN_UNDEF)
                if not version and k < len(versions.symbols) and versions.symbols[k] & 0x7FFF == 1:
                    mark, version = "@", "Base"
                if version:
                    x.name += ("@" if mark == "@" else "@@") + version if x.section != SHN_UNDEF else "@" + version
            names = view.machine.relocation_names
            for offset, kind, number, addend in zip(*decode_relocations(elf.form, elf.section_data(i), s.kind == SHT_RELA)):
                out.append(f"{offset:0{width}x} {names.get(kind, '*unknown*'):<16}  {relocation_target(elf, symbols, number, addend)}\n")
    if not out:
        return "DYNAMIC RELOCATION RECORDS (none)\n\n"
    return f"DYNAMIC RELOCATION RECORDS\n{'OFFSET':<{width}} TYPE              VALUE\n" + "".join(out) + "\n\n"


def contents(view: View, only: list[str], start: int | None, stop: int | None) -> str:
    """-s."""
    elf = view.elf
    out: list[str] = []
    for i in view.listed:
        s = elf.sections[i]
        if (only and s.name not in only) or s.kind == SHT_NOBITS or not s.size:
            continue
        low = s.address if start is None else max(s.address, start)
        high = s.address + s.size if stop is None else min(s.address + s.size, stop)
        if low >= high:
            continue
        data = bytes(elf.section_data(i))[low - s.address:high - s.address]
        out.append(f"Contents of section {s.name}:\n")
        width = max(4, len(f"{high:x}"))
        for k in range(0, len(data), 16):
            row = data[k:k + 16]
            words = " ".join(row[j:j + 4].hex().ljust(8) for j in range(0, 16, 4))
            text = "".join(chr(b) if 32 <= b < 127 else "." for b in row).ljust(16)
            out.append(f" {low + k:0{width}x} {words}  {text}\n")
    return "".join(out)
