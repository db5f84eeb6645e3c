"""`readelf`: show what is in ELF files."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.binutils import dwarf_dump
from toolchain.binutils import readelf_headers as headers
from toolchain.binutils import readelf_notes as notes
from toolchain.binutils import readelf_tables as tables
from toolchain.binutils.classes import refuse_mangled
from toolchain.binutils.dwarf_frames import frames
from toolchain.binutils.machines import machine
from toolchain.binutils.options import OPTIONAL, REQUIRED, Option, OptionTable, Parsed, UsageError
from toolchain.binutils.program import Program, members, run
from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.elf.archive import is_archive, parse_archive
from toolchain.elf.constants import SHT_DYNSYM, SHT_SYMTAB
from toolchain.elf.reader import ElfFile, is_elf
from toolchain.elf.records import ElfError

TABLE: Final = OptionTable("readelf", "<option(s)> elf-file(s)", "Show information about ELF files", [
    Option("all", "-a --all", text="the same as -h -l -S -s -r -d -V -A -I"),
    Option("header", "-h --file-header", text="the ELF file header"),
    Option("segments", "-l --program-headers --segments", text="the program headers"),
    Option("sections", "-S --section-headers --sections", text="the section headers"),
    Option("groups", "-g --section-groups", text="the section groups"),
    Option("details", "-t --section-details", text="the section headers in detail"),
    Option("headers", "-e --headers", text="the same as -h -l -S"),
    Option("symbols", "-s --syms --symbols", text="the symbol tables"),
    Option("dynsyms", "--dyn-syms", text="the dynamic symbol table"),
    Option("demangle", "-C --demangle", OPTIONAL, "style", ""),
    Option("ignored", "--no-demangle --recurse-limit --no-recurse-limit", text=""),
    Option("notes", "-n --notes", text="the notes"),
    Option("relocs", "-r --relocs", text="the relocations"),
    Option("unwind", "-u --unwind", text="unwind information"),
    Option("dynamic", "-d --dynamic", text="the dynamic section"),
    Option("versions", "-V --version-info", text="the symbol versions"),
    Option("arch", "-A --arch-specific", text="machine-specific information"),
    Option("index", "-c --archive-index", text="the index of an archive"),
    Option("hex", "-x --hex-dump", REQUIRED, "number|name", "a section as bytes"),
    Option("strings", "-p --string-dump", REQUIRED, "number|name", "a section as strings"),
    Option("debug", "-w --debug-dump", OPTIONAL, "what", "debug information: a/abbrev f/frames F/frames-interp i/info l/rawline L/decodedline s/str"),
    Option("histogram", "-I --histogram", text="lengths of hash buckets"),
    Option("wide", "-W --wide", text="lines may be longer than 80 columns"),
    Option("silent", "-T --silent-truncation", text=""),
    Option("help", "-H --help", text="show this help"),
    Option("version", "-v --version", text="show the version"),
])

SELECTIONS: Final = ("header", "segments", "sections", "groups", "details", "symbols", "dynsyms", "notes", "relocs", "dynamic", "versions",
                     "arch", "hex", "strings", "histogram", "index", "debug", "unwind")


DEBUG_WORDS: Final = {"abbrev": "a", "frames": "f", "frames-interp": "F", "info": "i", "rawline": "l", "line": "l", "decodedline": "L", "str": "s"}
DEBUG_LETTERS: Final = "afFilLs"


class _Readelf:
    """One run: what to show."""

    def __init__(self, program: Program, parsed: Parsed) -> None:
        self.program = program
        self.wide = parsed.has("wide")
        self.chosen = {k for k, _ in parsed.options if k in SELECTIONS}
        if parsed.has("all"):
            self.chosen |= {"header", "segments", "sections", "symbols", "relocs", "dynamic", "versions", "arch", "histogram", "notes", "groups"}
        if parsed.has("headers"):
            self.chosen |= {"header", "segments", "sections"}
        self.everything = parsed.has("all")
        self.unwinding = self.everything or parsed.has("unwind")
        self.demangle = parsed.has("demangle") and parsed.last("demangle") != "none"
        self.hex_dumps = parsed.all("hex")
        self.string_dumps = parsed.all("strings")
        self.debug = debug_letters(parsed)
        self.several = len(parsed.arguments) > 1

    def file(self, name: str) -> None:
        data = self.program.read(name)
        if is_archive(data):
            self.archive(name, data)
            return
        if not is_elf(data):
            if 4 <= len(data) < 52:
                raise ToolError(f"Error: {name}: Failed to read file header")
            if len(data) < 4:
                raise ToolError(f"Error: {name}: Failed to read file's magic number")
            raise ToolError("Error: Not an ELF file - it has the wrong magic bytes at the start")
        if self.several:
            self.program.out(f"\nFile: {name}\n")
        self.object(ElfFile(data, name))

    def archive(self, name: str, data: bytes) -> None:
        if "index" in self.chosen:
            self.archive_index(name, data)
            if self.chosen == {"index"}:
                return
        inside = members(self.program, data, name)
        for m in inside[1] if inside else []:
            contents = m.load(self.program.load)
            if not is_elf(contents):
                continue
            self.program.out(f"\nFile: {name}({m.name})\n")
            try:
                self.object(ElfFile(contents, f"{name}({m.name})"))
            except ElfError as e:
                self.program.error("Error: " + e.message)

    def archive_index(self, name: str, data: bytes) -> None:
        archive = parse_archive(data, name)
        if not archive.has_symbols:
            self.program.out(f"readelf: Error: {name} has no archive index\n")
            return
        size = sum(len(n.encode("utf-8", "surrogateescape")) + 1 for n, _ in archive.symbols)
        out = [f"Index of archive {name}: ({len(archive.symbols)} entries, {size:#x} bytes in the symbol table)\n"]
        where = archive.by_offset()
        last = -1
        for symbol, offset in archive.symbols:
            if offset != last:
                member = where.get(offset)
                out.append(f"Contents of binary {name}({member.name if member else '?'}) at offset {offset:#x}\n")
                last = offset
            out.append(f"\t{symbol}\n")
        self.program.out("".join(out))

    def object(self, elf: ElfFile) -> None:
        chosen = self.chosen
        out = self.program.out
        if self.demangle and chosen & {"symbols", "dynsyms", "relocs"}:
            refuse_mangled(s.name for i, section in enumerate(elf.sections) if section.kind in (SHT_SYMTAB, SHT_DYNSYM) for s in elf.read_symbols(i))
        if "header" in chosen:
            out(headers.file_header(elf))
        if "sections" in chosen or "details" in chosen:
            if "details" in chosen:
                out(headers.section_details(elf, self.wide, "header" not in chosen))
            else:
                out(headers.section_headers(elf, self.wide, "header" not in chosen))
        if "groups" in chosen:
            out(headers.section_groups(elf))
        if "segments" in chosen:
            out(headers.program_headers(elf, self.wide, "header" not in chosen))
        if "dynamic" in chosen:
            out(tables.dynamic_section(elf, self.wide))
        if "relocs" in chosen:
            out(tables.relocation_sections(elf, self.wide))
        if self.unwinding:
            self.unwind(elf)
        if "symbols" in chosen or "dynsyms" in chosen:
            out(tables.symbol_tables(elf, self.wide, "symbols" not in chosen))
        if "histogram" in chosen:
            out(tables.histograms(elf))
        if "versions" in chosen:
            out(tables.version_sections(elf))
        if "notes" in chosen:
            out(notes.notes(elf, self.wide))
        if "arch" in chosen:
            out(notes.attributes(elf))
        self.dumps(elf)
        if self.debug:
            self.debug_dump(elf)

    def debug_dump(self, elf: ElfFile) -> None:
        """-w, section by section."""
        out = self.program.out
        letters = self.debug
        for i, s in enumerate(elf.sections):
            if not s.size:
                continue
            if s.name in (".eh_frame", ".debug_frame") and letters & {"f", "F"}:
                out(frames(elf, i, "F" in letters))
            elif s.name == ".debug_info" and "i" in letters:
                out(dwarf_dump.debug_info(elf))
            elif s.name == ".debug_abbrev" and "a" in letters:
                out(dwarf_dump.abbreviations(elf))
            elif s.name == ".debug_line" and letters & {"l", "L"}:
                if "l" in letters:
                    out(dwarf_dump.raw_lines(elf))
                if "L" in letters:
                    out(dwarf_dump.decoded_lines(elf))
            elif s.name == ".debug_str" and "s" in letters:
                out(dwarf_dump.debug_strings(elf, i))

    def unwind(self, elf: ElfFile) -> None:
        """-a includes -u; GNU readelf has no decoder for the machines of this toolchain either."""
        facts = machine(elf.header.machine)
        self.program.out(facts.unwind_text or f"\nThe decoding of unwind sections for machine type {facts.name} is not currently supported.\n")

    def dumps(self, elf: ElfFile) -> None:
        wanted = [(w, True) for w in self.hex_dumps] + [(w, False) for w in self.string_dumps]
        picks: list[tuple[int, bool]] = []
        for what, as_hex in wanted:
            found = [i for i, s in enumerate(elf.sections) if s.name == what and i] if not what.isdigit() else [int(what)]
            if not found:
                self.program.say(f"Warning: Section '{what}' was not dumped because it does not exist")
            for i in found:
                if i >= len(elf.sections):
                    self.program.say(f"Warning: Section {i} was not dumped because it does not exist")
                else:
                    picks.append((i, as_hex))
        for i, as_hex in sorted(picks, key=_pick_order):
            self.program.out(tables.hex_dump(elf, i) if as_hex else tables.string_dump(elf, i))


def debug_letters(parsed: Parsed) -> set[str]:
    """What -w asks for, as letters.  Raises UsageError for what is not supported."""
    out: set[str] = set()
    for value in parsed.all("debug"):
        if not value:
            out |= set("aFils") - {"F"} | {"f"}
        elif all(c in DEBUG_LETTERS for c in value):
            out |= set(value)
        else:
            for word in value.split(","):
                if word not in DEBUG_WORDS:
                    raise UsageError(f"Unrecognized debug option '{word}'")
                out.add(DEBUG_WORDS[word])
    return out


def _pick_order(pick: tuple[int, bool]) -> tuple[int, bool]:
    return pick[0], not pick[1]


def _readelf(program: Program, argv: Sequence[str]) -> int:
    parsed = TABLE.parse(argv, program.context)
    if program.answered(TABLE, parsed):
        return 0
    tool = _Readelf(program, parsed)
    if not tool.chosen:
        raise UsageError("")
    if not parsed.arguments:
        raise UsageError("Warning: Nothing to do.")
    for name in parsed.arguments:
        try:
            tool.file(name)
        except ToolError as e:
            message = e.message
            program.error(message if message.startswith(("Error", "Warning")) else "Error: " + message)
    return program.status


def main(argv: Sequence[str], context: ToolContext) -> int:
    """The `readelf` command."""
    return run(TABLE, _readelf, argv, context)
