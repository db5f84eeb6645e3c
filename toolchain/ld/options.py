"""The command line of the linker, as GNU ld takes it (GNU ld manual, chapter 2).

`parse` turns arguments into an `Options`; an option that is not in the tables below is refused, as is
any value that asks for something this linker does not do.
"""
from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from toolchain import responses
from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError

# Kinds of command-line items, in order
FILE: Final = 0
LIBRARY: Final = 1
GROUP_START: Final = 2
GROUP_END: Final = 3


class InputItem:
    """A file, a library or a group mark, with the positional options in force at its place."""

    def __init__(self, kind: int, name: str) -> None:
        self.kind = kind
        self.name = name
        self.whole_archive = False
        self.as_needed = False
        self.static = False
        self.binary = False


class Options:
    """All settings of one link, with GNU ld's defaults."""

    def __init__(self) -> None:
        self.items: list[InputItem] = []
        self.output = "a.out"
        self.emulation = ""
        self.relocatable = False
        self.shared = False
        self.pie = False
        self.static = False
        self.no_dynamic_linker = False
        self.entry = ""
        self.entry_given = False
        self.soname = ""
        self.library_path: list[str] = []
        self.sysroot = ""
        self.nostdlib = False
        self.script = ""
        self.default_script = ""
        self.extra_scripts: list[str] = []
        self.defsyms: list[str] = []
        self.undefined: list[str] = []
        self.require_defined: list[str] = []
        self.wrap: list[str] = []
        self.trace_symbols: list[str] = []
        self.trace = False
        self.map_file = ""
        self.print_map = False
        self.cref = False
        self._init_symbols()
        self._init_output()
        self._init_messages()

    def _init_symbols(self) -> None:
        """What is kept, exported, and how names are resolved."""
        self.gc_sections = False
        self.print_gc_sections = False
        self.gc_keep_exported = False
        self.emit_relocs = False
        self.orphan_handling = "place"
        self.build_id = ""
        self.strip_all = False
        self.strip_debug = False
        self.discard_all = False
        self.discard_locals = False
        self.discard_none = False
        self.export_dynamic = False
        self.bsymbolic = False
        self.bsymbolic_functions = False
        self.no_undefined = False
        self.unresolved = ""
        self.warn_unresolved = False
        self.allow_multiple_definition = False
        self.allow_shlib_undefined = True
        self.hash_style = "both"
        self.eh_frame_hdr = False
        self.dynamic_linker = ""
        self.rpath: list[str] = []
        self.rpath_link: list[str] = []
        self.new_dtags = True
        self.undefined_version = True
        self.version_script = ""
        self.dynamic_lists: list[str] = []
        self.export_symbols: list[str] = []
        self.exclude_libs: list[str] = []
        self.section_starts: list[tuple[str, int]] = []

    def _init_output(self) -> None:
        """The file's layout."""
        self.image_base: int | None = None
        self.oformat = ""
        self.omagic = False
        self.nmagic = False
        self.define_common = False
        self.sort_section = ""
        self.sort_common = ""
        self.relax = True
        self.relax_gp = True
        self.max_page_size = 0
        self.common_page_size = 0
        self.exec_stack: bool | None = None
        self.stack_size = 0
        self.relro: bool | None = None
        self.now = False
        self.text_relocs = "ok"
        self.pack_relative_relocs = False
        self.separate_code: bool | None = None
        self.z_flags_1 = 0
        self.origin = False
        self.nodynamic_undefined_weak = False
        self.start_stop_gc = False
        self.start_stop_visibility = 3
        self.combine_relocs = True
        self.no_copy_reloc = False
        self.ibt_plt = False
        self.shstk = False
        self.ibt = False

    def _init_messages(self) -> None:
        """Messages, and what stands alone."""
        self.fatal_warnings = False
        self.no_warnings = False
        self.warn_common = False
        self.warn_rwx = True
        self.warn_once = False
        self.dependency_file = ""
        self.compress_debug = ""
        self.print_version = False
        self.verbose = False
        self.print_help = False
        self.print_supported = False
        self.print_sysroot = False
        self.unique: list[str] = []
        self.unique_all = False
        self.verbose_script = False
        self.init = "_init"
        self.fini = "_fini"
        self.auxiliary: list[str] = []
        self.filter = ""
        self.no_gnu_unique = False
        self.optimize = 0
        self.check_sections = True
        self.error_limit = -1         # messages shown; 0: all, -1: the usual number

    @property
    def is_pic(self) -> bool:
        """Whether the output may be loaded anywhere."""
        return self.shared or self.pie


