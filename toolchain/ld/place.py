"""Which input section goes to which output section: the wildcards of the script, orphans, flags.

A script's input descriptions are matched in order; each takes what it matches of the sections that are
left.  Sections are looked up by name, so a description costs one test per distinct name that is left
and not one per section.
"""
from __future__ import annotations

import re
from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.elf.constants import (
    SHF_ALLOC,
    SHF_COMPRESSED,
    SHF_EXCLUDE,
    SHF_EXECINSTR,
    SHF_GROUP,
    SHF_LINK_ORDER,
    SHF_MERGE,
    SHF_STRINGS,
    SHF_TLS,
    SHF_WRITE,
    SHT_NOBITS,
    SHT_NOTE,
    SHT_NULL,
    SHT_PROGBITS,
    SHT_REL,
    SHT_RELA,
)
from toolchain.ld.model import InputSection, OutputSection
from toolchain.ld.state import Link
from toolchain.ld.syntax import (
    Assignment,
    DataStatement,
    FillStatement,
    InputSpec,
    InsertStatement,
    OutputDescription,
    Script,
    SectionPattern,
    Statement,
)

_WILD: Final = re.compile(r"[*?\[\\]")
_CACHE: Final[dict[str, re.Pattern[str]]] = {}


def glob(pattern: str) -> re.Pattern[str]:
    """A file-name pattern (`*`, `?`, `[a-z]`, `\\`) as a regular expression; `*` matches `/` too."""
    compiled = _CACHE.get(pattern)
    if compiled is not None:
        return compiled
    out: list[str] = []
    i = 0
    while i < len(pattern):
        c = pattern[i]
        i += 1
        if c == "*":
            out.append(".*")
        elif c == "?":
            out.append(".")
        elif c == "\\" and i < len(pattern):
            out.append(re.escape(pattern[i]))
            i += 1
        elif c == "[":
            end = pattern.find("]", i + 1)
            if end < 0:
                out.append("\\[")
            else:
                body = pattern[i:end].replace("\\", "\\\\")
                out.append("[" + ("^" + body[1:] if body[0] in "!^" else body) + "]")
                i = end + 1
        else:
            out.append(re.escape(c))
    try:
        compiled = re.compile("".join(out), re.S)
    except re.error:
        compiled = re.compile(re.escape(pattern))
    _CACHE[pattern] = compiled
    return compiled


def matches(pattern: str, text: str) -> bool:
    """Whether the whole of `text` matches the file-name pattern."""
    if pattern == "*":
        return True
    if _WILD.search(pattern) is None:
        return pattern == text
    return glob(pattern).fullmatch(text) is not None


def file_matches(pattern: str, section: InputSection) -> bool:
    """A file pattern of EXCLUDE_FILE or KEEP: `file` or `archive:file`."""
    file = section.file
    if ":" in pattern:
        archive, _, member = pattern.partition(":")
        return spec_file_matches(archive, True, member, section)
    return matches(pattern, file.path)


def spec_file_matches(archive: str, has_archive: bool, member: str, section: InputSection) -> bool:
    """`archive:member`, `archive:` (any member), `:file` (not in an archive) or `file`."""
    file = section.file
    if not has_archive:
        return matches(member, file.path)
    if not archive:
        return not file.archive and matches(member, file.path)
    if not file.archive or not matches(archive, file.archive):
        return False
    return not member or matches(member, file.path)


def init_priority(name: str) -> int:
    """The priority at the end of `.init_array.NNN`, or of `.ctors.NNN`, where it counts down."""
    dot = name.rfind(".")
    digits = name[dot + 1:]
    if dot <= 0 or not digits.isdigit():
        return 65536
    value = int(digits)
    return 65535 - value if name.startswith((".ctors", ".dtors")) else value


