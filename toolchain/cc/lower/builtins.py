"""Builtin functions: `__builtin_*` that the parser did not fold, and library functions whose meaning is known."""
from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from toolchain.cc.ir import extents, ir, vector_codes
from toolchain.cc.ir.ir import NIL, Instr, Intrinsic, TypeRef
from toolchain.cc.lower import (
    atomics,
    calls,
    complexes,
    math_builtins,
    memory_builtins,
    ops,
    overflow,
    packed,
    padding,
    processor,
    vectors,
    vla,
)
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower import lvalue as lvalues
from toolchain.cc.lower.context import Fn, LValue
from toolchain.cc.lower.typemap import is_memory, is_void
from toolchain.cc.parse.ast import BuiltinCall, Call, Cast, Expr, IntConst, VaArg
from toolchain.cc.parse.builtin_table import SUFFIXES
from toolchain.cc.types import ARRAY, POINTER, VECTOR, PointerType, Type, VectorType

NAMED: Final = frozenset((
    "memcpy memmove memset memcmp mempcpy memchr bcmp strlen strnlen strcmp strncmp strcpy strncpy stpcpy strcat strncat strchr strrchr "
    "strstr strspn strcspn strpbrk printf puts putchar fprintf fputs sprintf snprintf fwrite abort exit malloc calloc realloc aligned_alloc free sqrt sqrtf "
    "floor floorf ceil ceilf fabs fabsf isdigit isascii toascii abs labs llabs").split())
"""Library functions that the optimiser is told about (CallInfo.builtin)."""
PURE_LIBRARY: Final = frozenset((
    "strlen strnlen strcmp strncmp memcmp memchr strchr strrchr strstr strspn strcspn strpbrk bcmp abs labs llabs fabs fabsf").split())
"""Library functions without side effects."""
VARIADIC: Final[dict[str, int]] = {
    "printf": 1, "fprintf": 2, "sprintf": 2, "snprintf": 3, "scanf": 1, "fscanf": 2, "sscanf": 2, "__sprintf_chk": 4,
    "__snprintf_chk": 5, "__printf_chk": 2, "__fprintf_chk": 3, "printf_unlocked": 1, "fprintf_unlocked": 2, "execl": 2, "execlp": 2, "execle": 2}
"""Named parameters of variadic library functions."""
OVERFLOW: Final = frozenset(p + n + s for p, n, s in (
    (p, n, s) for p in ("", "s", "u") for n in ("add", "sub", "mul") for s in ("", "l", "ll")))
"""First words of the overflow builtins' names."""
Handler = Callable[[Fn, BuiltinCall], Instr]


def builtin(f: Fn, e: BuiltinCall) -> Instr:
    """A builtin call."""
    name = e.name
    if name.startswith("__atomic_"):
        return atomics.atomic(f, e)
    if name.startswith("__sync_"):
        return atomics.sync(f, e)
    short = name.removeprefix("__builtin_")
    handler = TABLE.get(short)
    if handler is not None:
        return handler(f, e)
    if "_overflow" in short and short.split("_")[0] in OVERFLOW:
        return overflow.overflow(f, e)
    if name in f.module.target.builtins():
        return _target(f, e)
    done = math_builtins.builtin(f, short, e)
    if done is not None:
        return done
    return library(f, short, e)


def library(f: Fn, name: str, e: BuiltinCall) -> Instr:
    """Call the library function that a builtin stands for."""
    args: list[Instr] = []
    types: list[Type] = []
    for a in e.args:
        v, t = calls.argument(f, a)
        args.append(v)
        types.append(t)
    noreturn = name in ("abort", "exit", "_exit", "_Exit", "longjmp")
    v = calls.library(f, name, args, types, e.ty, VARIADIC.get(name, -1))
    if noreturn:
        f.unreachable()
    return v


LIBRARY: Final = frozenset(("memcpy memset mempcpy alloca abs labs llabs imaxabs fabs fabsf fabsl copysign copysignf copysignl"
                           " signbit signbitf signbitl").split())
"""Library functions that are lowered like their `__builtin_` forms where that is cheaper than a call."""


