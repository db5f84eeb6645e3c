"""x86 frames.

    entry sp + word -> incoming stack arguments
                       return address
                       caller's frame pointer   <- frame pointer, if there is one
                       saved registers (pushed)
                       arrays, locals, spill slots
    sp              -> arguments for calls

A function that calls nothing may use the 128 bytes below the stack pointer (the red zone) instead of moving it.
A frame that no 32-bit displacement spans has a frame pointer, and keeps r11 for the addresses of what lies too far away.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.frame import place_slots, round_up, saved_registers
from toolchain.cc.codegen.mir import INCOMING, LOCAL, MachineFunction, MachineInstr
from toolchain.cc.ir.ir import StackSlot
from toolchain.cc.x86 import ops, profiling
from toolchain.cc.x86.address import ONE, fits32
from toolchain.cc.x86.ops import RAX, RBP, RCX, RSP, row
from toolchain.diagnostics import ToolError
from toolchain.isa.x86.registers import DWARF64, XMM
from toolchain.mc.model import operand
from toolchain.mc.model.operand import KIND_MASK, NO_REG, SHIFT, SLOT

if TYPE_CHECKING:
    from toolchain.cc.x86.target import X86Target

R11: Final = 11
RED_ZONE: Final = 128
MS_SAVED: Final = (7, 6)        # rdi, rsi
MS_SAVED_VECTORS: Final = 6     # xmm6 and those after it
NUM_VECTORS: Final = 16
FAR_FRAME: Final = 1 << 30      # bytes; spill slots and saved registers come on top
# CFI pseudo operation: kinds
CFA_OFFSET: Final = 0       # IMM offset
CFA_REGISTER: Final = 1     # IMM DWARF register
OFFSET: Final = 2           # IMM DWARF register, IMM offset from the CFA
CFA: Final = 3              # IMM DWARF register, IMM offset
CFI_NAMES: Final = ("def_cfa_offset", "def_cfa_register", "offset", "def_cfa")
CFI_ARGUMENTS: Final = (1, 1, 2, 2)


def is_far(target: X86Target, slots: Sequence[mir.FrameSlot | StackSlot], more: int) -> bool:
    """Whether the objects of a frame, and `more` bytes, need more than 32-bit displacements reach."""
    return target.word_bytes == 8 and sum(s.size for s in slots) + more >= FAR_FRAME


def before_allocation(target: X86Target, f: MachineFunction) -> None:
    """Decide on a frame pointer."""
    for s in f.slots:
        if s.kind in (LOCAL, mir.OUTGOING) and s.align > target.stack_align:
            f.needs_frame_pointer = True
    if f.has_alloca or target.keep_frame_pointer or f.source.uses_frame_address \
            or profiling.calls(target, f.source) and not profiling.before_prologue(target):
        f.needs_frame_pointer = True
    if is_far(target, f.slots, f.outgoing_bytes):
        f.far_frame = f.needs_frame_pointer = True
        f.reserved |= 1 << R11
    if f.needs_frame_pointer:
        f.reserved |= 1 << RBP


def layout(target: X86Target, f: MachineFunction) -> None:
    """Offsets and sizes.  `frame_size` is what the stack pointer moves by after the pushes."""
    saved = [r for r in saved_registers(f, target) if not (f.needs_frame_pointer and r == RBP)]
    f.saved = saved
    word = target.word_bytes
    end, largest = place_slots(f, target)
    if f.source.ftype.convention == "ms_abi" and target.wide:
        end = save_more(f, end)
    pushed = word * (1 + len(saved) + (1 if f.needs_frame_pointer else 0))
    align = target.stack_align if f.has_calls or largest > word or f.has_alloca else word
    f.realign = largest if largest > target.stack_align else 0
    size = round_up(end, word)
    if f.realign:
        size = round_up(size, f.realign)
    elif size or f.has_calls or align > word:
        size = round_up(size + pushed, align) - pushed
    if f.realign and f.has_alloca:
        raise ToolError("a frame with both alloca and objects of more than 16 bytes' alignment is not supported", f.source.loc)
    for k in f.dynamic_slots:
        f.slots[k].offset = round_up(f.outgoing_bytes, 16)
    f.frame_size = size
    f.register_save_bytes = 0
    if target.red_zone and not f.has_calls and not f.has_alloca and not f.realign and size <= RED_ZONE and not has_asm(f):
        f.register_save_bytes = size        # the slots stand below the stack pointer


def save_more(f: MachineFunction, end: int) -> int:
    """Note the registers that Microsoft's convention wants preserved beyond System V's, and place those of them that cannot be pushed.
    What a call may change counts as written.  Returns the end of the frame's objects."""
    written = -1 if f.has_calls else f.used_registers
    f.saved += [r for r in MS_SAVED if written >> r & 1]
    for k in range(MS_SAVED_VECTORS, NUM_VECTORS):
        if written >> (XMM + k) & 1:
            end = round_up(end, 16)
            f.saved_vectors.append((XMM + k, end))
            end += 16
    return end


