"""The compiler driver: gcc's command line.

`main` is the table of contents: read the line, answer questions, make an object (or whatever was asked for)
of each input, link.  All tools run inside this process.
"""
from __future__ import annotations

import importlib
import io
import os
import shutil
import tempfile
from collections.abc import Sequence
from typing import Final, Protocol, cast

from toolchain.cc.options import CompileOptions
from toolchain.cc.parse.features import has_attribute_table, has_builtin_table
from toolchain.cc.preprocess import dependencies
from toolchain.cc.preprocess.files import FileCache
from toolchain.cc.preprocess.options import PreprocessOptions
from toolchain.cc.preprocess.predefined import language_macros
from toolchain.cc.preprocess.preprocessor import Preprocessor
from toolchain.cc.preprocess.printer import print_macros, print_unit
from toolchain.cc.preprocess.search import HeaderSearch
from toolchain.context import Tool, ToolContext
from toolchain.diagnostics import Diagnostics, ToolError, TooManyErrors
from toolchain.driver import information
from toolchain.driver.commandline import ASSEMBLY, LINK, OBJECT, PREPROCESS, SYNTAX, CommandLine, Input, expand_responses, parse
from toolchain.driver.link import link_arguments
from toolchain.driver.runtime import runtime_library, unwinder
from toolchain.driver.targets import TargetFacts, for_mode
from toolchain.driver.warning_table import remark

FILES: Final = FileCache()
"""Headers stay in memory from one compilation of this process to the next."""


class Compiler(Protocol):
    """`toolchain.cc.unit`: compiles one translation unit."""

    def compile_unit(self, path: str, data: bytes | None, preprocess: PreprocessOptions, options: CompileOptions, triple: str, phase: str,
                     assembler_args: Sequence[str], diagnostics: Diagnostics, cache: FileCache) -> tuple[bytes, Preprocessor] | None:
        """Compile `path` (or `data` under that name).

        `phase` is "object", "assembly" or "syntax" (check only: the bytes are empty).  None if there were errors, which have
        been reported to `diagnostics`.
        """


class Session:
    """One run of the driver."""

    def __init__(self, line: CommandLine, context: ToolContext) -> None:
        self.line = line
        self.context = context
        self.temporary = ""
        self.failed = False

    def temporary_file(self, suffix: str) -> str:
        """A new name in this run's own temporary folder."""
        if not self.temporary:
            self.temporary = tempfile.mkdtemp(prefix="tcc-py-")
        handle, path = tempfile.mkstemp(suffix=suffix, dir=self.temporary)
        os.close(handle)
        return path

    def close(self) -> None:
        """Remove temporary files."""
        if self.temporary:
            shutil.rmtree(self.temporary, ignore_errors=True)

    def error(self, message: str) -> None:
        """A driver's own error."""
        self.failed = True
        self.context.stderr.write(f"cc: error: {message}\n")

    def diagnostics(self) -> Diagnostics:
        """A collector for one input file, set up as the command line says."""
        line = self.line
        colour = line.colour == "always" or (line.colour == "auto" and not line.compile.flag("diagnostics-plain-output", False) and self.context.stderr_is_terminal)
        out = Diagnostics("cc1", self.context.stderr, colour)
        out.max_errors = 1 if line.fatal_errors else line.compile.max_errors
        out.inhibit_warnings = line.compile.inhibit_warnings
        out.warnings_as_errors = line.warnings_as_errors
        out.silenced = set(line.silenced)
        out.promoted = set(line.promoted)
        out.not_promoted = set(line.not_promoted)
        plain = line.compile.flag("diagnostics-plain-output", False)
        out.show_caret = line.compile.flag("diagnostics-show-caret", not plain)
        out.show_line_numbers = line.compile.flag("diagnostics-show-line-numbers", not plain)
        out.show_option = line.compile.flag("diagnostics-show-option", True)
        out.show_column = line.compile.flag("show-column", True)
        values = line.compile.flag_values
        out.byte_columns = values.get("diagnostics-column-unit", "display") == "byte"
        out.tab_stop = int(values.get("tabstop", "8"))
        return out

    def show(self, words: list[str]) -> bool:
        """Show a step under -v and -###; False if it is not to be run."""
        line = self.line
        if line.verbose or line.dry_run:
            self.context.stderr.write(information.command_text(words, line.dry_run))
        return not line.dry_run


