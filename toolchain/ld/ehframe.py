"""`.eh_frame`: drops descriptions of discarded functions, shares equal CIEs, builds `.eh_frame_hdr`.

All input sections become one: a section of the linker's own file whose records point to the CIE that
was kept.  Format: LSB "Exception Frames".
"""
from __future__ import annotations

from bisect import bisect_left

from toolchain.elf.image import ObjectImage, Relocations
from toolchain.ld.merge import move_symbols, redirect_relocations
from toolchain.ld.model import UNDEFINED_SECTION, InputFile, InputSection, LinkSymbol
from toolchain.ld.state import Link


class _Record:
    """One CIE or FDE of an input section."""

    def __init__(self, start: int, end: int, cie: int) -> None:
        self.start = start
        self.end = end
        self.cie = cie          # offset of its CIE, -1 for a CIE itself
        self.first = 0          # its relocations: first .. last
        self.last = 0


def split_records(section: InputSection, data: bytes) -> list[_Record] | None:
    """The records of a section up to the terminator; None if it cannot be understood."""
    out: list[_Record] = []
    at = 0
    while at + 4 <= len(data):
        length = int.from_bytes(data[at:at + 4], "little")
        if length == 0:
            break
        if length == 0xFFFFFFFF or at + 4 + length > len(data) or length < 4:
            return None
        pointer = int.from_bytes(data[at + 4:at + 8], "little")
        out.append(_Record(at, at + 4 + length, -1 if pointer == 0 else at + 4 - pointer))
        at += 4 + length
    return out


def merge_frames(link: Link) -> None:
    """Replace all .eh_frame sections of the link by one.  Sections that cannot be understood stay as they are."""
    sections = [s for s in link.sections if s.name == ".eh_frame" and s.output is not None and s.alive and not s.synthetic]
    link.frame_count = 0
    if not sections:
        return
    outputs = {s.output for s in sections}
    parsed: list[tuple[InputSection, list[_Record]]] = []
    for s in sections:
        records = split_records(s, bytes(s.data))
        if records is None or len(outputs) != 1:
            link.frame_count = -1
            return
        parsed.append((s, records))
    builder = _Builder(link)
    for s, records in parsed:
        builder.add(s, records)
    leader = sections[0]
    for s in sections:
        s.size = 0
        s.relocations = None
        s.alive = s is leader
    section = builder.finish(leader)
    out = leader.output
    assert out is not None
    leader.alive = False
    files: dict[InputFile, None] = {}
    for s in sections:
        s.leader = section
        files[s.file] = None
    for file in files:
        move_symbols(file)
    redirect_relocations(link, files)
    out.inputs = [section if s is leader else s for s in out.inputs]
    replace_match(link, leader, section)
    link.sections = [section if s is leader else s for s in link.sections if s.alive or s is leader]
    link.frame_count = builder.fdes


def replace_match(link: Link, old: InputSection, new: InputSection) -> None:
    """Put `new` where a script statement holds `old`."""
    from toolchain.ld.syntax import InputSpec, OutputDescription
    for d in link.script.statements:
        if isinstance(d, OutputDescription) and d.output is old.output:
            for statement in d.statements:
                if isinstance(statement, InputSpec) and old in statement.matched:
                    statement.matched = [new if s is old else s for s in statement.matched if s is old or s.alive]


