"""Inline assembly: choice of operands when everything is known (after inlining), and its text.

An ASM instruction carries its operands like any other; registers that the template names by hand are
clobbers or fixed operands.  The text is made at emission, when all registers are real, and goes to
the assembler as source.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.mir import AsmText, Effects, MachineInstr
from toolchain.cc.ir.ir import (
    ASM_GOTO,
    CONST,
    GLOBAL,
    LABEL,
    PARAM,
    AsmInfo,
    AsmOperand,
    Block,
    GlobalSymbol,
    Instr,
)
from toolchain.diagnostics import ToolError
from toolchain.mc.model import operand
from toolchain.mc.model.operand import BLOCK, KIND_MASK, SHIFT

if TYPE_CHECKING:
    from toolchain.cc.codegen.emit import Emitter
    from toolchain.cc.codegen.select import Selector

MODIFIERS: Final = frozenset("=+&%#*?!^$,")
TOKEN: Final = re.compile(r"%(?:([a-zA-Z]?)(?:(\d+)|\[([^\]]*)\])|(.))|([{|}])", re.S)
GENERIC_IMMEDIATE: Final = frozenset("insgXEF")


def letters(constraint: str, target: object = None) -> str:
    """Constraint without modifiers (and alternatives run together)."""
    return "".join(c for c in constraint if c not in MODIFIERS)


class AsmSelector:
    """Selects one ASM or ASM_GOTO."""

    def __init__(self, s: Selector, i: Instr, info: AsmInfo) -> None:
        self.s = s
        self.i = i
        self.info = info
        self.effects = Effects()
        self.text = AsmText(info.template, s.target.asm_dialect)
        self.text.basic = info.is_basic
        self.ops: list[int] = []
        self.after: list[tuple[Instr, int, int]] = []   # copies after the instruction: value, its register, the operand's
        self.shift = 0                              # operands that follow the labels: what to add for their place in `text`
        self.results: dict[int, list[Instr]] = {}   # values per output operand (asm goto: one PROJ a successor)

    def run(self) -> None:
        """Append the instruction with the copies around it."""
        s, info, i = self.s, self.info, self.i
        values = [i, *s.projections.get(i.id, [])]
        for v in values:
            k = 0 if v is i else v.imm
            if k < len(info.outputs):
                self.results.setdefault(info.outputs[k], []).append(v)
        upper = next((n for n, o in enumerate(info.operands) if o.upper), len(info.operands))
        self.operands(0, upper)
        self.labels()
        self.shift = len(info.label_names)
        self.operands(upper, len(info.operands))
        self.clobbers()
        self.effects.asm = self.text
        m = MachineInstr(mir.ASM, self.ops, s.loc, self.effects)
        s.out.append(m)
        if i.op != ASM_GOTO:
            for v, d, r in self.after:
                s.target.asm_output(s, v, d, r)

    # ---------------------------------------------------------------- operands
    def operands(self, first: int, end: int) -> None:
        """Append the operands in that range."""
        for n in range(first, end):
            o = self.info.operands[n]
            self.text.names.append(o.name)
            self.text.sizes.append(o.size)
            self.text.types.append(o.ty)
            self.text.letters.append(o.constraint)
            if o.is_memory:
                self.memory(o)
            elif o.is_output:
                self.output(n, o)
            else:
                self.input(o)

    def kind(self, name: str, *ops: int) -> None:
        """Append an operand of that kind."""
        self.text.kinds.append(name)
        self.text.first.append(len(self.ops))
        self.ops.extend(ops)

    def fixed(self, o: AsmOperand) -> int:
        """Machine register the operand must be in, -1 if any will do."""
        if o.register:
            r = self.s.target.asm_register(o.register)
            if r < 0:
                raise ToolError(f"unknown register '{o.register}' in 'asm'", o.loc)
            return r
        text = letters(o.constraint)
        if text[:1] == "@":
            return -1
        for c in text:
            r = self.s.target.asm_fixed(c)
            if r >= 0:
                return r
        return -1

    def register_class(self, o: AsmOperand) -> int:
        """Register class by the constraint; -1 if it names none."""
        return self.s.target.asm_class(letters(o.constraint), o.ty)

    def output(self, n: int, o: AsmOperand) -> None:
        """A register output."""
        s = self.s
        at = len(self.ops)
        fixed = self.fixed(o)
        values = [v for v in self.results.get(n, []) if s.vreg[v.id] or s.cross[v.id]]
        c = self.register_class(o)
        if c < 0 and fixed < 0:
            raise ToolError(f"impossible constraint '{o.constraint}' in 'asm'", o.loc or self.i.loc)
        direct = len(values) == 1 and self.i.op != ASM_GOTO and s.target.class_of(values[0].ty) == c
        if fixed >= 0:
            r = operand.reg(fixed)
        elif direct:
            r = s.define(values[0])
        else:
            r = s.temporary(c)
        if fixed >= 0 or not direct:
            for v in values:
                self.after.append((v, s.define(v), r))
        self.kind("register", r)
        self.effects.defs.append(at)
        if o.early:
            self.effects.early.append(at)

    def input(self, o: AsmOperand) -> None:
        """An input that is not memory: tied, immediate, symbol or register."""
        s = self.s
        v = self.i.ext[o.value_index]
        if o.tied >= 0:
            number = o.tied + self.shift
            at = self.text.first[number]
            if self.text.kinds[number] != "register":
                self.kind(self.text.kinds[number], *self.ops[at:at + s.target.asm_memory_size()])
                return
            self.load(self.ops[at], v, self.register_class(self.info.operands[o.tied]))
            self.effects.uses.append(at)
            self.text.kinds.append("register")
            self.text.first.append(at)
            return
        text = letters(o.constraint)
        root = s.strip(v)
        if not o.register and self.immediate(o, text, root if root.op == CONST else v):
            return
        fixed = self.fixed(o)
        c = self.register_class(o)
        if fixed < 0 and c < 0:
            if any(s.target.asm_constraint_kind(x) == "memory" for x in text) or "m" in text or "g" in text:
                raise ToolError("memory operand without an address in 'asm'", o.loc or self.i.loc)
            raise ToolError(f"impossible constraint '{o.constraint}' in 'asm'", o.loc or self.i.loc)
        at = len(self.ops)
        if fixed >= 0:
            r = operand.reg(fixed)
            self.load(r, v, c)
        else:
            r = s.target.asm_input(s, v, c)
        self.kind("register", r)
        self.effects.uses.append(at)

    def load(self, r: int, v: Instr, c: int) -> None:
        """Copy `v` to register `r` of class `c` (-1: not known)."""
        s = self.s
        root = s.strip(v)
        if c >= 0 and s.target.class_of(v.ty) != c:
            s.copy(r, s.target.asm_input(s, v, c))
        elif root.op <= LABEL and root.op != PARAM:
            s.materialise(r, root)
        else:
            s.copy(r, s.reg(v))

    def immediate(self, o: AsmOperand, text: str, v: Instr) -> bool:
        """Try the constraint's immediate and symbol letters; True if the operand has been appended."""
        s = self.s
        target = s.target
        if v.op == CONST:
            value = s.constant(v)
            assert value is not None
            for c in text:
                if c in GENERIC_IMMEDIATE and c not in "sEF" or target.asm_immediate_fits(c, value):
                    self.kind("immediate", operand.imm(value))
                    return True
            return False
        if v.op == GLOBAL and any(c in "isgX" or target.asm_symbol_allowed(c) for c in text):
            if ("r" in text or "g" in text) and not target.asm_prefers_symbol(s):
                return False
            assert isinstance(v.aux, GlobalSymbol)
            self.kind("symbol", s.symbol_operand(v.aux, v.imm))
            return True
        if v.op == LABEL and "i" in text:
            assert isinstance(v.aux, Block)
            s.mblocks[v.aux.id].address_taken = True
            self.kind("label", s.block_operand(v.aux))
            return True
        return False

    def memory(self, o: AsmOperand) -> None:
        """A memory operand: the IR value is its address."""
        s = self.s
        at = len(self.ops)
        ops = s.target.asm_memory(s, self.i.ext[o.value_index], letters(o.constraint))
        self.kind("memory", *ops)
        for k in s.target.asm_memory_registers():
            if ops[k] & KIND_MASK == operand.REG and ops[k] != operand.NO_REG:
                self.effects.uses.append(at + k)

    def labels(self) -> None:
        """Label operands of asm goto."""
        for name, b in zip(self.info.label_names, self.info.label_blocks):
            self.text.names.append(name)
            self.text.sizes.append(0)
            self.text.types.append(0)
            self.text.letters.append("")
            self.kind("label", self.s.block_operand(b))
            self.effects.targets.append(self.s.mblocks[b.id].number)

    def clobbers(self) -> None:
        """Registers that the text destroys."""
        for name in self.info.clobbers:
            if name in ("memory", "cc", "redzone"):
                continue
            r = self.s.target.asm_register(name)
            if r < 0:
                raise ToolError(f"unknown register name '{name}' in 'asm'", self.i.loc)
            self.effects.clobbers |= 1 << r


