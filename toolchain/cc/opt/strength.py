"""Strength reduction: expensive operations with a constant operand.

    %2 = sdiv i32 %1, 8       ->   %3 = sar i32 %1, 31 ; %4 = shr i32 %3, 29 ; %5 = add i32 %1, %4 ; %2 = sar i32 %5, 3
    %2 = udiv i32 %1, 10      ->   %3 = zext i64 %1 ; %4 = mul i64 %3, 0xcccccccd ; %5 = shr i64 %4, 35 ; %2 = trunc i32 %5
    %2 = urem i64 %1, 10      ->   %3 = the quotient by umulh ; %4 = mul i64 %3, 10 ; %2 = sub i64 %1, %4
    %2 = mul i32 %1, 9        ->   %3 = shl i32 %1, 3 ; %2 = add i32 %3, %1

Division by multiplication (Granlund and Montgomery, "Division by Invariant Integers using Multiplication", 1994; Warren,
"Hacker's Delight", chapter 10) only where speed is wanted; by powers of two and multiplication by 2^n +- 1 always.
"""
from __future__ import annotations

from toolchain.cc.ir.cfg import reachable, resolve_operands, resolve_uses
from toolchain.cc.ir.fold import simplify
from toolchain.cc.ir.ir import (
    ADD,
    AND,
    CONST,
    I32,
    I64,
    I128,
    MUL,
    NIL,
    SAR,
    SDIV,
    SEXT,
    SHL,
    SHR,
    SMULH,
    SREM,
    SUB,
    TRUNC,
    TYPE_BITS,
    UDIV,
    UMULH,
    UREM,
    ZEXT,
    Function,
    Instr,
)
from toolchain.cc.opt.context import OptContext


def run(function: Function, ctx: OptContext) -> bool:
    """Reduce divisions, remainders and multiplications by constants."""
    r = _Reducer(function, ctx)
    for b in reachable(function):
        r.out = []
        for i in b.instrs:
            resolve_operands(i)
            if i.ty <= I128 and i.b.op == CONST and i.op in (MUL, SDIV, UDIV, SREM, UREM):
                v = r.reduce(i)
                if v is not NIL:
                    i.fwd = v
                    r.changed = True
                    continue
            r.out.append(i)
        b.instrs = r.out
    if r.changed:
        resolve_uses(function)
    return r.changed


