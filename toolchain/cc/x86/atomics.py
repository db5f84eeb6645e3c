"""x86 atomics: locked instructions; loops of cmpxchg for what has none (Intel SDM volume 3, 8.1)."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.ir.ir import (
    I8,
    I16,
    I32,
    I64,
    ORDER_SEQ_CST,
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
from toolchain.cc.x86 import address as mem
from toolchain.cc.x86 import ops
from toolchain.cc.x86.address import GPR, ONE, byte_class, word
from toolchain.cc.x86.arith import SUFFIX
from toolchain.cc.x86.ops import F_LOCK, RAX, RBX, RCX, RDX, RSP, row
from toolchain.diagnostics import ToolError
from toolchain.mc.model import operand
from toolchain.mc.model.operand import NO_REG

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector

BYTES: Final = {I8: 1, I16: 2, I32: 4, I64: 8}
PLAIN: Final = {RMW_ADD: "ADD", RMW_SUB: "SUB", RMW_AND: "AND", RMW_OR: "OR", RMW_XOR: "XOR"}


def fence(s: Selector, i: Instr) -> None:
    """FENCE: only a sequentially consistent one is an instruction."""
    if i.imm == 1 or order_of(i) != ORDER_SEQ_CST:
        return
    if s.target.word_bytes == 8:
        s.emit(row("ORQ_MS"), [operand.reg(RSP), ONE, NO_REG, operand.imm(0), NO_REG, operand.imm(0)]).flags |= F_LOCK
    else:
        s.emit(row("ORL_MS"), [operand.reg(RSP), ONE, NO_REG, operand.imm(0), NO_REG, operand.imm(0)]).flags |= F_LOCK


def rmw(s: Selector, i: Instr) -> None:
    """ATOMIC_RMW."""
    ty = word(s, i.ty if i.ty else i.b.ty)
    if ty not in SUFFIX or BYTES[ty] > s.target.word_bytes:
        raise ToolError("atomic operation of this size is not supported", i.loc)
    c = SUFFIX[ty]
    what = i.imm
    unused = not i.ty or (not s.vreg[i.id] and not s.cross[i.id])
    if what == RMW_XCHG:
        d = s.temporary(byte_class(s) if ty == I8 else GPR)
        s.copy(d, s.reg(i.b))
        s.emit(row(f"XCHG{c}_MR"), [*mem.address(s, i.a, 0, i.flags), d])
        if not unused:
            s.copy(s.define(i), d)
        return
    if unused and what in PLAIN:
        k = s.constant(i.b)
        m = mem.address(s, i.a, 0, i.flags)
        bits = 8 * BYTES[ty]
        if k is not None:
            k &= (1 << bits) - 1
            k -= 1 << bits if k >> (bits - 1) else 0
        if k is not None and mem.fits32(k):
            form = "MS" if c != "B" and -128 <= k < 128 else "MI"
            s.emit(row(f"{PLAIN[what]}{c}_{form}"), [*m, operand.imm(k)]).flags |= F_LOCK
        else:
            s.emit(row(f"{PLAIN[what]}{c}_MR"), [*m, mem.sized_register(s, i.b, ty)]).flags |= F_LOCK
        return
    if what in (RMW_ADD, RMW_SUB):
        d = s.temporary(byte_class(s) if ty == I8 else GPR)
        s.copy(d, s.reg(i.b))
        if what == RMW_SUB:
            s.emit(row("NEGQ_R" if c == "Q" else "NEGL_R"), [d])
        s.emit(row(f"XADD{c}_MR"), [*mem.address(s, i.a, 0, i.flags), d]).flags |= F_LOCK
        if not unused:
            s.copy(s.define(i), d)
        return
    if what not in (RMW_AND, RMW_OR, RMW_XOR, RMW_NAND):
        raise ToolError("unknown atomic operation", i.loc)
    value = s.reg(i.b)
    m = mem.address(s, i.a, 0, i.flags)
    s.emit(mem.LOADS[ty], [operand.reg(RAX), *m])
    s.emit(ops.RMW_LOOP, [*m, value, s.temporary(byte_class(s) if ty == I8 else GPR), operand.imm(what), operand.imm(BYTES[ty])])
    if not unused:
        s.copy(s.define(i), operand.reg(RAX))


def cas(s: Selector, i: Instr) -> None:
    """ATOMIC_CAS: the expected value and the old one are in rax."""
    ty = word(s, i.b.ty)
    if i.imm:
        cas_pair(s, i)
        return
    if ty not in SUFFIX or BYTES[ty] > s.target.word_bytes:
        raise ToolError("atomic operation of this size is not supported", i.loc)
    new = mem.sized_register(s, i.ext[0], ty)
    m = mem.address(s, i.a, 0, i.flags)
    s.copy(operand.reg(RAX), s.reg(i.b))
    s.emit(row(f"CMPXCHG{SUFFIX[ty]}_MR"), [*m, new]).flags |= F_LOCK
    s.copy(s.define(i), operand.reg(RAX))


def cas_pair(s: Selector, i: Instr) -> None:
    """A pair of words: expected and old value in rdx:rax, desired in rcx:rbx."""
    low, high_expected, high = i.ext
    pairs = ((RBX, s.reg(low)), (RCX, s.reg(high)), (RAX, s.reg(i.b)), (RDX, s.reg(high_expected)))
    m = mem.address(s, i.a, 0, i.flags)
    for r, v in pairs:
        s.copy(operand.reg(r), v)
    s.emit(row("CMPXCHG16B_M" if s.target.word_bytes == 8 else "CMPXCHG8B_M"), m).flags |= F_LOCK
    s.copy(s.define(i), operand.reg(RAX))
    for p in s.projections.get(i.id, []):
        s.copy(s.define(p), operand.reg(RDX))
