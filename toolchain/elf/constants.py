"""Numbers of the ELF format, as Final ints, grouped as in the gABI.

Sources: System V gABI (https://www.sco.com/developers/gabi/), the Linux `elf.h` interface numbers for
the GNU extensions (GNU_STACK, GNU_HASH, versioning), and the psABI of each machine for e_flags.
Relocation numbers are a fact of each ISA and live in `toolchain/isa/<isa>`.
"""
from __future__ import annotations

from typing import Final

ELF_MAGIC: Final = b"\x7fELF"

# e_ident
EI_CLASS: Final = 4
EI_DATA: Final = 5
EI_VERSION: Final = 6
EI_OSABI: Final = 7
EI_ABIVERSION: Final = 8
EI_NIDENT: Final = 16
ELFCLASS32: Final = 1
ELFCLASS64: Final = 2
ELFDATA2LSB: Final = 1
ELFDATA2MSB: Final = 2
EV_CURRENT: Final = 1
ELFOSABI_NONE: Final = 0
ELFOSABI_GNU: Final = 3
ELFOSABI_FREEBSD: Final = 9
ELFOSABI_STANDALONE: Final = 255

# e_type
ET_NONE: Final = 0
ET_REL: Final = 1
ET_EXEC: Final = 2
ET_DYN: Final = 3
ET_CORE: Final = 4

# e_machine
EM_NONE: Final = 0
EM_386: Final = 3
EM_PPC64: Final = 21
EM_S390: Final = 22
EM_ARM: Final = 40
EM_X86_64: Final = 62
EM_AARCH64: Final = 183
EM_RISCV: Final = 243
EM_BPF: Final = 247
EM_LOONGARCH: Final = 258

# Special section indices
SHN_UNDEF: Final = 0
SHN_LORESERVE: Final = 0xFF00
SHN_ABS: Final = 0xFFF1
SHN_COMMON: Final = 0xFFF2
SHN_XINDEX: Final = 0xFFFF

# sh_type
SHT_NULL: Final = 0
SHT_PROGBITS: Final = 1
SHT_SYMTAB: Final = 2
SHT_STRTAB: Final = 3
SHT_RELA: Final = 4
SHT_HASH: Final = 5
SHT_DYNAMIC: Final = 6
SHT_NOTE: Final = 7
SHT_NOBITS: Final = 8
SHT_REL: Final = 9
SHT_SHLIB: Final = 10
SHT_DYNSYM: Final = 11
SHT_INIT_ARRAY: Final = 14
SHT_FINI_ARRAY: Final = 15
SHT_PREINIT_ARRAY: Final = 16
SHT_GROUP: Final = 17
SHT_SYMTAB_SHNDX: Final = 18
SHT_RELR: Final = 19
SHT_LOOS: Final = 0x60000000
SHT_GNU_ATTRIBUTES: Final = 0x6FFFFFF5
SHT_GNU_HASH: Final = 0x6FFFFFF6
SHT_GNU_LIBLIST: Final = 0x6FFFFFF7
SHT_GNU_VERDEF: Final = 0x6FFFFFFD
SHT_GNU_VERNEED: Final = 0x6FFFFFFE
SHT_GNU_VERSYM: Final = 0x6FFFFFFF
SHT_LOPROC: Final = 0x70000000
SHT_X86_64_UNWIND: Final = 0x70000001
SHT_ARM_EXIDX: Final = 0x70000001
SHT_ARM_ATTRIBUTES: Final = 0x70000003
SHT_RISCV_ATTRIBUTES: Final = 0x70000003
SHT_AARCH64_ATTRIBUTES: Final = 0x70000003
SHT_HIPROC: Final = 0x7FFFFFFF
SHT_LOUSER: Final = 0x80000000
SHT_LLVM_ADDRSIG: Final = 0x6FFF4C03

# sh_flags
SHF_WRITE: Final = 0x1
SHF_ALLOC: Final = 0x2
SHF_EXECINSTR: Final = 0x4
SHF_MERGE: Final = 0x10
SHF_STRINGS: Final = 0x20
SHF_INFO_LINK: Final = 0x40
SHF_LINK_ORDER: Final = 0x80
SHF_OS_NONCONFORMING: Final = 0x100
SHF_GROUP: Final = 0x200
SHF_TLS: Final = 0x400
SHF_COMPRESSED: Final = 0x800
SHF_GNU_RETAIN: Final = 0x200000
SHF_GNU_MBIND: Final = 0x1000000
SHF_X86_64_LARGE: Final = 0x10000000
SHF_EXCLUDE: Final = 0x80000000
SHF_MASKOS: Final = 0x0FF00000
SHF_MASKPROC: Final = 0xF0000000

