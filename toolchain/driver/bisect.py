"""`tcc-py bisect -- COMMAND`: which file, function and step of the optimiser makes a program fail.

COMMAND builds a program from scratch with $CC and tests it; it fails (its status is not 0) when our compiler compiles everything
and works when the reference compiler does. It is run again and again, with a mixture of objects: first by files, until a smallest set of
files is left that fails when we compile it and the reference compiler the rest; then by functions, compiled with optimisation while
the rest of those files is compiled without; then by steps of the optimiser (`-fopt-bisect-limit`). How sets are narrowed
down: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (TSE 2002).

$CC is a command that reads a plan (`driver/bisect_cc.py`); it keeps every object it has made, so a later build mostly copies.
"""
from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.driver.bisect_plan import EVERYTHING, Plan, read_log
from toolchain.driver.targets import find_target
from toolchain.elf.constants import SHN_UNDEF, SHT_SYMTAB, STT_FUNC
from toolchain.elf.reader import ElfFile

USAGE: Final = """usage: tcc-py bisect [OPTIONS] -- BUILD-AND-TEST-COMMAND
  --reference CC      the compiler that works (default: gcc)
  --compiler COMMAND  the compiler under suspicion (default: this one)
  --target TRIPLE     target of the compiler under suspicion
  --prefix PREFIX     the build calls the compiler PREFIXgcc, besides $CC, gcc and cc
  --keep DIR          where objects and logs are kept (default: a temporary folder)
  --verbose           show what the command prints
The command is run by the shell, in this directory, with CC set; it must build from scratch (make clean; make) and test."""
NAMES: Final = ("cc", "gcc", "tcc-py-cc")
T = TypeVar("T")


class Bisection:
    """One search."""

    def __init__(self, command: str, folder: str, plan: Plan, prefix: str, verbose: bool, context: ToolContext) -> None:
        self.command = command
        self.folder = folder
        self.plan = plan
        self.verbose = verbose
        self.context = context
        self.builds = 0
        self.environ = dict(context.environ)
        self.install(prefix)

    def install(self, prefix: str) -> None:
        """The command that stands for the compiler."""
        home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        bin_dir = os.path.join(self.folder, "bin")
        os.makedirs(bin_dir, exist_ok=True)
        text = (f"#!/bin/sh\nexec env PYTHONPATH={shlex.quote(home)} TCC_PY_BISECT={shlex.quote(self.folder)} "
                f"{shlex.quote(sys.executable)} -P -m toolchain.cli bisect-cc \"$@\"\n")
        for name in [*NAMES, *([prefix + "gcc"] if prefix else [])]:
            self.context.write(os.path.join(bin_dir, name), text.encode(), executable=True)
        self.environ["PATH"] = bin_dir + os.pathsep + self.environ.get("PATH", "/usr/bin:/bin")
        self.environ["CC"] = os.path.join(bin_dir, prefix + "gcc" if prefix else "tcc-py-cc")

    def say(self, text: str) -> None:
        """A line of progress."""
        self.context.print(text)
        self.context.stdout.flush()

    def fails(self) -> bool:
        """Build and test as the plan has it."""
        self.builds += 1
        self.plan.write(self.folder)
        with open(os.path.join(self.folder, f"build-{self.builds}.log"), "wb") as log:
            done = subprocess.run(["/bin/sh", "-c", self.command], cwd=self.context.cwd, env=self.environ, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE if self.verbose else log, stderr=subprocess.STDOUT, check=False)
            if self.verbose:
                self.context.stdout.write(done.stdout)
                log.write(done.stdout)
        return done.returncode != 0

    # ------------------------------------------------------------ files
    def files(self) -> list[str]:
        """The smallest set of files that fails.  Raises ToolError if there is nothing to look for."""
        plan = self.plan
        plan.ours = []
        if self.fails():
            raise ToolError(f"the command fails with the reference compiler too (see {self.folder}/build-1.log)")
        plan.ours = [EVERYTHING]
        if not self.fails():
            raise ToolError("the command works with the compiler under suspicion")
        sources = read_log(self.folder)
        if not sources:
            raise ToolError("the command compiled no C file with $CC, gcc or cc")
        self.say(f"{len(sources)} files; looking for the one that fails")
        found = reduce(sources, self.with_files)
        self.with_files(found)
        return found

    def with_files(self, files: list[str]) -> bool:
        """Whether it fails with these files compiled by us."""
        self.plan.ours = files
        result = self.fails()
        self.say(f"  {len(files)} of ours: {'fails' if result else 'works'}")
        return result

    # ------------------------------------------------------------ functions
    def functions(self, files: list[str]) -> list[tuple[str, str]]:
        """The smallest set of functions (file, name) of `files` whose optimisation fails; empty if it is not about optimisation."""
        plan = self.plan
        plan.functions = {f: [] for f in files}
        if self.fails():
            self.say("it fails without optimisation of any function")
            plan.functions = {}
            return []
        names: list[tuple[str, str]] = []
        for f in files:
            for path in plan.objects(self.folder, f):
                for name in function_names(path):
                    if (f, name) not in names:
                        names.append((f, name))
        if not names or not self.with_functions(names):
            self.say("it works as soon as all functions are optimised one by one")
            plan.functions = {}
            return []
        self.say(f"{len(names)} functions; looking for the one that fails")
        found = reduce(names, self.with_functions)
        self.with_functions(found)
        return found

    def with_functions(self, names: list[tuple[str, str]]) -> bool:
        """Whether it fails with these functions optimised and the others of their files not."""
        functions: dict[str, list[str]] = {f: [] for f in self.plan.ours}
        for f, name in names:
            functions[f].append(name)
        self.plan.functions = functions
        result = self.fails()
        self.say(f"  {len(names)} optimised: {'fails' if result else 'works'}")
        return result

    # ------------------------------------------------------------ steps
    def step(self, file: str) -> str:
        """The step of the optimiser that makes the difference in `file`."""
        plan = self.plan
        plan.limits[file] = 1 << 30
        if not self.fails():
            return ""
        total = self.reported(file)[0]
        plan.limits[file] = 0
        if self.fails():
            return "not a step of the optimiser that can be left out: inlining, a step that is always done, or code generation"
        low, high = 0, total            # works with `low` steps, fails with `high`
        self.say(f"{total} steps of the optimiser; looking for the one that fails")
        while high - low > 1:
            middle = (low + high) // 2
            plan.limits[file] = middle
            if self.fails():
                high = middle
            else:
                low = middle
        plan.limits[file] = high
        self.fails()
        return f"step {high}: {self.reported(file)[1]}"

    def reported(self, file: str) -> tuple[int, str]:
        """What the compiler said of the limit: the number of steps, and the last one it ran."""
        total, last = 0, ""
        for text in self.plan.messages(self.folder, file):
            for found in re.finditer(r"^opt-bisect: step (\d+) of (\d+): (.*)$", text, re.M):
                total, last = max(total, int(found.group(2))), found.group(3)
        return total, last