def sort_sections(sections: list[InputSection], keys: list[str]) -> list[InputSection]:
    """`sections` ordered by the sort keywords, outermost first."""
    out = list(sections)
    reverse = "REVERSE" in keys
    for key in reversed(keys):
        if key == "SORT_BY_NAME":
            out.sort(key=lambda s: s.name, reverse=reverse)
        elif key == "SORT_BY_ALIGNMENT":
            out.sort(key=lambda s: -s.align)
        elif key == "SORT_BY_INIT_PRIORITY":
            out.sort(key=lambda s: init_priority(s.name))
    if keys == ["REVERSE"]:
        out.sort(key=lambda s: s.name, reverse=True)
    return out


class Placer:
    """One run of the matching."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.by_name: dict[str, list[InputSection]] = {}
        self.unique: list[InputSection] = []     # sections that no description may take
        self.description_of: dict[OutputSection, OutputDescription] = {}

    def run(self) -> None:
        """Fill the script's input descriptions, and `link.outputs`, in script order; place orphans."""
        link = self.link
        apply_inserts(link)
        unify_descriptions(link.script)
        for section in link.sections:
            if section.alive and section.output is None and not section.discarded:
                if self.is_unique(section):
                    self.unique.append(section)
                else:
                    self.by_name.setdefault(section.name, []).append(section)
        for statement in link.script.statements:
            if isinstance(statement, OutputDescription):
                self.description(statement)
        self.orphans()
        link.sections = [s for s in link.sections if s.alive]

    def is_unique(self, section: InputSection) -> bool:
        """Members of groups under -r, and what --unique=PATTERN names, stay sections of their own."""
        options = self.link.options
        if options.relocatable and section.flags & SHF_GROUP:
            return True
        return bool(options.unique) and any(matches(p, section.name) for p in options.unique)

    # ---- matching -----------------------------------------------------------------------------

    def description(self, d: OutputDescription) -> None:
        """Match everything in one output section description."""
        if d.name == "/DISCARD/":
            for statement in d.statements:
                if isinstance(statement, InputSpec):
                    for section in self.match(statement, True):
                        section.alive = False
                        section.discarded = True
            return
        out = OutputSection(d.name)
        d.output = out
        self.description_of[out] = d
        if d.constraint in ("ONLY_IF_RO", "ONLY_IF_RW") and not self.constraint_holds(d):
            out.removed = True
            return
        self.link.outputs.append(out)
        self.link.output_names.setdefault(d.name, out)
        for statement in d.statements:
            if isinstance(statement, InputSpec):
                statement.matched = self.match(statement, True)
                for section in statement.matched:
                    out.add(section)
                    if statement.keep:
                        section.keep = True
            elif isinstance(statement, (DataStatement, FillStatement)):
                out.has_data = out.has_data or isinstance(statement, DataStatement)

    def constraint_holds(self, d: OutputDescription) -> bool:
        """ONLY_IF_RO, ONLY_IF_RW: whether all the input sections are read-only, or some are not."""
        writable = False
        for statement in d.statements:
            if isinstance(statement, InputSpec):
                for section in self.match(statement, False):
                    writable = writable or bool(section.flags & SHF_WRITE)
        return writable == (d.constraint == "ONLY_IF_RW")

    def match(self, spec: InputSpec, take: bool) -> list[InputSection]:
        """The sections that an input description stands for, in order; they leave the pool if `take`."""
        patterns = spec.patterns
        if not patterns:   # a file name alone: all its sections
            patterns = [SectionPattern("*", [], [])]
        out: list[InputSection] = []
        separate = False
        for p in patterns:
            if p.sorts and p.sorts != ["SORT_NONE"]:
                separate = True
        for p in patterns:
            found = self.pattern(spec, p, take)
            if separate or self.link.options.sort_section:
                found.sort(key=_sequence)
                out += sort_sections(found, self.sort_keys(p))
            else:
                out += found
        if not separate and len(out) > 1 and not self.link.options.sort_section:
            out.sort(key=_sequence)
        if spec.file_sort:
            out.sort(key=lambda s: s.file.path)
        return out

    def sort_keys(self, p: SectionPattern) -> list[str]:
        """The pattern's sort keywords, and those of --sort-section where it applies."""
        wish = {"name": "SORT_BY_NAME", "alignment": "SORT_BY_ALIGNMENT"}.get(self.link.options.sort_section, "")
        if not wish or "SORT_NONE" in p.sorts or _WILD.search(p.pattern) is None:
            return p.sorts
        return p.sorts if wish in p.sorts else [*p.sorts, wish] if len(p.sorts) < 2 else p.sorts

    def pattern(self, spec: InputSpec, p: SectionPattern, take: bool) -> list[InputSection]:
        """The sections that one pattern of a description matches."""
        by_name = self.by_name
        if _WILD.search(p.pattern) is None:
            names = [p.pattern] if p.pattern in by_name else []
        elif p.pattern == "*":
            names = list(by_name)
        else:
            compiled = glob(p.pattern)
            names = [n for n in by_name if compiled.fullmatch(n) is not None]
        any_file = (spec.file == "*" and not spec.has_archive and not spec.excludes and not p.excludes
                    and not spec.with_flags and not spec.without_flags)
        out: list[InputSection] = []
        for name in names:
            pool = by_name[name]
            if any_file:
                out += pool
                if take:
                    del by_name[name]
                continue
            chosen = [s for s in pool if self.eligible(spec, p, s)]
            if chosen:
                out += chosen
                if take:
                    marks = {s.sequence for s in chosen}
                    rest = [s for s in pool if s.sequence not in marks]
                    if rest:
                        by_name[name] = rest
                    else:
                        del by_name[name]
        return out

    def eligible(self, spec: InputSpec, p: SectionPattern, section: InputSection) -> bool:
        """Whether file, exclusions and flags of a description admit a section of the right name."""
        if section.flags & spec.with_flags != spec.with_flags or section.flags & spec.without_flags:
            return False
        if not spec_file_matches(spec.archive, spec.has_archive, spec.file, section):
            return False
        for excluded in spec.excludes:
            if file_matches(excluded, section):
                return False
        for excluded in p.excludes:
            if file_matches(excluded, section):
                return False
        return True

    # ---- orphans ------------------------------------------------------------------------------

    def orphans(self) -> None:
        """Place what no description took, as --orphan-handling says."""
        link = self.link
        left: list[InputSection] = list(self.unique)
        for pool in self.by_name.values():
            left += pool
        left.sort(key=_sequence)
        mode = link.options.orphan_handling
        relocatable = link.options.relocatable
        positions = _Positions(link)
        for section in left:
            if section.flags & SHF_EXCLUDE and not relocatable:
                section.alive = False
                continue
            if section.synthetic and not section.size:
                continue
            if mode == "discard":
                section.alive = False
                section.discarded = True
                continue
            name = section.name
            if mode == "warn" and not section.synthetic:
                link.warning(f"orphan section `{name}' from `{section.file.name}' being placed in section `{name}'")
            elif mode == "error":
                link.error(f"unplaced orphan section `{name}' from `{section.file.name}'")
                continue
            self.place_orphan(section, positions)

    def place_orphan(self, section: InputSection, positions: _Positions) -> None:
        """Into the output section of its name, made after its kin if there is none."""
        link = self.link
        name = section.name
        if section.synthetic and name in ("COMMON", ".tcommon"):
            name = ".bss" if name == "COMMON" else ".tbss"
        out = link.output_names.get(name)
        unique = link.options.unique_all or self.is_unique(section)
        if out is not None and out.removed:
            out = None
        if out is not None and not unique:
            if not out.inputs or (out.flags ^ section.flags) & (SHF_ALLOC | SHF_TLS) == 0:
                self.append(out, section)
                return
        d = OutputDescription(0, name)
        out = OutputSection(name)
        out.orphan = True
        d.output = out
        self.description_of[out] = d
        link.outputs.append(out)
        link.output_names.setdefault(name, out)
        positions.insert(d, section)
        self.append(out, section)

    def append(self, out: OutputSection, section: InputSection) -> None:
        """Add a section at the end of an output section."""
        out.add(section)
        statements = self.description_of[out].statements
        last = statements[-1] if statements else None
        if isinstance(last, InputSpec) and last.file == "":
            last.matched.append(section)
            return
        spec = InputSpec(0, "", False, "", [], [], False)
        spec.matched = [section]
        statements.append(spec)


