"""Finding `static inline` functions in text, before lexing, so that they can wait until somebody calls them.

A function can wait if it begins at the start of a line, what stands before it is complete, it ends in `}` on the same line or at the
first `}` in column 0, and its body is balanced.  What is missed (an `#if` inside the body; functions made by macros) goes
the eager way.  Whether the function may wait in a given unit depends on its macros too: see `Preprocessor.text`.
"""
from __future__ import annotations

import re
from typing import Final

from .files import Piece, Run
from .lexer import WHITE
from .tokens import intern

_INLINE: Final = (r"(?:static[ \t\n]+(?:inline|__always_inline|__inline|__inline__)"
                  r"|static[ \t]+__must_check[ \t]+inline)\b")
_PARAMETERS: Final = r"\((?>(?:[^(){};\"']++|\((?>(?:[^(){};\"']++|\([^(){};\"']*+\))*)\))*)\)"
_ATTRIBUTES: Final = r"(?>(?:[ \t\n\x1a\x1c]*+__\w++(?:\([^(){};]*+\))?)*)"
_function: Final = re.compile(
    rf"({_INLINE}(?>(?:[^;{{}}()#\"'A-Za-z0-9_\w]*+([A-Za-z0-9_\w]++))*)[ \t]*+{_PARAMETERS}{_ATTRIBUTES}[ \t\n\x1a\x1c]*+)"
    r"\{(?:[^{}\n\"']*+\}|[^\n]*+(?:\n++[^}\n][^\n]*+)*+\n++\})")
_words: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_\w]*+")
_literal: Final = re.compile(r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"|\'[^\'\\\n]*+(?:\\.[^\'\\\n]*+)*+\'')


def brace_balance(text: str) -> int:
    """Number of `{` less that of `}`, literals aside."""
    if '"' in text or "'" in text:
        text = _literal.sub("0", text)
    return text.count("{") - text.count("}")


def _part(run: Run, start: int, end: int) -> Run:
    return Run(run.record, run.chunk, run.offset + start, run.text[start:end])


def _next_static(text: str, at: int) -> int:
    """Offset of the next line that begins with `static`; -1 if there is none."""
    found = text.find("\nstatic", at)
    return found + 1 if found >= 0 else -1


def split_run(run: Run) -> list[Piece] | None:
    """The run in pieces, in order; None if it holds no function that can wait."""
    text = run.text
    if "inline" not in text:
        return None
    pieces: list[Piece] = []
    last = 0
    found = False
    nothing: frozenset[str] = frozenset()
    at = 0 if text.startswith("static") else _next_static(text, 0)
    while at >= 0:
        m = _function.match(text, at)
        if m is None or m.group(2)[0].isdigit():
            at = _next_static(text, at)
            continue
        start = at
        end = m.end()
        at = _next_static(text, end)
        if start > last:
            gap = text[last:start]
            before = gap.rstrip(WHITE)
            if before:
                if before[-1] not in ";}":
                    continue            # an attribute on the line before belongs to it
                if brace_balance(gap):
                    break
                pieces.append(Piece(_part(run, last, start), None, nothing))
                last = start
        if brace_balance(text[m.end(1):end]):
            break
        pieces.append(Piece(_part(run, start, end), intern(m.group(2)), frozenset(_words.findall(m.group(1)))))
        found = True
        last = end
    if not found:
        return None
    if text[last:].lstrip(WHITE):
        pieces.append(Piece(_part(run, last, len(text)), None, nothing))
    return pieces
