"""Machine IR: what selection makes, the register allocator rewrites, and `emit` hands to a Streamer.

An instruction is an opcode number and packed operands (`mc/model/operand.py`): registers (virtual
ones from `FIRST_VIRTUAL` up), immediates, entries of the function's expression table, frame slots,
blocks.  Opcodes below `FIRST_TARGET` are the pseudo operations all targets share; then come the
target's own pseudo operations, and from `ROW_BASE` on the rows of its ISA: opcode = row + ROW_BASE.

What an opcode reads and writes is in its `OpDesc`, one list indexed by opcode.  A two-address
operand is one position that is both read and written: selection copies the first source into the
destination before it, and the allocator removes that copy where it can.  Virtual registers may
therefore be written more than once (phi elimination does so too).

Calls, inline asm and whatever else has operands that no table can tell carry an `Effects`.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from toolchain.cc.ir.ir import DataObject, Function
from toolchain.diagnostics import NO_LOC, Loc
from toolchain.mc.model.expr import Expr, MCSymbol
from toolchain.mc.model.operand import BLOCK as BLOCK_KIND
from toolchain.mc.model.operand import EXPR, FIRST_VIRTUAL, KIND_MASK, REG, SHIFT

if TYPE_CHECKING:
    from toolchain.cc.codegen.variables import VariableTracker

# ------------------------------------------------------------------ shared pseudo operations
NOP: Final = 0              # nothing; dropped by emit
COPY: Final = 1             # register, register (same class)
UNDEF: Final = 2            # register: any value
FRAME_ADDRESS: Final = 3    # register, SLOT, IMM offset
SPILL: Final = 4            # register, SLOT
RELOAD: Final = 5           # register, SLOT
JUMP: Final = 6             # BLOCK
ASM: Final = 7              # effects: AsmEffects
RETURN: Final = 8           # effects: implicit uses; epilogue goes before it
CALL: Final = 9             # EXPR or register of the callee; effects
TAIL_CALL: Final = 10       # as CALL; epilogue goes before it
UNREACHABLE: Final = 11     # end of a block that is never reached
JUMP_TABLE: Final = 12      # target's rows before it have computed the address: register; aux targets (Effects.targets)
FIRST_TARGET: Final = 32
ROW_BASE: Final = 128

# ------------------------------------------------------------------ OpDesc.flags
D_CALL: Final = 1
D_BRANCH: Final = 2         # may go to its BLOCK operand, else falls through
D_TERMINATOR: Final = 4     # nothing but terminators may follow
D_COPY: Final = 8
D_LOAD: Final = 16
D_STORE: Final = 32
D_EFFECT: Final = 64        # must stay although nothing reads its result
D_BARRIER: Final = 128      # control never goes on to the next instruction
D_REMAT: Final = 256        # no register sources: may be repeated instead of spilled

# MachineInstr.flags
F_FRAME_SETUP: Final = 1    # prologue
F_FRAME_DESTROY: Final = 2  # epilogue
F_NO_REMAT: Final = 4
F_DEAD: Final = 8           # a repeatable definition that is only made again elsewhere
F_NARROW: Final = 16        # COPY, SPILL, RELOAD: 32 bits are enough; what gets the value has zeros above, or nobody looks there


class OpDesc:
    """Facts of one opcode.  `defs` and `uses` are operand positions that may hold registers (a
    two-address position is in both), `early` the positions written before all sources are read.
    `clobbers`, `implicit_uses`, `implicit_defs` are bit sets of machine registers.
    `classes[i]` is the register class operand i must have, -1 for no register."""

    def __init__(self, name: str, defs: tuple[int, ...], uses: tuple[int, ...], flags: int = 0, clobbers: int = 0,
                 implicit_uses: int = 0, implicit_defs: int = 0, early: tuple[int, ...] = ()) -> None:
        self.name = name
        self.defs = defs
        self.uses = uses
        self.flags = flags
        self.clobbers = clobbers
        self.implicit_uses = implicit_uses
        self.implicit_defs = implicit_defs
        self.early = early
        self.classes: tuple[int, ...] = ()


SHARED_DESCS: Final = (
    OpDesc("nop", (), ()),
    OpDesc("copy", (0,), (1,), D_COPY),
    OpDesc("undef", (0,), (), D_REMAT),
    OpDesc("frame_address", (0,), (), D_REMAT),
    OpDesc("spill", (), (0,), D_STORE),
    OpDesc("reload", (0,), (), D_LOAD),
    OpDesc("jump", (), (), D_BRANCH | D_TERMINATOR | D_BARRIER),
    OpDesc("asm", (), (), D_EFFECT),
    OpDesc("return", (), (), D_TERMINATOR | D_BARRIER | D_EFFECT),
    OpDesc("call", (), (), D_CALL | D_EFFECT),
    OpDesc("tail_call", (), (), D_TERMINATOR | D_BARRIER | D_EFFECT),
    OpDesc("unreachable", (), (), D_TERMINATOR | D_BARRIER | D_EFFECT),
    OpDesc("jump_table", (), (0,), D_TERMINATOR | D_BARRIER | D_EFFECT),
)


def descriptors(pseudo: Sequence[OpDesc], rows: Sequence[OpDesc]) -> list[OpDesc]:
    """A target's descriptors by opcode: the shared ones, those of its pseudo operations and of its ISA's rows."""
    out = [OpDesc("", (), ())] * ROW_BASE
    out[:len(SHARED_DESCS)] = SHARED_DESCS
    out[FIRST_TARGET:FIRST_TARGET + len(pseudo)] = pseudo
    out += rows
    return out


class Effects:
    """Operands and registers that the opcode's table row cannot tell: `defs`, `uses`, `early` are
    operand positions, `implicit_uses`/`implicit_defs` machine register numbers, `clobbers` a bit set
    of machine registers that are lost.  `standard_call` says the clobbers are the target's usual ones."""

    def __init__(self) -> None:
        self.defs: list[int] = []
        self.uses: list[int] = []
        self.early: list[int] = []
        self.implicit_uses: list[int] = []
        self.implicit_defs: list[int] = []
        self.clobbers = 0
        self.standard_call = False
        self.targets: list[int] = []        # numbers of blocks this may jump to (JUMP_TABLE, asm goto)
        self.table: JumpTable | None = None
        self.noreturn = False
        self.variadic = False
        self.pad = -1                       # number of the block where an exception lands that passes through the call
        self.asm: AsmText | None = None


