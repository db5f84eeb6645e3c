"""Nested functions (GNU C): the frame record, the static chain, trampolines, jumps out.

The enclosing function keeps the variables that nested functions use in one record of its frame; the
static chain is that record's address.  The record begins with the enclosing function's own chain."""
from __future__ import annotations

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import NIL, CallInfo, Instr, Intrinsic
from toolchain.cc.lower.context import Fn, Frame
from toolchain.cc.parse.ast import FunctionDef, Label, Symbol
from toolchain.cc.types import VOID, FunctionType, PointerType, Type

TRAMPOLINE_SIZE = 64
"""Bytes reserved for a trampoline: twice the longest of the targets' (32: two instructions and two addresses)."""
JUMP_BUFFER_WORDS = 40
"""Words of the buffer that a jump out of a nested function uses."""


def needs_chain(d: FunctionDef) -> bool:
    """Every nested function takes a static chain (as gcc does unless it can prove it unused)."""
    return d.outer is not None


def set_up(f: Fn) -> None:
    """Make the frame record, if the function has nested functions; the chain was read before."""
    d = f.definition
    if d is None or not d.nested:
        return
    size = f.layout.pointer_size
    f.frame = Frame(f.function.new_slot(size, size, "FRAME"), f.outer_frame)
    f.frame.slot.variable = f.frame
    if f.chain is not NIL:
        f.store(f.chain, f.function.slot_address(f.frame.slot))


def chain_for(f: Fn, owner: FunctionDef) -> Instr:
    """The static chain of a function nested directly in `owner`."""
    d = f.definition
    if d is owner:
        assert f.frame is not None
        return f.function.slot_address(f.frame.slot)
    base = f.chain
    d = d.outer if d is not None else None
    while d is not None and d is not owner:
        base = f.load(ir.PTR, base)
        d = d.outer
    return base


def trampoline(f: Fn, s: Symbol) -> Instr:
    """Write a trampoline that loads the chain and jumps to `s`; its address is the function pointer."""
    assert s.nested_in is not None
    if f.module.options.warnings.get("trampolines", False):
        f.module.diagnostics.warning(f.loc, f"trampoline generated for nested function '{s.name}'", "trampolines")
    slot = f.function.new_slot(TRAMPOLINE_SIZE, 16, "TRAMP")
    place = f.function.slot_address(slot)
    void = Type(VOID, 1, 1)
    pointer = PointerType(void, f.layout.pointer_size, f.layout.pointer_size)
    i = f.function.instr(ir.CALL, ir.VOID, f.function.global_address(f.module.library("__tcc_init_trampoline")), NIL, 0, f.loc)
    i.ext = [place, f.function.global_address(f.module.symbol(s)), chain_for(f, s.nested_in)]
    i.aux = CallInfo(FunctionType(void, [pointer] * 3, False, True), [pointer] * 3, False)
    f.block.instrs.append(i)
    f.module.executable_stack = True
    return place


def jump_out(f: Fn, label: Label) -> None:
    """`goto` to a label of an enclosing function: longjmp into its frame."""
    owner = label.function
    assert owner is not None
    base = chain_for(f, owner)
    frame = f.outer_frame
    d = f.definition.outer if f.definition is not None else None
    while frame is not None and d is not owner:
        frame = frame.outer
        d = d.outer if d is not None else None
    if frame is None:
        f.error(label.loc, f"cannot jump to label '{label.name}'")
        return
    offset = label_offset(f, frame, label)
    buffer = f.load(ir.PTR, base, offset)
    i = f.emit(ir.INTRINSIC, ir.VOID)
    i.ext = [buffer]
    i.aux = Intrinsic("longjmp", False)
    f.unreachable()


def label_offset(f: Fn, frame: Frame, label: Label) -> int:
    """Where the frame record keeps the address of a label's jump buffer."""
    size = f.layout.pointer_size
    for known, offset in frame.labels:
        if known is label:
            return offset
    offset = -(-frame.slot.size // size) * size
    frame.slot.size = offset + size
    frame.labels.append((label, offset))
    return offset


def receive(f: Fn, label: Label) -> None:
    """In the owner, where the frame is set up: arm the jump buffer of a label that nested functions use.

    Emits `if (setjmp(buffer)) goto label;`."""
    from toolchain.cc.lower import stmt
    assert f.frame is not None
    size = f.layout.pointer_size
    buffer = f.function.slot_address(f.function.new_slot(JUMP_BUFFER_WORDS * size, size, "JUMP"))
    f.store(buffer, f.function.slot_address(f.frame.slot), label_offset(f, f.frame, label))
    i = f.emit(ir.INTRINSIC, ir.I32)
    i.ext = [buffer]
    i.flags |= ir.RETURNS_TWICE
    i.aux = Intrinsic("setjmp", False)
    f.function.returns_twice = True
    again, on = f.add_block(), f.add_block()
    f.branch(i, again, on)
    f.start(again)
    stmt.goto(f, label)
    f.start(on)
