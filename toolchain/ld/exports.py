"""Which symbols other modules may see or replace: visibility, export lists, versions, `--exclude-libs`."""
from __future__ import annotations

from toolchain.diagnostics import ToolError
from toolchain.elf import constants as c
from toolchain.ld.model import (
    COMMON,
    DEFINED,
    SHARED,
    UNDEFINED,
    UNDEFINED_SECTION,
    LinkSymbol,
)
from toolchain.ld.place import glob
from toolchain.ld.state import Link
from toolchain.ld.versions import VersionNode, VersionParser, Versions


def decide_kind(link: Link) -> None:
    """Whether the output is dynamic; which shared objects it needs; which symbols are preemptible."""
    options = link.options
    if options.relocatable:
        for s in link.symbols.values():
            s.preemptible = False
        return
    note_needed(link)
    link.is_dynamic = bool(link.shared) or options.shared or options.pie
    link.has_ifunc = any(s.kind == c.STT_GNU_IFUNC and s.state == DEFINED for s in link.symbols.values()) or any(
        s.kind == c.STT_GNU_IFUNC for f in link.files for s in f.symbols if s.is_local)
    assign_versions(link)
    exclude_libraries(link)
    lists = dynamic_lists(link)
    for s in link.symbols.values():
        decide_symbol(link, s, lists)


def note_needed(link: Link) -> None:
    """Shared objects given as needed stay only if a regular object refers to them strongly."""
    for s in link.symbols.values():
        if s.state == SHARED and s.in_regular and (s.strong_reference or not s.weak):
            s.file.needed = True
    link.shared = [f for f in link.shared if f.needed]
    for s in link.symbols.values():
        if s.state == SHARED and not s.file.needed:
            s.state = UNDEFINED
            s.section = UNDEFINED_SECTION
            s.value = 0
            s.version = ""
            s.weak = True


def decide_symbol(link: Link, s: LinkSymbol, lists: list[str] | None) -> None:
    """Exported and preemptible or not."""
    options = link.options
    visible = s.visibility in (c.STV_DEFAULT, c.STV_PROTECTED) and not s.forced_local
    if s.state in (DEFINED, COMMON):
        wanted = options.shared or s.in_shared or options.export_dynamic or s.binding == c.STB_GNU_UNIQUE
        if not wanted and (options.export_symbols or lists):
            wanted = any(matches_name(p, s.name) for p in [*options.export_symbols, *(lists or [])])
        if s.file is link.own and s.provided and not s.in_shared:
            wanted = wanted and options.shared
        s.exported = link.is_dynamic and visible and wanted and (s.in_regular or s.from_script)
        s.preemptible = s.exported and options.shared and s.visibility == c.STV_DEFAULT and not symbolic(link, s)
        if s.preemptible and lists is not None and options.bsymbolic:
            s.preemptible = True
    elif s.state == SHARED:
        s.preemptible = True
    else:
        s.preemptible = link.is_dynamic and visible and s.in_regular and (
            options.shared or (s.weak and not options.nodynamic_undefined_weak and bool(link.shared)))


def symbolic(link: Link, s: LinkSymbol) -> bool:
    """-Bsymbolic binds definitions inside; a dynamic list names exceptions."""
    options = link.options
    if options.dynamic_lists and link.dynamic_list is not None:
        return not any(matches_name(p, s.name) for p in link.dynamic_list)
    return options.bsymbolic or (options.bsymbolic_functions and s.kind == c.STT_FUNC)


def matches_name(pattern: str, name: str) -> bool:
    """A symbol name pattern."""
    return pattern == name or (any(ch in pattern for ch in "*?[") and glob(pattern).fullmatch(name) is not None)


def dynamic_lists(link: Link) -> list[str] | None:
    """The patterns of all --dynamic-list files; None if there are none."""
    options = link.options
    if not options.dynamic_lists:
        return None
    out: list[str] = []
    for name in options.dynamic_lists:
        out += VersionParser(name, read_text(link, name), link.diagnostics.locations).dynamic_list()
    link.dynamic_list = out
    return out


def read_text(link: Link, name: str) -> str:
    """A text file named on the command line."""
    try:
        return link.context.read(name).decode("utf-8", "surrogateescape")
    except OSError as e:
        raise ToolError(f"cannot open {name}: {e.strerror}") from None


def assign_versions(link: Link) -> None:
    """Apply the version script: versions and local scope."""
    nodes: list[VersionNode] = []
    if link.options.version_script:
        nodes = VersionParser(link.options.version_script, read_text(link, link.options.version_script), link.diagnostics.locations).nodes()
    if link.script.version_text:
        nodes += VersionParser(link.script.name, link.script.version_text, link.diagnostics.locations).nodes()
    versions = Versions(nodes)
    link.versions = versions
    for s in link.symbols.values():
        if s.state not in (DEFINED, COMMON):
            continue
        if s.version:
            node = versions.by_name.get(s.version)
            if node is None:
                if link.options.shared:
                    link.error(f"{s.file.name}: version node not found for symbol {s.name}@{s.version}")
                s.version = ""
                continue
            s.version_index = node.index | (0 if s.is_default else c.VERSYM_HIDDEN)
            node.used = True
            continue
        if not nodes:
            continue
        node, local = versions.lookup(s.name)
        if local:
            s.forced_local = True
        elif node is not None and node.name:
            s.version_index = node.index
            node.used = True
    if not link.options.undefined_version:
        for node in nodes:
            for name in sorted(node.exact_globals):
                g = link.symbols.get(name)
                if g is None or g.state not in (DEFINED, COMMON):
                    link.error(f"version script assignment of `{node.name}' to symbol `{name}' failed: symbol not defined")


def exclude_libraries(link: Link) -> None:
    """--exclude-libs: symbols of those archives are not exported."""
    names = [n for item in link.options.exclude_libs for n in item.replace(":", ",").split(",") if n]
    if not names:
        return
    everything = "ALL" in names
    for s in link.symbols.values():
        archive = s.file.archive
        if archive and s.state == DEFINED and (everything or archive in names or archive.rpartition("/")[2] in names):
            s.forced_local = True
