"""Frame layout: offsets for locals, spill slots, saved registers and argument areas.

From the stack pointer up: arguments for calls, then slots by how often they are mentioned per byte (so that short
offsets reach most), arrays last (nearest to what an overrun would hit: the guard), saved registers,
the register save area of variadic functions.
"""
from __future__ import annotations

from toolchain.cc.codegen.mir import FRAME_ADDRESS, LOCAL, OUTGOING, RELOAD, SPILL, SPILL_SLOT, FrameSlot, MachineFunction, MachineInstr
from toolchain.cc.codegen.target import BackTarget
from toolchain.mc.model.operand import KIND_MASK, REG, SHIFT


def round_up(n: int, align: int) -> int:
    """`n` up to a multiple of `align`."""
    return (n + align - 1) // align * align


def order_key(s: FrameSlot, mentions: int) -> tuple[int, int, int, int]:
    """Guard above arrays above scalars; then what is mentioned most often for its size, by size and by age."""
    return (2 if s.is_guard else 1 if s.is_array else 0, -(mentions << 8) // max(s.size, 1), -s.align, s.index)


def live_slots(f: MachineFunction) -> dict[int, int]:
    """How often code mentions each slot that it mentions at all, by number."""
    used: dict[int, int] = {}
    for b in f.order:
        for i in b.instrs:
            for o in i.ops:
                if o & KIND_MASK == 3:
                    used[o >> SHIFT] = used.get(o >> SHIFT, 0) + 1
    return used


def place_slots(f: MachineFunction, target: BackTarget) -> tuple[int, int]:
    """Offsets of locals and spill slots above the outgoing area.  Returns the end of the area and the
    largest alignment, of arguments on the stack too."""
    used = live_slots(f)
    at = round_up(f.outgoing_bytes, target.word_bytes)
    largest = max([s.align for s in f.slots if s.kind == OUTGOING], default=1)
    slots = [s for s in f.slots if s.kind in (LOCAL, SPILL_SLOT) and s.index in used]
    for _, s in sorted([(order_key(s, used[s.index]), s) for s in slots], key=first):
        at = round_up(at, s.align)
        s.offset = at
        s.placed = True
        at += s.size
        largest = max(largest, s.align)
    return at, largest


def first(item: tuple[tuple[int, int, int, int], FrameSlot]) -> tuple[int, int, int, int]:
    """Sort key."""
    return item[0]


def saved_registers(f: MachineFunction, target: BackTarget) -> list[int]:
    """Callee-saved registers that the function writes, in the target's order."""
    written = f.used_registers
    for b in f.order:
        for i in b.instrs:
            e = i.effects
            if e is not None:
                written |= e.clobbers
                for r in e.implicit_defs:
                    written |= 1 << r
                for p in e.defs:
                    o = i.ops[p]
                    if o & KIND_MASK == REG:
                        written |= 1 << (o >> SHIFT)
                continue
            d = target.descs[i.op]
            written |= d.implicit_defs | d.clobbers
            for p in d.defs:
                o = i.ops[p]
                if o & KIND_MASK == REG:
                    written |= 1 << (o >> SHIFT)
    f.used_registers = written
    return [r for r in target.callee_saved if written >> r & 1]


def rewrite_frame(f: MachineFunction, target: BackTarget) -> None:
    """Replace slot operands by real addresses everywhere."""
    for b in f.order:
        out: list[MachineInstr] = []
        for i in b.instrs:
            if i.op == SPILL or i.op == RELOAD or i.op == FRAME_ADDRESS:
                target.frame_access(f, i, out)
                continue
            for o in i.ops:
                if o & KIND_MASK == 3:
                    target.frame_access(f, i, out)
                    break
            else:
                out.append(i)
        b.instrs = out
