"""The command `as`: GNU as's options, one object out."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from toolchain import responses
from toolchain.context import ToolContext
from toolchain.diagnostics import Diagnostics, ToolError, TooManyErrors
from toolchain.elf.image import ObjectImage
from toolchain.elf.writer import write_object
from toolchain.mc.model.isa import Isa
from toolchain.mc.streamer import ObjectStreamer

from . import targets
from .assemble import Assembler, Syntax

VERSION: Final = "GNU assembler (tcc-py) 2.40"
HELP: Final = """Usage: as [option...] [asmfile...]
Options:
  -o OBJFILE  -I DIR  --defsym SYM=VAL  -MD FILE  -f  -W  --warn  --fatal-warnings
  --noexecstack  --execstack  -g  --gdwarf-N  --target=TRIPLE  --version  @FILE
"""
IGNORED: Final = frozenset((
    "--traditional-format", "--warn", "--keep-locals", "-L", "--no-pad-sections", "-f", "-Z", "-J", "-w", "--reduce-memory-overheads", "-K",
    "--no-warn", "-W", "--strip-local-absolute", "--nocompress-debug-sections", "--compress-debug-sections=none", "-mlittle-endian",
    "--elf-stt-common=no", "--size-check=error", "--size-check=warning", "--multibyte-handling=allow", "-g0"))


class Target(Protocol):
    """What the command line makes of a target's own options."""

    def option(self, word: str) -> bool:
        """Take one option; False if it is not the target's."""

    def make(self) -> tuple[Isa, Syntax]:
        """The instruction set and its text."""


class Options:
    """What the command line says."""

    def __init__(self) -> None:
        self.output = "a.out"
        self.inputs: list[str] = []
        self.includes: list[str] = []
        self.symbols: list[tuple[str, str]] = []
        self.dependencies = ""
        self.fatal_warnings = False
        self.no_warnings = False
        self.stack_note = 0             # 1: --noexecstack, 2: --execstack
        self.dwarf = 0                  # version of line information to make, 0: none
        self.triple = ""
        self.own: list[str] = []
        self.stop = ""


def parse(words: list[str]) -> Options:
    """The command line.  Raises ToolError."""
    o = Options()
    i = 0

    def value(word: str, prefix: str) -> str:
        nonlocal i
        if len(word) > len(prefix):
            return word[len(prefix):].removeprefix("=") if prefix.startswith("--") else word[len(prefix):]
        i += 1
        if i >= len(words):
            raise ToolError(f"option `{prefix}' needs an argument")
        return words[i]

    while i < len(words):
        word = words[i]
        if word == "--" or word == "-":
            o.inputs.append("-")
        elif word[0] != "-":
            o.inputs.append(word)
        elif word.startswith("--target"):
            o.triple = value(word, "--target")
        elif word.startswith("--defsym"):
            name, mark, text = value(word, "--defsym").partition("=")
            if not mark:
                raise ToolError("bad defsym; format is --defsym name=value")
            o.symbols.append((name, text))
        elif word in ("--MD", "-MD"):
            o.dependencies = value(word, word)
        elif word in ("--version", "-version"):
            o.stop = "version"
        elif word in ("--help", "--target-help"):
            o.stop = "help"
        elif word in ("--fatal-warnings",):
            o.fatal_warnings = True
        elif word in ("--noexecstack", "--execstack"):
            o.stack_note = 1 if word == "--noexecstack" else 2
        elif word == "-g" or word.startswith(("--gen-debug", "--gdwarf", "-gdwarf", "--gstabs")):
            if "stabs" in word:
                raise ToolError("stabs debugging information is not supported")
            version = word.rpartition("-")[2]
            o.dwarf = int(version) if version.isdigit() else max(o.dwarf, 5)
        elif word in ("-v",):
            o.own.append(word)
        elif word in IGNORED:
            o.no_warnings = o.no_warnings or word in ("-W", "--no-warn")
        elif word.startswith(("-ffile-prefix-map=", "--debug-prefix-map")):
            if word == "--debug-prefix-map":
                i += 1
        elif word.startswith("-a") and not word.startswith("-al=") or word.startswith("--listing"):
            raise ToolError(f"listings are not supported: `{word}'")
        elif word.startswith("-o"):
            o.output = value(word, "-o")
        elif word.startswith("-I"):
            o.includes.append(value(word, "-I"))
        elif word.startswith("-D") and len(word) == 2:
            pass
        else:
            o.own.append(word)
        i += 1
    return o


def main(argv: Sequence[str], context: ToolContext) -> int:
    """Run the assembler."""
    diagnostics = Diagnostics("as", context.stderr, context.stderr_is_terminal)
    try:
        options = parse(responses.expand(argv, context.read))
        if options.stop:
            _stop(options, context)
            return 0
        diagnostics.warnings_as_errors = options.fatal_warnings
        diagnostics.inhibit_warnings = options.no_warnings
        target = targets.find(options.triple or targets.by_options(options.own))
        for word in options.own:
            if word == "-v":
                context.stderr.write(VERSION + "\n")
            elif not target.option(word):
                raise ToolError(f"unrecognized option '{word}'")
        assembler = make_assembler(target, diagnostics, context)
        image = _run(assembler, options, context)
        if diagnostics.errors or image is None:
            return 1
        context.write(options.output, write_object(image))
        if options.dependencies:
            names = " \\\n ".join([f"{options.output}: {' '.join(options.inputs)}", *dict.fromkeys(assembler.dependencies)])
            context.write(options.dependencies, (names + "\n").encode("utf-8", "surrogateescape"))
    except TooManyErrors:
        return 1
    except ToolError as error:
        if not diagnostics.errors or error.message:
            diagnostics.error(error.loc, error.message)
        return 1
    except OSError as error:
        diagnostics.error(0, f"can't open {error.filename}: {error.strerror}")
        return 1
    return 0


def _stop(options: Options, context: ToolContext) -> None:
    if options.stop == "version":
        triple = options.triple or targets.DEFAULT_TRIPLE
        context.print(f"{VERSION}\nThis assembler was configured for a target of `{triple}'.")
    else:
        context.print(HELP)


def make_assembler(target: Target, diagnostics: Diagnostics, context: ToolContext | None) -> Assembler:
    """An assembler for one unit."""
    isa, syntax = target.make()
    return Assembler(ObjectStreamer(isa, diagnostics), syntax, diagnostics, context)


def _run(assembler: Assembler, options: Options, context: ToolContext) -> ObjectImage | None:
    assembler.include_paths = options.includes
    assembler.streamer.lines.directory = context.cwd
    if options.dwarf:
        assembler.streamer.lines.version = max(3, options.dwarf)
        assembler.debug = True
    for name, text in options.symbols:
        assembler.set(name, text, 0)
    for name in options.inputs or ["-"]:
        data = context.read(name)
        assembler.feed_file("{standard input}" if name == "-" else name, data.decode("utf-8", "surrogateescape"))
    return finish(assembler, options.stack_note)


def finish(assembler: Assembler, stack_note: int = 0) -> ObjectImage | None:
    """End of input: the object, or None if there were errors."""
    assembler.finish()
    if assembler.diagnostics.errors:
        return None
    if stack_note:
        from toolchain.mc.model.expr import SectionSpec
        assembler.streamer.section(SectionSpec(".note.GNU-stack", 1, 4 if stack_note == 2 else 0))
    image = assembler.streamer.finish()
    return None if assembler.diagnostics.errors else image
