"""Macro definitions: parsing `#define`, and compiling replacement lists to operations.

    #define F(a, b, ...)  a + #b c ## a , ## __VA_ARGS__

becomes  ARG a, LITERALS [+], STRINGIZE b, LITERALS [c], PASTE, RAW a, VA_COMMA, RAW __VA_ARGS__.
"""
from __future__ import annotations

import re
from typing import Final

from .extended_names import INITIAL, LATER, UCN, escaped
from .lexer import Lexer
from .tokens import COMMENT, IDENTIFIER, Macro, Token, flip, intern, spell, symbol, with_space

OP_LITERALS: Final = 0
OP_ARG: Final = 1
"""An argument, macro-expanded."""
OP_RAW: Final = 2
"""An argument as written: it is an operand of `##`."""
OP_STRINGIZE: Final = 3
OP_PASTE: Final = 4
"""Joins the result so far with what follows."""
OP_VA_COMMA: Final = 5
"""GNU `, ## rest`: the comma goes with an omitted argument; always followed by OP_RAW."""
OP_VA_OPT: Final = 6
"""`__VA_OPT__(...)`; its content is the macro `op_literals[...]` stands for, in `va_opts`."""

B_LINE: Final = 1
B_FILE: Final = 2
B_COUNTER: Final = 3
B_BASE_FILE: Final = 4
B_INCLUDE_LEVEL: Final = 5
B_DATE: Final = 6
B_TIME: Final = 7
B_TIMESTAMP: Final = 8
B_FILE_NAME: Final = 9
B_PRAGMA: Final = 10
B_HAS_ATTRIBUTE: Final = 11
B_HAS_BUILTIN: Final = 12
B_HAS_INCLUDE: Final = 13
B_HAS_INCLUDE_NEXT: Final = 14
B_DEFINED: Final = 15
B_FUNCTION_LIKE: Final = B_PRAGMA
"""Built-in macros from this number on take an argument."""

BUILTINS: Final[dict[str, int]] = {
    "__LINE__": B_LINE, "__FILE__": B_FILE, "__COUNTER__": B_COUNTER, "__BASE_FILE__": B_BASE_FILE,
    "__INCLUDE_LEVEL__": B_INCLUDE_LEVEL, "__DATE__": B_DATE, "__TIME__": B_TIME, "__TIMESTAMP__": B_TIMESTAMP,
    "__FILE_NAME__": B_FILE_NAME, "_Pragma": B_PRAGMA,
    "__has_attribute": B_HAS_ATTRIBUTE, "__has_cpp_attribute": B_HAS_ATTRIBUTE, "__has_builtin": B_HAS_BUILTIN,
    "__has_include": B_HAS_INCLUDE, "__has_include_next": B_HAS_INCLUDE_NEXT,
}

match_name = re.compile(rf"(?:{INITIAL}|\$|{UCN})(?:[{LATER}$]|{UCN})*+").match

VA_ARGS: Final = intern("__VA_ARGS__")
VA_OPT: Final = intern("__VA_OPT__")
_HASH: Final = intern("#").sym
_HASH_HASH: Final = intern("##").sym
_LEFT: Final = intern("(").sym
_RIGHT: Final = intern(")").sym
_COMMA: Final = intern(",").sym
_DOTS: Final = intern("...").sym


class MacroError(Exception):
    """A definition is malformed; `token` is the index in the lexed definition that it is about."""

    def __init__(self, message: str, token: int) -> None:
        super().__init__(message)
        self.message = message
        self.token = token


def new_macro(name: str, text: str) -> Macro:
    """A macro from the text after `#define`; its replacement list is left for `prepare`."""
    macro = Macro(name, text)
    if "{" in text or "}" in text:
        macro.unbalanced = text.count("{") != text.count("}")
        macro.structural = "{" in text
    if ";" in text or "##" in text:
        macro.structural = True
    if len(text) < 80 and text.endswith(name) and text.split() == [name, name]:
        macro.self_named = True
    return macro


def builtin_macro(name: str, number: int) -> Macro:
    """A macro that the preprocessor computes."""
    macro = Macro(name, name)
    macro.builtin = number
    macro.ready = True
    return macro


