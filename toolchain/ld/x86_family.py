"""What x86-64 and i386 have in common for the linker."""
from __future__ import annotations

from toolchain.ld.state import Link
from toolchain.ld.target import Target
from toolchain.ld.x86_property import merge_properties


class X86Family(Target):
    """Base of both; see `Target`."""

    def __init__(self, name: str, machine: int, bits: int) -> None:
        super().__init__(name, machine, bits)
        self.plt_header_size = 16
        self.gotplt_reserved = 3
        self.got_reserved = 0
        self.got_symbol_in_gotplt = True
        self.code_fill = b"\x90"
        self.separate_code = True
        self.tls_variant_1 = False
        self.default_exec_stack = True

    def merge_special(self, link: Link) -> None:
        """.note.gnu.property"""
        merge_properties(link)

    def tp_offset(self, link: Link, address: int) -> int:
        """The thread pointer is at the end of the TLS block (variant II)."""
        size = link.tls_size + (-link.tls_size % max(link.tls_align, 1))
        return address - link.tls_start - size
