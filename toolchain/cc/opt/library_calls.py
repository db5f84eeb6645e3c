"""Calls of library functions whose meaning is known (`CallInfo.builtin`).

    %2 = call ptr @memcpy(ptr %d, ptr %s, i64 8)     ->   memcpy #8 %d, %s             (%2 is %d)
    %2 = call i64 @strlen(ptr @.LC0)                 ->   5                            (constant data)
    %2 = call i32 @isdigit(i32 %c)                   ->   %3 = add i32 %c, -48 ; %2 = ult i32 %3, 10

Inlining makes sizes and strings constant, so this runs after it too.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Final

from toolchain.cc.ir.cfg import reachable, resolve_all, resolve_operands
from toolchain.cc.ir.fold import simplify
from toolchain.cc.ir.ir import (
    ADD,
    ALIGN_SHIFT,
    AND,
    CALL,
    CONST,
    GLOBAL,
    I8,
    I32,
    I128,
    LOAD,
    MEMCPY,
    MEMSET,
    NIL,
    PTR,
    SAR,
    SLOT,
    SUB,
    TRUNC,
    TYPE_BITS,
    ULT,
    VOID,
    XOR,
    ZEXT,
    CallInfo,
    DataObject,
    Function,
    GlobalSymbol,
    Instr,
    StackSlot,
)
from toolchain.cc.ir.known import signed, width

MAX_STRING: Final = 1 << 16


def run(function: Function) -> bool:
    """Replace what can be replaced."""
    r = _Calls(function)
    for b in reachable(function):
        found = False
        for i in b.instrs:
            if i.op == CALL and isinstance(i.aux, CallInfo) and i.aux.builtin in TABLE:
                found = True
                break
        if not found:
            continue
        r.out = []
        for i in b.instrs:
            resolve_operands(i)
            info = i.aux
            if i.op == CALL and isinstance(info, CallInfo) and info.builtin:
                handler = TABLE.get(info.builtin)
                v = handler(r, i) if handler is not None else NIL
                if v is not NIL:
                    i.fwd = v
                    r.changed = True
                    continue
            r.out.append(i)
        b.instrs = r.out
    if r.changed:
        resolve_all(function)
    return r.changed


def known_align(v: Instr) -> int:
    """Alignment of an address that follows from its object, at least 1."""
    s = v.aux
    align = 1
    if v.op == SLOT and isinstance(s, StackSlot) or v.op == GLOBAL and isinstance(s, GlobalSymbol):
        align = max(s.align, 1)
        if v.imm:
            align = min(align, v.imm & -v.imm)
    return align


class _Calls:
    def __init__(self, function: Function) -> None:
        self.f = function
        self.out: list[Instr] = []
        self.changed = False

    def emit(self, op: int, ty: int, a: Instr, b: Instr, like: Instr, imm: int = 0) -> Instr:
        i = self.f.instr(op, ty, a, b, imm, like.loc)
        v = simplify(self.f, i)
        if v is i:
            self.out.append(i)
        return v

    def string(self, v: Instr) -> bytes | None:
        """The NUL-terminated constant string at `v`, without the NUL."""
        data = self.data(v)
        if data is None:
            return None
        end = data.find(b"\0")
        return data[:end] if end >= 0 else None

    def data(self, v: Instr) -> bytes | None:
        """Constant bytes from `v` to the end of its object."""
        if v.op != GLOBAL or not isinstance(v.aux, GlobalSymbol) or v.aux.weak:
            return None
        d: DataObject | None = v.aux.readonly_data
        if d is None or d.relocations or d.differences or d.size > MAX_STRING or not 0 <= v.imm <= d.size:
            return None
        raw = bytes(d.data)
        return (raw + bytes(d.size - len(raw)))[v.imm:]

    # -------------------------------------------------------------- handlers

    def memcpy(self, i: Instr) -> Instr:
        target, source, size = i.ext
        if size.op != CONST or size.imm >= 1 << 31:
            return NIL
        n = self.f.instr(MEMCPY, VOID, target, source, size.imm, i.loc)
        n.flags = min(known_align(target), known_align(source)).bit_length() << ALIGN_SHIFT
        if size.imm:
            self.out.append(n)
        return target

    def memset(self, i: Instr) -> Instr:
        target, byte, size = i.ext
        if size.op != CONST or size.imm >= 1 << 31:
            return NIL
        value = self.emit(TRUNC, I8, byte, NIL, i) if byte.ty != I8 else byte
        n = self.f.instr(MEMSET, VOID, target, value, size.imm, i.loc)
        n.flags = known_align(target).bit_length() << ALIGN_SHIFT
        if size.imm:
            self.out.append(n)
        return target

    def memmove(self, i: Instr) -> Instr:
        """One load and one store do not overlap themselves."""
        target, source, size = i.ext
        if size.op != CONST:
            return NIL
        if size.imm == 0:
            return target
        if size.imm == 1:
            self.store_one(target, source, i)
            return target
        return NIL

    def store_one(self, target: Instr, source: Instr, i: Instr) -> None:
        n = self.f.instr(MEMCPY, VOID, target, source, 1, i.loc)
        n.flags = 1 << ALIGN_SHIFT
        self.out.append(n)

    def strlen(self, i: Instr) -> Instr:
        s = self.string(i.ext[0])
        return NIL if s is None else self.f.const(i.ty, len(s))

    def strnlen(self, i: Instr) -> Instr:
        s = self.string(i.ext[0])
        n = i.ext[1]
        if s is None or n.op != CONST:
            return NIL
        return self.f.const(i.ty, min(len(s), n.imm))

    def compare(self, i: Instr) -> Instr:
        """strcmp, strncmp."""
        f = self.f
        a, b = i.ext[0], i.ext[1]
        limit = MAX_STRING
        if len(i.ext) > 2:
            if i.ext[2].op != CONST:
                return NIL
            limit = i.ext[2].imm
        if limit == 0 or a is b:
            return f.const(i.ty, 0)
        s = self.string(a)
        t = self.string(b)
        if s is not None and t is not None:
            s = s[:limit]
            t = t[:limit]
            return f.const(i.ty, 0 if s == t else -1 if s < t else 1)
        if t == b"" or limit == 1:
            x = self.byte(a, i)
            return x if t == b"" else self.emit(SUB, I32, x, self.byte(b, i), i)
        return NIL

    def byte(self, address: Instr, i: Instr) -> Instr:
        x = self.f.instr(LOAD, I8, address, NIL, 0, i.loc)
        simplify(self.f, x)
        self.out.append(x)
        return self.emit(ZEXT, I32, x, NIL, i)

    def memcmp(self, i: Instr) -> Instr:
        f = self.f
        a, b, n = i.ext
        if n.op != CONST:
            return NIL
        if n.imm == 0 or a is b:
            return f.const(i.ty, 0)
        s = self.data(a)
        t = self.data(b)
        if s is not None and t is not None and n.imm <= min(len(s), len(t)):
            x = s[:n.imm]
            y = t[:n.imm]
            return f.const(i.ty, 0 if x == y else -1 if x < y else 1)
        if n.imm == 1:
            return self.emit(SUB, I32, self.byte(a, i), self.byte(b, i), i)
        return NIL

    def strchr(self, i: Instr) -> Instr:
        s = self.string(i.ext[0])
        c = i.ext[1]
        if s is None or c.op != CONST:
            return NIL
        k = (s + b"\0").find(bytes((c.imm & 255,)))
        if k < 0:
            return self.f.const(PTR, 0)
        return self.emit(ADD, PTR, i.ext[0], self.f.const(self.f.pointer_type, k), i)

    def isdigit(self, i: Instr) -> Instr:
        return self.emit(ULT, I32, self.emit(ADD, I32, i.ext[0], self.f.const(I32, -48), i), self.f.const(I32, 10), i)

    def isascii(self, i: Instr) -> Instr:
        return self.emit(ULT, I32, i.ext[0], self.f.const(I32, 128), i)

    def toascii(self, i: Instr) -> Instr:
        return self.emit(AND, I32, i.ext[0], self.f.const(I32, 127), i)

    def abs(self, i: Instr) -> Instr:
        """abs(x) = (x ^ s) - s, s the sign."""
        x = i.ext[0]
        if x.ty != i.ty or x.ty > I128:
            return NIL
        bits = TYPE_BITS[x.ty]
        if x.op == CONST:
            return self.f.const(x.ty, abs(signed(x.imm, width(self.f, x.ty))))
        s = self.emit(SAR, x.ty, x, self.f.const(I32, bits - 1), i)
        return self.emit(SUB, x.ty, self.emit(XOR, x.ty, x, s, i), s, i)


Handler = Callable[[_Calls, Instr], Instr]
TABLE: Final[dict[str, Handler]] = {
    "memcpy": _Calls.memcpy, "memset": _Calls.memset, "memmove": _Calls.memmove, "strlen": _Calls.strlen, "strnlen": _Calls.strnlen,
    "strcmp": _Calls.compare, "strncmp": _Calls.compare, "memcmp": _Calls.memcmp, "bcmp": _Calls.memcmp, "strchr": _Calls.strchr,
    "isdigit": _Calls.isdigit, "isascii": _Calls.isascii, "toascii": _Calls.toascii, "abs": _Calls.abs, "labs": _Calls.abs,
    "llabs": _Calls.abs,
}