# Groups and compression
GRP_COMDAT: Final = 1
ELFCOMPRESS_ZLIB: Final = 1
ELFCOMPRESS_ZSTD: Final = 2

# Symbols
STB_LOCAL: Final = 0
STB_GLOBAL: Final = 1
STB_WEAK: Final = 2
STB_GNU_UNIQUE: Final = 10
STT_NOTYPE: Final = 0
STT_OBJECT: Final = 1
STT_FUNC: Final = 2
STT_SECTION: Final = 3
STT_FILE: Final = 4
STT_COMMON: Final = 5
STT_TLS: Final = 6
STT_GNU_IFUNC: Final = 10
STV_DEFAULT: Final = 0
STV_INTERNAL: Final = 1
STV_HIDDEN: Final = 2
STV_PROTECTED: Final = 3

# Program headers
PT_NULL: Final = 0
PT_LOAD: Final = 1
PT_DYNAMIC: Final = 2
PT_INTERP: Final = 3
PT_NOTE: Final = 4
PT_SHLIB: Final = 5
PT_PHDR: Final = 6
PT_TLS: Final = 7
PT_GNU_EH_FRAME: Final = 0x6474E550
PT_GNU_STACK: Final = 0x6474E551
PT_GNU_RELRO: Final = 0x6474E552
PT_GNU_PROPERTY: Final = 0x6474E553
PT_RISCV_ATTRIBUTES: Final = 0x70000003
PF_X: Final = 1
PF_W: Final = 2
PF_R: Final = 4
PN_XNUM: Final = 0xFFFF

# Dynamic section
DT_NULL: Final = 0
DT_NEEDED: Final = 1
DT_PLTRELSZ: Final = 2
DT_PLTGOT: Final = 3
DT_HASH: Final = 4
DT_STRTAB: Final = 5
DT_SYMTAB: Final = 6
DT_RELA: Final = 7
DT_RELASZ: Final = 8
DT_RELAENT: Final = 9
DT_STRSZ: Final = 10
DT_SYMENT: Final = 11
DT_INIT: Final = 12
DT_FINI: Final = 13
DT_SONAME: Final = 14
DT_RPATH: Final = 15
DT_SYMBOLIC: Final = 16
DT_REL: Final = 17
DT_RELSZ: Final = 18
DT_RELENT: Final = 19
DT_PLTREL: Final = 20
DT_DEBUG: Final = 21
DT_TEXTREL: Final = 22
DT_JMPREL: Final = 23
DT_BIND_NOW: Final = 24
DT_INIT_ARRAY: Final = 25
DT_FINI_ARRAY: Final = 26
DT_INIT_ARRAYSZ: Final = 27
DT_FINI_ARRAYSZ: Final = 28
DT_RUNPATH: Final = 29
DT_FLAGS: Final = 30
DT_PREINIT_ARRAY: Final = 32
DT_PREINIT_ARRAYSZ: Final = 33
DT_SYMTAB_SHNDX: Final = 34
DT_RELRSZ: Final = 35
DT_RELR: Final = 36
DT_RELRENT: Final = 37
DT_GNU_HASH: Final = 0x6FFFFEF5
DT_TLSDESC_PLT: Final = 0x6FFFFEF6
DT_TLSDESC_GOT: Final = 0x6FFFFEF7
DT_VERSYM: Final = 0x6FFFFFF0
DT_RELACOUNT: Final = 0x6FFFFFF9
DT_RELCOUNT: Final = 0x6FFFFFFA
DT_FLAGS_1: Final = 0x6FFFFFFB
DT_VERDEF: Final = 0x6FFFFFFC
DT_VERDEFNUM: Final = 0x6FFFFFFD
DT_VERNEED: Final = 0x6FFFFFFE
DT_VERNEEDNUM: Final = 0x6FFFFFFF
DF_ORIGIN: Final = 0x1
DF_SYMBOLIC: Final = 0x2
DF_TEXTREL: Final = 0x4
DF_BIND_NOW: Final = 0x8
DF_STATIC_TLS: Final = 0x10
DF_1_NOW: Final = 0x1
DF_1_GLOBAL: Final = 0x2
DF_1_NODELETE: Final = 0x8
DF_1_INITFIRST: Final = 0x20
DF_1_NOOPEN: Final = 0x40
DF_1_ORIGIN: Final = 0x80
DF_1_INTERPOSE: Final = 0x400
DF_1_NODEFLIB: Final = 0x800
DF_1_PIE: Final = 0x08000000

