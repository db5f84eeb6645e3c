"""Line number programs, versions 2 to 5 (DWARF 5, section 6.2)."""
from __future__ import annotations

from typing import Final

from toolchain.dwarf.leb128 import DwarfError, Reader

DW_LNS_COPY: Final = 1
DW_LNS_ADVANCE_PC: Final = 2
DW_LNS_ADVANCE_LINE: Final = 3
DW_LNS_SET_FILE: Final = 4
DW_LNS_SET_COLUMN: Final = 5
DW_LNS_NEGATE_STMT: Final = 6
DW_LNS_SET_BASIC_BLOCK: Final = 7
DW_LNS_CONST_ADD_PC: Final = 8
DW_LNS_FIXED_ADVANCE_PC: Final = 9
DW_LNS_SET_PROLOGUE_END: Final = 10
DW_LNS_SET_EPILOGUE_BEGIN: Final = 11
DW_LNS_SET_ISA: Final = 12
DW_LNE_END_SEQUENCE: Final = 1
DW_LNE_SET_ADDRESS: Final = 2
DW_LNE_DEFINE_FILE: Final = 3
DW_LNE_SET_DISCRIMINATOR: Final = 4
DW_LNCT_PATH: Final = 1
DW_LNCT_DIRECTORY_INDEX: Final = 2
DW_FORM_BLOCK: Final = 0x09
DW_FORM_DATA1: Final = 0x0B
DW_FORM_DATA2: Final = 0x05
DW_FORM_DATA4: Final = 0x06
DW_FORM_DATA8: Final = 0x07
DW_FORM_DATA16: Final = 0x1E
DW_FORM_STRING: Final = 0x08
DW_FORM_STRP: Final = 0x0E
DW_FORM_LINE_STRP: Final = 0x1F
DW_FORM_UDATA: Final = 0x0F
FORM_SIZES: Final = {DW_FORM_DATA1: 1, DW_FORM_DATA2: 2, DW_FORM_DATA4: 4, DW_FORM_DATA8: 8}


class LineFile:
    """One file of a line program: name, directory index, modification time and length."""

    def __init__(self, name: str, directory: int, time: int = 0, length: int = 0) -> None:
        self.name = name
        self.directory = directory
        self.time = time
        self.length = length


class LineRow:
    """One row of the line table.  `view` counts rows at one address (DWARF 5 draft "location views");
    `files_set` are the files that opcodes selected since the row before."""

    def __init__(self, address: int, file: int, line: int, column: int, is_statement: bool, end_sequence: bool, discriminator: int) -> None:
        self.address = address
        self.file = file
        self.line = line
        self.column = column
        self.is_statement = is_statement
        self.end_sequence = end_sequence
        self.discriminator = discriminator
        self.view = 0
        self.files_set: list[int] = []


