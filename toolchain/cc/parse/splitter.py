"""Top-level ranges of a token list and the names they declare, found without parsing.

Every token has a character of class (`preprocess.tokens`), so a token list is a string, its *shape*,
in which offsets are token indices, and regular expressions written in C do the work.  `split` cuts a
shape into ranges: external declarations.  `analyze` says which names a range declares, from its
shape alone, so the answer is memoised for the life of the process.

    typedef struct foo { int a; } foo_t ;       range
    T       S      i   { k   i; } i     ;       shape
    tag at 2, typedef at 8                      names

A range whose names are not found is EAGER: whoever walks the unit parses it at once.  So are all that
emit something: external definitions, asm, static assertions, attributes such as `used`.
"""
from __future__ import annotations

import re
from typing import Final

from toolchain.cc.preprocess.interning import MakingDict
from toolchain.cc.preprocess.tokens import Token


def _all_of(pattern: str) -> str:
    """As many matches of `pattern` in a row as there are, for good (not `*+`: see docs/testing.md on possessive loops)."""
    return f"(?>(?:{pattern})*)"


def _nested(opening: str, closing: str, depth: int) -> str:
    """A regular expression for a balanced group, nested up to `depth`."""
    plain = f"[^{opening}{closing}]*+"
    pattern = opening + plain + closing
    for _ in range(depth):
        pattern = opening + plain + _all_of(pattern + plain) + closing
    return pattern


_DEPTH: Final = 16
_BRACES: Final = _nested(r"\{", r"\}", _DEPTH)
_PARENTHESES: Final = _nested(r"\(", r"\)", 14)
_BRACKETS: Final = _nested(r"\[", r"\]", 4)
_ATTRIBUTES: Final = _all_of("A" + _PARENTHESES)

_ranges: Final = re.compile(
    r"(?:[^;{}=SE]++|[SE]" + _ATTRIBUTES + "i?" + _ATTRIBUTES + r"(?:" + _BRACES + r"|))*+"
    r"(?:;|(?<=[);])" + _BRACES + r"|" + _all_of(r"[^;{}]*+" + _BRACES) + r"[^;{}]*+;)")
_find_ranges = _ranges.findall

# Kinds of range.
LAZY: Final = 0
EAGER: Final = 1
EMPTY: Final = 2

# Kinds of name.
ORDINARY: Final = 0
TAG: Final = 1

_attribute: Final = re.compile(r"[Aa]k*" + _PARENTHESES)
_typeof: Final = re.compile(r"Y" + _PARENTHESES)
_tag_definition: Final = re.compile(r"([SE])w*(i?)w*(?=\{)")
_tag_specifier: Final = re.compile(r"[SE]w*i?w*(?:" + _BRACES + r")?")
_brackets: Final = re.compile(_BRACKETS)
_braces: Final = re.compile(_BRACES)
_parentheses: Final = re.compile(_PARENTHESES)
_enumerator: Final = re.compile(r"(i)w*(?:=" + _all_of(r"[^,(){}]++|" + _PARENTHESES) + r")?,?")
_head: Final = re.compile(r"[TXsnkwAYS i]*")
_plain: Final = re.compile(r"[^(),=;{:]*?(i)w*(?=[,=;:]|$|\()")
_pointer: Final = re.compile(r"[^(),=;{]*?\([kwi]*\*[*kw(]*(i)")
_parenthesised: Final = re.compile(r"[^(),=;{]*?\(w*(i)w*\)")
_counting: Final = re.compile(r"A\(\((?:[^AS]*?[(,])?u")


def _blank(m: re.Match[str]) -> str:
    return "w" * len(m.group())


def _as_specifier(m: re.Match[str]) -> str:
    return "k" * len(m.group())


def _as_number(m: re.Match[str]) -> str:
    return "0" * len(m.group())


class Range:
    """What the shape of a range tells.  `offsets` and `kinds` (ORDINARY, TAG) name its names;
    `length` counts tokens."""

    def __init__(self, shape: str) -> None:
        self.kind = LAZY
        self.length = len(shape)
        self.offsets: list[int] = []
        self.kinds: list[int] = []


def shape_of(tokens: list[Token]) -> str:
    """One character per token."""
    return "".join([t.ch for t in tokens])


def split(shape: str) -> list[str]:
    """The shapes of the ranges, in order; they add up to less than `shape` if it is not balanced."""
    found: list[str] = _find_ranges(shape)
    if sum(map(len, found)) == len(shape):
        return found
    # Something is unbalanced or nested deeper than the expression knows.
    found = []
    position = 0
    match = _ranges.match
    while position < len(shape):
        m = match(shape, position)
        end = m.end() if m is not None else _slow_range(shape, position)
        if end < 0:
            break
        found.append(shape[position:end])
        position = end
    return found


