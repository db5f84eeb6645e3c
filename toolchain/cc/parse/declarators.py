"""Declarators, parameter lists and type names (C11 6.7.6, 6.7.7)."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import S_PARAM, S_REGISTER, Expr, Symbol, VlaDecl
from toolchain.cc.parse.attributes import Attr
from toolchain.cc.parse.core import END, SyntaxFailure
from toolchain.cc.parse.keywords import (
    K_ATOMIC,
    K_ATTRIBUTE,
    K_CONST,
    K_EXTENSION,
    K_RESTRICT,
    K_SEG_FS,
    K_SEG_GS,
    K_STATIC,
    K_VOLATILE,
)
from toolchain.cc.parse.spell import type_text
from toolchain.cc.preprocess.tokens import IDENTIFIER, Sym, Token
from toolchain.cc.types import (
    ARRAY,
    ATOMIC,
    CONST,
    ERROR,
    FUNCTION,
    RESTRICT,
    SEG_FS,
    SEG_GS,
    VOID,
    VOLATILE,
    ArrayType,
    FunctionType,
    PointerType,
    RecordType,
    Type,
    base_of,
    is_integer,
    qualified,
)
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core
    from toolchain.cc.parse.specifiers import Specs

MAX_PARENTHESES: Final = 10000
"""Of one declarator."""
_QUALIFIERS: Final[dict[int, int]] = {K_CONST: CONST, K_VOLATILE: VOLATILE, K_RESTRICT: RESTRICT, K_ATOMIC: ATOMIC, K_SEG_GS: SEG_GS,
                                      K_SEG_FS: SEG_FS}


class Declarator:
    """A declarator as read.  `params` and `names` (K&R) belong to the function declarator next to the
    name, as a function definition needs them."""

    def __init__(self, loc: Loc) -> None:
        self.sym: Sym | None = None
        self.loc = loc
        self.ty: Type
        self.params: list[Symbol] | None = None
        self.param_syms: list[Sym | None] = []
        self.names: list[Sym] | None = None
        self.attrs: list[Attr] = []
        self.asm_name = ""
        self.empty_lists = 0
        self.depth = 0
        self.qualified_arrays: list[Type] = []
        """Those with `static` or a qualifier between the brackets."""


class Declarators:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types
        self.environment = core.environment
        self.vla_counts: dict[int, Expr] = {}
        self._groups: dict[int, int] = {}       # see _behind
        self._groups_of: list[Token] = []
        self.empty_lists = 0
        """How many `()` the declarators read so far had (-Wstrict-prototypes)."""

    def type_name(self) -> Type:
        """type-name."""
        specs = self.core.declarations.specifiers.read_type()
        if self.core.text() == ")":
            return self.aligned(specs.ty, specs.attrs) if specs.attrs else specs.ty
        d = self.declarator(specs.ty, True)
        self.parameter_arrays(d, False)
        return d.ty

    def aligned(self, ty: Type, attrs: list[Attr]) -> Type:
        """`ty` re-aligned by attributes of a type name."""
        align = self.core.attributes.alignment(attrs)
        return qualified(ty, 0, align) if align else ty

    def declarator(self, base: Type, abstract: bool) -> Declarator:
        """A declarator (or abstract-declarator, or either for parameters if `abstract`)."""
        d = Declarator(self.core.loc())
        d.ty = base
        self._declarator(d, base, abstract)
        return d

    def _declarator(self, d: Declarator, ty: Type, abstract: bool) -> None:
        core = self.core
        before = len(d.attrs)
        core.attributes.read(d.attrs)
        if d.depth and len(d.attrs) > before:
            ty = self._aligned_so_far(d, before, ty)
        while core.accept("*"):
            ty = self.types.pointer(ty)
            before = len(d.attrs)
            quals = self._qualifiers(d)
            if quals:
                if quals & RESTRICT and base_of(ty).kind == FUNCTION:
                    core.error(core.loc() - 1, "invalid use of 'restrict'")
                    quals &= ~RESTRICT
                ty = self.types.qualify(ty, quals)
            if len(d.attrs) > before:
                ty = self._aligned_so_far(d, before, ty)
        token = core.tokens[core.pos]
        if token.kind == IDENTIFIER and token.sym.text not in core.keywords:
            d.sym = token.sym
            d.loc = core.loc()
            core.pos += 1
            d.ty = self._suffixes(d, ty, True)
            return
        if token.sym.text == "(" and self._is_nested(abstract):
            start = core.pos
            core.pos = self._behind(start)
            inner_params = d.params
            ty = self._suffixes(d, ty, d.params is None)
            outer = (d.params, d.names, d.param_syms)
            d.params, d.names = inner_params, None
            end = core.pos
            core.pos = start + 1
            d.depth += 1
            if d.depth > MAX_PARENTHESES:
                core.diagnostics.fatal(core.loc(), f"declarator nested more than {MAX_PARENTHESES} levels deep")
            self._declarator(d, ty, abstract)
            core.expect(")")
            if d.params is None and d.names is None and d.ty is ty:
                d.params, d.names, d.param_syms = outer
            core.pos = end
            return
        if not abstract:
            raise core.syntax_error("identifier or '('")
        d.ty = self._suffixes(d, ty, True)

    def _aligned_so_far(self, d: Declarator, first: int, ty: Type) -> Type:
        """`aligned` behind `*` or `(`, among the attributes from `first` on, is the alignment of the type so far, be it a lower one;
        `packed` there is the type's as well and says nothing about a member."""
        behind = d.attrs[first:]
        d.attrs[first:] = [a for a in behind if a.name not in ("aligned", "packed")]
        return self.aligned(ty, behind)

    def _behind(self, start: int) -> int:
        """Position behind the group that the parenthesis at `start` opens.  Groups inside are remembered: `(*(*(*x)))` is walked once."""
        tokens = self.core.tokens
        if self._groups_of is not tokens:
            self._groups_of = tokens
            self._groups = {}
        known = self._groups.get(start, 0)
        if known:
            return known
        opened: list[int] = []
        p = start
        while True:
            text = tokens[p].sym.text
            if text in ("(", "[", "{"):
                opened.append(p)
            elif text in (")", "]", "}"):
                self._groups[opened.pop()] = p + 1
                if not opened:
                    return p + 1
            elif tokens[p] is END:
                self.core.pos = p
                raise self.core.syntax_error("closing bracket")
            p += 1

    def _is_nested(self, abstract: bool) -> bool:
        """A `(` here opens a nested declarator, not a parameter list."""
        core = self.core
        if not abstract:
            return True
        token = core.tokens[core.pos + 1]
        text = token.sym.text
        if text in ("*", "(", "[") or core.keywords.get(text, 0) == K_ATTRIBUTE:
            if core.keywords.get(text, 0) == K_ATTRIBUTE:
                return not abstract or not self._type_after_attributes()
            return text != "[" or core.peek(2) != "["
        return token.kind == IDENTIFIER and text not in core.keywords and not core.expressions.starts_type(1)

    def _type_after_attributes(self) -> bool:
        """Behind the `(` at the cursor and attributes a type begins: a parameter list, `int (__attribute__((unused)) int x)`."""
        core = self.core
        start = core.pos
        core.pos += 1
        core.attributes.read([])
        found = core.expressions.starts_type(0)
        core.pos = start
        return found

    def _qualifiers(self, d: Declarator) -> int:
        core = self.core
        quals = 0
        while True:
            code = core.keywords.get(core.tokens[core.pos].sym.text, 0)
            if code in _QUALIFIERS:
                quals |= _QUALIFIERS[code]
                core.pos += 1
            elif code == K_ATTRIBUTE:
                core.attributes.read(d.attrs)
            elif code == K_EXTENSION:
                core.pos += 1
            else:
                return quals

    def _suffixes(self, d: Declarator, ty: Type, direct: bool) -> Type:
        """Array and function suffixes; `direct` if they stand next to the name."""
        core = self.core
        text = core.tokens[core.pos].sym.text
        if text == "[":
            if core.peek(1) == "[":
                core.attributes.read(d.attrs)
                return self._suffixes(d, ty, direct)
            return self._array(d, ty)
        if text == "(":
            core.pos += 1
            return self._function(d, ty, direct)
        return ty

    def _array(self, d: Declarator, ty: Type) -> Type:
        core = self.core
        loc = core.loc()
        core.pos += 1
        quals = 0
        is_static = False
        while True:
            code = core.keywords.get(core.text(), 0)
            if code == K_STATIC:
                is_static = True
                core.pos += 1
            elif code in _QUALIFIERS:
                quals |= _QUALIFIERS[code]
                core.pos += 1
            else:
                break
        count: Expr | None = None
        star = False
        if core.text() == "*" and core.peek(1) == "]":
            core.pos += 1
            star = True
        elif core.text() != "]" or is_static:
            count = core.conversions.value(core.expressions.assignment())
        core.expect("]")
        element = self._suffixes(d, ty, False)
        made = self._make_array(d, element, count, star, loc)
        if is_static or quals:
            d.qualified_arrays.append(made)
        if quals and core.declarations.in_parameters:
            core.declarations.array_quals = quals
        return made

    def _make_array(self, d: Declarator, element: Type, count: Expr | None, star: bool, loc: Loc) -> Type:
        core = self.core
        shown = f"'{d.sym.text}'" if d.sym is not None else ""
        if element.kind == FUNCTION:
            core.error(d.loc, f"declaration of {shown or 'type name'} as array of functions")
            return self.types.error
        if element.kind == VOID:
            core.error(d.loc, f"declaration of {shown or 'type name'} as array of voids")
            return self.types.error
        if element.kind == ERROR:
            return element
        if not core.records.complete(element) and not core.operators.is_vla(element) and element.kind != ARRAY:
            core.error(d.loc, f"array type has incomplete element type {type_text(element)}")
            return self.types.error
        if element.kind == ARRAY and isinstance(element.unq, ArrayType) and element.unq.count < 0 and not element.unq.vla:
            core.error(d.loc, f"array type has incomplete element type {type_text(element)}")
            if shown:
                core.diagnostics.note(d.loc, f"declaration of {shown} as multidimensional array must have bounds for all dimensions "
                                      "except the first")
            return self.types.error
        if core.options.pedantic and isinstance(element.unq, RecordType) and element.unq.flexible:
            core.pedantic(d.loc, "invalid use of structure with flexible array member")
        if count is None:
            if star:
                if not core.declarations.in_parameters:
                    core.error(loc, "'[*]' not allowed in other than function prototype scope")
                    return self.types.error
                return self.types.vla(element, self._new_vla(core.expressions.int_zero(loc)))
            return self.types.array(element, -1)
        if count.ty.kind == ERROR:
            return self.types.array(element, 1)
        if not is_integer(count.ty):
            core.error(d.loc if shown else loc, f"size of array {shown} has non-integer type" if shown else "size of unnamed array has non-integer type")
            return self.types.array(element, 1)
        value = core.evaluator.integer(count)
        if value is None:
            if core.declarations.static_scope():
                core.error(d.loc, f"variably modified {shown} at file scope" if shown else "variably modified type at file scope")
                return self.types.array(element, 1)
            core.warn("vla", loc, f"ISO C90 forbids variable length array {shown}" if core.c90 else
                      f"ISO C90 forbids variable length array {shown}".rstrip())
            return self.types.vla(element, self._new_vla(core.conversions.convert(count, self.types.size_t)))
        if value == 0:
            core.pedantic(d.loc if shown else loc, f"ISO C forbids zero-size array {shown}".rstrip())
        if value < 0:
            core.error(loc if not shown else d.loc, f"size of array {shown} is negative" if shown else "size of unnamed array is negative")
            value = 1
        core.records.size(element)
        return self.types.array(element, value)

    def _new_vla(self, count: Expr) -> int:
        index = len(self.vla_counts)
        self.vla_counts[index] = count
        return index

    # ---- functions

    def _function(self, d: Declarator, result: Type, direct: bool) -> Type:
        """Parameter list behind its `(`, and the suffixes that follow."""
        core = self.core
        params: list[Symbol] = []
        syms: list[Sym | None] = []
        names: list[Sym] | None = None
        variadic = False
        prototype = True
        if core.text() == ")":
            core.pos += 1
            prototype = core.c23
            self.empty_lists += 1
        elif self._is_identifier_list():
            names = []
            prototype = False
            while core.text() != ")":
                names.append(core.tokens[core.pos].sym)
                core.pos += 1
                if not core.accept(","):
                    break
            core.expect(")")
        else:
            variadic = self._parameters(params, syms)
        if direct:
            d.params = params
            d.param_syms = syms
            d.names = names
        result = self._suffixes(d, result, False)
        loc = d.loc
        shown = f"'{d.sym.text}'" if d.sym is not None else "type name"
        if result.kind == ARRAY:
            core.error(loc, f"{shown} declared as function returning an array")
            result = self.types.int_
        elif result.kind == FUNCTION:
            core.error(loc, f"{shown} declared as function returning a function")
            result = self.types.int_
        plain = qualified(result.unq, 0, 0, result.typedef_name) if result.quals and result.kind != VOID else result
        return self.types.function(plain, [p.ty.unq if p.ty.quals & 15 else p.ty for p in params], variadic, prototype)

    def _is_identifier_list(self) -> bool:
        core = self.core
        token = core.tokens[core.pos]
        if token.kind != IDENTIFIER or token.sym.text in core.keywords or core.expressions.starts_type(0):
            return False
        return core.peek(1) in (",", ")")

    def _parameters(self, params: list[Symbol], syms: list[Sym | None]) -> bool:
        """Parameters up to `)`; whether the list ends in an ellipsis."""
        core = self.core
        declarations = core.declarations
        env = self.environment
        outer = declarations.in_parameters
        declarations.in_parameters += 1
        env.push()
        try:
            while True:
                if core.accept("..."):
                    if len(params) == 1 and self._only_void(params, syms):
                        core.error(params[0].loc, "'void' must be the only parameter")
                    if not params and not core.c23:
                        core.error(core.loc() - 1, "ISO C requires a named argument before '...'")
                    core.expect(")")
                    return True
                self._parameter(params, syms)
                if core.accept(","):
                    if core.text() == ")":
                        raise core.syntax_error("declaration specifiers or '...'")
                    continue
                if core.text() != ")":
                    raise core.syntax_error("';', ',' or ')'")
                core.pos += 1
                break
        finally:
            env.pop()
            declarations.in_parameters = outer
        if params and self._only_void(params, syms):
            if len(params) > 1:
                core.error(params[0].loc, "'void' must be the only parameter")
            params.clear()
            syms.clear()
        return False

    def _only_void(self, params: list[Symbol], syms: list[Sym | None]) -> bool:
        """The first parameter is `void` without a name."""
        return syms[0] is None and params[0].ty.kind == VOID

    def _parameter(self, params: list[Symbol], syms: list[Sym | None]) -> None:
        core = self.core
        declarations = core.declarations
        if not core.expressions.starts_type(0) and not core.attributes.at():
            if core.identifier():
                core.error(core.loc(), f"unknown type name '{core.text()}'")
                raise SyntaxFailure
            else:
                raise core.syntax_error("declaration specifiers or '...'")
        else:
            specs = declarations.specifiers.read()
        declarations.array_quals = 0
        d = self.declarator(specs.ty, True)
        core.attributes.read(d.attrs)
        every = specs.attrs + d.attrs
        ty = d.ty
        if d.attrs:
            ty = core.attributes.mode(d.attrs, ty)
            ty = declarations.specifiers.vector(d.attrs, ty)
        written = ty
        ty = self.adjust(ty, declarations.array_quals)
        if ty.kind == VOID:
            self._void_parameter(specs, d, ty, params)
        if specs.is_inline or specs.noreturn:
            declarations.checks.only_functions(specs, "parameter", d)
        if specs.storage >= 0 and specs.storage != S_REGISTER or specs.thread_local:
            core.error(d.loc, f"storage class specified for parameter '{d.sym.text}'" if d.sym is not None else
                       "storage class specified for unnamed parameter")
        symbol = Symbol(d.sym.text if d.sym is not None else "", S_PARAM, ty, d.loc)
        if written.kind == ARRAY:
            declarations.array_parameters.add(symbol)
            if self.variably_modified(written):
                symbol.vla_type = written       # its bounds are evaluated on entry (C11 6.9.1p10)
        if every:
            core.attributes.apply_symbol(symbol, every)
        if d.qualified_arrays:
            self.parameter_arrays(d, True)
        if specs.alignas:
            declarations.checks.alignment(specs, "parameter", symbol.name, ty, d.loc)
        if d.sym is not None:
            old = self.environment.find_here(d.sym)
            if old is not None:
                core.error(d.loc, f"redefinition of parameter '{d.sym.text}'")
                core.diagnostics.note(old.loc, f"previous definition of '{d.sym.text}' with type {type_text(old.ty)}")
            self.environment.declare(d.sym, symbol)
        params.append(symbol)
        syms.append(d.sym)

    def _void_parameter(self, specs: Specs, d: Declarator, ty: Type, params: list[Symbol]) -> None:
        """C11 6.7.6.3p10: `void` can only be alone, without name, qualifier or storage class."""
        core = self.core
        if d.sym is not None:
            core.warn("", d.loc, f"parameter {len(params) + 1} ('{d.sym.text}') has void type")
        elif params:
            core.error(d.loc, "'void' must be the only parameter")
        elif core.text() == ")" and (ty.quals or specs.storage == S_REGISTER):
            core.error(d.loc, "'void' as only parameter may not be qualified")

    def parameter_arrays(self, d: Declarator, parameter: bool) -> None:
        """`static` and qualifiers stand in the outermost array of a parameter only (C11 6.7.6.2p1)."""
        for made in d.qualified_arrays:
            if not parameter or made is not d.ty and made.kind != ERROR:
                self.core.error(d.loc, "static or type qualifiers in non-parameter array declarator")

    def adjust(self, ty: Type, quals: int) -> Type:
        """Parameter types: arrays and functions become pointers (6.7.6.3p7)."""
        if ty.kind == ARRAY:
            return self.types.qualify(self.types.pointer(base_of(ty)), quals)
        if ty.kind == FUNCTION:
            return self.types.pointer(ty)
        return ty

    def variably_modified(self, ty: Type) -> bool:
        """The type has a variable array bound somewhere in it."""
        t = ty.unq
        while True:
            if isinstance(t, ArrayType):
                if t.vla:
                    return True
                t = t.base.unq
            elif isinstance(t, PointerType):
                t = t.base.unq
            elif isinstance(t, FunctionType):
                t = t.base.unq
            else:
                return isinstance(t, RecordType) and bool(t.anchors)

    def measure(self, ty: Type, loc: Loc) -> VlaDecl | None:
        """The statement that evaluates the bounds in `ty`, if it has variable ones."""
        return VlaDecl(ty, loc) if self.variably_modified(ty) else None
