"""Vector values become their lanes, for machines without vector registers.

Before:  %3 = add <4 x i32> %1, %2       After:  four i32 additions
         %4 = load <2 x f64> %p                  %4.0 = load f64 %p ; %4.1 = load f64 %p + 8

Parameters, arguments and results of vector type travel like records, through frame objects.
"""
from __future__ import annotations

from toolchain.cc.codegen.build import IrBuilder, align_flag, known_align
from toolchain.cc.codegen.target import BackTarget
from toolchain.cc.ir.cfg import resolve_operands, resolve_uses
from toolchain.cc.ir.ir import (
    ADD,
    ALIGN_MASK,
    ASM,
    ASM_GOTO,
    BITCAST,
    CALL,
    CONST,
    EXTRACT,
    FIRST_COMPARE,
    I32,
    INSERT,
    LANE_SHIFT,
    LAST_COMPARE,
    LAST_LEAF,
    LOAD,
    MUL,
    NIL,
    PARAM,
    PARAM_RECORD,
    PHI,
    PTR,
    RET,
    SELECT,
    SHUFFLE,
    SPLAT,
    STORE,
    SUB,
    TYPE_BITS,
    UNDEF,
    VA_ARG,
    VOID,
    CallInfo,
    Function,
    Instr,
    IntList,
    resolve,
)
from toolchain.diagnostics import ToolError


def is_vector(ty: int) -> bool:
    """Whether an IR type has lanes."""
    return ty >> LANE_SHIFT != 0


