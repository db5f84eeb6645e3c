"""Vectors, x87 operands of inline assembly, guarded branches, position-independent i386 code: compiled by our driver, linked by the system's, run."""
from __future__ import annotations

import glob
import io
import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.cc.x86 import cpu_features
from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

NATIVE = platform.machine() == "x86_64" and shutil.which("gcc") is not None
needs_gcc = pytest.mark.skipif(not NATIVE, reason="needs an x86-64 machine with gcc")

VECTORS = r"""
#include <emmintrin.h>
typedef int v4si __attribute__((vector_size(16)));
typedef unsigned char v16qu __attribute__((vector_size(16)));
typedef int v8si __attribute__((vector_size(32)));
extern int printf(const char *, ...);
__attribute__((noinline)) v4si mix(int n, v4si a, double d, v4si b) { return a * b + (a < b) - (a >> n) + (int)d; }
__attribute__((noinline)) v8si wide(v8si a, v8si b) { return a + b * 3; }
__attribute__((noinline)) v4si swap(v4si a, v4si b) { return __builtin_shufflevector(a, b, 1, 0, 7, 6) + __builtin_shufflevector(a, b, 0, 4, 1, 5); }
__attribute__((noinline)) int find(const unsigned char *p, unsigned char c) {
  __m128i x = _mm_loadu_si128((const __m128i_u *)p);
  return _mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8((char)c)));
}
int main(void) {
  v4si a = {1, -2, 300000, -400000}, b = {5, -2, -70000, 80000};
  v4si r = mix(3, a, 2.5, b), s = swap(a, b);
  printf("%d %d %d %d\n%d %d %d %d\n", r[0], r[1], r[2], r[3], s[0], s[1], s[2], s[3]);
  v8si w = wide((v8si){1, 2, 3, 4, 5, 6, 7, 8}, (v8si){8, 7, 6, 5, 4, 3, 2, 1});
  printf("%d %d\n", w[0], w[7]);
  unsigned char text[20] = "abcabcabcabcabcabc";
  printf("%x %x\n", find(text + 1, 'c'), find(text, 'z'));
  v16qu t = (v16qu){250, 3} + 10;
  printf("%d %d %d\n", t[0], t[1], t[15]);
  __m128i p = _mm_packus_epi16(_mm_set1_epi16(300), _mm_setr_epi16(-5, 1, 2, 3, 4, 5, 6, 7));
  printf("%d %d %d\n", _mm_extract_epi16(p, 0), _mm_extract_epi16(p, 4), _mm_cvtsi128_si32(_mm_sad_epu8(p, _mm_setzero_si128())));
  return 0;
}
"""
VECTORS_SAY = "6 7 474798982 -1935178927\n-1 6 79998 -70002\n25 11\n2492 0\n4 13 10\n65535 256 2040\n"

FLOAT_ASM = r"""
extern int printf(const char *, ...);
double sine(double x) { double r; __asm__("fsin" : "=t"(r) : "0"(x)); return r; }
long double power(long double x, long double y) { long double r; __asm__("fyl2x" : "=t"(r) : "0"(x), "u"(y) : "st(1)"); return r; }
double rest(double x, double y) { double r; __asm__("1: fprem; fnstsw %%ax; sahf; jp 1b" : "=t"(r) : "0"(x), "u"(y) : "ax", "cc"); return r; }
void both(double x, double *s, double *c) { __asm__("fsincos" : "=t"(*c), "=u"(*s) : "0"(x)); }
int rounded(double x) { int r; __asm__("fistpl %0" : "=m"(r) : "t"(x) : "st"); return r; }
double sum(double a, double b) { double r; __asm__("fadd %2,%0" : "=t"(r) : "0"(a), "f"(b)); return r; }
int second_byte(int x) { int r; __asm__("movzbl %h1,%0" : "=r"(r) : "Q"(x)); return r; }
int sign(int x) { int y; __asm__ goto("leal 1(%1),%0; test %1,%1; js %l[neg]" : "=r"(y) : "r"(x) : "cc" : neg); return y; neg: return -y; }
int main(void) {
  double s, c;
  both(0.5, &s, &c);
  printf("%.6f %.3Lf %.3f %.6f %.6f %d %.1f %x %d %d\n", sine(1), power(8, 1), rest(7.5, 2), s, c, rounded(3.7), sum(1, 2), second_byte(0x1234), sign(4), sign(-4));
  return 0;
}
"""
FLOAT_ASM_SAYS = "0.841471 3.000 1.500 0.479426 0.877583 4 3.0 12 5 3\n"

