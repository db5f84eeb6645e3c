"""__builtin_object_size and __builtin_dynamic_object_size (gcc manual, "Object Size Checking").

    %2 = phi ptr %malloc20, %buf+4
    %3 = objsize i64 #0 %2        ->   20       (the larger of 20 and what is left of `buf`)
    %4 = objsize i64 #4 %p        ->   the length that was given to malloc, as a value

Extents are pairs of bytes: what is left from the pointer to the end, and the whole object, which bounds a step
backwards.  `imm` of an OBJSIZE is the builtin's type (bit 0: the nearest subobject; bit 1: the least, not the largest
size), and DYNAMIC.  A subobject is known by a marker that lowering leaves: COPY with a `Subobject`.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import phis, resolve_all
from toolchain.cc.ir.extents import DYNAMIC, LEAST, SUBOBJECT, UNKNOWN, Extent, Subobject, of_leaf, step, unknown_size
from toolchain.cc.ir.ir import (
    ADD,
    ALLOCA,
    CALL,
    CONST,
    COPY,
    GLOBAL,
    I32,
    MUL,
    NIL,
    OBJSIZE,
    PARAM,
    PHI,
    PTR,
    SELECT,
    SEXT,
    SLOT,
    SUB,
    TRUNC,
    ULT,
    CallInfo,
    Function,
    GlobalSymbol,
    Instr,
)
from toolchain.cc.ir.known import signed, width

PASS_THROUGH: Final = frozenset(name for base in ("memcpy", "memmove", "memset", "strcpy", "strncpy", "strcat", "strncat")
                                for name in (base, f"__{base}_chk"))
"""Library functions that return their first argument."""
ROUNDS: Final = 20
"""Passes over a loop before its extents are bounded."""


def run(function: Function) -> bool:
    """Decide what can be decided before `function` is inlined elsewhere.  Markers of subobjects go, unless the function itself is to be
    inlined: nothing later asks for them, and they stand in the way of other passes."""
    changed = decide(function, False)
    if not function.always_inline:
        changed = drop_markers(function) or changed
    if changed:
        resolve_all(function)
    return changed


def decide(function: Function, final: bool) -> bool:
    """Set `fwd` of all OBJSIZE that are known (if `final`, of all).  Operands must be resolved afterwards."""
    found = [i for b in function.blocks for i in b.instrs if i.op == OBJSIZE]
    changed = False
    later: dict[int, list[Instr]] = {}
    for i in found:
        size = _size(function, i, later, final)
        if size is NIL and final:
            size = function.const(i.ty, unknown_size(i.imm))
        if size is not NIL:
            i.fwd = size
            changed = True
    if later:
        _place(function, later)
    return changed


def drop_markers(function: Function) -> bool:
    """Replace all markers of subobjects by what they mark."""
    changed = False
    for b in function.blocks:
        for i in b.instrs:
            if i.op == COPY and isinstance(i.aux, Subobject):
                i.fwd = i.a
                changed = True
    return changed


def _size(function: Function, i: Instr, later: dict[int, list[Instr]], final: bool) -> Instr:
    walk = _Walk(function, i.imm)
    walk.parameters = final
    if not walk.collect(i.a):
        return NIL
    if walk.values:
        return _Builder(walk, i.ty, later).extent(i.a)[0]
    left = walk.static(i.a)
    return function.const(i.ty, left) if left >= 0 else NIL


def _place(function: Function, later: dict[int, list[Instr]]) -> None:
    """Put the new instructions behind those they belong to (PHIs behind the last PHI of the block)."""
    for b in function.blocks:
        if not any(i.id in later for i in b.instrs):
            continue
        heads = phis(b)
        out: list[Instr] = []
        waiting: list[Instr] = []
        for k, i in enumerate(b.instrs):
            out.append(i)
            new = later.get(i.id)
            if new is not None:
                out.extend(n for n in new if n.op == PHI)
                waiting.extend(n for n in new if n.op != PHI)
            if waiting and k + 1 >= len(heads):
                out.extend(waiting)
                waiting = []
        b.instrs = out


def passed_through(p: Instr) -> Instr:
    """The argument that a CALL returns, or NIL."""
    info = p.aux
    callee = p.a.aux
    if isinstance(info, CallInfo) and not info.result_address and p.ext and isinstance(callee, GlobalSymbol) and callee.name in PASS_THROUGH:
        return p.ext[0]
    return NIL


class _Walk:
    """All pointers that one pointer may come from."""

    def __init__(self, function: Function, mode: int) -> None:
        self.function = function
        self.mode = mode
        self.bits = width(function, PTR)
        self.values = bool(mode & DYNAMIC)  # sizes may be values of the program
        self.parameters = False             # those that attribute access gives a size do not become arguments any more
        self.order: list[Instr] = []
        self.seen: set[int] = set()

    def collect(self, pointer: Instr) -> bool:
        """Gather in `order` what `pointer` depends on; False if some of it has no known extent."""
        work = [pointer]
        while work:
            p = work.pop()
            if p.id in self.seen:
                continue
            self.seen.add(p.id)
            sources = self.sources(p)
            if sources is None:
                return False
            self.order.append(p)
            work.extend(sources)
        return True

    def sources(self, p: Instr) -> list[Instr] | None:
        """The pointers that `p` is made of; None if nothing is known of it."""
        op = p.op
        if op == ADD:
            return [_stepped(p)] if self.values or p.b.op == CONST else None
        if op == PHI:
            return p.ext
        if op == SELECT:
            return [p.b, p.ext[0]]
        if op == SLOT or op == GLOBAL:
            return None if of_leaf(p) is UNKNOWN else []
        if op == COPY and isinstance(p.aux, Subobject):
            if not self.mode & SUBOBJECT or _Walk(self.function, self.mode).collect(p.a):
                return [p.a]
            root = _root(p)                 # an object without a size has no parts
            return None if root.op == GLOBAL and of_leaf(root) is UNKNOWN else []
        if op == PARAM:
            return [] if self.values and self.parameters and p.imm in self.function.sized_params else None
        if op == ALLOCA:
            return [] if self.values or p.a.op == CONST else None
        if op == CALL:
            source = passed_through(p)
            if source is not NIL:
                return [source]
            sizes = self.allocated(p)
            return [] if sizes and (self.values or all(v.op == CONST for v in sizes)) else None
        return None

    def allocated(self, p: Instr) -> list[Instr]:
        """The arguments of an allocation that say how large it is."""
        info = p.aux
        if not isinstance(info, CallInfo) or info.result_address or p.ty != PTR:
            return []
        if any(k >= len(p.ext) or not 0 < p.ext[k].ty < PTR for k in info.alloc_size):
            return []
        return [p.ext[k] for k in info.alloc_size]

    # ---------------------------------------------------------------- static
    def static(self, pointer: Instr) -> int:
        """Bytes left at `pointer`, or -1."""
        known: dict[int, Extent] = {}
        for turn in range(ROUNDS):
            changed = False
            for p in reversed(self.order):
                new = self.extent(p, known)
                if new is UNKNOWN:
                    return -1
                if new is None or p.id in known and new.left == known[p.id].left and new.whole == known[p.id].whole:
                    continue
                if turn == ROUNDS - 1:
                    if self.mode & LEAST:
                        return -1
                    new = Extent(new.whole, new.whole)
                known[p.id] = new
                changed = True
            if not changed:
                break
        result = known.get(pointer.id)
        return result.left if result is not None else -1

    def extent(self, p: Instr, known: dict[int, Extent]) -> Extent | None:
        op = p.op
        if op == SLOT or op == GLOBAL:
            return of_leaf(p)
        if op == COPY and isinstance(p.aux, Subobject) and self.mode & SUBOBJECT:
            size = p.aux.size
            outer = known.get(p.a.id)
            if outer is not None:
                size = min(size, outer.left)
            return Extent(size, size)
        if op == ALLOCA:
            return Extent(p.a.imm, p.a.imm)
        if op == CALL and passed_through(p) is NIL:
            size = 1
            for v in self.allocated(p):
                size *= v.imm
            return Extent(size, size) if size < 1 << self.bits - 1 else None
        sources = [known[s.id] for s in self.sources(p) or [] if s.id in known]
        if not sources:
            return None
        if op == ADD:
            return self.stepped(p, sources[0])
        if self.mode & LEAST:
            return Extent(min(s.left for s in sources), min(s.whole for s in sources))
        return Extent(max(s.left for s in sources), max(s.whole for s in sources))


    def stepped(self, p: Instr, e: Extent) -> Extent:
        """A constant further on; UNKNOWN if it says nothing of the least size."""
        by = signed(p.b.imm, self.bits)
        if by < 0 and _stepped(p).op == COPY and e.whole - e.left + by < 0:
            return Extent(0, e.whole)
        return step(e, by) if by >= 0 or not self.mode & LEAST else UNKNOWN


def _stepped(p: Instr) -> Instr:
    """The pointer that an ADD starts from: what lies behind a member that is no array belongs to the whole."""
    a = p.a
    if p.b.op == CONST and a.op == COPY and isinstance(a.aux, Subobject) and not a.aux.is_array:
        return a.a
    return a


def _root(p: Instr) -> Instr:
    """The address that a subobject's was computed from."""
    while p.op == ADD or p.op == COPY:
        p = p.a
    return p


