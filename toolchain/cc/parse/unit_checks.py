"""Checks at the end of a unit: unused static names, tentative arrays, functions used but not defined."""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.parse.ast import S_EXTERN, S_STATIC, Symbol
from toolchain.cc.types import ARRAY, CONST, ERROR, ArrayType

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core


class UnitChecks:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.waiting: set[str] = set()
        """Static names that stand in text which nobody has asked for."""

    def finish(self) -> None:
        """All checks, over the symbols in order of declaration."""
        targets = {s.attrs.alias for s in self.core.environment.symbols}
        limit = self.core.levels.limit("larger-than")
        self._parse_users()
        self._inline_statics()
        for s in self.core.environment.symbols:
            if s.name in targets:
                continue
            if limit >= 0 and s.defined and not s.is_function:
                self.core.declarations.checks.larger(s, limit)
            if s.is_function:
                self._function(s)
            elif s.tentative:
                self._tentative(s)
            elif s.storage == S_STATIC and s.depth == 0:
                self._object(s)

    def _inline_statics(self) -> None:
        """C11 6.7.4p3: a definition for other units too, and what only this one has."""
        for function, s, loc in self.core.inline_statics:
            if function.is_extern_inline:
                self.core.pedwarn(loc, f"'{s.name}' is static but {'declared' if s.depth else 'used'} in inline function '{function.name}' "
                                  "which is not static")

    def _parse_users(self) -> None:
        """Before a static name of the main file is called unused, the bodies of included files that wait are parsed (they
        declare others), and the text that nobody asked for is searched for it: to gcc a mention there is a use."""
        env = self.core.environment
        unused = self._unused_names()
        while unused and env.pending:
            for s in list(env.pending):
                env.body(s)
            unused = self._unused_names()
        if unused and env.supplier is not None:
            self.waiting = env.supplier.waiting_mentions(unused)

    def _unused_names(self) -> set[str]:
        """Static functions and objects that are to be warned of, by what is parsed so far."""
        return {s.name for s in self.core.environment.symbols if self._unused_function(s) or self._unused_object(s)}

    def _unused(self, s: Symbol) -> bool:
        """Nothing uses a static symbol of file scope, and nothing that waits could."""
        return (s.storage == S_STATIC and s.depth == 0 and not s.system and not s.used and not s.address_taken
                and not (s.attrs.unused or s.attrs.used) and s.name not in self.waiting and self._known_users(s))

    def _unused_function(self, s: Symbol) -> bool:
        """-Wunused-function for a definition."""
        if not (s.is_function and s.defined and not s.is_inline and "unused-function" in self.core.warnings and self._unused(s)):
            return False
        a = s.attrs
        return not (a.constructor >= 0 or a.destructor >= 0 or a.alias)

    def _unused_object(self, s: Symbol) -> bool:
        """-Wunused-variable for static objects."""
        return not s.is_function and "unused-variable" in self.core.warnings and self._unused(s)

    def _known_users(self, s: Symbol) -> bool:
        """All that could use `s` has been parsed: a header's function may have users in functions that wait."""
        pp = self.core.pp
        return self.core.environment.supplier is None or not pp.segments or pp.is_main(s.order >> 20)

    def _function(self, s: Symbol) -> None:
        core = self.core
        if s.is_inline and not s.defined and s.storage == S_EXTERN and not s.system and not s.attrs.gnu_inline:
            core.pedwarn(s.loc, f"inline function '{s.name}' declared but never defined")
        if s.storage != S_STATIC or s.system:
            return
        if not s.defined:
            if s.attrs.alias or s.attrs.weakref or s.attrs.ifunc:
                return
            if s.used:
                core.pedwarn(s.loc, f"'{s.name}' used but never defined")
            elif not s.attrs.unused:
                core.warn("unused-function", s.loc, f"'{s.name}' declared 'static' but never defined")
        elif self._unused_function(s):
            core.warn("unused-function", s.loc, f"'{s.name}' defined but not used")

    def _tentative(self, s: Symbol) -> None:
        """A tentative definition at the end of the unit: `int a[];` gets one element."""
        core = self.core
        u = s.ty.unq
        if isinstance(u, ArrayType) and u.count < 0 and not u.vla:
            core.warn("", s.loc, f"array '{s.name}' assumed to have one element")
            s.ty = core.types.array(u.base, 1)
        elif s.ty.kind not in (ERROR, ARRAY) and not core.records.complete(s.ty):
            core.error(s.loc, f"storage size of '{s.name}' isn't known")
            s.ty = core.types.error
        else:
            self._object(s)

    def _object(self, s: Symbol) -> None:
        """-Wunused-variable for static objects."""
        core = self.core
        if self._unused_object(s):
            constant = core.types.quals(s.ty) & CONST
            core.warn("unused-const-variable=" if constant else "unused-variable", s.loc, f"'{s.name}' defined but not used")
