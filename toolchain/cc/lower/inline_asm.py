"""Inline assembly: which operands are registers, which memory; outputs and ties; asm goto.

The final choice between register and immediate is the selector's: an "i" operand may become constant
only after inlining, so it stays a value here.

A register operand of two words (i64 on 32-bit machines, i128 on 64-bit ones) is its lower word; the upper one is an operand
without number or name behind all others, in a register of its own: templates cannot name it.  The target may say where the
halves are (`constraint_halves`)."""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import NIL, AsmInfo, AsmOperand, Block, Instr
from toolchain.cc.lower import expr as expressions
from toolchain.cc.lower import lvalue as lvalues
from toolchain.cc.lower import ops, packed, stmt
from toolchain.cc.lower.context import L_MEMORY, L_REGISTER, Fn, LValue
from toolchain.cc.lower.typemap import INT_BY_SIZE, is_memory
from toolchain.cc.parse import ast
from toolchain.cc.parse.ast import E_NAME, S_REGISTER, Asm, Cast, Expr, NameRef
from toolchain.cc.types import VectorType, size_of

_MEMORY_LETTERS: Final = "moV<>Q"
_IMMEDIATE_LETTERS: Final = "insEFGH"


def constraint_kinds(f: Fn, constraint: str) -> set[str]:
    """The kinds of operand that any alternative of `constraint` accepts: "register", "memory",
    "immediate", "address"."""
    kinds: set[str] = set()
    text = constraint.lstrip("=+&%")
    i = 0
    while i < len(text):
        c = text[i]
        i += 1
        if c in "=+&%,?!*#^$ ":
            continue
        if c == "r" or c.isdigit():
            kinds.add("register")
        elif c in "gX":
            kinds.update(("register", "memory", "immediate"))
        elif c == "p":
            kinds.add("address")
        else:
            name, kind = _target_kind(f, text, i - 1)
            if kind:
                i += len(name) - 1
                kinds.add("register" if kind == "any" else kind)
            elif c in _MEMORY_LETTERS:
                kinds.add("memory")
            elif c in _IMMEDIATE_LETTERS:
                kinds.add("immediate")
    return kinds


def _target_kind(f: Fn, text: str, at: int) -> tuple[str, str]:
    """Longest target constraint (up to three letters) that starts at `at`."""
    for n in (3, 2, 1):
        name = text[at:at + n]
        if len(name) == n and "," not in name:
            if n == 1 and name in _MEMORY_LETTERS + _IMMEDIATE_LETTERS and name not in "QGH":
                return name, ""
            kind = f.module.target.constraint_kind(name)
            if kind:
                return name, kind
    return "", ""


def fixed_register(e: Expr) -> str:
    """The register of a register variable used as operand, or ""."""
    while isinstance(e, Cast) and e.kind == ast.CAST_BITS:
        e = e.operand
    if e.op == E_NAME and isinstance(e, NameRef) and e.symbol.storage == S_REGISTER:
        return e.symbol.asm_name
    return ""


class _Asm:
    """One statement under way."""

    def __init__(self, info: AsmInfo) -> None:
        self.info = info
        self.values: list[Instr] = []
        self.stores: list[tuple[LValue, int]] = []          # register outputs: where to, IR type
        self.copies: list[tuple[LValue, Instr]] = []        # memory outputs of register objects: temporaries
        self.tied: list[tuple[int, ast.AsmOperand, LValue]] = []    # `+`
        self.pairs: dict[int, str] = {}                     # outputs of two words, by operand: constraint of the upper word
        self.upper: dict[int, int] = {}                     # operand of the upper word, by that of the lower
        self.upper_inputs: list[tuple[str, int, Instr]] = []    # constraint, operand of the tied lower word or -1, value


def statement(f: Fn, s: Asm) -> None:
    """Lower an asm statement."""
    info = AsmInfo(s.template)
    info.is_volatile = s.is_volatile or not s.outputs or s.is_goto
    info.num_outputs = len(s.outputs)
    info.is_basic = s.is_basic
    for c in s.clobbers:
        if c == "memory":
            info.clobbers_memory = True
        else:
            info.clobbers.append(c)
    if s.is_basic:
        info.clobbers_memory = True
    state = _Asm(info)
    for o in s.outputs:
        _output(f, state, o)
    for o in s.inputs:
        _input(f, state, o)
    for index, o, lv in state.tied:
        _tie(f, state, index, o, lv)
    _upper_words(state, f)
    if s.is_goto:
        _finish_goto(f, state, s)
    else:
        _finish(f, state)


def _operand(state: _Asm, f: Fn, o: ast.AsmOperand) -> AsmOperand:
    out = AsmOperand(o.name, o.constraint, ir.VOID)
    out.loc = o.loc
    out.size = max(size_of(o.expr.ty), 0)
    out.early = "&" in o.constraint
    out.register = fixed_register(o.expr)
    state.info.operands.append(out)
    return out


