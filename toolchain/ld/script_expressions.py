"""Words and expressions of linker scripts (GNU ld manual, 3.10): what the parser of statements is built on."""
from __future__ import annotations

import re
from typing import Final

from toolchain.diagnostics import LocationTable, TextResolver, ToolError
from toolchain.ld.syntax import (
    Expr,
)

_SPACE: Final = re.compile(r"(?:\s+|/\*.*?\*/|#[^\n]*)+", re.S)
WORD: Final = re.compile(r"(?:\[[^\]\s]*\]|\\.|[^\s{}();:,=\"\[])+")
_SYMBOL: Final = re.compile(r"[A-Za-z_.$\\~/][\w.$\\~/]*|[\w.$]+")
_NUMBER: Final = re.compile(r"(0[xX][0-9a-fA-F]+|[0-9][0-9a-fA-F]*[hHxX]\b|\$[0-9a-fA-F]+|[0-9]+[oObBdD]?)([kKmM]?)(?![\w.])")
_OPERATOR: Final = re.compile(r"<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/&|]=|[-+*/%&|^~!<>?:=(),;{}]")
STRING: Final = re.compile(r'"([^"]*)"')

_BINARY: Final[dict[str, int]] = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, "<=": 7, ">": 7, ">=": 7,
    "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}
# Functions whose first argument is a name and not an expression
_NAME_FUNCTIONS: Final = ("ADDR", "LOADADDR", "SIZEOF", "ALIGNOF", "ORIGIN", "LENGTH", "DEFINED", "CONSTANT", "SEGMENT_START")
_FUNCTIONS: Final[dict[str, tuple[int, int]]] = {
    "ABSOLUTE": (1, 1), "ADDR": (1, 1), "ALIGN": (1, 2), "ALIGNOF": (1, 1), "BLOCK": (1, 1), "CONSTANT": (1, 1),
    "DATA_SEGMENT_ALIGN": (2, 2), "DATA_SEGMENT_END": (1, 1), "DATA_SEGMENT_RELRO_END": (2, 2), "DEFINED": (1, 1),
    "LENGTH": (1, 1), "LOADADDR": (1, 1), "LOG2CEIL": (1, 1), "MAX": (2, 2), "MIN": (2, 2), "NEXT": (1, 1), "ORIGIN": (1, 1),
    "SEGMENT_START": (2, 2), "SIZEOF": (1, 1), "ASSERT": (2, 2),
}
_MAX_DEPTH: Final = 200


