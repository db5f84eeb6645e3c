"""memcpy, memset and the like with constant sizes."""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import Instr
from toolchain.cc.lower import builtins, ops
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower.context import Fn
from toolchain.cc.parse.ast import BuiltinCall, Cast, Expr, IntConst

SMALL: Final = 128
"""Copies of at most so many bytes are done in line."""


def small_constant(f: Fn, e: Expr) -> int:
    """The constant that `e` is, if it is small enough to expand; else -1."""
    while isinstance(e, Cast):
        e = e.operand
    if isinstance(e, IntConst) and 0 <= e.value <= SMALL:
        return e.value
    return -1




def memcpy(f: Fn, e: BuiltinCall) -> Instr:
    """memcpy and mempcpy."""
    size = small_constant(f, e.args[2])
    if size < 0:
        return builtins.library(f, e.name.removeprefix("__builtin_"), e)
    destination = expressions.rvalue(f, e.args[0])
    source = expressions.rvalue(f, e.args[1])
    f.copy(destination, source, size, 1)
    return f.offset(destination, size) if "mempcpy" in e.name else destination


def memset(f: Fn, e: BuiltinCall) -> Instr:
    """memset."""
    size = small_constant(f, e.args[2])
    if size < 0:
        return builtins.library(f, "memset", e)
    destination = expressions.rvalue(f, e.args[0])
    byte = ops.resize(f, expressions.rvalue(f, e.args[1]), ir.I8, False)
    if size > 0:
        f.emit(ir.MEMSET, ir.VOID, destination, byte, size).flags = 1 << ir.ALIGN_SHIFT
    return destination


def bzero(f: Fn, e: BuiltinCall) -> Instr:
    """bzero(p, n)."""
    b = BuiltinCall("__builtin_memset", [e.args[0], IntConst(0, e.args[1].ty, e.loc), e.args[1]], e.args[0].ty, e.loc)
    memset(f, b)
    return ir.NIL
