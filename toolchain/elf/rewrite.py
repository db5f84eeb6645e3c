"""From an `ObjectImage` of an executable or shared object back to bytes, its loaded part unmoved.

What the program headers describe keeps its file offsets and addresses; everything else (debug
sections, symbol and string tables) follows in order, as objcopy and strip write it.
"""
from __future__ import annotations

import struct

from toolchain.elf.constants import ET_REL, PT_LOAD, SHF_ALLOC, SHT_NOBITS, SHT_REL, SHT_RELA
from toolchain.elf.image import ObjectImage, Segment
from toolchain.elf.records import ElfError, Format, SectionHeader, format_of
from toolchain.elf.writer import (
    Layout,
    Plan,
    SymbolTables,
    finish_file,
    pack_relocations,
    place_names,
    section_header,
    standard_names,
    write_object,
)


def pack_segments(form: Format, segments: list[Segment]) -> bytes:
    """The program header table.  Raises ElfError if a field does not fit."""
    out: list[bytes] = []
    mask = form.mask
    for s in segments:
        try:
            if form.bits == 64:
                out.append(form.segment.pack(s.kind, s.flags, s.offset, s.vaddr & mask, s.paddr & mask, s.filesz, s.memsz, s.align))
            else:
                out.append(form.segment.pack(s.kind, s.offset, s.vaddr & mask, s.paddr & mask, s.filesz, s.memsz, s.flags, s.align))
        except struct.error:
            raise ElfError(f"a program header does not fit into ELF{form.bits}") from None
    return b"".join(out)


def write_image(image: ObjectImage) -> bytes:
    """The bytes of any image: relocatable ones as `write_object`, others with their layout kept.

    `Section.offset` of loaded sections must be that of the file which was read.  Raises ElfError.
    """
    if image.kind == ET_REL and not image.segments:
        return write_object(image, True)
    form = format_of(image.bits, image.little)
    plan = Plan(image)
    tables = SymbolTables(image, form, plan)
    names = standard_names(image)
    headers: list[SectionHeader] = [SectionHeader()]
    layout = Layout(form.header_size + len(image.segments) * form.segment_size)
    _place_loaded(image, layout)
    late: list[tuple[SectionHeader, bytes]] = []
    for i in range(1, len(image.sections)):
        section = image.sections[i]
        h = section_header(image, section, plan)
        headers.append(h)
        names.add(section.name)
        if section.kind == SHT_NOBITS:
            h.size = section.size
        if is_placed(image, i):
            h.offset = section.offset
            h.size = section.size
        else:
            layout.place(h, section.data)
        relocations = section.relocations
        if plan.reloc_index[i] and relocations is not None:
            rela = relocations.explicit
            r = SectionHeader((".rela" if rela else ".rel") + section.name, SHT_RELA if rela else SHT_REL, 0x40,
                              link=plan.symtab, info=plan.header_index[i], align=form.file_align,
                              entry_size=form.rela.size if rela else form.rel.size)
            headers.append(r)
            names.add(r.name)
            late.append((r, pack_relocations(form, relocations, tables.index, rela)))
    if image.has_symtab:
        tables.place(form, plan, headers, layout, names)
    for h, data in late:
        layout.place(h, data)
    place_names(headers, layout, names)
    return finish_file(image, form, headers, layout, plan, pack_segments(form, image.segments))


def is_placed(image: ObjectImage, index: int) -> bool:
    """Whether a section's place in the file is fixed by a program header."""
    s = image.sections[index]
    if not s.flags & SHF_ALLOC:
        return False
    return any(_covers(p, s.offset, s.size, s.kind == SHT_NOBITS, s.address) for p in image.segments if p.kind == PT_LOAD)


def _covers(p: Segment, offset: int, size: int, empty: bool, address: int) -> bool:
    if empty:
        return p.vaddr <= address <= p.vaddr + p.memsz
    return p.offset <= offset and offset + size <= p.offset + p.filesz


def _place_loaded(image: ObjectImage, layout: Layout) -> None:
    """Lay down the loaded sections where they are; what follows begins after the last of them."""
    end = layout.position
    for i in range(1, len(image.sections)):
        s = image.sections[i]
        if s.kind == SHT_NOBITS or not is_placed(image, i):
            continue
        layout.pieces.append((s.offset, s.data))
        end = max(end, s.offset + len(s.data))
    layout.position = end
