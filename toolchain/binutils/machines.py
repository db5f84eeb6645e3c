"""What the tools call each machine: the names of its object formats and architectures."""
from __future__ import annotations

from typing import Final

from toolchain.elf.constants import (
    EM_386,
    EM_AARCH64,
    EM_ARM,
    EM_BPF,
    EM_LOONGARCH,
    EM_PPC64,
    EM_RISCV,
    EM_S390,
    EM_X86_64,
)


class Machine:
    """One object format: its name (-O, -I, "file format"), ELF machine, class and byte order, and the
    architecture's name (-B, "architecture:")."""

    def __init__(self, format_name: str, number: int, bits: int, little: bool, architecture: str) -> None:
        self.format_name = format_name
        self.number = number
        self.bits = bits
        self.little = little
        self.architecture = architecture


MACHINES: Final = (
    Machine("elf64-x86-64", EM_X86_64, 64, True, "i386:x86-64"),
    Machine("elf32-x86-64", EM_X86_64, 32, True, "i386:x64-32"),
    Machine("elf32-i386", EM_386, 32, True, "i386"),
    Machine("elf64-littleriscv", EM_RISCV, 64, True, "riscv:rv64"),
    Machine("elf32-littleriscv", EM_RISCV, 32, True, "riscv:rv32"),
    Machine("elf64-littleaarch64", EM_AARCH64, 64, True, "aarch64"),
    Machine("elf64-bigaarch64", EM_AARCH64, 64, False, "aarch64"),
    Machine("elf32-littlearm", EM_ARM, 32, True, "arm"),
    Machine("elf32-bigarm", EM_ARM, 32, False, "arm"),
    Machine("elf64-powerpcle", EM_PPC64, 64, True, "powerpc:common64"),
    Machine("elf64-powerpc", EM_PPC64, 64, False, "powerpc:common64"),
    Machine("elf64-s390", EM_S390, 64, False, "s390:64-bit"),
    Machine("elf64-bpfle", EM_BPF, 64, True, "bpf"),
    Machine("elf64-loongarch", EM_LOONGARCH, 64, True, "Loongarch64"),
)

FLAT_FORMATS: Final = ("binary", "ihex", "srec", "symbolsrec", "verilog")


def machine_of(number: int, bits: int, little: bool) -> Machine:
    """The row of an ELF file; a generic one for machines that are not in the table."""
    for m in MACHINES:
        if m.number == number and m.bits == bits and m.little == little:
            return m
    return Machine(f"elf{bits}-{'little' if little else 'big'}", number, bits, little, "UNKNOWN!")


def machine_by_format(name: str) -> Machine | None:
    """The row of an object format's name."""
    for m in MACHINES:
        if m.format_name == name:
            return m
    return None


def format_names() -> str:
    """The line of supported formats that --info and --help show."""
    return " ".join([m.format_name for m in MACHINES] + list(FLAT_FORMATS))
