"""The line table that `.file` and `.loc` describe (DWARF 5 section 6.2; versions 2 to 4 of it: 6.2 of DWARF 4).

Where a linker may shrink code (`Isa.fixed_differences` is False) every advance is a
DW_LNS_fixed_advance_pc whose operand stays a difference of two labels.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.dwarf.line import (
    DW_LNS_ADVANCE_LINE,
    DW_LNS_COPY,
    DW_LNS_FIXED_ADVANCE_PC,
    DW_LNS_NEGATE_STMT,
    DW_LNS_SET_BASIC_BLOCK,
    DW_LNS_SET_COLUMN,
    DW_LNS_SET_EPILOGUE_BEGIN,
    DW_LNS_SET_FILE,
    DW_LNS_SET_ISA,
    DW_LNS_SET_PROLOGUE_END,
)
from toolchain.mc.debug_unit import UnitWriter
from toolchain.mc.encodings import END, END_SEQUENCE, LINE_BASE, LINE_RANGE, OPCODE_BASE, OPCODE_LENGTHS, advance, leb128
from toolchain.mc.model import fragment as fr
from toolchain.mc.model.expr import BINARY, CONST, SYMBOL, Expr, MCSymbol, SectionSpec, difference, symbol_ref
from toolchain.mc.model.fragment import Contents, Tail

if TYPE_CHECKING:
    from toolchain.mc.streamer import ObjectStreamer

MAX_FIXED: Final = 50000
"""Beyond this DW_LNS_fixed_advance_pc might overflow; the address is set anew."""
DW_LNCT_PATH: Final = 1
DW_LNCT_DIRECTORY_INDEX: Final = 2
DW_LNCT_MD5: Final = 5
DW_FORM_UDATA: Final = 0x0F
DW_FORM_DATA16: Final = 0x1E
DW_FORM_LINE_STRP: Final = 0x1F


class File:
    """One entry of the file table."""

    def __init__(self, directory: int, name: str, md5: bytes | None) -> None:
        self.directory = directory
        self.name = name
        self.md5 = md5


class Row:
    """One row: the registers of the state machine at `label`."""

    def __init__(self, label: MCSymbol, file: int, line: int, column: int, statement: bool, isa: int, flags: dict[str, int], reset: bool) -> None:
        self.label = label
        self.file = file
        self.line = line
        self.column = column
        self.statement = statement
        self.isa = isa
        self.flags = flags
        self.reset = reset          # `view -0`


class LineTable:
    """Files and rows of one object."""

    def __init__(self, streamer: ObjectStreamer) -> None:
        self.streamer = streamer
        self.version = 3
        self.directory = ""
        self.directories: list[str] = []
        self.files: dict[int, File] = {}
        self.rows: dict[int, list[Row]] = {}    # by section index
        self.current = (1, 1, 0)
        self.flags: dict[str, int] = {}
        self.statement = True
        self.isa = 0
        self.pending_view: MCSymbol | None = None
        self.reset = False
        self.views: dict[int, tuple[MCSymbol, Expr]] = {}

    def file(self, number: int, directory: str, name: str, md5: bytes | None) -> None:
        """`.file N`."""
        if number == 0 or md5 is not None:
            self.version = 5
        if number == 0:
            if not self.directories:
                self.directories.append(directory or self.directory)
            else:
                self.directories[0] = directory or self.directory
            directory = self.directories[0]
        if "/" in name and (number == 0 or not directory):
            directory, _, name = name.rpartition("/")
            directory = directory or "/"
        self.files[number] = File(self.directory_index(directory), name, md5)

    def directory_index(self, directory: str) -> int:
        """Index of a directory, entered if new; 0 is the directory of the compilation."""
        if not self.directories:
            self.directories.append(self.directory)
        if not directory:
            return 0
        for i, known in enumerate(self.directories):
            if known == directory and (i or self.version >= 5):
                return i
        self.directories.append(directory)
        return len(self.directories) - 1

    def location(self, file: int, line: int, column: int, flags: Sequence[tuple[str, int]]) -> None:
        """`.loc`.  Raises ToolError for a file that was not declared."""
        if file not in self.files and not (file == 0 and self.version >= 5):
            raise ToolError(f"unassigned file number {file}")
        self.current = (file, line, column)
        for name, value in flags:
            if name == "is_stmt":
                self.statement = bool(value)
            elif name == "isa":
                self.isa = value
            else:
                self.flags[name] = value

    def view(self, symbol: MCSymbol | None) -> None:
        """`view name`: the number of rows before this one at its address becomes the value of `name`; None for `view -0`."""
        if symbol is None:
            self.reset = True
        else:
            self.pending_view = symbol

    def row(self) -> None:
        """Row for the last `.loc`, here; none for line 0, which says that there is no line."""
        if self.current[1] == 0:
            return
        label = self.streamer.dot()
        file, line, column = self.current
        rows = self.rows.setdefault(self.streamer.current.section, [])
        rows.append(Row(label, file, line, column, self.statement, self.isa, self.flags, self.reset))
        self.number_view(label)
        self.flags = {}
        self.reset = False

    def number_view(self, label: MCSymbol) -> None:
        """The view number: one more than the last row's if that is at the same address, else 0."""
        last = self.views.get(label.section)
        number = Expr(CONST, 0)
        if last is not None and not self.reset and self.streamer.isa.fixed_differences and last[0].contents is label.contents \
                and (last[0].offset != label.offset or last[0].fragment == label.fragment and last[1].op == CONST):
            number = Expr(CONST, last[1].value + 1 if last[0].offset == label.offset else 0)    # known at once, as nearly always
        elif last is not None and not self.reset:
            same = Expr(BINARY, text="==", left=symbol_ref(label), right=symbol_ref(last[0]))
            more = Expr(BINARY, text="+", left=last[1], right=Expr(CONST, 1))
            number = Expr(BINARY, text="&", left=same, right=more)
        if self.pending_view is not None:
            symbol = self.pending_view
            self.pending_view = None
            self.streamer.assign(symbol, number, 0)
            if number.op != CONST:
                number = Expr(SYMBOL, 0, symbol)
        elif last is not None and (last[0].contents is not label.contents or last[0].offset != label.offset):
            number = Expr(CONST, 0)
        elif last is not None and last[1].op == CONST and not self.reset:
            number = Expr(CONST, last[1].value + 1)
        self.views[label.section] = (label, number)

    # Emission

    def finish(self) -> None:
        """Write .debug_line (and its strings), if anything was declared."""
        if not self.rows and not self.files:
            return
        section = self.streamer.late_section(SectionSpec(".debug_line", 1, 0))
        contents = section.contents(0)
        if contents.data:
            return                      # the text wrote its own
        line = contents.here(self.streamer.isa.fake_label)
        Writer(self, contents).write()
        info = self.streamer.by_key.get((".debug_info", "", -1))
        if self.rows and self.files and (info is None or not any(c.data for c in info.ordered())):
            first = self.files[min(self.files)]
            directory = self.directories[0] if self.directories else self.directory
            UnitWriter(self.streamer, self.version).write(first.name, directory, list(self.rows), line)

    def tail(self, tail: Tail, out: bytearray, fixups: list[tuple[int, int, Expr, Loc, bool]]) -> None:
        """Bytes of a LINE tail (its length was fixed by `measure`)."""
        out += tail.data


