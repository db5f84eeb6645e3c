"""The output of -E: tokens as text, with line markers `# line "file" flags` (or, under -P, without).

Lines follow gcc: a token stands on the line of the source token from which it expanded; all that a macro call
gives stands on the line where the call begins; up to eight newlines bridge a gap, else a marker does.
"""
from __future__ import annotations

from typing import Final

from .directives import EV_DEFINE, EV_ENTER, EV_INCLUDE, EV_LEAVE, EV_RENAME, EV_UNDEF, Event
from .extended_names import escaped
from .files import Frame
from .lexer import NEWLINE_IN_COMMENT, SPLICE
from .locations import source_place
from .macros import definition_text
from .options import C99
from .preprocessor import Preprocessor
from .tokens import CHARACTER, COMMENT, IDENTIFIER, NUMBER, PUNCTUATOR, STRING, Macro, Token, TracedToken
from .unit import PreprocessedUnit, Segment

_GAP: Final = 8
_JOINERS: Final[dict[str, str]] = {
    "+": "+=", "-": "-=>", "*": "=/", "/": "=/*", "%": "=:>", "&": "&=", "|": "|=", "^": "=", "<": "<=:%", ">": ">=", "=": "=",
    "!": "=", ":": ":>", "#": "#", ".": ".", "%:": "%", "<<": "=", ">>": "=", "->": "*"}


def would_merge(left: Token, right: Token) -> bool:
    """Printed without a blank between them, the two tokens would be read as other ones."""
    a, b = left.kind, right.kind
    if left.spelling == "$" or right.spelling == "$":
        return False  # lexed alone in assembler only
    if a == IDENTIFIER or a == NUMBER:
        if b == IDENTIFIER or b == NUMBER:
            return True
        if b == STRING or b == CHARACTER:
            return a == IDENTIFIER or right.spelling[0] not in "\"'"
        if a == NUMBER and b == PUNCTUATOR:
            return right.spelling[0] == "." or (right.spelling[0] in "+-" and left.spelling[-1] in "eEpP")
        return False
    if a == PUNCTUATOR:
        first = right.spelling[0]
        if first in _JOINERS.get(left.spelling, ""):
            return True
        return left.spelling == "." and b == NUMBER
    return False


