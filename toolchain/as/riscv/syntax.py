"""Operands of RISC-V assembly text (RISC-V Assembly Programmer's Manual)."""
from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.isa.riscv import arch, fields, registers
from toolchain.isa.riscv.csr import NUMBERS as CSR_NUMBERS
from toolchain.isa.riscv.instructions import BY_MNEMONIC, ROWS
from toolchain.isa.riscv.isa import Riscv
from toolchain.mc.model import operand as pack
from toolchain.mc.model.expr import CONST, MODIFIED, SYMBOL, Expr
from toolchain.mc.model.isa import Row

from ..assemble import Assembler
from ..statement import Dialect, split_arguments
from . import insn

NUMBER: Final = re.compile(r"-?(?:[1-9]\d*|0|0x[0-9a-fA-F]+)$")
MEMORY: Final = re.compile(r"(.*)\(\s*([A-Za-z]\w*)\s*\)$", re.DOTALL)
MODIFIER: Final = re.compile(r"%([a-z_]+)\s*\(")
NAME: Final = re.compile(r"[A-Za-z_.$][\w.$]*$")
LABELS: Final = frozenset(("boff", "joff", "cboff", "cjoff", "address"))
MODIFIERS: Final = frozenset("hi lo pcrel_hi pcrel_lo got_pcrel_hi tprel_hi tprel_lo tprel_add tls_ie_pcrel_hi tls_gd_pcrel_hi".split())
ROUNDING: Final[dict[str, int]] = {"rne": 0, "rtz": 1, "rdn": 2, "rup": 3, "rmm": 4, "dyn": 7}
VTYPE: Final[dict[str, int]] = {
    "e8": 0, "e16": 8, "e32": 16, "e64": 24, "m1": 0, "m2": 1, "m4": 2, "m8": 3, "mf8": 5, "mf4": 6, "mf2": 7, "ta": 64, "tu": 0, "ma": 128, "mu": 0,
}
ONE: Final = 0
MEM: Final = 1
BASE: Final = 2
STACK: Final = 3
WORD: Final = 4
PIECE: Final = re.compile(r"(?:\{(\d+)\})?(?:\(\{(\d+)\}\)|\((sp)\))?$")


class Shape:
    """How the text of one operand maps to kinds."""

    def __init__(self, form: int, first: str, second: str) -> None:
        self.form = form
        self.first = first
        self.second = second


def _shapes(row: Row) -> list[Shape]:
    out: list[Shape] = []
    if not row.template:
        return out
    for piece in row.template.split(","):
        m = PIECE.match(piece)
        if m is None or piece in ("sp", "v0"):
            out.append(Shape(WORD, piece, ""))
        elif m.group(3):
            out.append(Shape(STACK, row.operands[int(m.group(1))], ""))
        elif m.group(2) and m.group(1):
            out.append(Shape(MEM, row.operands[int(m.group(1))], row.operands[int(m.group(2))]))
        elif m.group(2):
            out.append(Shape(BASE, "", row.operands[int(m.group(2))]))
        else:
            out.append(Shape(ONE, row.operands[int(m.group(1))], ""))
    return out


_SHAPES: Final[dict[int, list[Shape]]] = {}


def shapes(number: int) -> list[Shape]:
    """Operand shapes of a row."""
    found = _SHAPES.get(number)
    if found is None:
        found = _SHAPES[number] = _shapes(ROWS[number])
    return found


