"""Source files as the preprocessor keeps them: read, blanked and split once per process.

A `FileRecord` holds the text of one file after translation phases 1 to 3 (C11 5.1.1.2), arranged so
that offsets stay cheap: a line splice becomes the character SPLICE, a comment becomes one blank
followed by one NEWLINE_IN_COMMENT per newline in it; so a line number is one count of those three characters.
One `re.split` on directives gives the chunks of text between them; chunks are lexed when first used.

`FileCache` lives as long as the process.  Each cached file and directory is checked by one `stat` per
unit (`begin_unit`), so a resident worker notices every change.
"""
from __future__ import annotations

import os
import re
import stat
import time
from bisect import bisect_left
from typing import Final

from .interning import MakingDict
from .lexer import NEWLINE_IN_COMMENT, RULES_C23, RULES_C99, RULES_GNU90, SEPARATOR, SPLICE, WHITE, Lexer
from .replay import Replay
from .tokens import Macro, Sym, Token, intern

D_OTHER: Final = 0
D_IF: Final = 1
D_IFDEF: Final = 2
D_IFNDEF: Final = 3
D_ELIF: Final = 4
D_ELSE: Final = 5
D_ENDIF: Final = 6
D_DEFINE: Final = 7
D_UNDEF: Final = 8
D_INCLUDE: Final = 9
D_INCLUDE_NEXT: Final = 10
D_IMPORT: Final = 11
D_ERROR: Final = 12
D_WARNING: Final = 13
D_PRAGMA: Final = 14
D_LINE: Final = 15
D_IDENT: Final = 16
D_ASSERT: Final = 17
D_UNASSERT: Final = 18
D_LINEMARKER: Final = 19
D_NULL: Final = 20

DIRECTIVES: Final[dict[str, int]] = {
    "if": D_IF, "ifdef": D_IFDEF, "ifndef": D_IFNDEF, "elif": D_ELIF, "else": D_ELSE, "endif": D_ENDIF,
    "define": D_DEFINE, "undef": D_UNDEF, "include": D_INCLUDE, "include_next": D_INCLUDE_NEXT, "import": D_IMPORT,
    "error": D_ERROR, "warning": D_WARNING, "pragma": D_PRAGMA, "line": D_LINE, "ident": D_IDENT, "sccs": D_IDENT,
    "assert": D_ASSERT, "unassert": D_UNASSERT,
}

_directive_split: Final = re.compile(
    r"\n[ \t\x1a\x1c\f\v]*+(?:#(?!#)|%:(?!%:))[ \t\x1a\x1c\f\v]*+([A-Za-z_][A-Za-z0-9_\w]*+|)[ \t\x1a\x1c\f\v]*+([^\n]*+)(?=\n)")
