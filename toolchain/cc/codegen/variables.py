"""Where variables are, from selection to emission (with -g).

At -O0 a variable is a frame object, and that is all there is to say.  Above, `ir/debug.py` says which SSA value a variable has from
which instruction on.  Selection turns that into "from this machine instruction on, this virtual register" (`VariableTracker.selected`);
after allocation it becomes a register or a frame slot, again by place (`settle`); emission follows registers through the code and
ends what is overwritten (`VariableTrace`).  Nothing here changes the code.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen.intervals import Interval, Intervals
from toolchain.cc.codegen.mir import INCOMING, MachineBlock, MachineFunction, MachineInstr
from toolchain.cc.codegen.peephole import written
from toolchain.cc.ir import debug
from toolchain.cc.ir.debug import ArrayAddress, FrameRecord, Place, PlaceRange, VariablePlaces
from toolchain.cc.ir.ir import (
    CONST,
    COPY,
    FCONST,
    GLOBAL,
    LAST_LEAF,
    NIL,
    PARAM,
    SLOT,
    TRUNC,
    Binding,
    GlobalSymbol,
    Instr,
    StackSlot,
    resolve,
)
from toolchain.diagnostics import Loc
from toolchain.mc.model.expr import MCSymbol
from toolchain.mc.model.operand import FIRST_VIRTUAL
from toolchain.mc.model.operand import SHIFT as PAYLOAD

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector
    from toolchain.cc.codegen.target import BackTarget
    from toolchain.mc.model.streamer import Streamer

NOWHERE: Final = Place(debug.P_NONE)


class Piece:
    """A variable, or some of its bytes (size 0: all)."""

    def __init__(self, variable: object, instance: Loc, offset: int, size: int) -> None:
        self.variable = variable
        self.instance = instance
        self.offset = offset
        self.size = size


class Value:
    """What a piece is: the virtual or machine register `register` (a number, -1: none), else `place`."""

    def __init__(self, register: int, place: Place) -> None:
        self.register = register
        self.place = place

    def same(self, other: Value) -> bool:
        """Whether both say the same."""
        return self.register == other.register and (self.register >= 0 or self.place.same(other.place))


class Point:
    """Before machine instruction `at` (None: at the start of the block) piece number `piece` becomes `value`."""

    def __init__(self, at: MachineInstr | None, piece: int, value: Value) -> None:
        self.at = at
        self.piece = piece
        self.value = value


class Change:
    """Piece number `piece` is at `place` from here on."""

    def __init__(self, piece: int, place: Place) -> None:
        self.piece = piece
        self.place = place


class VariableTracker:
    """One function's variables."""

    def __init__(self, f: MachineFunction) -> None:
        self.f = f
        self.pieces: list[Piece] = []
        self.numbers: dict[tuple[int, Loc, int, int], int] = {}
        self.frame_variables: list[tuple[object, Loc, int]] = []        # variable, copy, frame slot
        self.marks: list[tuple[MachineBlock, MachineInstr | None, list[Binding]]] = []
        self.points: dict[int, list[Point]] = {}                # by block number, in order
        self.parameters: list[tuple[int, int]] = []             # piece, machine register at entry
        self.code: list[tuple[MachineBlock, list[MachineInstr]]] = []
        self.changes: dict[int, list[Change]] = {}              # by id of the machine instruction they come before
        self.entries: dict[int, list[Change]] = {}              # by block number: what holds at its start
        self.kept: list[MachineInstr] = []                      # so that ids stay unique

    # ------------------------------------------------------------ selection
    def mark(self, block: MachineBlock, at: MachineInstr | None, found: list[Binding]) -> None:
        """Selection, which goes backwards, came to a place where `found` takes effect, before `at`."""
        self.marks.append((block, at, found))

    def number(self, b: Binding) -> int:
        """Number of the piece that a binding is about."""
        key = (id(b.variable), b.instance, b.offset, b.size)
        n = self.numbers.get(key, -1)
        if n < 0:
            n = len(self.pieces)
            self.numbers[key] = n
            self.pieces.append(Piece(b.variable, b.instance, b.offset, b.size))
        return n

    def selected(self, s: Selector) -> None:
        """Selection is done: bindings become points."""
        for slot in s.func.slots:
            if slot.variable is not None and slot.index in s.slot_map:
                self.frame_variables.append((slot.variable, slot.instance, s.slot_map[slot.index]))
        for block, at, found in reversed(self.marks):
            points = self.points.setdefault(block.number, [])
            for b in found:
                v = resolve(b.value)
                points.append(Point(at, self.number(b), self.value(s, v)))
                self.parameter(s, v, points[-1].piece)
        self.marks = []

    def value(self, s: Selector, v: Instr) -> Value:
        """How the machine code knows an IR value."""
        v = stripped(s, v)
        op = v.op
        if op == CONST or op == FCONST:
            return Value(-1, Place(debug.P_CONSTANT, v.imm))
        if op == GLOBAL and isinstance(v.aux, GlobalSymbol) and not v.aux.tls_model:
            if v.aux.name not in s.unit.mentioned and not v.aux.defined:
                return Value(-1, NOWHERE)       # debug information must not make the object refer to more symbols
            return Value(-1, Place(debug.P_ADDRESS, int(v.aux.defined), v.imm, s.unit.streamer.symbol(v.aux.name)))
        if op == SLOT:
            k = s.slot_map.get(v.aux.index, -1) if isinstance(v.aux, StackSlot) else -1
            return Value(-1, Place(debug.P_SLOT_ADDRESS, k, v.imm) if k >= 0 else NOWHERE)
        if op <= LAST_LEAF and op != PARAM or v.id >= len(s.vreg):
            return Value(-1, NOWHERE)
        register = s.vreg[v.id]
        return Value(register >> PAYLOAD, NOWHERE) if register else Value(-1, NOWHERE)

    def parameter(self, s: Selector, v: Instr, piece: int) -> None:
        """A parameter is in its register from the function's first instruction on."""
        v = stripped(s, v)
        if v.op == PARAM and 0 <= v.imm < len(s.abi.pieces) and s.abi.pieces[v.imm].register >= 0 and all(p != piece for p, _ in self.parameters):
            self.parameters.append((piece, s.abi.pieces[v.imm].register))

    def thinned(self, block: MachineBlock, code: list[MachineInstr]) -> None:
        """A pass before allocation took instructions out of `block`, whose code was `code`: what came before them comes before the next that is left."""
        points = self.points.get(block.number)
        if not points:
            return
        live = {id(i) for i in block.instrs}
        after: dict[int, MachineInstr | None] = {}
        heir: MachineInstr | None = None
        for i in reversed(code):
            if id(i) in live:
                heir = i
            else:
                after[id(i)] = heir
        for point in points:
            if point.at is not None:
                point.at = after.get(id(point.at), point.at)

    # ------------------------------------------------------------ allocation
    def remember(self) -> None:
        """Note the code as it is; positions of the allocator refer to it."""
        self.code = [(b, list(b.instrs)) for b in self.f.order]

    def settle(self, intervals: Intervals, stands_for: list[int]) -> None:
        """After allocation: from virtual registers to places."""
        if not self.pieces:
            return
        states = self.flow()
        live = {id(i) for b in self.f.order for i in b.instrs}
        for b, code in self.code:
            _Settling(self, intervals, stands_for, b, code, live).run(states.get(b.number, {}))
        entry = self.entries.setdefault(self.code[0][0].number, [])
        for piece, register in self.parameters:
            if all(c.piece != piece for c in entry):
                entry.append(Change(piece, Place(debug.P_REGISTER, register)))
        self.code = []

    def flow(self) -> dict[int, dict[int, Value]]:
        """What each piece is at the start of each block, where all ways there agree."""
        blocks = [b for b, _ in self.code]
        states: dict[int, dict[int, Value]] = {blocks[0].number: {}}
        outs: dict[int, dict[int, Value]] = {}
        changed = True
        rounds = 0
        while changed and rounds < 20:
            changed = False
            rounds += 1
            for b in blocks:
                state = states.get(b.number)
                if b is not blocks[0]:
                    known = [outs[p.number] for p in b.preds if p.number in outs]
                    if not known:
                        continue
                    state = {k: v for k, v in known[0].items() if all(k in o and o[k].same(v) for o in known[1:])}
                assert state is not None
                states[b.number] = state
                out = dict(state)
                for point in self.points.get(b.number, ()):
                    out[point.piece] = point.value
                old = outs.get(b.number)
                if old is None or len(old) != len(out) or any(k not in old or not old[k].same(v) for k, v in out.items()):
                    outs[b.number] = out
                    changed = True
        return {} if changed else states

    # ------------------------------------------------------------ after allocation
    def follow(self) -> None:
        """Before passes over machine code: note how it stands."""
        self.code = [(b, list(b.instrs)) for b in self.f.order]

    def catch_up(self) -> None:
        """After passes over machine code: what came before instructions that are gone comes before the next that is left."""
        live = {id(i) for b in self.f.order for i in b.instrs}
        for _, code in self.code:
            pending: list[Change] = []
            for i in code:
                found = self.changes.get(id(i))
                if id(i) in live:
                    if pending:
                        self.changes[id(i)] = pending + (found or [])
                        pending = []
                elif found is not None:
                    pending.extend(found)
                    del self.changes[id(i)]
            self.kept.extend(code)
        self.code = []


