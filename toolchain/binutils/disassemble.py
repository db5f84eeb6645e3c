"""`objdump -d`: sections as instructions, with symbols, relocations and source lines between them."""
from __future__ import annotations

from bisect import bisect_right
from typing import Final

from toolchain.binutils.decoder import Decoder
from toolchain.binutils.machines import make_decoder
from toolchain.binutils.objdump_headers import View, named_symbols, section_relocations
from toolchain.binutils.plt import plt_symbols, slot_names
from toolchain.binutils.program import Program
from toolchain.binutils.readelf_headers import control
from toolchain.binutils.source import SourceMap
from toolchain.context import ToolContext
from toolchain.dwarf.lookup import Place
from toolchain.elf.constants import (
    ET_REL,
    SHF_EXECINSTR,
    SHN_COMMON,
    SHN_UNDEF,
    SHT_DYNSYM,
    SHT_NOBITS,
    STB_GLOBAL,
    STB_LOCAL,
    STT_COMMON,
    STT_FILE,
    STT_FUNC,
    STT_OBJECT,
    STT_SECTION,
)
from toolchain.elf.image import Symbol
from toolchain.elf.versions import append_versions

MAX_ZEROES: Final = 1 << 26


class DisassemblyOptions:
    """What to disassemble and how."""

    def __init__(self) -> None:
        self.everything = False
        self.only: list[str] = []
        self.start: int | None = None
        self.stop: int | None = None
        self.symbol = ""
        self.relocations = False
        self.zeroes = False
        self.raw = True
        self.addresses = True
        self.lines = False
        self.source = False
        self.wide = False
        self.dialect: list[str] = []


SortKey = tuple[int, bool, bool, bool, bool, bool, bool, bool, bool, int, bool, str, int]


def _sort_key(s: Symbol) -> SortKey:
    """GNU objdump's order of symbols: by address, the most telling name first."""
    name = s.name
    compiled = "gnu_compiled" in name or "gcc2_compiled" in name
    section = s.kind == STT_SECTION
    return (s.value, compiled, name.endswith((".o", ".a")) and len(name) > 2, section, section, s.kind != STT_FUNC,
            s.kind not in (STT_OBJECT, STT_COMMON), s.binding != STB_GLOBAL, s.binding == STB_LOCAL, -s.size, name.startswith("."),
            name, s.section)


class SymbolIndex:
    """Symbols by address, the best name of each address only."""

    def __init__(self, symbols: list[Symbol]) -> None:
        self.addresses: list[int] = []
        self.names: list[str] = []
        self.sizes: dict[int, int] = {}
        for s in sorted(symbols, key=_sort_key):
            if self.addresses and self.addresses[-1] == s.value:
                continue
            self.addresses.append(s.value)
            self.names.append(s.name)
            self.sizes[s.value] = s.size

    def size_at(self, address: int) -> int:
        """Size of the symbol at exactly that address, as the symbol table has it."""
        return self.sizes.get(address, 0)

    def at(self, address: int) -> str:
        """`name`, `name+0xoffset` or (before the first symbol) `name-0xoffset`; empty without symbols."""
        if not self.addresses:
            return ""
        i = bisect_right(self.addresses, address) - 1
        if i < 0:
            return f"{self.names[0]}-{self.addresses[0] - address:#x}"
        offset = address - self.addresses[i]
        return self.names[i] if offset == 0 else f"{self.names[i]}+{offset:#x}"


CONTEXT_LINES: Final = 5


class SourceFiles:
    """Source files by path, and how far each has been shown."""

    def __init__(self, context: ToolContext | None) -> None:
        self.context = context
        self.files: dict[str, list[str]] = {}
        self.last: dict[str, int] = {}
        self.furthest: dict[str, int] = {}

    def show(self, path: str, line: int, out: list[str]) -> None:
        """Append the lines up to `line` that have not been shown, five lines of context at most."""
        lines = self.files.get(path)
        if lines is None:
            lines = []
            if self.context is not None:
                try:
                    lines = self.context.read(path).decode("utf-8", "surrogateescape").split("\n")
                except OSError:
                    lines = []
            self.files[path] = lines
        if not lines or self.last.get(path) == line:
            return
        first = max(1, line - CONTEXT_LINES)
        shown = self.furthest.get(path, 0)
        if shown >= first:
            first = shown + 1 if shown < line else line
        out += [text + "\n" for text in lines[first - 1:line]]
        self.furthest[path] = max(shown, line)
        self.last[path] = line


