"""What the command line says about preprocessing."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Final

C90: Final = 1990
C94: Final = 1994
C99: Final = 1999
C11: Final = 2011
C17: Final = 2017
C23: Final = 2023


class PreprocessOptions:
    """All that decides how a file is preprocessed; filled in by the driver and by `cc/unit.py`.

    `predefined` is text made of `#define` lines (the target's and the language's macros, without
    `__FILE__` and the other computed ones).  `macro_options` are the -D and -U options in order:
    ("D", "NAME=value") or ("U", "NAME").  `forced` are -include ("include") and -imacros
    ("imacros") files in order.  `has_attribute` and `has_builtin` map a name without surrounding
    underscores to the value of `__has_attribute(name)`, `__has_builtin(name)`.
    """

    def __init__(self) -> None:
        self.standard = C17
        self.gnu = True
        self.assembler = False
        """-x assembler-with-cpp."""
        self.trigraphs = False
        self.dollars = True
        """Identifiers may contain `$`."""
        self.preprocessed = False
        """The input is preprocessed already (.i, -fpreprocessed): no macros are predefined."""
        self.lazy = True
        """Bodies of static inline functions in headers are expanded on demand."""
        self.undef = False
        """-undef: no predefined macros of system and compiler."""
        self.predefined = ""
        self.macro_options: list[tuple[str, str]] = []
        self.forced: list[tuple[str, str]] = []
        self.quote_dirs: list[str] = []
        self.include_dirs: list[str] = []
        self.system_dirs: list[str] = []
        """-isystem directories, then the standard ones."""
        self.after_dirs: list[str] = []
        """-idirafter."""
        self.has_attribute: Mapping[str, int] = {}
        self.has_builtin: Mapping[str, int] = {}
        self.prefix_map: list[tuple[str, str]] = []
        """-fmacro-prefix-map=old=new and -ffile-prefix-map, in order; the last match wins."""
        self.cwd = "/"
        self.source_date_epoch = ""
        """The environment variable SOURCE_DATE_EPOCH."""
        self.keep_comments = 0
        """1: -C; 2: -CC."""
        self.record_events = False
        """Keep what the printers of -E and -d need."""
        self.dump = ""
        """Letters of -d: any of M D N I U."""
        self.missing_headers_ok = False
        """-MG."""
        self.show_includes = False
        """-H."""
        self.include_depth = 200
        """-fmax-include-depth."""
        self.pedantic = False
        self.pedantic_errors = False
        self.wide_char_bits = 32
        self.wide_char_signed = True
        self.char_signed = True
        self.warn_undef = False
        self.warn_unused_macros = False
        self.warn_trigraphs = False
        self.warn_comments = False
        self.warn_date_time = False
        self.warn_system_headers = False

    def copied(self) -> PreprocessOptions:
        """An independent copy."""
        out = PreprocessOptions()
        out.standard = self.standard
        out.gnu = self.gnu
        out.assembler = self.assembler
        out.trigraphs = self.trigraphs
        out.dollars = self.dollars
        out.preprocessed = self.preprocessed
        out.lazy = self.lazy
        out.undef = self.undef
        out.predefined = self.predefined
        out.macro_options = list(self.macro_options)
        out.forced = list(self.forced)
        out.quote_dirs = list(self.quote_dirs)
        out.include_dirs = list(self.include_dirs)
        out.system_dirs = list(self.system_dirs)
        out.after_dirs = list(self.after_dirs)
        out.has_attribute = self.has_attribute
        out.has_builtin = self.has_builtin
        out.prefix_map = list(self.prefix_map)
        out.cwd = self.cwd
        out.source_date_epoch = self.source_date_epoch
        out.keep_comments = self.keep_comments
        out.record_events = self.record_events
        out.dump = self.dump
        out.missing_headers_ok = self.missing_headers_ok
        out.show_includes = self.show_includes
        out.include_depth = self.include_depth
        out.pedantic = self.pedantic
        out.pedantic_errors = self.pedantic_errors
        out.wide_char_bits = self.wide_char_bits
        out.wide_char_signed = self.wide_char_signed
        out.char_signed = self.char_signed
        out.warn_undef = self.warn_undef
        out.warn_unused_macros = self.warn_unused_macros
        out.warn_trigraphs = self.warn_trigraphs
        out.warn_comments = self.warn_comments
        out.warn_date_time = self.warn_date_time
        out.warn_system_headers = self.warn_system_headers
        return out