_BLOCK: Final = r"/\*[^*]*+\*++(?:[^/*][^*]*+\**+)*+/"
_comment: Final = re.compile(rf"({_BLOCK}|//[^\n]*+)")
_quoted_or_comment: Final = re.compile(
    r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+(?:"|(?=\n))|\'[^\'\\\n]*+(?:\\.[^\'\\\n]*+)*+(?:\'|(?=\n))|' rf"{_BLOCK}|//[^\n]*+", re.S)
_open_comment: Final = re.compile(r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"|\'[^\'\\\n]*+(?:\\.[^\'\\\n]*+)*+\'|/\*', re.S)
_blank_splice: Final = re.compile(r"\\[ \t\f\v]+\n")
_ALONE: Final = frozenset("\"'()[]{};,")
_tail: Final = re.compile(r"[^\s\x1a]+")
_raw_comment: Final = re.compile(r'"(?:[^"\\\n]|\\.)*+"|\'(?:[^\'\\\n]|\\.)*+\'|/\*.*?\*/|//(?:[^\\\n]|\\.)*+', re.S)
_separated: Final = re.compile(r"(?<![\w.])\.?[0-9][\w.]*+(?:'[0-9A-Za-z_][\w.]*+)++")
_trigraph: Final = re.compile(r"\?\?([=/'()!<>\-])")
_TRIGRAPHS: Final[dict[str, str]] = {
    "=": "#", "/": "\\", "'": "^", "(": "[", ")": "]", "!": "|", "<": "{", ">": "}", "-": "~"}
_guard_if: Final = re.compile(r"!\s*defined\s*(?:\(\s*([A-Za-z_]\w*)\s*\)|([A-Za-z_]\w*))\s*$")

_kind_table: Final[MakingDict[int]] = MakingDict(lambda word: D_OTHER)
_kind_table.update(DIRECTIVES)
_kind_of = _kind_table.__getitem__

RACY_NS: Final = 50_000_000
"""A file or directory younger than this when it was read may change again within one tick of its clock."""


class Mode:
    """What else than its bytes decides how a file is split and lexed; one object per combination."""

    def __init__(self, assembler: bool, dollars: bool, trigraphs: bool, keep_comments: int, rules: int) -> None:
        self.assembler = assembler
        self.trigraphs = trigraphs
        self.keep_comments = keep_comments
        self.line_comments = rules >= RULES_GNU90
        """`//` starts a comment (not in -std=c90)."""
        self.separators = rules == RULES_C23
        self.lexer = Lexer(dollars, keep_comments > 0, rules)


_modes: dict[tuple[bool, bool, bool, int, int], Mode] = {}


def mode_for(assembler: bool, dollars: bool, trigraphs: bool, keep_comments: int, rules: int) -> Mode:
    """The process-wide `Mode` of that combination."""
    key = (assembler, dollars, trigraphs, keep_comments, rules)
    mode = _modes.get(key)
    if mode is None:
        mode = Mode(assembler, dollars, trigraphs, keep_comments, rules)
        _modes[key] = mode
    return mode


class Run:
    """A stretch of text of one file without directives, lexed at first use."""

    def __init__(self, record: FileRecord, chunk: int, offset: int, text: str) -> None:
        self.record = record
        self.chunk = chunk
        self.offset = offset
        """Of `text` in the chunk."""
        self.text = text
        self.tokens: list[Token] | None = None
        self.replay: Replay | None = None
        self.starts: list[int] | None = None
        """Offset of each token in the record's text; made when asked for."""
        self.pieces: list[Piece] | None = None
        self.pieces_known = False
        self.unbalanced_checked = 0
        self.must_not_wait = False
        """It mentions a macro with unbalanced braces."""
        self.brace_net = 0
        self.brace_net_known = False
        self.directive = -1
        """For a line that starts with `#` but is text (assembler): the index of that directive; else -1."""

    def load(self) -> list[Token]:
        """The tokens of the run."""
        tokens = self.tokens
        if tokens is None:
            tokens = self.record.mode.lexer.lex(self.text)
            self.tokens = tokens
        return tokens

    def token_starts(self) -> list[int]:
        """Offset in `record.text` of every token."""
        starts = self.starts
        if starts is None:
            if self.directive >= 0:
                base = self.record.directive_start(self.directive)
            else:
                base = self.record.chunk_start(self.chunk) + self.offset
            starts = [base + offset for offset in self.record.mode.lexer.offsets(self.text)]
            self.starts = starts
        return starts


class Piece:
    """Part of a run: a `static inline` function that can wait (`name` is set), or other text."""

    def __init__(self, run: Run, name: Token | None, words: frozenset[str]) -> None:
        self.run = run
        self.name = name
        self.words = words
        """Identifiers before the body: none of them may be a structural macro."""


class Directive:
    """What is remembered about one directive after it was first executed."""

    def __init__(self, kind: int, word: str, argument: str, index: int) -> None:
        self.kind = kind
        self.word = word
        self.argument = argument
        self.index = index
        self.tokens: list[Token] | None = None
        self.macro: Macro | None = None
        self.name: Token | None = None
        self.header: str = ""
        """The name of a plain `#include`, with its delimiters cut off."""
        self.quoted = False
        self.computed = False
        self.checked = False


class FileRecord:
    """One file, blanked and split.  Immutable but for what is filled in on demand."""

    def __init__(self, path: str, raw: str, mode: Mode) -> None:
        self.path = path
        self.mode = mode
        self.raw = raw
        self.mtime_ns = 0
        self.size = 0
        self.inode = 0
        self.unit = 0
        """Number of the unit in which the record was last found current."""
        self.racy = False
        self.frame: Frame | None = None
        """The latest instance of the file in the unit under way: for messages."""
        self.text = ""
        self.kinds: list[int] = []
        self.words: list[str] = []
        self.arguments: list[str] = []
        self.chunks: list[str] = []
        self.jump: list[int] = []
        """Index of the next branch of the same conditional; -1: there is none (malformed)."""
        self.stray: dict[int, str] = {}
        """Directive index: what is wrong with the nesting there."""
        self.unterminated: list[tuple[int, int]] = []
        """Conditionals without `#endif`: indices of their first and last directives."""
        self.unterminated_comment = -1
        """Offset in `raw` of a comment that never ends."""
        self.backslash_at_end = False
        self.directives: list[Directive | None] = []
        self.runs: list[Run | None] = []
        self._remarks: list[tuple[int, str, str]] | None = None
        self.guard: Sym | None = None
        self._starts: list[int] | None = None
        self._ends: list[int] | None = None
        self._raw_lines: list[str] | None = None
        self._line_breaks: list[int] | None = None
        self._clean(raw)
        self._split()

    def remarks(self) -> list[tuple[int, str, str]]:
        """Comments and trigraphs that gcc warns of: (offset in `raw`, message, option)."""
        if self._remarks is None:
            self._remarks = []
            raw = self.raw
            if raw.count("/*") != raw.count("*/") or ("\\\n" in raw and "//" in raw) or "??" in raw:
                self._find_remarks(raw, self._remarks)
        return self._remarks

    def _find_remarks(self, raw: str, out: list[tuple[int, str, str]]) -> None:
        last = 0
        for m in _raw_comment.finditer(raw):
            text = m.group()
            if text.startswith("//") and self.mode.line_comments:
                if "\n" in text:
                    out.append((m.start(), "multi-line comment", "comment"))
            elif text.startswith("/*"):
                at = text.find("/*", 2)
                while at >= 0:
                    out.append((m.start() + at, "\"/*\" within comment", "comment"))
                    at = text.find("/*", at + 2)
            else:
                continue
            _trigraphs_between(raw, last, m.start(), out)
            last = m.end()
        _trigraphs_between(raw, last, len(raw), out)
        out.sort()

    def _clean(self, raw: str) -> None:
        """Translation phases 1 to 3: splices and comments."""
        text = raw
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")   # either ends a line, as in gcc
        if SPLICE in text:
            text = text.replace(SPLICE, " ")
        mode = self.mode
        if mode.trigraphs and "??" in text:
            text = _trigraph.sub(_replace_trigraph, text)
        if "\\ " in text or "\\\t" in text:
            text = _blank_splice.sub("\\\n", text)
        if "\\\n" in text:
            text = text.replace("\\\n", SPLICE)
            inner = _inner_splices(text)
            if inner:
                text = _move_splices(text, inner)
        if mode.separators and "'" in text:
            text = _separated.sub(_mark_separators, text)
        if text.endswith(SPLICE):
            self.backslash_at_end = True
        if "/*" in text or "//" in text:
            text = self._blank_comments(text)
        self.text = "\n" + text + "\n"

    def _blank_comments(self, text: str) -> str:
        mode = self.mode
        if "/*" in text:
            last = text.rfind("/*")
            if text.find("*/", last + 2) < 0:
                at = _find_open_comment(text)
                if at >= 0:
                    self.unterminated_comment = at
                    text = text[:at] + "\n"
        if mode.keep_comments:
            return _quoted_or_comment.sub(_keep_comment, text)
        if not mode.line_comments:
            return _quoted_or_comment.sub(_blank_block_comment, text)
        if _quote_before_comment(text):
            return _quoted_or_comment.sub(_blank_comment, text)
        parts: list[str] = _comment.split(text)
        for i in range(1, len(parts), 2):
            parts[i] = _blanks(parts[i])
        return "".join(parts)

    def _split(self) -> None:
        parts: list[str] = _directive_split.split(self.text)
        self.chunks = parts[0::3]
        self.words = parts[1::3]
        self.arguments = parts[2::3]
        kinds = list(map(_kind_of, self.words))
        self.kinds = kinds
        count = len(kinds)
        for i in range(count):
            if kinds[i] == D_OTHER and not self.words[i]:
                argument = self.arguments[i]
                if not argument.strip(WHITE):
                    kinds[i] = D_NULL
                elif argument[0].isdigit():
                    kinds[i] = D_LINEMARKER
        if self.mode.keep_comments:
            self._blank_arguments()
        self.directives = [None] * count
        self.runs = [None] * (count + 1)
        self._link_conditionals()
        self._find_guard()

    def _blank_arguments(self) -> None:
        """Comments in directives are not kept, but for those in macro definitions under -CC."""
        for i, argument in enumerate(self.arguments):
            if "/" in argument and not (self.mode.keep_comments == 2 and self.kinds[i] == D_DEFINE):
                self.arguments[i] = _quoted_or_comment.sub(_spaces_for_comment, argument)

    def _link_conditionals(self) -> None:
        kinds = self.kinds
        jump = [-1] * len(kinds)
        self.jump = jump
        stack: list[int] = []
        opened: list[int] = []
        for i, kind in enumerate(kinds):
            if kind == D_OTHER or kind > D_ENDIF:
                continue
            if kind <= D_IFNDEF:
                stack.append(i)
                opened.append(i)
            elif not stack:
                self.stray[i] = f"#{self.words[i]} without #if"
            else:
                if kind != D_ENDIF and kinds[stack[-1]] == D_ELSE:
                    self.stray[i] = f"#{self.words[i]} after #else"
                jump[stack[-1]] = i
                if kind == D_ENDIF:
                    stack.pop()
                    opened.pop()
                else:
                    stack[-1] = i
        self.unterminated = list(zip(opened, stack))

    def _find_guard(self) -> None:
        """`#ifndef X ... #endif` (or `#if !defined X`) around the whole file."""
        kinds = self.kinds
        last = len(kinds) - 1
        if last < 1 or kinds[last] != D_ENDIF or self.jump[0] != last or self.mode.assembler and self.mode.keep_comments:
            return
        if self.chunks[0].strip(WHITE) or self.chunks[last + 1].strip(WHITE):
            return
        argument = self.arguments[0].strip(WHITE)
        if kinds[0] == D_IFNDEF:
            if argument.isidentifier():
                self.guard = intern(argument).sym
        elif kinds[0] == D_IF:
            m = _guard_if.match(argument)
            if m is not None:
                self.guard = intern(m.group(1) or m.group(2)).sym

    def run(self, chunk: int) -> Run | None:
        """The run of chunk number `chunk` (the text before directive `chunk`); None if it is blank."""
        run = self.runs[chunk]
        if run is None:
            text = self.chunks[chunk].rstrip(WHITE)
            run = Run(self, chunk, 0, text)
            self.runs[chunk] = run
        return run if run.text else None

    def directive(self, index: int) -> Directive:
        """The record of directive `index`."""
        directive = self.directives[index]
        if directive is None:
            directive = Directive(self.kinds[index], self.words[index], self.arguments[index], index)
            self.directives[index] = directive
        return directive

    def _find_directives(self) -> None:
        starts: list[int] = []
        ends: list[int] = [0]
        for m in _directive_split.finditer(self.text):
            starts.append(m.start())
            ends.append(m.end())
        self._starts = starts
        self._ends = ends

    def chunk_start(self, chunk: int) -> int:
        """Offset in `text` of chunk number `chunk`."""
        if self._ends is None:
            self._find_directives()
        assert self._ends is not None
        return self._ends[chunk]

    def directive_start(self, index: int) -> int:
        """Offset in `text` of the `#` of directive `index`."""
        if self._starts is None:
            self._find_directives()
        assert self._starts is not None
        start = self._starts[index] + 1
        text = self.text
        while text[start] in WHITE:
            start += 1
        return start

    def argument_start(self, index: int) -> int:
        """Offset in `text` of what follows the directive's name."""
        return self.chunk_start(index + 1) - len(self.arguments[index])

    def line_of(self, offset: int) -> int:
        """Physical line (from 1) of an offset in `text`."""
        return bisect_left(self.line_breaks(), offset)

    def line_breaks(self) -> list[int]:
        """Offsets in `text` of what ends a physical line, found once: debug information asks for every instruction's line."""
        breaks = self._line_breaks
        if breaks is None:
            breaks = []
            at = -1
            for line in self.text.replace(SPLICE, "\n").replace(NEWLINE_IN_COMMENT, "\n").split("\n"):
                at += len(line) + 1
                breaks.append(at)
            breaks.pop()
            self._line_breaks = breaks
        return breaks

    def raw_line(self, line: int) -> str:
        """Physical line number `line` (from 1) as it stands in the file."""
        lines = self._raw_lines
        if lines is None:
            lines = self.raw.split("\n")
            self._raw_lines = lines
        return lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else ""

    def column_of(self, offset: int, line: int) -> int:
        """Column (from 1) in the raw line of an offset in `text`; `line` is its line."""
        text = self.text
        breaks = self.line_breaks()
        before = bisect_left(breaks, offset)
        start = breaks[before - 1] + 1 if before else 0
        if self.mode.keep_comments:
            return offset - start + 1
        raw = self.raw_line(line)
        if start and text[start - 1] == NEWLINE_IN_COMMENT:
            closed = raw.find("*/") + 2
            return closed + align(raw[closed:], text[start:offset]) + 1
        return align(raw, text[start:offset]) + 1


def align(raw: str, prefix: str) -> int:
    """Offset in the raw line of what follows `prefix` in the blanked line.

    >>> align("int /* a */ x;", "int   ")
    12
    """
    if raw.startswith(prefix):
        at = len(prefix)
    else:
        at = _align_from(raw, prefix, 0)
        if at < 0:
            end = raw.find("*/")
            at = _align_from(raw, prefix, end + 2) if end >= 0 else -1
    if at < 0:
        return min(len(prefix), len(raw))
    while at < len(raw) and raw.startswith("/*", at):
        end = raw.find("*/", at)
        if end < 0:
            break
        at = end + 2
    return at


def _align_from(raw: str, prefix: str, at: int) -> int:
    for c in prefix:
        if at < len(raw) and raw[at] == c:
            at += 1
        elif c == " " and raw.startswith("/*", at):
            end = raw.find("*/", at + 2)
            if end < 0:
                return -1
            at = end + 2
        else:
            return -1
    return at


def _trigraphs_between(raw: str, start: int, end: int, out: list[tuple[int, str, str]]) -> None:
    """Trigraphs of a stretch of text without comments."""
    for m in _trigraph.finditer(raw, start, end):
        out.append((m.start(), f"trigraph {m.group()} ignored, use -trigraphs to enable", "trigraphs"))


def _mark_separators(m: re.Match[str]) -> str:
    s: str = m.group()
    return s.replace("'", SEPARATOR)


def _replace_trigraph(m: re.Match[str]) -> str:
    return _TRIGRAPHS[m.group(1)]


def _blank_comment(m: re.Match[str]) -> str:
    s: str = m.group()
    return _blanks(s) if s[0] == "/" else s


def _blanks(comment: str) -> str:
    """What stands for a comment."""
    if SPLICE in comment:
        return " " + NEWLINE_IN_COMMENT * comment.count("\n") + SPLICE * comment.count(SPLICE)
    lines = comment.count("\n")
    return " " + NEWLINE_IN_COMMENT * lines if lines else " "


def _blank_block_comment(m: re.Match[str]) -> str:
    s: str = m.group()
    return s if s.startswith("//") else _blank_comment(m)


def _keep_comment(m: re.Match[str]) -> str:
    s: str = m.group()
    return s.replace("\n", NEWLINE_IN_COMMENT) if s[0] == "/" else s


def _spaces_for_comment(m: re.Match[str]) -> str:
    s: str = m.group()
    return " " * len(s) if s[0] == "/" else s


def _find_open_comment(text: str) -> int:
    """Offset of the comment that never ends; -1 if all end."""
    at = 0
    while True:
        m = _quoted_or_comment.search(text, at)
        opened = _open_comment.search(text, at)
        if opened is None:
            return -1
        if m is None or opened.start() < m.start():
            if opened.group() == "/*":
                return opened.start()
            at = opened.end()
        else:
            at = m.end()


def _quote_before_comment(text: str) -> bool:
    """A comment's beginning stands behind a quote on its line, so it may be part of a literal."""
    for mark in ("/*", "//"):
        at = text.find(mark)
        while at >= 0:
            start = text.rfind("\n", 0, at) + 1
            if text.find('"', start, at) >= 0 or text.find("'", start, at) >= 0:
                return True
            at = text.find(mark, at + 2)
    return False


def _inner_splices(text: str) -> list[int]:
    """End offsets of the splices that may stand inside a token."""
    out: list[int] = []
    end = text.find(SPLICE, 1) + 1
    last = len(text)
    while 0 < end < last:
        after = text[end]
        if not after.isspace() and after != SPLICE:
            start = end - 1
            while start > 0 and text[start - 1] == SPLICE:
                start -= 1
            before = text[start - 1] if start else " "
            word = before.isalnum() or before == "_"
            number = before == "." and after.isdigit() or after == "." and before.isalnum()
            if number or not (before.isspace() or before in _ALONE or after in _ALONE) and word == (after.isalnum() or after == "_"):
                out.append(end)
        end = text.find(SPLICE, end) + 1
    return out


def _move_splices(text: str, inner: list[int]) -> str:
    """Move splices that stand inside a token behind that token."""
    out: list[str] = []
    at = 0
    for joined in inner:
        if joined <= at:
            continue
        first = joined
        while first > 0 and text[first - 1] == SPLICE:
            first -= 1
        out.append(text[at:first])
        moved = joined - first
        at = joined
        while True:
            tail = _tail.match(text, at)
            if tail is not None:
                out.append(tail.group())
                at = tail.end()
            on = at
            while on < len(text) and text[on] == SPLICE:
                on += 1
            if on == at or on == len(text) or text[on].isspace():
                break
            moved += on - at
            at = on
        out.append(SPLICE * moved)
    out.append(text[at:])
    return "".join(out)


class Frame:
    """One instance of a file being read: what `#include` (or a line marker) opens.

    `name` is how the file is called in messages and `__FILE__`; `delta` is added to physical lines.
    """

    def __init__(self, record: FileRecord, name: str, parent: Frame | None, directive: int, system: bool) -> None:
        self.record = record
        self.name = name
        self.parent = parent
        self.directive = directive
        """Index in the parent's record of the directive that included this file; -1: the command line."""
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.system = system
        self.is_main = False
        self.delta = 0
        self.directory = os.path.dirname(name)
        self.search_index = 0
        """Where `#include_next` goes on: index in the chain of directories."""
        self.include_line = 0
        """Presumed line of the including directive, for frames made by line markers."""

    def renamed(self, name: str, delta: int, system: bool) -> Frame:
        """The same instance after a `#line` or line marker."""
        frame = Frame(self.record, name, self.parent, self.directive, system)
        frame.depth = self.depth
        frame.is_main = self.is_main
        frame.delta = delta
        frame.directory = self.directory
        frame.search_index = self.search_index
        return frame


class FileCache:
    """Files and directory listings of the process.  Not shared between threads."""

    def __init__(self) -> None:
        self.unit = 0
        self._records: dict[str, FileRecord] = {}
        self._mode: Mode = mode_for(False, True, False, 0, RULES_C99)
        self._by_mode: dict[Mode, dict[str, FileRecord]] = {self._mode: self._records}
        self._listings: dict[str, Listing] = {}

    def begin_unit(self, mode: Mode) -> None:
        """Files are read in `mode` from now on, and checked again at their next use."""
        self.unit += 1
        self._mode = mode
        records = self._by_mode.get(mode)
        if records is None:
            records = {}
            self._by_mode[mode] = records
        self._records = records

    def exists(self, directory: str, name: str) -> bool:
        """A file or directory `name` (no slash) is in `directory`."""
        listing = self._listings.get(directory)
        if listing is None:
            listing = Listing(directory)
            self._listings[directory] = listing
        if listing.unit != self.unit:
            listing.refresh()
            listing.unit = self.unit
        return name in listing.names

    def get(self, path: str) -> FileRecord:
        """The record of a file.  Raises OSError (also for a directory), never UnicodeError."""
        record = self._records.get(path)
        if record is not None and record.unit == self.unit:
            return record
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(21, "Is a directory", path)
        if (record is None or record.mtime_ns != status.st_mtime_ns or record.size != status.st_size
                or record.inode != status.st_ino or record.racy):
            record = self._load(path, status)
            self._records[path] = record
        record.unit = self.unit
        return record

    def _load(self, path: str, status: os.stat_result) -> FileRecord:
        with open(path, "rb") as f:
            data = f.read()
        record = self.from_text(path, decode(data))
        record.mtime_ns = status.st_mtime_ns
        record.size = status.st_size
        record.inode = status.st_ino
        record.racy = abs(time.time_ns() - status.st_mtime_ns) < RACY_NS or not stat.S_ISREG(status.st_mode)
        return record

    def from_text(self, path: str, text: str) -> FileRecord:
        """A record of text that is in no file (standard input, command line); not cached."""
        return FileRecord(path, text, self._mode)


def decode(data: bytes) -> str:
    """Source bytes as text: UTF-8, with bytes that are not kept as surrogates; no byte order mark."""
    text = data.decode("utf-8", "surrogateescape")
    return text[1:] if text.startswith("\ufeff") else text


class Listing:
    """The names in one directory."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.names: frozenset[str] = frozenset()
        self.mtime_ns = -1
        self.unit = 0
        self.racy = True

    def refresh(self) -> None:
        """Read the directory again if it has changed."""
        try:
            mtime_ns = os.stat(self.directory or ".").st_mtime_ns
        except OSError:
            self.names = frozenset()
            self.mtime_ns = -1
            self.racy = True
            return
        if mtime_ns == self.mtime_ns and not self.racy:
            return
        try:
            self.names = frozenset(os.listdir(self.directory or "."))
        except OSError:
            self.names = frozenset()
        self.mtime_ns = mtime_ns
        self.racy = abs(time.time_ns() - mtime_ns) < RACY_NS
