"""The disassembly of RISC-V, by our own tables."""
from __future__ import annotations

from toolchain.binutils.decoder import Decoder
from toolchain.binutils.riscv.decode import RiscvDecoder


class RiscvText(Decoder):
    """RISC-V, 16- and 32-bit instructions."""

    def __init__(self, bits: int) -> None:
        super().__init__(4, 8)
        self.decoder = RiscvDecoder(bits)
        self.data_until = -1

    def set_global_pointer(self, address: int) -> None:
        """See `Decoder`."""
        self.decoder.global_pointer = address

    def mark(self, offset: int, is_data: bool, next_mark: int) -> None:
        """See `Decoder`."""
        self.data_until = next_mark if is_data else -1

    def byte_rows(self, raw: bytes, wide: bool) -> list[str]:
        """See `Decoder`."""
        self.chunk = 2 if len(raw) == 2 else 1 if len(raw) == 1 else 4
        return super().byte_rows(raw, wide)

    def decode(self, data: bytes, offset: int, address: int, end: int) -> tuple[int, str, int | None]:
        """See `Decoder`."""
        left = min(end, len(data)) - offset
        if offset < self.data_until:
            size = min(4, left, self.data_until - offset)
            size = 2 if size == 3 else size
            value = int.from_bytes(data[offset:offset + size], "little")
            name = {1: ".byte", 2: ".short", 4: ".word"}[size]
            return size, f"{name}\t0x{value:0{2 * size}x}", None
        if left < 2:
            return 1, f".byte\t0x{data[offset]:02x}", None
        half = int.from_bytes(data[offset:offset + 2], "little")
        if half & 3 != 3:
            size = 2
        elif left < 4:
            return 2, f".2byte\t0x{half:x}", None
        else:
            size = 4
        word = int.from_bytes(data[offset:offset + size], "little")
        text, target, comment = self.decoder.decode(word, address, size)
        if target is None:
            return size, text, None
        return size, f"{text} # {target:x}" if comment else f"{text}{target:x}", target
