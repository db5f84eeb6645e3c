"""`readelf -wi -wa -wl -wL -ws`: entries, abbreviations, line programs, strings."""
from __future__ import annotations

import os

from toolchain.binutils.debug_sections import debug_sections
from toolchain.binutils.dwarf_frames import register_name
from toolchain.binutils.dwarf_names import (
    ACCESS,
    ATTRIBUTES,
    DEFAULTED,
    ENCODINGS,
    FORMS,
    INLINES,
    LANGUAGES,
    TAGS,
    UNIT_TYPES,
    decode_expression,
    hexadecimal,
)
from toolchain.dwarf.info import (
    ADDRESS,
    BLOCK,
    CONSTANT,
    FLAG,
    LIST_INDEX,
    OFFSET,
    REFERENCE,
    STRING,
    Abbreviation,
    Attribute,
    Sections,
    Unit,
    read_abbreviations,
    read_attribute,
    read_unit_header,
    unit_offsets,
)
from toolchain.dwarf.leb128 import DwarfError, Reader
from toolchain.dwarf.line import LineProgram, LineSections, read_line_header, read_line_program
from toolchain.elf.reader import ElfFile


def debug_info(elf: ElfFile) -> str:
    """-wi.  Raises ElfError."""
    sections = debug_sections(elf, False)
    out = ["Contents of the .debug_info section:\n\n"]
    tables: dict[int, dict[int, Abbreviation]] = {}
    try:
        for offset in unit_offsets(sections):
            unit = read_unit_header(sections, offset)
            table = tables.get(unit.abbreviation_offset)
            if table is None:
                table = tables[unit.abbreviation_offset] = read_abbreviations(sections.get(".debug_abbrev"), unit.abbreviation_offset)
            _unit(elf, sections, unit, table, out)
    except DwarfError as e:
        raise elf.fail(str(e)) from None
    out.append("\n")
    return "".join(out)


def _unit(elf: ElfFile, sections: Sections, unit: Unit, table: dict[int, Abbreviation], out: list[str]) -> None:
    out.append(f"  Compilation Unit @ offset {hexadecimal(unit.offset)}:\n   Length:        {hexadecimal(unit.length)} "
               f"({'64' if unit.offset_size == 8 else '32'}-bit)\n   Version:       {unit.version}\n")
    if unit.version >= 5:
        out.append(f"   Unit Type:     {UNIT_TYPES.get(unit.kind, '???')} ({unit.kind:x})\n")
    out.append(f"   Abbrev Offset: {hexadecimal(unit.abbreviation_offset)}\n   Pointer Size:  {unit.address_size}\n")
    if unit.kind in (2, 6):
        out.append(f"   Signature:     {hexadecimal(unit.extra)}\n   Type Offset:   {hexadecimal(unit.type_offset)}\n")
    elif unit.kind in (4, 5):
        out.append(f"   DWO ID:        {hexadecimal(unit.extra)}\n")
    r = Reader(sections.get(".debug_info"), unit.header_end, unit.end, sections.little)
    level = 0
    while not r.at_end():
        start = r.position
        code = r.uleb()
        if code == 0:
            out.append(f" <{level}><{start:x}>: Abbrev Number: 0\n")
            level = max(0, level - 1)
            continue
        abbreviation = table.get(code)
        if abbreviation is None:
            raise DwarfError(f"entry at offset {start:#x} uses abbreviation {code}, which does not exist")
        tag = TAGS.get(abbreviation.tag, f"Unknown TAG value: {abbreviation.tag:x}")
        out.append(f" <{level}><{start:x}>: Abbrev Number: {code} (DW_TAG_{tag})\n")
        for name, form, constant in abbreviation.fields:
            place = r.position
            a = read_attribute(r, unit, sections, name, form, constant)
            title = "DW_AT_" + ATTRIBUTES[name] if name in ATTRIBUTES else f"DW_AT_<unknown: {name:x}>"
            extra = _abbreviation_at(sections, table, a.number) if name == 0x18 and a.kind == REFERENCE else ""
            out.append(f"    <{place:x}>   {title:<18}:{_value(elf, unit, a)}{extra}\n")
        if abbreviation.children:
            level += 1


