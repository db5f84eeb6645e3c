"""Debugging information entries as bytes with fixups (DWARF 5, chapter 7)."""
from __future__ import annotations

from typing import Final

from toolchain.cc.debuginfo.expressions import Expression
from toolchain.dwarf.leb128 import encode_signed, encode_unsigned
from toolchain.mc.model.expr import Expr, MCSymbol, SectionSpec, difference, symbol_ref
from toolchain.mc.model.streamer import Streamer

# Tags (section 7.5.3).
TAG_ARRAY_TYPE: Final = 0x01
TAG_ENUMERATION_TYPE: Final = 0x04
TAG_FORMAL_PARAMETER: Final = 0x05
TAG_LEXICAL_BLOCK: Final = 0x0B
TAG_MEMBER: Final = 0x0D
TAG_POINTER_TYPE: Final = 0x0F
TAG_COMPILE_UNIT: Final = 0x11
TAG_STRUCTURE_TYPE: Final = 0x13
TAG_SUBROUTINE_TYPE: Final = 0x15
TAG_TYPEDEF: Final = 0x16
TAG_UNION_TYPE: Final = 0x17
TAG_UNSPECIFIED_PARAMETERS: Final = 0x18
TAG_INLINED_SUBROUTINE: Final = 0x1D
TAG_SUBRANGE_TYPE: Final = 0x21
TAG_BASE_TYPE: Final = 0x24
TAG_CONST_TYPE: Final = 0x26
TAG_ENUMERATOR: Final = 0x28
TAG_SUBPROGRAM: Final = 0x2E
TAG_VARIABLE: Final = 0x34
TAG_VOLATILE_TYPE: Final = 0x35
TAG_RESTRICT_TYPE: Final = 0x37
TAG_ATOMIC_TYPE: Final = 0x47

# Attributes (section 7.5.4).
AT_LOCATION: Final = 0x02
AT_NAME: Final = 0x03
AT_BYTE_SIZE: Final = 0x0B
AT_STMT_LIST: Final = 0x10
AT_LOW_PC: Final = 0x11
AT_HIGH_PC: Final = 0x12
AT_LANGUAGE: Final = 0x13
AT_COMP_DIR: Final = 0x1B
AT_CONST_VALUE: Final = 0x1C
AT_INLINE: Final = 0x20
AT_PRODUCER: Final = 0x25
AT_PROTOTYPED: Final = 0x27
AT_UPPER_BOUND: Final = 0x2F
AT_ARTIFICIAL: Final = 0x34
AT_COUNT: Final = 0x37
AT_ABSTRACT_ORIGIN: Final = 0x31
AT_DATA_MEMBER_LOCATION: Final = 0x38
AT_DECL_FILE: Final = 0x3A
AT_DECL_LINE: Final = 0x3B
AT_DECLARATION: Final = 0x3C
AT_ENCODING: Final = 0x3E
AT_EXTERNAL: Final = 0x3F
AT_FRAME_BASE: Final = 0x40
AT_TYPE: Final = 0x49
AT_RANGES: Final = 0x55
AT_CALL_COLUMN: Final = 0x57
AT_CALL_FILE: Final = 0x58
AT_CALL_LINE: Final = 0x59
AT_DATA_BIT_OFFSET: Final = 0x6B
AT_BIT_SIZE: Final = 0x0D

# Forms (section 7.5.6).
FORM_ADDR: Final = 0x01
FORM_DATA8: Final = 0x07
FORM_DATA1: Final = 0x0B
FORM_SDATA: Final = 0x0D
FORM_STRP: Final = 0x0E
FORM_UDATA: Final = 0x0F
FORM_REF4: Final = 0x13
FORM_SEC_OFFSET: Final = 0x17
FORM_EXPRLOC: Final = 0x18
FORM_FLAG_PRESENT: Final = 0x19

OP_ADDR: Final = 0x03
OP_CONST4U: Final = 0x0C
OP_CONST8U: Final = 0x0E
OP_FORM_TLS_ADDRESS: Final = 0x9B


