"""Software floating point on encodings.

Every value is an int that holds the bits of its encoding in a `FloatFormat` (sign bit on top; x87's
format has its integer bit explicit).  All operations round to nearest, ties to even (IEEE 754-2019,
4.3.1), which is the only mode that translation-time arithmetic uses (C11 F.8.2).  A NaN result is the
format's default quiet NaN, an invalid operation raises nothing.

Shared by the parser's and the optimiser's constant folding and by the assembler's data directives.
"""
from __future__ import annotations

import re
from fractions import Fraction
from math import isqrt
from typing import Final

from toolchain.cc.types import FloatFormat

# What an encoding denotes.
ZERO: Final = 0
FINITE: Final = 1
INFINITE: Final = 2
NAN: Final = 3

LESS: Final = -1
EQUAL: Final = 0
GREATER: Final = 1
UNORDERED: Final = 2

_decimal: Final = re.compile(r"(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\Z")
_hexadecimal: Final = re.compile(r"0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?\d+))?\Z")


class Unpacked:
    """`(-1)**sign * significand * 2**exponent` (exact), or a special value by `kind`."""

    def __init__(self, kind: int, sign: int, significand: int, exponent: int) -> None:
        self.kind = kind
        self.sign = sign
        self.significand = significand
        self.exponent = exponent


def _fraction_bits(fmt: FloatFormat) -> int:
    """Bits below the exponent field."""
    return fmt.precision if fmt.explicit_integer else fmt.precision - 1


def unpack(bits: int, fmt: FloatFormat) -> Unpacked:
    """The value of an encoding."""
    width = _fraction_bits(fmt)
    fraction = bits & ((1 << width) - 1)
    top = (1 << fmt.exponent_bits) - 1
    field = (bits >> width) & top
    sign = (bits >> (width + fmt.exponent_bits)) & 1
    bias = (1 << (fmt.exponent_bits - 1)) - 1
    if field == top:
        payload = fraction & ((1 << (fmt.precision - 1)) - 1)
        return Unpacked(NAN if payload else INFINITE, sign, fraction, 0)
    if field == 0:
        if fraction == 0:
            return Unpacked(ZERO, sign, 0, 0)
        return Unpacked(FINITE, sign, fraction, 1 - bias - (fmt.precision - 1))
    if not fmt.explicit_integer:
        fraction |= 1 << width
    elif fraction == 0:
        return Unpacked(ZERO, sign, 0, 0)
    return Unpacked(FINITE, sign, fraction, field - bias - (fmt.precision - 1))


def zero(sign: int, fmt: FloatFormat) -> int:
    """Plus or minus zero."""
    return sign << (_fraction_bits(fmt) + fmt.exponent_bits)


def infinity(sign: int, fmt: FloatFormat) -> int:
    """Plus or minus infinity."""
    width = _fraction_bits(fmt)
    bits = (((1 << fmt.exponent_bits) - 1) << width) | (sign << (width + fmt.exponent_bits))
    if fmt.explicit_integer:
        bits |= 1 << (width - 1)
    return bits


def quiet_nan(fmt: FloatFormat, payload: int = 0, sign: int = 0, signaling: bool = False) -> int:
    """A NaN; `payload` goes below the quiet bit, as `__builtin_nan("payload")` asks."""
    quiet = 1 << (fmt.precision - 2)
    payload &= quiet - 1
    if signaling:
        payload = payload or quiet >> 1
        return infinity(sign, fmt) | payload
    return infinity(sign, fmt) | quiet | payload


def largest(sign: int, fmt: FloatFormat) -> int:
    """The finite value of greatest magnitude."""
    return pack(sign, (1 << fmt.precision) - 1, (1 << (fmt.exponent_bits - 1)) - fmt.precision, fmt)


