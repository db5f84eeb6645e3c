"""NOCROSSREFS and NOCROSSREFS_TO: references that a script forbids (GNU ld manual, "Miscellaneous Commands")."""
from __future__ import annotations

from toolchain.ld.model import InputSection
from toolchain.ld.state import Link
from toolchain.ld.symbols import place_text


def check_cross_references(link: Link) -> None:
    """Report every reference from one output section of a NOCROSSREFS list to another; with NOCROSSREFS_TO, from the later ones
    to the first.  Sections have their places."""
    lists = link.script.nocrossrefs + [names for script in link.extra_scripts for names in script.nocrossrefs]
    if not lists:
        return
    forbidden: dict[str, set[str]] = {}
    for names in lists:
        if names[0] == "->":
            for source in names[2:]:
                forbidden.setdefault(source, set()).add(names[1])
        else:
            for source in names:
                forbidden.setdefault(source, set()).update(names)
    context: list[str] = []
    for section in link.sections:
        if section.alive and section.output is not None and section.output.name in forbidden and section.relocations is not None:
            _check_section(link, section, forbidden[section.output.name], context)


def _check_section(link: Link, section: InputSection, targets: set[str], context: list[str]) -> None:
    relocs = section.relocations
    assert relocs is not None and section.output is not None
    for offset, index in zip(relocs.offsets, relocs.symbols):
        s = section.file.symbols[index]
        out = s.section.output
        if out is not None and out is not section.output and out.name in targets:
            where = place_text(link, section.file, section, offset, context)
            link.raw_error(f"{where}: prohibited cross reference from {section.output.name} to `{s.name or s.section.name}' in {out.name}")


__all__ = ["check_cross_references"]
