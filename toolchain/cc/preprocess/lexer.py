"""Text to tokens: one `findall` per run, and one dict look-up per token."""
from __future__ import annotations

import re
from typing import Final

from .interning import MakingDict
from .tokens import Token, flip, intern

SPLICE: Final = "\x1a"
"""Stands for a backslash-newline."""
NEWLINE_IN_COMMENT: Final = "\x1c"
"""Stands for a newline inside a comment."""
WHITE: Final = " \t\x1a\x1c\n\f\v\r"

_BLANKS: Final = r"[ \t\x1a\x1c\n\f\v\r]*"
_NAME: Final = r"[A-Za-z_{dollar}][\w{dollar}]*"
_UCN: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_TOKEN: Final = (
    r"""(?:(?:L|u8|U|u)(?=["'])(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+')"""
    r"""|NAME|\.?[0-9](?:[eEpP][+-]|[\w.])*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
    r"""|<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|##|<:|:>|<%|%>|%:%:|%:"""
    r"""|["'][^\n]*|OTHER[^\s\w\x1a]|[^\W\d](?:[\w$]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*|[^\s\x1a])""")
_COMMENTS: Final = r"/\*.*?\*/|//[^\n]*|"


def _make_token(raw: str) -> Token:
    """The token of a match: blanks, then a spelling, perhaps with splices inside."""
    spelling = raw.lstrip(WHITE)
    spaced = len(spelling) != len(raw)
    if SPLICE in spelling:
        spelling = spelling.replace(SPLICE, "")
    token = intern(spelling)
    return flip(token) if spaced else token


class Lexer:
    """Lexes in one mode: with or without `$` in names, with or without comments as tokens.

    Universal character names in identifiers cost time, so a second expression is used for text
    that contains any.
    """

    def __init__(self, dollars: bool, keep_comments: bool) -> None:
        name = _NAME.replace("{dollar}", "$" if dollars else "")
        other = _COMMENTS if keep_comments else ""
        pattern = _BLANKS + _TOKEN.replace("NAME", name).replace("|OTHER", "|")
        if keep_comments:
            pattern = _BLANKS + "(?:" + other + _TOKEN.replace("NAME", name).replace("|OTHER", "|") + ")"
        universal = rf"(?:[^\W\d]|\$|{_UCN})(?:[\w$]|{_UCN})*"
        slow = pattern.replace("|" + name + "|", "|" + universal + "|")
        self._plain = re.compile(pattern, re.S)
        self._slow = re.compile(slow, re.S)
        table: MakingDict[Token] = MakingDict(_make_token)
        self._token_of = table.__getitem__
        self._findall = self._plain.findall

    def lex(self, text: str) -> list[Token]:
        """All tokens of `text`, which holds no comments (unless they are kept) and no directives."""
        text = text.rstrip(WHITE)
        if "\\u" in text or "\\U" in text:
            return list(map(self._token_of, self._slow.findall(text)))
        return list(map(self._token_of, self._findall(text)))

    def offsets(self, text: str) -> list[int]:
        """Offset in `text` of the first character of each token that `lex` gives."""
        text = text.rstrip(WHITE)
        pattern = self._slow if "\\u" in text or "\\U" in text else self._plain
        out: list[int] = []
        for m in pattern.finditer(text):
            raw: str = m.group()
            out.append(m.end() - len(raw.lstrip(WHITE)))
        return out