class EntryWriter:
    """Collects entries of one unit.  Offsets count from the unit's first byte (its length field)."""

    def __init__(self, streamer: Streamer, address_size: int, version: int, thread_offset: str) -> None:
        self.streamer = streamer
        self.thread_offset = thread_offset                  # modifier of a thread-local symbol
        self.address_size = address_size
        self.version = version
        self.data = bytearray()
        self.fixups: list[tuple[int, int, Expr]] = []
        self.references: list[tuple[int, int]] = []         # (place, number of an entry)
        self.offsets: dict[int, int] = {}                   # number of an entry -> its offset
        self.abbreviations: dict[tuple[int, ...], int] = {}
        self.strings: dict[str, MCSymbol] = {}
        self.abbrev_start = streamer.temporary()
        self.header = 12 if version >= 5 else 11
        self.next_entry = 0

    # ------------------------------------------------------------ building
    def reserve(self) -> int:
        """Number for an entry that is referred to before it is written."""
        self.next_entry += 1
        return self.next_entry

    def begin(self, tag: int, children: bool, attributes: list[tuple[int, int]], number: int = 0) -> None:
        """Start an entry with (attribute, form) pairs; their values follow by the methods below."""
        key = (tag, int(children), *[x for pair in attributes for x in pair])
        code = self.abbreviations.get(key)
        if code is None:
            code = len(self.abbreviations) + 1
            self.abbreviations[key] = code
        if number:
            self.offsets[number] = self.header + len(self.data)
        self.data += encode_unsigned(code)

    def end_children(self) -> None:
        """No more children."""
        self.data.append(0)

    def number(self, value: int, size: int) -> None:
        """FORM_data*."""
        self.data += (value & ((1 << size * 8) - 1)).to_bytes(size, "little")

    def unsigned(self, value: int) -> None:
        """FORM_udata."""
        self.data += encode_unsigned(value)

    def signed(self, value: int) -> None:
        """FORM_sdata."""
        self.data += encode_signed(value)

    def string(self, text: str) -> None:
        """FORM_strp."""
        symbol = self.strings.get(text)
        if symbol is None:
            symbol = self.strings[text] = self.streamer.temporary()
        self.fix(symbol_ref(symbol), 4)         # each string has its label: linkers merge strings, a label and an offset would not survive

    def reference(self, number: int) -> None:
        """FORM_ref4 to an entry."""
        self.references.append((len(self.data), number))
        self.data += bytes(4)

    def fix(self, e: Expr, size: int) -> None:
        """A value that the streamer resolves."""
        self.fixups.append((len(self.data), size, e))
        self.data += bytes(size)

    def address_expression(self, symbol: MCSymbol) -> None:
        """FORM_exprloc: the object at a fixed address."""
        self.unsigned(1 + self.address_size)
        self.data.append(OP_ADDR)
        self.fix(symbol_ref(symbol), self.address_size)

    def thread_expression(self, symbol: MCSymbol) -> None:
        """FORM_exprloc: the object at a fixed offset in each thread's block."""
        self.unsigned(2 + self.address_size)
        self.data.append(OP_CONST8U if self.address_size == 8 else OP_CONST4U)
        self.fix(symbol_ref(symbol, 0, self.thread_offset), self.address_size)
        self.data.append(OP_FORM_TLS_ADDRESS)

    def expression(self, e: Expression) -> None:
        """FORM_exprloc."""
        self.unsigned(len(e.data))
        base = len(self.data)
        self.data += e.data
        for place, symbol, addend in e.addresses:
            self.fixups.append((base + place, self.address_size, symbol_ref(symbol, addend)))

    # ------------------------------------------------------------ emission
    def finish(self) -> None:
        """Write .debug_info, .debug_abbrev and .debug_str."""
        for place, number in self.references:
            self.data[place:place + 4] = self.offsets[number].to_bytes(4, "little")
        s = self.streamer
        s.section(SectionSpec(".debug_info", 1, 0))
        start, end = s.temporary(), s.temporary()
        s.value(difference(end, start), 4, 0)
        s.label(start, 0)
        s.data(self.version.to_bytes(2, "little"))
        if self.version >= 5:
            s.data(bytes((1, self.address_size)))           # DW_UT_compile
            s.value(symbol_ref(self.abbrev_start), 4, 0)
        else:
            s.value(symbol_ref(self.abbrev_start), 4, 0)
            s.data(bytes((self.address_size,)))
        at = 0
        for place, size, e in self.fixups:
            if place > at:
                s.data(bytes(self.data[at:place]))
            s.value(e, size, 0)
            at = place + size
        s.data(bytes(self.data[at:]))
        s.label(end, 0)
        s.section(SectionSpec(".debug_abbrev", 1, 0))
        s.label(self.abbrev_start, 0)
        s.data(self.abbreviation_bytes())
        s.section(SectionSpec(".debug_str", 1, 0x30, 1))
        for text, symbol in self.strings.items():
            s.label(symbol, 0)
            s.data(text.encode("utf-8", "surrogateescape") + b"\0")

    def abbreviation_bytes(self) -> bytes:
        """The abbreviation table."""
        out = bytearray()
        for key, code in self.abbreviations.items():
            out += encode_unsigned(code) + encode_unsigned(key[0]) + bytes((key[1],))
            for x in key[2:]:
                out += encode_unsigned(x)
            out += b"\0\0"
        out.append(0)
        return bytes(out)
