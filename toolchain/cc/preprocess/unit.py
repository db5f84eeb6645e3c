"""What the preprocessor hands to the parser: one translation unit as tokens.

    options = PreprocessOptions(...)
    unit = Preprocessor(options, diagnostics, cache).run("file.c")
    tokens = unit.tokens                      # expanded; without the lazy functions' text
    for entry in unit.lazy_functions.get(sym, ()):
        body_tokens, body_base = unit.expand_lazy(entry)   # `static inline ... { ... }` whole

Position.  Every token has an index; a `LazyFunction` and a `Pragma` have the index of the token before
which they stand.  Where several stand before the same token, `Pragma`s are in source order, and
`LazyFunction.pragma_count` says how many pragmas of the unit come before it.
"""
from __future__ import annotations

from bisect import bisect_right
from typing import Protocol

from ...diagnostics import Loc
from .files import Frame, Run
from .tokens import Sym, Token


class Pragma:
    """A `#pragma` (or `_Pragma`) that the preprocessor does not handle itself.

    `tokens` are those after `#pragma`, macro-expanded where gcc does that (the pack, push_macro
    and redefine_extname family).  `index`: of the token before which it stands.
    """

    def __init__(self, index: int, tokens: list[Token], loc: Loc, system: bool) -> None:
        self.index = index
        self.tokens = tokens
        self.loc = loc
        self.system = system


class LazyFunction:
    """A `static inline` function definition in a header, not expanded yet."""

    def __init__(self, sym: Sym, run: Run, frame: Frame, version: int, position: int, pragma_count: int,
                 number: int) -> None:
        self.sym = sym
        self.run = run
        self.frame = frame
        self.version = version
        """Macro table version as of which it is expanded."""
        self.position = position
        """Index in `tokens` of the token before which the definition stands."""
        self.pragma_count = pragma_count
        """How many of the unit's pragmas come before it."""
        self.number = number
        """It is the unit's nth function in headers, in the order of the source."""
        self.pragmas: list[Pragma] = []
        """`_Pragma`s inside the function; filled by `expand_lazy`, indices into its token list."""
        self.tokens: list[Token] | None = None
        self.loc_base = 0

    @property
    def system(self) -> bool:
        """The definition stands in a system header."""
        return self.frame.system


class Segment:
    """The output of one run of text (all that stands between two directives)."""

    def __init__(self, start: int, run: Run, frame: Frame, version: int, counter: int, carried: int, carried_from: Segment | None) -> None:
        self.start = start
        self.run = run
        self.frame = frame
        self.version = version
        self.counter = counter
        """Value of `__COUNTER__` when the segment began."""
        self.carried = carried
        """So many tokens of an unfinished macro call, the last of `carried_from`, come before the run's own."""
        self.carried_from = carried_from


class LazyExpander(Protocol):
    """Whoever can expand a lazy function later: the preprocessor that made the unit."""

    def expand_lazy(self, entry: LazyFunction) -> None:
        """Fill `entry.tokens`, `entry.loc_base` and `entry.pragmas`."""


class PreprocessedUnit:
    """One translation unit after preprocessing.  See the module's docstring."""

    def __init__(self, path: str, expander: LazyExpander) -> None:
        self.path = path
        self.tokens: list[Token] = []
        self.loc_base: Loc = 0
        """`tokens[i]` is at `loc_base + i`; `loc_base + len(tokens)` is the end of the file."""
        self.segments: list[Segment] = []
        self.segment_starts: list[int] = []
        self.main_frame: Frame | None = None
        self.main_start = 0
        """Index of the first token that follows the last `#include` of the main file at depth 0."""
        self.lazy_functions: dict[Sym, list[LazyFunction]] = {}
        self.pragmas: list[Pragma] = []
        self.dependencies: list[tuple[str, bool]] = []
        """Files read, in order, each once: (path as found, is a system header)."""
        self.missing: list[str] = []
        """Headers not found, under -MG."""
        self._expander = expander

    def frame_at(self, index: int) -> Frame | None:
        """The file instance that token `index` comes from."""
        i = self.segment_number(index)
        return self.segments[i].frame if i >= 0 else None

    def segment_number(self, index: int) -> int:
        """Number of the segment that token `index` belongs to; -1 if none does."""
        return bisect_right(self.segment_starts, index) - 1

    def is_main(self, index: int) -> bool:
        """Token `index` stands in the main file itself, not in an included one."""
        return self.frame_at(index) is self.main_frame

    def main_ranges(self) -> list[tuple[int, int]]:
        """The (start, end) index pairs of tokens that stand in the main file, in order, merged."""
        out: list[tuple[int, int]] = []
        starts = self.segment_starts
        count = len(starts)
        for i, segment in enumerate(self.segments):
            if segment.frame is self.main_frame:
                end = starts[i + 1] if i + 1 < count else len(self.tokens)
                if out and out[-1][1] == segment.start:
                    out[-1] = (out[-1][0], end)
                elif end > segment.start:
                    out.append((segment.start, end))
        return out

    def system_header(self, index: int) -> bool:
        """Token `index` stands in a system header: warnings about it are not printed."""
        frame = self.frame_at(index)
        return frame is not None and frame.system

    def expand_lazy(self, entry: LazyFunction) -> tuple[list[Token], Loc]:
        """The tokens of a lazy function (whole definition, from `static`), and the location of the first."""
        if entry.tokens is None:
            self._expander.expand_lazy(entry)
        tokens = entry.tokens
        assert tokens is not None
        return tokens, entry.loc_base
