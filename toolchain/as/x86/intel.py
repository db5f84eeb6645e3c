"""Intel syntax: operands and names of instructions (GNU as manual, "AT&T Syntax versus Intel Syntax").

An operand is a sum of an expression and registers with scales, in which brackets may stand anywhere; `WORD PTR` and
the like say the size that AT&T syntax puts into the mnemonic.  What comes out is what AT&T syntax gives too, so that the tables serve
both.  The expression language is GNU as's with words for some operators (`and or xor not mod shl shr eq ne lt le gt ge`).
"""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.isa.x86.instructions import BY_MNEMONIC, FORMS, VSIB, Form
from toolchain.isa.x86.printer import REVERSED
from toolchain.isa.x86.registers import KINDS, NUMBERS, R16, ST
from toolchain.mc.model import operand as pack
from toolchain.mc.model.expr import CONST, SYMBOL, Expr
from toolchain.mc.model.operand import NO_REG

from ..assemble import Assembler
from ..expression import NAME, OPERATOR, RANKS, Parser
from .operand import IMMEDIATE, MEMORY, REGISTER, Operand

SIZES: Final = {"byte": 8, "word": 16, "dword": 32, "fword": 48, "qword": 64, "mmword": 64, "tbyte": 80, "oword": 128, "xmmword": 128, "ymmword": 256,
                "zmmword": 512}
WORD_OPERATORS: Final = {"and": "&", "or": "|", "xor": "^", "mod": "%", "shl": "<<", "shr": ">>", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">",
                         "ge": ">="}
DISTANCES: Final = ("short", "near", "far")
# Letters that Intel's names end in where AT&T's have another.
SUFFIXES: Final = {"b": "b", "w": "w", "d": "l", "q": "q"}
NAMES: Final = {"retf": "lret", "retn": "ret", "xlatb": "xlat", "retfq": "lretq", "retfw": "lretw", "retfd": "lretl"}
STRINGS: Final = frozenset(("movs", "cmps", "stos", "lods", "scas", "ins", "outs"))
EXTENSIONS: Final = {"movsx": {8: "movsb", 16: "movsw", 32: "movsl"}, "movzx": {8: "movzb", 16: "movzw"}}


class Sum:
    """An operand, or a part of one: `value` + registers times scales."""

    def __init__(self, value: Expr) -> None:
        self.value = value
        self.registers: list[int] = []
        self.scales: list[int] = []     # 0: no scale is written
        self.memory = False
        self.offset = False
        self.near = False
        self.far = False
        self.size = 0
        self.segment = NO_REG

    def take(self, other: Sum) -> None:
        """The marks of a part are those of the whole."""
        self.memory |= other.memory
        self.offset |= other.offset
        self.near |= other.near
        self.far |= other.far
        self.size = self.size or other.size
        if self.segment == NO_REG:
            self.segment = other.segment


