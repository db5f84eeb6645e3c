"""What the object tools must be told of x86-64 and i386 (System V psABI supplements, and "Linux Extensions to gABI")."""
from __future__ import annotations

from typing import Final

from toolchain.binutils.decoder import Decoder
from toolchain.binutils.machine import ADD, PC_RELATIVE, SET, Format, Machine, bit_names, numbered
from toolchain.elf.constants import (
    EM_386,
    EM_X86_64,
    GNU_PROPERTY_X86_FEATURE_1_AND,
    GNU_PROPERTY_X86_FEATURE_2_NEEDED,
    GNU_PROPERTY_X86_FEATURE_2_USED,
    GNU_PROPERTY_X86_ISA_1_NEEDED,
    GNU_PROPERTY_X86_ISA_1_USED,
    SHF_X86_64_LARGE,
    SHT_X86_64_UNWIND,
)

RELOCATIONS_64: Final = {
    **numbered("R_X86_64_", 0, """NONE 64 PC32 GOT32 PLT32 COPY GLOB_DAT JUMP_SLOT RELATIVE GOTPCREL 32 32S 16 PC16 8 PC8
        DTPMOD64 DTPOFF64 TPOFF64 TLSGD TLSLD DTPOFF32 GOTTPOFF TPOFF32 PC64 GOTOFF64 GOTPC32 GOT64 GOTPCREL64 GOTPC64
        GOTPLT64 PLTOFF64 SIZE32 SIZE64 GOTPC32_TLSDESC TLSDESC_CALL TLSDESC IRELATIVE RELATIVE64 PC32_BND PLT32_BND
        GOTPCRELX REX_GOTPCRELX"""),
    **numbered("R_X86_64_", 250, "GNU_VTINHERIT GNU_VTENTRY"),
}
RELOCATIONS_32: Final = {
    **numbered("R_386_", 0, """NONE 32 PC32 GOT32 PLT32 COPY GLOB_DAT JUMP_SLOT RELATIVE GOTOFF GOTPC 32PLT - - TLS_TPOFF TLS_IE
        TLS_GOTIE TLS_LE TLS_GD TLS_LDM 16 PC16 8 PC8 TLS_GD_32 TLS_GD_PUSH TLS_GD_CALL TLS_GD_POP TLS_LDM_32 TLS_LDM_PUSH
        TLS_LDM_CALL TLS_LDM_POP TLS_LDO_32 TLS_IE_32 TLS_LE_32 TLS_DTPMOD32 TLS_DTPOFF32 TLS_TPOFF32 SIZE32 TLS_GOTDESC
        TLS_DESC_CALL TLS_DESC IRELATIVE GOT32X"""),
    **numbered("R_386_", 250, "GNU_VTINHERIT GNU_VTENTRY"),
}
REGISTERS_64: Final = ("rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip " + " ".join(f"xmm{i}" for i in range(16)) + " "
                  + " ".join(f"st{i}" for i in range(8)) + " " + " ".join(f"mm{i}" for i in range(8))
                  + " rflags es cs ss ds fs gs - - fs.base gs.base - - tr ldtr mxcsr fcw fsw").split()
REGISTERS_32: Final = ("eax ecx edx ebx esp ebp esi edi eip eflags - st0 st1 st2 st3 st4 st5 st6 st7 - - xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 "
                "xmm7 mm0 mm1 mm2 mm3 mm4 mm5 mm6 mm7 fcw fsw mxcsr es cs ss ds fs gs - - tr ldtr").split()
DIALECTS: Final = ("att", "intel", "intel-mnemonic", "att-mnemonic", "i8086", "addr16", "data16", "i386", "addr32", "data32", "x86-64", "addr64")
FEATURES: Final = ((1, "IBT"), (2, "SHSTK"), (4, "LAM_U48"), (8, "LAM_U57"))
ISA_LEVELS: Final = ((1, "x86-64-baseline"), (2, "x86-64-v2"), (4, "x86-64-v3"), (8, "x86-64-v4"))
FEATURES_2: Final = ((1, "x86"), (2, "x87"), (4, "MMX"), (8, "XMM"), (16, "YMM"), (32, "ZMM"), (64, "FXSR"), (128, "XSAVE"),
                     (256, "XSAVEOPT"), (512, "XSAVEC"), (1024, "TMM"), (2048, "MASK"))
