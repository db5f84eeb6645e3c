"""--gc-sections: drops sections that nothing reachable refers to."""
from __future__ import annotations

from bisect import bisect_left
from typing import Final

from toolchain.elf.constants import (
    SHF_ALLOC,
    SHF_GNU_RETAIN,
    SHF_LINK_ORDER,
    SHT_FINI_ARRAY,
    SHT_INIT_ARRAY,
    SHT_NOTE,
    SHT_PREINIT_ARRAY,
    STV_DEFAULT,
    STV_PROTECTED,
)
from toolchain.elf.image import Relocations
from toolchain.ld.ehframe import split_records
from toolchain.ld.layout import all_assignments, expression_names
from toolchain.ld.model import DEFINED, InputSection, LinkSymbol
from toolchain.ld.place import _WILD, file_matches, glob, spec_file_matches
from toolchain.ld.state import Link
from toolchain.ld.syntax import InputSpec, OutputDescription

_ROOT_TYPES: Final = (SHT_INIT_ARRAY, SHT_FINI_ARRAY, SHT_PREINIT_ARRAY, SHT_NOTE)


def keep_patterns(link: Link) -> list[InputSpec]:
    """The KEEP descriptions of the script."""
    out: list[InputSpec] = []
    for script in [link.script, *link.extra_scripts]:
        for d in script.statements:
            if isinstance(d, OutputDescription) and d.name != "/DISCARD/":
                out += [s for s in d.statements if isinstance(s, InputSpec) and s.keep]
    return out


def kept(spec: InputSpec, section: InputSection) -> bool:
    """Whether a KEEP description matches a section."""
    if not spec_file_matches(spec.archive, spec.has_archive, spec.file, section) or any(file_matches(e, section) for e in spec.excludes):
        return False
    if not spec.patterns:
        return True
    for p in spec.patterns:
        if _WILD.search(p.pattern) is None:
            hit = p.pattern == section.name
        else:
            hit = glob(p.pattern).fullmatch(section.name) is not None
        if hit and not any(file_matches(e, section) for e in p.excludes):
            return True
    return False


