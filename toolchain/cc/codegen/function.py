"""Code generation of one function: the table of contents."""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen import edges, layout, overaligned, pairs, peephole, sink, switches, tail_merge, vectors
from toolchain.cc.codegen.abi import AbiLowering, refuse_convention
from toolchain.cc.codegen.emit import Emitter
from toolchain.cc.codegen.frame import rewrite_frame
from toolchain.cc.codegen.hoist import hoist
from toolchain.cc.codegen.legalise import legalise
from toolchain.cc.codegen.memory import split_unaligned
from toolchain.cc.codegen.mir import MachineFunction
from toolchain.cc.codegen.protector import protect
from toolchain.cc.codegen.regalloc import allocate
from toolchain.cc.codegen.select import Selector
from toolchain.cc.codegen.target import BackTarget
from toolchain.cc.codegen.unitstate import UnitState
from toolchain.cc.codegen.verify import verify_machine
from toolchain.cc.ir import cfg, debug
from toolchain.cc.ir.ir import Function
from toolchain.cc.opt import dce, promote
from toolchain.diagnostics import ToolError

CONVENTION_ATTRIBUTES: Final = frozenset(("cdecl", "sysv_abi", "ms_abi", "fastcall", "stdcall", "thiscall", "regparm"))
"""Part of the function's type; see `refuse_convention`."""


def refuse_unsupported(func: Function, target: BackTarget) -> None:
    """Raise ToolError for an attribute that changes what code must do and that the target does not act on."""
    asked = [a.split("(")[0] for a in func.target_features]
    asked = [a for a in asked if a not in CONVENTION_ATTRIBUTES]
    refuse_convention(func.ftype.convention, target, func.loc)
    if func.interrupt:
        asked.append("interrupt")
    if func.zero_call_used not in ("", "skip"):
        asked.append("zero_call_used_regs")
    for name in asked:
        if name not in target.honoured_attributes:
            raise ToolError(f"attribute '{name}' is not supported for this target", func.loc)


def machine_function(func: Function, target: BackTarget, unit: UnitState) -> MachineFunction:
    """`func` as machine IR with real registers and frame.  Destroys the IR."""
    refuse_unsupported(func, target)
    if func.debug is not None:
        debug.remember(func, func.debug)        # selection asks
    cfg.remove_unreachable(func)
    overaligned.run(func, target.stack_align)
    protect(func, target, unit.library)
    if not target.vector_bits:
        vectors.scalarise(func, target)
    legalise(func, target, unit.library)
    switches.lower(func, target)
    abi = AbiLowering(func, target, unit.library).run()
    overaligned.run(func, target.stack_align)       # copies of arguments
    # From here on: no C types, all calls and parameters in registers and stack places.
    if func.level and promote.run(func, False):
        # Records of one scalar that travel in registers need no frame object any more.
        dce.run(func)
        legalise(func, target, unit.library)
    pairs.split_wide(func, target, abi)
    split_unaligned(func, target)
    loops = edges.prepare(func)
    if func.level and target.has_flags:
        sink.run(func, target)
    selector = Selector(func, target, abi, unit)
    f = selector.run()
    for loop in loops:
        selector.mblocks[loop.header.id].is_header = True
    if func.level >= 2 and not func.for_size:
        hoist(selector, loops)
    f.register_save_bytes = abi.register_save_bytes
    f.incoming_bytes = abi.signature.stack_bytes
    target.before_allocation(f)         # which defines registers that the selector only asked for
    if unit.verify:
        verify_machine(f, target, False)
    layout.place(f, func.for_size)
    allocate(f, target)
    variables = f.variables if func.debug is not None else None
    if variables is not None:
        variables.follow()
    # From here on: no virtual registers.
    if unit.verify:
        verify_machine(f, target, True)
    if func.level >= 2 and not func.for_size:
        layout.duplicate_dispatch(f)
    layout.thread_jumps(f)
    layout.place(f, func.for_size)
    peephole.run(f, target)
    if func.level >= 2:
        layout.lift_edge_copies(f, target)
    target.peephole(f)
    target.layout_frame(f)
    rewrite_frame(f, target)
    if func.for_size:
        tail_merge.run(f)
        layout.thread_jumps(f)
    layout.duplicate_returns(f)
    target.insert_frame(f)
    # From here on: no frame slots.
    layout.simplify_branches(f, target)
    target.finish(f)
    if variables is not None:
        variables.catch_up()
    return f


def check_frame(f: MachineFunction, func: Function, unit: UnitState) -> None:
    """-Wframe-larger-than= and -Wstack-usage=: what a call of the function takes of the stack."""
    if unit.frame_limit >= 0 and f.frame_size > unit.frame_limit:
        unit.diagnostics.warning(func.end_loc or func.loc, f"the frame size of {f.frame_size} bytes is larger than {unit.frame_limit} bytes",
                                 "frame-larger-than=")
    if unit.stack_limit >= 0:
        if f.has_alloca:
            unit.diagnostics.warning(func.loc, "stack usage might be unbounded", "stack-usage=")
        elif f.frame_size > unit.stack_limit:
            unit.diagnostics.warning(func.loc, f"stack usage is {f.frame_size} bytes", "stack-usage=")


def compile_function(func: Function, target: BackTarget, unit: UnitState) -> None:
    """Generate code for `func` and emit it through the unit's streamer.  Raises ToolError for what the
    target cannot do."""
    f = machine_function(func, target, unit)
    check_frame(f, func, unit)
    Emitter(f, target, unit).run()
    f.dispose()
    func.dispose()
