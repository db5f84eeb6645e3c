"""-fzero-call-used-regs= and the attribute of that name: registers that callers do not count on are zero when a function returns
(gcc manual, "Program Instrumentation Options"), so that what they held cannot serve an attack.

    used-gpr        general registers that the function mentions
    all-gpr         all general registers that a call may change
    ...-arg         of these, those that pass arguments

What holds the result stays.  Choices that concern vector and x87 registers are refused.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.mir import MachineFunction, MachineInstr
from toolchain.cc.x86 import ops
from toolchain.cc.x86.abi import INTEGER_ARGUMENTS
from toolchain.cc.x86.ops import RAX, RCX, RDX
from toolchain.diagnostics import ToolError
from toolchain.mc.model import operand
from toolchain.mc.model.operand import KIND_MASK, REG, SHIFT

if TYPE_CHECKING:
    from toolchain.cc.x86.target import X86Target

CHOICES: Final = ("used-gpr", "all-gpr", "used-gpr-arg", "all-gpr-arg")


def run(target: X86Target, f: MachineFunction) -> None:
    """Clear before every return."""
    choice = f.source.zero_call_used
    if choice in ("", "skip"):
        return
    if choice not in CHOICES:
        raise ToolError(f"'{choice}' of zero_call_used_regs is not supported: it concerns vector registers", f.source.loc)
    wanted = _general(target)
    if choice.startswith("used"):
        wanted &= _mentioned(f)
    if choice.endswith("-arg"):
        wanted &= sum(1 << r for r in (INTEGER_ARGUMENTS if target.wide else (RAX, RDX, RCX)))
    for b in f.order:
        for k in range(len(b.instrs) - 1, -1, -1):
            i = b.instrs[k]
            if i.op == mir.RETURN:
                kept = sum(1 << r for r in set(i.effects.implicit_uses)) if i.effects is not None else 0
                b.instrs[k:k] = [_cleared(r, f) for r in range(target.general_registers) if (wanted & ~kept) >> r & 1]


def _general(target: X86Target) -> int:
    mask = 0
    for r in range(16 if target.wide else 8):
        if target.caller_saved >> r & 1 and not target.reserved >> r & 1:
            mask |= 1 << r
    return mask


def _mentioned(f: MachineFunction) -> int:
    """Registers that instructions write or read."""
    mask = f.used_registers
    for b in f.order:
        for i in b.instrs:
            for o in i.ops:
                if o & KIND_MASK == REG and o >= 0:
                    mask |= 1 << (o >> SHIFT)
    return mask


def _cleared(register: int, f: MachineFunction) -> MachineInstr:
    i = MachineInstr(ops.LI, [operand.reg(register), operand.imm(0)], f.source.end_loc)
    i.flags |= mir.F_FRAME_DESTROY
    return i