class Printer:
    """Prints one unit that was preprocessed with `record_events`."""

    def __init__(self, preprocessor: Preprocessor, markers: bool) -> None:
        self.preprocessor = preprocessor
        self.unit: PreprocessedUnit = preprocessor.unit
        self.markers = markers
        self.dump = preprocessor.options.dump
        self.assembler = preprocessor.options.assembler
        self.escape = not self.assembler and preprocessor.options.standard >= C99
        """Letters beyond ASCII in identifiers are printed as universal character names."""
        self.out: list[str] = []
        self.line = 1
        self.frame: Frame = preprocessor.command_line
        self.printed = False
        """Something stands on the current output line."""
        self.previous: Token | None = None

    def text(self) -> str:
        """The whole output."""
        unit = self.unit
        if self.markers:
            self.out.append(f'# 0 "{escape(unit.path)}"\n# 0 "<built-in>"\n')
        if "D" in self.dump or "N" in self.dump:
            self._predefined()
        if self.markers:
            self.out.append('# 0 "<command-line>"\n')
        events = self.preprocessor.events
        count = len(events)
        next_event = 0
        for number, segment in enumerate(unit.segments):
            end = unit.segment_starts[number + 1] if number + 1 < len(unit.segments) else len(unit.tokens)
            while next_event < count and events[next_event].index <= segment.start and not self._inside(events[next_event], segment):
                self._event(events[next_event])
                next_event += 1
            if end > segment.start:
                next_event = self._segment(segment, end, next_event)
        while next_event < count:
            self._event(events[next_event])
            next_event += 1
        if self.printed:
            self.out.append("\n")
        return "".join(self.out)

    def _inside(self, event: Event, segment: Segment) -> bool:
        """The event at the segment's start happened after the segment began: a `_Pragma` in its text."""
        return event.index == segment.start and event.segment is segment

    def _predefined(self) -> None:
        for macro in self.preprocessor.initial_macros:
            self.out.append(self._define_line(macro) + "\n")

    def _define_line(self, macro: Macro) -> str:
        if "N" in self.dump and "D" not in self.dump:
            return f"#define {macro.name}"
        return "#define " + definition_text(macro, self.preprocessor.lexer)

    def _marker(self, line: int, frame: Frame, flag: str) -> None:
        if self.printed:
            self.out.append("\n")
            self.printed = False
        self.line = line
        self.frame = frame
        self.previous = None
        if self.markers:
            self.out.append(f'# {line} "{escape(frame.name)}"{flag}{" 3 4" if frame.system else ""}\n')

    def _go_to(self, line: int, frame: Frame) -> None:
        """Begin output line `line`."""
        if self.printed:
            self.out.append("\n")
            self.line += 1
            self.printed = False
            self.previous = None
        if not self.markers:
            self.line = line
            return
        gap = line - self.line
        if frame is self.frame and 0 <= gap < _GAP:
            self.out.append("\n" * gap)
            self.line = line
        else:
            self._marker(line, frame, "")

    def _event(self, event: Event) -> None:
        kind = event.kind
        frame = event.frame
        if kind == EV_ENTER:
            if frame.parent is not None and frame.directive >= 0 and self.markers:
                self._go_to(directive_line(frame.parent, frame.directive), frame.parent)
            self._marker(1, frame, " 1" if frame.parent is not None else "")
        elif kind == EV_LEAVE:
            if event.directive < 0:
                self._marker(0, frame, " 2")
            else:
                self._marker(directive_line(frame, event.directive) + 1, frame, " 2")
        elif kind == EV_RENAME:
            self._marker(directive_line(frame, event.directive) + 1, frame, "")
        elif kind == EV_DEFINE or kind == EV_UNDEF:
            if "D" in self.dump or "N" in self.dump or "U" in self.dump:
                self._directive_line(event, self._definition(event))
        elif kind == EV_INCLUDE:
            if "I" in self.dump:
                self._directive_line(event, event.text)
        else:
            self._directive_line(event, event.text)

    def _definition(self, event: Event) -> str:
        if event.kind == EV_UNDEF:
            return f"#undef {event.text}"
        macro = event.frame.record.directive(event.directive).macro
        assert macro is not None
        return self._define_line(macro)

    def _directive_line(self, event: Event, text: str) -> None:
        line = directive_line(event.frame, event.directive) if event.directive >= 0 else self.line + (1 if self.printed else 0)
        self._go_to(line, event.frame)
        self.out.append(text + "\n")
        self.line = line + 1
        self.previous = None
        if event.directive < 0:
            self._marker(line, event.frame, "")

    def _segment(self, segment: Segment, end: int, next_event: int) -> int:
        """Print the tokens of one segment, and the events that fall inside."""
        preprocessor = self.preprocessor
        tokens = preprocessor.trace(segment)
        marks = preprocessor.marks
        mark_count = len(marks)
        mark = -1
        events = preprocessor.events
        count = len(events)
        start = segment.start
        places = Places(segment)
        output: list[Token] = self.unit.tokens
        for k in range(min(end - start, len(tokens))):
            while next_event < count and (events[next_event].index <= start + k):
                self._event(events[next_event])
                next_event += 1
            while mark + 1 < mark_count and marks[mark + 1].out <= k:
                mark += 1
            source = source_index(tokens[k])
            first_of_group = False
            if mark >= 0 and source < marks[mark].next:
                source = marks[mark].first
                first_of_group = marks[mark].out == k
                in_group = not first_of_group
            else:
                in_group = False
            frame, offset = places.at(source)
            joined = k > 0 and adjacent(tokens[k - 1], tokens[k])
            self._token(output[start + k], frame, offset, places, in_group, joined)
        return next_event

    def _token(self, token: Token, frame: Frame, offset: int, places: Places, in_group: bool, joined: bool) -> None:
        out = self.out
        if not in_group:
            line = places.line(frame, offset)
            starts_line = line != self.line or frame is not self.frame
            if not self.markers and self.printed:
                starts_line = starts_line and places.begins_line(frame, offset)
            if starts_line or not self.printed:
                if starts_line:
                    self._go_to(line, frame)
                out.append(" " * places.indentation(frame, offset, line))
                self.previous = None
                self.frame = frame
                self._append(token)
                return
        previous = self.previous
        if token.space or (not joined and previous is not None and would_merge(previous, token)):
            out.append(" ")
        self._append(token)

    def _append(self, token: Token) -> None:
        text = token.spelling
        if token.kind == IDENTIFIER and self.escape and (not text.isascii() or "\\" in text):
            text = escaped(token.sym.text)
        elif token.kind == COMMENT:
            text = text.replace(NEWLINE_IN_COMMENT, "\n")
            self.line += text.count("\n")
        self.out.append(text)
        self.printed = True
        self.previous = token


