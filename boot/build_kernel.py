"""`tcc-py build-kernel`: build Linux with our tools, boot it in QEMU, and say how it went.

`main` is the table of contents: source, tools, configuration, build, userspace, boot, report.
"""
from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from boot import kernel_source, qemu, userspace
from boot.architectures import ARCHITECTURES, Architecture
from boot.progress import BuildProgress
from toolchain.context import ToolContext
from toolchain.driver.targets import find_target

HOST: Final = find_target(platform.machine())
HOST_TRIPLE: Final = HOST.triple if HOST is not None else ""
"""This machine's target; "" if our compiler has none for it: then the system's `cc` compiles the host programs."""
CONFIG_DIR: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "configs")
# Real names of compilers, assemblers, linkers and object tools other than ours, as executables on disk.
FOREIGN: Final = re.compile(
    r"^(.*-)?(gcc|g\+\+|cc|c\+\+|cc1|cc1plus|collect2|lto1|lto-wrapper|clang|clang\+\+|tcc|as|gas|ld|ld\.bfd|ld\.gold|ld\.lld|lld|mold|ar|gcc-ar|ranlib|"
    r"gcc-ranlib|nm|gcc-nm|objcopy|objdump|readelf|strip|size|strings|addr2line|cpp|llvm-[a-z]+)(-[0-9][0-9.]*)?$")


class BuildError(Exception):
    """A step failed; the text tells the user what, and where the log is."""


class Build:
    """One run: its options, folders and what is known so far for the report."""

    def __init__(self, arch: Architecture, options: argparse.Namespace, context: ToolContext, console: Console) -> None:
        self.arch = arch
        self.options = options
        self.context = context
        self.console = console
        self.root = os.environ.get("TCC_PY_ROOT") or context.cwd
        config_name = os.path.basename(options.config)
        self.folder = context.path(options.output) if options.output else os.path.join(self.root, "build", f"linux-{arch.name}-{config_name}")
        self.tools = os.path.join(self.folder, "tools")
        self.objects = os.path.join(self.folder, "linux")
        self.log = os.path.join(self.folder, "build.log")
        self.source = ""
        self.report: dict[str, object] = {"arch": arch.name}
        self.programs: dict[str, int] = {}
        self.peak_rss: dict[str, int] = {}

    def environment(self) -> dict[str, str]:
        """Environment of make: our tools first on PATH."""
        env = dict(self.context.environ)
        env["PATH"] = self.tools + os.pathsep + env.get("PATH", "")
        env["KBUILD_BUILD_USER"] = "tcc-py"
        env["KBUILD_BUILD_HOST"] = "tcc-py"
        for name in ("MAKEFLAGS", "MAKELEVEL", "CROSS_COMPILE", "ARCH", "LDFLAGS", "CFLAGS"):
            env.pop(name, None)
        return env

    def make_command(self, goals: list[str]) -> list[str]:
        """The make command line for `goals`."""
        return ["make", "-C", self.source, f"O={self.objects}", f"ARCH={self.arch.make_arch}",
                f"CROSS_COMPILE={self.tools}/{self.arch.prefix}", *self.host_tools(), f"-j{self.options.jobs}", *goals]

    def host_tools(self) -> list[str]:
        """What compiles the programs that the build runs itself: our tools where they know this machine's processor."""
        if not HOST_TRIPLE:
            return []
        return [f"{name}={self.tools}/{tool}" for name, tool in (("HOSTCC", "gcc"), ("HOSTLD", "ld"), ("HOSTAR", "ar"))]


def make_tools(build: Build) -> None:
    """Fill the tools folder with commands of the usual names that run ours: with the prefix for the kernel, without for this machine."""
    from toolchain.commands import run_command

    sets = [["--prefix", build.arch.prefix]] + ([["--target", HOST_TRIPLE]] if HOST_TRIPLE else [])
    for words in sets:
        if run_command(["tools", build.tools, "--native", *words], build.context) != 0:
            raise BuildError("cannot make the tools folder " + build.tools)