def pack(sign: int, significand: int, exponent: int, fmt: FloatFormat, sticky: bool = False) -> int:
    """The encoding nearest to `significand * 2**exponent` (plus something smaller than one unit of it
    if `sticky`)."""
    if significand == 0 and not sticky:
        return zero(sign, fmt)
    bias = (1 << (fmt.exponent_bits - 1)) - 1
    lowest = 1 - bias - (fmt.precision - 1)
    drop = significand.bit_length() - fmt.precision
    if exponent + drop < lowest:
        drop = lowest - exponent
    if drop > 0:
        rest = significand & ((1 << drop) - 1)
        half = 1 << (drop - 1)
        kept = significand >> drop
        if rest > half or (rest == half and (sticky or kept & 1)):
            kept += 1
        exponent += drop
        if kept >> fmt.precision:
            kept >>= 1
            exponent += 1
    else:
        shift = min(-drop, exponent - lowest)
        kept = significand << shift
        exponent -= shift
    if kept == 0:
        return zero(sign, fmt)
    width = _fraction_bits(fmt)
    if kept >> (fmt.precision - 1) == 0:
        field = 0
    else:
        field = exponent + bias + fmt.precision - 1
        if field >= (1 << fmt.exponent_bits) - 1:
            return infinity(sign, fmt)
    if not fmt.explicit_integer:
        kept &= (1 << width) - 1
    return (((sign << fmt.exponent_bits) | field) << width) | kept


def from_fraction(numerator: int, denominator: int, fmt: FloatFormat) -> int:
    """The encoding nearest to `numerator / denominator` (denominator positive)."""
    sign = 1 if numerator < 0 else 0
    top = abs(numerator)
    if top == 0:
        return zero(0, fmt)
    shift = fmt.precision + 3 - (top.bit_length() - denominator.bit_length())
    if shift > 0:
        top <<= shift
    else:
        denominator <<= -shift
    quotient, rest = divmod(top, denominator)
    return pack(sign, quotient, -shift, fmt, rest != 0)


def from_int(value: int, fmt: FloatFormat) -> int:
    """The encoding nearest to an integer."""
    return pack(1 if value < 0 else 0, abs(value), 0, fmt)


def from_literal(text: str, fmt: FloatFormat) -> int:
    """The encoding of a decimal or hexadecimal floating literal, without suffix; an optional sign,
    `inf` and `nan` are accepted too.  Raises ValueError for anything else."""
    sign = 0
    if text[:1] in ("+", "-"):
        sign = 1 if text[0] == "-" else 0
        text = text[1:]
    low = text.lower()
    if low in ("inf", "infinity"):
        return infinity(sign, fmt)
    if low == "nan":
        return quiet_nan(fmt, 0, sign)
    if low.startswith("0x"):
        m = _hexadecimal.match(text)
        if m is None or not (m.group(1) or m.group(2)):
            raise ValueError(text)
        fraction = m.group(2) or ""
        value = int((m.group(1) or "") + fraction, 16)
        return pack(sign, value, _clamp(m.group(3)) - 4 * len(fraction), fmt) if value else zero(sign, fmt)
    m = _decimal.match(text)
    if m is None or not (m.group(1) or m.group(2)):
        raise ValueError(text)
    fraction = m.group(2) or ""
    digits = (m.group(1) or "") + fraction
    value = int(digits)
    if value == 0:
        return zero(sign, fmt)
    exponent = _clamp(m.group(3)) - len(fraction)
    magnitude = exponent + len(str(value))
    if magnitude > 5000:
        return infinity(sign, fmt)
    if magnitude < -5100:
        return zero(sign, fmt)
    if exponent >= 0:
        bits = from_fraction(value * 10 ** exponent, 1, fmt)
    else:
        bits = from_fraction(value, 10 ** -exponent, fmt)
    return bits | zero(sign, fmt)


def _clamp(exponent: str | None) -> int:
    """An exponent, limited so that absurd literals cost nothing."""
    return max(-1000000, min(1000000, int(exponent))) if exponent else 0


def to_fraction(bits: int, fmt: FloatFormat) -> tuple[int, int]:
    """A finite value as (numerator, positive denominator).  Raises ValueError for others."""
    u = unpack(bits, fmt)
    if u.kind == ZERO:
        return 0, 1
    if u.kind != FINITE:
        raise ValueError("not finite")
    value = -u.significand if u.sign else u.significand
    if u.exponent >= 0:
        return value << u.exponent, 1
    return value, 1 << -u.exponent


def to_int(bits: int, fmt: FloatFormat) -> int:
    """The value truncated towards zero; 0 for infinities and NaNs (C leaves those undefined)."""
    u = unpack(bits, fmt)
    if u.kind != FINITE:
        return 0
    value = u.significand << u.exponent if u.exponent >= 0 else u.significand >> -u.exponent
    return -value if u.sign else value


