"""The one door to the assembler.

`as` is a word of Python's grammar, so the package cannot be imported by name; this module loads it and
gives it types.
"""
from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Protocol

from toolchain.context import ToolContext
from toolchain.diagnostics import Diagnostics, Loc
from toolchain.elf.image import ObjectImage
from toolchain.mc.model.isa import Isa
from toolchain.mc.streamer import ObjectStreamer


class TextAssembler(Protocol):
    """Assembly text into a streamer: one per translation unit.  Macros, numeric labels and `.set` symbols
    last from one `feed` to the next."""

    def feed(self, text: str, loc: Loc) -> None:
        """Assemble `text` (several lines), reporting errors at `loc`.  The text is split once per distinct string."""

    def feed_file(self, name: str, text: str, outer: Loc = 0) -> None:
        """Assemble a whole file, reporting errors at its own lines."""

    def finish(self) -> None:
        """End of the unit: errors for what is still open.  Does not finish the streamer."""


class _Facade(Protocol):
    def main(self, argv: Sequence[str], context: ToolContext) -> int: ...

    def create(self, isa: Isa, streamer: ObjectStreamer, diagnostics: Diagnostics, context: ToolContext | None) -> TextAssembler: ...

    def assemble(self, text: str, name: str, triple: str, options: Sequence[str], diagnostics: Diagnostics) -> ObjectImage | None: ...


def _facade() -> _Facade:
    module: _Facade = importlib.import_module("toolchain.as.facade")
    return module


def main(argv: Sequence[str], context: ToolContext) -> int:
    """The command `as`."""
    return _facade().main(argv, context)


def Assembler(isa: Isa, streamer: ObjectStreamer, diagnostics: Diagnostics, context: ToolContext | None = None) -> TextAssembler:
    """An assembler for `isa` that drives `streamer` (for inline asm and top-level asm); `context` reads what `.incbin` names."""
    return _facade().create(isa, streamer, diagnostics, context)


def assemble(text: str, name: str, triple: str, options: Sequence[str], diagnostics: Diagnostics) -> ObjectImage | None:
    """Assemble one text with the options of the command; None after errors, which went to `diagnostics`.
    Raises ToolError for bad options."""
    return _facade().assemble(text, name, triple, options, diagnostics)
