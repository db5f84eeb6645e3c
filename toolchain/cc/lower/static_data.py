"""Static data: constant expressions to bytes and relocations.

What may stand in a static initialiser is an arithmetic constant, or an address constant plus an
offset (C11 6.6), or, as GNU C has it, the difference of two label addresses.
"""
from __future__ import annotations

from typing import cast

from toolchain.cc.ir.ir import DataObject, GlobalSymbol
from toolchain.cc.lower import storage_order, typemap
from toolchain.cc.lower.module import Module
from toolchain.cc.parse.ast import (
    CAST_BITS,
    CAST_DECAY,
    CAST_SPLAT,
    CAST_UNION,
    CAST_VALUE,
    E_ADDR,
    E_BINARY,
    E_CAST,
    E_COMPLEX,
    E_COMPOUND,
    E_COND,
    E_CONSTP,
    E_DEREF,
    E_ERROR,
    E_FLOAT,
    E_INT,
    E_LABEL,
    E_MEMBER,
    E_NAME,
    E_PART,
    E_STRING,
    S_EXTERN,
    S_STATIC,
    Binary,
    Cast,
    ComplexConst,
    CompoundLit,
    Conditional,
    Expr,
    FloatConst,
    Initializer,
    IntConst,
    LabelAddr,
    MemberRef,
    NameRef,
    StringLit,
    Symbol,
    Unary,
)
from toolchain.cc.types import (
    BOOL,
    COMPLEX,
    FUNCTION,
    POINTER,
    VECTOR,
    VOID,
    ArrayType,
    ComplexType,
    Member,
    PointerType,
    Type,
    VectorType,
    size_of,
)


class Constant:
    """A constant: the number `value`; `symbol` + `value`; or, with `minus`, `symbol` - `minus` + `value`."""

    def __init__(self, value: int, symbol: GlobalSymbol | None = None) -> None:
        self.value = value
        self.symbol = symbol
        self.minus: GlobalSymbol | None = None


def pointee_size(t: Type) -> int:
    """What pointer arithmetic on `t` scales by: 1 for void and functions (GNU)."""
    base = cast(PointerType, t.unq).base
    if base.unq.kind == VOID or base.unq.kind == FUNCTION:
        return 1
    return size_of(base)


def constant(m: Module, e: Expr) -> Constant | None:
    """Value of a scalar constant expression (floats: their encoding); None if it is not constant."""
    op = e.op
    if op == E_INT:
        return Constant(cast(IntConst, e).value)
    if op == E_FLOAT:
        return Constant(cast(FloatConst, e).bits)
    if op == E_CAST:
        return _cast(m, cast(Cast, e))
    if op == E_ADDR:
        return address(m, cast(Unary, e).operand)
    if op == E_BINARY:
        return _binary(m, cast(Binary, e))
    if op == E_COND:
        c = cast(Conditional, e)
        condition = constant(m, c.condition)
        if condition is None or condition.symbol is not None or c.then is None:
            return None
        return constant(m, c.then if condition.value else c.other)
    if op == E_LABEL:
        return Constant(0, m.label_symbol(cast(LabelAddr, e).label))
    if op == E_NAME:
        return _name(m, cast(NameRef, e))
    if op == E_CONSTP:
        return Constant(1 if constant(m, cast(Unary, e).operand) is not None else 0)
    if op == E_COMPOUND:
        lit = cast(CompoundLit, e)
        if not typemap.is_memory(lit.ty) and len(lit.init.items) == 1:
            return constant(m, lit.init.items[0].value)
    return None


def _name(m: Module, e: NameRef) -> Constant | None:
    s = e.symbol
    if s.is_function:
        return Constant(0, m.symbol(s))
    if s.storage in (S_EXTERN, S_STATIC) and s.init is not None and not typemap.is_memory(s.ty) and m.is_constant_object(s):
        items = s.init.items
        if len(items) == 1:
            return constant(m, items[0].value)
    return None


def _cast(m: Module, e: Cast) -> Constant | None:
    if e.kind == CAST_DECAY:
        return address(m, e.operand)
    if e.kind not in (CAST_BITS, CAST_VALUE):
        return None
    if typemap.is_memory(e.ty) or typemap.is_memory(e.operand.ty):
        return None
    if typemap.is_floating(e.ty) or typemap.is_floating(e.operand.ty):
        return constant(m, e.operand) if e.kind == CAST_BITS or e.ty.unq is e.operand.ty.unq else None
    c = constant(m, e.operand)
    if c is None:
        return None
    if e.ty.unq.kind == BOOL:
        return Constant(1 if c.symbol is not None or c.value else 0)
    if c.symbol is not None:
        wide = size_of(e.ty) >= m.layout.pointer_size or c.minus is not None
        return c if wide else None
    bits = size_of(e.ty) * 8
    if bits <= 0:
        return c
    value = c.value & ((1 << bits) - 1)
    if m.types.is_signed(e.ty) and value >> (bits - 1):
        value -= 1 << bits
    return Constant(value)


