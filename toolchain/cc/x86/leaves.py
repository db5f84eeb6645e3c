"""x86: constants, addresses, stack arguments, intrinsics, and the table of selection functions.

What makes a constant or an address changes no flags: it may come to stand between a comparison and its use.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir, patterns
from toolchain.cc.codegen.target import SelectFunction
from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import F32, F64, F80, F128, GlobalSymbol, Instr, Intrinsic
from toolchain.cc.x86 import address as mem
from toolchain.cc.x86 import arith, atomics, control, floats, memory, ops, vectors, wide
from toolchain.cc.x86.address import GPR, ONE, slot_memory
from toolchain.cc.x86.ops import RAX, RBP, RBX, RDX, RSP, row
from toolchain.diagnostics import ToolError
from toolchain.isa.x86.registers import RIP, ST
from toolchain.mc.model import operand
from toolchain.mc.model.operand import NO_REG

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector
    from toolchain.cc.x86.target import X86Target

F80_ONE: Final = 0x3FFF8000000000000000


def add_offset(s: Selector, d: int, base: int, offset: int) -> None:
    """d = base + offset, flags unchanged."""
    r = row("LEAQ_RM" if s.target.word_bytes == 8 else "LEAL_RM")
    if mem.fits32(offset):
        s.emit(r, [d, base, ONE, NO_REG, operand.imm(offset), NO_REG])
        return
    t = s.temporary(GPR)
    s.emit(ops.LI, [t, operand.imm(offset)])
    s.emit(r, [d, base, ONE, t, operand.imm(0), NO_REG])


def global_address(target: X86Target, s: Selector, d: int, leaf: Instr) -> None:
    """Address of symbol + offset."""
    symbol = leaf.aux
    assert isinstance(symbol, GlobalSymbol)
    if symbol.tls_model:
        thread_local(target, s, d, symbol, leaf.imm)
        return
    if target.needs_got(symbol):
        t = d if not leaf.imm else s.temporary(GPR)
        if target.has("gotoff"):
            s.emit(row("MOVL_RM"), [t, mem.got_base(s), ONE, NO_REG, s.symbol_operand(symbol, 0, "got"), NO_REG])
        elif target.has("gotoff64"):
            s.emit(row("MOVQ_RM"), [t, *mem.got_relative(s, s.symbol_operand(symbol, 0, "got"))])
        else:
            s.emit(ops.LGOT, [t, s.symbol_operand(symbol, 0, "gotpcrel")])
        if leaf.imm:
            add_offset(s, d, t, leaf.imm)
        return
    if symbol.far or target.has("gotoff64"):
        far_address(s, d, symbol, leaf.imm)
        return
    if target.has("gotoff"):
        s.emit(row("LEAL_RM"), [d, mem.got_base(s), ONE, NO_REG, s.symbol_operand(symbol, leaf.imm, "gotoff"), NO_REG])
        return
    if not -(1 << 30) < leaf.imm < 1 << 30:
        t = s.temporary(GPR)
        s.emit(ops.LA, [t, s.symbol_operand(symbol, 0)])
        add_offset(s, d, t, leaf.imm)
        return
    s.emit(ops.LA, [d, s.symbol_operand(symbol, leaf.imm)])


def far_address(s: Selector, d: int, symbol: GlobalSymbol, offset: int) -> None:
    """Address of an object that may be anywhere (psABI 3.5.4, medium and large model): 64 bits of it, or of its distance from the GOT."""
    if not s.target.options.pic:
        s.emit(ops.LA_FAR, [d, s.symbol_operand(symbol, offset)])
        return
    s.emit(row("LEAQ_RM"), [d, *mem.got_relative(s, s.symbol_operand(symbol, offset, "gotoff"))])


def thread_local(target: X86Target, s: Selector, d: int, symbol: GlobalSymbol, offset: int) -> None:
    """Address of a thread-local object (ELF Handling For Thread-Local Storage, 4.4.6)."""
    model = symbol.tls_model
    if target.word_bytes == 4:
        thread_local32(s, d, symbol, offset, model)
        return
    if model in ("local-exec", "initial-exec"):
        t = s.temporary(GPR)
        s.emit(ops.THREAD_POINTER, [t])
        if model == "local-exec":
            s.emit(row("LEAQ_RM"), [d, t, ONE, NO_REG, s.symbol_operand(symbol, offset, "tpoff"), NO_REG])
            return
        u = s.temporary(GPR)
        s.emit(row("MOVQ_RM"), [u, operand.reg(RIP), ONE, NO_REG, s.symbol_operand(symbol, 0, "gottpoff"), NO_REG])
        s.emit(row("LEAQ_RM"), [d, t, ONE, u, operand.imm(offset), NO_REG])
        return
    s.mf.has_calls = True
    far = target.has("gotoff64")
    if far:
        s.copy(operand.reg(RBX), mem.got_base(s))
    if model == "local-dynamic":
        s.emit(ops.TLS_FAR if far else ops.TLS_LD, [s.symbol_operand(symbol, 0, "tlsld")])
        module_offset(s, d, symbol, offset)
        return
    s.emit(ops.TLS_FAR if far else ops.TLS_GD, [s.symbol_operand(symbol, 0, "tlsgd")])
    t = d if not offset else s.temporary(GPR)
    s.copy(t, operand.reg(RAX))
    if offset:
        add_offset(s, d, t, offset)


def module_offset(s: Selector, d: int, symbol: GlobalSymbol, offset: int) -> None:
    """What __tls_get_addr returned for the module, plus the place of the object in its storage."""
    t = s.temporary(GPR)
    s.copy(t, operand.reg(RAX))
    lea = row("LEAQ_RM" if s.target.word_bytes == 8 else "LEAL_RM")
    s.emit(lea, [d, t, ONE, NO_REG, s.symbol_operand(symbol, offset, "dtpoff"), NO_REG])


def thread_local32(s: Selector, d: int, symbol: GlobalSymbol, offset: int, model: str) -> None:
    """The same on i386: the thread pointer is at %gs:0."""
    if model not in ("local-exec", "initial-exec"):
        s.copy(operand.reg(RBX), mem.got_base(s))
        s.mf.has_calls = True
        if model == "local-dynamic":
            s.emit(ops.TLS_LD32, [s.symbol_operand(symbol, 0, "tlsldm")])
            module_offset(s, d, symbol, offset)
            return
        s.emit(ops.TLS_GD32, [s.symbol_operand(symbol, 0, "tlsgd")])
        s.copy(d, operand.reg(RAX))
        if offset:
            s.emit(row("ADDL_RI"), [d, operand.imm(offset)])
        return
    t = s.temporary(GPR)
    s.emit(ops.THREAD_POINTER, [t])
    if model == "local-exec":
        s.emit(row("LEAL_RM"), [d, t, ONE, NO_REG, s.symbol_operand(symbol, offset, "ntpoff"), NO_REG])
        return
    u = s.temporary(GPR)
    if s.target.has("gotoff"):
        s.emit(row("MOVL_RM"), [u, mem.got_base(s), ONE, NO_REG, s.symbol_operand(symbol, 0, "gotntpoff"), NO_REG])
    else:
        s.emit(row("MOVL_RM"), [u, NO_REG, ONE, NO_REG, s.symbol_operand(symbol, 0, "indntpoff"), NO_REG])
    s.emit(row("LEAL_RM"), [d, t, ONE, u, operand.imm(offset), NO_REG])


def float_constant(s: Selector, d: int, leaf: Instr) -> None:
    """A floating constant: zero by xor, others from memory."""
    bits = leaf.imm
    if floats.is_x87(s, leaf.ty) or d in (operand.reg(ST), operand.reg(ST + 1)):
        one = {F32: 0x3F800000, F64: 0x3FF0000000000000, F80: F80_ONE}[leaf.ty]
        if bits in (0, one):
            s.emit(ops.X_CONST, [d, operand.imm(row("FLDZ" if bits == 0 else "FLD1"))])
            return
        size = floats.SIZE[leaf.ty]
        s.emit(ops.X_LOAD, [d, operand.imm(floats.X87_LOADS[leaf.ty]), *floats.pool(s, bits, size)])
    elif bits == 0:
        s.emit(ops.FZERO, [d])
    else:
        s.emit(mem.LOADS[leaf.ty], [d, *floats.pool(s, bits, floats.SIZE[leaf.ty])])


# ------------------------------------------------------------------ stack arguments

def load_slot(s: Selector, d: int, ty: int, slot: int) -> None:
    """Load an incoming stack argument."""
    s.mf.slots[slot].used = True
    ty = mem.word(s, ty)
    if floats.is_x87(s, ty):
        s.emit(ops.X_LOAD, [d, operand.imm(floats.X87_LOADS[ty]), *slot_memory(slot)])
    else:
        s.emit(mem.LOADS[ty], [d, *slot_memory(slot)])


def store_slot(s: Selector, v: Instr, slot: int) -> None:
    """Store an outgoing stack argument; integers fill the whole place."""
    ty = mem.word(s, v.ty)
    root = s.strip(v)
    if floats.is_x87(s, ty):
        s.emit(ops.X_STORE, [s.reg(v), operand.imm(floats.X87_STORES[ty]), *slot_memory(slot)])
    elif ty in (F32, F64, F128):
        s.emit(mem.STORES[ty], [*slot_memory(slot), s.reg(v)])
    else:
        kind = s.target.word_type
        c = arith.signed_constant(s, root, ty)
        if c is not None and mem.fits32(c):
            s.emit(mem.STORE_CONSTANTS[kind], [*slot_memory(slot), operand.imm(c)])
        else:
            s.emit(mem.STORES[kind], [*slot_memory(slot), s.reg(v)])


# ------------------------------------------------------------------ dynamic stack

def alloca(s: Selector, i: Instr) -> None:
    """ALLOCA: lower the stack pointer by the rounded size; the block starts above the argument area."""
    s.mf.has_alloca = True
    sp = operand.reg(RSP)
    wide = s.target.word_bytes == 8
    q = "Q" if wide else "L"
    align = max(16, i.imm)
    extra = align if align > 16 else 0
    d = s.define(i)
    c = s.constant(i.a)
    if c is not None:
        s.emit(row(f"SUB{q}_RI"), [sp, operand.imm(((c + 15) & ~15) + extra)])
    else:
        t = s.temporary(GPR)
        add_offset(s, t, s.reg(i.a), 15 + extra)
        s.emit(row(f"AND{q}_RS"), [t, operand.imm(-16)])
        s.emit(row(f"SUB{q}_RR"), [sp, t])
    k = s.mf.new_slot(1, 1, mir.OUTGOING)
    k.name = "dynamic"
    s.emit(mir.FRAME_ADDRESS, [d, operand.slot(k.index), operand.imm(extra - 1 if extra else 0)]).flags |= mir.F_NO_REMAT
    s.mf.dynamic_slots.append(k.index)
    if extra:
        s.emit(row(f"AND{q}_RI"), [d, operand.imm(-align)])


# ------------------------------------------------------------------ intrinsics

def intrinsic(s: Selector, i: Instr) -> None:
    """INTRINSIC by name."""
    info = i.aux
    assert isinstance(info, Intrinsic)
    name = info.name.removeprefix("__builtin_ia32_")
    if name == "trap":
        s.emit(ops.TRAP, [])
    elif name == "thread_pointer":
        s.emit(ops.THREAD_POINTER, [s.define(i)])
    elif name == "frame_address":
        frame_chain(s, s.define(i), i.imm)
    elif name == "return_address":
        return_address(s, i)
    elif name == "clear_cache":
        pass        # instruction fetch is coherent
    elif name in ("pause", "lfence", "sfence", "mfence"):
        s.emit(row(name.upper()), [])
    elif name == "setjmp":
        patterns.setjmp(s, i, ops.SETJMP, RAX, RDX)
    elif name == "longjmp":
        s.copy(operand.reg(RDX), s.reg(i.ext[0]))
        s.emit(ops.LONGJMP, [operand.reg(RDX)])
    elif not patterns.register_intrinsic(s, i, name):
        raise ToolError(f"'{info.name}' is not supported on this target", i.loc)


def frame_chain(s: Selector, d: int, level: int) -> None:
    """The frame pointer after `level` steps up the chain of frames."""
    s.mf.source.uses_frame_address = True
    at = operand.reg(RBP)
    for _ in range(level):
        t = s.temporary(GPR)
        s.emit(mem.LOADS[s.target.word_type], [t, at, ONE, NO_REG, operand.imm(0), NO_REG])
        at = t
    s.copy(d, at)


def return_address(s: Selector, i: Instr) -> None:
    """What stands above the saved frame pointer."""
    d = s.define(i)
    size = s.target.word_bytes
    r = mem.LOADS[s.target.word_type]
    if i.imm == 0:
        k = s.mf.new_slot(size, size, mir.INCOMING)
        k.offset = -size
        s.emit(r, [d, *slot_memory(k.index)])
        return
    t = s.temporary(GPR)
    frame_chain(s, t, i.imm)
    s.emit(r, [d, t, ONE, NO_REG, operand.imm(size), NO_REG])


def prefetch(s: Selector, i: Instr) -> None:
    """PREFETCH."""
    if not s.target.has("sse"):
        return
    name = ("PREFETCHNTA_M", "PREFETCHT2_M", "PREFETCHT1_M", "PREFETCHT0_M")[i.imm & 3]
    s.emit(row(name), mem.address(s, i.a, 0))


# ------------------------------------------------------------------ the table

FUNCTIONS: Final[dict[tuple[int, ...], SelectFunction]] = {
    (ir.ADD, ir.SUB): wide.sum_or_difference, (ir.AND, ir.OR, ir.XOR): arith.binary, (ir.MUL,): wide.multiply, (ir.SMULH, ir.UMULH): wide.high_multiply,
    (ir.SDIV, ir.UDIV, ir.SREM, ir.UREM): wide.divide, (ir.SHL, ir.SHR, ir.SAR, ir.ROTL): arith.shift, (ir.NEG, ir.NOT): arith.unary,
    (ir.BSWAP,): arith.byte_swap, (ir.CLZ, ir.CTZ, ir.POPCOUNT): arith.bit_count, (ir.ZEXT, ir.SEXT): arith.extend,
    tuple(range(ir.EQ, ir.FUNORD + 1)): control.compare, (ir.FADD, ir.FSUB, ir.FMUL, ir.FDIV): floats.binary,
    (ir.FNEG, ir.FABS, ir.FSQRT): floats.unary, (ir.FCOPYSIGN,): floats.copy_sign, (ir.FCVT,): floats.convert,
    (ir.FTOSI, ir.FTOUI): floats.to_integer, (ir.SITOF, ir.UITOF): floats.from_integer, (ir.BITCAST,): floats.bitcast,
    (ir.SELECT,): control.select, (ir.VECTOR,): vectors.vector, (ir.LOAD,): memory.load, (ir.STORE,): memory.store,
    (ir.BRANCH,): control.branch, (ir.SWITCH,): control.switch, (ir.IJUMP,): control.indirect_jump, (ir.PREFETCH,): prefetch,
    (ir.FENCE,): atomics.fence, (ir.ATOMIC_RMW,): atomics.rmw, (ir.ATOMIC_CAS,): atomics.cas, (ir.ALLOCA,): alloca,
    (ir.INTRINSIC,): intrinsic,
}
