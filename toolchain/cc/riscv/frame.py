"""RISC-V frames.

    entry sp ->  incoming stack arguments
                 register save area of variadic functions
                 ra                      <- frame pointer (s0) points here: ra at -8, caller's s0 at -16
                 s0, s1, ...
                 arrays, locals, spill slots
    sp       ->  arguments for calls

Frames of more than 2,032 bytes are made in two steps, so that the saves have short offsets; slots
farther than 2 KB from the stack pointer are reached through ra, which is saved then and never allocated.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.frame import place_slots, round_up, saved_registers
from toolchain.cc.codegen.mir import INCOMING, LOCAL, MachineFunction, MachineInstr
from toolchain.cc.riscv import ops
from toolchain.cc.riscv.ops import B
from toolchain.diagnostics import ToolError
from toolchain.isa.riscv import rows as r
from toolchain.mc.model import operand
from toolchain.mc.model.operand import KIND_MASK, SHIFT, SLOT

if TYPE_CHECKING:
    from toolchain.cc.codegen.emit import Emitter
    from toolchain.cc.riscv.target import RiscvTarget

SP: Final = 2
S0: Final = 8
RA: Final = 1
T0: Final = 5
FAR: Final = 1900
"""Frame size from which ra is saved even in a leaf function, to be the scratch register for far slots."""
FIRST_STEP: Final = 2032


def before_allocation(target: RiscvTarget, f: MachineFunction) -> None:
    """Decide on a frame pointer."""
    if f.source.interrupt:
        raise ToolError("attribute 'interrupt' is not supported", f.source.loc)
    for s in f.slots:
        if s.kind == LOCAL and s.align > 16:
            f.needs_frame_pointer = True
    if f.has_alloca or target.keep_frame_pointer or f.source.uses_frame_address:
        f.needs_frame_pointer = True
    if f.needs_frame_pointer:
        f.reserved |= 1 << S0


def layout(target: RiscvTarget, f: MachineFunction) -> None:
    """Offsets and total size; the registers to save go to `target.saved`."""
    saved = saved_registers(f, target)
    leaf = not f.has_calls and not f.used_registers >> RA & 1
    if not leaf:
        f.saves_return_address = True
    if f.needs_frame_pointer:
        saved = [x for x in saved if x != S0]
        f.saves_return_address = True
    end, largest = place_slots(f, target)
    if end > FAR or has_far_offset(f):
        f.saves_return_address = True
    order: list[int] = []
    if f.saves_return_address:
        order.append(RA)
    if f.needs_frame_pointer:
        order.append(S0)
    order.extend(x for x in saved if x != RA)
    f.saved = order
    size = round_up(end, 8) + 8 * len(order)
    if size or f.register_save_bytes:
        size = round_up(size, 16)
        if largest > 16:
            size = round_up(size, largest)
    f.frame_size = size + f.register_save_bytes
    for k in f.dynamic_slots:
        f.slots[k].offset = round_up(f.outgoing_bytes, 16)
    f.realign = largest if largest > 16 else 0
    if f.realign and f.has_alloca:
        raise ToolError("a frame with both alloca and objects of more than 16 bytes' alignment is not supported", f.source.loc)


def has_far_offset(f: MachineFunction) -> bool:
    """Whether an access lies far outside its slot (undefined in C, but it must not destroy ra)."""
    for b in f.order:
        for i in b.instrs:
            o = i.ops
            for k in range(1, len(o)):
                if o[k] & KIND_MASK == SLOT and o[k - 1] & KIND_MASK == operand.IMM and not -128 <= o[k - 1] >> SHIFT <= FAR:
                    return True
    return False


def slot_place(f: MachineFunction, index: int) -> tuple[int, int]:
    """(base register, offset) of a slot."""
    s = f.slots[index]
    if s.kind == INCOMING:
        if f.needs_frame_pointer:
            return S0, s.offset + f.register_save_bytes
        return SP, s.offset + f.frame_size
    if f.has_alloca and s.kind != mir.OUTGOING:
        return S0, s.offset - (f.frame_size - f.register_save_bytes)
    return SP, s.offset


def slot_location(f: MachineFunction, index: int) -> tuple[int, int]:
    """See BackTarget."""
    s = f.slots[index]
    if s.kind == INCOMING:
        return -1, s.offset
    if f.realign or s.kind == mir.OUTGOING:
        return SP, s.offset
    return -1, s.offset - f.frame_size


def access(target: RiscvTarget, f: MachineFunction, i: MachineInstr, out: list[MachineInstr]) -> None:
    """Replace slot operands."""
    op = i.op
    o = i.ops
    if op == mir.FRAME_ADDRESS:
        base, offset = slot_place(f, o[1] >> SHIFT)
        add_constant(out, o[0] >> SHIFT, base, offset + (o[2] >> SHIFT), o[0] >> SHIFT, i)
        return
    if op == mir.SPILL or op == mir.RELOAD:
        float_register = o[0] >> SHIFT >= 32
        if op == mir.SPILL:
            row = (r.FSD if target.wide_float() else r.FSW) if float_register else r.SD
        else:
            row = (r.FLD if target.wide_float() else r.FLW) if float_register else r.LD
        i = MachineInstr(row + B, [o[0], operand.imm(0), o[1]], i.loc)
        o = i.ops
    for k in range(len(o)):
        if o[k] & KIND_MASK != SLOT:
            continue
        base, offset = slot_place(f, o[k] >> SHIFT)
        offset += o[k - 1] >> SHIFT
        if not -2048 <= offset <= 2047:
            scratch = RA
            low = ((offset & 0xFFF) ^ 0x800) - 0x800
            add_constant(out, scratch, base, offset - low, scratch, i)
            base, offset = scratch, low
        o[k - 1] = operand.imm(offset)
        o[k] = operand.reg(base)
    out.append(i)


def add_constant(out: list[MachineInstr], d: int, base: int, n: int, scratch: int, i: MachineInstr) -> None:
    """d = base + n; `scratch` may be d."""
    if -2048 <= n <= 2047:
        out.append(MachineInstr(r.ADDI + B, [operand.reg(d), operand.reg(base), operand.imm(n)], i.loc))
        return
    out.append(MachineInstr(ops.LI, [operand.reg(scratch), operand.imm(n)], i.loc))
    out.append(MachineInstr(r.ADD + B, [operand.reg(d), operand.reg(scratch), operand.reg(base)], i.loc))


def save_row(register: int, wide: bool, load: bool) -> int:
    """Row to save or restore a register."""
    if register >= 32:
        return (r.FLD if load else r.FSD) + B if wide else (r.FLW if load else r.FSW) + B
    return (r.LD if load else r.SD) + B


def first_step(f: MachineFunction) -> int:
    """Bytes of the frame that are taken first, saved registers among them: all of a frame whose size is an immediate operand."""
    return f.frame_size if f.frame_size < 2048 else min(FIRST_STEP, round_up(8 * len(f.saved) + f.register_save_bytes, 16))


def transfer_saved(out: list[MachineInstr], target: RiscvTarget, f: MachineFunction, load: bool, loc: int) -> None:
    """Save or restore callee-saved registers, below the area for variable arguments."""
    at = first_step(f) - f.register_save_bytes - 8
    for register in f.saved:
        out.append(MachineInstr(save_row(register, target.wide_float(), load), [operand.reg(register), operand.imm(at), operand.reg(SP)], loc))
        at -= 8


def prologue(target: RiscvTarget, f: MachineFunction) -> list[MachineInstr]:
    """Code at entry."""
    out: list[MachineInstr] = []
    size = f.frame_size
    if not size:
        return out
    loc = f.source.loc
    save_area = f.register_save_bytes
    first = first_step(f)
    adjust(out, -first, loc)
    transfer_saved(out, target, f, False, loc)
    if f.needs_frame_pointer:
        out.append(MachineInstr(r.ADDI + B, [operand.reg(S0), operand.reg(SP), operand.imm(first - save_area)], loc))
    if first != size:
        adjust_far(out, -(size - first), loc)
    if f.realign:
        if f.realign <= 2048:
            out.append(MachineInstr(r.ANDI + B, [operand.reg(SP), operand.reg(SP), operand.imm(-f.realign)], loc))
        else:
            shift = f.realign.bit_length() - 1
            out.append(MachineInstr(r.SRLI + B, [operand.reg(T0), operand.reg(SP), operand.imm(shift)], loc))
            out.append(MachineInstr(r.SLLI + B, [operand.reg(SP), operand.reg(T0), operand.imm(shift)], loc))
    for i in out:
        i.flags |= mir.F_FRAME_SETUP
    return out


def adjust(out: list[MachineInstr], n: int, loc: int) -> None:
    """sp += n, n fits."""
    out.append(MachineInstr(r.ADDI + B, [operand.reg(SP), operand.reg(SP), operand.imm(n)], loc))


def adjust_far(out: list[MachineInstr], n: int, loc: int) -> None:
    """sp += n for any n; t0 is free at entry and exit."""
    if -2048 <= n <= 2047:
        adjust(out, n, loc)
        return
    out.append(MachineInstr(ops.LI, [operand.reg(T0), operand.imm(n)], loc))
    out.append(MachineInstr(r.ADD + B, [operand.reg(SP), operand.reg(SP), operand.reg(T0)], loc))


def epilogue(target: RiscvTarget, f: MachineFunction) -> list[MachineInstr]:
    """Code before leaving."""
    out: list[MachineInstr] = []
    size = f.frame_size
    if not size:
        return out
    loc = f.source.end_loc
    first = first_step(f)
    if f.has_alloca or f.realign:
        out.append(MachineInstr(r.ADDI + B, [operand.reg(SP), operand.reg(S0), operand.imm(f.register_save_bytes - first)], loc))
    elif first != size:
        adjust_far(out, size - first, loc)
    transfer_saved(out, target, f, True, loc)
    adjust(out, first, loc)
    for i in out:
        i.flags |= mir.F_FRAME_DESTROY
    return out


def insert(target: RiscvTarget, f: MachineFunction) -> None:
    """Prologue at the entry, epilogue before every return and tail call."""
    if f.source.naked:
        return
    entry = f.order[0]
    entry.instrs[0:0] = prologue(target, f)
    for b in f.order:
        for k in range(len(b.instrs) - 1, -1, -1):
            if b.instrs[k].op in (mir.RETURN, mir.TAIL_CALL):
                b.instrs[k:k] = epilogue(target, f)


def cfi(e: Emitter, i: MachineInstr) -> None:
    """Call-frame directives after `i`: the CFA is the stack pointer at entry."""
    f = e.f
    o = i.ops
    s = e.streamer
    op = i.op
    if op in (r.SD + B, r.FSD + B, r.FSW + B):
        s.cfi("offset", (o[0] >> SHIFT, (o[1] >> SHIFT) - e.stack_offset), i.loc)
    elif op in (r.LD + B, r.FLD + B, r.FLW + B):
        if o[0] >> SHIFT == e.cfa_register:
            e.cfa_register = SP
            s.cfi("def_cfa", (SP, e.stack_offset), i.loc)
        s.cfi("restore", (o[0] >> SHIFT,), i.loc)
    elif op == r.ADDI + B and o[0] >> SHIFT == S0:
        e.cfa_register = S0
        s.cfi("def_cfa", (S0, e.stack_offset - (o[2] >> SHIFT)), i.loc)
    elif op == r.ADDI + B and o[0] >> SHIFT == SP:
        if o[1] >> SHIFT == SP:
            e.stack_offset -= o[2] >> SHIFT
        else:
            e.stack_offset = f.register_save_bytes - (o[2] >> SHIFT)
        if e.cfa_register == SP:
            s.cfi("def_cfa_offset", (e.stack_offset,), i.loc)
    elif op == r.ADD + B and o[0] >> SHIFT == SP:
        first = min(FIRST_STEP, round_up(8 * len(f.saved) + f.register_save_bytes, 16))
        e.stack_offset = f.frame_size if i.flags & mir.F_FRAME_SETUP else first
        if e.cfa_register == SP:
            s.cfi("def_cfa_offset", (e.stack_offset,), i.loc)
