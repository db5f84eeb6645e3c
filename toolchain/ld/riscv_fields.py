"""Immediate fields of RISC-V instructions, and what its relaxation and relocation both name (ISA manual volume I, 2.3 and 16.2)."""
from __future__ import annotations

import struct
from typing import Final

GP: Final = "__global_pointer$"
U32: Final = struct.Struct("<I")
U16: Final = struct.Struct("<H")
NOP: Final = b"\x13\x00\x00\x00"
C_NOP: Final = b"\x01\x00"


def nops(count: int) -> bytes:
    """Padding of `count` (even) bytes that may be executed."""
    return NOP * (count // 4) + (C_NOP if count % 4 else b"")


def i_type(word: int, value: int) -> int:
    """`word` with the 12-bit immediate of an I-type instruction."""
    return word & 0x000FFFFF | (value & 0xFFF) << 20


def s_type(word: int, value: int) -> int:
    """`word` with the 12-bit immediate of an S-type instruction."""
    return word & 0x01FFF07F | (value >> 5 & 0x7F) << 25 | (value & 0x1F) << 7


def b_type(word: int, value: int) -> int:
    """`word` with the 13-bit offset of a conditional branch."""
    return (word & 0x01FFF07F | (value >> 12 & 1) << 31 | (value >> 5 & 0x3F) << 25 | (value >> 1 & 0xF) << 8 | (value >> 11 & 1) << 7)


def cb_type(word: int, value: int) -> int:
    """`word` with the 9-bit offset of `c.beqz`, `c.bnez`."""
    return (word & 0xE383 | (value >> 8 & 1) << 12 | (value >> 3 & 3) << 10 | (value >> 6 & 3) << 5 | (value >> 1 & 3) << 3
            | (value >> 5 & 1) << 2)


def cj_type(word: int, value: int) -> int:
    """`word` with the 12-bit offset of `c.j`, `c.jal`."""
    return (word & 0xE003 | (value >> 11 & 1) << 12 | (value >> 4 & 1) << 11 | (value >> 8 & 3) << 9 | (value >> 10 & 1) << 8
            | (value >> 6 & 1) << 7 | (value >> 7 & 1) << 6 | (value >> 1 & 7) << 3 | (value >> 5 & 1) << 2)