def library_call(f: Fn, name: str, e: Call) -> Instr | None:
    """A call to a function in `LIBRARY` by its own name; None: make an ordinary call."""
    if name in ("memcpy", "memset", "mempcpy"):
        if len(e.args) != 3 or memory_builtins.small_constant(f, e.args[2]) < 0:
            return None
    elif len(e.args) != (2 if name.startswith("copysign") else 1) or e.ftype.base.unq.kind != e.ty.unq.kind:
        return None
    if name == "alloca" and e.ty.unq.kind != POINTER:
        return None
    b = BuiltinCall("__builtin_" + name, e.args, e.ty, e.loc)
    return TABLE[name](f, b)


# ------------------------------------------------------------------- control
def _expect(f: Fn, e: BuiltinCall) -> Instr:
    v = expressions.rvalue(f, e.args[0])
    wanted: Expr = e.args[1]
    while isinstance(wanted, Cast):
        wanted = wanted.operand
    if not isinstance(wanted, IntConst):
        expressions.effect(f, e.args[1])
        return v
    return f.emit(ir.EXPECT, v.ty, v, NIL, wanted.value & ((1 << f.types.bits(v.ty)) - 1))


def _unreachable(f: Fn, e: BuiltinCall) -> Instr:
    f.unreachable()
    return NIL


def intrinsic(f: Fn, name: str, ty: int, args: list[Instr], imm: int = 0, pure: bool = False) -> Instr:
    """Append an INTRINSIC."""
    i = f.function.instr(ir.INTRINSIC, ty, NIL, NIL, imm, f.loc)
    i.ext = args
    i.aux = Intrinsic(name, pure)
    f.block.instrs.append(i)
    return i


def _trap(f: Fn, e: BuiltinCall) -> Instr:
    intrinsic(f, "trap", ir.VOID, [])
    f.unreachable()
    return NIL


def _prefetch(f: Fn, e: BuiltinCall) -> Instr:
    address = expressions.rvalue(f, e.args[0])
    write = e.args[1].value if len(e.args) > 1 and isinstance(e.args[1], IntConst) else 0
    locality = e.args[2].value if len(e.args) > 2 and isinstance(e.args[2], IntConst) else 3
    f.emit(ir.PREFETCH, ir.VOID, address, NIL, write << 2 | locality)
    return NIL


def _first(f: Fn, e: BuiltinCall) -> Instr:
    """The first argument is the value; others are evaluated."""
    v = expressions.rvalue(f, e.args[0])
    for a in e.args[1:]:
        expressions.effect(f, a)
    if v is not NIL and not is_memory(e.ty) and not is_void(e.ty) and not is_memory(e.args[0].ty):
        return ops.convert(f, v, e.args[0].ty, e.ty)
    return v


def _nothing(f: Fn, e: BuiltinCall) -> Instr:
    for a in e.args:
        expressions.effect(f, a)
    return NIL


def _frame(f: Fn, e: BuiltinCall) -> Instr:
    level = e.args[0].value if e.args and isinstance(e.args[0], IntConst) else 0
    name = "return_address" if "return" in e.name else "frame_address"
    if name == "frame_address" or level:
        f.function.uses_frame_address = True
    return intrinsic(f, name, ir.PTR, [], level, True)


def _clear_cache(f: Fn, e: BuiltinCall) -> Instr:
    intrinsic(f, "clear_cache", ir.VOID, [expressions.rvalue(f, a) for a in e.args])
    return NIL


def _thread_pointer(f: Fn, e: BuiltinCall) -> Instr:
    return intrinsic(f, "thread_pointer", ir.PTR, [], 0, True)


def _setjmp(f: Fn, e: BuiltinCall) -> Instr:
    i = intrinsic(f, "setjmp", ir.I32, [expressions.rvalue(f, e.args[0])])
    i.flags |= ir.RETURNS_TWICE
    f.function.returns_twice = True
    return i


def _longjmp(f: Fn, e: BuiltinCall) -> Instr:
    intrinsic(f, "longjmp", ir.VOID, [expressions.rvalue(f, e.args[0])])
    f.unreachable()
    return NIL


