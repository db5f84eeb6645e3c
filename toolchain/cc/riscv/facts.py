"""What the front end asks of RISC-V besides layout and macros: register names, asm constraints, support routines.

Sources: psABI chapter 1 (register names); gcc manual, "Constraints for Particular Machines", RISC-V.
"""
from __future__ import annotations

from typing import Final

from toolchain.isa.riscv.registers import NUMBERS

# Generic letters are the caller's; these are RISC-V's own.
CONSTRAINTS: Final = {"f": "register", "I": "immediate", "J": "immediate", "K": "immediate", "A": "memory", "S": "immediate",
                      "vr": "register", "vd": "register", "vm": "register"}


def register_number(name: str) -> int:
    """Number of an integer (0..31) or floating (32..63) register by any of its names, -1 if it is none."""
    return NUMBERS.get(name.removeprefix("%"), -1)


def constraint_kind(constraint: str) -> str:
    """See `FrontTarget.constraint_kind`."""
    return CONSTRAINTS.get(constraint, "")


def immediate_fits(constraint: str, value: int) -> bool:
    """I: 12-bit signed, J: zero, K: 5-bit unsigned (for csr instructions)."""
    if constraint == "I":
        return -2048 <= value < 2048
    if constraint == "J":
        return value == 0
    if constraint == "K":
        return 0 <= value < 32
    return False
