"""`Assembler`: reads statements and drives the streamer."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Protocol

from toolchain.context import ToolContext
from toolchain.diagnostics import Diagnostics, Loc, ToolError
from toolchain.mc.model.expr import CONST, REGISTER, Expr, MCSymbol, SectionSpec
from toolchain.mc.streamer import ObjectStreamer

from .expression import Parser
from .macro import Macro, bind, substitute
from .source import ExpansionResolver, FileResolver, Source
from .statement import ASSIGNMENT, LINE_MARKER, STATEMENT, Dialect, remove_block_comments

MAX_NESTING: Final = 100
WORD: Final = re.compile(r"(?<![\w.$%])[A-Za-z_.$][\w.$]*")


class Syntax(Protocol):
    """A target's part of the assembler: its raw text and its operands."""

    dialect: Dialect

    def instruction(self, assembler: Assembler, mnemonic: str, operands: str, loc: Loc) -> bool:
        """Assemble one instruction; False if there is no such mnemonic.  Raises ToolError."""

    def directive(self, assembler: Assembler, name: str, operands: str, loc: Loc) -> bool:
        """A directive that only this target has; False if unknown."""

    def mention(self, assembler: Assembler, text: str) -> None:
        """What reading an expression enters into the symbol table beside the symbols that it names."""

    def word_size(self, name: str) -> int:
        """Bytes of directives whose size differs between targets (`word`, `int` ...); 0: as everywhere."""


Handler = Callable[["Assembler", str, Loc], None]


class Condition:
    """One open `.if`."""

    def __init__(self, taken: bool, active: bool, dead: bool, loc: Loc, level: int) -> None:
        self.taken = taken          # a branch of it has been assembled
        self.active = active        # the current branch is
        self.dead = dead            # inside a branch that is skipped
        self.seen_else = False
        self.loc = loc
        self.level = level          # macro nesting


