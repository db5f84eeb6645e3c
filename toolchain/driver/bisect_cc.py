"""The compiler command of `tcc-py bisect`: compiles each file as the plan says, links with the reference compiler."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from typing import Final

from toolchain import responses
from toolchain.context import ToolContext
from toolchain.driver.bisect_plan import Plan, note, read_plan
from toolchain.driver.commandline import LINK, OBJECT, CommandLine, Input, parse

SOURCES: Final = frozenset(("c", "cpp-output"))


class Command:
    """One call of the compiler command."""

    def __init__(self, words: list[str], line: CommandLine, plan: Plan, folder: str, context: ToolContext) -> None:
        self.words = words
        self.line = line
        self.plan = plan
        self.folder = folder
        self.context = context

    def run(self, words: list[str], messages: str = "") -> int:
        """Run a command here; what it says goes to standard error, and to the file `messages`."""
        if not messages:
            return subprocess.run(words, cwd=self.context.cwd, check=False).returncode
        done = subprocess.run(words, cwd=self.context.cwd, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        with open(messages, "wb") as f:
            f.write(done.stderr)
        self.context.stderr.write(done.stderr.decode("utf-8", "replace"))
        return done.returncode

    def without(self, names: set[str]) -> list[str]:
        """The words without the output's name and without these inputs."""
        out: list[str] = []
        skip = False
        for word in self.words:
            if skip:
                skip = False
            elif word == "-o":
                skip = True
            elif not (word.startswith("-o") and len(word) > 2 and word[2:] == self.line.output) and word not in names and word != "-c":
                out.append(word)
        return out

    def dependencies(self, output: str) -> str:
        """Where the rule for make goes, "" if none is asked for."""
        dep = self.line.dependency
        if dep.mode not in ("MD", "MMD"):
            return ""
        return self.context.path(dep.file or (output[:output.rfind(".")] if "." in os.path.basename(output) else output) + ".d")

    def compile(self, source: Input, output: str) -> int:
        """One source to one object, copied if it has been made before."""
        context = self.context
        path = os.path.realpath(context.path(source.path))
        words = self.without({i.path for i in self.line.inputs})
        base = self.plan.made(self.folder, path, words, context.cwd)
        note(self.folder, path, base)
        rule = self.dependencies(output)
        if not os.path.exists(base + ".o"):
            os.makedirs(os.path.dirname(base), exist_ok=True)
            ours = self.plan.is_ours(path)
            command = [*self.plan.compiler, *words, *self.plan.options(path)] if ours else [*self.plan.reference, *words]
            status = self.run([*command, "-c", source.path, "-o", output], base + ".txt")
            if status:
                return status
            if rule and os.path.exists(rule):
                shutil.copyfile(rule, base + ".d")
            shutil.copyfile(context.path(output), base + f".{os.getpid()}")
            os.rename(base + f".{os.getpid()}", base + ".o")
            return 0
        shutil.copyfile(base + ".o", context.path(output))
        if rule and os.path.exists(base + ".d"):
            shutil.copyfile(base + ".d", rule)
        return 0

    def compile_and_link(self, sources: list[Input]) -> int:
        """Sources straight to a program."""
        folder = tempfile.mkdtemp(prefix="tcc-py-bisect-")
        try:
            objects: dict[str, str] = {}
            for n, source in enumerate(sources):
                objects[source.path] = os.path.join(folder, f"{n}.o")
                status = self.compile(source, objects[source.path])
                if status:
                    return status
            return self.run([*self.plan.reference, *[objects.get(word, word) for word in self.words]])
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def main(argv: Sequence[str], context: ToolContext) -> int:
    """`tcc-py bisect-cc`."""
    folder = context.environ.get("TCC_PY_BISECT", "")
    if "--help" in argv and not folder:
        context.print("usage: the compiler command that 'tcc-py bisect' runs for each file; see 'tcc-py bisect --help'")
        return 0
    try:
        plan = read_plan(folder)
    except OSError:
        context.stderr.write("bisect-cc: error: this command is run by 'tcc-py bisect'\n")
        return 1
    words = responses.expand(argv, context.read)
    line = parse(words)
    sources = [i for i in line.inputs if i.language in SOURCES and i.path != "-"]
    command = Command(words, line, plan, folder, context)
    if sources and not line.queries and not line.dry_run:
        if line.phase == OBJECT and len(sources) == 1:
            return command.compile(sources[0], line.output or os.path.splitext(os.path.basename(sources[0].path))[0] + ".o")
        if line.phase == LINK:
            return command.compile_and_link(sources)
    return command.run([*plan.reference, *words])
