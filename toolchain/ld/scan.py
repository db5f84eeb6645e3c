"""What relocations ask of symbols: the target's scan loop calls these, one method per kind of reference.

The rules are those of the psABIs for dynamic linking and the same for all machines.  A symbol is
*preemptible* if the dynamic linker may bind it to another module.  References to such a symbol go
through the GOT or PLT, or become dynamic relocations; where the code cannot take that, an executable
copies the variable (copy relocation) or lets the function's PLT entry stand for its address.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.elf.constants import (
    SHF_ALLOC,
    SHF_WRITE,
    STT_FUNC,
    STT_GNU_IFUNC,
    STT_NOTYPE,
    STT_OBJECT,
    STT_TLS,
)
from toolchain.ld.model import (
    ABSOLUTE_SECTION,
    DEFINED,
    NEEDS_CANONICAL,
    NEEDS_COPY,
    NEEDS_GOT,
    NEEDS_PLT,
    SHARED,
    UNDEFINED,
    InputSection,
    LinkSymbol,
)

if TYPE_CHECKING:
    from toolchain.ld.state import Link


class DynamicRelocation:
    """One entry for the dynamic linker.  `symbol` None: none; `use_address`: the addend is the symbol's address."""

    def __init__(self, section: InputSection, offset: int, kind: int, symbol: LinkSymbol | None, addend: int, use_address: bool) -> None:
        self.section = section
        self.offset = offset
        self.kind = kind
        self.symbol = symbol
        self.addend = addend
        self.use_address = use_address


