"""Values on the x87 stack, block by block, before allocation.

Selection knows operations on flat registers (`x87.py`), each of which would be a place in the frame.  Here a value that is written
once and read only in the block that writes it stays on the stack from its definition to its last use, and operations become rows
that name places of the stack; whatever else is popped to its flat register and pushed from there:

    x_load a, fldl, m ; x_load b, fldl, n ; x_binary c, a, b, fsub ; x_store c, fstpl, p   ->   fldl m ; fsubl n ; fstpl p

The stack is empty at the ends of blocks and wherever other code might want it (calls, inline assembly).  What the allocator puts
between these rows (a move of a flat register) needs one place of the stack and leaves it as it was.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.mir import D_CALL, D_EFFECT, D_STORE, D_TERMINATOR, MachineBlock, MachineFunction, MachineInstr, is_virtual
from toolchain.cc.x86 import ops
from toolchain.cc.x86.address import FPU
from toolchain.cc.x86.ops import DESCS, B, row
from toolchain.isa.x86.instructions import FORMS
from toolchain.isa.x86.registers import ST
from toolchain.mc.model import operand
from toolchain.mc.model.operand import FIRST_VIRTUAL, NO_REG, SHIFT

KEPT: Final = 5             # values between instructions: two more places for operands, one for moves between flat registers
TOP: Final = operand.reg(ST)
FXCH: Final = row("FXCH_T")
FLD: Final = row("FLD_T")
FSTP: Final = row("FSTP_T")
FLOAT_LOADS: Final = {row("FLDS_M"): 0, row("FLDL_M"): 1}
WITHOUT_POP: Final = {row("FSTPS_M"): row("FSTS_M"), row("FSTPL_M"): row("FSTL_M")}
COMPARES: Final = (row("FUCOMIP_TT"), row("FCOMIP_TT"))
# Operand positions of flat registers: written, read.
WRITES: Final = frozenset((ops.X_BINARY, ops.X_UNARY, ops.X_LOAD, ops.X_CONST, ops.X_RESULT))
READS: Final = {ops.X_BINARY: (1, 2), ops.X_UNARY: (1,), ops.X_COMPARE: (0, 1), ops.X_STORE: (0,), ops.X_TO_INT: (0,), mir.COPY: (1,)}


class Arithmetic:
    """The rows of one operation `a op b`.  With %st(i) as destination AT&T's fsub and fsubr change places (see `isa/x86/table_fpu.py`)."""

    def __init__(self, name: str, reversed_name: str) -> None:
        self.under_pop = row(f"{reversed_name}P_TT")        # %st(i) = %st(i) op %st, pop
        self.over_pop = row(f"{name}P_TT")                  # %st(i) = %st op %st(i), pop
        self.top = row(f"{name}_TT")                        # %st = %st op %st(i)
        self.top_reversed = row(f"{reversed_name}_TT")      # %st = %st(i) op %st
        self.memory = (row(f"{name}S_M"), row(f"{name}L_M"))            # %st = %st op m
        self.memory_reversed = (row(f"{reversed_name}S_M"), row(f"{reversed_name}L_M"))


ARITHMETIC: Final = {row("FADDP"): Arithmetic("FADD", "FADD"), row("FMULP"): Arithmetic("FMUL", "FMUL"),
                     row("FSUBRP"): Arithmetic("FSUB", "FSUBR"), row("FDIVRP"): Arithmetic("FDIV", "FDIVR")}


def run(f: MachineFunction) -> None:
    """Rewrite all x87 operations of the function."""
    if any(c == FPU for c in f.vreg_class) or any(ops.X_PUSH <= i.op <= ops.X_DROP for b in f.order for i in b.instrs):
        StackPass(f).run()


