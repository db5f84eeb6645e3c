"""The directives other than `#include` and the conditionals' control flow."""
from __future__ import annotations

import re
import time
from typing import Final

from ...diagnostics import NO_LOC, Diagnostics, Loc, Location
from .condition import ConditionError, Evaluator
from .expand import LEFT, RIGHT, Expander
from .files import Directive, Frame, mode_for
from .lexer import RULES_C23, RULES_C90, RULES_C94, RULES_C99, RULES_GNU90
from .locations import FixedResolver, PointResolver, locate, macro_location
from .macros import (
    B_BASE_FILE,
    B_DATE,
    B_DEFINED,
    B_FILE,
    B_FILE_NAME,
    B_HAS_ATTRIBUTE,
    B_HAS_BUILTIN,
    B_HAS_INCLUDE_NEXT,
    B_INCLUDE_LEVEL,
    B_TIME,
    BUILTINS,
    MacroError,
    builtin_macro,
    match_name,
    new_macro,
    same_definition,
)
from .options import C23, C94, C99, PreprocessOptions
from .search import HeaderSearch
from .tokens import IDENTIFIER, NUMBER, STRING, Macro, Sym, Token, TracedToken, intern, spell, with_space
from .unit import Pragma, Segment

EV_ENTER: Final = 0
EV_LEAVE: Final = 1
EV_RENAME: Final = 2
EV_DEFINE: Final = 3
EV_UNDEF: Final = 4
EV_INCLUDE: Final = 5
EV_TEXT: Final = 6
"""A directive line printed as it is: `#pragma`, `#ident`."""

DEFINED: Final = intern("defined").sym
_DEFINED_MACRO: Final = builtin_macro("defined", B_DEFINED)
_BUILTIN_MACROS: Final[list[Macro]] = [builtin_macro(name, number) for name, number in BUILTINS.items()]
_NOT_MACRO_NAMES: Final = frozenset(("defined", "__has_include", "__has_include_next"))
_EXPANDED_PRAGMAS: Final = frozenset(("pack", "redefine_extname", "message", "scalar_storage_order", "omp"))
_good_parameters: Final = re.compile(
    r"\([ \t\x1a\x1c]*+(?:[A-Za-z_$][A-Za-z0-9_\w$]*+[ \t\x1a\x1c]*+,?[ \t\x1a\x1c]*+)*+(?:\.\.\.[ \t\x1a\x1c]*+)?\)").match
_BEHIND_NAME: Final = ("", " ", "\t", "\x1a", "\x1c")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Event:
    """What the printers need to know besides tokens; `index` is that of the token before which it stands."""

    def __init__(self, index: int, kind: int, frame: Frame, directive: int, text: str) -> None:
        self.index = index
        self.kind = kind
        self.frame = frame
        self.directive = directive
        self.text = text
        self.segment: Segment | None = None
        """The segment from whose text it comes (`_Pragma`)."""


_predefined: dict[str, list[Macro]] = {}


def predefined_macros(text: str, command_line: bool) -> list[Macro]:
    """The macros of a text made of `#define` lines; made once per text."""
    known = _predefined.get(text)
    if known is None:
        known = []
        for line in text.split("\n"):
            if line.startswith("#define "):
                body = line[8:].strip()
                m = match_name(body)
                if m is not None:
                    macro = new_macro(m.group(), body)
                    macro.from_command_line = command_line
                    known.append(macro)
        if len(_predefined) > 200:
            _predefined.clear()
        _predefined[text] = known
    return known


def _lexical_rules(options: PreprocessOptions) -> int:
    if options.assembler:
        return RULES_GNU90
    if options.standard >= C99:
        return RULES_C23 if options.standard == C23 else RULES_C99
    return RULES_GNU90 if options.gnu else RULES_C94 if options.standard == C94 else RULES_C90


