"""Deleting bytes from sections: keeps the symbols, sizes and relocation offsets of a section right while
it shrinks.  Which bytes go is the target's affair."""
from __future__ import annotations

from collections.abc import Callable

from toolchain.diagnostics import ToolError
from toolchain.ld.model import DEFINED, InputFile, InputSection, LinkSymbol


class Shrinker:
    """Symbols of the sections that may shrink, with their original values and ends."""

    def __init__(self, sections: list[InputSection], nops: Callable[[int], bytes]) -> None:
        self.nops = nops
        self.symbols: dict[InputSection, list[LinkSymbol]] = {s: [] for s in sections}
        self.original: dict[InputSection, list[tuple[int, int]]] = {}
        self.original_size: dict[InputSection, int] = {s: s.size for s in sections}
        symbols = self.symbols
        seen: dict[InputFile, None] = {}
        for section in sections:
            seen[section.file] = None
        for file in seen:
            for s in file.symbols:
                if s.state == DEFINED and s.file is file:
                    group = symbols.get(s.section)
                    if group is not None:
                        group.append(s)
        for section, group in symbols.items():
            self.original[section] = [(s.value, s.value + s.size) for s in group]

    def apply(self, section: InputSection, cuts: list[tuple[int, int]], aligns: list[tuple[int, int]]) -> bool:
        """Take out `cuts` (offset, count) and what `aligns` (offset, bytes of padding) do not need.

        Padding of n bytes stands for the alignment that is the next power of two above n; the
        section's own alignment is at least that.  Returns whether the section's size changed.
        """
        events = [(offset, count, 0) for offset, count in cuts]
        for offset, padding in aligns:
            events.append((offset, 0, padding))
        events.sort()
        at: list[int] = []
        totals: list[int] = []
        total = 0
        patches = [p for p in section.patches if p[1] >= 0]
        for offset, count, padding in events:
            if padding:
                alignment = 1 << padding.bit_length()
                needed = -(offset - total) & (alignment - 1)
                if needed > padding:
                    raise ToolError(f"{section.display}: {padding} bytes of padding at {offset:#x} cannot align to {alignment}")
                if needed:
                    patches.append((offset, -needed, self.nops(needed)))
                count = padding - needed
                offset += needed
            if count:
                total += count
                at.append(offset)
                totals.append(total)
        section.patches = patches
        section.cut_at = at
        section.cut_total = totals
        old = section.size
        section.size = self.original_size[section] - total
        before = section.removed_before
        for s, (start, end) in zip(self.symbols[section], self.original[section]):
            value = start - before(start)
            s.value = value
            if end != start:
                s.size = end - before(end) - value
        return section.size != old
