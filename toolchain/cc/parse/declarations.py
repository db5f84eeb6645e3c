"""Declarations and function definitions (C11 6.7, 6.9): from declarators to symbols."""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.parse.ast import (
    S_AUTO,
    S_EXTERN,
    S_PARAM,
    S_REGISTER,
    S_STATIC,
    S_TYPEDEF,
    Asm,
    Compound,
    Decl,
    Expr,
    FunctionDef,
    Initializer,
    NameRef,
    Stmt,
    StringLit,
    Symbol,
)
from toolchain.cc.parse.attributes import Attr
from toolchain.cc.parse.core import END, FunctionState, SyntaxFailure
from toolchain.cc.parse.declaration_checks import DeclarationChecks
from toolchain.cc.parse.declarators import Declarator, Declarators
from toolchain.cc.parse.environment import PendingBody
from toolchain.cc.parse.keywords import K_ASM, K_EXTENSION, K_STATIC_ASSERT
from toolchain.cc.parse.merging import Merger
from toolchain.cc.parse.specifiers import Specifiers, Specs
from toolchain.cc.parse.spell import type_text
from toolchain.cc.preprocess.tokens import STRING, Sym, symbol
from toolchain.cc.types import (
    ARRAY,
    CONST,
    ENUM,
    ERROR,
    FUNCTION,
    POINTER,
    VOID,
    VOLATILE,
    ArrayType,
    EnumType,
    FunctionType,
    PointerType,
    RecordType,
    Type,
    is_record,
    qualified,
)
from toolchain.diagnostics import NO_LOC, Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core


