"""Macro expansion (C11 6.10.3): token lists to token lists.

`Expander.expand` keeps a stack of contexts, one per macro being rescanned; a macro is `disabled`
while its context is on the stack, and a name found disabled is painted.  Look-ups are `t.macro_sym.macro`;
when expanding as of an earlier version of the macro table (`asof`), symbols changed since are looked up in
their history.

Traced mode does the same on `TracedToken`s; it serves `locations`, the printers, and `__LINE__` inside
the arguments of a call that spans lines, which is the one thing that expansion cannot know without.
"""
from __future__ import annotations

from typing import Final

from .files import Frame, Run
from .lexer import Lexer
from .macros import (
    B_COUNTER,
    B_DEFINED,
    B_FUNCTION_LIKE,
    B_LINE,
    B_PRAGMA,
    OP_ARG,
    OP_LITERALS,
    OP_PASTE,
    OP_RAW,
    OP_STRINGIZE,
    OP_VA_COMMA,
    MacroError,
    paste,
    prepare,
)
from .replay import Replay, add_names, distinct_names, names_of
from .tokens import CHARACTER, COMMENT, IDENTIFIER, PUNCTUATOR, STRING, Macro, Sym, Token, TracedToken, intern, paint, with_space

LEFT: Final = intern("(").sym
RIGHT: Final = intern(")").sym
COMMA: Final = intern(",").sym

# What became of a macro's name.
DONE: Final = 0
EMPTY: Final = 1
"""It expanded to nothing."""
INCOMPLETE: Final = 2
"""Its arguments do not end in the tokens there are."""


class NeedTrace(Exception):
    """`__LINE__` in arguments over several lines: expand the run again in traced mode."""


class Context:
    """A token list whose scan is suspended while a macro's body is rescanned."""

    def __init__(self, tokens: list[Token], i: int, macro: Macro | None, entered: Macro) -> None:
        self.tokens = tokens
        self.i = i
        self.macro = macro
        self.entered = entered
        """The macro for whose body the list was suspended."""


