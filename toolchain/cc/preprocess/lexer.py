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

SEPARATOR: Final = "\x1b"
"""Stands for a digit separator, so that no quote opens a literal there."""

# What a language adds to the one before it.
RULES_C90: Final = 0        # no digraphs
RULES_C94: Final = 1        # digraphs
RULES_GNU90: Final = 2      # `//`, hexadecimal floating constants; assembler too
RULES_C99: Final = 3        # letters beyond ASCII and universal character names in identifiers
RULES_C23: Final = 4        # digit separators

_STRING: Final = r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
_CHARACTER: Final = r"'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'"
_NUMBER: Final = r"[0-9][.0-9A-DF-OQ-Za-df-oq-z_]*+(?:(?:[eEpP][+-]?|[^\WeEpP])[.0-9A-DF-OQ-Za-df-oq-z_]*+)*+"
_NUMBER_C90: Final = r"[0-9](?:[eE][+-]|[.0-9A-Za-z_])*+"
_NUMBER_C99: Final = rf"[0-9](?:[eEpP][+-]|[.{LATER}]|{UCN})*+"
_NUMBER_C23: Final = rf"[0-9](?:[eEpP][+-]|[{LATER}]|['{SEPARATOR}][{LATER}]|\.|{UCN})*+"
_DIGRAPHS: Final = "<:|:>|<%|%>|%:%:|%:|"
_OPERATORS: Final = (r"<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|##|" + _DIGRAPHS + r"[\"'][^\n]*"
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
    if SEPARATOR in spelling:
        spelling = spelling.replace(SEPARATOR, "'")
    token = intern(spelling)
    return flip(token) if spaced else token


class Lexer:
    """Lexes in one mode: with or without `$` in names, with or without comments as tokens, by the rules of one language.

    Letters beyond ASCII and universal character names cost time, so a second expression is used for text that contains any.
    """

    def __init__(self, dollars: bool, keep_comments: bool, rules: int = RULES_C99) -> None:
        dollar = "$" if dollars else ""
        number = _NUMBER_C90 if rules < RULES_GNU90 else _NUMBER_C23 if rules == RULES_C23 else _NUMBER
        self._plain = re.compile(_token_pattern(rf"[A-Za-z_{dollar}][A-Za-z0-9_{dollar}]*+", keep_comments, number), re.S)
        if rules == RULES_C90:
            self._plain = re.compile(self._plain.pattern.replace(_DIGRAPHS, ""), re.S)
        self._extended = self._plain
        if rules >= RULES_C99:
            later = rf"(?:[{LATER}{dollar}]|{UCN})*+"
            name = rf"(?:{INITIAL}|{UCN}{'|[$]' if dollars else ''}){later}"
            self._extended = re.compile(_token_pattern(name, keep_comments, _NUMBER_C23 if rules == RULES_C23 else _NUMBER_C99), re.S)
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