def _target(f: Fn, e: BuiltinCall) -> Instr:
    """A builtin of the target: its arguments are values, its selector knows it."""
    number = f.module.target.vector_builtin(e.name)
    if number >= 0:
        return _vector(f, e, number)
    args = [expressions.rvalue(f, a) for a in e.args]
    ty = ir.VOID if is_void(e.ty) else f.types.ir_type(e.ty)
    v = intrinsic(f, e.name, ty, args)
    return NIL if ty == ir.VOID else v


def _vector(f: Fn, e: BuiltinCall, number: int) -> Instr:
    """A builtin on vectors: they come and go in memory, as everywhere; the last argument of some is a constant."""
    args: list[Instr] = []
    constant = 0
    for k, a in enumerate(e.args):
        v = expressions.rvalue(f, a)
        if a.ty.unq.kind == VECTOR:
            v = packed.fetch(f, v, a.ty.unq, 0)
        elif k == len(e.args) - 1 and k and v.op == ir.CONST and f.module.target.vector_constant(number):
            constant = v.imm
            break
        elif k == len(e.args) - 1 and f.module.target.vector_constant(number):
            f.error(a.loc, f"the last argument of '{e.name}' must be an 8-bit immediate")
        args.append(v)
    result = e.ty.unq.kind == VECTOR
    ty = ir.F128 if result else f.types.ir_type(e.ty)
    i = f.emit(ir.VECTOR, ty, args[0], args[1] if len(args) > 1 else NIL, vector_codes.target(number, constant))
    i.ext = args[2:]
    if not result:
        return i
    place = f.temporary(e.ty)
    packed.keep(f, i, place, e.ty, 0)
    return place


def _pack(f: Fn, e: BuiltinCall) -> Instr:
    """The caller's variable arguments, or their number: known when the function is inlined."""
    return intrinsic(f, e.name.removeprefix("__builtin_"), ir.I32, [])


def _refused(f: Fn, e: BuiltinCall) -> Instr:
    f.error(e.loc, f"'{e.name}' is not supported")
    return NIL if is_void(e.ty) else f.function.undef(f.types.ir_type(e.ty))


# ---------------------------------------------------------------------- bits
def _argument(f: Fn, e: BuiltinCall) -> Instr:
    return expressions.rvalue(f, e.args[0])


def _result(f: Fn, e: BuiltinCall, v: Instr) -> Instr:
    return ops.resize(f, v, f.types.ir_type(e.ty), False)


def _bswap(f: Fn, e: BuiltinCall) -> Instr:
    v = ops.resize(f, _argument(f, e), f.types.ir_type(e.ty), False)
    return f.emit(ir.BSWAP, v.ty, v)


def _clz(f: Fn, e: BuiltinCall) -> Instr:
    v = _argument(f, e)
    return _result(f, e, f.emit(ir.CLZ, v.ty, v))


def _ctz(f: Fn, e: BuiltinCall) -> Instr:
    v = _argument(f, e)
    return _result(f, e, f.emit(ir.CTZ, v.ty, v))


def _ffs(f: Fn, e: BuiltinCall) -> Instr:
    v = _argument(f, e)
    n = f.emit(ir.ADD, v.ty, f.emit(ir.CTZ, v.ty, v), f.const(v.ty, 1))
    return _result(f, e, f.select(f.emit(ir.NE, ir.I32, v, f.const(v.ty, 0)), n, f.const(v.ty, 0)))


def _popcount(f: Fn, e: BuiltinCall) -> Instr:
    v = _argument(f, e)
    return _result(f, e, f.emit(ir.POPCOUNT, v.ty, v))


def _parity(f: Fn, e: BuiltinCall) -> Instr:
    v = _argument(f, e)
    n = f.types.bits(v.ty) >> 1
    while n:
        v = f.emit(ir.XOR, v.ty, v, f.emit(ir.SHR, v.ty, v, f.int32(n)))
        n >>= 1
    return _result(f, e, f.emit(ir.AND, v.ty, v, f.const(v.ty, 1)))


def _clrsb(f: Fn, e: BuiltinCall) -> Instr:
    v = _argument(f, e)
    bits = f.types.bits(v.ty)
    x = f.emit(ir.XOR, v.ty, v, f.emit(ir.SAR, v.ty, v, f.int32(bits - 1)))
    shifted = f.emit(ir.OR, v.ty, f.emit(ir.SHL, v.ty, x, f.int32(1)), f.const(v.ty, 1))
    return _result(f, e, f.emit(ir.CLZ, v.ty, shifted))


