"""The yardstick: our toolchain against riscv64-linux-gnu-gcc and GNU ld on Linux for RISC-V, both sides in the same run.

    .venv/bin/python benchmarks/linux_riscv.py [--reference DIR] [--ours DIR] [--accelerated DIR] [--fresh] [--repeat N] [--only WORD,...]

--reference is a finished build by gcc, --ours one by `build-kernel` (its `linux` folder); what is missing is built first, and --fresh
builds both anew below build/ and times that.  Rows (names for --only): build, compile, front-end, link, size, memory.
Times are seconds of CPU (user and system, children included), the best of N runs taken in turns; only `build` is wall time.
"""
from __future__ import annotations

import argparse
import glob
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from boot import kernel_source  # noqa: E402
from boot.architectures import ARCHITECTURES  # noqa: E402
from boot.build_kernel import CONFIG_DIR, executable_bytes  # noqa: E402
from boot.saved_commands import SavedCommand, saved_command  # noqa: E402

ARCH = ARCHITECTURES["riscv"]
GCC = ARCH.prefix + "gcc"
FILE = "kernel/fork.o"
FIRST_FILES = ("kernel/exit.o", "fs/namei.o", "mm/memory.o")
LINK_OPTIONS = ["-melf64lriscv", "-z", "noexecstack", "--no-warn-rwx-segments", "-z", "norelro", "--build-id=sha1", "--orphan-handling=warn",
                "--strip-debug", "--script=arch/riscv/kernel/vmlinux.lds"]
LINK_INPUTS = ["--whole-archive", "vmlinux.a", "init/version-timestamp.o", "--no-whole-archive", "--start-group", "lib/lib.a",
               "arch/riscv/lib/lib.a", "drivers/firmware/efi/libstub/lib.a", "--end-group", ".tmp_vmlinux2.kallsyms.o"]
ONE_INPUT = ["--whole-archive", "vmlinux.o", "init/version-timestamp.o", "--no-whole-archive", ".tmp_vmlinux2.kallsyms.o"]


class Cost:
    """What a command cost: seconds of CPU, seconds of wall time, bytes of its largest process."""

    def __init__(self, cpu: float, wall: float, peak: int) -> None:
        self.cpu = cpu
        self.wall = wall
        self.peak = peak


def run(command: list[str], directory: str, home: str = "") -> Cost:
    """Run a command, which must succeed, with the toolchain found in `home`."""
    environment = dict(os.environ)
    environment.pop("PYTHONPATH", None)
    if home:
        environment["PYTHONPATH"] = home
        environment["TCC_PY_ROOT"] = ROOT
    start = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            log.seek(0)
            raise SystemExit(f"failed: {' '.join(command)}\n" + log.read()[-3000:].decode(errors="replace"))
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss * 1024)


def best(runs: dict[str, Callable[[], float]], repeat: int) -> dict[str, float]:
    """The smallest figure of each, of `repeat` rounds taken in turns."""
    found: dict[str, float] = {}
    for _ in range(repeat):
        for name, measure in runs.items():
            value = measure()
            found[name] = min(value, found.get(name, value))
    return found