BRANCHES = r"""
extern int printf(const char *, ...);
int inc(int x) { return x + 1; }
static int (*volatile fp)(int) = inc;
__attribute__((noinline)) int call(int (*f)(int), int x) { return f(x) * 2; }
__attribute__((noinline)) int tail(int (*f)(int), int x) { return f(x); }
__attribute__((noinline)) int table(int x) {
  switch (x) { case 0: return fp(3); case 1: return fp(5); case 2: return fp(9); case 3: return fp(1); case 4: return fp(22); case 5: return fp(77); } return 0; }
__attribute__((noinline, indirect_branch("keep"), function_return("keep"))) int keep(int (*f)(int), int x) { return f(x) * 3; }
__attribute__((noinline)) int computed(int n) { static void *t[] = {&&a, &&b, &&c}; goto *t[n]; a: return 1; b: return 2; c: return 3; }
struct S { int a[5]; };
__attribute__((noinline)) struct S make(int x) { struct S s = {{x, x + 1}}; return s; }
int main(void) { printf("%d %d %d %d %d %d %d\n", call(fp, 4), tail(fp, 5), table(4), table(9), keep(fp, 1), computed(2), make(3).a[1]); return 0; }
"""
BRANCHES_SAY = "10 6 23 0 6 3 4\n"

SHARED = r"""
extern int ext, extf(int);
static int loc = 3;
int glob = 4;
__thread int tl = 5;
extern __thread int te;
static __thread int ts = 7;
int f(int x) { ext += glob; loc++; return extf(x) + loc; }
int *addr(void) { return &ext; }
int tls(void) { return tl + te + ts++; }
double half(double x) { return x * 0.5 + glob; }
"""
USER = r"""
extern int printf(const char *, ...);
int ext = 10;
__thread int te = 20;
int extf(int x) { return x * 2; }
extern int f(int), *addr(void), tls(void);
extern double half(double);
int main(void) { int r = f(3), a = tls(), b = tls(); printf("%d %d %d %d %.1f\n", r, *addr(), a, b, half(3)); return 0; }
"""


def compile_to(folder: Path, text: str, options: list[str], name: str = "t") -> Path:
    """Object file of a text."""
    source, out = folder / f"{name}.c", folder / f"{name}.o"
    source.write_text(text)
    errors = io.StringIO()
    context = ToolContext(str(folder), {"PATH": os.environ["PATH"], "HOME": str(folder)}, io.BytesIO(), io.BytesIO(), errors)
    phase = [] if "-S" in options else ["-c"]
    assert driver(["--target=x86_64-linux-gnu", "-w", *options, *phase, str(source), "-o", str(out)], context) == 0, errors.getvalue()
    return out


def run(folder: Path, objects: list[Path], options: list[str]) -> str:
    """Link and run."""
    program = folder / "program"
    linked = subprocess.run(["gcc", *options, *map(str, objects), "-o", str(program), "-lm"], capture_output=True, text=True)
    if linked.returncode and "-m32" in options:
        pytest.skip("no 32-bit C library")
    assert linked.returncode == 0, linked.stderr
    return subprocess.run([str(program)], capture_output=True, text=True, timeout=30).stdout


@needs_gcc
@pytest.mark.parametrize("options", [["-O0"], ["-O2"], ["-m32", "-msse2", "-O2"]], ids=" ".join)
def test_vectors(tmp_path: Path, options: list[str]) -> None:
    """Operators and intrinsics, arguments in registers."""
    if "-m32" in options and not glob.glob("/usr/include/**/gnu/stubs-32.h", recursive=True):
        pytest.skip("no 32-bit C library's headers")
    assert run(tmp_path, [compile_to(tmp_path, VECTORS, options)], [o for o in options if o == "-m32"]) == VECTORS_SAY


def test_vector_code(tmp_path: Path) -> None:
    """One instruction for an addition of four."""
    text = "typedef int v __attribute__((vector_size(16))); v f(v a, v b) { return a + b; }"
    code = compile_to(tmp_path, text, ["-O2", "-S"]).read_text()
    assert "paddd\t%xmm1, %xmm0" in code and "movups" not in code


@needs_gcc
@pytest.mark.parametrize("options", [["-O0"], ["-O2"], ["-m32", "-O2"]], ids=" ".join)
def test_x87_operands(tmp_path: Path, options: list[str]) -> None:
    """Constraints t, u, f; Q; asm goto with outputs."""
    assert run(tmp_path, [compile_to(tmp_path, FLOAT_ASM, options)], [o for o in options if o == "-m32"]) == FLOAT_ASM_SAYS


