"""Thread-local models, the medium and the large code model: compiled, linked and run, alone and against shared objects."""
from __future__ import annotations

import io
import os
import platform
import re
import shutil
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


LARGE = r"""
struct rec { int a, b; double d; };
int shared_data = 5;
int zero[10];
static int count;
static const int numbers[4] = {2, 3, 5, 7};
static struct rec local = {1, 2, 3.5};
extern int elsewhere;
extern int table_elsewhere[];
extern int function_elsewhere(int);
extern int missing(int) __attribute__((weak));
extern int missing_data __attribute__((weak));
int hidden_data __attribute__((visibility("hidden"))) = 17;
__attribute__((visibility("hidden"))) int hidden_function(int x) { return x + hidden_data; }
static __attribute__((noinline)) int own(int x) { return x * 3 + count++; }
int exported(int x) { return x - 1; }
int (*pointers[])(int) = {own, exported, function_elsewhere, hidden_function};
int *addresses[] = {&shared_data, &elsewhere, &count, &table_elsewhere[2]};
static __thread int tls_own = 3;
__thread int tls_exported = 4;
extern __thread int tls_elsewhere;
extern __thread int tls_ie __attribute__((tls_model("initial-exec")));
int tls(int k) { tls_own += k; tls_exported += k; return tls_own * tls_exported + tls_elsewhere + tls_ie; }
__attribute__((noinline)) int *tls_address(int k) { return k ? &tls_own : &tls_elsewhere; }
double floating(double x, float y) { return -x * 2.5 + y / 3.0f + (x > 1.25 ? 0.5 : 100.0) + (long double)x * 1.1L; }
unsigned long big_float(double x) { return (unsigned long)x; }
int dense(int x) { switch (x) { case 0: return own(1); case 1: return elsewhere; case 2: return function_elsewhere(7); case 3: return numbers[x]; case 4: return 8; case 5: return exported(6); case 6: return zero[3]; case 7: return 70; default: return -1; } }
const char *text(int x) { return x ? "hello" : "world"; }
int computed(int x) { static void *where[] = {&&a, &&b, &&c}; void *here = &&c; if (x > 2) goto *here; goto *where[x]; a: return 10; b: return function_elsewhere(20); c: return 30 + x; }
int statics(void) { static int calls; static double sum = 1.5; sum *= 2; return ++calls + (int)sum; }
int weak(void) { return (missing ? missing(1) : 40) + (&missing_data ? 1 : 2); }
struct rec whole(int k) { struct rec r = local; r.a += k; local = r; zero[k & 7] = k; return r; }
int (*choose(int x))(int) { return x == 0 ? own : x == 1 ? exported : x == 2 ? function_elsewhere : hidden_function; }
__int128 divide(__int128 a, int b) { return a / b; }
int tail(int x) { return function_elsewhere(x + shared_data); }
int through(int (*f)(int), int x) { return f(x) + table_elsewhere[x & 3]; }
int atomics(void) { __atomic_fetch_add(&count, 3, __ATOMIC_SEQ_CST); __atomic_store_n(&zero[9], 6, __ATOMIC_SEQ_CST); return count + zero[9] + (shared_data > 4 && count == shared_data); }
"""
LARGE_MAIN = r"""
extern int printf(const char *, ...);
struct rec { int a, b; double d; };
int elsewhere = 1000;
int table_elsewhere[4] = {1, 10, 100, 1000};
int function_elsewhere(int x) { return x * 2; }
__thread int tls_elsewhere = 7;
__thread int tls_ie = 9;
extern int shared_data, zero[10];
int tls(int), *tls_address(int), dense(int), computed(int), statics(void), weak(void), exported(int), tail(int), through(int (*)(int), int), atomics(void);
double floating(double, float);
unsigned long big_float(double);
const char *text(int);
struct rec whole(int);
int (*choose(int))(int);
__int128 divide(__int128, int);
extern int (*pointers[])(int);
extern int *addresses[];
int main(void)
{
    int a = tls(1), b = tls(2);
    printf("%d %d %d %d\n", a, b, *tls_address(0), *tls_address(1));
    printf("%g %g %lu %lu\n", floating(1.0, 2.0f), floating(2.0, 1.0f), big_float(1e19), big_float(3.9));
    for (int k = -1; k < 9; k++) printf("%d ", dense(k));
    printf("%s %s %d %d %d %d\n", text(0), text(1), computed(0), computed(1), computed(2), computed(3));
    int s = statics(), t = statics();
    printf("%d %d %d\n", s, t, weak());
    struct rec r = whole(5);
    s = whole(2).a;
    printf("%d %d %g %d %d\n", r.a, r.b, r.d, zero[5], s);
    for (int k = 0; k < 4; k++) { a = choose(k)(k), b = pointers[k](k); printf("%d %d %d ", a, b, *addresses[k]); }
    printf("%d %d %d\n", choose(1) == exported, choose(2) == function_elsewhere, addresses[1] == &elsewhere);
    a = through(choose(0), 2);
    printf("%ld %d %d %d %d\n", (long)divide((__int128)1 << 70, 1 << 20), tail(3), a, shared_data, atomics());
    return 0;
}
"""
LARGE_SAYS = """\
36 58 7 6
99.2667 -1.96667 10000000000000000000 3
-1 3 1000 14 7 8 5 0 70 -1 world hello 10 40 32 33
4 8 42
6 2 3.5 5 8
1 2 5 0 0 1000 4 4 3 20 20 100 1 1 1
1125899906842624 16 109 5 13
"""


