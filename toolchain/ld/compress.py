"""Compressed debug sections (gABI, "Section Compression"): read in either form, written with zlib."""
from __future__ import annotations

import struct
import zlib
from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.elf.constants import ELFCOMPRESS_ZLIB
from toolchain.ld.model import InputSection

_CHDR_64: Final = struct.Struct("<IIQQ")
_CHDR_32: Final = struct.Struct("<III")
_LIMIT: Final = 1 << 31


def decompress(section: InputSection, bits: int) -> None:
    """Replace the contents of an SHF_COMPRESSED section.  Raises ToolError."""
    data = bytes(section.data)
    size = _CHDR_64.size if bits == 64 else _CHDR_32.size
    if len(data) < size:
        raise ToolError(f"{section.display}: compressed section is truncated")
    if bits == 64:
        kind, _, length, align = _CHDR_64.unpack_from(data)
    else:
        kind, length, align = _CHDR_32.unpack_from(data)
    if kind != ELFCOMPRESS_ZLIB:
        raise ToolError(f"{section.display}: unsupported compression type {kind} (only zlib is)")
    if length > _LIMIT:
        raise ToolError(f"{section.display}: compressed section claims {length:#x} bytes")
    try:
        plain = zlib.decompressobj().decompress(data[size:], length + 1)
    except zlib.error as e:
        raise ToolError(f"{section.display}: {e}") from None
    if len(plain) != length:
        raise ToolError(f"{section.display}: compressed section does not hold the {length} bytes that it claims")
    section.data = plain
    section.size = length
    section.align = align or 1
    section.flags &= ~0x800


def compress(data: bytes, align: int, bits: int) -> bytes:
    """Header and zlib stream for a debug section."""
    if bits == 64:
        header = _CHDR_64.pack(ELFCOMPRESS_ZLIB, 0, len(data), align)
    else:
        header = _CHDR_32.pack(ELFCOMPRESS_ZLIB, len(data), align)
    return header + zlib.compress(data)
