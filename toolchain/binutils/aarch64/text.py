"""The disassembly of AArch64: Capstone's, in the spelling of GNU objdump."""
from __future__ import annotations

import re
from typing import Final

from toolchain.binutils.decoder import CapstoneDecoder

_ARM_NUMBER: Final = re.compile(r"#(-?)(0x[0-9a-f]+|\d+)")
_ARM_BRANCHES: Final = frozenset(("b", "bl", "cbz", "cbnz", "tbz", "tbnz", "adr", "adrp"))
_ARM_DECIMAL: Final = frozenset(("lsl", "lsr", "asr", "ror", "ubfx", "sbfx", "bfi", "bfxil", "ubfiz", "sbfiz", "extr", "tbz", "tbnz"))


class Aarch64Text(CapstoneDecoder):
    """AArch64."""

    def __init__(self) -> None:
        super().__init__(4, 4, "CS_ARCH_ARM64", ["CS_MODE_ARM"])

    def undefined(self, data: bytes, offset: int, address: int, end: int) -> tuple[int, str, int | None]:
        """See `CapstoneDecoder`."""
        size = min(4, end - offset)
        value = int.from_bytes(data[offset:offset + size], "little")
        return size, f".inst\t0x{value:08x} ; undefined" if size == 4 else f".byte\t0x{value:x}", None

    def format(self, size: int, mnemonic: str, operands: str, address: int, raw: bytes) -> tuple[int, str, int | None]:
        """See `CapstoneDecoder`."""
        if mnemonic in _ARM_BRANCHES or mnemonic.startswith("b."):
            head, _, last = operands.rpartition("#")
            if last:
                target = int(last, 0)
                head = _ARM_NUMBER.sub(_arm_decimal, head)
                return size, f"{mnemonic}\t{head}{target:x}", target
        before, bracket, inside = operands.partition("[")
        if bracket or mnemonic in _ARM_DECIMAL:
            text = _ARM_NUMBER.sub(_arm_decimal, operands)
        else:
            text = re.sub(r"(lsl|lsr|asr|ror|uxtw|sxtw|uxtx|sxtx|uxtb|uxth|sxtb|sxth) #(0x[0-9a-f]+|\d+)", _arm_shift, operands)
            text = re.sub(r"(?<![a-z] )#(-?)(0x[0-9a-f]+|\d+)", _arm_hexadecimal, text)
        if mnemonic == "mov" and "#" in text:
            value = int(text.rpartition("#")[2], 0)
            if text.startswith("w"):
                text = f"{text.rpartition('#')[0]}#0x{value & 0xFFFFFFFF:x}"
                value = value - (1 << 32) if value >> 31 == 1 else value
            else:
                text = f"{text.rpartition('#')[0]}#0x{value & 0xFFFFFFFFFFFFFFFF:x}"
            text = f"{text:<24}\t// #{value}"
        return size, f"{mnemonic}\t{text}" if text else mnemonic, None


def _arm_decimal(m: re.Match[str]) -> str:
    return f"#{m.group(1)}{int(m.group(2), 0)}"


def _arm_hexadecimal(m: re.Match[str]) -> str:
    return f"#{m.group(1)}0x{int(m.group(2), 0):x}"


def _arm_shift(m: re.Match[str]) -> str:
    return f"{m.group(1)} #{int(m.group(2), 0)}"