class IntelReader:
    """Reads one operand."""

    def __init__(self, text: str, assembler: Assembler, loc: Loc, naked: bool) -> None:
        self.text = text
        self.parser = Parser(text, 0, assembler, loc)
        self.loc = loc
        self.naked = naked

    def error(self) -> ToolError:
        """What cannot be an address."""
        return ToolError(f"`{self.text}' is not a valid base/index expression", self.loc)

    def peek(self, word: str) -> bool:
        """Whether the next token is that operator or (in lower case) that word; it is taken then."""
        p = self.parser
        if p.next < len(p.texts) and p.texts[p.next].lower() == word:
            p.next += 1
            return True
        return False

    def operator(self) -> str:
        """The binary operator that comes next, not taken; "" if none."""
        p = self.parser
        if p.next >= len(p.kinds):
            return ""
        text = p.texts[p.next]
        if p.kinds[p.next] == OPERATOR:
            return text if text in RANKS else ""
        return WORD_OPERATORS.get(text.lower(), "") if p.kinds[p.next] == NAME else ""

    def sum(self, rank: int = 0) -> Sum:
        """Operands joined by operators that bind tighter than `rank`."""
        p = self.parser
        p.depth += 1
        if p.depth > 100:
            raise ToolError("expression is nested too deeply", self.loc)
        left = self.indexed()
        while True:
            op = self.operator()
            if not op or RANKS[op] <= rank:
                p.depth -= 1
                return left
            p.next += 1
            left = self.combine(op, left, self.sum(RANKS[op]))

    def combine(self, op: str, a: Sum, b: Sum) -> Sum:
        """`a op b`."""
        if b.registers and op not in "+*" or a.registers and op not in "+-*":
            raise self.error()
        if op == "*" and (a.registers or b.registers):
            if b.registers:
                a, b = b, a
            if b.registers or b.value.op != CONST or len(a.registers) != 1 or a.scales[0] or not _is_zero(a.value):
                raise self.error()
            if b.value.value not in (1, 2, 4, 8):
                raise ToolError(f"expecting scale factor of 1, 2, 4, or 8: got `{b.value.value}'", self.loc)
            a.scales[0] = b.value.value
            a.take(b)
            return a
        if op == "+" and _is_zero(a.value):
            a.value = b.value
        elif not _is_zero(b.value) or op not in "+-":
            a.value = self.parser.combine(op, a.value, b.value)
        a.registers += b.registers
        a.scales += b.scales
        a.take(b)
        return a

    def indexed(self) -> Sum:
        """A primary and the brackets behind it."""
        left = self.primary()
        while self.peek("["):
            left = self.combine("+", left, self.bracket())
        return left

    def bracket(self) -> Sum:
        """`... ]`."""
        inner = self.sum()
        if not self.peek("]"):
            raise ToolError("missing `]'", self.loc)
        inner.memory = True
        return inner

    def primary(self) -> Sum:
        """One operand of the operators."""
        p = self.parser
        if p.next < len(p.kinds) and p.kinds[p.next] == NAME:
            return self.word(p.texts[p.next])
        if self.peek("["):
            return self.bracket()
        if self.peek("("):
            inner = self.sum()
            if not self.peek(")"):
                raise ToolError("missing `)'", self.loc)
            return inner
        if p.next < len(p.kinds) and p.kinds[p.next] == OPERATOR:
            op = p.texts[p.next]
            if op == "%" and p.next + 1 < len(p.kinds) and p.kinds[p.next + 1] == NAME:
                number = NUMBERS.get(p.texts[p.next + 1].lower(), -1)
                if number < 0:
                    raise ToolError(f"bad register name `%{p.texts[p.next + 1]}'", self.loc)
                p.next += 2
                return self.register(number)
            if op in ("-", "~", "!", "+"):
                p.next += 1
                inner = self.primary()
                if op == "+":
                    return inner
                if inner.registers:
                    raise self.error()
                return self.unary(op, inner)
        return Sum(p.primary())

    def unary(self, op: str, inner: Sum) -> Sum:
        """`op inner`."""
        zero = Expr(CONST, 0)
        if op == "-":
            inner.value = self.parser.combine("-", zero, inner.value)
        elif op == "~":
            inner.value = self.parser.combine("^", inner.value, Expr(CONST, -1))
        else:
            inner.value = self.parser.combine("==", inner.value, zero)
            if inner.value.op == CONST:
                inner.value = Expr(CONST, -inner.value.value)
        return inner

    def word(self, text: str) -> Sum:
        """A keyword, register or symbol."""
        p = self.parser
        key = text.lower()
        p.next += 1
        following = p.texts[p.next].lower() if p.next < len(p.texts) else ""
        if key in SIZES and following == "ptr":
            p.next += 1
            inner = self.sum()
            inner.size = SIZES[key]
            inner.memory = True
            return inner
        if key in DISTANCES and following and (following == "ptr" or following not in RANKS and following not in ")]["):
            self.peek("ptr")
            inner = self.sum()
            inner.near, inner.far = key != "far", key == "far"
            return inner
        if key == "offset" and following:
            if self.peek("flat") and not self.peek(":"):
                p.next -= 1
            inner = self.indexed()
            inner.offset = True
            return inner
        if key == "flat" and self.peek(":"):
            return self.sum()
        if key == "not" and following:
            return self.unary("~", self.primary())
        if self.naked:
            number = NUMBERS.get(key, -1)
            if number >= 0:
                return self.register(number)
        return Sum(p.name(text))

    def register(self, number: int) -> Sum:
        """A register, the name taken already: with `:` a segment override, with `(n)` a part of the x87 stack."""
        p = self.parser
        if KINDS[number] == "sreg" and self.peek(":"):
            inner = self.sum()
            inner.segment = pack.reg(number)
            inner.memory = True
            return inner
        if KINDS[number] == "st" and p.texts[p.next:p.next + 1] == ["("]:
            n = p.texts[p.next + 1:p.next + 3]
            if len(n) < 2 or n[1] != ")" or not n[0].isdigit() or int(n[0]) > 7:
                raise ToolError(f"bad register name `{self.text}'", self.loc)
            p.next += 3
            number = ST + int(n[0])
        out = Sum(Expr(CONST, 0))
        out.registers.append(number)
        out.scales.append(0)
        return out

    def operand(self) -> Operand:
        """All of the text.  Raises ToolError."""
        s = self.sum()
        self.parser.finish()
        if len(s.registers) == 1 and not s.memory and not s.scales[0] and _is_zero(s.value):
            return Operand(REGISTER, [pack.reg(s.registers[0])], KINDS[s.registers[0]])
        if s.memory or s.registers or not s.offset and s.value.op == SYMBOL:
            return self.address(s)
        o = Operand(IMMEDIATE, [], "")
        o.far = s.far
        if s.value.op == CONST:
            o.value = s.value.value
        else:
            o.expression = s.value
        return o

    def address(self, s: Sum) -> Operand:
        """A memory operand, or the target of a jump."""
        base = index = NO_REG
        scale = 1
        for number, factor in zip(s.registers, s.scales):
            if KINDS[number] not in ("r64", "r32", "r16", "rip", "riz", "xmm", "ymm"):
                raise self.error()
            if factor or base != NO_REG:
                if index != NO_REG:
                    if factor or base != NO_REG:
                        raise self.error()
                    base = pack.reg(number)
                else:
                    index, scale = pack.reg(number), factor or 1
            else:
                base = pack.reg(number)
        if index != NO_REG and base != NO_REG and scale == 1 and (index >> 3) % 16 == 4 and index >> 3 < R16:
            base, index = index, base
        if base != NO_REG and KINDS[base >> 3] in ("xmm", "ymm"):
            base, index = index, base
        if base != NO_REG and KINDS[base >> 3] in ("riz", "xmm", "ymm"):
            raise self.error()
        o = Operand(MEMORY, [base, pack.imm(scale), index, pack.imm(0), s.segment], "")
        o.segment, o.size, o.far = s.segment, s.size, s.far
        o.index_kind()
        o.bare = base == NO_REG and index == NO_REG
        o.target = o.bare and not s.memory
        if s.value.op == CONST:
            o.packed[3] = pack.imm(s.value.value)
        else:
            o.expression = s.value
        return o


