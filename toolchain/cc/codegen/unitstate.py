"""State of code generation that outlives a function: symbols, labels, constants of one unit."""
from __future__ import annotations

from typing import Protocol

from toolchain.cc.codegen.libcalls import Library
from toolchain.cc.ir.debug import VariablePlaces
from toolchain.cc.ir.ir import GlobalSymbol
from toolchain.cc.options import CompileOptions
from toolchain.cc.parse.warning_options import WarningLevels
from toolchain.cc.types import TargetLayout
from toolchain.diagnostics import Diagnostics, Loc
from toolchain.elf.constants import STB_GLOBAL, STB_WEAK, STT_FUNC, STT_OBJECT, STT_TLS
from toolchain.mc.model.expr import MCSymbol
from toolchain.mc.model.streamer import Streamer


class AsmFeeder(Protocol):
    """The assembler as inline asm uses it (`toolchain/assembler.py`)."""

    def feed(self, text: str, loc: Loc) -> None:
        """Assemble `text` into the current streamer."""


class LineSink(Protocol):
    """Debug information's interest in emitted instructions."""

    def instruction(self, loc: Loc, prologue: bool) -> None:
        """The next instruction belongs to `loc` (0: to nothing in the source), and maybe to the prologue."""

    def function_start(self, symbol: MCSymbol, name: str, loc: Loc) -> None:
        """A function begins here; `loc` is its definition's."""

    def function_end(self, symbol: MCSymbol, end: MCSymbol, variables: list[VariablePlaces]) -> None:
        """The function has ended at label `end`; where its variables are."""


class UnitState:
    """One translation unit's code generation.

    `assembler` is None when text is produced (-S): then inline asm goes out by `Streamer.raw_text`
    alone.  `lines` is None without -g."""

    def __init__(self, streamer: Streamer, options: CompileOptions, layout: TargetLayout, diagnostics: Diagnostics,
                 assembler: AsmFeeder | None, lines: LineSink | None = None) -> None:
        self.streamer = streamer
        self.options = options
        self.pointer_size = layout.pointer_size
        self.diagnostics = diagnostics
        self.assembler = assembler
        self.lines = lines
        self.library = Library(layout)
        self.verify = options.verify_ir
        self.mentioned: dict[str, GlobalSymbol] = {}
        self.constants: dict[tuple[int, int], MCSymbol] = {}    # (size, bits) -> label of a pooled constant
        self.section_flags: dict[str, tuple[int, int]] = {}     # type and flags of sections named by attributes
        self.personality: MCSymbol | None = None                # the word that holds the personality routine's address
        self.asm_counter = 0
        levels = WarningLevels(options)
        self.frame_limit = levels.limit("frame-larger-than")
        self.stack_limit = levels.limit("stack-usage")
        self.label_counter = 0

    def symbol(self, s: GlobalSymbol) -> MCSymbol:
        """The object file's symbol; remembers that the unit mentions it."""
        m = self.streamer.symbol(s.name)
        if s.name not in self.mentioned:
            self.mentioned[s.name] = s
            if not s.defined:
                self.declare(s, m)
        return m

    def declare(self, s: GlobalSymbol, m: MCSymbol) -> None:
        """Binding and visibility of a symbol that this unit does not define."""
        if s.weak:
            self.streamer.binding(m, STB_WEAK)
        if s.visibility:
            self.streamer.visibility(m, s.visibility)
        if s.tls_model:
            self.streamer.kind(m, STT_TLS)

    def define(self, s: GlobalSymbol, m: MCSymbol) -> None:
        """Binding, visibility and type of a symbol that is about to be defined."""
        if not s.local:
            self.streamer.binding(m, STB_WEAK if s.weak else STB_GLOBAL)
            if s.visibility:
                self.streamer.visibility(m, s.visibility)
        self.streamer.kind(m, STT_FUNC if s.is_function else STT_TLS if s.tls_model else STT_OBJECT)
        self.mentioned[s.name] = s
