"""Scalar replacement and promotion of frame objects to SSA values.

    memset $0, 0, #16                    (a record of two words, passed around by copies)
    store i64 %1, [$0 + 8]
    memcpy #16 $1, $0              ->    %4 = add i64 0, %1
    %2 = load i64 [$1]
    %3 = load i64 [$1 + 8]
    %4 = add i64 %2, %3

A slot is a candidate if it is only loaded, stored, copied and set, at constant offsets, never volatile.
Its bytes are divided into pieces: maximal sets of overlapping scalar accesses.  Copies between candidates carry
the division from one to the other; what is copied from or to other memory is loaded and stored piece by
piece.  A piece of up to a register's width that is accessed in parts of itself (unions, bit-fields, a
record initialised as a whole) becomes one integer, and its parts are shifted and masked.  A slot with a piece that fits nothing
stays in memory.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.builder import SSABuilder
from toolchain.cc.ir.cfg import reachable, resolve_operands
from toolchain.cc.ir.fold import simplify
from toolchain.cc.ir.ir import (
    ALIGN_MASK,
    ALIGN_SHIFT,
    AND,
    BITCAST,
    CONST,
    I8,
    I16,
    I32,
    I64,
    I128,
    LOAD,
    MEMCPY,
    MEMSET,
    MUL,
    NIL,
    NO_EXT,
    OR,
    PTR,
    SEG_FS,
    SEG_GS,
    SHL,
    SHR,
    SLOT,
    STORE,
    TRUNC,
    VOID,
    VOLATILE,
    ZEXT,
    Binding,
    Block,
    Function,
    Instr,
    StackSlot,
)
from toolchain.cc.ir.verifier import type_size

INTEGER_OF_SIZE: Final = {1: I8, 2: I16, 4: I32, 8: I64, 16: I128}
MAX_PIECES: Final = 24
"""A slot that would take more pieces for the sake of copies stays in memory."""
MAX_COPY: Final = 128
"""Copies of more bytes to or from other memory keep the slot in memory."""
BAD: Final = VOLATILE | SEG_FS | SEG_GS


class _Candidate:
    """A slot under consideration.  `spans`: (offset, size) to bit set of IR types seen; `cuts`: the division."""

    def __init__(self, slot: StackSlot) -> None:
        self.slot = slot
        self.ok = True
        self.spans: dict[tuple[int, int], int] = {}     # -> first type seen
        self.pieces: list[tuple[int, int, int]] = []    # offset, size, type; sorted
        self.variables: list[int] = []


def run(function: Function, parts: bool = True) -> bool:
    """Promote what can be promoted; with `parts` false only slots whose scalars are never accessed in part."""
    if not function.slots:
        return False
    blocks = reachable(function)
    p = _Promoter(function, blocks, parts)
    if not p.collect():
        return False
    p.rewrite()
    return True


def _slot(v: Instr) -> StackSlot | None:
    return v.aux if v.op == SLOT and isinstance(v.aux, StackSlot) else None


class _Promoter:
    def __init__(self, function: Function, blocks: list[Block], parts: bool) -> None:
        self.f = function
        self.blocks = blocks
        self.parts = parts
        self.candidates: dict[int, _Candidate] = {}
        self.copies: list[Instr] = []
        self.sets: list[Instr] = []
        self.volatile: list[Instr] = []
        self.ssa = SSABuilder(function)
        self.out: list[Instr] = []
        self.current = blocks[0]

    # -------------------------------------------------------------- which slots

    def collect(self) -> bool:
        f = self.f
        for s in f.slots:
            if not s.dead and not s.placed:
                self.candidates[s.index] = _Candidate(s)
        mentioned = False
        for b in self.blocks:
            for i in b.instrs:
                if self.uses(i):
                    mentioned = True
        if not mentioned:
            return False
        self.drop_bad()
        if not self.candidates:
            return False
        self.share_divisions()
        for c in self.candidates.values():
            if c.ok:
                self.divide(c)
        self.drop_bad()
        # A slot dropped late is "other memory" for its partners, whose pieces stand as they are.
        return bool(self.candidates)

    def uses(self, i: Instr) -> bool:
        """Note the uses of slots by `i`; whether there are any."""
        op = i.op
        found = False
        if op == LOAD or op == STORE:
            s = _slot(i.a)
            if s is not None:
                found = True
                ty = i.ty if op == LOAD else i.b.ty
                self.scalar(s, i.a.imm + i.imm, ty, i.flags)
            if op == STORE:
                s = _slot(i.b)
                if s is not None:
                    found = True
                    self.reject(s)
            return found
        if op == MEMCPY or op == MEMSET:
            self.block_operation(i)
            return i.a.op == SLOT or i.b.op == SLOT
        s = _slot(i.a)
        if s is not None:
            found = True
            self.reject(s)
        s = _slot(i.b)
        if s is not None:
            found = True
            self.reject(s)
        if i.ext is not NO_EXT:
            for v in i.ext:
                s = _slot(v)
                if s is not None:
                    found = True
                    self.reject(s)
        return found

    def reject(self, s: StackSlot) -> None:
        c = self.candidates.get(s.index)
        if c is not None:
            c.ok = False

    def scalar(self, s: StackSlot, offset: int, ty: int, flags: int) -> None:
        c = self.candidates.get(s.index)
        if c is None:
            return
        size = type_size(self.f, ty)
        if flags & BAD or offset < 0 or offset + size > s.size:
            c.ok = False
            return
        key = (offset, size)
        old = c.spans.get(key)
        if old is None or old != ty and ty <= PTR and old > PTR:
            c.spans[key] = ty

    def block_operation(self, i: Instr) -> None:
        size = i.imm
        for v in (i.a, i.b):
            s = _slot(v)
            if s is None or i.op == MEMSET and v is i.b:
                continue
            if i.flags & BAD or v.imm < 0 or v.imm + size > s.size:
                if i.op == MEMCPY and i.flags & BAD == VOLATILE and v.imm == 0 and size == s.size and self.one_access(i):
                    # A volatile access to other memory of a whole record of one word: one volatile load or store.
                    self.volatile.append(i)
                    continue
                self.reject(s)
            elif i.op == MEMSET and i.b.op != CONST and size > 16:
                self.reject(s)
        if i.op == MEMCPY and (i.a.op == SLOT or i.b.op == SLOT):
            self.copies.append(i)
        elif i.op == MEMSET and i.a.op == SLOT:
            self.sets.append(i)

    def one_access(self, i: Instr) -> bool:
        """Whether a copy is one aligned load and store, with one end elsewhere."""
        stated = (i.flags & ALIGN_MASK) >> ALIGN_SHIFT
        return i.imm in (1, 2, 4, 8) and i.imm <= type_size(self.f, self.f.pointer_type) and (1 << stated) >> 1 >= i.imm \
            and (_slot(i.a) is None) != (_slot(i.b) is None)

    def drop_bad(self) -> None:
        for index in [n for n, c in self.candidates.items() if not c.ok]:
            del self.candidates[index]

    def share_divisions(self) -> None:
        """Let the scalar spans of each end of a copy hold for the other end too."""
        changed = True
        rounds = 0
        while changed and rounds < 8:
            changed = False
            rounds += 1
            for i in self.copies:
                a = self.candidate(i.a)
                b = self.candidate(i.b)
                if a is None or b is None:
                    continue
                delta = i.b.imm - i.a.imm
                if self.transfer(a, b, i.a.imm, i.imm, delta):
                    changed = True
                if self.transfer(b, a, i.b.imm, i.imm, -delta):
                    changed = True
        for i in self.copies:
            a = self.candidate(i.a)
            b = self.candidate(i.b)
            for c, o in ((a, b), (b, a)):
                if c is not None and o is None and i.imm > MAX_COPY:
                    c.ok = False
        for c in self.candidates.values():
            if len(c.spans) > 4 * MAX_PIECES:
                c.ok = False

    def candidate(self, v: Instr) -> _Candidate | None:
        s = _slot(v)
        return None if s is None else self.candidates.get(s.index)

    def transfer(self, source: _Candidate, target: _Candidate, start: int, size: int, delta: int) -> bool:
        changed = False
        for (offset, n), ty in list(source.spans.items()):
            if start <= offset and offset + n <= start + size:
                key = (offset + delta, n)
                if key not in target.spans:
                    target.spans[key] = ty
                    changed = True
        return changed

    # -------------------------------------------------------------- pieces

    def divide(self, c: _Candidate) -> None:
        """Make pieces of the spans and of what copies move beside them."""
        groups = self.groups(c)
        limit = type_size(self.f, self.f.pointer_type)
        pieces: list[tuple[int, int, int]] = []
        for start, end, ty in groups:
            size = end - start
            if not ty:
                if not self.parts:
                    c.ok = False
                    return
                rounded = 1
                while rounded < size:
                    rounded *= 2
                if rounded > limit or start + rounded > c.slot.size and rounded != size:
                    c.ok = False
                    return
                if rounded != size:
                    c.ok = False        # three bytes: would have to take a neighbour along
                    return
                ty = INTEGER_OF_SIZE[size]
            pieces.append((start, size, ty))
        self.cut_by_sets(c, pieces)
        self.fill_gaps(c, pieces)
        if len(pieces) != 1 and any(self.candidate(i.a) is c or self.candidate(i.b) is c for i in self.volatile):
            c.ok = False
        if len(pieces) > MAX_PIECES and any(self.candidate(i.a) is c or self.candidate(i.b) is c for i in self.copies):
            c.ok = False
        pieces.sort()
        c.pieces = pieces

    def cut_by_sets(self, c: _Candidate, pieces: list[tuple[int, int, int]]) -> None:
        """A piece that a MEMSET covers in part only must be an integer."""
        for i in self.sets:
            if self.candidate(i.a) is not c:
                continue
            for edge in (i.a.imm, i.a.imm + i.imm):
                for n, (start, size, ty) in enumerate(pieces):
                    if start < edge < start + size and not I8 <= ty <= I128:
                        pieces[n] = (start, size, INTEGER_OF_SIZE.get(size, 0))
                        c.ok = c.ok and size in INTEGER_OF_SIZE

    def groups(self, c: _Candidate) -> list[tuple[int, int, int]]:
        """Maximal overlapping sets of spans: start, end, type (0: parts are accessed)."""
        out: list[tuple[int, int, int]] = []
        for offset, size in sorted(c.spans):
            ty = c.spans[(offset, size)]
            if out and offset < out[-1][1]:
                start, end, old = out[-1]
                same = start == offset and end == offset + size
                out[-1] = (start, max(end, offset + size), old if same else 0)
            else:
                out.append((offset, offset + size, ty))
        return out

    def fill_gaps(self, c: _Candidate, pieces: list[tuple[int, int, int]]) -> None:
        """Bytes that only copies touch: integer pieces, so that the copy is whole."""
        covered = 0
        for start, size, _ in pieces:
            covered |= ((1 << size) - 1) << start
        wanted = 0
        for i in self.copies:
            for v in (i.a, i.b):
                if self.candidate(v) is c:
                    wanted |= ((1 << i.imm) - 1) << v.imm
                    # A copy must not cut a piece in two.
                    for edge in (v.imm, v.imm + i.imm):
                        for start, size, _ in pieces:
                            if start < edge < start + size:
                                c.ok = False
                                return
        missing = wanted & ~covered
        limit = type_size(self.f, self.f.pointer_type)
        edges = {v.imm for i in self.copies for v in (i.a, i.b) if self.candidate(v) is c}
        edges |= {v.imm + i.imm for i in self.copies for v in (i.a, i.b) if self.candidate(v) is c}
        while missing:
            start = (missing & -missing).bit_length() - 1
            size = min(limit, start & -start or limit)
            while size > 1 and (missing >> start & ((1 << size) - 1) != (1 << size) - 1 or any(start < e < start + size for e in edges)):
                size //= 2
            pieces.append((start, size, INTEGER_OF_SIZE[size]))
            missing &= ~(((1 << size) - 1) << start)
            if len(pieces) > 4 * MAX_PIECES:
                c.ok = False
                return

    # -------------------------------------------------------------- rewriting

    def check_copies(self) -> None:
        """Both ends of a copy between candidates must be divided alike; else one end stays in memory."""
        again = True
        while again:
            again = False
            for i in self.copies:
                a = self.candidate(i.a)
                b = self.candidate(i.b)
                if a is None or b is None:
                    continue
                if self.shape(a, i.a.imm, i.imm) != self.shape(b, i.b.imm, i.imm):
                    del self.candidates[b.slot.index]
                    again = True

    def shape(self, c: _Candidate, start: int, size: int) -> list[tuple[int, int]]:
        return [(p[0] - start, p[1]) for p in c.pieces if start <= p[0] < start + size]

    def rewrite(self) -> None:
        self.check_copies()
        ssa = self.ssa
        for c in self.candidates.values():
            c.variables = [ssa.new_variable(ty) for _, _, ty in c.pieces]
            c.slot.dead = True
            if self.f.debug is not None and c.slot.user_variable:
                self.name(c)
        filled: set[int] = set()
        entry = self.blocks[0]
        ssa.seal_block(entry)
        for b in self.blocks:
            if b.id not in ssa.sealed and all(p.id in filled for p in b.preds):
                ssa.seal_block(b)
            self.current = b
            old = b.instrs
            self.out = b.instrs = []
            for i in old:
                resolve_operands(i)
                self.rewrite_instr(i)
            filled.add(b.id)
            for s in b.succs:
                if s.id not in ssa.sealed and all(p.id in filled for p in s.preds):
                    ssa.seal_block(s)
        for b in self.blocks:
            if b.id not in ssa.sealed:
                ssa.seal_block(b)
        ssa.finish()

    def name(self, c: _Candidate) -> None:
        """For debug information: which bytes of which variable the pieces are."""
        for (offset, size, _), k in zip(c.pieces, c.variables):
            whole = offset == 0 and size == c.slot.size
            self.ssa.names[k] = Binding(c.slot.variable, c.slot.instance, offset, 0 if whole else size, NIL)

    def emit(self, op: int, ty: int, a: Instr, b: Instr, like: Instr) -> Instr:
        i = self.f.instr(op, ty, a, b, 0, like.loc)
        v = simplify(self.f, i)
        if v is i:
            self.out.append(i)
        return v

    def rewrite_instr(self, i: Instr) -> None:
        op = i.op
        if op == LOAD:
            c = self.candidate(i.a)
            if c is not None:
                i.fwd = self.read_part(c, i.a.imm + i.imm, i.ty, i)
                return
        elif op == STORE:
            c = self.candidate(i.a)
            if c is not None:
                self.write_part(c, i.a.imm + i.imm, i.b, i)
                return
        elif op == MEMCPY:
            a = self.candidate(i.a)
            b = self.candidate(i.b)
            if a is not None or b is not None:
                self.rewrite_copy(i, a, b)
                return
        elif op == MEMSET:
            c = self.candidate(i.a)
            if c is not None:
                self.rewrite_set(c, i)
                return
        self.out.append(i)

    def piece_at(self, c: _Candidate, offset: int) -> int:
        for n, (start, size, _) in enumerate(c.pieces):
            if start <= offset < start + size:
                return n
        raise AssertionError("no piece")

    def convert(self, v: Instr, ty: int, like: Instr) -> Instr:
        return v if v.ty == ty else self.emit(BITCAST, ty, v, NIL, like)

    def read_part(self, c: _Candidate, offset: int, ty: int, like: Instr) -> Instr:
        n = self.piece_at(c, offset)
        start, size, piece = c.pieces[n]
        v = self.ssa.read_variable(self.current, c.variables[n])
        want = type_size(self.f, ty)
        if want == size:
            return self.convert(v, ty, like)
        shift = (offset - start) * 8
        if shift:
            v = self.emit(SHR, piece, v, self.f.const(I32, shift), like)
        v = self.emit(TRUNC, INTEGER_OF_SIZE[want], v, NIL, like)
        return self.convert(v, ty, like)

    def write_part(self, c: _Candidate, offset: int, value: Instr, like: Instr) -> None:
        n = self.piece_at(c, offset)
        start, size, piece = c.pieces[n]
        variable = c.variables[n]
        want = type_size(self.f, value.ty)
        if want == size:
            self.ssa.write_variable(self.current, variable, self.convert(value, piece, like))
            return
        f = self.f
        shift = (offset - start) * 8
        mask = ((1 << want * 8) - 1) << shift
        v = self.convert(value, INTEGER_OF_SIZE[want], like)
        v = self.emit(ZEXT, piece, v, NIL, like)
        if shift:
            v = self.emit(SHL, piece, v, f.const(I32, shift), like)
        old = self.ssa.read_variable(self.current, variable)
        old = self.emit(AND, piece, old, f.const(piece, ~mask), like)
        self.ssa.write_variable(self.current, variable, self.emit(OR, piece, old, v, like))

    def rewrite_copy(self, i: Instr, a: _Candidate | None, b: _Candidate | None) -> None:
        f = self.f
        align = (i.flags & ALIGN_MASK) >> ALIGN_SHIFT
        if a is not None and b is not None:
            values: list[Instr] = []
            for n, p in enumerate(b.pieces):
                if i.b.imm <= p[0] < i.b.imm + i.imm:
                    values.append(self.ssa.read_variable(self.current, b.variables[n]))
            k = 0
            for n, p in enumerate(a.pieces):
                if i.a.imm <= p[0] < i.a.imm + i.imm:
                    self.ssa.write_variable(self.current, a.variables[n], self.convert(values[k], p[2], i))
                    k += 1
            return
        if a is not None:
            for n, (start, size, ty) in enumerate(a.pieces):
                delta = start - i.a.imm
                if 0 <= delta < i.imm:
                    x = f.instr(LOAD, ty, i.b, NIL, delta, i.loc)
                    x.flags = part_align(align, delta, size) | i.flags & VOLATILE
                    simplify(f, x)
                    self.out.append(x)
                    self.ssa.write_variable(self.current, a.variables[n], x)
            return
        assert b is not None
        for n, (start, size, _) in enumerate(b.pieces):
            delta = start - i.b.imm
            if 0 <= delta < i.imm:
                v = self.ssa.read_variable(self.current, b.variables[n])
                x = f.instr(STORE, VOID, i.a, v, delta, i.loc)
                x.flags = part_align(align, delta, size) | i.flags & VOLATILE
                simplify(f, x)
                self.out.append(x)

    def rewrite_set(self, c: _Candidate, i: Instr) -> None:
        start = i.a.imm
        end = start + i.imm
        for n, (at, size, ty) in enumerate(c.pieces):
            low = max(at, start)
            high = min(at + size, end)
            if low >= high:
                continue
            if low == at and high == at + size:
                self.ssa.write_variable(self.current, c.variables[n], self.splat(i.b, size, ty, i))
                continue
            while low < high:       # part of a piece: byte by byte
                self.write_part(c, low, i.b, i)
                low += 1

    def splat(self, byte: Instr, size: int, ty: int, like: Instr) -> Instr:
        f = self.f
        ones = int.from_bytes(b"\1" * size, "little")
        if byte.op == CONST:
            n = byte.imm * ones
            return f.const(ty, n) if ty <= PTR else f.fconst(ty, n) if ty < 256 else \
                self.convert(f.const(INTEGER_OF_SIZE[size], n), ty, like)
        integer = INTEGER_OF_SIZE[size]
        v = self.emit(ZEXT, integer, byte, NIL, like) if size > 1 else byte
        if size > 1:
            v = self.emit(MUL, integer, v, f.const(integer, ones), like)
        return self.convert(v, ty, like)


def part_align(align: int, delta: int, size: int) -> int:
    """Alignment flags of a part at `delta` of a copy with alignment field `align`; 0 if natural."""
    if align == 0:
        return 0
    known = 1 << (align - 1)
    if delta:
        known = min(known, delta & -delta)
    return 0 if known >= size else known.bit_length() << ALIGN_SHIFT
