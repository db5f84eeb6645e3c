"""Text to tokens: one `findall` per run, and one dict look-up per token."""
from __future__ import annotations

import re
from typing import Final

from .extended_names import INITIAL, LATER, UCN
from .interning import MakingDict
from .tokens import Token, flip, intern

SPLICE: Final = "\x1a"
"""Stands for a backslash-newline."""
NEWLINE_IN_COMMENT: Final = "\x1c"
"""Stands for a newline inside a comment."""
WHITE: Final = " \t\x1a\x1c\n\f\v\r"

_STRING: Final = r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
_CHARACTER: Final = r"'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'"
_NUMBER: Final = r"[0-9][.0-9A-DF-OQ-Za-df-oq-z_]*+(?:(?:[eEpP][+-]?|[^\WeEpP])[.0-9A-DF-OQ-Za-df-oq-z_]*+)*+"
_OPERATORS: Final = (r"<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|##|<:|:>|<%|%>|%:%:|%:|[\"'][^\n]*"
                     r"|[^ \t\x1a\x1c\n\f\v\r]")


def _token_pattern(name: str, comments: bool, number: str) -> str:
    """The expression of blanks and the token behind them; `name` is that of an identifier.

    What is frequent stands first.  Possessive repetitions of explicit classes (their bitmap is tried before a category
    like \\w is) halve the time."""
    return (r"[ \t\x1a\x1c\n\f\v\r]*+(?:" + (r"/\*.*?\*/|//[^\n]*|" if comments else "")
            + rf"(?:[LU]|u8?)(?=[\"'])(?!'')(?:{_STRING}|{_CHARACTER})|{name}|[;,(){{}}\[\]?~]|{number}|[=*<>](?![=<>:%])|{_STRING}|{_CHARACTER}"
            + rf"|\.{number}|{_OPERATORS})")


def _make_token(raw: str) -> Token:
    """The token of a match: blanks, then a spelling, perhaps with splices inside."""
    spelling = raw.lstrip(WHITE)
    spaced = len(spelling) != len(raw)
    if SPLICE in spelling:
        spelling = spelling.replace(SPLICE, "")
    token = intern(spelling)
    return flip(token) if spaced else token


class Lexer:
    """Lexes in one mode: with or without `$` in names, with or without comments as tokens, with or without
    letters beyond ASCII and universal character names in identifiers (C99 and later).

    Those cost time, so a second expression is used for text that contains any.
    """

    def __init__(self, dollars: bool, keep_comments: bool, extended: bool = True) -> None:
        dollar = "$" if dollars else ""
        self._plain = re.compile(_token_pattern(rf"[A-Za-z_{dollar}][A-Za-z0-9_{dollar}]*+", keep_comments, _NUMBER), re.S)
        self._extended = self._plain
        if extended:
            later = rf"(?:[{LATER}{dollar}]|{UCN})*+"
            name = rf"(?:{INITIAL}|{UCN}{'|[$]' if dollars else ''}){later}"
            self._extended = re.compile(_token_pattern(name, keep_comments, rf"[0-9](?:[eEpP][+-]|[.{LATER}]|{UCN})*+"), re.S)
        table: MakingDict[Token] = MakingDict(_make_token)
        self._token_of = table.__getitem__
        self._findall = self._plain.findall

    def lex(self, text: str) -> list[Token]:
        """All tokens of `text`, which holds no comments (unless they are kept) and no directives."""
        text = text.rstrip(WHITE)
        if not text.isascii() or "\\u" in text or "\\U" in text:
            return list(map(self._token_of, self._extended.findall(text)))
        return list(map(self._token_of, self._findall(text)))

    def offsets(self, text: str) -> list[int]:
        """Offset in `text` of the first character of each token that `lex` gives."""
        text = text.rstrip(WHITE)
        end = 0
        out: list[int] = []
        pattern = self._extended if not text.isascii() or "\\u" in text or "\\U" in text else self._plain
        for raw in pattern.findall(text):   # matches leave no gaps
            end += len(raw)
            out.append(end - len(raw.lstrip(WHITE)))
        return out
