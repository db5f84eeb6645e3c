"""`TextStreamer`: the `Streamer` that prints assembly text (-S), in GNU as's syntax.

It prints the very instructions that the object streamer encodes.  Inline assembly comes out verbatim, between `#APP` and
`#NO_APP`: build systems read constants out of it (Linux's asm-offsets).
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.diagnostics import Diagnostics, Loc
from toolchain.elf.image import ObjectImage
from toolchain.mc.model import expr as ex
from toolchain.mc.model.expr import Expr, MCSymbol, SectionSpec
from toolchain.mc.model.isa import Isa

BINDINGS: Final = (".local", ".globl", ".weak")
VISIBILITIES: Final = ("", ".internal", ".hidden", ".protected")
KINDS: Final = {1: "@object", 2: "@function", 6: "@tls_object", 10: "@gnu_indirect_function", 0: "@notype"}
SECTION_KINDS: Final = {1: "@progbits", 7: "@note", 8: "@nobits", 14: "@init_array", 15: "@fini_array", 16: "@preinit_array"}
# (bit, letter) of sh_flags, in the order in which GNU's tools print them.
FLAGS: Final = ((0x2, "a"), (0x1, "w"), (0x4, "x"), (0x10, "M"), (0x20, "S"), (0x400, "T"), (0x80000000, "e"), (0x200000, "R"))
GROUP: Final = 0x200
DATA: Final = {1: ".byte", 2: ".2byte", 4: ".4byte", 8: ".8byte"}
PLAIN_SECTIONS: Final = {(".text", 1, 6): ".text", (".data", 1, 3): ".data", (".bss", 8, 3): ".bss"}
ESCAPES: Final = {i: f"\\{i:03o}" for i in range(256)}
ESCAPES.update({i: chr(i) for i in range(32, 127)})
ESCAPES.update({34: '\\"', 92: "\\\\", 10: "\\n", 9: "\\t"})
PRIMARY: Final = 100
PRECEDENCE: Final = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<>": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "+": 4, "-": 4, "|": 5, "&": 5, "^": 5, "!": 5,
                     "*": 6, "/": 6, "%": 6, "<<": 6, ">>": 6}


class TextStreamer:
    """Prints what it receives; `text` gives all of it."""

    def __init__(self, isa: Isa, diagnostics: Diagnostics) -> None:
        self.isa = isa
        self.diagnostics = diagnostics
        isa.start(diagnostics)
        self.out: list[str] = []
        self.table: dict[str, MCSymbol] = {}
        self.expressions: list[Expr] = []
        self.texts: list[str] = []
        self.temporaries = 0
        self.current = ""
        self.before = ""
        self.stack: list[tuple[str, str]] = []
        self.in_cfi = False
        if isa.text_start:
            self.line_out(isa.text_start)

    def text(self) -> str:
        """All that was printed."""
        return "".join(self.out)

    def line_out(self, text: str) -> None:
        """One indented line."""
        self.out.append("\t" + text + "\n")

    # ------------------------------------------------------------ expressions
    def show(self, e: Expr, level: int = 0) -> str:
        """Text of an expression; parenthesised if it binds less tightly than `level`."""
        op = e.op
        if op == ex.CONST:
            return str(e.value)
        if op == ex.SYMBOL:
            assert e.symbol is not None
            text = quoted(e.symbol.name)
            if e.value and not e.modifier:
                return f"{text}{e.value:+d}" if level < PRIMARY else f"({text}{e.value:+d})"
            return self.isa.operator_text(e.modifier, text, e.value) if e.modifier else text
        assert e.left is not None
        if op == ex.MODIFIED:
            return self.isa.operator_text(e.modifier, self.show(e.left), 0)
        if op == ex.UNARY:
            return e.text + self.show(e.left, PRIMARY)
        assert e.right is not None
        own = PRECEDENCE[e.text]
        text = f"{self.show(e.left, own)}{e.text}{self.show(e.right, own + 1)}"
        return f"({text})" if own < level else text

    def symbol(self, name: str) -> MCSymbol:
        """See `Streamer`."""
        s = self.table.get(name)
        if s is None:
            s = self.table[name] = MCSymbol(name)
        return s

    def temporary(self, prefix: str = ".L") -> MCSymbol:
        """See `Streamer`."""
        self.temporaries += 1
        s = MCSymbol(f"{prefix}{self.temporaries}")
        s.temporary = True
        return s

    def expression(self, e: Expr) -> int:
        """See `Streamer`."""
        self.expressions.append(e)
        self.texts.append(self.show(e))
        return len(self.expressions) - 1

    # ------------------------------------------------------------ sections
    def section(self, spec: SectionSpec, subsection: int = 0) -> None:
        """See `Streamer`."""
        self._go(section_text(spec, subsection))

    def _go(self, text: str) -> None:
        if text != self.current:
            self.before = self.current
            self.current = text
            self.line_out(text)

    def push_section(self) -> None:
        """See `Streamer`."""
        self.stack.append((self.current, self.before))

    def pop_section(self) -> bool:
        """See `Streamer`."""
        if not self.stack:
            return False
        current, before = self.stack.pop()
        self._go(current)
        self.before = before
        return True

    def previous_section(self) -> bool:
        """See `Streamer`."""
        if not self.before:
            return False
        self._go(self.before)
        return True

    # ------------------------------------------------------------ contents
    def label(self, symbol: MCSymbol, loc: Loc) -> None:
        """See `Streamer`."""
        if symbol.section != -1:
            self.diagnostics.error(loc, f"symbol `{symbol.name}' is already defined")
            return
        symbol.section = 0
        self.out.append(quoted(symbol.name) + ":\n")

    def instruction(self, row: int, operands: Sequence[int], loc: Loc) -> None:
        """See `Streamer`."""
        self.line_out(self.isa.print(row, operands, self.texts))

    def data(self, data: bytes) -> None:
        """See `Streamer`: text as strings, the rest as bytes."""
        at = 0
        while at < len(data):
            chunk = data[at:at + 64]
            at += 64
            if sum(32 <= b < 127 or b in (0, 9, 10) for b in chunk) * 4 >= len(chunk) * 3:
                self.line_out('.ascii\t"' + "".join([ESCAPES[b] for b in chunk]) + '"')
            else:
                self.line_out(".byte\t" + ", ".join([str(b) for b in chunk]))

    def value(self, e: Expr, size: int, loc: Loc) -> None:
        """See `Streamer`."""
        thread, directive = self.isa.thread_offset
        if directive and e.op == ex.SYMBOL and e.modifier == thread and e.symbol is not None:
            self.line_out(f"{directive}{'word' if size == 4 else 'dword'}\t{quoted(e.symbol.name)}")
        elif size in DATA:
            self.line_out(f"{DATA[size]}\t{self.show(e)}")
        elif e.op == ex.CONST:
            self.data((e.value & (1 << 8 * size) - 1).to_bytes(size, "little"))
        else:
            self.diagnostics.error(loc, f"no directive for a symbolic value of {size} bytes")

    def leb128(self, e: Expr, signed: bool, loc: Loc) -> None:
        """See `Streamer`."""
        self.line_out(f".{'s' if signed else 'u'}leb128\t{self.show(e)}")

    def align(self, alignment: int, fill: int | None, limit: int, width: int, loc: Loc) -> None:
        """See `Streamer`."""
        power = alignment.bit_length() - 1
        suffix = {1: "", 2: "w", 4: "l"}.get(width, "")
        text = f".p2align{suffix} {power}"
        if fill is not None or limit:
            text += "," + (str(fill) if fill is not None else "") + (f",{limit}" if limit else "")
        self.line_out(text)

    def fill(self, count: Expr, size: int, value: Expr, loc: Loc) -> None:
        """See `Streamer`."""
        if size == 1 and value.op == ex.CONST:
            self.line_out(f".zero\t{self.show(count)}" if value.value == 0 else f".skip\t{self.show(count)}, {value.value}")
        else:
            self.line_out(f".fill\t{self.show(count)}, {size}, {self.show(value)}")

    def org(self, target: Expr, fill: int, loc: Loc) -> None:
        """See `Streamer`."""
        self.line_out(f".org\t{self.show(target)}, {fill}")

    def assign(self, symbol: MCSymbol, e: Expr, loc: Loc) -> None:
        """See `Streamer`."""
        self.line_out(f".set\t{quoted(symbol.name)}, {self.show(e)}")

    def relocation(self, offset: Expr, kind: str, e: Expr | None, loc: Loc) -> None:
        """See `Streamer`."""
        self.line_out(f".reloc\t{self.show(offset)}, {kind}" + (f", {self.show(e)}" if e is not None else ""))

    # ------------------------------------------------------------ symbols
    def binding(self, symbol: MCSymbol, binding: int) -> None:
        """See `Streamer`."""
        symbol.binding = binding
        self.line_out(f"{BINDINGS[binding]}\t{quoted(symbol.name)}")

    def visibility(self, symbol: MCSymbol, visibility: int) -> None:
        """See `Streamer`."""
        if visibility:
            self.line_out(f"{VISIBILITIES[visibility]}\t{quoted(symbol.name)}")

    def kind(self, symbol: MCSymbol, kind: int) -> None:
        """See `Streamer`."""
        if kind in KINDS and not symbol.temporary:
            self.line_out(f".type\t{quoted(symbol.name)}, {KINDS[kind]}")

    def size(self, symbol: MCSymbol, e: Expr) -> None:
        """See `Streamer`."""
        self.line_out(f".size\t{quoted(symbol.name)}, {self.show(e)}")

    def common(self, symbol: MCSymbol, size: int, alignment: int, local: bool, loc: Loc) -> None:
        """See `Streamer`."""
        if local:
            self.line_out(f".local\t{quoted(symbol.name)}")
        self.line_out(f".comm\t{quoted(symbol.name)},{size},{alignment}")

    def file_symbol(self, name: str) -> None:
        """See `Streamer`."""
        self.line_out(f'.file\t"{escaped(name)}"')

    def ident(self, text: str) -> None:
        """See `Streamer`."""
        self.line_out(f'.ident\t"{escaped(text)}"')

    # ------------------------------------------------------------ debugging
    def cfi(self, name: str, arguments: Sequence[int | str | Expr], loc: Loc) -> None:
        """See `Streamer`."""
        texts = [self.show(a) if isinstance(a, Expr) else str(a) for a in arguments]
        self.line_out(f".cfi_{name}" + ("\t" + ", ".join(texts) if texts else ""))

    def line_file(self, number: int, directory: str, name: str, md5: bytes | None) -> None:
        """See `Streamer`."""
        folder = f'"{escaped(directory)}" ' if directory else ""
        self.line_out(f'.file {number} {folder}"{escaped(name)}"' + (f" md5 0x{md5.hex()}" if md5 else ""))

    def line(self, file: int, line: int, column: int, flags: Sequence[tuple[str, int]]) -> None:
        """See `Streamer`."""
        words = "".join(f" {flag}" if flag in ("basic_block", "prologue_end", "epilogue_begin") else f" {flag} {value}" for flag, value in flags)
        self.line_out(f".loc {file} {line} {column}{words}")

    def option(self, name: str, arguments: Sequence[str], loc: Loc) -> bool:
        """See `Streamer`."""
        self.line_out(f".{name}" + (" " + ", ".join(arguments) if arguments else ""))
        return True

    def raw_text(self, text: str) -> None:
        """See `Streamer`."""
        self.out.append("#APP\n" + text + ("" if text.endswith("\n") else "\n") + "#NO_APP\n")

    def difference(self, a: MCSymbol, b: MCSymbol) -> int | None:
        """Nothing is known before the text is assembled."""
        return 0 if a is b else None

    def finish(self) -> ObjectImage:
        """Text has no object: see `text`."""
        return ObjectImage(self.isa.machine, self.isa.bits, self.isa.rela)


def section_text(spec: SectionSpec, subsection: int) -> str:
    """The directive that goes to a section."""
    plain = PLAIN_SECTIONS.get((spec.name, spec.kind, spec.flags))
    if plain is not None and not spec.group and spec.unique < 0:
        return plain + (f" {subsection}" if subsection else "")
    letters = "".join(letter for bit, letter in FLAGS if spec.flags & bit)
    if spec.link_order:
        letters += "o"
    if spec.group:
        letters += "G"
    text = f'.section\t{quoted(spec.name)},"{letters}",{SECTION_KINDS.get(spec.kind, "@" + str(spec.kind))}'
    if spec.flags & 0x10:
        text += f",{spec.entry_size}"
    if spec.link_order:
        text += "," + quoted(spec.link_order)
    if spec.group:
        text += "," + quoted(spec.group) + (",comdat" if spec.comdat else "")
    if spec.unique >= 0:
        text += f",unique,{spec.unique}"
    return text


def quoted(name: str) -> str:
    """A symbol or section name as assembly text has it: quoted if it has characters of other meaning."""
    for c in name:
        if not (c.isalnum() or c in "._$-"):
            return '"' + escaped(name) + '"'
    return name


def escaped(text: str) -> str:
    """Contents of a string in assembly text."""
    return "".join([ESCAPES[b] for b in text.encode("utf-8", "surrogateescape")])
