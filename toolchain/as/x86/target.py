"""x86's options of the assembler (GNU as manual, "i386-dependent options")."""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.isa.x86.isa import X86
from toolchain.mc.model.isa import Isa

from ..assemble import Syntax
from .syntax import X86Syntax

MODES: Final = {"--64": 64, "--32": 32, "-m64": 64, "-m32": 32}
PREFIXES: Final = ("-march=", "-mtune=", "-malign-branch", "-mbranches-within-32B-boundaries", "-mlfence", "-mx86-used-note=", "-momit-lock-prefix=no",
                   "-O0", "--divide", "-muse-unaligned-vector-move")


class X86Target:
    """Options seen so far."""

    def __init__(self, bits: str) -> None:
        self.bits = int(bits)
        self.relax_got = True
        self.shared = False
        self.intel = False
        self.naked = False
        self.intel_mnemonic = False

    def option(self, word: str) -> bool:
        """See `Target`."""
        if word in MODES:
            self.bits = MODES[word]
        elif word in ("-mrelax-relocations=yes", "-mrelax-relocations=no"):
            self.relax_got = word.endswith("yes")
        elif word in ("-msyntax=intel", "-msyntax=att"):
            self.intel = word == "-msyntax=intel"
        elif word in ("-mmnemonic=intel", "-mmnemonic=att"):
            self.intel_mnemonic = word == "-mmnemonic=intel"
        elif word == "-mshared":
            self.shared = True
        elif word == "-mnaked-reg":
            self.naked = True
        elif word == "--x32":
            raise ToolError("the x32 ABI is not supported")
        else:
            return word.startswith(PREFIXES)
        return True

    def make(self) -> tuple[Isa, Syntax]:
        """See `Target`."""
        isa = X86(self.bits)
        isa.relax_got = self.relax_got
        isa.shared = self.shared
        syntax = X86Syntax(isa)
        syntax.intel, syntax.naked, syntax.intel_mnemonic = self.intel, self.naked, self.intel_mnemonic
        return isa, syntax


def make(bits: str) -> X86Target:
    """The target."""
    return X86Target(bits)


def syntax(isa: Isa) -> Syntax:
    """The text syntax for an instruction set that exists already."""
    if not isinstance(isa, X86):
        raise ToolError(f"not an x86 instruction set: {isa.name}")
    made = X86Syntax(isa)
    made.intel = made.naked = isa.intel
    return made