def _sequence(section: InputSection) -> int:
    return section.sequence


def _kind_of(name: str, flags: int, kind: int) -> str:
    """What sort of memory a section is, for placing orphans beside their kin."""
    if not flags & SHF_ALLOC:
        return "none"
    if name == ".interp":
        return "interp"
    if flags & SHF_TLS:
        return "tls"
    if flags & SHF_EXECINSTR:
        return "text"
    if flags & SHF_WRITE:
        return "bss" if kind == SHT_NOBITS else "data"
    if kind == SHT_NOTE:
        return "note"
    return "rel" if kind in (SHT_REL, SHT_RELA) else "rodata"


_WELL_KNOWN: Final = {".text": "text", ".rodata": "rodata", ".data": "data", ".bss": "bss", ".tdata": "tls", ".interp": "interp",
                      ".rela.dyn": "rel", ".rel.dyn": "rel"}
# Where to look for kin, best first
_KIN: Final = {
    "text": ("text", "rodata", "note", "rel", "interp"), "rodata": ("rodata", "note", "rel", "interp", "text"),
    "note": ("note", "interp", "rodata", "text"), "rel": ("rel", "interp", "note", "rodata", "text"), "interp": ("interp",),
    "tls": ("tls", "data", "rodata", "text"), "data": ("data", "tls", "rodata", "text"), "bss": ("bss", "data", "tls", "rodata", "text"),
}


