"""Scopes: which symbol or tag a name stands for.

File-scope names live in `globals` and `global_tags`; names of inner scopes in `locals`, a stack of
shadowed bindings by undo lists.  When a header's range is parsed on demand in the middle of a
function, `hide` says up to which depth local names are invisible.  Whoever can supply declarations on
demand sets `supplier`; it is asked for a name before the name is called undeclared.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from toolchain.cc.parse.ast import S_BUILTIN, FunctionDef, Symbol
from toolchain.cc.preprocess.tokens import Sym, Token, symbol
from toolchain.cc.types import ENUM, STRUCT, UNION, FunctionType, Type
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core


class Supplier(Protocol):
    """Parses header ranges on demand."""

    def supply(self, sym: Sym) -> None:
        """Declare the ordinary name `sym` at file scope, from all ranges that declare it."""

    def supply_tag(self, sym: Sym) -> None:
        """Declare the tag `sym`, and complete it if any range does."""

    def knows_tag(self, sym: Sym) -> bool:
        """Some range declares the tag at file scope."""

    def waiting_mentions(self, names: set[str]) -> set[str]:
        """Those of `names` that stand in text which nobody has asked for."""


class LocalTag:
    """A tag of an inner scope."""

    def __init__(self, ty: Type, depth: int) -> None:
        self.ty = ty
        self.depth = depth


class PendingBody:
    """A function body that is parsed when somebody asks for it."""

    def __init__(self, sym: Symbol, params: list[Symbol], tokens: list[Token], pos: int, base: Loc, loc: Loc, order: int) -> None:
        self.symbol = sym
        self.params = params
        self.tokens = tokens
        self.pos = pos
        self.base = base
        self.loc = loc
        self.order = order
        self.system = False
        self.names: list[Sym | None] = []
        self.ftype: FunctionType | None = None


class Environment:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.globals: dict[Sym, Symbol] = {}
        self.global_tags: dict[Sym, Type] = {}
        self.locals: dict[Sym, Symbol] = {}
        self.local_tags: dict[Sym, LocalTag] = {}
        self.depth = 0
        self.hide = 0
        self._undo: list[list[tuple[Sym, Symbol | None]]] = []
        self._undo_tags: list[list[tuple[Sym, LocalTag | None]]] = []
        self.supplier: Supplier | None = None
        self.symbols: list[Symbol] = []
        """Every file-scope object and function, in order of first declaration parsed."""
        self.pending: dict[Symbol, PendingBody] = {}

    def clear(self) -> None:
        """Forget everything."""
        self.globals = {}
        self.global_tags = {}
        self.locals = {}
        self.local_tags = {}
        self.supplier = None
        self.symbols = []
        self.pending = {}

    # ---- interface for the rooms above

    def lookup(self, name: str, position: int = -1) -> Symbol | None:
        """The file-scope symbol of `name`, parsing its declarations if they wait; None if there is none.

        With a `position` (a location's offset in the unit), a symbol that is first declared later is not seen."""
        found = self.find_global(symbol(name))
        if found is not None and position >= 0 and found.order > position << 20:
            return None
        return found

    def tag(self, kind: int, name: str, position: int = -1) -> Type | None:
        """The file-scope struct, union or enum (`kind` of types) of that tag."""
        ty = self.find_global_tag(symbol(name))
        return ty if ty is not None and ty.kind == kind else None

    def body(self, sym: Symbol) -> FunctionDef | None:
        """The definition of a function, parsing its body if it waits; None if the unit does not define it."""
        if sym.function is None and sym in self.pending:
            self.core.declarations.parse_pending(self.pending.pop(sym))
        return sym.function

    # ---- scopes

    def at_file_scope(self) -> bool:
        """The parser is at file scope (perhaps in a demanded range)."""
        return self.depth == self.hide

    def push(self) -> None:
        """Enter a scope."""
        self.depth += 1
        self._undo.append([])
        self._undo_tags.append([])

    def pop(self) -> list[Symbol]:
        """Leave a scope; the symbols declared in it."""
        self.depth -= 1
        names = self.locals
        gone: list[Symbol] = []
        for sym, old in reversed(self._undo.pop()):
            gone.append(names[sym])
            if old is None:
                del names[sym]
            else:
                names[sym] = old
        tags = self.local_tags
        for sym, old_tag in reversed(self._undo_tags.pop()):
            if old_tag is None:
                del tags[sym]
            else:
                tags[sym] = old_tag
        gone.reverse()
        return gone

    # ---- ordinary names

    def find(self, sym: Sym) -> Symbol | None:
        """What an ordinary identifier stands for here."""
        found = self.locals.get(sym)
        if found is not None and found.depth > self.hide:
            return found
        return self.globals.get(sym) or self.find_global(sym)

    def find_global(self, sym: Sym) -> Symbol | None:
        """What an ordinary identifier stands for at file scope."""
        found = self.globals.get(sym)
        if found is None:
            supplier = self.supplier
            if supplier is not None:
                supplier.supply(sym)
                found = self.globals.get(sym)
            if found is None and sym.text.startswith("__"):
                return self.core.builtins.find(sym)
        return found

    def find_here(self, sym: Sym) -> Symbol | None:
        """The symbol declared in the innermost scope itself."""
        if self.depth == self.hide:
            found = self.globals.get(sym)
            return found if found is None or found.storage != S_BUILTIN else None
        found = self.locals.get(sym)
        return found if found is not None and found.depth == self.depth else None

    def declare(self, sym: Sym, entity: Symbol) -> None:
        """Bind a name in the innermost scope."""
        if self.depth == self.hide:
            self.globals[sym] = entity
            return
        entity.depth = self.depth
        self.bind_local(sym, entity)

    def bind_local(self, sym: Sym, entity: Symbol) -> None:
        """Bind a name in the innermost scope to an entity of that or (block-scope extern) of file scope."""
        self._undo[-1].append((sym, self.locals.get(sym)))
        self.locals[sym] = entity

    # ---- tags

    def find_global_tag(self, sym: Sym) -> Type | None:
        """What a tag stands for at file scope."""
        ty = self.global_tags.get(sym)
        if ty is None and self.supplier is not None:
            self.supplier.supply_tag(sym)
            ty = self.global_tags.get(sym)
        return ty

    def find_tag(self, sym: Sym) -> Type | None:
        """What a tag stands for here."""
        local = self.local_tags.get(sym)
        if local is not None and local.depth > self.hide:
            return local.ty
        return self.find_global_tag(sym)

    def find_tag_here(self, sym: Sym) -> Type | None:
        """The tag declared in the innermost scope itself."""
        if self.depth == self.hide:
            return self.global_tags.get(sym)
        local = self.local_tags.get(sym)
        return local.ty if local is not None and local.depth == self.depth else None

    def declare_tag(self, sym: Sym, ty: Type) -> None:
        """Bind a tag in the innermost scope."""
        if self.depth == self.hide:
            self.global_tags[sym] = ty
            return
        self._undo_tags[-1].append((sym, self.local_tags.get(sym)))
        self.local_tags[sym] = LocalTag(ty, self.depth)


TAG_WORDS: dict[int, str] = {STRUCT: "struct", UNION: "union", ENUM: "enum"}
