"""Constant folding and algebraic simplification, as tables indexed by opcode.

`simplify(function, i)` takes an instruction whose operands are resolved and gives the value that
stands for it: a constant or another operand (then `i` is to be replaced), or `i` itself, possibly
rewritten in place into a simpler or canonical form:

    %2 = mul i64 %1, 8       ->  %2 = shl i64 %1, 3:i32
    %3 = add i64 5, %1       ->  %3 = add i64 %1, 5         constants stand right
    %4 = add i64 %3, 7       ->  %4 = add i64 %1, 12        constants gather
    %5 = ne i32 (slt ..), 0  ->  the slt itself

Semantics: integers wrap at the width of their type (signed overflow is never exploited); division
by zero and the overflowing signed division are left alone; a shift count that is too large gives 0
(SAR: the sign).  The interpreter agrees.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Final

from toolchain.cc.ir import floatfold
from toolchain.cc.ir.fold_compare import compare, invert_into, swap_operands
from toolchain.cc.ir.ir import (
    ADD,
    AND,
    BITCAST,
    BRANCH,
    BSWAP,
    CLZ,
    CONST,
    CONSTP,
    COPY,
    CTZ,
    EQ,
    EXPECT,
    FABS,
    FADD,
    FCONST,
    FCOPYSIGN,
    FCVT,
    FDIV,
    FEQ,
    FIRST_COMPARE,
    FIRST_VECTOR,
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
    GLOBAL,
    I32,
    I128,
    LAST_COMPARE,
    LOAD,
    MUL,
    NE,
    NEG,
    NIL,
    NO_EXT,
    NOT,
    NUM_OPS,
    OPAQUE,
    OR,
    POPCOUNT,
    PTR,
    ROTL,
    SAR,
    SDIV,
    SELECT,
    SEXT,
    SHL,
    SHR,
    SITOF,
    SLE,
    SLOT,
    SLT,
    SMULH,
    SREM,
    STORE,
    SUB,
    TRUNC,
    TYPE_BITS,
    UDIV,
    UITOF,
    ULE,
    ULT,
    UMULH,
    UNDEF,
    UREM,
    XOR,
    ZEXT,
    Function,
    GlobalSymbol,
    Instr,
    StackSlot,
)
from toolchain.cc.ir.known import fold_binary, fold_unary, known_bool, known_nonzero, known_ones_limit, signed, width

Rule = Callable[[Function, Instr], Instr]
OFFSET_LIMIT: Final = 1 << 31
FAR: Final = 1 << 30
"""Offsets from a symbol beyond this are added by the program: no relocation of the code models holds them."""
"""Offsets of memory accesses stay below this in magnitude."""


# ------------------------------------------------------------------ helpers


def _same(f: Function, i: Instr) -> Instr:
    return i


def _add_offset(f: Function, base: Instr, delta: int) -> Instr:
    """Leaf address plus constant, as a leaf; NIL if `base` is no such leaf."""
    if base.op == GLOBAL and -FAR <= base.imm + delta < FAR:
        symbol = base.aux
        assert isinstance(symbol, GlobalSymbol)
        return f.global_address(symbol, base.imm + delta)
    return NIL


# ------------------------------------------------------------------ rules


def _binary_constants(f: Function, i: Instr) -> Instr:
    """Both operands constant: the result, or NIL if not foldable."""
    a = i.a
    b = i.b
    if a.op != CONST or b.op != CONST:
        return NIL
    bits = width(f, i.ty)
    if not bits:
        return NIL
    r = fold_binary(i.op, a.imm, b.imm, bits)
    return NIL if r is None else f.const(i.ty, r)


def _constant_left(f: Function, i: Instr) -> Instr:
    """The left operand of a commutative operation is constant: the result, or NIL and the constant is on the right now."""
    r = _binary_constants(f, i)
    if r is NIL:
        swap_operands(i)
    return r


def _add(f: Function, i: Instr) -> Instr:
    if i.ty > PTR:
        return i
    a = i.a
    b = i.b
    if a.op == CONST:
        r = _binary_constants(f, i)
        if r is not NIL:
            return r
        if i.ty != PTR or b.ty == PTR:
            swap_operands(i)
            a = i.a
            b = i.b
        elif a.imm == 0:        # null + integer
            i.op = BITCAST
            i.a = b
            i.b = NIL
            return i
    if b.op == CONST:
        if b.imm == 0:
            return a if a.ty == i.ty else i
        bits = width(f, i.ty)
        if a.op == GLOBAL and i.ty == PTR:
            g = _add_offset(f, a, signed(b.imm, bits))
            if g is not NIL:
                return g
        if a.op == SLOT and i.ty == PTR:
            return _slot_offset(f, a, signed(b.imm, bits))
        if a.op == ADD and a.b.op == CONST and a.ty == i.ty:
            i.a = a.a
            i.b = f.const(b.ty, a.b.imm + b.imm)
            return _add(f, i)
        return i
    if b.op == NEG and b.ty == i.ty:
        i.op = SUB
        i.b = b.a
        return i
    if i.ty != PTR:
        if a.op == NEG:
            i.op = SUB
            i.a = b
            i.b = a.a
            return i
        if a.op == SUB and a.b is b:        # (x - y) + y
            return a.a
        if b.op == SUB and b.b is a:
            return b.a
    return i


def _slot_offset(f: Function, a: Instr, delta: int) -> Instr:
    slot = a.aux
    assert isinstance(slot, StackSlot)
    return f.slot_address(slot, a.imm + delta)


def _sub(f: Function, i: Instr) -> Instr:
    if i.ty > PTR:
        return i
    a = i.a
    b = i.b
    if b.op == CONST:
        r = _binary_constants(f, i)
        if r is not NIL:
            return r
        if b.imm == 0 and a.ty == i.ty:
            return a
        i.op = ADD
        i.b = f.const(b.ty, -b.imm)
        return _add(f, i)
    if a is b:
        return f.const(i.ty, 0)
    if a.op == CONST and a.imm == 0 and i.ty != PTR and b.ty == i.ty:
        i.op = NEG
        i.a = b
        i.b = NIL
        return _neg(f, i)
    if a.op == CONST and a.imm == 1 and i.ty <= I128 and known_bool(b):       # 1 - truth
        i.op = XOR
        i.a = b
        i.b = a
        return _xor(f, i)
    if a.op == ADD and a.ty == i.ty and i.ty != PTR:
        if a.b is b:
            return a.a
        if a.a is b:
            return a.b
    if b.op == ADD and b.a is a and b.ty == i.ty:      # x - (x + y)
        i.op = NEG
        i.a = b.b
        i.b = NIL
        return _neg(f, i)
    if a.op == BITCAST and b.op == BITCAST:
        return _address_difference(f, i, a.a, b.a)
    return i


def _address_difference(f: Function, i: Instr, p: Instr, q: Instr) -> Instr:
    """(integer)p - (integer)q where both point into one object, or one is the other plus an integer."""
    if p.ty != PTR or q.ty != PTR:
        return i
    if p is q:
        return f.const(i.ty, 0)
    if p.op == q.op and p.op in (GLOBAL, SLOT) and p.aux is q.aux:
        return f.const(i.ty, p.imm - q.imm)
    if p.op == ADD and p.a is q and p.b.ty == i.ty:
        return p.b
    if q.op == ADD and q.a is p and q.b.ty == i.ty and q.b.op == CONST:
        return f.const(i.ty, -q.b.imm)
    if p.op == ADD and q.op == ADD and p.a is q.a and p.b.op == CONST and q.b.op == CONST:
        return f.const(i.ty, p.b.imm - q.b.imm)
    return i


def _neg(f: Function, i: Instr) -> Instr:
    a = i.a
    if a.op == CONST:
        return f.const(i.ty, -a.imm)
    if a.op == NEG:
        return a.a
    if a.op == SUB and a.ty == i.ty and a.ty <= I128:
        i.op = SUB
        i.a = a.b
        i.b = a.a
    return i


def _not(f: Function, i: Instr) -> Instr:
    a = i.a
    if a.op == CONST:
        return f.const(i.ty, ~a.imm)
    if a.op == NOT:
        return a.a
    if a.op == NEG and i.ty <= I128:               # ~-x is x - 1
        i.op = ADD
        i.a = a.a
        i.b = f.const(i.ty, -1)
        return _add(f, i)
    if a.op == ADD and a.b.op == CONST and i.ty <= I128:       # ~(x + c) is (-c - 1) - x
        i.op = SUB
        i.a = f.const(i.ty, -a.b.imm - 1)
        i.b = a.a
        return _sub(f, i)
    return i


def _mul(f: Function, i: Instr) -> Instr:
    if i.ty > I128:
        return i
    if i.a.op == CONST:
        r = _constant_left(f, i)
        if r is not NIL:
            return r
    a = i.a
    b = i.b
    if b.op != CONST:
        return i
    c = b.imm
    if c == 0:
        return b
    if c == 1:
        return a
    if c & (c - 1) == 0:
        i.op = SHL
        i.b = f.const(I32, c.bit_length() - 1)
        return _shift(f, i)
    if c == (1 << width(f, i.ty)) - 1:
        i.op = NEG
        i.b = NIL
        return _neg(f, i)
    if a.op == MUL and a.b.op == CONST:
        i.a = a.a
        i.b = f.const(i.ty, a.b.imm * c)
        return _mul(f, i)
    if a.op == SHL and a.b.op == CONST:
        i.a = a.a
        i.b = f.const(i.ty, c << a.b.imm)
        return _mul(f, i)
    return i


def _divide(f: Function, i: Instr) -> Instr:
    if i.ty > I128:
        return i
    r = _binary_constants(f, i)
    if r is not NIL:
        return r
    b = i.b
    if b.op != CONST:
        return i
    c = b.imm
    op = i.op
    if c == 1:
        return i.a if op in (SDIV, UDIV) else f.const(i.ty, 0)
    if c and c & (c - 1) == 0:
        if op == UDIV:
            i.op = SHR
            i.b = f.const(I32, c.bit_length() - 1)
            return _shift(f, i)
        if op == UREM:
            i.op = AND
            i.b = f.const(i.ty, c - 1)
            return _and(f, i)
    if op == UDIV and i.a.op == UDIV and i.a.b.op == CONST:
        p = i.a.b.imm * c
        if p < 1 << width(f, i.ty):
            i.b = f.const(i.ty, p)
            i.a = i.a.a
    return i


def _and(f: Function, i: Instr) -> Instr:
    if i.a.op == CONST and i.ty <= PTR:
        r = _constant_left(f, i)
        if r is not NIL:
            return r
    a = i.a
    b = i.b
    if a is b:
        return a
    if i.ty > I128 or b.op != CONST:
        if a.op == NOT and a.a is b or b.op == NOT and b.a is a:
            return f.const(i.ty, 0) if i.ty <= I128 else i
        return i
    c = b.imm
    bits = width(f, i.ty)
    if c == 0:
        return b
    if c == (1 << bits) - 1:
        return a
    if a.op == AND and a.b.op == CONST:
        i.a = a.a
        i.b = f.const(i.ty, a.b.imm & c)
        return _and(f, i)
    if a.op == OR and a.b.op == CONST and a.b.imm & c == 0:     # (x | 3) & ~3
        i.a = a.a
        return _and(f, i)
    if a.op == OR and a.b.op == CONST and a.b.imm & c == c:
        return f.const(i.ty, c)
    limit = known_ones_limit(f, a)
    if limit & c == 0:
        return f.const(i.ty, 0)
    if limit & ~c == 0:
        return a
    if c == 1 and a.op in (ZEXT, TRUNC, SEXT) and known_bool(a.a):
        return a
    if a.op == ZEXT and a.a.op == TRUNC and a.a.a.ty == i.ty and c < 1 << TYPE_BITS[a.a.ty]:
        i.a = a.a.a
        return _and(f, i)
    if a.op == SEXT and c < 1 << TYPE_BITS[a.a.ty]:
        # Only bits of the narrow value remain: a zero extension says so to everyone.
        m = (1 << TYPE_BITS[a.a.ty]) - 1
        if c == m:
            i.op = ZEXT
            i.a = a.a
            i.b = NIL
    return i


def _or(f: Function, i: Instr) -> Instr:
    if i.a.op == CONST and i.ty <= PTR:
        r = _constant_left(f, i)
        if r is not NIL:
            return r
    a = i.a
    b = i.b
    if a is b:
        return a
    if i.ty > I128 or b.op != CONST:
        return _rotate(f, i) if i.ty <= I128 else i
    c = b.imm
    if c == 0:
        return a
    if c == (1 << width(f, i.ty)) - 1:
        return b
    if a.op == OR and a.b.op == CONST:
        i.a = a.a
        i.b = f.const(i.ty, a.b.imm | c)
        return _or(f, i)
    if a.op == AND and a.b.op == CONST and a.b.imm | c == (1 << width(f, i.ty)) - 1:
        i.a = a.a               # what the mask clears is set anyway
        return _or(f, i)
    return i


def _rotate(f: Function, i: Instr) -> Instr:
    """x << c | x >> (width - c)."""
    a = i.a
    b = i.b
    if a.op == SHR and b.op == SHL:
        a, b = b, a
    if a.op == SHL and b.op == SHR and a.a is b.a:
        bits = width(f, i.ty)
        if a.b.op == CONST and b.b.op == CONST:
            if a.b.imm + b.b.imm != bits:
                return i
        elif not _complements(a.b, b.b, bits):
            return i
        i.op = ROTL
        i.a = a.a
        i.b = a.b
        return _shift(f, i)
    return i


def _complements(n: Instr, m: Instr, bits: int) -> bool:
    """Whether two variable counts are n and -n modulo `bits`."""
    n = _count(n, bits)
    m = _count(m, bits)
    return _count(negated_count(n, bits), bits) is m or _count(negated_count(m, bits), bits) is n


def _count(n: Instr, bits: int) -> Instr:
    """The count without masks that leave it the same modulo `bits`."""
    while n.op == AND and n.b.op == CONST and ~n.b.imm & (bits - 1) == 0:
        n = n.a
    return n


def negated_count(n: Instr, bits: int) -> Instr:
    """The m of a count -m modulo `bits` (a power of two), written -m or bits - m; NIL if it is written otherwise."""
    if n.op == NEG:
        return n.a
    return n.b if n.op == SUB and n.a.op == CONST and n.a.imm & (bits - 1) == 0 else NIL


def _xor(f: Function, i: Instr) -> Instr:
    if i.a.op == CONST and i.ty <= PTR:
        r = _constant_left(f, i)
        if r is not NIL:
            return r
    a = i.a
    b = i.b
    if i.ty > I128:
        return i
    if a is b:
        return f.const(i.ty, 0)
    if b.op != CONST:
        return i
    c = b.imm
    if c == 0:
        return a
    if c == (1 << width(f, i.ty)) - 1:
        i.op = NOT
        i.b = NIL
        return _not(f, i)
    if a.op == XOR and a.b.op == CONST:
        i.a = a.a
        i.b = f.const(i.ty, a.b.imm ^ c)
        return _xor(f, i)
    if c == 1 and FIRST_COMPARE <= a.op <= LAST_COMPARE and a.ty == I32:
        return invert_into(f, i, a)
    return i


def _shift(f: Function, i: Instr) -> Instr:
    if i.ty > I128:
        return i
    a = i.a
    b = i.b
    if a.op == CONST:
        r = _binary_constants(f, i)
        if r is not NIL:
            return r
        if a.imm == 0 or i.op == SAR and a.imm == (1 << width(f, i.ty)) - 1:
            return a
    if b.op == ZEXT or b.op == SEXT or b.op == TRUNC:
        # A count is below 128, so extensions do not matter, except from a truncated wide one.
        if b.op != TRUNC:
            i.b = b.a
            return i
    op = i.op
    if b.op != CONST:
        if op == ROTL and b.op == AND and b.b.op == CONST and ~b.b.imm & (width(f, i.ty) - 1) == 0:
            i.b = b.a               # a rotation counts modulo the width
        return i
    bits = width(f, i.ty)
    c = b.imm
    if c == 0:
        return a
    if c >= bits and op != ROTL:
        if op == SAR:
            i.b = f.const(I32, bits - 1)
            return i
        return f.const(i.ty, 0)
    if op == SAR and known_ones_limit(f, a) >> (bits - 1) == 0:
        i.op = op = SHR
    if a.b.op != CONST:
        if a.op == ZEXT:
            narrow = TYPE_BITS[a.a.ty]
            if op == SHR and c >= narrow:
                return f.const(i.ty, 0)
            if op == SHL and narrow + c >= bits and a.a.op == TRUNC and a.a.a.ty == i.ty:
                i.a = a.a.a         # what the extension cleared is shifted out
        return i
    k = a.b.imm
    if op == SHL and a.op == AND and ~k & ((1 << (bits - c)) - 1) == 0:
        i.a = a.a               # the mask clears only what is shifted out
        return i
    if a.op == op and op != ROTL:
        if k + c >= bits:
            if op != SAR:
                return f.const(i.ty, 0)
            i.b = f.const(I32, bits - 1)
        else:
            i.b = f.const(I32, k + c)
        i.a = a.a
        return i
    if op == SHR and a.op == SHL and k == c:
        i.op = AND
        i.a = a.a
        i.b = f.const(i.ty, (1 << (bits - c)) - 1)
        return _and(f, i)
    if op == SHL and a.op in (SHR, SAR) and k == c:
        i.op = AND
        i.a = a.a
        i.b = f.const(i.ty, -(1 << c))
        return _and(f, i)
    return i


# ------------------------------------------------------------------ conversions


def _trunc(f: Function, i: Instr) -> Instr:
    a = i.a
    if a.ty > PTR:
        return i
    if a.op == CONST:
        return f.const(i.ty, a.imm)
    if a.op == UNDEF:
        return f.undef(i.ty)
    if a.ty == i.ty:
        return a
    if a.op == TRUNC:
        i.a = a.a
        return _trunc(f, i)
    if a.op in (ZEXT, SEXT):
        x = a.a
        if x.ty == i.ty:
            return x
        i.a = x
        if TYPE_BITS[x.ty] < TYPE_BITS[i.ty]:
            i.op = a.op
            return i
        return _trunc(f, i)
    if a.op == AND and a.b.op == CONST and a.b.imm & ((1 << TYPE_BITS[i.ty]) - 1) == (1 << TYPE_BITS[i.ty]) - 1:
        i.a = a.a
        return _trunc(f, i)
    return i


def _zext(f: Function, i: Instr) -> Instr:
    a = i.a
    if a.ty > PTR:
        return i
    if a.op == CONST:
        return f.const(i.ty, a.imm)
    if a.ty == i.ty:
        return a
    if a.op == ZEXT:
        i.a = a.a
        return i
    if a.op == TRUNC and a.a.ty == i.ty and known_ones_limit(f, a.a) < 1 << TYPE_BITS[a.ty]:
        return a.a
    return i


def _sext(f: Function, i: Instr) -> Instr:
    a = i.a
    if a.ty > PTR:
        return i
    if a.op == CONST:
        return f.const(i.ty, signed(a.imm, width(f, a.ty)))
    if a.ty == i.ty:
        return a
    if a.op == SEXT:
        i.a = a.a
        return i
    if a.op == ZEXT:
        i.op = ZEXT
        i.a = a.a
        return i
    if a.ty <= I128 and known_ones_limit(f, a) >> (TYPE_BITS[a.ty] - 1) == 0:
        i.op = ZEXT
        return _zext(f, i)
    return i


def _bitcast(f: Function, i: Instr) -> Instr:
    a = i.a
    if a.ty == i.ty:
        return a
    if a.op == CONST and i.ty <= PTR:
        return f.const(i.ty, a.imm)
    if a.op == CONST and i.ty < FIRST_VECTOR:
        return f.fconst(i.ty, a.imm)
    if a.op == FCONST and i.ty <= PTR:
        return f.const(i.ty, a.imm)
    if a.op == UNDEF:
        return f.undef(i.ty)
    if a.op == BITCAST:
        if a.a.ty == i.ty:
            return a.a
        i.a = a.a
        return i
    if i.ty == PTR and a.op == ADD:
        # (T *)((integer)p + c): keep the pointer visible.
        p = a.a
        if p.op == BITCAST and p.a.ty == PTR:
            i.op = ADD
            i.a = p.a
            i.b = a.b
            return _add(f, i)
        p = a.b
        if p.op == BITCAST and p.a.ty == PTR:
            i.op = ADD
            i.b = a.a
            i.a = p.a
            return _add(f, i)
    return i


# ------------------------------------------------------------------ others


def _select(f: Function, i: Instr) -> Instr:
    c = i.a
    x = i.b
    y = i.ext[0]
    if c.ty > PTR:
        return i
    if c.op == CONST:
        return x if c.imm else y
    if x is y:
        return x
    if x.op == UNDEF:
        return y
    if y.op == UNDEF:
        return x
    if known_nonzero(c):
        return x
    if c.op == EQ and c.b.op == CONST and c.b.imm == 0 and c.a.ty <= PTR:
        i.a = c.a
        i.b = y
        i.ext = [x]
        return _select(f, i)
    if c.op == NE and c.b.op == CONST and c.b.imm == 0 and c.a.ty <= PTR:
        i.a = c.a
        return _select(f, i)
    if x.op == CONST and y.op == CONST and i.ty <= I128:
        if y.imm == 0 and x.imm == 1:
            if known_bool(c):
                if c.ty == i.ty:
                    return c
                i.op = ZEXT if TYPE_BITS[i.ty] > width(f, c.ty) else TRUNC
                i.b = NIL
                i.ext = NO_EXT
                return i
            if i.ty == I32:
                i.op = NE
                i.b = f.const(c.ty, 0)
                i.ext = NO_EXT
                return i
        if y.imm == 1 and x.imm == 0 and i.ty == I32:
            i.op = EQ
            i.b = f.const(c.ty, 0)
            i.ext = NO_EXT
            return compare(f, i)
    return i


def _copy(f: Function, i: Instr) -> Instr:
    return i if i.flags & OPAQUE else i.a


def _constp(f: Function, i: Instr) -> Instr:
    a = i.a
    if a.op == CONST or a.op == FCONST:
        return f.const(I32, 1)
    return i


def _expect(f: Function, i: Instr) -> Instr:
    if i.a.op == CONST:
        return i.a
    return i


def _memory(f: Function, i: Instr) -> Instr:
    """Fold constant parts of the address into the offset; leaves keep offset 0."""
    a = i.a
    while True:
        if a.op == ADD and a.b.op == CONST and a.a.ty == PTR:
            offset = i.imm + signed(a.b.imm, width(f, PTR))
            if not -OFFSET_LIMIT <= offset < OFFSET_LIMIT:
                return i
            i.imm = offset
            i.a = a = a.a
            continue
        if (a.op == GLOBAL or a.op == SLOT) and a.imm:
            i.imm += a.imm
            i.a = a = _slot_offset(f, a, -a.imm) if a.op == SLOT else _add_offset(f, a, -a.imm)
        return i


def _branch(f: Function, i: Instr) -> Instr:
    """Normalise the condition: `x != 0` and boolean extensions are tested directly."""
    a = i.a
    while True:
        if a.op == NE and a.b.op == CONST and a.b.imm == 0 and a.a.ty <= PTR or a.op in (ZEXT, SEXT) and a.a.ty <= I128 \
                or a.op == TRUNC and known_bool(a.a):
            i.a = a = a.a
            continue
        if a.op == TRUNC and a.a.ty <= I128 and known_ones_limit(f, a.a) < 1 << TYPE_BITS[a.ty]:
            i.a = a = a.a
            continue
        if a.op == EXPECT and a.a.ty <= PTR:
            if i.imm == 0:
                i.imm = 900 if a.imm else 100
            i.a = a = a.a
            continue
        return i


def _float_binary(f: Function, i: Instr) -> Instr:
    a = i.a
    b = i.b
    if a.op == FCONST and b.op == FCONST:
        r = floatfold.binary(i.op, i.ty, a.imm, b.imm)
        if r is not None:
            return f.fconst(i.ty, r)
    return i


def _float_unary(f: Function, i: Instr) -> Instr:
    a = i.a
    if a.op == FCONST:
        r = floatfold.unary(i.op, i.ty, a.imm)
        if r is not None:
            return f.fconst(i.ty, r)
    if i.op == FNEG and a.op == FNEG:
        return a.a
    return i


def _float_compare(f: Function, i: Instr) -> Instr:
    a = i.a
    b = i.b
    if a.op == FCONST and b.op == FCONST:
        r = floatfold.compare(i.op, a.ty, a.imm, b.imm)
        if r is not None:
            return f.const(I32, r)
    if i.op == FLT and a.op == FABS and b.op == FCONST and b.imm == 0:
        return f.const(I32, 0)          # |x| < 0
    return i


def _float_convert(f: Function, i: Instr) -> Instr:
    a = i.a
    if a.op == FCONST or a.op == CONST:
        r = floatfold.convert(i.op, a.ty, i.ty, a.imm)
        if r is not None:
            return f.const(i.ty, r) if i.op in (FTOSI, FTOUI) else f.fconst(i.ty, r)
    if a.ty == i.ty and i.op == FCVT:
        return a
    return i


def _unary(f: Function, i: Instr) -> Instr:
    a = i.a
    if a.op == CONST and i.ty <= I128:
        r = fold_unary(i.op, a.imm, width(f, i.ty))
        if r is not None:
            return f.const(i.ty, r)
    if i.op == BSWAP and a.op == BSWAP:
        return a.a
    return i


def _high(f: Function, i: Instr) -> Instr:
    if i.ty > I128:
        return i
    if i.a.op == CONST:
        r = _constant_left(f, i)
        if r is not NIL:
            return r
    if i.b.op == CONST and i.b.imm == 0:
        return i.b
    return i


RULES: Final[list[Rule]] = [_same] * NUM_OPS


def _table() -> None:
    rows: list[tuple[tuple[int, ...], Rule]] = [
        ((ADD,), _add), ((SUB,), _sub), ((MUL,), _mul), ((SDIV, UDIV, SREM, UREM), _divide),
        ((AND,), _and), ((OR,), _or), ((XOR,), _xor), ((SHL, SHR, SAR, ROTL), _shift), ((SMULH, UMULH), _high),
        ((NEG,), _neg), ((NOT,), _not), ((BSWAP, CLZ, CTZ, POPCOUNT), _unary),
        ((FADD, FSUB, FMUL, FDIV, FCOPYSIGN), _float_binary), ((FNEG, FABS, FSQRT), _float_unary),
        ((EQ, NE, SLT, SLE, ULT, ULE), compare), ((FEQ, FNE, FLT, FLE, FUNORD), _float_compare),
        ((TRUNC,), _trunc), ((ZEXT,), _zext), ((SEXT,), _sext), ((BITCAST,), _bitcast),
        ((FCVT, FTOSI, FTOUI, SITOF, UITOF), _float_convert), ((SELECT,), _select), ((COPY,), _copy),
        ((CONSTP,), _constp), ((EXPECT,), _expect), ((LOAD, STORE), _memory), ((BRANCH,), _branch),
    ]
    for ops, rule in rows:
        for op in ops:
            RULES[op] = rule


_table()


def simplify(function: Function, i: Instr) -> Instr:
    """The value that stands for `i` (see the module's docstring)."""
    op = i.op
    v = RULES[op](function, i)
    while v is i and i.op != op:
        op = i.op
        v = RULES[op](function, i)
    return v
