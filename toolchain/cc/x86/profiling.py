"""-pg: every function calls a profiler at entry (gcc manual, "Program Instrumentation Options" and "x86 Options").

    f: endbr64 ; 1: call __fentry__ ; pushq %rbp ...        -mfentry: before all else, as ftrace wants it
    f: pushq %rbp ; movq %rsp, %rbp ; 1: call mcount ...    otherwise

-mrecord-mcount lists the calls (the addresses of `1:`) in the section __mcount_loc; -mnop-mcount leaves nops for somebody to patch.
The profiler keeps all registers that hold arguments.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen.emit import Emitter
from toolchain.cc.ir.ir import Function
from toolchain.cc.x86.address import ONE
from toolchain.cc.x86.ops import row
from toolchain.diagnostics import Loc, ToolError
from toolchain.elf.constants import SHF_ALLOC, SHT_PROGBITS
from toolchain.isa.x86.registers import RIP
from toolchain.mc.model import operand
from toolchain.mc.model.expr import SectionSpec, symbol_ref
from toolchain.mc.model.operand import NO_REG

if TYPE_CHECKING:
    from toolchain.cc.options import CompileOptions
    from toolchain.cc.x86.target import X86Target

NOP5: Final = b"\x0f\x1f\x44\0\0"


def check(options: CompileOptions, wide: bool) -> None:
    """Raises ToolError for what cannot be done."""
    if options.flag("profile", False) and options.pic and not wide:
        raise ToolError("'-pg' with position-independent 32-bit code is not supported")
    if options.flag("profile", False) and options.pic and options.machine.get("mcmodel") == "large":
        raise ToolError("'-pg' with position-independent code of '-mcmodel=large' is not supported")


def calls(target: X86Target, f: Function) -> bool:
    """Whether the function calls a profiler."""
    return target.options.flag("profile", False) and not f.no_instrument and not f.naked


def before_prologue(target: X86Target) -> bool:
    """Whether the call stands before all else."""
    return "mfentry" in target.options.machine


def emit(target: X86Target, e: Emitter, loc: Loc) -> None:
    """The call, or what stands in its place."""
    s = e.streamer
    machine = target.options.machine
    label = s.temporary()
    s.label(label, loc)
    name = "__fentry__" if before_prologue(target) else "mcount"
    if "mnop-mcount" in machine:
        s.data(NOP5)
    elif target.options.pic:
        e.row(row("CALLQ_M"), [operand.reg(RIP), ONE, NO_REG, e.symbol_operand(s.symbol(name), "gotpcrel"), NO_REG], loc)
    else:
        e.row(row("CALL_J"), [e.symbol_operand(s.symbol(name))], loc)
    if "mrecord-mcount" in machine:
        s.push_section()
        s.section(SectionSpec("__mcount_loc", SHT_PROGBITS, SHF_ALLOC))
        s.value(symbol_ref(label), target.word_bytes, loc)
        s.pop_section()
