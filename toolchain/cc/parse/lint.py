"""Warnings that one walk over a finished function finds: about conditions, branches, comparisons, constant subscripts, switches.

The walk is made only for functions written outside system headers, and only if one of its warnings is on; it changes nothing.
What needs the text as written (parentheses, macros, `sizeof`) is checked while parsing; see `expression_checks`.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import (
    CAST_DECAY,
    COMPARISONS,
    E_ADDR,
    E_BINARY,
    E_DEREF,
    E_LOGICAL,
    E_UNARY,
    ST_EMPTY,
    Asm,
    Assign,
    Binary,
    BuiltinCall,
    Call,
    Cast,
    Compound,
    CompoundLit,
    Conditional,
    Decl,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    If,
    Initializer,
    IntConst,
    Loop,
    MemberRef,
    NameRef,
    Return,
    Stmt,
    StmtExpr,
    Symbol,
    Unary,
)
from toolchain.cc.parse.lint_calls import CallLint
from toolchain.cc.parse.lint_conversions import ConversionChecks, start_of
from toolchain.cc.parse.same_tree import effect_free, same, same_statement
from toolchain.cc.parse.sequence_points import SequencePoints
from toolchain.cc.parse.spell import type_text
from toolchain.cc.types import BOOL, COMPLEX, POINTER, ArrayType, base_of, is_floating, is_integer, is_record
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

OPTIONS: Final = frozenset("""
absolute-value alloc-size-larger-than alloc-zero arith-conversion array-bounds bad-function-cast bool-compare cast-align cast-function-type
cast-qual conversion double-promotion duplicated-branches duplicated-cond float-conversion float-equal frame-address infinite-recursion
free-nonheap-object int-in-bool-context invalid-memory-model larger-than logical-op aggregate-return nonnull-compare suggest-attribute=noreturn
sync-nand memset-elt-size memset-transposed-args restrict sequence-point
sign-conversion stringop-overflow stringop-overread
""".split())
"""Options of which one must be on for a walk."""

Interval = tuple[int, int]


class Lint:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        on = core.warnings
        self.active = bool(on & OPTIONS)
        self.conversions = ConversionChecks(core)
        self.calls = CallLint(core)
        self.sequence = SequencePoints(core)
        self.sequences = "sequence-point" in on
        self.float_equal = "float-equal" in on
        self.bool_compare = "bool-compare" in on
        self.logical_op = "logical-op" in on
        self.int_in_bool = "int-in-bool-context" in on
        self.branches = "duplicated-branches" in on
        self.conditions = "duplicated-cond" in on
        self.bounds = "array-bounds" in on and core.options.optimize >= 2
        self.recursion = "infinite-recursion" in on
        self.noreturn = "suggest-attribute=noreturn" in on and core.options.optimize > 0
        self.nonnull = "nonnull-compare" in on
        self.nonnull_params: set[Symbol] = set()
        self.larger = core.levels.limit("larger-than")
        self.returns = False
        self.unreachable = 0
        """Depth of branches that a constant condition turns off."""

    def function(self, definition: FunctionDef) -> None:
        """Check one function's body."""
        if not self.active or self.core.diagnostics.errors:
            return
        self.returns = False
        which = definition.symbol.attrs.nonnull if self.nonnull else None
        self.nonnull_params = {p for i, p in enumerate(definition.params) if not which or i in which} if which is not None else set()
        if definition.ftype is not None and is_record(definition.ftype.base):
            self.core.warn("aggregate-return", definition.symbol.loc, "function returns an aggregate")
        self.statement(definition.body)
        if self.noreturn and not self.returns and not definition.symbol.attrs.noreturn and definition.symbol.name != "main" and (
                not self.core.statements.checks.falls_through(definition.body)):
            self.core.warn("suggest-attribute=noreturn", definition.symbol.loc, "function might be candidate for attribute 'noreturn'")
        if self.recursion and not definition.symbol.attrs.weak:
            found = self._must_call(definition.body, definition)
            if found and self.core.warn("infinite-recursion", definition.symbol.loc, "infinite recursion detected"):
                self.core.diagnostics.note(found, "recursive call")

    # ---- statements

    def statement(self, s: Stmt) -> None:
        """A statement and all in it."""
        if isinstance(s, ExprStmt):
            self.full(s.expr)
        elif isinstance(s, If):
            self._if(s)
        elif isinstance(s, Decl):
            self.core.declarations.checks.larger(s.symbol, self.larger)
            if s.init is not None:
                self._initializer(s.init)
        elif isinstance(s, Return):
            self.returns = True
            if s.value is not None:
                self.full(s.value)
        elif isinstance(s, For):
            self._for(s)
        elif isinstance(s, Asm):
            for e in s.expressions():
                self.expr(e)
        else:
            for e in s.expressions():
                self.full(e)
                if isinstance(s, Loop):
                    self.truth(e)
            for part in s.statements():
                self.statement(part)

    def _if(self, s: If) -> None:
        self.full(s.condition)
        self.truth(s.condition)
        if self.conditions:
            self._repeated_condition(s)
        if self.branches and s.other is not None and not _empty(s.then) and same_statement(s.then, s.other) and not self._macro(s.loc):
            self.core.warn("duplicated-branches", s.loc + 1, "this condition has identical branches")
        value = s.condition.value if isinstance(s.condition, IntConst) else None
        self._branch(s.then, value == 0)
        if s.other is not None:
            self._branch(s.other, value is not None and value != 0)

    def _branch(self, s: Stmt, dead: bool) -> None:
        self.unreachable += dead
        self.statement(s)
        self.unreachable -= dead

    def _repeated_condition(self, s: If) -> None:
        """-Wduplicated-cond: a chain of else-ifs that asks the same twice."""
        if not effect_free(s.condition) or isinstance(s.condition, IntConst):
            return
        later = s.other
        while isinstance(later, If):
            if same(s.condition, later.condition):
                if self.core.warn("duplicated-cond", later.condition.loc, "duplicated 'if' condition"):
                    self.core.diagnostics.note(s.condition.loc, "previously used here")
                return
            if not effect_free(later.condition):
                return
            later = later.other

    def _for(self, s: For) -> None:
        if s.init is not None:
            self.statement(s.init)
        if s.condition is not None:
            self.full(s.condition)
            self.truth(s.condition)
        if s.step is not None:
            self.full(s.step)
        self.statement(s.body)

    def _initializer(self, init: Initializer) -> None:
        for item in init.items:
            self.full(item.value)

    # ---- expressions

    def full(self, e: Expr) -> None:
        """An expression that is no part of another."""
        if self.sequences and e.op > E_LOGICAL - 2:
            self.sequence.full_expression(e)
        self.expr(e)

    def expr(self, e: Expr) -> None:
        """An expression and its operands."""
        if isinstance(e, (NameRef, IntConst)):
            return
        if isinstance(e, Unary):
            self._unary(e)
        elif isinstance(e, Conditional):
            self._conditional(e)
        elif isinstance(e, CompoundLit):
            self._initializer(e.init)
        else:
            if isinstance(e, StmtExpr):
                self.statement(e.body)
            for part in e.operands():
                self.expr(part)
            self._operation(e)

    def _operation(self, e: Expr) -> None:
        """An expression whose operands have been checked."""
        if isinstance(e, Cast):
            if e.explicit:
                self.conversions.explicit(e)
            elif e.kind != CAST_DECAY:
                self.conversions.implicit(e)
        elif isinstance(e, Binary):
            self._binary(e)
        elif isinstance(e, Assign):
            if e.text not in ("=", "<<", ">>") and self.conversions.values and e.compute is not e.ty:
                self.conversions.converted(e.value, e.ty, start_of(e.value))
        elif isinstance(e, Call):
            if self.conversions.promotion:
                for a in e.args[len(e.ftype.params):]:
                    self.conversions.promoted(a, a.loc, "when passing argument to function")
            self.calls.call(e)
        elif isinstance(e, BuiltinCall):
            self.calls.builtin(e, bool(self.unreachable))

    def _unary(self, e: Unary) -> None:
        if e.op == E_ADDR:
            inner = e.operand
            if isinstance(inner, Unary) and inner.op == E_DEREF:
                self.expr(inner.operand)
                self._subscript(inner, 1)
            else:
                self.expr(inner)
            return
        self.expr(e.operand)
        if e.op == E_DEREF:
            self._subscript(e, 0)
        elif e.op == E_UNARY and e.text == "!":
            self.truth(e.operand)

    def _conditional(self, e: Conditional) -> None:
        self.expr(e.condition)
        if e.then is not None:          # the first operand of a ?: b is a value too
            self.truth(e.condition)
        value = e.condition.value if isinstance(e.condition, IntConst) else None
        if e.then is not None:
            self.unreachable += value == 0
            self.expr(e.then)
            self.unreachable -= value == 0
        dead = value is not None and value != 0
        self.unreachable += dead
        self.expr(e.other)
        self.unreachable -= dead
        if e.then is None:
            return
        if self.branches and same(e.then, e.other) and not isinstance(e.then, IntConst) and not self._macro(e.loc):
            self.core.warn("duplicated-branches", e.loc, "this condition has identical branches")
        if self.conversions.promotion:
            for a in (e.then, e.other):
                self.conversions.promoted(a, e.loc, "to match other result of conditional")

    def _binary(self, e: Binary) -> None:
        if e.op == E_LOGICAL:
            self.truth(e.left)
            self.truth(e.right)
            if self.logical_op:
                self._logical(e)
            return
        if e.op != E_BINARY:
            return
        text = e.text
        if text in COMPARISONS:
            if self.float_equal and text in ("==", "!=") and (is_floating(e.left.ty) or e.left.ty.kind == COMPLEX and is_floating(base_of(e.left.ty))):
                self.core.warn("float-equal", e.loc, "comparing floating-point with '==' or '!=' is unsafe")
            if self.bool_compare:
                self._with_boolean(e)
            if self.nonnull_params and text in ("==", "!="):
                for a, b in ((e.left, e.right), (e.right, e.left)):
                    if isinstance(b, IntConst) and b.value == 0:
                        self._never_null(a, e.loc)
        if self.conversions.promotion:
            for a in (e.left, e.right):
                self.conversions.promoted(a, e.loc, "to match other operand of binary expression")

    def _with_boolean(self, e: Binary) -> None:
        """-Wbool-compare: a truth value compared with what it never is."""
        for boolean, constant, text in ((e.left, e.right, e.text), (e.right, e.left, _MIRRORED[e.text])):
            if isinstance(constant, IntConst) and _boolean(boolean):
                c = constant.value
                answers = {_compare(text, v, c) for v in (0, 1)}
                if len(answers) == 1:
                    self.core.warn("bool-compare", e.loc, f"comparison of constant '{c}' with boolean expression is always "
                                   f"{'true' if True in answers else 'false'}")
                return

    def truth(self, e: Expr) -> None:
        """-Wint-in-bool-context: a value used for its truth that was hardly meant so."""
        if self.nonnull_params:
            self._never_null(e, e.loc)
        if not self.int_in_bool:
            return
        if isinstance(e, Conditional) and isinstance(e.then, IntConst) and isinstance(e.other, IntConst):
            a, b = e.then.value, e.other.value
            if self._macro(e.loc):
                return
            if a and b and (a != 1 or b != 1):
                self.core.warn("int-in-bool-context", e.loc, "'?:' using integer constants in boolean context, the expression will always "
                               "evaluate to 'true'")
            elif a not in (0, 1) or b not in (0, 1):
                self.core.warn("int-in-bool-context", e.loc, "'?:' using integer constants in boolean context")
        elif isinstance(e, Binary) and e.op == E_BINARY and is_integer(e.ty):
            if e.text == "<<" and not self.core.types.unsigned(e.ty) and not self._macro(e.loc):
                self.core.warn("int-in-bool-context", e.loc, "'<<' in boolean context, did you mean '<'?")
            elif e.text == "*" and not self._macro(e.loc):
                self.core.warn("int-in-bool-context", e.loc, "'*' in boolean context, suggest '&&' instead")

    def _never_null(self, e: Expr, loc: Loc) -> None:
        """-Wnonnull-compare."""
        if isinstance(e, NameRef) and e.symbol in self.nonnull_params and e.ty.kind == POINTER and not e.symbol.assigned:
            self.core.warn("nonnull-compare", loc, f"'nonnull' argument '{e.symbol.name}' compared to NULL")

    # ---- -Wlogical-op

    def _logical(self, e: Binary) -> None:
        word = "or" if e.text == "||" else "and"
        right = e.right
        if isinstance(right, IntConst) and right.value not in (0, 1) and is_integer(right.ty):
            self.core.warn("logical-op", e.loc, f"logical '{word}' applied to non-boolean constant")
            return
        if not effect_free(e.left) or not effect_free(right) or isinstance(right, IntConst) or self._macro(e.loc) or self._macro(right.loc):
            return
        if same(e.left, right):
            self.core.warn("logical-op", e.loc, f"logical '{word}' of equal expressions")
            return
        a = self._range(e.left)
        b = self._range(right)
        if a is None or b is None or not same(a[0], b[0]):
            return
        lowest, highest = self._limits(a[0])
        if word == "and" and not _intersection(a[1], b[1]):
            self.core.warn("logical-op", e.loc, "logical 'and' of mutually exclusive tests is always false")
        elif word == "or" and not _intersection(_complement(a[1], lowest, highest), _complement(b[1], lowest, highest)):
            self.core.warn("logical-op", e.loc, "logical 'or' of collectively exhaustive tests is always true")

    def _limits(self, e: Expr) -> Interval:
        bits = 8 * e.ty.unq.size
        return (0, (1 << bits) - 1) if self.core.types.unsigned(e.ty) else (-(1 << bits - 1), (1 << bits - 1) - 1)

    def _range(self, e: Expr) -> tuple[Expr, list[Interval]] | None:
        """A comparison with a constant: what is compared, and the values for which it holds."""
        if not isinstance(e, Binary) or e.text not in COMPARISONS or not is_integer(e.left.ty):
            return None
        x, c, text = (e.left, e.right, e.text) if isinstance(e.right, IntConst) else (e.right, e.left, _MIRRORED[e.text])
        if not isinstance(c, IntConst):
            return None
        lowest, highest = self._limits(x)
        v = c.value
        ranges = {"==": [(v, v)], "!=": [(lowest, v - 1), (v + 1, highest)], "<": [(lowest, v - 1)], "<=": [(lowest, v)],
                  ">": [(v + 1, highest)], ">=": [(v, highest)]}[text]
        return x, [(a, b) for a, b in ranges if a <= b]

    # ---- others

    def _subscript(self, e: Unary, slack: int) -> None:
        """-Warray-bounds of a constant subscript; `slack` 1: only the address is taken."""
        place = e.operand
        if not self.bounds or self.unreachable or not isinstance(place, Binary) or place.text not in ("+", "-") or not isinstance(place.right, IntConst):
            return
        base = place.left
        if not isinstance(base, Cast) or base.kind != CAST_DECAY:
            return
        array = base.operand.ty.unq
        if not isinstance(array, ArrayType) or array.vla or array.count <= 0 or not self._whole(base.operand):
            return
        index = place.right.value if place.text == "+" else -place.right.value
        if index < 0 or index >= array.count + slack:
            self.core.warn("array-bounds", base.operand.loc, f"array subscript {index} is {'below' if index < 0 else 'above'} array bounds "
                           f"of {type_text(base.operand.ty)}")

    def _whole(self, e: Expr) -> bool:
        """The array is all there is: no last member, behind which a program may keep more."""
        if isinstance(e, NameRef):
            return True
        while isinstance(e, MemberRef):
            inner = e.object.ty.unq
            if e.member.offset + e.ty.unq.size < inner.size:
                return True
            e = e.object
        return isinstance(e, NameRef)

    def _macro(self, loc: Loc) -> bool:
        return any("macro" in phrase for phrase, _ in self.core.diagnostics.locations.resolve(loc).chain)

    def _must_call(self, s: Stmt, definition: FunctionDef) -> Loc:
        """Where the function calls itself on every way through the statement; 0 if it need not, or may leave before."""
        if isinstance(s, Compound):
            for item in s.items:
                found = self._must_call(item, definition)
                if found or not isinstance(item, (ExprStmt, Decl)) and item.op != ST_EMPTY or _may_leave(item):
                    return found
        elif isinstance(s, ExprStmt):
            return _self_call(s.expr, definition)
        elif isinstance(s, Return) and s.value is not None:
            return _self_call(s.value, definition)
        elif isinstance(s, Decl) and s.init is not None:
            for entry in s.init.items:
                found = _self_call(entry.value, definition)
                if found:
                    return found
        elif isinstance(s, If):
            found = _self_call(s.condition, definition)
            if found or s.other is None:
                return found
            return self._must_call(s.then, definition) and self._must_call(s.other, definition)
        return 0


