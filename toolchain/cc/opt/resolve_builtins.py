"""What could be decided late only is decided now (first step of phase 2).

    %1 = constp i32 %x            ->   0        (a constant %x has been folded to 1 before)
    %2 = objsize i64 #0 %p        ->   -1       (or the size of the object that %p points into)
    %3 = expect i64 #1 %c         ->   %c

Sizes come first: Linux asks __builtin_constant_p for one in its string functions.
"""
from __future__ import annotations

from toolchain.cc.ir.cfg import resolve_all
from toolchain.cc.ir.ir import CONSTP, EXPECT, I32, Function
from toolchain.cc.opt import object_size, propagate


def run(function: Function) -> bool:
    """Resolve all CONSTP, OBJSIZE and EXPECT."""
    found = False
    if function.object_sizes:
        found = object_size.decide(function, True)
        if object_size.drop_markers(function) or found:
            resolve_all(function)
            propagate.run(function)         # a CONSTP may ask for a size
        function.object_sizes = False
    for b in function.blocks:
        for i in b.instrs:
            op = i.op
            if op == CONSTP:
                i.fwd = function.const(I32, 0)
                found = True
            elif op == EXPECT:
                i.fwd = i.a
                found = True
    if found:
        resolve_all(function)
    return found
