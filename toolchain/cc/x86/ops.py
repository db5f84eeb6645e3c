"""Opcodes of the x86 back end: its pseudo operations, and what the rows of the ISA read and write.

A register operand is one of the numbers 0..15 (general), XMM + 0..15, or an x87 register (X87 + 0..15: see
`x87.py`), whatever the operand size; `widths` turns it into the name of that size just before emission.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen.mir import (
    D_BRANCH,
    D_EFFECT,
    D_LOAD,
    D_REMAT,
    D_STORE,
    D_TERMINATOR,
    FIRST_TARGET,
    ROW_BASE,
    OpDesc,
    descriptors,
)
from toolchain.isa.x86.instructions import FORMS, MEMORY_OPERANDS, NAMES, P_MEM, ROWS, Form
from toolchain.isa.x86.registers import R8, R16, R32, XMM
from toolchain.mc.model import isa
from toolchain.mc.model.operand import KIND_MASK, SHIFT

B: Final = ROW_BASE

# ------------------------------------------------------------------ registers beyond the ISA's numbers
X87: Final = 256            # sixteen 80-bit "registers": places in the frame, see x87.py
NUM_X87: Final = 16
RAX: Final = 0
RCX: Final = 1
RDX: Final = 2
RBX: Final = 3
RSP: Final = 4
RBP: Final = 5

# ------------------------------------------------------------------ pseudo operations
LI: Final = FIRST_TARGET                # rd, IMM; changes no flags
LA: Final = FIRST_TARGET + 1            # rd, EXPR: address of a symbol
LGOT: Final = FIRST_TARGET + 2          # rd, EXPR: address from the GOT
THREAD_POINTER: Final = FIRST_TARGET + 3    # rd
TLS_GD: Final = FIRST_TARGET + 4        # EXPR: the whole general-dynamic sequence, result in rax
LABEL_ADDRESS: Final = FIRST_TARGET + 5     # rd, BLOCK
TABLE_ADDRESS: Final = FIRST_TARGET + 6     # rd; effects.table
TRAP: Final = FIRST_TARGET + 7
FZERO: Final = FIRST_TARGET + 8         # xmm: zero
CMOV_MOVE: Final = FIRST_TARGET + 9     # d (two-address), IMM condition, source: a branch over a move
RMW_LOOP: Final = FIRST_TARGET + 10     # memory, value, temporary early, IMM operation, IMM bytes; old value in rax
CFI: Final = FIRST_TARGET + 11          # IMM kind, IMM, IMM
U64_TO_FLOAT: Final = FIRST_TARGET + 12 # xmm early, value, temporary early, temporary early, IMM bytes
X_PUSH: Final = FIRST_TARGET + 13       # a.  x87 operations: see x87.py; from here to X_DROP
X_BINARY: Final = FIRST_TARGET + 14     # d, a, b, IMM row of fop STi, ST with pop
X_UNARY: Final = FIRST_TARGET + 15      # d, a, IMM row
X_COMPARE: Final = FIRST_TARGET + 16    # a, b: flags as fucomi (IMM 1: fcomi)
X_LOAD: Final = FIRST_TARGET + 17       # d, IMM row, memory
X_STORE: Final = FIRST_TARGET + 18      # a, IMM row, memory
X_CONST: Final = FIRST_TARGET + 19      # d, IMM row (fldz, fld1)
X_TO_INT: Final = FIRST_TARGET + 20     # a (none: st(0)), IMM row, memory (the result), memory (control words), temporary early
X_RESULT: Final = FIRST_TARGET + 21     # d: pop st(0)
X_DROP: Final = FIRST_TARGET + 22       # pop st(0) unread
SETJMP: Final = FIRST_TARGET + 24       # rax, buffer: frame pointer, resume address and stack pointer go to the buffer
LONGJMP: Final = FIRST_TARGET + 25      # buffer
GOT_BASE: Final = FIRST_TARGET + 26     # d: address of the GOT (i386)
TLS_GD32: Final = FIRST_TARGET + 27     # EXPR: as TLS_GD on i386; needs the GOT in ebx
PIC_LABEL: Final = FIRST_TARGET + 28    # d, GOT, BLOCK: address of a block
PIC_TABLE: Final = FIRST_TARGET + 29    # d, GOT; effects.table
TLS_LD: Final = FIRST_TARGET + 30       # EXPR: as TLS_GD, but what comes back is where this module's thread-local storage begins
TLS_LD32: Final = FIRST_TARGET + 31     # the same on i386
LA_FAR: Final = FIRST_TARGET + 32       # rd, EXPR: all 64 bits of an address
PROFILE: Final = FIRST_TARGET + 33      # the profiler's call: see profiling.py
GOT_BASE64: Final = FIRST_TARGET + 34   # d, t: address of the GOT (large model)
TLS_FAR: Final = FIRST_TARGET + 35      # EXPR: as TLS_GD or TLS_LD in the large model; needs the GOT in rbx

M: Final = MEMORY_OPERANDS


def _memory(first: int) -> tuple[int, int]:
    """Positions of base and index."""
    return first, first + 2


ACCUMULATORS: Final = 1 << RAX | 1 << RDX
CALLER_SAVED: Final = 0xFC7 | 0xFFFF << 80

PSEUDO_DESCS: Final = (
    OpDesc("li", (0,), (), D_REMAT),
    OpDesc("la", (0,), (), D_REMAT),
    OpDesc("lgot", (0,), (), D_REMAT),
    OpDesc("thread_pointer", (0,), (), D_REMAT),
    OpDesc("tls_gd", (), (), D_EFFECT, clobbers=CALLER_SAVED & ~1, implicit_defs=1 << RAX),
    OpDesc("label_address", (0,), (), D_REMAT),
    OpDesc("table_address", (0,), ()),
    OpDesc("trap", (), (), D_EFFECT),
    OpDesc("fzero", (0,), (), D_REMAT),
    OpDesc("cmov_move", (0,), (0, 2)),
    OpDesc("rmw_loop", (M + 1,), (*_memory(0), M), D_EFFECT | D_LOAD | D_STORE, early=(M + 1,),
           implicit_uses=1 << RAX, implicit_defs=1 << RAX),
    OpDesc("cfi", (), (), D_EFFECT),
    OpDesc("u64_to_float", (0, 2, 3), (1,), early=(0, 2, 3)),
    OpDesc("x_push", (), (0,), D_EFFECT),
    OpDesc("x_binary", (0,), (1, 2)),
    OpDesc("x_unary", (0,), (1,)),
    OpDesc("x_compare", (), (0, 1), D_EFFECT),
    OpDesc("x_load", (0,), _memory(2), D_LOAD),
    OpDesc("x_store", (), (0, *_memory(2)), D_STORE),
    OpDesc("x_const", (0,), (), D_REMAT),
    OpDesc("x_to_int", (2 + 2 * M,), (0, *_memory(2), *_memory(2 + M)), D_STORE, early=(2 + 2 * M,)),
    OpDesc("x_result", (0,), (), D_EFFECT),
    OpDesc("x_drop", (), (), D_EFFECT),
    OpDesc("cas_pair", (), _memory(0), D_EFFECT | D_LOAD | D_STORE, implicit_uses=0xF, implicit_defs=ACCUMULATORS),
    OpDesc("setjmp", (0,), (1,), D_EFFECT),
    OpDesc("longjmp", (), (0,), D_EFFECT),
    OpDesc("got_base", (0,), (), D_EFFECT),
    OpDesc("tls_gd32", (), (), D_EFFECT, clobbers=0b110 | 0xFF << 80, implicit_uses=1 << RBX, implicit_defs=1 << RAX),
    OpDesc("pic_label", (0,), (1,)),
    OpDesc("pic_table", (0,), (1,)),
    OpDesc("tls_ld", (), (), D_EFFECT, clobbers=CALLER_SAVED & ~1, implicit_defs=1 << RAX),
    OpDesc("tls_ld32", (), (), D_EFFECT, clobbers=0b110 | 0xFF << 80, implicit_uses=1 << RBX, implicit_defs=1 << RAX),
    OpDesc("la_far", (0,), (), D_REMAT),
    OpDesc("profile", (), ()),
    OpDesc("got_base64", (0, 1), (), D_EFFECT, early=(0, 1)),
    OpDesc("tls_far", (), (), D_EFFECT, clobbers=CALLER_SAVED & ~1, implicit_uses=1 << RBX, implicit_defs=1 << RAX),
)

# ------------------------------------------------------------------ rows
# What the first operand of a mnemonic is: only written, only read; others are read and written.
WRITTEN: Final = frozenset("""mov movzb movzw movsb movsw movsl movss movsd movaps movapd movups movd movq lea cvttss2si cvttsd2si cvtss2sd
    cvtsd2ss movmskpd movmskps bsf bsr tzcnt lzcnt popcnt pop movabs movdqa movdqu sqrtss sqrtsd pshufd shlx shrx sarx andn rorx
    pshuflw pshufhw pmovmskb pextrb pextrw pextrd pextrq cvtps2dq cvttps2dq cvtdq2ps cvtdq2pd cvtpd2dq cvttpd2dq cvtpd2ps cvtps2pd cvtss2si cvtsd2si
    sqrtps sqrtpd rcpps rsqrtps movshdup movsldup movddup pabsb pabsw pabsd phminposuw pmovsxbw pmovsxbd pmovsxbq pmovsxwd pmovsxwq pmovsxdq
    pmovzxbw pmovzxbd pmovzxbq pmovzxwd pmovzxwq pmovzxdq roundps roundpd aesimc aeskeygenassist""".split())
READ: Final = frozenset("ptest cmp test ucomiss ucomisd comiss comisd bt push jmp call".split())
IMPLICIT: Final = {     # registers read, registers written
    "cltd": (1 << RAX, 1 << RDX), "cqto": (1 << RAX, 1 << RDX), "mul": (1 << RAX, ACCUMULATORS), "div": (ACCUMULATORS, ACCUMULATORS),
    "idiv": (ACCUMULATORS, ACCUMULATORS), "cmpxchg": (1 << RAX, 1 << RAX), "cmpxchg16b": (0xF, ACCUMULATORS), "cmpxchg8b": (0xF, ACCUMULATORS),
    "pblendvb": (1 << XMM, 0), "blendvps": (1 << XMM, 0), "blendvpd": (1 << XMM, 0), "sha256rnds2": (1 << XMM, 0),
}
EFFECTS: Final = frozenset("ptest lfence sfence mfence pause ud2 int3 cmp test ucomiss ucomisd comiss comisd bt".split())
CONDITIONS: Final = ("o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g")


def row(name: str) -> int:
    """Opcode of a row by its name in the ISA's table."""
    return NAMES[name] + B


