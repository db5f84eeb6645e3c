"""What could be decided late only is decided now (first step of phase 2).

    %1 = constp i32 %x            ->   0        (a constant %x has been folded to 1 before)
    %2 = objsize i64 #0 %p        ->   -1       (or the size of the object that %p points into)
    %3 = expect i64 #1 %c         ->   %c
"""
from __future__ import annotations

from toolchain.cc.ir.cfg import resolve_all
from toolchain.cc.ir.ir import (
    ADD,
    CONST,
    CONSTP,
    EXPECT,
    GLOBAL,
    I32,
    NIL,
    OBJSIZE,
    PTR,
    SLOT,
    Function,
    GlobalSymbol,
    Instr,
    StackSlot,
)
from toolchain.cc.ir.known import signed, width


def run(function: Function) -> bool:
    """Resolve all CONSTP, OBJSIZE and EXPECT."""
    found = False
    for b in function.blocks:
        for i in b.instrs:
            op = i.op
            if op == CONSTP:
                i.fwd = function.const(I32, 0)
                found = True
            elif op == EXPECT:
                i.fwd = i.a
                found = True
            elif op == OBJSIZE:
                i.fwd = object_size(function, i, True)
                found = True
    if found:
        resolve_all(function)
    return found


def object_size(f: Function, i: Instr, final: bool) -> Instr:
    """__builtin_object_size(p, type): bytes from `p` to the end of its object; NIL (or, if `final`, the "unknown" value
    of the type: all ones for 0 and 1, zero for 2 and 3) if that is not known."""
    p = i.a
    offset = 0
    while p.op == ADD and p.b.op == CONST:
        offset += signed(p.b.imm, width(f, PTR))
        p = p.a
    size = -1
    if p.op == SLOT and isinstance(p.aux, StackSlot):
        size = p.aux.size
        offset += p.imm
    elif p.op == GLOBAL and isinstance(p.aux, GlobalSymbol) and p.aux.size_known_object:
        size = p.aux.size
        offset += p.imm
    if size >= 0:
        return f.const(i.ty, size - offset if 0 <= offset <= size else 0)
    if final:
        return f.const(i.ty, -1 if i.imm < 2 else 0)
    return NIL
