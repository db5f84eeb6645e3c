"""Machine verifier: what must hold of machine IR before and after allocation."""
from __future__ import annotations

from toolchain.cc.codegen.mir import D_TERMINATOR, MachineFunction, dump, is_virtual
from toolchain.cc.codegen.target import BackTarget
from toolchain.mc.model.operand import BLOCK, EXPR, KIND_MASK, SHIFT, SLOT


class MachineError(Exception):
    """The machine IR is wrong: a fault of code generation, never of the input."""


def fail(f: MachineFunction, target: BackTarget, what: str) -> None:
    """Raise with the function's text."""
    raise MachineError(f"{f.name}: {what}\n{dump(f, target.descs)}")


def verify_machine(f: MachineFunction, target: BackTarget, allocated: bool) -> None:
    """Operands exist, terminators stand last, edges agree both ways, no virtual register is left after
    allocation, and every one that is read is written somewhere before it.  Raises MachineError."""
    here = {b.number for b in f.order}
    written: set[int] = set()
    for b in f.order:
        for i in b.instrs:
            d = target.descs[i.op]
            e = i.effects
            for p in d.defs if e is None else e.defs:
                written.add(i.ops[p])
    for b in f.order:
        ended = False
        for i in b.instrs:
            d = target.descs[i.op]
            e = i.effects
            terminator = bool(d.flags & D_TERMINATOR) or (e is not None and bool(e.targets))
            if ended and not terminator:
                fail(f, target, f"{d.name} after a terminator in b{b.number}")
            ended = ended or terminator
            for o in i.ops:
                kind = o & KIND_MASK
                if is_virtual(o):
                    if allocated:
                        fail(f, target, f"virtual register left in {d.name}")
                elif kind == SLOT and o >> SHIFT >= len(f.slots):
                    fail(f, target, f"slot out of range in {d.name}")
                elif kind == EXPR and o >> SHIFT >= len(f.expressions):
                    fail(f, target, f"expression out of range in {d.name}")
                elif kind == BLOCK and o >> SHIFT not in here:
                    fail(f, target, f"branch to b{o >> SHIFT}, which is not in the function")
            for p in d.uses if e is None else e.uses:
                if is_virtual(i.ops[p]) and i.ops[p] not in written:
                    fail(f, target, f"{d.name} reads a register that nothing writes")
        for s in b.succs:
            if b not in s.preds:
                fail(f, target, f"edge b{b.number} -> b{s.number} is not known to its target")