def _is_zero(e: Expr) -> bool:
    return e.op == CONST and e.value == 0


def source_size(o: Operand) -> int:
    """Size of a register or memory operand in bits, 0 if it has none."""
    if o.form == REGISTER and o.kind[:1] == "r" and o.kind[1:].isdigit():
        return int(o.kind[1:])
    return o.size


def rows_of(name: str, operands: list[Operand], mode: int) -> tuple[str, list[int] | None]:
    """AT&T's name of an Intel instruction, and its rows; string instructions with operands have none (see `string_name`)."""
    if name in EXTENSIONS and len(operands) == 2:
        name = EXTENSIONS[name].get(source_size(operands[1]), name)
        found: list[int] | None = BY_MNEMONIC.get(name)
        return name, found if found is None else [n for n in found if FORMS[n].base_name == name]
    if name in ("call", "jmp") and len(operands) == 2:
        name = "l" + name
    elif name in ("call", "jmp") and len(operands) == 1:
        o = operands[0]
        if o.form == REGISTER or o.form == MEMORY and not o.target:
            o.star = True
            if o.far or o.size == 48 or o.size == 32 and o.form == MEMORY and mode != 32:   # there, that is segment and 16-bit offset
                name = "l" + name
                o.size = 16 if o.size == 32 else 0
    elif name in REVERSED and (len(operands) != 1 or name[-1] == "p") and (not operands or operands[0].kind == "sti"
                                                                            or operands[0].kind == "st" and name[-1] == "p"):
        name = REVERSED[name]
    name = NAMES.get(name, name)
    if name == "xlat":
        operands.clear()
    rows = BY_MNEMONIC.get(name)
    if rows is not None:
        own = [n for n in rows if FORMS[n].base_name == name]
        if own and not (name in ("movsd", "cmpsd") and not operands):
            return name, own
    letter = SUFFIXES.get(name[-1:])
    if letter is None:
        return name, None
    name = name[:-1] + letter
    return name, BY_MNEMONIC.get(name)


def string_name(name: str, operands: list[Operand]) -> str:
    """AT&T's name of a string instruction whose operands are written, "" if it is none."""
    if name in STRINGS:
        for o in operands:
            if o.kind != "r16" or len(operands) < 2 or name not in ("ins", "outs"):     # not the port
                size = source_size(o)
                if size:
                    return name + {8: "b", 16: "w", 32: "l", 64: "q"}.get(size, "")
        return ""
    if name[:-1] in STRINGS and name[-1] in SUFFIXES and all(o.form == MEMORY or o.kind[:1] == "r" for o in operands):
        return name[:-1] + SUFFIXES[name[-1]]
    return ""


def size_fits(o: Operand, form: Form, kind: str) -> bool:
    """Whether a memory operand of the size that is written goes with a form."""
    size = o.size
    if not size or kind in VSIB:
        return True
    if kind == "m":
        return size == 80 if form.suffix == "t" else size == form.size if form.star else True
    return kind[1:] == str(size)


def as_target(o: Operand) -> None:
    """A number behind a jump is its target."""
    if o.form == IMMEDIATE:
        o.form = MEMORY
        o.packed = [NO_REG, pack.imm(1), NO_REG, pack.imm(o.value or 0), NO_REG]
        o.bare = o.target = True