def select_asm(s: Selector, i: Instr) -> None:
    """ASM."""
    info = i.aux
    assert isinstance(info, AsmInfo)
    AsmSelector(s, i, info).run()


def select_asm_goto(s: Selector, i: Instr) -> None:
    """ASM_GOTO: labels are the successors from 1 on; outputs are taken at the top of every successor."""
    info = i.aux
    assert isinstance(info, AsmInfo)
    block = s.func.blocks[s.block_index]
    info.label_blocks = block.succs[1:]
    a = AsmSelector(s, i, info)
    a.run()
    if a.after:
        done, s.out = s.out, []
        for v, d, r in a.after:
            s.target.asm_output(s, v, d, r)
        for b in dict.fromkeys(block.succs):
            m = s.mblocks[b.id]
            m.instrs[0:0] = [MachineInstr(c.op, list(c.ops), c.loc, c.effects) for c in s.out]
        s.out = done
    s.jump(s.mblocks[block.succs[0].id])


# ------------------------------------------------------------------ text

def asm_text(e: Emitter, i: MachineInstr, asm: AsmText) -> str:
    """The template with its operands put in."""
    out: list[str] = []
    template = asm.template
    if asm.basic:
        return template
    at = 0
    depth = 0
    skip = False
    alternative = 0
    for m in TOKEN.finditer(template):
        if not skip:
            out.append(template[at:m.start()])
        at = m.end()
        brace = m.group(5)
        if brace:
            if asm.dialect < 0:
                out.append(brace)
            elif brace == "{":
                depth += 1
                alternative = 0
                skip = alternative != asm.dialect
            elif brace == "|" and depth:
                alternative += 1
                skip = alternative != asm.dialect
            elif brace == "}" and depth:
                depth -= 1
                skip = False
            elif not skip:
                out.append(brace)
            continue
        if skip:
            continue
        other = m.group(4)
        if other is not None:
            out.append(special(e, other, i))
        else:
            out.append(operand_text(e, i, asm, m.group(1), m.group(2), m.group(3)))
    if not skip:
        out.append(template[at:])
    out.append(e.target.asm_suffix(i, asm))
    return "".join(out)


