"""Call frame information: `.cfi_*` directives to .eh_frame and .debug_frame.

Sources: DWARF 5 section 6.4, LSB Core "Exception Frames" (augmentation strings, pointer encodings).
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from toolchain.diagnostics import Loc, ToolError
from toolchain.mc.encodings import advance_size, leb128
from toolchain.mc.model import fragment as fr
from toolchain.mc.model.expr import CONST, SYMBOL, Expr, MCSymbol, SectionSpec, difference, symbol_ref
from toolchain.mc.model.fragment import Contents, Tail

if TYPE_CHECKING:
    from toolchain.mc.streamer import ObjectStreamer

DW_CFA_NOP: Final = 0
DW_CFA_ADVANCE_LOC: Final = 0x40
DW_CFA_OFFSET: Final = 0x80
DW_CFA_RESTORE: Final = 0xC0
DW_EH_PE_OMIT: Final = 0xFF
DW_EH_PE_PCREL: Final = 0x10
# directive -> opcode, for those with registers as the only operands (number of them)
REGISTER_OPS: Final[dict[str, tuple[int, int]]] = {
    "undefined": (0x07, 1), "same_value": (0x08, 1), "register": (0x09, 2), "def_cfa_register": (0x0D, 1),
    "remember_state": (0x0A, 0), "restore_state": (0x0B, 0), "window_save": (0x2D, 0), "negate_ra_state": (0x2D, 0),
    "GNU_args_size": (0x2E, 1), "gnu_args_size": (0x2E, 1),
}
ENDS_CIE: Final = frozenset(("advance", "remember_state", "escape"))


class Step:
    """One call frame instruction; `name` "advance" moves to `label`."""

    def __init__(self, name: str, a: int, b: int, label: MCSymbol | None, data: bytes) -> None:
        self.name = name
        self.a = a
        self.b = b
        self.label = label
        self.data = data

    def same(self, other: Step) -> bool:
        """Whether both say the same."""
        return self.name == other.name and self.a == other.a and self.b == other.b


class Fde:
    """One function's description."""

    def __init__(self, start: MCSymbol, loc: Loc, return_column: int) -> None:
        self.start = start
        self.end: MCSymbol | None = None
        self.loc = loc
        self.last = start
        self.steps: list[Step] = []
        self.return_column = return_column
        self.signal = False
        self.personality_encoding = DW_EH_PE_OMIT
        self.personality: Expr | None = None
        self.lsda_encoding = DW_EH_PE_OMIT
        self.lsda: Expr | None = None
        self.cfa_offset = 0
        self.saved: list[int] = []
        self.sections = 1

    def like(self, other: Fde) -> bool:
        """Whether both can share a CIE, as far as its fixed part goes."""
        a, b = self.personality, other.personality
        if (a is None) != (b is None) or (a is not None and b is not None and (a.symbol is not b.symbol or a.value != b.value)):
            return False
        return (self.return_column == other.return_column and self.signal == other.signal
                and self.personality_encoding == other.personality_encoding and self.lsda_encoding == other.lsda_encoding)


class Cie:
    """A common part: its place, and the steps that are in it."""

    def __init__(self, fde: Fde, steps: list[Step], place: MCSymbol) -> None:
        self.fde = fde
        self.steps = steps
        self.place = place


