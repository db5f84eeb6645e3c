"""Sixteen flat 80-bit x87 "registers", each a place in the frame.

Selection and the allocator treat them like any registers that calls do not touch.  `x87_stack.py` turns operations into rows of
the x87 stack, and pushes and pops of those flat registers that are still needed; once registers are assigned `Expander` writes
out what concerns them.

    x_push a ; copy d, s   ->   fldt a ; fldt s ; fstpt d
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.mir import MachineFunction, MachineInstr
from toolchain.cc.x86 import ops
from toolchain.cc.x86.address import ONE
from toolchain.cc.x86.ops import X87, M, row
from toolchain.isa.x86.registers import ST
from toolchain.mc.model import operand
from toolchain.mc.model.operand import NO_REG, SHIFT

FLDT: Final = row("FLDT_M")
FSTPT: Final = row("FSTPT_M")
FSTP: Final = row("FSTP_T")
FXCH: Final = row("FXCH")
BYTES: Final = 16


class Expander:
    """Expands one function."""

    def __init__(self, f: MachineFunction) -> None:
        self.f = f
        self.slots: dict[int, int] = {}
        self.out: list[MachineInstr] = []
        self.loc = 0

    def run(self) -> None:
        """Rewrite all blocks that mention x87 values."""
        for b in self.f.order:
            if not any(touches(i) for i in b.instrs):
                continue
            self.out = []
            for i in b.instrs:
                if touches(i):
                    self.loc = i.loc
                    self.expand(i)
                else:
                    self.out.append(i)
            b.instrs = self.out

    def place(self, register: int) -> list[int]:
        """Memory operand of a flat register (packed)."""
        k = self.slots.get(register, -1)
        if k < 0:
            s = self.f.new_slot(BYTES, BYTES, mir.SPILL_SLOT)
            s.used = True
            k = s.index
            self.slots[register] = k
        return [operand.slot(k), ONE, NO_REG, operand.imm(0), NO_REG]

    def emit(self, op: int, operands: list[int]) -> None:
        """Append one instruction."""
        self.out.append(MachineInstr(op, operands, self.loc))

    def push(self, register: int) -> None:
        """Load a flat register."""
        self.emit(FLDT, self.place(register))

    def pop(self, register: int) -> None:
        """Store st(0) to a flat register."""
        self.emit(FSTPT, self.place(register))

    def expand(self, i: MachineInstr) -> None:
        """One instruction."""
        op, o = i.op, i.ops
        if op == mir.ASM:
            self.inline_asm(i)
        elif op == mir.COPY:
            self.move(o[0], o[1])
        elif op == mir.SPILL:
            self.push(o[0])
            self.emit(FSTPT, [o[1], ONE, NO_REG, operand.imm(0), NO_REG])
        elif op == mir.RELOAD:
            self.emit(FLDT, [o[1], ONE, NO_REG, operand.imm(0), NO_REG])
            self.pop(o[0])
        elif op == ops.X_PUSH:
            self.push(o[0])
        elif op == ops.X_TO_INT:
            self.truncate(o)
        elif op == ops.X_RESULT:
            self.result(o[0])
        elif op == ops.CMOV_MOVE:
            self.out.append(i)

    def inline_asm(self, i: MachineInstr) -> None:
        """Operands on the x87 stack (GCC manual, "x86 Floating-Point asm Operands").  Before the text its inputs are loaded
        to the places that `t`, `u` and ties ask for, `f` to what is left.  After it the outputs are on top; inputs tied
        to outputs or clobbered are gone, the others are dropped."""
        e = i.effects
        assert e is not None and e.asm is not None
        places: dict[int, int] = {}             # position in i.ops -> place on the stack
        for n, letters in enumerate(e.asm.letters):
            at = e.asm.first[n]
            if e.asm.kinds[n] == "register" and is_x87(i.ops[at]) and at not in places:
                wanted = 0 if "t" in letters else 1 if "u" in letters else -1
                if wanted >= 0:
                    if wanted in places.values() and at not in e.defs:
                        wanted = -1             # an output of the same place, not tied: they share it
                    else:
                        places[at] = wanted
                if wanted < 0 and at not in places:
                    places[at] = -1
        self.share(e, places)
        inputs = {places[at]: i.ops[at] for at in places if at in e.uses}
        for k in range(max(inputs, default=-1), -1, -1):
            if k in inputs:
                self.push(inputs[k])
            else:
                self.emit(row("FLDZ"), [])
        outputs = sorted((places[at], i.ops[at]) for at in places if at in e.defs)
        depth = max(inputs, default=-1) + 1
        gone = {places[at] for at in places if at in e.defs} | {k for k in range(8) if e.clobbers >> (ST + k) & 1}
        left = depth - len([k for k in range(depth) if k in gone])
        for at, k in places.items():
            i.ops[at] = operand.reg(ST + k)
        self.out.append(i)
        for _, d in outputs:
            self.pop(d)
        for _ in range(left):
            self.emit(FSTP, [operand.reg(ST)])

    def share(self, e: mir.Effects, places: dict[int, int]) -> None:
        """Places for operands that any will do: inputs below those that are fixed, outputs on top."""
        for at in places:
            if places[at] >= 0:
                continue
            same = [places[x] for x in places if places[x] >= 0 and (x in e.uses) == (at in e.uses)]
            if at in e.uses:
                same += [places[x] for x in places if places[x] >= 0]
            k = 0
            while k in same:
                k += 1
            places[at] = k

    def result(self, d: int) -> None:
        """st(0) goes to `d`, which may be the place of a returned value: the stack itself."""
        if d >> SHIFT == ST + 1:
            self.emit(FXCH, [])
        elif d >> SHIFT != ST:
            self.pop(d)

    def move(self, d: int, s: int) -> None:
        """Copy; the machine's st(0) and st(1) are where long double results travel."""
        if s >> SHIFT < X87:
            self.pop(d)
        else:
            self.push(s)
            self.result(d)

    def truncate(self, o: list[int]) -> None:
        """fistp with the rounding control set to "towards zero" (SDM volume 1, 8.1.5)."""
        memory, control, t = o[2:2 + M], o[2 + M:2 + 2 * M], o[2 + 2 * M]
        changed = list(control)
        changed[3] = operand.imm((control[3] >> SHIFT) + 2)
        self.emit(row("FNSTCW_M"), list(control))
        self.emit(row("MOVZWL_RM"), [t, *control])
        self.emit(row("ORL_RI"), [t, operand.imm(0xC00)])
        self.emit(row("MOVW_MR"), [*changed, t])
        if o[0] != NO_REG:
            self.push(o[0])
        self.emit(row("FLDCW_M"), list(changed))
        self.emit(o[1] >> SHIFT, memory)
        self.emit(row("FLDCW_M"), list(control))


def is_x87(o: int) -> bool:
    """Whether a packed operand is a flat register or the top of the x87 stack."""
    return o & 7 == 0 and (o >> SHIFT in (ST, ST + 1) or X87 <= o >> SHIFT < X87 + ops.NUM_X87)


def touches(i: MachineInstr) -> bool:
    """Whether the instruction is to be expanded."""
    op = i.op
    if op == mir.ASM:
        return any(is_x87(o) for o in i.ops)
    if op in (mir.COPY, mir.SPILL, mir.RELOAD):
        return is_x87(i.ops[0]) or (op == mir.COPY and is_x87(i.ops[1]))
    return ops.X_PUSH <= op <= ops.X_DROP
