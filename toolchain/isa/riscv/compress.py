"""The choice of a compressed form for a 32-bit instruction (RISC-V ISA manual, chapter "C").

`compressed(word, bits)` gives the 16-bit encoding that does the same, or 0.  The forms are those that
GNU as chooses when C is on.
"""
from __future__ import annotations

from typing import Final

# (funct3 << 7 | opcode) of instructions whose low registers decide: load and store of the stack and of x8..x15
_LW: Final = 0x103
_LD: Final = 0x183
_FLW: Final = 0x107
_FLD: Final = 0x187
_SW: Final = 0x123
_SD: Final = 0x1A3
_FSW: Final = 0x127
_FSD: Final = 0x1A7
# funct7 << 10 | funct3 << 7 | opcode of register-register instructions -> c.and, c.or ... on x8..x15
_ALU: Final[dict[int, int]] = {
    0x3B3: 0x8C61, 0x333: 0x8C41, 0x233: 0x8C21, 0x20 << 10 | 0x33: 0x8C01, 0x3B: 0x9C21, 0x20 << 10 | 0x3B: 0x9C01,
}
ILLEGAL: Final = 0x10000
"""Result for `unimp`: 16 zero bits."""
_COMMUTES: Final = frozenset((0x3B3, 0x333, 0x233, 0x3B))


def _load(key: int, rd: int, rs1: int, imm: int, bits: int) -> int:
    wide = key in (_LD, _FLD)
    if key == _FLW and bits != 32 or key == _LD and bits != 64 or imm < 0:
        return 0
    if wide:
        if rs1 == 2 and imm < 512 and imm & 7 == 0 and (rd != 0 or key == _FLD):
            low = (imm & 0x20) << 7 | (imm & 0x18) << 2 | (imm & 0x1C0) >> 4
            return (0x6002 if key == _LD else 0x2002) | rd << 7 | low
        if imm < 256 and imm & 7 == 0 and rd & 0x18 == 8 and rs1 & 0x18 == 8:
            low = (imm & 0x38) << 7 | (imm & 0xC0) >> 1
            return (0x6000 if key == _LD else 0x2000) | (rd & 7) << 2 | (rs1 & 7) << 7 | low
        return 0
    if rs1 == 2 and imm < 256 and imm & 3 == 0 and (rd != 0 or key == _FLW):
        low = (imm & 0x20) << 7 | (imm & 0x1C) << 2 | (imm & 0xC0) >> 4
        return (0x4002 if key == _LW else 0x6002) | rd << 7 | low
    if imm < 128 and imm & 3 == 0 and rd & 0x18 == 8 and rs1 & 0x18 == 8:
        low = (imm & 0x38) << 7 | (imm & 4) << 4 | (imm & 0x40) >> 1
        return (0x4000 if key == _LW else 0x6000) | (rd & 7) << 2 | (rs1 & 7) << 7 | low
    return 0


def _store(key: int, rs2: int, rs1: int, imm: int, bits: int) -> int:
    wide = key in (_SD, _FSD)
    if key == _FSW and bits != 32 or key == _SD and bits != 64 or imm < 0:
        return 0
    if wide:
        if rs1 == 2 and imm < 512 and imm & 7 == 0:
            return (0xE002 if key == _SD else 0xA002) | rs2 << 2 | (imm & 0x38) << 7 | (imm & 0x1C0) << 1
        if imm < 256 and imm & 7 == 0 and rs2 & 0x18 == 8 and rs1 & 0x18 == 8:
            low = (imm & 0x38) << 7 | (imm & 0xC0) >> 1
            return (0xE000 if key == _SD else 0xA000) | (rs2 & 7) << 2 | (rs1 & 7) << 7 | low
        return 0
    if rs1 == 2 and imm < 256 and imm & 3 == 0:
        return (0xC002 if key == _SW else 0xE002) | rs2 << 2 | (imm & 0x3C) << 7 | (imm & 0xC0) << 1
    if imm < 128 and imm & 3 == 0 and rs2 & 0x18 == 8 and rs1 & 0x18 == 8:
        low = (imm & 0x38) << 7 | (imm & 4) << 4 | (imm & 0x40) >> 1
        return (0xC000 if key == _SW else 0xE000) | (rs2 & 7) << 2 | (rs1 & 7) << 7 | low
    return 0


def _ci(match: int, rd: int, imm: int) -> int:
    return match | rd << 7 | (imm & 0x20) << 7 | (imm & 0x1F) << 2


