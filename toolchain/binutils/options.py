"""Command lines as `getopt_long` reads them, and the usage text made from the same table.

An `Option` row is a fact: short letters, long names, whether an argument follows, and a line of
help.  Options and other arguments may be mixed; `--` ends the options; a long name may be shortened
while it stays unique; `@file` is replaced by the arguments in that file.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain import responses
from toolchain.context import ToolContext

NONE: Final = 0
REQUIRED: Final = 1
OPTIONAL: Final = 2


class UsageError(Exception):
    """The command line is wrong: the message, then the usage text, exit status 1."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Option:
    """One option: `names` as people write them ("-n", "--numeric-sort"), the key by which the tool
    knows it, whether it takes an argument, what its argument is called, and its help line."""

    def __init__(self, key: str, names: str, argument: int = NONE, value: str = "", text: str = "") -> None:
        self.key = key
        self.names = names.split()
        self.argument = argument
        self.value = value
        self.text = text


class Parsed:
    """What a command line says: options in order as (key, value), and the other arguments."""

    def __init__(self) -> None:
        self.options: list[tuple[str, str]] = []
        self.arguments: list[str] = []

    def has(self, key: str) -> bool:
        """Whether the option was given."""
        return any(k == key for k, _ in self.options)

    def last(self, key: str, default: str = "") -> str:
        """The value of the last occurrence."""
        for k, v in reversed(self.options):
            if k == key:
                return v
        return default

    def all(self, key: str) -> list[str]:
        """The values of all occurrences, in order."""
        return [v for k, v in self.options if k == key]


class OptionTable:
    """All options of one tool."""

    def __init__(self, tool: str, synopsis: str, about: str, options: Sequence[Option], tail: str = "") -> None:
        self.tool = tool
        self.synopsis = synopsis
        self.about = about
        self.options = options
        self.tail = tail
        self._short: dict[str, Option] = {}
        self._long: dict[str, Option] = {}
        for option in options:
            for name in option.names:
                if name.startswith("--"):
                    self._long[name[2:]] = option
                else:
                    self._short[name[1:]] = option

    def usage(self) -> str:
        """The text of --help."""
        lines = [f"Usage: {self.tool} {self.synopsis}", f" {self.about}", " Options:"]
        for option in self.options:
            if not option.text:
                continue
            left = " ".join(option.names)
            if option.value:
                left += f"[={option.value}]" if option.argument == OPTIONAL else f" <{option.value}>"
            if len(left) > 30:
                lines.append("  " + left)
                left = ""
            lines.append(f"  {left:<30} {option.text}")
        lines.append(f"  {'@<file>':<30} Read options from <file>")
        if self.tail:
            lines.append(self.tail)
        return "\n".join(lines) + "\n"

    def _find_long(self, name: str) -> Option:
        exact = self._long.get(name)
        if exact is not None:
            return exact
        found = [n for n in self._long if n.startswith(name)]
        if not found:
            raise UsageError(f"unrecognized option '--{name}'")
        if len({id(self._long[n]) for n in found}) > 1:
            choices = " ".join(f"'--{n}'" for n in found)
            raise UsageError(f"option '--{name}' is ambiguous; possibilities: {choices}")
        return self._long[found[0]]

    def _long_option(self, arg: str, rest: list[str], parsed: Parsed) -> None:
        name, equals, value = arg[2:].partition("=")
        option = self._find_long(name)
        if option.argument == NONE and equals:
            raise UsageError(f"option '--{name}' doesn't allow an argument")
        if option.argument == REQUIRED and not equals:
            if not rest:
                raise UsageError(f"option '--{name}' requires an argument")
            value = rest.pop(0)
        parsed.options.append((option.key, value))

    def _short_options(self, arg: str, rest: list[str], parsed: Parsed) -> None:
        i = 1
        while i < len(arg):
            option = self._short.get(arg[i])
            if option is None:
                raise UsageError(f"invalid option -- '{arg[i]}'")
            i += 1
            if option.argument == NONE:
                parsed.options.append((option.key, ""))
                continue
            value = arg[i:]
            if option.argument == REQUIRED and not value:
                if not rest:
                    raise UsageError(f"option requires an argument -- '{arg[i - 1]}'")
                value = rest.pop(0)
            parsed.options.append((option.key, value))
            return

    def parse(self, argv: Sequence[str], context: ToolContext) -> Parsed:
        """Read a command line.  Raises UsageError."""
        parsed = Parsed()
        rest = responses.expand(argv, context.read)
        while rest:
            arg = rest.pop(0)
            if arg == "--":
                parsed.arguments += rest
                break
            if arg.startswith("--"):
                self._long_option(arg, rest, parsed)
            elif len(arg) > 2 and arg.startswith("-") and arg[1:] in self._short:
                parsed.options.append((self._short[arg[1:]].key, ""))  # a letter pair such as -EB
            elif arg.startswith("-") and len(arg) > 1:
                self._short_options(arg, rest, parsed)
            else:
                parsed.arguments.append(arg)
        return parsed
