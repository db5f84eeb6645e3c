"""Dynamic linking: the sections for the dynamic linker, and how large they are.

The work is spread over the link: `exports.decide_kind` and `create_sections` before sections are placed, `scan_relocations` and
`size_sections` before layout, `dynamic_contents.fill_sections` when addresses are final, and its `fill_late_sections` when the
contents have been relocated.
"""
from __future__ import annotations

from toolchain.elf import constants as c
from toolchain.ld.dynamic_contents import dynamic_rows
from toolchain.ld.model import (
    ABSOLUTE_SECTION,
    DEFINED,
    NEEDS_CANONICAL,
    NEEDS_COPY,
    NEEDS_DYNSYM,
    NEEDS_GOT,
    NEEDS_GOTTP,
    NEEDS_PLT,
    NEEDS_TLSDESC,
    NEEDS_TLSGD,
    SHARED,
    UNDEFINED,
    InputSection,
    LinkSymbol,
)
from toolchain.ld.place import place_late_sections
from toolchain.ld.scan import DynamicRelocation
from toolchain.ld.state import Link
from toolchain.ld.tables import gnu_order, gnu_table, sysv_table, version_definitions, version_needs


class DynamicSections:
    """The linker's own sections."""

    def __init__(self, link: Link) -> None:
        word = link.word
        rel = "rela" if link.target.rela else "rel"
        rel_kind = c.SHT_RELA if link.target.rela else c.SHT_REL
        write = c.SHF_ALLOC | c.SHF_WRITE
        make = link.synthetic
        self.interp = make(".interp", c.SHT_PROGBITS, c.SHF_ALLOC, 1)
        self.dynsym = make(".dynsym", c.SHT_DYNSYM, c.SHF_ALLOC, word)
        self.dynstr = make(".dynstr", c.SHT_STRTAB, c.SHF_ALLOC, 1)
        self.hash = make(".hash", c.SHT_HASH, c.SHF_ALLOC, word)
        self.gnu_hash = make(".gnu.hash", c.SHT_GNU_HASH, c.SHF_ALLOC, word)
        self.versym = make(".gnu.version", c.SHT_GNU_VERSYM, c.SHF_ALLOC, 2)
        self.verdef = make(".gnu.version_d", c.SHT_GNU_VERDEF, c.SHF_ALLOC, word)
        self.verneed = make(".gnu.version_r", c.SHT_GNU_VERNEED, c.SHF_ALLOC, word)
        self.dynamic = make(".dynamic", c.SHT_DYNAMIC, write, word)
        self.rel_dyn = make(f".{rel}.dyn", rel_kind, c.SHF_ALLOC, word)
        self.relr_dyn = make(".relr.dyn", c.SHT_RELR, c.SHF_ALLOC, word)
        self.rel_plt = make(f".{rel}.plt", rel_kind, c.SHF_ALLOC, word)
        self.rel_iplt = make(f".{rel}.iplt", rel_kind, c.SHF_ALLOC, word)
        self.got = make(".got", c.SHT_PROGBITS, write, word)
        self.gotplt = make(".got.plt", c.SHT_PROGBITS, write, word)
        self.igotplt = make(".igot.plt", c.SHT_PROGBITS, write, word)
        code = c.SHF_ALLOC | c.SHF_EXECINSTR
        self.plt = make(".plt", c.SHT_PROGBITS, code, link.target.plt_align)
        self.plt_sec = make(".plt.sec", c.SHT_PROGBITS, code, link.target.plt_align)
        self.iplt = make(".iplt", c.SHT_PROGBITS, code, link.target.plt_align)
        self.dynbss = make(".dynbss", c.SHT_NOBITS, write, 1)
        self.frame_hdr = make(".eh_frame_hdr", c.SHT_PROGBITS, c.SHF_ALLOC, 4)
        entry = (link.form.rela if link.target.rela else link.form.rel).size
        for s in (self.rel_dyn, self.rel_plt, self.rel_iplt):
            s.entry_size = entry
        self.relr_dyn.entry_size = word
        self.packed: list[DynamicRelocation] = []     # relative relocations that go to .relr.dyn
        self.dynsym.entry_size = link.form.symbol.size
        self.versym.entry_size = 2
        self.dynamic.entry_size = 2 * word
        self.hash.entry_size = 4
        self.got.entry_size = self.gotplt.entry_size = word
        self.plt.entry_size = link.target.plt_entry_size
        # what has been allocated
        self.plt_symbols: list[LinkSymbol] = []
        self.iplt_symbols: list[LinkSymbol] = []
        self.got_words: list[tuple[int, LinkSymbol | None, int]] = []   # offset, symbol, need
        self.dynamic_symbols: list[LinkSymbol] = []
        self.relocations: list[DynamicRelocation] = []
        self.hashed_from = 0
        self.tlsld = -1
        self.strings: dict[str, int] = {"": 0}
        self.string_bytes = bytearray(b"\0")
        self.needed_versions: dict[str, dict[str, int]] = {}
        self.dynamic_rows = 0
        self.frame_count = 0

    def string(self, text: str) -> int:
        """Offset of a string in .dynstr."""
        offset = self.strings.get(text)
        if offset is None:
            offset = len(self.string_bytes)
            self.strings[text] = offset
            self.string_bytes += text.encode("utf-8", "surrogateescape") + b"\0"
        return offset


