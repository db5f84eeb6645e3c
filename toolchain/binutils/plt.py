"""Names for procedure linkage table entries, `symbol@plt`, which no symbol table holds.

On some machines entries are told by the GOT slot that each jumps through: the relocation of that slot names the
symbol.  On others they follow a header, all of one size, in the order of the relocations of .rela.plt.
"""
from __future__ import annotations

from toolchain.binutils.machine import Machine
from toolchain.binutils.machines import machine
from toolchain.elf.constants import (
    SHF_EXECINSTR,
    SHN_UNDEF,
    SHT_DYNSYM,
    SHT_REL,
    SHT_RELA,
    STB_GLOBAL,
)
from toolchain.elf.image import Symbol
from toolchain.elf.reader import ElfFile
from toolchain.elf.records import decode_relocations
from toolchain.elf.versions import read_versions


def slot_names(elf: ElfFile) -> dict[int, str]:
    """Addresses that dynamic relocations fill in, and the symbol each names, with its version and, if it is
    defined here, the distance from it (which is how objdump shows such an address)."""
    dynsym = elf.find(SHT_DYNSYM)
    out: dict[int, str] = {}
    if not dynsym:
        return out
    versions = read_versions(elf)
    symbols = elf.read_symbols(dynsym)
    code = [x for x in elf.sections if x.flags & SHF_EXECINSTR]
    for i, s in enumerate(elf.sections):
        if s.kind not in (SHT_REL, SHT_RELA) or s.link != dynsym:
            continue
        offsets, _, numbers, _ = decode_relocations(elf.form, elf.section_data(i), s.kind == SHT_RELA)
        for offset, number in zip(offsets, numbers):
            in_code = any(x.address <= offset < x.address + x.size for x in code)
            if 0 < number < len(symbols) and not in_code:
                _, version = versions.suffix(number, symbols[number].section == SHN_UNDEF)
                if not version and number < len(versions.symbols) and versions.symbols[number] & 0x7FFF == 1:
                    version = "Base"
                text = symbols[number].name + ("@" + version if version else "")
                distance = offset - symbols[number].value
                if symbols[number].section != SHN_UNDEF and distance:
                    text += f"+{distance:#x}" if distance > 0 else f"-{-distance:#x}"
                out[offset] = text
    return out


def plt_symbols(elf: ElfFile) -> list[Symbol]:
    """One symbol an entry of every PLT section; empty for files and machines that have none."""
    dynsym = elf.find(SHT_DYNSYM)
    facts = machine(elf.header.machine)
    if not dynsym or not (facts.plt_entry or facts.plt_sections):
        return []
    names = [s.name for s in elf.read_symbols(dynsym)]
    if facts.plt_entry:
        return _ordered(elf, dynsym, names, facts)
    slots: dict[int, str] = {}
    for i, s in enumerate(elf.sections):
        if s.kind in (SHT_REL, SHT_RELA) and s.link == dynsym:
            offsets, _, numbers, addends = decode_relocations(elf.form, elf.section_data(i), s.kind == SHT_RELA)
            for offset, number, addend in zip(offsets, numbers, addends):
                if 0 < number < len(names):
                    slots[offset] = names[number] + (f"+{addend:#x}" if addend else "")
    got = next((s.address for s in elf.sections if s.name == ".got.plt"), 0) or next((s.address for s in elf.sections if s.name == ".got"), 0)
    out: list[Symbol] = []
    for i, s in enumerate(elf.sections):
        size = facts.plt_sections.get(s.name)
        if size is None or not s.flags & SHF_EXECINSTR:
            continue
        data = bytes(elf.section_data(i))
        for at in range(0, len(data) - size + 1, size):
            slot = facts.plt_slot(data, at, s.address + at, size, got)
            name = slots.get(slot)
            if name is not None:
                out.append(Symbol(name + "@plt", s.address + at, 0, STB_GLOBAL, 0, 0, i))
    return out


def _ordered(elf: ElfFile, dynsym: int, names: list[str], facts: Machine) -> list[Symbol]:
    """PLT entries in the order of .rela.plt."""
    out: list[Symbol] = []
    plt = next((i for i, s in enumerate(elf.sections) if s.name == ".plt"), 0)
    for i, s in enumerate(elf.sections):
        if plt and s.name == ".rela.plt" and s.kind == SHT_RELA and s.link == dynsym:
            _, _, numbers, addends = decode_relocations(elf.form, elf.section_data(i), True)
            for k, (number, addend) in enumerate(zip(numbers, addends)):
                if 0 < number < len(names):
                    name = names[number] + (f"+{addend:#x}" if addend else "") + "@plt"
                    address = elf.sections[plt].address + facts.plt_header + facts.plt_entry * k
                    out.append(Symbol(name, address, 0, STB_GLOBAL, 0, 0, plt))
    return out
