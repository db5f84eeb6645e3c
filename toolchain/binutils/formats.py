"""Formats without symbols or headers: raw binary, Intel hex, Motorola S-records, Verilog hex.

Sources: Intel "Hexadecimal Object File Format Specification" rev. A; the S-record format as in
Motorola's M68000 family manuals; IEEE 1364 `$readmemh`.
"""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.elf.records import ElfError

MAX_BINARY: Final = 1 << 30
IHEX_LINE: Final = 16


class Piece:
    """Bytes at a load address, and the name of the section they come from."""

    def __init__(self, name: str, address: int, data: bytes) -> None:
        self.name = name
        self.address = address
        self.data = data


def piece_address(piece: Piece) -> int:
    """Sort key: the load address."""
    return piece.address


def to_binary(pieces: list[Piece]) -> bytes:
    """Memory from the lowest load address on, gaps zero.  Raises ToolError if it would be absurdly large."""
    pieces = [p for p in pieces if p.data]
    if not pieces:
        return b""
    low = min(p.address for p in pieces)
    size = max(p.address + len(p.data) for p in pieces) - low
    if size > MAX_BINARY:
        raise ToolError(f"the binary image would be {size:#x} bytes large")
    out = bytearray(size)
    for p in pieces:
        out[p.address - low:p.address - low + len(p.data)] = p.data
    return bytes(out)


def fill_gaps(pieces: list[Piece], fill: int | None, pad_to: int | None) -> list[Piece]:
    """--gap-fill and --pad-to: each piece grows up to the next one, the last one to `pad_to`."""
    ordered = sorted((p for p in pieces if p.data), key=piece_address)
    byte = bytes((fill or 0,))
    top = max([p.address + len(p.data) for p in ordered] + [pad_to or 0])
    if ordered and top - ordered[0].address > MAX_BINARY:
        raise ToolError(f"filling up to {top:#x} would make an image of {top - ordered[0].address:#x} bytes")
    for i, p in enumerate(ordered[:-1]):
        end = p.address + len(p.data)
        if fill is not None and ordered[i + 1].address > end:
            p.data += byte * (ordered[i + 1].address - end)
    if ordered and pad_to is not None:
        last = ordered[-1]
        missing = pad_to - last.address - len(last.data)
        if missing > 0:
            last.data += byte * missing
    return ordered


def _ihex_record(kind: int, address: int, data: bytes) -> str:
    body = bytes((len(data), address >> 8 & 0xFF, address & 0xFF, kind)) + data
    return f":{body.hex().upper()}{-sum(body) & 0xFF:02X}\r\n"


def to_ihex(pieces: list[Piece], entry: int) -> bytes:
    """Intel hex, 16 bytes a line.  Raises ToolError for addresses beyond 32 bits."""
    out: list[str] = []
    segment = 0
    linear = 0
    for p in sorted((p for p in pieces if p.data), key=piece_address):
        where = p.address
        if where + len(p.data) > 1 << 32 and where < (1 << 64) - (1 << 31):
            raise ToolError(f"address {where:#x} out of range for Intel Hex file")
        where &= 0xFFFFFFFF
        position = 0
        while position < len(p.data):
            if where > segment + linear + 0xFFFF:
                if linear == 0 and where <= 0xFFFFF:
                    segment = where & 0xF0000
                    out.append(_ihex_record(2, 0, bytes((segment >> 12 & 0xFF, segment >> 4 & 0xFF))))
                else:
                    if segment:
                        out.append(_ihex_record(2, 0, b"\0\0"))
                        segment = 0
                    linear = where & 0xFFFF0000
                    out.append(_ihex_record(4, 0, bytes((linear >> 24, linear >> 16 & 0xFF))))
            offset = where - segment - linear
            count = min(IHEX_LINE, len(p.data) - position, 0x10000 - offset)
            out.append(_ihex_record(0, offset, p.data[position:position + count]))
            where += count
            position += count
    if entry:
        if entry <= 0xFFFFF:
            out.append(_ihex_record(3, 0, bytes((entry >> 12 & 0xF0, 0, entry >> 8 & 0xFF, entry & 0xFF))))
        else:
            out.append(_ihex_record(5, 0, (entry & 0xFFFFFFFF).to_bytes(4, "big")))
    out.append(_ihex_record(1, 0, b""))
    return "".join(out).encode()