def prepare(macro: Macro, lexer: Lexer, keep_comments: bool, assembler: bool) -> None:
    """Lex and compile the definition.  Raises MacroError; then the macro has an empty body."""
    macro.ready = True
    tokens = lexer.lex(macro.text)
    if not keep_comments:
        tokens = [t for t in tokens if t.kind != COMMENT]
    at = 1
    if len(tokens) > 1 and tokens[1].sym is _LEFT and not tokens[1].space:
        macro.function_like = True
        at = _parameters(macro, tokens)
    body = tokens[at:]
    macro.body_at = at
    if body:
        body[0] = with_space(body[0], False)
        if body[0].sym is _HASH_HASH:
            raise MacroError("'##' cannot appear at either end of a macro expansion", at)
        if body[-1].sym is _HASH_HASH:
            raise MacroError("'##' cannot appear at either end of a macro expansion", len(tokens) - 1)
    if macro.function_like:
        macro.body = body
        _Compiler(macro, assembler, at).compile(body)
    elif _HASH_HASH in [t.sym for t in body]:
        macro.body = _paste_all(body, lexer)
    else:
        macro.body = body


def _parameters(macro: Macro, tokens: list[Token]) -> int:
    """Parse `(a, b, ...)`; returns the index of the first token of the body."""
    i = 2
    count = len(tokens)
    names = macro.parameters
    want_name = True
    while True:
        if i >= count:
            raise MacroError("expected parameter name before end of line" if want_name and names
                             else "expected ')' before end of line", count - 1)
        token = tokens[i]
        if token.sym is _RIGHT:
            if want_name and names:
                raise MacroError("expected parameter name, found \")\"", i)
            return i + 1
        if not want_name:
            if token.sym is _DOTS:
                macro.variadic = True
                return _close_variadic(tokens, i + 1)
            if token.sym is not _COMMA:
                raise MacroError(f"expected ',' or ')', found \"{token.spelling}\"", i)
            want_name = True
        elif token.sym is _DOTS:
            macro.variadic = True
            names.append("__VA_ARGS__")
            return _close_variadic(tokens, i + 1)
        elif token.kind == IDENTIFIER:
            if token.spelling == "__VA_ARGS__":
                raise MacroError("__VA_ARGS__ can only appear in the expansion of a C99 variadic macro", i)
            if token.spelling in names:
                raise MacroError(f"duplicate macro parameter \"{token.spelling}\"", i)
            names.append(token.spelling)
            want_name = False
        else:
            raise MacroError(f"expected parameter name, found \"{token.spelling}\"", i)
        i += 1


def _close_variadic(tokens: list[Token], i: int) -> int:
    if i >= len(tokens) or tokens[i].sym is not _RIGHT:
        raise MacroError("expected ')' after \"...\"", min(i, len(tokens) - 1))
    return i + 1


