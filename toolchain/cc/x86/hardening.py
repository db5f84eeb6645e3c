"""Indirect branches and returns under the options that guard them against speculation, and marks for the processor's
control-flow enforcement.

    -mindirect-branch=thunk     call *%rax   ->   call __x86_indirect_thunk_rax
    -mfunction-return=thunk     ret          ->   jmp __x86_return_thunk
    -mharden-sls=all            ret          ->   ret ; int3
    -fcf-protection=branch      endbr64 where indirect branches arrive, `notrack` at tables of switches

`thunk` puts the thunks into the object (COMDAT, hidden), `thunk-extern` leaves them to somebody else, `thunk-inline` writes
them out at the place.  Sources: GCC manual, "x86 Options"; Intel SDM volume 1, chapter 17 (CET); Linux's retpoline.h.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.emit import Emitter
from toolchain.cc.codegen.mir import MachineFunction, MachineInstr
from toolchain.cc.x86.address import ONE
from toolchain.cc.x86.ops import RCX, RSP, row
from toolchain.elf.constants import SHF_ALLOC, SHF_EXECINSTR, SHT_NOTE, SHT_PROGBITS, STB_GLOBAL, STT_FUNC, STV_HIDDEN
from toolchain.isa.x86.registers import NAMES, R16, R32
from toolchain.mc.model import operand
from toolchain.mc.model.expr import MCSymbol, SectionSpec, symbol_ref
from toolchain.mc.model.operand import NO_REG, SHIFT
from toolchain.mc.model.streamer import Streamer

if TYPE_CHECKING:
    from toolchain.cc.options import CompileOptions
    from toolchain.cc.x86.target import X86Target

RETURN_THUNK: Final = "__x86_return_thunk"
INDIRECT_THUNK: Final = "__x86_indirect_thunk_"
FEATURE_1_AND: Final = 0xC0000002       # GNU_PROPERTY_X86_FEATURE_1_AND
IBT: Final = 1
SHSTK: Final = 2
PROTECTION: Final = {"none": 0, "branch": IBT, "return": SHSTK, "full": IBT | SHSTK}
NOTRACK: Final = b"\x3e"
CS_PREFIX: Final = b"\x2e"


class Hardening:
    """The options of one unit, and the thunks that it has asked for so far (name to register, -1 for returns)."""

    def __init__(self, options: CompileOptions, wide: bool) -> None:
        machine = options.machine
        self.wide = wide
        self.indirect = machine.get("mindirect-branch", "keep")
        self.returns = machine.get("mfunction-return", "keep")
        sls = machine.get("mharden-sls", "none")
        self.sls_return = sls in ("all", "return")
        self.sls_jump = sls in ("all", "indirect-jmp")
        self.cs_prefix = "mindirect-branch-cs-prefix" in machine
        self.protection = PROTECTION.get(options.flag_values.get("cf-protection", "none"), 0)
        self.thunks: dict[str, int] = {}
        self.places: dict[str, int] = {}        # helpers that return their own return address in a register

    def indirect_kind(self, f: MachineFunction) -> str:
        """How `f` branches indirectly."""
        return f.source.indirect_branch or self.indirect

    def return_kind(self, f: MachineFunction) -> str:
        """How `f` returns."""
        return f.source.function_return or self.returns


def register_name(target: X86Target, r: int) -> str:
    """Name of a general register (by number) as thunks are called."""
    return NAMES[r if target.wide else r + R32]


def branch(target: X86Target, e: Emitter, register: int, loc: int, jump: bool, table: bool = False, base: MCSymbol | None = None) -> None:
    """An indirect call or jump through a general register (packed); `table`: to a place that only this jump goes to; `base`: the
    register is an index into this table of addresses (only where branches are kept as they are)."""
    h = target.hardening
    kind = h.indirect_kind(e.f)
    if kind == "keep":
        if jump and table and h.protection & IBT:
            e.streamer.data(NOTRACK)
        if base is not None:
            scaled = [operand.NO_REG, operand.imm(target.word_bytes), register + target.block, e.symbol_operand(base), operand.NO_REG]
            e.row(target.table_jump_row, scaled, loc)
        else:
            e.row(target.jump_row if jump else target.call_row, [register + target.block], loc)
        if jump and h.sls_jump:
            e.row(row("INT3"), [], loc)
        return
    r = register >> SHIFT
    if kind == "thunk-inline":
        inline_thunk(target, e, r, loc, jump)
        return
    name = INDIRECT_THUNK + register_name(target, r)
    if kind == "thunk":
        h.thunks[name] = r
    if h.cs_prefix and r >= 8:
        e.streamer.data(CS_PREFIX)
    e.row(row("JMP_J" if jump else "CALL_J"), [e.symbol_operand(e.streamer.symbol(name))], loc)


def inline_thunk(target: X86Target, e: Emitter, r: int, loc: int, jump: bool) -> None:
    """The thunk's code in place; a call goes around it, so that the return address is right."""
    s = e.streamer
    over, start = s.temporary(), s.temporary()
    if not jump:
        e.row(row("JMP_J"), [e.symbol_operand(over)], loc)
        s.label(start, loc)
    thunk_body(target, e.streamer, r, loc)
    if not jump:
        s.label(over, loc)
        e.row(row("CALL_J"), [e.symbol_operand(start)], loc)


