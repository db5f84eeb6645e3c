"""What the front end asks of x86 besides layout and macros: register names, asm constraints.

Source: GCC manual, "Constraints for Particular Machines", x86 family.
"""
from __future__ import annotations

from typing import Final

from toolchain.isa.x86.registers import CODES, KINDS, NUMBERS, ST, ST_TOP

FIXED: Final = {"a": 0, "b": 3, "c": 1, "d": 2, "S": 6, "D": 7}
CONSTRAINTS: Final = {
    "a": "register", "b": "register", "c": "register", "d": "register", "S": "register", "D": "register", "A": "register", "q": "register",
    "Q": "register", "R": "register", "l": "register", "U": "register", "x": "register", "Yz": "register", "v": "register", "f": "register",
    "t": "register", "u": "register", "y": "register", "@cc": "register",
    "I": "immediate", "J": "immediate", "K": "immediate", "L": "immediate", "M": "immediate", "N": "immediate", "O": "immediate",
    "e": "immediate", "Z": "immediate", "G": "immediate", "C": "immediate", "Ws": "immediate",
}
RANGES: Final = {"I": (0, 31), "J": (0, 63), "K": (-128, 127), "M": (0, 3), "N": (0, 255), "O": (0, 127), "e": (-(1 << 31), (1 << 31) - 1),
                 "Z": (0, (1 << 32) - 1)}
FLAG_NAMES: Final = frozenset("flags fpsr fpcr dirflag mxcsr".split())
FLAGS_REGISTER: Final = 249
"""Stands for condition codes and the like as a clobber: nothing is ever kept there."""
CONDITIONS: Final = frozenset("a ae b be c e z g ge l le na nae nb nbe nc ne ng nge nl nle no np ns nz o p s pe po".split())


def register_number(name: str) -> int:
    """The compiler's number of a register by any of its names, -1 if it is none."""
    name = name.lstrip("%#")
    if name in FLAG_NAMES or name.startswith(("k", "bnd")) and name[-1:].isdigit():
        return FLAGS_REGISTER
    if name == "st":
        return ST
    n = NUMBERS.get(name, -1)
    if n < 0:
        return -1
    kind = KINDS[n]
    if kind in ("r64", "r32", "r16", "r8"):
        return CODES[n] & (3 if n >= 64 else 15)
    if n == ST_TOP:
        return ST
    if kind in ("ymm", "zmm"):
        return NUMBERS["xmm" + name[3:]]
    return n


def constraint_kind(constraint: str) -> str:
    """See `FrontTarget.constraint_kind`."""
    return CONSTRAINTS.get(constraint, "")


def immediate_fits(constraint: str, value: int) -> bool:
    """Ranges of the immediate letters; L: masks of 8, 16 and 32 bits."""
    if constraint == "L":
        return value in (0xFF, 0xFFFF, 0xFFFFFFFF)
    limits = RANGES.get(constraint)
    return limits is not None and limits[0] <= value <= limits[1]
