"""Calling conventions: System V psABI for x86-64 (section 3.2.3) and for i386 (chapter 2), with gcc's regparm.

x86-64 sorts every eightbyte of an argument into a class; records of up to two eightbytes (up to one vector register's width) travel
in registers, all or nothing; the rest stands in the argument area.
"""
from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final, cast

from toolchain.cc.codegen.abi import AbiLowering, FunctionAbi, pointer_va_arg
from toolchain.cc.codegen.build import IrBuilder
from toolchain.cc.codegen.target import DIRECT, IGNORE, INDIRECT, ON_STACK, ArgPlan, Piece, Signature
from toolchain.cc.ir.ir import (
    ADD,
    AND,
    BF16,
    F16,
    F32,
    F64,
    F80,
    F128,
    I8,
    I16,
    I32,
    I64,
    PTR,
    SELECT,
    ULE,
    ZEXT,
    Instr,
    StackSlot,
)
from toolchain.cc.types import (
    ARRAY,
    BFLOAT16,
    BOOL,
    COMPLEX,
    DOUBLE,
    FLOAT,
    FLOAT16,
    FLOAT128,
    LDOUBLE,
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
    VectorType,
    align_of,
    placed_members,
    size_of,
    sole_member,
)
from toolchain.diagnostics import ToolError
from toolchain.isa.x86.registers import ST, XMM

# Classes of an eightbyte.
NO_CLASS: Final = 0
INTEGER: Final = 1
SSE: Final = 2
SSEUP: Final = 3
X87: Final = 4
X87UP: Final = 5
COMPLEX_X87: Final = 6
MEMORY: Final = 7

INTEGER_ARGUMENTS: Final = (7, 6, 2, 1, 8, 9)       # rdi rsi rdx rcx r8 r9
NUM_SSE: Final = 8
SSE_ARGUMENTS32: Final = 3
RAX: Final = 0
RDX: Final = 2
STATIC_CHAIN64: Final = 10                          # r10
STATIC_CHAIN32: Final = 1                           # ecx
REGPARM: Final = (0, 2, 1)                          # eax edx ecx
MS_ARGUMENTS: Final = (1, 2, 8, 9)                  # rcx rdx r8 r9
MS_RECORD_SIZES: Final = (1, 2, 4, 8)
MS_SHADOW: Final = 32
FAST_REGISTERS: Final = {"fastcall": (1, 2), "thiscall": (1,)}
INT_BY_SIZE: Final = {1: I8, 2: I16, 4: I32, 8: I64}
FLOAT_TYPES: Final = {FLOAT16: F16, BFLOAT16: BF16, FLOAT: F32, DOUBLE: F64, LDOUBLE: F80, FLOAT128: F128}
RECORDS: Final = (STRUCT, UNION, COMPLEX, VECTOR, ARRAY)


def merge(a: int, b: int) -> int:
    """The class of an eightbyte in which both classes occur (psABI, rule 4)."""
    if a == b:
        return a
    if a == NO_CLASS:
        return b
    if b == NO_CLASS:
        return a
    if MEMORY in (a, b):
        return MEMORY
    if INTEGER in (a, b):
        return INTEGER
    if a in (X87, X87UP, COMPLEX_X87) or b in (X87, X87UP, COMPLEX_X87):
        return MEMORY
    return SSE


