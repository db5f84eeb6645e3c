"""The syntax tree of linker scripts (GNU ld manual, chapter 3)."""
from __future__ import annotations

from typing import Final

from toolchain.ld.model import InputSection, OutputSection

# Kinds of statements
ASSIGN: Final = 0
ASSERT: Final = 1
INPUT: Final = 2
DATA: Final = 3
FILL: Final = 4
OUTPUT: Final = 5
INSERT: Final = 6

SORT_NONE: Final = "SORT_NONE"


class Expr:
    """An expression: `op` is "number", "name", ".", "call", "?", or an operator; `args` its operands.

    For "call", `name` is the function and `text` its first argument when that is a section, segment,
    region or symbol name.
    """

    def __init__(self, op: str, loc: int, args: list[Expr], name: str = "", value: int = 0) -> None:
        self.op = op
        self.loc = loc
        self.args = args
        self.name = name
        self.value = value
        self.text = ""


class Statement:
    """Base of all statements; `kind` tells which."""

    def __init__(self, kind: int, loc: int) -> None:
        self.kind = kind
        self.loc = loc


class Assignment(Statement):
    """`name op expr`; `provide` and `hidden` for PROVIDE, HIDDEN and PROVIDE_HIDDEN."""

    def __init__(self, loc: int, name: str, op: str, expr: Expr, provide: bool = False, hidden: bool = False) -> None:
        super().__init__(ASSIGN, loc)
        self.name = name
        self.op = op
        self.expr = expr
        self.provide = provide
        self.hidden = hidden
        self.active = True   # a PROVIDE of a symbol that nobody wants is inactive


class Assertion(Statement):
    """ASSERT(expr, message)"""

    def __init__(self, loc: int, expr: Expr, message: str) -> None:
        super().__init__(ASSERT, loc)
        self.expr = expr
        self.message = message


class SectionPattern:
    """One section name pattern of an input description, with its EXCLUDE_FILE list and sorting keys."""

    def __init__(self, pattern: str, excludes: list[str], sorts: list[str]) -> None:
        self.pattern = pattern
        self.excludes = excludes
        self.sorts = sorts


class InputSpec(Statement):
    """`archive:file(patterns)`.  `file` "" stands for "not in an archive", `archive` "" for "any".

    `with_flags`, `without_flags` are masks of INPUT_SECTION_FLAGS.
    """

    def __init__(self, loc: int, archive: str, has_archive: bool, file: str, excludes: list[str], patterns: list[SectionPattern],
                 keep: bool) -> None:
        super().__init__(INPUT, loc)
        self.archive = archive
        self.has_archive = has_archive
        self.file = file
        self.excludes = excludes
        self.patterns = patterns
        self.keep = keep
        self.file_sort = False
        self.with_flags = 0
        self.without_flags = 0
        self.matched: list[InputSection] = []


class DataStatement(Statement):
    """BYTE, SHORT, LONG, QUAD, SQUAD (expr): `size` bytes."""

    def __init__(self, loc: int, size: int, expr: Expr) -> None:
        super().__init__(DATA, loc)
        self.size = size
        self.expr = expr


class FillStatement(Statement):
    """FILL(expr), from here on in the section."""

    def __init__(self, loc: int, fill: Expr) -> None:
        super().__init__(FILL, loc)
        self.fill = fill


class OutputDescription(Statement):
    """An output section description with all its clauses."""

    def __init__(self, loc: int, name: str) -> None:
        super().__init__(OUTPUT, loc)
        self.name = name
        self.address: Expr | None = None
        self.type = ""
        self.type_value: Expr | None = None
        self.at: Expr | None = None
        self.align: Expr | None = None
        self.align_with_input = False
        self.subalign: Expr | None = None
        self.constraint = ""
        self.statements: list[Statement] = []
        self.region = ""
        self.load_region = ""
        self.phdrs: list[str] = []
        self.fill: Expr | None = None
        self.overlay_first = False
        self.overlay_last = False
        self.overlay = False
        self.output: OutputSection | None = None


class InsertStatement(Statement):
    """INSERT AFTER|BEFORE section: applies to the statements before it."""

    def __init__(self, loc: int, after: bool, section: str) -> None:
        super().__init__(INSERT, loc)
        self.after = after
        self.section = section


class ProgramHeader:
    """One entry of PHDRS."""

    def __init__(self, loc: int, name: str, kind: Expr) -> None:
        self.loc = loc
        self.name = name
        self.kind = kind
        self.filehdr = False
        self.phdrs = False
        self.at: Expr | None = None
        self.flags: Expr | None = None


class MemoryRegion:
    """One region of MEMORY.  `origin` and `length` are evaluated when the script has been read."""

    def __init__(self, loc: int, name: str, attributes: str) -> None:
        self.loc = loc
        self.name = name
        self.attributes = attributes
        self.origin_expr: Expr | None = None
        self.length_expr: Expr | None = None
        self.origin = 0
        self.length = 0
        self.current = 0
        self.last_vma = 0


class InputCommand:
    """A file named by INPUT or GROUP; `as_needed`, and `group` number (0: none)."""

    def __init__(self, name: str, as_needed: bool, group: int) -> None:
        self.name = name
        self.as_needed = as_needed
        self.group = group


class Script:
    """Everything a linker script says."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.statements: list[Statement] = []
        self.has_sections = False
        self.entry = ""
        self.output = ""
        self.output_arch = ""
        self.output_formats: list[str] = []
        self.inputs: list[InputCommand] = []
        self.groups = 0
        self.search: list[str] = []
        self.startup = ""
        self.externs: list[str] = []
        self.phdrs: list[ProgramHeader] = []
        self.has_phdrs = False
        self.regions: list[MemoryRegion] = []
        self.version_text = ""
        self.version_loc = 0
        self.force_common = False
        self.inhibit_common = False
        self.nocrossrefs: list[list[str]] = []
        self.has_insert = False
