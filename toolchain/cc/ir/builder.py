"""Construction of SSA: variables (Braun et al., "Simple and Efficient Construction of Static Single
Assignment Form", CC 2013) and instructions folded on the fly.

Both parts are used by `lower` and by `opt/promote.py`:

    ssa = SSABuilder(function)
    x = ssa.new_variable(I32)
    ssa.write_variable(block, x, value)
    ssa.seal_block(block)               # when all predecessors of `block` are known
    v = ssa.read_variable(block, x)
    ssa.finish()                        # after the last write: no operand is a removed phi

A value from `read_variable` may later turn out to be a trivial phi; it then has `fwd` set, and `finish` resolves every
operand in the function.  Whoever keeps values in tables of its own calls `resolve` when it takes them out.
"""
from __future__ import annotations

from toolchain.cc.ir.cfg import add_edge, resolve_all
from toolchain.cc.ir.fold import simplify
from toolchain.cc.ir.ir import (
    BRANCH,
    CONST,
    JUMP,
    LOAD,
    NIL,
    PHI,
    RET,
    SELECT,
    STORE,
    SWITCH,
    UNREACHABLE,
    VOID,
    Binding,
    Block,
    Function,
    Instr,
    SwitchCases,
    resolve,
)
from toolchain.diagnostics import NO_LOC, Loc


