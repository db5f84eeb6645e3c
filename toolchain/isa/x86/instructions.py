"""The instruction tables, read once at import into rows and forms.

A `Row` is what the shared layer knows; the `Form` of the same number says how x86 encodes it.  A line of
a table becomes one row for each operand size and for register or memory in modrm.rm, so that a row's
operands are of one kind each.

Row names for the compiler (`rows.py`) are the AT&T mnemonic with suffix, then a letter an operand in
Intel's order: R register, M memory, I immediate, S sign-extended byte, X Y Q T xmm ymm mmx x87, J
target, A C D 1 fixed accumulator, cl, dx, one, G segment register, U others.
"""
from __future__ import annotations

from typing import Final

from toolchain.isa.x86 import table_base, table_fpu, table_sse
from toolchain.mc.model import isa as model
from toolchain.mc.model.isa import Row

# Places of operands in the encoding.
P_NONE: Final = 0       # implied by the opcode
P_REG: Final = 1        # modrm.reg
P_RM: Final = 2         # modrm.rm, register
P_MEM: Final = 3        # modrm.rm, memory: five packed ints (base, scale, index, displacement, segment)
P_OPCODE: Final = 4     # low bits of the opcode
P_VVVV: Final = 5
P_IMM: Final = 6
P_IS4: Final = 7
P_REL: Final = 8
P_MOFFS: Final = 9
P_ST: Final = 10        # low bits of the last opcode byte
P_BOTH: Final = 11      # modrm.reg and modrm.rm

MEMORY_OPERANDS: Final = 5

# Memory whose index is a vector of addresses.
VSIB_XMM: Final = "mx"
VSIB_YMM: Final = "my"
VSIB: Final = (VSIB_XMM, VSIB_YMM)

# Operand kinds that stand in no field.
IMPLIED: Final = frozenset(("al", "ax", "eax", "rax", "cl", "dx", "one", "st", "es", "cs", "ss", "ds", "fs", "gs"))


class Form:
    """How one row is encoded.

    `size` is the operand size in bits (0: the instruction has none), `mandatory` a prefix byte that belongs
    to the opcode or 0, `escape` the opcode map's bytes, `digit` modrm.reg (8: an operand, -1: no
    modrm), `tail` bytes after modrm or opcode.  `rex_w` says that 64-bit operation needs REX.W.  `vex` is -1
    for legacy encoding, else L | pp << 1 | map << 3 | W << 8.  `places` and `kinds` go by operand.
    `back` is the opcode of the other direction where that may be shorter (VEX), or -1.
    `accumulator` is the row of the shorter form for al, ax, eax or rax, or -1.
    `address16`/`address32`: address-size instructions (jcxz, jecxz).
    """

    def __init__(self) -> None:
        self.size = 0
        self.mandatory = 0
        self.wait = False
        self.escape = b""
        self.opcode = 0
        self.digit = -1
        self.tail = b""
        self.rex_w = False
        self.vex = -1
        self.back = -1
        self.only64 = False
        self.no64 = False
        self.places: list[int] = []
        self.kinds: list[str] = []
        self.imm_bytes = 0
        self.star = False
        self.has_moffs = False
        self.far = False
        self.relaxable = False
        self.lock = False
        self.address_size = 0
        self.suffix = ""
        self.base_name = ""
        self.alias = False
        self.accumulator = -1
        self.swap = False


SIZES: Final = {"b": 8, "w": 16, "l": 32, "q": 64, "o": 128}
FIXED: Final = {"AL": "al", "AX": "ax", "EAX": "eax", "CL": "cl", "DX": "dx", "1": "one", "ST": "st", "CS": "cs", "SS": "ss", "DS": "ds",
                "ES": "es", "FS": "fs", "GS": "gs"}
ACCUMULATOR: Final = {16: "ax", 32: "eax", 64: "rax"}
LETTER: Final = {"r8": "R", "r16": "R", "r32": "R", "r64": "R", "xmm": "X", "ymm": "Y", "mm": "Q", "sti": "T", "st": "T", "al": "A", "ax": "A",
                 "eax": "A", "rax": "A", "cl": "C", "dx": "D", "one": "1", "sreg": "G", "cs": "G", "ss": "G", "ds": "G", "es": "G", "fs": "G",
                 "gs": "G", "simm8": "S", "cr": "U", "dr": "U"}
