"""RISC-V's options of the assembler (GNU as manual, "RISC-V Options")."""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.isa.riscv.isa import Riscv
from toolchain.mc.model.isa import Isa

from ..assemble import Syntax
from .syntax import RiscvSyntax

ACCEPTED: Final = frozenset(("-mno-csr-check", "-mlittle-endian", "-misa-spec=2.2", "-mpriv-spec=1.11", "-mpriv-spec=1.12"))


class RiscvTarget:
    """Options seen so far."""

    def __init__(self, bits: str) -> None:
        self.march = f"rv{bits}g"
        self.abi = ""
        self.relax = True
        self.pic = False
        self.attributes = True

    def option(self, word: str) -> bool:
        """See `Target`."""
        if word.startswith("-march="):
            self.march = word[7:]
        elif word.startswith("-mabi="):
            self.abi = word[6:]
        elif word in ("-mrelax", "-mno-relax"):
            self.relax = word == "-mrelax"
        elif word in ("-march-attr", "-mno-arch-attr"):
            self.attributes = word == "-march-attr"
        elif word in ("-fpic", "-fPIC", "-fpie", "-fPIE", "-fno-pic"):
            self.pic = word != "-fno-pic"
        elif word == "-mbig-endian":
            raise ToolError("big endian is not supported")
        elif word.startswith("-misa-spec=") and word not in ACCEPTED:
            raise ToolError(f"ISA specification `{word[11:]}' is not supported: only 2.2")
        else:
            return word in ACCEPTED
        return True

    def make(self) -> tuple[Isa, Syntax]:
        """See `Target`."""
        isa = Riscv(self.march, self.abi, self.relax, self.pic, self.attributes)
        return isa, RiscvSyntax(isa)


def make(bits: str) -> RiscvTarget:
    """The target."""
    return RiscvTarget(bits)


def syntax(isa: Isa) -> Syntax:
    """The text syntax for an instruction set that exists already."""
    if not isinstance(isa, Riscv):
        raise ToolError(f"not a RISC-V instruction set: {isa.name}")
    return RiscvSyntax(isa)
