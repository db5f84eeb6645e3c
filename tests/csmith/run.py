"""Random programs by csmith through our compiler and through gcc: both must print the same checksum.

    python tests/csmith/run.py [--first SEED] [--count N] [-O LEVEL ...] [--target TRIPLE] [--jobs N] [--keep DIRECTORY]
                               [--reference COMPILER] [--option WORD ...] [--csmith WORD ...] [--check-ir] [--seconds S]

Program number SEED is what `csmith --seed SEED` writes, so a run is repeatable with the same version of csmith.  Each is compiled by the
reference compiler (TRIPLE's gcc) at -O0 and by our driver at every LEVEL (default: 0 and 2), linked by the reference compiler, and run, under
QEMU's user mode where the target is not this machine.  What takes gcc's program more than S seconds (default: 20) is skipped.  One line is printed for each
program that fails: status, level, seed and the first message.  Status: COMPILE (error), CRASH (internal error, time-out), LINK, RUN (other output
or time-out), SKIP.  --keep leaves the sources of failing programs.  Exit status 1 if anything failed.
"""
from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from toolchain.context import ToolContext, lift_limits  # noqa: E402
from toolchain.driver.main import main as driver  # noqa: E402

EMULATORS = {"riscv64": "qemu-riscv64", "aarch64": "qemu-aarch64"}
INCLUDE = "/usr/include/csmith"
COMPILE_SECONDS = 200
RUN_FACTOR = 6


class Settings:
    """What every worker needs to know."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        machine = arguments.target.split("-")[0]
        self.target: str = arguments.target
        self.reference: str = arguments.reference or f"{machine}-linux-gnu-gcc"
        self.levels = [f"-O{level}" for level in arguments.levels or ["0", "2"]]
        self.extra: list[str] = arguments.option or []
        self.machine = [w for w in self.extra if w.startswith("-m")]
        self.csmith: list[str] = arguments.csmith or []
        self.verify: bool = arguments.check_ir
        self.keep: str = arguments.keep
        self.seconds: float = arguments.seconds
        self.runtime = ""
        self.emulator = [EMULATORS[machine]] if machine in EMULATORS else []


class TimedOut(Exception):
    """A compilation took too long."""


def _alarm(number: int, frame: object) -> None:
    raise TimedOut


def compile_program(settings: Settings, source: str, level: str, out: str) -> tuple[str, str]:
    """Compile with our driver: status ("" if all is well) and message."""
    errors = io.StringIO()
    work = os.path.dirname(out)
    context = ToolContext(work, {"HOME": work, "PATH": os.environ.get("PATH", ""), "TCC_PY_TRACEBACK": "1"}, io.BytesIO(), io.BytesIO(), errors)
    words = [f"--target={settings.target}", level, "-w", "-I", INCLUDE, *settings.extra, "-c", source, "-o", out]
    if settings.verify:
        words.insert(0, "-fverify-ir")
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(COMPILE_SECONDS)
    try:
        if driver(words, context):
            return "COMPILE", (errors.getvalue().splitlines() or ["?"])[0]
    except TimedOut:
        return "CRASH", "compilation timed out"
    except BaseException as e:
        place = traceback.extract_tb(e.__traceback__)[-1]
        return "CRASH", f"{type(e).__name__}: {e} ({os.path.basename(place.filename)}:{place.lineno})"
    finally:
        signal.alarm(0)
    return "", ""


def execute(settings: Settings, program: str, seconds: float) -> str | None:
    """Output and exit status of a program; None if it took too long."""
    try:
        result = subprocess.run([*settings.emulator, program], capture_output=True, text=True, errors="replace", timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    return f"{result.stdout.strip()} status {result.returncode}"


def run_level(settings: Settings, work: str, source: str, level: str, wanted: str) -> tuple[str, str]:
    """One program at one level: status and message."""
    out = os.path.join(work, "ours.o")
    status, message = compile_program(settings, source, level, out)
    if status:
        return status, message
    program = os.path.join(work, "ours")
    words = [settings.reference, *settings.machine, "-static", out, "-o", program] + ([settings.runtime] if settings.runtime else [])
    link = subprocess.run(words, capture_output=True, text=True)
    if link.returncode:
        return "LINK", (link.stderr.splitlines() or ["?"])[0]
    got = execute(settings, program, settings.seconds * RUN_FACTOR)
    if got is None:
        return "RUN", "time-out"
    return ("PASS", "") if got == wanted else ("RUN", f"{got}, wanted {wanted}")


def run_seed(job: tuple[Settings, int]) -> list[tuple[str, str, int, str]]:
    """One program at all levels: (status, level, seed, message) of each."""
    settings, seed = job
    rows: list[tuple[str, str, int, str]] = []
    with tempfile.TemporaryDirectory(prefix="csmith-") as work:
        source = os.path.join(work, f"seed{seed}.c")
        subprocess.run(["csmith", "--seed", str(seed), "-o", source, *settings.csmith], check=True, stdout=subprocess.DEVNULL, cwd=work)
        theirs = os.path.join(work, "theirs")
        subprocess.run([settings.reference, *settings.machine, "-w", "-O0", "-static", "-I", INCLUDE, source, "-o", theirs], check=True)
        wanted = execute(settings, theirs, settings.seconds)
        for level in settings.levels:
            status, message = ("SKIP", "reference takes too long") if wanted is None else run_level(settings, work, source, level, wanted)
            rows.append((status, level, seed, message))
            if settings.keep and status not in ("PASS", "SKIP"):
                shutil.copy(source, settings.keep)
    return rows


def support_library(settings: Settings) -> str:
    """Path of our support library, built now if need be; "" without one."""
    out = io.BytesIO()
    context = ToolContext(os.getcwd(), dict(os.environ), io.BytesIO(), out, sys.stderr)
    driver([f"--target={settings.target}", *settings.machine, "-print-libgcc-file-name"], context)
    path = out.getvalue().decode().strip()
    return path if os.path.isfile(path) else ""


def main(argv: list[str]) -> int:
    """See the module's docstring."""
    lift_limits()
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("-O", dest="levels", action="append", help="optimisation level; may be repeated (default: 0 and 2)")
    parser.add_argument("--target", default="riscv64-linux-gnu")
    parser.add_argument("--reference", default="")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", default="")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--check-ir", action="store_true")
    parser.add_argument("--option", action="append", help="further option of our compiler")
    parser.add_argument("--csmith", action="append", help="further option of csmith")
    settings = Settings(parser.parse_args(argv))
    arguments = parser.parse_args(argv)
    settings.runtime = support_library(settings)
    if settings.keep:
        settings.keep = os.path.abspath(settings.keep)
        os.makedirs(settings.keep, exist_ok=True)
    jobs = [(settings, seed) for seed in range(arguments.first, arguments.first + arguments.count)]
    counts: dict[tuple[str, str], int] = {}
    with multiprocessing.get_context("fork").Pool(arguments.jobs, maxtasksperchild=20) as pool:
        for rows in pool.imap(run_seed, jobs):
            for status, level, seed, message in rows:
                counts[level, status] = counts.get((level, status), 0) + 1
                if status != "PASS":
                    print(status, level, seed, message, flush=True)
    for level, status in sorted(counts):
        print(level, status, counts[level, status])
    return 1 if any(status not in ("PASS", "SKIP") for _, status in counts) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
