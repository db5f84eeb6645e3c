"""RISC-V relocations as fixup kinds, and how each puts a value into an instruction.

A fixup kind's number is its ELF relocation number (RISC-V ELF psABI, chapter 8.4); the kinds after
`LAST` exist only inside the assembler.
"""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.isa.riscv.relocation_types import (
    R_32,
    R_32_PCREL,
    R_64,
    R_ADD8,
    R_ADD16,
    R_ADD32,
    R_ADD64,
    R_ALIGN,
    R_BRANCH,
    R_CALL,
    R_CALL_PLT,
    R_GOT_HI20,
    R_HI20,
    R_JAL,
    R_LO12_I,
    R_LO12_S,
    R_NONE,
    R_PCREL_HI20,
    R_PCREL_LO12_I,
    R_PCREL_LO12_S,
    R_RELAX,
    R_RVC_BRANCH,
    R_RVC_JUMP,
    R_SET6,
    R_SET8,
    R_SET16,
    R_SET_ULEB128,
    R_SUB6,
    R_SUB8,
    R_SUB16,
    R_SUB32,
    R_SUB64,
    R_SUB_ULEB128,
    R_TLS_DTPREL32,
    R_TLS_DTPREL64,
    R_TLS_GD_HI20,
    R_TLS_GOT_HI20,
    R_TPREL_ADD,
    R_TPREL_HI20,
    R_TPREL_LO12_I,
    R_TPREL_LO12_S,
)
from toolchain.mc.model.isa import FixupKind

LAST: Final = 61
V_8: Final = 62
"""One byte of data: only a known value or a difference fits."""
V_16: Final = 63

NAMES: Final = (
    "NONE 32 64 RELATIVE COPY JUMP_SLOT TLS_DTPMOD32 TLS_DTPMOD64 TLS_DTPREL32 TLS_DTPREL64 TLS_TPREL32 TLS_TPREL64 TLSDESC ? ? ? "
    "BRANCH JAL CALL CALL_PLT GOT_HI20 TLS_GOT_HI20 TLS_GD_HI20 PCREL_HI20 PCREL_LO12_I PCREL_LO12_S HI20 LO12_I LO12_S "
    "TPREL_HI20 TPREL_LO12_I TPREL_LO12_S TPREL_ADD ADD8 ADD16 ADD32 ADD64 SUB8 SUB16 SUB32 SUB64 GNU_VTINHERIT GNU_VTENTRY "
    "ALIGN RVC_BRANCH RVC_JUMP RVC_LUI GPREL_I GPREL_S TPREL_I TPREL_S RELAX SUB6 SET6 SET8 SET16 SET32 32_PCREL IRELATIVE PLT32 "
    "SET_ULEB128 SUB_ULEB128").split()

SIZES: Final[dict[int, int]] = {
    R_NONE: 0, R_32: 4, R_64: 8, R_TLS_DTPREL32: 4, R_TLS_DTPREL64: 8, R_CALL: 8, R_CALL_PLT: 8, R_ADD8: 1, R_ADD16: 2, R_ADD64: 8,
    R_SUB8: 1, R_SUB16: 2, R_SUB64: 8, R_ALIGN: 0, R_RVC_BRANCH: 2, R_RVC_JUMP: 2, R_RELAX: 0, R_SUB6: 1, R_SET6: 1, R_SET8: 1,
    R_SET16: 2, R_SET_ULEB128: 0, R_SUB_ULEB128: 0,
}
PC_RELATIVE: Final = frozenset((R_BRANCH, R_JAL, R_CALL, R_CALL_PLT, R_GOT_HI20, R_TLS_GOT_HI20, R_TLS_GD_HI20, R_PCREL_HI20,
                                R_RVC_BRANCH, R_RVC_JUMP, R_32_PCREL))
THREAD_LOCAL: Final = frozenset((R_TLS_DTPREL32, R_TLS_DTPREL64, R_TLS_GOT_HI20, R_TLS_GD_HI20, R_TPREL_HI20, R_TPREL_LO12_I,
                                 R_TPREL_LO12_S, R_TPREL_ADD))
BITS: Final[dict[int, int]] = {R_BRANCH: 13, R_JAL: 21, R_RVC_BRANCH: 9, R_RVC_JUMP: 12}
PAIRS: Final[dict[int, tuple[int, int]]] = {
    V_8: (R_ADD8, R_SUB8), V_16: (R_ADD16, R_SUB16), R_32: (R_ADD32, R_SUB32), R_64: (R_ADD64, R_SUB64),
}
RELAXABLE: Final = frozenset((R_CALL, R_CALL_PLT, R_HI20, R_LO12_I, R_LO12_S, R_PCREL_HI20, R_PCREL_LO12_I, R_PCREL_LO12_S,
                              R_TPREL_HI20, R_TPREL_LO12_I, R_TPREL_LO12_S, R_TPREL_ADD))
