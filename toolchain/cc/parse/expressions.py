"""Parsing of expressions (C11 6.5 and GNU extensions)."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc import floats
from toolchain.cc.parse import literals
from toolchain.cc.parse.ast import (
    S_AUTO,
    S_BUILTIN,
    S_ENUM_CONST,
    S_PARAM,
    S_REGISTER,
    S_STATIC,
    S_TYPEDEF,
    Call,
    Cast,
    ComplexConst,
    Expr,
    FloatConst,
    Initializer,
    InitItem,
    IntConst,
    LabelAddr,
    MemberRef,
    NameRef,
    StringLit,
    Symbol,
    VlaSize,
)
from toolchain.cc.parse.conversions import AssignContext
from toolchain.cc.parse.core import MAX_NESTING
from toolchain.cc.parse.keywords import (
    ASSIGNMENTS,
    BINARY_PRECEDENCE,
    K_ALIGNOF,
    K_EXTENSION,
    K_GENERIC,
    K_IMAG,
    K_REAL,
    K_SIZEOF,
    LAST_SPECIFIER,
)
from toolchain.cc.parse.sizeof_checks import SizeofChecks
from toolchain.cc.parse.spell import type_text
from toolchain.cc.preprocess.tokens import CHARACTER, IDENTIFIER, NUMBER, PUNCTUATOR, STRING, Sym
from toolchain.cc.types import (
    ARRAY,
    CONST,
    ERROR,
    FUNCTION,
    INT,
    POINTER,
    VOID,
    EnumType,
    FunctionType,
    PointerType,
    Type,
    align_of,
    is_integer,
    is_record,
    qualified,
)
from toolchain.diagnostics import Loc

PREFIX_OPERATORS: Final = frozenset(("*", "&", "-", "!", "~", "+", "++", "--"))

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core, FunctionState


class Expressions:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types
        self.operators = core.operators
        self.conversions = core.conversions
        self.environment = core.environment
        self.sizes = SizeofChecks(core)

    # ---- levels of the grammar

    def expression(self) -> Expr:
        """expression: assignments separated by commas."""
        e = self.assignment()
        core = self.core
        while core.tokens[core.pos].sym.text == ",":
            loc = core.loc()
            core.pos += 1
            e = self.operators.comma(e, self.assignment(), loc)
        return e

    def assignment(self) -> Expr:
        """assignment-expression."""
        core = self.core
        left = self.conditional()
        token = core.tokens[core.pos]
        if token.kind == PUNCTUATOR:
            operator = ASSIGNMENTS.get(token.sym.text)
            if operator is not None:
                loc = core.loc()
                core.pos += 1
                core.enter()
                right = self.assignment()
                core.nesting -= 1
                return self.operators.assign(operator, left, right, loc)
        return left

    def conditional(self) -> Expr:
        """conditional-expression, GNU `a ?: b` too."""
        core = self.core
        condition = self.binary(self.cast(), 1)
        if core.tokens[core.pos].sym.text != "?":
            return condition
        loc = core.loc()
        core.pos += 1
        then: Expr | None = None
        truth = core.evaluator.truth(condition) if condition.ty.kind <= POINTER else None
        if core.text() != ":":
            if truth is False:
                core.inhibited += 1
            then = self.expression()
            if truth is False:
                core.inhibited -= 1
        colon = core.loc()
        core.expect(":")
        if truth:
            core.inhibited += 1
        core.enter()
        other = self.conditional()
        core.nesting -= 1
        if truth:
            core.inhibited -= 1
        self.operators.checks.condition(condition, condition.loc)
        return self.operators.conditional(condition, then, other, loc, colon)

    def binary(self, left: Expr, lowest: int) -> Expr:
        """Binary operators of precedence `lowest` and up, by climbing."""
        core = self.core
        operators = 0
        while True:
            token = core.tokens[core.pos]
            if token.kind != PUNCTUATOR:
                return left
            text = token.sym.text
            precedence = BINARY_PRECEDENCE.get(text, 0)
            if precedence < lowest or precedence == 0:
                return left
            loc = core.loc()
            operators += 1
            if operators > MAX_NESTING:
                core.diagnostics.fatal(loc, f"more than {MAX_NESTING} operators in a row")
            core.pos += 1
            inhibit = precedence <= 2 and left.ty.kind <= POINTER and core.evaluator.truth(left) is (text == "||")
            if inhibit:
                core.inhibited += 1
            right = self.cast()
            while True:
                ahead = core.tokens[core.pos]
                if ahead.kind != PUNCTUATOR or BINARY_PRECEDENCE.get(ahead.sym.text, 0) <= precedence:
                    break
                right = self.binary(right, precedence + 1)
            if inhibit:
                core.inhibited -= 1
            left = self.operators.binary(text, left, right, loc)

    def cast(self) -> Expr:
        """cast-expression; also a compound literal."""
        core = self.core
        if core.tokens[core.pos].sym.text == "(" and self.starts_type(1):
            loc = core.loc()
            core.pos += 1
            ty = core.declarations.type_name()
            core.expect(")")
            if core.tokens[core.pos].sym.text == "{":
                return self.postfix(core.initializers.compound_literal(ty, loc))
            core.enter()
            operand = self.cast()
            core.nesting -= 1
            return self.conversions.cast(operand, ty, loc)
        return self.unary()

    def starts_type(self, distance: int) -> bool:
        """The token at `distance` begins a type name or declaration specifiers."""
        core = self.core
        token = core.tokens[core.pos + distance]
        if token.kind != IDENTIFIER:
            return False
        code = core.keywords.get(token.sym.text, 0)
        if code:
            if code == K_EXTENSION:
                return self.starts_type(distance + 1)
            return code <= LAST_SPECIFIER
        found = self.environment.find(token.sym)
        return found is not None and found.storage == S_TYPEDEF and found.order <= core.order   # parsed on demand: one further down is not there yet

    def unary(self) -> Expr:
        """unary-expression."""
        core = self.core
        token = core.tokens[core.pos]
        text = token.sym.text
        if token.kind == PUNCTUATOR:
            loc = core.loc()
            if text == "(":
                return self.postfix(self.primary())
            if text in PREFIX_OPERATORS:
                core.pos += 1
                core.enter()
                operand = self.cast() if text not in ("++", "--") else self.unary()
                core.nesting -= 1
                return self._prefix(text, operand, loc)
            if text == "&&":
                core.pos += 1
                return self._label_address(loc)
        elif token.kind == IDENTIFIER:
            code = core.keywords.get(text, 0)
            if code:
                return self._keyword(code, text)
        return self.postfix(self.primary())

    def _prefix(self, text: str, operand: Expr, loc: Loc) -> Expr:
        """A prefix operator on its operand."""
        if text == "*":
            return self.operators.dereference(operand, loc)
        if text == "&":
            return self.operators.address(operand, loc)
        if text == "++" or text == "--":
            return self.operators.step(operand, 1 if text == "++" else -1, True, loc)
        return self.operators.unary(text, operand, loc)

    def _keyword(self, code: int, text: str) -> Expr:
        core = self.core
        loc = core.loc()
        if code == K_SIZEOF:
            core.pos += 1
            return self._sizeof(loc)
        if code == K_ALIGNOF:
            core.pos += 1
            return self._alignof(loc)
        if code == K_EXTENSION:
            core.pos += 1
            return self.cast()
        if code == K_REAL or code == K_IMAG:
            core.pos += 1
            return self.operators.part("__real__" if code == K_REAL else "__imag__", self.cast(), loc)
        if code == K_GENERIC:
            core.pos += 1
            return self.postfix(self._generic(loc))
        raise core.syntax_error("expression")

    def _label_address(self, loc: Loc) -> Expr:
        core = self.core
        if not core.identifier():
            raise core.syntax_error("identifier")
        if core.function is None:
            core.error(loc, "label reference outside of any function")
            core.pos += 1
            return core.error_expr(loc)
        label = core.statements.label(core.text(), core.loc())
        label.used = True
        label.address_taken = True
        core.pos += 1
        return LabelAddr(label, self.types.void_pointer, loc)

    # ---- sizeof and its like

    def _sizeof(self, loc: Loc) -> Expr:
        core = self.core
        if core.text() == "(" and self.starts_type(1):
            start = core.loc()
            core.pos += 1
            place = core.loc()
            ty = core.declarations.type_name()
            core.expect(")")
            if core.text() != "{":
                made = self.size_of_type(ty, place, "sizeof")
                if self.sizes.active:
                    self.sizes.remember(made, ty, None, place)
                return made
            core.unevaluated += 1
            e = self.postfix(core.initializers.compound_literal(ty, start))
            core.unevaluated -= 1
        else:
            e = self.unevaluated_unary()
        if isinstance(e, NameRef) and e.symbol in core.declarations.array_parameters:
            if core.warn("sizeof-array-argument", loc, f"'sizeof' on array function parameter '{e.symbol.name}' will return size of "
                         f"{type_text(e.ty)}"):
                core.diagnostics.note(e.symbol.loc, "declared here")
        if isinstance(e, MemberRef) and e.member.bit_width >= 0:
            core.error(loc, "'sizeof' applied to a bit-field")
            return core.error_expr(loc)
        made = self.size_of_type(e.ty, loc, "sizeof")
        if self.sizes.active and not core.in_system:
            self.sizes.remember(made, e.ty, e, loc + 1)
        return made

    def unevaluated_unary(self) -> Expr:
        """A unary-expression whose names do not count as used."""
        core = self.core
        core.unevaluated += 1
        try:
            return self.unary()
        finally:
            core.unevaluated -= 1

    def size_of_type(self, ty: Type, loc: Loc, what: str) -> Expr:
        """sizeof(ty), of type size_t."""
        core = self.core
        size_t = self.types.size_t
        if ty.kind == ERROR:
            return core.error_expr(loc)
        if ty.kind == VOID or ty.kind == FUNCTION:
            core.pedwarn(loc, f"invalid application of '{what}' to a " + ("void type" if ty.kind == VOID else "function type"), "pointer-arith")
            return IntConst(1, size_t, loc)
        if core.operators.is_vla(ty):
            return VlaSize(ty, size_t, loc)
        size = core.records.size(ty)
        if size < 0:
            core.error(loc, f"invalid application of '{what}' to incomplete type {type_text(ty)}")
            return core.error_expr(loc)
        return IntConst(size, size_t, loc)

    def _alignof(self, loc: Loc) -> Expr:
        core = self.core
        word = core.tokens[core.pos - 1].sym.text
        if core.text() == "(" and self.starts_type(1):
            core.pos += 1
            ty = core.declarations.type_name()
            core.expect(")")
            return IntConst(self._alignment(ty, word, loc), self.types.size_t, loc)
        if not word.startswith("__"):
            core.pedantic(loc, f"ISO C does not allow '{word} (expression)'")
        e = self.unevaluated_unary()
        align = 0
        if isinstance(e, NameRef):
            align = e.symbol.attrs.aligned
        elif isinstance(e, MemberRef):
            if e.member.bit_width >= 0:
                core.error(loc, "'__alignof' applied to a bit-field")
            align = core.records.member_align(e.member)
        return IntConst(align or self._alignment(e.ty, word, loc), self.types.size_t, loc)

    def _alignment(self, ty: Type, word: str, loc: Loc) -> int:
        core = self.core
        if ty.kind == FUNCTION:
            core.pedantic(loc, "ISO C does not permit '_Alignof' applied to a function type")
            return 1
        if ty.kind == VOID:
            core.pedwarn(loc, "invalid application of '__alignof__' to a void type", "pointer-arith")
        elif not core.records.complete(ty) and not core.operators.is_vla(ty):
            core.error(loc, f"invalid application of '__alignof__' to incomplete type {type_text(ty)}")
            return 1
        if word == "_Alignof" or word == "alignof":
            return core.records.field_align(ty)
        return align_of(ty)

    def _generic(self, loc: Loc) -> Expr:
        """generic-selection (C11 6.5.1.1)."""
        core = self.core
        core.expect("(")
        core.unevaluated += 1
        control = self.conversions.value(self.assignment())
        core.unevaluated -= 1
        wanted = self.types.unqualified(control.ty)
        chosen: Expr | None = None
        default: Expr | None = None
        default_loc = loc
        seen: dict[int, list[tuple[Type, Loc]]] = {}
        core.expect(",")
        while True:
            start = core.loc()
            if core.accept("default"):
                matches = False
                is_default = True
                if default is not None:
                    core.error(start, "duplicate 'default' case in '_Generic'")
                    core.diagnostics.note(default_loc, "original 'default' is here")
                default_loc = start
            else:
                ty = core.declarations.type_name()
                is_default = False
                self._association(ty, start, seen)
                matches = chosen is None and self.conversions.compatible(ty, wanted)
            core.expect(":")
            if not matches and not is_default:
                core.unevaluated += 1
            e = self.assignment()
            if matches:
                chosen = e
            elif is_default:
                default = e
            else:
                core.unevaluated -= 1
            if not core.accept(","):
                break
        core.expect(")")
        result = chosen if chosen is not None else default
        if result is None:
            core.error(control.loc, f"'_Generic' selector of type {type_text(control.ty)} is not compatible with any association")
            return core.error_expr(loc)
        return result

    def _association(self, ty: Type, loc: Loc, seen: dict[int, list[tuple[Type, Loc]]]) -> None:
        """The constraints on a type of a generic selection (C11 6.5.1.1p2); `seen`: the ones before, by kind."""
        core = self.core
        kind = ty.unq.kind
        if kind == FUNCTION:
            core.error(loc, "'_Generic' association has function type")
        elif core.declarations.declarators.variably_modified(ty):
            core.error(loc, "'_Generic' association has variable length type")
        elif kind == VOID or (kind == ARRAY or is_record(ty)) and not core.records.complete(ty):
            core.error(loc, "'_Generic' association has incomplete type")
        if isinstance(ty.unq, EnumType):
            kind = ty.unq.base.kind
        rivals = seen.setdefault(kind, [])
        for other, place in rivals:
            if self.conversions.compatible(ty, other):
                core.error(loc, "'_Generic' specifies two compatible types")
                core.diagnostics.note(place, "compatible type is here")
                break
        rivals.append((ty, loc))

    # ---- postfix

    def postfix(self, e: Expr) -> Expr:
        """Subscripts, calls, members, `++`, `--` behind a primary expression."""
        core = self.core
        while True:
            token = core.tokens[core.pos]
            if token.kind != PUNCTUATOR:
                return e
            text = token.sym.text
            loc = core.loc()
            if text == "(":
                core.pos += 1
                e = self.call(e, self.arguments())
            elif text == "->" or text == ".":
                core.pos += 1
                if core.tokens[core.pos].kind != IDENTIFIER:
                    raise core.syntax_error("identifier")
                name = core.text()
                core.pos += 1
                e = self.operators.member(e, name, text == "->", loc)
            elif text == "[":
                core.pos += 1
                core.enter()
                index = self.expression()
                core.nesting -= 1
                core.expect("]")
                e = self.operators.subscript(e, index, loc)
            elif text == "++" or text == "--":
                core.pos += 1
                e = self.operators.step(e, 1 if text == "++" else -1, False, loc)
            else:
                return e

    def arguments(self) -> list[Expr]:
        """Arguments and the closing parenthesis of a call."""
        core = self.core
        out: list[Expr] = []
        if core.accept(")"):
            return out
        core.enter()
        while True:
            out.append(self.assignment())
            if core.accept(","):
                continue
            core.expect(")")
            core.nesting -= 1
            return out

    def call(self, callee: Expr, args: list[Expr]) -> Expr:
        """The call of a function or of what a pointer to one leads to, its arguments checked and converted."""
        core = self.core
        loc = callee.loc
        name = ""
        symbol: Symbol | None = None
        if isinstance(callee, NameRef) and callee.ty.kind == FUNCTION:
            symbol = callee.symbol
            name = symbol.name
            if self.sizes.active and args and not core.unevaluated:
                self.sizes.call(name, args)
            if symbol.storage == S_BUILTIN:
                return core.builtins.call(symbol, args, loc)
            function: Expr = Cast(1, callee, self.types.pointer(callee.ty), loc)
        else:
            function = self.conversions.value(callee)
        t = function.ty.unq
        if t.kind == ERROR:
            return core.error_expr(loc)
        if not isinstance(t, PointerType) or not isinstance(t.base.unq, FunctionType):
            text = self.operators.checks.text_of(callee)
            core.error(loc, f"called object '{text}' is not a function or function pointer" if text != "<expression>"
                       else "called object is not a function or function pointer")
            return core.error_expr(loc)
        ftype = t.base.unq
        if not name:
            name = self.operators.checks.text_of(callee)
        converted = self.convert_arguments(args, ftype, name, symbol, loc)
        result = ftype.base.unq
        if result.kind not in (VOID, ERROR) and not core.records.complete(result):
            core.error(loc, f"invalid use of incomplete type {type_text(result)}" if not is_record(result)
                       else f"invalid use of undefined type {type_text(result)}")
            return core.error_expr(loc)
        call = Call(function, converted, ftype, result, loc)
        if symbol is not None:
            core.builtins.check_call(symbol, call, args)
            if symbol.attrs.returns_twice or ftype.returns_twice:
                if core.function is not None:
                    core.function.definition.calls_setjmp = True
        return call

    def convert_arguments(self, args: list[Expr], ftype: FunctionType, name: str, symbol: Symbol | None, loc: Loc) -> list[Expr]:
        """Arguments converted to the parameters' types, or promoted."""
        core = self.core
        params = ftype.params
        out: list[Expr] = []
        if ftype.prototype:
            wanted = len(params)
            if len(args) < wanted or (len(args) > wanted and not ftype.variadic):
                core.error(loc, f"too {'few' if len(args) < wanted else 'many'} arguments to function '{name}'")
                if symbol is not None and symbol.loc and symbol.storage != S_BUILTIN:
                    core.diagnostics.note(symbol.loc, "declared here")
        for i, arg in enumerate(args):
            if i < len(params):
                note = core.declarations.parameter_loc(symbol, i) if symbol is not None else 0
                value = self.conversions.assign(arg, params[i].unq, AssignContext("pass", name, i + 1, note), arg.loc)
            else:
                value = self.conversions.default_promote(arg)
                if value.ty.kind == VOID:
                    core.error(arg.loc, "invalid use of void expression")
                    value = core.error_expr(arg.loc)
            out.append(value)
        return out

    # ---- primary

    def primary(self) -> Expr:
        """primary-expression."""
        core = self.core
        token = core.tokens[core.pos]
        loc = core.loc()
        kind = token.kind
        if kind == IDENTIFIER:
            if token.sym.text in core.keywords:
                raise core.syntax_error("expression")
            return self._name(token.sym, loc)
        if kind == NUMBER:
            core.pos += 1
            return self.number(token.sym.text, loc)
        if kind == STRING:
            return self.string()
        if kind == CHARACTER:
            core.pos += 1
            complaints: list[str] = []
            value, type_kind = literals.character_value(token.sym.text, self.types, complaints)
            self._literal_complaints(complaints, loc)
            return IntConst(value, self.types.basic[type_kind], loc)
        if token.sym.text == "(":
            core.pos += 1
            if core.text() == "{":
                e = core.statements.statement_expression(loc)
                core.expect(")")
                return e
            core.enter()
            e = self.expression()
            core.nesting -= 1
            core.expect(")")
            e.parenthesized = True
            return e
        raise core.syntax_error("expression")

    def _name(self, sym: Sym, loc: Loc) -> Expr:
        core = self.core
        found = self.environment.find(sym)
        core.pos += 1
        if found is None:
            return self._unknown(sym, loc)
        storage = found.storage
        if storage == S_ENUM_CONST:
            return IntConst(found.value, found.ty, loc)
        if storage == S_TYPEDEF:
            core.pos -= 1
            raise core.syntax_error("expression")
        if not core.unevaluated or found.depth:
            found.used = True
            found.reads += 1
        if storage == S_AUTO or storage == S_PARAM or storage == S_REGISTER:
            function = core.function
            if function is not None and found.nested_in is not None and found.nested_in is not function.definition:
                found.captured = True
                found.address_taken = True
        elif storage == S_STATIC and core.function is not None and core.function.shared_inline and found.depth == 0:
            core.inline_statics.append((core.function.definition.symbol, found, loc))
        if found.attrs.deprecated is not None or found.attrs.error:
            core.builtins.check_use(found, loc)
        return NameRef(found, found.ty, loc)

    def _unknown(self, sym: Sym, loc: Loc) -> Expr:
        """A name that is not declared: a builtin, __func__, an implicit function, or an error."""
        core = self.core
        name = sym.text
        if core.c23 and name in ("true", "false", "nullptr"):
            if name == "nullptr":
                return IntConst(0, self.types.void_pointer, loc)
            return IntConst(int(name == "true"), self.types.bool_, loc)
        if name in ("__func__", "__FUNCTION__", "__PRETTY_FUNCTION__"):
            return self._function_name(name, loc)
        if core.text() == "(":
            special = core.builtins.special(name, loc)
            if special is not None:
                return special
            symbol = core.builtins.implicit(sym, loc)
            symbol.used = True
            return NameRef(symbol, symbol.ty, loc)
        state: FunctionState | None = core.function
        if state is None:
            core.error(loc, f"'{name}' undeclared here (not in a function)")
        elif name not in state.undeclared:
            state.undeclared.add(name)
            core.error(loc, f"'{name}' undeclared (first use in this function)")
            if len(state.undeclared) == 1 and not core.declarations.explained_undeclared:
                core.declarations.explained_undeclared = True
                core.diagnostics.note(loc, "each undeclared identifier is reported only once for each function it appears in")
        return core.error_expr(loc)

    def _function_name(self, name: str, loc: Loc) -> Expr:
        core = self.core
        state = core.function
        text = state.definition.symbol.name if state is not None else ("top level" if name == "__PRETTY_FUNCTION__" else "")
        if state is None:
            core.warn("", loc, f"'{name}' is not defined outside of function scope")
        elif name in state.name_symbols:
            symbol = state.name_symbols[name]
            return NameRef(symbol, symbol.ty, loc)
        data = text.encode("utf-8", "surrogateescape") + b"\0"
        ty = self.types.array(qualified(self.types.char, CONST), len(data))
        symbol = Symbol(name, S_STATIC, ty, loc)
        symbol.init = Initializer([InitItem(0, StringLit(data, ty, loc), None, len(data))], len(data), False, loc)
        symbol.defined = True
        symbol.depth = 1
        core.statics_count += 1
        symbol.unique = core.statics_count
        symbol.attrs.unused = True
        if state is not None:
            state.name_symbols[name] = symbol
            state.definition.statics.append(symbol)
        return NameRef(symbol, ty, loc)

    # ---- literals

    def number(self, text: str, loc: Loc) -> Expr:
        """A numeric literal."""
        core = self.core
        try:
            n = literals.parse_number(text.replace("'", "") if core.c23 else text, self.types)
        except literals.LiteralError as e:
            core.error(loc, e.message)
            return core.error_expr(loc)
        ty = n.ty
        if n.is_float:
            bits = floats.from_literal(n.text, self.types.float_format(ty))
            if n.imaginary:
                return ComplexConst(0, bits, self.types.complex(ty), loc)
            if text[-1] not in "fFlLdDqQwWxX0123456789." or text[-1] in "0123456789.":
                core.warn("unsuffixed-float-constants", loc, "unsuffixed floating constant")
            return FloatConst(bits, ty, loc)
        if n.too_large:
            core.warn("", loc, "integer constant is too large for its type")
        elif n.now_unsigned:
            core.warn("", loc, "integer constant is so large that it is unsigned")
        if n.imaginary:
            return ComplexConst(0, n.value, self.types.complex(ty), loc)
        return IntConst(n.value, ty, loc)

    def _literal_complaints(self, complaints: list[str], loc: Loc) -> None:
        """Report what is wrong with a character constant or a string."""
        for text in complaints:
            if literals.is_error(text):
                self.core.error(loc, text)
            else:
                self.core.warn("multichar" if text.startswith("multi") else "", loc, text)

    def string(self) -> StringLit:
        """Adjacent string literals, joined."""
        core = self.core
        loc = core.loc()
        first = core.pos
        tokens = core.tokens
        prefix = ""
        while tokens[core.pos].kind == STRING:
            p = literals.prefix_of(tokens[core.pos].sym.text)
            if p and prefix and p != prefix:
                core.error(core.loc(), "unsupported non-standard concatenation of string literals")
            prefix = p or prefix
            core.pos += 1
        element = self.types.char
        if prefix == "L":
            element = self.types.wchar_t
        elif prefix == "u":
            element = self.types.char16_t
        elif prefix == "U":
            element = self.types.char32_t
        complaints: list[str] = []
        if element.size == 1:
            data = b"".join([literals.narrow(tokens[i].sym.text, complaints) for i in range(first, core.pos)]) + b"\0"
            self._literal_complaints(complaints, loc)
            return StringLit(data, self.types.array(element, len(data)), loc)
        elements: list[int] = []
        for i in range(first, core.pos):
            elements.extend(literals.decode(tokens[i].sym.text, element.size, complaints))
        self._literal_complaints(complaints, loc)
        elements.append(0)
        data = literals.to_bytes(elements, element.size, self.types.layout.big_endian)
        return StringLit(data, self.types.array(element, len(elements)), loc)

    # ---- constants

    def constant_integer(self, what: str, place: Loc = 0) -> tuple[int, Expr]:
        """conditional-expression that must be an integer constant; `what` names it in the message
        ("case label does not reduce to %s" style messages are the caller's: it gets 0 and a report)."""
        core = self.core
        core.constant_context += 1
        try:
            e = self.conversions.value(self.conditional())
        finally:
            core.constant_context -= 1
        loc = place or e.loc
        if e.ty.kind == ERROR:
            return 0, e
        if not is_integer(e.ty):
            core.error(e.loc, f"{what} is not an integer constant" if not what.endswith("%") else what[:-1])
            return 0, core.error_expr(loc)
        value = core.evaluator.integer(e)
        if value is None:
            core.error(loc, f"{what} is not an integer constant" if not what.endswith("%") else what[:-1])
            return 0, core.error_expr(loc)
        return value, e

    def int_zero(self, loc: Loc) -> IntConst:
        """`0`."""
        return IntConst(0, self.types.basic[INT], loc)
