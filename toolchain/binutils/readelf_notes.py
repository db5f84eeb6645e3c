"""`readelf -n -A`: notes and machine attributes."""
from __future__ import annotations

from typing import Final

from toolchain.binutils.elf_names import GNU_NOTES, PLAIN_NOTES
from toolchain.binutils.machine import Machine
from toolchain.binutils.machines import machine
from toolchain.elf.constants import (
    PT_NOTE,
    SHT_NOTE,
)
from toolchain.elf.reader import ElfFile
from toolchain.elf.records import ByteOrder, align_up, byte_order

ABI_SYSTEMS: Final = {0: "Linux", 1: "Hurd", 2: "Solaris", 3: "FreeBSD", 4: "NetBSD", 5: "Syllable", 6: "NaCl"}


def notes(elf: ElfFile, wide: bool) -> str:
    """-n: the note sections, or the note segments of a file without sections."""
    out: list[str] = []
    if elf.sections:
        for i, s in enumerate(elf.sections):
            if s.kind == SHT_NOTE:
                out.append(f"\nDisplaying notes found in: {s.name}\n")
                out.append(_notes(elf, bytes(elf.section_data(i)), s.align, wide))
    else:
        for p in elf.segments:
            if p.kind == PT_NOTE:
                if p.offset + p.filesz > len(elf.data):
                    raise elf.fail("a note segment is outside the file")
                out.append(f"\nDisplaying notes found at file offset 0x{p.offset:08x} with length 0x{p.filesz:08x}:\n")
                out.append(_notes(elf, bytes(elf.data[p.offset:p.offset + p.filesz]), p.align, wide))
    return "".join(out)


def _notes(elf: ElfFile, data: bytes, align: int, wide: bool) -> str:
    order = byte_order(elf.header.little)
    if align not in (4, 8):
        align = 4
    out = ["  Owner                Data size \tDescription\n"]
    position = 0
    while position + 12 <= len(data):
        name_size = _int(data, position, 4, order)
        size = _int(data, position + 4, 4, order)
        kind = _int(data, position + 8, 4, order)
        start = align_up(position + 12 + name_size, align)
        if start + size > len(data):
            raise elf.fail(f"a note at offset {position:#x} is outside its section")
        owner = data[position + 12:position + 12 + name_size].rstrip(b"\0").decode("utf-8", "replace")
        text = data[start:start + size]
        names = GNU_NOTES if owner == "GNU" else PLAIN_NOTES
        name = names.get(kind, f"Unknown note type: (0x{kind:08x})")
        out.append(f"  {owner:<20} 0x{size:08x}\t{name}")
        described = _describe(elf, owner, kind, text, order)
        out.append("\t" + described[1:] if wide and len(described) > 1 else described)
        position = align_up(start + size, align)
    return "".join(out)


def _int(data: bytes, at: int, size: int, order: ByteOrder) -> int:
    return int.from_bytes(data[at:at + size], order)


def _describe(elf: ElfFile, owner: str, kind: int, text: bytes, order: ByteOrder) -> str:
    if owner == "GNU" and kind == 3:
        return "\n    Build ID: " + text.hex() + "\n"
    if owner == "GNU" and kind == 1 and len(text) >= 16:
        os_number, major, minor, sub = (_int(text, i, 4, order) for i in (0, 4, 8, 12))
        system = ABI_SYSTEMS.get(os_number, "Unknown")
        return f"\n    OS: {system}, ABI: {major}.{minor}.{sub}\n"
    if owner == "GNU" and kind == 4:
        return "\n    Version: " + text.rstrip(b"\0").decode("utf-8", "replace") + "\n"
    if owner == "GNU" and kind == 5:
        return "\n" + _properties(elf, text, order)
    if text:
        return "\n   description data: " + "".join(f"{b:02x} " for b in text) + "\n"
    return "\n"


def _properties(elf: ElfFile, data: bytes, order: ByteOrder) -> str:
    out: list[str] = []
    align = 8 if elf.header.bits == 64 else 4
    position = 0
    while position + 8 <= len(data):
        kind = _int(data, position, 4, order)
        size = _int(data, position + 4, 4, order)
        value = _int(data, position + 8, min(size, 8), order)
        out.append(_property(elf, kind, size, value))
        position += 8 + align_up(size, align)
    return "      Properties: " + "\n\t".join(out) + "\n" if out else "      Properties: \n"


def _property(elf: ElfFile, kind: int, size: int, value: int) -> str:
    known = machine(elf.header.machine).property_text(kind, value)
    if known:
        return known
    if kind == 1:
        return f"stack size: {value:#x}"
    if kind == 2:
        return "no copy on protected "
    if kind == 0xB0008000:
        return "1_needed: " + ("indirect external access" if value & 1 else "<None>")
    return f"<unknown type {kind:#x} data: {value:x}>"


def _uleb(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            break
    return value, at


def attributes(elf: ElfFile) -> str:
    """-A: build attributes (their format is that of "Addenda to, and Errata in, the ABI for the Arm Architecture")."""
    facts = machine(elf.header.machine)
    out: list[str] = []
    for i, s in enumerate(elf.sections):
        if s.kind == facts.attribute_section:
            out.append(_attributes(elf, bytes(elf.section_data(i)), facts))
    return "".join(out)


def _attributes(elf: ElfFile, data: bytes, facts: Machine) -> str:
    if data[:1] != b"A":
        return f"Unknown attributes version '{chr(data[0]) if data else ''}'({data[0] if data else 0}) - expecting 'A'\n"
    out: list[str] = []
    order = byte_order(elf.header.little)
    position = 1
    while position + 4 <= len(data):
        end = position + _int(data, position, 4, order)
        if end > len(data) or end < position + 5:
            raise elf.fail("attribute section is malformed")
        stop = data.find(b"\0", position + 4, end)
        if stop < 0:
            raise elf.fail("attribute section is malformed")
        out.append(f"Attribute Section: {data[position + 4:stop].decode('utf-8', 'replace')}\n")
        at = stop + 1
        while at + 5 <= end:
            last = min(end, at + _int(data, at + 1, 4, order))
            if last < at + 5:
                raise elf.fail("attribute section is malformed")
            out.append({1: "File Attributes\n", 2: "Section Attributes:\n", 3: "Symbol Attributes:\n"}.get(data[at], f"Unknown tag: {data[at]}\n"))
            at += 5
            while at < last:
                at = _attribute(data, at, last, facts, out)
        position = end
    return "".join(out)


def _attribute(data: bytes, at: int, last: int, facts: Machine, out: list[str]) -> int:
    tag, at = _uleb(data, at)
    name = facts.attribute_names.get(tag, f"Tag_unknown_{tag}")
    if tag & 1:
        stop = data.find(b"\0", at, last)
        stop = last if stop < 0 else stop
        out.append(f'  {name}: "{data[at:stop].decode("utf-8", "replace")}"\n')
        return stop + 1
    value, at = _uleb(data, at)
    out.append(f"  {name}: {facts.attribute_text(tag, value)}\n")
    return at
