"""-Wformat: calls of printf- and scanf-like functions against their format strings (C11 7.21.6, glibc's %m).

Rows give, for each conversion character, the type that each length modifier asks for.  As in gcc,
signedness does not matter, `%p` takes any pointer, and `%s` any pointer to a character type.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import CAST_DECAY, Cast, Expr, StringLit
from toolchain.cc.parse.spell import declare, type_text
from toolchain.cc.preprocess.tokens import STRING
from toolchain.cc.types import (
    CHAR,
    DOUBLE,
    ERROR,
    FLOAT,
    INT,
    LDOUBLE,
    LLONG,
    LONG,
    POINTER,
    SCHAR,
    SHORT,
    UCHAR,
    UINT,
    ULLONG,
    ULONG,
    USHORT,
    VOID,
    Type,
    base_of,
    basic_name,
    is_integer,
)
from toolchain.diagnostics import Diagnostics, Loc, Location

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

_SIGNED: Final[dict[str, int]] = {"": INT, "hh": SCHAR, "h": SHORT, "l": LONG, "ll": LLONG, "q": LLONG, "L": LLONG, "j": LONG, "z": LONG,
                                  "t": LONG, "Z": LONG}
_UNSIGNED: Final[dict[str, int]] = {"": UINT, "hh": UCHAR, "h": USHORT, "l": ULONG, "ll": ULLONG, "q": ULLONG, "L": ULLONG, "j": ULONG,
                                    "z": ULONG, "t": ULONG, "Z": ULONG}
_FLOATS: Final[dict[str, int]] = {"": DOUBLE, "l": DOUBLE, "L": LDOUBLE}
_SCAN_FLOATS: Final[dict[str, int]] = {"": FLOAT, "l": DOUBLE, "L": LDOUBLE}
_SPECIAL_NAMES: Final[dict[tuple[str, bool], str]] = {
    ("z", False): "signed size_t", ("z", True): "size_t", ("Z", False): "signed size_t", ("Z", True): "size_t",
    ("j", False): "intmax_t", ("j", True): "uintmax_t", ("t", False): "ptrdiff_t", ("t", True): "unsigned ptrdiff_t"}
_LENGTHS: Final = ("hh", "h", "ll", "l", "q", "L", "j", "z", "Z", "t")


class InLiteral:
    """Resolver: a character inside a string literal's token."""

    def __init__(self, diagnostics: Diagnostics, loc: Loc, offset: int) -> None:
        self.diagnostics = diagnostics
        self.loc = loc
        self.offset = offset

    def resolve(self, offset: int) -> Location:
        """See `toolchain.diagnostics.Resolver`."""
        where = self.diagnostics.locations.resolve(self.loc)
        where.column += self.offset
        where.length = 1
        return where