def reduce(items: list[T], fails: Callable[[list[T]], bool]) -> list[T]:
    """A smallest list of `items`, all of which fail together, that still fails (ddmin)."""
    parts = 2
    while len(items) > 1:
        size = -(-len(items) // parts)
        chunks = [items[k:k + size] for k in range(0, len(items), size)]
        for chunk in chunks:
            if fails(chunk):
                items, parts = chunk, 2
                break
        else:
            for k in range(len(chunks)) if len(chunks) > 2 else ():
                rest = [x for n, chunk in enumerate(chunks) for x in chunk if n != k]
                if fails(rest):
                    items, parts = rest, max(parts - 1, 2)
                    break
            else:
                if parts >= len(items):
                    break
                parts = min(len(items), parts * 2)
    return items


def function_names(path: str) -> list[str]:
    """Functions that an object defines."""
    with open(path, "rb") as f:
        elf = ElfFile(f.read(), path)
    table = elf.find(SHT_SYMTAB)
    return [s.name for s in elf.read_symbols(table) if s.kind == STT_FUNC and s.section != SHN_UNDEF] if table else []


def search(command: str, folder: str, plan: Plan, prefix: str, verbose: bool, context: ToolContext) -> int:
    """The whole search and its report."""
    b = Bisection(command, folder, plan, prefix, verbose, context)
    files = b.files()
    functions = b.functions(files)
    b.say("")
    for f in files:
        b.say(f"file: {os.path.relpath(f, context.cwd)}")
    for f, name in functions:
        b.say(f"function: {name} ({os.path.relpath(f, context.cwd)})")
    if functions:
        last = functions[-1][0]
        step = b.step(last)
        if step:
            b.say(step)
            if step.startswith("step "):
                b.say(f"to see it: compile {os.path.relpath(last, context.cwd)} with "
                      f"-fopt-functions={','.join(name for f, name in functions if f == last)} -fopt-bisect-limit={plan.limits[last]}")
    b.say(f"{b.builds} builds")
    return 0


def main(argv: Sequence[str], context: ToolContext) -> int:
    """`tcc-py bisect`."""
    words = list(argv)
    values = {"--reference": "gcc", "--compiler": "", "--target": "", "--prefix": "", "--keep": ""}
    verbose = False
    while words and words[0] != "--":
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if name in values and (equals or words):
            values[name] = value if equals else words.pop(0)
        elif word == "--verbose":
            verbose = True
        elif word in ("-h", "--help"):
            context.print(USAGE)
            return 0
        else:
            context.stderr.write(f"bisect: error: unexpected '{word}'\n{USAGE}\n")
            return 2
    if len(words) < 2:
        context.stderr.write(USAGE + "\n")
        return 2
    command = words[1] if len(words) == 2 else shlex.join(words[1:])
    reference = shlex.split(values["--reference"])
    program = shutil.which(reference[0], path=context.environ.get("PATH")) if reference else None
    if program is None:
        raise ToolError(f"no reference compiler '{values['--reference']}' here")
    compiler = shlex.split(values["--compiler"]) or [sys.executable, "-P", "-m", "toolchain.cli", "cc"]
    if values["--target"]:
        if find_target(values["--target"]) is None:
            raise ToolError(f"unknown target '{values['--target']}'")
        compiler.append(f"--target={values['--target']}")
    plan = Plan([program, *reference[1:]], compiler)
    if values["--keep"]:
        folder = context.path(values["--keep"])
        os.makedirs(folder, exist_ok=True)
        return search(command, folder, plan, values["--prefix"], verbose, context)
    folder = tempfile.mkdtemp(prefix="tcc-py-bisect-")
    try:
        return search(command, folder, plan, values["--prefix"], verbose, context)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
