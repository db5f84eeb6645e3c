"""Instruction decoders behind one interface: RISC-V by our own tables, x86 and AArch64 by Capstone,
whose spelling is brought to that of GNU objdump."""
from __future__ import annotations

import re
from typing import Any, Final

from toolchain.binutils.decode_riscv import RiscvDecoder
from toolchain.binutils.machines import Machine
from toolchain.diagnostics import ToolError
from toolchain.elf.constants import EM_386, EM_AARCH64, EM_RISCV, EM_X86_64


class Decoder:
    """Decodes instructions; `chunk` and `line` are the bytes printed as one number and in one row."""

    def __init__(self, chunk: int, line: int) -> None:
        self.chunk = chunk
        self.line = line

    def decode(self, data: bytes, offset: int, address: int, end: int) -> tuple[int, str, int | None]:
        """Size, text and the address to name after it (None: none) of the instruction at data[offset:end]."""
        raise NotImplementedError

    def mark(self, offset: int, is_data: bool, next_mark: int) -> None:
        """Tell what a mapping symbol says: from here to `next_mark` there is data, or code."""

    def set_global_pointer(self, address: int) -> None:
        """Where gp points in this file, for machines that address data from it."""

    def row_sizes(self, raw: bytes) -> list[int]:
        """How many bytes each printed row holds."""
        return [min(self.line, len(raw) - i) for i in range(0, len(raw), self.line)]

    def byte_rows(self, raw: bytes, wide: bool) -> list[str]:
        """The bytes of an instruction as text, padded to the column where its text begins; one row, however long, if `wide`."""
        chunk = self.chunk
        if len(raw) % chunk:
            chunk = 2 if len(raw) % 2 == 0 else 1
        width = self.line // chunk * (2 * chunk + 1)
        rows: list[str] = []
        step = max(self.line, len(raw)) if wide else self.line
        for i in range(0, len(raw), step):
            row = raw[i:i + step]
            text = "".join(row[k:k + chunk][::-1].hex() + " " for k in range(0, len(row), chunk))
            rows.append(text if i else text.ljust(width))
        return rows


class RiscvText(Decoder):
    """RISC-V, 16- and 32-bit instructions."""

    def __init__(self, bits: int) -> None:
        super().__init__(4, 8)
        self.decoder = RiscvDecoder(bits)
        self.data_until = -1

    def set_global_pointer(self, address: int) -> None:
        """See `Decoder`."""
        self.decoder.global_pointer = address

    def mark(self, offset: int, is_data: bool, next_mark: int) -> None:
        """See `Decoder`."""
        self.data_until = next_mark if is_data else -1

    def byte_rows(self, raw: bytes, wide: bool) -> list[str]:
        """See `Decoder`."""
        self.chunk = 2 if len(raw) == 2 else 1 if len(raw) == 1 else 4
        return super().byte_rows(raw, wide)

    def decode(self, data: bytes, offset: int, address: int, end: int) -> tuple[int, str, int | None]:
        """See `Decoder`."""
        left = min(end, len(data)) - offset
        if offset < self.data_until:
            size = min(4, left, self.data_until - offset)
            size = 2 if size == 3 else size
            value = int.from_bytes(data[offset:offset + size], "little")
            name = {1: ".byte", 2: ".short", 4: ".word"}[size]
            return size, f"{name}\t0x{value:0{2 * size}x}", None
        if left < 2:
            return 1, f".byte\t0x{data[offset]:02x}", None
        half = int.from_bytes(data[offset:offset + 2], "little")
        if half & 3 != 3:
            size = 2
        elif left < 4:
            return 2, f".2byte\t0x{half:x}", None
        else:
            size = 4
        word = int.from_bytes(data[offset:offset + size], "little")
        text, target, comment = self.decoder.decode(word, address, size)
        if target is None:
            return size, text, None
        return size, f"{text} # {target:x}" if comment else f"{text}{target:x}", target


