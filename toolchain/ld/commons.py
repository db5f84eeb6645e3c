"""Common symbols become sections called COMMON, one per file, as scripts expect them."""
from __future__ import annotations

from toolchain.elf.constants import SHF_ALLOC, SHF_TLS, SHF_WRITE, SHT_NOBITS, STT_TLS
from toolchain.ld.model import COMMON, DEFINED, InputFile, InputSection, LinkSymbol
from toolchain.ld.state import Link


def allocate_commons(link: Link) -> None:
    """Give every common symbol its place.  -r keeps them common unless -d asks otherwise."""
    if link.options.relocatable and not link.options.define_common and not link.script.force_common:
        return
    by_file: dict[InputFile, list[LinkSymbol]] = {}
    for s in link.symbols.values():
        if s.state == COMMON:
            by_file.setdefault(s.file, []).append(s)
    order = {f: i for i, f in enumerate(link.files)}
    for file in sorted(by_file, key=lambda f: order.get(f, -1)):
        symbols = by_file[file]
        wish = link.options.sort_common
        if wish:
            symbols.sort(key=lambda s: s.common_align, reverse=wish != "ascending")
        for tls in (False, True):
            chosen = [s for s in symbols if (s.kind == STT_TLS) == tls]
            if not chosen:
                continue
            flags = SHF_ALLOC | SHF_WRITE | (SHF_TLS if tls else 0)
            section = InputSection(file, ".tcommon" if tls else "COMMON", SHT_NOBITS, flags, 1, 0)
            section.sequence = len(link.sections)
            section.synthetic = True
            section.keep = True
            section.index = len(file.sections)
            file.sections.append(section)
            link.sections.append(section)
            at = 0
            for s in chosen:
                align = max(s.common_align, 1)
                at += -at % align
                section.align = max(section.align, align)
                s.section = section
                s.value = at
                s.state = DEFINED
                at += s.size
            section.size = at
