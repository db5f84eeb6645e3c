"""`Link`: everything one run of the linker knows.  The passes in `link.py` fill it in, in order."""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.context import ToolContext
from toolchain.diagnostics import NO_LOC, Diagnostics, ToolError
from toolchain.elf.image import ObjectImage
from toolchain.elf.records import Format, format_of
from toolchain.ld.model import NEEDS_GOT, NEEDS_GOTTP, NEEDS_TLSGD, UNDEFINED_SECTION, InputFile, InputSection, LinkSymbol, OutputSection
from toolchain.ld.options import Options
from toolchain.ld.scan import Scanner
from toolchain.ld.syntax import MemoryRegion, ProgramHeader, Script

if TYPE_CHECKING:
    from toolchain.ld.dynamic import DynamicSections
    from toolchain.ld.lines import LineTable
    from toolchain.ld.target import Target
    from toolchain.ld.versions import Versions

MAX_MESSAGES = 200   # of one kind; a script gone wrong would otherwise print thousands


class OutputSegment:
    """One program header of the output and the sections in it."""

    def __init__(self, kind: int, flags: int) -> None:
        self.kind = kind
        self.flags = flags
        self.sections: list[OutputSection] = []
        self.offset = 0
        self.address = 0
        self.load_address = 0
        self.file_size = 0
        self.memory_size = 0
        self.align = 1
        self.includes_file_header = False
        self.includes_headers = False
        self.name = ""
        self.explicit_load = False


class Link:
    """The context of all passes."""

    def __init__(self, options: Options, context: ToolContext, diagnostics: Diagnostics, target: Target) -> None:
        self.options = options
        self.context = context
        self.diagnostics = diagnostics
        self.target = target
        self.form: Format = format_of(target.bits)
        self.word = target.bits // 8
        self.mask = (1 << target.bits) - 1
        self.script = Script("default")
        self.extra_scripts: list[Script] = []
        self.script_is_default = True
        self.own = InputFile("linker", "", "", ObjectImage(target.machine, target.bits), UNDEFINED_SECTION)
        self.files: list[InputFile] = []          # regular objects, in link order
        self.shared: list[InputFile] = []
        self.symbols: dict[str, LinkSymbol] = {}
        self.undefined: dict[str, None] = {}      # names that an archive member could still define
        self.sections: list[InputSection] = []    # all input sections, in order
        self.outputs: list[OutputSection] = []
        self.output_names: dict[str, OutputSection] = {}
        self.script_symbols: dict[str, LinkSymbol] = {}
        self.segments: list[OutputSegment] = []
        self.header_count = 0                     # program headers to make room for
        self.regions: dict[str, MemoryRegion] = {}
        self.phdrs: list[ProgramHeader] = []
        self.is_dynamic = False                   # the output has a dynamic section
        self.entry_address = 0
        self.flags = 0                            # e_flags
        self.flags_seen = False
        self.has_ifunc = False
        self.plt_address = 0
        self.igot_address = 0
        self.scanner = Scanner()
        self.build_id_note: InputSection | None = None
        self.versions: Versions | None = None
        self.dynamic_list: list[str] | None = None
        self.frame_count = 0
        self.late_addends: list[tuple[int, int]] = []     # (address, value) for REL relocations
        self._dyn: DynamicSections | None = None
        self.errors = 0
        limit = options.error_limit
        self.most_messages = MAX_MESSAGES if limit < 0 else limit or 1 << 30
        self.wrapped: set[str] = set(options.wrap)
        self.input_names: list[str] = []          # every file read, for --dependency-file
        self.archive_reasons: list[tuple[str, str, str]] = []
        self.line_tables: dict[InputFile, LineTable] = {}
        self.symbol_warnings: dict[str, str] = {}  # from .gnu.warning.NAME
        self.stack_missing: list[str] = []        # objects without .note.GNU-stack, where that matters
        self.stack_executable = False
        self.base_address = 0
        self.tls_start = 0
        self.tls_known = False
        self.tls_size = 0
        self.tls_align = 1

    @property
    def dyn(self) -> DynamicSections:
        """The linker's own sections; there are none under -r."""
        assert self._dyn is not None
        return self._dyn

    @dyn.setter
    def dyn(self, value: DynamicSections) -> None:
        self._dyn = value

    def plt_symbol_address(self, s: LinkSymbol) -> int:
        """The address of a symbol's PLT entry."""
        d = self.dyn
        if s.local_plt:
            return d.iplt.address + s.plt
        return (d.plt_sec if d.plt_sec.size else d.plt).address + s.plt

    def got_entry_address(self, s: LinkSymbol, need: int) -> int:
        """The address of a symbol's GOT entry of one kind (NEEDS_GOT, NEEDS_GOTTP, ...)."""
        if need == NEEDS_GOT:
            offset = s.got
        elif need == NEEDS_GOTTP:
            offset = s.gottp
        elif need == NEEDS_TLSGD:
            offset = s.tlsgd
        else:
            offset = s.tlsdesc
        return self.dyn.got.address + offset

    def error(self, message: str) -> None:
        """Report an error in GNU's form, `ld: message`; the link fails in the end."""
        self.errors += 1
        if self.errors <= self.most_messages:
            self.context.stderr.write(f"ld: {message}\n")

    def raw_error(self, message: str) -> None:
        """Report an error that already has its whole text."""
        self.errors += 1
        if self.errors <= self.most_messages:
            self.context.stderr.write(message + "\n")

    def warning(self, message: str) -> None:
        """Report a warning; an error under --fatal-warnings."""
        if self.options.no_warnings:
            return
        self.context.stderr.write(f"ld: warning: {message}\n")
        if self.options.fatal_warnings:
            self.errors += 1

    def note(self, message: str) -> None:
        """A line of information on standard error."""
        self.context.stderr.write(f"ld: {message}\n")

    def check(self) -> None:
        """Stop here if there have been errors."""
        if self.errors:
            raise ToolError("")

    def fail(self, message: str, loc: int = NO_LOC) -> ToolError:
        """An error to be raised by the caller."""
        return ToolError(message, loc)

    def symbol(self, name: str) -> LinkSymbol:
        """The global symbol of that name, made (undefined) if it is new."""
        s = self.symbols.get(name)
        if s is None:
            s = LinkSymbol(name, self.own)
            self.symbols[name] = s
        return s

    def synthetic(self, name: str, kind: int, flags: int, align: int, size: int = 0) -> InputSection:
        """A new section of the linker's own file."""
        section = InputSection(self.own, name, kind, flags, align, size)
        section.synthetic = True
        section.keep = True
        section.index = len(self.own.sections)
        section.sequence = len(self.sections)
        self.own.sections.append(section)
        self.sections.append(section)
        return section
