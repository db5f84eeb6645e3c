"""Folding of floating-point operations on constants, bit for bit as the target computes them
(round to nearest, no traps).  F32 and F64 use the host's IEEE arithmetic: one operation on F32 done in double and rounded
once more is correctly rounded (53 >= 2 * 24 + 2).  Other formats are not folded here.

Every function gives None where it does not fold.
"""
from __future__ import annotations

import math
import struct
from typing import Final

from toolchain.cc.ir.ir import (
    F32,
    F64,
    FABS,
    FADD,
    FCOPYSIGN,
    FCVT,
    FDIV,
    FEQ,
    FLE,
    FLT,
    FMUL,
    FNE,
    FNEG,
    FSQRT,
    FSUB,
    FTOSI,
    FTOUI,
    FUNORD,
    PTR,
    SITOF,
    TYPE_BITS,
    UITOF,
)

SIGN_BIT: Final = {F32: 1 << 31, F64: 1 << 63}


def decode(ty: int, bits: int) -> float:
    """Value of an F32 or F64 encoding."""
    if ty == F32:
        f: float = struct.unpack("<f", struct.pack("<I", bits))[0]
        return f
    d: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return d


def encode(ty: int, value: float) -> int:
    """Encoding of `value` rounded to F32 or F64."""
    if ty == F32:
        try:
            r: int = struct.unpack("<I", struct.pack("<f", value))[0]
            return r
        except OverflowError:
            return 0xFF800000 if value < 0 else 0x7F800000
    q: int = struct.unpack("<Q", struct.pack("<d", value))[0]
    return q


def binary(op: int, ty: int, x: int, y: int) -> int | None:
    """FADD, FSUB, FMUL, FDIV, FCOPYSIGN."""
    sign = SIGN_BIT.get(ty)
    if sign is None:
        return None
    if op == FCOPYSIGN:
        return x & (sign - 1) | y & sign
    a = decode(ty, x)
    b = decode(ty, y)
    if math.isnan(a) or math.isnan(b):
        return None                         # which payload survives is the target's affair
    r: float
    if op == FADD:
        r = a + b
    elif op == FSUB:
        r = a - b
    elif op == FMUL:
        r = a * b
    elif op == FDIV:
        if b == 0.0:
            return None
        r = a / b
    else:
        return None
    return None if math.isnan(r) else encode(ty, r)


def unary(op: int, ty: int, x: int) -> int | None:
    """FNEG, FABS, FSQRT."""
    sign = SIGN_BIT.get(ty)
    if sign is None:
        return None
    if op == FNEG:
        return x ^ sign
    if op == FABS:
        return x & (sign - 1)
    a = decode(ty, x)
    if op == FSQRT and a >= 0.0:
        return encode(ty, math.sqrt(a))
    return None


def compare(op: int, ty: int, x: int, y: int) -> int | None:
    """FEQ, FNE, FLT, FLE, FUNORD: 0 or 1."""
    if ty not in SIGN_BIT:
        return None
    a = decode(ty, x)
    b = decode(ty, y)
    if op == FEQ:
        return int(a == b)
    if op == FNE:
        return int(a != b)
    if op == FLT:
        return int(a < b)
    if op == FLE:
        return int(a <= b)
    return int(math.isnan(a) or math.isnan(b)) if op == FUNORD else None


def _round_integer(ty: int, value: int) -> int:
    """An integer converted to a float: rounded once, to nearest even."""
    precision = 24 if ty == F32 else 53
    magnitude = abs(value)
    extra = magnitude.bit_length() - precision
    if extra > 0:
        low = magnitude & ((1 << extra) - 1)
        half = 1 << (extra - 1)
        magnitude >>= extra
        if low > half or low == half and magnitude & 1:
            magnitude += 1
        magnitude <<= extra
    if magnitude.bit_length() > (128 if ty == F32 else 1024):
        return encode(ty, math.inf if value > 0 else -math.inf)
    return encode(ty, float(-magnitude if value < 0 else magnitude))


def convert(op: int, source: int, target: int, x: int) -> int | None:
    """FCVT, FTOSI, FTOUI, SITOF, UITOF."""
    if op == SITOF or op == UITOF:
        if target not in SIGN_BIT or source >= PTR:
            return None
        bits = TYPE_BITS[source]
        if op == SITOF and x >> (bits - 1):
            x -= 1 << bits
        return _round_integer(target, x)
    if source not in SIGN_BIT:
        return None
    a = decode(source, x)
    if op == FCVT:
        if target not in SIGN_BIT or math.isnan(a):
            return None
        return encode(target, a)
    if not math.isfinite(a) or target >= PTR:
        return None
    n = int(a)
    bits = TYPE_BITS[target]
    if op == FTOSI and -(1 << (bits - 1)) <= n < 1 << (bits - 1) or op == FTOUI and 0 <= n < 1 << bits:
        return n & ((1 << bits) - 1)
    return None
