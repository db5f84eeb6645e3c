"""Selection patterns for RV64.

A register holds an i32 sign-extended wherever the psABI or an instruction asks for it; 32-bit
arithmetic (`addw`, `lw` ...) leaves it so.  Values of 8 and 16 bits have undefined upper bits unless
`extension` knows better.

Source: The RISC-V Instruction Set Manual, volume I; RISC-V Assembly Programmer's Manual for macros.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.mir import Effects, MachineInstr
from toolchain.cc.codegen.switches import TableCases
from toolchain.cc.ir.ir import (
    ADD,
    AND,
    CONST,
    EQ,
    F32,
    F64,
    FCONST,
    FEQ,
    FLE,
    FLT,
    FNE,
    FNEG,
    FSQRT,
    FTOSI,
    GLOBAL,
    I8,
    I16,
    I32,
    I64,
    LABEL,
    MUL,
    NE,
    NOT,
    OR,
    ORDER_ACQ_REL,
    ORDER_ACQUIRE,
    ORDER_CONSUME,
    ORDER_RELEASE,
    ORDER_SEQ_CST,
    PARAM,
    PTR,
    ROTL,
    SAR,
    SDIV,
    SHL,
    SHR,
    SITOF,
    SLE,
    SLOT,
    SLT,
    SMULH,
    SREM,
    SUB,
    TYPE_BITS,
    UDIV,
    ULE,
    ULT,
    UMULH,
    UREM,
    XOR,
    ZEXT,
    GlobalSymbol,
    Instr,
    order_of,
)
from toolchain.cc.riscv import ops
from toolchain.cc.riscv.ops import B
from toolchain.diagnostics import ToolError
from toolchain.isa.riscv import rows as r
from toolchain.mc.model import operand

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector

GPR: Final = 0
FPR: Final = 1
ZERO: Final = 0
DYN: Final = 7
RTZ: Final = 1

# (64-bit row, 32-bit row) of register-register operations.
BINARY: Final = {
    ADD: (r.ADD, r.ADDW), SUB: (r.SUB, r.SUBW), MUL: (r.MUL, r.MULW), SDIV: (r.DIV, r.DIVW), UDIV: (r.DIVU, r.DIVUW), SREM: (r.REM, r.REMW),
    UREM: (r.REMU, r.REMUW), AND: (r.AND, r.AND), OR: (r.OR, r.OR), XOR: (r.XOR, r.XOR), SHL: (r.SLL, r.SLLW), SHR: (r.SRL, r.SRLW),
    SAR: (r.SRA, r.SRAW), SMULH: (r.MULH, r.MULH), UMULH: (r.MULHU, r.MULHU), ROTL: (r.ROL, r.ROLW),
}
# The same with an immediate.
IMMEDIATE: Final = {
    ADD: (r.ADDI, r.ADDIW), AND: (r.ANDI, r.ANDI), OR: (r.ORI, r.ORI), XOR: (r.XORI, r.XORI), SHL: (r.SLLI, r.SLLIW), SHR: (r.SRLI, r.SRLIW),
    SAR: (r.SRAI, r.SRAIW),
}
LOADS: Final = {I8: (r.LBU, r.LB, r.LBU), I16: (r.LHU, r.LH, r.LHU), I32: (r.LW, r.LW, r.LWU), I64: (r.LD, r.LD, r.LD), PTR: (r.LD, r.LD, r.LD),
                F32: (r.FLW, r.FLW, r.FLW), F64: (r.FLD, r.FLD, r.FLD)}
STORES: Final = {I8: r.SB, I16: r.SH, I32: r.SW, I64: r.SD, PTR: r.SD, F32: r.FSW, F64: r.FSD}
GLOBAL_LOADS: Final = {r.LB: r.LB_MACRO, r.LBU: r.LBU_MACRO, r.LH: r.LH_MACRO, r.LHU: r.LHU_MACRO, r.LW: r.LW_MACRO, r.LWU: r.LWU_MACRO,
                       r.LD: r.LD_MACRO}
GLOBAL_STORES: Final = {r.SB: r.SB_MACRO, r.SH: r.SH_MACRO, r.SW: r.SW_MACRO, r.SD: r.SD_MACRO}
# Branch rows: (row, swap operands)
BRANCHES: Final = {EQ: (r.BEQ, False), NE: (r.BNE, False), SLT: (r.BLT, False), SLE: (r.BGE, True), ULT: (r.BLTU, False), ULE: (r.BGEU, True)}


def fits12(v: int) -> bool:
    """Whether a signed 12-bit immediate holds `v`."""
    return -2048 <= v <= 2047


def is_word(ty: int) -> bool:
    """Whether 32-bit forms of instructions compute the type."""
    return ty <= I32


def sext(s: Selector, v: Instr) -> int:
    """Register with `v` (at most 32 bits) sign-extended from 32."""
    if v.ty != I32 or s.extensions.sign[v.id] <= 32:
        return s.reg(v)
    t = s.temporary(GPR)
    s.emit(r.ADDIW + B, [t, s.reg(v), operand.imm(0)])
    return t


# ------------------------------------------------------------------ integer arithmetic

def binary(s: Selector, i: Instr) -> None:
    """Two-operand arithmetic, immediate form where it fits."""
    op = i.op
    d = s.define(i)
    x, y = i.a, i.b
    wide, narrow = BINARY[op]
    word = is_word(i.ty)
    if x.op == CONST and op in (ADD, AND, OR, XOR):
        x, y = y, x
    c = s.constant(y)
    if c is not None:
        if op == SUB and fits12(-c):
            op, c = ADD, -c
        rows = IMMEDIATE.get(op)
        if rows is not None and fits12(c):
            s.emit((rows[1] if word else rows[0]) + B, [d, s.reg(x), operand.imm(c)])
            return
        if op == ADD and -4096 <= c <= 4094 and s.func.for_size:
            t = s.temporary(GPR)
            half = 2047 if c > 0 else -2048
            row = (r.ADDIW if word else r.ADDI) + B
            s.emit(r.ADDI + B, [t, s.reg(x), operand.imm(half)])
            s.emit(row, [d, t, operand.imm(c - half)])
            return
        if op == AND and and_mask(s, d, x, c, i.ty):
            return
    if op == ADD and not word and s.target.has("zba") and shift_add(s, d, x, y):
        return
    if s.target.has("zbb") and op in (AND, OR, XOR):
        for p, q in ((x, y), (y, x)):
            if q.op == NOT and s.foldable(q):
                row = {AND: r.ANDN, OR: r.ORN, XOR: r.XNOR}[op]
                s.emit(row + B, [d, s.reg(p), s.reg(q.a)])
                return
    s.emit((narrow if word else wide) + B, [d, s.reg(x), s.reg(y)])


def and_mask(s: Selector, d: int, x: Instr, c: int, ty: int) -> bool:
    """AND with 2**k - 1 by two shifts (shorter than making the mask)."""
    if c < 0 and ty == I32:
        c &= 0xFFFFFFFF
        if c & (c + 1):
            return False
    if c <= 0 or c & (c + 1):
        return False
    k = c.bit_length()
    if x.op == SHR and x.b.op == CONST and s.foldable(x) and x.ty in (I64, PTR) and x.b.imm + k <= 64:
        t = s.temporary(GPR)
        up = 64 - k - x.b.imm
        if up:
            s.emit(r.SLLI + B, [t, s.reg(x.a), operand.imm(up)])
        else:
            t = s.reg(x.a)
        s.emit(r.SRLI + B, [d, t, operand.imm(64 - k)])
        return True
    if ty == I32 and k == 32:
        return False
    t = s.temporary(GPR)
    s.emit(r.SLLI + B, [t, s.reg(x), operand.imm(64 - k)])
    s.emit(r.SRLI + B, [d, t, operand.imm(64 - k)])
    return True


def shift_add(s: Selector, d: int, x: Instr, y: Instr) -> bool:
    """Zba: `sh1add` and so on."""
    for p, q in ((x, y), (y, x)):
        if p.op == SHL and p.b.op == CONST and 1 <= p.b.imm <= 3 and s.foldable(p):
            row = (r.SH1ADD, r.SH2ADD, r.SH3ADD)[p.b.imm - 1]
            s.emit(row + B, [d, s.reg(p.a), s.reg(q)])
            return True
    return False


def shift(s: Selector, i: Instr) -> None:
    """SHL, SHR, SAR, ROTL."""
    op = i.op
    d = s.define(i)
    word = is_word(i.ty)
    width = 32 if word else 64
    x, n = i.a, i.b
    if n.op == CONST:
        k = n.imm & (width - 1)
        if op == ROTL:
            s.emit((r.RORIW if word else r.RORI) + B, [d, s.reg(x), operand.imm((width - k) & (width - 1))])
            return
        if op == SHL and not word and x.op == ZEXT and x.a.ty == I32 and x.mark == 0 and s.foldable(x) and k < 32 and not s.target.has("zba"):
            t = s.temporary(GPR)
            s.emit(r.SLLI + B, [t, s.reg(x.a), operand.imm(32)])
            s.emit(r.SRLI + B, [d, t, operand.imm(32 - k)])
            return
        if word and op == SAR and s.extensions.sign[x.id] <= 32:
            s.emit(r.SRAI + B, [d, s.reg(x), operand.imm(k)])       # has a compressed form, unlike sraiw
            return
        if word and op == SHR and s.extensions.zero[x.id] <= 32:
            s.emit(r.SRLI + B, [d, s.reg(x), operand.imm(k)])
            return
        if word and op == SHL and s.extensions.zero[i.id] < 32:
            s.emit(r.SLLI + B, [d, s.reg(x), operand.imm(k)])
            return
        rows = IMMEDIATE[op]
        s.emit((rows[1] if word else rows[0]) + B, [d, s.reg(x), operand.imm(k)])
        return
    if n.op == AND and n.b.op == CONST and n.b.imm & (width - 1) == width - 1 and s.foldable(n):
        n = n.a
    rows = BINARY[op]
    s.emit((rows[1] if word else rows[0]) + B, [d, s.reg(x), s.reg(n)])


def negate(s: Selector, i: Instr) -> None:
    """NEG."""
    s.emit((r.SUBW if is_word(i.ty) else r.SUB) + B, [s.define(i), operand.reg(ZERO), s.reg(i.a)])


def invert(s: Selector, i: Instr) -> None:
    """NOT."""
    s.emit(r.XORI + B, [s.define(i), s.reg(i.a), operand.imm(-1)])


def bit_count(s: Selector, i: Instr) -> None:
    """CLZ, CTZ, POPCOUNT with Zbb."""
    rows = {27: (r.CLZ, r.CLZW), 28: (r.CTZ, r.CTZW), 29: (r.CPOP, r.CPOPW)}[i.op]
    s.emit(rows[1 if is_word(i.ty) else 0] + B, [s.define(i), s.reg(i.a)])


def byte_swap(s: Selector, i: Instr) -> None:
    """BSWAP with Zbb."""
    d = s.define(i)
    if i.ty == I64:
        s.emit(r.REV8 + B, [d, s.reg(i.a)])
        return
    t = s.temporary(GPR)
    s.emit(r.REV8 + B, [t, s.reg(i.a)])
    s.emit(r.SRAI + B, [d, t, operand.imm(32)])


# ------------------------------------------------------------------ comparisons

def compare(s: Selector, i: Instr) -> None:
    """Integer comparison to 0 or 1."""
    op = i.op
    d = s.define(i)
    a, b = i.a, i.b
    if a.op == CONST and op in (EQ, NE):
        a, b = b, a
    c = s.constant(b)
    if op in (EQ, NE):
        x = equal_operand(s, a, b, c)
        if op == EQ:
            s.emit(r.SLTIU + B, [d, x, operand.imm(1)])
        else:
            s.emit(r.SLTU + B, [d, operand.reg(ZERO), x])
        return
    signed = op in (SLT, SLE)
    if c is not None:
        limit = c
        if op in (SLE, ULE):
            limit = c + 1
        if fits12(limit) and not (op == ULE and limit == 0):
            s.emit((r.SLTI if signed else r.SLTIU) + B, [d, sext(s, a), operand.imm(limit)])
            return
    ca = s.constant(a)
    if ca is not None and ca != 0 and op in (SLT, ULT) and fits12(ca + 1) and not (op == ULT and ca == -1):
        # c < b is !(b < c + 1)
        t = s.temporary(GPR)
        s.emit((r.SLTI if signed else r.SLTIU) + B, [t, sext(s, b), operand.imm(ca + 1)])
        s.emit(r.XORI + B, [d, t, operand.imm(1)])
        return
    row = (r.SLT if signed else r.SLTU) + B
    if op in (SLT, ULT):
        s.emit(row, [d, sext(s, a), sext(s, b)])
        return
    t = s.temporary(GPR)
    s.emit(row, [t, sext(s, b), sext(s, a)])
    s.emit(r.XORI + B, [d, t, operand.imm(1)])


def equal_operand(s: Selector, a: Instr, b: Instr, c: int | None) -> int:
    """Register that is 0 exactly if a == b."""
    if c == 0:
        return sext(s, a)
    t = s.temporary(GPR)
    if c is not None and fits12(-c):
        s.emit((r.ADDIW if a.ty == I32 else r.ADDI) + B, [t, s.reg(a), operand.imm(-c)])
    elif a.ty == I32 and not (s.extensions.sign[a.id] <= 32 and s.extensions.sign[b.id] <= 32):
        s.emit(r.SUBW + B, [t, s.reg(a), s.reg(b)])
    else:
        s.emit((r.SUB if a.ty == PTR else r.XOR) + B, [t, sext(s, a), sext(s, b)])
    return t


def float_compare(s: Selector, i: Instr) -> None:
    """FEQ, FNE, FLT, FLE."""
    d = s.define(i)
    double = i.a.ty == F64
    op = i.op
    row = {FEQ: (r.FEQ_S, r.FEQ_D), FNE: (r.FEQ_S, r.FEQ_D), FLT: (r.FLT_S, r.FLT_D), FLE: (r.FLE_S, r.FLE_D)}[op][1 if double else 0]
    if op == FNE:
        t = s.temporary(GPR)
        s.emit(row + B, [t, s.reg(i.a), s.reg(i.b)])
        s.emit(r.XORI + B, [d, t, operand.imm(1)])
        return
    s.emit(row + B, [d, s.reg(i.a), s.reg(i.b)])


def condition(s: Selector, v: Instr) -> tuple[int, int, int]:
    """(branch row, rs1, rs2) for "v is not 0", folding a comparison."""
    invert_it = False
    while True:
        root = s.strip(v)
        if root.op == XOR and root.b.op == CONST and root.b.imm == 1 and s.extensions.zero[root.a.id] <= 1 and s.foldable(root):
            invert_it = not invert_it
            v = root.a
        elif root.op in (EQ, NE) and root.b.op == CONST and root.b.imm == 0 and s.foldable(root) and s.strip(root.a).op in BRANCHES \
                and s.foldable(s.strip(root.a)):
            if root.op == EQ:
                invert_it = not invert_it
            v = root.a
        else:
            break
    if root.op in BRANCHES and s.foldable(root):
        row, x, y = compare_branch(s, root)
    elif root.op in (FEQ, FLT, FLE, FNE) and s.foldable(root) and root.op == FNE:
        t = s.temporary(GPR)
        s.emit((r.FEQ_D if root.a.ty == F64 else r.FEQ_S) + B, [t, s.reg(root.a), s.reg(root.b)])
        row, x, y = r.BEQ + B, t, operand.reg(ZERO)
    else:
        row, x, y = bit_test(s, v, root)
    if invert_it:
        row = ops.INVERSE[row]
    return row, x, y


def bit_test(s: Selector, v: Instr, root: Instr) -> tuple[int, int, int]:
    """"v is not 0"; a test of one high bit shifts it into the sign."""
    if root.op == AND and root.b.op == CONST and s.foldable(root):
        c = root.b.imm & (1 << TYPE_BITS[v.ty]) - 1        # `v` may be narrower than the AND
        if c & (c - 1) == 0 and c > 1024:
            k = c.bit_length() - 1
            x = s.reg(root.a)
            if k == 63 or (k == 31 and root.ty == I32 and s.extensions.sign[root.a.id] <= 32):
                return r.BLT + B, x, operand.reg(ZERO)
            t = s.temporary(GPR)
            s.emit(r.SLLI + B, [t, x, operand.imm(63 - k)])
            return r.BLT + B, t, operand.reg(ZERO)
        k = c.bit_length()
        if c & (c + 1) == 0 and k > 11 and not (root.ty == I32 and k == 32):
            t = s.temporary(GPR)
            s.emit(r.SLLI + B, [t, s.reg(root.a), operand.imm(64 - k)])
            return r.BNE + B, t, operand.reg(ZERO)
    return r.BNE + B, sext(s, v), operand.reg(ZERO)


def compare_branch(s: Selector, c: Instr) -> tuple[int, int, int]:
    """(row, rs1, rs2) for a comparison."""
    op = c.op
    a, b = c.a, c.b
    if a.op == CONST and op in (EQ, NE):
        a, b = b, a
    if op in (EQ, NE) and b.op == CONST and b.imm == 0:
        row, x, y = bit_test(s, a, s.strip(a))
        return (row, x, y) if op == NE else (ops.INVERSE[row], x, y)
    cb = s.constant(b)
    ca = s.constant(a)
    zero = operand.reg(ZERO)
    if op == SLE and cb == -1 or op == SLT and cb == 0:
        return r.BLT + B, sext(s, a), zero
    if op == SLE and cb is not None and cb == 0:
        return r.BGE + B, zero, sext(s, a)
    if op == SLT and ca == -1:
        return r.BGE + B, sext(s, b), zero
    if op == SLT and cb == 1:
        return r.BGE + B, zero, sext(s, a)
    if op == ULT and cb == 1:
        return r.BEQ + B, sext(s, a), zero
    row, swap = BRANCHES[op]
    x, y = sext(s, a), sext(s, b)
    return (row + B, y, x) if swap else (row + B, x, y)


def branch(s: Selector, i: Instr) -> None:
    """BRANCH."""
    b = s.func.blocks[s.block_index]
    yes, no = b.succs
    row, x, y = condition(s, i.a)
    s.emit(row, [x, y, s.block_operand(yes)])
    s.jump(s.mblocks[no.id])


def select(s: Selector, i: Instr) -> None:
    """SELECT: the true value, then a branch over a move of the false one (Zicond: without a branch)."""
    d = s.define(i)
    yes, no = i.b, i.ext[0]
    if s.target.has("zicond") and s.target.class_of(i.ty) == GPR:
        zicond(s, d, i.a, yes, no)
        return
    row, x, y = condition(s, i.a)
    root = s.strip(yes)
    if root.op <= LABEL and root.op != PARAM:
        s.materialise(d, root)
    else:
        s.copy(d, s.reg(yes))
    s.emit(ops.CMOV, [d, operand.imm(row), x, y, s.reg(no)])


def zicond(s: Selector, d: int, c: Instr, yes: Instr, no: Instr) -> None:
    """d = c ? yes : no by czero."""
    t = sext(s, c)
    if no.op == CONST and no.imm == 0:
        s.emit(r.CZERO_EQZ + B, [d, s.reg(yes), t])
    elif yes.op == CONST and yes.imm == 0:
        s.emit(r.CZERO_NEZ + B, [d, s.reg(no), t])
    else:
        x, y = s.temporary(GPR), s.temporary(GPR)
        s.emit(r.CZERO_EQZ + B, [x, s.reg(yes), t])
        s.emit(r.CZERO_NEZ + B, [y, s.reg(no), t])
        s.emit(r.OR + B, [d, x, y])


# ------------------------------------------------------------------ memory

def address(s: Selector, v: Instr, imm: int) -> list[int]:
    """[offset, base] of `v + imm`, folding constants and frame objects."""
    while True:
        v = s.strip(v)
        if v.op == ADD and v.b.op == CONST and v.ty == PTR and s.local(v):
            c = s.constant(v.b)
            assert c is not None
            if not fits12(imm + c):
                break
            imm += c
            v = v.a
        else:
            break
    if v.op == SLOT:
        return [operand.imm(imm + v.imm), s.slot_operand(v)]
    if v.op == CONST:
        c = s.constant(v)
        assert c is not None
        if fits12(c + imm):
            return [operand.imm(c + imm), operand.reg(ZERO)]
    if v.op == GLOBAL and fits12(imm + v.imm):
        base = s.global_base(v)
        if base is not v:
            return [operand.imm(imm + v.imm), s.reg(base)]
    if not fits12(imm):
        low = ((imm & 0xFFF) ^ 0x800) - 0x800
        t = s.temporary(GPR)
        u = s.temporary(GPR)
        s.emit(ops.LI, [t, operand.imm(imm - low)])
        s.emit(r.ADD + B, [u, t, s.reg(v)])
        return [operand.imm(low), u]
    return [operand.imm(imm), s.reg(v)]


def direct_symbol(s: Selector, v: Instr, imm: int) -> int:
    """EXPR operand if the access at `v + imm` may name the symbol itself, else -1."""
    v = s.strip(v)
    if v.op != GLOBAL or not s.target.symbol_is_direct(v.aux) or s.global_count(v) > 1:
        return -1
    assert isinstance(v.aux, GlobalSymbol)
    return s.symbol_operand(v.aux, v.imm + imm)


def load(s: Selector, i: Instr) -> None:
    """LOAD, with fences if atomic."""
    d = s.define(i)
    order = order_of(i)
    rows = LOADS.get(i.ty)
    if rows is None:
        raise ToolError(f"internal error: load of type {i.ty}", i.loc)
    row = rows[s.extensions.loads.get(i.id, 0)]
    if order == ORDER_SEQ_CST:
        fence(s, 3, 3)
    e = direct_symbol(s, i.a, i.imm) if row in GLOBAL_LOADS else -1
    if e >= 0:
        s.emit(GLOBAL_LOADS[row] + B, [d, e])
    else:
        s.emit(row + B, [d, *address(s, i.a, i.imm)])
    if order in (ORDER_CONSUME, ORDER_ACQUIRE, ORDER_ACQ_REL, ORDER_SEQ_CST):
        fence(s, 2, 3)


def store(s: Selector, i: Instr) -> None:
    """STORE, with a fence if atomic."""
    order = order_of(i)
    if order in (ORDER_RELEASE, ORDER_ACQ_REL, ORDER_SEQ_CST):
        fence(s, 3, 1)
    v = i.b
    row = STORES.get(v.ty)
    if row is None:
        raise ToolError(f"internal error: store of type {v.ty}", i.loc)
    zero = v.op == FCONST and v.imm == 0
    x = operand.reg(ZERO) if zero else s.reg(v)
    if zero:
        row = r.SD if v.ty == F64 else r.SW
    e = direct_symbol(s, i.a, i.imm) if row in GLOBAL_STORES else -1
    if e >= 0:
        s.emit(GLOBAL_STORES[row] + B, [x, e, s.temporary(GPR)])
    else:
        s.emit(row + B, [x, *address(s, i.a, i.imm)])


def fence(s: Selector, before: int, after: int) -> None:
    """`fence`: sets are r 2, w 1."""
    s.emit(r.FENCE + B, [operand.imm(before), operand.imm(after)])


def fence_op(s: Selector, i: Instr) -> None:
    """FENCE by the psABI's table (RVWMO, table A.6)."""
    if i.imm == 1:
        return
    order = order_of(i)
    if order in (ORDER_CONSUME, ORDER_ACQUIRE):
        fence(s, 2, 3)
    elif order == ORDER_RELEASE:
        fence(s, 3, 1)
    elif order == ORDER_ACQ_REL:
        s.emit(r.FENCE_TSO + B, [])
    elif order == ORDER_SEQ_CST:
        fence(s, 3, 3)