class AsmText:
    """What emission of inline asm needs: the template and, per template operand, its kind, where its
    packed operands start in `ops`, its C size in bytes and IR type."""

    def __init__(self, template: str, dialect: int) -> None:
        self.template = template
        self.dialect = dialect
        self.basic = False                  # no operands: `%` and braces stand for themselves
        self.names: list[str] = []
        self.kinds: list[str] = []          # "register", "memory", "immediate", "symbol", "label"
        self.first: list[int] = []          # index of the operand's first packed int
        self.sizes: list[int] = []
        self.types: list[int] = []
        self.letters: list[str] = []


class JumpTable:
    """Targets of a table jump, as block numbers in order; `symbol` labels the table once it is emitted.  `absolute`: the entries are
    addresses of a word each, not distances."""

    def __init__(self, targets: list[int]) -> None:
        self.targets = targets
        self.symbol: MCSymbol | None = None
        self.anchor: MCSymbol | None = None
        self.absolute = False


class MachineInstr:
    """One machine instruction."""

    __slots__ = ("op", "ops", "loc", "flags", "effects")

    def __init__(self, op: int, ops: list[int], loc: Loc = NO_LOC, effects: Effects | None = None) -> None:
        self.op = op
        self.ops = ops
        self.loc = loc
        self.flags = 0
        self.effects = effects