def preprocess_options(line: CommandLine, source: Input, context: ToolContext) -> PreprocessOptions:
    """The preprocessor's options for one input."""
    base = line.preprocess
    out = base.copied()
    out.assembler = source.language == "assembler-with-cpp"
    out.preprocessed = base.preprocessed or source.language == "cpp-output"
    if out.assembler:
        out.dollars = False
    out.cwd = context.cwd
    out.source_date_epoch = context.environ.get("SOURCE_DATE_EPOCH", "")
    path_dirs = [d for d in context.environ.get("CPATH", "").split(os.pathsep) if d]
    out.include_dirs += path_dirs
    out.system_dirs += [d for d in context.environ.get("C_INCLUDE_PATH", "").split(os.pathsep) if d]
    if not line.no_standard_includes:
        out.system_dirs += information.system_include_dirs(line)
    macros = line.target.macros()
    layout = macros.layout(line.compile)
    text = language_macros(line.compile, layout, out.assembler, not out.undef)
    if not out.undef:
        text += macros.predefined_macros(line.compile)
        if not line.target.glibc:
            text = text.replace("#define __gnu_linux__ 1\n", "")
    out.predefined = text
    out.has_attribute = dict.fromkeys(line.target.attributes, 1) | has_attribute_table()
    out.has_builtin = has_builtin_table(())
    out.char_signed = layout.char_signed
    if line.compile.flag("short-wchar", False):
        out.wide_char_bits = 16
        out.wide_char_signed = False
        out.predefined += ("#define __WCHAR_TYPE__ short unsigned int\n#define __WCHAR_MAX__ 0xffff\n#define __WCHAR_MIN__ 0\n"
                           "#define __WCHAR_WIDTH__ 16\n#define __SIZEOF_WCHAR_T__ 2\n"
                           '#define __GNUC_WIDE_EXECUTION_CHARSET_NAME "UTF-16LE"\n')
    return out


def read_input(source: Input, context: ToolContext) -> bytes | None:
    """Standard input's bytes; None for a named file, which the preprocessor reads itself."""
    return context.stdin.read() if source.path == "-" else None


def input_name(source: Input) -> str:
    """The file name in messages and macros."""
    return "<stdin>" if source.path == "-" else source.path


def preprocess(session: Session, source: Input, options: PreprocessOptions) -> Preprocessor | None:
    """Preprocess one input; None after errors, which have been reported."""
    diagnostics = session.diagnostics()
    try:
        preprocessor = Preprocessor(options, diagnostics, FILES)
        preprocessor.run_path(input_name(source), read_input(source, session.context))
    except TooManyErrors:
        session.context.stderr.write("compilation terminated.\n")
        return None
    return None if diagnostics.errors else preprocessor


def output_base(line: CommandLine, source: Input) -> str:
    """The input's name without folder and suffix."""
    name = source.path.rsplit("/", 1)[-1] if source.path != "-" else "-"
    dot = name.rfind(".")
    return name[:dot] if dot > 0 else name


def write_dependencies(session: Session, source: Input, preprocessor: Preprocessor) -> None:
    """The rule that -M and its family ask for."""
    line = session.line
    dep = line.dependency
    if not dep.mode:
        return
    side_effect = dep.mode in ("MD", "MMD")
    targets = dep.targets
    if not targets:
        if side_effect and line.output and line.phase in (OBJECT, ASSEMBLY):
            targets = [dependencies.quote_for_make(line.output)]
        else:
            targets = [dependencies.default_target(source.path, ".o")]
    text = dependencies.rule(preprocessor.unit, targets, dep.mode in ("M", "MD"), dep.phony)
    name = dep.file
    if not name and side_effect:
        if line.phase == PREPROCESS and line.output:
            name = line.output
        elif line.output and line.phase != LINK:
            folder, _, last = line.output.rpartition("/")
            base = last[:last.rfind(".")] if last.rfind(".") > 0 else last
            name = (folder + "/" if folder else "") + base + ".d"
        else:
            name = output_base(line, source) + ".d"
    elif not name:
        name = line.output
    write_text(session, name, text)


