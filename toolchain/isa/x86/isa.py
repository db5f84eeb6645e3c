"""x86 for the machine-code layer: 16, 32 and 64-bit mode of one instruction set.

What is special here: instructions have 1 to 15 bytes, so jumps are relaxed between a byte and a full displacement; a
pc-relative field is relative to the end of the *instruction*, so its expression carries the distance; and 16-bit code differs from
32-bit code in what the two size prefixes mean.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.diagnostics import Diagnostics, Loc
from toolchain.elf.image import Section
from toolchain.isa.x86 import printer, registers, relocations
from toolchain.isa.x86.encoder import Encoder, plus
from toolchain.isa.x86.instructions import FORMS, ROWS
from toolchain.mc.model import expr as ex
from toolchain.mc.model import isa as isa_model
from toolchain.mc.model.expr import Expr, MCSymbol
from toolchain.mc.model.fragment import Contents, Tail
from toolchain.mc.model.operand import EXPR, KIND_MASK, SHIFT

EM_386: Final = 3
EM_X86_64: Final = 62
SHT_PROGBITS: Final = 1
SHT_X86_64_UNWIND: Final = 0x70000001
STB_GLOBAL: Final = 1
STT_GNU_IFUNC: Final = 10

# State of a RELAX tail: condition (0..15) or JMP, plus WIDE where the long displacement has 16 bits.
JMP: Final = 16
WIDE16: Final = 32
PLT: Final = 128            # `@PLT`, or 64-bit code and a symbol without addend: a linker may go through the PLT
PREFIX: Final = 64          # operand size prefix before the long form (and before a short one that needs none: never)

# Instructions that do nothing, by length (Intel SDM volume 2, NOP).
NOPS: Final = (b"", b"\x90", b"\x66\x90", b"\x0f\x1f\0", b"\x0f\x1f\x40\0", b"\x0f\x1f\x44\0\0", b"\x66\x0f\x1f\x44\0\0", b"\x0f\x1f\x80\0\0\0\0",
               b"\x0f\x1f\x84\0\0\0\0\0", b"\x66\x0f\x1f\x84\0\0\0\0\0", b"\x66\x2e\x0f\x1f\x84\0\0\0\0\0", b"\x66\x66\x2e\x0f\x1f\x84\0\0\0\0\0")
# The same without the long nop of the P6, for 16 and 32-bit code: lea of a register to itself.
NOPS32: Final = (b"", b"\x90", b"\x66\x90", b"\x8d\x76\0", b"\x8d\x74\x26\0", b"\x8d\x74\x26\0\x90", b"\x8d\xb6\0\0\0\0", b"\x8d\xb4\x26\0\0\0\0")
MOST_NOPS: Final = 7
MOST_NOPS16: Final = 2
NOPS16: Final = (b"", b"\x90", b"\x89\xf6", b"\x8d\x74\0", b"\x8d\xb4\0\0")


class X86:
    """`Isa` for x86 in one of its modes."""

    def __init__(self, mode: int = 64, bits: int = 0) -> None:
        """`mode` is that at the start (16, 32, 64), `bits` the class of the file (default: 64 for mode 64, else 32)."""
        bits = bits or (64 if mode == 64 else 32)
        self.name = "x86"
        self.rows: Sequence[isa_model.Row] = ROWS
        self.kinds = relocations.FIXUPS64 if bits == 64 else relocations.FIXUPS32
        self.fixups: Sequence[isa_model.FixupKind] = self.kinds
        self.machine = EM_X86_64 if bits == 64 else EM_386
        self.bits = bits
        self.rela = bits == 64
        self.fake_label = ".L0\1"
        self.fixed_differences = True
        self.relax_grows = True
        self.keep_local_symbols = False
        self.eh_frame_type = SHT_PROGBITS
        self.section_symbols = False
        self.line_min_instruction = 1
        self.plain_fields = True
        self.pads_code = False
        self.sorts_relocations = False
        self.thread_offset = ("dtpoff", "")
        self.cfa_version = 1
        self.cfa_code_align = 1
        self.cfa_data_align = -8 if bits == 64 else -4
        self.cfa_return_column = 16 if bits == 64 else 8
        word = bits // 8
        self.cfa_initial: Sequence[tuple[str, int, int]] = [("def_cfa", 7 if bits == 64 else 4, word), ("offset", self.cfa_return_column, -word)]
        self.first_mode = mode
        self.relax_got = True
        self.shared = False             # -mshared: jumps to global symbols of the same section stay relocations
        self.intel = False              # text is in Intel syntax (-masm=intel), registers without a mark
        self.text_start = ""
        self.gcc16 = False              # .code16gcc: 32-bit defaults for stack operations in 16-bit mode
        self.encoder = Encoder(mode)
        self.diagnostics: Diagnostics | None = None

    def speak_intel(self) -> None:
        """Text that is made or read is in Intel syntax."""
        self.intel = True
        self.text_start = ".intel_syntax noprefix"

    def start(self, diagnostics: Diagnostics) -> None:
        """See `Isa`."""
        self.diagnostics = diagnostics
        self.set_mode(self.first_mode)

    def set_mode(self, mode: int) -> None:
        """Mode of the code that follows: 16, 32, 64."""
        self.encoder = Encoder(mode)
        self.encoder.relax_got = self.relax_got
        self.gcc16 = False

    # ------------------------------------------------------------ instructions
    def encode(self, row: int, operands: Sequence[int], expressions: Sequence[Expr], code: Contents, loc: Loc) -> None:
        """See `Isa`.  Jumps to symbols end the fragment: layout chooses their length."""
        form = FORMS[row]
        if form.relaxable and operands[0] & KIND_MASK == EXPR:
            e = expressions[operands[0] >> SHIFT]
            mode = self.encoder.mode
            through_table = e.op == ex.SYMBOL and e.modifier == "plt" and form.size != 16 and (mode != 16 or form.size == 32)
            if through_table:
                e = Expr(ex.SYMBOL, e.value, e.symbol)
            if not (e.op == ex.SYMBOL and e.modifier):
                code.data += self.encoder.prefixes
                state = JMP if form.base_name.startswith("jmp") else form.opcode & 15
                size = form.size or (16 if mode == 16 else 32)
                if size == 16:
                    state |= WIDE16
                if size != (16 if mode == 16 else 32) and mode != 64:
                    state |= PREFIX
                if through_table or (mode == 64 and e.op == ex.SYMBOL and not e.value):
                    state |= PLT
                longest = (5 if state & JMP else 6) - (2 if size == 16 else 0) + (1 if state & PREFIX else 0)
                code.relaxable(state, 0, plus(e, -2 if size == 16 else -4), 2, longest, loc)
                tail = code.tails[-1]
                if tail is not None:
                    tail.replaceable = through_table or self.shared
                return
        self.encoder.encode(row, operands, expressions, code, loc)

    def relax(self, tail: Tail, distance: int | None) -> int:
        """See `Isa`.  The expression has the size of the long displacement taken off already."""
        state = tail.state
        if distance is not None:
            away = distance + (2 if state & WIDE16 else 4) - 2
            if -128 <= away < 128:
                return 2
        return (5 if state & JMP else 6) - (2 if state & WIDE16 else 0) + (1 if state & PREFIX else 0)

    def relaxed(self, tail: Tail, address: int) -> tuple[bytes, list[tuple[int, int]]]:
        """See `Isa`."""
        state = tail.state
        if tail.length == 2:
            kind = relocations.K_JUMP8_16 if state & WIDE16 else relocations.K_JUMP8
            return bytes([0xEB if state & JMP else 0x70 | state & 15, 0]), [(1, kind)]
        head = b"\x66" if state & PREFIX else b""
        head += b"\xe9" if state & JMP else bytes([0x0F, 0x80 | state & 15])
        if state & WIDE16:
            return head + b"\0\0", [(len(head), relocations.K_PC16)]
        return head + b"\0\0\0\0", [(len(head), relocations.K_PLT32 if state & PLT else relocations.K_PC32)]

    def print(self, row: int, operands: Sequence[int], expressions: Sequence[str]) -> str:
        """Text of one instruction, in the syntax of `intel`."""
        return printer.intel(row, operands, expressions) if self.intel else printer.att(row, operands, expressions)

    def operator_text(self, modifier: str, text: str, addend: int) -> str:
        """See `Isa`: `symbol@PLT+addend`."""
        return f"{text}@{modifier.upper()}" + (f"{addend:+d}" if addend else "")

    # ------------------------------------------------------------ registers
    def register(self, name: str) -> int:
        """See `Isa`; with or without `%`."""
        return registers.NUMBERS.get(name.removeprefix("%"), -1)

    def register_name(self, number: int) -> str:
        """See `Isa`."""
        return registers.NAMES[number] if self.intel else "%" + registers.NAMES[number]

    def dwarf_register(self, name: str) -> int:
        """See `Isa`."""
        number = self.register(name)
        return -1 if number < 0 else registers.dwarf_number(number, self.bits)

    def dwarf_number(self, register: int) -> int:
        """See `Isa`."""
        return registers.dwarf_number(register, self.bits)

    # ------------------------------------------------------------ directives and padding
    def option(self, name: str, arguments: Sequence[str], code: Contents, loc: Loc) -> bool:
        """`.code16`, `.code16gcc`, `.code32`, `.code64`, `.arch`, `.att_syntax prefix`."""
        if name in ("code16", "code16gcc", "code32", "code64"):
            mode = int(name[4:6])
            self.set_mode(mode)
            self.gcc16 = name == "code16gcc"
            return True
        return name == "arch"

    def nops(self, size: int) -> bytes:
        """See `Isa`: the longest ones first; where they would be too many, a jump over the others."""
        mode = self.encoder.mode
        table = NOPS if self.bits == 64 else NOPS16 if mode == 16 else NOPS32
        longest = len(table) - 1
        if size // longest > (MOST_NOPS16 if mode == 16 else MOST_NOPS):
            if size - 2 < 128:
                head = bytes((0xEB, size - 2))
            else:
                head = b"\x66\xe9" if mode == 16 else b"\xe9"
                head += (size - len(head) - 4).to_bytes(4, "little")
            size -= len(head)
            return head + table[longest] * (size // longest) + table[size % longest]
        return table[longest] * (size // longest) + table[size % longest]

    def code_alignment(self) -> int:
        """See `Isa`: instructions have none."""
        return 1

    def end_padding(self) -> bytes:
        """See `Isa`."""
        return b""

    def align_code(self, alignment: int, limit: int, code: Contents, loc: Loc) -> bool:
        """See `Isa`."""
        return False

    def mapping(self, code: bool) -> str:
        """x86 has no mapping symbols."""
        return ""

    # ------------------------------------------------------------ fixups
    def value_kind(self, size: int, pc_relative: bool, modifier: str) -> int:
        """See `Isa`."""
        if modifier:
            table = relocations.OPERATORS64 if self.bits == 64 else relocations.OPERATORS32
            if modifier == "gotpcrel" and size == 4:
                return relocations.K_GOTPCREL
            if modifier == "gotoff" and size == 4:
                return relocations.K_GOTOFF_DATA
            return table.get(modifier, {}).get(size, -1)
        table_plain = ({1: relocations.K_PC8, 2: relocations.K_PC16, 4: relocations.K_PC32, 8: relocations.K_PC64} if pc_relative else
                       {1: relocations.K_8, 2: relocations.K_16, 4: relocations.K_32, 8: relocations.K_64})
        return table_plain.get(size, -1)

    def must_relocate(self, kind: int, symbol: MCSymbol) -> bool:
        """See `Isa`: a global symbol may be replaced at run time."""
        return symbol.binding >= STB_GLOBAL or kind in (relocations.K_GOTPCREL, relocations.K_GOTPCRELX, relocations.K_REX_GOTPCRELX)

    def patch(self, kind: int, data: bytearray, offset: int, value: int, loc: Loc) -> None:
        """See `Isa`."""
        relocations.patch(self.kinds, kind, data, offset, value, loc)

    def hint(self, kind: int, data: bytearray, offset: int, addend: int) -> None:
        """See `Isa`: the addend is in the field where relocations have none."""
        if not self.rela and self.kinds[kind].size:
            relocations.patch(self.kinds, kind, data, offset, addend, 0)

    def settle(self, kind: int, symbol: MCSymbol) -> int:
        """See `Isa`: branches to symbols of this file that nothing can replace need no PLT; the GOT has relocations of its own."""
        if symbol.name == relocations.GOT:
            return relocations.FROM_HERE.get(kind, kind)
        if kind == relocations.K_PLT32 and symbol.section != -1 and symbol.binding < STB_GLOBAL and symbol.kind != STT_GNU_IFUNC:
            return relocations.K_PC32
        return kind

    def by_section(self, kind: int, symbol: MCSymbol) -> bool:
        """See `Isa`: not where the linker makes a table entry for the symbol itself."""
        return kind in relocations.BY_SECTION and symbol.section >= 0 and symbol.binding < STB_GLOBAL

    def relocation_kind(self, name: str) -> int:
        """See `Isa`."""
        return relocations.elf_number(name, self.bits)

    def cfa_kinds(self, size: int) -> tuple[int, int]:
        """See `Isa`: advances are constants."""
        return -1, -1

    def leb128_kinds(self) -> tuple[int, int]:
        """See `Isa`: differences are constants."""
        return -1, -1

    def elf_flags(self) -> int:
        """x86 defines none."""
        return 0

    def extra_sections(self) -> list[Section]:
        """None; `.note.gnu.property` is written as a section by who wants it."""
        return []

