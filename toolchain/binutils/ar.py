"""`ar` and `ranlib`: make, change and read archives."""
from __future__ import annotations

import os
import stat
import time
from collections.abc import Sequence
from typing import Final

from toolchain.binutils.ar_script import Script
from toolchain.binutils.options import REQUIRED, Option, OptionTable, Parsed, UsageError
from toolchain.binutils.program import Program, run
from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.elf.archive import Archive, Member, defined_symbols, is_archive, parse_archive, write_archive
from toolchain.elf.reader import is_elf
from toolchain.elf.records import ElfError

AR_TABLE: Final = OptionTable("ar", "[-]{dmpqrstx}[abcDfilMNoOPsSTuvV] [member-name] [count] archive-file file...",
                              "Create, change and list archives", [
    Option("d", "-d", text="delete files from the archive"),
    Option("m", "-m", text="move files within the archive [a b: after, before member-name]"),
    Option("p", "-p", text="print the contents of files of the archive"),
    Option("q", "-q", text="append files without looking for older copies [f]"),
    Option("r", "-r", text="replace or insert files [a b f u]"),
    Option("s", "-s", text="write an index (alone: as ranlib)"),
    Option("t", "-t", text="list the archive [O v]"),
    Option("x", "-x", text="extract files [o]"),
    Option("a", "-a", text="put files after member-name"),
    Option("b", "-b", text="put files before member-name"),
    Option("b", "-i", text="the same as b"),
    Option("c", "-c", text="do not say that the archive had to be created"),
    Option("D", "-D", text="use zero for time stamps and owners (default)"),
    Option("U", "-U", text="use actual time stamps and owners"),
    Option("f", "-f", text="truncate names of inserted files"),
    Option("l", "-l", REQUIRED, "text", "dependencies of this library"),
    Option("N", "-N", text="use instance [count] of a name"),
    Option("o", "-o", text="keep original dates"),
    Option("O", "-O", text="show the offsets of files"),
    Option("P", "-P", text="match full path names"),
    Option("S", "-S", text="do not write an index"),
    Option("T", "-T --thin", text="make a thin archive (-T is deprecated)"),
    Option("u", "-u", text="replace only files that have become newer"),
    Option("v", "-v", text="say what is done"),
    Option("version", "-V --version", text="show the version"),
    Option("M", "-M", text="read commands from standard input"),
    Option("target", "--target", REQUIRED, "bfdname", "the target object format"),
    Option("output", "--output", REQUIRED, "dir", "where extraction puts files"),
    Option("plugin", "--plugin", REQUIRED, "p", ""),
    Option("help", "-h --help", text="show this help"),
])

RANLIB_TABLE: Final = OptionTable("ranlib", "[options] archive", "Write an index into an archive", [
    Option("D", "-D", text="use zero for the index's time stamp (default)"),
    Option("U", "-U", text="use the actual time"),
    Option("t", "-t", text="update the time stamp of the index"),
    Option("plugin", "--plugin", REQUIRED, "name", ""),
    Option("help", "-h -H --help", text="show this help"),
    Option("version", "-v -V --version", text="show the version"),
])

NAME_LIMIT: Final = 15
MODE_LETTERS: Final = "rwxrwxrwx"


class NoArchive(ToolError):
    """The archive cannot be opened: GNU ar ends with a status of its own."""


NO_ARCHIVE_STATUS: Final = 9


