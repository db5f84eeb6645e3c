"""Emission of what is not code: sections of symbols, data objects, aliases, constructor tables.

Which section a symbol goes to follows gcc (gcc/varasm.cc, default_section_type_flags and
default_elf_select_section) without its small-data sections."""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen.unitstate import UnitState
from toolchain.cc.ir.ir import DataObject, GlobalSymbol
from toolchain.cc.options import CompileOptions
from toolchain.cc.parse.ast import Symbol
from toolchain.diagnostics import Loc
from toolchain.elf.constants import (
    SHF_ALLOC,
    SHF_EXECINSTR,
    SHF_MERGE,
    SHF_STRINGS,
    SHF_TLS,
    SHF_WRITE,
    SHT_FINI_ARRAY,
    SHT_INIT_ARRAY,
    SHT_NOBITS,
    SHT_NOTE,
    SHT_PREINIT_ARRAY,
    SHT_PROGBITS,
    STT_FUNC,
    STT_GNU_IFUNC,
)
from toolchain.mc.model.expr import CONST, Expr, SectionSpec, difference, symbol_ref

TYPES_BY_PREFIX: Final[tuple[tuple[str, int], ...]] = (
    (".init_array", SHT_INIT_ARRAY), (".fini_array", SHT_FINI_ARRAY), (".preinit_array", SHT_PREINIT_ARRAY), (".note", SHT_NOTE))
"""Section types that go with names; all others have contents, .bss and .tbss none."""
SHF_GNU_RETAIN: Final = 0x200000
DEFAULT_PRIORITY: Final = 65535


def has_prefix(name: str, prefix: str) -> bool:
    """`name` is `prefix` or begins with `prefix.`."""
    return name == prefix or name.startswith(prefix + ".")


def named_section(name: str, writable: bool, code: bool, tls: bool) -> SectionSpec:
    """The section that `__attribute__((section(name)))` asks for."""
    kind = SHT_PROGBITS
    for prefix, t in TYPES_BY_PREFIX:
        if has_prefix(name, prefix):
            kind = t
    if has_prefix(name, ".bss") or has_prefix(name, ".sbss") or has_prefix(name, ".tbss") or has_prefix(name, ".gnu.linkonce.b"):
        kind = SHT_NOBITS
    flags = SHF_ALLOC
    if code:
        flags |= SHF_EXECINSTR
    elif writable:
        flags |= SHF_WRITE
    if tls or has_prefix(name, ".tdata") or has_prefix(name, ".tbss"):
        flags |= SHF_TLS | SHF_WRITE
    return SectionSpec(name, kind, flags)


