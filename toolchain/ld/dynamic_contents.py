"""What the sections for the dynamic linker contain, once addresses are final: tables, GOT, PLT, relocations."""
from __future__ import annotations

from toolchain.diagnostics import ToolError
from toolchain.elf import constants as c
from toolchain.ld.ehframe import frame_header
from toolchain.ld.model import (
    ABSOLUTE_SECTION,
    DEFINED,
    NEEDS_CANONICAL,
    NEEDS_GOT,
    NEEDS_GOTTP,
    NEEDS_TLSDESC,
    NEEDS_TLSGD,
    SHARED,
    UNDEFINED,
    InputSection,
    OutputSection,
)
from toolchain.ld.state import Link


def address_of(section: InputSection) -> int:
    """Where the output section of one of our sections starts (0 if it is not in the output)."""
    return section.output.address if section.output is not None else 0


def has(section: InputSection) -> bool:
    """Whether one of our sections is in the output."""
    return section.size > 0 and section.alive


def symbol_address(link: Link, name: str) -> int | None:
    """The address of a defined symbol, None if it is not defined here."""
    s = link.symbols.get(name)
    return s.address if s is not None and s.state == DEFINED else None


def dynamic_rows(link: Link) -> list[tuple[int, int]]:
    """The rows of .dynamic without the final DT_NULL.  Before layout only their number means anything."""
    d = link.dyn
    options = link.options
    rows: list[tuple[int, int]] = [(c.DT_NEEDED, d.string(f.soname)) for f in link.shared]
    if options.soname and options.shared:
        rows.append((c.DT_SONAME, d.string(options.soname)))
    for text in options.auxiliary:
        rows.append((0x7FFFFFFD, d.string(text)))
    if options.filter:
        rows.append((0x7FFFFFFF, d.string(options.filter)))
    if options.rpath:
        rows.append((c.DT_RUNPATH if options.new_dtags else c.DT_RPATH, d.string(":".join(options.rpath))))
    if options.bsymbolic and options.shared:
        rows.append((c.DT_SYMBOLIC, 0))
    for tag, name in ((c.DT_INIT, options.init), (c.DT_FINI, options.fini)):
        s = link.symbols.get(name)
        if s is not None and s.state == DEFINED and s.in_regular:
            rows.append((tag, s.address))
    for tag, size_tag, name in ((c.DT_PREINIT_ARRAY, c.DT_PREINIT_ARRAYSZ, ".preinit_array"), (c.DT_INIT_ARRAY, c.DT_INIT_ARRAYSZ, ".init_array"),
                                (c.DT_FINI_ARRAY, c.DT_FINI_ARRAYSZ, ".fini_array")):
        out = link.output_names.get(name)
        if out is not None and not out.removed and (out.size or any(s.size for s in out.inputs)):
            rows += [(tag, out.address), (size_tag, out.size)]
    if has(d.hash):
        rows.append((c.DT_HASH, d.hash.address))
    if has(d.gnu_hash):
        rows.append((c.DT_GNU_HASH, d.gnu_hash.address))
    rows += [(c.DT_STRTAB, d.dynstr.address), (c.DT_SYMTAB, d.dynsym.address), (c.DT_STRSZ, d.dynstr.size),
             (c.DT_SYMENT, link.form.symbol.size)]
    if not options.shared:
        rows.append((c.DT_DEBUG, 0))
    rows += relocation_rows(link)
    rows += flag_rows(link)
    if has(d.versym):
        if has(d.verdef):
            rows += [(c.DT_VERDEF, d.verdef.address), (c.DT_VERDEFNUM, d.verdef.info)]
        if has(d.verneed):
            rows += [(c.DT_VERNEED, d.verneed.address), (c.DT_VERNEEDNUM, d.verneed.info)]
        rows.append((c.DT_VERSYM, d.versym.address))
    if has(d.rel_dyn) and link.options.combine_relocs:
        count = sum(1 for r in d.relocations if r.kind == link.target.dyn_relative)
        if count:
            rows.append((c.DT_RELACOUNT if link.target.rela else c.DT_RELCOUNT, count))
    rows += link.target.dynamic_tags(link)
    return rows