def create_sections(link: Link) -> None:
    """Make the sections, still empty; define the linker's symbols that somebody refers to."""
    if link.options.relocatable:
        return
    link.own.image = link.own.image
    d = DynamicSections(link)
    link.dyn = d
    options = link.options
    if options.build_id:
        size = {"sha1": 20, "md5": 16, "uuid": 16}.get(options.build_id, len(options.build_id) // 2 - 1)
        note = link.synthetic(".note.gnu.build-id", c.SHT_NOTE, c.SHF_ALLOC, 4, 16 + size)
        note.data = b"\4\0\0\0" + size.to_bytes(4, "little") + b"\3\0\0\0GNU\0" + bytes(size)
        if link.files:      # it counts as the first file's last section, as GNU ld has it
            note.sequence = max((s.sequence for s in link.files[0].sections if s is not None), default=note.sequence)
        link.build_id_note = note
    define_hidden(link, "_GLOBAL_OFFSET_TABLE_", d.gotplt if link.target.got_symbol_in_gotplt else d.got)
    define_hidden(link, "__ehdr_start", d.got)
    if link.is_dynamic:
        define_hidden(link, "_DYNAMIC", d.dynamic)
        d.dynamic.size = 1      # not empty: its size comes later


def define_hidden(link: Link, name: str, section: InputSection) -> None:
    """A linker-defined symbol at the start of a section, if it is referred to and not defined."""
    s = link.symbols.get(name)
    if s is not None and s.state in (UNDEFINED, SHARED):
        s.state = DEFINED
        s.section = section
        s.value = 0
        s.weak = False
        s.file = link.own
        s.visibility = c.STV_HIDDEN
        s.forced_local = True
        if not name.startswith("__"):
            s.kind = c.STT_OBJECT
        if name == "_GLOBAL_OFFSET_TABLE_":
            link.scanner.needs_got_base = True


def scan_relocations(link: Link) -> None:
    """Let the target look at every relocation of live sections."""
    if link.options.relocatable:
        return
    link.scanner.link = link
    target = link.target
    for s in link.sections:
        if s.relocations is not None and s.alive and s.output is not None:
            target.scan(link, s)


def wants_relro(link: Link) -> bool:
    """-z relro: on by default; only a layout with DATA_SEGMENT_RELRO_END has such a region."""
    wish = link.options.relro
    if link.options.relocatable or link.options.omagic or link.options.nmagic:
        return False
    return True if wish is None else wish


# ---- sizes ----------------------------------------------------------------------------------------


def size_sections(link: Link) -> None:
    """Give GOT, PLT and dynamic tables their entries; after this their sizes are final."""
    if link.options.relocatable:
        return
    d = link.dyn
    scanner = link.scanner
    target = link.target
    if link.is_dynamic:
        collect_frames_size(link)
        d.relocations = []
        for s in list(scanner.wanting):
            if s.needs & NEEDS_COPY:
                copy_symbol(link, s)
        d.got.size = target.got_reserved * link.word
        d.gotplt.size = target.gotplt_reserved * link.word
    else:
        collect_frames_size(link)
        d.got.size = target.got_reserved * link.word
    base_got = d.got.size
    base_gotplt = d.gotplt.size
    for s in scanner.wanting:
        if s.needs & NEEDS_PLT:
            allocate_plt(link, s)
    for s in scanner.wanting:
        if s.needs & (NEEDS_GOT | NEEDS_GOTTP | NEEDS_TLSGD | NEEDS_TLSDESC):
            allocate_got(link, s)
    if scanner.needs_tlsld:
        d.tlsld = d.got.size
        d.got.size += 2 * link.word
        if link.options.shared:
            add_relocation(link, d.got, d.tlsld, target.dyn_tls_module, None, 0, False)
    if d.got.size == base_got and not (scanner.needs_got_base and not target.got_symbol_in_gotplt):
        d.got.size = 0
    if d.gotplt.size == base_gotplt and not (scanner.needs_got_base and target.got_symbol_in_gotplt):
        d.gotplt.size = 0
    if scanner.needs_got_base and target.got_symbol_in_gotplt and not d.gotplt.size:
        d.gotplt.size = target.gotplt_reserved * link.word
    d.relocations += scanner.relocations
    if link.is_dynamic:
        choose_dynamic_symbols(link)
        size_tables(link)
    else:
        d.dynamic.size = 0
        size_relocations(link)
    for section in (d.got, d.gotplt, d.igotplt, d.plt, d.plt_sec, d.iplt):
        section.data = bytes(section.size)
    place_late_sections(link)


def collect_frames_size(link: Link) -> None:
    """Room for .eh_frame_hdr: one table entry for each FDE."""
    if link.options.eh_frame_hdr and link.frame_count >= 0:
        link.dyn.frame_hdr.size = 12 + 8 * link.frame_count
        link.dyn.frame_hdr.data = bytes(link.dyn.frame_hdr.size)


def add_relocation(link: Link, section: InputSection, offset: int, kind: int, s: LinkSymbol | None, addend: int, use_address: bool) -> None:
    """A dynamic relocation of the linker's own sections."""
    link.dyn.relocations.append(DynamicRelocation(section, offset, kind, s, addend, use_address))


def copy_symbol(link: Link, s: LinkSymbol) -> None:
    """Room in .dynbss for a variable of a shared object, and for the other names it has there."""
    d = link.dyn
    section = d.dynbss
    file = s.file
    if s.state != SHARED:
        return
    if s.visibility == c.STV_PROTECTED:
        link.error(f"copy relocation against protected symbol `{s.name}' defined in {file.name}")
    align = max(s.common_align, 1)
    offset = section.size + (-section.size % align)
    section.align = max(section.align, align)
    section.size = offset + s.size
    value, number = s.value, s.original_value
    add_relocation(link, section, offset, link.target.dyn_copy, s, 0, False)
    for g in file.symbols:
        if g.state == SHARED and g.file is file and g.value == value and g.original_value == number and g.kind == s.kind:
            g.state = DEFINED
            g.section = section
            g.value = offset
            g.exported = True
            g.in_regular = True
            g.preemptible = False
            g.alias_of = s
            g.needs &= ~NEEDS_COPY


def allocate_plt(link: Link, s: LinkSymbol) -> None:
    """A PLT entry and its GOT slot."""
    d = link.dyn
    target = link.target
    if s.plt >= 0:
        return
    if not s.preemptible and s.kind == c.STT_GNU_IFUNC:
        s.plt = d.iplt.size
        s.gotplt = d.igotplt.size
        s.local_plt = True
        d.iplt.size += target.iplt_entry_size
        d.igotplt.size += link.word
        d.iplt_symbols.append(s)
        add_relocation(link, d.igotplt, s.gotplt, target.dyn_irelative, s, 0, True)
        return
    if not s.preemptible:
        return
    if not d.plt.size:
        d.plt.size = target.plt_header_size
    if target.uses_plt_sec(link):
        s.plt = d.plt_sec.size
        d.plt_sec.size += 16
    else:
        s.plt = d.plt.size
    d.plt.size += target.plt_entry_size
    s.gotplt = d.gotplt.size
    d.gotplt.size += link.word
    d.plt_symbols.append(s)
    s.needs |= NEEDS_DYNSYM


def allocate_got(link: Link, s: LinkSymbol) -> None:
    """GOT entries of all kinds, with the dynamic relocations that fill them."""
    d = link.dyn
    target = link.target
    word = link.word
    pic = link.options.is_pic
    if s.preemptible:
        s.needs |= NEEDS_DYNSYM
    if s.needs & NEEDS_GOT and s.got < 0:
        s.got = d.got.size
        d.got.size += word
        d.got_words.append((s.got, s, NEEDS_GOT))
        if s.preemptible and not (s.needs & NEEDS_CANONICAL and s.plt >= 0 and not link.options.shared and s.kind == c.STT_GNU_IFUNC):
            add_relocation(link, d.got, s.got, target.dyn_glob_dat, s, 0, False)
        elif pic and s.state != UNDEFINED and (s.section is not ABSOLUTE_SECTION or s.moves):
            resolved = s.kind == c.STT_GNU_IFUNC and not s.needs & NEEDS_CANONICAL
            add_relocation(link, d.got, s.got, target.dyn_irelative if resolved else target.dyn_relative, s, 0, True)
    if s.needs & NEEDS_GOTTP and s.gottp < 0:
        s.gottp = d.got.size
        d.got.size += word
        d.got_words.append((s.gottp, s, NEEDS_GOTTP))
        link.scanner.static_tls = True
        if s.preemptible:
            add_relocation(link, d.got, s.gottp, target.dyn_tp_offset, s, 0, False)
        elif link.options.shared:
            add_relocation(link, d.got, s.gottp, target.dyn_tp_offset, s, 0, True)
    if s.needs & NEEDS_TLSGD and s.tlsgd < 0:
        s.tlsgd = d.got.size
        d.got.size += 2 * word
        d.got_words.append((s.tlsgd, s, NEEDS_TLSGD))
        if s.preemptible:
            add_relocation(link, d.got, s.tlsgd, target.dyn_tls_module, s, 0, False)
            add_relocation(link, d.got, s.tlsgd + word, target.dyn_tls_offset, s, 0, False)
        elif link.options.shared:
            add_relocation(link, d.got, s.tlsgd, target.dyn_tls_module, None, 0, False)
    if s.needs & NEEDS_TLSDESC and s.tlsdesc < 0:
        s.tlsdesc = d.got.size
        d.got.size += 2 * word
        d.got_words.append((s.tlsdesc, s, NEEDS_TLSDESC))
        add_relocation(link, d.got, s.tlsdesc, target.dyn_tlsdesc, s, 0, not s.preemptible)


def choose_dynamic_symbols(link: Link) -> None:
    """The symbols of .dynsym in their order: those that are not hashed first, then by hash bucket."""
    d = link.dyn
    plain: list[LinkSymbol] = []
    hashed: list[LinkSymbol] = []
    for s in link.symbols.values():
        if s.forced_local or s.visibility in (c.STV_HIDDEN, c.STV_INTERNAL):
            continue
        if s.state == DEFINED:
            if s.exported and (s.section is ABSOLUTE_SECTION or (s.section.alive and not s.section.discarded)):
                hashed.append(s)
        elif s.state == SHARED:
            if s.in_regular:
                (hashed if s.needs & NEEDS_CANONICAL and not link.options.shared else plain).append(s)
        elif s.preemptible:
            plain.append(s)
    names = [s.name.partition("@")[0].encode("utf-8", "surrogateescape") for s in hashed]
    hashed = [hashed[i] for i in gnu_order(names)]
    d.dynamic_symbols = plain + hashed
    d.hashed_from = len(plain) + 1
    for i, s in enumerate(d.dynamic_symbols):
        s.dynsym = i + 1


def size_tables(link: Link) -> None:
    """Sizes of everything that .dynamic refers to."""
    d = link.dyn
    options = link.options
    form = link.form
    if not options.shared and not options.no_dynamic_linker and not (options.static and options.pie) and (link.shared or not options.static):
        path = options.dynamic_linker or link.target.interpreter
        d.interp.data = path.encode("utf-8", "surrogateescape") + b"\0"
        d.interp.size = len(d.interp.data)
    for f in link.shared:
        d.string(f.soname)
    if options.soname:
        d.string(options.soname)
    if options.rpath:
        d.string(":".join(options.rpath))
    for text in options.auxiliary:
        d.string(text)
    if options.filter:
        d.string(options.filter)
    names: list[bytes] = []
    for s in d.dynamic_symbols:
        base = s.name.partition("@")[0]
        s.dynstr = d.string(base)
        names.append(base.encode("utf-8", "surrogateescape"))
    size_relocations(link)
    size_versions(link)
    d.dynstr.size = len(d.string_bytes)
    d.dynsym.size = (len(d.dynamic_symbols) + 1) * form.symbol.size
    if options.hash_style in ("sysv", "both"):
        d.hash.data = sysv_table(names)
        d.hash.size = len(d.hash.data)
    if options.hash_style in ("gnu", "both"):
        d.gnu_hash.data = gnu_table(names[d.hashed_from - 1:], d.hashed_from, form.bits)
        d.gnu_hash.size = len(d.gnu_hash.data)
    d.dynamic_rows = len(dynamic_rows(link)) + 1
    d.dynamic.size = d.dynamic_rows * 2 * link.word


def size_relocations(link: Link) -> None:
    """Sizes of the relocation sections.  IRELATIVE ones stand behind the PLT's, where their order holds."""
    d = link.dyn
    entry = d.rel_dyn.entry_size
    irelative = link.target.dyn_irelative
    if link.options.pack_relative_relocs and link.is_dynamic:
        relative = link.target.dyn_relative
        d.packed = [r for r in d.relocations if r.kind == relative and r.section.align >= 2 and not r.offset & 1 and r.section.flags & 1]
        chosen = {id(r) for r in d.packed}
        d.relocations = [r for r in d.relocations if id(r) not in chosen]
        if d.packed:
            d.relr_dyn.size = link.word
    late = [r for r in d.relocations if r.kind == irelative]
    d.rel_dyn.size = (len(d.relocations) - len(late)) * entry
    d.rel_plt.size = len(d.plt_symbols) * entry
    d.rel_iplt.size = len(late) * entry


def pack_relative(link: Link) -> bool:
    """Encode .relr.dyn for the current addresses; whether it needs more room than it has.

    An even word is an address; an odd one is a bitmap of the words behind the last address.
    """
    d = link.dyn
    if not d.packed:
        return False
    word = link.word
    bits = 8 * word - 1
    places = sorted(r.section.address + r.offset for r in d.packed)
    words: list[int] = []
    i = 0
    while i < len(places):
        words.append(places[i])
        base = places[i] + word
        i += 1
        while True:
            bitmap = 0
            while i < len(places) and places[i] < base + bits * word and (places[i] - base) % word == 0:
                bitmap |= 1 << (places[i] - base) // word
                i += 1
            if not bitmap:
                break
            words.append(bitmap << 1 | 1)
            base += bits * word
    section = d.relr_dyn
    grown = len(words) * word > section.size
    if grown:
        section.size = len(words) * word
    words += [1] * (section.size // word - len(words))
    section.data = b"".join([(w & link.mask).to_bytes(word, "little") for w in words])
    return grown


def size_versions(link: Link) -> None:
    """.gnu.version, .gnu.version_r, .gnu.version_d"""
    d = link.dyn
    versions = link.versions
    defined = [n for n in versions.nodes if n.name] if versions is not None else []
    number = 2 + len(defined)
    for s in d.dynamic_symbols:
        if s.state == SHARED or s.alias_of is not None:
            if s.version:
                known = d.needed_versions.setdefault(s.file.soname, {})
                if s.version not in known:
                    known[s.version] = number
                    number += 1
                s.version_index = known[s.version]
            else:
                s.version_index = c.VER_NDX_GLOBAL
        elif s.state == UNDEFINED:
            s.version_index = c.VER_NDX_LOCAL
    if link.options.pack_relative_relocs:
        # glibc refuses DT_RELR without a need for this version
        for soname, known in d.needed_versions.items():
            if soname.startswith("libc.so."):
                known.setdefault("GLIBC_ABI_DT_RELR", number)
    if not d.needed_versions and not defined:
        return
    d.versym.size = 2 * (len(d.dynamic_symbols) + 1)
    if d.needed_versions:
        needs = [(d.string(f), [(v, d.string(v), i) for v, i in vs.items()]) for f, vs in d.needed_versions.items()]
        d.verneed.data = version_needs(needs)
        d.verneed.size = len(d.verneed.data)
        d.verneed.info = len(needs)
    if defined:
        own = link.options.soname or link.options.output.rpartition("/")[2]
        rows: list[tuple[str, int, int, bool, list[int]]] = [(own, d.string(own), 1, True, [])]
        for n in defined:
            rows.append((n.name, d.string(n.name), n.index, False, [d.string(p) for p in n.parents]))
        d.verdef.data = version_definitions(rows)
        d.verdef.size = len(d.verdef.data)
        d.verdef.info = len(rows)
