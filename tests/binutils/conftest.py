"""Files that the object tools are tried on, made by the host's and the RISC-V gcc where they are installed."""
from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from toolchain.binutils.tools import TOOLS
from toolchain.context import ToolContext

SOURCE = """
#include <stdio.h>
static int x[10]; int y = 3; __thread int t; int z = 2; int common; const char *s = "hello";
extern int weak(void) __attribute__((weak));
static inline int sq(int a) { int b = a * 2; if (b > 4) printf("%d", b); return b * a; }
__attribute__((noinline)) int foo(int a) { return sq(a) + 1 + (weak ? weak() : 0); }
__attribute__((section(".init.text"))) int start(void) { return z; }
int main(int c, char **v) { printf("%d\\n", x[c] + y + t + z + common + foo(c)); return sq(c); }
"""
FLOATING = """
int g;
double f(double x, int n) { long double y = x; for (int i = 0; i < n; i++) y = y * y / 3 - (g ^ i) + (y > 2); return y; }
char *s(char *d)
{
    asm volatile("rep movsb\\n\\trep stosl\\n\\tcmpsw\\n\\tlodsb\\n\\tscasl\\n\\tfaddp %%st,%%st(1)\\n\\tfmul %%st(3),%%st\\n\\tshrl %%eax\\n\\tsbb $-1,%%ecx" : : : "memory");
#ifdef __i386__
    asm volatile(".byte 0x8d,0x74,0x26,0\\n\\tjmp *8(%%eax,%%ebx)\\n\\tmovl %%fs:4,%%eax" : : : "memory");
#endif
    return d;
}
"""
PLUS_PLUS = """
template <class T> T twice(T a) { static T last = a; return last + a; }
inline int plain(int a) { return a + 1; }
int g() { return twice(3) + (int)twice(4.0) + plain(1); }
"""


class Run:
    """What a tool printed, and its status."""

    def __init__(self, status: int, out: bytes, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err


def run_ours(arguments: Sequence[str], directory: Path, text: bytes = b"") -> Run:
    """Run one of our tools in this process."""
    stdout = io.BytesIO()
    stderr = io.StringIO()
    context = ToolContext(str(directory), {"PATH": os.environ.get("PATH", "")}, io.BytesIO(text), stdout, stderr)
    status = TOOLS[arguments[0]](list(arguments[1:]), context)
    return Run(status, stdout.getvalue(), stderr.getvalue())


def run_gnu(arguments: Sequence[str], directory: Path, prefix: str = "", text: bytes = b"") -> Run:
    """Run a tool of GNU binutils 2.40; skips the test if there is none."""
    program = shutil.which(prefix + arguments[0])
    if program is None:
        pytest.skip("no " + prefix + arguments[0])
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    if not version.endswith("2.40"):
        pytest.skip("another release: " + version)
    result = subprocess.run(list(arguments), executable=program, cwd=directory, input=text, capture_output=True, env={**os.environ, "LC_ALL": "C", "TZ": "UTC"})
    return Run(result.returncode, result.stdout, result.stderr.decode("utf-8", "replace"))


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with objects, executables and archives of the host."""
    if shutil.which("gcc") is None or shutil.which("ar") is None:
        pytest.skip("no gcc")
    directory = tmp_path_factory.mktemp("host")
    (directory / "sub").mkdir()
    (directory / "a.c").write_text(SOURCE)
    (directory / "b.cc").write_text(PLUS_PLUS)
    commands = ["gcc -g -O2 -fcommon -c a.c", "gcc -O2 -fcommon -c a.c -o plain.o", "gcc -g -O2 -fcommon -o exe a.c",
                "gcc -g -O1 -c a.c -o sub/x.o", "ar rcsD g.a a.o sub/x.o", "ar rcDT thin.a a.o sub/x.o"]
    if shutil.which("g++"):
        commands.append("g++ -g -ffunction-sections -c b.cc -o b.o")
    else:
        commands.append("cp a.o b.o")
    (directory / "float.c").write_text(FLOATING)
    commands += ["strip -o stripped exe", "gcc -O2 -c float.c", "gcc -O2 -m32 -fno-pic -c float.c -o float32.o"]
    for command in commands:
        subprocess.run(command.split(), cwd=directory, check=True)
    (directory / "d.bin").write_bytes(b"hello world data")
    (directory / "redefine").write_text("main mainx  # comment\ny yy\n")
    return directory


@pytest.fixture(scope="session")
def riscv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for RISC-V: objects only."""
    compiler = shutil.which("riscv64-linux-gnu-gcc")
    if compiler is None:
        pytest.skip("no RISC-V gcc")
    directory = tmp_path_factory.mktemp("riscv")
    (directory / "a.c").write_text(SOURCE)
    if subprocess.run([compiler, "-g", "-O2", "-fcommon", "-march=rv64gc", "-c", "a.c"], cwd=directory).returncode:
        pytest.skip("the RISC-V gcc has no headers")
    subprocess.run([compiler, "-O2", "-nostdlib", "-shared", "-fPIC", "-Wl,--build-id", "-o", "so", "a.c"], cwd=directory, check=True)
    return directory
