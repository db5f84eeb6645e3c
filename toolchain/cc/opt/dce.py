"""Dead code: values that nobody uses.

    %1 = load i32 [%p]
    %2 = add i32 %1, 5       ->   (nothing)

Roots are terminators and instructions with effects.  A call of a pure or const function, inline assembly that
is not volatile and has outputs, and pure intrinsics go like values.
"""
from __future__ import annotations

from toolchain.cc.ir.ir import (
    ALLOCA,
    ASM,
    CALL,
    FIRST_EFFECT,
    INTRINSIC,
    LOAD,
    MEMCPY,
    MEMSET,
    NIL,
    NO_EXT,
    STACK_SAVE,
    VOLATILE,
    AsmInfo,
    CallInfo,
    Function,
    Instr,
    Intrinsic,
)


def removable(i: Instr) -> bool:
    """Whether `i` may go if its value is not used."""
    op = i.op
    if op < FIRST_EFFECT:
        return op != LOAD or not i.flags & VOLATILE
    if op == CALL:
        info = i.aux
        return isinstance(info, CallInfo) and info.pure > 0 and not info.noreturn and not info.result_address
    if op == ASM:
        asm = i.aux
        return isinstance(asm, AsmInfo) and not asm.is_volatile and asm.num_outputs > 0 and len(asm.outputs) == asm.num_outputs
    if op == INTRINSIC:
        return isinstance(i.aux, Intrinsic) and i.aux.pure
    if op == MEMCPY or op == MEMSET:
        return i.imm == 0 and not i.flags & VOLATILE
    return op == ALLOCA or op == STACK_SAVE


def run(function: Function) -> bool:
    """Remove unused values."""
    work: list[Instr] = []
    for b in function.blocks:
        for i in b.instrs:
            i.mark = 0
    for b in function.blocks:
        for i in b.instrs:
            if not removable(i):
                i.mark = 1
                work.append(i)
    while work:
        i = work.pop()
        v = i.a
        if v.mark == 0 and v is not NIL:
            v.mark = 1
            work.append(v)
        v = i.b
        if v.mark == 0 and v is not NIL:
            v.mark = 1
            work.append(v)
        if i.ext is not NO_EXT:
            for v in i.ext:
                if v.mark == 0:
                    v.mark = 1
                    work.append(v)
    changed = False
    for b in function.blocks:
        kept = [i for i in b.instrs if i.mark]
        if len(kept) != len(b.instrs):
            b.instrs = kept
            changed = True
    return changed