def _written(form: Form) -> tuple[bool, bool]:
    """Whether the first operand is written, and whether it is read."""
    name = form.base_name
    if name in READ:
        return False, True
    if name in WRITTEN or name.startswith("set") or (name == "imul" and len(form.kinds) == 3):
        return True, False
    if name in ("mul", "imul", "div", "idiv") and len(form.kinds) == 1:
        return False, True
    return True, True


def _describe(n: int) -> OpDesc:
    """Descriptor of row `n`."""
    form = FORMS[n]
    writes, reads = _written(form)
    defs: list[int] = []
    uses: list[int] = []
    flags = 0
    at = 0
    for k, place in enumerate(form.places):
        if place == P_MEM:
            uses += [at, at + 2]
            flags |= D_STORE if k == 0 and writes else 0
            flags |= D_LOAD if k or reads else 0
            at += MEMORY_OPERANDS
            continue
        if k == 0 and writes:
            defs.append(at)
        if k or reads:
            uses.append(at)
        if k == 1 and form.base_name in ("xadd", "xchg"):
            defs.append(at)
        at += 1
    name = form.base_name
    if {"st", "sti"} & set(form.kinds):
        return OpDesc(ROWS[n].mnemonic, (), (), D_EFFECT)       # `x87_stack.py` keeps the books of places of the x87 stack
    if ROWS[n].flags & isa.BRANCH:
        flags |= D_BRANCH | D_TERMINATOR
    if name in EFFECTS or (not form.kinds and name not in IMPLICIT):
        flags |= D_EFFECT
    used, made = IMPLICIT.get(name, (0, 0))
    if name == "imul" and len(form.kinds) == 1:
        used, made = 1 << RAX, ACCUMULATORS
    if "lea" == name:
        flags = 0
    return OpDesc(ROWS[n].mnemonic, tuple(defs), tuple(uses), flags, 0, used, made)


