"""Clean-ups on machine IR with real registers that only x86 needs.

`combine`, before the frame is known:  mov x, d ; add y, d   ->  lea (x,y), d
`finish`, at the very end:  test r, r after arithmetic on r goes; mov $0, r becomes xor where no flags are live;
lock prefixes; register names by operand size.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.mir import MachineBlock, MachineFunction, MachineInstr
from toolchain.cc.x86 import ops
from toolchain.cc.x86.address import ONE
from toolchain.cc.x86.ops import CONDITIONS, DESCS, F_LOCK, B, name_registers, row
from toolchain.isa.x86.instructions import FORMS
from toolchain.mc.model import operand
from toolchain.mc.model.operand import IMM, KIND_MASK, NO_REG, SHIFT

if TYPE_CHECKING:
    from toolchain.cc.x86.target import X86Target

ADD_REGISTER: Final = {row("ADDL_RR"): row("LEAL_RM"), row("ADDQ_RR"): row("LEAQ_RM")}
ADD_CONSTANT: Final = {row("ADDL_RI"): row("LEAL_RM"), row("ADDQ_RI"): row("LEAQ_RM"), row("ADDL_RS"): row("LEAL_RM"), row("ADDQ_RS"): row("LEAQ_RM")}
SHIFT_LEFT: Final = {row("SHLL_RI"): row("LEAL_RM"), row("SHLQ_RI"): row("LEAQ_RM")}
XORL: Final = row("XORL_RR")
LOCK: Final = row("LOCK")
TESTS: Final = {row("TESTL_RR"): 32, row("TESTQ_RR"): 64}

STEPS: Final = {row("ADDL_RS"): 1, row("ADDL_RI"): 1, row("ADDQ_RS"): 2, row("ADDQ_RI"): 2, row("ADDL_MS"): 3, row("ADDQ_MS"): 4}
STEP_ROWS: Final[tuple[dict[int, int], ...]] = ({}, {1: row("INCL_R_2"), -1: row("DECL_R_2"), 0xFFFFFFFF: row("DECL_R_2")}, {1: row("INCQ_R"), -1: row("DECQ_R")},
                    {1: row("INCL_M"), -1: row("DECL_M"), 0xFFFFFFFF: row("DECL_M")}, {1: row("INCQ_M"), -1: row("DECQ_M")})
ONE_BYTE: Final = {row("INCL_R_2"): row("INCL_R"), row("DECL_R_2"): row("DECL_R")}
MINUS_ONE: Final = {0xFFFFFFFF: row("ORL_RS"), -1: row("ORQ_RS")}
BY_ONE: Final = {row(f"{name}{size}_RI"): row(f"{name}{size}_R1") for name in ("SHL", "SHR", "SAR") for size in "LQ"}
ONE_COUNT: Final = operand.imm(1)

# Instructions by what they do to the flags.
_LOGIC: Final = ("and", "or", "xor")
_SUMS: Final = ("add", "sub", "neg", "inc", "dec")


def _names(mnemonics: tuple[str, ...], suffix: str) -> frozenset[int]:
    return frozenset(n + B for n, f in enumerate(FORMS) if f.base_name in mnemonics and f.suffix == suffix and f.kinds and f.kinds[0][0] == "r")


LOGIC: Final = {32: _names(_LOGIC, "l"), 64: _names(_LOGIC, "q")}
SUMS: Final = {32: _names(_SUMS, "l"), 64: _names(_SUMS, "q")}
_READERS: Final = frozenset(n + B for n, f in enumerate(FORMS) if f.base_name.startswith(("set", "cmov")) or f.base_name in ("adc", "sbb", "rcl", "rcr")
                            or n + B in ops.INVERSE)
_QUIET: Final = frozenset(n + B for n, f in enumerate(FORMS) if f.base_name.startswith(("mov", "lea", "cmov", "set", "j", "push", "pop", "cvt"))
                          or f.base_name[0] == "f" and "comi" not in f.base_name or f.base_name in ("not", "bswap", "xchg", "cltd", "cqto", "ret"))


def reads_flags(i: MachineInstr) -> bool:
    """Whether the instruction depends on the flags."""
    return i.op in _READERS or i.op == ops.CMOV_MOVE


def keeps_flags(i: MachineInstr) -> bool:
    """Whether the flags survive the instruction."""
    if i.op >= B:
        return i.op in _QUIET
    return i.op in (mir.COPY, mir.UNDEF, mir.SPILL, mir.RELOAD, mir.NOP, mir.JUMP, ops.LI, ops.LA, ops.LA_FAR, ops.LGOT, ops.FZERO, ops.CMOV_MOVE, ops.CFI,
                    ops.LABEL_ADDRESS, ops.TABLE_ADDRESS, ops.PIC_LABEL, ops.PIC_TABLE, ops.THREAD_POINTER, mir.FRAME_ADDRESS)


def combine(f: MachineFunction) -> None:
    """Copy and addition as one lea."""
    for b in f.order:
        code = b.instrs
        out: list[MachineInstr] = []
        for i in code:
            if out and out[-1].op == mir.COPY and i.ops and i.ops[0] == out[-1].ops[0] and i.op >= B:
                n = lea(out[-1].ops[1], i)
                if n is not None:
                    out[-1] = n
                    continue
            out.append(i)
        b.instrs = out


def lea(x: int, i: MachineInstr) -> MachineInstr | None:
    """The lea for `i` if its first operand has just been copied from `x`; None if there is none."""
    o = i.ops
    op = ADD_REGISTER.get(i.op, 0)
    zero = operand.imm(0)
    if op and o[1] != o[0]:
        return MachineInstr(op, [o[0], x, ONE, o[1], zero, NO_REG], i.loc)
    op = ADD_CONSTANT.get(i.op, 0)
    if op and o[1] & KIND_MASK == IMM:
        return MachineInstr(op, [o[0], x, ONE, NO_REG, o[1], NO_REG], i.loc)
    op = SHIFT_LEFT.get(i.op, 0)
    k = o[1] >> SHIFT if op else 0
    if op and k == 1:
        return MachineInstr(op, [o[0], x, ONE, x, zero, NO_REG], i.loc)
    if op and k in (2, 3):
        return MachineInstr(op, [o[0], NO_REG, operand.imm(1 << k), x, zero, NO_REG], i.loc)
    return None


def drop_tests(b: MachineBlock) -> None:
    """test r, r right after the instruction that computed r: the flags are there already, except that carry and
    overflow differ after sums."""
    out: list[MachineInstr] = []
    code = b.instrs
    for n, i in enumerate(code):
        bits = TESTS.get(i.op, 0)
        if bits and i.ops[0] == i.ops[1]:
            k = len(out) - 1
            while k >= 0 and keeps_flags(out[k]) and not writes(out[k], i.ops[0]):
                k -= 1
            if k >= 0 and out[k].ops and out[k].ops[0] == i.ops[0]:
                if out[k].op in LOGIC[bits] or out[k].op in SUMS[bits] and only_equality(code, n + 1):
                    continue
        out.append(i)
    b.instrs = out


def writes(i: MachineInstr, register: int) -> bool:
    """Whether `i` writes the packed register."""
    d = DESCS[i.op]
    return any(i.ops[p] == register for p in d.defs) or bool(d.implicit_defs >> (register >> SHIFT) & 1)


def only_equality(code: list[MachineInstr], n: int) -> bool:
    """Whether what reads the flags from position `n` on looks at zero (or sign) alone."""
    while n < len(code):
        i = code[n]
        if reads_flags(i):
            if i.op == ops.CMOV_MOVE:
                c = i.ops[1] >> SHIFT
            else:
                name = FORMS[i.op - B].base_name
                c = CONDITIONS.index(name.removeprefix("set").removeprefix("cmov").removeprefix("j")) if name[0] in "scj" else 2
            if c not in (4, 5, 8, 9):
                return False
        elif not keeps_flags(i):
            return True
        n += 1
    return True


def constants(b: MachineBlock) -> None:
    """mov $0 as xor where the flags are dead."""
    live = False
    code = b.instrs
    for n in range(len(code) - 1, -1, -1):
        i = code[n]
        if i.op == ops.LI and i.ops[1] >> SHIFT == 0 and not live:
            code[n] = MachineInstr(XORL, [i.ops[0], i.ops[0]], i.loc)
        elif reads_flags(i):
            live = True
        elif not keeps_flags(i):
            live = False


def short_forms(b: MachineBlock, wide: bool) -> None:
    """Where size counts: inc and dec for sums with 1 and -1, or for -1, if the flags are dead, or only the
    carry, which inc leaves alone.  `wide`: 64-bit mode, where the forms of one byte are prefixes."""
    live = False
    code = b.instrs
    for n in range(len(code) - 1, -1, -1):
        i = code[n]
        k = STEPS.get(i.op, 0)
        if k:
            step = STEP_ROWS[k].get(i.ops[-1] >> SHIFT, 0)
            if step and (not live or only_equality(code, n + 1)):
                code[n] = MachineInstr(step if wide else ONE_BYTE.get(step, step), i.ops[:-1], i.loc)
                code[n].flags = i.flags
        elif not live:
            if i.op == ops.LI and i.ops[1] >> SHIFT in MINUS_ONE:
                code[n] = MachineInstr(MINUS_ONE[i.ops[1] >> SHIFT], [i.ops[0], operand.imm(-1)], i.loc)
        if reads_flags(i):
            live = True
        elif not keeps_flags(i):
            live = False


def finish(target: X86Target, f: MachineFunction) -> None:
    """Last changes before emission."""
    optimise = target.options.optimize > 0 or target.options.optimize_size
    wide = target.word_bytes == 8
    for b in f.order:
        if optimise:
            drop_tests(b)
            constants(b)
            if f.source.for_size:
                short_forms(b, wide)
        out: list[MachineInstr] = []
        for i in b.instrs:
            if i.op >= B:
                if i.op in BY_ONE and i.ops[-1] == ONE_COUNT:
                    i.op = BY_ONE[i.op]
                if i.flags & F_LOCK:
                    out.append(MachineInstr(LOCK, [], i.loc))
                name_registers(i.op, i.ops, wide)
            out.append(i)
        b.instrs = out