def _abs(f: Fn, e: BuiltinCall) -> Instr:
    v = _argument(f, e)
    return f.select(f.emit(ir.SLT, ir.I32, v, f.const(v.ty, 0)), f.emit(ir.NEG, v.ty, v), v)


# ------------------------------------------------------------------ variadic
def _va_place(f: Fn, ap: Expr) -> tuple[Instr, LValue | None]:
    """Address of a va_list; with an array type the expression is the address already."""
    if f.layout.va_list_is_array:
        return expressions.rvalue(f, ap), None
    e = ap
    if ap.ty.unq.kind == POINTER and cast(PointerType, ap.ty.unq).base.unq.kind in (POINTER, ARRAY) and f.layout.va_list_kind != POINTER:
        return expressions.rvalue(f, ap), None
    lv = lvalues.lvalue(f, e)
    return lvalues.spill(f, lv), lv


def _va_done(f: Fn, lv: LValue | None, place: Instr) -> None:
    if lv is not None:
        lvalues.unspill(f, lv, place)


def _va_start(f: Fn, e: BuiltinCall) -> Instr:
    place, lv = _va_place(f, e.args[0])
    f.emit(ir.VA_START, ir.VOID, place)
    _va_done(f, lv, place)
    return NIL


def _va_copy(f: Fn, e: BuiltinCall) -> Instr:
    place, lv = _va_place(f, e.args[0])
    if f.layout.va_list_kind == POINTER and not f.layout.va_list_is_array:
        f.store(expressions.rvalue(f, e.args[1]), place)
    else:
        source, _ = _va_place(f, e.args[1])
        f.emit(ir.VA_COPY, ir.VOID, place, source)
    _va_done(f, lv, place)
    return NIL


def va_arg(f: Fn, e: VaArg) -> Instr:
    """va_arg; a record's value is its address."""
    place, lv = _va_place(f, e.ap)
    ty = f.types.ir_type(e.ty) if not is_void(e.ty) else ir.I32
    i = f.function.instr(ir.VA_ARG, ty, place, NIL, 0, f.loc)
    # A record of variable size was passed by reference.
    i.aux = TypeRef(e.ty if not vla.is_vla(e.ty) else PointerType(e.ty, f.layout.pointer_size, f.layout.pointer_size))
    f.block.instrs.append(i)
    _va_done(f, lv, place)
    return i


# -------------------------------------------------------------------- objects
def _object_size(f: Fn, e: BuiltinCall) -> Instr:
    mode = e.args[1].value if isinstance(e.args[1], IntConst) else 0
    ty = f.types.ir_type(e.ty)
    pointer = e.args[0]
    unknown = f.const(ty, extents.unknown_size(mode))
    if expressions.has_side_effects(pointer):
        return unknown
    v = expressions.rvalue(f, pointer)
    if f.function.level == 0 or v.op == ir.SLOT or v.op == ir.GLOBAL and extents.of_leaf(v).left >= 0:
        left = extents.of_address(f.function, v, mode).left
        return f.const(ty, left) if left >= 0 else unknown
    f.function.object_sizes = True
    return f.emit(ir.OBJSIZE, ty, v, NIL, mode | (extents.DYNAMIC if "dynamic" in e.name else 0))


def _vector_convert(f: Fn, e: BuiltinCall) -> Instr:
    source = e.args[0].ty.unq
    assert isinstance(source, VectorType)
    return vectors.convert_value(f, expressions.rvalue(f, e.args[0]), source, e.ty)


def _complex(f: Fn, e: BuiltinCall) -> Instr:
    re = expressions.rvalue(f, e.args[0])
    im = expressions.rvalue(f, e.args[1])
    return complexes.build(f, re, im, e.ty)


def _assume_aligned(f: Fn, e: BuiltinCall) -> Instr:
    v = expressions.rvalue(f, e.args[0])
    for a in e.args[1:]:
        expressions.effect(f, a)
    return v


