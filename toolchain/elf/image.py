"""The object file as data: what `mc` makes, `reader`/`writer` translate from and to ELF, and `ld`
and the object tools work on.

Numbers are those of the gABI (https://www.sco.com/developers/gabi/); `constants.py` names them.
Section and symbol indices refer to the image's own lists: `sections[0]` is the null section and
`symbols[0]` the null symbol, exactly as in a file.
"""
from __future__ import annotations

from typing import Final

from toolchain.elf.records import ElfError, Format, decode_relocations

SHN_UNDEF: Final = 0
SHN_ABS: Final = 0xFFF1
SHN_COMMON: Final = 0xFFF2

LINK_SYMTAB: Final = -1  # a section's `link` when it names the file's .symtab, which is not in the list


class Relocations:
    """Relocations of one section, as four parallel lists (a kernel has 100,000s of them).

    `offsets` count from the start of the section (r_offset), `types` are ELF numbers of the machine,
    `symbols` index the image's symbol list, `addends` are signed (for REL input they are 0 and the
    addend is in the section's bytes; `explicit` tells which).
    """

    def __init__(self, explicit: bool = True) -> None:
        self.offsets: list[int] = []
        self.types: list[int] = []
        self.symbols: list[int] = []
        self.addends: list[int] = []
        self.explicit = explicit

    def add(self, offset: int, kind: int, symbol: int, addend: int) -> None:
        """Append one relocation."""
        self.offsets.append(offset)
        self.types.append(kind)
        self.symbols.append(symbol)
        self.addends.append(addend)

    def __len__(self) -> int:
        return len(self.offsets)


class RawRelocations:
    """A relocation section's bytes, not yet decoded.  `header_index` is its number in the file."""

    def __init__(self, form: Format, data: memoryview, rela: bool, symbol_count: int, what: str, header_index: int) -> None:
        self.form = form
        self.data = data
        self.rela = rela
        self.symbol_count = symbol_count
        self.what = what
        self.header_index = header_index
        self.count = len(data) // (form.rela.size if rela else form.rel.size)

    def decode(self) -> Relocations:
        """The relocations as lists.  Raises ElfError if one names a symbol that does not exist."""
        out = Relocations(self.rela)
        out.offsets, out.types, out.symbols, out.addends = decode_relocations(self.form, self.data, self.rela)
        if out.symbols and max(out.symbols) >= self.symbol_count:
            raise ElfError(f"{self.what}: relocation refers to symbol {max(out.symbols)} of {self.symbol_count}")
        return out


class Section:
    """One section.  `data` holds its bytes; for SHT_NOBITS it is empty and `size` says how many.

    `link` and `info` are section indices or numbers as the section's type defines them; for
    relocation sections see `Relocations`, they do not appear among an image's sections.
    `group` is the index into the image's `groups`, or -1.
    """

    def __init__(self, name: str, kind: int, flags: int = 0, align: int = 1, entry_size: int = 0) -> None:
        self.name = name
        self.kind = kind
        self.flags = flags
        self.align = align
        self.entry_size = entry_size
        self.address = 0
        self.offset = 0
        self.size = 0
        self.link = 0
        self.info = 0
        self.data: bytes | bytearray | memoryview = b""
        self._relocations: Relocations | None = None
        self._raw_relocations: RawRelocations | None = None
        self.group = -1

    @property
    def relocations(self) -> Relocations | None:
        """The section's relocations, or None; those of a file that was read are decoded at first use.
        Raises ElfError."""
        raw = self._raw_relocations
        if raw is not None:
            self._raw_relocations = None
            self._relocations = raw.decode()
        return self._relocations

    @relocations.setter
    def relocations(self, value: Relocations | None) -> None:
        self._raw_relocations = None
        self._relocations = value

    def set_raw_relocations(self, raw: RawRelocations) -> None:
        """Relocations as they stand in a file; `relocations` decodes them when asked."""
        self._raw_relocations = raw

    def relocation_count(self) -> int:
        """How many relocations there are, without decoding them."""
        raw = self._raw_relocations
        if raw is not None:
            return raw.count
        return 0 if self._relocations is None else len(self._relocations)


class Symbol:
    """One symbol.  `section` is a section index or SHN_UNDEF, SHN_ABS, SHN_COMMON (then `value` is
    the alignment).  Indices above 0xff00 that are real sections are stored as they are: the writer
    makes SHT_SYMTAB_SHNDX."""

    def __init__(self, name: str, value: int = 0, size: int = 0, binding: int = 0, kind: int = 0,
                 other: int = 0, section: int = SHN_UNDEF) -> None:
        self.name = name
        self.value = value
        self.size = size
        self.binding = binding
        self.kind = kind
        self.other = other
        self.section = section


class Group:
    """SHT_GROUP: `signature` is a symbol index, `flags` GRP_COMDAT or 0, `members` section indices.
    `owns_signature`: the symbol is defined nowhere else, it stands in the group section itself (as
    makes such; in the image its section is SHN_ABS)."""

    def __init__(self, signature: int, flags: int, members: list[int], name: str = ".group", owns_signature: bool = False) -> None:
        self.owns_signature = owns_signature
        self.name = name
        self.signature = signature
        self.flags = flags
        self.members = members


class Segment:
    """One program header."""

    def __init__(self, kind: int, flags: int, offset: int, vaddr: int, paddr: int, filesz: int, memsz: int, align: int) -> None:
        self.kind = kind
        self.flags = flags
        self.offset = offset
        self.vaddr = vaddr
        self.paddr = paddr
        self.filesz = filesz
        self.memsz = memsz
        self.align = align


class ObjectImage:
    """An ELF file as data.  `bits` is 32 or 64; `rela` says which relocation form the file uses;
    `has_symtab` is false for a file without .symtab (then `symbols` holds the null symbol only)."""

    def __init__(self, machine: int, bits: int, rela: bool = True, kind: int = 1, flags: int = 0) -> None:
        self.machine = machine
        self.bits = bits
        self.rela = rela
        self.kind = kind
        self.flags = flags
        self.osabi = 0
        self.abi_version = 0
        self.little = True
        self.entry = 0
        self.has_symtab = True
        self.sections: list[Section] = [Section("", 0)]
        self.symbols: list[Symbol] = [Symbol("")]
        self.groups: list[Group] = []
        self.segments: list[Segment] = []
