"""Statements and control flow."""
from __future__ import annotations

from typing import cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import NIL, Block, Instr, SwitchCases
from toolchain.cc.lower import builtins, calls, initialise, inline_asm, nested, ops, unwinding, vla
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower import lvalue as lvalues
from toolchain.cc.lower.context import V_POINTER, V_SSA, Fn, LabelState, Scope, Target
from toolchain.cc.lower.typemap import is_memory, is_void
from toolchain.cc.parse.ast import (
    S_AUTO,
    S_PARAM,
    S_REGISTER,
    ST_ASM,
    ST_BREAK,
    ST_CASE,
    ST_COMPOUND,
    ST_CONTINUE,
    ST_DECL,
    ST_DO,
    ST_EXPR,
    ST_FOR,
    ST_GOTO,
    ST_IF,
    ST_IGOTO,
    ST_LABEL,
    ST_RETURN,
    ST_SWITCH,
    ST_VLA,
    ST_WHILE,
    Asm,
    Case,
    Compound,
    Decl,
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
    VlaDecl,
)
from toolchain.cc.types import VOID, PointerType, Type, align_of, size_of


def statement(f: Fn, s: Stmt) -> None:
    """Lower one statement at the current position."""
    if s.loc:
        f.loc = s.loc
    op = s.op
    if op == ST_EXPR:
        expressions.effect(f, cast(ExprStmt, s).expr)
    elif op == ST_COMPOUND:
        compound(f, cast(Compound, s))
    elif op == ST_DECL:
        declaration(f, cast(Decl, s))
    elif op == ST_IF:
        _if(f, cast(If, s))
    elif op == ST_RETURN:
        return_(f, cast(Return, s))
    elif op == ST_FOR:
        _for(f, cast(For, s))
    elif op == ST_WHILE or op == ST_DO:
        _loop(f, cast(Loop, s))
    elif op == ST_SWITCH:
        _switch(f, cast(Switch, s))
    elif op == ST_CASE:
        case = cast(Case, s)
        block = f.cases.get(case)
        if block is not None:
            f.jump(block)
            f.start(block)
        while case.body.op == ST_CASE:
            case = cast(Case, case.body)        # has the same block
        statement(f, case.body)
    elif op == ST_LABEL:
        _label(f, cast(Labelled, s))
    elif op == ST_GOTO:
        goto(f, cast(Goto, s).label)
    elif op == ST_BREAK:
        _leave_to(f, f.breaks)
    elif op == ST_CONTINUE:
        _leave_to(f, f.continues)
    elif op == ST_ASM:
        inline_asm.statement(f, cast(Asm, s))
    elif op == ST_IGOTO:
        _computed_goto(f, cast(ExprStmt, s))
    elif op == ST_VLA:
        vla.evaluate(f, cast(VlaDecl, s))


def compound(f: Fn, s: Compound) -> None:
    """A block; what its declarations need done at its end is done."""
    depth = len(f.scopes)
    for item in s.items:
        statement(f, item)
    if len(f.scopes) > depth:
        if s.end_loc:
            f.loc = s.end_loc
        leave(f, depth)
        del f.scopes[depth:]


def leave(f: Fn, depth: int) -> None:
    """Do what is due when control leaves the scopes from `depth` on; they stay open for other paths."""
    _run(f, f.scopes[depth:])


def _run(f: Fn, scopes: list[Scope]) -> None:
    saved = f.scopes
    for n in range(len(scopes) - 1, -1, -1):
        scope = scopes[n]
        if scope.variable is not None and scope.function is not None:
            f.scopes = scopes[:n]
            v = f.variables[scope.variable]
            if v.kind == V_SSA:
                place = f.temporary(scope.variable.ty)
                f.store(f.read(v.index), place)
            else:
                place = lvalues.variable_address(f, v)
            calls.cleanup(f, scope.variable, scope.function, place)
        elif n == 0 or scopes[n - 1].function is not None:
            f.emit(ir.STACK_RESTORE, ir.VOID, scope.saved_stack)
    f.scopes = saved


def declaration(f: Fn, s: Decl) -> None:
    """An automatic object comes into being."""
    symbol = s.symbol
    if symbol.storage not in (S_AUTO, S_REGISTER, S_PARAM) or symbol.is_function:
        return
    if vla.is_vla(symbol.ty):
        vla.declare(f, symbol)
    else:
        if s.init is not None and symbol.init is None and size_of(symbol.ty) < s.init.size:
            symbol.init = s.init
        v = f.declare(symbol)
        if s.init is not None:
            initialise.initialise(f, symbol, v, s.init)
        elif v.kind != V_POINTER:
            initialise.uninitialised(f, symbol, v)
    if symbol.attrs.cleanup is not None:
        scope = Scope(symbol, symbol.attrs.cleanup, NIL)
        f.scopes.append(scope)
        unwinding.enter(f, scope)