# ------------------------------------------------------------------ conversions

def zero_extend(s: Selector, i: Instr) -> None:
    """ZEXT that needs code."""
    d = s.define(i)
    bits = TYPE_BITS[i.a.ty]
    x = s.reg(i.a)
    if bits == 8:
        s.emit(r.ANDI + B, [d, x, operand.imm(255)])
    elif bits == 32 and s.target.has("zba"):
        s.emit(r.ZEXT_W + B, [d, x])
    elif bits == 16 and s.target.has("zbb"):
        s.emit(r.ZEXT_H + B, [d, x])
    else:
        t = s.temporary(GPR)
        s.emit(r.SLLI + B, [t, x, operand.imm(64 - bits)])
        s.emit(r.SRLI + B, [d, t, operand.imm(64 - bits)])


def sign_extend(s: Selector, i: Instr) -> None:
    """SEXT that needs code."""
    d = s.define(i)
    bits = TYPE_BITS[i.a.ty]
    x = s.reg(i.a)
    if bits == 32:
        s.emit(r.ADDIW + B, [d, x, operand.imm(0)])
    elif s.target.has("zbb"):
        s.emit((r.SEXT_B if bits == 8 else r.SEXT_H) + B, [d, x])
    else:
        t = s.temporary(GPR)
        s.emit(r.SLLI + B, [t, x, operand.imm(64 - bits)])
        s.emit(r.SRAI + B, [d, t, operand.imm(64 - bits)])