def _mark(classes: list[int], offset: int, size: int, kind: int) -> None:
    for n in range(offset // 8, (offset + max(size, 1) - 1) // 8 + 1):
        if n < len(classes):
            classes[n] = merge(classes[n], kind)


def _classify_into(t: Type, offset: int, classes: list[int]) -> bool:
    """Mark the eightbytes of `t`, which stands at `offset`; False: memory (unaligned members)."""
    u = t.unq
    kind = u.kind
    size = size_of(u)
    if kind in (STRUCT, UNION):
        record = cast(RecordType, u)
        for m in placed_members(record):
            if m.bit_width >= 0:
                first = (offset + m.offset) * 8 + m.bit_offset
                _mark(classes, first // 8, (first + m.bit_width - 1) // 8 - first // 8 + 1, INTEGER)
                continue
            if (offset + m.offset) % max(1, u_align(m.ty)) and size_of(m.ty) > 0:
                return False
            if not _classify_into(m.ty, offset + m.offset, classes):
                return False
        return True
    if kind == ARRAY:
        a = cast(ArrayType, u)
        if a.count == 0 and offset % 8:             # gcc lets an element count in the eightbyte where its place would begin
            inner = [NO_CLASS] * 9
            if size_of(a.base) > 64 or not _classify_into(a.base, offset % 8, inner):
                return False
            classes[offset // 8] = merge(classes[offset // 8], inner[0])
            return True
        step = size_of(a.base)
        for n in range(max(a.count, 0)):
            if n * step >= 64 or not _classify_into(a.base, offset + n * step, classes):
                return n * step >= 64
        return True
    if kind == COMPLEX:
        base = cast(ComplexType, u).base
        if base.unq.kind == LDOUBLE:
            _mark(classes, offset, size, COMPLEX_X87)
            return True
        return _classify_into(base, offset, classes) and _classify_into(base, offset + size_of(base), classes)
    if kind == LDOUBLE:
        _mark(classes, offset, 8, X87)
        _mark(classes, offset + 8, 8, X87UP)
    elif kind == VECTOR and size_of(cast(VectorType, u).base) == size and cast(VectorType, u).base.unq.kind in FLOAT_TYPES:
        return False                                # gcc has no mode for a vector of one floating element
    elif kind == VECTOR and size < 8 and cast(VectorType, u).base.unq.kind not in FLOAT_TYPES:
        _mark(classes, offset, size, INTEGER)
    elif kind == FLOAT128 or kind == VECTOR:
        _mark(classes, offset, min(size, 8), SSE)
        if size > 8:
            _mark(classes, offset + 8, size - 8, SSEUP)
    elif kind in FLOAT_TYPES:
        _mark(classes, offset, size, SSE)
    else:
        _mark(classes, offset, size, INTEGER)
    return True


def u_align(t: Type) -> int:
    """Natural alignment of a member's type, arrays by their elements."""
    u = t.unq
    while u.kind == ARRAY:
        u = cast(ArrayType, u).base.unq
    return u.align


def eightbytes(t: Type) -> list[int]:
    """Classes of the eightbytes of a type; [MEMORY] if it stands in memory."""
    size = size_of(t)
    if size == 0:
        return []
    n = (size + 7) // 8
    if n > 8:
        return [MEMORY]
    classes = [NO_CLASS] * n
    if not _classify_into(t, 0, classes) or MEMORY in classes:
        return [MEMORY]
    for k, c in enumerate(classes):
        if c == X87UP and (k == 0 or classes[k - 1] != X87):
            return [MEMORY]
        if c == SSEUP and (k == 0 or classes[k - 1] not in (SSE, SSEUP)):
            classes[k] = SSE
    if n > 2 and (classes[0] != SSE or any(c != SSEUP for c in classes[1:])):
        return classes if classes[0] == COMPLEX_X87 and t.unq.kind == COMPLEX else [MEMORY]
    return classes if any(classes) else [SSE] * n           # an eightbyte of padding takes no register


def argument_type(t: Type) -> int:
    """IR type in which a scalar argument travels: narrow integers are extended to 32 bits by the caller, as
    gcc and clang do; nobody relies on it."""
    ty = scalar_type(t)
    return I32 if ty < I32 else ty


def scalar_type(t: Type) -> int:
    """IR type of a scalar of at most a register."""
    kind = t.unq.kind
    if kind in FLOAT_TYPES:
        return FLOAT_TYPES[kind]
    if kind in (POINTER, NULLPTR) or size_of(t) not in INT_BY_SIZE:
        return PTR
    return INT_BY_SIZE[size_of(t)]


def vector_type(t: Type, size: int) -> int:
    """IR type in which `size` bytes travel in an SSE register."""
    if size <= 8:
        return F64 if size > 4 else F32
    return F128


def is_padding(t: Type) -> bool:
    """Whether a record has no members but unnamed bit-fields: it counts for registers, yet gcc gives it no place in memory
    (default_is_empty_type)."""
    u = t.unq
    if u.kind == ARRAY:
        return cast(ArrayType, u).count <= 0 or is_padding(cast(ArrayType, u).base)
    return isinstance(u, RecordType) and all(m.bit_width < 0 and is_padding(m.ty) for m in u.members)


class Classifier64:
    """Hands out registers and stack words of one x86-64 signature."""

    def __init__(self, sse: bool) -> None:
        self.sse = sse
        self.next_int = 0
        self.next_sse = 0
        self.stack = 0

    def argument(self, t: Type) -> ArgPlan:
        """Place of one argument."""
        size = size_of(t)
        classes = eightbytes(t)
        if not classes:
            return ArgPlan(IGNORE, [])
        record = t.unq.kind in RECORDS
        ints = sum(c == INTEGER for c in classes)
        vectors = sum(c == SSE for c in classes)
        memory = classes[0] in (MEMORY, X87, COMPLEX_X87)
        if vectors and not memory and not self.sse:
            raise ToolError("SSE register argument with SSE disabled")
        if memory or self.next_int + ints > len(INTEGER_ARGUMENTS) or self.next_sse + vectors > NUM_SSE or size > 16:
            return self.in_memory(t, size, record)
        pieces = pieces_of(t, classes, size)
        for p in pieces:
            if p.register < 0:
                p.register = INTEGER_ARGUMENTS[self.next_int]
                self.next_int += 1
            else:
                p.register = XMM + self.next_sse
                self.next_sse += 1
        if len(pieces) == 1 and pieces[0].ty < I32:
            pieces[0].ty = I32
        return ArgPlan(DIRECT, pieces)

    def in_memory(self, t: Type, size: int, record: bool) -> ArgPlan:
        """Place in the argument area."""
        if is_padding(t):
            return ArgPlan(IGNORE, [])
        align = max(8, t.unq.align)             # a typedef's own alignment says nothing about arguments
        if align > 8:
            self.stack = self.stack + align - 1 & -align
        at = self.stack
        self.stack += size + 7 & -8
        if record or size > 16:
            plan = ArgPlan(ON_STACK, [])
            plan.stack, plan.size, plan.align = at, size, align
            return plan
        if size > 8 and t.unq.kind != LDOUBLE and t.unq.kind != FLOAT128:
            return ArgPlan(DIRECT, [Piece(0, 8, I64, -1, at), Piece(8, 8, I64, -1, at + 8)])
        return ArgPlan(DIRECT, [Piece(0, size, argument_type(t), -1, at)])


def pieces_of(t: Type, classes: list[int], size: int) -> list[Piece]:
    """Pieces of a value that travels in registers; `register` is -1 for a general one, 0 for SSE."""
    record = t.unq.kind in RECORDS
    out: list[Piece] = []
    k = 0
    while k < len(classes):
        if classes[k] == NO_CLASS:
            k += 1
            continue
        run = k + 1
        while run < len(classes) and classes[run] == SSEUP:
            run += 1
        part = min(size, run * 8) - k * 8
        if classes[k] == INTEGER:
            ty = I64 if record or size > 8 else scalar_type(t)
            out.append(Piece(k * 8, part, ty, -1))
        else:
            ty = scalar_type(t) if not record and size <= 8 else vector_type(t, part)
            out.append(Piece(k * 8, part, ty, 0))
        k = run
    return out


def _result64(t: Type, c: Classifier64, sig: Signature) -> ArgPlan:
    classes = eightbytes(t)
    size = size_of(t)
    if not classes:
        return ArgPlan(IGNORE, [])
    if classes[0] == X87:
        return ArgPlan(DIRECT, [Piece(0, 10, F80, ST)])
    if classes[0] == COMPLEX_X87:
        return ArgPlan(DIRECT, [Piece(0, 10, F80, ST), Piece(16, 10, F80, ST + 1)])
    if classes[0] == MEMORY or size > 16:
        c.next_int = 1
        sig.address_register = RAX
        return ArgPlan(INDIRECT, [Piece(0, 8, PTR, INTEGER_ARGUMENTS[0])])
    pieces = pieces_of(t, classes, size)
    if not c.sse and SSE in classes:
        raise ToolError("SSE register return with SSE disabled")
    ints = [RAX, RDX]
    vectors = [XMM, XMM + 1]
    for p in pieces:
        p.register = ints.pop(0) if p.register < 0 else vectors.pop(0)
    return ArgPlan(DIRECT, pieces)


def classify64(ftype: FunctionType, arg_types: Sequence[Type], sse: bool) -> Signature:
    """x86-64.  `next_registers` is [general, SSE] registers taken by the named arguments.  Raises ToolError if a floating
    argument or result needs an SSE register and there are none."""
    sig = Signature()
    sig.variadic = ftype.variadic or not ftype.prototype
    sig.static_chain = STATIC_CHAIN64
    c = Classifier64(sse)
    if ftype.base.unq.kind != VOID:
        sig.result = _result64(ftype.base, c, sig)
    named = len(ftype.params) if ftype.variadic else len(arg_types)
    sig.next_registers = [c.next_int, c.next_sse]
    for n, t in enumerate(arg_types):
        sig.args.append(c.argument(t))
        if n < named:
            sig.next_registers = [c.next_int, c.next_sse]
            sig.next_stack = c.stack
    sig.vector_registers = c.next_sse
    sig.stack_bytes = c.stack + 15 & ~15
    return sig


def ms_piece(t: Type, number: int, stack: int) -> tuple[Piece, int]:
    """Argument `number` of Microsoft's convention, and the stack offset after it: one register or one stack word, whatever its type."""
    floating = t.unq.kind in (FLOAT, DOUBLE)
    ty = argument_type(t) if t.unq.kind not in RECORDS else I64
    if number < len(MS_ARGUMENTS):
        return Piece(0, size_of(t), ty, XMM + number if floating else MS_ARGUMENTS[number]), stack
    return Piece(0, size_of(t), ty, -1, stack), stack + 8


def classify_ms(ftype: FunctionType, arg_types: Sequence[Type]) -> Signature:
    """`ms_abi` ("x64 calling convention" of Microsoft's documentation): four places in rcx, rdx, r8, r9 or xmm0 to xmm3, records of other
    than 1, 2, 4, 8 bytes by reference, 32 bytes of stack for the callee's own use.  Raises ToolError for types of more than 8 bytes that
    are no records, and for floating arguments without a prototype's type."""
    sig = Signature()
    sig.variadic = ftype.variadic
    sig.static_chain = STATIC_CHAIN64
    result = ftype.base
    number = 0
    if any(t.unq.kind not in RECORDS and size_of(t) > 8 or t.unq.kind == VECTOR for t in (result, *arg_types)):
        raise ToolError("a value of this type is not supported in a function with attribute 'ms_abi'")
    if ftype.variadic and any(t.unq.kind in FLOAT_TYPES for t in arg_types[len(ftype.params):]):
        raise ToolError("floating variable arguments are not supported in a call of a function with attribute 'ms_abi'")
    if result.unq.kind in RECORDS and size_of(result) not in MS_RECORD_SIZES:
        sig.address_register = RAX
        sig.result = ArgPlan(INDIRECT, [Piece(0, 8, PTR, MS_ARGUMENTS[0])])
        number = 1
    elif result.unq.kind in (FLOAT, DOUBLE):
        sig.result = ArgPlan(DIRECT, [Piece(0, size_of(result), FLOAT_TYPES[result.unq.kind], XMM)])
    elif result.unq.kind != VOID:
        sig.result = ArgPlan(DIRECT, [Piece(0, size_of(result), I64 if result.unq.kind in RECORDS else scalar_type(result), RAX)])
    stack = MS_SHADOW
    for t in arg_types:
        if t.unq.kind in RECORDS and size_of(t) not in MS_RECORD_SIZES:
            piece = Piece(0, 8, PTR, MS_ARGUMENTS[number]) if number < len(MS_ARGUMENTS) else Piece(0, 8, PTR, -1, stack)
            stack += 0 if number < len(MS_ARGUMENTS) else 8
            sig.args.append(ArgPlan(INDIRECT, [piece]))
        else:
            piece, stack = ms_piece(t, number, stack)
            sig.args.append(ArgPlan(DIRECT, [piece]))
        number += 1
    sig.next_registers = []
    sig.next_stack = stack
    sig.stack_bytes = stack + 15 & ~15
    return sig


def contains_aligned(t: Type) -> bool:
    """Whether an i386 argument of type `t` holds a value that is aligned to 16 bytes or more by itself, which gcc then gives the whole
    argument (ix86_function_arg_boundary: long double counts as a word, an attribute of the record or of a member alone does not count)."""
    u = t.unq
    if u.kind == LDOUBLE or u.kind == COMPLEX and cast(ComplexType, u).base.unq.kind == LDOUBLE or align_of(t) < 16:
        return False
    if u.kind == STRUCT or u.kind == UNION:
        return any(contains_aligned(m.ty) for m in cast(RecordType, u).members
                   if m.bit_width < 0 or m.bit_width == (1 if m.ty.unq.kind == BOOL else 8 * size_of(m.ty)))     # a narrower one has a type of its own
    return u.kind != ARRAY or contains_aligned(cast(ArrayType, u).base)


def boundary32(t: Type) -> int:
    """Alignment in bytes of an i386 argument of type `t` on the stack."""
    return t.unq.align if contains_aligned(t.unq) and not is_empty(t) else 4


def is_empty(t: Type) -> bool:
    """A structure without members, or with such alone: no argument is aligned for it."""
    u = t.unq
    if u.kind == ARRAY:
        return cast(ArrayType, u).count <= 0 or is_empty(cast(ArrayType, u).base)
    return u.kind == STRUCT and all(m.bit_width < 0 and is_empty(m.ty) for m in placed_members(cast(RecordType, u)))


def single(t: Type) -> bool:
    """A vector of one element: no vector to gcc's modes, but an integer, or (floating) bytes in memory."""
    u = t.unq
    return isinstance(u, VectorType) and size_of(u.base) == size_of(u)


def vector_register32(t: Type, features: Set[str]) -> bool:
    """Whether an i386 argument or result travels in an SSE register (ix86_function_arg, ix86_return_in_memory).  Raises ToolError where
    gcc takes registers that the compiler does not allocate."""
    size = size_of(t)
    if t.unq.kind != VECTOR or single(t) and (size != 8 or cast(VectorType, t.unq).base.unq.kind in FLOAT_TYPES):
        return False
    if size == 8 and "mmx" in features:
        raise ToolError("vectors of 8 bytes as arguments and results are not supported with '-m32' and MMX ('-mmmx', '-msse')")
    if size == 16 and "sse" in features and "sse2" not in features:
        raise ToolError("vectors of 16 bytes as arguments and results are not supported with '-msse' alone: use '-msse2'")
    return size == 16 and "sse2" in features


def result_in_memory32(t: Type) -> bool:
    """Whether an i386 result that is in no SSE register has its place in memory."""
    kind = t.unq.kind
    if kind == VECTOR:
        return cast(VectorType, t.unq).base.unq.kind in FLOAT_TYPES if single(t) else size_of(t) >= 8
    return kind in RECORDS and not (kind == COMPLEX and size_of(t) <= 8)


def general_mode32(t: Type, features: Set[str]) -> bool:
    """Whether gcc gives `t` a mode (an integer's or BLKmode) that i386's general registers for arguments may take: no floating, complex or
    vector mode, nor that of a structure which is nothing but such a value."""
    sole = sole_member(t).unq
    if sole.kind != VECTOR:
        return sole.kind not in FLOAT_TYPES and sole.kind != COMPLEX
    size = size_of(sole)
    if size < 8:
        small = size == 2 and not single(sole) or size == 4 and "sse2" in features
        return not small or cast(VectorType, sole).base.unq.kind in FLOAT_TYPES
    if t.unq.kind != VECTOR:            # a structure has no vector's mode that the instruction sets lack
        return ("sse2" if size == 16 else "mmx" if size == 8 else "avx") not in features
    return single(sole)


def classify32(ftype: FunctionType, arg_types: Sequence[Type], regparm: int, features: Set[str]) -> Signature:
    """i386: the stack, but for the first `regparm` words and three vectors of 16 bytes; records come back in memory (the callee pops the address).  With stdcall, fastcall
    and thiscall the callee pops its arguments; the latter two take one or two words in ecx and edx (GCC manual, "x86 Function Attributes")."""
    sig = Signature()
    sig.variadic = ftype.variadic
    sig.static_chain = STATIC_CHAIN32
    convention = "" if ftype.variadic else ftype.convention
    fast = FAST_REGISTERS.get(convention)
    registers = list(REGPARM[:0 if ftype.variadic else ftype.regparm or regparm] if fast is None else fast)
    stack = 0
    result = ftype.base
    vectors = 0 if ftype.variadic else SSE_ARGUMENTS32
    if vector_register32(result, features):
        sig.result = ArgPlan(DIRECT, [Piece(0, 16, F128, XMM)])
    elif result_in_memory32(result):
        sig.address_register = RAX
        if registers:
            sig.result = ArgPlan(INDIRECT, [Piece(0, 4, PTR, registers.pop(0))])
        else:
            sig.result = ArgPlan(INDIRECT, [Piece(0, 4, PTR, -1, 0)])
            stack = 4
            sig.callee_pops = 4
    elif result.unq.kind != VOID:
        sig.result = ArgPlan(DIRECT, _result32(result))
    for n, t in enumerate(arg_types):
        size = size_of(t)
        words = (size + 3) // 4
        record = t.unq.kind in RECORDS
        general = words > 0 and general_mode32(t, features)
        if vectors and vector_register32(t, features):
            sig.args.append(ArgPlan(DIRECT, [Piece(0, 16, F128, XMM + SSE_ARGUMENTS32 - vectors)]))
            vectors -= 1
        elif general and words <= len(registers) and (fast is None or words == 1 and not record):
            pieces = [Piece(4 * k, min(4, size - 4 * k), I32, registers.pop(0)) for k in range(words)]
            if words == 1 and not record:
                pieces[0].ty = argument_type(t)
            sig.args.append(ArgPlan(DIRECT, pieces))
        else:
            if general:
                registers = registers[words:]       # on the stack, yet they count
            boundary = boundary32(t)
            at = stack + boundary - 1 & -boundary
            plan = ArgPlan(DIRECT if not record else ON_STACK if size else IGNORE, [] if record else _stack32(t, size, at))
            plan.stack, plan.size, plan.align = at, size, boundary
            sig.args.append(plan)
            stack = at + 4 * words
        if n < len(ftype.params):
            sig.next_stack = stack
    sig.next_registers = []
    if convention:
        sig.callee_pops = stack
    sig.stack_bytes = stack + 15 & ~15
    return sig


def _stack32(t: Type, size: int, stack: int) -> list[Piece]:
    if size > 4 and t.unq.kind not in FLOAT_TYPES:
        return [Piece(k, 4, I32, -1, stack + k) for k in range(0, size, 4)]
    return [Piece(0, size, argument_type(t), -1, stack)]


def _result32(t: Type) -> list[Piece]:
    kind = t.unq.kind
    size = size_of(t)
    if kind in FLOAT_TYPES and kind not in (FLOAT16, BFLOAT16, FLOAT128):
        return [Piece(0, size, FLOAT_TYPES[kind], ST)]
    if kind == FLOAT128:
        raise ToolError("functions that return '__float128' are not supported with '-m32'")
    if size > 4:
        return [Piece(0, 4, I32, RAX), Piece(4, 4, I32, RDX)]
    return [Piece(0, size, I32 if kind in RECORDS else scalar_type(t), RAX)]


# ------------------------------------------------------------------ variable arguments

GENERAL_BYTES: Final = 48           # six general registers at the start of the register save area
SAVE_BYTES: Final = 176             # and eight SSE registers of 16 bytes
GP_OFFSET: Final = 0                # offsets in va_list (psABI figure 3.34)
FP_OFFSET: Final = 4
OVERFLOW: Final = 8
SAVE_AREA: Final = 16


def variadic_entry(b: IrBuilder, abi: FunctionAbi, lowering: AbiLowering, sse: bool) -> None:
    """Save the argument registers that the named parameters left."""
    general, vectors = abi.signature.next_registers
    slot = b.func.new_slot(SAVE_BYTES if sse else GENERAL_BYTES, 16)
    abi.save_slot = slot
    places = [(8 * k, lowering.incoming(Piece(0, 8, I64, INTEGER_ARGUMENTS[k]))) for k in range(general, len(INTEGER_ARGUMENTS))]
    if sse:
        places += [(GENERAL_BYTES + 16 * k, lowering.incoming(Piece(0, 16, F128, XMM + k))) for k in range(vectors, NUM_SSE)]
    for at, v in places:
        b.store(b.func.slot_address(slot, at), v)


def va_start(b: IrBuilder, address: Instr, abi: FunctionAbi, lowering: AbiLowering) -> None:
    """Fill in the va_list at `address`."""
    assert abi.save_slot is not None
    general, vectors = abi.signature.next_registers
    b.store(address, b.const(I32, 8 * general), GP_OFFSET)
    b.store(address, b.const(I32, GENERAL_BYTES + 16 * vectors), FP_OFFSET)
    stack = lowering.incoming_slot(abi.signature.next_stack, 8, 8)
    b.store(address, b.func.slot_address(stack), OVERFLOW)
    b.store(address, b.func.slot_address(abi.save_slot), SAVE_AREA)


def _choose(b: IrBuilder, c: Instr, yes: Instr, no: Instr) -> Instr:
    s = b.op(SELECT, yes.ty, c, yes)
    s.ext = [no]
    return s


def va_arg(b: IrBuilder, address: Instr, t: Type, sse: bool) -> Instr:
    """Address of the next variable argument of type `t` (psABI 3.5.7), without branches."""
    size = size_of(t)
    classes = eightbytes(t)
    ints = sum(c == INTEGER for c in classes)
    vectors = sum(c == SSE for c in classes)
    overflow = b.load(PTR, address, OVERFLOW)
    memory = overflow
    align = t.unq.align
    if align > 8:
        n = b.bitcast(I64, b.offset(overflow, align - 1))
        memory = b.bitcast(PTR, b.op(AND, I64, n, b.const(I64, -align)))
    if not classes:
        return overflow
    after = memory if is_padding(t) else b.offset(memory, (size + 7) & -8)
    if classes[0] in (MEMORY, X87, COMPLEX_X87) or size > 16 or (vectors and not sse):
        b.store(address, after, OVERFLOW)
        return memory
    save = b.load(PTR, address, SAVE_AREA)
    fits: Instr | None = None
    taken: list[Instr] = []
    for count, at, limit, step in ((ints, GP_OFFSET, GENERAL_BYTES, 8), (vectors, FP_OFFSET, SAVE_BYTES, 16)):
        used = b.load(I32, address, at) if count else b.const(I32, 0)
        taken.append(used)
        if count:
            c = b.op(ULE, I32, used, b.const(I32, limit - step * count))
            fits = c if fits is None else b.op(AND, I32, fits, c)
    assert fits is not None
    for count, at, step, used in ((ints, GP_OFFSET, 8, taken[0]), (vectors, FP_OFFSET, 16, taken[1])):
        if count:
            b.store(address, _choose(b, fits, b.op(ADD, I32, used, b.const(I32, step * count)), used), at)
    b.store(address, _choose(b, fits, overflow, after), OVERFLOW)
    general = b.op(ADD, PTR, save, b.op(ZEXT, I64, taken[0])) if ints else save
    vector = b.op(ADD, PTR, save, b.op(ZEXT, I64, taken[1])) if vectors else save
    if not (ints and vectors) and vectors < 2 and classes[0] != NO_CLASS:
        return _choose(b, fits, general if ints else vector, memory)
    # parts that do not stand side by side are gathered
    copy = b.func.slot_address(b.func.new_slot(16, 16))
    for k, kind in enumerate(classes):
        if kind == NO_CLASS:
            continue
        if kind == INTEGER:
            source, general = general, b.offset(general, 8)
        else:
            source, vector = vector, b.offset(vector, 16)
        part = _choose(b, fits, source, b.offset(memory, 8 * k))
        b.store(copy, b.load(I64, part), 8 * k)
        copy = b.func.slot_address(cast(StackSlot, copy.aux))
    return copy


def va_arg32(b: IrBuilder, address: Instr, t: Type) -> Instr:
    """Address of the next variable argument on i386: words on the stack."""
    return pointer_va_arg(b, address, t.unq, 4, boundary32(t) if size_of(t) else 4, 1 << 30)