def has_asm(f: MachineFunction) -> bool:
    """Whether inline assembly, which might push, occurs."""
    return any(i.op == mir.ASM for b in f.order for i in b.instrs)


def pushed_bytes(target: X86Target, f: MachineFunction) -> int:
    """Bytes of saved registers and frame pointer, without the return address."""
    return target.word_bytes * (len(f.saved) + (1 if f.needs_frame_pointer else 0))


def slot_place(target: X86Target, f: MachineFunction, index: int) -> tuple[int, int]:
    """(base register, offset) of a slot."""
    s = f.slots[index]
    word = target.word_bytes
    if s.kind == INCOMING:
        if f.needs_frame_pointer:
            return RBP, s.offset + 2 * word
        return RSP, s.offset + word + pushed_bytes(target, f) + f.frame_size - f.register_save_bytes
    if f.has_alloca and s.kind != mir.OUTGOING:
        return RBP, s.offset - f.frame_size - word * len(f.saved)
    return RSP, s.offset - f.register_save_bytes


def slot_location(target: X86Target, f: MachineFunction, index: int) -> tuple[int, int]:
    """See BackTarget."""
    s = f.slots[index]
    if s.kind == INCOMING:
        return -1, s.offset
    if f.realign or s.kind == mir.OUTGOING:
        return RSP, s.offset - f.register_save_bytes
    return -1, s.offset - f.frame_size - pushed_bytes(target, f) - target.word_bytes


def reach(target: X86Target, f: MachineFunction, base: int, offset: int, loc: int, out: list[MachineInstr]) -> tuple[int, int]:
    """Base and displacement for a place of the frame, by way of r11 if it is far; flags stay as they are."""
    if fits32(offset):
        return base, offset
    far = operand.reg(R11)
    out.append(MachineInstr(ops.LI, [far, operand.imm(offset)], loc))
    out.append(MachineInstr(target.lea_row, [far, operand.reg(base), ONE, far, operand.imm(0), NO_REG], loc))
    return R11, 0


def access(target: X86Target, f: MachineFunction, i: MachineInstr, out: list[MachineInstr]) -> None:
    """Replace slot operands."""
    op = i.op
    o = i.ops
    if op == mir.FRAME_ADDRESS:
        base, offset = slot_place(target, f, o[1] >> SHIFT)
        offset += o[2] >> SHIFT
        if offset == 0:
            out.append(MachineInstr(mir.COPY, [o[0], operand.reg(base)], i.loc))
        elif fits32(offset):
            out.append(MachineInstr(target.lea_row, [o[0], operand.reg(base), ONE, NO_REG, operand.imm(offset), NO_REG], i.loc))
        else:
            out.append(MachineInstr(ops.LI, [o[0], operand.imm(offset)], i.loc))
            out.append(MachineInstr(target.lea_row, [o[0], operand.reg(base), ONE, o[0], operand.imm(0), NO_REG], i.loc))
        return
    if op == mir.SPILL or op == mir.RELOAD:
        r = o[0] >> SHIFT
        base, offset = reach(target, f, *slot_place(target, f, o[1] >> SHIFT), i.loc, out)
        memory = [operand.reg(base), ONE, NO_REG, operand.imm(offset), NO_REG]
        if op == mir.SPILL:
            out.append(MachineInstr(target.spill_row(r, i.flags & mir.F_NARROW != 0), [*memory, o[0]], i.loc))
        else:
            out.append(MachineInstr(target.reload_row(r, i.flags & mir.F_NARROW != 0), [o[0], *memory], i.loc))
        return
    for k in range(len(o)):
        if o[k] & KIND_MASK != SLOT:
            continue
        base, offset = slot_place(target, f, o[k] >> SHIFT)
        base, offset = reach(target, f, base, (o[k + 3] >> SHIFT) + offset, i.loc, out)
        if base == R11 and operand.reg(R11) in o:
            raise ToolError("two operands in a frame of more than 2 GB are not supported", i.loc)
        o[k] = operand.reg(base)
        o[k + 3] = operand.imm(offset)
    out.append(i)


def dwarf(target: X86Target, r: int) -> int:
    """DWARF number of a general register."""
    return DWARF64[r] if target.word_bytes == 8 else r


