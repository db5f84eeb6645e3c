"""Emission of the RISC-V back end's pseudo operations."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.emit import Emitter
from toolchain.cc.codegen.mir import MachineInstr
from toolchain.cc.ir.ir import RMW_ADD, RMW_AND, RMW_NAND, RMW_OR, RMW_SUB, RMW_XCHG, RMW_XOR
from toolchain.cc.riscv import ops
from toolchain.cc.riscv.ops import B
from toolchain.diagnostics import ToolError
from toolchain.isa.riscv import rows as r
from toolchain.mc.model import operand
from toolchain.mc.model.operand import EXPR, KIND_MASK, SHIFT

if TYPE_CHECKING:
    from toolchain.cc.riscv.target import RiscvTarget

RA: Final = 1 << SHIFT
SP: Final = 2 << SHIFT
TP: Final = 4 << SHIFT
T1: Final = 6 << SHIFT
S0: Final = 8 << SHIFT
ZERO: Final = 0

LR: Final = {4: (r.LR_W, r.LR_W_AQ, r.LR_W_AQRL), 8: (r.LR_D, r.LR_D_AQ, r.LR_D_AQRL)}
SC: Final = {4: (r.SC_W, r.SC_W_RL), 8: (r.SC_D, r.SC_D_RL)}
RMW_ROWS: Final = {RMW_ADD: r.ADD, RMW_SUB: r.SUB, RMW_AND: r.AND, RMW_OR: r.OR, RMW_XOR: r.XOR, RMW_NAND: r.AND}


def emit(target: RiscvTarget, e: Emitter, i: MachineInstr) -> None:
    """Emit a shared or own pseudo operation."""
    op = i.op
    o = i.ops
    loc = i.loc
    if op == mir.COPY:
        copy(e, o[0], o[1], i)
    elif op == ops.LI:
        e.row(r.LI + B, o, loc)
    elif op == mir.CALL:
        call(e, i)
    elif op == mir.RETURN:
        if e.f.source.naked:
            return          # the asm returns
        e.row(r.RET + B, [], loc)
    elif op == mir.JUMP:
        e.row(r.J + B, [e.resolve_operand(o[0])], loc)
    elif op == mir.TAIL_CALL:
        if o[0] & KIND_MASK == EXPR:
            e.row(r.TAIL + B, [e.resolve_operand(o[0])], loc)
        else:
            e.row(r.JR_RS1 + B, [o[0]], loc)
    elif op == mir.JUMP_TABLE:
        e.row(r.JR_RS1 + B, [o[0]], loc)
    elif op == ops.LA or op == ops.LABEL_ADDRESS:
        address(target, e, i)
    elif op == ops.LGA:
        e.row(r.LGA_MACRO + B, [o[0], e.resolve_operand(o[1])], loc)
    elif op == ops.TLS_LE:
        thread_local(e, i)
    elif op == ops.TLS_IE:
        e.row(r.LA_TLS_IE_MACRO + B, [o[0], e.resolve_operand(o[1])], loc)
        e.row(r.ADD + B, [o[0], o[0], TP], loc)
    elif op == ops.TLS_GD:
        e.row(r.LA_TLS_GD_MACRO + B, [o[0], e.resolve_operand(o[1])], loc)
    elif op == ops.CMOV:
        cmov(e, i)
    elif op == ops.TABLE_ADDRESS:
        assert i.effects is not None and i.effects.table is not None
        e.row(r.LLA + B, [o[0], e.symbol_operand(e.table_symbol(i.effects.table))], loc)
    elif op == ops.RETURN_ADDRESS:
        return_address(e, i)
    elif op == ops.SETJMP:
        setjmp(e, i)
    elif op == ops.LONGJMP:
        for register, at in ((S0, 0), (T1, 8), (SP, 16)):
            e.row(r.LD + B, [register, operand.imm(at), o[0]], loc)
        e.row(r.JR_RS1 + B, [T1], loc)
    elif op == ops.TRAP:
        e.row(r.EBREAK + B, [], loc)
    else:
        atomic(e, i)


def copy(e: Emitter, d: int, s: int, i: MachineInstr) -> None:
    """Register copy."""
    if d >> SHIFT >= 32:
        if s >> SHIFT >= 32:
            e.row((r.FMV_D if e.target.word_bytes == 8 and e.target.wide_float() else r.FMV_S) + B, [d, s], i.loc)
        else:
            e.row((r.FMV_D_X if e.target.wide_float() else r.FMV_W_X) + B, [d, s], i.loc)
    elif s >> SHIFT >= 32:
        e.row((r.FMV_X_D if e.target.wide_float() else r.FMV_X_W) + B, [d, s], i.loc)
    else:
        e.row(r.MV + B, [d, s], i.loc)


def call(e: Emitter, i: MachineInstr) -> None:
    """Direct (`call`, R_RISCV_CALL_PLT) or indirect (`jalr`)."""
    o = i.ops[0]
    if o & KIND_MASK == EXPR:
        e.row(r.CALL + B, [e.resolve_operand(o)], i.loc)
    else:
        e.row(r.JALR_RS1 + B, [o], i.loc)


def address(target: RiscvTarget, e: Emitter, i: MachineInstr) -> None:
    """Address of a symbol: auipc and addi, or lui and addi under medlow."""
    o = i.ops
    if target.medlow and i.op == ops.LA:
        x = e.f.expressions[o[1] >> SHIFT]
        assert x.symbol is not None
        e.row(r.LUI + B, [o[0], e.symbol_operand(x.symbol, "hi", x.value)], i.loc)
        e.row(r.ADDI + B, [o[0], o[0], e.symbol_operand(x.symbol, "lo", x.value)], i.loc)
        return
    e.row(r.LLA + B, [o[0], e.resolve_operand(o[1])], i.loc)


def thread_local(e: Emitter, i: MachineInstr) -> None:
    """Local-exec address."""
    o = i.ops
    x = e.f.expressions[o[1] >> SHIFT]
    assert x.symbol is not None
    e.row(r.LUI + B, [o[0], e.symbol_operand(x.symbol, "tprel_hi", x.value)], i.loc)
    e.row(r.ADD_RD_RS1_RS2_TPADD + B, [o[0], o[0], TP, e.symbol_operand(x.symbol, "tprel_add", x.value)], i.loc)
    e.row(r.ADDI + B, [o[0], o[0], e.symbol_operand(x.symbol, "tprel_lo", x.value)], i.loc)


def return_address(e: Emitter, i: MachineInstr) -> None:
    """ra at entry: still in ra, or where the prologue saved it."""
    f = e.f
    if f.saves_return_address:
        e.row(r.LD + B, [i.ops[0], operand.imm(f.frame_size - f.register_save_bytes - 8), SP], i.loc)
    else:
        e.row(r.MV + B, [i.ops[0], RA], i.loc)


def setjmp(e: Emitter, i: MachineInstr) -> None:
    """Fill the buffer; 0 now, 1 when longjmp comes back here."""
    d, buffer = i.ops
    loc = i.loc
    again, on = e.streamer.temporary(), e.streamer.temporary()
    e.row(r.SD + B, [S0, operand.imm(0), buffer], loc)
    e.row(r.SD + B, [SP, operand.imm(16), buffer], loc)
    e.row(r.LLA + B, [T1, e.symbol_operand(again)], loc)
    e.row(r.SD + B, [T1, operand.imm(8), buffer], loc)
    e.row(r.LI + B, [d, operand.imm(0)], loc)
    e.row(r.J + B, [e.symbol_operand(on)], loc)
    e.streamer.label(again, loc)
    e.row(r.LI + B, [d, operand.imm(1)], loc)
    e.streamer.label(on, loc)


def cmov(e: Emitter, i: MachineInstr) -> None:
    """A branch over one move."""
    d, row, x, y, value = i.ops
    if d == value:
        return
    label = e.streamer.temporary()
    e.row(row >> SHIFT, [x, y, e.symbol_operand(label)], i.loc)
    copy(e, d, value, i)
    e.streamer.label(label, i.loc)


# ------------------------------------------------------------------ LL/SC loops

def acquire(order: int) -> int:
    """Index into LR: 0 plain, 1 .aq, 2 .aqrl."""
    return 2 if order == 6 else 1 if order in (2, 3, 5) else 0


def release(order: int) -> int:
    """Index into SC: 0 plain, 1 .rl."""
    return 1 if order in (4, 5, 6) else 0


def atomic(e: Emitter, i: MachineInstr) -> None:
    """Loops of LR and SC.  They keep to the manual's rules for eventual success: at most 16 instructions,
    no loads, stores or taken backward branches inside."""
    o = i.ops
    loc = i.loc
    s = e.streamer
    retry = s.temporary()
    s.label(retry, loc)
    again = e.symbol_operand(retry)
    if i.op == ops.CAS:
        d, a, expected, new, t, order, size = o
        done = s.temporary()
        e.row(LR[size >> SHIFT][acquire(order >> SHIFT)] + B, [d, a], loc)
        e.row(r.BNE + B, [d, expected, e.symbol_operand(done)], loc)
        e.row(SC[size >> SHIFT][release(order >> SHIFT)] + B, [t, new, a], loc)
        e.row(r.BNEZ + B, [t, again], loc)
        s.label(done, loc)
    elif i.op == ops.RMW:
        d, a, value, t, what, order, size = o
        e.row(LR[size >> SHIFT][acquire(order >> SHIFT)] + B, [d, a], loc)
        arithmetic(e, t, d, value, what >> SHIFT, loc)
        e.row(SC[size >> SHIFT][release(order >> SHIFT)] + B, [t, t, a], loc)
        e.row(r.BNEZ + B, [t, again], loc)
    elif i.op == ops.CAS_MASKED:
        d, a, expected, new, mask, t, order = o
        done = s.temporary()
        e.row(LR[4][acquire(order >> SHIFT)] + B, [d, a], loc)
        e.row(r.AND + B, [t, d, mask], loc)
        e.row(r.BNE + B, [t, expected, e.symbol_operand(done)], loc)
        e.row(r.XOR + B, [t, d, expected], loc)
        e.row(r.OR + B, [t, t, new], loc)
        e.row(SC[4][release(order >> SHIFT)] + B, [t, t, a], loc)
        e.row(r.BNEZ + B, [t, again], loc)
        s.label(done, loc)
    elif i.op == ops.RMW_MASKED:
        d, a, value, mask, t, u, what, order = o
        e.row(LR[4][acquire(order >> SHIFT)] + B, [d, a], loc)
        arithmetic(e, t, d, value, what >> SHIFT, loc)
        # replace the masked bits: d ^ ((d ^ t) & mask)
        e.row(r.XOR + B, [u, d, t], loc)
        e.row(r.AND + B, [u, u, mask], loc)
        e.row(r.XOR + B, [u, d, u], loc)
        e.row(SC[4][release(order >> SHIFT)] + B, [u, u, a], loc)
        e.row(r.BNEZ + B, [u, again], loc)
    else:
        raise ToolError(f"internal error: pseudo operation {e.target.descs[i.op].name}", loc)


def arithmetic(e: Emitter, t: int, old: int, value: int, what: int, loc: int) -> None:
    """t = old `what` value."""
    if what == RMW_XCHG:
        e.row(r.MV + B, [t, value], loc)
        return
    e.row(RMW_ROWS[what] + B, [t, old, value], loc)
    if what == RMW_NAND:
        e.row(r.XORI + B, [t, t, operand.imm(-1)], loc)
