"""Directives that steer the reading: conditionals, macros, repeat blocks, messages."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.diagnostics import Loc, ToolError

from .macro import NAME, Macro, parse_parameters, substitute, take_argument
from .statement import LINE_MARKER, scrub, split_arguments, unescape

if TYPE_CHECKING:
    from .assemble import Assembler

MACRO_STARTS: Final = (".macro",)
MACRO_ENDS: Final = (".endm", ".endmacro")
REPEAT_STARTS: Final = (".rept", ".rep", ".irp", ".irpc", ".irep", ".irepc")
REPEAT_ENDS: Final = (".endr",)
MAX_REPEAT: Final = 1 << 24


def _open(a: Assembler, value: bool, loc: Loc) -> None:
    from .assemble import Condition
    dead = a.skipping
    a.conditions.append(Condition(value and not dead, value and not dead, dead, loc, a.nesting))
    a.update_skipping()


def _compare(a: Assembler, text: str, loc: Loc) -> int:
    if a.skipping:
        return 0
    return a.absolute(text, loc, "condition")


def d_if(a: Assembler, text: str, loc: Loc) -> None:
    """`.if`, `.ifne`."""
    value = False
    try:
        value = _compare(a, text, loc) != 0
    finally:
        _open(a, value, loc)


def d_ifeq(a: Assembler, text: str, loc: Loc) -> None:
    """`.ifeq`."""
    _open(a, _compare(a, text, loc) == 0, loc)


def d_ifge(a: Assembler, text: str, loc: Loc) -> None:
    """`.ifge`."""
    _open(a, _compare(a, text, loc) >= 0, loc)


def d_ifgt(a: Assembler, text: str, loc: Loc) -> None:
    """`.ifgt`."""
    _open(a, _compare(a, text, loc) > 0, loc)


def d_ifle(a: Assembler, text: str, loc: Loc) -> None:
    """`.ifle`."""
    _open(a, _compare(a, text, loc) <= 0, loc)


def d_iflt(a: Assembler, text: str, loc: Loc) -> None:
    """`.iflt`."""
    _open(a, _compare(a, text, loc) < 0, loc)


def _defined(a: Assembler, text: str, loc: Loc) -> bool:
    if a.skipping:
        return False
    name = text.strip().strip('"')
    if not name:
        raise ToolError("a symbol name is expected", loc)
    if NAME.fullmatch(name) is None:
        p = a.streamer.constant(a.expression(name, loc))
        return p is not None
    s = a.streamer.table.get(name)
    return s is not None and (s.section != -1 or s.value is not None or s.common_size >= 0)


def d_ifdef(a: Assembler, text: str, loc: Loc) -> None:
    """`.ifdef`."""
    _open(a, _defined(a, text, loc), loc)


def d_ifndef(a: Assembler, text: str, loc: Loc) -> None:
    """`.ifndef`, `.ifnotdef`."""
    _open(a, not _defined(a, text, loc), loc)


def d_ifb(a: Assembler, text: str, loc: Loc) -> None:
    """`.ifb`."""
    _open(a, not text.strip(), loc)


def d_ifnb(a: Assembler, text: str, loc: Loc) -> None:
    """`.ifnb`."""
    _open(a, bool(text.strip()), loc)


def _strings(text: str, words: str) -> tuple[str, str]:
    """The two operands of `.ifc`: quoted by ', or up to the comma."""
    text = text.strip()
    out: list[str] = []
    for _ in range(2):
        if text[:1] == "'":
            end = text.find("'", 1)
            end = len(text) if end < 0 else end
            out.append(text[1:end])
            text = text[end + 1:].lstrip()
        else:
            head, mark, tail = text.partition(",")
            out.append(scrub(head.strip(), words))
            text = mark + tail
        if text[:1] == ",":
            text = text[1:].lstrip()
    return out[0], out[1]


def d_ifc(a: Assembler, text: str, loc: Loc) -> None:
    """`.ifc`."""
    x, y = _strings(text, a.syntax.dialect.word_characters)
    _open(a, x == y, loc)


