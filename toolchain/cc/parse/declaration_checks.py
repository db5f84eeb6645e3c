"""Warnings about declarations and function definitions.  None of these methods changes a symbol."""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.parse.ast import S_BUILTIN, S_EXTERN, S_STATIC, S_TYPEDEF, Symbol
from toolchain.cc.parse.spell import type_text
from toolchain.cc.types import CONST, ERROR, FUNCTION, INT, POINTER, RESTRICT, VOID, VOLATILE, FunctionType, Type, base_of
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core
    from toolchain.cc.parse.declarators import Declarator
    from toolchain.cc.parse.specifiers import Specs


class DeclarationChecks:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.strict = "strict-prototypes" in core.warnings
        self.shadows = bool(core.warnings & {"shadow", "shadow-local", "shadow-compatible-local"})
        self.redundant = "redundant-decls" in core.warnings

    def definition(self, specs: Specs, d: Declarator, old: Symbol | None, ty: FunctionType) -> None:
        """-Wmissing-prototypes, -Wmissing-declarations, -Wold-style-definition, -Wmain; `old` is the symbol
        as declared before."""
        core = self.core
        assert d.sym is not None
        name = d.sym.text
        if old is not None and (not old.is_function or old.storage == S_BUILTIN):
            old = None
        if name == "main" and core.environment.at_file_scope():
            if not core.options.freestanding():
                self._main(d, ty)
        elif specs.storage != S_STATIC and not specs.is_inline and core.environment.at_file_scope() and (
                old is None or old.storage != S_STATIC):
            if old is None or not _has_prototype(old):
                if "missing-prototypes" in core.warnings:
                    core.warn("missing-prototypes", d.loc, f"no previous prototype for '{name}'")
                elif old is None:
                    core.warn("missing-declarations", d.loc, f"no previous declaration for '{name}'")
        if d.names is not None or (not ty.prototype and not ty.params and (old is None or not _has_prototype(old))):
            if d.names is not None:
                core.warn("old-style-definition", d.loc, "old-style function definition")
            elif name != "main" or "strict-prototypes" in core.warnings:
                core.warn("strict-prototypes", d.loc, "function declaration isn't a prototype")
                core.warn("old-style-definition", d.loc, "old-style function definition")

    def _main(self, d: Declarator, ty: FunctionType) -> None:
        core = self.core
        if ty.base.unq.kind != INT:
            core.warn("main", d.loc, "return type of 'main' is not 'int'")
        params = ty.params
        if len(params) == 1:
            core.warn("main", d.loc, "'main' takes only zero or two arguments")
        if params and params[0].unq.kind != INT:
            core.warn("main", d.params[0].loc if d.params else d.loc, "first argument of 'main' should be 'int'")
        if len(params) > 1 and not (params[1].kind == POINTER and base_of(params[1]).kind == POINTER):
            core.warn("main", d.params[1].loc if d.params else d.loc, "second argument of 'main' should be 'char **'")

    def strict_prototypes(self, count: int, loc: Loc) -> None:
        """-Wstrict-prototypes for the empty parameter lists of one declarator."""
        if self.strict:
            for _ in range(count):
                self.core.warn("strict-prototypes", loc, "function declaration isn't a prototype")

    def redeclared(self, old: Symbol, name: str, loc: Loc) -> None:
        """-Wredundant-decls."""
        if self.redundant and not old.tentative and old.storage in (S_EXTERN, S_STATIC) and old.loc:
            if self.core.warn("redundant-decls", loc, f"redundant redeclaration of '{name}'"):
                word = "definition" if old.defined and old.is_function else "declaration"
                self.core.diagnostics.note(old.loc, f"previous {word} of '{name}' with type {type_text(old.ty)}")

    def result(self, specs: Specs, ty: Type) -> None:
        """-Wignored-qualifiers of a function's result."""
        base = ty.unq.base if isinstance(ty.unq, FunctionType) else ty
        quals = base.quals | (specs.ty.quals if base.unq is specs.ty.unq else 0)
        if quals & (CONST | VOLATILE | RESTRICT) and not specs.ty.typedef_name:
            self.core.warn("ignored-qualifiers", specs.loc, "type qualifiers ignored on function return type")

    def alignment(self, specs: Specs, what: str, name: str, ty: Type, loc: Loc) -> None:
        """_Alignas on a declaration (C11 6.7.5p2-5) of `what`, if that may not have it, or of an object of the type."""
        core = self.core
        shown = f" '{name}'" if name else ""
        if what:
            core.error(loc, f"alignment specified for {what}{shown}" if name or what == "bit-field" else f"alignment specified for unnamed {what}")
        elif specs.align and ty.kind not in (VOID, ERROR) and core.records.complete(ty) and specs.align < core.records.field_align(ty):
            core.error(loc, f"'_Alignas' specifiers cannot reduce alignment of{shown or ' unnamed field'}")

    def only_functions(self, specs: Specs, what: str, d: Declarator) -> None:
        """`inline` or `_Noreturn` on `what`, which is no function (C11 6.7.4p2)."""
        shown = f"{what} '{d.sym.text}'" if d.sym is not None else f"unnamed {what}"
        if specs.is_inline:
            self.core.pedwarn(d.loc, f"{shown} declared 'inline'")
        if specs.noreturn:
            self.core.pedwarn(d.loc, f"{shown} declared '_Noreturn'")

    def larger(self, s: Symbol, limit: int) -> None:
        """-Wlarger-than=."""
        if 0 <= limit < s.ty.unq.size:
            self.core.warn("larger-than=", s.loc, f"size of '{s.name}' {s.ty.unq.size} bytes exceeds maximum object size {limit}")

    def shadow(self, name: str, old: Symbol | None, loc: Loc, ty: Type) -> None:
        """-Wshadow, -Wshadow=local, -Wshadow=compatible-local."""
        core = self.core
        is_function = ty.kind == FUNCTION
        if old is None or old.storage == S_BUILTIN or (old.is_function and not is_function) or old.storage == S_TYPEDEF and old.depth == 0:
            return
        if old.depth == 0:
            text = "a global declaration"
        else:
            text = "a parameter" if old.storage == 5 else "a previous local"
        option = "shadow"
        if old.depth and "shadow" not in core.warnings:
            option = "shadow-compatible-local" if core.conversions.same(ty, old.ty) else "shadow-local"
        if core.warn(option, loc, f"declaration of '{name}' shadows {text}"):
            core.diagnostics.note(old.loc, "shadowed declaration is here")


def _has_prototype(s: Symbol) -> bool:
    u = s.ty.unq
    return isinstance(u, FunctionType) and u.prototype
