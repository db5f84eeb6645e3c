"""The end of an object: layout, resolution of fixups, symbol table, image."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.elf.image import SHN_ABS, SHN_COMMON, Group, ObjectImage, Relocations, Section, Symbol
from toolchain.mc.cfi import advance_bytes
from toolchain.mc.encodings import leb128
from toolchain.mc.evaluate import FINAL, LAYOUT, Linear
from toolchain.mc.layout import Layout, describe, symbol_text
from toolchain.mc.model import fragment as fr
from toolchain.mc.model.expr import CONST, REGISTER, SYMBOL, Expr, MCSymbol
from toolchain.mc.model.fragment import Contents, Tail
from toolchain.mc.section import SHF_LINK_ORDER, SHT_NOBITS, OutputSection

if TYPE_CHECKING:
    from toolchain.mc.streamer import ObjectStreamer

STB_LOCAL: Final = 0
STB_GLOBAL: Final = 1
STB_WEAK: Final = 2
STT_SECTION: Final = 3
STT_FILE: Final = 4
STT_TLS: Final = 6
STT_GNU_IFUNC: Final = 10
SHF_TLS: Final = 0x400
SHF_MERGE: Final = 0x10
TailFixup = tuple[int, int, Expr, Loc, bool]
"""Offset, kind, value, location, and whether layout has settled the target."""
MAX_PASSES: Final = 20
MAX_SIZE: Final = 1 << 31
"""Of a section with contents, in bytes."""


class Pending:
    """A relocation whose symbol has no number yet."""

    def __init__(self, offset: int, kind: int, symbol: MCSymbol | None, addend: int) -> None:
        self.offset = offset
        self.kind = kind
        self.symbol = symbol
        self.addend = addend


class Finisher:
    """Turns a streamer's state into an image."""

    def __init__(self, streamer: ObjectStreamer) -> None:
        self.streamer = streamer
        self.isa = streamer.isa
        self.evaluator = streamer.evaluator
        self.layout = Layout(streamer.isa, streamer.evaluator)
        self.parts: list[list[Contents]] = []
        self.pending: list[list[Pending]] = []
        self.buffers: list[bytearray] = []
        self.late: list[MCSymbol] = []
        self.settled = False            # the fixup is of a branch whose length layout chose by its target

    def run(self) -> ObjectImage:
        """The steps in order."""
        self.pad_code()
        self.parts = [s.ordered() for s in self.streamer.sections]
        self.lay_out()
        self.check_tails()
        self.place_assigned()
        for section in self.streamer.sections:
            self.build(section)
        self.directive_relocations()
        self.versions()
        symbols = self.symbol_table()
        return self.image(symbols)

    def pad_code(self) -> None:
        """A section of code ends on its own alignment, so that what the linker appends starts after instructions."""
        for section in self.streamer.sections:
            if section.code and section.subsections:
                last = section.ordered()[-1]
                if section.align > 1 and self.isa.pads_code:
                    last.close(Tail(fr.ALIGN, section.align, None, self.isa.end_padding(), 0, 0))
            elif not section.subsections:
                section.contents(0)

    def lay_out(self) -> None:
        """All sections, repeated while one's lengths depend on another's."""
        self.evaluator.mode = LAYOUT
        for part in self.parts:
            self.layout.start(part)
        for _ in range(MAX_PASSES):
            changed = False
            for part in self.parts:
                changed = self.layout.relax(part) or changed
            if not changed:
                return
        raise ToolError("layout does not settle: sections depend on each other")

    def check_tails(self) -> None:
        """Errors that only the final layout shows."""
        for part in self.parts:
            for contents in part:
                for i in contents.variable:
                    tail = contents.tails[i]
                    assert tail is not None
                    if tail.kind == fr.ORG and tail.limit < 0 and tail.length == 0:
                        self.error(tail.loc, "attempt to move .org backwards")
                    elif tail.kind == fr.SPACE and tail.expr is not None:
                        value = self.layout.constant(tail.expr, tail)
                        if value < 0:
                            self.error(tail.loc, "attempt to skip a negative count of bytes")

    def error(self, loc: Loc, message: str) -> None:
        """Report and go on."""
        self.streamer.diagnostics.error(loc, message)

    def place_assigned(self) -> None:
        """Give symbols that were assigned an expression of a label that label's section."""
        self.evaluator.mode = LAYOUT
        placed: list[tuple[MCSymbol, MCSymbol, int]] = []
        for section in self.streamer.sections:
            named = self.streamer.table.get(section.spec.name)
            if named is not None and named.section == -1 and named.common_size < 0 and section.symbol is not None:
                named.forward = True    # the name of a section, where no symbol has it, is its start
                named.value = Expr(SYMBOL, 0, section.symbol)
        for symbol in self.streamer.table.values():
            e = symbol.value
            if e is None or e.op == CONST or symbol.forward:
                continue
            if e.op == REGISTER:
                symbol.forward = True   # a name for a register is no symbol of the file
                continue
            try:
                v = self.evaluator.linear(e, symbol.loc)
            except ToolError as error:
                self.error(error.loc or symbol.loc, error.message)
                continue
            if v.subtract is not None:
                self.error(symbol.loc, f"symbol `{symbol.name}' cannot be a difference across sections: " + describe(v))
            elif v.add is None:
                symbol.value = Expr(CONST, v.value)
            elif v.add.section >= 0:
                if symbol.inherits and e.symbol is not None:
                    symbol.inherit(e.symbol)
                placed.append((symbol, v.add, v.value))
            else:
                symbol.forward = True
        for symbol, base, value in placed:
            symbol.section = base.section
            symbol.contents = base.contents
            symbol.fragment = base.fragment
            symbol.offset = base.offset + value
        self.evaluator.mode = FINAL
        for symbol in self.streamer.table.values():
            if symbol.weak_reference and symbol.value is not None and symbol.value.symbol is not None:
                target = symbol.value.symbol
                if target.section == -1 and target.binding == -1 and not target.mentioned and target.common_size < 0:
                    target.binding = STB_WEAK

    def versions(self) -> None:
        """`.symver`: NAME@VERSION and NAME@@VERSION are second names of a definition, NAME@@@VERSION its only one; of an
        undefined symbol they are the only name."""
        order = {symbol: n for n, (symbol, _, _) in reversed(list(enumerate(self.streamer.versions)))}
        for symbol, name, how in sorted(reversed(self.streamer.versions), key=lambda v: order[v[0]]):
            base, mark, version = name.partition("@@@")
            defined = symbol.section != -1 or symbol.common_size >= 0
            if mark:
                symbol.name = base + ("@@" if defined else "@") + version
                continue
            if not defined:
                symbol.name = name
                continue
            other = MCSymbol(name)
            other.section, other.contents, other.fragment, other.offset = symbol.section, symbol.contents, symbol.fragment, symbol.offset
            other.value, other.size, other.kind, other.other = symbol.value, symbol.size, symbol.kind, symbol.other
            other.binding, other.visibility = symbol.binding, symbol.visibility
            other.listed = True
            self.late.append(other)
            other.used = True
            if how == "remove":
                symbol.name = name
                self.late.remove(other)
            elif how == "local":
                symbol.binding = STB_LOCAL
            elif how == "hidden":
                symbol.visibility = 2

    # Bytes and fixups

    def build(self, section: OutputSection) -> None:
        """Bytes and relocations of one section."""
        out = bytearray()
        pending: list[Pending] = []
        self.pending.append(pending)
        self.buffers.append(out)
        part = self.parts[section.index]
        section.size = self.layout.size(part)
        if section.spec.kind == SHT_NOBITS:
            self.check_nobits(section, part)
            return
        if section.size > MAX_SIZE:
            raise ToolError(f"section `{section.spec.name}' would have {section.size} bytes: too large")
        tail_fixups: list[TailFixup] = []
        for contents in part:
            if not contents.variable:
                out += contents.data
                continue
            start = 0
            for i in contents.variable:
                end = contents.starts[i + 1]
                out += contents.data[start:end]
                start = end
                tail = contents.tails[i]
                assert tail is not None
                self.tail(tail, contents, out, tail_fixups)
            out += contents.data[start:]
        for contents in part:
            self.fixups(contents, out, pending)
        for offset, kind, e, loc, settled in tail_fixups:
            self.settled = settled
            self.fixup(offset, kind, e, loc, out, pending)
        self.settled = False

    def check_nobits(self, section: OutputSection, part: list[Contents]) -> None:
        """Report anything but zeros in a section that has no bytes in the file."""
        for contents in part:
            if contents.fixups.offsets or contents.data.strip(b"\0") or any(
                    t is not None and (t.kind in (fr.RELAX, fr.LEB128, fr.CFA) or t.fill.strip(b"\0")) for t in contents.tails):
                self.error(0, f"attempt to store non-zero value in section `{section.spec.name}'")

    def tail(self, tail: Tail, contents: Contents, out: bytearray, fixups: list[TailFixup]) -> None:
        """Append the bytes of a tail."""
        kind = tail.kind
        base = len(out)
        if kind == fr.RELAX:
            data, places = self.isa.relaxed(tail, base)
            out += data
            assert tail.expr is not None
            settled = self.isa.fixed_differences and self.layout.distance(tail, contents, base) is not None
            for offset, number in places:
                fixups.append((base + offset, number, tail.expr, tail.loc, settled))
        elif kind == fr.ALIGN:
            if not tail.fill:
                out += self.isa.nops(tail.length)
            else:
                width = len(tail.fill)
                if tail.length % width:
                    out += bytes(tail.length % width)
                out += tail.fill * (tail.length // width)
        elif kind in (fr.ORG, fr.SPACE):
            out += tail.fill * (tail.length // max(1, len(tail.fill)))
        elif kind == fr.LEB128:
            self.leb128(tail, out, fixups)
        elif kind == fr.CFA:
            self.cfa(tail, out, fixups)
        else:
            self.streamer.lines.tail(tail, out, fixups)

    def leb128(self, tail: Tail, out: bytearray, fixups: list[TailFixup]) -> None:
        """A LEB128 of a difference; over code that the linker shrinks, the value is its business."""
        assert tail.expr is not None
        base = len(out)
        self.evaluator.mode = LAYOUT
        out += leb128(self.layout.constant(tail.expr, tail), bool(tail.state))
        self.evaluator.mode = FINAL
        value = self.evaluator.linear(tail.expr, tail.loc)
        if value.add is None or value.subtract is None or not any(c.shrinks for c in self.parts[value.add.section]):
            return
        first, second = self.isa.leb128_kinds()
        if first < 0 or tail.state:
            raise ToolError("LEB128 of a difference that the linker may change", tail.loc)
        fixups.append((base, first, Expr(SYMBOL, value.value, value.add), tail.loc, False))
        fixups.append((base, second, Expr(SYMBOL, 0, value.subtract), tail.loc, False))

    def cfa(self, tail: Tail, out: bytearray, fixups: list[TailFixup]) -> None:
        """A CFA advance, constant or as a pair of relocations."""
        assert tail.expr is not None and tail.expr.left is not None and tail.expr.right is not None
        self.evaluator.mode = LAYOUT
        delta = self.layout.constant(tail.expr, tail) // tail.state
        self.evaluator.mode = FINAL
        data = advance_bytes(delta, True)
        first, second = self.isa.cfa_kinds(0 if len(data) == 1 else len(data) - 1)
        if first >= 0 and data:
            at = len(out) + (0 if len(data) == 1 else 1)
            fixups.append((at, first, tail.expr.left, tail.loc, False))
            fixups.append((at, second, tail.expr.right, tail.loc, False))
        out += data

    def fixups(self, contents: Contents, out: bytearray, pending: list[Pending]) -> None:
        """All fixups of a subsection."""
        f = contents.fixups
        deltas = contents.deltas
        resolved_at = -1
        for i, value in enumerate(f.values):
            offset = deltas[f.fragments[i]] + f.offsets[i]
            if value is None:
                if resolved_at != offset:
                    pending.append(Pending(offset, self.isa.fixups[f.kinds[i]].elf, None, pending[-1].addend if pending else 0))
                continue
            if not self.fixup(offset, f.kinds[i], value, f.locs[i], out, pending):
                resolved_at = offset

    def fixup(self, offset: int, kind: int, e: Expr, loc: Loc, out: bytearray, pending: list[Pending]) -> bool:
        """Resolve one; False if nothing is left for the linker."""
        try:
            if e.op == SYMBOL and e.symbol is not None and e.symbol.value is None:
                value = Linear(e.symbol, None, e.value)
            else:
                value = self.evaluator.linear(e, loc)
            return self.apply(offset, kind, value, loc, out, pending)
        except ToolError as error:
            self.error(error.loc or loc, error.message)
            return True

    def apply(self, offset: int, kind: int, value: Linear, loc: Loc, out: bytearray, pending: list[Pending]) -> bool:
        """Put the value into the bytes, or make relocations of it."""
        fixup = self.isa.fixups[kind]
        add = value.add
        if value.subtract is not None:
            relative = self.isa.value_kind(fixup.size, True, "") if add is not None and fixup.add < 0 else -1
            if relative >= 0 and value.subtract.section == len(self.buffers) - 1 and value.subtract.contents is not None:
                # x - label here: relative to this place, and the distance from the label
                away = offset - self.evaluator.address(value.subtract)
                return self.apply(offset, relative, Linear(add, None, value.value + away), loc, out, pending)
            if add is None or fixup.add < 0:
                raise ToolError(f"cannot represent the difference `{describe(value)}' here: the symbols are not in one section, "
                                "or the linker may move them apart", loc)
            for number, symbol, addend in ((fixup.add, add, value.value), (fixup.subtract, value.subtract, 0)):
                pending.append(Pending(offset, self.isa.fixups[number].elf, self.use(symbol), addend))
            return True
        if add is None:
            if not fixup.pc_relative and fixup.size:
                self.isa.patch(kind, out, offset, value.value, loc)
                return False
            pending.append(Pending(offset, fixup.elf, None, value.value))
            return True
        if fixup.elf < 0:
            raise ToolError(f"no relocation can put the address of `{symbol_text(add)}' into {fixup.size} bytes", loc)
        if fixup.tls:
            self.thread_local(add, loc)
        known = 0
        if add.section >= 0 and add.contents is not None:
            known = self.evaluator.address(add)
        same = add.section >= 0 and self.buffers[add.section:] and add.section == len(self.buffers) - 1
        if fixup.pc_relative and same and add.kind != STT_GNU_IFUNC and (self.settled or not self.isa.must_relocate(kind, add)):
            self.isa.patch(kind, out, offset, known + value.value - offset, loc)
            return False
        kind = self.isa.settle(kind, add)
        fixup = self.isa.fixups[kind]
        by_section = (not self.isa.keep_local_symbols and add.section >= 0 and add.binding <= STB_LOCAL and add.kind != STT_GNU_IFUNC and self.isa.by_section(kind, add)
                      and not self.in_linked_once(add) and not self.in_merged(add, value.value != 0 or fixup.pc_relative or fixup.from_got))
        addend = known + value.value if by_section else value.value
        if fixup.pc_relative and not self.isa.plain_fields:
            self.isa.patch(kind, out, offset, known + value.value - offset, loc)
        else:
            self.isa.hint(kind, out, offset, addend)
        used = self.streamer.sections[add.section].symbol if by_section else add
        pending.append(Pending(offset, fixup.elf, self.use(used), addend))
        return True

    def in_merged(self, symbol: MCSymbol, distant: bool) -> bool:
        """Whether the linker may move what stands at `symbol` by itself (a string, a constant), so that only the symbol says what
        is meant: where the place is `distant` from it."""
        return distant and self.streamer.sections[symbol.section].spec.flags & SHF_MERGE != 0

    def in_linked_once(self, symbol: MCSymbol) -> bool:
        """Whether the linker may take another file's section instead, so that a name that is not the assembler's own says more."""
        spec = self.streamer.sections[symbol.section].spec
        return not symbol.temporary and symbol.kind != STT_SECTION and (spec.group != "" and spec.comdat or spec.name.startswith(".gnu.linkonce"))

    def thread_local(self, symbol: MCSymbol, loc: Loc) -> None:
        """A relocation says that the symbol is thread-local."""
        if symbol.section >= 0 and not self.streamer.sections[symbol.section].spec.flags & SHF_TLS:
            self.error(loc, f"accessing `{symbol_text(symbol)}' as thread-local object")
        symbol.kind = STT_TLS

    def use(self, symbol: MCSymbol | None) -> MCSymbol | None:
        """Mark a symbol as one that a relocation names; local names enter the table now."""
        if symbol is not None and not symbol.used:
            symbol.used = True
            if not symbol.listed:
                symbol.listed = True
                self.late.append(symbol)
        return symbol

    def directive_relocations(self) -> None:
        """`.reloc` directives."""
        for r in self.streamer.relocs:
            self.evaluator.mode = LAYOUT
            place = self.evaluator.linear(r.offset, r.loc)
            if place.subtract is not None:
                place = self.evaluator.forced(place)
            offset = place.value
            index = r.section.index
            if place.add is not None:
                if place.add.section < 0:
                    self.error(r.loc, "the place of .reloc is not in a section")
                    continue
                offset += self.evaluator.address(place.add)
                index = place.add.section
            self.evaluator.mode = FINAL
            value = Linear(None, None, 0) if r.value is None else self.evaluator.linear(r.value, r.loc)
            if value.subtract is not None:
                self.error(r.loc, "the value of .reloc is not symbol + constant")
                continue
            self.pending[index].append(Pending(offset, r.kind, self.use(value.add), value.value))

    # Symbols

    def symbol_table(self) -> list[MCSymbol]:
        """Symbols in order, locals first."""
        self.drop_mapping()
        if not self.isa.sorts_relocations:
            self.order_late()
        seen = [s for s in self.streamer.symbols if self.kept(s)]
        seen += self.late
        for section in self.streamer.sections:
            if section.symbol is not None and not section.symbol.listed and (self.isa.section_symbols or section.symbol.used):
                seen.append(section.symbol)
        local: list[MCSymbol] = []
        other: list[MCSymbol] = []
        for s in seen:
            if s.binding == -1:
                defined = s.section != -1 and s.common_size < 0
                s.binding = STB_LOCAL if defined else STB_GLOBAL
            (local if s.binding == STB_LOCAL else other).append(s)
        return local + other

    def order_late(self) -> None:
        """Symbols that enter the table because a relocation names them come in the order in which GNU as comes to them: targets of jumps while
        it relaxes, then sections, when it decides which relocations name those, then the others."""
        waiting = {s for s in self.late if s.contents is not None and s.contents.code and s.kind != STT_SECTION}
        targets: list[MCSymbol] = []
        for part in self.parts if waiting else []:
            for contents in part:
                for i in contents.variable:
                    tail = contents.tails[i]
                    s = tail.expr.symbol if tail is not None and tail.kind == fr.RELAX and tail.expr is not None else None
                    if s in waiting and s is not None and s.section == contents.section:
                        waiting.discard(s)
                        targets.append(s)
        rest = [s for s in self.late if s not in targets]
        self.late = targets + [s for s in rest if s.kind == STT_SECTION] + [s for s in rest if s.kind != STT_SECTION]

    def kept(self, s: MCSymbol) -> bool:
        """Whether a symbol goes into the table."""
        if s.used or (s.kind == STT_SECTION and self.isa.section_symbols):
            return True
        if s.temporary or s.forward or s.kind == STT_SECTION:
            return False
        if s.section == -1 and s.common_size < 0:
            return s.binding != STB_WEAK or s.mentioned
        return True

    def drop_mapping(self) -> None:
        """Of mapping symbols at one address the last counts; at the end of a section they say nothing."""
        for section in self.streamer.sections:
            last: MCSymbol | None = None
            for s in section.map_symbols:
                if last is not None and self.evaluator.address(last) == self.evaluator.address(s):
                    last.temporary = True
                last = s
            if last is not None and self.evaluator.address(last) >= section.size:
                last.temporary = True

    # Image

    def image(self, symbols: list[MCSymbol]) -> ObjectImage:
        """Sections, symbols, relocations as the file will have them."""
        image = ObjectImage(self.isa.machine, self.isa.bits, self.isa.rela, 1, self.isa.elf_flags())
        by_name: dict[str, int] = {}
        for section in self.streamer.sections:
            spec = section.spec
            out = Section(spec.name, spec.kind, spec.flags, section.align, spec.entry_size)
            out.size = section.size
            out.data = self.buffers[section.index]
            by_name.setdefault(spec.name, len(image.sections))
            image.sections.append(out)
        extra = self.isa.extra_sections()
        for section_ in extra:
            image.sections.append(section_)
        for name in self.streamer.files:
            image.symbols.append(Symbol(name, 0, 0, STB_LOCAL, STT_FILE, 0, SHN_ABS))
        first_global = next((i for i, s in enumerate(symbols) if s.binding != STB_LOCAL), len(symbols))
        for n, s in enumerate(symbols):
            if n == first_global:
                self.extra_symbols(image, len(extra))
            s.index = len(image.symbols)
            image.symbols.append(self.symbol(s))
        if first_global == len(symbols):
            self.extra_symbols(image, len(extra))
        for section in self.streamer.sections:
            self.relocations(section, image)
            if section.spec.flags & SHF_LINK_ORDER and section.spec.link_order:
                self.link_order(section, image, by_name)
        self.groups(image)
        return image

    def extra_symbols(self, image: ObjectImage, count: int) -> None:
        """Section symbols of the target's own sections."""
        for i in range(count):
            image.symbols.append(Symbol("", 0, 0, STB_LOCAL, STT_SECTION, 0, len(self.streamer.sections) + 1 + i))

    def symbol(self, s: MCSymbol) -> Symbol:
        """One symbol of the file."""
        out = Symbol("" if s.kind == STT_SECTION else s.name, 0, 0, s.binding, s.kind, s.visibility | s.other)
        if s.common_size >= 0:
            out.section, out.value, out.size = SHN_COMMON, s.common_align, s.common_size
        elif s.section >= 0:
            out.section = s.section + 1
            out.value = 0 if s.kind == STT_SECTION else self.evaluator.address(s)
        elif s.value is not None and s.value.op == CONST:
            out.section = SHN_ABS
            out.value = s.value.value & (0xFFFFFFFF if self.isa.bits == 32 else 0xFFFFFFFFFFFFFFFF)
        if s.size is not None:
            self.evaluator.mode = LAYOUT
            try:
                value = self.evaluator.forced(self.evaluator.linear(s.size, s.loc))
            except ToolError as error:
                self.error(error.loc or s.size.loc or s.loc, error.message)
                return out
            if value.add is not None or value.subtract is not None:
                self.error(s.size.loc or s.loc, f".size expression for {s.name} does not evaluate to a constant")
            else:
                out.size = value.value & 0xFFFFFFFFFFFFFFFF
            self.evaluator.mode = FINAL
        return out

    def relocations(self, section: OutputSection, image: ObjectImage) -> None:
        """Relocations of one section."""
        pending = self.pending[section.index]
        if not pending:
            return
        relocations = Relocations(self.isa.rela)
        if self.isa.sorts_relocations:
            pending.sort(key=_offset)
        for p in pending:
            relocations.add(p.offset, p.kind, 0 if p.symbol is None else p.symbol.index, p.addend if self.isa.rela else 0)
        image.sections[section.index + 1].relocations = relocations

    def link_order(self, section: OutputSection, image: ObjectImage, by_name: dict[str, int]) -> None:
        """sh_link of a SHF_LINK_ORDER section: the section named, or that of the symbol named."""
        name = section.spec.link_order
        symbol = self.streamer.table.get(name)
        if symbol is not None and symbol.section >= 0:
            image.sections[section.index + 1].link = symbol.section + 1
        elif name in by_name:
            image.sections[section.index + 1].link = by_name[name]
        elif name != "0":
            self.error(0, f"section `{section.spec.name}' is linked to `{name}', which is not defined")

    def groups(self, image: ObjectImage) -> None:
        """SHT_GROUP sections, in order of first mention."""
        members: dict[str, list[int]] = {}
        comdat: dict[str, bool] = {}
        for section in self.streamer.sections:
            name = section.spec.group
            if name:
                members.setdefault(name, []).append(section.index + 1)
                comdat[name] = comdat.get(name, False) or section.spec.comdat
        for name, sections in members.items():
            symbol = self.streamer.table.get(name)
            index = symbol.index if symbol is not None and (symbol.section >= 0 or symbol.used) else 0
            own = index == 0
            if own:
                index = len(image.symbols)
                image.symbols.append(Symbol(name, 0, 0, STB_LOCAL, 0, 0, SHN_ABS))
            for s in sections:
                image.sections[s].group = len(image.groups)
                image.sections[s].flags |= 0x200
            image.groups.append(Group(index, 1 if comdat[name] else 0, sections, owns_signature=own))


def _offset(p: Pending) -> int:
    return p.offset


def finish(streamer: ObjectStreamer) -> ObjectImage:
    """The object of everything that `streamer` was given.  Errors go to its diagnostics; ToolError for what stops it."""
    return Finisher(streamer).run()


__all__ = ["finish", "STB_GLOBAL"]
