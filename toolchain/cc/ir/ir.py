"""SSA intermediate representation.

Shape (why: see docs/architecture.md).  One `Instr` class with fixed slots.  Missing operands are
the global `NIL`, so no pass tests for None.  There are no def-use lists: to replace a value a pass
sets `old.fwd = new`; every pass walks the blocks in reverse post-order, resolves operands with
`resolve` as it goes, and builds each block's new instruction list.  After a pass no operand points
at a replaced value (the verifier checks).

Types are small ints.  Comparisons give I32 0 or 1 (C's int); a branch tests an integer of any
width against 0.  Pointers are PTR; pointer arithmetic is ADD of PTR and an integer of the target's pointer
width (I64 or I32) that is already scaled.  Integers carry no sign: operations do.

Memory is by address.  A record argument or return value is the address of its bytes, and the C
types stay in `CallInfo` and `Function.ftype` until ABI lowering, which is after inlining.

Names of functions, blocks and values are for printing only.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.types import FunctionType, Type
from toolchain.diagnostics import NO_LOC, Loc

# ------------------------------------------------------------------ types
VOID: Final = 0
I8: Final = 1
I16: Final = 2
I32: Final = 3
I64: Final = 4
I128: Final = 5
PTR: Final = 6
F16: Final = 7
BF16: Final = 8
F32: Final = 9
F64: Final = 10
F80: Final = 11
F128: Final = 12
# A vector type is `lanes << 8 | element type`, lanes >= 1.
LANE_SHIFT: Final = 8
FIRST_VECTOR: Final = 1 << LANE_SHIFT
TYPE_NAMES: Final = ("void", "i8", "i16", "i32", "i64", "i128", "ptr", "f16", "bf16", "f32", "f64", "f80", "f128")
TYPE_BITS: Final = (0, 8, 16, 32, 64, 128, 64, 16, 16, 32, 64, 80, 128)     # PTR: ask the target

# ------------------------------------------------------------------ opcodes
# Order matters: ranges are classes.  Pure values first (no side effect, may be removed, moved and
# merged), then loads, then effects, then terminators.
NIL_OP: Final = 0
# -- leaves: CONST, FCONST, UNDEF, GLOBAL, SLOT, LABEL stand in no block, only in the tables of `Function`
# (and may be used anywhere); PARAMs are the first instructions of the entry block
CONST: Final = 1        # imm: value, in two's complement of the type, stored as non-negative
FCONST: Final = 2       # imm: bits in the type's format
UNDEF: Final = 3        # any value
GLOBAL: Final = 4       # aux: GlobalSymbol; imm: byte offset.  Address; type PTR
SLOT: Final = 5         # aux: StackSlot; imm: byte offset.  Address; type PTR
PARAM: Final = 6        # imm: index of a scalar parameter of the C function
LABEL: Final = 7        # aux: Block.  Address of a block (&&label)
# -- integer arithmetic: a, b of the instruction's type (PTR + integer for ADD and SUB)
ADD: Final = 8
SUB: Final = 9
MUL: Final = 10
SDIV: Final = 11        # division by zero and overflow are the target's affair: not speculated
UDIV: Final = 12
SREM: Final = 13
UREM: Final = 14
AND: Final = 15
OR: Final = 16
XOR: Final = 17
SHL: Final = 18         # count b: any integer type; count >= width is undefined
SHR: Final = 19         # logical
SAR: Final = 20         # arithmetic
ROTL: Final = 21
SMULH: Final = 22       # high half of the product
UMULH: Final = 23
NEG: Final = 24
NOT: Final = 25
BSWAP: Final = 26
CLZ: Final = 27         # undefined for 0; result has the instruction's type
CTZ: Final = 28
POPCOUNT: Final = 29
# -- floating arithmetic
FADD: Final = 30
FSUB: Final = 31
FMUL: Final = 32
FDIV: Final = 33
FNEG: Final = 34
FABS: Final = 35
FSQRT: Final = 36
FCOPYSIGN: Final = 37
# -- comparisons: result I32 (vectors: mask of the operand's shape); `cty` of operands is a.ty
EQ: Final = 38
NE: Final = 39
SLT: Final = 40
SLE: Final = 41
ULT: Final = 42
ULE: Final = 43
FEQ: Final = 44         # ordered, quiet
FNE: Final = 45         # unordered or not equal
FLT: Final = 46         # ordered, signalling
FLE: Final = 47
FUNORD: Final = 48      # unordered, quiet
# -- conversions
TRUNC: Final = 49
ZEXT: Final = 50
SEXT: Final = 51
FCVT: Final = 52        # between floating types
FTOSI: Final = 53       # towards zero; out of range undefined
FTOUI: Final = 54
SITOF: Final = 55
UITOF: Final = 56
BITCAST: Final = 57     # same size: integer <-> PTR, float <-> integer, vector <-> vector
# -- others, pure
SELECT: Final = 58      # a: condition (integer, not 0), b: if true, ext[0]: if false
COPY: Final = 59        # a; opaque to folding only if flags & OPAQUE
EXTRACT: Final = 60     # lane imm of vector a (or lane b if b is not NIL)
INSERT: Final = 61      # vector a with lane imm replaced by b (or lane ext[0])
SPLAT: Final = 62       # all lanes a
SHUFFLE: Final = 63     # aux: IntList: lanes of a ++ b, -1 for any
PROJ: Final = 64        # result number imm (from 1) of the ASM a
CONSTP: Final = 65      # __builtin_constant_p(a): I32; becomes 1 as soon as a is constant, 0 in phase 2
OBJSIZE: Final = 66     # __builtin_object_size(a, imm): decided like CONSTP; imm: see `extents.py`
EXPECT: Final = 67      # a, expected to equal imm
VECTOR: Final = 68      # an operation on 128-bit vectors carried as F128 (`vector_codes.py`): imm the code; a, b, ext[0]
PHI: Final = 69         # ext: one value per predecessor, in the order of block.preds
# -- memory reads (removable, movable only across what does not write)
LOAD: Final = 70        # type; address a + imm; flags VOLATILE, ATOMIC order; `align` in flags
# -- effects
STORE: Final = 71       # address a + imm, value b (its type is what is stored)
MEMCPY: Final = 72      # a: destination, b: source, imm: bytes (disjoint or identical); flags: alignment
MEMSET: Final = 73      # a: destination, b: I8 value, imm: bytes
CALL: Final = 74        # aux: CallInfo; a: callee address (GLOBAL for direct); ext: arguments
ASM: Final = 75         # aux: AsmInfo; ext: inputs; value is output 0, others by PROJ
ATOMIC_RMW: Final = 76  # aux None; imm: RMW_*; a: address, b: operand; result: old value; flags: order
ATOMIC_CAS: Final = 77  # a: address, b: expected, ext[0]: desired; result: old value; flags: order
FENCE: Final = 78       # flags: order; imm 1: compiler only
ALLOCA: Final = 79      # a: bytes (pointer-width integer), imm: alignment; result PTR
STACK_SAVE: Final = 80
STACK_RESTORE: Final = 81   # a
VA_START: Final = 82    # a: address of the va_list
VA_ARG: Final = 83      # a: address of the va_list; aux: CType holder TypeRef; scalar: the value; record: its address
VA_COPY: Final = 84     # a: destination, b: source
PARAM_RECORD: Final = 85    # imm: index of a record parameter; a: address it is stored to on entry
INTRINSIC: Final = 86   # aux: Intrinsic(name); ext: arguments; imm: constant argument
PREFETCH: Final = 87    # a; imm: write << 2 | locality
# -- terminators: successors are in Block.succs
JUMP: Final = 88        # succs[0]
BRANCH: Final = 89      # a != 0: succs[0], else succs[1]; imm: probability of succs[0] in 1/1000, 0 unknown
SWITCH: Final = 90      # a; aux: SwitchCases; succs[0] is the default
RET: Final = 91         # a: value (record: its address) or NIL
UNREACHABLE: Final = 92
IJUMP: Final = 93       # a: address; succs: all blocks whose address is taken
ASM_GOTO: Final = 94    # as ASM; succs[0] falls through, succs[1:] the labels
NUM_OPS: Final = 95

FIRST_ARITH: Final = ADD
LAST_LEAF: Final = LABEL
FIRST_COMPARE: Final = EQ
LAST_COMPARE: Final = FUNORD
LAST_PURE: Final = PHI
FIRST_EFFECT: Final = STORE
FIRST_TERMINATOR: Final = JUMP

OP_NAMES: Final = (
    "nil const fconst undef global slot param label add sub mul sdiv udiv srem urem and or xor shl shr sar rotl smulh umulh neg not "
    "bswap clz ctz popcount fadd fsub fmul fdiv fneg fabs fsqrt fcopysign eq ne slt sle ult ule feq fne flt fle funord trunc zext sext "
    "fcvt ftosi ftoui sitof uitof bitcast select copy extract insert splat shuffle proj constp objsize expect vector phi load store memcpy "
    "memset call asm atomic_rmw atomic_cas fence alloca stack_save stack_restore va_start va_arg va_copy param_record intrinsic prefetch "
    "jump branch switch ret unreachable ijump asm_goto"
).split()

# Instr.flags
VOLATILE: Final = 1
ORDER_SHIFT: Final = 1      # 3 bits: 0 not atomic, or one of C11's memory orders
ORDER_MASK: Final = 7 << ORDER_SHIFT
ORDER_RELAXED: Final = 1
ORDER_CONSUME: Final = 2
ORDER_ACQUIRE: Final = 3
ORDER_RELEASE: Final = 4
ORDER_ACQ_REL: Final = 5
ORDER_SEQ_CST: Final = 6
ALIGN_SHIFT: Final = 4      # 6 bits: log2(alignment) + 1; 0: natural alignment of the type
ALIGN_MASK: Final = 63 << ALIGN_SHIFT
OPAQUE: Final = 1 << 10     # COPY that hides its operand from folding (register variables, asm("" : "+r"(x)))
TAIL: Final = 1 << 11       # CALL in tail position, may become a jump
MUST_TAIL: Final = 1 << 12
NO_RETURN: Final = 1 << 13  # CALL does not return
TRAPPING: Final = 1 << 14   # arithmetic that must not be speculated (unused unless set)
SEG_FS: Final = 1 << 15     # memory access in a named address space
SEG_GS: Final = 1 << 16
SPECIAL: Final = VOLATILE | ORDER_MASK | SEG_FS | SEG_GS
"""Flags of accesses that are neither removed nor moved."""
INIT_ZERO: Final = 1 << 17  # store made by -ftrivial-auto-var-init
RETURNS_TWICE: Final = 1 << 18

RMW_XCHG: Final = 0
RMW_ADD: Final = 1
RMW_SUB: Final = 2
RMW_AND: Final = 3
RMW_OR: Final = 4
RMW_XOR: Final = 5
RMW_NAND: Final = 6


class Aux:
    """Base of what `Instr.aux` may hold."""


class Instr:
    """One instruction, which is also the value it computes.

    `id` numbers values of a function (dense enough for lists); `mark` is scratch for the running
    pass; `imm`, `a`, `b`, `ext`, `aux` as the opcode says; `fwd` is the value that replaces this one
    (NIL: none)."""

    __slots__ = ("op", "ty", "id", "mark", "flags", "imm", "a", "b", "ext", "aux", "fwd", "loc")

    def __init__(self, op: int, ty: int, ident: int, imm: int, a: Instr | None, b: Instr | None, ext: list[Instr], loc: Loc) -> None:
        self.op = op
        self.ty = ty
        self.id = ident
        self.mark = 0
        self.flags = 0
        self.imm = imm
        self.a: Instr = a if a is not None else self
        self.b: Instr = b if b is not None else self
        self.ext = ext
        self.aux: Aux | None = None
        self.fwd: Instr = self if a is None else NIL
        self.loc = loc


NO_EXT: Final[list[Instr]] = []
"""The shared empty `ext`; never appended to."""
NIL: Final = Instr(NIL_OP, VOID, 0, 0, None, None, NO_EXT, NO_LOC)


def order_of(i: Instr) -> int:
    """Memory order of a load, store, fence or atomic operation: 0 (not atomic) or ORDER_*."""
    return (i.flags & ORDER_MASK) >> ORDER_SHIFT


class GlobalSymbol(Aux):
    """A symbol of the object file as the IR sees it; one per name and unit."""

    def __init__(self, name: str) -> None:
        self.name = name                    # assembler name
        self.is_function = False
        self.local = False                  # internal linkage
        self.defined = False                # in this unit
        self.weak = False
        self.visibility = 0                 # STV_*
        self.tls_model = ""                 # "" not thread-local; else "global-dynamic" ... as ABI lowering may use
        self.align = 1                      # known alignment of the address
        self.size = -1                      # bytes of the object; -1 unknown
        self.readonly_data: DataObject | None = None    # contents if constant: loads from it fold
        self.referenced = False             # by code or data that is kept
        self.function: Function | None = None           # body in IR, if it is in this unit and still kept
        self.pure = 0
        self.noreturn = False
        self.cold = False
        self.returns_twice = False
        self.alias_of: GlobalSymbol | None = None
        self.error_message = ""             # __attribute__((error)): a call that survives is an error
        self.warning_message = ""
        self.decl_loc: Loc = NO_LOC
        self.malloc = False
        self.size_known_object = False      # `size` may be used by OBJSIZE
        self.no_plt = False
        self.far = False                    # may lie beyond the reach of a memory operand (`in_far_section`)
        self.ifunc = False                  # `alias_of` is called by the loader and returns the address


class StackSlot(Aux):
    """An object in the frame.  `index` is its number in `Function.slots`."""

    def __init__(self, index: int, size: int, align: int, name: str) -> None:
        self.index = index
        self.size = size
        self.align = align
        self.name = name
        self.escapes = True                 # kept by alias analysis
        self.user_variable = False
        self.variable: object | None = None # debug information's handle
        self.instance: Loc = NO_LOC         # which inlined copy of a function's variable it is (0: the function's own)
        self.is_array = False               # holds a char array: -fstack-protector-strong asks
        self.dead = False
        self.placed = False                 # part of an argument area: written or read by somebody else


class CallInfo(Aux):
    """What a CALL needs beyond its operands.  `arg_types[i]` is the C type of ext[i + has_result]
    (promoted, or the parameter's); if `result_address`, ext[0] is where a returned record goes."""

    def __init__(self, ftype: FunctionType, arg_types: list[Type], result_address: bool) -> None:
        self.ftype = ftype
        self.arg_types = arg_types
        self.result_address = result_address
        self.noreturn = False
        self.pure = 0
        self.returns_twice = False
        self.nontail = False
        self.static_chain = False           # last operand is the static chain (nested functions)
        self.always_inline = False
        self.pad: Block | None = None       # where an exception that passes through the call lands
        self.alloc_size: tuple[int, ...] = ()   # operands whose product is the size of the object that is allocated
        self.builtin = ""                   # canonical library name when the callee's meaning is known ("memcpy")


class AsmOperand:
    """One operand of inline assembly after lowering.  `constraint` as written, with modifiers;
    `ty` the IR type of a register operand; `tied` the output index an input shares a register with
    (or -1); `is_memory`: the IR operand is the address; `value_index` the index into ASM.ext, or -1 for a pure output;
    `register` a fixed register's name from a register variable, or ""; `early` for `&`; `upper` for the second word of an
    operand of two: it stands behind all others and has no number in the template."""

    def __init__(self, name: str, constraint: str, ty: int) -> None:
        self.name = name
        self.constraint = constraint
        self.ty = ty
        self.tied = -1
        self.is_memory = False
        self.is_output = False
        self.value_index = -1
        self.register = ""
        self.early = False
        self.upper = False
        self.loc: Loc = NO_LOC
        self.size = 0                       # bytes of the C operand (for modifiers and memory)


class AsmInfo(Aux):
    """Inline assembly.  `operands` in template order: outputs, inputs (a `+` output appears once more
    at the end of the inputs, tied), then labels (numbered after them in the template)."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.operands: list[AsmOperand] = []
        self.num_outputs = 0
        self.outputs: list[int] = []        # operand index of register result 0, 1, ...
        self.clobbers: list[str] = []
        self.clobbers_memory = False
        self.is_volatile = False
        self.is_basic = False               # no operands: `%` stands for itself
        self.label_blocks: list[Block] = []
        self.label_names: list[str] = []
        self.function_hint = ""


class SwitchCases(Aux):
    """`ranges[i]` = (low, high), inclusive, unsigned in the condition's type, goes to succs[targets[i]]."""

    def __init__(self) -> None:
        self.ranges: list[tuple[int, int]] = []
        self.targets: list[int] = []


class Intrinsic(Aux):
    """A named operation with side effects or target dependence: `return_address`, `frame_address`,
    `trap`, `clear_cache`, `setjmp`, `longjmp`, `thread_pointer`, or a target's own builtin.
    `pure` ones may be removed when unused."""

    def __init__(self, name: str, pure: bool) -> None:
        self.name = name
        self.pure = pure


class TypeRef(Aux):
    """A C type (VA_ARG)."""

    def __init__(self, ty: Type) -> None:
        self.ty = ty


class IntList(Aux):
    """Lane numbers of a SHUFFLE."""

    def __init__(self, values: list[int]) -> None:
        self.values = values


class Block(Aux):
    """Basic block.  `instrs` ends in exactly one terminator; PHIs come first.  `preds` may name a block
    more than once (two edges from a SWITCH); PHI operands follow its order."""

    def __init__(self, ident: int) -> None:
        self.id = ident
        self.instrs: list[Instr] = []
        self.preds: list[Block] = []
        self.succs: list[Block] = []
        self.address_taken = False
        self.frequency = 0.0
        self.loop_depth = 0
        self.order = 0                      # index in reverse post-order, set by cfg.order
        self.idom: Block | None = None
        self.cold = False
        self.name = ""
        self.mark = 0


class Binding:
    """From some point of the code on, a variable of the program has `value`; with `size`, only so many of its bytes from
    `offset` on.  `instance` says which inlined copy of its function the variable belongs to: where the copy's locations begin,
    0 for the function's own."""

    __slots__ = ("variable", "instance", "offset", "size", "value")

    def __init__(self, variable: object, instance: Loc, offset: int, size: int, value: Instr) -> None:
        self.variable = variable
        self.instance = instance
        self.offset = offset
        self.size = size
        self.value = value


class DebugValues:
    """With -g: what variables that live in no frame object are, by place (see `cc/ir/debug.py`).  Never read by a pass."""

    def __init__(self) -> None:
        self.after: dict[int, list[Binding]] = {}       # id of an instruction -> what holds after it
        self.starts: dict[int, list[Binding]] = {}      # id of a block -> what holds at its start
        self.order: list[tuple[Block, list[Instr]]] = []    # how the code stood when it was last looked at

    def bind(self, block: Block, binding: Binding) -> None:
        """`binding` holds from what is the end of `block` at the moment."""
        if block.instrs:
            self.after.setdefault(block.instrs[-1].id, []).append(binding)
        else:
            self.starts.setdefault(block.id, []).append(binding)


class Function:
    """One function.  `blocks[0]` is the entry and has no predecessor.  `consts` interns leaves."""

    def __init__(self, name: str, ftype: FunctionType, symbol: GlobalSymbol) -> None:
        self.name = name
        self.ftype = ftype
        self.symbol = symbol
        self.blocks: list[Block] = []
        self.slots: list[StackSlot] = []
        self.consts: dict[tuple[int, int, int], Instr] = {}
        self.globals: dict[tuple[int, int], Instr] = {}     # (id number of symbol in unit, offset)
        self.next_id = 1
        self.next_block = 0
        self.param_types: list[Type] = []
        self.variadic = False
        self.pointer_type = I64             # integer as wide as a pointer
        self.section = ""
        self.align = 0
        self.noinline = False
        self.noipa = False                  # callers know nothing of the body
        self.always_inline = False
        self.inline_hint = False            # declared inline
        self.flatten = False
        self.naked = False
        self.no_instrument = False          # -pg leaves it alone
        self.cold = False
        self.hot = False
        self.noreturn = False
        self.stack_protect = 0              # 0 none, 1 strong heuristics apply, 2 always
        self.patchable: tuple[int, int] | None = None
        self.calls_alloca = False
        self.returns_twice = False          # calls setjmp or the like
        self.uses_frame_address = False
        self.level = 2                      # optimisation level (0, 1, 2, 3)
        self.for_size = False
        self.interrupt = ""
        self.indirect_branch = ""           # as the attributes of these names say; "": as the options do
        self.function_return = ""
        self.loc: Loc = NO_LOC
        self.end_loc: Loc = NO_LOC
        self.loc_first: Loc = NO_LOC
        self.loc_last: Loc = NO_LOC
        self.order = 0                      # place in the output
        self.target_features: list[str] = []
        self.static_chain = False           # takes a static chain (nested function): PARAM with imm -1
        self.lowered_abi = False
        self.zero_call_used = ""
        self.sized_params: dict[int, tuple[int, int]] = {}  # pointer parameter -> (parameter that counts elements, bytes of one)
        self.object_sizes = False           # has OBJSIZE or markers of subobjects
        self.debug: DebugValues | None = None

    def new_block(self) -> Block:
        """An empty block, not yet in `blocks`."""
        b = Block(self.next_block)
        self.next_block += 1
        return b

    def instr(self, op: int, ty: int, a: Instr = NIL, b: Instr = NIL, imm: int = 0, loc: Loc = NO_LOC) -> Instr:
        """A new instruction, not yet in a block."""
        i = Instr(op, ty, self.next_id, imm, a, b, NO_EXT, loc)
        self.next_id += 1
        return i

    def const(self, ty: int, value: int) -> Instr:
        """The constant `value`, reduced to the width of `ty`."""
        bits = TYPE_BITS[ty]
        if ty == PTR:
            bits = TYPE_BITS[self.pointer_type]
        value &= (1 << bits) - 1
        key = (CONST, ty, value)
        c = self.consts.get(key)
        if c is None:
            c = self.instr(CONST, ty, NIL, NIL, value)
            self.consts[key] = c
        return c

    def fconst(self, ty: int, bits: int) -> Instr:
        """The floating constant with encoding `bits`."""
        key = (FCONST, ty, bits)
        c = self.consts.get(key)
        if c is None:
            c = self.instr(FCONST, ty, NIL, NIL, bits)
            self.consts[key] = c
        return c

    def undef(self, ty: int) -> Instr:
        """The undefined value of a type."""
        key = (UNDEF, ty, 0)
        c = self.consts.get(key)
        if c is None:
            c = self.instr(UNDEF, ty)
            self.consts[key] = c
        return c

    def global_address(self, symbol: GlobalSymbol, offset: int = 0) -> Instr:
        """Address of `symbol` + `offset`: a leaf, one per (symbol, offset)."""
        key = (id(symbol), offset)
        g = self.globals.get(key)
        if g is None:
            g = self.instr(GLOBAL, PTR, NIL, NIL, offset)
            g.aux = symbol
            self.globals[key] = g
        return g

    def slot_address(self, slot: StackSlot, offset: int = 0) -> Instr:
        """Address inside a frame object: a leaf; slots are keyed by negative numbers beside the globals."""
        key = (-1 - slot.index, offset)
        g = self.globals.get(key)
        if g is None:
            g = self.instr(SLOT, PTR, NIL, NIL, offset)
            g.aux = slot
            self.globals[key] = g
        return g

    def label_address(self, block: Block) -> Instr:
        """Address of `block` (&&label): a leaf; marks the block."""
        block.address_taken = True
        key = (LABEL, PTR, block.id)
        c = self.consts.get(key)
        if c is None:
            c = self.instr(LABEL, PTR)
            c.aux = block
            self.consts[key] = c
        return c

    def new_slot(self, size: int, align: int, name: str = "") -> StackSlot:
        """A new object in the frame."""
        s = StackSlot(len(self.slots), size, align, name)
        self.slots.append(s)
        return s

    def dispose(self) -> None:
        """Take the body apart: its parts refer to each other in circles, which only the garbage collector would free."""
        for b in self.blocks:
            for i in b.instrs:
                i.a = NIL
                i.b = NIL
                i.ext = NO_EXT
                i.fwd = NIL
                i.aux = None
            b.instrs = []
            b.preds = []
            b.succs = []
            b.idom = None
        self.blocks = []
        self.slots = []
        self.consts = {}
        self.globals = {}


class DataObject:
    """A datum for the object file: `data` with relocations (byte offset, size, symbol, addend)."""

    def __init__(self, symbol: GlobalSymbol, section: str, align: int, data: bytes | bytearray) -> None:
        self.symbol = symbol
        self.section = section              # explicit section, or "" to choose by the flags below
        self.align = align
        self.data = data
        self.size = len(data)               # > len(data): zero-filled rest; data empty: .bss
        self.relocations: list[tuple[int, int, GlobalSymbol, int]] = []
        self.differences: list[tuple[int, int, str, str, int]] = []     # offset, size, label a - label b + addend (names)
        self.patched = 0                    # no relocation or difference lies behind this offset
        self.readonly = False
        self.tls = False
        self.common = False
        self.merge = 0                      # entity size of a mergeable constant; 0 not mergeable
        self.strings = False                # mergeable and NUL-terminated
        self.zero = False                   # all bytes zero
        self.order = 0
        self.loc: Loc = NO_LOC
        self.used = False


def resolve(v: Instr) -> Instr:
    """The value that stands for `v` now, with path compression."""
    f = v.fwd
    if f.op == NIL_OP:
        return v
    while True:
        n = f.fwd
        if n.op == NIL_OP:
            break
        f = n
    while v is not f:
        n = v.fwd
        v.fwd = f
        v = n
    return f