def stripped(s: Selector, v: Instr) -> Instr:
    """`v` without operations that leave its low bits in the same register."""
    for _ in range(20):
        here = 0 < v.id < len(s.where) and s.where[v.id] >= 0
        if (here and v.mark == 1 or v.op == TRUNC or v.op == COPY) and v.a is not NIL:
            v = resolve(v.a)
            continue
        break
    return v


class _Settling:
    """One block: positions to places."""

    def __init__(self, tracker: VariableTracker, intervals: Intervals, stands_for: list[int], block: MachineBlock,
                 code: list[MachineInstr], live: set[int]) -> None:
        self.tracker = tracker
        self.intervals = intervals
        self.stands_for = stands_for
        self.block = block
        self.code = code
        self.live = live
        self.found: dict[int, list[Change]] = {}        # by index of the instruction they come before

    def run(self, state: dict[int, Value]) -> None:
        """The whole block."""
        b = self.block
        index = {id(i): n for n, i in enumerate(self.code)}
        current: dict[int, tuple[int, Value]] = {}
        entry = self.tracker.entries.setdefault(b.number, [])
        starts = dict(state)
        later: list[tuple[int, Point]] = []
        for point in self.tracker.points.get(b.number, ()):
            n = index.get(id(point.at), 0) if point.at is not None else 0
            if n == 0:
                starts[point.piece] = point.value
            else:
                later.append((n, point))
        for piece, value in starts.items():
            current[piece] = (0, value)
            if value.register < 0 or self.live_at(value, b.first):
                entry.append(Change(piece, self.place(value, b.first)))
        for n, point in later:
            self.close(point.piece, current, n)
            current[point.piece] = (n, point.value)
            self.change(n, point.piece, self.place(point.value, b.first + 2 * n))
        for piece in list(current):
            self.close(piece, current, len(self.code))
        self.attach()

    def interval(self, value: Value) -> Interval | None:
        """The live interval behind a value in a virtual register."""
        return self.intervals.of[self.stands_for[value.register - FIRST_VIRTUAL]]

    def live_at(self, value: Value, p: int) -> bool:
        """Whether a register still holds the value at `p` for the program's own sake."""
        if value.register < FIRST_VIRTUAL:
            return True
        it = self.interval(value)
        return it is not None and any(part.ranges and part.covers(p) for part in it.family)

    def place(self, value: Value, p: int) -> Place:
        """Where a value is at position `p`."""
        if value.register < 0:
            return value.place
        if value.register < FIRST_VIRTUAL:
            return Place(debug.P_REGISTER, value.register)
        it = self.interval(value)
        if it is None:
            return NOWHERE
        for at in (p, p - 1):
            for part in it.family:
                if part.ranges and part.covers(at):
                    return self.part_place(it, part)
        return NOWHERE

    def part_place(self, it: Interval, part: Interval) -> Place:
        """Where a part of a value's life is spent."""
        if not part.spilled:
            return Place(debug.P_REGISTER, part.register) if part.register >= 0 else NOWHERE
        return Place(debug.P_SLOT, it.slot) if it.slot >= 0 else NOWHERE

    def close(self, piece: int, current: dict[int, tuple[int, Value]], end: int) -> None:
        """The piece has its value up to instruction number `end`: the moves it makes until then."""
        n, value = current.pop(piece, (0, Value(-1, NOWHERE)))
        if value.register < FIRST_VIRTUAL:
            return
        it = self.interval(value)
        if it is None:
            return
        low, high = self.block.first + 2 * n, self.block.first + 2 * end
        ends = {p.ranges[-1] for p in it.family if p.ranges}
        first = min((p for p in it.family if p.ranges), key=Interval.start, default=None)
        if first is not None and low <= first.ranges[0] < high:         # computed later than the program says
            at = ((first.ranges[0] - self.block.first) >> 1) + 1
            if at < end:
                self.change(at, piece, self.part_place(it, first))
        for part in it.family:
            r = part.ranges
            if r and low < r[0] < high and r[0] in ends:
                self.change((r[0] - self.block.first) >> 1, piece, self.part_place(it, part))
            if part.spilled:
                for k in range(1, len(r), 2):
                    if low < r[k] < high and not any(q.ranges and q.covers(r[k]) for q in it.family):
                        self.change((r[k] - self.block.first + 1) >> 1, piece, NOWHERE)

    def change(self, n: int, piece: int, place: Place) -> None:
        """From before instruction number `n` on."""
        self.found.setdefault(n, []).append(Change(piece, place))

    def attach(self) -> None:
        """Changes go to the instructions that are left."""
        changes = self.tracker.changes
        pending: list[Change] = []
        for n, i in enumerate(self.code):
            pending.extend(self.found.get(n, ()))
            if pending and id(i) in self.live:
                changes[id(i)] = pending
                self.tracker.kept.append(i)
                pending = []


