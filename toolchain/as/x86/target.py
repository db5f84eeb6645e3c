"""x86's options of the assembler (GNU as manual, "i386-dependent options")."""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.isa.x86.isa import X86
from toolchain.mc.model.isa import Isa

from ..assemble import Syntax
from .syntax import X86Syntax

MODES: Final = {"--64": 64, "--32": 32, "-m64": 64, "-m32": 32}
DEFAULTS: Final = frozenset((
    "-O0", "--divide", "-march=generic32", "-march=generic64", "-malign-branch-boundary=0", "-mlfence-after-load=no", "-mlfence-before-indirect-branch=none",
    "-mlfence-before-ret=none", "-mlfence-before-ret=no", "-mx86-used-note=no", "-momit-lock-prefix=no", "-mfence-as-lock-add=no"))
"""Options of the GNU assembler that ask for what is done anyway (its manual, "i386-Options")."""
REFUSED: Final = ("-march=", "-malign-branch", "-mbranches-within-32B-boundaries", "-mlfence-", "-mx86-used-note=", "-momit-lock-prefix=", "-mfence-as-lock-add=",
                  "-muse-unaligned-vector-move", "-msse2avx", "-O")
"""Beginnings of options that would change the bytes in ways that are not implemented."""


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
            return self._ineffective(word)
        return True

    @staticmethod
    def _ineffective(word: str) -> bool:
        if word.startswith("-mtune=") or word in DEFAULTS:
            return True
        if word.startswith(REFUSED):
            raise ToolError(f"option '{word}' is not supported")
        return False

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
