"""gcc's command line to a `CommandLine` object."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from toolchain.cc.options import CompileOptions
from toolchain.cc.preprocess.options import PreprocessOptions
from toolchain.diagnostics import ToolError
from toolchain.driver import option_table as table
from toolchain.driver.target_facts import TargetFacts
from toolchain.driver.targets import DEFAULT_TARGET, find_target, for_mode
from toolchain.driver.warning_table import known, option_name, remark

LINK: Final = 0
OBJECT: Final = 1
ASSEMBLY: Final = 2
SYNTAX: Final = 3
PREPROCESS: Final = 4

_PHASES: Final[dict[str, int]] = {"-c": OBJECT, "-S": ASSEMBLY, "-E": PREPROCESS, "-fsyntax-only": SYNTAX}
STACK_PROTECTORS: Final = ("stack-protector", "stack-protector-strong", "stack-protector-all", "stack-protector-explicit")
_WARNING_VALUES: Final = re.compile(r"([a-z][a-z0-9+-]*)=(.*)")


class Input:
    """One input file: its name and language ("" for what goes to the linker)."""

    def __init__(self, path: str, language: str) -> None:
        self.path = path
        self.language = language


class LinkItem:
    """One word of the link line, in order: a file (`input` is not None) or an argument."""

    def __init__(self, text: str, source: Input | None) -> None:
        self.text = text
        self.input = source


class DependencyOptions:
    """-M and its family."""

    def __init__(self) -> None:
        self.mode = ""              # "", "M", "MM", "MD", "MMD"
        self.file = ""              # -MF
        self.targets: list[str] = []
        self.phony = False
        self.missing_ok = False
        self.by_preprocessor = False
        """-MD or -MMD came by -Wp: the target is not the file that -o names."""


class CommandLine:
    """What the arguments ask for."""

    def __init__(self) -> None:
        self.target: TargetFacts = _default_target()
        self.inputs: list[Input] = []
        self.link_items: list[LinkItem] = []
        self.phase = LINK
        self.output = ""
        self.verbose = False
        self.dry_run = False
        self.queries: list[tuple[str, str]] = []
        """-print-..., -dumpmachine and the like: (name, argument), answered in order."""
        self.compile = CompileOptions()
        self.preprocess = PreprocessOptions()
        self.dependency = DependencyOptions()
        self.line_markers = True
        self.save_temps = ""
        """-save-temps: "obj" puts the intermediate files beside the output, "cwd" into the working directory."""
        self.dump_base = ""
        self.dump_base_suffix = ""
        self.dump_dir = ""
        """-dumpbase, -dumpbase-ext, -dumpdir: names of auxiliary files."""
        self.include_prefix = ""
        """-iprefix, for -iwithprefix and -iwithprefixbefore."""
        self.no_standard_includes = False
        self.assembler_args: list[str] = []
        self.linker_flags: set[str] = set()
        self.program_dirs: list[str] = []
        self.library_dirs: list[str] = []
        """-L, searched before all others."""
        self.sysroot = ""
        self.colour = "auto"
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.without_effect: list[str] = []
        """Names of warnings that were asked for and are never given."""
        self.promoted: set[str] = set()
        self.not_promoted: set[str] = set()
        self.silenced: set[str] = set()
        self.warnings_as_errors = False
        self.fatal_errors = False
        self.arguments: list[str] = []
        self.compiler_arguments: list[str] = []
        """Arguments that concern the compiler proper, for -v."""
        self._pic_given = False


def _default_target() -> TargetFacts:
    target = find_target(DEFAULT_TARGET)
    assert target is not None
    return target


class Parser:
    """Reads the words of one command line."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.at = 0
        self.line = CommandLine()
        self.line.arguments = words
        self.language = ""
        self.machine_words: list[str] = []
        self.preprocessor_words: list[str] = []
        """Arguments of -Xpreprocessor, which together are read as those of -Wp."""
        self.exact: dict[str, Callable[[], None]] = self._exact_actions()

    def parse(self) -> CommandLine:
        """The whole line.  Complaints are collected in `errors`."""
        line = self.line
        for k, word in enumerate(self.words):
            if word.startswith("--target="):
                self._target(word[9:])
            elif word == "-target" and k + 1 < len(self.words):
                self._target(self.words[k + 1])
        while self.at < len(self.words):
            word = self.words[self.at]
            self.at += 1
            if word == "-" or not word.startswith("-"):
                self._input(word)
            else:
                before = self.at
                self.option(word)
                if not word.startswith(("-l", "-L", "-Wl", "-Xlinker", "-o", "-v", "-###", "-T", "-c", "-S", "-E", "-B")):
                    line.compiler_arguments += self.words[before - 1:self.at]
        self._finish()
        return line

    def _target(self, name: str) -> None:
        target = find_target(name)
        if target is None:
            raise ToolError(f"unknown target '{name}'")
        self.line.target = target

    def _input(self, path: str) -> None:
        language = self.language
        if not language and path != "-":
            dot = path.rfind(".")
            suffix = path[dot:] if dot > path.rfind("/") else ""
            language = table.LANGUAGES.get(suffix, "")
            if suffix in table.FOREIGN_SUFFIXES:
                self.line.errors.append(f"{path}: compiler for this language is not part of this toolchain")
                return
        source = Input(path, language)
        self.line.inputs.append(source)
        self.line.link_items.append(LinkItem(path, source))

    def _value(self, word: str, option: str) -> str:
        """The argument of an option: the rest of the word, or the next word."""
        if len(word) > len(option):
            return word[len(option):]
        if self.at < len(self.words):
            self.at += 1
            return self.words[self.at - 1]
        raise ToolError(f"missing {'filename after' if option == '-o' else 'argument to'} '{option}'")

    def _unknown(self, word: str) -> None:
        self.line.errors.append(f"unrecognized command-line option '{word}'")

    def _link(self, text: str) -> None:
        self.line.link_items.append(LinkItem(text, None))

    # Options.

    def option(self, word: str) -> None:
        """One word that begins with `-`."""
        line = self.line
        action = self.exact.get(word)
        if action is not None:
            action()
        elif word in table.IGNORED or word.startswith("--target="):
            pass
        elif word == "-target":
            self.at += 1
        elif word in _PHASES:
            line.phase = max(line.phase, _PHASES[word])
        elif word in table.LINKER_FLAGS:
            line.linker_flags.add(word)
            if word in ("-s", "-t", "-n", "-N"):
                self._link(word)
            if word == "-pthread":
                line.preprocess.macro_options.append(("D", "_REENTRANT=1"))
        elif word == "-pg" or word == "-p":
            if line.target.profiling:
                line.compile.flags["profile"] = True
            else:
                line.errors.append(f"'{word}' is not supported for this target")
        elif word.startswith("-W"):
            self._warning_family(word)
        elif word.startswith("-f"):
            self._flag(word)
        elif word.startswith("-O"):
            self._optimize(word[2:])
        elif word.startswith("-specs="):
            self.line.errors.append(f"'{word}' is not supported")
        elif word.startswith("-std=") or word.startswith("--std="):
            self._standard(word.partition("=")[2])
        elif word.startswith("-d") and not word.startswith("-dump"):
            self._dump_letters(word)
        elif word.startswith("-g"):
            self._debug(word)
        elif word.startswith(("-print-", "--print-")):
            self._query(word)
        elif word.startswith("-X"):
            self._pass_on(word)
        elif word.startswith("-m"):
            self._machine(word)
        elif word.startswith("--"):
            self._long(word)
        elif not self._joined(word):
            self._unknown(word)

    def _exact_actions(self) -> dict[str, Callable[[], None]]:
        line = self.line
        pre = line.preprocess
        dep = line.dependency

        def setter(target: object, name: str, value: object) -> Callable[[], None]:
            def act() -> None:
                setattr(target, name, value)
            return act

        def query(name: str) -> Callable[[], None]:
            def act() -> None:
                line.queries.append((name, ""))
            return act

        return {
            "-v": setter(line, "verbose", True), "-###": setter(line, "dry_run", True),
            "-P": setter(line, "line_markers", False), "-H": setter(pre, "show_includes", True),
            "-save-temps": setter(line, "save_temps", "obj"), "--save-temps": setter(line, "save_temps", "obj"),
            "-save-temps=obj": setter(line, "save_temps", "obj"), "-save-temps=cwd": setter(line, "save_temps", "cwd"), "-C": setter(pre, "keep_comments", 1), "-CC": setter(pre, "keep_comments", 2),
            "-undef": setter(pre, "undef", True), "-nostdinc": setter(line, "no_standard_includes", True),
            "-nostdinc++": lambda: None, "-trigraphs": setter(pre, "trigraphs", True), "-ansi": lambda: self._standard("c90"),
            "-pedantic": self._pedantic, "-Wpedantic": self._pedantic,
            "-pedantic-errors": self._pedantic_errors, "-w": setter(line.compile, "inhibit_warnings", True),
            "-M": setter(dep, "mode", "M"), "-MM": setter(dep, "mode", "MM"), "-MD": setter(dep, "mode", "MD"),
            "-MMD": setter(dep, "mode", "MMD"), "-MP": setter(dep, "phony", True), "-MG": setter(dep, "missing_ok", True),
            "--version": query("version"), "--help": query("help"), "-dumpmachine": query("dumpmachine"),
            "-dumpversion": query("dumpversion"), "-dumpfullversion": query("dumpfullversion"), "-dumpspecs": query("dumpspecs"),
            "--target-help": query("help"),
        }

    def _pedantic(self) -> None:
        self.line.compile.pedantic = True
        self.line.preprocess.pedantic = True

    def _pedantic_errors(self) -> None:
        self._pedantic()
        self.line.compile.pedantic_errors = True
        self.line.preprocess.pedantic_errors = True

    def _joined(self, word: str) -> bool:
        """Options with an argument in the same word or the next."""
        line = self.line
        pre = line.preprocess
        for option in table.JOINED:
            if word.startswith(option):
                break
        else:
            if word not in table.SEPARATE:
                return False
            option = word
        if option == "-o" and len(word) > 2 and word.startswith("-openmp"):
            return False
        value = self._value(word, option)
        if option == "-o":
            line.output = value
        elif option == "-x":
            self._set_language(value)
        elif option == "-I":
            if value == "-":
                line.errors.append("obsolete option '-I-' used, please use '-iquote' instead")
            pre.include_dirs.append(value)
        elif option in ("-D", "-U"):
            pre.macro_options.append((option[1], value))
        elif option in ("-include", "-imacros"):
            pre.forced.append((option[1:], value))
        elif option == "-isystem":
            pre.system_dirs.append(value)
        elif option == "-iquote":
            pre.quote_dirs.append(value)
        elif option == "-idirafter":
            pre.after_dirs.append(value)
        elif option == "-isysroot":
            line.sysroot = value
        elif option == "-A":
            line.warnings.append(f"assertion '{value}' on the command line has no effect")
        elif option == "-MF":
            line.dependency.file = value
        elif option in ("-MT", "-MQ"):
            self._dependency_target(option, value)
        elif option == "-B":
            line.program_dirs.append(value)
        elif option in ("-l", "-L", "-T", "-u", "-z", "-e", "-h", "-Tdata", "-Ttext", "-Tbss"):
            if option == "-L":
                line.library_dirs.append(value)
            elif option == "-l" or (option == "-T" and word.startswith(("-Ttext", "-Tdata", "-Tbss"))):
                self._link(option + value)
            else:
                self._link(option)
                self._link(value)
        elif option == "-iprefix":
            line.include_prefix = value
        elif option == "-iwithprefix":
            pre.after_dirs.append(line.include_prefix + value)
        elif option == "-iwithprefixbefore":
            pre.include_dirs.append(line.include_prefix + value)
        elif option == "-dumpbase":
            line.dump_base = value
        elif option == "-dumpbase-ext":
            line.dump_base_suffix = value
        elif option == "-dumpdir":
            line.dump_dir = value
        elif option in ("--param", "-imultilib", "-imultiarch"):
            pass
        else:
            line.errors.append(f"'{option}' is not supported")
        return True

    def _dependency_target(self, option: str, value: str) -> None:
        from toolchain.cc.preprocess.dependencies import quote_for_make
        self.line.dependency.targets.append(value if option == "-MT" else quote_for_make(value))

    def _set_language(self, value: str) -> None:
        if value not in table.LANGUAGE_NAMES:
            self.line.errors.append(f"language {value} not recognized")
        self.language = "" if value == "none" else value

    def _long(self, word: str) -> None:
        name, equals, value = word.partition("=")
        short = table.LONG.get(name, "")
        if short and not equals and short not in table.JOINED:
            self.option(short)
        elif short in table.JOINED or name in ("--sysroot", "--param", "--entry"):
            if not equals:
                value = self._value(name, name)
            if name == "--sysroot":
                self.line.sysroot = value
            elif name == "--entry":
                self._link("-e")
                self._link(value)
            elif short:
                self.option(short + value)
        elif word.startswith("--specs="):
            self.line.errors.append(f"'{word}' is not supported")
        else:
            self._unknown(word)

    def _warning_family(self, word: str) -> None:
        if word.startswith("-Wl,"):
            for part in word[4:].split(","):
                self._link(part)
        elif word.startswith("-Wa,"):
            self.line.assembler_args += word[4:].split(",")
        elif word.startswith("-Wp,"):
            self._preprocessor_words(word[4:].split(","))
        else:
            self._warning(word[2:])

    def _preprocessor_words(self, words: list[str]) -> None:
        """-Wp: here -MD and -MMD take a file."""
        inner = Parser.__new__(Parser)
        inner.words = words
        inner.at = 0
        inner.line = self.line
        inner.language = self.language
        inner.machine_words = self.machine_words
        inner.preprocessor_words = []
        inner.exact = self.exact
        while inner.at < len(words):
            word = words[inner.at]
            inner.at += 1
            if word in ("-MD", "-MMD"):
                self.line.dependency.mode = word[1:]
                self.line.dependency.by_preprocessor = True
                if inner.at < len(words):
                    self.line.dependency.file = words[inner.at]
                    inner.at += 1
            else:
                inner.option(word)

    def _warning(self, text: str) -> None:
        line = self.line
        warnings = line.compile.warnings
        pre = line.preprocess
        if text == "":
            warnings["extra"] = True
        elif text == "error" or text == "no-error":
            line.warnings_as_errors = text == "error"
        elif text == "fatal-errors":
            line.fatal_errors = True
        elif text.startswith("error="):
            name = option_name(text[6:])
            if not known(name):
                line.errors.append(f"'-Werror={name}': no option '-W{name}'")
                return
            line.promoted.add(name)
            line.not_promoted.discard(name)
            self._warning(text[6:])
        elif text.startswith("no-error="):
            line.promoted.discard(text[9:])
            line.not_promoted.add(text[9:])
        elif text.startswith("no-"):
            name = option_name(text[3:])
            warnings[name] = False
            line.silenced.add(name)
            line.promoted.discard(name)
            if name in line.without_effect:
                line.without_effect.remove(name)
        else:
            m = _WARNING_VALUES.fullmatch(text)
            name = option_name(text)
            if not known(name):
                self._unknown("-W" + text)
                return
            if remark(name) and name not in line.without_effect:
                line.without_effect.append(name)
            if m is not None and name == m.group(1):
                line.compile.warning_values[name] = m.group(2)
                if name in ("shadow", "cast-align"):
                    name = text             # of which every value is an option
            else:
                line.compile.warning_values.pop(name, None)
            warnings[name] = True
            line.silenced.discard(name)
            if name == "pedantic":
                self._pedantic()
        pre.warn_undef = warnings.get("undef", False)
        pre.warn_unused_macros = warnings.get("unused-macros", False)
        pre.warn_trigraphs = warnings.get("trigraphs", warnings.get("all", False))
        pre.warn_comments = warnings.get("comment", warnings.get("comments", warnings.get("all", False)))
        pre.warn_date_time = warnings.get("date-time", False)
        pre.warn_system_headers = warnings.get("system-headers", False)

    def _flag(self, word: str) -> None:
        """-fNAME, -fno-NAME, -fNAME=VALUE."""
        line = self.line
        options = line.compile
        name = word[2:]
        if "=" in name:
            self._flag_value(word, *name.split("=", 1))
            return
        negative = name.startswith("no-")
        base = name[3:] if negative else name
        if name in table.POSITIVE_ONLY:
            self._unknown(word)
        elif negative and base in table.ALWAYS:
            line.errors.append(f"'{word}' is not supported")
        elif base in line.target.flag_choices:
            options.flag_values[base] = "none" if negative else line.target.flag_choices[base][0]
        elif base.startswith("builtin-") and base != "builtin-":
            options.flags[base] = not negative
        elif base.startswith(("fixed-", "call-used-", "call-saved-")) and not negative:
            kind, register = base.split("-", 1) if base.startswith("fixed-") else (base[:10], base[10 + (base[9] != "-"):])
            if base.startswith("fixed-"):
                options.fixed_registers.append(register)
            elif base.startswith("call-used-"):
                options.call_used.append(base[10:])
            else:
                options.call_saved.append(base[11:])
        elif base in ("pic", "PIC", "pie", "PIE"):
            line._pic_given = True
            options.pic = 0 if negative else 2 if base.isupper() else 1
            options.pie = not negative and base in ("pie", "PIE")
        elif base in table.HONOURED or base in table.LICENCES or base in table.ALWAYS:
            options.flags[base] = not negative
            self._known_flag(base, not negative)
        elif base in table.REFUSED or base.split("=")[0] in table.VALUES or base.startswith(("sanitize", "profile", "dump-", "ipa-", "tree-", "rtl-")):
            if not negative:
                if base in ("diagnostics-color",):
                    line.colour = "always"
                elif base not in table.VALUES or base in table.REFUSED:
                    line.errors.append(f"'{word}' is not supported")
            elif base == "diagnostics-color":
                line.colour = "never"
            else:
                options.flags[base] = False
        else:
            self._unknown(word)

    def _known_flag(self, name: str, value: bool) -> None:
        line = self.line
        options = line.compile
        if name == "lazy":
            options.lazy = value
            line.preprocess.lazy = value
        elif name == "verify-ir":
            options.verify_ir = value
        elif name == "verbose-asm":
            options.verbose_asm = value
        elif name == "ident":
            options.ident = value
        elif name == "syntax-only" and value:
            line.phase = max(line.phase, SYNTAX)
        elif name == "dollars-in-identifiers":
            line.preprocess.dollars = value
        elif name == "preprocessed":
            line.preprocess.preprocessed = value
        elif name in table.GROUPS:
            for other in table.GROUPS[name].split():
                self._flag(f"-f{'' if value != other.startswith('no-') else 'no-'}{other.removeprefix('no-')}")
        elif name in STACK_PROTECTORS:                  # one setting: the last one counts
            for other in STACK_PROTECTORS:
                options.flags[other] = value and other == name
        elif name in ("unsigned-char", "signed-char"):
            options.flags["signed-char" if name == "unsigned-char" else "unsigned-char"] = not value

    def _flag_value(self, word: str, name: str, value: str) -> None:
        line = self.line
        options = line.compile
        if name not in table.VALUES:
            if name in ("sanitize", "sanitize-recover", "no-sanitize", "no-sanitize-recover") and (name.startswith("no-") or value == ""):
                return
            if name.startswith(("sanitize", "profile", "plugin", "lto", "dump-", "stack-", "offload", "analyzer", "instrument", "callgraph", "dbg",
                                "asan", "auto-profile", "debug", "gnat", "openacc", "pack-struct", "vtv", "tree-parallelize", "checking",
                                "compare-debug", "opt-info", "sso", "self-test", "disable", "enable", "emit-struct-debug", "fat-lto")):
                line.errors.append(f"'{word}' is not supported")
            else:
                self._unknown(word)
            return
        choices = line.target.flag_choices.get(name) or table.VALUE_CHOICES.get(name)
        if choices is not None and value not in choices:
            line.errors.append(f"unrecognized argument in option '{word}'" if name in ("visibility", "tls-model") else f"'{word}' is not supported")
            return
        options.flag_values[name] = value
        if name == "tabstop" and (not value.isdigit() or not 1 <= int(value) <= 100):
            options.flag_values[name] = "8"             # as gcc
        elif name == "max-errors" or name == "max-include-depth" or name == "opt-bisect-limit":
            if not value.isdigit():
                line.errors.append(f"argument to '-f{name}=' should be a non-negative integer")
            elif name == "max-errors":
                options.max_errors = int(value)
            elif name == "max-include-depth":
                line.preprocess.include_depth = int(value)
            else:
                options.opt_bisect_limit = int(value)
        elif name == "dump-ir":
            options.dump_ir = value
        elif name == "visibility":
            options.visibility = {"default": 0, "internal": 1, "hidden": 2, "protected": 3}[value]
        elif name == "tls-model":
            options.tls_model = value
        elif name == "diagnostics-color":
            line.colour = value
        elif name in ("file-prefix-map", "macro-prefix-map", "debug-prefix-map"):
            old, equals, new = value.partition("=")
            if not equals:
                line.errors.append(f"invalid argument '{value}' to '-f{name}'")
            if name != "debug-prefix-map":
                line.preprocess.prefix_map.append((old, new))
            if name != "macro-prefix-map":
                options.prefix_map.append((old, new))

    def _optimize(self, level: str) -> None:
        options = self.line.compile
        if level == "":
            level = "1"
        if level.isdigit():
            options.optimize = min(int(level), 3)
            options.optimize_size = False
        elif level in ("s", "z"):
            options.optimize = 2
            options.optimize_size = True
        elif level == "g":
            options.optimize = 1
            options.optimize_size = False
        elif level == "fast":
            options.optimize = 3
            options.optimize_size = False
            self._flag("-ffast-math")
        else:
            self.line.errors.append(f"argument to '-O' should be a non-negative integer, 'g', 's', 'z' or 'fast': '{level}'")

    def _standard(self, name: str) -> None:
        std = table.STANDARDS.get(name)
        if std is None:
            self.line.errors.append(f"unrecognized command-line option '-std={name}'")
            return
        self.line.compile.std = std

    def _dump_letters(self, word: str) -> None:
        letters = word[2:]
        if not letters or not all(c in "MDNIUapH" for c in letters):
            self._unknown(word)
            return
        self.line.preprocess.dump += "".join(c for c in letters if c in "MDNIU")

    def _debug(self, word: str) -> None:
        options = self.line.compile
        text = word[2:]
        m = re.fullmatch(r"(gdb)?([0-3]?)", text)
        if m is not None:
            options.debug = int(m.group(2)) if m.group(2) else max(options.debug, 2)
            return
        m = re.fullmatch(r"dwarf(?:-([2-5]))?", text)
        if m is not None:
            options.debug = max(options.debug, 2)
            if m.group(1):
                options.dwarf_version = int(m.group(1))
            return
        if text in ("record-gcc-switches", "no-record-gcc-switches"):
            options.flags["debug-records-switches"] = not text.startswith("no-")
            return
        if text.startswith("no-") or text in ("strict-dwarf", "column-info", "statement-frontiers", "variable-location-views",
                                              "inline-points", "internal-reset-location-views", "describe-dies", "as-loc-support",
                                              "as-locview-support", "z=none", "dwarf32", "pubnames", "gnu-pubnames"):
            return
        if text in ("split-dwarf", "z", "toggle", "dwarf64", "btf", "ctf", "stabs", "xcoff", "vms") or text.startswith("z="):
            self.line.errors.append(f"'{word}' is not supported")
            return
        self._unknown(word)

    def _query(self, word: str) -> None:
        name, _, value = word.lstrip("-").partition("=")
        self.line.queries.append((name, value))

    def _pass_on(self, word: str) -> None:
        if word not in table.SEPARATE:
            self._unknown(word)
            return
        value = self._value(word, word)
        if word == "-Xlinker":
            self._link(value)
        elif word == "-Xassembler":
            self.line.assembler_args.append(value)
        else:
            self.preprocessor_words.append(value)

    def _machine(self, word: str) -> None:
        line = self.line
        name, value, complaint = line.target.machine_option(word[2:])
        if complaint:
            line.errors.append(complaint)
            return
        machine = line.compile.machine
        machine.pop("m" + (name[3:] if name.startswith("no-") else "no-" + name), None)
        if "m" + name in line.target.modes:
            for other in line.target.modes:
                machine.pop(other, None)
        machine["m" + name] = value

    # After the last word.

    def _finish(self) -> None:
        line = self.line
        options = line.compile
        pre = line.preprocess
        self._preprocessor_words(self.preprocessor_words)
        if line.dependency.missing_ok and line.dependency.mode not in ("M", "MM"):
            line.errors.append("'-MG' may only be used with '-M' or '-MM'")
        for name, value in for_mode(line.target, options).defaults.items():
            if name not in line.target.modes or not line.target.modes.keys() & options.machine.keys():
                options.machine.setdefault(name, value)
        if not line._pic_given and line.target.default_pie:
            options.pic = 2
            options.pie = True
        pre.gnu = options.std.startswith("gnu")
        pre.standard = {"90": 1990, "09": 1994, "99": 1999, "11": 2011, "17": 2017, "2x": 2023}[options.std[-2:]]
        if not pre.gnu:
            pre.trigraphs = True
        if line.dependency.mode in ("M", "MM"):
            line.phase = PREPROCESS
            options.inhibit_warnings = True
        pre.missing_headers_ok = line.dependency.missing_ok
        options.command_line = list(line.arguments)
        if options.flag("keep-inline-functions", False) or options.flag("keep-static-functions", False):
            options.lazy = pre.lazy = False             # what nothing mentions is wanted too


def parse(words: list[str]) -> CommandLine:
    """The meaning of a command line.  Raises ToolError for what cannot even be read."""
    return Parser(words).parse()