class Scan:
    """The token list under way, `i` of whose tokens have been read, and those that are suspended."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.i = 0
        self.macro: Macro | None = None
        """The macro whose replacement list is under way."""
        self.suspended: list[Context] = []

    def enter(self, macro: Macro, body: list[Token]) -> None:
        """Rescan a replacement list; the macro is disabled until its end."""
        self.suspended.append(Context(self.tokens, self.i, self.macro, macro))
        self.tokens = body
        self.i = 0
        self.macro = macro
        macro.disabled = True

    def leave(self) -> bool:
        """The list has come to its end: go on with the one suspended last.  False if there is none."""
        macro = self.macro
        if macro is not None:
            macro.disabled = False
        if not self.suspended:
            return False
        context = self.suspended.pop()
        self.tokens = context.tokens
        self.i = context.i
        self.macro = context.macro
        return True

    def leave_finished(self) -> None:
        """Leave the lists that have come to their end: what follows the last name is in one that is suspended."""
        while self.i >= len(self.tokens) and self.suspended:
            self.leave()


class Mark:
    """One top-level expansion: where its output begins, its first input token, and the one after its last."""

    def __init__(self, out: int, first: int, end: int) -> None:
        self.out = out
        self.first = first
        self.next = end


class Expander:
    """The expansion machine.  `Preprocessor` extends it with files, directives and messages."""

    def __init__(self, lexer: Lexer, strict: bool, assembler: bool, keep_comments: int) -> None:
        self.lexer = lexer
        self.strict = strict
        self.assembler = assembler
        self.keep_comments = keep_comments
        self.out: list[Token] = []
        self.counter = 0
        self.asof = -1
        self.header_operand = False      # in #include: an expansion has no white space before it, whatever the macro name has
        self.traced = False
        self.quiet = False
        self.in_condition = False
        self.argument_depth = 0
        self.active_expansions = 0
        self.frame: Frame | None = None
        self.run: Run | None = None
        self.directive = -1
        """Index of the directive being executed; -1: text."""
        self.carried = 0
        """So many input tokens come from earlier runs."""
        self.top_first = 0
        """Index of the top-level token whose expansion is under way."""
        self.top_next = 0
        """Index of the top-level token to be read next."""
        self.replayable = True
        """Nothing but the meaning of names has decided what the run under way expands to."""
        self.entered: list[Macro] = []
        """Macros expanded since the run under way began."""
        self.pasted: list[Token] = []
        """What `##` made meanwhile."""
        self.marks: list[Mark] = []
        """In traced mode: the top-level expansions, in order."""

    # What the preprocessor knows and the expander does not.

    def problem(self, message: str, macro: Macro | None) -> None:
        """Report an error at the token read last; `macro` adds "defined here"."""
        raise NotImplementedError

    def definition_problem(self, macro: Macro, error: MacroError) -> None:
        """Report a malformed definition."""
        raise NotImplementedError

    def builtin_value(self, number: int, token: Token) -> Token:
        """The value of `__FILE__` and the like."""
        raise NotImplementedError

    def pragma_operator(self, literal: Token, token: Token) -> None:
        """Carry out `_Pragma(literal)` at the end of the output."""
        raise NotImplementedError

    def query(self, number: int, tokens: list[Token], token: Token) -> tuple[int, int]:
        """Value of `__has_include (...)` or `defined X`, and how many of `tokens` (which follow the name) it took."""
        raise NotImplementedError

    def line_at(self, index: int) -> int:
        """Line of the top-level input token `index`."""
        raise NotImplementedError

    def lookup(self, sym: Sym) -> Macro | None:
        """The macro of `sym` as of version `self.asof`."""
        version = self.asof
        if version < 0 or sym.version <= version:
            return sym.macro
        history = sym.history
        if history is not None:
            for entry in reversed(history):
                if entry[0] <= version:
                    return entry[1]
        return None

    def expand(self, tokens: list[Token], out: list[Token], top: bool) -> int:
        """Expand `tokens` to the end of `out`.

        When `top`, a macro call that does not end in `tokens` is left alone, and the index of its first
        token is returned; else -1.
        """
        scan = Scan(tokens)
        self.active_expansions += 1
        try:
            rest = self._expand(scan, out, top)
        except BaseException:
            self.active_expansions -= 1
            for context in scan.suspended:
                context.entered.disabled = False
            raise
        self.active_expansions -= 1
        return rest

    def _expand(self, scan: Scan, out: list[Token], top: bool) -> int:
        first = 0
        first_out = 0
        space = False       # an expansion to nothing had white space before it
        asof = self.asof
        while True:
            cur = scan.tokens
            i = scan.i
            n = len(cur)
            m: Macro | None = None
            while i < n:
                t = cur[i]
                i += 1
                sym = t.macro_sym
                m = sym.macro
                if asof >= 0 and sym.version > asof:
                    m = self.lookup(sym)
                if space:
                    space = False
                    if not t.space:
                        t = with_space(t, True)
                if m is not None:
                    break
                out.append(t)
            scan.i = i
            if m is None:
                if not scan.leave():
                    return -1
                continue
            if not scan.suspended:
                first = i - 1
                first_out = len(out)
                if top:
                    self.top_first = first
                    self.top_next = i
                    if self.traced:
                        self.marks.append(Mark(first_out, first, i))
            if m.disabled:
                out.append(paint(t))
                continue
            if not m.ready:
                self.ready(m)
            if m.function_like:
                result = self._call(scan, m, t, out, top)
            elif m.builtin:
                result = self._builtin(scan, m, t, out, top)
            else:
                result = self._object(scan, m, t)
            if result == EMPTY:
                space = t.space
            elif result == INCOMPLETE:
                if top:
                    del out[first_out:]
                    return first
                out.append(t)
                return -1

    def _object(self, scan: Scan, m: Macro, t: Token) -> int:
        """Enter the replacement list of an object-like macro."""
        self.entered.append(m)
        body = m.body
        if not body:
            return EMPTY
        if self.traced:
            body = trace_body(m, body, 0, t)
        elif t.space:
            body = body.copy()
        if t.space and not self.header_operand:
            body[0] = with_space(body[0], True)
        scan.enter(m, body)
        return DONE

    def _call(self, scan: Scan, m: Macro, t: Token, out: list[Token], top: bool) -> int:
        """The name of a function-like macro has been read: if a parenthesis follows, wherever it is, enter the expansion."""
        opened = self._opens(scan)
        if opened != DONE:
            if opened == EMPTY:
                out.append(t)
                return DONE
            return INCOMPLETE
        args = self._arguments(scan, m)
        if args is None:
            if not top:
                self.problem(f"unterminated argument list invoking macro \"{m.name}\"", m)
            return INCOMPLETE
        if top:
            self.top_next = scan.suspended[0].i if scan.suspended else scan.i
            if self.traced:
                self.marks[-1].next = self.top_next
        if len(args) != len(m.parameters) and not self.arguments_fit(m, args):
            out.append(t)
            return DONE
        body = self.substitute(m, args, t)
        self.entered.append(m)
        if not body:
            return EMPTY
        scan.enter(m, body)
        return DONE

    def _opens(self, scan: Scan) -> int:
        """Step over the parenthesis that follows, wherever it is (DONE); EMPTY if something else does, INCOMPLETE at the end."""
        scan.leave_finished()
        cur = scan.tokens
        i = scan.i
        if i >= len(cur):
            return INCOMPLETE
        if cur[i].sym is not LEFT:
            if cur[i].kind != COMMENT or not self._skip_comments(cur, i, len(cur)):
                return EMPTY
            scan.tokens = drop_comments(cur, i)
            scan.i = 0
        scan.i += 1
        return DONE

    def _arguments(self, scan: Scan, m: Macro) -> list[list[Token]] | None:
        """The arguments of a call whose parenthesis has been read; None if it does not end."""
        args: list[list[Token]] = []
        arg: list[Token] = []
        depth = 0
        last = len(m.parameters) - 1 if m.variadic else -2
        asof = self.asof
        cur = scan.tokens
        i = scan.i
        n = len(cur)
        while True:
            if i >= n:
                if not scan.leave():
                    return None
                cur = scan.tokens
                i = scan.i
                n = len(cur)
                continue
            u = cur[i]
            i += 1
            kind = u.kind
            if kind == PUNCTUATOR:
                us = u.sym
                if us is LEFT:
                    depth += 1
                elif us is RIGHT:
                    if depth == 0:
                        args.append(arg)
                        scan.i = i
                        return args
                    depth -= 1
                elif us is COMMA and depth == 0 and len(args) != last:
                    args.append(arg)
                    arg = []
                    continue
            elif kind == IDENTIFIER:
                us = u.macro_sym
                um = us.macro
                if asof >= 0 and us.version > asof:
                    um = self.lookup(us)
                if um is not None and um.disabled:
                    u = paint(u)
            elif kind == COMMENT:
                continue
            arg.append(u)

    def holds(self, replay: Replay) -> bool:
        """Every name that an expansion looked at means what it meant then."""
        if replay.strict != self.strict:
            return False
        asof = self.asof
        if asof < 0:
            for sym in replay.plain:
                if sym.macro is not None:
                    return False
            macros = replay.macros
            for k, sym in enumerate(replay.names):
                if sym.macro is not macros[k]:
                    return False
            return True
        for sym in replay.plain:
            if (sym.macro if sym.version <= asof else self.lookup(sym)) is not None:
                return False
        for k, sym in enumerate(replay.names):
            if (sym.macro if sym.version <= asof else self.lookup(sym)) is not replay.macros[k]:
                return False
        return True

    def begin_replay(self) -> None:
        """Note from now on what expansion depends on."""
        self.replayable = True
        if self.entered:
            self.entered = []
        if self.pasted:
            self.pasted = []

    def make_replay(self, tokens: list[Token], out: list[Token]) -> Replay | None:
        """What is to be known of the expansion of `tokens` to `out` since `begin_replay`; None if it cannot be repeated."""
        if not self.replayable:
            return None
        entered = [names_of(macro) for macro in dict.fromkeys(self.entered)]
        names = distinct_names([*tokens, *self.pasted] if self.pasted else tokens)
        for more in entered:
            add_names(names, more)
        replay = Replay(out, self.strict)
        for sym in names:
            macro = self.lookup(sym)
            if macro is None:
                replay.plain.append(sym)
            else:
                replay.names.append(sym)
                replay.macros.append(macro)
        return replay

    def ready(self, macro: Macro) -> None:
        """Make a macro usable: lex and compile its replacement list."""
        try:
            prepare(macro, self.lexer, self.keep_comments == 2, self.assembler)
        except MacroError as error:
            self.definition_problem(macro, error)

    def _skip_comments(self, cur: list[Token], i: int, n: int) -> bool:
        """Behind the comments at `i` stands a parenthesis."""
        while i < n and cur[i].kind == COMMENT:
            i += 1
        return i < n and cur[i].sym is LEFT

    def _builtin(self, scan: Scan, m: Macro, t: Token, out: list[Token], top: bool) -> int:
        """Expand a built-in."""
        self.replayable = False
        number = m.builtin
        if number < B_FUNCTION_LIKE:
            if number == B_COUNTER:
                value = intern(str(self.counter))
                self.counter += 1
            elif number == B_LINE:
                value = intern(str(self._line(t)))
            else:
                value = self.builtin_value(number, t)
        elif number == B_PRAGMA:
            return self._pragma(scan, m, t, out, top)
        else:
            scan.leave_finished()           # the name may end a replacement list, and its operand follow the macro
            i = scan.i
            cur = scan.tokens
            if (not self.in_condition and top and i < len(cur) and not scan.suspended and cur[i].sym is LEFT
                    and RIGHT not in [x.sym for x in cur[i:]]):
                return INCOMPLETE
            value_int, used = self.query(number, cur[i:], t)
            scan.i += used
            if number == B_DEFINED and used == 0:
                out.append(paint(t))
                return DONE
            value = intern(str(value_int))
        value = with_space(value, t.space)
        out.append(TracedToken(value, t.macro, t.index, t.caller) if isinstance(t, TracedToken) else value)
        return DONE

    def _pragma(self, scan: Scan, m: Macro, t: Token, out: list[Token], top: bool) -> int:
        """`_Pragma ( string )`, where macros may make the string."""
        if not top:
            out.append(t)
            return DONE
        opened = self._opens(scan)
        operand: list[Token] = []
        if opened == INCOMPLETE:
            return INCOMPLETE
        if opened == DONE:
            args = self._arguments(scan, m)
            if args is None:
                return INCOMPLETE
            self.top_next = scan.suspended[0].i if scan.suspended else scan.i
            if self.traced:
                self.marks[-1].next = self.top_next
            if len(args) == 1:
                operand = self.expand_argument(args[0])
        if len(operand) == 1 and operand[0].kind == STRING:
            self.pragma_operator(operand[0], t)
        else:
            self.problem("_Pragma takes a parenthesized string literal", None)
        return DONE

    def _line(self, token: Token) -> int:
        """The value of `__LINE__`: the line of the source token from which it expanded."""
        if self.directive >= 0:
            return self.line_at(0)
        if isinstance(token, TracedToken):
            source = token
            while source.macro is not None and isinstance(source.caller, TracedToken):
                source = source.caller
            return self.line_at(source.index)
        line = self.line_at(self.top_first)
        if self.argument_depth and not self.quiet and self.line_at(self.top_next - 1) != line:
            raise NeedTrace
        return line

    def expand_argument(self, argument: list[Token]) -> list[Token]:
        """An argument completely macro-expanded (6.10.3.1)."""
        asof = self.asof
        for t in argument:
            sym = t.macro_sym
            if sym.macro is not None or (asof >= 0 and sym.version > asof):
                out: list[Token] = []
                self.argument_depth += 1
                try:
                    self.expand(argument, out, False)
                finally:
                    self.argument_depth -= 1
                return out
        return argument

    def arguments_fit(self, m: Macro, args: list[list[Token]]) -> bool:
        """Check the number of arguments, which differs from that of parameters; report if it is wrong."""
        want = len(m.parameters)
        have = len(args)
        if want == 0 and have == 1 and not args[0]:
            return True
        if have < want:
            if m.variadic and have == want - 1:
                return True
            self.problem(f"macro \"{m.name}\" requires {want} arguments, but only {have} given", m)
            return False
        self.problem(f"macro \"{m.name}\" passed {have} arguments, but takes just {want}", m)
        return False

    def substitute(self, m: Macro, args: list[list[Token]], call: Token) -> list[Token]:
        """The replacement list of `m` with the arguments in place; its first token spaced like `call`."""
        count = len(m.parameters)
        omitted = False
        if m.variadic:
            if len(args) < count:
                args.append([])
                omitted = True
            elif count == 1 and not args[0] and not self.strict:
                omitted = True
        expanded: list[list[Token] | None] = [None] * count
        out = self._substitute(m, args, expanded, omitted, call)
        space = call.space and not self.header_operand
        if out and out[0].space != space:
            out[0] = with_space(out[0], space)
        return out

    def _substitute(self, m: Macro, args: list[list[Token]], expanded: list[list[Token] | None], omitted: bool,
                    call: Token) -> list[Token]:
        out: list[Token] = []
        ops = m.ops
        count = len(ops)
        space = False       # an empty argument had white space before it
        pasting = False     # the previous operation was ##
        left_empty = False  # its left operand had no tokens
        j = 0
        while j < count:
            op = ops[j]
            if op == OP_PASTE:
                pasting = True
                j += 1
                continue
            spaced = m.op_tokens[j].space
            if op == OP_LITERALS:
                piece = m.op_literals[j]
                if self.traced:
                    piece = trace_body(m, piece, m.op_starts[j], call)
            elif op == OP_ARG or op == OP_RAW:
                k = m.op_args[j]
                if op == OP_RAW:
                    piece = args[k]
                else:
                    known = expanded[k]
                    if known is None:
                        known = self.expand_argument(args[k])
                        expanded[k] = known
                    piece = known
            elif op == OP_STRINGIZE:
                piece = [intern(stringize(args[m.op_args[j]]))]
                if self.traced:
                    piece = trace_body(m, piece, m.op_starts[j], call)
            elif op == OP_VA_COMMA:
                if omitted:
                    j += 2
                    left_empty = True
                    continue
                comma = m.op_tokens[j]
                if self.traced:
                    comma = trace_body(m, [comma], m.op_starts[j], call)[0]
                piece = [comma]
            else:
                piece = self._va_opt(m.va_opts[m.op_args[j]], args, expanded, omitted, call)
            if not pasting or left_empty or not out:
                # An argument has the space of the parameter, whatever stood before the argument itself; the right
                # operand of ## that of an empty left one.
                if pasting:
                    spaced = False
                    pasting = False
                elif j and ops[j - 1] == OP_VA_COMMA and piece:
                    spaced = piece[0].space
                if piece:
                    want = spaced or space
                    head = piece[0]
                    out.append(head if head.space == want else with_space(head, want))
                    if len(piece) > 1:
                        out.extend(piece[1:])
                    space = False
                    left_empty = False
                else:
                    space = spaced or space
                    left_empty = True
            else:
                pasting = False
                if piece:
                    joined = self._paste(out[-1], piece[0], m)
                    if joined is None:
                        out.append(with_space(piece[0], False))
                    else:
                        out[-1] = joined
                    if len(piece) > 1:
                        out.extend(piece[1:])
            j += 1
        return out

    def _va_opt(self, inner: Macro, args: list[list[Token]], expanded: list[list[Token] | None], omitted: bool,
                call: Token) -> list[Token]:
        """The content of `__VA_OPT__` if the variable argument has tokens, else nothing."""
        last = len(args) - 1
        rest = expanded[last]
        if rest is None:
            rest = self.expand_argument(args[last])
            expanded[last] = rest
        if not rest:
            return []
        return self._substitute(inner, args, expanded, omitted, call)

    def _paste(self, left: Token, right: Token, m: Macro) -> Token | None:
        joined = paste(left, right, self.lexer)
        if joined is not None:
            self.pasted.append(joined)
        elif not self.assembler:
            self.problem(f"pasting \"{left.spelling}\" and \"{right.spelling}\" does not give a valid preprocessing token", m)
        if joined is not None and isinstance(left, TracedToken):
            return TracedToken(joined, left.macro, left.index, left.caller)
        return joined


def trace_body(m: Macro, tokens: list[Token], start: int, call: Token) -> list[Token]:
    """Copies of body tokens that know their place."""
    out: list[Token] = []
    for k, t in enumerate(tokens):
        out.append(TracedToken(t, m, start + k, call))
    return out


def drop_comments(tokens: list[Token], i: int) -> list[Token]:
    """`tokens` from `i` on, without the comments that it begins with."""
    while tokens[i].kind == COMMENT:
        i += 1
    return tokens[i:]


def stringize(argument: list[Token]) -> str:
    """`#argument` (6.10.3.2)."""
    out: list[str] = []
    for t in argument:
        text = t.spelling
        kind = t.kind
        if kind == STRING or kind == CHARACTER:
            text = text.replace("\\", "\\\\").replace('"', '\\"')
        if t.space and out:
            out.append(" ")
        out.append(text)
    text = "".join(out)
    trailing = len(text) - len(text.rstrip("\\"))
    if trailing % 2:
        text = text[:-1]
    return '"' + text + '"'