class DataEmitter:
    """Writes data through a streamer; `far_flag` is in sh_flags of the sections for large data."""

    def __init__(self, state: UnitState, options: CompileOptions, far_flag: int) -> None:
        self.state = state
        self.streamer = state.streamer
        self.options = options
        self.far_flag = far_flag
        self.explicit: dict[str, SectionSpec] = {}
        """Sections named by attributes: the first use decides the flags."""
        self.data_sections = options.flag("data-sections", False)
        self.function_sections = options.flag("function-sections", False)
        self.zero_in_bss = options.flag("zero-initialized-in-bss", True)
        self.merge = options.flag("merge-constants", options.optimize > 0 or True)

    # ------------------------------------------------------------ sections
    def explicit_section(self, name: str, writable: bool, code: bool, tls: bool, loc: Loc) -> SectionSpec:
        """A section named by an attribute.  A later object that needs it writable where it was read-only is an error."""
        known = self.explicit.get(name)
        if known is None:
            known = named_section(name, writable, code, tls)
            self.explicit[name] = known
        elif code != bool(known.flags & SHF_EXECINSTR) and not has_prefix(name, ".bss"):
            self.state.diagnostics.error(loc, f"section '{name}' is used for both code and data")
        return known


    def data_section(self, o: DataObject) -> SectionSpec:
        """Where an object goes."""
        relocated = bool(o.relocations or o.differences)
        pic = self.options.pic != 0
        writable = not o.readonly
        if o.section:
            spec = self.explicit_section(o.section, writable or relocated and pic, False, o.tls, o.loc)
            if o.symbol.far:
                return SectionSpec(spec.name, SHT_NOBITS if has_prefix(spec.name, ".lbss") else spec.kind, spec.flags | self.far_flag)
            return spec
        flags = SHF_ALLOC
        kind = SHT_PROGBITS
        if o.tls:
            name = ".tbss" if o.zero else ".tdata"
            flags |= SHF_TLS | SHF_WRITE
        elif o.readonly and not relocated:
            if o.merge and self.merge:
                return self._merge_section(o)
            name = ".rodata"
        elif o.readonly:
            name = ".rodata"
            if pic:
                local = all(s.local for _, _, s, _ in o.relocations)
                name = ".data.rel.ro.local" if local else ".data.rel.ro"
                flags |= SHF_WRITE
        elif o.zero and self.zero_in_bss:
            name = ".bss"
            flags |= SHF_WRITE
        else:
            name = ".data"
            if pic and relocated:
                name = ".data.rel.local" if all(s.local for _, _, s, _ in o.relocations) else ".data.rel"
            flags |= SHF_WRITE
        if name in (".bss", ".tbss"):
            kind = SHT_NOBITS
        if o.symbol.far:
            name = ".l" + name[1:]
            flags |= self.far_flag
        if self.data_sections and not o.symbol.name.startswith(".L"):
            name = f"{name}.{o.symbol.name}"
        return SectionSpec(name, kind, flags)

    @staticmethod
    def _merge_section(o: DataObject) -> SectionSpec:
        flags = SHF_ALLOC | SHF_MERGE | (SHF_STRINGS if o.strings else 0)
        name = f".rodata.str{o.merge}.{o.align}" if o.strings else f".rodata.cst{o.merge}"
        return SectionSpec(name, SHT_PROGBITS, flags, o.merge)

    # ------------------------------------------------------------ objects
    def emit(self, o: DataObject, retain: bool = False) -> None:
        """One object: section, attributes, label, contents."""
        s = self.streamer
        symbol = self.state.symbol(o.symbol)
        if o.common and not o.section and o.zero:
            if not o.symbol.local and o.symbol.visibility:
                s.visibility(symbol, o.symbol.visibility)
            s.common(symbol, max(o.size, 1), o.align, o.symbol.local, o.loc)
            return
        spec = self.data_section(o)
        if retain:
            spec = SectionSpec(spec.name, spec.kind, spec.flags | SHF_GNU_RETAIN, spec.entry_size)
        s.section(spec)
        if o.align > 1:
            s.align(o.align, None, 0, 1, o.loc)
        if not o.symbol.name.startswith(".L"):
            self.state.define(o.symbol, symbol)
            s.size(symbol, Expr(CONST, o.size))
        s.label(symbol, o.loc)
        self.contents(o, spec.kind == SHT_NOBITS)

    def contents(self, o: DataObject, nobits: bool) -> None:
        """The bytes, with relocations between them."""
        s = self.streamer
        data = bytes(o.data)
        if nobits or not data:
            if o.size:
                s.fill(Expr(CONST, o.size), 1, Expr(CONST, 0), o.loc)
            return
        marks: list[tuple[int, int, Expr]] = []
        for offset, size, target, addend in o.relocations:
            marks.append((offset, size, symbol_ref(self.state.symbol(target), addend)))
        for offset, size, a, b, addend in o.differences:
            marks.append((offset, size, difference(s.symbol(a), s.symbol(b), addend)))
        marks.sort(key=_mark_offset)
        at = 0
        for offset, size, e in marks:
            if offset > at:
                s.data(data[at:offset])
            s.value(e, size, o.loc)
            at = offset + size
        if at < len(data):
            s.data(data[at:])
        if o.size > len(data):
            s.fill(Expr(CONST, o.size - len(data)), 1, Expr(CONST, 0), o.loc)

    # ------------------------------------------------------------ others
    def alias(self, symbol: Symbol, g: GlobalSymbol, target: GlobalSymbol, loc: Loc) -> None:
        """`g` is another name of `target`, or (ifunc) resolved by it at load time."""
        s = self.streamer
        m = self.state.symbol(g)
        self.state.define(g, m)
        s.assign(m, symbol_ref(self.state.symbol(target)), loc)
        if symbol.attrs.ifunc:
            s.kind(m, STT_GNU_IFUNC)
        elif g.is_function:
            s.kind(m, STT_FUNC)
        elif g.size >= 0:
            s.size(m, Expr(CONST, g.size))

    def table_entry(self, name: str, kind: int, priority: int, function: GlobalSymbol, pointer_size: int, loc: Loc) -> None:
        """One entry of .init_array or .fini_array."""
        if priority != DEFAULT_PRIORITY:
            name = f"{name}.{priority:05d}"
        s = self.streamer
        s.section(SectionSpec(name, kind, SHF_ALLOC | SHF_WRITE))
        s.align(pointer_size, None, 0, 1, loc)
        s.value(symbol_ref(self.state.symbol(function)), pointer_size, loc)

    def constructor(self, priority: int, function: GlobalSymbol, pointer_size: int, loc: Loc) -> None:
        """Run `function` before main."""
        self.table_entry(".init_array", SHT_INIT_ARRAY, priority, function, pointer_size, loc)

    def destructor(self, priority: int, function: GlobalSymbol, pointer_size: int, loc: Loc) -> None:
        """Run `function` at exit."""
        self.table_entry(".fini_array", SHT_FINI_ARRAY, priority, function, pointer_size, loc)

    def stack_note(self, executable: bool) -> None:
        """.note.GNU-stack: whether the stack must be executable."""
        self.streamer.section(SectionSpec(".note.GNU-stack", SHT_PROGBITS, SHF_EXECINSTR if executable else 0))


def _mark_offset(mark: tuple[int, int, Expr]) -> int:
    return mark[0]
