"""`strings`: runs of printable characters in files."""
from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from toolchain.binutils.classes import ALLOC, CONTENTS, LOAD, section_flags
from toolchain.binutils.options import REQUIRED, Option, OptionTable, Parsed
from toolchain.binutils.program import Program, run
from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.elf.reader import ElfFile, is_elf
from toolchain.elf.records import ElfError

TABLE: Final = OptionTable("strings", "[option(s)] [file(s)]", "Show printable strings (of standard input by default)", [
    Option("all", "-a --all", text="scan the whole file (default)"),
    Option("data", "-d --data", text="scan only sections with data that is loaded"),
    Option("file", "-f --print-file-name", text="print the file's name before each string"),
    Option("bytes", "-n --bytes", REQUIRED, "number", "strings of at least <number> characters (4)"),
    Option("radix", "-t --radix", REQUIRED, "o|d|x", "print the offset of each string"),
    Option("octal", "-o", text="the same as --radix=o"),
    Option("whitespace", "-w --include-all-whitespace", text="all white space may be part of strings"),
    Option("target", "-T --target", REQUIRED, "bfdname", "the object format"),
    Option("encoding", "-e --encoding", REQUIRED, "s|S|b|l|B|L", "character size and byte order"),
    Option("separator", "-s --output-separator", REQUIRED, "string", "what to print between strings"),
    Option("unicode", "-U --unicode", REQUIRED, "d", ""),
    Option("help", "-h --help", text="show this help"),
    Option("version", "-v -V --version", text="show the version"),
])

WIDTHS: Final = {"s": 1, "S": 1, "b": 2, "l": 2, "B": 4, "L": 4}


def _pattern(encoding: str, least: int, whitespace: bool) -> re.Pattern[bytes]:
    """A regular expression for one string."""
    printable = b"[\\t\\x20-\\x7e" + (b"\\n\\v\\f\\r" if whitespace else b"") + (b"\\x80-\\xff" if encoding == "S" else b"") + b"]"
    if encoding in "bB":
        printable = b"(?:" + b"\\x00" * (WIDTHS[encoding] - 1) + printable + b")"
    elif encoding in "lL":
        printable = b"(?:" + printable + b"\\x00" * (WIDTHS[encoding] - 1) + b")"
    return re.compile(printable + b"{%d,}" % least)


class _Strings:
    def __init__(self, program: Program, parsed: Parsed) -> None:
        self.program = program
        self.encoding = parsed.last("encoding", "s")
        if self.encoding not in WIDTHS:
            raise ToolError(f"invalid encoding: {self.encoding}")
        try:
            self.least = int(parsed.last("bytes", "4"), 0)
        except ValueError:
            raise ToolError(f"invalid integer argument {parsed.last('bytes')}") from None
        if self.least < 1:
            raise ToolError(f"invalid minimum string length {self.least}")
        self.pattern = _pattern(self.encoding, self.least, parsed.has("whitespace"))
        self.radix = "o" if parsed.has("octal") else parsed.last("radix")
        if self.radix and self.radix not in "odx":
            raise ToolError(f"invalid radix: {self.radix}")
        self.names = parsed.has("file")
        self.sections = parsed.has("data") and not parsed.has("all")
        self.separator = parsed.last("separator", "\n").encode("utf-8", "surrogateescape")

    def scan(self, data: bytes, base: int, name: str) -> None:
        out: list[bytes] = []
        width = WIDTHS[self.encoding]
        for m in self.pattern.finditer(data):
            text = m.group()
            if width > 1:
                text = text.replace(b"\0", b"")
            head = f"{name}: " if self.names else ""
            if self.radix:
                head += f"{base + m.start():7{self.radix}} "
            out.append(head.encode("utf-8", "surrogateescape") + text + self.separator)
        self.program.context.stdout.write(b"".join(out))

    def file(self, name: str) -> None:
        data = self.program.read(name)
        if self.sections and is_elf(data):
            try:
                elf = ElfFile(data, name)
                for i, s in enumerate(elf.sections):
                    if section_flags(s) & (ALLOC | LOAD | CONTENTS) == ALLOC | LOAD | CONTENTS:
                        self.scan(bytes(elf.section_data(i)), s.offset, name)
                return
            except ElfError:
                pass  # a damaged file is scanned as a whole
        self.scan(data, 0, name)


def _strings(program: Program, argv: Sequence[str]) -> int:
    args = ["-n" + a[1:] if len(a) > 1 and a[0] == "-" and a[1:].isdigit() else a for a in argv]
    parsed = TABLE.parse(args, program.context)
    if program.answered(TABLE, parsed):
        return 0
    tool = _Strings(program, parsed)
    if not parsed.arguments:
        tool.scan(program.context.stdin.read(), 0, "{standard input}")
    return program.each(parsed.arguments, tool.file)


def main(argv: Sequence[str], context: ToolContext) -> int:
    """The `strings` command."""
    return run(TABLE, _strings, argv, context)
