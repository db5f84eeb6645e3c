"""RISC-V (RV32 and RV64): relocations, relaxation, PLT.

What is special about RISC-V: sections shrink while being linked.  The assembler marks with R_RISCV_RELAX
every instruction sequence that the linker may shorten, leaves all label differences to pairs of ADD
and SUB relocations, and pads for the worst case at R_RISCV_ALIGN, where the linker takes bytes out
again.  The low half of a pc-relative pair refers to the *label of the high half*.

Reference: RISC-V ELF psABI, https://github.com/riscv-non-isa/riscv-elf-psabi-doc
"""
from __future__ import annotations

import struct
from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.elf.constants import (
    EF_RISCV_FLOAT_ABI,
    EF_RISCV_RVC,
    EF_RISCV_RVE,
    EF_RISCV_TSO,
    EM_RISCV,
    PT_RISCV_ATTRIBUTES,
    SHF_ALLOC,
    SHF_EXECINSTR,
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
    R_GPREL_S,
    R_HI20,
    R_IRELATIVE,
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
    InputFile,
    InputSection,
    LinkSymbol,
)
from toolchain.ld.relaxing import Shrinker
from toolchain.ld.riscv_attributes import merge_attributes
from toolchain.ld.state import Link
from toolchain.ld.symbols import place_text
from toolchain.ld.target import Target

R_GPREL_I: Final = 47      # made by relaxation, never in files

_NAMES: Final[dict[int, str]] = {
    0: "NONE", 1: "32", 2: "64", 3: "RELATIVE", 4: "COPY", 5: "JUMP_SLOT", 6: "TLS_DTPMOD32", 7: "TLS_DTPMOD64", 8: "TLS_DTPREL32",
    9: "TLS_DTPREL64", 10: "TLS_TPREL32", 11: "TLS_TPREL64", 12: "TLSDESC", 16: "BRANCH", 17: "JAL", 18: "CALL", 19: "CALL_PLT",
    20: "GOT_HI20", 21: "TLS_GOT_HI20", 22: "TLS_GD_HI20", 23: "PCREL_HI20", 24: "PCREL_LO12_I", 25: "PCREL_LO12_S", 26: "HI20",
    27: "LO12_I", 28: "LO12_S", 29: "TPREL_HI20", 30: "TPREL_LO12_I", 31: "TPREL_LO12_S", 32: "TPREL_ADD", 33: "ADD8", 34: "ADD16",
    35: "ADD32", 36: "ADD64", 37: "SUB8", 38: "SUB16", 39: "SUB32", 40: "SUB64", 41: "GOT32_PCREL", 43: "ALIGN", 44: "RVC_BRANCH",
    45: "RVC_JUMP", 46: "RVC_LUI", 47: "GPREL_I", 48: "GPREL_S", 49: "TPREL_I", 50: "TPREL_S", 51: "RELAX", 52: "SUB6", 53: "SET6",
    54: "SET8", 55: "SET16", 56: "SET32", 57: "32_PCREL", 58: "IRELATIVE", 59: "PLT32", 60: "SET_ULEB128", 61: "SUB_ULEB128",
    62: "TLSDESC_HI20", 63: "TLSDESC_LOAD_LO12", 64: "TLSDESC_ADD_LO12", 65: "TLSDESC_CALL",
}

# Relocations that scanning has to look at; a section with none of them is skipped
_INTERESTING: Final = frozenset((R_32, R_64, R_CALL, R_CALL_PLT, R_JAL, R_RVC_JUMP, R_BRANCH, R_GOT_HI20, R_GOT32_PCREL, R_TLS_GOT_HI20,
                                 R_TLS_GD_HI20, R_PCREL_HI20, R_HI20, R_LO12_I, R_LO12_S, R_PLT32, R_32_PCREL, R_TPREL_HI20,
                                 R_TLSDESC_HI20))
_STATIC_INTERESTING: Final = frozenset((R_GOT_HI20, R_GOT32_PCREL, R_TLS_GOT_HI20, R_TLS_GD_HI20, R_TLSDESC_HI20))

_U32: Final = struct.Struct("<I")
_U16: Final = struct.Struct("<H")
_LO_I: Final = (R_PCREL_LO12_I, R_LO12_I, R_TPREL_LO12_I)

_GP: Final = "__global_pointer$"
_SMALL_DATA: Final = """\
.sdata          :
  {
    __global_pointer$ = . + 0x800;
    *(.srodata.cst16) *(.srodata.cst8) *(.srodata.cst4) *(.srodata.cst2) *(.srodata .srodata.*)
    *(.sdata .sdata.* .gnu.linkonce.s.*)
  }"""
