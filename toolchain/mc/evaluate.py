"""Values of expressions: folding while assembling, and reduction to `symbol - symbol + constant` at the end."""
from __future__ import annotations

from bisect import bisect_left
from typing import Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.mc.model.expr import CONST, MODIFIED, REGISTER, SYMBOL, UNARY, Expr, MCSymbol

MASK: Final = (1 << 64) - 1
MAX_DEPTH: Final = 1000


def wrap(value: int) -> int:
    """`value` as a signed 64-bit number (GNU as computes modulo 2**64)."""
    value &= MASK
    return value - (1 << 64) if value >> 63 else value


def binary(operator: str, a: int, b: int, loc: Loc) -> int:
    """Value of `a operator b` on constants.  Raises ToolError for a division by zero."""
    if operator == "+":
        return wrap(a + b)
    if operator == "-":
        return wrap(a - b)
    if operator == "*":
        return wrap(a * b)
    if operator == "&":
        return a & b
    if operator == "|":
        return a | b
    if operator == "^":
        return a ^ b
    if operator == "<<":
        return wrap((a & MASK) << b) if 0 <= b < 64 else 0
    if operator == ">>":
        return wrap((a & MASK) >> b) if 0 <= b < 64 else 0
    if operator == "!":
        return a | ~b
    return _rare(operator, a, b, loc)


def _rare(operator: str, a: int, b: int, loc: Loc) -> int:
    if operator in ("/", "%"):
        if b == 0:
            raise ToolError("division by zero", loc)
        q = abs(a) // abs(b)
        if (a < 0) != (b < 0):
            q = -q
        return wrap(q if operator == "/" else a - b * q)
    if operator == "==":
        return -int(a == b)
    if operator in ("!=", "<>"):
        return -int(a != b)
    if operator == "<":
        return -int(a < b)
    if operator == "<=":
        return -int(a <= b)
    if operator == ">":
        return -int(a > b)
    if operator == ">=":
        return -int(a >= b)
    if operator == "&&":
        return int(a != 0 and b != 0)
    if operator == "||":
        return int(a != 0 or b != 0)
    raise ToolError(f"unknown operator {operator}", loc)


def unary(operator: str, a: int) -> int:
    """Value of `operator a` on a constant."""
    if operator == "-":
        return wrap(-a)
    if operator == "~":
        return ~a
    if operator == "!":
        return int(a == 0)
    return a


class Linear:
    """`add - subtract + value`; a symbol is None if absent."""

    def __init__(self, add: MCSymbol | None, subtract: MCSymbol | None, value: int) -> None:
        self.add = add
        self.subtract = subtract
        self.value = value


PARSE: Final = 0
"""While assembling: a difference is known if nothing of variable length lies between (a linker may still shrink code there:
a conditional or a count takes the value as of now, as GNU as does)."""
LAYOUT: Final = 1
"""In layout: a difference is what the current round says."""
FINAL: Final = 2
"""For relocations: a difference is a number unless a linker may change it."""


def label_distance(a: MCSymbol, b: MCSymbol) -> int | None:
    """`a - b` if they are labels of one subsection with nothing variable between them."""
    contents = a.contents
    if contents is None or contents is not b.contents:
        return None
    if a.fragment != b.fragment:
        low, high = (a.fragment, b.fragment) if a.fragment < b.fragment else (b.fragment, a.fragment)
        i = bisect_left(contents.variable, low)
        if i < len(contents.variable) and contents.variable[i] < high:
            return None
    return a.offset - b.offset


