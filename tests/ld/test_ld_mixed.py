"""Objects of gcc, clang and our compiler in one program, against glibc and musl, static and dynamic, linked by our ld and run."""
from __future__ import annotations

import io
import os
import platform
import subprocess
from pathlib import Path

import pytest
from ld_helpers import have, ld, wrapper

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

MUSL = "/usr/lib/x86_64-linux-musl"
NATIVE = platform.machine() == "x86_64" and have("gcc")
pytestmark = pytest.mark.skipif(not NATIVE, reason="needs an x86-64 machine with gcc")

SHARED_HEADER = """
struct pair { double x; long n; }; struct big { int v[10]; };
extern __thread int counter; extern int table[3]; extern const char *names[];
struct pair twice(struct pair p); struct big make(int start); long total(int n, ...); int (*chooser(int k))(int);
long double third(long double x);
"""
FIRST = SHARED_HEADER + """
#include <stdarg.h>
__thread int counter = 5; int table[3] = {1, 2, 3};
struct pair twice(struct pair p) { p.x *= 2; p.n *= 2; counter++; return p; }
long total(int n, ...) { va_list a; long s = 0; va_start(a, n); while (n--) s += va_arg(a, long); va_end(a); return s; }
"""
SECOND = SHARED_HEADER + """
const char *names[] = {"gcc", "clang", "ours"};
struct big make(int start) { struct big b; for (int i = 0; i < 10; i++) b.v[i] = start + i * table[i % 3]; counter += 10; return b; }
static int add(int x) { return x + table[2]; } static int sub(int x) { return x - counter; }
int (*chooser(int k))(int) { return k ? add : sub; }
long double third(long double x) { return x / 3; }
"""
THIRD = SHARED_HEADER + """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <errno.h>
#include <pthread.h>
static void *run(void *p) { counter += *(int *)p; return (void *)(long)counter; }
static int order(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static int made; __attribute__((constructor)) static void before(void) { made = 7; }
int main(void) {
  struct pair p = twice((struct pair){1.25, 21}); struct big b = make(100); int a[] = {5, 3, 9, 1}, n = 4; void *r; pthread_t id;
  qsort(a, 4, sizeof *a, order);
  if (pthread_create(&id, 0, run, &n) || pthread_join(id, &r)) return 1;
  printf("%.2f %ld %d %ld %d %d %.2Lf %s\\n", p.x, p.n, b.v[9], total(3, 1L, 20L, 300L), chooser(1)(4), chooser(0)(100), third(7), names[2]);
  printf("%d %d %d %ld %.3f %d\\n", a[0], a[3], counter, (long)r, sqrt(2.0 + (a[0] == 1)), made);
  return strcmp(strerror(ENOENT), "No such file or directory");
}
"""
EXPECTED = "2.50 42 109 321 7 84 2.33 ours\n1 9 16 9 1.732 7\n"


