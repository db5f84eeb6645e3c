"""printf and its relatives where nobody looks at the result and the format is a literal.

    printf("hello\\n");         ->   puts("hello");
    fprintf(f, "%s", s);       ->   fputs(s, f);
    __fprintf_chk(f, 1, "a");  ->   fputc('a', f);

The rules are gcc's (gimple-fold.c: gimple_fold_builtin_printf, _fprintf)."""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.ir import Instr
from toolchain.cc.lower import calls, ops
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower.context import Fn
from toolchain.cc.parse.ast import Call, Cast, Expr, StringLit
from toolchain.cc.types import INT, POINTER, ULONG, ArrayType, Type, is_integer, size_of

FORMS: Final[dict[str, tuple[bool, bool, bool]]] = {
    "printf": (False, False, False), "fprintf": (True, False, False), "vprintf": (False, False, True), "vfprintf": (True, False, True),
    "__printf_chk": (False, True, False), "__fprintf_chk": (True, True, False), "__vprintf_chk": (False, True, True),
    "__vfprintf_chk": (True, True, True)}
"""name: whether it takes a stream, a flag, a va_list."""


def literal(e: Expr) -> bytes | None:
    """Bytes of a string literal up to its NUL; None for any other expression."""
    while isinstance(e, Cast):
        e = e.operand
    if not isinstance(e, StringLit) or e.data[-1:] != b"\0" or size_of_unit(e) != 1:
        return None
    return e.data[:e.data.index(b"\0")]


def size_of_unit(e: StringLit) -> int:
    """Bytes of a character of the literal."""
    u = e.ty.unq
    return size_of(u.base) if isinstance(u, ArrayType) else 0


def simplified(f: Fn, name: str, e: Call) -> bool:
    """Lower a call in `FORMS` whose result is not used by something cheaper; False if it must be made as it stands."""
    has_stream, has_flag, has_list = FORMS[name]
    first = int(has_stream) + int(has_flag)
    if len(e.args) <= first or any(expressions.has_side_effects(a) for a in e.args[:first]):
        return False
    if has_stream and e.args[0].ty.unq.kind != POINTER:
        return False
    text = literal(e.args[first])
    if text is None:
        return False
    rest = e.args[first + 1:]
    if b"%" not in text:
        return (has_list or not rest) and _text(f, e, text, has_stream)
    if has_list or len(rest) != 1:
        return False
    argument = rest[0]
    if text == b"%c" and is_integer(argument.ty):
        value = ops.convert(f, expressions.rvalue(f, argument), argument.ty, Type(INT, 4, 4))
        _character(f, e, value, has_stream)
        return True
    if argument.ty.unq.kind != POINTER:
        return False
    known = literal(argument)
    if text == b"%s":
        if known is not None and _text(f, e, known, has_stream):
            return True
        if not has_stream:
            return False
        value = expressions.rvalue(f, argument)
        _library(f, "fputs", [value, expressions.rvalue(f, e.args[0])], [argument.ty, e.args[0].ty])
        return True
    if text == b"%s\n" and not has_stream:
        _library(f, "puts", [expressions.rvalue(f, argument)], [argument.ty])
        return True
    return False


def _text(f: Fn, e: Call, text: bytes, has_stream: bool) -> bool:
    """Write constant text, if that has a form of its own."""
    if not text:
        return True
    if len(text) == 1:
        _character(f, e, f.int32(text[0]), has_stream)
        return True
    pointer = next(a.ty for a in e.args if a.ty.unq.kind == POINTER)
    if has_stream:
        data = f.function.global_address(f.module.string(text + b"\0", 1))
        stream = e.args[0]
        size = Type(ULONG, f.layout.pointer_size, f.layout.pointer_size)
        _library(f, "fwrite", [data, f.word(1), f.word(len(text)), expressions.rvalue(f, stream)], [pointer, size, size, stream.ty])
        return True
    if text.endswith(b"\n"):
        data = f.function.global_address(f.module.string(text[:-1] + b"\0", 1))
        _library(f, "puts", [data], [pointer])
        return True
    return False


def _character(f: Fn, e: Call, value: Instr, has_stream: bool) -> None:
    integer = Type(INT, 4, 4)
    if has_stream:
        _library(f, "fputc", [value, expressions.rvalue(f, e.args[0])], [integer, e.args[0].ty])
    else:
        _library(f, "putchar", [value], [integer])


def _library(f: Fn, name: str, args: list[Instr], types: list[Type]) -> None:
    calls.library(f, name, args, types, Type(INT, 4, 4) if name != "fwrite" else types[1])