def _alloca(f: Fn, e: BuiltinCall) -> Instr:
    size = ops.resize(f, expressions.rvalue(f, e.args[0]), f.pointer_type, False)
    align = f.layout.max_align
    if len(e.args) > 1 and isinstance(e.args[1], IntConst):
        align = max(e.args[1].value // 8, 1)
    f.function.calls_alloca = True
    return f.emit(ir.ALLOCA, ir.PTR, size, NIL, align)


def _stack_save(f: Fn, e: BuiltinCall) -> Instr:
    return f.emit(ir.STACK_SAVE, ir.PTR)


def _stack_restore(f: Fn, e: BuiltinCall) -> Instr:
    f.emit(ir.STACK_RESTORE, ir.VOID, expressions.rvalue(f, e.args[0]))
    return NIL


def _constant_p(f: Fn, e: BuiltinCall) -> Instr:
    return expressions.constant_p(f, e.args[0], e)


def _table() -> dict[str, Handler]:
    t: dict[str, Handler] = {
        "expect": _expect, "expect_with_probability": _expect, "unreachable": _unreachable, "trap": _trap, "prefetch": _prefetch,
        "assume_aligned": _assume_aligned, "speculation_safe_value": _first, "extract_return_addr": _first, "frob_return_addr": _first,
        "return_address": _frame, "frame_address": _frame, "__clear_cache": _clear_cache, "thread_pointer": _thread_pointer,
        "setjmp": _setjmp, "longjmp": _longjmp, "va_start": _va_start, "va_end": _nothing, "va_copy": _va_copy,
        "object_size": _object_size, "dynamic_object_size": _object_size, "convertvector": _vector_convert, "complex": _complex,
        "alloca": _alloca, "alloca_with_align": _alloca, "alloca_with_align_and_max": _alloca, "stack_save": _stack_save,
        "stack_restore": _stack_restore, "constant_p": _constant_p, "shuffle": vectors.shuffle, "shufflevector": vectors.shuffle,
        "memcpy": memory_builtins.memcpy, "mempcpy": memory_builtins.memcpy, "memset": memory_builtins.memset,
        "bzero": memory_builtins.bzero, "abs": _abs, "labs": _abs, "llabs": _abs, "imaxabs": _abs, "c23_va_start": _va_start,
        "clear_padding": padding.clear, "has_attribute": _nothing, "unwind_init": _refused, "apply": _refused, "apply_args": _refused, "return": _refused,
        "cpu_init": processor.initialise, "cpu_supports": processor.question, "cpu_is": processor.question,
        "eh_return": _refused, "va_arg_pack": _pack, "va_arg_pack_len": _pack, "assoc_barrier": _first, "assume": _nothing,
    }
    for n in ("16", "32", "64", "128"):
        t["bswap" + n] = _bswap
    for suffix in ("", "l", "ll", "imax"):
        for name, h in (("clz", _clz), ("ctz", _ctz), ("ffs", _ffs), ("popcount", _popcount), ("parity", _parity), ("clrsb", _clrsb)):
            t[name + suffix] = h
    for suffix in ("", "f", "l"):
        t["signbit" + suffix] = math_builtins.sign_bit
    for name in ("fabs", "copysign"):
        for suffix in ("", "q", *SUFFIXES):
            t[name + suffix] = math_builtins.sign_operation
    return t


TABLE: Final[dict[str, Handler]] = {}
"""Filled by `set_up`, when all modules of the package are loaded."""
PURE: Final = frozenset(
    [f"__builtin_{n}{s}" for n in ("clz", "ctz", "ffs", "popcount", "parity", "clrsb") for s in ("", "l", "ll")]
    + [f"__builtin_{n}" for n in ("bswap16", "bswap32", "bswap64", "expect", "object_size", "dynamic_object_size", "abs", "labs", "llabs",
                                  "fabs", "fabsf", "strlen", "strcmp", "strncmp", "memcmp", "strchr", "constant_p", "offsetof",
                                  "isnan", "isinf", "isfinite", "signbit", "strnlen", "memchr", "strrchr", "assume_aligned")])
"""Builtins without side effects."""


def set_up() -> None:
    """Fill the dispatch table once."""
    if not TABLE:
        TABLE.update(_table())


