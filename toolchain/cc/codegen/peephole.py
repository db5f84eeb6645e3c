"""Small clean-ups on machine IR with real registers.

Copies of a register onto itself go; a copy back (`mv a, b` ... `mv b, a`) goes while both still agree;
a definition that nothing reads before it is overwritten goes.
"""
from __future__ import annotations

from toolchain.cc.codegen.mir import (
    COPY,
    D_BRANCH,
    D_CALL,
    D_EFFECT,
    D_LOAD,
    D_STORE,
    D_TERMINATOR,
    RELOAD,
    SPILL,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    OpDesc,
)
from toolchain.cc.codegen.target import BackTarget
from toolchain.mc.model.operand import KIND_MASK, SHIFT


def written(i: MachineInstr, d: OpDesc) -> int:
    """Bit set of machine registers that the instruction may change."""
    e = i.effects
    out = d.clobbers | d.implicit_defs
    if e is None:
        for p in d.defs:
            o = i.ops[p]
            if not o & KIND_MASK:
                out |= 1 << (o >> SHIFT)
        return out
    out |= e.clobbers
    for p in e.defs:
        o = i.ops[p]
        if not o & KIND_MASK:
            out |= 1 << (o >> SHIFT)
    for r in e.implicit_defs:
        out |= 1 << r
    return out


def read(i: MachineInstr, d: OpDesc) -> int:
    """Bit set of machine registers that the instruction reads."""
    e = i.effects
    out = d.implicit_uses
    if e is None:
        for p in d.uses:
            o = i.ops[p]
            if not o & KIND_MASK:
                out |= 1 << (o >> SHIFT)
        return out
    for p in e.uses:
        o = i.ops[p]
        if not o & KIND_MASK:
            out |= 1 << (o >> SHIFT)
    for r in e.implicit_uses:
        out |= 1 << r
    return out


def forward_copies(b: MachineBlock, target: BackTarget) -> None:
    """Drop copies and reloads that give a register the value it already has; copies and stores of a copy take the original."""
    same: dict[int, int] = {}       # register -> register with equal contents (both directions)
    origin: dict[int, int] = {}     # register -> register it was copied from
    memory: dict[int, int] = {}     # slot operand -> register that holds its contents
    out: list[MachineInstr] = []
    for i in b.instrs:
        d = target.descs[i.op]
        if i.op == COPY:
            x, y = i.ops[0] >> SHIFT, i.ops[1] >> SHIFT
            if y in origin and target.same_class(x, origin[y]):
                y = origin[y]
                i.ops[1] = y << SHIFT
            if x == y or same.get(x, -1) == y:
                continue
        elif i.op == RELOAD:
            r = memory.get(i.ops[1], -1)
            if r == i.ops[0] >> SHIFT:
                continue
            if r >= 0 and target.same_class(r, i.ops[0] >> SHIFT):
                n = i.flags
                i = MachineInstr(COPY, [i.ops[0], r << SHIFT], i.loc)
                i.flags = n
                d = target.descs[COPY]
        elif i.op == SPILL and i.ops[0] >> SHIFT in origin and target.same_class(i.ops[0] >> SHIFT, origin[i.ops[0] >> SHIFT]):
            i.ops[0] = origin[i.ops[0] >> SHIFT] << SHIFT
        w = written(i, d)
        e = i.effects
        if e is not None and e.standard_call:
            w |= target.caller_saved | target.global_registers
        if w:
            for k in list(same):
                if w >> k & 1 or w >> same[k] & 1:
                    del same[k]
            for k in list(origin):
                if w >> k & 1 or w >> origin[k] & 1:
                    del origin[k]
            for k in list(memory):
                if w >> memory[k] & 1:
                    del memory[k]
        if i.op == COPY:
            x, y = i.ops[0] >> SHIFT, i.ops[1] >> SHIFT
            same[x] = y
            same[y] = x
            origin[x] = y
        elif i.op == SPILL:
            memory[i.ops[1]] = i.ops[0] >> SHIFT
        elif i.op == RELOAD:
            memory[i.ops[1]] = i.ops[0] >> SHIFT
        out.append(i)
    b.instrs = out


def dead_definitions(f: MachineFunction, target: BackTarget) -> None:
    """Drop instructions whose results are overwritten or never read, by liveness of machine registers; `live_out` of each
    block tells them from then on."""
    live_in: dict[int, int] = {b.number: 0 for b in f.order}
    always = target.reserved
    changed = True
    keep_flags = D_CALL | D_EFFECT | D_STORE | D_TERMINATOR | D_BRANCH | D_LOAD
    while changed:
        changed = False
        for b in reversed(f.order):
            live = always
            for s in b.succs:
                live |= live_in.get(s.number, -1)
            for i in reversed(b.instrs):
                d = target.descs[i.op]
                live = (live & ~must_write(i, d, target)) | read(i, d)
            if live != live_in[b.number]:
                live_in[b.number] = live
                changed = True
    for b in f.order:
        live = always
        for s in b.succs:
            live |= live_in.get(s.number, -1)
        b.live_out = live
        rev: list[MachineInstr] = []
        for i in reversed(b.instrs):
            d = target.descs[i.op]
            if i.effects is None and not d.flags & keep_flags and d.defs and not written(i, d) & (live | always):
                continue
            live = (live & ~must_write(i, d, target)) | read(i, d)
            rev.append(i)
        rev.reverse()
        b.instrs = rev
        b.live_in = live


def must_write(i: MachineInstr, d: OpDesc, target: BackTarget) -> int:
    """Registers whose old contents are gone after the instruction."""
    w = written(i, d)
    e = i.effects
    if e is not None and e.standard_call:
        w |= target.caller_saved
    return w


def run(f: MachineFunction, target: BackTarget) -> None:
    """All clean-ups of this room."""
    for b in f.order:
        forward_copies(b, target)
    dead_definitions(f, target)
