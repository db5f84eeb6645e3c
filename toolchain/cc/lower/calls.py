"""Function calls, direct, indirect, and to nested functions."""
from __future__ import annotations

from typing import Final, cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import NIL, CallInfo, GlobalSymbol, Instr
from toolchain.cc.lower import builtins, math_builtins, nested, ops, print_calls, vla
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower.context import Fn
from toolchain.cc.lower.typemap import is_memory, is_void
from toolchain.cc.parse.ast import E_ADDR, E_CAST, E_DEREF, E_NAME, S_STATIC, Call, Cast, Expr, NameRef, Symbol, Unary
from toolchain.cc.parse.builtin_table import LIBRARY
from toolchain.cc.types import POINTER, UNION, FunctionType, PointerType, RecordType, Type, size_of

ALLOCATORS: Final[dict[str, tuple[int, ...]]] = {"malloc": (0,), "calloc": (0, 1), "realloc": (1,), "aligned_alloc": (1,)}
"""Library functions that allocate: the arguments whose product is the size."""


def function_address(f: Fn, s: Symbol) -> Instr:
    """Address of a function; a nested one gets a trampoline."""
    if s.nested_in is not None and s.function is not None and nested.needs_chain(s.function):
        return nested.trampoline(f, s)
    return f.function.global_address(f.module.symbol(s))


def direct_callee(e: Expr) -> Symbol | None:
    """The function that a callee expression names."""
    while e.op == E_CAST or e.op == E_ADDR:
        if e.op == E_CAST:
            c = cast(Cast, e)
            if c.explicit and c.operand.op != E_NAME and c.ty.unq is not c.operand.ty.unq:
                return None
            e = c.operand
        else:
            e = cast(Unary, e).operand
    if e.op == E_NAME and cast(NameRef, e).symbol.is_function:
        return cast(NameRef, e).symbol
    return None


def print_simplified(f: Fn, e: Call) -> bool:
    """Whether a call whose result is not used was one of printf's family and something cheaper took its place."""
    s = direct_callee(e.callee)
    if s is None or s.name not in print_calls.FORMS or s.storage == S_STATIC or s.depth or s.asm_name or f.function.level == 0:
        return False
    if not f.module.library_builtins or s.not_builtin or not f.module.options.flag("builtin-" + s.name, True):
        return False
    saved = f.loc
    f.loc = e.loc or saved
    done = print_calls.simplified(f, s.name, e)
    f.loc = saved
    return done


def call(f: Fn, e: Call, destination: Instr = NIL) -> Instr:
    """A call; a record result goes to `destination`, or to a temporary."""
    symbol = direct_callee(e.callee)
    chain = NIL
    if symbol is not None:
        known = f.module.library_builtins and symbol.storage != S_STATIC and symbol.depth == 0 and not symbol.asm_name and not symbol.not_builtin
        if known and symbol.name in builtins.LIBRARY:
            done = builtins.library_call(f, symbol.name, e)
            if done is not None:
                return done
        if known and symbol.name in math_builtins.ROUNDING and f.function.level:
            done = math_builtins.narrowed_rounding(f, symbol.name, e)
            if done is not None:
                return done
        callee = f.function.global_address(f.module.symbol(symbol))
        if symbol.nested_in is not None and symbol.function is not None and nested.needs_chain(symbol.function):
            chain = nested.chain_for(f, symbol.nested_in)
    else:
        callee = expressions.rvalue(f, e.callee)
    args: list[Instr] = []
    types: list[Type] = []
    marks = f.marks_subobjects
    # Such functions check the sizes of their arguments in _FORTIFY_SOURCE.
    f.marks_subobjects = marks or symbol is not None and symbol.is_extern_inline and symbol.attrs.always_inline and f.function.level > 0
    for a in e.args:
        v, t = argument(f, a)
        args.append(v)
        types.append(t)
    f.marks_subobjects = marks
    builtin = ""
    if symbol is not None and f.module.library_builtins and symbol.storage != S_STATIC and symbol.name in builtins.NAMED:
        if not symbol.not_builtin and fits(symbol.name, types):
            builtin = symbol.name
    v = emit_call(f, callee, args, types, e.ftype, e.ty, symbol, destination, chain, builtin)
    named = symbol or _function_pointer(e.callee)
    if named is not None and named.attrs.alloc_size and isinstance(v.aux, CallInfo):
        v.aux.alloc_size = tuple(named.attrs.alloc_size)
    return v


def _function_pointer(e: Expr) -> Symbol | None:
    """The variable through which a function is called."""
    while e.op == E_CAST or e.op == E_DEREF or e.op == E_ADDR:
        e = cast(Cast, e).operand if e.op == E_CAST else cast(Unary, e).operand
    return cast(NameRef, e).symbol if e.op == E_NAME else None


