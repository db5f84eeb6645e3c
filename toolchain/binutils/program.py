"""What all object tools share: identity, messages, reading of input files, the outer frame of a run."""
from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from typing import Final

from toolchain.binutils.options import OptionTable, Parsed, UsageError
from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.elf.archive import Archive, Member, is_archive, parse_archive
from toolchain.elf.records import ElfError

VERSION: Final = "2.40"


def version_text(tool: str) -> str:
    """What --version prints.  Scripts take the release from the end of the first line."""
    return (f"GNU {tool} (tcc-py) {VERSION}\n"
            "An object tool of tcc-py, compatible with the GNU binutils release named above.\n"
            "This program has absolutely no warranty.\n")


class Program:
    """One run of a tool: its name, context, and whether anything has failed so far."""

    def __init__(self, name: str, context: ToolContext) -> None:
        self.name = name
        self.context = context
        self.status = 0

    def say(self, message: str) -> None:
        """A line on standard error, after the tool's name."""
        self.context.stderr.write(f"{self.name}: {message}\n")

    def error(self, message: str) -> None:
        """A failure after which the tool goes on with its next input."""
        self.say(message)
        self.status = 1

    def answered(self, table: OptionTable, parsed: Parsed) -> bool:
        """Answer --help or --version, if it was asked for; True if that was all that was wanted."""
        if parsed.has("help"):
            self.out(table.usage())
        elif parsed.has("version"):
            self.out(version_text(table.tool))
        else:
            return False
        return True

    def each(self, names: Sequence[str], handle: Callable[[str], None]) -> int:
        """Handle the files one by one: what is wrong with one (a ToolError) is said, and the others go on.  The tool's exit status."""
        for name in names:
            try:
                handle(name)
            except ToolError as e:
                self.error(e.message)
        return self.status

    def out(self, text: str) -> None:
        """Text on standard output, as it is."""
        self.context.stdout.write(text.encode("utf-8", "surrogateescape"))

    def read(self, name: str) -> bytes:
        """An input file.  Raises ToolError with GNU's words if there is none."""
        try:
            status = os.stat(self.context.path(name))
        except OSError as e:
            if isinstance(e, FileNotFoundError):
                raise ToolError(f"'{name}': No such file") from None
            raise ToolError(f"Warning: could not locate '{name}'.  reason: {e.strerror}") from None
        if stat.S_ISDIR(status.st_mode):
            raise ToolError(f"Warning: '{name}' is a directory")
        try:
            return self.context.read(name)
        except OSError as e:
            raise ToolError(f"{name}: {e.strerror}") from None

    def load(self, path: str) -> bytes:
        """A thin member's file.  Raises ElfError."""
        try:
            return self.context.read(path)
        except OSError as e:
            raise ElfError(f"{path}: {e.strerror}") from None

    def write(self, name: str, data: bytes | bytearray | memoryview, executable: bool = False) -> None:
        """An output file.  Raises ToolError."""
        try:
            self.context.write(name, data, executable)
        except OSError as e:
            raise ToolError(f"{name}: {e.strerror}") from None


def members(program: Program, data: bytes, name: str) -> tuple[Archive, list[Member]] | None:
    """The archive in `data` with its members loaded (nested archives are kept), or None if it is none."""
    if not is_archive(data):
        return None
    archive = parse_archive(data, name)
    for m in archive.members:
        m.load(program.load)
    return archive, archive.members


def run(table: OptionTable, body: Callable[[Program, Sequence[str]], int], argv: Sequence[str], context: ToolContext) -> int:
    """The frame around a tool: turns its exceptions into messages and an exit status."""
    program = Program(table.tool, context)
    try:
        return body(program, argv)
    except UsageError as usage:
        if usage.message:
            program.say(usage.message)
        context.stderr.write(table.usage())
        return 1
    except ToolError as error:
        program.say(error.message)
        return 1
    except BrokenPipeError:
        return 1
    except MemoryError:
        program.say("memory exhausted")
        return 1
    except OSError as problem:
        program.say(f"{problem.filename or 'output'}: {problem.strerror}")
        return 1
