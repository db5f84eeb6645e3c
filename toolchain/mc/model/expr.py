"""Symbols, expressions and section names of the machine-code layer.

An expression is built by the assembler's parser or by the compiler and stays symbolic until layout
knows addresses; what cannot be known then becomes a relocation.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.diagnostics import NO_LOC, Loc
from toolchain.elf.constants import STT_SECTION

if TYPE_CHECKING:
    from toolchain.mc.model.fragment import Contents

# Operators of `Expr.op`.
CONST: Final = 0
"""`value` is the number."""
SYMBOL: Final = 1
"""`symbol` + `value`, with relocation operator `modifier` ("" for none: `%hi`, `@GOTPCREL` ... by bare lower-case name)."""
UNARY: Final = 2
"""`text` is one of `- ~ ! +`, operand `left`."""
BINARY: Final = 3
"""`text` is the operator, operands `left`, `right`; comparisons give -1 or 0, `&&` and `||` give 1 or 0 (GNU as)."""
MODIFIED: Final = 4
"""Relocation operator `modifier` applied to the expression `left`, when that is not a plain symbol."""

REGISTER: Final = 5
"""`value` is the ISA's number of a register; only comparisons and `.set` take one."""


class MCSymbol:
    """A symbol of one object file.

    `section` is the index of the section it is defined in (in the streamer's order), -1 while it is
    not defined, -2 if absolute or assigned (`value` is then an `Expr`).  `fragment` and `offset`
    place a label inside its section; only layout reads them.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.section = -1
        self.fragment = -1
        self.offset = 0
        self.contents: Contents | None = None   # the subsection of a label
        self.value: Expr | None = None
        self.binding = -1           # STB_*; -1: not said (local if defined, global if not)
        self.kind = 0               # STT_*
        self.visibility = 0         # STV_*
        self.other = 0              # target's bits of st_other
        self.size: Expr | None = None
        self.common_size = -1       # .comm: size, alignment in `common_align`
        self.common_align = 1
        self.temporary = False      # .L name: not in the symbol table unless a relocation needs it
        self.forward = False        # alias that is looked through in relocations (`.set` of an undefined symbol, .weakref)
        self.busy = False           # its value is being worked out
        self.local_common = False   # `.local` before `.comm`
        self.weak_reference = False # alias of .weakref
        self.listed = False         # in the streamer's list of symbols
        self.inherits = False       # assigned a symbol that was not defined: takes its size and type at the end
        self.mentioned = False      # seen in an expression
        self.used = False           # mentioned in a relocation or by directive
        self.index = 0              # symbol table index, set by finish
        self.loc: Loc = NO_LOC
        self.versions: list[str] = []   # .symver names

    def inherit(self, base: MCSymbol) -> None:
        """Take size and type of the symbol that this one equals, where not said."""
        if self.size is None:
            self.size = base.size
        if self.kind == 0 and base.kind != STT_SECTION:
            self.kind = base.kind


class Expr:
    """One node of an expression; see the operators above.  Never changed once built."""

    def __init__(self, op: int, value: int = 0, symbol: MCSymbol | None = None, modifier: str = "",
                 text: str = "", left: Expr | None = None, right: Expr | None = None, loc: Loc = NO_LOC) -> None:
        self.op = op
        self.value = value
        self.symbol = symbol
        self.modifier = modifier
        self.text = text
        self.left = left
        self.right = right
        self.loc = loc


def const(value: int) -> Expr:
    """A number."""
    return Expr(CONST, value)


def symbol_ref(symbol: MCSymbol, addend: int = 0, modifier: str = "") -> Expr:
    """`modifier(symbol + addend)`."""
    return Expr(SYMBOL, addend, symbol, modifier)


def difference(a: MCSymbol, b: MCSymbol, addend: int = 0) -> Expr:
    """`a - b + addend`."""
    e = Expr(BINARY, text="-", left=Expr(SYMBOL, 0, a), right=Expr(SYMBOL, 0, b))
    return e if addend == 0 else Expr(BINARY, text="+", left=e, right=Expr(CONST, addend))


class SectionSpec:
    """What identifies a section: ELF name, type and flags (gABI numbers), entry size, COMDAT group
    signature ("" for none), SHF_LINK_ORDER target, and `unique` (`.section ..., unique, N`; -1: not)."""

    def __init__(self, name: str, kind: int, flags: int, entry_size: int = 0, group: str = "",
                 link_order: str = "", comdat: bool = True, unique: int = -1) -> None:
        self.name = name
        self.kind = kind
        self.flags = flags
        self.entry_size = entry_size
        self.group = group
        self.link_order = link_order
        self.comdat = comdat
        self.unique = unique
