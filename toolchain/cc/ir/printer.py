"""Text form of the IR.  `reader.py` reads it back; the tests of passes are written in it.

    function i32 @f(i32, ptr) local level 2 {
      slot $0 size 16 align 8 "buffer"
    b0:
      %1 = param i32 0
      %2 = load i32 [%3 + 8] volatile align 4
      %4 = add i32 %1, 5
      store i32 %4, [@table + 4]
      branch %4, b1, b2
    b1: preds b0
      %5 = call i32 @g(i32 %4, ptr $0)
      jump b2
    b2: preds b0, b1
      %6 = phi i32 [b0 %4], [b1 %5]
      ret %6
    }

A constant without suffix has the type of its instruction (of the operands, for comparisons, whose type is
the one printed; the pointer-width integer where that is ptr; i32 for conditions); others are written
`5:i64`.  `@s + 8` inside [] is symbol plus offset; as an operand `@s+8`.  Frame objects are `$0`, labels
`&b3`.  A C function type is printed as IR types of its parameters; records as record:size:align.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc import types as ct
from toolchain.cc.ir.ir import (
    ALIGN_MASK,
    ALIGN_SHIFT,
    ASM,
    ASM_GOTO,
    BF16,
    BRANCH,
    CALL,
    CONST,
    F16,
    F32,
    F64,
    F80,
    F128,
    FCONST,
    FIRST_COMPARE,
    FIRST_TERMINATOR,
    GLOBAL,
    I8,
    I16,
    I32,
    I128,
    INIT_ZERO,
    LABEL,
    LAST_COMPARE,
    LOAD,
    MUST_TAIL,
    NIL,
    NIL_OP,
    NO_RETURN,
    OP_NAMES,
    OPAQUE,
    ORDER_MASK,
    PHI,
    PTR,
    RETURNS_TWICE,
    SEG_FS,
    SEG_GS,
    SLOT,
    STORE,
    SWITCH,
    TAIL,
    TYPE_BITS,
    TYPE_NAMES,
    UNDEF,
    VOID,
    VOLATILE,
    AsmInfo,
    Block,
    CallInfo,
    Function,
    GlobalSymbol,
    Instr,
    IntList,
    Intrinsic,
    StackSlot,
    SwitchCases,
    TypeRef,
    order_of,
)

FLAG_NAMES: Final = (
    (VOLATILE, "volatile"), (OPAQUE, "opaque"), (TAIL, "tail"), (MUST_TAIL, "must_tail"), (NO_RETURN, "noreturn"),
    (SEG_FS, "seg_fs"), (SEG_GS, "seg_gs"), (INIT_ZERO, "init_zero"), (RETURNS_TWICE, "returns_twice"),
)
SCALAR_KINDS: Final = {
    ct.BOOL: I8, ct.CHAR: I8, ct.SCHAR: I8, ct.UCHAR: I8, ct.SHORT: I16, ct.USHORT: I16, ct.INT: I32, ct.UINT: I32,
    ct.INT128: I128, ct.UINT128: I128, ct.FLOAT16: F16, ct.BFLOAT16: BF16, ct.FLOAT: F32, ct.DOUBLE: F64, ct.FLOAT128: F128,
    ct.POINTER: PTR, ct.NULLPTR: PTR, ct.FUNCTION: PTR, ct.ARRAY: PTR, ct.VOID: VOID,
}
WITH_IMM: Final = frozenset(
    "param extract insert proj objsize expect vector memcpy memset atomic_rmw fence alloca intrinsic prefetch param_record branch".split())
"""Opcodes whose `imm` is printed as `#n` when it is not 0."""


def type_name(ty: int) -> str:
    """"i32", "ptr", "v4i32"."""
    lanes = ty >> 8
    return f"v{lanes}{TYPE_NAMES[ty & 255]}" if lanes else TYPE_NAMES[ty]


def c_type_name(t: ct.Type) -> str:
    """A C type as its IR type; records as record:size:align."""
    u = t.unq
    if u.kind in (ct.LONG, ct.ULONG, ct.LLONG, ct.ULLONG):
        return "i64" if u.size == 8 else "i32"
    if isinstance(u, ct.EnumType):
        return c_type_name(u.base)
    if u.kind == ct.LDOUBLE:
        return type_name({8: F64, 12: F80, 16: F128}[u.size])
    if u.kind in SCALAR_KINDS:
        return type_name(SCALAR_KINDS[u.kind])
    return f"record:{u.size}:{u.align}"


def _symbol(name: str) -> str:
    return "@" + name if name.replace("_", "a").replace(".", "a").replace("$", "a").isalnum() else f'@"{name}"'


def default_type(function: Function, i: Instr) -> int:
    """Type of a constant operand that is printed without suffix."""
    if i.op == BRANCH or i.op == SWITCH:
        return I32
    if FIRST_COMPARE <= i.op <= LAST_COMPARE:
        return i.a.ty
    if i.op == STORE:
        return i.b.ty
    return function.pointer_type if i.ty == PTR else i.ty


def operand(function: Function, v: Instr, default: int) -> str:
    """Text of an operand."""
    op = v.op
    if op == NIL_OP:
        return "nil"
    if op == CONST:
        bits = TYPE_BITS[function.pointer_type if v.ty == PTR else v.ty]
        n = v.imm - (1 << bits) if v.imm >> (bits - 1) else v.imm
        return str(n) if v.ty == default else f"{n}:{type_name(v.ty)}"
    if op == FCONST:
        return f"{v.imm:#x}:{type_name(v.ty)}"
    if op == UNDEF:
        return f"undef:{type_name(v.ty)}"
    if op == GLOBAL or op == SLOT:
        s = v.aux
        name = _symbol(s.name) if isinstance(s, GlobalSymbol) else f"${s.index}" if isinstance(s, StackSlot) else "?"
        return f"{name}{v.imm:+d}" if v.imm else name
    if op == LABEL:
        assert isinstance(v.aux, Block)
        return f"&b{v.aux.id}"
    return f"%{v.id}"


def _flags(i: Instr) -> str:
    flags = i.flags
    if not flags:
        return ""
    out = ""
    for bit, name in FLAG_NAMES:
        if flags & bit:
            out += " " + name
    if flags & ORDER_MASK:
        out += f" order {order_of(i)}"
    if flags & ALIGN_MASK:
        out += f" align {1 << ((flags & ALIGN_MASK) >> ALIGN_SHIFT) - 1}"
    return out


def _address(function: Function, a: Instr, imm: int) -> str:
    text = operand(function, a, PTR)
    if imm:
        return f"[{text} {'+' if imm > 0 else '-'} {abs(imm)}]"
    return f"[{text}]"


def _call(function: Function, i: Instr) -> str:
    info = i.aux
    assert isinstance(info, CallInfo)
    args: list[str] = []
    first = 1 if info.result_address else 0
    if first:
        args.append("result " + operand(function, i.ext[0], PTR))
    for n, v in enumerate(i.ext[first:]):
        ty = c_type_name(info.arg_types[n]) if n < len(info.arg_types) else type_name(v.ty)
        args.append(f"{ty} {operand(function, v, v.ty)}")
    if info.ftype.variadic:
        args.append("...")
    out = f"call {c_type_name(info.ftype.base)} {operand(function, i.a, PTR)}({', '.join(args)})"
    for flag, name in ((info.noreturn, "info_noreturn"), (info.nontail, "nontail"), (info.returns_twice, "info_returns_twice")):
        if flag:
            out += " " + name
    if info.pure:
        out += f" pure {info.pure}"
    if info.builtin:
        out += f" builtin {info.builtin}"
    return out


def _asm(function: Function, i: Instr) -> str:
    info = i.aux
    assert isinstance(info, AsmInfo)
    text = info.template.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    parts: list[str] = []
    for o in info.operands:
        p = f'"{o.constraint}" {type_name(o.ty)}'
        if o.is_output:
            p = "out " + p
        if o.name:
            p = f"[{o.name}] {p}"
        if o.value_index >= 0:
            p += " " + operand(function, i.ext[o.value_index], o.ty)
        for flag, name in ((o.early, "early"), (o.is_memory, "memory")):
            if flag:
                p += " " + name
        if o.tied >= 0:
            p += f" tied {o.tied}"
        if o.register:
            p += f" in {o.register}"
        if o.size:
            p += f" size {o.size}"
        parts.append(p)
    out = f'{OP_NAMES[i.op]} {type_name(i.ty)} "{text}" ({", ".join(parts)})'
    for c in info.clobbers:
        out += f' clobber "{c}"'
    if info.clobbers_memory:
        out += " clobber_memory"
    if info.is_volatile:
        out += " volatile_asm"
    return out


def print_instr(function: Function, i: Instr, block: Block) -> str:
    """One instruction, without indentation."""
    op = i.op
    name = OP_NAMES[op]
    head = f"%{i.id} = " if i.ty != VOID else ""
    default = default_type(function, i)
    if op == LOAD:
        return f"{head}load {type_name(i.ty)} {_address(function, i.a, i.imm)}{_flags(i)}"
    if op == STORE:
        return f"store {type_name(i.b.ty)} {operand(function, i.b, default)}, {_address(function, i.a, i.imm)}{_flags(i)}"
    if op == PHI:
        pairs = [f"[b{p.id} {operand(function, v, i.ty)}]" for p, v in zip(block.preds, i.ext)]
        return f"{head}phi {type_name(i.ty)} {', '.join(pairs)}"
    if op == CALL:
        return head + _call(function, i) + _flags(i)
    if op == ASM or op == ASM_GOTO:
        text = head + _asm(function, i) + _flags(i)
        return text + "".join(f", b{s.id}" for s in block.succs) if op == ASM_GOTO else text
    parts: list[str] = []
    if i.a is not NIL:
        parts.append(operand(function, i.a, default))
    elif i.b is not NIL:
        parts.append("nil")
    if i.b is not NIL:
        parts.append(operand(function, i.b, default))
    if op == SWITCH:
        assert isinstance(i.aux, SwitchCases)
        parts.append(f"b{block.succs[0].id}")
        for (low, high), t in zip(i.aux.ranges, i.aux.targets):
            parts.append(f"{low}..{high} b{block.succs[t].id}" if low != high else f"{low} b{block.succs[t].id}")
    elif op >= FIRST_TERMINATOR:
        parts.extend(f"b{s.id}" for s in block.succs)
    for v in i.ext:
        parts.append(operand(function, v, default))
    shown = name
    if FIRST_COMPARE <= op <= LAST_COMPARE:
        shown += " " + type_name(i.a.ty)
    elif i.ty != VOID:
        shown += " " + type_name(i.ty)
    if isinstance(i.aux, Intrinsic):
        shown += f" {i.aux.name}" + (" pure" if i.aux.pure else "")
    elif isinstance(i.aux, TypeRef):
        shown += " " + c_type_name(i.aux.ty)
    elif isinstance(i.aux, IntList):
        shown += " <" + " ".join(map(str, i.aux.values)) + ">"
    if i.imm and name in WITH_IMM or name in ("param", "param_record", "proj"):
        shown += f" #{i.imm}"
    return head + (shown + " " + ", ".join(parts) if parts else shown) + _flags(i)


ATTRIBUTES: Final = ("noinline", "always_inline", "flatten", "naked", "cold", "hot", "for_size", "variadic", "noreturn", "returns_twice")


def print_function(function: Function) -> str:
    """The whole function."""
    params = ", ".join(c_type_name(p) for p in function.param_types)
    head = f"function {c_type_name(function.ftype.base)} {_symbol(function.name)}({params})"
    if function.symbol.local:
        head += " local"
    for name, value in zip(ATTRIBUTES, attribute_values(function)):
        if value:
            head += " " + name
    lines = [f"{head} level {function.level} {{"]
    for s in function.slots:
        if not s.dead:
            lines.append(f'  slot ${s.index} size {s.size} align {s.align}' + (f' "{s.name}"' if s.name else ""))
    for b in function.blocks:
        line = f"b{b.id}:"
        if b.preds:
            line += " preds " + ", ".join(f"b{p.id}" for p in b.preds)
        lines.append(line)
        for i in b.instrs:
            lines.append("  " + print_instr(function, i, b))
    lines.append("}\n")
    return "\n".join(lines)


def attribute_values(f: Function) -> tuple[bool, ...]:
    """Values in the order of `ATTRIBUTES`."""
    return (f.noinline, f.always_inline, f.flatten, f.naked, f.cold, f.hot, f.for_size, f.variadic, f.noreturn, f.returns_twice)