def _abbreviation_at(sections: Sections, table: dict[int, Abbreviation], offset: int) -> str:
    """What stands at an entry's offset, as -wi notes it for imports."""
    info = sections.get(".debug_info")
    if offset >= len(info):
        return ""
    code = Reader(info, offset).uleb()
    found = table.get(code)
    return f"\t[Abbrev Number: {code} (DW_TAG_{TAGS.get(found.tag, 'unknown')})]" if found is not None else ""


def _value(elf: ElfFile, unit: Unit, a: Attribute) -> str:
    text = _plain(elf, unit, a)
    for name, table in ((0x13, LANGUAGES), (0x3E, ENCODINGS), (0x20, INLINES), (0x32, ACCESS), (0x8B, DEFAULTED)):
        if a.name == name:
            known = table.get(a.number)
            return f"{text}\t({known})" if known else text
    if a.name in (0x02, 0x2E, 0x40) and a.kind in (OFFSET, LIST_INDEX) and a.form == 0x17:
        return f"{text} (location list)"
    return text


def _plain(elf: ElfFile, unit: Unit, a: Attribute) -> str:
    if a.kind == ADDRESS:
        return " " + hexadecimal(a.number)
    if a.kind == STRING:
        if a.form == 0x0E:
            return f" (indirect string, offset: {hexadecimal(a.number)}): {a.text}"
        if a.form == 0x1F:
            return f" (indirect line string, offset: {hexadecimal(a.number)}): {a.text}"
        return " " + a.text
    if a.kind == REFERENCE:
        return f" <0x{a.number:x}>"
    if a.kind == FLAG:
        return f" {a.number}"
    if a.kind == OFFSET:
        return " " + hexadecimal(a.number)
    if a.kind == CONSTANT:
        if a.form == 0x20:
            return f" signature: {hexadecimal(a.number)}"
        return " " + hexadecimal(a.number) if a.form == 0x07 else f" {a.number}"
    if a.kind == BLOCK:
        data = "".join(f"{b:x} " for b in a.data)
        text = f" {len(a.data)} byte block: {data}"
        if a.form == 0x18 or a.name in (0x02, 0x38, 0x40):
            text += f"\t({decode_expression(elf, a.data, register_name, unit.offset, unit.offset_size)})"
        return text
    return f" (index: {hexadecimal(a.number)})"


def abbreviations(elf: ElfFile) -> str:
    """-wa.  Raises ElfError."""
    sections = debug_sections(elf, False)
    out = ["Contents of the .debug_abbrev section:\n\n"]
    try:
        offsets = sorted({read_unit_header(sections, o).abbreviation_offset for o in unit_offsets(sections)})
        for offset in offsets:
            out.append(f"  Number TAG ({hexadecimal(offset)})\n")
            for a in read_abbreviations(sections.get(".debug_abbrev"), offset).values():
                tag = TAGS.get(a.tag, f"Unknown TAG value: {a.tag:x}")
                out.append(f"   {a.code}      DW_TAG_{tag}    [{'has children' if a.children else 'no children'}]\n")
                for name, form, constant in [*a.fields, (0, 0, 0)]:
                    title = "DW_AT_" + ATTRIBUTES[name] if name in ATTRIBUTES else f"DW_AT value: {name:x}"
                    shape = "DW_FORM_" + FORMS[form] if form in FORMS else f"DW_FORM value: {form:x}"
                    extra = f": {constant}" if form == 0x21 else ""
                    out.append(f"    {title:<18} {shape}{extra}\n")
    except DwarfError as e:
        raise elf.fail(str(e)) from None
    out.append("\n")
    return "".join(out)