class Resolver:
    """Names for the addresses that instructions mention."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.symbols: list[Symbol] = []
        table: list[Symbol] = []
        if view.symtab:
            table = view.symbols()
        elif view.elf.find(SHT_DYNSYM):
            table = named_symbols(view.elf, view.elf.find(SHT_DYNSYM))
            append_versions(view.elf, table)
        for s in table[1:]:
            if s.kind == STT_SECTION and not s.name.startswith((".plt", ".got")):
                continue
            if s.name and s.kind != STT_FILE and s.section not in (SHN_UNDEF, SHN_COMMON) and view.machine.names_address(s.name):
                self.symbols.append(s)
        self.symbols += plt_symbols(view.elf)
        self.slots = slot_names(view.elf)
        self.everything = SymbolIndex(self.symbols)
        self.indexes: dict[int, SymbolIndex] = {}
        self.marks: dict[int, list[Symbol]] = {}
        """Mapping symbols by section."""
        for s in view.symbols():
            if view.machine.is_mapping_symbol(s.name):
                self.marks.setdefault(s.section, []).append(s)
        self.lookup: SourceMap | None = None
        self.sources = SourceFiles(None)

    def index(self, section: int) -> SymbolIndex:
        """The symbols of a section."""
        found = self.indexes.get(section)
        if found is None:
            found = self.indexes[section] = SymbolIndex([s for s in self.symbols if s.section == section])
        return found

    def name(self, section: int, address: int) -> str:
        """The best name of an address, seen from `section`; in a linked file from anywhere."""
        elf = self.view.elf
        if elf.header.kind == ET_REL:
            s = elf.sections[section]
            if s.address <= address < s.address + s.size:
                name = self.index(section).at(address)
                if name:
                    return name
                return f"{s.name}+{address - s.address:#x}" if address != s.address else s.name
        best = self.everything.at(address)
        if "@plt+" in best and not self.view.symtab:
            return best                         # GNU objdump names no slots behind the symbols that it makes up itself
        return self.slots.get(address) or best


def disassemble(view: View, options: DisassemblyOptions, program: Program) -> None:
    """Print the disassembly of a file."""
    elf = view.elf
    resolver = Resolver(view)
    if options.lines or options.source:
        resolver.lookup = SourceMap(elf)
        resolver.sources = SourceFiles(program.context)
    decoder = make_decoder(view.form, options.dialect)
    for symbol in resolver.symbols:
        if symbol.name == view.machine.global_pointer:
            decoder.set_global_pointer(symbol.value)
    for i in view.listed:
        s = elf.sections[i]
        if options.only:
            if s.name not in options.only:
                continue
        elif not (options.everything or s.flags & SHF_EXECINSTR):
            continue
        if not s.size or (s.kind == SHT_NOBITS and s.size > MAX_ZEROES):
            continue
        _Section(view, options, program, resolver, decoder, i).run()


class _Section:
    """The disassembly of one section."""

    def __init__(self, view: View, options: DisassemblyOptions, program: Program, resolver: Resolver, decoder: Decoder, number: int) -> None:
        self.view = view
        self.options = options
        self.program = program
        self.resolver = resolver
        self.decoder = decoder
        self.number = number
        section = view.elf.sections[number]
        self.base = section.address
        self.data = bytes(section.size) if section.kind == SHT_NOBITS else bytes(view.elf.section_data(number))
        self.name = section.name
        self.symbols = resolver.index(number)
        self.relocations: list[tuple[int, str, str]] = []
        self.next_relocation = 0
        if options.relocations:
            for r in view.relocation_sections.get(number, []):
                self.relocations += section_relocations(view, r, number)
            self.relocations.sort(key=_first)
        marks = {(x.value - self.base, not x.name.startswith("$d")) for x in resolver.marks.get(number, [])}
        self.marks = [(offset, not code) for offset, code in sorted(marks)]  # at one place code wins
        self.next_mark = 0
        self.lookup = resolver.lookup
        self.last_function = ""
        self.last_line = -1
        self.last_discriminator = 0
        decoder.mark(0, False, 0)
        self.digits = _digits(self.base + len(self.data))
        self.out: list[str] = []

    def run(self) -> None:
        options = self.options
        low = self.base if options.start is None else max(options.start, self.base)
        high = self.base + len(self.data)
        if options.stop is not None:
            high = min(high, options.stop)
        if low >= high:
            return
        marks = [a for a in self.symbols.addresses if low <= a < high]
        if not marks or marks[0] != low:
            marks.insert(0, low)
        marks.append(high)
        self.out.append(f"\nDisassembly of section {self.name}:\n")
        limit = 0                                   # --disassemble=symbol: where the symbol's object ends
        for start, end in zip(marks, marks[1:]):
            name = self.symbols.at(start)
            if options.symbol:
                if name.partition("+")[0] == options.symbol:
                    limit = start + (self.symbols.size_at(start) or end - start)
                if start >= limit:
                    continue
                end = min(end, limit)
            self.heading(start, name)
            self.block(start, end)
        self.program.out("".join(self.out))

    def heading(self, start: int, name: str) -> None:
        width = self.view.elf.header.bits // 4
        label = f"<{control(name or self.name)}>:"
        self.out.append(f"\n{start:0{width}x} {label}\n" if self.options.addresses else f"\n{label}\n")

    def block(self, start: int, end: int) -> None:
        """The instructions between two symbols."""
        position = start
        data = self.data
        while position < end:
            offset = position - self.base
            if not self.options.zeroes:
                skip = self.zero_run(offset, end - self.base)
                if skip:
                    self.out.append("\t...\n")
                    self.show_relocations(offset, offset + skip)
                    position += skip
                    continue
            self.set_mark(offset)
            self.show_place(position)
            size, text, target = self.decoder.decode(data, offset, position, end - self.base)
            self.instruction(position, data[offset:offset + size], text, target)
            self.show_relocations(offset, offset + size)
            position += size

    def set_mark(self, offset: int) -> None:
        """Tell the decoder of the mapping symbol in force, when it changes."""
        marks = self.marks
        changed = False
        while self.next_mark < len(marks) and marks[self.next_mark][0] <= offset:
            self.next_mark += 1
            changed = True
        if changed:
            following = marks[self.next_mark][0] if self.next_mark < len(marks) else len(self.data)
            self.decoder.mark(offset, marks[self.next_mark - 1][1], following)

    def zero_run(self, offset: int, end: int) -> int:
        """How many zero bytes to skip here: a run of 8 or more, in whole words unless it is the last, or
        the last one or two bytes of a block."""
        data = self.data
        if data[offset]:
            return 0
        stop = offset
        while stop < end and data[stop] == 0:
            stop += 1
        if self.next_relocation < len(self.relocations) and self.relocations[self.next_relocation][0] < stop:
            return 0
        run = stop - offset
        if run < 8 and not (stop == end and run < 3):
            return 0
        return run if stop == end else run & ~3

    def instruction(self, address: int, raw: bytes, text: str, target: int | None) -> None:
        options = self.options
        digits = f"{target:x}" if target is not None else ""
        if target is not None and not self.resolver.symbols and text.endswith(digits):
            text = f"{text[:len(text) - len(digits)]}0x{digits}"
        elif target is not None:
            name = self.resolver.name(self.number, target)
            text += f" <{control(name)}>" if name else ""
        prefix = f"{address:{self.digits}x}:\t" if options.addresses else "\t"
        if not options.raw:
            self.out.append(f"{prefix}{text}\n")
            return
        rows = self.decoder.byte_rows(raw, options.wide)
        self.out.append(f"{prefix}{rows[0]}\t{text}\n")
        position = address
        for row, count in zip(rows[1:], self.decoder.row_sizes(raw)):
            position += count
            more = f"{position:{self.digits}x}:\t" if options.addresses else "\t"
            self.out.append(f"{more}{row}\n")

    def show_place(self, address: int) -> None:
        """-l and -S: say where the code comes from, when that changes."""
        if self.lookup is None:
            return
        frames = self.lookup.frames(self.number, address)
        place = frames[0].place if frames else Place("", 0)
        function = frames[0].function if frames else ""
        path = place.path if place.line else ""
        if self.options.lines:
            if function and function != self.last_function:
                self.out.append(f"{function}():\n")
                self.last_line = -1
            if place.line > 0 and (place.line != self.last_line or place.discriminator != self.last_discriminator):
                extra = f" (discriminator {place.discriminator})" if place.discriminator else ""
                self.out.append(f"{place.path}:{place.line}{extra}\n")
        if self.options.source and path:
            self.resolver.sources.show(path, place.line, self.out)
        self.last_function = function
        self.last_line = place.line
        self.last_discriminator = place.discriminator

    def show_relocations(self, start: int, end: int) -> None:
        """The relocations that lie in an instruction just shown."""
        width = self.view.elf.header.bits // 4
        pad = "\t\t\t" if width == 16 else "\t\t\t"
        while self.next_relocation < len(self.relocations):
            offset, name, target = self.relocations[self.next_relocation]
            if offset >= end:
                return
            self.next_relocation += 1
            if offset < start:
                continue
            place = f"{self.base + offset:x}: " if self.options.addresses else ""
            self.out.append(f"{pad}{place}{name}\t{_short_addend(target)}\n")


def _first(row: tuple[int, str, str]) -> int:
    return row[0]


def _short_addend(target: str) -> str:
    """Within a disassembly addends have no leading zeros."""
    for sign in ("+0x", "-0x"):
        at = target.rfind(sign)
        if at > 0:
            digits = target[at + 3:].lstrip("0")
            if digits and all(c in "0123456789abcdef" for c in digits):
                return f"{target[:at]}{sign}{digits}"
    return target


def _digits(top: int) -> int:
    """The width of the address column for a section that ends at `top`: leading zeros go by fours."""
    need = len(f"{top:x}")
    return 4 if need <= 3 else 8 if need <= 7 else need if need > 8 else need
