"""RISC-V calling convention (psABI, "Procedure Calling Convention": integer and hardware floating-point).

Arguments up to XLEN go in one of a0..a7, up to 2 x XLEN in two (an aligned pair if variadic and
aligned to 2 x XLEN), larger ones by reference.  Under lp64f and lp64d a structure flattened to one
or two floating members, or one of each kind, goes in the registers of those kinds while both are left.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.cc.codegen.abi import AbiLowering, FunctionAbi, is_unsigned, pointer_va_arg
from toolchain.cc.codegen.build import IrBuilder
from toolchain.cc.codegen.target import DIRECT, IGNORE, INDIRECT, ArgPlan, Piece, Signature
from toolchain.cc.ir.ir import F16, F32, F64, I32, I64, PTR, Instr
from toolchain.cc.types import (
    ARRAY,
    BOOL,
    COMPLEX,
    DOUBLE,
    ENUM,
    FLOAT,
    FLOAT16,
    INTEGER_KINDS,
    NULLPTR,
    POINTER,
    STRUCT,
    UNION,
    VECTOR,
    VOID,
    ArrayType,
    ComplexType,
    FunctionType,
    RecordType,
    Type,
    align_of,
    first_bit,
    placed_members,
    size_of,
    sole_member,
)

A0: Final = 10
FA0: Final = 42
T2: Final = 7
XLEN: Final = 8
FLOAT_KINDS: Final = {FLOAT: F32, DOUBLE: F64, FLOAT16: F16}


class Field:
    """A member of a flattened structure: `float_type` is its IR type if it is floating, else 0."""

    def __init__(self, offset: int, size: int, float_type: int, ty: Type) -> None:
        self.offset = offset
        self.size = size
        self.float_type = float_type
        self.ty = ty


def flatten(t: Type, offset: int, out: list[Field]) -> bool:
    """Append the scalar members of `t`; False if it has more than two, or what gcc and clang do not flatten: a pointer, a union, an array
    of no elements or of empty ones."""
    u = t.unq
    kind = u.kind
    if kind == STRUCT:
        assert isinstance(u, RecordType)
        for m in placed_members(u):
            if m.bit_width >= 0:
                # an integer member of as many bytes as its bits need; beside a floating member it begins at a byte's first bit
                first = first_bit(m) // 8
                whole = 1 << (m.bit_width - 1 >> 3).bit_length()
                out.append(Field(offset + first, whole if first + whole <= u.size else m.bit_width + 7 >> 3, 0, m.ty))
            elif not flatten(m.ty, offset + m.offset, out):
                return False
            if len(out) > 2:
                return False
        return True
    if kind == UNION:
        return False
    if kind == ARRAY:
        assert isinstance(u, ArrayType)
        if not 1 <= u.count <= 2 or not size_of(u.base):
            return False
        for k in range(u.count):
            if not flatten(u.base, offset + k * size_of(u.base), out):
                return False
        return len(out) <= 2
    if kind == COMPLEX:
        assert isinstance(u, ComplexType)
        half = size_of(u.base)
        ty = FLOAT_KINDS.get(u.base.unq.kind, 0)
        out.append(Field(offset, half, ty, u.base))
        out.append(Field(offset + half, half, ty, u.base))
        return len(out) <= 2
    if kind in FLOAT_KINDS:
        out.append(Field(offset, size_of(u), FLOAT_KINDS[kind], u))
        return len(out) <= 2
    if kind in INTEGER_KINDS:
        out.append(Field(offset, size_of(u), 0, u))
        return len(out) <= 2
    return False


class Classifier:
    """Assigns places for one function type.  `flen` is the size of a float register in the ABI: 0, 4 or 8."""

    def __init__(self, flen: int, char_signed: bool) -> None:
        self.flen = flen
        self.char_signed = char_signed
        self.gpr = 0
        self.fpr = 0
        self.stack = 0

    def classify(self, ftype: FunctionType, types: Sequence[Type]) -> Signature:
        """The signature for a call with arguments of `types`."""
        sig = Signature()
        sig.variadic = ftype.variadic
        sig.result = self.result(ftype.base)
        sig.static_chain = T2
        self.gpr = self.fpr = self.stack = 0
        if sig.result.kind == INDIRECT:
            self.gpr = 1
        named = len(ftype.params) if ftype.variadic else len(types)
        for k, t in enumerate(types):
            if k == named:
                sig.next_registers = [self.gpr]
                sig.next_stack = self.stack
            sig.args.append(self.argument(t, k < named))
        if len(types) <= named:
            sig.next_registers = [self.gpr]
            sig.next_stack = self.stack
        sig.stack_bytes = (self.stack + 15) & ~15
        return sig

    def result(self, t: Type) -> ArgPlan:
        """Where a result of type `t` comes back: like a first named argument."""
        if t.unq.kind == VOID:
            return ArgPlan(IGNORE, [])
        self.gpr = self.fpr = self.stack = 0
        return self.argument(t, True)

    # ---------------------------------------------------------------- one argument
    def argument(self, t: Type, named: bool) -> ArgPlan:
        """Place of one argument."""
        size = size_of(t)
        if size <= 0 and t.unq.kind in (STRUCT, UNION, ARRAY):
            return ArgPlan(IGNORE, [])
        if named and self.flen:                 # comes first: alignment may spread two fields over more than two words
            plan = self.floating(t)
            if plan is not None:
                return plan
        if size > 2 * XLEN:
            return ArgPlan(INDIRECT, [self.place(0, XLEN, PTR)])
        if t.unq.kind in (STRUCT, UNION, COMPLEX, VECTOR):
            return self.integer_record(size, align_of(t), named)
        if size > XLEN:
            return self.integer_record(size, align_of(t), named)
        piece = self.place(0, size, self.scalar_type(t, size))
        self.extension(piece, t, size)
        return ArgPlan(DIRECT, [piece])

    def scalar_type(self, t: Type, size: int) -> int:
        """IR type of a scalar in a general register."""
        if t.unq.kind in (POINTER, NULLPTR):
            return PTR
        return I64 if size > 4 else I32

    def extension(self, piece: Piece, t: Type, size: int) -> None:
        """How the register of a scalar is extended: to 32 bits by its own sign, then signed to XLEN."""
        kind = t.unq.kind
        if kind not in INTEGER_KINDS or size >= 8:
            return
        if kind == BOOL:
            piece.zero_bits, piece.sign_bits = 1, 2
        elif size < 4 and is_unsigned(t, self.char_signed):
            piece.zero_bits = size * 8
            piece.sign_bits = size * 8 + 1
        else:
            piece.sign_bits = size * 8
        assert kind != ENUM or size

    def place(self, offset: int, size: int, ty: int) -> Piece:
        """The next general register, or the next stack place."""
        if self.gpr < 8:
            self.gpr += 1
            return Piece(offset, size, ty, A0 + self.gpr - 1)
        p = Piece(offset, size, ty, -1, self.stack)
        self.stack += XLEN
        return p

    def integer_record(self, size: int, align: int, named: bool) -> ArgPlan:
        """One or two general registers (or stack places) for the bytes of a record or wide scalar."""
        pieces: list[Piece] = []
        if align > XLEN:
            if not named and self.gpr & 1 and self.gpr < 8:
                self.gpr += 1
            if self.gpr >= 8:
                self.stack = (self.stack + 15) & ~15
        for at in range(0, size, XLEN):
            pieces.append(self.place(at, min(XLEN, size - at), I64))
        return ArgPlan(DIRECT, pieces)

    def floating(self, t: Type) -> ArgPlan | None:
        """The hardware floating-point convention, None where it does not apply."""
        fields: list[Field] = []
        if not flatten(t, 0, fields):
            fields = []
            if not flatten(sole_member(t), 0, fields):
                return None
        if not 1 <= len(fields) <= 2:
            return None
        floats = sum(1 for f in fields if f.float_type)
        if not floats:
            return None
        for f in fields:
            if f.size > (self.flen if f.float_type else XLEN):
                return None
        if self.fpr + floats > 8 or self.gpr + len(fields) - floats > 8:
            return None
        pieces: list[Piece] = []
        for f in fields:
            if f.float_type:
                pieces.append(Piece(f.offset, f.size, f.float_type, FA0 + self.fpr))
                self.fpr += 1
            else:
                p = Piece(f.offset, f.size, I64 if f.size > 4 else I32, A0 + self.gpr)
                self.gpr += 1
                pieces.append(p)
        return ArgPlan(DIRECT, pieces)


# ------------------------------------------------------------------ variable arguments

def variadic_entry(b: IrBuilder, abi: FunctionAbi, lowering: AbiLowering) -> None:
    """Save the argument registers that the named parameters left, next to the stack arguments."""
    first = abi.signature.next_registers[0]
    if first >= 8:
        return
    count = 8 - first
    abi.register_save_bytes = (count * XLEN + 15) & ~15
    slot = lowering.incoming_slot(-count * XLEN, count * XLEN, XLEN)
    abi.save_slot = slot
    registers = [lowering.incoming(Piece(0, XLEN, I64, A0 + k)) for k in range(first, 8)]
    for k, v in enumerate(registers):
        b.store(b.func.slot_address(slot, k * XLEN), v)


def va_start(b: IrBuilder, address: Instr, abi: FunctionAbi, lowering: AbiLowering) -> None:
    """The va_list points at the first variable argument."""
    slot = abi.save_slot
    if slot is None:
        slot = lowering.incoming_slot(abi.signature.next_stack, XLEN, XLEN)
    b.store(address, b.func.slot_address(slot))


def va_arg(b: IrBuilder, address: Instr, t: Type) -> Instr:
    """Address of the next variable argument."""
    return pointer_va_arg(b, address, t, XLEN, 2 * XLEN, 2 * XLEN)
