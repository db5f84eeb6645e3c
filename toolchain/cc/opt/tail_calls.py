"""Marks calls in tail position.

    %1 = call i32 @g(i32 %x)                %1 = call i32 @g(i32 %x) tail
    jump b9                            ->   ret %1
    b9: %2 = phi i32 [.. %1] ; ret %2

The mark says that nothing of this frame is needed after the call; whether the ABI allows a jump (arguments on
the stack) is for the back end to see.  Not where the callee may hold an address of this frame, nor in functions that
call setjmp or have a stack protector.  Calls that do not return are left alone: their backtraces matter.
"""
from __future__ import annotations

from toolchain.cc.ir.cfg import reachable, remove_pred
from toolchain.cc.ir.ir import (
    CALL,
    JUMP,
    NIL,
    NO_RETURN,
    PHI,
    RET,
    TAIL,
    VOID,
    Block,
    CallInfo,
    Function,
    Instr,
)
from toolchain.cc.opt.alias import compute_escapes
from toolchain.cc.opt.context import OptContext


def run(function: Function, ctx: OptContext) -> bool:
    """Mark tail calls."""
    if not ctx.options.flag("optimize-sibling-calls", True) or function.returns_twice or function.stack_protect \
            or function.calls_alloca or function.uses_frame_address or function.variadic:
        return False
    compute_escapes(function)
    if any(s.escapes and not s.dead for s in function.slots):
        return False
    changed = False
    for b in reachable(function):
        if b.instrs[-1].op == JUMP and len(b.instrs) > 1 and b.instrs[-2].op == CALL and _own_return(function, b):
            changed = True
        if b.instrs[-1].op == RET and len(b.instrs) > 1:
            call = b.instrs[-2]
            ret = b.instrs[-1]
            if _eligible(call) and (ret.a is call or ret.a is NIL):
                call.flags |= TAIL
                changed = True
    if changed:
        reachable(function)
    return changed


def _eligible(call: Instr) -> bool:
    info = call.aux
    return call.op == CALL and isinstance(info, CallInfo) and not info.nontail and not info.noreturn and not info.result_address \
        and not call.flags & NO_RETURN and not info.returns_twice


def _own_return(f: Function, b: Block) -> bool:
    """Give a block that ends in a call and jumps to a mere return its own return."""
    call = b.instrs[-2]
    s = b.succs[0]
    if not _eligible(call) or s.instrs[-1].op != RET or s.address_taken:
        return False
    ret = s.instrs[-1]
    value = ret.a
    for i in s.instrs[:-1]:
        if i.op != PHI:
            return False
        if i is value:
            value = i.ext[s.preds.index(b)]
    if value is not NIL and value is not call:
        return False
    t = f.instr(RET, VOID, value)
    t.loc = ret.loc
    b.instrs[-1] = t
    remove_pred(s, b)
    b.succs = []
    return True
