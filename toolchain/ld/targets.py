"""The targets there are, by emulation name."""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.ld.i386 import I386
from toolchain.ld.riscv import RiscV
from toolchain.ld.target import Target
from toolchain.ld.x86 import X86_64

EMULATIONS: Final = ("elf_x86_64", "elf_i386", "elf64lriscv", "elf32lriscv")

BY_HEADER: Final = {(62, 2): "elf_x86_64", (3, 1): "elf_i386", (243, 2): "elf64lriscv", (243, 1): "elf32lriscv"}
"""Emulation by e_machine and EI_CLASS of an object, for links without -m."""


def make_target(emulation: str) -> Target:
    """A fresh target object.  Raises ToolError for an unknown emulation."""
    if emulation == "elf64lriscv":
        return RiscV(64)
    if emulation == "elf32lriscv":
        return RiscV(32)
    if emulation == "elf_x86_64":
        return X86_64()
    if emulation == "elf_i386":
        return I386()
    raise ToolError(f"unrecognised emulation mode: {emulation}\nSupported emulations: " + " ".join(EMULATIONS))