def _slow_range(shape: str, position: int) -> int:
    """End of the range at `position`, found by counting; -1 if it is not balanced."""
    depth = 0
    body = False
    for i in range(position, len(shape)):
        c = shape[i]
        if c in "({[":
            if depth == 0 and c == "{":
                body = i > position and shape[i - 1] == ")"
            depth += 1
        elif c in ")}]":
            depth -= 1
            if depth < 0:
                return -1
            if depth == 0 and body and c == "}":
                return i + 1
        elif c == ";" and depth == 0:
            return i + 1
    return -1


def _too_deep(shape: str) -> bool:
    """Braces are nested deeper than the expressions know."""
    depth = 0
    for c in shape:
        if c == "{":
            depth += 1
            if depth > _DEPTH:
                return True
        elif c == "}":
            depth -= 1
    return False


def analyze(shape: str) -> Range:
    """What a range of this shape declares."""
    r = Range(shape)
    length = len(shape)
    if length == 1:
        r.kind = EMPTY
        return r
    if shape[0] in "Va" or shape.startswith("kV"):
        r.kind = EAGER
        return r
    if shape.count("{") > _DEPTH and _too_deep(shape):
        r.kind = EAGER
        return r
    s = shape
    if "u" in s:
        if _counting.search(s) is not None:
            r.kind = EAGER
        s = s.replace("u", "i")
    definition = s[-1] == "}"
    if definition:
        body = s.rindex("}")
        for m in _braces.finditer(s):
            body = m.start()
        s = s[:body]
    s = _simplify(r, s)
    _declarators(r, s, definition)
    return r


def _simplify(r: Range, s: str) -> str:
    """Blank what names nothing; note tags and enumerators on the way."""
    if "A" in s or "a" in s:
        s = _attribute.sub(_blank, s)
    if "Y" in s:
        s = _typeof.sub(_as_specifier, s)
    if "{" in s and ("S" in s or "E" in s):
        for m in _tag_definition.finditer(s):
            if m.group(2):
                r.offsets.append(m.start(2))
                r.kinds.append(TAG)
            if m.group(1) == "E":
                body = _braces.match(s, m.end())
                if body is not None:
                    for e in _enumerator.finditer(s, m.end() + 1, body.end() - 1):
                        r.offsets.append(e.start(1))
                        r.kinds.append(ORDINARY)
    if "S" in s or "E" in s:
        s = _tag_specifier.sub(_as_specifier, s)
    if "[" in s:
        s = _brackets.sub(_blank, s)
    if "{" in s:
        s = _braces.sub(_as_number, s)
    return s


def _declarators(r: Range, s: str, definition: bool) -> None:
    """The declared names, and whether the declaration emits something."""
    head = _head.match(s)
    words = head.group() if head is not None else ""
    initialised = "=" in s
    position = 0
    first = True
    while position < len(s):
        at, is_function = _one(s, position, first)
        if at >= 0:
            r.offsets.append(at)
            r.kinds.append(ORDINARY)
            if "T" in words:
                pass
            elif definition:
                if "s" not in words and not ("n" in words and "X" in words):
                    r.kind = EAGER
            elif not is_function and "s" not in words and ("X" not in words or initialised):
                r.kind = EAGER
        elif first and not (r.offsets or s.strip("kw;") == ""):
            r.kind = EAGER          # no name found: the safety net
        position = _next_declarator(s, position)
        first = False


def _one(s: str, position: int, first: bool) -> tuple[int, bool]:
    """(offset of the name or -1, it is a function) of the declarator at `position`."""
    m = _plain.match(s, position)
    if m is not None:
        end = m.end()
        if end >= len(s) or s[end] != "(":
            return m.start(1), False
        group = _parentheses.match(s, end)
        if group is None:
            return -1, False
        inside = s[end + 1:group.end() - 1].lstrip("w")
        after = s[group.end():group.end() + 1]
        if not ((inside.startswith("*") and (after == "(" or not first)) or (first and after == "(")
                or (inside.startswith("*") and inside.strip("*kw") == "i" and after in (";", "w", ","))):
            return m.start(1), True
    p = _pointer.match(s, position)
    if p is not None:
        k = p.end()
        while k < len(s) and s[k] == "w":
            k += 1
        return p.start(1), k < len(s) and s[k] == "("
    p = _parenthesised.match(s, position)
    if p is not None:
        return p.start(1), True
    return -1, False


def _next_declarator(s: str, position: int) -> int:
    """Behind the next comma outside of parentheses; the end if there is none."""
    j = position
    n = len(s)
    while j < n:
        c = s[j]
        if c == "(":
            group = _parentheses.match(s, j)
            if group is None:
                return n
            j = group.end()
            continue
        if c == ",":
            return j + 1
        j += 1
    return n


_memo: Final[MakingDict[Range]] = MakingDict(analyze)
range_of = _memo.__getitem__
"""Memoised `analyze`."""
