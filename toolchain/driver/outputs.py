"""Names of what the driver writes beside the result: intermediate files and dependency rules.

The rules are those of gcc's manual, "Options Controlling the Kind of Output" (-dumpbase, -dumpdir, -save-temps) and
"Options Controlling the Preprocessor" (-MD, -MF; "Environment Variables": DEPENDENCIES_OUTPUT).
"""
from __future__ import annotations

from collections.abc import Mapping

from toolchain.cc.preprocess import dependencies
from toolchain.cc.preprocess.preprocessor import Preprocessor
from toolchain.context import ToolContext
from toolchain.driver.commandline import LINK, PREPROCESS, SYNTAX, CommandLine, Input


def without_suffix(path: str) -> str:
    """A path without the last suffix of its last component."""
    dot = path.rfind(".")
    return path[:dot] if dot > path.rfind("/") + 1 else path


def output_base(source: Input) -> str:
    """The input's name without folder and suffix."""
    return without_suffix(source.path.rsplit("/", 1)[-1])


def auxiliary_base(line: CommandLine, source: Input) -> str:
    """Path without suffix of the files that are written beside the result of an input."""
    base = output_base(source)
    folder, _, last = line.output.rpartition("/")
    several = len([s for s in line.inputs if s.language]) > 1
    linking = line.phase in (LINK, SYNTAX)
    given = line.dump_base.removesuffix(line.dump_base_suffix)
    prefix = folder + "/" if folder and line.save_temps != "cwd" else ""
    if linking and not (last == base and not several and not given):
        prefix += (given or last or "a") + "-"
    elif several and given:
        prefix += given + "-"
    elif given:
        base = given
    elif last:
        base = without_suffix(last)
    return (line.dump_dir or prefix) + base


def dependency_file(line: CommandLine, source: Input) -> str:
    """Where the dependency rule of an input goes; "" is the output that was named or standard output."""
    dep = line.dependency
    if dep.file:
        return dep.file
    if dep.mode not in ("MD", "MMD"):
        return line.output
    return (without_suffix(line.output) if line.output else auxiliary_base(line, source)) + ".d"


def dependency_targets(line: CommandLine, source: Input) -> list[str]:
    """The targets of an input's dependency rule, quoted for make."""
    dep = line.dependency
    if dep.targets:
        return dep.targets
    if dep.mode in ("MD", "MMD") and not dep.by_preprocessor and line.output and line.phase != PREPROCESS:
        return [dependencies.quote_for_make(line.output)]
    return [dependencies.default_target(source.path, ".o")]


def environment_dependencies(environ: Mapping[str, str], source: Input, preprocessor: Preprocessor) -> tuple[str, str]:
    """File and rule that DEPENDENCIES_OUTPUT or, without it, SUNPRO_DEPENDENCIES asks for: "FILE" or "FILE TARGET"."""
    words = environ.get("DEPENDENCIES_OUTPUT", "")
    system = not words
    name, _, target = (words or environ.get("SUNPRO_DEPENDENCIES", "")).partition(" ")
    if not name:
        return "", ""
    targets = [target or dependencies.default_target(source.path, ".o")]
    return name, dependencies.rule(preprocessor.unit, targets, system, False, not system)


def write_dependencies(line: CommandLine, context: ToolContext, source: Input, preprocessor: Preprocessor) -> None:
    """The rule that -M and its family ask for, or the environment."""
    dep = line.dependency
    if dep.mode:
        text = dependencies.rule(preprocessor.unit, dependency_targets(line, source), dep.mode in ("M", "MD"), dep.phony)
        write_text(context, dependency_file(line, source), text)
        return
    name, text = environment_dependencies(context.environ, source, preprocessor)
    if name:
        try:
            before = context.read(name)
        except FileNotFoundError:
            before = b""
        context.write(name, before + text.encode("utf-8", "surrogateescape"))


def write_text(context: ToolContext, name: str, text: str) -> None:
    """Text to a file, or to standard output if `name` is "" or "-"."""
    data = text.encode("utf-8", "surrogateescape")
    if not name or name == "-":
        context.stdout.write(data)
        context.stdout.flush()
    else:
        context.write(name, data)
