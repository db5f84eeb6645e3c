"""What an instruction set is to the shared machine-code layer.

A target is one object that satisfies `Isa`: a table of instruction rows, a table of fixup kinds, and
the few functions that turn them into bytes.  `mc`, the assembler and the compiler know nothing else
of it.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from toolchain.diagnostics import Diagnostics, Loc
from toolchain.elf.image import Section
from toolchain.mc.model.expr import Expr, MCSymbol
from toolchain.mc.model.fragment import Contents, Tail

# Bits of `Row.flags`.
BRANCH: Final = 1
"""Conditional jump."""
JUMP: Final = 2
"""Unconditional jump: control does not go on to the next instruction."""
CALL: Final = 4
LOAD: Final = 8
STORE: Final = 16
ALIAS: Final = 32
"""Another spelling of a row that exists; never printed from a disassembly."""
MACRO: Final = 64
"""Expands to several instructions."""


class Row:
    """One form of one instruction.

    `operands` names the kind of each packed operand in order (`mc/model/operand.py`), a memory operand
    being as many ints as the ISA says.  `template` is the assembly text with `{0}` for operand 0 and
    so on.  `match` is the encoding with all operands zero, `size` its length in bytes (for a row with
    several lengths, the shortest).  `defs` and `uses` are bit sets over operand positions: registers
    written and read.  `extension` says what the machine must have: names joined by `|` (any of them).
    `widen` is the row of the next longer form, -1 if there is none.
    """

    def __init__(self, number: int, mnemonic: str, operands: tuple[str, ...], template: str, match: int, size: int,
                 defs: int, uses: int, flags: int, extension: str, widen: int = -1) -> None:
        self.number = number
        self.mnemonic = mnemonic
        self.operands = operands
        self.template = template
        self.match = match
        self.size = size
        self.defs = defs
        self.uses = uses
        self.flags = flags
        self.extension = extension
        self.widen = widen


class FixupKind:
    """One way to put a value into bytes.

    `size` is how many bytes it touches, `bits` how many bits of signed value it can take (for the
    range check), `pc_relative` whether the place's address is subtracted, `elf` the relocation number
    that stands for it when the value is not known (-1: there is none).  `add` and `subtract` are the
    kinds for the two halves of a difference `a - b` that must stay symbolic, or -1.  `tls` says that the
    symbol is thread-local, `from_got` that the value is its distance from the GOT.
    """

    def __init__(self, number: int, name: str, elf: int, size: int, bits: int, pc_relative: bool = False,
                 add: int = -1, subtract: int = -1, tls: bool = False, from_got: bool = False) -> None:
        self.number = number
        self.name = name
        self.elf = elf
        self.size = size
        self.bits = bits
        self.pc_relative = pc_relative
        self.add = add
        self.subtract = subtract
        self.tls = tls
        self.from_got = from_got


class Isa(Protocol):
    """One instruction set in one mode, with the state that directives change.

    The object belongs to one streamer: `start` puts it back to what the command line said.
    """

    name: str
    rows: Sequence[Row]
    fixups: Sequence[FixupKind]
    machine: int
    """EM_*."""
    bits: int
    """32 or 64: size of an address and class of the ELF file."""
    rela: bool
    fake_label: str
    """Name of the labels that the assembler makes for itself and that may show in a symbol table."""
    fixed_differences: bool
    """Differences of labels in code are what layout says; False if a linker may shrink code, and then
    they stay pairs of relocations."""
    relax_grows: bool
    """Branches start short and only grow in layout; False: they start as the first estimate of addresses says, and may shrink."""
    keep_local_symbols: bool
    """Relocations name local symbols as they are, not section symbol + offset."""
    plain_fields: bool
    """A field whose relocation stays holds the addend where there is no other place for it, else zero (False:
    pc-relative ones hold the distance as far as it is known)."""
    sorts_relocations: bool
    """Relocations stand in the order of their places; False: those of branches that layout made long come last, as in GNU as."""
    pads_code: bool
    """A section of code ends on its own alignment."""
    eh_frame_type: int
    """sh_type of .eh_frame."""
    section_symbols: bool
    """Every section has a symbol in the table, whether a relocation names it or not."""
    text_start: str
    """Directive that text in the syntax of `print` begins with, "" for none."""
    line_min_instruction: int
    """DWARF minimum_instruction_length."""
    thread_offset: tuple[str, str]
    """Data that are a thread-local object's offset in its module's block: the modifier, and what directives in text begin with
    (".dtprel" for .dtprelword; "" if the modifier is written behind the symbol)."""
    cfa_version: int
    """Version of a CIE: 1, or 3 (return column as ULEB128)."""
    cfa_code_align: int
    cfa_data_align: int
    cfa_return_column: int
    cfa_initial: Sequence[tuple[str, int, int]]
    """Rules in force at function entry, as (cfi name, register, offset)."""

    def start(self, diagnostics: Diagnostics) -> None:
        """Begin an object."""

    def encode(self, row: int, operands: Sequence[int], expressions: Sequence[Expr], code: Contents, loc: Loc) -> None:
        """Append one instruction to `code`.  Raises ToolError if the operands do not fit the row."""

    def print(self, row: int, operands: Sequence[int], expressions: Sequence[str]) -> str:
        """Assembly text of one instruction; `expressions` are the texts of the EXPR operands' table."""

    def operator_text(self, modifier: str, text: str, addend: int) -> str:
        """Text of relocation operator `modifier` applied to `text` + `addend`."""

    def register(self, name: str) -> int:
        """Number of a register by its name in assembly, -1 if it is none."""

    def register_name(self, number: int) -> str:
        """Name of a register."""

    def dwarf_register(self, name: str) -> int:
        """DWARF number of a register by name, -1 if it is none."""

    def dwarf_number(self, register: int) -> int:
        """DWARF number of a register number."""

    def option(self, name: str, arguments: Sequence[str], code: Contents, loc: Loc) -> bool:
        """A directive of the target by name without the dot; False if unknown."""

    def nops(self, size: int) -> bytes:
        """Instructions that do nothing, `size` bytes in all."""

    def code_alignment(self) -> int:
        """Alignment that every instruction has anyway: a request for no more does nothing."""

    def align_code(self, alignment: int, limit: int, code: Contents, loc: Loc) -> bool:
        """Pad code in a way of the target's own (a relocation that the linker carries out); False: pad
        with `nops` as layout says."""

    def end_padding(self) -> bytes:
        """What fills a section of code up to its alignment at its end; b"" for `nops`."""

    def mapping(self, code: bool) -> str:
        """Name of the mapping symbol that must stand before code or data, "" for none."""

    def relax(self, tail: Tail, distance: int | None) -> int:
        """Length that a RELAX tail needs; `distance` is from its start to the target, None if the target
        is not a label of this section that cannot be replaced."""

    def relaxed(self, tail: Tail, address: int) -> tuple[bytes, list[tuple[int, int]]]:
        """Bytes of a RELAX tail at its final length, and its fixups as (offset, kind) for `tail.expr`."""

    def value_kind(self, size: int, pc_relative: bool, modifier: str) -> int:
        """Fixup kind of a data value of `size` bytes, -1 if there is none."""

    def must_relocate(self, kind: int, symbol: MCSymbol) -> bool:
        """Keep a relocation although the assembler knows the value."""

    def patch(self, kind: int, data: bytearray, offset: int, value: int, loc: Loc) -> None:
        """Put `value` (symbol + addend, less the place if pc-relative) into the bytes at `offset`.
        Raises ToolError if it does not fit."""

    def hint(self, kind: int, data: bytearray, offset: int, addend: int) -> None:
        """Bits that GNU as leaves at a place whose relocation stays; nothing for most targets."""

    def settle(self, kind: int, symbol: MCSymbol) -> int:
        """The fixup kind to use for a relocation, now that all is known of its symbol."""

    def by_section(self, kind: int, symbol: MCSymbol) -> bool:
        """Whether a relocation against a local symbol may name its section instead."""

    def relocation_kind(self, name: str) -> int:
        """ELF number of a relocation by name (`.reloc`), -1 if unknown."""

    def cfa_kinds(self, size: int) -> tuple[int, int]:
        """Fixup kinds (for the minuend, the subtrahend) of a CFA advance of `size` bytes, 0 meaning the six
        low bits of the opcode; (-1, -1) if advances are constants."""

    def leb128_kinds(self) -> tuple[int, int]:
        """Fixup kinds (for the minuend, the subtrahend) of a ULEB128 difference over code that the linker
        shrinks; (-1, -1) if there are none."""

    def elf_flags(self) -> int:
        """e_flags."""

    def extra_sections(self) -> list[Section]:
        """Sections that the target adds at the end (build attributes)."""