DEEP = r"""
extern int printf(const char *, ...);
struct s { float f; double d; long double l; int i; unsigned u; long long w; };
#define NOINLINE __attribute__((noinline))
NOINLINE long double half(long double x) { return x * 0.5L; }
NOINLINE _Complex long double both(long double a, long double b) { return (a - b) + 1.0iL * (b / a); }
NOINLINE _Complex long double same(long double a) { a -= 1; return a + 1.0iL * a; }
NOINLINE long double deep(long double a, long double b, long double c, double d, float e) {
  long double p = a - b, q = b - c, r = c - d, s = d - e, t = e - a, u = a / c, v = b / d, w = c / e, x = d / a, y = e / b;
  return (p - (q - (r - (s - (t - (u - (v - (w - (x - y))))))))) + (y / (x / (w / (v / (u / (t / (s / (r / (q / p)))))))));
}
NOINLINE long double turned(struct s *p, long double a, long double b) {
  long double m = p->f - a, n = p->d / b, o = a - p->f, q = b / p->d;
  p->d = m; p->f = n;
  long double k = half(o) - q, z = p->i - k;
  p->l = z * z; p->w = z * 1000; p->u = -z * 100000;
  return k / (k - z) + (int)z - (a - a) + (b + b) + (m < n ? m : n) + (n > m ? o : q) + (m == m) + (q != q);
}
NOINLINE long double fibonacci(int n, long double a, long double b) {
  while (n--) { long double c = a + b; a = b; b = c; }
  return a - b;
}
int main(void) {
  struct s s = { 1.5f, -2.25, 3, -4, 5, 6 };
  _Complex long double z = both(3, 4), y = same(8);
  printf("%La %La %La %La\n", __real__ z, __imag__ z, __real__ y, __imag__ y);
  printf("%La\n", deep(1.25L, 2.5L, 7, 11, 13));
  printf("%La", turned(&s, 5, 7));
  printf(" %a %a %La %d %u %lld\n", s.f, s.d, s.l, s.i, s.u, s.w);
  printf("%La\n", fibonacci(9, 1, 2));
  return 0;
}
"""
DEEP_SAYS = """\
-0x8p-3 0xa.aaaaaaaaaaaaaabp-3 0xep-1 0xep-1
0x8.130347f9141de25p+1
0xe.b560637f7b56064p-1 -0x1.492492p-2 -0x1.cp+1 0x9.d09e06522c3f35bp+3 -4 886111 -8861
-0xd.cp+2
"""


@needs_gcc
@pytest.mark.parametrize("options", [["-O0"], ["-O2"], ["-O2", "-g"], ["-m32", "-O0"], ["-m32", "-O2"], ["-m32", "-Os", "-fpic"]], ids=" ".join)
def test_x87_stack(tmp_path: Path, options: list[str]) -> None:
    """More values than the x87 stack has places, in all orders, over calls and branches; results in one and two registers."""
    assert run(tmp_path, [compile_to(tmp_path, DEEP, options)], [o for o in options if o == "-m32"]) == DEEP_SAYS


@needs_gcc
@pytest.mark.parametrize("options", ["-mindirect-branch=thunk -mfunction-return=thunk -mharden-sls=all",
                                     "-mindirect-branch=thunk-inline -mfunction-return=thunk-inline", "-fcf-protection", "-mcmodel=large -fno-pie"])
def test_branches(tmp_path: Path, options: str) -> None:
    """The options change how control goes, not where."""
    made = compile_to(tmp_path, BRANCHES, ["-O2", *options.split()])
    assert run(tmp_path, [made], ["-no-pie"] if "large" in options else []) == BRANCHES_SAY


def test_thunk_names(tmp_path: Path) -> None:
    """What Linux looks for."""
    code = compile_to(tmp_path, BRANCHES, ["-O2", "-S", "-mindirect-branch=thunk-extern", "-mfunction-return=thunk-extern", "-mharden-sls=all"]).read_text()
    assert "__x86_indirect_thunk_" in code and "jmp\t__x86_return_thunk" in code and code.count("*%") == 1
    assert "__x86_return_thunk:" not in code
    code = compile_to(tmp_path, BRANCHES, ["-O2", "-S", "-fcf-protection=branch"]).read_text()
    assert code.count("endbr64") >= 10 and ".note.gnu.property" in code


@needs_gcc
@pytest.mark.parametrize("mode", [[], ["-m32"]], ids=["64", "32"])
def test_shared_objects(tmp_path: Path, mode: list[str]) -> None:
    """The GOT and thread-local storage, in a shared object and in executables."""
    user = compile_to(tmp_path, USER, ["-O2", *mode], "user")
    for options in (["-fPIC"], ["-fPIE"]):
        part = compile_to(tmp_path, SHARED, ["-O2", *options, *mode], "part")
        if options == ["-fPIC"]:
            made = subprocess.run(["gcc", *mode, "-shared", str(part), "-o", str(tmp_path / "libpart.so")], capture_output=True, text=True)
            if made.returncode and mode:
                pytest.skip("no 32-bit C library")
            assert made.returncode == 0 and "TEXTREL" not in made.stderr, made.stderr
            assert run(tmp_path, [user, tmp_path / "libpart.so"], mode) == "10 14 32 33 5.5\n"
        assert run(tmp_path, [user, part], mode) == "10 14 32 33 5.5\n"


