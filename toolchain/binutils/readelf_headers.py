"""`readelf -h -l -S -g -t`: the headers of a file."""
from __future__ import annotations

from typing import Final

from toolchain.binutils.elf_names import (
    OSABI_NAMES,
    SECTION_FLAG_LETTERS,
    SECTION_TYPES,
    SEGMENT_TYPES,
    TYPE_NAMES,
)
from toolchain.binutils.machines import machine
from toolchain.elf.constants import (
    ET_DYN,
    PF_R,
    PF_W,
    PF_X,
    PT_DYNAMIC,
    PT_GNU_EH_FRAME,
    PT_GNU_RELRO,
    PT_GNU_STACK,
    PT_INTERP,
    PT_LOAD,
    PT_NOTE,
    PT_PHDR,
    PT_TLS,
    SHF_ALLOC,
    SHF_COMPRESSED,
    SHF_EXCLUDE,
    SHF_GNU_MBIND,
    SHF_GNU_RETAIN,
    SHF_MASKOS,
    SHF_MASKPROC,
    SHF_TLS,
    SHT_DYNAMIC,
    SHT_GROUP,
    SHT_NOBITS,
    SHT_SYMTAB,
    STT_SECTION,
)
from toolchain.elf.image import Segment, Symbol
from toolchain.elf.reader import ElfFile
from toolchain.elf.records import SectionHeader

NAME_WIDTH: Final = 17
DT_FLAGS_1: Final = 0x6FFFFFFB


def shorten(text: str, width: int, wide: bool) -> str:
    """A name cut to `width` columns with `[...]`, unless output is wide."""
    if wide or len(text) <= width:
        return text
    return text[:max(width - 5, 0)] + "[...]"


def control(text: str) -> str:
    """Control characters as ^X, as the tools print them."""
    if text.isprintable():
        return text
    return "".join(f"^{chr(ord(c) + 64)}" if ord(c) < 32 else "<DEL>" if ord(c) == 127 else c for c in text)


