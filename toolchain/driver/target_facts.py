"""What the driver must be told of a target: names, libraries, and the -m options with their values.

A target's compiler modules are named here as text and imported when they are used.
"""
from __future__ import annotations

import importlib
import re
from typing import Protocol, cast

from toolchain.cc.options import CompileOptions
from toolchain.cc.types import TargetLayout


class MacroModule(Protocol):
    """`macros.py` of a target."""

    def layout(self, options: CompileOptions) -> TargetLayout:
        """The data layout under the given options."""

    def predefined_macros(self, options: CompileOptions) -> str:
        """`#define` lines of the processor."""


class TargetFacts:
    """One target as the driver knows it."""

    def __init__(self, triple: str, folder: str, emulation: str, dynamic_linker: str, aliases: tuple[str, ...]) -> None:
        self.triple = triple
        self.folder = folder
        """Name of the target's folder in toolchain/cc."""
        self.emulation = emulation
        self.dynamic_linker = dynamic_linker
        self.aliases = aliases
        self.default_pie = True
        self.glibc = True
        """The C library is glibc: `__gnu_linux__` says so."""
        self.has_musl = True
        """There is a target of its own for musl."""
        self.flags: dict[str, str] = {}
        """-mNAME and -mno-NAME: "" if both hold, "no" if only the negative does, "yes" if there is no negative."""
        self.values: dict[str, str] = {}
        """-mNAME=VALUE: a regular expression for the values that can be honoured."""
        self.flag_choices: dict[str, tuple[str, ...]] = {}
        """Values of -f options that only this target honours; the first one is meant where none is given."""
        self.library_dirs: tuple[str, ...] = ()
        self.include_dirs: tuple[str, ...] = ()
        self.attributes: frozenset[str] = frozenset()
        """Attributes that this target adds."""
        self.builtins: frozenset[str] = frozenset()
        """Builtin functions of gcc's common table that not every target has."""
        self.profiling = False
        """-pg is honoured."""
        self.assembler_options: tuple[str, ...] = ()
        """-m options (without value) that are passed to the assembler."""
        self.assembler_values: tuple[str, ...] = ()
        self.modes: dict[str, str] = {}
        """-m options (`mNAME` or `mNAME=VALUE`) that choose another target of the same family: to its triple."""
        self.assembler_mode: tuple[str, ...] = ()
        """What tells the assembler the target's word size, where one assembler serves several."""
        self.assembler_no_effect: tuple[str, ...] = ()
        """Assembler options that change nothing in what the compiler makes."""
        self.assembler_pic: tuple[str, ...] = ()
        """What tells the assembler that the code is position-independent, where it matters to it."""
        self.defaults: dict[str, str] = {}
        """Values of -m options that hold if none is given."""

    def macros(self) -> MacroModule:
        """The target's `macros` module."""
        return cast(MacroModule, importlib.import_module(f"toolchain.cc.{self.folder}.macros"))

    def machine_option(self, text: str) -> tuple[str, str, str]:
        """Name, value and complaint ("" if none) for the text after `-m`."""
        name, equals, value = text.partition("=")
        if equals:
            pattern = self.values.get(name)
            if pattern is None:
                return name, value, f"unrecognized command-line option '-m{text}'"
            if re.fullmatch(pattern, value) is None:
                return name, value, f"unrecognized argument in option '-m{text}'"
            return name, value, ""
        if text in self.flags and self.flags[text] != "no":
            return text, "", ""
        if text.startswith("no-") and self.flags.get(text[3:], "yes") != "yes":
            return text, "", ""
        if text in self.flags:
            return text, "", f"'-m{text}' is not supported"
        return text, "", f"unrecognized command-line option '-m{text}'"


def both(names: str) -> dict[str, str]:
    """Flags that hold with and without `no-`."""
    return dict.fromkeys(names.split(), "")


def never(names: str) -> dict[str, str]:
    """Flags of which only the negative holds."""
    return dict.fromkeys(names.split(), "no")


def only(names: str) -> dict[str, str]:
    """Flags without a negative."""
    return dict.fromkeys(names.split(), "yes")