class Bench:
    """The folders, and the rows of the table so far."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.repeat: int = options.repeat
        self.accelerated: str = options.accelerated
        self.reference: str = options.reference
        self.ours: str = options.ours
        self.jobs: int = options.jobs
        self.source: str = options.source
        self.rows: list[tuple[str, float, float, float | None, str]] = []
        self.work = tempfile.mkdtemp(prefix="tcc-py-bench-")

    def row(self, name: str, ours: float, theirs: float, limit: float | None, unit: str = "s") -> None:
        """Add a row and show it."""
        self.rows.append((name, ours, theirs, limit, unit))
        number = "{:,.0f}" if unit == "bytes" else "{:.3f}"
        verdict = "" if limit is None else f"  at most {limit:g}: {'yes' if ours <= theirs * limit else 'NO'}"
        print(f"{name:44} ours {number.format(ours):>12}   gcc {number.format(theirs):>12} {unit}   ratio {ours / theirs if theirs else 0:6.3f}{verdict}",
              flush=True)

    def homes(self) -> dict[str, str]:
        """Folders to import the toolchain from, by what is said about them."""
        out = {"mypyc": self.accelerated} if self.accelerated else {}
        out["plain"] = ROOT
        return out

    def command(self, target: str) -> SavedCommand:
        """How the reference build compiled `target`."""
        found = saved_command(self.reference, target)
        if found is None:
            raise SystemExit(f"{self.reference} has no command for {target}")
        return found

    # --------------------------------------------------------------- rows
    def compile(self) -> None:
        """One large file in a process of its own."""
        output = os.path.join(self.work, "fork.o")
        words = self.command(FILE).to(output)
        runs = {"gcc": lambda: run([GCC, *words], self.reference).cpu}
        for name, home in self.homes().items():
            runs[name] = lambda home=home: run([sys.executable, "-P", "-m", "toolchain.cli", "cc", "--target=" + ARCH.triple, *words],  # type: ignore[misc]
                                               self.reference, home).cpu
        found = best(runs, self.repeat)
        for name in self.homes():
            self.row(f"fork.c -Os, cold process, {name}", found[name], found["gcc"], 2 if name == "mypyc" else 6)

    def front_end(self) -> None:
        """The front end alone, for the second file of a process: how much the first has read already depends on which it was."""
        words = self.command(FILE).syntax_only()
        second = json.dumps(["--target=" + ARCH.triple, *words])

        def warm(home: str, first: str) -> float:
            environment = dict(os.environ, PYTHONPATH=home)
            script = os.path.join(ROOT, "benchmarks", "front_end.py")
            out = subprocess.run([sys.executable, script, self.reference, first, second], env=environment, capture_output=True, text=True)
            if out.returncode != 0:
                raise SystemExit(out.stderr[-3000:])
            return float(out.stdout.split()[1])

        runs = {"gcc": lambda: run([GCC, *words], self.reference).cpu}
        for name, home in self.homes().items():
            for before in FIRST_FILES:
                first = json.dumps(["--target=" + ARCH.triple, *self.command(before).syntax_only()])
                runs[f"{name}, after {before[:-2]}"] = lambda home=home, first=first: warm(home, first)  # type: ignore[misc]
        found = best(runs, self.repeat)
        for name in runs:
            if name != "gcc":
                self.row(f"fork.c -fsyntax-only, {name}", found[name], found["gcc"], 0.5 if name.startswith("mypyc") else None)

    def link(self) -> None:
        """One relaxing link of vmlinux from the reference build's objects (gcc's): from one large object, and as Kbuild does it from many.

        GNU ld moves the rest of a section at each deletion: its time grows with the square of a section's size."""
        for name, inputs, repeat, limit in (("vmlinux.o", ONE_INPUT, 1, 0.25), ("vmlinux.a", LINK_INPUTS, max(1, self.repeat - 1), None)):
            words = [*LINK_OPTIONS, "-o", os.path.join(self.work, "vmlinux"), *inputs]
            runs = {"gcc": lambda words=words: run([ARCH.prefix + "ld", *words], self.reference).cpu}  # type: ignore[misc]
            for kind, home in self.homes().items():
                command = [sys.executable, "-P", "-m", "toolchain.cli", "ld", *words]
                runs[kind] = lambda command=command, home=home: run(command, self.reference, home).cpu  # type: ignore[misc]
            found = best(runs, repeat)
            for kind in self.homes():
                self.row(f"link of vmlinux from {name}, {kind}", found[kind], found["gcc"], limit if kind == "mypyc" else None)

    def size(self) -> None:
        """Executable bytes of the whole kernel."""
        self.row("executable bytes of vmlinux.o", executable_bytes(os.path.join(self.ours, "vmlinux.o")),
                 executable_bytes(os.path.join(self.reference, "vmlinux.o")), 1.3, "bytes")

    def memory(self) -> None:
        """The largest process: one that compiles fork.c alone, against what the issue allows."""
        words = self.command(FILE).to(os.path.join(self.work, "fork.o"))
        peak = run([sys.executable, "-P", "-m", "toolchain.cli", "cc", "--target=" + ARCH.triple, *words], self.reference, next(iter(self.homes().values()))).peak
        self.row("memory, fork.c in a process of its own", peak, run([GCC, *words], self.reference).peak, None, "bytes")

    def build(self) -> None:
        """Both kernels from nothing, wall time; the report's largest compiler process against 600 MB."""
        gcc = gcc_build(self)
        cost, wall, peak = our_build(self)
        self.row(f"build of Linux, wall, -j{self.jobs}", wall, gcc.wall, 2)
        self.row("build of Linux, CPU", cost.cpu, gcc.cpu, None)
        self.row("largest compiler process (gcc: the limit)", peak, 600e6, 1, "bytes")