def _value(state: _Asm, v: Instr) -> int:
    state.values.append(v)
    return len(state.values) - 1


def _is_pair(f: Fn, ty: int) -> bool:
    """Whether a value of that type takes two registers."""
    return ty == (ir.I128 if f.pointer_type == ir.I64 else ir.I64)


def _lower_word(f: Fn, state: _Asm, v: Instr, constraint: str, tied: int) -> tuple[Instr, str]:
    """The lower word of an input and its constraint; notes the upper one."""
    low, high = f.module.target.constraint_halves(constraint)
    bits = ir.TYPE_BITS[f.pointer_type]
    upper = f.emit(ir.TRUNC, f.pointer_type, f.emit(ir.SHR, v.ty, v, f.const(v.ty, bits)))
    state.upper_inputs.append((high, tied, upper))
    return f.emit(ir.TRUNC, f.pointer_type, v), low


def _upper_words(state: _Asm, f: Fn) -> None:
    """Append the operands for the upper words of pairs."""
    info = state.info
    for index, constraint in state.pairs.items():
        out = AsmOperand("", constraint, f.pointer_type)
        out.is_output = out.upper = True
        out.early = info.operands[index].early
        out.size = info.operands[index].size
        state.upper[index] = len(info.operands)
        info.outputs.append(len(info.operands))
        info.operands.append(out)
    for constraint, tied, value in state.upper_inputs:
        i = AsmOperand("", constraint, f.pointer_type)
        i.upper = True
        i.size = 2 * f.layout.pointer_size
        i.tied = state.upper[tied] if tied >= 0 else -1
        i.value_index = _value(state, value)
        info.operands.append(i)


def register_type(f: Fn, e: Expr) -> int:
    """IR type of a register operand; a small record travels as an integer of its size, a vector as what holds vectors."""
    t = e.ty.unq
    if isinstance(t, VectorType) and packed.parts(f, t) == 1:
        return ir.F128
    if is_memory(e.ty):
        return INT_BY_SIZE.get(size_of(e.ty), 0)
    return f.types.ir_type(e.ty)


def _output(f: Fn, state: _Asm, o: ast.AsmOperand) -> None:
    out = _operand(state, f, o)
    out.is_output = True
    index = len(state.info.operands) - 1
    kinds = constraint_kinds(f, o.constraint)
    lv = lvalues.lvalue(f, o.expr)
    ty = register_type(f, o.expr)
    if lv.kind == L_REGISTER and "+" in o.constraint:
        # A global register variable as `+` operand says that the asm depends on it (Linux: the stack pointer): it is in place.
        _keep_place(f, state, out)
        state.tied.append((index, o, lv))
        return
    if "memory" in kinds and ("register" not in kinds or ty == 0 or is_memory(o.expr.ty) or _is_pair(f, ty)):
        out.is_memory = True
        place = lvalues.spill(f, lv)
        if lv.kind != L_MEMORY:
            state.copies.append((lv, place))
        out.ty = ir.PTR
        out.value_index = _value(state, place)
    else:
        if ty == 0:
            f.error(o.loc, "impossible constraint in 'asm'")
            ty = f.pointer_type
        out.ty = ty
        if _is_pair(f, ty) and not out.register:
            out.ty = f.pointer_type
            out.constraint, state.pairs[index] = f.module.target.constraint_halves(o.constraint)
        state.info.outputs.append(index)
        state.stores.append((lv, ty))
    if "+" in o.constraint:
        state.tied.append((index, o, lv))


def _keep_place(f: Fn, state: _Asm, o: AsmOperand) -> None:
    """An operand that only keeps the numbers of those after it."""
    o.is_output = False
    o.constraint = "i"
    o.register = ""
    o.ty = ir.I32
    o.value_index = _value(state, f.int32(0))


def _tie(f: Fn, state: _Asm, index: int, o: ast.AsmOperand, lv: LValue) -> None:
    """The input half of a `+` output."""
    first = state.info.operands[index]
    i = AsmOperand("", o.constraint, first.ty)
    if lv.kind == L_REGISTER:
        state.info.operands.append(i)
        _keep_place(f, state, i)
        return
    i.loc = o.loc
    i.size = first.size
    i.tied = index
    i.register = first.register
    i.is_memory = first.is_memory
    if first.is_memory:
        i.value_index = first.value_index
    else:
        v = _read(f, lv, register_type(f, o.expr))
        if index in state.pairs:
            v, i.constraint = _lower_word(f, state, v, o.constraint, index)
        i.value_index = _value(state, v)
    state.info.operands.append(i)


def _read(f: Fn, lv: LValue, ty: int) -> Instr:
    if is_memory(lv.ty):
        return f.load(ty, lv.base, lv.offset, f.align_flag(lv.align, ty))
    return lvalues.load(f, lv)