# Symbol versions
VER_NDX_LOCAL: Final = 0
VER_NDX_GLOBAL: Final = 1
VERSYM_HIDDEN: Final = 0x8000
VERSYM_VERSION: Final = 0x7FFF
VER_DEF_CURRENT: Final = 1
VER_NEED_CURRENT: Final = 1
VER_FLG_BASE: Final = 1
VER_FLG_WEAK: Final = 2
VER_FLG_INFO: Final = 4

# Notes (owner "GNU" unless said otherwise)
NT_GNU_ABI_TAG: Final = 1
NT_GNU_HWCAP: Final = 2
NT_GNU_BUILD_ID: Final = 3
NT_GNU_GOLD_VERSION: Final = 4
NT_GNU_PROPERTY_TYPE_0: Final = 5
GNU_PROPERTY_STACK_SIZE: Final = 1
GNU_PROPERTY_NO_COPY_ON_PROTECTED: Final = 2
GNU_PROPERTY_1_NEEDED: Final = 0xB0008000
GNU_PROPERTY_X86_ISA_1_USED: Final = 0xC0010002
GNU_PROPERTY_X86_ISA_1_NEEDED: Final = 0xC0008002
GNU_PROPERTY_X86_FEATURE_2_USED: Final = 0xC0010001
GNU_PROPERTY_X86_FEATURE_2_NEEDED: Final = 0xC0008001
GNU_PROPERTY_X86_FEATURE_1_AND: Final = 0xC0000002
GNU_PROPERTY_AARCH64_FEATURE_1_AND: Final = 0xC0000000

# Auxiliary vector of a process (Linux)
AT_NULL: Final = 0
AT_PHDR: Final = 3
AT_PHENT: Final = 4
AT_PHNUM: Final = 5
AT_PAGESZ: Final = 6
AT_BASE: Final = 7
AT_FLAGS: Final = 8
AT_ENTRY: Final = 9
AT_UID: Final = 11
AT_EUID: Final = 12
AT_GID: Final = 13
AT_EGID: Final = 14
AT_PLATFORM: Final = 15
AT_HWCAP: Final = 16
AT_CLKTCK: Final = 17
AT_SECURE: Final = 23
AT_RANDOM: Final = 25
AT_HWCAP2: Final = 26
AT_EXECFN: Final = 31
AT_SYSINFO_EHDR: Final = 33

# e_flags (RISC-V ELF psABI; ARM and AArch64 have none that we set)
EF_RISCV_RVC: Final = 0x1
EF_RISCV_FLOAT_ABI: Final = 0x6
EF_RISCV_FLOAT_ABI_SOFT: Final = 0x0
EF_RISCV_FLOAT_ABI_SINGLE: Final = 0x2
EF_RISCV_FLOAT_ABI_DOUBLE: Final = 0x4
EF_RISCV_FLOAT_ABI_QUAD: Final = 0x6
EF_RISCV_RVE: Final = 0x8
EF_RISCV_TSO: Final = 0x10
STO_RISCV_VARIANT_CC: Final = 0x80
STO_AARCH64_VARIANT_PCS: Final = 0x80

# Sizes in bytes, by class
EHDR_SIZE_64: Final = 64
EHDR_SIZE_32: Final = 52
SHDR_SIZE_64: Final = 64
SHDR_SIZE_32: Final = 40
PHDR_SIZE_64: Final = 56
PHDR_SIZE_32: Final = 32
SYM_SIZE_64: Final = 24
SYM_SIZE_32: Final = 16
RELA_SIZE_64: Final = 24
RELA_SIZE_32: Final = 12
REL_SIZE_64: Final = 16
REL_SIZE_32: Final = 8
