"""`ar` archives: regular and thin, GNU symbol table (32 and 64 bit), GNU and BSD long names.

Format: the GNU variant as described in the ar(5) pages and in the gABI's neighbours: magic, then
members, each with a 60-byte header at an even offset.  Member `/` (or `/SYM64/`) is the symbol
table, `//` holds long names; a thin archive has no contents for other members: their names are
paths, relative to the archive's own directory.
"""
from __future__ import annotations

import os
import struct
from collections.abc import Callable, Sequence
from typing import Final

from toolchain.elf.constants import (
    SHN_UNDEF,
    SHT_SYMTAB,
    STB_GLOBAL,
    STB_GNU_UNIQUE,
    STB_WEAK,
)
from toolchain.elf.reader import ElfFile, is_elf
from toolchain.elf.records import ElfError

MAGIC: Final = b"!<arch>\n"
THIN_MAGIC: Final = b"!<thin>\n"
HEADER_SIZE: Final = 60
HEADER_END: Final = b"`\n"
MAX_NESTING: Final = 16

Loader = Callable[[str], bytes]


class Member:
    """One member.  `data` is its contents (None: a thin member not yet loaded from `path`).

    `name` is what the archive calls it: a file name, in a thin archive a path relative to the
    archive.  `offset` is where its header stands in the file (what the symbol table refers to).
    `nested` is the header offset inside the archive at `path` for a thin member that is itself a
    member of a regular archive, otherwise 0.  `slash_in_column_16` is a quirk kept for identical
    bytes: in a thin archive GNU ar writes the short name first, `/` included, and the reference to the
    long name over all but its last column, so a path of 15 characters leaves a slash behind.
    """

    def __init__(self, name: str, data: bytes | memoryview | None, path: str = "") -> None:
        self.name = name
        self.data = data
        self.path = path
        self.offset = 0
        self.size = 0 if data is None else len(data)
        self.date = 0
        self.uid = 0
        self.gid = 0
        self.mode = 0o644
        self.nested = 0
        self.slash_in_column_16 = False

    def load(self, loader: Loader) -> bytes | memoryview:
        """The member's contents; those of a thin member are read through `loader(path)` once.

        Raises what the loader raises, and ElfError for a broken nested archive.
        """
        data = self.data
        if data is None:
            data = loader(self.path)
            if self.nested:
                inner = parse_archive(data, self.path)
                for m in inner.members:
                    if m.offset == self.nested:
                        data = m.load(loader)
                        break
                else:
                    raise ElfError(f"{self.path}: no archive member at offset {self.nested}")
            self.data = data
        return data


class Archive:
    """An archive as data.  `symbols` is its symbol table: (name, offset of the member's header)."""

    def __init__(self, name: str, thin: bool) -> None:
        self.name = name
        self.thin = thin
        self.members: list[Member] = []
        self.symbols: list[tuple[str, int]] = []
        self.has_symbols = False
        self.symbols_size = 0

    def by_offset(self) -> dict[int, Member]:
        """Members by the offset of their header, to follow `symbols`."""
        return {m.offset: m for m in self.members}


def is_archive(data: bytes | bytearray | memoryview) -> bool:
    """Whether `data` begins like an archive of either kind."""
    return bytes(data[:8]) in (MAGIC, THIN_MAGIC)