class RiscvSyntax:
    """`Syntax` of RISC-V."""

    def __init__(self, isa: Riscv) -> None:
        self.isa = isa
        self.dialect = Dialect("#")

    def instruction(self, assembler: Assembler, mnemonic: str, operands: str, loc: Loc) -> bool:
        """See `Syntax`."""
        rows = BY_MNEMONIC.get(mnemonic)
        if rows is None:
            rows = BY_MNEMONIC.get(mnemonic.lower())
            if rows is None:
                return False
        texts = split_arguments(operands) if operands else []
        missing = ""
        reason = ""
        for number in rows:
            row = ROWS[number]
            words = texts
            if row.operands and row.operands[-1].startswith("vtype") and len(texts) > 2 and not texts[2][:1].isdigit():
                words = [*texts[:2], ",".join(texts[2:])]
            row_shapes = shapes(number)
            if len(row_shapes) != len(words):
                continue
            packed = self.operands(assembler, row_shapes, words, loc)
            if packed is None:
                continue
            if not arch.supports(row.extension, self.isa.state.names, self.isa.state.bits):
                missing = missing or row.extension
                continue
            try:
                assembler.streamer.instruction(number, packed, loc)
            except ToolError as error:
                if error.loc:
                    raise
                reason = reason or error.message
                continue
            return True
        text = f"{mnemonic} {operands}".strip()
        if reason:
            raise ToolError(f"illegal operands `{text}': {reason}", loc)
        if missing:
            names = " or ".join(f"`{n}'" for n in missing.replace("&", " and ").split("|"))
            raise ToolError(f"unrecognized opcode `{text}', extension {names} required", loc)
        raise ToolError(f"illegal operands `{text}'", loc)

    def operands(self, a: Assembler, row_shapes: Sequence[Shape], words: Sequence[str], loc: Loc) -> list[int] | None:
        """Packed operands, or None if the text does not have the row's shape."""
        out: list[int] = []
        for shape, word in zip(row_shapes, words):
            form = shape.form
            if form == ONE:
                value = self.operand(a, shape.first, word, loc)
                if value is None:
                    return None
                out.append(value)
                continue
            if form == WORD:
                if word != shape.first and not (shape.first == "sp" and word == "x2"):
                    return None
                continue
            m = MEMORY.match(word)
            if m is None:
                return None
            base = registers.NUMBERS.get(m.group(2), -1)
            offset = m.group(1).strip()
            if base < 0 or base >= 32:
                return None
            if form == BASE:
                if offset not in ("", "0"):
                    return None
            elif form == STACK:
                if base != registers.SP:
                    return None
            if form != BASE:
                value = pack.imm(0) if not offset else self.operand(a, shape.first, offset, loc)
                if value is None:
                    return None
                out.append(value)
            if form != STACK:
                out.append(pack.reg(base))
        return out

    def operand(self, a: Assembler, kind: str, word: str, loc: Loc) -> int | None:
        """One operand of that kind, packed; None if it is something else."""
        first = fields.register_class(kind)
        number = registers.NUMBERS.get(word, -1)
        if first >= 0:
            if number < first or number >= first + 32:
                return None
            return pack.reg(number)
        if kind == "vm":
            return pack.reg(registers.VECTOR_BASE) if word == "v0.t" else None
        if kind in LABELS:
            return self.target(a, word, loc)
        if NUMBER.match(word):
            return pack.imm(int(word, 0))
        if kind == "csr":
            csr = CSR_NUMBERS.get(word, -1)
            if csr >= 0:
                return pack.imm(csr)
        elif kind == "rm":
            value = ROUNDING.get(word, -1)
            return None if value < 0 else pack.imm(value)
        elif kind in ("pred", "succ"):
            return _fence(word)
        elif kind.startswith("vtype"):
            return _vtype(word)
        if number >= 0 or not word:
            return None
        return self.immediate(a, kind, word, loc)

    def immediate(self, a: Assembler, kind: str, word: str, loc: Loc) -> int | None:
        """A constant expression or a relocation operator."""
        if word[0] == "%":
            return self.modified(a, word, loc)
        if kind == "tpadd":
            return None
        e = a.expression(word, loc)
        value = a.streamer.constant(e)
        if value is None:
            return None
        return pack.imm(value)

    def modified(self, a: Assembler, word: str, loc: Loc) -> int:
        """`%lo(x)`."""
        m = MODIFIER.match(word)
        if m is None or m.group(1) not in MODIFIERS or word[-1] != ")":
            raise ToolError(f"unknown relocation operator in `{word}'", loc)
        e = a.expression(word[m.end():-1], loc)
        value = a.streamer.constant(e)
        if value is not None:
            e = Expr(MODIFIED, 0, None, m.group(1), left=Expr(CONST, value))
        elif e.op == SYMBOL:
            e = Expr(SYMBOL, e.value, e.symbol, m.group(1))
        else:
            e = Expr(MODIFIED, 0, None, m.group(1), left=e)
        return pack.expr(a.streamer.expression(e))

    def target(self, a: Assembler, word: str, loc: Loc) -> int | None:
        """A place in code or data."""
        if word[:1] == "%" or not word:
            return None
        if NAME.match(word) and word != ".":
            a.mentions += 1
            symbol = a.streamer.symbol(word)
            symbol.mentioned = True
            if symbol.value is None:
                return pack.expr(a.streamer.expression(Expr(SYMBOL, 0, symbol)))
        e = a.expression(word, loc)
        if e.modifier == "plt" and e.symbol is not None:
            e = Expr(SYMBOL, e.value, e.symbol)
        elif e.modifier:
            raise ToolError(f"unknown relocation suffix @{e.modifier}", loc)
        return pack.expr(a.streamer.expression(e))

    def directive(self, assembler: Assembler, name: str, operands: str, loc: Loc) -> bool:
        """See `Syntax`."""
        if name == "insn":
            insn.assemble(self, assembler, operands, loc)
            return True
        if name in ("dtprelword", "dtpreldword"):
            for word in split_arguments(operands):
                e = assembler.expression(word, loc)
                assembler.streamer.value(Expr(SYMBOL, e.value, e.symbol, "dtprel"), 4 if name == "dtprelword" else 8, loc)
            return True
        if name in ("option", "attribute"):
            assembler.streamer.option(name, split_arguments(operands), loc)
            assembler.refresh_cache()
            return True
        return False

    def mention(self, assembler: Assembler, text: str) -> None:
        """See `Syntax`: nothing."""

    def word_size(self, name: str) -> int:
        """See `Syntax`: `.align` takes an exponent."""
        return 0


def _fence(word: str) -> int | None:
    bits = 0
    order = "iorw"
    last = -1
    for ch in word:
        place = order.find(ch)
        if place <= last:
            return None
        last = place
        bits |= 8 >> place
    return pack.imm(bits)


def _vtype(text: str) -> int | None:
    bits = 0
    for word in text.split(","):
        value = VTYPE.get(word.strip(), -1)
        if value < 0:
            return None
        bits |= value
    return pack.imm(bits)
