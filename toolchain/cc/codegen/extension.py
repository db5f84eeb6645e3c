"""What is known of the upper bits of registers that hold narrow integers.

For every integer value, two bounds on the register that will hold it: `sign[id]` = s says the register
equals its low s bits sign-extended, `zero[id]` = z says it is below 2**z.  Selection then drops
extensions that change nothing.

    %1 = load i8 %p          ; zero 8 (a load that zero-extends)
    %2 = zext i32 %1         ; no code: %2 stands in the register of %1

Phis start optimistic; the bounds only grow until nothing changes.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen.abi import FunctionAbi
from toolchain.cc.codegen.target import LoweredCall
from toolchain.cc.ir.ir import (
    ADD,
    AND,
    ASM,
    ASM_GOTO,
    BITCAST,
    BRANCH,
    CALL,
    CLZ,
    CONST,
    COPY,
    CTZ,
    FIRST_COMPARE,
    I8,
    I16,
    I32,
    I64,
    I128,
    INTRINSIC,
    JUMP,
    LAST_COMPARE,
    LOAD,
    NOT,
    OPAQUE,
    OR,
    PARAM,
    PHI,
    POPCOUNT,
    PROJ,
    PTR,
    SAR,
    SELECT,
    SEXT,
    SHL,
    SHR,
    SLE,
    SLT,
    TRUNC,
    TYPE_BITS,
    UDIV,
    UREM,
    VA_ARG,
    XOR,
    ZEXT,
    Block,
    Function,
    Instr,
)

UNKNOWN: Final = 64
INTEGERS: Final = frozenset((I8, I16, I32, I64, I128, PTR))


def narrow_constant(ty: int, value: int) -> int:
    """The number a register holds for a CONST: 8- and 16-bit constants zero-extended, others signed."""
    if ty < I32:
        return value
    bits = 64 if ty == PTR else TYPE_BITS[ty]
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


def continues_below(p: Block, header: Block, v: Instr) -> bool:
    """Whether the edge from `p` to `header` is taken only if `v` is below something, signed."""
    target = header
    while len(p.instrs) == 1 and p.instrs[0].op == JUMP and len(p.preds) == 1:
        target = p
        p = p.preds[0]
    last = p.instrs[-1]
    if last.op != BRANCH or p.succs[0] is p.succs[1]:
        return False
    c = last.a
    if c.op == SLT:
        return c.a is v and p.succs[0] is target
    return c.op == SLE and c.b is v and p.succs[1] is target


class Extensions:
    """Bounds for one function.  `sign_extends` says that 32-bit arithmetic leaves a sign-extended
    register (else a zero-extended one, if `zero_extends`, or nothing)."""

    def __init__(self, func: Function, abi: FunctionAbi, sign_extends: bool, zero_extends: bool) -> None:
        self.func = func
        self.abi = abi
        n = func.next_id
        self.sign = [UNKNOWN] * n
        self.zero = [UNKNOWN] * n
        self.loads: dict[int, int] = {}         # LOAD id -> 1: sign-extend, 2: zero-extend
        self.word_sign = 32 if sign_extends else UNKNOWN
        self.word_zero = 32 if zero_extends else UNKNOWN
        self.sign_extends = sign_extends
        self.counters: set[int] = set()         # ids of counting phis, and of their sums, that are below 2**31

    def run(self) -> None:
        """Compute all bounds."""
        sign, zero = self.sign, self.zero
        for c in self.func.consts.values():
            if c.op == CONST and c.ty in INTEGERS and c.ty != I128:
                v = c.imm if self.word_zero == 32 and c.ty == I32 else narrow_constant(c.ty, c.imm)
                if v >= 0:
                    zero[c.id] = v.bit_length()
                    sign[c.id] = v.bit_length() + 1
                else:
                    sign[c.id] = (~v).bit_length() + 1
        if self.word_zero != 32:
            self.choose_loads()
        phis: list[Instr] = []
        for block in self.func.blocks:
            for i in block.instrs:
                if i.op == PHI and i.ty in INTEGERS:
                    if self.word_zero == 32 and i.ty == I32:
                        self.find_counter(block, i)
                    phis.append(i)
                    sign[i.id] = 1
                    zero[i.id] = 0
        rounds = 0
        changed = True
        while changed:
            changed = False
            rounds += 1
            for block in self.func.blocks:
                for i in block.instrs:
                    if i.ty in INTEGERS and i.op != PHI:
                        self.bound(i)
            for i in phis:
                s = max([sign[v.id] for v in i.ext], default=UNKNOWN)
                z = max([zero[v.id] for v in i.ext], default=UNKNOWN)
                if z == 32 and i.id in self.counters:
                    z = 31
                    s = min(s, 32)
                if s > sign[i.id] or z > zero[i.id]:
                    changed = True
                    if rounds > 3:
                        s = UNKNOWN if s > sign[i.id] else s
                        z = UNKNOWN if z > zero[i.id] else z
                    sign[i.id] = s
                    zero[i.id] = z
            if not phis:
                break

    def find_counter(self, block: Block, phi: Instr) -> None:
        """Note a phi that counts up from a constant by one while the sum is below something, signed: neither it nor the sum
        can be negative.

            b1: preds b0, b1
              %1 = phi i32 [b0 0], [b1 %2]
              %2 = add i32 %1, 1
              %3 = slt i32 %2, %n ; branch %3, b1, b2
        """
        total: Instr | None = None
        for k, v in enumerate(phi.ext):
            if v.op == CONST:
                if v.imm >= (1 << 31) - 1:
                    return
                continue
            if v.op != ADD or v.a is not phi or v.b.op != CONST or v.b.imm != 1 or total is not None and v is not total \
                    or not continues_below(block.preds[k], block, v):
                return
            total = v
        if total is not None:
            self.counters.add(phi.id)
            self.counters.add(total.id)

    def choose_loads(self) -> None:
        """How narrow loads extend: as their users want it."""
        want: dict[int, int] = {}
        for block in self.func.blocks:
            for i in block.instrs:
                if i.op == SEXT and i.a.op == LOAD:
                    want[i.a.id] = want.get(i.a.id, 0) | 1
                elif i.op == ZEXT and i.a.op == LOAD:
                    want[i.a.id] = want.get(i.a.id, 0) | 2
                elif i.ty != 0 or i.a.op == LOAD:
                    if i.a.op == LOAD and i.a.ty == I32:
                        want[i.a.id] = want.get(i.a.id, 0) | 4
                    if i.b.op == LOAD and i.b.ty == I32:
                        want[i.b.id] = want.get(i.b.id, 0) | 4
                for v in i.ext:
                    if v.op == LOAD and v.ty == I32:
                        want[v.id] = want.get(v.id, 0) | 4
        for k, w in want.items():
            if w & 3 == 1:
                self.loads[k] = 1
            elif w == 2:
                self.loads[k] = 2

    def bound(self, i: Instr) -> None:
        """Bounds of one value from those of its operands."""
        sign, zero = self.sign, self.zero
        op = i.op
        ty = i.ty
        s = z = UNKNOWN
        if ty == I32:
            s, z = self.word_sign, self.word_zero
        a = i.a.id
        if FIRST_COMPARE <= op <= LAST_COMPARE:
            s, z = 2, 1
        elif op == AND:
            z = min(zero[a], zero[i.b.id])
            s = max(sign[a], sign[i.b.id])
        elif op == OR or op == XOR:
            z = max(zero[a], zero[i.b.id])
            s = max(sign[a], sign[i.b.id])
        elif op == NOT:
            s = sign[a]         # all bits of the register are inverted: RISC-V has no form for 32 of them
        elif op == ZEXT:
            bits = TYPE_BITS[i.a.ty]
            z = min(bits, zero[a])
            s = z + 1
        elif op == SEXT:
            s = min(TYPE_BITS[i.a.ty], sign[a])
            z = zero[a] if zero[a] < TYPE_BITS[i.a.ty] else UNKNOWN
        elif op == TRUNC or op == BITCAST or (op == COPY and not i.flags & OPAQUE):
            if i.a.ty in INTEGERS:
                s, z = sign[a], zero[a]
        elif op == LOAD:
            how = self.loads.get(i.id, 0)
            if ty == I8 or ty == I16:
                bits = TYPE_BITS[ty]
                s, z = (bits, UNKNOWN) if how == 1 else (bits + 1, bits)
            elif ty == I32 and how == 2:
                s, z = 33, 32
            elif ty == I32:
                s, z = self.word_sign, self.word_zero
        elif op == SELECT:
            s = max(sign[i.b.id], sign[i.ext[0].id])
            z = max(zero[i.b.id], zero[i.ext[0].id])
        elif op == SHR and i.b.op == CONST:
            k = i.b.imm
            z = min(TYPE_BITS[ty] if ty != PTR else 64, zero[a] if zero[a] <= 32 or ty == I64 else TYPE_BITS[ty])
            z = max(0, z - k)
            s = z + 1
            if ty == I32 and self.sign_extends and z >= 32:
                s, z = 32, UNKNOWN
        elif op == SAR and i.b.op == CONST:
            have = min(sign[a], TYPE_BITS[ty] if ty != PTR else 64)
            s = max(1, have - i.b.imm)
            z = max(0, zero[a] - i.b.imm) if zero[a] < min(32, TYPE_BITS[ty]) else UNKNOWN
        elif op == SHL and i.b.op == CONST and zero[a] + i.b.imm < min(64, TYPE_BITS[ty] if ty != PTR else 64):
            z = zero[a] + i.b.imm
            s = z + 1
        elif op == UREM or op == UDIV:
            if zero[a] < min(32, TYPE_BITS[ty]):
                z = zero[a]
                s = z + 1
        elif op in (CLZ, CTZ, POPCOUNT):
            s, z = 8, 7
        elif op == PARAM:
            s, z = self.piece(i.imm, ty)
        elif op == CALL or op == PROJ:
            s, z = self.result(i, ty)
        elif op in (ASM, ASM_GOTO, INTRINSIC, COPY, VA_ARG):
            s = z = UNKNOWN
        if z == 32 and i.id in self.counters:
            z = 31
        if z < s - 1:
            s = z + 1
        if self.word_zero == 32 and ty == I32 and z > 31:
            s = UNKNOWN         # bits 32 to 63 are zero whatever the sign
        sign[i.id] = s
        zero[i.id] = z

    def piece(self, index: int, ty: int) -> tuple[int, int]:
        """Bounds of an incoming argument."""
        p = self.abi.pieces[index]
        return p.sign_bits or UNKNOWN, p.zero_bits or UNKNOWN

    def result(self, i: Instr, ty: int) -> tuple[int, int]:
        """Bounds of a call's result."""
        call = i if i.op == CALL else i.a
        low = call.aux
        if call.op != CALL or not isinstance(low, LoweredCall):
            return UNKNOWN, UNKNOWN
        k = 0 if i is call else i.imm
        if k >= len(low.results):
            return UNKNOWN, UNKNOWN
        p = low.results[k]
        return p.sign_bits or UNKNOWN, p.zero_bits or UNKNOWN