def run_make(build: Build, goals: list[str], progress: BuildProgress | None) -> None:
    """Run make under the watcher; raises BuildError with the failing command's message."""
    watch = os.path.join(build.folder, "watch.json")
    command = [sys.executable, "-P", "-m", "boot.watch", watch, sys.executable, "-P", "-m", "toolchain.cli", "server", "--", *build.make_command(goals)]
    env = build.environment()
    env["PYTHONPATH"] = os.pathsep.join([os.path.dirname(os.path.dirname(os.path.abspath(__file__)))] + [p for p in [env.get("PYTHONPATH")] if p])
    tail: list[str] = []
    with open(build.log, "a", encoding="utf-8", errors="replace") as log:
        log.write("$ " + " ".join(build.make_command(goals)) + "\n")
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, errors="replace", start_new_session=True)
        assert process.stdout is not None
        try:
            for line in process.stdout:
                log.write(line)
                tail.append(line)
                del tail[:-400]
                if progress is not None:
                    progress.line(line)
            process.wait()
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGINT)
            process.wait()
            raise
    add_watched(build, watch)
    if process.returncode != 0:
        errors = [n for n in tail if "error" in n.lower() or "***" in n or "undefined" in n]
        raise BuildError("make failed\n  " + " ".join(build.make_command(goals)) + "\n" + "".join(errors[:20] or tail[-20:])
                         + f"The log is {build.log}; the same command goes on where this stopped.")


def add_watched(build: Build, path: str) -> None:
    """Add what the watcher saw to the build's totals."""
    try:
        with open(path, encoding="utf-8") as f:
            seen = json.load(f)
    except (OSError, ValueError):
        return
    for name, count in seen["programs"].items():
        build.programs[name] = build.programs.get(name, 0) + count
    for name, peak in seen["peak_rss"].items():
        build.peak_rss[name] = max(build.peak_rss.get(name, 0), peak)


def configure(build: Build) -> None:
    """Put the configuration in place, unless the build folder has one of the same text, and bring it up to date."""
    name = build.options.config
    known = build.arch.configs.get(name)
    path = os.path.join(CONFIG_DIR, known.file) if known is not None else build.context.path(name)
    goal = "olddefconfig"
    if known is not None and not known.file:
        goal = name
        text = f"# {name}\n".encode()
    elif os.path.isfile(path):
        with open(path, "rb") as f:
            text = f.read()
    else:
        raise BuildError(f"no configuration '{name}' (known: {', '.join(sorted(build.arch.configs))}, or a file)")
    os.makedirs(build.objects, exist_ok=True)
    wanted = os.path.join(build.objects, ".config.wanted")
    try:
        with open(wanted, "rb") as f:
            if f.read() == text and os.path.exists(os.path.join(build.objects, ".config")):
                return
    except FileNotFoundError:
        pass
    if goal == "olddefconfig":
        with open(os.path.join(build.objects, ".config"), "wb") as f:
            f.write(text)
    run_make(build, [goal], None)
    with open(wanted, "wb") as f:
        f.write(text)


def build_image(build: Build) -> str:
    """Build; returns the path of the image."""
    start = time.monotonic()
    configure(build)
    known = build.arch.configs.get(build.options.config)
    with BuildProgress(build.console, known.expected_files if known is not None else None) as progress:
        run_make(build, [build.arch.image], progress)
    build.report["wall_seconds"] = round(time.monotonic() - start, 2)
    build.report["c_files"] = progress.c_files
    image = os.path.join(build.objects, build.arch.image_path)
    if not os.path.exists(image):
        raise BuildError(f"make made no {image}; the log is {build.log}")
    build.report["image"] = image
    build.report["text_bytes"] = executable_bytes(os.path.join(build.objects, "vmlinux.o"))
    for name, path in build.arch.sizes.items():
        build.report[name] = os.path.getsize(os.path.join(build.objects, path))
    return image


def executable_bytes(path: str) -> int:
    """Sum of the sizes of sections with SHF_EXECINSTR."""
    from elftools.elf.elffile import ELFFile

    if not os.path.exists(path):
        return 0
    with open(path, "rb") as f:
        return sum(int(s["sh_size"]) for s in ELFFile(f).iter_sections() if s["sh_flags"] & 4)


def foreign_tools(programs: dict[str, int], ours: str) -> list[str]:
    """Names of compilers, assemblers, linkers and object tools among the programs that were started, but for those in the folder `ours`."""
    return sorted({os.path.basename(p) for p in programs if FOREIGN.match(os.path.basename(p)) and os.path.dirname(p) != os.path.realpath(ours)})


def compiler_peak(build: Build) -> int:
    """Largest resident set of one process that ran our tools (they all run in Python)."""
    return max((peak for path, peak in build.peak_rss.items() if re.match(r"python3?(\.\d+)?$", os.path.basename(path))), default=0)