def bitcast(s: Selector, i: Instr) -> None:
    """BITCAST between register files."""
    d = s.define(i)
    if i.ty == F64:
        s.emit(r.FMV_D_X + B, [d, s.reg(i.a)])
    elif i.ty == F32:
        s.emit(r.FMV_W_X + B, [d, s.reg(i.a)])
    elif i.a.ty == F64:
        s.emit(r.FMV_X_D + B, [d, s.reg(i.a)])
    elif i.a.ty == F32:
        s.emit(r.FMV_X_W + B, [d, s.reg(i.a)])
    else:
        s.copy(d, s.reg(i.a))


def float_convert(s: Selector, i: Instr) -> None:
    """FCVT between F32 and F64."""
    if i.ty == F64:
        s.emit(r.FCVT_D_S + B, [s.define(i), s.reg(i.a)])
    else:
        s.emit(r.FCVT_S_D + B, [s.define(i), s.reg(i.a)])


def float_to_int(s: Selector, i: Instr) -> None:
    """FTOSI, FTOUI: rounding towards zero."""
    double = i.a.ty == F64
    signed = i.op == FTOSI
    if is_word(i.ty):
        row = (r.FCVT_W_D_RD_FS1_RM if double else r.FCVT_W_S_RD_FS1_RM) if signed else (r.FCVT_WU_D_RD_FS1_RM if double else r.FCVT_WU_S_RD_FS1_RM)
    else:
        row = (r.FCVT_L_D_RD_FS1_RM if double else r.FCVT_L_S_RD_FS1_RM) if signed else (r.FCVT_LU_D_RD_FS1_RM if double else r.FCVT_LU_S_RD_FS1_RM)
    s.emit(row + B, [s.define(i), s.reg(i.a), operand.imm(RTZ)])