class _Builder:
    """Computes extents at run time: beside each pointer, the bytes left at it and those of its whole object."""

    def __init__(self, walk: _Walk, ty: int, later: dict[int, list[Instr]]) -> None:
        self.walk = walk
        self.f = walk.function
        self.ty = ty
        self.later = later
        self.done: dict[int, tuple[Instr, Instr]] = {}

    def emit(self, at: Instr, op: int, a: Instr, b: Instr, ty: int = 0) -> Instr:
        i = self.f.instr(op, ty or self.ty, a, b, 0, at.loc)
        self.later.setdefault(at.id, []).append(i)
        return i

    def choose(self, at: Instr, condition: Instr, yes: Instr, no: Instr) -> Instr:
        i = self.emit(at, SELECT, condition, yes)
        i.ext = [no]
        return i

    def extent(self, p: Instr) -> tuple[Instr, Instr]:
        """(left, whole) of `p`."""
        known = self.done.get(p.id)
        if known is None:
            known = self.phi(p) if p.op == PHI else self.compute(p)
            self.done[p.id] = known
        return known

    def phi(self, p: Instr) -> tuple[Instr, Instr]:
        left, whole = self.emit(p, PHI, NIL, NIL), self.emit(p, PHI, NIL, NIL)
        self.done[p.id] = (left, whole)
        pairs = [self.extent(s) for s in p.ext]
        left.ext = [x for x, _ in pairs]
        whole.ext = [x for _, x in pairs]
        return left, whole

    def compute(self, p: Instr) -> tuple[Instr, Instr]:
        op = p.op
        if op == SLOT or op == GLOBAL:
            e = of_leaf(p)
            return self.f.const(self.ty, e.left), self.f.const(self.ty, e.whole)
        if op == ADD:
            return self.step(p)
        if op == SELECT:
            yes, no = self.extent(p.b), self.extent(p.ext[0])
            return self.choose(p, p.a, yes[0], no[0]), self.choose(p, p.a, yes[1], no[1])
        if op == COPY:
            return self.subobject(p)
        if op == ALLOCA:
            n = self.sized(p, p.a)
            return n, n
        if op == PARAM:
            return self.parameter(p)
        source = passed_through(p)
        if source is not NIL:
            return self.extent(source)
        sizes = [self.sized(p, v) for v in self.walk.allocated(p)]
        n = sizes[0] if len(sizes) == 1 else self.emit(p, MUL, sizes[0], sizes[1])
        return n, n

    def parameter(self, p: Instr) -> tuple[Instr, Instr]:
        number, element = self.f.sized_params[p.imm]
        count = next((i for i in self.f.blocks[0].instrs if i.op == PARAM and i.imm == number), NIL)
        if count is NIL:                    # nothing else asks for it
            count = self.f.instr(PARAM, self.ty, NIL, NIL, number, p.loc)
            self.f.blocks[0].instrs.insert(0, count)
        n = self.emit(p, MUL, self.sized(p, count), self.f.const(self.ty, element))
        return n, n

    def sized(self, at: Instr, v: Instr) -> Instr:
        """`v` as a size."""
        if v.op == CONST:
            return self.f.const(self.ty, signed(v.imm, width(self.f, v.ty)))
        if v.ty == self.ty:
            return v
        return self.emit(at, SEXT if v.ty < self.ty else TRUNC, v, NIL)

    def subobject(self, p: Instr) -> tuple[Instr, Instr]:
        if not self.walk.mode & SUBOBJECT:
            return self.extent(p.a)
        assert isinstance(p.aux, Subobject)
        n = self.f.const(self.ty, p.aux.size)
        if p.a.id in self.walk.seen:
            left = self.extent(p.a)[0]
            n = self.choose(p, self.emit(p, ULT, left, n, I32), left, n)
        return n, n

    def step(self, p: Instr) -> tuple[Instr, Instr]:
        """Pointer arithmetic: a position before the start or behind the end leaves nothing; the way back counts from the whole."""
        left, whole = self.extent(_stepped(p))
        by = self.sized(p, p.b)
        zero = self.f.const(self.ty, 0)
        if left.op == CONST and whole.op == CONST and by.op == CONST:
            place = whole.imm - left.imm + signed(by.imm, self.walk.bits)
            return self.f.const(self.ty, whole.imm - place if 0 <= place <= whole.imm else 0), whole
        if left is whole:
            return self.choose(p, self.emit(p, ULT, left, by, I32), zero, self.emit(p, SUB, left, by)), whole
        at = self.emit(p, ADD, self.emit(p, SUB, whole, left), by)
        return self.choose(p, self.emit(p, ULT, whole, at, I32), zero, self.emit(p, SUB, whole, at)), whole
