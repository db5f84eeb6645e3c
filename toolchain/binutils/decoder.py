"""Instruction decoders behind one interface, and what those have in common that stand on Capstone."""
from __future__ import annotations

from typing import Any

from toolchain.diagnostics import ToolError


class Decoder:
    """Decodes instructions; `chunk` and `line` are the bytes printed as one number and in one row."""

    def __init__(self, chunk: int, line: int) -> None:
        self.chunk = chunk
        self.line = line

    def decode(self, data: bytes, offset: int, address: int, end: int) -> tuple[int, str, int | None]:
        """Size, text and the address to name after it (None: none) of the instruction at data[offset:end]."""
        raise NotImplementedError

    def mark(self, offset: int, is_data: bool, next_mark: int) -> None:
        """Tell what a mapping symbol says: from here to `next_mark` there is data, or code."""

    def set_global_pointer(self, address: int) -> None:
        """Where gp points in this file, for machines that address data from it."""

    def row_sizes(self, raw: bytes) -> list[int]:
        """How many bytes each printed row holds."""
        return [min(self.line, len(raw) - i) for i in range(0, len(raw), self.line)]

    def byte_rows(self, raw: bytes, wide: bool) -> list[str]:
        """The bytes of an instruction as text, padded to the column where its text begins; one row, however long, if `wide`."""
        chunk = self.chunk
        if len(raw) % chunk:
            chunk = 2 if len(raw) % 2 == 0 else 1
        width = self.line // chunk * (2 * chunk + 1)
        rows: list[str] = []
        step = max(self.line, len(raw)) if wide else self.line
        for i in range(0, len(raw), step):
            row = raw[i:i + step]
            text = "".join(row[k:k + chunk][::-1].hex() + " " for k in range(0, len(row), chunk))
            rows.append(text if i else text.ljust(width))
        return rows


class CapstoneDecoder(Decoder):
    """What Capstone decodes: `architecture`, `modes` and `syntax` are names of its constants ("" is its own syntax)."""

    def __init__(self, chunk: int, line: int, architecture: str, modes: list[str], syntax: str = "") -> None:
        super().__init__(chunk, line)
        try:
            import capstone
        except ImportError:
            raise ToolError("disassembly for this machine needs the capstone package") from None
        flags = 0
        for name in modes:
            flags |= getattr(capstone, name)
        self.engine: Any = capstone.Cs(getattr(capstone, architecture), flags)
        if syntax:
            self.engine.syntax = getattr(capstone, syntax)

    def decode(self, data: bytes, offset: int, address: int, end: int) -> tuple[int, str, int | None]:
        """See `Decoder`."""
        for _, size, mnemonic, operands in self.engine.disasm_lite(data[offset:min(end, offset + 16)], address, 1):
            return self.format(int(size), str(mnemonic), str(operands), address, data[offset:offset + int(size)])
        return self.undefined(data, offset, address, end)

    def undefined(self, data: bytes, offset: int, address: int, end: int) -> tuple[int, str, int | None]:
        """What stands for bytes that are no instruction."""
        raise NotImplementedError

    def format(self, size: int, mnemonic: str, operands: str, address: int, raw: bytes) -> tuple[int, str, int | None]:
        """Bring Capstone's spelling to GNU's."""
        return size, f"{mnemonic}\t{operands}", None
