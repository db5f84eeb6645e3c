"""Values that are read or written byte by byte are read or written at once, where misaligned accesses are cheap.

    %1 = load i8 [%p] ; %2 = zext i32 %1 ; %3 = shl i32 %2, 8          %1 = load i16 [%p]
    %4 = load i8 [%p + 1] ; %5 = zext i32 %4                     ->    %2 = zext i32 %1 ; %3 = bswap i32 %2
    %6 = or i32 %3, %5                                                 %6 = shr i32 %3, 16

    store i32 0, [%p] ; store i32 0, [%p + 4]                    ->    store i64 0, [%p]
    the bytes of %v, highest first, to [%p] ... [%p + 3]         ->    %1 = bswap i32 %v ; store i32 %1, [%p]

Within one block, if nothing between the first and the last access may write (or, for stores, read) there.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import reachable, resolve_all
from toolchain.cc.ir.ir import (
    ADD,
    ALIGN_MASK,
    ALIGN_SHIFT,
    ASM_GOTO,
    BSWAP,
    CONST,
    I8,
    I16,
    I32,
    I64,
    LOAD,
    NIL,
    NO_EXT,
    OR,
    RET,
    SAR,
    SHL,
    SHR,
    STORE,
    TRUNC,
    TYPE_BITS,
    XOR,
    ZEXT,
    Function,
    Instr,
)
from toolchain.cc.ir.verifier import type_size
from toolchain.cc.opt.alias import canonical, may_overlap
from toolchain.cc.opt.context import OptContext

TYPES: Final = {1: I8, 2: I16, 4: I32, 8: I64}
MAX_DEPTH: Final = 20
UNALIGNED: Final = 1 << ALIGN_SHIFT


class Piece:
    """A load that contributes `size` bytes at `shift` bits."""

    def __init__(self, load: Instr, base: Instr, offset: int, size: int, shift: int) -> None:
        self.load = load
        self.base = base
        self.offset = offset
        self.size = size
        self.shift = shift


def run(function: Function, ctx: OptContext) -> bool:
    """Merge loads, then stores."""
    if ctx.strict_align or ctx.word_bits < 64:
        return False
    m = _Merger(function)
    m.run()
    if m.changed:
        resolve_all(function)
    return m.changed


def piece_offset(p: Piece) -> int:
    """Sort key."""
    return p.offset


class _Merger:
    def __init__(self, function: Function) -> None:
        self.f = function
        self.uses: dict[int, int] = {}
        self.place: dict[int, int] = {}     # of the block at hand: index of each instruction
        self.code: list[Instr] = []
        self.changed = False

    def run(self) -> None:
        blocks = reachable(self.f)
        shifts: set[int] = set()
        stores: set[int] = set()
        for b in blocks:
            n = 0
            for i in b.instrs:
                op = i.op
                if op == SHL and i.b.op == CONST and i.b.imm & 7 == 0:
                    shifts.add(b.id)
                elif op == STORE:
                    n += 1
            if n > 1:
                stores.add(b.id)
        if shifts:
            self.count_uses()
        for b in blocks:
            if b.id in shifts or b.id in stores:
                self.code = b.instrs
                if b.id in shifts:
                    self.loads()
                if b.id in stores:
                    self.stores()
                b.instrs = self.code

    def count_uses(self) -> None:
        uses = self.uses
        for b in self.f.blocks:
            for i in b.instrs:
                for v in (i.a, i.b, *i.ext) if i.ext is not NO_EXT else (i.a, i.b):
                    uses[v.id] = uses.get(v.id, 0) + 1

    # -------------------------------------------------------------- loads
    def loads(self) -> None:
        """Sums of shifted loads."""
        self.place = {i.id: n for n, i in enumerate(self.code)}
        out: list[Instr] = []
        taken: set[int] = set()             # inner nodes of chosen sums
        chosen: dict[int, list[Piece]] = {}
        for n in range(len(self.code) - 1, -1, -1):
            i = self.code[n]
            if i.op not in (OR, ADD, XOR) or not I16 <= i.ty <= I64 or i.id in taken:
                continue
            pieces: list[Piece] = []
            inner: set[int] = set()
            if self.collect(i, 0, TYPE_BITS[i.ty], pieces, MAX_DEPTH, inner) and self.contiguous(n, pieces):
                chosen[n] = pieces
                taken |= inner
        if not chosen:
            return
        for n, i in enumerate(self.code):
            p = chosen.get(n)
            if p is not None:
                i.fwd = self.whole(i, p, out)
                self.changed = True
            else:
                out.append(i)
        self.code = out

    def collect(self, v: Instr, shift: int, bits: int, pieces: list[Piece], depth: int, taken: set[int]) -> bool:
        """Split `v` into shifted loads; `bits`: how wide the value is before anything is cut off."""
        op = v.op
        if depth == 0 or v.id not in self.place:
            return False
        if op == LOAD:
            size = TYPE_BITS[v.ty] // 8 if I8 <= v.ty <= I32 else 0
            if not size or v.flags & ~ALIGN_MASK or shift & 7 or shift + size * 8 > bits:
                return False
            base, offset = canonical(self.f, v.a, v.imm)
            pieces.append(Piece(v, base, offset, size, shift))
            return True
        if depth < MAX_DEPTH:
            if self.uses.get(v.id, 0) != 1:
                return False
            taken.add(v.id)
        if op in (OR, ADD, XOR) and v.ty <= I64:
            return self.collect(v.a, shift, bits, pieces, depth - 1, taken) and self.collect(v.b, shift, bits, pieces, depth - 1, taken)
        if op == SHL and v.b.op == CONST:
            return self.collect(v.a, shift + v.b.imm, bits, pieces, depth - 1, taken)
        if op == ZEXT and v.a.ty <= I32:
            return self.collect(v.a, shift, min(bits, shift + TYPE_BITS[v.a.ty]), pieces, depth - 1, taken)
        return False

    def contiguous(self, root: int, pieces: list[Piece]) -> bool:
        """Whether the pieces are one object's bytes in order, and nothing writes before `root`."""
        pieces.sort(key=piece_offset)
        size = sum(p.size for p in pieces)
        if len(pieces) < 2 or size not in (2, 4, 8) or any(p.base is not pieces[0].base for p in pieces):
            return False
        low = min(p.shift for p in pieces)
        at = pieces[0].offset
        little = big = True
        for p in pieces:
            if p.offset != at:
                return False
            little = little and p.shift - low == 8 * (at - pieces[0].offset)
            big = big and p.size == 1 and p.shift - low == 8 * (size - 1 - at + pieces[0].offset)
            at += p.size
        if not little and not big or sum(self.uses.get(p.load.id, 0) > 1 for p in pieces) > 1:
            return False
        first = min(self.place[p.load.id] for p in pieces)
        return not any(STORE <= i.op < RET or i.op == ASM_GOTO for i in self.code[first:root])

    def whole(self, i: Instr, pieces: list[Piece], out: list[Instr]) -> Instr:
        """The value of `i` by one load."""
        f = self.f
        size = sum(p.size for p in pieces)
        first = pieces[0]
        v = f.instr(LOAD, TYPES[size], first.load.a, NIL, first.load.imm, i.loc)
        v.flags = UNALIGNED
        out.append(v)
        if first.shift > pieces[-1].shift:
            v = self.swapped(v, size, out, i.loc)
        if v.ty != i.ty:
            v = self.emit(ZEXT if v.ty < i.ty else TRUNC, i.ty, v, NIL, out, i.loc)
        low = min(p.shift for p in pieces)
        return self.emit(SHL, i.ty, v, f.const(I32, low), out, i.loc) if low else v

    def swapped(self, v: Instr, size: int, out: list[Instr], loc: int) -> Instr:
        """The bytes of `v` in reverse order; of two bytes as an i32."""
        if size > 2:
            return self.emit(BSWAP, v.ty, v, NIL, out, loc)
        if v.ty < I32:
            v = self.emit(ZEXT, I32, v, NIL, out, loc)
        v = self.emit(BSWAP, I32, v, NIL, out, loc)
        return self.emit(SHR, I32, v, self.f.const(I32, 16), out, loc)

    def emit(self, op: int, ty: int, a: Instr, b: Instr, out: list[Instr], loc: int) -> Instr:
        i = self.f.instr(op, ty, a, b, 0, loc)
        out.append(i)
        return i

    # -------------------------------------------------------------- stores
    def stores(self) -> None:
        """Groups of stores to one base with nothing in between that minds."""
        f = self.f
        drop: set[int] = set()
        insert: dict[int, list[Instr]] = {}
        group: list[tuple[int, int, Instr]] = []        # offset, size, store
        base = NIL
        for i in self.code:
            op = i.op
            if op == STORE and not i.flags & ~ALIGN_MASK and I8 <= i.b.ty <= I64:
                where, offset = canonical(f, i.a, i.imm)
                if where is not base:
                    self.close(group, drop, insert)
                    base, group = where, []
                size = TYPE_BITS[i.b.ty] // 8
                if any(o < offset + size and offset < o + s for o, s, _ in group):
                    self.close(group, drop, insert)
                    group = []
                group.append((offset, size, i))
            elif op == LOAD and not i.flags & ~ALIGN_MASK:
                where, offset = canonical(f, i.a, i.imm)
                if group and any(may_overlap(where, offset, type_size(f, i.ty), base, o, s) for o, s, _ in group):
                    self.close(group, drop, insert)
                    group = []
            elif op >= LOAD:
                self.close(group, drop, insert)
                group = []
        self.close(group, drop, insert)
        if not drop:
            return
        out: list[Instr] = []
        for i in self.code:
            more = insert.get(i.id)
            if more is not None:
                out.extend(more)
            if i.id not in drop:
                out.append(i)
        self.code = out
        self.changed = True

    def close(self, group: list[tuple[int, int, Instr]], drop: set[int], insert: dict[int, list[Instr]]) -> None:
        """Merge what can be merged of a finished group."""
        if len(group) < 2:
            return
        last = group[-1][2]
        items = sorted(group, key=store_offset)
        n = 0
        while n < len(items):
            taken = 0
            for size in (8, 4, 2):
                k = self.run_of(items, n, size)
                if k > 1:
                    new = self.merged(items[n:n + k], size, insert.setdefault(last.id, []))
                    if new:
                        drop.update(s.id for _, _, s in items[n:n + k])
                        taken = k
                        break
            n += taken or 1

    def run_of(self, items: list[tuple[int, int, Instr]], n: int, size: int) -> int:
        """How many stores from the `n`-th on fill `size` bytes exactly; 0 if they do not."""
        at = items[n][0]
        end = at + size
        k = n
        while k < len(items) and items[k][0] == at and at < end:
            at += items[k][1]
            k += 1
        return k - n if at == end else 0

    def merged(self, items: list[tuple[int, int, Instr]], size: int, out: list[Instr]) -> bool:
        """One store for `items`; False if their values do not go together."""
        f = self.f
        first = items[0][2]
        loc = items[-1][2].loc
        ty = TYPES[size]
        if all(s.b.op == CONST for _, _, s in items):
            c = 0
            for o, _, s in items:
                c |= s.b.imm << 8 * (o - items[0][0])
            if size == 8 and not (c < 1 << 31 or c >= (1 << 64) - (1 << 31)):
                return False            # no immediate operand holds it
            value = f.const(ty, c)
        else:
            value = self.bytes_of(items, size, out, loc)
            if value is NIL:
                return False
        store = f.instr(STORE, 0, first.a, value, first.imm, loc)
        store.flags = UNALIGNED
        out.append(store)
        return True

    def bytes_of(self, items: list[tuple[int, int, Instr]], size: int, out: list[Instr], loc: int) -> Instr:
        """The value whose bytes the items are, in either order; NIL if there is none."""
        if any(s != 1 for _, s, _ in items):
            return NIL
        parts = [strip(s.b) for _, _, s in items]
        v = parts[0][0]
        if v.ty > I64 or TYPE_BITS[v.ty] < 8 * size or any(p is not v for p, _ in parts):
            return NIL
        shifts = [s for _, s in parts]
        little = [8 * n for n in range(size)]
        if shifts == little:
            reverse = False
        elif shifts == little[::-1] and (size > 2 or not self.f.for_size):
            reverse = True
        else:
            return NIL
        ty = TYPES[size]
        if reverse and size == 2:
            if v.ty != I32:
                v = self.emit(ZEXT if v.ty < I32 else TRUNC, I32, v, NIL, out, loc)
            v = self.swapped(v, 2, out, loc)
        if v.ty != ty:
            v = self.emit(TRUNC, ty, v, NIL, out, loc)
        return self.swapped(v, size, out, loc) if reverse and size > 2 else v


def store_offset(item: tuple[int, int, Instr]) -> int:
    """Sort key."""
    return item[0]


def strip(v: Instr) -> tuple[Instr, int]:
    """`v` as the low byte of (value >> shift)."""
    if v.op == TRUNC:
        v = v.a
    if v.op in (SHR, SAR) and v.b.op == CONST and v.b.imm <= TYPE_BITS[v.ty] - 8:
        return v.a, v.b.imm
    return v, 0