class _Builder:
    """Collects records into one section."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.data = bytearray()
        self.relocations = Relocations(link.target.rela)
        self.symbols: list[LinkSymbol] = [LinkSymbol("", link.own)]
        self.numbers: dict[LinkSymbol, int] = {}
        self.cies: dict[tuple[bytes, tuple[tuple[int, int, LinkSymbol, int], ...]], int] = {}
        self.fdes = 0
        self.terminated = False     # some input ends in the zero word that stops a reader
        self.moved_symbols: list[LinkSymbol] = []

    def add(self, section: InputSection, records: list[_Record]) -> None:
        """Append the live records of one section."""
        data = bytes(section.data)
        relocs = section.relocations
        order: list[int] = []
        offsets: list[int] = []
        if relocs is not None:
            order = sorted(range(len(relocs.offsets)), key=relocs.offsets.__getitem__)
            offsets = [relocs.offsets[i] for i in order]
        symbols = section.file.symbols
        section.piece_at = [0]
        section.piece_to = [len(self.data)]
        cies: dict[int, int] = {}
        wanted: dict[int, _Record] = {}
        if len(data) >= 4 and (records[-1].end if records else 0) + 4 <= len(data):
            self.terminated = True
        for r in records:
            r.first = bisect_left(offsets, r.start)
            r.last = bisect_left(offsets, r.end)
            if r.cie < 0:
                wanted[r.start] = r
        for r in records:
            if r.start:
                section.piece_at.append(r.start)
                section.piece_to.append(len(self.data))
            if r.cie < 0:
                continue
            if not self.live(section, r, order, offsets):
                continue
            if r.cie not in cies:
                cie = wanted.get(r.cie)
                if cie is None:
                    continue
                cies[r.cie] = self.cie(data, cie, relocs, order, symbols)
            at = len(self.data)
            self.data += data[r.start:r.end]
            self.data[at + 4:at + 8] = (at + 4 - cies[r.cie]).to_bytes(4, "little")
            self.copy_relocations(r, at - r.start, relocs, order, symbols)
            self.fdes += 1

    def live(self, section: InputSection, r: _Record, order: list[int], offsets: list[int]) -> bool:
        """Whether the function that an FDE describes is in the output."""
        relocs = section.relocations
        if relocs is None or r.first >= r.last:
            return True
        i = r.first
        while i < r.last and offsets[i] < r.start + 8:
            i += 1
        if i >= r.last or offsets[i] != r.start + 8:
            return True
        target = section.file.symbols[relocs.symbols[order[i]]].section
        return target is not UNDEFINED_SECTION and target.alive and (target.output is not None or not target.file.path)

    def cie(self, data: bytes, r: _Record, relocs: Relocations | None, order: list[int], symbols: list[LinkSymbol]) -> int:
        """The offset of a CIE like this one, appended if it is new."""
        rows: list[tuple[int, int, LinkSymbol, int]] = []
        if relocs is not None:
            for i in order[r.first:r.last]:
                rows.append((relocs.offsets[i] - r.start, relocs.types[i], symbols[relocs.symbols[i]], relocs.addends[i]))
        key = (data[r.start:r.end], tuple(rows))
        known = self.cies.get(key)
        if known is not None:
            return known
        at = len(self.data)
        self.cies[key] = at
        self.data += data[r.start:r.end]
        self.copy_relocations(r, at - r.start, relocs, order, symbols)
        return at

    def copy_relocations(self, r: _Record, shift: int, relocs: Relocations | None, order: list[int], symbols: list[LinkSymbol]) -> None:
        """The relocations of one record."""
        if relocs is None:
            return
        for i in order[r.first:r.last]:
            s = symbols[relocs.symbols[i]]
            number = self.numbers.get(s)
            if number is None:
                number = len(self.symbols)
                self.numbers[s] = number
                self.symbols.append(s)
            self.relocations.add(relocs.offsets[i] + shift, relocs.types[i], number, relocs.addends[i])

    def finish(self, leader: InputSection) -> InputSection:
        """The section, in a file of its own that lists the symbols it refers to."""
        if self.terminated:
            self.data += bytes(4)
        image = ObjectImage(self.link.target.machine, self.link.target.bits, self.link.target.rela)
        file = InputFile(leader.file.name, leader.file.path, leader.file.archive, image, UNDEFINED_SECTION)
        file.symbols = self.symbols
        section = InputSection(file, ".eh_frame", leader.kind, leader.flags, leader.align, len(self.data))
        section.sequence = leader.sequence
        section.output = leader.output
        section.data = bytes(self.data)
        section.keep = True
        section.relocations = self.relocations if len(self.relocations) else None
        file.sections = [None, section]
        section.index = 1
        section.synthetic = True
        return section


# ---- .eh_frame_hdr ----------------------------------------------------------------------------------


def encoded_size(encoding: int, word: int) -> int:
    """Bytes of a pointer in a DW_EH_PE encoding; 0 if it has no fixed size."""
    return {0: word, 2: 2, 3: 4, 4: 8, 0xA: 2, 0xB: 4, 0xC: 8}.get(encoding & 0xF, 0)


def cie_encoding(data: bytes, at: int, end: int, word: int) -> int:
    """The FDE pointer encoding that a CIE announces (DW_EH_PE_absptr if it does not); `word`: bytes of an address."""
    pos = at + 9
    stop = data.find(b"\0", pos, end)
    if stop < 0:
        return 0
    augmentation = data[pos:stop]
    pos = stop + 1
    for _ in range(2):                       # code and data alignment
        while pos < end and data[pos] & 0x80:
            pos += 1
        pos += 1
    if data[at + 8] == 1:
        pos += 1
    else:
        while pos < end and data[pos] & 0x80:
            pos += 1
        pos += 1
    if not augmentation.startswith(b"z"):
        return 0
    while pos < end and data[pos] & 0x80:
        pos += 1
    pos += 1
    for letter in augmentation[1:]:
        if letter == 0x52:
            return data[pos] if pos < end else 0
        if letter == 0x4C:
            pos += 1
        elif letter == 0x50:
            pos += 1 + encoded_size(data[pos], word)
    return 0


def frame_header(link: Link, header: InputSection, image: bytearray) -> None:
    """Write .eh_frame_hdr: a table of (function, FDE), sorted, relative to itself."""
    frame = link.output_names.get(".eh_frame")
    for o in link.outputs:
        if o.name == ".eh_frame" and not o.removed and o.size:
            frame = o
    out = header.output
    assert out is not None
    at = out.file_offset + header.offset
    base = header.address
    if frame is None or frame.removed:
        image[at:at + 8] = b"\x01\xff\xff\xff" + bytes(4)
        return
    data = bytes(image[frame.file_offset:frame.file_offset + frame.size])
    rows: list[tuple[int, int]] = []
    encodings: dict[int, int] = {}
    word = link.word
    pos = 0
    while pos + 8 <= len(data):
        length = int.from_bytes(data[pos:pos + 4], "little")
        if length == 0:
            pos += 4
            continue
        end = pos + 4 + length
        pointer = int.from_bytes(data[pos + 4:pos + 8], "little")
        if pointer == 0:
            encodings[pos] = cie_encoding(data, pos, end, word)
        else:
            encoding = encodings.get(pos + 4 - pointer, 0)
            size = encoded_size(encoding, word)
            if size:
                value = int.from_bytes(data[pos + 8:pos + 8 + size], "little", signed=bool(encoding & 8) or size < word)
                if encoding & 0x70 == 0x10:
                    value += frame.address + pos + 8
                rows.append((value & link.mask, frame.address + pos))
        pos = end
    rows.sort()
    table = bytearray(b"\x01\x1b\x03\x3b")
    table += ((frame.address - (base + 4)) & 0xFFFFFFFF).to_bytes(4, "little")
    table += len(rows).to_bytes(4, "little")
    for function, fde in rows:
        table += ((function - base) & 0xFFFFFFFF).to_bytes(4, "little") + ((fde - base) & 0xFFFFFFFF).to_bytes(4, "little")
    if len(table) > header.size:
        link.error(f".eh_frame_hdr: {len(rows)} entries do not fit")
        return
    image[at:at + len(table)] = table
