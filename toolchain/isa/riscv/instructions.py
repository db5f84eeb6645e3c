"""The RISC-V instruction table, built from the text of `table_base` and `table_vector`.

A row's number is its place in the table; `rows.py` names the numbers.
"""
from __future__ import annotations

import re
from typing import Final

from toolchain.isa.riscv import table_base, table_vector
from toolchain.mc.model import isa
from toolchain.mc.model.isa import Row

DEFINED: Final = frozenset(("rd", "rdnz", "rdlui", "fd", "vd", "vd3"))
IMMEDIATES: Final = frozenset((
    "uimm20", "joff", "boff", "off", "soff", "poff", "imm", "shamt", "shamt5", "csr", "zimm5", "pred", "succ", "rm", "bs", "rnum",
    "const", "address", "tpadd", "simm5", "uimm5", "simm5m1", "vtype11", "vtype10", "vm", "v0",
    "cnopimm", "cjoff", "cboff", "clwsp", "clw", "cswsp", "cldsp", "cld", "csdsp", "cimm", "clui", "cimmnz", "zero", "caddi16sp", "caddi4spn", "cshamt",
))
JUMPS: Final = frozenset(("j", "jr", "ret", "tail", "jump", "mret", "sret", "uret", "dret", "c.j", "c.jr"))
CALLS: Final = frozenset(("jal", "jalr", "call", "c.jal", "c.jalr"))
FLOAT_FORMATS: Final = (("s", 0, "f"), ("d", 1, "d"), ("h", 2, "zfh"), ("q", 3, "q"))
WORD: Final = re.compile(r"\w+")


def _operands(text: str) -> tuple[tuple[str, ...], str]:
    """`rd,off(rs1)` gives the kinds (rd, off, rs1) and the template `{0},{1}({2})`."""
    kinds: list[str] = []
    out: list[str] = []
    if text == "-":
        return (), ""
    end = 0
    for m in WORD.finditer(text):
        out.append(text[end:m.start()])
        if m.group() == "sp":           # fixed register, not an operand
            out.append("sp")
        elif m.group() == "v0":
            out.append("v0")
        else:
            out.append("{" + str(len(kinds)) + "}")
            kinds.append(m.group())
        end = m.end()
    out.append(text[end:])
    return tuple(kinds), "".join(out)


