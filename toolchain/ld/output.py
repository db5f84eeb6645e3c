"""Writes the output file: contents with relocations applied, symbol table, headers."""
from __future__ import annotations

import hashlib
import os
import struct
import uuid
from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.elf.constants import (
    ELFOSABI_GNU,
    ET_DYN,
    ET_EXEC,
    SHF_ALLOC,
    SHF_COMPRESSED,
    SHF_MERGE,
    SHN_LORESERVE,
    SHN_XINDEX,
    SHT_NOBITS,
    SHT_REL,
    SHT_RELA,
    SHT_STRTAB,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
    STB_GLOBAL,
    STB_GNU_UNIQUE,
    STB_LOCAL,
    STB_WEAK,
    STT_COMMON,
    STT_FILE,
    STT_GNU_IFUNC,
    STT_OBJECT,
    STT_SECTION,
    STT_TLS,
    STV_HIDDEN,
    STV_INTERNAL,
)
from toolchain.elf.image import SHN_ABS, SHN_UNDEF
from toolchain.elf.records import ElfHeader, SectionHeader, StringTable
from toolchain.ld.compress import compress
from toolchain.ld.model import (
    ABSOLUTE_SECTION,
    DEFINED,
    SHARED,
    UNDEFINED,
    InputFile,
    InputSection,
    LinkSymbol,
    OutputSection,
)
from toolchain.ld.state import Link

_MAX_FILE: Final = 1 << 32


def symbol_values(link: Link, file: InputFile) -> list[int]:
    """The address of every symbol of a file, as relocations see it."""
    if not link.is_dynamic and not link.has_ifunc:
        return [s.section.address + s.value for s in file.symbols]
    out: list[int] = []
    for s in file.symbols:
        if s.plt >= 0 and (s.needs & 64 or s.kind == STT_GNU_IFUNC):
            out.append(link.plt_symbol_address(s))
        elif s.state == DEFINED:
            out.append(s.section.address + s.value)
        else:
            out.append(0)
    return out


def section_bytes(s: InputSection) -> bytes | bytearray | memoryview:
    """A section's contents after patches and cuts of relaxation."""
    if not s.patches and not s.cut_at:
        return s.data
    data = bytearray(s.data)
    for offset, _, new in s.patches:
        data[offset:offset + len(new)] = new
    if not s.cut_at:
        return data
    pieces: list[bytearray] = []
    start = 0
    total = 0
    for at, after in zip(s.cut_at, s.cut_total):
        pieces.append(data[start:at])
        start = at + after - total
        total = after
    pieces.append(data[start:])
    return b"".join(pieces)


