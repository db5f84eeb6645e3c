"""Selection of VECTOR operations: SSE2 code for 128-bit vectors, and the target's builtins on them."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.ir import ir
from toolchain.cc.ir import vector_codes as codes
from toolchain.cc.ir.ir import ALIGN_MASK, F32, F64, F128, FCONST, I8, I16, I32, I64, TYPE_BITS, Instr
from toolchain.cc.x86 import ops
from toolchain.cc.x86.address import XMM, byte_class, load_operand, memory_value
from toolchain.cc.x86.floats import pool
from toolchain.cc.x86.ops import row
from toolchain.cc.x86.vector_builtins import BUILTINS, Builtin
from toolchain.diagnostics import ToolError
from toolchain.isa.x86.registers import XMM as XMM0
from toolchain.mc.model import operand

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector
    from toolchain.cc.x86.target import X86Target

def _binary_rows() -> dict[int, tuple[int, int, bool]]:
    """Code -> row with a register, row with memory, operands swapped."""
    names: list[tuple[int, int, str, bool]] = []
    for ty, c in ((I8, "B"), (I16, "W"), (I32, "D"), (I64, "Q")):
        names += [(ir.ADD, ty, f"PADD{c}", False), (ir.SUB, ty, f"PSUB{c}", False), (ir.EQ, ty, f"PCMPEQ{c}", False), (ir.SLT, ty, f"PCMPGT{c}", True)]
    names += [(ir.MUL, I16, "PMULLW", False), (ir.MUL, I32, "PMULLD", False)]
    for ty in (I8, I16, I32, I64, F32, F64):
        names += [(ir.AND, ty, "PAND", False), (ir.OR, ty, "POR", False), (ir.XOR, ty, "PXOR", False)]
    for ty, c in ((F32, "PS"), (F64, "PD")):
        names += [(ir.FADD, ty, "ADD" + c, False), (ir.FSUB, ty, "SUB" + c, False), (ir.FMUL, ty, "MUL" + c, False), (ir.FDIV, ty, "DIV" + c, False),
                  (ir.FEQ, ty, "CMPEQ" + c, False), (ir.FNE, ty, "CMPNEQ" + c, False), (ir.FLT, ty, "CMPLT" + c, False),
                  (ir.FLE, ty, "CMPLE" + c, False), (ir.FUNORD, ty, "CMPUNORD" + c, False)]
    return {codes.lanewise(op, ty): (row(f"{name}_XX"), row(f"{name}_XM"), swap) for op, ty, name, swap in names}


BINARY: Final = _binary_rows()
NEEDS: Final = {codes.lanewise(ir.EQ, I64): "sse4.1", codes.lanewise(ir.SLT, I64): "sse4.2"}
MULTIPLY32: Final = codes.lanewise(ir.MUL, I32)
SHIFTS: Final = {codes.lanewise(op, ty): (row(f"{name}{c}_XI"), row(f"{name}{c}_XX"))
                 for op, name in ((ir.SHL, "PSLL"), (ir.SHR, "PSRL"), (ir.SAR, "PSRA")) for ty, c in ((I16, "W"), (I32, "D"), (I64, "Q"))
                 if (op, ty) != (ir.SAR, I64)}
UNARY: Final = {codes.lanewise(ir.SITOF, F32): row("CVTDQ2PS_XX"), codes.lanewise(ir.FTOSI, I32): row("CVTTPS2DQ_XX"),
                codes.lanewise(ir.FSQRT, F32): row("SQRTPS_XX"), codes.lanewise(ir.FSQRT, F64): row("SQRTPD_XX")}
ONES: Final = (1 << 128) - 1
COPY: Final = -1        # a shuffle that moves nothing

PSHUFD: Final = row("PSHUFD_XXI")
SHUFPS: Final = row("SHUFPS_XXI")
UNPACK: Final = {(1, 0): row("PUNPCKLBW_XX"), (1, 1): row("PUNPCKHBW_XX"), (2, 0): row("PUNPCKLWD_XX"), (2, 1): row("PUNPCKHWD_XX"),
                 (4, 0): row("PUNPCKLDQ_XX"), (4, 1): row("PUNPCKHDQ_XX"), (8, 0): row("PUNPCKLQDQ_XX"), (8, 1): row("PUNPCKHQDQ_XX")}


class Shuffle:
    """How to do one: `row` on operand `first` (0: a, 1: b) and, if `binary`, the other one; `imm` -1 for none."""

    def __init__(self, row_: int, first: int, binary: bool, imm: int) -> None:
        self.row = row_
        self.first = first
        self.binary = binary
        self.imm = imm


def legal(target: X86Target, code: int) -> bool:
    """Whether there are instructions."""
    if not target.sse:
        return False
    op = code >> 8 & 255
    if op == ir.SHUFFLE:
        return match(code) is not None
    if op == ir.SPLAT:
        return code & 255 != I64 or target.wide
    if op == ir.NOT:
        return True
    if code in BINARY:
        return code not in NEEDS or target.has(NEEDS[code])
    return code in SHIFTS or code in UNARY


# ------------------------------------------------------------------ shuffles

def match(code: int) -> Shuffle | None:
    """The instruction for a choice of lanes."""
    size = TYPE_BITS[code & 255] // 8
    count = 16 // size
    lanes = codes.lanes_of(code, count)
    lanes = [k if n < 0 else n for k, n in enumerate(lanes)]
    for half in (0, 1):
        for swap in (0, 1):
            pattern = [half * (count // 2) + k // 2 + (count if k % 2 != swap else 0) for k in range(count)]
            if lanes == pattern:
                return Shuffle(UNPACK[size, half], swap, True, -1)
    if size == 2:
        found = match_words(lanes)
        if found is not None:
            return found
    while size < 4:
        if any(lanes[k] % 2 or lanes[k + 1] != lanes[k] + 1 for k in range(0, count, 2)):
            return None
        lanes = [lanes[k] // 2 for k in range(0, count, 2)]
        size *= 2
        count //= 2
    if size == 8:
        lanes = [2 * n + k for n in lanes for k in (0, 1)]
    return match_dwords(lanes)


def match_words(lanes: list[int]) -> Shuffle | None:
    """pshuflw, pshufhw."""
    for half, name in ((0, "PSHUFLW_XXI"), (4, "PSHUFHW_XXI")):
        other = 4 - half
        for first in (0, 1):
            base = 8 * first
            if lanes[other:other + 4] == [base + other + k for k in range(4)] and all(0 <= n - base - half < 4 for n in lanes[half:half + 4]):
                return Shuffle(row(name), first, False, immediate([n - base - half for n in lanes[half:half + 4]]))
    return None


def match_dwords(lanes: list[int]) -> Shuffle | None:
    """pshufd, shufps."""
    if lanes in ([0, 1, 2, 3], [4, 5, 6, 7]):
        return Shuffle(COPY, lanes[0] // 4, False, -1)
    sources = [n // 4 for n in lanes]
    if len(set(sources)) == 1:
        return Shuffle(PSHUFD, sources[0], False, immediate(lanes))
    if sources[0] == sources[1] and sources[2] == sources[3]:
        return Shuffle(SHUFPS, sources[0], True, immediate(lanes))
    return None


def immediate(lanes: list[int]) -> int:
    """Four lane numbers in eight bits."""
    return sum((n & 3) << 2 * k for k, n in enumerate(lanes))


# ------------------------------------------------------------------ selection

def start(s: Selector, d: int, v: Instr) -> None:
    """`v` into the destination of a two-address instruction."""
    s.copy(d, s.reg(v))


def source(s: Selector, op: int, memory: int, d: int, v: Instr, tail: list[int]) -> None:
    """Emit `op d, v`, from memory if that is aligned."""
    x = s.strip(v)
    wide = s.target.word_bytes == 8
    if wide and memory_value(s, x) and x.ty == F128 and not x.flags & ALIGN_MASK:
        s.emit(memory, [d, *load_operand(s, x), *tail])
    elif x.op == FCONST and x.imm and wide:
        s.emit(memory, [d, *pool(s, x.imm, 16), *tail])
    else:
        s.emit(op, [d, s.reg(v), *tail])


def vector(s: Selector, i: Instr) -> None:
    """VECTOR."""
    code = i.imm
    op = code >> 8 & 255
    if op == codes.TARGET >> 8:
        builtin(s, i, BUILTINS[code >> 16 & 0xFFFF], code >> 32 & 0xFF)
    elif op == ir.SPLAT:
        splat(s, i, code & 255)
    elif op == ir.SHUFFLE:
        shuffle(s, i)
    elif op == ir.NOT:
        d = s.define(i)
        start(s, d, i.a)
        s.emit(row("PXOR_XM"), [d, *pool(s, ONES, 16)])
    elif code == MULTIPLY32 and not s.target.has("sse4.1"):
        multiply(s, i)
    elif code in BINARY:
        register, memory, swap = BINARY[code]
        a, b = (i.b, i.a) if swap else (i.a, i.b)
        d = s.define(i)
        start(s, d, a)
        source(s, register, memory, d, b, [])
    elif code in SHIFTS:
        shift(s, i, SHIFTS[code])
    elif code in UNARY:
        s.emit(UNARY[code], [s.define(i), s.reg(i.a)])
    else:
        raise ToolError(f"internal error: vector operation {code:#x}", i.loc)


def shift(s: Selector, i: Instr, rows: tuple[int, int]) -> None:
    """All lanes by one count."""
    d = s.define(i)
    c = s.constant(i.b)
    start(s, d, i.a)
    if c is not None:
        s.emit(rows[0], [d, operand.imm(min(c & 0xFFFFFFFF, 255))])
        return
    t = s.temporary(XMM)
    s.emit(row("MOVD_XR"), [t, s.reg(i.b)])
    s.emit(rows[1], [d, t])


def multiply(s: Selector, i: Instr) -> None:
    """32-bit lanes: the products of even and of odd lanes, put together."""
    even, odd, b = s.temporary(XMM), s.temporary(XMM), s.temporary(XMM)
    x, y = s.reg(i.a), s.reg(i.b)
    d = s.define(i)
    s.copy(even, x)
    s.emit(row("PMULUDQ_XX"), [even, y])
    s.copy(odd, x)
    s.emit(row("PSRLQ_XI"), [odd, operand.imm(32)])
    s.copy(b, y)
    s.emit(row("PSRLQ_XI"), [b, operand.imm(32)])
    s.emit(row("PMULUDQ_XX"), [odd, b])
    s.emit(PSHUFD, [d, even, operand.imm(8)])
    t = s.temporary(XMM)
    s.emit(PSHUFD, [t, odd, operand.imm(8)])
    s.emit(UNPACK[4, 0], [d, t])


def splat(s: Selector, i: Instr, element: int) -> None:
    """One scalar in all lanes."""
    d = s.define(i)
    x = s.reg(i.a)
    if element in (F32, F64):
        if element == F32:
            s.emit(PSHUFD, [d, x, operand.imm(0)])
        else:
            s.copy(d, x)
            s.emit(UNPACK[8, 0], [d, d])
        return
    if element == I64:
        s.emit(row("MOVQ_XR"), [d, x])
        s.emit(UNPACK[8, 0], [d, d])
        return
    t = s.temporary(XMM)
    s.emit(row("MOVD_XR"), [t, x])
    if element == I8:
        s.emit(UNPACK[1, 0], [t, t])
    if element in (I8, I16):
        u = s.temporary(XMM)
        s.emit(row("PSHUFLW_XXI"), [u, t, operand.imm(0)])
        t = u
    s.emit(PSHUFD, [d, t, operand.imm(0)])


def shuffle(s: Selector, i: Instr) -> None:
    """SHUFFLE by `match`."""
    how = match(i.imm)
    assert how is not None
    d = s.define(i)
    first, other = (i.b, i.a) if how.first else (i.a, i.b)
    tail = [operand.imm(how.imm)] if how.imm >= 0 else []
    if how.row == COPY:
        s.copy(d, s.reg(first))
    elif how.binary:
        s.copy(d, s.reg(first))
        s.emit(how.row, [d, s.reg(other), *tail])
    else:
        s.emit(how.row, [d, s.reg(first), *tail])


def builtin(s: Selector, i: Instr, b: Builtin, constant: int) -> None:
    """A row of the table of builtins."""
    kind = b.kind
    d = s.define(i)
    imm = operand.imm(constant)
    if kind in ("b", "bi", "v"):
        suffix = "I" if kind == "bi" else ""
        start(s, d, i.a)
        if kind == "v":
            y = s.reg(i.b)
            s.copy(operand.reg(XMM0), s.reg(i.ext[0]))
            s.emit(row(b.row + "_XX"), [d, y])
        elif b.row in ("MOVHLPS", "MOVLHPS") or b.row[-2:] in ("SS", "SD"):
            s.emit(row(f"{b.row}_XX{suffix}"), [d, s.reg(i.b), *([imm] if suffix else [])])
        else:
            source(s, row(f"{b.row}_XX{suffix}"), row(f"{b.row}_XM{suffix}"), d, i.b, [imm] if suffix else [])
    elif kind == "u":
        s.emit(row(b.row + "_XX"), [d, s.reg(i.a)])
    elif kind == "i":
        s.emit(row(b.row + "_XXI"), [d, s.reg(i.a), imm])
    elif kind == "s":
        start(s, d, i.a)
        s.emit(row(b.row + "_XI"), [d, imm])
    elif kind == "x":
        s.emit(row(b.row + "_RX"), [d, s.reg(i.a)])
    elif kind == "xi":
        s.emit(row(b.row + "_RXI"), [d, s.reg(i.a), imm])
    elif kind == "pi":
        start(s, d, i.a)
        s.emit(row(b.row + "_XRI"), [d, s.reg(i.b), imm])
    elif kind == "g":
        s.emit(row(b.row + "_XR"), [d, s.reg(i.a)])
    elif kind == "r":
        start(s, d, i.a)
        s.emit(row(b.row + "_RR"), [d, s.reg(i.b)])
    else:
        s.emit(row("PTEST_XX"), [s.reg(i.a), s.reg(i.b)])
        t = s.temporary(byte_class(s))
        s.emit(ops.SET_ROWS[{"z": 4, "c": 2, "n": 7}[kind]], [t])
        s.emit(row("MOVZBL_RR"), [d, t])
