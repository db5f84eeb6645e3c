"""Statements (C11 6.8 and GNU extensions)."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import (
    ST_BREAK,
    ST_CONTINUE,
    ST_DO,
    ST_EMPTY,
    ST_EXPR,
    ST_IGOTO,
    ST_WHILE,
    Asm,
    AsmOperand,
    Case,
    Cast,
    Compound,
    Expr,
    ExprStmt,
    For,
    Goto,
    If,
    Label,
    Labelled,
    Loop,
    Return,
    Stmt,
    StmtExpr,
    Switch,
    Symbol,
)
from toolchain.cc.parse.attributes import Attr
from toolchain.cc.parse.conversions import AssignContext
from toolchain.cc.parse.core import END, FunctionState, SyntaxFailure
from toolchain.cc.parse.indentation import GuardChecks
from toolchain.cc.parse.jumps import Jumps
from toolchain.cc.parse.keywords import (
    K_ASM,
    K_ATTRIBUTE,
    K_BREAK,
    K_CASE,
    K_CONTINUE,
    K_DEFAULT,
    K_DO,
    K_ELSE,
    K_EXTENSION,
    K_FOR,
    K_GOTO,
    K_IF,
    K_RETURN,
    K_STATIC_ASSERT,
    K_SWITCH,
    K_WHILE,
    LAST_SPECIFIER,
)
from toolchain.cc.parse.lint import Lint
from toolchain.cc.parse.statement_checks import StatementChecks
from toolchain.cc.parse.uninitialized import UninitializedChecks
from toolchain.cc.preprocess.tokens import IDENTIFIER, STRING
from toolchain.cc.types import ARRAY, CONST, ERROR, POINTER, VOID, Type, is_integer, qualified
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

_BLOCKS: Final = frozenset({K_IF, K_FOR, K_WHILE, K_DO, K_SWITCH})


class Statements:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types
        self.environment = core.environment
        self.checks = StatementChecks(core)
        self.lint = Lint(core)
        self.uninitialized = UninitializedChecks(core)
        self.guards = GuardChecks(core)
        self.jumps = Jumps(core)
        self.local_labels: list[dict[str, Label]] = []
        self.seen_statement = False

    # ---- blocks

    def function_body(self, leading: list[Stmt]) -> Compound:
        """The outermost block of a function, whose scope is already open."""
        core = self.core
        loc = core.loc()
        saved = self.local_labels
        if core.function is not None and core.function.outer is None:
            self.local_labels = []
        core.expect("{")
        items = list(leading)
        end = self._block_items(items)
        self.local_labels = saved
        return Compound(items, loc, end)

    def compound(self) -> Compound:
        """`{ ... }` with a scope of its own."""
        core = self.core
        loc = core.loc()
        core.expect("{")
        depth = self._open_scope()
        items: list[Stmt] = []
        try:
            end = self._block_items(items)
        finally:
            self._close_scope(depth)
        return Compound(items, loc, end)

    def _open_scope(self) -> int:
        """Enter a block; the depth to give to `_close_scope`."""
        depth = self.environment.depth
        self.environment.push()
        return depth

    def _close_scope(self, depth: int) -> None:
        """Leave the block that was entered at `depth`, unless recovery from a syntax error has left it."""
        if self.environment.depth == depth + 1:
            self.checks.scope_end(self.environment.pop())
            self.jumps.leave(depth)

    def _block_items(self, items: list[Stmt]) -> Loc:
        """Declarations and statements up to `}`; the location of that."""
        core = self.core
        tokens = core.tokens
        marked = False
        if core.text() == "__label__":
            self._label_declarations()
            marked = True
        after_statement = False
        while True:
            token = tokens[core.pos]
            text = token.sym.text
            if text == "}":
                break
            if token is END:
                core.error(core.loc(), "expected declaration or statement at end of input")
                raise SyntaxFailure
            depth = self.environment.depth
            nesting = core.nesting
            start = core.pos
            try:
                if self._starts_declaration():
                    if after_statement:
                        self.checks.mixed_declaration(core.loc())
                    items.extend(core.declarations.declaration(False))
                    self._flush(items)
                else:
                    stmt = self.statement()
                    self._flush(items)
                    items.append(stmt)
                    after_statement = True
            except SyntaxFailure:
                core.nesting = nesting
                self._recover(start, depth)
        end = core.loc()
        core.pos += 1
        if marked:
            self.local_labels.pop()
        return end

    def _flush(self, items: list[Stmt]) -> None:
        """Bounds of types in the expression just read are evaluated before it."""
        state = self.core.function
        if state is not None and state.pending_vla:
            items.extend(state.pending_vla)
            state.pending_vla = []

    def _recover(self, start: int, depth: int) -> None:
        """After a syntax error: skip to behind the next `;`, or to the `}` of this block."""
        core = self.core
        env = self.environment
        while env.depth > depth:
            env.pop()
        self.jumps.leave(depth)
        core.unevaluated = 0
        core.evaluator.const_objects = 0
        core.inhibited = 0
        core.constant_context = 0
        core.declarations.in_parameters = 0
        tokens = core.tokens
        if core.pos == start and tokens[core.pos].sym.text not in ("}", ";") and tokens[core.pos] is not END:
            core.pos += 1
        nesting = 0
        if core.pos > start and tokens[core.pos - 1].sym.text == ";":
            return
        while tokens[core.pos] is not END:
            text = tokens[core.pos].sym.text
            if text == "{":
                nesting += 1
            elif text == "}":
                if nesting == 0:
                    return
                nesting -= 1
                if nesting == 0:
                    core.pos += 1
                    return
            elif text == ";" and nesting == 0:
                core.pos += 1
                return
            core.pos += 1

    def _starts_declaration(self) -> bool:
        core = self.core
        token = core.tokens[core.pos]
        if token.kind != IDENTIFIER:
            return False
        text = token.sym.text
        code = core.keywords.get(text, 0)
        if code:
            if code == K_EXTENSION:
                return core.expressions.starts_type(1)
            if code == K_ATTRIBUTE:
                return self._attribute_declaration()
            return code <= LAST_SPECIFIER
        if core.tokens[core.pos + 1].sym.text == ":":
            return False
        found = self.environment.find(token.sym)
        if found is not None:
            return found.storage == 0
        # an unknown name followed by a name: most likely a type that was not declared
        ahead = core.tokens[core.pos + 1]
        if ahead.kind == IDENTIFIER and ahead.sym.text not in core.keywords:
            core.error(core.loc(), f"unknown type name '{text}'")
            core.pos += 1
            raise SyntaxFailure
        return False

    def _attribute_declaration(self) -> bool:
        """Attributes that begin a declaration, not a statement (`__attribute__((fallthrough));`)."""
        core = self.core
        start = core.pos
        while core.keywords.get(core.text(), 0) == K_ATTRIBUTE:
            core.pos += 1
            core.skip_balanced()
        answer = core.expressions.starts_type(0)
        core.pos = start
        return answer

    def _label_declarations(self) -> None:
        core = self.core
        names: dict[str, Label] = {}
        while core.accept("__label__"):
            while True:
                if not core.identifier():
                    raise core.syntax_error("identifier")
                label = Label(core.text(), core.loc())
                label.function = core.function.definition if core.function is not None else None
                if label.function is not None:
                    label.function.labels.append(label)
                names[label.name] = label
                core.pos += 1
                if not core.accept(","):
                    break
            core.expect(";")
        self.local_labels.append(names)

    # ---- labels

    def label(self, name: str, loc: Loc) -> Label:
        """The label `name`, made at its first mention."""
        core = self.core
        for scope in reversed(self.local_labels):
            if name in scope:
                if core.function is not None and scope[name].function is not core.function.definition:
                    scope[name].nonlocal_jump = True
                return scope[name]
        state = core.function
        assert state is not None
        found = state.labels.get(name)
        if found is None:
            found = Label(name, loc)
            found.function = state.definition
            state.labels[name] = found
        return found

    def finish_function(self, state: FunctionState, gone: list[Symbol]) -> None:
        """Checks at the end of a function: labels, unused names."""
        core = self.core
        for label in state.labels.values():
            if label.used and not label.defined:
                core.error(label.loc, f"label '{label.name}' used but not defined")
            elif not label.used and "unused-label" in core.warnings:
                core.warn("unused-label", label.loc, f"label '{label.name}' defined but not used")
        state.definition.labels = [*state.labels.values(), *state.definition.labels]
        self.checks.scope_end(gone)
        self.checks.function_end(state)
        if self.uninitialized.active and not core.in_system:
            self.uninitialized.function(state.definition)
        if self.lint.active and not core.in_system:
            self.lint.function(state.definition)

    # ---- statements

    def statement(self) -> Stmt:
        """statement."""
        core = self.core
        token = core.tokens[core.pos]
        text = token.sym.text
        loc = core.loc()
        if text == "{":
            core.enter()
            block = self.compound()
            core.nesting -= 1
            return block
        if text == ";":
            core.pos += 1
            return Stmt(ST_EMPTY, loc)
        if token.kind == IDENTIFIER:
            code = core.keywords.get(text, 0)
            if code:
                if code >= K_ASM and code <= K_DEFAULT or code == K_ATTRIBUTE:
                    core.enter()
                    stmt = self._keyword(code, loc)
                    core.nesting -= 1
                    return stmt
            elif core.tokens[core.pos + 1].sym.text == ":":
                core.enter()
                stmt = self._labelled(loc)
                core.nesting -= 1
                return stmt
        elif text == "[" and core.peek(1) == "[":
            return self._attributed(loc)
        e = core.expressions.expression()
        core.expect(";")
        self.checks.expression_statement(e)
        return ExprStmt(ST_EXPR, core.conversions.value(e), loc)

    def _keyword(self, code: int, loc: Loc) -> Stmt:
        core = self.core
        if code == K_ASM:
            return self.asm_statement(False)
        if code == K_ATTRIBUTE:
            return self._attributed(loc)
        if code == K_STATIC_ASSERT:
            core.declarations.static_assert()
            return Stmt(ST_EMPTY, loc)
        core.pos += 1
        if code == K_RETURN:
            return self._return(loc)
        if code in _BLOCKS:
            if core.c90:
                return self._controlled(code, loc)
            depth = self._open_scope()
            try:
                return self._controlled(code, loc)
            finally:
                self._close_scope(depth)
        if code == K_GOTO:
            return self._goto(loc)
        if code == K_BREAK or code == K_CONTINUE:
            return self._jump(code, loc)
        if code == K_CASE or code == K_DEFAULT:
            return self._case(code == K_DEFAULT, loc)
        if code == K_ELSE:
            core.pos -= 1
            core.error(loc, "'else' without a previous 'if'")
            core.pos += 1
            raise SyntaxFailure
        core.pos -= 1
        raise core.syntax_error("expression")

    def _controlled(self, code: int, loc: Loc) -> Stmt:
        """A selection or iteration statement behind its first word; from C99 on it is a block (C11 6.8.4p3, 6.8.5p5)."""
        core = self.core
        if code == K_IF:
            return self._if(loc)
        if code == K_FOR:
            return self._for(loc)
        if code == K_SWITCH:
            return self._switch(loc)
        if code == K_WHILE:
            core.expect("(")
            condition = self._condition()
            core.expect(")")
            return Loop(ST_WHILE, condition, self._loop_body("while", loc), loc)
        body = self._loop_body("do", loc)
        if core.text() != "while":
            raise core.syntax_error("'while'")
        core.pos += 1
        core.expect("(")
        condition = self._condition()
        core.expect(")")
        core.expect(";")
        return Loop(ST_DO, condition, body, loc)

    def _condition(self) -> Expr:
        core = self.core
        start = core.loc()
        e = core.expressions.expression()
        core.operators.checks.condition(e, start)
        return core.conversions.condition(e)

    def _substatement(self, what: str) -> Stmt:
        """A statement where a declaration is not allowed; from C99 on it is a block, with or without braces."""
        core = self.core
        braced = core.text() == "{"
        if not braced and self._starts_declaration():
            raise core.syntax_error("expression")
        if core.tokens[core.pos].sym.text == ";" and not (what == "if" and core.peek(1) == "else"):
            self.checks.empty_body(what, core.loc())
        if braced or core.c90:
            stmt = self.statement()
        else:
            depth = self._open_scope()
            try:
                stmt = self.statement()
            finally:
                self._close_scope(depth)
        state = core.function
        if state is not None and state.pending_vla:
            items: list[Stmt] = []
            self._flush(items)
            items.append(stmt)
            return Compound(items, stmt.loc, stmt.loc)
        return stmt

    def _if(self, loc: Loc) -> Stmt:
        core = self.core
        core.expect("(")
        condition = self._condition()
        core.expect(")")
        start = core.loc()
        body = core.text()
        then = self._substatement("if")
        if self.guards.active:
            self.guards.check("if", loc, start, body)
        other: Stmt | None = None
        if core.keywords.get(core.text(), 0) == K_ELSE:
            self.checks.dangling_else(then, loc, start)
            guard = core.loc()
            core.pos += 1
            start, body = core.loc(), core.text()
            other = self._substatement("else")
            if self.guards.active and body != "if":
                self.guards.check("else", guard, start, body)
        return If(condition, then, other, loc)

    def _loop_body(self, what: str, guard: Loc) -> Stmt:
        core = self.core
        state = core.function
        assert state is not None
        start, first = core.loc(), core.text()
        state.breakable += 1
        state.loops += 1
        try:
            body = self._substatement(what)
        finally:
            state.breakable -= 1
            state.loops -= 1
        if self.guards.active and what != "do":
            self.guards.check(what, guard, start, first)
        return body

    def _for(self, loc: Loc) -> Stmt:
        core = self.core
        core.expect("(")
        init: Stmt | None = None
        if core.text() == ";":
            core.pos += 1
        elif core.keywords.get(core.text(), 0) == K_STATIC_ASSERT:
            core.declarations.static_assert()
        elif self._starts_declaration():
            start = core.loc()
            if core.c90:
                core.error(loc, "'for' loop initial declarations are only allowed in C99 or C11 mode")
                core.diagnostics.note(loc, "use option '-std=c99', '-std=gnu99', '-std=c11' or '-std=gnu11' to compile your code")
            items = core.declarations.declaration(False)
            self._flush(items)
            init = items[0] if len(items) == 1 else Compound(items, start, start) if items else None
        else:
            start = core.loc()
            e = core.expressions.expression()
            self.checks.expression_statement(e)
            init = ExprStmt(ST_EXPR, core.conversions.value(e), start)
            core.expect(";")
        condition: Expr | None = None
        if core.text() != ";":
            condition = self._condition()
        core.expect(";")
        step: Expr | None = None
        if core.text() != ")":
            step = core.expressions.expression()
            self.checks.expression_statement(step)
            step = core.conversions.value(step)
        core.expect(")")
        return For(init, condition, step, self._loop_body("for", loc), loc)

    def _goto(self, loc: Loc) -> Stmt:
        core = self.core
        if core.accept("*"):
            core.pedantic(loc, "ISO C forbids 'goto *expr;'")
            e = core.conversions.value(core.expressions.expression())
            core.expect(";")
            if e.ty.kind != ERROR:
                if e.ty.kind != POINTER:
                    core.error(e.loc, "computed goto must be pointer type")
                    e = core.error_expr(e.loc)
                else:
                    e = core.conversions.assign(e, self.types.pointer(qualified(self.types.void, CONST)), AssignContext("init"), e.loc)
            return ExprStmt(ST_IGOTO, e, loc)
        if not core.identifier():
            raise core.syntax_error("identifier or '*'")
        label = self.label(core.text(), core.loc())
        label.used = True
        self.jumps.goto(label, loc)
        core.pos += 1
        core.expect(";")
        return Goto(label, loc)

    def _jump(self, code: int, loc: Loc) -> Stmt:
        core = self.core
        state = core.function
        assert state is not None
        core.expect(";")
        if code == K_BREAK:
            if not state.breakable:
                core.error(loc, "break statement not within loop or switch")
            return Stmt(ST_BREAK, loc)
        if not state.loops:
            core.error(loc, "continue statement not within a loop")
        return Stmt(ST_CONTINUE, loc)

    def _return(self, loc: Loc) -> Stmt:
        core = self.core
        state = core.function
        assert state is not None
        result = state.result
        if core.accept(";"):
            if result.kind not in (VOID, ERROR) and not core.c90:
                self.checks.mismatched_return(loc, "'return' with no value, in function returning non-void", state.definition.symbol)
            return Return(None, loc)
        start = core.loc()
        e = core.conversions.value(core.expressions.expression())
        core.expect(";")
        state.returns_value = True
        if result.kind == VOID:
            if e.ty.kind != VOID and e.ty.kind != ERROR:
                self.checks.mismatched_return(start, "'return' with a value, in function returning void", state.definition.symbol)
            elif e.ty.kind == VOID and core.options.pedantic:
                core.pedantic(start, "ISO C forbids 'return' with expression, in function returning void")
                core.diagnostics.note(state.definition.symbol.loc, "declared here")
            return Return(core.conversions.to_void(e), loc)
        self.checks.returned(e, start)
        value = core.conversions.assign(e, result, AssignContext("return"), e.loc)
        return Return(value, loc)

    # ---- switch

    def _switch(self, loc: Loc) -> Stmt:
        core = self.core
        state = core.function
        assert state is not None
        core.expect("(")
        e = core.conversions.value(core.expressions.expression())
        core.expect(")")
        original = e.ty
        if not is_integer(e.ty):
            if e.ty.kind != ERROR:
                core.error(e.loc, "switch quantity not an integer")
            e = core.expressions.int_zero(e.loc)
            e.ty = self.types.int_
        e = core.conversions.promote(e)
        node = Switch(e, loc)
        state.switches.append(node)
        state.switch_barriers.append(state.barrier)
        state.breakable += 1
        try:
            node.body = self._substatement("switch")
        finally:
            state.breakable -= 1
            state.switches.pop()
            state.switch_barriers.pop()
        self._check_cases(node)
        self.checks.switch(node, original)
        return node

    def _check_cases(self, node: Switch) -> None:
        """Duplicate labels."""
        core = self.core
        rows = sorted([(c.low, c.high, i) for i, c in enumerate(node.cases) if not c.is_default])
        for a, b in zip(rows, rows[1:]):
            if b[0] <= a[1]:
                later, earlier = node.cases[max(a[2], b[2])], node.cases[min(a[2], b[2])]
                core.error(later.loc, "duplicate case value" if later.low == later.high else "duplicate (or overlapping) case value")
                core.diagnostics.note(earlier.loc, "previously used here" if later.low == later.high else
                                      "this is the first entry overlapping that value")
        defaults = [c for c in node.cases if c.is_default]
        if len(defaults) > 1:
            core.error(defaults[1].loc, "multiple default labels in one switch")
            core.diagnostics.note(defaults[0].loc, "this is the first default label")

    def _case(self, is_default: bool, loc: Loc) -> Stmt:
        """Labels and the statement behind them; `case 1: case 2: ...` is a loop, because a program may have thousands."""
        core = self.core
        first = last = self._case_label(is_default, loc)
        code = core.keywords.get(core.text(), 0)
        while code == K_CASE or code == K_DEFAULT:
            loc = core.loc()
            core.pos += 1
            node = self._case_label(code == K_DEFAULT, loc)
            last.body = node
            last = node
            code = core.keywords.get(core.text(), 0)
        last.body = self._after_label()
        return first

    def _case_label(self, is_default: bool, loc: Loc) -> Case:
        """`case 1:`, without a body; the cursor is behind the keyword."""
        core = self.core
        state = core.function
        assert state is not None
        switch = state.switches[-1] if state.switches else None
        low = high = 0
        if not is_default:
            # gcc takes const objects for constants here when it optimises.
            core.evaluator.const_objects += int(core.options.optimize > 0)
            low, e = core.expressions.constant_integer("case label does not reduce to an integer constant%", loc)
            high = low
            if core.accept("..."):
                high, _ = core.expressions.constant_integer("case label does not reduce to an integer constant%")
                core.pedantic(loc, "range expressions in switch statements are non-standard")
            core.evaluator.const_objects -= int(core.options.optimize > 0)
            if switch is not None:
                ty = switch.condition.ty
                low = self.types.wrap(low, ty)
                high = self.types.wrap(high, ty)
                if low > high:
                    core.warn("", loc, "empty range specified")
            del e
        if core.text() != ":":
            core.missing("':' or '...'" if not is_default else "':'")
        core.pos += 1
        node = Case(low, high, is_default, loc)
        if switch is None:
            core.error(loc, "'default' label not within a switch statement" if is_default else "case label not within a switch statement")
        elif low <= high:
            switch.cases.append(node)
        if switch is not None:
            self.jumps.case(switch, state.switch_barriers[-1], loc)
        return node

    def _after_label(self) -> Stmt:
        """The statement behind a label; a label before `}` or a declaration stands for an empty one."""
        core = self.core
        attrs: list[Attr] = []
        if core.keywords.get(core.text(), 0) == K_ATTRIBUTE and not self._attribute_declaration():
            core.attributes.read(attrs)
        if core.text() == "}":
            if not core.c23:
                core.error(core.loc() - 1, "label at end of compound statement") if core.options.pedantic_errors else None
            return Stmt(ST_EMPTY, core.loc())
        if self._starts_declaration():
            if core.options.pedantic:
                core.pedantic(core.loc(), "a label can only be part of a statement and a declaration is not a statement")
            return Stmt(ST_EMPTY, core.loc())
        return self.statement()

    def _labelled(self, loc: Loc) -> Stmt:
        core = self.core
        label = self.label(core.text(), loc)
        if label.defined:
            core.error(loc, f"duplicate label '{label.name}'")
            core.diagnostics.note(label.loc, f"previous definition of '{label.name}' with type 'void'")
        else:
            label.loc = loc
            self.jumps.defined(label)
        label.defined = True
        core.pos += 2
        if core.keywords.get(core.text(), 0) == K_ATTRIBUTE:
            attrs: list[Attr] = []
            core.attributes.read(attrs)
            if core.attributes.has(attrs, "unused"):
                label.used = True
        return Labelled(label, self._after_label(), loc)

    def _attributed(self, loc: Loc) -> Stmt:
        """`__attribute__((fallthrough));` or attributes before a statement."""
        core = self.core
        attrs: list[Attr] = []
        core.attributes.read(attrs)
        if core.accept(";"):
            stmt = Stmt(ST_EMPTY, loc)
            if core.attributes.has(attrs, "fallthrough"):
                self.checks.fallthroughs.append(stmt)
            return stmt
        return self.statement()

    # ---- statement expressions

    def statement_expression(self, loc: Loc) -> Expr:
        """GNU `({ ... })`; the cursor is at `{`."""
        core = self.core
        if core.function is None:
            if core.environment.at_file_scope() and not core.unevaluated and not core.declarations.in_parameters:
                core.error(loc, "braced-group within expression allowed only inside a function")
                core.skip_balanced()
                return core.error_expr(loc)
            return self._typeof_statement_expression(loc)
        state = core.function
        outer_vla = state.pending_vla
        state.pending_vla = []
        saved = core.constant_context
        core.constant_context = 0
        quiet = self.checks.inside_expression
        self.checks.inside_expression = True
        self.jumps.enter(None, self.environment.depth + 1)
        body = self.compound()
        self.checks.inside_expression = quiet
        core.constant_context = saved
        state.pending_vla = outer_vla
        result: Expr | None = None
        ty: Type = self.types.void
        last = body.items[-1] if body.items else None
        if isinstance(last, ExprStmt) and last.op == ST_EXPR:
            result = last.expr
            ty = result.ty.unq if result.ty.kind != ARRAY else result.ty
            body.items.pop()
            if ty.kind == VOID:
                body.items.append(last)
                result = None
        elif isinstance(last, Labelled):
            result, ty = self._labelled_result(body, last)
        return StmtExpr(body, result, ty, loc)

    def _labelled_result(self, body: Compound, last: Labelled) -> tuple[Expr | None, Type]:
        """`({ ...; label: value; })`: the labelled statement's value."""
        inner: Labelled = last
        while isinstance(inner.body, Labelled):
            inner = inner.body
        stmt = inner.body
        if isinstance(stmt, ExprStmt) and stmt.op == ST_EXPR and stmt.expr.ty.kind != VOID:
            inner.body = Stmt(ST_EMPTY, stmt.loc)
            return stmt.expr, stmt.expr.ty.unq
        del body
        return None, self.types.void

    def _typeof_statement_expression(self, loc: Loc) -> Expr:
        """A statement expression in an operand of typeof or sizeof outside of any function."""
        core = self.core
        from toolchain.cc.parse.ast import S_STATIC as static
        from toolchain.cc.parse.ast import FunctionDef
        owner = Symbol("", static, self.types.function(self.types.void, []), loc)
        core.function = FunctionState(FunctionDef(owner, [], Compound([], loc), loc, loc), self.types.void, None)
        try:
            return self.statement_expression(loc)
        finally:
            core.function = None

    # ---- asm

    def asm_statement(self, file_scope: bool) -> Asm:
        """`asm [qualifiers] (template : outputs : inputs : clobbers : labels);`"""
        core = self.core
        node = Asm("", core.loc())
        core.pos += 1
        while core.text() != "(":
            word = core.text().strip("_")
            if word == "volatile":
                node.is_volatile = True
            elif word == "goto":
                node.is_goto = True
            elif word == "inline":
                node.is_inline = True
            elif word != "const":
                raise core.syntax_error("'('")
            core.pos += 1
        core.pos += 1
        if core.tokens[core.pos].kind != STRING:
            raise core.syntax_error("string literal")
        node.template = self._asm_string()
        if core.text() == ")":
            node.is_basic = True
            node.is_volatile = True
        section = 0
        while core.text() in (":", "::"):
            if file_scope:
                core.missing("')'")
            section += 2 if core.text() == "::" else 1
            core.pos += 1
            if core.text() in (":", "::", ")"):
                continue
            if section == 1:
                self._operands(node.outputs, True)
            elif section == 2:
                self._operands(node.inputs, False)
            elif section == 3:
                self._clobbers(node)
            elif section == 4 and node.is_goto:
                self._asm_labels(node)
            else:
                core.missing("')'")
        core.expect(")")
        core.expect(";")
        if not node.outputs and not node.is_basic:
            node.is_volatile = True
        if node.is_goto:
            node.is_volatile = True
            if core.function is not None:
                core.function.definition.has_asm_goto = True
        return node

    def _asm_string(self) -> str:
        data = self.core.expressions.string().data
        return data[:-1].decode("utf-8", "surrogateescape")

    def _operands(self, into: list[AsmOperand], output: bool) -> None:
        core = self.core
        while True:
            loc = core.loc()
            name = ""
            if core.accept("["):
                name = core.text()
                core.pos += 1
                core.expect("]")
            if core.tokens[core.pos].kind != STRING:
                raise core.syntax_error("string literal")
            constraint = self._asm_string()
            core.expect("(")
            e = core.expressions.expression()
            core.expect(")")
            into.append(AsmOperand(name, constraint, self._operand(e, constraint, output, loc), loc))
            if not core.accept(","):
                return

    def _operand(self, e: Expr, constraint: str, output: bool, loc: Loc) -> Expr:
        core = self.core
        memory = self._memory_only(constraint)
        if output:
            if e.ty.kind == ERROR:
                return e
            while isinstance(e, Cast) and not core.conversions.is_lvalue(e):
                e = e.operand
            if not core.conversions.is_lvalue(e):
                core.error(loc, "lvalue required in 'asm' statement")
                return core.error_expr(loc)
            if not constraint or constraint[0] not in "=+" and "=" not in constraint and "+" not in constraint:
                core.error(loc, "output operand constraint lacks '='")
            core.operators.note_assigned(e)
            if memory:
                core.conversions.take_address(e)
            return e
        if memory and core.conversions.is_lvalue(e):
            core.conversions.take_address(e)
            return e
        if core.conversions.is_lvalue(e) and self._allows_memory(constraint) and e.ty.kind == ARRAY:
            core.conversions.take_address(e)
            return core.conversions.value(e)
        value = core.conversions.value(e)
        if value.ty.kind == VOID:
            core.error(loc, "invalid use of void expression")
            return core.error_expr(loc)
        return core.evaluator.simplify(value) if self._immediate_only(constraint) else value

    def _memory_only(self, constraint: str) -> bool:
        letters = constraint.strip("=+&%*,")
        if not letters:
            return False
        kinds = self.core.target.constraint_kind
        return all(c in "moV<>" or (c.isalpha() and c not in "rgXinEFsp" and kinds(c) == "memory") for c in letters if c not in ",?!&")

    def _allows_memory(self, constraint: str) -> bool:
        return any(c in "mogX" for c in constraint)

    def _immediate_only(self, constraint: str) -> bool:
        return all(c in "insEF" for c in constraint.strip("%,")) and bool(constraint)

    def _clobbers(self, node: Asm) -> None:
        core = self.core
        while True:
            if core.tokens[core.pos].kind != STRING:
                raise core.syntax_error("string literal")
            loc = core.loc()
            name = self._asm_string()
            if name not in ("memory", "cc") and core.target.register_number(name.lstrip("%#")) < 0:
                core.error(loc, f"unknown register name '{name}' in 'asm'")
            node.clobbers.append(name)
            if not core.accept(","):
                return

    def _asm_labels(self, node: Asm) -> None:
        core = self.core
        while True:
            if not core.identifier():
                raise core.syntax_error("identifier")
            label = self.label(core.text(), core.loc())
            label.used = True
            self.jumps.goto(label, core.loc())
            node.labels.append(label)
            core.pos += 1
            if not core.accept(","):
                return


