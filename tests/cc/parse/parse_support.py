"""Helpers of the parser's tests: a target with RISC-V's LP64 facts, and units made from plain text."""
from __future__ import annotations

import io
from collections.abc import Sequence

from toolchain.cc.options import CompileOptions
from toolchain.cc.parse.unit import ParsedUnit, parse_unit
from toolchain.cc.preprocess.lexer import Lexer
from toolchain.cc.preprocess.unit import PreprocessedUnit
from toolchain.cc.types import TargetLayout
from toolchain.diagnostics import Diagnostics, Location

_lexer = Lexer(True, False)


class StubTarget:
    """LP64 RISC-V as far as the front end asks."""

    name = "stub"
    triple = "stub-unknown-linux-gnu"

    def __init__(self) -> None:
        self.layout = TargetLayout()
        self.layout.char_signed = False

    def predefined_macros(self, options: CompileOptions) -> str:
        return ""

    def builtins(self) -> dict[str, str]:
        return {"__builtin_riscv_pause": "void (void)", "__builtin_thread_pointer": "void *(void)"}

    def register_number(self, name: str) -> int:
        if name[:1] in "xfast" and name[1:].isdigit():
            return int(name[1:])
        return {"sp": 2, "gp": 3, "tp": 4, "ra": 1, "zero": 0, "fp": 8}.get(name, 7 if name[:2] in ("ft", "fs", "fa") else -1)

    def constraint_kind(self, constraint: str) -> str:
        return {"f": "register", "A": "memory", "I": "immediate", "J": "immediate", "K": "immediate", "S": "immediate"}.get(constraint, "")

    def immediate_fits(self, constraint: str, value: int) -> bool:
        return True

    def library_calls_allowed(self) -> Sequence[str]:
        return ()


class TextUnit:
    """Expander and resolver of a unit made of one text without directives."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.starts = _lexer.offsets(text)

    def expand_lazy(self, entry: object) -> None:
        raise AssertionError

    def resolve(self, offset: int) -> Location:
        at = self.starts[offset] if offset < len(self.starts) else len(self.text)
        start = self.text.rfind("\n", 0, at) + 1
        end = self.text.find("\n", at)
        return Location(self.path, self.text.count("\n", 0, at) + 1, at - start + 1, self.text[start:end if end >= 0 else None])


def unit_of(text: str, diagnostics: Diagnostics, path: str = "t.c") -> PreprocessedUnit:
    """A preprocessed unit of a text that holds no directives and no comments."""
    source = TextUnit(path, text)
    unit = PreprocessedUnit(path, source)  # type: ignore[arg-type]
    unit.tokens = _lexer.lex(text)
    unit.loc_base = diagnostics.locations.add(len(unit.tokens) + 1, source)
    return unit


def parse(text: str, *warnings: str, options: CompileOptions | None = None, target: StubTarget | None = None) -> tuple[ParsedUnit, list[str]]:
    """Parse a text; the unit and the messages (without source lines)."""
    stream = io.StringIO()
    diagnostics = Diagnostics("cc", stream)
    options = options or CompileOptions()
    for w in warnings:
        options.warnings[w] = True
    unit = parse_unit(unit_of(text, diagnostics), options, target or StubTarget(), diagnostics)
    lines = [line for line in stream.getvalue().split("\n") if line.startswith("t.c:") or line.startswith("cc:")]
    return unit, lines
