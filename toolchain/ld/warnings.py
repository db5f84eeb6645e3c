"""Messages about symbols that the linked code uses: .gnu.warning sections, --trace-symbol, the stack, RWX segments."""
from __future__ import annotations

from toolchain.elf.constants import PF_W, PF_X, PT_LOAD
from toolchain.ld.model import COMMON, LinkSymbol
from toolchain.ld.state import Link
from toolchain.ld.symbols import place_text


def symbol_warnings(link: Link) -> None:
    """`.gnu.warning.NAME`: a warning at the first reference of each file to NAME."""
    wanted: dict[LinkSymbol, str] = {}
    for name, text in link.symbol_warnings.items():
        s = link.symbols.get(name)
        if s is not None and s.in_regular:
            wanted[s] = text
    if not wanted:
        return
    seen: set[tuple[str, str]] = set()
    context: list[str] = []
    for section in link.sections:
        relocs = section.relocations
        if relocs is None or not section.alive or section.output is None or not section.flags & 2 or section.synthetic:
            continue
        symbols = section.file.symbols
        for offset, index in zip(relocs.offsets, relocs.symbols):
            s = symbols[index]
            if not s.is_local and s in wanted and (section.file.name, s.name) not in seen and s.file is not section.file:
                seen.add((section.file.name, s.name))
                where = place_text(link, section.file, section, offset, context)
                link.context.stderr.write(f"{where}: warning: {wanted[s]}\n")
                if link.options.fatal_warnings:
                    link.errors += 1


def trace_symbols(link: Link) -> None:
    """--trace-symbol: every file that defines or refers to it."""
    names = set(link.options.trace_symbols)
    if not names:
        return
    for file in link.files:
        for i in range(len(file.symbols)):
            s = file.symbols[i]
            if s.is_local or s.name not in names:
                continue
            row = file.image.symbols[i]
            what = "reference to" if row.section == 0 else "common definition of" if s.state == COMMON else "definition of"
            link.context.print(f"{file.name}: {what} {s.name}")
    for file in link.shared:
        for s in file.symbols:
            if s.name in names and s.file is file:
                link.context.print(f"{file.name}: definition of {s.name}")


def stack_warning(link: Link) -> None:
    """Objects without .note.GNU-stack make the stack executable on some targets."""
    if link.options.exec_stack is None and link.stack_missing and not link.options.relocatable:
        link.warning(f"{link.stack_missing[0]}: missing .note.GNU-stack section implies executable stack")
        link.note("NOTE: This behaviour is deprecated and will be removed in a future version of the linker")


def segment_warning(link: Link) -> None:
    """A segment that can be written and executed."""
    if not link.options.warn_rwx or link.options.omagic:
        return
    for s in link.segments:
        if s.kind == PT_LOAD and s.flags & PF_W and s.flags & PF_X:
            link.warning(f"{link.options.output} has a LOAD segment with RWX permissions")
            return


__all__ = ["segment_warning", "stack_warning", "symbol_warnings", "trace_symbols"]