class CapstoneDecoder(Decoder):
    """What Capstone decodes."""

    def __init__(self, chunk: int, line: int, arch: str, mode: list[str], intel: bool, step: int, bad: str) -> None:
        super().__init__(chunk, line)
        try:
            import capstone
        except ImportError:
            raise ToolError("disassembly for this machine needs the capstone package") from None
        flags = 0
        for name in mode:
            flags |= getattr(capstone, name)
        self.engine: Any = capstone.Cs(getattr(capstone, arch), flags)
        if arch == "CS_ARCH_X86" and not intel:
            self.engine.syntax = capstone.CS_OPT_SYNTAX_ATT
        self.step = step
        self.bad = bad

    def decode(self, data: bytes, offset: int, address: int, end: int) -> tuple[int, str, int | None]:
        """See `Decoder`."""
        for _, size, mnemonic, operands in self.engine.disasm_lite(data[offset:min(end, offset + 16)], address, 1):
            return self.format(int(size), str(mnemonic), str(operands), address, data[offset:offset + int(size)])
        size = min(self.step, end - offset)
        if self.step == 1:
            left = end - offset
            if left < 15 and next(self.engine.disasm_lite(data[offset:end] + bytes(15), address, 1), None) is not None:
                return 1, f".byte 0x{data[offset]:x}", None  # the instruction goes beyond what there is
            return 1, self.bad, None
        value = int.from_bytes(data[offset:offset + size], "little")
        return size, f".inst\t0x{value:08x} ; undefined" if size == 4 else f".byte\t0x{value:x}", None

    def format(self, size: int, mnemonic: str, operands: str, address: int, raw: bytes) -> tuple[int, str, int | None]:
        """Bring Capstone's spelling to GNU's."""
        return size, f"{mnemonic}\t{operands}", None


_NUMBER: Final = re.compile(r"(?<![\w%.])(-?)(0x[0-9a-f]+|\d+)(?![\w.])")
_RIP: Final = re.compile(r"(-?0x[0-9a-f]+)?\(%rip\)")
_SCALE: Final = re.compile(r",0x([1248])\)")
_WIDTHS: Final = {"b": 8, "w": 16, "l": 32, "q": 64}
_STRING: Final = {"movs": "%ds:(%rsi),%es:(%rdi)", "cmps": "%es:(%rdi),%ds:(%rsi)", "stos": "", "lods": "", "scas": ""}
_BARE: Final = re.compile(r"(?<![0-9a-f])\(")
_REGISTER: Final = re.compile(r"(?<!\*)%(r[a-z0-9]+|e[a-z]{2}|[a-d][lhx]|[sd]il?|[sb]pl?)(?![^(]*\))")
_KEEP_SUFFIX: Final = frozenset("movsbl movsbw movsbq movswl movswq movslq movzbl movzbw movzbq movzwl movzwq cwtl cltq cqto cltd "
                                "call jmp sysretl sysretq iretl iretq iretw movabsq shl".split())
_SUFFIXED: Final = frozenset(
    "add adc and bsf bsr bt btc btr bts cmp cmpxchg dec div idiv imul inc lea mov mul neg nop not or pop push rcl rcr rol ror sal sar "
    "sbb shl shld shr shrd sub test xadd xchg xor cmova cmovae cmovb cmovbe cmove cmovg cmovge cmovl cmovle cmovne cmovno cmovnp "
    "cmovns cmovo cmovp cmovs movbe popcnt tzcnt lzcnt andn blsi blsr blsmsk bextr bzhi mulx pdep pext rorx sarx shlx shrx crc32 "
    "in out ret enter leave lods stos scas cmps movs call jmp bswap adcx adox ud1 lar lsl str sldt smsw verr verw ltr lldt lmsw".split())
_NO_OPERAND_SUFFIX: Final = {"retq": "ret", "leaveq": "leave", "callq": "call", "jmpq": "jmp", "pushfq": "pushf", "popfq": "popf",
                             "wait": "fwait", "retl": "ret", "leavel": "leave", "calll": "call", "jmpl": "jmp"}


class X86Text(CapstoneDecoder):
    """x86 in either syntax."""

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


