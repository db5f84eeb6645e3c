"""Dynamic linking: which symbols other modules may see or replace, and the sections for the dynamic linker.

The work is spread over the link: `decide_kind` and `create_sections` before sections are placed,
`scan_relocations` and `size_sections` before layout, `fill_sections` when addresses are final,
`fill_late_sections` when the contents have been relocated.
"""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.elf import constants as c
from toolchain.ld.ehframe import frame_header
from toolchain.ld.model import (
    ABSOLUTE_SECTION,
    COMMON,
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
    UNDEFINED_SECTION,
    InputSection,
    LinkSymbol,
    OutputSection,
)
from toolchain.ld.place import glob, place_late_sections
from toolchain.ld.scan import DynamicRelocation
from toolchain.ld.state import Link
from toolchain.ld.tables import gnu_order, gnu_table, sysv_table, version_definitions, version_needs
from toolchain.ld.versions import VersionNode, VersionParser, Versions

_RELRO_SECTIONS: Final = 0


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


# ---- sections -------------------------------------------------------------------------------------


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


# ---- contents -------------------------------------------------------------------------------------


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
        binding = c.STB_WEAK if s.weak and not (s.state == SHARED and s.strong_reference) else s.binding if s.binding == 10 else c.STB_GLOBAL
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


__all__ = ["create_sections", "decide_kind", "fill_late_sections", "fill_sections", "pack_relative", "scan_relocations", "size_sections", "wants_relro"]
