"""Alignment that follows from the object, where misaligned accesses are expensive.

    slot $0 size 16 align 1                         slot $0 size 16 align 8
    %1 = load i32 [$0 + 4] align 1           ->     %1 = load i32 [$0 + 4]
    memcpy #16 $0, @table align 1                   memcpy #16 $0, @table align 8

Frame objects of a word or more are aligned to words.
"""
from __future__ import annotations

from toolchain.cc.ir.ir import (
    ALIGN_MASK,
    ALIGN_SHIFT,
    GLOBAL,
    LOAD,
    MEMCPY,
    MEMSET,
    SLOT,
    STORE,
    Function,
    GlobalSymbol,
    Instr,
    StackSlot,
)
from toolchain.cc.ir.verifier import type_size
from toolchain.cc.opt.alias import canonical
from toolchain.cc.opt.context import OptContext


def run(function: Function, ctx: OptContext) -> bool:
    """Raise the alignment of accesses."""
    if not ctx.strict_align:
        return False
    word = ctx.word_bits // 8
    for s in function.slots:
        if s.size >= word and s.align < word:
            s.align = word
    changed = False
    for b in function.blocks:
        for i in b.instrs:
            flags = i.flags & ALIGN_MASK
            if not flags:
                continue
            op = i.op
            stated = 1 << (flags >> ALIGN_SHIFT) - 1
            if op == LOAD or op == STORE:
                natural = type_size(function, i.ty if op == LOAD else i.b.ty)
                known = known_alignment(function, i.a, i.imm)
                if known >= natural:
                    i.flags &= ~ALIGN_MASK
                    changed = True
                    continue
            elif op == MEMCPY:
                known = min(max(stated, known_alignment(function, i.a, 0)), max(stated, known_alignment(function, i.b, 0)))
            elif op == MEMSET:
                known = known_alignment(function, i.a, 0)
            else:
                continue
            if known > stated:
                i.flags = i.flags & ~ALIGN_MASK | known.bit_length() << ALIGN_SHIFT
                changed = True
    return changed


def known_alignment(f: Function, address: Instr, offset: int) -> int:
    """Alignment of address + offset as far as its object tells; at least 1."""
    base, offset = canonical(f, address, offset)
    s = base.aux
    if base.op == SLOT and isinstance(s, StackSlot) or base.op == GLOBAL and isinstance(s, GlobalSymbol):
        align = min(max(s.align, 1), 1 << 16)
        return min(align, offset & -offset) if offset else align
    return 1
