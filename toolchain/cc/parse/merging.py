"""Redeclarations: one symbol per entity, into which every declaration is merged (C11 6.2.2, 6.2.7, 6.7.4)."""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.parse.ast import S_BUILTIN, S_EXTERN, S_REGISTER, S_STATIC, Symbol
from toolchain.cc.parse.spell import type_text
from toolchain.cc.preprocess.tokens import Sym
from toolchain.cc.types import ARRAY, ERROR, VOID, FunctionType, Type

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core
    from toolchain.cc.parse.declarators import Declarator
    from toolchain.cc.parse.specifiers import Specs


class Merger:
    """Declares file-scope objects and functions."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._external: set[str] = set()
        """Functions with a declaration that, under C99's rule, makes an inline definition external."""
        self._gnu_external: set[str] = set()
        """Functions defined `inline` without `extern` (or not inline) under the GNU rule."""

    def _register(self, sym: Sym, entity: Symbol) -> None:
        env = self.core.environment
        env.globals[sym] = entity
        entity.order = self.core.order
        entity.system = self.core.in_system
        entity.attrs.visibility = self.core.visibility
        env.symbols.append(entity)

    def _previous(self, old: Symbol, name: str) -> None:
        word = "definition" if old.defined and (old.is_function or old.init is not None) else "declaration"
        if old.loc:
            self.core.diagnostics.note(old.loc, f"previous {word} of '{name}' with type {type_text(old.ty)}")

    def declare_object(self, specs: Specs, d: Declarator, sym: Sym, ty: Type) -> Symbol:
        """Declare a file-scope object (also by a block-scope extern)."""
        core = self.core
        name = sym.text
        storage = S_STATIC if specs.storage == S_STATIC else S_REGISTER if specs.storage == S_REGISTER else S_EXTERN
        old = core.environment.globals.get(sym) or core.environment.find_global(sym)
        if old is not None and old.storage == S_BUILTIN:
            old = None
        if old is None:
            entity = Symbol(name, storage, ty, d.loc)
            entity.thread_local = specs.thread_local
            entity.tentative = specs.storage not in (S_EXTERN, S_REGISTER)
            entity.defined = entity.tentative
            self._register(sym, entity)
            return entity
        if old.is_function or old.storage not in (S_EXTERN, S_STATIC, S_REGISTER):
            core.error(d.loc, f"'{name}' redeclared as different kind of symbol")
            self._previous(old, name)
            return Symbol(name, storage, ty, d.loc)
        if not core.conversions.compatible(old.ty, ty):
            core.error(d.loc, f"conflicting types for '{name}'; have {type_text(ty)}" if not self._only_quals(old.ty, ty)
                       else f"conflicting type qualifiers for '{name}'")
            self._previous(old, name)
        else:
            old.ty = core.conversions.composite(old.ty, ty)
        if specs.storage == S_EXTERN:
            core.declarations.checks.redeclared(old, name, d.loc)
        self._linkage(old, specs, d, name, storage)
        if specs.thread_local != old.thread_local:
            core.error(d.loc, f"thread-local declaration of '{name}' follows non-thread-local declaration" if specs.thread_local
                       else f"non-thread-local declaration of '{name}' follows thread-local declaration")
            self._previous(old, name)
        if specs.storage != S_EXTERN and not old.defined:
            old.tentative = True
            old.defined = True
            old.order = core.order
            old.loc = d.loc
        return old

    def _only_quals(self, a: Type, b: Type) -> bool:
        return a.kind != ARRAY and self.core.conversions.same(a, b)

    def _linkage(self, old: Symbol, specs: Specs, d: Declarator, name: str, storage: int) -> None:
        core = self.core
        if storage == S_STATIC and old.storage == S_EXTERN:
            if old.is_function and self._redefinable(old):
                old.storage = S_STATIC          # the inline definition seen before gives no external code
                return
            core.error(d.loc, f"static declaration of '{name}' follows non-static declaration")
            self._previous(old, name)
        elif storage == S_EXTERN and old.storage == S_STATIC and specs.storage != S_EXTERN and not old.is_function:
            core.error(d.loc, f"non-static declaration of '{name}' follows static declaration")
            self._previous(old, name)

    def declare_function(self, specs: Specs, d: Declarator, sym: Sym, ty: Type, definition: bool, local: bool) -> Symbol:
        """Declare a function with linkage."""
        core = self.core
        env = core.environment
        name = sym.text
        storage = S_STATIC if specs.storage == S_STATIC else S_EXTERN
        old = env.globals.get(sym) or env.find_global(sym)
        if old is not None and old.storage == S_BUILTIN:
            old = None
        if old is None:
            known = core.builtins.library_type(name)
            if known is not None and not definition and not core.conversions.same(known, ty) and storage == S_EXTERN:
                core.warn("builtin-declaration-mismatch", d.loc, f"conflicting types for built-in function '{name}'; expected {type_text(known)}")
            entity = Symbol(name, storage, ty, d.loc)
            entity.is_function = True
            entity.not_builtin = core.builtins.differs(name, ty)
            core.builtins.library_attributes(entity)
            self._register(sym, entity)
            if local:
                env.bind_local(sym, entity)
            entity.defined = definition
            entity.is_inline = specs.is_inline
            return entity
        if not old.is_function:
            core.error(d.loc, f"'{name}' redeclared as different kind of symbol")
            self._previous(old, name)
            fresh = Symbol(name, storage, ty, d.loc)
            fresh.is_function = True
            return fresh
        if not specs.has_type and self._returns_void(old, ty):
            if core.warn("", d.loc, f"conflicting types for '{name}'; have {type_text(ty)}"):
                self._previous(old, name)
            ty = old.ty
        if not core.conversions.same(old.ty, ty):
            core.error(d.loc, f"conflicting types for '{name}'; have {type_text(ty)}")
            self._previous(old, name)
            old.ty = ty
            old.loc = d.loc
            old.defined = old.defined or definition
            return old
        else:
            old.ty = core.conversions.composite(old.ty, ty)
            if not definition and isinstance(ty.unq, FunctionType) and ty.unq.prototype:
                core.declarations.checks.redeclared(old, name, d.loc)
        self._linkage(old, specs, d, name, storage)
        if definition:
            if old.defined and not self._redefinable(old):
                core.error(d.loc, f"redefinition of '{name}'")
                self._previous(old, name)
            env.pending.pop(old, None)
            if old.storage == S_STATIC:
                old.is_extern_inline = False
            old.defined = True
            old.loc = d.loc
            old.system = core.in_system
        elif old.ty.kind != ERROR and not old.defined and not old.loc:
            old.loc = d.loc
        if specs.is_inline:
            old.is_inline = True
        if local:
            env.bind_local(sym, old)
        return old

    def _returns_void(self, old: Symbol, ty: Type) -> bool:
        """A definition without a type after a declaration as `void`: the same function but for the `int` that is implied."""
        a = old.ty.unq
        b = ty.unq
        if not isinstance(a, FunctionType) or not isinstance(b, FunctionType) or a.base.kind != VOID or old.defined:
            return False
        types = self.core.types
        return self.core.conversions.same(types.function(b.base, a.params, a.variadic, a.prototype), ty)

    def _redefinable(self, old: Symbol) -> bool:
        """A gnu_inline `extern inline` definition may be followed by the real one."""
        return old.is_extern_inline and (old.attrs.gnu_inline or self._gnu_rule())

    def _gnu_rule(self) -> bool:
        return self.core.c90 or self.core.options.flag("gnu89-inline", False)

    def resolve_inline(self, entity: Symbol, specs: Specs, definition: bool) -> None:
        """Whether the inline definition seen gives no external code, by the GNU or the C99 rule."""
        name = entity.name
        if entity.storage != S_EXTERN:
            return
        if entity.attrs.gnu_inline or self._gnu_rule():
            if definition:
                entity.is_extern_inline = specs.is_inline and specs.storage == S_EXTERN
            return
        if not specs.is_inline or specs.storage == S_EXTERN:
            self._external.add(name)
        if entity.is_inline and entity.defined:
            entity.is_extern_inline = name not in self._external