class Cfi:
    """Directives of one object."""

    def __init__(self, streamer: ObjectStreamer) -> None:
        self.streamer = streamer
        self.fdes: list[Fde] = []
        self.open: Fde | None = None
        self.sections = 1               # 1: .eh_frame, 2: .debug_frame

    def directive(self, name: str, arguments: Sequence[int | str | Expr], loc: Loc) -> None:
        """One directive.  Raises ToolError."""
        if name == "sections":
            self.sections = sum({".eh_frame": 1, ".debug_frame": 2}.get(str(a), 0) for a in arguments)
            return
        if name == "startproc":
            if self.open is not None:
                raise ToolError("previous CFI entry not closed (missing .cfi_endproc)", loc)
            self.open = fde = Fde(self.streamer.dot(), loc, self.streamer.isa.cfa_return_column)
            fde.sections = self.sections
            if "simple" not in arguments:
                for rule, register, offset in self.streamer.isa.cfa_initial:
                    self.step(fde, rule, [register, offset])
            return
        current = self.open
        if current is None:
            raise ToolError(f"CFI instruction used without previous .cfi_startproc: .cfi_{name}", loc)
        if name == "endproc":
            current.end = self.streamer.dot()
            current.sections = self.sections
            self.fdes.append(current)
            self.open = None
            return
        if not self._property(current, name, arguments):
            here = self.streamer.current
            last = current.last
            if last.contents is not here or last.fragment != len(here.tails) or last.offset != len(here.data):
                current.last = self.streamer.dot()
                current.steps.append(Step("advance", 0, 0, current.last, b""))
            if not self.step(current, name, arguments):
                raise ToolError(f"unknown CFI directive .cfi_{name}", loc)

    def _property(self, fde: Fde, name: str, arguments: Sequence[int | str | Expr]) -> bool:
        if name == "return_column":
            fde.return_column = _number(arguments, 0)
        elif name == "signal_frame":
            fde.signal = True
        elif name in ("personality", "lsda"):
            encoding = _number(arguments, 0)
            value = arguments[1] if len(arguments) > 1 else None
            e = value if isinstance(value, Expr) else None
            if encoding == DW_EH_PE_OMIT:
                e = None
            if name == "lsda":
                fde.lsda_encoding, fde.lsda = encoding, e
            else:
                fde.personality_encoding, fde.personality = encoding, e
        else:
            return False
        return True

    def step(self, fde: Fde, name: str, arguments: Sequence[int | str | Expr]) -> bool:
        """Add one instruction; False if there is none of that name."""
        if name == "escape":
            fde.steps.append(Step(name, 0, 0, None, bytes(_number(arguments, i) & 255 for i in range(len(arguments)))))
            return True
        if name == "restore":
            for i in range(len(arguments)):
                fde.steps.append(Step(name, _number(arguments, i), 0, None, b""))
            return True
        a = _number(arguments, 0)
        b = _number(arguments, 1)
        if name == "adjust_cfa_offset":
            name, a = "def_cfa_offset", fde.cfa_offset + a
        if name == "rel_offset":
            name, b = "offset", b - fde.cfa_offset
        if name == "def_cfa_offset":
            fde.cfa_offset = a
        elif name == "def_cfa":
            fde.cfa_offset = b
        elif name == "remember_state":
            fde.saved.append(fde.cfa_offset)
        elif name == "restore_state":
            if not fde.saved:
                raise ToolError("CFI state restore without previous remember", fde.loc)
            fde.cfa_offset = fde.saved.pop()
        elif name not in ("offset", "val_offset") and name not in REGISTER_OPS:
            return False
        fde.steps.append(Step(name, a, b, None, b""))
        return True

    # Emission

    def finish(self) -> None:
        """Write the sections.  Raises ToolError if a procedure is open."""
        if self.open is not None:
            raise ToolError("open CFI at the end of file; missing .cfi_endproc directive", self.open.loc)
        if any(f.sections & 1 for f in self.fdes):
            section = self.streamer.late_section(SectionSpec(".eh_frame", self.streamer.isa.eh_frame_type, 2))
            section.align = max(section.align, self.streamer.isa.bits // 8)
            Writer(self.streamer, section.contents(0), True).write([f for f in self.fdes if f.sections & 1])
        if any(f.sections & 2 for f in self.fdes):
            section = self.streamer.late_section(SectionSpec(".debug_frame", 1, 0))
            section.align = max(section.align, self.streamer.isa.bits // 8)
            Writer(self.streamer, section.contents(0), False).write([f for f in self.fdes if f.sections & 2])


def _number(arguments: Sequence[int | str | Expr], i: int) -> int:
    if i >= len(arguments):
        return 0
    value = arguments[i]
    if isinstance(value, int):
        return value
    if isinstance(value, Expr) and value.op == CONST:
        return value.value
    raise ToolError("a CFI operand must be a number")


class Writer:
    """Writes one of the two sections."""

    def __init__(self, streamer: ObjectStreamer, contents: Contents, eh: bool) -> None:
        self.streamer = streamer
        self.isa = streamer.isa
        self.contents = contents
        self.eh = eh
        self.cies: list[Cie] = []

    def here(self) -> MCSymbol:
        """A label at the end of what is written."""
        return self.contents.here(self.isa.fake_label)

    def write(self, fdes: list[Fde]) -> None:
        """All of them, CIEs before their first use."""
        for n, fde in enumerate(fdes):
            cie, rest = self.find(fde)
            self.fde(fde, cie, rest, n == len(fdes) - 1)

    def find(self, fde: Fde) -> tuple[Cie, int]:
        """The last CIE whose steps the procedure begins with, made if there is none, and the number of the first
        step that it does not hold."""
        steps = fde.steps
        for cie in reversed(self.cies):
            if not cie.fde.like(fde):
                continue
            n = 0
            while n < len(cie.steps) and n < len(steps) and cie.steps[n].same(steps[n]) and steps[n].name not in ENDS_CIE:
                n += 1
            if n == len(cie.steps):
                return cie, n
        n = 0
        while n < len(steps) and steps[n].name not in ENDS_CIE:
            n += 1
        cie = Cie(fde, steps[:n], self.contents.here(self.isa.fake_label))
        self.cies.append(cie)
        self.cie(cie)
        return cie, n

    def length(self) -> tuple[int, MCSymbol]:
        """Room for a length field; the entry's label after it."""
        at = len(self.contents.data)
        self.contents.data += b"\0\0\0\0"
        return at, self.here()

    def close(self, at: int, start: MCSymbol, align: int, fragment: int) -> None:
        """Pad the entry and enter its length."""
        c = self.contents
        if c.variable and c.variable[-1] >= fragment:
            c.close(Tail(fr.ALIGN, align, None, b"\0", 0, 0))
            kind = self.isa.value_kind(4, False, "")
            c.fixups.add(at, fragment, kind, difference(self.here(), start), 0)
        else:
            if not c.variable:
                c.data += bytes(-len(c.data) % align)
                c.data[at:at + 4] = (len(c.data) - at - 4).to_bytes(4, "little")
            else:
                c.close(Tail(fr.ALIGN, align, None, b"\0", 0, 0))
                c.fixups.add(at, fragment, self.isa.value_kind(4, False, ""), difference(self.here(), start), 0)

    def cie(self, cie: Cie) -> None:
        """One common information entry."""
        c = self.contents
        fde = cie.fde
        fragment = len(c.tails)
        at, start = self.length()
        c.data += b"\0\0\0\0" if self.eh else b"\xff\xff\xff\xff"
        c.data += bytes((self.isa.cfa_version,))
        if self.eh:
            c.data += b"z"
            if fde.personality_encoding != DW_EH_PE_OMIT:
                c.data += b"P"
            if fde.lsda_encoding != DW_EH_PE_OMIT:
                c.data += b"L"
            c.data += b"R"
        if fde.signal:
            c.data += b"S"
        c.data += b"\0" + leb128(self.isa.cfa_code_align, False) + leb128(self.isa.cfa_data_align, True)
        c.data += leb128(fde.return_column, False) if self.isa.cfa_version > 1 else bytes((fde.return_column & 255,))
        if self.eh:
            size = 1
            if fde.personality_encoding != DW_EH_PE_OMIT:
                size += 1 + self.pointer_size(fde.personality_encoding)
            if fde.lsda_encoding != DW_EH_PE_OMIT:
                size += 1
            c.data += leb128(size, False)
            if fde.personality_encoding != DW_EH_PE_OMIT and fde.personality is not None:
                c.data += bytes((fde.personality_encoding,))
                self.pointer(fde.personality, fde.personality_encoding, fde.loc)
            if fde.lsda_encoding != DW_EH_PE_OMIT:
                c.data += bytes((fde.lsda_encoding,))
            c.data += b"\x1b"           # DW_EH_PE_pcrel | DW_EH_PE_sdata4
        self.steps(cie.steps, fde.start)
        self.close(at, start, 4 if self.eh else self.isa.bits // 8, fragment)

    def pointer_size(self, encoding: int) -> int:
        """Bytes of a pointer in that encoding."""
        return {0: self.isa.bits // 8, 2: 2, 3: 4, 4: 8}.get(encoding & 7, 4)

    def pointer(self, e: Expr, encoding: int, loc: Loc) -> None:
        """An encoded pointer, of a frame that began at `loc`."""
        size = self.pointer_size(encoding)
        kind = self.isa.value_kind(size, encoding & 0x70 == DW_EH_PE_PCREL, "")
        if kind < 0:
            raise ToolError(f"pointer encoding {encoding:#x} has no relocation", loc)
        self.contents.fixup(0, kind, e, 0)
        self.contents.data += bytes(size)

    def fde(self, fde: Fde, cie: Cie, first: int, last: bool) -> None:
        """One frame description entry."""
        c = self.contents
        assert fde.end is not None
        fragment = len(c.tails)
        at, start = self.length()
        absolute = self.isa.bits // 8
        if self.eh:
            c.fixup(0, self.isa.value_kind(4, False, ""), difference(start, cie.place), fde.loc)
            c.data += b"\0\0\0\0"
            self.pointer(symbol_ref(fde.start), 0x1B, fde.loc)
            size = 4
        else:
            self.streamer.enter(cie.place)
            c.fixup(0, self.isa.value_kind(4, False, ""), symbol_ref(cie.place), fde.loc)
            c.data += b"\0\0\0\0"
            c.fixup(0, self.isa.value_kind(absolute, False, ""), symbol_ref(fde.start), fde.loc)
            c.data += bytes(absolute)
            size = absolute
        c.fixup(0, self.isa.value_kind(size, False, ""), difference(fde.end, fde.start), fde.loc)
        c.data += bytes(size)
        if self.eh:
            if fde.lsda_encoding != DW_EH_PE_OMIT:
                c.data += leb128(self.pointer_size(fde.lsda_encoding) if fde.lsda is not None else 0, False)
                if fde.lsda is not None:
                    self.pointer(fde.lsda, fde.lsda_encoding, fde.loc)
            else:
                c.data += b"\0"
        self.steps(fde.steps[first:], fde.start)
        self.close(at, start, absolute if last or not self.eh else 4, fragment)

    def steps(self, steps: list[Step], place: MCSymbol) -> None:
        """Call frame instructions from `place` on."""
        c = self.contents
        for step in steps:
            if step.name == "advance":
                assert step.label is not None
                self.advance(place, step.label)
                place = step.label
            elif step.name == "escape":
                c.data += step.data
            else:
                c.data += self.operation(step)

    def advance(self, a: MCSymbol, b: MCSymbol) -> None:
        """Move from label `a` to `b`."""
        c = self.contents
        if a.contents is b.contents and a.fragment == b.fragment:
            c.data += advance_bytes((b.offset - a.offset) // self.isa.cfa_code_align, False)
        else:
            c.close(Tail(fr.CFA, self.isa.cfa_code_align, difference(b, a), b"", 0, 0))

    def operation(self, step: Step) -> bytes:
        """Any instruction but an advance."""
        name, a, b = step.name, step.a, step.b
        align = self.isa.cfa_data_align
        if name == "offset":
            factored = b // align
            if factored < 0:
                return b"\x11" + leb128(a, False) + leb128(factored, True)
            if a < 0x40:
                return bytes((DW_CFA_OFFSET | a,)) + leb128(factored, False)
            return b"\x05" + leb128(a, False) + leb128(factored, False)
        if name == "val_offset":
            factored = b // align
            return (b"\x15" + leb128(a, False) + leb128(factored, True)) if factored < 0 else b"\x14" + leb128(a, False) + leb128(factored, False)
        if name == "restore":
            return bytes((DW_CFA_RESTORE | a,)) if a < 0x40 else b"\x06" + leb128(a, False)
        if name == "def_cfa":
            return (b"\x12" + leb128(a, False) + leb128(b // align, True)) if b < 0 else b"\x0c" + leb128(a, False) + leb128(b, False)
        if name == "def_cfa_offset":
            return (b"\x13" + leb128(a // align, True)) if a < 0 else b"\x0e" + leb128(a, False)
        opcode, count = REGISTER_OPS[name]
        out = bytes((opcode,))
        if count > 0:
            out += leb128(a, False)
        if count > 1:
            out += leb128(b, False)
        return out


def advance_bytes(delta: int, symbolic: bool) -> bytes:
    """The advance over `delta` code units, little endian; `symbolic` leaves the value to relocations but keeps its bits."""
    size = advance_size(delta)
    if size == 0 and not symbolic:
        return bytes((DW_CFA_ADVANCE_LOC,))
    if size <= 1:
        return bytes((DW_CFA_ADVANCE_LOC | delta,)) if size else b""
    if size == 2:
        return bytes((2, delta))
    return (b"\x03" + delta.to_bytes(2, "little")) if size == 3 else b"\x04" + delta.to_bytes(4, "little")


__all__ = ["Cfi", "SYMBOL"]