class _Parser:
    def __init__(self, data: memoryview, name: str) -> None:
        self.data = data
        self.name = name
        self.archive = Archive(name, bytes(data[:8]) == THIN_MAGIC)
        self.names = b""
        self.directory = os.path.dirname(name)

    def fail(self, message: str) -> ElfError:
        return ElfError(f"{self.name}: malformed archive: {message}")

    def number(self, field: bytes, base: int, what: str) -> int:
        text = field.strip(b" ")
        if not text:
            return 0
        try:
            value = int(text, base)
        except ValueError:
            raise self.fail(f"bad {what} {text!r}") from None
        if value < 0:
            raise self.fail(f"negative {what}")
        return value

    def run(self) -> Archive:
        if not is_archive(self.data):
            raise ElfError(f"{self.name}: file format not recognized")
        position = 8
        end = len(self.data)
        while position < end:
            if end - position == 1 and self.data[position] == 10:
                break
            position = self.member(position)
        return self.archive

    def member(self, position: int) -> int:
        """Read the member whose header is at `position`; returns where the next one is."""
        data = self.data
        if position + HEADER_SIZE > len(data):
            raise self.fail(f"truncated member header at {position:#x}")
        head = bytes(data[position:position + HEADER_SIZE])
        if head[58:60] != HEADER_END:
            raise self.fail(f"bad member header at {position:#x}")
        size = self.number(head[48:58], 10, "member size")
        raw = head[0:16].rstrip(b" ")
        start = position + HEADER_SIZE
        special = raw in (b"/", b"//", b"/SYM64/", b"__.SYMDEF", b"__.SYMDEF SORTED")
        stored = special or not self.archive.thin
        if stored and start + size > len(data):
            raise self.fail(f"member at {position:#x} of {size} bytes is outside the file")
        after = start + size if stored else start
        if special:
            self.special(raw, data[start:after])
            return after + (after & 1)
        name, nested = raw, 0
        if raw.startswith(b"#1/"):
            length = self.number(raw[3:], 10, "name length")
            if length > size or not stored:
                raise self.fail(f"bad name length at {position:#x}")
            name = bytes(data[start:start + length]).rstrip(b"\0")
            start += length
        elif raw.startswith(b"/"):
            name, nested = self.long_name(raw)
        elif raw.endswith(b"/"):
            name = raw[:-1]
        text = name.decode("utf-8", "surrogateescape")
        member = Member(text, data[start:after] if stored else None)
        if not stored:
            member.path = text if text.startswith("/") or not self.directory else os.path.join(self.directory, text)
        member.nested = nested
        member.slash_in_column_16 = not stored and head[15:16] == b"/"
        member.offset = position
        member.size = after - start if stored else size
        member.date = self.number(head[16:28], 10, "date")
        member.uid = self.number(head[28:34], 10, "user id")
        member.gid = self.number(head[34:40], 10, "group id")
        member.mode = self.number(head[40:48], 8, "mode")
        self.archive.members.append(member)
        return after + (after & 1)

    def long_name(self, raw: bytes) -> tuple[bytes, int]:
        """Resolve `/offset` or, in a thin archive, `/offset:nested` through the table of names."""
        parts = raw[1:].rstrip(b"/ ").split(b":")
        offset = self.number(parts[0], 10, "name offset")
        nested = self.number(parts[1], 10, "nested offset") if len(parts) > 1 else 0
        end = self.names.find(b"\n", offset) if offset < len(self.names) else -1
        if end < 0:
            raise self.fail(f"long name at offset {offset} is outside the table of names")
        name = self.names[offset:end]
        return name[:-1] if name.endswith(b"/") else name, nested

    def special(self, raw: bytes, data: memoryview) -> None:
        archive = self.archive
        if raw == b"//":
            self.names = bytes(data).replace(b"\0", b"\n")
            return
        if raw.startswith(b"__"):
            return  # BSD symbol tables are not used: callers fall back to the members' own symbols
        wide = raw == b"/SYM64/"
        step = 8 if wide else 4
        if len(data) < step:
            if len(data) == 0:
                return
            raise self.fail("truncated symbol table")
        count = int.from_bytes(data[:step], "big")
        if step + count * step > len(data):
            raise self.fail(f"symbol table of {count} entries is truncated")
        offsets = struct.unpack(f">{count}{'Q' if wide else 'I'}", data[step:step + count * step])
        names = bytes(data[step + count * step:]).split(b"\0")
        if len(names) < count:
            raise self.fail("truncated symbol names")
        archive.symbols = [(n.decode("utf-8", "surrogateescape"), o) for n, o in zip(names, offsets)]
        archive.has_symbols = True
        archive.symbols_size = len(data)


def parse_archive(data: bytes | bytearray | memoryview, name: str) -> Archive:
    """The archive in `data`; `name` is its path (thin members are found relative to it).

    Thin members are not read; see `Member.load` and `flatten`.  Raises ElfError.
    """
    view = data if isinstance(data, memoryview) else memoryview(data).cast("B")
    return _Parser(view, name).run()


def flatten(archive: Archive, loader: Loader, depth: int = 0) -> list[Member]:
    """All members, loaded; members that are archives themselves are replaced by their members.

    Raises ElfError (also for archives that contain themselves) and what the loader raises.
    """
    if depth > MAX_NESTING:
        raise ElfError(f"{archive.name}: archives are nested too deeply")
    out: list[Member] = []
    for m in archive.members:
        data = m.load(loader)
        if is_archive(data):
            out += flatten(parse_archive(data, m.path or m.name), loader, depth + 1)
        else:
            out.append(m)
    return out