PP: Final = {"NP": 0, "66": 1, "F3": 2, "F2": 3}
MAPS: Final = {"0F": 1, "0F38": 2, "0F3A": 3}


def _operand(token: str, size: int, memory: bool, wide: bool) -> tuple[str, int]:
    """Kind and place of one operand token, for operand size `size`; `memory` chooses the form of E, W, Q; `wide`: 256-bit row."""
    if token in FIXED:
        return FIXED[token], P_NONE
    if token == "rAX":
        return ACCUMULATOR[size], P_NONE
    if token == "STi":
        return "sti", P_ST
    if token == "sIb":
        return "simm8", P_IMM
    if token == "sIl":
        return "simm32", P_IMM
    if token == "Iz32":
        return "simm32", P_IMM
    head, rest = token[0], token[1:]
    bits = size if rest in ("v", "y", "z", "v=") else SIZES.get(rest, 0)
    if head in "EGRZBM" or head == "O":
        if head == "M" or (head == "E" and memory):
            return ("m" + str(bits) if bits and rest != "x" else ("m256" if wide else "m128") if rest == "x" else "m"), P_MEM
        if head == "O":
            return "moffs" + str(bits), P_MOFFS
        place = {"E": P_RM, "R": P_RM, "G": P_BOTH if rest == "v=" else P_REG, "Z": P_OPCODE, "B": P_VVVV}[head]
        return "r" + str(bits), place
    if head == "I":
        if rest == "z":
            return ("imm16" if size == 16 else "imm32" if size == 32 else "simm32"), P_IMM
        return "imm" + str(bits), P_IMM
    if head == "J":
        return ("rel8" if rest == "b" else "rel16" if rest == "w" else "rel32"), P_REL
    if head in "SCD":
        return {"S": "sreg", "C": "cr", "D": "dr"}[head], P_REG
    return _vector_operand(token, memory, wide)


def _vector_operand(token: str, memory: bool, wide: bool) -> tuple[str, int]:
    head, rest = token[0], token[1:]
    if head == "T":
        return VSIB_YMM if rest == "Y" else VSIB_XMM, P_MEM
    if head == "Y":
        return "ymm", P_REG
    if token == "HY":
        return "ymm", P_VVVV
    if head in "PN":
        return "mm", P_REG if head == "P" else P_RM
    if head in "QW" and memory:
        if rest == "Y" or (rest == "x" and wide):
            return "m256", P_MEM
        return "m" + ("128" if rest == "x" else str(SIZES[rest])), P_MEM
    if head == "Q":
        return "mm", P_RM
    kind = "ymm" if rest == "Y" or (rest == "x" and wide and head in "VHULW") else "xmm"
    return kind, {"V": P_REG, "H": P_VVVV, "U": P_RM, "W": P_RM, "L": P_IS4}[head]


class _Line:
    """One line of a table, taken apart."""

    def __init__(self, line: str) -> None:
        head, opcode, *attributes = [part.strip() for part in line.split("|")]
        name, _, operands = head.partition(" ")
        self.name = name
        self.tokens = [t for t in operands.split(",") if t]
        self.star = bool(self.tokens) and self.tokens[0].startswith("*")
        if self.star:
            self.tokens[0] = self.tokens[0][1:]
        self.opcode = opcode.split()
        self.attributes = attributes[0].split() if attributes else []

    def value(self, key: str) -> str | None:
        """Value of attribute `key=`."""
        for a in self.attributes:
            if a.startswith(key + "="):
                return a[len(key) + 1:]
        return None


