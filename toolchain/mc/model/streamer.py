"""`Streamer`: the one door through which machine code is emitted.

The compiler and the assembler call it; `toolchain.mc` implements it twice, for objects and for
assembly text (-S).  Instructions are rows of the ISA's table with packed operands
(`mc/model/operand.py`).
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from toolchain.diagnostics import Loc
from toolchain.elf.image import ObjectImage
from toolchain.mc.model.expr import Expr, MCSymbol, SectionSpec


class Streamer(Protocol):
    """Receives sections, labels, instructions and data in order."""

    def symbol(self, name: str) -> MCSymbol:
        """The symbol of that name, made at first mention."""

    def temporary(self, prefix: str = ".L") -> MCSymbol:
        """A fresh local label that no other name can equal."""

    def expression(self, e: Expr) -> int:
        """Enter `e` in the expression table; the result is the payload of an EXPR operand."""

    def section(self, spec: SectionSpec, subsection: int = 0) -> None:
        """Continue at the end of that (sub)section, made at first mention."""

    def push_section(self) -> None:
        """Remember the current section (`.pushsection`)."""

    def pop_section(self) -> bool:
        """Back to the section remembered last; False if there is none."""

    def previous_section(self) -> bool:
        """`.previous`; False if there is none."""

    def label(self, symbol: MCSymbol, loc: Loc) -> None:
        """Define `symbol` here.  An error if it is defined already."""

    def instruction(self, row: int, operands: Sequence[int], loc: Loc) -> None:
        """Emit one instruction of the ISA's table."""

    def data(self, data: bytes) -> None:
        """Emit data as it is."""

    def value(self, e: Expr, size: int, loc: Loc) -> None:
        """Emit the value of `e` in `size` bytes, target's byte order; a relocation if it is not known."""

    def leb128(self, e: Expr, signed: bool, loc: Loc) -> None:
        """Emit `e` as ULEB128 or SLEB128."""

    def align(self, alignment: int, fill: int | None, limit: int, width: int, loc: Loc) -> None:
        """Pad to a multiple of `alignment` (a power of two) unless that takes more than `limit` bytes
        (0: no limit); `fill` None means instructions that do nothing in code, zero in data; `width`
        is the size of one fill value (`.balignw`)."""

    def fill(self, count: Expr, size: int, value: Expr, loc: Loc) -> None:
        """`.fill`, `.skip`, `.space`: `count` copies of `value`, each `size` bytes."""

    def org(self, target: Expr, fill: int, loc: Loc) -> None:
        """Advance to `target`, relative to the section; going back is an error."""

    def assign(self, symbol: MCSymbol, e: Expr, loc: Loc) -> None:
        """`.set symbol, e`."""

    def relocation(self, offset: Expr, kind: str, e: Expr | None, loc: Loc) -> None:
        """`.reloc offset, kind, e`."""

    def binding(self, symbol: MCSymbol, binding: int) -> None:
        """STB_GLOBAL, STB_WEAK or STB_LOCAL for `symbol`."""

    def visibility(self, symbol: MCSymbol, visibility: int) -> None:
        """STV_* for `symbol`."""

    def kind(self, symbol: MCSymbol, kind: int) -> None:
        """STT_* for `symbol`."""

    def size(self, symbol: MCSymbol, e: Expr) -> None:
        """`.size symbol, e`."""

    def common(self, symbol: MCSymbol, size: int, alignment: int, local: bool, loc: Loc) -> None:
        """`.comm` or `.lcomm`."""

    def file_symbol(self, name: str) -> None:
        """`.file "name"`: an STT_FILE symbol."""

    def ident(self, text: str) -> None:
        """`.ident`: text for the .comment section."""

    def cfi(self, name: str, arguments: Sequence[int | str | Expr], loc: Loc) -> None:
        """One `.cfi_*` directive, without that prefix; registers are DWARF numbers."""

    def line_file(self, number: int, directory: str, name: str, md5: bytes | None) -> None:
        """`.file N "dir" "name"` of the line table."""

    def line(self, file: int, line: int, column: int, flags: Sequence[tuple[str, int]]) -> None:
        """`.loc`: holds for the next instruction."""

    def option(self, name: str, arguments: Sequence[str], loc: Loc) -> bool:
        """A directive of the target (`.option`, `.code32`, `.arch` ...) by name without the dot; False if unknown."""

    def raw_text(self, text: str) -> None:
        """Inline asm after operand substitution: the text streamer prints it between #APP and #NO_APP;
        the object streamer ignores it (the assembler has fed its contents already)."""

    def difference(self, a: MCSymbol, b: MCSymbol) -> int | None:
        """`a - b` if it is known now and no later relaxation (ours or the linker's) can change it."""

    def finish(self) -> ObjectImage:
        """Lay out, resolve, and give the object."""
