"""Directives that emit data: integers, floats, strings, alignment, fills."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.mc.model.expr import CONST, Expr

from .expression import Parser
from .floats import encode_float
from .statement import split_arguments, string_end, unescape

if TYPE_CHECKING:
    from .assemble import Assembler

SIZES: Final[dict[str, int]] = {
    "byte": 1, "dc.b": 1, "2byte": 2, "half": 2, "short": 2, "hword": 2, "dc.w": 2, "value": 2, "dc": 2, "word": 4, "4byte": 4, "long": 4, "int": 4,
    "dc.l": 4, "8byte": 8, "quad": 8, "dword": 8, "xword": 8, "octa": 16,
}
FLOATS: Final[dict[str, str]] = {
    "float": "binary32", "single": "binary32", "double": "binary64", "float16": "binary16", "bfloat16": "bfloat16", "tfloat": "x87",
    "ldouble": "binary128", "float128": "binary128", "dc.s": "binary32", "dc.d": "binary64", "dc.x": "x87",
}


def integers(a: Assembler, size: int, text: str, loc: Loc) -> None:
    """`.word x, y ...`."""
    if not text:
        return
    streamer = a.streamer
    if text.isdecimal() and size <= 8 and text[0] != "0":
        streamer.value(Expr(CONST, int(text)), size, loc)
        return
    for word in split_arguments(text):
        if not word:
            if size > 0:
                raise ToolError("missing value", loc)
            continue
        if size == 16:
            octa(a, word, loc)
            continue
        if "@" in word or ".L" in word:
            a.syntax.mention(a, word)
        e = a.expression(word, loc)
        streamer.value(e, size, loc)


def octa(a: Assembler, word: str, loc: Loc) -> None:
    """A 128-bit number."""
    try:
        value = int(word, 0)
    except ValueError:
        value = a.absolute(word, loc)
    a.streamer.data((value & ((1 << 128) - 1)).to_bytes(16, "little"))


def strings(a: Assembler, text: str, loc: Loc, end: bytes, width: int = 1) -> None:
    """`.ascii`, `.asciz`: strings side by side or separated by commas."""
    place = 0
    text = text.strip()
    out = bytearray()
    if not text:
        return
    while True:
        if place >= len(text) or text[place] != '"':
            raise ToolError("a string is expected", loc)
        last = string_end(text, place)
        if text[last - 1] != '"' or last - place < 2:
            raise ToolError("unterminated string", loc)
        data = unescape(text[place + 1:last - 1])
        if width > 1:
            data = b"".join(bytes((b,)) + bytes(width - 1) for b in data)
        out += data
        place = last
        while place < len(text) and text[place] in " \t":
            place += 1
        if place < len(text) and text[place] == '"':
            continue
        out += end * width if end else b""
        if place >= len(text):
            break
        if text[place] != ",":
            raise ToolError(f"junk at end of line: `{text[place:place + 20]}'", loc)
        place += 1
        while place < len(text) and text[place] in " \t":
            place += 1
    a.streamer.data(bytes(out))


def d_ascii(a: Assembler, text: str, loc: Loc) -> None:
    """`.ascii`."""
    strings(a, text, loc, b"")


def d_asciz(a: Assembler, text: str, loc: Loc) -> None:
    """`.asciz`, `.string`."""
    strings(a, text, loc, b"\0")


def d_string16(a: Assembler, text: str, loc: Loc) -> None:
    """`.string16`."""
    strings(a, text, loc, b"\0", 2)


def d_string32(a: Assembler, text: str, loc: Loc) -> None:
    """`.string32`."""
    strings(a, text, loc, b"\0", 4)


def floats(a: Assembler, text: str, loc: Loc, form: str) -> None:
    """`.float`, `.double` and the like."""
    for word in split_arguments(text):
        a.streamer.data(encode_float(word, form, loc))


def uleb(a: Assembler, text: str, loc: Loc) -> None:
    """`.uleb128`."""
    for word in split_arguments(text):
        a.streamer.leb128(a.expression(word, loc), False, loc)


def sleb(a: Assembler, text: str, loc: Loc) -> None:
    """`.sleb128`."""
    for word in split_arguments(text):
        a.streamer.leb128(a.expression(word, loc), True, loc)


def align(a: Assembler, text: str, loc: Loc, power: bool, width: int) -> None:
    """`.align n, fill, max`: `power` says that n is an exponent."""
    words = split_arguments(text)
    n = a.absolute(words[0], loc, "alignment") if words[0] else 0
    if power:
        if n < 0 or n > 31:
            raise ToolError(f"alignment 2**{n} is out of range", loc)
        n = 1 << n
    elif n < 0 or n & (n - 1) or n > 1 << 31:
        raise ToolError("alignment is not a power of 2", loc)
    fill = a.absolute(words[1], loc) if len(words) > 1 and words[1] else None
    limit = a.absolute(words[2], loc) if len(words) > 2 and words[2] else 0
    if limit < 0:
        raise ToolError("the most bytes to skip cannot be negative", loc)
    a.streamer.align(max(1, n), fill, limit, width, loc)


def d_p2align(a: Assembler, text: str, loc: Loc) -> None:
    """`.p2align`; `.align` where it means the same."""
    align(a, text, loc, True, 1)


def d_p2alignw(a: Assembler, text: str, loc: Loc) -> None:
    """`.p2alignw`."""
    align(a, text, loc, True, 2)


def d_p2alignl(a: Assembler, text: str, loc: Loc) -> None:
    """`.p2alignl`."""
    align(a, text, loc, True, 4)


def d_balign(a: Assembler, text: str, loc: Loc) -> None:
    """`.balign`."""
    align(a, text, loc, False, 1)


def d_balignw(a: Assembler, text: str, loc: Loc) -> None:
    """`.balignw`."""
    align(a, text, loc, False, 2)


def d_balignl(a: Assembler, text: str, loc: Loc) -> None:
    """`.balignl`."""
    align(a, text, loc, False, 4)


def d_align(a: Assembler, text: str, loc: Loc) -> None:
    """`.align`: bytes or a power, as the target has it."""
    align(a, text, loc, not a.syntax.word_size("align"), 1)


def d_org(a: Assembler, text: str, loc: Loc) -> None:
    """`.org place, fill`."""
    words = split_arguments(text)
    fill = a.absolute(words[1], loc) if len(words) > 1 and words[1] else 0
    a.streamer.org(a.expression(words[0], loc), fill, loc)


def d_space(a: Assembler, text: str, loc: Loc) -> None:
    """`.skip`, `.space`, `.zero`: bytes."""
    words = split_arguments(text)
    value = a.expression(words[1], loc) if len(words) > 1 and words[1] else Expr(CONST, 0)
    a.streamer.fill(a.expression(words[0], loc), 1, value, loc)


def d_fill(a: Assembler, text: str, loc: Loc) -> None:
    """`.fill repeat, size, value`: only four bytes of a value count."""
    words = split_arguments(text)
    size = a.absolute(words[1], loc) if len(words) > 1 and words[1] else 1
    if size < 0:
        raise ToolError(".fill size is negative", loc)
    size = min(size, 8)
    value = a.absolute(words[2], loc) if len(words) > 2 and words[2] else 0
    if size:
        a.streamer.fill(a.expression(words[0], loc), size, Expr(CONST, value & 0xFFFFFFFF if size > 4 else value), loc)


def dcb(a: Assembler, text: str, loc: Loc, size: int, form: str = "") -> None:
    """`.dcb count, value` and its sized forms; `form` is that of a floating point value."""
    words = split_arguments(text)
    count = a.absolute(words[0], loc, "count")
    if count < 0:
        a.diagnostics.warning(loc, "negative count for .dcb, ignored")
        return
    if form:
        data = encode_float(words[1] if len(words) > 1 else "0", form, loc)
        a.streamer.data(data * count)
        return
    value = a.expression(words[1], loc) if len(words) > 1 and words[1] else Expr(CONST, 0)
    a.streamer.fill(Expr(CONST, count), size, value, loc)


def ds(a: Assembler, text: str, loc: Loc, size: int) -> None:
    """`.ds count, fill` and its sized forms."""
    words = split_arguments(text)
    count = a.absolute(words[0], loc, "count")
    fill = a.absolute(words[1], loc) if len(words) > 1 and words[1] else 0
    unit = size if size <= 8 else 1
    a.streamer.fill(Expr(CONST, count * size // unit), unit, Expr(CONST, fill), loc)


def d_string64(a: Assembler, text: str, loc: Loc) -> None:
    """`.string64`."""
    strings(a, text, loc, b"\0", 8)


def d_nops(a: Assembler, text: str, loc: Loc) -> None:
    """`.nops size, most`: instructions that do nothing, none longer than `most`."""
    words = split_arguments(text)
    size = a.absolute(words[0], loc, "size")
    most = a.absolute(words[1], loc) if len(words) > 1 and words[1] else 0
    if size < 0 or most < 0:
        raise ToolError("negative nop size", loc)
    nops = a.streamer.isa.nops
    whole = size // most if most else 0
    a.streamer.code_bytes((nops(most) * whole if most else b"") + nops(size - whole * most))


def d_incbin(a: Assembler, text: str, loc: Loc) -> None:
    """`.incbin "file", skip, count`."""
    words = split_arguments(text)
    name = _file_name(words[0], loc)
    skip = a.absolute(words[1], loc) if len(words) > 1 and words[1] else 0
    data = find_file(a, name, loc)
    if skip < 0 or skip > len(data):
        raise ToolError(f"skip ({skip}) is beyond the end of file `{name}'", loc)
    count = a.absolute(words[2], loc) if len(words) > 2 and words[2] else len(data) - skip
    if count < 0 or skip + count > len(data):
        raise ToolError(f"skip ({skip}) or count ({count}) invalid for file size ({len(data)})", loc)
    a.streamer.data(data[skip:skip + count])


def _file_name(text: str, loc: Loc) -> str:
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise ToolError("a file name in quotes is expected", loc)
    return unescape(text[1:-1]).decode("utf-8", "surrogateescape")


def find_file(a: Assembler, name: str, loc: Loc) -> bytes:
    """The bytes of an included file, looked for here and along -I."""
    if a.context is None:
        raise ToolError(f"can't open {name} for reading: no files here", loc)
    error = ""
    for path in [name] if name.startswith("/") else [name, *[f"{d}/{name}" for d in a.include_paths]]:
        try:
            data = a.context.read(path)
        except OSError as e:
            error = error or (e.strerror or "error")
            continue
        a.dependencies.append(path)
        return data
    raise ToolError(f"can't open {name} for reading: {error}", loc)


def d_include(a: Assembler, text: str, loc: Loc) -> None:
    """`.include "file"`."""
    name = _file_name(text.strip(), loc)
    data = find_file(a, name, loc)
    if a.nesting > 90:
        raise ToolError(f".include nested too deeply: {name}", loc)
    a.feed_file(name, data.decode("utf-8", "surrogateescape"), loc)


def d_reloc(a: Assembler, text: str, loc: Loc) -> None:
    """`.reloc place, kind, value`."""
    words = split_arguments(text)
    if len(words) < 2:
        raise ToolError(".reloc needs a place and a relocation name", loc)
    value = a.expression(words[2], loc) if len(words) > 2 and words[2] else None
    p = Parser(words[0], 0, a, loc)
    a.streamer.relocation(p.expression(), words[1], value, loc)