def fits(name: str, types: list[Type]) -> bool:
    """Whether arguments of these types are what the library function takes (a declaration without prototype lets anything through)."""
    row = LIBRARY.get(name)
    if row is None:
        return True
    params = row.params.split(",")
    if params[-1].strip() == "...":
        params.pop()
        if len(types) < len(params):
            return False
    elif len(types) != (0 if params[0].strip() in ("", "void") else len(params)):
        return False
    return all(("*" in p) == (t.unq.kind == POINTER) for p, t in zip(params, types, strict=False)) if types else True


def argument(f: Fn, a: Expr) -> tuple[Instr, Type]:
    """Value and type of an argument; a transparent union is passed as its first member."""
    v = expressions.rvalue(f, a)
    t = a.ty
    if v is NIL:
        v = f.function.undef(f.types.ir_type(t)) if not is_void(t) else f.int32(0)
    u = t.unq
    if vla.is_vla(t):
        return vla.passed(f, v, t), PointerType(t, f.layout.pointer_size, f.layout.pointer_size)
    if u.kind == UNION and cast(RecordType, u).transparent:
        first = cast(RecordType, u).members[0].ty
        if not is_memory(first):
            return f.load(f.types.ir_type(first), v), first
    return v, t


def emit_call(f: Fn, callee: Instr, args: list[Instr], types: list[Type], ftype: FunctionType, result: Type,
              symbol: Symbol | None = None, destination: Instr = NIL, chain: Instr = NIL, builtin: str = "") -> Instr:
    """Append the CALL; returns the value (record: its address, void: NIL)."""
    by_address = is_memory(result)
    if vla.is_vla(result):
        f.error(f.loc, "functions that return a structure of variable size are not supported")
    if by_address and destination is NIL:
        destination = f.temporary(result)
    info = CallInfo(ftype, types, by_address)
    info.builtin = builtin
    info.alloc_size = ALLOCATORS.get(builtin, ())
    if f.pads:
        pad = f.landing_pad()
        info.pad = pad.block if pad is not None else None
    info.pure = ftype.pure if symbol is not None or callee.op == ir.LOAD else 0
    info.noreturn = ftype.noreturn
    info.returns_twice = ftype.returns_twice
    g = callee.aux if callee.op == ir.GLOBAL else None
    if isinstance(g, GlobalSymbol) and g.is_function:
        info.pure = max(info.pure, g.pure)
        info.noreturn = info.noreturn or g.noreturn
        info.returns_twice = info.returns_twice or g.returns_twice
    if symbol is not None:
        info.always_inline = symbol.attrs.always_inline
        info.noreturn = info.noreturn or symbol.attrs.noreturn
        info.returns_twice = info.returns_twice or symbol.attrs.returns_twice
    i = f.function.instr(ir.CALL, ir.VOID if by_address else f.types.ir_type(result), callee, NIL, 0, f.loc)
    i.aux = info
    i.ext = [destination, *args] if by_address else args
    if chain is not NIL:
        info.static_chain = True
        i.ext = [*i.ext, chain]
    if info.noreturn:
        i.flags |= ir.NO_RETURN
    if info.returns_twice:
        i.flags |= ir.RETURNS_TWICE
        f.function.returns_twice = True
    f.block.instrs.append(i)
    if info.noreturn:
        f.unreachable()
        if is_void(result):
            return NIL
        return destination if by_address else f.function.undef(i.ty)
    if by_address:
        return destination
    return NIL if i.ty == ir.VOID else i


def library(f: Fn, name: str, args: list[Instr], types: list[Type], result: Type, variadic_after: int = -1) -> Instr:
    """Call a routine by its library name; arguments are already what it expects."""
    fixed = types if variadic_after < 0 else types[:variadic_after]
    ftype = FunctionType(result, list(fixed), variadic_after >= 0, True)
    g = f.module.library(name)
    builtin = name if name in builtins.NAMED else ""
    return emit_call(f, f.function.global_address(g), args, types, ftype, result, None, NIL, NIL, builtin)


def cleanup(f: Fn, variable: Symbol, function: Symbol, address: Instr) -> None:
    """Call a cleanup function with the address of its variable."""
    ftype = function.ty.unq
    assert isinstance(ftype, FunctionType)
    t: Type = ftype.params[0] if ftype.params else PointerType(variable.ty, f.layout.pointer_size, f.layout.pointer_size)
    chain = NIL
    if function.nested_in is not None and function.function is not None and nested.needs_chain(function.function):
        chain = nested.chain_for(f, function.nested_in)
    if t.unq.kind != POINTER:
        address = ops.resize(f, address, f.types.ir_type(t), False)
    emit_call(f, f.function.global_address(f.module.symbol(function)), [address], [t], ftype, ftype.base, function, NIL, chain)


def record_size(t: Type) -> int:
    """Bytes of a record result."""
    return max(size_of(t), 0)
