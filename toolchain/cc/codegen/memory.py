"""Block copies and fills in line, and accesses that are not aligned.

Before:  memcpy %d, %s, 13          After:  %1 = load i64 %s ; %2 = load i32 %s+8 ; %3 = load i8 %s+12
                                            store %d, %1 ; store %d+8, %2 ; store %d+12, %3
"""
from __future__ import annotations

from toolchain.cc.codegen.build import INT_OF_SIZE, IrBuilder, known_align
from toolchain.cc.codegen.target import BackTarget
from toolchain.cc.ir.ir import (
    CONST,
    F16,
    F128,
    I8,
    LOAD,
    MUL,
    OR,
    PTR,
    SHL,
    SHR,
    STORE,
    VOLATILE,
    Function,
    Instr,
    resolve,
)


def chunks(size: int, align: int, word: int, unaligned: bool) -> list[int]:
    """Access sizes that cover `size` bytes from an address that is a multiple of `align`."""
    step = word if unaligned else min(word, align)
    out: list[int] = []
    while size:
        while step > size:
            step >>= 1
        out.append(step)
        size -= step
    return out


def fits(target: BackTarget, size: int, align: int, limit: int) -> bool:
    """Whether `limit` accesses cover `size` bytes; sizes that words cannot cover are not split (they may be gigabytes)."""
    return size <= limit * target.word_bytes and len(chunks(size, align, target.word_bytes, not target.strict_align)) <= limit


def copy_fits_inline(target: BackTarget, size: int, align: int, small: bool) -> bool:
    """Whether a copy is done by loads and stores."""
    if size <= 0:
        return True
    limit = target.inline_copy_moves_small if small else target.inline_copy_moves
    return fits(target, size, align, limit)


def fill_fits_inline(target: BackTarget, value: Instr, size: int, align: int, small: bool) -> bool:
    """Whether a fill is done by stores."""
    if size <= 0:
        return True
    limit = target.inline_copy_moves_small if small else target.inline_copy_moves
    if value.op != CONST:
        limit >>= 1
    elif value.imm == 0:
        limit += 2
    return fits(target, size, align, limit)


def expand_copy(b: IrBuilder, target: BackTarget, destination: Instr, source: Instr, size: int, align: int, flags: int) -> None:
    """Copy by loads and stores, all loads of a group first (the areas may be identical)."""
    if size <= 0:
        return
    sizes = chunks(size, align, target.word_bytes, not target.strict_align)
    done = 0
    group: list[tuple[Instr, int, int]] = []
    for n in sizes:
        v = b.load(INT_OF_SIZE[n], source, done, 0 if n <= align else align, flags)
        group.append((v, done, n))
        done += n
        if len(group) == 4:
            flush(b, destination, group, align, flags)
    flush(b, destination, group, align, flags)


def flush(b: IrBuilder, destination: Instr, group: list[tuple[Instr, int, int]], align: int, flags: int) -> None:
    """Store what has been loaded."""
    for v, at, n in group:
        b.store(destination, v, at, 0 if n <= align else align, flags)
    group.clear()


def expand_fill(b: IrBuilder, target: BackTarget, destination: Instr, value: Instr, size: int, align: int, flags: int) -> None:
    """Fill by stores."""
    if size <= 0:
        return
    sizes = chunks(size, align, target.word_bytes, not target.strict_align)
    patterns: dict[int, Instr] = {}
    done = 0
    for n in sizes:
        ty = INT_OF_SIZE[n]
        p = patterns.get(n)
        if p is None:
            ones = int.from_bytes(b"\1" * n, "little")
            if value.op == CONST:
                p = b.const(ty, (value.imm & 255) * ones)
            elif ty == I8:
                p = value
            else:
                p = b.op(MUL, ty, b.zext(ty, value), b.const(ty, ones))
            patterns[n] = p
        b.store(destination, p, done, 0 if n <= align else align, flags)
        done += n


def is_misaligned(i: Instr, pointer_bytes: int) -> bool:
    """Whether a LOAD or STORE states an alignment below its natural one."""
    align = known_align(i)
    if not align:
        return False
    ty = i.ty if i.op == LOAD else i.b.ty
    return align < type_bytes(ty, pointer_bytes)


def type_bytes(ty: int, pointer_bytes: int) -> int:
    """Bytes that an access of IR type `ty` touches (as far as alignment is concerned)."""
    return (0, 1, 2, 4, 8, 16, pointer_bytes, 2, 2, 4, 8, 16, 16)[ty & 255] * max(1, ty >> 8)


def split_unaligned(func: Function, target: BackTarget) -> None:
    """Turn accesses that are less aligned than the target wants into smaller ones."""
    if not target.strict_align:
        return
    b = IrBuilder(func)
    pointer_bytes = target.pointer_bytes
    found = False
    for block in func.blocks:
        if not any((i.op == LOAD or i.op == STORE) and is_misaligned(i, pointer_bytes) for i in block.instrs):
            continue
        found = True
        b.out = []
        for i in block.instrs:
            if (i.op == LOAD or i.op == STORE) and is_misaligned(i, pointer_bytes):
                b.loc = i.loc
                i.a = resolve(i.a)
                i.b = resolve(i.b)
                if i.op == LOAD:
                    i.fwd = unaligned_load(b, target, i)
                else:
                    unaligned_store(b, target, i)
            else:
                b.out.append(i)
        block.instrs = b.out
    if found:
        for block in func.blocks:
            for i in block.instrs:
                i.a = resolve(i.a)
                i.b = resolve(i.b)
                if i.ext:
                    i.ext = [resolve(v) for v in i.ext]


def unaligned_load(b: IrBuilder, target: BackTarget, i: Instr) -> Instr:
    """The value of a load that is less aligned than natural, by parts."""
    ty = i.ty
    align = known_align(i)
    size = type_bytes(ty, target.pointer_bytes)
    whole = INT_OF_SIZE[size]
    flags = i.flags & VOLATILE
    if size > target.word_bytes:
        raise AssertionError("a wide access reached the alignment pass")
    value: Instr | None = None
    for at in range(0, size, align):
        part = b.zext(whole, b.load(INT_OF_SIZE[align], i.a, i.imm + at, 0, flags))
        if at:
            part = b.op(SHL, whole, part, b.const(whole, at * 8))
        value = part if value is None else b.op(OR, whole, value, part)
    assert value is not None
    return b.bitcast(ty, value)


def unaligned_store(b: IrBuilder, target: BackTarget, i: Instr) -> None:
    """A store that is less aligned than natural, by parts."""
    align = known_align(i)
    value = i.b
    size = type_bytes(value.ty, target.pointer_bytes)
    whole = INT_OF_SIZE[size]
    flags = i.flags & VOLATILE
    if value.op == CONST:
        value = b.const(whole, value.imm)
    elif value.ty == PTR or F16 <= value.ty <= F128:
        value = b.bitcast(whole, value)
    part_ty = INT_OF_SIZE[align]
    for at in range(0, size, align):
        part = b.trunc(part_ty, b.binary_imm(SHR, value, at * 8))
        b.store(i.a, part, i.imm + at, 0, flags)


