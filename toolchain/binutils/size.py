"""`size`: bytes of code, data and zeroed memory of files."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.binutils.classes import ALLOC, CODE, CONTENTS, READONLY, section_flags
from toolchain.binutils.objdump_headers import View
from toolchain.binutils.options import REQUIRED, Option, OptionTable, Parsed
from toolchain.binutils.program import Program, members, run
from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.elf.constants import SHN_COMMON, SHT_SYMTAB
from toolchain.elf.reader import ElfFile, is_elf

TABLE: Final = OptionTable("size", "[option(s)] [file(s)]", "Show the sizes of sections (of a.out by default)", [
    Option("sysv", "-A", text="one line a section (--format=sysv)"),
    Option("berkeley", "-B", text="text, data and bss on one line (default)"),
    Option("gnu", "-G", text="as -B, with read-only data counted as data"),
    Option("format", "--format", REQUIRED, "sysv|berkeley|gnu", "the style"),
    Option("octal", "-o", text="numbers in octal"),
    Option("decimal", "-d", text="numbers in decimal"),
    Option("hex", "-x", text="numbers in hexadecimal"),
    Option("radix", "--radix", REQUIRED, "8|10|16", "the base of numbers"),
    Option("totals", "-t --totals", text="a line with the sums"),
    Option("common", "--common", text="count common symbols too"),
    Option("ignored", "-f", text=""),
    Option("target", "--target", REQUIRED, "bfdname", "the object format"),
    Option("help", "-h -H -? --help", text="show this help"),
    Option("version", "-v -V --version", text="show the version"),
])


BAD_FORMAT_STATUS: Final = 3


class _Size:
    def __init__(self, program: Program, parsed: Parsed) -> None:
        self.program = program
        self.style = "berkeley"
        self.radix = 10
        for key, value in parsed.options:
            if key in ("sysv", "berkeley", "gnu"):
                self.style = key
            elif key == "format":
                names = {"s": "sysv", "b": "berkeley", "g": "gnu"}
                if value[:1].lower() not in names:
                    raise ToolError(f"invalid argument to --format: {value}")
                self.style = names[value[:1].lower()]
            elif key in ("octal", "decimal", "hex"):
                self.radix = {"octal": 8, "decimal": 10, "hex": 16}[key]
            elif key == "radix":
                if value not in ("8", "10", "16"):
                    raise ToolError(f"Invalid radix: {value}\n")
                self.radix = int(value)
        self.totals = parsed.has("totals")
        self.common = parsed.has("common")
        self.sums = [0, 0, 0]
        self.heading = False

    def number(self, value: int) -> str:
        if self.radix == 10:
            return f"{value}"
        return f"{value:#x}" if self.radix == 16 else f"0{value:o}" if value else "0"

    def cell(self, value: int, width: int) -> str:
        text = self.number(value)
        return f"{text:>{width}}\t" if self.style != "gnu" else f"{text:>{width}} "

    def file(self, name: str) -> None:
        data = self.program.read(name)
        inside = members(self.program, data, name)
        if inside is None:
            if not is_elf(data):
                program = self.program
                program.say(f"{name}: file format not recognized")
                program.status = BAD_FORMAT_STATUS
                return
            self.object(ElfFile(data, name), name, "")
            return
        for m in inside[1]:
            contents = m.load(self.program.load)
            shown = m.path or m.name
            if not is_elf(contents):
                self.program.error(f"{shown}: file format not recognized")
                continue
            self.object(ElfFile(contents, shown), shown, name)

    def object(self, elf: ElfFile, name: str, archive: str) -> None:
        if self.style == "sysv":
            self.sysv(elf, name, archive)
        else:
            self.line(elf, name, archive)

    def common_size(self, elf: ElfFile) -> int:
        table = elf.find(SHT_SYMTAB)
        if not self.common or not table:
            return 0
        return sum(s.size for s in elf.read_symbols(table) if s.section == SHN_COMMON)

    def line(self, elf: ElfFile, name: str, archive: str) -> None:
        text = data = bss = 0
        for s in elf.sections[1:]:
            flags = section_flags(s)
            if not flags & ALLOC:
                continue
            if flags & CODE or (self.style == "berkeley" and flags & READONLY):
                text += s.size
            elif flags & CONTENTS:
                data += s.size
            else:
                bss += s.size
        bss += self.common_size(elf)
        self.sums = [self.sums[0] + text, self.sums[1] + data, self.sums[2] + bss]
        if not self.heading:
            self.heading = True
            if self.style == "gnu":
                self.program.out("      text       data        bss      total filename\n")
            else:
                total = "    oct\t    hex" if self.radix == 8 else "    dec\t    hex"
                self.program.out(f"   text\t   data\t    bss\t{total}\tfilename\n")
        self.row(text, data, bss, f"{name} (ex {archive})" if archive else name)

    def row(self, text: int, data: int, bss: int, name: str) -> None:
        total = text + data + bss
        if self.style == "gnu":
            self.program.out("".join(self.cell(v, 10) for v in (text, data, bss, total)) + f"{name}\n")
            return
        sums = f"{total:7o}\t{total:7x}" if self.radix == 8 else f"{total:7d}\t{total:7x}"
        self.program.out(self.cell(text, 7) + self.cell(data, 7) + self.cell(bss, 7) + f"{sums}\t{name}\n")

    def sysv(self, elf: ElfFile, name: str, archive: str) -> None:
        view = View(elf)
        rows = [(elf.sections[i].name, elf.sections[i].size, elf.sections[i].address) for i in view.listed]
        if self.common:
            rows.append(("*COM*", self.common_size(elf), 0))
        total = sum(r[1] for r in rows)
        names = max([len("section")] + [len(r[0]) for r in rows])
        sizes = max([len("size")] + [len(self.number(r[1])) for r in rows] + [len(self.number(total))])
        addresses = max([len("addr")] + [len(self.number(r[2])) for r in rows])
        out = [f"{name}  " + (f" (ex {archive})" if archive else "") + ":\n", f"{'section':<{names}}   {'size':>{sizes}}   {'addr':>{addresses}}\n"]
        for title, size, address in rows:
            out.append(f"{title:<{names}}   {self.number(size):>{sizes}}   {self.number(address):>{addresses}}\n")
        out.append(f"{'Total':<{names}}   {self.number(total):>{sizes}}\n\n\n")
        self.program.out("".join(out))


def _size(program: Program, argv: Sequence[str]) -> int:
    parsed = TABLE.parse(argv, program.context)
    if program.answered(TABLE, parsed):
        return 0
    tool = _Size(program, parsed)
    program.each(parsed.arguments or ["a.out"], tool.file)
    if tool.totals and tool.style != "sysv":
        tool.row(tool.sums[0], tool.sums[1], tool.sums[2], "(TOTALS)")
    return program.status


def main(argv: Sequence[str], context: ToolContext) -> int:
    """The `size` command."""
    return run(TABLE, _size, argv, context)
