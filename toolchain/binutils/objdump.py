"""`objdump`: show what is in object files, disassembled if asked."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.binutils import objdump_headers as headers
from toolchain.binutils.ar import mode_text
from toolchain.binutils.classes import refuse_mangled
from toolchain.binutils.copy_options import number
from toolchain.binutils.disassemble import DisassemblyOptions, disassemble
from toolchain.binutils.machines import FORMATS, format_by_name, format_names, format_of_architecture
from toolchain.binutils.objdump_headers import View
from toolchain.binutils.options import OPTIONAL, REQUIRED, Option, OptionTable, Parsed, UsageError
from toolchain.binutils.program import Program, members, run
from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.elf.archive import Member
from toolchain.elf.constants import SHF_ALLOC, SHF_WRITE, SHT_DYNSYM, SHT_PROGBITS
from toolchain.elf.image import ObjectImage, Section
from toolchain.elf.reader import ElfFile, is_elf
from toolchain.elf.records import ElfError
from toolchain.elf.writer import write_object

TABLE: Final = OptionTable("objdump", "<option(s)> <file(s)>", "Show information about object files", [
    Option("archive", "-a --archive-headers", text="archive headers"),
    Option("file", "-f --file-headers", text="the file header"),
    Option("private", "-p --private-headers", text="program headers, dynamic section, versions"),
    Option("headers", "-h --headers --section-headers", text="section headers"),
    Option("all", "-x --all-headers", text="the same as -a -f -p -h -r -t"),
    Option("disassemble", "-d", text="disassemble executable sections"),
    Option("disassemble", "--disassemble", OPTIONAL, "symbol", "the same, or one function only"),
    Option("disassemble-all", "-D --disassemble-all", text="disassemble all sections"),
    Option("source", "-S --source", text="mix source lines into the disassembly"),
    Option("contents", "-s --full-contents", text="section contents as bytes"),
    Option("syms", "-t --syms", text="the symbol table"),
    Option("dynsyms", "-T --dynamic-syms", text="the dynamic symbol table"),
    Option("reloc", "-r --reloc", text="relocations"),
    Option("dynreloc", "-R --dynamic-reloc", text="dynamic relocations"),
    Option("info", "-i --info", text="list object formats and architectures"),
    Option("target", "-b --target", REQUIRED, "bfdname", "the object format"),
    Option("machine", "-m --architecture", REQUIRED, "machine", "the architecture of raw binaries"),
    Option("section", "-j --section", REQUIRED, "name", "only section <name>"),
    Option("options", "-M --disassembler-options", REQUIRED, "opt", "att, intel, no-aliases, numeric"),
    Option("ignored", "-EL", text=""),
    Option("ignored", "--endian", REQUIRED, "little", ""),
    Option("lines", "-l --line-numbers", text="file names and lines in the disassembly"),
    Option("demangle", "-C --demangle", OPTIONAL, "style", ""),
    Option("wide", "-w --wide", text="lines may be longer than 80 columns"),
    Option("zeroes", "-z --disassemble-zeroes", text="do not skip runs of zeroes"),
    Option("start", "--start-address", REQUIRED, "addr", "only from this address on"),
    Option("stop", "--stop-address", REQUIRED, "addr", "only below this address"),
    Option("no-addresses", "--no-addresses", text="no addresses in the disassembly"),
    Option("raw", "--show-raw-insn", text="bytes beside the disassembly (default)"),
    Option("no-raw", "--no-show-raw-insn", text="no bytes beside the disassembly"),
    Option("help", "-H --help", text="show this help"),
    Option("version", "-v -V --version", text="show the version"),
], "objdump: supported targets: " + format_names())

ACTIONS: Final = ("archive", "file", "private", "headers", "all", "disassemble", "disassemble-all", "source", "contents", "syms",
                  "dynsyms", "reloc", "dynreloc", "lines")


class _Objdump:
    """One run: what to show."""

    def __init__(self, program: Program, parsed: Parsed) -> None:
        self.program = program
        self.chosen = {k for k, _ in parsed.options if k in ACTIONS}
        if "all" in self.chosen:
            self.chosen |= {"archive", "file", "private", "headers", "reloc", "syms"}
        self.wide = parsed.has("wide")
        self.demangle = parsed.has("demangle") and parsed.last("demangle") != "none"
        self.only = parsed.all("section")
        self.start = number(parsed.last("start"), "--start-address") if parsed.has("start") else None
        self.stop = number(parsed.last("stop"), "--stop-address") if parsed.has("stop") else None
        self.target = parsed.last("target")
        self.machine = parsed.last("machine")
        options = DisassemblyOptions()
        options.everything = "disassemble-all" in self.chosen
        options.only = self.only
        options.start = self.start
        options.stop = self.stop
        options.relocations = "reloc" in self.chosen
        options.zeroes = parsed.has("zeroes")
        options.raw = not parsed.has("no-raw")
        options.addresses = not parsed.has("no-addresses")
        options.lines = "lines" in self.chosen
        options.source = "source" in self.chosen
        options.wide = self.wide
        for key, value in parsed.options:
            if key == "disassemble" and value:
                options.symbol = value
            elif key == "options":
                options.dialect += value.split(",")
        self.options = options
        self.disassemble = bool(self.chosen & {"disassemble", "disassemble-all", "source"})

    def file(self, name: str) -> None:
        data = self.program.read(name)
        if self.target == "binary":
            self.raw(data, name)
            return
        inside = members(self.program, data, name)
        if inside is None:
            if not is_elf(data):
                raise ToolError(f"{name}: file format not recognized")
            self.object(ElfFile(data, name), name, None)
            return
        self.program.out(f"In archive {name}:\n")
        for m in inside[1]:
            shown = m.path or m.name
            contents = m.load(self.program.load)
            if not is_elf(contents):
                self.program.say(f"{shown}: file format not recognized")
                continue
            try:
                self.object(ElfFile(contents, shown), shown, m)
            except ElfError as e:
                self.program.error(e.message)

    def raw(self, data: bytes, name: str) -> None:
        """-b binary: the file is the contents of one .data section, for the machine that -m names."""
        found, implied = format_of_architecture(self.machine)
        if self.disassemble and found is None:
            raise ToolError(f"{name}: can't disassemble for architecture {self.machine or 'UNKNOWN!'}!")
        form = found or FORMATS[0]
        image = ObjectImage(form.number, form.bits)
        image.little = form.little
        image.has_symtab = False
        section = Section(".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE)
        section.data = data
        section.size = len(data)
        image.sections.append(section)
        self.options.dialect += implied
        self.object(ElfFile(write_object(image), name), name, None, "binary")

    def object(self, elf: ElfFile, name: str, member: Member | None, format_name: str = "") -> None:
        view = View(elf)
        if self.demangle:
            refuse_mangled(s.name for s in view.symbols())
        chosen = self.chosen
        out = self.program.out
        out(f"\n{name}:     file format {format_name or view.form.format_name}\n")
        if "archive" in chosen:
            out(f"{mode_text(member.mode)} {member.uid}/{member.gid} {member.size:6d} Jan  1 00:00 1970 {name}\n" if member else f"{name}\n")
        if "file" in chosen:
            out(headers.file_header(view))
        if "private" in chosen:
            out(headers.private_headers(view))
        out("\n")
        if "headers" in chosen:
            out(headers.section_headers(view, self.wide, self.only))
        if "syms" in chosen:
            out(headers.symbol_table(view, False))
        if chosen & {"dynsyms", "dynreloc"} and not elf.find(SHT_DYNSYM):
            self.program.error(f"{name}: not a dynamic object")
        if "dynsyms" in chosen:
            out(headers.symbol_table(view, True))
        if "reloc" in chosen and not self.disassemble:
            out(headers.relocations(view, self.only))
        if "dynreloc" in chosen:
            out(headers.dynamic_relocations(view))
        if "contents" in chosen:
            out(headers.contents(view, self.only, self.start, self.stop))
        if self.disassemble:
            disassemble(view, self.options, self.program)
        if self.only:
            known = {s.name for s in elf.sections}
            for wanted in self.only:
                if wanted not in known:
                    self.program.error(f"section '{wanted}' mentioned in a -j option, but not found in any input file")


def _objdump(program: Program, argv: Sequence[str]) -> int:
    parsed = TABLE.parse(argv, program.context)
    if program.answered(TABLE, parsed):
        return 0
    if parsed.has("info"):
        program.out("\n".join(f"{f.format_name}\n  {f.architecture}" for f in FORMATS) + "\n")
        return 0
    target = parsed.last("target")
    if target and target != "binary" and format_by_name(target) is None:
        raise ToolError(f"{target}: invalid bfd target")
    tool = _Objdump(program, parsed)
    if not tool.chosen:
        program.context.stderr.write(TABLE.usage())
        return 2
    for name in parsed.arguments or ["a.out"]:
        try:
            tool.file(name)
        except UsageError:
            raise
        except ToolError as e:
            program.error(e.message)
    return program.status


def main(argv: Sequence[str], context: ToolContext) -> int:
    """The `objdump` command."""
    return run(TABLE, _objdump, argv, context)