def _addi(rd: int, rs1: int, imm: int) -> int:
    small = -32 <= imm < 32
    if rd == 0:
        return 1 if rs1 == 0 and imm == 0 else 0
    if rs1 == 2 and imm > 0 and imm < 1024 and imm & 3 == 0 and rd & 0x18 == 8:
        low = (imm & 0x30) << 7 | (imm & 0x3C0) << 1 | (imm & 4) << 4 | (imm & 8) << 2
        return low | (rd & 7) << 2
    if rd == rs1 and imm != 0 and small:
        return _ci(0x0001, rd, imm)
    if rd == 2 and rs1 == 2 and imm != 0 and imm & 15 == 0 and -512 <= imm < 512:
        low = (imm & 0x200) << 3 | (imm & 0x10) << 2 | (imm & 0x40) >> 1 | (imm & 0x180) >> 4 | (imm & 0x20) >> 3
        return 0x6101 | low
    if rs1 == 0 and small:
        return _ci(0x4001, rd, imm)
    if imm == 0 and rs1 != 0:
        return 0x8002 | rd << 7 | rs1 << 2
    return 0


def _immediate(funct3: int, rd: int, rs1: int, imm: int, bits: int) -> int:
    """OP-IMM."""
    if funct3 == 0:
        return _addi(rd, rs1, imm)
    if rd != rs1:
        return 0
    if funct3 == 7:
        return _ci(0x8801, rd & 7, imm) if rd & 0x18 == 8 and -32 <= imm < 32 else 0
    shamt = imm & 0x3F
    if shamt == 0 or shamt >= bits:
        return 0
    if funct3 == 1 and imm == shamt:
        return _ci(0x0002, rd, shamt) if rd != 0 else 0
    if funct3 == 5 and rd & 0x18 == 8:
        if imm == shamt:
            return _ci(0x8001, rd & 7, shamt)
        if imm == shamt | 0x400:
            return _ci(0x8401, rd & 7, shamt)
    return 0


def _register(key: int, rd: int, rs1: int, rs2: int) -> int:
    """OP, OP-32."""
    if key == 0x33:                     # add
        if rd == 0:
            return 0
        if rs1 == 0 and rs2 != 0:
            return 0x8002 | rd << 7 | rs2 << 2
        if rd == rs1 and rs2 != 0:
            return 0x9002 | rd << 7 | rs2 << 2
        if rd == rs2 and rs1 != 0:
            return 0x9002 | rd << 7 | rs1 << 2
        return 0
    match = _ALU.get(key, 0)
    if match and rd & 0x18 == 8:
        if rd == rs1 and rs2 & 0x18 == 8:
            return match | (rd & 7) << 7 | (rs2 & 7) << 2
        if rd == rs2 and rs1 & 0x18 == 8 and key in _COMMUTES:
            return match | (rd & 7) << 7 | (rs1 & 7) << 2
    return 0


def compressed(word: int, bits: int) -> int:
    """The 16-bit encoding equal to `word` on a machine of `bits` (32 or 64), or 0."""
    opcode = word & 0x7F
    key = (word >> 5 & 0x380) | opcode
    rd = word >> 7 & 31
    rs1 = word >> 15 & 31
    imm = word >> 20
    if imm & 0x800:
        imm -= 0x1000
    if opcode == 0x13:
        return _immediate(word >> 12 & 7, rd, rs1, imm, bits)
    if opcode == 0x33 or opcode == 0x3B:
        return _register((word >> 25) << 10 | key, rd, rs1, word >> 20 & 31)
    if key in (_LD, _LW, _FLD, _FLW):
        return _load(key, rd, rs1, imm, bits)
    if key in (_SD, _SW, _FSD, _FSW):
        return _store(key, word >> 20 & 31, rs1, (imm & ~31) | rd, bits)
    if key == 0x1B:                     # addiw
        return _ci(0x2001, rd, imm) if rd != 0 and rd == rs1 and -32 <= imm < 32 and bits == 64 else 0
    if opcode == 0x37:                  # lui
        upper = word >> 12
        if upper & 0x80000:
            upper -= 0x100000
        return _ci(0x6001, rd, upper) if rd not in (0, 2) and upper != 0 and -32 <= upper < 32 else 0
    if key == 0x67 and imm == 0 and rs1 != 0 and rd < 2:
        return (0x8002 if rd == 0 else 0x9002) | rs1 << 7
    if word == 0xC0001073:              # unimp: the illegal instruction of all zeros; its bits, not its length, say "none" here
        return ILLEGAL
    return 0x9002 if word == 0x00100073 else 0
