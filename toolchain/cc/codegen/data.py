"""Data objects to sections: where each datum goes, its bytes, relocations, aliases and common symbols.

Section names and flags follow gcc: constants without addresses in .rodata, with addresses in
.data.rel.ro when code is position-independent, mergeable constants in .rodata.cstN and .rodata.str1.N.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen.unitstate import UnitState
from toolchain.cc.ir.ir import DataObject, GlobalSymbol
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
    STB_GLOBAL,
    STB_LOCAL,
    STB_WEAK,
    STT_FUNC,
    STT_OBJECT,
    STT_TLS,
)
from toolchain.mc.model.expr import CONST, Expr, SectionSpec, difference, symbol_ref

ARRAY_TYPES: Final = {".init_array": SHT_INIT_ARRAY, ".fini_array": SHT_FINI_ARRAY, ".preinit_array": SHT_PREINIT_ARRAY}


def section_type(name: str) -> int:
    """ELF type that a section's name implies (gcc's default_elf_section_type)."""
    for prefix, kind in ARRAY_TYPES.items():
        if name == prefix or name.startswith(prefix + "."):
            return kind
    if name.startswith((".bss.", ".sbss.", ".tbss.", ".gnu.linkonce.b.", ".gnu.linkonce.sb.", ".gnu.linkonce.tb.")) or name in (".bss", ".sbss", ".tbss"):
        return SHT_NOBITS
    if name.startswith(".note"):
        return SHT_NOTE
    return SHT_PROGBITS


class DataPlacer:
    """Chooses sections under the unit's options."""

    def __init__(self, unit: UnitState) -> None:
        options = unit.options
        self.unit = unit
        self.data_sections = options.flag("data-sections", False)
        self.pic = options.pic != 0
        self.zero_in_bss = options.flag("zero-initialized-in-bss", True)
        self.common = options.flag("common", False)
        self.merge = options.flag("merge-constants", options.optimize > 0 or options.optimize_size)

    def spec(self, d: DataObject) -> SectionSpec:
        """The section of a datum."""
        if d.section:
            return self.named(d)
        suffix = "." + d.symbol.name if self.data_sections and not (d.merge or d.strings) else ""
        if d.tls:
            if d.zero:
                return SectionSpec(".tbss" + suffix, SHT_NOBITS, SHF_ALLOC | SHF_WRITE | SHF_TLS)
            return SectionSpec(".tdata" + suffix, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE | SHF_TLS)
        if d.readonly:
            if d.relocations and self.pic:
                local = ".local" if all(r[2].local for r in d.relocations) else ""
                return SectionSpec(f".data.rel.ro{local}{suffix}", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE)
            if d.strings and self.merge and not d.relocations and d.align <= max(1, d.merge) * 8:
                entity = max(1, d.merge)
                return SectionSpec(f".rodata.str{entity}.{max(entity, d.align)}", SHT_PROGBITS, SHF_ALLOC | SHF_MERGE | SHF_STRINGS, entity)
            if d.merge in (4, 8, 16, 32) and self.merge and not d.relocations and d.size == d.merge:
                return SectionSpec(f".rodata.cst{d.merge}", SHT_PROGBITS, SHF_ALLOC | SHF_MERGE, d.merge)
            return SectionSpec(".rodata" + suffix, SHT_PROGBITS, SHF_ALLOC)
        if d.zero and self.zero_in_bss and not d.relocations:
            return SectionSpec(".bss" + suffix, SHT_NOBITS, SHF_ALLOC | SHF_WRITE)
        return SectionSpec(".data" + suffix, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE)

    def named(self, d: DataObject) -> SectionSpec:
        """A section given by attribute: flags from its name and what it holds."""
        name = d.section
        kind = section_type(name)
        flags = SHF_ALLOC
        if d.tls or name.startswith((".tdata", ".tbss")):
            flags |= SHF_TLS | SHF_WRITE
        elif not d.readonly or (d.relocations and self.pic):
            flags |= SHF_WRITE
        if name.startswith((".init.text", ".text")):
            flags |= SHF_EXECINSTR
        known = self.unit.section_flags.get(name)
        if known is not None:
            return SectionSpec(name, known[0], known[1])
        self.unit.section_flags[name] = (kind, flags)
        return SectionSpec(name, kind, flags)


