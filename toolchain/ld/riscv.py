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
    R_ALIGN,
    R_BRANCH,
    R_CALL,
    R_CALL_PLT,
    R_GOT32_PCREL,
    R_GOT_HI20,
    R_HI20,
    R_IRELATIVE,
    R_JAL,
    R_LO12_I,
    R_LO12_S,
    R_PCREL_HI20,
    R_PLT32,
    R_RELAX,
    R_RVC_JUMP,
    R_TLS_GD_HI20,
    R_TLS_GOT_HI20,
    R_TLSDESC_HI20,
    R_TPREL_HI20,
)
from toolchain.ld.model import (
    NEEDS_GOTTP,
    NEEDS_TLSDESC,
    NEEDS_TLSGD,
    InputFile,
    InputSection,
    LinkSymbol,
)
from toolchain.ld.relaxing import Shrinker
from toolchain.ld.riscv_attributes import merge_attributes
from toolchain.ld.riscv_fields import GP, i_type, nops
from toolchain.ld.riscv_relaxing import Plan, Reach
from toolchain.ld.riscv_relocating import Applier
from toolchain.ld.state import Link
from toolchain.ld.target import Target

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

_SMALL_DATA: Final = """\
.sdata          :
  {
    __global_pointer$ = . + 0x800;
    *(.srodata.cst16) *(.srodata.cst8) *(.srodata.cst4) *(.srodata.cst2) *(.srodata .srodata.*)
    *(.sdata .sdata.* .gnu.linkonce.s.*)
  }"""



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
        self.plans: list[Plan] = []
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
                plan = Plan(section)
                plan.collect(link)
                if plan.calls or plan.pairs or plan.absolutes or plan.tprels or plan.aligns:
                    self.plans.append(plan)
        if not self.plans:
            return False
        self.shrinker = Shrinker([p.section for p in self.plans], nops)
        return True

    def relax(self, link: Link) -> bool:
        """One pass: see what has come into reach, then take the bytes out."""
        gp = link.symbols.get(GP)
        self.gp = gp if gp is not None and gp.is_defined and not link.options.shared and link.options.relax_gp else None
        first = bool(self.plans) and not self.plans[0].started
        wide_align = max([o.align for o in link.outputs if o.is_alloc], default=1)
        reach = Reach(link, self.gp, wide_align)
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
        Applier(self, link, section, out, at, values).run(offsets, relocs.types, relocs.symbols, relocs.addends)

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
