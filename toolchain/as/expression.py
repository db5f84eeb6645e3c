"""Expressions of assembly text, with GNU as's operators and precedence ("Infix Operators" in its manual).

A parsed expression is an `Expr`; constants are folded while parsing, a symbol that has a constant value is that constant.
"""
from __future__ import annotations

import re
from typing import Final, Protocol

from toolchain.diagnostics import Loc, ToolError
from toolchain.mc.evaluate import binary, unary, wrap
from toolchain.mc.model.expr import BINARY, CONST, REGISTER, SYMBOL, UNARY, Expr, MCSymbol

TOKEN: Final = re.compile(r"""\s*(?:
  (?P<label>\d+[bf](?![\w.$]))
 |(?P<dollar>\d+\$(?![\w.$]))
 |(?P<number>0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)(?![\w.$])
 |(?P<name>[A-Za-z_.$\x80-\U0010ffff][\w.$]*(?:@[A-Za-z_]\w*)?)
 |(?P<quoted>"(?:[^"\\]|\\.)*")
 |'(?P<char>\\[0-7]{1,3}|\\x[0-9a-fA-F]+|\\.|[^\\\n])'?
 |(?P<op><<|>>|<=|>=|==|!=|<>|&&|\|\||[-+*/%&|^~!<>()\[\]:])
)""", re.VERBOSE | re.DOTALL)
RANKS: Final[dict[str, int]] = {
    "*": 8, "/": 8, "%": 8, "<<": 8, ">>": 8, "|": 7, "&": 7, "^": 7, "!": 7, "+": 5, "-": 5,
    "==": 4, "!=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "&&": 3, "||": 2,
}
MAX_DEPTH: Final = 150
CHAR_ESCAPES: Final[dict[str, int]] = {"b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "\\": 92, "'": 39, '"': 34}


class Names(Protocol):
    """What an expression may mention."""

    def symbol(self, name: str) -> MCSymbol:
        """The symbol of that name."""

    def dot(self) -> MCSymbol:
        """A label at the current place."""

    def register(self, name: str) -> int:
        """Number of a register, -1 if it is none."""

    def numeric_label(self, number: int, forward: bool) -> MCSymbol:
        """`1b` or `1f`."""

    def dollar_label(self, number: int) -> MCSymbol:
        """`1$`."""


OPERATOR: Final = 0
NUMBER: Final = 1
NAME: Final = 2
LABEL: Final = 3
CHARACTER: Final = 4
QUOTED: Final = 5
DOLLAR: Final = 6
KINDS: Final[dict[str, int]] = {"op": OPERATOR, "number": NUMBER, "name": NAME, "label": LABEL, "char": CHARACTER, "quoted": QUOTED, "dollar": DOLLAR}
MAX_REMEMBERED: Final = 20000


class Tokens:
    """Tokens of one text: kinds, texts, and the offset after each; they end where the text is no expression any more."""

    def __init__(self, text: str, place: int) -> None:
        self.kinds: list[int] = []
        self.texts: list[str] = []
        self.ends: list[int] = []
        while True:
            m = TOKEN.match(text, place)
            if m is None:
                return
            name = m.lastgroup or "op"
            self.kinds.append(KINDS[name])
            self.texts.append(m.group(name))
            place = m.end()
            self.ends.append(place)


_remembered: Final[dict[str, Tokens]] = {}


def tokens_of(text: str) -> Tokens:
    """Tokens of a whole text; those of short texts are remembered (the same few stand in all of a kernel's inline assembly)."""
    found = _remembered.get(text)
    if found is None:
        found = Tokens(text, 0)
        if len(_remembered) < MAX_REMEMBERED and len(text) < 80:
            _remembered[text] = found
    return found


class Parser:
    """Parses expressions out of one text, from `place` on."""

    def __init__(self, text: str, place: int, names: Names, loc: Loc) -> None:
        self.text = text
        self.start = place
        self.names = names
        self.loc = loc
        self.depth = 0
        tokens = tokens_of(text) if place == 0 else Tokens(text, place)
        self.kinds = tokens.kinds
        self.texts = tokens.texts
        self.ends = tokens.ends
        self.next = 0

    @property
    def place(self) -> int:
        """Offset after the last token that was taken."""
        return self.ends[self.next - 1] if self.next else self.start

    def error(self, message: str) -> ToolError:
        """An error here."""
        return ToolError(message, self.loc)

    def expression(self, rank: int = 0) -> Expr:
        """An expression whose operators bind tighter than `rank`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error("expression is nested too deeply")
        left = self.primary()
        kinds = self.kinds
        count = len(kinds)
        while self.next < count and kinds[self.next] == OPERATOR:
            op = self.texts[self.next]
            r = RANKS.get(op, 0)
            if r <= rank:
                break
            self.next += 1
            right = self.expression(r)
            left = self.combine(op, left, right)
        self.depth -= 1
        return left

    def combine(self, op: str, a: Expr, b: Expr) -> Expr:
        """`a op b`, folded as far as constants go."""
        if b.op == CONST:
            if a.op == CONST:
                return Expr(CONST, binary(op, a.value, b.value, self.loc))
            if a.op == SYMBOL and op in "+-":
                return Expr(SYMBOL, wrap(a.value + b.value if op == "+" else a.value - b.value), a.symbol, a.modifier)
        elif a.op == CONST and b.op == SYMBOL and op == "+":
            return Expr(SYMBOL, wrap(a.value + b.value), b.symbol, b.modifier)
        if a.op == REGISTER and b.op == REGISTER and op in ("==", "!=", "<>"):
            return Expr(CONST, -int((a.value == b.value) == (op == "==")))
        return Expr(BINARY, text=op, left=a, right=b, loc=self.loc)

    def primary(self) -> Expr:
        """An operand with its prefix operators."""
        i = self.next
        if i >= len(self.kinds):
            rest = self.text[self.place:].strip()
            raise self.error(f"bad expression at `{rest[:30]}'" if rest else "expression expected")
        self.next = i + 1
        kind = self.kinds[i]
        text = self.texts[i]
        if kind == OPERATOR:
            return self.prefix(text)
        if kind == NAME:
            return self.name(text)
        if kind == NUMBER:
            return Expr(CONST, number(text, self.loc))
        if kind == LABEL:
            return Expr(SYMBOL, 0, self.names.numeric_label(int(text[:-1]), text[-1] == "f"))
        if kind == CHARACTER:
            return Expr(CONST, character(text))
        if kind == QUOTED:
            return self.name(text[1:-1])
        return Expr(SYMBOL, 0, self.names.dollar_label(int(text[:-1])))

    def prefix(self, op: str) -> Expr:
        """A prefix operator or parenthesis."""
        if op in ("(", "["):
            inner = self.expression()
            self.expect(")" if op == "(" else "]")
            return inner
        if op in ("-", "~", "!", "+"):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise self.error("expression is nested too deeply")
            inner = self.primary()
            self.depth -= 1
            if inner.op == CONST:
                return Expr(CONST, unary(op, inner.value))
            return inner if op == "+" else Expr(UNARY, text=op, left=inner, loc=self.loc)
        if op == "%" and self.next < len(self.kinds) and self.kinds[self.next] == NAME:
            register = self.names.register(self.texts[self.next])
            if register >= 0:
                self.next += 1
                return Expr(REGISTER, register)
        raise self.error(f"bad expression at `{op}'")

    def expect(self, mark: str) -> None:
        """The closing mark."""
        i = self.next
        if i >= len(self.kinds) or self.kinds[i] != OPERATOR or self.texts[i] != mark:
            raise self.error(f"missing `{mark}'")
        self.next = i + 1

    def name(self, name: str) -> Expr:
        """A symbol, or its value if that is a constant."""
        if name == ".":
            return Expr(SYMBOL, 0, self.names.dot())
        modifier = ""
        at = name.find("@")
        if at > 0:
            modifier = name[at + 1:].lower()
            name = name[:at]
        s = self.names.symbol(name)
        s.mentioned = True
        value = s.value
        if value is not None and (value.op == CONST or value.op == REGISTER) and not modifier:
            return Expr(value.op, value.value)
        return Expr(SYMBOL, 0, s, modifier)

    def rest(self) -> str:
        """What follows."""
        return self.text[self.place:].lstrip()

    def finish(self) -> None:
        """Nothing may follow.  Raises ToolError."""
        if self.text[self.place:].strip():
            raise self.error(f"junk at end of line: `{self.rest()[:40]}'")


def number(word: str, loc: Loc) -> int:
    """Value of a number as written; GNU as computes in 64 bits."""
    try:
        if word[0] == "0" and len(word) > 1:
            second = word[1]
            if second in "xX":
                return wrap_number(int(word, 16))
            if second in "bB":
                return wrap_number(int(word[2:], 2))
            return wrap_number(int(word, 8))
        return wrap_number(int(word))
    except ValueError:
        raise ToolError(f"bad number `{word}'", loc) from None


def wrap_number(value: int) -> int:
    """Numbers beyond 64 bits stay as they are: only wide data can hold them, everything else complains."""
    return wrap(value) if value < 1 << 64 else value


def character(body: str) -> int:
    """Value of a character constant."""
    if body[0] != "\\":
        return ord(body) & 0xFF if ord(body) < 256 else ord(body)
    code = body[1:]
    if code[0] in "01234567":
        return int(code, 8)
    if code[0] == "x" and len(code) > 1:
        return int(code[1:], 16)
    return CHAR_ESCAPES.get(code, ord(code))
