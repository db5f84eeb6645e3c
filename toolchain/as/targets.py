"""The targets by name.  Each is a module `as/<isa>/target.py` with a function `make()`."""
from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from toolchain.diagnostics import ToolError

if TYPE_CHECKING:
    from .main import Target

DEFAULT_TRIPLE: Final = "riscv64-linux-gnu"
# First part of a triple -> (folder, what its target is told)
MACHINES: Final[dict[str, tuple[str, str]]] = {
    "riscv64": ("riscv", "64"), "riscv32": ("riscv", "32"), "riscv": ("riscv", "64"),
    "x86_64": ("x86", "64"), "i386": ("x86", "32"), "i486": ("x86", "32"), "i586": ("x86", "32"), "i686": ("x86", "32"),
    "aarch64": ("aarch64", "64"),
}


MODES: Final[dict[str, str]] = {"--64": "x86_64", "--32": "i386", "--x32": "x86_64"}
"""Options that say for which machine, as a gcc passes them that knows only one assembler."""


def by_options(words: Sequence[str]) -> str:
    """The machine that the options mean, "" if they mean none."""
    return next((MODES[w] for w in words if w in MODES), "")


def find(triple: str) -> Target:
    """The target of a triple ("" for the default).  Raises ToolError if there is none."""
    machine = (triple or DEFAULT_TRIPLE).partition("-")[0]
    known = MACHINES.get(machine)
    if known is None:
        raise ToolError(f"unknown target `{triple}'")
    folder, detail = known
    try:
        module = importlib.import_module(f".{folder}.target", __package__)
    except ModuleNotFoundError:
        raise ToolError(f"no assembler for target `{triple}'") from None
    target: Target = module.make(detail)
    return target
