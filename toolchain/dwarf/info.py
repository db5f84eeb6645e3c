"""Compilation units, abbreviations and debugging entries, versions 2 to 5 (DWARF 5, chapters 2 and 7)."""
from __future__ import annotations

from typing import Final

from toolchain.dwarf.leb128 import DwarfError, Reader

DW_TAG_COMPILE_UNIT: Final = 0x11
DW_TAG_INLINED_SUBROUTINE: Final = 0x1D
DW_TAG_SUBPROGRAM: Final = 0x2E
DW_AT_NAME: Final = 0x03
DW_AT_STMT_LIST: Final = 0x10
DW_AT_LOW_PC: Final = 0x11
DW_AT_HIGH_PC: Final = 0x12
DW_AT_COMP_DIR: Final = 0x1B
DW_AT_ABSTRACT_ORIGIN: Final = 0x31
DW_AT_SPECIFICATION: Final = 0x47
DW_AT_RANGES: Final = 0x55
DW_AT_CALL_FILE: Final = 0x58
DW_AT_CALL_LINE: Final = 0x59
DW_AT_LINKAGE_NAME: Final = 0x6E
DW_AT_MIPS_LINKAGE_NAME: Final = 0x2007
DW_AT_STR_OFFSETS_BASE: Final = 0x72
DW_AT_ADDR_BASE: Final = 0x73
DW_AT_RNGLISTS_BASE: Final = 0x74

ADDRESS: Final = 0
CONSTANT: Final = 1
STRING: Final = 2
REFERENCE: Final = 3
BLOCK: Final = 4
OFFSET: Final = 5
FLAG: Final = 6
ADDRESS_INDEX: Final = 7
STRING_INDEX: Final = 8
LIST_INDEX: Final = 9

_FIXED: Final = {0x05: 2, 0x06: 4, 0x07: 8, 0x0B: 1, 0x11: 1, 0x12: 2, 0x13: 4, 0x14: 8, 0x20: 8, 0x25: 1, 0x26: 2, 0x27: 3, 0x28: 4,
                 0x29: 1, 0x2A: 2, 0x2B: 3, 0x2C: 4}
_CLASSES: Final = {0x11: REFERENCE, 0x12: REFERENCE, 0x13: REFERENCE, 0x14: REFERENCE, 0x25: STRING_INDEX, 0x26: STRING_INDEX,
                   0x27: STRING_INDEX, 0x28: STRING_INDEX, 0x29: ADDRESS_INDEX, 0x2A: ADDRESS_INDEX, 0x2B: ADDRESS_INDEX,
                   0x2C: ADDRESS_INDEX}


class Sections:
    """The debug sections of a file, relocated if they need to be; missing ones are empty."""

    def __init__(self, contents: dict[str, bytes], little: bool) -> None:
        self.little = little
        self.contents = contents

    def get(self, name: str) -> bytes:
        """The bytes of a section."""
        return self.contents.get(name, b"")


class Attribute:
    """One attribute's value: its class, and a number, a string or bytes."""

    def __init__(self, name: int, form: int, kind: int, number: int, text: str, data: bytes) -> None:
        self.name = name
        self.form = form
        self.kind = kind
        self.number = number
        self.text = text
        self.data = data


class Abbreviation:
    """One abbreviation declaration: tag, whether children follow, (attribute, form, implicit constant)."""

    def __init__(self, code: int, tag: int, children: bool, fields: list[tuple[int, int, int]]) -> None:
        self.code = code
        self.tag = tag
        self.children = children
        self.fields = fields


class Entry:
    """A debugging information entry."""

    def __init__(self, offset: int, depth: int, abbreviation: Abbreviation | None) -> None:
        self.offset = offset
        self.depth = depth
        self.abbreviation = abbreviation
        self.tag = 0 if abbreviation is None else abbreviation.tag
        self.attributes: list[Attribute] = []

    def get(self, name: int) -> Attribute | None:
        """The attribute `name`, if the entry has it."""
        for a in self.attributes:
            if a.name == name:
                return a
        return None


class Unit:
    """A unit of .debug_info, with its entries."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.length = 0
        self.end = 0
        self.offset_size = 4
        self.version = 0
        self.kind = 1
        self.abbreviation_offset = 0
        self.address_size = 8
        self.header_end = 0
        self.extra = 0
        self.type_offset = 0
        self.entries: list[Entry] = []
        self.by_offset: dict[int, Entry] = {}

    def root(self) -> Entry | None:
        """The unit's own entry."""
        return self.entries[0] if self.entries else None


def read_abbreviations(data: bytes, offset: int) -> dict[int, Abbreviation]:
    """The abbreviation table at `offset` of .debug_abbrev.  Raises DwarfError."""
    if offset >= len(data):
        raise DwarfError(f"abbreviation table at offset {offset:#x} is outside its section")
    r = Reader(data, offset)
    out: dict[int, Abbreviation] = {}
    while not r.at_end():
        code = r.uleb()
        if code == 0:
            break
        tag = r.uleb()
        children = r.number(1) != 0
        fields: list[tuple[int, int, int]] = []
        while True:
            name = r.uleb()
            form = r.uleb()
            constant = r.sleb() if form == 0x21 else 0
            if name == 0 and form == 0:
                break
            fields.append((name, form, constant))
        out[code] = Abbreviation(code, tag, children, fields)
    return out


