"""`__builtin_tgmath`: which of several mathematical functions the types of the arguments ask for.

C libraries write the macros of <tgmath.h> (C11 7.25) with it.  Its operands are the functions, then the arguments; see "Other
Built-in Functions Provided by GCC" of gcc's manual.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.parse.ast import Expr
from toolchain.cc.types import ERROR, ComplexType, FunctionType, PointerType, Type, is_arithmetic, is_floating
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core


def _function(e: Expr) -> FunctionType | None:
    """The type of the function that `e` is or points to."""
    t = e.ty.unq
    if isinstance(t, PointerType):
        t = t.base.unq
    return t if isinstance(t, FunctionType) else None


def _generic_places(functions: list[FunctionType]) -> list[int]:
    """Parameters whose types are not the same in all functions."""
    first = functions[0]
    return [i for i in range(len(first.params)) if any(f.params[i].unq is not first.params[i].unq for f in functions)]


class TypeGeneric:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def choose(self, operands: list[Expr], loc: Loc) -> tuple[Expr, list[Expr]] | None:
        """The function to call and its arguments; None after a complaint."""
        core = self.core
        if any(e.ty.kind == ERROR for e in operands):
            return None
        count = 0
        functions: list[FunctionType] = []
        while count < len(operands):
            f = _function(operands[count])
            if f is None:
                break
            functions.append(f)
            count += 1
        if not functions:
            core.error(loc, "first argument to '__builtin_tgmath' must be a function")
            return None
        arguments = operands[count:]
        if len(functions) == 1 or not arguments:
            core.error(loc, "too few arguments in call to '__builtin_tgmath'")
            return None
        if any(not f.prototype or f.variadic or len(f.params) != len(arguments) for f in functions):
            core.error(loc, "functions and arguments of '__builtin_tgmath' differ in number of parameters" if all(
                f.prototype and not f.variadic for f in functions) else "function in '__builtin_tgmath' without a fixed prototype")
            return None
        places = _generic_places(functions)
        if not places:
            core.error(loc, "no type-generic parameter of '__builtin_tgmath'")
            return None
        wanted = self._wanted(functions, [arguments[i] for i in places], places, loc)
        if wanted is None:
            return None
        for i, f in enumerate(functions):
            if all(f.params[place].unq is wanted for place in places):
                return operands[i], arguments
        core.error(loc, "no matching function for type-generic call")
        return None

    def _wanted(self, functions: list[FunctionType], arguments: list[Expr], places: list[int], loc: Loc) -> Type | None:
        """The type of the generic parameters: an integer counts as double, complex beats real, the wider wins."""
        core = self.core
        types = core.types
        widest: Type | None = None
        is_complex = not any(is_floating(f.params[places[0]]) for f in functions)
        for e in arguments:
            t = e.ty.unq
            if not is_arithmetic(t):
                core.error(e.loc, "invalid type of argument of type-generic function")
                return None
            if isinstance(t, ComplexType):
                is_complex = True
                t = t.base.unq
            if not is_floating(t):
                t = types.double
            widest = t if widest is None else core.conversions.common_real(widest, t)
        assert widest is not None
        return types.complex(widest) if is_complex else widest
