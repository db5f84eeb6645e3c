"""Tables for unwinding through functions with landing pads: the call sites of C's personality routine.

Form: "C++ ABI for Itanium: Exception Handling" section 7 (gcc's LSDA); pointer encodings: LSB Core, "DWARF Exception Header Encoding".
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen.unitstate import UnitState
from toolchain.diagnostics import Loc
from toolchain.dwarf.leb128 import encode_unsigned
from toolchain.elf.constants import SHF_ALLOC, SHF_GROUP, SHF_WRITE, SHT_PROGBITS, STB_WEAK, STT_OBJECT, STV_HIDDEN
from toolchain.mc.model.expr import MCSymbol, SectionSpec, difference, symbol_ref

PERSONALITY: Final = "__gcc_personality_v0"
PE_OMIT: Final = 0xFF
PE_ABSOLUTE: Final = 0x00
PE_UDATA4: Final = 0x03
PE_PCREL_SDATA4: Final = 0x1B
PE_INDIRECT: Final = 0x80
SITE_BYTES: Final = 13


def describe(unit: UnitState, sites: list[tuple[MCSymbol, MCSymbol, MCSymbol]], function: MCSymbol, loc: Loc) -> None:
    """Write the table of one function and name it in the function's call frame information, which is open."""
    s = unit.streamer
    table = s.temporary()
    if unit.options.pic:
        s.cfi("personality", (PE_INDIRECT | PE_PCREL_SDATA4, symbol_ref(personality_word(unit))), loc)
    else:
        s.cfi("personality", (PE_ABSOLUTE, symbol_ref(s.symbol(PERSONALITY))), loc)
    s.cfi("lsda", (PE_PCREL_SDATA4, symbol_ref(table)), loc)
    s.section(SectionSpec(".gcc_except_table", SHT_PROGBITS, SHF_ALLOC))
    s.align(4, 0, 0, 1, loc)
    s.label(table, loc)
    s.data(bytes((PE_OMIT, PE_OMIT, PE_UDATA4)) + encode_unsigned(SITE_BYTES * len(sites)))
    for start, end, pad in sites:
        s.value(difference(start, function), 4, loc)
        s.value(difference(end, start), 4, loc)
        s.value(difference(pad, function), 4, loc)
        s.data(b"\0")                       # no action: a cleanup


def personality_word(unit: UnitState) -> MCSymbol:
    """A word with the routine's address, one per program, because position-independent tables cannot hold it themselves."""
    known = unit.personality
    if known is not None:
        return known
    s = unit.streamer
    name = "DW.ref." + PERSONALITY
    symbol = unit.personality = s.symbol(name)
    size = unit.pointer_size
    s.section(SectionSpec(".data.rel.local." + name, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE | SHF_GROUP, 0, name))
    s.binding(symbol, STB_WEAK)
    s.visibility(symbol, STV_HIDDEN)
    s.kind(symbol, STT_OBJECT)
    s.align(size, 0, 0, 1, 0)
    s.label(symbol, 0)
    s.value(symbol_ref(s.symbol(PERSONALITY)), size, 0)
    end = s.temporary()
    s.label(end, 0)
    s.size(symbol, difference(end, symbol))
    return symbol