class Scalariser:
    """One function's vectors.  `lanes` maps the id of a vector value to its scalars."""

    def __init__(self, func: Function, target: BackTarget) -> None:
        self.func = func
        self.target = target
        self.b = IrBuilder(func)
        self.lanes: dict[int, list[Instr]] = {}
        self.phis: list[tuple[Instr, list[Instr]]] = []

    def run(self) -> None:
        """Rewrite all blocks."""
        for block in self.func.blocks:
            for i in block.instrs:
                if i.op == PHI and is_vector(i.ty):
                    self.lanes[i.id] = [self.func.instr(PHI, i.ty & 255) for _ in range(i.ty >> LANE_SHIFT)]
        for block in self.func.blocks:
            self.b.out = []
            for i in block.instrs:
                resolve_operands(i)
                self.visit(i)
            block.instrs = self.b.out
        for phi, parts in self.phis:
            for k, p in enumerate(parts):
                p.ext = [self.parts(resolve(v))[k] for v in phi.ext]
        resolve_uses(self.func)

    def parts(self, v: Instr) -> list[Instr]:
        """The lanes of a vector value."""
        if v.op == UNDEF:
            return [self.func.undef(v.ty & 255)] * (v.ty >> LANE_SHIFT)
        if v.op == CONST:
            bits = TYPE_BITS[v.ty & 255]
            return [self.func.const(v.ty & 255, v.imm >> (k * bits)) for k in range(v.ty >> LANE_SHIFT)]
        return self.lanes[v.id]

    def size(self, ty: int) -> int:
        """Bytes of one lane."""
        return self.b.bits(ty & 255) // 8

    def visit(self, i: Instr) -> None:
        """Rewrite one instruction."""
        b = self.b
        b.loc = i.loc
        op = i.op
        if op == PHI and is_vector(i.ty):
            parts = self.lanes[i.id]
            b.out.extend(parts)
            self.phis.append((i, parts))
        elif op == CALL:
            self.call(i)
        elif op == RET and is_vector(i.a.ty):
            i.a = self.spill(i.a)
            b.out.append(i)
        elif op == STORE and is_vector(i.b.ty):
            self.store(i.a, i.imm, i.b, i)
        elif op == EXTRACT:
            i.fwd = self.extract(i)
        elif op == BITCAST and is_vector(i.a.ty) and not is_vector(i.ty):
            i.fwd = b.load(i.ty, self.spill(i.a))
        elif op in (ASM, ASM_GOTO) and any(is_vector(v.ty) for v in i.ext):
            raise ToolError("vector operands of 'asm' are not supported on this target", i.loc)
        elif is_vector(i.ty) and op > LAST_LEAF or is_vector(i.ty) and op == PARAM:
            self.lanes[i.id] = self.define(i)
        else:
            b.out.append(i)

    # ---------------------------------------------------------------- memory
    def slot(self, ty: int) -> Instr:
        """Address of a fresh frame object for a vector."""
        size = self.size(ty) * (ty >> LANE_SHIFT)
        return self.func.slot_address(self.func.new_slot(size, min(16, max(1, size & -size))))

    def spill(self, v: Instr) -> Instr:
        """Address of a copy of `v` in memory."""
        address = self.slot(v.ty)
        self.store(address, 0, v, NIL)
        return address

    def store(self, address: Instr, offset: int, v: Instr, like: Instr) -> None:
        """Store all lanes."""
        size = self.size(v.ty)
        for k, x in enumerate(self.parts(v)):
            s = self.b.store(address, x, offset + k * size)
            self.align(s, like, size)

    def align(self, access: Instr, like: Instr, size: int) -> None:
        """Flags of a lane access from those of the whole."""
        if like is NIL:
            return
        access.flags = like.flags & ~ALIGN_MASK
        align = known_align(like)
        if align and align < size:
            access.flags |= align_flag(align)

    def fetch(self, ty: int, address: Instr, offset: int, like: Instr) -> list[Instr]:
        """Load all lanes."""
        size = self.size(ty)
        out: list[Instr] = []
        for k in range(ty >> LANE_SHIFT):
            x = self.b.load(ty & 255, address, offset + k * size)
            self.align(x, like, size)
            out.append(x)
        return out

    # ---------------------------------------------------------------- values
    def define(self, i: Instr) -> list[Instr]:
        """Lanes of a vector result."""
        b = self.b
        op = i.op
        element = i.ty & 255
        count = i.ty >> LANE_SHIFT
        if op == LOAD:
            return self.fetch(i.ty, i.a, i.imm, i)
        if op == SPLAT:
            return [i.a] * count
        if op == INSERT:
            return self.insert(i)
        if op == SHUFFLE:
            assert isinstance(i.aux, IntList)
            source = self.parts(i.a) + (self.parts(i.b) if i.b is not NIL else [])
            return [self.func.undef(element) if n < 0 else source[n] for n in i.aux.values]
        if op == PARAM:
            address = self.slot(i.ty)
            b.op(PARAM_RECORD, VOID, address, NIL, i.imm)
            return self.fetch(i.ty, address, 0, NIL)
        if op == VA_ARG:
            p = b.op(VA_ARG, PTR, i.a)
            p.aux = i.aux
            return self.fetch(i.ty, p, 0, NIL)
        if op == BITCAST:
            return self.bitcast(i)
        if op == SELECT and not is_vector(i.a.ty):
            return [self.choose(i.a, x, y) for x, y in zip(self.parts(i.b), self.parts(i.ext[0]))]
        if op == SELECT:
            return [self.choose(c, x, y) for c, x, y in zip(self.parts(i.a), self.parts(i.b), self.parts(i.ext[0]))]
        if FIRST_COMPARE <= op <= LAST_COMPARE:
            return [self.mask(op, element, x, y) for x, y in zip(self.parts(i.a), self.parts(i.b))]
        return self.lanewise(i, element, count)

    def lanewise(self, i: Instr, element: int, count: int) -> list[Instr]:
        """The same operation on every lane."""
        out: list[Instr] = []
        xs = self.parts(i.a) if is_vector(i.a.ty) else [i.a] * count
        ys = self.parts(i.b) if is_vector(i.b.ty) else [i.b] * count
        for x, y in zip(xs, ys):
            n = self.b.op(i.op, element, x, y, i.imm)
            n.flags = i.flags
            out.append(n)
        return out

    def choose(self, c: Instr, x: Instr, y: Instr) -> Instr:
        """Lane SELECT."""
        s = self.b.op(SELECT, x.ty, c, x)
        s.ext = [y]
        return s

    def mask(self, op: int, element: int, x: Instr, y: Instr) -> Instr:
        """-1 or 0 in the element's type."""
        b = self.b
        c = b.op(op, I32, x, y)
        bits = b.bits(element)
        v = b.trunc(element, c) if bits < 32 else b.zext(element, c)
        return b.op(SUB, element, b.const(element, 0), v)

    def bitcast(self, i: Instr) -> list[Instr]:
        """Through memory, unless the lanes have one size."""
        a = i.a
        if is_vector(a.ty) and self.size(a.ty) == self.size(i.ty):
            return [self.b.bitcast(i.ty & 255, x) for x in self.parts(a)]
        if is_vector(a.ty):
            return self.fetch(i.ty, self.spill(a), 0, NIL)
        address = self.slot(i.ty)
        self.b.store(address, a)
        return self.fetch(i.ty, address, 0, NIL)

    def element_address(self, address: Instr, lane: Instr, size: int) -> Instr:
        """Address of lane number `lane`."""
        b = self.b
        n = lane
        if b.bits(n.ty) < b.pointer_bits:
            n = b.zext(b.pointer_type, n)
        elif b.bits(n.ty) > b.pointer_bits:
            n = b.trunc(b.pointer_type, n)
        return b.op(ADD, PTR, address, b.op(MUL, b.pointer_type, n, b.const(b.pointer_type, size)))

    def extract(self, i: Instr) -> Instr:
        """One lane."""
        if i.b is NIL:
            return self.parts(i.a)[i.imm]
        address = self.spill(i.a)
        return self.b.load(i.ty, self.element_address(address, i.b, self.size(i.a.ty)))

    def insert(self, i: Instr) -> list[Instr]:
        """All lanes with one replaced."""
        if not i.ext:
            out = list(self.parts(i.a))
            out[i.imm] = i.b
            return out
        address = self.spill(i.a)
        self.b.store(self.element_address(address, i.ext[0], self.size(i.ty)), i.b)
        return self.fetch(i.ty, address, 0, NIL)

    def call(self, i: Instr) -> None:
        """Vector arguments and results go through memory."""
        b = self.b
        i.ext = [self.spill(v) if is_vector(v.ty) else v for v in i.ext]
        if not is_vector(i.ty):
            b.out.append(i)
            return
        info = i.aux
        assert isinstance(info, CallInfo)
        ty = i.ty
        address = self.slot(ty)
        if not info.result_address:
            i.ext = [address, *i.ext]
            copy = CallInfo(info.ftype, info.arg_types, True)
            copy.noreturn = info.noreturn
            copy.pad = info.pad
            copy.static_chain = info.static_chain
            i.aux = copy
        i.ty = VOID
        b.out.append(i)
        self.lanes[i.id] = self.fetch(ty, address, 0, NIL)


def has_vectors(func: Function) -> bool:
    """Whether any value of the function has lanes."""
    for block in func.blocks:
        for i in block.instrs:
            if i.ty >> LANE_SHIFT or i.a.ty >> LANE_SHIFT or i.b.ty >> LANE_SHIFT:
                return True
            for v in i.ext:
                if v.ty >> LANE_SHIFT:
                    return True
    return False


def scalarise(func: Function, target: BackTarget) -> None:
    """Replace all vector values, if there are any."""
    if has_vectors(func):
        Scalariser(func, target).run()