def d_ifnc(a: Assembler, text: str, loc: Loc) -> None:
    """`.ifnc`."""
    x, y = _strings(text, a.syntax.dialect.word_characters)
    _open(a, x != y, loc)


def d_ifeqs(a: Assembler, text: str, loc: Loc) -> None:
    """`.ifeqs "a", "b"`."""
    words = split_arguments(text)
    _open(a, len(words) == 2 and words[0] == words[1], loc)


def d_ifnes(a: Assembler, text: str, loc: Loc) -> None:
    """`.ifnes "a", "b"`."""
    words = split_arguments(text)
    _open(a, len(words) != 2 or words[0] != words[1], loc)


def d_else(a: Assembler, text: str, loc: Loc) -> None:
    """`.else`."""
    if not a.conditions:
        raise ToolError(".else without matching .if", loc)
    c = a.conditions[-1]
    if c.seen_else:
        raise ToolError("duplicate .else", loc)
    c.seen_else = True
    c.active = not c.taken and not c.dead
    c.taken = True
    a.update_skipping()


def d_elseif(a: Assembler, text: str, loc: Loc) -> None:
    """`.elseif`."""
    if not a.conditions:
        raise ToolError(".elseif without matching .if", loc)
    c = a.conditions[-1]
    if c.seen_else:
        raise ToolError(".elseif after .else", loc)
    c.active = False
    if not c.taken and not c.dead:
        c.active = c.taken = a.absolute(text, loc, "condition") != 0
    a.update_skipping()


def d_endif(a: Assembler, text: str, loc: Loc) -> None:
    """`.endif`."""
    if not a.conditions:
        raise ToolError(".endif without .if", loc)
    a.conditions.pop()
    a.update_skipping()


def d_macro(a: Assembler, text: str, loc: Loc) -> None:
    """`.macro name parameters` up to `.endm`."""
    body = a.body(MACRO_STARTS, MACRO_ENDS, loc)
    m = NAME.match(text)
    if m is None:
        raise ToolError("missing macro name", loc)
    name = m.group()
    rest = text[m.end():].strip()
    if rest[:1] == "(" and rest[-1:] == ")":
        rest = rest[1:-1]
    if rest[:1] == ",":
        rest = rest[1:]
    if name in a.macros:
        raise ToolError(f"macro `{name}' was already defined", loc)
    if name[0] == "." and name[1:] in a.directives:
        raise ToolError(f"attempt to redefine pseudo-op `{name}'", loc)
    a.define(Macro(name, parse_parameters(rest, loc), body, loc))


def d_endm(a: Assembler, text: str, loc: Loc) -> None:
    """`.endm` on its own."""
    raise ToolError(".endm without .macro", loc)


def d_endr(a: Assembler, text: str, loc: Loc) -> None:
    """`.endr` on its own."""
    raise ToolError(".endr without a repeat block", loc)


def d_exitm(a: Assembler, text: str, loc: Loc) -> None:
    """`.exitm`: leave the macro."""
    if a.nesting < 2:
        raise ToolError(".exitm outside of a macro", loc)
    a.source.stop = True


def d_purgem(a: Assembler, text: str, loc: Loc) -> None:
    """`.purgem name`."""
    for name in split_arguments(text):
        if a.macros.pop(name, None) is None:
            a.diagnostics.warning(loc, f"attempt to purge non-existing macro `{name}'")


def d_altmacro(a: Assembler, text: str, loc: Loc) -> None:
    """`.altmacro`."""
    a.alternate = True


def d_noaltmacro(a: Assembler, text: str, loc: Loc) -> None:
    """`.noaltmacro`."""
    a.alternate = False


def d_rept(a: Assembler, text: str, loc: Loc) -> None:
    """`.rept count` up to `.endr`."""
    body = a.body(REPEAT_STARTS, REPEAT_ENDS, loc)
    count = a.absolute(text, loc, "count")
    if count < 0:
        a.diagnostics.error(loc, "negative count for .rept - ignored")
        return
    if count * max(1, len(body)) > MAX_REPEAT:
        raise ToolError(f".rept count {count} is too large", loc)
    if count:
        a.expand(body * count, "in expansion of '.rept'", loc, loc)


