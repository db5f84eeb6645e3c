"""Addresses: walks the script with the location counter, as often as it takes until nothing moves.

`Layout.run` gives every output section its VMA, LMA and size, every input section its place, and every
script symbol its value.  It may be run again after sections have changed size (relaxation).
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.elf.constants import (
    SHF_ALLOC,
    SHF_EXECINSTR,
    SHF_TLS,
    SHF_WRITE,
    SHT_NOBITS,
    SHT_PROGBITS,
    STT_GNU_IFUNC,
    STV_HIDDEN,
)
from toolchain.ld.expressions import ABSOLUTE, Evaluator, align_up
from toolchain.ld.model import ABSOLUTE_SECTION, DEFINED, SHARED, LinkSymbol, OutputSection
from toolchain.ld.state import Link
from toolchain.ld.syntax import (
    Assertion,
    Assignment,
    DataStatement,
    Expr,
    FillStatement,
    InputSpec,
    MemoryRegion,
    OutputDescription,
    Statement,
)

_MAX_PASSES: Final = 30
_MASK: Final = (1 << 64) - 1
_MAX_ALIASES: Final = 64


class Layout:
    """The layout of one link."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.evaluator = Evaluator(link)
        self.region_stack: MemoryRegion | None = None
        self.previous: OutputSection | None = None       # last section with memory, for LMAs
        self.moved = False
        self.dot_symbols: list[tuple[LinkSymbol, int, bool]] = []   # to be tied to a section: see tie_symbols
        self.dot_moved = False       # `.` has been assigned since the last output section
        self.overlay_base = 0
        self.overlay_end = 0
        self.overlay_load = 0
        self.in_sections = True
        self.fills_known = False
        self.order: list[OutputSection] = []
        self.last_values: list[tuple[OutputSection | None, int]] = []     # of the script's symbols, after the last pass
        self.keep_dot = False
        self.default_region: MemoryRegion | None = None

    # ---- passes -------------------------------------------------------------------------------

    def run(self) -> None:
        """Lay out until two passes agree."""
        for _ in range(_MAX_PASSES):
            self.one_pass(False)
            if not self.moved and not self.evaluator.incomplete:
                return
            if not self.moved:
                return
        raise self.link.fail("the linker script's layout does not settle: an expression depends on itself")

    def finish(self) -> None:
        """The last pass: undefined names, failed assertions and overflowing regions are errors now."""
        self.evaluator.final = True
        self.one_pass(True)
        self.check_regions()
        self.check_overlaps()
        self.tie_symbols()

    def one_pass(self, final: bool) -> None:
        """Walk all statements once."""
        ev = self.evaluator
        link = self.link
        ev.stamp += 1
        ev.incomplete = False
        ev.section = ABSOLUTE
        ev.dot = 0
        self.moved = False
        self.previous = None
        self.dot_moved = True
        self.dot_symbols = []
        self.order = []
        for region in link.regions.values():
            region.current = region.origin
        for statement in link.script.statements:
            kind = statement.kind
            if isinstance(statement, OutputDescription):
                self.output(statement, final)
            elif isinstance(statement, Assignment):
                self.assign(statement, None)
            elif isinstance(statement, Assertion):
                self.assertion(statement, final)
            elif kind < 0:
                raise ToolError("unknown statement", statement.loc)
        self.start_stop()
        values = [(s.script_section, s.value) for s in link.script_symbols.values()]
        if values != self.last_values:
            self.last_values = values
            self.moved = True

    def assertion(self, statement: Assertion, final: bool) -> None:
        """ASSERT: checked in the last pass only."""
        if not final or self.evaluator.evaluate(statement.expr):
            return
        self.link.error(statement.message)

    # ---- assignments --------------------------------------------------------------------------

    def assign(self, a: Assignment, out: OutputSection | None) -> None:
        """`symbol op expr` or `. op expr`."""
        ev = self.evaluator
        if a.name == ".":
            self.move_dot(a, out)
            return
        if not a.active:
            return
        s = self.link.script_symbols[a.name]
        ev.defining = a.name
        section, value = ev.result(self.operand(a))
        ev.defining = ""
        if section is None:
            section = ev.section
        ev.defined_at[a.name] = ev.stamp
        s.script_section = None if section is ABSOLUTE else section
        s.value = value & self.link.mask if section is ABSOLUTE else value
        s.section = ABSOLUTE_SECTION if section is ABSOLUTE else section.anchor
        s.state = DEFINED
        s.from_script = True
        s.weak = False
        if a.expr.op == "name":     # an alias takes the type of what it stands for
            source = self.link.symbols.get(a.expr.name)
            if source is not None and source.kind != STT_GNU_IFUNC:
                s.kind = source.kind
        if section is ABSOLUTE and ev.symbolic and a.name:
            self.dot_symbols.append((s, len(self.order), self.dot_moved))

    def operand(self, a: Assignment) -> Expr:
        """The right-hand side, with the operator of `+=` and its kin made explicit."""
        if a.op == "=":
            return a.expr
        left = Expr(".", a.loc, []) if a.name == "." else Expr("name", a.loc, [], a.name)
        return Expr(a.op[:-1], a.loc, [left, a.expr])

    def move_dot(self, a: Assignment, out: OutputSection | None) -> None:
        """Assign to the location counter; inside a section it may not go back."""
        ev = self.evaluator
        if a.provide:
            raise ToolError("can not PROVIDE assignment to location counter", a.loc)
        section, value = ev.result(self.operand(a))
        value += (section if section is not None else ev.section).address
        value &= self.link.mask
        if out is not None and value < ev.dot:
            if ev.final:
                raise ToolError(f"{out.name} cannot move location counter backwards (from {ev.dot:016x} to {value:016x})", a.loc)
            return
        if out is not None and value > ev.dot and out.fill:
            out.fills.append((ev.dot - out.address, value - ev.dot, out.fill))
        ev.dot = value
        if out is None:
            self.dot_moved = True

    # ---- output sections ----------------------------------------------------------------------

    def output(self, d: OutputDescription, final: bool) -> None:
        """One output section: its address, its contents, its load address."""
        out = d.output
        if out is None or d.name == "/DISCARD/":
            if d.name == "/DISCARD/":
                for statement in d.statements:
                    if isinstance(statement, Assignment):
                        self.assign(statement, None)
            return
        if out.removed:
            self.removed(d, out)
            return
        ev = self.evaluator
        saved_dot = ev.dot
        no_memory = self.no_memory(d, out)
        region = self.region_of(d, out)
        self.section_alignment(d, out)
        start = self.start_address(d, out, region)
        if out.address != start:
            self.moved = True
            out.address = start
        out.anchor.address = start
        ev.section = out
        ev.dot = start
        self.order.append(out)
        size = self.contents(d, out)
        if size != out.size:
            self.moved = True
            out.size = size
        ev.section = ABSOLUTE
        self.dot_moved = False
        if size and not out.has_bits and not out.has_data and out.kind == SHT_PROGBITS and not out.inputs:
            out.kind = SHT_NOBITS       # only `.` has moved in it
        ev.laid_out[d.name] = ev.stamp
        self.load_address(d, out, start)
        if no_memory or (out.flags & SHF_TLS and out.kind == SHT_NOBITS):
            if no_memory:
                ev.dot = saved_dot
            else:
                ev.dot = start if d.address is None and not region else saved_dot
        else:
            ev.dot = (start + size) & self.link.mask
            if d.overlay:
                self.overlay_end = max(self.overlay_end, ev.dot)
                if d.overlay_last:
                    ev.dot = self.overlay_end
            if out.is_alloc:
                self.previous = out
            if region is not None:
                region.current = ev.dot
        if d.load_region:
            self.take_load_region(d, out)

    def no_memory(self, d: OutputDescription, out: OutputSection) -> bool:
        """Whether the section takes no address space: not allocated at run time."""
        if d.type in ("INFO", "COPY", "DSECT", "OVERLAY"):
            out.flags &= ~SHF_ALLOC
            out.is_info = True
        if d.type == "NOLOAD":
            out.no_load = True
            out.kind = SHT_NOBITS
        if d.type == "READONLY":
            out.flags &= ~SHF_WRITE
        if d.type_value is not None:
            out.kind = self.evaluator.number(d.type_value)
        return not out.flags & SHF_ALLOC

    def region_of(self, d: OutputDescription, out: OutputSection) -> MemoryRegion | None:
        """The memory region of a section: named, or found by attributes, or none."""
        link = self.link
        if (not link.regions and not d.region) or not out.is_alloc:
            return None
        if d.region:
            region = link.regions.get(d.region)
            if region is None:
                raise ToolError(f"memory region `{d.region}' not declared", d.loc)
            return region
        if d.address is not None:
            return None
        for region in link.regions.values():
            if region.attributes and self.attributes_match(region.attributes, out):
                return region
        return None

    def attributes_match(self, attributes: str, out: OutputSection) -> bool:
        """The (rwxai!) list of a region, for sections that name no region."""
        flags = out.flags
        table = {"r": not flags & SHF_WRITE, "w": bool(flags & SHF_WRITE), "x": bool(flags & SHF_EXECINSTR),
                 "a": bool(flags & SHF_ALLOC), "i": out.kind != SHT_NOBITS, "l": out.kind != SHT_NOBITS}
        wanted = False
        invert = False
        for c in attributes.lower():
            if c == "!":
                invert = not invert
            elif table.get(c, False):
                if invert:
                    return False
                wanted = True
        return wanted

    def section_alignment(self, d: OutputDescription, out: OutputSection) -> None:
        """The section's alignment: that of its contents and ALIGN()."""
        align = out.align
        ev = self.evaluator
        if d.subalign is not None:
            sub = ev.number(d.subalign)
            for s in out.inputs:
                s.align = sub
            align = sub
        else:
            for s in out.inputs:
                if s.align > align:
                    align = s.align
        if d.align is not None:
            align = max(align, ev.number(d.align))
        if align > 1 and align & (align - 1):
            raise ToolError(f"alignment of section {out.name} is not a power of two", d.loc)
        out.align = align

    def start_address(self, d: OutputDescription, out: OutputSection, region: MemoryRegion | None) -> int:
        """The section's VMA."""
        ev = self.evaluator
        link = self.link
        if d.overlay and not d.overlay_first:
            return self.overlay_base
        if not out.is_alloc or link.options.relocatable:
            return ev.evaluate(d.address) if d.address is not None and not link.options.relocatable else 0
        dot = ev.dot
        forced = ev.segment_starts.get("section " + out.name)
        if forced is not None:
            start = forced
        elif d.address is not None:
            start = ev.evaluate(d.address)
        else:
            if region is not None:
                dot = region.current
            start = align_up(dot, out.align)
        if out.flags & SHF_TLS and out.kind == SHT_NOBITS and self.previous is not None and self.previous.flags & SHF_TLS:
            start = align_up(self.previous.address + self.previous.size, out.align)
        if d.overlay_first:
            self.overlay_base = start
            self.overlay_end = start
        return start & link.mask

    def load_address(self, d: OutputDescription, out: OutputSection, start: int) -> None:
        """The LMA: AT(), AT>region, or the same distance from the VMA as the section before."""
        ev = self.evaluator
        link = self.link
        out.explicit_load = False
        if d.at is not None:
            load = ev.evaluate(d.at)
            out.explicit_load = True
        elif d.load_region:
            region = link.regions.get(d.load_region)
            if region is None:
                raise ToolError(f"memory region `{d.load_region}' not declared", d.loc)
            load = region.current
        elif d.overlay and not d.overlay_first:
            load = self.overlay_load
        elif not out.is_alloc or self.previous is None:
            load = start
        else:
            last = self.previous
            if start < last.address and out.size and start + out.size <= last.address:
                load = start
            elif d.region and self.last_in_region(d.region) is None:
                load = start
            else:
                load = start + last.load_address - last.address
                if not link.regions:
                    load = align_up(load, out.align)
        load &= link.mask
        if d.overlay:
            self.overlay_load = load + out.size
        if load != out.load_address:
            out.load_address = load
            self.moved = True

    def last_in_region(self, name: str) -> OutputSection | None:
        """The last section laid out in a region so far."""
        region = self.link.regions[name]
        return self.previous if region.current != region.origin else None

    def take_load_region(self, d: OutputDescription, out: OutputSection) -> None:
        """Room for a section's image in its load region."""
        region = self.link.regions[d.load_region]
        if d.load_region != d.region:
            region.current = out.load_address + (out.size if out.kind != SHT_NOBITS else 0)

    def removed(self, d: OutputDescription, out: OutputSection) -> None:
        """An output section without contents: its symbols are still defined, where it would be."""
        if d.constraint and not out.inputs:
            return
        ev = self.evaluator
        if any(isinstance(s, Assignment) and (s.name == "." or s.active) for s in d.statements):
            if d.address is not None:
                ev.dot = ev.evaluate(d.address)
            out.address = ev.dot
            out.anchor.address = ev.dot
            for statement in d.statements:
                if isinstance(statement, Assignment):
                    self.assign(statement, None)
        if ev.laid_out.get(d.name, -1) != ev.stamp:
            ev.laid_out[d.name] = ev.stamp
            out.address = ev.dot
            out.load_address = ev.dot
            if self.previous is not None:
                out.load_address = (ev.dot + self.previous.load_address - self.previous.address) & self.link.mask

    def contents(self, d: OutputDescription, out: OutputSection) -> int:
        """Place the statements of a section; returns its size."""
        ev = self.evaluator
        out.fills = []
        out.data_chunks = []
        out.fill = self.fill_pattern(d.fill)
        base = out.address
        for statement in d.statements:
            if isinstance(statement, InputSpec):
                dot = ev.dot
                for s in statement.matched:
                    size = s.size
                    align = s.align
                    if align > 1:
                        aligned = (dot + align - 1) // align * align
                        if aligned != dot and out.fill:
                            out.fills.append((dot - base, aligned - dot, out.fill))
                        dot = aligned
                    s.offset = dot - base
                    s.address = dot
                    dot += size
                ev.dot = dot
            elif isinstance(statement, Assignment):
                self.assign(statement, out)
            else:
                self.datum(statement, out)
        return ev.dot - base

    def datum(self, statement: Statement, out: OutputSection) -> None:
        """BYTE and its kin, FILL, ASSERT inside a section."""
        ev = self.evaluator
        if isinstance(statement, DataStatement):
            value = ev.evaluate(statement.expr)
            out.data_chunks.append((ev.dot - out.address, (value & ((1 << 8 * statement.size) - 1)).to_bytes(statement.size, "little")))
            ev.dot += statement.size
        elif isinstance(statement, FillStatement):
            out.fill = self.fill_pattern(statement.fill)
        elif isinstance(statement, Assertion):
            self.assertion(statement, ev.final)

    def fill_pattern(self, e: Expr | None) -> bytes:
        """The bytes of `=fill`: as written if hexadecimal, else four bytes, big-endian."""
        if e is None:
            return b""
        if e.op == "number" and e.text:
            digits = e.text if len(e.text) % 2 == 0 else "0" + e.text
            return bytes.fromhex(digits)
        return (self.evaluator.evaluate(e) & 0xFFFFFFFF).to_bytes(4, "big")

    # ---- symbols of the linker ----------------------------------------------------------------

    def start_stop(self) -> None:
        """`__stop_X` moves with the size of its section."""
        for out in self.link.outputs:
            s = self.link.symbols.get("__stop_" + out.name)
            if s is not None and s.provided and s.section is out.anchor:
                s.value = out.size

    def tie_symbols(self) -> None:
        """Symbols defined from `.` between sections belong to the section before them, or, once `.` has been
        moved, to the one behind, and not to *ABS*."""
        order = [o for o in self.order if o.is_alloc]
        index = 0
        for s, position, moved in self.dot_symbols:
            index = 0
            for o in self.order[:position]:
                index += 1 if o.is_alloc else 0
            before = order[index - 1] if index else None
            after = order[index] if index < len(order) else None
            best = before
            if after is not None and (before is None or moved):
                best = after
            if best is None or s.section is not ABSOLUTE_SECTION:
                continue
            s.section = best.anchor
            s.value = (s.value - best.address) & _MASK

    # ---- checks -------------------------------------------------------------------------------

    def check_regions(self) -> None:
        """Memory regions that hold more than they can."""
        for region in self.link.regions.values():
            if region.current > region.origin + region.length:
                self.link.error(f"region `{region.name}' overflowed by {region.current - region.origin - region.length} bytes")

    def check_overlaps(self) -> None:
        """Allocated sections must not share addresses, unless they are overlays."""
        link = self.link
        if not link.options.check_sections or link.options.relocatable:
            return
        overlays = {d.name for d in link.script.statements if isinstance(d, OutputDescription) and d.overlay}
        live = [o for o in self.order if o.is_alloc and o.size and not (o.flags & SHF_TLS and o.kind == SHT_NOBITS) and o.name not in overlays]
        live.sort(key=lambda o: o.address)
        for a, b in zip(live, live[1:]):
            if a.address + a.size > b.address:
                link.error(f"section {b.name} VMA [{b.address:016x},{b.address + b.size - 1:016x}] overlaps section {a.name} VMA "
                           f"[{a.address:016x},{a.address + a.size - 1:016x}]")