class X86Att(X86Text):
    """x86 in AT&T syntax."""

    def format(self, size: int, mnemonic: str, operands: str, address: int, raw: bytes) -> tuple[int, str, int | None]:
        """See `CapstoneDecoder`."""
        prefix, _, name = mnemonic.rpartition(" ")
        target: int | None = None
        name = _NO_OPERAND_SUFFIX.get(name, name)
        if operands and (name.startswith("j") or name in ("call", "loop", "loope", "loopne", "xbegin")) and operands[0] in "0123456789":
            target = int(operands, 0)
            return size, f"{prefix} {name} {target:x}" if prefix else f"{name:<6} {target:x}", target
        text = operands.replace(", ", ",")
        text = _NUMBER.sub(_hexadecimal, text)
        if "(" in text and "%rip" not in text and _BARE.search(text) and self.has_displacement(raw):
            text = _BARE.sub("0x0(", text, 1)
        text = text.replace(" {", "{")
        if "%st(" in text:
            text = text.replace("%st(0x", "%st(")
            if name in _FLOAT_ARITHMETIC | _FLOAT_POPPING:
                operand = text.removeprefix("%st(0),") if text != "%st(0),%st" else "%st(0)"
                operand = operand.partition(",")[0]
                text = f"%st,{operand}" if name in _FLOAT_POPPING or raw[-2:-1] == b"\xdc" else f"{operand},%st"
            if name[:5] in ("fucom", "fcomi", "fcomp"):
                name = {"fucompi": "fucomip", "fcompi": "fcomip"}.get(name, name)
                text += ",%st" if name in ("fucomi", "fucomip", "fcomi", "fcomip") else ""
        text = _SCALE.sub(_plain_scale, text)
        text = re.sub(r"\((%[re]\w+),(%[re]\w+)\)", r"(\1,\2,1)", text).replace("()", "(,%eiz,1)")
        if name.startswith("lea") and "%eiz" not in text and self.pseudo_index(raw):
            text = _LONE_BASE.sub(r"(%\1\2,%\1iz,1)", text)
        if text.startswith("$-") and name[-1:] in _WIDTHS:
            value, comma, rest = text[1:].partition(",")
            text = f"${int(value, 16) & ((1 << _WIDTHS[name[-1]]) - 1):#x}{comma}{rest}"
        if text.startswith("$0x1,") and any(b in (0xD0, 0xD1) for b in raw[:3]) and name[:3] in ("shl", "shr", "sar", "rol", "ror", "rcl", "rcr"):
            text = text[5:]
        vector = "%xmm" in text or "%mm" in text
        if name[-1:] in "bwlq" and name[:-1] in _SUFFIXED and name not in _KEEP_SUFFIX and _REGISTER.search(text) and not vector:
            name = name[:-1]
        elif name[:-1] in ("push", "pop") or (vector and name[:-1] in ("cvtsi2sd", "cvtsi2ss", "vcvtsi2sd", "vcvtsi2ss") and "(" not in text):
            name = name[:-1]
        if name == "movabsq":
            name = "movabs"
        if name[:4] in _STRING and (name[4:] in ("", "b", "w", "l", "q", "d")):
            text = _string_operands(name, text)
            if _REGISTER.search(text.partition("(")[0]):
                name = name[:4]
        if name.startswith("nop") and "%cs:" in text:
            prefix = self.nop_prefix(raw)
            text = text.replace("%cs:", "")
        if raw == b"\x66\x90":
            name, text = "xchg", "%ax,%ax"
        if raw[:1] == b"\x3e" and name in ("jmp", "call"):
            prefix, text = "notrack", text.replace("%ds:", "")
        rip = _RIP.search(text)
        if rip is not None:
            displacement = int(rip.group(1) or "0", 16)
            if not rip.group(1):
                text = text.replace("(%rip)", "0x0(%rip)")
            target = (address + size + displacement) & 0xFFFFFFFFFFFFFFFF
        if prefix:
            line = f"{prefix} {name} {text}" if text else f"{prefix} {name}"
        else:
            line = f"{name:<6} {text}" if text else name
        return size, f"{line}        # {target:x}" if target is not None else line, target


def _plain_scale(m: re.Match[str]) -> str:
    return f",{m.group(1)})"


def _string_operands(name: str, text: str) -> str:
    """Operands of string instructions with the segments that GNU shows."""
    kind = name[:4]
    if "(" not in text:
        return text
    if kind in ("stos", "scas"):
        return text.replace("%es:", "").replace("(", "%es:(")
    if kind == "lods":
        return text.replace("%ds:", "").replace("(", "%ds:(")
    registers = re.findall(r"\(%(\w+)\)", text)
    if len(registers) != 2:
        return text
    a, b = registers
    first, second = ("%ds:", "%es:") if kind == "movs" else ("%es:", "%ds:")
    return f"{first}(%{a}),{second}(%{b})"


def _hexadecimal(m: re.Match[str]) -> str:
    return f"{m.group(1)}0x{int(m.group(2), 0):x}"