def relocation_rows(link: Link) -> list[tuple[int, int]]:
    """Rows about relocations."""
    d = link.dyn
    rela = link.target.rela
    rows: list[tuple[int, int]] = []
    if has(d.gotplt) and has(d.plt):
        rows.append((c.DT_PLTGOT, d.gotplt.address))
    if has(d.rel_plt) or has(d.rel_iplt):
        first = d.rel_plt if has(d.rel_plt) else d.rel_iplt
        size = d.rel_plt.size + d.rel_iplt.size
        rows += [(c.DT_PLTRELSZ, size), (c.DT_PLTREL, c.DT_RELA if rela else c.DT_REL), (c.DT_JMPREL, first.address)]
    if has(d.rel_dyn):
        rows += [(c.DT_RELA if rela else c.DT_REL, d.rel_dyn.address), (c.DT_RELASZ if rela else c.DT_RELSZ, d.rel_dyn.size),
                 (c.DT_RELAENT if rela else c.DT_RELENT, d.rel_dyn.entry_size)]
    if has(d.relr_dyn):
        rows += [(c.DT_RELR, d.relr_dyn.address), (c.DT_RELRSZ, d.relr_dyn.size), (c.DT_RELRENT, link.word)]
    if link.scanner.text_relocations:
        rows.append((c.DT_TEXTREL, 0))
    return rows


def flag_rows(link: Link) -> list[tuple[int, int]]:
    """DT_FLAGS and DT_FLAGS_1."""
    options = link.options
    flags = 0
    flags_1 = options.z_flags_1
    if options.origin:
        flags |= c.DF_ORIGIN
        flags_1 |= c.DF_1_ORIGIN
    if options.bsymbolic and options.shared:
        flags |= c.DF_SYMBOLIC
    if link.scanner.text_relocations:
        flags |= c.DF_TEXTREL
    if options.now:
        flags |= c.DF_BIND_NOW
        flags_1 |= c.DF_1_NOW
    if link.scanner.static_tls and options.shared:
        flags |= c.DF_STATIC_TLS
    if options.pie:
        flags_1 |= c.DF_1_PIE
    rows: list[tuple[int, int]] = []
    if flags:
        rows.append((c.DT_FLAGS, flags))
    if flags_1:
        rows.append((c.DT_FLAGS_1, flags_1))
    return rows


def fill_sections(link: Link, order: list[OutputSection]) -> None:
    """Write the tables, all addresses being final."""
    d = link.dyn
    link.igot_address = d.igotplt.address
    link.plt_address = d.plt.address
    if link.is_dynamic:
        fill_dynsym(link)
        d.dynstr.data = bytes(d.string_bytes).ljust(d.dynstr.size, b"\0")
        rows = [*dynamic_rows(link)]
        rows += [(c.DT_NULL, 0)] * (d.dynamic_rows - len(rows))
        pack = link.form.word.pack
        d.dynamic.data = b"".join([pack(t) + pack(v & link.mask) for t, v in rows])
        if len(d.dynamic.data) != d.dynamic.size:
            raise ToolError("internal error: .dynamic changed its size after layout")
    fill_got(link)
    fill_plt(link)
    fill_relocations(link)
    resolve_links(link)


