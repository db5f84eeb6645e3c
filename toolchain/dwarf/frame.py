"""Call frame information: .debug_frame and .eh_frame (DWARF 5, section 6.4; LSB Core, ".eh_frame")."""
from __future__ import annotations

from typing import Final

from toolchain.dwarf.leb128 import DwarfError, Reader

DW_EH_PE_OMIT: Final = 0xFF
DW_EH_PE_PCREL: Final = 0x10

ADVANCE: Final = 0x40
OFFSET: Final = 0x80
RESTORE: Final = 0xC0
UNDEFINED: Final = 0x07
SAME_VALUE: Final = 0x08
REGISTER: Final = 0x09
EXPRESSION: Final = 0x10
VAL_OFFSET: Final = 0x14
VAL_EXPRESSION: Final = 0x16

CFA_NAMES: Final = {
    0x00: "nop", 0x01: "set_loc", 0x02: "advance_loc1", 0x03: "advance_loc2", 0x04: "advance_loc4", 0x05: "offset_extended",
    0x06: "restore_extended", 0x07: "undefined", 0x08: "same_value", 0x09: "register", 0x0A: "remember_state", 0x0B: "restore_state",
    0x0C: "def_cfa", 0x0D: "def_cfa_register", 0x0E: "def_cfa_offset", 0x0F: "def_cfa_expression", 0x10: "expression",
    0x11: "offset_extended_sf", 0x12: "def_cfa_sf", 0x13: "def_cfa_offset_sf", 0x14: "val_offset", 0x15: "val_offset_sf",
    0x16: "val_expression", 0x2D: "GNU_window_save", 0x2E: "GNU_args_size", 0x40: "advance_loc", 0x80: "offset", 0xC0: "restore"}


class Instruction:
    """One call frame instruction: its opcode (0x40, 0x80, 0xC0 for the packed ones), operands as
    they count (factors applied), and an expression's bytes."""

    def __init__(self, opcode: int, first: int = 0, second: int = 0, block: bytes = b"") -> None:
        self.opcode = opcode
        self.first = first
        self.second = second
        self.block = block


