"""Text of one x86 instruction, in AT&T or Intel syntax (GNU as manual, "AT&T Syntax versus Intel Syntax")."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from toolchain.isa.x86 import registers
from toolchain.isa.x86.instructions import FORMS, MEMORY_OPERANDS, P_MEM, ROWS, Form
from toolchain.mc.model.operand import EXPR, IMM, KIND_MASK, NO_REG, SHIFT

NO_NUMBER: Final = NO_REG >> SHIFT
# Intel's names where they are not the base of AT&T's.
INTEL_NAMES: Final = {
    "movzb": "movzx", "movzw": "movzx", "cbtw": "cbw", "cwtl": "cwde", "cltq": "cdqe", "cwtd": "cwd", "cltd": "cdq", "cqto": "cqo",
    "pushfl": "pushfd", "popfl": "popfd", "pushal": "pushad", "popal": "popad", "iretl": "iretd", "lret": "retf", "lretw": "retfw", "lretl": "retfd",
    "lretq": "retfq", "ljmp": "jmp", "lcall": "call", "jmpq": "jmp", "callq": "call", "insl": "insd", "outsl": "outsd", "cmpsl": "cmpsd",
    "stosl": "stosd", "lodsl": "lodsd", "scasl": "scasd", "calll": "calld", "jmpl": "jmpd", "leavel": "leaved", "retl": "retd"}
EXTENDING: Final = {"movsb": "movsx", "movsw": "movsx", "movsl": "movsxd"}
REVERSED: Final = {"fsub": "fsubr", "fsubr": "fsub", "fdiv": "fdivr", "fdivr": "fdiv", "fsubp": "fsubrp", "fsubrp": "fsubp", "fdivp": "fdivrp",
                   "fdivrp": "fdivp"}
"""Subtractions and divisions whose destination is %st(i): AT&T syntax has them the wrong way round."""
SIZES: Final = {"m8": "BYTE PTR ", "m16": "WORD PTR ", "m32": "DWORD PTR ", "m64": "QWORD PTR ", "m128": "XMMWORD PTR ", "m256": "YMMWORD PTR ", "m": "", "mx": "", "my": ""}


def _texts(form: Form, operands: Sequence[int], expressions: Sequence[str], memory: Callable[[Form, str, Sequence[int], Sequence[str]], str],
           value: Callable[[str, int, Sequence[str]], str]) -> list[str]:
    """The operands of an instruction in the table's order: `memory` writes one in memory, `value` any other."""
    texts: list[str] = []
    at = 0
    for place, kind in zip(form.places, form.kinds):
        if place == P_MEM:
            texts.append(memory(form, kind, operands[at:at + MEMORY_OPERANDS], expressions))
            at += MEMORY_OPERANDS
        else:
            texts.append(value(kind, operands[at], expressions))
            at += 1
    return texts


def att(row: int, operands: Sequence[int], expressions: Sequence[str]) -> str:
    """AT&T text."""
    name, _, rest = ROWS[row].template.partition(" ")
    texts = _texts(FORMS[row], operands, expressions, _att_memory, _att_value)
    return f"{name}\t{rest.format(*texts)}" if rest else name


def _att_value(kind: str, v: int, expressions: Sequence[str]) -> str:
    tag = v & KIND_MASK
    if kind == "one":
        return "$1"
    if tag == EXPR or tag == IMM:
        text = expressions[v >> SHIFT] if tag == EXPR else str(v >> SHIFT)
        return text if kind.startswith(("rel", "moffs")) else "$" + text
    return "%" + registers.NAMES[v >> SHIFT]


