"""RISC-V: shortening what R_RISCV_RELAX marks (psABI, "Linker Relaxation")."""
from __future__ import annotations

from toolchain.elf.constants import (
    EF_RISCV_RVC,
    SHF_EXECINSTR,
)
from toolchain.isa.riscv.relocation_types import (
    R_ALIGN,
    R_CALL,
    R_CALL_PLT,
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
    R_RELAX,
    R_RVC_JUMP,
    R_RVC_LUI,
    R_TPREL_ADD,
    R_TPREL_HI20,
    R_TPREL_I,
    R_TPREL_LO12_I,
    R_TPREL_S,
)
from toolchain.ld.model import (
    UNDEFINED,
    InputSection,
    LinkSymbol,
)
from toolchain.ld.riscv_fields import U16, U32
from toolchain.ld.state import Link


class Reach:
    """What one relaxation pass compares distances with."""

    def __init__(self, link: Link, gp: LinkSymbol | None, wide_align: int) -> None:
        self.gp = gp
        self.gp_address = gp.address if gp is not None else 0
        self.gp_output = gp.section.output if gp is not None else None
        self.wide_align = wide_align
        self.pic = link.options.is_pic
        self.bits = link.target.bits


class Plan:
    """Relaxation of one section: candidates that are still long, and the cuts made so far.

    `cuts` are (offset, bytes deleted); the instruction that stays is patched at once in
    `section.patches`, and its relocation's type is changed to that of the short form.
    """

    def __init__(self, section: InputSection) -> None:
        self.section = section
        self.started = False
        self.dirty = False
        self.cuts: list[tuple[int, int]] = []
        self.calls: list[tuple[int, int, LinkSymbol, int, int]] = []          # index, offset, symbol, addend, rd
        self.pairs: list[tuple[int, int, LinkSymbol, int, list[int]]] = []     # index, offset, symbol, addend, lows
        self.absolutes: list[tuple[int, int, LinkSymbol, int]] = []
        self.tprels: list[tuple[int, int, LinkSymbol, int]] = []
        self.aligns: list[tuple[int, int]] = []
        self.rvc = bool(section.file.image.flags & EF_RISCV_RVC)

    def collect(self, link: Link) -> None:
        """Read the relocations once."""
        section = self.section
        relocs = section.relocations
        assert relocs is not None
        types = relocs.types
        offsets = relocs.offsets
        indices = relocs.symbols
        addends = relocs.addends
        symbols = section.file.symbols
        data = section.data
        count = len(types)
        highs: dict[int, int] = {}
        lows: dict[int, list[int]] = {}
        for i in range(count):
            kind = types[i]
            if kind == R_ALIGN:
                if addends[i] > 0:
                    self.aligns.append((offsets[i], addends[i]))
                continue
            if kind == R_PCREL_LO12_I or kind == R_PCREL_LO12_S:
                label = symbols[indices[i]]
                if label.section is section:
                    relaxable = i + 1 < count and types[i + 1] == R_RELAX and offsets[i + 1] == offsets[i]
                    lows.setdefault(label.value, []).append(i if relaxable else -1)
                continue
            if i + 1 >= count or types[i + 1] != R_RELAX or offsets[i + 1] != offsets[i]:
                continue
            if kind == R_CALL or kind == R_CALL_PLT:
                s = symbols[indices[i]]
                offset = offsets[i]
                if offset + 8 <= len(data):
                    rd = data[offset + 4] >> 7 | (data[offset + 5] & 0xF) << 1
                    self.calls.append((i, offset, s, addends[i], rd))
            elif kind == R_PCREL_HI20:
                highs[offsets[i]] = i
            elif kind == R_HI20 or kind == R_LO12_I or kind == R_LO12_S:
                self.absolutes.append((i, offsets[i], symbols[indices[i]], addends[i]))
            elif R_TPREL_HI20 <= kind <= R_TPREL_ADD:
                self.tprels.append((i, offsets[i], symbols[indices[i]], addends[i]))
        for offset, i in highs.items():
            users = lows.get(offset)
            if users and -1 not in users:
                self.pairs.append((i, offset, symbols[indices[i]], addends[i], users))

    def shorten(self, link: Link, reach: Reach) -> bool:
        """Try all candidates; True if any got shorter."""
        before = len(self.cuts)
        if self.calls:
            self.shorten_calls(link, reach)
        if self.pairs and reach.gp is not None:
            self.shorten_pairs(reach)
        if self.absolutes and not reach.pic:
            self.shorten_absolutes(reach)
        if self.tprels and not link.options.shared:
            self.shorten_tprels(link)
        return len(self.cuts) != before

    def shorten_calls(self, link: Link, reach: Reach) -> None:
        """auipc+jalr -> jal, c.j or c.jal."""
        section = self.section
        output = section.output
        assert output is not None
        base = section.address
        cut_before = section.removed_before
        relocs = section.relocations
        assert relocs is not None
        types = relocs.types
        rest: list[tuple[int, int, LinkSymbol, int, int]] = []
        here_align = output.align
        wide_align = reach.wide_align
        plain = not link.is_dynamic and not link.has_ifunc
        for candidate in self.calls:
            index, offset, s, addend, rd = candidate
            if plain or (s.plt < 0 and not s.preemptible):
                target = s.section.address + s.value + addend
                if s.state == UNDEFINED:
                    rest.append(candidate)
                    continue
                inside = s.section.output is output
            else:
                if s.plt < 0:
                    rest.append(candidate)
                    continue
                target = link.plt_symbol_address(s)
                inside = False
            distance = target - (base + offset - cut_before(offset))
            align = here_align if inside else wide_align
            if distance < 0:
                distance -= align
            else:
                distance += align
            if not -0x100000 <= distance < 0x100000:
                rest.append(candidate)
                continue
            if self.rvc and -0x800 <= distance < 0x800 and (rd == 0 or (rd == 1 and reach.bits == 32)):
                section.patches.append((offset, 2, b"\x01\xa0" if rd == 0 else b"\x01\x20"))
                types[index] = R_RVC_JUMP
                self.cuts.append((offset + 2, 6))
            else:
                section.patches.append((offset, 4, U32.pack(0x6F | rd << 7)))
                types[index] = R_JAL
                self.cuts.append((offset + 4, 4))
        self.calls = rest

    def near_gp(self, reach: Reach, s: LinkSymbol, addend: int) -> bool:
        """Whether a symbol is surely within reach of gp, whatever alignment does to the distance."""
        if s.state == UNDEFINED or s.preemptible:
            return False
        output = s.section.output
        slack = 0 if output is reach.gp_output else reach.wide_align
        distance = s.section.address + s.value + addend - reach.gp_address
        return -0x800 + slack <= distance < 0x800 - slack

    def shorten_pairs(self, reach: Reach) -> None:
        """auipc + low part -> gp-relative low part alone."""
        section = self.section
        relocs = section.relocations
        assert relocs is not None
        rest: list[tuple[int, int, LinkSymbol, int, list[int]]] = []
        for candidate in self.pairs:
            index, offset, s, addend, users = candidate
            if s.state == UNDEFINED or not self.near_gp(reach, s, addend) or not self.data_symbol(s):
                rest.append(candidate)
                continue
            symbol = relocs.symbols[index]
            for user in users:
                relocs.types[user] = R_GPREL_I if relocs.types[user] == R_PCREL_LO12_I else R_GPREL_S
                relocs.symbols[user] = symbol
                relocs.addends[user] += addend
            relocs.types[index] = R_NONE
            self.cuts.append((offset, 4))
        self.pairs = rest

    def data_symbol(self, s: LinkSymbol) -> bool:
        """Code moves while it shrinks: gp reaches for data only."""
        return not s.section.flags & SHF_EXECINSTR

    def shorten_absolutes(self, reach: Reach) -> None:
        """lui + low part -> gp-relative or zero-page low part alone, or c.lui."""
        section = self.section
        relocs = section.relocations
        assert relocs is not None
        types = relocs.types
        rest: list[tuple[int, int, LinkSymbol, int]] = []
        for candidate in self.absolutes:
            index, offset, s, addend = candidate
            kind = types[index]
            value = s.section.address + s.value + addend
            signed = value - (1 << reach.bits) if value >> (reach.bits - 1) else value
            absolute = s.state == UNDEFINED or s.section.output is None
            near_zero = absolute and -0x800 <= signed < 0x800
            if near_zero or (reach.gp is not None and s.state != UNDEFINED and self.near_gp(reach, s, addend) and self.data_symbol(s)):
                if kind == R_HI20:
                    types[index] = R_NONE
                    self.cuts.append((offset, 4))
                elif not near_zero:
                    types[index] = R_GPREL_I if kind == R_LO12_I else R_GPREL_S
                else:
                    self.zero_base(offset)
                continue
            slack = 0 if absolute else reach.wide_align
            page = (signed + 0x800) >> 12
            if (kind == R_HI20 and self.rvc and page and -32 <= page < 32
                    and -32 <= (signed + 0x800 - slack) >> 12 and (signed + 0x800 + slack) >> 12 < 32
                    and ((signed + 0x800 - slack) >> 12) * ((signed + 0x800 + slack) >> 12) > 0):
                rd = section.data[offset] >> 7 | (section.data[offset + 1] & 0xF) << 1
                if rd not in (0, 2):
                    section.patches.append((offset, 2, U16.pack(0x6001 | rd << 7)))
                    types[index] = R_RVC_LUI
                    self.cuts.append((offset + 2, 2))
                    continue
            rest.append(candidate)
        self.absolutes = rest

    def zero_base(self, offset: int) -> None:
        """Make the low part's base register x0."""
        word = U32.unpack_from(self.section.data, offset)[0] & ~(0x1F << 15)
        self.section.patches.append((offset, 4, U32.pack(word)))

    def shorten_tprels(self, link: Link) -> None:
        """lui + add + low part -> tp-relative low part alone, for the first 2 KB of TLS."""
        section = self.section
        relocs = section.relocations
        assert relocs is not None
        rest: list[tuple[int, int, LinkSymbol, int]] = []
        for candidate in self.tprels:
            index, offset, s, addend = candidate
            value = s.section.address + s.value + addend - link.tls_start
            if not link.tls_known or not -0x800 <= value < 0x800:
                rest.append(candidate)
                continue
            kind = relocs.types[index]
            if kind == R_TPREL_HI20 or kind == R_TPREL_ADD:
                relocs.types[index] = R_NONE
                self.cuts.append((offset, 4))
            else:
                relocs.types[index] = R_TPREL_I if kind == R_TPREL_LO12_I else R_TPREL_S
        self.tprels = rest