def _line_sections(elf: ElfFile) -> LineSections:
    sections = debug_sections(elf, False)
    return LineSections(sections.get(".debug_line"), sections.get(".debug_str"), sections.get(".debug_line_str"), sections.little)


def decoded_lines(elf: ElfFile) -> str:
    """-wL: the line table, one row a line.  Raises ElfError."""
    sections = _line_sections(elf)
    out = ["Contents of the .debug_line section:\n\n"]
    offset = 0
    try:
        while offset < len(sections.line):
            program = read_line_program(sections, offset, elf.header.bits // 8)
            _decoded(program, out)
            offset = program.end
    except DwarfError as e:
        raise elf.fail(str(e)) from None
    out.append("\n")
    return "".join(out)


def _decoded(program: LineProgram, out: list[str]) -> None:
    if not program.files:
        return
    name = program.files[0].name
    out.append(f"{name}:\nFile name                            Line number    Starting address    View    Stmt\n")
    for rows in program.sequences:
        for row in rows:
            out += [f"\n{_heading(program, number)}\n" for number in row.files_set]
            shown = _base(program, row.file)
            line = "-" if row.end_sequence else f"{row.line}"
            place = hexadecimal(row.address)
            mark = "x" if row.is_statement and not row.end_sequence else ""
            number = f"{row.view}" if row.view else ""
            tail = f"       {mark}" if mark else ""
            text = f"{shown:<35}  {line:>11}  {place:>18}"
            if not row.end_sequence:
                text += f" {number:>7}{tail}"
            out.append(text + "\n")
            if row.end_sequence:
                out.append("\n")


def _heading(program: LineProgram, number: int) -> str:
    """The line that announces a file: its directory unless it is the compilation's own."""
    index = number if program.version >= 5 else number - 1
    if not 0 <= index < len(program.files):
        return "<unknown>:"
    f = program.files[index]
    if f.directory == 0:
        return f"./{f.name}:[++]" if program.version < 5 else f"{program.directories[0] if program.directories else '.'}/{f.name}:"
    place = f.directory if program.version >= 5 else f.directory - 1
    return f"{program.directories[place]}/{f.name}:" if place < len(program.directories) else f"{f.name}:"


def _base(program: LineProgram, number: int) -> str:
    index = number if program.version >= 5 else number - 1
    return os.path.basename(program.files[index].name) if 0 <= index < len(program.files) else "<unknown>"


def raw_lines(elf: ElfFile) -> str:
    """-wl: headers and opcodes of the line programs.  Raises ElfError."""
    sections = _line_sections(elf)
    out = ["Raw dump of debug contents of section .debug_line:\n\n"]
    offset = 0
    try:
        while offset < len(sections.line):
            program = read_line_header(sections, offset, elf.header.bits // 8)
            _raw_header(program, sections, out)
            _raw_program(program, sections, out)
            offset = program.end
    except DwarfError as e:
        raise elf.fail(str(e)) from None
    out.append("\n")
    return "".join(out)


def _raw_header(p: LineProgram, sections: LineSections, out: list[str]) -> None:
    rows = [("Offset:", hexadecimal(p.offset)), ("Length:", str(p.length)), ("DWARF Version:", str(p.version))]
    if p.version >= 5:
        rows += [("Address size (bytes):", str(p.address_size)), ("Segment selector (bytes):", str(p.segment_size))]
    rows += [("Prologue Length:", str(p.header_length)), ("Minimum Instruction Length:", str(p.minimum_length))]
    if p.version >= 4:
        rows.append(("Maximum Ops per Instruction:", str(p.maximum_operations)))
    rows += [("Initial value of 'is_stmt':", str(int(p.default_statement))), ("Line Base:", str(p.line_base)),
             ("Line Range:", str(p.line_range)), ("Opcode Base:", str(p.opcode_base))]
    out += [f"  {name:<28} {value}\n" for name, value in rows]
    out.append("\n Opcodes:\n")
    for i, n in enumerate(p.opcode_lengths, 1):
        out.append(f"  Opcode {i} has {n} arg{'' if n == 1 else 's'}\n")
    if p.version >= 5:
        _raw_tables(p, sections, out)
        return
    place = p.program_start - p.header_length + 5 + len(p.opcode_lengths) + (1 if p.version >= 4 else 0)
    if p.directories:
        out.append(f"\n The Directory Table (offset {hexadecimal(place)}):\n")
        out += [f"  {i}\t{d}\n" for i, d in enumerate(p.directories, 1)]
    else:
        out.append("\n The Directory Table is empty.\n")
    place += sum(len(d.encode("utf-8", "surrogateescape")) + 1 for d in p.directories) + 1
    if p.files:
        out.append(f"\n The File Name Table (offset {hexadecimal(place)}):\n  Entry\tDir\tTime\tSize\tName\n")
        out += [f"  {i}\t{f.directory}\t{f.time}\t{f.length}\t{f.name}\n" for i, f in enumerate(p.files, 1)]
    else:
        out.append("\n The File Name Table is empty.\n")
    out.append("\n")


def _raw_tables(p: LineProgram, sections: LineSections, out: list[str]) -> None:
    start = p.program_start - p.header_length + 6 + len(p.opcode_lengths)
    r = Reader(sections.line, start, p.program_start, sections.little)
    for title, column in (("Directory", False), ("File Name", True)):
        formats = [(r.uleb(), r.uleb()) for _ in range(r.number(1))]
        count = r.uleb()
        place = r.position
        if not count:
            out.append(f"\n The {title} Table is empty.\n")
            continue
        out.append(f"\n The {title} Table (offset {hexadecimal(place)}, lines {count}, columns {len(formats)}):\n  Entry")
        out.append("".join("\t" + {1: "Name", 2: "Dir", 3: "Time", 4: "Size", 5: "MD5"}.get(c, "?") for c in _order(formats)) + "\n")
        for i in range(count):
            cells: dict[int, str] = {}
            for content, form in formats:
                cells[content] = _cell(r, sections, form, p.offset_size)
            out.append(f"  {i}" + "".join("\t" + cells[c] for c in _order(formats)) + "\n")
        del column
    out.append("\n")


def _order(formats: list[tuple[int, int]]) -> list[int]:
    """Directory, time and size come before the name."""
    contents = [c for c, _ in formats]
    return [c for c in contents if c != 1] + [c for c in contents if c == 1]


def _cell(r: Reader, sections: LineSections, form: int, offset_size: int) -> str:
    if form == 0x08:
        return r.string()
    if form in (0x1F, 0x0E):
        number = r.number(offset_size)
        table = sections.line_strings if form == 0x1F else sections.strings
        what = "indirect line string" if form == 0x1F else "indirect string"
        return f"({what}, offset: {hexadecimal(number)}): {Reader(table, number).string()}"
    if form == 0x0F:
        return str(r.uleb())
    if form == 0x1E:
        return "0x" + r.take(16).hex()
    return str(r.number({0x0B: 1, 0x05: 2, 0x06: 4, 0x07: 8}.get(form, 1)))


class _Raw:
    """The state that the raw dump of a line program shows."""

    def __init__(self, program: LineProgram) -> None:
        self.program = program
        self.address = 0
        self.line = 1
        self.statement = program.default_statement
        self.view = 0
        self.fresh = True

    def advance(self, operations: int) -> int:
        """Advance the address; returns by how much."""
        step = operations * self.program.minimum_length
        self.address += step
        if step:
            self.view = 0
        return step

    def row(self) -> str:
        """The note on the view number that a new row gets."""
        text = f" (view {self.view})" if self.view else ""
        self.view += 1
        return text


def _raw_program(p: LineProgram, sections: LineSections, out: list[str]) -> None:
    r = Reader(sections.line, p.program_start, p.end, sections.little)
    if r.at_end():
        out.append(" No Line Number Statements.\n")
        return
    out.append(" Line Number Statements:\n")
    state = _Raw(p)
    while not r.at_end():
        place = r.position
        opcode = r.number(1)
        out.append(f"  [0x{place:08x}]  ")
        if opcode >= p.opcode_base:
            adjusted = opcode - p.opcode_base
            step = state.advance(adjusted // p.line_range)
            by = p.line_base + adjusted % p.line_range
            state.line += by
            out.append(f"Special opcode {adjusted}: advance Address by {step} to {hexadecimal(state.address)} and Line by {by} to {state.line}"
                       f"{state.row()}\n")
        elif opcode:
            out.append(_raw_standard(p, state, r, opcode))
        else:
            out.append(_raw_extended(state, r))


def _raw_standard(p: LineProgram, state: _Raw, r: Reader, opcode: int) -> str:
    if opcode == 1:
        return f"Copy{state.row()}\n"
    if opcode == 2:
        step = state.advance(r.uleb())
        return f"Advance PC by {step} to {hexadecimal(state.address)}\n"
    if opcode == 3:
        by = r.sleb()
        state.line += by
        return f"Advance Line by {by} to {state.line}\n"
    if opcode == 4:
        number = r.uleb()
        index = number if p.version >= 5 else number - 1
        return f"Set File Name to entry {number} in the File Name Table\n" if 0 <= index else f"Set File Name to entry {number} in the File Name Table\n"
    if opcode == 5:
        return f"Set column to {r.uleb()}\n"
    if opcode == 6:
        state.statement = not state.statement
        return f"Set is_stmt to {int(state.statement)}\n"
    if opcode == 7:
        return "Set basic block\n"
    if opcode == 8:
        step = state.advance((255 - p.opcode_base) // p.line_range)
        return f"Advance PC by constant {step} to {hexadecimal(state.address)}\n"
    if opcode == 9:
        step = r.number(2)
        state.address += step  # the view number goes on: DWARF cannot know whether this is a change
        return f"Advance PC by fixed size amount {step} to {hexadecimal(state.address)}\n"
    if opcode == 10:
        return "Set prologue_end to true\n"
    if opcode == 11:
        return "Set epilogue_begin to true\n"
    if opcode == 12:
        return f"Set ISA to {r.uleb()}\n"
    count = p.opcode_lengths[opcode - 1] if opcode - 1 < len(p.opcode_lengths) else 0
    return f"Unknown opcode {opcode} with operands: " + " ".join(hexadecimal(r.uleb()) for _ in range(count)) + "\n"


def _raw_extended(state: _Raw, r: Reader) -> str:
    size = r.uleb()
    stop = r.position + size
    kind = r.number(1) if size else 0
    text = f"Extended opcode {kind}: "
    if kind == 1:
        text += "End of Sequence\n\n"
        state.address, state.line, state.statement, state.view = 0, 1, state.program.default_statement, 0
    elif kind == 2 and size > 1:
        state.address = r.number(size - 1)
        state.view = 0
        text += f"set Address to {hexadecimal(state.address)}\n"
    elif kind == 4:
        text += f"set Discriminator to {r.uleb()}\n"
    elif kind == 3:
        text += f"define new File Table entry\n  Entry\tDir\tTime\tSize\tName\n   {r.string()}\n"
    else:
        text += f"UNKNOWN: length {max(0, size - 1)}\n"
    if stop > r.end:
        raise DwarfError(f"extended opcode at offset {r.position:#x} is too long")
    r.position = stop
    return text


def debug_strings(elf: ElfFile, index: int) -> str:
    """-ws: a string section as bytes and text."""
    s = elf.sections[index]
    data = debug_sections(elf, False).get(s.name)
    out = [f"Contents of the {s.name} section:\n\n"]
    for i in range(0, len(data), 16):
        row = data[i:i + 16]
        words = "".join(row[k:k + 4].hex().ljust(8) + " " for k in range(0, 16, 4))
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        out.append(f"  0x{i:08x} {words}{text}\n")
    out.append("\n")
    return "".join(out)
