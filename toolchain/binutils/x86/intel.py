"""The disassembly of x86 in Intel syntax."""
from __future__ import annotations

import re
from typing import Final

from toolchain.binutils.x86.text import FLOAT_ARITHMETIC, FLOAT_POPPING, NUMBER, X86Text, hexadecimal

_LONE_INTEL_BASE: Final = re.compile(r"\[([er])(\w+)(?=\]|[+-]0x)")
_SIZE_WORDS: Final = re.compile(r"\b[A-Z]+ PTR ")
_SIZES: Final = re.compile(r"\b(byte|word|dword|qword|xmmword|ymmword|zmmword|fword|xword) ptr")
_INTEL_SCALE: Final = re.compile(r"\*0x([1248])\b")
_INDEX: Final = re.compile(r"\[([a-z]\w*)\+([a-z]\w*)(?=[]+-])")
_INTEL_RIP: Final = re.compile(r"\[rip([+-]0x[0-9a-f]+)?\]")
_ABSOLUTE: Final = re.compile(r"(?:\b([c-gs]s):)?\[(-?0x[0-9a-f]+)\]")
_INTEL_STRING: Final = re.compile(r"(movs|cmps|stos|lods|scas)[bwdq]")
_NEGATIVE: Final = re.compile(r"(?:^|,)-(0x[0-9a-f]+)$")
_SHORT_REGISTERS: Final = re.compile(r"(?:(r\d+b|[a-d][lh]|[sd]il|[sb]pl)|(r\d+w|[a-d]x|[sd]i|[sb]p)|(r\d+d|e[a-z]{2}))$")
_FLOAT_COMPARING: Final = {"fcomi": "fcomi", "fucomi": "fucomi", "fcompi": "fcomip", "fucompi": "fucomip"}
_INTEL_WIDTHS: Final = {"BYTE": 8, "WORD": 16, "DWORD": 32, "QWORD": 64}


def _size_word(m: re.Match[str]) -> str:
    return "TBYTE PTR" if m.group(1) == "xword" else m.group(1).upper() + " PTR"


def _absolute(m: re.Match[str]) -> str:
    return f"{m.group(1) or 'ds'}:{m.group(2)}"


def _intel_width(operands: str) -> int:
    """Bits of an instruction's first operand."""
    first = operands.partition(",")[0]
    if " PTR " in first:
        return _INTEL_WIDTHS.get(first.partition(" ")[0], 64)
    m = _SHORT_REGISTERS.match(first)
    return 64 if m is None else 8 if m.group(1) else 16 if m.group(2) else 32


class X86Intel(X86Text):
    """x86 in Intel syntax."""

    def __init__(self, mode: str) -> None:
        super().__init__(mode, "")

    def format(self, size: int, mnemonic: str, operands: str, address: int, raw: bytes) -> tuple[int, str, int | None]:
        """See `CapstoneDecoder`."""
        prefix, _, name = mnemonic.rpartition(" ")
        if operands[:1].isdigit() and (name.startswith("j") or name in ("call", "loop", "loope", "loopne", "xbegin")):
            target = int(operands, 0)
            return size, f"{prefix} {name} {target:x}" if prefix else f"{name:<6} {target:x}", target
        text = _SIZES.sub(_size_word, operands.replace(", ", ",")).replace(" + ", "+").replace(" - ", "-").replace(" {", "{")
        text = _INTEL_SCALE.sub(r"*\1", NUMBER.sub(hexadecimal, text)).replace("st(0x", "st(")
        text = _INDEX.sub(r"[\1+\2*1", text)
        if "[" in text and "0x" not in text[text.index("["):text.index("]")] and self.has_displacement(raw):
            text = text.replace("]", "+0x0]", 1)
        if name == "lea" and self.pseudo_index(raw):
            text = _LONE_INTEL_BASE.sub(r"[\1\2+\1iz*1", text)
        text = _ABSOLUTE.sub(_absolute, text)
        prefix, name, text = self.spelled(prefix, name, text, raw)
        rip = _INTEL_RIP.search(text)
        comment = ""
        place: int | None = None
        if rip is not None:
            distance = int(rip.group(1) or "0", 16)
            place = (address + size + distance) & 0xFFFFFFFFFFFFFFFF
            if distance < 0:
                text = text.replace(rip.group(), f"[rip+{distance & 0xFFFFFFFFFFFFFFFF:#x}]")
            comment = f"        # {place:x}"
        if prefix:
            return size, (f"{prefix} {name} {text}" if text else f"{prefix} {name}") + comment, place
        return size, (f"{name:<6} {text}" if text else name) + comment, place

    def spelled(self, prefix: str, name: str, text: str, raw: bytes) -> tuple[str, str, str]:
        """Prefix, name and operands as GNU spells them where Capstone does otherwise."""
        if text.endswith(",0x1") and any(b in (0xD0, 0xD1) for b in raw[:3]) and name in ("shl", "shr", "sar", "rol", "ror", "rcl", "rcr"):
            text = text[:-3] + "1"
        negative = _NEGATIVE.search(text)
        if negative is not None:
            value = -int(negative.group(1), 16) & (1 << _intel_width(text)) - 1
            text = f"{text[:negative.start(1) - 1]}{value:#x}"
        if _INTEL_STRING.fullmatch(name) and "[" in text and "xmm" not in text:
            name = name[:4]
            text = re.sub(r"(?:es:)?\[([re]?di)\]", r"es:[\1]", text)
            text = re.sub(r"(?<!:)\[([re]?si)\]", r"ds:[\1]", text)
        if name in ("mov", "movabs") and raw.lstrip(b"\x26\x2e\x36\x3e\x64\x65\x66\x67\x48")[:1] in (b"\xa0", b"\xa1", b"\xa2", b"\xa3"):
            text = _SIZE_WORDS.sub("", text)        # an address alone
        if text.startswith("st(") and name in FLOAT_ARITHMETIC | FLOAT_POPPING | _FLOAT_COMPARING.keys():
            name = _FLOAT_COMPARING.get(name, name)
            text = text.partition(",")[0]
            text = f"{text},st" if name in FLOAT_POPPING or raw[-2:-1] == b"\xdc" else f"st,{text}"
        if name == "nop" and "cs:" in text:
            prefix = self.nop_prefix(raw)
            text = text.replace("cs:", "")
        if raw == b"\x66\x90":
            name, text = "xchg", "ax,ax"
        if raw[:1] == b"\x3e" and name in ("jmp", "call"):
            prefix, text = "notrack", text.replace("ds:", "")
        return prefix, name, text