def statement_expression(f: Fn, e: StmtExpr) -> Instr:
    """GNU `({ ... })`."""
    depth = len(f.scopes)
    for item in e.body.items:
        statement(f, item)
    result = NIL
    if e.result is not None:
        f.loc = e.result.loc or f.loc
        if is_void(e.ty):
            expressions.effect(f, e.result)
        else:
            result = expressions.rvalue(f, e.result)
    if len(f.scopes) > depth:
        if vla.is_vla(e.ty):
            del f.scopes[depth:]            # the value lies on the stack: what is around gives the stack back
            return result
        if is_memory(e.ty) and result is not NIL:
            place = f.temporary(e.ty)
            f.copy(place, result, size_of(e.ty), align_of(e.ty))
            result = place
        leave(f, depth)
        del f.scopes[depth:]
    return result


# ------------------------------------------------------------------ branching
def _if(f: Fn, s: If) -> None:
    yes = f.add_block()
    done = f.add_block()
    no = f.add_block() if s.other is not None else done
    expressions.condition(f, s.condition, yes, no)
    f.start(yes)
    statement(f, s.then)
    f.jump(done)
    if s.other is not None:
        f.start(no)
        statement(f, s.other)
        f.jump(done)
    f.start(done)


def _body(f: Fn, s: Stmt, on_break: Block, on_continue: Block) -> None:
    f.breaks.append(Target(on_break, len(f.scopes)))
    f.continues.append(Target(on_continue, len(f.scopes)))
    statement(f, s)
    f.breaks.pop()
    f.continues.pop()


def _loop(f: Fn, s: Loop) -> None:
    head = f.add_block()
    body = f.add_block() if s.op == ST_WHILE else head
    test = head if s.op == ST_WHILE else f.add_block()
    done = f.add_block()
    f.jump(head)
    f.start(head, sealed=False)
    if s.op == ST_WHILE:
        f.loc = s.condition.loc or f.loc
        expressions.condition(f, s.condition, body, done)
        f.start(body)
        _body(f, s.body, done, head)
        f.jump(head)
    else:
        _body(f, s.body, done, test)
        f.jump(test)
        f.start(test)
        f.loc = s.condition.loc or f.loc
        expressions.condition(f, s.condition, head, done)
    f.seal(head)
    f.start(done)


def _for(f: Fn, s: For) -> None:
    depth = len(f.scopes)
    if s.init is not None:
        statement(f, s.init)
    head = f.add_block()
    body = f.add_block()
    step = f.add_block()
    done = f.add_block()
    f.jump(head)
    f.start(head, sealed=False)
    if s.condition is not None:
        f.loc = s.condition.loc or f.loc
        expressions.condition(f, s.condition, body, done)
    else:
        f.jump(body)
    f.start(body)
    _body(f, s.body, done, step)
    f.jump(step)
    f.start(step)
    if s.step is not None:
        f.loc = s.step.loc or f.loc
        expressions.effect(f, s.step)
    f.jump(head)
    f.seal(head)
    f.start(done)
    if len(f.scopes) > depth:
        leave(f, depth)
        del f.scopes[depth:]


def _switch(f: Fn, s: Switch) -> None:
    value = expressions.rvalue(f, s.condition)
    done = f.add_block()
    cases = SwitchCases()
    targets: list[Block] = [done]
    mask = (1 << f.types.bits(value.ty)) - 1
    before: Case | None = None
    block = done
    index = 0                               # of `block` in `targets`; 0: not there
    for case in s.cases:
        if before is None or before.body is not case:
            block = f.add_block()
            index = 0
        before = case
        f.cases[case] = block
        if case.is_default:
            targets[0] = block
            continue
        if case.low > case.high:
            continue
        if not index:
            index = len(targets)
            targets.append(block)
        low, high = case.low & mask, case.high & mask
        parts = [(low, high)] if low <= high else [(low, mask), (0, high)]
        for part in parts:
            cases.ranges.append(part)
            cases.targets.append(index)
    _emit_switch(f, value, cases, targets)
    f.breaks.append(Target(done, len(f.scopes)))
    statement(f, s.body)
    f.breaks.pop()
    f.jump(done)
    f.start(done)


def _emit_switch(f: Fn, value: Instr, cases: SwitchCases, targets: list[Block]) -> None:
    if value.op == ir.CONST:
        for (low, high), n in zip(cases.ranges, cases.targets, strict=True):
            if low <= value.imm <= high:
                f.jump(targets[n])
                return
        f.jump(targets[0])
        return
    if not cases.ranges:
        f.jump(targets[0])
        return
    i = f.emit(ir.SWITCH, ir.VOID, value)
    i.aux = cases
    for block in targets:
        f.link(block)
    f.dead()


def _leave_to(f: Fn, targets: list[Target]) -> None:
    if targets:
        leave(f, targets[-1].depth)
        f.jump(targets[-1].block)


# --------------------------------------------------------------------- labels
def label_state(f: Fn, label: Label) -> LabelState:
    """The label's state, made at first mention."""
    state = f.labels.get(label)
    if state is None:
        state = LabelState(f.add_block())
        f.labels[label] = state
        if label.address_taken:
            _take_address(f, label, state)
    return state


