"""`__builtin_cpu_init`, `__builtin_cpu_supports` and `__builtin_cpu_is`: what the processor at run time can do, as the support library found out."""
from __future__ import annotations

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import NIL, Instr
from toolchain.cc.lower import calls, ops, print_calls
from toolchain.cc.lower.context import Fn
from toolchain.cc.parse.ast import BuiltinCall
from toolchain.cc.types import INT, Type


def initialise(f: Fn, e: BuiltinCall) -> Instr:
    """`__builtin_cpu_init ()`: needed only by what runs before constructors do."""
    found = f.module.target.processor_question(e.name, "")
    if found is None:
        f.error(e.loc, f"'{e.name}' is not supported on this target")
    else:
        calls.library(f, found[0], [], [], Type(INT, 4, 4))
    return NIL


def question(f: Fn, e: BuiltinCall) -> Instr:
    """Whether the processor has the feature, or is the one, that a string literal names."""
    text = print_calls.literal(e.args[0])
    if text is None:
        f.error(e.loc, "parameter to builtin must be a string constant or literal")
        return f.int32(0)
    name = text.decode("latin-1")
    found = f.module.target.processor_question(e.name, name)
    if found is None:
        f.error(e.loc, f"'{e.name}' does not know '{name}' on this target")
        return f.int32(0)
    symbol, offset, mask, value = found
    word = f.load(ir.I32, f.function.global_address(f.module.named(symbol)), offset)
    return ops.compare(f, "==", ops.arithmetic(f, "&", word, f.int32(mask), False), f.int32(value), False)
