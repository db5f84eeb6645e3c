"""What the object tools must be told of a machine: its facts, and what holds where there are none.

Each target's facts are in a folder of its own named after the instruction set; `machines.py` lists them.  The tools ask for
facts by the e_machine of a file and never for the machine itself.
"""
from __future__ import annotations

from typing import Final

from toolchain.binutils.decoder import Decoder
from toolchain.diagnostics import ToolError
from toolchain.elf.image import Symbol

# What a relocation of a debug section does to the bytes at its place.
SET: Final = 0
ADD: Final = 1
SUBTRACT: Final = 2
PC_RELATIVE: Final = 3
SET6: Final = 4
SUBTRACT6: Final = 5


class Format:
    """One object format: its name (-O, -I, "file format"), ELF machine, class and byte order, and the
    architecture's name (-B, "architecture:")."""

    def __init__(self, format_name: str, number: int, bits: int, little: bool, architecture: str) -> None:
        self.format_name = format_name
        self.number = number
        self.bits = bits
        self.little = little
        self.architecture = architecture


class Machine:
    """A machine of which nothing is known but its e_machine and name; the base of those of which more is."""

    def __init__(self, number: int, name: str, formats: tuple[Format, ...] = ()) -> None:
        self.number = number
        self.name = name
        """As `readelf -h` shows it."""
        self.formats = formats
        self.architecture_aliases: dict[str, tuple[str, tuple[str, ...]]] = {}
        """Other names that `objdump -m` takes: the architecture each means, and the options of -M that it implies."""
        self.section_types: dict[int, str] = {}
        self.segment_types: dict[int, str] = {}
        self.dynamic_tags: dict[int, str] = {}
        self.section_flags: dict[int, str] = {}
        """Processor-specific bits of sh_flags, and the letter of each."""
        self.section_flag_key = ""
        """What the key to the flags says of them."""
        self.other_bits: dict[int, str] = {}
        """Names for st_other without its visibility."""
        self.relocation_names: dict[int, str] = {}
        self.data_relocations: dict[int, tuple[int, int]] = {}
        """Relocations that debug sections have: size in bytes, and what is done (`SET` ...)."""
        self.register_names: list[str] = []
        """By DWARF number; `-` where there is none."""
        self.global_pointer = ""
        """The symbol that the register for small data points to."""
        self.plt_header = 0
        self.plt_entry = 0
        """Bytes before the first entry of .plt, and of each, where entries stand in the order of .rela.plt."""
        self.plt_sections: dict[str, int] = {}
        """Sections of PLT entries that are told by the GOT slot they jump through, and the size of one."""
        self.attribute_section = -1
        """sh_type of the section of build attributes."""
        self.attribute_names: dict[int, str] = {}
        self.unwind_text = ""
        """What `readelf -u` says; a general remark if empty."""
        self.dialects: tuple[str, ...] = ()
        """What -M may say to the disassembler."""

    def flags_text(self, flags: int) -> str:
        """What e_flags says, as readelf appends it after the number."""
        return ""

    def is_mapping_symbol(self, name: str) -> bool:
        """Whether a symbol is one of the ABI's marks for code and data."""
        return False

    def is_special_symbol(self, s: Symbol) -> bool:
        """Whether the tools hide a symbol unless asked."""
        return self.is_mapping_symbol(s.name)

    def names_address(self, name: str) -> bool:
        """Whether a symbol may name an address in a disassembly: not the marks and fake labels of the assembler."""
        return not self.is_mapping_symbol(name)

    def plt_slot(self, data: bytes, at: int, address: int, size: int, got: int) -> int:
        """The GOT slot that the PLT entry of `size` bytes at data[at:], loaded at `address`, jumps through, or -1."""
        return -1

    def property_text(self, kind: int, value: int) -> str:
        """A processor-specific property of .note.gnu.property; empty if it is not known."""
        return ""

    def attribute_text(self, tag: int, value: int) -> str:
        """The value of a build attribute that is a number."""
        return str(value)

    def decoder(self, form: Format, dialect: list[str]) -> Decoder:
        """The instruction decoder; `dialect` holds some of `dialects`.  Raises ToolError if there is none."""
        raise ToolError(f"can't disassemble for architecture {form.architecture}!")


def numbered(prefix: str, first: int, names: str) -> dict[int, str]:
    """Names for consecutive numbers from `first`; `-` skips one."""
    return {first + i: prefix + n for i, n in enumerate(names.split()) if n != "-"}


def bit_names(table: tuple[tuple[int, str], ...], value: int) -> str:
    """The names of the bits of a property, and the rest as a number."""
    words = [name for bit, name in table if value & bit]
    rest = value
    for bit, _ in table:
        rest &= ~bit
    if rest:
        words.append(f"<unknown: {rest:x}>")
    return ", ".join(words) or "<None>"