def compiled(directory: Path, compiler: str, name: str, source: str, options: list[str]) -> str:
    """One object by gcc, clang or our driver."""
    (directory / f"{name}.c").write_text(source)
    words = [*options, "-O2", "-c", f"{name}.c", "-o", f"{name}.o"]
    if compiler == "ours":
        errors = io.StringIO()
        context = ToolContext(str(directory), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
        assert driver(["--target=x86_64-linux-gnu", *words], context) == 0, errors.getvalue()
    else:
        subprocess.run([compiler, *words], cwd=directory, check=True)
    return f"{name}.o"


def objects(directory: Path, turn: int, options: list[str]) -> list[str]:
    """The three parts, each by another compiler; `turn` says which begins."""
    compilers = ["gcc", "clang" if have("clang") else "gcc", "ours"]
    compilers = compilers[turn:] + compilers[:turn]
    return [compiled(directory, c, f"part{i}", text, options) for i, (c, text) in enumerate(zip(compilers, (FIRST, SECOND, THIRD), strict=True))]


def output(directory: Path) -> str:
    """What the program prints."""
    return subprocess.run([str(directory / "prog")], capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("link", [["-static"], ["-no-pie"], ["-pie"], ["-static-pie"]])
def test_three_compilers_and_glibc(link: list[str], tmp_path: Path) -> None:
    parts = objects(tmp_path, 0, ["-fPIE"])
    subprocess.run(["gcc", "-B", wrapper(tmp_path), *link, "-o", "prog", *parts, "-lm", "-lpthread"], cwd=tmp_path, check=True)
    assert output(tmp_path) == EXPECTED


@pytest.mark.skipif(not os.path.exists(f"{MUSL}/libc.a"), reason="needs musl-dev")
@pytest.mark.parametrize(("turn", "kind"), [(0, "static"), (1, "dynamic"), (2, "static"), (0, "pie"), (2, "pie"), (1, "static-pie")])
def test_three_compilers_and_musl(turn: int, kind: str, tmp_path: Path) -> None:
    """Our ld alone: musl's start files and libc."""
    include = ["-nostdinc", "-isystem", "/usr/include/x86_64-linux-musl", "-fPIE"]
    parts = objects(tmp_path, turn, include)
    libgcc = subprocess.run(["gcc", "-print-libgcc-file-name"], capture_output=True, text=True, check=True).stdout.strip()
    start = {"static": "crt1.o", "dynamic": "crt1.o", "pie": "Scrt1.o", "static-pie": "rcrt1.o"}[kind]
    if not os.path.exists(f"{MUSL}/{start}"):
        pytest.skip(f"this musl has no {start}")
    words = {"static": ["-static"], "dynamic": ["-dynamic-linker", "/lib/ld-musl-x86_64.so.1"], "pie": ["-pie", "-dynamic-linker", "/lib/ld-musl-x86_64.so.1"],
             "static-pie": ["-static", "-pie", "--no-dynamic-linker"]}[kind]
    run = ld(tmp_path, "-m", "elf_x86_64", "-o", "prog", *words, f"{MUSL}/{start}", f"{MUSL}/crti.o", *parts, f"-L{MUSL}", "-lc", "-lm", "-lpthread", libgcc,
             f"{MUSL}/crtn.o")
    assert run.status == 0, run.err
    if kind in ("dynamic", "pie") and not os.path.exists("/lib/ld-musl-x86_64.so.1"):
        pytest.skip("musl's dynamic linker is not installed")
    assert output(tmp_path) == EXPECTED


def test_the_driver_knows_musl(tmp_path: Path) -> None:
    """--target=x86_64-linux-musl means musl's headers, start files, library and dynamic linker."""
    out = io.BytesIO()
    context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), out, io.StringIO())
    assert driver(["--target=x86_64-linux-musl", "-dM", "-E", "-x", "c", "/dev/null"], context) == 0
    assert b"__linux__" in out.getvalue() and b"__gnu_linux__" not in out.getvalue()
    if not os.path.exists(f"{MUSL}/libc.a"):
        pytest.skip("needs musl-dev")
    for name, text in (("one", FIRST), ("two", SECOND), ("three", THIRD)):
        (tmp_path / f"{name}.c").write_text("#ifdef __GLIBC__\n#error\n#endif\n" + text)
    for link in ("-static", "-static-pie", "-pie", "-no-pie"):
        errors = io.StringIO()
        context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
        words = ["-O2", link, "-fPIE", "one.c", "two.c", "three.c", "-o", "prog", "-lm", "-pthread"]
        assert driver(["--target=x86_64-linux-musl", *words], context) == 0, errors.getvalue()
        if "static" in link or os.path.exists("/lib/ld-musl-x86_64.so.1"):
            assert output(tmp_path) == EXPECTED


SCRIPT_SYMBOLS = r"""
#include <stdio.h>
extern char _end[], etext[], __init_array_start[], fixed[];
char *volatile table[] = { _end, etext, __init_array_start, fixed };
int main(void)
{
    printf("%d %d %d %d\n", table[0] == _end, table[1] == etext, table[2] == __init_array_start, (long)table[3] == 0x1234);
    return table[0] < (char *)main;
}
"""


@pytest.mark.parametrize("words", [["-fPIE", "-pie"], ["-fPIE", "-static-pie"], ["-no-pie"]], ids=" ".join)
def test_addresses_that_a_script_assigns(words: list[str], tmp_path: Path) -> None:
    """In position-independent programs a pointer to such a symbol moves with the program; a number does not."""
    (tmp_path / "t.c").write_text(SCRIPT_SYMBOLS)
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
    assert driver(["--target=x86_64-linux-gnu", "-O2", "-w", *words, "-Wl,--defsym=fixed=0x1234", "t.c", "-o", "t"], context) == 0, errors.getvalue()
    done = subprocess.run([str(tmp_path / "t")], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "1 1 1 1\n")