class _Compiler:
    """Turns the body of a function-like macro into its operation lists."""

    def __init__(self, macro: Macro, assembler: bool, base: int) -> None:
        self.macro = macro
        self.assembler = assembler
        self.base = base
        self.index: dict[str, int] = {symbol(name).text: k for k, name in enumerate(macro.parameters)}
        self.literals: list[Token] = []
        self.literals_end = 0

    def _flush(self) -> None:
        if self.literals:
            self._add(OP_LITERALS, 0, self.literals[0], self.literals, self.literals_end - len(self.literals))
            self.literals = []

    def _add(self, op: int, argument: int, token: Token, literals: list[Token], start: int) -> None:
        macro = self.macro
        macro.op_starts.append(start)
        macro.ops.append(op)
        macro.op_args.append(argument)
        macro.op_tokens.append(token)
        macro.op_literals.append(literals)

    def compile(self, body: list[Token]) -> None:
        """Fill the operation lists of the macro."""
        macro = self.macro
        last = len(macro.parameters) - 1
        count = len(body)
        i = 0
        while i < count:
            token = body[i]
            follower = body[i + 1] if i + 1 < count else token
            if token.sym is _HASH:
                parameter = self.index.get(follower.sym.text, -1) if i + 1 < count else -1
                if parameter >= 0:
                    self._flush()
                    self._add(OP_STRINGIZE, parameter, token, [], i)
                    i += 2
                    continue
                if not self.assembler:
                    raise MacroError("'#' is not followed by a macro parameter", self.base + i)
            elif token.sym is _HASH_HASH:
                if (macro.variadic and self.literals and self.literals[-1].sym is _COMMA and i + 1 < count
                        and self.index.get(follower.sym.text, -1) == last):
                    comma = self.literals.pop()
                    self.literals_end -= 1
                    self._flush()
                    self._add(OP_VA_COMMA, last, comma, [], i - 1)
                    self._add(OP_RAW, last, follower, [], i + 1)
                    i += 2
                    continue
                self._flush()
                self._add(OP_PASTE, 0, token, [], i)
                i += 1
                continue
            elif token.kind == IDENTIFIER:
                parameter = self.index.get(token.sym.text, -1)
                if parameter >= 0:
                    self._flush()
                    raw = (i > 0 and body[i - 1].sym is _HASH_HASH) or (i + 1 < count and follower.sym is _HASH_HASH)
                    self._add(OP_RAW if raw else OP_ARG, parameter, token, [], i)
                    i += 1
                    continue
                if token.sym is VA_OPT.sym and macro.variadic:
                    i = self._va_opt(body, i)
                    continue
            self.literals.append(token)
            i += 1
            self.literals_end = i
        self._flush()

    def _va_opt(self, body: list[Token], at: int) -> int:
        """Compile `__VA_OPT__ ( content )`; returns the index after it."""
        if at + 1 >= len(body) or body[at + 1].sym is not _LEFT:
            raise MacroError("__VA_OPT__ must be followed by an open parenthesis", self.base + at)
        depth = 0
        i = at + 1
        while i < len(body):
            if body[i].sym is _LEFT:
                depth += 1
            elif body[i].sym is _RIGHT:
                depth -= 1
                if depth == 0:
                    break
            elif body[i].sym is VA_OPT.sym:
                raise MacroError("__VA_OPT__ may not appear in a __VA_OPT__", self.base + i)
            i += 1
        if depth:
            raise MacroError("unterminated __VA_OPT__", self.base + at)
        content = body[at + 2:i]
        if content and (content[0].sym is _HASH_HASH or content[-1].sym is _HASH_HASH):
            raise MacroError("'##' cannot appear at either end of __VA_OPT__", self.base + at + 2)
        self._flush()
        inner = Macro(self.macro.name, self.macro.text)
        inner.ready = True
        inner.body_at = self.base + at + 2
        inner.variadic = True
        inner.function_like = True
        inner.parameters = self.macro.parameters
        inner.body = content
        inner.file = self.macro.file
        inner.directive = self.macro.directive
        _Compiler(inner, self.assembler, self.base + at + 2).compile(content)
        self.macro.va_opts.append(inner)
        self._add(OP_VA_OPT, len(self.macro.va_opts) - 1, body[at], [], at)
        return i + 1


def _paste_all(body: list[Token], lexer: Lexer) -> list[Token]:
    """The body of an object-like macro with every `##` carried out."""
    out: list[Token] = []
    i = 0
    count = len(body)
    while i < count:
        token = body[i]
        if token.sym is _HASH_HASH and i + 1 < count:
            joined = paste(out[-1], body[i + 1], lexer)
            if joined is None:
                out.append(with_space(body[i + 1], False))
            else:
                out[-1] = joined
            i += 2
            continue
        out.append(token)
        i += 1
    return out


_pasted: dict[tuple[str, str], Token] = {}
_REJECTED: Final = Token(intern("#").sym, "", False, False)


def paste(left: Token, right: Token, lexer: Lexer) -> Token | None:
    """`left ## right`, with the space of `left`; None if that is no token (C11 6.10.3.3p3)."""
    key = (left.spelling, right.spelling)
    token = _pasted.get(key)
    if token is None:
        text = left.spelling + right.spelling
        lexed = lexer.lex(text)
        token = lexed[0] if len(lexed) == 1 and lexed[0].spelling == text and lexed[0].kind != COMMENT and not text.startswith("//") \
            else _REJECTED
        _pasted[key] = token
    if token is _REJECTED:
        return None
    return flip(token) if left.space else token


def same_definition(a: Macro, b: Macro) -> bool:
    """Two ready definitions are the same (C11 6.10.3p2): parameters, tokens and white space agree."""
    if a.text == b.text and a.builtin == b.builtin:
        return True
    if a.builtin or b.builtin or a.function_like != b.function_like or a.variadic != b.variadic:
        return False
    return a.parameters == b.parameters and a.body == b.body


def definition_text(macro: Macro, lexer: Lexer) -> str:
    """The macro as -dM prints it, after `#define `."""
    if not macro.ready:
        try:
            prepare(macro, lexer, False, True)
        except MacroError:
            return macro.text
    head = escaped(symbol(macro.name).text)
    if macro.function_like:
        names = list(macro.parameters)
        if macro.variadic:
            names[-1] = "..." if names[-1] == "__VA_ARGS__" else names[-1] + "..."
        head += "(" + ",".join(names) + ")"
    body = [t for t in lexer.lex(macro.text)[macro.body_at:] if t.kind != COMMENT]
    return head + " " + spell(body).lstrip()
