"""AT&T syntax: mnemonics with size suffixes, operands, prefixes (GNU as manual, "80386 Dependent Features"); Intel syntax (`intel.py`)
goes through the same choice of rows.

The row of an instruction is the first one in the tables whose operands the text fits; where only a memory operand
or an immediate is given, and so no size, the mode decides.
"""
from __future__ import annotations

import re
from typing import Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.isa.x86.instructions import BY_MNEMONIC, FORMS, P_MEM, VSIB, Form
from toolchain.isa.x86.isa import X86
from toolchain.isa.x86.printer import REVERSED
from toolchain.isa.x86.registers import KINDS, NUMBERS, R8, R16, R32, SEGMENT_PREFIXES, SREG
from toolchain.isa.x86.relocations import GOT
from toolchain.mc.model import operand as pack
from toolchain.mc.model.expr import BINARY, CONST, Expr
from toolchain.mc.model.operand import NO_REG

from ..assemble import Assembler
from ..statement import Dialect, split_arguments
from . import intel
from .operand import IMMEDIATE, MEMORY, NUMBER, REGISTER, Operand, immediate, register_fits, register_operand

BASE: Final = re.compile(r"\(\s*(?:%([\w]+))?\s*(?:,\s*(?:%([\w]+))?\s*(?:,\s*([^,()]*(?:\([^()]*\))?[^,()]*))?)?\s*\)$")
WORDS: Final = re.compile(r"\s*(\S+)\s*(.*)", re.DOTALL)
PREFIXES: Final = {"lock": b"\xf0", "rep": b"\xf3", "repe": b"\xf3", "repz": b"\xf3", "repne": b"\xf2", "repnz": b"\xf2", "bnd": b"\xf2", "notrack": b"\x3e",
                   "xacquire": b"\xf2", "xrelease": b"\xf3", "data16": b"\x66", "data32": b"\x66", "addr16": b"\x67", "addr32": b"\x67", "aword": b"\x67",
                   "cs": b"\x2e", "ds": b"\x3e", "es": b"\x26", "fs": b"\x64", "gs": b"\x65", "ss": b"\x36", "wait": b"\x9b"}
REX_PREFIXES: Final = {"rex": 0x40, "rex64": 0x48, "rexw": 0x48}
BARE_WORD: Final = re.compile(r"(?<![\w.$%@\"])[A-Za-z]\w*(?![\w.$@\"])")
FAR: Final = re.compile(r"\s*(?:far\s+ptr\s+)?[0-9][\w]*\s*$|\s*\$", re.IGNORECASE)
OPERATOR: Final = re.compile(r"@(?!(?:size|plt)\b)[a-z]", re.IGNORECASE)
LOCAL: Final = re.compile(r"(?<![\w.$])\.L[\w.$]*")
SPACED: Final = re.compile(r"%[ \t]+")
STRINGS: Final = frozenset(f"{name}{size}" for name in ("movs", "cmps", "stos", "lods", "scas", "ins", "outs") for size in ("", "b", "w", "l", "q"))
# Instructions whose size without suffix or register is that of the stack or the code segment.
STACK: Final = frozenset("push pop call jmp ret lret pushf popf enter leave iret ljmp lcall".split())
GCC16: Final = frozenset("push pop call ret pushf popf pusha popa enter leave iret lret".split())
SIZE_LETTERS: Final = {16: "w", 32: "l", 64: "q"}