class Assembler:
    """One translation unit's assembly text; macros, numeric labels and `.set` symbols last from one `feed` to the next."""

    def __init__(self, streamer: ObjectStreamer, syntax: Syntax, diagnostics: Diagnostics, context: ToolContext | None = None) -> None:
        from .directives import DIRECTIVES
        self.streamer = streamer
        self.syntax = syntax
        self.diagnostics = diagnostics
        self.context = context
        self.directives = DIRECTIVES
        self.include_paths: list[str] = []
        self.dependencies: list[str] = []
        self.macros: dict[str, Macro] = {}
        self.macro_count = 0
        self.local_count = 0
        self.alternate = False
        self.nesting = 0
        self.conditions: list[Condition] = []
        self.skipping = False
        self.numeric: dict[int, int] = {}
        self.dollar: dict[int, int] = {}
        self.dollar_defined: set[int] = set()
        self.source = Source([], 0, False)
        self.sources: list[Source] = []
        self.file: FileResolver | None = None
        self.file_source = self.source
        self.line_after = (0, 0)    # the last line marker: index of the line after it, and that line's number
        self.line_file = ""
        self.debug = False          # make line information, unless the text has `.loc` of its own
        self.debug_files: dict[str, int] = {}
        self.debug_last = (0, 0)
        self.code_cache: dict[str, bytes] = {}
        self._caches: dict[str, dict[str, bytes]] = {}
        self._lines: dict[str, list[str]] = {}
        self._statements: dict[str, tuple[str, str]] = {}   # of fed texts, which repeat: name and operands
        self.aliases: dict[str, str] = {}   # names that `.set` gave to registers
        self.gnu_attributes: dict[int, bytes] = {}  # tag -> encoded tag and value
        self.mentions = 0           # symbols looked up, so that only lines without any are remembered
        self.refresh_cache()

    # Names of expressions

    def symbol(self, name: str) -> MCSymbol:
        """See `Names`."""
        self.mentions += 1
        return self.streamer.symbol(name)

    def dot(self) -> MCSymbol:
        """See `Names`."""
        return self.streamer.dot()

    def register(self, name: str) -> int:
        """See `Names`."""
        return self.streamer.isa.register(name.lower())

    def numeric_label(self, number: int, forward: bool) -> MCSymbol:
        """See `Names`."""
        count = self.numeric.setdefault(number, 0)
        if forward:
            count += 1
        elif count == 0:
            raise ToolError(f"backward reference to unknown label `{number}:'", 0)
        return self.streamer.symbol(f".L{number}\x02{count}")

    def dollar_label(self, number: int) -> MCSymbol:
        """See `Names`."""
        return self.streamer.symbol(f".L{number}\x01{self.dollar.get(number, 0) + 1}")

    # Reading

    def feed(self, text: str, loc: Loc) -> None:
        """Assemble `text`, all of whose lines are at `loc` (one asm statement of a compiler)."""
        lines = self._lines.get(text)
        if lines is None:
            clean, _ = remove_block_comments(text)
            lines = self._lines[text] = clean.split("\n")
        self.refresh_cache()
        self.run(Source(lines, loc, False))

    def feed_file(self, name: str, text: str, outer: Loc = 0) -> None:
        """Assemble a file, with locations for every character."""
        resolver = FileResolver(name, text, outer, self.diagnostics.locations)
        base = self.diagnostics.locations.add(len(text) + 1, resolver)
        clean, bad = remove_block_comments(text)
        if bad >= 0:
            self.diagnostics.error(base + bad, "end of file in comment")
            return
        saved = self.file
        outer_state = (self.file_source, self.line_after, self.line_file)
        self.file = resolver
        self.file_source = Source(clean.split("\n"), base, True)
        self.line_after = (0, 1)
        self.line_file = name
        self.run(self.file_source)
        self.file = saved
        self.file_source, self.line_after, self.line_file = outer_state

    def finish(self) -> None:
        """End of the unit: nothing may be open."""
        for c in self.conditions:
            self.diagnostics.error(c.loc, "end of file inside conditional")
        self.conditions = []
        if self.gnu_attributes:
            own = b"".join(self.gnu_attributes[tag] for tag in sorted(self.gnu_attributes))
            own = b"gnu\0\1" + (len(own) + 5).to_bytes(4, "little") + own
            contents = self.streamer.late_section(SectionSpec(".gnu.attributes", 0x6FFFFFF5, 0)).contents(0)
            contents.data += b"A" + (len(own) + 4).to_bytes(4, "little") + own
        for number, count in self.numeric.items():
            s = self.streamer.table.get(f".L{number}\x02{count + 1}")
            if s is not None and s.section == -1:
                self.diagnostics.error(s.loc, f"forward reference to label `{number}:' that is not defined")

    def refresh_cache(self) -> None:
        """After a change of mode: encoded lines are remembered per mode."""
        key = self.streamer.isa.mapping(True)
        cache = self._caches.get(key)
        if cache is None:
            cache = self._caches[key] = {}
        self.code_cache = cache

    def run(self, source: Source) -> None:
        """All lines of one source."""
        if self.nesting > MAX_NESTING:
            raise ToolError("macros nested too deeply", source.base)
        self.nesting += 1
        outer = self.source
        self.source = source
        streamer = self.streamer
        lines = source.lines
        count = len(lines)
        while source.next < count:
            line = lines[source.next]
            data = self.code_cache.get(line)
            if data is not None and not self.skipping and not self.debug:
                source.next += 1
                source.offset += len(line) + 1
                streamer.code_bytes(data)
                continue
            line, loc = source.take()
            if line:
                self.line(line, loc)
            if source.stop:
                break
        self.source = outer
        self.nesting -= 1

    def line(self, line: str, loc: Loc) -> None:
        """One line: its statements."""
        dialect = self.syntax.dialect
        if dialect.special.search(line) is not None:
            m = LINE_MARKER.match(line)
            if m is not None:
                self.marker(int(m.group(1)), m.group(2), loc + len(line) + 1)
                return
            source = self.source
            source.rest = dialect.split(line)
            while source.rest and not source.stop:
                column, text = source.rest.pop(0)
                self.guarded(text, loc + column if source.whole else loc)
            return
        self.guarded(line, loc, line)

    def marker(self, number: int, name: str | None, loc: Loc) -> None:
        """`# 12 "file.c"`."""
        if self.file is not None and self.source.whole:
            if name == "":              # back in the file itself, after inline assembly
                name, number = self.file.file, self.source.next + 1
            self.line_after = (self.source.next, number)
            self.line_file = self.line_file if name is None else name
            self.file.markers.append((loc - self.source.base, number, self.file.file if name is None else name))

    def guarded(self, text: str, loc: Loc, whole_line: str = "") -> None:
        """One statement; what it raises becomes a message."""
        try:
            self.statement(text, loc, whole_line)
        except ToolError as error:
            self.diagnostics.error(error.loc or loc, error.message)

    def statement(self, text: str, loc: Loc, whole_line: str = "") -> None:
        """One statement: labels, then an instruction, directive, macro call or assignment."""
        if self.skipping:
            m = STATEMENT.match(text)
            name = m.group(2) if m else None
            if m is not None and name is not None and name[0] == ".":
                key = name[1:].lower()
                if key.startswith(("if", "else", "end")):
                    handler = self.directives.get(key)
                    if handler is not None and key in CONDITIONALS:
                        handler(self, text[m.end():].strip(), loc)
            return
        known = self._statements.get(text)
        if known is not None:
            if known[0][0] == ".":
                self.directive(known[0], known[1], loc)
            else:
                self.operation(known[0], known[1], loc, whole_line)
            return
        whole_text = text
        while True:
            m = STATEMENT.match(text)
            if m is None:
                raise ToolError(f"junk at start of statement: `{text.strip()[:30]}'", loc)
            label = m.group(1)
            name = m.group(2)
            if label is None:
                break
            whole_line = whole_text = ""
            self.label(label, loc)
            if name is None:
                text = text[m.end():]
                if not text.strip():
                    return
                continue
            text = text[m.start(2):]
            if text[len(name):].lstrip()[:1] != ":":
                m = STATEMENT.match(text)
                assert m is not None
                break
        if name is None:
            rest = text[m.end():].strip()
            if rest:
                if rest[0] == '"' and ASSIGNMENT.match(rest):
                    self.assignment(rest, loc)
                    return
                raise ToolError(f"junk at start of statement: `{rest[:30]}'", loc)
            return
        rest = text[m.end():].strip()
        if rest and rest[0] == "=" and ASSIGNMENT.match(text):
            self.assignment(text, loc)
            return
        if whole_text and not self.source.whole:
            self._statements[whole_text] = (name, rest)
        if name[0] == ".":
            self.directive(name, rest, loc)
        else:
            self.operation(name, rest, loc, whole_line)

    def operation(self, name: str, rest: str, loc: Loc, whole_line: str) -> None:
        """A macro call or an instruction."""
        macro = self.macros.get(name) or self.macros.get(name.lower())
        if macro is not None:
            self.call(macro, rest, loc)
            return
        if self.streamer.attention:
            self.streamer.map_code()
        if self.debug:
            self.debug_line()
        if self.aliases:
            rest = WORD.sub(self.unalias, rest)
            whole_line = ""
        contents = self.streamer.current
        before = len(contents.data)
        fixups = len(contents.fixups.offsets)
        fragment = len(contents.tails)
        mentions = self.mentions
        if not self.syntax.instruction(self, name, rest, loc):
            raise ToolError(f"unrecognized opcode `{(name + ' ' + rest).strip()}'", loc)
        if whole_line and len(contents.fixups.offsets) == fixups and len(contents.tails) == fragment \
                and self.mentions == mentions and contents is self.streamer.current:
            self.code_cache[whole_line] = bytes(contents.data[before:])

    def unalias(self, m: re.Match[str]) -> str:
        """The register that a word stands for, or the word."""
        return self.aliases.get(m.group(), m.group())

    def debug_line(self) -> None:
        """A row of the line table for the instruction that comes (-g)."""
        number = self.debug_files.get(self.line_file, 0)
        if number == 0:
            number = self.debug_files[self.line_file] = len(self.debug_files) + 1
            self.streamer.line_file(number, "", self.line_file, None)
        start, first = self.line_after
        place = (number, first + self.file_source.next - 1 - start)
        if place != self.debug_last:
            self.debug_last = place
            self.streamer.line(number, place[1], 0, ())

    def directive(self, name: str, rest: str, loc: Loc) -> None:
        """A directive, by its name with the dot."""
        key = name[1:].lower()
        handler = self.directives.get(key)
        if handler is not None:
            handler(self, rest, loc)
            return
        macro = self.macros.get(name)
        if macro is not None:
            self.call(macro, rest, loc)
        elif not self.syntax.directive(self, key, rest, loc):
            if not self.syntax.instruction(self, name, rest, loc):
                raise ToolError(f"unknown pseudo-op: `{name}'", loc)

    def label(self, name: str, loc: Loc) -> None:
        """`name:`."""
        if name[0] == '"':
            name = name[1:-1]
        if name.isdigit():
            number = int(name)
            self.numeric[number] = self.numeric.get(number, 0) + 1
            self.streamer.label(self.streamer.symbol(f".L{number}\x02{self.numeric[number]}"), loc)
            return
        if name[-1] == "$" and name[:-1].isdigit():
            number = int(name[:-1])
            if number in self.dollar_defined:
                raise ToolError(f"label `{name}' redefined", loc)
            self.dollar_defined.add(number)
            self.streamer.label(self.dollar_label(number), loc)
            return
        if self.dollar_defined:
            for number in sorted(self.dollar_defined):
                self.dollar[number] = self.dollar.get(number, 0) + 1
            self.dollar_defined.clear()
        if name == ".":
            raise ToolError("bad label `.'", loc)
        self.streamer.label(self.streamer.symbol(name), loc)

    def assignment(self, text: str, loc: Loc) -> None:
        """`name = expression`, `name == expression`."""
        m = ASSIGNMENT.match(text)
        assert m is not None
        name = m.group(1)
        if name[0] == '"':
            name = name[1:-1]
        self.set(name, text[m.end():], loc, m.group(2) == "==")

    def set(self, name: str, text: str, loc: Loc, once: bool = False) -> None:
        """`.set name, text`; `once` refuses a second value."""
        if name == ".":
            self.streamer.org(self.expression(text, loc), 0, loc)
            return
        symbol = self.streamer.symbol(name)
        e = self.expression(text, loc)
        if once and (symbol.value is not None or symbol.section != -1):
            raise ToolError(f"symbol `{name}' is already defined", loc)
        self.streamer.assign(symbol, e, loc)
        if e.op == REGISTER:
            self.aliases[name] = self.streamer.isa.register_name(e.value)
        else:
            self.aliases.pop(name, None)

    # Expressions

    def expression(self, text: str, loc: Loc) -> Expr:
        """The whole of `text` as an expression."""
        p = Parser(text, 0, self, loc)
        e = p.expression()
        p.finish()
        return e

    def absolute(self, text: str, loc: Loc, what: str = "expression") -> int:
        """The whole of `text`, which must be a constant now."""
        e = self.expression(text, loc)
        if e.op == CONST:
            return e.value
        value = self.streamer.constant(e)
        if value is None:
            raise ToolError(f"{what} must be constant: `{text.strip()}'", loc)
        return value

    # Macros

    def define(self, macro: Macro) -> None:
        """Enter a macro: remembered lines may mean something else now."""
        self.macros[macro.name] = macro
        for cache in self._caches.values():
            cache.clear()

    def call(self, macro: Macro, text: str, loc: Loc) -> None:
        """Expand and run a macro."""
        if self.nesting > MAX_NESTING:
            raise ToolError(f"macros nested too deeply, in `{macro.name}'", loc)
        values = bind(macro, text, self.alternate, lambda t: self.absolute(t, loc), loc, self.syntax.dialect.word_characters)
        body, self.local_count = substitute(macro.body, values, self.macro_count, self.alternate, self.local_count)
        self.macro_count += 1
        self.expand(body, f"in expansion of macro '{macro.name}'", macro.loc, loc)

    def expand(self, lines: list[str], what: str, defined: Loc, site: Loc) -> None:
        """Run lines that came of a macro or a repeat block."""
        resolver = ExpansionResolver(what, lines, defined, site, self.diagnostics.locations)
        base = self.diagnostics.locations.add(sum(map(len, lines)) + len(lines), resolver)
        depth = len(self.conditions)
        level = self.nesting
        source = Source(lines, base, True)
        self.run(source)
        if len(self.conditions) > depth:
            if not source.stop:
                self.diagnostics.error(self.conditions[-1].loc, f"end of macro inside conditional ({what})")
            del self.conditions[depth:]
            self.update_skipping()
        self.nesting = level

    def update_skipping(self) -> None:
        """After the stack of conditionals changed."""
        self.skipping = bool(self.conditions) and not self.conditions[-1].active

    def body(self, starts: tuple[str, ...], ends: tuple[str, ...], loc: Loc) -> list[str]:
        """Lines up to the matching end directive, which is consumed."""
        out: list[str] = []
        depth = 1
        source = self.source
        special = self.syntax.dialect.special
        while source.rest or source.next < len(source.lines):
            if source.rest:
                line = source.rest.pop(0)[1]
            else:
                line, _ = source.take()
                if special.search(line) is not None:
                    source.rest = self.syntax.dialect.split(line)
                    continue
            m = STATEMENT.match(line)
            name = (m.group(2) or "").lower() if m else ""
            if name in starts:
                depth += 1
            elif name in ends:
                depth -= 1
                if depth == 0:
                    return out
            out.append(line)
        raise ToolError(f"unexpected end of file in definition: no `{ends[0]}' for this `{starts[0]}'", loc)

    # Sections

    def section(self, spec: SectionSpec, subsection: int = 0) -> None:
        """Switch, and note a change of kind."""
        self.streamer.section(spec, subsection)


CONDITIONALS: Final = frozenset(
    ("if ifdef ifndef ifnotdef ifc ifnc ifeq ifne ifge ifgt ifle iflt ifb ifnb ifeqs ifnes else elseif endif").split())
