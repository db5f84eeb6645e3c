"""Warnings about calls: -Wnonnull, -Wformat, -Wsentinel, -Wsizeof-pointer-memaccess's simplest case."""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.parse.ast import Call, Expr, IntConst, Symbol
from toolchain.cc.parse.format_check import FormatCheck, literal_of
from toolchain.cc.types import POINTER, base_of

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core


class CallChecks:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.nonnull = "nonnull" in core.warnings
        self.format = "format" in core.warnings

    def check(self, symbol: Symbol, call: Call, args: list[Expr]) -> None:
        """Check a direct call of `symbol`; `args` as written."""
        attrs = symbol.attrs
        if self.nonnull and attrs.nonnull is not None:
            self._nonnull(symbol, call)
        if attrs.format and self.format and not self.core.unevaluated:
            for kind, at, first in attrs.format:
                self._format(call, kind, at, first)
        if attrs.sentinel >= 0 and "format" in self.core.warnings:
            last = len(call.args) - 1 - attrs.sentinel
            e = call.args[last] if len(call.ftype.params) <= last else None
            if e is None or e.ty.kind != POINTER or not isinstance(e, IntConst):
                self.core.warn("format", call.loc, "missing sentinel in function call")
        del args

    def _nonnull(self, symbol: Symbol, call: Call) -> None:
        which = symbol.attrs.nonnull
        assert which is not None
        for i, e in enumerate(call.args):
            if (i in which or not which) and e.ty.kind == POINTER and isinstance(e, IntConst) and e.value == 0:
                if self.core.warn("nonnull", call.loc, f"argument {i + 1} null where non-null expected"):
                    self.core.diagnostics.note(symbol.loc, f"in a call to function '{symbol.name}' declared 'nonnull'")

    def _format(self, call: Call, kind: str, at: int, first: int) -> None:
        if kind.startswith("gnu_"):
            kind = kind[4:]
        if kind not in ("printf", "scanf") or not 1 <= at <= len(call.args):
            return
        literal = literal_of(call.args[at - 1])
        if literal is None or base_of(literal.ty).unq.size != 1:
            return
        FormatCheck(self.core, literal, call.args, first - 1 if first else len(call.args), kind == "scanf", first != 0).run()
