"""The command lines that Kbuild leaves in a build folder: `dir/.name.o.cmd` has the one that made dir/name.o."""
from __future__ import annotations

import os
import re
import shlex
from typing import Final

SAVED: Final = re.compile(r"savedcmd_(\S+) := (.*)")
COMPILERS: Final = re.compile(r"(.*/)?(.*-)?(gcc|cc|clang)$")


class SavedCommand:
    """One compilation: the object's path below the build folder, where its command runs, and the compiler's arguments."""

    def __init__(self, target: str, arguments: list[str]) -> None:
        self.target = target
        self.arguments = arguments

    def to(self, output: str, *more: str) -> list[str]:
        """The arguments with another output file and without a dependency file, so that nothing in the build folder changes."""
        out: list[str] = []
        skip = False
        for word in self.arguments:
            if skip:
                skip = False
            elif word == "-o":
                skip = True
            elif not word.startswith("-Wp,-MMD"):
                out.append(word)
        return [*out, *more, "-o", output]

    def syntax_only(self) -> list[str]:
        """The arguments for a check of the source alone."""
        return [word for word in self.to("/dev/null", "-fsyntax-only") if word != "-c"]


def saved_command(build: str, target: str) -> SavedCommand | None:
    """The command that compiled `target` (a path below `build`) from C; None if there is none."""
    folder, name = os.path.split(target)
    try:
        with open(os.path.join(build, folder, f".{name}.cmd"), encoding="utf-8") as f:
            match = SAVED.match(f.readline())
    except OSError:
        return None
    if match is None:
        return None
    words = shlex.split(match.group(2).split(";")[0])
    if len(words) < 2 or COMPILERS.match(words[0]) is None or not words[-1].endswith(".c"):
        return None
    return SavedCommand(target, words[1:])


def all_commands(build: str, compiler: str) -> list[SavedCommand]:
    """Commands of all objects below `build` that a `compiler` (a regular expression for the program's name) made from C, by name."""
    out: list[SavedCommand] = []
    for folder, _, files in os.walk(build):
        for name in files:
            if not (name.startswith(".") and name.endswith(".o.cmd")):
                continue
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8", errors="replace") as f:
                match = SAVED.match(f.readline())
            if match is None or re.fullmatch(compiler, os.path.basename(match.group(2).split(" ", 1)[0])) is None:
                continue
            command = saved_command(build, os.path.relpath(os.path.join(folder, name[1:-4]), build))
            if command is not None:
                out.append(command)
    out.sort(key=lambda c: c.target)
    return out