class Scanner:
    """Collects needs.  `wanting` lists symbols with needs in the order they came up."""

    def __init__(self) -> None:
        self.link: Link | None = None
        self.wanting: list[LinkSymbol] = []
        self.relocations: list[DynamicRelocation] = []
        self.text_relocations = False
        self.needs_got_base = False
        self.needs_tlsld = False
        self.static_tls = False
        self.reported: set[tuple[str, int]] = set()

    def need(self, s: LinkSymbol, what: int) -> None:
        """Record a need, once."""
        if not s.needs:
            self.wanting.append(s)
        s.needs |= what

    def _link(self) -> Link:
        assert self.link is not None
        return self.link

    def got(self, s: LinkSymbol) -> None:
        """The address of the symbol's GOT entry is used."""
        if s.kind == STT_GNU_IFUNC and s.state == DEFINED and not s.preemptible and not self._link().options.is_pic:
            self.need(s, NEEDS_PLT)
        self.need(s, NEEDS_GOT)

    def call(self, s: LinkSymbol) -> None:
        """A call that may go through the PLT."""
        if s.preemptible or (s.kind == STT_GNU_IFUNC and s.state == DEFINED):
            if s.state != UNDEFINED or self._link().options.is_pic:
                self.need(s, NEEDS_PLT)

    def tls(self, s: LinkSymbol, what: int) -> None:
        """A GOT entry of one of the TLS models."""
        self.need(s, what)

    def direct(self, section: InputSection, s: LinkSymbol, kind: int) -> bool:
        """An address used where only a link-time constant will do, in an executable: copy the variable or
        let the PLT entry be the function.  False if that is impossible."""
        link = self._link()
        if link.options.shared:
            return False
        if s.state == UNDEFINED:
            return True    # weak: address 0
        if s.kind in (STT_FUNC, STT_GNU_IFUNC):
            self.need(s, NEEDS_PLT | NEEDS_CANONICAL)
            return True
        if s.kind == STT_TLS:
            return False
        if s.kind == STT_NOTYPE and s.size == 0 and s.state == SHARED and section.flags & 4:
            self.need(s, NEEDS_PLT | NEEDS_CANONICAL)
            return True
        if s.kind in (STT_OBJECT, STT_NOTYPE):
            if link.options.no_copy_reloc:
                return False
            self.need(s, NEEDS_COPY)
            return True
        return False

    def pc_relative(self, section: InputSection, s: LinkSymbol, kind: int, is_branch: bool) -> None:
        """A reference relative to the place."""
        link = self._link()
        if not section.flags & SHF_ALLOC:
            return
        if s.kind == STT_GNU_IFUNC and s.state == DEFINED and not s.preemptible:
            self.need(s, NEEDS_PLT | (0 if is_branch else NEEDS_CANONICAL))
        elif s.preemptible:
            if is_branch:
                self.need(s, NEEDS_PLT)
            elif not self.direct(section, s, kind):
                self.recompile(section, kind, s)
        elif link.options.is_pic and s.section is ABSOLUTE_SECTION and s.state == DEFINED and not s.from_script:
            self.recompile(section, kind, s)

    def narrow_absolute(self, section: InputSection, s: LinkSymbol, kind: int) -> None:
        """An absolute address in a field that no dynamic relocation can fill."""
        link = self._link()
        if not section.flags & SHF_ALLOC:
            return
        if s.kind == STT_GNU_IFUNC and s.state == DEFINED and not s.preemptible:
            self.need(s, NEEDS_PLT | NEEDS_CANONICAL)
        if link.options.is_pic:
            if s.section is ABSOLUTE_SECTION and s.state == DEFINED and not s.preemptible:
                return
            self.recompile(section, kind, s)
        elif s.preemptible and not self.direct(section, s, kind):
            self.recompile(section, kind, s)

    def absolute(self, section: InputSection, offset: int, s: LinkSymbol, addend: int, kind: int) -> None:
        """A whole word with an address: the dynamic linker can fill it in."""
        link = self._link()
        if not section.flags & SHF_ALLOC:
            return
        target = link.target
        writable = bool(section.flags & SHF_WRITE)
        if s.kind == STT_GNU_IFUNC and s.state == DEFINED and not s.preemptible:
            if link.options.is_pic and writable:
                self.add(section, offset, target.dyn_irelative, s, addend, True)
            else:
                self.need(s, NEEDS_PLT | NEEDS_CANONICAL)
                if link.options.is_pic:
                    self.add(section, offset, target.dyn_relative, s, addend, True)
            return
        if s.preemptible:
            if not writable and not link.options.is_pic and self.direct(section, s, kind):
                return
            if not link.options.is_pic and s.state == UNDEFINED:
                return
            if not link.options.shared and s.kind in (STT_FUNC, STT_GNU_IFUNC) and s.needs & NEEDS_CANONICAL:
                return
            if not link.options.is_pic and s.kind in (STT_FUNC, STT_OBJECT) and self.direct(section, s, kind):
                return
            if not writable:
                self.text_relocation(section, s, kind)
            self.add(section, offset, target.dyn_absolute, s, addend, False)
            return
        if link.options.is_pic:
            if s.state == UNDEFINED or s.section is ABSOLUTE_SECTION and not s.moves:
                return
            if not writable:
                self.text_relocation(section, s, kind)
            self.add(section, offset, target.dyn_relative, s, addend, True)

    def add(self, section: InputSection, offset: int, kind: int, s: LinkSymbol | None, addend: int, use_address: bool) -> None:
        """A dynamic relocation."""
        if self._link().is_dynamic or kind == self._link().target.dyn_irelative or self._link().options.is_pic:
            self.relocations.append(DynamicRelocation(section, offset, kind, s, addend, use_address))
        if s is not None and not use_address:
            self.need(s, 128)

    def text_relocation(self, section: InputSection, s: LinkSymbol, kind: int) -> None:
        """A dynamic relocation in read-only memory: allowed unless -z text."""
        link = self._link()
        if link.options.text_relocs == "error":
            link.error(f"{section.file.name}: relocation {link.target.reloc_name(kind)} against symbol `{s.name}' in read-only section "
                       f"`{section.name}'")
        self.text_relocations = True

    def recompile(self, section: InputSection, kind: int, s: LinkSymbol) -> None:
        """The code is not position-independent enough."""
        link = self._link()
        key = (section.file.name + section.name + s.name, kind)
        if key in self.reported:
            return
        self.reported.add(key)
        what = "a shared object" if link.options.shared else "a PIE object" if link.options.pie else "an executable"
        hint = "; recompile with -fPIC" if link.options.is_pic else ""
        name = s.name or s.section.name
        sort = "symbol" if not s.is_local else "local symbol"
        if s.state == UNDEFINED:
            sort = "undefined symbol"
        link.error(f"{section.file.name}: relocation {link.target.reloc_name(kind)} against {sort} `{name}' can not be used when making "
                   f"{what}{hint}")
