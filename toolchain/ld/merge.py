"""SHF_MERGE: equal constants and strings are stored once, and strings share tails.

All mergeable sections of one output section that agree in flags, entry size and alignment are merged
into the first of them, the *leader*; the others become empty.  Symbols move to the leader, and
references of the form section + offset are redirected.
"""
from __future__ import annotations

from bisect import bisect_right
from typing import Final

from toolchain.elf.constants import SHF_MERGE, SHF_STRINGS, STT_SECTION
from toolchain.ld.model import DEFINED, InputFile, InputSection, LinkSymbol, OutputSection
from toolchain.ld.state import Link

_MERGE_FLAGS: Final = SHF_MERGE | SHF_STRINGS


def split_strings(data: bytes, entry: int) -> tuple[list[bytes], list[int]]:
    """NUL-terminated strings of `entry`-byte characters, terminators included, and their offsets.

    A tail without terminator is a piece of its own.
    """
    pieces: list[bytes] = []
    offsets: list[int] = []
    if entry == 1:
        at = 0
        parts = data.split(b"\0")
        tail = parts.pop()
        for p in parts:
            pieces.append(p + b"\0")
            offsets.append(at)
            at += len(p) + 1
        if tail:
            pieces.append(tail)
            offsets.append(at)
        return pieces, offsets
    zero = bytes(entry)
    start = 0
    for at in range(0, len(data), entry):
        if data[at:at + entry] == zero:
            pieces.append(data[start:at + entry])
            offsets.append(start)
            start = at + entry
    if start < len(data):
        pieces.append(data[start:])
        offsets.append(start)
    return pieces, offsets


def split_constants(data: bytes, entry: int) -> tuple[list[bytes], list[int]]:
    """Pieces of fixed size."""
    offsets = list(range(0, len(data), entry))
    return [data[o:o + entry] for o in offsets], offsets


class _Group:
    """The sections merged together."""

    def __init__(self, leader: InputSection) -> None:
        self.leader = leader
        self.sections: list[InputSection] = []
        self.pieces: list[list[bytes]] = []


def merge_group(group: _Group) -> None:
    """Merge one group; sets `piece_at`, `piece_to` of each section and the leader's data."""
    leader = group.leader
    strings = bool(leader.flags & SHF_STRINGS)
    entry = leader.entry_size
    align = leader.align
    seen: dict[bytes, int] = {}
    for s in group.sections:
        data = bytes(s.data)
        pieces, offsets = split_strings(data, entry) if strings else split_constants(data, entry)
        group.pieces.append(pieces)
        s.piece_at = offsets
        for p in pieces:
            seen.setdefault(p, 0)
    place: dict[bytes, int] = {}
    out: list[bytes] = []
    at = 0
    owner: dict[bytes, tuple[bytes, int]] = {}
    if strings:
        owner = shared_tails(list(seen), entry, align)
    for p in seen:
        if p in owner:
            continue
        pad = -at % align
        if pad:
            out.append(bytes(pad))
            at += pad
        place[p] = at
        out.append(p)
        at += len(p)
    for p, (whole, offset) in owner.items():
        place[p] = place[whole] + offset
    for s, pieces in zip(group.sections, group.pieces):
        s.piece_to = [place[p] for p in pieces]
        s.leader = leader
        s.size = 0
    leader.leader = None
    leader.data = b"".join(out)
    leader.size = at


def shared_tails(strings: list[bytes], entry: int, align: int) -> dict[bytes, tuple[bytes, int]]:
    """Strings that are tails of others, at a sufficiently aligned offset: string -> (the longer string, offset in it)."""
    step = max(entry, align)
    out: dict[bytes, tuple[bytes, int]] = {}
    # only strings whose lengths agree modulo the alignment can share an aligned tail
    if entry == 1:
        keyed = sorted([(len(s) % step, s[::-1], s) for s in strings], reverse=True)
    else:
        keyed = sorted([(len(s) % step, b"".join([s[i:i + entry] for i in range(len(s) - entry, -1, -entry)]), s) for s in strings],
                       reverse=True)
    group = -1
    previous = b""
    whole = b""
    for residue, reversed_text, s in keyed:
        if residue == group and previous.startswith(reversed_text) and len(s) < len(whole):
            out[s] = (whole, len(whole) - len(s))
        else:
            group = residue
            previous = reversed_text
            whole = s
    return out


def merge_sections(link: Link) -> None:
    """Merge everything that may be merged, then redirect symbols and relocations."""
    groups: dict[tuple[OutputSection, int, int, int], _Group] = {}
    for section in link.sections:
        out = section.output
        if (not section.flags & SHF_MERGE or out is None or not section.size or section.relocations is not None
                or section.synthetic or not section.entry_size):
            continue
        if section.align > section.entry_size and not section.flags & SHF_STRINGS and section.align % section.entry_size:
            continue
        key = (out, section.flags & _MERGE_FLAGS, section.entry_size, section.align)
        group = groups.get(key)
        if group is None:
            group = _Group(section)
            groups[key] = group
        group.sections.append(section)
    files: dict[InputFile, None] = {}
    for group in groups.values():
        merge_group(group)
        for s in group.sections:
            files[s.file] = None
    for file in files:
        move_symbols(file)
    if groups:
        redirect_relocations(link, files)


def piece_offset(section: InputSection, offset: int) -> int:
    """Where an offset of a merged section has gone in its leader."""
    at = section.piece_at
    i = bisect_right(at, offset) - 1
    if i < 0:
        return offset
    return section.piece_to[i] + offset - at[i]


def move_symbols(file: InputFile) -> None:
    """Symbols in merged sections move to the leader; section symbols stay, for `redirect_relocations`."""
    for s in file.symbols:
        section = s.section
        if section.piece_at and s.kind != STT_SECTION and s.state == DEFINED and s.file is file:
            s.value = piece_offset(section, s.value)
            if section.leader is not None:
                s.section = section.leader


def redirect_relocations(link: Link, files: dict[InputFile, None]) -> None:
    """References to section symbols of merged sections: the addend picks the piece."""
    marked: dict[InputFile, set[int]] = {}
    for file in files:
        numbers = {i for i, s in enumerate(file.symbols) if s.kind == STT_SECTION and s.section.piece_at}
        if numbers:
            marked[file] = numbers
    for section in link.sections:
        numbers_of = marked.get(section.file)
        relocs = section.relocations
        if numbers_of is None or relocs is None or numbers_of.isdisjoint(relocs.symbols):
            continue
        symbols = section.file.symbols
        for i, index in enumerate(relocs.symbols):
            if index in numbers_of:
                source = symbols[index].section
                bias = link.target.reloc_bias(relocs.types[i])
                # the addend of a pc-relative field may count from the end of the instruction
                relocs.addends[i] = piece_offset(source, relocs.addends[i] + bias) - bias
    for file, numbers in marked.items():
        for i in sorted(numbers):
            s: LinkSymbol = file.symbols[i]
            if s.section.leader is not None:
                s.section = s.section.leader
                s.value = 0