class _Positions:
    """Where in the script's statement list an orphan of some kind goes."""

    def __init__(self, link: Link) -> None:
        self.link = link

    def kind(self, d: OutputDescription) -> str:
        """The kind of an output section, from what is in it or else from its name."""
        out = d.output
        if out is None or out.removed:
            return ""
        for s in out.inputs:
            if s.size or not s.synthetic:
                return _kind_of(d.name, out.flags, SHT_NOBITS if not out.has_bits else s.kind)
        return _WELL_KNOWN.get(d.name, "")

    def insert(self, d: OutputDescription, section: InputSection) -> None:
        """Put `d` into the statement list."""
        statements = self.link.script.statements
        wanted = _kind_of(section.name, section.flags, section.kind)
        last: dict[str, int] = {}
        for i, statement in enumerate(statements):
            if isinstance(statement, OutputDescription) and statement.output is not None:
                kind = self.kind(statement)
                if kind and kind != "none":
                    last[kind] = i
        for kind in _KIN.get(wanted, ()):
            if kind in last:
                statements.insert(self.skip(statements, last[kind] + 1), d)
                return
        if wanted == "none" or not last:
            statements.append(d)
        else:
            statements.insert(self.skip(statements, max(last.values()) + 1) if wanted != "interp" else min(last.values()), d)

    def skip(self, statements: list[Statement], i: int) -> int:
        """Past the symbols defined behind a section, but not past a move of the location counter."""
        start = i
        dot = -1
        while i < len(statements):
            statement = statements[i]
            if isinstance(statement, Assignment):
                if statement.name == "." and dot < 0:
                    dot = i
            elif isinstance(statement, OutputDescription):
                break
            i += 1
        if dot >= 0:
            return dot
        return i if i < len(statements) else max(start, i)


