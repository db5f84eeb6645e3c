"""What `tcc-py bisect` and its compiler command share: the plan, and the objects that were made.

The folder holds `plan.json`; `sources.log`, the files that were compiled; and `made/`, with an object for each way a file was compiled and
what the compiler said.
"""
from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from typing import Final, cast

EVERYTHING: Final = "*"


class Plan:
    """`ours`: source files that the compiler under suspicion compiles (EVERYTHING: all).  `functions`: of a file, only these are
    optimised.  `limits`: -fopt-bisect-limit for a file."""

    def __init__(self, reference: list[str], compiler: list[str]) -> None:
        self.reference = reference
        self.compiler = compiler
        self.ours: list[str] = []
        self.functions: dict[str, list[str]] = {}
        self.limits: dict[str, int] = {}

    def write(self, folder: str) -> None:
        """For the compiler command."""
        with open(os.path.join(folder, "plan.json"), "w", encoding="utf-8") as f:
            json.dump([self.reference, self.compiler, self.ours, self.functions, self.limits], f)
        with open(os.path.join(folder, "sources.log"), "wb"):
            pass

    def is_ours(self, source: str) -> bool:
        """Who compiles `source` (an absolute path)."""
        return EVERYTHING in self.ours or source in self.ours

    def options(self, source: str) -> list[str]:
        """What the compiler under suspicion is told besides."""
        out: list[str] = []
        if source in self.functions:
            out.append("-fopt-functions=" + ",".join(self.functions[source]))
        if source in self.limits:
            out.append(f"-fopt-bisect-limit={self.limits[source]}")
        return out

    def made(self, folder: str, source: str, words: Sequence[str], cwd: str) -> str:
        """Where the object lies that this compilation makes, without suffix: .o, .txt (messages), .d (dependencies).  `words` are
        without the output's name."""
        state = f"{os.stat(source).st_mtime_ns}" if os.path.exists(source) else ""
        how = [*self.compiler, *self.options(source)] if self.is_ours(source) else self.reference
        text = "\0".join([*how, "", *words, "", cwd, source, state])
        return os.path.join(folder, "made", hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:24])

    def objects(self, folder: str, source: str) -> list[str]:
        """Objects made of `source` in the last build."""
        return [base + ".o" for name, base in last_build(folder) if name == source]

    def messages(self, folder: str, source: str) -> list[str]:
        """What the compiler said of `source` in the last build."""
        out: list[str] = []
        for name, base in last_build(folder):
            if name == source:
                with open(base + ".txt", encoding="utf-8", errors="surrogateescape") as f:
                    out.append(f.read())
        return out


def read_plan(folder: str) -> Plan:
    """The plan that is in force.  Raises OSError."""
    with open(os.path.join(folder, "plan.json"), encoding="utf-8") as f:
        reference, compiler, ours, functions, limits = cast(
            "tuple[list[str], list[str], list[str], dict[str, list[str]], dict[str, int]]", json.load(f))
    plan = Plan(reference, compiler)
    plan.ours, plan.functions, plan.limits = ours, functions, limits
    return plan


def note(folder: str, source: str, base: str) -> None:
    """A file was compiled (or its object copied)."""
    with open(os.path.join(folder, "sources.log"), "a", encoding="utf-8", errors="surrogateescape") as f:
        f.write(f"{source}\t{base}\n")


def last_build(folder: str) -> list[tuple[str, str]]:
    """Source and object of every compilation since the plan was written."""
    try:
        with open(os.path.join(folder, "sources.log"), encoding="utf-8", errors="surrogateescape") as f:
            rows = [line.rstrip("\n").split("\t") for line in f]
    except FileNotFoundError:
        return []
    return list(dict.fromkeys((row[0], row[1]) for row in rows if len(row) == 2))


def read_log(folder: str) -> list[str]:
    """Source files in the order in which they were first compiled."""
    return list(dict.fromkeys(source for source, _ in last_build(folder)))
