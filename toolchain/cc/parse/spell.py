"""Types as gcc prints them in messages."""
from __future__ import annotations

from toolchain.cc.types import (
    ATOMIC,
    CONST,
    POINTER,
    RESTRICT,
    SEG_FS,
    SEG_GS,
    STRUCT,
    VOLATILE,
    ArrayType,
    ComplexType,
    EnumType,
    FunctionType,
    InterchangeType,
    PointerType,
    RecordType,
    Type,
    VectorType,
    basic_name,
)


def quals_text(quals: int) -> str:
    """Qualifiers, each followed by a blank."""
    text = ""
    if quals & CONST:
        text += "const "
    if quals & VOLATILE:
        text += "volatile "
    if quals & RESTRICT:
        text += "restrict "
    if quals & ATOMIC:
        text += "_Atomic "
    if quals & SEG_GS:
        text += "__seg_gs "
    if quals & SEG_FS:
        text += "__seg_fs "
    return text


def _simple(t: Type, expand: bool) -> str:
    """A type that is no pointer, array or function."""
    q = quals_text(t.quals)
    if t.typedef_name and not expand:
        return q + t.typedef_name
    u = t.unq
    if isinstance(u, RecordType):
        if not u.tag and u.typedef_name:
            return q + u.typedef_name
        return q + ("struct " if u.kind == STRUCT else "union ") + (u.tag or "<anonymous>")
    if isinstance(u, EnumType):
        if not u.tag and u.typedef_name:
            return q + u.typedef_name
        return q + "enum " + (u.tag or "<anonymous>")
    if isinstance(u, ComplexType):
        return q + "_Complex " + _simple(u.base, True)
    if isinstance(u, VectorType):
        return q + f"__vector({u.count}) " + _simple(u.base, True)
    return q + (u.name if isinstance(u, InterchangeType) else basic_name(u.kind))


def declare(t: Type, name: str, expand: bool = False) -> str:
    """`t` as the declaration of `name` (or abstract, if that is empty); typedefs seen through if `expand`."""
    inner = name
    while True:
        u = t.unq
        if t.typedef_name and not expand:
            break
        if isinstance(u, PointerType):
            q = quals_text(t.quals).rstrip()
            base = u.base
            inner = "*" + (" " + q + (" " if inner else "") if q else "") + inner
            if base.unq.kind != POINTER and isinstance(base.unq, (ArrayType, FunctionType)) and (expand or not base.typedef_name):
                inner = "(" + inner + ")"
            t = base
        elif isinstance(u, ArrayType):
            count = "" if u.count < 0 else str(u.count)
            inner += "[*]" if u.vla and not count else f"[{count}]"
            t = u.base
        elif isinstance(u, FunctionType):
            inner += "(" + _parameters(u, expand) + ")"
            t = u.base
        else:
            break
    text = _simple(t, expand)
    if not inner:
        return text
    if inner[0] == "[" :
        return text + inner
    return text + " " + inner if inner[0] != "(" or name or inner.startswith("(*") else text + inner


def _parameters(f: FunctionType, expand: bool) -> str:
    if not f.prototype:
        return ""
    parts = [declare(p, "", expand) for p in f.params]
    if f.variadic:
        parts.append("...")
    # gcc leaves a blank behind a type specifier, not behind `*`, `)` or `]`.
    text = ""
    for i, part in enumerate(parts):
        text += part
        if i + 1 < len(parts):
            text += ", " if part[-1] in "*)]" else ",  "
    return text or "void"


def type_text(t: Type) -> str:
    """`t` in quotes as in messages: 'u32' {aka 'unsigned int'}."""
    plain = declare(t, "")
    full = declare(t, "", True)
    if plain != full:
        return f"'{plain}' {{aka '{full}'}}"
    return f"'{plain}'"