# ---- before the first pass ----------------------------------------------------------------------


def expression_names(e: Expr, out: set[str]) -> None:
    """Collect the symbols that an expression refers to."""
    if e.op == "name":
        out.add(e.name)
    for a in e.args:
        expression_names(a, out)


def all_assignments(statements: list[Statement]) -> list[Assignment]:
    """Every assignment of a script, those inside output sections included."""
    out: list[Assignment] = []
    for statement in statements:
        if isinstance(statement, Assignment):
            out.append(statement)
        elif isinstance(statement, OutputDescription):
            out += [s for s in statement.statements if isinstance(s, Assignment)]
    return out


def define_script_symbols(link: Link) -> None:
    """Decide which PROVIDEs hold, and make a symbol of every assignment: it overrides objects' definitions."""
    statements = list(link.script.statements)
    for extra in link.extra_scripts:
        statements += extra.statements
    assignments = all_assignments(statements)
    mentioned: set[str] = set()
    for a in assignments:
        expression_names(a.expr, mentioned)
    for a in assignments:
        if a.name == ".":
            continue
        s = link.symbols.get(a.name)
        if a.provide:
            a.active = (s is not None and (s.from_script or s.state <= SHARED)) or (s is None and a.name in mentioned)
            if not a.active:
                continue
        if s is None:
            s = link.symbol(a.name)
            s.binding = 1
        if a.hidden:
            s.visibility = STV_HIDDEN
            s.forced_local = True
        s.provided = s.provided or a.provide
        if not s.from_script:
            s.original_value = s.state
        if s.state != DEFINED or not refers_to_itself(a):
            s.state = DEFINED
            s.from_script = True
            s.section = ABSOLUTE_SECTION
            s.value = 0
            s.kind = s.kind if s.kind != STT_GNU_IFUNC else 0
        s.in_regular = True
        s.weak = False
        s.file = link.own
        link.script_symbols[a.name] = s
        link.undefined.pop(a.name, None)
    mark_moving(link, statements)


