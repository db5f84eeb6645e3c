"""Directives about symbols and sections, debugging and call frames."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.mc.encodings import leb128
from toolchain.mc.model.expr import Expr, MCSymbol, SectionSpec, symbol_ref
from toolchain.mc.section import DEFAULTS, default_attributes

from .statement import split_arguments, unescape

if TYPE_CHECKING:
    from .assemble import Assembler

STB_LOCAL: Final = 0
STB_GLOBAL: Final = 1
STB_WEAK: Final = 2
STT_TYPES: Final[dict[str, int]] = {
    "notype": 0, "object": 1, "function": 2, "tls_object": 6, "common": 5, "gnu_indirect_function": 10, "gnu_unique_object": 1,
    "STT_NOTYPE": 0, "STT_OBJECT": 1, "STT_FUNC": 2, "STT_TLS": 6, "STT_COMMON": 5, "STT_GNU_IFUNC": 10,
}
SECTION_TYPES: Final[dict[str, int]] = {
    "progbits": 1, "nobits": 8, "note": 7, "init_array": 14, "fini_array": 15, "preinit_array": 16, "unwind": 0x70000001,
    "llvm_addrsig": 0x6FFF4C03,
}
FLAGS: Final[dict[str, int]] = {
    "a": 2, "w": 1, "x": 4, "M": 0x10, "S": 0x20, "o": 0x80, "G": 0x200, "T": 0x400, "e": 0x80000000, "R": 0x200000, "l": 0x10000000, "d": 0x1000000,
}
NAME: Final = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*')


def names(text: str, loc: Loc) -> list[str]:
    """Names separated by commas, quoted or not."""
    out: list[str] = []
    for word in split_arguments(text):
        if len(word) > 1 and word[0] == '"' and word[-1] == '"':
            word = word[1:-1]
        elif re.search(r"[\s(]", word):
            word = ""
        if not word:
            raise ToolError("expected symbol name", loc)
        out.append(word)
    return out


def _binding(a: Assembler, text: str, loc: Loc, binding: int) -> None:
    for name in names(text, loc):
        a.streamer.binding(a.streamer.symbol(name), binding)


def d_globl(a: Assembler, text: str, loc: Loc) -> None:
    """`.globl`, `.global`."""
    _binding(a, text, loc, STB_GLOBAL)


def d_weak(a: Assembler, text: str, loc: Loc) -> None:
    """`.weak`."""
    _binding(a, text, loc, STB_WEAK)


def d_local(a: Assembler, text: str, loc: Loc) -> None:
    """`.local`: for a common symbol, room in .bss."""
    for name in names(text, loc):
        s = a.streamer.symbol(name)
        s.local_common = True
        a.streamer.binding(s, STB_LOCAL)


def _visibility(a: Assembler, text: str, loc: Loc, visibility: int) -> None:
    for name in names(text, loc):
        a.streamer.visibility(a.streamer.symbol(name), visibility)


def d_internal(a: Assembler, text: str, loc: Loc) -> None:
    """`.internal`."""
    _visibility(a, text, loc, 1)


def d_hidden(a: Assembler, text: str, loc: Loc) -> None:
    """`.hidden`."""
    _visibility(a, text, loc, 2)


def d_protected(a: Assembler, text: str, loc: Loc) -> None:
    """`.protected`."""
    _visibility(a, text, loc, 3)


def d_type(a: Assembler, text: str, loc: Loc) -> None:
    """`.type name, @function`: also %, quotes and STT_ names."""
    m = NAME.match(text)
    if m is None:
        raise ToolError("expected symbol name", loc)
    name = m.group(1) if m.group(1) is not None else m.group(2)
    word = text[m.end():].strip().removeprefix(",").strip().strip('"').lstrip("@%#")
    kind = STT_TYPES.get(word, -1)
    if kind < 0:
        raise ToolError(f"unrecognized symbol type `{word}'", loc)
    s = a.streamer.symbol(name)
    if word == "gnu_unique_object":
        s.binding = 10
    a.streamer.kind(s, kind)


def d_size(a: Assembler, text: str, loc: Loc) -> None:
    """`.size name, expression`."""
    m = NAME.match(text)
    if m is None or text[m.end():m.end() + 1] != ",":
        raise ToolError("expected comma after name in .size directive", loc)
    name = m.group(1) if m.group(1) is not None else m.group(2)
    size = a.expression(text[m.end() + 1:], loc)
    if not size.loc:
        size.loc = loc      # it may turn out at the end only that this is no constant
    a.streamer.size(a.streamer.symbol(name), size)


def d_set(a: Assembler, text: str, loc: Loc) -> None:
    """`.set`, `.equ`."""
    _set(a, text, loc, False)


def d_equiv(a: Assembler, text: str, loc: Loc) -> None:
    """`.equiv`, `.eqv`: an error if the symbol has a value."""
    _set(a, text, loc, True)


def _set(a: Assembler, text: str, loc: Loc, once: bool) -> None:
    m = NAME.match(text)
    if m is None or text[m.end():m.end() + 1] != ",":
        raise ToolError("expected comma after symbol name", loc)
    a.set(m.group(1) if m.group(1) is not None else m.group(2), text[m.end() + 1:], loc, once)


def _common(a: Assembler, text: str, loc: Loc, local: bool) -> None:
    words = split_arguments(text)
    if len(words) < 2:
        raise ToolError("expected symbol name and size", loc)
    name = names(words[0], loc)[0]
    size = a.absolute(words[1], loc, "size")
    if size < 0:
        raise ToolError(f".comm length ({size}) out of range", loc)
    align = 0
    if len(words) > 2 and words[2]:
        align = a.absolute(words[2], loc, "alignment")
        if align < 0 or align & (align - 1):
            raise ToolError("common alignment is not a power of 2", loc)
    else:
        align = 1
        if local:                       # the greatest power of two that fits, at most 8
            while align < 8 and align * 2 <= size:
                align *= 2
        else:                           # the least that holds it, at most 16
            while align < 16 and align < size:
                align *= 2
    s = a.streamer.symbol(name)
    a.streamer.common(s, size, max(1, align), local or s.local_common, loc)


def d_comm(a: Assembler, text: str, loc: Loc) -> None:
    """`.comm name, size, alignment`."""
    _common(a, text, loc, False)


def d_lcomm(a: Assembler, text: str, loc: Loc) -> None:
    """`.lcomm`."""
    _common(a, text, loc, True)


def d_tls_common(a: Assembler, text: str, loc: Loc) -> None:
    """`.tls_common name, size, alignment`."""
    _common(a, text, loc, False)
    a.streamer.kind(a.streamer.symbol(names(split_arguments(text)[0], loc)[0]), STT_TYPES["tls_object"])


def d_struct(a: Assembler, text: str, loc: Loc) -> None:
    """`.struct expression`, `.offset expression`: labels that follow are numbers, counted from there."""
    a.streamer.absolute_section(a.absolute(text, loc) if text.strip() else 0)


def d_gnu_attribute(a: Assembler, text: str, loc: Loc) -> None:
    """`.gnu_attribute tag, value`: 32 takes a number and a string, other even tags numbers, odd ones strings."""
    words = split_arguments(text)
    if len(words) != (3 if words[0] == "32" else 2):
        raise ToolError("expected numeric constant" if len(words) < 2 else "junk at end of line", loc)
    tag = a.absolute(words[0], loc, "tag")
    value = b""
    if tag == 32 or not tag & 1:
        value = leb128(a.absolute(words[1], loc), False)
    if tag & 1 or tag == 32:
        value += _string(words[-1], loc).encode("utf-8", "surrogateescape") + b"\0"
    a.gnu_attributes[tag] = leb128(tag, False) + value


def d_attach_to_group(a: Assembler, text: str, loc: Loc) -> None:
    """`.attach_to_group name`: the current section becomes a member."""
    spec = a.streamer.place[0].spec
    if spec.group:
        a.diagnostics.warning(loc, f"section {spec.name} already has a group ({spec.group})")
        return
    spec.group = names(text, loc)[0]
    spec.comdat = False


def d_symver(a: Assembler, text: str, loc: Loc) -> None:
    """`.symver name, other@VERSION[, remove|local|hidden]`."""
    words = split_arguments(text)
    if len(words) < 2 or "@" not in words[1]:
        raise ToolError("missing version name in .symver", loc)
    s = a.streamer.symbol(words[0])
    s.versions.append(words[1])
    a.streamer.versioned(s, words[1], words[2] if len(words) > 2 else "")


def d_weakref(a: Assembler, text: str, loc: Loc) -> None:
    """`.weakref alias, target`."""
    words = names(text, loc)
    if len(words) != 2:
        raise ToolError(".weakref needs an alias and a target", loc)
    alias = a.streamer.symbol(words[0])
    target = a.streamer.symbol(words[1])
    if alias is target:
        raise ToolError(f".weakref: `{words[0]}' would refer to itself", loc)
    alias.forward = True
    alias.temporary = True
    alias.weak_reference = True
    a.streamer.assign(alias, symbol_ref(target), loc)


def d_ident(a: Assembler, text: str, loc: Loc) -> None:
    """`.ident "text"`."""
    a.streamer.ident(_string(text, loc))


def _string(text: str, loc: Loc) -> str:
    text = text.strip()
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise ToolError("a string is expected", loc)
    return unescape(text[1:-1]).decode("utf-8", "surrogateescape")


def d_version(a: Assembler, text: str, loc: Loc) -> None:
    """`.version "text"`: a note of type 1."""
    name = _string(text, loc).encode("utf-8", "surrogateescape") + b"\0"
    a.streamer.push_section()
    note = SectionSpec(".note", 7, 0)
    a.streamer.late_section(note)
    a.streamer.section(note)
    a.streamer.align(4, None, 0, 1, loc)
    a.streamer.data(len(name).to_bytes(4, "little") + bytes(4) + b"\1\0\0\0" + name + bytes(-len(name) % 4))
    a.streamer.pop_section()


# Sections

def _plain(a: Assembler, name: str, text: str, loc: Loc) -> None:
    kind, flags = default_attributes(name)
    number = a.absolute(text, loc, "subsection") if text.strip() else 0
    a.streamer.section(SectionSpec(name, kind, flags), number)


def d_text(a: Assembler, text: str, loc: Loc) -> None:
    """`.text n`."""
    _plain(a, ".text", text, loc)


def d_data(a: Assembler, text: str, loc: Loc) -> None:
    """`.data n`."""
    _plain(a, ".data", text, loc)


def d_bss(a: Assembler, text: str, loc: Loc) -> None:
    """`.bss n`."""
    _plain(a, ".bss", text, loc)


def d_rodata(a: Assembler, text: str, loc: Loc) -> None:
    """`.rodata`."""
    _plain(a, ".rodata", text, loc)


def d_subsection(a: Assembler, text: str, loc: Loc) -> None:
    """`.subsection n`."""
    a.streamer.subsection(a.absolute(text, loc, "subsection"))


def d_section(a: Assembler, text: str, loc: Loc) -> None:
    """`.section name, "flags", @type, entry size, group, comdat`."""
    spec, number = parse_section(a, text, loc)
    a.streamer.section(spec, number)


def d_pushsection(a: Assembler, text: str, loc: Loc) -> None:
    """`.pushsection name, subsection, "flags" ...`."""
    spec, number = parse_section(a, text, loc)
    a.streamer.push_section()
    a.streamer.section(spec, number)


def d_popsection(a: Assembler, text: str, loc: Loc) -> None:
    """`.popsection`."""
    if not a.streamer.pop_section():
        a.diagnostics.warning(loc, ".popsection without corresponding .pushsection; ignored")


def d_previous(a: Assembler, text: str, loc: Loc) -> None:
    """`.previous`."""
    if not a.streamer.previous_section():
        a.diagnostics.warning(loc, ".previous without corresponding .section; ignored")


def parse_section(a: Assembler, text: str, loc: Loc) -> tuple[SectionSpec, int]:
    """What `.section` says, merged with what is known of the section by its name."""
    m = NAME.match(text)
    if m is None:
        raise ToolError("missing section name", loc)
    name = unescape(m.group(1)).decode("utf-8", "surrogateescape") if m.group(1) is not None else m.group(2)
    rest = text[m.end():].strip()
    words = split_arguments(rest[1:]) if rest[:1] == "," else []
    if rest and rest[0] != ",":
        raise ToolError(f"junk after section name: `{rest[:20]}'", loc)
    number = 0
    if words and words[0] and words[0][0] not in "\"@%#":
        number = a.absolute(words[0], loc, "subsection")
        words = words[1:]
    kind, flags = default_attributes(name)
    spec = SectionSpec(name, kind, flags)
    if not words:
        known = a.streamer.section_of(name, "", -1)
        return (known or spec), number
    if words[0][:1] == '"':
        spec.flags = _flags(a, words[0][1:-1], spec, loc)
        if not words[0].strip('"') and name in DEFAULTS and name not in (".note", ".comment"):
            spec.flags = flags
        spec.flags |= flags & FLAGS["l"]    # what the name says of large data stays
        words = words[1:]
    if words and words[0][:1] in "@%#\"" and words[0]:
        spec.kind = _section_type(words[0].strip('"').lstrip("@%#"), loc)
        words = words[1:]
    elif words and not words[0]:
        words = words[1:]
    _section_tail(a, spec, words, loc)
    known = a.streamer.section_of(spec.name, spec.group, spec.unique)
    if known is not None and (known.flags & ~0x200) != (spec.flags & ~0x200) and spec.flags:
        a.diagnostics.warning(loc, f"ignoring changed section attributes for {name}")
    spec.flags &= ~0x200
    return (known or spec), number


def _flags(a: Assembler, letters: str, spec: SectionSpec, loc: Loc) -> int:
    flags = 0
    for ch in letters:
        if ch in FLAGS:
            flags |= FLAGS[ch]
        elif ch == "?":
            group = a.streamer.place[0].spec.group
            if group:
                spec.group = group
        elif ch.isdigit():
            return flags | int(letters[letters.index(ch):], 0)
        else:
            raise ToolError(f"unrecognized section attribute `{ch}': want a,e,o,w,x,M,S,G,T or number", loc)
    return flags


def _section_type(word: str, loc: Loc) -> int:
    kind = SECTION_TYPES.get(word)
    if kind is None:
        try:
            kind = int(word, 0)
        except ValueError:
            raise ToolError(f"unrecognized section type `{word}'", loc) from None
    return kind


def _section_tail(a: Assembler, spec: SectionSpec, words: list[str], loc: Loc) -> None:
    words = list(words)
    if spec.flags & 0x10:
        if not words or not words[0]:
            raise ToolError("entity size for SHF_MERGE not specified", loc)
        spec.entry_size = a.absolute(words.pop(0), loc, "entity size")
    if spec.flags & 0x80:
        if not words or not words[0]:
            raise ToolError("? section link (flag `o') needs a symbol", loc)
        spec.link_order = words.pop(0).strip('"')
    if spec.flags & 0x200:
        if not words or not words[0]:
            raise ToolError("group name for SHF_GROUP not specified", loc)
        spec.group = words.pop(0).strip('"')
        spec.comdat = False
        if words and words[0] in ("comdat", ".gnu.linkonce"):
            spec.comdat = True
            words.pop(0)
    if words and words[0] == "unique":
        spec.unique = a.absolute(words[1], loc) if len(words) > 1 else 0
        words = words[2:]
    if any(words):
        raise ToolError(f"junk at end of .section: `{', '.join(words)}'", loc)


# Debugging

def d_file(a: Assembler, text: str, loc: Loc) -> None:
    """`.file "name"`, `.file N "dir" "name" md5 N`."""
    m = re.match(r'(?:(\d+)\s+)?"((?:[^"\\]|\\.)*)"(?:\s+"((?:[^"\\]|\\.)*)")?(?:\s+md5\s+0x([0-9a-fA-F]+))?\s*$', text)
    if m is None:
        raise ToolError("bad .file directive", loc)
    first = unescape(m.group(2)).decode("utf-8", "surrogateescape")
    if m.group(1) is None:
        a.streamer.file_symbol(first)
        return
    if not a.debug_files:
        a.debug = False                 # the text describes its lines itself
    directory, name = "", first
    if m.group(3) is not None:
        directory, name = first, unescape(m.group(3)).decode("utf-8", "surrogateescape")
    md5 = int(m.group(4), 16).to_bytes(16, "big") if m.group(4) else None
    a.streamer.line_file(int(m.group(1)), directory, name, md5)


LOC_FLAGS: Final = frozenset(("basic_block", "prologue_end", "epilogue_begin"))


def d_loc(a: Assembler, text: str, loc: Loc) -> None:
    """`.loc file line column flags`."""
    words = text.split()
    try:
        numbers: list[int] = []
        while words and len(numbers) < 3 and words[0][0].isdigit():
            numbers.append(int(words.pop(0), 0))
        flags: list[tuple[str, int]] = []
        view_symbol: MCSymbol | None = None
        reset = False
        while words:
            word = words.pop(0)
            if word in LOC_FLAGS:
                flags.append((word, 1))
            elif word in ("is_stmt", "isa", "discriminator") and words:
                flags.append((word, int(words.pop(0), 0)))
            elif word == "view" and words:
                view = words.pop(0)
                if view == "-0":
                    reset = True
                elif not view.isdigit():
                    view_symbol = a.streamer.symbol(view)
            else:
                raise ToolError(f"unknown .loc sub-directive `{word}'", loc)
    except ValueError:
        raise ToolError("bad number in .loc", loc) from None
    if len(numbers) < 2:
        raise ToolError(".loc needs a file number and a line", loc)
    if a.debug and not a.debug_files:
        a.debug = False                 # the text describes its lines itself
    a.streamer.line(numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else 0, flags)
    if view_symbol is not None or reset:
        a.streamer.lines.view(view_symbol)
        a.streamer.flush_line()         # a row with a view number stands where its `.loc` does


def cfi(a: Assembler, name: str, text: str, loc: Loc) -> None:
    """`.cfi_NAME operands`."""
    arguments: list[int | str | Expr] = []
    words = split_arguments(text) if text else []
    for i, word in enumerate(words):
        if name in ("startproc", "sections"):
            arguments.append(word)
            continue
        if name in ("personality", "lsda") and i == 1:
            arguments.append(a.expression(word, loc))
            continue
        number = a.streamer.isa.dwarf_register(word.lstrip("%"))
        if number >= 0 and name not in ("def_cfa_offset", "adjust_cfa_offset", "escape"):
            arguments.append(number)
        else:
            arguments.append(a.absolute(word, loc))
    a.streamer.cfi(name, arguments, loc)


def d_stabs(a: Assembler, text: str, loc: Loc) -> None:
    """Stabs debugging is not supported."""
    raise ToolError("stabs debugging information is not supported", loc)


