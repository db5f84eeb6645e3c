"""Comparisons, branches, conditional moves, switches.

A comparison is emitted by what uses its flags, right before it; everything that may come to stand in between
(moves of the allocator, constants) leaves the flags alone.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.mir import Effects, JumpTable, MachineInstr
from toolchain.cc.codegen.switches import TableCases
from toolchain.cc.ir.ir import (
    AND,
    CONST,
    EQ,
    F32,
    F64,
    F80,
    FEQ,
    FLE,
    FLT,
    FNE,
    FUNORD,
    GLOBAL,
    I8,
    I16,
    I32,
    I64,
    LAST_LEAF,
    NE,
    PARAM,
    SLE,
    SLT,
    TYPE_BITS,
    ULE,
    ULT,
    XOR,
    ZEXT,
    GlobalSymbol,
    Instr,
)
from toolchain.cc.x86 import ops
from toolchain.cc.x86.address import FPU, GPR, XMM, byte_class, extended, fits32, got_base, load_operand, memory_value, word
from toolchain.cc.x86.arith import SUFFIX, arith_type, signed_constant
from toolchain.cc.x86.ops import row
from toolchain.mc.model import operand

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector

# Condition codes (the low four bits of the opcode), and two of our own for floating equality.
CC_B: Final = 2
CC_AE: Final = 3
CC_E: Final = 4
CC_NE: Final = 5
CC_BE: Final = 6
CC_A: Final = 7
CC_S: Final = 8
CC_NS: Final = 9
CC_P: Final = 10
CC_NP: Final = 11
EQUAL: Final = 16           # e and np
UNEQUAL: Final = 17         # ne or p
CODES: Final = {EQ: 4, NE: 5, SLT: 12, SLE: 14, ULT: 2, ULE: 6}
SWAPPED: Final = {4: 4, 5: 5, 12: 15, 15: 12, 14: 13, 13: 14, 2: 7, 7: 2, 6: 3, 3: 6}
UNSIGNED: Final = {12: 2, 14: 6, 13: 3, 15: 7}
# type -> register register, register memory, register immediate, register byte, memory register, memory immediate, memory byte
CMP: Final = {ty: tuple(row(f"CMP{c}_{form}") if form[1] != "S" or c != "B" else -1 for form in ("RR", "RM", "RI", "RS", "MR", "MI", "MS"))
              for ty, c in SUFFIX.items()}
TEST: Final = {ty: tuple(row(f"TEST{c}_{form}") for form in ("RR", "MR", "RI", "MI")) for ty, c in SUFFIX.items()}
UCOMI: Final = {F32: (row("UCOMISS_XX"), row("UCOMISS_XM")), F64: (row("UCOMISD_XX"), row("UCOMISD_XM"))}
COMI: Final = {F32: (row("COMISS_XX"), row("COMISS_XM")), F64: (row("COMISD_XX"), row("COMISD_XM"))}
MOVZBL: Final = row("MOVZBL_RR")
MOVSLQ: Final = row("MOVSLQ_RM")
ADDQ: Final = row("ADDQ_RR")


def emit_compare(s: Selector, c: Instr) -> int:
    """Emit the comparison `c` for its flags; returns the condition under which it holds."""
    op = c.op
    if op >= FEQ:
        return float_flags(s, c)
    a, b = s.strip(c.a), s.strip(c.b)
    code = CODES[op]
    ty = word(s, c.a.ty)
    if a.op == CONST:
        a, b, code = b, a, SWAPPED[code]
    k = signed_constant(s, b, ty)
    if k == 0 and code in (CC_E, CC_NE):
        emit_test(s, c.a if a is s.strip(c.a) else c.b, ty)
        return code
    if k == 0 and code in (12, 13):         # sign only
        emit_zero_test(s, a, ty)
        return CC_S if code == 12 else CC_NS
    if k == 0 and not memory_value(s, a) and a.op != ZEXT:
        emit_zero_test(s, a, ty)
        return code
    if k is not None and (ty != I64 or fits32(k)):
        return compare_constant(s, a, ty, k, code)
    rows = CMP[ty]
    if narrow_memory(s, b, a, ty):
        s.emit(CMP[b.ty][1], [s.reg(a), *load_operand(s, b)])
        return UNSIGNED.get(code, code)
    if narrow_memory(s, a, b, ty):
        s.emit(CMP[a.ty][4], [*load_operand(s, a), s.reg(b)])
        return UNSIGNED.get(code, code)
    if memory_value(s, b) and word(s, b.ty) == ty:
        s.emit(rows[1], [s.reg(a), *load_operand(s, b)])
        return code
    if memory_value(s, a) and word(s, a.ty) == ty:
        s.emit(rows[4], [*load_operand(s, a), s.reg(b)])
        return code
    s.emit(rows[0], [s.reg(a), s.reg(b)])
    return code


def narrow_memory(s: Selector, m: Instr, r: Instr, ty: int) -> bool:
    """Whether `m` is a byte or short in memory and `r` has zeros above one: they may be compared as they are."""
    return m.ty in (I8, I16) and m.ty < ty and s.target.word_bytes == 8 and memory_value(s, m) and s.extensions.zero[r.id] <= TYPE_BITS[m.ty]


def compare_constant(s: Selector, a: Instr, ty: int, k: int, code: int) -> int:
    """cmp of `a` with a constant that fits; narrow memory is compared as it is."""
    x = extended(s, a)
    if memory_value(s, x) and x.ty in (I8, I16) and x.ty < ty and 0 <= k < 1 << TYPE_BITS[x.ty]:
        code = UNSIGNED.get(code, code)
        bits = TYPE_BITS[x.ty]
        n = k - (1 << bits) if k >> (bits - 1) else k
        rows = CMP[x.ty]
        s.emit(rows[6] if x.ty != I8 and -128 <= n < 128 else rows[5], [*load_operand(s, x), operand.imm(n)])
        return code
    rows = CMP[ty]
    small = -128 <= k < 128
    if memory_value(s, a) and word(s, a.ty) == ty:
        s.emit(rows[6] if small else rows[5], [*load_operand(s, a), operand.imm(k)])
    else:
        s.emit(rows[3] if small else rows[2], [s.reg(a), operand.imm(k)])
    return code


def emit_zero_test(s: Selector, a: Instr, ty: int) -> None:
    """Flags of `a` against zero."""
    if memory_value(s, a) and word(s, a.ty) == ty:
        s.emit(CMP[ty][6], [*load_operand(s, a), operand.imm(0)])
        return
    r = s.reg(a)
    s.emit(TEST[ty][0], [r, r])


def emit_test(s: Selector, v: Instr, ty: int) -> None:
    """ZF of `v`: test of a register, of an AND, or of memory."""
    root = s.strip(v)
    if root.op == AND and s.foldable(root) and (ty >= I32 or root.b.op == CONST):
        test_bits(s, root, ty)
        return
    x = extended(s, root)
    if memory_value(s, x):
        xt = word(s, x.ty)
        if xt in SUFFIX and xt <= ty:
            s.emit(CMP[xt][6] if xt != I8 else CMP[xt][5], [*load_operand(s, x), operand.imm(0)])
            return
    r = s.reg(v)
    s.emit(TEST[max(I32, ty)][0], [r, r])


def test_bits(s: Selector, root: Instr, ty: int) -> None:
    """`test` of the operands of an AND."""
    a, b = s.strip(root.a), s.strip(root.b)
    mask = (1 << TYPE_BITS[ty]) - 1
    ty = arith_type(s, ty)
    if a.op == CONST:
        a, b = b, a
    if b.op == CONST:
        u = b.imm & mask
        x = extended(s, a)
        if memory_value(s, x) and word(s, x.ty) in SUFFIX and u < 1 << 8 * 4:
            if u < 256:
                s.emit(TEST[I8][3], [*load_operand(s, x), operand.imm(u)])
                return
            xt = word(s, x.ty)
            if xt == I32 or xt == I64 and u < 1 << 31:
                s.emit(TEST[xt][3], [*load_operand(s, x), operand.imm(u)])
                return
        if u < 256 and s.target.word_bytes == 8:
            s.emit(TEST[I8][2], [s.reg(a), operand.imm(u)])
            return
        if u < 1 << 32:
            s.emit(TEST[I32][2], [s.reg(a), operand.imm(u)])
            return
        k = signed_constant(s, b, ty)
        assert k is not None
        if fits32(k):
            s.emit(TEST[ty][2], [s.reg(a), operand.imm(k)])
            return
    elif memory_value(s, b) and word(s, b.ty) == ty:
        s.emit(TEST[ty][1], [*load_operand(s, b), s.reg(a)])
        return
    elif memory_value(s, a) and word(s, a.ty) == ty:
        s.emit(TEST[ty][1], [*load_operand(s, a), s.reg(b)])
        return
    s.emit(TEST[ty][0], [s.reg(a), s.reg(b)])


def float_flags(s: Selector, c: Instr) -> int:
    """Flags of a floating comparison: below, above, equal, parity for unordered."""
    op = c.op
    a, b = s.strip(c.a), s.strip(c.b)
    swap = op in (FLT, FLE)
    if swap:
        a, b = b, a         # a < b is b above a, which is false for NaNs
    code = {FEQ: EQUAL, FNE: UNEQUAL, FLT: CC_A, FLE: CC_AE, FUNORD: CC_P}[op]
    ty = c.a.ty
    if s.target.class_of(ty) == FPU:
        s.emit(ops.X_COMPARE, [s.reg(a), s.reg(b), operand.imm(1 if swap else 0)])
        return code
    rows = (COMI if swap else UCOMI)[ty]
    if memory_value(s, b) and b.ty == ty:
        s.emit(rows[1], [s.reg(a), *load_operand(s, b)])
    else:
        s.emit(rows[0], [s.reg(a), s.reg(b)])
    assert ty in (F32, F64, F80)
    return code


def peel(s: Selector, v: Instr) -> tuple[Instr, bool]:
    """`v` without negations around a comparison; whether their number is odd."""
    inverted = False
    while True:
        root = s.strip(v)
        if root.op == XOR and root.b.op == CONST and root.b.imm == 1 and s.extensions.zero[root.a.id] <= 1 and s.foldable(root):
            inverted = not inverted
        elif root.op in (EQ, NE) and root.b.op == CONST and root.b.imm == 0 and s.foldable(root) \
                and EQ <= s.strip(root.a).op <= FUNORD and s.foldable(s.strip(root.a)):
            if root.op == EQ:
                inverted = not inverted
        elif not (root.op == ZEXT and s.foldable(root) and EQ <= s.strip(root.a).op <= FUNORD):
            return v, inverted
        v = root.a


def condition(s: Selector, v: Instr) -> int:
    """Emit what decides "v is not 0"; returns the condition."""
    v, inverted = peel(s, v)
    root = s.strip(v)
    if EQ <= root.op <= FUNORD and s.foldable(root):
        code = emit_compare(s, root)
    else:
        emit_test(s, v, word(s, v.ty))
        code = CC_NE
    return code ^ 1 if inverted else code


def branch(s: Selector, i: Instr) -> None:
    """BRANCH."""
    b = s.func.blocks[s.block_index]
    yes, no = b.succs
    code = condition(s, i.a)
    if code == UNEQUAL:
        s.emit(ops.BRANCH_ROWS[CC_P], [s.block_operand(yes)])
        s.emit(ops.BRANCH_ROWS[CC_NE], [s.block_operand(yes)])
        s.jump(s.mblocks[no.id])
    elif code == EQUAL:
        s.emit(ops.BRANCH_ROWS[CC_P], [s.block_operand(no)])
        s.emit(ops.BRANCH_ROWS[CC_NE], [s.block_operand(no)])
        s.jump(s.mblocks[yes.id])
    else:
        s.emit(ops.BRANCH_ROWS[code], [s.block_operand(yes)])
        s.jump(s.mblocks[no.id])


def byte_register(s: Selector) -> int:
    """A fresh register that has a name for its low byte."""
    return s.temporary(byte_class(s))


def compare(s: Selector, i: Instr) -> None:
    """A comparison as 0 or 1."""
    d = s.define(i)
    code = emit_compare(s, i)
    t = byte_register(s)
    if code >= EQUAL:
        u = byte_register(s)
        s.emit(ops.SET_ROWS[CC_E if code == EQUAL else CC_NE], [t])
        s.emit(ops.SET_ROWS[CC_NP if code == EQUAL else CC_P], [u])
        s.emit(row("ANDB_RR" if code == EQUAL else "ORB_RR"), [t, u])
    else:
        s.emit(ops.SET_ROWS[code], [t])
    s.emit(MOVZBL, [d, t])


def hold(s: Selector, v: Instr) -> int:
    """Register of `v`; if making it might change flags, it is made now."""
    root = s.strip(v)
    if root.op == GLOBAL and isinstance(root.aux, GlobalSymbol) and root.aux.tls_model:
        t = s.temporary(GPR)
        s.copy(t, s.reg(v))
        return t
    return s.reg(v)


def select(s: Selector, i: Instr) -> None:
    """SELECT: cmov, or a branch over a move for floating values."""
    d = s.define(i)
    yes, no = i.b, i.ext[0]
    register_class = s.target.class_of(i.ty)
    has_cmov = register_class == GPR and s.target.has("cmov")
    v, inverted = peel(s, i.a)
    root = s.strip(v)
    equal = s.foldable(root) and root.op == (FNE if inverted else FEQ)
    first, second = (yes, no) if equal else (no, yes)
    # A constant is made before the comparison, because that may change flags; a register is copied after it: the value then
    # may be in that register already.
    r = hold(s, second)
    start = s.strip(first)
    if start.op <= LAST_LEAF and start.op not in (PARAM, GLOBAL):
        s.materialise(d, start)
        code = condition(s, i.a)
    else:
        stays = hold(s, first)
        code = condition(s, i.a)
        s.copy(d, stays)
    for c in (CC_NE, CC_P) if code >= EQUAL else (code,):
        if has_cmov:
            s.emit((ops.CMOV64 if arith_type(s, i.ty) == I64 else ops.CMOV32)[c], [d, r])
        else:
            s.emit(ops.CMOV_MOVE, [d, operand.imm(c), r])
    assert register_class in (GPR, XMM, FPU)


def switch(s: Selector, i: Instr) -> None:
    """A dense table: addresses, which one instruction can jump to, or in position-independent code 32-bit offsets from the table."""
    cases = i.aux
    assert isinstance(cases, TableCases)
    b = s.func.blocks[s.block_index]
    table = s.jump_table(i, [b.succs[k] for k in cases.targets])
    if s.target.has("absolute") and s.mf.source.indirect_branch in ("", "keep"):
        table.absolute = True
        table_jump(s, table, s.reg(i.a))
        return
    e = Effects()
    e.table = table
    e.defs.append(0)
    base = s.temporary(GPR)
    index = s.reg(i.a)
    if s.target.has("gotoff"):
        e.uses.append(1)
        s.out.append(MachineInstr(ops.PIC_TABLE, [base, got_base(s)], s.loc, e))
    else:
        s.out.append(MachineInstr(ops.TABLE_ADDRESS, [base], s.loc, e))
    target = s.temporary(GPR)
    zero = operand.imm(0)
    if s.target.word_bytes == 8:
        s.emit(MOVSLQ, [target, base, operand.imm(4), index, zero, operand.NO_REG])
        s.emit(ADDQ, [target, base])
    else:
        s.emit(row("MOVL_RM"), [target, base, operand.imm(4), index, zero, operand.NO_REG])
        s.emit(row("ADDL_RR"), [target, base])
    table_jump(s, table, target)


def table_jump(s: Selector, table: JumpTable, register: int) -> None:
    """The jump itself, by an index into a table of addresses or to the address in a register."""
    e = Effects()
    e.uses.append(0)
    e.table = table
    e.targets = list(dict.fromkeys(table.targets))
    s.out.append(MachineInstr(mir.JUMP_TABLE, [register], s.loc, e))


def indirect_jump(s: Selector, i: Instr) -> None:
    """IJUMP."""
    e = Effects()
    e.uses.append(0)
    b = s.func.blocks[s.block_index]
    e.targets = [s.mblocks[x.id].number for x in b.succs]
    s.out.append(MachineInstr(mir.JUMP_TABLE, [s.reg(i.a)], s.loc, e))
