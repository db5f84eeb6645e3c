"""Opens the inputs of the command line: objects, archives, shared objects, linker scripts, raw binary."""
from __future__ import annotations

import os
import re
from collections.abc import Sequence

from toolchain.diagnostics import ToolError
from toolchain.elf.archive import Archive, defined_symbols, is_archive, parse_archive
from toolchain.elf.constants import (
    ET_DYN,
    ET_EXEC,
    ET_REL,
    GRP_COMDAT,
    SHF_ALLOC,
    SHF_COMPRESSED,
    SHF_EXECINSTR,
    SHF_MERGE,
    SHF_WRITE,
    SHT_GROUP,
    SHT_LLVM_ADDRSIG,
    SHT_NULL,
    SHT_PROGBITS,
    SHT_RELA,
    SHT_STRTAB,
    SHT_SYMTAB,
    STT_SECTION,
)
from toolchain.elf.image import SHN_ABS, ObjectImage, Section, Symbol
from toolchain.elf.reader import ElfFile, is_elf, read
from toolchain.ld.compress import decompress
from toolchain.ld.dso import add_shared
from toolchain.ld.model import UNDEFINED_SECTION, InputFile, InputSection
from toolchain.ld.options import FILE, GROUP_END, GROUP_START, LIBRARY, InputItem
from toolchain.ld.script import parse_script
from toolchain.ld.state import Link
from toolchain.ld.symbols import add_symbols


class OpenArchive:
    """An archive in use: its index, and which members have been taken."""

    def __init__(self, archive: Archive, name: str, item: InputItem) -> None:
        self.archive = archive
        self.name = name
        self.item = item
        self.taken: set[int] = set()
        self.index: dict[str, int] = {}
        self.members = archive.by_offset()


