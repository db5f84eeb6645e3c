"""Same input, same bytes: objects of one toolchain in two ways, compared.

    python tests/kernels/identity.py [--kernel DIR] [--files N] [--seed N] [--programs DIR] [--every N] [--accelerated DIR] [--check lazy|compiled]

`lazy` compares the front end that parses on demand with -fno-lazy; `compiled` compares the copy of the toolchain that mypyc
compiled (DIR, by default the launcher's) with the same sources run by the interpreter.  Inputs are N files of a finished RISC-V
kernel build, drawn at random with a fixed seed, and C programs: those of this repository, and every Nth of --programs (gcc's torture
tests), each for RISC-V and x86-64 at -O0 and -O2.  Prints a line for each difference and the totals; exit status 1 if there were differences.
"""
from __future__ import annotations

import argparse
import glob
import hashlib
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TARGETS = ("riscv64-linux-gnu", "x86_64-linux-gnu")
LEVELS = ("-O0", "-O2")
Job = tuple[str, str, list[str]]
"""What it is called, where it runs, and the compiler's arguments without -o."""


def kernel_jobs(build: str, count: int, seed: int) -> list[Job]:
    """`count` C files of a kernel build, drawn at random."""
    from boot.saved_commands import all_commands

    commands = all_commands(build, r"riscv64-linux-gnu-gcc")
    random.Random(seed).shuffle(commands)
    out: list[Job] = []
    for command in commands[:count]:
        words = command.to("")[:-2]
        out.append((command.target, build, ["--target=riscv64-linux-gnu", *words]))
    return out


def program_jobs(paths: list[str]) -> list[Job]:
    """Every program for each target at each level."""
    return [(f"{os.path.basename(p)} {t.split('-')[0]} {level}", os.path.dirname(p), ["--target=" + t, level, "-w", "-c", p])
            for p in paths for t in TARGETS for level in LEVELS]


def own_programs() -> list[str]:
    """The C files of this repository that need no special options."""
    out = glob.glob(os.path.join(ROOT, "tests", "**", "*.c"), recursive=True)
    out += glob.glob(os.path.join(ROOT, "toolchain", "cc", "runtime", "*.c"))
    return sorted(out)


def compile_all(jobs: list[Job]) -> list[str]:
    """What came of each: a digest of the object, or the status and the messages."""
    from toolchain.context import ToolContext
    from toolchain.driver.main import main as cc
    from toolchain.server.main import preload

    preload()
    out: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "out.o")
        for _, directory, words in jobs:
            errors = io.StringIO()
            context = ToolContext(directory, dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
            status = cc([*words, "-o", target], context)
            if status:
                out.append(f"status {status}: {errors.getvalue()}")
                continue
            with open(target, "rb") as f:
                out.append(hashlib.sha256(f.read()).hexdigest())
            os.unlink(target)
    return out


def in_process(jobs: list[Job], home: str, interpreted: bool) -> list[str]:
    """`compile_all` in a process of its own, with the toolchain in `home`; `interpreted`: without its compiled modules."""
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([home, ROOT]))
    command = [sys.executable, os.path.abspath(__file__), "--worker", *(["--interpreted=" + home] if interpreted else [])]
    done = subprocess.run(command, input=json.dumps(jobs), env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-3000:])
    found: list[str] = json.loads(done.stdout)
    return found


class SourcesOnly:
    """A path hook: below `home` modules are loaded from their sources, never from shared libraries."""

    def __init__(self, home: str) -> None:
        self.home = home

    def __call__(self, path: str) -> FileFinder:
        if not os.path.abspath(path).startswith(self.home):
            raise ImportError
        return FileFinder(path, (SourceFileLoader, SOURCE_SUFFIXES))


def worker(interpreted: str) -> None:
    """The process that `in_process` starts."""
    if interpreted:
        sys.path_hooks.insert(0, SourcesOnly(os.path.abspath(interpreted)))
        sys.path_importer_cache.clear()
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    resource.setrlimit(resource.RLIMIT_STACK, (120 << 20 if hard == resource.RLIM_INFINITY else min(hard, 120 << 20), hard))
    sys.setrecursionlimit(20000)
    jobs: list[Job] = [(a, b, c) for a, b, c in json.load(sys.stdin)]
    found = compile_all(jobs)
    from toolchain.cc.ir import ir

    if interpreted and not (ir.__file__ or "").endswith(".py"):
        raise SystemExit("compiled modules were used")
    json.dump(found, sys.stdout)


def differences(names: list[str], first: list[str], second: list[str]) -> list[str]:
    """A line for each difference."""
    return [f"{name}: {a[:200]} | {b[:200]}" for name, a, b in zip(names, first, second) if a != b]


def compare(check: str, jobs: list[Job], accelerated: str) -> tuple[list[str], int]:
    """Differences of one check, and how many of the jobs made an object."""
    home = accelerated or ROOT
    first = in_process(jobs, home, False)
    if check == "lazy":
        second = in_process([(n, d, [*w, "-fno-lazy"]) for n, d, w in jobs], home, False)
    else:
        second = in_process(jobs, home, True)
    return differences([n for n, _, _ in jobs], first, second), sum(not f.startswith("status") for f in first)


def accelerated_folder() -> str:
    """The launcher's compiled copy of the toolchain; "" if there is none."""
    cache = os.environ.get("TCC_PY_ACCELERATED") or os.path.join(ROOT, ".cache", "accelerated")
    ready = sorted(glob.glob(os.path.join(cache, "*", "ready")), key=os.path.getmtime)
    return os.path.dirname(ready[-1]) if ready else ""


def main() -> int:
    """Run the checks that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", default="")
    parser.add_argument("--files", type=int, default=50)
    parser.add_argument("--seed", type=int, default=612)
    parser.add_argument("--programs", default="")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--accelerated", default=accelerated_folder())
    parser.add_argument("--check", choices=("lazy", "compiled"))
    options = parser.parse_args()
    programs = own_programs() + (sorted(glob.glob(os.path.join(options.programs, "*.c")))[::options.every] if options.programs else [])
    sets = {"programs": program_jobs(programs)}
    if options.kernel:
        sets["kernel files"] = kernel_jobs(os.path.abspath(options.kernel), options.files, options.seed)
    bad = 0
    for check in [options.check] if options.check else ["lazy", "compiled"]:
        if check == "compiled" and not options.accelerated:
            print("compiled: no copy compiled by mypyc (./tcc-py build-kernel makes one)")
            continue
        for name, jobs in sets.items():
            found, objects = compare(check, jobs, options.accelerated)
            print(f"{check}, {name}: {len(jobs)} compared, {objects} objects, {len(found)} differences", flush=True)
            print("".join(f"  {line}\n" for line in found), end="")
            bad += len(found)
    return 1 if bad else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(sys.argv[2].partition("=")[2] if len(sys.argv) > 2 else "")
    else:
        sys.path.insert(0, ROOT)
        sys.exit(main())
