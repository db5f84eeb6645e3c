"""From a `Loc` back to file, line and column: expansion done again, with tokens that know their origin.

Nothing is stored per token.  A location in the unit's range is an index of an output token; its
segment (one run of text) is expanded again in traced mode, as of the segment's version of the macro
table, and the traced token at the same place tells where it was spelled and through which macros it came.
"""
from __future__ import annotations

import re
from typing import Final, Protocol

from ...diagnostics import Location
from .files import FileRecord, Frame
from .tokens import Macro, Token, TracedToken
from .unit import PreprocessedUnit, Segment

INCLUDED: Final = "In file included from"
_KEPT_SEGMENTS: Final = 64
_COMMENT_LINES: Final = 200
"""Longer comments are not looked at."""
_line_comment: Final = re.compile(r"""((?:[^"'/\n]|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|/(?!/))*)//""")


class Tracer(Protocol):
    """Whoever can expand a segment again: the preprocessor."""

    def trace(self, segment: Segment) -> list[Token]:
        """The segment's output, as traced tokens; their source index counts the carried tokens too."""


def include_chain(frame: Frame) -> list[tuple[str, Location]]:
    """The `In file included from` lines of a file instance, innermost first."""
    out: list[tuple[str, Location]] = []
    while frame.parent is not None:
        parent = frame.parent
        if frame.include_line:
            line = frame.include_line
        elif frame.directive >= 0:
            line = parent.record.line_of(parent.record.directive_start(frame.directive)) + parent.delta
        else:
            break
        out.append((INCLUDED, Location(parent.name, line, 0)))
        frame = parent
    return out


def locate(frame: Frame, offset: int, length: int) -> Location:
    """The location of an offset in the frame's blanked text."""
    record = frame.record
    line = record.line_of(offset)
    column = record.column_of(offset, line)
    where = Location(frame.name, line + frame.delta, column, record.raw_line(line), length)
    where.chain = include_chain(frame)
    return where


class PointResolver:
    """One place in one file: what messages about directives refer to."""

    def __init__(self, frame: Frame, offset: int, length: int) -> None:
        self.frame = frame
        self.offset = offset
        self.length = length

    def resolve(self, offset: int) -> Location:
        """See `Resolver`."""
        return locate(self.frame, self.offset, self.length)


class FixedResolver:
    """A location known already."""

    def __init__(self, where: Location) -> None:
        self.where = where

    def resolve(self, offset: int) -> Location:
        """See `Resolver`."""
        return self.where


def macro_location(macro: Macro, index: int, length: int) -> Location:
    """Where token `index` of the macro's `text` is written."""
    record = macro.file
    if not isinstance(record, FileRecord):
        return Location("<command-line>" if macro.from_command_line else "<built-in>", 0, 0)
    frame = record.frame
    if frame is None:
        frame = Frame(record, record.path, None, -1, False)
    base = record.argument_start(macro.directive)
    offsets = record.mode.lexer.offsets(macro.text)
    return locate(frame, base + (offsets[index] if index < len(offsets) else 0), length)


def token_location(token: Token, segment: Segment) -> Location:
    """The location of a traced token: where it is spelled, and the macros it came through."""
    if not isinstance(token, TracedToken):
        return locate(segment.frame, source_place(segment, 0)[1], 1)
    length = len(token.spelling)
    if token.macro is None:
        frame, offset = source_place(segment, token.index)
        return locate(frame, offset, length)
    where = macro_location(token.macro, token.macro.body_at + token.index, length)
    caller = token.caller
    if caller is None:
        return where
    outer = token_location(caller, segment)
    phrase = f"in expansion of macro '{token.macro.name}'"
    includes = [entry for entry in outer.chain if entry[0] == INCLUDED]
    expansions = [entry for entry in outer.chain if entry[0] != INCLUDED]
    where.chain = [(phrase, outer), *expansions, *includes]
    return where


