"""RISC-V: what each relocation writes (psABI, "Relocations")."""
from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from toolchain.elf.constants import (
    SHF_ALLOC,
)
from toolchain.isa.riscv.relocation_types import (
    R_32,
    R_32_PCREL,
    R_64,
    R_ADD8,
    R_ADD64,
    R_ALIGN,
    R_BRANCH,
    R_CALL,
    R_CALL_PLT,
    R_GOT32_PCREL,
    R_GOT_HI20,
    R_GPREL_I,
    R_GPREL_S,
    R_HI20,
    R_JAL,
    R_LO12_I,
    R_LO12_S,
    R_NONE,
    R_PCREL_HI20,
    R_PCREL_LO12_I,
    R_PCREL_LO12_S,
    R_PLT32,
    R_RELAX,
    R_RVC_BRANCH,
    R_RVC_JUMP,
    R_RVC_LUI,
    R_SET6,
    R_SET8,
    R_SET16,
    R_SET32,
    R_SET_ULEB128,
    R_SUB6,
    R_SUB8,
    R_SUB64,
    R_SUB_ULEB128,
    R_TLS_DTPREL32,
    R_TLS_DTPREL64,
    R_TLS_GD_HI20,
    R_TLS_GOT_HI20,
    R_TLSDESC_ADD_LO12,
    R_TLSDESC_CALL,
    R_TLSDESC_HI20,
    R_TLSDESC_LOAD_LO12,
    R_TPREL_ADD,
    R_TPREL_HI20,
    R_TPREL_I,
    R_TPREL_LO12_I,
    R_TPREL_S,
)
from toolchain.ld.model import (
    NEEDS_GOT,
    NEEDS_GOTTP,
    NEEDS_TLSDESC,
    NEEDS_TLSGD,
    UNDEFINED,
    InputSection,
)
from toolchain.ld.riscv_fields import GP, U16, U32, b_type, cb_type, cj_type, i_type, s_type
from toolchain.ld.state import Link
from toolchain.ld.symbols import place_text

if TYPE_CHECKING:
    from toolchain.ld.riscv import RiscV