def _att_memory(form: Form, kind: str, operands: Sequence[int], expressions: Sequence[str]) -> str:
    base, scale, index, disp, segment = operands
    text = ""
    if segment >> SHIFT != NO_NUMBER:
        text = "%" + registers.NAMES[segment >> SHIFT] + ":"
    if disp & KIND_MASK == EXPR:
        text += expressions[disp >> SHIFT]
    elif disp >> SHIFT or (base >> SHIFT == NO_NUMBER and index >> SHIFT == NO_NUMBER):
        text += str(disp >> SHIFT)
    if base >> SHIFT == NO_NUMBER and index >> SHIFT == NO_NUMBER:
        return text
    inner = "" if base >> SHIFT == NO_NUMBER else "%" + registers.NAMES[base >> SHIFT]
    if index >> SHIFT != NO_NUMBER:
        inner += f",%{registers.NAMES[index >> SHIFT]},{scale >> SHIFT or 1}"
    return f"{text}({inner})"


def intel(row: int, operands: Sequence[int], expressions: Sequence[str]) -> str:
    """Intel text, registers without a mark."""
    form = FORMS[row]
    texts = _texts(form, operands, expressions, _intel_sized_memory, _intel_value)
    name = intel_name(form)
    if form.far and len(texts) == 2:
        return f"{name}\t{texts[0]}:{texts[1]}"
    return f"{name}\t{', '.join(texts)}" if texts else name


def _intel_value(kind: str, v: int, expressions: Sequence[str]) -> str:
    tag = v & KIND_MASK
    if kind == "one":
        return "1"
    if kind.startswith("moffs"):
        return expressions[v >> SHIFT] if tag == EXPR else f"ds:{v >> SHIFT}"
    if tag == EXPR:
        return expressions[v >> SHIFT] if kind.startswith("rel") else "OFFSET FLAT:" + expressions[v >> SHIFT]
    if tag == IMM:
        return str(v >> SHIFT)
    return registers.NAMES[v >> SHIFT]


def _intel_sized_memory(form: Form, kind: str, operands: Sequence[int], expressions: Sequence[str]) -> str:
    return _size_text(form, kind) + intel_memory(operands, expressions)


def intel_name(form: Form) -> str:
    """Intel's mnemonic of a form."""
    name = form.base_name
    if name in EXTENDING:
        return EXTENDING[name] if form.kinds else "movsd" if name == "movsl" else name
    if name in REVERSED and (not form.kinds or form.kinds[0] == "sti" and (len(form.kinds) == 2 or name[-1] == "p")):
        return REVERSED[name]
    if form.suffix == "w" and name in ("push", "pop") and form.kinds[0] not in ("r16", "m16"):
        return name + "w"
    if form.kinds == [] and form.suffix and form.base_name + form.suffix in INTEL_NAMES:
        return INTEL_NAMES[form.base_name + form.suffix]
    return INTEL_NAMES.get(name, name)


def _size_text(form: Form, kind: str) -> str:
    if kind == "m" and form.suffix == "t":
        return "TBYTE PTR "
    if form.star and kind == "m":
        return "FWORD PTR " if form.size != 16 else "DWORD PTR "
    return SIZES[kind]


def intel_memory(operands: Sequence[int], expressions: Sequence[str]) -> str:
    """`segment:displacement[base+index*scale]`."""
    base, scale, index, disp, segment = (operands[i] >> SHIFT for i in range(MEMORY_OPERANDS))
    symbolic = operands[3] & KIND_MASK == EXPR
    number = expressions[disp] if symbolic else str(disp) if disp else ""
    text = registers.NAMES[segment] + ":" if segment != NO_NUMBER else ""
    if base == NO_NUMBER and index == NO_NUMBER:
        return text + number if symbolic else (text or "ds:") + (number or "0")
    parts: list[str] = []
    if base != NO_NUMBER:
        parts.append(registers.NAMES[base])
    if index != NO_NUMBER:
        parts.append(f"{registers.NAMES[index]}*{scale or 1}")
    inner = "+".join(parts)
    if symbolic:
        return f"{text}{number}[{inner}]"
    return f"{text}[{inner}{disp:+d}]" if disp else f"{text}[{inner}]"
