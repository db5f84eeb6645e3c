"""Selection functions that are alike on every target, and the table that a target puts its own into."""
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen.asm import select_asm, select_asm_goto
from toolchain.cc.codegen.mir import Effects, MachineInstr
from toolchain.cc.codegen.target import SelectFunction
from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import Instr
from toolchain.diagnostics import ToolError
from toolchain.elf.constants import SHF_ALLOC, SHF_MERGE, SHT_PROGBITS
from toolchain.mc.model import operand
from toolchain.mc.model.expr import MCSymbol, SectionSpec

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector


def refuse(s: Selector, i: Instr) -> None:
    """An operation that legalisation should have removed."""
    raise ToolError(f"internal error: no pattern for '{ir.OP_NAMES[i.op]}' of type {i.ty}", i.loc)


def call(s: Selector, i: Instr) -> None:
    """CALL."""
    s.call(i)


def ret(s: Selector, i: Instr) -> None:
    """RET."""
    s.ret(i)


def unreachable(s: Selector, i: Instr) -> None:
    """UNREACHABLE."""
    s.unreachable(i)


def copy(s: Selector, i: Instr) -> None:
    """Opaque COPY."""
    root = s.strip(i.a)
    if root.op <= ir.LABEL and root.op != ir.PARAM:
        s.materialise(s.define(i), root)
    else:
        s.copy(s.define(i), s.reg(i.a))


def stack_save(s: Selector, i: Instr) -> None:
    """STACK_SAVE."""
    s.mf.has_alloca = True
    s.copy(s.define(i), operand.reg(s.target.stack_pointer))


def stack_restore(s: Selector, i: Instr) -> None:
    """STACK_RESTORE."""
    s.copy(operand.reg(s.target.stack_pointer), s.reg(i.a))


COMMON: Final[dict[int, SelectFunction]] = {
    ir.CALL: call, ir.RET: ret, ir.UNREACHABLE: unreachable, ir.ASM: select_asm, ir.ASM_GOTO: select_asm_goto, ir.COPY: copy,
    ir.STACK_SAVE: stack_save, ir.STACK_RESTORE: stack_restore,
}


def table(own: Mapping[tuple[int, ...], SelectFunction]) -> list[SelectFunction]:
    """Selection functions by IR opcode: a target's `own`, and those common to all."""
    out: list[SelectFunction] = [refuse] * ir.NUM_OPS
    for op, function in COMMON.items():
        out[op] = function
    for codes, function in own.items():
        for op in codes:
            out[op] = function
    return out


# ------------------------------------------------------------------ intrinsics

def register_intrinsic(s: Selector, i: Instr, name: str) -> bool:
    """INTRINSICs that read or write a register by its name or its role; False if `name` is none of them.

    Raises ToolError if the target has no register of that name."""
    action, _, register = name.partition(":")
    if name == "stack_pointer":
        s.copy(s.define(i), operand.reg(s.target.stack_pointer))
        return True
    if action not in ("read_register", "write_register"):
        return False
    r = s.target.asm_register(register)
    if r < 0:
        raise ToolError(f"invalid register name for '{register}'", i.loc)
    if action == "read_register":
        s.copy(s.define(i), operand.reg(r))
    else:
        s.copy(operand.reg(r), s.reg(i.ext[0]))
    return True


def setjmp(s: Selector, i: Instr, op: int, result: int, buffer: int) -> None:
    """`__builtin_setjmp` as the target's pseudo operation `op`, which has its result and the buffer's address in these two machine registers.

    Every register but the stack and frame pointers is lost when control comes back."""
    e = Effects()
    e.defs.append(0)
    e.uses.append(1)
    for c in s.target.classes:
        e.clobbers |= c.mask
    e.clobbers &= ~(1 << result | 1 << s.target.frame_pointer)
    s.mf.source.uses_frame_address = True
    d = s.define(i) if i.ty else s.temporary(0)
    s.copy(operand.reg(buffer), s.reg(i.ext[0]))
    s.out.append(MachineInstr(op, [operand.reg(result), operand.reg(buffer)], s.loc, e))
    s.copy(d, operand.reg(result))


# ------------------------------------------------------------------ constants in memory

def pooled(s: Selector, bits: int, size: int) -> MCSymbol:
    """Label of a constant of `size` bytes in the unit's mergeable pool, emitted at first mention."""
    unit = s.unit
    label = unit.constants.get((size, bits))
    if label is None:
        out = unit.streamer
        label = out.temporary(".LCP")
        unit.constants[size, bits] = label
        out.push_section()
        out.section(SectionSpec(f".rodata.cst{size}", SHT_PROGBITS, SHF_ALLOC | SHF_MERGE, size))
        out.align(size, 0, 0, 1, s.loc)
        out.label(label, s.loc)
        out.data(bits.to_bytes(size, "little"))
        out.pop_section()
    return label