class _Reducer:
    def __init__(self, function: Function, ctx: OptContext) -> None:
        self.f = function
        self.ctx = ctx
        self.out: list[Instr] = []
        self.changed = False
        self.loc = 0

    def emit(self, op: int, ty: int, a: Instr, b: Instr = NIL) -> Instr:
        i = self.f.instr(op, ty, a, b, 0, self.loc)
        v = simplify(self.f, i)
        if v is i:
            self.out.append(i)
        return v

    def count(self, n: int) -> Instr:
        return self.f.const(I32, n)

    def reduce(self, i: Instr) -> Instr:
        """The replacement, NIL for none."""
        self.loc = i.loc
        ty = i.ty
        bits = TYPE_BITS[ty]
        if bits > self.ctx.word_bits:
            return NIL
        c = i.b.imm
        op = i.op
        if op == MUL:
            return self.multiply(i, c, bits)
        if c < 2:
            return NIL
        negative = op in (SDIV, SREM) and bool(c >> (bits - 1))
        magnitude = (1 << bits) - c if negative else c
        if magnitude < 2:
            return NIL
        if op in (SDIV, SREM) and magnitude & (magnitude - 1) == 0 and magnitude < 1 << (bits - 1):
            return self.signed_power(i, magnitude.bit_length() - 1, bits, negative)
        if self.f.for_size or not self.ctx.has_multiply_high or bits < 32:
            return NIL
        x = i.a
        if op in (UDIV, UREM):
            q = self.unsigned_quotient(x, ty, bits, c)
        else:
            if magnitude >= 1 << (bits - 1):
                return NIL
            q = self.signed_quotient(x, ty, bits, magnitude)
            if negative and op == SDIV:
                q = self.emit(SUB, ty, self.f.const(ty, 0), q)
        if op in (UDIV, SDIV):
            return q
        product = self.emit(MUL, ty, q, self.f.const(ty, magnitude))
        return self.emit(SUB, ty, x, product)

    def multiply(self, i: Instr, c: int, bits: int) -> Instr:
        """x * (2^n + 1) and x * (2^n - 1), also shifted."""
        if bits < 32 or c < 3:
            return NIL
        low = (c & -c).bit_length() - 1
        odd = c >> low
        if low and self.f.for_size:
            return NIL
        ty = i.ty
        x = i.a
        if (odd - 1) & (odd - 2) == 0 and odd > 2:
            v = self.emit(ADD, ty, self.emit(SHL, ty, x, self.count((odd - 1).bit_length() - 1)), x)
        elif odd & (odd + 1) == 0 and odd.bit_length() < bits:
            v = self.emit(SUB, ty, self.emit(SHL, ty, x, self.count(odd.bit_length())), x)
        else:
            return NIL
        return self.emit(SHL, ty, v, self.count(low)) if low else v

    def signed_power(self, i: Instr, k: int, bits: int, negative: bool) -> Instr:
        """Division by 2^k rounds towards zero: negative numbers get 2^k - 1 first."""
        ty = i.ty
        x = i.a
        if k == 1:
            bias = self.emit(SHR, ty, x, self.count(bits - 1))
        else:
            bias = self.emit(SHR, ty, self.emit(SAR, ty, x, self.count(bits - 1)), self.count(bits - k))
        biased = self.emit(ADD, ty, x, bias)
        if i.op == SREM:
            return self.emit(SUB, ty, self.emit(AND, ty, biased, self.f.const(ty, (1 << k) - 1)), bias)
        q = self.emit(SAR, ty, biased, self.count(k))
        return self.emit(SUB, ty, self.f.const(ty, 0), q) if negative else q

    def unsigned_quotient(self, x: Instr, ty: int, bits: int, c: int) -> Instr:
        f = self.f
        if bits == 32 and self.ctx.word_bits == 64:
            wide = self.emit(ZEXT, I64, x)
            shift = (c - 1).bit_length()
            for s in range(shift + 1):
                m = -(-(1 << (32 + s)) // c)
                # Exact for all 32-bit x if the error, (m * c - 2^(32 + s)) * x, stays below 2^(32 + s).
                if m < 1 << 32 and (m * c - (1 << (32 + s))) << 32 <= 1 << (32 + s):
                    return self.emit(TRUNC, ty, self.emit(SHR, I64, self.emit(MUL, I64, wide, f.const(I64, m)), self.count(32 + s)))
            m = -(-(1 << 64) // c)
            return self.emit(TRUNC, ty, self.emit(UMULH, I64, wide, f.const(I64, m)))
        shift = (c - 1).bit_length()
        for s in range(shift + 1):
            m = -(-(1 << (bits + s)) // c)
            if m < 1 << bits and (m * c - (1 << (bits + s))) << bits <= 1 << (bits + s):
                return self.emit(SHR, ty, self.emit(UMULH, ty, x, f.const(ty, m)), self.count(s))
        # The multiplier has bits + 1 bits: x + umulh(x, m - 2^bits) in two halves, so that it does not overflow.
        m = -(-(1 << (bits + shift)) // c) - (1 << bits)
        high = self.emit(UMULH, ty, x, f.const(ty, m))
        rest = self.emit(SHR, ty, self.emit(SUB, ty, x, high), self.count(1))
        return self.emit(SHR, ty, self.emit(ADD, ty, rest, high), self.count(shift - 1))

    def signed_quotient(self, x: Instr, ty: int, bits: int, c: int) -> Instr:
        f = self.f
        shift = max((c - 1).bit_length() - 1, 0)
        m = (1 << (bits + shift)) // c + 1
        sign = self.emit(SAR, ty, x, self.count(bits - 1))
        if bits == 32 and self.ctx.word_bits == 64:
            product = self.emit(MUL, I64, self.emit(SEXT, I64, x), f.const(I64, m))
            q = self.emit(TRUNC, ty, self.emit(SAR, I64, product, self.count(32 + shift)))
        else:
            high = self.emit(SMULH, ty, x, f.const(ty, m))
            if m >> (bits - 1):
                high = self.emit(ADD, ty, high, x)      # the constant counted as m - 2^bits
            q = self.emit(SAR, ty, high, self.count(shift))
        return self.emit(SUB, ty, q, sign)
