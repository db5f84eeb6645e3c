"""Floating arithmetic and conversions: SSE2 for float and double, x87 (through `x87.py`) for long double."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.patterns import pooled
from toolchain.cc.ir.ir import (
    F32,
    F64,
    F80,
    F128,
    FABS,
    FADD,
    FCONST,
    FDIV,
    FMUL,
    FNEG,
    FSQRT,
    FSUB,
    FTOSI,
    I8,
    I16,
    I32,
    I64,
    LOAD,
    PARAM,
    PTR,
    SITOF,
    Instr,
)
from toolchain.cc.x86 import address as mem
from toolchain.cc.x86 import arith, ops
from toolchain.cc.x86.address import FPU, GPR, ONE, XMM, load_operand, memory_value, slot_memory, word
from toolchain.cc.x86.ops import row
from toolchain.diagnostics import ToolError
from toolchain.isa.x86.registers import RIP
from toolchain.mc.model import operand
from toolchain.mc.model.expr import symbol_ref
from toolchain.mc.model.operand import NO_REG

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector

NAMES: Final = {FADD: "ADD", FSUB: "SUB", FMUL: "MUL", FDIV: "DIV"}
BINARY: Final = {(op, ty): (row(f"{name}{t}_XX"), row(f"{name}{t}_XM")) for op, name in NAMES.items() for ty, t in ((F32, "SS"), (F64, "SD"))}
SQRT: Final = {F32: row("SQRTSS_XX"), F64: row("SQRTSD_XX")}
# x87 operation of st(1) and st(0), popping, in AT&T's names: with st(1) as destination fsub and fsubr change places.
X87_BINARY: Final = {FADD: row("FADDP"), FSUB: row("FSUBRP"), FMUL: row("FMULP"), FDIV: row("FDIVRP")}
X87_UNARY: Final = {FNEG: row("FCHS"), FABS: row("FABS"), FSQRT: row("FSQRT")}
X87_LOADS: Final = {F32: row("FLDS_M"), F64: row("FLDL_M"), F80: row("FLDT_M"), I16: row("FILDS_M"), I32: row("FILDL_M"), I64: row("FILDLL_M")}
X87_STORES: Final = {F32: row("FSTPS_M"), F64: row("FSTPL_M"), F80: row("FSTPT_M"), I16: row("FISTPS_M"), I32: row("FISTPL_M"), I64: row("FISTPLL_M")}
TO_FLOAT: Final = {(I32, F32): row("CVTSI2SSL_XR"), (I64, F32): row("CVTSI2SSQ_XR"), (I32, F64): row("CVTSI2SDL_XR"), (I64, F64): row("CVTSI2SDQ_XR")}
TO_INT: Final = {(F32, I32): row("CVTTSS2SIL_RX"), (F32, I64): row("CVTTSS2SIQ_RX"), (F64, I32): row("CVTTSD2SIL_RX"), (F64, I64): row("CVTTSD2SIQ_RX")}
CONVERT: Final = {(F32, F64): (row("CVTSS2SD_XX"), row("CVTSS2SD_XM")), (F64, F32): (row("CVTSD2SS_XX"), row("CVTSD2SS_XM"))}
SIZE: Final = {I8: 1, I16: 2, I32: 4, I64: 8, F32: 4, F64: 8, F80: 16, F128: 16}
SIGN: Final = {F32: 0x80000000_80000000_80000000_80000000, F64: 0x80000000_00000000_80000000_00000000}
REST: Final = {F32: 0x7FFFFFFF_7FFFFFFF_7FFFFFFF_7FFFFFFF, F64: 0x7FFFFFFF_FFFFFFFF_7FFFFFFF_FFFFFFFF}


def is_x87(s: Selector, ty: int) -> bool:
    """Whether values of the type live in the x87 class."""
    return s.target.class_of(ty) == FPU


def pool(s: Selector, bits: int, size: int) -> list[int]:
    """Memory operand of a pooled constant."""
    constant = pooled(s, bits, size)
    if s.target.has("gotoff"):
        return [mem.got_base(s), ONE, NO_REG, s.mf.expression(symbol_ref(constant, 0, "gotoff")), NO_REG]
    if s.target.has("gotoff64"):
        return mem.got_relative(s, s.mf.expression(symbol_ref(constant, 0, "gotoff")))
    e = s.mf.expression(symbol_ref(constant))
    if s.target.has("far"):
        t = s.temporary(GPR)
        s.emit(ops.LA, [t, e])
        return [t, ONE, NO_REG, operand.imm(0), NO_REG]
    return [operand.reg(RIP) if s.target.has("rip") else NO_REG, ONE, NO_REG, e, NO_REG]


def binary(s: Selector, i: Instr) -> None:
    """FADD, FSUB, FMUL, FDIV."""
    ty = i.ty
    if is_x87(s, ty):
        s.emit(ops.X_BINARY, [s.define(i), s.reg(i.a), s.reg(i.b), operand.imm(X87_BINARY[i.op])])
        return
    rows = BINARY[i.op, ty]
    x, y = s.strip(i.a), s.strip(i.b)
    if i.op in (FADD, FMUL) and (memory_value(s, x) and not memory_value(s, y) or x.op == FCONST
                                 or (not memory_value(s, y) and y.op != FCONST and not arith.dies(s, x) and arith.dies(s, y))):
        x, y = y, x
    if y.op == FCONST and s.uses[y.id] == 1 and y.imm:
        m = pool(s, y.imm, SIZE[ty])
        d = two_address(s, i, x)
        s.emit(rows[1], [d, *m])
    elif memory_value(s, y) and y.ty == ty:
        d = two_address(s, i, x)
        s.emit(rows[1], [d, *load_operand(s, y)])
    else:
        r = s.reg(y)
        d = two_address(s, i, x)
        s.emit(rows[0], [d, r])


def two_address(s: Selector, i: Instr, x: Instr) -> int:
    """The destination of `i`, holding `x`."""
    d = s.define(i)
    if x.op == FCONST and s.leaves.get(x.id, 0) == 0:
        s.materialise(d, x)
    else:
        s.copy(d, s.reg(x))
    return d


def unary(s: Selector, i: Instr) -> None:
    """FNEG, FABS, FSQRT."""
    ty = i.ty
    if is_x87(s, ty):
        s.emit(ops.X_UNARY, [s.define(i), s.reg(i.a), operand.imm(X87_UNARY[i.op])])
        return
    if i.op == FSQRT:
        s.emit(SQRT[ty], [s.define(i), s.reg(i.a)])
        return
    d = two_address(s, i, s.strip(i.a))
    if i.op == FNEG:
        s.emit(row("XORPS_XM"), [d, *pool(s, SIGN[ty], 16)])
    else:
        s.emit(row("ANDPS_XM"), [d, *pool(s, REST[ty], 16)])


def copy_sign(s: Selector, i: Instr) -> None:
    """FCOPYSIGN: masks; for x87 by the sign bit in memory."""
    ty = i.ty
    d = s.define(i)
    if is_x87(s, ty):
        copy_sign_x87(s, d, s.reg(i.a), s.reg(i.b))
        return
    t = s.temporary(XMM)
    s.copy(t, s.reg(i.b))
    s.copy(d, s.reg(i.a))
    s.emit(row("ANDPS_XM"), [t, *pool(s, SIGN[ty], 16)])
    s.emit(row("ANDPS_XM"), [d, *pool(s, REST[ty], 16)])
    s.emit(row("ORPS_XX"), [d, t])


def copy_sign_x87(s: Selector, d: int, x: int, y: int) -> None:
    """d = x with the sign of y."""
    p, q = slot(s, F80), slot(s, F80)
    s.emit(ops.X_STORE, [x, mem.FSTPT, *slot_memory(p)])
    s.emit(ops.X_STORE, [y, mem.FSTPT, *slot_memory(q)])
    t, u = s.temporary(GPR), s.temporary(GPR)
    s.emit(row("MOVZWL_RM"), [t, *slot_memory(q, 8)])
    s.emit(row("ANDL_RI"), [t, operand.imm(0x8000)])
    s.emit(row("MOVZWL_RM"), [u, *slot_memory(p, 8)])
    s.emit(row("ANDL_RI"), [u, operand.imm(0x7FFF)])
    s.emit(row("ORL_RR"), [t, u])
    s.emit(row("MOVW_MR"), [*slot_memory(p, 8), t])
    s.emit(ops.X_LOAD, [d, mem.FLDT, *slot_memory(p)])


def slot(s: Selector, ty: int) -> int:
    """A fresh frame slot for one value on its way between register files."""
    f = s.mf.new_slot(SIZE[ty], min(SIZE[ty], 16), mir.LOCAL)
    f.used = True
    return f.index


# ------------------------------------------------------------------ conversions

def convert(s: Selector, i: Instr) -> None:
    """FCVT."""
    have, want = i.a.ty, i.ty
    x = s.strip(i.a)
    from_x87, to_x87 = is_x87(s, have), is_x87(s, want)
    d = s.define(i)
    if not from_x87 and not to_x87:
        rows = CONVERT[have, want]
        if memory_value(s, x) and x.ty == have:
            s.emit(rows[1], [d, *load_operand(s, x)])
        else:
            s.emit(rows[0], [d, s.reg(x)])
        return
    if to_x87 and memory_value(s, x) and x.ty == have and SIZE[have] < SIZE[want]:
        s.emit(ops.X_LOAD, [d, operand.imm(X87_LOADS[have]), *load_operand(s, x)])
        return
    if from_x87 and (want == F80 or x.op in (LOAD, PARAM) and SIZE[have] < SIZE[want]):
        s.copy(d, s.reg(x))             # nothing to round
        return
    if not from_x87:
        k = slot(s, have)
        s.emit(mem.STORES[have], [*slot_memory(k), s.reg(x)])
        s.emit(ops.X_LOAD, [d, operand.imm(X87_LOADS[have]), *slot_memory(k)])
        return
    # from x87: storing rounds to the narrower type
    k = slot(s, want)
    s.emit(ops.X_STORE, [s.reg(x), operand.imm(X87_STORES[want]), *slot_memory(k)])
    if to_x87:
        s.emit(ops.X_LOAD, [d, operand.imm(X87_LOADS[want]), *slot_memory(k)])
    else:
        s.emit(mem.LOADS[want], [d, *slot_memory(k)])


def to_integer(s: Selector, i: Instr) -> None:
    """FTOSI, FTOUI: towards zero."""
    have = i.a.ty
    want = word(s, i.ty)
    if is_x87(s, have):
        to_integer_x87(s, i, want)
        return
    d = s.define(i)
    x = s.reg(i.a)
    if i.op == FTOSI:
        s.emit(TO_INT[have, max(want, I32)], [d, x])
        return
    if s.target.word_bytes == 4:
        k, c = slot(s, have), slot(s, I64)
        f = s.temporary(FPU)
        s.emit(mem.STORES[have], [*slot_memory(k), x])
        s.emit(ops.X_LOAD, [f, operand.imm(X87_LOADS[have]), *slot_memory(k)])
        s.emit(ops.X_TO_INT, [f, operand.imm(X87_STORES[I64]), *slot_memory(c), *slot_memory(slot(s, I32)), s.temporary(GPR)])
        s.emit(mem.LOADS[I32], [d, *slot_memory(c)])
        return
    if want != I64:
        s.emit(TO_INT[have, I64], [d, x])
        return
    # u64: below 2**63 the signed conversion is right; else it gives 1 << 63, and that of x - 2**63 the rest
    low, high, mask = s.temporary(GPR), s.temporary(GPR), s.temporary(GPR)
    t = s.temporary(XMM)
    s.emit(TO_INT[have, I64], [low, x])
    s.copy(t, x)
    s.emit(BINARY[FSUB, have][1], [t, *pool(s, 0x5F000000 if have == F32 else 0x43E0000000000000, SIZE[have])])
    s.emit(TO_INT[have, I64], [high, t])
    s.copy(mask, low)
    s.emit(row("SARQ_RI"), [mask, operand.imm(63)])
    s.emit(row("ANDQ_RR"), [high, mask])
    s.copy(d, low)
    s.emit(row("ORQ_RR"), [d, high])


def to_integer_x87(s: Selector, i: Instr, want: int) -> None:
    """Store as an integer with the rounding mode set to truncation."""
    wide = I64 if i.op != FTOSI and want == I32 else max(want, I32)
    if i.op != FTOSI and want == I64:
        x87_to_unsigned(s, s.define(i), s.reg(i.a))
        return
    k, c = slot(s, wide), slot(s, I32)
    t = s.temporary(GPR)
    s.emit(ops.X_TO_INT, [s.reg(i.a), operand.imm(X87_STORES[wide]), *slot_memory(k), *slot_memory(c), t])
    s.emit(mem.LOADS[want if want <= I32 else I64], [s.define(i), *slot_memory(k)])


def x87_to_unsigned(s: Selector, d: int, x: int) -> None:
    """u64: as for SSE, the signed conversion, or that of x - 2**63 where it gives 1 << 63."""
    low, mask = s.temporary(GPR), s.temporary(GPR)
    limit, rest = s.temporary(FPU), s.temporary(FPU)
    s.emit(ops.X_LOAD, [limit, operand.imm(X87_LOADS[F32]), *pool(s, 0x5F000000, 4)])
    s.emit(ops.X_BINARY, [rest, x, limit, operand.imm(X87_BINARY[FSUB])])
    for source, to in ((x, low), (rest, d)):
        k = slot(s, I64)
        s.emit(ops.X_TO_INT, [source, operand.imm(X87_STORES[I64]), *slot_memory(k), *slot_memory(slot(s, I32)), s.temporary(GPR)])
        s.emit(mem.LOADS[I64], [to, *slot_memory(k)])
    s.copy(mask, low)
    s.emit(row("SARQ_RI"), [mask, operand.imm(63)])
    s.emit(row("ANDQ_RR"), [d, mask])
    s.emit(row("ORQ_RR"), [d, low])


def from_integer(s: Selector, i: Instr) -> None:
    """SITOF, UITOF."""
    have = word(s, i.a.ty)
    want = i.ty
    d = s.define(i)
    signed = i.op == SITOF
    if is_x87(s, want):
        from_integer_x87(s, i, d, have, signed)
        return
    if not signed and have == I64:
        s.emit(ops.U64_TO_FLOAT, [d, s.reg(i.a), s.temporary(GPR), s.temporary(GPR), operand.imm(SIZE[want])])
        return
    if not signed and s.target.word_bytes == 4:
        f = s.temporary(FPU)
        from_integer_x87(s, i, f, have, signed)
        from_x87(s, d, f, want)
        return
    x = s.reg(i.a)
    if not signed:
        t = s.temporary(GPR)
        s.emit(row("MOVL_RR"), [t, x])
        x, have = t, I64
    s.emit(ops.FZERO, [d])
    s.emit(TO_FLOAT[have, want], [d, x])


def from_x87(s: Selector, d: int, f: int, want: int) -> None:
    """A value of an x87 register, rounded, to an SSE register."""
    k = slot(s, want)
    s.emit(ops.X_STORE, [f, operand.imm(X87_STORES[want]), *slot_memory(k)])
    s.emit(mem.LOADS[want], [d, *slot_memory(k)])


def from_integer_x87(s: Selector, i: Instr, d: int, have: int, signed: bool) -> None:
    """fild of the value in memory."""
    if not signed and have == I64:
        unsigned_to_x87(s, d, s.reg(i.a))
        return
    x = s.strip(i.a)
    if signed and memory_value(s, x) and word(s, x.ty) == have and have >= I32:
        s.emit(ops.X_LOAD, [d, operand.imm(X87_LOADS[have]), *load_operand(s, x)])
        return
    r = s.reg(i.a)
    wide = have
    k = slot(s, I64)
    if not signed:
        wide = I64
        t = s.temporary(GPR)
        s.emit(row("MOVL_RR"), [t, r])
        if s.target.word_bytes == 4:
            s.emit(mem.STORES[I32], [*slot_memory(k), t])
            s.emit(mem.STORE_CONSTANTS[I32], [*slot_memory(k, 4), operand.imm(0)])
        else:
            s.emit(mem.STORES[I64], [*slot_memory(k), t])
    else:
        s.emit(mem.STORES[wide], [*slot_memory(k), r])
    s.emit(ops.X_LOAD, [d, operand.imm(X87_LOADS[wide]), *slot_memory(k)])


def unsigned_to_x87(s: Selector, d: int, x: int) -> None:
    """u64 to long double: as signed, plus 2**64 if the top bit is set (one of two floats in memory)."""
    k = slot(s, I64)
    t, table = s.temporary(GPR), s.temporary(GPR)
    p, q = s.temporary(FPU), s.temporary(FPU)
    s.emit(mem.STORES[I64], [*slot_memory(k), x])
    s.emit(ops.X_LOAD, [p, operand.imm(X87_LOADS[I64]), *slot_memory(k)])
    s.copy(t, x)
    s.emit(row("SHRQ_RI"), [t, operand.imm(63)])
    s.emit(row("LEAQ_RM"), [table, *pool(s, 0x5F800000_00000000, 8)])
    s.emit(ops.X_LOAD, [q, operand.imm(X87_LOADS[F32]), table, operand.imm(4), t, operand.imm(0), NO_REG])
    s.emit(ops.X_BINARY, [d, p, q, operand.imm(X87_BINARY[FADD])])


MOVE_ROWS: Final = {(I64, F64): row("MOVQ_XR"), (F64, I64): row("MOVQ_RX"), (I32, F32): row("MOVD_XR"), (F32, I32): row("MOVD_RX")}


def bitcast(s: Selector, i: Instr) -> None:
    """BITCAST between register files."""
    have, want = word(s, i.a.ty), word(s, i.ty)
    d = s.define(i)
    r = MOVE_ROWS.get((have, want), -1)
    if is_x87(s, have) or is_x87(s, want) or r < 0:
        if have not in SIZE or want not in SIZE:
            raise ToolError("this reinterpretation of bits is not supported on this target", i.loc)
        k = slot(s, have)
        if is_x87(s, have):
            s.emit(ops.X_STORE, [s.reg(i.a), operand.imm(X87_STORES[have]), *slot_memory(k)])
        else:
            s.emit(mem.STORES[have], [*slot_memory(k), s.reg(i.a)])
        if is_x87(s, want):
            s.emit(ops.X_LOAD, [d, operand.imm(X87_LOADS[want]), *slot_memory(k)])
        else:
            s.emit(mem.LOADS[want], [d, *slot_memory(k)])
        return
    x = s.strip(i.a)
    if memory_value(s, x) and word(s, x.ty) == have:
        s.emit(mem.LOADS[want], [d, *load_operand(s, x)])
        return
    s.emit(r, [d, s.reg(i.a)])
    assert i.ty != PTR or have != PTR