# Options without a value: name -> (attribute, value)
_FLAGS: Final[dict[str, tuple[str, bool]]] = {
    "r": ("relocatable", True), "i": ("relocatable", True), "relocatable": ("relocatable", True), "Ur": ("relocatable", True),
    "shared": ("shared", True), "Bshareable": ("shared", True), "pie": ("pie", True), "pic-executable": ("pie", True),
    "no-pie": ("pie", False),
    "no-dynamic-linker": ("no_dynamic_linker", True), "nostdlib": ("nostdlib", True), "t": ("trace", True), "trace": ("trace", True),
    "M": ("print_map", True), "print-map": ("print_map", True), "cref": ("cref", True),
    "gc-sections": ("gc_sections", True), "no-gc-sections": ("gc_sections", False), "print-gc-sections": ("print_gc_sections", True),
    "no-print-gc-sections": ("print_gc_sections", False), "gc-keep-exported": ("gc_keep_exported", True),
    "q": ("emit_relocs", True), "emit-relocs": ("emit_relocs", True),
    "s": ("strip_all", True), "strip-all": ("strip_all", True), "S": ("strip_debug", True), "strip-debug": ("strip_debug", True),
    "x": ("discard_all", True), "discard-all": ("discard_all", True), "X": ("discard_locals", True),
    "discard-locals": ("discard_locals", True), "discard-none": ("discard_none", True),
    "E": ("export_dynamic", True), "export-dynamic": ("export_dynamic", True), "no-export-dynamic": ("export_dynamic", False),
    "Bsymbolic": ("bsymbolic", True), "Bsymbolic-functions": ("bsymbolic_functions", True),
    "no-undefined": ("no_undefined", True), "allow-multiple-definition": ("allow_multiple_definition", True),
    "warn-unresolved-symbols": ("warn_unresolved", True), "error-unresolved-symbols": ("warn_unresolved", False),
    "allow-shlib-undefined": ("allow_shlib_undefined", True), "no-allow-shlib-undefined": ("allow_shlib_undefined", False),
    "eh-frame-hdr": ("eh_frame_hdr", True), "no-eh-frame-hdr": ("eh_frame_hdr", False),
    "enable-new-dtags": ("new_dtags", True), "disable-new-dtags": ("new_dtags", False),
    "N": ("omagic", True), "omagic": ("omagic", True), "no-omagic": ("omagic", False), "n": ("nmagic", True), "nmagic": ("nmagic", True),
    "no-nmagic": ("nmagic", False),
    "d": ("define_common", True), "dc": ("define_common", True), "dp": ("define_common", True), "no-define-common": ("define_common", False),
    "relax": ("relax", True), "no-relax": ("relax", False), "relax-gp": ("relax_gp", True), "no-relax-gp": ("relax_gp", False),
    "fatal-warnings": ("fatal_warnings", True), "no-fatal-warnings": ("fatal_warnings", False), "w": ("no_warnings", True),
    "no-warnings": ("no_warnings", True), "warn-common": ("warn_common", True), "no-warn-common": ("warn_common", False),
    "warn-rwx-segments": ("warn_rwx", True), "no-warn-rwx-segments": ("warn_rwx", False), "warn-once": ("warn_once", True),
    "print-sysroot": ("print_sysroot", True),
    "no-undefined-version": ("undefined_version", False), "undefined-version": ("undefined_version", True),
    "no-gnu-unique": ("no_gnu_unique", True), "gnu-unique": ("no_gnu_unique", False),
    "check-sections": ("check_sections", True), "no-check-sections": ("check_sections", False), "Bno-symbolic": ("bsymbolic", False),
}

