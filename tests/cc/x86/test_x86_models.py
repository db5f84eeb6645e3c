"""Thread-local models and the medium code model: compiled, linked and run, alone and against shared objects."""
from __future__ import annotations

import io
import os
import platform
import subprocess
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

needs_libc = pytest.mark.skipif(platform.machine() != "x86_64" or not os.path.exists("/usr/lib32/libc.so"), reason="needs an x86-64 machine with both C libraries")

TLS = r"""
extern int printf(const char *, ...);
#ifdef MODEL
#define M __attribute__((tls_model(MODEL)))
#else
#define M
#endif
static __thread int own M = 5;
static __thread struct { int a[4]; long b; } rec M = {{1, 2, 3, 4}, 9};
__thread int exported M = 11;
__thread int hidden M __attribute__((visibility("hidden"))) = 13;
extern __thread int elsewhere M;
__attribute__((noinline)) int *address(void) { return &rec.a[2]; }
__attribute__((noinline)) int sum(int k) { own += k; rec.a[k & 3]++; exported++; hidden += rec.a[2]; return own + rec.a[1] + (int)rec.b + exported + hidden + elsewhere; }
int work(void) { int a = sum(1), b = sum(2); return a * 1000 + b + *address(); }
"""
TLS_MAIN = r"""
extern int printf(const char *, ...);
__thread int elsewhere = 100;
int work(void);
#include <pthread.h>
static void *run(void *p) { *(int *)p = work(); return 0; }
int main(void) { int r; pthread_t t; pthread_create(&t, 0, run, &r); pthread_join(t, 0); int a = work(), b = work(); printf("%d %d %d\n", r, a, b); return 0; }
"""
SAYS = "146157 146157 160173\n"

MEDIUM = r"""
extern int printf(const char *, ...);
char big[200000];
static int table[50000] = {1, 2, 3};
static const short constant[40000] = {7, 8, 9};
int small = 4;
extern int unknown[];
extern char elsewhere[100000];
int *pointer = &table[2];
int named[100] __attribute__((section(".ldata"))) = {5};
static int zero[100] __attribute__((section(".lbss")));
static __thread char local[100000];
__attribute__((noinline)) int sum(int i) { big[i] += i; table[i] += big[i]; zero[1] += 3; local[99999]++; return table[i] + constant[i & 3] + small + unknown[1] + elsewhere[i] + *pointer + named[0] + zero[1] + local[99999]; }
__attribute__((noinline)) char *address(int i) { return big + i; }
int call(void) { return sum(1) * 100 + sum(2) + (address(7) - big); }
"""
MEDIUM_MAIN = r"""
extern int printf(const char *, ...);
int unknown[3] = {1, 20, 300};
char elsewhere[100000] = {1, 2, 3};
int call(void);
int main(void) { printf("%d\n", call()); return 0; }
"""


