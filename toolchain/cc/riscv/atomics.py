"""RISC-V atomics: AMO instructions where they exist, LR/SC loops (pseudo operations) elsewhere.

Mapping of C11 orders: psABI, appendix "RVWMO code porting and mapping guidelines", table A.6.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.ir.ir import (
    I8,
    I16,
    I32,
    I64,
    PTR,
    RMW_ADD,
    RMW_AND,
    RMW_NAND,
    RMW_OR,
    RMW_SUB,
    RMW_XCHG,
    RMW_XOR,
    Instr,
    order_of,
)
from toolchain.cc.riscv import ops, select
from toolchain.cc.riscv.ops import B
from toolchain.diagnostics import ToolError
from toolchain.isa.riscv import rows as r
from toolchain.mc.model import operand

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector

GPR: Final = 0
# (w, w.aq, w.rl, w.aqrl, d, d.aq, d.rl, d.aqrl)
AMO: Final = {
    RMW_XCHG: (r.AMOSWAP_W, r.AMOSWAP_W_AQ, r.AMOSWAP_W_RL, r.AMOSWAP_W_AQRL, r.AMOSWAP_D, r.AMOSWAP_D_AQ, r.AMOSWAP_D_RL, r.AMOSWAP_D_AQRL),
    RMW_ADD: (r.AMOADD_W, r.AMOADD_W_AQ, r.AMOADD_W_RL, r.AMOADD_W_AQRL, r.AMOADD_D, r.AMOADD_D_AQ, r.AMOADD_D_RL, r.AMOADD_D_AQRL),
    RMW_AND: (r.AMOAND_W, r.AMOAND_W_AQ, r.AMOAND_W_RL, r.AMOAND_W_AQRL, r.AMOAND_D, r.AMOAND_D_AQ, r.AMOAND_D_RL, r.AMOAND_D_AQRL),
    RMW_OR: (r.AMOOR_W, r.AMOOR_W_AQ, r.AMOOR_W_RL, r.AMOOR_W_AQRL, r.AMOOR_D, r.AMOOR_D_AQ, r.AMOOR_D_RL, r.AMOOR_D_AQRL),
    RMW_XOR: (r.AMOXOR_W, r.AMOXOR_W_AQ, r.AMOXOR_W_RL, r.AMOXOR_W_AQRL, r.AMOXOR_D, r.AMOXOR_D_AQ, r.AMOXOR_D_RL, r.AMOXOR_D_AQRL),
}
SUFFIX: Final = (0, 0, 1, 1, 2, 3, 3)
"""Index of the suffix by C11 order: none, relaxed, consume, acquire, release, acq_rel, seq_cst."""


def rmw(s: Selector, i: Instr) -> None:
    """ATOMIC_RMW."""
    ty = i.ty if i.ty else i.b.ty
    what = i.imm
    order = order_of(i)
    d = s.define(i) if i.ty else s.temporary(GPR)
    if ty in (I8, I16):
        narrow_rmw(s, i, d, ty, what, order)
        return
    if ty not in (I32, I64, PTR):
        raise ToolError("atomic operation of this size is not supported", i.loc)
    a = s.reg(i.a)
    x = s.reg(i.b)
    if what == RMW_SUB:
        t = s.temporary(GPR)
        s.emit((r.SUBW if ty == I32 else r.SUB) + B, [t, operand.reg(0), x])
        x, what = t, RMW_ADD
    rows = AMO.get(what)
    if rows is not None:
        unused = not s.vreg[i.id] and not s.cross[i.id] if i.ty else True
        s.emit(rows[SUFFIX[order] + (0 if ty == I32 else 4)] + B, [operand.reg(0) if unused else d, x, a])
        return
    if what == RMW_NAND:
        s.emit(ops.RMW, [d, a, x, s.temporary(GPR), operand.imm(what), operand.imm(order), operand.imm(4 if ty == I32 else 8)])
        return
    raise ToolError("unknown atomic operation", i.loc)


def place(s: Selector, a: Instr, ty: int) -> tuple[int, int, int]:
    """(address of the aligned word, bit position, mask in place) for an 8- or 16-bit object."""
    p = s.reg(a)
    word, shift, low = s.temporary(GPR), s.temporary(GPR), s.temporary(GPR)
    s.emit(r.ANDI + B, [word, p, operand.imm(-4)])
    s.emit(r.ANDI + B, [low, p, operand.imm(3)])
    s.emit(r.SLLI + B, [shift, low, operand.imm(3)])
    ones, mask = s.temporary(GPR), s.temporary(GPR)
    s.emit(ops.LI, [ones, operand.imm(255 if ty == I8 else 65535)])
    s.emit(r.SLLW + B, [mask, ones, shift])
    return word, shift, mask


def narrow_rmw(s: Selector, i: Instr, d: int, ty: int, what: int, order: int) -> None:
    """8- and 16-bit read-modify-write inside the word."""
    word, shift, mask = place(s, i.a, ty)
    value = s.temporary(GPR)
    s.emit(r.SLLW + B, [value, s.reg(i.b), shift])
    if what == RMW_AND or what == RMW_NAND:
        pass        # bits outside the mask do not matter: only the masked ones are replaced
    old = s.temporary(GPR)
    s.emit(ops.RMW_MASKED, [old, word, value, mask, s.temporary(GPR), s.temporary(GPR), operand.imm(what), operand.imm(order)])
    s.emit(r.SRLW + B, [d, old, shift])


def cas(s: Selector, i: Instr) -> None:
    """ATOMIC_CAS."""
    ty = i.b.ty
    order = order_of(i)
    d = s.define(i)
    new = i.ext[0]
    if ty in (I8, I16):
        narrow_cas(s, i, d, ty, order)
        return
    if ty not in (I32, I64, PTR):
        raise ToolError("atomic operation of this size is not supported", i.loc)
    expected = select.sext(s, i.b)
    size = 4 if ty == I32 else 8
    s.emit(ops.CAS, [d, s.reg(i.a), expected, s.reg(new), s.temporary(GPR), operand.imm(order), operand.imm(size)])


def narrow_cas(s: Selector, i: Instr, d: int, ty: int, order: int) -> None:
    """8- and 16-bit compare-and-swap inside the word."""
    word, shift, mask = place(s, i.a, ty)
    placed: list[int] = []
    for v in (i.b, i.ext[0]):
        t, u = s.temporary(GPR), s.temporary(GPR)
        s.emit(r.SLLW + B, [t, s.reg(v), shift])
        s.emit(r.AND + B, [u, t, mask])
        placed.append(u)
    old = s.temporary(GPR)
    s.emit(ops.CAS_MASKED, [old, word, placed[0], placed[1], mask, s.temporary(GPR), operand.imm(order)])
    s.emit(r.SRLW + B, [d, old, shift])