class LineProgram:
    """One unit of .debug_line: its header, files and rows (one list a sequence, in order)."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.length = 0
        self.offset_size = 4
        self.version = 0
        self.address_size = 8
        self.segment_size = 0
        self.header_length = 0
        self.minimum_length = 1
        self.maximum_operations = 1
        self.default_statement = True
        self.line_base = 0
        self.line_range = 1
        self.opcode_base = 1
        self.opcode_lengths: list[int] = []
        self.directories: list[str] = []
        self.files: list[LineFile] = []
        self.program_start = 0
        self.end = 0
        self.sequences: list[list[LineRow]] = []

    def path(self, number: int, compilation_directory: str = "") -> str:
        """The path of file `number` as the program numbers them."""
        index = number if self.version >= 5 else number - 1
        if not 0 <= index < len(self.files):
            return "??"
        f = self.files[index]
        if f.name.startswith("/"):
            return f.name
        directory = ""
        if self.version >= 5:
            if f.directory < len(self.directories):
                directory = self.directories[f.directory]
                if f.directory and not directory.startswith("/") and self.directories[0]:
                    directory = f"{self.directories[0]}/{directory}"
        elif 0 < f.directory <= len(self.directories):
            directory = self.directories[f.directory - 1]
            if not directory.startswith("/") and compilation_directory:
                directory = f"{compilation_directory}/{directory}"
        else:
            directory = compilation_directory
        return f"{directory}/{f.name}" if directory else f.name


class LineSections:
    """The sections a line program may refer to."""

    def __init__(self, line: bytes, strings: bytes, line_strings: bytes, little: bool) -> None:
        self.line = line
        self.strings = strings
        self.line_strings = line_strings
        self.little = little


def read_line_program(sections: LineSections, offset: int, address_size: int = 8) -> LineProgram:
    """The line program at `offset`, executed.  Raises DwarfError."""
    out = read_line_header(sections, offset, address_size)
    _run(out, Reader(sections.line, out.program_start, out.end, sections.little))
    return out


def read_line_header(sections: LineSections, offset: int, address_size: int = 8) -> LineProgram:
    """The header of the line program at `offset`.  Raises DwarfError."""
    out = LineProgram(offset)
    r = Reader(sections.line, offset, None, sections.little)
    out.length, out.offset_size = r.initial_length()
    out.end = r.position + out.length
    if out.end > len(sections.line):
        raise DwarfError(f"line program at offset {offset:#x} is longer than its section")
    r.end = out.end
    out.version = r.number(2)
    if not 2 <= out.version <= 5:
        raise DwarfError(f"line program at offset {offset:#x} has version {out.version}")
    out.address_size = address_size
    if out.version >= 5:
        out.address_size = r.number(1)
        out.segment_size = r.number(1)
    out.header_length = r.number(out.offset_size)
    out.program_start = r.position + out.header_length
    out.minimum_length = r.number(1)
    out.maximum_operations = r.number(1) if out.version >= 4 else 1
    out.default_statement = r.number(1) != 0
    out.line_base = r.signed(1)
    out.line_range = r.number(1)
    out.opcode_base = r.number(1)
    if out.line_range == 0 or out.program_start > out.end:
        raise DwarfError(f"line program at offset {offset:#x} has a bad header")
    out.opcode_lengths = [r.number(1) for _ in range(max(0, out.opcode_base - 1))]
    if out.version >= 5:
        for name, _, _, _ in _entries(r, sections, out.offset_size):
            out.directories.append(name)
        for name, directory, time, size in _entries(r, sections, out.offset_size):
            out.files.append(LineFile(name, directory, time, size))
        return out
    while True:
        name = r.string()
        if not name:
            break
        out.directories.append(name)
    while True:
        name = r.string()
        if not name:
            break
        out.files.append(LineFile(name, r.uleb(), r.uleb(), r.uleb()))
    return out


def _entries(r: Reader, sections: LineSections, offset_size: int) -> list[tuple[str, int, int, int]]:
    """A version 5 entry table: (name, directory, time, size)."""
    formats = [(r.uleb(), r.uleb()) for _ in range(r.number(1))]
    out: list[tuple[str, int, int, int]] = []
    count = r.uleb()
    if count > r.end - r.position and formats:
        raise DwarfError(f"{count} entries do not fit into the line header")
    for _ in range(count if formats else 0):
        name = ""
        directory = time = size = 0
        for content, form in formats:
            if content == DW_LNCT_PATH:
                name = _string(r, sections, form, offset_size)
            else:
                value = _number(r, form)
                if content == DW_LNCT_DIRECTORY_INDEX:
                    directory = value
                elif content == 3:
                    time = value
                elif content == 4:
                    size = value
        out.append((name, directory, time, size))
    return out


def _string(r: Reader, sections: LineSections, form: int, offset_size: int) -> str:
    if form == DW_FORM_STRING:
        return r.string()
    if form == DW_FORM_LINE_STRP:
        return Reader(sections.line_strings, r.number(offset_size)).string()
    if form == DW_FORM_STRP:
        return Reader(sections.strings, r.number(offset_size)).string()
    raise DwarfError(f"form {form:#x} is not a string")


def _number(r: Reader, form: int) -> int:
    if form == DW_FORM_UDATA:
        return r.uleb()
    if form in FORM_SIZES:
        return r.number(FORM_SIZES[form])
    if form == DW_FORM_DATA16:
        r.take(16)
        return 0
    if form == DW_FORM_BLOCK:
        r.take(r.uleb())
        return 0
    raise DwarfError(f"form {form:#x} is not known in a line header")


class _State:
    """The registers of the line machine."""

    def __init__(self, program: LineProgram) -> None:
        self.address = 0
        self.operation = 0
        self.file = 1
        self.line = 1
        self.column = 0
        self.statement = program.default_statement
        self.discriminator = 0
        self.view = 0
        self.files_set: list[int] = []

    def row(self, end: bool) -> LineRow:
        out = LineRow(self.address, self.file, self.line, self.column, self.statement, end, self.discriminator)
        out.view = self.view
        out.files_set = self.files_set
        self.files_set = []
        self.view += 1
        return out


def _run(program: LineProgram, r: Reader) -> None:
    state = _State(program)
    rows: list[LineRow] = []
    while not r.at_end():
        opcode = r.number(1)
        if opcode >= program.opcode_base:
            adjusted = opcode - program.opcode_base
            _advance(program, state, adjusted // program.line_range)
            state.line += program.line_base + adjusted % program.line_range
            rows.append(state.row(False))
            state.discriminator = 0
        elif opcode:
            _standard(program, state, r, opcode, rows)
        else:
            size = r.uleb()
            stop = r.position + size
            kind = r.number(1) if size else 0
            if kind == DW_LNE_END_SEQUENCE:
                rows.append(state.row(True))
                program.sequences.append(rows)
                rows = []
                state = _State(program)
            elif kind == DW_LNE_SET_ADDRESS and size > 1:
                state.address = r.number(size - 1)
                state.view = 0
                state.operation = 0
            elif kind == DW_LNE_DEFINE_FILE:
                program.files.append(LineFile(r.string(), r.uleb(), r.uleb(), r.uleb()))
            elif kind == DW_LNE_SET_DISCRIMINATOR:
                state.discriminator = r.uleb()
            if stop > r.end:
                raise DwarfError(f"extended opcode at offset {r.position:#x} is too long")
            r.position = stop
    if rows:
        program.sequences.append(rows)


def _advance(program: LineProgram, state: _State, operations: int) -> None:
    if operations:
        state.view = 0
    if program.maximum_operations <= 1:
        state.address += operations * program.minimum_length
        return
    total = state.operation + operations
    state.address += program.minimum_length * (total // program.maximum_operations)
    state.operation = total % program.maximum_operations


def _standard(program: LineProgram, state: _State, r: Reader, opcode: int, rows: list[LineRow]) -> None:
    if opcode == DW_LNS_COPY:
        rows.append(state.row(False))
        state.discriminator = 0
    elif opcode == DW_LNS_ADVANCE_PC:
        _advance(program, state, r.uleb())
    elif opcode == DW_LNS_ADVANCE_LINE:
        state.line += r.sleb()
    elif opcode == DW_LNS_SET_FILE:
        state.file = r.uleb()
        state.files_set.append(state.file)
    elif opcode == DW_LNS_SET_COLUMN:
        state.column = r.uleb()
    elif opcode == DW_LNS_NEGATE_STMT:
        state.statement = not state.statement
    elif opcode == DW_LNS_CONST_ADD_PC:
        _advance(program, state, (255 - program.opcode_base) // program.line_range)
    elif opcode == DW_LNS_FIXED_ADVANCE_PC:
        state.address += r.number(2)
        state.operation = 0
    elif opcode == DW_LNS_SET_ISA:
        r.uleb()
    elif opcode not in (DW_LNS_SET_BASIC_BLOCK, DW_LNS_SET_PROLOGUE_END, DW_LNS_SET_EPILOGUE_BEGIN):
        for _ in range(program.opcode_lengths[opcode - 1] if opcode - 1 < len(program.opcode_lengths) else 0):
            r.uleb()
