"""Warnings about the arguments of library functions: sizes of objects, nulls, senseless values."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import (
    CAST_DECAY,
    E_ADDR,
    S_BUILTIN,
    Binary,
    BuiltinCall,
    Call,
    Cast,
    Expr,
    IntConst,
    MemberRef,
    NameRef,
    StringLit,
    Symbol,
    Unary,
)
from toolchain.cc.parse.same_tree import effect_free, same
from toolchain.cc.parse.spell import type_text
from toolchain.cc.types import POINTER, ArrayType, Type, base_of, is_floating, is_integer, is_record
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

_COPIES: Final = {"memcpy": (0, 1, 2), "memmove": (0, 1, 2), "mempcpy": (0, 1, 2), "memset": (0, -1, 2), "memcmp": (-1, 1, 2), "bzero": (0, -1, 1),
                  "strncpy": (0, -1, 2), "stpncpy": (0, -1, 2), "memchr": (-1, 0, 2), "bcopy": (1, 0, 2)}
"""Functions that write and read objects of a size: numbers of the arguments that are the destination, the source, the size."""
_TEXT_COPIES: Final = frozenset(("strcpy", "stpcpy"))
_ABSOLUTE: Final = {"abs": "int", "labs": "int", "llabs": "int", "imaxabs": "int", "fabs": "float", "fabsf": "float", "fabsl": "float",
                    "cabs": "", "cabsf": "", "cabsl": ""}
_ALLOCATIONS: Final = {"malloc": (0,), "calloc": (0, 1), "realloc": (1,), "alloca": (0,), "aligned_alloc": (1,)}
_RELEASES: Final = frozenset(("free", "realloc"))
_MODELS: Final = ("relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst")
_WRONG_MODELS: Final = {"__atomic_load_n": (1, (3, 4)), "__atomic_load": (2, (3, 4)), "__atomic_store_n": (2, (1, 2, 4)), "__atomic_store": (2, (1, 2, 4)),
                        "__atomic_clear": (1, (1, 2, 4))}
"""Which argument is a memory order, and which orders the operation cannot have."""


class Region:
    """What an argument points to: bytes left from there, and the object."""

    def __init__(self, size: int, offset: int, symbol: Symbol | None) -> None:
        self.size = size
        self.offset = offset
        self.symbol = symbol


class CallLint:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._nands: set[str] = set()
        self.most = (1 << 8 * core.types.layout.pointer_size - 1) - 1

    def call(self, e: Call) -> None:
        """A call of a declared function."""
        if is_record(e.ty):
            self.core.warn("aggregate-return", e.loc, "function call has aggregate value")
        callee = e.callee.operand if isinstance(e.callee, Cast) else e.callee
        if isinstance(callee, NameRef) and not callee.symbol.not_builtin and callee.symbol.depth == 0:
            self._known(callee.symbol.name, e.args, e.loc, False)

    def builtin(self, e: BuiltinCall, dead: bool) -> None:
        """A call of a function that the compiler knows."""
        name = e.name
        if name in ("__builtin_return_address", "__builtin_frame_address"):
            level = e.args[0] if e.args else None
            if isinstance(level, IntConst) and level.value:
                self.core.warn("frame-address", e.loc, f"calling '{name}' with a nonzero argument is unsafe")
        elif name in _WRONG_MODELS:
            at, wrong = _WRONG_MODELS[name]
            model = e.args[at] if at < len(e.args) else None
            if isinstance(model, IntConst) and model.value & 0xffff in wrong:
                self.core.warn("invalid-memory-model", e.loc, f"invalid memory model 'memory_order_{_MODELS[model.value & 0xffff]}' for '{name}'")
        elif name in ("__sync_fetch_and_nand", "__sync_nand_and_fetch") and name not in self._nands and "sync-nand" in self.core.warnings:
            self._nands.add(name)
            self.core.diagnostics.note(e.loc, f"'{name}' changed semantics in GCC 4.4")
        elif name.startswith("__builtin_") and not dead:
            self._known(name, e.args, e.loc, dead)

    def _known(self, shown: str, args: list[Expr], loc: Loc, dead: bool) -> None:
        name = shown[10:] if shown.startswith("__builtin_") else shown
        if name.startswith("__") and name.endswith("_chk"):
            name = name[2:-4]
        if name in _COPIES and len(args) > _COPIES[name][2]:
            self._copy(name, args, loc, shown)
        elif name in _TEXT_COPIES and len(args) > 1:
            self._text_copy(name, args, loc, shown)
        elif name in _ABSOLUTE and len(args) == 1:
            self._absolute(name, args[0], loc, shown)
        elif name in _ALLOCATIONS:
            self._allocation(name, args, loc)
        if name in _RELEASES and args:
            self._release(args[0], loc, shown)
        del dead

    # ---- objects and their sizes

    def _region(self, e: Expr) -> Region | None:
        """The object that a pointer leads into, if its size is known."""
        offset = 0
        while True:
            if isinstance(e, Cast) and e.kind != CAST_DECAY and e.operand.ty.kind == POINTER:
                e = e.operand
            elif isinstance(e, Binary) and e.text == "+" and isinstance(e.right, IntConst) and e.ty.kind == POINTER:
                element = _pointed_size(e.ty)
                if element < 0:
                    return None
                offset += e.right.value * element
                e = e.left
            else:
                break
        if isinstance(e, Cast) and e.kind == CAST_DECAY:
            e = e.operand
        elif isinstance(e, Unary) and e.op == E_ADDR:
            e = e.operand
        else:
            return None
        if isinstance(e, StringLit):
            return Region(len(e.data), offset, None)
        member = e
        while isinstance(e, MemberRef):
            offset += e.member.offset
            e = e.object
        if not isinstance(e, NameRef) or e.symbol.is_function or e.ty.unq.size < 0:
            return None
        if isinstance(e.ty.unq, ArrayType) and (e.ty.unq.vla or e.ty.unq.count < 0):
            return None
        if isinstance(member, MemberRef) and offset < 0:
            return None
        return Region(e.ty.unq.size, offset, e.symbol)

    def _copy(self, name: str, args: list[Expr], loc: Loc, shown: str) -> None:
        to, source, at = _COPIES[name]
        size = args[at]
        core = self.core
        if name == "memset":
            self._memset(args, loc)
        if name in ("memcpy", "mempcpy") and effect_free(args[0]) and same(args[0], args[1]) and not isinstance(args[0], IntConst):
            core.warn("restrict", loc, f"'{shown}' source argument is the same as destination")
        if not isinstance(size, IntConst) or size.value <= 0:
            return
        n = size.value
        if n > self.most:
            core.warn("stringop-overflow=", loc, f"'{shown}' specified bound {n} exceeds maximum object size {self.most}")
            return
        if to >= 0:
            region = self._region(args[to])
            if region is not None and region.symbol is not None and n > max(0, region.size - region.offset):
                self._overflow(shown, n, region, loc)
                return
        if source >= 0:
            region = self._region(args[source])
            if region is not None and n > max(0, region.size - region.offset):
                left = max(0, region.size - region.offset)
                if core.warn("stringop-overread", loc, f"'{shown}' reading {_bytes(n)} from a region of size {left}") and region.symbol is not None:
                    self._note(region, "source")

    def _overflow(self, shown: str, n: int, region: Region, loc: Loc) -> None:
        if self.core.warn("stringop-overflow=", loc, f"'{shown}' writing {_bytes(n)} into a region of size "
                          f"{max(0, region.size - region.offset)} overflows the destination"):
            self._note(region, "destination")

    def _note(self, region: Region, role: str) -> None:
        assert region.symbol is not None
        at = f"at offset {region.offset} into {role}" if region.offset else role
        self.core.diagnostics.note(region.symbol.loc, f"{at} object '{region.symbol.name}' of size {region.size}")

    def _text_copy(self, name: str, args: list[Expr], loc: Loc, shown: str) -> None:
        source = args[1]
        while isinstance(source, Cast):
            source = source.operand
        region = self._region(args[0])
        del name
        if isinstance(source, StringLit) and region is not None and region.symbol is not None:
            n = source.data.index(b"\0") + 1
            if n > max(0, region.size - region.offset):
                self._overflow(shown, n, region, loc)

    def _memset(self, args: list[Expr], loc: Loc) -> None:
        core = self.core
        size = args[2]
        value = args[1]
        if isinstance(size, IntConst) and size.value == 0 and core.literal_zero(size.loc) and not (
                isinstance(value, IntConst) and core.literal_zero(value.loc)):
            core.warn("memset-transposed-args", loc, "'memset' used with constant zero length parameter; this could be due to "
                      "transposed parameters")
        target = args[0]
        while isinstance(target, Cast) and target.kind != CAST_DECAY:
            target = target.operand
        if isinstance(target, Cast) and isinstance(size, IntConst) and isinstance(target.operand, (NameRef, MemberRef)):
            array = target.operand.ty.unq
            if isinstance(array, ArrayType) and array.count == size.value and array.base.unq.size > 1:
                core.warn("memset-elt-size", loc, "'memset' used with length equal to number of elements without multiplication by element size")

    # ---- values

    def _absolute(self, name: str, arg: Expr, loc: Loc, shown: str) -> None:
        """-Wabsolute-value."""
        original = arg.operand if isinstance(arg, Cast) and not arg.explicit else arg
        have = original.ty
        core = self.core
        if _ABSOLUTE[name] == "int":
            if is_floating(have):
                core.warn("absolute-value", loc, f"using integer absolute value function '{shown}' when argument is of floating-point type {type_text(have)}")
            elif is_integer(have) and core.types.unsigned(have) and have.unq.size >= core.types.int_.size:
                core.warn("absolute-value", loc, f"taking the absolute value of unsigned type {type_text(have)} has no effect")
            elif is_integer(have) and have.unq.size > arg.ty.unq.size:
                core.warn("absolute-value", loc, f"absolute value function '{shown}' given an argument of type {type_text(have)} but has parameter of type "
                          f"{type_text(arg.ty)} which may cause truncation of value")
        elif _ABSOLUTE[name] == "float":
            if is_integer(have) and not isinstance(original, IntConst):
                core.warn("absolute-value", loc, f"using floating-point absolute value function '{shown}' when argument is of integer type {type_text(have)}")
            elif is_floating(have) and have.unq.size > arg.ty.unq.size:
                core.warn("absolute-value", loc, f"absolute value function '{shown}' given an argument of type {type_text(have)} but has parameter of type "
                          f"{type_text(arg.ty)} which may cause truncation of value")

    def _allocation(self, name: str, args: list[Expr], loc: Loc) -> None:
        """-Walloc-zero and -Walloc-size-larger-than= of constant sizes."""
        core = self.core
        most = core.levels.limit("alloc-size-larger-than")
        for at in _ALLOCATIONS[name]:
            size = args[at] if at < len(args) else None
            if not isinstance(size, IntConst):
                continue
            if size.value == 0 and name != "realloc":
                core.warn("alloc-zero", loc, f"argument {at + 1} value is zero")
            elif size.value > (most if most >= 0 else self.most):
                core.warn("alloc-size-larger-than=", loc, f"argument {at + 1} value '{size.value}' exceeds maximum object size "
                          f"{most if most >= 0 else self.most}")

    def _release(self, e: Expr, loc: Loc, shown: str) -> None:
        """-Wfree-nonheap-object."""
        while isinstance(e, Cast) and e.kind != CAST_DECAY:
            e = e.operand
        region = self._region(e)
        if region is None or region.symbol is None or region.symbol.storage == S_BUILTIN:
            return
        if self.core.warn("free-nonheap-object", loc, f"'{shown}' called on unallocated object '{region.symbol.name}'"):
            self.core.diagnostics.note(region.symbol.loc, "declared here")


def _pointed_size(t: Type) -> int:
    return base_of(t).unq.size


def _bytes(n: int) -> str:
    return "1 byte" if n == 1 else f"{n} bytes"
