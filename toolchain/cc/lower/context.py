"""The state of lowering one function, and the primitives everything else is written with.

Local variables are of three kinds (`Variable`): SSA variables of the builder; stack slots (address
taken, volatile, memory types, everything named at -O0 and in functions that call setjmp); objects
behind a pointer (variable length arrays, variables of an enclosing function).
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir import ir
from toolchain.cc.ir.builder import SSABuilder
from toolchain.cc.ir.debug import ArrayAddress, FrameRecord
from toolchain.cc.ir.fold import FAR, simplify
from toolchain.cc.ir.ir import NIL, Binding, Block, Function, Instr, StackSlot
from toolchain.cc.lower.module import Module, type_quals
from toolchain.cc.lower.typemap import is_memory
from toolchain.cc.parse.ast import FunctionDef, Label, Symbol, VlaDecl
from toolchain.cc.types import ARRAY, VOLATILE, Member, RecordType, Type, align_of, size_of
from toolchain.diagnostics import NO_LOC, Loc

V_SSA: Final = 0
V_SLOT: Final = 1
V_POINTER: Final = 2


class Variable:
    """Where a local variable lives.  V_SSA: builder's variable `index`; V_SLOT: `slot`; V_POINTER:
    the builder's variable `index` holds its address, or `address` does (enclosing function's frame)."""

    def __init__(self, kind: int, index: int, slot: StackSlot | None, ty: int) -> None:
        self.kind = kind
        self.index = index
        self.slot = slot
        self.ty = ty
        self.address: Instr = NIL


L_MEMORY: Final = 0
L_VARIABLE: Final = 1
L_BITS: Final = 2
L_REGISTER: Final = 3


class LValue:
    """An object that can be read and written.

    L_MEMORY: at `base` + `offset`, alignment `align`.  L_VARIABLE: SSA variable `index`.  L_BITS: bit-field of `width`
    bits that starts `bit` bits after `base` + `offset`; accesses stay within bytes [low, high) of the record, which
    starts at `base` + `record`.  L_REGISTER: global register variable `register`.  `reversed`: in the order of bytes that is not the target's."""

    __slots__ = ("kind", "ty", "ir_type", "base", "offset", "align", "flags", "index", "bit", "width", "record", "low", "high", "register",
                 "reversed")

    def __init__(self, kind: int, ty: Type, ir_type: int) -> None:
        self.kind = kind
        self.ty = ty
        self.ir_type = ir_type
        self.base: Instr = NIL
        self.offset = 0
        self.align = 1
        self.flags = 0
        self.index = -1
        self.bit = 0
        self.width = 0
        self.record = 0
        self.low = 0
        self.high = 0
        self.register = ""
        self.reversed = False


class Scope:
    """Something to do when control leaves the rest of a block: clean up `variable` with `function`, or restore
    the stack pointer `saved_stack` (after a variable length array)."""

    def __init__(self, variable: Symbol | None, function: Symbol | None, saved_stack: Instr) -> None:
        self.variable = variable
        self.function = function
        self.saved_stack = saved_stack
        self.pad: LandingPad | None = None


class LandingPad:
    """Where unwinding enters the function to run the cleanup of `scope`: `block`, then `chain` (which inner ones join); `outer` are
    the scopes around it."""

    def __init__(self, block: Block, chain: Block, scope: Scope, outer: list[Scope]) -> None:
        self.block = block
        self.chain = chain
        self.scope = scope
        self.outer = outer


class Target:
    """Where `break` or `continue` goes: the block, and how many of `Fn.scopes` stay open."""

    def __init__(self, block: Block, depth: int) -> None:
        self.block = block
        self.depth = depth


class LabelState:
    """A label: its block, and once it is defined the scopes around it; jumps that wait for that."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.scopes: list[Scope] | None = None
        self.waiting: list[tuple[Block, list[Scope]]] = []


class Frame(FrameRecord):
    """Variables of a function that its nested functions use: one record in its frame.  `offsets`
    maps symbols to bytes; the record starts with the function's own static chain."""

    def __init__(self, slot: StackSlot, outer: Frame | None) -> None:
        super().__init__()
        self.slot = slot
        self.outer = outer
        self.labels: list[tuple[Label, int]] = []   # labels that nested functions jump to, and the offset of their jump buffer


