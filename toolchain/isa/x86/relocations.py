"""Relocations of x86-64 and i386 as fixup kinds (System V psABI x86-64 table 4.9; i386 psABI table 2.11).

A kind's number in `FIXUPS` is the assembler's own; `FixupKind.elf` is the ELF number for one of the two
machines, so there are two tables of the same kinds.
"""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.mc.model.isa import FixupKind

# Kinds.
K_8: Final = 0
K_16: Final = 1
K_32: Final = 2
K_32S: Final = 3
K_64: Final = 4
K_PC8: Final = 5
K_PC16: Final = 6
K_PC32: Final = 7
K_PC64: Final = 8
K_PLT32: Final = 9
K_GOT32: Final = 10
K_GOTPCREL: Final = 11
K_GOTPCRELX: Final = 12
K_REX_GOTPCRELX: Final = 13
K_GOTTPOFF: Final = 14
K_TLSGD: Final = 15
K_TLSLD: Final = 16
K_DTPOFF32: Final = 17
K_DTPOFF64: Final = 18
K_TPOFF32: Final = 19
K_TPOFF64: Final = 20
K_GOTOFF: Final = 21
K_GOTPC32: Final = 22
K_GOTPC64: Final = 23
K_SIZE32: Final = 24
K_SIZE64: Final = 25
K_TLSDESC_GOTPC: Final = 26
K_TLSDESC_CALL: Final = 27
K_NTPOFF: Final = 28
K_INDNTPOFF: Final = 29
K_GOTNTPOFF: Final = 30
K_GOT32X: Final = 31
K_GOT64: Final = 32
K_GOTPCREL64: Final = 33
K_PLTOFF64: Final = 34
K_GOTOFF64: Final = 35
K_NONE: Final = 36
K_TLS_LE: Final = 37
K_TLS_LDM: Final = 38
K_GOTOFF_DATA: Final = 39   # `symbol@GOTOFF` in data: the symbol stays
K_JUMP8: Final = 40         # byte of a short jump whose expression is that of the long one: 3 more
K_JUMP8_16: Final = 41      # the same where the long one has two bytes: 1 more

# kind: name, bytes, bits of signed value (one more than the field where unsigned fits too), pc-relative, x86-64 number, i386 number
_TABLE: Final = (
    (K_8, "8", 1, 9, False, 14, 22), (K_16, "16", 2, 17, False, 12, 20), (K_32, "32", 4, 33, False, 10, 1), (K_32S, "32S", 4, 32, False, 11, 1),
    (K_64, "64", 8, 65, False, 1, -1), (K_PC8, "PC8", 1, 8, True, 15, 23), (K_PC16, "PC16", 2, 16, True, 13, 21),
    (K_PC32, "PC32", 4, 32, True, 2, 2), (K_PC64, "PC64", 8, 64, True, 24, -1), (K_PLT32, "PLT32", 4, 32, True, 4, 4),
    (K_GOT32, "GOT32", 4, 32, False, 3, 3), (K_GOTPCREL, "GOTPCREL", 4, 32, True, 9, -1), (K_GOTPCRELX, "GOTPCRELX", 4, 32, True, 41, -1),
    (K_REX_GOTPCRELX, "REX_GOTPCRELX", 4, 32, True, 42, -1), (K_GOTTPOFF, "GOTTPOFF", 4, 32, True, 22, 33),
    (K_TLSGD, "TLSGD", 4, 32, True, 19, 18), (K_TLSLD, "TLSLD", 4, 32, True, 20, 19), (K_DTPOFF32, "DTPOFF32", 4, 32, False, 21, 32),
    (K_DTPOFF64, "DTPOFF64", 8, 64, False, 17, -1), (K_TPOFF32, "TPOFF32", 4, 32, False, 23, 34), (K_TPOFF64, "TPOFF64", 8, 64, False, 18, -1),
    (K_GOTOFF, "GOTOFF", 4, 32, False, -1, 9), (K_GOTPC32, "GOTPC32", 4, 32, True, 26, 10), (K_GOTPC64, "GOTPC64", 8, 64, True, 29, -1),
    (K_SIZE32, "SIZE32", 4, 33, False, 32, 38), (K_SIZE64, "SIZE64", 8, 65, False, 33, -1),
    (K_TLSDESC_GOTPC, "GOTPC32_TLSDESC", 4, 32, True, 34, 39), (K_TLSDESC_CALL, "TLSDESC_CALL", 0, 0, False, 35, 40),
    (K_NTPOFF, "TLS_LE", 4, 32, False, -1, 17), (K_INDNTPOFF, "TLS_IE", 4, 32, False, -1, 15), (K_GOTNTPOFF, "TLS_GOTIE", 4, 32, False, -1, 16),
    (K_GOT32X, "GOT32X", 4, 32, False, -1, 43), (K_GOT64, "GOT64", 8, 64, False, 27, -1), (K_GOTPCREL64, "GOTPCREL64", 8, 64, True, 28, -1),
    (K_PLTOFF64, "PLTOFF64", 8, 64, False, 31, -1), (K_GOTOFF64, "GOTOFF64", 8, 64, False, 25, -1), (K_NONE, "NONE", 0, 0, False, 0, 0),
    (K_TLS_LE, "TLS_LE_32", 4, 32, False, -1, 34), (K_TLS_LDM, "TLS_LDM", 4, 32, False, -1, 19),
    (K_GOTOFF_DATA, "GOTOFF", 4, 32, False, -1, 9), (K_JUMP8, "JUMP8", 1, 8, True, 15, 23), (K_JUMP8_16, "JUMP8_16", 1, 8, True, 15, 23),
)


