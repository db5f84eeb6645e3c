"""Values of linker-script expressions (GNU ld manual, section 3.10).

A value is a pair (section, number).  The section is None for a plain number, ABSOLUTE for an absolute
address, or an output section that the number is an offset in.  `Evaluator.symbolic` says whether the
last expression used the location counter, which decides where a symbol defined outside of all
sections belongs.
"""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.ld.model import ABSOLUTE_SECTION, DEFINED, LinkSymbol, OutputSection
from toolchain.ld.state import Link
from toolchain.ld.syntax import Expr

ABSOLUTE: Final = OutputSection("*ABS*")
ABSOLUTE_SECTION.output = None
_RELRO_ALIGN: Final = 64
_MASK: Final = (1 << 64) - 1

Value = tuple[OutputSection | None, int]


def align_up(value: int, alignment: int) -> int:
    """`value` rounded up to a multiple of `alignment` (0 and 1: unchanged)."""
    if alignment <= 1:
        return value
    return (value + alignment - 1) // alignment * alignment


class Evaluator:
    """Evaluates expressions at one place of the script: `dot` is absolute, `section` the output section
    around (ABSOLUTE outside).  In a preliminary pass unknown names are 0 and set `incomplete`."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.dot = 0
        self.section: OutputSection = ABSOLUTE
        self.final = False
        self.incomplete = False
        self.symbolic = False
        self.stamp = 0
        self.defined_at: dict[str, int] = {}     # script symbols: pass in which they were last assigned
        self.laid_out: dict[str, int] = {}       # sections: likewise
        self.aligns: dict[str, int] = {}
        self.relro_wanted = False
        self.relro_known = False
        self.relro_empty = False
        self.relro_offset = 0
        self.relro_start = 0
        self.relro_end = 0
        self.data_segment_end = 0
        self.segment_starts: dict[str, int] = {}
        self.defining = ""

    def evaluate(self, e: Expr) -> int:
        """The absolute value of `e`."""
        self.symbolic = False
        section, value = self.value(e)
        if section is not None:
            value += section.address
        return value & _MASK

    def number(self, e: Expr) -> int:
        """The number of `e` without its section: for alignments, sizes, fills."""
        return self.value(e)[1] & _MASK

    def result(self, e: Expr) -> Value:
        """The value for an assignment; resets `symbolic` first."""
        self.symbolic = False
        return self.value(e)

    def relative(self, absolute: int) -> Value:
        """An absolute address as a value in the current section."""
        self.symbolic = True
        return self.section, (absolute - self.section.address) & _MASK

    def plain(self, value: int) -> Value:
        """A plain number; absolute outside of sections."""
        return (ABSOLUTE if self.section is ABSOLUTE else None), value & _MASK

    def value(self, e: Expr) -> Value:
        """The value of `e`.  Raises ToolError."""
        op = e.op
        if op == "number":
            return self.plain(e.value)
        if op == ".":
            return self.relative(self.dot)
        if op == "name":
            return self.symbol(e)
        if op == "call":
            return self.call(e)
        if op == "?":
            return self.value(e.args[1] if self.value(e.args[0])[1] else e.args[2])
        if len(e.args) == 1:
            section, v = self.value(e.args[0])
            if op == "u-":
                return section, -v & _MASK
            if op == "u~":
                return section, ~v & _MASK
            return section, 0 if v else 1
        return self.binary(e, op)

    def binary(self, e: Expr, op: str) -> Value:
        """Two operands: GNU's rules about sections, see `Evaluator`."""
        left, a = self.value(e.args[0])
        if op == "&&" and not a:
            return None, 0
        if op == "||" and a:
            return None, 1
        right, b = self.value(e.args[1])
        both = left is right
        section = right
        if not both:
            if left is not None and right is not None:
                a = (a + left.address) & _MASK
                b = (b + right.address) & _MASK
                left = section = ABSOLUTE
                both = True
            elif right is None:
                section = left
        if op in ("==", "!=", "<", "<=", ">", ">=", "&&", "||"):
            truth = (a == b if op == "==" else a != b if op == "!=" else a < b if op == "<" else a <= b if op == "<=" else
                     a > b if op == ">" else a >= b if op == ">=" else bool(a and b) if op == "&&" else bool(a or b))
            return None, int(truth)
        if op in ("/", "%") and b == 0:
            if self.final:
                raise ToolError("division by zero" if op == "/" else "% by zero", e.loc)
            self.incomplete = True
            return section, 0
        return (self.arithmetic_section(both, section)), self.arithmetic(op, a, b)

    def arithmetic_section(self, both: bool, section: OutputSection | None) -> OutputSection | None:
        """Where the result of an operator belongs."""
        if not both:
            return section
        return ABSOLUTE if self.section is ABSOLUTE else None

    def arithmetic(self, op: str, a: int, b: int) -> int:
        """An operator on 64-bit unsigned numbers."""
        if op == "+":
            r = a + b
        elif op == "-":
            r = a - b
        elif op == "*":
            r = a * b
        elif op == "/":
            r = a // b
        elif op == "%":
            r = a % b
        elif op == "<<":
            r = a << b if b < 64 else 0
        elif op == ">>":
            r = a >> b if b < 64 else 0
        elif op == "&":
            r = a & b
        elif op == "|":
            r = a | b
        else:
            r = a ^ b
        return r & _MASK

    # ---- names --------------------------------------------------------------------------------

    def symbol(self, e: Expr) -> Value:
        """The value of a symbol."""
        name = e.name
        s = self.link.script_symbols.get(name)
        if s is not None:
            at = self.defined_at.get(name, -1)
            if at < 0 and s.state == DEFINED and not s.from_script:
                return self.object_symbol(s)
            if at < self.stamp and name != self.defining:
                self.incomplete = True
            if at < 0:
                if self.final:
                    raise ToolError(f"undefined symbol `{name}' referenced in expression", e.loc)
                return self.plain(0)
            if s.script_section is None:
                return self.plain(s.value) if self.section is not ABSOLUTE else (ABSOLUTE, s.value)
            return s.script_section, s.value
        g = self.link.symbols.get(name)
        if g is None or g.state != DEFINED:
            if self.final:
                raise ToolError(f"undefined symbol `{name}' referenced in expression", e.loc)
            self.incomplete = True
            return self.plain(0)
        return self.object_symbol(g)

    def object_symbol(self, g: LinkSymbol) -> Value:
        """A symbol that an object defines."""
        out = g.section.output
        if out is None:
            return self.plain(g.value)
        return out, (g.section.offset + g.value) & _MASK

    def output(self, name: str, loc: int) -> OutputSection | None:
        """The output section called `name`, None if there is none (then its size is 0)."""
        out = self.link.output_names.get(name)
        if out is None:
            return None
        if self.laid_out.get(name, -1) < self.stamp:
            self.incomplete = True
        return out

    # ---- functions ----------------------------------------------------------------------------

    def call(self, e: Expr) -> Value:
        """A built-in function."""
        name = e.name
        if name in ("ADDR", "LOADADDR", "SIZEOF", "ALIGNOF"):
            return self.section_function(e, name)
        if name == "ALIGN" or name == "NEXT" or name == "BLOCK":
            if len(e.args) == 2:
                section, v = self.value(e.args[0])
                return section, align_up(v, self.number(e.args[1])) & _MASK
            return self.relative(align_up(self.dot, self.number(e.args[0])))
        if name == "ABSOLUTE":
            section, v = self.value(e.args[0])
            self.symbolic = False
            return ABSOLUTE, (v + (section.address if section is not None else 0)) & _MASK
        if name == "SIZEOF_HEADERS":
            return self.plain(self.headers_size())
        if name == "DEFINED":
            return self.plain(int(self.is_defined(e.text)))
        if name in ("MAX", "MIN"):
            left, a = self.value(e.args[0])
            right, b = self.value(e.args[1])
            if left is not right and left is not None and right is not None:
                a, b, left, right = (a + left.address) & _MASK, (b + right.address) & _MASK, ABSOLUTE, ABSOLUTE
            return left if left is not None else right, max(a, b) if name == "MAX" else min(a, b)
        if name == "LOG2CEIL":
            section, v = self.value(e.args[0])
            return section, (v - 1).bit_length() if v > 0 else 0
        if name == "ASSERT":
            v = self.number(e.args[0])
            if not v and self.final:
                raise ToolError(e.text, e.loc)
            return None, v
        return self.link_function(e, name)

    def section_function(self, e: Expr, name: str) -> Value:
        """ADDR, LOADADDR, SIZEOF, ALIGNOF of an output section."""
        out = self.output(e.text, e.loc)
        if out is None:
            if name in ("ADDR", "LOADADDR") and self.final:
                raise ToolError(f"undefined section `{e.text}' referenced in expression", e.loc)
            return self.plain(0)
        if name == "ADDR":
            return out, 0
        if name == "LOADADDR":
            return ABSOLUTE, out.load_address
        return self.plain(out.size if name == "SIZEOF" else out.align)

    def link_function(self, e: Expr, name: str) -> Value:
        """Functions of memory regions and of page sizes."""
        link = self.link
        if name in ("ORIGIN", "LENGTH"):
            region = link.regions.get(e.text)
            if region is None:
                raise ToolError(f"undefined MEMORY region `{e.text}' referenced in expression", e.loc)
            return self.relative(region.origin) if name == "ORIGIN" else self.plain(region.length)
        if name == "CONSTANT":
            if e.text == "MAXPAGESIZE":
                return self.plain(link.target.max_page_size)
            if e.text == "COMMONPAGESIZE":
                return self.plain(link.target.common_page_size)
            raise ToolError(f"unknown constant `{e.text}' referenced in expression", e.loc)
        if name == "SEGMENT_START":
            start = self.segment_starts.get(e.text)
            if start is None:
                return self.value(e.args[0])
            return self.relative(start)
        if name == "DATA_SEGMENT_ALIGN":
            return self.data_segment_align(self.number(e.args[0]), self.number(e.args[1]))
        if name == "DATA_SEGMENT_RELRO_END":
            return self.data_segment_relro_end(e)
        section, v = self.value(e.args[0])    # DATA_SEGMENT_END
        self.data_segment_end = v
        return section, v

    def data_segment_align(self, maximum: int, common: int) -> Value:
        """DATA_SEGMENT_ALIGN: the next page, at the same offset in it, so that file pages can be shared.

        With relro the start is moved, from the second pass on, so that DATA_SEGMENT_RELRO_END falls on
        a page boundary without padding.
        """
        dot = self.dot
        start = align_up(dot, maximum) + (dot & (maximum - 1))
        if self.relro_wanted and not (self.relro_known and self.relro_empty):
            # starting on a round address keeps the padding between the sections the same in both passes
            start = align_up(start, _RELRO_ALIGN)
            if self.relro_known:
                start += -(start + align_up(self.relro_offset, _RELRO_ALIGN)) & (common - 1)
        self.relro_start = start
        return self.relative(start)

    def data_segment_relro_end(self, e: Expr) -> Value:
        """DATA_SEGMENT_RELRO_END(offset, expr): pads expr + offset to a page when relro is wanted."""
        offset = self.number(e.args[0])
        section, v = self.value(e.args[1])
        absolute = v + (section.address if section is not None else 0)
        if not self.relro_wanted:
            return self.relative(absolute)
        if not self.relro_known:
            self.relro_offset = absolute + offset - self.relro_start
            self.relro_empty = absolute == self.relro_start
            self.relro_known = True
            self.incomplete = True
            return self.relative(absolute)
        if self.relro_empty:
            return self.relative(absolute)
        padded = align_up(absolute + offset, self.link.target.common_page_size) - offset
        self.relro_end = padded + offset
        return self.relative(padded)

    def headers_size(self) -> int:
        """SIZEOF_HEADERS: the file header and the program headers."""
        if self.link.options.relocatable:
            return 0
        form = self.link.form
        return form.header_size + form.segment_size * self.link.header_count

    def is_defined(self, name: str) -> bool:
        """DEFINED(name): by an object, or by the script before this place."""
        if name in self.link.script_symbols:
            s = self.link.script_symbols[name]
            return self.defined_at.get(name, -1) == self.stamp or (s.state == DEFINED and not s.from_script)
        s2 = self.link.symbols.get(name)
        return s2 is not None and s2.state >= 1
