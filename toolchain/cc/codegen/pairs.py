"""Values of two words become pairs of words: i128 on 64-bit machines, i64 on 32-bit ones, and floating
types that live in integer registers (binary128 as a pair, narrower ones as an integer).

Before:  %3 = add i128 %1, %2            After:  %5 = add i64 %1.lo, %2.lo ; %6 = ult %5, %1.lo
                                                 %7 = add i64 %1.hi, %2.hi ; %8 = add i64 %7, zext %6

Runs after ABI lowering; divisions, multiplications and shifts by unknown counts of floating or wide
types have become calls before.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen import sequences
from toolchain.cc.codegen.abi import FunctionAbi
from toolchain.cc.codegen.build import IrBuilder, align_flag, known_align
from toolchain.cc.codegen.target import BackTarget
from toolchain.cc.ir.cfg import resolve_operands, resolve_uses
from toolchain.cc.ir.ir import (
    ADD,
    ALIGN_MASK,
    AND,
    ATOMIC_CAS,
    BITCAST,
    BRANCH,
    BSWAP,
    CLZ,
    CONST,
    COPY,
    CTZ,
    EQ,
    F16,
    F32,
    F64,
    F128,
    FCONST,
    I16,
    I32,
    I64,
    I128,
    LAST_LEAF,
    LOAD,
    MUL,
    NE,
    NEG,
    NIL,
    NOT,
    OP_NAMES,
    OR,
    PARAM,
    PHI,
    POPCOUNT,
    PROJ,
    PTR,
    ROTL,
    SAR,
    SELECT,
    SEXT,
    SHL,
    SHR,
    SLE,
    SLT,
    SMULH,
    STORE,
    SUB,
    TRUNC,
    TYPE_BITS,
    ULE,
    ULT,
    UMULH,
    UNDEF,
    XOR,
    ZEXT,
    Function,
    Instr,
    resolve,
)
from toolchain.diagnostics import ToolError

SOFT_INTEGER: Final = {F16: I16, F32: I32, F64: I64, F128: I128}


class PairSplitter:
    """One function's splitting.  `low` and `high` map the ids of wide values to their halves."""

    def __init__(self, func: Function, target: BackTarget) -> None:
        self.func = func
        self.target = target
        self.word = target.word_type
        self.wide = self.word + 1
        self.word_bits = TYPE_BITS[self.word]
        self.b = IrBuilder(func)
        self.low: dict[int, Instr] = {}
        self.high: dict[int, Instr] = {}
        self.phis: list[tuple[Instr, Instr, Instr]] = []
        self.soft = {ty: i for ty, i in SOFT_INTEGER.items() if target.is_soft(ty)}

    def run(self) -> None:
        """Split everything."""
        for block in self.func.blocks:
            for i in block.instrs:
                if i.ty in self.soft:
                    i.ty = self.soft[i.ty]
        for c in list(self.func.consts.values()):
            if c.op in (FCONST, UNDEF) and c.ty in self.soft:
                ty = self.soft[c.ty]
                c.fwd = self.func.undef(ty) if c.op == UNDEF else self.func.const(ty, c.imm)
        for block in self.func.blocks:
            for i in block.instrs:
                if i.op == PHI and i.ty == self.wide:
                    lo, hi = self.func.instr(PHI, self.word), self.func.instr(PHI, self.word)
                    self.low[i.id], self.high[i.id] = lo, hi
        for block in self.func.blocks:
            self.b.out = []
            for i in block.instrs:
                resolve_operands(i)
                self.visit(i)
            block.instrs = self.b.out
        for phi, lo, hi in self.phis:
            lo.ext = [self.halves(resolve(v))[0] for v in phi.ext]
            hi.ext = [self.halves(resolve(v))[1] for v in phi.ext]
        resolve_uses(self.func)

    def halves(self, v: Instr) -> tuple[Instr, Instr]:
        """Low and high word of a wide value."""
        if v.op == CONST:
            return self.b.const(self.word, v.imm), self.b.const(self.word, v.imm >> self.word_bits)
        if v.op == UNDEF:
            u = self.func.undef(self.word)
            return u, u
        return self.low[v.id], self.high[v.id]

    def define(self, i: Instr, lo: Instr, hi: Instr) -> None:
        """Set the halves of `i`."""
        self.low[i.id] = lo
        self.high[i.id] = hi

    def visit(self, i: Instr) -> None:
        """Split one instruction, or keep it."""
        b = self.b
        b.loc = i.loc
        op = i.op
        wide = self.wide
        if i.ty == wide:
            if op == PHI:
                lo, hi = self.low[i.id], self.high[i.id]
                b.out.append(lo)
                b.out.append(hi)
                self.phis.append((i, lo, hi))
                return
            if op > LAST_LEAF or op == PARAM:
                self.define_wide(i)
                return
        if op == STORE and i.b.ty == wide:
            self.store(i)
        elif EQ <= op <= ULE and i.a.ty == wide:
            i.fwd = self.compare(i.op, i.a, i.b)
        elif op == TRUNC and i.a.ty == wide:
            i.fwd = b.trunc(i.ty, self.halves(i.a)[0])
        elif op == BITCAST and i.a.ty == wide and i.ty in (F64, F128) and i.ty not in self.soft:
            i.fwd = self.join(i)
        elif op == BITCAST and i.a.ty == wide:
            i.fwd = self.halves(i.a)[0]
        elif op == BITCAST and i.ty == i.a.ty:
            i.fwd = i.a
        elif op == BRANCH and i.a.ty == wide:
            lo, hi = self.halves(i.a)
            i.a = b.op(OR, self.word, lo, hi)
            b.out.append(i)
        elif op == SELECT and i.a.ty == wide:
            lo, hi = self.halves(i.a)
            i.a = b.op(OR, self.word, lo, hi)
            b.out.append(i)
        else:
            b.out.append(i)

    def define_wide(self, i: Instr) -> None:
        """An instruction with a wide result."""
        b = self.b
        op = i.op
        w = self.word
        if op in (ADD, SUB, AND, OR, XOR, MUL):
            self.arithmetic(i)
        elif op == NOT:
            lo, hi = self.halves(i.a)
            self.define(i, b.op(XOR, w, lo, b.const(w, -1)), b.op(XOR, w, hi, b.const(w, -1)))
        elif op == NEG:
            lo, hi = self.halves(i.a)
            low = b.op(SUB, w, b.const(w, 0), lo)
            borrow = b.zext(w, b.op(NE, I32, lo, b.const(w, 0)))
            self.define(i, low, b.op(SUB, w, b.op(SUB, w, b.const(w, 0), hi), borrow))
        elif op in (SHL, SHR, SAR, ROTL):
            self.shift(i)
        elif op in (ZEXT, SEXT, BITCAST, COPY):
            self.convert(i)
        elif op == SELECT:
            self.select(i)
        elif op == LOAD:
            self.load(i)
        elif op == BSWAP:
            lo, hi = self.halves(i.a)
            self.define(i, self.unary(BSWAP, hi), self.unary(BSWAP, lo))
        elif op in (CLZ, CTZ, POPCOUNT):
            self.count(i)
        elif op == ATOMIC_CAS:
            self.exchange(i)
        else:
            raise ToolError(f"'{OP_NAMES[op]}' on a value of two registers is not supported on this target", i.loc)

    def exchange(self, i: Instr) -> None:
        """ATOMIC_CAS of a pair (imm 1): ext is desired low, expected high, desired high; the high word of the result is PROJ 1."""
        b = self.b
        low, high = self.halves(i.b)
        desired = self.halves(i.ext[0])
        n = b.op(ATOMIC_CAS, self.word, i.a, low, 1)
        n.ext = [desired[0], high, desired[1]]
        n.flags = i.flags
        self.define(i, n, b.op(PROJ, self.word, n, NIL, 1))

    def arithmetic(self, i: Instr) -> None:
        """ADD, SUB, AND, OR, XOR, MUL."""
        b = self.b
        w = self.word
        op = i.op
        x0, x1 = self.halves(i.a)
        y0, y1 = self.halves(i.b)
        if op == ADD:
            lo = b.op(ADD, w, x0, y0)
            if y0.op == CONST and y0.imm == 0:
                self.define(i, x0, b.op(ADD, w, x1, y1))
                return
            carry = b.zext(w, b.op(ULT, I32, lo, x0 if x0.op != CONST else y0))
            self.define(i, lo, b.op(ADD, w, b.op(ADD, w, x1, y1), carry))
        elif op == SUB:
            borrow = b.zext(w, b.op(ULT, I32, x0, y0))
            self.define(i, b.op(SUB, w, x0, y0), b.op(SUB, w, b.op(SUB, w, x1, y1), borrow))
        elif op == MUL:
            hi = self.high_product(x0, x1, y0, y1)
            self.define(i, b.op(MUL, w, x0, y0), hi)
        else:
            self.define(i, self.bitwise(op, x0, y0), self.bitwise(op, x1, y1))

    def high_product(self, x0: Instr, x1: Instr, y0: Instr, y1: Instr) -> Instr:
        """High word of a product; extended words need one multiplication."""
        b = self.b
        if self.is_sign(x1, x0) and self.is_sign(y1, y0):
            return b.op(SMULH, self.word, x0, y0)
        hi = b.op(UMULH, self.word, x0, y0)
        for p, q in ((x0, y1), (y0, x1)):
            if q.op != CONST or q.imm:
                hi = b.op(ADD, self.word, hi, b.op(MUL, self.word, p, q))
        return hi

    def is_sign(self, hi: Instr, lo: Instr) -> bool:
        """Whether `hi` is the extension of the signed word `lo`."""
        if lo.op == CONST:
            return hi.op == CONST and hi.imm == -(lo.imm >> (self.word_bits - 1)) & ((1 << self.word_bits) - 1)
        return hi.op == SAR and hi.a is lo and hi.b.op == CONST and hi.b.imm == self.word_bits - 1

    def bitwise(self, op: int, x: Instr, y: Instr) -> Instr:
        """AND, OR, XOR of words, with the constants that pairs are full of folded."""
        ones = (1 << self.word_bits) - 1
        for p, q in ((x, y), (y, x)):
            if q.op == CONST:
                if q.imm == 0:
                    return q if op == AND else p
                if q.imm == ones and op == AND:
                    return p
                if q.imm == ones and op == OR:
                    return q
        return self.b.op(op, self.word, x, y)

    def shift(self, i: Instr) -> None:
        """Shifts and rotations."""
        b = self.b
        w = self.word
        n = self.word_bits
        lo, hi = self.halves(i.a)
        if i.b.op != CONST:
            self.variable_shift(i, lo, hi)
            return
        k = i.b.imm & (2 * n - 1)
        op = i.op
        if op == ROTL:
            if k >= n:
                lo, hi = hi, lo
                k -= n
            if k == 0:
                self.define(i, lo, hi)
                return
            self.define(i, self.merge(lo, k, hi), self.merge(hi, k, lo))
        elif k == 0:
            self.define(i, lo, hi)
        elif op == SHL:
            if k >= n:
                self.define(i, b.const(w, 0), b.binary_imm(SHL, lo, k - n))
            else:
                self.define(i, b.binary_imm(SHL, lo, k), self.merge(hi, k, lo))
        else:
            fill = b.const(w, 0) if op == SHR else b.op(SAR, w, hi, b.const(I32, n - 1))
            if k >= n:
                low = hi if k == n else b.op(op, w, hi, b.const(I32, k - n))
                self.define(i, low, fill)
            else:
                low = b.op(OR, w, b.binary_imm(SHR, lo, k), b.op(SHL, w, hi, b.const(I32, n - k)))
                self.define(i, low, b.op(op, w, hi, b.const(I32, k)))

    def merge(self, x: Instr, k: int, y: Instr) -> Instr:
        """x << k | y >> (n - k)."""
        b = self.b
        a = b.binary_imm(SHL, x, k)
        c = b.binary_imm(SHR, y, self.word_bits - k)
        if a.op == CONST and a.imm == 0:
            return c
        if c.op == CONST and c.imm == 0:
            return a
        return b.op(OR, self.word, a, c)

    def variable_shift(self, i: Instr, lo: Instr, hi: Instr) -> None:
        """A shift by an unknown count, without branches: shift within the words, then swap words if the count
        has the bit of the word size."""
        b = self.b
        w = self.word
        n = self.word_bits
        op = i.op
        c = i.b
        small = b.op(AND, c.ty, c, b.const(c.ty, n - 1))
        inverse = b.op(XOR, c.ty, small, b.const(c.ty, n - 1))
        big = b.op(AND, c.ty, c, b.const(c.ty, n))
        one = b.const(I32, 1)
        if op == SHL or op == ROTL:
            low = b.op(SHL, w, lo, small)
            carry = b.op(SHR, w, b.op(SHR, w, lo, one), inverse)
            high = b.op(OR, w, b.op(SHL, w, hi, small), carry)
            if op == ROTL:
                low = b.op(OR, w, low, b.op(SHR, w, b.op(SHR, w, hi, one), inverse))
                self.define(i, self.choose(big, high, low), self.choose(big, low, high))
            else:
                self.define(i, self.choose(big, b.const(w, 0), low), self.choose(big, low, high))
            return
        high = b.op(op, w, hi, small)
        carry = b.op(SHL, w, b.op(SHL, w, hi, one), inverse)
        low = b.op(OR, w, b.op(SHR, w, lo, small), carry)
        fill = b.const(w, 0) if op == SHR else b.op(SAR, w, hi, b.const(I32, n - 1))
        self.define(i, self.choose(big, high, low), self.choose(big, fill, high))

    def choose(self, c: Instr, yes: Instr, no: Instr) -> Instr:
        """SELECT."""
        s = self.b.op(SELECT, self.word, c, yes)
        s.ext = [no]
        return s

    def join(self, i: Instr) -> Instr:
        """BITCAST of a pair to a type that lives in a register of another file: through memory."""
        b = self.b
        lo, hi = self.halves(i.a)
        p = self.func.slot_address(self.func.new_slot(16, 16))
        b.store(p, lo)
        b.store(p, hi, self.word_bits // 8)
        return b.load(i.ty, p)

    def convert(self, i: Instr) -> None:
        """ZEXT, SEXT, BITCAST, COPY to a wide type."""
        b = self.b
        w = self.word
        a = i.a
        if a.ty == self.wide:
            lo, hi = self.halves(a)
            if i.op == COPY and i.flags:
                x, y = b.op(COPY, w, lo), b.op(COPY, w, hi)
                x.flags = y.flags = i.flags
                lo, hi = x, y
            self.define(i, lo, hi)
            return
        if a.ty in (F64, F128):
            p = self.func.slot_address(self.func.new_slot(16, 16))
            b.store(p, a)
            self.define(i, b.load(w, p), b.load(w, p, self.word_bits // 8))
            return
        if a.ty == PTR:
            a = b.bitcast(w, a)
        if i.op == SEXT:
            lo = a if a.ty == w else b.op(SEXT, w, a)
            self.define(i, lo, b.op(SAR, w, lo, b.const(I32, self.word_bits - 1)))
        else:
            self.define(i, b.zext(w, a), b.const(w, 0))

    def select(self, i: Instr) -> None:
        """SELECT of wide values."""
        c = i.a
        b = self.b
        if c.ty == self.wide:
            lo, hi = self.halves(c)
            c = b.op(OR, self.word, lo, hi)
        x0, x1 = self.halves(i.b)
        y0, y1 = self.halves(i.ext[0])
        self.define(i, self.choose(c, x0, y0), self.choose(c, x1, y1))

    def load(self, i: Instr) -> None:
        """Two word loads."""
        b = self.b
        size = self.word_bits // 8
        lo = b.load(self.word, i.a, i.imm, 0, i.flags)
        hi = b.load(self.word, i.a, i.imm + size, 0, i.flags)
        self.realign(i, lo, hi, size)
        self.define(i, lo, hi)

    def store(self, i: Instr) -> None:
        """Two word stores."""
        size = self.word_bits // 8
        x, y = self.halves(i.b)
        lo = self.b.store(i.a, x, i.imm, 0, i.flags)
        hi = self.b.store(i.a, y, i.imm + size, 0, i.flags)
        self.realign(i, lo, hi, size)

    def realign(self, i: Instr, lo: Instr, hi: Instr, size: int) -> None:
        """State the halves' alignment."""
        align = known_align(i)
        for x in (lo, hi):
            x.flags &= ~ALIGN_MASK
            if align and align < size:
                x.flags |= align_flag(align)

    def unary(self, op: int, x: Instr) -> Instr:
        """A word operation that may need a sequence."""
        b = self.b
        if self.target.legal(op, self.word) == 0:
            return b.op(op, self.word, x)
        if op == BSWAP:
            return sequences.byte_swap(b, x, self.word_bits)
        if op == CLZ:
            return sequences.leading_zeros(b, self.target, x, self.word_bits)
        if op == CTZ:
            return sequences.trailing_zeros(b, self.target, x, self.word_bits)
        return sequences.population(b, x, self.word_bits)

    def count(self, i: Instr) -> None:
        """CLZ, CTZ, POPCOUNT of a pair."""
        b = self.b
        w = self.word
        lo, hi = self.halves(i.a)
        if i.op == POPCOUNT:
            v = b.op(ADD, w, self.unary(POPCOUNT, lo), self.unary(POPCOUNT, hi))
        else:
            first, second = (hi, lo) if i.op == CLZ else (lo, hi)
            rest = b.op(ADD, w, self.unary(i.op, second), b.const(w, self.word_bits))
            v = self.choose(first, self.unary(i.op, first), rest)
        self.define(i, v, b.const(w, 0))

    def compare(self, op: int, x: Instr, y: Instr) -> Instr:
        """A comparison of wide values."""
        b = self.b
        w = self.word
        x0, x1 = self.halves(x)
        y0, y1 = self.halves(y)
        if op in (EQ, NE):
            p = self.bitwise(XOR, x0, y0)
            q = self.bitwise(XOR, x1, y1)
            return b.op(op, I32, self.bitwise(OR, p, q), b.const(w, 0))
        if op == SLT and y.op == CONST and y.imm == 0:
            return b.op(SLT, I32, x1, b.const(w, 0))
        strict = SLT if op in (SLT, SLE) else ULT
        low = b.op(ULT if op in (SLT, ULT) else ULE, I32, x0, y0)
        same = b.op(EQ, I32, x1, y1)
        high = b.op(strict, I32, x1, y1)
        s = b.op(SELECT, I32, same, low)
        s.ext = [high]
        return s


def needs_splitting(func: Function, target: BackTarget) -> bool:
    """Whether any value is wide or soft."""
    wide = target.word_type + 1
    soft = {ty for ty in SOFT_INTEGER if target.is_soft(ty)}
    for block in func.blocks:
        for i in block.instrs:
            ty = i.ty
            if ty == wide or ty in soft or i.a.ty == wide or i.a.ty in soft or i.b.ty == wide or i.b.ty in soft:
                return True
            for v in i.ext:
                if v.ty == wide or v.ty in soft:
                    return True
    return False


def split_wide(func: Function, target: BackTarget, abi: FunctionAbi) -> None:
    """Split `func` in place, if it has anything to split."""
    if needs_splitting(func, target):
        PairSplitter(func, target).run()


