"""Symbol resolution: what happens when one more definition or reference of a name comes in (gABI, ch. 4)."""
from __future__ import annotations

from toolchain.diagnostics import ToolError
from toolchain.elf.constants import (
    SHT_NOBITS,
    STB_GNU_UNIQUE,
    STB_LOCAL,
    STB_WEAK,
    STT_COMMON,
    STT_FILE,
    STT_FUNC,
    STT_GNU_IFUNC,
    STT_NOTYPE,
    STT_OBJECT,
    STT_TLS,
    STV_DEFAULT,
    STV_PROTECTED,
)
from toolchain.elf.image import SHN_ABS, SHN_COMMON, SHN_UNDEF, Symbol
from toolchain.ld.lines import source_line
from toolchain.ld.model import (
    ABSOLUTE_SECTION,
    COMMON,
    DEFINED,
    SHARED,
    UNDEFINED,
    UNDEFINED_SECTION,
    InputFile,
    InputSection,
    LinkSymbol,
)
from toolchain.ld.state import Link


def merge_visibility(a: int, b: int) -> int:
    """The more constraining of two visibilities (0 is default)."""
    if not a or not b:
        return a or b
    return min(a, b)


def add_symbols(link: Link, file: InputFile) -> None:
    """Enter all symbols of an object into the link; fills `file.symbols`."""
    table = link.symbols
    sections = file.sections
    out = file.symbols
    wrapped = link.wrapped
    for s in file.image.symbols:
        if s.binding == STB_LOCAL:
            index = s.section
            local = LinkSymbol(s.name, file)
            local.is_local = True
            local.value = s.value
            local.size = s.size
            local.kind = s.kind
            local.other = s.other
            local.state = DEFINED
            if 0 < index < 0xFF00 or index > 0xFFFF:
                section = sections[index]
                local.section = section if section is not None else UNDEFINED_SECTION
            elif index == SHN_ABS:
                local.section = ABSOLUTE_SECTION
            elif index == SHN_UNDEF:
                local.state = UNDEFINED
            out.append(local)
            continue
        name = s.name
        if wrapped and s.section == SHN_UNDEF:
            if name in wrapped:
                name = "__wrap_" + name
            elif name.startswith("__real_") and name[7:] in wrapped:
                name = name[7:]
        out.append(add_global(link, table, file, s, name))


def split_version(name: str) -> tuple[str, str, bool]:
    """`foo@V` and `foo@@V`: name, version, whether it is the default version."""
    at = name.find("@")
    if at <= 0:
        return name, "", True
    default = name.startswith("@@", at)
    return name[:at], name[at + (2 if default else 1):].lstrip("@"), default


def add_global(link: Link, table: dict[str, LinkSymbol], file: InputFile, s: Symbol, name: str) -> LinkSymbol:
    """One global or weak symbol of an object."""
    index = s.section
    version = ""
    default = True
    if "@" in name:
        base, version, default = split_version(name)
        if default and index != SHN_UNDEF:
            name = base
    g = table.get(name)
    if g is None:
        g = LinkSymbol(name, file)
        g.binding = s.binding
        table[name] = g
        if index == SHN_UNDEF:
            g.weak = s.binding == STB_WEAK
            g.kind = s.kind
            if not g.weak:
                link.undefined[name] = None
    if version:
        g.version = version
        g.is_default = default
    g.in_regular = True
    visibility = s.other & 3
    if visibility:
        g.visibility = merge_visibility(g.visibility, visibility)
    if index == SHN_UNDEF:
        reference(link, g, file, s)
        return g
    section: InputSection | None = None
    if index == SHN_COMMON:
        add_common(link, g, file, s)
        return g
    if index == SHN_ABS:
        section = ABSOLUTE_SECTION
    elif index >= len(file.sections):
        raise ToolError(f"{file.name}: symbol `{s.name}' has unsupported section index {index:#x}")
    else:
        section = file.sections[index]
        if section is None or not section.alive:
            # defined in a discarded COMDAT section: the kept copy defines it
            reference(link, g, file, s)
            return g
    define(link, g, file, s, section)
    return g


def reference(link: Link, g: LinkSymbol, file: InputFile, s: Symbol) -> None:
    """An undefined reference from an object."""
    weak = s.binding == STB_WEAK
    if not weak:
        g.strong_reference = True
    if g.state == UNDEFINED:
        if g.weak and not weak:
            g.weak = False
            g.file = file
            link.undefined[g.name] = None
        elif not weak and not g.in_shared and g.name not in link.undefined and not g.weak:
            link.undefined[g.name] = None
        if s.kind == STT_TLS:
            g.kind = STT_TLS
        if g.file.is_shared:
            g.file = file
            g.weak = weak
            if not weak:
                link.undefined[g.name] = None
    elif g.state == SHARED:
        if g.weak and not weak and not g.provided:
            g.weak = False