class Fn:
    """Lowering of one function.  See the module's docstring."""

    def __init__(self, module: Module, function: Function, definition: FunctionDef | None) -> None:
        self.module = module
        self.types = module.types
        self.layout = module.layout
        self.pointer_type = module.types.pointer_type
        self.function = function
        self.definition = definition
        self.ssa = SSABuilder(function)
        self.loc: Loc = NO_LOC
        self.marks_subobjects = definition is not None and definition.asks_subobjects
        self.variables: dict[Symbol, Variable] = {}
        self.scopes: list[Scope] = []
        self.breaks: list[Target] = []
        self.continues: list[Target] = []
        self.labels: dict[Label, LabelState] = {}
        self.cases: dict[object, Block] = {}
        self.arrays: dict[Symbol, ArrayAddress] = {}        # variable length arrays
        self.shown: dict[object, StackSlot] = {}            # what is kept in memory for debug information
        self.vla_counts: dict[int, int] = {}        # vla_index -> SSA variable with the count
        self.vla_owners: dict[int, VlaDecl] = {}    # vla_index -> the declaration that evaluates the count
        self.anchors: dict[RecordType, list[int]] = {}      # variable record -> SSA variables with the places of its anchors
        self.dispatch: Block | None = None          # the block of the one computed goto
        self.dispatch_variable = -1
        self.frame: Frame | None = None
        self.outer_frame: Frame | None = None
        self.chain: Instr = NIL
        self.label_blocks: list[Block] = []
        self.unwinds = module.options.flag("exceptions", False)
        self.pads: list[LandingPad] = []
        self.instrumented = False                   # -finstrument-functions: entry and exit are reported
        self.returns_twice = definition is not None and (definition.calls_setjmp or any(x.nonlocal_jump for x in definition.labels))
        """Control may come back to a place in this function from outside: its variables stay in memory, as if volatile."""
        self.keep_in_slots = function.level == 0 or self.returns_twice
        self.entry = self.add_block()
        self.seal(self.entry)
        self.block = self.entry

    # ------------------------------------------------------------ blocks and edges
    def add_block(self) -> Block:
        """A new block at the end of the function, not sealed; nothing goes there yet."""
        b = self.function.new_block()
        self.function.blocks.append(b)
        return b

    def seal(self, block: Block) -> None:
        """All predecessors of `block` are known now."""
        self.ssa.seal_block(block)

    def start(self, block: Block, sealed: bool = True) -> None:
        """Continue in `block`."""
        if sealed:
            self.seal(block)
        self.block = block

    def link(self, block: Block) -> None:
        """An edge from the current block."""
        self.block.succs.append(block)
        block.preds.append(self.block)

    def jump(self, block: Block) -> None:
        """End the current block with a jump; what follows, until a block starts, is unreachable."""
        self.emit(ir.JUMP, ir.VOID)
        self.link(block)
        self.dead()

    def branch(self, condition: Instr, yes: Block, no: Block, probability: int = 0) -> None:
        """End the current block: to `yes` if the integer `condition` is not 0, else to `no`."""
        if condition.op == ir.CONST or yes is no:
            self.jump(yes if condition.op != ir.CONST or condition.imm else no)
            return
        self.emit(ir.BRANCH, ir.VOID, condition, NIL, probability)
        self.link(yes)
        self.link(no)
        self.dead()

    def unreachable(self) -> None:
        """Control never comes here."""
        self.emit(ir.UNREACHABLE, ir.VOID)
        self.dead()

    def dead(self) -> None:
        """Go on in a block that nothing reaches."""
        self.block = self.add_block()
        self.seal(self.block)

    # ------------------------------------------------------------ instructions
    def emit(self, op: int, ty: int, a: Instr = NIL, b: Instr = NIL, imm: int = 0) -> Instr:
        """Append an instruction to the current block; pure ones are folded first."""
        f = self.function
        i = Instr(op, ty, f.next_id, imm, a, b, ir.NO_EXT, self.loc)
        f.next_id += 1
        if op < ir.PHI:
            v = simplify(f, i)
            if v is not i:
                return v
        self.block.instrs.append(i)
        return i

    def const(self, ty: int, value: int) -> Instr:
        """An integer or pointer constant."""
        return self.function.const(ty, value)

    def int32(self, value: int) -> Instr:
        """A constant of type I32."""
        return self.function.const(ir.I32, value)

    def word(self, value: int) -> Instr:
        """A constant as wide as a pointer."""
        return self.function.const(self.pointer_type, value)

    def offset(self, address: Instr, offset: int) -> Instr:
        """`address` + constant."""
        if offset == 0:
            return address
        if address.op == ir.GLOBAL and isinstance(address.aux, ir.GlobalSymbol) and -FAR <= address.imm + offset < FAR:
            return self.function.global_address(address.aux, address.imm + offset)
        if address.op == ir.SLOT and isinstance(address.aux, StackSlot):
            return self.function.slot_address(address.aux, address.imm + offset)
        return self.emit(ir.ADD, ir.PTR, address, self.word(offset))

    def select(self, condition: Instr, yes: Instr, no: Instr) -> Instr:
        """`condition ? yes : no`, both computed."""
        i = self.function.instr(ir.SELECT, yes.ty, condition, yes, 0, self.loc)
        i.ext = [no]
        v = simplify(self.function, i)
        if v is i:
            self.block.instrs.append(i)
        return v

    def load(self, ty: int, address: Instr, offset: int = 0, flags: int = 0) -> Instr:
        """Load a scalar."""
        i = self.emit(ir.LOAD, ty, address, NIL, offset)
        i.flags = flags
        return i

    def store(self, value: Instr, address: Instr, offset: int = 0, flags: int = 0) -> None:
        """Store a scalar."""
        self.emit(ir.STORE, ir.VOID, address, value, offset).flags = flags

    def align_flag(self, align: int, ty: int) -> int:
        """Flag bits that say how an access of type `ty` is aligned; 0 if naturally."""
        natural = self.types.memory_size(ty) if ty != ir.F80 else self.layout.ldouble_align
        if align >= min(natural, self.layout.ldouble_align if natural == 16 else natural):
            return 0
        return align.bit_length() << ir.ALIGN_SHIFT

    def copy(self, destination: Instr, source: Instr, size: int, align: int, flags: int = 0) -> None:
        """Copy `size` bytes between places that are disjoint or the same."""
        if size > 0 and destination is not source:
            self.emit(ir.MEMCPY, ir.VOID, destination, source, size).flags = flags | align.bit_length() << ir.ALIGN_SHIFT

    def clear(self, destination: Instr, size: int, align: int, byte: int = 0) -> None:
        """Fill `size` bytes."""
        if size > 0:
            self.emit(ir.MEMSET, ir.VOID, destination, self.const(ir.I8, byte), size).flags = align.bit_length() << ir.ALIGN_SHIFT

    def temporary(self, t: Type) -> Instr:
        """Address of a new nameless object of type `t`."""
        return self.function.slot_address(self.function.new_slot(max(size_of(t), 1), align_of(t)))

    # ------------------------------------------------------------ variables
    def new_variable(self, ty: int) -> int:
        """A new variable of the SSA builder."""
        return self.ssa.new_variable(ty)

    def write(self, variable: int, value: Instr) -> None:
        """Assign to a variable of the SSA builder."""
        self.ssa.write_variable(self.block, variable, value)

    def read(self, variable: int) -> Instr:
        """Current value of a variable of the SSA builder."""
        return self.ssa.read_variable(self.block, variable)

    def wants_slot(self, s: Symbol) -> bool:
        """Whether a local variable must live in memory."""
        if s.asm_name:
            return is_memory(s.ty)          # a vector; operands of inline assembly are moved to the register
        return (self.keep_in_slots and bool(s.name) or s.address_taken or is_memory(s.ty)
                or bool(type_quals(s.ty) & VOLATILE) or self.unwinds and s.attrs.cleanup is not None)

    def landing_pad(self) -> LandingPad | None:
        """Where an exception lands that a call at this place lets through."""
        for k in range(len(self.scopes) - 1, -1, -1):
            pad = self.scopes[k].pad
            if pad is not None:
                return pad
        return None

    def declare(self, s: Symbol) -> Variable:
        """Give a local variable its place, once per function."""
        v = self.variables.get(s)
        if v is not None:
            return v
        ty = self.types.ir_type(s.ty)
        if s.captured and self.frame is not None:
            v = Variable(V_POINTER, -1, None, ty)
            v.address = self.frame_member(self.frame, s)
        elif self.wants_slot(s):
            size = size_of(s.ty)
            if s.init is not None:
                size = max(size, s.init.size)
            slot = self.function.new_slot(max(size, 1), max(align_of(s.ty), s.attrs.aligned, 1), s.name)
            slot.user_variable = bool(s.name)
            slot.is_array = has_array(s.ty)
            slot.variable = s
            v = Variable(V_SLOT, -1, slot, ty)
        else:
            v = Variable(V_SSA, self.new_variable(ty), None, ty)
            if self.function.debug is not None and s.name:
                self.ssa.names[v.index] = Binding(s, NO_LOC, 0, 0, NIL)
        self.variables[s] = v
        return v

    def tell_debugger(self, variable: int, handle: object) -> None:
        """Debug information is to say what the SSA variable is, where it says so of SSA values."""
        if self.function.debug is not None and not self.keep_in_slots:
            self.ssa.names[variable] = Binding(handle, NO_LOC, 0, 0, NIL)

    def show_debugger(self, handle: object, value: Instr) -> None:
        """Where variables stay in memory, so does what debug information has to know of them."""
        if not self.keep_in_slots:
            return
        slot = self.shown.get(handle)
        if slot is None:
            slot = self.function.new_slot(self.layout.pointer_size, self.layout.pointer_size)
            slot.user_variable = True
            slot.variable = handle
            self.shown[handle] = slot
        self.store(value, self.function.slot_address(slot))

    def frame_member(self, frame: Frame, s: Symbol) -> Instr:
        """Address of captured variable `s` in this function's frame record."""
        slot = frame.slot
        offset = frame.offsets.get(s)
        if offset is None:
            align = max(align_of(s.ty), s.attrs.aligned, 1)
            size = size_of(s.ty)
            if size < 0:
                size = align = self.layout.pointer_size
                frame.indirect.add(s)
            offset = -(-slot.size // align) * align
            slot.size = offset + max(size, 1)
            slot.align = max(slot.align, align)
            frame.offsets[s] = offset
        return self.function.slot_address(slot, offset)

    def memory(self, t: Type, base: Instr, offset: int, align: int) -> LValue:
        """The object of type `t` at `base` + `offset`."""
        lv = LValue(L_MEMORY, t, self.types.ir_type(t))
        lv.base = base
        lv.offset = offset
        lv.align = align
        if type_quals(t) & VOLATILE:
            lv.flags = ir.VOLATILE
        return lv

    def error(self, loc: Loc, message: str) -> None:
        """Report an error."""
        self.module.diagnostics.error(loc, message)


def has_array(t: Type) -> bool:
    """An array, or a record with one inside (-fstack-protector-strong guards functions that have such)."""
    u = t.unq
    if isinstance(u, RecordType):
        return any(has_array(m.ty) for m in u.members)
    return u.kind == ARRAY


def member_region(members: list[Member], member: Member, record_size: int) -> tuple[int, int]:
    """Bytes [low, high) of a record that an access to bit-field `member` may touch: the run of
    adjacent bit-fields around it (C11 3.14: a memory location), up to the next ordinary member."""
    first = member.offset * 8 + member.bit_offset
    low, high = 0, record_size
    for other in members:
        if other.bit_width >= 0:
            continue
        size = size_of(other.ty)
        if other.offset * 8 <= first:
            if size > 0 and other.offset + size <= (first >> 3):
                low = max(low, other.offset + size)
        elif other.offset >= (first + member.bit_width + 7) >> 3:
            high = min(high, other.offset)
    return low, high