class Image:
    """The output file in the making."""

    def __init__(self, link: Link, order: list[OutputSection], end: int) -> None:
        self.link = link
        self.order = order
        if end > _MAX_FILE:
            raise ToolError(f"the output would be {end:#x} bytes long: sections are too far apart for one file")
        self.bytes = bytearray(end)
        self.end = end
        self.symbol_index: dict[LinkSymbol, int] = {}
        self.headers: list[SectionHeader] = []

    # ---- contents -----------------------------------------------------------------------------

    def contents(self) -> None:
        """Copy all sections, then fills and data statements."""
        out = self.bytes
        for o in self.order:
            if o.kind == SHT_NOBITS:
                continue
            base = o.file_offset
            fill = self.link.target.code_fill if o.flags & 4 else b""
            if fill and not o.fill:
                self.code_gaps(o, base, fill)
            for offset, count, pattern in o.fills:
                out[base + offset:base + offset + count] = (pattern * (count // len(pattern) + 1))[:count]
            for s in o.inputs:
                if s.size and s.kind != SHT_NOBITS and s.leader is None:
                    data = section_bytes(s)
                    at = base + s.offset
                    out[at:at + s.size] = data if len(data) == s.size else bytes(data)[:s.size].ljust(s.size, b"\0")
            for offset, data in o.data_chunks:
                out[base + offset:base + offset + len(data)] = data

    def code_gaps(self, o: OutputSection, base: int, fill: bytes) -> None:
        """Padding between pieces of code is made of no-operations."""
        end = 0
        for s in o.inputs:
            if s.offset > end:
                self.bytes[base + end:base + s.offset] = (fill * ((s.offset - end) // len(fill) + 1))[:s.offset - end]
            end = max(end, s.offset + s.size)

    def relocate(self) -> None:
        """Apply the relocations of all sections."""
        link = self.link
        target = link.target
        out = self.bytes
        by_file: dict[InputFile, list[InputSection]] = {}
        for s in link.sections:
            if s.relocations is not None and s.output is not None and s.kind != SHT_NOBITS and s.alive and not s.output.removed:
                by_file.setdefault(s.file, []).append(s)
        for file, sections in by_file.items():
            values = symbol_values(link, file)
            for s in sections:
                o = s.output
                assert o is not None
                target.relocate(link, s, out, o.file_offset + s.offset, values)

    # ---- symbol table -------------------------------------------------------------------------

    def symbol_table(self, base_headers: int) -> tuple[bytes, bytes, bytes, int]:
        """.symtab, .strtab, .symtab_shndx (or empty) and the number of local symbols."""
        link = self.link
        local: list[tuple[str, int, int, int, int, int]] = []     # name, value, size, info, other, shndx
        for o in self.order:
            o.section_symbol = len(local) + 1
            local.append(("", o.address, 0, STT_SECTION, 0, o.index))
        index = self.symbol_index
        for file in link.files:
            self.local_symbols(file, local)
        hidden: list[tuple[str, int, int, int, int, int]] = []
        public: list[tuple[str, int, int, int, int, int]] = []
        public_symbols: list[LinkSymbol] = []
        for s in link.symbols.values():
            row = self.global_row(s)
            if row is None:
                continue
            if row[3] >> 4 == STB_LOCAL:
                index[s] = len(local) + len(hidden) + 1
                hidden.append(row)
            else:
                public.append(row)
                public_symbols.append(s)
        local += hidden
        for i, s in enumerate(public_symbols):
            index[s] = len(local) + 1 + i
        return self.pack(local, public)

    def pack(self, local: list[tuple[str, int, int, int, int, int]], public: list[tuple[str, int, int, int, int, int]],
             ) -> tuple[bytes, bytes, bytes, int]:
        """Rows to bytes."""
        form = self.link.form
        rows = local + public
        strings = StringTable()
        for row in rows:
            strings.add(row[0])
        strtab = strings.finish()
        offset = strings.offset
        pack = form.symbol.pack
        mask = form.mask
        out: list[bytes] = [bytes(form.symbol.size)]
        wide: list[int] = [0]
        any_wide = False
        for name, value, size, info, other, shndx in rows:
            extra = 0
            if shndx >= SHN_LORESERVE and shndx < 0x10000 and shndx != SHN_ABS and shndx != 0xFFF2:
                extra, shndx, any_wide = shndx, SHN_XINDEX, True
            if form.bits == 64:
                out.append(pack(offset(name), info, other, shndx, value & mask, size))
            else:
                out.append(pack(offset(name), value & mask, size & mask, info, other, shndx))
            wide.append(extra)
        shndx_bytes = struct.pack(f"<{len(wide)}I", *wide) if any_wide else b""
        return b"".join(out), strtab, shndx_bytes, len(local) + 1

    def local_symbols(self, file: InputFile, rows: list[tuple[str, int, int, int, int, int]]) -> None:
        """The local symbols of one file that stay."""
        options = self.link.options
        if options.discard_all:
            return
        keep_for_relocs = options.emit_relocs
        index = self.symbol_index
        named = False
        for s in file.symbols:
            if not s.is_local:
                break
            if s.kind == STT_SECTION or not s.name:
                continue
            if s.kind == STT_FILE:
                named = True
                rows.append((s.name, 0, 0, STT_FILE, 0, SHN_ABS))
                continue
            section = s.section
            if section is ABSOLUTE_SECTION:
                shndx, value = SHN_ABS, s.value
            else:
                o = section.output
                if o is None or not section.alive or o.removed or s.state == UNDEFINED:
                    continue
                shndx, value = o.index, section.address + s.value
            name = s.name
            if not keep_for_relocs and name.startswith(".L"):
                if options.discard_locals or (section.flags & SHF_MERGE and not options.discard_none):
                    continue
                if not options.discard_none and self.link.target.drops_local_labels:
                    continue
            if s.kind == STT_TLS:
                value -= self.link.tls_start
            if not named:       # objects from assembly name no source: the object's own name stands in
                named = True
                rows.append((file.path.rpartition("/")[2], 0, 0, STT_FILE, 0, SHN_ABS))
            index[s] = len(rows) + 1
            rows.append((name, value, s.size, s.kind, s.other & ~3, shndx))

    def global_row(self, s: LinkSymbol) -> tuple[str, int, int, int, int, int] | None:
        """A global symbol's entry, or None if it does not appear."""
        link = self.link
        name = s.name
        binding = STB_WEAK if s.weak else STB_GLOBAL
        if s.binding == STB_GNU_UNIQUE and not s.weak:
            binding = 10
        other = s.other & ~3 & 0xFF | s.visibility
        if s.state == UNDEFINED or s.state == SHARED:
            if not s.in_regular or (not link.is_dynamic and (s.weak or not link.options.unresolved)):
                return None
            if s.state == SHARED:
                other = 0
                binding = STB_WEAK if s.weak and not s.strong_reference else STB_GLOBAL
                if s.version and "@" not in name:
                    name = f"{name}@{s.version}"
                value = link.plt_symbol_address(s) if s.plt >= 0 and s.needs & 64 else 0
                return name, value, s.size, binding << 4 | s.kind, other, SHN_UNDEF
            return name, 0, 0, binding << 4 | s.kind, other, SHN_UNDEF
        if not s.in_regular and not s.from_script and s.file.is_shared:
            return None
        section = s.section
        if section is ABSOLUTE_SECTION:
            shndx, value = SHN_ABS, s.value
        else:
            o = section.output
            if o is None or not section.alive:
                return None
            value = section.address + s.value
            shndx = o.index if not o.removed else self.nearby(o)
        if s.kind == STT_TLS:
            value -= link.tls_start
        if (s.visibility in (STV_HIDDEN, STV_INTERNAL) and link.is_dynamic) or s.forced_local:
            binding = STB_LOCAL
        kind = s.kind if s.kind != STT_COMMON else STT_OBJECT
        if s.version and s.state == DEFINED and "@" not in name and s.file is not link.own:
            name = f"{name}@{'@' if s.is_default else ''}{s.version}"
        return name, value, s.size, binding << 4 | kind, other, shndx

    def nearby(self, removed: OutputSection) -> int:
        """A section that stays, for symbols of one that does not: the next one if it starts there."""
        before = SHN_ABS
        for o in self.order:
            if not o.is_alloc:
                continue
            if o.address > removed.address:
                break
            before = o.index
            if o.address == removed.address:
                break
        return before

    # ---- headers ------------------------------------------------------------------------------

    def section_headers(self) -> list[SectionHeader]:
        """Headers of the output sections, with links resolved."""
        headers = [SectionHeader()]
        for o in self.order:
            h = SectionHeader(o.name, o.kind or 1, o.flags, o.address, o.file_offset, o.size,
                              o.link.index if o.link is not None else 0,
                              o.info_section.index if o.info_section is not None else o.info, o.align, o.entry_size)
            headers.append(h)
        return headers

    def add_section(self, header: SectionHeader, data: bytes) -> None:
        """Append a section that is not loaded."""
        align = header.align or 1
        self.end += -self.end % align
        self.bytes.extend(bytes(self.end - len(self.bytes)))
        header.offset = self.end
        header.size = len(data)
        self.bytes += data
        self.end += len(data)
        self.headers.append(header)

    def compress_debug(self) -> None:
        """--compress-debug-sections=zlib: shrink debug sections and move what follows them."""
        tail = [o for o in self.order if not o.is_alloc and o.kind != SHT_NOBITS]
        if not any(o.name.startswith(".debug") for o in tail):
            return
        tail.sort(key=lambda o: o.file_offset)
        contents = [bytes(self.bytes[o.file_offset:o.file_offset + o.size]) for o in tail]
        del self.bytes[tail[0].file_offset:]
        for o, data in zip(tail, contents):
            if o.name.startswith(".debug") and data:
                packed = compress(data, o.align, self.link.form.bits)
                if len(packed) < len(data):
                    data = packed
                    o.flags |= SHF_COMPRESSED
                    o.align = self.link.form.file_align
            self.bytes.extend(bytes(-len(self.bytes) % max(o.align, 1)))
            o.file_offset = len(self.bytes)
            o.size = len(data)
            self.bytes += data
        self.end = len(self.bytes)

    def finish(self) -> bytearray:
        """Symbol table, header tables, ELF header, build id."""
        link = self.link
        form = link.form
        self.headers = self.section_headers()
        options = link.options
        if not options.strip_all:
            symtab, strtab, wide, locals_count = self.symbol_table(len(self.headers))
            if options.emit_relocs:
                self.emit_relocations()
            index = len(self.headers)
            table = SectionHeader(".symtab", SHT_SYMTAB, 0, 0, 0, 0, index + (2 if wide else 1), locals_count, form.file_align,
                                  form.symbol.size)
            for h in self.headers:
                if h.kind in (SHT_RELA, SHT_REL) and h.link == -1:
                    h.link = index
            self.add_section(table, symtab)
            if wide:
                self.add_section(SectionHeader(".symtab_shndx", SHT_SYMTAB_SHNDX, 0, 0, 0, 0, index, 0, 4, 4), wide)
            self.add_section(SectionHeader(".strtab", SHT_STRTAB, 0, 0, 0, 0, 0, 0, 1, 0), strtab)
        names = StringTable()
        for h in self.headers:
            names.add(h.name)
        names.add(".shstrtab")
        self.headers.append(SectionHeader(".shstrtab", SHT_STRTAB, 0, 0, 0, 0, 0, 0, 1, 0))
        data = names.finish()
        for h in self.headers:
            h.name_offset = names.offset(h.name)
        last = self.headers.pop()
        self.add_section(last, data)
        self.write_headers(len(self.headers) - 1)
        self.build_id()
        return self.bytes

    def write_headers(self, shstrndx: int) -> None:
        """ELF header, program headers, section headers."""
        link = self.link
        form = link.form
        header = ElfHeader()
        header.bits = form.bits
        header.little = True
        header.kind = ET_DYN if link.options.is_pic else ET_EXEC
        header.machine = link.target.machine
        header.entry = link.entry_address & link.mask
        header.flags = link.flags
        header.shstrndx = shstrndx
        if any(s.kind == STT_GNU_IFUNC and s.state == DEFINED and s.in_regular for s in link.symbols.values()):
            header.osabi = ELFOSABI_GNU
        header.shnum = len(self.headers)
        header.shentsize = form.section_size
        self.end += -self.end % form.file_align
        self.bytes.extend(bytes(self.end - len(self.bytes)))
        header.shoff = self.end
        if header.shnum >= SHN_LORESERVE:
            raise ToolError(f"too many output sections ({header.shnum})")
        for h in self.headers:
            self.bytes += h.pack(form)
        rows: list[bytes] = []
        for s in link.segments:
            flags = s.flags
            mask = link.mask
            if form.bits == 64:
                rows.append(form.segment.pack(s.kind, flags, s.offset, s.address & mask, s.load_address & mask, s.file_size,
                                              s.memory_size, s.align))
            else:
                rows.append(form.segment.pack(s.kind, s.offset, s.address & mask, s.load_address & mask, s.file_size, s.memory_size,
                                              flags, s.align))
        while len(rows) < link.header_count and link.segments:
            rows.append(bytes(form.segment_size))
        if rows:
            header.phoff = form.header_size
            header.phentsize = form.segment_size
            header.phnum = len(rows)
            table = b"".join(rows)
            self.bytes[form.header_size:form.header_size + len(table)] = table
        self.bytes[0:form.header_size] = header.pack()

    def build_id(self) -> None:
        """Fill .note.gnu.build-id: a digest of the whole file with the note's place zero."""
        link = self.link
        note = link.build_id_note
        if note is None or note.output is None or not note.alive:
            return
        style = link.options.build_id
        if style == "sha1":
            digest = hashlib.sha1(self.bytes).digest()
        elif style == "md5":
            digest = hashlib.md5(self.bytes).digest()
        elif style == "uuid":
            digest = uuid.UUID(bytes=os.urandom(16), version=4).bytes
        else:
            digest = bytes.fromhex(style[2:])
        at = note.output.file_offset + note.offset + 16
        self.bytes[at:at + len(digest)] = digest

    # ---- --emit-relocs ------------------------------------------------------------------------

    def emit_relocations(self) -> None:
        """Relocation sections of the final link, with output addresses, for tools that relocate again."""
        link = self.link
        form = link.form
        rela = link.target.rela
        for o in self.order:
            rows: list[bytes] = []
            for s in o.inputs:
                if s.relocations is not None and s.alive:
                    self.emit_section(s, rows, rela)
            if rows:
                h = SectionHeader((".rela" if rela else ".rel") + o.name, 4 if rela else 9, 0x40, 0, 0, 0, -1, o.index, form.file_align,
                                  form.rela.size if rela else form.rel.size)
                self.add_section(h, b"".join(rows))

    def emit_section(self, s: InputSection, rows: list[bytes], rela: bool) -> None:
        """The relocations of one input section as they would be for the output."""
        form = self.link.form
        relocs = s.relocations
        assert relocs is not None
        symbols = s.file.symbols
        shift = 32 if form.bits == 64 else 8
        for offset, kind, index, addend in zip(s.moved_offsets(relocs.offsets), relocs.types, relocs.symbols, relocs.addends):
            symbol = symbols[index]
            if symbol.kind == STT_SECTION and symbol.section.output is not None:
                number = symbol.section.output.section_symbol
                addend += symbol.section.offset
            else:
                number = self.symbol_index.get(symbol, 0)
                if not number and symbol.section.output is not None and symbol.state == DEFINED:
                    number = symbol.section.output.section_symbol
                    addend += symbol.section.offset + symbol.value
            if rela:
                wrapped = addend & form.mask
                if wrapped >> (form.bits - 1):
                    wrapped -= 1 << form.bits
                rows.append(form.rela.pack(s.address + offset, number << shift | kind, wrapped))
            else:
                rows.append(form.rel.pack(s.address + offset, number << shift | kind))


def flat_binary(link: Link, order: list[OutputSection], data: bytearray) -> bytes:
    """--oformat binary: the loaded sections by load address, gaps zero."""
    parts = [o for o in order if o.flags & SHF_ALLOC and o.kind != SHT_NOBITS and o.size]
    if not parts:
        return b""
    base = min(o.load_address for o in parts)
    end = max(o.load_address + o.size for o in parts)
    if end - base > 1 << 30:
        raise ToolError(f"binary output would be {end - base:#x} bytes long")
    out = bytearray(end - base)
    for o in parts:
        out[o.load_address - base:o.load_address - base + o.size] = data[o.file_offset:o.file_offset + o.size]
    return bytes(out)


