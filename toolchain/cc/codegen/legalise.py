"""Legalisation: what selection has no pattern for becomes what it has.

One walk over the function.  Integer arithmetic narrower than 32 bits is promoted; missing operations
become sequences (`sequences.py`) or calls of support routines (`libcalls.py`); hints that nothing
decided get their default.  Values wider than two words are split later, after ABI lowering
(`pairs.py`), vectors before (`vectors.py`).

Before:  %3 = add i8 %1, %2              After:  %4 = any-extend i32 %1 ; %5 = any-extend i32 %2
                                                 %6 = add i32 %4, %5 ; %3' = trunc i8 %6
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen import libcalls, sequences
from toolchain.cc.codegen.build import IrBuilder
from toolchain.cc.codegen.libcalls import Library
from toolchain.cc.codegen.target import LEGAL, LIBCALL, BackTarget
from toolchain.cc.ir.cfg import resolve_operands, resolve_uses
from toolchain.cc.ir.ir import (
    ADD,
    AND,
    BF16,
    BRANCH,
    BSWAP,
    CLZ,
    CONST,
    CONSTP,
    CTZ,
    EXPECT,
    F16,
    F32,
    F80,
    F128,
    FABS,
    FADD,
    FCONST,
    FCOPYSIGN,
    FCVT,
    FEQ,
    FIRST_COMPARE,
    FNEG,
    FSQRT,
    FTOSI,
    FTOUI,
    FUNORD,
    I8,
    I16,
    I32,
    I64,
    I128,
    LAST_COMPARE,
    MUL,
    NEG,
    NIL,
    NOT,
    OBJSIZE,
    OR,
    POPCOUNT,
    ROTL,
    SAR,
    SDIV,
    SELECT,
    SEXT,
    SHL,
    SHR,
    SITOF,
    SLE,
    SLT,
    SMULH,
    SREM,
    SUB,
    SWITCH,
    UDIV,
    UITOF,
    UMULH,
    UREM,
    XOR,
    Function,
    Instr,
)

ANY_NARROW: Final = frozenset((ADD, SUB, MUL, AND, OR, XOR, NEG, NOT))
ZERO_NARROW: Final = frozenset((UDIV, UREM, CTZ, POPCOUNT))
SIGN_NARROW: Final = frozenset((SDIV, SREM))
SHIFTS: Final = frozenset((SHL, SHR, SAR))
BITS_OF: Final = {I8: 8, I16: 16, I32: 32, I64: 64, I128: 128}


class Legaliser:
    """One function's legalisation."""

    def __init__(self, func: Function, target: BackTarget, lib: Library) -> None:
        self.func = func
        self.target = target
        self.lib = lib
        self.b = IrBuilder(func)
        self.integers = (I8, I16, I32, I64, I128)

    def run(self) -> None:
        """Rewrite all blocks in place."""
        for block in self.func.blocks:
            self.b.out = []
            for i in block.instrs:
                resolve_operands(i)
                self.visit(i)
            block.instrs = self.b.out
        resolve_uses(self.func)

    def visit(self, i: Instr) -> None:
        """Legalise one instruction: append it, or what replaces it."""
        op = i.op
        b = self.b
        b.loc = i.loc
        if ADD <= op <= POPCOUNT:
            v = self.integer(i)
        elif FADD <= op <= FCOPYSIGN:
            v = self.floating(i)
        elif FIRST_COMPARE <= op <= LAST_COMPARE:
            v = self.comparison(i)
        elif FCVT <= op <= UITOF:
            v = self.conversion(i)
        elif op == SELECT:
            i.a = self.condition(i.a)
            v = i
        elif op == BRANCH or op == SWITCH:
            if I8 <= i.a.ty < I32:
                i.a = b.zext(I32, i.a)
            v = i
        elif op == CONSTP:
            v = b.const(I32, 1 if i.a.op in (CONST, FCONST) else 0)
        elif op == EXPECT:
            v = i.a
        elif op == OBJSIZE:
            v = b.const(i.ty, 0 if i.imm & 2 else -1)
        else:
            v = i
        if v is i:
            b.out.append(i)
        else:
            i.fwd = v

    def condition(self, c: Instr) -> Instr:
        """A condition as at least 32 bits."""
        return self.b.zext(I32, c) if I8 <= c.ty < I32 else c

    # ---------------------------------------------------------------- integers
    def integer(self, i: Instr) -> Instr:
        """Integer arithmetic."""
        ty = i.ty
        if ty >> 8:
            return i
        if SHL <= i.op <= ROTL:
            self.shift_count(i)
        if ty < I32:
            return self.narrow(i)
        how = self.target.legal(i.op, ty)
        if how == LEGAL:
            return i
        op = i.op
        if how == LIBCALL and op in libcalls.BINARY and not (ty != I128 and op in SHIFTS):
            return self.routine(i)
        b = self.b
        if op == ROTL:
            return sequences.rotate(b, i.a, i.b, BITS_OF[ty])
        if op == BSWAP:
            return sequences.byte_swap(b, i.a, BITS_OF[ty])
        if op == CLZ:
            return sequences.leading_zeros(b, self.target, i.a, BITS_OF[ty])
        if op == CTZ:
            return sequences.trailing_zeros(b, self.target, i.a, BITS_OF[ty])
        if op == POPCOUNT:
            return sequences.population(b, i.a, BITS_OF[ty])
        if op in (SMULH, UMULH):
            wide = ty + 1
            x, y = (b.zext(wide, i.a), b.zext(wide, i.b)) if op == UMULH else (b.op(SEXT, wide, i.a), b.op(SEXT, wide, i.b))
            p = b.op(MUL, wide, x, y)
            return b.trunc(ty, b.binary_imm(SHR, p, BITS_OF[ty]))
        if op == NOT:
            return b.op(XOR, ty, i.a, b.const(ty, -1))
        if op == NEG:
            return b.op(SUB, ty, b.const(ty, 0), i.a)
        return i

    def shift_count(self, i: Instr) -> None:
        """Bring a shift count to 32 bits or the word, which is what selection and routines take."""
        c = i.b
        if c.op == CONST:
            if c.ty != I32:
                i.b = self.b.const(I32, c.imm)
        elif c.ty < I32:
            i.b = self.b.zext(I32, c)
        elif c.ty == I128 or (c.ty == I64 and self.target.word_bytes == 4) or i.ty == I128:
            i.b = self.b.trunc(I32, c)

    def routine(self, i: Instr) -> Instr:
        """A two-operand support routine."""
        signed = i.op not in (UDIV, UREM)
        return libcalls.library_call(self.b, self.lib, libcalls.binary_routine(i.op, i.ty), i.ty, [i.a, i.b], signed)

    def narrow(self, i: Instr) -> Instr:
        """8- and 16-bit arithmetic in 32 bits."""
        b = self.b
        op = i.op
        ty = i.ty
        width = BITS_OF[ty]
        if op in ANY_NARROW:
            x = b.any_extend(I32, i.a)
            r = self.sub(op, x, NIL if i.b is NIL else b.any_extend(I32, i.b))
        elif op in ZERO_NARROW:
            r = self.sub(op, b.zext(I32, i.a), NIL if i.b is NIL else b.zext(I32, i.b))
        elif op in SIGN_NARROW:
            r = self.sub(op, self.sext(i.a), self.sext(i.b))
        elif op == SHL:
            r = self.sub(SHL, b.any_extend(I32, i.a), i.b)
        elif op == SHR:
            r = self.sub(SHR, b.zext(I32, i.a), i.b)
        elif op == SAR:
            r = self.sub(SAR, self.sext(i.a), i.b)
        elif op == ROTL:
            x = b.zext(I32, i.a)
            n = b.op(AND, i.b.ty, i.b, b.const(i.b.ty, width - 1))
            m = b.op(AND, i.b.ty, b.op(SUB, i.b.ty, b.const(i.b.ty, 0), i.b), b.const(i.b.ty, width - 1))
            r = b.op(OR, I32, b.op(SHL, I32, x, n), b.op(SHR, I32, x, m))
        elif op == BSWAP:
            x = b.zext(I32, i.a)
            r = b.op(OR, I32, b.binary_imm(SHL, x, 8), b.binary_imm(SHR, x, 8)) if width == 16 else x
        elif op == CLZ:
            r = b.op(SUB, I32, self.sub(CLZ, b.zext(I32, i.a), NIL), b.const(I32, 32 - width))
        else:
            wide = b.zext if op == UMULH else b.any_extend
            x, y = (wide(I32, i.a), wide(I32, i.b)) if op == UMULH else (self.sext(i.a), self.sext(i.b))
            r = b.binary_imm(SHR, b.op(MUL, I32, x, y), width)
        return b.trunc(ty, r)

    def sub(self, op: int, x: Instr, y: Instr) -> Instr:
        """A 32-bit operation, itself legalised."""
        i = self.func.instr(op, I32, x, y, 0, self.b.loc)
        v = self.integer(i)
        if v is i:
            self.b.out.append(i)
        return v

    def sext(self, x: Instr) -> Instr:
        """Sign-extended to 32 bits."""
        if x.op == CONST:
            bits = BITS_OF[x.ty]
            v = x.imm
            return self.b.const(I32, v - (1 << bits) if v >> (bits - 1) & 1 else v)
        return self.b.op(SEXT, I32, x)

    # ---------------------------------------------------------------- comparisons
    def comparison(self, i: Instr) -> Instr:
        """Comparisons of narrow integers and of soft floats."""
        ty = i.a.ty
        op = i.op
        b = self.b
        if ty >> 8:
            return i
        if op >= FEQ:
            if ty in (F16, BF16) and self.target.legal(op, ty) != LEGAL:
                i.a = self.extend_half(i.a)
                i.b = self.extend_half(i.b)
                return self.comparison(i)
            if self.target.legal(op, ty) == LEGAL:
                return i
            if op == FUNORD and self.target.legal(FEQ, ty) == LEGAL:
                x = b.op(FEQ, I32, i.a, i.a)
                y = b.op(FEQ, I32, i.b, i.b) if i.b is not i.a else x
                return b.op(XOR, I32, b.op(AND, I32, x, y) if y is not x else x, b.const(I32, 1))
            return libcalls.compare(b, self.lib, op, i.a, i.b)
        if ty < I32:
            if op in (SLT, SLE):
                i.a = self.sext(i.a)
                i.b = self.sext(i.b)
            else:
                i.a = b.zext(I32, i.a)
                i.b = b.zext(I32, i.b)
        return i

    # ---------------------------------------------------------------- floating point
    def floating(self, i: Instr) -> Instr:
        """Floating arithmetic."""
        ty = i.ty
        op = i.op
        b = self.b
        if ty >> 8:
            return i
        if self.target.legal(op, ty) == LEGAL:
            return i
        if op in (FNEG, FABS, FCOPYSIGN):
            return self.sign_bits(i)
        if ty in (F16, BF16):
            n = self.func.instr(op, F32, self.extend_half(i.a), self.extend_half(i.b) if i.b is not NIL else NIL, 0, i.loc)
            v = self.floating(n)
            if v is n:
                b.out.append(n)
            return self.truncate_half(v, ty)
        if op in libcalls.BINARY:
            return libcalls.library_call(b, self.lib, libcalls.binary_routine(op, ty), ty, [i.a, i.b])
        if op == FSQRT:
            name = {F32: "sqrtf", F128: "sqrtl", F80: "sqrtl"}.get(ty, "sqrt")
            return libcalls.library_call(b, self.lib, name, ty, [i.a])
        return i

    def extend_half(self, x: Instr) -> Instr:
        """A 16-bit float as F32."""
        b = self.b
        if x.ty == BF16:
            bits = b.zext(I32, b.bitcast(I16, x))
            return b.bitcast(F32, b.binary_imm(SHL, bits, 16))
        if x.ty != F16:
            return x
        if self.target.legal(FCVT, F16) == LEGAL:
            return b.op(FCVT, F32, x)
        return libcalls.library_call(b, self.lib, "__extendhfsf2", F32, [x])

    def truncate_half(self, x: Instr, ty: int) -> Instr:
        """F32 as a 16-bit float."""
        if self.target.legal(FCVT, ty) == LEGAL:
            return self.b.op(FCVT, ty, x)
        return libcalls.library_call(self.b, self.lib, "__truncsfhf2" if ty == F16 else "__truncsfbf2", ty, [x])

    def sign_bits(self, i: Instr) -> Instr:
        """FNEG, FABS, FCOPYSIGN on the bits of the value."""
        b = self.b
        ty = i.ty
        bits = {F16: 16, BF16: 16, F32: 32, F80: 80, F128: 128}.get(ty, 64)
        whole = {16: I16, 32: I32, 64: I64, 128: I128}[bits]
        mask = 1 << (bits - 1)
        x = b.bitcast(whole, i.a)
        wide = I32 if whole == I16 else whole
        x = b.any_extend(wide, x)
        if i.op == FNEG:
            x = b.op(XOR, wide, x, b.const(wide, mask))
        else:
            x = b.op(AND, wide, x, b.const(wide, mask - 1))
            if i.op == FCOPYSIGN:
                y = b.any_extend(wide, b.bitcast(whole, i.b))
                x = b.op(OR, wide, x, b.op(AND, wide, y, b.const(wide, mask)))
        return b.bitcast(ty, b.trunc(whole, x))

    # ---------------------------------------------------------------- conversions
    def conversion(self, i: Instr) -> Instr:
        """Conversions between and with floating types."""
        op = i.op
        b = self.b
        ty = i.ty
        x = i.a
        if ty >> 8 or x.ty >> 8:
            return i
        if op == FCVT:
            return self.float_to_float(i)
        if op in (FTOSI, FTOUI):
            if ty < I32:
                n = self.func.instr(FTOSI, I32, x, NIL, 0, i.loc)
                v = self.conversion(n)
                if v is n:
                    b.out.append(n)
                return b.trunc(ty, v)
            if x.ty in (F16, BF16) and self.target.legal(op, x.ty) != LEGAL:
                i.a = x = self.extend_half(x)
            if self.target.legal(op, x.ty) == LEGAL and ty <= self.target.word_type:
                return i
            return libcalls.to_integer(b, self.lib, op, x, ty)
        if op not in (SITOF, UITOF):
            return i
        if x.ty < I32:
            x = i.a = self.sext(x) if op == SITOF else b.zext(I32, x)
            if op == UITOF:
                i.op = op = SITOF
        if ty in (F16, BF16) and self.target.legal(op, ty) != LEGAL:
            n = self.func.instr(op, F32, x, NIL, 0, i.loc)
            v = self.conversion(n)
            if v is n:
                b.out.append(n)
            return self.truncate_half(v, ty)
        if self.target.legal(op, ty) == LEGAL and x.ty <= self.target.word_type:
            return i
        return libcalls.from_integer(b, self.lib, op, x, ty)

    def float_to_float(self, i: Instr) -> Instr:
        """FCVT."""
        x, ty = i.a, i.ty
        if x.ty == ty:
            return x
        for t in (x.ty, ty):
            if t in (F16, BF16) and self.target.legal(FCVT, t) != LEGAL:
                if t == x.ty:
                    i.a = self.extend_half(x)
                    return self.float_to_float(i) if ty != F32 else i.a
                if x.ty != F32:
                    x = libcalls.float_convert(self.b, self.lib, x, F32) if self.target.legal(FCVT, x.ty) != LEGAL else self.b.op(FCVT, F32, x)
                return self.truncate_half(x, ty)
        if self.target.legal(FCVT, x.ty) == LEGAL and self.target.legal(FCVT, ty) == LEGAL:
            return i
        return libcalls.float_convert(self.b, self.lib, x, ty)



def legalise(func: Function, target: BackTarget, lib: Library) -> None:
    """Legalise `func` in place."""
    Legaliser(func, target, lib).run()
