"""gcc's tests of binary compatibility (gcc.dg/compat) between a reference gcc and our compiler.

    python tests/compat/run.py DIRECTORY [-O LEVEL ...] [--target TRIPLE] [--kind fixed|generated|both] [--filter TEXT] [--count N] [--jobs N] [--result FILE]

DIRECTORY is gcc/testsuite/gcc.dg/compat of Debian's gcc-12-source.  A test has three files: `main`, always by the reference, calls `x`, whose functions
call those of `y` with structures, unions, vectors, complex and variable arguments, and return them.  Each test is run with x by gcc and y by us (go), the
other way round (og) and with both by us (oo); what already fails with both by gcc (gg) is a SKIP.  Generated tests (struct-layout-1) are written by the
package's own generator, built by the host's cc: random structures with bit-fields and attributes, whose sizes, alignments and offsets must agree as well.
`-n` of the generator is --count: how many structures (a default run of gcc's suite has 3,000).  The result file has one line for each test, level and
combination: status, level, combination, name, message.  Status: PASS, COMPILE, LINK, RUN, SKIP.  Exit status 1 if anything but PASS and SKIP occurred.
"""
from __future__ import annotations

import argparse
import multiprocessing.pool
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OPTIONS = re.compile(r'dg-options "([^"]*)"(.*)')
REFERENCES: dict[str, tuple[list[str], list[str]]] = {
    "x86_64": (["gcc"], []),
    "i386": (["gcc", "-m32"], []),
    "riscv64": (["riscv64-linux-gnu-gcc"], ["qemu-riscv64"]),
    "aarch64": (["aarch64-linux-gnu-gcc"], ["qemu-aarch64"]),
}
"""Of each architecture: the reference compiler, and what runs its programs."""
PARTS = ("main", "x", "y")
COMBINATIONS = ("go", "og", "oo")
SECONDS = 300
FAILURES = 20
"""How many failures of one program are named (generated structure, and number of the check)."""
Row = tuple[str, str, str, str, str]


class Settings:
    """What every job needs to know."""

    def __init__(self, target: str, include: str, extra: list[str]) -> None:
        architecture = target.split("-")[0]
        self.reference, self.emulator = REFERENCES[architecture]
        self.ours = [sys.executable, "-m", "toolchain.cli", "cc", f"--target={target}"]
        self.x86: bool = architecture in ("x86_64", "i386")
        self.include = include
        self.extra = extra
        self.environment = dict(os.environ, PYTHONPATH=os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), TOP]))

    def run(self, words: list[str], work: str) -> tuple[int, str]:
        """Exit status and what was printed of a command in folder `work`."""
        try:
            result = subprocess.run(words, capture_output=True, text=True, errors="replace", env=self.environment, cwd=work, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return 99, "time-out"
        return result.returncode, result.stderr + result.stdout


def options_of(settings: Settings, path: str) -> list[str]:
    """Options that a test's file asks for on this target (of several, the last that applies)."""
    found: list[str] = []
    with open(path, encoding="latin-1") as f:
        for words, condition in OPTIONS.findall(f.read()):
            if "target" not in condition or settings.x86 and "x86_64-*-*" in condition:
                found = words.split()
    return found


def run_test(settings: Settings, stem: str, level: str) -> list[Row]:
    """The rows of one test (path without `_main.c`) at one level."""
    name = os.path.basename(stem)
    words = [level, "-w", f"-I{settings.include}", "-DSKIP_DECIMAL_FLOAT", "-DDBG", *settings.extra]
    for part in PARTS:
        words += options_of(settings, f"{stem}_{part}.c")
    with tempfile.TemporaryDirectory(prefix="compat-") as work:
        for part in PARTS:
            for who, compiler in (("g", settings.reference), ("o", settings.ours)):
                if part == "main" and who == "o":
                    continue
                status, said = settings.run([*compiler, *words, "-c", f"{stem}_{part}.c", "-o", f"{part}.{who}.o"], work)
                if status:
                    return [("SKIP" if who == "g" else "COMPILE", level, "", name, first_error(said))]
        verdict, message = link_and_run(settings, "gg", work)
        if verdict != "PASS":
            return [("SKIP", level, "gg", name, message)]
        rows = []
        for combination in COMBINATIONS:
            verdict, message = link_and_run(settings, combination, work)
            rows.append((verdict, level, combination, name, message))
        return rows


def link_and_run(settings: Settings, combination: str, work: str) -> tuple[str, str]:
    """Status and message of the objects in `work`, x and y by the compilers that the two letters name."""
    program = f"{work}/{combination}"
    status, said = settings.run([*settings.reference, "-static", "-o", program, "main.g.o", f"x.{combination[0]}.o", f"y.{combination[1]}.o", "-lm"], work)
    if status:
        return "LINK", first_error(said)
    status, said = settings.run([*settings.emulator, program], work)
    failed = sorted(set(re.findall(r"fail (\d+\.\d+)", said)))
    return ("RUN", f"exit status {status} {' '.join(failed[:FAILURES])}") if status else ("PASS", "")


def first_error(said: str) -> str:
    """The line of a tool's messages that names the error."""
    lines = [line for line in said.splitlines() if "error" in line or "undefined" in line]
    return (lines or said.splitlines() or ["?"])[0]


def generate(directory: str, work: str, count: int) -> None:
    """Build and run the generator of struct-layout-1, which writes tests into `work`."""
    sources = [os.path.join(directory, name) for name in ("struct-layout-1_generate.c", "generate-random.c", "generate-random_r.c")]
    generator = os.path.join(work, "generate")
    subprocess.run([shutil.which("cc") or "gcc", "-w", "-DSKIP_DECIMAL_FLOAT", "-o", generator, *sources], check=True)
    subprocess.run([generator, "-s", directory, "-d", work, "-n", str(count)], check=True)


def main(argv: list[str]) -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("-O", dest="levels", action="append", help="optimisation level; may be repeated (default: 2)")
    parser.add_argument("--target", default="x86_64-linux-gnu")
    parser.add_argument("--kind", choices=("fixed", "generated", "both"), default="both")
    parser.add_argument("--filter", default="")
    parser.add_argument("--count", type=int, default=3000, help="generated structures")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--result", default="")
    parser.add_argument("--option", action="append", help="further option for both compilers")
    arguments = parser.parse_args(argv)
    directory = os.path.abspath(arguments.directory)
    settings = Settings(arguments.target, directory, arguments.option or [])
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="compat-") as work, multiprocessing.pool.ThreadPool(arguments.jobs) as pool:
        folders = [directory] if arguments.kind != "generated" else []
        if arguments.kind != "fixed":
            generate(directory, work, arguments.count)
            folders.append(work)
        stems = [os.path.join(folder, n[:-len("_main.c")]) for folder in folders for n in sorted(os.listdir(folder)) if n.endswith("_main.c")]
        jobs = [(settings, stem, f"-O{level}") for level in arguments.levels or ["2"] for stem in stems if arguments.filter in os.path.basename(stem)]
        out = open(arguments.result or os.devnull, "w", encoding="utf-8")
        with out:
            for row in (row for rows in pool.imap(lambda job: run_test(*job), jobs) for row in rows):
                counts[row[0]] = counts.get(row[0], 0) + 1
                if row[0] not in ("PASS", "SKIP"):
                    print(*row, flush=True)
                out.write("\t".join(row) + "\n")
                out.flush()
    print(", ".join(f"{k} {v}" for k, v in sorted(counts.items())))
    return 0 if set(counts) <= {"PASS", "SKIP"} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
