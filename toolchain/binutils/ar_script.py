"""`ar -M`: archives changed by a script in the language of MRI's librarian (GNU's manual, "Controlling ar with a Script").

As in GNU ar, what is added comes before what is there already, and SAVE alone writes the archive.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Protocol

from toolchain.binutils.program import Program
from toolchain.diagnostics import ToolError
from toolchain.elf.archive import Archive, Member

STATUS: Final = 9
"""What ar ends with after a failed command."""
_WORD: Final = re.compile(r"[^\s,()]+|[()]")


class ScriptError(Exception):
    """A command cannot be done; the text says why."""


class Librarian(Protocol):
    """What changes archives: ar's own operations."""

    archive: Archive
    archive_name: str
    verbose: bool

    def fresh(self, name: str) -> list[Member]:
        """Members for a file.  Raises ToolError if it cannot be read."""

    def open(self, must_exist: bool) -> None:
        """Read the archive.  Raises ToolError."""

    def write_member(self, m: Member, directory: str) -> None:
        """Extract a member."""

    def describe(self, m: Member, verbose: bool) -> str:
        """A member's line in a list."""

    def save(self) -> None:
        """Write the archive."""


class Script:
    """One run of a script."""

    def __init__(self, program: Program, librarian: Librarian) -> None:
        self.program = program
        self.librarian = librarian
        self.is_open = False
        librarian.verbose = False
        self.added: set[int] = set()        # members that come from files: their lines in lists are names alone

    def run(self, text: str) -> int:
        """Every command until END; the status."""
        joined = re.sub(r"\+\s*\n", " ", text)
        for number, line in enumerate(joined.split("\n"), 1):
            words: list[str] = _WORD.findall(re.split(r"[;*]", line, maxsplit=1)[0])
            if not words:
                continue
            command = words[0].upper()
            if command == "END":
                break
            try:
                self.command(command, words[1:], number)
            except ScriptError as e:
                self.program.say(str(e))
                return STATUS
        return self.program.status

    def command(self, command: str, words: list[str], line: int) -> None:
        """One command.  Raises ScriptError."""
        if command in ("CREATE", "OPEN") and len(words) == 1:
            self.librarian.archive = Archive("", False)
            self.librarian.archive_name = words[0]
            if command == "OPEN":
                self.librarian.open(True)
            self.added = set()
            self.is_open = True
        elif command == "VERBOSE":
            self.librarian.verbose = not self.librarian.verbose
        elif command == "DIRECTORY" and words:
            self.directory(words)
        elif command in ("ADDLIB", "ADDMOD", "CLEAR", "DELETE", "EXTRACT", "LIST", "REPLACE", "SAVE"):
            if not self.is_open:
                raise ScriptError("no open archive" if command == "EXTRACT" else "no open output archive")
            self.change(command, words)
        else:
            raise ScriptError(f"Syntax error in archive script, line {line}")

    def change(self, command: str, words: list[str]) -> None:
        """A command for the open archive.  Raises ScriptError."""
        librarian = self.librarian
        members = librarian.archive.members
        if command == "SAVE":
            librarian.save()
            self.is_open = False
        elif command == "CLEAR":
            members.clear()
        elif command == "LIST":
            self.program.out(f"Current open archive is {librarian.archive_name}\n")
            for m in members:
                self.program.out((m.name if id(m) in self.added else librarian.describe(m, True)) + "\n")
        elif command == "ADDLIB":
            library = self.read(words[0])
            for m in self.chosen(library, words[1:]):
                members.insert(0, m)
        else:
            for name in reversed(words):
                self.module(command, name, members)

    def module(self, command: str, name: str, members: list[Member]) -> None:
        """ADDMOD, DELETE, EXTRACT or REPLACE of one module.  Raises ScriptError."""
        if command == "ADDMOD":
            members[:0] = self.file(name)
            return
        found = [n for n, m in enumerate(members) if m.name == name]
        if not found:
            if command == "DELETE":
                raise ScriptError(f"can't find module file {name}")
            self.program.say(f"can't find module file {name}")
            if command == "REPLACE":
                members[:0] = self.file(name)
            return
        if command == "REPLACE":
            members[found[0]:found[0] + 1] = self.file(name)
        elif command == "EXTRACT":
            self.librarian.write_member(members[found[0]], "")
        else:
            members[:] = [m for m in members if m.name != name]

    def file(self, name: str) -> list[Member]:
        """The member for a file.  Raises ScriptError."""
        try:
            made = self.librarian.fresh(name)
        except ToolError as e:
            raise ScriptError(f"can't open file {name}") from e
        self.added |= {id(m) for m in made}
        return made

    def read(self, name: str) -> list[Member]:
        """The members of another archive.  Raises ScriptError."""
        librarian = self.librarian
        mine, own_name = librarian.archive, librarian.archive_name
        librarian.archive_name = name
        try:
            librarian.open(True)
            return librarian.archive.members
        except ToolError as e:
            raise ScriptError(f"can't open file {name}") from e
        finally:
            librarian.archive, librarian.archive_name = mine, own_name

    def chosen(self, library: Sequence[Member], words: list[str]) -> list[Member]:
        """The members in parentheses, the last first, or all.  Raises ScriptError."""
        names = [w for w in words[:words.index(")")] if w != "("] if ")" in words else []
        if not names:
            return list(library)
        out: list[Member] = []
        for name in reversed(names):
            found = [m for m in library if m.name == name]
            if not found:
                raise ScriptError(f"can't find module file {name}")
            out += found
        return out

    def directory(self, words: list[str]) -> None:
        """DIRECTORY archive [(members)] [file].  Raises ScriptError."""
        shown = [self.librarian.describe(m, self.librarian.verbose) + "\n" for m in self.chosen(self.read(words[0]), words[1:])]
        rest = words[words.index(")") + 1:] if ")" in words else words[1:]
        if rest:
            self.program.write(rest[0], "".join(shown).encode("utf-8", "surrogateescape"))
        else:
            self.program.out("".join(shown))