class X86Syntax:
    """`Syntax` of x86."""

    def __init__(self, isa: X86) -> None:
        self.isa = isa
        self.dialect = Dialect("#", ";", "#/", False)
        self.dialect.word_characters = "*%-([@"
        self.got_known = False          # the GOT's symbol is in the table
        self.intel = False
        self.naked = False              # registers without `%`
        self.intel_mnemonic = False     # fsub and fsubr, fdiv and fdivr as Intel has them, in AT&T syntax too

    # ------------------------------------------------------------ instructions
    def instruction(self, assembler: Assembler, mnemonic: str, operands: str, loc: Loc) -> bool:
        """See `Syntax`."""
        name = mnemonic.lower()
        if name in PREFIXES and name not in ("wait",) or name in REX_PREFIXES or name.startswith("rex."):
            return self.prefixed(assembler, name, operands, loc)
        if self.intel:
            return self.intel_instruction(assembler, name, operands, loc)
        if self.isa.gcc16 and name in GCC16:
            name += "l"
        if self.naked:
            operands = BARE_WORD.sub(_with_mark, operands)
        rows = BY_MNEMONIC.get(name)
        if rows is None:
            short = name.partition(",")[0]
            rows = BY_MNEMONIC.get(short)
            if rows is None:
                return False
        if "% " in operands:
            operands = SPACED.sub("%", operands)
        texts = split_arguments(operands) if operands else []
        parsed = [self.operand(assembler, t, loc) for t in texts]
        if name in STRINGS and parsed and not (name in ("movsb", "movsw", "movsl") and parsed[-1].form == REGISTER):
            return self.string(assembler, name, parsed, loc)
        if name == "movq" and not any(o.kind in ("xmm", "mm") for o in parsed):
            for t in texts:             # as in GNU as, which takes it for the one of the vector registers first
                self.mention(assembler, t, True)
        if self.intel_mnemonic and name in REVERSED and (not parsed or parsed[-1].kind == "sti" or name[-1] == "p"):
            name = REVERSED[name]
            rows = BY_MNEMONIC[name]
        self.emit(assembler, mnemonic, name, rows, parsed, parsed[::-1], loc)
        return True

    def intel_instruction(self, assembler: Assembler, mnemonic: str, operands: str, loc: Loc) -> bool:
        """An instruction in Intel syntax."""
        texts = split_arguments(operands) if operands else []
        if len(texts) == 1 and mnemonic in ("jmp", "call"):
            segment, colon, offset = texts[0].partition(":")
            if colon and FAR.match(segment):
                texts = [segment, offset]
        parsed: list[Operand] = []
        for text in texts:
            overrides = ":" in text     # read twice there, the first time without looking for operators
            if not overrides:
                self.mention(assembler, text)
            parsed.append(intel.IntelReader(text, assembler, loc, self.naked).operand())
            if overrides:
                self.mention(assembler, text)
        for o in parsed:
            if o.expression is not None and o.expression.op == BINARY:
                e = self.settled(assembler, o.expression)
                if e.op == CONST and o.form == IMMEDIATE:
                    o.value, o.expression = e.value, None
                elif e.op == CONST and o.form == MEMORY:
                    o.packed[3], o.expression = pack.imm(e.value), None
        if len(parsed) == 2 and mnemonic in ("jmp", "call") and parsed[1].target:
            parsed[1].form = IMMEDIATE
            parsed[1].value = None
        name = intel.string_name(mnemonic, parsed) if parsed else ""
        if name:
            self.string(assembler, name, parsed, loc)
            return True
        name, rows = intel.rows_of(mnemonic, parsed, self.isa.encoder.mode)
        if rows is None:
            return False
        if len(parsed) == 1 and not parsed[0].star and any(k.startswith("rel") for n in rows for k in FORMS[n].kinds):
            intel.as_target(parsed[0])
        self.emit(assembler, mnemonic, name, rows, parsed, parsed, loc)
        return True

    def emit(self, assembler: Assembler, mnemonic: str, name: str, rows: list[int], parsed: list[Operand], order: list[Operand], loc: Loc) -> None:
        """Choose the row and encode; `order` are the operands in Intel's order."""
        number, packed = self.match(name, rows, parsed, order, loc)
        if number < 0:
            raise ToolError(f"operand type mismatch for `{mnemonic}'" if parsed else f"operands are missing for `{mnemonic}'", loc)
        form = FORMS[number]
        encoder = self.isa.encoder
        if form.has_moffs:
            segment = next(o.segment for o in parsed if o.form == MEMORY)
            encoder.moffs_segment = -1 if segment == NO_REG else (segment >> 3) - SREG
        assembler.streamer.instruction(number, [self.pack(assembler, v) for v in packed], loc)
        encoder.moffs_segment = -1

    def pack(self, assembler: Assembler, v: int | Expr) -> int:
        """A packed operand; expressions are entered only once the row is known."""
        if isinstance(v, Expr):
            return pack.expr(assembler.streamer.expression(v))
        return v

    def prefixed(self, assembler: Assembler, name: str, rest: str, loc: Loc) -> bool:
        """A prefix in front of an instruction, or alone."""
        encoder = self.isa.encoder
        bits = REX_PREFIXES.get(name, 0)
        if name.startswith("rex."):
            bits = 0x40
            for c in name[4:]:
                bits |= {"w": 8, "r": 4, "x": 2, "b": 1}.get(c, 0)
        data = PREFIXES.get(name, b"") or bytes((bits,))
        m = WORDS.match(rest)
        if m is None:
            assembler.streamer.code_bytes(data)
            return True
        saved, rex = encoder.prefixes, encoder.rex
        if bits:
            encoder.rex |= bits
        else:
            encoder.prefixes += data
        try:
            found = assembler.macros.get(m.group(1))
            if found is not None:
                encoder.prefixes, encoder.rex = saved, rex
                assembler.streamer.code_bytes(data)
                assembler.call(found, m.group(2), loc)
                return True
            if not self.instruction(assembler, m.group(1), m.group(2).strip(), loc):
                raise ToolError(f"no such instruction: `{rest}'", loc)
        finally:
            encoder.prefixes, encoder.rex = saved, rex
        return True

    def string(self, assembler: Assembler, name: str, parsed: list[Operand], loc: Loc) -> bool:
        """A string instruction with its operands written out: they only say size and segment."""
        if name + "b" in STRINGS and name not in ("movsb",) and not name.endswith(("b", "w", "l", "q")):
            sizes = [KINDS.index(o.kind) for o in parsed if o.form == REGISTER and o.kind[:1] == "r"]
            if not sizes:
                raise ToolError(f"no size for `{name}'", loc)
            name += {0: "q", R32: "l", R16: "w", R8: "b"}[sizes[0]]
        data = b""
        for o in parsed:
            if o.form == MEMORY and o.segment != NO_REG:
                n = (o.segment >> 3) - SREG
                if n not in (0, 3):
                    data = bytes((SEGMENT_PREFIXES[n],))
            if o.form == MEMORY:
                base = o.packed[0]
                if base != NO_REG and base >> 3 < R16:
                    bits = 64 if base >> 3 < R32 else 32
                    if bits != self.isa.encoder.mode:
                        data += b"\x67"
        rows = [n for n in BY_MNEMONIC[name] if not FORMS[n].kinds]
        saved = self.isa.encoder.prefixes
        self.isa.encoder.prefixes += data
        try:
            assembler.streamer.instruction(rows[0], [], loc)
        finally:
            self.isa.encoder.prefixes = saved
        return True

    # ------------------------------------------------------------ choice of the row
    def match(self, name: str, rows: list[int], parsed: list[Operand], backward: list[Operand], loc: Loc) -> tuple[int, list[int | Expr]]:
        """The row that fits, and its operands; (-1, []) if none does."""
        count = len(parsed)
        mode = self.isa.encoder.mode
        sized = any(o.form == REGISTER and o.kind != "sreg" or o.size for o in parsed)
        suffixes: set[str] = set()
        first = -1
        best: list[int | Expr] = []
        wanted = ""
        for number in rows:
            form = FORMS[number]
            if len(form.kinds) != count or (form.no64 if mode == 64 else form.only64):
                continue
            order = parsed if form.far or form.base_name in ("enter", "bound") else backward
            packed = self.fit(form, order)
            if packed is None:
                continue
            if form.base_name == "xchg" and form.size == 32 and form.digit < 0 and mode == 64 and packed[0] == packed[1]:
                continue        # 90 is nop, and does not clear the upper half
            if sized or not form.suffix or name != form.base_name:
                return number, packed
            if not wanted:
                wanted = self.default_suffix(form.base_name, mode)
            suffixes.add(form.suffix)
            if form.suffix == wanted and not (self.intel and form.base_name not in STACK):
                return number, packed
            if first < 0 or (FORMS[first].suffix == "b" and form.suffix == "w"):
                first, best = number, packed
        if self.intel and len(suffixes) > 1 and name not in STACK:
            raise ToolError(f"ambiguous operand size for `{name}'", loc)
        return first, best

    def default_suffix(self, base: str, mode: int) -> str:
        """Size letter where the operands say nothing."""
        if base in STACK:
            return SIZE_LETTERS[mode]
        return "l" if mode == 64 or (mode == 16 and self.isa.gcc16) else SIZE_LETTERS[mode]

    def fit(self, form: Form, operands: list[Operand]) -> list[int | Expr] | None:
        """Packed operands for a form, None if they do not fit."""
        out: list[int | Expr] = []
        for o, kind, place in zip(operands, form.kinds, form.places):
            if place == P_MEM:
                if o.form != MEMORY or (o.vector != kind and (o.vector or kind in VSIB)) or o.star != form.star or o.size and not intel.size_fits(o, form, kind):
                    return None
                out += o.packed[:3]
                out.append(o.expression if o.expression is not None else o.packed[3])
                out.append(o.packed[4])
                continue
            if o.form == REGISTER:
                if not register_fits(o, kind) or o.star != form.star:
                    return None
                out.append(o.packed[0])
            elif o.form == IMMEDIATE:
                v = immediate(form, kind, o)
                if v is None:
                    return None
                out.append(v)
            elif kind.startswith(("rel", "moffs")):
                if not o.bare or o.star:
                    return None
                if o.size and kind.startswith("moffs") and kind[5:] != str(o.size):
                    return None
                out.append(o.expression if o.expression is not None else o.packed[3])
            elif kind == "dx" and o.packed[0] == pack.reg(R16 + 2):
                out.append(o.packed[0])
            else:
                return None
        return out

    # ------------------------------------------------------------ operands
    def operand(self, a: Assembler, text: str, loc: Loc) -> Operand:
        """Parse one operand."""
        if not text:
            raise ToolError("operand is missing", loc)
        c = text[0]
        if c == "%":
            o = register_operand(text)
            if o is not None:
                return o
            if ":" not in text:
                raise ToolError(f"bad register name `{text}'", loc)
        elif c == "$":
            return self.immediate_operand(a, text[1:].strip(), loc)
        elif c == "*":
            o = self.operand(a, text[1:].strip(), loc)
            o.star = True
            return o
        return self.memory(a, text, loc)

    def immediate_operand(self, a: Assembler, text: str, loc: Loc) -> Operand:
        """`$expression`."""
        o = Operand(IMMEDIATE, [], "")
        if NUMBER.match(text):
            o.value = int(text, 0)
        else:
            self.mention(a, text)
            e = self.settled(a, a.expression(text, loc))
            if e.op == CONST:
                o.value = e.value
            else:
                o.expression = e
        v = o.value
        if v is not None and self.isa.bits == 32 and not -(1 << 31) <= v < 1 << 32:
            o.value = v & 0xFFFFFFFF    # numbers have 32 bits there
        return o

    def settled(self, a: Assembler, e: Expr) -> Expr:
        """A difference of labels between which no length is open is a number, so that short forms serve."""
        if e.op == BINARY:
            value = a.streamer.constant(e)
            if value is not None:
                return Expr(CONST, value)
        return e

    def memory(self, a: Assembler, text: str, loc: Loc) -> Operand:
        """`%segment:displacement(%base,%index,scale)`."""
        segment = base = index = NO_REG
        scale = 1
        if text[0] == "%":
            name, _, text = text[1:].partition(":")
            n = NUMBERS.get(name.strip().lower(), -1)
            if n < 0 or KINDS[n] != "sreg":
                raise ToolError(f"bad segment register `%{name}'", loc)
            segment = pack.reg(n)
            text = text.strip()
        if text[-1:] == ")":
            at = opening(text)
            inner = text[at + 1:-1].strip()
            if "%" in inner or inner[:1] == ",":
                m = BASE.match(text[at:])
                if m is None:
                    raise ToolError(f"bad memory operand `{text}'", loc)
                base, index = self.address_register(m.group(1), loc), self.address_register(m.group(2), loc)
                if m.group(3) and m.group(3).strip():
                    scale = a.absolute(m.group(3), loc, "scale factor")
                    if scale not in (1, 2, 4, 8):
                        raise ToolError(f"expecting scale factor of 1, 2, 4, or 8: got `{m.group(3)}'", loc)
                text = text[:at].strip()
        o = Operand(MEMORY, [base, pack.imm(scale), index, pack.imm(0), segment], "")
        o.segment = segment
        o.index_kind()
        o.bare = base == NO_REG and index == NO_REG
        if text:
            if NUMBER.match(text):
                o.packed[3] = pack.imm(int(text, 0))
            else:
                self.mention(a, text, True)
                e = self.settled(a, a.expression(text, loc))
                if e.op == CONST:
                    o.packed[3] = pack.imm(e.value)
                else:
                    o.expression = e
        elif o.bare and segment == NO_REG:
            raise ToolError("operand is missing", loc)
        return o

    def mention(self, a: Assembler, text: str, address: bool = False) -> None:
        """See `Syntax`: the symbol of the GOT for a relocation operator; a local label that an `address` begins with if it is known already
        (the reader of addresses asks whether the name means a register); in Intel syntax any local label."""
        if "@" in text and not self.got_known and OPERATOR.search(text) is not None:
            self.got_known = True
            a.streamer.symbol(GOT)
        if self.intel:
            if ".L" in text:
                for name in LOCAL.findall(text):
                    a.streamer.enter(a.streamer.symbol(name))
        elif address and text.startswith(".L"):
            known = a.streamer.table.get(LOCAL.findall(text)[0])
            if known is not None:
                a.streamer.enter(known)

    def address_register(self, name: str | None, loc: Loc) -> int:
        """Base or index register."""
        if not name:
            return NO_REG
        n = NUMBERS.get(name.lower(), -1)
        if n < 0:
            raise ToolError(f"bad register name `%{name}'", loc)
        return pack.reg(n)

    # ------------------------------------------------------------ directives
    def directive(self, assembler: Assembler, name: str, operands: str, loc: Loc) -> bool:
        """See `Syntax`."""
        if name in ("code16", "code16gcc", "code32", "code64"):
            assembler.streamer.option(name, [], loc)
            assembler.code_cache.clear()
            return True
        if name == "arch":
            return True
        if name in ("att_syntax", "intel_syntax", "att_mnemonic", "intel_mnemonic"):
            self.choose_syntax(name, operands.strip(), loc)
            assembler.code_cache.clear()
            return True
        if name == "value":
            for word in split_arguments(operands):
                assembler.streamer.value(assembler.expression(word, loc), 2, loc)
            return True
        if name == "largecomm":
            raise ToolError("`.largecomm' is not supported", loc)
        return False

    def choose_syntax(self, name: str, detail: str, loc: Loc) -> None:
        """`.intel_syntax`, `.att_syntax`, `.intel_mnemonic`, `.att_mnemonic`."""
        if name.endswith("mnemonic"):
            self.intel_mnemonic = name == "intel_mnemonic"
            return
        if detail not in ("", "prefix", "noprefix"):
            raise ToolError(f"bad argument to syntax directive: `{detail}'", loc)
        self.intel = name == "intel_syntax"
        self.naked = detail == "noprefix"

    def word_size(self, name: str) -> int:
        """See `Syntax`: `.align` takes bytes."""
        return {"word": 2, "align": 1, "ds.x": 10}.get(name, 0)


def _with_mark(m: re.Match[str]) -> str:
    """A word that may be the name of a register, with its `%`."""
    return "%" + m.group() if m.group().lower() in NUMBERS else m.group()


def opening(text: str) -> int:
    """Offset of the parenthesis that the last character closes."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        if text[at] == ")":
            depth += 1
        elif text[at] == "(":
            depth -= 1
            if depth == 0:
                return at
    return 0
