"""Memory operands: `segment:displacement(base, index, scale)` from trees of additions, loads and stores.

    %1 = shl i64 %i, 3 ; %2 = add ptr %p, %1 ; %3 = load i64 %2 + 16        ->  movq 16(%p,%i,8), %3
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen.select import ALIAS
from toolchain.cc.codegen.target import LoweredCall
from toolchain.cc.ir.ir import (
    ADD,
    BF16,
    CALL,
    CONST,
    F16,
    F32,
    F64,
    F128,
    GLOBAL,
    I8,
    I16,
    I32,
    I64,
    LOAD,
    ORDER_MASK,
    PTR,
    SEG_FS,
    SEG_GS,
    SEXT,
    SHL,
    SLOT,
    SUB,
    VOLATILE,
    ZEXT,
    Block,
    Function,
    GlobalSymbol,
    Instr,
)
from toolchain.cc.x86.ops import LA, LA_FAR, LI, row
from toolchain.diagnostics import ToolError
from toolchain.isa.x86.registers import RIP, SREG
from toolchain.mc.model import operand
from toolchain.mc.model.expr import symbol_ref
from toolchain.mc.model.operand import NO_REG

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector

GPR: Final = 0
XMM: Final = 1
FPU: Final = 2
BYTE: Final = 3             # general registers whose lowest byte has a name in 32-bit mode
FS: Final = operand.reg(SREG + 4)
GS: Final = operand.reg(SREG + 5)
ONE: Final = operand.imm(1)

LOADS: Final = {I8: row("MOVZBL_RM"), I16: row("MOVZWL_RM"), I32: row("MOVL_RM"), I64: row("MOVQ_RM"), F32: row("MOVSS_XM"), F64: row("MOVSD_XM"), F128: row("MOVUPS_XM")}
STORES: Final = {I8: row("MOVB_MR"), I16: row("MOVW_MR"), I32: row("MOVL_MR"), I64: row("MOVQ_MR"), F32: row("MOVSS_MX"), F64: row("MOVSD_MX"), F128: row("MOVUPS_MX")}
STORE_CONSTANTS: Final = {I8: row("MOVB_MI"), I16: row("MOVW_MI"), I32: row("MOVL_MI"), I64: row("MOVQ_MI")}
XCHG_ROWS: Final = {I8: row("XCHGB_MR"), I16: row("XCHGW_MR"), I32: row("XCHGL_MR"), I64: row("XCHGQ_MR")}
FLDT: Final = operand.imm(row("FLDT_M"))
FSTPT: Final = operand.imm(row("FSTPT_M"))


def fits32(v: int) -> bool:
    """Whether a sign-extended 32-bit field holds `v`."""
    return -(1 << 31) <= v < 1 << 31


def word(s: Selector, ty: int) -> int:
    """The integer type that stands for `ty` in tables: PTR as the word, formats of half precision (kept in general registers) as I16."""
    if ty == PTR:
        return s.target.word_type
    return I16 if ty == F16 or ty == BF16 else ty


class Address:
    """A memory operand under construction."""

    def __init__(self) -> None:
        self.base: Instr | None = None
        self.slot = 0
        self.index: Instr | None = None
        self.scale = 1
        self.displacement = 0
        self.symbol: GlobalSymbol | None = None
        self.modifier = ""
        self.segment = NO_REG
        self.relative = False


def decompose(s: Selector, v: Instr, imm: int, root: bool = False) -> Address:
    """Take the tree at `v` + `imm` apart as far as one memory operand reaches; `root`: `v` itself in any case."""
    a = Address()
    a.displacement = imm
    work = [v]
    pointer = s.target.word_type
    while work:
        v = s.strip(work.pop())
        free = root or s.local(v)
        root = False
        if v.op == CONST:
            c = s.constant(v)
            assert c is not None
            if fits32(a.displacement + c):
                a.displacement += c
                continue
        elif (v.op == ADD or v.op == SUB) and free and (v.ty == PTR or v.ty == pointer):
            c = s.constant(v.b)
            if c is not None and fits32(a.displacement + (c if v.op == ADD else -c)):
                a.displacement += c if v.op == ADD else -c
                work.append(v.a)
                continue
            if v.op == ADD and not work and a.base is None and a.index is None and not a.slot and not a.relative:
                work.append(v.b)
                work.append(v.a)
                continue
        elif v.op == SLOT and not a.slot and a.base is None and fits32(a.displacement + v.imm):
            a.slot = s.slot_operand(v)
            a.displacement += v.imm
            continue
        elif v.op == GLOBAL and a.symbol is None and global_part(s, a, v, bool(work)):
            continue
        elif v.op == SHL and v.b.op == CONST and 1 <= v.b.imm <= 3 and a.index is None and free and v.ty == pointer:
            shifted(s, a, v)
            continue
        place(s, a, v)
    if a.slot and a.base is not None:
        a.index, a.base = a.base, None      # a register came first, then the frame object
    return a


def place(s: Selector, a: Address, v: Instr) -> None:
    """Put a value that is in a register into the operand."""
    if a.base is None and not a.slot and not a.relative:
        a.base = v
    elif a.index is None and not a.relative:
        a.index = v
    else:
        raise ToolError("internal error: address with three registers")


def shifted(s: Selector, a: Address, v: Instr) -> None:
    """An index with its scale; a constant added before scaling goes to the displacement."""
    x = s.strip(v.a)
    k = v.b.imm
    if x.op == ADD and x.b.op == CONST and s.local(x) and x.ty == s.target.word_type:
        c = s.constant(x.b)
        assert c is not None
        if fits32(a.displacement + (c << k)):
            a.displacement += c << k
            x = s.strip(x.a)
    a.index = x
    a.scale = 1 << k


def global_part(s: Selector, a: Address, v: Instr, more: bool) -> bool:
    """Take a symbol into the operand if the code model allows it; False: its address goes to a register."""
    symbol = v.aux
    assert isinstance(symbol, GlobalSymbol)
    if not fits32(a.displacement + v.imm):
        return False
    if symbol.tls_model:
        if symbol.tls_model != "local-exec" or a.segment != NO_REG:
            return False
        a.symbol, a.modifier = symbol, "tpoff" if s.target.word_bytes == 8 else "ntpoff"
        a.segment = FS if s.target.word_bytes == 8 else GS
        a.displacement += v.imm
        return True
    if not s.target.symbol_is_direct(symbol):
        return False
    if s.target.has("gotoff"):
        if a.slot or (a.base is not None and a.index is not None):
            return False
        a.slot = got_base(s)
        a.symbol, a.modifier = symbol, "gotoff"
        a.displacement += v.imm
        return True
    alone = not more and a.base is None and a.index is None and not a.slot
    if not alone and not s.target.has("absolute"):
        return False
    a.symbol = symbol
    a.displacement += v.imm
    a.relative = alone and s.target.has("rip")
    return True


def got_base(s: Selector) -> int:
    """Register with the address of the GOT, which i386 code and the large model reach all their data from; `target.before_allocation` defines it: at the top of
    the function, but in a block that unwinding leads to at the top of that block, for nothing is in registers there."""
    mf = s.mf
    if mf.unwinding is None:
        mf.unwinding = unwinding_blocks(s.func) if s.target.options.flag("exceptions", False) else set()
    block = s.func.blocks[s.block_index]
    if block.id in mf.unwinding:
        number = s.mblocks[block.id].number
        if number not in mf.pad_bases:
            mf.pad_bases[number] = s.temporary(GPR)
        return mf.pad_bases[number]
    if not mf.pic_base:
        mf.pic_base = s.temporary(GPR)
    return mf.pic_base


def got_relative(s: Selector, distance: int) -> list[int]:
    """Memory operand of what lies at `distance` (an expression of 64 bits) from the GOT."""
    if s.target.has("gotoff64"):
        base = got_base(s)
        t = s.temporary(GPR)
    else:
        base, t = s.temporary(GPR), s.temporary(GPR)
        s.emit(LA, [base, s.mf.expression(symbol_ref(s.unit.streamer.symbol("_GLOBAL_OFFSET_TABLE_")))])
    s.emit(LA_FAR, [t, distance])
    return [base, ONE, t, operand.imm(0), NO_REG]


def unwinding_blocks(func: Function) -> set[int]:
    """Numbers of the blocks that landing pads lead to; such a block never leads back."""
    work: list[Block] = []
    for b in func.blocks:
        for i in b.instrs:
            if i.op == CALL and isinstance(i.aux, LoweredCall) and i.aux.info.pad is not None:
                work.append(i.aux.info.pad)
    out: set[int] = set()
    while work:
        b = work.pop()
        if b.id not in out:
            out.add(b.id)
            work += b.succs
    return out


def operands(s: Selector, a: Address) -> list[int]:
    """The five packed ints."""
    if a.slot:
        base = a.slot
    elif a.relative:
        base = operand.reg(RIP)
    else:
        if a.base is None and a.index is not None and a.scale == 1:
            a.base, a.index = a.index, None
        base = NO_REG if a.base is None else s.reg(a.base)
    index = NO_REG if a.index is None else s.reg(a.index)
    disp = operand.imm(a.displacement)
    if a.symbol is not None:
        disp = s.symbol_operand(a.symbol, a.displacement, a.modifier)
    return [base, operand.imm(a.scale), index, disp, a.segment]


def address(s: Selector, v: Instr, imm: int, flags: int = 0) -> list[int]:
    """The memory operand for `v + imm`; `flags` as of the access (named address spaces)."""
    if not fits32(imm):
        far = s.temporary(GPR)
        s.emit(LI, [far, operand.imm(imm)])
        a = Address()
        a.base = v
        a.segment = FS if flags & SEG_FS else GS if flags & SEG_GS else NO_REG
        return [*operands(s, a)[:2], far, *operands(s, a)[3:]]
    a = decompose(s, v, imm)
    if flags & (SEG_FS | SEG_GS):
        a.segment = FS if flags & SEG_FS else GS
    return operands(s, a)


def byte_class(s: Selector) -> int:
    """Class of the registers that have a name for their low byte."""
    return GPR if s.target.word_bytes == 8 else BYTE


def sized_register(s: Selector, v: Instr, ty: int) -> int:
    """Register with `v` for an operation of type `ty`: on i386 only four registers have a name for their low byte."""
    r = s.reg(v)
    if ty == I8 and s.target.word_bytes == 4:
        t = s.temporary(byte_class(s))
        s.copy(t, r)
        return t
    return r


def slot_memory(slot: int, offset: int = 0) -> list[int]:
    """The memory operand of a frame slot (by index)."""
    return [operand.slot(slot), ONE, NO_REG, operand.imm(offset), NO_REG]


# ------------------------------------------------------------------ folding of loads

def memory_value(s: Selector, v: Instr) -> bool:
    """Whether the instruction being selected may read `v` from memory itself: a plain load, used only here, and
    nothing in between writes."""
    return v.op == LOAD and v.mark == 0 and s.foldable(v) and not v.flags & (VOLATILE | ORDER_MASK) and s.epoch[v.id] == s.now


def extended(s: Selector, x: Instr) -> Instr:
    """What a zero extension that needs code and is used only here extends, to be read instead of its result; else `x` itself.  No wider value that is
    truncated before it is extended: `zext i32 (trunc i8 (load i16 %p))` is not the short at %p."""
    if x.op == ZEXT and s.foldable(x):
        y = s.strip(x.a)
        if word(s, y.ty) <= word(s, x.a.ty):
            return y
    return x


def low_part(s: Selector, v: Instr, ty: int) -> Instr:
    """The value whose lowest bits, as many as `ty` has, are those of `v`: without conversions that nothing else uses, up to one that changes these bits."""
    while word(s, v.ty) >= ty and (v.mark == ALIAS or v.op in (SEXT, ZEXT) and s.foldable(v)) and word(s, v.a.ty) >= ty:
        v = v.a
    return v


def load_operand(s: Selector, v: Instr) -> list[int]:
    """Memory operand of the load `v`."""
    return address(s, v.a, v.imm, v.flags)
