"""One function definition: parameters, body, and what its attributes say."""
from __future__ import annotations

from typing import Final, cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.cfg import remove_unreachable
from toolchain.cc.ir.ir import NIL, DebugValues, Function, GlobalSymbol
from toolchain.cc.lower import builtins, nested, ops, stmt, unwinding, vla
from toolchain.cc.lower import lvalue as lvalues
from toolchain.cc.lower.context import V_POINTER, V_SSA, Fn, Frame, Variable
from toolchain.cc.lower.module import Module
from toolchain.cc.lower.typemap import is_memory
from toolchain.cc.parse.ast import FunctionDef, Symbol
from toolchain.cc.types import (
    BOOL,
    CHAR,
    DOUBLE,
    FLOAT,
    INT,
    SCHAR,
    SHORT,
    UCHAR,
    USHORT,
    VOID,
    FunctionType,
    InterchangeType,
    PointerType,
    Type,
    size_of,
)

STACK_PROTECTORS: Final = ("stack-protector", "stack-protector-strong", "stack-protector-explicit")
"""-f options under which the attribute stack_protect counts."""


def lower_function(m: Module, d: FunctionDef, outer: Frame | None = None) -> list[Function]:
    """The function in SSA form, and its nested functions after it."""
    builtins.set_up()
    g = m.symbol(d.symbol)
    ftype = d.ftype or cast(FunctionType, d.symbol.ty.unq)
    function = Function(g.name, ftype, g)
    _describe(m, function, d, g)
    f = Fn(m, function, d)
    f.loc = d.loc
    f.outer_frame = outer
    _parameters(f, d, ftype)
    if m.options.flag("instrument-functions", False) and not d.symbol.attrs.no_instrument:
        f.instrumented = True
        stmt.report(f, "__cyg_profile_func_enter")
    taken = [label for label in d.labels if label.address_taken]
    if taken:
        for static in d.statics:
            if static.init is not None:
                m.object_for(static)        # says which labels data mention
    for label in taken:
        stmt.label_state(f, label)
    _arm_labels(f, d)
    stmt.compound(f, d.body)
    f.loc = d.end_loc or f.loc
    if g.name == "main" and ftype.base.unq.kind == INT and d.outer is None:
        stmt.finish_return(f, f.int32(0))
    else:
        stmt.finish_return(f, NIL)
    unwinding.finish(f)
    stmt.finish_labels(f)
    _close(f)
    out = [function]
    for inner in d.nested:
        out.extend(lower_function(m, inner, f.frame))
    return out


def _close(f: Fn) -> None:
    """Give every dead block an end, drop what cannot be reached, resolve replaced values."""
    for b in f.function.blocks:
        if not b.instrs or b.instrs[-1].op < ir.FIRST_TERMINATOR:
            f.block = b
            f.emit(ir.UNREACHABLE, ir.VOID)
    f.ssa.finish()
    remove_unreachable(f.function)


def _describe(m: Module, function: Function, d: FunctionDef, g: GlobalSymbol) -> None:
    s = d.symbol
    a = s.attrs
    o = m.options
    function.pointer_type = m.types.pointer_type
    function.variadic = function.ftype.variadic
    function.section = a.section
    function.align = a.aligned
    function.noinline = a.noinline or a.noipa
    function.noipa = a.noipa
    function.always_inline = a.always_inline
    function.inline_hint = s.is_inline
    function.flatten = a.flatten
    function.naked = a.naked
    function.no_instrument = a.no_instrument
    function.cold = a.cold
    function.hot = a.hot
    function.noreturn = a.noreturn or function.ftype.noreturn
    function.patchable = a.patchable or patchable_option(o.flag_values.get("patchable-function-entry", ""))
    function.level = o.optimize
    function.for_size = o.optimize_size
    function.interrupt = a.interrupt
    function.indirect_branch = a.indirect_branch
    function.function_return = a.function_return
    function.loc = d.loc
    function.end_loc = d.end_loc
    function.loc_first = d.loc_first
    function.loc_last = d.loc_last
    function.order = s.order
    function.zero_call_used = a.zero_call_used_regs or o.flag_values.get("zero-call-used-regs", "")
    function.target_features = list(a.target_specific)
    for pointer, count in a.access:
        if max(pointer, count) < len(d.params):
            t = d.params[pointer].ty.unq
            element = size_of(t.base) if isinstance(t, PointerType) and t.base.unq.kind != VOID else 1
            if element > 0:
                function.sized_params[pointer] = (count, element)
    _optimize_attribute(function, a.optimize or d.pragma_optimize)
    chosen = o.flag_values.get("opt-functions")
    if chosen is not None and function.level and s.name not in chosen.split(","):
        function.level = 0                  # tcc-py bisect: the others are optimised
        function.noinline = not function.always_inline
    if o.debug > 1 and function.level:
        function.debug = DebugValues()
    if a.no_stack_protector:
        function.stack_protect = 0
    elif a.stack_protect and any(o.flag(name, False) for name in STACK_PROTECTORS) or o.flag("stack-protector-all", False):
        function.stack_protect = 2
    elif o.flag("stack-protector-strong", False) or o.flag("stack-protector", False):
        function.stack_protect = 1


