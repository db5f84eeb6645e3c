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

from toolchain import responses
from toolchain.cc.options import CompileOptions
from toolchain.cc.parse.features import has_attribute_table, has_builtin_table
from toolchain.cc.preprocess.files import FileCache
from toolchain.cc.preprocess.options import PreprocessOptions
from toolchain.cc.preprocess.predefined import language_macros
from toolchain.cc.preprocess.preprocessor import Preprocessor
from toolchain.cc.preprocess.printer import print_macros, print_unit
from toolchain.cc.preprocess.search import HeaderSearch
from toolchain.context import Tool, ToolContext
from toolchain.diagnostics import Diagnostics, ToolError, TooManyErrors
from toolchain.driver import information
from toolchain.driver.commandline import ASSEMBLY, LINK, OBJECT, PREPROCESS, SYNTAX, CommandLine, Input, parse
from toolchain.driver.link import link_arguments, path_list
from toolchain.driver.outputs import auxiliary_base, output_base, write_dependencies, write_text
from toolchain.driver.runtime import runtime_library, unwinder
from toolchain.driver.target_facts import TargetFacts
from toolchain.driver.targets import for_mode
from toolchain.driver.warning_table import UNIMPLEMENTED, remark

FILES: Final = FileCache()
"""Headers stay in memory from one compilation of this process to the next."""


class Compiler(Protocol):
    """`toolchain.cc.unit`: compiles one translation unit."""

    def compile_unit(self, path: str, data: bytes | None, preprocess: PreprocessOptions, options: CompileOptions, triple: str, phase: str,
                     files: ToolContext, diagnostics: Diagnostics, cache: FileCache) -> tuple[bytes, Preprocessor] | None:
        """Compile `path` (or `data` under that name).

        `phase` is "object", "assembly" or "syntax" (check only: the bytes are empty); `files` reads what inline assembly includes.
        None if there were errors, which have been reported to `diagnostics`.
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
            folder = self.context.environ.get("TMPDIR", "")
            self.temporary = tempfile.mkdtemp(prefix="tcc-py-", dir=folder if folder.startswith("/") and os.access(folder, os.W_OK) else None)
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
    out.include_dirs += path_list(context, "CPATH")
    out.system_dirs += path_list(context, "C_INCLUDE_PATH")
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
    out.has_builtin = has_builtin_table(line.target.builtins)
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


def run_preprocessor(session: Session, source: Input) -> bool:
    """-E, -M, -dM."""
    line = session.line
    if source.language in ("cpp-output", "assembler"):
        return True                     # nothing to do, as in gcc
    if not source.language:
        source = Input(source.path, "c")
    options = preprocess_options(line, source, session.context)
    options.record_events = line.dependency.mode not in ("M", "MM")
    if not session.show(["cc1", "-E", *line.compiler_arguments, source.path]):
        return True
    show_search(session, options)
    preprocessor = preprocess(session, source, options)
    if preprocessor is None:
        return False
    write_dependencies(line, session.context, source, preprocessor)
    if line.dependency.mode in ("M", "MM"):
        return True
    text = print_macros(preprocessor) if "M" in options.dump else print_unit(preprocessor, line.line_markers)
    write_text(session.context, line.output, text)
    return True


def show_search(session: Session, options: PreprocessOptions) -> None:
    """The header search list of -v."""
    if session.line.verbose:
        search = HeaderSearch(options, FILES)
        session.context.stderr.write(information.search_list(search.directories[:search.bracket_start], search.directories[search.bracket_start:]))


def assembler_tool() -> Tool:
    """The assembler behind its one door."""
    return cast(Tool, importlib.import_module("toolchain.assembler").main)


def assembler_mode(line: CommandLine) -> list[str]:
    """Assembler options that say what the compiler's own say."""
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
    return out


def assembler_arguments(line: CommandLine) -> list[str]:
    """Options that the assembler gets."""
    return assembler_mode(line) + line.assembler_args


def needs_assembler(line: CommandLine) -> bool:
    """Whether the assembler was given options of which the compiler, which makes its objects by itself, knows nothing."""
    known = {*assembler_mode(line), *line.target.assembler_no_effect, "--noexecstack", ""}
    return not known.issuperset(line.assembler_args)


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
    write_dependencies(line, session.context, source, preprocessor)
    text = print_unit(preprocessor, True)
    if line.save_temps:
        write_text(context, auxiliary_base(line, source) + ".s", text)
    return assemble_text(session, text.encode("utf-8", "surrogateescape"), output)


def assemble_text(session: Session, text: bytes, output: str) -> bool:
    """Assembly text to an object."""
    context = session.context
    arguments = [*assembler_arguments(session.line), "-o", output, "-"]
    session.show(["as", *arguments])
    inner = ToolContext(context.cwd, context.environ, io.BytesIO(text), context.stdout, context.stderr)
    inner.stderr_is_terminal = context.stderr_is_terminal
    return assembler_tool()(arguments, inner) == 0


def compiler_module() -> Compiler:
    """The compiler proper.  Raises ToolError if this installation lacks it."""
    try:
        return cast(Compiler, importlib.import_module("toolchain.cc.unit"))
    except ModuleNotFoundError as error:
        raise ToolError(f"the compiler proper is not installed ({error.name})") from error