def source_place(segment: Segment, index: int) -> tuple[Frame, int]:
    """Frame and text offset of input token `index` of a segment."""
    while index < segment.carried and segment.carried_from is not None:
        previous = segment.carried_from
        total = previous.carried + len(previous.run.load())
        index = total - segment.carried + index
        segment = previous
    starts = segment.run.token_starts()
    index -= segment.carried
    if not starts:
        return segment.frame, 0
    return segment.frame, starts[max(0, min(index, len(starts) - 1))]


def comments_before(token: Token, segment: Segment) -> list[str]:
    """The texts of the comments directly before a traced token, the last one first; none before a token of a macro's."""
    if not isinstance(token, TracedToken) or token.macro is not None:
        return []
    frame, offset = source_place(segment, token.index)
    record = frame.record
    line = record.line_of(offset)
    lines = [record.raw_line(n) for n in range(max(1, line - _COMMENT_LINES), line)]
    text = "\n".join([*lines, record.raw_line(line)[:record.column_of(offset, line) - 1]])
    out: list[str] = []
    while True:
        text = text.rstrip()
        start = text.rfind("/*", 0, len(text) - 2) if text.endswith("*/") else -1
        if start >= 0:
            out.append(text[start + 2:-2])
        else:
            start = text.rfind("\n") + 1
            m = _line_comment.match(text, start)
            if m is None:
                return out
            out.append(text[m.end(1) + 2:])
            start = m.end(1)
        text = text[:start]


class UnitResolver:
    """Resolves the locations of a unit's tokens."""

    def __init__(self, tracer: Tracer, unit: PreprocessedUnit) -> None:
        self.tracer = tracer
        self.unit = unit
        self._traces: dict[int, list[Token]] = {}

    def segment_tokens(self, number: int) -> list[Token]:
        """The traced tokens of segment `number`."""
        known = self._traces.get(number)
        if known is None:
            if len(self._traces) >= _KEPT_SEGMENTS:
                self._traces.clear()
            known = self.tracer.trace(self.unit.segments[number])
            self._traces[number] = known
        return known

    def comments_before(self, offset: int) -> list[str]:
        """The comments directly before token `offset`, the last one first."""
        number = self.unit.segment_number(offset)
        if number < 0 or offset >= len(self.unit.tokens):
            return []
        segment = self.unit.segments[number]
        tokens = self.segment_tokens(number)
        place = offset - segment.start
        return comments_before(tokens[place], segment) if place < len(tokens) else []

    def resolve(self, offset: int) -> Location:
        """See `Resolver`."""
        unit = self.unit
        if offset >= len(unit.tokens):
            return self._end()
        number = unit.segment_number(offset)
        if number < 0:
            return Location(unit.path, 0, 0)
        segment = unit.segments[number]
        tokens = self.segment_tokens(number)
        place = offset - segment.start
        if place >= len(tokens):
            return locate(segment.frame, source_place(segment, 0)[1], 1)
        return token_location(tokens[place], segment)

    def _end(self) -> Location:
        frame = self.unit.main_frame
        if frame is None:
            return Location(self.unit.path, 0, 0)
        text = frame.record.text.rstrip("\n\x1a\x1c \t")
        return locate(frame, max(len(text) - 1, 0), 1)


class LazyResolver:
    """Resolves the locations of one lazy function's tokens."""

    def __init__(self, tracer: Tracer, segment: Segment) -> None:
        self.tracer = tracer
        self.segment = segment
        self._tokens: list[Token] | None = None

    def token(self, offset: int) -> Token:
        """The traced token of a location."""
        tokens = self._tokens
        if tokens is None:
            tokens = self.tracer.trace(self.segment)
            self._tokens = tokens
        return tokens[min(offset, len(tokens) - 1)]

    def comments_before(self, offset: int) -> list[str]:
        """The comments directly before token `offset`, the last one first."""
        return comments_before(self.token(offset), self.segment)

    def resolve(self, offset: int) -> Location:
        """See `Resolver`."""
        return token_location(self.token(offset), self.segment)
