"""Builtin functions: their declarations, the ones with a grammar of their own, implicit declarations."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import (
    CAST_BITS,
    CAST_VALUE,
    E_ADDR,
    E_ASSIGN,
    E_CONSTP,
    E_DEREF,
    E_INCDEC,
    E_LOGICAL,
    E_SHUFFLE,
    S_BUILTIN,
    S_EXTERN,
    Binary,
    BuiltinCall,
    Call,
    Cast,
    ComplexConst,
    CompoundLit,
    Conditional,
    Expr,
    FloatConst,
    FunctionDef,
    IntConst,
    LabelAddr,
    NameRef,
    StringLit,
    Symbol,
    Unary,
    VaArg,
)
from toolchain.cc.parse.builtin_calls import BuiltinCalls
from toolchain.cc.parse.builtin_table import FORMATS, LIBRARY, LIBRARY_HEADERS, PROTOTYPES
from toolchain.cc.parse.call_checks import CallChecks
from toolchain.cc.parse.core import END
from toolchain.cc.parse.evaluate import C_ADDRESS
from toolchain.cc.parse.spell import type_text
from toolchain.cc.parse.tgmath import TypeGeneric
from toolchain.cc.preprocess.lexer import Lexer
from toolchain.cc.preprocess.tokens import IDENTIFIER, Sym
from toolchain.cc.types import (
    ARRAY,
    BOOL,
    COMPLEX,
    ENUM,
    ERROR,
    FLOAT,
    FUNCTION,
    INT,
    POINTER,
    SHORT,
    STRUCT,
    UNION,
    VECTOR,
    VOID,
    ArrayType,
    FunctionType,
    RecordType,
    Type,
    VectorType,
    base_of,
    basic_name,
    find_member,
    is_floating,
    is_integer,
)
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

_lexer: Final = Lexer(True, False)

# Names with a grammar or typing of their own.
SPECIAL: Final[dict[str, int]] = {
    "__builtin_va_arg": 1, "__builtin_offsetof": 2, "__builtin_types_compatible_p": 3, "__builtin_choose_expr": 4,
    "__builtin_constant_p": 5, "__builtin_classify_type": 6, "__builtin_has_attribute": 7, "__builtin_convertvector": 8,
    "__builtin_shuffle": 9, "__builtin_shufflevector": 10, "__builtin_complex": 11, "__builtin_LINE": 12, "__builtin_FILE": 13,
    "__builtin_FUNCTION": 14, "__builtin_va_start": 15, "__builtin_va_end": 16, "__builtin_va_copy": 17, "__builtin_next_arg": 18,
    "__builtin_bit_cast": 19, "__builtin_va_arg_pack": 21, "__builtin_va_arg_pack_len": 21, "__builtin_tgmath": 22,
    "__builtin_call_with_static_chain": 20, "__builtin_c23_va_start": 15, "__builtin_stdarg_start": 15}


VECTOR_NAME: Final = re.compile(r"\bv(\d+)([a-z]+)\b")
VECTOR_ELEMENTS: Final = {"qi": ("char", 1), "hi": ("short", 2), "si": ("int", 4), "di": ("long long", 8), "sf": ("float", 4), "df": ("double", 8)}


def _vector(m: re.Match[str]) -> str:
    base, size = VECTOR_ELEMENTS[m.group(2)]
    return f"{base} __attribute__((__vector_size__({size * int(m.group(1))})))"


def vector_names(prototype: str) -> str:
    """gcc's names of machine modes in prototypes of a target's builtins (`v4si`) as C types."""
    return VECTOR_NAME.sub(_vector, prototype)


class Builtins:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types
        self.calls = BuiltinCalls(core)
        self.checks = CallChecks(core)
        self.type_generic = TypeGeneric(core)
        self._known: dict[str, Symbol | None] = {}
        self._library_types: dict[str, FunctionType] = {}
        self._target: dict[str, str] = core.target.builtins()
        self.library = core.options.library_builtins()

    # ---- declarations

    def parse_type(self, text: str) -> Type:
        """The type that a C declaration text (ending in a declarator of name `x`) declares."""
        core = self.core
        env = core.environment
        saved = (core.tokens, core.pos, core.base, env.hide, core.function, core.declarations.in_parameters)
        core.tokens = [*_lexer.lex(text), END]
        core.pos = 0
        core.base = 0
        env.hide = env.depth
        core.declarations.in_parameters = 0
        try:
            specs = core.declarations.specifiers.read()
            return core.declarations.declarators.declarator(specs.ty, False).ty
        finally:
            core.tokens, core.pos, core.base, env.hide, core.function, core.declarations.in_parameters = saved

    def _spell(self, text: str) -> str:
        types = self.types
        for name, ty in (("size_t", types.size_t), ("ptrdiff_t", types.ptrdiff_t), ("wchar_t", types.wchar_t), ("wint_t", types.uint)):
            if name in text:
                if "ssize_t" in text:
                    text = text.replace("ssize_t", basic_name(types.to_signed(types.size_t).kind))
                text = text.replace(name, basic_name(ty.kind))
        if "intmax_t" in text:
            text = text.replace("uintmax_t", "unsigned intmax_t").replace("intmax_t", "long" if types.layout.long_size == 8 else "long long")
        return text.replace("FILE", "void").replace("va_list", "__builtin_va_list")

    def find(self, sym: Sym) -> Symbol | None:
        """The builtin function of that full name, as a symbol."""
        name = sym.text
        if name in self._known:
            return self._known[name]
        made: Symbol | None = None
        row = PROTOTYPES.get(name)
        if row is not None:
            if "__int128" in row.params and not self.types.layout.int128:
                return None
            ty = self.parse_type(self._spell(f"{row.result} x({row.params});"))
            u = ty.unq
            assert isinstance(u, FunctionType)
            ty = self.types.function_with(u, "n" in row.flags, 2 if "c" in row.flags else 0, "t" in row.flags, 0, "")
            made = Symbol(name, S_BUILTIN, ty, 0)
        elif name in self._target:
            prototype = self._target[name]
            at = prototype.index("(")
            made = Symbol(name, S_BUILTIN, self.parse_type(vector_names(prototype[:at] + " x" + prototype[at:] + ";")), 0)
        elif self.calls.generic_name(name):
            made = Symbol(name, S_BUILTIN, self.types.function(self.types.int_, [], True, False), 0)
        if made is not None:
            made.is_function = True
            made.attrs.noreturn = isinstance(made.ty.unq, FunctionType) and made.ty.unq.noreturn
        self._known[name] = made
        return made

    def library_type(self, name: str) -> FunctionType | None:
        """Type of the builtin meaning of a plain library name; None if it has none now (or mentions FILE)."""
        row = LIBRARY.get(name) if self.library and not name.startswith("_") or name in ("_exit", "_Exit") else None
        if row is None or "FILE" in row.params or not self.core.options.flag("builtin-" + name, True):
            return None
        known = self._library_types.get(name)
        if known is None:
            u = self.parse_type(self._spell(f"{row.result} x({row.params});")).unq
            assert isinstance(u, FunctionType)
            known = self.types.function_with(u, "n" in row.flags, 0, False, 0, "")
            self._library_types[name] = known
        return known

    def differs(self, name: str, ty: Type) -> bool:
        """Whether a library function's name is declared with a type that is not the library's: then it means nothing special."""
        row = LIBRARY.get(name) if self.library else None
        if row is None:
            return False
        known = self.library_type(name)
        if known is not None:
            return not self.core.conversions.same(known, ty)
        u = ty.unq
        if not self.core.options.flag("builtin-" + name, True) or not isinstance(u, FunctionType):
            return True
        result = self.parse_type(self._spell(f"{row.result} x(void);")).unq
        return isinstance(result, FunctionType) and not self.core.conversions.same(result.base, u.base)

    def library_attributes(self, entity: Symbol) -> None:
        """What gcc knows of a library function without being told."""
        name = entity.name
        if name in ("setjmp", "_setjmp", "sigsetjmp", "__sigsetjmp", "vfork", "getcontext", "savectx"):
            entity.attrs.returns_twice = True
        if not self.library or entity.storage != S_EXTERN:
            return
        row = LIBRARY.get(name)
        if row is None or entity.not_builtin:
            return
        if "n" in row.flags:
            entity.attrs.noreturn = True
            u = entity.ty.unq
            if isinstance(u, FunctionType):
                entity.ty = self.types.function_with(u, True, 0, False, 0, "")
        if name in FORMATS:
            entity.attrs.format.append(FORMATS[name])

    def implicit(self, sym: Sym, loc: Loc) -> Symbol:
        """A function called without a declaration: `int name()`, or what the library's is."""
        core = self.core
        name = sym.text
        known = self.library_type(name)
        ty: Type = known if known is not None else self.types.function(self.types.int_, [], False, False)
        entity = Symbol(name, S_EXTERN, ty, loc)
        entity.is_function = True
        entity.order = core.order
        self.library_attributes(entity)
        env = core.environment
        env.globals[sym] = entity
        env.symbols.append(entity)
        if core.options.std not in ("c90", "gnu90", "c89", "gnu89", "ansi") and core.warn(
                "implicit-function-declaration", loc, f"implicit declaration of function '{name}'") and known is not None:
            header = LIBRARY_HEADERS.get(name)
            if header is not None:
                core.diagnostics.note(loc, f"include '{header}' or provide a declaration of '{name}'")
        if known is not None:
            core.warn("builtin-declaration-mismatch", loc, f"incompatible implicit declaration of built-in function '{name}'")
        return entity

    def call(self, symbol: Symbol, args: list[Expr], loc: Loc) -> Expr:
        """A call of a builtin function by its own name."""
        return self.calls.call(symbol, args, loc)

    def check_call(self, symbol: Symbol, call: Call, args: list[Expr]) -> None:
        """Warnings about the arguments of a call."""
        self.checks.check(symbol, call, args)
        if symbol.name == "alloca" and self.core.function is not None:
            self.core.function.definition.calls_alloca = True

    def check_use(self, symbol: Symbol, loc: Loc) -> None:
        """-Wdeprecated-declarations."""
        text = symbol.attrs.deprecated
        if text is None or self.core.unevaluated:
            return
        if self.core.warn("deprecated-declarations", loc, f"'{symbol.name}' is deprecated" + (f": {text}" if text else "")):
            self.core.diagnostics.note(symbol.loc, "declared here")

    # ---- constants

    def is_constant(self, e: Expr) -> bool:
        """`__builtin_constant_p(e)` is true already."""
        c = self.core.evaluator.constant(e) if e.ty.kind not in (STRUCT, UNION, ARRAY, FUNCTION) else None
        if c is None:
            return False
        return c.kind != C_ADDRESS or isinstance(c.base, StringLit)

    def constant_aggregate(self, e: Expr) -> bool:
        """A vector or complex value, or record, made of constants only."""
        if isinstance(e, (IntConst, FloatConst, ComplexConst, StringLit)):
            return True
        if isinstance(e, Cast):
            return e.operand.ty.kind in (VECTOR, COMPLEX, STRUCT, UNION) and self.constant_aggregate(e.operand) or (
                e.ty.kind in (VECTOR, UNION) and self.core.evaluator.constant(e.operand) is not None)
        if isinstance(e, CompoundLit):
            return all(self.core.evaluator.constant(i.value) is not None or self.constant_aggregate(i.value) for i in e.init.items)
        return False

    def is_label_difference(self, e: Expr) -> bool:
        """`&&a - &&b`, perhaps converted or with constants added."""
        while isinstance(e, Cast):
            e = e.operand
        if isinstance(e, Binary) and e.text in ("-", "+"):
            left: Expr = e.left
            right: Expr = e.right
            while isinstance(left, Cast):
                left = left.operand
            while isinstance(right, Cast):
                right = right.operand
            if isinstance(left, LabelAddr) and isinstance(right, LabelAddr):
                return True
            if e.text == "-" and self._same_section_difference(left, right):
                return True
            return isinstance(right, IntConst) and self.is_label_difference(left)
        return False

    def _same_section_difference(self, left: Expr, right: Expr) -> bool:
        """Differences of addresses are no constants in C; gcc refuses them as well."""
        return False

    # ---- builtins with a grammar of their own

    def special(self, name: str, loc: Loc) -> Expr | None:
        """Parse the call of such a builtin (the cursor is at its parenthesis); None if `name` is none."""
        code = SPECIAL.get(name, 0)
        if code == 0:
            return None
        core = self.core
        core.pos += 1
        if code <= 8:
            return self._typed(code, loc)
        if code == 19:
            e = core.conversions.value(core.expressions.assignment())
            core.error(loc, "'__builtin_bit_cast' is not supported in C")
            return e
        args = core.expressions.arguments()
        if code == 15 or code == 16 or code == 17:
            return self._va(name, code, args, loc)
        if code == 9 or code == 10:
            return self._shuffle(name, args, loc)
        if code == 11:
            return self._complex(args, loc)
        if code == 12:
            return IntConst(core.diagnostics.locations.resolve(loc).line, self.types.int_, loc)
        if code == 13 or code == 14:
            text = core.diagnostics.locations.resolve(loc).file if code == 13 else (
                core.function.definition.symbol.name if core.function is not None else "")
            data = text.encode("utf-8", "surrogateescape") + b"\0"
            return core.conversions.value(StringLit(data, self.types.array(self.types.char, len(data)), loc))
        if code == 21:
            if core.function is None or core.function.definition.ftype is None or not core.function.definition.ftype.variadic:
                core.error(loc, f"'{name}' used in function with fixed arguments")
                return core.error_expr(loc)
            return BuiltinCall(name, [], self.types.int_, loc)
        if code == 22:
            chosen = self.type_generic.choose(args, loc)
            return core.error_expr(loc) if chosen is None else core.expressions.call(chosen[0], chosen[1])
        core.error(loc, f"'{name}' is not supported")
        return core.error_expr(loc)

    def _typed(self, code: int, loc: Loc) -> Expr:
        core = self.core
        if code == 1:
            ap = core.expressions.assignment()
            core.expect(",")
            place = core.loc()
            ty = core.declarations.type_name()
            core.expect(")")
            return self._va_arg(ap, ty, loc, place)
        if code == 2:
            return self._offsetof(loc)
        if code == 3:
            a = core.declarations.type_name()
            core.expect(",")
            b = core.declarations.type_name()
            core.expect(")")
            types = self.types
            return IntConst(int(core.conversions.same(types.unqualified(a), types.unqualified(b))), types.int_, loc)
        if code == 4:
            return self._choose(loc)
        if code == 5:
            return self._constant_p(loc)
        if code == 6:
            return self._classify(loc)
        if code == 7:
            core.error(loc, "'__builtin_has_attribute' is not supported")
            core.pos -= 1
            core.skip_balanced()
            return core.error_expr(loc)
        e = core.conversions.value(core.expressions.assignment())
        core.expect(",")
        ty = core.declarations.type_name()
        core.expect(")")
        a_type = e.ty.unq
        b_type = ty.unq
        if not isinstance(a_type, VectorType) or not isinstance(b_type, VectorType) or a_type.count != b_type.count:
            core.error(loc, "'__builtin_convertvector' argument types must be vectors with the same number of elements")
            return core.error_expr(loc)
        return BuiltinCall("__builtin_convertvector", [e], b_type, loc)

    def _constant_p(self, loc: Loc) -> Expr:
        core = self.core
        core.unevaluated += 1
        e = core.conversions.value(core.expressions.assignment())
        core.unevaluated -= 1
        core.expect(")")
        int_ = self.types.int_
        if self.is_constant(e) or self.is_constant(self._decided(e)):
            return IntConst(1, int_, loc)
        effects = self._effects(e)
        if effects or core.constant_context or core.function is None or e.ty.kind in (STRUCT, UNION) or (
                isinstance(e, Unary) and e.op == E_ADDR) or core.options.optimize == 0:
            return IntConst(0, int_, loc)
        return Unary(E_CONSTP, "__builtin_constant_p", e, int_, loc)

    def _decided(self, e: Expr) -> Expr:
        """What `x && 0` and `x || 1` come to if x does nothing else, and the operand that a constant condition chooses (gcc folds
        these before it asks, at every level)."""
        if isinstance(e, Cast):
            return self._decided(e.operand)
        if isinstance(e, Conditional) and e.then is not None:
            chosen = self.core.evaluator.truth(self._decided(e.condition))
            return e if chosen is None else self._decided(e.then if chosen else e.other)
        if isinstance(e, Binary) and e.op == E_LOGICAL and not self.core.operators.checks.has_effect(e.left):
            if self.core.evaluator.truth(self._decided(e.right)) is (e.text == "||"):
                return IntConst(int(e.text == "||"), self.types.int_, e.loc)
        return e

    def _effects(self, e: Expr) -> bool:
        """Evaluating `e` surely has a side effect, so that it cannot be a constant."""
        if e.op in (E_ASSIGN, E_INCDEC):
            return True
        if isinstance(e, Cast):
            return self._effects(e.operand)
        if isinstance(e, Binary):
            return self._effects(e.left) or self._effects(e.right)
        if isinstance(e, Unary):
            return self._effects(e.operand)
        return False

    def _choose(self, loc: Loc) -> Expr:
        core = self.core
        value, _ = core.expressions.constant_integer("first argument to '__builtin_choose_expr' not a constant%")
        if core.text() == ")":
            core.pos += 1
            core.error(loc, "wrong number of arguments to '__builtin_choose_expr'")
            return core.error_expr(loc)
        core.expect(",")
        if not value:
            core.unevaluated += 1
        a = core.expressions.assignment()
        if not value:
            core.unevaluated -= 1
        core.expect(",")
        if value:
            core.unevaluated += 1
        b = core.expressions.assignment()
        if value:
            core.unevaluated -= 1
        core.expect(")")
        return a if value else b

    def _classify(self, loc: Loc) -> Expr:
        core = self.core
        core.unevaluated += 1
        e = core.conversions.value(core.expressions.assignment())
        core.unevaluated -= 1
        core.expect(")")
        t = e.ty
        kind = t.kind
        value = -1
        if kind == VOID:
            value = 0
        elif kind == BOOL:
            value = 1
        elif is_integer(t):
            value = 1
        elif kind == POINTER:
            value = 5
        elif is_floating(t):
            value = 8
        elif kind == COMPLEX:
            value = 9
        elif kind == STRUCT:
            value = 12
        elif kind == UNION:
            value = 13
        elif kind == VECTOR:
            value = 19
        return IntConst(value, self.types.int_, loc)

    # ---- offsetof

    def _offsetof(self, loc: Loc) -> Expr:
        core = self.core
        ty = core.declarations.type_name()
        core.expect(",")
        offset = 0
        dynamic: Expr | None = None
        first = True
        ok = True
        while True:
            if core.text() == "[" and not first:
                core.pos += 1
                index = core.conversions.value(core.expressions.expression())
                core.expect("]")
                u = ty.unq
                if not isinstance(u, ArrayType):
                    if ok:
                        core.error(loc, "subscripted value is neither array nor pointer")
                    ok = False
                    continue
                ty = u.base
                size = core.expressions.size_of_type(ty, loc, "offsetof")
                value = core.evaluator.integer(index)
                if value is not None and isinstance(size, IntConst):
                    offset += value * size.value
                else:
                    scaled = core.operators.binary("*", core.conversions.convert(index, self.types.size_t), size, loc)
                    dynamic = scaled if dynamic is None else core.operators.binary("+", dynamic, scaled, loc)
                continue
            if not first and not core.accept("."):
                if core.text() == "->":
                    core.pos += 1
                else:
                    break
            first = False
            if core.tokens[core.pos].kind != IDENTIFIER:
                raise core.syntax_error("identifier")
            name = core.text()
            core.pos += 1
            if ok:
                found = self._member_offset(ty, name, loc)
                if found is None:
                    ok = False
                else:
                    place = self._variable_offset(ty, name, loc)
                    ty, delta = found
                    if place is None:
                        offset += delta
                    else:
                        dynamic = place if dynamic is None else core.operators.binary("+", dynamic, place, loc)
        core.expect(")")
        if not ok:
            return core.error_expr(loc)
        constant = IntConst(offset, self.types.size_t, loc)
        return constant if dynamic is None else core.operators.binary("+", dynamic, constant, loc)

    def _variable_offset(self, ty: Type, name: str, loc: Loc) -> Expr | None:
        """Offset of a member whose place only the program knows; None for others."""
        u = ty.unq
        if not isinstance(u, RecordType) or not any(m.anchor >= 0 for m in find_member(u, name)):
            return None
        core = self.core
        pointer = self.types.pointer(ty)
        place = core.operators.member(Unary(E_DEREF, "*", IntConst(0, pointer, loc), ty, loc), name, False, loc)
        return Cast(CAST_VALUE, core.operators.address(place, loc), self.types.size_t, loc)

    def _member_offset(self, ty: Type, name: str, loc: Loc) -> tuple[Type, int] | None:
        core = self.core
        u = ty.unq
        if not isinstance(u, RecordType):
            if ty.kind != ERROR:
                core.error(loc, f"request for member '{name}' in something not a structure or union")
            return None
        if not core.records.complete(u):
            core.error(loc, f"invalid use of incomplete typedef {type_text(ty)}" if ty.typedef_name else
                       f"invalid use of undefined type {type_text(ty)}")
            return None
        path = find_member(u, name)
        if not path:
            core.error(loc, f"{type_text(ty)} has no member named '{name}'")
            return None
        if path[-1].bit_width >= 0:
            core.error(loc, f"attempt to take address of bit-field structure member '{name}'")
            return None
        return path[-1].ty, sum([m.offset for m in path])

    # ---- variable arguments

    def _va_list_operand(self, e: Expr, loc: Loc) -> Expr | None:
        """A va_list: an lvalue, or the pointer that an array of one decayed to."""
        core = self.core
        conv = core.conversions
        wanted = self.types.va_list.unq
        if e.ty.kind == ERROR:
            return None
        if wanted.kind == ARRAY:
            v = conv.value(e)
            if v.ty.kind == POINTER and conv.same(base_of(v.ty), base_of(wanted)):
                return v
        elif conv.same(e.ty, wanted):
            conv.take_address(e)
            core.operators.note_assigned(e)
            return e
        return None

    def _va(self, name: str, code: int, args: list[Expr], loc: Loc) -> Expr:
        core = self.core
        wanted = 2 if code == 17 else 1
        if code == 15:
            name = "__builtin_va_start"
            if core.function is not None and core.function.definition.ftype is not None and not core.function.definition.ftype.variadic:
                core.error(loc, "'va_start' used in function with fixed arguments")
                return core.error_expr(loc)
            if len(args) == 2 and core.function is not None:
                self._last_named(args[1], core.function.definition)
        if len(args) < wanted:
            core.error(loc, f"too few arguments to function '{name}'")
            return core.error_expr(loc)
        out: list[Expr] = []
        for i in range(wanted):
            operand = self._va_list_operand(args[i], loc)
            if operand is None:
                if args[i].ty.kind != ERROR:
                    core.error(args[i].loc, f"incompatible type for argument {i + 1} of '{name}'")
                return core.error_expr(loc)
            out.append(operand)
        return BuiltinCall(name, out, self.types.void, loc)

    def _last_named(self, e: Expr, definition: FunctionDef) -> None:
        """-Wvarargs: what `va_start` is told must be the last parameter."""
        last = definition.params[-1] if definition.params else None
        if last is not None and not (isinstance(e, NameRef) and e.symbol is last) and not isinstance(e, IntConst):
            self.core.warn("varargs", e.loc, "second parameter of 'va_start' not last named argument")

    def _va_arg(self, ap: Expr, ty: Type, loc: Loc, place: Loc) -> Expr:
        core = self.core
        operand = self._va_list_operand(ap, loc)
        if operand is None:
            if ap.ty.kind != ERROR:
                core.error(loc, "first argument to 'va_arg' not of type 'va_list'")
            return core.error_expr(loc)
        u = ty.unq
        if u.kind == VOID or not core.records.complete(u):
            core.error(loc, f"second argument to 'va_arg' is of incomplete type {type_text(ty)}")
            return core.error_expr(loc)
        if (is_integer(u) and (u.kind <= SHORT + 1 and u.kind != INT) and u.kind != ENUM) or u.kind == FLOAT:
            promoted = "double" if u.kind == FLOAT else "int"
            if core.warn("", place, f"{type_text(ty)} is promoted to '{promoted}' when passed through '...'"):
                core.diagnostics.note(place, f"(so you should pass '{promoted}' not {type_text(ty)} to 'va_arg')")
                core.diagnostics.note(place, "if this code is reached, the program will abort")
        if u.kind == ARRAY:
            return Unary(14, "*", Cast(CAST_BITS, VaArg(operand, self.types.pointer(base_of(u)), loc), self.types.pointer(u), loc), u, loc)
        return VaArg(operand, u, loc)

    # ---- vectors and complex

    def _shuffle(self, name: str, args: list[Expr], loc: Loc) -> Expr:
        core = self.core
        values = [core.conversions.value(a) for a in args]
        first = values[0].ty.unq if values else self.types.error
        mask = values[-1].ty.unq if values else self.types.error
        if not isinstance(first, VectorType) or (name.endswith("shuffle") and (
                len(values) not in (2, 3) or not isinstance(mask, VectorType) or mask.count != first.count)):
            core.error(loc, f"'{name}' argument vectors must be of vector type" if not isinstance(first, VectorType) else
                       f"'{name}' last argument must be an integer vector")
            return core.error_expr(loc)
        ty: Type = first
        if name.endswith("shufflevector"):
            ty = self.types.vector(first.base, len(values) - 2)
        node = BuiltinCall(name, values, ty, loc)
        node.op = E_SHUFFLE
        return node

    def _complex(self, args: list[Expr], loc: Loc) -> Expr:
        core = self.core
        if len(args) != 2:
            core.error(loc, "wrong number of arguments to '__builtin_complex'")
            return core.error_expr(loc)
        a, b = core.conversions.value(args[0]), core.conversions.value(args[1])
        if not is_floating(a.ty) or a.ty.unq is not b.ty.unq:
            core.error(loc, "'__builtin_complex' operands of different types" if is_floating(a.ty) else
                       "'__builtin_complex' operand not of real binary floating-point type")
            return core.error_expr(loc)
        ty = self.types.complex(a.ty)
        if isinstance(a, FloatConst) and isinstance(b, FloatConst):
            return ComplexConst(a.bits, b.bits, ty, loc)
        return BuiltinCall("__builtin_complex", [a, b], ty, loc)
