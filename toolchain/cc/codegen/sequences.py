"""Bit operations as sequences of plain ones, for machines without the instruction.

Source of the formulas: Henry S. Warren, Hacker's Delight, chapters 5 and 7; and arithmetic.
"""
from __future__ import annotations

from toolchain.cc.codegen.build import IrBuilder
from toolchain.cc.codegen.target import LEGAL, BackTarget
from toolchain.cc.ir.fold import negated_count
from toolchain.cc.ir.ir import ADD, AND, CLZ, CONST, MUL, NEG, NIL, OR, POPCOUNT, SHL, SHR, SUB, XOR, Instr


def rotate(b: IrBuilder, x: Instr, n: Instr, width: int) -> Instr:
    """`x << n | x >> (-n mod width)`."""
    ty = x.ty
    if n.op == CONST:
        k = n.imm % width
        if k == 0:
            return x
        return b.op(OR, ty, b.op(SHL, ty, x, b.const(n.ty, k)), b.op(SHR, ty, x, b.const(n.ty, width - k)))
    m = negated_count(n, width)
    if m is NIL:
        m = b.op(NEG, n.ty, n)
    elif n.op != NEG:
        n = b.op(NEG, m.ty, m)
    low = b.op(AND, n.ty, n, b.const(n.ty, width - 1))
    high = b.op(AND, m.ty, m, b.const(m.ty, width - 1))
    return b.op(OR, ty, b.op(SHL, ty, x, low), b.op(SHR, ty, x, high))


def byte_swap(b: IrBuilder, x: Instr, width: int) -> Instr:
    """Swap bytes by masks and shifts, halves last."""
    ty = x.ty
    step = 8
    while step < width:
        mask = 0
        for at in range(0, width, 2 * step):
            mask |= ((1 << step) - 1) << at
        if 2 * step == width:
            return b.op(OR, ty, b.binary_imm(SHL, x, step), b.binary_imm(SHR, x, step))
        m = b.const(ty, mask)
        high = b.op(AND, ty, b.binary_imm(SHR, x, step), m)
        low = b.binary_imm(SHL, b.op(AND, ty, x, m), step)
        x = b.op(OR, ty, high, low)
        step *= 2
    return x


def leading_zeros(b: IrBuilder, target: BackTarget, x: Instr, width: int) -> Instr:
    """Smear the highest bit downwards, then count the zeros."""
    step = 1
    ty = x.ty
    while step < width:
        x = b.op(OR, ty, x, b.binary_imm(SHR, x, step))
        step *= 2
    return count(b, target, b.op(XOR, ty, x, b.const(ty, -1)), width)


def trailing_zeros(b: IrBuilder, target: BackTarget, x: Instr, width: int) -> Instr:
    """Ones below the lowest bit set: `~x & (x - 1)`."""
    ty = x.ty
    if target.legal(CLZ, ty) == LEGAL:
        low = b.op(AND, ty, x, b.op(NEG, ty, x))
        return b.op(SUB, ty, b.const(ty, width - 1), b.op(CLZ, ty, low))
    below = b.op(AND, ty, b.op(XOR, ty, x, b.const(ty, -1)), b.op(SUB, ty, x, b.const(ty, 1)))
    return count(b, target, below, width)


def count(b: IrBuilder, target: BackTarget, x: Instr, width: int) -> Instr:
    """Population count by instruction or sequence."""
    if target.legal(POPCOUNT, x.ty) == LEGAL:
        return b.op(POPCOUNT, x.ty, x)
    return population(b, x, width)


def population(b: IrBuilder, x: Instr, width: int) -> Instr:
    """Sum bits in pairs, nibbles, bytes; then all bytes by a multiplication."""
    ty = x.ty
    ones = int.from_bytes(b"\1" * (width // 8), "little")
    x = b.op(SUB, ty, x, b.op(AND, ty, b.binary_imm(SHR, x, 1), b.const(ty, ones * 0x55)))
    m = b.const(ty, ones * 0x33)
    x = b.op(ADD, ty, b.op(AND, ty, x, m), b.op(AND, ty, b.binary_imm(SHR, x, 2), m))
    x = b.op(AND, ty, b.op(ADD, ty, x, b.binary_imm(SHR, x, 4)), b.const(ty, ones * 0x0F))
    return b.binary_imm(SHR, b.op(MUL, ty, x, b.const(ty, ones)), width - 8)


