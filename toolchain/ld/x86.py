"""x86-64: relocations, GOT and TLS relaxation, PLT.

What is special: instructions have no relaxable sizes, but the linker may *rewrite* them in place.  A load
of an address from the GOT becomes `lea` when the symbol turns out to be local (GOTPCRELX), and the
call sequences of the general TLS models become the cheaper ones in an executable.  Rewriting happens
while scanning, because it decides which GOT entries are needed: the new bytes go to the section's
patches and the relocation's type is changed.

References: x86-64 psABI (https://gitlab.com/x86-psABIs/x86-64-ABI), chapter 4 and appendix B; U. Drepper,
"ELF Handling For Thread-Local Storage".
"""
from __future__ import annotations

import struct
from typing import Final

from toolchain.elf.constants import EM_X86_64, SHF_ALLOC, STT_GNU_IFUNC
from toolchain.ld.model import (
    ABSOLUTE_SECTION,
    DEFINED,
    NEEDS_GOT,
    NEEDS_GOTTP,
    NEEDS_TLSDESC,
    NEEDS_TLSGD,
    UNDEFINED,
    InputSection,
    LinkSymbol,
)
from toolchain.ld.state import Link
from toolchain.ld.symbols import place_text
from toolchain.ld.x86_family import X86Family

R_NONE: Final = 0
R_64: Final = 1
R_PC32: Final = 2
R_GOT32: Final = 3
R_PLT32: Final = 4
R_GOTPCREL: Final = 9
R_32: Final = 10
R_32S: Final = 11
R_16: Final = 12
R_PC16: Final = 13
R_8: Final = 14
R_PC8: Final = 15
R_DTPOFF64: Final = 17
R_TPOFF64: Final = 18
R_TLSGD: Final = 19
R_TLSLD: Final = 20
R_DTPOFF32: Final = 21
R_GOTTPOFF: Final = 22
R_TPOFF32: Final = 23
R_PC64: Final = 24
R_GOTOFF64: Final = 25
R_GOTPC32: Final = 26
R_GOT64: Final = 27
R_GOTPCREL64: Final = 28
R_GOTPC64: Final = 29
R_GOTPLT64: Final = 30
R_PLTOFF64: Final = 31
R_SIZE32: Final = 32
R_SIZE64: Final = 33
R_GOTPC32_TLSDESC: Final = 34
R_TLSDESC_CALL: Final = 35
R_GOTPCRELX: Final = 41
R_REX_GOTPCRELX: Final = 42

_NAMES: Final[dict[int, str]] = {
    0: "NONE", 1: "64", 2: "PC32", 3: "GOT32", 4: "PLT32", 5: "COPY", 6: "GLOB_DAT", 7: "JUMP_SLOT", 8: "RELATIVE", 9: "GOTPCREL", 10: "32",
    11: "32S", 12: "16", 13: "PC16", 14: "8", 15: "PC8", 16: "DTPMOD64", 17: "DTPOFF64", 18: "TPOFF64", 19: "TLSGD", 20: "TLSLD",
    21: "DTPOFF32", 22: "GOTTPOFF", 23: "TPOFF32", 24: "PC64", 25: "GOTOFF64", 26: "GOTPC32", 27: "GOT64", 28: "GOTPCREL64",
    29: "GOTPC64", 30: "GOTPLT64", 31: "PLTOFF64", 32: "SIZE32", 33: "SIZE64", 34: "GOTPC32_TLSDESC", 35: "TLSDESC_CALL",
    36: "TLSDESC", 37: "IRELATIVE", 41: "GOTPCRELX", 42: "REX_GOTPCRELX",
}

_SCANNED: Final = frozenset((R_64, R_PC32, R_PLT32, R_GOT32, R_GOTPCREL, R_32, R_32S, R_16, R_8, R_PC16, R_PC8, R_TLSGD, R_TLSLD, R_DTPOFF32,
                             R_DTPOFF64, R_GOTTPOFF, R_TPOFF32, R_PC64, R_GOTOFF64, R_GOTPC32, R_GOT64, R_GOTPCREL64, R_GOTPC64,
                             R_GOTPLT64, R_PLTOFF64, R_GOTPC32_TLSDESC, R_TLSDESC_CALL, R_GOTPCRELX, R_REX_GOTPCRELX, R_TPOFF64))