def _binary(m: Module, e: Binary) -> Constant | None:
    if e.text not in ("+", "-"):
        return None
    left = constant(m, e.left)
    right = constant(m, e.right)
    if left is None or right is None or typemap.is_floating(e.ty):
        return None
    scale = 1
    if e.left.ty.unq.kind == POINTER and e.right.ty.unq.kind != POINTER:
        scale = pointee_size(e.left.ty)
    elif e.right.ty.unq.kind == POINTER and e.left.ty.unq.kind != POINTER:
        left, right = right, left
        scale = pointee_size(e.right.ty)
    if scale < 0:
        return None
    if e.text == "+":
        if right.symbol is not None and left.symbol is not None:
            return None
        if right.symbol is not None:
            left, right = right, left
        out = Constant(left.value + right.value * scale, left.symbol)
        out.minus = left.minus
        return out
    if right.symbol is None:
        out = Constant(left.value - right.value * scale, left.symbol)
        out.minus = left.minus
        return out
    if left.symbol is None or left.minus is not None or right.minus is not None:
        return None
    divisor = pointee_size(e.left.ty) if e.left.ty.unq.kind == POINTER else 1
    if left.symbol is right.symbol:
        return Constant((left.value - right.value) // max(divisor, 1))
    if divisor > 1 or not left.symbol.local or not right.symbol.local:
        return None
    out = Constant(left.value - right.value, left.symbol)
    out.minus = right.symbol
    return out


def address(m: Module, e: Expr) -> Constant | None:
    """Address of the object or function that `e` denotes; None if it has no static address."""
    op = e.op
    if op == E_NAME:
        s = cast(NameRef, e).symbol
        if s.is_function or s.storage in (S_EXTERN, S_STATIC):
            return None if s.thread_local else Constant(0, m.symbol(s))
        return None
    if op == E_STRING:
        lit = cast(StringLit, e)
        element = size_of(cast(ArrayType, lit.ty.unq).base)
        return Constant(0, m.string(lit.data, element))
    if op == E_DEREF:
        return constant(m, cast(Unary, e).operand)
    if op == E_COMPOUND:
        lit2 = cast(CompoundLit, e)
        if lit2.symbol.storage not in (S_EXTERN, S_STATIC):
            return None
        if lit2.symbol.init is None:
            lit2.symbol.init = lit2.init
        return Constant(0, m.symbol(lit2.symbol))
    base: Constant | None
    offset = 0
    if op == E_MEMBER:
        member = cast(MemberRef, e)
        base = address(m, member.object)
        offset = member.member.offset
    elif op == E_PART:
        part = cast(Unary, e)
        base = address(m, part.operand)
        offset = size_of(e.ty) if part.text == "__imag__" else 0
    elif op == E_CAST and cast(Cast, e).kind == CAST_BITS and typemap.is_memory(e.ty):
        base = address(m, cast(Cast, e).operand)
    else:
        return None
    if base is None:
        return None
    return Constant(base.value + offset, base.symbol)


# -------------------------------------------------------------------- objects
def build_object(m: Module, symbol: Symbol, g: GlobalSymbol) -> DataObject:
    """The `DataObject` of a variable defined here.  Errors (initialiser not constant) are reported."""
    size = max(m.object_size(symbol), 0)
    align = m.object_alignment(symbol)
    o = DataObject(g, symbol.attrs.section, align, b"")
    m.data[g.name] = o
    o.size = size
    o.loc = symbol.loc
    o.order = symbol.order
    o.used = symbol.attrs.used or symbol.attrs.retain
    o.tls = symbol.thread_local
    o.readonly = m.is_constant_object(symbol)
    if symbol.init is None:
        o.zero = True
        o.common = _is_common(m, symbol)
        return o
    buffer = bytearray(size)
    fill(m, o, buffer, 0, symbol.init)
    o.data = bytes(buffer)
    o.zero = not o.relocations and not o.differences and buffer.count(0) == size
    if o.zero and not o.readonly:
        o.data = b""
    return o


def _is_common(m: Module, symbol: Symbol) -> bool:
    if symbol.storage != S_EXTERN or symbol.attrs.section or symbol.thread_local or symbol.attrs.weak:
        return False
    if symbol.attrs.common >= 0:
        return symbol.attrs.common == 1
    return symbol.tentative and m.options.flag("common", False)


def fill(m: Module, o: DataObject, buffer: bytearray, base: int, init: Initializer) -> None:
    """Write an initialiser's items at `base`."""
    for item in init.items:
        put(m, o, buffer, base + item.offset, item.value, item.member, item.size)


def put(m: Module, o: DataObject, buffer: bytearray, at: int, value: Expr, member: Member | None, limit: int) -> None:
    """Write one value; `member` if it is a bit-field, `limit` bytes of a string."""
    if value.op == E_ERROR:
        return
    if member is not None and member.bit_width >= 0:
        c = constant(m, value)
        if c is None or c.symbol is not None:
            m.diagnostics.error(value.loc, "initializer element is not constant")
            return
        storage_order.put_bits(buffer, at * 8 + member.bit_offset, member.bit_width, c.value, member.reversed)
        return
    if value.op == E_STRING:
        data = cast(StringLit, value).data
        n = limit if limit >= 0 else size_of(value.ty)
        _clear(o, at, n)
        buffer[at:at + n] = data[:n].ljust(n, b"\0")
        return
    if typemap.is_memory(value.ty):
        if not _put_memory(m, o, buffer, at, value):
            m.diagnostics.error(value.loc, "initializer element is not constant")
        return
    c = constant(m, value)
    if c is None:
        m.diagnostics.error(value.loc, "initializer element is not constant")
        return
    put_scalar(m, o, buffer, at, c, value.ty)
    if member is not None and member.reversed:
        size = size_of(value.ty)
        if c.symbol is not None:
            m.diagnostics.error(value.loc, "initializer element is not constant")
        buffer[at:at + size] = buffer[at:at + size][::-1]


def _clear(o: DataObject, at: int, size: int) -> None:
    """Forget relocations that a later item overrides (items come in order of their offsets, as a rule)."""
    if at >= o.patched:
        return
    if o.relocations:
        o.relocations = [r for r in o.relocations if r[0] + r[1] <= at or r[0] >= at + size]
    if o.differences:
        o.differences = [d for d in o.differences if d[0] + d[1] <= at or d[0] >= at + size]


def put_scalar(m: Module, o: DataObject, buffer: bytearray, at: int, c: Constant, t: Type) -> None:
    """Write a scalar constant of type `t` at byte `at`, with its relocation."""
    size = size_of(t)
    if typemap.is_floating(t):
        bits = m.types.bits(m.types.ir_type(t))
        raw = c.value.to_bytes(bits // 8, "little").ljust(size, b"\0")
    elif c.symbol is None:
        raw = (c.value & ((1 << size * 8) - 1)).to_bytes(size, "little")
    else:
        raw = bytes(size)
    if o.relocations or o.differences:
        _clear(o, at, size)
    buffer[at:at + size] = raw
    if c.symbol is not None:
        o.patched = max(o.patched, at + size)
        if c.minus is not None:
            o.differences.append((at, size, c.symbol.name, c.minus.name, c.value))
        else:
            o.relocations.append((at, size, c.symbol, c.value))


def _put_memory(m: Module, o: DataObject, buffer: bytearray, at: int, value: Expr) -> bool:
    """A constant of record, complex or vector type."""
    kind = value.ty.unq.kind
    if value.op == E_COMPLEX:
        z = cast(ComplexConst, value)
        base = cast(ComplexType, value.ty.unq).base
        put_scalar(m, o, buffer, at, Constant(z.real), base)
        put_scalar(m, o, buffer, at + size_of(base), Constant(z.imag), base)
        return True
    if value.op == E_COMPOUND:
        lit = cast(CompoundLit, value)
        size = size_of(value.ty)
        _clear(o, at, size)
        buffer[at:at + size] = bytes(size)
        fill(m, o, buffer, at, lit.init)
        return True
    if value.op == E_CAST:
        c = cast(Cast, value)
        if c.kind == CAST_UNION:
            put(m, o, buffer, at, c.operand, None, -1)
            return True
        if c.kind == CAST_BITS and typemap.is_memory(c.operand.ty):
            return _put_memory(m, o, buffer, at, c.operand)
        if c.kind == CAST_SPLAT and kind == VECTOR:
            v = cast(VectorType, value.ty.unq)
            for i in range(v.count):
                put(m, o, buffer, at + i * size_of(v.base), c.operand, None, -1)
            return True
        if c.kind == CAST_VALUE and kind == COMPLEX and not typemap.is_memory(c.operand.ty):
            put(m, o, buffer, at, c.operand, None, -1)
            return True
    if value.op == E_NAME:
        s = cast(NameRef, value).symbol
        if s.init is not None and s.storage in (S_EXTERN, S_STATIC) and m.is_constant_object(s):
            fill(m, o, buffer, at, s.init)
            return True
    if value.op == E_BINARY and kind == COMPLEX:
        return _complex_sum(m, o, buffer, at, cast(Binary, value))
    return False


def _complex_sum(m: Module, o: DataObject, buffer: bytearray, at: int, e: Binary) -> bool:
    """`real + imaginary` that the parser left unfolded."""
    base = cast(ComplexType, e.ty.unq).base
    if e.text != "+" or e.left.op != E_COMPLEX or e.right.op != E_COMPLEX:
        return False
    a, b = cast(ComplexConst, e.left), cast(ComplexConst, e.right)
    if a.imag and b.imag or a.real and b.real:
        return False
    put_scalar(m, o, buffer, at, Constant(a.real | b.real), base)
    put_scalar(m, o, buffer, at + size_of(base), Constant(a.imag | b.imag), base)
    return True
