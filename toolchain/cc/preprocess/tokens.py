"""Tokens, symbols and macros: the words that preprocessor and parser share.

Model.  A `Sym` stands for one spelling (of a canonical token) in the whole process.  A `Token` is a
spelling plus "was there white space before it"; there is exactly one object for each such pair, so
tokens are compared with `is`, a list of tokens is a list of shared pointers, and lists compare at
C speed.  Tokens carry no location: `PreprocessedUnit.loc_base + index` is the location of a token,
and is resolved by expanding its run again when somebody asks (see `locations`).

A token that may not be expanded again (C11 6.10.3.4p2) is the `painted` twin of the plain one: same
spelling, same `sym`, but its `macro_sym` is a symbol that never has a macro.

`Token.ch` is one character of class; `''.join([t.ch for t in tokens])` is the shape that the
parser's range splitter matches regular expressions against (string offset is token index):

    T typedef   S struct, union   E enum   X extern, register   s static   n inline
    A __attribute__, _Alignas   Y typeof   a asm   V _Static_assert   z sizeof and the like
    k other specifiers and qualifiers   q statement keywords   i identifier
    u attribute names that make a declaration count (used, alias, constructor, ...)
    0 number   " string   ' character   ; { } ( ) [ ] , = * : themselves   . the rest
"""
from __future__ import annotations

from typing import Final

from .extended_names import letters, may_begin

IDENTIFIER: Final = 0
NUMBER: Final = 1
STRING: Final = 2
CHARACTER: Final = 3
PUNCTUATOR: Final = 4
OTHER: Final = 5
"""A character that is no C token by itself (`@`, a lone quote with the rest of its line)."""
COMMENT: Final = 6
"""A comment kept by -C."""

_CLASSES: Final[tuple[tuple[str, str], ...]] = (
    ("T", "typedef"),
    ("S", "struct union"),
    ("E", "enum"),
    ("X", "extern"),
    ("s", "static"),
    ("n", "inline __inline __inline__"),
    ("A", "__attribute__ __attribute _Alignas"),
    ("Y", "typeof __typeof__ __typeof"),
    ("a", "asm __asm__ __asm"),
    ("V", "_Static_assert"),
    ("z", "sizeof _Alignof __alignof__ __alignof _Generic"),
    ("u", "used __used__ alias __alias__ constructor __constructor__ destructor __destructor__ retain __retain__ ifunc __ifunc__"),
    ("k", "int char short long unsigned signed __signed__ __signed void float double _Bool _Complex __complex__ __complex"
          " __int128 __int128_t __uint128_t __builtin_va_list __auto_type register const volatile restrict __restrict __restrict__"
          " __const __const__ __volatile __volatile__ __extension__ _Float16 _Float32 _Float64 _Float128 _Float32x _Float64x"
          " __float128 __float80 __bf16 _Noreturn _Thread_local __thread auto _Atomic _Imaginary __seg_fs __seg_gs"),
    ("q", "if else for while do return goto break continue switch case default"),
)
KEYWORD_CLASS: Final[dict[str, str]] = {word: ch for ch, words in _CLASSES for word in words.split()}
"""Class character of every reserved (or specially treated) word."""

_KIND_CLASS: Final = ("i", "0", '"', "'", ".", ".", ".")
_DIGRAPHS: Final[dict[str, str]] = {"<:": "[", ":>": "]", "<%": "{", "%>": "}", "%:": "#", "%:%:": "##"}


class Macro:
    """A macro definition; made once for each `#define` line and shared by all units that execute it.

    The replacement list is lexed at first use (`ready`).  A function-like body is compiled to
    parallel lists: `ops` (OP_* of `macros`), `op_args` (parameter index), `op_tokens`, `op_literals`.
    `builtin` is not 0 for the macros that the preprocessor computes (`__LINE__`, ...).
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        """Everything after `#define ` as written (comments blanked)."""
        self.ready = False
        self.function_like = False
        self.variadic = False
        self.parameters: list[str] = []
        self.body: list[Token] = []
        self.body_at = 1
        """Index of the body's first token among the tokens of `text`."""
        self.names: list[Sym] | None = None
        """Identifiers in `body`, each once; made when asked for."""
        self.disabled = False
        self.builtin = 0
        self.ops: list[int] = []
        self.op_args: list[int] = []
        self.op_tokens: list[Token] = []
        self.op_literals: list[list[Token]] = []
        self.op_starts: list[int] = []
        """Index in `body` of the first token of each operation."""
        self.va_opts: list[Macro] = []
        """Contents of the `__VA_OPT__`s, each compiled as a macro with the same parameters."""
        self.unbalanced = False
        """The text has unequal numbers of `{` and `}`."""
        self.structural = False
        """The text mentions `{`, `;` or `##`: it may change where a declaration ends."""
        self.self_named = False
        """`#define x x`."""
        self.file: object | None = None
        """The `FileRecord` of the definition; None for predefined and command-line macros."""
        self.directive = 0
        """Index of the `#define` in `file`."""
        self.from_command_line = False
        self.broken = False
        """The definition is malformed and has been reported."""
        self.system = False
        """Defined in a system header: its redefinitions are not reported."""


class Sym:
    """One spelling.  `macro` is what it stands for now, in the unit under way."""

    def __init__(self, text: str, kind: int) -> None:
        self.text = text
        self.kind = kind
        self.ch = _class_of(text, kind)
        self.macro: Macro | None = None
        self.version = 0
        """Version of the macro table at which `macro` last changed; 0: never in this unit."""
        self.history: list[tuple[int, Macro | None]] | None = None
        """Earlier (version, macro) pairs of this unit, oldest first, without the current one."""
        self.poisoned = False
        self.mark = 0
        """Number of the last walk that met it (see `replay.distinct_names`)."""
        self.is_keyword = kind == IDENTIFIER and self.ch not in "iu"

    def __repr__(self) -> str:
        return f"Sym({self.text!r})"


