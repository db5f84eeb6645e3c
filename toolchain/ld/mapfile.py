"""-Map and --cref: what went where."""
from __future__ import annotations

from toolchain.ld.model import DEFINED, OutputSection
from toolchain.ld.state import Link


def write_map(link: Link, order: list[OutputSection]) -> None:
    """The map: memory regions, output sections with their inputs and global symbols."""
    out: list[str] = []
    width = link.target.bits // 4
    if link.archive_reasons:
        out.append("Archive member included to satisfy reference by file (symbol)\n")
        for member, file, symbol in link.archive_reasons:
            out.append(f"{member}\n                              {file} ({symbol})")
        out.append("")
    discarded = [s for f in link.files for s in f.sections if s is not None and not s.alive and s.flags & 2]
    if discarded:
        out.append("\nDiscarded input sections\n")
        for s in discarded:
            out.append(f" {s.name:<14} 0x{0:0{width}x} {s.size:#10x} {s.file.name}")
    out.append("\nMemory Configuration\n\nName             Origin             Length             Attributes")
    for region in link.regions.values():
        out.append(f"{region.name:<16} 0x{region.origin:0{width}x} 0x{region.length:0{width}x} {region.attributes}")
    out.append(f"*default*        0x{0:0{width}x} 0x{link.mask:0{width}x}\n\nLinker script and memory map\n")
    by_section: dict[int, list[tuple[int, str]]] = {}
    for g in link.symbols.values():
        if g.state == DEFINED and g.section.output is not None:
            by_section.setdefault(id(g.section), []).append((g.address, g.name))
    for o in order:
        load = f" load address 0x{o.load_address:0{width}x}" if o.load_address != o.address else ""
        out.append(f"\n{o.name:<15} 0x{o.address:0{width}x} {o.size:#10x}{load}")
        for s in o.inputs:
            if s.leader is not None and s.leader is not s:
                continue
            out.append(f" {s.name:<14} 0x{s.address:0{width}x} {s.size:#10x} {s.file.name}")
            for address, name in sorted(by_section.get(id(s), [])):
                out.append(f"                0x{address:0{width}x}                {name}")
        for address, name in sorted(by_section.get(id(o.anchor), [])):
            out.append(f"                0x{address:0{width}x}                {name}")
    out.append(f"OUTPUT({link.options.output} {link.target.formats[0]})")
    text = "\n".join(out) + "\n"
    if link.options.map_file and link.options.map_file != "-":
        link.context.write(link.options.map_file, text.encode("utf-8", "surrogateescape"))
    else:
        link.context.print(text)


def write_cross_reference(link: Link) -> None:
    """The cross reference table: each global symbol, the file that defines it, the files that use it."""
    users: dict[str, list[str]] = {}
    for f in link.files:
        for s in f.symbols:
            if not s.is_local and s.name:
                users.setdefault(s.name, []).append(f.name)
    out = ["\nCross Reference Table\n", f"{'Symbol':<50}File"]
    for name in sorted(users):
        g = link.symbols.get(name)
        files = list(dict.fromkeys(users[name]))
        if g is not None and g.file.name in files:
            files.remove(g.file.name)
            files.insert(0, g.file.name)
        out.append(f"{name:<50}{files[0]}")
        out += [f"{'':<50}{f}" for f in files[1:]]
    link.context.print("\n".join(out))