def fill_dynsym(link: Link) -> None:
    """.dynsym and .gnu.version"""
    d = link.dyn
    form = link.form
    out: list[bytes] = [bytes(form.symbol.size)]
    versions = [0]
    for s in d.dynamic_symbols:
        binding = c.STB_WEAK if s.weak and not (s.state == SHARED and s.strong_reference) else s.binding if s.binding == c.STB_GNU_UNIQUE else c.STB_GLOBAL
        info = binding << 4 | s.kind
        other = s.other & ~3 & 0xFF | (s.visibility if s.state == DEFINED else 0)
        shndx, value, size = 0, 0, s.size
        if s.state == DEFINED:
            if s.section is ABSOLUTE_SECTION:
                shndx, value = 0xFFF1, s.value
            elif s.section.output is not None:
                shndx, value = s.section.output.index, s.address
                if s.section.output.removed:
                    shndx = 0xFFF1
            if s.kind == c.STT_TLS:
                value -= link.tls_start
            if s.kind == c.STT_GNU_IFUNC and s.needs & NEEDS_CANONICAL and s.plt >= 0:
                info = binding << 4 | c.STT_FUNC
                value = link.plt_symbol_address(s)
        elif s.needs & NEEDS_CANONICAL and s.plt >= 0:
            value = link.plt_symbol_address(s)
        elif s.state == UNDEFINED:
            size = 0
        value &= link.mask
        if form.bits == 64:
            out.append(form.symbol.pack(s.dynstr, info, other, shndx, value, size))
        else:
            out.append(form.symbol.pack(s.dynstr, value, size, info, other, shndx))
        versions.append(s.version_index)
    d.dynsym.data = b"".join(out)
    if d.versym.size:
        d.versym.data = b"".join([v.to_bytes(2, "little") for v in versions])


def fill_got(link: Link) -> None:
    """.got: constants where no dynamic relocation fills them."""
    d = link.dyn
    target = link.target
    word = link.word
    mask = link.mask
    got = bytearray(d.got.size)
    if target.got_reserved and got:
        got[0:word] = (d.dynamic.address if link.is_dynamic else 0).to_bytes(word, "little")
    for offset, s, need in d.got_words:
        assert s is not None
        value = 0
        second = 0
        local = not s.preemptible
        if need == NEEDS_GOT:
            if s.plt >= 0 and s.kind == c.STT_GNU_IFUNC and local and (s.needs & NEEDS_CANONICAL or not link.options.is_pic):
                value = link.plt_symbol_address(s)
            elif local and s.state == DEFINED:
                value = s.address
        elif need == NEEDS_GOTTP and local:
            if not link.options.shared or not target.rela:
                value = target.tp_offset(link, s.address) if not link.options.shared else s.address - link.tls_start
        elif need == NEEDS_TLSGD and local:
            value = 0 if link.options.shared else 1
            second = target.dtp_offset(link, s.address)
            got[offset + word:offset + 2 * word] = (second & mask).to_bytes(word, "little")
        elif need == NEEDS_TLSDESC and local and not target.rela:
            got[offset + word:offset + 2 * word] = ((s.address - link.tls_start) & mask).to_bytes(word, "little")
        got[offset:offset + word] = (value & mask).to_bytes(word, "little")
    if d.tlsld >= 0 and not link.options.shared:
        got[d.tlsld:d.tlsld + word] = (1).to_bytes(word, "little")
    d.got.data = got


def fill_plt(link: Link) -> None:
    """.plt, .iplt and their GOT slots."""
    d = link.dyn
    target = link.target
    word = link.word
    slots = bytearray(d.gotplt.size)
    if slots and target.got_symbol_in_gotplt and link.is_dynamic:
        slots[0:word] = d.dynamic.address.to_bytes(word, "little")
    for i, s in enumerate(d.plt_symbols):
        slots[s.gotplt:s.gotplt + word] = target.gotplt_initial(link, d.plt.address, i).to_bytes(word, "little")
    d.gotplt.data = slots
    if d.plt.size:
        code = bytearray(d.plt.size)
        target.write_plt(link, code, d.plt.address, d.gotplt.address, d.plt_symbols)
        d.plt.data = code
    if d.plt_sec.size:
        code = bytearray(d.plt_sec.size)
        target.write_plt_sec(link, code, d.plt_sec.address, d.gotplt.address, d.plt_symbols)
        d.plt_sec.data = code
    if d.iplt.size:
        code = bytearray(d.iplt.size)
        target.write_iplt(link, code, d.iplt.address, d.iplt_symbols)
        d.iplt.data = code
        slots = bytearray(d.igotplt.size)
        if not target.rela:
            for s in d.iplt_symbols:
                slots[s.gotplt:s.gotplt + word] = (s.address & link.mask).to_bytes(word, "little")
        d.igotplt.data = slots


