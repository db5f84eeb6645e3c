"""Scalar operations: conversions and arithmetic of C on IR values."""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import Instr
from toolchain.cc.lower.context import Fn
from toolchain.cc.lower.typemap import is_floating, is_integer
from toolchain.cc.types import BOOL, Type, size_of

_INT_OPS: Final[dict[str, int]] = {"+": ir.ADD, "-": ir.SUB, "*": ir.MUL, "&": ir.AND, "|": ir.OR, "^": ir.XOR, "<<": ir.SHL}
_FLOAT_OPS: Final[dict[str, int]] = {"+": ir.FADD, "-": ir.FSUB, "*": ir.FMUL, "/": ir.FDIV}
COMPARISONS: Final = frozenset(("==", "!=", "<", "<=", ">", ">="))


def zero(f: Fn, ty: int) -> Instr:
    """0 of an IR type."""
    return f.function.fconst(ty, 0) if ty > ir.PTR else f.const(ty, 0)


def truth(f: Fn, v: Instr, t: Type) -> Instr:
    """An integer that is not 0 exactly if the scalar `v` compares unequal to 0."""
    if v.ty > ir.PTR:
        if v.ty in (ir.F16, ir.BF16):
            v = f.emit(ir.FCVT, ir.F32, v)
        return f.emit(ir.FNE, ir.I32, v, f.function.fconst(v.ty, 0))
    if v.ty == ir.PTR:
        return f.emit(ir.NE, ir.I32, v, f.const(ir.PTR, 0))
    return v


def boolean(f: Fn, v: Instr, t: Type) -> Instr:
    """I32 0 or 1: whether `v` is not 0."""
    if v.ty <= ir.PTR:
        if ir.EQ <= v.op <= ir.FUNORD and v.ty == ir.I32:
            return v
        return f.emit(ir.NE, ir.I32, v, f.const(v.ty, 0))
    return truth(f, v, t)


def resize(f: Fn, v: Instr, ty: int, signed: bool) -> Instr:
    """Integer (or pointer) to integer (or pointer) type `ty`; wider ones extend as `signed` says."""
    if v.ty == ty:
        return v
    if v.ty == ir.PTR:
        v = f.emit(ir.BITCAST, f.pointer_type, v)
        return resize(f, v, ty, False)
    if ty == ir.PTR:
        return f.emit(ir.BITCAST, ir.PTR, resize(f, v, f.pointer_type, signed))
    if ty < v.ty:
        return f.emit(ir.TRUNC, ty, v)
    return f.emit(ir.SEXT if signed else ir.ZEXT, ty, v)


def convert(f: Fn, v: Instr, source: Type, target: Type) -> Instr:
    """The scalar `v` of C type `source` converted to scalar type `target` (C11 6.3.1)."""
    ty = f.types.ir_type(target)
    if target.unq.kind == BOOL:
        if source.unq.kind == BOOL:
            return v
        return f.emit(ir.TRUNC, ir.I8, boolean(f, v, source))
    if is_floating(target):
        if v.ty > ir.PTR:
            return v if v.ty == ty else f.emit(ir.FCVT, ty, v)
        return from_integer(f, v, ty, f.types.is_signed(source))
    if v.ty > ir.PTR:
        return to_integer(f, v, ty, f.types.is_signed(target))
    return resize(f, v, ty, f.types.is_signed(source))


def from_integer(f: Fn, v: Instr, ty: int, signed: bool) -> Instr:
    """Integer to floating type `ty`."""
    if v.ty == ir.PTR:
        v = f.emit(ir.BITCAST, f.pointer_type, v)
    if v.ty < ir.I32:
        v = resize(f, v, ir.I32, signed)
        signed = True
    op = ir.SITOF if signed else ir.UITOF
    if ty in (ir.F16, ir.BF16):
        return f.emit(ir.FCVT, ty, f.emit(op, ir.F32 if v.ty <= ir.I32 else ir.F64, v))
    return f.emit(op, ty, v)


