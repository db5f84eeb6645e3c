"""Warnings about statements, blocks and whole functions.  None of these methods changes a tree."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import (
    CAST_DECAY,
    E_ADDR,
    S_AUTO,
    S_PARAM,
    S_REGISTER,
    S_STATIC,
    S_TYPEDEF,
    ST_BREAK,
    ST_CASE,
    ST_COMPOUND,
    ST_CONTINUE,
    ST_DO,
    ST_EMPTY,
    ST_EXPR,
    ST_FOR,
    ST_GOTO,
    ST_IF,
    ST_IGOTO,
    ST_LABEL,
    ST_SWITCH,
    ST_WHILE,
    BuiltinCall,
    Call,
    Case,
    Cast,
    Compound,
    Expr,
    ExprStmt,
    For,
    Goto,
    If,
    Labelled,
    Loop,
    MemberRef,
    NameRef,
    Return,
    Stmt,
    StmtExpr,
    Switch,
    Symbol,
    Unary,
)
from toolchain.cc.preprocess.locations import LazyResolver, UnitResolver
from toolchain.cc.types import BOOL, ERROR, VOID, EnumType, Type, is_integer
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core, FunctionState


_FALLTHROUGH: Final = {
    "1": re.compile(r".*", re.S),
    "2": re.compile(r".*falls?[ \t-]*thr(?:ough|u).*", re.S | re.I),
    "3": re.compile(r"-fallthrough|@fallthrough@|lint -fallthrough[ \t]*"
                    r"|[ \t.!]*(?:ELSE,? |INTENTIONAL(?:LY)? )?FALL(?:S | |-)?THR(?:OUGH|U)[ \t.!]*(?:-[^\n\r]*)?"
                    r"|[ \t.!]*(?:Else,? |Intentional(?:ly)? )?Fall(?:(?:s | |-)[Tt]|t)hr(?:ough|u)[ \t.!]*(?:-[^\n\r]*)?"
                    r"|[ \t.!]*(?:[Ee]lse,? |[Ii]ntentional(?:ly)? )?fall(?:s | |-)?thr(?:ough|u)[ \t.!]*(?:-[^\n\r]*)?"),
    "4": re.compile(r"-fallthrough|@fallthrough@|lint -fallthrough[ \t]*|[ \t]*FALLTHR(?:OUGH|U)[ \t]*"),
}
"""What a comment must say to silence -Wimplicit-fallthrough=N (gcc manual); at level 5 no comment does."""


def unlabelled(s: Stmt) -> Stmt:
    """The statement behind labels."""
    while isinstance(s, (Labelled, Case)):
        s = s.body
    return s


class StatementChecks:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.warnings = core.warnings
        self.fallthroughs: list[Stmt] = []
        self.inside_expression = False
        self.unused_variable = "unused-variable" in core.warnings
        self.unused_set = "unused-but-set-variable" in core.warnings

    def mismatched_return(self, loc: Loc, message: str, function: Symbol) -> None:
        """A return with a value where there is none to return, or without (C11 6.8.6.4p1)."""
        core = self.core
        if core.options.pedantic_errors and core.options.warnings.get("return-type", True):
            core.pedwarn(loc, message, "return-type" if "return-type" in core.warnings else "")
        elif not core.warn_unless_off("return-type", loc, message):
            return
        core.diagnostics.note(function.loc, "declared here")

    # ---- expression statements

    def expression_statement(self, e: Expr) -> None:
        """An expression whose value is not used."""
        if self.inside_expression:
            return                      # it may be the value of a statement expression
        self.core.operators.checks.statement(e)

    def empty_body(self, what: str, loc: Loc) -> None:
        """-Wempty-body."""
        if what == "if":
            self.core.warn("empty-body", loc, "suggest braces around empty body in an 'if' statement")
        elif what == "else":
            self.core.warn("empty-body", loc, "suggest braces around empty body in an 'else' statement")
        elif what == "do":
            self.core.warn("empty-body", loc, "suggest braces around empty body in 'do' statement")

    def dangling_else(self, then: Stmt, loc: Loc, start: Loc) -> None:
        """-Wdangling-else: `if (a) if (b) x; else y;`."""
        if isinstance(then, If) and then.other is not None or "dangling-else" not in self.warnings:
            return
        if isinstance(then, If) and then.other is None:
            self.core.warn("dangling-else", loc, "suggest explicit braces to avoid ambiguous 'else'")

    def returned(self, e: Expr, loc: Loc) -> None:
        """-Wreturn-local-addr."""
        if isinstance(e, Cast):
            if e.kind != CAST_DECAY:
                return
            e = e.operand
        elif isinstance(e, Unary) and e.op == E_ADDR:
            e = e.operand
        else:
            return
        while isinstance(e, MemberRef):
            e = e.object
        if isinstance(e, NameRef) and e.symbol.storage in (S_AUTO, S_PARAM) and not e.symbol.is_function:
            self.core.warn("return-local-addr", loc, "function returns address of local variable")

    # ---- scopes

    def mixed_declaration(self, loc: Loc) -> None:
        """A declaration behind a statement, which C90 does not have."""
        core = self.core
        option = "declaration-after-statement"
        if core.c90 and core.options.pedantic_errors:
            core.pedwarn(loc, "ISO C90 forbids mixed declarations and code", option)
        elif option in core.warnings or core.c90 and core.options.pedantic:
            core.warn_unless_off(option, loc, "ISO C90 forbids mixed declarations and code")

    def scope_end(self, gone: list[Symbol]) -> None:
        """Unused names of a scope that ends."""
        if not self.unused_variable and not self.unused_set:
            return
        for s in gone:
            if s.attrs.unused or s.attrs.used or s.depth == 0 or not s.name:
                continue
            if s.storage == S_PARAM:
                if not s.used:
                    self.core.warn("unused-parameter", s.loc, f"unused parameter '{s.name}'")
                elif s.reads <= 0 and not s.address_taken:
                    self.core.warn("unused-but-set-parameter", s.loc, f"parameter '{s.name}' set but not used")
            elif s.storage in (S_AUTO, S_REGISTER, S_STATIC) and not s.is_function:
                if not s.used:
                    self.core.warn("unused-variable", s.loc, f"unused variable '{s.name}'")
                elif s.reads <= 0 and not s.address_taken and s.storage != S_STATIC and s.attrs.cleanup is None:
                    self.core.warn("unused-but-set-variable", s.loc, f"variable '{s.name}' set but not used")
            elif s.storage == S_TYPEDEF and not s.used:
                self.core.warn("unused-local-typedefs", s.loc, f"typedef '{s.name}' locally defined but not used")

    # ---- switch

    def switch(self, node: Switch, ty: Type) -> None:
        """-Wswitch and -Wimplicit-fallthrough."""
        u = ty.unq
        self._switch_form(node)
        if "implicit-fallthrough" in self.warnings:
            self._fallthrough(node.body)
        if not isinstance(u, EnumType) or "switch" not in self.warnings:
            return
        has_default = any(c.is_default for c in node.cases)
        if has_default and "switch-enum" not in self.warnings:
            return
        for name, value in u.constants:
            if not any(c.low <= value <= c.high for c in node.cases if not c.is_default):
                self.core.warn("switch", node.loc, f"enumeration value '{name}' not handled in switch")
        values = {v for _, v in u.constants}
        for c in node.cases:
            if not c.is_default and c.low == c.high and c.low not in values:
                shown = f"'enum {u.tag}'" if u.tag else f"'{ty.typedef_name}'" if ty.typedef_name else "'enum <anonymous>'"
                self.core.warn("switch", c.loc, f"case value '{c.low}' not in enumerated type {shown}")

    def _switch_form(self, s: Switch) -> None:
        """-Wswitch-default, -Wswitch-bool, -Wswitch-outside-range, -Wswitch-unreachable."""
        core = self.core
        if not any(c.is_default for c in s.cases):
            core.warn("switch-default", s.loc, "switch missing default case")
        condition = s.condition
        operand = condition.operand if isinstance(condition, Cast) and not condition.explicit else condition
        if operand.ty.kind == BOOL:
            if any(not c.is_default and (c.low < 0 or c.high > 1) for c in s.cases):
                core.warn("switch-bool", s.loc, "switch condition has boolean value")
        elif is_integer(operand.ty) and operand.ty.unq.size < condition.ty.unq.size:
            for c in s.cases:
                if not c.is_default and core.types.wrap(c.low, operand.ty) != c.low:
                    core.warn("switch-outside-range", c.loc, "case label value is less than minimum value for type" if c.low < 0
                              else "case label value exceeds maximum value for type")
        first = s.body.items[0] if isinstance(s.body, Compound) and s.body.items else s.body
        while isinstance(first, Compound) and first.items:
            first = first.items[0]
        if isinstance(first, (ExprStmt, Return, If, Goto, Switch)):
            core.warn("switch-unreachable", first.loc, "statement will never be executed")

    def _fallthrough(self, body: Stmt) -> None:
        if not isinstance(body, Compound):
            return
        falls = False
        last: Stmt | None = None
        reachable = False
        for item in body.items:
            label = item
            while isinstance(item, Labelled):
                item = item.body
            if isinstance(item, (Case, Labelled)) or label is not item:
                reachable = True
            elif not reachable:
                continue
            if isinstance(item, Case):
                if falls and last is not None and not self._marked(last) and not self._commented(label.loc):
                    place = last.expr.loc if isinstance(last, ExprStmt) else last.loc
                    if self.core.warn("implicit-fallthrough=", place, "this statement may fall through"):
                        self.core.diagnostics.note(item.loc, "here")
                inner: Stmt = item
                while isinstance(inner, (Case, Labelled)):
                    inner = inner.body
                item = inner
                falls = item.op != ST_EMPTY and self.falls_through(item)
                if item in self.fallthroughs:
                    falls = False
                last = item
                continue
            if item.op == ST_EMPTY and item not in self.fallthroughs:
                continue
            falls = self.falls_through(item) and item not in self.fallthroughs
            last = item

    def _commented(self, label: Loc) -> bool:
        """A comment before the label says that control falls through on purpose, as clearly as the level demands."""
        level = self.core.options.warning_values.get("implicit-fallthrough", "3")
        pattern = _FALLTHROUGH.get(level)
        owner = self.core.diagnostics.locations.owner(label)
        if pattern is None or owner is None or not isinstance(owner[0], (UnitResolver, LazyResolver)):
            return False
        return any(pattern.fullmatch(text) for text in owner[0].comments_before(owner[1]))

    def _marked(self, s: Stmt) -> bool:
        if s in self.fallthroughs:
            return True
        if isinstance(s, Compound) and s.items:
            return self._marked(s.items[-1])
        return False

    # ---- control flow

    def function_end(self, state: FunctionState) -> None:
        """-Wreturn-type: control reaches the end of a non-void function."""
        if "return-type" not in self.warnings or state.result.kind == VOID:
            return
        definition = state.definition
        if definition.symbol.name == "main" and definition.outer is None or definition.symbol.attrs.naked:
            return
        if definition.symbol.attrs.noreturn:
            return
        if not state.returns_value and not self._leaves(definition.body) and not self.core.diagnostics.errors:
            self.core.warn("return-type", definition.end_loc, "no return statement in function returning non-void")
        elif self.falls_through(definition.body):
            self.core.warn("return-type", definition.end_loc, "control reaches end of non-void function")

    def _leaves(self, s: Stmt) -> bool:
        return not self.falls_through(s)

    def falls_through(self, s: Stmt) -> bool:
        """Control can reach the point behind `s` (a cheap approximation that errs towards "no" for loops and gotos)."""
        s = unlabelled(s)
        op = s.op
        if isinstance(s, Return):
            return s.value is not None and s.value.ty.kind == ERROR
        if op in (ST_GOTO, ST_IGOTO, ST_BREAK, ST_CONTINUE):
            return False
        if isinstance(s, Compound):
            reachable = True
            for item in s.items:
                if item.op in (ST_LABEL, ST_CASE):
                    reachable = True
                if reachable:
                    reachable = self.falls_through(item)
            return reachable
        if op == ST_IF and isinstance(s, If):
            truth = self.core.evaluator.integer(s.condition)
            if truth is not None and truth:
                return self.falls_through(s.then)
            if s.other is None:
                return True
            return self.falls_through(s.then) or self.falls_through(s.other)
        if op == ST_WHILE and isinstance(s, Loop):
            return not self._always(s.condition) or self._breaks(s.body)
        if op == ST_DO and isinstance(s, Loop):
            if self._breaks(s.body):
                return True
            return not self._always(s.condition) and (self.falls_through(s.body) or self._continues(s.body))
        if op == ST_FOR and isinstance(s, For):
            return (s.condition is not None and not self._always(s.condition)) or self._breaks(s.body)
        if op == ST_SWITCH and isinstance(s, Switch):
            if not any(c.is_default for c in s.cases):
                return True
            return self.falls_through(s.body) or self._breaks(s.body)
        if op == ST_EXPR and isinstance(s, ExprStmt):
            return not self.never_returns(s.expr)
        return True

    def _always(self, e: Expr) -> bool:
        value = self.core.evaluator.integer(e)
        return value is not None and value != 0

    def _breaks(self, s: Stmt) -> bool:
        """A `break` in `s` leaves the loop or switch whose body `s` is."""
        s = unlabelled(s)
        return s.op == ST_BREAK or s.op in (ST_COMPOUND, ST_IF) and any(self._breaks(part) for part in s.statements())

    def _continues(self, s: Stmt) -> bool:
        s = unlabelled(s)
        return s.op == ST_CONTINUE or s.op in (ST_COMPOUND, ST_IF) and any(self._continues(part) for part in s.statements())

    def never_returns(self, e: Expr) -> bool:
        """The expression ends in a call that does not come back."""
        while isinstance(e, Cast):
            e = e.operand
        if isinstance(e, Call):
            if e.ftype.noreturn:
                return True
            callee = e.callee
            return isinstance(callee, Cast) and isinstance(callee.operand, NameRef) and callee.operand.symbol.attrs.noreturn
        if isinstance(e, BuiltinCall):
            return e.name in ("__builtin_unreachable", "__builtin_trap", "__builtin_abort", "__builtin_exit")
        return isinstance(e, StmtExpr) and (not self.falls_through(e.body) or (e.result is not None and self.never_returns(e.result)))