class FrameEntry:
    """A CIE or FDE.  `cie` is the FDE's CIE, None for a CIE; `terminator` marks a zero length."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.length = 0
        self.offset_size = 4
        self.identifier = 0
        self.terminator = False
        self.cie: FrameEntry | None = None
        self.version = 0
        self.augmentation = ""
        self.augmentation_data = b""
        self.code_factor = 1
        self.data_factor = 1
        self.return_register = 0
        self.address_size = 8
        self.encoding = 0
        self.pc_begin = 0
        self.pc_range = 0
        self.instructions: list[Instruction] = []


def encoded_size(encoding: int, address_size: int) -> int:
    """The bytes of a pointer in a DW_EH_PE encoding (0: not of fixed size)."""
    return {0: address_size, 2: 2, 3: 4, 4: 8, 10: 2, 11: 4, 12: 8, 8: address_size}.get(encoding & 15, 0)


def read_frames(data: bytes, address: int, eh_frame: bool, address_size: int, little: bool) -> list[FrameEntry]:
    """All entries of a section that stands at `address`.  Raises DwarfError."""
    out: list[FrameEntry] = []
    cies: dict[int, FrameEntry] = {}
    r = Reader(data, 0, None, little)
    while not r.at_end():
        entry = FrameEntry(r.position)
        entry.length, entry.offset_size = r.initial_length()
        if entry.length == 0:
            entry.terminator = True
            out.append(entry)
            continue
        start = r.position
        end = start + entry.length
        if end > len(data):
            raise DwarfError(f"frame entry at offset {entry.offset:#x} is longer than its section")
        body = Reader(data, start, end, little)
        entry.identifier = body.number(4 if eh_frame else entry.offset_size)
        is_cie = entry.identifier == (0 if eh_frame else (1 << 8 * entry.offset_size) - 1)
        if is_cie:
            _cie(entry, body, eh_frame, address_size)
            cies[entry.offset] = entry
        else:
            place = start - entry.identifier if eh_frame else entry.identifier
            cie = cies.get(place)
            if cie is None:
                raise DwarfError(f"frame entry at offset {entry.offset:#x} refers to a CIE at {place:#x}, which does not exist")
            _fde(entry, cie, body, address)
        _instructions(entry, body)
        out.append(entry)
        r.position = end
    return out


def _cie(entry: FrameEntry, r: Reader, eh_frame: bool, address_size: int) -> None:
    entry.version = r.number(1)
    entry.augmentation = r.string()
    entry.address_size = address_size
    if entry.augmentation == "eh":
        r.number(address_size)
    if entry.version >= 4 and not eh_frame:
        entry.address_size = r.number(1)
        r.number(1)
    if entry.address_size not in (2, 4, 8):
        raise DwarfError(f"CIE at offset {entry.offset:#x} has addresses of {entry.address_size} bytes")
    entry.code_factor = r.uleb()
    entry.data_factor = r.sleb()
    entry.return_register = r.number(1) if entry.version == 1 else r.uleb()
    if not entry.augmentation.startswith("z"):
        return
    entry.augmentation_data = r.take(r.uleb())
    p = Reader(entry.augmentation_data, 0, None, r.little)
    for letter in entry.augmentation[1:]:
        if letter == "R":
            entry.encoding = p.number(1)
        elif letter == "L":
            p.number(1)
        elif letter == "P":
            p.take(encoded_size(p.number(1), entry.address_size))
        elif letter not in "SB":
            return


def _fde(entry: FrameEntry, cie: FrameEntry, r: Reader, address: int) -> None:
    entry.cie = cie
    entry.version = cie.version
    entry.code_factor = cie.code_factor
    entry.data_factor = cie.data_factor
    entry.return_register = cie.return_register
    entry.address_size = cie.address_size
    entry.encoding = cie.encoding
    size = encoded_size(cie.encoding, cie.address_size)
    if not size:
        raise DwarfError(f"pointer encoding {cie.encoding:#x} is not supported")
    place = r.position
    entry.pc_begin = r.signed(size) if cie.encoding & 8 else r.number(size)
    if cie.encoding & 0x70 == DW_EH_PE_PCREL:
        entry.pc_begin += address + place
    entry.pc_begin &= (1 << 8 * cie.address_size) - 1
    entry.pc_range = r.number(size)
    if cie.augmentation.startswith("z"):
        entry.augmentation_data = r.take(r.uleb())


def _instructions(entry: FrameEntry, r: Reader) -> None:
    code, data = entry.code_factor, entry.data_factor
    out = entry.instructions
    while not r.at_end():
        byte = r.number(1)
        packed = byte & 0xC0
        if packed == ADVANCE:
            out.append(Instruction(ADVANCE, (byte & 0x3F) * code))
        elif packed == OFFSET:
            out.append(Instruction(OFFSET, byte & 0x3F, r.uleb() * data))
        elif packed == RESTORE:
            out.append(Instruction(RESTORE, byte & 0x3F))
        elif byte in (0x00, 0x0A, 0x0B, 0x2D):
            out.append(Instruction(byte))
        elif byte == 0x01:
            size = encoded_size(entry.encoding, entry.address_size)
            out.append(Instruction(byte, r.number(size or entry.address_size)))
        elif byte in (0x02, 0x03, 0x04):
            out.append(Instruction(byte, r.number(1 << (byte - 2)) * code))
        elif byte in (0x05, 0x14):
            out.append(Instruction(byte, r.uleb(), r.uleb() * data))
        elif byte in (0x11, 0x15):
            out.append(Instruction(byte, r.uleb(), r.sleb() * data))
        elif byte in (0x06, 0x07, 0x08, 0x0D, 0x0E, 0x2E):
            out.append(Instruction(byte, r.uleb()))
        elif byte in (0x09, 0x0C):
            out.append(Instruction(byte, r.uleb(), r.uleb()))
        elif byte == 0x12:
            out.append(Instruction(byte, r.uleb(), r.sleb() * data))
        elif byte == 0x13:
            out.append(Instruction(byte, r.sleb() * data))
        elif byte == 0x0F:
            out.append(Instruction(byte, 0, 0, r.take(r.uleb())))
        elif byte in (0x10, 0x16):
            out.append(Instruction(byte, r.uleb(), 0, r.take(r.uleb())))
        else:
            raise DwarfError(f"call frame instruction {byte:#x} at offset {r.position - 1:#x} is not known")


class Rule:
    """How to find a register's old value: `kind` is an opcode that says how, `value` its operand."""

    def __init__(self, kind: int, value: int) -> None:
        self.kind = kind
        self.value = value