_LONE_BASE: Final = re.compile(r"\(%([er])(\w+)\)")
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
_FLOAT_ARITHMETIC: Final = frozenset(("fadd", "fmul", "fsub", "fsubr", "fdiv", "fdivr"))
_FLOAT_POPPING: Final = frozenset(("faddp", "fmulp", "fsubp", "fsubrp", "fdivp", "fdivrp"))
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

    def format(self, size: int, mnemonic: str, operands: str, address: int, raw: bytes) -> tuple[int, str, int | None]:
        """See `CapstoneDecoder`."""
        prefix, _, name = mnemonic.rpartition(" ")
        if operands[:1].isdigit() and (name.startswith("j") or name in ("call", "loop", "loope", "loopne", "xbegin")):
            target = int(operands, 0)
            return size, f"{prefix} {name} {target:x}" if prefix else f"{name:<6} {target:x}", target
        text = _SIZES.sub(_size_word, operands.replace(", ", ",")).replace(" + ", "+").replace(" - ", "-").replace(" {", "{")
        text = _INTEL_SCALE.sub(r"*\1", _NUMBER.sub(_hexadecimal, text)).replace("st(0x", "st(")
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
        if text.startswith("st(") and name in _FLOAT_ARITHMETIC | _FLOAT_POPPING | _FLOAT_COMPARING.keys():
            name = _FLOAT_COMPARING.get(name, name)
            text = text.partition(",")[0]
            text = f"{text},st" if name in _FLOAT_POPPING or raw[-2:-1] == b"\xdc" else f"st,{text}"
        if name == "nop" and "cs:" in text:
            prefix = self.nop_prefix(raw)
            text = text.replace("cs:", "")
        if raw == b"\x66\x90":
            name, text = "xchg", "ax,ax"
        if raw[:1] == b"\x3e" and name in ("jmp", "call"):
            prefix, text = "notrack", text.replace("ds:", "")
        return prefix, name, text


_ARM_NUMBER: Final = re.compile(r"#(-?)(0x[0-9a-f]+|\d+)")
_ARM_BRANCHES: Final = frozenset(("b", "bl", "cbz", "cbnz", "tbz", "tbnz", "adr", "adrp"))
_ARM_DECIMAL: Final = frozenset(("lsl", "lsr", "asr", "ror", "ubfx", "sbfx", "bfi", "bfxil", "ubfiz", "sbfiz", "extr", "tbz", "tbnz"))


class Aarch64Text(CapstoneDecoder):
    """AArch64."""

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


_X86_DIALECTS: Final = ("att", "intel", "intel-mnemonic", "att-mnemonic", "i8086", "addr16", "data16", "i386", "addr32", "data32", "x86-64", "addr64")
DIALECTS: Final[dict[int, tuple[str, ...]]] = {EM_X86_64: _X86_DIALECTS, EM_386: _X86_DIALECTS, EM_RISCV: (), EM_AARCH64: ()}


def make_decoder(machine: Machine, dialect: list[str]) -> Decoder:
    """The decoder for a machine; `dialect` is what -M said.  Raises ToolError if there is none."""
    known = DIALECTS.get(machine.number, ())
    for option in dialect:
        if option not in known:
            raise ToolError(f"disassembler option '{option}' is not supported for {machine.architecture}")
    if machine.number == EM_RISCV:
        return RiscvText(machine.bits)
    if machine.number in (EM_X86_64, EM_386):
        mode = "CS_MODE_64" if machine.number == EM_X86_64 and machine.bits == 64 else "CS_MODE_32"
        if "i8086" in dialect or "addr16" in dialect or "data16" in dialect:
            mode = "CS_MODE_16"
        elif "i386" in dialect:
            mode = "CS_MODE_32"
        elif "x86-64" in dialect:
            mode = "CS_MODE_64"
        if "intel" in dialect or "intel-mnemonic" in dialect:
            return X86Intel(1, 7, "CS_ARCH_X86", [mode], True, 1, "(bad)")
        return X86Att(1, 7, "CS_ARCH_X86", [mode], False, 1, "(bad)")
    if machine.number == EM_AARCH64:
        return Aarch64Text(4, 4, "CS_ARCH_ARM64", ["CS_MODE_ARM"], False, 4, "")
    raise ToolError(f"can't disassemble for architecture {machine.architecture}!")