def mark_moving(link: Link, statements: Sequence[Statement]) -> None:
    """Tell addresses from numbers among the symbols that the script assigns, before there are any addresses: position-independent
    code needs relocations for the former."""
    inside: dict[str, bool] = {}
    assigned: dict[str, Expr] = {}
    for statement in statements:
        of_section = isinstance(statement, OutputDescription)
        for a in all_assignments([statement]):
            if a.name != "." and a.active:
                inside[a.name] = inside.get(a.name, False) or of_section and not is_function(a.expr, "ABSOLUTE")
                assigned[a.name] = a.expr
    for name, e in assigned.items():
        link.script_symbols[name].moves = inside[name] or is_address(link, assigned, e, 0)


def is_function(e: Expr, name: str) -> bool:
    """The expression is a call of that built-in function."""
    return e.op == "call" and e.name == name


def is_address(link: Link, assigned: dict[str, Expr], e: Expr, depth: int) -> bool:
    """Whether an expression outside of sections is relative to one (see `Evaluator.symbolic`)."""
    if depth > _MAX_ALIASES:
        return False
    if e.op == ".":
        return True
    if e.op == "name":
        known = assigned.get(e.name)
        if known is not None:
            return known is not e and is_address(link, assigned, known, depth + 1)
        s = link.symbols.get(e.name)
        return s is not None and s.state == DEFINED and s.section is not ABSOLUTE_SECTION
    operands = [is_address(link, assigned, x, depth + 1) for x in e.args]
    if e.op == "call":
        if e.name in ("ADDR", "DATA_SEGMENT_ALIGN") or e.name in ("ALIGN", "NEXT", "BLOCK") and len(e.args) == 1:
            return True
        return e.name in ("ALIGN", "MAX", "MIN", "DATA_SEGMENT_END", "DATA_SEGMENT_RELRO_END") and any(operands)
    if e.op == "?":
        return operands[1] or operands[2]
    if e.op == "-":
        return operands[0] and not operands[1]
    return e.op in ("+", "&", "|") and len(operands) == 2 and operands[0] is not operands[1]