def boot_image(build: Build, image: str) -> bool:
    """Make the userspace, boot, and record what it printed.  True if all is well."""
    from toolchain.commands import run_command

    def compile_c(arguments: list[str]) -> None:
        if run_command(["cc", "--target=" + build.arch.triple, *arguments], build.context) != 0:
            raise BuildError("our cc could not build the userspace: cc " + " ".join(arguments))

    initrd = os.path.join(build.folder, "initramfs.cpio.gz")
    with open(initrd, "wb") as f:
        f.write(userspace.build(build.arch, os.path.join(build.folder, "userspace"), compile_c))
    build.console.rule("boot")
    append = f"console={build.arch.console} panic=-1"

    def show(data: bytes) -> None:
        build.context.stdout.write(data)
        build.context.stdout.flush()

    result = qemu.run(build.arch, image, initrd, append, build.options.timeout, userspace.FINISHED, show)
    build.console.rule()
    checks, finished = userspace.results(result.output)
    bad = [name for name, outcome in checks if outcome != "ok"]
    build.report["booted"] = result.matched and finished
    build.report["boot_seconds"] = round(result.seconds, 2)
    build.report["userspace_checks"] = {"passed": len(checks) - len(bad), "failed": len(bad), "failures": bad}
    return bool(result.matched and finished and not bad)


def show_summary(build: Build) -> None:
    """The table at the end."""
    table = Table(title="Linux " + str(build.report.get("kernel_version", "")), show_header=False)
    for key, value in build.report.items():
        if key == "userspace_checks" and isinstance(value, dict):
            value = f"{value['passed']} passed, {value['failed']} failed" + (": " + ", ".join(value["failures"]) if value["failures"] else "")
        elif isinstance(value, list):
            value = ", ".join(str(v) for v in value) or "none"
        elif key.endswith("_bytes") and isinstance(value, int):
            value = f"{value:,}"
        table.add_row(key.replace("_", " "), str(value))
    build.console.print(table)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line of `build-kernel`."""
    parser = argparse.ArgumentParser(prog="tcc-py build-kernel", description="Build Linux and boot it in QEMU.")
    parser.add_argument("--arch", required=True, choices=sorted(ARCHITECTURES), help="the kernel's architecture")
    parser.add_argument("--source", metavar="DIR|ARCHIVE", help="kernel source: a folder or an archive (default: Debian's linux-source-6.12)")
    parser.add_argument("--config", default="tiny", metavar="NAME|FILE", help="tiny (the default), defconfig, or a configuration file")
    parser.add_argument("--output", metavar="DIR", help="folder for the build (default: build/linux-ARCH-CONFIG); a build that was interrupted goes on there")
    parser.add_argument("-j", dest="jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="jobs at a time (default: one a processor)")
    parser.add_argument("--no-boot", action="store_true", help="only build")
    parser.add_argument("--timeout", type=float, default=120.0, metavar="SECONDS", help="how long to wait for userspace (default: 120)")
    parser.add_argument("--report", metavar="FILE.json", help="write what was done and measured there")
    return parser.parse_args(list(argv))


def main(argv: Sequence[str], context: ToolContext) -> int:
    """Entry of the sub-command."""
    try:
        options = parse(argv)
    except SystemExit as e:
        return int(e.code or 0)
    console = Console(file=sys.stderr, highlight=False)
    build = Build(ARCHITECTURES[options.arch], options, context, console)
    good = False
    try:
        os.makedirs(build.folder, exist_ok=True)
        build.source = kernel_source.find(context.path(options.source) if options.source else None, os.path.join(build.root, "build", "source"))
        build.report["kernel_version"] = kernel_source.version(build.source)
        make_tools(build)
        image = build_image(build)
        build.report["foreign_tools"] = foreign_tools(build.programs, build.tools)
        build.report["peak_rss_bytes"] = compiler_peak(build)
        good = options.no_boot or boot_image(build, image)
    except (BuildError, kernel_source.SourceError, FileNotFoundError) as e:
        console.print(f"[bold red]error:[/] {e}" if console.is_terminal else f"error: {e}", markup=console.is_terminal)
    except KeyboardInterrupt:
        console.print("interrupted; run the same command again to go on")
        return 130
    if build.report.get("image"):
        show_summary(build)
    if options.report:
        context.write(options.report, (json.dumps(build.report, indent=2) + "\n").encode())
    return 0 if good else 1
