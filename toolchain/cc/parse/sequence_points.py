"""-Wsequence-point: writes of an object that nothing orders (C11 6.5 paragraph 2)."""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.parse.ast import (
    CAST_DECAY,
    E_ADDR,
    E_BUILTIN,
    E_CALL,
    E_COMMA,
    E_COND,
    E_COND2,
    E_CONSTP,
    E_LOGICAL,
    Assign,
    Binary,
    BuiltinCall,
    Call,
    Cast,
    Conditional,
    Expr,
    IncDec,
    IntConst,
    MemberRef,
    NameRef,
    Symbol,
    Unary,
)
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

Place = tuple[Symbol, tuple[str, ...]]
"""An object: a variable, or a member of one."""


class Accesses:
    """What an expression reads and writes without a sequence point behind it."""

    def __init__(self) -> None:
        self.reads: list[Place] = []
        self.writes: list[tuple[Place, Loc]] = []


def place_of(e: Expr) -> Place | None:
    """The object that `e` names, if it is a variable or a member of one."""
    names: list[str] = []
    while isinstance(e, MemberRef):
        names.append(e.member.name)
        e = e.object
    return (e.symbol, tuple(names)) if isinstance(e, NameRef) and not e.symbol.is_function else None


def _known(e: Expr) -> bool | None:
    """The truth of a condition that the parser folded: Linux's byte swaps repeat their operand where __builtin_constant_p holds."""
    while isinstance(e, Cast):
        e = e.operand
    return e.value != 0 if isinstance(e, IntConst) else None


class SequencePoints:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._told: set[Place] = set()

    def full_expression(self, e: Expr) -> None:
        """Check an expression that is no part of another."""
        self._told.clear()
        self._walk(e)

    def _walk(self, e: Expr) -> Accesses:
        out = Accesses()
        place = place_of(e)
        if place is not None:
            out.reads.append(place)
            return out
        op = e.op
        if isinstance(e, Assign):
            return self._assign(e)
        if isinstance(e, IncDec):
            place = place_of(e.operand)
            if place is None:
                out = self._walk(e.operand)
            else:
                out.writes.append((place, e.loc))
            return out
        if isinstance(e, Cast):
            return out if e.kind == CAST_DECAY and place_of(e.operand) is not None else self._walk(e.operand)
        if op == E_CONSTP:
            return out          # its operand is not evaluated
        if isinstance(e, Unary):
            return out if op == E_ADDR and place_of(e.operand) is not None else self._walk(e.operand)
        if isinstance(e, MemberRef):
            return self._walk(e.object)
        if isinstance(e, Binary):
            left = self._walk(e.left)
            right = self._walk(e.right)
            if op == E_LOGICAL:
                return out
            if op == E_COMMA:
                return right
            return self._join(left, right)
        if op in (E_COND, E_COND2) and isinstance(e, Conditional):
            self._walk(e.condition)
            chosen = _known(e.condition)
            if e.then is not None and chosen is not False:
                self._walk(e.then)
            if not chosen:
                self._walk(e.other)
            return out
        if op == E_CALL and isinstance(e, Call):
            joined = self._walk(e.callee)
            for a in e.args:
                joined = self._join(joined, self._walk(a))
            return out
        if op == E_BUILTIN and isinstance(e, BuiltinCall):
            for a in e.args:
                out = self._join(out, self._walk(a))
            return Accesses()
        return out

    def _assign(self, e: Assign) -> Accesses:
        place = place_of(e.target)
        value = self._walk(e.value)
        if place is None:
            return self._join(self._walk(e.target), value)
        for other, _ in value.writes:
            if other == place:
                self._tell(place, e.loc)
        value.writes.append((place, e.loc))
        return value

    def _join(self, a: Accesses, b: Accesses) -> Accesses:
        """What two operands do between which there is no order."""
        if a.writes or b.writes:
            for one, other in ((a, b), (b, a)):
                for place, loc in one.writes:
                    if place in other.reads or any(place == p for p, _ in other.writes):
                        self._tell(place, loc)
        a.reads += b.reads
        a.writes += b.writes
        return a

    def _tell(self, place: Place, loc: Loc) -> None:
        if place in self._told:
            return
        self._told.add(place)
        self.core.warn("sequence-point", loc, f"operation on '{'.'.join([place[0].name, *reversed(place[1])])}' may be undefined")
