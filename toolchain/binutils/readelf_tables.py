"""`readelf -s -r -d -V -I`: symbols, relocations, the dynamic section, versions, hash histograms."""
from __future__ import annotations

import struct

from toolchain.binutils.elf_names import (
    DYNAMIC_FLAGS,
    DYNAMIC_FLAGS_1,
    DYNAMIC_SIZES,
    DYNAMIC_TAGS,
    SYMBOL_BINDINGS,
    SYMBOL_TYPES,
    VISIBILITIES,
    hex_name,
)
from toolchain.binutils.machines import machine
from toolchain.binutils.readelf_headers import control, shorten
from toolchain.elf.constants import (
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    SHT_DYNAMIC,
    SHT_DYNSYM,
    SHT_GNU_HASH,
    SHT_GNU_VERDEF,
    SHT_GNU_VERNEED,
    SHT_GNU_VERSYM,
    SHT_HASH,
    SHT_NOBITS,
    SHT_REL,
    SHT_RELA,
    SHT_RELR,
    SHT_SYMTAB,
    STT_GNU_IFUNC,
    STT_SECTION,
    VERSYM_HIDDEN,
    VERSYM_VERSION,
)
from toolchain.elf.image import Symbol
from toolchain.elf.reader import ElfFile
from toolchain.elf.records import SectionHeader, decode_relocations
from toolchain.elf.versions import Versions, read_versions


def section_index_text(index: int) -> str:
    """A symbol's section as readelf shows it."""
    if index == SHN_UNDEF:
        return "UND"
    if index == SHN_ABS:
        return "ABS"
    if index == SHN_COMMON:
        return "COM"
    if 0xFF00 <= index < 0xFF20:
        return f"PRC[0x{index:04x}]"
    if 0xFF20 <= index < 0xFF40:
        return f"OS [0x{index:04x}]"
    if 0xFF40 <= index <= 0xFFFF:
        return f"RSV[0x{index:04x}]"
    return f"{index:3d}"


def _other_text(elf: ElfFile, other: int) -> str:
    """The parts of st_other beyond visibility."""
    rest = other & ~3
    if not rest:
        return ""
    return machine(elf.header.machine).other_bits.get(rest) or f"<other>: {rest:x}"


def symbol_version(versions: Versions, index: int, s: Symbol) -> str:
    """`@VERSION` as readelf appends it to dynamic symbols' names."""
    mark, name = versions.suffix(index, s.section == SHN_UNDEF)
    if not name or (mark and s.section == SHN_ABS and s.name == name):
        return ""
    if mark == "@" and versions.is_needed(index, s.section == SHN_UNDEF):
        return f"@{name} ({versions.symbols[index] & VERSYM_VERSION})"
    return mark + name


def symbol_tables(elf: ElfFile, wide: bool, dynamic_only: bool, no_truncation_mark: bool = False) -> str:
    """-s, or --dyn-syms."""
    out: list[str] = []
    versions = read_versions(elf)
    for i, section in enumerate(elf.sections):
        if section.kind not in (SHT_SYMTAB, SHT_DYNSYM) or (dynamic_only and section.kind != SHT_DYNSYM):
            continue
        if not section.size:
            out.append(f"\nSymbol table '{section.name}' has a sh_size of zero!\n")
            continue
        symbols = elf.read_symbols(i)
        entries = "entry" if len(symbols) == 1 else "entries"
        out.append(f"\nSymbol table '{control(section.name)}' contains {len(symbols)} {entries}:\n")
        if elf.header.bits == 32:
            out.append("   Num:    Value  Size Type    Bind   Vis      Ndx Name\n")
        else:
            out.append("   Num:    Value          Size Type    Bind   Vis      Ndx Name\n")
        width = elf.header.bits // 4
        for k, s in enumerate(symbols):
            out.append(_symbol_row(elf, section, k, s, width, wide, versions))
    return "".join(out)


def _symbol_row(elf: ElfFile, section: SectionHeader, k: int, s: Symbol, width: int, wide: bool, versions: Versions) -> str:
    size = f"{s.size:5d}" if s.size <= 99999 else f"{s.size:#x}"
    kind = hex_name(SYMBOL_TYPES, s.kind)
    binding = hex_name(SYMBOL_BINDINGS, s.binding)
    other = _other_text(elf, s.other)
    middle = f" {f'[{other}]':>10} " if other else ""
    name = s.name
    if s.kind == STT_SECTION and not name and s.section < len(elf.sections):
        name = elf.sections[s.section].name
    version = symbol_version(versions, k, s) if section.kind == SHT_DYNSYM else ""
    name = control(name)
    name = shorten(name, 21 - len(version), wide)
    return (f"{k:6d}: {s.value:0{width}x} {size} {kind:<7} {binding:<6} {VISIBILITIES[s.other & 3]:<7} {middle} "
            f"{section_index_text(s.section):>3.11} {name}{version}\n")


