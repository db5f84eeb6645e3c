"""Machine IR to a Streamer: labels, fall-through, tables, inline asm, call-frame information."""
from __future__ import annotations

from typing import Final

from toolchain.cc.codegen import exceptions, mir
from toolchain.cc.codegen.asm import asm_text
from toolchain.cc.codegen.mir import JumpTable, MachineBlock, MachineFunction, MachineInstr
from toolchain.cc.codegen.target import BackTarget
from toolchain.cc.codegen.unitstate import LineSink, UnitState
from toolchain.cc.codegen.variables import VariableTrace
from toolchain.diagnostics import Loc
from toolchain.elf.constants import SHF_ALLOC, SHF_EXECINSTR, SHF_LINK_ORDER, SHF_WRITE, SHT_PROGBITS
from toolchain.mc.model import operand
from toolchain.mc.model.expr import MCSymbol, SectionSpec, difference, symbol_ref
from toolchain.mc.model.operand import BLOCK, EXPR, KIND_MASK, SHIFT

TEXT: Final = SectionSpec(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR)


class Emitter:
    """Emits one function."""

    def __init__(self, f: MachineFunction, target: BackTarget, unit: UnitState) -> None:
        self.f = f
        self.target = target
        self.unit = unit
        self.streamer = unit.streamer
        self.expressions: dict[int, int] = {}       # function's expression number -> streamer's
        self.symbol = unit.streamer.symbol(f.source.symbol.name)
        self.section = function_section(f, unit)
        self.patch_label: MCSymbol | None = None
        options = unit.options
        tables = options.flag("unwind-tables", False) or options.flag("asynchronous-unwind-tables", target.unwind_tables)
        tables = tables or options.flag("exceptions", False)
        self.has_cfi = tables or options.debug > 0
        self.debug_frame = not tables
        self.cfa_register = target.stack_pointer
        self.cfa_offset = 0
        self.stack_offset = 0           # bytes that the stack pointer is below its value at entry
        self.in_epilogue = False
        self.saved = (0, 0, 0)
        self.sites: list[tuple[MCSymbol, MCSymbol, MCSymbol]] = []      # calls with landing pads: start, end, pad

    # ---------------------------------------------------------------- function
    def run(self) -> None:
        """Emit everything."""
        s = self.streamer
        f = self.f
        source = f.source
        loc = source.loc
        s.section(self.section)
        align = max(self.target.text_align, source.align, wanted_alignment(self.unit.options.flag_values.get("align-functions", "")))
        if align > 1:
            s.align(align, None, 0, 1, loc)
        self.unit.define(source.symbol, self.symbol)
        self.patchable_front()
        s.label(self.symbol, loc)
        lines = self.unit.lines
        if lines is not None:
            lines.function_start(self.symbol, f.name, loc)
        if self.has_cfi:
            if self.debug_frame:
                s.cfi("sections", (".debug_frame",), loc)
            s.cfi("startproc", (), loc)
        self.target.after_label(self)
        self.patchable_rest()
        self.name_asm_labels()
        trace = VariableTrace(f.variables, self.target, s) if f.variables is not None and lines is not None else None
        for b in f.order:
            if b.symbol is None and self.is_target(b):
                b.symbol = self.label_of(b)
        for b in f.order:
            if b.symbol is not None:
                if b.align > 1:
                    s.align(b.align, None, 0, 1, loc)
                s.label(b.symbol, loc)
            if trace is not None and lines is not None:
                self.traced(b, trace, lines)
                continue
            for i in b.instrs:
                if self.has_cfi:
                    self.framed(i)
                else:
                    self.instruction(i)
        if self.has_cfi:
            if self.sites:
                exceptions.describe(self.unit, self.sites, self.symbol, loc)
                s.section(self.section)
            s.cfi("endproc", (), source.end_loc)
        end = s.temporary()
        s.label(end, loc)
        s.size(self.symbol, difference(end, self.symbol))
        if lines is not None:
            lines.function_end(self.symbol, end, trace.finish() if trace is not None else [])
        self.tables()

    def patchable_front(self) -> None:
        """`-fpatchable-function-entry=N,M`: the M nops before the label, and the address of the first nop in a table."""
        p = self.f.source.patchable
        if p is None or p[0] == 0:
            return
        s = self.streamer
        loc = self.f.source.loc
        label = s.temporary()
        size = self.target.word_bytes
        s.push_section()
        s.section(SectionSpec("__patchable_function_entries", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE | SHF_LINK_ORDER, link_order=self.section.name))
        s.align(size, 0, 0, 1, loc)
        s.value(symbol_ref(label), size, loc)
        s.pop_section()
        self.patch_label = label
        if p[1]:
            s.label(label, loc)
        for _ in range(p[1]):
            self.row(self.target.nop_row, [], loc)

    def patchable_rest(self) -> None:
        """The other N - M nops, after the label."""
        p = self.f.source.patchable
        if p is None:
            return
        total, front = p
        loc = self.f.source.loc
        if total and not front and self.patch_label is not None:
            self.streamer.label(self.patch_label, loc)
        for _ in range(total - front):
            self.row(self.target.nop_row, [], loc)

    def traced(self, b: MachineBlock, trace: VariableTrace, lines: LineSink) -> None:
        """Emit one block with debug information."""
        trace.block(b)
        for i in b.instrs:
            trace.before(i)
            lines.instruction(i.loc, i.flags & mir.F_FRAME_SETUP != 0)
            if self.has_cfi:
                self.framed(i)
            else:
                self.instruction(i)
            trace.after(i)

    def framed(self, i: MachineInstr) -> None:
        """Emit one instruction with what it does to the frame.  Code after an epilogue has the body's rules again."""
        s = self.streamer
        if i.flags & mir.F_FRAME_DESTROY:
            if not self.in_epilogue:
                self.in_epilogue = True
                self.saved = (self.cfa_register, self.cfa_offset, self.stack_offset)
                s.cfi("remember_state", (), i.loc)
        elif self.in_epilogue and i.op != mir.RETURN and i.op != mir.TAIL_CALL:
            self.in_epilogue = False
            self.cfa_register, self.cfa_offset, self.stack_offset = self.saved
            s.cfi("restore_state", (), i.loc)
        self.instruction(i)
        if i.flags & (mir.F_FRAME_SETUP | mir.F_FRAME_DESTROY):
            self.target.cfi(self, i)

    def name_asm_labels(self) -> None:
        """Blocks that inline asm jumps to need labels with a name that assembly text can say."""
        for b in self.f.order:
            for i in b.instrs:
                if i.op != mir.ASM:
                    continue
                for o in i.ops:
                    if o & KIND_MASK == BLOCK:
                        target = self.f.blocks[o >> SHIFT]
                        if not target.label_name:
                            self.unit.label_counter += 1
                            target.label_name = f".LJ{self.unit.label_counter}"

    def is_target(self, b: MachineBlock) -> bool:
        """Whether something may jump to the block by its label."""
        return bool(b.preds) or b.address_taken

    def label_of(self, b: MachineBlock) -> MCSymbol:
        """The block's label, made at first mention."""
        if b.symbol is None:
            b.symbol = self.streamer.symbol(b.label_name) if b.label_name else self.streamer.temporary()
        return b.symbol

    def instruction(self, i: MachineInstr) -> None:
        """Emit one instruction."""
        op = i.op
        if op < mir.ROW_BASE:
            if op == mir.ASM:
                self.inline_asm(i)
            elif op != mir.NOP and op != mir.UNREACHABLE and op != mir.UNDEF:
                if i.effects is not None and i.effects.pad >= 0:
                    self.guarded(i)
                else:
                    self.target.emit_pseudo(self, i)
            elif op == mir.UNREACHABLE:
                self.target.emit_unreachable(self, i)
            return
        ops = i.ops
        for o in ops:
            k = o & KIND_MASK
            if k == EXPR or k == BLOCK:
                ops = [self.resolve_operand(x) for x in ops]
                break
        self.streamer.instruction(op - mir.ROW_BASE, ops, i.loc)

    def guarded(self, i: MachineInstr) -> None:
        """Emit a call that an exception may pass through."""
        s = self.streamer
        e = i.effects
        assert e is not None
        start, end = s.temporary(), s.temporary()
        s.label(start, i.loc)
        self.target.emit_pseudo(self, i)
        s.label(end, i.loc)
        self.sites.append((start, end, self.label_of(self.f.blocks[e.pad])))

    def row(self, row: int, ops: list[int], loc: Loc) -> None:
        """Emit a row of the ISA with resolved operands."""
        self.streamer.instruction(row - mir.ROW_BASE, ops, loc)

    def resolve_operand(self, o: int) -> int:
        """Blocks and the function's expressions as the streamer knows them."""
        k = o & KIND_MASK
        if k == BLOCK:
            return operand.expr(self.streamer.expression(symbol_ref(self.label_of(self.f.blocks[o >> SHIFT]))))
        if k == EXPR:
            n = o >> SHIFT
            x = self.expressions.get(n, -1)
            if x < 0:
                x = self.streamer.expression(self.f.expressions[n])
                self.expressions[n] = x
            return operand.expr(x)
        return o

    def symbol_operand(self, symbol: MCSymbol, modifier: str = "", addend: int = 0) -> int:
        """Packed operand for `modifier(symbol + addend)`."""
        return operand.expr(self.streamer.expression(symbol_ref(symbol, addend, modifier)))

    # ---------------------------------------------------------------- tables
    def tables(self) -> None:
        """Jump tables, in read-only data: addresses, or offsets from the table's own label."""
        live = {id(i.effects.table) for b in self.f.order for i in b.instrs if i.effects is not None and i.effects.table is not None}
        for t in self.f.tables:
            if id(t) not in live or t.symbol is None:
                continue
            self.streamer.section(self.table_section())
            size = self.target.word_bytes if t.absolute else self.target.jump_table_entry
            self.streamer.align(size, 0, 0, 1, self.f.source.loc)
            self.streamer.label(t.symbol, self.f.source.loc)
            for n in t.targets:
                label = self.label_of(self.f.blocks[n])
                self.streamer.value(symbol_ref(label) if t.absolute else difference(label, t.symbol), size, self.f.source.loc)
        if self.f.tables:
            self.streamer.section(self.section)

    def table_symbol(self, t: JumpTable) -> MCSymbol:
        """Label of a jump table, made at first mention."""
        if t.symbol is None:
            t.symbol = self.streamer.temporary()
        return t.symbol

    def table_section(self) -> SectionSpec:
        """Section of the function's jump tables."""
        name = ".rodata"
        if self.unit.options.flag("function-sections", False) or self.section.name.startswith(".text."):
            name = f".rodata.{self.f.name}"
        return SectionSpec(name, SHT_PROGBITS, SHF_ALLOC)

    # ---------------------------------------------------------------- inline asm
    def inline_asm(self, i: MachineInstr) -> None:
        """Substitute operands and hand the text on."""
        e = i.effects
        assert e is not None and e.asm is not None
        self.unit.asm_counter += 1
        text = asm_text(self, i, e.asm)
        if self.unit.assembler is not None:
            self.unit.assembler.feed(text, i.loc)
        self.streamer.raw_text(text)


def function_section(f: MachineFunction, unit: UnitState) -> SectionSpec:
    """Where a function goes."""
    source = f.source
    flags = SHF_ALLOC | SHF_EXECINSTR
    if source.section:
        return SectionSpec(source.section, SHT_PROGBITS, flags)
    prefix = ".text"
    grouped = unit.options.flag("reorder-functions", True)
    if source.cold and grouped:
        prefix = ".text.unlikely"
    elif source.hot and grouped:
        prefix = ".text.hot"
    if unit.options.flag("function-sections", False):
        return SectionSpec(f"{prefix}.{f.name}", SHT_PROGBITS, flags)
    return TEXT if prefix == ".text" else SectionSpec(prefix, SHT_PROGBITS, flags)


def wanted_alignment(text: str) -> int:
    """`-falign-functions=N[:M...]`: N up to a power of two, 0 if nothing is asked."""
    first = text.split(":")[0]
    if not first.isdigit() or int(first) < 2:
        return 0
    return 1 << (int(first) - 1).bit_length()
