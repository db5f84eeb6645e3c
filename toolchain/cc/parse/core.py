"""What the rooms of the parser share: the cursor, the scopes' environment, the types, the messages.

The parser is one machine made of several objects, each with one job and each holding the `Core`:
`Expressions`, `Operators` (typing of operators), `Conversions`, `Declarations`, `Records`,
`AttributeReader`, `Initializers`, `Statements`, `Builtins`.  `Core` links them.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.options import CompileOptions
from toolchain.cc.parse.ast import S_EXTERN, Expr, FunctionDef, IntConst, Label, Stmt, Switch, Symbol
from toolchain.cc.parse.fold import Folder
from toolchain.cc.parse.keywords import C23_WORDS, KEYWORDS
from toolchain.cc.parse.pragmas import PragmaJudge, PragmaStates
from toolchain.cc.parse.warning_options import WarningLevels, enabled_warnings
from toolchain.cc.preprocess.tokens import CHARACTER, IDENTIFIER, NUMBER, STRING, Token, intern
from toolchain.cc.target import FrontTarget
from toolchain.cc.types import CHAR, INT, LONG, USHORT, EnumType, Type, TypeTable
from toolchain.diagnostics import Diagnostics, Loc, Location

if TYPE_CHECKING:
    from toolchain.cc.parse.attributes import AttributeReader
    from toolchain.cc.parse.builtins import Builtins
    from toolchain.cc.parse.conversions import Conversions
    from toolchain.cc.parse.declarations import Declarations
    from toolchain.cc.parse.environment import Environment
    from toolchain.cc.parse.evaluate import Evaluator
    from toolchain.cc.parse.expressions import Expressions
    from toolchain.cc.parse.initializers import Initializers
    from toolchain.cc.parse.jumps import Barrier
    from toolchain.cc.parse.operators import Operators
    from toolchain.cc.parse.records import Records
    from toolchain.cc.parse.statements import Statements
    from toolchain.cc.preprocess.unit import PreprocessedUnit

END_TEXT: Final = "\0"
END: Final[Token] = intern(END_TEXT)
"""Stands after the last token of every list the cursor walks."""


MAX_NESTING: Final = 10000
"""Levels of brackets, statements, operands and declarators inside each other; see `lift_limits` for what that needs."""


class SyntaxFailure(Exception):
    """A syntax error has been reported; the nearest place that can go on catches this."""


class FunctionState:
    """The function whose body is being parsed."""

    def __init__(self, definition: FunctionDef, result: Type, outer: FunctionState | None) -> None:
        self.definition = definition
        self.result = result
        self.outer = outer
        self.labels: dict[str, Label] = {}
        self.switches: list[Switch] = []
        self.barrier: Barrier | None = None
        """What may not be jumped into and encloses the cursor; see `jumps`."""
        self.switch_barriers: list[Barrier | None] = []
        """Those of `switches`."""
        self.guarded: dict[Label, Barrier] = {}
        """Those of the labels met."""
        self.gotos: dict[Label, list[tuple[Loc, Barrier | None]]] = {}
        """Jumps to labels not met yet."""
        self.breakable = 0
        self.loops = 0
        self.undeclared: set[str] = set()
        self.pending_vla: list[Stmt] = []
        """Bounds to evaluate before the statement under way."""
        self.vla_count = 0
        self.name_symbols: dict[str, Symbol] = {}
        """__func__ and its brothers."""
        self.returns_value = False
        function = definition.symbol
        self.shared_inline = function.is_inline and function.storage == S_EXTERN and not function.attrs.gnu_inline
        """An inline function with external linkage: other units may have its body, without this one's static names."""


class AfterToken:
    """Resolver: the place just behind a token, where gcc reports a missing one."""

    def __init__(self, diagnostics: Diagnostics, loc: Loc, length: int) -> None:
        self.diagnostics = diagnostics
        self.loc = loc
        self.length = length

    def resolve(self, offset: int) -> Location:
        """See `toolchain.diagnostics.Resolver`."""
        where = self.diagnostics.locations.resolve(self.loc)
        where.column += self.length
        where.length = 1
        return where


