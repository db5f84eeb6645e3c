"""Values of two words become pairs of words (to be written next)."""
from __future__ import annotations

from toolchain.cc.codegen.abi import FunctionAbi
from toolchain.cc.codegen.target import BackTarget
from toolchain.cc.ir.ir import Function


def split_wide(func: Function, target: BackTarget, abi: FunctionAbi) -> None:
    """Split."""
