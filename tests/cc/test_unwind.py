"""The unwinder of the support library: backtraces, forced unwinding, cleanups; statically linked programs have no other."""
from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

SOURCES = Path(__file__).parent / "unwind"
RUNNERS = {"x86_64": [], "i386": [], "i386-pic": [], "riscv64": ["qemu-riscv64", "-L", "/usr/riscv64-linux-gnu"]}
FLAGS = {"x86_64": ["--target=x86_64-linux-gnu", "-static"], "i386": ["--target=x86_64-linux-gnu", "-m32", "-fno-pie", "-no-pie", "-static-libgcc"],
         "i386-pic": ["--target=x86_64-linux-gnu", "-m32", "-fPIC", "-pie", "-static-libgcc"],
         "riscv64": ["--target=riscv64-linux-gnu", "-static", "-fasynchronous-unwind-tables"]}
NEEDED = {"x86_64": "/usr/lib/x86_64-linux-gnu/libc.a", "i386": "/usr/lib32/libc.so", "i386-pic": "/usr/lib32/libc.so", "riscv64": "/usr/riscv64-linux-gnu/lib/libc.a"}
GCC = {"x86_64": ["gcc"], "i386": ["gcc", "-m32"], "i386-pic": ["gcc", "-m32"], "riscv64": ["riscv64-linux-gnu-gcc"]}


def build(tmp_path: Path, machine: str, arguments: list[str]) -> None:
    if not os.path.exists(NEEDED[machine]) or os.uname().machine != "x86_64":
        pytest.skip(f"no C library for {machine}")
    errors = io.StringIO()
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", str(tmp_path)), ".cache")
    context = ToolContext(str(tmp_path), {**os.environ, "XDG_CACHE_HOME": cache}, io.BytesIO(), io.BytesIO(), errors)
    assert driver([*FLAGS[machine], "-w", *arguments], context) == 0, errors.getvalue()


def run(tmp_path: Path, machine: str) -> str:
    runner = RUNNERS[machine]
    if runner and shutil.which(runner[0]) is None:
        pytest.skip(f"needs {runner[0]}")
    done = subprocess.run([*runner, str(tmp_path / "program")], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("machine", list(FLAGS))
def test_backtrace(tmp_path: Path, machine: str, level: str) -> None:
    """Through a signal handler's frame, to main."""
    build(tmp_path, machine, [level, str(SOURCES / "backtrace.c"), "-o", "program"])
    text = run(tmp_path, machine)
    first = text.split("\n")[0].replace("? ", "")
    assert first.startswith("in handler: handler deep deep deep deep main = 5, "), text
    assert int(first.split()[-2]) >= 8
    assert text.endswith("after\n")


@pytest.mark.parametrize("machine", list(FLAGS))
def test_thread_cancellation(tmp_path: Path, machine: str) -> None:
    build(tmp_path, machine, ["-O2", "-pthread", str(SOURCES / "cancel.c"), "-o", "program"])
    assert run(tmp_path, machine) == "cleanup 0\ncleanup 1\ncleanup 2\ncancelled\ncleanup 5\n7\n"


@pytest.mark.parametrize("machine", list(FLAGS))
def test_cleanups_of_gcc(tmp_path: Path, machine: str) -> None:
    """Landing pads in an object by gcc, personality and forced unwinding of ours."""
    if shutil.which(GCC[machine][0]) is None:
        pytest.skip("needs gcc")
    made = subprocess.run([*GCC[machine], "-O2", "-fexceptions", "-c", str(SOURCES / "guarded.c"), "-o", str(tmp_path / "guarded.o")], check=False)
    if made.returncode:
        pytest.skip("gcc cannot compile for it")
    build(tmp_path, machine, ["-O2", str(SOURCES / "forced.c"), "guarded.o", "-o", "program"])
    assert run(tmp_path, machine) == ("raise 5\nclean 0\nclean 10\nclean 11\n"
                                      "clean 0\nclean 10\nclean 1\nclean 20\nclean 2\nclean 30\nclean 3\nend\nthrough\ndeleted 1\n")


def test_shared_unwinder(tmp_path: Path) -> None:
    """A dynamic program uses the system's libgcc_s for unwinding, and only for that."""
    if not os.path.exists("/lib/x86_64-linux-gnu/libgcc_s.so.1") or shutil.which("readelf") is None:
        pytest.skip("no libgcc_s here")
    (tmp_path / "plain.c").write_text("__int128 f(__int128 a, __int128 b) { return a / b; }\nint main(void) { return (int)f(0, 3); }\n")
    for source, needed in ((str(SOURCES / "backtrace.c"), True), ("plain.c", False)):
        errors = io.StringIO()
        context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
        assert driver(["--target=x86_64-linux-gnu", "-w", source, "-o", "program"], context) == 0, errors.getvalue()
        out = subprocess.run(["readelf", "-d", "program"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        assert ("libgcc_s.so.1" in out) == needed
        run(tmp_path, "x86_64")


@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-Os"])
@pytest.mark.parametrize("machine", list(FLAGS))
def test_cleanups(tmp_path: Path, machine: str, level: str) -> None:
    """-fexceptions: cleanups on the way of a forced unwinding, nested, in loops, in inlined functions."""
    for source in ("guarded.c", "inlined.c"):
        build(tmp_path, machine, [level, "-fexceptions", "-c", str(SOURCES / source), "-o", "guarded.o"])
        build(tmp_path, machine, ["-O2", str(SOURCES / "forced.c"), "guarded.o", "-o", "program"])
        got = run(tmp_path, machine).split()
        numbers = [int(x) for x in got if x.isdigit()]
        if source == "guarded.c":
            assert numbers == [5, 0, 10, 11, 0, 10, 1, 20, 2, 30, 3, 1]
        else:
            assert numbers == [0, 1, 5, 1003, 2, 31, 1006, 8, 0, 1, 1005, 2, 13, 5, 22, 1]
        assert got[-4:-2] == ["end", "through"]
    if machine == "x86_64" and level == "-O2":
        flags = FLAGS[machine]
        FLAGS[machine] = ["--target=x86_64-linux-gnu"]      # position independent: the personality's address stands in a word of data
        try:
            build(tmp_path, machine, ["-O2", "-fexceptions", str(SOURCES / "forced.c"), str(SOURCES / "guarded.c"), "-o", "program"])
            assert "through" in run(tmp_path, machine)
        finally:
            FLAGS[machine] = flags


def test_inc_of_32_bits(tmp_path: Path) -> None:
    (tmp_path / "t.c").write_text("int g; int f(int a, int *b) { for (int i = 0; i < a; i++) b[i] = g; return a; }\n")
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
    assert driver(["--target=x86_64-linux-gnu", "-m32", "-Os", "-c", "t.c", "-o", "t.o"], context) == 0, errors.getvalue()
