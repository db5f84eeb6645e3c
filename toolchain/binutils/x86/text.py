"""What both syntaxes of the disassembly of x86 share: Capstone decodes, and its spelling is brought to that of GNU objdump."""
from __future__ import annotations

import re
from typing import Final

from toolchain.binutils.decoder import CapstoneDecoder

NUMBER: Final = re.compile(r"(?<![\w%.])(-?)(0x[0-9a-f]+|\d+)(?![\w.])")
FLOAT_ARITHMETIC: Final = frozenset(("fadd", "fmul", "fsub", "fsubr", "fdiv", "fdivr"))
FLOAT_POPPING: Final = frozenset(("faddp", "fmulp", "fsubp", "fsubrp", "fdivp", "fdivrp"))


class X86Text(CapstoneDecoder):
    """x86 in either syntax."""

    def __init__(self, mode: str, syntax: str) -> None:
        super().__init__(1, 7, "CS_ARCH_X86", [mode], syntax)

    def undefined(self, data: bytes, offset: int, address: int, end: int) -> tuple[int, str, int | None]:
        """See `CapstoneDecoder`."""
        left = end - offset
        if left < 15 and next(self.engine.disasm_lite(data[offset:end] + bytes(15), address, 1), None) is not None:
            return 1, f".byte 0x{data[offset]:x}", None  # the instruction goes beyond what there is
        return 1, "(bad)", None

    def has_displacement(self, raw: bytes) -> bool:
        """Whether an instruction encodes a displacement (of 0, which Capstone does not show)."""
        self.engine.detail = True
        found = False
        for instruction in self.engine.disasm(raw, 0, 1):
            found = bool(instruction.disp_offset)
        self.engine.detail = False
        return found

    def pseudo_index(self, raw: bytes) -> bool:
        """Whether a LEA has an index byte without index (padding in 32-bit code), which GNU shows as register eiz or riz."""
        opcode = raw.find(b"\x8d")
        if opcode < 0 or opcode + 2 >= len(raw) or raw[opcode + 1] >> 6 == 3 or raw[opcode + 1] & 7 != 4:
            return False
        return raw[opcode + 2] >> 3 & 7 == 4 and raw[opcode + 2] & 7 != 4

    def nop_prefix(self, raw: bytes) -> str:
        """The prefixes of a long no-operation."""
        return "data16 " * (raw[:14].count(b"\x66") - 1) + "cs"


def hexadecimal(m: re.Match[str]) -> str:
    """A number as GNU writes it."""
    return f"{m.group(1)}0x{int(m.group(2), 0):x}"