def from_ihex(text: bytes, name: str) -> tuple[list[Piece], int]:
    """The pieces of an Intel hex file (adjacent records joined) and its start address.  Raises ElfError."""
    pieces: list[Piece] = []
    base = 0
    entry = 0
    for number, line in enumerate(text.split(b"\n"), 1):
        line = line.strip()
        if not line:
            continue
        try:
            raw = bytes.fromhex(line[1:].decode("ascii"))
        except ValueError:
            raise ElfError(f"{name}:{number}: bad character in Intel Hex file") from None
        if line[:1] != b":" or len(raw) < 5 or len(raw) != raw[0] + 5:
            raise ElfError(f"{name}:{number}: malformed Intel Hex record")
        if sum(raw) & 0xFF:
            raise ElfError(f"{name}:{number}: bad checksum in Intel Hex file")
        kind, data = raw[3], raw[4:-1]
        if kind == 0:
            _extend(pieces, base + int.from_bytes(raw[1:3], "big"), data)
        elif kind == 1:
            break
        elif kind == 2 and len(data) == 2:
            base = int.from_bytes(data, "big") << 4
        elif kind == 4 and len(data) == 2:
            base = int.from_bytes(data, "big") << 16
        elif kind == 3 and len(data) == 4:
            entry = (int.from_bytes(data[:2], "big") << 4) + int.from_bytes(data[2:], "big")
        elif kind == 5 and len(data) == 4:
            entry = int.from_bytes(data, "big")
        else:
            raise ElfError(f"{name}:{number}: unrecognized Intel Hex record type {kind}")
    return pieces, entry


def _extend(pieces: list[Piece], address: int, data: bytes) -> None:
    if pieces and pieces[-1].address + len(pieces[-1].data) == address:
        pieces[-1].data += data
    else:
        pieces.append(Piece(f".sec{len(pieces) + 1}", address, data))


def _srec(kind: int, address: int, width: int, data: bytes) -> str:
    body = bytes((width + len(data) + 1,)) + address.to_bytes(width, "big") + data
    return f"S{kind}{body.hex().upper()}{~sum(body) & 0xFF:02X}\r\n"


def to_srec(pieces: list[Piece], entry: int, file_name: str, length: int = 16, force_s3: bool = False) -> bytes:
    """Motorola S-records; the shortest address form that fits everything.  Raises ToolError beyond 32 bits."""
    pieces = sorted((p for p in pieces if p.data), key=piece_address)
    top = max((p.address + len(p.data) - 1 for p in pieces), default=0)
    width = 2 if top <= 0xFFFF else 3 if top <= 0xFFFFFF else 4
    if force_s3:
        width = 4
    mask = (1 << 32) - 1
    out = [_srec(0, 0, 2, file_name.encode("utf-8", "surrogateescape")[:40])]
    length = max(1, min(length, 255 - width - 1))
    for p in pieces:
        for i in range(0, len(p.data), length):
            out.append(_srec(width - 1, (p.address + i) & mask, width, p.data[i:i + length]))
    out.append(_srec(11 - width, entry & ((1 << 8 * width) - 1), width, b""))
    return "".join(out).encode()


def from_srec(text: bytes, name: str) -> tuple[list[Piece], int]:
    """The pieces of an S-record file and its start address.  Raises ElfError."""
    pieces: list[Piece] = []
    entry = 0
    for number, line in enumerate(text.split(b"\n"), 1):
        line = line.strip()
        if not line or line.startswith(b"$"):
            continue
        try:
            raw = bytes.fromhex(line[2:].decode("ascii"))
        except ValueError:
            raise ElfError(f"{name}:{number}: bad character in S-record file") from None
        if line[:1] != b"S" or not line[1:2].isdigit() or not raw or len(raw) != raw[0] + 1:
            raise ElfError(f"{name}:{number}: malformed S-record")
        if sum(raw) & 0xFF != 0xFF:
            raise ElfError(f"{name}:{number}: bad checksum in S-record file")
        kind = line[1] - 48
        if kind in (1, 2, 3):
            _extend(pieces, int.from_bytes(raw[1:kind + 2], "big"), raw[kind + 2:-1])
        elif kind in (7, 8, 9):
            entry = int.from_bytes(raw[1:-1], "big")
    return pieces, entry


def to_verilog(pieces: list[Piece], width: int, little: bool) -> bytes:
    """Verilog hex: an address line, then 16 bytes a line in items of `width` bytes."""
    out: list[str] = []
    for p in sorted((p for p in pieces if p.data), key=piece_address):
        out.append(f"@{p.address // width:08X}\r\n")
        for i in range(0, len(p.data), 16):
            row = p.data[i:i + 16]
            if width == 1:
                out.append(" ".join(f"{b:02X}" for b in row) + "\r\n")
                continue
            items = [row[k:k + width] for k in range(0, len(row), width)]
            out.append(" ".join((x[::-1] if little else x).hex().upper() for x in items) + "\r\n")
    return "".join(out).encode()
