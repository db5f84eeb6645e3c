"""gcc's execution tests (gcc.c-torture/execute) through our compiler.

    python tests/torture/run.py DIRECTORY [-O LEVEL ...] [--target TRIPLE] [--filter TEXT] [--jobs N] [--result FILE] [--check-ir] [--compile-only]

DIRECTORY holds the *.c files (Debian: gcc-12-source, gcc/testsuite/gcc.c-torture/execute).  Each is compiled by our driver,
linked by the cross compiler named with --linker (or our own with --linker tcc) and run by QEMU's user mode.  The
result file has one line for each test and level: status, level, name, and for a failure the first message.  Status:
PASS, COMPILE (error), CRASH (internal error), LINK, RUN (wrong result, signal or time-out), SKIP (asks for what no
conforming compiler need have).  Exit status 1 if anything but PASS and SKIP occurred.
"""
from __future__ import annotations

import argparse
import atexit
import io
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))         # behind PYTHONPATH: another build may be tested

from toolchain.context import ToolContext, lift_limits  # noqa: E402
from toolchain.driver.main import main as driver  # noqa: E402

OPTIONS = re.compile(r"dg-(?:additional-)?options\s+\"([^\"]*)\"")
FOR_X86 = re.compile(r"dg-require-effective-target dfp|dg-skip-if \"\" \{ ! \{ i\?86|dg-do \w+ \{ target (?:\{ )*(?:[ix]\S*86|mips)")
"""A test of x86's (or MIPS's) assembly, or of decimal floating point (which gcc has on x86 and s390 only)."""
EMULATORS = {"riscv64": "qemu-riscv64", "aarch64": "qemu-aarch64", "x86_64": "", "i386": ""}
REPORTS = ("-fdump-", "-fsave-optimization-record")
"""Options that only make gcc write files about its passes."""
COMPILE_SECONDS = 60
RUN_SECONDS = 30