def fill_relocations(link: Link) -> None:
    """.rela.dyn (RELATIVE first, then by symbol), .rela.plt, .rela.iplt"""
    d = link.dyn
    target = link.target
    relative = target.dyn_relative
    irelative = target.dyn_irelative
    rows: list[tuple[int, int, int, int, int]] = []       # sort class, symbol, offset, type, addend
    late: list[tuple[int, int, int, int, int]] = []
    for r in d.relocations:
        where = r.section.address + r.offset - r.section.removed_before(r.offset)
        addend = r.addend
        number = 0
        s = r.symbol
        if s is not None:
            if r.use_address:
                if r.kind in (target.dyn_tp_offset, target.dyn_tlsdesc):
                    addend += s.address - link.tls_start
                elif r.kind == relative and s.kind == c.STT_GNU_IFUNC and s.plt >= 0:
                    addend += link.plt_symbol_address(s)
                else:
                    addend += s.address
            else:
                number = s.dynsym
        (late if r.kind == irelative else rows).append((0 if r.kind == relative else 1, number, where, r.kind, addend))
    if link.options.combine_relocs:
        rows.sort(key=lambda r: (r[0], r[1], r[2]) if r[0] else (0, 0, r[2]))
    d.rel_dyn.data = pack_rows(link, rows)
    d.rel_iplt.data = pack_rows(link, late)
    plt = [(0, s.dynsym, d.gotplt.address + s.gotplt, target.dyn_jump_slot, 0) for s in d.plt_symbols]
    d.rel_plt.data = pack_rows(link, plt)
    if not target.rela:
        link.late_addends = [(r[2], r[4]) for r in rows if r[0] == 0] + [(r[2], r[4]) for r in rows if r[3] == target.dyn_tp_offset and not r[1]]


def pack_rows(link: Link, rows: list[tuple[int, int, int, int, int]]) -> bytes:
    """Relocation rows to bytes."""
    form = link.form
    shift = 32 if form.bits == 64 else 8
    out: list[bytes] = []
    for _, symbol, where, kind, addend in rows:
        if link.target.rela:
            wrapped = addend & form.mask
            if wrapped >> (form.bits - 1):
                wrapped -= 1 << form.bits
            out.append(form.rela.pack(where & form.mask, symbol << shift | kind, wrapped))
        else:
            out.append(form.rel.pack(where & form.mask, symbol << shift | kind))
    return b"".join(out)


def resolve_links(link: Link) -> None:
    """sh_link and sh_info of the sections for the dynamic linker."""
    d = link.dyn
    for section, to in ((d.dynsym, d.dynstr), (d.hash, d.dynsym), (d.gnu_hash, d.dynsym), (d.versym, d.dynsym), (d.verdef, d.dynstr),
                        (d.verneed, d.dynstr), (d.dynamic, d.dynstr), (d.rel_dyn, d.dynsym), (d.rel_plt, d.dynsym)):
        out = section.output
        if out is not None and section.size and not out.removed and to.output is not None and to.size and not to.output.removed:
            if out.kind == section.kind:
                out.link = to.output
    for section in (d.dynsym, d.verdef, d.verneed):
        if section.output is not None and section.size:
            section.output.info = 1 if section is d.dynsym else section.info
    out = d.rel_plt.output
    if out is not None and d.rel_plt.size and d.gotplt.output is not None and d.gotplt.size:
        out.info_section = d.gotplt.output
        if out.kind in (c.SHT_RELA, c.SHT_REL) and out is not d.rel_dyn.output:
            out.flags |= c.SHF_INFO_LINK


def fill_late_sections(link: Link, data: bytearray) -> None:
    """What depends on relocated contents: .eh_frame_hdr."""
    header = link.dyn.frame_hdr
    if header.size and header.output is not None and header.alive and not header.output.removed:
        frame_header(link, header, data)
