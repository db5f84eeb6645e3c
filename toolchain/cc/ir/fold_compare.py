"""Folding of integer and pointer comparisons (rules of `fold.py`).

    %2 = ule i32 %1, 7        ->  %2 = ult i32 %1, 8        one form for each
    %2 = eq i64 (zext %1), 5  ->  %2 = eq i32 %1, 5         at the width of the value
    %2 = ne i32 (sub %a, %b), 0  ->  %2 = ne i32 %a, %b
    %2 = ult i32 (and %1, 7), 8  ->  1
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.ir import (
    ADD,
    BITCAST,
    CONST,
    EQ,
    EXPECT,
    FEQ,
    FIRST_COMPARE,
    FNE,
    GLOBAL,
    I32,
    I128,
    LAST_COMPARE,
    NE,
    NEG,
    NIL,
    NOT,
    PTR,
    SEXT,
    SLE,
    SLOT,
    SLT,
    SUB,
    TRUNC,
    TYPE_BITS,
    ULE,
    ULT,
    XOR,
    ZEXT,
    Function,
    Instr,
)
from toolchain.cc.ir.known import fold_compare, known_bool, known_nonzero, known_ones_limit, signed, width


def swap_operands(i: Instr) -> None:
    """Exchange the two operands."""
    t = i.a
    i.a = i.b
    i.b = t


# Integer comparisons: (opcode of the negation, operands swapped).  Floating ones have no exact
# negation except FEQ and FNE.
NEGATED: Final[dict[int, tuple[int, bool]]] = {
    EQ: (NE, False), NE: (EQ, False), SLT: (SLE, True), SLE: (SLT, True), ULT: (ULE, True), ULE: (ULT, True),
    FEQ: (FNE, False), FNE: (FEQ, False),
}


def invert_into(f: Function, i: Instr, compare: Instr) -> Instr:
    """Rewrite `i` into the negation of `compare` if that is one comparison."""
    row = NEGATED.get(compare.op)
    if row is None or compare.a.ty > PTR and compare.op < FEQ:
        return i
    i.op, swap = row
    i.ty = I32
    i.a = compare.b if swap else compare.a
    i.b = compare.a if swap else compare.b
    return i


def compare(f: Function, i: Instr) -> Instr:
    """Rule for integer comparisons: `i`, rewritten or not, or the value that stands for it."""
    a = i.a
    ty = a.ty
    if ty > PTR:
        return i
    b = i.b
    op = i.op
    bits = width(f, ty)
    if a.op == CONST:
        if b.op == CONST:
            return f.const(I32, fold_compare(op, a.imm, b.imm, bits))
        if op == EQ or op == NE:
            swap_operands(i)
            a = i.a
            b = i.b
    if a is b:
        return f.const(I32, 1 if op in (EQ, SLE, ULE) else 0)
    if b.op == CONST:
        return _compare_constant(f, i, bits)
    if a.op == CONST:
        return _constant_compare(f, i, bits)
    return _compare_addresses(f, i)


def _compare_addresses(f: Function, i: Instr) -> Instr:
    a = i.a
    b = i.b
    op = i.op
    if op != EQ and op != NE:
        if a.op == b.op and a.op in (GLOBAL, SLOT) and a.aux is b.aux and a.imm >= 0 and b.imm >= 0:
            return f.const(I32, fold_compare(op, a.imm, b.imm, 64))
        return i
    if a.op in (GLOBAL, SLOT) and b.op in (GLOBAL, SLOT):
        if a.op == b.op and a.aux is b.aux:
            return f.const(I32, int((a.imm == b.imm) == (op == EQ)))
        if a.op == SLOT and b.op == GLOBAL or a.op == GLOBAL and b.op == SLOT:
            return f.const(I32, int(op == NE))
        return i
    if a.op == ADD and a.b.op == CONST:
        if a.a is b:
            return f.const(I32, int(op == NE))
        if b.op == ADD and b.b.op == CONST and a.ty == b.ty and a.a.ty == b.a.ty:
            if a.a is b.a:
                return f.const(I32, int((a.b.imm == b.b.imm) == (op == EQ)))
            if a.b is b.b:
                i.a = a.a
                i.b = b.a
                return compare(f, i)
    elif b.op == ADD and b.b.op == CONST and b.a is a:
        return f.const(I32, int(op == NE))
    if a.op == BITCAST and b.op == BITCAST and a.a.ty == b.a.ty and a.a.ty <= PTR:
        i.a = a.a
        i.b = b.a
        return compare(f, i)
    if a.op == ZEXT and b.op == ZEXT and a.a.ty == b.a.ty or a.op == SEXT and b.op == SEXT and a.a.ty == b.a.ty:
        i.a = a.a
        i.b = b.a
    return i


def _constant_compare(f: Function, i: Instr, bits: int) -> Instr:
    """Constant on the left of an ordering: extremes, and SLE, ULE become strict."""
    c = i.a.imm
    ty = i.a.ty
    top = (1 << bits) - 1
    high = top >> 1
    op = i.op
    if op == ULT:
        if c == top:
            return f.const(I32, 0)
        if c == 0:                      # 0 < x
            i.op = NE
            swap_operands(i)
            return compare(f, i)
    elif op == ULE:
        if c == 0:
            return f.const(I32, 1)
        if ty != PTR:
            i.op = ULT                  # c <= x  is  c - 1 < x
            i.a = f.const(ty, c - 1)
            return _constant_compare(f, i, bits)
    elif op == SLT:
        if c == high:
            return f.const(I32, 0)
    else:
        if c == high + 1:
            return f.const(I32, 1)
        i.op = SLT
        i.a = f.const(ty, c - 1)
    b = i.b
    if i.a.op == CONST and b.op in (ZEXT, SEXT) and i.op in (SLT, ULT):
        return _narrow_ordering(f, i, b, True)
    return i


def _compare_constant(f: Function, i: Instr, bits: int) -> Instr:
    a = i.a
    c = i.b.imm
    ty = a.ty
    op = i.op
    top = (1 << bits) - 1
    high = top >> 1
    if op == EQ or op == NE:
        return _equal_constant(f, i, bits)
    if op == ULE:
        if c == top:
            return f.const(I32, 1)
        if ty == PTR and c:
            return i
        i.op = op = ULT
        c += 1
        i.b = f.const(ty, c)
    elif op == SLE:
        if c == high:
            return f.const(I32, 1)
        i.op = op = SLT
        c = c + 1 & top
        i.b = f.const(ty, c)
    if op == ULT:
        if c == 0:
            return f.const(I32, 0)
        if c == 1:
            i.op = EQ
            i.b = f.const(ty, 0)
            return compare(f, i)
        if ty <= 5:
            limit = known_ones_limit(f, a)
            if limit < c:
                return f.const(I32, 1)
    else:
        if c == high + 1:
            return f.const(I32, 0)
        if ty <= 5 and c <= high:
            limit = known_ones_limit(f, a)
            if limit <= high:
                if limit < c:
                    return f.const(I32, 1)
                if c == 0:
                    return f.const(I32, 0)
    if a.op in (ZEXT, SEXT):
        return _narrow_ordering(f, i, a, False)
    return i


def _narrow_ordering(f: Function, i: Instr, ext: Instr, swapped: bool) -> Instr:
    """ext(x) < c at the width of x, when c lies in the range of the extension."""
    c = i.a if swapped else i.b
    ty = ext.a.ty
    if ty > 5:
        return i
    narrow = TYPE_BITS[ty]
    bits = width(f, ext.ty)
    if ext.op == ZEXT:
        value = signed(c.imm, bits) if i.op == SLT else c.imm
        if value >= 1 << narrow:
            return f.const(I32, 0 if swapped else 1)
        if value < 0:
            return f.const(I32, 1 if swapped else 0)
        i.op = ULT
    else:
        if i.op == ULT:
            return i
        value = signed(c.imm, bits)
        if value >= 1 << (narrow - 1):
            return f.const(I32, 0 if swapped else 1)
        if value < -(1 << (narrow - 1)):
            return f.const(I32, 1 if swapped else 0)
    k = f.const(ty, value)
    if swapped:
        i.a = k
        i.b = ext.a
    else:
        i.a = ext.a
        i.b = k
    return compare(f, i)


def _equal_constant(f: Function, i: Instr, bits: int) -> Instr:
    """x == c, x != c."""
    a = i.a
    c = i.b.imm
    op = i.op
    if c == 0:
        if known_nonzero(a):
            return f.const(I32, int(op == NE))
        if FIRST_COMPARE <= a.op <= LAST_COMPARE and a.ty == I32:
            if op == NE:
                return a
            return invert_into(f, i, a)
        if op == NE and a.ty <= I128 and known_bool(a):
            if a.ty == I32:
                return a
            i.op = TRUNC if TYPE_BITS[a.ty] > 32 else ZEXT
            i.b = NIL
            return i
        if a.op == SUB and a.ty != PTR or a.op == XOR:      # x - y == 0
            i.a = a.a
            i.b = a.b
            return compare(f, i)
        if a.op == NEG:
            i.a = a.a
            return i
        if a.op == TRUNC and a.a.ty <= I128 and known_ones_limit(f, a.a) < 1 << TYPE_BITS[a.ty]:
            i.a = a.a
            i.b = f.const(a.a.ty, 0)
            return compare(f, i)
        if a.op == EXPECT:
            return i
    elif c == 1 and known_bool(a):
        i.op = NE if op == EQ else EQ
        i.b = f.const(a.ty, 0)
        return compare(f, i)
    if a.op == ADD and a.b.op == CONST and a.ty != PTR:
        i.a = a.a
        i.b = f.const(a.ty, c - a.b.imm)
        return compare(f, i)
    if a.op == XOR and a.b.op == CONST:
        i.a = a.a
        i.b = f.const(a.ty, c ^ a.b.imm)
        return compare(f, i)
    if a.op == NOT:
        i.a = a.a
        i.b = f.const(a.ty, ~c)
        return compare(f, i)
    if a.op in (ZEXT, SEXT) and a.a.ty <= I128:
        narrow = TYPE_BITS[a.a.ty]
        low = c & ((1 << narrow) - 1)
        back = low if a.op == ZEXT else signed(low, narrow) & ((1 << bits) - 1)
        if back != c:
            return f.const(I32, int(op == NE))
        i.a = a.a
        i.b = f.const(a.a.ty, low)
        return compare(f, i)
    if a.op == BITCAST and a.a.ty <= PTR:
        i.a = a.a
        i.b = f.const(a.a.ty, c)
        return compare(f, i)
    if a.ty <= I128 and c & ~known_ones_limit(f, a):
        return f.const(I32, int(op == NE))
    return i
