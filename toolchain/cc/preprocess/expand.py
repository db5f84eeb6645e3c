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
from .tokens import CHARACTER, COMMENT, IDENTIFIER, PUNCTUATOR, STRING, Macro, Sym, Token, TracedToken, intern, paint, with_space

LEFT: Final = intern("(").sym
RIGHT: Final = intern(")").sym
COMMA: Final = intern(",").sym


class NeedTrace(Exception):
    """`__LINE__` in arguments over several lines: expand the run again in traced mode."""


class Context:
    """A token list being scanned, suspended while a macro body is rescanned."""

    def __init__(self, tokens: list[Token], i: int, n: int, macro: Macro | None, entered: Macro) -> None:
        self.tokens = tokens
        self.i = i
        self.n = n
        self.macro = macro
        self.entered = entered
        """The macro for whose body the list was suspended."""


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
        stack: list[Context] = []
        self.active_expansions += 1
        try:
            rest = self._expand(tokens, out, top, stack)
        except BaseException:
            self.active_expansions -= 1
            for context in stack:
                context.entered.disabled = False
            raise
        self.active_expansions -= 1
        return rest

    def _expand(self, tokens: list[Token], out: list[Token], top: bool, stack: list[Context]) -> int:
        cur = tokens
        i = 0
        n = len(tokens)
        macro: Macro | None = None
        first = 0
        first_out = 0
        space = False
        asof = self.asof
        traced = self.traced
        while True:
            if i >= n:
                if macro is not None:
                    macro.disabled = False
                if not stack:
                    return -1
                context = stack.pop()
                cur = context.tokens
                i = context.i
                n = context.n
                macro = context.macro
                continue
            t = cur[i]
            sym = t.macro_sym
            m = sym.macro
            if asof >= 0 and sym.version > asof:
                m = self.lookup(sym)
            i += 1
            if space:
                space = False
                if not t.space:
                    t = with_space(t, True)
            if m is None:
                out.append(t)
                continue
            if not stack:
                first = i - 1
                first_out = len(out)
                if top:
                    self.top_first = first
                    self.top_next = i
                    if traced:
                        self.marks.append(Mark(first_out, first, i))
            if m.disabled:
                out.append(paint(t))
                continue
            if not m.ready:
                self.ready(m)
            if not m.function_like:
                if m.builtin:
                    i = self._builtin(m, t, cur, i, n, stack, out, top)
                    if i < 0:
                        if top:
                            del out[first_out:]
                            return first
                        i = n
                    continue
                body = m.body
                if not body:
                    space = t.space
                    continue
                if traced:
                    body = trace_body(m, body, 0, t)
                elif t.space:
                    body = body.copy()
                if t.space and not self.header_operand:
                    body[0] = with_space(body[0], True)
                stack.append(Context(cur, i, n, macro, m))
                cur = body
                i = 0
                n = len(body)
                macro = m
                m.disabled = True
                continue
            # A function-like macro: is the next token, wherever it is, a parenthesis?
            while i >= n and stack:
                if macro is not None:
                    macro.disabled = False
                context = stack.pop()
                cur = context.tokens
                i = context.i
                n = context.n
                macro = context.macro
            if i >= n:
                if macro is not None:
                    macro.disabled = False
                if top:
                    del out[first_out:]
                    return first
                out.append(t)
                return -1
            if cur[i].sym is not LEFT:
                if cur[i].kind == COMMENT and self._skip_comments(cur, i, n):
                    cur = drop_comments(cur, i)
                    i = 0
                    n = len(cur)
                    if cur[0].sym is not LEFT:
                        out.append(t)
                        continue
                else:
                    out.append(t)
                    continue
            i += 1
            args: list[list[Token]] = []
            arg: list[Token] = []
            depth = 0
            last = len(m.parameters) - 1 if m.variadic else -2
            done = False
            while True:
                if i >= n:
                    if not stack:
                        break
                    if macro is not None:
                        macro.disabled = False
                    context = stack.pop()
                    cur = context.tokens
                    i = context.i
                    n = context.n
                    macro = context.macro
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
                            done = True
                            break
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
            if not done:
                if macro is not None:
                    macro.disabled = False
                if top:
                    del out[first_out:]
                    return first
                self.problem(f"unterminated argument list invoking macro \"{m.name}\"", m)
                out.append(t)
                return -1
            if top:
                self.top_next = stack[0].i if stack else i
                if traced:
                    self.marks[-1].next = self.top_next
            if len(args) != len(m.parameters) and not self.arguments_fit(m, args):
                out.append(t)
                continue
            body = self.substitute(m, args, t)
            if not body:
                space = t.space
                continue
            stack.append(Context(cur, i, n, macro, m))
            cur = body
            i = 0
            n = len(body)
            macro = m
            m.disabled = True

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

    def _builtin(self, m: Macro, t: Token, cur: list[Token], i: int, n: int, stack: list[Context], out: list[Token], top: bool) -> int:
        """Expand a built-in; returns the index to go on at in `cur`, -1 if its call is incomplete."""
        number = m.builtin
        if number < B_FUNCTION_LIKE:
            if number == B_COUNTER:
                value = intern(str(self.counter))
                self.counter += 1
            elif number == B_LINE:
                value = intern(str(self._line(t)))
            else:
                value = self.builtin_value(number, t)
            value = with_space(value, t.space)
            out.append(TracedToken(value, t.macro, t.index, t.caller) if isinstance(t, TracedToken) else value)
            return i
        if number == B_PRAGMA:
            if not top:
                out.append(t)
                return i
            if i >= n and not stack:
                return -1
            if i < n and cur[i].sym is LEFT and not stack and i + 2 >= n:
                return -1
            if i + 2 >= n or cur[i].sym is not LEFT or cur[i + 1].kind != STRING or cur[i + 2].sym is not RIGHT:
                self.problem("_Pragma takes a parenthesized string literal", None)
                return i
            if not stack:
                self.top_next = i + 3
                if self.traced:
                    self.marks[-1].next = i + 3
            self.pragma_operator(cur[i + 1], t)
            return i + 3
        if not self.in_condition and top and i < n and not stack and cur[i].sym is LEFT and RIGHT not in [x.sym for x in cur[i:n]]:
            return -1
        value_int, used = self.query(number, cur[i:n], t)
        if number == B_DEFINED and used == 0:
            out.append(paint(t))
            return i
        value = with_space(intern(str(value_int)), t.space)
        out.append(TracedToken(value, t.macro, t.index, t.caller) if isinstance(t, TracedToken) else value)
        return i + used

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
        if joined is None and not self.assembler:
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
