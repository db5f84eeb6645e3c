"""The fixed-size records of an ELF file, packed and unpacked for either class and byte order.

`Format` bundles the `struct` layouts of one class and byte order; `ElfHeader` and `SectionHeader` are
the records as objects; `StringTable` builds a string section as GNU tools do (tails shared).
Layouts: gABI chapters 4 and 5.
"""
from __future__ import annotations

import struct
import sys
from typing import Final, Literal

from toolchain.diagnostics import ToolError
from toolchain.elf.constants import (
    EHDR_SIZE_32,
    EHDR_SIZE_64,
    ELF_MAGIC,
    ELFCLASS32,
    ELFCLASS64,
    ELFDATA2LSB,
    ELFDATA2MSB,
    EV_CURRENT,
    PHDR_SIZE_32,
    PHDR_SIZE_64,
    SHDR_SIZE_32,
    SHDR_SIZE_64,
)

_HOST_LITTLE: Final = sys.byteorder == "little"


class ElfError(ToolError):
    """The file is not a well-formed ELF file or archive, or cannot be written as one."""


class Format:
    """Record layouts of one ELF class and byte order.

    `symbol` unpacks to (name, value, size, info, other, shndx) in the order of the class; use
    `elf32` to tell them apart.  `rela` and `rel` keep r_info whole.
    """

    def __init__(self, bits: int, little: bool) -> None:
        order = "<" if little else ">"
        self.bits = bits
        self.little = little
        self.order = order
        if bits == 64:
            self.header = struct.Struct(order + "HHIQQQIHHHHHH")
            self.section = struct.Struct(order + "IIQQQQIIQQ")
            self.segment = struct.Struct(order + "IIQQQQQQ")
            self.symbol = struct.Struct(order + "IBBHQQ")
            self.rela = struct.Struct(order + "QQq")
            self.rel = struct.Struct(order + "QQ")
            self.word = struct.Struct(order + "Q")
        else:
            self.header = struct.Struct(order + "HHIIIIIHHHHHH")
            self.section = struct.Struct(order + "IIIIIIIIII")
            self.segment = struct.Struct(order + "IIIIIIII")
            self.symbol = struct.Struct(order + "IIIBBH")
            self.rela = struct.Struct(order + "IIi")
            self.rel = struct.Struct(order + "II")
            self.word = struct.Struct(order + "I")
        self.header_size = EHDR_SIZE_64 if bits == 64 else EHDR_SIZE_32
        self.section_size = SHDR_SIZE_64 if bits == 64 else SHDR_SIZE_32
        self.segment_size = PHDR_SIZE_64 if bits == 64 else PHDR_SIZE_32
        self.file_align = 8 if bits == 64 else 4
        self.mask = (1 << bits) - 1


_FORMATS: Final = {(bits, little): Format(bits, little) for bits in (32, 64) for little in (True, False)}


def format_of(bits: int, little: bool = True) -> Format:
    """The record layouts for a class (32 or 64) and byte order."""
    return _FORMATS[bits, little]


class ElfHeader:
    """The ELF header.  Counts are the true ones (extended numbering is resolved)."""

    def __init__(self) -> None:
        self.bits = 64
        self.little = True
        self.ident_version = EV_CURRENT
        self.osabi = 0
        self.abi_version = 0
        self.kind = 0
        self.machine = 0
        self.version = EV_CURRENT
        self.entry = 0
        self.phoff = 0
        self.shoff = 0
        self.flags = 0
        self.ehsize = 0
        self.phentsize = 0
        self.phnum = 0
        self.shentsize = 0
        self.shnum = 0
        self.shstrndx = 0

    def pack(self) -> bytes:
        """The header's bytes.  Counts too large for their fields are the caller's to escape."""
        form = format_of(self.bits, self.little)
        ident = ELF_MAGIC + bytes((ELFCLASS64 if self.bits == 64 else ELFCLASS32,
                                   ELFDATA2LSB if self.little else ELFDATA2MSB,
                                   self.ident_version, self.osabi, self.abi_version)) + bytes(7)
        return ident + form.header.pack(
            self.kind, self.machine, self.version, self.entry, self.phoff, self.shoff, self.flags & 0xFFFFFFFF,
            form.header_size, self.phentsize, self.phnum, self.shentsize, self.shnum, self.shstrndx)