def add_common(link: Link, g: LinkSymbol, file: InputFile, s: Symbol) -> None:
    """A common symbol: size and alignment are the largest seen; a definition wins over it."""
    if g.state == DEFINED and not g.weak:
        if link.options.warn_common:
            link.warning(f"{file.name}: common of `{g.name}' overridden by definition from {g.file.name}")
        return
    if g.state == COMMON:
        if link.options.warn_common:
            if s.size == g.size:
                link.warning(f"{file.name}: multiple common of `{g.name}'; previous common is in {g.file.name}")
            else:
                link.warning(f"{file.name}: common of `{g.name}' {'overriding smaller' if s.size > g.size else 'overridden by larger'} common from {g.file.name}")
        g.common_align = max(g.common_align, s.value)
        if s.size > g.size:
            g.size = s.size
            g.file = file
        return
    g.state = COMMON
    g.weak = False
    g.file = file
    g.section = UNDEFINED_SECTION
    g.size = max(s.size, g.size if g.state == SHARED else 0)
    g.common_align = max(s.value, 1)
    g.kind = STT_OBJECT if s.kind == STT_COMMON or s.kind == STT_NOTYPE else s.kind
    g.binding = 1
    g.version = ""
    link.undefined.pop(g.name, None)


def define(link: Link, g: LinkSymbol, file: InputFile, s: Symbol, section: InputSection) -> None:
    """A definition by an object."""
    weak = s.binding == STB_WEAK
    if g.state == DEFINED:
        if weak or s.binding == STB_GNU_UNIQUE:
            return
        if not g.weak:
            if g.section is ABSOLUTE_SECTION and section is ABSOLUTE_SECTION and g.value == s.value:
                return
            if not link.options.allow_multiple_definition:
                multiple_definition(link, g, file, s, section)
            return
    elif g.state == COMMON and weak:
        return
    if g.state == COMMON and link.options.warn_common:
        link.warning(f"{file.name}: definition of `{g.name}' overriding common from {g.file.name}")
    link.undefined.pop(g.name, None)
    g.state = DEFINED
    g.weak = weak
    g.binding = s.binding
    g.file = file
    g.section = section
    g.value = s.value
    g.size = s.size
    g.kind = s.kind
    g.other = s.other


def function_at(file: InputFile, section: InputSection, offset: int) -> tuple[str, str]:
    """The function around an offset, and the source file's name from the last STT_FILE symbol."""
    best = ""
    best_value = -1
    source = ""
    for s in file.symbols:
        if s.kind == STT_FILE:
            source = source or s.name
        elif s.kind in (STT_FUNC, STT_GNU_IFUNC) and s.section is section and s.value <= offset and s.value > best_value:
            best = s.name
            best_value = s.value
    return best, source


def place_text(link: Link, file: InputFile, section: InputSection, offset: int, context: list[str]) -> str:
    """`file.c:(.text+0x10)`, preceded by an "in function" line when that changes (`context` holds the last)."""
    function, source = function_at(file, section, offset)
    where = f"{source or file.name}:({section.name}+{offset:#x})"
    line_place = source_line(link, file, section, offset)
    if line_place:
        where = line_place
    if function:
        line = f"ld: {file.name}: in function `{function}':"
        if context != [line]:
            context[:] = [line]
            return f"{line}\n{where}"
        return where if source or line_place else f"ld: {where}"
    return f"ld: {file.name}:({section.name}+{offset:#x})"


def multiple_definition(link: Link, g: LinkSymbol, file: InputFile, s: Symbol, section: InputSection) -> None:
    """Report a second strong definition as GNU ld does."""
    if section is ABSOLUTE_SECTION:
        where = f"ld: {file.name}:(*ABS*+{s.value:#x})"
    elif s.kind == STT_FUNC and section.kind != SHT_NOBITS:
        source = next((x.name for x in file.image.symbols if x.kind == STT_FILE), file.name)
        where = f"ld: {file.name}: in function `{g.name}':\n{source}:({section.name}+{s.value:#x})"
    else:
        where = f"ld: {file.name}:({section.name}+{s.value:#x})"
    old_source = next((x.name for x in g.file.image.symbols if x.kind == STT_FILE), "")
    old = f"{g.file.name}:{old_source + ':' if old_source and g.kind == STT_FUNC else ''}({g.section.name}+{g.value:#x})"
    link.raw_error(f"{where}: multiple definition of `{g.name}'; {old}: first defined here")


def define_shared(link: Link, file: InputFile, s: Symbol, name: str, version: str, default: bool) -> LinkSymbol:
    """A definition by a shared object: holds only where no object defines the name."""
    key = name if default or not version else f"{name}@{version}"
    g = link.symbols.get(key)
    if g is None:
        g = LinkSymbol(key, file)
        g.binding = s.binding
        link.symbols[key] = g
        g.weak = True
        g.provided = False
    elif g.state != UNDEFINED:
        if g.state in (DEFINED, COMMON):
            g.in_shared = True
        return g
    elif g.visibility not in (STV_DEFAULT, STV_PROTECTED) and g.in_regular:
        return g   # a hidden reference cannot be satisfied from outside
    g.state = SHARED
    g.file = file
    g.section = UNDEFINED_SECTION
    g.value = s.value
    g.size = s.size
    g.kind = s.kind
    g.binding = s.binding
    g.common_align = 0
    if version:
        g.version = version
        g.is_default = default
    link.undefined.pop(key, None)
    return g