def to_integer(f: Fn, v: Instr, ty: int, signed: bool) -> Instr:
    """Floating value to integer (or pointer) type `ty`, towards zero."""
    if v.ty in (ir.F16, ir.BF16):
        v = f.emit(ir.FCVT, ir.F32, v)
    if ty == ir.PTR:
        return f.emit(ir.BITCAST, ir.PTR, to_integer(f, v, f.pointer_type, False))
    if ty < ir.I32:
        return f.emit(ir.TRUNC, ty, f.emit(ir.FTOSI, ir.I32, v))
    return f.emit(ir.FTOSI if signed else ir.FTOUI, ty, v)


def arithmetic(f: Fn, text: str, a: Instr, b: Instr, signed: bool) -> Instr:
    """`a text b` for operands of one integer or floating IR type (shifts: `b` any integer)."""
    if a.ty > ir.PTR:
        if a.ty in (ir.F16, ir.BF16):
            wide = f.emit(_FLOAT_OPS[text], ir.F32, f.emit(ir.FCVT, ir.F32, a), f.emit(ir.FCVT, ir.F32, b))
            return f.emit(ir.FCVT, a.ty, wide)
        return f.emit(_FLOAT_OPS[text], a.ty, a, b)
    op = _INT_OPS.get(text, -1)
    if op < 0:
        if text == "/":
            op = ir.SDIV if signed else ir.UDIV
        elif text == "%":
            op = ir.SREM if signed else ir.UREM
        else:
            op = ir.SAR if signed else ir.SHR
    return f.emit(op, a.ty, a, b)


def compare(f: Fn, text: str, a: Instr, b: Instr, signed: bool) -> Instr:
    """I32 0 or 1."""
    if text == ">" or text == ">=":
        a, b = b, a
        text = "<" if text == ">" else "<="
    if a.ty > ir.PTR:
        if a.ty in (ir.F16, ir.BF16):
            a, b = f.emit(ir.FCVT, ir.F32, a), f.emit(ir.FCVT, ir.F32, b)
        op = ir.FEQ if text == "==" else ir.FNE if text == "!=" else ir.FLT if text == "<" else ir.FLE
    elif text == "==":
        op = ir.EQ
    elif text == "!=":
        op = ir.NE
    elif text == "<":
        op = ir.SLT if signed else ir.ULT
    else:
        op = ir.SLE if signed else ir.ULE
    return f.emit(op, ir.I32, a, b)


def negate(f: Fn, v: Instr) -> Instr:
    """`-v`."""
    return f.emit(ir.FNEG if v.ty > ir.PTR else ir.NEG, v.ty, v)


def pointer_add(f: Fn, pointer: Instr, index: Instr, size: Instr, negative: bool) -> Instr:
    """`pointer` + or - `index` elements of `size` bytes; index and size are as wide as a pointer."""
    if size.op == ir.CONST and size.imm == 1:
        scaled = index
    else:
        scaled = f.emit(ir.MUL, f.pointer_type, index, size)
    if negative:
        return f.emit(ir.SUB, ir.PTR, pointer, scaled)
    if scaled.op == ir.CONST:
        bits = f.layout.pointer_size * 8
        value = scaled.imm - (1 << bits) if scaled.imm >> (bits - 1) else scaled.imm
        return f.offset(pointer, value)
    return f.emit(ir.ADD, ir.PTR, pointer, scaled)


def pointer_difference(f: Fn, a: Instr, b: Instr, size: Instr) -> Instr:
    """Number of elements of `size` bytes between two pointers."""
    word = f.pointer_type
    d = f.emit(ir.SUB, word, resize(f, a, word, False), resize(f, b, word, False))
    if size.op == ir.CONST:
        n = size.imm
        if n == 1:
            return d
        if n & (n - 1) == 0 and n:
            return f.emit(ir.SAR, word, d, f.const(word, n.bit_length() - 1))
    return f.emit(ir.SDIV, word, d, size)


def value_bits(f: Fn, t: Type) -> int:
    """Width in bits of an integer type's values."""
    return 1 if t.unq.kind == BOOL else size_of(t) * 8 if is_integer(t) else f.layout.pointer_size * 8
