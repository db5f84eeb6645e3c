"""The back end's side of a target.

`BackTarget` is the base class of every target: facts as attributes, and the few functions that build
machine instructions.  The shared rooms ask it and never ask which target it is.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from toolchain.cc.ir.ir import I64, Aux, CallInfo, GlobalSymbol, Instr
from toolchain.cc.options import CompileOptions
from toolchain.cc.types import FunctionType, TargetLayout, Type
from toolchain.mc.model.expr import Expr

if TYPE_CHECKING:
    from toolchain.cc.codegen.abi import AbiLowering, FunctionAbi
    from toolchain.cc.codegen.build import IrBuilder
    from toolchain.cc.codegen.emit import Emitter
    from toolchain.cc.codegen.mir import AsmText, Effects, FrameSlot, MachineFunction, MachineInstr, OpDesc
    from toolchain.cc.codegen.select import Selector
    from toolchain.mc.model.streamer import Streamer

# Answers of `BackTarget.legal`.
LEGAL: Final = 0        # selection has a pattern
EXPAND: Final = 1       # a sequence of other operations
LIBCALL: Final = 2      # a support routine
SPLIT: Final = 3        # the type is as wide as two words: pairs


class RegisterClass:
    """Registers that can stand for one another.  `order` is the order of preference, caller-saved
    ones first; `mask` the bit set of them; `spill_size` bytes of a spill slot."""

    def __init__(self, number: int, name: str, order: list[int], spill_size: int) -> None:
        self.number = number
        self.name = name
        self.order = order
        self.mask = 0
        for r in order:
            self.mask |= 1 << r
        self.spill_size = spill_size


class Piece:
    """One part of an argument or result: `offset` in bytes inside the C object, `size` bytes of it that
    matter, `ty` the IR type that travels; in machine register `register`, or at `stack` bytes from the
    start of the argument area.  `zero_bits`/`sign_bits`: the value arrives zero- or sign-extended from
    that many bits to the whole register (0: upper bits are not known)."""

    def __init__(self, offset: int, size: int, ty: int, register: int, stack: int = -1) -> None:
        self.offset = offset
        self.size = size
        self.ty = ty
        self.register = register
        self.stack = stack
        self.zero_bits = 0
        self.sign_bits = 0


# ArgPlan.kind
DIRECT: Final = 0       # pieces hold the value's bytes
INDIRECT: Final = 1     # one piece holds the address of a copy that the callee may change
ON_STACK: Final = 2     # the record's bytes stand in the argument area at `stack`
IGNORE: Final = 3       # takes no place (empty records)


class ArgPlan:
    """How one argument or result travels."""

    def __init__(self, kind: int, pieces: list[Piece]) -> None:
        self.kind = kind
        self.pieces = pieces
        self.stack = 0
        self.size = 0
        self.align = 1              # of the place on the stack, where a callee may ask for more than the stack's
        self.signed = False


class Signature:
    """How a call passes its arguments and result.

    `result.kind` INDIRECT: the caller passes the address in `result.pieces[0]`; if `returns_address`
    the callee returns it in `address_register`.  `stack_bytes` is the size of the argument area.
    `next_registers` and `next_stack` tell where variable arguments go on (target's own meaning)."""

    def __init__(self) -> None:
        self.args: list[ArgPlan] = []
        self.result = ArgPlan(IGNORE, [])
        self.stack_bytes = 0
        self.address_register = -1
        self.next_registers: list[int] = []
        self.next_stack = 0
        self.variadic = False
        self.vector_registers = 0       # number of vector registers used: variadic callees of some targets want to know it
        self.callee_pops = 0
        self.static_chain = -1          # register of the static chain


class LoweredCall(Aux):
    """`Instr.aux` of a CALL after ABI lowering: ext[i] goes to pieces[i]; result 0 is the value, result
    k is PROJ k; `results` are their pieces."""

    def __init__(self, info: CallInfo, signature: Signature) -> None:
        self.info = info
        self.signature = signature
        self.pieces: list[Piece] = []
        self.results: list[Piece] = []


class LoweredReturn(Aux):
    """`Instr.aux` of a RET after ABI lowering: ext[i] goes to pieces[i]."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces


SelectFunction = Callable[["Selector", Instr], None]


class BackTarget:
    """Base class of targets; see the methods.  Attributes are facts, filled in by the constructor."""

    def __init__(self, name: str, layout: TargetLayout, options: CompileOptions) -> None:
        self.name = name
        self.triple = name
        self.layout = layout
        self.options = options
        self.descs: list[OpDesc] = []
        self.classes: list[RegisterClass] = []
        self.select_table: list[SelectFunction] = []        # by IR opcode
        self.word_type = I64                                # integer as wide as a general register
        self.word_bytes = 8
        self.stack_align = 16
        self.reserved = 0                                   # registers never allocated
        self.global_registers = 0                           # those of the unit's global register variables
        self.callee_saved: list[int] = []                   # in the order of saving
        self.caller_saved = 0                               # bit set: lost in a call
        self.general_registers = 32                         # machine registers below this number are general ones
        self.stack_pointer = 0
        self.frame_pointer = 0
        self.scratch = -1                                   # register for far frame slots, when reserved
        self.pointer_bytes = 8
        self.strict_align = False
        self.inline_copy_moves = 8                          # loads (and as many stores) of a MEMCPY done in line
        self.inline_copy_moves_small = 4                    # the same when optimising for size
        self.max_align = 16
        self.start_directive = ""                           # directive that begins every unit, for inline assembly
        self.relaxed_code = False                           # the linker may shrink code
        self.jump_table_min = 5                             # cases that make a table worth while
        self.jump_table_entry = 4                           # bytes of one entry
        self.jump_tables = True
        self.wide_compare_exchange = False                  # compare-and-exchange of two words (FrontTarget)
        self.direct_calls = True                            # an instruction calls any symbol
        self.has_select = False                             # a conditional move of integers takes no branch
        self.exception_register = ""                         # where a landing pad finds the exception
        self.text_align = 4
        self.va_list_bytes = 8
        self.vector_bits = 0                                # width of vector registers; 0: vectors become lanes
        self.asm_dialect = 0
        self.asm_immediate_prefix = ""                       # before immediates in assembly text
        self.zero_register = -1                             # register that always reads 0
        self.tail_register = 0                              # holds the callee of an indirect tail call
        self.sign_extends_words = False                     # 32-bit arithmetic leaves sign-extended registers
        self.zero_extends_words = False
        self.honoured_attributes: frozenset[str] = frozenset()  # function attributes beyond the common ones that it acts on
        self.conventions: frozenset[str] = frozenset()      # calling conventions besides its own
        self.narrow_moves = False           # moves of 32 bits clear the upper half, and are shorter
        self.nop_row = 0                                    # the shortest instruction that does nothing
        self.inverse_branches: dict[int, int] = {}          # conditional branch rows with one BLOCK operand: the opposite
        self.has_flags = False              # branches take the flags of a comparison right before them; addresses take a scaled index
        self.far_section_flag = 0                           # sh_flags of the sections for large data (`in_far_section`)
        self.unwind_tables = False                          # -fasynchronous-unwind-tables without being asked

    # ---------------------------------------------------------------- ABI
    def classify(self, ftype: FunctionType, arg_types: Sequence[Type]) -> Signature:
        """Places of arguments (types as passed, the variable ones included) and result."""
        raise NotImplementedError

    def is_soft(self, ty: int) -> bool:
        """Whether floating type `ty` lives in integer registers."""
        raise NotImplementedError

    def variadic_entry(self, b: IrBuilder, abi: FunctionAbi, lowering: AbiLowering) -> None:
        """At entry of a variadic function: save the argument registers that may hold variable arguments."""
        raise NotImplementedError

    def lower_va_start(self, b: IrBuilder, address: Instr, abi: FunctionAbi, lowering: AbiLowering) -> None:
        """Initialise the va_list at `address`."""
        raise NotImplementedError

    def lower_va_arg(self, b: IrBuilder, address: Instr, ty: Type) -> Instr:
        """The address of the next variable argument of C type `ty`; advances the va_list."""
        raise NotImplementedError

    def guard_value(self, b: IrBuilder) -> Instr:
        """The stack protector's guard word."""
        raise NotImplementedError

    # ---------------------------------------------------------------- legality
    def legal(self, op: int, ty: int) -> int:
        """Whether selection can do IR operation `op` on (operand) type `ty`."""
        raise NotImplementedError

    def vector_operation(self, code: int) -> bool:
        """See FrontTarget."""
        return False

    def vector_builtin(self, name: str) -> int:
        """See FrontTarget."""
        return -1

    def processor_question(self, builtin: str, name: str) -> tuple[str, int, int, int] | None:
        """See FrontTarget."""
        return None

    def vector_constant(self, number: int) -> bool:
        """See FrontTarget."""
        return False

    def class_of(self, ty: int) -> int:
        """Register class number for values of IR type `ty`."""
        raise NotImplementedError

    # ---------------------------------------------------------------- instructions
    def copy(self, destination: int, source: int, register_class: int) -> MachineInstr:
        """Row that copies between machine registers (packed operands)."""
        raise NotImplementedError

    def spill(self, register: int, slot: FrameSlot, offset: int, base: int, register_class: int) -> MachineInstr:
        """Store `register` at `base` + `offset` (fits the row)."""
        raise NotImplementedError

    def reload(self, register: int, slot: FrameSlot, offset: int, base: int, register_class: int) -> MachineInstr:
        """Load `register` from `base` + `offset`."""
        raise NotImplementedError

    def frame_access(self, f: MachineFunction, i: MachineInstr, out: list[MachineInstr]) -> None:
        """Append `i` to `out` with its SLOT operands, SPILL, RELOAD or FRAME_ADDRESS turned into real ones."""
        raise NotImplementedError

    def layout_frame(self, f: MachineFunction) -> None:
        """Give every slot its offset from the stack pointer and set `frame_size`."""
        raise NotImplementedError

    def invert_branch(self, i: MachineInstr) -> bool:
        """Turn a conditional branch into its opposite; False if there is none."""
        n = self.inverse_branches.get(i.op, -1)
        if n < 0:
            return False
        i.op = n
        return True

    def conditional(self, i: MachineInstr) -> bool:
        """Whether `i` is a conditional branch row with one BLOCK operand."""
        return i.op in self.inverse_branches

    def emit_pseudo(self, e: Emitter, i: MachineInstr) -> None:
        """Emit one of the shared (CALL, RETURN, JUMP, ...) or own pseudo operations through `e`."""
        raise NotImplementedError

    def dwarf_register(self, r: int) -> int:
        """DWARF's number of a machine register, -1 if it has none."""
        raise NotImplementedError

    def slot_location(self, f: MachineFunction, index: int) -> tuple[int, int]:
        """Where a frame slot is once the prologue has run: (-1, offset from the CFA) or (machine register, offset)."""
        raise NotImplementedError

    def cfi(self, e: Emitter, i: MachineInstr) -> None:
        """Call-frame directives that follow an instruction of a prologue or epilogue."""

    def emit_unreachable(self, e: Emitter, i: MachineInstr) -> None:
        """What stands where control never comes (nothing, as a rule)."""

    def after_label(self, e: Emitter) -> None:
        """What stands right after a function's label (a landing pad for indirect branches)."""

    def constraint_halves(self, constraint: str) -> tuple[str, str]:
        """See FrontTarget."""
        return constraint, constraint

    def in_far_section(self, size: int, section: str) -> bool:
        """See FrontTarget."""
        return False

    def reserve_global(self, register: int) -> None:
        """A global register variable of the unit lives in `register`: no function allocates, saves or restores it, calls read and
        change it."""
        if self.reserved >> register & 1:
            return              # the stack pointer and the like
        self.global_registers |= 1 << register
        self.reserved |= 1 << register
        if register in self.callee_saved:
            self.callee_saved.remove(register)

    def before_allocation(self, f: MachineFunction) -> None:
        """Reserve what the function needs (`f.reserved`)."""

    def insert_frame(self, f: MachineFunction) -> None:
        """Put prologue and epilogues in."""
        raise NotImplementedError

    def has(self, extension: str) -> bool:
        """Whether the machine has an instruction set extension."""
        return False

    def wide_float(self) -> bool:
        """Whether float registers hold 64 bits."""
        return True

    def symbol_is_direct(self, symbol: object) -> bool:
        """Whether an instruction may name the symbol in its memory operand."""
        return False

    def same_class(self, a: int, b: int) -> bool:
        """Whether a copy between two machine registers is one plain move."""
        raise NotImplementedError

    def exchange(self, a: int, b: int) -> MachineInstr | None:
        """The instruction that exchanges two machine registers, if there is one."""
        return None

    def peephole(self, f: MachineFunction) -> None:
        """Target's own clean-up after allocation, before frames."""

    def finish(self, f: MachineFunction) -> None:
        """Last changes when all registers and offsets are known, before emission."""

    def finish_unit(self, streamer: Streamer) -> None:
        """What the object gets after all functions and data: helper routines, notes."""

    # ---------------------------------------------------------------- selection
    def integer_constant(self, s: Selector, destination: int, leaf: Instr) -> None:
        """Emit what puts a CONST into the general register `destination`."""
        raise NotImplementedError

    def float_constant(self, s: Selector, destination: int, leaf: Instr) -> None:
        """Emit what puts an FCONST into `destination`."""
        raise NotImplementedError

    def global_address(self, s: Selector, destination: int, leaf: Instr) -> None:
        """Emit what puts the address of a symbol (GLOBAL) into `destination`."""
        raise NotImplementedError

    def label_address(self, s: Selector, destination: int, block: int) -> None:
        """Emit what puts the address of a block (a packed BLOCK operand) into `destination`."""
        raise NotImplementedError

    def fixed_value(self, i: Instr) -> int:
        """Machine register that always holds the result of intrinsic `i` (the thread pointer), -1 if there is none."""
        return -1

    def argument(self, s: Selector, v: Instr, piece: Piece) -> int:
        """Register with `v` extended as the ABI wants it."""
        raise NotImplementedError

    def load_slot(self, s: Selector, destination: int, ty: int, slot: int) -> None:
        """Emit a load of an incoming stack argument."""
        raise NotImplementedError

    def store_slot(self, s: Selector, v: Instr, piece: Piece, slot: int) -> None:
        """Emit a store of an outgoing stack argument."""
        raise NotImplementedError

    def before_call(self, s: Selector, low: LoweredCall, e: Effects, callee: Instr) -> None:
        """What else a call needs in registers: the number of vector arguments, where a variadic callee asks for it."""

    def after_call(self, s: Selector, low: LoweredCall, e: Effects) -> None:
        """What follows a call (where the callee pops arguments: stack adjustment)."""

    def call_target(self, s: Selector, symbol: GlobalSymbol) -> int:
        """Operand of a direct call; -1 if the callee's address is to be loaded first (noplt)."""
        raise NotImplementedError

    def callee_register(self, s: Selector, callee: Instr) -> int:
        """Register with the address of a callee that no direct call reaches."""
        return s.reg(callee)

    def tail_calls_allowed(self, s: Selector) -> bool:
        """Whether this function may leave by a jump to another."""
        raise NotImplementedError

    # ---------------------------------------------------------------- inline asm
    def asm_class(self, constraint: str, ty: int) -> int:
        """Register class for a register constraint, -1 if it is none."""
        raise NotImplementedError

    def asm_register(self, name: str) -> int:
        """Machine register named in a clobber or register variable; -1 if unknown."""
        raise NotImplementedError

    def asm_fixed(self, constraint: str) -> int:
        """The one machine register a constraint letter means, -1 if it is no such letter."""
        return -1

    def asm_memory_size(self) -> int:
        """How many packed ints a memory operand takes in ASM."""
        raise NotImplementedError

    def asm_memory(self, s: Selector, address: Instr, constraint: str) -> list[int]:
        """Packed operands of a memory operand, folding what the constraint allows."""
        raise NotImplementedError

    def asm_memory_registers(self) -> Sequence[int]:
        """Which of a memory operand's packed ints may be registers."""
        raise NotImplementedError

    def asm_input(self, s: Selector, v: Instr, register_class: int) -> int:
        """Register of that class with input `v`."""
        raise NotImplementedError

    def asm_output(self, s: Selector, v: Instr, destination: int, source: int) -> None:
        """Emit what brings the output in register `source` to `destination`, the register of `v`."""
        s.copy(destination, source)

    def asm_prefers_symbol(self, s: Selector) -> bool:
        """Whether a symbol goes into an operand that may also be a register."""
        return False

    def asm_punctuation(self, c: str) -> str | None:
        """Text for `%c` where c is no letter, None if there is none."""
        return None

    def asm_operand(self, f: MachineFunction, kind: str, ops: Sequence[int], modifier: str, size: int, ty: int) -> str | None:
        """Text of an operand under a modifier letter ("" for none); None if it has none."""
        raise NotImplementedError

    def asm_immediate_fits(self, constraint: str, value: int) -> bool:
        """Whether a constant satisfies an immediate letter of the target."""
        raise NotImplementedError

    def asm_constraint_kind(self, constraint: str) -> str:
        """As FrontTarget.constraint_kind."""
        raise NotImplementedError

    def asm_symbol_allowed(self, constraint: str) -> bool:
        """Whether a constraint letter of the target takes a symbol."""
        return False

    def asm_suffix(self, i: MachineInstr, text: AsmText) -> str:
        """What follows the text of an inline asm (flag outputs)."""
        return ""

    def expression_text(self, e: Expr) -> str:
        """Assembly text of a symbol plus addend."""
        raise NotImplementedError
