"""Values of numeric, character and string literals (C11 6.4.4, 6.4.5; gcc's suffixes)."""
from __future__ import annotations

import re
from typing import Final

from toolchain.cc.preprocess.condition import INTEGER_SUFFIXES
from toolchain.cc.types import (
    INT,
    LLONG,
    LONG,
    UINT,
    ULLONG,
    ULONG,
    Type,
    TypeTable,
)

_integer: Final = re.compile(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)([uUlLiIjJ]*)\Z")
_floating: Final = re.compile(
    r"((?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+"
    r"|0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+|[0-9]+(?=[fF]\d))([A-Za-z0-9]*)\Z")
_hex_float_body: Final = re.compile(r"(.*[pP][+-]?[0-9]+)(.*)\Z")
_FLOAT_SUFFIX: Final[dict[str, str]] = {
    "": "double", "d": "double", "f": "float", "l": "long double", "q": "_Float128", "w": "long double", "f16": "_Float16", "f32": "_Float32", "f64": "_Float64",
    "f128": "_Float128", "f32x": "_Float32x", "f64x": "_Float64x", "bf16": "__bf16"}
_ESCAPES: Final[dict[str, int]] = {
    "n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11, "\\": 92, "'": 39, '"': 34, "?": 63, "e": 27, "E": 27,
    "(": 40, "{": 123, "[": 91, "%": 37}


class Number:
    """A numeric literal.  `text` is the digits of a floating one (no suffix), `ty` its type (if imaginary: its part's)."""

    def __init__(self, is_float: bool, value: int, text: str, ty: Type, imaginary: bool) -> None:
        self.is_float = is_float
        self.value = value
        self.text = text
        self.ty = ty
        self.imaginary = imaginary
        self.too_large = False
        self.now_unsigned = False


