"""Stack protector: a guard word between arrays and the saved registers, checked before every return.

    entry:  store $guard, load @__stack_chk_guard
    ret     becomes   branch (ne (load $guard), (load @__stack_chk_guard)), fail, out
                      fail: call @__stack_chk_fail ; unreachable

Source: GCC manual, -fstack-protector, -fstack-protector-strong, -fstack-protector-all.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen.build import IrBuilder
from toolchain.cc.codegen.libcalls import Library
from toolchain.cc.codegen.target import BackTarget
from toolchain.cc.ir import cfg
from toolchain.cc.ir.ir import (
    ALLOCA,
    BRANCH,
    CALL,
    I32,
    MUST_TAIL,
    NE,
    NO_RETURN,
    PARAM,
    PARAM_RECORD,
    PTR,
    RET,
    TAIL,
    UNREACHABLE,
    VOID,
    VOLATILE,
    Block,
    CallInfo,
    Function,
    Instr,
)

GUARD_SLOT: Final = "__stack_guard"
ALWAYS: Final = 2


def wanted(func: Function) -> bool:
    """Whether the function gets a guard: always, or because it has an array, a local whose address is taken
    or a dynamic block."""
    if func.stack_protect == 0 or func.naked:
        return False
    if func.stack_protect == ALWAYS or func.calls_alloca:
        return True
    if any(s.is_array or (s.user_variable and s.escapes) for s in func.slots if not s.dead):
        return True
    return any(i.op == ALLOCA for b in func.blocks for i in b.instrs)


def protect(func: Function, target: BackTarget, lib: Library) -> None:
    """Add the guard and its checks."""
    if not wanted(func):
        return
    size = target.pointer_bytes
    slot = func.slot_address(func.new_slot(size, size, GUARD_SLOT))
    b = IrBuilder(func)
    entry = func.blocks[0]
    b.loc = func.loc
    guard = target.guard_value(b)
    b.store(slot, guard, flags=VOLATILE)
    k = 0
    while k < len(entry.instrs) and entry.instrs[k].op in (PARAM, PARAM_RECORD):
        k += 1
    entry.instrs[k:k] = b.out
    fail: Block | None = None
    for block in list(func.blocks):
        for i in block.instrs:
            if i.op == CALL:
                i.flags &= ~(TAIL | MUST_TAIL)
        last = block.instrs[-1]
        if last.op != RET:
            continue
        if fail is None:
            fail = fail_block(func, lib)
        split_return(func, target, block, last, slot, fail)


def split_return(func: Function, target: BackTarget, block: Block, last: Instr, slot: Instr, fail: Block) -> None:
    """Put the check before a RET."""
    b = IrBuilder(func)
    b.loc = last.loc
    block.instrs.pop()
    b.out = block.instrs
    mine = b.load(PTR, slot, flags=VOLATILE)
    c = b.op(NE, I32, mine, target.guard_value(b))
    branch = b.op(BRANCH, VOID, c)
    branch.imm = 1
    out = func.new_block()
    out.frequency, out.loop_depth, out.cold = block.frequency, block.loop_depth, block.cold
    out.instrs = [last]
    cfg.add_edge(block, fail)
    cfg.add_edge(block, out)
    func.blocks.append(out)


def fail_block(func: Function, lib: Library) -> Block:
    """The block that reports an overrun."""
    fail = func.new_block()
    fail.cold = True
    call = func.instr(CALL, VOID, func.global_address(lib.symbol("__stack_chk_fail")), loc=func.end_loc)
    info = CallInfo(lib.function(lib.void, []), [], False)
    info.noreturn = True
    call.aux = info
    call.flags |= NO_RETURN
    fail.instrs = [call, func.instr(UNREACHABLE, VOID, loc=func.end_loc)]
    func.blocks.append(fail)
    return fail
