"""i386: relocations, GOT and TLS relaxation, PLT.

Addends are in the instructions (REL).  Position-independent code keeps the address of the GOT in a
register, %ebx as a rule; the rewriting of instructions works as for x86-64 (see `x86.py`).

References: System V ABI i386 supplement (https://gitlab.com/x86-psABIs/i386-ABI); U. Drepper, "ELF Handling
For Thread-Local Storage".
"""
from __future__ import annotations

from typing import Final

from toolchain.elf.constants import EM_386, SHF_ALLOC, STT_GNU_IFUNC
from toolchain.ld.model import (
    ABSOLUTE_SECTION,
    DEFINED,
    NEEDS_CANONICAL,
    NEEDS_GOT,
    NEEDS_GOTTP,
    NEEDS_TLSDESC,
    NEEDS_TLSGD,
    InputSection,
    LinkSymbol,
)
from toolchain.ld.state import Link
from toolchain.ld.symbols import place_text
from toolchain.ld.x86_family import X86Family

R_NONE: Final = 0
R_32: Final = 1
R_PC32: Final = 2
R_GOT32: Final = 3
R_PLT32: Final = 4
R_GOTOFF: Final = 9
R_GOTPC: Final = 10
R_TLS_TPOFF: Final = 14
R_TLS_IE: Final = 15
R_TLS_GOTIE: Final = 16
R_TLS_LE: Final = 17
R_TLS_GD: Final = 18
R_TLS_LDM: Final = 19
R_16: Final = 20
R_PC16: Final = 21
R_8: Final = 22
R_PC8: Final = 23
R_TLS_LDO_32: Final = 32
R_TLS_LE_32: Final = 34
R_TLS_DTPOFF32: Final = 36
R_SIZE32: Final = 38
R_TLS_GOTDESC: Final = 39
R_TLS_DESC_CALL: Final = 40
R_GOT32X: Final = 43

_NAMES: Final[dict[int, str]] = {
    0: "NONE", 1: "32", 2: "PC32", 3: "GOT32", 4: "PLT32", 5: "COPY", 6: "GLOB_DAT", 7: "JUMP_SLOT", 8: "RELATIVE", 9: "GOTOFF", 10: "GOTPC",
    14: "TLS_TPOFF", 15: "TLS_IE", 16: "TLS_GOTIE", 17: "TLS_LE", 18: "TLS_GD", 19: "TLS_LDM", 20: "16", 21: "PC16", 22: "8", 23: "PC8",
    32: "TLS_LDO_32", 34: "TLS_LE_32", 35: "TLS_DTPMOD32", 36: "TLS_DTPOFF32", 37: "TLS_TPOFF32", 38: "SIZE32", 39: "TLS_GOTDESC",
    40: "TLS_DESC_CALL", 41: "TLS_DESC", 42: "IRELATIVE", 43: "GOT32X",
}
_WIDTH: Final[dict[int, int]] = {R_16: 2, R_PC16: 2, R_8: 1, R_PC8: 1, R_NONE: 0, R_TLS_DESC_CALL: 0}
_STATIC_QUIET: Final = frozenset((R_32, R_PC32, R_PLT32, R_16, R_PC16, R_8, R_PC8, R_NONE))
_GS0: Final = b"\x65\xa1\x00\x00\x00\x00"       # movl %gs:0, %eax
_M32: Final = 0xFFFFFFFF


