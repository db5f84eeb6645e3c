"""One parsed translation unit: `parse_unit` builds the parser and walks the file.

    unit = parse_unit(preprocessed, options, target, diagnostics)
    for symbol in unit.roots():                 # what the object file must contain
        definition = unit.environment.body(symbol)
"""
from __future__ import annotations

from toolchain.cc.options import CompileOptions
from toolchain.cc.parse.ast import S_EXTERN, S_STATIC, Asm, Symbol
from toolchain.cc.parse.attributes import AttributeReader
from toolchain.cc.parse.builtins import Builtins
from toolchain.cc.parse.conversions import Conversions
from toolchain.cc.parse.core import END, Core
from toolchain.cc.parse.declarations import Declarations
from toolchain.cc.parse.environment import Environment
from toolchain.cc.parse.evaluate import Evaluator
from toolchain.cc.parse.expressions import Expressions
from toolchain.cc.parse.groups import PROCESS_TABLE
from toolchain.cc.parse.initializers import Initializers
from toolchain.cc.parse.lazy import LazyUnit
from toolchain.cc.parse.operators import Operators
from toolchain.cc.parse.pragmas import PragmaStates
from toolchain.cc.parse.records import Records
from toolchain.cc.parse.statements import Statements
from toolchain.cc.parse.unit_checks import UnitChecks
from toolchain.cc.preprocess.unit import PreprocessedUnit
from toolchain.cc.target import FrontTarget
from toolchain.cc.types import FUNCTION, TypeTable
from toolchain.diagnostics import Diagnostics


class ParsedUnit:
    """What the parser knows of a translation unit.

    `environment` answers for names and parses bodies on demand; `symbols` are the file-scope objects
    and functions declared so far; `file_asm` the asm statements of the file scope with their order;
    `vla_counts` the expressions for variable array bounds, by `ArrayType.vla_index`."""

    def __init__(self, core: Core, pragmas: PragmaStates) -> None:
        self.core = core
        self.types: TypeTable = core.types
        self.environment: Environment = core.environment
        self.pragmas = pragmas
        self.vla_counts = core.declarations.declarators.vla_counts

    def dispose(self) -> None:
        """Take the unit apart: its parts refer to each other in circles, which only the garbage collector would free."""
        environment = self.environment
        for s in environment.symbols:
            if s.function is not None:
                s.function.dispose()
            s.init = None
        environment.clear()
        self.core.tokens = []

    @property
    def symbols(self) -> list[Symbol]:
        """File-scope objects and functions, in the order in which their first declarations were parsed."""
        return self.environment.symbols

    @property
    def file_asm(self) -> list[tuple[int, Asm]]:
        """(order, asm) in source order."""
        return sorted(self.core.declarations.file_asm, key=_first)

    @property
    def aliases(self) -> list[Symbol]:
        """Symbols defined as another name (`alias`, `weakref`, `ifunc`), in source order."""
        return sorted([s for s in self.symbols if s.attrs.alias or s.attrs.weakref or s.attrs.ifunc], key=_order)

    def roots(self) -> list[Symbol]:
        """Symbols that the object file must define whether or not anything refers to them: external
        definitions, and those with attribute used, constructor, destructor or an alias; in source order."""
        out: list[Symbol] = []
        for s in self.symbols:
            a = s.attrs
            if a.alias or a.ifunc or a.weakref:
                if not a.weakref:
                    out.append(s)
                continue
            if not s.defined:
                continue
            if a.used or a.retain or a.constructor >= 0 or a.destructor >= 0:
                out.append(s)
            elif s.storage == S_EXTERN and not s.is_extern_inline:
                out.append(s)
        return sorted(out, key=_order)


def _order(s: Symbol) -> int:
    return s.order


def _first(pair: tuple[int, Asm]) -> int:
    return pair[0]


def make_core(pp: PreprocessedUnit, options: CompileOptions, target: FrontTarget, diagnostics: Diagnostics) -> Core:
    """The parser's objects, linked; nothing is parsed yet."""
    core = Core(pp, options, target, diagnostics)
    core.environment = Environment(core)
    core.conversions = Conversions(core)
    core.evaluator = Evaluator(core)
    core.operators = Operators(core)
    core.records = Records(core)
    core.attributes = AttributeReader(core)
    core.expressions = Expressions(core)
    core.initializers = Initializers(core)
    core.declarations = Declarations(core)
    core.statements = Statements(core)
    core.builtins = Builtins(core)
    core.tokens = [*pp.tokens, END]
    core.base = pp.loc_base
    return core


def parse_unit(pp: PreprocessedUnit, options: CompileOptions, target: FrontTarget, diagnostics: Diagnostics) -> ParsedUnit:
    """Parse a unit: all of the main file, and of the headers what that needs (everything if not `options.lazy`)."""
    core = make_core(pp, options, target, diagnostics)
    pragmas = core.pragmas
    unit = ParsedUnit(core, pragmas)
    if options.lazy:
        supplier = LazyUnit(core, pragmas, PROCESS_TABLE)
        core.environment.supplier = supplier
        supplier.parse_roots()
    else:
        _parse_all(core, pragmas)
    _apply_pragmas(core, pragmas)
    UnitChecks(core).finish()
    return unit


def _parse_all(core: Core, pragmas: PragmaStates) -> None:
    """Every external declaration in order."""
    tokens = core.tokens
    declarations = core.declarations
    while tokens[core.pos] is not END:
        index = core.pos
        state = pragmas.at(index)
        core.pack = state.pack
        core.visibility = state.visibility
        core.judge.current = state
        core.order = index << 20
        core.in_system = core.pp.system_header(index)
        declarations.external()


def _apply_pragmas(core: Core, pragmas: PragmaStates) -> None:
    """weak and redefine_extname."""
    if not pragmas.weak and not pragmas.extnames:
        return
    for s in core.environment.symbols:
        if s.storage == S_STATIC:
            continue
        if s.name in pragmas.weak:
            s.attrs.weak = True
            if pragmas.weak[s.name]:
                s.attrs.alias = pragmas.weak[s.name]
        if s.name in pragmas.extnames and not s.asm_name:
            s.asm_name = pragmas.extnames[s.name]
    known = {s.name for s in core.environment.symbols}
    for name, target in pragmas.weak.items():
        if name in known or not target:
            continue
        other = core.environment.lookup(target)
        if other is None:
            continue
        alias = Symbol(name, S_EXTERN, other.ty, other.loc)
        alias.is_function = other.ty.kind == FUNCTION
        alias.attrs.weak = True
        alias.attrs.alias = target
        alias.order = other.order
        core.environment.symbols.append(alias)