def may_coincide(a: MCSymbol, b: MCSymbol) -> bool:
    """Whether two labels may have one address: nothing but padding lies between."""
    contents = a.contents
    if contents is None or contents is not b.contents or a.offset != b.offset:
        return False
    for tail in contents.tails[a.fragment:b.fragment]:
        if tail is not None and tail.kind == fr.RELAX:
            return False
    return True


class Writer:
    """Writes the section."""

    def __init__(self, table: LineTable, contents: Contents) -> None:
        self.table = table
        self.streamer = table.streamer
        self.isa = table.streamer.isa
        self.contents = contents

    def write(self) -> None:
        """Header, then one sequence a section."""
        t = self.table
        c = self.contents
        c.data += b"\0\0\0\0"
        start = c.here(self.isa.fake_label)
        c.data += t.version.to_bytes(2, "little")
        if t.version >= 5:
            c.data += bytes((self.isa.bits // 8, 0))
        at = len(c.data)
        c.data += b"\0\0\0\0" + bytes((self.isa.line_min_instruction,))
        if t.version >= 4:
            c.data += b"\1"
        c.data += bytes((1, LINE_BASE & 255, LINE_RANGE, OPCODE_BASE)) + OPCODE_LENGTHS
        if t.version >= 5:
            self.tables5()
        else:
            self.tables()
        c.data[at:at + 4] = (len(c.data) - at - 4).to_bytes(4, "little")
        for section, rows in t.rows.items():
            self.sequence(section, rows)
        if c.variable:
            c.fixups.add(0, 0, self.isa.value_kind(4, False, ""), difference(c.here(self.isa.fake_label), start), 0)
        else:
            c.data[0:4] = (len(c.data) - 4).to_bytes(4, "little")

    def tables(self) -> None:
        """Directories and files of versions 2 to 4."""
        t = self.table
        out = bytearray()
        for directory in t.directories[1:]:
            out += _bytes(directory) + b"\0"
        out += b"\0"
        for number in range(1, max(t.files, default=0) + 1):
            f = t.files.get(number)
            if f is None:
                raise ToolError(f"unassigned file number {number}")
            out += _bytes(f.name) + b"\0" + leb128(f.directory, False) + b"\0\0"
        self.contents.data += out + b"\0"

    def tables5(self) -> None:
        """Directories and files of version 5, with their names in .debug_line_str."""
        t = self.table
        c = self.contents
        spec = SectionSpec(".debug_line_str", 1, 0x30, 1)
        strings = self.streamer.late_section(spec).contents(0)
        c.data += bytes((1, DW_LNCT_PATH, DW_FORM_LINE_STRP)) + leb128(max(1, len(t.directories)), False)
        for directory in t.directories or [t.directory]:
            self.string(strings, directory)
        md5 = any(f.md5 is not None for f in t.files.values())
        formats = [DW_LNCT_PATH, DW_FORM_LINE_STRP, DW_LNCT_DIRECTORY_INDEX, DW_FORM_UDATA]
        if md5:
            formats += [DW_LNCT_MD5, DW_FORM_DATA16]
        count = max(t.files, default=0) + 1
        c.data += bytes((len(formats) // 2, *formats)) + leb128(count, False)
        for number in range(count):
            f = t.files.get(number) or (t.files.get(1) if number == 0 else None)
            if f is None:
                raise ToolError(f"unassigned file number {number}")
            self.string(strings, f.name)
            c.data += leb128(f.directory, False)
            if md5:
                c.data += f.md5 or bytes(16)

    def string(self, strings: Contents, text: str) -> None:
        """A reference to a new string."""
        label = strings.here(self.isa.fake_label)
        self.streamer.enter(label)
        strings.data += _bytes(text) + b"\0"
        self.contents.fixup(0, self.isa.value_kind(4, False, ""), symbol_ref(label), 0)
        self.contents.data += b"\0\0\0\0"

    def sequence(self, section: int, rows: list[Row]) -> None:
        """Rows of one section, and its end."""
        c = self.contents
        file, line, column, statement, isa = 1, 1, 0, True, 0
        last: MCSymbol | None = None
        for row in rows:
            if row.file != file:
                file = row.file
                c.data += bytes((DW_LNS_SET_FILE,)) + leb128(file, False)
            if row.column != column:
                column = row.column
                c.data += bytes((DW_LNS_SET_COLUMN,)) + leb128(column, False)
            discriminator = row.flags.get("discriminator", 0)
            if discriminator:
                data = leb128(discriminator, False)
                c.data += b"\0" + leb128(1 + len(data), False) + b"\4" + data
            if row.isa != isa:
                isa = row.isa
                c.data += bytes((DW_LNS_SET_ISA,)) + leb128(isa, False)
            if row.statement != statement:
                statement = row.statement
                c.data += bytes((DW_LNS_NEGATE_STMT,))
            for name, opcode in (("basic_block", DW_LNS_SET_BASIC_BLOCK), ("prologue_end", DW_LNS_SET_PROLOGUE_END),
                                 ("epilogue_begin", DW_LNS_SET_EPILOGUE_BEGIN)):
                if row.flags.get(name):
                    c.data += bytes((opcode,))
            if last is None or (row.reset and may_coincide(last, row.label)):
                self.set_address(row.label)
                c.data += advance(row.line - line, 0)
            else:
                self.step(row.line - line, row.label, last)
            line = row.line
            last = row.label
        assert last is not None
        end = self.streamer.sections[section].ordered()[-1].here(self.isa.fake_label)
        self.streamer.enter(end)
        self.step(END, end, last)

    def set_address(self, label: MCSymbol) -> None:
        """DW_LNE_set_address."""
        size = self.isa.bits // 8
        self.contents.data += bytes((0, size + 1, 2))
        self.contents.fixup(0, self.isa.value_kind(size, False, ""), symbol_ref(label), 0)
        self.contents.data += bytes(size)

    def step(self, line_delta: int, label: MCSymbol, last: MCSymbol) -> None:
        """Advance from `last` to `label`."""
        c = self.contents
        same = label.contents is last.contents and label.fragment == last.fragment
        if self.isa.fixed_differences:
            if same:
                c.data += advance(line_delta, (label.offset - last.offset) // self.isa.line_min_instruction)
            else:
                c.close(Tail(fr.LINE, line_delta, difference(label, last), b"", self.isa.line_min_instruction, 0))
            return
        if line_delta != END:
            c.data += bytes((DW_LNS_ADVANCE_LINE,)) + leb128(line_delta, True)
        if label.contents is not last.contents or label.offset - last.offset > MAX_FIXED // 2:
            self.set_address(label)
        else:
            c.data += bytes((DW_LNS_FIXED_ADVANCE_PC,))
            c.fixup(0, self.isa.value_kind(2, False, ""), difference(label, last), 0)
            c.data += b"\0\0"
        c.data += END_SEQUENCE if line_delta == END else bytes((DW_LNS_COPY,))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
