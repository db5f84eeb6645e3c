"""The command lines of `objcopy` and `strip`, as data: what to keep, drop, rename and change."""
from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Final

from toolchain.binutils.options import NONE, OPTIONAL, REQUIRED, Option, Parsed, UsageError
from toolchain.binutils.program import Program
from toolchain.diagnostics import ToolError

STRIP_NONE: Final = 0
STRIP_DEBUG: Final = 1
STRIP_UNNEEDED: Final = 2
STRIP_ALL: Final = 3
STRIP_NONDEBUG: Final = 4
STRIP_DWO: Final = 5
STRIP_NONDWO: Final = 6

KEEP_LOCALS: Final = 0
DISCARD_LABELS: Final = 1
DISCARD_LOCALS: Final = 2

SECTION_FLAG_NAMES: Final = ("alloc", "load", "noload", "readonly", "debug", "code", "data", "rom", "exclude", "share",
                             "contents", "merge", "strings", "large")


class NameSet:
    """Symbol or section names from the command line; with wildcards if asked (`!` in front excludes)."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.patterns: list[str] = []
        self.used: set[str] = set()

    def add(self, name: str, wildcard: bool) -> None:
        """One more name, or pattern."""
        if wildcard and (name.startswith("!") or any(c in name for c in "*?[\\")):
            self.patterns.append(name)
        else:
            self.names.add(name)

    def __bool__(self) -> bool:
        return bool(self.names or self.patterns)

    def matches(self, name: str) -> bool:
        """Whether `name` is meant."""
        for pattern in self.patterns:
            if pattern.startswith("!") and fnmatch.fnmatchcase(name, pattern[1:]):
                return False
        if name in self.names:
            return True
        return any(not p.startswith("!") and fnmatch.fnmatchcase(name, p) for p in self.patterns)


class AddressChange:
    """--change-section-address and its kin: `operator` is =, + or -."""

    def __init__(self, pattern: str, operator: str, value: int, vma: bool, lma: bool) -> None:
        self.pattern = pattern
        self.operator = operator
        self.value = value
        self.vma = vma
        self.lma = lma

    def apply(self, address: int) -> int:
        """The changed address."""
        if self.operator == "=":
            return self.value
        return address + self.value if self.operator == "+" else address - self.value


class AddedSymbol:
    """--add-symbol: `section` is empty for an absolute symbol."""

    def __init__(self, name: str, section: str, value: int, flags: list[str]) -> None:
        self.name = name
        self.section = section
        self.value = value
        self.flags = flags


SYMBOL_SETS: Final = ("strip-symbol", "strip-unneeded-symbol", "keep-symbol", "localize-symbol", "globalize-symbol",
                      "keep-global-symbol", "weaken-symbol")
SYMBOL_FILES: Final = {"strip-symbols": "strip-symbol", "strip-unneeded-symbols": "strip-unneeded-symbol",
                       "keep-symbols": "keep-symbol", "localize-symbols": "localize-symbol",
                       "globalize-symbols": "globalize-symbol", "keep-global-symbols": "keep-global-symbol",
                       "weaken-symbols": "weaken-symbol"}


class CopyOptions:
    """Everything a copy may be told to do."""

    def __init__(self) -> None:
        self.strip = STRIP_NONE
        self.discard = KEEP_LOCALS
        self.input_format = ""
        self.output_format = ""
        self.architecture = ""
        self.wildcard = False
        self.symbols: dict[str, NameSet] = {name: NameSet() for name in SYMBOL_SETS}
        self.remove = NameSet()
        self.only = NameSet()
        self.keep_sections = NameSet()
        self.remove_relocations = NameSet()
        self.keep_file_symbols = False
        self.keep_section_symbols = False
        self.localize_hidden = False
        self.weaken = False
        self.redefine: dict[str, str] = {}
        self.prefix_symbols = ""
        self.prefix_sections = ""
        self.prefix_alloc = ""
        self.rename: dict[str, tuple[str, list[str] | None]] = {}
        self.set_flags: list[tuple[str, list[str]]] = []
        self.set_align: list[tuple[str, int]] = []
        self.add_sections: list[tuple[str, str]] = []
        self.update_sections: list[tuple[str, str]] = []
        self.dump_sections: list[tuple[str, str]] = []
        self.add_symbols: list[AddedSymbol] = []
        self.changes: list[AddressChange] = []
        self.change_all = 0
        self.change_start = 0
        self.set_start: int | None = None
        self.gap_fill: int | None = None
        self.pad_to: int | None = None
        self.debuglink = ""
        self.preserve_dates = False
        self.deterministic = True
        self.verbose = False
        self.extract_symbol = False
        self.interleave = 0
        self.interleave_width = 1
        self.interleave_byte = -1
        self.reverse_bytes = 0
        self.srec_length = 16
        self.srec_s3 = False
        self.verilog_width = 1
        self.compress = ""
        self.decompress = False
        self.merge_notes = False

    def filters_symbols(self) -> bool:
        """Whether symbols have to be looked at one by one."""
        return bool(self.strip or self.discard or any(self.symbols.values()) or self.localize_hidden or self.redefine
                    or self.prefix_symbols or self.remove or self.only or self.weaken or self.add_symbols)


COMMON: Final = [
    Option("input", "-I --input-target", REQUIRED, "bfdname", "the input file's format"),
    Option("output", "-O --output-target", REQUIRED, "bfdname", "the output file's format"),
    Option("both", "-F --target", REQUIRED, "bfdname", "the format of both"),
    Option("preserve", "-p --preserve-dates", text="copy the input's time stamps to the output"),
    Option("D", "-D --enable-deterministic-archives", text="deterministic archives (default)"),
    Option("U", "-U --disable-deterministic-archives", text="keep dates and owners in archives"),
    Option("remove", "-R --remove-section", REQUIRED, "name", "leave section <name> out"),
    Option("remove-relocations", "--remove-relocations", REQUIRED, "name", "leave the relocations of section <name> out"),
    Option("strip-dwo", "--strip-dwo", text="leave DWO sections out"),
    Option("strip-unneeded", "--strip-unneeded", text="leave out symbols that no relocation needs"),
    Option("only-keep-debug", "--only-keep-debug", text="keep debug information only"),
    Option("merge-notes", "-M --merge-notes", text="remove redundant entries of note sections"),
    Option("no-merge-notes", "--no-merge-notes", text="leave note sections as they are"),
    Option("strip-symbol", "-N --strip-symbol", REQUIRED, "name", "leave symbol <name> out"),
    Option("keep-section", "--keep-section", REQUIRED, "name", "do not strip section <name>"),
    Option("keep-symbol", "-K --keep-symbol", REQUIRED, "name", "do not strip symbol <name>"),
    Option("keep-section-symbols", "--keep-section-symbols", text="do not strip section symbols"),
    Option("keep-file-symbols", "--keep-file-symbols", text="do not strip file symbols"),
    Option("wildcard", "-w --wildcard", text="symbol names may be patterns"),
    Option("discard-all", "-x --discard-all", text="leave out all local symbols"),
    Option("discard-locals", "-X --discard-locals", text="leave out compiler-made local symbols"),
    Option("verbose", "-v --verbose", text="name the files that are changed"),
    Option("info", "--info", text="list the object formats"),
    Option("version", "-V --version", text="show the version"),
]

STRIP_OPTIONS: Final = COMMON + [
    Option("strip-all", "-s --strip-all", text="leave out all symbols and relocations"),
    Option("strip-debug", "-g -S -d --strip-debug", text="leave out debugging symbols and sections"),
    Option("file", "-o", REQUIRED, "file", "where to put the result"),
    Option("help", "-h --help", text="show this help"),
]

OBJCOPY_OPTIONS: Final = COMMON + [
    Option("architecture", "-B --binary-architecture", REQUIRED, "arch", "the output's machine, if the input has none"),
    Option("only-section", "-j --only-section", REQUIRED, "name", "copy only section <name>"),
    Option("debuglink", "--add-gnu-debuglink", REQUIRED, "file", "add a section that names <file>"),
    Option("strip-all", "-S --strip-all", text="leave out all symbols and relocations"),
    Option("strip-debug", "-g --strip-debug", text="leave out debugging symbols and sections"),
    Option("strip-unneeded-symbol", "--strip-unneeded-symbol", REQUIRED, "name", "leave <name> out unless it is needed"),
    Option("extract-dwo", "--extract-dwo", text="copy DWO sections only"),
    Option("extract-symbol", "--extract-symbol", text="keep symbols, drop contents"),
    Option("localize-hidden", "--localize-hidden", text="make hidden symbols local"),
    Option("localize-symbol", "-L --localize-symbol", REQUIRED, "name", "make <name> local"),
    Option("globalize-symbol", "--globalize-symbol", REQUIRED, "name", "make <name> global"),
    Option("keep-global-symbol", "-G --keep-global-symbol", REQUIRED, "name", "make all symbols but <name> local"),
    Option("weaken-symbol", "-W --weaken-symbol", REQUIRED, "name", "make <name> weak"),
    Option("weaken", "--weaken", text="make all global symbols weak"),
    Option("interleave", "-i", REQUIRED, "number", "copy one of every <number> bytes"),
    Option("interleave", "--interleave", OPTIONAL, "number", "the same; 4 if not given"),
    Option("interleave-width", "--interleave-width", REQUIRED, "number", "how many bytes of each group"),
    Option("byte", "-b --byte", REQUIRED, "num", "which byte of each group"),
    Option("gap-fill", "--gap-fill", REQUIRED, "val", "fill gaps between sections with <val>"),
    Option("pad-to", "--pad-to", REQUIRED, "addr", "pad the last section up to <addr>"),
    Option("set-start", "--set-start", REQUIRED, "addr", "set the start address"),
    Option("change-start", "--change-start --adjust-start", REQUIRED, "incr", "add to the start address"),
    Option("change-addresses", "--change-addresses --adjust-vma", REQUIRED, "incr", "add to all addresses"),
    Option("change-section-address", "--change-section-address --adjust-section-vma", REQUIRED, "name{=|+|-}val",
           "change a section's addresses"),
    Option("change-section-lma", "--change-section-lma", REQUIRED, "name{=|+|-}val", "change its load address"),
    Option("change-section-vma", "--change-section-vma", REQUIRED, "name{=|+|-}val", "change its virtual address"),
    Option("ignored", "--change-warnings --adjust-warnings --no-change-warnings --no-adjust-warnings", text=""),
    Option("set-section-flags", "--set-section-flags", REQUIRED, "name=flags", "set a section's properties"),
    Option("set-section-alignment", "--set-section-alignment", REQUIRED, "name=align", "set its alignment, in bytes"),
    Option("add-section", "--add-section", REQUIRED, "name=file", "add a section with the contents of <file>"),
    Option("update-section", "--update-section", REQUIRED, "name=file", "replace a section's contents"),
    Option("dump-section", "--dump-section", REQUIRED, "name=file", "write a section's contents to <file>"),
    Option("rename-section", "--rename-section", REQUIRED, "old=new[,flags]", "rename a section"),
    Option("redefine-sym", "--redefine-sym", REQUIRED, "old=new", "rename a symbol"),
    Option("redefine-syms", "--redefine-syms", REQUIRED, "file", "rename the pairs listed in <file>"),
    Option("reverse-bytes", "--reverse-bytes", REQUIRED, "num", "reverse <num> bytes at a time"),
    Option("srec-len", "--srec-len", REQUIRED, "number", "the length of S-records"),
    Option("srec-forceS3", "--srec-forceS3", text="only S3 records"),
    Option("strip-symbols", "--strip-symbols", REQUIRED, "file", "-N for all names in <file>"),
    Option("strip-unneeded-symbols", "--strip-unneeded-symbols", REQUIRED, "file", "the same for unneeded ones"),
    Option("keep-symbols", "--keep-symbols", REQUIRED, "file", "-K for all names in <file>"),
    Option("localize-symbols", "--localize-symbols", REQUIRED, "file", "-L for all names in <file>"),
    Option("globalize-symbols", "--globalize-symbols", REQUIRED, "file", "--globalize-symbol for all names in <file>"),
    Option("keep-global-symbols", "--keep-global-symbols", REQUIRED, "file", "-G for all names in <file>"),
    Option("weaken-symbols", "--weaken-symbols", REQUIRED, "file", "-W for all names in <file>"),
    Option("add-symbol", "--add-symbol", REQUIRED, "name=[section:]value[,flags]", "add a symbol"),
    Option("prefix-symbols", "--prefix-symbols", REQUIRED, "prefix", "put <prefix> before symbol names"),
    Option("prefix-sections", "--prefix-sections", REQUIRED, "prefix", "put <prefix> before section names"),
    Option("prefix-alloc-sections", "--prefix-alloc-sections", REQUIRED, "prefix", "the same for sections in memory"),
    Option("compress", "--compress-debug-sections", OPTIONAL, "none|zlib|zlib-gabi", "compress debug sections"),
    Option("decompress", "--decompress-debug-sections", NONE, "", "decompress debug sections"),
    Option("verilog-width", "--verilog-data-width", REQUIRED, "number", "bytes per item in verilog output"),
    Option("help", "-h --help", text="show this help"),
]


def number(text: str, what: str) -> int:
    """An integer as strtoul reads it (0x, leading 0).  Raises ToolError."""
    try:
        body = text.lstrip("+-")
        value = int(body, 8) if body.startswith("0") and body.isdigit() else int(body, 0)
        return -value if text.startswith("-") else value
    except ValueError:
        raise ToolError(f"{what}: bad number: {text}") from None


def pair(text: str, option: str) -> tuple[str, str]:
    """Split `name=value`.  Raises ToolError."""
    left, equals, right = text.partition("=")
    if not equals or not left:
        raise ToolError(f"bad format for --{option}")
    return left, right


def section_flag_list(text: str) -> list[str]:
    """The names in a flags argument.  Raises ToolError for an unknown one."""
    out: list[str] = []
    for name in text.split(","):
        found = [n for n in SECTION_FLAG_NAMES if name and n.startswith(name.lower())]
        if not found:
            raise ToolError(f"unrecognized section flag `{name}'\nsupported flags: {', '.join(SECTION_FLAG_NAMES)}")
        out.append(name.lower() if name.lower() in found else found[0])
    return out


def _address_change(text: str, key: str) -> AddressChange:
    for i, ch in enumerate(text):
        if ch in "=+-" and i:
            value = number(text[i + 1:], "--" + key)
            return AddressChange(text[:i], ch, value, key != "change-section-lma", key != "change-section-vma")
    raise ToolError(f"bad format for --{key}")


def _added_symbol(text: str) -> AddedSymbol:
    name, rest = pair(text, "add-symbol")
    fields = rest.split(",")
    section, colon, value = fields[0].rpartition(":")
    return AddedSymbol(name, section if colon else "", number(value, "--add-symbol"), [f.strip().lower() for f in fields[1:]])


def _symbol_lines(program: Program, name: str) -> list[str]:
    """The words of a symbol list file: one a line, `#` begins a comment."""
    out: list[str] = []
    for line in program.read(name).decode("utf-8", "surrogateescape").splitlines():
        word = line.split("#", 1)[0].strip()
        if word:
            out.append(word)
    return out


def _redefinitions(program: Program, name: str, options: CopyOptions) -> None:
    for i, line in enumerate(_symbol_lines(program, name), 1):
        words = line.split()
        if len(words) != 2:
            raise ToolError(f"{name}:{i}: {'garbage found at end of line' if len(words) > 2 else 'missing new symbol name'}")
        _redefine(options, words[0], words[1], "--redefine-syms")


def _redefine(options: CopyOptions, old: str, new: str, what: str) -> None:
    if old in options.redefine:
        raise ToolError(f'{what}: Multiple redefinition of symbol "{old}"')
    if new in options.redefine.values():
        raise ToolError(f'{what}: Symbol "{new}" is target of more than one redefinition')
    options.redefine[old] = new


SIMPLE_STRIP: Final = {"strip-all": STRIP_ALL, "strip-debug": STRIP_DEBUG, "strip-unneeded": STRIP_UNNEEDED,
                       "strip-dwo": STRIP_DWO, "extract-dwo": STRIP_NONDWO, "only-keep-debug": STRIP_NONDEBUG}


def read_options(program: Program, parsed: Parsed) -> CopyOptions:
    """The options of a command line.  Raises ToolError and UsageError."""
    options = CopyOptions()
    options.wildcard = parsed.has("wildcard")
    for key, value in parsed.options:
        if key in SIMPLE_STRIP:
            options.strip = SIMPLE_STRIP[key]
        elif key in options.symbols:
            options.symbols[key].add(value, options.wildcard)
        elif key in SYMBOL_FILES:
            for name in _symbol_lines(program, value):
                options.symbols[SYMBOL_FILES[key]].add(name, options.wildcard)
        elif not _section_option(options, key, value) and not _output_option(options, key, value):
            _other_option(program, options, key, value)
    if options.interleave and options.interleave_byte < 0:
        raise ToolError("interleave start byte must be set with --byte")
    if options.interleave_byte >= 0 and not options.interleave:
        options.interleave = 4
    if options.interleave and options.interleave_byte >= options.interleave:
        raise ToolError("byte number must be less than interleave")
    return options


def _section_option(options: CopyOptions, key: str, value: str) -> bool:
    if key == "remove":
        if value.startswith((".rela.", ".rel.")):
            options.remove_relocations.add(value[5 if value.startswith(".rela.") else 4:], True)
        options.remove.add(value, True)
    elif key == "only-section":
        options.only.add(value, True)
    elif key == "keep-section":
        options.keep_sections.add(value, True)
    elif key == "remove-relocations":
        options.remove_relocations.add(value, True)
    elif key == "rename-section":
        old, rest = pair(value, key)
        new, comma, flags = rest.partition(",")
        options.rename[old] = (new, section_flag_list(flags) if comma else None)
    elif key == "set-section-flags":
        name, rest = pair(value, key)
        options.set_flags.append((name, section_flag_list(rest)))
    elif key == "set-section-alignment":
        name, rest = pair(value, key)
        align = number(rest, "--set-section-alignment")
        if align <= 0 or align & (align - 1):
            raise ToolError("--set-section-alignment: alignment is not a power of two")
        options.set_align.append((name, align))
    elif key == "add-section":
        options.add_sections.append(pair(value, key))
    elif key == "update-section":
        options.update_sections.append(pair(value, key))
    elif key == "dump-section":
        options.dump_sections.append(pair(value, key))
    elif key in ("change-section-address", "change-section-lma", "change-section-vma"):
        options.changes.append(_address_change(value, key))
    else:
        return False
    return True


def _output_option(options: CopyOptions, key: str, value: str) -> bool:
    if key == "input":
        options.input_format = value
    elif key == "output":
        options.output_format = value
    elif key == "both":
        options.input_format = options.output_format = value
    elif key == "architecture":
        options.architecture = value
    elif key == "gap-fill":
        options.gap_fill = number(value, "--gap-fill") & 0xFF
    elif key == "pad-to":
        options.pad_to = number(value, "--pad-to")
    elif key == "interleave":
        options.interleave = number(value, "--interleave") if value else 4
        if options.interleave < 1:
            raise ToolError("interleave must be positive")
    elif key == "interleave-width":
        options.interleave_width = number(value, "--interleave-width")
    elif key == "byte":
        options.interleave_byte = number(value, "--byte")
        if options.interleave_byte < 0:
            raise ToolError("byte number must be non-negative")
    elif key == "reverse-bytes":
        options.reverse_bytes = number(value, "--reverse-bytes")
        if options.reverse_bytes <= 0 or options.reverse_bytes % 2:
            raise ToolError("number of bytes to reverse must be positive and even")
    elif key == "srec-len":
        options.srec_length = number(value, "--srec-len")
    elif key == "srec-forceS3":
        options.srec_s3 = True
    elif key == "verilog-width":
        options.verilog_width = number(value, "--verilog-data-width")
        if options.verilog_width not in (1, 2, 4, 8, 16):
            raise ToolError("error: verilog data width must be 1, 2, 4, 8 or 16")
    else:
        return False
    return True


def _other_option(program: Program, options: CopyOptions, key: str, value: str) -> None:
    if key == "discard-all":
        options.discard = DISCARD_LOCALS
    elif key == "discard-locals":
        options.discard = DISCARD_LABELS
    elif key == "keep-file-symbols":
        options.keep_file_symbols = True
    elif key == "keep-section-symbols":
        options.keep_section_symbols = True
    elif key == "localize-hidden":
        options.localize_hidden = True
    elif key == "weaken":
        options.weaken = True
    elif key == "redefine-sym":
        old, new = pair(value, key)
        _redefine(options, old, new, "--redefine-sym")
    elif key == "redefine-syms":
        _redefinitions(program, value, options)
    elif key == "prefix-symbols":
        options.prefix_symbols = value
    elif key == "prefix-sections":
        options.prefix_sections = value
    elif key == "prefix-alloc-sections":
        options.prefix_alloc = value
    elif key == "add-symbol":
        options.add_symbols.append(_added_symbol(value))
    elif key == "set-start":
        options.set_start = number(value, "--set-start")
    elif key == "change-start":
        options.change_start += number(value, "--change-start")
    elif key == "change-addresses":
        options.change_all += number(value, "--change-addresses")
        options.change_start += number(value, "--change-addresses")
    elif key == "debuglink":
        options.debuglink = value
    elif key == "preserve":
        options.preserve_dates = True
    elif key == "U":
        options.deterministic = False
    elif key == "verbose":
        options.verbose = True
    elif key == "extract-symbol":
        options.extract_symbol = True
    elif key == "compress":
        if value not in ("", "none", "zlib", "zlib-gabi"):  # zstd is not in Python's library, zlib-gnu is obsolete
            raise ToolError(f"unsupported --compress-debug-sections type `{value}'")
        options.compress = value or "zlib"
    elif key == "decompress":
        options.decompress = True
    elif key in ("merge-notes", "no-merge-notes"):
        options.merge_notes = key == "merge-notes"


def check_arguments(arguments: Sequence[str], most: int) -> None:
    """At least one file, at most `most` (0: any number).  Raises UsageError."""
    if not arguments or (most and len(arguments) > most):
        raise UsageError("")
