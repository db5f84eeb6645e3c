"""From an address to file, line, function and the chain of inlined calls."""
from __future__ import annotations

from bisect import bisect_right

from toolchain.dwarf.info import (
    DW_AT_ABSTRACT_ORIGIN,
    DW_AT_CALL_FILE,
    DW_AT_CALL_LINE,
    DW_AT_COMP_DIR,
    DW_AT_LINKAGE_NAME,
    DW_AT_MIPS_LINKAGE_NAME,
    DW_AT_NAME,
    DW_AT_SPECIFICATION,
    DW_AT_STMT_LIST,
    DW_TAG_INLINED_SUBROUTINE,
    DW_TAG_SUBPROGRAM,
    Abbreviation,
    Entry,
    Sections,
    Unit,
    entry_ranges,
    read_unit,
    unit_offsets,
)
from toolchain.dwarf.leb128 import DwarfError
from toolchain.dwarf.line import LineProgram, LineRow, LineSections, read_line_program


class Place:
    """A place in the source: path, line (0: unknown), discriminator."""

    def __init__(self, path: str, line: int, discriminator: int = 0) -> None:
        self.path = path
        self.line = line
        self.discriminator = discriminator


class Frame:
    """One function of the chain that an address is in: its name, and where its code stands."""

    def __init__(self, function: str, place: Place) -> None:
        self.function = function
        self.place = place


class _Function:
    def __init__(self, low: int, high: int, entry: Entry, unit: Unit) -> None:
        self.low = low
        self.high = high
        self.entry = entry
        self.unit = unit


class Lookup:
    """Answers questions about the code of one file.  A unit that is malformed is left out."""

    def __init__(self, sections: Sections) -> None:
        self.sections = sections
        self.units: list[Unit] = []
        self.programs: dict[int, LineProgram] = {}
        self.unit_program: dict[int, tuple[LineProgram, str]] = {}
        self.rows: list[tuple[int, int, LineRow, LineProgram, str]] = []
        self.starts: list[int] = []
        self.functions: list[_Function] = []
        self.entries: dict[int, Entry] = {}
        self._load()

    def _load(self) -> None:
        sections = self.sections
        cache: dict[int, dict[int, Abbreviation]] = {}
        lines = LineSections(sections.get(".debug_line"), sections.get(".debug_str"), sections.get(".debug_line_str"), sections.little)
        try:
            offsets = unit_offsets(sections)
        except DwarfError:
            offsets = []
        for offset in offsets:
            try:
                unit = read_unit(sections, offset, cache)
            except DwarfError:
                continue
            self.units.append(unit)
            self.entries.update(unit.by_offset)
            root = unit.root()
            statement = root.get(DW_AT_STMT_LIST) if root else None
            if root is None or statement is None:
                continue
            directory = root.get(DW_AT_COMP_DIR)
            try:
                program = read_line_program(lines, statement.number, unit.address_size)
            except DwarfError:
                continue
            self.unit_program[offset] = (program, directory.text if directory else "")
            self._add_rows(program, directory.text if directory else "")
        self._functions()
        self.rows.sort(key=_row_key)
        self.starts = [r[0] for r in self.rows]

    def _add_rows(self, program: LineProgram, directory: str) -> None:
        for rows in program.sequences:
            for row, following in zip(rows, rows[1:]):
                if following.address > row.address:
                    self.rows.append((row.address, following.address, row, program, directory))

    def _functions(self) -> None:
        for unit in self.units:
            for entry in unit.entries:
                if entry.tag in (DW_TAG_SUBPROGRAM, DW_TAG_INLINED_SUBROUTINE):
                    try:
                        for low, high in entry_ranges(self.sections, unit, entry):
                            if low < high:
                                self.functions.append(_Function(low, high, entry, unit))
                    except DwarfError:
                        continue

    def line(self, address: int) -> Place | None:
        """The place of an address in the line table."""
        i = bisect_right(self.starts, address) - 1
        while i >= 0 and i >= 0:
            low, high, row, program, directory = self.rows[i]
            if low <= address < high:
                return Place(program.path(row.file, directory), row.line, row.discriminator)
            if low < address - (1 << 20):
                break
            i -= 1
        return None

    def name(self, entry: Entry, limit: int = 8) -> str:
        """A function's name, its linkage name first, through its abstract origin or declaration."""
        for attribute in (DW_AT_LINKAGE_NAME, DW_AT_MIPS_LINKAGE_NAME, DW_AT_NAME):
            found = entry.get(attribute)
            if found is not None and found.text:
                return found.text
        if limit:
            for attribute in (DW_AT_ABSTRACT_ORIGIN, DW_AT_SPECIFICATION):
                found = entry.get(attribute)
                origin = self.entries.get(found.number) if found is not None else None
                if origin is not None:
                    return self.name(origin, limit - 1)
        return ""

    def frames(self, address: int) -> list[Frame]:
        """The chain of functions around an address, innermost first; the last one is not inlined."""
        around = [f for f in self.functions if f.low <= address < f.high]
        around.sort(key=_depth_key, reverse=True)
        place = self.line(address) or Place("??", 0)
        out: list[Frame] = []
        for f in around:
            out.append(Frame(self.name(f.entry), place))
            if f.entry.tag == DW_TAG_SUBPROGRAM:
                break
            call_file = f.entry.get(DW_AT_CALL_FILE)
            call_line = f.entry.get(DW_AT_CALL_LINE)
            program = self.unit_program.get(f.unit.offset)
            path = program[0].path(call_file.number, program[1]) if program is not None and call_file is not None else "??"
            place = Place(path, call_line.number if call_line is not None else 0)
        if not out:
            out.append(Frame("", place))
        return out


def _row_key(row: tuple[int, int, LineRow, LineProgram, str]) -> int:
    return row[0]


def _depth_key(f: _Function) -> int:
    return f.entry.depth