class ExpressionParser:
    """Reads one text from its start; `depth` is how many INCLUDEs it stands in.  Errors are ToolErrors with the place."""

    def __init__(self, name: str, text: str, locations: LocationTable, depth: int) -> None:
        self.name = name
        self.text = text
        self.locations = locations
        self.base = locations.add(len(text) + 1, TextResolver(name, text))
        self.depth = depth
        self.nesting = 0
        self.pos = 0

    # ---- lexing -------------------------------------------------------------------------------

    def loc(self) -> int:
        """The location of the next character."""
        return self.base + min(self.pos, len(self.text))

    def error(self, message: str) -> ToolError:
        """An error at the current position, for the caller to raise."""
        return ToolError(message, self.loc())

    def skip(self) -> None:
        """Skip blanks and comments."""
        m = _SPACE.match(self.text, self.pos)
        if m is not None:
            self.pos = m.end()
        if self.text.startswith("/*", self.pos):
            raise self.error("unterminated comment in linker script")

    def at_end(self) -> bool:
        """Whether only blanks are left."""
        self.skip()
        return self.pos >= len(self.text)

    def peek(self, punctuation: str) -> bool:
        """Whether `punctuation` comes next."""
        self.skip()
        return self.text.startswith(punctuation, self.pos)

    def accept(self, punctuation: str) -> bool:
        """Take `punctuation` if it comes next."""
        if self.peek(punctuation):
            self.pos += len(punctuation)
            return True
        return False

    def expect(self, punctuation: str) -> None:
        """Take `punctuation` or fail."""
        if not self.accept(punctuation):
            raise self.error(f"syntax error: expected '{punctuation}'" + self.before())

    def before(self) -> str:
        """What stands at the cursor, as the end of a message."""
        self.skip()
        if self.pos >= len(self.text):
            return " at end of script"
        m = WORD.match(self.text, self.pos)
        return f" before '{m.group() if m else self.text[self.pos]}'"

    def word(self, what: str) -> str:
        """A name in script mode: file, section, symbol or keyword; quotes are taken off."""
        self.skip()
        m = STRING.match(self.text, self.pos)
        if m is not None:
            self.pos = m.end()
            return m.group(1)
        m = WORD.match(self.text, self.pos)
        if m is None:
            raise self.error(f"syntax error: expected {what}" + self.before())
        self.pos = m.end()
        word = m.group()
        comment = word.find("/*")
        if comment > 0:
            self.pos -= len(word) - comment
            word = word[:comment]
        return word

    def peek_word(self) -> str:
        """The next word without taking it, or an empty string."""
        self.skip()
        m = WORD.match(self.text, self.pos)
        return m.group() if m is not None else ""

    def keyword(self, name: str) -> bool:
        """Take the word `name` if it comes next."""
        if self.peek_word() == name:
            self.pos += len(name)
            return True
        return False

    def symbol_name(self) -> str:
        """A symbol's name, possibly quoted."""
        self.skip()
        m = STRING.match(self.text, self.pos)
        if m is not None:
            self.pos = m.end()
            return m.group(1)
        m = _SYMBOL.match(self.text, self.pos)
        if m is None:
            raise self.error("syntax error: expected a symbol name" + self.before())
        self.pos = m.end()
        return m.group()

    # ---- expressions --------------------------------------------------------------------------

    def operator(self) -> str:
        """The next operator without taking it."""
        self.skip()
        m = _OPERATOR.match(self.text, self.pos)
        return m.group() if m is not None else ""

    def expression(self) -> Expr:
        """A whole expression with `?:`."""
        self.nesting += 1
        if self.nesting > _MAX_DEPTH:
            raise self.error("expression nested too deeply")
        condition = self.binary(1)
        if self.operator() == "?":
            loc = self.loc()
            self.expect("?")
            yes = self.expression()
            self.expect(":")
            no = self.expression()
            condition = Expr("?", loc, [condition, yes, no])
        self.nesting -= 1
        return condition

    def binary(self, level: int) -> Expr:
        """Operators of at least precedence `level`."""
        left = self.unary()
        while True:
            op = self.operator()
            precedence = _BINARY.get(op, 0)
            if precedence < level:
                return left
            loc = self.loc()
            self.pos += len(op)
            left = Expr(op, loc, [left, self.binary(precedence + 1)])

    def unary(self) -> Expr:
        """Prefix operators and primaries."""
        loc = self.loc()
        op = self.operator()
        loc = self.loc()
        if op in ("-", "+", "~", "!"):
            self.pos += 1
            self.nesting += 1
            if self.nesting > _MAX_DEPTH:
                raise self.error("expression nested too deeply")
            operand = self.unary()
            self.nesting -= 1
            return operand if op == "+" else Expr("u" + op, loc, [operand])
        if op == "(":
            self.pos += 1
            inner = self.expression()
            self.expect(")")
            return inner
        return self.primary(loc)

    def primary(self, loc: int) -> Expr:
        """Number, symbol, `.` or function call."""
        m = _NUMBER.match(self.text, self.pos)
        if m is not None:
            self.pos = m.end()
            return Expr("number", loc, [], "", self.number(m.group(1), m.group(2)))
        m = STRING.match(self.text, self.pos)
        if m is not None:
            self.pos = m.end()
            return Expr("name", loc, [], m.group(1))
        m = _SYMBOL.match(self.text, self.pos)
        if m is None:
            raise self.error("syntax error in expression" + self.before())
        name = m.group()
        self.pos = m.end()
        if name == ".":
            return Expr(".", loc, [])
        if name in ("SIZEOF_HEADERS", "sizeof_headers"):
            return Expr("call", loc, [], "SIZEOF_HEADERS")
        if name in _FUNCTIONS and self.peek("("):
            return self.call(name, loc)
        return Expr("name", loc, [], name)

    def call(self, name: str, loc: int) -> Expr:
        """A built-in function with its arguments."""
        self.expect("(")
        e = Expr("call", loc, [], name)
        least, most = _FUNCTIONS[name]
        count = 0
        if name in _NAME_FUNCTIONS:
            e.text = self.word("a name")
            count = 1
        elif name == "ASSERT":
            e.args.append(self.expression())
            self.expect(",")
            e.text = self.word("a message")
            count = 2
        while not self.accept(")"):
            if count:
                self.expect(",")
            e.args.append(self.expression())
            count += 1
        if not least <= count <= most:
            raise ToolError(f"wrong number of arguments of {name}", loc)
        return e

    def number(self, digits: str, suffix: str) -> int:
        """The value of a number with its radix marks and K or M."""
        lower = digits.lower()
        radix, body = 10, lower
        if lower.startswith("0x") and len(lower) > 2:
            radix, body = 16, lower[2:]
        elif lower[0] == "$":
            radix, body = 16, lower[1:]
        elif lower[-1] in "hx":
            radix, body = 16, lower[:-1]
        elif lower[-1] in "dob":
            radix, body = {"d": 10, "o": 8, "b": 2}[lower[-1]], lower[:-1]
        elif lower[0] == "0" and len(lower) > 1:
            radix = 8
        try:
            value = int(body, radix)
        except ValueError:
            raise self.error(f"bad number '{digits}'") from None
        return value << {"": 0, "k": 10, "m": 20}[suffix.lower()]