_NOP: Final = b"\x13\x00\x00\x00"
_C_NOP: Final = b"\x01\x00"


def nops(count: int) -> bytes:
    """Padding of `count` (even) bytes that may be executed."""
    return _NOP * (count // 4) + (_C_NOP if count % 4 else b"")


def i_type(word: int, value: int) -> int:
    """`word` with the 12-bit immediate of an I-type instruction."""
    return word & 0x000FFFFF | (value & 0xFFF) << 20


def s_type(word: int, value: int) -> int:
    """`word` with the 12-bit immediate of an S-type instruction."""
    return word & 0x01FFF07F | (value >> 5 & 0x7F) << 25 | (value & 0x1F) << 7


def b_type(word: int, value: int) -> int:
    """`word` with the 13-bit offset of a conditional branch."""
    return (word & 0x01FFF07F | (value >> 12 & 1) << 31 | (value >> 5 & 0x3F) << 25 | (value >> 1 & 0xF) << 8 | (value >> 11 & 1) << 7)


def j_type(word: int, value: int) -> int:
    """`word` with the 21-bit offset of `jal`."""
    return word & 0xFFF | (value >> 20 & 1) << 31 | (value >> 1 & 0x3FF) << 21 | (value >> 11 & 1) << 20 | (value >> 12 & 0xFF) << 12


def cb_type(word: int, value: int) -> int:
    """`word` with the 9-bit offset of `c.beqz`, `c.bnez`."""
    return (word & 0xE383 | (value >> 8 & 1) << 12 | (value >> 3 & 3) << 10 | (value >> 6 & 3) << 5 | (value >> 1 & 3) << 3
            | (value >> 5 & 1) << 2)


def cj_type(word: int, value: int) -> int:
    """`word` with the 12-bit offset of `c.j`, `c.jal`."""
    return (word & 0xE003 | (value >> 11 & 1) << 12 | (value >> 4 & 1) << 11 | (value >> 8 & 3) << 9 | (value >> 10 & 1) << 8
            | (value >> 6 & 1) << 7 | (value >> 7 & 1) << 6 | (value >> 1 & 7) << 3 | (value >> 5 & 1) << 2)


class RiscV(Target):
    """elf64lriscv and elf32lriscv."""

    def __init__(self, bits: int) -> None:
        super().__init__(f"elf{bits}lriscv", EM_RISCV, bits)
        self.formats = [f"elf{bits}-littleriscv"]
        self.arches = ["riscv", f"riscv:rv{bits}"]
        abi = "lp64d" if bits == 64 else "ilp32d"
        self.interpreter = f"/lib/ld-linux-riscv{bits}-{abi}.so.1" if bits == 64 else "/lib/ld-linux-riscv32-ilp32d.so.1"
        self.library_dirs = [f"/lib/riscv{bits}-linux-gnu", f"/usr/lib/riscv{bits}-linux-gnu", f"/usr/riscv{bits}-linux-gnu/lib", "/lib",
                             "/usr/lib"]
        wide = bits == 64
        self.dyn_absolute = R_64 if wide else R_32
        self.dyn_relative = 3
        self.dyn_glob_dat = self.dyn_absolute
        self.dyn_copy = 4
        self.dyn_jump_slot = 5
        self.dyn_irelative = R_IRELATIVE
        self.dyn_tls_module = 7 if wide else 6
        self.dyn_tls_offset = 9 if wide else 8
        self.dyn_tp_offset = 11 if wide else 10
        self.dyn_tlsdesc = 12
        self.reloc_names = {k: "R_RISCV_" + v for k, v in _NAMES.items()}
        self.can_relax = True
        self.small_data = True
        self.drops_local_labels = True
        self.small_sections = _SMALL_DATA
        self.attribute_segments = [(".riscv.attributes", PT_RISCV_ATTRIBUTES)]
        self.shrinker: Shrinker | None = None
        self.plans: list[_Plan] = []
        self.gp: LinkSymbol | None = None
        self.gp_value = 0

    # ---- inputs -------------------------------------------------------------------------------

    def file_flags(self, link: Link, file: InputFile) -> None:
        """Floating-point ABIs and RVE must agree; RVC and TSO accumulate."""
        flags = file.image.flags
        if flags < 0 or not any(s.flags & SHF_ALLOC and s.size for s in file.image.sections):
            return
        if not link.flags_seen:
            link.flags = flags
            link.flags_seen = True
            return
        if (link.flags ^ flags) & EF_RISCV_FLOAT_ABI:
            names = {0: "soft-float", 2: "single-float", 4: "double-float", 6: "quad-float"}
            raise ToolError(f"{file.name}: can't link {names[flags & EF_RISCV_FLOAT_ABI]} modules with "
                            f"{names[link.flags & EF_RISCV_FLOAT_ABI]} modules\nfailed to merge target specific data of file {file.name}")
        if (link.flags ^ flags) & EF_RISCV_RVE:
            raise ToolError(f"{file.name}: can't link RVE with other target\nfailed to merge target specific data of file {file.name}")
        link.flags |= flags & (EF_RISCV_RVC | EF_RISCV_TSO)

    def merge_special(self, link: Link) -> None:
        """.riscv.attributes: one section with the union of the extensions."""
        merge_attributes(link)

    # ---- scanning -----------------------------------------------------------------------------

    def scan(self, link: Link, section: InputSection) -> None:
        """See `Target.scan`."""
        relocs = section.relocations
        if relocs is None:
            return
        kinds = set(relocs.types)
        if not link.is_dynamic and not link.options.is_pic and not link.has_ifunc:
            if kinds.isdisjoint(_STATIC_INTERESTING):
                return
        elif kinds.isdisjoint(_INTERESTING):
            return
        scanner = link.scanner
        symbols = section.file.symbols
        word = self.dyn_absolute
        for i, kind in enumerate(relocs.types):
            if kind == R_RELAX or kind not in _INTERESTING:
                continue
            s = symbols[relocs.symbols[i]]
            if kind == word:
                scanner.absolute(section, relocs.offsets[i], s, relocs.addends[i], kind)
            elif kind == R_CALL or kind == R_CALL_PLT or kind == R_PLT32:
                scanner.call(s)
            elif kind == R_GOT_HI20 or kind == R_GOT32_PCREL:
                scanner.got(s)
            elif kind == R_TLS_GOT_HI20:
                scanner.tls(s, NEEDS_GOTTP)
            elif kind == R_TLS_GD_HI20:
                scanner.tls(s, NEEDS_TLSGD)
            elif kind == R_TLSDESC_HI20:
                scanner.tls(s, NEEDS_TLSDESC)
            elif kind == R_TPREL_HI20:
                if link.options.shared:
                    scanner.recompile(section, kind, s)
            elif kind in (R_PCREL_HI20, R_32_PCREL, R_JAL, R_BRANCH, R_RVC_JUMP):
                scanner.pc_relative(section, s, kind, kind in (R_JAL, R_BRANCH, R_RVC_JUMP))
            else:
                scanner.narrow_absolute(section, s, kind)

    def tp_offset(self, link: Link, address: int) -> int:
        """The thread pointer points at the TLS block itself."""
        return address - link.tls_start

    def dtp_offset(self, link: Link, address: int) -> int:
        """Offsets in a module are biased by 0x800, to be reached by 12 signed bits."""
        return address - link.tls_start - 0x800

    # ---- relaxation ---------------------------------------------------------------------------

    def prepare_relax(self, link: Link) -> bool:
        """Find the candidates of every section."""
        self.plans = []
        for section in link.sections:
            relocs = section.relocations
            if relocs is None or section.output is None or not section.flags & SHF_EXECINSTR:
                continue
            types = relocs.types
            if R_RELAX in types or R_ALIGN in types:
                plan = _Plan(section)
                plan.collect(link)
                if plan.calls or plan.pairs or plan.absolutes or plan.tprels or plan.aligns:
                    self.plans.append(plan)
        if not self.plans:
            return False
        self.shrinker = Shrinker([p.section for p in self.plans], nops)
        return True

    def relax(self, link: Link) -> bool:
        """One pass: see what has come into reach, then take the bytes out."""
        gp = link.symbols.get(_GP)
        self.gp = gp if gp is not None and gp.is_defined and not link.options.shared and link.options.relax_gp else None
        first = bool(self.plans) and not self.plans[0].started
        wide_align = max([o.align for o in link.outputs if o.is_alloc], default=1)
        reach = _Reach(link, self.gp, wide_align)
        shrinker = self.shrinker
        assert shrinker is not None
        changed = False
        for plan in self.plans:
            plan.started = True
            if link.options.relax and plan.shorten(link, reach):
                plan.dirty = True
            if plan.dirty or first:
                plan.dirty = False
                if shrinker.apply(plan.section, plan.cuts, plan.aligns):
                    changed = True
        return changed

    # ---- applying -----------------------------------------------------------------------------

    def relocate(self, link: Link, section: InputSection, out: bytearray, at: int, values: list[int]) -> None:
        """See `Target.relocate`."""
        relocs = section.relocations
        if relocs is None:
            return
        offsets = section.moved_offsets(relocs.offsets)
        _Applier(self, link, section, out, at, values).run(offsets, relocs.types, relocs.symbols, relocs.addends)

    # ---- dynamic linking ----------------------------------------------------------------------

    def write_plt(self, link: Link, out: bytearray, address: int, gotplt: int, entries: list[LinkSymbol]) -> None:
        """See `Target.write_plt`; code as in the psABI, section "Program Linkage Table"."""
        load = 3 if self.bits == 64 else 2       # funct3 of ld, lw
        shift = 1 if self.bits == 64 else 2
        delta = gotplt - address
        hi = (delta + 0x800) & 0xFFFFF000
        lo = delta & 0xFFF
        words = [
            0x00000397 | hi,                                      # auipc t2, %pcrel_hi(.got.plt)
            0x41C30333,                                           # sub t1, t1, t3
            0x00003E03 & ~0x7000 | load << 12 | 0x38000 | lo << 20,   # l[wd] t3, %pcrel_lo(t2)
            i_type(0x00030313, -(self.plt_header_size + 12)),     # addi t1, t1, -(header + 12)
            i_type(0x00038293, lo),                               # addi t0, t2, %pcrel_lo
            i_type(0x00035313, shift),                            # srli t1, t1, log2(16 / word)
            i_type(0x0002A283 & ~0x7000 | load << 12, link.word),  # l[wd] t0, word(t0)
            0x000E0067,                                           # jr t3
        ]
        struct.pack_into("<8I", out, 0, *words)
        for i, s in enumerate(entries):
            at = self.plt_header_size + i * self.plt_entry_size
            self.plt_entry(out, at, address + at, gotplt + s.gotplt)

    def plt_entry(self, out: bytearray, at: int, pc: int, slot: int) -> None:
        """auipc t3; l[wd] t3; jalr t1, t3; nop"""
        load = 3 if self.bits == 64 else 2
        delta = slot - pc
        hi = (delta + 0x800) & 0xFFFFF000
        struct.pack_into("<4I", out, at, 0x00000E17 | hi, 0x000E0E03 | load << 12 | (delta & 0xFFF) << 20, 0x000E0367, 0x00000013)

    def write_iplt(self, link: Link, out: bytearray, address: int, entries: list[LinkSymbol]) -> None:
        """See `Target.write_iplt`."""
        for i, s in enumerate(entries):
            at = i * self.iplt_entry_size
            self.plt_entry(out, at, address + at, link.igot_address + s.gotplt)

    def gotplt_initial(self, link: Link, plt_address: int, index: int) -> int:
        """Entries start out pointing at the PLT's header."""
        return link.plt_address


class _Reach:
    """What one relaxation pass compares distances with."""

    def __init__(self, link: Link, gp: LinkSymbol | None, wide_align: int) -> None:
        self.gp = gp
        self.gp_address = gp.address if gp is not None else 0
        self.gp_output = gp.section.output if gp is not None else None
        self.wide_align = wide_align
        self.pic = link.options.is_pic
        self.bits = link.target.bits


class _Plan:
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

    def shorten(self, link: Link, reach: _Reach) -> bool:
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

    def shorten_calls(self, link: Link, reach: _Reach) -> None:
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
                section.patches.append((offset, 4, _U32.pack(0x6F | rd << 7)))
                types[index] = R_JAL
                self.cuts.append((offset + 4, 4))
        self.calls = rest

    def near_gp(self, reach: _Reach, s: LinkSymbol, addend: int) -> bool:
        """Whether a symbol is surely within reach of gp, whatever alignment does to the distance."""
        if s.state == UNDEFINED or s.preemptible:
            return False
        output = s.section.output
        slack = 0 if output is reach.gp_output else reach.wide_align
        distance = s.section.address + s.value + addend - reach.gp_address
        return -0x800 + slack <= distance < 0x800 - slack

    def shorten_pairs(self, reach: _Reach) -> None:
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

    def shorten_absolutes(self, reach: _Reach) -> None:
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
                    section.patches.append((offset, 2, _U16.pack(0x6001 | rd << 7)))
                    types[index] = R_RVC_LUI
                    self.cuts.append((offset + 2, 2))
                    continue
            rest.append(candidate)
        self.absolutes = rest

    def zero_base(self, offset: int) -> None:
        """Make the low part's base register x0."""
        word = _U32.unpack_from(self.section.data, offset)[0] & ~(0x1F << 15)
        self.section.patches.append((offset, 4, _U32.pack(word)))

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


class _Applier:
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
        unpack = _U32.unpack_from
        pack = _U32.pack_into
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
                _U16.pack_into(out, where, cb_type(_U16.unpack_from(out, where)[0], value))
            elif kind == R_RVC_JUMP:
                value -= base + offset
                if not plain and symbols[index].plt >= 0:
                    value += self.link.plt_symbol_address(symbols[index]) - values[index]
                if not -0x800 <= value < 0x800:
                    self.overflow(offset, kind, index)
                    continue
                _U16.pack_into(out, where, cj_type(_U16.unpack_from(out, where)[0], value))
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
        unpack = _U32.unpack_from
        pack = _U32.pack_into
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
        word = _U32.unpack_from(self.out, where)[0]
        _U32.pack_into(self.out, where, word & ~0x7F | 0x37)
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
            _U32.pack_into(out, where, _U32.unpack_from(out, where)[0] & ~0x7F | 0x37)
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
            _U32.pack_into(out, where, value & 0xFFFFFFFF)
        elif kind in (R_HI20, R_LO12_I, R_LO12_S, R_RVC_LUI, R_GPREL_I, R_GPREL_S):
            self.absolute_part(offset, where, kind, index, value)
        elif kind in (R_GOT_HI20, R_TLS_GOT_HI20, R_TLS_GD_HI20, R_TLSDESC_HI20):
            s = self.symbols[index]
            slot = link.got_entry_address(s, {R_GOT_HI20: NEEDS_GOT, R_TLS_GOT_HI20: NEEDS_GOTTP, R_TLS_GD_HI20: NEEDS_TLSGD,
                                              R_TLSDESC_HI20: NEEDS_TLSDESC}[kind])
            place = self.base + offset
            delta = slot + addend - place
            self.high[place] = delta
            _U32.pack_into(out, where, _U32.unpack_from(out, where)[0] & 0xFFF | (delta + 0x800) & 0xFFFFF000)
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
            _U32.pack_into(out, where, delta & 0xFFFFFFFF)
        elif kind in (R_TLS_DTPREL32, R_TLS_DTPREL64):
            size = 4 if kind == R_TLS_DTPREL32 else 8
            out[where:where + size] = ((value - link.tls_start - 0x800) & ((1 << 8 * size) - 1)).to_bytes(size, "little")
        elif kind in (R_TLSDESC_LOAD_LO12, R_TLSDESC_ADD_LO12):
            delta = self.high.get(self.values[index], 0) + addend
            _U32.pack_into(out, where, i_type(_U32.unpack_from(out, where)[0], delta))
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
            gp = self.link.symbols[_GP].address
            word = _U32.unpack_from(out, where)[0] & ~(0x1F << 15) | 3 << 15
            value -= gp
            if not -0x800 <= value < 0x800:
                self.overflow(offset, kind, index)
                return
            _U32.pack_into(out, where, i_type(word, value) if kind == R_GPREL_I else s_type(word, value))
            return
        signed = value - (1 << bits) if value >> (bits - 1) & 1 else value
        if kind == R_RVC_LUI:
            page = (signed + 0x800) >> 12
            if not -32 <= page < 32 or page == 0:
                self.overflow(offset, kind, index)
                return
            word = _U16.unpack_from(out, where)[0]
            _U16.pack_into(out, where, word & 0xEF83 | (page >> 5 & 1) << 12 | (page & 0x1F) << 2)
        elif kind == R_HI20:
            if bits == 64 and not -0x80000800 <= signed < 0x7FFFF800:
                self.overflow(offset, kind, index)
                return
            _U32.pack_into(out, where, _U32.unpack_from(out, where)[0] & 0xFFF | (signed + 0x800) & 0xFFFFF000)
        elif kind == R_LO12_I:
            _U32.pack_into(out, where, i_type(_U32.unpack_from(out, where)[0], signed))
        else:
            _U32.pack_into(out, where, s_type(_U32.unpack_from(out, where)[0], signed))

    def tp_part(self, where: int, kind: int, value: int) -> None:
        """Offsets from the thread pointer."""
        out = self.out
        if kind == R_TPREL_ADD:
            return
        word = _U32.unpack_from(out, where)[0]
        if kind in (R_TPREL_I, R_TPREL_S):
            word = word & ~(0x1F << 15) | 4 << 15
        if kind == R_TPREL_HI20:
            word = word & 0xFFF | (value + 0x800) & 0xFFFFF000
        elif kind in (R_TPREL_LO12_I, R_TPREL_I):
            word = i_type(word, value)
        else:
            word = s_type(word, value)
        _U32.pack_into(out, where, word)

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