class Evaluator:
    """Reduces expressions, in one of the modes above."""

    def __init__(self, fixed_differences: bool) -> None:
        self.fixed_differences = fixed_differences
        self.mode = PARSE

    def address(self, symbol: MCSymbol) -> int:
        """Offset of a label in its section, as layout knows it."""
        contents = symbol.contents
        assert contents is not None
        return contents.deltas[symbol.fragment] + symbol.offset

    def linear(self, e: Expr, loc: Loc, depth: int = 0) -> Linear:
        """Reduce `e`.  Raises ToolError if it has no such form."""
        if depth > MAX_DEPTH:
            raise ToolError("symbol definition loop encountered", loc)
        op = e.op
        if op == CONST:
            return Linear(None, None, e.value)
        if op == SYMBOL:
            symbol = e.symbol
            assert symbol is not None
            if symbol.value is not None:
                if symbol.busy:
                    raise ToolError("symbol definition loop encountered", loc)
                symbol.busy = True
                try:
                    inner = self.linear(symbol.value, loc, depth + 1)
                finally:
                    symbol.busy = False
                if inner.add is None or inner.subtract is not None or inner.add.section < 0 or symbol.forward or self.mode != FINAL:
                    return Linear(inner.add, inner.subtract, wrap(inner.value + e.value))
            return Linear(symbol, None, e.value)
        if op == MODIFIED:
            assert e.left is not None
            return self.linear(e.left, loc, depth + 1)
        if op == REGISTER:
            raise ToolError("a register has no value", loc)
        assert e.left is not None
        left = self.linear(e.left, loc, depth + 1)
        if op == UNARY:
            return self._unary(e.text, left, loc)
        assert e.right is not None
        if e.text == "&" and left.add is None and left.subtract is None and left.value == 0:
            return left                 # view numbers of .loc are chains of these, one link a row
        return self._binary(e.text, left, self.linear(e.right, loc, depth + 1), loc)

    def _unary(self, text: str, a: Linear, loc: Loc) -> Linear:
        if a.add is None and a.subtract is None:
            return Linear(None, None, unary(text, a.value))
        if text == "+":
            return a
        if text == "-":
            return Linear(a.subtract, a.add, -a.value)
        if self.mode != PARSE:
            a = self.forced(a)
            if a.add is None and a.subtract is None:
                return Linear(None, None, unary(text, a.value))
        raise ToolError("invalid operand of a unary operator: a constant is needed", loc)

    def _binary(self, text: str, a: Linear, b: Linear, loc: Loc) -> Linear:
        if text == "+":
            return self._sum(a, b, loc)
        if text == "-":
            return self._sum(a, Linear(b.subtract, b.add, -b.value), loc)
        a = self.inner(a)
        b = self.inner(b)
        if a.add is None and a.subtract is None and b.add is None and b.subtract is None:
            return Linear(None, None, binary(text, a.value, b.value, loc))
        if text in ("==", "!=", "<>") and a.subtract is None and b.subtract is None and a.add is b.add:
            return Linear(None, None, binary(text, a.value, b.value, loc))
        if text in ("==", "!=", "<>", "<", "<=", ">", ">="):
            d = self.inner(self._sum(a, Linear(b.subtract, b.add, -b.value), loc))
            if d.add is None and d.subtract is None:
                return Linear(None, None, binary(text, d.value, 0, loc))
            if text in ("==", "!=", "<>") and a.add is not None and b.add is not None and a.add.section >= 0 and b.add.section >= 0 \
                    and a.add.section != b.add.section:
                return Linear(None, None, 0 if text == "==" else -1)
        raise ToolError(f"invalid operands for `{text}': the values are not constant", loc)

    def _sum(self, a: Linear, b: Linear, loc: Loc) -> Linear:
        value = wrap(a.value + b.value)
        add, subtract, other_add, other_subtract = a.add, a.subtract, b.add, b.subtract
        if add is not None and add is other_subtract:
            add = other_subtract = None
        if subtract is not None and subtract is other_add:
            subtract = other_add = None
        if add is not None and other_add is not None:
            rest = self.inner(Linear(other_add, subtract if subtract is not None else other_subtract, 0))
            if rest.add is None:
                value += rest.value
                other_add = None
                if subtract is not None:
                    subtract = None
                else:
                    other_subtract = None
            else:
                rest = self.inner(Linear(add, other_subtract if other_subtract is not None else subtract, 0))
                if rest.add is not None:
                    raise ToolError("invalid expression: sum of two symbols", loc)
                value += rest.value
                add = None
                if other_subtract is not None:
                    other_subtract = None
                else:
                    subtract = None
        if subtract is not None and other_subtract is not None:
            one = add if add is not None else other_add
            rest = self.inner(Linear(one, subtract, 0))
            if one is None or rest.add is not None:
                raise ToolError("invalid expression: two symbols subtracted", loc)
            value += rest.value
            add = other_add = subtract = None
        return self.known(Linear(add if add is not None else other_add, subtract if subtract is not None else other_subtract, wrap(value)))

    def inner(self, a: Linear) -> Linear:
        """`a` as the operand of another operator: no relocation can say that, so what layout says holds."""
        return self.known(a) if self.mode == PARSE else self.forced(a)

    def known(self, a: Linear) -> Linear:
        """`a` with a difference of labels replaced by its value where the mode allows that."""
        add, subtract = a.add, a.subtract
        if add is None or subtract is None:
            return a
        if add is subtract:
            return Linear(None, None, a.value)
        if self.mode == LAYOUT:
            return self.forced(a)
        if add.section < 0 or add.section != subtract.section or add.contents is None:
            return a
        if self.mode == FINAL:
            return self.forced(a) if self.fixed_differences or not add.contents.code else a
        distance = label_distance(add, subtract)
        return a if distance is None else Linear(None, None, wrap(a.value + distance))

    def forced(self, a: Linear) -> Linear:
        """`a` with a difference of labels of one section replaced by what layout says."""
        add, subtract = a.add, a.subtract
        if add is not None and add is subtract:
            return Linear(None, None, a.value)
        if add is not None and subtract is not None and add.section >= 0 and add.section == subtract.section \
                and add.contents is not None and subtract.contents is not None:
            return Linear(None, None, wrap(a.value + self.address(add) - self.address(subtract)))
        return a