def emit_data(d: DataObject, unit: UnitState, placer: DataPlacer) -> None:
    """Emit one datum."""
    s = unit.streamer
    symbol = s.symbol(d.symbol.name)
    if d.common or (placer.common and d.zero and not d.section and not d.tls and not d.symbol.local and not d.symbol.weak and not d.readonly
                    and d.common):
        if d.symbol.visibility:
            s.visibility(symbol, d.symbol.visibility)
        s.common(symbol, max(d.size, 1), max(d.align, 1), d.symbol.local, d.loc)
        return
    spec = placer.spec(d)
    s.section(spec)
    if d.align > 1:
        s.align(d.align, 0, 0, 1, d.loc)
    define(d.symbol, unit, STT_TLS if d.tls else STT_OBJECT)
    s.label(symbol, d.loc)
    if not d.symbol.name.startswith(".L"):
        s.size(symbol, Expr(CONST, d.size))
    if spec.kind == SHT_NOBITS:
        if d.size:
            s.fill(Expr(CONST, d.size), 1, Expr(CONST, 0), d.loc)
        return
    contents(d, unit)


def contents(d: DataObject, unit: UnitState) -> None:
    """Bytes with relocations between them."""
    s = unit.streamer
    data = bytes(d.data)
    at = 0
    patches: list[tuple[int, int, Expr]] = []
    for offset, size, symbol, addend in d.relocations:
        patches.append((offset, size, symbol_ref(unit.symbol(symbol), addend)))
    for offset, size, a, b, addend in d.differences:
        patches.append((offset, size, difference(s.symbol(a), s.symbol(b), addend)))
    patches.sort(key=patch_offset)
    for offset, size, e in patches:
        if offset > at:
            s.data(piece(data, at, offset))
        s.value(e, size, d.loc)
        at = offset + size
    if at < len(data):
        s.data(data[at:])
        at = len(data)
    if d.size > at:
        s.fill(Expr(CONST, d.size - at), 1, Expr(CONST, 0), d.loc)


def piece(data: bytes, start: int, end: int) -> bytes:
    """data[start:end], zeros where the data has ended."""
    out = data[start:end]
    return out + bytes(end - start - len(out))


def patch_offset(p: tuple[int, int, Expr]) -> int:
    """Sort key of a patch."""
    return p[0]


def define(g: GlobalSymbol, unit: UnitState, kind: int) -> None:
    """Binding, visibility and type of a symbol this unit defines."""
    if g.name.startswith(".L"):
        return
    s = unit.streamer
    m = s.symbol(g.name)
    if g.local:
        s.binding(m, STB_LOCAL)
    else:
        s.binding(m, STB_WEAK if g.weak else STB_GLOBAL)
        if g.visibility:
            s.visibility(m, g.visibility)
    s.kind(m, kind)
    unit.mentioned[g.name] = g


def emit_alias(g: GlobalSymbol, unit: UnitState) -> None:
    """`alias` attribute: `g` is another name for `g.alias_of`."""
    target = g.alias_of
    assert target is not None
    s = unit.streamer
    define(g, unit, STT_FUNC if g.is_function else STT_TLS if g.tls_model else STT_OBJECT)
    s.assign(s.symbol(g.name), symbol_ref(s.symbol(target.name)), g.decl_loc)


def emit_weak_reference(g: GlobalSymbol, unit: UnitState) -> None:
    """A weak symbol that is declared but neither defined nor otherwise mentioned by code."""
    unit.symbol(g)