class DirectiveProcessor(Expander):
    """Executes directives, and knows the values of the built-in macros."""

    def __init__(self, options: PreprocessOptions, diagnostics: Diagnostics, search: HeaderSearch, base_file: str) -> None:
        self.mode = mode_for(options.assembler, options.dollars, options.trigraphs, options.keep_comments,
                             _lexical_rules(options))
        super().__init__(self.mode.lexer, not options.gnu, options.assembler, options.keep_comments)
        self.options = options
        self.diagnostics = diagnostics
        self.search = search
        self.base_file = base_file
        self.version = 0
        self.touched: list[Sym] = []
        self.structural: set[str] = set()
        self.unbalanced: dict[str, bool] = {}
        self.poisoned: list[Sym] = []
        self.pushed: dict[str, list[Macro | None]] = {}
        self.pragmas: list[Pragma] = []
        self.events: list[Event] = []
        self.assertions: dict[str, list[str]] = {}
        self.preprocessed_main = ""
        self.segment: Segment | None = None
        self.initial_macros: list[Macro] = []
        self.own_macros: list[tuple[Macro, Loc]] = []
        """Under -Wunused-macros: those that the main file defines."""
        self._date: tuple[str, str] | None = None
        self._reported: set[tuple[int, str]] = set()

    # Messages.

    def here(self, length: int = 1) -> Loc:
        """A new location: the directive under way, or the top-level token read last."""
        frame = self.frame
        if frame is None:
            return NO_LOC
        return self.diagnostics.locations.add(1, PointResolver(frame, self.offset(), length))

    def offset(self) -> int:
        """Text offset of the place that `here` means."""
        frame = self.frame
        assert frame is not None
        if self.directive >= 0:
            return frame.record.directive_start(self.directive)
        run = self.run
        if run is None:
            return 0
        starts = run.token_starts()
        if not starts:
            return 0
        return starts[max(0, min(self.top_next - 1 - self.carried, len(starts) - 1))]

    def word_loc(self, directive: Directive) -> Loc:
        """The location of a directive's name."""
        frame = self.frame
        assert frame is not None
        record = frame.record
        offset = record.argument_start(directive.index) - 1
        text = record.text
        while offset > 0 and text[offset].isspace():
            offset -= 1
        length = max(len(directive.word), 1)
        return self.diagnostics.locations.add(1, PointResolver(frame, offset - length + 1, length))

    def argument_loc(self, directive: Directive, token: int) -> Loc:
        """The location of a token of the directive's argument."""
        frame = self.frame
        assert frame is not None
        record = frame.record
        lexer = record.mode.lexer
        tokens = lexer.lex(directive.argument)
        offsets = lexer.offsets(directive.argument)
        if not offsets:
            return self.word_loc(directive)
        token = max(0, min(token, len(offsets) - 1))
        base = record.argument_start(directive.index)
        return self.diagnostics.locations.add(1, PointResolver(frame, base + offsets[token], len(tokens[token].spelling)))

    def warn(self, loc: Loc, message: str, option: str = "") -> None:
        """A warning, unless in a system header."""
        frame = self.frame
        if self.quiet or (frame is not None and frame.system and not self.options.warn_system_headers):
            return
        self.diagnostics.warning(loc, message, option)

    def problem(self, message: str, macro: Macro | None) -> None:
        """See `Expander`."""
        self.replayable = False
        if self.quiet or self.frame is None:
            return
        offset = self.offset()
        if (offset, message) in self._reported:
            return
        self._reported.add((offset, message))
        self.diagnostics.error(self.here(), message)
        if macro is not None and macro.file is not None:
            where = macro_location(macro, 0, 1)
            where.column = 0
            if message.startswith("macro"):
                self.diagnostics.note(self.fixed(where), f"macro \"{macro.name}\" defined here")

    def fixed(self, where: Location) -> Loc:
        """A `Loc` for a location known already."""
        return self.diagnostics.locations.add(1, FixedResolver(where))

    def definition_problem(self, macro: Macro, error: MacroError) -> None:
        """See `Expander`."""
        self.replayable = False
        if not self.quiet:
            macro.broken = True
            self.diagnostics.error(self.fixed(macro_location(macro, error.token, 1)), error.message)

    # The macro table.

    def define(self, sym: Sym, macro: Macro) -> None:
        """Let `sym` stand for `macro` from now on."""
        version = self.version + 1
        self.version = version
        if sym.version:
            history = sym.history
            if history is None:
                sym.history = [(sym.version, sym.macro)]
            else:
                history.append((sym.version, sym.macro))
        else:
            self.touched.append(sym)
        sym.macro = macro
        sym.version = version
        if macro.structural:
            self.structural.add(macro.name)
        if macro.unbalanced:
            self.unbalanced[macro.name] = True

    def undefine(self, sym: Sym) -> None:
        """Let `sym` stand for itself from now on."""
        if sym.macro is None:
            return
        version = self.version + 1
        self.version = version
        history = sym.history
        if history is None:
            sym.history = [(sym.version, sym.macro)]
        else:
            history.append((sym.version, sym.macro))
        sym.macro = None
        sym.version = version

    def dispose(self) -> None:
        """Forget the macros of this unit: symbols belong to the whole process."""
        for sym in self.touched:
            if sym.macro is not None:
                sym.macro.disabled = False
            if sym.history is not None:
                for entry in sym.history:
                    if entry[1] is not None:
                        entry[1].disabled = False
            sym.macro = None
            sym.version = 0
            sym.history = None
        self.touched = []
        for sym in self.poisoned:
            sym.poisoned = False
        self.poisoned = []
        DEFINED.macro = None

    def define_predefined(self) -> None:
        """Built-in macros, those of the target, and -D and -U in order."""
        for macro in _BUILTIN_MACROS:
            self.define(intern(macro.name).sym, macro)
        options = self.options
        if options.preprocessed:
            return
        for macro in predefined_macros(options.predefined, False):
            self.define(intern(macro.name).sym, macro)
        command_line = Location("<command-line>", 0, 0)
        for kind, text in options.macro_options:
            name, equals, value = text.partition("=")
            m = match_name(name)
            if m is None or (m.end() != len(name) and name[m.end()] != "("):
                self.diagnostics.error(self.fixed(command_line), "macro names must be identifiers")
                continue
            if kind == "U":
                self.undefine(intern(m.group()).sym)
                continue
            line = "#define " + name + " " + (value.split("\n")[0] if equals else "1")
            for macro in predefined_macros(line, True):
                sym = intern(macro.name).sym
                old = sym.macro
                if old is not None:
                    for each in (old, macro):
                        if not each.ready:
                            self.ready(each)
                    if not same_definition(old, macro):
                        self.diagnostics.warning(self.fixed(command_line), f"\"{macro.name}\" redefined",
                                                 "builtin-macro-redefined" if old.builtin else "")
                        if not old.builtin and not self.diagnostics.inhibit_warnings:
                            self.diagnostics.note(self.fixed(macro_location(old, 0, 1)), "this is the location of the previous definition")
                self.define(sym, macro)
        if options.record_events:
            self.initial_macros = [sym.macro for sym in self.touched if sym.macro is not None and not sym.macro.builtin]

    def do_define(self, directive: Directive) -> None:
        """`#define`."""
        macro = directive.macro
        frame = self.frame
        assert frame is not None
        if macro is None:
            name = self.macro_name(directive)
            if name is None:
                return
            start = max(directive.argument.find(name.spelling), 0)
            text = directive.argument[start:].rstrip(" \t\x1a\x1c\f\v\r")
            behind = text[len(name.spelling):].lstrip("\x1a")
            if behind[:1] == "(":       # a spliced line is no white space between name and parenthesis
                text = name.spelling + "(" + text[len(name.spelling):len(text) - len(behind)] + behind[1:]
            macro = new_macro(name.spelling, text)
            macro.file = frame.record
            macro.directive = directive.index
            macro.system = frame.system
            directive.macro = macro
            directive.name = name
            self.check_definition(macro, directive)
        if macro.broken:
            return
        name = directive.name
        assert name is not None
        sym = name.sym
        old = sym.macro
        if old is not None and old is not macro:
            self.check_redefinition(old, macro, directive)
        self.define(sym, macro)
        if self.options.warn_unused_macros and frame.is_main:
            self.own_macros.append((macro, self.argument_loc(directive, 0)))
        if self.options.record_events:
            self.events.append(Event(len(self.out), EV_DEFINE, frame, directive.index, macro.name))

    def check_definition(self, macro: Macro, directive: Directive) -> None:
        """Look at once at definitions that may be malformed; all others are lexed when used."""
        text = macro.text
        follower = text[len(macro.name):len(macro.name) + 1]
        if follower == "(" and self.frame is not None and self.frame.is_main:
            names = [name.strip() for name in text[len(macro.name) + 1:text.find(")")].split(",")]
            if len(set(names)) != len(names):
                self.ready(macro)
                return
        if follower not in _BEHIND_NAME and (follower != "(" or _good_parameters(text, len(macro.name)) is None):
            if follower != "(" and not follower.isspace():
                self.warn(self.argument_loc(directive, 1), "ISO C99 requires whitespace after the macro name")
            self.ready(macro)
        elif "#" in text or "__VA_" in text:
            self.ready(macro)
            if not macro.variadic and not self.options.assembler and "__VA_ARGS__" in [t.spelling for t in macro.body]:
                self.warn(self.argument_loc(directive, macro.body_at + [t.spelling for t in macro.body].index("__VA_ARGS__")),
                          "__VA_ARGS__ can only appear in the expansion of a C99 variadic macro")

    def check_redefinition(self, old: Macro, new: Macro, directive: Directive) -> None:
        """Warn when a macro gets another meaning."""
        if old.text == new.text and not old.builtin:
            return
        if self.quiet or (self.frame is not None and self.frame.system):
            return
        for macro in (old, new):
            if not macro.ready:
                self.ready(macro)
        if same_definition(old, new):
            return
        if self.options.pedantic_errors and not old.builtin:
            self.diagnostics.error(self.argument_loc(directive, 0), f"\"{new.name}\" redefined")
        else:
            self.warn(self.argument_loc(directive, 0), f"\"{new.name}\" redefined", "builtin-macro-redefined" if old.builtin else "")
        if not old.builtin and "builtin-macro-redefined" not in self.diagnostics.silenced and not self.diagnostics.inhibit_warnings:
            self.diagnostics.note(self.fixed(macro_location(old, 0, len(old.name))), "this is the location of the previous definition")

    def macro_name(self, directive: Directive) -> Token | None:
        """The name that `#define`, `#undef`, `#ifdef` and `#ifndef` are about; None after an error."""
        name = directive.name
        if name is not None:
            return name
        m = match_name(directive.argument)
        if m is None:
            tokens = self.lexer.lex(directive.argument)
            if not tokens:
                self.diagnostics.error(self.word_loc(directive), f"no macro name given in #{directive.word} directive")
                return None
            if tokens[0].kind != IDENTIFIER:
                self.diagnostics.error(self.argument_loc(directive, 0), "macro names must be identifiers")
                return None
            name = with_space(tokens[0], False)
        else:
            name = intern(m.group())
        if name.spelling in _NOT_MACRO_NAMES and directive.word in ("define", "undef"):
            self.diagnostics.error(self.argument_loc(directive, 0), f"\"{name.spelling}\" cannot be used as a macro name")
            return None
        if name.sym.poisoned:
            self.diagnostics.error(self.argument_loc(directive, 0), f"attempt to use poisoned \"{name.spelling}\"")
        directive.name = name
        if directive.word != "define" and m is not None and directive.argument[m.end():].strip(" \t\x1a\x1c\f\v\r"):
            tokens = self.lexer.lex(directive.argument)
            if len(tokens) > 1 and not self.options.assembler:
                self.warn(self.argument_loc(directive, 1), f"extra tokens at end of #{directive.word} directive")
        return name

    def do_undef(self, directive: Directive) -> None:
        """`#undef`."""
        name = self.macro_name(directive)
        if name is None:
            return
        macro = name.sym.macro
        if macro is not None and macro.builtin:
            self.warn(self.argument_loc(directive, 0), f"undefining \"{macro.name}\"")
        self.undefine(name.sym)
        if self.options.record_events and self.frame is not None:
            self.events.append(Event(len(self.out), EV_UNDEF, self.frame, directive.index, name.spelling))

    # Conditions.

    def condition(self, directive: Directive) -> bool:
        """The value of `#if` or `#elif`."""
        tokens = directive.tokens
        if tokens is None:
            tokens = self.lexer.lex(directive.argument)
            directive.tokens = tokens
        self.directive = directive.index
        out: list[Token] = []
        evaluator: Evaluator | None = None
        value = 0
        try:
            self.expand_condition(tokens, out)
            if self.assertions or "#" in directive.argument:
                out = self.replace_assertions(out)
            options = self.options
            evaluator = Evaluator(directive.word, out, options.char_signed, options.wide_char_bits, options.wide_char_signed,
                                  options.standard == C23)
            value = evaluator.value()
        except ConditionError as error:
            self.diagnostics.error(self.condition_loc(directive, error.index), error.message)
        if evaluator is not None:
            for message, index in evaluator.warnings:
                self.warn(self.condition_loc(directive, index), message)
            if self.options.warn_undef:
                for index in evaluator.undefined:
                    self.warn(self.condition_loc(directive, index),
                              f"\"{out[index].spelling}\" is not defined, evaluates to 0", "undef")
        self.directive = -1
        return value != 0

    def expand_condition(self, tokens: list[Token], out: list[Token]) -> None:
        """Expand an expression in which `defined` is an operator."""
        self.in_condition = True
        DEFINED.macro = _DEFINED_MACRO
        try:
            self.expand(tokens, out, False)
        finally:
            DEFINED.macro = None
            self.in_condition = False

    def condition_loc(self, directive: Directive, index: int) -> Loc:
        """The location of token `index` of the expanded expression."""
        if index < 0:
            return self.word_loc(directive)
        out: list[Token] = []
        traced: list[Token] = [TracedToken(t, None, k, None) for k, t in enumerate(directive.tokens or [])]
        self.quiet = True
        self.traced = True
        try:
            self.expand_condition(traced, out)
        except ConditionError:
            pass
        finally:
            self.quiet = False
            self.traced = False
        token = out[index] if index < len(out) else None
        while isinstance(token, TracedToken) and token.macro is not None:
            token = token.caller
        return self.argument_loc(directive, token.index if isinstance(token, TracedToken) else 0)

    def replace_assertions(self, tokens: list[Token]) -> list[Token]:
        """`#machine(x)` becomes 1 or 0."""
        out: list[Token] = []
        i = 0
        while i < len(tokens):
            if tokens[i].spelling != "#" or i + 1 >= len(tokens):
                out.append(tokens[i])
                i += 1
                continue
            name = tokens[i + 1].spelling
            answers = self.assertions.get(name, [])
            i += 2
            if i < len(tokens) and tokens[i].sym is LEFT:
                end = i
                while end < len(tokens) and tokens[end].sym is not RIGHT:
                    end += 1
                out.append(intern("1" if spell(tokens[i + 1:end]).strip() in answers else "0"))
                i = end + 1
            else:
                out.append(intern("1" if answers else "0"))
        return out

    def do_assert(self, directive: Directive, add: bool) -> None:
        """`#assert name(answer)` and `#unassert`."""
        m = re.match(r"([A-Za-z_]\w*)\s*(?:\((.*)\))?\s*$", directive.argument)
        if m is None:
            self.diagnostics.error(self.word_loc(directive), "predicate must be an identifier"
                                   if directive.argument.strip() else "assertion without predicate")
            return
        name, answer = m.group(1), m.group(2)
        if add:
            self.assertions.setdefault(name, []).append((answer or "").strip())
        elif answer is None:
            self.assertions.pop(name, None)
        elif answer.strip() in self.assertions.get(name, []):
            self.assertions[name].remove(answer.strip())

    # Built-in macros.

    def line_at(self, index: int) -> int:
        """See `Expander`."""
        frame = self.frame
        if frame is None:
            return 0
        if self.directive >= 0:
            return frame.record.line_of(frame.record.directive_start(self.directive)) + frame.delta
        run = self.run
        if run is None:
            return 0
        starts = run.token_starts()
        k = index - self.carried
        if k < 0:
            return self.carried_line(index)
        return frame.record.line_of(starts[min(k, len(starts) - 1)]) + frame.delta

    def carried_line(self, index: int) -> int:
        """Line of an input token that comes from an earlier run."""
        raise NotImplementedError

    def mapped(self, path: str) -> str:
        """`path` as -fmacro-prefix-map wants it in macros."""
        for old, new in reversed(self.options.prefix_map):
            if path.startswith(old):
                return new + path[len(old):]
        return path

    def builtin_value(self, number: int, token: Token) -> Token:
        """See `Expander`."""
        frame = self.frame
        if number == B_FILE:
            return quoted(self.mapped(frame.name if frame is not None else "<command-line>"))
        if number == B_FILE_NAME:
            return quoted((frame.name if frame is not None else "<command-line>").rsplit("/", 1)[-1])
        if number == B_BASE_FILE:
            return quoted(self.mapped(self.base_file))
        if number == B_INCLUDE_LEVEL:
            return intern(str(self.include_level()))
        if self.options.warn_date_time:
            self.replayable = False
            self.warn(self.here(), f"macro \"{token.spelling}\" might prevent reproducible builds", "date-time")
        if number == B_DATE or number == B_TIME:
            if self._date is None:
                self._date = self.date_and_time()
            return quoted(self._date[0 if number == B_DATE else 1])
        t = time.localtime(frame.record.mtime_ns // 1_000_000_000) if frame is not None else time.localtime(0)
        return quoted(f"{_DAYS[t.tm_wday]} {_MONTHS[t.tm_mon - 1]} {t.tm_mday:2} {t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} {t.tm_year}")

    def include_level(self) -> int:
        """The value of `__INCLUDE_LEVEL__`."""
        level = 0
        frame = self.frame
        while frame is not None and not frame.is_main and frame.parent is not None:
            level += 1
            frame = frame.parent
        return level

    def date_and_time(self) -> tuple[str, str]:
        """`__DATE__` and `__TIME__`, from SOURCE_DATE_EPOCH if it is set."""
        epoch = self.options.source_date_epoch
        if epoch:
            if not epoch.isdigit() or int(epoch) > 253402300799:
                self.diagnostics.error(NO_LOC, "environment variable 'SOURCE_DATE_EPOCH' must expand to a non-negative integer "
                                       "less than or equal to 253402300799")
                epoch = "0"
            t = time.gmtime(int(epoch))
        else:
            t = time.localtime()
        return (f"{_MONTHS[t.tm_mon - 1]} {t.tm_mday:2} {t.tm_year}", f"{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02}")

    def query(self, number: int, tokens: list[Token], token: Token) -> tuple[int, int]:
        """See `Expander`."""
        if number == B_DEFINED:
            return self.query_defined(tokens)
        name = token.spelling
        if number < B_HAS_ATTRIBUTE or number > B_HAS_BUILTIN:
            if not self.in_condition:
                self.problem(f"\"{name}\" used outside of preprocessing directive", None)
                return 0, 0
        if not tokens or tokens[0].sym is not LEFT:
            self.query_problem(f"missing '(' before \"{name}\" operand")
            return 0, 0
        end = 1
        depth = 1
        while end < len(tokens):
            if tokens[end].sym is LEFT:
                depth += 1
            elif tokens[end].sym is RIGHT:
                depth -= 1
                if depth == 0:
                    break
            end += 1
        if depth:
            self.query_problem(f"missing ')' after \"{name}\" operand")
            return 0, len(tokens)
        operand = tokens[1:end]
        if number == B_HAS_ATTRIBUTE or number == B_HAS_BUILTIN:
            expanded: list[Token] = []
            self.expand(operand, expanded, False)
            if not expanded or expanded[-1].kind != IDENTIFIER:
                self.query_problem(f"{'attribute' if number == B_HAS_ATTRIBUTE else 'macro'} identifier required after {name}"
                                   if expanded else f"macro \"{name}\" requires an identifier")
                return 0, end + 1
            word = expanded[-1].spelling
            if number == B_HAS_BUILTIN:
                return self.options.has_builtin.get(word, 0), end + 1
            if word.startswith("__") and word.endswith("__") and len(word) > 4:
                word = word[2:-2]
            return self.options.has_attribute.get(word, 0), end + 1
        return self.query_include(number, operand, name), end + 1

    def query_problem(self, message: str) -> None:
        """A malformed `__has_...`."""
        if self.in_condition:
            raise ConditionError(message, -1)
        self.problem(message, None)

    def query_defined(self, tokens: list[Token]) -> tuple[int, int]:
        """`defined X` and `defined ( X )`."""
        k = 0
        if tokens and tokens[0].sym is LEFT:
            k = 1
        if k >= len(tokens) or tokens[k].kind != IDENTIFIER:
            raise ConditionError("operator \"defined\" requires an identifier", -1)
        if k and (len(tokens) < 3 or tokens[2].sym is not RIGHT):
            raise ConditionError("missing ')' after \"defined\"", -1)
        sym = tokens[k].sym
        if sym.macro is not None:
            self.entered.append(sym.macro)
        if sym.poisoned:
            self.problem(f"attempt to use poisoned \"{sym.text}\"", None)
        return int(sym.macro is not None and sym is not DEFINED), 3 if k else 1

    def query_include(self, number: int, operand: list[Token], name: str) -> int:
        """`__has_include ("x")`, `__has_include (<x>)`, or a macro that expands to one."""
        if operand and operand[0].spelling != "<" and operand[0].kind != STRING:
            expanded: list[Token] = []
            self.expand(operand, expanded, False)
            operand = expanded
        text = spell(operand).strip()
        header = header_name(text)
        if header is None:
            raise ConditionError(f"operator \"{name}\" requires a header-name", -1)
        frame = self.frame
        if number == B_HAS_INCLUDE_NEXT and frame is not None and frame.parent is not None:
            return int(self.search.find_next(header, frame) is not None)
        return int(self.search.find(header, text[0] == '"', frame) is not None)

    # #line, #error, #pragma.

    def do_line(self, directive: Directive) -> None:
        """`#line N "file"`."""
        out: list[Token] = []
        self.directive = directive.index
        self.expand(self.lexer.lex(directive.argument), out, False)
        self.directive = -1
        frame = self.frame
        assert frame is not None
        if not out or out[0].kind != NUMBER or not out[0].spelling.replace("'", "").isdigit():
            found = out[0].spelling if out else ""
            self.diagnostics.error(self.argument_loc(directive, 0), f"\"{found}\" after #line is not a positive integer" if found
                                   else "unexpected end of file after #line")
            return
        number = int(out[0].spelling.replace("'", ""))
        name = frame.name
        if len(out) > 1:
            if out[1].kind != STRING or out[1].spelling[0] != '"':
                self.diagnostics.error(self.argument_loc(directive, 1), f"\"{out[1].spelling}\" is not a valid filename")
                return
            name = unescape(out[1].spelling[1:-1])
            if len(out) > 2:
                self.warn(self.argument_loc(directive, 2), "extra tokens at end of #line directive")
        if self.options.pedantic and (number == 0 or number > 2147483647):
            self.warn(self.argument_loc(directive, 0), "line number out of range")
        self.rename(frame, name, number, directive, frame.system)

    def rename(self, frame: Frame, name: str, number: int, directive: Directive, system: bool) -> Frame:
        """The line after the directive is line `number` of `name`."""
        line = frame.record.line_of(frame.record.chunk_start(directive.index + 1))
        renamed = frame.renamed(name, number - line - 1, system)
        self.frame = renamed
        if self.options.record_events:
            self.events.append(Event(len(self.out), EV_RENAME, renamed, directive.index, ""))
        return renamed

    def do_linemarker(self, directive: Directive) -> None:
        """`# N "file" flags`, as in preprocessed input."""
        tokens = self.lexer.lex(directive.argument)
        frame = self.frame
        assert frame is not None
        if not tokens[0].spelling.isdigit():
            self.diagnostics.error(self.argument_loc(directive, 0), f"\"{tokens[0].spelling}\" after # is not a positive integer")
            return
        name = frame.name
        if len(tokens) > 1:
            if tokens[1].kind != STRING:
                self.diagnostics.error(self.argument_loc(directive, 1), f"\"{tokens[1].spelling}\" is not a valid filename")
                return
            name = unescape(tokens[1].spelling[1:-1])
        flags = [t.spelling for t in tokens[2:]]
        if not all(flag in ("1", "2", "3", "4") for flag in flags):
            bad = next(k for k, flag in enumerate(flags) if flag not in ("1", "2", "3", "4"))
            self.diagnostics.error(self.argument_loc(directive, 2 + bad), f"invalid flag \"{flags[bad]}\" in line directive")
            return
        renamed = self.rename(frame, name, int(tokens[0].spelling), directive, "3" in flags)
        if self.options.preprocessed:
            if not self.preprocessed_main:
                self.preprocessed_main = name
            renamed.is_main = name == self.preprocessed_main
        if "1" in flags:
            renamed.parent = frame
            renamed.include_line = max(1, frame.record.line_of(frame.record.directive_start(directive.index)) - 1 + frame.delta)
            renamed.directive = -1
            renamed.depth = frame.depth + 1
        elif "2" in flags and frame.parent is not None:
            renamed.parent = frame.parent.parent
            renamed.include_line = frame.parent.include_line
            renamed.depth = frame.parent.depth

    def do_message(self, directive: Directive, error: bool) -> None:
        """`#error` and `#warning`."""
        loc = self.word_loc(directive)
        message = f"#{directive.word} " + " ".join(directive.argument.replace("\x1a", " ").replace("\x1c", " ").split())
        if error:
            self.diagnostics.error(loc, message.rstrip())
        else:
            self.warn(loc, message.rstrip(), "cpp")

    def do_pragma(self, directive: Directive) -> None:
        """`#pragma`."""
        tokens = self.lexer.lex(directive.argument)
        self.directive = directive.index
        loc = self.argument_loc(directive, 0) if tokens else self.word_loc(directive)
        self.pragma(tokens, loc)
        self.directive = -1

    def pragma_operator(self, literal: Token, token: Token) -> None:
        """See `Expander`."""
        text = literal.spelling
        text = text[text.index('"') + 1:-1].replace('\\"', '"').replace("\\\\", "\\")
        tokens = self.lexer.lex(text)
        if not self.quiet:
            self.pragma(tokens, self.here())

    def pragma(self, tokens: list[Token], loc: Loc) -> None:
        """Carry out a pragma, or hand it on."""
        frame = self.frame
        assert frame is not None
        words = [t.spelling for t in tokens[:2]]
        first = words[0] if words else ""
        handled = False
        if first == "once":
            handled = True
            self.pragma_once(loc)
        elif first == "push_macro" or first == "pop_macro":
            handled = True
            self.pragma_macro(first, tokens, loc)
        elif first == "GCC" and len(words) > 1:
            handled = self.pragma_gcc(words[1], tokens, loc)
        elif first in _EXPANDED_PRAGMAS and any(t.macro_sym.macro is not None for t in tokens[1:]):
            out: list[Token] = []
            self.expand(tokens[1:], out, False)
            tokens = [tokens[0], *out]
        if not handled:
            self.pragmas.append(Pragma(len(self.out), tokens, loc, frame.system))
        if self.options.record_events and not (first == "once" and not frame.is_main) and words[1:2] != ["system_header"]:
            event = Event(len(self.out), EV_TEXT, frame, self.directive, "#pragma " + spell(tokens).strip())
            if self.directive < 0:
                event.segment = self.segment
            self.events.append(event)

    def pragma_once(self, loc: Loc) -> None:
        """`#pragma once`."""
        raise NotImplementedError

    def pragma_macro(self, word: str, tokens: list[Token], loc: Loc) -> None:
        """`#pragma push_macro("X")` and `pop_macro`."""
        if len(tokens) < 4 or tokens[1].sym is not LEFT or tokens[2].kind != STRING or tokens[3].sym is not RIGHT:
            self.warn(loc, f"invalid #pragma {word} directive")
            return
        name = tokens[2].spelling[1:-1]
        sym = intern(name).sym if name else None
        if sym is None:
            return
        stack = self.pushed.setdefault(name, [])
        if word == "push_macro":
            stack.append(sym.macro)
        elif stack:
            macro = stack.pop()
            if macro is None:
                self.undefine(sym)
            else:
                self.define(sym, macro)

    def pragma_gcc(self, word: str, tokens: list[Token], loc: Loc) -> bool:
        """The `#pragma GCC` that belong to the preprocessor; False if `word` does not."""
        frame = self.frame
        assert frame is not None
        if word == "poison":
            for t in tokens[2:]:
                if t.kind != IDENTIFIER:
                    self.diagnostics.error(loc, "invalid #pragma GCC poison directive")
                    break
                if t.sym.macro is not None:
                    self.warn(loc, f"poisoning existing macro \"{t.spelling}\"")
                    self.undefine(t.sym)
                t.sym.poisoned = True
                self.poisoned.append(t.sym)
        elif word == "system_header":
            if frame.is_main:
                self.warn(loc, "#pragma system_header ignored outside include file")
            else:
                frame.system = True
        elif word == "error" or word == "warning":
            text = " ".join(t.spelling[1:-1] for t in tokens[2:] if t.kind == STRING)
            if not text:
                self.warn(loc, f"invalid \"#pragma GCC {word}\" directive")
            elif word == "error":
                self.diagnostics.error(loc, text)
            else:
                self.warn(loc, text)
        elif word == "dependency":
            self.pragma_dependency(tokens, loc)
        else:
            return False
        return True

    def pragma_dependency(self, tokens: list[Token], loc: Loc) -> None:
        """`#pragma GCC dependency "file" message`: warn if the file is newer than this one."""
        frame = self.frame
        assert frame is not None
        text = spell(tokens[2:]).strip()
        header = header_name(text)
        found = self.search.find(header, text[0] == '"', frame) if header is not None else None
        if found is None:
            self.diagnostics.error(loc, f"{header}: No such file or directory" if header else
                                   "#pragma dependency expects \"FILENAME\" or <FILENAME>")
            return
        if self.search.load(found).mtime_ns > frame.record.mtime_ns:
            self.warn(loc, f"current file is older than {header}")

    def check_poisoned(self, tokens: list[Token]) -> None:
        """Report poisoned names in a run."""
        run = self.run
        frame = self.frame
        assert run is not None and frame is not None
        for k, t in enumerate(tokens):
            if t.sym.poisoned:
                starts = run.token_starts()
                where = locate(frame, starts[min(max(k - self.carried, 0), len(starts) - 1)], len(t.spelling))
                self.diagnostics.error(self.fixed(where), f"attempt to use poisoned \"{t.spelling}\"")


def header_name(text: str) -> str | None:
    """What stands between the delimiters of a header name; None if it is none."""
    if text[:1] == '"':
        end = text.find('"', 1)
    elif text[:1] == "<":
        end = text.find(">", 1)
    else:
        return None
    return text[1:end] if end > 0 else None


def quoted(text: str) -> Token:
    """A string literal."""
    return intern('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')


def unescape(text: str) -> str:
    """The content of a file name literal."""
    return re.sub(r"\\([0-7]{3}|.)", lambda m: chr(int(m.group(1), 8)) if len(m.group(1)) == 3 else m.group(1), text)


