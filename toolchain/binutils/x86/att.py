"""The disassembly of x86 in AT&T syntax."""
from __future__ import annotations

import re
from typing import Final

from toolchain.binutils.x86.text import FLOAT_ARITHMETIC, FLOAT_POPPING, NUMBER, X86Text, hexadecimal

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
_LONE_BASE: Final = re.compile(r"\(%([er])(\w+)\)")


class X86Att(X86Text):
    """x86 in AT&T syntax."""

    def __init__(self, mode: str) -> None:
        super().__init__(mode, "CS_OPT_SYNTAX_ATT")

    def format(self, size: int, mnemonic: str, operands: str, address: int, raw: bytes) -> tuple[int, str, int | None]:
        """See `CapstoneDecoder`."""
        prefix, _, name = mnemonic.rpartition(" ")
        target: int | None = None
        name = _NO_OPERAND_SUFFIX.get(name, name)
        if operands and (name.startswith("j") or name in ("call", "loop", "loope", "loopne", "xbegin")) and operands[0] in "0123456789":
            target = int(operands, 0)
            return size, f"{prefix} {name} {target:x}" if prefix else f"{name:<6} {target:x}", target
        text = operands.replace(", ", ",")
        text = NUMBER.sub(hexadecimal, text)
        if "(" in text and "%rip" not in text and _BARE.search(text) and self.has_displacement(raw):
            text = _BARE.sub("0x0(", text, 1)
        text = text.replace(" {", "{")
        if "%st(" in text:
            text = text.replace("%st(0x", "%st(")
            if name in FLOAT_ARITHMETIC | FLOAT_POPPING:
                operand = text.removeprefix("%st(0),") if text != "%st(0),%st" else "%st(0)"
                operand = operand.partition(",")[0]
                text = f"%st,{operand}" if name in FLOAT_POPPING or raw[-2:-1] == b"\xdc" else f"{operand},%st"
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