def read_unit_header(sections: Sections, offset: int) -> Unit:
    """The header of the unit at `offset` of .debug_info.  Raises DwarfError."""
    data = sections.get(".debug_info")
    unit = Unit(offset)
    r = Reader(data, offset, None, sections.little)
    unit.length, unit.offset_size = r.initial_length()
    unit.end = r.position + unit.length
    if unit.end > len(data):
        raise DwarfError(f"unit at offset {offset:#x} is longer than its section")
    unit.version = r.number(2)
    if not 2 <= unit.version <= 5:
        raise DwarfError(f"unit at offset {offset:#x} has version {unit.version}")
    if unit.version >= 5:
        unit.kind = r.number(1)
        unit.address_size = r.number(1)
        unit.abbreviation_offset = r.number(unit.offset_size)
        if unit.kind in (4, 5):
            unit.extra = r.number(8)
        elif unit.kind in (2, 6):
            unit.extra = r.number(8)
            unit.type_offset = r.number(unit.offset_size)
    else:
        unit.abbreviation_offset = r.number(unit.offset_size)
        unit.address_size = r.number(1)
    if unit.address_size not in (1, 2, 4, 8):
        raise DwarfError(f"unit at offset {offset:#x} has addresses of {unit.address_size} bytes")
    unit.header_end = r.position
    return unit


def read_unit(sections: Sections, offset: int, cache: dict[int, dict[int, Abbreviation]]) -> Unit:
    """The unit at `offset` with all its entries; `cache` keeps abbreviation tables.  Raises DwarfError."""
    unit = read_unit_header(sections, offset)
    table = cache.get(unit.abbreviation_offset)
    if table is None:
        table = cache[unit.abbreviation_offset] = read_abbreviations(sections.get(".debug_abbrev"), unit.abbreviation_offset)
    r = Reader(sections.get(".debug_info"), unit.header_end, unit.end, sections.little)
    depth = 0
    while not r.at_end():
        start = r.position
        code = r.uleb()
        if code == 0:
            unit.entries.append(Entry(start, depth, None))
            depth = max(0, depth - 1)
            continue
        abbreviation = table.get(code)
        if abbreviation is None:
            raise DwarfError(f"entry at offset {start:#x} uses abbreviation {code}, which does not exist")
        entry = Entry(start, depth, abbreviation)
        for name, form, constant in abbreviation.fields:
            entry.attributes.append(read_attribute(r, unit, sections, name, form, constant))
        unit.entries.append(entry)
        unit.by_offset[start] = entry
        if abbreviation.children:
            depth += 1
    return unit


def read_attribute(r: Reader, unit: Unit, sections: Sections, name: int, form: int, constant: int) -> Attribute:
    """One attribute value at the cursor.  Raises DwarfError."""
    size = _FIXED.get(form)
    if size is not None:
        number = r.number(size)
        kind = _CLASSES.get(form, CONSTANT)
        if kind == REFERENCE:
            number += unit.offset
        return Attribute(name, form, kind, number, "", b"")
    if form == 0x01:
        return Attribute(name, form, ADDRESS, r.number(unit.address_size), "", b"")
    if form == 0x08:
        return Attribute(name, form, STRING, 0, r.string(), b"")
    if form in (0x0E, 0x1F, 0x1D, 0x1F21):
        number = r.number(unit.offset_size)
        table = sections.get({0x0E: ".debug_str", 0x1F: ".debug_line_str"}.get(form, ""))
        return Attribute(name, form, STRING, number, Reader(table, number).string() if number < len(table) else "", b"")
    if form == 0x0D:
        return Attribute(name, form, CONSTANT, r.sleb(), "", b"")
    if form == 0x0F:
        return Attribute(name, form, CONSTANT, r.uleb(), "", b"")
    if form == 0x17:
        return Attribute(name, form, OFFSET, r.number(unit.offset_size), "", b"")
    if form in (0x10, 0x1F20, 0x1C):
        width = unit.address_size if form == 0x10 and unit.version == 2 else 4 if form == 0x1C else unit.offset_size
        return Attribute(name, form, REFERENCE, r.number(width), "", b"")
    if form == 0x15:
        return Attribute(name, form, REFERENCE, r.uleb() + unit.offset, "", b"")
    if form == 0x0C:
        return Attribute(name, form, FLAG, r.number(1), "", b"")
    if form == 0x19:
        return Attribute(name, form, FLAG, 1, "", b"")
    if form == 0x21:
        return Attribute(name, form, CONSTANT, constant, "", b"")
    if form == 0x16:
        return read_attribute(r, unit, sections, name, r.uleb(), 0)
    return _block_or_index(r, name, form)


