"""Warnings about what `sizeof` was applied to: -Wsizeof-pointer-memaccess, -Wsizeof-pointer-div, -Wsizeof-array-div.

A `sizeof` leaves a constant in the tree; these checks remember which constants came from one.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import E_ADDR, S_PARAM, Cast, Expr, MemberRef, NameRef, Unary
from toolchain.cc.parse.same_tree import same
from toolchain.cc.parse.spell import type_text
from toolchain.cc.types import CHAR, SCHAR, UCHAR, VOID, ArrayType, PointerType, Type
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

_CHARACTERS: Final = (CHAR, SCHAR, UCHAR)
_ACCESSES: Final[dict[str, tuple[int, int, int]]] = {
    "memcpy": (0, 1, 2), "memmove": (0, 1, 2), "mempcpy": (0, 1, 2), "memcmp": (0, 1, 2), "memset": (0, -1, 2), "bzero": (0, -1, 1), "bcopy": (1, 0, 2),
    "bcmp": (0, 1, 2), "strncpy": (0, 1, 2), "stpncpy": (0, 1, 2), "strncat": (0, 1, 2), "strncmp": (0, 1, 2), "strncasecmp": (0, 1, 2),
    "strndup": (-1, 0, 1), "memchr": (-1, 0, 2), "snprintf": (0, -1, 1), "vsnprintf": (0, -1, 1)}
"""Numbers of the arguments that are the destination, the source, the size."""
_COMPARISONS: Final = ("memcmp", "bcmp", "strncmp", "strncasecmp")


class SizeofChecks:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.active = bool(core.warnings & {"sizeof-pointer-memaccess", "sizeof-pointer-div", "sizeof-array-div"})
        self._known: dict[Expr, tuple[Type, Expr | None, Loc]] = {}

    def remember(self, made: Expr, measured: Type, operand: Expr | None, loc: Loc) -> None:
        """`made` is the size of a type, or of `operand`."""
        if len(self._known) > 64:
            self._known.clear()
        self._known[made] = (measured, operand, loc)

    def division(self, left: Expr, right: Expr, loc: Loc) -> None:
        """`sizeof a / sizeof b`."""
        if left not in self._known or right not in self._known:
            return
        a, operand, _ = self._known[left]
        b, _, _ = self._known[right]
        core = self.core
        u = a.unq
        if isinstance(u, PointerType) and u.base.unq is b.unq:
            if core.warn("sizeof-pointer-div", loc, f"division 'sizeof ({type_text(a)[1:-1]}) / sizeof ({type_text(b)[1:-1]})' does not compute the "
                         "number of array elements") and isinstance(operand, NameRef):
                core.diagnostics.note(operand.symbol.loc, "first 'sizeof' operand was declared here")
        elif isinstance(u, ArrayType) and not right.parenthesized and u.base.unq.kind not in _CHARACTERS and u.base.unq.size != b.unq.size:
            element = u.base
            while isinstance(element.unq, ArrayType):
                element = element.unq.base
                if element.unq.size == b.unq.size:
                    return
            if core.warn("sizeof-array-div", loc, "expression does not compute the number of elements in this array; element type is "
                         f"{type_text(u.base)}, not {type_text(b)}"):
                core.diagnostics.note(loc, "add parentheses around the second 'sizeof' to silence this warning")
                if isinstance(operand, NameRef):
                    core.diagnostics.note(operand.symbol.loc, f"array '{operand.symbol.name}' declared here")

    def call(self, shown: str, args: list[Expr]) -> None:
        """The arguments, as written, of a call of a function by its name."""
        name = shown[10:] if shown.startswith("__builtin_") else shown
        if name.startswith("__") and name.endswith("_chk"):
            name = name[2:-4]
        places = _ACCESSES.get(name)
        if places is None or len(args) <= places[2] or args[places[2]] not in self._known:
            return
        measured, operand, loc = self._known[args[places[2]]]
        if measured.kind == VOID:
            return
        text = name in ("strncpy", "stpncpy", "strncat", "strncmp", "strncasecmp", "strndup", "snprintf", "vsnprintf")
        for at, role in ((places[0], "first source" if name in _COMPARISONS else "destination"),
                         (places[1], "second source" if name in _COMPARISONS else "source")):
            if at >= 0 and at < len(args) and self._matches(args[at], measured, operand, loc, shown, role, text and at == places[1]):
                return

    def _matches(self, arg: Expr, measured: Type, operand: Expr | None, loc: Loc, shown: str, role: str, source_text: bool) -> bool:
        """Warn if the size is that of the pointer given, not of what it points to."""
        core = self.core
        where = f"argument to 'sizeof' in '{shown}' call is the same"
        if isinstance(arg, Unary) and arg.op == E_ADDR:
            if operand is not None and isinstance(operand, Unary) and operand.op == E_ADDR and same(arg.operand, operand.operand):
                return core.warn("sizeof-pointer-memaccess", loc, f"{where} expression as the {role}; did you mean to remove the addressof?")
        u = arg.ty.unq
        if not isinstance(u, PointerType) or isinstance(arg, Cast):
            return False
        if source_text:
            return operand is not None and isinstance(operand, (NameRef, MemberRef)) and same(arg, operand) and core.warn(
                "sizeof-pointer-memaccess", loc, f"{where} expression as the {role}; did you mean to use the size of the destination?")
        if operand is not None and same(arg, operand):
            character = u.base.unq.kind in _CHARACTERS
            if u.base.kind == VOID or isinstance(operand, NameRef) and operand.symbol.storage == S_PARAM and character and u.base.kind == VOID:
                return False
            return core.warn("sizeof-pointer-memaccess", loc, f"{where} expression as the {role}; did you mean to "
                             f"{'provide an explicit length' if character else 'dereference it'}?")
        if measured.unq is u and u.base.kind != VOID and operand is None:
            expected = "an explicit length" if u.base.unq.kind in _CHARACTERS else f"{type_text(u.base)} or an explicit length"
            return core.warn("sizeof-pointer-memaccess", loc, f"{where} pointer type {type_text(u)} as the {role}; expected {expected}")
        return False