class Token:
    """A spelling with or without white space before it; interned, never changed."""

    def __init__(self, sym: Sym, spelling: str, space: bool, painted: bool) -> None:
        self.sym = sym
        """The symbol, for identity: the same for the painted token."""
        self.macro_sym = sym
        """The symbol whose `macro` says whether the token expands."""
        self.spelling = spelling
        """As written; differs from `sym.text` for digraphs and universal character names only."""
        self.kind = sym.kind
        self.ch = sym.ch
        self.space = space
        self.painted = painted
        self.flipped: Token | None = None
        """The twin with the other value of `space`."""
        self.paint: Token | None = None
        """The twin that may not be expanded."""

    def __repr__(self) -> str:
        return f"Token({' ' if self.space else ''}{self.spelling!r})"

    def make_flipped(self) -> Token:
        """A new twin with the other value of `space`."""
        twin = Token(self.sym, self.spelling, not self.space, self.painted)
        twin.macro_sym = self.macro_sym
        return twin

    def make_painted(self) -> Token:
        """A new twin that never expands."""
        twin = Token(self.sym, self.spelling, self.space, True)
        twin.macro_sym = NO_MACRO
        return twin


class TracedToken(Token):
    """A token that knows where it comes from; made only while locations are being worked out.

    From the source: `macro` is None and `index` counts the input tokens.  From a macro body: `index`
    is that in `macro.body`, `caller` the token that was expanded.
    """

    def __init__(self, plain: Token, macro: Macro | None, index: int, caller: Token | None) -> None:
        super().__init__(plain.sym, plain.spelling, plain.space, plain.painted)
        self.macro_sym = plain.macro_sym
        self.plain = plain
        self.macro = macro
        self.index = index
        self.caller = caller

    def make_flipped(self) -> Token:
        """See `Token`."""
        return TracedToken(flip(self.plain), self.macro, self.index, self.caller)

    def make_painted(self) -> Token:
        """See `Token`."""
        return TracedToken(paint(self.plain), self.macro, self.index, self.caller)


def plain_tokens(tokens: list[Token]) -> list[Token]:
    """The interned tokens of a list that may hold traced ones."""
    return [t.plain if isinstance(t, TracedToken) else t for t in tokens]


def _class_of(text: str, kind: int) -> str:
    if kind == IDENTIFIER:
        return KEYWORD_CLASS.get(text, "i")
    if kind == PUNCTUATOR:
        return text if text in ";{}()[],=*:" else "."
    return _KIND_CLASS[kind]


NO_MACRO: Final = Sym("", IDENTIFIER)
"""The symbol through which painted tokens look up their macro: it never has one."""


def kind_of(spelling: str) -> int:
    """The kind of token that a spelling is (C11 6.4)."""
    c = spelling[0]
    if c == "_" or c == "$" or (c.isalpha() if c.isascii() else may_begin(c)) or (c == "\\" and len(spelling) > 1):
        last = spelling[-1]
        if last == '"' and len(spelling) > 2:
            return STRING
        if last == "'" and len(spelling) > 2:
            return CHARACTER
        return IDENTIFIER
    if c == '"':
        return STRING if len(spelling) > 1 and spelling[-1] == '"' else OTHER
    if c == "'":
        return CHARACTER if len(spelling) > 1 and spelling[-1] == "'" else OTHER
    if c.isdigit() or (c == "." and len(spelling) > 1 and spelling[1].isdigit()):
        return NUMBER
    if c == "/" and len(spelling) > 1 and spelling[1] in "/*":
        return COMMENT
    if c in "@`\\" or c > "~" or c < " ":
        return OTHER
    return PUNCTUATOR


_tokens: dict[str, Token] = {}


def intern(spelling: str) -> Token:
    """The token of that spelling, without white space before it."""
    token = _tokens.get(spelling)
    if token is None:
        canonical = _DIGRAPHS.get(spelling)
        if canonical is not None:
            sym = intern(canonical).sym
        else:
            kind = kind_of(spelling)
            name = letters(spelling) if kind == IDENTIFIER and "\\" in spelling else spelling
            sym = Sym(spelling, kind) if name == spelling else intern(name).sym
        token = Token(sym, spelling, False, False)
        _tokens[spelling] = token
    return token


def symbol(spelling: str) -> Sym:
    """The symbol of a spelling."""
    return intern(spelling).sym


def flip(token: Token) -> Token:
    """The twin of `token` with the other value of `space`."""
    twin = token.flipped
    if twin is None:
        twin = token.make_flipped()
        twin.flipped = token
        token.flipped = twin
    return twin


def with_space(token: Token, space: bool) -> Token:
    """`token`, or its twin, such that `.space` equals `space`."""
    if token.space == space:
        return token
    return flip(token)


def paint(token: Token) -> Token:
    """The twin of `token` that is never expanded again."""
    twin = token.paint
    if twin is None:
        twin = token.make_painted()
        twin.paint = twin
        token.paint = twin
        flip(token).paint = flip(twin)
        flip(twin).paint = flip(twin)
    return twin


def spell(tokens: list[Token]) -> str:
    """The text of a token list, with single blanks where there was white space."""
    return "".join([" " + t.spelling if t.space else t.spelling for t in tokens])
