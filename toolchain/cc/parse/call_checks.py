"""Warnings about calls: -Wnonnull, -Wformat, -Wsentinel, -Wsizeof-pointer-memaccess's simplest case."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import BuiltinCall, Call, Cast, Conditional, Expr, IntConst, NameRef, StringLit, Symbol
from toolchain.cc.parse.format_check import FormatCheck, literal_of
from toolchain.cc.types import ARRAY, CONST, POINTER, base_of

STRFTIME: Final = re.compile(rb"%[-_0^#]*[0-9]*[EO]?(.)", re.S)

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
        if kind not in ("printf", "scanf", "strftime") or not 1 <= at <= len(call.args):
            return
        literal = literal_of(call.args[at - 1])
        if literal is None and not may_be_literal(call.args[at - 1]):
            self._not_literal(call, at, first if kind != "strftime" else 0)
        if literal is None or base_of(literal.ty).unq.size != 1:
            return
        if kind == "strftime":
            self._two_digit_years(literal)
            return
        FormatCheck(self.core, literal, call.args, first - 1 if first else len(call.args), kind == "scanf", first != 0).run()

    def _not_literal(self, call: Call, at: int, first: int) -> None:
        """-Wformat-security and -Wformat-nonliteral of a format that is known only at run time."""
        core = self.core
        if first and len(call.args) < first and "format-security" in core.warnings:
            core.warn("format-security", call.args[at - 1].loc, "format not a string literal and no format arguments")
        elif first:
            core.warn("format-nonliteral", call.args[at - 1].loc, "format not a string literal, argument types not checked")

    def _two_digit_years(self, literal: StringLit) -> None:
        """-Wformat-y2k: conversions of strftime that give the last two digits of a year only."""
        for found in STRFTIME.finditer(literal.data):
            c = found[1].decode("latin-1")
            if c in "Dgycx":
                some = " in some locales" if c in "cx" else ""
                self.core.warn("format-y2k", literal.loc, f"'%{c}' yields only last 2 digits of year{some}")


def may_be_literal(e: Expr) -> bool:
    """Whether the compiler may know the text that `e` points to: a choice of literals, or an array that nobody changes."""
    while isinstance(e, Cast):
        e = e.operand
    if isinstance(e, Conditional):
        return e.then is not None and may_be_literal(e.then) and may_be_literal(e.other)
    if isinstance(e, NameRef):
        return e.ty.kind == ARRAY and (base_of(e.ty).quals & CONST) != 0
    return isinstance(e, StringLit | IntConst | Call | BuiltinCall)