ATOMICS = r"""
extern int printf(const char *, ...);
#ifdef __SIZEOF_INT128__
typedef unsigned __int128 word;
#define HIGH 64
#else
typedef unsigned long long word;
#define HIGH 32
#endif
word g;
_Atomic word c = 5;
_Atomic double d = 1.5;
int main(void) {
  word x = ((word)5 << HIGH) | 7;
  __atomic_store_n(&g, x, 5);
  word y = __atomic_fetch_add(&g, ((word)1 << HIGH) | 0xffffffff, 5);
  int r = __atomic_compare_exchange_n(&g, &x, 3, 0, 5, 5), q = __atomic_compare_exchange_n(&g, &x, 9, 0, 5, 5);
  word z = __sync_val_compare_and_swap(&g, 9, ((word)8 << HIGH) | 2);
  word n = __atomic_load_n(&g, 5);
  c++;
  c = c * 2;
  d += 2;
  printf("%d %d %d %d %d %d %d %d %.1f\n", (int)(y >> HIGH), (int)y, r, q, (int)z, (int)(n >> HIGH), (int)n, (int)c, d);
  return 0;
}
"""


@needs_gcc
@pytest.mark.parametrize("options", [["-O0", "-mcx16"], ["-O2", "-mcx16"], ["-m32", "-O2"]], ids=" ".join)
def test_atomics_of_two_words(tmp_path: Path, options: list[str]) -> None:
    """cmpxchg8b and cmpxchg16b."""
    assert run(tmp_path, [compile_to(tmp_path, ATOMICS, options)], [o for o in options if o == "-m32"]) == "5 7 0 1 9 8 2 12 3.5\n"


@needs_gcc
def test_what_the_processor_can_do(tmp_path: Path) -> None:
    """__builtin_cpu_supports and __builtin_cpu_is answer as gcc's do, with our support library and, linked by gcc, with its own."""
    lines = [f'printf("%d", !!__builtin_cpu_supports("{name}"));' for name in cpu_features.NAMES] + [
        f'printf("%d", __builtin_cpu_is("{name}"));' for name in cpu_features.VENDORS]
    (tmp_path / "t.c").write_text("int printf(const char *, ...);\nint main(void) { __builtin_cpu_init(); " + "\n".join(lines) + "return 0; }\n")
    subprocess.run(["gcc", "-o", "theirs", "t.c"], cwd=tmp_path, check=True)
    for words in (["-o", "ours", "t.c"], ["-static", "-O2", "-o", "static", "t.c"], ["-O2", "-c", "t.c"]):
        context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), io.StringIO())
        assert driver(["--target=x86_64-linux-gnu", *words], context) == 0, context.stderr
    subprocess.run(["gcc", "-o", "mixed", "t.o"], cwd=tmp_path, check=True)
    outputs = {subprocess.run([tmp_path / name], capture_output=True, check=True, timeout=60).stdout for name in ("theirs", "ours", "static", "mixed")}
    assert len(outputs) == 1


def test_where_features_have_their_bits() -> None:
    """The numbers of gcc 12."""
    assert [cpu_features.NUMBERS[n] for n in ("cmov", "avx2", "avx512vbmi2", "gfni", "lzcnt", "osxsave", "pconfig", "sha", "tbm", "avx512fp16", "x86-64-v4")] == [
        0, 10, 31, 32, 57, 62, 63, 74, 76, 94, 98]
    assert cpu_features.question("__builtin_cpu_supports", "sha") == ("__cpu_features2", 4, 1 << 10, 1 << 10)


@pytest.mark.parametrize("text, message", [
    ('__builtin_cpu_supports("sse9")', "'__builtin_cpu_supports' does not know 'sse9' on this target"), ('__builtin_cpu_is("z80")', "'__builtin_cpu_is' does not know 'z80' on this target"),
    ("__builtin_cpu_supports(p)", "parameter to builtin must be a string constant or literal")])
def test_processors_nobody_knows(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.c").write_text(f"int f(const char *p) {{ return {text}; }}\n")
    errors = io.StringIO()
    assert driver(["--target=x86_64-linux-gnu", "-c", "t.c"], ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)) == 1
    assert message in errors.getvalue()
