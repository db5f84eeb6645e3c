"""Values in spill slots are used where they stand.

    reload %rax, slot ; add %rax, %rcx          ->  add slot, %rcx          if nothing else reads %rax
    reload %rax, slot ; test %rax, %rax         ->  cmp $0, slot

After allocation and before frames: memory operands name the slot.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen.mir import COPY, F_NARROW, RELOAD, SPILL, MachineBlock, MachineFunction, MachineInstr
from toolchain.cc.codegen.peephole import must_write, read
from toolchain.cc.codegen.target import BackTarget
from toolchain.cc.x86.address import ONE
from toolchain.cc.x86.ops import B
from toolchain.isa.x86.instructions import FORMS, NAMES
from toolchain.isa.x86.registers import XMM
from toolchain.mc.model import operand
from toolchain.mc.model.operand import NO_REG, SHIFT

_SOURCES: Final = ("add", "sub", "and", "or", "xor", "cmp", "imul", "movsl", "movsb", "movsw", "movzb", "movzw", "mov", "adds", "subs", "muls", "divs",
                   "ucomis", "comis", "cvt", "cmov", "sqrts")
_SOURCE_FORMS: Final = (("_RR", "_RM"), ("_XX", "_XM"), ("_XR", "_XM"), ("_RX", "_RM"), ("_RRS", "_RMS"), ("_RRI", "_RMI"))
_FIRST_FORMS: Final = (("_RR", "_MR"), ("_RI", "_MI"), ("_RS", "_MS"))


def _forms(sources: tuple[str, ...], pairs: tuple[tuple[str, str], ...]) -> dict[int, int]:
    out: dict[int, int] = {}
    for name, n in NAMES.items():
        if not FORMS[n].base_name.startswith(sources):
            continue
        for a, b in pairs:
            if name.endswith(a) and name[:-len(a)] + b in NAMES:
                out[n + B] = NAMES[name[:-len(a)] + b] + B
    return out


SECOND: Final = _forms(_SOURCES, _SOURCE_FORMS)
"""Rows with a register as second operand -> the same with memory."""
FIRST: Final = _forms(("cmp", "test"), _FIRST_FORMS)
"""Rows that only read their first operand -> the same with memory."""
LONG: Final = frozenset(n + B for n, f in enumerate(FORMS) if f.suffix == "q" and f.base_name not in ("movsl", "movsb", "movsw", "movzb", "movzw"))
"""Rows that may read 64 bits."""
ZERO_TESTS: Final = {NAMES[f"TEST{c}_RR"] + B: NAMES[f"CMP{c}_{form}"] + B for c, form in (("B", "MI"), ("W", "MS"), ("L", "MS"), ("Q", "MS"))}
SWAPPED: Final = {NAMES[f"TEST{c}_RR"] + B: NAMES[f"TEST{c}_MR"] + B for c in "BWLQ"}


def folded(i: MachineInstr, r: int, slot: int, flags: int) -> MachineInstr | None:
    """`i` with memory instead of its source `r` (a packed register), which was loaded by a RELOAD of these flags; None if
    there is no such form.  In the slot of a narrow value 32 bits count."""
    o = i.ops
    memory = [slot, ONE, NO_REG, operand.imm(0), NO_REG]
    if i.op == COPY:
        if (r < XMM << SHIFT) != (o[0] < XMM << SHIFT):
            return None
        n = MachineInstr(RELOAD, [o[0], slot], i.loc)
        n.flags = flags
        return n
    if i.flags or i.effects is not None or flags & F_NARROW and i.op in LONG:
        return None
    if i.op in ZERO_TESTS and o[0] == o[1]:
        return MachineInstr(ZERO_TESTS[i.op], [*memory, operand.imm(0)], i.loc)
    if o.count(r) != 1:
        return None
    if i.op in SECOND and len(o) >= 2 and o[1] == r:
        return MachineInstr(SECOND[i.op], [o[0], *memory, *o[2:]], i.loc)
    if i.op in FIRST and o[0] == r:
        return MachineInstr(FIRST[i.op], [*memory, *o[1:]], i.loc)
    if i.op in SWAPPED and o[1] == r:
        return MachineInstr(SWAPPED[i.op], [*memory, o[0]], i.loc)
    return None


def block(b: MachineBlock, target: BackTarget) -> None:
    """One block, from its end.  `live_out` is the set of machine registers that its successors read."""
    live = b.live_out
    code = b.instrs
    last: dict[int, int] = {}       # register -> its only reader below, -1 if there are several
    stored: dict[int, int] = {}     # slot -> the next instruction below that writes it
    dropped: set[int] = set()
    for n in range(len(code) - 1, -1, -1):
        i = code[n]
        if i.op == RELOAD:
            r = i.ops[0]
            k = last.get(r >> SHIFT, -1)
            if k >= 0 and stored.get(i.ops[1], k) >= k:
                m = folded(code[k], r, i.ops[1], i.flags)
                if m is not None:
                    code[k] = m
                    dropped.add(n)
                    last.pop(r >> SHIFT)
                    live &= ~(1 << (r >> SHIFT))
                    continue
        elif i.op == SPILL:
            stored[i.ops[1]] = n
        d = target.descs[i.op]
        w = must_write(i, d, target)
        u = read(i, d)
        for r in list(last):
            if w >> r & 1:
                del last[r]
        live &= ~w
        rest = u
        while rest:
            low = rest & -rest
            rest ^= low
            r = low.bit_length() - 1
            last[r] = -1 if live & low or w & low else n
        live |= u
    if dropped:
        b.instrs = [i for n, i in enumerate(code) if n not in dropped]


def fold(f: MachineFunction, target: BackTarget) -> None:
    """All blocks."""
    for b in f.order:
        if any(i.op == RELOAD for i in b.instrs):
            block(b, target)