def compile_c(session: Session, source: Input, output: str, phase: str) -> bool:
    """A C file to an object, to assembly text, or only checked."""
    line = session.line
    context = session.context
    options = preprocess_options(line, source, context)
    if not session.show(["cc1", *line.compiler_arguments, source.path, "-o", output]):
        return True
    show_search(session, options)
    data = read_input(source, context)
    first: Preprocessor | None = None
    if line.save_temps and source.language != "cpp-output":
        first, data = keep_preprocessed(session, source, options, data)
        if first is None:
            return False
        options = already_preprocessed(options)
    by_text = phase == "object" and (line.save_temps != "" or needs_assembler(line))
    result = compile_text(session, source, data, options, "assembly" if by_text else phase)
    if result is None:
        return False
    made, preprocessor = result
    write_dependencies(line, context, source, first or preprocessor)
    if by_text:
        if line.save_temps:
            context.write(auxiliary_base(line, source) + ".s", made)
        return assemble_text(session, made, output)
    if phase == "assembly" and output == "-":
        context.stdout.write(made)
    elif phase != "syntax":
        context.write(output, made)
    return True


def keep_preprocessed(session: Session, source: Input, options: PreprocessOptions, data: bytes | None) -> tuple[Preprocessor | None, bytes]:
    """-save-temps: the preprocessed text of an input is written, and is what will be compiled.  None after errors."""
    options.record_events = True
    diagnostics = session.diagnostics()
    try:
        preprocessor = Preprocessor(options, diagnostics, FILES)
        preprocessor.run_path(input_name(source), data)
    except TooManyErrors:
        session.context.stderr.write("compilation terminated.\n")
        return None, b""
    if diagnostics.errors:
        return None, b""
    text = print_unit(preprocessor, session.line.line_markers)
    write_text(session.context, auxiliary_base(session.line, source) + ".i", text)
    return preprocessor, text.encode("utf-8", "surrogateescape")


def already_preprocessed(options: PreprocessOptions) -> PreprocessOptions:
    """The options under which the result of preprocessing is read again."""
    out = options.copied()
    out.preprocessed = True
    out.record_events = False
    out.macro_options = []
    out.forced = []
    out.show_includes = False
    return out


def compile_text(session: Session, source: Input, data: bytes | None, options: PreprocessOptions, phase: str) -> tuple[bytes, Preprocessor] | None:
    """Compile an input (its text is `data`, or the file's).  None after errors, which have been reported."""
    line = session.line
    diagnostics = session.diagnostics()
    try:
        result = compiler_module().compile_unit(input_name(source), data, options, line.compile, line.target.triple, phase,
                                               session.context, diagnostics, FILES)
    except TooManyErrors:
        session.context.stderr.write("compilation terminated.\n" if not line.compile.max_errors and not line.fatal_errors
                                     else f"compilation terminated due to -{'Wfatal-errors' if line.fatal_errors else 'fmax-errors=' + str(line.compile.max_errors)}.\n")
        return None
    if result is None or diagnostics.errors:
        if line.warnings_as_errors and diagnostics.errors:
            session.context.stderr.write("cc1: all warnings being treated as errors\n")
        return None
    return result


def make(session: Session, source: Input, output: str) -> bool:
    """Bring one input to the phase that was asked for; its result is `output`."""
    line = session.line
    if line.phase == PREPROCESS:
        return run_preprocessor(session, source)
    if source.language == "c-header" and line.phase == OBJECT:
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


def run_inputs(session: Session) -> dict[Input, str]:
    """Make something of every input; returns the file for each that goes to the linker."""
    line = session.line
    files: dict[Input, str] = {}
    for source in line.inputs:
        if not source.language and not (source.path == "-" and line.phase == PREPROCESS):
            if line.phase != LINK:
                session.context.stderr.write(f"cc: warning: {source.path}: linker input file unused because linking not done\n")
                if not os.path.exists(session.context.path(source.path)):
                    session.error(f"{source.path}: linker input file not found: No such file or directory")
            files[source] = source.path
            continue
        if line.phase == LINK:
            output = auxiliary_base(line, source) + ".o" if line.save_temps else session.temporary_file(".o")
        else:
            output = line.output or output_base(source) + (".s" if line.phase == ASSEMBLY else ".o")
        files[source] = output
        try:
            if not make(session, source, output):
                session.failed = True
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
        if line.warnings_as_errors and name not in UNIMPLEMENTED:          # what gcc builds with -Werror must build
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
    if line.output == "-" and line.phase == OBJECT and compiled:
        session.error("an object file cannot be written to standard output")
        return False
    if line.output and line.phase not in (LINK, SYNTAX) and len(compiled) > 1:
        session.context.stderr.write("cc: fatal error: cannot specify '-o' with '-c', '-S' or '-E' with multiple files\ncompilation terminated.\n")
        return False
    dep = line.dependency
    if not dep.mode and (dep.file or dep.targets or dep.phony) and any(source.language != "assembler" for source in compiled) and not (
            {"DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES"} & session.context.environ.keys()):
        session.error("to generate dependencies you must specify either '-M' or '-MM'")
        return False
    if not line.inputs and not (line.phase == LINK and line.link_items):
        session.context.stderr.write("cc: fatal error: no input files\ncompilation terminated.\n")
        return False
    return True


def answer(line: CommandLine, context: ToolContext) -> int:
    """Answer the first question (-print-..., -dump..., --version)."""
    for message in line.errors:
        context.stderr.write(f"cc: error: {message}\n")
    name, value = line.queries[0]
    try:
        runtime = runtime_library(line, context) if name == "print-libgcc-file-name" or value == "libgcc.a" else ""
        known = information.answer(line, name, value, context, runtime)
    except ToolError as error:
        context.stderr.write(f"cc: fatal error: {error.message}\ncompilation terminated.\n")
        return 1
    if not known:
        context.stderr.write(f"cc: error: unrecognized command-line option '-{name}'\n")
    return 0 if known and not line.errors else 1


def main(argv: Sequence[str], context: ToolContext) -> int:
    """`tcc-py cc`."""
    try:
        line = parse(responses.expand(argv, context.read))
    except ToolError as error:
        context.stderr.write(f"cc: error: {error.message}\n")
        return 1
    if line.queries:
        return answer(line, context)
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
