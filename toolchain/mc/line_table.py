"""The line table that `.file` and `.loc` describe (DWARF 5 section 6.2)."""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from toolchain.diagnostics import Loc
from toolchain.mc.model.expr import Expr, MCSymbol
from toolchain.mc.model.fragment import Tail

if TYPE_CHECKING:
    from toolchain.mc.streamer import ObjectStreamer


class LineTable:
    """Files and rows of one object."""

    def __init__(self, streamer: ObjectStreamer) -> None:
        self.streamer = streamer

    def file(self, number: int, directory: str, name: str, md5: bytes | None) -> None:
        """`.file N`."""

    def location(self, file: int, line: int, column: int, flags: Sequence[tuple[str, int]]) -> None:
        """`.loc`."""

    def view(self, symbol: MCSymbol) -> None:
        """`view name`: the number of rows before this one at its address becomes the value of `name`."""

    def row(self) -> None:
        """Row for the last `.loc`, here."""

    def finish(self) -> None:
        """Write .debug_line."""

    def tail(self, tail: Tail, out: bytearray, fixups: list[tuple[int, int, Expr, Loc]]) -> None:
        """Bytes of a LINE tail."""
