"""Instruction selection driver: maximal munch over SSA, bottom-up in each block.

Blocks are walked backwards, so a value is emitted only if something emitted later asked for it; what
was folded (an address, a comparison into its branch) is never asked for and disappears by itself.
The target's function for an opcode emits its instructions forwards into `out`.

Registers: a value that only changes its type (TRUNC, pointer casts, extensions that are known to
change nothing) stands in its operand's register (`mark` 1: alias).  Constants and addresses are
made once per block, before their first use.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.abi import FunctionAbi
from toolchain.cc.codegen.extension import INTEGERS, Extensions, narrow_constant
from toolchain.cc.codegen.mir import Effects, JumpTable, MachineBlock, MachineFunction, MachineInstr, link
from toolchain.cc.codegen.protector import GUARD_SLOT
from toolchain.cc.codegen.target import BackTarget, LoweredCall, LoweredReturn, Piece
from toolchain.cc.codegen.unitstate import UnitState
from toolchain.cc.codegen.variables import VariableTracker
from toolchain.cc.ir.debug import restore
from toolchain.cc.ir.ir import (
    ASM_GOTO,
    BITCAST,
    CALL,
    CONST,
    COPY,
    FCONST,
    FIRST_EFFECT,
    GLOBAL,
    I8,
    I32,
    INTRINSIC,
    JUMP,
    LABEL,
    LAST_LEAF,
    LAST_PURE,
    LOAD,
    NIL,
    OPAQUE,
    PARAM,
    PHI,
    PROJ,
    RET,
    SEXT,
    SLOT,
    TAIL,
    TRUNC,
    TYPE_BITS,
    UNDEF,
    VOLATILE,
    ZEXT,
    Binding,
    Block,
    Function,
    GlobalSymbol,
    Instr,
    StackSlot,
)
from toolchain.diagnostics import NO_LOC, Loc, ToolError
from toolchain.mc.model import operand
from toolchain.mc.model.expr import symbol_ref

ALIAS: Final = 1
LIVE: Final = 2


class Selector:
    """Selection of one function; the target's pattern functions get it as their first argument."""

    def __init__(self, func: Function, target: BackTarget, abi: FunctionAbi, unit: UnitState) -> None:
        self.func = func
        self.target = target
        self.abi = abi
        self.unit = unit
        self.mf = MachineFunction(func)
        if unit.lines is not None:
            self.mf.variables = VariableTracker(self.mf)
        for g in list(func.globals.values()):       # the symbol itself, as the common base of accesses to its parts
            if g.op == GLOBAL and g.imm:
                assert isinstance(g.aux, GlobalSymbol)
                func.global_address(g.aux, 0)
        n = func.next_id
        self.symbol_uses: dict[int, int] = {}   # accesses through a symbol, by block and symbol
        self.symbol_numbers: dict[int, int] = {}
        self.vreg: list[int] = [0] * n          # packed operand per value, 0: not asked for yet
        self.uses: list[int] = [0] * n
        self.where: list[int] = [-1] * n        # index of the block that computes the value
        self.epoch: list[int] = [0] * n         # counts effects: loads with equal epochs see the same memory
        self.cross: list[bool] = [False] * n    # used in another block or by a phi
        self.extensions = Extensions(func, abi, target.sign_extends_words, target.zero_extends_words)
        self.out: list[MachineInstr] = []
        self.loc: Loc = NO_LOC
        self.block_index = 0
        self.leaves: dict[int, int] = {}        # leaf id -> vreg in the current block
        self.leaf_of: dict[int, Instr] = {}     # vreg -> leaf, for those of the current block
        self.projections: dict[int, list[Instr]] = {}
        self.mblocks: dict[int, MachineBlock] = {}
        self.mblock = MachineBlock(0)
        self.slot_map: dict[int, int] = {}
        self.outgoing: dict[int, int] = {}
        self.params: list[Instr] = []
        self.bindings: dict[int, list[Binding]] | None = None   # with -g: what variables are after an instruction
        self.second_results: dict[int, int] = {}    # id of a value -> register that its instruction defines besides (remainder of a quotient)
        self.now = 0                            # epoch of the memory that the instruction being selected reads

    # ---------------------------------------------------------------- whole function
    def run(self) -> MachineFunction:
        """Select all blocks."""
        self.remove_dead()
        if self.func.debug is not None:
            restore(self.func, self.func.debug)
            self.bindings = self.func.debug.after
        self.extensions.run()
        self.prepare()
        func = self.func
        mf = self.mf
        for b in func.blocks:
            m = mf.new_block()
            m.depth = b.loop_depth
            m.frequency = b.frequency
            m.cold = b.cold
            m.address_taken = b.address_taken
            m.label_name = b.name if b.address_taken and b.name.startswith(".L") else ""
            self.mblocks[b.id] = m
            mf.order.append(m)
        for k in range(len(func.blocks) - 1, -1, -1):
            self.block_index = k
            self.block(func.blocks[k])
        if mf.variables is not None:
            mf.variables.selected(self)
        return mf

    def remove_dead(self) -> None:
        """Drop pure instructions that nothing needs, here and not later, because use counts decide folding."""
        func = self.func
        work: list[Instr] = []
        for c in func.consts.values():
            c.mark = 0
        for g in func.globals.values():
            g.mark = 0
        for b in func.blocks:
            for i in b.instrs:
                op = i.op
                if op >= FIRST_EFFECT or (op == LOAD and i.flags & VOLATILE) or op == PARAM:
                    i.mark = LIVE
                    work.append(i)
                else:
                    i.mark = 0
        while work:
            i = work.pop()
            v = i.a
            if not v.mark and v.op > LAST_LEAF:
                v.mark = LIVE
                work.append(v)
            v = i.b
            if not v.mark and v.op > LAST_LEAF:
                v.mark = LIVE
                work.append(v)
            for v in i.ext:
                if not v.mark and v.op > LAST_LEAF:
                    v.mark = LIVE
                    work.append(v)
        for b in func.blocks:
            b.instrs = [i for i in b.instrs if i.mark]

    def is_alias(self, i: Instr) -> bool:
        """Whether the value stands in its operand's register."""
        op = i.op
        a = i.a
        if op == TRUNC:
            return a.ty in INTEGERS
        if op == BITCAST:
            return self.target.class_of(a.ty) == self.target.class_of(i.ty)
        if op == COPY:
            return not i.flags & OPAQUE
        if op == ZEXT:
            return self.extensions.zero[a.id] <= TYPE_BITS[a.ty]
        if op == SEXT:
            return self.extensions.sign[a.id] <= TYPE_BITS[a.ty]
        return False

    def prepare(self) -> None:
        """Aliases, use counts, and which values leave their block."""
        where, uses, cross, epochs = self.where, self.uses, self.cross, self.epoch
        blocks = self.func.blocks
        epoch = 0
        for k in range(len(blocks)):
            for i in blocks[k].instrs:
                where[i.id] = k
                op = i.op
                i.mark = 0
                if op >= FIRST_EFFECT:
                    epoch += 1
                elif TRUNC <= op <= COPY and op != PHI and self.is_alias(i):
                    i.mark = ALIAS
                epochs[i.id] = epoch
                if op == PROJ:
                    self.projections.setdefault(i.a.id, []).append(i)
                elif op == PARAM:
                    self.params.append(i)
                elif op == INTRINSIC:
                    fixed = self.target.fixed_value(i)
                    if fixed >= 0:
                        self.vreg[i.id] = operand.reg(fixed)
            epoch += 1
        for k in range(len(blocks)):
            self.block_index = k
            for i in blocks[k].instrs:
                if i.mark == ALIAS:
                    continue
                if i.a.op == GLOBAL and i.op != CALL:
                    key = self.symbol_key(i.a)
                    self.symbol_uses[key] = self.symbol_uses.get(key, 0) + 1
                if i.b.op == GLOBAL:
                    key = self.symbol_key(i.b)
                    self.symbol_uses[key] = self.symbol_uses.get(key, 0) + 1
                if i.op == PHI:
                    for v in i.ext:
                        while v.mark == ALIAS:
                            v = v.a
                        uses[v.id] += 1
                        cross[v.id] = True
                    continue
                v = i.a
                if v is not NIL:
                    while v.mark == ALIAS:
                        v = v.a
                    uses[v.id] += 1
                    if where[v.id] != k:
                        cross[v.id] = True
                    v = i.b
                    if v is not NIL:
                        while v.mark == ALIAS:
                            v = v.a
                        uses[v.id] += 1
                        if where[v.id] != k:
                            cross[v.id] = True
                for v in i.ext:
                    while v.mark == ALIAS:
                        v = v.a
                    uses[v.id] += 1
                    if where[v.id] != k:
                        cross[v.id] = True

    # ---------------------------------------------------------------- blocks
    def block(self, b: Block) -> None:
        """Select one block."""
        m = self.mblock = self.mblocks[b.id]
        self.leaves = {}
        self.leaf_of = {}
        rev: list[MachineInstr] = []
        table = self.target.select_table
        vreg, cross = self.vreg, self.cross
        bindings, mf = self.bindings, self.mf
        instrs = b.instrs
        n = len(instrs) - 1
        last = instrs[n]
        for s in b.succs:
            link(m, self.mblocks[s.id])
        self.out = []
        self.loc = last.loc
        if last.op == RET and n and self.tail_call(instrs[n - 1], last, m):
            n -= 1
        elif last.op == JUMP:
            self.phi_copies(b, b.succs[0])
            self.jump(self.mblocks[b.succs[0].id])
        else:
            if last.op == ASM_GOTO:
                self.asm_goto_outputs(last, b)
            self.now = self.epoch[last.id] - 1
            table[last.op](self, last)
        self.out.reverse()
        rev.extend(self.out)
        n -= 1
        while n >= 0:
            i = instrs[n]
            n -= 1
            op = i.op
            if bindings is not None and i.id in bindings and mf.variables is not None:
                mf.variables.mark(m, rev[-1] if rev else None, bindings[i.id])
            if op <= LAST_PURE or (op == LOAD and not i.flags & VOLATILE):
                if i.mark == ALIAS or op == PHI or op == PARAM or op == PROJ:
                    continue
                if not vreg[i.id] and not cross[i.id]:
                    continue
            self.out = []
            self.loc = i.loc
            self.now = self.epoch[i.id] - 1 if op >= FIRST_EFFECT else self.epoch[i.id]
            table[op](self, i)
            if len(self.out) > 1:
                self.out.reverse()
            rev.extend(self.out)
        if b is self.func.blocks[0]:
            self.out = []
            self.incoming()
            self.out.reverse()
            rev.extend(self.out)
        rev.extend(reversed(m.instrs))      # what was put at the top (asm goto outputs)
        rev.reverse()
        m.instrs = self.place_leaves(rev) if self.leaves else rev
        debug = self.func.debug
        if debug is not None and b.id in debug.starts and mf.variables is not None:
            mf.variables.mark(m, None, debug.starts[b.id])

    def place_leaves(self, code: list[MachineInstr]) -> list[MachineInstr]:
        """Insert the instructions that make constants and addresses before their first use."""
        descs = self.target.descs
        pending = dict(self.leaf_of)
        out: list[MachineInstr] = []
        for m in code:
            if pending:
                e = m.effects
                positions = descs[m.op].uses if e is None else e.uses
                ops = m.ops
                for p in positions:
                    leaf = pending.pop(ops[p], NIL)
                    if leaf is not NIL:
                        self.out = out
                        self.loc = m.loc
                        self.materialise(ops[p], leaf)
            out.append(m)
        return out

    def incoming(self) -> None:
        """Copies of register arguments, then loads of stack arguments, at the top of the entry block."""
        self.loc = self.func.loc
        stack: list[tuple[Instr, Piece]] = []
        for i in self.params:
            piece = self.abi.pieces[i.imm]
            if not self.vreg[i.id] and not self.cross[i.id]:
                continue
            if piece.register < 0:
                stack.append((i, piece))
            else:
                self.copy(self.define(i), operand.reg(piece.register))
        for i, piece in stack:
            slot = self.mf.new_slot(self.target.word_bytes, self.target.word_bytes, mir.INCOMING)
            slot.offset = piece.stack
            self.target.load_slot(self, self.define(i), piece.ty, slot.index)

    def phi_copies(self, pred: Block, succ: Block) -> None:
        """The parallel copy on the edge, in sequence: a destination is written only when no source still needs
        it; cycles go through a fresh register; constants come last."""
        if succ.instrs[0].op != PHI:
            return
        at = succ.preds.index(pred)
        copies: list[tuple[int, int]] = []
        constants: list[tuple[int, Instr]] = []
        for phi in succ.instrs:
            if phi.op != PHI:
                break
            v = phi.ext[at]
            while v.mark == ALIAS:
                v = v.a
            if v is phi or not self.uses[phi.id]:
                continue
            if v.op <= LAST_LEAF and v.op != PARAM:
                constants.append((self.define(phi), v))
            else:
                copies.append((self.define(phi), self.define(v)))
        while copies:
            sources = {s for _, s in copies}
            ready = [c for c in copies if c[0] not in sources or c[0] == c[1]]
            if not ready:
                d, s = copies[0]
                t = self.mf.new_vreg(self.mf.vreg_class[(d >> operand.SHIFT) - operand.FIRST_VIRTUAL])
                self.mf.vreg_narrow[-1] = self.mf.vreg_narrow[(d >> operand.SHIFT) - operand.FIRST_VIRTUAL]
                self.copy(t, d)
                copies = [(x, t if y == d else y) for x, y in copies]
                continue
            for d, s in ready:
                if d != s:
                    self.copy(d, s)
            copies = [c for c in copies if c not in ready]
        for d, leaf in constants:
            self.materialise(d, leaf)

    def materialise(self, d: int, leaf: Instr) -> None:
        """Emit what puts a constant or an address into the register `d`."""
        op = leaf.op
        target = self.target
        if op == CONST:
            # Half precision lives in general registers, but may be passed in others.
            to = self.temporary(0) if target.general_registers <= d >> operand.SHIFT < operand.FIRST_VIRTUAL else d
            target.integer_constant(self, to, leaf)
            if to != d:
                self.copy(d, to)
        elif op == UNDEF:
            self.emit(mir.UNDEF, [d])
        elif op == SLOT:
            self.emit(mir.FRAME_ADDRESS, [d, self.slot_operand(leaf), operand.imm(leaf.imm)])
        elif op == GLOBAL:
            target.global_address(self, d, leaf)
        elif op == FCONST:
            target.float_constant(self, d, leaf)
        elif op == LABEL:
            block = leaf.aux
            assert isinstance(block, Block)
            self.mblocks[block.id].address_taken = True
            target.label_address(self, d, self.block_operand(block))
        else:
            raise ToolError(f"internal error: leaf of kind {op}")

    # ---------------------------------------------------------------- helpers for patterns
    def emit(self, op: int, ops: list[int]) -> MachineInstr:
        """Append one instruction."""
        m = MachineInstr(op, ops, self.loc)
        self.out.append(m)
        return m

    def copy(self, destination: int, source: int) -> None:
        """Append a register copy."""
        self.out.append(MachineInstr(mir.COPY, [destination, source], self.loc))

    def jump(self, block: MachineBlock) -> None:
        """Append an unconditional jump."""
        self.out.append(MachineInstr(mir.JUMP, [operand.block(block.number)], self.loc))

    def temporary(self, register_class: int) -> int:
        """A fresh virtual register."""
        return self.mf.new_vreg(register_class)

    def define(self, i: Instr) -> int:
        """The register of value `i`, as its definition writes it."""
        r = self.vreg[i.id]
        if not r:
            r = self.new_register(i)
        return r

    def new_register(self, i: Instr) -> int:
        """A register for the value `i`.  It is narrow if its upper half is zero or never looked at."""
        r = self.mf.new_vreg(self.target.class_of(i.ty))
        self.vreg[i.id] = r
        if self.target.narrow_moves and I8 <= i.ty <= I32:
            x = self.extensions
            self.mf.vreg_narrow[-1] = x.zero[i.id] <= 32 or x.sign[i.id] > 32
        return r

    def reg(self, v: Instr) -> int:
        """The register that holds `v`; upper bits of narrow integers are as `extensions` says."""
        while v.mark == ALIAS:
            v = v.a
        if v.op <= LAST_LEAF and v.op != PARAM:
            return self.leaf(v)
        r = self.vreg[v.id]
        if not r:
            r = self.new_register(v)
        return r

    def leaf(self, v: Instr) -> int:
        """The register for a constant or address in this block."""
        if v.op == CONST and v.imm == 0 and self.target.zero_register >= 0:
            return operand.reg(self.target.zero_register)
        r = self.leaves.get(v.id, 0)
        if not r:
            r = self.mf.new_vreg(self.target.class_of(v.ty))
            self.leaves[v.id] = r
            self.leaf_of[r] = v
        return r

    def foldable(self, v: Instr) -> bool:
        """Whether the user being selected may swallow `v`: computed in this block and used nowhere else."""
        return self.where[v.id] == self.block_index and self.uses[v.id] == 1 and not self.cross[v.id]

    def local(self, v: Instr) -> bool:
        """Whether `v` is computed in this block and used only here (maybe several times)."""
        return self.where[v.id] == self.block_index and not self.cross[v.id]

    def strip(self, v: Instr) -> Instr:
        """`v` without aliases."""
        while v.mark == ALIAS:
            v = v.a
        return v

    def constant(self, v: Instr) -> int | None:
        """Signed value of a constant as a register would hold it, None if `v` is none."""
        return narrow_constant(v.ty, v.imm) if v.op == CONST else None

    def symbol_key(self, v: Instr) -> int:
        """Key of (current block, symbol of the GLOBAL `v`)."""
        n = self.symbol_numbers.setdefault(id(v.aux), len(self.symbol_numbers))
        return self.block_index << 32 | n

    def global_count(self, v: Instr) -> int:
        """How often the current block uses the symbol of GLOBAL `v`."""
        return self.symbol_uses.get(self.symbol_key(v), 0)

    def global_base(self, v: Instr) -> Instr:
        """The GLOBAL to keep in a register for an access to `v`: its symbol without offset if the block uses
        the symbol several times."""
        if v.imm == 0 or self.global_count(v) < 2:
            return v
        assert isinstance(v.aux, GlobalSymbol)
        return self.func.global_address(v.aux, 0)

    def slot_operand(self, v: Instr) -> int:
        """Packed operand for the frame object of a SLOT leaf (its offset is `v.imm`)."""
        s = v.aux
        assert isinstance(s, StackSlot)
        k = self.slot_map.get(s.index, -1)
        if k < 0:
            kind = mir.LOCAL
            if s.index in self.abi.incoming:
                kind = mir.INCOMING
            elif s.index in self.abi.outgoing:
                kind = mir.OUTGOING
            f = self.mf.new_slot(max(1, s.size), max(1, s.align), kind)
            f.name = s.name
            f.is_array = s.is_array
            f.is_guard = s.name == GUARD_SLOT
            f.used = True
            if kind == mir.INCOMING:
                f.offset = self.abi.incoming[s.index]
            elif kind == mir.OUTGOING:
                f.offset = self.abi.outgoing[s.index]
                self.mf.outgoing_bytes = max(self.mf.outgoing_bytes, f.offset + s.size)
            k = f.index
            self.slot_map[s.index] = k
        return operand.slot(k)

    def outgoing_slot(self, offset: int) -> int:
        """Index of the slot at `offset` of the argument area for calls."""
        k = self.outgoing.get(offset, -1)
        if k < 0:
            size = self.target.word_bytes
            f = self.mf.new_slot(size, size, mir.OUTGOING)
            f.offset = offset
            f.used = True
            k = f.index
            self.outgoing[offset] = k
        return k

    def symbol_operand(self, symbol: GlobalSymbol, offset: int, modifier: str = "") -> int:
        """Packed operand for `modifier(symbol + offset)`."""
        return self.mf.expression(symbol_ref(self.unit.symbol(symbol), offset, modifier))

    def block_operand(self, b: Block) -> int:
        """Packed operand for a branch target."""
        return operand.block(self.mblocks[b.id].number)

    # ---------------------------------------------------------------- calls and returns, the same everywhere
    def call_effects(self, i: Instr, low: LoweredCall) -> Effects:
        """Stack and register arguments; returns what the call reads, writes and loses."""
        target = self.target
        e = Effects()
        registers: list[tuple[int, Instr, Piece]] = []
        for v, piece in zip(i.ext, low.pieces):
            if piece.register < 0:
                target.store_slot(self, v, piece, self.outgoing_slot(piece.stack))
            else:
                registers.append((piece.register, v, piece))
        self.mf.outgoing_bytes = max(self.mf.outgoing_bytes, low.signature.stack_bytes)
        late: list[tuple[int, Instr]] = []
        for r, v, piece in registers:
            root = self.strip(v)
            if root.op <= LAST_LEAF and root.op != PARAM:
                late.append((r, v))
            else:
                self.copy(operand.reg(r), target.argument(self, v, piece))
            e.implicit_uses.append(r)
        for r, v in late:
            self.materialise(operand.reg(r), v if v.op <= LAST_LEAF else self.strip(v))
        target.before_call(self, low, e, i.a)
        e.standard_call = True
        return e

    def callee(self, i: Instr, e: Effects, tail: bool) -> int:
        """Packed operand of the callee."""
        a = i.a
        if a.op == GLOBAL and a.imm == 0 and self.target.direct_calls:
            assert isinstance(a.aux, GlobalSymbol)
            direct = self.target.call_target(self, a.aux)
            if direct >= 0:
                return direct
        e.uses.append(0)
        r = self.target.callee_register(self, a)
        if tail:
            t = operand.reg(self.target.tail_register)
            self.copy(t, r)
            return t
        return r

    def call(self, i: Instr) -> None:
        """CALL."""
        low = i.aux
        assert isinstance(low, LoweredCall)
        e = self.call_effects(i, low)
        to = self.callee(i, e, False)
        e.noreturn = low.info.noreturn
        if low.info.pad is not None:
            e.pad = self.mblocks[low.info.pad.id].number
            self.mf.pads.append(e.pad)
        m = MachineInstr(mir.CALL, [to], self.loc, e)
        self.out.append(m)
        self.mf.has_calls = True
        values = [i, *self.projections.get(i.id, [])]
        for v in values:
            if v is i:
                k = 0
                if v.ty == 0:
                    continue
            else:
                k = v.imm
            if k >= len(low.results):
                continue
            r = low.results[k].register
            e.implicit_defs.append(r)
            if self.vreg[v.id] or self.cross[v.id]:
                self.copy(self.define(v), operand.reg(r))
        self.target.after_call(self, low, e)

    def tail_call(self, i: Instr, ret: Instr, m: MachineBlock) -> bool:
        """A call in tail position becomes a jump if nothing of the frame is needed after it."""
        if i.op != CALL or not i.flags & TAIL or not self.target.tail_calls_allowed(self):
            return False
        low = i.aux
        lowered = ret.aux
        assert isinstance(low, LoweredCall) and isinstance(lowered, LoweredReturn)
        if low.signature.stack_bytes or ret.ext and (self.strip(ret.ext[0]) is not i or len(ret.ext) != len(low.results)):
            return False
        e = self.call_effects(i, low)
        to = self.callee(i, e, True)
        e.standard_call = False
        self.out.append(MachineInstr(mir.TAIL_CALL, [to], i.loc, e))
        return True

    def ret(self, i: Instr) -> None:
        """RET."""
        e = Effects()
        low = i.aux
        if isinstance(low, LoweredReturn):
            late: list[tuple[int, Instr]] = []
            for v, piece in zip(i.ext, low.pieces):
                root = self.strip(v)
                if root.op <= LAST_LEAF and root.op != PARAM:
                    late.append((piece.register, v if v.op <= LAST_LEAF else root))
                else:
                    self.copy(operand.reg(piece.register), self.target.argument(self, v, piece))
                e.implicit_uses.append(piece.register)
            for r, v in late:
                self.materialise(operand.reg(r), v)
        self.out.append(MachineInstr(mir.RETURN, [], self.loc, e))

    def unreachable(self, i: Instr) -> None:
        """UNREACHABLE."""
        self.out.append(MachineInstr(mir.UNREACHABLE, [], self.loc))

    def jump_table(self, i: Instr, targets: list[Block]) -> JumpTable:
        """A table of the function."""
        t = JumpTable([self.mblocks[b.id].number for b in targets])
        self.mf.tables.append(t)
        return t

    def asm_goto_outputs(self, i: Instr, b: Block) -> None:
        """Nothing to do before the asm itself is selected: `asm.select` copies outputs in the successors."""