def unify_descriptions(script: Script) -> None:
    """Join descriptions of the same name: the second one's statements continue the first."""
    first: dict[str, OutputDescription] = {}
    out: list[Statement] = []
    for statement in script.statements:
        if isinstance(statement, OutputDescription) and statement.name != "/DISCARD/" and not statement.constraint:
            known = first.get(statement.name)
            if known is not None:
                known.statements += statement.statements
                if not known.phdrs:
                    known.phdrs = statement.phdrs
                continue
            first[statement.name] = statement
        out.append(statement)
    script.statements = out


def apply_inserts(link: Link) -> None:
    """Carry out INSERT AFTER|BEFORE of scripts given with -T beside the default one."""
    for script in link.extra_scripts:
        pending: list[Statement] = []
        for statement in script.statements:
            if not isinstance(statement, InsertStatement):
                pending.append(statement)
                continue
            target = -1
            for i, existing in enumerate(link.script.statements):
                if isinstance(existing, OutputDescription) and existing.name == statement.section:
                    target = i
            if target < 0:
                raise ToolError(f"{statement.section} not found for insert", statement.loc)
            at = target + 1 if statement.after else target
            link.script.statements[at:at] = pending
            pending = []
        link.script.statements += pending
    link.extra_scripts = []


def define_output_flags(link: Link) -> None:
    """Type, flags, entry size and alignment of every output section, from what is in it."""
    for out in link.outputs:
        flags = 0
        kind = -1
        merge = True
        entry = -1
        for s in out.inputs:
            if not s.alive:
                continue
            flags |= s.flags
            if kind in (-1, SHT_NOBITS, SHT_NULL):
                kind = s.kind if kind != SHT_NOBITS or s.size or s.kind != SHT_NOBITS else kind
            elif kind != s.kind and s.kind != SHT_NOBITS:
                kind = SHT_PROGBITS
            if entry == -1:
                entry = s.entry_size
            elif entry != s.entry_size:
                entry = 0
            merge = merge and bool(s.flags & SHF_MERGE)
            if s.align > out.align:
                out.align = s.align
        first = out.inputs[0].flags if out.inputs else 0
        if not merge or any((s.flags ^ first) & (SHF_MERGE | SHF_STRINGS) or s.entry_size != entry for s in out.inputs):
            flags &= ~(SHF_MERGE | SHF_STRINGS)
            if merge or not out.inputs:
                entry = 0
        drop = SHF_COMPRESSED | (0 if link.options.relocatable else SHF_GROUP | SHF_EXCLUDE | SHF_LINK_ORDER)
        out.flags = flags & ~drop
        out.kind = SHT_PROGBITS if kind < 0 else kind
        if out.kind == SHT_PROGBITS and out.name.startswith(".note") and any(s.kind == SHT_NOTE for s in out.inputs):
            out.kind = SHT_NOTE
        if out.has_data:
            out.kind = SHT_PROGBITS
            out.flags |= SHF_ALLOC if not out.inputs else 0
        if out.kind == SHT_PROGBITS and not out.flags & SHF_MERGE and out.inputs and not out.inputs[0].synthetic:
            entry = 0
        out.entry_size = max(entry, 0)


def place_late_sections(link: Link) -> None:
    """Orphans among the linker's own sections, now that their sizes are known."""
    placer = Placer(link)
    for statement in link.script.statements:
        if isinstance(statement, OutputDescription) and statement.output is not None:
            placer.description_of[statement.output] = statement
    positions = _Positions(link)
    for section in link.own.sections:
        if section is not None and section.size and section.output is None and section.alive and not section.discarded:
            mode = link.options.orphan_handling
            if mode in ("warn", "error") and section.flags & SHF_ALLOC:
                text = f"orphan section `{section.name}' from `linker stubs' being placed in section `{section.name}'"
                if mode == "error":
                    link.error(f"unplaced orphan section `{section.name}' from `linker stubs'")
                    continue
                link.warning(text)
            placer.place_orphan(section, positions)


def place_sections(link: Link) -> None:
    """Give every live input section its output section.  Raises ToolError for a script that cannot be followed."""
    Placer(link).run()
