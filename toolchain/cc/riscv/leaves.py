"""RISC-V: constants, addresses, stack arguments, intrinsics, and the table of selection functions."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir, patterns
from toolchain.cc.codegen.mir import Effects, MachineInstr
from toolchain.cc.codegen.target import SelectFunction
from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import F32, F64, I32, GlobalSymbol, Instr, Intrinsic
from toolchain.cc.riscv import atomics, ops, select
from toolchain.cc.riscv.ops import B
from toolchain.diagnostics import ToolError
from toolchain.isa.riscv import rows as r
from toolchain.mc.model import operand
from toolchain.mc.model.expr import symbol_ref

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector
    from toolchain.cc.riscv.target import RiscvTarget

GPR: Final = 0
ZERO: Final = 0
TP: Final = 4


def li_length(v: int) -> int:
    """Instructions that `li` takes (an upper bound)."""
    if -2048 <= v <= 2047:
        return 1
    if -(1 << 31) <= v < 1 << 31:
        return 1 if v & 0xFFF == 0 else 2
    low = ((v & 0xFFF) ^ 0x800) - 0x800
    rest = v - low
    shift = (rest & -rest).bit_length() - 1
    return li_length(rest >> shift) + 1 + (1 if low else 0)


def global_address(target: RiscvTarget, s: Selector, d: int, leaf: Instr) -> None:
    """Address of symbol + offset."""
    symbol = leaf.aux
    assert isinstance(symbol, GlobalSymbol)
    if symbol.tls_model:
        thread_local(target, s, d, symbol, leaf.imm)
        return
    offset = leaf.imm
    got = target.needs_got(symbol)
    split = got or not -(1 << 20) < offset < 1 << 20
    e = s.symbol_operand(symbol, 0 if split else offset)
    if split and offset:
        t = s.temporary(atomics.GPR)
        s.emit(ops.LGA if got else ops.LA, [t, e])
        if -2048 <= offset <= 2047:
            s.emit(r.ADDI + B, [d, t, operand.imm(offset)])
        else:
            u = s.temporary(atomics.GPR)
            s.emit(ops.LI, [u, operand.imm(offset)])
            s.emit(r.ADD + B, [d, t, u])
        return
    s.emit(ops.LGA if got else ops.LA, [d, e])


def thread_local(target: RiscvTarget, s: Selector, d: int, symbol: GlobalSymbol, offset: int) -> None:
    """Address of a thread-local object by its model."""
    model = symbol.tls_model
    if not target.options.pic and model in ("global-dynamic", "local-dynamic"):
        model = "local-exec" if symbol.defined or symbol.local else "initial-exec"
    e = s.symbol_operand(symbol, offset if model == "local-exec" else 0)
    if model == "local-exec":
        s.emit(ops.TLS_LE, [d, e])
        return
    t = d if not offset else s.temporary(atomics.GPR)
    if model == "initial-exec":
        s.emit(ops.TLS_IE, [t, e])
    else:
        s.emit(ops.TLS_GD, [operand.reg(10), e])
        effects = Effects()
        effects.implicit_uses.append(10)
        effects.implicit_defs.append(10)
        effects.standard_call = True
        callee = s.mf.expression(symbol_ref(s.unit.streamer.symbol("__tls_get_addr")))
        s.out.append(MachineInstr(mir.CALL, [callee], s.loc, effects))
        s.mf.has_calls = True
        s.copy(t, operand.reg(10))
    if offset:
        u = s.temporary(atomics.GPR)
        s.emit(ops.LI, [u, operand.imm(offset)])
        s.emit(r.ADD + B, [d, t, u])


def float_constant(s: Selector, d: int, leaf: Instr) -> None:
    """A floating constant: from an integer register if that is short, else from memory."""
    bits = leaf.imm
    size = 8 if leaf.ty == F64 else 4
    value = bits - (1 << size * 8) if bits >> (size * 8 - 1) else bits
    row = (r.FMV_D_X if size == 8 else r.FMV_W_X) + B
    if bits == 0:
        s.emit(row, [d, operand.reg(ZERO)])
        return
    if li_length(value) <= 2:
        t = s.temporary(atomics.GPR)
        s.emit(ops.LI, [t, operand.imm(value)])
        s.emit(row, [d, t])
        return
    symbol = patterns.pooled(s, bits, size)
    t = s.temporary(atomics.GPR)
    e = s.mf.expression(symbol_ref(symbol))
    s.emit(ops.LA, [t, e])
    s.emit((r.FLD if size == 8 else r.FLW) + B, [d, operand.imm(0), t])


def load_slot(s: Selector, d: int, ty: int, slot: int) -> None:
    """Load an incoming stack argument."""
    rows = select.LOADS[ty]
    s.mf.slots[slot].used = True
    s.emit(rows[0] + B, [d, operand.imm(0), operand.slot(slot)])


def store_slot(s: Selector, v: Instr, slot: int) -> None:
    """Store an outgoing stack argument; integers fill the whole place."""
    if v.ty == F64:
        s.emit(r.FSD + B, [s.reg(v), operand.imm(0), operand.slot(slot)])
    elif v.ty == F32:
        s.emit(r.FSW + B, [s.reg(v), operand.imm(0), operand.slot(slot)])
    else:
        s.emit(r.SD + B, [select.sext(s, v) if v.ty == I32 else s.reg(v), operand.imm(0), operand.slot(slot)])


# ------------------------------------------------------------------ dynamic stack

def alloca(s: Selector, i: Instr) -> None:
    """ALLOCA: lower the stack pointer by the rounded size; the block starts above the argument area."""
    s.mf.has_alloca = True
    sp = operand.reg(2)
    align = max(16, i.imm)
    d = s.define(i)
    c = s.constant(i.a)
    if c is not None:
        size = (c + 15) & ~15
        if align > 16:
            size += align
        if size <= 2048:
            s.emit(r.ADDI + B, [sp, sp, operand.imm(-size)])
        else:
            t = s.temporary(atomics.GPR)
            s.emit(ops.LI, [t, operand.imm(-size)])
            s.emit(r.ADD + B, [sp, sp, t])
    else:
        t, u = s.temporary(atomics.GPR), s.temporary(GPR)
        s.emit(r.ADDI + B, [t, s.reg(i.a), operand.imm(15 + (align if align > 16 else 0))])
        s.emit(r.ANDI + B, [u, t, operand.imm(-16)])
        s.emit(r.SUB + B, [sp, sp, u])
    k = s.mf.new_slot(1, 1, mir.OUTGOING)
    k.name = "dynamic"
    t = s.temporary(atomics.GPR) if align > 16 else d
    s.emit(mir.FRAME_ADDRESS, [t, operand.slot(k.index), operand.imm(0)]).flags |= mir.F_NO_REMAT
    s.mf.dynamic_slots.append(k.index)
    if align > 16:
        u = s.temporary(atomics.GPR)
        s.emit(r.ADDI + B, [u, t, operand.imm(align - 1)])
        s.emit(r.ANDI + B, [d, u, operand.imm(-align)])


# ------------------------------------------------------------------ intrinsics

def intrinsic(s: Selector, i: Instr) -> None:
    """INTRINSIC by name."""
    info = i.aux
    assert isinstance(info, Intrinsic)
    name = info.name
    if s.target.fixed_value(i) >= 0:
        return
    if name == "trap":
        s.emit(ops.TRAP, [])
    elif name == "thread_pointer":
        s.copy(s.define(i), operand.reg(TP))
    elif name == "frame_address":
        frame_chain(s, s.define(i), i.imm)
    elif name == "return_address":
        return_address(s, i)
    elif name in ("fence", "__builtin_riscv_fence"):
        select.fence(s, 15, 15)
    elif name in ("pause", "__builtin_riscv_pause"):
        s.emit(r.FENCE + B, [operand.imm(1), operand.imm(0)])
    elif name == "setjmp":
        patterns.setjmp(s, i, ops.SETJMP, 10, 11)
    elif name == "longjmp":
        s.copy(operand.reg(10), s.reg(i.ext[0]))
        s.emit(ops.LONGJMP, [operand.reg(10)])
    elif name == "clear_cache":
        clear_cache(s, i)
    elif not patterns.register_intrinsic(s, i, name):
        raise ToolError(f"'__builtin_{name}' is not supported on this target", i.loc)


def frame_chain(s: Selector, d: int, level: int) -> None:
    """s0 after `level` steps up the chain of frames."""
    s.mf.source.uses_frame_address = True
    at = operand.reg(8)
    for _ in range(level):
        t = s.temporary(atomics.GPR)
        s.emit(r.LD + B, [t, operand.imm(-16), at])
        at = t
    s.copy(d, at)


def return_address(s: Selector, i: Instr) -> None:
    """ra at entry, or the one saved in an outer frame."""
    d = s.define(i)
    if i.imm == 0:
        s.emit(ops.RETURN_ADDRESS, [d])
        return
    t = s.temporary(atomics.GPR)
    frame_chain(s, t, i.imm)
    s.emit(r.LD + B, [d, operand.imm(-8), t])


def clear_cache(s: Selector, i: Instr) -> None:
    """The C library's __riscv_flush_icache (start, end, 0)."""
    e = Effects()
    for k, v in enumerate(i.ext[:2]):
        s.copy(operand.reg(10 + k), s.reg(v))
    s.copy(operand.reg(12), operand.reg(ZERO))
    e.implicit_uses = [10, 11, 12]
    e.standard_call = True
    callee = s.mf.expression(symbol_ref(s.unit.streamer.symbol("__riscv_flush_icache")))
    s.out.append(MachineInstr(mir.CALL, [callee], s.loc, e))
    s.mf.has_calls = True