class VariableTrace:
    """Follows the variables of one function while it is emitted."""

    def __init__(self, tracker: VariableTracker, target: BackTarget, streamer: Streamer) -> None:
        self.tracker = tracker
        self.target = target
        self.streamer = streamer
        self.label: MCSymbol | None = None              # a label that stands here
        self.order = 0                                  # its number
        self.open: dict[int, tuple[Place, MCSymbol, int]] = {}
        self.active = 0                                 # bit set of DWARF registers that hold variables
        self.ranges: dict[int, list[PlaceRange]] = {}
        self.masks: dict[int, int] = {}

    def here(self) -> MCSymbol:
        """A label at this place."""
        label = self.label
        if label is None:
            label = self.label = self.streamer.temporary()
            self.order += 1
            self.streamer.label(label, 0)
        return label

    def block(self, b: MachineBlock) -> None:
        """A block begins: nothing is known but what the tracker says."""
        entry = self.tracker.entries.get(b.number, [])
        wanted = {c.piece: self.final(c.place) for c in entry}
        for piece in list(self.open):
            place = wanted.get(piece, NOWHERE)
            if not place.same(self.open[piece][0]):
                self.set(piece, NOWHERE)
        for piece, place in wanted.items():
            self.set(piece, place)

    def before(self, i: MachineInstr) -> None:
        """`i` comes next."""
        found = self.tracker.changes.get(id(i))
        if found is not None:
            for c in found:
                self.set(c.piece, self.final(c.place))

    def after(self, i: MachineInstr) -> None:
        """`i` has been emitted: what it overwrote is gone."""
        self.label = None
        if not self.active:
            return
        mask = written(i, self.target.descs[i.op])
        call = i.effects is not None and i.effects.standard_call
        if call:
            mask |= self.target.caller_saved
        lost = self.dwarf_mask(mask) & self.active
        if lost:
            for piece, (place, _, _) in list(self.open.items()):
                if place.kind == debug.P_REGISTER and lost >> place.number & 1:
                    self.end(piece, -1 if call else 0)

    def dwarf_mask(self, mask: int) -> int:
        """A set of machine registers in DWARF's numbers."""
        known = self.masks.get(mask)
        if known is None:
            known = 0
            rest = mask
            while rest:
                low = rest & -rest
                rest ^= low
                n = self.target.dwarf_register(low.bit_length() - 1)
                if n >= 0:
                    known |= 1 << n
            self.masks[mask] = known
        return known

    def final(self, p: Place) -> Place:
        """A place in the words of DWARF; frame layout is known."""
        kind = p.kind
        if kind == debug.P_REGISTER:
            n = self.target.dwarf_register(p.number)
            return Place(kind, n) if n >= 0 else NOWHERE
        if kind == debug.P_SLOT or kind == debug.P_SLOT_ADDRESS:
            base, offset = self.target.slot_location(self.tracker.f, p.number)
            address = kind == debug.P_SLOT_ADDRESS
            if base < 0:
                return Place(debug.P_FRAME_ADDRESS if address else debug.P_FRAME, 0, offset + p.offset)
            return Place(debug.P_BASED_ADDRESS if address else debug.P_BASED, self.target.dwarf_register(base), offset + p.offset)
        return p

    def set(self, piece: int, place: Place) -> None:
        """From here on."""
        old = self.open.get(piece)
        if old is not None:
            if old[0].same(place):
                return
            self.end(piece, 0)
        if place.kind == debug.P_NONE:
            return
        start = self.here()
        self.open[piece] = (place, start, self.order)
        if place.kind == debug.P_REGISTER:
            self.active |= 1 << place.number

    def end(self, piece: int, addend: int) -> None:
        """Up to here."""
        place, start, order = self.open.pop(piece)
        end = self.here()
        if start is not end:
            p = self.tracker.pieces[piece]
            self.ranges.setdefault(piece, []).append(PlaceRange(start, order, end, self.order, addend, p.offset, p.size, place))
        if place.kind == debug.P_REGISTER:
            self.active = 0
            for other, _, _ in self.open.values():
                if other.kind == debug.P_REGISTER:
                    self.active |= 1 << other.number

    def finish(self) -> list[VariablePlaces]:
        """The function has ended."""
        self.label = None
        for piece in list(self.open):
            self.end(piece, 0)
        out: list[VariablePlaces] = []
        t = self.tracker
        for variable, instance, slot in t.frame_variables:
            placed = t.f.slots[slot].placed or t.f.slots[slot].kind == INCOMING
            members: list[tuple[object, int]] = [(variable, 0)]
            if isinstance(variable, FrameRecord):
                members = [(ArrayAddress(x) if x in variable.indirect else x, offset) for x, offset in variable.offsets.items()]
            for member, offset in members:
                v = VariablePlaces(member, instance)
                if placed:
                    v.always = self.final(Place(debug.P_SLOT, slot, offset))
                out.append(v)
        by_key: dict[tuple[int, Loc], VariablePlaces] = {}
        for n, p in enumerate(t.pieces):
            key = (id(p.variable), p.instance)
            known = by_key.get(key)
            if known is None:
                known = by_key[key] = VariablePlaces(p.variable, p.instance)
                out.append(known)
            known.ranges.extend(self.ranges.get(n, ()))
        return out
