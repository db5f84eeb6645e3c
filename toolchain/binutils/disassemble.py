"""`objdump -d`: sections as instructions, with symbols, relocations and source lines between them."""
from __future__ import annotations

from bisect import bisect_right

from toolchain.binutils.instructions import Decoder, make_decoder
from toolchain.binutils.objdump_headers import View, section_relocations
from toolchain.binutils.program import Program
from toolchain.elf.constants import (
    ET_REL,
    SHF_EXECINSTR,
    SHT_NOBITS,
    STB_GLOBAL,
    STB_LOCAL,
    STB_WEAK,
    STT_FILE,
    STT_FUNC,
    STT_OBJECT,
    STT_SECTION,
)
from toolchain.elf.image import Symbol


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


class SymbolIndex:
    """Symbols of one section by address, the best name for each address first in line."""

    def __init__(self, view: View, section: int) -> None:
        self.addresses: list[int] = []
        self.names: list[str] = []
        rows: list[tuple[int, int, int, str]] = []
        relocatable = view.elf.header.kind == ET_REL
        for number, s in enumerate(view.symbols()):
            if s.section != section or s.kind == STT_FILE or not s.name or s.name.startswith("$"):
                continue
            if s.kind == STT_SECTION and not relocatable:
                continue
            rows.append((s.value, _rank(s), number, s.name))
        rows.sort()
        for address, _, _, name in rows:
            if self.addresses and self.addresses[-1] == address:
                continue
            self.addresses.append(address)
            self.names.append(name)

    def at(self, address: int) -> str:
        """`<name>` or `<name+0xoffset>`, without brackets; empty if nothing precedes the address."""
        i = bisect_right(self.addresses, address) - 1
        if i < 0:
            return ""
        offset = address - self.addresses[i]
        return self.names[i] if offset == 0 else f"{self.names[i]}+{offset:#x}"


def _rank(s: Symbol) -> int:
    """Functions before objects before labels before sections; global before weak before local."""
    kind = 0 if s.kind == STT_FUNC else 1 if s.kind == STT_OBJECT else 3 if s.kind == STT_SECTION else 2
    binding = {STB_GLOBAL: 0, STB_WEAK: 1, STB_LOCAL: 2}.get(s.binding, 1)
    return kind * 4 + binding


class Resolver:
    """Names for the addresses that instructions mention."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.indexes: dict[int, SymbolIndex] = {}

    def index(self, section: int) -> SymbolIndex:
        """The symbols of a section."""
        found = self.indexes.get(section)
        if found is None:
            found = self.indexes[section] = SymbolIndex(self.view, section)
        return found

    def name(self, section: int, address: int) -> str:
        """The best name of an address, seen from `section`: in a linked file, of the section that holds it."""
        elf = self.view.elf
        if elf.header.kind != ET_REL:
            for i, s in enumerate(elf.sections):
                if s.flags & 2 and not s.flags & 0x400 and s.address <= address < s.address + s.size:
                    name = self.index(i).at(address)
                    return name or self.index(section).at(address)
        return self.index(section).at(address)


def disassemble(view: View, options: DisassemblyOptions, program: Program) -> None:
    """Print the disassembly of a file."""
    elf = view.elf
    resolver = Resolver(view)
    decoder = make_decoder(view.machine, options.dialect)
    for i in view.listed:
        s = elf.sections[i]
        if options.only:
            if s.name not in options.only:
                continue
        elif s.kind == SHT_NOBITS or not (options.everything or s.flags & SHF_EXECINSTR):
            continue
        if s.kind == SHT_NOBITS or not s.size:
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
        self.data = bytes(view.elf.section_data(number))
        self.name = section.name
        self.symbols = resolver.index(number)
        self.relocations: list[tuple[int, str, str]] = []
        self.next_relocation = 0
        if options.relocations:
            for r in view.relocation_sections.get(number, []):
                self.relocations += section_relocations(view, r, number)
            self.relocations.sort(key=_first)
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
        printed = False
        for start, end in zip(marks, marks[1:]):
            name = self.symbols.at(start)
            if options.symbol and name.partition("+")[0] != options.symbol:
                continue
            printed = True
            self.heading(start, name)
            self.block(start, end)
        if printed or not options.symbol:
            self.program.out("".join(self.out))

    def heading(self, start: int, name: str) -> None:
        width = self.view.elf.header.bits // 4
        label = f"<{name or self.name}>:" if name or not self.symbols.addresses else f"<{self.name}>:"
        if not name and self.symbols.addresses:
            first = self.symbols.addresses[0]
            label = f"<{self.symbols.names[0]}-{first - start:#x}>:"
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
            size, text, target = self.decoder.decode(data, offset, position, end - self.base)
            self.instruction(position, data[offset:offset + size], text, target)
            self.show_relocations(offset, offset + size)
            position += size

    def zero_run(self, offset: int, end: int) -> int:
        """How many zero bytes to skip here: a run of at least 8, or of any length up to the end, in whole words."""
        data = self.data
        if data[offset]:
            return 0
        stop = offset
        while stop < end and data[stop] == 0:
            stop += 1
        pending = self.next_relocation
        while pending < len(self.relocations) and self.relocations[pending][0] < offset:
            pending += 1
        if pending < len(self.relocations) and self.options.relocations:
            stop = min(stop, max(self.relocations[pending][0], offset))
        run = stop - offset
        if stop < end:
            run &= ~3
        if run >= 8 or (stop == end and run and run >= 4 and offset + run == end):
            return run if run >= 8 or stop == end else 0
        return 0

    def instruction(self, address: int, raw: bytes, text: str, target: int | None) -> None:
        options = self.options
        if target is not None:
            name = self.resolver.name(self.number, target)
            text += f" <{name}>" if name else ""
        prefix = f"{address:{self.digits}x}:\t" if options.addresses else "\t"
        if not options.raw:
            self.out.append(f"{prefix}{text}\n")
            return
        rows = self.decoder.byte_rows(raw)
        self.out.append(f"{prefix}{rows[0]}\t{text}\n")
        position = address
        for row, count in zip(rows[1:], self.decoder.row_sizes(raw)):
            position += count
            more = f"{position:{self.digits}x}:\t" if options.addresses else "\t"
            self.out.append(f"{more}{row.rstrip() if not options.wide else row}\n")

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