class _Ar:
    """One run of ar: the modifiers, and the archive being worked on."""

    def __init__(self, program: Program, parsed: Parsed) -> None:
        self.program = program
        self.context = program.context
        self.parsed = parsed
        self.verbose = parsed.has("v")
        self.deterministic = not parsed.has("U")
        self.thin = parsed.has("T")
        self.full_path = parsed.has("P") or self.thin
        self.archive_name = ""
        self.position_name = ""
        self.count = 0
        self.archive = Archive("", self.thin)
        self.exists = False

    def key(self, name: str) -> str:
        """What a name is compared by: the whole path under P, else the last component."""
        return name if self.full_path else os.path.basename(name)

    def member_name(self, m: Member) -> str:
        """A member's name as the user sees it (thin: the path from here)."""
        return m.path if m.path else m.name

    def open(self, must_exist: bool) -> None:
        program = self.program
        try:
            data = self.context.read(self.archive_name)
        except OSError as e:
            if must_exist or not isinstance(e, FileNotFoundError):
                raise NoArchive(f"{self.archive_name}: {e.strerror}") from None
            if not self.parsed.has("c"):
                program.say(f"creating {self.archive_name}")
            return
        self.exists = True
        if not is_archive(data):
            raise ToolError(f"{self.archive_name}: file format not recognized")
        self.archive = parse_archive(data, self.archive_name)
        if self.archive.thin:
            self.full_path = True

    def check_conversion(self) -> None:
        """r and q refuse to turn one kind of archive into the other."""
        if not self.exists:
            return
        if self.thin and not self.archive.thin:
            raise ToolError(f"Cannot convert existing library {self.archive_name} to thin format")
        if self.archive.thin and not self.thin:
            raise ToolError(f"Cannot convert existing thin library {self.archive_name} to normal format")

    def find(self, name: str) -> list[Member]:
        wanted = self.key(name)
        return [m for m in self.archive.members if self.key(self.member_name(m)) == wanted]

    def insertion_point(self) -> int:
        """Where a, b or i put members; the end without them."""
        members = self.archive.members
        after = self.parsed.has("a")
        if not after and not self.parsed.has("b"):
            return len(members)
        wanted = self.key(self.position_name)
        for i, m in enumerate(members):
            if self.key(self.member_name(m)) == wanted:
                return i + 1 if after else i
        return len(members)

    def fresh(self, name: str) -> list[Member]:
        """Members for a file given on the command line: itself, or for a thin archive what a nested archive holds."""
        data: bytes | None = None
        try:
            path = self.context.path(name)
            status = os.stat(path)
            if self.thin:
                with open(path, "rb") as f:
                    magic = f.read(8)
            else:
                data = self.context.read(name)
        except OSError as e:
            raise ToolError(f"{name}: {e.strerror}") from None
        if self.thin and is_archive(magic):
            nested = parse_archive(self.context.read(name), name)
            out: list[Member] = []
            for m in nested.members:
                path = m.path if nested.thin else name
                inner = m.nested if nested.thin else m.offset
                out.append(self.adopt(path, m.data, m.size, None, m, inner))
            return out
        return [self.adopt(name, data, status.st_size, status, None, 0)]

    def adopt(self, path: str, data: bytes | memoryview | None, size: int, status: os.stat_result | None,
              old: Member | None, nested: int) -> Member:
        m = Member(self.stored_name(path), data, path if self.thin else "")
        m.size = size
        m.nested = nested
        if old is not None and old.path:  # from a thin archive: its header is copied
            m.slash_in_column_16 = old.slash_in_column_16
            m.date, m.uid, m.gid, m.mode = old.date, old.uid, old.gid, old.mode
            return m
        m.slash_in_column_16 = self.thin and len(path) == NAME_LIMIT
        if not self.deterministic:
            if status is not None:
                m.date, m.uid, m.gid, m.mode = int(status.st_mtime), status.st_uid, status.st_gid, status.st_mode
            elif old is not None:
                m.date, m.uid, m.gid, m.mode = old.date, old.uid, old.gid, old.mode
        return m

    def stored_name(self, path: str) -> str:
        if not self.thin:
            name = os.path.basename(path)
            if self.parsed.has("f"):
                name = name[:NAME_LIMIT]
            return name
        if os.path.isabs(path):
            return path
        here = os.path.dirname(os.path.realpath(self.context.path(self.archive_name)))
        there = os.path.realpath(self.context.path(path))
        return os.path.relpath(there, here)

    def save(self) -> None:
        members = self.archive.members
        symbols: list[list[str]] | None = None
        if not self.parsed.has("S"):
            symbols = index_of(self.program, members)
        elif not self.archive.thin:
            for m in members:
                m.load(self.program.load)
        date = 0 if self.deterministic else int(time.time())
        self.program.write(self.archive_name, write_archive(members, self.archive.thin, symbols, date))

    def note(self, letter: str, name: str) -> None:
        if self.verbose:
            self.program.out(f"{letter} - {name}\n")

    # Operations

    def replace(self, files: Sequence[str]) -> int:
        self.open(False)
        self.check_conversion()
        if not files and self.exists and not self.parsed.has("s"):
            return 0
        self.archive.thin = self.thin
        members = self.archive.members
        at = self.insertion_point()
        there = list(members)
        for name in files:
            old = [] if self.parsed.has("q") else [m for m in self.find(name) if m in there]
            if old:
                where = members.index(old[0])
                if self.parsed.has("u"):
                    try:
                        if os.stat(self.context.path(name)).st_mtime <= old[0].date:
                            continue
                    except OSError as e:
                        raise ToolError(f"{name}: {e.strerror}") from None
                new = self.fresh(name)
                self.note("r", name)
                if self.parsed.has("a") or self.parsed.has("b"):
                    del members[where]
                    at = self.insertion_point()
                    members[at:at] = new
                else:
                    members[where:where + 1] = new
                at += len(new) - 1
            else:
                new = self.fresh(name)
                self.note("a", name)
                members[at:at] = new
                at += len(new)
        self.save()
        return 0

    def delete(self, files: Sequence[str]) -> int:
        self.open(True)
        if not files:
            return 0
        for name in files:
            found = self.find(name)
            which = self.count - 1 if self.count else 0
            if len(found) <= which:
                if self.verbose:
                    self.program.out(f"No member named `{name}'\n")
                continue
            self.note("d", self.member_name(found[which]))
            self.archive.members.remove(found[which])
        self.save()
        return 0

    def move(self, files: Sequence[str]) -> int:
        self.open(True)
        if not files:
            return 0  # as GNU ar, which does not even write an index then
        members = self.archive.members
        for name in files:
            found = self.find(name)
            if not found:
                raise ToolError(f"no entry {name} in archive {self.archive_name}!")
            members.remove(found[0])
            at = self.insertion_point()
            members.insert(at, found[0])
            self.note("m", self.member_name(found[0]))
        self.save()
        return 0

    def selected(self, files: Sequence[str]) -> list[Member]:
        """Members named on the command line in that order (with N: that instance), or all; complains about missing ones."""
        if not files:
            return self.archive.members
        out: list[Member] = []
        for name in files:
            found = self.find(name)
            if self.count:
                found = found[self.count - 1:self.count]
            if not found:
                self.context.stderr.write(f"no entry {name} in archive\n")     # GNU ar's status is 0
                continue
            out += found[:1]
        return out

    def list(self, files: Sequence[str]) -> int:
        self.open(True)
        for m in self.selected(files):
            line = self.describe(m, self.verbose)
            if self.parsed.has("O"):
                line += f" 0x{m.offset + 60:x}"
            self.program.out(line + "\n")
        return self.program.status

    def describe(self, m: Member, verbose: bool) -> str:
        """A member's line in a list."""
        name = self.member_name(m)
        if not verbose:
            return name
        day = time.strftime("%b %e %H:%M %Y", time.localtime(m.date))
        return f"{mode_text(m.mode)} {m.uid}/{m.gid} {m.size:6d} {day} {name}"

    def print(self, files: Sequence[str]) -> int:
        self.open(True)
        for m in self.selected(files):
            if self.verbose:
                self.program.out(f"\n<{self.member_name(m)}>\n\n")
            self.context.stdout.write(m.load(self.program.load))
        return self.program.status

    def extract(self, files: Sequence[str]) -> int:
        self.open(True)
        if self.archive.thin:
            raise ToolError("`x' cannot be used on thin archives.")
        for m in self.selected(files):
            self.write_member(m, self.parsed.last("output"))
        return self.program.status

    def write_member(self, m: Member, directory: str) -> None:
        """Extract a member.  Raises ToolError."""
        name = m.name if self.full_path else os.path.basename(m.name)
        if name.startswith("/") or ".." in name.split("/"):
            raise ToolError(f"illegal output pathname for archive member: {m.name}")
        if self.verbose:
            self.program.out(f"x - {name}\n")
        target = os.path.join(directory, name)
        self.program.write(target, m.load(self.program.load))
        path = self.context.path(target)
        umask = os.umask(0o022)
        os.umask(umask)
        os.chmod(path, ((m.mode & 0o777) | stat.S_IRUSR | stat.S_IWUSR) & ~umask)
        if self.parsed.has("o"):
            os.utime(path, (m.date, m.date))

    def index(self) -> int:
        self.open(True)
        self.save()
        return 0