class Builder:
    """Collects rows in order."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, mnemonic: str, operands: str, match: int, extension: str, flags: int) -> None:
        """One row."""
        kinds, template = _operands(operands)
        defs = uses = 0
        memory = "(" in operands
        for i, kind in enumerate(kinds):
            if kind in DEFINED:
                defs |= 1 << i
            elif kind not in IMMEDIATES:
                uses |= 1 << i
        if memory:
            flags |= isa.LOAD if defs else isa.STORE
        if mnemonic.startswith(("amo", "sc.")):
            flags |= isa.LOAD | isa.STORE
        if mnemonic in ("jalr", "jr", "c.jr", "c.jalr") or mnemonic.startswith(("cbo.", "prefetch.")):
            flags &= ~(isa.LOAD | isa.STORE)
        if "boff" in operands:
            flags |= isa.BRANCH
        if mnemonic in JUMPS:
            flags |= isa.JUMP
        if mnemonic in CALLS:
            flags |= isa.CALL
        size = 2 if mnemonic.startswith("c.") else 8 if flags & isa.MACRO else 4
        self.rows.append(Row(len(self.rows), mnemonic, kinds, template, match, size, defs, uses, flags, extension))

    def line(self, text: str, extra_flags: int = 0) -> None:
        """One line of a table."""
        words = text.split()
        if not words or words[0].startswith("#"):
            return
        extension = ""
        flags = extra_flags
        for word in words[3:]:
            if word.startswith("="):
                flags |= isa.ALIAS
            else:
                extension = word
        match = int(words[2], 16)
        operands = words[1]
        if operands.endswith(",?rm"):
            plain = operands[:-4]
            self.add(words[0], plain, match | 0x7000, extension, flags)
            self.add(words[0], plain + ",rm", match, extension, flags)
        elif operands.endswith(",?vm"):
            plain = operands[:-4]
            self.add(words[0], plain, match, extension, flags)
            self.add(words[0], plain + ",vm", match & ~(1 << 25), extension, flags)
        else:
            self.add(words[0], operands, match, extension, flags)

    def lines(self, text: str, extra_flags: int = 0) -> None:
        """A whole table."""
        for line in text.split("\n"):
            self.line(line, extra_flags)


def _float_line(line: str, letter: str, bits: int, extension: str) -> str:
    words = line.split()
    fmt = bits << 25
    ext = extension + "&rv64" if "rv64" in words else extension
    match = int(words[2], 16) | fmt
    alias = [w.replace("{f}", letter) for w in words if w.startswith("=")]
    return " ".join([words[0].replace("{f}", letter), words[1], f"{match:08x}", ext, *alias])


def _build() -> list[Row]:
    b = Builder()
    b.lines(table_base.BASE)
    for name, funct in table_base.AMO:
        for letter, width, ext in (("w", 2, "a"), ("d", 3, "a&rv64")):
            b.line(f"{name}.{letter} rd,rs2,(rs1) {funct | width << 12 | 0x2F:08x} {ext}")
    for name, funct, loads in [("lr", 0x10000000, True), ("sc", 0x18000000, False), *[(n, f, False) for n, f in table_base.AMO]]:
        for letter, width, ext in (("w", 2, "a"), ("d", 3, "a&rv64")):
            for suffix, order in (("aq", 1 << 26), ("rl", 1 << 25), ("aqrl", 3 << 25)):
                operands = "rd,(rs1)" if loads else "rd,rs2,(rs1)"
                b.line(f"{name}.{letter}.{suffix} {operands} {funct | order | width << 12 | 0x2F:08x} {ext}")
    b.lines(table_base.FLOAT)
    for letter, bits, ext in FLOAT_FORMATS:
        for line in table_base.FLOAT_EACH.split("\n"):
            if line and not line.startswith("#"):
                exact = ext == "d" and line.startswith(("fcvt.{f}.w ", "fcvt.{f}.wu "))
                exact = exact or (ext == "q" and line.startswith("fcvt.{f}."))
                if exact:               # every value fits: no rounding, rm is 0
                    line = line.replace(",?rm", "")
                b.line(_float_line(line, letter, bits, ext))
    b.lines(table_base.COMPRESSED)
    b.lines(table_base.MACROS, isa.MACRO)
    for line in table_vector.arithmetic_lines():
        b.line(line)
    b.lines(table_vector.OTHER)
    for line in table_vector.memory_lines():
        b.line(line)
    return b.rows


ROWS: Final = _build()

BY_MNEMONIC: Final[dict[str, list[int]]] = {}
"""Rows of a mnemonic, in the order in which the assembler tries them."""


def _index() -> None:
    for row in ROWS:
        BY_MNEMONIC.setdefault(row.mnemonic, []).append(row.number)


_index()


def constant_name(row: Row, taken: set[str]) -> str:
    """The name of a row's number in `rows.py`: the mnemonic; further forms add their operands."""
    base = row.mnemonic.upper().replace(".", "_")
    if row.flags & isa.MACRO and base not in ("LI", "LA", "LLA", "CALL", "TAIL"):
        base += "_MACRO"
    if base not in taken:
        return base
    name = base + "_" + "_".join(k.upper() for k in row.operands) if row.operands else base + "_NONE"
    return name if name not in taken else f"{name}_{row.extension.replace('&', '_').upper()}"


def rows_module() -> str:
    """Text of `rows.py`, which a test compares with the file.  Vector rows are found by mnemonic only."""
    out = ['"""Numbers of the rows of the RISC-V instruction table, by name (made by `instructions.rows_module`)."""',
           "from typing import Final", ""]
    taken: set[str] = set()
    for row in ROWS:
        if row.extension == "v":
            break
        name = constant_name(row, taken)
        assert name not in taken, name
        taken.add(name)
        out.append(f"{name}: Final = {row.number}")
    return "\n".join(out) + "\n"