PROPERTIES: Final = {
    GNU_PROPERTY_X86_FEATURE_1_AND: ("x86 feature: ", FEATURES),
    GNU_PROPERTY_X86_ISA_1_USED: ("x86 ISA used: ", ISA_LEVELS), GNU_PROPERTY_X86_ISA_1_NEEDED: ("x86 ISA needed: ", ISA_LEVELS),
    GNU_PROPERTY_X86_FEATURE_2_USED: ("x86 feature used: ", FEATURES_2), GNU_PROPERTY_X86_FEATURE_2_NEEDED: ("x86 feature needed: ", FEATURES_2),
}


class X86(Machine):
    """Either machine; they differ in their tables and in how a PLT entry addresses its slot."""

    def __init__(self, number: int, name: str, formats: tuple[Format, ...]) -> None:
        super().__init__(number, name, formats)
        self.plt_sections = {".plt": 16, ".plt.sec": 16, ".plt.got": 8, ".plt.bnd": 8, ".iplt": 16}
        self.unwind_text = "No processor specific unwind information to decode\n"
        self.dialects = DIALECTS

    def plt_slot(self, data: bytes, at: int, address: int, size: int, got: int) -> int:
        """See `Machine`.  An entry is `jmp *slot(%rip)`, `jmp *slot` or `jmp *slot(%ebx)`, perhaps behind an endbr."""
        for k in range(at, min(at + 8, at + size - 5)):
            if data[k] != 0xFF or data[k + 1] not in (0x25, 0xA3):
                continue
            displacement = int.from_bytes(data[k + 2:k + 6], "little", signed=True)
            if self.number == EM_X86_64:
                return address + (k - at) + 6 + displacement
            return displacement & 0xFFFFFFFF if data[k + 1] == 0x25 else (got + displacement) & 0xFFFFFFFF
        return -1

    def property_text(self, kind: int, value: int) -> str:
        """See `Machine`."""
        known = PROPERTIES.get(kind)
        return known[0] + bit_names(known[1], value) if known is not None else ""

    def decoder(self, form: Format, dialect: list[str]) -> Decoder:
        """See `Machine`."""
        from toolchain.binutils.x86.att import X86Att
        from toolchain.binutils.x86.intel import X86Intel
        mode = "CS_MODE_64" if self.number == EM_X86_64 and form.bits == 64 else "CS_MODE_32"
        if "i8086" in dialect or "addr16" in dialect or "data16" in dialect:
            mode = "CS_MODE_16"
        elif "i386" in dialect:
            mode = "CS_MODE_32"
        elif "x86-64" in dialect:
            mode = "CS_MODE_64"
        return X86Intel(mode) if "intel" in dialect or "intel-mnemonic" in dialect else X86Att(mode)


def _x86_64() -> Machine:
    m = X86(EM_X86_64, "Advanced Micro Devices X86-64", (
        Format("elf64-x86-64", EM_X86_64, 64, True, "i386:x86-64"), Format("elf32-x86-64", EM_X86_64, 32, True, "i386:x64-32")))
    m.architecture_aliases = {"x86-64": ("i386:x86-64", ())}
    m.section_types = {SHT_X86_64_UNWIND: "X86_64_UNWIND"}
    m.section_flags = {SHF_X86_64_LARGE: "l"}
    m.section_flag_key = "l (large), "
    m.relocation_names = RELOCATIONS_64
    m.data_relocations = {1: (8, SET), 10: (4, SET), 11: (4, SET), 24: (8, PC_RELATIVE), 2: (4, PC_RELATIVE)}
    m.register_names = REGISTERS_64
    return m


def _i386() -> Machine:
    m = X86(EM_386, "Intel 80386", (Format("elf32-i386", EM_386, 32, True, "i386"),))
    m.architecture_aliases = {"i8086": ("i386", ("i8086",)), "i386:intel": ("i386", ())}
    m.relocation_names = RELOCATIONS_32
    m.data_relocations = {1: (4, ADD), 2: (4, PC_RELATIVE)}
    m.register_names = REGISTERS_32
    return m


MACHINES: Final = (_x86_64(), _i386())