class MachineBlock:
    """Straight code; control enters at the top.  `number` indexes `MachineFunction.blocks` for good,
    whatever the order of emission."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.instrs: list[MachineInstr] = []
        self.preds: list[MachineBlock] = []
        self.succs: list[MachineBlock] = []
        self.depth = 0                      # loop nesting
        self.is_header = False              # of a loop
        self.frequency = 1.0
        self.cold = False
        self.address_taken = False
        self.label_name = ""                # fixed name of the label, if data refers to it
        self.symbol: MCSymbol | None = None
        self.first = 0                      # positions, while the allocator runs
        self.last = 0
        self.live_in = 0
        self.live_out = 0
        self.align = 0


# FrameSlot.kind
LOCAL: Final = 0
SPILL_SLOT: Final = 1
INCOMING: Final = 2         # `offset` counts from the stack pointer at entry
OUTGOING: Final = 3         # `offset` counts from the stack pointer


class FrameSlot:
    """A piece of the frame.  `offset` is set by frame layout (see the kinds for who sets it before)."""

    def __init__(self, index: int, size: int, align: int, kind: int) -> None:
        self.index = index
        self.size = size
        self.align = align
        self.kind = kind
        self.offset = 0
        self.name = ""
        self.used = kind == INCOMING
        self.is_array = False
        self.is_guard = False
        self.placed = False                 # frame layout gave it an offset


class MachineFunction:
    """One function in machine IR.  `order` is the order of emission."""

    def __init__(self, source: Function) -> None:
        self.source = source
        self.name = source.name
        self.blocks: list[MachineBlock] = []
        self.order: list[MachineBlock] = []
        self.slots: list[FrameSlot] = []
        self.vreg_class: list[int] = []             # by virtual register number - FIRST_VIRTUAL
        self.vreg_narrow: list[bool] = []           # moves of it may be F_NARROW
        self.expressions: list[Expr] = []
        self.tables: list[JumpTable] = []
        self.constants: list[DataObject] = []
        self.outgoing_bytes = 0                     # for arguments on the stack
        self.has_calls = False
        self.has_alloca = False
        self.needs_frame_pointer = False
        self.saves_return_address = False
        self.used_registers = 0                     # machine registers written anywhere
        self.frame_size = 0
        self.register_save_bytes = 0                # variadic register save area, at the top of the frame
        self.reserved = 0                           # machine registers this function must not allocate
        self.saved: list[int] = []                  # registers that prologue and epilogue save, in order
        self.saved_vectors: list[tuple[int, int]] = []      # registers that are saved among the frame's objects, and where
        self.dynamic_slots: list[int] = []          # slots that stand for "just above the argument area"
        self.realign = 0                            # alignment of the frame if above the stack's
        self.incoming_bytes = 0                     # stack arguments of the function itself
        self.pads: list[int] = []                   # numbers of the blocks where exceptions land
        self.pop_bytes = 0                          # bytes that the callee pops
        self.far_frame = False                      # offsets in it need more than 32 bits
        self.pointer_bytes = 8
        self.pic_base = 0                           # register with the address of the GOT, 0: nobody asked (packed operand)
        self.pad_bases: dict[int, int] = {}         # the same for blocks that only unwinding reaches, by block number
        self.unwinding: set[int] | None = None      # IR blocks that only unwinding reaches, once somebody asked
        self.variables: VariableTracker | None = None       # with -g

    def new_vreg(self, register_class: int) -> int:
        """A fresh virtual register, as a packed operand."""
        n = len(self.vreg_class)
        self.vreg_class.append(register_class)
        self.vreg_narrow.append(False)
        return (n + FIRST_VIRTUAL) << SHIFT

    def new_block(self) -> MachineBlock:
        """A fresh block; not in `order`."""
        b = MachineBlock(len(self.blocks))
        self.blocks.append(b)
        return b

    def new_slot(self, size: int, align: int, kind: int) -> FrameSlot:
        """A fresh frame slot."""
        s = FrameSlot(len(self.slots), size, align, kind)
        self.slots.append(s)
        return s

    def dispose(self) -> None:
        """Take the body apart: blocks refer to each other in circles, which only the garbage collector would free."""
        for b in self.blocks:
            b.instrs = []
            b.preds = []
            b.succs = []
        self.blocks = []
        self.order = []

    def expression(self, e: Expr) -> int:
        """Packed operand for a symbolic value."""
        self.expressions.append(e)
        return (len(self.expressions) - 1) << SHIFT | EXPR

    def operand_key(self, o: int) -> str:
        """Equal for equal operands; "" for an expression without a symbol, which cannot be compared."""
        if o & KIND_MASK != EXPR:
            return str(o)
        x = self.expressions[o >> SHIFT]
        return "" if x.symbol is None else f"{x.symbol.name}+{x.value}{x.modifier}"


def is_virtual(operand: int) -> bool:
    """Whether a packed operand is a virtual register."""
    return operand & KIND_MASK == REG and operand >= FIRST_VIRTUAL << SHIFT


def link(pred: MachineBlock, succ: MachineBlock) -> None:
    """Add the edge."""
    pred.succs.append(succ)
    succ.preds.append(pred)


def retarget(i: MachineInstr, old: int, new: int) -> None:
    """Replace block number `old` by `new` in a terminator's operands, table or labels."""
    a = old << SHIFT | BLOCK_KIND
    b = new << SHIFT | BLOCK_KIND
    ops = i.ops
    for k in range(len(ops)):
        if ops[k] == a:
            ops[k] = b
    e = i.effects
    if e is None:
        return
    e.targets = [new if t == old else t for t in e.targets]
    if e.table is not None:
        e.table.targets = [new if t == old else t for t in e.table.targets]


def dump(f: MachineFunction, descs: list[OpDesc]) -> str:
    """Text for people and tests: one instruction a line, operands as `%12` (virtual), `r5`, `#3`, `$0` (slot), `b1`."""
    out = [f"function {f.name}"]
    for b in f.order:
        out.append(f"b{b.number}: -> {' '.join(f'b{s.number}' for s in b.succs)}")
        for i in b.instrs:
            out.append(f"    {descs[i.op].name} {', '.join(operand_text(o) for o in i.ops)}")
    return "\n".join(out) + "\n"


def operand_text(o: int) -> str:
    """One packed operand, for `dump`."""
    n = o >> SHIFT
    if o & KIND_MASK == REG:
        return f"%{n - FIRST_VIRTUAL}" if n >= FIRST_VIRTUAL else f"r{n}"
    return "?#e$b???"[o & KIND_MASK] + str(n)