def _input(f: Fn, state: _Asm, o: ast.AsmOperand) -> None:
    out = _operand(state, f, o)
    digits = "".join(c for c in o.constraint if c.isdigit())
    tied = _tied_output(state, o.constraint, digits)
    if tied >= 0:
        first = state.info.operands[tied]
        out.tied = tied
        out.register = out.register or first.register
        if first.is_memory:
            out.is_memory = True
            out.ty = ir.PTR
            out.value_index = first.value_index
            return
        v = _register_value(f, o)
        if tied in state.pairs:
            v = ops.resize(f, v, ir.I128 if f.pointer_type == ir.I64 else ir.I64, f.types.is_signed(o.expr.ty))
            v = _lower_word(f, state, v, first.constraint, tied)[0]
        out.ty = v.ty
        if v.ty != first.ty and v.ty <= ir.PTR and first.ty <= ir.PTR:
            v = ops.resize(f, v, first.ty, f.types.is_signed(o.expr.ty))
            out.ty = first.ty
        out.value_index = _value(state, v)
        return
    kinds = constraint_kinds(f, o.constraint)
    if "memory" in kinds and ("register" not in kinds and "immediate" not in kinds or is_memory(o.expr.ty)
                              or "register" not in kinds and not _constant_like(o.expr)
                              or _is_pair(f, register_type(f, o.expr)) and not _constant_like(o.expr)):
        out.is_memory = True
        out.ty = ir.PTR
        lv = lvalues.lvalue(f, o.expr)
        out.value_index = _value(state, lvalues.spill(f, lv))
        return
    v = _register_value(f, o)
    if _is_pair(f, v.ty) and not out.register and "register" in kinds and not ("immediate" in kinds and v.op == ir.CONST):
        v, out.constraint = _lower_word(f, state, v, o.constraint, -1)
    out.ty = v.ty
    out.value_index = _value(state, v)


def _constant_like(e: Expr) -> bool:
    while isinstance(e, Cast):
        e = e.operand
    return e.op in (ast.E_INT, ast.E_ADDR, ast.E_STRING)


def _register_value(f: Fn, o: ast.AsmOperand) -> Instr:
    v = expressions.rvalue(f, o.expr)
    if v is NIL:
        return f.word(0)
    if is_memory(o.expr.ty):
        ty = register_type(f, o.expr)
        if ty == 0:
            f.error(o.loc, "impossible constraint in 'asm'")
            return f.word(0)
        return f.load(ty, v)
    return v


def _tied_output(state: _Asm, constraint: str, digits: str) -> int:
    """Index of the output that an input names by number or by [name]; -1 if none."""
    if "[" in constraint:
        name = constraint[constraint.index("[") + 1:constraint.index("]")]
        for n in range(state.info.num_outputs):
            if state.info.operands[n].name == name:
                return n
    if digits and constraint.strip("%,&?! ")[:1].isdigit():
        n = int(digits)
        return n if n < state.info.num_outputs else -1
    return -1


def _finish(f: Fn, state: _Asm) -> None:
    info = state.info
    ty = info.operands[info.outputs[0]].ty if info.outputs else ir.VOID
    i = f.emit(ir.ASM, ty)
    i.aux = info
    i.ext = state.values
    _results(f, state, i)


def _results(f: Fn, state: _Asm, i: Instr) -> None:
    """Store the outputs, in the block after the asm (or in it)."""
    outputs = state.info.outputs
    words = [i if n == 0 else f.emit(ir.PROJ, state.info.operands[outputs[n]].ty, i, NIL, n) for n in range(len(outputs))]
    for n, (lv, ty) in enumerate(state.stores):
        v = words[n]
        if outputs[n] in state.upper:
            upper = words[outputs.index(state.upper[outputs[n]])]
            upper = f.emit(ir.SHL, ty, f.emit(ir.ZEXT, ty, upper), f.const(ty, ir.TYPE_BITS[f.pointer_type]))
            v = f.emit(ir.OR, ty, f.emit(ir.ZEXT, ty, v), upper)
        if is_memory(lv.ty):
            f.store(v, lv.base, lv.offset, lv.flags | f.align_flag(lv.align, ty))
        else:
            lvalues.store(f, lv, v)
    for lv, place in state.copies:
        lvalues.unspill(f, lv, place)


def _finish_goto(f: Fn, state: _Asm, s: Asm) -> None:
    """asm goto: every label gets an edge block of its own, where outputs are stored and scopes left."""
    info = state.info
    ty = info.operands[info.outputs[0]].ty if info.outputs else ir.VOID
    i = f.emit(ir.ASM_GOTO, ty)
    i.aux = info
    i.ext = state.values
    through = f.add_block()
    f.link(through)
    edges: list[Block] = []
    for label in s.labels:
        edge = f.add_block()
        f.link(edge)
        edges.append(edge)
        info.label_blocks.append(edge)
        info.label_names.append(label.name)
    for edge, label in zip(edges, s.labels, strict=True):
        f.start(edge)
        _results(f, state, i)
        stmt.goto(f, label)
    f.start(through)
    _results(f, state, i)