class FormatCheck:
    """One call under check."""

    def __init__(self, core: Core, literal: StringLit, args: list[Expr], first: int, scan: bool, values_follow: bool) -> None:
        self.core = core
        self.signedness = "format-signedness" in core.warnings
        self.types = core.types
        self.literal = literal
        self.args = args
        self.next = first
        self.scan = scan
        self.values_follow = values_follow
        """The call passes the values themselves (no va_list)."""
        self.text = literal.data[:-1].decode("latin-1")

    def run(self) -> None:
        """Check the whole format."""
        text = self.text
        core = self.core
        if not text and not self.scan:
            core.warn("format-zero-length", self.literal.loc, "zero-length gnu_printf format string")
            return
        end = text.find("\0")
        if end >= 0:
            core.warn("format-contains-nul", self.place(end), "embedded '\\0' in format")
            return
        i = text.find("%")
        while i >= 0:
            after = self._conversion(i + 1)
            if after < 0:
                return
            i = text.find("%", after)
        if self.values_follow and self.next < len(self.args):
            core.warn("format-extra-args", self.literal.loc, "too many arguments for format")

    def place(self, at: int) -> Loc:
        """Location of character `at` of the format, if its token has no escapes before it."""
        core = self.core
        index = self.literal.loc - core.base
        rest = at
        tokens = core.tokens
        while 0 <= index < len(tokens) and tokens[index].kind == STRING:
            spelling = tokens[index].spelling
            body = spelling[1:-1]
            if "\\" not in body[:rest + 1] and spelling[0] == '"':
                if rest < len(body):
                    return core.diagnostics.locations.add(1, InLiteral(core.diagnostics, core.base + index, rest + 1))
                if "\\" not in body:
                    rest -= len(body)
                    index += 1
                    continue
            raw = _raw_offset(body, rest)
            if raw >= 0:
                return core.diagnostics.locations.add(1, InLiteral(core.diagnostics, core.base + index, raw + 1))
            rest -= _decoded_length(body)
            index += 1
        return self.literal.loc

    def _conversion(self, i: int) -> int:
        """One conversion behind its `%`; the offset behind it, -1 to stop."""
        text = self.text
        core = self.core
        start = i
        n = len(text)
        suppressed = False
        if self.scan and i < n and text[i] == "*":
            suppressed = True
            i += 1
        while i < n and text[i] in "-+ #0'I":
            i += 1
        i = self._number(i, "field width specifier '*'")
        if i < n and text[i] == "$":
            return -1                   # positional arguments are not checked
        if i < n and text[i] == "." and not self.scan:
            i = self._number(i + 1, "field precision specifier '.*'")
        length = ""
        for candidate in _LENGTHS:
            if text.startswith(candidate, i):
                length = candidate
                i += len(candidate)
                break
        if i >= n:
            core.warn("format=", self.place(i - 1), "conversion lacks type at end of format" if i > start else "spurious trailing '%' in format")
            return -1
        c = text[i]
        if c == "%" or (c == "m" and not self.scan):
            return i + 1
        if self.scan and c == "[":
            close = text.find("]", i + 2)
            if close < 0:
                core.warn("format=", self.place(i), "no closing ']' for '%[' format")
                return -1
            if not suppressed:
                self._argument(CHAR, length, c, i, text[start:close + 1])
            return close + 1
        if not suppressed and not self._checked(c, length, i, text[start:i + 1]):
            core.warn("format=", self.place(i), f"unknown conversion type character '{c}' in format")
            return -1
        return i + 1

    def _number(self, i: int, what: str) -> int:
        text = self.text
        if i < len(text) and text[i] == "*":
            if self.values_follow and self.next < len(self.args):
                e = self.args[self.next]
                if not (is_integer(e.ty) and e.ty.unq.size == self.types.int_.size):
                    self.core.warn("format=", self.place(i), f"{what} expects argument of type 'int', but argument {self.next + 1} "
                                   f"has type {type_text(e.ty)}")
            self.next += 1
            return i + 1
        while i < len(text) and text[i].isdigit():
            i += 1
        return i

    def _checked(self, c: str, length: str, at: int, shown: str) -> bool:
        """Check the argument of conversion `c`; whether the conversion is known."""
        if c in "di":
            self._argument(_SIGNED[length], length, c, at, shown)
        elif c in "ouxX":
            self._argument(_UNSIGNED[length], length, c, at, shown)
        elif c in "fFeEgGaA":
            table = _SCAN_FLOATS if self.scan else _FLOATS
            if length not in table:
                self.core.warn("format=", self.place(at), f"use of '{length}' length modifier with '{c}' type character has either no "
                               f"effect or undefined behavior")
                self.next += 1
            else:
                self._argument(table[length], "", c, at, shown)
        elif c == "c" or c == "C":
            self._argument((UINT if length == "l" or c == "C" else CHAR if self.scan else INT), "", c, at, shown)
        elif c in "sSp":
            self._pointer(c, length, at, shown)
        elif c == "n":
            self._argument(_SIGNED[length], length, c, at, shown)
        else:
            return False
        return True

    def _take(self, at: int, shown: str, wanted: str) -> Expr | None:
        """The next argument, if values follow; reports that it is missing."""
        if not self.values_follow:
            return None
        number = self.next
        self.next += 1
        if number >= len(self.args):
            if number == len(self.args):
                self.core.warn("format=", self.place(at), f"format '%{shown}' expects a matching '{wanted}' argument")
            return None
        return self.args[number]

    def _mismatch(self, at: int, shown: str, wanted: str, e: Expr) -> None:
        self.core.warn("format=", self.place(at), f"format '%{shown}' expects argument of type '{wanted}', but argument {self.next} "
                       f"has type {type_text(e.ty)}")

    def _argument(self, kind: int, length: str, c: str, at: int, shown: str) -> None:
        unsigned = c in "ouxX"
        named = _SPECIAL_NAMES.get((length, unsigned))
        wanted = named or basic_name(kind)
        indirect = self.scan or c == "n"
        if not indirect and kind in (SCHAR, SHORT, UCHAR, USHORT):
            wanted = "int"
        if indirect:
            wanted += " *"
        e = self._take(at, shown, wanted)
        if e is None or e.ty.kind > ERROR:
            return
        t: Type = e.ty.unq
        if indirect:
            if t.kind != POINTER:
                self._mismatch(at, shown, wanted, e)
                return
            t = base_of(t).unq
        if not self._same(t, kind, indirect) or (
                self.signedness and is_integer(t) and t.size >= self.types.int_.size and c != "c" and self.types.unsigned(t) != unsigned):
            self._mismatch(at, shown, wanted, e)

    def _same(self, t: Type, kind: int, exact: bool) -> bool:
        want = self.types.basic[kind]
        if is_integer(want):
            if not is_integer(t):
                return False
            if kind in (CHAR, SCHAR, UCHAR) and exact:
                return t.size == 1
            if not exact and kind < INT:
                want = self.types.int_
            if kind in (LLONG, ULLONG) or t.kind in (LLONG, ULLONG):
                return self.types.to_unsigned(t) is self.types.to_unsigned(want)
            return self.types.to_unsigned(t) is self.types.to_unsigned(want)
        return t.kind == want.kind

    def _pointer(self, c: str, length: str, at: int, shown: str) -> None:
        wide = c == "S" or length == "l"
        wanted = "void *" if c == "p" else declare(self.types.pointer(self.types.wchar_t if wide else self.types.char), "")
        e = self._take(at, shown, wanted)
        if e is None:
            return
        t = e.ty.unq
        if t.kind != POINTER:
            self._mismatch(at, shown, wanted, e)
            return
        if c == "p":
            return
        base = base_of(t)
        if base.kind == VOID or (is_integer(base) and base.unq.size == (self.types.wchar_t.size if wide else 1)):
            if base.kind != VOID:
                return
        self._mismatch(at, shown, wanted, e)


def _raw_offset(body: str, at: int) -> int:
    """Offset in a literal's spelling of decoded character `at`; -1 if it lies behind."""
    i = 0
    while i < len(body):
        if at == 0:
            return i
        i += _width(body, i)
        at -= 1
    return -1


def _decoded_length(body: str) -> int:
    i = count = 0
    while i < len(body):
        i += _width(body, i)
        count += 1
    return count


def _width(body: str, i: int) -> int:
    """Characters of the spelling that make one element."""
    if body[i] != "\\" or i + 1 >= len(body):
        return 1
    c = body[i + 1]
    j = i + 2
    if c in "01234567":
        while j < len(body) and j < i + 4 and body[j] in "01234567":
            j += 1
    elif c == "x":
        while j < len(body) and body[j] in "0123456789abcdefABCDEF":
            j += 1
    return j - i


def literal_of(e: Expr) -> StringLit | None:
    """The string literal that an argument is."""
    while isinstance(e, Cast):
        if e.kind == CAST_DECAY and isinstance(e.operand, StringLit):
            return e.operand
        e = e.operand
    return None
