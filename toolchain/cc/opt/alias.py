"""What two addresses may have in common, and what an instruction may read and write.

Facts used: different frame objects and different symbols do not overlap; a frame object whose address
does not escape is reached only through its SLOT leaves; parameters point to nothing of this frame; constant data
is never written.  C types are not used (-fno-strict-aliasing always holds).
"""
from __future__ import annotations

from toolchain.cc.ir.ir import (
    ADD,
    ALLOCA,
    ASM,
    ASM_GOTO,
    ATOMIC_CAS,
    ATOMIC_RMW,
    CALL,
    CONST,
    EQ,
    FENCE,
    GLOBAL,
    INTRINSIC,
    LOAD,
    MEMCPY,
    MEMSET,
    NIL,
    NO_EXT,
    ORDER_MASK,
    PARAM,
    PARAM_RECORD,
    PTR,
    RET,
    SLOT,
    STACK_RESTORE,
    STORE,
    ULE,
    VA_ARG,
    VA_COPY,
    VA_START,
    VOLATILE,
    AsmInfo,
    CallInfo,
    Function,
    GlobalSymbol,
    Instr,
    Intrinsic,
    StackSlot,
)
from toolchain.cc.ir.known import signed, width
from toolchain.cc.ir.verifier import type_size
from toolchain.cc.types import RecordType


def root(v: Instr) -> Instr:
    """The value that pointer arithmetic started from."""
    n = 0
    while v.op == ADD and n < 32:
        v = v.a
        n += 1
    return v


def canonical(f: Function, a: Instr, offset: int) -> tuple[Instr, int]:
    """The same address as (base, offset) with the constant parts in the offset; leaves get offset 0."""
    while a.op == ADD and a.b.op == CONST:
        offset += signed(a.b.imm, width(f, PTR))
        a = a.a
    if a.imm:
        if a.op == SLOT and isinstance(a.aux, StackSlot):
            return f.slot_address(a.aux), offset + a.imm
        if a.op == GLOBAL and isinstance(a.aux, GlobalSymbol):
            return f.global_address(a.aux), offset + a.imm
    return a, offset


def is_record_argument(i: Instr, index: int) -> bool:
    """Whether ext[index] of a CALL is the address of a record that is passed by value, or of the result."""
    info = i.aux
    if not isinstance(info, CallInfo):
        return False
    if info.result_address:
        if index == 0:
            return True
        index -= 1
    return index < len(info.arg_types) and isinstance(info.arg_types[index].unq, RecordType)


def compute_escapes(function: Function) -> None:
    """Set `escapes` of every slot: its address may be known to anything but the loads, stores, copies
    and by-value record passing in this function."""
    alive = False
    for s in function.slots:
        s.escapes = False
        alive = alive or not s.dead
    if not alive:
        return
    for b in function.blocks:
        for i in b.instrs:
            op = i.op
            if op == LOAD:
                continue
            if op == STORE:
                _escape(i.b)
                continue
            if op in (MEMCPY, MEMSET, PARAM_RECORD, RET, ATOMIC_RMW, ATOMIC_CAS):
                if op in (ATOMIC_RMW, ATOMIC_CAS):
                    _escape(i.b)
                    for v in i.ext:
                        _escape(v)
                continue
            if op == ADD:
                # An offset in the same object; where the sum goes is seen at its own use.
                _escape(i.b)
                continue
            if EQ <= op <= ULE:
                continue
            if op == CALL:
                _escape(i.a)
                for n, v in enumerate(i.ext):
                    if not is_record_argument(i, n):
                        _escape(v)
                continue
            _escape(i.a)
            _escape(i.b)
            if i.ext is not NO_EXT:
                by_address = memory_operands(i)
                for n, v in enumerate(i.ext):
                    if n not in by_address:
                        _escape(v)


def memory_operands(i: Instr) -> set[int]:
    """Indices in `ext` that inline assembly uses as memory only."""
    info = i.aux
    if not isinstance(info, AsmInfo):
        return set()
    return {o.value_index for o in info.operands if o.is_memory}


def _escape(v: Instr) -> None:
    r = root(v)
    if r.op == SLOT and isinstance(r.aux, StackSlot):
        r.aux.escapes = True


def disjoint_objects(p: Instr, q: Instr) -> bool:
    """Whether addresses with roots `p` and `q` surely lie in different objects."""
    if p is q:
        return False
    if p.op == SLOT:
        if q.op == SLOT:
            return p.aux is not q.aux
        slot = p.aux
        if q.op == GLOBAL or q.op == PARAM:
            return True
        return isinstance(slot, StackSlot) and not slot.escapes
    if q.op == SLOT:
        return disjoint_objects(q, p)
    if p.op == GLOBAL and q.op == GLOBAL:
        s = p.aux
        t = q.aux
        return s is not t and isinstance(s, GlobalSymbol) and isinstance(t, GlobalSymbol) \
            and s.alias_of is None and t.alias_of is None and not s.weak and not t.weak
    if p.op == ALLOCA:
        return q.op in (GLOBAL, PARAM, ALLOCA)
    return q.op == ALLOCA and p.op in (GLOBAL, PARAM)


