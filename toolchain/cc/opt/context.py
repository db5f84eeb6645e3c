"""What passes may know beside the function: options, the table of locations, facts of the target."""
from __future__ import annotations

from toolchain.cc.options import CompileOptions
from toolchain.diagnostics import LocationTable


class OptContext:
    """One per translation unit.

    `strict_align`: misaligned accesses are expensive or trap.  `jump_tables`: a SWITCH may stay for the back end to make a
    table of.  `word_bits`: width of a register.  `has_multiply_high`: one instruction gives the high half of a product;
    `has_select`: there is a conditional move."""

    def __init__(self, options: CompileOptions, locations: LocationTable) -> None:
        self.options = options
        self.locations = locations
        self.strict_align = False
        self.jump_tables = options.flag("jump-tables", True)
        self.word_bits = 64
        self.has_multiply_high = True
        self.has_select = False
        self.passes_run = 0                 # for -fopt-bisect-limit
        self.last_step = ""                 # the last one that the limit let run
        self.phase = 1
