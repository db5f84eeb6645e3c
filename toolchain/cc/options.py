"""Options of one compilation, as the driver hands them to the compiler.

Flags keep gcc's names (dashes become underscores); what a target alone understands (`-m...`) is in
`machine`, already checked by the target's own table.
"""
from __future__ import annotations


class CompileOptions:
    """See gcc's manual, "Option Summary", for the meaning of each."""

    def __init__(self) -> None:
        self.std = "gnu17"                      # c90, gnu90 (also ansi), c99 ... gnu2x
        self.optimize = 0                       # 0, 1, 2, 3
        self.optimize_size = False              # -Os, -Oz
        self.debug = 0                          # -g level
        self.dwarf_version = 5
        self.pic = 0                            # 0 none, 1 -fpic/-fpie, 2 -fPIC/-fPIE
        self.pie = False
        self.machine: dict[str, str] = {}       # march, mabi, mcmodel, mno-..., as the target defined them
        self.flags: dict[str, bool] = {}        # -fNAME true, -fno-NAME false
        self.flag_values: dict[str, str] = {}   # -fNAME=VALUE
        self.warnings: dict[str, bool] = {}     # -WNAME true, -Wno-NAME false; "all", "extra" ... expanded by the driver
        self.warning_values: dict[str, str] = {}
        self.inhibit_warnings = False           # -w
        self.pedantic = False
        self.pedantic_errors = False
        self.max_errors = 0
        self.lazy = True                        # -fno-lazy turns it off
        self.verify_ir = False                  # -fverify-ir
        self.opt_bisect_limit = -1              # -fopt-bisect-limit=
        self.dump_ir = ""                       # -fdump-ir[=pass]
        self.verbose_asm = False
        self.fixed_registers: list[str] = []    # -ffixed-REG
        self.call_used: list[str] = []
        self.call_saved: list[str] = []
        self.prefix_map: list[tuple[str, str]] = []     # -ffile-prefix-map and -fdebug-prefix-map
        self.visibility = 0                     # -fvisibility=, STV_*
        self.tls_model = ""
        self.ident = True
        self.command_line: list[str] = []       # for -frecord-gcc-switches and DW_AT_producer

    def freestanding(self) -> bool:
        """Whether no standard library may be assumed: -ffreestanding, -fno-hosted (C11 4p6)."""
        return self.flag("freestanding", False) or not self.flag("hosted", True)

    def library_builtins(self) -> bool:
        """Whether the standard library's functions are known by their plain names (gcc's -fbuiltin)."""
        return self.flag("builtin", True) and not self.freestanding()

    def flag(self, name: str, default: bool) -> bool:
        """Whether `-fNAME` holds, `default` if the command line does not say; dashes or underscores."""
        return self.flags.get(name.replace("_", "-"), default)
