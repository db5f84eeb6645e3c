"""What is known of values: constant results of operations, truth values, bits that are surely zero.

The semantics of undefined cases is that of `fold.py`.
"""
from __future__ import annotations

from toolchain.cc.ir.ir import (
    ADD,
    AND,
    BSWAP,
    CLZ,
    CONST,
    CONSTP,
    CTZ,
    EQ,
    FIRST_COMPARE,
    GLOBAL,
    I32,
    I128,
    LABEL,
    LAST_COMPARE,
    MUL,
    NE,
    NEG,
    NIL_OP,
    NOT,
    OR,
    PARAM,
    POPCOUNT,
    PTR,
    ROTL,
    SAR,
    SDIV,
    SELECT,
    SHL,
    SHR,
    SLOT,
    SLT,
    SMULH,
    SUB,
    TRUNC,
    TYPE_BITS,
    UDIV,
    ULE,
    ULT,
    UMULH,
    UREM,
    XOR,
    ZEXT,
    Function,
    GlobalSymbol,
    Instr,
)


def width(function: Function, ty: int) -> int:
    """Bits of an integer or pointer type; 0 for others (vectors, floats)."""
    if ty == PTR:
        return TYPE_BITS[function.pointer_type]
    return TYPE_BITS[ty] if ty <= 5 else 0


def signed(value: int, bits: int) -> int:
    """`value` (non-negative, `bits` wide) as a signed number."""
    return value - (1 << bits) if value >> (bits - 1) else value


def fold_binary(op: int, x: int, y: int, bits: int) -> int | None:
    """x op y for integer constants of `bits`; None where the operation is undefined.  Result unreduced."""
    if op == ADD:
        return x + y
    if op == SUB:
        return x - y
    if op == MUL:
        return x * y
    if op == AND:
        return x & y
    if op == OR:
        return x | y
    if op == XOR:
        return x ^ y
    if op == SHL:
        return x << y if y < bits else 0
    if op == SHR:
        return x >> y if y < bits else 0
    if op == SAR:
        return signed(x, bits) >> min(y, bits - 1)
    if op == ROTL:
        y %= bits
        return x << y | x >> (bits - y)
    if op == UMULH:
        return x * y >> bits
    if op == SMULH:
        return signed(x, bits) * signed(y, bits) >> bits
    if y == 0:
        return None
    if op == UDIV:
        return x // y
    if op == UREM:
        return x % y
    x = signed(x, bits)
    y = signed(y, bits)
    if y == -1 and x == -(1 << (bits - 1)):
        return None
    q = abs(x) // abs(y)
    if (x < 0) != (y < 0):
        q = -q
    return q if op == SDIV else x - q * y


def fold_compare(op: int, x: int, y: int, bits: int) -> int:
    """Result 0 or 1 of an integer comparison."""
    if op == EQ:
        return int(x == y)
    if op == NE:
        return int(x != y)
    if op == ULT:
        return int(x < y)
    if op == ULE:
        return int(x <= y)
    x = signed(x, bits)
    y = signed(y, bits)
    return int(x < y) if op == SLT else int(x <= y)


def fold_unary(op: int, x: int, bits: int) -> int | None:
    """Unary integer operation on a constant; None where undefined."""
    if op == NEG:
        return -x
    if op == NOT:
        return ~x
    if op == BSWAP:
        return int.from_bytes(x.to_bytes(bits // 8, "little"), "big")
    if op == POPCOUNT:
        return x.bit_count()
    if x == 0:
        return None
    return bits - x.bit_length() if op == CLZ else (x & -x).bit_length() - 1


def known_bool(v: Instr) -> bool:
    """Whether `v` is surely 0 or 1."""
    if FIRST_COMPARE <= v.op <= LAST_COMPARE or v.op == CONSTP:
        return v.ty == I32
    if v.op == CONST:
        return v.imm <= 1
    if v.op == ZEXT or v.op == TRUNC:
        return known_bool(v.a)
    if v.op == SHR:
        return v.b.op == CONST and v.ty <= I128 and v.b.imm == TYPE_BITS[v.ty] - 1
    if v.op == AND:
        return known_bool(v.b) or known_bool(v.a)
    if v.op == XOR or v.op == OR:
        return known_bool(v.a) and known_bool(v.b)
    return False


def known_nonzero(v: Instr) -> bool:
    """Whether an address is surely not null: frame objects and strong definitions of this unit."""
    if v.op == SLOT:
        return True
    if v.op == GLOBAL:
        s = v.aux
        return isinstance(s, GlobalSymbol) and s.defined and not s.weak and v.imm >= 0 and s.tls_model == "" \
            and (s.size < 0 and v.imm == 0 or v.imm <= s.size)
    return False


def known_ones_limit(f: Function, v: Instr, depth: int = 4) -> int:
    """A mask outside of which all bits of integer `v` are surely 0."""
    bits = width(f, v.ty)
    full = (1 << bits) - 1
    op = v.op
    if op == CONST:
        return v.imm
    if FIRST_COMPARE <= op <= LAST_COMPARE or op == CONSTP:
        return 1
    if depth == 0:
        return full
    if op == ZEXT:
        return known_ones_limit(f, v.a, depth - 1)
    if op == TRUNC:
        return known_ones_limit(f, v.a, depth - 1) & full
    if op == AND:
        return known_ones_limit(f, v.a, depth - 1) & known_ones_limit(f, v.b, depth - 1)
    if op == OR or op == XOR:
        return known_ones_limit(f, v.a, depth - 1) | known_ones_limit(f, v.b, depth - 1)
    if op == SHR and v.b.op == CONST:
        return known_ones_limit(f, v.a, depth - 1) >> v.b.imm if v.b.imm < bits else full
    if op == SHL and v.b.op == CONST:
        return known_ones_limit(f, v.a, depth - 1) << min(v.b.imm, bits) & full
    if op == UREM and v.b.op == CONST and v.b.imm:
        return (1 << (v.b.imm - 1).bit_length()) - 1
    if op == SELECT:
        return known_ones_limit(f, v.b, depth - 1) | known_ones_limit(f, v.ext[0], depth - 1)
    if op in (POPCOUNT, CLZ, CTZ):
        return (1 << bits.bit_length()) - 1
    return full


def is_leaf(v: Instr) -> bool:
    """Whether `v` stands in no block."""
    return NIL_OP < v.op <= LABEL and v.op != PARAM