class SSABuilder:
    """Current definitions of variables per block.  Variables are small ints from `new_variable`."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.types: list[int] = []
        self.defs: list[dict[int, Instr]] = []          # by variable: block id -> value
        self.sealed: set[int] = set()
        self.incomplete: dict[int, list[tuple[int, Instr]]] = {}    # block id -> (variable, phi)
        self.pending: list[tuple[Block, int, Instr]] = []
        self.users: dict[int, list[Instr]] = {}         # phi id -> phis that have it as operand
        self.homes: dict[int, Block] = {}               # phi id -> block
        self.complete: set[int] = set()                 # ids of phis with all their operands
        self.names: dict[int, Binding] = {}             # with -g: variables of the program that variables here stand for

    def new_variable(self, ty: int) -> int:
        """A variable whose values have IR type `ty`."""
        self.types.append(ty)
        self.defs.append({})
        return len(self.types) - 1

    def write_variable(self, block: Block, variable: int, value: Instr) -> None:
        """From here on (to the end of `block` and below) the variable has this value."""
        self.defs[variable][block.id] = value
        if self.names:
            name = self.names.get(variable)
            debug = self.function.debug
            if name is not None and debug is not None:
                debug.bind(block, Binding(name.variable, name.instance, name.offset, name.size, value))

    def read_variable(self, block: Block, variable: int) -> Instr:
        """The value at the end of what was written in `block` so far; UNDEF if nothing was."""
        v = self._look_up(block, variable)
        while self.pending:
            home, var, phi = self.pending.pop()
            self._complete(home, var, phi)
        return resolve(v)

    def seal_block(self, block: Block) -> None:
        """All predecessors of `block` are known."""
        self.sealed.add(block.id)
        for variable, phi in self.incomplete.pop(block.id, ()):
            self._complete(block, variable, phi)
            while self.pending:
                home, var, other = self.pending.pop()
                self._complete(home, var, other)

    def finish(self) -> None:
        """Drop trivial phis for good and resolve all operands."""
        assert not self.incomplete
        resolve_all(self.function)

    def _look_up(self, block: Block, variable: int) -> Instr:
        defs = self.defs[variable]
        trail: list[Block] = []
        value = NIL
        while True:
            known = defs.get(block.id)
            if known is not None:
                value = resolve(known)
                break
            if block.id not in self.sealed:
                value = self._phi(block, variable)
                self.incomplete.setdefault(block.id, []).append((variable, value))
                break
            n = len(block.preds)
            if n == 0 or len(trail) > self.function.next_block:
                value = self.function.undef(self.types[variable])
                break
            if n > 1:
                value = self._phi(block, variable)
                self.pending.append((block, variable, value))
                break
            trail.append(block)
            block = block.preds[0]
        defs[block.id] = value
        for b in trail:
            defs[b.id] = value
        return value

    def _phi(self, block: Block, variable: int) -> Instr:
        phi = self.function.instr(PHI, self.types[variable])
        phi.ext = []
        block.instrs.insert(0, phi)
        self.homes[phi.id] = block
        self.users[phi.id] = []
        if self.names:
            name = self.names.get(variable)
            debug = self.function.debug
            if name is not None and debug is not None:
                debug.starts.setdefault(block.id, []).append(Binding(name.variable, name.instance, name.offset, name.size, phi))
        return phi

    def _complete(self, block: Block, variable: int, phi: Instr) -> None:
        ext = phi.ext
        for p in block.preds:
            v = self._look_up(p, variable)
            ext.append(v)
            users = self.users.get(v.id)
            if users is not None and v is not phi:
                users.append(phi)
        self.complete.add(phi.id)
        self._remove_trivial(phi)

    def _remove_trivial(self, phi: Instr) -> None:
        work = [phi]
        while work:
            phi = work.pop()
            if phi.fwd is not NIL or phi.id not in self.complete:
                continue
            same = NIL
            trivial = True
            for v in phi.ext:
                v = resolve(v)
                if v is phi or v is same:
                    continue
                if same is not NIL:
                    trivial = False
                    break
                same = v
            if not trivial:
                continue
            if same is NIL:
                same = self.function.undef(phi.ty)
            phi.fwd = same
            users = self.users[phi.id]
            of_same = self.users.get(same.id)
            if of_same is not None:
                of_same.extend(users)
            work.extend(users)
            self.homes[phi.id].instrs.remove(phi)


class Builder:
    """Appends instructions to `block`, folded as they are made.  `loc` goes into every instruction.

    After a terminator the caller sets another block."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.block: Block = function.blocks[0] if function.blocks else self._entry(function)
        self.loc: Loc = NO_LOC

    @staticmethod
    def _entry(function: Function) -> Block:
        b = function.new_block()
        function.blocks.append(b)
        return b

    def new_block(self) -> Block:
        """A block that stands in the function."""
        b = self.function.new_block()
        self.function.blocks.append(b)
        return b

    def emit(self, op: int, ty: int, a: Instr = NIL, b: Instr = NIL, imm: int = 0) -> Instr:
        """A pure instruction or load, folded; returns the value."""
        i = self.function.instr(op, ty, a, b, imm, self.loc)
        v = simplify(self.function, i)
        if v is i:
            self.block.instrs.append(i)
        return v

    def append(self, i: Instr) -> Instr:
        """A prepared instruction, as it is."""
        i.loc = i.loc or self.loc
        self.block.instrs.append(i)
        return i

    def effect(self, op: int, ty: int, a: Instr = NIL, b: Instr = NIL, imm: int = 0) -> Instr:
        """An instruction with side effects, not folded."""
        i = self.function.instr(op, ty, a, b, imm, self.loc)
        self.block.instrs.append(i)
        return i

    def select(self, condition: Instr, yes: Instr, no: Instr) -> Instr:
        """condition ? yes : no, both evaluated."""
        i = self.function.instr(SELECT, yes.ty, condition, yes, 0, self.loc)
        i.ext = [no]
        v = simplify(self.function, i)
        if v is i:
            self.block.instrs.append(i)
        return v

    def load(self, ty: int, address: Instr, offset: int = 0, flags: int = 0) -> Instr:
        """Load from address + offset."""
        i = self.function.instr(LOAD, ty, address, NIL, offset, self.loc)
        i.flags = flags
        simplify(self.function, i)
        self.block.instrs.append(i)
        return i

    def store(self, value: Instr, address: Instr, offset: int = 0, flags: int = 0) -> Instr:
        """Store `value` at address + offset."""
        i = self.function.instr(STORE, VOID, address, value, offset, self.loc)
        i.flags = flags
        simplify(self.function, i)
        self.block.instrs.append(i)
        return i

    def jump(self, target: Block) -> None:
        """End the block."""
        self.effect(JUMP, VOID)
        add_edge(self.block, target)

    def branch(self, condition: Instr, yes: Block, no: Block, probability: int = 0) -> None:
        """End the block; a constant condition makes one edge only."""
        if condition.op == CONST or yes is no:
            self.jump(yes if condition.op != CONST or condition.imm else no)
            return
        i = self.effect(BRANCH, VOID, condition, NIL, probability)
        simplify(self.function, i)
        add_edge(self.block, yes)
        add_edge(self.block, no)

    def switch(self, value: Instr, cases: SwitchCases, targets: list[Block]) -> None:
        """End the block; `targets[0]` is the default."""
        i = self.effect(SWITCH, VOID, value)
        i.aux = cases
        for t in targets:
            add_edge(self.block, t)

    def ret(self, value: Instr = NIL) -> None:
        """End the block with a return."""
        self.effect(RET, VOID, value)

    def unreachable(self) -> None:
        """End the block where control never comes."""
        self.effect(UNREACHABLE, VOID)