# Accepted because what they ask always holds here, or concerns only things that never occur here:
# messages about features of other formats, memory use of GNU's implementation, and warnings that are
# never given.  (--demangle, which gcc passes to every link, is about names of C++ in messages: C has none.)
_HARMLESS: Final = frozenset((
    "EL", "no-keep-memory", "no-map-whole-files", "map-whole-files", "no-warn-mismatch", "warn-mismatch", "no-warn-search-mismatch",
    "no-ld-generated-unwind-info", "ld-generated-unwind-info", "warn-execstack", "no-warn-execstack", "warn-textrel",
    "no-warn-textrel", "warn-multiple-gp", "warn-constructors", "warn-alternate-em", "no-warn-alternate-em", "no-strip-discarded",
    "strip-discarded", "stats", "no-stats", "no-ctf-variables", "no-toc-sort", "error-handling-script", "reduce-memory-overheads",
    "traditional-format", "force-exe-suffix", "no-accept-unknown-input-arch", "accept-unknown-input-arch", "no-copy-dt-needed-entries",
    "no-add-needed", "no-apply-dynamic-relocs", "no-demangle", "demangle", "no-warn-section-align", "g", "no-print-map-discarded", "print-map-discarded", "print-map-locals",
    "no-print-map-locals", "Qy",
))

# Known options of GNU ld and lld that ask for something this linker does not do.
_REFUSED: Final[dict[str, str]] = {
    "EB": "big-endian output is not supported", "copy-dt-needed-entries": "libraries that libraries need must be named",
    "add-needed": "libraries that libraries need must be named", "apply-dynamic-relocs": "addends stand in the relocations only",
    "warn-section-align": "the warning is not implemented",
}

# Options with a value: attribute of Options that takes the string (a list is appended to)
_VALUES: Final[dict[str, str]] = {
    "o": "output", "output": "output", "m": "emulation", "e": "entry", "entry": "entry", "h": "soname", "soname": "soname",
    "L": "library_path", "library-path": "library_path", "sysroot": "sysroot", "T": "script", "script": "script",
    "dT": "default_script", "default-script": "default_script", "defsym": "defsyms", "u": "undefined", "undefined": "undefined",
    "require-defined": "require_defined", "wrap": "wrap", "y": "trace_symbols", "trace-symbol": "trace_symbols",
    "Map": "map_file", "orphan-handling": "orphan_handling", "hash-style": "hash_style", "dynamic-linker": "dynamic_linker",
    "I": "dynamic_linker", "rpath": "rpath", "rpath-link": "rpath_link", "version-script": "version_script",
    "dynamic-list": "dynamic_lists", "export-dynamic-symbol": "export_symbols", "exclude-libs": "exclude_libs", "oformat": "oformat",
    "sort-section": "sort_section", "dependency-file": "dependency_file", "compress-debug-sections": "compress_debug",
    "unresolved-symbols": "unresolved", "init": "init", "fini": "fini", "f": "auxiliary", "auxiliary": "auxiliary", "F": "filter",
    "filter": "filter",
}

_SPECIAL: Final = frozenset((
    "l", "library", "b", "format", "A", "z", "O", "v", "V", "version", "help", "verbose", "static", "Bstatic", "dn", "non_shared",
    "Bdynamic", "dy", "call_shared", "whole-archive", "no-whole-archive", "as-needed", "no-as-needed", "start-group", "end-group",
    "(", ")", "push-state", "pop-state", "build-id", "Ttext", "Tdata", "Tbss", "Ttext-segment", "Trodata-segment", "Tldata-segment",
    "section-start", "image-base", "plugin", "plugin-opt", "plugin-save-temps", "unique", "sort-common", "no-export-all", "a",
    "assert", "Y", "G", "gpsize", "stats", "target-help", "p", "no-pipeline-knowledge", "noinhibit-exec", "pack-dyn-relocs",
    "R", "dynamic-list-data", "dynamic-list-cpp-new", "dynamic-list-cpp-typeinfo", "flto", "no-dynamic-list", "error-limit",
))

_ONE_LETTER_JOINED: Final = "lLuoeTmzhyOARYabGfFI"
_ORPHAN: Final = ("place", "warn", "error", "discard")
_VERSION_TEXT: Final = "GNU ld (tcc-py) 2.40"


