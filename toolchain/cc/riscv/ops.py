"""Opcodes of the RISC-V back end: its pseudo operations, and tables from IR operations to rows.

Rows are `isa.riscv.rows` numbers plus ROW_BASE.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen.mir import (
    D_BRANCH,
    D_EFFECT,
    D_LOAD,
    D_REMAT,
    D_STORE,
    D_TERMINATOR,
    FIRST_TARGET,
    ROW_BASE,
    OpDesc,
    descriptors,
)
from toolchain.isa.riscv import rows as r
from toolchain.isa.riscv.instructions import ROWS
from toolchain.mc.model import isa

B: Final = ROW_BASE

# ------------------------------------------------------------------ pseudo operations
LI: Final = FIRST_TARGET            # rd, IMM
LA: Final = FIRST_TARGET + 1        # rd, EXPR: pc-relative or absolute as the code model says
LGA: Final = FIRST_TARGET + 2       # rd, EXPR: through the GOT
TLS_LE: Final = FIRST_TARGET + 3    # rd, EXPR hi, EXPR add, EXPR lo
TLS_IE: Final = FIRST_TARGET + 4    # rd, EXPR
TLS_GD: Final = FIRST_TARGET + 5    # rd, EXPR: address of the GOT pair, for __tls_get_addr
CMOV: Final = FIRST_TARGET + 6      # rd (two-address), branch row as IMM, rs1, rs2, value if the branch is not taken
CAS: Final = FIRST_TARGET + 7       # rd early, address, expected, new, temporary early, IMM order, IMM bytes
RMW: Final = FIRST_TARGET + 8       # rd early, address, operand, temporary early, IMM operation, IMM order, IMM bytes
CAS_MASKED: Final = FIRST_TARGET + 9    # rd early, address, expected, new, mask, temporary early, IMM order (all shifted into place)
RMW_MASKED: Final = FIRST_TARGET + 10   # rd early, address, operand, mask, temporary early, second early, IMM operation, IMM order
TABLE_ADDRESS: Final = FIRST_TARGET + 11    # rd; effects.table
TRAP: Final = FIRST_TARGET + 12
LABEL_ADDRESS: Final = FIRST_TARGET + 13    # rd, BLOCK
RETURN_ADDRESS: Final = FIRST_TARGET + 14   # rd: ra as it was at entry
SETJMP: Final = FIRST_TARGET + 15   # rd, buffer: frame pointer, resume address and stack pointer go to the buffer
LONGJMP: Final = FIRST_TARGET + 16  # buffer

PSEUDO_DESCS: Final = (
    OpDesc("li", (0,), (), D_REMAT),
    OpDesc("la", (0,), (), D_REMAT),
    OpDesc("lga", (0,), (), D_REMAT),
    OpDesc("tls_le", (0,), (), D_REMAT),
    OpDesc("tls_ie", (0,), (), D_REMAT),
    OpDesc("tls_gd", (0,), (), 0),
    OpDesc("cmov", (0,), (0, 2, 3, 4), 0),
    OpDesc("cas", (0, 4), (1, 2, 3), D_EFFECT | D_LOAD | D_STORE, early=(0, 4)),
    OpDesc("rmw", (0, 3), (1, 2), D_EFFECT | D_LOAD | D_STORE, early=(0, 3)),
    OpDesc("cas_masked", (0, 5), (1, 2, 3, 4), D_EFFECT | D_LOAD | D_STORE, early=(0, 5)),
    OpDesc("rmw_masked", (0, 4, 5), (1, 2, 3), D_EFFECT | D_LOAD | D_STORE, early=(0, 4, 5)),
    OpDesc("table_address", (0,), (), 0),
    OpDesc("trap", (), (), D_EFFECT),
    OpDesc("label_address", (0,), (), D_REMAT),
    OpDesc("return_address", (0,), (), 0),
    OpDesc("setjmp", (0,), (1,), D_EFFECT),
    OpDesc("longjmp", (), (0,), D_EFFECT),
)

BRANCH_ROWS: Final = (r.BEQ, r.BNE, r.BLT, r.BGE, r.BLTU, r.BGEU, r.BEQZ, r.BNEZ, r.BLTZ, r.BGEZ, r.BGTZ, r.BLEZ)
INVERSE: Final = {r.BEQ + B: r.BNE + B, r.BNE + B: r.BEQ + B, r.BLT + B: r.BGE + B, r.BGE + B: r.BLT + B, r.BLTU + B: r.BGEU + B,
                  r.BGEU + B: r.BLTU + B, r.BEQZ + B: r.BNEZ + B, r.BNEZ + B: r.BEQZ + B, r.BLTZ + B: r.BGEZ + B, r.BGEZ + B: r.BLTZ + B,
                  r.BGTZ + B: r.BLEZ + B, r.BLEZ + B: r.BGTZ + B}

GLOBAL_STORES: Final = (r.SB_MACRO, r.SH_MACRO, r.SW_MACRO, r.SD_MACRO, r.FSW_MACRO, r.FSD_MACRO)
GLOBAL_FLOAT_LOADS: Final = (r.FLW_MACRO, r.FLD_MACRO)


def positions(bits: int) -> tuple[int, ...]:
    """Bit positions as a tuple."""
    return tuple(k for k in range(bits.bit_length()) if bits >> k & 1)


def row_descriptors() -> list[OpDesc]:
    """Descriptors of the ISA's rows."""
    out: list[OpDesc] = []
    for row in ROWS:
        flags = 0
        if row.flags & isa.LOAD:
            flags |= D_LOAD
        if row.flags & isa.STORE:
            flags |= D_STORE
        if row.flags & isa.BRANCH:
            flags |= D_BRANCH | D_TERMINATOR
        if row.flags & isa.JUMP:
            flags |= D_TERMINATOR
        if "csr" in row.mnemonic or row.mnemonic.startswith(("fence", "ebreak", "ecall", "unimp")):
            flags |= D_EFFECT
        out.append(OpDesc(row.mnemonic, positions(row.defs), positions(row.uses), flags))
    for n in GLOBAL_STORES:
        out[n] = OpDesc(ROWS[n].mnemonic, (2,), (0,), D_STORE, early=(2,))
    for n in GLOBAL_FLOAT_LOADS:
        out[n] = OpDesc(ROWS[n].mnemonic, (0, 2), (), D_LOAD, early=(2,))
    return out


DESCS: Final = descriptors(PSEUDO_DESCS, row_descriptors())
