"""Variably modified types: counts, sizes, places in records of variable size, and the objects themselves."""
from __future__ import annotations

from typing import cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.debug import ArrayAddress
from toolchain.cc.ir.ir import Instr
from toolchain.cc.lower import calls, ops
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower.context import V_POINTER, Fn, LValue, Scope, Variable
from toolchain.cc.parse.ast import Symbol, VlaDecl
from toolchain.cc.types import ARRAY, FUNCTION, POINTER, ULONG, UNION, VOID, ArrayType, PointerType, RecordType, Type, align_of, size_of


def evaluate(f: Fn, s: VlaDecl) -> None:
    """Evaluate the array bounds in the type, now, unless an earlier declaration has (`typedef int T[n]; n++; T x;`)."""
    _bounds(f, s.measured, s)


def _bounds(f: Fn, t: Type, owner: VlaDecl) -> None:
    u = t.unq
    while True:
        if u.kind == POINTER:
            u = cast(PointerType, u).base.unq
        elif u.kind == ARRAY:
            a = cast(ArrayType, u)
            if a.vla and a.vla_index >= 0 and f.vla_owners.setdefault(a.vla_index, owner) is owner:
                _evaluate_count(f, a)
            u = a.base.unq
        else:
            break
    if isinstance(u, RecordType) and u.anchors:
        for anchor in u.anchors:
            if anchor.measured is not None:
                _bounds(f, anchor.measured, owner)
        _place_anchors(f, u)


def _place_anchors(f: Fn, record: RecordType) -> list[int]:
    """Compute where the anchors of a variable record are."""
    variables = f.anchors.get(record)
    if variables is None:
        variables = [f.new_variable(f.pointer_type) for _ in record.anchors]
        f.anchors[record] = variables
    largest = f.word(record.anchors[-1].offset)
    for n, anchor in enumerate(record.anchors):
        if record.kind == UNION:
            if anchor.measured is not None:
                other = size(f, anchor.measured)
                largest = f.select(f.emit(ir.ULT, ir.I32, largest, other), other, largest)
                continue
            place = largest
        else:
            place = f.read(variables[anchor.previous]) if anchor.previous >= 0 else f.word(0)
            place = f.emit(ir.ADD, f.pointer_type, place, f.word(anchor.offset))
            if anchor.measured is not None:
                place = f.emit(ir.ADD, f.pointer_type, place, size(f, anchor.measured))
        if anchor.align > 1:
            place = f.emit(ir.ADD, f.pointer_type, place, f.word(anchor.align - 1))
            place = f.emit(ir.AND, f.pointer_type, place, f.word(-anchor.align))
        f.write(variables[n], place)
    return variables


def anchored(f: Fn, outer: LValue, record: RecordType, n: int) -> tuple[LValue, int]:
    """The rest of a variable record from its anchor `n` on, and the alignment of that."""
    variables = f.anchors.get(record)
    if variables is None:
        variables = _place_anchors(f, record)
    base = ops.pointer_add(f, f.offset(outer.base, outer.offset), f.read(variables[n]), f.word(1), False)
    lv = f.memory(record, base, 0, 1)
    lv.flags = outer.flags
    return lv, max(min(outer.align, record.anchors[n].align), 1)


def copy(f: Fn, destination: Instr, source: Instr, t: Type) -> None:
    """Assign an object whose size is known only at run time; it may be the same."""
    pointer = PointerType(t, f.layout.pointer_size, f.layout.pointer_size)
    calls.library(f, "memmove", [destination, source, size(f, t)], [pointer, pointer, Type(ULONG, f.layout.pointer_size, f.layout.pointer_size)], pointer)


def passed(f: Fn, value: Instr, t: Type) -> Instr:
    """Address of a copy to pass to a function: arguments of variable size go by reference."""
    place = f.emit(ir.ALLOCA, ir.PTR, size(f, t), ir.NIL, max(align_of(t), 1))
    f.function.calls_alloca = True
    copy(f, place, value, t)
    return place


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
        f.tell_debugger(variable, a)
    f.write(variable, value)
    f.show_debugger(a, value)


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
    if isinstance(u, RecordType) and u.anchors:
        variables = f.anchors.get(u)
        return f.read((_place_anchors(f, u) if variables is None else variables)[-1])
    if u.kind == VOID or u.kind == FUNCTION:
        return f.word(1)
    return f.word(max(size_of(t), 0))


def pointee_size(f: Fn, t: Type) -> Instr:
    """What arithmetic on pointer type `t` scales by."""
    return size(f, cast(PointerType, t.unq).base)


def is_vla(t: Type) -> bool:
    """An array or record whose size is known only at run time."""
    u = t.unq
    if isinstance(u, RecordType):
        return bool(u.anchors)
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
        f.arrays[s] = ArrayAddress(s)
        f.tell_debugger(v.index, f.arrays[s])
    f.write(v.index, place)
    if s in f.arrays:
        f.show_debugger(f.arrays[s], place)
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