@needs_libc
@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_large_position_independent_model(tmp_path: Path, level: str) -> None:
    """All that 64-bit distances from the GOT reach, in executables and shared objects; thread-local accesses are relaxed to both executable models."""
    (tmp_path / "part.c").write_text(LARGE)
    (tmp_path / "main.c").write_text(LARGE_MAIN)
    large = ("-mcmodel=large", level, "-c")
    cc(tmp_path, *large, "-fPIC", "part.c", "-o", "pic.o")
    cc(tmp_path, *large, "-fPIE", "part.c", "-o", "pie.o")
    cc(tmp_path, *large, "-fPIE", "main.c", "-o", "main.o")
    cc(tmp_path, "-shared", "pic.o", "-o", "libpart.so")
    cc(tmp_path, "-O1", "-fPIC", "-shared", "main.c", "-o", "libmain.so")
    for objects in (("main.o", "pie.o"), ("main.o", "pic.o"), ("main.o", "-L.", "-lpart"), ("pic.o", "-L.", "-lmain")):
        cc(tmp_path, "-pie", *objects, "-o", "program")
        assert run(tmp_path) == LARGE_SAYS
    if shutil.which("gcc") is None:
        return
    for command in (["-mcmodel=large", "-O2", "-fPIC", "-c", "part.c", "-o", "gcc.o"], ["-pie", "main.o", "pic.o", "-o", "program"]):
        subprocess.run(["gcc", "-w", *command], cwd=tmp_path, check=True)
    assert run(tmp_path) == LARGE_SAYS
    for objects in (("main.o", "gcc.o"), ("gcc.o", "-L.", "-lmain")):
        cc(tmp_path, "-pie", *objects, "-o", "program")
        assert run(tmp_path) == LARGE_SAYS


def test_large_position_independent_code(tmp_path: Path) -> None:
    """The psABI's sequences (3.5.3, 3.5.4, 3.5.5); nothing but thread-local places and labels is relative to the instruction pointer."""
    (tmp_path / "part.c").write_text(LARGE)
    cc(tmp_path, "-mcmodel=large", "-fPIC", "-O2", "-S", "part.c")
    text = (tmp_path / "part.s").read_text()
    for what in ("_GLOBAL_OFFSET_TABLE_-.L", "count@GOTOFF", "shared_data@GOT,", "function_elsewhere@PLTOFF", "__divti3@PLTOFF", "__tls_get_addr@PLTOFF",
                 "function_elsewhere@GOT,"):
        assert f"movabsq\t${what}" in text
    places = re.findall(r"(\S+)\(%rip\)", text)
    assert places and all(place.startswith(".L") or "@TLS" in place or "@GOTTPOFF" in place for place in places)
    assert "call\t" not in text
    cc(tmp_path, "-mcmodel=large", "-fPIE", "-O2", "-S", "part.c")
    text = (tmp_path / "part.s").read_text()
    assert "shared_data@GOTOFF" in text and "elsewhere@GOT," in text and "exported@GOTOFF" in text


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