def defined_symbols(data: bytes | memoryview, name: str) -> list[str]:
    """The symbols an archive's symbol table lists for an object: global or weak, defined or common.

    Empty for what is not an ELF file.  Raises ElfError for a malformed one.
    """
    if not is_elf(data):
        return []
    elf = ElfFile(data, name)
    index = elf.find(SHT_SYMTAB)
    if not index:
        return []
    return [s.name for s in elf.read_symbols(index)
            if s.section != SHN_UNDEF and s.binding in (STB_GLOBAL, STB_WEAK, STB_GNU_UNIQUE)]


def _header(name: bytes, date: str, uid: str, gid: str, mode: str, size: int) -> bytes:
    fields = f"{date:<12}{uid:<6}{gid:<6}{mode:<8}{size:<10}"
    if len(fields) != 42:
        raise ElfError(f"archive member '{name.decode('utf-8', 'replace')}' does not fit into its header")
    return name.ljust(16) + fields.encode() + HEADER_END


def _member_names(members: Sequence[Member], thin: bool) -> tuple[list[bytes], bytes]:
    """The name field of each member, and the contents of `//` (empty: none)."""
    table = bytearray()
    offset = 0
    fields: list[bytes] = []
    previous = b""
    for m in members:
        name = m.name.encode("utf-8", "surrogateescape")
        if not thin and len(name) < 16 and b"\n" not in name:
            fields.append(name + b"/")
            continue
        suffix = b":%d" % m.nested if m.nested else b""
        if not thin or name != previous:  # GNU shares the name among the members of one nested archive
            offset = len(table)
            table += name + b"/\n"
        previous = name
        field = b"/%d" % offset + suffix
        if m.slash_in_column_16 and len(field) < 15:
            field = field.ljust(15) + b"/"
        fields.append(field)
    if len(table) & 1:
        table += b"\n"
    return fields, bytes(table)


def write_archive(members: Sequence[Member], thin: bool = False, symbols: Sequence[Sequence[str]] | None = None,
                  date: int = 0) -> bytes:
    """The bytes of an archive.

    Members must be loaded unless the archive is thin (then `size` must be right).  `symbols` gives,
    for each member, the names that the symbol table lists (see `defined_symbols`); None writes no
    table.  `date` is the table's own time stamp; dates, owners and modes are those of the members.
    Raises ElfError.
    """
    fields, table = _member_names(members, thin)
    first = 8 + ((HEADER_SIZE + len(table)) if table else 0)
    offsets: list[int] = []
    position = first
    for m in members:
        offsets.append(position)
        position += HEADER_SIZE
        if not thin:
            position += m.size + (m.size & 1)
    out: list[bytes | memoryview] = [THIN_MAGIC if thin and members else MAGIC]  # an empty archive is never thin
    if symbols is not None:
        out.append(_symbol_table(symbols, offsets, position, date))
    if table:
        out.append(b"//".ljust(48) + f"{len(table):<10}".encode() + HEADER_END)
        out.append(table)
    for m, field in zip(members, fields):
        out.append(_header(field, str(m.date), str(m.uid), str(m.gid), f"{m.mode:o}", m.size))
        if thin:
            continue
        if m.data is None:
            raise ElfError(f"archive member '{m.name}' has not been read")
        out.append(m.data)
        if m.size & 1:
            out.append(b"\n")
    return b"".join(out)


def _symbol_table(symbols: Sequence[Sequence[str]], offsets: Sequence[int], end: int, date: int) -> bytes:
    """Member `/` (or `/SYM64/` if a member lies beyond 4 GB); `offsets` are those without it."""
    names: list[bytes] = []
    owners: list[int] = []
    for offset, listed in zip(offsets, symbols):
        for name in listed:
            names.append(name.encode("utf-8", "surrogateescape"))
            owners.append(offset)
    text = b"".join([n + b"\0" for n in names])
    count = len(names)
    wide = end + 4 + 4 * count + len(text) + HEADER_SIZE >= 1 << 32
    step = 8 if wide else 4
    size = step + step * count + len(text)
    padding = (-size) % step if wide else size & 1
    size += padding
    shift = HEADER_SIZE + size
    body = struct.pack(f">{count + 1}{'Q' if wide else 'I'}", count, *[o + shift for o in owners])
    return _header(b"/SYM64/" if wide else b"/", str(date), "0", "0", "0", size) + body + text + bytes(padding)
