"""x86 inline asm: constraints and operand text.

Source: GCC manual, "Constraints for Particular Machines" (x86) and "x86 Operand Modifiers".
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen.mir import AsmText, MachineFunction, MachineInstr
from toolchain.cc.ir.ir import F32, F64, F80, Instr
from toolchain.cc.x86 import address as mem
from toolchain.cc.x86 import floats, ops
from toolchain.cc.x86.address import FPU, GPR, XMM
from toolchain.cc.x86.facts import CONDITIONS
from toolchain.diagnostics import ToolError
from toolchain.isa.x86.printer import intel_memory
from toolchain.isa.x86.registers import NAMES, R8, R8_HIGH, R16, R32, RIP, ST
from toolchain.mc.model import operand
from toolchain.mc.model.expr import Expr
from toolchain.mc.model.operand import EXPR, FIRST_VIRTUAL, IMM, KIND_MASK, NO_REG, REG, SHIFT

if TYPE_CHECKING:
    from toolchain.cc.codegen.select import Selector
    from toolchain.cc.x86.target import X86Target

BLOCKS: Final = {"b": R8, "w": R16, "k": R32, "q": 0}
SUFFIXES: Final = {1: "b", 2: "w", 4: "l", 8: "q"}
INTEL_SIZES: Final = {1: "BYTE PTR ", 2: "WORD PTR ", 4: "DWORD PTR ", 8: "QWORD PTR ", 10: "TBYTE PTR ", 16: "XMMWORD PTR "}
BY_SIZE: Final = {1: "b", 2: "w", 4: "k", 8: "q"}


def register_class(target: X86Target, constraint: str, ty: int) -> int:
    """Register class of a constraint, -1 if it allows no register."""
    if constraint.startswith("@cc"):
        return target.byte_class
    if any(c in "xv" for c in constraint) and (ty in (F32, F64) or not any(c in "rqQRgX" for c in constraint)):
        return XMM
    if any(c in "ftu" for c in constraint) and (ty in (F32, F64, F80) or "r" not in constraint):
        return FPU
    if "Q" in constraint and "r" not in constraint and "q" not in constraint:
        return 3
    if any(c in "qQ" for c in constraint):
        return target.byte_class
    if any(c in "rRlgXpU" for c in constraint):
        return target.byte_class if ty == 1 and target.word_bytes == 4 else GPR
    return -1


def memory(s: Selector, address: Instr) -> list[int]:
    """The five ints of a memory operand."""
    return mem.address(s, address, 0)


def input_register(target: X86Target, s: Selector, v: Instr, c: int) -> int:
    """An input in a register of class `c`."""
    x = s.reg(v)
    have = target.class_of(v.ty)
    if have == c:
        return x
    t = s.temporary(c)
    if c != FPU and have != FPU:
        s.copy(t, x)
        return t
    ty = mem.word(s, v.ty)
    k = floats.slot(s, ty)
    if c == FPU:
        s.emit(mem.STORES[ty], [*mem.slot_memory(k), x])
        s.emit(ops.X_LOAD, [t, operand.imm(floats.X87_LOADS[ty]), *mem.slot_memory(k)])
    else:
        s.emit(ops.X_STORE, [x, operand.imm(floats.X87_STORES[ty]), *mem.slot_memory(k)])
        s.emit(mem.LOADS[ty], [t, *mem.slot_memory(k)])
    return t


def take_output(target: X86Target, s: Selector, v: Instr, d: int, r: int) -> None:
    """An output in register `r` to `d`, the register of `v`: through memory where one of them is x87's."""
    c = s.mf.vreg_class[(r >> SHIFT) - FIRST_VIRTUAL] if r >> SHIFT >= FIRST_VIRTUAL else -1
    if c != FPU or target.class_of(v.ty) == FPU:
        s.copy(d, r)
        return
    ty = mem.word(s, v.ty)
    k = floats.slot(s, ty)
    s.emit(ops.X_STORE, [r, operand.imm(floats.X87_STORES[ty]), *mem.slot_memory(k)])
    s.emit(mem.LOADS[ty], [d, *mem.slot_memory(k)])


