"""The preprocessor: files, includes, conditionals, text, and functions left for later.

    unit = Preprocessor(options, diagnostics, cache).run("file.c")

One unit at a time per process: symbols hold the macros of the unit under way.  The unit before is
disposed of when the next one begins; its locations cannot be resolved any more after that.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ...diagnostics import NO_LOC, Diagnostics, Loc, Location
from .directives import EV_ENTER, EV_INCLUDE, EV_LEAVE, EV_TEXT, DirectiveProcessor, Event, header_name
from .expand import NeedTrace
from .extended_names import invalid_names
from .files import (
    D_ASSERT,
    D_DEFINE,
    D_ELIF,
    D_ELSE,
    D_ENDIF,
    D_ERROR,
    D_IDENT,
    D_IF,
    D_IFDEF,
    D_IFNDEF,
    D_IMPORT,
    D_INCLUDE,
    D_INCLUDE_NEXT,
    D_LINE,
    D_LINEMARKER,
    D_NULL,
    D_OTHER,
    D_PRAGMA,
    D_UNASSERT,
    D_UNDEF,
    D_WARNING,
    Directive,
    FileCache,
    FileRecord,
    Frame,
    Run,
    decode,
)
from .lazy import brace_balance, split_run
from .locations import LazyResolver, UnitResolver, source_place
from .options import PreprocessOptions
from .search import Found, HeaderSearch
from .tokens import Sym, Token, TracedToken, plain_tokens
from .unit import LazyFunction, PreprocessedUnit, Segment


class _Process:
    """What belongs to the process, not to a unit."""

    def __init__(self) -> None:
        self.active: Preprocessor | None = None
        self.unbalanced: dict[str, bool] = {}
        """Names of all macros ever seen whose text has unbalanced braces."""


_process = _Process()
FUNCTION_COUNTER_BITS: Final = 14
"""`__COUNTER__` in the nth function of the headers begins at n << 14; outside of them, and in the main file, it counts 0, 1, 2..."""


class Preprocessor(DirectiveProcessor):
    """Preprocesses one translation unit."""

    def __init__(self, options: PreprocessOptions, diagnostics: Diagnostics, cache: FileCache) -> None:
        if _process.active is not None:
            _process.active.dispose()
        _process.active = self
        self.cache = cache
        search = HeaderSearch(options, cache)
        super().__init__(options, diagnostics, search, "")
        self.unbalanced = _process.unbalanced
        self.search = search
        self.splits = not options.record_events and not options.preprocessed and not options.assembler
        self.lazy = options.lazy and self.splits and not options.warn_unused_macros
        self.replays = self.splits and not options.warn_unused_macros
        """What headers expand to is kept for the next unit."""
        self.function_number = 0
        self.carry: list[Token] = []
        self.brace_depth = 0
        self.once: set[tuple[int, int]] = set()
        self.seen: set[str] = set()
        self.times_read: dict[str, int] = {}
        """Under -H: how often each header was read, by the name of the first time."""
        self.command_line = Frame(cache.from_text("", ""), "<command-line>", None, -1, False)
        self.unit = PreprocessedUnit("", self)
        self.resolver = UnitResolver(self, self.unit)

    def dispose(self) -> None:
        """See `DirectiveProcessor`; the unit is taken apart too, because its parts refer to each other in circles."""
        super().dispose()
        unit = self.unit
        unit.segments = []
        unit.segment_starts = []
        unit.lazy_functions.clear()

    def run_path(self, path: str, data: bytes | None = None) -> PreprocessedUnit:
        """Preprocess the file `path`, or `data` under that name.

        Errors go to the diagnostics; raises TooManyErrors after a fatal one (a missing file).
        """
        options = self.options
        cache = self.cache
        cache.begin_unit(self.mode)
        unit = self.unit
        unit.path = path
        self.out = unit.tokens
        self.base_file = path
        self.pragmas = unit.pragmas
        if data is not None:
            record = cache.from_text(path, decode(data))
        else:
            try:
                record = cache.get(self.search.absolute(path))
            except OSError as error:
                self.diagnostics.fatal(NO_LOC, f"{path}: {error.strerror}")
        self.define_predefined()
        main = Frame(record, path, None, -1, False)
        main.is_main = True
        main.search_index = self.search.bracket_start
        unit.main_frame = main
        unit.dependencies.append((path, False))
        for kind in ("imacros", "include"):
            for how, name in options.forced:
                if how == kind:
                    self.force(name, kind == "imacros")
        self.read(main)
        self.end()
        return unit

    def end(self) -> None:
        """The unit is complete: give its tokens their locations."""
        unit = self.unit
        unit.loc_base = self.diagnostics.locations.add(len(unit.tokens) + 1, self.resolver)
        self.check_names(unit.tokens, unit.loc_base)
        self.frame = None
        self.run = None
        used = set(self.entered)
        for macro, loc in self.own_macros:
            if macro not in used:
                self.diagnostics.warning(loc, f"macro \"{macro.name}\" is not used", "unused-macros")
        unguarded = sorted([name for name, times in self.times_read.items() if times == 1])
        if unguarded:
            self.diagnostics.stream.write("\n".join(["Multiple include guards may be useful for:", *unguarded, ""]))

    def check_names(self, tokens: list[Token], loc: Loc) -> None:
        """Report universal character names that no identifier may hold."""
        if invalid_names and not self.options.assembler:
            for i, token in enumerate(tokens):
                if token.spelling in invalid_names:
                    self.diagnostics.error(loc + i, invalid_names[token.spelling])

    def force(self, name: str, macros_only: bool) -> None:
        """-include and -imacros."""
        self.frame = self.command_line
        found = self.search.find(name, True, self.command_line)
        if found is None:
            if self.options.missing_headers_ok:
                self.unit.missing.append(name)
                return
            self.diagnostics.fatal(NO_LOC, f"{name}: No such file or directory")
        unit = self.unit
        before = len(self.out)
        segments = len(unit.segments)
        pragmas = len(unit.pragmas)
        self.include_found(found, self.command_line, -1)
        if macros_only:
            del self.out[before:]
            del unit.segments[segments:]
            del unit.segment_starts[segments:]
            del unit.pragmas[pragmas:]
            unit.lazy_functions.clear()
            if self.options.record_events:
                self.events = [e for e in self.events if e.index <= before]
        unit.main_start = len(self.out)

    # Files.

    def read(self, frame: Frame) -> None:
        """Go through one file."""
        record = frame.record
        record.frame = frame
        previous = self.frame
        self.frame = frame
        record_events = self.options.record_events
        if record_events:
            self.events.append(Event(len(self.out), EV_ENTER, frame, -1, ""))
        kinds = record.kinds
        runs = record.runs
        count = len(kinds)
        if record.unterminated_comment >= 0 or record.backslash_at_end:
            self.file_problems(record, frame)
        if (self.options.warn_comments or self.options.warn_trigraphs) and not frame.system:
            self.text_remarks(record, frame)
        index = -1
        while True:
            run = runs[index + 1]
            if run is None:
                run = record.run(index + 1)
            if run is not None and run.text:
                self.text(run)
            index += 1
            if index >= count:
                break
            kind = kinds[index]
            if kind == D_DEFINE:
                directive = record.directives[index]
                if directive is None:
                    directive = record.directive(index)
                self.do_define(directive)
            elif kind == D_OTHER:
                self.other(record, index)
            elif kind <= D_ENDIF:
                index = self.conditional(record, kind, index)
                if index >= count:
                    break
            elif kind <= D_IMPORT and kind >= D_INCLUDE:
                self.include(record.directive(index))
            else:
                self.simple(record.directive(index), kind)
        if self.carry:
            self.flush_carry()
        for opened, last in reversed(record.unterminated):
            self.diagnostics.error(self.word_loc(record.directive(opened)), f"unterminated #{record.words[last]}")
        self.frame = previous
        if record_events and previous is not None and frame.parent is not None:
            self.events.append(Event(len(self.out), EV_LEAVE, previous, frame.directive, ""))

    def file_problems(self, record: FileRecord, frame: Frame) -> None:
        """Report what was wrong with the text as a whole."""
        if record.unterminated_comment >= 0:
            raw_line = record.raw.count("\n", 0, record.raw.rfind("/*")) + 1
            where = Location(frame.name, raw_line, len(record.raw_line(raw_line).split("/*")[0]) + 1, record.raw_line(raw_line))
            self.diagnostics.error(self.fixed(where), "unterminated comment")
        if record.backslash_at_end:
            last = record.raw.rstrip("\n").count("\n") + 1
            self.warn(self.fixed(Location(frame.name, last, len(record.raw_line(last)), record.raw_line(last))),
                      "backslash-newline at end of file")

    def text_remarks(self, record: FileRecord, frame: Frame) -> None:
        """-Wcomment and -Wtrigraphs."""
        for offset, message, option in record.remarks():
            if self.options.warn_comments if option == "comment" else self.options.warn_trigraphs and not self.options.trigraphs:
                line = record.raw.count("\n", 0, offset) + 1
                column = offset - record.raw.rfind("\n", 0, offset)
                self.warn(self.fixed(Location(frame.name, line, column, record.raw_line(line))), message, option)

    def conditional(self, record: FileRecord, kind: int, index: int) -> int:
        """Execute a conditional directive; returns the index of the directive whose text comes next."""
        if record.stray and index in record.stray:
            self.diagnostics.error(self.word_loc(record.directive(index)), record.stray[index])
            return index
        if kind <= D_IFNDEF:
            directive = record.directives[index]
            if directive is None:
                directive = record.directive(index)
            if kind == D_IF:
                value = self.condition(directive)
            else:
                name = directive.name
                if name is None:
                    name = self.macro_name(directive)
                if name is not None and name.sym.macro is not None:
                    self.entered.append(name.sym.macro)
                value = name is not None and (name.sym.macro is not None) == (kind == D_IFDEF)
            return index if value else self.skip(record, record.jump[index])
        if record.arguments[index] and not self.options.assembler:
            self.extra_tokens(record, index)
        if kind == D_ENDIF:
            return index
        # a branch was taken before this #elif or #else: go to the #endif
        kinds = record.kinds
        while index >= 0 and kinds[index] != D_ENDIF:
            index = record.jump[index]
            if record.stray and index in record.stray:
                self.diagnostics.error(self.word_loc(record.directive(index)), record.stray[index])
        return index if index >= 0 else len(kinds)

    def skip(self, record: FileRecord, index: int) -> int:
        """Find the branch to take, from directive `index` of a conditional none of whose branches was taken."""
        kinds = record.kinds
        seen_else = False
        while index >= 0:
            kind = kinds[index]
            if kind == D_ENDIF:
                if record.arguments[index] and not self.options.assembler:
                    self.extra_tokens(record, index)
                return index
            if record.stray and index in record.stray:
                self.diagnostics.error(self.word_loc(record.directive(index)), record.stray[index])
            elif kind == D_ELSE:
                if record.arguments[index] and not self.options.assembler:
                    self.extra_tokens(record, index)
                return index
            elif kind == D_ELIF and not seen_else and self.condition(record.directive(index)):
                return index
            index = record.jump[index]
        return len(kinds)

    def extra_tokens(self, record: FileRecord, index: int) -> None:
        """`#else` and `#endif` take nothing."""
        frame = self.frame
        if frame is None or frame.system or record.kinds[index] == D_ELIF or not self.lexer.lex(record.arguments[index]):
            return
        directive = record.directive(index)
        self.warn(self.argument_loc(directive, 0), f"extra tokens at end of #{directive.word} directive", "endif-labels")

    def simple(self, directive: Directive, kind: int) -> None:
        """Directives that change neither the file nor the place in it."""
        if kind == D_UNDEF:
            self.do_undef(directive)
        elif kind == D_PRAGMA:
            if self.carry and self.carry_is_name_only():
                self.flush_carry()
            self.do_pragma(directive)
        elif kind == D_LINEMARKER:
            if self.options.assembler and not self.options.preprocessed:
                self.hash_text(directive)
            else:
                self.do_linemarker(directive)
        elif kind == D_LINE:
            self.do_line(directive)
        elif kind == D_ERROR or kind == D_WARNING:
            self.do_message(directive, kind == D_ERROR)
        elif kind == D_IDENT:
            self.do_ident(directive)
        elif kind == D_ASSERT or kind == D_UNASSERT:
            self.do_assert(directive, kind == D_ASSERT)
        else:
            assert kind == D_NULL

    def carry_is_name_only(self) -> bool:
        """What is carried over is a macro's name without its parenthesis yet."""
        return len(self.carry) == 1

    def do_ident(self, directive: Directive) -> None:
        """`#ident "string"`: goes to the output of -E only."""
        tokens = self.lexer.lex(directive.argument)
        if len(tokens) != 1 or tokens[0].spelling[0] != '"':
            self.diagnostics.error(self.word_loc(directive), f"invalid #{directive.word} directive")
            return
        if self.options.record_events and self.frame is not None:
            self.events.append(Event(len(self.out), EV_TEXT, self.frame, directive.index, f"#{directive.word} {tokens[0].spelling}"))

    def other(self, record: FileRecord, index: int) -> None:
        """A `#` that begins no directive: text in assembler, else an error."""
        directive = record.directive(index)
        if self.options.assembler:
            self.hash_text(directive)
            return
        word = directive.word or (directive.argument.split() or [""])[0]
        self.diagnostics.error(self.word_loc(directive), f"invalid preprocessing directive #{word}")

    def hash_text(self, directive: Directive) -> None:
        """Pass a line that begins with `#` through as text."""
        frame = self.frame
        assert frame is not None
        record = frame.record
        start = record.directive_start(directive.index)
        text = record.text[start:record.chunk_start(directive.index + 1)]
        run = Run(record, directive.index, 0, text)
        run.directive = directive.index
        self.plain_text(run)

    # #include.

    def include(self, directive: Directive) -> None:
        """`#include`, `#include_next` and `#import`."""
        frame = self.frame
        assert frame is not None
        if not directive.header and not self.parse_header(directive):
            return
        name = directive.header
        if self.options.record_events:
            self.events.append(Event(len(self.out), EV_INCLUDE, frame, directive.index,
                                     f"#{directive.word} " + (f'"{name}"' if directive.quoted else f"<{name}>")))
        if directive.kind == D_INCLUDE_NEXT and frame.parent is not None:
            found = self.search.find_next(name, frame)
        else:
            if directive.kind == D_INCLUDE_NEXT and frame.is_main:
                self.warn(self.word_loc(directive), "#include_next in primary source file")
            found = self.search.find(name, directive.quoted, frame)
        if directive.computed:
            directive.header = ""
        if found is None:
            if self.options.missing_headers_ok:
                self.unit.missing.append(name)
                return
            self.diagnostics.fatal(self.argument_loc(directive, 0), f"{name}: No such file or directory")
        if frame.depth + 1 >= self.options.include_depth:
            depth = self.options.include_depth
            self.diagnostics.fatal(self.argument_loc(directive, 0), f"#include nested depth {depth} exceeds maximum of {depth} "
                                   "(use -fmax-include-depth=DEPTH to increase the maximum)")
        self.include_found(found, frame, directive.index, directive.kind == D_IMPORT)
        if frame.is_main:
            self.unit.main_start = len(self.out)

    def include_found(self, found: Found, frame: Frame, directive: int, once: bool = False) -> None:
        """Read a header that was found, unless its guard or `#pragma once` says that it adds nothing."""
        record = self.search.load(found)
        if found.path not in self.seen:
            self.seen.add(found.path)
            self.unit.dependencies.append((found.name, found.system))
        guard = record.guard
        if guard is not None and guard.macro is not None:
            return
        key = (record.inode, record.mtime_ns)
        if key in self.once:
            return
        if once:
            self.once.add(key)
        child = Frame(record, found.name, frame, directive, found.system)
        child.search_index = found.index
        if self.options.show_includes:
            self.diagnostics.stream.write("." * child.depth + f" {found.name}\n")
            self.times_read[found.name] = self.times_read.get(found.name, 0) + (1 if guard is None and not once else 2)
        self.read(child)

    def pragma_once(self, loc: int) -> None:
        """See `DirectiveProcessor`."""
        frame = self.frame
        assert frame is not None
        if frame.is_main:
            self.warn(loc, "#pragma once in main file")
        self.once.add((frame.record.inode, frame.record.mtime_ns))

    def parse_header(self, directive: Directive) -> bool:
        """Work out the name that an `#include` gives; False after an error."""
        text = directive.argument.strip(" \t\x1a\x1c\f\v\r").replace("\x1a", "")
        if text[:1] not in ('"', "<"):
            out: list[Token] = []
            self.directive = directive.index
            self.header_operand = True
            self.expand(self.lexer.lex(directive.argument), out, False)
            self.header_operand = False
            self.directive = -1
            text = "".join([" " + t.spelling if t.space and k and t.spelling != ">" else t.spelling for k, t in enumerate(out)]).strip()
            directive.computed = True
        name = header_name(text)
        if name is None:
            if text[:1] == "<":
                self.diagnostics.error(self.argument_loc(directive, 0), "missing terminating > character")
            else:
                self.diagnostics.error(self.word_loc(directive) if not text else self.argument_loc(directive, 0),
                                       f"#{directive.word} expects \"FILENAME\" or <FILENAME>")
            return False
        if not name:
            self.diagnostics.error(self.argument_loc(directive, 0), f"empty filename in #{directive.word}")
            return False
        if text[len(name) + 2:].strip():
            tokens = self.lexer.lex(directive.argument)
            self.warn(self.argument_loc(directive, len(tokens) - len(self.lexer.lex(text[len(name) + 2:]))),
                      f"extra tokens at end of #{directive.word} directive")
        directive.header = name
        directive.quoted = text[0] == '"'
        return True

    # Text.

    def text(self, run: Run) -> None:
        """Expand a run, or leave the functions in it for later.

        What looks like a function has numbers of `__COUNTER__` of its own, waiting or not: names must not depend on what waits.
        """
        frame = self.frame
        if not self.splits or frame is None or frame.is_main:
            self.plain_text(run)
            return
        if not run.brace_net_known:
            run.brace_net = brace_balance(run.text)
            run.brace_net_known = True
        depth = self.brace_depth
        self.brace_depth = depth + run.brace_net
        if depth or self.carry:
            self.plain_text(run)
            return
        if not run.pieces_known:
            run.pieces_known = True
            run.pieces = split_run(run)
        pieces = run.pieces
        if pieces is None:
            self.plain_text(run)
            return
        unbalanced = self.unbalanced
        if run.unbalanced_checked != len(unbalanced):
            names = list(unbalanced)[run.unbalanced_checked:]
            run.unbalanced_checked = len(unbalanced)
            for name in names:
                if name in run.text and re.search(rf"\b{re.escape(name)}\b", run.text):
                    run.must_not_wait = True
        may_wait = self.lazy and not run.must_not_wait
        structural = self.structural
        unit = self.unit
        for piece in pieces:
            name_token = piece.name
            if name_token is None or self.carry:
                self.plain_text(piece.run)
                continue
            self.function_number += 1
            sym = name_token.sym
            macro = sym.macro
            if may_wait and (macro is None or macro.self_named) and structural.isdisjoint(piece.words):
                entry = LazyFunction(sym, piece.run, frame, self.version, len(self.out), len(unit.pragmas), self.function_number)
                known = unit.lazy_functions.get(sym)
                if known is None:
                    unit.lazy_functions[sym] = [entry]
                else:
                    known.append(entry)
                continue
            saved = self.counter
            self.counter = self.function_number << FUNCTION_COUNTER_BITS
            self.plain_text(piece.run)
            self.counter = saved

    def plain_text(self, run: Run) -> None:
        """Expand a run to the output now."""
        frame = self.frame
        assert frame is not None
        tokens = run.tokens
        if tokens is None:
            tokens = run.load()
        carried = len(self.carry)
        if carried:
            tokens = self.carry + tokens
            self.carry = []
        out = self.out
        start = len(out)
        segment = Segment(start, run, frame, self.version, self.counter, carried, self.segment if carried else None)
        unit = self.unit
        unit.segments.append(segment)
        unit.segment_starts.append(start)
        self.segment = segment
        self.run = run
        self.carried = carried
        if self.poisoned:
            self.check_poisoned(tokens)
        keeps = self.replays and not frame.is_main and not carried
        if keeps:
            replay = run.replay
            if replay is not None and self.holds(replay):
                out.extend(replay.tokens)
                return
            self.begin_replay()
        pragmas = len(self.pragmas)
        events = len(self.events)
        try:
            rest = self.expand(tokens, out, True)
        except NeedTrace:
            del self.pragmas[pragmas:]
            del self.events[events:]
            rest = self.expand_traced(tokens, segment)
        if rest >= 0:
            self.carry = plain_tokens(tokens[rest:])
        elif keeps:
            run.replay = self.make_replay(tokens, out[start:])

    def expand_traced(self, tokens: Sequence[Token], segment: Segment) -> int:
        """Expand a run again from its start, with tokens that know their lines."""
        out = self.out
        start = segment.start
        del out[start:]
        self.counter = segment.counter
        self.traced = True
        traced: list[Token] = [TracedToken(t, None, k, None) for k, t in enumerate(tokens)]
        try:
            rest = self.expand(traced, out, True)
        finally:
            self.traced = False
        out[start:] = plain_tokens(out[start:])
        return rest

    def flush_carry(self) -> None:
        """The file ends: an unfinished macro call is an error, a macro's name alone is not."""
        tokens = self.carry
        self.carry = []
        out = self.out
        previous = self.segment
        frame = self.frame
        assert previous is not None and frame is not None
        empty = Run(previous.run.record, previous.run.chunk, 0, "")
        segment = Segment(len(out), empty, frame, self.version, self.counter, len(tokens), previous)
        self.unit.segments.append(segment)
        self.unit.segment_starts.append(len(out))
        self.run = previous.run
        self.carried = 0
        self.top_next = len(previous.run.load())
        self.expand(tokens, out, False)

    def carried_line(self, index: int) -> int:
        """See `DirectiveProcessor`."""
        segment = self.segment
        if segment is None:
            return 0
        frame, offset = source_place(segment, index)
        return frame.record.line_of(offset) + frame.delta

    # Later.

    def trace(self, segment: Segment) -> list[Token]:
        """See `locations.Tracer`."""
        if _process.active is not self:
            return []
        saved = (self.frame, self.run, self.carried, self.segment, self.counter, self.asof, self.quiet, self.traced,
                 self.top_next, self.argument_depth, self.directive, self.top_first)
        self.frame = segment.frame
        self.run = segment.run
        self.carried = segment.carried
        self.segment = segment
        self.counter = segment.counter
        self.asof = segment.version
        self.quiet = True
        self.traced = True
        self.argument_depth = 0
        self.directive = -1
        tokens = self.segment_input(segment)
        out: list[Token] = []
        traced: list[Token] = [TracedToken(t, None, k, None) for k, t in enumerate(tokens)]
        disabled = self.enable_all() if self.active_expansions else []
        self.marks = []
        rest = self.expand(traced, out, len(segment.run.text) > 0)
        for sym in disabled:
            if sym.macro is not None:
                sym.macro.disabled = True
        (self.frame, self.run, self.carried, self.segment, self.counter, self.asof, self.quiet, self.traced,
         self.top_next, self.argument_depth, self.directive, self.top_first) = saved
        if rest >= 0:
            del traced[:rest]
        return out

    def enable_all(self) -> list[Sym]:
        """Enable macros whose expansion is under way (a message is printed from within); returns their symbols."""
        out: list[Sym] = []
        for sym in self.touched:
            if sym.macro is not None and sym.macro.disabled:
                sym.macro.disabled = False
                out.append(sym)
        return out

    def segment_input(self, segment: Segment) -> list[Token]:
        """The tokens that were expanded to make a segment."""
        own = segment.run.load()
        if segment.carried and segment.carried_from is not None:
            before = self.segment_input(segment.carried_from)
            return before[len(before) - segment.carried:] + own
        return own

    def expand_lazy(self, entry: LazyFunction) -> None:
        """See `LazyExpander`."""
        if _process.active is not self:
            entry.tokens = []
            return
        counter = entry.number << FUNCTION_COUNTER_BITS
        segment = Segment(0, entry.run, entry.frame, entry.version, counter, 0, None)
        saved_out, saved_pragmas, saved_frame = self.out, self.pragmas, self.frame
        saved_counter = self.counter
        self.counter = counter
        self.pragmas = entry.pragmas
        self.asof = entry.version
        self.frame = entry.frame
        self.run = entry.run
        self.carried = 0
        self.segment = segment
        replay = entry.run.replay
        try:
            if replay is not None and self.holds(replay):
                out = replay.tokens
            else:
                out = self.expand_function(entry, segment)
        finally:
            self.out, self.pragmas, self.frame = saved_out, saved_pragmas, saved_frame
            self.counter = saved_counter
            self.asof = -1
        entry.tokens = out
        entry.loc_base = self.diagnostics.locations.add(len(out) + 1, LazyResolver(self, segment))
        self.check_names(out, entry.loc_base)

    def expand_function(self, entry: LazyFunction, segment: Segment) -> list[Token]:
        """The tokens of a lazy function, expanded in the state that `expand_lazy` has set."""
        out: list[Token] = []
        self.out = out
        tokens = entry.run.load()
        self.begin_replay()
        try:
            if self.expand(tokens, out, True) < 0:
                entry.run.replay = self.make_replay(tokens, out)
        except NeedTrace:
            entry.pragmas.clear()
            self.expand_traced(tokens, segment)
        return out
