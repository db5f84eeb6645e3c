"""Checks that a function is well-formed SSA.  Raises `IRError` with the first defect and the text of
the instruction.

Checked: one terminator per block and phis first; edges and predecessor lists agree; operand counts of
phis; no operand is replaced, dropped or NIL where the opcode needs one; definitions dominate uses; leaves
stand in no block; operand and result types, by the table below.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import dominates, dominators, order
from toolchain.cc.ir.ir import (
    ASM_GOTO,
    BRANCH,
    FIRST_TERMINATOR,
    I8,
    I32,
    I128,
    IJUMP,
    JUMP,
    LAST_LEAF,
    NIL,
    NIL_OP,
    NO_EXT,
    NUM_OPS,
    OP_NAMES,
    PARAM,
    PHI,
    PTR,
    RET,
    SWITCH,
    TYPE_BITS,
    UNREACHABLE,
    VOID,
    Block,
    Function,
    Instr,
    SwitchCases,
)


class IRError(Exception):
    """The IR is malformed: a bug of the pass that ran last."""


# Signature of each opcode: result, a, b, "x" if ext is used.  T: the instruction's type; I: any integer or
# pointer; i: integer; p: PTR; f: floating; t: any; v: VOID; A: the type of a; -: must be NIL; ?: anything
# or NIL; b: I8; w: I32 (or vector of the operand's shape).
SIGNATURES: Final[dict[str, str]] = {
    "add": "T a B -", "sub": "T a B -", "mul": "i T T -", "sdiv": "i T T -", "udiv": "i T T -", "srem": "i T T -", "urem": "i T T -",
    "and": "I T T -", "or": "I T T -", "xor": "I T T -", "shl": "i T i -", "shr": "i T i -", "sar": "i T i -", "rotl": "i T i -",
    "smulh": "i T T -", "umulh": "i T T -", "neg": "i T - -", "not": "i T - -", "bswap": "i T - -", "clz": "i T - -", "ctz": "i T - -",
    "popcount": "i T - -", "fadd": "f T T -", "fsub": "f T T -", "fmul": "f T T -", "fdiv": "f T T -", "fneg": "f T - -", "fabs": "f T - -",
    "fsqrt": "f T - -", "fcopysign": "f T T -", "eq": "w I A -", "ne": "w I A -", "slt": "w I A -", "sle": "w I A -", "ult": "w I A -",
    "ule": "w I A -", "feq": "w f A -", "fne": "w f A -", "flt": "w f A -", "fle": "w f A -", "funord": "w f A -",
    "trunc": "i I - -", "zext": "I I - -", "sext": "I I - -", "fcvt": "f f - -", "ftosi": "i f - -", "ftoui": "i f - -", "sitof": "f i - -",
    "uitof": "f i - -", "bitcast": "t t - -", "select": "t I T x", "copy": "t T - -", "extract": "t t ? -", "insert": "t T t x",
    "splat": "t t - -", "shuffle": "t t t -", "proj": "t ? - -", "constp": "w t - -", "objsize": "i p - -", "expect": "t T - -",
    "phi": "t - - x", "load": "t p - -", "store": "v p t -", "memcpy": "v p p -", "memset": "v p b -", "call": "? p - x", "asm": "? ? ? x",
    "atomic_rmw": "I p T -", "atomic_cas": "I p T x", "fence": "v - - -", "alloca": "p i - -", "stack_save": "p - - -",
    "stack_restore": "v p - -", "va_start": "v p - -", "va_arg": "t p - -", "va_copy": "v p p -", "param_record": "v p - -",
    "intrinsic": "? ? ? x", "prefetch": "v p - -", "jump": "v - - -", "branch": "v I - -", "switch": "v i - -", "ret": "v ? - -",
    "unreachable": "v - - -", "ijump": "v p - -", "asm_goto": "? ? ? x", "param": "t - - -",
}
_ROWS: Final[list[list[str]]] = [SIGNATURES[n].split() if n in SIGNATURES else [] for n in OP_NAMES]
_SUCCS: Final[dict[int, int]] = {JUMP: 1, BRANCH: 2, RET: 0, UNREACHABLE: 0}


def _is_integer(ty: int) -> bool:
    return I8 <= ty & 255 <= I128


def _is_float(ty: int) -> bool:
    return ty & 255 > PTR


class _Verifier:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.where: dict[int, tuple[Block, int]] = {}
        self.leaves: set[int] = set()

    def fail(self, block: Block, i: Instr, what: str) -> None:
        from toolchain.cc.ir.printer import print_instr
        raise IRError(f"{self.function.name}: b{block.id}: {print_instr(self.function, i, block)}: {what}")

    def run(self) -> None:
        f = self.function
        entry = f.blocks[0]
        if entry.preds:
            raise IRError(f"{f.name}: the entry has predecessors")
        known = {b.id for b in f.blocks}
        if len(known) != len(f.blocks):
            raise IRError(f"{f.name}: a block stands twice or ids collide")
        for c in f.consts.values():
            self.leaves.add(c.id)
        for c in f.globals.values():
            self.leaves.add(c.id)
        for b in f.blocks:
            self.edges(b, known)
            self.shape(b)
        rpo = order(f)
        dominators(rpo)
        for b in rpo:
            for n, i in enumerate(b.instrs):
                self.types(b, i)
                self.operands(b, n, i)

    def edges(self, b: Block, known: set[int]) -> None:
        for s in b.succs:
            if s.id not in known:
                raise IRError(f"{self.function.name}: b{b.id}: successor b{s.id} is not in the function")
            if s.preds.count(b) != b.succs.count(s):
                raise IRError(f"{self.function.name}: edge b{b.id} -> b{s.id}: predecessors disagree")
        for p in b.preds:
            if p.id not in known or b not in p.succs:
                raise IRError(f"{self.function.name}: b{b.id}: stale predecessor b{p.id}")

    def shape(self, b: Block) -> None:
        if not b.instrs or b.instrs[-1].op < FIRST_TERMINATOR:
            raise IRError(f"{self.function.name}: b{b.id} has no terminator")
        phis = True
        for n, i in enumerate(b.instrs):
            if i.fwd is not NIL:
                self.fail(b, i, "replaced, yet in a block")
            if i.id in self.where:
                self.fail(b, i, "stands twice")
            self.where[i.id] = (b, n)
            if i.op == PHI:
                if not phis:
                    self.fail(b, i, "phi after other instructions")
                if len(i.ext) != len(b.preds):
                    self.fail(b, i, f"{len(i.ext)} operands, {len(b.preds)} predecessors")
                self.duplicate_edges(b, i)
            else:
                phis = False
            if i.op >= FIRST_TERMINATOR and n != len(b.instrs) - 1:
                self.fail(b, i, "terminator inside a block")
            if i.op <= LAST_LEAF and i.op != PARAM:
                self.fail(b, i, "leaf in a block")
            if i.op == PARAM and b is not self.function.blocks[0]:
                self.fail(b, i, "param outside of the entry")
        t = b.instrs[-1]
        want = _SUCCS.get(t.op)
        if want is not None and want != len(b.succs):
            self.fail(b, t, f"{len(b.succs)} successors")
        if t.op == SWITCH:
            cases = t.aux
            if not isinstance(cases, SwitchCases) or any(not 0 <= x < len(b.succs) for x in cases.targets):
                self.fail(b, t, "bad cases")
        if t.op in (IJUMP, ASM_GOTO, SWITCH) and not b.succs:
            self.fail(b, t, "no successors")

    def duplicate_edges(self, b: Block, phi: Instr) -> None:
        seen: dict[int, Instr] = {}
        for p, v in zip(b.preds, phi.ext):
            if seen.setdefault(p.id, v) is not v:
                self.fail(b, phi, f"different values on two edges from b{p.id}")

    def types(self, b: Block, i: Instr) -> None:
        row = _ROWS[i.op] if i.op < NUM_OPS else []
        if not row:
            return
        result, a, bb, ext = row
        if not self.matches(result, i.ty, i):
            self.fail(b, i, "result type")
        self.operand_type(b, i, a, i.a, "first operand")
        self.operand_type(b, i, bb, i.b, "second operand")
        if ext == "-" and i.ext is not NO_EXT and i.ext:
            self.fail(b, i, "extra operands")
        if i.op == PHI:
            for v in i.ext:
                if v.ty != i.ty:
                    self.fail(b, i, "type of an operand")

    def operand_type(self, b: Block, i: Instr, want: str, v: Instr, what: str) -> None:
        if want == "-":
            if v is not NIL:
                self.fail(b, i, what + " must be missing")
        elif want != "?":
            if v.op == NIL_OP:
                self.fail(b, i, what + " is missing")
            elif not self.matches(want, v.ty, i):
                self.fail(b, i, f"type of the {what}")

    def matches(self, want: str, ty: int, i: Instr) -> bool:
        if want in "t?":
            return want == "?" or ty != VOID
        if want == "T":
            return ty == i.ty and ty != VOID
        if want == "a":
            return ty == i.ty
        if want == "B":
            if i.ty == PTR:
                return ty == self.function.pointer_type
            return ty == i.ty and _is_integer(ty)
        if want == "i":
            return _is_integer(ty)
        if want == "I":
            return _is_integer(ty) or ty & 255 == PTR
        if want == "p":
            return ty == PTR
        if want == "f":
            return _is_float(ty)
        if want == "v":
            return ty == VOID
        if want == "A":
            return ty == i.a.ty
        if want == "b":
            return ty == I8
        return ty == I32 or ty > 255

    def operands(self, b: Block, n: int, i: Instr) -> None:
        if i.op == PHI:
            for p, v in zip(b.preds, i.ext):
                if p.order >= 0:
                    self.use(b, i, v, p, len(p.instrs))
            return
        if i.a is not NIL:
            self.use(b, i, i.a, b, n)
        if i.b is not NIL:
            self.use(b, i, i.b, b, n)
        for v in i.ext:
            self.use(b, i, v, b, n)

    def use(self, b: Block, i: Instr, v: Instr, block: Block, n: int) -> None:
        if v.fwd is not NIL:
            self.fail(b, i, f"operand %{v.id} was replaced")
        if v.op == NIL_OP:
            self.fail(b, i, "operand is missing")
        if v.op <= LAST_LEAF and v.op != PARAM:
            if v.id not in self.leaves:
                self.fail(b, i, f"leaf %{v.id} is not of this function")
            return
        place = self.where.get(v.id)
        if place is None:
            self.fail(b, i, f"operand %{v.id} stands in no block")
            return
        home, k = place
        if home is block:
            if k >= n:
                self.fail(b, i, f"%{v.id} is used before its definition")
        elif not dominates(home, block):
            self.fail(b, i, f"%{v.id} does not dominate its use")


def verify(function: Function) -> None:
    """Raise `IRError` if `function` is malformed."""
    _Verifier(function).run()


def type_size(function: Function, ty: int) -> int:
    """Bytes that a value of IR type `ty` takes in memory (F80: 16, as wide as its slot; read as 10)."""
    lanes = ty >> 8
    bits = TYPE_BITS[ty & 255]
    if ty & 255 == PTR:
        bits = TYPE_BITS[function.pointer_type]
    size = bits + 7 >> 3
    return size * lanes if lanes else size
