"""Vector operations 16 bytes at a time, where the target has instructions for them.

    v4si c = a + b;     ->      %1 = load f128 [a] ; %2 = load f128 [b] ; %3 = vector #(add, i32) %1, %2 ; store f128 %3, [c]

Vectors stand in memory here like records; promotion of frame objects makes values of them.  What the target does
not have is None, and `vectors.py` does it element by element.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir import ir
from toolchain.cc.ir import vector_codes as codes
from toolchain.cc.ir.ir import F128, I32, Instr
from toolchain.cc.ir.vector_codes import VECTOR_BYTES
from toolchain.cc.lower.context import Fn
from toolchain.cc.types import Type, VectorType, size_of

INTEGER: Final = {"+": ir.ADD, "-": ir.SUB, "*": ir.MUL, "&": ir.AND, "|": ir.OR, "^": ir.XOR}
FLOATING: Final = {"+": ir.FADD, "-": ir.FSUB, "*": ir.FMUL, "/": ir.FDIV}


def parts(f: Fn, t: VectorType) -> int:
    """How many registers hold a vector of type `t`; 0 if none do."""
    if not f.module.target.vector_operation(codes.lanewise(ir.AND, ir.I64)) or t.size % VECTOR_BYTES:
        return 0
    return t.size // VECTOR_BYTES


def fetch(f: Fn, address: Instr, t: Type, k: int) -> Instr:
    """Part `k` of the vector at `address`."""
    return f.load(F128, address, k * VECTOR_BYTES, f.align_flag(t.align, F128))


def keep(f: Fn, value: Instr, address: Instr, t: Type, k: int) -> None:
    """Store part `k`."""
    f.store(value, address, k * VECTOR_BYTES, f.align_flag(t.align, F128))


def apply(f: Fn, op: int, element: int, a: Instr, b: Instr) -> Instr:
    """One lanewise operation."""
    return f.emit(ir.VECTOR, F128, a, b, codes.lanewise(op, element))


def constant(f: Fn, element: int, bits: int) -> Instr:
    """All lanes of one bit pattern."""
    width = ir.TYPE_BITS[element]
    value = 0
    for k in range(VECTOR_BYTES * 8 // width):
        value |= (bits & (1 << width) - 1) << k * width
    return f.function.fconst(F128, value)


def _legal(f: Fn, *needed: int) -> bool:
    return all(f.module.target.vector_operation(code) for code in needed)


def _compare_codes(text: str, element: int, signed: bool, floating: bool) -> list[tuple[int, int]]:
    """The operations a comparison takes."""
    if floating:
        op = {"==": ir.FEQ, "!=": ir.FNE, "<": ir.FLT, ">": ir.FLT, "<=": ir.FLE, ">=": ir.FLE}[text]
        return [(op, element)]
    return [(ir.EQ if text in ("==", "!=") else ir.SLT, element)]


def compare(f: Fn, text: str, element: int, signed: bool, a: Instr, b: Instr) -> Instr:
    """Lanes of -1 and 0; the target has the operations (`can`)."""
    if element > ir.PTR:
        if text in (">", ">="):
            a, b = b, a
        return apply(f, _compare_codes(text, element, signed, True)[0][0], element, a, b)
    if text in ("==", "!="):
        v = apply(f, ir.EQ, element, a, b)
        return apply(f, ir.NOT, element, v, ir.NIL) if text == "!=" else v
    if not signed:
        top = constant(f, element, 1 << ir.TYPE_BITS[element] - 1)
        a, b = apply(f, ir.XOR, element, a, top), apply(f, ir.XOR, element, b, top)
    if text in (">", "<="):
        a, b = b, a
    v = apply(f, ir.SLT, element, a, b)
    return apply(f, ir.NOT, element, v, ir.NIL) if text in ("<=", ">=") else v


def can(f: Fn, text: str, element: int, signed: bool) -> bool:
    """Whether the target has what `a text b` takes."""
    floating = element > ir.PTR
    if text in ("==", "!=", "<", ">", "<=", ">="):
        return all(_legal(f, codes.lanewise(*row)) for row in _compare_codes(text, element, signed, floating))
    if text in ("<<", ">>"):
        return not floating and _legal(f, codes.lanewise(shift_op(text, signed), element))
    op = (FLOATING if floating else INTEGER).get(text, -1)
    return op >= 0 and _legal(f, codes.lanewise(op, element))


def shift_op(text: str, signed: bool) -> int:
    """The IR operation of a shift."""
    return ir.SHL if text == "<<" else ir.SAR if signed else ir.SHR


def operate(f: Fn, text: str, a: Instr, at: VectorType, b: Instr, bt: VectorType | None, result: Type, compute: Type) -> Instr | None:
    """`a text b`; without `bt`, `b` is the count of a shift.  None if it must be done in elements."""
    source = compute.unq
    assert isinstance(source, VectorType)
    n = parts(f, source)
    element = f.types.ir_type(source.base)
    signed = f.types.is_signed(source.base)
    if not n or at.size != source.size or size_of(result) != source.size or (bt is not None and bt.size != source.size):
        return None
    if (text in ("<<", ">>")) == (bt is not None) or not can(f, text, element, signed):
        return None
    place = f.temporary(result)
    for k in range(n):
        x = fetch(f, a, at, k)
        if bt is None:
            v = apply(f, shift_op(text, signed), element, x, b)
        elif text in ("==", "!=", "<", ">", "<=", ">="):
            v = compare(f, text, element, signed, x, fetch(f, b, bt, k))
        else:
            v = apply(f, (FLOATING if element > ir.PTR else INTEGER)[text], element, x, fetch(f, b, bt, k))
        keep(f, v, place, result, k)
    return place


def unary(f: Fn, text: str, a: Instr, t: VectorType, result: Type) -> Instr | None:
    """`-a`, `~a`."""
    n = parts(f, t)
    element = f.types.ir_type(t.base)
    floating = element > ir.PTR
    if not n or text not in ("-", "~") or size_of(result) != t.size:
        return None
    if text == "-" and not floating and not _legal(f, codes.lanewise(ir.SUB, element)):
        return None
    place = f.temporary(result)
    for k in range(n):
        x = fetch(f, a, t, k)
        if text == "~":
            v = apply(f, ir.NOT, element, x, ir.NIL)
        elif floating:
            v = apply(f, ir.XOR, ir.I64, x, constant(f, element, 1 << ir.TYPE_BITS[element] - 1))
        else:
            v = apply(f, ir.SUB, element, constant(f, element, 0), x)
        keep(f, v, place, result, k)
    return place


def splat(f: Fn, value: Instr, t: VectorType) -> Instr | None:
    """All elements equal `value`."""
    n = parts(f, t)
    element = f.types.ir_type(t.base)
    if not n or not _legal(f, codes.lanewise(ir.SPLAT, element)):
        return None
    if value.op in (ir.CONST, ir.FCONST):
        v = constant(f, element, value.imm)
    else:
        v = f.emit(ir.VECTOR, F128, value, ir.NIL, codes.lanewise(ir.SPLAT, element))
    place = f.temporary(t)
    for k in range(n):
        keep(f, v, place, t, k)
    return place


def conditional(f: Fn, mask: Instr, mask_type: VectorType, exact: bool, a: Instr, b: Instr, t: VectorType) -> Instr | None:
    """`mask ? a : b`; `exact`: lanes of the mask are -1 or 0."""
    n = parts(f, t)
    element = f.types.ir_type(mask_type.base)
    if not n or mask_type.size != t.size or not (exact or _legal(f, codes.lanewise(ir.EQ, element))):
        return None
    place = f.temporary(t)
    for k in range(n):
        m = fetch(f, mask, mask_type, k)
        if not exact:
            m = compare(f, "!=", element, True, m, constant(f, element, 0))
        yes = apply(f, ir.AND, ir.I64, m, fetch(f, a, t, k))
        no = apply(f, ir.AND, ir.I64, apply(f, ir.NOT, ir.I64, m, ir.NIL), fetch(f, b, t, k))
        keep(f, apply(f, ir.OR, ir.I64, yes, no), place, t, k)
    return place


def convert(f: Fn, a: Instr, source: VectorType, target: VectorType) -> Instr | None:
    """int to float and back, as wide."""
    n = parts(f, source)
    have, want = f.types.ir_type(source.base), f.types.ir_type(target.base)
    op = {(I32, ir.F32): ir.SITOF, (ir.F32, I32): ir.FTOSI}.get((have, want), -1)
    if not n or op < 0 or not f.types.is_signed(source.base) or not f.types.is_signed(target.base) or not _legal(f, codes.lanewise(op, want)):
        return None
    place = f.temporary(target)
    for k in range(n):
        keep(f, apply(f, op, want, fetch(f, a, source, k), ir.NIL), place, target, k)
    return place


def shuffle(f: Fn, a: Instr, b: Instr, t: VectorType, result: VectorType, lanes: list[int]) -> Instr | None:
    """Lanes of two registers chosen by constants."""
    element = f.types.ir_type(t.base)
    if parts(f, t) != 1 or parts(f, result) != 1:
        return None
    code = codes.shuffle(element, lanes)
    if not _legal(f, code):
        return None
    place = f.temporary(result)
    keep(f, f.emit(ir.VECTOR, F128, fetch(f, a, t, 0), fetch(f, b, t, 0), code), place, result, 0)
    return place
