"""The table of targets: which module makes the target object for a name or triple.

Modules are loaded when first asked for, so a compiler that never sees `-m32` never loads that target.
Each has a function `create(name, options)`.
"""
from __future__ import annotations

import importlib
from typing import Final, Protocol, cast

from toolchain.cc.codegen.target import BackTarget
from toolchain.cc.options import CompileOptions
from toolchain.cc.target import FrontTarget
from toolchain.diagnostics import ToolError
from toolchain.mc.model.isa import Isa

MODULES: Final[dict[str, str]] = {
    "riscv64": "toolchain.cc.riscv.target",
    "x86_64": "toolchain.cc.x86.target",
    "i386": "toolchain.cc.x86.target",
    "aarch64": "toolchain.cc.aarch64.target",
}
"""Machine name (first part of a triple) to the module that makes its target."""
ALIASES: Final[dict[str, str]] = {
    "i486": "i386", "i586": "i386", "i686": "i386", "x86": "i386", "amd64": "x86_64", "x86-64": "x86_64", "arm64": "aarch64",
    "riscv": "riscv64", "rv64gc": "riscv64",
}
"""Other names of the same machines."""


class Target(FrontTarget, Protocol):
    """Both sides of a target; it is also a `BackTarget` (see `back`)."""


class TargetModule(Protocol):
    """What a target's module offers."""

    def create(self, name: str, options: CompileOptions) -> Target:
        """The target for machine `name` under `options.machine`.  Raises ToolError if an option is not understood."""

    def isa(self, name: str, options: CompileOptions) -> Isa:
        """The instruction set that `options` ask for, as the machine-code layer knows it."""


def machine_of(triple: str) -> str:
    """Machine name of a triple such as `riscv64-linux-gnu`.  Raises ToolError if it is not known."""
    first = triple.split("-")[0]
    name = ALIASES.get(first, first)
    if name not in MODULES:
        raise ToolError(f"unknown target '{triple}'; known are {', '.join(sorted(MODULES))}")
    return name


def create(triple: str, options: CompileOptions) -> Target:
    """The target object for a name or triple.  Raises ToolError."""
    name = machine_of(triple)
    try:
        module = importlib.import_module(MODULES[name])
    except ModuleNotFoundError as e:
        raise ToolError(f"this build has no code generator for '{name}'") from e
    return cast(TargetModule, module).create(name, options)


def isa(target: Target, options: CompileOptions) -> Isa:
    """The instruction set of a target.  Raises ToolError."""
    module = importlib.import_module(MODULES[machine_of(target.triple)])
    return cast(TargetModule, module).isa(machine_of(target.triple), options)


def back(target: Target) -> BackTarget:
    """The back end's side of a target."""
    assert isinstance(target, BackTarget)
    return target
