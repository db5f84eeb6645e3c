"""SHF_COMPRESSED sections (gABI, "Section Compression"): the header and zlib."""
from __future__ import annotations

import struct
import zlib
from typing import Final

from toolchain.elf.constants import ELFCOMPRESS_ZLIB, SHF_COMPRESSED, SHT_NOBITS
from toolchain.elf.image import ObjectImage, Section
from toolchain.elf.records import ElfError

MAX_UNCOMPRESSED: Final = 1 << 31


def _header(bits: int, little: bool) -> struct.Struct:
    """Elf32_Chdr or Elf64_Chdr: type, (padding,) size, alignment."""
    return struct.Struct(("<" if little else ">") + ("IIQQ" if bits == 64 else "III"))


def compress_section(image: ObjectImage, s: Section) -> None:
    """Compress a section's contents in place, unless that would not make them smaller."""
    if s.kind == SHT_NOBITS or not s.size or s.flags & SHF_COMPRESSED:
        return
    data = bytes(s.data)
    form = _header(image.bits, image.little)
    fields = (ELFCOMPRESS_ZLIB, 0, len(data), max(s.align, 1)) if image.bits == 64 else (ELFCOMPRESS_ZLIB, len(data), max(s.align, 1))
    packed = form.pack(*fields) + zlib.compress(data)
    if len(packed) >= len(data):
        return
    s.data = packed
    s.size = len(packed)
    s.flags |= SHF_COMPRESSED
    s.align = image.bits // 8


def decompress(data: bytes, bits: int, little: bool, what: str) -> tuple[bytes, int]:
    """Contents and alignment of a compressed section.  Raises ElfError."""
    form = _header(bits, little)
    if len(data) < form.size:
        raise ElfError(f"{what}: compressed section is truncated")
    fields = form.unpack_from(data)
    kind, size, align = int(fields[0]), int(fields[-2]), int(fields[-1])
    if kind != ELFCOMPRESS_ZLIB or size > MAX_UNCOMPRESSED:
        raise ElfError(f"{what}: compressed in a way that is not supported (type {kind}, {size} bytes)")
    try:
        out = zlib.decompressobj().decompress(data[form.size:], size) if size else b""
    except zlib.error as e:
        raise ElfError(f"{what}: {e}") from None
    if len(out) != size:
        raise ElfError(f"{what}: decompresses to {len(out)} of {size} bytes")
    return out, align


def decompress_section(image: ObjectImage, s: Section, name: str) -> None:
    """Undo a section's compression in place.  Raises ElfError."""
    s.data, s.align = decompress(bytes(s.data), image.bits, image.little, f"{name}({s.name})")
    s.size = len(s.data)
    s.flags &= ~SHF_COMPRESSED