class FrameRow:
    """The rules from `address` on."""

    def __init__(self, address: int, cfa_register: int, cfa_offset: int, cfa_expression: bool, rules: dict[int, Rule]) -> None:
        self.address = address
        self.cfa_register = cfa_register
        self.cfa_offset = cfa_offset
        self.cfa_expression = cfa_expression
        self.rules = rules


class _Machine:
    """Executes call frame instructions."""

    def __init__(self, address: int) -> None:
        self.address = address
        self.register = 0
        self.offset = 0
        self.expression = False
        self.rules: dict[int, Rule] = {}
        self.initial: dict[int, Rule] = {}
        self.stack: list[tuple[dict[int, Rule], int, int, bool]] = []
        self.rows: list[FrameRow] = []

    def emit(self) -> None:
        self.rows.append(FrameRow(self.address, self.register, self.offset, self.expression, dict(self.rules)))

    def run(self, instructions: list[Instruction], show: bool) -> None:
        for i in instructions:
            op = i.opcode
            if op in (ADVANCE, 2, 3, 4):
                if show:
                    self.emit()
                self.address += i.first
            elif op == 1:
                if show:
                    self.emit()
                self.address = i.first
            elif op == 0x0C or op == 0x12:
                self.register, self.offset, self.expression = i.first, i.second, False
            elif op == 0x0D:
                self.register, self.expression = i.first, False
            elif op == 0x0E or op == 0x13:
                self.offset = i.first
            elif op == 0x0F:
                self.expression = True
            elif op == 0x0A:
                self.stack.append((dict(self.rules), self.register, self.offset, self.expression))
            elif op == 0x0B:
                if self.stack:
                    rules, self.register, self.offset, self.expression = self.stack.pop()
                    self.rules = rules
            else:
                self.rule(i)

    def rule(self, i: Instruction) -> None:
        op = i.opcode
        if op in (OFFSET, 0x05, 0x11):
            self.rules[i.first] = Rule(OFFSET, i.second)
        elif op in (0x14, 0x15):
            self.rules[i.first] = Rule(VAL_OFFSET, i.second)
        elif op in (RESTORE, 0x06):
            self.rules[i.first] = self.initial.get(i.first, Rule(UNDEFINED, 0))
        elif op in (UNDEFINED, SAME_VALUE, REGISTER, EXPRESSION, VAL_EXPRESSION):
            self.rules[i.first] = Rule(op, i.second)


def mentioned_registers(instructions: list[Instruction]) -> list[int]:
    """Registers for which the instructions give a rule."""
    kinds = (OFFSET, RESTORE, 0x05, 0x06, 0x07, 0x08, 0x09, 0x10, 0x11, 0x14, 0x15, 0x16)
    return [i.first for i in instructions if i.opcode in kinds]


def frame_rows(entry: FrameEntry) -> list[FrameRow]:
    """The unwind table of an FDE, or the initial row of a CIE; registers not yet known are undefined."""
    machine = _Machine(entry.pc_begin)
    if entry.cie is not None:
        for register in mentioned_registers(entry.cie.instructions):
            machine.rules[register] = Rule(UNDEFINED, 0)
        machine.run(entry.cie.instructions, False)
        machine.address = entry.pc_begin
        machine.initial = dict(machine.rules)
    for register in mentioned_registers(entry.instructions):
        machine.rules.setdefault(register, Rule(UNDEFINED, 0))
    machine.run(entry.instructions, entry.cie is not None)
    if any(i.opcode for i in entry.instructions):
        machine.emit()
    return machine.rows