def refers_to_itself(a: Assignment) -> bool:
    """`sym = sym + 1`: needs the objects' definition."""
    names: set[str] = set()
    expression_names(a.expr, names)
    return a.op != "=" or a.name in names


def define_start_stop(link: Link) -> None:
    """`__start_X` and `__stop_X` of output sections whose name is a C identifier, where somebody asks."""
    for out in link.outputs:
        if out.removed or not out.name.isidentifier():
            continue
        for prefix in ("__start_", "__stop_"):
            s = link.symbols.get(prefix + out.name)
            if s is not None and s.state <= SHARED and not s.from_script:
                s.state = DEFINED
                s.section = out.anchor
                s.value = 0
                s.weak = False
                s.provided = True
                s.file = link.own
                s.visibility = max(s.visibility, link.options.start_stop_visibility)


def mark_removed(link: Link) -> None:
    """Output sections without contents disappear, unless something in the script keeps them."""
    for statement in link.script.statements:
        if not isinstance(statement, OutputDescription) or statement.output is None:
            continue
        out = statement.output
        if out.removed:
            continue
        size = 0
        for s in out.inputs:
            size += s.size
        keep = bool(size) or out.has_data or bool(out.inputs and link.options.relocatable)
        for inner in statement.statements:
            if isinstance(inner, Assignment) and inner.name == "." and keeps_section(inner):
                if not keep and not out.inputs:
                    out.flags |= SHF_ALLOC | SHF_WRITE
                    out.kind = SHT_PROGBITS
                keep = True
        out.removed = not keep
    link.outputs = [o for o in link.outputs if not o.removed]


def keeps_section(a: Assignment) -> bool:
    """Whether an assignment to `.` keeps an otherwise empty section: not `. = 0`, `. += 0`, `. = ALIGN(. != 0 ? ...)`."""
    e = a.expr
    if e.op == "number" and e.value == 0:
        return False
    if e.op == "+" and e.args[0].op == "." and e.args[1].op == "number" and e.args[1].value == 0:
        return False
    return not (e.op == "call" and e.name == "ALIGN" and len(e.args) == 1 and e.args[0].op == "?")


__all__ = ["Layout", "define_script_symbols", "define_start_stop", "mark_removed"]
