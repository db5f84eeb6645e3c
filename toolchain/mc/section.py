"""Sections of the object under construction."""
from __future__ import annotations

from typing import Final

from toolchain.mc.model.expr import MCSymbol, SectionSpec
from toolchain.mc.model.fragment import Contents

SHT_PROGBITS: Final = 1
SHT_NOBITS: Final = 8
SHF_WRITE: Final = 1
SHF_ALLOC: Final = 2
SHF_EXECINSTR: Final = 4
SHF_LINK_ORDER: Final = 0x80


class OutputSection:
    """One section: what `SectionSpec` says, its subsections by number, and the mapping symbol in force."""

    def __init__(self, index: int, spec: SectionSpec) -> None:
        self.index = index
        self.spec = spec
        self.code = bool(spec.flags & SHF_EXECINSTR)
        self.align = 1
        self.subsections: dict[int, Contents] = {}
        self.symbol: MCSymbol | None = None
        self.map_state = ""             # "$x" or "$d" as of the last instruction or data
        self.map_full = ""              # last mapping symbol of code with its full name
        self.map_symbols: list[MCSymbol] = []
        self.size = 0

    def contents(self, number: int) -> Contents:
        """The subsection of that number, made at first mention."""
        c = self.subsections.get(number)
        if c is None:
            c = self.subsections[number] = Contents(self.index, self.code)
        return c

    def ordered(self) -> list[Contents]:
        """Subsections in the order of the file."""
        return [self.subsections[n] for n in sorted(self.subsections)]


def key_of(spec: SectionSpec) -> tuple[str, str, int]:
    """What makes two sections one."""
    return (spec.name, spec.group, spec.unique)


# Type and flags of sections that a bare name brings with it (gABI, "Special Sections"; GNU as adds the .gnu.linkonce ones).
DEFAULTS: Final[dict[str, tuple[int, int]]] = {
    ".text": (1, 6), ".data": (1, 3), ".bss": (8, 3), ".rodata": (1, 2), ".init": (1, 6), ".fini": (1, 6), ".tdata": (1, 0x403),
    ".tbss": (8, 0x403), ".init_array": (14, 3), ".fini_array": (15, 3), ".preinit_array": (16, 3), ".note": (7, 0), ".comment": (1, 0),
    ".debug": (1, 0), ".line": (1, 0), ".sdata": (1, 3), ".sbss": (8, 3), ".srodata": (1, 2), ".data1": (1, 3), ".rodata1": (1, 2),
    ".eh_frame": (1, 2), ".gnu.linkonce.t": (1, 6), ".gnu.linkonce.d": (1, 3), ".gnu.linkonce.r": (1, 2), ".gnu.linkonce.b": (8, 3),
    ".lbss": (8, 0x10000003), ".ldata": (1, 0x10000003), ".lrodata": (1, 0x10000002),
}


def default_attributes(name: str) -> tuple[int, int]:
    """Type and flags of a section by name alone; (PROGBITS, 0) if the name says nothing."""
    known = DEFAULTS.get(name)
    if known is not None:
        return known
    for prefix in (".gnu.linkonce.t", ".gnu.linkonce.d", ".gnu.linkonce.r", ".gnu.linkonce.b", ".text", ".data", ".bss", ".rodata", ".tdata",
                   ".tbss", ".init_array", ".fini_array", ".preinit_array", ".note", ".debug", ".sdata", ".sbss", ".srodata"):
        if name.startswith(prefix + ".") or (prefix in (".note", ".debug") and name.startswith(prefix)):
            return DEFAULTS[prefix]
    return SHT_PROGBITS, 0
