"""Merging .note.gnu.property (x86 psABI, "Program Property")."""
from __future__ import annotations

import struct
from typing import Final

from toolchain.elf.constants import (
    GNU_PROPERTY_X86_FEATURE_1_AND,
    NT_GNU_PROPERTY_TYPE_0,
    SHT_NOTE,
)
from toolchain.ld.model import InputFile, InputSection
from toolchain.ld.state import Link

AND_FIRST: Final = 0xC0000002
AND_LAST: Final = 0xC0007FFF
OR_FIRST: Final = 0xC0008000
OR_LAST: Final = 0xC000FFFF
OR_AND_FIRST: Final = 0xC0010000
OR_AND_LAST: Final = 0xC0017FFF
IBT: Final = 1
SHSTK: Final = 2


def read_properties(data: bytes, align: int) -> dict[int, int]:
    """Type -> value of the 4-byte properties in a note section; malformed notes are taken for empty."""
    out: dict[int, int] = {}
    at = 0
    while at + 12 <= len(data):
        name_size, size, kind = struct.unpack_from("<III", data, at)
        name = at + 12
        body = name + (name_size + 3) // 4 * 4
        end = body + size
        if end > len(data):
            break
        if kind == NT_GNU_PROPERTY_TYPE_0 and data[name:name + name_size] == b"GNU\0":
            while body + 8 <= end:
                kind, length = struct.unpack_from("<II", data, body)
                if length == 4 and body + 12 <= end:
                    out[kind] = struct.unpack_from("<I", data, body + 8)[0]
                body += 8 + (length + align - 1) // align * align
        at = end + (-end % align)
    return out


def merge_properties(link: Link) -> None:
    """One note for all inputs: AND features hold only if every object has them, OR ones if any has."""
    align = link.word
    per_file: dict[InputFile, dict[int, int]] = {}
    first: InputSection | None = None
    for s in link.sections:
        if s.name == ".note.gnu.property" and s.kind == SHT_NOTE and s.alive:
            per_file.setdefault(s.file, {}).update(read_properties(bytes(s.data), align))
            s.alive = False
            first = first or s
    if first is None and not (link.options.ibt or link.options.shstk):
        return
    files = [f for f in link.files if any(s is not None and s.alive and s.flags & 4 for s in f.sections) or f in per_file]
    merged: dict[int, int] = {}
    types = sorted({t for p in per_file.values() for t in p})
    for t in types:
        values = [per_file.get(f, {}).get(t) for f in files]
        present = [v for v in values if v is not None]
        if AND_FIRST <= t <= AND_LAST:
            value = 0
            if len(present) == len(values):
                value = present[0]
                for v in present:
                    value &= v
        elif OR_AND_FIRST <= t <= OR_AND_LAST:
            value = 0
            if len(present) == len(values):
                for v in present:
                    value |= v
        elif OR_FIRST <= t <= OR_LAST:
            value = 0
            for v in present:
                value |= v
        else:
            continue
        if value:
            merged[t] = value
    forced = (IBT if link.options.ibt else 0) | (SHSTK if link.options.shstk else 0)
    if forced and not link.options.relocatable:
        merged[GNU_PROPERTY_X86_FEATURE_1_AND] = merged.get(GNU_PROPERTY_X86_FEATURE_1_AND, 0) | forced
    if merged.get(GNU_PROPERTY_X86_FEATURE_1_AND, 0) & IBT and not link.options.relocatable:
        link.options.ibt_plt = True
    link.sections = [s for s in link.sections if s.alive]
    if not merged:
        return
    body = b"".join([struct.pack("<III", t, 4, v) + bytes(-4 % align) for t, v in sorted(merged.items())])
    note = link.synthetic(".note.gnu.property", SHT_NOTE, 2, align)
    note.data = struct.pack("<III", 4, len(body), NT_GNU_PROPERTY_TYPE_0) + b"GNU\0" + body
    note.size = len(note.data)