class Collector:
    """Marks from the roots."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.live: set[int] = set()
        self.work: list[InputSection] = []
        self.by_identifier: dict[str, list[InputSection]] = {}
        self.dependents: dict[int, list[InputSection]] = {}
        self.frame_symbols: dict[int, list[LinkSymbol]] = {}     # section of a function -> what its FDE refers to
        self.groups: dict[tuple[int, int], list[InputSection]] = {}

    def run(self) -> None:
        """Mark, then drop what is not marked."""
        link = self.link
        self.index()
        self.roots()
        while self.work:
            self.visit(self.work.pop())
        relocatable = link.options.relocatable
        for s in link.sections:
            if s.sequence in self.live or s.synthetic:
                continue
            if s.flags & SHF_ALLOC or (relocatable and s.group >= 0):
                s.alive = False
                if link.options.print_gc_sections:
                    link.context.stderr.write(f"ld: removing unused section '{s.name}' in file '{s.file.name}'\n")
        link.sections = [s for s in link.sections if s.alive]

    def index(self) -> None:
        """Sections by C name, by the section they follow (SHF_LINK_ORDER), and by group."""
        for s in self.link.sections:
            if s.name.isidentifier():
                self.by_identifier.setdefault(s.name, []).append(s)
            if s.flags & SHF_LINK_ORDER and 0 < s.link < len(s.file.sections):
                target = s.file.sections[s.link]
                if target is not None:
                    self.dependents.setdefault(target.sequence, []).append(s)
            if s.group >= 0:
                self.groups.setdefault((id(s.file), s.group), []).append(s)
            if s.name == ".eh_frame" and s.relocations is not None:
                self.frames(s, s.relocations)

    def frames(self, section: InputSection, relocs: Relocations) -> None:
        """Personality routine and LSDA live as long as the function that needs them."""
        records = split_records(section, bytes(section.data))
        if not records:
            return
        order = sorted(range(len(relocs.offsets)), key=relocs.offsets.__getitem__)
        offsets = [relocs.offsets[i] for i in order]
        symbols = section.file.symbols
        extras: dict[int, list[LinkSymbol]] = {}
        for r in records:
            first, last = bisect_left(offsets, r.start), bisect_left(offsets, r.end)
            if r.cie < 0:
                extras[r.start] = [symbols[relocs.symbols[i]] for i in order[first:last]]
                continue
            if first == last or offsets[first] != r.start + 8:
                continue
            function = symbols[relocs.symbols[order[first]]].section
            wanted = [symbols[relocs.symbols[i]] for i in order[first + 1:last]] + extras.get(r.cie, [])
            if wanted:
                self.frame_symbols.setdefault(function.sequence, []).extend(s for s in wanted if s.section is not function)

    def roots(self) -> None:
        """Entry, -u, KEEP, init arrays, exported symbols, symbols that scripts mention, debug sections' own files."""
        link = self.link
        options = link.options
        names: set[str] = {options.entry or link.script.entry or "_start", options.init, options.fini}
        names.update(options.undefined)
        names.update(options.require_defined)
        names.update(link.script.externs)
        for a in all_assignments(link.script.statements):
            expression_names(a.expr, names)
        for name in sorted(names):
            s = link.symbols.get(name)
            if s is not None:
                self.symbol(s)
        for s in link.symbols.values():
            if s.in_shared or ((options.shared or options.export_dynamic or options.gc_keep_exported) and s.visibility in (STV_DEFAULT, STV_PROTECTED)
                               and s.in_regular and not s.forced_local):
                self.symbol(s)
        specs = keep_patterns(link)
        verdicts: dict[str, bool] = {}
        simple = all(spec.file == "*" and not spec.has_archive and not spec.excludes for spec in specs)
        for section in link.sections:
            if section.kind in _ROOT_TYPES and section.group < 0 or section.flags & SHF_GNU_RETAIN:
                self.mark(section)
                continue
            if simple and not any(p.excludes for spec in specs for p in spec.patterns):
                verdict = verdicts.get(section.name)
                if verdict is None:
                    verdict = any(kept(spec, section) for spec in specs)
                    verdicts[section.name] = verdict
            else:
                verdict = any(kept(spec, section) for spec in specs)
            if verdict:
                self.mark(section)

    def symbol(self, s: LinkSymbol) -> None:
        """Mark what a symbol is defined in, or what `__start_X` stands for."""
        if s.state == DEFINED and not s.from_script:
            self.mark(s.section)
        elif s.name.startswith("__start_"):
            self.identifier(s.name[8:])
        elif s.name.startswith("__stop_"):
            self.identifier(s.name[7:])

    def identifier(self, name: str) -> None:
        """All sections of a name that is a C identifier."""
        if not self.link.options.start_stop_gc:
            for section in self.by_identifier.pop(name, []):
                self.mark(section)

    def mark(self, section: InputSection) -> None:
        """A section is reachable."""
        if section.sequence not in self.live and section.alive and section.file.path:
            self.live.add(section.sequence)
            self.work.append(section)

    def visit(self, section: InputSection) -> None:
        """Follow a section's relocations, its group and the sections tied to it."""
        relocs = section.relocations
        if relocs is not None and not section.name.startswith(".eh_frame"):
            symbols = section.file.symbols
            for i in set(relocs.symbols):
                self.symbol(symbols[i])
        for symbol in self.frame_symbols.get(section.sequence, []):
            self.symbol(symbol)
        for s in self.dependents.get(section.sequence, []):
            self.mark(s)
        if section.group >= 0:
            for s in self.groups.get((id(section.file), section.group), []):
                self.mark(s)


def collect_garbage(link: Link) -> None:
    """Drop unreachable sections."""
    Collector(link).run()
    # .eh_frame describes whatever stays: its personality routines and LSDAs are kept by ehframe
