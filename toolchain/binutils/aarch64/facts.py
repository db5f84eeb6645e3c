"""What the object tools must be told of AArch64 (ELF for the Arm 64-bit Architecture), and of the 32-bit ARM that has the same marks."""
from __future__ import annotations

from typing import Final

from toolchain.binutils.decoder import Decoder
from toolchain.binutils.machine import PC_RELATIVE, SET, Format, Machine, bit_names, numbered
from toolchain.elf.constants import (
    EM_AARCH64,
    EM_ARM,
    GNU_PROPERTY_AARCH64_FEATURE_1_AND,
    SHT_AARCH64_ATTRIBUTES,
    STO_AARCH64_VARIANT_PCS,
)

RELOCATIONS: Final = {
    0: "R_AARCH64_NONE",
    256: "R_AARCH64_NULL",
    **numbered("R_AARCH64_", 257, """ABS64 ABS32 ABS16 PREL64 PREL32 PREL16 MOVW_UABS_G0 MOVW_UABS_G0_NC MOVW_UABS_G1
        MOVW_UABS_G1_NC MOVW_UABS_G2 MOVW_UABS_G2_NC MOVW_UABS_G3 MOVW_SABS_G0 MOVW_SABS_G1 MOVW_SABS_G2 LD_PREL_LO19
        ADR_PREL_LO21 ADR_PREL_PG_HI21 ADR_PREL_PG_HI21_NC ADD_ABS_LO12_NC LDST8_ABS_LO12_NC TSTBR14 CONDBR19 - JUMP26 CALL26
        LDST16_ABS_LO12_NC LDST32_ABS_LO12_NC LDST64_ABS_LO12_NC MOVW_PREL_G0 MOVW_PREL_G0_NC MOVW_PREL_G1 MOVW_PREL_G1_NC
        MOVW_PREL_G2 MOVW_PREL_G2_NC MOVW_PREL_G3"""),
    **numbered("R_AARCH64_", 299, """LDST128_ABS_LO12_NC MOVW_GOTOFF_G0 MOVW_GOTOFF_G0_NC MOVW_GOTOFF_G1 MOVW_GOTOFF_G1_NC
        MOVW_GOTOFF_G2 MOVW_GOTOFF_G2_NC MOVW_GOTOFF_G3 GOTREL64 GOTREL32 GOT_LD_PREL19 LD64_GOTOFF_LO15 ADR_GOT_PAGE
        LD64_GOT_LO12_NC LD64_GOTPAGE_LO15"""),
    **numbered("R_AARCH64_", 512, """TLSGD_ADR_PREL21 TLSGD_ADR_PAGE21 TLSGD_ADD_LO12_NC TLSGD_MOVW_G1 TLSGD_MOVW_G0_NC
        TLSLD_ADR_PREL21 TLSLD_ADR_PAGE21 TLSLD_ADD_LO12_NC TLSLD_MOVW_G1 TLSLD_MOVW_G0_NC TLSLD_LD_PREL19
        TLSLD_MOVW_DTPREL_G2 TLSLD_MOVW_DTPREL_G1 TLSLD_MOVW_DTPREL_G1_NC TLSLD_MOVW_DTPREL_G0 TLSLD_MOVW_DTPREL_G0_NC
        TLSLD_ADD_DTPREL_HI12 TLSLD_ADD_DTPREL_LO12 TLSLD_ADD_DTPREL_LO12_NC TLSLD_LDST8_DTPREL_LO12
        TLSLD_LDST8_DTPREL_LO12_NC TLSLD_LDST16_DTPREL_LO12 TLSLD_LDST16_DTPREL_LO12_NC TLSLD_LDST32_DTPREL_LO12
        TLSLD_LDST32_DTPREL_LO12_NC TLSLD_LDST64_DTPREL_LO12 TLSLD_LDST64_DTPREL_LO12_NC TLSIE_MOVW_GOTTPREL_G1
        TLSIE_MOVW_GOTTPREL_G0_NC TLSIE_ADR_GOTTPREL_PAGE21 TLSIE_LD64_GOTTPREL_LO12_NC TLSIE_LD_GOTTPREL_PREL19
        TLSLE_MOVW_TPREL_G2 TLSLE_MOVW_TPREL_G1 TLSLE_MOVW_TPREL_G1_NC TLSLE_MOVW_TPREL_G0 TLSLE_MOVW_TPREL_G0_NC
        TLSLE_ADD_TPREL_HI12 TLSLE_ADD_TPREL_LO12 TLSLE_ADD_TPREL_LO12_NC TLSLE_LDST8_TPREL_LO12 TLSLE_LDST8_TPREL_LO12_NC
        TLSLE_LDST16_TPREL_LO12 TLSLE_LDST16_TPREL_LO12_NC TLSLE_LDST32_TPREL_LO12 TLSLE_LDST32_TPREL_LO12_NC
        TLSLE_LDST64_TPREL_LO12 TLSLE_LDST64_TPREL_LO12_NC TLSDESC_LD_PREL19 TLSDESC_ADR_PREL21 TLSDESC_ADR_PAGE21
        TLSDESC_LD64_LO12 TLSDESC_ADD_LO12 TLSDESC_OFF_G1 TLSDESC_OFF_G0_NC TLSDESC_LDR TLSDESC_ADD TLSDESC_CALL
        TLSLE_LDST128_TPREL_LO12 TLSLE_LDST128_TPREL_LO12_NC TLSLD_LDST128_DTPREL_LO12 TLSLD_LDST128_DTPREL_LO12_NC"""),
    **numbered("R_AARCH64_", 1024, "COPY GLOB_DAT JUMP_SLOT RELATIVE TLS_DTPMOD TLS_DTPREL TLS_TPREL TLSDESC IRELATIVE"),
}
REGISTERS: Final = [f"x{i}" for i in range(31)] + ["sp"] + ["-"] * 32 + [f"v{i}" for i in range(32)]
FEATURES: Final = ((1, "BTI"), (2, "PAC"))


