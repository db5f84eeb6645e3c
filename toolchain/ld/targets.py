"""The targets there are, by emulation name."""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.ld.riscv import RiscV
from toolchain.ld.target import Target

EMULATIONS: Final = ("elf64lriscv", "elf32lriscv")


def make_target(emulation: str) -> Target:
    """A fresh target object.  Raises ToolError for an unknown emulation."""
    if emulation == "elf64lriscv":
        return RiscV(64)
    if emulation == "elf32lriscv":
        return RiscV(32)
    raise ToolError(f"unrecognised emulation mode: {emulation}\nSupported emulations: " + " ".join(EMULATIONS))
