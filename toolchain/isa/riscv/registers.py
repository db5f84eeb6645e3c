"""RISC-V registers: numbers, names, DWARF numbers.

One number space serves all operands: 0..31 x registers, 32..63 f registers, 64..95 v registers; the
low five bits are the encoding.  DWARF uses 0..31, 32..63, 96..127 and 4096 + CSR number (RISC-V DWARF
specification, chapter 2).
"""
from __future__ import annotations

from typing import Final

X_NAMES: Final = ("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split()
F_NAMES: Final = ("ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 "
                  "ft8 ft9 ft10 ft11").split()
FLOAT_BASE: Final = 32
VECTOR_BASE: Final = 64
NAMES: Final = [*X_NAMES, *F_NAMES, *[f"v{i}" for i in range(32)]]

NUMBERS: Final[dict[str, int]] = {"fp": 8}
for _i, _name in enumerate(NAMES):
    NUMBERS[_name] = _i
for _i in range(32):
    NUMBERS[f"x{_i}"] = _i
    NUMBERS[f"f{_i}"] = FLOAT_BASE + _i

ZERO: Final = 0
RA: Final = 1
SP: Final = 2
GP: Final = 3
TP: Final = 4
T0: Final = 5
T1: Final = 6


def dwarf_number(register: int) -> int:
    """DWARF number of a register number."""
    return register if register < VECTOR_BASE else register - VECTOR_BASE + 96