class FrameCode:
    """Builds prologue and epilogue."""

    def __init__(self, target: X86Target, f: MachineFunction, loc: int) -> None:
        self.target = target
        self.f = f
        self.loc = loc
        self.out: list[MachineInstr] = []
        self.word = target.word_bytes
        self.cfa = self.word

    def emit(self, op: int, operands: list[int]) -> None:
        """Append one instruction."""
        self.out.append(MachineInstr(op, operands, self.loc))

    def cfi(self, kind: int, a: int = 0, b: int = 0) -> None:
        """Append call-frame information."""
        if self.target.has_cfi:
            self.emit(ops.CFI, [operand.imm(kind), operand.imm(a), operand.imm(b)])

    def moved(self, n: int) -> None:
        """The stack pointer went down by `n`."""
        self.cfa += n
        if not self.f.needs_frame_pointer or self.cfa <= 2 * self.word:
            self.cfi(CFA_OFFSET, self.cfa)

    def adjust(self, n: int) -> None:
        """sp += n; lea keeps the flags, but nothing needs them here."""
        q = "Q" if self.word == 8 else "L"
        name = "SUB" if n < 0 else "ADD"
        n = abs(n)
        if not fits32(n):
            self.emit(ops.LI, [operand.reg(R11), operand.imm(n)])
            self.emit(row(f"{name}Q_RR"), [operand.reg(RSP), operand.reg(R11)])
            return
        if n == 128:
            name, n = "ADD" if name == "SUB" else "SUB", -128
        self.emit(row(f"{name}{q}_RS" if -128 <= n < 128 else f"{name}{q}_RI"), [operand.reg(RSP), operand.imm(n)])

    def local(self, offset: int) -> list[int]:
        """Memory operand for an offset among the frame's objects."""
        f = self.f
        if f.has_alloca:
            return [operand.reg(RBP), ONE, NO_REG, operand.imm(offset - f.frame_size - self.word * len(f.saved)), NO_REG]
        return [operand.reg(RSP), ONE, NO_REG, operand.imm(offset - f.register_save_bytes), NO_REG]

    def prologue(self) -> list[MachineInstr]:
        """Code at entry."""
        f = self.f
        target = self.target
        if f.needs_frame_pointer:
            self.emit(target.push_row, [operand.reg(RBP)])
            self.moved(self.word)
            self.cfi(OFFSET, dwarf(target, RBP), -self.cfa)
            self.emit(mir.COPY, [operand.reg(RBP), operand.reg(RSP)])
            self.cfi(CFA_REGISTER, dwarf(target, RBP))
        if profiling.calls(target, f.source) and not profiling.before_prologue(target):
            self.emit(ops.PROFILE, [])
        for r in f.saved:
            self.emit(target.push_row, [operand.reg(r)])
            self.moved(self.word)
            self.cfi(OFFSET, dwarf(target, r), -self.cfa)
        size = f.frame_size - f.register_save_bytes
        if f.realign:
            q = "Q" if self.word == 8 else "L"
            self.emit(row(f"AND{q}_RI" if f.realign > 128 else f"AND{q}_RS"), [operand.reg(RSP), operand.imm(-f.realign)])
        if size == self.word and f.source.for_size:
            self.emit(target.push_row, [operand.reg(RAX)])      # one byte; what it stores does not matter
            self.moved(size)
        elif size:
            self.adjust(-size)
            self.moved(size)
        for r, at in f.saved_vectors:       # no call frame information: System V's callers expect nothing of them
            self.emit(row("MOVUPS_MX"), [*self.local(at), operand.reg(r)])
        for i in self.out:
            i.flags |= mir.F_FRAME_SETUP
        return self.out

    def epilogue(self, tail: bool) -> list[MachineInstr]:
        """Code before leaving; `tail`: by a jump to another function."""
        f = self.f
        target = self.target
        size = f.frame_size - f.register_save_bytes
        self.cfa = self.word + pushed_bytes(target, f) + size
        for r, at in f.saved_vectors:
            self.emit(row("MOVUPS_XM"), [operand.reg(r), *self.local(at)])
        if f.needs_frame_pointer and (f.has_alloca or f.realign or f.far_frame):
            at = -self.word * len(f.saved)
            if at:
                self.emit(target.lea_row, [operand.reg(RSP), operand.reg(RBP), ONE, NO_REG, operand.imm(at), NO_REG])
            else:
                self.emit(mir.COPY, [operand.reg(RSP), operand.reg(RBP)])
        elif size == self.word and f.source.for_size and not tail and not f.reserved >> RCX & 1:
            self.emit(target.pop_row, [operand.reg(RCX)])       # no result is returned there
            self.moved(-size)
        elif size:
            self.adjust(size)
            self.moved(-size)
        for r in reversed(f.saved):
            self.emit(target.pop_row, [operand.reg(r)])
            self.moved(-self.word)
        if f.needs_frame_pointer:
            self.emit(target.pop_row, [operand.reg(RBP)])
            self.cfi(CFA, dwarf(target, RSP), self.word)
        for i in self.out:
            i.flags |= mir.F_FRAME_DESTROY
        return self.out


def insert(target: X86Target, f: MachineFunction) -> None:
    """Prologue at the entry, epilogue before every return and tail call."""
    if f.source.naked:
        return
    entry = f.order[0]
    for b in f.order:
        for k in range(len(b.instrs) - 1, -1, -1):
            if b.instrs[k].op in (mir.RETURN, mir.TAIL_CALL):
                b.instrs[k:k] = FrameCode(target, f, f.source.end_loc).epilogue(b.instrs[k].op == mir.TAIL_CALL)
    entry.instrs[0:0] = FrameCode(target, f, f.source.loc).prologue()