_STATIC_SCANNED: Final = _SCANNED - {R_64, R_PC32, R_PLT32, R_32, R_32S, R_16, R_8, R_PC16, R_PC8, R_PC64}

_U32: Final = struct.Struct("<I")
_M64: Final = (1 << 64) - 1

_FS0: Final = b"\x64\x48\x8b\x04\x25\x00\x00\x00\x00"        # mov %fs:0, %rax
_NOP6: Final = b"\x66\x0f\x1f\x44\x00\x00"
_NOP10: Final = b"\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00"


class X86_64(X86Family):
    """elf_x86_64."""

    def __init__(self) -> None:
        super().__init__("elf_x86_64", EM_X86_64, 64)
        self.formats = ["elf64-x86-64"]
        self.arches = ["i386:x86-64", "i386:x86-64:intel"]
        self.base_address = 0x400000
        self.interpreter = "/lib64/ld-linux-x86-64.so.2"
        self.library_dirs = ["/usr/local/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/usr/local/lib64",
                             "/lib64", "/usr/lib64", "/usr/local/lib", "/lib", "/usr/lib"]
        self.dyn_absolute = R_64
        self.dyn_copy = 5
        self.dyn_glob_dat = 6
        self.dyn_jump_slot = 7
        self.dyn_relative = 8
        self.dyn_irelative = 37
        self.dyn_tls_module = 16
        self.dyn_tls_offset = R_DTPOFF64
        self.dyn_tp_offset = R_TPOFF64
        self.dyn_tlsdesc = 36
        self.reloc_names = {k: "R_X86_64_" + v for k, v in _NAMES.items()}
        self.large_sections = (".lbss : { *(.dynlbss) *(.lbss .lbss.* .gnu.linkonce.lb.*) *(LARGE_COMMON) }\n"
                               "  .lrodata ALIGN(CONSTANT (MAXPAGESIZE)) : { *(.lrodata .lrodata.* .gnu.linkonce.lr.*) }\n"
                               "  .ldata ALIGN(CONSTANT (MAXPAGESIZE)) : { *(.ldata .ldata.* .gnu.linkonce.l.*) }")

    def reloc_bias(self, kind: int) -> int:
        """pc-relative fields are at the end of their instruction as a rule."""
        return 4 if kind in (R_PC32, R_PLT32, R_GOTPCREL) else 0

    # ---- scanning -----------------------------------------------------------------------------

    def scan(self, link: Link, section: InputSection) -> None:
        """See `Target.scan`."""
        relocs = section.relocations
        if relocs is None or not section.flags & SHF_ALLOC:
            return
        kinds = set(relocs.types)
        if not link.is_dynamic and not link.has_ifunc:
            if kinds.isdisjoint(_STATIC_SCANNED):
                return
        elif kinds.isdisjoint(_SCANNED):
            return
        scanner = link.scanner
        symbols = section.file.symbols
        types = relocs.types
        offsets = relocs.offsets
        skip = -1
        for i in range(len(types)):
            kind = types[i]
            if i == skip or kind not in _SCANNED:
                continue
            s = symbols[relocs.symbols[i]]
            if kind == R_PC32 or kind == R_PC64 or kind == R_PC16 or kind == R_PC8:
                scanner.pc_relative(section, s, kind, False)
            elif kind == R_PLT32 or kind == R_PLTOFF64:
                scanner.call(s)
            elif kind == R_64:
                scanner.absolute(section, offsets[i], s, relocs.addends[i], kind)
            elif kind in (R_32, R_32S, R_16, R_8):
                scanner.narrow_absolute(section, s, kind)
            elif kind in (R_GOTPCREL, R_GOTPCRELX, R_REX_GOTPCRELX):
                if not self.relax_got(link, section, i, s, kind):
                    scanner.got(s)
            elif kind in (R_GOT32, R_GOT64, R_GOTPCREL64, R_GOTPLT64):
                scanner.got(s)
                scanner.needs_got_base = True
            elif kind in (R_GOTPC32, R_GOTPC64, R_GOTOFF64):
                scanner.needs_got_base = True
                if kind == R_GOTOFF64 and s.kind == STT_GNU_IFUNC:
                    scanner.pc_relative(section, s, kind, False)
            else:
                skip = self.scan_tls(link, section, i, s, kind)

    def scan_tls(self, link: Link, section: InputSection, i: int, s: LinkSymbol, kind: int) -> int:
        """One TLS relocation; returns the index of a following relocation that belongs to it, or -1."""
        scanner = link.scanner
        relocs = section.relocations
        assert relocs is not None
        local = not link.options.shared and not s.preemptible
        if kind == R_TLSGD:
            if link.options.shared:
                scanner.tls(s, NEEDS_TLSGD)
                return -1
            self.relax_gd(section, i, local)
            if not local:
                scanner.tls(s, NEEDS_GOTTP)
            return i + 1
        if kind == R_TLSLD:
            if link.options.shared:
                scanner.needs_tlsld = True
                return -1
            self.relax_ld(section, i)
            return i + 1
        if kind == R_DTPOFF32 or kind == R_DTPOFF64:
            if not link.options.shared and section.flags & 4:
                relocs.types[i] = R_TPOFF32 if kind == R_DTPOFF32 else R_TPOFF64
        elif kind == R_GOTTPOFF:
            if not (local and self.relax_ie(section, i)):
                scanner.tls(s, NEEDS_GOTTP)
        elif kind == R_GOTPC32_TLSDESC:
            if link.options.shared:
                scanner.tls(s, NEEDS_TLSDESC)
            elif local:
                self.patch(section, relocs.offsets[i] - 3, bytes((0x48 | section.data[relocs.offsets[i] - 3] >> 2 & 1, 0xC7,
                                                                 0xC0 | section.data[relocs.offsets[i] - 1] >> 3 & 7)))
                relocs.types[i] = R_TPOFF32
                relocs.addends[i] += 4
            else:
                self.patch(section, relocs.offsets[i] - 2, b"\x8b")
                relocs.types[i] = R_GOTTPOFF
                scanner.tls(s, NEEDS_GOTTP)
        elif kind == R_TLSDESC_CALL:
            if not link.options.shared:
                self.patch(section, relocs.offsets[i], b"\x66\x90")
                relocs.types[i] = R_NONE
        elif kind == R_TPOFF32 and link.options.shared:
            scanner.recompile(section, kind, s)
        elif kind == R_TPOFF64 and link.options.shared:
            scanner.static_tls = True
            scanner.add(section, relocs.offsets[i], R_TPOFF64, s, relocs.addends[i], not s.preemptible)
            relocs.types[i] = R_NONE
        return -1

    def patch(self, section: InputSection, offset: int, new: bytes) -> None:
        """Rewrite bytes of an instruction."""
        section.patches.append((offset, len(new), new))

    def relax_got(self, link: Link, section: InputSection, i: int, s: LinkSymbol, kind: int) -> bool:
        """Use the symbol itself instead of its GOT entry; only a plain load may be without the X mark.
        False if that cannot be."""
        if s.preemptible or s.kind == STT_GNU_IFUNC or not link.options.relax:
            return False
        undefined = s.state != DEFINED
        if (undefined and (link.options.is_pic or s.state != UNDEFINED)) or s.section is ABSOLUTE_SECTION:
            return False
        relocs = section.relocations
        assert relocs is not None
        offset = relocs.offsets[i]
        data = section.data
        if relocs.addends[i] != -4 or offset < 3:
            return False
        op, modrm = data[offset - 2], data[offset - 1]
        if undefined or op not in (0x8B, 0xFF):
            return kind != R_GOTPCREL and not link.options.is_pic and self.immediate(section, i, kind, op, modrm, undefined)
        if op == 0x8B:                                   # mov foo@GOTPCREL(%rip), %reg -> lea foo(%rip), %reg
            self.patch(section, offset - 2, b"\x8d")
        elif kind != R_GOTPCREL and modrm == 0x15:       # call *foo@GOTPCREL(%rip) -> addr32 call foo
            self.patch(section, offset - 2, b"\x67\xe8")
        elif kind != R_GOTPCREL and modrm == 0x25:       # jmp *foo@GOTPCREL(%rip) -> jmp foo; nop
            self.patch(section, offset - 2, b"\xe9\x00\x00\x00\x00\x90")
            relocs.offsets[i] = offset - 1
        else:
            return False
        relocs.types[i] = R_PC32
        return True

    def immediate(self, section: InputSection, i: int, kind: int, op: int, modrm: int, undefined: bool) -> bool:
        """mov, test and binary operations with a GOT entry take the address as an immediate (fixed addresses only).

        An undefined weak symbol is the immediate 0.
        """
        relocs = section.relocations
        assert relocs is not None
        offset = relocs.offsets[i]
        reg = modrm >> 3 & 7
        if modrm & 0xC7 != 0x05:
            return False
        if op == 0x8B:
            new = bytes((0xC7, 0xC0 | reg))
        elif op == 0x85:
            new = bytes((0xF7, 0xC0 | reg))
        elif op & 0xC7 == 0x03:
            new = bytes((0x81, 0xC0 | op & 0x38 | reg))
        else:
            return False
        if kind == R_REX_GOTPCRELX:
            rex = section.data[offset - 3]
            new = bytes((rex & ~4 | rex >> 2 & 1,)) + new
        self.patch(section, offset - len(new), new)
        relocs.types[i] = R_32S if kind == R_REX_GOTPCRELX else R_32
        relocs.addends[i] = 0
        return True

    def relax_gd(self, section: InputSection, i: int, local: bool) -> None:
        """The 16 bytes of a general dynamic access (22 in the large model) become local exec or initial exec."""
        relocs = section.relocations
        assert relocs is not None
        offset = relocs.offsets[i]
        if i + 1 >= len(relocs.types):
            return
        start, rest = offset - 4, b""
        if relocs.types[i + 1] == R_PLTOFF64:       # no prefixes, and a call through a register
            start, rest = offset - 3, _NOP6
        if local:
            self.patch(section, start, _FS0 + b"\x48\x8d\x80\x00\x00\x00\x00" + rest)      # lea x@tpoff(%rax), %rax
            relocs.types[i] = R_TPOFF32
            relocs.addends[i] += 4
        else:
            self.patch(section, start, _FS0 + b"\x48\x03\x05\x00\x00\x00\x00" + rest)      # add x@gottpoff(%rip), %rax
            relocs.types[i] = R_GOTTPOFF
        relocs.offsets[i] = start + 12
        relocs.types[i + 1] = R_NONE

    def relax_ld(self, section: InputSection, i: int) -> None:
        """A local dynamic call becomes a load of the thread pointer."""
        relocs = section.relocations
        assert relocs is not None
        offset = relocs.offsets[i]
        if i + 1 >= len(relocs.types):
            return
        long = section.data[offset + 4:offset + 5] == b"\xff"          # call *__tls_get_addr@GOTPCREL(%rip) is a byte longer
        rest = _NOP10 if relocs.types[i + 1] == R_PLTOFF64 else b""    # the large model's form has 22 bytes
        self.patch(section, offset - 3, (b"\x66" if long else b"") + b"\x66\x66\x66" + _FS0 + rest)
        relocs.types[i] = R_NONE
        relocs.types[i + 1] = R_NONE

    def relax_ie(self, section: InputSection, i: int) -> bool:
        """mov/add x@gottpoff(%rip), %reg -> mov/add $x@tpoff, %reg."""
        relocs = section.relocations
        assert relocs is not None
        offset = relocs.offsets[i]
        if offset < 3:
            return False
        rex, op, modrm = section.data[offset - 3], section.data[offset - 2], section.data[offset - 1]
        if op not in (0x8B, 0x03) or rex & 0xF8 != 0x48:
            return False
        reg = modrm >> 3 & 7
        self.patch(section, offset - 3, bytes((0x48 | rex >> 2 & 1, 0xC7 if op == 0x8B else 0x81, 0xC0 | reg)))
        relocs.types[i] = R_TPOFF32
        relocs.addends[i] += 4
        return True

    # ---- applying -----------------------------------------------------------------------------

    def relocate(self, link: Link, section: InputSection, out: bytearray, at: int, values: list[int]) -> None:
        """See `Target.relocate`."""
        relocs = section.relocations
        if relocs is None:
            return
        base = section.address
        plain = not link.is_dynamic and not link.has_ifunc
        symbols = section.file.symbols
        unpack_limit = len(out)
        for offset, kind, index, addend in zip(relocs.offsets, relocs.types, relocs.symbols, relocs.addends):
            where = at + offset
            value = values[index] + addend
            if kind == R_PC32 or kind == R_PLT32:
                if not plain and symbols[index].plt >= 0 and kind == R_PLT32:
                    value = link.plt_symbol_address(symbols[index]) + addend
                value -= base + offset
                if not -0x80000000 <= value < 0x80000000:
                    value = wrap64(value)
                    if not -0x80000000 <= value < 0x80000000:
                        self.overflow(link, section, offset, kind, index)
                        continue
                out[where:where + 4] = (value & 0xFFFFFFFF).to_bytes(4, "little")
            elif kind == R_32S:
                value = wrap64(value)
                if not -0x80000000 <= value < 0x80000000:
                    self.overflow(link, section, offset, kind, index)
                    continue
                out[where:where + 4] = (value & 0xFFFFFFFF).to_bytes(4, "little")
            elif kind == R_64:
                if where + 8 > unpack_limit:
                    self.overflow(link, section, offset, kind, index)
                    continue
                out[where:where + 8] = (value & _M64).to_bytes(8, "little")
            elif kind == R_32:
                if not 0 <= value & _M64 < 0x100000000:
                    self.overflow(link, section, offset, kind, index)
                    continue
                out[where:where + 4] = (value & 0xFFFFFFFF).to_bytes(4, "little")
            elif kind != R_NONE:
                self.other(link, section, out, where, offset, kind, index, addend, value)

    def other(self, link: Link, section: InputSection, out: bytearray, where: int, offset: int, kind: int, index: int, addend: int,
              value: int) -> None:
        """The rarer relocations."""
        s = section.file.symbols[index]
        place = section.address + offset
        size = 4
        signed = True
        if kind in (R_GOTPCREL, R_GOTPCRELX, R_REX_GOTPCRELX, R_GOTPCREL64):
            value = link.got_entry_address(s, NEEDS_GOT) + addend - place
            size = 8 if kind == R_GOTPCREL64 else 4
        elif kind == R_GOTTPOFF:
            value = link.got_entry_address(s, NEEDS_GOTTP) + addend - place
        elif kind == R_TLSGD:
            value = link.got_entry_address(s, NEEDS_TLSGD) + addend - place
        elif kind == R_GOTPC32_TLSDESC:
            value = link.got_entry_address(s, NEEDS_TLSDESC) + addend - place
        elif kind == R_TLSLD:
            value = link.dyn.got.address + link.dyn.tlsld + addend - place
        elif kind == R_TPOFF32 or kind == R_TPOFF64:
            value = self.tp_offset(link, value)
            size = 4 if kind == R_TPOFF32 else 8
        elif kind == R_DTPOFF32 or kind == R_DTPOFF64:
            value -= link.tls_start
            size = 4 if kind == R_DTPOFF32 else 8
        elif kind in (R_16, R_8, R_PC16, R_PC8):
            self.small(link, section, out, where, offset, kind, index, value)
            return
        elif kind == R_PC64:
            value -= place
            size = 8
        elif kind in (R_GOTPC32, R_GOTPC64, R_GOTOFF64, R_GOT32, R_GOT64, R_GOTPLT64, R_PLTOFF64):
            value, size = self.got_relative(link, s, kind, value, addend, place)
        elif kind in (R_SIZE32, R_SIZE64):
            value = s.size + addend
            size = 4 if kind == R_SIZE32 else 8
            signed = False
        elif kind == R_TLSDESC_CALL:
            return
        else:
            link.error(f"{section.file.name}: unsupported relocation type {self.reloc_name(kind)} ({kind})")
            return
        if size == 4:
            value = wrap64(value)
            if not (-0x80000000 <= value < 0x80000000 if signed else 0 <= value < 0x100000000):
                self.overflow(link, section, offset, kind, index)
                return
        out[where:where + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")

    def got_relative(self, link: Link, s: LinkSymbol, kind: int, value: int, addend: int, place: int) -> tuple[int, int]:
        """Relocations of the medium and large models: value and size."""
        got = link.dyn.gotplt.address
        if kind == R_GOTPC32 or kind == R_GOTPC64:
            return got + addend - place, 4 if kind == R_GOTPC32 else 8
        if kind == R_GOTOFF64:
            return value - got, 8
        if kind == R_PLTOFF64:
            return (link.plt_symbol_address(s) + addend if s.plt >= 0 else value) - got, 8
        return link.got_entry_address(s, NEEDS_GOT) + addend - got, 4 if kind == R_GOT32 else 8

    def small(self, link: Link, section: InputSection, out: bytearray, where: int, offset: int, kind: int, index: int, value: int) -> None:
        """8 and 16 bits."""
        bits = 16 if kind in (R_16, R_PC16) else 8
        if kind in (R_PC16, R_PC8):
            value -= section.address + offset
        value = wrap64(value)
        low, high = -(1 << (bits - 1)), 1 << (bits if kind in (R_16, R_8) else bits - 1)
        if not low <= value < high:
            self.overflow(link, section, offset, kind, index)
            return
        out[where:where + bits // 8] = (value & ((1 << bits) - 1)).to_bytes(bits // 8, "little")

    def overflow(self, link: Link, section: InputSection, offset: int, kind: int, index: int) -> None:
        """Report a value that does not fit its field."""
        s = section.file.symbols[index]
        name = s.name or s.section.name
        where = place_text(link, section.file, section, offset, [])
        link.raw_error(f"{where}: relocation truncated to fit: {self.reloc_name(kind)} against `{name}'")

    # ---- PLT ----------------------------------------------------------------------------------

    def uses_plt_sec(self, link: Link) -> bool:
        """-z ibtplt, or when indirect branch tracking is on for the output."""
        return link.options.ibt_plt or link.options.ibt

    def write_plt(self, link: Link, out: bytearray, address: int, gotplt: int, entries: list[LinkSymbol]) -> None:
        """See `Target.write_plt`."""
        out[0:16] = (b"\xff\x35" + rel32(gotplt + 8 - address - 6) + b"\xff\x25" + rel32(gotplt + 16 - address - 12) + b"\x0f\x1f\x40\x00")
        ibt = self.uses_plt_sec(link)
        for i, s in enumerate(entries):
            at = 16 + 16 * i
            pc = address + at
            if ibt:
                out[at:at + 16] = b"\xf3\x0f\x1e\xfa\x68" + _U32.pack(i) + b"\xe9" + rel32(address - pc - 14) + b"\x66\x90"
            else:
                out[at:at + 16] = (b"\xff\x25" + rel32(gotplt + s.gotplt - pc - 6) + b"\x68" + _U32.pack(i)
                                   + b"\xe9" + rel32(address - pc - 16))

    def write_plt_sec(self, link: Link, out: bytearray, address: int, gotplt: int, entries: list[LinkSymbol]) -> None:
        """See `Target.write_plt_sec`."""
        for s in entries:
            pc = address + s.plt
            out[s.plt:s.plt + 16] = b"\xf3\x0f\x1e\xfa\xff\x25" + rel32(gotplt + s.gotplt - pc - 10) + b"\x66\x0f\x1f\x44\x00\x00"

    def write_iplt(self, link: Link, out: bytearray, address: int, entries: list[LinkSymbol]) -> None:
        """See `Target.write_iplt`."""
        for s in entries:
            pc = address + s.plt
            slot = link.igot_address + s.gotplt
            if self.uses_plt_sec(link):
                out[s.plt:s.plt + 16] = b"\xf3\x0f\x1e\xfa\xff\x25" + rel32(slot - pc - 10) + b"\x66\x0f\x1f\x44\x00\x00"
            else:
                out[s.plt:s.plt + 16] = b"\xff\x25" + rel32(slot - pc - 6) + b"\x66\x0f\x1f\x84\x00\x00\x00\x00\x00\x90"

    def gotplt_initial(self, link: Link, plt_address: int, index: int) -> int:
        """The `push` of the entry, or its `endbr64`."""
        return plt_address + 16 + 16 * index + (0 if self.uses_plt_sec(link) else 6)


def wrap64(value: int) -> int:
    """A 64-bit number as signed."""
    value &= _M64
    return value - (1 << 64) if value >> 63 else value


def rel32(value: int) -> bytes:
    """A 32-bit displacement."""
    return (value & 0xFFFFFFFF).to_bytes(4, "little")