"""A R_RISCV_RELAX goes beside these (as GNU as 2.40 does)."""
SHRINKS: Final = frozenset((R_CALL, R_CALL_PLT, R_HI20, R_PCREL_HI20, R_TPREL_HI20, R_TPREL_ADD))
"""The linker may delete bytes here: no difference across them is constant."""


def _kinds() -> list[FixupKind]:
    out: list[FixupKind] = []
    for n, name in enumerate(NAMES):
        add, subtract = PAIRS.get(n, (-1, -1))
        size = SIZES.get(n, 4)
        out.append(FixupKind(n, "R_RISCV_" + name, n, size, BITS.get(n, size * 8), n in PC_RELATIVE, add, subtract, n in THREAD_LOCAL))
    out.append(FixupKind(V_8, "8-bit value", -1, 1, 8, False, R_ADD8, R_SUB8))
    out.append(FixupKind(V_16, "16-bit value", -1, 2, 16, False, R_ADD16, R_SUB16))
    return out


FIXUPS: Final = _kinds()
BY_NAME: Final[dict[str, int]] = {k.name: k.number for k in FIXUPS if k.number <= LAST and "?" not in k.name}
# Generic names that GNU as knows for `.reloc`.
BY_NAME.update({"BFD_RELOC_NONE": R_NONE, "BFD_RELOC_32": R_32, "BFD_RELOC_64": R_64})


def branch_bits(offset: int) -> int:
    """B-type immediate."""
    return (offset & 0x1000) << 19 | (offset & 0x7E0) << 20 | (offset & 0x1E) << 7 | (offset & 0x800) >> 4


def jump_bits(offset: int) -> int:
    """J-type immediate."""
    return (offset & 0x100000) << 11 | (offset & 0x7FE) << 20 | (offset & 0x800) << 9 | offset & 0xFF000


def store_bits(value: int) -> int:
    """S-type immediate."""
    return (value & 0xFE0) << 20 | (value & 0x1F) << 7


def high_part(value: int) -> int:
    """The upper 20 bits that go with a signed low part, in place (bits 31 to 12)."""
    return (value + 0x800) & 0xFFFFF000


def compressed_branch_bits(offset: int) -> int:
    """CB-type offset."""
    return (offset & 0x100) << 4 | (offset & 0x18) << 7 | (offset & 0xC0) >> 1 | (offset & 0x6) << 2 | (offset & 0x20) >> 3


def compressed_jump_bits(offset: int) -> int:
    """CJ-type offset."""
    return ((offset & 0x800) << 1 | (offset & 0x10) << 7 | (offset & 0x300) << 1 | (offset & 0x400) >> 2 | (offset & 0x40) << 1
            | (offset & 0x80) >> 1 | (offset & 0xE) << 2 | (offset & 0x20) >> 3)


def value_bits(kind: int, value: int) -> int:
    """The bits that `value` sets in an instruction word."""
    if kind == R_BRANCH:
        return branch_bits(value)
    if kind == R_JAL:
        return jump_bits(value)
    if kind == R_RVC_BRANCH:
        return compressed_branch_bits(value)
    if kind == R_RVC_JUMP:
        return compressed_jump_bits(value)
    if kind in (R_HI20, R_TPREL_HI20):
        return high_part(value)
    if kind in (R_LO12_I, R_TPREL_LO12_I):
        return (value & 0xFFF) << 20
    if kind in (R_LO12_S, R_TPREL_LO12_S):
        return store_bits(value)
    return 0


def patch(kind: int, data: bytearray, offset: int, value: int, loc: Loc) -> None:
    """Put `value` into the bytes at `offset`."""
    fixup = FIXUPS[kind]
    size = fixup.size
    if kind in PAIRS or kind in (R_TLS_DTPREL32, R_TLS_DTPREL64):
        if not -(1 << (8 * size - 1)) <= value < 1 << (8 * size) and size < 8:
            raise ToolError(f"value {value:#x} does not fit in {size} byte{'s' if size > 1 else ''}", loc)
        data[offset:offset + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
        return
    if kind in (R_CALL, R_CALL_PLT, R_PCREL_HI20, R_PCREL_LO12_I, R_PCREL_LO12_S, R_GOT_HI20, R_TPREL_ADD) or size == 0:
        return
    bits = value_bits(kind, value)
    if bits:
        word = int.from_bytes(data[offset:offset + size], "little") | bits
        data[offset:offset + size] = word.to_bytes(size, "little")