class Loader:
    """Reads inputs in order.  Archives of an open group are searched again until nothing more comes."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.groups: list[list[OpenArchive]] = []
        self.comdats: dict[str, InputFile] = {}
        self.depth = 0
        self.loaded_shared: dict[str, InputFile] = {}
        self.warned_incompatible: set[str] = set()

    def run(self, items: Sequence[InputItem]) -> None:
        """Load everything."""
        for item in items:
            self.item(item)
        while self.groups:
            self.end_group()

    def item(self, item: InputItem) -> None:
        """One item of the command line."""
        if item.kind == GROUP_START:
            self.groups.append([])
        elif item.kind == GROUP_END:
            self.end_group()
        elif item.kind == LIBRARY:
            self.library(item)
        else:
            self.file(item.name, item)

    def end_group(self) -> None:
        """Search the group's archives until a round adds nothing."""
        archives = self.groups.pop()
        while True:
            added = False
            for a in archives:
                if self.search(a):
                    added = True
            if not added:
                return

    # ---- finding ------------------------------------------------------------------------------

    def search_path(self) -> list[str]:
        """Directories of -L and SEARCH_DIR; `=` or $SYSROOT at the front stands for the sysroot."""
        options = self.link.options
        out = list(options.library_path)
        if not options.nostdlib:
            out += self.link.script.search
        root = options.sysroot
        path: list[str] = []
        for d in out:
            if d.startswith("="):
                d = root + d[1:]
            elif d.startswith("$SYSROOT"):
                d = root + d[8:]
            path.append(d)
        return path

    def library(self, item: InputItem) -> None:
        """-lNAME or -l:FILE"""
        name = item.name
        if name.startswith(":"):
            candidates = [name[1:]]
        elif item.static:
            candidates = [f"lib{name}.a"]
        else:
            candidates = [f"lib{name}.so", f"lib{name}.a"]
        for directory in self.search_path():
            for candidate in candidates:
                path = os.path.join(directory, candidate)
                if os.path.isfile(self.link.context.path(path)) and self.compatible(path, name):
                    self.file(path, item)
                    return
        raise ToolError(f"cannot find -l{name}: No such file or directory")

    def compatible(self, path: str, name: str) -> bool:
        """Whether a library found by search is for this target; others are skipped with a note."""
        try:
            with open(self.link.context.path(path), "rb") as f:
                head = f.read(20)
        except OSError:
            return False
        if not is_elf(head) or len(head) < 20:
            return True
        target = self.link.target
        if int.from_bytes(head[18:20], "little") == target.machine and head[4] == target.bits // 32:
            return True
        if path not in self.warned_incompatible:
            self.warned_incompatible.add(path)
            self.link.note(f"skipping incompatible {path} when searching for -l{name}")
        return False

    def read(self, name: str) -> bytes:
        """The bytes of an input file.  Raises ToolError."""
        try:
            data = self.link.context.read(name)
        except OSError as e:
            raise ToolError(f"cannot find {name}: {e.strerror}") from None
        self.link.input_names.append(name)
        return data

    # ---- files --------------------------------------------------------------------------------

    def file(self, name: str, item: InputItem) -> None:
        """One file, whatever it is."""
        link = self.link
        data = self.read(name)
        if link.options.trace:
            link.context.print(name)
        if item.binary:
            self.binary(name, data)
        elif is_elf(data):
            self.elf(name, name, "", data, item)
        elif is_archive(data):
            self.archive(name, data, item)
        else:
            self.script(name, data, item)

    def elf(self, name: str, path: str, archive: str, data: bytes | memoryview, item: InputItem) -> None:
        """An object or a shared object."""
        link = self.link
        target = link.target
        kind = int.from_bytes(data[16:18], "little") if len(data) >= 18 else 0
        if kind == ET_DYN:
            if link.options.relocatable:
                raise ToolError(f"attempted static link of dynamic object `{name}'")
            if link.options.static and item.static:
                raise ToolError(f"attempted static link of dynamic object `{name}'")
            elf = ElfFile(data, name)
            self.check_machine(name, elf.header.machine, elf.header.bits, elf.header.little)
            add_shared(link, elf, name, item, self.loaded_shared)
            return
        if kind != ET_REL:
            raise ToolError(f"{name}: cannot use executable file as input to a link" if kind == ET_EXEC else f"{name}: file format not recognized")
        image = read(data, name)
        self.check_machine(name, image.machine, image.bits, image.little)
        if not image.rela and target.rela and any(s.relocation_count() for s in image.sections):
            raise ToolError(f"{name}: SHT_REL relocations are not used on this target")
        self.object(InputFile(name, path, archive, image, UNDEFINED_SECTION))

    def check_machine(self, name: str, machine: int, bits: int, little: bool) -> None:
        """Refuse files of other machines."""
        target = self.link.target
        if machine != target.machine or bits != target.bits or not little:
            raise ToolError(f"{name} is incompatible with {target.formats[0]} output" if machine == target.machine else
                            f"{name}: file in wrong format")

    def object(self, file: InputFile) -> None:
        """Enter an object: sections (less COMDAT copies), then symbols."""
        link = self.link
        image = file.image
        dropped = self.dropped_sections(file, image)
        sections: list[InputSection | None] = [None]
        relocatable = link.options.relocatable
        strip = link.options.strip_debug or link.options.strip_all
        all_sections = link.sections
        has_stack_note = False
        for i in range(1, len(image.sections)):
            s = image.sections[i]
            kind = s.kind
            if kind == SHT_NULL or kind == SHT_LLVM_ADDRSIG or kind == SHT_GROUP or kind == SHT_SYMTAB:
                sections.append(None)
                continue
            section = InputSection(file, s.name, kind, s.flags, s.align, s.size)
            section.index = i
            section.sequence = len(all_sections)
            section.entry_size = s.entry_size
            section.data = s.data
            section.link = s.link
            section.info = s.info
            section.group = s.group
            if i in dropped:
                section.alive = False
            elif strip and not s.flags & SHF_ALLOC and is_debug(s.name):
                section.alive = False
            elif s.name.startswith(".gnu.linkonce.") and not relocatable and self.linkonce(file, s.name):
                section.alive = False
            elif s.name == ".note.GNU-stack":
                has_stack_note = True
                if s.flags & SHF_EXECINSTR:
                    link.stack_executable = True
            if s.flags & SHF_COMPRESSED and not relocatable and section.alive:
                decompress(section, image.bits)
            if s.name.startswith(".gnu.warning.") and not relocatable:
                link.symbol_warnings.setdefault(s.name[13:], bytes(s.data).rstrip(b"\0").decode("utf-8", "replace"))
                section.alive = False
            if s.flags & SHF_MERGE and (not s.entry_size or s.size % s.entry_size):
                section.flags &= ~0x30
            if kind == SHT_STRTAB or kind == SHT_RELA:
                section.alive = False
            if section.alive:
                all_sections.append(section)
            sections.append(section)
        file.sections = sections
        if not has_stack_note and link.target.default_exec_stack and image.flags >= 0 and len(sections) > 1:
            link.stack_missing.append(file.name)
        if file.path and link.options.trace and file.archive:
            link.context.print(file.name)
        link.files.append(file)
        link.target.file_flags(link, file)
        add_symbols(link, file)

    def linkonce(self, file: InputFile, name: str) -> bool:
        """Old-style COMDAT: whether a .gnu.linkonce section of this name has been seen."""
        key = "\0" + name
        if key in self.comdats:
            return True
        self.comdats[key] = file
        return False

    def dropped_sections(self, file: InputFile, image: ObjectImage) -> set[int]:
        """Members of COMDAT groups that an earlier file has defined."""
        dropped: set[int] = set()
        for group in image.groups:
            if not group.flags & GRP_COMDAT:
                continue
            s = image.symbols[group.signature]
            name = s.name
            if s.kind == STT_SECTION and not name and 0 < s.section < len(image.sections):
                name = image.sections[s.section].name
            if name in self.comdats:
                dropped.update(group.members)
            else:
                self.comdats[name] = file
        return dropped

    # ---- archives -----------------------------------------------------------------------------

    def archive(self, name: str, data: bytes, item: InputItem) -> None:
        """An archive: all of it, or what is needed."""
        archive = parse_archive(data, name)
        opened = OpenArchive(archive, name, item)
        if item.whole_archive:
            for m in archive.members:
                self.member(opened, m.offset)
            return
        if archive.has_symbols:
            for symbol, offset in archive.symbols:
                opened.index.setdefault(symbol, offset)
        else:
            for m in archive.members:
                for symbol in defined_symbols(m.load(self.read), f"{name}({m.name})"):
                    opened.index.setdefault(symbol, m.offset)
        self.search(opened)
        for group in self.groups:
            group.append(opened)

    def search(self, opened: OpenArchive) -> bool:
        """Take members that define what is undefined, until there are none; whether any were taken."""
        undefined = self.link.undefined
        index = opened.index
        added = False
        while True:
            wanted: list[int] = []
            if len(undefined) < len(index):
                names = [n for n in undefined if n in index]
            else:
                names = [n for n in index if n in undefined]
            for n in names:
                offset = index[n]
                if offset not in opened.taken and offset not in wanted:
                    wanted.append(offset)
            if not wanted:
                return added
            wanted.sort()
            for offset in wanted:
                # an earlier member of this round may have satisfied it
                if any(index[n] == offset and n in undefined for n in names):
                    self.member(opened, offset)
                    added = True

    def member(self, opened: OpenArchive, offset: int) -> None:
        """Load one member."""
        opened.taken.add(offset)
        m = opened.members.get(offset)
        if m is None:
            raise ToolError(f"{opened.name}: malformed archive: its index refers to a member at {offset:#x} that does not exist")
        data = m.load(self.read)
        name = f"{opened.name}({m.name})"
        if is_archive(data):
            self.depth += 1
            if self.depth > 16:
                raise ToolError(f"{name}: archives nested too deeply")
            self.archive(m.path or name, bytes(data), opened.item)
            self.depth -= 1
        elif is_elf(data):
            self.elf(name, m.name if not opened.archive.thin else (m.path or m.name), opened.name, data, opened.item)
        elif opened.item.whole_archive:
            raise ToolError(f"{name}: file format not recognized")

    # ---- other kinds --------------------------------------------------------------------------

    def script(self, name: str, data: bytes, item: InputItem) -> None:
        """A text file: a linker script that adds inputs (libc.so) or statements."""
        link = self.link
        if b"\0" in data[:4096]:
            raise ToolError(f"{name}: file format not recognized; treating as linker script\n{name}:1: syntax error")
        self.depth += 1
        if self.depth > 16:
            raise ToolError(f"{name}: linker scripts nested too deeply")
        text = data.decode("utf-8", "surrogateescape")
        script = parse_script(name, text, link.diagnostics.locations, self.include)
        for directory in script.search:
            if directory not in link.script.search:
                link.script.search.append(directory)
        group = 0
        for command in script.inputs:
            if command.group != group:
                if group:
                    self.end_group()
                if command.group:
                    self.groups.append([])
                group = command.group
            inner = InputItem(FILE, command.name)
            inner.as_needed = item.as_needed or command.as_needed
            inner.static = item.static
            inner.whole_archive = item.whole_archive
            self.script_input(name, inner)
        if group:
            self.end_group()
        if script.statements or script.has_sections:
            link.extra_scripts.append(script)
        for extern in script.externs:
            link.symbol(extern).in_regular = True
            link.undefined[extern] = None
        self.depth -= 1

    def script_input(self, script: str, item: InputItem) -> None:
        """A file named in a script: -lx, an absolute path (in the sysroot if the script is), or searched for."""
        name = item.name
        link = self.link
        if name.startswith("-l"):
            item.name = name[2:]
            self.library(item)
            return
        root = link.options.sysroot
        if name.startswith("="):
            name = root + name[1:]
        elif name.startswith("/"):
            if root and os.path.realpath(link.context.path(script)).startswith(os.path.realpath(root) + "/") and \
                    os.path.exists(root + name):
                name = root + name
        elif not os.path.exists(link.context.path(name)):
            for directory in [os.path.dirname(script), *self.search_path()]:
                if os.path.exists(link.context.path(os.path.join(directory, name))):
                    name = os.path.join(directory, name)
                    break
        self.file(name, item)

    def include(self, name: str) -> str:
        """The text of an INCLUDE file: here, or along -L."""
        for directory in ["", *self.search_path()]:
            path = os.path.join(directory, name)
            if os.path.isfile(self.link.context.path(path)):
                return self.read(path).decode("utf-8", "surrogateescape")
        raise ToolError(f"cannot open linker script file {name}: No such file or directory")

    def binary(self, name: str, data: bytes) -> None:
        """-b binary: the bytes as .data, with _binary_NAME_start, _end and _size."""
        target = self.link.target
        image = ObjectImage(target.machine, target.bits, target.rela)
        section = Section(".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE)
        section.data = data
        section.size = len(data)
        image.sections.append(section)
        prefix = "_binary_" + re.sub(r"[^A-Za-z0-9]", "_", name)
        image.symbols.append(Symbol(prefix + "_start", 0, 0, 1, 0, 0, 1))
        image.symbols.append(Symbol(prefix + "_end", len(data), 0, 1, 0, 0, 1))
        image.symbols.append(Symbol(prefix + "_size", len(data), 0, 1, 0, 0, SHN_ABS))
        image.flags = -1
        self.object(InputFile(name, name, "", image, UNDEFINED_SECTION))


def is_debug(name: str) -> bool:
    """Sections that --strip-debug removes."""
    return name.startswith((".debug", ".zdebug", ".line", ".stab", ".gnu.linkonce.wi.", ".gdb_index", ".gnu.debuglto_"))


def load_relocations(link: Link) -> None:
    """Decode the relocations of all live sections; addends that are in the contents are fetched from there."""
    target = link.target
    for section in link.sections:
        if section.alive and not section.synthetic and section.relocations is None:
            source = section.file.image.sections[section.index]
            if source.relocation_count():
                relocs = source.relocations
                section.relocations = relocs
                if relocs is not None and relocs.offsets and max(relocs.offsets) > len(section.data):
                    raise ToolError(f"{section.display}: relocation at offset {max(relocs.offsets):#x} is outside the section")
                if relocs is not None and not relocs.explicit:
                    data = section.data
                    limit = len(data)
                    relocs.addends = [target.section_addend(k, data, o) if o + 4 <= limit or o < limit else 0
                                      for k, o in zip(relocs.types, relocs.offsets)]