def _block_or_index(r: Reader, name: int, form: int) -> Attribute:
    if form in (0x0A, 0x03, 0x04, 0x09, 0x18, 0x1E):
        if form == 0x1E:
            size = 16
        elif form in (0x09, 0x18):
            size = r.uleb()
        else:
            size = r.number({0x0A: 1, 0x03: 2, 0x04: 4}[form])
        return Attribute(name, form, BLOCK, size, "", r.take(size))
    if form == 0x1A:
        return Attribute(name, form, STRING_INDEX, r.uleb(), "", b"")
    if form == 0x1B:
        return Attribute(name, form, ADDRESS_INDEX, r.uleb(), "", b"")
    if form in (0x22, 0x23):
        return Attribute(name, form, LIST_INDEX, r.uleb(), "", b"")
    raise DwarfError(f"form {form:#x} at offset {r.position:#x} is not known")


def unit_offsets(sections: Sections) -> list[int]:
    """Where the units of .debug_info begin.  Raises DwarfError."""
    out: list[int] = []
    position = 0
    size = len(sections.get(".debug_info"))
    while position < size:
        r = Reader(sections.get(".debug_info"), position, None, sections.little)
        length, _ = r.initial_length()
        out.append(position)
        position = r.position + length
        if position > size:
            raise DwarfError(f"unit at offset {out[-1]:#x} is longer than its section")
    return out


def unit_base(unit: Unit) -> int:
    """The base address of a unit's ranges: its own DW_AT_low_pc."""
    root = unit.root()
    low = root.get(DW_AT_LOW_PC) if root else None
    return low.number if low is not None and low.kind == ADDRESS else 0


def address_of(sections: Sections, unit: Unit, a: Attribute) -> int:
    """The address an attribute gives, directly or through .debug_addr.  Raises DwarfError."""
    if a.kind != ADDRESS_INDEX:
        return a.number
    return _indexed_address(sections, unit, a.number)


def _indexed_address(sections: Sections, unit: Unit, index: int) -> int:
    root = unit.root()
    base = root.get(DW_AT_ADDR_BASE) if root else None
    start = (base.number if base is not None else 8) + index * unit.address_size
    return Reader(sections.get(".debug_addr"), start, None, sections.little).number(unit.address_size)


def entry_ranges(sections: Sections, unit: Unit, entry: Entry) -> list[tuple[int, int]]:
    """The address ranges [low, high) of an entry.  Raises DwarfError."""
    low = entry.get(DW_AT_LOW_PC)
    high = entry.get(DW_AT_HIGH_PC)
    if low is not None and high is not None:
        start = address_of(sections, unit, low)
        end = address_of(sections, unit, high) if high.kind in (ADDRESS, ADDRESS_INDEX) else start + high.number
        return [(start, end)]
    ranges = entry.get(DW_AT_RANGES)
    if ranges is None:
        return []
    return _rnglist(sections, unit, ranges) if unit.version >= 5 else _old_ranges(sections, unit, ranges.number)


def _old_ranges(sections: Sections, unit: Unit, offset: int) -> list[tuple[int, int]]:
    r = Reader(sections.get(".debug_ranges"), offset, None, sections.little)
    size = unit.address_size
    top = (1 << 8 * size) - 1
    base = unit_base(unit)
    out: list[tuple[int, int]] = []
    while True:
        low, high = r.number(size), r.number(size)
        if low == 0 and high == 0:
            return out
        if low == top:
            base = high
        else:
            out.append((base + low, base + high))


def _rnglist(sections: Sections, unit: Unit, a: Attribute) -> list[tuple[int, int]]:
    data = sections.get(".debug_rnglists")
    offset = a.number
    if a.kind == LIST_INDEX:
        root = unit.root()
        base_attribute = root.get(DW_AT_RNGLISTS_BASE) if root else None
        start = base_attribute.number if base_attribute is not None else 12
        offset = start + Reader(data, start + a.number * unit.offset_size, None, sections.little).number(unit.offset_size)
    r = Reader(data, offset, None, sections.little)
    size = unit.address_size
    base = unit_base(unit)
    out: list[tuple[int, int]] = []
    while True:
        kind = r.number(1)
        if kind == 0:
            return out
        if kind == 1:
            base = _indexed_address(sections, unit, r.uleb())
        elif kind == 2:
            out.append((_indexed_address(sections, unit, r.uleb()), _indexed_address(sections, unit, r.uleb())))
        elif kind == 3:
            low = _indexed_address(sections, unit, r.uleb())
            out.append((low, low + r.uleb()))
        elif kind == 4:
            out.append((base + r.uleb(), base + r.uleb()))
        elif kind == 5:
            base = r.number(size)
        elif kind == 6:
            out.append((r.number(size), r.number(size)))
        elif kind == 7:
            low = r.number(size)
            out.append((low, low + r.uleb()))
        else:
            raise DwarfError(f"range list entry kind {kind}")