def cc(folder: Path, *arguments: str) -> None:
    """Run our driver in the folder."""
    errors = io.StringIO()
    context = ToolContext(str(folder), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
    assert driver(["--target=x86_64-linux-gnu", "-w", *arguments], context) == 0, errors.getvalue()


def run(folder: Path) -> str:
    """What the program prints."""
    done = subprocess.run([str(folder / "program")], capture_output=True, text=True, timeout=60, env={**os.environ, "LD_LIBRARY_PATH": str(folder)})
    assert done.returncode == 0
    return done.stdout


@needs_libc
@pytest.mark.parametrize(("machine", "mark"), [("-m64", "tlsld"), ("-m32", "tlsldm")])
def test_local_dynamic(tmp_path: Path, machine: str, mark: str) -> None:
    """What is known to be in the shared object itself; in executables the linker makes local-exec of it, and of general-dynamic."""
    (tmp_path / "part.c").write_text(TLS)
    (tmp_path / "main.c").write_text(TLS_MAIN)
    cc(tmp_path, machine, "-O2", "-fPIC", "-S", "part.c")
    text = (tmp_path / "part.s").read_text().lower()
    assert text.count("@" + mark) >= 3 and "exported@tlsgd" in text and "own@dtpoff" in text
    cc(tmp_path, machine, "-O2", "-fPIC", "-shared", "part.c", "-o", "libpart.so")
    cc(tmp_path, machine, "main.c", "-L.", "-lpart", "-o", "program")
    assert run(tmp_path) == SAYS
    for model in ("local-dynamic", "global-dynamic"):
        cc(tmp_path, machine, "-O1", f'-DMODEL="{model}"', "-fPIE", "-pie", "part.c", "main.c", "-o", "program")
        assert run(tmp_path) == SAYS


@needs_libc
def test_medium_code_model(tmp_path: Path) -> None:
    """Objects above the threshold lie in sections of their own and are reached by 64-bit addresses."""
    (tmp_path / "part.c").write_text(MEDIUM)
    (tmp_path / "main.c").write_text(MEDIUM_MAIN)
    cc(tmp_path, "-mcmodel=medium", "-O2", "-fno-pie", "-S", "part.c")
    text = (tmp_path / "part.s").read_text()
    assert "movabsq\t$big, " in text and "small(%rip)" in text and ".lbss" in text and ".ldata" in text and ".lrodata" in text
    cc(tmp_path, "-mcmodel=medium", "-mlarge-data-threshold=3", "-O2", "-fno-pie", "-S", "part.c")
    assert "small(%rip)" not in (tmp_path / "part.s").read_text()
    for options in ("-fno-pie", "-fPIE"):
        cc(tmp_path, "-mcmodel=medium", "-O2", options, "-c", "part.c")
        cc(tmp_path, options.replace("f", "", 1) if options == "-fno-pie" else "-pie", options, "main.c", "part.o", "-o", "program")
        assert run(tmp_path) == "4966\n"
    cc(tmp_path, "-mcmodel=medium", "-fPIC", "-shared", "part.c", "-o", "libpart.so")
    cc(tmp_path, "main.c", "-L.", "-lpart", "-o", "program")
    assert run(tmp_path) == "4966\n"


LARGE_ARGUMENTS = r"""
extern int printf(const char *, ...);
struct S { char buf[3000]; int n; };
struct T { short a[1001]; };
struct S s; struct T t;
__attribute__((noinline)) int take(int a, struct S x, int b, struct T y, double d, struct S z, int c) { x.buf[5]++; return a + b + c + x.n + x.buf[0] + x.buf[2999] + y.a[1000] + y.a[0] + z.n + z.buf[15] + z.buf[16] + z.buf[17] + (int)d + x.buf[5]; }
__attribute__((noinline)) int give(int k) { struct S l = s; l.n += k; return take(k, s, 2, t, 2.5, l, 3); }
int main(void) { for (int i = 0; i < 3000; i++) s.buf[i] = i * 7; for (int i = 0; i < 1001; i++) t.a[i] = i + 5; s.n = 100000; printf("%d %d\n", give(1), give(2)); return 0; }
"""

FAR_FRAME = r"""
#define SIZE 0x80001000UL
char get(char *, long);
int far_frame(int k, long a, long b, long c, long d, long e, long f, long g)
{
    char s[SIZE];
    volatile int x = k;
    s[SIZE - 1] = 5;
    s[0] = 1;
    return get(s, SIZE - 1) + s[SIZE - 1] + x + g;
}
"""


@needs_libc
@pytest.mark.parametrize("options", ["-m64 -O2", "-m32 -O2", "-m32 -O0"])
def test_large_records_as_arguments(tmp_path: Path, options: str) -> None:
    """They are copied by memcpy, whose own arguments must not come in the way."""
    (tmp_path / "main.c").write_text(LARGE_ARGUMENTS)
    cc(tmp_path, *options.split(), "main.c", "-o", "program")
    assert run(tmp_path) == "201392 201394\n"


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_frame_beyond_32_bit_displacements(tmp_path: Path, level: str) -> None:
    """Such places are reached by way of r11, which nothing else uses."""
    (tmp_path / "part.c").write_text(FAR_FRAME)
    cc(tmp_path, level, "-S", "part.c")
    text = (tmp_path / "part.s").read_text()
    assert "subq\t%r11, %rsp" in text and "leave" in text or "movq\t%rbp, %rsp" in text or "(%rbp), %rsp" in text
