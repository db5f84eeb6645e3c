"""What passes may know beside the function: options, the table of locations, facts of the target."""
from __future__ import annotations

from toolchain.cc.options import CompileOptions
from toolchain.diagnostics import LocationTable


class OptContext:
    """One per translation unit.

    `strict_align`: misaligned accesses are expensive or trap.  `offset_limit`: largest offset (in magnitude, plus
    one) that a load or store takes.  `hosted`: library functions mean what the standard says (not
    -ffreestanding, not -fno-builtin).  `jump_tables`: a SWITCH may stay for the back end to make a table of.
    `word_bits`: width of a register.  `has_multiply_high`, `has_rotate`, `has_select`: one instruction does it."""

    def __init__(self, options: CompileOptions, locations: LocationTable) -> None:
        self.options = options
        self.locations = locations
        self.strict_align = False
        self.offset_limit = 2048
        self.hosted = not options.flags.get("freestanding", False) and options.flags.get("builtin", True)
        self.jump_tables = options.flags.get("jump-tables", options.flags.get("jump_tables", True))
        self.word_bits = 64
        self.has_multiply_high = True
        self.has_rotate = False
        self.has_select = False
        self.big_endian = False
        self.passes_run = 0                 # for -fopt-bisect-limit
        self.phase = 1
