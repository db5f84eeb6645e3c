"""What the shared passes ask of a target.  One subclass per ISA; nothing else may name an ISA."""
from __future__ import annotations

from toolchain.ld.model import InputFile, InputSection, LinkSymbol
from toolchain.ld.state import Link


class Target:
    """Facts and relocation code of one machine.

    `dyn_*` are relocation numbers for the dynamic linker; `formats` names accepted by OUTPUT_FORMAT,
    `arches` those by OUTPUT_ARCH.
    """

    def __init__(self, emulation: str, machine: int, bits: int) -> None:
        self.emulation = emulation
        self.machine = machine
        self.bits = bits
        self.rela = True
        self.formats: list[str] = []
        self.arches: list[str] = []
        self.max_page_size = 0x1000
        self.common_page_size = 0x1000
        self.base_address = 0x10000
        self.interpreter = ""
        self.library_dirs: list[str] = []
        self.dyn_absolute = 0
        self.dyn_relative = 0
        self.dyn_glob_dat = 0
        self.dyn_jump_slot = 0
        self.dyn_copy = 0
        self.dyn_irelative = 0
        self.dyn_tls_module = 0
        self.dyn_tls_offset = 0
        self.dyn_tp_offset = 0
        self.dyn_tlsdesc = 0
        self.plt_header_size = 32
        self.plt_entry_size = 16
        self.iplt_entry_size = 16
        self.gotplt_reserved = 2      # words at the start of .got.plt
        self.got_reserved = 1         # words at the start of .got
        self.got_symbol_in_gotplt = False
        self.plt_align = 16
        self.code_fill = b""
        self.can_relax = False
        self.separate_code = False
        self.tls_variant_1 = True
        self.reloc_names: dict[int, str] = {}
        self.small_data = False
        self.text_fill = ""
        self.large_sections = ""
        self.small_sections = ""                             # the script's part for data near the global pointer
        self.attribute_segments: list[tuple[str, int]] = []  # sections that have a segment of their own though not loaded
        self.drops_local_labels = False
        self.default_exec_stack = False     # objects without .note.GNU-stack want an executable stack

    # ---- inputs -------------------------------------------------------------------------------

    def file_flags(self, link: Link, file: InputFile) -> None:
        """Check and merge an object's e_flags.  Raises ToolError if it cannot be linked with the others."""

    def merge_special(self, link: Link) -> None:
        """Merge sections whose contents only the target understands (attributes, property notes)."""

    # ---- relocations --------------------------------------------------------------------------

    def scan(self, link: Link, section: InputSection) -> None:
        """Note what the section's relocations need: GOT and PLT entries, dynamic relocations."""
        raise NotImplementedError

    def prepare_relax(self, link: Link) -> bool:
        """Collect what relaxation works on; False if there is nothing to do."""
        return False

    def relax(self, link: Link) -> bool:
        """One pass over all sections with the current addresses; whether any section changed size."""
        return False

    def relocate(self, link: Link, section: InputSection, out: bytearray, at: int, values: list[int]) -> None:
        """Apply the section's relocations to its bytes at `out[at:]`.  `values` are the addresses of
        the file's symbols."""
        raise NotImplementedError

    def reloc_name(self, kind: int) -> str:
        """The psABI's name of a relocation."""
        return self.reloc_names.get(kind, f"relocation {kind}")

    def section_addend(self, kind: int, data: bytes | bytearray | memoryview, offset: int) -> int:
        """The addend that a REL relocation keeps in the section's bytes."""
        return 0

    def store_addend(self, kind: int, data: bytearray, offset: int, addend: int) -> None:
        """Put an addend back into the section's bytes, for REL output of -r."""

    def reloc_bias(self, kind: int) -> int:
        """What to add to an addend to get the byte it refers to (4 for fields that end an instruction)."""
        return 0

    # ---- dynamic linking ----------------------------------------------------------------------

    def write_plt(self, link: Link, out: bytearray, address: int, gotplt: int, entries: list[LinkSymbol]) -> None:
        """Fill the PLT, header included, at `out`; its address and that of .got.plt are final."""
        raise NotImplementedError

    def uses_plt_sec(self, link: Link) -> bool:
        """Whether calls go to entries of .plt.sec, and .plt is for lazy binding only."""
        return False

    def write_plt_sec(self, link: Link, out: bytearray, address: int, gotplt: int, entries: list[LinkSymbol]) -> None:
        """Fill .plt.sec."""
        raise NotImplementedError

    def write_iplt(self, link: Link, out: bytearray, address: int, entries: list[LinkSymbol]) -> None:
        """Fill the PLT of IFUNCs of this output, which has no header."""
        raise NotImplementedError

    def gotplt_initial(self, link: Link, plt_address: int, index: int) -> int:
        """What a lazy .got.plt entry holds before it is resolved."""
        return plt_address

    def tp_offset(self, link: Link, address: int) -> int:
        """Offset of a TLS address from the thread pointer."""
        return address - link.tls_start

    def dtp_offset(self, link: Link, address: int) -> int:
        """Offset of a TLS address in its module, as __tls_get_addr wants it."""
        return address - link.tls_start

    def dynamic_tags(self, link: Link) -> list[tuple[int, int]]:
        """Dynamic tags only this target has."""
        return []