def int_to_float(s: Selector, i: Instr) -> None:
    """SITOF, UITOF."""
    double = i.ty == F64
    signed = i.op == SITOF
    if is_word(i.a.ty):
        row = (r.FCVT_D_W if double else r.FCVT_S_W) if signed else (r.FCVT_D_WU if double else r.FCVT_S_WU)
    else:
        row = (r.FCVT_D_L if double else r.FCVT_S_L) if signed else (r.FCVT_D_LU if double else r.FCVT_S_LU)
    s.emit(row + B, [s.define(i), s.reg(i.a)])


FLOAT_BINARY: Final = {30: (r.FADD_S, r.FADD_D), 31: (r.FSUB_S, r.FSUB_D), 32: (r.FMUL_S, r.FMUL_D), 33: (r.FDIV_S, r.FDIV_D),
                       37: (r.FSGNJ_S, r.FSGNJ_D)}


def float_binary(s: Selector, i: Instr) -> None:
    """FADD, FSUB, FMUL, FDIV, FCOPYSIGN."""
    s.emit(FLOAT_BINARY[i.op][1 if i.ty == F64 else 0] + B, [s.define(i), s.reg(i.a), s.reg(i.b)])


def float_unary(s: Selector, i: Instr) -> None:
    """FNEG, FABS, FSQRT."""
    k = 1 if i.ty == F64 else 0
    d, x = s.define(i), s.reg(i.a)
    if i.op == FSQRT:
        s.emit((r.FSQRT_S, r.FSQRT_D)[k] + B, [d, x])
    else:
        rows = (r.FSGNJN_S, r.FSGNJN_D) if i.op == FNEG else (r.FSGNJX_S, r.FSGNJX_D)
        s.emit(rows[k] + B, [d, x, x])


