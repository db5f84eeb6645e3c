"""Support routines: operations that a target has no instruction for, by libgcc's names.

Source of the names: GCC Internals, "The GCC low-level runtime library".
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen.build import IrBuilder
from toolchain.cc.ir.ir import (
    CALL,
    EQ,
    F16,
    F32,
    F64,
    F80,
    F128,
    FADD,
    FDIV,
    FEQ,
    FLE,
    FLT,
    FMUL,
    FNE,
    FSUB,
    FTOSI,
    FUNORD,
    I32,
    I64,
    I128,
    MUL,
    NE,
    PTR,
    SAR,
    SDIV,
    SHL,
    SHR,
    SITOF,
    SLE,
    SLT,
    SREM,
    UDIV,
    UREM,
    CallInfo,
    GlobalSymbol,
    Instr,
)
from toolchain.cc.types import (
    DOUBLE,
    FLOAT,
    FLOAT16,
    FLOAT128,
    INT,
    INT128,
    LDOUBLE,
    LLONG,
    LONG,
    UINT,
    UINT128,
    ULLONG,
    ULONG,
    FunctionType,
    PointerType,
    TargetLayout,
    Type,
)
from toolchain.cc.types import VOID as C_VOID

MODE: Final = {I32: "si", I64: "di", I128: "ti", F16: "hf", F32: "sf", F64: "df", F80: "xf", F128: "tf"}
BINARY: Final = {FADD: "add", FSUB: "sub", FMUL: "mul", FDIV: "div", SDIV: "div", UDIV: "udiv", SREM: "mod", UREM: "umod", MUL: "mul",
                 SHL: "ashl", SHR: "lshr", SAR: "ashr"}
COMPARE: Final = {FEQ: ("eq", EQ), FNE: ("ne", NE), FLT: ("lt", SLT), FLE: ("le", SLE), FUNORD: ("unord", NE)}
"""Routine and the comparison of its int result with zero."""


class Library:
    """C types and symbols for calls that code generation makes itself; one per unit."""

    def __init__(self, layout: TargetLayout) -> None:
        void = Type(C_VOID, 1, 1)
        self.void = void
        self.pointer = PointerType(void, layout.pointer_size, layout.pointer_size)
        self.size = Type(layout.size_kind, layout.pointer_size, layout.pointer_size)
        self.int32 = Type(INT, 4, 4)
        wide = LONG if layout.long_size == 8 else LLONG
        uwide = ULONG if layout.long_size == 8 else ULLONG
        self.signed = {I32: self.int32, I64: Type(wide, 8, layout.llong_align), I128: Type(INT128, 16, 16), PTR: self.pointer}
        self.unsigned = {I32: Type(UINT, 4, 4), I64: Type(uwide, 8, layout.llong_align), I128: Type(UINT128, 16, 16), PTR: self.pointer}
        quad = LDOUBLE if layout.ldouble_format.bits == 128 else FLOAT128
        self.floats = {F16: Type(FLOAT16, 2, 2), F32: Type(FLOAT, 4, 4), F64: Type(DOUBLE, 8, layout.double_align),
                       F80: Type(LDOUBLE, layout.ldouble_size, layout.ldouble_align), F128: Type(quad, 16, 16)}
        self.symbols: dict[str, GlobalSymbol] = {}

    def c_type(self, ty: int, signed: bool = True) -> Type:
        """C type of an IR scalar type."""
        t = self.floats.get(ty)
        if t is None:
            t = (self.signed if signed else self.unsigned)[ty]
        return t

    def function(self, result: Type, params: list[Type]) -> FunctionType:
        """A prototype."""
        return FunctionType(result, params, False, True)

    def symbol(self, name: str) -> GlobalSymbol:
        """The undefined function symbol of a support routine."""
        s = self.symbols.get(name)
        if s is None:
            s = GlobalSymbol(name)
            s.is_function = True
            s.referenced = True
            self.symbols[name] = s
        return s


def library_call(b: IrBuilder, lib: Library, name: str, ty: int, args: list[Instr], signed: bool = True) -> Instr:
    """Call routine `name`; argument and result C types follow from the IR types."""
    types = [lib.c_type(a.ty, signed) for a in args]
    ftype = lib.function(lib.c_type(ty, signed), types)
    i = b.func.instr(CALL, ty, b.func.global_address(lib.symbol(name)), loc=b.loc)
    i.ext = args
    i.aux = CallInfo(ftype, types, False)
    b.out.append(i)
    return i


def binary_routine(op: int, ty: int) -> str:
    """Name for a two-operand operation."""
    return f"__{BINARY[op]}{MODE[ty]}3"


def compare(b: IrBuilder, lib: Library, op: int, x: Instr, y: Instr) -> Instr:
    """A floating comparison by routine: I32 0 or 1."""
    name, relation = COMPARE[op]
    r = library_call(b, lib, f"__{name}{MODE[x.ty]}2", I32, [x, y])
    return b.op(relation, I32, r, b.const(I32, 0))


def float_convert(b: IrBuilder, lib: Library, x: Instr, ty: int) -> Instr:
    """FCVT by routine."""
    name = "extend" if RANK[ty] > RANK[x.ty] else "trunc"
    return library_call(b, lib, f"__{name}{MODE[x.ty]}{MODE[ty]}2", ty, [x])


RANK: Final = {F16: 0, F32: 1, F64: 2, F80: 3, F128: 4}


def to_integer(b: IrBuilder, lib: Library, op: int, x: Instr, ty: int) -> Instr:
    """FTOSI, FTOUI by routine; `ty` is I32 or wider."""
    name = "fix" if op == FTOSI else "fixuns"
    return library_call(b, lib, f"__{name}{MODE[x.ty]}{MODE[ty]}", ty, [x])


def from_integer(b: IrBuilder, lib: Library, op: int, x: Instr, ty: int) -> Instr:
    """SITOF, UITOF by routine."""
    name = "float" if op == SITOF else "floatun"
    return library_call(b, lib, f"__{name}{MODE[x.ty]}{MODE[ty]}", ty, [x], op == SITOF)