def _repeat(a: Assembler, text: str, loc: Loc, characters: bool) -> None:
    body = a.body(REPEAT_STARTS, REPEAT_ENDS, loc)
    m = NAME.match(text)
    if m is None:
        raise ToolError("missing model parameter", loc)
    rest = text[m.end():].lstrip()
    if rest[:1] == ",":
        rest = rest[1:].lstrip()
    values: list[str] = []
    if characters:
        rest = rest.strip()
        if len(rest) > 1 and rest[0] == '"' and rest[-1] == '"':
            rest = rest[1:-1]
        values = [ch for ch in rest if ch not in " \t"]
    else:
        rest = scrub(rest.strip(), a.syntax.dialect.word_characters)
        place = 0
        while place < len(rest):
            value, place = take_argument(rest, place, a.alternate)
            values.append(value)
            while place < len(rest) and rest[place] == " ":
                place += 1
            if place < len(rest) and rest[place] == ",":
                place += 1
                while place < len(rest) and rest[place] == " ":
                    place += 1
                if place == len(rest):
                    values.append("")
    if not values:
        values = [""]
    parameter = m.group()
    lines: list[str] = []
    for value in values:
        one, a.local_count = substitute(body, {parameter: value}, a.macro_count, a.alternate, a.local_count)
        lines += one
    a.expand(lines, "in expansion of '.irp'", loc, loc)


def d_irp(a: Assembler, text: str, loc: Loc) -> None:
    """`.irp parameter, values` up to `.endr`."""
    _repeat(a, text, loc, False)


def d_irpc(a: Assembler, text: str, loc: Loc) -> None:
    """`.irpc parameter, characters` up to `.endr`."""
    _repeat(a, text, loc, True)


def _message(text: str, loc: Loc) -> str:
    text = text.strip()
    if not text:
        return ""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise ToolError("a string is expected", loc)
    return unescape(text[1:-1]).decode("utf-8", "replace")


def d_err(a: Assembler, text: str, loc: Loc) -> None:
    """`.err`."""
    raise ToolError(".err encountered", loc)


def d_error(a: Assembler, text: str, loc: Loc) -> None:
    """`.error "message"`."""
    raise ToolError(_message(text, loc) or ".error directive invoked in source file", loc)


def d_warning(a: Assembler, text: str, loc: Loc) -> None:
    """`.warning "message"`."""
    a.diagnostics.warning(loc, _message(text, loc) or ".warning directive invoked in source file")


def d_fail(a: Assembler, text: str, loc: Loc) -> None:
    """`.fail n`: an error below 500, a warning from there."""
    n = a.absolute(text, loc)
    if n >= 500:
        a.diagnostics.warning(loc, f".fail {n} encountered")
    else:
        raise ToolError(f".fail {n} encountered", loc)


def d_print(a: Assembler, text: str, loc: Loc) -> None:
    """`.print "message"`."""
    if a.context is not None:
        a.context.print(_message(text, loc))


def d_abort(a: Assembler, text: str, loc: Loc) -> None:
    """`.abort`."""
    a.diagnostics.fatal(loc, ".abort detected.  Abandoning ship.")


def d_end(a: Assembler, text: str, loc: Loc) -> None:
    """`.end`: the rest of the file is not read."""
    a.source.next = len(a.source.lines)
    a.source.stop = True


def d_linefile(a: Assembler, text: str, loc: Loc) -> None:
    """`.linefile line "file"`: what a line marker says."""
    m = LINE_MARKER.match("# " + text)
    if m is None:
        raise ToolError("bad .linefile directive", loc)
    a.marker(int(m.group(1)), m.group(2), a.source.base + a.source.offset)


def d_nop(a: Assembler, text: str, loc: Loc) -> None:
    """`.nop`: one instruction that does nothing."""
    a.syntax.instruction(a, "nop", "", loc)


def d_mri(a: Assembler, text: str, loc: Loc) -> None:
    """`.mri 0`: what holds anyway."""
    if a.absolute(text, loc):
        raise ToolError("the MRI language is not supported", loc)


def d_nothing(a: Assembler, text: str, loc: Loc) -> None:
    """Directives about listings and the like, which change no byte."""