# ------------------------------------------------------------------ others

def switch(s: Selector, i: Instr) -> None:
    """A dense table: 32-bit offsets from the table."""
    cases = i.aux
    assert isinstance(cases, TableCases)
    b = s.func.blocks[s.block_index]
    table = s.jump_table(i, [b.succs[k] for k in cases.targets])
    e = Effects()
    e.table = table
    e.defs.append(0)
    base = s.temporary(GPR)
    s.out.append(MachineInstr(ops.TABLE_ADDRESS, [base], s.loc, e))
    scaled, entry = s.temporary(GPR), s.temporary(GPR)
    offset, target = s.temporary(GPR), s.temporary(GPR)
    s.emit(r.SLLI + B, [scaled, s.reg(i.a), operand.imm(2)])
    s.emit(r.ADD + B, [entry, scaled, base])
    s.emit(r.LW + B, [offset, operand.imm(0), entry])
    s.emit(r.ADD + B, [target, offset, base])
    e2 = Effects()
    e2.uses.append(0)
    e2.table = table
    e2.targets = list(dict.fromkeys(table.targets))
    s.out.append(MachineInstr(mir.JUMP_TABLE, [target], s.loc, e2))


def indirect_jump(s: Selector, i: Instr) -> None:
    """IJUMP."""
    e = Effects()
    e.uses.append(0)
    b = s.func.blocks[s.block_index]
    e.targets = [s.mblocks[x.id].number for x in b.succs]
    s.out.append(MachineInstr(mir.JUMP_TABLE, [s.reg(i.a)], s.loc, e))


def prefetch(s: Selector, i: Instr) -> None:
    """PREFETCH: a hint that this target does not take."""


