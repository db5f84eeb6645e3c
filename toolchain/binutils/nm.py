"""`nm`: list symbols."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.binutils.classes import (
    is_debugging_symbol,
    refuse_mangled,
    section_flags,
    section_letter,
    symbol_letter,
)
from toolchain.binutils.machines import machine
from toolchain.binutils.options import OPTIONAL, REQUIRED, Option, OptionTable, Parsed
from toolchain.binutils.program import Program, members, run
from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.elf.constants import (
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    SHT_SYMTAB,
    STB_LOCAL,
    STB_WEAK,
    STT_SECTION,
)
from toolchain.elf.image import Symbol
from toolchain.elf.reader import ElfFile, is_elf
from toolchain.elf.records import ElfError
from toolchain.elf.versions import append_versions, dynamic_symbol_table

TABLE: Final = OptionTable("nm", "[option(s)] [file(s)]", "List the symbols of files (a.out by default)", [
    Option("debug", "-a --debug-syms", text="show debugger-only symbols too"),
    Option("file", "-A -o --print-file-name", text="print the file's name before every symbol"),
    Option("bsd", "-B", text="the same as --format=bsd"),
    Option("demangle", "-C --demangle", OPTIONAL, "style", ""),
    Option("no-demangle", "--no-demangle", text="print symbol names as they are (default)"),
    Option("dynamic", "-D --dynamic", text="show dynamic symbols instead"),
    Option("ignored", "-e", text=""),
    Option("format", "-f --format", REQUIRED, "format", "bsd, sysv, posix or just-symbols"),
    Option("extern", "-g --extern-only", text="only external symbols"),
    Option("ifunc", "--ifunc-chars", REQUIRED, "chars", "letters for global and local ifunc symbols"),
    Option("just", "-j --just-symbols", text="the same as --format=just-symbols"),
    Option("numeric", "-n -v --numeric-sort", text="sort by address"),
    Option("nosort", "-p --no-sort", text="do not sort"),
    Option("posix", "-P --portability", text="the same as --format=posix"),
    Option("reverse", "-r --reverse-sort", text="reverse the sort"),
    Option("plugin", "--plugin", REQUIRED, "name", ""),
    Option("size", "-S --print-size", text="print sizes of defined symbols"),
    Option("armap", "-s --print-armap", text="print the index of archives"),
    Option("quiet", "--quiet", text="do not say that a file has no symbols"),
    Option("size-sort", "--size-sort", text="sort by size"),
    Option("special", "--special-syms", text="include special symbols"),
    Option("radix", "-t --radix", REQUIRED, "radix", "print values in radix d, o or x"),
    Option("target", "--target", REQUIRED, "bfdname", "the object format"),
    Option("undefined", "-u --undefined-only", text="only undefined symbols"),
    Option("defined", "-U --defined-only", text="only defined symbols"),
    Option("no-weak", "-W --no-weak", text="ignore weak symbols"),
    Option("versions", "--with-symbol-versions", text="print version names"),
    Option("no-versions", "--without-symbol-versions", text="do not print version names"),
    Option("X", "-X", REQUIRED, "32_64", ""),
    Option("ignored", "--recurse-limit --no-recurse-limit --no-recursion-limit --recursion-limit", text=""),
    Option("help", "-h --help", text="show this help"),
    Option("version", "-V --version", text="show the version"),
])

FORMATS: Final = {"b": "bsd", "s": "sysv", "p": "posix", "j": "just"}
KIND_NAMES: Final = {0: "NOTYPE", 1: "OBJECT", 2: "FUNC", 3: "SECTION", 4: "FILE", 5: "COMMON", 6: "TLS", 10: "IFUNC"}


class _Nm:
    """One run of nm: what to show, and how."""

    def __init__(self, program: Program, parsed: Parsed) -> None:
        self.program = program
        self.debug = parsed.has("debug")
        self.demangle = parsed.has("demangle") and parsed.last("demangle") != "none"
        self.dynamic = parsed.has("dynamic")
        self.external = parsed.has("extern")
        self.numeric = parsed.has("numeric")
        self.unsorted = parsed.has("nosort")
        self.reverse = parsed.has("reverse")
        self.sizes = parsed.has("size")
        self.by_size = parsed.has("size-sort")
        self.special = parsed.has("special")
        self.undefined = parsed.has("undefined")
        self.defined = parsed.has("defined")
        self.no_weak = parsed.has("no-weak")
        self.armap = parsed.has("armap")
        self.quiet = parsed.has("quiet")
        self.file_names = parsed.has("file")
        self.versions = (parsed.has("versions") or self.dynamic) and not parsed.has("no-versions")
        self.ifunc = parsed.last("ifunc", "ii")
        self.radix = parsed.last("radix", "x")
        self.format = "bsd"
        for key, value in parsed.options:
            if key == "format":
                if value[:1] not in FORMATS:
                    raise ToolError(f"{value}: invalid output format")
                self.format = FORMATS[value[:1]]
            elif key in ("bsd", "posix", "just"):
                self.format = key
        if self.radix not in ("d", "o", "x"):
            raise ToolError(f"{self.radix}: invalid radix")
        if self.ifunc and len(self.ifunc) == 1:
            self.ifunc *= 2
        self.several = False
        self.width = 16

    def number(self, value: int) -> str:
        if self.radix == "x":
            return f"{value:0{self.width}x}"
        if self.radix == "d":
            half = 1 << (4 * self.width - 1)
            return f"{(value ^ half) - half:0{self.width}d}"
        return f"{value:0{self.width}o}"

    def plain(self, value: int) -> str:
        return f"{value:{self.radix}}"

    def file(self, name: str) -> None:
        data = self.program.read(name)
        inside = members(self.program, data, name)
        if inside is None:
            if not is_elf(data):
                raise ToolError(f"{name}: file format not recognized")
            if self.several and not self.file_names:
                self.heading(name)
            self.object(ElfFile(data, name), name, "")
            return
        archive, parts = inside
        self.archive_heading(name)
        if self.armap and archive.has_symbols:
            self.print_armap(archive.symbols, {m.offset: m.path or m.name for m in parts})
        for m in parts:
            shown = m.path or m.name
            try:
                contents = m.load(self.program.load)
                if not is_elf(contents):
                    self.member_heading(shown, name)
                    self.program.say(f"{shown}: file format not recognized")
                    continue
                elf = ElfFile(contents, shown)
                self.member_heading(shown, name)
                self.object(elf, shown, name)
            except ElfError as e:
                self.program.error(e.message)

    def print_armap(self, symbols: Sequence[tuple[str, int]], names: dict[int, str]) -> None:
        self.program.out("\nArchive index:\n")
        for symbol, offset in symbols:
            self.program.out(f"{symbol} in {names.get(offset, '?')}\n")

    def heading(self, name: str) -> None:
        if self.format == "bsd":
            self.program.out(f"\n{name}:\n")
        elif self.format == "posix":
            self.program.out(f"{name}:\n")

    def archive_heading(self, name: str) -> None:
        if self.format == "bsd" and self.several:
            self.program.out(f"\n{name}:\n")

    def member_heading(self, member: str, archive: str) -> None:
        if self.file_names:
            return
        if self.format == "bsd":
            self.program.out(f"\n{member}:\n")
        elif self.format == "posix":
            self.program.out(f"{archive}[{member}]:\n")

    def object(self, elf: ElfFile, name: str, archive: str) -> None:
        table = dynamic_symbol_table(elf) if self.dynamic else elf.find(SHT_SYMTAB)
        if self.format == "sysv":
            self.sysv_heading(name, archive, elf)
        if not table:
            if not self.quiet:
                self.program.say(f"{name}: no symbols")
            return
        symbols = elf.read_symbols(table)
        if len(symbols) <= 1 and not self.dynamic:
            if not self.quiet:
                self.program.say(f"{name}: no symbols")
            return
        self.width = 16 if elf.header.bits == 64 else 8
        self.qualify(elf, symbols)
        chosen = self.choose(elf, symbols)
        self.print(elf, chosen, name, archive)

    def qualify(self, elf: ElfFile, symbols: list[Symbol]) -> None:
        """Give section symbols their section's name, and dynamic symbols their versions."""
        for s in symbols:
            if s.kind == STT_SECTION and not s.name and s.section < len(elf.sections):
                s.name = elf.sections[s.section].name
        if self.versions and self.dynamic:
            append_versions(elf, symbols)

    def choose(self, elf: ElfFile, symbols: list[Symbol]) -> list[Symbol]:
        facts = machine(elf.header.machine)
        out: list[Symbol] = []
        for s in symbols[1:]:
            undefined = s.section == SHN_UNDEF
            if self.undefined and not undefined:
                continue
            if self.external and s.binding == STB_LOCAL and not undefined and s.section != SHN_COMMON:
                continue
            if not self.debug and is_debugging_symbol(s):
                continue
            if self.by_size and (undefined or s.section == SHN_ABS or s.size == 0):
                continue
            if self.defined and undefined:
                continue
            if self.no_weak and s.binding == STB_WEAK:
                continue
            if not self.special and facts.is_special_symbol(s):
                continue
            out.append(s)
        if self.unsorted:
            return out
        if self.by_size:
            out.sort(key=_value_key, reverse=self.reverse)
        out.sort(key=_plain_name_key if self.dynamic else _name_key, reverse=self.reverse)
        if self.by_size:
            out.sort(key=_size_key, reverse=self.reverse)
        elif self.numeric:
            out.sort(key=_value_key, reverse=self.reverse)
        return out

    def print(self, elf: ElfFile, symbols: list[Symbol], name: str, archive: str) -> None:
        if self.demangle:
            refuse_mangled(s.name for s in symbols)
        letters = [section_letter(section_flags(s), s.name) for s in elf.sections]
        prefix = ""
        if self.file_names:
            prefix = f"{archive}:{name}:" if archive else f"{name}:"
            if self.format == "posix":
                prefix = f"{archive}[{name}]: " if archive else f"{name}: "
        blank = " " * self.width
        lines: list[str] = []
        for s in symbols:
            letter = symbol_letter(s, letters)
            if letter == "i":
                letter = self.ifunc[1 if s.binding == STB_LOCAL else 0]
            value = s.size if s.section == SHN_COMMON else s.value
            if self.format == "just":
                lines.append(prefix + s.name)
            elif self.format == "posix":
                lines.append(prefix + self.posix(s, letter, value))
            elif self.format == "sysv":
                lines.append(prefix + self.sysv(elf, s, letter, value))
            elif letter in "Uvw":
                    lines.append(f"{prefix}{blank} {letter} {s.name}")
            elif self.by_size and not self.sizes:
                lines.append(f"{prefix}{self.number(s.size)} {letter} {s.name}")
            elif self.sizes and s.size:
                lines.append(f"{prefix}{self.number(value)} {self.number(s.size)} {letter} {s.name}")
            else:
                lines.append(f"{prefix}{self.number(value)} {letter} {s.name}")
        if lines:
            self.program.out("\n".join(lines) + "\n")

    def posix(self, s: Symbol, letter: str, value: int) -> str:
        if letter in "Uvw":
            return f"{s.name} {letter}" + " " * 9
        return f"{s.name} {letter} {self.plain(value)} {self.plain(s.size) if s.size else ''}"

    def sysv_heading(self, name: str, archive: str, elf: ElfFile) -> None:
        what = "Undefined symbols" if self.undefined else "Symbols"
        place = f"{archive}[{name}]" if archive else name
        self.program.out(f"\n\n{what} from {place}:\n\n")
        if elf.header.bits == 64:
            self.program.out("Name                  Value           Class        Type         Size             Line  Section\n\n")
        else:
            self.program.out("Name                  Value   Class        Type         Size     Line  Section\n\n")

    def sysv(self, elf: ElfFile, s: Symbol, letter: str, value: int) -> str:
        blank = " " * self.width
        shown = blank if letter in "Uvw" else self.number(value)
        size = self.number(s.size) if s.size else blank
        kind = KIND_NAMES.get(s.kind, f"<unknown>: {s.kind}")
        if s.section == SHN_UNDEF:
            section = "*UND*"
        elif s.section == SHN_ABS:
            section = "*ABS*"
        elif s.section == SHN_COMMON:
            section = "*COM*"
        else:
            section = elf.sections[s.section].name if s.section < len(elf.sections) else "?"
        return f"{s.name:<20}|{shown}|   {letter}  |{kind:>18}|{size}|     |{section}"


def _name_key(s: Symbol) -> bytes:
    return s.name.encode("utf-8", "surrogateescape")


def _plain_name_key(s: Symbol) -> bytes:
    """The name without the version that `qualify` appended."""
    return s.name.partition("@")[0].encode("utf-8", "surrogateescape")


def _value_key(s: Symbol) -> int:
    if s.section == SHN_UNDEF:
        return -1
    return s.size if s.section == SHN_COMMON else s.value


def _size_key(s: Symbol) -> int:
    return s.size


def _nm(program: Program, argv: Sequence[str]) -> int:
    parsed = TABLE.parse(argv, program.context)
    if program.answered(TABLE, parsed):
        return 0
    if parsed.last("X", "32_64") != "32_64":
        raise ToolError("Only -X 32_64 is supported")
    tool = _Nm(program, parsed)
    files = parsed.arguments or ["a.out"]
    tool.several = len(files) > 1
    return program.each(files, tool.file)


def main(argv: Sequence[str], context: ToolContext) -> int:
    """The `nm` command."""
    return run(TABLE, _nm, argv, context)
