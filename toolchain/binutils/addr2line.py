"""`addr2line`: the source of addresses."""
from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from toolchain.binutils.classes import refuse_mangled
from toolchain.binutils.options import OPTIONAL, REQUIRED, Option, OptionTable, Parsed
from toolchain.binutils.program import Program, run
from toolchain.binutils.source import SourceMap
from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.dwarf.lookup import Frame
from toolchain.elf.constants import SHF_ALLOC, SHF_EXECINSTR
from toolchain.elf.reader import ElfFile, is_elf

TABLE: Final = OptionTable("addr2line", "[option(s)] [addr(s)]", "Show the source of addresses (read from standard input if none is given)", [
    Option("addresses", "-a --addresses", text="show the addresses"),
    Option("target", "-b --target", REQUIRED, "bfdname", "the object format"),
    Option("exe", "-e --exe", REQUIRED, "executable", "the file (a.out by default)"),
    Option("inlines", "-i --inlines", text="show the callers of inlined functions"),
    Option("section", "-j --section", REQUIRED, "name", "addresses are offsets in section <name>"),
    Option("pretty", "-p --pretty-print", text="one line an address"),
    Option("basenames", "-s --basenames", text="file names without directories"),
    Option("functions", "-f --functions", text="show function names"),
    Option("demangle", "-C --demangle", OPTIONAL, "style", ""),
    Option("ignored", "-R -r --recurse-limit --no-recurse-limit", text=""),
    Option("help", "-h -H --help", text="show this help"),
    Option("version", "-v -V --version", text="show the version"),
])


class _Addr2line:
    def __init__(self, program: Program, parsed: Parsed) -> None:
        self.program = program
        self.parsed = parsed
        name = parsed.last("exe", "a.out")
        data = program.read(name)
        if not is_elf(data):
            raise ToolError(f"{name}: file format not recognized")
        self.elf = ElfFile(data, name)
        self.base = 0
        self.sections = self.code_sections()
        wanted = parsed.last("section")
        if wanted:
            found = [i for i, s in enumerate(self.elf.sections) if s.name == wanted]
            if not found:
                raise ToolError(f"{name}: cannot find section {wanted}")
            self.base = self.elf.sections[found[0]].address
            self.sections = [found[0]]
        self.source = SourceMap(self.elf)

    def code_sections(self) -> list[int]:
        return [i for i, s in enumerate(self.elf.sections) if s.flags & SHF_ALLOC and s.flags & SHF_EXECINSTR]

    def frames(self, address: int) -> list[Frame]:
        elf = self.elf
        address += self.base
        for i in self.sections:
            s = elf.sections[i]
            if s.address <= address < s.address + s.size:
                return self.source.frames(i, address)
        return []

    def show(self, text: str) -> None:
        parsed = self.parsed
        digits = text.strip()
        try:
            address = int(digits, 16)
        except ValueError:
            address = 0
        frames = self.frames(address)
        pretty = parsed.has("pretty")
        out: list[str] = []
        if parsed.has("addresses"):
            out.append(f"0x{address:0{self.elf.header.bits // 4}x}" + (": " if pretty else "\n"))
        if not frames:
            out.append(("?? " if pretty else "??\n") if parsed.has("functions") else "")
            out.append("??:0\n")
        for k, frame in enumerate(frames if parsed.has("inlines") else frames[:1]):
            if k and pretty:
                out.append(" (inlined by) ")
            out.append(self.frame(frame, pretty))
        self.program.out("".join(out))

    def frame(self, frame: Frame, pretty: bool) -> str:
        head = ""
        if self.parsed.has("demangle") and self.parsed.last("demangle") != "none":
            refuse_mangled([frame.function])
        if self.parsed.has("functions"):
            head = (frame.function or "??") + (" at " if pretty else "\n")
        path = frame.place.path
        if self.parsed.has("basenames"):
            path = os.path.basename(path)
        if frame.place.line:
            place = f"{path}:{frame.place.line}"
            if frame.place.discriminator:
                place += f" (discriminator {frame.place.discriminator})"
        else:
            place = f"{path}:?"
        return f"{head}{place}\n"


def _addr2line(program: Program, argv: Sequence[str]) -> int:
    parsed = TABLE.parse(argv, program.context)
    if program.answered(TABLE, parsed):
        return 0
    tool = _Addr2line(program, parsed)
    for address in parsed.arguments:
        tool.show(address)
    if not parsed.arguments:
        for line in program.context.stdin.read().decode("utf-8", "replace").splitlines():
            tool.show(line)
    return program.status


def main(argv: Sequence[str], context: ToolContext) -> int:
    """The `addr2line` command."""
    return run(TABLE, _addr2line, argv, context)
