"""What the GNU tools think of a section or symbol: section flags and the letter `nm` shows."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.elf.constants import (
    SHF_ALLOC,
    SHF_EXCLUDE,
    SHF_EXECINSTR,
    SHF_MERGE,
    SHF_STRINGS,
    SHF_TLS,
    SHF_WRITE,
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    SHT_GROUP,
    SHT_NOBITS,
    STB_GNU_UNIQUE,
    STB_LOCAL,
    STB_WEAK,
    STT_COMMON,
    STT_FILE,
    STT_GNU_IFUNC,
    STT_OBJECT,
    STT_SECTION,
)
from toolchain.elf.image import Symbol
from toolchain.elf.records import SectionHeader

CONTENTS: Final = 0x1
ALLOC: Final = 0x2
LOAD: Final = 0x4
RELOC: Final = 0x8
READONLY: Final = 0x10
CODE: Final = 0x20
DATA: Final = 0x40
DEBUGGING: Final = 0x80
THREAD_LOCAL: Final = 0x100
EXCLUDE: Final = 0x200
MERGE: Final = 0x400
STRINGS: Final = 0x800
GROUP: Final = 0x1000
LINK_ONCE: Final = 0x2000

DEBUG_PREFIXES: Final = (".debug", ".gnu.debuglto_.debug_", ".gnu.linkonce.wi.", ".zdebug", ".line", ".stab")


def is_debug_name(name: str) -> bool:
    """Whether a section that is not loaded counts as debugging information, by its name."""
    return name.startswith(DEBUG_PREFIXES) or name == ".gdb_index"


def section_flags(s: SectionHeader) -> int:
    """A section's properties in the tools' own terms."""
    flags = 0
    if s.kind != SHT_NOBITS:
        flags |= CONTENTS
    if s.kind == SHT_GROUP:
        flags |= GROUP | EXCLUDE
    if s.flags & SHF_ALLOC:
        flags |= ALLOC
        if s.kind != SHT_NOBITS:
            flags |= LOAD
    if not s.flags & SHF_WRITE:
        flags |= READONLY
    if s.flags & SHF_EXECINSTR:
        flags |= CODE
    elif flags & LOAD:
        flags |= DATA
    if s.flags & SHF_MERGE:
        flags |= MERGE
    if s.flags & SHF_STRINGS:
        flags |= STRINGS
    if s.flags & SHF_TLS:
        flags |= THREAD_LOCAL
    if s.flags & SHF_EXCLUDE:
        flags |= EXCLUDE
    if not flags & ALLOC and is_debug_name(s.name):
        flags |= DEBUGGING
    if s.name.startswith(".gnu.linkonce"):
        flags |= LINK_ONCE
    return flags


def section_letter(flags: int, name: str) -> str:
    """The lower-case letter for symbols of a section with these flags."""
    for prefix, letter in ((".drectve", "i"), (".edata", "e"), (".idata", "i"), (".pdata", "p")):
        if name.startswith(prefix) and (len(name) == len(prefix) or name[len(prefix)] in ".$0123456789"):
            return letter
    if flags & CODE:
        return "t"
    if flags & DATA:
        return "r" if flags & READONLY else "d"
    if not flags & CONTENTS:
        return "b"
    if flags & DEBUGGING:
        return "N"
    return "n" if flags & READONLY else "?"


def symbol_letter(s: Symbol, letters: list[str]) -> str:
    """nm's class letter; `letters` holds that of each section."""
    if s.section == SHN_COMMON:
        return "C"
    weak = s.binding == STB_WEAK
    if s.section == SHN_UNDEF:
        if weak:
            return "v" if s.kind == STT_OBJECT else "w"
        return "U"
    if s.kind == STT_GNU_IFUNC:
        return "i"
    if weak:
        return "V" if s.kind == STT_OBJECT or s.kind == STT_COMMON else "W"
    if s.binding == STB_GNU_UNIQUE:
        return "u"
    if s.section == SHN_ABS:
        letter = "a"
    elif s.section < len(letters):
        letter = letters[s.section]
    else:
        return "?"
    return letter if s.binding == STB_LOCAL else letter.upper()


def refuse_mangled(names: Iterable[str]) -> None:
    """-C: C's names stand for themselves.  Raises ToolError if one is C++'s or Rust's."""
    for name in names:
        if name.startswith("_Z") or name.startswith("_R"):
            raise ToolError(f"demangling is not supported: {name}")


def is_local_label(name: str) -> bool:
    """Assembler-local names: `.L...`, `..`, `_.L_`, and gas's numbered labels."""
    if name.startswith((".L", "..", "_.L_")):
        return True
    if name.startswith("L") and len(name) > 2 and name[1:2].isdigit():
        rest = name.lstrip("L").lstrip("0123456789")
        return rest[:1] in ("\x01", "\x02") and (rest[1:] == "" or rest[1:].isdigit())
    return False


def is_debugging_symbol(s: Symbol) -> bool:
    """Symbols shown only with -a."""
    return s.kind == STT_SECTION or s.kind == STT_FILE
