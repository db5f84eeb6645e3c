"""Integer arithmetic: two-address forms with immediates and memory operands, lea, multiplication, division, shifts.

A two-address operation copies its first operand into the destination; the allocator removes the copy where
the operand dies, and `postpass` makes lea of what is left.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.ir.fold import negated_count
from toolchain.cc.ir.ir import (
    ADD,
    AND,
    CLZ,
    CONST,
    CTZ,
    I8,
    I16,
    I32,
    I64,
    MUL,
    NEG,
    NIL,
    NOT,
    OR,
    PHI,
    POPCOUNT,
    PTR,
    ROTL,
    SAR,
    SEXT,
    SHL,
    SHR,
    SUB,
    TYPE_BITS,
    VOLATILE,
    XOR,
    Instr,
)
from toolchain.cc.x86 import address as mem
from toolchain.cc.x86.address import GPR, fits32, load_operand, memory_value, word
from toolchain.cc.x86.ops import RCX, row
from toolchain.mc.model import operand

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector

MNEMONIC: Final = {ADD: "ADD", SUB: "SUB", AND: "AND", OR: "OR", XOR: "XOR"}
SUFFIX: Final[dict[int, str]] = {I8: "B", I16: "W", I32: "L", I64: "Q"}
COMMUTATIVE: Final = frozenset((ADD, AND, OR, XOR, MUL))
# (operation, type) -> rows: register register, register memory, register immediate, register byte,
# memory register, memory immediate, memory byte
ARITH: Final = {(op, ty): tuple(row(f"{name}{SUFFIX[ty]}_{form}") if form[1] != "S" or ty != I8 else -1
                                for form in ("RR", "RM", "RI", "RS", "MR", "MI", "MS"))
                for op, name in MNEMONIC.items() for ty in SUFFIX}
SHIFT_NAMES: Final = {SHL: "SHL", SHR: "SHR", SAR: "SAR", ROTL: "ROL"}
SHIFTS: Final = {(op, ty): (row(f"{name}{SUFFIX[ty]}_RC"), row(f"{name}{SUFFIX[ty]}_RI")) for op, name in SHIFT_NAMES.items() for ty in (I32, I64)}
ROTATE_RIGHT: Final = {ty: row(f"ROR{SUFFIX[ty]}_RC") for ty in (I32, I64)}
LEA: Final = {I32: row("LEAL_RM"), I64: row("LEAQ_RM")}
MULTIPLY: Final = {ty: tuple(row(f"IMUL{SUFFIX[ty]}_{form}") for form in ("RR", "RM", "RRS", "RRI", "RMS", "RMI")) for ty in (I32, I64)}
UNARY: Final = {(op, ty): (row(f"{name}{SUFFIX[ty]}_R"), row(f"{name}{SUFFIX[ty]}_M")) for op, name in ((NEG, "NEG"), (NOT, "NOT")) for ty in SUFFIX}
BIT_ROWS: Final = {(CTZ, I32): row("BSFL_RR"), (CTZ, I64): row("BSFQ_RR"), (CLZ, I32): row("BSRL_RR"), (CLZ, I64): row("BSRQ_RR"),
                   (POPCOUNT, I32): row("POPCNTL_RR"), (POPCOUNT, I64): row("POPCNTQ_RR")}
ZERO_COUNT: Final = {(CTZ, I32): row("TZCNTL_RR"), (CTZ, I64): row("TZCNTQ_RR"), (CLZ, I32): row("LZCNTL_RR"), (CLZ, I64): row("LZCNTQ_RR")}
SWAP: Final = {I32: row("BSWAPL_R"), I64: row("BSWAPQ_R")}
# (source type, result type) -> register, memory
ZERO_EXTEND: Final = {(I8, I32): (row("MOVZBL_RR"), row("MOVZBL_RM")), (I16, I32): (row("MOVZWL_RR"), row("MOVZWL_RM")),
                      (I32, I64): (row("MOVL_RR"), row("MOVL_RM"))}
SIGN_EXTEND: Final = {(I8, I32): (row("MOVSBL_RR"), row("MOVSBL_RM")), (I16, I32): (row("MOVSWL_RR"), row("MOVSWL_RM")),
                      (I8, I64): (row("MOVSBQ_RR"), row("MOVSBQ_RM")), (I16, I64): (row("MOVSWQ_RR"), row("MOVSWQ_RM")),
                      (I32, I64): (row("MOVSLQ_RR"), row("MOVSLQ_RM"))}


def arith_type(s: Selector, ty: int) -> int:
    """Type by whose rows an operation is done: 8 and 16-bit values in 32 bits."""
    return max(I32, word(s, ty)) if ty != PTR else s.target.word_type


def signed_constant(s: Selector, v: Instr, ty: int) -> int | None:
    """Value of a constant as a signed number of `ty`."""
    if v.op != CONST:
        return None
    bits = 64 if ty == I64 else TYPE_BITS[ty]
    c = v.imm & (1 << bits) - 1
    return c - (1 << bits) if c >> (bits - 1) else c


def dies(s: Selector, v: Instr) -> bool:
    """Whether nothing after the instruction being selected reads `v`."""
    v = s.strip(v)
    return not s.vreg[v.id] and not s.cross[v.id]


def continues(s: Selector, i: Instr, v: Instr) -> bool:
    """Whether `v` is a variable of a loop and `i` its next value: they should share a register."""
    v = s.strip(v)
    return v.op == PHI and i in v.ext


def binary(s: Selector, i: Instr) -> None:
    """ADD, SUB, AND, OR, XOR."""
    op = i.op
    ty = arith_type(s, i.ty)
    x, y = i.a, i.b
    if op in COMMUTATIVE:
        if x.op == CONST or (memory_value(s, x) and not memory_value(s, y) and y.op != CONST):
            x, y = y, x
        elif y.op != CONST and not memory_value(s, y) and not continues(s, i, x) \
                and (continues(s, i, y) or not dies(s, x) and (dies(s, y) or s.strip(y).op == PHI)):
            x, y = y, x
    c = signed_constant(s, y, ty)
    if op == ADD and lea(s, i, ty, x, y):
        return
    rows = ARITH[op, ty]
    if c is not None and (ty == I32 or fits32(c)):
        d = two_address(s, i, x)
        if op == SUB:
            rows, c = ARITH[ADD, ty], -c
            if c == 1 << 31:
                rows, c = ARITH[SUB, ty], -c
        s.emit(rows[3] if -128 <= c < 128 else rows[2], [d, operand.imm(c)])
        return
    if memory_value(s, y) and word(s, y.ty) == ty:
        d = two_address(s, i, x)
        s.emit(rows[1], [d, *load_operand(s, y)])
        return
    ry = s.reg(y)
    d = two_address(s, i, x)
    s.emit(rows[0], [d, ry])


def two_address(s: Selector, i: Instr, x: Instr) -> int:
    """The destination of `i`, holding `x`."""
    d = s.define(i)
    x = s.strip(x)
    if x.op == CONST and s.leaves.get(x.id, 0) == 0:
        s.materialise(d, x)
    else:
        s.copy(d, s.reg(x))
    return d


def lea_word(s: Selector, i: Instr, x: Instr, y: Instr) -> bool:
    """As `lea` for 32 bits beside 64-bit addresses: what stands above does not matter."""
    zero, none = operand.imm(0), operand.NO_REG
    for p, q in ((s.strip(x), y), (s.strip(y), x)):
        if not s.foldable(p) or p.ty != i.ty or p.op not in (ADD, SHL):
            continue
        c = signed_constant(s, p.b, I32)
        if c is None:
            k = signed_constant(s, q, I32)
            if k is None or p.op == SHL:
                continue
            base, index, scale = p.b, s.strip(p.a), 0
            if s.strip(p.b).op == SHL:
                base, index = p.a, s.strip(p.b)
            if index.op == SHL and index.ty == i.ty and index.b.op == CONST and 1 <= index.b.imm <= 3 and s.foldable(index):
                index, scale = index.a, index.b.imm
            s.emit(LEA[I32], [s.define(i), s.reg(base), operand.imm(1 << scale), s.reg(index), operand.imm(k), none])
        elif q.op == CONST:
            continue
        elif p.op == ADD:
            s.emit(LEA[I32], [s.define(i), s.reg(p.a), mem.ONE, s.reg(q), operand.imm(c), none])
        elif 1 <= c <= 3:
            s.emit(LEA[I32], [s.define(i), s.reg(q), operand.imm(1 << c), s.reg(p.a), zero, none])
        else:
            continue
        return True
    return False


def lea(s: Selector, i: Instr, ty: int, x: Instr, y: Instr) -> bool:
    """An addition of more than two parts, or with a scaled part, in one lea."""
    if ty == I32 and s.target.word_bytes == 8:
        return lea_word(s, i, x, y)
    for p in (s.strip(x), s.strip(y)):
        if not s.foldable(p) or p.ty != i.ty and p.ty != s.target.word_type:
            continue
        if p.op == SHL and p.b.op == CONST and 1 <= p.b.imm <= 3 or p.op == ADD and p.b.op == CONST and y.op != CONST:
            break
    else:
        return False
    if ty == s.target.word_type:
        a = mem.decompose(s, i, 0, True)
        if a.segment != operand.NO_REG or a.symbol is not None:
            return False
        s.emit(LEA[ty], [s.define(i), *mem.operands(s, a)])
        return True
    return False


def modify_memory(s: Selector, i: Instr) -> bool:
    """STORE of an operation on what stands at the same address: `addl %y, mem`."""
    ty = word(s, i.b.ty)
    v = mem.low_part(s, i.b, ty)
    if ty not in SUFFIX or not s.foldable(v) or v.op not in (ADD, SUB, AND, OR, XOR, NEG, NOT) or i.flags & VOLATILE:
        return False
    sides = ((v.a, v.b), (v.b, v.a)) if v.op in COMMUTATIVE else ((v.a, v.b),)
    for p, q in sides:
        p = mem.low_part(s, p, ty)
        if not memory_value(s, p) or word(s, p.ty) != ty or p.imm != i.imm or not same_address(s, p.a, i.a):
            continue
        if v.op in (NEG, NOT):
            s.emit(UNARY[v.op, ty][1], mem.address(s, i.a, i.imm, i.flags))
            return True
        if memory_value(s, s.strip(q)) and s.strip(q) is p:
            return False
        rows = ARITH[v.op, ty]
        c = signed_constant(s, q, ty)
        m = mem.address(s, i.a, i.imm, i.flags)
        if c is not None and fits32(c):
            if v.op == SUB and c != -(1 << 31) and ty != I8:
                rows, c = ARITH[ADD, ty], -c
            byte = ty != I8 and -128 <= c < 128
            s.emit(rows[6] if byte else rows[5], [*m, operand.imm(c)])
        else:
            s.emit(rows[4], [*m, mem.sized_register(s, q, ty)])
        return True
    return False


def same_address(s: Selector, a: Instr, b: Instr) -> bool:
    """Whether two addresses are the same value."""
    return s.strip(a) is s.strip(b)


# ------------------------------------------------------------------ multiplication

def multiply(s: Selector, i: Instr) -> None:
    """MUL: imul with immediate or memory; lea for 3, 5, 9."""
    ty = arith_type(s, i.ty)
    rows = MULTIPLY[ty]
    x, y = i.a, i.b
    if x.op == CONST:
        x, y = y, x
    c = signed_constant(s, y, ty)
    d = s.define(i)
    if c in (3, 5, 9):
        r = s.reg(x)
        s.emit(LEA[ty], [d, r, operand.imm(c - 1), r, operand.imm(0), operand.NO_REG])
        return
    if c is not None and fits32(c):
        small = -128 <= c < 128
        if memory_value(s, x) and word(s, x.ty) == ty:
            s.emit(rows[4] if small else rows[5], [d, *load_operand(s, x), operand.imm(c)])
        else:
            s.emit(rows[2] if small else rows[3], [d, s.reg(x), operand.imm(c)])
        return
    if memory_value(s, x) and not memory_value(s, y) or (not memory_value(s, y) and not dies(s, x) and dies(s, y)):
        x, y = y, x
    if memory_value(s, y) and word(s, y.ty) == ty:
        two_address(s, i, x)
        s.emit(rows[1], [d, *load_operand(s, y)])
        return
    ry = s.reg(y)
    two_address(s, i, x)
    s.emit(rows[0], [d, ry])


def to_register(s: Selector, r: int, v: Instr) -> None:
    """Copy `v` to machine register `r`."""
    root = s.strip(v)
    if root.op == CONST:
        s.materialise(operand.reg(r), root)
    else:
        s.copy(operand.reg(r), s.reg(v))


# ------------------------------------------------------------------ shifts and bits

def shift(s: Selector, i: Instr) -> None:
    """SHL, SHR, SAR, ROTL: by a constant, or by %cl."""
    ty = arith_type(s, i.ty)
    bits = TYPE_BITS[ty]
    rows = SHIFTS[i.op, ty]
    n = s.strip(i.b)
    if n.op == CONST:
        k = n.imm & (bits - 1)
        d = two_address(s, i, i.a)
        if k:
            s.emit(rows[1], [d, operand.imm(k)])
        return
    if n.op == AND and n.b.op == CONST and n.b.imm & (bits - 1) == bits - 1 and s.foldable(n):
        n = n.a
    code = rows[0]
    if i.op == ROTL and s.foldable(n) and negated_count(n, bits) is not NIL:
        n = negated_count(n, bits)
        code = ROTATE_RIGHT[ty]
    count = s.reg(n)
    d = two_address(s, i, i.a)
    s.copy(operand.reg(RCX), count)
    s.emit(code, [d, operand.reg(RCX)])


def unary(s: Selector, i: Instr) -> None:
    """NEG, NOT."""
    d = two_address(s, i, i.a)
    s.emit(UNARY[i.op, arith_type(s, i.ty)][0], [d])


def byte_swap(s: Selector, i: Instr) -> None:
    """BSWAP."""
    d = two_address(s, i, i.a)
    s.emit(SWAP[arith_type(s, i.ty)], [d])


def bit_count(s: Selector, i: Instr) -> None:
    """CLZ, CTZ, POPCOUNT; without lzcnt, bsr gives the number of the highest bit."""
    ty = arith_type(s, i.ty)
    d = s.define(i)
    x = s.reg(i.a)
    if (i.op == CTZ and s.target.has("bmi")) or (i.op == CLZ and s.target.has("lzcnt")):
        s.emit(ZERO_COUNT[i.op, ty], [d, x])
        return
    if i.op != CLZ:
        s.emit(BIT_ROWS[i.op, ty], [d, x])
        return
    t = s.temporary(GPR)
    s.emit(BIT_ROWS[i.op, ty], [t, x])
    s.copy(d, t)
    s.emit(ARITH[XOR, I32][3], [d, operand.imm(TYPE_BITS[ty] - 1)])


# ------------------------------------------------------------------ extensions

def extend(s: Selector, i: Instr) -> None:
    """ZEXT, SEXT that need code; from memory where the load is not needed otherwise."""
    x = s.strip(i.a)
    have = word(s, i.a.ty)
    want = arith_type(s, i.ty)
    if i.op == SEXT:
        rows = SIGN_EXTEND[have, want]
    else:
        rows = ZERO_EXTEND[have, I64 if have == I32 else I32]
    d = s.define(i)
    if memory_value(s, x) and x.ty == i.a.ty:
        s.emit(rows[1], [d, *load_operand(s, x)])
        return
    s.emit(rows[0], [d, mem.sized_register(s, i.a, have)])
