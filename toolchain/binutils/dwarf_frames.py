"""`readelf -wf -wF`: call frame information as instructions or as a table."""
from __future__ import annotations

from toolchain.binutils.debug_sections import relocated
from toolchain.binutils.dwarf_names import decode_expression
from toolchain.binutils.machines import machine
from toolchain.dwarf.frame import (
    ADVANCE,
    CFA_NAMES,
    EXPRESSION,
    OFFSET,
    REGISTER,
    RESTORE,
    SAME_VALUE,
    UNDEFINED,
    VAL_EXPRESSION,
    VAL_OFFSET,
    FrameEntry,
    Instruction,
    Rule,
    frame_rows,
    read_frames,
)
from toolchain.dwarf.leb128 import DwarfError
from toolchain.elf.reader import ElfFile


def register_name(e_machine: int, number: int, plain: bool) -> str:
    """A DWARF register's name; `plain` leaves the number out."""
    names = machine(e_machine).register_names
    if number < len(names) and names[number] != "-":
        return names[number] if plain else f"r{number} ({names[number]})"
    return f"r{number}"


def frames(elf: ElfFile, index: int, interpreted: bool) -> str:
    """The entries of section `index`.  Raises ElfError."""
    s = elf.sections[index]
    eh_frame = s.name == ".eh_frame"
    try:
        entries = read_frames(relocated(elf, index, False), s.address, eh_frame, elf.header.bits // 8, elf.header.little)
    except DwarfError as e:
        raise elf.fail(f"{s.name}: {e}") from None
    out = [f"Contents of the {s.name} section:\n\n"]
    for entry in entries:
        _entry(elf, entry, interpreted, out)
    out.append("\n")
    return "".join(out)


def _entry(elf: ElfFile, entry: FrameEntry, interpreted: bool, out: list[str]) -> None:
    width = entry.address_size * 2
    if entry.terminator:
        out.append(f"\n{entry.offset:08x} ZERO terminator\n\n")
        return
    head = f"\n{entry.offset:08x} {entry.length:0{elf.header.bits // 4}x} {entry.identifier:0{entry.offset_size * 2}x}"
    cie = entry.cie
    if cie is None:
        if interpreted:
            out.append(f'{head} CIE "{entry.augmentation}" cf={entry.code_factor} df={entry.data_factor} ra={entry.return_register}\n')
        else:
            out.append(f'{head} CIE\n  Version:               {entry.version}\n  Augmentation:          "{entry.augmentation}"\n')
            if entry.version >= 4:
                out.append(f"  Pointer Size:          {entry.address_size}\n  Segment Size:          0\n")
            out.append(f"  Code alignment factor: {entry.code_factor}\n  Data alignment factor: {entry.data_factor}\n"
                       f"  Return address column: {entry.return_register}\n")
    else:
        end = (entry.pc_begin + entry.pc_range) & ((1 << 8 * entry.address_size) - 1)
        out.append(f"{head} FDE cie={cie.offset:08x} pc={entry.pc_begin:0{width}x}..{end:0{width}x}\n")
    if entry.augmentation_data and not interpreted:
        out.append("  Augmentation data:     " + " ".join(f"{b:02x}" for b in entry.augmentation_data) + "\n")
    if interpreted:
        _table(elf, entry, width, out)
        return
    if cie is None and not entry.augmentation_data:
        out.append("\n")
    address = entry.pc_begin
    for i in entry.instructions:
        if i.opcode in (ADVANCE, 2, 3, 4):
            address += i.first
        elif i.opcode == 1:
            address = i.first
        out.append(f"  DW_CFA_{CFA_NAMES.get(i.opcode, hex(i.opcode))}{_operands(elf, i, address, width)}\n")


def _operands(elf: ElfFile, i: Instruction, address: int, width: int) -> str:
    e_machine = elf.header.machine
    op = i.opcode
    if op in (ADVANCE, 2, 3, 4):
        return f": {i.first} to {address:0{width}x}"
    if op == 1:
        return f": {address:0{width}x}"
    name = register_name(e_machine, i.first, False)
    if op in (OFFSET, 0x05, 0x11):
        return f": {name} at cfa{i.second:+d}"
    if op in (0x14, 0x15):
        return f": {name} is cfa{i.second:+d}"
    if op in (RESTORE, 0x06, 0x07, 0x08, 0x0D):
        return f": {name}"
    if op == 0x09:
        return f": {name} in {register_name(e_machine, i.second, False)}"
    if op in (0x0C, 0x12):
        return f": {name} ofs {i.second}"
    if op in (0x0E, 0x13, 0x2E):
        return f": {i.first}"
    if op == 0x0F:
        return f" ({decode_expression(elf, i.block, register_name)})"
    if op in (0x10, 0x16):
        return f": {name} ({decode_expression(elf, i.block, register_name)})"
    return ""


def _cell(elf: ElfFile, rule: Rule) -> str:
    if rule.kind == UNDEFINED:
        return "u"
    if rule.kind == SAME_VALUE:
        return "s"
    if rule.kind == OFFSET:
        return f"c{rule.value:+d}"
    if rule.kind == VAL_OFFSET:
        return f"v{rule.value:+d}"
    if rule.kind == REGISTER:
        return register_name(elf.header.machine, rule.value, False)
    return {EXPRESSION: "exp", VAL_EXPRESSION: "vexp"}.get(rule.kind, "n/a")


def _table(elf: ElfFile, entry: FrameEntry, width: int, out: list[str]) -> None:
    e_machine = elf.header.machine
    rows = frame_rows(entry)
    if not rows:
        return
    registers = sorted(rows[-1].rules if rows else [])
    columns = "".join("ra    " if r == entry.return_register else f"{register_name(e_machine, r, True):<5} " for r in registers)
    out.append(f"{'   LOC':<{width}} CFA      {columns}\n")
    for row in rows:
        cfa = "exp" if row.cfa_expression else f"{register_name(e_machine, row.cfa_register, True)}{row.cfa_offset:+d}"
        cells = "".join(f"{_cell(elf, row.rules[r]):<5} " for r in registers if r in row.rules)
        out.append(f"{row.address:0{width}x} {cfa:<8} {cells}\n")