def is_pie(elf: ElfFile) -> bool:
    """Whether a DYN file is an executable: DT_FLAGS_1 has DF_1_PIE."""
    for i, s in enumerate(elf.sections):
        if s.kind == SHT_DYNAMIC:
            data = elf.section_data(i)
            step = elf.form.word.size
            words = [w for (w,) in elf.form.word.iter_unpack(data[:len(data) // step * step])]
            for tag, value in zip(words[0::2], words[1::2]):
                if tag == DT_FLAGS_1 and value & 0x08000000:
                    return True
    return False


def type_text(elf: ElfFile) -> str:
    """The file type in words."""
    kind = elf.header.kind
    if kind == ET_DYN and is_pie(elf):
        return "DYN (Position-Independent Executable file)"
    name = TYPE_NAMES.get(kind)
    if name is None:
        if 0xFE00 <= kind <= 0xFEFF:
            return f"OS Specific: ({kind:x})"
        return f"Processor Specific: ({kind:x})" if kind >= 0xFF00 else f"<unknown>: {kind:x}"
    return name


def file_header(elf: ElfFile) -> str:
    """-h."""
    h = elf.header
    magic = " ".join(f"{b:02x}" for b in bytes(elf.data[:16]))
    raw_shnum = int.from_bytes(elf.data[60 if h.bits == 64 else 48:][:2], "little" if h.little else "big")
    raw_strndx = int.from_bytes(elf.data[62 if h.bits == 64 else 50:][:2], "little" if h.little else "big")
    shnum = f"{h.shnum}" if raw_shnum == h.shnum else f"{raw_shnum} ({h.shnum})"
    strndx = f"{h.shstrndx}" if raw_strndx == h.shstrndx else f"{raw_strndx} ({h.shstrndx})"
    facts = machine(h.machine)
    rows = [
        ("Class", f"ELF{h.bits}"),
        ("Data", f"2's complement, {'little' if h.little else 'big'} endian"),
        ("Version", f"{h.ident_version}{' (current)' if h.ident_version == 1 else ''}"),
        ("OS/ABI", OSABI_NAMES.get(h.osabi, f"<unknown: {h.osabi:x}>")),
        ("ABI Version", f"{h.abi_version}"),
        ("Type", type_text(elf)),
        ("Machine", facts.name),
        ("Version", f"{h.version:#x}"),
        ("Entry point address", f"{h.entry:#x}"),
        ("Start of program headers", f"{h.phoff} (bytes into file)"),
        ("Start of section headers", f"{h.shoff} (bytes into file)"),
        ("Flags", f"{h.flags:#x}{facts.flags_text(h.flags)}"),
        ("Size of this header", f"{h.ehsize} (bytes)"),
        ("Size of program headers", f"{h.phentsize} (bytes)"),
        ("Number of program headers", f"{h.phnum}"),
        ("Size of section headers", f"{h.shentsize} (bytes)"),
        ("Number of section headers", shnum),
        ("Section header string table index", strndx),
    ]
    body = "".join(f"  {name + ':':<34} {value}\n" for name, value in rows)
    return f"ELF Header:\n  Magic:   {magic} \n{body}"


def reserved_type(kind: int) -> str:
    """How a section or program header type of the ranges for operating systems and processors is shown when it has no name."""
    return f"LOPROC+{kind - 0x70000000:#x}" if kind >= 0x70000000 else f"LOOS+{kind - 0x60000000:#x}"


def section_type(number: int, kind: int) -> str:
    """A section type's name; `number` is e_machine."""
    name = machine(number).section_types.get(kind) or SECTION_TYPES.get(kind)
    if name is not None:
        return name
    if 0x60000000 <= kind <= 0x7FFFFFFF:
        return reserved_type(kind)
    if kind >= 0x80000000:
        return f"LOUSER+{kind - 0x80000000:#x}"
    return f"{kind:08x}: <unknown>"


def section_flags_text(elf: ElfFile, flags: int) -> str:
    """The letters of a section's flags."""
    out = "".join(letter for bit, letter in SECTION_FLAG_LETTERS if flags & bit)
    rest = flags & ~0xFF7
    if flags & SHF_GNU_RETAIN and elf.header.osabi in (0, 3, 9):
        out += "R"
        rest &= ~SHF_GNU_RETAIN
    if flags & SHF_GNU_MBIND and elf.header.osabi in (3,):
        out += "D"
        rest &= ~SHF_GNU_MBIND
    if flags & SHF_EXCLUDE:
        out += "E"
        rest &= ~SHF_EXCLUDE
    for bit, letter in machine(elf.header.machine).section_flags.items():
        if flags & bit:
            out += letter
            rest &= ~bit
    if rest & SHF_MASKOS:
        out += "o"
        rest &= ~SHF_MASKOS
    if rest & SHF_MASKPROC:
        out += "p"
        rest &= ~SHF_MASKPROC
    return out + ("x" if rest else "")


def section_headers(elf: ElfFile, wide: bool, alone: bool) -> str:
    """-S; `alone` when the file header is not shown too."""
    h = elf.header
    if not elf.sections:
        return "\nThere are no sections in this file.\n" if h.shnum == 0 else ""
    plural = "s" if h.shnum > 1 else ""
    out = [f"There {'are' if plural else 'is'} {h.shnum} section header{plural}, starting at offset {h.shoff:#x}:\n"] if alone else []
    out.append(f"\nSection Header{plural}:\n")
    if h.bits == 32:
        out.append("  [Nr] Name              Type            Addr     Off    Size   ES Flg Lk Inf Al\n")
    elif wide:
        out.append("  [Nr] Name              Type            Address          Off    Size   ES Flg Lk Inf Al\n")
    else:
        out.append("  [Nr] Name              Type             Address           Offset\n"
                   "       Size              EntSize          Flags  Link  Info  Align\n")
    for i, s in enumerate(elf.sections):
        out.append(_section_row(elf, i, s, wide))
    out.append("Key to Flags:\n  W (write), A (alloc), X (execute), M (merge), S (strings), I (info),\n"
               "  L (link order), O (extra OS processing required), G (group), T (TLS),\n"
               "  C (compressed), x (unknown), o (OS specific), E (exclude),\n  ")
    if h.osabi in (0, 3, 9):
        out.append("R (retain), " if any(s.flags & SHF_GNU_RETAIN for s in elf.sections) or h.osabi in (3, 9) else "")
        out.append("D (mbind), ")
    out.append(machine(h.machine).section_flag_key + "p (processor specific)\n")
    return "".join(out)


def _section_row(elf: ElfFile, i: int, s: SectionHeader, wide: bool) -> str:
    name = shorten(control(s.name), NAME_WIDTH, wide)
    kind = section_type(elf.header.machine, s.kind)
    flags = section_flags_text(elf, s.flags)
    if elf.header.bits == 32:
        return (f"  [{i:2}] {name:<17} {kind:<15} {s.address:08x} {s.offset:06x} {s.size:06x} {s.entry_size:02x} {flags:>3} "
                f"{s.link:2} {s.info:3} {s.align:2}\n")
    if wide:
        return (f"  [{i:2}] {name:<17} {kind:<15} {s.address:016x} {s.offset:06x} {s.size:06x} {s.entry_size:02x} {flags:>3} "
                f"{s.link:2} {s.info:3} {s.align:2}\n")
    return (f"  [{i:2}] {name:<17} {kind:<15.15}  {s.address:016x}  {s.offset:08x}\n"
            f"       {s.size:016x}  {s.entry_size:016x} {flags:>3}      {s.link:2}   {s.info:3}     {s.align}\n")


def segment_type(number: int, kind: int) -> str:
    """A program header type's name; `number` is e_machine."""
    name = machine(number).segment_types.get(kind) or SEGMENT_TYPES.get(kind)
    if name is not None:
        return name
    if 0x60000000 <= kind <= 0x7FFFFFFF:
        return reserved_type(kind)
    return f"<unknown>: {kind:x}"


def section_in_segment(s: SectionHeader, p: Segment) -> bool:
    """Whether readelf lists a section under a segment (the rules of GNU's ELF_SECTION_IN_SEGMENT_STRICT)."""
    tls = bool(s.flags & SHF_TLS)
    if s.kind == 0 or (tls and s.kind == SHT_NOBITS and p.kind != PT_TLS):
        return False
    if tls:
        if p.kind not in (PT_TLS, PT_GNU_RELRO, PT_LOAD):
            return False
    elif p.kind == PT_TLS or p.kind == PT_PHDR:
        return False
    if not s.flags & SHF_ALLOC and p.kind in (PT_LOAD, PT_DYNAMIC, PT_GNU_EH_FRAME, PT_GNU_STACK, PT_GNU_RELRO):
        return False
    size = s.size
    if s.kind != SHT_NOBITS and not (s.offset >= p.offset and (s.offset - p.offset < p.filesz or (s.offset == p.offset and p.filesz == 0))
                                     and s.offset - p.offset + size <= p.filesz):
        return False
    if s.flags & SHF_ALLOC and not (s.address >= p.vaddr and s.address - p.vaddr + size <= p.memsz
                                    and (s.address - p.vaddr < p.memsz or (s.address == p.vaddr and p.memsz == 0))):
        return False
    if p.kind in (PT_DYNAMIC, PT_NOTE) and s.size == 0 and p.memsz:
        inside_file = s.kind == SHT_NOBITS or (s.offset > p.offset and s.offset - p.offset < p.filesz)
        inside_memory = not s.flags & SHF_ALLOC or (s.address > p.vaddr and s.address - p.vaddr < p.memsz)
        return inside_file and inside_memory
    return True


def program_headers(elf: ElfFile, wide: bool, alone: bool) -> str:
    """-l."""
    h = elf.header
    if not elf.segments:
        return "\nThere are no program headers in this file.\n"
    out: list[str] = []
    plural = "s" if len(elf.segments) > 1 else ""
    if alone:
        out.append(f"\nElf file type is {type_text(elf)}\nEntry point {h.entry:#x}\n"
                   f"There {'are' if plural else 'is'} {len(elf.segments)} program header{plural}, starting at offset {h.phoff}\n")
    out.append(f"\nProgram Header{plural}:\n")
    if h.bits == 32:
        out.append("  Type           Offset   VirtAddr   PhysAddr   FileSiz MemSiz  Flg Align\n")
    elif wide:
        out.append("  Type           Offset   VirtAddr           PhysAddr           FileSiz  MemSiz   Flg Align\n")
    else:
        out.append("  Type           Offset             VirtAddr           PhysAddr\n"
                   "                 FileSiz            MemSiz              Flags  Align\n")
    for p in elf.segments:
        out.append(_segment_row(elf, p, wide))
        if p.kind == PT_INTERP and p.offset + p.filesz <= len(elf.data):
            name = bytes(elf.data[p.offset:p.offset + p.filesz]).split(b"\0")[0].decode("utf-8", "surrogateescape")
            out.append(f"      [Requesting program interpreter: {name}]\n")
    if elf.sections:
        out.append("\n Section to Segment mapping:\n  Segment Sections...\n")
        for i, p in enumerate(elf.segments):
            names = "".join(s.name + " " for s in elf.sections[1:] if section_in_segment(s, p))
            out.append(f"   {i:02d}     {names}\n")
    return "".join(out)


def _segment_row(elf: ElfFile, p: Segment, wide: bool) -> str:
    kind = segment_type(elf.header.machine, p.kind)
    flags = ("R" if p.flags & PF_R else " ") + ("W" if p.flags & PF_W else " ") + ("E" if p.flags & PF_X else " ")
    head = f"  {kind:<14.14} "
    if elf.header.bits == 32:
        return (f"{head}0x{p.offset:06x} 0x{p.vaddr:08x} 0x{p.paddr:08x} 0x{p.filesz:05x} 0x{p.memsz:05x} {flags} "
                f"{p.align:#x}\n".replace(" 0x0\n", " 0\n"))
    if wide:
        return (f"{head}0x{p.offset:06x} 0x{p.vaddr:016x} 0x{p.paddr:016x} 0x{p.filesz:06x} 0x{p.memsz:06x} {flags} "
                f"{p.align:#x}\n".replace(" 0x0\n", " 0\n"))
    return (f"{head}0x{p.offset:016x} 0x{p.vaddr:016x} 0x{p.paddr:016x}\n"
            f"                 0x{p.filesz:016x} 0x{p.memsz:016x}  {flags}    {p.align:#x}\n")


def section_groups(elf: ElfFile) -> str:
    """-g."""
    groups = [i for i, s in enumerate(elf.sections) if s.kind == SHT_GROUP]
    if not groups:
        return "\nThere are no section groups in this file.\n"
    out: list[str] = []
    tables: dict[int, list[Symbol]] = {}
    for i in groups:
        s = elf.sections[i]
        data = elf.section_data(i)
        order = elf.form.order
        words = [int.from_bytes(data[k:k + 4], "little" if order == "<" else "big") for k in range(0, len(data) - 3, 4)]
        signature = ""
        if 0 < s.link < len(elf.sections) and elf.sections[s.link].kind == SHT_SYMTAB:
            symbols = tables.setdefault(s.link, [])
            if not symbols:
                symbols += elf.read_symbols(s.link)
            if s.info < len(symbols):
                symbol = symbols[s.info]
                signature = symbol.name
                if symbol.kind == STT_SECTION and not signature and symbol.section < len(elf.sections):
                    signature = elf.sections[symbol.section].name
        flags = "COMDAT" if words and words[0] & 1 else ""
        count = max(0, len(words) - 1)
        out.append(f"\n{flags or '':s} group section [{i:5d}] `{s.name}' [{signature}] contains {count} sections:\n"
                   "   [Index]    Name\n")
        for w in words[1:]:
            name = elf.sections[w].name if w < len(elf.sections) else "<corrupt>"
            out.append(f"   [{w:5d}]   {name}\n")
    return "".join(out)


def section_details(elf: ElfFile, wide: bool, alone: bool) -> str:
    """-t: one paragraph a section, flags in words."""
    h = elf.header
    out = [f"There are {h.shnum} section headers, starting at offset {h.shoff:#x}:\n"] if alone else []
    out.append("\nSection Headers:\n  [Nr] Name\n")
    width = h.bits // 4
    if h.bits == 64 and wide:
        out.append("       Type            Address          Off    Size   ES   Lk Inf Al\n       Flags\n")
    elif h.bits == 64:
        out.append("       Type              Address          Offset            Link\n"
                   "       Size              EntSize          Info              Align\n       Flags\n")
    else:
        out.append("       Type            Addr     Off    Size   ES   Lk Inf Al\n       Flags\n")
    words = {0x1: "WRITE", 0x2: "ALLOC", 0x4: "EXEC", 0x10: "MERGE", 0x20: "STRINGS", 0x40: "INFO LINK", 0x80: "LINK ORDER",
             0x100: "OS NONCONF", 0x200: "GROUP", 0x400: "TLS", SHF_COMPRESSED: "COMPRESSED", SHF_EXCLUDE: "EXCLUDE", SHF_GNU_RETAIN: "GNU_RETAIN"}
    for i, s in enumerate(elf.sections):
        kind = section_type(h.machine, s.kind)
        out.append(f"  [{i:2}] {s.name}\n")
        if h.bits == 64 and not wide:
            out.append(f"       {kind:<15.15}  {s.address:016x}  {s.offset:016x}  {s.link}\n"
                       f"       {s.size:016x} {s.entry_size:016x}  {s.info:<16d}  {s.align}\n")
        else:
            out.append(f"       {kind:<15} {s.address:0{width}x} {s.offset:06x} {s.size:06x} {s.entry_size:02x}  {s.link:2} {s.info:3} {s.align:2}\n")
        names = ", ".join(word for bit, word in words.items() if s.flags & bit)
        out.append(f"       [{s.flags:0{h.bits // 4}x}]: {names}\n")
    return "".join(out)