_MIRRORED: Final = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _compare(text: str, a: int, b: int) -> bool:
    if text == "==":
        return a == b
    if text == "!=":
        return a != b
    if text == "<":
        return a < b
    if text == ">":
        return a > b
    return a <= b if text == "<=" else a >= b


def _boolean(e: Expr) -> bool:
    """Only 0 or 1."""
    while isinstance(e, Cast) and not e.explicit and is_integer(e.operand.ty):
        e = e.operand
    if e.ty.kind == BOOL:
        return True
    if isinstance(e, Binary):
        return e.op == E_LOGICAL or (e.text in COMPARISONS and is_integer(e.ty))
    return isinstance(e, Unary) and e.op == E_UNARY and e.text == "!"


def _intersection(a: list[Interval], b: list[Interval]) -> bool:
    return any(max(p[0], q[0]) <= min(p[1], q[1]) for p in a for q in b)


def _complement(a: list[Interval], lowest: int, highest: int) -> list[Interval]:
    out: list[Interval] = []
    at = lowest
    for low, high in sorted(a):
        if at < low:
            out.append((at, low - 1))
        at = max(at, high + 1)
    if at <= highest:
        out.append((at, highest))
    return out


def _empty(s: Stmt) -> bool:
    return s.op == ST_EMPTY or (isinstance(s, Compound) and not s.items)


def _may_leave(s: Stmt) -> bool:
    """A call in the statement may end the program."""
    if isinstance(s, ExprStmt):
        return _calls(s.expr)
    return isinstance(s, Decl) and s.init is not None and any(_calls(i.value) for i in s.init.items)


def _calls(e: Expr) -> bool:
    return isinstance(e, (Call, BuiltinCall, StmtExpr, Conditional)) or any(_calls(part) for part in e.operands())


def _self_call(e: Expr, definition: FunctionDef) -> Loc:
    """Where the expression surely calls the function that it is in; 0 if it does not."""
    if isinstance(e, Call):
        callee = e.callee.operand if isinstance(e.callee, Cast) else e.callee
        if isinstance(callee, NameRef) and callee.symbol is definition.symbol:
            return e.loc
        return 0
    if isinstance(e, (Cast, Unary)):
        return _self_call(e.operand, definition)
    if isinstance(e, Binary):
        return _self_call(e.left, definition) or (0 if e.op == E_LOGICAL else _self_call(e.right, definition))
    if isinstance(e, Assign):
        return _self_call(e.value, definition)
    return 0
