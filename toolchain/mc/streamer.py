"""`ObjectStreamer`: the `Streamer` that makes an object file."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.diagnostics import NO_LOC, Diagnostics, Loc, ToolError
from toolchain.elf.image import ObjectImage
from toolchain.mc import finish as finish_module
from toolchain.mc.cfi import Cfi
from toolchain.mc.encodings import leb128
from toolchain.mc.evaluate import FINAL, PARSE, Evaluator
from toolchain.mc.line_table import LineTable
from toolchain.mc.model import fragment as fr
from toolchain.mc.model.expr import CONST, SYMBOL, Expr, MCSymbol, SectionSpec
from toolchain.mc.model.fragment import Contents, Tail
from toolchain.mc.model.isa import Isa
from toolchain.mc.section import SHF_EXECINSTR, SHT_NOBITS, OutputSection, default_attributes, key_of

STB_LOCAL: Final = 0
STB_GLOBAL: Final = 1
STB_WEAK: Final = 2
STT_SECTION: Final = 3
STT_OBJECT: Final = 1
STT_TLS: Final = 6
SHF_TLS: Final = 0x400
POINTER_ARRAYS: Final = (14, 15, 16)
"""SHT_INIT_ARRAY and its like, whose entries are pointers."""


class Reloc:
    """One `.reloc` directive."""

    def __init__(self, section: OutputSection, offset: Expr, kind: int, value: Expr | None, loc: Loc) -> None:
        self.section = section
        self.offset = offset
        self.kind = kind
        self.value = value
        self.loc = loc


class ObjectStreamer:
    """Collects sections, symbols and fixups; `finish` lays out and gives the object."""

    def __init__(self, isa: Isa, diagnostics: Diagnostics) -> None:
        self.isa = isa
        self.diagnostics = diagnostics
        isa.start(diagnostics)
        self.evaluator = Evaluator(isa.fixed_differences)
        self.table: dict[str, MCSymbol] = {}
        self.symbols: list[MCSymbol] = []       # in the order of the symbol table
        self.sections: list[OutputSection] = []
        self.by_key: dict[tuple[str, str, int], OutputSection] = {}
        self.section_names: set[str] = set()
        self.expressions: list[Expr] = []
        self.temporaries = 0
        self.stack: list[tuple[tuple[OutputSection, int], tuple[OutputSection, int] | None]] = []
        self.files: list[str] = []
        self.idents: list[str] = []
        self.relocs: list[Reloc] = []
        self.versions: list[tuple[MCSymbol, str, str]] = []
        self.cfi_state = Cfi(self)
        self.lines = LineTable(self)
        self.pending_line = False
        for name in (".text", ".data", ".bss"):
            kind, flags = default_attributes(name)
            self._make(SectionSpec(name, kind, flags))
        self.sections[0].align = isa.code_alignment()
        self.place: tuple[OutputSection, int] = (self.sections[0], 0)
        self.before: tuple[OutputSection, int] | None = None
        self.current: Contents = self.sections[0].contents(0)
        self.absolute = -1          # inside `.struct`: the place counted from there
        self.scratch = self.current
        self.attention = True       # something to do before the next instruction
        self.in_code = True         # the section holds instructions, and no data came last

    # Symbols and expressions

    def symbol(self, name: str) -> MCSymbol:
        """See `Streamer`."""
        s = self.table.get(name)
        if s is None:
            s = self.table[name] = MCSymbol(name)
            if name.startswith(".L"):
                s.temporary = True
            else:
                self.enter(s)
        return s

    def enter(self, symbol: MCSymbol) -> None:
        """Put a symbol at this place of the symbol table (if it will be in it at all)."""
        if not symbol.listed:
            symbol.listed = True
            self.symbols.append(symbol)

    def temporary(self, prefix: str = ".L") -> MCSymbol:
        """See `Streamer`."""
        self.temporaries += 1
        s = MCSymbol(f"{prefix}\x01{self.temporaries}")
        s.temporary = True
        return s

    def dot(self) -> MCSymbol:
        """A label here, for `.` in an expression."""
        if self.absolute >= 0:
            here = MCSymbol(".")
            here.value = Expr(CONST, self.absolute)
            here.section = -2
            return here
        s = self.current.here(self.isa.fake_label)
        self.enter(s)
        return s

    def expression(self, e: Expr) -> int:
        """See `Streamer`."""
        self.expressions.append(e)
        return len(self.expressions) - 1

    # Sections

    def _make(self, spec: SectionSpec, late: bool = False) -> OutputSection:
        known = not self.isa.section_symbols and spec.name in self.section_names
        self.section_names.add(spec.name)
        section = OutputSection(len(self.sections), spec)
        if spec.kind in POINTER_ARRAYS:
            spec.entry_size = self.isa.bits // 8
        self.sections.append(section)
        self.by_key[key_of(spec)] = section
        symbol = MCSymbol(spec.name)
        symbol.kind = STT_SECTION
        symbol.section = section.index
        symbol.contents = section.contents(0)
        symbol.binding = STB_LOCAL
        section.symbol = symbol
        if not late and not known:      # as GNU as has it, a second section of a name enters with its first relocation
            self.enter(symbol)
        return section

    def late_section(self, spec: SectionSpec) -> OutputSection:
        """A section of the assembler's own; its symbol comes last in the table."""
        return self.by_key.get(key_of(spec)) or self._make(spec, late=True)

    def section(self, spec: SectionSpec, subsection: int = 0) -> None:
        """See `Streamer`."""
        section = self.by_key.get(key_of(spec))
        if section is None:
            section = self._make(spec)
        self._go(section, subsection)

    def _go(self, section: OutputSection, subsection: int) -> None:
        self.before = self.place
        self._enter(section, subsection)

    def absolute_section(self, start: int) -> None:
        """`.struct`: until the next section labels are numbers, from `start` on; nothing can be stored."""
        self.before = self.place
        self.absolute = start
        self.scratch = self.current = Contents(-2, False)
        self.in_code = False

    def _enter(self, section: OutputSection, subsection: int) -> None:
        if self.absolute >= 0:
            self.leave_absolute()
        self.place = (section, subsection)
        self.current = section.contents(subsection)
        self.attention = True
        self.in_code = section.code

    def leave_absolute(self) -> None:
        """End of `.struct`.  Raises ToolError if something was stored there."""
        self.absolute = -1
        if self.scratch.data or self.scratch.tails:
            self.scratch = Contents(-2, False)
            raise ToolError("attempt to store a value in the absolute section")

    def subsection(self, number: int) -> None:
        """`.subsection N`: another part of the current section."""
        self._go(self.place[0], number)

    def push_section(self) -> None:
        """See `Streamer`."""
        self.stack.append((self.place, self.before))

    def pop_section(self) -> bool:
        """See `Streamer`."""
        if not self.stack:
            return False
        place, before = self.stack.pop()
        self._enter(*place)
        self.before = before
        return True

    def previous_section(self) -> bool:
        """See `Streamer`."""
        if self.before is None:
            return False
        self._go(*self.before)
        return True

    def section_of(self, name: str, group: str, unique: int) -> SectionSpec | None:
        """What is known of a section, None if it does not exist yet."""
        section = self.by_key.get((name, group, unique))
        return None if section is None else section.spec

    # Contents

    def label(self, symbol: MCSymbol, loc: Loc) -> None:
        """See `Streamer`."""
        if symbol.section == -2 and not symbol.mentioned and not symbol.used:
            symbol.value = None         # as in GNU as, a label replaces what `.set` said
        elif symbol.section != -1 or symbol.value is not None or symbol.common_size >= 0:
            self.diagnostics.error(loc, f"symbol `{symbol.name}' is already defined")
            return
        if self.absolute >= 0:
            self.assign(symbol, Expr(CONST, self.absolute), loc)
            return
        c = self.current
        symbol.section = c.section
        symbol.contents = c
        symbol.fragment = len(c.tails)
        symbol.offset = len(c.data)
        symbol.loc = loc
        if self.place[0].spec.flags & SHF_TLS:
            symbol.kind = STT_TLS

    def _map(self, code: bool, aligning: bool = False) -> None:
        """Mapping symbol before code or data, if the kind changes."""
        section = self.place[0]
        if not section.code:
            return
        name = self.isa.mapping(code)
        if not name:
            return
        kind = name[:2]
        if kind == section.map_state and (not code or name == section.map_full or (aligning and section.map_full)):
            return
        section.map_state = kind
        if code and name != section.map_full:
            section.map_full = name
        else:
            name = kind
        s = self.current.here(name)
        s.temporary = False
        s.binding = STB_LOCAL
        self.enter(s)
        section.map_symbols.append(s)

    def map_code(self) -> None:
        """Mapping symbol before an instruction, ahead of the symbols that it names."""
        self.in_code = True
        self._map(True)

    def prepare(self) -> None:
        """What must precede an instruction: mapping symbol, line-table row."""
        self.attention = False
        self.in_code = True
        self._map(True)
        if self.pending_line:
            self.pending_line = False
            self.lines.row()

    def _data(self) -> None:
        """What must precede data in a section of code."""
        self.in_code = False
        self.attention = True
        self._map(False)

    def instruction(self, row: int, operands: Sequence[int], loc: Loc) -> None:
        """See `Streamer`."""
        if self.attention:
            self.prepare()
        self.isa.encode(row, operands, self.expressions, self.current, loc)

    def code_bytes(self, data: bytes) -> None:
        """An instruction that was encoded before, without fixups, in the same mode."""
        if self.attention:
            self.prepare()
        self.current.data += data

    def data(self, data: bytes) -> None:
        """See `Streamer`."""
        if self.in_code:
            self._data()
        self.current.data += data

    def value(self, e: Expr, size: int, loc: Loc) -> None:
        """See `Streamer`."""
        if self.in_code:
            self._data()
        if e.op == CONST:
            value = e.value
            if not -(1 << (8 * size - 1)) <= value < 1 << (8 * size) and size < 8:
                self.diagnostics.warning(loc, f"value {value & 0xFFFFFFFFFFFFFFFF:#x} truncated to {value & ((1 << 8 * size) - 1):#x}")
            self.current.data += (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
            return
        kind = self.isa.value_kind(size, False, e.modifier)
        if kind < 0:
            raise ToolError(f"a value of {size} bytes cannot hold this expression", loc)
        self.current.fixup(0, kind, e, loc)
        self.current.data += bytes(size)

    def relative(self, e: Expr, size: int, loc: Loc) -> None:
        """`e` less the place, in `size` bytes."""
        kind = self.isa.value_kind(size, True, "")
        if kind < 0:
            raise ToolError(f"no pc-relative value of {size} bytes", loc)
        self.current.fixup(0, kind, e, loc)
        self.current.data += bytes(size)

    def leb128(self, e: Expr, signed: bool, loc: Loc) -> None:
        """See `Streamer`."""
        if self.in_code:
            self._data()
        if e.op == CONST:
            self.current.data += leb128(e.value, signed)
        else:
            self.current.close(Tail(fr.LEB128, int(signed), e, b"", 0, loc))

    def align(self, alignment: int, fill: int | None, limit: int, width: int, loc: Loc) -> None:
        """See `Streamer`."""
        section = self.place[0]
        if self.absolute >= 0:
            self.absolute += -self.absolute % alignment
            return
        section.align = max(section.align, alignment)
        if alignment <= 1:
            return
        c = self.current
        if section.code and fill and width == 1 and bytes((fill & 255,)) == self.isa.nops(1):
            fill = None                 # asked for the one-byte no-operation: longer ones do as well
        if section.code and fill is None:
            if alignment <= self.isa.code_alignment():
                return
            self._map(True, aligning=True)
            self.in_code = True
            if self.isa.align_code(alignment, limit, c, loc):
                return
            c.close(Tail(fr.ALIGN, alignment, None, b"", limit, loc))
            return
        if self.in_code:
            self._data()
        pattern = (fill or 0) & ((1 << 8 * width) - 1)
        c.close(Tail(fr.ALIGN, alignment, None, pattern.to_bytes(width, "little"), limit, loc))

    def fill(self, count: Expr, size: int, value: Expr, loc: Loc) -> None:
        """See `Streamer`."""
        if self.in_code:
            self._data()
        v = self.constant(value)
        if self.absolute >= 0:
            space = self.constant(count)
            if v or space is None:
                raise ToolError("the absolute section holds no values, only space of known size", loc)
            self.absolute += space * size
            return
        if v is None:
            known = self.constant(count)
            if known is None:
                raise ToolError("a fill of unknown length needs a constant value", loc)
            for _ in range(max(0, known)):
                self.value(value, size, loc)
            return
        pattern = (v & ((1 << 8 * size) - 1)).to_bytes(size, "little")
        n = self.constant(count)
        if n is not None:
            if n < 0:
                self.diagnostics.warning(loc, "repeat count is negative, ignored")
            elif self.place[0].spec.kind == SHT_NOBITS and n * size > 4096:
                self.current.close(Tail(fr.SPACE, 0, Expr(CONST, n), pattern, 0, loc))
            elif n * size > 1 << 31:
                raise ToolError(f"cannot make {n} units: too large", loc)
            else:
                self.current.data += pattern * n
        else:
            self.current.close(Tail(fr.SPACE, 0, count, pattern, 0, loc))

    def org(self, target: Expr, fill: int, loc: Loc) -> None:
        """See `Streamer`."""
        self.current.close(Tail(fr.ORG, 0, target, bytes((fill & 255,)), 0, loc))

    # Symbols' attributes

    def assign(self, symbol: MCSymbol, e: Expr, loc: Loc) -> None:
        """See `Streamer`.  A symbol that has a value gets a successor: earlier mentions keep the old one."""
        if symbol.section >= 0 or symbol.common_size >= 0:
            self.diagnostics.error(loc, f"symbol `{symbol.name}' is already defined")
            return
        value = self.constant(e)
        if value is not None:
            e = Expr(CONST, value)
        if symbol.value is not None:
            if symbol.value.op == CONST and e.op == CONST:
                symbol.value = e        # mentions of a constant took its value when they were read
                return
            fresh = MCSymbol(symbol.name)
            fresh.binding, fresh.kind, fresh.visibility = symbol.binding, symbol.kind, symbol.visibility
            fresh.temporary = symbol.temporary
            symbol.temporary = symbol.forward = True
            symbol.binding = STB_LOCAL
            self.table[symbol.name] = fresh
            self.enter(fresh)
            symbol = fresh
        base = e.symbol
        if e.op == SYMBOL and e.value == 0 and base is not None:
            if base.section == -1:      # not defined yet: it will have attributes when it is
                symbol.inherits = True
            symbol.inherit(base)
        symbol.value = e
        symbol.section = -2
        self.enter(symbol)
        if base is not None and e.op == SYMBOL:
            self.enter(base)            # a local label too, should a relocation name it
        symbol.loc = loc

    def relocation(self, offset: Expr, kind: str, e: Expr | None, loc: Loc) -> None:
        """See `Streamer`."""
        number = self.isa.relocation_kind(kind)
        if kind.startswith("BFD_RELOC_") and kind[10:] in ("8", "16", "32", "64"):
            generic = self.isa.value_kind(int(kind[10:]) // 8, False, "")
            number = self.isa.fixups[generic].elf if generic >= 0 else -1
        if number < 0:
            raise ToolError(f"unknown relocation `{kind}'", loc)
        self.relocs.append(Reloc(self.place[0], offset, number, e, loc))

    def binding(self, symbol: MCSymbol, binding: int) -> None:
        """See `Streamer`."""
        if binding == STB_LOCAL and symbol.binding == -1:
            return                      # `.local` of a plain symbol changes nothing unless it is defined
        if binding == STB_GLOBAL and symbol.binding == STB_WEAK:
            return
        symbol.binding = binding
        self._listed(symbol)

    def _listed(self, symbol: MCSymbol) -> None:
        """A directive named the symbol: even a .L name is in the table then."""
        if symbol.temporary and symbol.binding > STB_LOCAL:
            symbol.temporary = False
            self.enter(symbol)

    def visibility(self, symbol: MCSymbol, visibility: int) -> None:
        """See `Streamer`."""
        symbol.visibility = visibility

    def kind(self, symbol: MCSymbol, kind: int) -> None:
        """See `Streamer`."""
        symbol.kind = kind

    def size(self, symbol: MCSymbol, e: Expr) -> None:
        """See `Streamer`."""
        symbol.size = e

    def common(self, symbol: MCSymbol, size: int, alignment: int, local: bool, loc: Loc) -> None:
        """See `Streamer`."""
        if symbol.section != -1:
            self.diagnostics.error(loc, f"symbol `{symbol.name}' is already defined")
            return
        if symbol.kind == 0:
            symbol.kind = STT_OBJECT
        if not local:
            symbol.common_size = max(symbol.common_size, size)
            symbol.common_align = max(1, alignment)
            return
        bss = self.sections[2]
        bss.align = max(bss.align, alignment)
        c = bss.contents(1)             # as GNU as does: after what the text puts there
        if alignment > 1:
            c.close(Tail(fr.ALIGN, alignment, None, b"\0", 0, loc))
        symbol.section, symbol.contents, symbol.fragment, symbol.offset = bss.index, c, len(c.tails), len(c.data)
        symbol.size = Expr(CONST, size)
        c.close(Tail(fr.SPACE, 0, Expr(CONST, size), b"\0", 0, loc))

    def versioned(self, symbol: MCSymbol, name: str, how: str) -> None:
        """`.symver`: a second name (or, with `@@@` or `how` "remove", the only one)."""
        self.versions.append((symbol, name, how))

    def file_symbol(self, name: str) -> None:
        """See `Streamer`."""
        self.files.append(name)

    def ident(self, text: str) -> None:
        """See `Streamer`."""
        comment = self.late_section(SectionSpec(".comment", 1, 0x30, 1)).contents(0)
        if not comment.data:
            comment.data += b"\0"
        comment.data += text.encode("utf-8", "surrogateescape") + b"\0"

    def cfi(self, name: str, arguments: Sequence[int | str | Expr], loc: Loc) -> None:
        """See `Streamer`."""
        self.cfi_state.directive(name, arguments, loc)

    def line_file(self, number: int, directory: str, name: str, md5: bytes | None) -> None:
        """See `Streamer`."""
        self.lines.file(number, directory, name, md5)

    def line(self, file: int, line: int, column: int, flags: Sequence[tuple[str, int]]) -> None:
        """See `Streamer`."""
        if self.pending_line:
            self.lines.row()
        self.lines.location(file, line, column, flags)
        self.pending_line = True
        self.attention = True

    def flush_line(self) -> None:
        """The row of the last `.loc`, here and now."""
        if self.pending_line:
            self.pending_line = False
            self.lines.row()

    def option(self, name: str, arguments: Sequence[str], loc: Loc) -> bool:
        """See `Streamer`."""
        self.attention = True
        return self.isa.option(name, arguments, self.current, loc)

    def raw_text(self, text: str) -> None:
        """See `Streamer`."""

    def difference(self, a: MCSymbol, b: MCSymbol) -> int | None:
        """See `Streamer`."""
        if a.contents is not None and a.contents is b.contents and a.fragment == b.fragment:
            return a.offset - b.offset
        return None

    def constant(self, e: Expr) -> int | None:
        """Value of `e` if it is known now, else None."""
        if e.op == CONST:
            return e.value
        if e.op == SYMBOL and e.symbol is not None and e.symbol.value is None:
            return None
        self.evaluator.mode = PARSE
        try:
            v = self.evaluator.linear(e, NO_LOC)
        except ToolError:
            return None
        return v.value if v.add is None and v.subtract is None else None

    def finish(self) -> ObjectImage:
        """See `Streamer`."""
        if self.absolute >= 0:
            self.leave_absolute()
        self.lines.finish()
        self.cfi_state.finish()
        image = finish_module.finish(self)
        self.evaluator.mode = FINAL
        return image


__all__ = ["ObjectStreamer", "SHF_EXECINSTR"]