def _optimize_attribute(function: Function, text: str) -> None:
    """`optimize("O0")` and the like; options other than levels ask for nothing we would do otherwise."""
    for word in text.replace(",", " ").split():
        word = word.strip("\"'").removeprefix("-")
        if word in ("O0", "0"):
            function.level = 0
            function.noinline = True
        elif word in ("Os", "s", "Oz"):
            function.for_size = True
        elif word.lstrip("O") in ("1", "2", "3"):
            function.level = int(word.lstrip("O"))


def promoted(m: Module, t: Type) -> Type:
    """Type of an argument after the default promotions."""
    kind = t.unq.kind
    if kind == FLOAT and not isinstance(t.unq, InterchangeType):
        return Type(DOUBLE, 8, m.layout.double_align)
    if kind in (BOOL, CHAR, SCHAR, UCHAR, SHORT, USHORT):
        return Type(INT, 4, 4)
    return t


def _parameters(f: Fn, d: FunctionDef, ftype: FunctionType) -> None:
    function = f.function
    if d.outer is not None and nested.needs_chain(d):
        function.static_chain = True
        f.chain = f.emit(ir.PARAM, ir.PTR, NIL, NIL, -1)
    incoming: list[tuple[Symbol, ir.Instr, Type]] = []
    for n, p in enumerate(d.params):
        passed = p.ty if ftype.prototype else promoted(f.module, p.ty)
        function.param_types.append(passed)
        if vla.is_vla(p.ty):
            function.param_types[-1] = PointerType(p.ty, f.layout.pointer_size, f.layout.pointer_size)
            v = Variable(V_POINTER, f.new_variable(ir.PTR), None, ir.PTR)
            f.write(v.index, f.emit(ir.PARAM, ir.PTR, NIL, NIL, n))
            f.variables[p] = v
        elif is_memory(p.ty):
            incoming.append((p, NIL, passed))
        else:
            incoming.append((p, f.emit(ir.PARAM, f.types.ir_type(passed), NIL, NIL, n), passed))
    nested.set_up(f)
    for n, (p, value, passed) in enumerate(incoming):
        v = f.declare(p)
        if value is NIL:
            f.emit(ir.PARAM_RECORD, ir.VOID, lvalues.variable_address(f, v), NIL, n)
            continue
        if passed is not p.ty:
            value = ops.convert(f, value, passed, p.ty)
        if v.kind == V_SSA:
            f.write(v.index, value)
        else:
            f.store(value, lvalues.variable_address(f, v))


def _arm_labels(f: Fn, d: FunctionDef) -> None:
    """Labels that nested functions jump to get their jump buffers now."""
    if f.frame is None:
        return
    for label in d.labels:
        if label.nonlocal_jump:
            nested.receive(f, label)


def patchable_option(text: str) -> tuple[int, int] | None:
    """`-fpatchable-function-entry=N[,M]`."""
    if not text:
        return None
    total, _, before = text.partition(",")
    if not total.isdigit() or before and not before.isdigit():
        return None
    return (int(total), int(before or "0")) if int(total) else None