class LiteralError(Exception):
    """The spelling is no valid literal; the message is gcc's."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def parse_number(text: str, types: TypeTable) -> Number:
    """The value and type of a preprocessing number.  Raises LiteralError."""
    m = _integer.match(text)
    if m is not None:
        return _parse_integer(m.group(1), m.group(2), types)
    m = _floating.match(text)
    if m is None:
        raise LiteralError(_complaint(text))
    body = m.group(1)
    suffix = m.group(2).lower()
    if body[:2] in ("0x", "0X"):
        h = _hex_float_body.match(text)
        assert h is not None
        body = h.group(1)
        suffix = h.group(2).lower()
    imaginary = False
    name = _FLOAT_SUFFIX.get(suffix)
    if name is None:
        for letter in "ij":
            if letter in suffix:
                name = _FLOAT_SUFFIX.get(suffix.replace(letter, "", 1))
                imaginary = True
    if name is None:
        if suffix in ("df", "dd", "dl"):
            raise LiteralError("decimal floating-point not supported for this target")
        raise LiteralError(f'invalid suffix "{text[len(body):]}" on floating constant')
    return Number(True, 0, body, types.floating[name], imaginary)


def _complaint(text: str) -> str:
    if text[:2] in ("0x", "0X"):
        m = re.match(r"0[xX][0-9a-fA-F]*", text)
        assert m is not None
        rest = text[m.end():] if m.end() > 2 else text[1:]
        if rest[:1] == ".":
            return "hexadecimal floating constants require an exponent"
        return f'invalid suffix "{rest}" on integer constant'
    m = re.match(r"0[0-7]*[89]", text)
    if m is not None and text.isdigit():
        return f'invalid digit "{text[m.end() - 1]}" in octal constant'
    m = re.match(r"[0-9]+", text)
    if m is not None and "." not in text:
        if re.match(r"[0-9]+[eE][+-]?\Z", text):
            return "exponent has no digits"
        return f'invalid suffix "{text[m.end():]}" on integer constant'
    if text.count(".") > 1:
        return "too many decimal points in number"
    return f'invalid suffix "{text.lstrip("0123456789.")}" on floating constant'


def _parse_integer(digits: str, suffix: str, types: TypeTable) -> Number:
    low = suffix.lower()
    imaginary = False
    for letter in "ij":
        if letter in low:
            low = low.replace(letter, "", 1)
            imaginary = True
    if low not in INTEGER_SUFFIXES or "lL" in suffix or "Ll" in suffix:
        raise LiteralError(f'invalid suffix "{suffix}" on integer constant')
    decimal = digits[0] != "0"
    if decimal:
        value = int(digits)
    elif len(digits) > 1 and digits[1] in "xX":
        value = int(digits, 16)
    elif len(digits) > 1 and digits[1] in "bB":
        value = int(digits, 2)
    else:
        value = int(digits, 8)
    unsigned = "u" in low
    longs = low.count("l")
    number = Number(False, value, "", types.int_, imaginary)
    for signed_kind, unsigned_kind, rank in ((INT, UINT, 0), (LONG, ULONG, 1), (LLONG, ULLONG, 2)):
        if rank < longs:
            continue
        bits = 8 * types.basic[signed_kind].size
        if not unsigned and value < 1 << (bits - 1):
            number.ty = types.basic[signed_kind]
            return number
        if (unsigned or not decimal) and value < 1 << bits:
            number.ty = types.basic[unsigned_kind]
            return number
    number.ty = types.ullong
    if value >> 64:
        number.too_large = True
        number.value = value & 0xFFFFFFFFFFFFFFFF
    else:
        number.now_unsigned = True
    return number


def prefix_of(spelling: str) -> str:
    """Encoding prefix of a string or character literal: "", L, u, U or u8."""
    i = 0
    while spelling[i] not in "\"'":
        i += 1
    return spelling[:i]


def decode(spelling: str, element_size: int, complaints: list[str]) -> list[int]:
    """Elements of a string or character literal (no terminator), each less than 256**element_size.

    A character outside of ASCII becomes its UTF-8 bytes, or UTF-16, UTF-32 units for wider elements."""
    start = len(prefix_of(spelling))
    text = spelling[start + 1:-1]
    if "\\" not in text and text.isascii():
        return list(text.encode())
    out: list[int] = []
    limit = (1 << (8 * element_size)) - 1
    i = 0
    n = len(text)
    while i < n:
        c = text[i]
        i += 1
        if c != "\\" or i >= n:
            _encode(ord(c), element_size, out)
            continue
        c = text[i]
        i += 1
        if c in "01234567":
            j = i
            while j < n and j < i + 2 and text[j] in "01234567":
                j += 1
            value = int(text[i - 1:j], 8)
            i = j
            if value > limit:
                complaints.append("octal escape sequence out of range")
            out.append(value & limit)
        elif c == "x":
            j = i
            while j < n and text[j] in "0123456789abcdefABCDEF":
                j += 1
            if j == i:
                complaints.append("\\x used with no following hex digits")
                continue
            value = int(text[i:j], 16)
            i = j
            if value > limit:
                complaints.append("hex escape sequence out of range")
            out.append(value & limit)
        elif c in "uU":
            length = 4 if c == "u" else 8
            digits = text[i:i + length]
            if len(digits) < length or digits.strip(HEX_DIGITS):
                complaints.append(f"incomplete universal character name \\{c}{digits}")
                continue
            value = int(digits, 16)
            i += length
            if value > 0x10FFFF:
                complaints.append(f"\\{c}{digits} is not a valid universal character")
                continue
            _encode(value, element_size, out)
        else:
            known = _ESCAPES.get(c)
            if known is None:
                complaints.append(f"unknown escape sequence: '\\{c}'")
                _encode(ord(c), element_size, out)
                continue
            out.append(known)
    return out


HEX_DIGITS: Final = "0123456789abcdefABCDEF"
_narrow: Final[dict[str, bytes]] = {}


def narrow(spelling: str, complaints: list[str]) -> bytes:
    """Bytes of a string literal with elements of one byte; remembered, as headers repeat theirs."""
    known = _narrow.get(spelling)
    if known is None:
        count = len(complaints)
        known = bytes(decode(spelling, 1, complaints))
        if len(complaints) == count:
            _narrow[spelling] = known
    return known


def _encode(value: int, element_size: int, out: list[int]) -> None:
    if element_size == 1:
        if 0xDC80 <= value <= 0xDCFF:
            out.append(value - 0xDC00)      # a byte of the source that is not UTF-8 (surrogateescape)
        else:
            out.extend(chr(value).encode("utf-8", "surrogatepass"))
    elif element_size == 2 and value > 0xFFFF:
        value -= 0x10000
        out.append(0xD800 | value >> 10)
        out.append(0xDC00 | value & 0x3FF)
    else:
        out.append(value)


def to_bytes(elements: list[int], element_size: int, big_endian: bool) -> bytes:
    """The elements in target order, without terminator."""
    if element_size == 1:
        return bytes(elements)
    order: Final = "big" if big_endian else "little"
    return b"".join([e.to_bytes(element_size, order) for e in elements])


def from_bytes(data: bytes, element_size: int, big_endian: bool) -> list[int]:
    """Inverse of `to_bytes`."""
    if element_size == 1:
        return list(data)
    order: Final = "big" if big_endian else "little"
    return [int.from_bytes(data[i:i + element_size], order) for i in range(0, len(data), element_size)]


_ERRORS: Final = ("incomplete universal", "empty character", "\\x used with no")


def is_error(complaint: str) -> bool:
    """Whether a complaint about a literal is more than a warning."""
    return complaint.startswith(_ERRORS) or complaint.endswith("not a valid universal character")


def character_value(spelling: str, types: TypeTable, complaints: list[str]) -> tuple[int, int]:
    """(value, kind of type) of a character constant."""
    prefix = prefix_of(spelling)
    if prefix in ("", "u8"):
        elements = decode(spelling, 1, complaints)
        if not elements and not complaints:
            complaints.append("empty character constant")
        if len(elements) > 1 and prefix == "":
            complaints.append("multi-character character constant" if len(elements) <= 4 else "character constant too long for its type")
            value = 0
            for e in elements[-4:]:
                value = (value << 8) | e
            return types.wrap(value, types.int_), INT
        value = elements[0] if elements else 0
        return (types.wrap(value, types.char), INT) if prefix == "" else (value, INT)
    element = types.wchar_t if prefix == "L" else types.char16_t if prefix == "u" else types.char32_t
    elements = decode(spelling, element.size, complaints)
    if not elements and not complaints:
        complaints.append("empty character constant")
    if len(elements) > 1:
        complaints.append("character constant too long for its type")
    return types.wrap(elements[-1] if elements else 0, element), element.kind
