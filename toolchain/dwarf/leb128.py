"""LEB128 numbers (DWARF 5, section 7.6)."""
from __future__ import annotations


class DwarfError(Exception):
    """Debug information is malformed; `str()` says how."""


def encode_unsigned(value: int) -> bytes:
    """`value` >= 0 as ULEB128."""
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        if not value:
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)


def encode_signed(value: int) -> bytes:
    """`value` as SLEB128."""
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        if (value == 0 and not byte & 0x40) or (value == -1 and byte & 0x40):
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)


class Reader:
    """A cursor over bytes in one byte order.  All reads raise DwarfError beyond `end`."""

    def __init__(self, data: bytes, position: int = 0, end: int | None = None, little: bool = True) -> None:
        self.data = data
        self.position = position
        self.end = len(data) if end is None else min(end, len(data))
        self.little = little

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.position >= self.end

    def number(self, size: int) -> int:
        """An unsigned number of `size` bytes."""
        stop = self.position + size
        if stop > self.end:
            raise DwarfError(f"data ends at offset {self.end:#x} within a {size}-byte number")
        value = int.from_bytes(self.data[self.position:stop], "little" if self.little else "big")
        self.position = stop
        return value

    def signed(self, size: int) -> int:
        """A signed number of `size` bytes."""
        value = self.number(size)
        return value - (1 << 8 * size) if value >> (8 * size - 1) else value

    def uleb(self) -> int:
        """An unsigned LEB128 number."""
        value = shift = 0
        data = self.data
        position = self.position
        end = self.end
        while True:
            if position >= end:
                raise DwarfError(f"data ends at offset {end:#x} within a LEB128 number")
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                self.position = position
                return value
            shift += 7
            if shift > 140:
                raise DwarfError(f"LEB128 number at offset {self.position:#x} is too long")

    def sleb(self) -> int:
        """A signed LEB128 number."""
        start = self.position
        value = self.uleb()
        bits = 7 * (self.position - start)
        return value - (1 << bits) if value >> (bits - 1) & 1 else value

    def string(self) -> str:
        """A NUL-terminated string."""
        stop = self.data.find(b"\0", self.position, self.end)
        if stop < 0:
            raise DwarfError(f"string at offset {self.position:#x} does not end")
        text = self.data[self.position:stop].decode("utf-8", "surrogateescape")
        self.position = stop + 1
        return text

    def take(self, size: int) -> bytes:
        """`size` raw bytes."""
        if size < 0 or self.position + size > self.end:
            raise DwarfError(f"data ends at offset {self.end:#x} within a block of {size} bytes")
        out = self.data[self.position:self.position + size]
        self.position += size
        return out

    def initial_length(self) -> tuple[int, int]:
        """A unit's length and the size of offsets in it (4 or 8)."""
        length = self.number(4)
        if length == 0xFFFFFFFF:
            return self.number(8), 8
        if length >= 0xFFFFFFF0:
            raise DwarfError(f"reserved unit length {length:#x}")
        return length, 4