def index_of(program: Program, members: Sequence[Member]) -> list[list[str]] | None:
    """The symbol table's contents; None if no member is an object (then GNU writes no table)."""
    out: list[list[str]] = []
    objects = False
    for m in members:
        names: list[str] = []
        data = m.load(program.load)
        if is_elf(data):
            try:
                names = defined_symbols(data, m.name)
                objects = True
            except ElfError:
                names = []  # a damaged member is stored, but not indexed
        out.append(names)
    return out if objects else None


def mode_text(mode: int) -> str:
    """Permissions as `ls` prints them, without the type letter."""
    return "".join(letter if mode >> (8 - i) & 1 else "-" for i, letter in enumerate(MODE_LETTERS))


OPERATIONS: Final = "dmpqrtx"


def _ar(program: Program, argv: Sequence[str]) -> int:
    args = list(argv)
    if args and not args[0].startswith("-") and not args[0].startswith("@"):
        args[0] = "-" + args[0]
    parsed = AR_TABLE.parse(args, program.context)
    if program.answered(AR_TABLE, parsed):
        return 0
    operations = [k for k, _ in parsed.options if k in OPERATIONS and len(k) == 1]
    if len(set(operations)) > 1:
        raise ToolError("two different operation options specified")
    if parsed.has("M"):
        return Script(program, _Ar(program, parsed)).run(program.context.stdin.read().decode("utf-8", "surrogateescape"))
    if not operations and not parsed.has("s"):
        raise UsageError("no operation specified" if argv else "")
    if parsed.has("u") and "r" not in operations:
        raise ToolError("`u' is only meaningful with the `r' option.")
    if parsed.has("u") and not parsed.has("U"):
        program.say("`u' modifier ignored since `D' is the default (see `U')")
        parsed.options = [o for o in parsed.options if o[0] != "u"]
    arguments = parsed.arguments
    tool = _Ar(program, parsed)
    if (parsed.has("a") or parsed.has("b")) and operations and operations[0] in "mr":
        if not arguments:
            raise UsageError("")
        tool.position_name = arguments.pop(0)
    if parsed.has("N"):
        if not operations or operations[0] not in "dx":
            raise ToolError("`N' is only meaningful with the `x' and `d' options.")
        if not arguments or not arguments[0].isdigit() or int(arguments[0]) < 1:
            raise ToolError("Value for `N' must be positive.")
        tool.count = int(arguments.pop(0))
    if not arguments:
        raise UsageError("")
    tool.archive_name = arguments.pop(0)
    try:
        return _operate(tool, operations[0] if operations else "s", arguments)
    except NoArchive as e:
        program.say(e.message)
        return NO_ARCHIVE_STATUS


def _operate(tool: _Ar, operation: str, files: list[str]) -> int:
    if operation == "d":
        return tool.delete(files)
    if operation == "m":
        return tool.move(files)
    if operation == "p":
        return tool.print(files)
    if operation in "qr":
        return tool.replace(files)
    if operation == "t":
        return tool.list(files)
    if operation == "x":
        return tool.extract(files)
    return tool.index()


def _ranlib(program: Program, argv: Sequence[str]) -> int:
    parsed = RANLIB_TABLE.parse(argv, program.context)
    if program.answered(RANLIB_TABLE, parsed):
        return 0
    if not parsed.arguments:
        raise UsageError("")
    for name in parsed.arguments:
        tool = _Ar(program, parsed)
        tool.archive_name = name
        tool.index()
    return 0


def main(argv: Sequence[str], context: ToolContext) -> int:
    """The `ar` command."""
    return run(AR_TABLE, _ar, argv, context)


def ranlib_main(argv: Sequence[str], context: ToolContext) -> int:
    """The `ranlib` command."""
    return run(RANLIB_TABLE, _ranlib, argv, context)
