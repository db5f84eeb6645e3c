"""-Wuninitialized and -Wmaybe-uninitialized: scalar locals that are read before anything was assigned to them.

One forward walk over a function.  `unset` holds the variables that no path to here assigns; a read of one is certain to be
wrong.  Where two ways meet of which one assigns, a variable becomes `partly` set; a read is reported if nothing since then could
have decided which way was taken: no condition around the read, no way out behind the meeting.  What the walk cannot follow
(labels, loops, addresses) makes it silent, never wrong.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.parse.ast import (
    CAST_VOID,
    E_LOGICAL,
    S_AUTO,
    ST_BREAK,
    ST_CONTINUE,
    ST_DO,
    ST_IGOTO,
    Asm,
    Assign,
    Binary,
    BuiltinCall,
    Call,
    Case,
    Cast,
    Compound,
    Conditional,
    Decl,
    Expr,
    ExprStmt,
    FloatConst,
    For,
    FunctionDef,
    Goto,
    If,
    IncDec,
    IntConst,
    Labelled,
    Loop,
    NameRef,
    Return,
    Stmt,
    StmtExpr,
    Switch,
    Symbol,
    Unary,
)
from toolchain.cc.types import is_scalar
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core


class UninitializedChecks:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.active = "uninitialized" in core.warnings or "maybe-uninitialized" in core.warnings
        self.partial = "maybe-uninitialized" in core.warnings and core.options.optimize > 0
        self.unset: set[Symbol] = set()
        self.partly: dict[Symbol, int] = {}
        """Variables that some way leaves unset, with the region in which the ways met."""
        self.constant: set[Symbol] = set()
        """Variables to which a constant was assigned first: gcc takes that for their value where the ways meet, and says nothing."""
        self.region = 0
        """Number of the innermost condition around the place."""
        self._regions = 0
        self.reachable = True

    def function(self, definition: FunctionDef) -> None:
        """Check one function."""
        self.unset = set()
        self.partly = {}
        self.constant = set()
        self.region = self._regions = 0
        self.reachable = True
        if not definition.calls_setjmp and definition.outer is None and not definition.nested and not definition.has_asm_goto:
            self._statement(definition.body)

    # ---- statements

    def _statement(self, s: Stmt) -> None:
        if isinstance(s, Decl):
            self._declaration(s)
        elif isinstance(s, Compound):
            for item in s.items:
                self._statement(item)
        elif isinstance(s, ExprStmt):
            self._read(s.expr)
            if s.op == ST_IGOTO or self.core.statements.checks.never_returns(s.expr):
                self.reachable = False
        elif isinstance(s, If):
            self._if(s)
        elif isinstance(s, Return):
            if s.value is not None:
                self._read(s.value)
            self.reachable = False
        elif isinstance(s, Goto) or s.op in (ST_BREAK, ST_CONTINUE):
            self.reachable = False
        elif isinstance(s, (Loop, For)):
            self._loop(s)
        elif isinstance(s, Switch):
            self._switch(s)
        elif isinstance(s, (Labelled, Case)):
            self._forget(None)
            self._statement(s.body)
        elif isinstance(s, Asm):
            for o in s.inputs:
                self._read(o.expr)
            for o in s.outputs:
                self._written(o.expr)
            if s.labels:
                self._forget(None)

    def _declaration(self, s: Decl) -> None:
        symbol = s.symbol
        if s.init is not None:
            for item in s.init.items:
                if not (isinstance(item.value, NameRef) and item.value.symbol is symbol):
                    self._read(item.value)
                elif "init-self" in self.core.warnings:
                    self.core.warn("uninitialized", item.value.loc, f"'{symbol.name}' is used uninitialized")
            return
        if self.reachable and symbol.storage == S_AUTO and is_scalar(symbol.ty) and not symbol.address_taken and not symbol.captured and (
                not symbol.ty.quals & 2 and not symbol.asm_name and symbol.attrs.cleanup is None):
            self.unset.add(symbol)
            self.partly.pop(symbol, None)

    def _if(self, s: If) -> None:
        self._read(s.condition)
        if isinstance(s.condition, IntConst):
            if s.condition.value:
                self._statement(s.then)
            elif s.other is not None:
                self._statement(s.other)
            return
        if not self.unset and not self.partly:
            self._untracked(s)
            return
        before = set(self.unset)
        region, alive = self.region, self.reachable
        self._enter()
        self._statement(s.then)
        after_then, then_alive = self.unset, self.reachable
        self.unset, self.reachable = set(before), alive
        self._enter()
        if s.other is not None:
            self._statement(s.other)
        self.region = region
        self._meet(before, after_then, then_alive, self.unset, self.reachable)

    def _untracked(self, s: If) -> None:
        """Nothing to follow yet: only declarations inside matter, and where the ways end."""
        alive, region = self.reachable, self.region
        self._enter()
        self._statement(s.then)
        then_alive = self.reachable
        self.reachable = alive
        self.unset = set()
        self._enter()
        if s.other is not None:
            self._statement(s.other)
        self.unset = set()
        self.partly = {}
        self.region = region
        self.reachable = then_alive or self.reachable

    def _meet(self, before: set[Symbol], a: set[Symbol], a_alive: bool, b: set[Symbol], b_alive: bool) -> None:
        """Two ways come together; `before` was unset where they parted."""
        self.reachable = a_alive or b_alive
        if not a_alive or not b_alive:
            self.partly = {}
            self.unset = (a if a_alive else b) & before if self.reachable else set()
            return
        self.partly = {s: r for s, r in self.partly.items() if r <= self.region}
        self.unset = a & b & before
        if self.partial:
            for s in (a ^ b) & before:
                if s not in self.constant:
                    self.partly[s] = self.region

    def _enter(self) -> None:
        self._regions += 1
        self.region = self._regions

    def _loop(self, s: Loop | For) -> None:
        """A loop's head may be reached from its end: what the loop assigns is not known to be unset in it."""
        if isinstance(s, For) and s.init is not None:
            self._statement(s.init)
        self._forget(s)
        if s.condition is not None and s.op != ST_DO and self.core.evaluator.truth(s.condition) is False:
            return              # the body never runs
        region = self.region
        self._enter()
        if s.condition is not None and s.op != ST_DO:
            self._read(s.condition)
        before = set(self.unset)
        self._statement(s.body)
        if s.condition is not None and s.op == ST_DO:
            self._read(s.condition)
        if isinstance(s, For) and s.step is not None:
            self._read(s.step)
        self.unset &= before
        self.partly = {}
        self.region = region
        self.reachable = True

    def _switch(self, s: Switch) -> None:
        self._read(s.condition)
        self._forget(s)
        before = set(self.unset)
        region = self.region
        self._enter()
        self._statement(s.body)
        self.unset &= before
        self.partly = {}
        self.region = region
        self.reachable = True

    def _forget(self, s: Stmt | None) -> None:
        """Control may come from elsewhere: drop what `s` assigns (everything if None)."""
        self.partly = {}
        self.reachable = True
        if s is None:
            self.unset = set()
        elif self.unset:
            self.unset -= _assigned(s)

    # ---- expressions

    def _read(self, e: Expr, at: Loc = 0) -> None:
        """The value of `e` is computed; `at` is the operation that it is an operand of."""
        if not self.unset and not self.partly and not isinstance(e, (StmtExpr, Cast, Assign, Call, Conditional)):
            return
        if isinstance(e, NameRef):
            self._used(e.symbol, at or e.loc)
        elif isinstance(e, Assign):
            self._read(e.value)
            if e.text != "=":
                self._read(e.target, e.loc)
            elif isinstance(e.target, NameRef) and (e.target.symbol in self.unset) and isinstance(e.value, (IntConst, FloatConst)):
                self.constant.add(e.target.symbol)
            self._written(e.target)
        elif isinstance(e, Cast):
            if e.kind != CAST_VOID or not isinstance(e.operand, NameRef):
                self._read(e.operand, at if not e.explicit else e.loc)
        elif isinstance(e, Binary):
            self._read(e.left, e.loc)
            if e.op == E_LOGICAL:
                self._perhaps([e.right])
            else:
                self._read(e.right, e.loc)
        elif isinstance(e, Call):
            self._read(e.callee)
            for a in e.args:
                self._read(a, e.loc)
        elif isinstance(e, Conditional):
            self._read(e.condition)
            self._perhaps([e.other] if e.then is None else [e.then, e.other])
        else:
            if isinstance(e, StmtExpr):
                self._statement(e.body)
            inner = e.loc if isinstance(e, (Unary, IncDec, BuiltinCall)) else 0
            for part in e.operands():
                self._read(part, inner)

    def _perhaps(self, ways: list[Expr]) -> None:
        """Operands of which at most one is evaluated."""
        region, alive = self.region, self.reachable
        before = set(self.unset)
        left: set[Symbol] | None = before if len(ways) == 1 else None
        for e in ways:
            self.unset = set(before)
            self._enter()
            self._read(e)
            left = self.unset if left is None else left & self.unset
        self.region, self.reachable = region, alive
        assert left is not None
        if left != before:
            self.partly = {}
        self.unset = left

    def _written(self, target: Expr) -> None:
        if isinstance(target, NameRef):
            self.unset.discard(target.symbol)
            self.partly.pop(target.symbol, None)
        else:
            self._read(target)

    def _used(self, s: Symbol, loc: Loc) -> None:
        if not self.reachable:
            return
        if s in self.unset:
            self.unset.discard(s)
            told = self.core.warn("uninitialized", loc, f"'{s.name}' is used uninitialized")
        elif self.partly.get(s, -1) == self.region:
            del self.partly[s]
            told = self.core.warn("maybe-uninitialized", loc, f"'{s.name}' may be used uninitialized")
        else:
            return
        if told:
            self.core.diagnostics.note(s.loc, f"'{s.name}' was declared here")


def _assigned(s: Stmt) -> set[Symbol]:
    """Variables that a statement may assign."""
    out: set[Symbol] = set()
    _collect(s, out)
    return out


def _collect(s: Stmt, out: set[Symbol]) -> None:
    for e in s.expressions():
        _collect_expr(e, out)
    for part in s.statements():
        _collect(part, out)
    if isinstance(s, Asm):
        for o in s.outputs:
            if isinstance(o.expr, NameRef):
                out.add(o.expr.symbol)


def _collect_expr(e: Expr, out: set[Symbol]) -> None:
    target = e.target if isinstance(e, Assign) else e.operand if isinstance(e, IncDec) else None
    if isinstance(target, NameRef):
        out.add(target.symbol)
    for part in e.operands():
        _collect_expr(part, out)
    if isinstance(e, StmtExpr):
        _collect(e.body, out)
