"""What a run of text expanded to, kept for the next unit that includes it.

Expansion depends on the meaning of names only, unless a built-in macro or an error was involved.  The names it
looked at are those of the run itself, of the replacement lists that it entered and those that `##` made; while each of
them stands for what it stood for then, the run expands to the same tokens.  Most of a file's tokens come from headers
that an earlier file of the process has expanded in just this way.
"""
from __future__ import annotations

from typing import Final

from .tokens import IDENTIFIER, Macro, Sym, Token


class Replay:
    """The tokens that came out, and what the names meant: `plain` ones nothing, `names[i]` the macro `macros[i]`."""

    def __init__(self, tokens: list[Token], strict: bool) -> None:
        self.tokens = tokens
        self.strict = strict
        """-std=c11 and the like: `, ## __VA_ARGS__` differs."""
        self.plain: list[Sym] = []
        self.names: list[Sym] = []
        self.macros: list[Macro] = []


class _Walks:
    """Counts the walks over names, so that a name's mark tells whether this one has met it."""

    def __init__(self) -> None:
        self.number = 0


_walks: Final = _Walks()


def distinct_names(tokens: list[Token]) -> list[Sym]:
    """The identifiers among the tokens that may expand, each once."""
    number = _walks.number + 1
    _walks.number = number
    out: list[Sym] = []
    for t in tokens:
        if t.kind == IDENTIFIER:
            sym = t.macro_sym
            if sym.mark != number:
                sym.mark = number
                out.append(sym)
    return out


def add_names(names: list[Sym], more: list[Sym]) -> None:
    """Append those of `more` that the walk under way, the last that `distinct_names` made, has not met."""
    number = _walks.number
    for sym in more:
        if sym.mark != number:
            sym.mark = number
            names.append(sym)


def names_of(macro: Macro) -> list[Sym]:
    """The identifiers in the replacement list of a macro that is ready."""
    names = macro.names
    if names is None:
        names = distinct_names(macro.body)
        macro.names = names
    return names
