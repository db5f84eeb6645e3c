"""Registers of x86: numbers, names, sizes (Intel SDM volume 1, chapter 3; DWARF: System V psABI figure 3.36).

A register number says which name was written, since `%al`, `%ax`, `%eax` and `%rax` are different
operands: general registers of 64, 32, 16 and 8 bits stand in blocks of 16 (numbers 0, 16, 32, 48 +
encoding), then the high bytes ah ch dh bh, and the other files.  The compiler allocates numbers 0..15.
"""
from __future__ import annotations

from typing import Final

R64: Final = 0
R32: Final = 16
R16: Final = 32
R8: Final = 48
R8_HIGH: Final = 64         # ah ch dh bh: encodings 4..7 without REX
XMM: Final = 80             # 32 of them
XMM_END: Final = 112
YMM: Final = 112
ZMM: Final = 144
MM: Final = 176
ST: Final = 184
SREG: Final = 192           # es cs ss ds fs gs
CR: Final = 200
DR: Final = 216
K: Final = 232
BND: Final = 240
RIP: Final = 244
EIP: Final = 245
RIZ: Final = 246            # %riz: index that is none, encoded with a SIB byte
EIZ: Final = 247
ST_TOP: Final = 248         # %st without a number
NUM_REGISTERS: Final = 249

RAX: Final = 0
RCX: Final = 1
RDX: Final = 2
RBX: Final = 3
RSP: Final = 4
RBP: Final = 5
RSI: Final = 6
RDI: Final = 7

_LEGACY: Final = ("ax", "cx", "dx", "bx", "sp", "bp", "si", "di")
_SEGMENTS: Final = ("es", "cs", "ss", "ds", "fs", "gs")
SEGMENT_PREFIXES: Final = (0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65)


def _names() -> list[str]:
    names = [""] * NUM_REGISTERS
    for i in range(8):
        names[R64 + i] = "r" + _LEGACY[i]
        names[R32 + i] = "e" + _LEGACY[i]
        names[R16 + i] = _LEGACY[i]
        names[R8 + i] = _LEGACY[i][0] + "l" if i < 4 else _LEGACY[i] + "l"
        names[MM + i] = f"mm{i}"
        names[ST + i] = f"st({i})"
        names[K + i] = f"k{i}"
    for i in range(8, 16):
        names[R64 + i] = f"r{i}"
        names[R32 + i] = f"r{i}d"
        names[R16 + i] = f"r{i}w"
        names[R8 + i] = f"r{i}b"
    for i in range(4):
        names[R8_HIGH + i] = "acdb"[i] + "h"
        names[BND + i] = f"bnd{i}"
    for i in range(32):
        names[XMM + i] = f"xmm{i}"
        names[YMM + i] = f"ymm{i}"
        names[ZMM + i] = f"zmm{i}"
    for i, name in enumerate(_SEGMENTS):
        names[SREG + i] = name
    for i in range(16):
        names[CR + i] = f"cr{i}"
        names[DR + i] = f"db{i}"
    names[RIP], names[EIP], names[RIZ], names[EIZ], names[ST_TOP] = "rip", "eip", "riz", "eiz", "st"
    return names


NAMES: Final = _names()
NUMBERS: Final[dict[str, int]] = {name: i for i, name in enumerate(NAMES) if name}
NUMBERS.update({f"dr{i}": DR + i for i in range(16)})
NUMBERS.update({f"r{i}l": R8 + i for i in range(8, 16)})

# Kind of a register as an operand, by number.
KINDS: Final = (["r64"] * 16 + ["r32"] * 16 + ["r16"] * 16 + ["r8"] * 16 + ["r8"] * 4 + [""] * 12 + ["xmm"] * 32 + ["ymm"] * 32
                + ["zmm"] * 32 + ["mm"] * 8 + ["sti"] * 8 + ["sreg"] * 6 + [""] * 2 + ["cr"] * 16 + ["dr"] * 16 + ["k"] * 8 + ["bnd"] * 4
                + ["rip", "rip", "riz", "riz", "st"])


def _encodings() -> list[int]:
    codes = [0] * NUM_REGISTERS
    for block, count in ((R64, 16), (R32, 16), (R16, 16), (R8, 16), (XMM, 32), (YMM, 32), (ZMM, 32), (MM, 8), (ST, 8), (SREG, 6),
                         (CR, 16), (DR, 16), (K, 8), (BND, 4)):
        for i in range(count):
            codes[block + i] = i
    for i in range(4):
        codes[R8_HIGH + i] = 4 + i
    return codes


CODES: Final = _encodings()

# DWARF numbers of the 64-bit general registers by encoding; of the 32-bit ABI they are the encodings
# (esp 4, ebp 5, eip 8).
DWARF64: Final = (0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15)


def dwarf_number(number: int, bits: int) -> int:
    """DWARF number of a register, -1 if it has none."""
    code = CODES[number]
    if number < R16:
        return DWARF64[code] if bits == 64 else (code if code < 8 else -1)
    if number in (RIP, EIP):
        return 16 if bits == 64 else 8
    if XMM <= number < XMM + 16:
        return code + 17 if bits == 64 else (21 + code if code < 8 else -1)
    if ST <= number < ST + 8:
        return code + 33 if bits == 64 else 11 + code
    if MM <= number < MM + 8:
        return code + 41 if bits == 64 else 29 + code
    if SREG <= number < SREG + 6:
        return code + 50 if bits == 64 else 40 + code
    return -1
