"""Evaluation of `#if` expressions (C11 6.10.1) in the arithmetic of intmax_t and uintmax_t."""
from __future__ import annotations

import re
from typing import Final

from .tokens import CHARACTER, IDENTIFIER, NUMBER, PUNCTUATOR, STRING, Token

_PRECEDENCE: Final[dict[str, int]] = {
    ",": 0, "?": 1, "||": 2, "&&": 3, "|": 4, "^": 5, "&": 6, "==": 7, "!=": 7, "<": 8, ">": 8, "<=": 8, ">=": 8,
    "<<": 9, ">>": 9, "+": 10, "-": 10, "*": 11, "/": 11, "%": 11,
}
_LOGICAL: Final = frozenset(("||", "&&", "==", "!=", "<", ">", "<=", ">="))
_UNARY: Final = frozenset("!-+~")
_MAX_OPERANDS: Final = 20000
_MASK: Final = (1 << 64) - 1
_SIGN: Final = 1 << 63
_integer = re.compile(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)([uUlL]*)$")
INTEGER_SUFFIXES: Final = frozenset(("", "u", "l", "ul", "lu", "ll", "ull", "llu"))
"""In lower case; of two l both are written alike (C11 6.4.4.1)."""
_escape = re.compile(r"\\(x[0-9a-fA-F]+|[0-7]{1,3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|(.)", re.S)
_ESCAPES: Final[dict[str, int]] = {
    "n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "f": 12, "v": 11, "e": 27, "E": 27, "\\": 92, "'": 39, '"': 34, "?": 63}


class ConditionError(Exception):
    """The expression is malformed; `index` is the token that it is about (-1: the directive)."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.message = message
        self.index = index


class Evaluator:
    """Evaluates one macro-expanded expression.

    `undefined` collects identifiers that counted as 0 (for -Wundef); `warnings` (message, index) pairs.
    """

    def __init__(self, directive: str, tokens: list[Token], char_signed: bool, wide_bits: int, wide_signed: bool, c23: bool) -> None:
        self.directive = directive
        self.tokens = tokens
        self.count = len(tokens)
        self.at = 0
        self.skip = 0
        self.depth = 0
        self.unsigned = False
        self.char_signed = char_signed
        self.wide_bits = wide_bits
        self.wide_signed = wide_signed
        self.c23 = c23
        """`true` and `false` are values, and numbers may hold separators."""
        self.warnings: list[tuple[str, int]] = []
        self.undefined: list[int] = []

    def value(self) -> int:
        """The value of the whole expression.  Raises ConditionError."""
        if not self.count:
            raise ConditionError(f"#{self.directive} with no expression", -1)
        result = self._binary(0)
        if self.at < self.count:
            token = self.tokens[self.at]
            if token.spelling == ")":
                raise ConditionError("missing '(' in expression", self.at)
            if token.spelling == ":":
                raise ConditionError("':' without preceding '?'", self.at)
            self._not_an_operator(token)
        return result

    def _not_an_operator(self, token: Token) -> None:
        if token.kind == PUNCTUATOR and token.spelling not in ("(", "!", "~"):
            raise ConditionError(f"token \"{token.spelling}\" is not valid in preprocessor expressions", self.at)
        raise ConditionError(f"missing binary operator before token \"{token.spelling}\"", self.at)

    def _binary(self, lowest: int) -> int:
        left = self._unary()
        while self.at < self.count:
            at = self.at
            operator = self.tokens[at].spelling
            precedence = _PRECEDENCE.get(operator, -1)
            if precedence < lowest:
                return left
            self.at = at + 1
            left_unsigned = self.unsigned
            if operator == "?":
                left = self._conditional(left, at)
                continue
            if self.at >= self.count or self.tokens[self.at].spelling == ")":
                raise ConditionError(f"operator '{operator}' has no right operand", at)
            if operator == "&&" or operator == "||":
                decided = (not left) if operator == "&&" else bool(left)
                self.skip += decided
                right = self._binary(precedence + 1)
                self.skip -= decided
                left = int(bool(left) and bool(right)) if operator == "&&" else int(bool(left) or bool(right))
                self.unsigned = False
                continue
            right = self._binary(precedence + 1)
            left = self._combine(operator, left, left_unsigned, right, at)
        return left

    def _conditional(self, condition: int, at: int) -> int:
        self.skip += not condition
        yes = self._binary(0)
        self.skip -= not condition
        unsigned = self.unsigned
        if self.at >= self.count or self.tokens[self.at].spelling != ":":
            raise ConditionError("'?' without following ':'", at)
        self.at += 1
        self.skip += bool(condition)
        no = self._binary(1)
        self.skip -= bool(condition)
        self.unsigned = unsigned or self.unsigned
        return self._wrap(yes if condition else no)

    def _combine(self, operator: str, left: int, left_unsigned: bool, right: int, at: int) -> int:
        right_unsigned = self.unsigned
        if operator == ",":
            return right
        if operator == "<<" or operator == ">>":
            self.unsigned = left_unsigned
            if right < 0:
                right = -right
                operator = ">>" if operator == "<<" else "<<"
            return self._wrap(left << min(right, 64) if operator == "<<" else left >> min(right, 64))
        self.unsigned = left_unsigned or right_unsigned
        if self.unsigned:
            left &= _MASK
            right &= _MASK
        if operator in _LOGICAL:
            self.unsigned = False
            return int(left == right if operator == "==" else left != right if operator == "!=" else left < right if operator == "<"
                       else left > right if operator == ">" else left <= right if operator == "<=" else left >= right)
        if operator == "+":
            return self._checked(left + right, at)
        if operator == "-":
            return self._checked(left - right, at)
        if operator == "*":
            return self._checked(left * right, at)
        if operator == "&":
            return left & right
        if operator == "|":
            return left | right
        if operator == "^":
            return left ^ right
        if right == 0:
            if not self.skip:
                raise ConditionError(f"division by zero in #{self.directive}", at)
            return 0
        quotient = abs(left) // abs(right)
        if (left < 0) != (right < 0):
            quotient = -quotient
        return self._checked(quotient, at) if operator == "/" else left - quotient * right

    def _checked(self, value: int, at: int) -> int:
        wrapped = self._wrap(value)
        if wrapped != value and not self.unsigned and not self.skip:
            self.warnings.append(("integer overflow in preprocessor expression", at))
        return wrapped

    def _wrap(self, value: int) -> int:
        value &= _MASK
        return value - (1 << 64) if value & _SIGN and not self.unsigned else value

    def _unary(self) -> int:
        at = self.at
        if at >= self.count:
            if at == 0:
                raise ConditionError(f"#{self.directive} with no expression", -1)
            before = self.tokens[at - 1].spelling
            if before == "(":
                raise ConditionError("missing expression between '(' and ')'", at - 1)
            raise ConditionError(f"operator '{before}' has no right operand", at - 1)
        token = self.tokens[at]
        text = token.spelling
        kind = token.kind
        self.at = at + 1
        self.depth += 1  # of what is open and of what came before: no expression comes near the limit either way
        if self.depth > _MAX_OPERANDS:
            raise ConditionError("expression has too many operands", at)
        if kind == NUMBER:
            return self._number(text, at)
        if kind == IDENTIFIER:
            self.unsigned = False
            if self.c23 and text in ("true", "false"):
                self.unsigned = True
                return int(text == "true")
            if not self.skip:
                self.undefined.append(at)
            return 0
        if kind == CHARACTER:
            return self._character(text, at)
        if kind == STRING:
            raise ConditionError(f"token {text} is not valid in preprocessor expressions", at)
        if text == "(":
            if self.at < self.count and self.tokens[self.at].spelling == ")":
                raise ConditionError("missing expression between '(' and ')'", self.at)
            value = self._binary(0)
            if self.at >= self.count:
                raise ConditionError("missing ')' in expression", at)
            if self.tokens[self.at].spelling != ")":
                self._not_an_operator(self.tokens[self.at])
            self.at += 1
            return value
        if text in _UNARY:
            value = self._unary()
            if text == "!":
                self.unsigned = False
                return int(not value)
            return value if text == "+" else self._checked(-value, at) if text == "-" else self._wrap(~value)
        if text in _PRECEDENCE:
            raise ConditionError(f"operator '{text}' has no left operand", at)
        if text == ")":
            raise ConditionError("missing '(' in expression", at)
        raise ConditionError(f"token \"{text}\" is not valid in preprocessor expressions", at)

    def _number(self, text: str, at: int) -> int:
        if self.c23:
            text = text.replace("'", "")
        m = _integer.match(text)
        if m is None:
            if "." in text or (text[:2] not in ("0x", "0X") and ("e" in text or "E" in text)) or "p" in text or "P" in text:
                raise ConditionError("floating constant in preprocessor expression", at)
            bad = re.match(r"0[xX][0-9a-fA-F]*|[0-9]*", text)
            assert bad is not None
            if text[0] == "0" and text[1:2].isdigit() and bad.end() == len(text):
                digit = next(c for c in text if c in "89")
                raise ConditionError(f"invalid digit \"{digit}\" in octal constant", at)
            raise ConditionError(f"invalid suffix \"{text[bad.end():]}\" on integer constant", at)
        suffix: str = m.group(2)
        lowered = suffix.lower()
        if lowered not in INTEGER_SUFFIXES or "lL" in suffix or "Ll" in suffix:
            raise ConditionError(f"invalid suffix \"{suffix}\" on integer constant", at)
        digits: str = m.group(1)
        if digits[0] == "0" and len(digits) > 1 and digits[1] in "01234567":
            value = int(digits, 8)
        else:
            value = int(digits, 0)
        self.unsigned = "u" in lowered
        if value > _MASK:
            self.warnings.append(("integer constant is too large for its type", at))
            value &= _MASK
        if value & _SIGN and not self.unsigned:
            if digits[0] != "0":
                self.warnings.append(("integer constant is so large that it is unsigned", at))
            self.unsigned = True
        return value

    def _character(self, text: str, at: int) -> int:
        self.unsigned = False
        quote = text.index("'")
        prefix = text[:quote]
        content = text[quote + 1:-1]
        if not content:
            raise ConditionError("empty character constant", at)
        bits = 8 if prefix in ("", "u8") else 16 if prefix == "u" else 32 if prefix == "U" else self.wide_bits
        value = 0
        width = 0
        for m in _escape.finditer(content):
            if m.group(2) is not None:
                codes = list(m.group(2).encode("utf-8", "surrogateescape")) if bits == 8 else [ord(m.group(2))]
            else:
                codes = [_escape_value(m.group(1))]
            for code in codes:
                value = (value << bits | code & ((1 << bits) - 1)) if bits == 8 else code & ((1 << bits) - 1)
                width += 1
        if width > 1:
            self.warnings.append(("multi-character character constant" if width <= 4 or bits != 8
                                  else "character constant too long for its type", at))
            value &= 0xFFFFFFFF
            return value - (1 << 32) if value & 0x80000000 else value
        signed = self.char_signed if prefix == "" else self.wide_signed if prefix == "L" else False
        if signed and value >> (bits - 1) & 1:
            value -= 1 << bits
        self.unsigned = not signed and bits >= 32
        return value


def _escape_value(text: str) -> int:
    c = text[0]
    if c in "xuU" and len(text) > 1:
        return int(text[1:], 16)
    if c in "01234567":
        return int(text, 8)
    return _ESCAPES.get(c, ord(c))