class Declarations:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types
        self.environment = core.environment
        self.specifiers = Specifiers(core)
        self.declarators = Declarators(core)
        self.merger = Merger(core)
        self.checks = DeclarationChecks(core)
        self.in_parameters = 0
        self.array_quals = 0
        self.explained_undeclared = False
        self.file_asm: list[tuple[int, Asm]] = []
        self.array_parameters: set[Symbol] = set()
        """Parameters written as arrays (-Wsizeof-array-argument)."""
        self._parameter_locs: dict[Symbol, list[Loc]] = {}
        self.delay_bodies = False
        """Function bodies met now are remembered, not parsed."""

    def type_name(self) -> Type:
        """type-name."""
        return self.declarators.type_name()

    def static_scope(self) -> bool:
        """Objects declared here live at file scope, so that their bounds must be constant."""
        return self.environment.at_file_scope() and not self.in_parameters

    def demand_tag(self, record: RecordType) -> None:
        """Try to complete a file-scope record from declarations not parsed yet."""
        env = self.environment
        sym = symbol(record.tag)
        if env.supplier is not None and env.global_tags.get(sym) is record:
            env.supplier.supply_tag(sym)

    # ---- external declarations

    def external(self) -> None:
        """One external declaration at the cursor; errors are reported and skipped over."""
        core = self.core
        start = core.pos
        depth = self.environment.depth
        nesting = core.nesting
        try:
            self._external()
        except SyntaxFailure:
            core.nesting = nesting
            self._unwind(depth)
            self._recover(start)

    def _unwind(self, depth: int) -> None:
        env = self.environment
        while env.depth > depth:
            env.pop()
        self.core.unevaluated = 0
        self.core.evaluator.const_objects = 0
        self.core.inhibited = 0
        self.core.constant_context = 0
        self.in_parameters = 0

    def _recover(self, start: int) -> None:
        """Skip to behind the next `;` or `}` that ends an external declaration."""
        core = self.core
        tokens = core.tokens
        if core.pos == start and tokens[core.pos] is not END:
            core.pos += 1
        depth = 0
        while tokens[core.pos] is not END:
            text = tokens[core.pos].sym.text
            core.pos += 1
            if text == "{":
                depth += 1
            elif text == "}":
                depth -= 1
                if depth <= 0:
                    core.accept(";")
                    return
            elif text == ";" and depth <= 0:
                return

    def _external(self) -> None:
        core = self.core
        text = core.text()
        if text == ";":
            core.pedantic(core.loc(), "ISO C does not allow extra ';' outside of a function")
            core.pos += 1
            return
        code = core.keywords.get(text, 0)
        if code == K_ASM:
            self.file_asm.append((core.order, core.statements.asm_statement(True)))
            return
        if code == K_STATIC_ASSERT:
            self.static_assert()
            return
        while code == K_EXTENSION:
            core.pos += 1
            code = core.keywords.get(core.text(), 0)
        self.declaration(True)

    def static_assert(self) -> None:
        """static_assert-declaration."""
        core = self.core
        loc = core.loc()
        core.pos += 1
        core.expect("(")
        place = core.loc()
        value, e = core.expressions.constant_integer("expression in static assertion is not constant%")
        message: StringLit | None = None
        if core.accept(","):
            if core.tokens[core.pos].kind != STRING:
                raise core.syntax_error("string literal")
            message = core.expressions.string()
        core.expect(")")
        core.expect(";")
        if e.ty.kind != ERROR and value == 0:
            del place
            text = f': "{message.data[:-1].decode("utf-8", "replace")}"' if message is not None else ""
            core.error(loc, f"static assertion failed{text}")

    # ---- declarations in general

    def declaration(self, external: bool) -> list[Stmt]:
        """declaration, or (if `external` or for a nested function) a function definition.  Returns the
        statements it leaves in a block."""
        core = self.core
        out: list[Stmt] = []
        loc = core.loc()
        if not core.expressions.starts_type(0) and not core.attributes.at():
            self._untyped(external)
        specs = self.specifiers.read(False)
        if core.accept(";"):
            self._empty_declaration(specs, loc)
            measured = self.declarators.measure(specs.ty, loc)
            return [measured] if measured is not None else out
        first = True
        while True:
            d = self._declarator(specs)
            if d.qualified_arrays:
                self.declarators.parameter_arrays(d, False)
            if first and core.text() != ";" and self._is_definition(d):
                self.function_definition(specs, d)
                return out
            self._init_declarator(specs, d, out)
            first = False
            if not core.accept(","):
                break
        if core.text() != ";":
            names = "'=', ',', ';', 'asm' or '__attribute__'"
            if core.tokens[core.pos - 1].sym is d.sym:
                raise core.syntax_error(names)
            raise core.syntax_error("',' or ';'")
        core.pos += 1
        return out

    def _untyped(self, external: bool) -> None:
        """A declaration that does not begin with a type: an unknown type name, or old style."""
        core = self.core
        if not core.identifier() and not (external and core.text() == "*"):
            raise core.syntax_error("identifier or '('")
        ahead = core.peek(1)
        if external and core.text() == "*" or ahead in ("(", "=", ";", ",", "[") and external:
            if ahead != "(":
                core.pedwarn(core.loc(), "data definition has no type or storage class")
                self._implicit_int(f"type defaults to 'int' in declaration of '{core.text()}'")
            else:
                self._implicit_int("return type defaults to 'int'")
            return
        core.error(core.loc(), f"unknown type name '{core.text()}'")
        core.pos += 1

    def _declarator(self, specs: Specs) -> Declarator:
        core = self.core
        before = self.declarators.empty_lists
        d = self.declarators.declarator(specs.ty, False)
        d.empty_lists = self.declarators.empty_lists - before
        if core.keywords.get(core.text(), 0) == K_ASM:
            core.pos += 1
            core.expect("(")
            if core.tokens[core.pos].kind != STRING:
                raise core.syntax_error("string literal")
            d.asm_name = core.expressions.string().data[:-1].decode("utf-8", "surrogateescape")
            core.expect(")")
        core.attributes.read(d.attrs)
        return d

    def _is_definition(self, d: Declarator) -> bool:
        """The declarator is followed by a function body or old-style parameter declarations."""
        if d.ty.kind != FUNCTION or d.params is None:
            return False
        text = self.core.text()
        if text == "{":
            return True
        return d.names is not None and text not in (",", "=", ";") and self.core.expressions.starts_type(0)

    def _implicit_int(self, message: str) -> None:
        """C90 allows it."""
        core = self.core
        if core.c90:
            core.warn("implicit-int", core.loc(), message)
        else:
            core.pedwarn(core.loc(), message, "implicit-int")

    def _empty_declaration(self, specs: Specs, loc: Loc) -> None:
        core = self.core
        t = specs.ty.unq
        if specs.is_inline:
            core.error(loc, "'inline' in empty declaration")
        if specs.noreturn:
            core.error(loc, "'_Noreturn' in empty declaration")
        if specs.storage in (S_AUTO, S_REGISTER) and self.environment.at_file_scope():
            core.error(loc, f"'{'auto' if specs.storage == S_AUTO else 'register'}' in file-scope empty declaration")
            return
        if specs.tag_only:
            if specs.storage >= 0 and not specs.defines_tag or specs.storage == S_TYPEDEF:
                core.warn("", loc, "useless storage class specifier in empty declaration")
            if isinstance(t, RecordType) and not t.tag:
                core.warn("", loc, "unnamed struct/union that defines no instances")
            return
        if specs.has_type or specs.storage >= 0:
            core.warn("", loc, "useless type name in empty declaration" if specs.has_type else "empty declaration")

    def _final_type(self, specs: Specs, d: Declarator) -> Type:
        """The declared type after type attributes."""
        core = self.core
        ty = d.ty
        if d.attrs:
            ty = core.attributes.mode(d.attrs, ty)
            ty = self.specifiers.vector(d.attrs, ty)
        u = ty.unq
        if isinstance(u, FunctionType):
            ty = self.function_attributes(u, specs.attrs + d.attrs, specs.noreturn)
        return ty

    def function_attributes(self, u: FunctionType, attrs: list[Attr], noreturn: bool) -> FunctionType:
        """`u` with the attributes that belong to a function's type."""
        pure = 0
        twice = False
        regparm = 0
        convention = ""
        for a in attrs:
            name = a.name
            if name == "noreturn":
                noreturn = True
            elif name == "const":
                pure = 2
            elif name == "pure":
                pure = max(pure, 1)
            elif name == "returns_twice":
                twice = True
            elif name == "regparm":
                regparm = a.number(0, 0)
            elif name in ("ms_abi", "sysv_abi", "fastcall", "stdcall", "thiscall", "cdecl"):
                convention = name if name not in ("cdecl", "sysv_abi") else ""
        return self.types.function_with(u, noreturn, pure, twice, regparm, convention)

    def _pointed_attributes(self, ty: Type, attrs: list[Attr], noreturn: bool) -> Type:
        """noreturn and its like on a pointer to function belong to the function's type."""
        u = ty.unq
        if u.kind == POINTER and attrs:
            base = u.base  # type: ignore[attr-defined]
            f = base.unq
            if isinstance(f, FunctionType):
                changed = self.function_attributes(f, attrs, noreturn)
                if changed is not f:
                    return self.types.qualify(self.types.pointer(changed), ty.quals)
        return ty

    def _init_declarator(self, specs: Specs, d: Declarator, out: list[Stmt]) -> None:
        core = self.core
        sym = d.sym
        assert sym is not None
        if d.empty_lists:
            self.checks.strict_prototypes(d.empty_lists, specs.loc)
        ty = self._pointed_attributes(self._final_type(specs, d), specs.attrs + d.attrs, specs.noreturn)
        if specs.auto_type:
            self._auto_type(specs, d, out)
            return
        if specs.storage == S_TYPEDEF:
            if specs.alignas:
                self.checks.alignment(specs, "typedef", sym.text, ty, d.loc)
            if specs.is_inline or specs.noreturn:
                self.checks.only_functions(specs, "typedef", d)
            self._typedef(specs, d, sym, ty, out)
            return
        if ty.kind == FUNCTION:
            self.checks.result(specs, ty)
            self.declare_function(specs, d, sym, ty, False)
            if core.text() == "=":
                core.error(d.loc, f"function '{sym.text}' is initialized like a variable")
                raise core.syntax_error("';'")
            return
        if specs.is_inline or specs.noreturn:
            self.checks.only_functions(specs, "variable", d)
        if self.environment.at_file_scope():
            self._global_object(specs, d, sym, ty)
        else:
            self._local_object(specs, d, sym, ty, out)

    def _typedef(self, specs: Specs, d: Declarator, sym: Sym, ty: Type, out: list[Stmt]) -> None:
        core = self.core
        every = specs.attrs + d.attrs
        align = core.attributes.alignment(every) if every else 0
        u = ty.unq
        if core.attributes.has(every, "transparent_union") and isinstance(u, RecordType):
            u.transparent = True
        if ty.kind == ARRAY or ty.kind == ERROR:
            named = qualified(ty, 0, align) if align else ty
        else:
            named = qualified(ty, 0, align, sym.text)
        if isinstance(u, (RecordType, EnumType)) and not u.tag and not u.typedef_name and specs.defines_tag and d.ty is specs.ty:
            u.typedef_name = sym.text           # gcc calls an untagged type by its first typedef
        old = self.environment.find_here(sym)
        if old is not None:
            if old.storage != S_TYPEDEF:
                core.error(d.loc, f"'{sym.text}' redeclared as different kind of symbol")
                core.diagnostics.note(old.loc, f"previous declaration of '{sym.text}' with type {type_text(old.ty)}")
                return
            if not core.conversions.compatible(old.ty, named):
                core.error(d.loc, f"conflicting types for '{sym.text}'; have {type_text(ty)}")
                core.diagnostics.note(old.loc, f"previous declaration of '{sym.text}' with type {type_text(old.ty)}")
            if not isinstance(old.ty.unq, ArrayType) or old.ty.unq.count >= 0:
                return
        entity = Symbol(sym.text, S_TYPEDEF, named, d.loc)
        entity.explicit_signed = specs.explicit_signed
        core.attributes.apply_symbol(entity, every)
        self.environment.declare(sym, entity)
        if self.environment.at_file_scope():
            entity.order = core.order
        else:
            self._measure(entity, out)

    def _auto_type(self, specs: Specs, d: Declarator, out: list[Stmt]) -> None:
        """GNU `__auto_type x = e;`."""
        core = self.core
        sym = d.sym
        assert sym is not None
        if d.ty is not specs.ty:
            core.error(d.loc, "'__auto_type' used with a declarator that is no plain identifier")
        if core.text() != "=":
            core.error(d.loc, "'__auto_type' requires an initialized data declaration")
            return
        core.pos += 1
        loc = core.loc()
        value = core.conversions.value(core.expressions.assignment())
        ty = self.types.qualify(core.conversions.atomic_free(qualified(value.ty.unq, 0, 0, value.ty.typedef_name)), specs.quals)
        storage = S_STATIC if specs.storage == S_STATIC or self.environment.at_file_scope() else S_AUTO
        if storage == S_STATIC and specs.storage != S_STATIC:
            storage = S_EXTERN
        entity = self._new_local(sym, ty, storage, d.loc) if not self.environment.at_file_scope() else Symbol(sym.text, storage, ty, d.loc)
        core.attributes.apply_symbol(entity, specs.attrs + d.attrs)
        self.environment.declare(sym, entity)
        if self.environment.at_file_scope():
            entity.defined = True
            entity.order = core.order
            self.environment.symbols.append(entity)
        init = core.initializers.scalar(value, entity, loc)
        if storage == S_AUTO:
            entity.assigned = True
            self._measure(entity, out)
            out.append(Decl(entity, init, d.loc))
        else:
            entity.init = init

    # ---- file scope

    def _alignment(self, specs: Specs, d: Declarator, entity: Symbol) -> None:
        if specs.alignas:
            self.checks.alignment(specs, "'register' object" if specs.storage == S_REGISTER else "", entity.name, entity.ty, d.loc)
        if specs.align:
            entity.attrs.aligned = max(entity.attrs.aligned, specs.align)
        if entity.ty.user_align and not entity.attrs.aligned:
            entity.attrs.aligned = 0

    def _global_object(self, specs: Specs, d: Declarator, sym: Sym, ty: Type) -> None:
        core = self.core
        if specs.storage == S_AUTO:
            core.error(d.loc, f"file-scope declaration of '{sym.text}' specifies 'auto'")
        elif specs.storage == S_REGISTER and not d.asm_name:
            core.error(d.loc, f"register name not specified for '{sym.text}'")
        entity = self.merger.declare_object(specs, d, sym, ty)
        core.attributes.apply_symbol(entity, specs.attrs)
        core.attributes.apply_symbol(entity, d.attrs)
        self._alignment(specs, d, entity)
        if d.asm_name:
            entity.asm_name = d.asm_name
        if core.text() != "=":
            self._check_complete(entity, specs, d)
            return
        core.pos += 1
        if entity.init is not None:
            core.error(d.loc, f"redefinition of '{sym.text}'")
            core.diagnostics.note(entity.loc, f"previous definition of '{sym.text}' with type {type_text(entity.ty)}")
        if specs.storage == S_EXTERN:
            core.warn("", d.loc, f"'{sym.text}' initialized and declared 'extern'")
        entity.defined = True
        entity.tentative = False
        entity.loc = d.loc
        entity.order = core.order
        if entity.ty.kind != ARRAY and not core.records.complete(entity.ty) and entity.ty.kind != ERROR:
            core.error(d.loc, f"variable '{sym.text}' has initializer but incomplete type")
            entity.ty = self.types.error
        entity.init = core.initializers.initializer(entity, True)
        entity.ty = core.initializers.final_type

    def _check_complete(self, entity: Symbol, specs: Specs, d: Declarator) -> None:
        core = self.core
        if specs.storage == S_EXTERN or entity.ty.kind == ERROR:
            return
        if entity.ty.kind == VOID:
            core.error(d.loc, f"variable or field '{entity.name}' declared void")
            entity.ty = self.types.error
            return
        if entity.tentative or entity.storage == S_STATIC:
            if entity.storage == S_STATIC and entity.ty.kind == ARRAY and not core.records.complete(entity.ty):
                return
            if entity.ty.kind != ARRAY and is_record(entity.ty):
                core.records.complete(entity.ty)

    def declare_function(self, specs: Specs, d: Declarator, sym: Sym, ty: Type, definition: bool) -> Symbol:
        """Declare (or begin the definition of) a function."""
        core = self.core
        env = self.environment
        if specs.alignas:
            self.checks.alignment(specs, "function", sym.text, ty, d.loc)
        local = not env.at_file_scope()
        if local and not definition and specs.storage != S_AUTO:
            core.warn("nested-externs", d.loc, f"nested extern declaration of '{sym.text}'")
        if local and not definition and specs.storage == S_STATIC or specs.storage == S_REGISTER or specs.thread_local:
            core.error(d.loc, f"invalid storage class for function '{sym.text}'")
        if local and (definition or specs.storage == S_AUTO):
            entity = self._new_local(sym, ty, S_AUTO, d.loc)
            entity.is_function = True
            entity.is_inline = specs.is_inline
            old = env.find_here(sym)
            if old is not None and old.is_function and old.nested_in is not None:
                entity = old
            else:
                env.declare(sym, entity)
        else:
            entity = self.merger.declare_function(specs, d, sym, ty, definition, local)
        core.attributes.apply_symbol(entity, specs.attrs)
        core.attributes.apply_symbol(entity, d.attrs)
        if specs.noreturn:
            entity.attrs.noreturn = True
        if d.asm_name:
            entity.asm_name = d.asm_name
        self.merger.resolve_inline(entity, specs, definition)
        if d.params:
            self._parameter_locs[entity] = [p.loc for p in d.params]
        return entity

    def parameter_loc(self, entity: Symbol, i: int) -> Loc:
        """Where parameter `i` of a function was declared last."""
        locs = self._parameter_locs.get(entity)
        return locs[i] if locs is not None and i < len(locs) else entity.loc

    def _capture_bounds(self, ty: Type, definition: FunctionDef) -> None:
        """Bounds in a parameter's type were read before the nested function was known for one: what they use of the function around."""
        t = ty.unq
        while isinstance(t, (ArrayType, PointerType)):
            count = self.declarators.vla_counts.get(t.vla_index) if isinstance(t, ArrayType) and t.vla else None
            work: list[Expr] = [count] if count is not None else []
            while work:
                e = work.pop()
                if isinstance(e, NameRef):
                    s = e.symbol
                    if s.storage in (S_AUTO, S_PARAM, S_REGISTER) and s.nested_in is not None and s.nested_in is not definition:
                        s.captured = True
                work.extend(e.operands())
            t = t.base.unq

    # ---- block scope

    def _measure(self, entity: Symbol, out: list[Stmt]) -> None:
        """The bounds in a local's type, if it is variably modified, are evaluated here; nothing may jump behind this."""
        measured = self.declarators.measure(entity.ty, entity.loc)
        if measured is not None:
            out.append(measured)
            self.core.statements.jumps.enter(entity, self.environment.depth)

    def _new_local(self, sym: Sym, ty: Type, storage: int, loc: Loc) -> Symbol:
        core = self.core
        entity = Symbol(sym.text, storage, ty, loc)
        entity.depth = self.environment.depth
        if core.function is not None:
            entity.nested_in = core.function.definition
        if storage == S_STATIC:
            core.statics_count += 1
            entity.unique = core.statics_count
            entity.order = core.order
            entity.nested_in = None
            entity.depth = self.environment.depth
            if core.function is not None:
                core.function.definition.statics.append(entity)
        return entity

    def _local_object(self, specs: Specs, d: Declarator, sym: Sym, ty: Type, out: list[Stmt]) -> None:
        core = self.core
        env = self.environment
        old = env.find_here(sym)
        if specs.storage == S_EXTERN:
            if old is not None and old.storage in (S_AUTO, S_REGISTER, S_STATIC) and not old.is_function:
                core.error(d.loc, f"extern declaration of '{sym.text}' follows declaration with no linkage")
                core.diagnostics.note(old.loc, f"previous declaration of '{sym.text}' with type {type_text(old.ty)}")
            if self.declarators.variably_modified(ty):
                core.error(d.loc, "object with variably modified type must have no linkage")
            self._local_extern(specs, d, sym, ty)
            return
        if old is not None:
            self._redeclared(old, sym, ty, d)
        elif self.checks.shadows:
            self.checks.shadow(sym.text, env.find(sym), d.loc, ty)
        storage = S_STATIC if specs.storage == S_STATIC else S_REGISTER if specs.storage == S_REGISTER else S_AUTO
        if specs.thread_local and storage != S_STATIC:
            core.error(d.loc, f"function-scope '{sym.text}' implicitly auto and declared '_Thread_local'")
        entity = self._new_local(sym, ty, storage, d.loc)
        entity.thread_local = specs.thread_local
        entity.asm_name = d.asm_name
        if storage == S_REGISTER and d.asm_name and ty.quals & VOLATILE:
            core.warn("volatile-register-var", d.loc, "optimization may eliminate reads and/or writes to register variables")
        env.declare(sym, entity)
        if ty.kind == VOID:
            core.error(d.loc, f"variable or field '{sym.text}' declared void")
            entity.ty = self.types.error
        core.attributes.apply_symbol(entity, specs.attrs)
        core.attributes.apply_symbol(entity, d.attrs)
        self._alignment(specs, d, entity)
        if storage == S_STATIC and core.operators.is_vla(ty):
            core.error(d.loc, f"storage size of '{sym.text}' isn't constant")
        else:
            self._measure(entity, out)
        init: Initializer | None = None
        if core.accept("="):
            if core.operators.is_vla(ty):
                core.error(core.loc(), "variable-sized object may not be initialized")
            if entity.ty.kind != ARRAY and not core.records.complete(entity.ty) and entity.ty.kind != ERROR:
                core.error(d.loc, f"variable '{sym.text}' has initializer but incomplete type")
                entity.ty = self.types.error
            init = core.initializers.initializer(entity, storage == S_STATIC)
            entity.ty = core.initializers.final_type
            entity.assigned = True
        elif entity.ty.kind != ERROR and not core.records.complete(entity.ty) and not core.operators.is_vla(entity.ty):
            core.error(d.loc, f"array size missing in '{sym.text}'" if entity.ty.kind == ARRAY else f"storage size of '{sym.text}' isn't known")
            entity.ty = self.types.error
        if storage == S_STATIC:
            entity.init = init
            entity.defined = True
            if core.function is not None and core.function.shared_inline and not ty.quals & CONST:
                core.inline_statics.append((core.function.definition.symbol, entity, d.loc))
        else:
            out.append(Decl(entity, init, d.loc))

    def _local_extern(self, specs: Specs, d: Declarator, sym: Sym, ty: Type) -> None:
        """A block-scope `extern` means the file-scope entity."""
        core = self.core
        core.warn("nested-externs", d.loc, f"nested extern declaration of '{sym.text}'")
        env = self.environment
        depth, hide = env.depth, env.hide
        env.hide = depth
        try:
            env.find_global(sym)
            entity = self.merger.declare_object(specs, d, sym, ty)
            core.attributes.apply_symbol(entity, specs.attrs + d.attrs)
            if d.asm_name:
                entity.asm_name = d.asm_name
        finally:
            env.hide = hide
        env.bind_local(sym, entity)
        if core.text() == "=":
            core.error(d.loc, f"'{sym.text}' has both 'extern' and initializer")
            core.pos += 1
            core.initializers.initializer(entity, True)

    def _redeclared(self, old: Symbol, sym: Sym, ty: Type, d: Declarator) -> None:
        core = self.core
        if old.is_function or old.storage == S_TYPEDEF:
            core.error(d.loc, f"'{sym.text}' redeclared as different kind of symbol")
        elif old.storage == S_PARAM:
            core.error(d.loc, f"'{sym.text}' redeclared as different kind of symbol")
        elif not core.conversions.compatible(old.ty, ty):
            core.error(d.loc, f"conflicting types for '{sym.text}'; have {type_text(ty)}")
        else:
            core.error(d.loc, f"redeclaration of '{sym.text}' with no linkage")
        kind = "definition" if old.storage in (S_PARAM, S_AUTO) and old.storage == S_PARAM else "declaration"
        core.diagnostics.note(old.loc, f"previous {kind} of '{sym.text}' with type {type_text(old.ty)}")

    # ---- function definitions

    def function_definition(self, specs: Specs, d: Declarator) -> None:
        """The rest of a function definition; the cursor is behind the declarator."""
        core = self.core
        env = self.environment
        sym = d.sym
        assert sym is not None and d.params is not None
        ty = self._final_type(specs, d)
        u = ty.unq
        assert isinstance(u, FunctionType)
        if specs.storage == S_TYPEDEF:
            core.error(d.loc, "function definition declared 'typedef'")
        params = d.params
        syms = d.param_syms
        if d.names is not None:
            params, syms = self._old_style(d, d.names)
        if core.warnings and not core.in_system:
            self.checks.result(specs, u)
            self.checks.definition(specs, d, env.find_global(sym) if env.at_file_scope() else None, u)
        entity = self.declare_function(specs, d, sym, ty, True)
        result = u.base
        if result.kind != VOID and not core.records.complete(result):
            core.error(d.loc, "return type is an incomplete type")
        nested = not env.at_file_scope()
        if not nested:
            entity.order = core.order
        body = PendingBody(entity, params, core.tokens, core.pos, core.base, d.loc, core.order)
        body.names = syms
        body.ftype = u
        body.system = core.in_system
        if self.delay_bodies and not nested:
            core.skip_balanced()
            if entity not in env.pending:
                env.pending[entity] = body
            return
        self.parse_body(body)

    def _old_style(self, d: Declarator, names: list[Sym]) -> tuple[list[Symbol], list[Sym | None]]:
        """Parameter declarations of a K&R definition."""
        core = self.core
        given: dict[str, Symbol] = {}
        while core.text() != "{":
            specs = self.specifiers.read()
            while core.text() != ";":
                p = self._declarator(specs)
                if p.sym is None:
                    raise core.syntax_error("identifier")
                if not any(p.sym is n for n in names):
                    core.error(p.loc, f"declaration for parameter '{p.sym.text}' but no such parameter")
                symbol_ = Symbol(p.sym.text, S_PARAM, self.declarators.adjust(p.ty, 0), p.loc)
                core.attributes.apply_symbol(symbol_, specs.attrs + p.attrs)
                given[p.sym.text] = symbol_
                if not core.accept(","):
                    break
            core.expect(";")
        params: list[Symbol] = []
        syms: list[Sym | None] = []
        for name in names:
            known = given.get(name.text)
            if known is None:
                core.warn("missing-parameter-type" if core.c90 else "implicit-int", d.loc, f"type of '{name.text}' defaults to 'int'")
                known = Symbol(name.text, S_PARAM, self.types.int_, d.loc)
            params.append(known)
            syms.append(name)
        return params, syms

    def parse_pending(self, body: PendingBody) -> None:
        """Parse a remembered body, whatever else is under way."""
        core = self.core
        env = self.environment
        saved = (core.tokens, core.pos, core.base, core.function, env.hide, core.order, core.in_system, core.unevaluated,
                 self.in_parameters, core.constant_context)
        core.tokens, core.pos, core.base = body.tokens, body.pos, body.base
        core.function = None
        env.hide = env.depth
        core.order = body.order
        core.in_system = body.system
        core.unevaluated = 0
        core.constant_context = 0
        self.in_parameters = 0
        depth = env.depth
        nesting = core.nesting
        try:
            self.parse_body(body)
        except SyntaxFailure:
            core.nesting = nesting
            self._unwind(depth)
        (core.tokens, core.pos, core.base, core.function, env.hide, core.order, core.in_system, core.unevaluated,
         self.in_parameters, core.constant_context) = saved

    def parse_body(self, body: PendingBody) -> None:
        """Parse the compound statement of a function; the cursor is at its `{`."""
        core = self.core
        env = self.environment
        entity = body.symbol
        ftype = body.ftype
        assert ftype is not None
        outer = core.function
        definition = FunctionDef(entity, body.params, Compound([], core.loc()), body.loc, NO_LOC)
        definition.ftype = ftype
        definition.vla_counts = self.declarators.vla_counts
        definition.loc_first = core.loc()
        state = FunctionState(definition, ftype.base, outer)
        core.function = state
        if outer is not None:
            definition.outer = outer.definition
            outer.definition.nested.append(definition)
        self.explained_undeclared = False
        env.push()
        leading: list[Stmt] = []
        for i, (p, sym) in enumerate(zip(body.params, body.names), 1):
            p.nested_in = definition
            if sym is None:
                if not core.c23 and core.options.pedantic:
                    core.pedantic(p.loc, "ISO C does not support omitting parameter names in function definitions before C2X")
            else:
                env.declare(sym, p)
            if not core.records.complete(p.ty) and p.ty.kind not in (ERROR, ENUM):
                core.error(p.loc, f"parameter {i} ('{p.name}') has incomplete type" if p.name else f"parameter {i} has incomplete type")
            measured = self.declarators.measure(p.vla_type if p.vla_type is not None else p.ty, p.loc)
            if measured is not None:
                leading.append(measured)
                if outer is not None:
                    self._capture_bounds(measured.measured, definition)
        definition.body = core.statements.function_body(leading)
        definition.end_loc = definition.body.end_loc
        definition.loc_last = core.loc() - 1
        gone = env.pop()
        core.statements.finish_function(state, gone)
        entity.function = definition
        entity.defined = True
        core.function = outer