class Arm(Machine):
    """What both word sizes share: mapping symbols."""

    def is_mapping_symbol(self, name: str) -> bool:
        """See `Machine`: $a $d $t $x, perhaps with a suffix."""
        return len(name) > 1 and name[0] == "$" and name[1] in "adtx" and (len(name) == 2 or name[2] == ".")


class Aarch64(Arm):
    """The 64-bit architecture."""

    def __init__(self) -> None:
        super().__init__(EM_AARCH64, "AArch64", (
            Format("elf64-littleaarch64", EM_AARCH64, 64, True, "aarch64"), Format("elf64-bigaarch64", EM_AARCH64, 64, False, "aarch64")))
        self.section_types = {SHT_AARCH64_ATTRIBUTES: "AARCH64_ATTRIBUTES"}
        self.segment_types = {0x70000002: "AARCH64_MEMTAG_MTE"}
        self.dynamic_tags = {0x70000001: "AARCH64_BTI_PLT", 0x70000003: "AARCH64_PAC_PLT", 0x70000005: "AARCH64_VARIANT_PCS"}
        self.other_bits = {STO_AARCH64_VARIANT_PCS: "VARIANT_PCS"}
        self.relocation_names = RELOCATIONS
        self.data_relocations = {257: (8, SET), 258: (4, SET), 260: (8, PC_RELATIVE), 261: (4, PC_RELATIVE)}
        self.register_names = REGISTERS
        self.plt_header = 32
        self.plt_entry = 16

    def property_text(self, kind: int, value: int) -> str:
        """See `Machine`."""
        return "AArch64 feature: " + bit_names(FEATURES, value) if kind == GNU_PROPERTY_AARCH64_FEATURE_1_AND else ""

    def decoder(self, form: Format, dialect: list[str]) -> Decoder:
        """See `Machine`."""
        from toolchain.binutils.aarch64.text import Aarch64Text
        return Aarch64Text()


def _arm() -> Machine:
    m = Arm(EM_ARM, "ARM", (Format("elf32-littlearm", EM_ARM, 32, True, "arm"), Format("elf32-bigarm", EM_ARM, 32, False, "arm")))
    m.section_types = {0x70000001: "ARM_EXIDX", 0x70000003: "ARM_ATTRIBUTES"}
    m.segment_types = {0x70000001: "EXIDX"}
    m.section_flag_key = "y (purecode), "
    return m


MACHINES: Final = (Aarch64(), _arm())
