"""`.insn`: instructions by format and field values (GNU as manual, "RISC-V Instruction Formats")."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.isa.riscv import fields, registers, relocation_types
from toolchain.mc.model import operand as pack

from ..statement import split_arguments

if TYPE_CHECKING:
    from ..assemble import Assembler
    from .syntax import RiscvSyntax

OPCODES: Final[dict[str, int]] = {
    "LOAD": 0x03, "LOAD_FP": 0x07, "CUSTOM_0": 0x0B, "MISC_MEM": 0x0F, "OP_IMM": 0x13, "AUIPC": 0x17, "OP_IMM_32": 0x1B, "STORE": 0x23,
    "STORE_FP": 0x27, "CUSTOM_1": 0x2B, "AMO": 0x2F, "OP": 0x33, "LUI": 0x37, "OP_32": 0x3B, "MADD": 0x43, "MSUB": 0x47, "NMADD": 0x4F,
    "NMSUB": 0x4B, "OP_FP": 0x53, "CUSTOM_2": 0x5B, "BRANCH": 0x63, "JALR": 0x67, "JAL": 0x6F, "SYSTEM": 0x73, "CUSTOM_3": 0x7B, "OP_V": 0x57,
    "C0": 0, "C1": 1, "C2": 2,
}
# format -> fields: name and shift; `O` opcode, fN a constant of N bits, register kinds and immediates as in the instruction table.
FORMATS: Final[dict[str, list[list[tuple[str, int]]]]] = {
    "r": [[("O7", 0), ("f3", 12), ("f7", 25), ("rd", 7), ("rs1", 15), ("rs2", 20)],
          [("O7", 0), ("f3", 12), ("f2", 25), ("rd", 7), ("rs1", 15), ("rs2", 20), ("rs3", 27)]],
    "r4": [[("O7", 0), ("f3", 12), ("f2", 25), ("rd", 7), ("rs1", 15), ("rs2", 20), ("rs3", 27)]],
    "i": [[("O7", 0), ("f3", 12), ("rd", 7), ("rs1", 15), ("imm", 20)], [("O7", 0), ("f3", 12), ("rd", 7), ("imm(", 20)]],
    "s": [[("O7", 0), ("f3", 12), ("rs2", 20), ("soff(", 0)]],
    "b": [[("O7", 0), ("f3", 12), ("rs1", 15), ("rs2", 20), ("boff", 0)]],
    "u": [[("O7", 0), ("rd", 7), ("uimm20", 0)]],
    "j": [[("O7", 0), ("rd", 7), ("joff", 0)]],
    "cr": [[("O2", 0), ("f4", 12), ("rd", 7), ("rs2", 2)]],
    "ci": [[("O2", 0), ("f3", 13), ("rd", 7), ("cimm", 0)]],
    "ciw": [[("O2", 0), ("f3", 13), ("rs2c", 2), ("u8", 5)]],
    "css": [[("O2", 0), ("f3", 13), ("rs2", 2), ("u6", 7)]],
    "cl": [[("O2", 0), ("f3", 13), ("rs2c", 2), ("u5(", 0)]],
    "cs": [[("O2", 0), ("f3", 13), ("rs2c", 2), ("u5(", 0)]],
    "ca": [[("O2", 0), ("f6", 10), ("f2", 5), ("rs1c", 7), ("rs2c", 2)]],
    "cb": [[("O2", 0), ("f3", 13), ("rs1c", 7), ("cboff", 0)]],
    "cj": [[("O2", 0), ("f3", 13), ("cjoff", 0)]],
}
SAME: Final[dict[str, str]] = {"sb": "b", "uj": "j"}


def assemble(syntax: RiscvSyntax, a: Assembler, text: str, loc: Loc) -> None:
    """One `.insn`.  Raises ToolError."""
    head, _, rest = text.partition(" ")
    form = head.strip().lower()
    form = SAME.get(form, form)
    if form not in FORMATS:
        _raw(a, text, loc)
        return
    words = split_arguments(rest)
    size = 2 if form[0] == "c" else 4
    if size == 2 and "c" not in syntax.isa.state.names:
        raise ToolError(f"unrecognized opcode `.insn {text}', extension `c' required", loc)
    for layout in FORMATS[form]:
        if len(layout) == len(words):
            if _encode(syntax, a, layout, words, size, loc):
                return
    raise ToolError(f"illegal operands `.insn {text}'", loc)


def _raw(a: Assembler, text: str, loc: Loc) -> None:
    words = split_arguments(text)
    if len(words) > 2 or not words[0]:
        raise ToolError(f"unrecognized opcode `.insn {text}'", loc)
    value = a.absolute(words[-1], loc, ".insn value")
    size = _length(value)
    if len(words) == 2:
        asked = a.absolute(words[0], loc, ".insn length")
        if asked != size or size == 0:
            raise ToolError(f"instruction length {asked} does not fit value {value:#x}", loc)
    if size == 0 or value < 0 or value >> (8 * size):
        raise ToolError(f"value {value:#x} is not an instruction", loc)
    a.streamer.code_bytes(value.to_bytes(size, "little"))


def _length(value: int) -> int:
    """Bytes of an instruction by its low bits (ISA manual, "Expanded Instruction-Length Encoding")."""
    if value & 3 != 3:
        return 2
    if value & 0x1F != 0x1F:
        return 4
    if value & 0x3F == 0x1F:
        return 6
    return 8 if value & 0x7F == 0x3F else 0


def _encode(syntax: RiscvSyntax, a: Assembler, layout: list[tuple[str, int]], words: list[str], size: int, loc: Loc) -> bool:
    word = 0
    target = ""
    place = ""
    for (kind, shift), text in zip(layout, words):
        if kind[0] == "O" or (kind[0] in "fu" and kind[1:2].isdigit() and kind[-1] != "("):
            bits = int(kind[1:])
            value = OPCODES.get(text.upper(), -1) if kind[0] == "O" else -1
            if value < 0:
                value = a.absolute(text, loc, ".insn field")
            if not 0 <= value < 1 << bits:
                raise ToolError(f"value of a {bits}-bit .insn field is out of range: {value}", loc)
            word |= value << shift
        elif kind[-1] == "(":
            pair = _memory(syntax, a, kind[:-1], text, size, loc)
            if pair < 0:
                return False
            word |= pair
        elif fields.register_class(kind) >= 0:
            number = registers.NUMBERS.get(text, -1)
            if number < 0:
                try:
                    number = int(text, 0)
                except ValueError:
                    return False
            if kind in fields.SMALL_REGISTERS:
                word |= fields.register_bits(kind, number)
            else:
                word |= (number & 31) << shift
        elif kind in ("boff", "joff", "cboff", "cjoff"):
            target, place = text, kind
        else:
            value = a.absolute(text, loc, ".insn operand")
            word |= fields.value_bits(kind, value, syntax.isa.state.bits)
    if not target:
        a.streamer.code_bytes(word.to_bytes(size, "little"))
        return True
    packed = syntax.target(a, target, loc)
    if packed is None:
        return False
    e = a.streamer.expressions[packed >> pack.SHIFT]
    a.streamer.code_bytes(b"")
    kinds = {"boff": relocation_types.R_BRANCH, "joff": relocation_types.R_JAL, "cboff": relocation_types.R_RVC_BRANCH, "cjoff": relocation_types.R_RVC_JUMP}
    a.streamer.current.fixup(0, kinds[place], e, loc)
    a.streamer.current.data += word.to_bytes(size, "little")
    return True


def _memory(syntax: RiscvSyntax, a: Assembler, kind: str, text: str, size: int, loc: Loc) -> int:
    from .syntax import MEMORY
    m = MEMORY.match(text)
    if m is None:
        return -1
    base = registers.NUMBERS.get(m.group(2), -1)
    if base < 0:
        return -1
    value = a.absolute(m.group(1), loc, ".insn offset") if m.group(1).strip() else 0
    if kind == "u5":
        if not 0 <= value < 32:
            raise ToolError(f".insn offset {value} is out of range 0..31", loc)
        return (value & 0x1C) << 8 | (value & 3) << 5 | fields.register_bits("rs1c", base)
    return fields.value_bits(kind, value, syntax.isa.state.bits) | fields.register_bits("rs1", base)
