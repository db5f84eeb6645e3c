"""Floating point constants of `.float`, `.double` and the like, rounded to nearest even (IEEE 754-2019, 3.4)."""
from __future__ import annotations

import re
from typing import Final

from toolchain.diagnostics import Loc, ToolError

# name -> (exponent bits, fraction bits, explicit integer bit, bytes)
FORMATS: Final[dict[str, tuple[int, int, bool, int]]] = {
    "binary16": (5, 10, False, 2), "bfloat16": (8, 7, False, 2), "binary32": (8, 23, False, 4), "binary64": (11, 52, False, 8),
    "x87": (15, 64, True, 10), "binary128": (15, 112, False, 16),
}
DECIMAL: Final = re.compile(r"([+-]?)(?:0[a-zA-Z])?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$")
SPECIAL: Final = re.compile(r"([+-]?)(?:0[a-zA-Z])?(inf(?:inity)?|nan|qnan)$", re.IGNORECASE)
RAW: Final = re.compile(r"0?:([0-9a-fA-F]+)$")
MAX_EXPONENT: Final = 20000


def encode_float(text: str, form: str, loc: Loc) -> bytes:
    """Bytes of a number as written, little endian.  Raises ToolError."""
    exponent_bits, fraction_bits, explicit, size = FORMATS[form]
    word = text.strip()
    raw = RAW.match(word)
    if raw is not None:
        return int(raw.group(1), 16).to_bytes(size, "little")
    special = SPECIAL.match(word)
    top = (1 << exponent_bits) - 1
    if special is not None:
        kind = special.group(2).lower()
        fraction = (1 << fraction_bits) - 1 if kind.endswith("nan") else 1 << 63 if explicit else 0
        bits = top << fraction_bits | fraction
        return (bits | (special.group(1) == "-") << (exponent_bits + fraction_bits)).to_bytes(size, "little")
    m = DECIMAL.match(word)
    if m is None or not (m.group(2) or m.group(3)):
        raise ToolError(f"bad floating point number `{word}'", loc)
    digits = (m.group(2) or "") + (m.group(3) or "")
    exponent = int(m.group(4) or 0) - len(m.group(3) or "")
    numerator = int(digits)
    sign = int(m.group(1) == "-") << (exponent_bits + fraction_bits)
    if numerator == 0 or exponent < -MAX_EXPONENT:
        return sign.to_bytes(size, "little")
    if exponent > MAX_EXPONENT:
        raise ToolError(f"floating point number out of range `{word}'", loc)
    denominator = 1
    if exponent >= 0:
        numerator *= 10 ** exponent
    else:
        denominator = 10 ** -exponent
    return (sign | _round(numerator, denominator, exponent_bits, fraction_bits, explicit)).to_bytes(size, "little")


def _round(numerator: int, denominator: int, exponent_bits: int, fraction_bits: int, explicit: bool) -> int:
    """The encoding, without sign, nearest to the fraction."""
    precision = fraction_bits if explicit else fraction_bits + 1
    bias = (1 << (exponent_bits - 1)) - 1
    least = 1 - bias                    # exponent of the least normal number
    e = numerator.bit_length() - denominator.bit_length()
    if numerator << max(0, -e) < denominator << max(0, e):
        e -= 1                          # now 2**e <= value < 2**(e+1)
    scale = precision - 1 - max(e, least)
    if scale >= 0:
        numerator <<= scale
    else:
        denominator <<= -scale
    significand, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and significand & 1):
        significand += 1
    e = max(e, least)
    if significand >> precision:
        significand >>= 1
        e += 1
    if not significand >> (precision - 1):
        return significand              # subnormal
    if e > bias:
        top = ((1 << exponent_bits) - 1) << fraction_bits
        return top | (1 << 63 if explicit else 0)
    return (e + bias) << fraction_bits | (significand if explicit else significand & ((1 << fraction_bits) - 1))
