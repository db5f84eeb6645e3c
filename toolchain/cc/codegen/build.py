"""Building IR inside code generation: a list under construction, and the few shapes every room needs."""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.ir import (
    ADD,
    ALIGN_SHIFT,
    BITCAST,
    CALL,
    CONST,
    GLOBAL,
    LOAD,
    NIL,
    OR,
    PTR,
    SHL,
    SHR,
    SLOT,
    STORE,
    TRUNC,
    TYPE_BITS,
    VOID,
    ZEXT,
    CallInfo,
    Function,
    GlobalSymbol,
    Instr,
    StackSlot,
)
from toolchain.cc.types import FunctionType, Type
from toolchain.diagnostics import NO_LOC, Loc

INT_OF_SIZE: Final = {1: 1, 2: 2, 4: 3, 8: 4, 16: 5}
"""IR integer type of a size in bytes."""


def align_flag(align: int) -> int:
    """The alignment bits of `Instr.flags` for an alignment in bytes."""
    return align.bit_length() << ALIGN_SHIFT


def known_align(i: Instr) -> int:
    """Alignment in bytes that the flags state; 0 for natural."""
    n = (i.flags >> ALIGN_SHIFT) & 63
    return 0 if n == 0 else 1 << (n - 1)


class IrBuilder:
    """Appends instructions to `out`, which becomes a block's list."""

    def __init__(self, func: Function) -> None:
        self.func = func
        self.out: list[Instr] = []
        self.loc: Loc = NO_LOC
        self.pointer_type = func.pointer_type
        self.pointer_bits = TYPE_BITS[func.pointer_type]

    def bits(self, ty: int) -> int:
        """Width of an IR type in bits."""
        return self.pointer_bits if ty == PTR else TYPE_BITS[ty]

    def op(self, op: int, ty: int, a: Instr, b: Instr = NIL, imm: int = 0) -> Instr:
        """Append one instruction."""
        i = self.func.instr(op, ty, a, b, imm, self.loc)
        self.out.append(i)
        return i

    def const(self, ty: int, value: int) -> Instr:
        """A constant."""
        return self.func.const(ty, value)

    def binary_imm(self, op: int, a: Instr, value: int) -> Instr:
        """`a op value`, folded for constants where that is trivial."""
        if a.op == CONST:
            bits = self.bits(a.ty)
            if op == SHR:
                return self.const(a.ty, a.imm >> value)
            if op == SHL:
                return self.const(a.ty, a.imm << value)
            if op == ADD:
                return self.const(a.ty, a.imm + value)
            assert bits
        if value == 0 and op in (SHR, SHL, ADD, OR):
            return a
        return self.op(op, a.ty, a, self.const(a.ty if a.ty != PTR else self.pointer_type, value))

    def offset(self, address: Instr, n: int) -> Instr:
        """`address + n` bytes."""
        if n == 0:
            return address
        if address.op == GLOBAL:
            assert isinstance(address.aux, GlobalSymbol)
            return self.func.global_address(address.aux, address.imm + n)
        if address.op == SLOT:
            assert isinstance(address.aux, StackSlot)
            return self.func.slot_address(address.aux, address.imm + n)
        return self.op(ADD, PTR, address, self.const(self.pointer_type, n))

    def load(self, ty: int, address: Instr, n: int = 0, align: int = 0, flags: int = 0) -> Instr:
        """Load from `address + n`; `align` in bytes, 0 for natural."""
        i = self.op(LOAD, ty, address, NIL, n)
        i.flags = flags | (align_flag(align) if align else 0)
        return i

    def store(self, address: Instr, value: Instr, n: int = 0, align: int = 0, flags: int = 0) -> Instr:
        """Store at `address + n`."""
        i = self.op(STORE, VOID, address, value, n)
        i.flags = flags | (align_flag(align) if align else 0)
        return i

    def trunc(self, ty: int, a: Instr) -> Instr:
        """`a` narrowed (or unchanged)."""
        if a.ty == ty:
            return a
        if a.op == CONST:
            return self.const(ty, a.imm)
        return self.op(TRUNC, ty, a)

    def zext(self, ty: int, a: Instr) -> Instr:
        """`a` widened with zeros (or unchanged)."""
        if a.ty == ty:
            return a
        if a.op == CONST:
            return self.const(ty, a.imm)
        return self.op(ZEXT, ty, a)

    def any_extend(self, ty: int, a: Instr) -> Instr:
        """`a` widened; the new bits are not defined (after legalisation, BITCAST to a wider integer means that)."""
        if a.ty == ty:
            return a
        if a.op == CONST:
            return self.const(ty, a.imm)
        return self.op(BITCAST, ty, a)

    def bitcast(self, ty: int, a: Instr) -> Instr:
        """Same bits, other type."""
        return a if a.ty == ty else self.op(BITCAST, ty, a)

    def call(self, symbol: GlobalSymbol, ftype: FunctionType, ty: int, args: list[Instr], types: list[Type]) -> Instr:
        """Call of a known function by C types."""
        i = self.op(CALL, ty, self.func.global_address(symbol))
        i.ext = args
        i.aux = CallInfo(ftype, types, False)
        return i

    def load_bytes(self, address: Instr, n: int, size: int, ty: int, align: int) -> Instr:
        """`size` bytes at `address + n` as an integer of type `ty`, which may be wider; reads no byte
        outside.  `align` is the alignment known of `address`."""
        width = self.bits(ty) // 8
        if size >= width:
            return self.load(ty, address, n, min(align, width) if align < width else 0)
        value = NIL
        done = 0
        for step in (8, 4, 2, 1):
            while size - done >= step and step <= width:
                part_ty = INT_OF_SIZE[step]
                part = self.load(part_ty, address, n + done, min(align, step) if align < step else 0)
                part = self.zext(ty, part)
                if done:
                    part = self.op(SHL, ty, part, self.const(ty, done * 8))
                value = part if value is NIL else self.op(OR, ty, value, part)
                done += step
        return value

    def store_bytes(self, address: Instr, n: int, size: int, value: Instr, align: int) -> None:
        """The low `size` bytes of integer `value` to `address + n`."""
        width = self.bits(value.ty) // 8
        if size >= width:
            self.store(address, value, n, min(align, width) if align < width else 0)
            return
        done = 0
        for step in (8, 4, 2, 1):
            while size - done >= step and step <= width:
                part = self.binary_imm(SHR, value, done * 8)
                self.store(address, self.trunc(INT_OF_SIZE[step], part), n + done, min(align, step) if align < step else 0)
                done += step
