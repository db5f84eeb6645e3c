"""How far the object behind an address extends: what __builtin_object_size asks of slots and symbols."""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.ir import ADD, CONST, COPY, GLOBAL, PTR, SLOT, Aux, Function, GlobalSymbol, Instr, StackSlot
from toolchain.cc.ir.known import signed, width

SUBOBJECT: Final = 1
"""Bit of the builtin's type: the nearest enclosing member or array counts."""
LEAST: Final = 2
"""Bit of the builtin's type: the smallest size that is possible, else the largest."""
DYNAMIC: Final = 4
"""Bit of OBJSIZE's `imm`: __builtin_dynamic_object_size."""


class Extent:
    """Bytes that are `left` from an address to the end of its object, and in the `whole` of it."""

    __slots__ = ("left", "whole")

    def __init__(self, left: int, whole: int) -> None:
        self.left = left
        self.whole = whole


UNKNOWN: Final = Extent(-1, -1)


class Subobject(Aux):
    """Marks a COPY: the address of a member or an inner array of `size` bytes."""

    def __init__(self, size: int, is_array: bool) -> None:
        self.size = size
        self.is_array = is_array


def unknown_size(mode: int) -> int:
    """What the builtin says of an unknown object."""
    return 0 if mode & LEAST else -1


def of_leaf(p: Instr) -> Extent:
    """Extent of a SLOT or GLOBAL."""
    aux = p.aux
    size = -1
    if p.op == SLOT and isinstance(aux, StackSlot):
        size = aux.size
    elif p.op == GLOBAL and isinstance(aux, GlobalSymbol) and aux.size_known_object:
        size = aux.size
    if size < 0:
        return UNKNOWN
    return Extent(size - p.imm if 0 <= p.imm <= size else 0, size)


def step(e: Extent, by: int) -> Extent:
    """`by` bytes further on; a position before the start counts as the start."""
    at = max(e.whole - e.left + by, 0)
    return Extent(max(e.whole - at, 0), e.whole)


def of_address(f: Function, p: Instr, mode: int) -> Extent:
    """Extent of a plain address: a leaf, constants added, subobjects (all that -O0 looks at)."""
    if p.op == ADD and p.b.op == CONST:
        e = of_address(f, p.a, mode)
        return step(e, signed(p.b.imm, width(f, PTR))) if e is not UNKNOWN else e
    if p.op == COPY and isinstance(p.aux, Subobject):
        if mode & SUBOBJECT:
            return Extent(p.aux.size, p.aux.size)
        return of_address(f, p.a, mode)
    return of_leaf(p)