DESCS: Final = descriptors(PSEUDO_DESCS, [_describe(n) for n in range(len(FORMS))])

_BLOCK_OF: Final = {"r32": R32, "r16": R16, "r8": R8, "eax": R32, "ax": R16, "al": R8, "cl": R8}


def _widths(form: Form) -> tuple[tuple[int, int], ...]:
    """(position, what to add to the packed register) for operands whose name is not that of 64 bits."""
    out: list[tuple[int, int]] = []
    at = 0
    for place, kind in zip(form.places, form.kinds):
        if place == P_MEM:
            at += MEMORY_OPERANDS
            continue
        if kind in _BLOCK_OF:
            out.append((at, _BLOCK_OF[kind] << SHIFT))
        at += 1
    return tuple(out)


def _memory_position(form: Form) -> int:
    """Where the five ints of a memory operand begin, -1 if there is none."""
    at = 0
    for place in form.places:
        if place == P_MEM:
            return at
        at += 1
    return -1


WIDTHS: Final = [_widths(f) for f in FORMS]
MEMORY_AT: Final = [_memory_position(f) for f in FORMS]
_GENERAL_END: Final = 16 << SHIFT


def name_registers(op: int, operands: list[int], wide: bool) -> None:
    """Turn general registers into those of the row's operand sizes; `wide`: addresses have 64 bits."""
    for position, add in WIDTHS[op - B]:
        o = operands[position]
        if o & KIND_MASK == 0 and o < _GENERAL_END:
            operands[position] = o + add
    if not wide:
        at = MEMORY_AT[op - B]
        if at >= 0:
            for position in (at, at + 2):
                o = operands[position]
                if o & KIND_MASK == 0 and o < _GENERAL_END:
                    operands[position] = o + (R32 << SHIFT)

BRANCH_ROWS: Final = [row(f"J{c}_J".upper()) for c in CONDITIONS]
SET_ROWS: Final = [row(f"SET{c}_R".upper()) for c in CONDITIONS]
CMOV32: Final = [row(f"CMOV{c}L_RR".upper()) for c in CONDITIONS]
CMOV64: Final = [row(f"CMOV{c}Q_RR".upper()) for c in CONDITIONS]
INVERSE: Final = {BRANCH_ROWS[k]: BRANCH_ROWS[k ^ 1] for k in range(16)}
F_LOCK: Final = 256
"""MachineInstr.flags: with a lock prefix."""
F_VOLATILE: Final = 512
"""MachineInstr.flags: a load that stays in its place."""
