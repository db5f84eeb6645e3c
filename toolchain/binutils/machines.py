"""The machines that the object tools know: the targets' facts, and others by name only.

A target is a folder here with a module `facts` that has its `MACHINES`; the table below is the one place that names them.
"""
from __future__ import annotations

from typing import Final

from toolchain.binutils.aarch64 import facts as aarch64
from toolchain.binutils.decoder import Decoder
from toolchain.binutils.machine import Format, Machine
from toolchain.binutils.riscv import facts as riscv
from toolchain.binutils.x86 import facts as x86
from toolchain.diagnostics import ToolError
from toolchain.elf.constants import EM_BPF, EM_LOONGARCH, EM_NONE, EM_PPC64, EM_S390

MACHINES: Final = (
    *x86.MACHINES,
    *riscv.MACHINES,
    *aarch64.MACHINES,
    Machine(EM_PPC64, "PowerPC64", (Format("elf64-powerpcle", EM_PPC64, 64, True, "powerpc:common64"),
                                    Format("elf64-powerpc", EM_PPC64, 64, False, "powerpc:common64"))),
    Machine(EM_S390, "IBM S/390", (Format("elf64-s390", EM_S390, 64, False, "s390:64-bit"),)),
    Machine(EM_BPF, "Linux BPF", (Format("elf64-bpfle", EM_BPF, 64, True, "bpf"),)),
    Machine(EM_LOONGARCH, "LoongArch", (Format("elf64-loongarch", EM_LOONGARCH, 64, True, "Loongarch64"),)),
    Machine(EM_NONE, "None"), Machine(2, "Sparc"), Machine(4, "MC68000"), Machine(8, "MIPS R3000"), Machine(20, "PowerPC"),
    Machine(43, "Sparc v9"), Machine(50, "Intel IA-64"),
)
BY_NUMBER: Final = {m.number: m for m in MACHINES}
FORMATS: Final = tuple(f for m in MACHINES for f in m.formats)
"""In the order in which they are listed; the first is that of raw files without a machine."""
FLAT_FORMATS: Final = ("binary", "ihex", "srec", "symbolsrec", "verilog")


def machine(number: int) -> Machine:
    """The facts of an e_machine; a machine without any if it is not known."""
    return BY_NUMBER.get(number) or Machine(number, f"<unknown>: 0x{number:x}")


def format_of(number: int, bits: int, little: bool) -> Format:
    """The format of an ELF file; a generic one for machines that are not in the table."""
    for f in machine(number).formats:
        if f.bits == bits and f.little == little:
            return f
    return Format(f"elf{bits}-{'little' if little else 'big'}", number, bits, little, "UNKNOWN!")


def format_by_name(name: str) -> Format | None:
    """The format of that name."""
    for f in FORMATS:
        if f.format_name == name:
            return f
    return None


def format_of_architecture(name: str) -> tuple[Format | None, tuple[str, ...]]:
    """The first format of an architecture by its name or another name of it, and the options of -M that the name implies."""
    aliases = {alias: meant for m in MACHINES for alias, meant in m.architecture_aliases.items()}
    implied: tuple[str, ...] = ()
    if not any(f.architecture == name for f in FORMATS):
        name, implied = aliases.get(name, (name, ()))
    return next((f for f in FORMATS if f.architecture == name), None), implied


def format_names() -> str:
    """The line of supported formats that --info and --help show."""
    return " ".join([f.format_name for f in FORMATS] + list(FLAT_FORMATS))


def make_decoder(form: Format, dialect: list[str]) -> Decoder:
    """The instruction decoder for a format; `dialect` is what -M said.  Raises ToolError if there is none."""
    facts = machine(form.number)
    for option in dialect:
        if option not in facts.dialects:
            raise ToolError(f"disassembler option '{option}' is not supported for {form.architecture}")
    return facts.decoder(form, dialect)
