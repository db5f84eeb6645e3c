"""Dependency rules for make: -M, -MM, -MD, -MMD with -MF, -MT, -MQ, -MP, -MG."""
from __future__ import annotations

from typing import Final

from .unit import PreprocessedUnit

_LINE: Final = 75


def quote_for_make(name: str) -> str:
    """A target or prerequisite with the characters quoted that make would take for its own."""
    out: list[str] = []
    backslashes = 0
    for c in name:
        if c == "\\":
            backslashes += 1
        else:
            if c in " \t":
                out.append("\\" * (backslashes + 1))
            elif c == "$":
                out.append("$")
            elif c == "#":
                out.append("\\")
            backslashes = 0
        out.append(c)
    return "".join(out)


def rule(unit: PreprocessedUnit, targets: list[str], system: bool, phony: bool, main_file: bool = True) -> str:
    """The rule of a unit.

    `targets` are already quoted; `system` includes system headers (-M, -MD); `phony` adds an empty
    rule for every header (-MP); without `main_file` the unit's own file is left out (SUNPRO_DEPENDENCIES).
    """
    files = [name for name, is_system in unit.dependencies[0 if main_file else 1:] if system or not is_system]
    files += [name for name in unit.missing if name not in files]
    out: list[str] = []
    column = 0
    words = [*targets, *[quote_for_make(name) for name in files]]
    for number, word in enumerate(words):
        if number == len(targets):
            out.append(":")
            column += 1
        if number:
            if column + 1 + len(word) > _LINE:
                out.append(" \\\n ")
                column = 1
            else:
                out.append(" ")
                column += 1
        out.append(word)
        column += len(word)
    out.append("\n" if files else ":\n")
    if phony:
        for name in files[1:]:
            out.append(f"{quote_for_make(name)}:\n")
    return "".join(out)


def default_target(path: str, suffix: str) -> str:
    """The target if neither -MT nor -MQ gives one: the object of that source."""
    base = path.rsplit("/", 1)[-1]
    dot = base.rfind(".")
    return quote_for_make((base[:dot] if dot > 0 else base) + suffix)
