"""What the linker works on: input files, input sections, symbols, output sections and the link itself.

The model
---------
Every input file becomes an `InputFile` with one `InputSection` per section that counts and one
`LinkSymbol` per symbol-table entry; global entries of the same name share one `LinkSymbol`.  What the
linker makes itself (GOT, PLT, dynamic tables, merged strings, common symbols) are `InputSection`s too,
of the link's own file, so that a linker script places them like any other.

The address of a symbol is always `symbol.section.address + symbol.value`: absolute and undefined
symbols live in two sentinel sections at address 0.  Layout sets `InputSection.address`.
"""
from __future__ import annotations

from bisect import bisect_left
from typing import Final

from toolchain.elf.constants import SHT_NOBITS
from toolchain.elf.image import ObjectImage, Relocations

# What a global symbol is, in rising order of strength
UNDEFINED: Final = 0
SHARED: Final = 1        # defined by a shared object
COMMON: Final = 2
DEFINED: Final = 3

# What relocations ask of a symbol (bits of LinkSymbol.needs)
NEEDS_GOT: Final = 1
NEEDS_PLT: Final = 2
NEEDS_COPY: Final = 4
NEEDS_GOTTP: Final = 8       # GOT entry with the offset from the thread pointer
NEEDS_TLSGD: Final = 16      # GOT pair for __tls_get_addr
NEEDS_TLSDESC: Final = 32
NEEDS_CANONICAL: Final = 64  # its address is that of its PLT entry
NEEDS_DYNSYM: Final = 128

VERSION_GLOBAL: Final = 1


class LinkSymbol:
    """One symbol of the link.

    `state` is UNDEFINED, SHARED, COMMON or DEFINED; `value` counts from the start of `section`.
    `version` is the text after `@`; `is_default` tells `@@`.  `got`, `plt`, `gottp`, `tlsgd` are byte
    offsets in the linker's own sections, -1 when there is none.
    """

    # A kernel has 100,000s of these, mostly local labels: what seldom differs from its default is set
    # in the class and costs nothing to make.
    value: int = 0
    size: int = 0
    kind: int = 0
    binding: int = 0
    visibility: int = 0
    other: int = 0
    state: int = UNDEFINED
    weak: bool = False
    is_local: bool = False
    common_align: int = 0
    version: str = ""
    is_default: bool = True
    version_index: int = VERSION_GLOBAL
    in_regular: bool = False        # referenced or defined by a regular object
    in_shared: bool = False         # referenced by a shared object
    strong_reference: bool = False
    from_script: bool = False
    moves: bool = False             # a script assigns it a place in the image: absolute only until sections have addresses
    provided: bool = False
    forced_local: bool = False
    exported: bool = False
    preemptible: bool = False
    needs: int = 0
    got: int = -1
    plt: int = -1
    gotplt: int = -1
    local_plt: bool = False         # its PLT entry is in .iplt
    gottp: int = -1
    tlsgd: int = -1
    tlsdesc: int = -1
    dynsym: int = 0
    dynstr: int = 0
    alias_of: LinkSymbol | None = None           # for copy relocations: the symbol copied
    script_section: OutputSection | None = None  # for script symbols: the section its value is relative to
    original_value: int = 0         # of a shared object's symbol: the number of its section there

    def __init__(self, name: str, file: InputFile) -> None:
        self.name = name
        self.file = file
        self.section: InputSection = file.undefined_section

    @property
    def address(self) -> int:
        """Where the symbol is, after layout."""
        return self.section.address + self.value

    @property
    def is_defined(self) -> bool:
        """Whether this link, or a shared object, defines it."""
        return self.state != UNDEFINED