BY_SECTION: Final = frozenset((K_8, K_16, K_32, K_32S, K_64, K_PC8, K_PC16, K_PC32, K_PC64, K_PLT32, K_GOTOFF))
"""Kinds that may name the section of a local symbol: the linker makes no table entry for it."""
FROM_GOT: Final = frozenset((K_GOTOFF, K_GOTOFF_DATA))
ABSOLUTE32: Final = frozenset((K_TLSGD, K_TLSLD, K_GOTTPOFF, K_TLSDESC_GOTPC))
"""Kinds that are relative to the instruction on x86-64 and to the GOT on i386."""
THREAD_LOCAL: Final = frozenset((K_GOTTPOFF, K_TLSGD, K_TLSLD, K_DTPOFF32, K_DTPOFF64, K_TPOFF32, K_TPOFF64, K_TLSDESC_GOTPC, K_TLSDESC_CALL, K_NTPOFF,
                                 K_INDNTPOFF, K_GOTNTPOFF, K_TLS_LE, K_TLS_LDM))


def _kinds(column: int) -> list[FixupKind]:
    return [FixupKind(row[0], row[1], int((row[5], row[6])[column]), row[2], row[3], row[4] and not (column and row[0] in ABSOLUTE32),
                      tls=row[0] in THREAD_LOCAL, from_got=row[0] in FROM_GOT) for row in _TABLE]


FIXUPS64: Final = _kinds(0)
FIXUPS32: Final = _kinds(1)

GOT: Final = "_GLOBAL_OFFSET_TABLE_"
FROM_HERE: Final[dict[int, int]] = {K_32: K_GOTPC32, K_32S: K_GOTPC32, K_PC32: K_GOTPC32, K_64: K_GOTPC64, K_PC64: K_GOTPC64}
"""What a relocation becomes whose symbol is `GOT`."""

# Relocation operators (`symbol@OPERATOR`, lower case) by size of the field.
OPERATORS64: Final[dict[str, dict[int, int]]] = {
    "plt": {4: K_PLT32}, "got": {4: K_GOT32, 8: K_GOT64}, "gotpcrel": {4: K_GOTPCREL, 8: K_GOTPCREL64}, "gottpoff": {4: K_GOTTPOFF},
    "tlsgd": {4: K_TLSGD}, "tlsld": {4: K_TLSLD}, "dtpoff": {4: K_DTPOFF32, 8: K_DTPOFF64}, "tpoff": {4: K_TPOFF32, 8: K_TPOFF64},
    "gotoff": {8: K_GOTOFF64}, "size": {4: K_SIZE32, 8: K_SIZE64}, "tlsdesc": {4: K_TLSDESC_GOTPC}, "tlscall": {0: K_TLSDESC_CALL},
    "pltoff": {8: K_PLTOFF64},
}
OPERATORS32: Final[dict[str, dict[int, int]]] = {
    "plt": {4: K_PLT32}, "got": {4: K_GOT32}, "gotoff": {4: K_GOTOFF}, "tlsgd": {4: K_TLSGD}, "tlsldm": {4: K_TLS_LDM}, "dtpoff": {4: K_DTPOFF32},
    "tpoff": {4: K_TLS_LE}, "ntpoff": {4: K_NTPOFF}, "indntpoff": {4: K_INDNTPOFF}, "gotntpoff": {4: K_GOTNTPOFF}, "gottpoff": {4: K_GOTTPOFF},
    "size": {4: K_SIZE32}, "tlsdesc": {4: K_TLSDESC_GOTPC}, "tlscall": {0: K_TLSDESC_CALL},
}


def elf_number(name: str, bits: int) -> int:
    """ELF number of a relocation by its full name (R_X86_64_PC32, R_386_32 ...), -1 if unknown."""
    prefix = "R_X86_64_" if bits == 64 else "R_386_"
    if not name.startswith(prefix):
        return -1
    for kind in FIXUPS64 if bits == 64 else FIXUPS32:
        if kind.name == name[len(prefix):] and kind.elf >= 0:
            return kind.elf
    return -1


def patch(kinds: list[FixupKind], kind: int, data: bytearray, offset: int, value: int, loc: Loc) -> None:
    """Write `value` into the field at `offset`.  Raises ToolError if it does not fit."""
    k = kinds[kind]
    size = k.size
    if size == 0:
        return
    if kind >= K_JUMP8:
        value += 3 if kind == K_JUMP8 else 1
    limit = 1 << 8 * size
    if k.bits <= 8 * size:
        if not -(limit >> 1) <= value < limit >> 1:
            raise ToolError(f"value of {value} too large for field of {size} byte{'s' if size > 1 else ''}", loc)
    elif not -(limit >> 1) <= value < limit:
        raise ToolError(f"value of {value:#x} too large for field of {size} byte{'s' if size > 1 else ''}", loc)
    data[offset:offset + size] = (value & (limit - 1)).to_bytes(size, "little")