def write_text(session: Session, name: str, text: str) -> None:
    """Text to a file, or to standard output."""
    data = text.encode("utf-8", "surrogateescape")
    if not name or name == "-":
        session.context.stdout.write(data)
        session.context.stdout.flush()
    else:
        session.context.write(name, data)


def run_preprocessor(session: Session, source: Input) -> bool:
    """-E, -M, -dM."""
    line = session.line
    if source.language in ("", "assembler"):
        if source.path != "-" or source.language:
            session.context.stderr.write(f"cc: warning: {source.path}: linker input file unused because linking not done\n")
            return True
        source = Input(source.path, "c")
    options = preprocess_options(line, source, session.context)
    options.record_events = line.dependency.mode not in ("M", "MM")
    if not session.show(["cc1", "-E", *line.compiler_arguments, source.path]):
        return True
    show_search(session, options)
    preprocessor = preprocess(session, source, options)
    if preprocessor is None:
        return False
    write_dependencies(session, source, preprocessor)
    if line.dependency.mode in ("M", "MM"):
        return True
    text = print_macros(preprocessor) if "M" in options.dump else print_unit(preprocessor, line.line_markers)
    redirected = line.dependency.mode in ("MD", "MMD") and not line.dependency.file
    write_text(session, "" if redirected else line.output, text)
    return True


def show_search(session: Session, options: PreprocessOptions) -> None:
    """The header search list of -v."""
    if session.line.verbose:
        search = HeaderSearch(options, FILES)
        session.context.stderr.write(information.search_list(search.directories[:search.bracket_start], search.directories[search.bracket_start:]))


def assembler_tool() -> Tool:
    """The assembler behind its one door."""
    return cast(Tool, importlib.import_module("toolchain.assembler").main)


def assembler_arguments(line: CommandLine) -> list[str]:
    """Options that the assembler gets."""
    target: TargetFacts = line.target
    machine = line.compile.machine
    out = [f"--target={target.triple}"]
    out += for_mode(target, line.compile).assembler_mode
    for name in target.assembler_values:
        if machine.get("m" + name):
            out.append(f"-m{name}={machine['m' + name]}")
    for name in target.assembler_options:
        for key in (name, "no-" + name):
            if "m" + key in machine:
                out.append(f"-m{key}")
    if line.compile.pic:
        out += target.assembler_pic
    return out + line.assembler_args


def assemble(session: Session, source: Input, output: str) -> bool:
    """A .s or .S file to an object."""
    line = session.line
    context = session.context
    arguments = assembler_arguments(line)
    if source.language == "assembler":
        if not session.show(["as", *arguments, "-o", output, source.path]):
            return True
        return assembler_tool()([*arguments, "-o", output, source.path], context) == 0
    options = preprocess_options(line, source, context)
    options.record_events = True
    if not session.show(["cc1", "-E", *line.compiler_arguments, source.path]):
        session.show(["as", *arguments, "-o", output, "-"])
        return True
    preprocessor = preprocess(session, source, options)
    if preprocessor is None:
        return False
    write_dependencies(session, source, preprocessor)
    text = print_unit(preprocessor, True).encode("utf-8", "surrogateescape")
    session.show(["as", *arguments, "-o", output, "-"])
    inner = ToolContext(context.cwd, context.environ, io.BytesIO(text), context.stdout, context.stderr)
    inner.stderr_is_terminal = context.stderr_is_terminal
    return assembler_tool()([*arguments, "-o", output, "-"], inner) == 0


def compiler_module() -> Compiler:
    """The compiler proper.  Raises ToolError if this installation lacks it."""
    try:
        return cast(Compiler, importlib.import_module("toolchain.cc.unit"))
    except ModuleNotFoundError as error:
        raise ToolError(f"the compiler proper is not installed ({error.name})") from error


