"""Cleanups on unwinding (-fexceptions with attribute cleanup).

    struct lock l __attribute__((cleanup(unlock)));      ->      asm goto("" : : : "memory" : pad)
    f();                                                         call f            ; CallInfo.pad: pad
                                                           pad:  %e = asm("" : "=r"(exception register) : "m"(l) : "memory")
                                                                 call unlock(&l) ; then those of the scopes around it
                                                                 call _Unwind_Resume(%e)

The empty `asm goto` where the scope begins is the way into the landing pad that the rest of the compiler sees.  What the pad needs
are addresses of frame objects, nothing in registers; that the variable's address goes into the pad's asm keeps it in memory, and every
call may then read it.
"""
from __future__ import annotations

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import AsmInfo, AsmOperand
from toolchain.cc.lower import calls
from toolchain.cc.lower import lvalue as lvalues
from toolchain.cc.lower.context import V_POINTER, Fn, LandingPad, Scope
from toolchain.cc.types import VOID, PointerType, Type, size_of


def enter(f: Fn, scope: Scope) -> None:
    """The scope of a variable with a cleanup function begins; it is the last of `f.scopes`."""
    if not f.unwinds or scope.variable is None:
        return
    v = f.variables[scope.variable]
    if v.kind == V_POINTER and v.index >= 0:
        f.error(f.loc, "attribute 'cleanup' of an array of variable length is not supported with -fexceptions")
        return
    info = AsmInfo("")
    info.is_volatile = True
    info.clobbers_memory = True
    i = f.emit(ir.ASM_GOTO, ir.VOID)
    i.aux = info
    through, block = f.add_block(), f.add_block()
    f.link(through)
    f.link(block)
    info.label_blocks.append(block)
    info.label_names.append("")
    pad = LandingPad(block, f.add_block(), scope, f.scopes[:-1])
    scope.pad = pad
    f.pads.append(pad)
    f.start(through)


def finish(f: Fn) -> None:
    """At the end of the function: the landing pads and what they do."""
    if not f.pads:
        return
    exception = f.new_variable(ir.PTR)
    resume = f.add_block()
    register = f.module.target.exception_register
    for pad in f.pads:
        f.start(pad.block)
        scope = pad.scope
        assert scope.variable is not None
        info = AsmInfo("")
        info.is_volatile = True
        info.clobbers_memory = True
        out = AsmOperand("", "=&r", ir.PTR)
        out.is_output = True
        out.register = register
        out.size = f.layout.pointer_size
        place = AsmOperand("", "m", ir.PTR)
        place.is_memory = True
        place.value_index = 0
        place.size = max(size_of(scope.variable.ty), 1)
        info.operands = [out, place]
        info.num_outputs = 1
        info.outputs = [0]
        i = f.emit(ir.ASM, ir.PTR)
        i.aux = info
        i.ext = [lvalues.variable_address(f, f.variables[scope.variable])]
        f.write(exception, i)
        f.jump(pad.chain)
    for pad in reversed(f.pads):        # inner scopes come later: all ways into a chain are known
        f.start(pad.chain)
        scope = pad.scope
        assert scope.variable is not None and scope.function is not None
        f.scopes = pad.outer
        calls.cleanup(f, scope.variable, scope.function, lvalues.variable_address(f, f.variables[scope.variable]))
        around = f.landing_pad()
        f.jump(around.chain if around is not None else resume)
    f.scopes = []
    f.start(resume)
    void = Type(VOID, 0, 1)
    pointer = PointerType(void, f.layout.pointer_size, f.layout.pointer_size)
    calls.library(f, "_Unwind_Resume", [f.read(exception)], [pointer], void)
    f.unreachable()