def convert(bits: int, source: FloatFormat, fmt: FloatFormat) -> int:
    """The value of `bits` (of format `source`) in format `fmt`."""
    if source is fmt:
        return bits
    u = unpack(bits, source)
    if u.kind == FINITE:
        return pack(u.sign, u.significand, u.exponent, fmt)
    if u.kind == ZERO:
        return zero(u.sign, fmt)
    if u.kind == INFINITE:
        return infinity(u.sign, fmt)
    payload = u.significand & ((1 << (source.precision - 2)) - 1)
    shift = fmt.precision - source.precision
    payload = payload << shift if shift >= 0 else payload >> -shift
    return quiet_nan(fmt, payload, u.sign)


def neg(bits: int, fmt: FloatFormat) -> int:
    """The value with its sign flipped (also of zeros and NaNs)."""
    return bits ^ zero(1, fmt)


def fabs(bits: int, fmt: FloatFormat) -> int:
    """The value with its sign cleared."""
    return bits & ~zero(1, fmt)


def copysign(bits: int, sign_of: int, fmt: FloatFormat) -> int:
    """The magnitude of `bits` with the sign of `sign_of`."""
    return fabs(bits, fmt) | (sign_of & zero(1, fmt))


def signbit(bits: int, fmt: FloatFormat) -> int:
    """1 if the sign bit is set."""
    return 1 if bits & zero(1, fmt) else 0


def is_nan(bits: int, fmt: FloatFormat) -> bool:
    """Whether the encoding is a NaN."""
    return unpack(bits, fmt).kind == NAN


def is_inf(bits: int, fmt: FloatFormat) -> bool:
    """Whether the encoding is an infinity."""
    return unpack(bits, fmt).kind == INFINITE


def is_zero(bits: int, fmt: FloatFormat) -> bool:
    """Whether the encoding is a zero of either sign."""
    return unpack(bits, fmt).kind == ZERO


def is_subnormal(bits: int, fmt: FloatFormat) -> bool:
    """Whether the encoding is a finite value smaller than the smallest normal one."""
    field = (bits >> _fraction_bits(fmt)) & ((1 << fmt.exponent_bits) - 1)
    return field == 0 and unpack(bits, fmt).kind == FINITE


def _nan_of(a: int, b: int, fmt: FloatFormat) -> int:
    """The quiet NaN that an operation on operands with a NaN gives: the first NaN operand's payload."""
    bits = a if unpack(a, fmt).kind == NAN else b
    return bits | (1 << (fmt.precision - 2))


def add(a: int, b: int, fmt: FloatFormat) -> int:
    """`a + b`."""
    x = unpack(a, fmt)
    y = unpack(b, fmt)
    if x.kind == NAN or y.kind == NAN:
        return _nan_of(a, b, fmt)
    if x.kind == INFINITE:
        return quiet_nan(fmt) if y.kind == INFINITE and x.sign != y.sign else a
    if y.kind == INFINITE:
        return b
    if x.kind == ZERO:
        if y.kind == ZERO:
            return a & b
        return b
    if y.kind == ZERO:
        return a
    exponent = min(x.exponent, y.exponent)
    left = x.significand << (x.exponent - exponent)
    right = y.significand << (y.exponent - exponent)
    total = (-left if x.sign else left) + (-right if y.sign else right)
    return pack(1 if total < 0 else 0, abs(total), exponent, fmt)


def sub(a: int, b: int, fmt: FloatFormat) -> int:
    """`a - b`."""
    if is_nan(b, fmt):
        return _nan_of(a, b, fmt)
    return add(a, neg(b, fmt), fmt)


def mul(a: int, b: int, fmt: FloatFormat) -> int:
    """`a * b`."""
    x = unpack(a, fmt)
    y = unpack(b, fmt)
    sign = x.sign ^ y.sign
    if x.kind == NAN or y.kind == NAN:
        return _nan_of(a, b, fmt)
    if x.kind == INFINITE or y.kind == INFINITE:
        return quiet_nan(fmt) if x.kind == ZERO or y.kind == ZERO else infinity(sign, fmt)
    return pack(sign, x.significand * y.significand, x.exponent + y.exponent, fmt)


