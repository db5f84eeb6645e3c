"""Byte encodings of DWARF that layout must measure: LEB128, line-table and call-frame advances (DWARF 5, 6.2.5, 6.4.2, 7.6)."""
from __future__ import annotations

from typing import Final

from toolchain.dwarf.line import DW_LNS_ADVANCE_LINE, DW_LNS_ADVANCE_PC, DW_LNS_CONST_ADD_PC, DW_LNS_COPY

END_SEQUENCE: Final = b"\0\1\1"
LINE_BASE: Final = -5
LINE_RANGE: Final = 14
OPCODE_BASE: Final = 13
OPCODE_LENGTHS: Final = bytes((0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1))
MAX_SPECIAL: Final = (255 - OPCODE_BASE) // LINE_RANGE
END: Final = 1 << 40
"""`Tail.state` of the end of a sequence."""


def uleb128_size(value: int) -> int:
    """Bytes of `value` as ULEB128."""
    return max(1, (value.bit_length() + 6) // 7)


def sleb128_size(value: int) -> int:
    """Bytes of `value` as SLEB128."""
    return (value.bit_length() if value >= 0 else (~value).bit_length()) // 7 + 1


def leb128(value: int, signed: bool) -> bytes:
    """`value` as LEB128; an unsigned one is taken modulo 2**64."""
    if not signed:
        value &= (1 << 64) - 1
    out = bytearray()
    while True:
        byte = value & 127
        value >>= 7
        if value == 0 and (not signed or not byte & 64) or signed and value == -1 and byte & 64:
            out.append(byte)
            return bytes(out)
        out.append(byte | 128)


def advance(line_delta: int, address_delta: int) -> bytes:
    """Operations for a row (or, with `END`, the end of the sequence), with the shortest encoding."""
    if line_delta == END:
        if address_delta == MAX_SPECIAL:
            return bytes((DW_LNS_CONST_ADD_PC,)) + END_SEQUENCE
        return (bytes((DW_LNS_ADVANCE_PC,)) + leb128(address_delta, False) if address_delta else b"") + END_SEQUENCE
    out = b""
    tmp = line_delta - LINE_BASE
    copy = False
    if not 0 <= tmp < LINE_RANGE:
        out = bytes((DW_LNS_ADVANCE_LINE,)) + leb128(line_delta, True)
        line_delta = 0
        tmp = -LINE_BASE
        copy = True
    if line_delta == 0 and address_delta == 0:
        return out + bytes((DW_LNS_COPY,))
    tmp += OPCODE_BASE
    if address_delta < 256 + MAX_SPECIAL:
        opcode = tmp + address_delta * LINE_RANGE
        if opcode <= 255:
            return out + bytes((opcode,))
        opcode = tmp + (address_delta - MAX_SPECIAL) * LINE_RANGE
        if opcode <= 255:
            return out + bytes((DW_LNS_CONST_ADD_PC, opcode))
    out += bytes((DW_LNS_ADVANCE_PC,)) + leb128(address_delta, False)
    return out + bytes((DW_LNS_COPY if copy else tmp,))


def advance_size(delta: int) -> int:
    """Bytes of the CFA advance over `delta` code units: none, in the opcode, or with 1, 2, 4 bytes after it."""
    if delta == 0:
        return 0
    if delta < 0x40:
        return 1
    return 2 if delta < 0x100 else 3 if delta < 0x10000 else 5
