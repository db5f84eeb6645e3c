"""ABI lowering: C types of calls, parameters and returns become machine registers and stack places.

Before:  %5 = call i32 @f(%1, %2)          ; %2 is the address of a struct of two longs
After:   %6 = load i64 %2 ; %7 = load i64 %2 + 8
         %5 = call i32 @f(%1, %6, %7)      ; aux LoweredCall: pieces a0, a1, a2; result a0

PARAM then means "the function's incoming piece number imm" (`FunctionAbi.pieces`), RET carries its
pieces in ext, and a call's further results are PROJ.  Variable argument lists become loads and stores
by the target's own functions.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen.build import INT_OF_SIZE, IrBuilder, known_align
from toolchain.cc.codegen.libcalls import Library
from toolchain.cc.codegen.memory import copy_fits_inline, expand_copy, expand_fill, fill_fits_inline
from toolchain.cc.codegen.target import (
    DIRECT,
    IGNORE,
    INDIRECT,
    ON_STACK,
    ArgPlan,
    BackTarget,
    LoweredCall,
    LoweredReturn,
    Piece,
    Signature,
)
from toolchain.cc.ir.cfg import resolve_operands, resolve_uses
from toolchain.cc.ir.ir import (
    AND,
    CALL,
    F16,
    F32,
    F64,
    F128,
    GLOBAL,
    I32,
    I128,
    MEMCPY,
    MEMSET,
    MUST_TAIL,
    NIL,
    OR,
    PARAM,
    PARAM_RECORD,
    PROJ,
    PTR,
    RET,
    SEXT,
    SHL,
    SHR,
    SLOT,
    TAIL,
    UNDEF,
    VA_ARG,
    VA_COPY,
    VA_START,
    VOID,
    VOLATILE,
    CallInfo,
    Function,
    GlobalSymbol,
    Instr,
    StackSlot,
    TypeRef,
    resolve,
)
from toolchain.cc.types import (
    BOOL,
    CHAR,
    COMPLEX,
    ENUM,
    POINTER,
    STRUCT,
    UNION,
    UNSIGNED_KINDS,
    VECTOR,
    EnumType,
    FunctionType,
    Type,
    align_of,
    size_of,
)
from toolchain.diagnostics import Loc, ToolError

RECORD_KINDS: Final = frozenset((STRUCT, UNION, COMPLEX, VECTOR))


def is_unsigned(t: Type, char_signed: bool) -> bool:
    """Whether values of scalar C type `t` are zero-extended."""
    u = t.unq
    if u.kind == ENUM:
        assert isinstance(u, EnumType)
        return is_unsigned(u.base, char_signed)
    if u.kind == CHAR:
        return not char_signed
    return u.kind in UNSIGNED_KINDS or u.kind in (BOOL, POINTER)


class FunctionAbi:
    """Places of a function's own parameters and result.  `incoming` maps the number of an IR stack slot
    to its offset from the stack pointer at entry."""

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self.pieces: list[Piece] = []
        self.incoming: dict[int, int] = {}
        self.outgoing: dict[int, int] = {}      # the same for argument areas of calls, from the stack pointer
        self.result_pointer: Instr = NIL        # where the caller wants a returned record
        self.save_slot: StackSlot | None = None # register save area of a variadic function
        self.params: dict[int, list[Instr]] = {}        # C parameter -> incoming PARAMs
        self.extra: list[Instr] = []            # at entry, after all PARAMs
        self.register_save_bytes = 0


def refuse_convention(convention: str, target: BackTarget, loc: Loc) -> None:
    """Raise ToolError for a calling convention (of a definition or a call) that the target does not have."""
    if convention and convention not in target.conventions:
        raise ToolError(f"calling convention '{convention}' is not supported for this target", loc)


PARTIAL: Final = (F32, F64)     # registers of these may hold fewer bytes of a record (of half-precision members)
LARGE_ARGUMENT: Final = 512     # bytes of a record that is copied to the argument area by a call
ARGUMENT_HEAD: Final = 16       # bytes at the start of the argument area that the arguments of memcpy may take


class AbiLowering:
    """One function's lowering; `run` does it in place."""

    def __init__(self, func: Function, target: BackTarget, lib: Library) -> None:
        self.func = func
        self.lib = lib
        self.head: list[Instr] = []
        self.target = target
        self.b = IrBuilder(func)
        types = func.param_types or func.ftype.params
        self.types = types
        self.abi = FunctionAbi(target.classify(func.ftype, types))
        self.char_signed = target.layout.char_signed
        self.word = target.word_type
        self.word_bytes = target.word_bytes

    # ---------------------------------------------------------------- entry
    def run(self) -> FunctionAbi:
        """Lower the function; returns the places of its parameters."""
        self.entry()
        first = True
        for block in self.func.blocks:
            self.b.out = out = []
            instrs = block.instrs
            if first:
                out.extend(self.head)
            for n in range(len(instrs)):
                i = instrs[n]
                resolve_operands(i)
                self.visit(i, instrs, n)
            block.instrs = self.b.out
            first = False
        resolve_uses(self.func)
        self.func.lowered_abi = True
        return self.abi

    def entry(self) -> None:
        """PARAMs for all incoming pieces, in register order, at the top of the entry block."""
        abi = self.abi
        sig = abi.signature
        self.b.out = []
        self.b.loc = self.func.loc
        if sig.result.kind == INDIRECT:
            abi.result_pointer = self.incoming(sig.result.pieces[0])
        for k, plan in enumerate(sig.args):
            abi.params[k] = [self.incoming(p) for p in plan.pieces]
            if plan.kind == ON_STACK:
                slot = self.incoming_slot(plan.stack, plan.size, self.word_bytes)
                abi.params[k] = [self.func.slot_address(slot)]
        if self.func.variadic:
            self.target.variadic_entry(self.b, abi, self)
        self.head = self.b.out

    def incoming(self, piece: Piece) -> Instr:
        """A PARAM for one piece."""
        i = self.b.op(PARAM, piece.ty, NIL, NIL, len(self.abi.pieces))
        self.abi.pieces.append(piece)
        return i

    def incoming_slot(self, offset: int, size: int, align: int) -> StackSlot:
        """A slot over the caller's argument area (or our own register save area: negative offsets)."""
        slot = self.func.new_slot(size, align)
        self.abi.incoming[slot.index] = offset
        slot.placed = True
        return slot

    # ---------------------------------------------------------------- dispatch
    def visit(self, i: Instr, instrs: list[Instr], n: int) -> None:
        """Lower one instruction."""
        self.b.loc = i.loc
        op = i.op
        if op == CALL:
            follower = instrs[n + 1] if n + 1 < len(instrs) else NIL
            self.call(i, follower)
        elif op == RET:
            self.ret(i)
        elif op == PARAM:
            self.param(i)
        elif op == PARAM_RECORD:
            self.param_record(i)
        elif op == VA_START:
            self.target.lower_va_start(self.b, i.a, self.abi, self)
        elif op == VA_ARG:
            self.va_arg(i)
        elif op == VA_COPY:
            self.va_copy(i)
        elif op == MEMCPY:
            self.memcpy(i)
        elif op == MEMSET:
            self.memset(i)
        else:
            self.b.out.append(i)

    # ---------------------------------------------------------------- values <-> pieces
    def to_pieces(self, value: Instr, t: Type, plan: ArgPlan) -> list[Instr]:
        """The parts of a scalar value, in the order of the plan's pieces."""
        b = self.b
        pieces = plan.pieces
        if len(pieces) == 1:
            return [self.convert(value, t, pieces[0])]
        if value.ty == F128 or value.ty >> 8:
            value = b.bitcast(I128, value)
        wide = value.ty
        return [b.trunc(p.ty, b.binary_imm(SHR, value, p.offset * 8)) if value.ty == wide else value for p in pieces]

    def convert(self, value: Instr, t: Type, piece: Piece) -> Instr:
        """`value` of C type `t` as its one piece wants it."""
        b = self.b
        ty = piece.ty
        have = value.ty
        if have == ty:
            return value
        if self.is_float(have) or have >> 8:
            value = b.bitcast(INT_OF_SIZE[(b.bits(have & 255) * max(1, have >> 8)) // 8], value)
            return self.widen(value, ty, False)
        if self.is_float(ty):
            return b.bitcast(ty, value)
        return self.widen(value, ty, not is_unsigned(t, self.char_signed))

    def widen(self, value: Instr, ty: int, signed: bool) -> Instr:
        """Integer (or pointer) `value` as integer type `ty`."""
        b = self.b
        have, want = b.bits(value.ty), b.bits(ty)
        if have == want:
            return b.bitcast(ty, value)
        if have > want:
            return b.trunc(ty, value)
        if not signed:
            return b.zext(ty, value)
        return b.op(SEXT, ty, value)

    @staticmethod
    def is_float(ty: int) -> bool:
        """Whether an IR type is a floating one."""
        return F16 <= ty <= F128

    def from_pieces(self, parts: list[Instr], pieces: list[Piece], ty: int) -> Instr:
        """The scalar of IR type `ty` from its parts."""
        b = self.b
        if len(parts) == 1:
            v = parts[0]
            if v.ty == ty:
                return v
            if self.is_float(ty) or ty >> 8:
                if self.is_float(v.ty):
                    return b.bitcast(ty, v)
                width = b.bits(ty & 255) * max(1, ty >> 8)
                return b.bitcast(ty, b.trunc(INT_OF_SIZE[width // 8], v))
            if self.is_float(v.ty):
                return b.bitcast(ty, v)
            if b.bits(v.ty) == b.bits(ty):
                return b.bitcast(ty, v)
            if b.bits(v.ty) < b.bits(ty):
                return b.zext(ty, v)
            return b.trunc(ty, v)
        wide = I128 if self.word_bytes == 8 else INT_OF_SIZE[2 * self.word_bytes]
        value = NIL
        for v, p in zip(parts, pieces):
            x = b.zext(wide, v)
            if p.offset:
                x = b.op(SHL, wide, x, b.const(wide, p.offset * 8))
            value = x if value is NIL else b.op(OR, wide, value, x)
        return b.bitcast(ty, value)

    def load_pieces(self, address: Instr, t: Type, pieces: list[Piece]) -> list[Instr]:
        """The parts of the record at `address`."""
        out: list[Instr] = []
        align = self.address_align(address, t)
        for p in pieces:
            width = self.b.bits(p.ty) // 8
            if self.is_float(p.ty) and not (p.size < width and p.ty in PARTIAL):
                a = min(align, p.offset & -p.offset) if p.offset else align
                out.append(self.b.load(p.ty, address, p.offset, a if a < width else 0))
            else:
                size = p.size
                slot = address.aux
                if size < width and isinstance(slot, StackSlot) and address.imm + p.offset + width <= slot.size and address.imm % width == 0:
                    size = width        # padding of our own frame object may be read
                a = min(align, p.offset & -p.offset) if p.offset else align
                if p.ty in PARTIAL:
                    out.append(self.b.bitcast(p.ty, self.b.load_bytes(address, p.offset, size, INT_OF_SIZE[width], a)))
                else:
                    out.append(self.b.load_bytes(address, p.offset, size, p.ty, a))
        return out

    def store_pieces(self, address: Instr, t: Type, pieces: list[Piece], parts: list[Instr]) -> None:
        """Write the parts of a record to memory."""
        align = self.address_align(address, t)
        for v, p in zip(parts, pieces):
            a = min(align, p.offset & -p.offset) if p.offset else align
            width = self.b.bits(p.ty) // 8
            if p.ty in PARTIAL and p.size < width:
                self.b.store_bytes(address, p.offset, p.size, self.b.bitcast(INT_OF_SIZE[width], v), a)
            elif self.is_float(p.ty):
                self.b.store(address, v, p.offset, a if a < width else 0)
            else:
                self.b.store_bytes(address, p.offset, p.size, v, a)

    def address_align(self, address: Instr, t: Type) -> int:
        """Alignment known of the address of a record of type `t`."""
        align = max(1, align_of(t))
        slot = address.aux
        if isinstance(slot, StackSlot) and slot.index not in self.abi.incoming:
            if slot.align < self.word_bytes and slot.size >= self.word_bytes:
                slot.align = self.word_bytes
            if address.imm == 0:
                return max(align, slot.align)
            return max(align, min(slot.align, address.imm & -address.imm))
        return align

    # ---------------------------------------------------------------- calls
    def call(self, i: Instr, follower: Instr) -> None:
        """One CALL: arguments to pieces, results from pieces."""
        info = i.aux
        assert isinstance(info, CallInfo)
        b = self.b
        args = i.ext
        first = 1 if info.result_address else 0
        count = len(args) - first - (1 if info.static_chain else 0)
        refuse_convention(info.ftype.convention, self.target, i.loc)
        sig = self.target.classify(info.ftype, info.arg_types[:count])
        low = LoweredCall(info, sig)
        values: list[Instr] = []
        local_memory = False
        result_address = args[0] if first else NIL
        if sig.result.kind == INDIRECT:
            if not first:
                slot = self.func.new_slot(size_of(info.ftype.base), align_of(info.ftype.base))
                result_address = self.func.slot_address(slot)
            low.pieces.append(sig.result.pieces[0])
            values.append(result_address)
            local_memory = True
        areas = self.large_arguments(sig, args[first:first + count])
        for k in range(count):
            value = args[first + k]
            plan = sig.args[k]
            t = info.arg_types[k]
            if plan.kind == IGNORE:
                continue
            if plan.kind == ON_STACK:
                head = min(size_of(t), ARGUMENT_HEAD) if k in areas else size_of(t)
                area = areas[k] if k in areas else self.outgoing_area(plan)
                expand_copy(b, self.target, self.func.slot_address(area), value, head, align_of(t), 0)
                local_memory = True
                continue
            low.pieces.extend(plan.pieces)
            if plan.kind == INDIRECT:
                values.append(self.copy_argument(value, t))
                local_memory = True
            elif t.unq.kind in RECORD_KINDS:
                values.extend(self.load_pieces(value, t, plan.pieces))
            else:
                values.extend(self.to_pieces(value, t, plan))
        if info.static_chain:
            low.pieces.append(Piece(0, self.target.pointer_bytes, PTR, sig.static_chain))
            values.append(args[-1])
        self.finish_call(i, follower, low, values, result_address, local_memory)
        assert b.out

    def outgoing_area(self, plan: ArgPlan) -> StackSlot:
        """The place of an argument in memory."""
        slot = self.func.new_slot(plan.size, max(self.word_bytes, plan.align))
        self.abi.outgoing[slot.index] = plan.stack
        slot.placed = True
        return slot

    def large_arguments(self, sig: Signature, values: list[Instr]) -> dict[int, StackSlot]:
        """Copy large records to the argument area by calls of memcpy, before anything else is put there: the call's own arguments may stand
        in the first words of the same area, so the first bytes of each record are left for later.  Their places, by argument."""
        areas: dict[int, StackSlot] = {}
        for k, value in enumerate(values):
            plan = sig.args[k]
            if plan.kind != ON_STACK or plan.size <= LARGE_ARGUMENT:
                continue
            areas[k] = self.outgoing_area(plan)
            rest = self.b.const(self.b.pointer_type, plan.size - ARGUMENT_HEAD)
            types: list[Type] = [self.lib.pointer, self.lib.pointer, self.lib.size]
            self.library("memcpy", self.lib.function(self.lib.pointer, types),
                         [self.func.slot_address(areas[k], ARGUMENT_HEAD), self.b.offset(value, ARGUMENT_HEAD), rest], types)
        return areas

    def copy_argument(self, value: Instr, t: Type) -> Instr:
        """Address of a copy of an argument that is passed by reference."""
        b = self.b
        slot = self.func.new_slot(max(1, size_of(t)), max(align_of(t), 1))
        address = self.func.slot_address(slot)
        if t.unq.kind in RECORD_KINDS:
            self.copy_record(address, value, t)
        else:
            b.store(address, value)
        return address

    def finish_call(self, i: Instr, follower: Instr, low: LoweredCall, values: list[Instr], result_address: Instr, local_memory: bool) -> None:
        """Append the call and take its results."""
        b = self.b
        plan = low.signature.result
        info = low.info
        ty = i.ty
        call = b.func.instr(CALL, VOID, i.a, NIL, i.imm, i.loc)
        call.ext = values
        call.aux = low
        call.flags = i.flags
        b.out.append(call)
        is_record = info.ftype.base.unq.kind in RECORD_KINDS
        if local_memory or low.signature.stack_bytes:
            call.flags &= ~TAIL
        if plan.kind != DIRECT or not plan.pieces:
            if i.ty != VOID and not is_record:
                i.fwd = b.func.undef(i.ty)
            if follower.op == RET and follower.a is not NIL and resolve(follower.a) is i:
                call.flags &= ~TAIL
            return
        low.results = plan.pieces
        parts: list[Instr] = []
        call.ty = plan.pieces[0].ty
        parts.append(call)
        for k in range(1, len(plan.pieces)):
            parts.append(b.op(PROJ, plan.pieces[k].ty, call, NIL, k))
        if is_record:
            call.flags &= ~TAIL
            if result_address is not NIL:
                self.store_pieces(result_address, info.ftype.base, plan.pieces, parts)
            i.fwd = result_address
            return
        if call.flags & (TAIL | MUST_TAIL) and follower.op == RET and resolve(follower.a) is i and self.same_result(plan):
            ret = follower
            ret.ext = parts
            ret.aux = LoweredReturn(plan.pieces)
            ret.a = NIL
            return
        if ty != VOID:
            i.fwd = self.from_pieces(parts, plan.pieces, ty)

    def same_result(self, plan: ArgPlan) -> bool:
        """Whether the function returns its own result in exactly these pieces."""
        own = self.abi.signature.result
        if own.kind != DIRECT or len(own.pieces) != len(plan.pieces):
            return False
        for p, q in zip(own.pieces, plan.pieces):
            if p.ty != q.ty or p.register != q.register or p.sign_bits != q.sign_bits or p.zero_bits != q.zero_bits:
                return False
        return True

    # ---------------------------------------------------------------- returns and parameters
    def ret(self, i: Instr) -> None:
        """One RET."""
        b = self.b
        if isinstance(i.aux, LoweredReturn):
            b.out.append(i)
            return
        plan = self.abi.signature.result
        sig = self.abi.signature
        t = self.func.ftype.base
        value = i.a
        values: list[Instr] = []
        pieces: list[Piece] = []
        if value is not NIL and plan.kind == INDIRECT:
            pointer = self.abi.result_pointer
            if t.unq.kind in RECORD_KINDS:
                self.copy_record(pointer, value, t)
            else:
                b.store(pointer, value)
        elif value is not NIL and plan.kind == DIRECT and plan.pieces:
            pieces = plan.pieces
            if value.op == UNDEF:
                values = [self.func.undef(p.ty) for p in pieces]
            elif t.unq.kind in RECORD_KINDS:
                values = self.load_pieces(value, t, pieces)
            else:
                values = self.to_pieces(value, t, plan)
        if plan.kind == INDIRECT and sig.address_register >= 0:
            pieces = [Piece(0, self.target.pointer_bytes, PTR, sig.address_register)]
            values = [self.abi.result_pointer]
        i.a = NIL
        i.ext = values
        i.aux = LoweredReturn(pieces)
        b.out.append(i)

    def param(self, i: Instr) -> None:
        """A scalar PARAM of the C function becomes its pieces' combination."""
        k = i.imm
        if k < 0:
            piece = Piece(0, self.target.pointer_bytes, PTR, self.abi.signature.static_chain)
            p = self.incoming(piece)
            i.fwd = p
            return
        parts = self.abi.params[k]
        plan = self.abi.signature.args[k]
        if plan.kind == INDIRECT:
            i.fwd = self.b.load(i.ty, parts[0])
        elif plan.kind == ON_STACK:
            i.fwd = self.b.load(i.ty, parts[0])
        elif not parts:
            i.fwd = self.func.undef(i.ty)
        else:
            i.fwd = self.from_pieces(parts, plan.pieces, i.ty)

    def param_record(self, i: Instr) -> None:
        """A record parameter is written to its frame object."""
        parts = self.abi.params[i.imm]
        plan = self.abi.signature.args[i.imm]
        t = self.types[i.imm]
        if plan.kind == DIRECT:
            self.store_pieces(i.a, t, plan.pieces, parts)
        elif plan.kind != IGNORE:
            self.copy_record(i.a, parts[0], t)

    # ---------------------------------------------------------------- memory
    def memcpy(self, i: Instr) -> None:
        """MEMCPY in line or by a call."""
        self.copy_memory(i.a, i.b, i.imm, max(1, known_align(i)), i.flags & VOLATILE)

    def copy_record(self, destination: Instr, source: Instr, t: Type) -> None:
        """Copy a record of type `t`."""
        if destination is not source:
            self.copy_memory(destination, source, size_of(t), align_of(t), 0)

    def copy_memory(self, destination: Instr, source: Instr, size: int, align: int, flags: int) -> None:
        """Copy `size` bytes; both addresses are multiples of `align`."""
        align = max(align, min(self.slot_align(destination), self.slot_align(source)))
        if copy_fits_inline(self.target, size, align, self.func.for_size):
            expand_copy(self.b, self.target, destination, source, size, align, flags)
            return
        lib = self.lib
        n = self.b.const(self.b.pointer_type, size)
        types: list[Type] = [lib.pointer, lib.pointer, lib.size]
        self.library("memcpy", lib.function(lib.pointer, types), [destination, source, n], types)

    def memset(self, i: Instr) -> None:
        """MEMSET in line or by a call."""
        align = max(1, known_align(i), self.slot_align(i.a) if isinstance(i.a.aux, StackSlot) else 1)
        if fill_fits_inline(self.target, i.b, i.imm, align, self.func.for_size):
            expand_fill(self.b, self.target, i.a, i.b, i.imm, align, i.flags & VOLATILE)
            return
        lib = self.lib
        value = self.b.zext(I32, i.b)
        n = self.b.const(self.b.pointer_type, i.imm)
        types: list[Type] = [lib.pointer, lib.int32, lib.size]
        self.library("memset", lib.function(lib.pointer, types), [i.a, value, n], types)

    def slot_align(self, address: Instr) -> int:
        """Alignment of an address that is a leaf; a large number where nothing is known and the caller's word counts."""
        slot = address.aux
        if address.op == SLOT and isinstance(slot, StackSlot):
            if slot.index in self.abi.incoming or slot.index in self.abi.outgoing:
                return self.word_bytes if address.imm % self.word_bytes == 0 else 1
            if slot.size >= self.word_bytes and slot.align < self.word_bytes:
                slot.align = self.word_bytes
            return slot.align if address.imm == 0 else min(slot.align, address.imm & -address.imm)
        if address.op == GLOBAL and isinstance(slot, GlobalSymbol):
            return slot.align if address.imm == 0 else min(slot.align, address.imm & -address.imm)
        return 1

    def library(self, name: str, ftype: FunctionType, args: list[Instr], types: list[Type]) -> None:
        """Call a library function for its effect."""
        call = self.func.instr(CALL, VOID, self.func.global_address(self.lib.symbol(name)), NIL, 0, self.b.loc)
        call.ext = args
        call.aux = CallInfo(ftype, types, False)
        self.call(call, NIL)

    # ---------------------------------------------------------------- variable arguments
    def va_arg(self, i: Instr) -> None:
        """VA_ARG: the value, or for records its address."""
        ref = i.aux
        assert isinstance(ref, TypeRef)
        address = self.target.lower_va_arg(self.b, i.a, ref.ty)
        if ref.ty.unq.kind in RECORD_KINDS:
            i.fwd = address
        elif i.ty != VOID:
            i.fwd = self.b.load(i.ty, address)

    def va_copy(self, i: Instr) -> None:
        """VA_COPY by the target's va_list size."""
        size = self.target.va_list_bytes
        if size == self.target.pointer_bytes:
            self.b.store(i.a, self.b.load(PTR, i.b))
        else:
            expand_copy(self.b, self.target, i.a, i.b, size, self.target.pointer_bytes, 0)


def pointer_va_arg(b: IrBuilder, address: Instr, t: Type, word: int, max_align: int, reference_above: int) -> Instr:
    """VA_ARG where the va_list is a pointer into an area of `word`-byte slots: types aligned to more than
    a word start at a multiple of their alignment (at most `max_align`); types above `reference_above`
    bytes are passed by reference."""
    size = max(0, size_of(t))
    by_reference = size > reference_above
    step = word if by_reference else (size + word - 1) // word * word
    pointer = b.load(PTR, address)
    align = word if by_reference else min(align_of(t), max_align)
    if align > word:
        n = b.bitcast(b.pointer_type, b.offset(pointer, align - 1))
        n = b.op(AND, b.pointer_type, n, b.const(b.pointer_type, -align))
        pointer = b.bitcast(PTR, n)
    b.store(address, b.offset(pointer, step))
    return b.load(PTR, pointer) if by_reference else pointer