def compile_c(session: Session, source: Input, output: str, phase: str) -> bool:
    """A C file to an object, to assembly text, or only checked."""
    line = session.line
    options = preprocess_options(line, source, session.context)
    if not session.show(["cc1", *line.compiler_arguments, source.path, "-o", output]):
        return True
    show_search(session, options)
    diagnostics = session.diagnostics()
    compiler = compiler_module()
    try:
        result = compiler.compile_unit(input_name(source), read_input(source, session.context), options, line.compile, line.target.triple, phase,
                                       line.assembler_args, diagnostics, FILES)
    except TooManyErrors:
        session.context.stderr.write("compilation terminated.\n" if not line.compile.max_errors and not line.fatal_errors
                                     else f"compilation terminated due to -{'Wfatal-errors' if line.fatal_errors else 'fmax-errors=' + str(line.compile.max_errors)}.\n")
        return False
    if result is None or diagnostics.errors:
        if line.warnings_as_errors and diagnostics.errors:
            session.context.stderr.write("cc1: all warnings being treated as errors\n")
        return False
    data, preprocessor = result
    write_dependencies(session, source, preprocessor)
    if phase == "assembly" and output == "-":
        session.context.stdout.write(data)
    elif phase != "syntax":
        session.context.write(output, data)
    return True


def make(session: Session, source: Input, output: str) -> bool:
    """Bring one input to the phase that was asked for; its result is `output`."""
    line = session.line
    if line.phase == PREPROCESS:
        return run_preprocessor(session, source)
    if source.language == "c-header":
        session.error(f"{source.path}: precompiled headers are not supported")
        return False
    if source.language in ("assembler", "assembler-with-cpp"):
        if line.phase == ASSEMBLY:
            if source.language == "assembler-with-cpp":
                return run_preprocessor(session, source)
            return True
        return True if line.phase == SYNTAX else assemble(session, source, output)
    phase = "assembly" if line.phase == ASSEMBLY else "syntax" if line.phase == SYNTAX else "object"
    return compile_c(session, source, output, phase)


def kept_base(line: CommandLine, source: Input) -> str:
    """Name without suffix of the files that -save-temps keeps for an input: gcc's rule for auxiliary outputs."""
    base = output_base(line, source)
    folder, _, last = line.output.rpartition("/")
    if line.phase == LINK:
        base = (last if last else "a") + "-" + base
    elif last:
        base = last[:last.rfind(".")] if last.rfind(".") > 0 else last
    return base if not folder or line.save_temps == "cwd" else folder + "/" + base


def save_temps(session: Session, source: Input) -> None:
    """-save-temps: the preprocessed text and the assembly text of an input that has been compiled without errors."""
    line = session.line
    if line.phase == PREPROCESS or source.language not in ("c", "assembler-with-cpp"):
        return
    if source.path == "-":
        session.error("-save-temps is not supported for standard input")
        return
    base = kept_base(line, source)
    options = preprocess_options(line, source, session.context)
    options.record_events = True
    silent = Diagnostics("cc1", io.StringIO())
    preprocessor = Preprocessor(options, silent, FILES)
    preprocessor.run_path(source.path)
    if source.language != "c":
        write_text(session, base + ".s", print_unit(preprocessor, line.line_markers))
        return
    write_text(session, base + ".i", print_unit(preprocessor, line.line_markers))
    if line.phase == OBJECT or line.phase == LINK:
        result = compiler_module().compile_unit(source.path, None, preprocess_options(line, source, session.context), line.compile, line.target.triple,
                                                "assembly", line.assembler_args, silent, FILES)
        if result is not None:
            session.context.write(base + ".s", result[0])


def run_inputs(session: Session) -> dict[Input, str]:
    """Make something of every input; returns the file for each that goes to the linker."""
    line = session.line
    files: dict[Input, str] = {}
    for source in line.inputs:
        if not source.language and not (source.path == "-" and line.phase == PREPROCESS):
            if line.phase != LINK and line.phase != PREPROCESS:
                session.context.stderr.write(f"cc: warning: {source.path}: linker input file unused because linking not done\n")
            elif line.phase == PREPROCESS:
                run_preprocessor(session, source)
            files[source] = source.path
            continue
        if line.phase == LINK:
            output = kept_base(line, source) + ".o" if line.save_temps else session.temporary_file(".o")
        else:
            output = line.output or output_base(line, source) + (".s" if line.phase == ASSEMBLY else ".o")
        files[source] = output
        try:
            if not make(session, source, output):
                session.failed = True
            elif line.save_temps and not line.dry_run:
                save_temps(session, source)
        except OSError as error:
            session.error(f"{error.filename or output}: {error.strerror}")
    return files