def leave(target: X86Target, e: Emitter, loc: int) -> None:
    """A function's return, with the bytes of arguments that it takes off the stack."""
    h = target.hardening
    kind = h.return_kind(e.f)
    n = e.f.pop_bytes
    wide = "L" if target.real_mode else ""      # 16-bit mode: the return address has 32 bits all the same
    if kind == "keep":
        if n:
            e.row(row(f"RET{wide}_I"), [operand.imm(n)], loc)
        else:
            e.row(row(f"RET{wide}"), [], loc)
        if h.sls_return:
            e.row(row("INT3"), [], loc)
        return
    if n:
        e.row(row("POPL_R"), [operand.reg(RCX + R32)], loc)
        e.row(row("ADDL_RS"), [operand.reg(RSP + R32), operand.imm(n)], loc)
        e.row(row("PUSHL_R"), [operand.reg(RCX + R32)], loc)
    if kind == "thunk-inline":
        thunk_body(target, e.streamer, -1, loc)
        return
    if kind == "thunk":
        h.thunks[RETURN_THUNK] = -1
    e.row(row("JMP_J"), [e.symbol_operand(e.streamer.symbol(RETURN_THUNK))], loc)


def thunk_body(target: X86Target, s: Streamer, r: int, loc: int) -> None:
    """A return whose prediction is a loop that goes nowhere: the address on the stack becomes the register's (the
    caller's, for -1)."""
    go, spin = s.temporary(), s.temporary()
    pointer = operand.reg(RSP + (0 if target.wide else R32))
    top = [pointer, ONE, NO_REG, operand.imm(0), NO_REG]

    emit(s, "CALL_J", [symbol(s, go)], loc)
    s.label(spin, loc)
    emit(s, "PAUSE", [], loc)
    emit(s, "LFENCE", [], loc)
    emit(s, "JMP_J", [symbol(s, spin)], loc)
    s.label(go, loc)
    q = "Q" if target.wide else "L"
    if r >= 0:
        emit(s, f"MOV{q}_MR", [*top, operand.reg(r) + target.block], loc)
    else:
        emit(s, f"LEA{q}_RM", [pointer, pointer, ONE, NO_REG, operand.imm(target.word_bytes), NO_REG], loc)
    emit(s, "RET", [], loc)
    if target.hardening.sls_return:
        emit(s, "INT3", [], loc)


def emit(s: Streamer, name: str, operands: list[int], loc: int) -> None:
    """One row outside of any function."""
    s.instruction(row(name) - mir.ROW_BASE, operands, loc)


def got_base(target: X86Target, e: Emitter, d: int, loc: int) -> None:
    """The address of the GOT in a register: i386 asks a helper where it is, and adds the distance."""
    r = d >> SHIFT
    name = f"__x86.get_pc_thunk.{NAMES[r + R16]}"
    target.hardening.places[name] = r
    e.row(row("CALL_J"), [e.symbol_operand(e.streamer.symbol(name))], loc)
    e.row(row("ADDL_RI"), [operand.reg(r + R32), e.symbol_operand(e.streamer.symbol("_GLOBAL_OFFSET_TABLE_"))], loc)


def symbol(s: Streamer, label: MCSymbol) -> int:
    """Packed operand for a label."""
    return operand.expr(s.expression(symbol_ref(label)))


def landing_pads(target: X86Target, f: MachineFunction) -> None:
    """endbr where a computed goto may arrive."""
    if not target.hardening.protection & IBT:
        return
    for b in f.order:
        if b.address_taken:
            b.instrs.insert(0, MachineInstr(row("ENDBR64" if target.wide else "ENDBR32"), [], f.source.loc))


def helper(s: Streamer, name: str, section: str) -> None:
    """Begin a routine of which the link keeps one."""
    label = s.symbol(name)
    s.section(SectionSpec(section, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, group=name))
    s.binding(label, STB_GLOBAL)
    s.visibility(label, STV_HIDDEN)
    s.kind(label, STT_FUNC)
    s.label(label, 0)


def finish_unit(target: X86Target, s: Streamer) -> None:
    """The thunks that functions asked for, and the note that says what the object bears."""
    h = target.hardening
    for name, r in h.thunks.items():
        helper(s, name, f".text.__x86.{name.removeprefix('__x86_')}")
        thunk_body(target, s, r, 0)
    for name, r in h.places.items():
        helper(s, name, f".text.{name}")
        emit(s, "MOVL_RM", [operand.reg(r + R32), operand.reg(RSP + R32), ONE, NO_REG, operand.imm(0), NO_REG], 0)
        emit(s, "RET", [], 0)
    if h.protection:
        align = target.word_bytes
        s.section(SectionSpec(".note.gnu.property", SHT_NOTE, SHF_ALLOC))
        s.align(align, 0, 0, 1, 0)
        entry = FEATURE_1_AND.to_bytes(4, "little") + b"\4\0\0\0" + bytes([h.protection, 0, 0, 0])
        entry += bytes(-len(entry) % align)
        s.data(b"\4\0\0\0" + len(entry).to_bytes(4, "little") + b"\5\0\0\0GNU\0" + entry)