def operand_text(target: X86Target, f: MachineFunction, kind: str, ops: Sequence[int], modifier: str, size: int) -> str | None:
    """Text of an operand under a modifier."""
    if kind == "memory":
        if modifier == "z":
            return SUFFIXES.get(size)
        extra = 8 if modifier == "H" else 0
        return intel_memory_text(f, ops, extra, "" if modifier in ("a", "p", "P") else INTEL_SIZES.get(size, "")) if target.intel else memory_text(f, ops, extra)
    o = ops[0]
    k = o & KIND_MASK
    n = o >> SHIFT
    if k == REG:
        return register_text(target, n, modifier, size)
    if modifier == "z":
        return SUFFIXES.get(size)
    if k == IMM:
        text = str(n)
    elif k == EXPR:
        text = expression_text(f.expressions[n])
        if modifier == "a":
            return text + target.asm_rip if target.has("rip") else text
    else:
        return None
    if modifier in ("c", "P", "p", "a", "l"):
        return text
    return target.asm_immediate_prefix + text if k == IMM else target.asm_symbol_prefix + text


def register_text(target: X86Target, n: int, modifier: str, size: int) -> str | None:
    """Name of a register in the size that the modifier or the operand asks for."""
    mark = target.asm_register_prefix
    if modifier == "z":
        return SUFFIXES.get(size)
    if n >= 16:
        if modifier == "t" and n >= R16:
            return mark + "y" + NAMES[n][1:]
        return mark + "st" if n == ST and modifier != "y" else mark + NAMES[n]
    if modifier == "h":
        return mark + NAMES[R8_HIGH + n] if n < 4 else None
    pointer = NAMES[n if target.word_bytes == 8 else n + R32]
    if modifier == "a":
        return f"[{pointer}]" if target.intel else f"(%{pointer})"
    if modifier == "V":
        return pointer
    block = BLOCKS.get(modifier if modifier in BLOCKS else BY_SIZE.get(size, "q" if target.word_bytes == 8 else "k"), 0)
    if target.word_bytes == 4 and block == 0:
        block = R32
    return mark + NAMES[n + block]


def memory_text(f: MachineFunction, ops: Sequence[int], extra: int) -> str:
    """`segment:displacement(base,index,scale)`."""
    base, scale, index, disp, segment = ops[:5]
    text = "%" + NAMES[segment >> SHIFT] + ":" if segment != NO_REG else ""
    if disp & KIND_MASK == EXPR:
        text += expression_text(f.expressions[disp >> SHIFT])
        if extra:
            text += f"+{extra}"
    elif disp >> SHIFT or extra or (base == NO_REG and index == NO_REG):
        text += str((disp >> SHIFT) + extra)
    if base == NO_REG and index == NO_REG:
        return text
    wide = R32 if f.pointer_bytes == 4 else 0
    inner = "" if base == NO_REG else "%" + NAMES[(base >> SHIFT) + (wide if base >> SHIFT != RIP else 0)]
    if index != NO_REG:
        inner += f",%{NAMES[(index >> SHIFT) + wide]},{scale >> SHIFT or 1}"
    return f"{text}({inner})"


def intel_memory_text(f: MachineFunction, ops: Sequence[int], extra: int, size: str) -> str:
    """`DWORD PTR segment:displacement[base+index*scale]`."""
    base, scale, index, disp, segment = ops[:5]
    wide = operand.reg(R32) if f.pointer_bytes == 4 else 0
    base += wide if base != NO_REG and base >> SHIFT != RIP else 0
    index += wide if index != NO_REG else 0
    texts: list[str] = []
    if disp & KIND_MASK == EXPR:
        texts.append(expression_text(f.expressions[disp >> SHIFT]) + (f"+{extra}" if extra else ""))
        disp = operand.expr(0)
    else:
        disp = operand.imm((disp >> SHIFT) + extra)
    return size + intel_memory([base, scale, index, disp, segment], texts)


def flag_outputs(i: MachineInstr, asm: AsmText, intel: bool) -> str:
    """What follows the text: outputs `=@ccCOND` take the condition as 0 or 1."""
    out: list[str] = []
    for n, constraint in enumerate(asm.letters):
        at = constraint.find("@cc")
        if at < 0 or asm.kinds[n] != "register":
            continue
        name = constraint[at + 3:]
        if name not in CONDITIONS:
            raise ToolError(f"unknown 'asm' flag output '{name}'", i.loc)
        r = i.ops[asm.first[n]] >> SHIFT
        byte, word = NAMES[R8 + r], NAMES[R32 + r]
        out.append(f"\n\tset{name}\t{byte}\n\tmovzx\t{word}, {byte}" if intel else f"\n\tset{name}\t%{byte}\n\tmovzbl\t%{byte}, %{word}")
    if not out:
        return ""
    # every set comes before the moves: neither changes flags, so the order is free
    return "".join(out)


def expression_text(e: Expr) -> str:
    """symbol+addend, with its relocation operator."""
    assert e.symbol is not None
    text = e.symbol.name + (f"@{e.modifier.upper()}" if e.modifier else "")
    return text + (f"{e.value:+d}" if e.value else "")
