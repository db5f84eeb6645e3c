"""Software floats against the host's doubles and against known encodings."""
from __future__ import annotations

import math
import struct
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from toolchain.cc import floats
from toolchain.cc.types import BF16, F16, F32, F64, F80, F128

doubles = st.floats(width=64)


def d2b(x: float) -> int:
    return int.from_bytes(struct.pack("<d", x), "little")


def b2d(b: int) -> float:
    return float(struct.unpack("<d", b.to_bytes(8, "little"))[0])


def same(bits: int, x: float) -> bool:
    return floats.is_nan(bits, F64) if math.isnan(x) else bits == d2b(x)


@given(doubles, doubles)
def test_arithmetic_is_the_hosts(a: float, b: float) -> None:
    x, y = d2b(a), d2b(b)
    assert same(floats.add(x, y, F64), a + b)
    assert same(floats.sub(x, y, F64), a - b)
    assert same(floats.mul(x, y, F64), a * b)
    if b != 0 and not math.isnan(b):
        assert same(floats.div(x, y, F64), a / b)
    expected = floats.UNORDERED if a != a or b != b else (a > b) - (a < b)
    assert floats.compare(x, y, F64) == expected


@given(doubles)
def test_convert_to_single_and_back(a: float) -> None:
    bits = floats.convert(d2b(a), F64, F32)
    try:
        want = struct.unpack("<I", struct.pack("<f", a))[0]
    except OverflowError:
        want = floats.infinity(1 if a < 0 else 0, F32)
    if math.isnan(a):
        assert floats.is_nan(bits, F32)
    else:
        assert bits == want
        for wide in (F64, F80, F128):
            assert floats.convert(floats.convert(bits, F32, wide), wide, F32) == bits


def test_complex_quotient() -> None:
    def quotient(a: complex, b: complex) -> tuple[float, float]:
        real, imag = floats.complex_divide((d2b(a.real), d2b(a.imag)), (d2b(b.real), d2b(b.imag)), F64)
        return b2d(real), b2d(imag)

    nan, inf = math.nan, math.inf
    assert quotient(3 + 4j, 1 - 2j) == (-1.0, 2.0) and quotient(1e300 + 1e300j, 1e300 + 1e300j) == (1.0, 0.0)
    assert all(map(math.isnan, quotient(1 + 1j, complex(0, nan))))
    assert quotient(1 - 1j, 0j) == (inf, -inf) and quotient(complex(inf, 1), 1 + 0j)[0] == inf
    assert quotient(1 + 1j, complex(inf, -inf)) == (0.0, 0.0)


@given(st.floats(min_value=0, allow_infinity=False, allow_nan=False))
def test_sqrt(a: float) -> None:
    assert floats.sqrt(d2b(a), F64) == d2b(math.sqrt(a))


@given(st.floats(allow_nan=False))
def test_literals(a: float) -> None:
    assert floats.from_literal(repr(a), F64) == d2b(a)
    assert floats.from_literal(a.hex(), F64) == d2b(a)


@given(st.integers(-(2 ** 70), 2 ** 70))
def test_integers(n: int) -> None:
    assert b2d(floats.from_int(n, F64)) == float(n)
    assert floats.to_int(floats.from_int(n, F128), F128) == n


@given(st.integers(-(2 ** 80), 2 ** 80), st.integers(1, 2 ** 80))
def test_fractions(n: int, d: int) -> None:
    bits = floats.from_fraction(n, d, F64)
    assert bits == d2b(n / d)
    top, bottom = floats.to_fraction(bits, F64)
    assert Fraction(top, bottom) == Fraction(n / d)


def test_known_encodings() -> None:
    assert floats.from_literal("1.0", F16) == 0x3C00
    assert floats.from_literal("65504", F16) == 0x7BFF
    assert floats.from_literal("65520", F16) == 0x7C00
    assert floats.from_literal("5.9604644775390625e-8", F16) == 1
    assert floats.from_literal("1.0", BF16) == 0x3F80
    assert floats.from_literal("1.0", F80) == 0x3FFF8000000000000000
    assert floats.from_literal("3.14159265358979323846264338327950288", F80) == 0x4000C90FDAA22168C235
    assert floats.from_literal("1.0", F128) == 0x3FFF << 112
    assert floats.from_literal("0.1", F128) == 0x3FFB999999999999999999999999999A
    assert floats.from_literal("1e-4950", F80) == 3
    assert floats.infinity(0, F80) == 0x7FFF8000000000000000
    assert floats.quiet_nan(F64) == 0x7FF8000000000000
    assert floats.from_literal("1e99999999", F64) == floats.infinity(0, F64)
    assert floats.from_literal("1e-99999999", F64) == 0