def link(session: Session, files: dict[Input, str]) -> bool:
    """Link what the inputs became."""
    line = session.line
    runtime = ""
    if not line.linker_flags & {"-nostdlib", "-nodefaultlibs", "-r"} or "-lgcc" in [item.text for item in line.link_items]:
        runtime = runtime_library(line, session.context)
    for item in line.link_items:
        if item.input is None and item.text in ("-lgcc", "-lgcc_eh") and runtime:
            item.text = runtime if item.text == "-lgcc" else unwinder(runtime)
    arguments = link_arguments(line, session.context, files, runtime)
    if not session.show(["ld", *arguments]):
        return True
    ld = cast(Tool, importlib.import_module("toolchain.ld.tool").main)
    return ld(arguments, session.context) == 0


def warnings_without_effect(line: CommandLine, session: Session) -> bool:
    """Say which warnings were asked for and are never given; false if -Werror makes that an error."""
    if line.compile.inhibit_warnings or not any(source.language in ("c", "cpp-output") for source in line.inputs):
        return True
    for name in line.without_effect:
        if line.warnings_as_errors:
            session.context.stderr.write(f"cc1: error: {remark(name)} [-Werror]\n")
            session.failed = True
        else:
            session.context.stderr.write(f"cc1: warning: {remark(name)}\n")
    return not session.failed


def check(line: CommandLine, session: Session) -> bool:
    """Things that no input can make good."""
    for message in line.warnings:
        session.context.stderr.write(f"cc: warning: {message}\n")
    for message in line.errors:
        session.error(message)
    if line.errors or not warnings_without_effect(line, session):
        return False
    for source in line.inputs:
        if source.path == "-" and not source.language and line.phase != PREPROCESS:
            session.error("-E or -x required when input is from standard input")
            return False
    compiled = [source for source in line.inputs if source.language]
    if line.output and line.phase not in (LINK, SYNTAX) and len(compiled) > 1:
        session.context.stderr.write("cc: fatal error: cannot specify '-o' with '-c', '-S' or '-E' with multiple files\ncompilation terminated.\n")
        return False
    if not line.inputs and not (line.phase == LINK and line.link_items):
        session.context.stderr.write("cc: fatal error: no input files\ncompilation terminated.\n")
        return False
    return True


def main(argv: Sequence[str], context: ToolContext) -> int:
    """`tcc-py cc`."""
    try:
        line = parse(expand_responses(list(argv), context.read))
    except ToolError as error:
        context.stderr.write(f"cc: error: {error.message}\n")
        return 1
    if line.queries:
        for message in line.errors:
            context.stderr.write(f"cc: error: {message}\n")
        runtime = ""
        if any(name == "print-libgcc-file-name" or value == "libgcc.a" for name, value in line.queries):
            runtime = runtime_library(line, context)
        known = [information.answer(line, name, value, context, runtime) for name, value in line.queries[:1]]
        if not all(known):
            context.stderr.write(f"cc: error: unrecognized command-line option '-{line.queries[0][0]}'\n")
        return 0 if all(known) and not line.errors else 1
    session = Session(line, context)
    if line.verbose or line.dry_run:
        context.stderr.write(information.banner(line))
        if not line.inputs:
            return 1 if line.errors else 0
    if not check(line, session):
        return 1
    try:
        files = run_inputs(session)
        if line.phase == LINK and not session.failed and not link(session, files):
            session.failed = True
    except ToolError as error:
        session.error(error.message)
    finally:
        session.close()
    return 1 if session.failed else 0


def cpp_main(argv: Sequence[str], context: ToolContext) -> int:
    """`tcc-py cpp`: as `cc -E`, with the output file as an optional second name."""
    words: list[str] = []
    names: list[str] = []
    skip = False
    takes_value = ("-I", "-D", "-U", "-o", "-x", "-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-MF", "-MT", "-MQ")
    for word in argv:
        if skip or (word.startswith("-") and word != "-"):
            skip = not skip and word in takes_value
            words.append(word)
        else:
            names.append(word)
    if len(names) > 2:
        context.stderr.write("cpp: error: too many input files\n")
        return 1
    if len(names) == 2:
        words += ["-o", names[1]]
    return main(["-E", *words, *(names[:1] or ["-"])], context)