def special(e: Emitter, c: str, i: MachineInstr) -> str:
    """`%%`, `%=`, `%{`, `%|`, `%}` and the target's own punctuation."""
    if c in "%{|}":
        return c
    if c == "=":
        return str(e.unit.asm_counter)
    text = e.target.asm_punctuation(c)
    if text is None:
        raise ToolError(f"invalid 'asm': invalid %-code '%{c}'", i.loc)
    return text


def operand_text(e: Emitter, i: MachineInstr, asm: AsmText, modifier: str, number: str | None, name: str | None) -> str:
    """One operand."""
    if name is not None:
        if name not in asm.names:
            raise ToolError(f"undefined named operand '{name}'", i.loc)
        n = asm.names.index(name)
    else:
        assert number is not None
        n = int(number)
        if n >= len(asm.kinds):
            raise ToolError("invalid 'asm': operand number out of range", i.loc)
    kind = asm.kinds[n]
    ops = i.ops[asm.first[n]:]
    if kind == "label" or ops[0] & KIND_MASK == BLOCK:
        return e.label_of(e.f.blocks[ops[0] >> SHIFT]).name
    if kind == "immediate" and modifier in ("", "c", "P"):
        text = str(ops[0] >> SHIFT)
        return text if modifier else e.target.asm_immediate_prefix + text
    if kind == "immediate" and modifier == "n":
        return str(-(ops[0] >> SHIFT))
    shown = e.target.asm_operand(e.f, kind, ops, modifier, asm.sizes[n], asm.types[n])
    if shown is None:
        raise ToolError(f"invalid 'asm': invalid use of '%{modifier}'", i.loc)
    return shown