def div(a: int, b: int, fmt: FloatFormat) -> int:
    """`a / b`."""
    x = unpack(a, fmt)
    y = unpack(b, fmt)
    sign = x.sign ^ y.sign
    if x.kind == NAN or y.kind == NAN:
        return _nan_of(a, b, fmt)
    if x.kind == INFINITE:
        return quiet_nan(fmt) if y.kind == INFINITE else infinity(sign, fmt)
    if y.kind == INFINITE or (x.kind == ZERO and y.kind != ZERO):
        return zero(sign, fmt)
    if y.kind == ZERO:
        return quiet_nan(fmt) if x.kind == ZERO else infinity(sign, fmt)
    shift = fmt.precision + 3 + max(0, y.significand.bit_length() - x.significand.bit_length())
    quotient, rest = divmod(x.significand << shift, y.significand)
    return pack(sign, quotient, x.exponent - y.exponent - shift, fmt, rest != 0)


def sqrt(a: int, fmt: FloatFormat) -> int:
    """The square root; NaN for negative values, -0 for -0."""
    x = unpack(a, fmt)
    if x.kind == ZERO or x.kind == NAN:
        return a if x.kind == ZERO else _nan_of(a, a, fmt)
    if x.sign:
        return quiet_nan(fmt)
    if x.kind == INFINITE:
        return a
    shift = 2 * fmt.precision + 4
    if (x.exponent - shift) & 1:
        shift += 1
    scaled = x.significand << shift
    root = isqrt(scaled)
    return pack(0, root, (x.exponent - shift) // 2, fmt, root * root != scaled)


def compare(a: int, b: int, fmt: FloatFormat) -> int:
    """LESS, EQUAL, GREATER, or UNORDERED if one is a NaN."""
    x = unpack(a, fmt)
    y = unpack(b, fmt)
    if x.kind == NAN or y.kind == NAN:
        return UNORDERED
    if x.kind == INFINITE or y.kind == INFINITE:
        left = _rank(x)
        right = _rank(y)
    else:
        exponent = min(x.exponent, y.exponent)
        left = _signed(x) << (x.exponent - exponent)
        right = _signed(y) << (y.exponent - exponent)
    return LESS if left < right else GREATER if left > right else EQUAL


def _rank(u: Unpacked) -> int:
    """-1, 0 or 1: where a value stands next to infinities."""
    if u.kind != INFINITE:
        return 0
    return -1 if u.sign else 1


def _signed(u: Unpacked) -> int:
    return -u.significand if u.sign else u.significand


def complex_divide(a: tuple[int, int], b: tuple[int, int], fmt: FloatFormat) -> tuple[int, int]:
    """Real and imaginary part of the quotient of two complex numbers: rounded once if all is finite, else as C11 G.5.1 has it."""
    (x, y), (u, v) = a, b
    if all(not is_nan(part, fmt) and not is_inf(part, fmt) for part in (x, y, u, v)) and not (is_zero(u, fmt) and is_zero(v, fmt)):
        return _divide_finite((x, y), (u, v), fmt)
    if is_zero(u, fmt) and is_zero(v, fmt) and not (is_nan(x, fmt) and is_nan(y, fmt)):
        unbounded = infinity(signbit(u, fmt), fmt)
        return mul(unbounded, x, fmt), mul(unbounded, y, fmt)
    one, nothing = from_int(1, fmt), zero(0, fmt)
    if (is_inf(x, fmt) or is_inf(y, fmt)) and not any(is_nan(part, fmt) or is_inf(part, fmt) for part in (u, v)):
        x, y = [copysign(one if is_inf(part, fmt) else nothing, part, fmt) for part in (x, y)]
        scale = infinity(0, fmt)
    elif (is_inf(u, fmt) or is_inf(v, fmt)) and not any(is_nan(part, fmt) or is_inf(part, fmt) for part in (x, y)):
        u, v = [copysign(one if is_inf(part, fmt) else nothing, part, fmt) for part in (u, v)]
        scale = nothing
    else:
        return quiet_nan(fmt), quiet_nan(fmt)
    return (mul(scale, add(mul(x, u, fmt), mul(y, v, fmt), fmt), fmt), mul(scale, sub(mul(y, u, fmt), mul(x, v, fmt), fmt), fmt))


def _divide_finite(a: tuple[int, int], b: tuple[int, int], fmt: FloatFormat) -> tuple[int, int]:
    x, y, u, v = [Fraction(*to_fraction(part, fmt)) for part in (*a, *b)]
    square = u * u + v * v
    real, imag = (x * u + y * v) / square, (y * u - x * v) / square
    return from_fraction(real.numerator, real.denominator, fmt), from_fraction(imag.numerator, imag.denominator, fmt)