def _take_address(f: Fn, label: Label, state: LabelState) -> None:
    """The block is a target of computed gotos; it has an assembler name if static data mention it."""
    state.block.address_taken = True
    if label in f.module.labels or f.definition is not None and f.definition.nested:
        state.block.name = f.module.label_name(label)
        f.function.noinline = True
    f.label_blocks.append(state.block)
    if f.dispatch is not None:
        f.dispatch.succs.append(state.block)
        state.block.preds.append(f.dispatch)


def label_address(f: Fn, label: Label) -> Instr:
    """`&&label`."""
    if label.function is not None and label.function is not f.definition:
        return f.function.global_address(f.module.label_symbol(label))
    label.address_taken = True
    state = label_state(f, label)
    if not state.block.address_taken:
        _take_address(f, label, state)
    return f.function.label_address(state.block)


def goto(f: Fn, label: Label) -> None:
    """Jump to a label, cleaning up the scopes that are left."""
    if label.function is not None and f.definition is not None and label.function is not f.definition:
        nested.jump_out(f, label)
        return
    state = label_state(f, label)
    if state.scopes is not None:
        _run(f, f.scopes[_common(f.scopes, state.scopes):])
        f.jump(state.block)
    elif not f.scopes:
        f.jump(state.block)
    else:
        state.waiting.append((f.block, list(f.scopes)))
        f.dead()


def _common(a: list[Scope], b: list[Scope]) -> int:
    n = 0
    while n < len(a) and n < len(b) and a[n] is b[n]:
        n += 1
    return n


def _label(f: Fn, s: Labelled) -> None:
    state = label_state(f, s.label)
    state.scopes = list(f.scopes)
    here = f.block
    for block, scopes in state.waiting:
        f.block = block
        kept = f.scopes
        f.scopes = scopes
        _run(f, scopes[_common(scopes, state.scopes):])
        f.scopes = kept
        f.jump(state.block)
    state.waiting = []
    f.block = here
    f.jump(state.block)
    f.block = state.block               # sealed at the end of the function
    statement(f, s.body)


def _computed_goto(f: Fn, s: ExprStmt) -> None:
    """All computed gotos of a function share one indirect jump."""
    value = expressions.rvalue(f, s.expr)
    if f.dispatch is None:
        f.dispatch = f.add_block()
        f.dispatch_variable = f.new_variable(ir.PTR)
        for block in f.label_blocks:
            f.dispatch.succs.append(block)
            block.preds.append(f.dispatch)
    f.write(f.dispatch_variable, ops.resize(f, value, ir.PTR, False))
    f.jump(f.dispatch)


def finish_labels(f: Fn) -> None:
    """At the end of the function: all jumps are known."""
    if f.dispatch is not None:
        f.block = f.dispatch
        f.seal(f.dispatch)
        if f.dispatch.succs:
            f.emit(ir.IJUMP, ir.VOID, f.read(f.dispatch_variable))
        else:
            f.emit(ir.UNREACHABLE, ir.VOID)
    for state in f.labels.values():
        f.seal(state.block)
        if state.scopes is None:                # never defined: the parser has said so, or only its address is used
            f.block = state.block
            f.emit(ir.UNREACHABLE, ir.VOID)


# --------------------------------------------------------------------- return
def return_(f: Fn, s: Return) -> None:
    """Return, after cleaning up all scopes."""
    value = NIL
    if s.value is not None:
        if is_void(s.value.ty):
            expressions.effect(f, s.value)
        else:
            value = expressions.rvalue(f, s.value)
            result = f.function.ftype.base
            if is_void(result):
                value = NIL
            elif is_memory(s.value.ty) and f.scopes and value is not NIL:
                place = f.temporary(s.value.ty)
                f.copy(place, value, size_of(s.value.ty), align_of(s.value.ty))
                value = place
    if f.scopes:
        _run(f, [x for x in f.scopes if x.function is not None])
    finish_return(f, value)


def finish_return(f: Fn, value: Instr) -> None:
    """RET; a missing value is undefined."""
    result = f.function.ftype.base
    if value is NIL and not is_void(result):
        value = f.temporary(result) if is_memory(result) else f.function.undef(f.types.ir_type(result))
    if f.instrumented:
        report(f, "__cyg_profile_func_exit")
    f.emit(ir.RET, ir.VOID, value)
    f.dead()


def report(f: Fn, routine: str) -> None:
    """Tell a profiling routine where the function starts and where it was called (-finstrument-functions)."""
    pointer = PointerType(Type(VOID, 1, 1), f.layout.pointer_size, f.layout.pointer_size)
    site = builtins.intrinsic(f, "return_address", ir.PTR, [], 0, True)
    calls.library(f, routine, [f.function.global_address(f.function.symbol), site], [pointer, pointer], Type(VOID, 1, 1))