class Tables:
    """Rows and forms under construction."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.forms: list[Form] = []
        self.names: dict[str, int] = {}
        self.by_mnemonic: dict[str, list[int]] = {}

    def read(self, text: str) -> None:
        """All lines of one table."""
        for raw in text.split("\n"):
            if raw.strip():
                self._line(_Line(raw))

    def _line(self, line: _Line) -> None:
        sizes = [0]
        if any(t[1:] in ("v", "v=") or t in ("rAX", "Iz") for t in line.tokens):
            sizes = [16, 32, 64]
        elif any(t[1:] == "y" for t in line.tokens):
            sizes = [32, 64]
        vex = line.opcode[0].startswith("VEX")
        wides = [False, True] if vex and line.opcode[0].split(".")[1] == "x" else [vex and line.opcode[0].split(".")[1] == "256"]
        both = any(t[0] in "EWQ" and t not in FIXED for t in line.tokens)
        for size in sizes:
            for wide in wides:
                for memory in ([False, True] if both else [False]):
                    self._add(line, size, memory, wide)

    def _add(self, line: _Line, size: int, memory: bool, wide: bool) -> None:
        form = Form()
        for token in line.tokens:
            kind, place = _operand(token, size, memory, wide)
            form.kinds.append(kind)
            form.places.append(place)
        form.star = line.star
        form.has_moffs = P_MOFFS in form.places
        form.size = size or self._size_of(form.kinds, line)
        self._attributes(form, line, size)
        self._opcode(form, line, size, wide)
        for kind, place in zip(form.kinds, form.places):
            if place == P_IMM:
                form.imm_bytes += {"simm8": 1, "simm32": 4}.get(kind) or int(kind[3:]) // 8
        name = form.base_name + form.suffix + ("_" + "".join(self._letter(k) for k in form.kinds) if form.kinds else "")
        name = name.upper()
        if name in self.names:
            if self.forms[self.names[name]].no64 and not form.no64 and self.forms[self.names[name]].kinds == form.kinds:
                name = self._free(name)     # the other modes have a short form
                form.only64 = True
            elif not any(p in (P_RM, P_MEM) for p in form.places) or self.forms[self.names[name]].kinds != form.kinds:
                name = self._free(name)
            else:
                return      # the same operands again: reg, reg in the other direction
        self._enter(form, name)

    def _free(self, name: str) -> str:
        n = 2
        while f"{name}_{n}" in self.names:
            n += 1
        return f"{name}_{n}"

    def _letter(self, kind: str) -> str:
        return LETTER.get(kind) or {"m": "M", "i": "I", "r": "J", "s": "I"}.get(kind[0], "U")

    def _size_of(self, kinds: list[str], line: _Line) -> int:
        """Operand size from explicit size letters: that of the first general register or sized memory operand."""
        if line.name[0] in "f" and line.name not in ("fs",):
            return 0
        vector = any(k in ("xmm", "ymm", "mm") for k in kinds)
        for k in kinds:
            if k[0] == "r" and k[1:].isdigit() and (not vector or k == "r64"):
                return int(k[1:])
        if vector:
            return 64 if any(k == "m64" and t[0] == "E" for k, t in zip(kinds, line.tokens)) else 0
        for k in kinds:
            if k[0] == "m" and k[1:].isdigit():
                return int(k[1:])
            if k in ("al", "ax", "eax", "rax"):
                return {"al": 8, "ax": 16, "eax": 32, "rax": 64}[k]
        return 0

    def _attributes(self, form: Form, line: _Line, size: int) -> None:
        a = line.attributes
        form.only64 = "only64" in a
        form.no64 = "no64" in a
        form.lock = "lock" in a or (line.name in ("add", "or", "adc", "sbb", "and", "sub", "xor"))
        form.far = "far" in a
        form.alias = "alias" in a
        form.swap = "swap" in a
        explicit = line.value("s")
        if explicit is not None:
            form.suffix = explicit
        elif form.size and line.name not in ("bswap",) and not any(k in ("xmm", "ymm", "mm", "sti", "st") for k in form.kinds) and line.name[0] != "f":
            form.suffix = {8: "b", 16: "w", 32: "l", 64: "q"}[form.size]
        elif line.name == "bswap":
            form.suffix = {32: "l", 64: "q"}[form.size]
        form.base_name = line.name
        form.rex_w = "W" in a or (form.size == 64 and "d64" not in a and "noW" not in a)
        if "d64" in a or "noW" in a or line.value("p") == "0":
            form.size = 0 if form.size != 64 or "d64" not in a else 64
        if "d64" in a:
            form.only64 = True
            form.size = 0
        if "o16" in a:
            form.size = 16
        if "o32" in a:
            form.size = 32
        if form.size == 64 or "r64" in form.kinds or "rax" in form.kinds:
            form.only64 = True
        if "a16" in a:
            form.address_size = 16
        if "a32" in a:
            form.address_size = 32

    def _opcode(self, form: Form, line: _Line, size: int, wide: bool) -> None:
        tokens = list(line.opcode)
        if tokens[0].startswith("VEX"):
            _, length, pp, map_ = tokens.pop(0).split(".")
            w = 1 if "W" in line.attributes or (size == 64 and any(t[1:] == "y" for t in line.tokens)) else 0
            form.vex = (1 if wide or length == "256" else 0) | PP[pp] << 1 | MAPS[map_] << 3 | w << 8
            form.only64 = "r64" in form.kinds
            form.rex_w = False
            form.size = 0
            form.back = int(line.value("back") or "-1", 16)
        data: list[int] = []
        for t in tokens:
            if t.startswith("/"):
                form.digit = 8 if t == "/r" else int(t[1:])
            elif t.startswith("="):
                form.tail = bytes.fromhex(t[1:])
            else:
                data.append(int(t, 16))
        if len(data) > 1 and data[0] == 0x9B:
            form.wait = True
            del data[0]
        if len(data) > 1 and data[0] in (0x66, 0xF2, 0xF3) and form.vex < 0:
            form.mandatory = data.pop(0)
        if form.vex < 0 and data[0] == 0x0F:
            n = 2 if len(data) > 2 and data[1] in (0x38, 0x3A) else 1
            if len(data) > n:
                form.escape = bytes(data[:n])
                del data[:n]
        form.opcode = data[0]
        form.tail = bytes(data[1:]) + form.tail
        form.relaxable = any(k == "rel32" for k in form.kinds) and ("branch" in line.attributes or line.name == "jmp") and line.name != "xbegin"

    def _enter(self, form: Form, name: str) -> None:
        number = len(self.rows)
        self.names[name] = number
        self.forms.append(form)
        mnemonic = form.base_name + form.suffix
        order = list(range(len(form.kinds)))[::-1] if not form.far and form.base_name not in ("enter", "bound") else list(range(len(form.kinds)))
        prefix = "*" if form.star else ""
        template = mnemonic + (" " if order else "") + ", ".join(prefix + "{" + str(i) + "}" for i in order)
        flags = 0
        if form.base_name[0] == "j" and form.base_name not in ("jmp", "jmpw", "jmpl", "jmpq"):
            flags |= model.BRANCH
        elif form.base_name in ("jmp", "jmpw", "jmpl", "jmpq", "ret", "retq", "retl", "retw", "lret", "iret", "iretq", "hlt", "ud2"):
            flags |= model.JUMP
        elif form.base_name.startswith("call"):
            flags |= model.CALL
        if form.alias:
            flags |= model.ALIAS
        self.rows.append(Row(number, mnemonic, tuple(form.kinds), template, form.opcode, len(form.escape) + 1, 0, 0, flags, ""))
        for spelling in {mnemonic, form.base_name}:
            self.by_mnemonic.setdefault(spelling, []).append(number)


def _build() -> Tables:
    tables = Tables()
    for text in (table_base.TABLE, table_fpu.TABLE, table_sse.TABLE):
        tables.read(text)
    shorter = {(f.base_name, f.kinds[1], f.suffix): n for n, f in enumerate(tables.forms)
               if len(f.kinds) == 2 and f.kinds[0] in ("al", "ax", "eax", "rax") and f.places[1] == P_IMM and f.suffix}
    for f in tables.forms:
        if len(f.kinds) == 2 and f.places == [P_RM, P_IMM] and f.kinds[0] in ("r8", "r16", "r32", "r64"):
            f.accumulator = shorter.get((f.base_name, f.kinds[1], f.suffix), -1)
    return tables


TABLES: Final = _build()
ROWS: Final = TABLES.rows
FORMS: Final = TABLES.forms
NAMES: Final = TABLES.names
BY_MNEMONIC: Final = TABLES.by_mnemonic