class I386(X86Family):
    """elf_i386."""

    def __init__(self) -> None:
        super().__init__("elf_i386", EM_386, 32)
        self.rela = False
        self.formats = ["elf32-i386"]
        self.arches = ["i386", "i386:intel", "i8086"]
        self.base_address = 0x08048000
        self.interpreter = "/lib/ld-linux.so.2"
        self.library_dirs = ["/usr/local/lib/i386-linux-gnu", "/lib/i386-linux-gnu", "/usr/lib/i386-linux-gnu", "/usr/local/lib32", "/lib32",
                             "/usr/lib32", "/usr/local/lib", "/lib", "/usr/lib"]
        self.dyn_absolute = R_32
        self.dyn_copy = 5
        self.dyn_glob_dat = 6
        self.dyn_jump_slot = 7
        self.dyn_relative = 8
        self.dyn_irelative = 42
        self.dyn_tls_module = 35
        self.dyn_tls_offset = R_TLS_DTPOFF32
        self.dyn_tp_offset = R_TLS_TPOFF
        self.dyn_tlsdesc = 41
        self.reloc_names = {k: "R_386_" + v for k, v in _NAMES.items()}

    def section_addend(self, kind: int, data: bytes | bytearray | memoryview, offset: int) -> int:
        """See `Target.section_addend`."""
        width = _WIDTH.get(kind, 4)
        return int.from_bytes(data[offset:offset + width], "little", signed=True)

    def store_addend(self, kind: int, data: bytearray, offset: int, addend: int) -> None:
        """See `Target.store_addend`."""
        width = _WIDTH.get(kind, 4)
        data[offset:offset + width] = (addend & ((1 << 8 * width) - 1)).to_bytes(width, "little")

    def reloc_bias(self, kind: int) -> int:
        """pc-relative fields are at the end of their instruction as a rule."""
        return 4 if kind in (R_PC32, R_PLT32) else 0

    # ---- scanning -----------------------------------------------------------------------------

    def scan(self, link: Link, section: InputSection) -> None:
        """See `Target.scan`."""
        relocs = section.relocations
        if relocs is None or not section.flags & SHF_ALLOC:
            return
        types = relocs.types
        if not link.is_dynamic and not link.has_ifunc and _STATIC_QUIET.issuperset(types):
            return
        scanner = link.scanner
        symbols = section.file.symbols
        skip = -1
        for i in range(len(types)):
            kind = types[i]
            if i == skip or kind == R_NONE:
                continue
            s = symbols[relocs.symbols[i]]
            if kind in (R_PC32, R_PC16, R_PC8):
                if s.name == "_GLOBAL_OFFSET_TABLE_":
                    scanner.needs_got_base = True
                scanner.pc_relative(section, s, kind, False)
            elif kind == R_PLT32:
                scanner.call(s)
                if link.options.is_pic:
                    scanner.needs_got_base = True
            elif kind == R_32:
                scanner.absolute(section, relocs.offsets[i], s, relocs.addends[i], kind)
            elif kind in (R_16, R_8):
                scanner.narrow_absolute(section, s, kind)
            elif kind == R_GOT32 or kind == R_GOT32X:
                scanner.needs_got_base = True
                if kind == R_GOT32 or not self.relax_got(link, section, i, s):
                    scanner.got(s)
            elif kind == R_GOTPC:
                scanner.needs_got_base = True
            elif kind == R_GOTOFF:
                scanner.needs_got_base = True
                if s.kind == STT_GNU_IFUNC or s.preemptible:
                    scanner.pc_relative(section, s, kind, False)
            else:
                skip = self.scan_tls(link, section, i, s, kind)

    def scan_tls(self, link: Link, section: InputSection, i: int, s: LinkSymbol, kind: int) -> int:
        """One TLS relocation; returns the index of a following relocation that belongs to it, or -1."""
        scanner = link.scanner
        relocs = section.relocations
        assert relocs is not None
        shared = link.options.shared
        local = not shared and not s.preemptible
        scanner.needs_got_base = True
        if kind == R_TLS_GD:
            if shared:
                scanner.tls(s, NEEDS_TLSGD)
                return -1
            self.relax_gd(section, i, local)
            if not local:
                scanner.tls(s, NEEDS_GOTTP)
            return i + 1
        if kind == R_TLS_LDM:
            if shared:
                scanner.needs_tlsld = True
                return -1
            self.relax_ld(section, i)
            return i + 1
        if kind == R_TLS_LDO_32:
            if not shared and section.flags & 4:
                relocs.types[i] = R_TLS_LE
        elif kind in (R_TLS_IE, R_TLS_GOTIE):
            if not (local and self.relax_ie(section, i, kind)):
                scanner.tls(s, NEEDS_GOTTP)
                if kind == R_TLS_IE and link.options.is_pic:
                    scanner.add(section, relocs.offsets[i], self.dyn_relative, None, 0, False)
        elif kind == R_TLS_GOTDESC:
            if shared:
                scanner.tls(s, NEEDS_TLSDESC)
            elif local:
                self.patch(section, relocs.offsets[i] - 1, b"\x05")
                relocs.types[i] = R_TLS_LE
            else:
                self.patch(section, relocs.offsets[i] - 2, b"\x8b")
                relocs.types[i] = R_TLS_GOTIE
                scanner.tls(s, NEEDS_GOTTP)
        elif kind == R_TLS_DESC_CALL:
            if not shared:
                self.patch(section, relocs.offsets[i], b"\x66\x90")
                relocs.types[i] = R_NONE
        elif kind in (R_TLS_LE, R_TLS_LE_32) and shared:
            scanner.recompile(section, kind, s)
        return -1

    def patch(self, section: InputSection, offset: int, new: bytes) -> None:
        """Rewrite bytes of an instruction."""
        section.patches.append((offset, len(new), new))

    def relax_got(self, link: Link, section: InputSection, i: int, s: LinkSymbol) -> bool:
        """GOT32X: use the symbol itself instead of its GOT entry.  False if that cannot be."""
        if s.preemptible or s.state != DEFINED or s.kind == STT_GNU_IFUNC or s.section is ABSOLUTE_SECTION or not link.options.relax:
            return False
        relocs = section.relocations
        assert relocs is not None
        offset = relocs.offsets[i]
        if offset < 2 or relocs.addends[i]:
            return False
        op, modrm = section.data[offset - 2], section.data[offset - 1]
        based = modrm & 0xC7 != 0x05
        if op == 0x8B and based:                          # movl foo@GOT(%reg), %reg -> leal foo@GOTOFF(%reg), %reg
            self.patch(section, offset - 2, b"\x8d")
            relocs.types[i] = R_GOTOFF
        elif op == 0x8B and not link.options.is_pic:      # movl foo@GOT, %reg -> movl $foo, %reg
            self.patch(section, offset - 2, bytes((0xC7, 0xC0 | modrm >> 3 & 7)))
            relocs.types[i] = R_32
        elif op == 0xFF and modrm & 0x38 == 0x10:         # call *foo@GOT(%reg) -> addr16 call foo
            self.patch(section, offset - 2, b"\x67\xe8")
            relocs.types[i] = R_PC32
            relocs.addends[i] = -4
        elif op == 0xFF and modrm & 0x38 == 0x20:         # jmp *foo@GOT(%reg) -> jmp foo; nop
            self.patch(section, offset - 2, b"\xe9\x00\x00\x00\x00\x90")
            relocs.offsets[i] = offset - 1
            relocs.types[i] = R_PC32
            relocs.addends[i] = -4
        else:
            return False
        return True

    def relax_gd(self, section: InputSection, i: int, local: bool) -> None:
        """The 12 bytes of a general dynamic access become local exec or initial exec."""
        relocs = section.relocations
        assert relocs is not None
        if i + 1 >= len(relocs.types):
            return
        offset = relocs.offsets[i]
        sib = section.data[offset - 2] == 0x04            # leal x@tlsgd(,%ebx,1), %eax
        start = offset - (3 if sib else 2)
        if local:
            self.patch(section, start, _GS0 + b"\x8d\x80\x00\x00\x00\x00")      # leal x@ntpoff(%eax), %eax
            relocs.types[i] = R_TLS_LE
        else:
            base = section.data[offset - 1] >> 3 & 7 if sib else section.data[offset - 1] & 7
            self.patch(section, start, _GS0 + bytes((0x03, 0x80 | base)) + bytes(4))      # addl x@gotntpoff(%reg), %eax
            relocs.types[i] = R_TLS_GOTIE
        relocs.offsets[i] = start + 8
        relocs.addends[i] = 0
        relocs.types[i + 1] = R_NONE

    def relax_ld(self, section: InputSection, i: int) -> None:
        """A local dynamic call becomes a load of the thread pointer."""
        relocs = section.relocations
        assert relocs is not None
        if i + 1 >= len(relocs.types):
            return
        offset = relocs.offsets[i]
        if section.data[offset + 4:offset + 5] == b"\xff":              # call *___tls_get_addr@GOT(%reg)
            self.patch(section, offset - 2, _GS0 + b"\x8d\xb6\x00\x00\x00\x00")
        else:
            self.patch(section, offset - 2, _GS0 + b"\x90\x8d\x74\x26\x00")
        relocs.types[i] = R_NONE
        relocs.types[i + 1] = R_NONE

    def relax_ie(self, section: InputSection, i: int, kind: int) -> bool:
        """A load or addition of the offset from the GOT takes it as an immediate."""
        relocs = section.relocations
        assert relocs is not None
        offset = relocs.offsets[i]
        data = section.data
        if kind == R_TLS_IE and data[offset - 1] == 0xA1:
            self.patch(section, offset - 1, b"\xb8")
        elif data[offset - 2] == 0x8B:
            self.patch(section, offset - 2, bytes((0xC7, 0xC0 | data[offset - 1] >> 3 & 7)))
        elif data[offset - 2] == 0x03:
            self.patch(section, offset - 2, bytes((0x81, 0xC0 | data[offset - 1] >> 3 & 7)))
        else:
            return False
        relocs.types[i] = R_TLS_LE
        return True

    # ---- applying -----------------------------------------------------------------------------

    def relocate(self, link: Link, section: InputSection, out: bytearray, at: int, values: list[int]) -> None:
        """See `Target.relocate`."""
        relocs = section.relocations
        if relocs is None:
            return
        base = section.address
        symbols = section.file.symbols
        alloc = bool(section.flags & SHF_ALLOC)
        plain = not link.is_dynamic and not link.has_ifunc
        for offset, kind, index, addend in zip(relocs.offsets, relocs.types, relocs.symbols, relocs.addends):
            where = at + offset
            value = values[index] + addend
            if kind == R_32:
                s = symbols[index]
                if alloc and not plain and s.preemptible and not (s.needs & NEEDS_CANONICAL and s.plt >= 0):
                    value = addend
            elif kind == R_PC32 or kind == R_PLT32:
                if not plain and kind == R_PLT32 and symbols[index].plt >= 0:
                    value = link.plt_symbol_address(symbols[index]) + addend
                value -= base + offset
            elif kind == R_NONE:
                continue
            elif kind in (R_16, R_PC16, R_8, R_PC8):
                self.small(link, section, out, where, offset, kind, index, value)
                continue
            else:
                result = self.other(link, section, kind, symbols[index], value, addend, base + offset)
                if result is None:
                    continue
                value = result
            out[where:where + 4] = (value & _M32).to_bytes(4, "little")

    def other(self, link: Link, section: InputSection, kind: int, s: LinkSymbol, value: int, addend: int, place: int) -> int | None:
        """The value of the rarer relocations; None if there is nothing to store."""
        got = link.dyn.gotplt.address
        if kind == R_GOTPC:
            return got + addend - place
        if kind == R_GOTOFF:
            if s.plt >= 0 and s.kind == STT_GNU_IFUNC:
                return link.plt_symbol_address(s) + addend - got
            return value - got
        if kind in (R_GOT32, R_GOT32X):
            entry = link.got_entry_address(s, NEEDS_GOT) + addend
            offset = place - section.address
            if kind == R_GOT32X and offset >= 2 and section.data[offset - 1] & 0xC7 == 0x05:
                return entry          # no base register: the entry's address itself
            return entry - got
        if kind == R_TLS_GD:
            return link.got_entry_address(s, NEEDS_TLSGD) + addend - got
        if kind == R_TLS_GOTDESC:
            return link.got_entry_address(s, NEEDS_TLSDESC) + addend - got
        if kind == R_TLS_LDM:
            return link.dyn.got.address + link.dyn.tlsld + addend - got
        if kind == R_TLS_GOTIE:
            return link.got_entry_address(s, NEEDS_GOTTP) + addend - got
        if kind == R_TLS_IE:
            return link.got_entry_address(s, NEEDS_GOTTP) + addend
        if kind == R_TLS_LE:
            return self.tp_offset(link, value)
        if kind == R_TLS_LE_32:
            return -self.tp_offset(link, value)
        if kind == R_TLS_LDO_32:
            return value - link.tls_start
        if kind == R_SIZE32:
            return s.size + addend
        if kind == R_TLS_DESC_CALL:
            return None
        link.error(f"{section.file.name}: unsupported relocation type {self.reloc_name(kind)} ({kind})")
        return None

    def small(self, link: Link, section: InputSection, out: bytearray, where: int, offset: int, kind: int, index: int, value: int) -> None:
        """8 and 16 bits."""
        bits = 16 if kind in (R_16, R_PC16) else 8
        if kind in (R_PC16, R_PC8):
            value -= section.address + offset
        value &= _M32
        signed = value - (1 << 32) if value >> 31 else value
        low = -(1 << (bits - 1))
        if kind == R_PC16:
            high = 1 << 16      # wraps around in 16-bit code
            low = -(1 << 16)
        else:
            high = 1 << (bits if kind in (R_16, R_8) else bits - 1)
        if not low <= signed < high:
            s = section.file.symbols[index]
            text = place_text(link, section.file, section, offset, [])
            link.raw_error(f"{text}: relocation truncated to fit: {self.reloc_name(kind)} against `{s.name or s.section.name}'")
            return
        out[where:where + bits // 8] = (value & ((1 << bits) - 1)).to_bytes(bits // 8, "little")

    # ---- PLT ----------------------------------------------------------------------------------

    def write_plt(self, link: Link, out: bytearray, address: int, gotplt: int, entries: list[LinkSymbol]) -> None:
        """See `Target.write_plt`."""
        pic = link.options.is_pic
        if pic:
            out[0:16] = b"\xff\xb3\x04\x00\x00\x00\xff\xa3\x08\x00\x00\x00\x0f\x1f\x40\x00"
        else:
            out[0:16] = b"\xff\x35" + word(gotplt + 4) + b"\xff\x25" + word(gotplt + 8) + b"\x0f\x1f\x40\x00"
        for i, s in enumerate(entries):
            at = 16 + 16 * i
            jump = b"\xff\xa3" + word(s.gotplt) if pic else b"\xff\x25" + word(gotplt + s.gotplt)
            out[at:at + 16] = jump + b"\x68" + word(8 * i) + b"\xe9" + word(-(at + 16))

    def write_iplt(self, link: Link, out: bytearray, address: int, entries: list[LinkSymbol]) -> None:
        """See `Target.write_iplt`."""
        for s in entries:
            slot = link.igot_address + s.gotplt
            jump = b"\xff\xa3" + word(slot - link.dyn.gotplt.address) if link.options.is_pic else b"\xff\x25" + word(slot)
            out[s.plt:s.plt + 16] = jump + b"\x66\x0f\x1f\x84\x00\x00\x00\x00\x00\x90"

    def gotplt_initial(self, link: Link, plt_address: int, index: int) -> int:
        """The `push` of the entry."""
        return plt_address + 16 + 16 * index + 6


def word(value: int) -> bytes:
    """Four bytes."""
    return (value & _M32).to_bytes(4, "little")