def gcc_build(bench: Bench) -> Cost:
    """Build the kernel with gcc in bench.reference, from nothing."""
    shutil.rmtree(bench.reference, ignore_errors=True)
    os.makedirs(bench.reference)
    shutil.copyfile(os.path.join(CONFIG_DIR, ARCH.configs["tiny"].file), os.path.join(bench.reference, ".config"))
    make = ["make", "-C", bench.source, f"O={bench.reference}", f"ARCH={ARCH.make_arch}", f"CROSS_COMPILE={ARCH.prefix}", f"-j{bench.jobs}"]
    configured = run([*make, "olddefconfig"], ROOT)
    built = run([*make, ARCH.image], ROOT)
    return Cost(configured.cpu + built.cpu, configured.wall + built.wall, built.peak)


def our_build(bench: Bench) -> tuple[Cost, float, float]:
    """Build the kernel with our tools in the folder of bench.ours, from nothing; returns what it cost, and the report's wall time and peak memory."""
    folder = os.path.dirname(bench.ours)
    shutil.rmtree(folder, ignore_errors=True)
    report = os.path.join(bench.work, "report.json")
    home = next(iter(bench.homes().values()))
    cost = run([sys.executable, "-P", "-m", "toolchain.cli", "build-kernel", "--arch", ARCH.name, "--source", bench.source, "--output", folder, f"-j{bench.jobs}",
                "--no-boot", "--report", report], ROOT, home)
    with open(report, encoding="utf-8") as f:
        found = json.load(f)
    return cost, float(found["wall_seconds"]), float(found["peak_rss_bytes"])


def accelerated_folder() -> str:
    """The launcher's compiled copy of the toolchain; "" if there is none."""
    cache = os.environ.get("TCC_PY_ACCELERATED") or os.path.join(ROOT, ".cache", "accelerated")
    ready = sorted(glob.glob(os.path.join(cache, "*", "ready")), key=os.path.getmtime)
    return os.path.dirname(ready[-1]) if ready else ""


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default="", help="kernel source (default: Debian's)")
    parser.add_argument("--reference", default=os.path.join(ROOT, "build", "reference-riscv"))
    parser.add_argument("--ours", default=os.path.join(ROOT, "build", "linux-riscv-tiny", "linux"))
    parser.add_argument("--accelerated", default=accelerated_folder())
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("-j", dest="jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    if options.fresh:
        options.reference = os.path.join(ROOT, "build", "bench", "gcc")
        options.ours = os.path.join(ROOT, "build", "bench", "ours", "linux")
    options.source = options.source or kernel_source.find(None, os.path.join(ROOT, "build", "source"))
    bench = Bench(options)
    only = set(filter(None, options.only.split(",")))
    try:
        if options.fresh:
            bench.build()
        else:
            if not os.path.exists(os.path.join(bench.reference, "vmlinux.o")):
                gcc_build(bench)
            if (not only or "size" in only) and not os.path.exists(os.path.join(bench.ours, "vmlinux.o")):
                our_build(bench)
        for name, measure in (("size", bench.size), ("memory", bench.memory), ("front-end", bench.front_end), ("compile", bench.compile), ("link", bench.link)):
            if not only or name in only:
                measure()
    finally:
        shutil.rmtree(bench.work, ignore_errors=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
