"""Frame objects aligned more strictly than the stack, in functions whose frame grows at run time.

Such a frame is addressed from the frame pointer, which has the stack's alignment only, so the object gets room to be
aligned in, and its address is computed once:

    slot $0 size 40 align 32          slot $0 size 56 align 16
    ... [$0 + 8]                 ->   %p = and (add $0, 15), -32         ... [%p + 8]
"""
from __future__ import annotations

from toolchain.cc.codegen.build import IrBuilder, align_flag
from toolchain.cc.ir.ir import ADD, ALLOCA, AND, BITCAST, MEMCPY, NO_EXT, PARAM, PARAM_RECORD, PTR, SLOT, VOID, Function, Instr, StackSlot


def run(func: Function, stack_align: int) -> None:
    """Rewrite the function; `stack_align` is the alignment in bytes that the stack pointer has at calls."""
    if not any(s.align > stack_align and not s.dead for s in func.slots):
        return
    if not any(i.op == ALLOCA for b in func.blocks for i in b.instrs):
        return
    entry = func.blocks[0]
    k = 0
    while k < len(entry.instrs) and entry.instrs[k].op in (PARAM, PARAM_RECORD):
        k += 1
    b = IrBuilder(func)
    b.loc = func.loc
    places: dict[int, Instr] = {}
    for s in func.slots:
        if s.dead or s.align <= stack_align:
            continue
        slack = s.align - stack_align
        base = b.op(BITCAST, func.pointer_type, func.slot_address(s))
        base = b.op(ADD, func.pointer_type, base, func.const(func.pointer_type, slack))
        base = b.op(AND, func.pointer_type, base, func.const(func.pointer_type, -s.align))
        places[s.index] = b.op(BITCAST, PTR, base)
        s.size += slack
        s.align = stack_align
    _receive(func, entry.instrs[:k], places, b)
    _replace(func, places, b)
    entry.instrs[k:k] = b.out


def _receive(func: Function, params: list[Instr], places: dict[int, Instr], b: IrBuilder) -> None:
    """Record parameters arrive before the addresses are known: in objects of their own, and are copied."""
    for i in params:
        slot = i.a.aux
        if i.op != PARAM_RECORD or not isinstance(slot, StackSlot) or slot.index not in places:
            continue
        align = slot.align
        arrived = func.slot_address(func.new_slot(max(slot.size, 1), align))
        copy = b.op(MEMCPY, VOID, b.offset(places[slot.index], i.a.imm), arrived, func.param_types[i.imm].unq.size)
        copy.flags = align_flag(align)
        i.a = arrived


def _replace(func: Function, places: dict[int, Instr], b: IrBuilder) -> None:
    """Put the computed addresses, and sums of them and offsets, which `b` makes in the entry, in the place of slots."""
    made: dict[tuple[int, int], Instr] = {}
    for block in func.blocks:
        for i in block.instrs:
            for v in (i.a, i.b, *i.ext):
                if v.op != SLOT or not isinstance(v.aux, StackSlot) or v.aux.index not in places:
                    continue
                key = (v.aux.index, v.imm)
                if key not in made:
                    made[key] = b.offset(places[v.aux.index], v.imm)
                new = made[key]
                if i.a is v:
                    i.a = new
                if i.b is v:
                    i.b = new
                if i.ext is not NO_EXT:
                    i.ext = [new if x is v else x for x in i.ext]
