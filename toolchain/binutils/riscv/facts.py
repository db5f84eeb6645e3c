"""What the object tools must be told of RISC-V (RISC-V ELF psABI)."""
from __future__ import annotations

from typing import Final

from toolchain.binutils.classes import is_local_label
from toolchain.binutils.decoder import Decoder
from toolchain.binutils.machine import ADD, PC_RELATIVE, SET, SET6, SUBTRACT, SUBTRACT6, Format, Machine, numbered
from toolchain.elf.constants import (
    EF_RISCV_FLOAT_ABI,
    EF_RISCV_RVC,
    EF_RISCV_RVE,
    EF_RISCV_TSO,
    EM_RISCV,
    PT_RISCV_ATTRIBUTES,
    SHT_RISCV_ATTRIBUTES,
    STO_RISCV_VARIANT_CC,
)
from toolchain.elf.image import Symbol

RELOCATIONS: Final = numbered("R_RISCV_", 0, """NONE 32 64 RELATIVE COPY JUMP_SLOT TLS_DTPMOD32 TLS_DTPMOD64 TLS_DTPREL32 TLS_DTPREL64
    TLS_TPREL32 TLS_TPREL64 - - - - BRANCH JAL CALL CALL_PLT GOT_HI20 TLS_GOT_HI20 TLS_GD_HI20 PCREL_HI20 PCREL_LO12_I
    PCREL_LO12_S HI20 LO12_I LO12_S TPREL_HI20 TPREL_LO12_I TPREL_LO12_S TPREL_ADD ADD8 ADD16 ADD32 ADD64 SUB8 SUB16 SUB32
    SUB64 GNU_VTINHERIT GNU_VTENTRY ALIGN RVC_BRANCH RVC_JUMP RVC_LUI GPREL_I GPREL_S TPREL_I TPREL_S RELAX SUB6 SET6 SET8
    SET16 SET32 32_PCREL IRELATIVE""")
REGISTERS: Final = ("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6 "
                 "ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 "
                 "ft8 ft9 ft10 ft11").split()
FLOAT_ABIS: Final = (", soft-float ABI", ", single-float ABI", ", double-float ABI", ", quad-float ABI")
DT_VARIANT_CC: Final = 0x70000001
TAG_STACK_ALIGN: Final = 4
TAG_UNALIGNED_ACCESS: Final = 6


class RiscV(Machine):
    """Both word sizes."""

    def __init__(self) -> None:
        super().__init__(EM_RISCV, "RISC-V", (
            Format("elf64-littleriscv", EM_RISCV, 64, True, "riscv:rv64"), Format("elf32-littleriscv", EM_RISCV, 32, True, "riscv:rv32")))
        self.architecture_aliases = {"riscv": ("riscv:rv64", ())}
        self.section_types = {SHT_RISCV_ATTRIBUTES: "RISCV_ATTRIBUTES"}
        self.segment_types = {PT_RISCV_ATTRIBUTES: "RISCV_ATTRIBUT"}
        self.dynamic_tags = {DT_VARIANT_CC: "RISCV_VARIANT_CC"}
        self.other_bits = {STO_RISCV_VARIANT_CC: "VARIANT_CC"}
        self.relocation_names = RELOCATIONS
        self.data_relocations = {
            1: (4, SET), 2: (8, SET), 33: (1, ADD), 34: (2, ADD), 35: (4, ADD), 36: (8, ADD), 37: (1, SUBTRACT), 38: (2, SUBTRACT),
            39: (4, SUBTRACT), 40: (8, SUBTRACT), 52: (1, SUBTRACT6), 53: (1, SET6), 54: (1, SET), 55: (2, SET), 56: (4, SET),
            57: (4, PC_RELATIVE)}
        self.register_names = REGISTERS
        self.global_pointer = "__global_pointer$"
        self.plt_header = 32
        self.plt_entry = 16
        self.attribute_section = SHT_RISCV_ATTRIBUTES
        self.attribute_names = {
            TAG_STACK_ALIGN: "Tag_RISCV_stack_align", 5: "Tag_RISCV_arch", TAG_UNALIGNED_ACCESS: "Tag_RISCV_unaligned_access",
            8: "Tag_RISCV_priv_spec", 10: "Tag_RISCV_priv_spec_minor", 12: "Tag_RISCV_priv_spec_revision"}

    def flags_text(self, flags: int) -> str:
        """See `Machine`."""
        out = "".join(text for bit, text in ((EF_RISCV_RVC, ", RVC"), (EF_RISCV_RVE, ", RVE"), (EF_RISCV_TSO, ", TSO")) if flags & bit)
        return out + FLOAT_ABIS[(flags & EF_RISCV_FLOAT_ABI) >> 1]

    def is_mapping_symbol(self, name: str) -> bool:
        """See `Machine`: $d, and $x with an ISA string."""
        return name.startswith(("$x", "$d.")) or name == "$d"

    def is_special_symbol(self, s: Symbol) -> bool:
        """See `Machine`: also nameless and local labels, which mark what the linker may relax."""
        return s.name == "" or is_local_label(s.name) or self.is_mapping_symbol(s.name)

    def names_address(self, name: str) -> bool:
        """See `Machine`."""
        return name != ".L0 " and not self.is_mapping_symbol(name)

    def attribute_text(self, tag: int, value: int) -> str:
        """See `Machine`."""
        if tag == TAG_STACK_ALIGN:
            return f"{value}-bytes"
        if tag == TAG_UNALIGNED_ACCESS:
            return "Unaligned access" if value else "No unaligned access"
        return str(value)

    def decoder(self, form: Format, dialect: list[str]) -> Decoder:
        """See `Machine`."""
        from toolchain.binutils.riscv.text import RiscvText
        return RiscvText(form.bits)


MACHINES: Final = (RiscV(),)