class OptionParser:
    """Walks the arguments once, keeping the positional state."""

    def __init__(self, context: ToolContext, emulations: Sequence[str]) -> None:
        self.context = context
        self.emulations = emulations
        self.options = Options()
        self.args: list[str] = []
        self.at = 0
        self.whole_archive = False
        self.as_needed = False
        self.static = False
        self.binary = False
        self.states: list[tuple[bool, bool, bool, bool]] = []
        self.groups = 0

    def parse(self, argv: Sequence[str]) -> Options:
        """The options of `argv`.  Raises ToolError."""
        self.args = responses.expand(argv, self.context.read)
        while self.at < len(self.args):
            arg = self.args[self.at]
            self.at += 1
            if len(arg) < 2 or arg[0] != "-":
                self.item(FILE, arg)
            else:
                self.option(arg)
        if self.groups:
            raise ToolError("missing --end-group")
        self.check()
        return self.options

    def item(self, kind: int, name: str) -> None:
        """Append an input with the state in force."""
        item = InputItem(kind, name)
        item.whole_archive = self.whole_archive
        item.as_needed = self.as_needed
        item.static = self.static
        item.binary = self.binary
        self.options.items.append(item)

    def value(self, name: str, joined: str | None) -> str:
        """The option's value: joined or the next argument."""
        if joined is not None:
            return joined
        if self.at >= len(self.args):
            raise ToolError(f"option '{name}' requires an argument")
        self.at += 1
        return self.args[self.at - 1]

    def option(self, arg: str) -> None:
        """One option, long or short."""
        body = arg[2:] if arg.startswith("--") else arg[1:]
        name, eq, rest = body.partition("=")
        joined = rest if eq else None
        double = arg.startswith("--")
        if double or len(name) > 1:
            # `-o...` always means -o, as in GNU ld, so `-omagic` is an output file
            if (double or name[0] != "o") and self.known(name) and (joined is None or self.takes_value(name)):
                self.apply(arg, name, joined)
                return
        if not double:
            letter = body[0]
            if letter in _ONE_LETTER_JOINED:
                self.apply(arg, letter, body[1:] or None)
                return
            if len(body) == 1 and self.known(letter):
                self.apply(arg, letter, None)
                return
        raise ToolError(f"unrecognized option '{arg}'")

    def known(self, name: str) -> bool:
        """Whether there is such an option."""
        return name in _FLAGS or name in _VALUES or name in _SPECIAL or name in _HARMLESS or name in _REFUSED

    def takes_value(self, name: str) -> bool:
        """Whether `--name=value` is meaningful."""
        return name in _VALUES or name in ("build-id", "l", "library", "format", "b", "z", "Ttext", "Tdata", "Tbss", "Ttext-segment",
                                           "Trodata-segment", "section-start", "image-base", "plugin", "plugin-opt", "unique",
                                           "sort-common", "verbose", "assert", "pack-dyn-relocs", "O", "demangle", "error-limit",
                                           "Tldata-segment", "help", "G", "gpsize")

    def apply(self, arg: str, name: str, joined: str | None) -> None:
        """Carry out a known option."""
        options = self.options
        if name in _REFUSED:
            raise ToolError(f"option '{arg}' is not supported: {_REFUSED[name]}")
        if name in _SPECIAL:
            self.special(arg, name, joined)
        elif name in _FLAGS:
            attribute, value = _FLAGS[name]
            setattr(options, attribute, value)
        elif name in _VALUES:
            attribute = _VALUES[name]
            text = self.value(arg, joined)
            old = getattr(options, attribute)
            if isinstance(old, list):
                old.append(text)
            else:
                setattr(options, attribute, text)
                if attribute == "entry":
                    options.entry_given = True

    def special(self, arg: str, name: str, joined: str | None) -> None:
        """Options that are more than an assignment."""
        options = self.options
        if name in ("l", "library"):
            self.item(LIBRARY, self.value(arg, joined))
        elif name in ("whole-archive", "no-whole-archive"):
            self.whole_archive = name == "whole-archive"
        elif name in ("as-needed", "no-as-needed"):
            self.as_needed = name == "as-needed"
        elif name in ("static", "Bstatic", "dn", "non_shared"):
            self.static = True
            if name == "static":
                options.static = True
        elif name in ("Bdynamic", "dy", "call_shared"):
            self.static = False
        elif name in ("start-group", "("):
            self.groups += 1
            self.item(GROUP_START, "")
        elif name in ("end-group", ")"):
            if not self.groups:
                raise ToolError("group ended before it began (--help for usage)")
            self.groups -= 1
            self.item(GROUP_END, "")
        elif name == "push-state":
            self.states.append((self.whole_archive, self.as_needed, self.static, self.binary))
        elif name == "pop-state":
            if not self.states:
                raise ToolError("no state pushed before popping")
            self.whole_archive, self.as_needed, self.static, self.binary = self.states.pop()
        elif name == "z":
            self.z_option(self.value(arg, joined))
        elif name == "build-id":
            self.build_id(joined)
        elif name in ("b", "format"):
            self.input_format(self.value(arg, joined))
        elif name in ("v", "V", "version", "verbose", "help", "target-help"):
            self.information(name)
        else:
            self.special_more(arg, name, joined)

    def special_more(self, arg: str, name: str, joined: str | None) -> None:
        """The rest of `special`: addresses, plugins and options with optional values."""
        options = self.options
        if name in ("Ttext", "Tdata", "Tbss"):
            options.section_starts.append(("." + name[1:], self.number(arg, self.value(arg, joined), 16)))
        elif name in ("Ttext-segment", "image-base"):
            options.image_base = self.number(arg, self.value(arg, joined), 16 if name[0] == "T" else 0)
        elif name == "section-start":
            section, eq, address = self.value(arg, joined).partition("=")
            if not eq:
                raise ToolError(f"invalid argument to option '{arg}': section=address expected")
            options.section_starts.append((section, self.number(arg, address, 16)))
        elif name in ("plugin", "plugin-opt"):
            self.value(arg, joined)   # LTO plugins are offered by gcc to every link; without LTO objects they do nothing
        elif name == "error-limit":
            options.error_limit = self.number(arg, self.value(arg, joined), 10)
        elif name in ("O", "assert"):
            self.value(arg, joined) if name != "O" or joined is None else None
        elif name in ("G", "gpsize", "Y", "a", "A"):
            if name in ("a", "A"):
                raise ToolError(f"option '{arg}' is not supported")
            self.value(arg, joined)
        elif name == "R":
            directory = self.value(arg, joined)
            if not os.path.isdir(self.context.path(directory)):
                raise ToolError(f"-R {directory}: taking only the symbols of a file (--just-symbols) is not supported")
            options.rpath.append(directory)
        elif name == "unique":
            if joined is None:
                options.unique_all = True
            else:
                options.unique.append(joined)
        elif name == "sort-common":
            options.sort_common = joined or "descending"
        elif name == "pack-dyn-relocs":
            text = self.value(arg, joined)
            if text not in ("relr", "none"):
                raise ToolError(f"unsupported value '{text}' of --pack-dyn-relocs")
            raise ToolError(f"unrecognized option '{arg}'")
        elif name in ("p", "no-pipeline-knowledge"):
            raise ToolError(f"unrecognized option '{arg}'")
        elif name == "noinhibit-exec":
            raise ToolError("--noinhibit-exec is not supported: a failing link leaves no output")
        else:
            raise ToolError(f"option '{arg}' is not supported")

    def number(self, arg: str, text: str, base: int) -> int:
        """A number on the command line; base 16 for addresses, with or without 0x."""
        try:
            return int(text, base)
        except ValueError:
            raise ToolError(f"invalid number '{text}' in option '{arg}'") from None

    def build_id(self, joined: str | None) -> None:
        """--build-id[=style]"""
        style = joined if joined is not None else "sha1"
        if style == "none":
            style = ""
        elif style not in ("sha1", "md5", "uuid", "tree", "fast"):
            digits = style[2:].replace(":", "").replace("-", "") if style[:2].lower() == "0x" else "x"
            if len(digits) % 2 or any(c not in "0123456789abcdefABCDEF" for c in digits) or not digits:
                raise ToolError(f"unrecognized --build-id style '{style}'")
            style = "0x" + digits.lower()
        self.options.build_id = "sha1" if style in ("tree", "fast") else style

    def input_format(self, name: str) -> None:
        """-b FORMAT: how following files are read."""
        if name == "binary":
            self.binary = True
        elif name == "default" or name.startswith("elf"):
            self.binary = False
        else:
            raise ToolError(f"unrecognized input format '{name}'")

    def information(self, name: str) -> None:
        """-v, -V, --version, --verbose, --help"""
        options = self.options
        if name == "version":
            options.print_version = True
        elif name in ("help", "target-help"):
            options.print_help = True
        elif name == "verbose":
            options.verbose = True
            options.verbose_script = True
        else:
            options.verbose = True
            options.print_supported |= name == "V"

    def z_option(self, text: str) -> None:
        """-z KEYWORD"""
        options = self.options
        key, eq, value = text.partition("=")
        switches: dict[str, tuple[str, object]] = {
            "execstack": ("exec_stack", True), "noexecstack": ("exec_stack", False), "relro": ("relro", True), "norelro": ("relro", False),
            "now": ("now", True), "lazy": ("now", False), "defs": ("no_undefined", True), "undefs": ("no_undefined", False),
            "muldefs": ("allow_multiple_definition", True), "text": ("text_relocs", "error"), "notext": ("text_relocs", "ok"),
            "textoff": ("text_relocs", "ok"), "pack-relative-relocs": ("pack_relative_relocs", True),
            "nopack-relative-relocs": ("pack_relative_relocs", False), "separate-code": ("separate_code", True),
            "noseparate-code": ("separate_code", False), "nocopyreloc": ("no_copy_reloc", True), "ibtplt": ("ibt_plt", True),
            "ibt": ("ibt", True), "shstk": ("shstk", True), "origin": ("origin", True), "combreloc": ("combine_relocs", True),
            "nocombreloc": ("combine_relocs", False), "dynamic-undefined-weak": ("nodynamic_undefined_weak", False),
            "nodynamic-undefined-weak": ("nodynamic_undefined_weak", True), "start-stop-gc": ("start_stop_gc", True),
            "nostart-stop-gc": ("start_stop_gc", False),
        }
        flags = {"nodelete": 0x8, "initfirst": 0x20, "nodlopen": 0x40, "interpose": 0x400, "nodefaultlib": 0x800, "global": 0x2,
                 "nodump": 0x1000, "loadfltr": 0x10}
        if not eq and key in switches:
            attribute, setting = switches[key]
            setattr(options, attribute, setting)
        elif not eq and key in flags:
            options.z_flags_1 |= flags[key]
        elif eq and key == "max-page-size":
            options.max_page_size = self.page_size(text, value)
        elif eq and key == "common-page-size":
            options.common_page_size = self.page_size(text, value)
        elif eq and key == "stack-size":
            options.stack_size = self.number("-z", value, 0)
        elif eq and key == "start-stop-visibility" and value in ("default", "internal", "hidden", "protected"):
            options.start_stop_visibility = {"default": 0, "internal": 1, "hidden": 2, "protected": 3}[value]
        elif text in ("noextern-protected-data", "noindirect-extern-access", "nounique-symbol", "nostart-stop-visibility", "nounique",
                      "nobndplt", "call-nop=prefix-addr", "cet-report=none", "nomark-plt"):
            pass   # what happens anyway
        else:
            raise ToolError(f"unsupported option '-z {text}'")

    def page_size(self, text: str, value: str) -> int:
        """A power of two."""
        size = self.number("-z " + text, value, 0)
        if size <= 0 or size & (size - 1):
            raise ToolError(f"invalid page size in '-z {text}'")
        return size

    def check(self) -> None:
        """Values that only make sense within a set, and combinations that do not."""
        options = self.options
        if options.orphan_handling not in _ORPHAN:
            raise ToolError(f"invalid argument to option \"--orphan-handling\": {options.orphan_handling}")
        if options.hash_style not in ("sysv", "gnu", "both"):
            raise ToolError(f"unrecognized --hash-style '{options.hash_style}'")
        if options.emulation and options.emulation not in self.emulations:
            raise ToolError(f"unrecognised emulation mode: {options.emulation}\nSupported emulations: " + " ".join(self.emulations))
        if options.compress_debug not in ("", "none", "zlib", "zlib-gabi"):
            raise ToolError(f"invalid --compress-debug-sections option: `{options.compress_debug}'")
        if options.oformat and options.oformat != "binary" and not options.oformat.startswith("elf"):
            raise ToolError(f"invalid BFD target `{options.oformat}'")
        if options.unresolved not in ("", "ignore-all", "report-all", "ignore-in-object-files", "ignore-in-shared-libs"):
            raise ToolError(f"bad --unresolved-symbols option: {options.unresolved}")
        if options.sort_section not in ("", "name", "alignment", "none"):
            raise ToolError(f"invalid section sorting option: {options.sort_section}")
        if options.relocatable and (options.shared or options.pie):
            raise ToolError("-r and -shared may not be used together" if options.shared else "-r and -pie may not be used together")
        if options.relocatable and options.gc_sections and not options.entry_given and not options.undefined:
            raise ToolError("gc-sections requires a defined symbol root specified by -e or -u")
        if options.emit_relocs and options.strip_all:
            raise ToolError("--strip-all and --emit-relocs may not be used together")


def version_text() -> str:
    """What --version begins with."""
    return _VERSION_TEXT