class Core:
    """Cursor, scope state and links; see the module's docstring."""

    def __init__(self, pp: PreprocessedUnit, options: CompileOptions, target: FrontTarget, diagnostics: Diagnostics) -> None:
        self.pp = pp
        self.options = options
        self.target = target
        self.diagnostics = diagnostics
        self.tokens: list[Token] = []
        self.pos = 0
        self.base: Loc = 0
        """Location of `tokens[0]`."""
        layout = target.layout
        wchar_kind = layout.wchar_kind
        if options.flag("short-wchar", False):
            wchar_kind = USHORT
        self.types = TypeTable(layout, self._char_signed(), wchar_kind)
        self.folder = Folder(self.types)
        self.c23 = options.std in ("c2x", "gnu2x", "c23", "gnu23")
        self.c90 = options.std in ("c90", "gnu90", "iso9899:199409")
        self.keywords: dict[str, int] = self._keywords()
        self.function: FunctionState | None = None
        self.unevaluated = 0
        """Depth of sizeof, typeof, _Alignof operands: no use of a name there counts."""
        self.nesting = 0
        """Depth of the construct under way; see `enter`."""
        self.inhibited = 0
        """Depth of operands that a constant condition keeps from being evaluated: no warnings about values there."""
        self.constant_context = 0
        """Depth of contexts in which an expression must be constant now."""
        self.statics_count = 0
        self.pack = 0
        self.visibility = -1
        """Of `#pragma GCC visibility`: STV_ value for declarations without attribute; -1: none."""
        self.order = 0
        """Source order of the external declaration under way."""
        on = enabled_warnings(options, diagnostics)
        pack = options.flag_values.get("pack-struct", "")
        self.pragmas = PragmaStates(pp.pragmas, diagnostics, "unknown-pragmas" in on,
                                    int(pack) if pack.isdigit() else int(options.flag("pack-struct", False)))
        self.judge = PragmaJudge(self.pragmas, pp, on)
        if self.pragmas.judged:
            diagnostics.judge = self.judge
        self.warnings = on | self.pragmas.wanted if on else on
        """Options of warnings that are on somewhere."""
        self.levels = WarningLevels(options)
        self.in_system = False
        self.inline_statics: list[tuple[Symbol, Symbol, Loc]] = []
        """(inline function with external linkage, static object or function that it names or declares, where)."""
        self.enum_of: dict[Symbol, EnumType] = {}
        """The type to which an enumerator belongs (its own is int)."""
        self.environment: Environment
        self.conversions: Conversions
        self.operators: Operators
        self.evaluator: Evaluator
        self.expressions: Expressions
        self.declarations: Declarations
        self.records: Records
        self.attributes: AttributeReader
        self.initializers: Initializers
        self.statements: Statements
        self.builtins: Builtins

    def _keywords(self) -> dict[str, int]:
        """The reserved words of the language chosen; the plain spellings of GNU words are not reserved in strict modes."""
        gnu_words = self.options.flag("asm", self.options.std.startswith("gnu") or self.options.std == "")
        if self.c23:
            words = {**KEYWORDS, **C23_WORDS}
            if not gnu_words:
                del words["asm"]
            return words
        if gnu_words:
            return KEYWORDS
        words = {k: v for k, v in KEYWORDS.items() if k not in ("asm", "typeof")}
        if self.c90:
            del words["inline"]
        return words

    def _char_signed(self) -> bool:
        flags = self.options.flags
        if "signed-char" in flags:
            return flags["signed-char"]
        if "unsigned-char" in flags:
            return not flags["unsigned-char"]
        return self.target.layout.char_signed

    def judge_function(self, states: PragmaStates, base: Loc, count: int) -> None:
        """Judge warnings at the tokens of a function that waited, `count` from `base`, by the states of its own pragmas."""
        self.judge.add_function(states, base, count)
        if states.judged:
            self.diagnostics.judge = self.judge

    # ---- cursor

    def enter(self) -> None:
        """One level deeper: the parser, and all that walks the tree later, recurse.  Whoever calls this takes 1 from
        `nesting` at the end; after a syntax error it is reset where parsing goes on."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.diagnostics.fatal(self.loc(), f"nested more than {MAX_NESTING} levels deep")

    def loc(self) -> Loc:
        """Location of the current token."""
        return self.base + self.pos

    def text(self) -> str:
        """Canonical spelling of the current token."""
        return self.tokens[self.pos].sym.text

    def peek(self, distance: int) -> str:
        """Spelling of a token ahead; never looks behind the end marker."""
        tokens = self.tokens
        i = self.pos + distance
        return tokens[i].sym.text if i < len(tokens) else END_TEXT

    def accept(self, text: str) -> bool:
        """Step over the current token if it is `text`."""
        if self.tokens[self.pos].sym.text == text:
            self.pos += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Step over `text`; anything else is a syntax error."""
        if self.tokens[self.pos].sym.text == text:
            self.pos += 1
            return
        self.missing(f"'{text}'")

    def missing(self, what: str) -> None:
        """Report that `what` was expected behind the previous token, and unwind."""
        loc = self.loc()
        if self.pos > 0:
            previous = self.tokens[self.pos - 1]
            after = AfterToken(self.diagnostics, loc - 1, len(previous.spelling))
            loc = self.diagnostics.locations.add(1, after)
        self.diagnostics.error(loc, f"expected {what}{self.before()}")
        raise SyntaxFailure

    def syntax_error(self, expected: str) -> SyntaxFailure:
        """Report "expected ... before ..." at the current token; raise what this returns."""
        self.diagnostics.error(self.loc(), f"expected {expected}{self.before()}")
        return SyntaxFailure()

    def before(self) -> str:
        """gcc's phrase for the current token after "expected X"."""
        token = self.tokens[self.pos]
        if token is END:
            return " at end of input"
        if token.kind == IDENTIFIER:
            return f" before '{token.sym.text}'"
        if token.kind == STRING:
            return " before string constant"
        if token.kind == NUMBER:
            return " before numeric constant"
        if token.kind == CHARACTER:
            return f" before {token.spelling}"
        return f" before '{token.spelling}' token"

    def enumeration(self, e: Expr) -> EnumType | None:
        """The enumerated type that a value was written with: its own, or that of the enumerator that stands there."""
        u = e.ty.unq
        if isinstance(u, EnumType):
            return u
        offset = e.loc - self.base
        if isinstance(e, IntConst) and 0 <= offset < len(self.tokens):
            token = self.tokens[offset]
            if token.kind == IDENTIFIER:
                symbol = self.environment.find(token.sym)
                if symbol is not None and symbol.value == e.value:
                    return self.enum_of.get(symbol)
        return None

    def literal_zero(self, loc: Loc) -> bool:
        """The token there is a number that is zero."""
        offset = loc - self.pp.loc_base
        return 0 <= offset < len(self.pp.tokens) and self.pp.tokens[offset].sym.text in ("0", "0L", "0U", "0UL", "0x0", "'\\0'")

    def skip_balanced(self) -> None:
        """Step over a parenthesised, bracketed or braced group that begins at the cursor."""
        tokens = self.tokens
        depth = 0
        p = self.pos
        while True:
            token = tokens[p]
            text = token.sym.text
            if text == "(" or text == "[" or text == "{":
                depth += 1
            elif text == ")" or text == "]" or text == "}":
                depth -= 1
                if depth == 0:
                    self.pos = p + 1
                    return
            elif token is END:
                self.pos = p
                raise self.syntax_error("closing bracket")
            p += 1

    def identifier(self) -> bool:
        """The current token is an identifier and no reserved word."""
        token = self.tokens[self.pos]
        return token.kind == IDENTIFIER and token.sym.text not in self.keywords

    # ---- messages

    def error(self, loc: Loc, message: str) -> None:
        """A semantic error: reported, and parsing goes on."""
        self.diagnostics.error(loc, message)

    def warn(self, option: str, loc: Loc, message: str) -> bool:
        """A warning, if `-W<option>` is on and the place is not in a system header; whether it was given."""
        if option not in self.warnings and option.rstrip("=") not in self.warnings or self.is_system(loc):
            return False
        return self.diagnostics.warning(loc, message, option)

    def warn_unless_off(self, option: str, loc: Loc, message: str) -> bool:
        """A warning that is on unless -Wno-<option> was given, though `option` is in a group that is off by default."""
        if self.options.inhibit_warnings or not self.options.warnings.get(option, True) or self.is_system(loc):
            return False
        return self.diagnostics.warning(loc, message, option)

    def is_system(self, loc: Loc) -> bool:
        """Whether a location is in a system header."""
        offset = loc - self.pp.loc_base
        if 0 <= offset < len(self.pp.tokens):
            return self.pp.system_header(offset)
        return self.in_system

    def pedantic(self, loc: Loc, message: str, option: str = "pedantic") -> None:
        """A diagnostic of -pedantic."""
        if not self.options.pedantic or self.is_system(loc):
            return
        if self.options.pedantic_errors:
            self.diagnostics.error(loc, message, "-Wpedantic")
        else:
            self.diagnostics.warning(loc, message, option)

    def pedwarn(self, loc: Loc, message: str, option: str = "") -> bool:
        """What the language forbids and gcc lets pass with a warning: an error under -pedantic-errors.  Whether it was given."""
        if not self.options.pedantic_errors or self.options.warnings.get(option) is False or self.is_system(loc):
            return self.warn(option, loc, message)
        self.diagnostics.error(loc, message, f"-W{option}" if option else "")
        return True

    def error_expr(self, loc: Loc) -> Expr:
        """The expression that stands for an erroneous one."""
        return Expr(24, self.types.error, loc)

    def basic(self, kind: int) -> Type:
        """A basic type by kind."""
        return self.types.basic[kind]

    def mode_type(self, mode: str, signed: bool) -> Type | None:
        """Integer type of a machine mode name (`__attribute__((mode(DI)))`)."""
        sizes = {"QI": 1, "byte": 1, "HI": 2, "SI": 4, "DI": 8, "TI": 16,
                 "word": self.types.basic[LONG].size, "pointer": self.types.layout.pointer_size,
                 "unwind_word": self.types.basic[LONG].size}
        size = sizes.get(mode)
        if size is None:
            return None
        if size == self.types.basic[INT].size:
            return self.types.basic[INT if signed else INT + 1]
        if size == 1 and mode == "":
            return self.types.basic[CHAR]
        return self.types.integer_of_size(size, signed)
