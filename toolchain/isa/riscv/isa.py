"""RISC-V for the machine-code layer: RV32 and RV64 with all extensions of the instruction table.

What is special here: the linker deletes bytes (relaxation), so branches, differences and alignment
stay relocations; several names are macros of two instructions joined by a label; and an instruction
has a 16-bit form where C is on, chosen by what it does, not by its name.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.diagnostics import NO_LOC, Diagnostics, Loc, ToolError
from toolchain.elf.image import Section
from toolchain.isa.riscv import arch, fields, macros, registers, relocation_types, relocations
from toolchain.isa.riscv.compress import compressed
from toolchain.isa.riscv.instructions import ROWS
from toolchain.isa.riscv.relocation_types import (
    R_32,
    R_64,
    R_ALIGN,
    R_BRANCH,
    R_JAL,
    R_RELAX,
    R_RVC_BRANCH,
    R_RVC_JUMP,
    R_SET6,
    R_SET8,
    R_SET16,
    R_SET32,
    R_SET_ULEB128,
    R_SUB6,
    R_SUB8,
    R_SUB16,
    R_SUB32,
    R_SUB_ULEB128,
    R_TLS_DTPREL32,
    R_TLS_DTPREL64,
)
from toolchain.isa.riscv.relocations import FIXUPS, RELAXABLE, SHRINKS, V_8, V_16
from toolchain.mc.model import expr as ex
from toolchain.mc.model import isa as isa_model
from toolchain.mc.model.expr import Expr, MCSymbol
from toolchain.mc.model.fragment import Contents, Tail
from toolchain.mc.model.operand import EXPR, IMM, KIND_MASK, SHIFT

EM_RISCV: Final = 243
NOP: Final = b"\x13\0\0\0"
C_NOP: Final = b"\x01\0"

# State of a branch that may need a longer form.
UNCONDITIONAL: Final = 1
SHORT: Final = 2                        # has a 16-bit form

# (operand kind, relocation operator) -> relocation
OPERATORS: Final[dict[tuple[str, str], int]] = {
    ("uimm20", "hi"): relocation_types.R_HI20, ("uimm20", "pcrel_hi"): relocation_types.R_PCREL_HI20,
    ("uimm20", "got_pcrel_hi"): relocation_types.R_GOT_HI20, ("uimm20", "tprel_hi"): relocation_types.R_TPREL_HI20,
    ("uimm20", "tls_ie_pcrel_hi"): relocation_types.R_TLS_GOT_HI20, ("uimm20", "tls_gd_pcrel_hi"): relocation_types.R_TLS_GD_HI20,
    ("imm", "lo"): relocation_types.R_LO12_I, ("imm", "pcrel_lo"): relocation_types.R_PCREL_LO12_I, ("imm", "tprel_lo"): relocation_types.R_TPREL_LO12_I,
    ("soff", "lo"): relocation_types.R_LO12_S, ("soff", "pcrel_lo"): relocation_types.R_PCREL_LO12_S,
    ("soff", "tprel_lo"): relocation_types.R_TPREL_LO12_S, ("tpadd", "tprel_add"): relocation_types.R_TPREL_ADD,
}


# Written with an offset or a link register, a jump keeps its long form even where C is on (as in GNU as).
PLAIN_JUMPS: Final = frozenset(r.number for r in ROWS if r.mnemonic in ("jalr", "jr") and len(r.operands) > 1)


MOVES: Final = frozenset(r.number for r in ROWS if r.mnemonic in ("mv", "move") or (r.mnemonic == "add" and "imm" in r.operands))
"""`mv rd, zero` has no compressed form of its own, though `li rd, 0` has."""
NEVER: Final[dict[str, int]] = {"vmsltu.vi": 0x64000057, "vmsgeu.vi": 0x60000057}
"""Unsigned comparisons that with 0 are vmsne.vv and vmseq.vv of the operand with itself: always false, always true."""
PRIVILEGED: Final = frozenset(("mret", "sret", "wfi", "sfence.vma"))


_MAP_NAMES: Final[dict[tuple[int, frozenset[str], tuple[tuple[str, str], ...]], str]] = {}
"""Mapping symbols by mode, remembered because inline assembly changes modes all the time."""


class State:
    """What `.option` changes."""

    def __init__(self, bits: int, names: frozenset[str], versions: dict[str, str], relax: bool, pic: bool) -> None:
        self.versions = versions        # extension -> version, where the user said one
        self.bits = bits
        self.names = names
        self.relax = relax
        self.pic = pic

    def copy(self) -> State:
        """An equal state."""
        return State(self.bits, self.names, self.versions, self.relax, self.pic)


class Riscv:
    """`Isa` for RISC-V."""

    def __init__(self, march: str = "rv64g", abi: str = "", relax: bool = True, pic: bool = False, attributes: bool = True) -> None:
        """`abi` "" means the one that fits `march`.  Raises ToolError for a bad string."""
        bits, names, versions = arch.parse(march)
        self.name = "riscv"
        self.rows: Sequence[isa_model.Row] = ROWS
        self.fixups: Sequence[isa_model.FixupKind] = FIXUPS
        self.machine = EM_RISCV
        self.bits = bits
        self.rela = True
        self.fake_label = ".L0 "
        self.fixed_differences = False
        self.relax_grows = False
        self.keep_local_symbols = True
        self.text_start = ""
        self.line_min_instruction = 1
        self.eh_frame_type = 1
        self.section_symbols = True
        self.cfa_code_align = 1
        self.cfa_data_align = -4
        self.plain_fields = False
        self.pads_code = True
        self.sorts_relocations = True
        self.thread_offset = ("dtprel", ".dtprel")
        self.cfa_version = 3
        self.cfa_return_column = 1
        self.cfa_initial: Sequence[tuple[str, int, int]] = [("def_cfa_register", 2, 0)]
        self.command_line = State(bits, names, versions, relax, pic)
        self.abi = abi or _default_abi(bits, names)
        _check_abi(self.abi, bits, names)
        self.write_attributes = attributes
        self.diagnostics: Diagnostics | None = None
        self.state = self.command_line.copy()
        self.stack: list[State] = []
        self.rvc = False
        self.used_rvc = False
        self.privileged = False         # an instruction or register of the privileged architecture was used
        self.map_name = ""
        self.attributes: dict[int, int | str] = {}
        self.cache: dict[tuple[int, ...], bytes] = {}
        self._caches: dict[tuple[int, frozenset[str]], dict[tuple[int, ...], bytes]] = {}
        self._changed()

    def start(self, diagnostics: Diagnostics) -> None:
        """See `Isa`."""
        self.diagnostics = diagnostics
        self.state = self.command_line.copy()
        self.stack = []
        self.attributes = {}
        self.used_rvc = False
        self.privileged = False
        self._caches = {}
        self._changed()

    def _changed(self) -> None:
        state = self.state
        self.rvc = "c" in state.names
        if self.rvc:
            self.used_rvc = True
        key = (state.bits, state.names, tuple(sorted(state.versions.items())))
        name = _MAP_NAMES.get(key)
        if name is None:
            name = _MAP_NAMES[key] = "$x" + arch.canonical(state.bits, state.names, state.versions)
        self.map_name = name
        cache = self._caches.get((state.bits, state.names))
        if cache is None:
            cache = self._caches[(state.bits, state.names)] = {}
        self.cache = cache

    # Instructions

    def encode(self, row: int, operands: Sequence[int], expressions: Sequence[Expr], code: Contents, loc: Loc) -> None:
        """See `Isa`."""
        key = (row, *operands)
        data = self.cache.get(key)
        if data is not None:
            code.data += data
            return
        r = ROWS[row]
        if not arch.supports(r.extension, self.state.names, self.state.bits):
            raise ToolError(f"unrecognized opcode `{r.mnemonic}', extension `{r.extension}' required", loc)
        if r.flags & isa_model.MACRO:
            macros.expand(self, r, operands, expressions, code, loc)
            return
        if r.mnemonic in PRIVILEGED or "csr" in r.operands:
            self.privileged = True
        word = r.match
        symbolic: Expr | None = None
        symbolic_kind = ""
        for kind, operand in zip(r.operands, operands):
            tag = operand & KIND_MASK
            if tag == EXPR:
                symbolic = expressions[operand >> SHIFT]
                symbolic_kind = kind
            elif tag == IMM:
                word |= fields.value_bits(kind, operand >> SHIFT, self.state.bits)
            else:
                word |= fields.register_bits(kind, operand >> SHIFT)
        if r.mnemonic in NEVER and operands[2] == IMM:
            vs2 = operands[1] >> SHIFT & 31
            word = NEVER[r.mnemonic] | word & 0x02000F80 | vs2 << 20 | vs2 << 15
        if symbolic is None:
            plain = row in PLAIN_JUMPS or (row in MOVES and operands[1] >> SHIFT == 0)
            data = word.to_bytes(4, "little") if plain else self.word_bytes(word, r.size)
            code.data += data
            if word & 0x5F == 0x17 and len(data) == 4 and r.size == 4:
                code.close(None)        # LUI, AUIPC: GNU as starts a fragment here even after a constant
            else:
                self.cache[key] = data
            return
        self._symbolic(r, word, symbolic_kind, symbolic, code, loc)

    def word_bytes(self, word: int, size: int) -> bytes:
        """The instruction as bytes, in its compressed form if there is one and C is on."""
        if size == 4 and self.rvc:
            short = compressed(word, self.state.bits)
            if short:
                return (short & 0xFFFF).to_bytes(2, "little")
        return word.to_bytes(size, "little")

    def put(self, word: int, code: Contents) -> None:
        """Append a 32-bit instruction, compressed if possible."""
        data = self.word_bytes(word, 4)
        code.data += data
        if word & 0x5F == 0x17 and len(data) == 4:
            code.close(None)

    def fixed(self, word: int, kind: int, e: Expr, code: Contents, loc: Loc) -> None:
        """Append a 32-bit instruction with a relocation."""
        code.fixup(0, kind, e, loc)
        if self.state.relax and kind in RELAXABLE:
            code.fixup(0, R_RELAX, None, loc)
            code.shrinks = True
        code.data += word.to_bytes(4, "little")
        if kind in SHRINKS:
            code.close(None)

    def _symbolic(self, r: isa_model.Row, word: int, kind: str, e: Expr, code: Contents, loc: Loc) -> None:
        if kind == "boff" or kind == "joff" or kind == "cjoff" or kind == "cboff":
            self._branch(r, word, kind, e, code, loc)
            return
        modifier = e.modifier
        if modifier and e.left is not None and e.left.op == ex.CONST:
            value = e.left.value
            if modifier == "hi" and kind == "uimm20":
                code.data += (word | relocations.high_part(value)).to_bytes(4, "little")
                code.close(None)
                return
            if modifier == "lo" and kind != "uimm20":
                low = value & 0xFFF
                bits = relocations.store_bits(low) if kind == "soff" else low << 20
                code.data += (word | bits).to_bytes(4, "little")
                return
        number = OPERATORS.get(("imm" if kind == "off" else kind, modifier), -1)
        if number < 0:
            raise ToolError(f"illegal operands `{r.mnemonic}': " + (f"%{modifier} does not fit here" if modifier else "a constant is needed"), loc)
        self.fixed(word, number, e, code, loc)

    def _branch(self, r: isa_model.Row, word: int, kind: str, e: Expr, code: Contents, loc: Loc) -> None:
        if r.size == 2:
            state = SHORT | (UNCONDITIONAL if kind == "cjoff" else 0)
            if kind == "cjoff":
                word = 0x6F | (0x80 if word & 0xE000 == 0x2000 else 0)
            else:
                word = (0x1063 if word & 0xE000 == 0xE000 else 0x63) | (word >> 7 & 7 | 8) << 15
            code.relaxable(state, word, e, 2, 8, loc)
            return
        state = UNCONDITIONAL if kind == "joff" else 0
        if self.rvc:
            if state:
                if r.mnemonic == "j":
                    state |= SHORT
            elif word & 0x6000 == 0 and word >> 20 & 31 == 0 and word >> 18 & 3 == 1:
                state |= SHORT
        code.relaxable(state, word, e, 2 if state & SHORT else 4, 8, loc)

    def relax(self, tail: Tail, distance: int | None) -> int:
        """See `Isa`."""
        state = tail.state
        if distance is None:
            return 4 if state & UNCONDITIONAL else 8
        if state & SHORT:
            reach = 2048 if state & UNCONDITIONAL else 256
            if -reach <= distance < reach:
                return 2
        if state & UNCONDITIONAL or -4096 <= distance < 4096:
            return 4
        return 6 if state & SHORT else 8

    def relaxed(self, tail: Tail, address: int) -> tuple[bytes, list[tuple[int, int]]]:
        """See `Isa`."""
        word = tail.word
        jump = tail.state & UNCONDITIONAL
        if tail.length == 4:
            return word.to_bytes(4, "little"), [(0, R_JAL if jump else R_BRANCH)]
        if tail.length == 2:
            if jump:
                return (0xA001 if word == 0x6F else 0x2001).to_bytes(2, "little"), [(0, R_RVC_JUMP)]
            short = 0xE001 if word & 0x1000 else 0xC001
            return (short | (word >> 8 & 0x380)).to_bytes(2, "little"), [(0, R_RVC_BRANCH)]
        if tail.length == 6:
            short = (0xC001 if word & 0x1000 else 0xE001) | (word >> 8 & 0x380) | relocations.compressed_branch_bits(6)
            return short.to_bytes(2, "little") + b"\x6f\0\0\0", [(2, R_JAL)]
        inverted = word ^ 0x1000 | relocations.branch_bits(8)
        return inverted.to_bytes(4, "little") + b"\x6f\0\0\0", [(4, R_JAL)]

    def print(self, row: int, operands: Sequence[int], expressions: Sequence[str]) -> str:
        """See `Isa`."""
        r = ROWS[row]
        texts: list[str] = []
        for kind, operand in zip(r.operands, operands):
            tag = operand & KIND_MASK
            value = operand >> SHIFT
            if tag == EXPR:
                texts.append(expressions[value])
            elif tag == IMM:
                texts.append(_immediate_text(kind, value))
            elif kind == "vm":
                texts.append("v0.t")
            else:
                texts.append(registers.NAMES[value])
        return f"{r.mnemonic}\t{r.template.format(*texts)}" if r.template else r.mnemonic

    def operator_text(self, modifier: str, text: str, addend: int) -> str:
        """See `Isa`: `%hi(symbol+addend)`, but `symbol@plt`."""
        if modifier == "plt":
            return f"{text}@plt"
        return f"%{modifier}({text}{addend:+d})" if addend else f"%{modifier}({text})"

    # Registers

    def register(self, name: str) -> int:
        """See `Isa`."""
        return registers.NUMBERS.get(name, -1)

    def register_name(self, number: int) -> str:
        """See `Isa`."""
        return registers.NAMES[number]

    def dwarf_register(self, name: str) -> int:
        """See `Isa`."""
        number = registers.NUMBERS.get(name, -1)
        if number >= 0:
            return registers.dwarf_number(number)
        csr = csr_number(name)
        return 4096 + csr if csr >= 0 else -1

    def dwarf_number(self, register: int) -> int:
        """See `Isa`."""
        return registers.dwarf_number(register)

    # Directives

    def option(self, name: str, arguments: Sequence[str], code: Contents, loc: Loc) -> bool:
        """`.option` and `.attribute`."""
        if name == "option":
            try:
                self._option([a.strip() for a in arguments])
            except ToolError as error:
                raise ToolError(error.message, loc) from None
            return True
        if name == "attribute":
            self._attribute([a.strip() for a in arguments], loc)
            return True
        return False

    def _option(self, words: list[str]) -> None:
        what = words[0] if words else ""
        state = self.state
        if what == "rvc":
            state.names = state.names | {"c"}
        elif what == "norvc":
            state.names = state.names - {"c"}
        elif what in ("relax", "norelax"):
            state.relax = what == "relax"
        elif what in ("pic", "nopic"):
            state.pic = what == "pic"
        elif what == "push":
            self.stack.append(state.copy())
        elif what == "pop":
            if not self.stack:
                raise ToolError(".option pop with no .option push")
            self.state = self.stack.pop()
        elif what == "arch" and len(words) > 1:
            if words[1][:1] in "+-":
                state.names = arch.change(state.bits, state.names, words[1:])
            else:
                state.bits, state.names, state.versions = arch.parse(words[1])
        elif what not in ("csr-check", "no-csr-check"):
            raise ToolError(f"unrecognized .option directive: {what}")
        self._changed()

    def _attribute(self, words: list[str], loc: Loc) -> None:
        tags = {"arch": 5, "priv_spec": 8, "priv_spec_minor": 10, "priv_spec_revision": 12, "unaligned_access": 6, "stack_align": 4}
        if len(words) != 2:
            raise ToolError(".attribute needs a tag and a value", loc)
        text = words[0].removeprefix("Tag_RISCV_")
        tag = tags.get(text, -1)
        if tag < 0:
            try:
                tag = int(text, 0)
            except ValueError:
                raise ToolError(f"unknown attribute {words[0]}", loc) from None
        value = words[1]
        if tag & 1:
            if value[:1] != '"' or value[-1:] != '"':
                raise ToolError("attribute needs a string", loc)
            self.attributes[tag] = value[1:-1]
            if tag == 5:
                state = self.state
                state.bits, state.names, state.versions = arch.parse(value[1:-1])
                self._changed()
        else:
            try:
                self.attributes[tag] = int(value, 0)
            except ValueError:
                raise ToolError("attribute needs a number", loc) from None

    # Code layout

    def nops(self, size: int) -> bytes:
        """See `Isa`."""
        return b"\0" * (size & 1) + C_NOP * (size >> 1 & 1) + NOP * (size >> 2)

    def code_alignment(self) -> int:
        """See `Isa`."""
        return 2 if self.rvc else 4

    def align_code(self, alignment: int, limit: int, code: Contents, loc: Loc) -> bool:
        """R_RISCV_ALIGN where the linker relaxes: the most that may be needed, which it then trims."""
        if not self.state.relax:
            return False
        worst = alignment - self.code_alignment()
        code.fixup(0, R_ALIGN, ex.const(worst), loc)
        code.shrinks = True
        code.data += self.nops(worst)
        code.close(None)
        return True

    def end_padding(self) -> bytes:
        """See `Isa`: the linker moves what follows, so that no instructions are needed."""
        return b"\0" if self.state.relax else b""

    def mapping(self, code: bool) -> str:
        """See `Isa`."""
        return self.map_name if code else "$d"

    # Fixups

    def value_kind(self, size: int, pc_relative: bool, modifier: str) -> int:
        """See `Isa`."""
        if pc_relative:
            return relocation_types.R_32_PCREL if size == 4 else -1
        if modifier == "dtprel":
            return R_TLS_DTPREL32 if size == 4 else R_TLS_DTPREL64 if size == 8 else -1
        if modifier:
            return -1
        return {1: V_8, 2: V_16, 4: R_32, 8: R_64}.get(size, -1)

    def must_relocate(self, kind: int, symbol: MCSymbol) -> bool:
        """See `Isa`."""
        return True

    def patch(self, kind: int, data: bytearray, offset: int, value: int, loc: Loc) -> None:
        """See `Isa`."""
        relocations.patch(kind, data, offset, value, loc)

    def hint(self, kind: int, data: bytearray, offset: int, addend: int) -> None:
        """See `Isa`: the addend is in the instruction's low part as well."""
        if addend and (kind in RELAXABLE or kind in (R_TLS_DTPREL32, R_TLS_DTPREL64)):
            relocations.patch(kind, data, offset, addend, NO_LOC)

    def settle(self, kind: int, symbol: MCSymbol) -> int:
        """See `Isa`."""
        return kind

    def by_section(self, kind: int, symbol: MCSymbol) -> bool:
        """See `Isa`."""
        return False

    def relocation_kind(self, name: str) -> int:
        """See `Isa`."""
        return relocations.BY_NAME.get(name, -1)

    def cfa_kinds(self, size: int) -> tuple[int, int]:
        """See `Isa`."""
        if size == 0:
            return R_SET6, R_SUB6
        if size == 1:
            return R_SET8, R_SUB8
        return (R_SET16, R_SUB16) if size == 2 else (R_SET32, R_SUB32)

    def leb128_kinds(self) -> tuple[int, int]:
        """See `Isa`."""
        return R_SET_ULEB128, R_SUB_ULEB128

    # The file

    def elf_flags(self) -> int:
        """EF_RISCV_*: RVC 1, float ABI 2 4 6, RVE 8, TSO 16."""
        flags = {"f": 2, "d": 4, "q": 6}.get(self.abi[-1], 0)
        if self.abi.endswith("e"):
            flags |= 8
        if "ztso" in self.state.names:
            flags |= 16
        return flags | (1 if self.used_rvc else 0)

    def extra_sections(self) -> list[Section]:
        """`.riscv.attributes` (RISC-V ELF psABI, chapter "Attributes")."""
        if not self.write_attributes and not self.attributes:
            return []
        values: dict[int, int | str] = {}
        if self.write_attributes or 5 in self.attributes:
            values[5] = arch.canonical(self.state.bits, self.state.names, self.state.versions) if not self.attributes.get(5) or self.write_attributes \
                else str(self.attributes[5])
        values.update({k: v for k, v in self.attributes.items() if k != 5 and v})
        if self.privileged:
            values.update({8: 1, 10: 11})   # privileged specification 1.11
        body = bytearray()
        for tag in sorted(values):
            value = values[tag]
            body += _uleb(tag)
            body += value.encode() + b"\0" if isinstance(value, str) else _uleb(value)
        inner = b"\x01" + (len(body) + 5).to_bytes(4, "little") + bytes(body)
        vendor = b"riscv\0" + inner
        section = Section(".riscv.attributes", 0x70000003, 0, 1)
        section.data = b"A" + (len(vendor) + 4).to_bytes(4, "little") + vendor
        section.size = len(section.data)
        return [section]


