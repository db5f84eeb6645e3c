"""Loop-invariant code motion.

    b1: preds b0, b1                       b0:
      %2 = mul i64 %x, %y            ->      %2 = mul i64 %x, %y
      %3 = load i32 [%p]                     %3 = load i32 [%p]
      ...                                  b1: preds b0, b1

Arithmetic whose operands come from outside goes to the block before the loop, unless it is a comparison (the branch
would not fuse with it), a division that might trap, or too cheap for the register that it would need.  A load goes if nothing in the loop may write there and it is
executed whenever the loop is entered (it stands in the header; a load from constant data may stand anywhere).
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import Loop, dominators, loops, order, reachable
from toolchain.cc.ir.ir import (
    ADD,
    AND,
    BITCAST,
    CALL,
    CONST,
    EQ,
    FIRST_ARITH,
    FUNORD,
    IJUMP,
    JUMP,
    LAST_LEAF,
    LOAD,
    NEG,
    NIL,
    NO_EXT,
    NOT,
    OR,
    ORDER_MASK,
    PARAM,
    PHI,
    RET,
    SAR,
    SDIV,
    SELECT,
    SEXT,
    SHL,
    SHR,
    SPECIAL,
    SREM,
    STORE,
    SUB,
    TRUNC,
    UDIV,
    UREM,
    VOID,
    XOR,
    ZEXT,
    Block,
    Function,
    Instr,
)
from toolchain.cc.ir.verifier import type_size
from toolchain.cc.opt.alias import Access, access, canonical, compute_escapes, is_constant_memory, may_overlap
from toolchain.cc.opt.memory_state import private
from toolchain.cc.opt.simplify_cfg import sync_asm_goto

DIVISIONS: Final = frozenset((SDIV, UDIV, SREM, UREM))
CHEAP: Final = frozenset((ADD, SUB, AND, ZEXT, SEXT, TRUNC, BITCAST))
"""Not worth a register across the loop if the second operand is a constant (a test of bits needs no register at all)."""
SHORT: Final = frozenset((OR, XOR, SHL, SHR, SAR, NEG, NOT))
"""With a constant, not worth a register that must be saved across calls."""


def run(function: Function) -> bool:
    """Hoist out of all loops, inner ones first."""
    blocks = reachable(function)
    dominators(blocks)
    found = loops(blocks)
    if not found:
        return False
    compute_escapes(function)
    home: dict[int, Block] = {}
    for b in blocks:
        for i in b.instrs:
            home[i.id] = b
    changed = False
    for loop in found:
        changed = _hoist(function, loop, home) or changed
    if changed:
        order(function)
    return changed


def preheader(function: Function, loop: Loop) -> Block | None:
    """The block before the loop, made if there is none; None if it cannot be made."""
    header = loop.header
    inside = loop.contains()
    outside = [p for p in header.preds if p.id not in inside]
    if not outside:
        return None
    if len(outside) == 1 and len(outside[0].succs) == 1 and outside[0].instrs[-1].op == JUMP:
        return outside[0]
    if any(p.instrs[-1].op == IJUMP for p in outside) or header.address_taken:
        return None
    new = function.new_block()
    new.cold = header.cold
    jump = function.instr(JUMP, VOID)
    jump.loc = header.instrs[0].loc
    keep = [n for n, p in enumerate(header.preds) if p.id in inside]
    move = [n for n, p in enumerate(header.preds) if p.id not in inside]
    for phi in header.instrs:
        if phi.op != PHI:
            break
        values = [phi.ext[n] for n in move]
        first = values[0]
        if any(v is not first for v in values):
            first = function.instr(PHI, phi.ty)
            first.ext = values
            first.loc = phi.loc
            new.instrs.append(first)
        phi.ext = [phi.ext[n] for n in keep] + [first]
    new.instrs.append(jump)
    new.preds = [header.preds[n] for n in move]
    header.preds = [header.preds[n] for n in keep] + [new]
    for p in dict.fromkeys(new.preds):
        p.succs = [new if s is header else s for s in p.succs]
        sync_asm_goto(p)
    new.succs = [header]
    new.idom = header.idom
    header.idom = new
    new.order = header.order
    function.blocks.insert(function.blocks.index(header), new)
    parent = loop.parent
    while parent is not None:
        parent.blocks.append(new)
        parent = parent.parent
    return new


def _hoist(f: Function, loop: Loop, home: dict[int, Block]) -> bool:
    inside = loop.contains()
    writes = _writes(f, loop)
    crowded = any(i.op == CALL for b in loop.blocks for i in b.instrs)
    target: Block | None = None
    changed = False
    for b in sorted(loop.blocks, key=_order):
        sure = b is loop.header
        kept: list[Instr] = []
        moved: list[Instr] = []
        for i in b.instrs:
            if _movable(f, i, writes, sure, crowded) and _invariant(i, home, inside):
                if target is None:
                    target = preheader(f, loop)
                    if target is None:
                        return changed
                moved.append(i)
                home[i.id] = target
            else:
                kept.append(i)
        if moved and target is not None:
            b.instrs = kept
            target.instrs[-1:-1] = moved
            changed = True
    return changed


def _order(b: Block) -> int:
    return b.order


def _writes(f: Function, loop: Loop) -> list[Access]:
    out: list[Access] = []
    for b in loop.blocks:
        for i in b.instrs:
            if STORE <= i.op < RET or i.op > RET or i.op == LOAD and i.flags & ORDER_MASK:
                a = access(f, i)
                if a.writes_all or a.writes:
                    out.append(a)
    return out


def _invariant(i: Instr, home: dict[int, Block], inside: set[int]) -> bool:
    for v in (i.a, i.b):
        if v is not NIL and (v.op > LAST_LEAF or v.op == PARAM) and home[v.id].id in inside:
            return False
    if i.ext is not NO_EXT:
        for v in i.ext:
            if (v.op > LAST_LEAF or v.op == PARAM) and home[v.id].id in inside:
                return False
    return True


def _movable(f: Function, i: Instr, writes: list[Access], sure: bool, crowded: bool) -> bool:
    op = i.op
    if crowded and f.for_size:
        return False            # no shorter outside, and longer if it has to wait in memory
    if op == LOAD:
        if i.flags & SPECIAL or not sure and not is_constant_memory(i.a):
            return False
        address, offset = canonical(f, i.a, i.imm)
        size = type_size(f, i.ty)
        for w in writes:
            if w.writes_all and not private(address):
                return False
            for other, start, n in w.writes:
                if may_overlap(address, offset, size, other, start, n):
                    return False
        return True
    if op < FIRST_ARITH or op > SELECT or EQ <= op <= FUNORD or i.flags:
        return False
    if op in DIVISIONS:
        return i.b.op == CONST and i.b.imm != 0 and i.b.imm + 1 != 1 << (8 * type_size(f, i.ty))
    return not ((op in CHEAP or op in SHORT and (crowded or f.for_size)) and (i.b is NIL or i.b.op == CONST))