class Applier:
    """Applies the relocations of one section."""

    def __init__(self, target: RiscV, link: Link, section: InputSection, out: bytearray, at: int, values: list[int]) -> None:
        self.target = target
        self.link = link
        self.section = section
        self.out = out
        self.at = at
        self.values = values
        self.symbols = section.file.symbols
        self.base = section.address
        self.high: dict[int, int] = {}      # address of a high part -> the value whose low part belongs to it
        self.lows: list[tuple[int, int, int, int]] = []
        self.uleb: int = 0

    def run(self, offsets: list[int], types: list[int], indices: list[int], addends: list[int]) -> None:
        """All relocations in order; low parts of pc-relative pairs at the end."""
        out = self.out
        at = self.at
        base = self.base
        values = self.values
        unpack = U32.unpack_from
        pack = U32.pack_into
        high = self.high
        lows = self.lows
        symbols = self.symbols
        plain = not self.link.is_dynamic and not self.link.has_ifunc
        alloc = bool(self.section.flags & SHF_ALLOC)
        for offset, kind, index, addend in zip(offsets, types, indices, addends):
            if kind == R_RELAX or kind == R_NONE or kind == R_ALIGN:
                continue
            where = at + offset
            value = values[index] + addend
            if kind == R_JAL:
                value -= base + offset
                if not plain and symbols[index].plt >= 0:
                    value += self.link.plt_symbol_address(symbols[index]) - values[index]
                if not -0x100000 <= value < 0x100000:
                    self.overflow(offset, kind, index)
                    continue
                word = unpack(out, where)[0] & 0xFFF
                pack(out, where, word | (value & 0x100000) << 11 | (value & 0x7FE) << 20 | (value & 0x800) << 9 | value & 0xFF000)
            elif kind == R_PCREL_LO12_I or kind == R_PCREL_LO12_S:
                lows.append((offset, kind, index, addend))
            elif kind == R_PCREL_HI20:
                place = base + offset
                value -= place
                if not -0x80000800 <= value < 0x7FFFF800:
                    value = self.far_high(offset, kind, index, addend)
                high[place] = value
                word = unpack(out, where)[0] & 0xFFF
                pack(out, where, word | (value + 0x800) & 0xFFFFF000)
            elif kind == R_RVC_BRANCH:
                value -= base + offset
                if not -0x100 <= value < 0x100:
                    self.overflow(offset, kind, index)
                    continue
                U16.pack_into(out, where, cb_type(U16.unpack_from(out, where)[0], value))
            elif kind == R_RVC_JUMP:
                value -= base + offset
                if not plain and symbols[index].plt >= 0:
                    value += self.link.plt_symbol_address(symbols[index]) - values[index]
                if not -0x800 <= value < 0x800:
                    self.overflow(offset, kind, index)
                    continue
                U16.pack_into(out, where, cj_type(U16.unpack_from(out, where)[0], value))
            elif kind == R_BRANCH:
                value -= base + offset
                if not -0x1000 <= value < 0x1000:
                    self.overflow(offset, kind, index)
                    continue
                pack(out, where, b_type(unpack(out, where)[0], value))
            elif kind == R_64:
                if where + 8 > len(out):
                    self.overflow(offset, kind, index)
                    continue
                out[where:where + 8] = (value & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little")
            elif R_ADD8 <= kind <= R_SUB64:
                self.add_sub(where, kind, value)
            elif not alloc and kind in (R_32, R_64):
                self.other(offset, where, kind, index, addend, value)
            else:
                self.other(offset, where, kind, index, addend, value)
        if lows:
            self.low_parts()

    def add_sub(self, where: int, kind: int, value: int) -> None:
        """ADDn and SUBn: arithmetic on what is there."""
        out = self.out
        if kind <= R_ADD64:
            size = 1 << (kind - R_ADD8)
        else:
            size = 1 << (kind - R_SUB8)
            value = -value
        old = int.from_bytes(out[where:where + size], "little")
        out[where:where + size] = ((old + value) & ((1 << 8 * size) - 1)).to_bytes(size, "little")

    def low_parts(self) -> None:
        """R_RISCV_PCREL_LO12_*: their symbol is the label of the high part."""
        out = self.out
        high = self.high
        values = self.values
        unpack = U32.unpack_from
        pack = U32.pack_into
        for offset, kind, index, addend in self.lows:
            label = values[index]
            value = high.get(label)
            if value is None:
                self.link.error(f"{self.section.file.name}({self.section.name}+{offset:#x}): {self.target.reloc_name(kind)} missing matching "
                                f"{self.target.reloc_name(R_PCREL_HI20)}")
                continue
            value += addend
            where = self.at + offset
            word = unpack(out, where)[0]
            if kind == R_PCREL_LO12_I:
                pack(out, where, word & 0x000FFFFF | (value & 0xFFF) << 20)
            else:
                pack(out, where, s_type(word, value))

    def far_high(self, offset: int, kind: int, index: int, addend: int) -> int:
        """A pc-relative high part out of reach: fine if the symbol is an undefined weak one, that is 0.

        Then `auipc` becomes `lui` and the pair makes an absolute address.
        """
        s = self.symbols[index]
        near = self.wrap(self.values[index] + addend - self.base - offset)
        if -0x80000800 <= near < 0x7FFFF800:
            return near
        absolute = self.values[index] + addend
        signed = absolute - (1 << self.target.bits) if absolute >> (self.target.bits - 1) else absolute
        if self.link.options.is_pic or not -0x80000800 <= signed < 0x7FFFF800 or (s.state != UNDEFINED and s.section.output is not None):
            self.overflow(offset, kind, index)
            return 0
        where = self.at + offset
        word = U32.unpack_from(self.out, where)[0]
        U32.pack_into(self.out, where, word & ~0x7F | 0x37)
        return signed

    def wrap(self, value: int) -> int:
        """A difference of addresses as the hardware adds it: modulo the word size, signed."""
        bits = self.target.bits
        value &= (1 << bits) - 1
        return value - (1 << bits) if value >> (bits - 1) else value

    def hi_lo_call(self, offset: int, where: int, kind: int, index: int, value: int) -> None:
        """auipc + jalr."""
        out = self.out
        s = self.symbols[index]
        if s.plt >= 0:
            value += self.link.plt_symbol_address(s) - self.values[index]
        delta = self.wrap(value - (self.base + offset))
        if not -0x80000800 <= delta < 0x7FFFF800:
            if s.state != UNDEFINED:
                self.overflow(offset, kind, index)
                return
            delta = value
            U32.pack_into(out, where, U32.unpack_from(out, where)[0] & ~0x7F | 0x37)
        auipc, jalr = struct.unpack_from("<II", out, where)
        struct.pack_into("<II", out, where, auipc & 0xFFF | (delta + 0x800) & 0xFFFFF000, i_type(jalr, delta))

    def other(self, offset: int, where: int, kind: int, index: int, addend: int, value: int) -> None:
        """The rarer relocations."""
        out = self.out
        link = self.link
        if kind == R_CALL or kind == R_CALL_PLT:
            self.hi_lo_call(offset, where, kind, index, value)
        elif kind == R_32:
            if self.target.bits == 64 and not -0x80000000 <= value < 0x100000000 and not self.fits_signed(value):
                self.overflow(offset, kind, index)
                return
            U32.pack_into(out, where, value & 0xFFFFFFFF)
        elif kind in (R_HI20, R_LO12_I, R_LO12_S, R_RVC_LUI, R_GPREL_I, R_GPREL_S):
            self.absolute_part(offset, where, kind, index, value)
        elif kind in (R_GOT_HI20, R_TLS_GOT_HI20, R_TLS_GD_HI20, R_TLSDESC_HI20):
            s = self.symbols[index]
            slot = link.got_entry_address(s, {R_GOT_HI20: NEEDS_GOT, R_TLS_GOT_HI20: NEEDS_GOTTP, R_TLS_GD_HI20: NEEDS_TLSGD,
                                              R_TLSDESC_HI20: NEEDS_TLSDESC}[kind])
            place = self.base + offset
            delta = slot + addend - place
            self.high[place] = delta
            U32.pack_into(out, where, U32.unpack_from(out, where)[0] & 0xFFF | (delta + 0x800) & 0xFFFFF000)
        elif R_TPREL_HI20 <= kind <= R_TPREL_ADD or kind in (R_TPREL_I, R_TPREL_S):
            self.tp_part(where, kind, value - link.tls_start)
        elif kind in (R_SUB6, R_SET6, R_SET8, R_SET16, R_SET32, R_SET_ULEB128, R_SUB_ULEB128):
            self.set_part(where, kind, value, offset)
        elif kind in (R_32_PCREL, R_PLT32, R_GOT32_PCREL):
            s = self.symbols[index]
            if kind == R_PLT32 and s.plt >= 0:
                value += link.plt_symbol_address(s) - self.values[index]
            elif kind == R_GOT32_PCREL:
                value = link.got_entry_address(s, NEEDS_GOT) + addend
            delta = value - (self.base + offset)
            if not -0x80000000 <= delta < 0x80000000:
                self.overflow(offset, kind, index)
                return
            U32.pack_into(out, where, delta & 0xFFFFFFFF)
        elif kind in (R_TLS_DTPREL32, R_TLS_DTPREL64):
            size = 4 if kind == R_TLS_DTPREL32 else 8
            out[where:where + size] = ((value - link.tls_start - 0x800) & ((1 << 8 * size) - 1)).to_bytes(size, "little")
        elif kind in (R_TLSDESC_LOAD_LO12, R_TLSDESC_ADD_LO12):
            delta = self.high.get(self.values[index], 0) + addend
            U32.pack_into(out, where, i_type(U32.unpack_from(out, where)[0], delta))
        elif kind == R_TLSDESC_CALL:
            return
        else:
            link.error(f"{self.section.file.name}: unsupported relocation type {self.target.reloc_name(kind)} ({kind})")

    def fits_signed(self, value: int) -> bool:
        """Whether a 64-bit address is the sign extension of its low 32 bits."""
        return value >> 31 == 0x1FFFFFFFF

    def absolute_part(self, offset: int, where: int, kind: int, index: int, value: int) -> None:
        """lui, its low parts, and what relaxation makes of them."""
        out = self.out
        bits = self.target.bits
        if kind in (R_GPREL_I, R_GPREL_S):
            gp = self.link.symbols[GP].address
            word = U32.unpack_from(out, where)[0] & ~(0x1F << 15) | 3 << 15
            value -= gp
            if not -0x800 <= value < 0x800:
                self.overflow(offset, kind, index)
                return
            U32.pack_into(out, where, i_type(word, value) if kind == R_GPREL_I else s_type(word, value))
            return
        signed = value - (1 << bits) if value >> (bits - 1) & 1 else value
        if kind == R_RVC_LUI:
            page = (signed + 0x800) >> 12
            if not -32 <= page < 32 or page == 0:
                self.overflow(offset, kind, index)
                return
            word = U16.unpack_from(out, where)[0]
            U16.pack_into(out, where, word & 0xEF83 | (page >> 5 & 1) << 12 | (page & 0x1F) << 2)
        elif kind == R_HI20:
            if bits == 64 and not -0x80000800 <= signed < 0x7FFFF800:
                self.overflow(offset, kind, index)
                return
            U32.pack_into(out, where, U32.unpack_from(out, where)[0] & 0xFFF | (signed + 0x800) & 0xFFFFF000)
        elif kind == R_LO12_I:
            U32.pack_into(out, where, i_type(U32.unpack_from(out, where)[0], signed))
        else:
            U32.pack_into(out, where, s_type(U32.unpack_from(out, where)[0], signed))

    def tp_part(self, where: int, kind: int, value: int) -> None:
        """Offsets from the thread pointer."""
        out = self.out
        if kind == R_TPREL_ADD:
            return
        word = U32.unpack_from(out, where)[0]
        if kind in (R_TPREL_I, R_TPREL_S):
            word = word & ~(0x1F << 15) | 4 << 15
        if kind == R_TPREL_HI20:
            word = word & 0xFFF | (value + 0x800) & 0xFFFFF000
        elif kind in (R_TPREL_LO12_I, R_TPREL_I):
            word = i_type(word, value)
        else:
            word = s_type(word, value)
        U32.pack_into(out, where, word)

    def set_part(self, where: int, kind: int, value: int, offset: int) -> None:
        """SET6, SUB6, SET8 .. SET32 and the ULEB128 pair."""
        out = self.out
        if kind == R_SET6:
            out[where] = out[where] & 0xC0 | value & 0x3F
        elif kind == R_SUB6:
            out[where] = out[where] & 0xC0 | (out[where] - value) & 0x3F
        elif kind == R_SET_ULEB128:
            self.uleb = value
        elif kind == R_SUB_ULEB128:
            self.write_uleb(where, self.uleb - value, offset)
        else:
            size = 1 << (kind - R_SET8)
            out[where:where + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")

    def write_uleb(self, where: int, value: int, offset: int) -> None:
        """A ULEB128 of the length that is there."""
        out = self.out
        value &= (1 << self.target.bits) - 1
        while out[where] & 0x80:
            out[where] = 0x80 | value & 0x7F
            value >>= 7
            where += 1
        if value > 0x7F:
            self.link.error(f"{self.section.display}+{offset:#x}: ULEB128 value does not fit in the space the assembler left")
            return
        out[where] = value

    def overflow(self, offset: int, kind: int, index: int) -> None:
        """Report a value that does not fit its field."""
        s = self.symbols[index]
        name = s.name or (s.section.name if s.section else "")
        where = place_text(self.link, self.section.file, self.section, offset, [])
        self.link.raw_error(f"{where}: relocation truncated to fit: {self.target.reloc_name(kind)} against `{name}'")