class Settings:
    """What every worker needs to know."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.target: str = arguments.target
        linker = arguments.linker or f"{arguments.target.split('-')[0]}-linux-gnu-gcc"
        self.linker = [sys.executable, "-m", "toolchain.cli", "cc", f"--target={arguments.target}"] if linker == "tcc" else [linker]
        self.verify: bool = arguments.check_ir
        self.extra: list[str] = arguments.option or []
        self.machine = [w for w in self.extra if w.startswith("-m")]
        self.bare = ""
        self.runtime = ""
        self.compile_only: bool = arguments.compile_only
        self.emulator = EMULATORS.get(arguments.target.split("-")[0], "")


class TimedOut(Exception):
    """A compilation took too long."""


def _alarm(number: int, frame: object) -> None:
    raise TimedOut


def skipped(settings: Settings, text: str) -> bool:
    """Whether the test is for other targets: x86's assembly, decimal floating point, Windows' libraries, OpenMP and Graphite."""
    x86 = settings.target.split("-")[0] in ("x86_64", "i386")
    return "dg-require-dll" in text or "effective-target fopenmp" in text or "effective-target fgraphite" in text or not x86 and FOR_X86.search(text) is not None


def compile_test(settings: Settings, path: str, level: str, work: str) -> tuple[str, str, str]:
    """Status, message, object file."""
    with open(path, encoding="latin-1") as f:
        text = f.read()
    if skipped(settings, text):
        return "SKIP", "", ""
    flags = [w for m in OPTIONS.findall(text) for w in m.split() if w.startswith(("-f", "-std", "-D", "-W")) and not w.startswith(REPORTS)]
    out = os.path.join(work, "test.o")
    errors = io.StringIO()
    context = ToolContext(work, {"HOME": work, "PATH": os.environ.get("PATH", ""), "TCC_PY_TRACEBACK": "1"}, io.BytesIO(), io.BytesIO(), errors)
    action = "-S" if settings.compile_only and "dg-do compile" in text else "-c"      # such may hold assembly that is none
    words = [f"--target={settings.target}", level, "-w", *flags, *settings.extra, action, path, "-o", out]
    if settings.verify:
        words.insert(0, "-fverify-ir")
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(COMPILE_SECONDS)
    try:
        status = driver(words, context)
    except TimedOut:
        return "CRASH", "compilation timed out", out
    except BaseException as e:
        place = traceback.extract_tb(e.__traceback__)[-1]
        return "CRASH", f"{type(e).__name__}: {e} ({os.path.basename(place.filename)}:{place.lineno})", out
    finally:
        signal.alarm(0)
    if status and "dg-error" in text:
        return "PASS", "", out
    if status:
        lines = [line for line in errors.getvalue().splitlines() if "error" in line]
        return "COMPILE", lines[0] if lines else errors.getvalue()[:200], out
    return "PASS", "", out


def support_library(settings: Settings) -> str:
    """Path of our support library, built now if need be; "" without one."""
    out = io.BytesIO()
    context = ToolContext(os.getcwd(), dict(os.environ), io.BytesIO(), out, sys.stderr)
    driver([f"--target={settings.target}", *settings.machine, "-print-libgcc-file-name"], context)
    path = out.getvalue().decode().strip()
    return path if os.path.isfile(path) else ""


def run_test(job: tuple[Settings, str, str]) -> tuple[str, str, str, str]:
    """Compile, link and run one test at one level: (status, level, name, message)."""
    settings, path, level = job
    name = os.path.basename(path)
    with tempfile.TemporaryDirectory(prefix="torture-") as work:
        status, message, out = compile_test(settings, path, level, work)
        if status != "PASS" or settings.compile_only:
            return status, level, name, message
        program = os.path.join(work, "test")
        words = [*settings.linker, *settings.machine, "-static", out, "-o", program, "-z", "execstack"]
        words += [settings.bare, "-nostdlib"] if settings.bare else []
        words += [settings.runtime] if settings.runtime else []
        words += [] if settings.bare else ["-lm"]
        link = subprocess.run(words, capture_output=True, text=True, env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
        if link.returncode:
            lines = [line for line in link.stderr.splitlines() if "undefined" in line or "error" in line]
            return "LINK", level, name, (lines or link.stderr.splitlines() or ["?"])[0]
        command = [settings.emulator, program] if settings.emulator else [program]
        try:
            result = subprocess.run(command, capture_output=True, timeout=RUN_SECONDS, cwd=work)        # some write files
        except subprocess.TimeoutExpired:
            return "RUN", level, name, "time-out"
        if result.returncode:
            return "RUN", level, name, f"exit status {result.returncode}"
    return "PASS", level, name, ""


def main(argv: list[str]) -> int:
    """See the module's docstring."""
    lift_limits()
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("-O", dest="levels", action="append", help="optimisation level; may be repeated (default: 0 and 2)")
    parser.add_argument("--target", default="riscv64-linux-gnu")
    parser.add_argument("--filter", default="")
    parser.add_argument("--list", default="", help="file with names of tests to run, one a line")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--result", default="")
    parser.add_argument("--linker", default="")
    parser.add_argument("--bare", action="store_true", help="link with bare.c instead of a C library")
    parser.add_argument("--compile-only", action="store_true", help="for gcc.c-torture/compile: neither link nor run")
    parser.add_argument("--check-ir", action="store_true")
    parser.add_argument("--option", action="append", help="further compiler option")
    arguments = parser.parse_args(argv)
    settings = Settings(arguments)
    names = sorted(n for n in os.listdir(arguments.directory) if n.endswith(".c") and arguments.filter in n)
    if arguments.list:
        with open(arguments.list, encoding="utf-8") as f:
            wanted = set(f.read().split())
        names = [n for n in names if n in wanted]
    levels = [f"-O{level}" for level in arguments.levels or ["0", "2"]]
    jobs = [(settings, os.path.join(os.path.abspath(arguments.directory), n), level) for level in levels for n in names]
    settings.runtime = support_library(settings)
    if arguments.bare:
        scratch = tempfile.mkdtemp(prefix="torture-")
        atexit.register(shutil.rmtree, scratch, ignore_errors=True)
        settings.bare = os.path.join(scratch, "bare.o")
        subprocess.run([*settings.linker, *settings.machine, "-O1", "-fno-builtin", "-ffreestanding", "-c",
                        os.path.join(os.path.dirname(os.path.abspath(__file__)), "bare.c"), "-o", settings.bare], check=True)
    counts: dict[str, int] = {}
    failures: list[tuple[str, str, str, str]] = []
    out = open(arguments.result, "w", encoding="utf-8") if arguments.result else None
    with multiprocessing.get_context("fork").Pool(arguments.jobs, maxtasksperchild=100) as pool:
        for row in pool.imap(run_test, jobs):
            counts[row[0]] = counts.get(row[0], 0) + 1
            if row[0] not in ("PASS", "SKIP"):
                failures.append(row)
                print(*row, flush=True)
            if out is not None:
                out.write("\t".join(row) + "\n")
                out.flush()
    if out is not None:
        out.close()
    print(", ".join(f"{k} {v}" for k, v in sorted(counts.items())))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