class InputSection:
    """A section of an input file, or one that the linker makes.

    `offset` counts from the start of `output`; `address` is absolute; `size` is the size in the
    output (after relaxation and merging).  `cut_at` and `cut_size` describe bytes deleted by
    relaxation: sorted input offsets, and how many bytes have gone in all up to and with each.
    """

    def __init__(self, file: InputFile, name: str, kind: int, flags: int, align: int, size: int) -> None:
        self.file = file
        self.index = 0
        self.sequence = 0
        self.name = name
        self.kind = kind
        self.flags = flags
        self.align = align or 1
        self.entry_size = 0
        self.link = 0
        self.info = 0
        self.size = size
        self.data: bytes | bytearray | memoryview = b""
        self.relocations: Relocations | None = None
        self.output: OutputSection | None = None
        self.offset = 0
        self.address = 0
        self.alive = True
        self.keep = False
        self.discarded = False
        self.group = -1
        self.synthetic = False
        self.leader: InputSection | None = None      # where merged contents have gone
        self.piece_at: list[int] = []                # input offsets of merged pieces
        self.piece_to: list[int] = []                # and their offsets in the leader (-1: dropped)
        self.cut_at: list[int] = []
        self.cut_total: list[int] = []
        self.patches: list[tuple[int, int, bytes]] = []

    def removed_before(self, offset: int) -> int:
        """How many bytes relaxation has taken out before an input offset."""
        i = bisect_left(self.cut_at, offset)
        return self.cut_total[i - 1] if i else 0

    def moved_offsets(self, offsets: list[int]) -> list[int]:
        """Input offsets as offsets in the shrunk section."""
        if not self.cut_at:
            return offsets
        cut_at = self.cut_at
        totals = [0, *self.cut_total]
        return [o - totals[bisect_left(cut_at, o)] for o in offsets]

    @property
    def display(self) -> str:
        """`file(section)`, as messages name it."""
        return f"{self.file.name}({self.name})"


class InputFile:
    """One object, shared object or the link's own file.

    `sections` and `symbols` are indexed as in the file's image; a None section is not part of the link.
    `path` is what file patterns of scripts match; `archive` is the archive's path or empty.
    """

    def __init__(self, name: str, path: str, archive: str, image: ObjectImage, undefined_section: InputSection | None) -> None:
        self.name = name
        self.path = path
        self.archive = archive
        self.image = image
        self.sections: list[InputSection | None] = []
        self.symbols: list[LinkSymbol] = []
        self.first_global = 0
        self.is_shared = False
        self.as_needed = False
        self.needed = True
        self.soname = ""
        self.undefined_names: list[str] = []      # of a shared object: what it refers to strongly
        self.needed_sonames: list[str] = []       # and which shared objects it needs
        self.undefined_section: InputSection = (
            undefined_section if undefined_section is not None else InputSection(self, "*UND*", 0, 0, 1, 0))


class OutputSection:
    """One section of the output, with what it holds and where it goes.

    `address` is the VMA, `load_address` the LMA, `file_offset` is set by the output pass.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.kind = 0
        self.flags = 0
        self.align = 1
        self.entry_size = 0
        self.address = 0
        self.load_address = 0
        self.size = 0
        self.file_offset = 0
        self.index = 0
        self.inputs: list[InputSection] = []
        self.kept = False
        self.removed = False
        self.no_load = False
        self.is_info = False
        self.fill = b""
        self.phdrs: list[str] = []
        self.has_data = False       # BYTE, LONG ... statements
        self.data_chunks: list[tuple[int, bytes]] = []
        self.fills: list[tuple[int, int, bytes]] = []
        self.link: OutputSection | None = None
        self.info = 0
        self.info_section: OutputSection | None = None
        self.section_symbol = 0
        self.explicit_load = False
        self.relocations: Relocations | None = None
        self.reloc_symbols: list[LinkSymbol] = []
        self.anchor = InputSection(_NO_FILE, name, 0, 0, 1, 0)   # where symbols of the section itself live
        self.anchor.output = self
        self.region = ""
        self.orphan = False
        self.has_bits = False       # some input is not SHT_NOBITS
        self.group = -1

    @property
    def is_alloc(self) -> bool:
        """Whether it occupies memory at run time."""
        return bool(self.flags & 2)

    def add(self, section: InputSection) -> None:
        """Append an input section, keeping the running union of flags."""
        section.output = self
        self.inputs.append(section)
        self.flags |= section.flags
        if section.kind != SHT_NOBITS:
            self.has_bits = True


def _no_file() -> InputFile:
    return InputFile("*linker*", "", "", ObjectImage(0, 64), None)


_NO_FILE: Final = _no_file()

# The sentinel sections: address 0 for ever
UNDEFINED_SECTION: Final = _NO_FILE.undefined_section
ABSOLUTE_SECTION: Final = InputSection(_NO_FILE, "*ABS*", 0, 0, 1, 0)