class SectionHeader:
    """One section header, with its name resolved."""

    def __init__(self, name: str = "", kind: int = 0, flags: int = 0, address: int = 0, offset: int = 0, size: int = 0,
                 link: int = 0, info: int = 0, align: int = 0, entry_size: int = 0) -> None:
        self.name = name
        self.name_offset = 0
        self.kind = kind
        self.flags = flags
        self.address = address
        self.offset = offset
        self.size = size
        self.link = link
        self.info = info
        self.align = align
        self.entry_size = entry_size

    def pack(self, form: Format) -> bytes:
        """The header's bytes; `name_offset` must be final."""
        try:
            return form.section.pack(self.name_offset, self.kind & 0xFFFFFFFF, self.flags & form.mask, self.address & form.mask,
                                     self.offset, self.size, self.link, self.info, self.align, self.entry_size)
        except struct.error:
            raise ElfError(f"section '{self.name}' does not fit into an ELF{form.bits} section header") from None


class StringTable:
    """A string section in the making: equal strings once, and a string that ends another shares its tail.

    Strings are laid out in the order of their first `add`, as GNU as, ld and objcopy do, so that the
    same symbols give the same bytes.
    """

    def __init__(self) -> None:
        self._offsets: dict[str, int] = {}

    def add(self, name: str) -> None:
        """Note that `name` will be needed."""
        if name:
            self._offsets.setdefault(name, 0)

    def finish(self) -> bytes:
        """Fix all offsets; returns the section's bytes (an empty string at offset 0)."""
        offsets = self._offsets
        names = list(offsets)
        texts = [n.encode("utf-8", "surrogateescape") for n in names]
        hosts = [-1] * len(names)
        host = -1
        ending = b""
        for backwards, i in sorted([(t[::-1], i) for i, t in enumerate(texts)], reverse=True):
            if ending.startswith(backwards):
                hosts[i] = host
            else:
                ending = backwards
                host = i
        out: list[bytes] = [b""]
        places = [0] * len(names)
        position = 1
        for i, text in enumerate(texts):
            if hosts[i] < 0:
                places[i] = position
                out.append(text)
                position += len(text) + 1
        for i, name in enumerate(names):
            host = hosts[i]
            offsets[name] = places[i] if host < 0 else places[host] + len(texts[host]) - len(texts[i])
        return b"\0".join(out) + b"\0"

    def offset(self, name: str) -> int:
        """Where `name` begins; only after `finish`."""
        return self._offsets[name] if name else 0


def decode_relocations(form: Format, data: memoryview, rela: bool) -> tuple[list[int], list[int], list[int], list[int]]:
    """The entries of a relocation section as lists (offsets, types, symbols, addends).

    `data` must be a whole number of entries.  The common case, 64-bit entries in the host's byte
    order, is four strided views and no loop.
    """
    if form.bits == 64:
        if rela and form.little and _HOST_LITTLE:
            words = data.cast("B").cast("Q")
            halves = data.cast("B").cast("I")
            return words[0::3].tolist(), halves[2::6].tolist(), halves[3::6].tolist(), data.cast("B").cast("q")[2::3].tolist()
        rows = list((form.rela if rela else form.rel).iter_unpack(data))
        infos = [r[1] for r in rows]
        return ([r[0] for r in rows], [i & 0xFFFFFFFF for i in infos], [i >> 32 for i in infos],
                [r[2] for r in rows] if rela else [0] * len(rows))
    rows = list((form.rela if rela else form.rel).iter_unpack(data))
    infos = [r[1] for r in rows]
    return ([r[0] for r in rows], [i & 0xFF for i in infos], [i >> 8 for i in infos],
            [r[2] for r in rows] if rela else [0] * len(rows))


ByteOrder = Literal["little", "big"]


def byte_order(little: bool) -> ByteOrder:
    """What `int.from_bytes` calls a byte order."""
    return "little" if little else "big"


def align_up(value: int, align: int) -> int:
    """`value` rounded up to a multiple of `align` (0 and 1 mean no alignment; need not be a power of two)."""
    return value if align <= 1 else (value + align - 1) // align * align