def relocation_sections(elf: ElfFile, wide: bool) -> str:
    """-r."""
    out: list[str] = []
    tables: dict[int, list[Symbol]] = {}
    for i, s in enumerate(elf.sections):
        if s.kind in (SHT_REL, SHT_RELA, SHT_RELR) and s.size:
            out.append(_relocation_section(elf, i, s, wide, tables) if s.kind != SHT_RELR else _relr_section(elf, i, s))
    if not out:
        return "\nThere are no relocations in this file.\n"
    return "".join(out)


def _relr_section(elf: ElfFile, index: int, s: SectionHeader) -> str:
    data = elf.section_data(index)
    size = elf.form.word.size
    words = [w for (w,) in elf.form.word.iter_unpack(data[:len(data) // size * size])]
    addresses: list[int] = []
    base = 0
    for w in words:
        if not w & 1:
            addresses.append(w)
            base = w + size
            continue
        for bit in range(1, 8 * size):
            if w >> bit & 1:
                addresses.append(base + (bit - 1) * size)
        base += (8 * size - 1) * size
    rows = "".join(f"{a:0{2 * size}x}\n" for a in addresses)
    return (f"\nRelocation section '{s.name}' at offset {s.offset:#x} contains {len(words)} entries:\n"
            f"  {len(addresses)} offsets\n{rows}")


def _relocation_section(elf: ElfFile, index: int, s: SectionHeader, wide: bool, tables: dict[int, list[Symbol]]) -> str:
    rela = s.kind == SHT_RELA
    size = elf.form.rela.size if rela else elf.form.rel.size
    data = elf.section_data(index)
    if s.entry_size != size or len(data) % size:
        raise elf.fail(f"relocation section '{s.name}' has a bad size or entry size")
    offsets, types, numbers, addends = decode_relocations(elf.form, data, rela)
    entries = "entry" if len(offsets) == 1 else "entries"
    out = [f"\nRelocation section '{control(s.name)}' at offset {s.offset:#x} contains {len(offsets)} {entries}:\n"]
    bits = elf.header.bits
    tail = "Name + Addend" if rela else "Name"
    if bits == 32:
        out.append(f" Offset     Info    Type                Sym. Value  Symbol's {tail}\n" if wide
                   else f" Offset     Info    Type            Sym.Value  Sym. {tail}\n")
    else:
        out.append(f"    Offset             Info             Type               Symbol's Value  Symbol's {tail}\n" if wide
                   else f"  Offset          Info           Type           Sym. Value    Sym. {tail}\n")
    symbols: list[Symbol] = []
    versions: Versions | None = None
    if 0 < s.link < len(elf.sections) and elf.sections[s.link].kind in (SHT_SYMTAB, SHT_DYNSYM):
        known = tables.get(s.link)
        if known is None:
            known = tables[s.link] = elf.read_symbols(s.link)
        symbols = known
        if elf.sections[s.link].kind == SHT_DYNSYM:
            versions = read_versions(elf)
    names = machine(elf.header.machine).relocation_names
    width = bits // 4 if wide or bits == 32 else 12
    shift = 32 if bits == 64 else 8
    mask = (1 << bits) - 1
    if numbers and max(numbers) >= max(len(symbols), 1):
        raise elf.fail(f"relocation in '{s.name}' refers to symbol {max(numbers)} of {len(symbols)}")
    kinds: dict[int, str] = {}
    for kind in set(types):
        name = names.get(kind)
        kinds[kind] = f"unrecognized: {kind:<7x}" if name is None else f"{name:<22}" if wide else f"{name:<17.17}"
    targets: dict[int, str] = {}
    pad = " " * (28 if bits == 32 else 20)
    for offset, kind, number, addend in zip(offsets, types, numbers, addends):
        head = f"{offset:0{width}x}  {number << shift | kind:0{width}x} {kinds[kind]}"
        if number:
            target = targets.get(number)
            if target is None:
                target = targets[number] = _target(elf, symbols[number], number, versions, wide)
            if not rela:
                out.append(f"{head} {target}\n")
            elif addend < 0:
                out.append(f"{head} {target} - {-addend & mask:x}\n")
            else:
                out.append(f"{head} {target} + {addend:x}\n")
        elif rela:
            out.append(f"{head}{pad}-{-addend:x}\n" if addend < 0 else f"{head}{pad}{addend:x}\n")
        else:
            out.append(head + "\n")
    return "".join(out)


def _target(elf: ElfFile, s: Symbol, number: int, versions: Versions | None, wide: bool) -> str:
    """Value and name of a relocation's symbol."""
    bits = elf.header.bits
    name = s.name
    if not name:
        if s.kind == STT_SECTION:
            name = elf.sections[s.section].name if s.section < len(elf.sections) else {SHN_ABS: "ABS", SHN_COMMON: "COMMON"}.get(
                s.section, f"<section 0x{s.section:x}>")
        else:
            name = ""
    version = ""
    if versions is not None:
        mark, version = versions.suffix(number, s.section == SHN_UNDEF)
        version = mark + version if version else ""
    if s.kind == STT_GNU_IFUNC:
        shown = name or "<null>"
        width = 8 if bits == 32 else 14
        shown = shorten(shown, width, wide)
        pad = width + 1 - len(shown) if len(shown) <= width else 1
        return f"{shown}{version}(){'.':<{pad}}{shorten(name, 22, wide)}{version}"
    value = f"{s.value:0{bits // 4}x}" + ("   " if bits == 32 else " ")
    return value + shorten(control(name), 22, wide) + version


def dynamic_section(elf: ElfFile, wide: bool) -> str:
    """-d."""
    for i, s in enumerate(elf.sections):
        if s.kind == SHT_DYNAMIC:
            return _dynamic(elf, i, s)
    return "\nThere is no dynamic section in this file.\n"


def _dynamic(elf: ElfFile, index: int, s: SectionHeader) -> str:
    data = elf.section_data(index)
    step = elf.form.word.size
    words = [w for (w,) in elf.form.word.iter_unpack(data[:len(data) // (2 * step) * 2 * step])]
    pairs = list(zip(words[0::2], words[1::2]))
    for k, (tag, _) in enumerate(pairs):
        if tag == 0:
            pairs = pairs[:k + 1]
            break
    strings = elf.linked_strings(index)
    entries = "entry" if len(pairs) == 1 else "entries"
    out = [f"\nDynamic section at offset {s.offset:#x} contains {len(pairs)} {entries}:\n  Tag        Type                         Name/Value\n"]
    width = elf.header.bits // 4
    column = 27 if elf.header.bits == 32 else 19
    tags = machine(elf.header.machine).dynamic_tags
    for tag, value in pairs:
        name = tags.get(tag) or hex_name(DYNAMIC_TAGS, tag)
        out.append(f" 0x{tag:0{width}x} ({name}){' ' * max(1, column - len(name))}{_dynamic_value(elf, strings, tag, value)}\n")
    return "".join(out)


STRING_TAGS = {1: "Shared library: [{}]", 14: "Library soname: [{}]", 15: "Library rpath: [{}]", 29: "Library runpath: [{}]",
               0x7FFFFFFD: "Auxiliary library: [{}]", 0x7FFFFFFF: "Filter library: [{}]"}


def _dynamic_value(elf: ElfFile, strings: bytes, tag: int, value: int) -> str:
    pattern = STRING_TAGS.get(tag)
    if pattern is not None:
        return pattern.format(elf.string(strings, value, "dynamic string"))
    if tag in DYNAMIC_SIZES:
        return f"{value} (bytes)"
    if tag in (0x6FFFFFF9, 0x6FFFFFFA, 0x6FFFFFFD, 0x6FFFFFFF):
        return f"{value}"
    if tag == 20:
        return "RELA" if value == 7 else "REL" if value == 17 else f"<unknown>: {value:x}"
    if tag == 30:
        return _flag_words(DYNAMIC_FLAGS, value, "")
    if tag == 0x6FFFFFFB:
        return "Flags:" + "".join(" " + n for bit, n in DYNAMIC_FLAGS_1 if value & bit) if value else "Flags: None"
    return f"{value:#x}"


def _flag_words(table: tuple[tuple[int, str], ...], value: int, prefix: str) -> str:
    words = [name for bit, name in table if value & bit]
    rest = value
    for bit, _ in table:
        rest &= ~bit
    if rest:
        words.append("unknown")
    return prefix + " ".join(words)


def version_sections(elf: ElfFile) -> str:
    """-V."""
    out: list[str] = []
    versions = read_versions(elf)
    for s in elf.sections:
        if s.kind == SHT_GNU_VERSYM:
            out.append(_versym(elf, s, versions))
        elif s.kind == SHT_GNU_VERNEED:
            out.append(_verneed(elf, s, versions))
        elif s.kind == SHT_GNU_VERDEF:
            out.append(_verdef(elf, s, versions))
    return "".join(out) or "\nNo version information found in this file.\n"


def _place(elf: ElfFile, s: SectionHeader) -> str:
    link = elf.sections[s.link].name if s.link < len(elf.sections) else "<corrupt>"
    return f" Addr: 0x{s.address:0{elf.header.bits // 4}x}  Offset: 0x{s.offset:08x}  Link: {s.link} ({link})\n"


def _versym(elf: ElfFile, s: SectionHeader, versions: Versions) -> str:
    words = versions.symbols
    entries = "entry" if len(words) == 1 else "entries"
    out = [f"\nVersion symbols section '{s.name}' contains {len(words)} {entries}:\n", _place(elf, s)]
    undefined: list[bool] = []
    if s.link < len(elf.sections) and elf.sections[s.link].kind == SHT_DYNSYM:
        undefined = [x.section == SHN_UNDEF for x in elf.read_symbols(s.link)]
    for i in range(0, len(words), 4):
        out.append(f"  {i:03x}:")
        for k, word in enumerate(words[i:i + 4], i):
            index = word & VERSYM_VERSION
            if word == 0:
                cell = "   0 (*local*)    "
            elif word == 1:
                cell = "   1 (*global*)   "
            else:
                mark = "h" if word & VERSYM_HIDDEN else " "
                need = versions.needed.get(index)
                name = versions.defined.get(index, "")
                if need is not None and (not name or (k < len(undefined) and undefined[k])):
                    name = need[0]
                name = name or "*invalid*"
                cell = f"{index:4x}{mark}({name}" + ")".ljust(abs(12 - len(name)))
            out.append(cell)
        out.append("\n")
    return "".join(out)


def _version_flags(flags: int) -> str:
    if not flags:
        return "none"
    words = [name for bit, name in ((1, "BASE"), (2, "WEAK"), (4, "INFO")) if flags & bit]
    if flags & ~7:
        words.append("<unknown>")
    return " | ".join(words)


def _offset(value: int) -> str:
    """A place in a version section, as C's %#06x."""
    return f"{value:#06x}" if value else "000000"


def _verneed(elf: ElfFile, s: SectionHeader, versions: Versions) -> str:
    entries = "entry" if s.info == 1 else "entries"
    out = [f"\nVersion needs section '{s.name}' contains {s.info} {entries}:\n", _place(elf, s)]
    for f in versions.files:
        out.append(f"  {_offset(f.offset)}: Version: {f.revision}  File: {f.name}  Cnt: {len(f.needs)}\n")
        for n in f.needs:
            out.append(f"  {_offset(n.offset)}:   Name: {n.name}  Flags: {_version_flags(n.flags)}  Version: {n.index}\n")
    return "".join(out)


def _verdef(elf: ElfFile, s: SectionHeader, versions: Versions) -> str:
    entries = "entry" if s.info == 1 else "entries"
    out = [f"\nVersion definition section '{s.name}' contains {s.info} {entries}:\n", _place(elf, s)]
    for d in versions.definitions:
        name = f"Name: {d.names[0]}" if d.names else "Name index: 0"
        out.append(f"  {_offset(d.offset)}: Rev: {d.revision}  Flags: {_version_flags(d.flags)}  Index: {d.index}  Cnt: {d.count}  {name}\n")
        for k in range(1, len(d.names)):
            out.append(f"  {_offset(d.name_offsets[k])}: Parent {k}: {d.names[k]}\n")
    return "".join(out)


def _histogram(title: str, lengths: list[int], out: list[str]) -> None:
    counts: dict[int, int] = {}
    for n in lengths:
        counts[n] = counts.get(n, 0) + 1
    total = sum(lengths)
    buckets = len(lengths)
    out.append(title)
    out.append(" Length  Number     % of total  Coverage\n")
    if not buckets:
        return
    empty = counts.get(0, 0)
    out.append(f"      0  {empty:<10d} ({empty * 100.0 / buckets:5.1f}%)\n")
    seen = 0
    for n in range(1, max(counts) + 1):
        c = counts.get(n, 0)
        seen += c * n
        out.append(f"{n:7d}  {c:<10d} ({c * 100.0 / buckets:5.1f}%)    {seen * 100.0 / total:5.1f}%\n")


def histograms(elf: ElfFile) -> str:
    """-I."""
    out: list[str] = []
    for i, s in enumerate(elf.sections):
        if s.kind == SHT_HASH:
            _histogram(*_sysv_lengths(elf, i), out)
        elif s.kind == SHT_GNU_HASH:
            _histogram(*_gnu_lengths(elf, i), out)
    return "".join(out)


def _sysv_lengths(elf: ElfFile, index: int) -> tuple[str, list[int]]:
    data = elf.section_data(index)
    words = struct.unpack(f"{elf.form.order}{len(data) // 4}I", data[:len(data) // 4 * 4])
    if len(words) < 2 or 2 + words[0] + words[1] > len(words):
        raise elf.fail("the hash table is truncated")
    buckets = words[2:2 + words[0]]
    chains = words[2 + words[0]:2 + words[0] + words[1]]
    lengths: list[int] = []
    for b in buckets:
        n = 0
        while b and b < len(chains) and n <= len(chains):
            n += 1
            b = chains[b]
        lengths.append(n)
    plural = "bucket" if len(buckets) == 1 else "buckets"
    return f"\nHistogram for bucket list length (total of {len(buckets)} {plural}):\n", lengths


def _gnu_lengths(elf: ElfFile, index: int) -> tuple[str, list[int]]:
    data = elf.section_data(index)
    words = struct.unpack(f"{elf.form.order}{len(data) // 4}I", data[:len(data) // 4 * 4])
    if len(words) < 4:
        raise elf.fail("the GNU hash table is truncated")
    count, base, bloom = words[0], words[1], words[2]
    at = 4 + bloom * (elf.header.bits // 32)
    buckets = words[at:at + count]
    chains = words[at + count:]
    if len(buckets) < count:
        raise elf.fail("the GNU hash table is truncated")
    lengths: list[int] = []
    for b in buckets:
        n = 0
        if b >= base:
            k = b - base
            while k < len(chains):
                n += 1
                if chains[k] & 1:
                    break
                k += 1
        lengths.append(n)
    plural = "bucket" if count == 1 else "buckets"
    return f"\nHistogram for `.gnu.hash' bucket list length (total of {count} {plural}):\n", lengths


def string_dump(elf: ElfFile, index: int) -> str:
    """-p: the printable strings of a section."""
    s = elf.sections[index]
    if s.kind == SHT_NOBITS or not s.size:
        return f"Section '{s.name}' has no data to dump.\n"
    data = bytes(elf.section_data(index))
    out = [f"\nString dump of section '{s.name}':\n"]
    position = 0
    found = False
    while position < len(data):
        if not 32 <= data[position] < 127:
            position += 1
            continue
        end = data.find(b"\0", position)
        end = len(data) if end < 0 else end
        text = data[position:end]
        found = True
        shown: list[str] = []
        for byte in text:
            if byte == 10:
                shown.append("\\n")
            elif byte < 32 or byte == 127:
                shown.append(f"^{chr(byte ^ 64)}")
            elif byte < 127:
                shown.append(chr(byte))
            else:
                shown.append(f"<{byte:02x}>")
        out.append(f"  [{position:6x}]  {''.join(shown)}\n")
        position = end + 1
    if not found:
        out.append("  No strings found in this section.")
    out.append("\n")
    return "".join(out)


def hex_dump(elf: ElfFile, index: int) -> str:
    """-x: bytes of a section, 16 a line."""
    s = elf.sections[index]
    if s.kind == SHT_NOBITS or not s.size:
        return f"Section '{s.name}' has no data to dump.\n"
    data = bytes(elf.section_data(index))
    out = [f"\nHex dump of section '{s.name}':\n"]
    if any(r.kind in (SHT_REL, SHT_RELA) and r.info == index and r.size for r in elf.sections):
        out.append(" NOTE: This section has relocations against it, but these have NOT been applied to this dump.\n")
    for i in range(0, len(data), 16):
        row = data[i:i + 16]
        words = " ".join((row[k:k + 4].hex().ljust(8)) for k in range(0, 16, 4))
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        out.append(f"  0x{s.address + i:08x} {words} {text}\n")
    out.append("\n")
    return "".join(out)
