"""Warnings about calls: -Wnonnull, -Wformat, -Wsentinel."""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.parse.ast import Call, Expr, IntConst, Symbol
from toolchain.cc.types import POINTER

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core


class CallChecks:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.nonnull = "nonnull" in core.warnings

    def check(self, symbol: Symbol, call: Call, args: list[Expr]) -> None:
        """Check a direct call of `symbol`; `args` as written."""
        if self.nonnull and symbol.attrs.nonnull is not None:
            which = symbol.attrs.nonnull
            for i, e in enumerate(call.args):
                if (i in which or not which) and e.ty.kind == POINTER and isinstance(e, IntConst) and e.value == 0:
                    self.core.warn("nonnull", args[i].loc, f"argument {i + 1} null where non-null expected")