def may_overlap(a: Instr, offset_a: int, size_a: int, b: Instr, offset_b: int, size_b: int) -> bool:
    """Whether [a + offset_a, size_a) and [b + offset_b, size_b) may share a byte.  A negative size means
    unknown extent (before and after)."""
    if a is b:
        if size_a < 0 or size_b < 0:
            return True
        return offset_a < offset_b + size_b and offset_b < offset_a + size_a
    p = root(a)
    q = root(b)
    if p.op == q.op and (p.op == SLOT or p.op == GLOBAL) and p.aux is q.aux:
        if p is a and q is b and size_a >= 0 and size_b >= 0:
            offset_a += p.imm
            offset_b += q.imm
            return offset_a < offset_b + size_b and offset_b < offset_a + size_a
        return True
    return not disjoint_objects(p, q)


def is_constant_memory(a: Instr) -> bool:
    """Whether the address lies in data that is never written."""
    r = root(a)
    return r.op == GLOBAL and isinstance(r.aux, GlobalSymbol) and r.aux.readonly_data is not None


class Access:
    """Memory that an instruction reads or writes: an address range, or everything that can be reached."""

    def __init__(self) -> None:
        self.reads_all = False
        self.writes_all = False
        self.reads: list[tuple[Instr, int, int]] = []
        self.writes: list[tuple[Instr, int, int]] = []


def touches_memory(i: Instr) -> bool:
    """Whether `access` has anything to say."""
    op = i.op
    return LOAD <= op <= INTRINSIC or op == ASM_GOTO or op == RET


def access(function: Function, i: Instr) -> Access:
    """What `i` reads and writes.  "All" never includes slots that do not escape, except where listed."""
    r = Access()
    op = i.op
    if op == LOAD:
        r.reads.append((*canonical(function, i.a, i.imm), type_size(function, i.ty)))
        if i.flags & (VOLATILE | ORDER_MASK):
            r.writes_all = bool(i.flags & ORDER_MASK)
    elif op == STORE:
        r.writes.append((*canonical(function, i.a, i.imm), type_size(function, i.b.ty)))
        if i.flags & ORDER_MASK:
            r.reads_all = r.writes_all = True
    elif op == MEMCPY:
        r.writes.append((*canonical(function, i.a, 0), i.imm))
        r.reads.append((*canonical(function, i.b, 0), i.imm))
    elif op == MEMSET:
        r.writes.append((*canonical(function, i.a, 0), i.imm))
    elif op == CALL:
        _call_access(function, i, r)
    elif op == ASM or op == ASM_GOTO:
        _asm_access(function, i, r)
    elif op == ATOMIC_RMW or op == ATOMIC_CAS:
        size = type_size(function, i.ty)
        r.reads.append((*canonical(function, i.a, 0), size))
        r.writes.append((*canonical(function, i.a, 0), size))
        r.reads_all = r.writes_all = True
    elif op == PARAM_RECORD:
        r.writes.append((i.a, 0, -1))
    elif op == RET:
        r.reads_all = True
        if i.a is not NIL:
            r.reads.append((i.a, 0, -1))
    elif op == INTRINSIC:
        if not (isinstance(i.aux, Intrinsic) and i.aux.pure):
            r.reads_all = r.writes_all = True
    elif op in (FENCE, VA_ARG, VA_COPY, VA_START, STACK_RESTORE):
        r.reads_all = r.writes_all = True
        if op != FENCE and i.a is not NIL:
            r.reads.append((i.a, 0, -1))
            r.writes.append((i.a, 0, -1))
            if op == VA_COPY:
                r.reads.append((i.b, 0, -1))
    return r


def _call_access(function: Function, i: Instr, r: Access) -> None:
    info = i.aux
    if not isinstance(info, CallInfo):
        r.reads_all = r.writes_all = True       # after ABI lowering
        return
    if info.pure < 2:
        r.reads_all = True
    if info.pure < 1:
        r.writes_all = True
    for n, v in enumerate(i.ext):
        if is_record_argument(i, n):
            if n == 0 and info.result_address:
                r.writes.append((v, 0, -1))
            else:
                r.reads.append((v, 0, -1))


def _asm_access(function: Function, i: Instr, r: Access) -> None:
    info = i.aux
    assert isinstance(info, AsmInfo)
    if info.clobbers_memory or i.op == ASM_GOTO:
        r.reads_all = r.writes_all = True
    for o in info.operands:
        if o.is_memory and o.value_index >= 0:
            size = o.size or -1
            place = (*canonical(function, i.ext[o.value_index], 0), size)
            r.reads.append(place)
            if o.is_output:
                r.writes.append(place)
