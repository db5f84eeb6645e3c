"""Expressions of assembly text, with GNU as's operators and precedence ("Infix Operators" in its manual).

A parsed expression is an `Expr`; constants are folded while parsing, a symbol that has a constant value is that constant.
"""
from __future__ import annotations

import re
from typing import Final, Protocol

from toolchain.diagnostics import Loc, ToolError
from toolchain.mc.evaluate import binary, unary, wrap
from toolchain.mc.model.expr import BINARY, CONST, SYMBOL, UNARY, Expr, MCSymbol

TOKEN: Final = re.compile(r"""\s*(?:
  (?P<label>\d+[bf](?![\w.$]))
 |(?P<dollar>\d+\$(?![\w.$]))
 |(?P<number>0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)(?![\w.$])
 |(?P<name>[A-Za-z_.$\x80-\U0010ffff][\w.$]*(?:@[A-Za-z_]\w*)?)
 |(?P<quoted>"(?:[^"\\]|\\.)*")
 |'(?P<char>\\[0-7]{1,3}|\\x[0-9a-fA-F]+|\\.|[^\\\n])'?
 |(?P<op><<|>>|<=|>=|==|!=|<>|&&|\|\||[-+*/%&|^~!<>()\[\]])
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

    def numeric_label(self, number: int, forward: bool) -> MCSymbol:
        """`1b` or `1f`."""

    def dollar_label(self, number: int) -> MCSymbol:
        """`1$`."""


class Parser:
    """Parses expressions out of one text, from `place` on."""

    def __init__(self, text: str, place: int, names: Names, loc: Loc) -> None:
        self.text = text
        self.place = place
        self.names = names
        self.loc = loc
        self.depth = 0

    def error(self, message: str) -> ToolError:
        """An error here."""
        return ToolError(message, self.loc)

    def expression(self, rank: int = 0) -> Expr:
        """An expression whose operators bind tighter than `rank`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error("expression is nested too deeply")
        left = self.primary()
        while True:
            m = TOKEN.match(self.text, self.place)
            if m is None:
                break
            op = m.group("op")
            if op is None:
                break
            r = RANKS.get(op, 0)
            if r <= rank:
                break
            self.place = m.end()
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
        return Expr(BINARY, text=op, left=a, right=b, loc=self.loc)

    def primary(self) -> Expr:
        """An operand with its prefix operators."""
        m = TOKEN.match(self.text, self.place)
        if m is None:
            rest = self.text[self.place:].strip()
            raise self.error(f"bad expression at `{rest[:30]}'" if rest else "expression expected")
        self.place = m.end()
        kind = m.lastgroup
        if kind == "number":
            return Expr(CONST, number(m.group("number"), self.loc))
        if kind == "name":
            return self.name(m.group("name"))
        if kind == "label":
            word = m.group("label")
            return Expr(SYMBOL, 0, self.names.numeric_label(int(word[:-1]), word[-1] == "f"))
        if kind == "char":
            return Expr(CONST, character(m.group("char")))
        if kind == "quoted":
            return self.name(m.group("quoted")[1:-1])
        if kind == "dollar":
            return Expr(SYMBOL, 0, self.names.dollar_label(int(m.group("dollar")[:-1])))
        return self.prefix(m.group("op"))

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
        raise self.error(f"bad expression at `{op}'")

    def expect(self, mark: str) -> None:
        """The closing mark."""
        m = TOKEN.match(self.text, self.place)
        if m is None or m.group("op") != mark:
            raise self.error(f"missing `{mark}'")
        self.place = m.end()

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
        if value is not None and value.op == CONST and not modifier:
            return Expr(CONST, value.value)
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