class Places:
    """Lines and columns of a segment's input tokens, for ascending queries."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self._last_frame: Frame | None = None
        self._last_offset = 0
        self._last_line = 0
        self._line_end = 0

    def at(self, index: int) -> tuple[Frame, int]:
        """Frame and offset of input token `index`."""
        return source_place(self.segment, index)

    def line(self, frame: Frame, offset: int) -> int:
        """The presumed line on which the logical line of an offset begins (a comment's newline begins one too)."""
        if frame is self._last_frame and self._last_offset <= offset <= self._line_end:
            return self._last_line + frame.delta
        text = frame.record.text
        self._line_end = line_end(text, offset)
        offset = line_start(text, offset)
        if frame is self._last_frame and offset >= self._last_offset:
            start = self._last_offset
            line = self._last_line + text.count("\n", start, offset) + text.count(SPLICE, start, offset) \
                + text.count(NEWLINE_IN_COMMENT, start, offset)
        else:
            line = frame.record.line_of(offset)
        self._last_frame = frame
        self._last_offset = offset
        self._last_line = line
        return line + frame.delta

    def begins_line(self, frame: Frame, offset: int) -> bool:
        """The token at `offset` is the first of its line."""
        text = frame.record.text
        start = line_start(text, offset)
        return not text[start:offset].strip(" \t\x1a\x1c\f\v\r")

    def indentation(self, frame: Frame, offset: int, line: int) -> int:
        """Number of blanks before the token, if it begins its line; else 0."""
        if not self.begins_line(frame, offset):
            return 1 if frame.record.text[offset - 1] in " \t\x1a\x1c" else 0
        return max(frame.record.column_of(offset, line - frame.delta) - 1, 0)


def line_start(text: str, offset: int) -> int:
    """Where the logical line of an offset begins: behind a newline, or behind one inside a comment.

    The second is looked for in the line alone: most files have none, and the search would go back to their first line."""
    start = text.rfind("\n", 0, offset) + 1
    return max(start, text.rfind(NEWLINE_IN_COMMENT, start, offset) + 1)


def line_end(text: str, offset: int) -> int:
    """Where the logical line of an offset ends: at a newline, one inside a comment, or the text's end."""
    end = text.find("\n", offset)
    if end < 0:
        end = len(text)
    comment = text.find(NEWLINE_IN_COMMENT, offset, end)
    return end if comment < 0 else comment


def adjacent(left: Token, right: Token) -> bool:
    """Two traced tokens stand side by side where they were written, so they need no blank to keep them apart."""
    return (isinstance(left, TracedToken) and isinstance(right, TracedToken) and left.macro is right.macro
            and left.caller is right.caller and right.index == left.index + 1)


def source_index(token: Token) -> int:
    """Index of the input token from which a traced token came."""
    while isinstance(token, TracedToken):
        if token.macro is None or token.caller is None:
            return token.index
        token = token.caller
    return 0


def directive_line(frame: Frame, directive: int) -> int:
    """The presumed line of a directive."""
    return frame.record.line_of(frame.record.directive_start(directive)) + frame.delta


def escape(name: str) -> str:
    """A file name as it stands between the quotes of a line marker."""
    return name.replace("\\", "\\\\").replace('"', '\\"')


def print_unit(preprocessor: Preprocessor, markers: bool) -> str:
    """The text that -E prints; `markers` is false under -P."""
    return Printer(preprocessor, markers).text()


def print_macros(preprocessor: Preprocessor) -> str:
    """The text that -dM prints: all macros that are defined at the end, in the order of their definition."""
    live = [(sym.version, sym.macro) for sym in preprocessor.touched if sym.macro is not None and not sym.macro.builtin]
    live.sort(key=lambda entry: entry[0])
    return "".join([f"#define {definition_text(macro, preprocessor.lexer)}\n" for _, macro in live])