def _uleb(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _default_abi(bits: int, names: frozenset[str]) -> str:
    if "e" in names:
        return "ilp32e"
    base = "lp64" if bits == 64 else "ilp32"
    for letter in "qd":
        if letter in names:
            return base + letter
    return base


def _check_abi(abi: str, bits: int, names: frozenset[str]) -> None:
    base = "lp64" if bits == 64 else "ilp32"
    if not abi.startswith(base) or abi[len(base):] not in ("", "f", "d", "q", "e"):
        raise ToolError(f"can't have {'64' if abi.startswith('lp64') else '32'}-bit ABI on {bits}-bit ISA"
                        if abi[:4] in ("lp64", "ilp3") else f"unknown ABI `{abi}'", NO_LOC)
    letter = abi[len(base):]
    if letter in ("f", "d", "q") and letter not in names:
        raise ToolError(f"can't have a {abi} ABI without the `{letter}' extension", NO_LOC)


FENCE_BITS: Final = ((8, "i"), (4, "o"), (2, "r"), (1, "w"))


def _immediate_text(kind: str, value: int) -> str:
    if kind in ("pred", "succ"):
        return "".join(letter for bit, letter in FENCE_BITS if value & bit) or "0"
    if kind == "rm":
        return ("rne", "rtz", "rdn", "rup", "rmm", "5", "6", "dyn")[value & 7]
    return str(value)


def csr_number(name: str) -> int:
    """Number of a CSR by name, -1 if unknown."""
    from toolchain.isa.riscv.csr import NUMBERS
    return NUMBERS.get(name, -1)
