"""Bytes of one x86 instruction (Intel SDM volume 2, chapter 2).

Legacy prefixes come in GNU as's order: segment, address size, operand size, those written by the program, then
the mandatory prefix, REX, escape, opcode, modrm, SIB, displacement, immediate.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.isa.x86 import relocations as rel
from toolchain.isa.x86.instructions import (
    FORMS,
    MEMORY_OPERANDS,
    P_BOTH,
    P_IMM,
    P_IS4,
    P_MEM,
    P_MOFFS,
    P_NONE,
    P_OPCODE,
    P_REG,
    P_REL,
    P_RM,
    P_ST,
    P_VVVV,
    Form,
)
from toolchain.isa.x86.registers import CODES, EIP, EIZ, R8, R8_HIGH, R16, R32, R64, RIP, RIZ, SEGMENT_PREFIXES, SREG, XMM
from toolchain.mc.model import expr as ex
from toolchain.mc.model.expr import Expr
from toolchain.mc.model.fragment import Contents
from toolchain.mc.model.operand import EXPR, IMM, KIND_MASK, NO_REG, SHIFT

REX_W: Final = 8
REX_R: Final = 4
REX_X: Final = 2
REX_B: Final = 1
VEX_PP: Final = 6           # of `Form.vex`
VEX_66: Final = 2
MOVQ_BACK: Final = 0xD6     # vmovq: the store has another prefix
SCALES: Final = {1: 0, 2: 1, 4: 2, 8: 3}
NO_NUMBER: Final = NO_REG >> SHIFT

ACCUMULATORS: Final = (R64, R32, R16, R8)
STACK_BASES: Final = (R64 + 4, R64 + 5, R32 + 4, R32 + 5, R16 + 5)
"""Base registers whose segment is ss where none is written."""

# Places of 16-bit addressing: (base, index) encodings to modrm.rm (SDM table 2-1).
ADDRESS16: Final = {(3, 6): 0, (3, 7): 1, (5, 6): 2, (5, 7): 3, (6, -1): 4, (7, -1): 5, (5, -1): 6, (3, -1): 7}


class Fix:
    """A fixup wanted inside the instruction under construction."""

    def __init__(self, offset: int, kind: int, value: Expr) -> None:
        self.offset = offset
        self.kind = kind
        self.value = value


def plus(e: Expr, n: int) -> Expr:
    """`e + n`."""
    if n == 0:
        return e
    if e.op == ex.SYMBOL:
        return Expr(ex.SYMBOL, e.value + n, e.symbol, e.modifier, loc=e.loc)
    if e.op == ex.CONST:
        return Expr(ex.CONST, e.value + n, loc=e.loc)
    return Expr(ex.BINARY, text="+", left=e, right=Expr(ex.CONST, n), loc=e.loc)


class Encoder:
    """Encodes instructions for one mode (16, 32 or 64 bits)."""

    def __init__(self, mode: int) -> None:
        self.mode = mode
        self.relax_got = True           # -mrelax-relocations
        self.prefixes = b""             # written by the program: lock, rep, segment, data16 ...
        self.rex = 0                    # forced REX bits (`rex.w` prefix), 0x40 for plain rex
        self.moffs_segment = -1         # segment of an absolute offset (mov %fs:0, %eax)
        self.loc: Loc = 0
        self._tls_call: Expr | None = None
        self._fixes: list[Fix] = []
        self._rex = 0
        self._need_rex = False
        self._no_rex = False
        self._address = 0               # address size of the memory operand, 0: no memory operand
        self._segment = -1
        self._modrm = b""
        self._reg_field = 0
        self._rip = False
        self._disp_at = -1

    def encode(self, row: int, operands: Sequence[int], expressions: Sequence[Expr], code: Contents, loc: Loc) -> None:
        """Append the instruction to `code`.  Raises ToolError if it cannot be encoded in this mode."""
        form = FORMS[row]
        if form.accumulator >= 0 and operands[0] >> SHIFT in ACCUMULATORS:
            form = FORMS[form.accumulator]
        if self.mode == 64 and form.no64:
            raise ToolError(f"`{form.base_name + form.suffix}' is not supported in 64-bit mode", loc)
        if self.mode != 64 and form.only64:
            raise ToolError(f"`{form.base_name + form.suffix}' is only supported in 64-bit mode", loc)
        self.loc = loc
        self._fixes = []
        self._rex = 0
        self._need_rex = self._no_rex = self._rip = False
        self._address = 0
        self._segment = -1 if self.moffs_segment == 3 else self.moffs_segment
        self._tls_call = None
        self._modrm = b""
        self._disp_at = -1
        opcode, vvvv, immediate = self._operands(form, operands, expressions)
        vex = form.vex
        if form.back >= 0 and self._rex & (REX_R | REX_B) == REX_B and self._modrm[0] >= 0xC0:
            opcode, vex = form.back, form.vex if form.back != MOVQ_BACK else form.vex & ~VEX_PP | VEX_66
            self._rex ^= REX_R | REX_B
            self._modrm = bytes([0xC0 | (self._modrm[0] & 7) << 3 | self._modrm[0] >> 3 & 7])
        head = self._head(form, vex, vvvv)
        body = bytes([opcode]) if not (form.tail and form.digit < 0 and P_ST in form.places) else self._st(form, opcode)
        if form.digit < 0 and P_ST not in form.places:
            body += form.tail
        start = head + body
        tail = form.tail if form.digit >= 0 else b""
        text = start + self._modrm + tail + immediate
        at = len(code.data)
        code.data += text
        if self._tls_call is not None:
            code.fixups.add(at, len(code.tails), rel.K_TLSDESC_CALL, self._tls_call, loc)
        for f in self._fixes:
            value = f.value
            if f.offset < 0:            # in the immediate: counted from the end
                place = len(text) + f.offset
            else:
                place = len(start) + f.offset
            if f.kind in (rel.K_GOTPC32, rel.K_GOTPC64) and (self.mode != 64 or f.offset < 0):
                value = plus(value, place)      # the distance from the instruction's start (but for %rip's displacement)
            elif (rel.FIXUPS64 if self.mode == 64 else rel.FIXUPS32)[f.kind].pc_relative:
                value = plus(value, place - len(text))
            code.fixups.add(at + place, len(code.tails), f.kind, value, loc)

    # ------------------------------------------------------------ operands
    def _operands(self, form: Form, operands: Sequence[int], expressions: Sequence[Expr]) -> tuple[int, int, bytes]:
        opcode = form.opcode
        vvvv = 0
        immediate = b""
        self._reg_field = form.digit if 0 <= form.digit < 8 else 0
        at = 0
        memory = -1
        kinds = form.kinds
        if form.far and len(kinds) == 2:        # written segment first, encoded offset first
            operands = operands[::-1]
            kinds = kinds[::-1]
        for place, kind in zip(form.places, kinds):
            if place == P_MEM:
                memory = at
                at += MEMORY_OPERANDS
                continue
            v = operands[at]
            at += 1
            if place == P_NONE:
                continue
            if place == P_REG or place == P_BOTH:
                n = self._register(v >> SHIFT, REX_R)
                self._reg_field = n & 7
                if place == P_BOTH:
                    self._register(v >> SHIFT, REX_B)
                    self._modrm = bytes([0xC0 | (n & 7) << 3 | n & 7])
            elif place == P_RM:
                self._modrm = bytes([0xC0 | self._register(v >> SHIFT, REX_B) & 7])
            elif place == P_OPCODE:
                opcode |= self._register(v >> SHIFT, REX_B) & 7
            elif place == P_VVVV:
                vvvv = CODES[v >> SHIFT]
            elif place == P_ST:
                self._reg_field = CODES[v >> SHIFT]
            elif place == P_IS4:
                immediate += bytes([CODES[v >> SHIFT] << 4])
            elif place == P_IMM:
                immediate += self._immediate(form, kind, v, expressions, len(immediate))
            elif place == P_REL:
                immediate += self._relative(form, kind, v, expressions)
            elif place == P_MOFFS:
                immediate += self._absolute(v, expressions)
        if memory >= 0:
            self._memory(operands, memory, expressions, form)
        elif self._modrm and self._modrm[0] & 0x38 == 0:
            self._modrm = bytes([self._modrm[0] | self._reg_field << 3])
        elif form.digit >= 0 and not self._modrm:
            self._modrm = bytes([0xC0 | self._reg_field << 3])
        return opcode, vvvv, immediate

    def _register(self, number: int, bit: int) -> int:
        n = CODES[number]
        if n & 8:
            self._rex |= bit
        if R8 + 4 <= number < R8 + 8:
            self._need_rex = True
        elif R8_HIGH <= number < R8_HIGH + 4:
            self._no_rex = True
        return n

    def _immediate(self, form: Form, kind: str, v: int, expressions: Sequence[Expr], done: int) -> bytes:
        bits = 8 if kind == "simm8" else 32 if kind == "simm32" else int(kind[3:])
        size = bits // 8
        if v & KIND_MASK == IMM:
            n = v >> SHIFT
            if kind == "simm32" and not -(1 << 31) <= n < 1 << 31:
                if not (self.mode != 64 or form.size == 0) and not 0xFFFFFFFF80000000 <= n < 1 << 64:
                    raise ToolError(f"immediate {n:#x} does not fit a sign-extended 32-bit field", self.loc)
            elif not -(1 << bits - 1) <= n < 1 << bits and kind != "simm8":
                n_low = n & (1 << bits) - 1
                if n != n_low and n + (1 << 64) != n_low and (n - (1 << 64)) & (1 << bits) - 1 != n_low:
                    raise ToolError(f"immediate {n:#x} does not fit in {bits} bits", self.loc)
            return (n & (1 << bits) - 1).to_bytes(size, "little")
        e = expressions[v >> SHIFT]
        fix = {1: rel.K_8, 2: rel.K_16, 4: rel.K_32S if kind == "simm32" and self.mode == 64 else rel.K_32, 8: rel.K_64}[size]
        fix = self._operator(e, size, fix)
        self._fixes.append(Fix(-(form.imm_bytes - done), fix, e))
        return b"\0" * size

    def _operator(self, e: Expr, size: int, plain: int) -> int:
        """Fixup kind by the expression's relocation operator."""
        modifier = e.modifier
        left = e
        while not modifier and left.op in (ex.BINARY, ex.UNARY) and left.left is not None:
            left = left.left
            modifier = left.modifier
        if not modifier:
            if left.symbol is not None and left.symbol.name == rel.GOT and not (e.text == "-" and e.right is not None and e.right.op == ex.SYMBOL):
                return rel.K_GOTPC64 if size == 8 else rel.K_GOTPC32
            return plain
        table = rel.OPERATORS64 if self.mode == 64 else rel.OPERATORS32
        by_size = table.get(modifier)
        if by_size is None or size not in by_size:
            raise ToolError(f"relocation operator @{modifier.upper()} cannot be used in a field of {size} bytes", self.loc)
        return by_size[size]

    def _relative(self, form: Form, kind: str, v: int, expressions: Sequence[Expr]) -> bytes:
        size = 1 if kind == "rel8" else 2 if kind == "rel16" or (self.mode == 16 and form.size != 32) or form.size == 16 else 4
        e = expressions[v >> SHIFT] if v & KIND_MASK == EXPR else ex.const(v >> SHIFT)
        plain = {1: rel.K_PC8, 2: rel.K_PC16, 4: rel.K_PC32}[size]
        if size == 4 and self.mode == 64 and e.op == ex.SYMBOL and not e.value:
            plain = rel.K_PLT32
        self._fixes.append(Fix(-size, self._operator(e, size, plain), e))
        return b"\0" * size

    def _absolute(self, v: int, expressions: Sequence[Expr]) -> bytes:
        size = self.mode // 8
        if v & KIND_MASK == IMM:
            return (v >> SHIFT & (1 << 8 * size) - 1).to_bytes(size, "little")
        e = expressions[v >> SHIFT]
        self._fixes.append(Fix(-size, self._operator(e, size, {2: rel.K_16, 4: rel.K_32, 8: rel.K_64}[size]), e))
        return b"\0" * size

    # ------------------------------------------------------------ memory
    def _memory(self, operands: Sequence[int], at: int, expressions: Sequence[Expr], form: Form) -> None:
        base = operands[at] >> SHIFT
        scale = operands[at + 1] >> SHIFT
        index = operands[at + 2] >> SHIFT
        disp = operands[at + 3]
        segment = operands[at + 4] >> SHIFT
        if segment != NO_NUMBER and segment - SREG != (2 if base in STACK_BASES else 3):
            self._segment = segment - SREG
        self._address = self._address_size(base, index)
        symbolic = disp & KIND_MASK == EXPR
        number = 0 if symbolic else disp >> SHIFT
        if symbolic and expressions[disp >> SHIFT].modifier == "tlscall":
            self._tls_call = expressions[disp >> SHIFT]
            symbolic = False
        if self._address == 16:
            self._memory16(base, index, number, expressions[disp >> SHIFT] if symbolic else None)
            return
        reg = self._reg_field << 3
        if base == RIP or base == EIP:
            e = expressions[disp >> SHIFT] if symbolic else ex.const(number)
            self._modrm = bytes([reg | 5])
            if not symbolic:
                self._modrm += (number & 0xFFFFFFFF).to_bytes(4, "little")
                return
            self._rip = True
            kind = self._operator(e, 4, rel.K_PC32)
            if kind == rel.K_GOTPCREL and self.relax_got and _got_relaxable(form):
                kind = rel.K_REX_GOTPCRELX if self._rex or form.rex_w else rel.K_GOTPCRELX
            self._fixes.append(Fix(1, kind, e))
            self._modrm += b"\0\0\0\0"
            return
        self._memory32(base, scale, index, number, expressions[disp >> SHIFT] if symbolic else None, reg, form)

    def _address_size(self, base: int, index: int) -> int:
        for r in (base, index):
            if r == NO_NUMBER:
                continue
            if r < R32 or r in (RIP, RIZ):
                return 64
            if r < R16 or r in (EIP, EIZ):
                return 32
            if r >= XMM:                # of a vector of addresses; there is no base
                continue
            return 16
        return self.mode

    def _memory32(self, base: int, scale: int, index: int, number: int, e: Expr | None, reg: int, form: Form) -> None:
        sib = -1
        if base == NO_NUMBER:
            if index == NO_NUMBER and self.mode != 64:
                rm, mod, size = 5, 0, 4
            else:
                rm, mod, size = 4, 0, 4
                sib = 5 | (self._index(index) << 3 if index != NO_NUMBER else 4 << 3) | SCALES[scale or 1] << 6
        else:
            code = self._register(base, REX_B)
            if e is not None:
                mod, size = 2, 4
            elif number == 0 and code & 7 != 5:
                mod, size = 0, 0
            elif -128 <= number < 128:
                mod, size = 1, 1
            else:
                mod, size = 2, 4
            rm = code & 7
            if index != NO_NUMBER or rm == 4:
                sib = rm | (self._index(index) << 3 if index != NO_NUMBER else 4 << 3) | SCALES[scale or 1] << 6
                rm = 4
        out = bytearray([mod << 6 | reg | rm])
        if sib >= 0:
            out.append(sib & 0xFF)
        if size:
            if e is not None:
                plain = rel.K_32S if self.mode == 64 and self._address == 64 else rel.K_32
                kind = self._operator(e, 4, plain)
                if kind == rel.K_GOT32 and self.mode == 32 and self.relax_got and _got_relaxable(form):
                    kind = rel.K_GOT32X
                self._fixes.append(Fix(len(out), kind, e))
                out += b"\0\0\0\0"
            else:
                self._check_displacement(number)
                out += (number & (1 << 8 * size) - 1).to_bytes(size, "little")
        self._modrm = bytes(out)

    def _check_displacement(self, n: int) -> None:
        if not -(1 << 31) <= n < 1 << 32 and not (1 << 64) - (1 << 31) <= n < 1 << 64:
            raise ToolError(f"displacement {n:#x} does not fit in 32 bits", self.loc)

    def _index(self, index: int) -> int:
        if index in (RIZ, EIZ):
            return 4
        n = self._register(index, REX_X)
        if n == 4 and index < XMM:
            raise ToolError("the stack pointer cannot be an index register", self.loc)
        return n & 7

    def _memory16(self, base: int, index: int, number: int, e: Expr | None) -> None:
        reg = self._reg_field << 3
        if base == NO_NUMBER and index == NO_NUMBER:
            self._modrm = bytes([reg | 6])
            size = 2
            mod = 0
        else:
            pair = (CODES[base] if base != NO_NUMBER else -1, CODES[index] if index != NO_NUMBER else -1)
            if pair not in ADDRESS16 and (pair[1], pair[0]) in ADDRESS16:
                pair = (pair[1], pair[0])
            if pair not in ADDRESS16:
                raise ToolError("not a valid 16-bit base/index expression", self.loc)
            rm = ADDRESS16[pair]
            mod, size = (2, 2) if e is not None else (0, 0) if number == 0 and rm != 6 else (1, 1) if -128 <= _signed16(number) < 128 else (2, 2)
            self._modrm = bytes([mod << 6 | reg | rm])
        if size:
            if e is not None:
                self._fixes.append(Fix(1, self._operator(e, 2, rel.K_16), e))
                self._modrm += b"\0\0"
            else:
                self._modrm += (number & (1 << 8 * size) - 1).to_bytes(size, "little")

    # ------------------------------------------------------------ head
    def _st(self, form: Form, opcode: int) -> bytes:
        return bytes([opcode, form.tail[0] | self._reg_field])

    def _head(self, form: Form, vex: int, vvvv: int) -> bytes:
        out = b"\x9b" if form.wait else b""
        if self._segment >= 0:
            out += bytes([SEGMENT_PREFIXES[self._segment]])
        address = self._address or form.address_size
        if address and address != self.mode:
            out += b"\x67"
        if form.size == 16 and self.mode != 16 or form.size == 32 and self.mode == 16:
            out += b"\x66"
        out += self.prefixes
        rex = self._rex | self.rex & 0xF | (REX_W if form.rex_w else 0)
        if vex >= 0:
            return out + _vex(vex, rex, vvvv)
        if form.mandatory:
            out += bytes([form.mandatory])
        if rex or self._need_rex or self.rex:
            if self._no_rex:
                raise ToolError("cannot use a high byte register in an instruction with REX prefix", self.loc)
            if self.mode != 64:
                raise ToolError("register is only available in 64-bit mode", self.loc)
            out += bytes([0x40 | rex])
        return out + form.escape


def _vex(v: int, rex: int, vvvv: int) -> bytes:
    low = (~vvvv & 15) << 3 | (v & 1) << 2 | v >> 1 & 3
    map_ = v >> 3 & 31
    w = v >> 8
    if not rex & (REX_X | REX_B) and map_ == 1 and not w:
        return bytes([0xC5, (0 if rex & REX_R else 0x80) | low])
    inverted = (0 if rex & REX_R else 0x80) | (0 if rex & REX_X else 0x40) | (0 if rex & REX_B else 0x20)
    return bytes([0xC4, inverted | map_, w << 7 | low])


def _signed16(n: int) -> int:
    n &= 0xFFFF
    return n - 0x10000 if n & 0x8000 else n


def _got_relaxable(form: Form) -> bool:
    """Instructions whose GOT load a linker may turn into lea, an immediate or a direct branch (psABI B.2)."""
    name = form.base_name
    return form.kinds != [] and (name in ("mov", "test", "add", "or", "adc", "sbb", "and", "sub", "xor", "cmp") or (name in ("call", "jmp") and form.star)) \
        and form.imm_bytes == 0


assert R64 == 0 and NO_NUMBER > EIZ