class StackPass:
    """One function."""

    def __init__(self, f: MachineFunction) -> None:
        self.f = f
        self.writes: dict[int, int] = {}            # flat register (packed): how often it is written
        self.reads: dict[int, int] = {}             # how often it is read
        self.constants: dict[int, int] = {}         # register: row of the only instruction that writes it, fldz or fld1
        self.left: dict[int, int] = {}              # of the block: reads to come
        self.local: dict[int, int] = {}             # of the block: reads
        self.stack: list[int] = []                  # registers whose values lie on the stack, the top last
        self.waiting: dict[int, MachineInstr] = {}  # loads that become operands of arithmetic
        self.out: list[MachineInstr] = []
        self.loc = 0

    def run(self) -> None:
        """All blocks."""
        self.count()
        for b in self.f.order:
            if any(i.op in READS or i.op in WRITES or i.op == ops.X_DROP for i in b.instrs):
                self.block(b)

    # ---------------------------------------------------------------- facts
    def flat(self, o: int) -> bool:
        """Whether an operand is a virtual register of the x87 class."""
        return is_virtual(o) and self.f.vreg_class[(o >> SHIFT) - FIRST_VIRTUAL] == FPU

    def count(self) -> None:
        """Reads and writes in the function; what others than x87 operations mention is no constant."""
        writes, reads, constants = self.writes, self.reads, self.constants
        for b in self.f.order:
            for i in b.instrs:
                op = i.op
                if op == ops.X_CONST and self.flat(i.ops[0]):
                    constants[i.ops[0]] = i.ops[1] >> SHIFT
                if op in WRITES or op == mir.COPY:
                    writes[i.ops[0]] = writes.get(i.ops[0], 0) + 1
                if op in READS:
                    for p in READS[op]:
                        reads[i.ops[p]] = reads.get(i.ops[p], 0) + 1
                elif op not in WRITES:
                    for o in i.ops:
                        if self.flat(o):
                            writes[o] = writes.get(o, 0) + 2
        self.constants = {r: c for r, c in constants.items() if writes[r] == 1}

    def foldable(self, code: list[MachineInstr], n: int) -> bool:
        """Whether the load at `n` may happen where arithmetic reads its value instead: nothing is stored and no register of the address written
        before."""
        i = code[n]
        d = i.ops[0]
        if i.ops[1] >> SHIFT not in FLOAT_LOADS or i.flags & ops.F_VOLATILE or self.writes[d] != 1 or self.reads.get(d, 0) != 1:
            return False
        address = (i.ops[2], i.ops[4])
        for k in range(n + 1, len(code)):
            j = code[k]
            if j.op == ops.X_BINARY and d in (j.ops[1], j.ops[2]):
                return True
            desc = DESCS[j.op]
            if j.effects is not None or desc.flags & (D_STORE | D_EFFECT | D_CALL | D_TERMINATOR) or any(j.ops[p] in address for p in desc.defs):
                return False
        return False

    # ---------------------------------------------------------------- a block
    def block(self, b: MachineBlock) -> None:
        """Rewrite one block."""
        code = b.instrs
        self.left = {}
        for i in code:
            for p in READS.get(i.op, ()):
                self.left[i.ops[p]] = self.left.get(i.ops[p], 0) + 1
        self.local = dict(self.left)
        self.out = []
        for n, i in enumerate(code):
            self.loc = i.loc
            start = len(self.out)
            if i.op == ops.X_LOAD and self.foldable(code, n):
                self.waiting[i.ops[0]] = i
                continue
            self.instruction(i)
            if len(self.out) > start and not any(o is i for o in self.out[start:]):
                first = self.out[start]         # the instruction itself stays, for those who know it
                i.op, i.ops, i.flags = first.op, first.ops, first.flags
                self.out[start] = i
        self.flush()
        b.instrs = self.out
        if self.f.variables is not None:
            self.f.variables.thinned(b, code)

    def instruction(self, i: MachineInstr) -> None:
        """One instruction; `left` counts down as it reads."""
        op, o = i.op, i.ops
        for p in READS.get(op, ()):
            self.left[o[p]] -= 1
        if op == ops.X_BINARY:
            self.binary(o[0], o[1], o[2], ARITHMETIC[o[3] >> SHIFT])
        elif op == ops.X_UNARY:
            self.own(o[1])
            self.emit(o[2] >> SHIFT, [])
            self.result(o[0])
        elif op == ops.X_COMPARE:
            self.compare(o[0], o[1], COMPARES[o[2] >> SHIFT])
        elif op == ops.X_LOAD or op == ops.X_CONST:
            if not is_virtual(o[0]):
                self.flush()
            if o[0] not in self.constants:
                self.emit(o[1] >> SHIFT, o[2:])
                self.define(o[0])
        elif op == ops.X_STORE:
            self.store(o[0], o[1] >> SHIFT, o[2:])
        elif op == ops.X_TO_INT:
            self.own(o[0])
            self.stack.pop()
            self.emit(op, [NO_REG, *o[1:]])
        elif op == ops.X_RESULT:
            self.flush()
            self.define(o[0])
        elif op == ops.X_DROP:
            self.flush()
            self.emit(FSTP, [TOP])
        elif op == mir.COPY and self.flat(o[1]):
            self.copy(i)
        else:
            if barrier(i) or any(self.flat(x) for x in o):
                self.flush()
            self.out.append(i)

    def copy(self, i: MachineInstr) -> None:
        """A copy of a flat register stays one, for the allocator to remove; one from the stack, or to where results travel, is a move of the top."""
        d, s = i.ops
        if not is_virtual(d) and (self.stack != [s] or self.left[s]):
            self.flush()
        if s in self.stack and not self.left[s]:
            self.stack[self.index(s)] = d
            self.settle(d)
            return
        if s in self.stack or s in self.constants:
            self.own(s)
            self.result(d)
            return
        self.out.append(i)

    def binary(self, d: int, a: int, b: int, rows: Arithmetic) -> None:
        """d = a op b."""
        first, second = self.waiting.pop(a, None), self.waiting.pop(b, None)
        if first is not None and second is not None:
            self.emit(first.ops[1] >> SHIFT, first.ops[2:])
            self.stack.append(a)
            first = None
        folded = first or second
        if folded is not None:
            self.own(a if second is not None else b)
            self.emit((rows.memory if second is not None else rows.memory_reversed)[FLOAT_LOADS[folded.ops[1] >> SHIFT]], folded.ops[2:])
            self.result(d)
            return
        kept_a, kept_b = self.bring(a), self.bring(b)
        if a == b or kept_a and kept_b:
            if kept_a:
                self.duplicate(a)
            self.to_top(a)
            self.emit(rows.top, [TOP, self.place(b)])
        elif kept_b:
            self.to_top(a)
            self.emit(rows.top, [TOP, self.place(b)])
        elif kept_a:
            self.to_top(b)
            self.emit(rows.top_reversed, [TOP, self.place(a)])
        else:
            if self.stack[-1] != a:
                self.to_top(b)
            top, other = self.stack[-1], b if self.stack[-1] == a else a
            self.emit(rows.over_pop if top == a else rows.under_pop, [self.place(other), TOP])
            self.stack.pop()
            self.stack[self.index(other)] = d
            self.settle(d)
            return
        self.result(d)

    def compare(self, a: int, b: int, compare: int) -> None:
        """Flags of a against b; what is not read again leaves the stack."""
        kept = self.bring(b)
        if a == b:
            if kept:
                self.duplicate(a)
            self.to_top(a)
            kept = True
        else:
            self.own(a)
        self.emit(compare, [TOP, self.place(b)])
        self.stack.pop()
        if not kept:
            place = self.place(b)
            self.stack[self.index(b)] = self.stack[-1]
            self.stack.pop()
            self.emit(FSTP, [place])

    def store(self, a: int, store: int, memory: list[int]) -> None:
        """Store a, and pop it if it is not read again."""
        if self.stack and self.stack[-1] == a and self.left[a] and store in WITHOUT_POP:
            self.emit(WITHOUT_POP[store], memory)
            return
        self.own(a)
        self.emit(store, memory)
        self.stack.pop()

    # ---------------------------------------------------------------- the stack
    def emit(self, op: int, operands: list[int]) -> None:
        """Append one instruction."""
        self.out.append(MachineInstr(op, operands, self.loc))

    def index(self, r: int) -> int:
        """Where a register is in `stack`, seen from the top."""
        k = len(self.stack) - 1
        while self.stack[k] != r:
            k -= 1
        return k

    def place(self, r: int) -> int:
        """The stack's name of where a register is."""
        return operand.reg(ST + len(self.stack) - 1 - self.index(r))

    def to_top(self, r: int) -> None:
        """Exchange, if needed."""
        k = self.index(r)
        if k != len(self.stack) - 1:
            self.emit(FXCH, [self.place(r)])
            self.stack[k], self.stack[-1] = self.stack[-1], self.stack[k]

    def duplicate(self, r: int) -> None:
        """Push what lies on the stack once more."""
        self.emit(FLD, [self.place(r)])
        self.stack.append(r)

    def bring(self, r: int) -> bool:
        """Have a register somewhere on the stack.  Returns whether it has to stay there."""
        if r in self.stack:
            return self.left[r] > 0
        if r in self.constants:
            self.emit(self.constants[r], [])
        else:
            self.emit(ops.X_PUSH, [r])
        self.stack.append(r)
        return False

    def own(self, r: int) -> None:
        """Have a register on top, to be used up."""
        if self.bring(r):
            self.duplicate(r)
        else:
            self.to_top(r)

    def result(self, d: int) -> None:
        """What was computed on top becomes register d."""
        self.stack.pop()
        self.define(d)

    def define(self, d: int) -> None:
        """A new value lies above what `stack` knows."""
        self.stack.append(d)
        self.settle(d)

    def settle(self, d: int) -> None:
        """A new value stays where it is on the stack, or goes to its flat register."""
        if is_virtual(d) and self.writes[d] == 1:
            reads = self.reads.get(d, 0)
            if not reads:
                self.to_top(d)
                self.stack.pop()
                self.emit(FSTP, [TOP])
                return
            if reads == self.local.get(d, 0) == self.left[d] and len(self.stack) <= KEPT:
                return
        self.to_top(d)
        self.stack.pop()
        self.emit(ops.X_RESULT, [d])

    def flush(self) -> None:
        """All that is on the stack goes to flat registers."""
        while self.stack:
            self.emit(ops.X_RESULT, [self.stack.pop()])


def barrier(i: MachineInstr) -> bool:
    """Whether the stack must be empty before an instruction."""
    if i.effects is not None:
        return True
    flags = DESCS[i.op].flags
    if flags & (D_CALL | D_TERMINATOR):
        return True
    if i.op < B:
        return flags & D_EFFECT != 0
    return FORMS[i.op - B].base_name.startswith(("f", "emms"))
