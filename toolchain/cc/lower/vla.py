"""Variably modified types: counts, sizes, and the objects themselves."""
from __future__ import annotations

from typing import cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import Instr
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower import ops
from toolchain.cc.lower.context import V_POINTER, Fn, Scope, Variable
from toolchain.cc.parse.ast import Symbol
from toolchain.cc.types import ARRAY, FUNCTION, POINTER, VOID, ArrayType, PointerType, Type, align_of, size_of


def evaluate(f: Fn, t: Type) -> None:
    """Evaluate the array bounds in `t`, now."""
    u = t.unq
    while True:
        if u.kind == POINTER:
            u = cast(PointerType, u).base.unq
        elif u.kind == ARRAY:
            a = cast(ArrayType, u)
            if a.vla and a.vla_index >= 0:
                _evaluate_count(f, a)
            u = a.base.unq
        else:
            return


def _evaluate_count(f: Fn, a: ArrayType) -> None:
    counts = f.definition.vla_counts if f.definition is not None else {}
    e = counts.get(a.vla_index)
    d = f.definition
    while e is None and d is not None and d.outer is not None:
        d = d.outer
        e = d.vla_counts.get(a.vla_index)
    if e is None:
        value = f.word(0)
    else:
        value = ops.resize(f, expressions.rvalue(f, e), f.pointer_type, f.types.is_signed(e.ty))
    variable = f.vla_counts.get(a.vla_index, -1)
    if variable < 0:
        variable = f.new_variable(f.pointer_type)
        f.vla_counts[a.vla_index] = variable
    f.write(variable, value)


def size(f: Fn, t: Type) -> Instr:
    """Size of `t` in bytes, as wide as a pointer."""
    u = t.unq
    if u.kind == ARRAY:
        a = cast(ArrayType, u)
        if a.vla:
            if a.vla_index not in f.vla_counts:
                _evaluate_count(f, a)
            count = f.read(f.vla_counts[a.vla_index])
            return f.emit(ir.MUL, f.pointer_type, count, size(f, a.base))
        if a.size < 0 and a.count >= 0:
            return f.emit(ir.MUL, f.pointer_type, f.word(a.count), size(f, a.base))
    if u.kind == VOID or u.kind == FUNCTION:
        return f.word(1)
    return f.word(max(size_of(t), 0))


def pointee_size(f: Fn, t: Type) -> Instr:
    """What arithmetic on pointer type `t` scales by."""
    return size(f, cast(PointerType, t.unq).base)


def is_vla(t: Type) -> bool:
    """An array whose size is known only at run time."""
    u = t.unq
    return u.kind == ARRAY and u.size < 0 and cast(ArrayType, u).count != -1 or u.kind == ARRAY and cast(ArrayType, u).vla


def declare(f: Fn, s: Symbol) -> None:
    """Allocate a variable length array; its scope restores the stack."""
    evaluate_missing(f, s.ty)
    f.scopes.append(Scope(None, None, f.emit(ir.STACK_SAVE, ir.PTR)))
    bytes_ = size(f, s.ty)
    align = max(align_of(s.ty), s.attrs.aligned, 1)
    place = f.emit(ir.ALLOCA, ir.PTR, bytes_, ir.NIL, align)
    f.function.calls_alloca = True
    v = f.variables.get(s)
    if v is None:
        v = Variable(V_POINTER, f.new_variable(ir.PTR), None, ir.PTR)
        f.variables[s] = v
    f.write(v.index, place)
    if s.captured and f.frame is not None:
        f.store(place, f.frame_member(f.frame, s))


def evaluate_missing(f: Fn, t: Type) -> None:
    """Evaluate the bounds that no VlaDecl has evaluated before."""
    u = t.unq
    while u.kind == ARRAY:
        a = cast(ArrayType, u)
        if a.vla and a.vla_index not in f.vla_counts:
            _evaluate_count(f, a)
        u = a.base.unq