# ------------------------------------------------------------------ the table

FUNCTIONS: Final[dict[tuple[int, ...], SelectFunction]] = {
    (ir.ADD, ir.SUB, ir.MUL, ir.SDIV, ir.UDIV, ir.SREM, ir.UREM, ir.AND, ir.OR, ir.XOR, ir.SMULH, ir.UMULH): select.binary,
    (ir.SHL, ir.SHR, ir.SAR, ir.ROTL): select.shift, (ir.CLZ, ir.CTZ, ir.POPCOUNT): select.bit_count,
    (ir.EQ, ir.NE, ir.SLT, ir.SLE, ir.ULT, ir.ULE): select.compare, (ir.FEQ, ir.FNE, ir.FLT, ir.FLE): select.float_compare,
    (ir.FADD, ir.FSUB, ir.FMUL, ir.FDIV, ir.FCOPYSIGN): select.float_binary, (ir.FNEG, ir.FABS, ir.FSQRT): select.float_unary,
    (ir.NEG,): select.negate, (ir.NOT,): select.invert, (ir.BSWAP,): select.byte_swap, (ir.ZEXT,): select.zero_extend,
    (ir.SEXT,): select.sign_extend, (ir.BITCAST,): select.bitcast, (ir.FCVT,): select.float_convert,
    (ir.FTOSI, ir.FTOUI): select.float_to_int, (ir.SITOF, ir.UITOF): select.int_to_float, (ir.SELECT,): select.select,
    (ir.LOAD,): select.load, (ir.STORE,): select.store, (ir.BRANCH,): select.branch, (ir.SWITCH,): select.switch,
    (ir.IJUMP,): select.indirect_jump, (ir.PREFETCH,): select.prefetch, (ir.FENCE,): select.fence_op, (ir.ATOMIC_RMW,): atomics.rmw,
    (ir.ATOMIC_CAS,): atomics.cas, (ir.ALLOCA,): alloca, (ir.INTRINSIC,): intrinsic,
}
