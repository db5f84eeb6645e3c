"""C programs through the whole compiler, run under QEMU; and calls across the ABI, mixed with gcc's objects."""
from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver import main as driver

pytestmark = pytest.mark.skipif(not (shutil.which("riscv64-linux-gnu-gcc") and shutil.which("qemu-riscv64")),
                                reason="needs riscv64-linux-gnu-gcc and qemu-riscv64")


def compile_c(tmp: str, name: str, text: str, *options: str) -> str:
    """Object file of a C text by our compiler."""
    source = os.path.join(tmp, name + ".c")
    with open(source, "w") as f:
        f.write(text)
    obj = os.path.join(tmp, name + ".o")
    err = io.StringIO()
    context = ToolContext(tmp, dict(os.environ), sys.stdin.buffer if hasattr(sys.stdin, "buffer") else io.BytesIO(), io.BytesIO(), err)  # type: ignore[arg-type]
    status = driver.main(["--target=riscv64-linux-gnu", "-w", "-fverify-ir", *options, "-c", source, "-o", obj], context)
    assert status == 0, err.getvalue()
    return obj


def run(tmp: str, *objects: str) -> str:
    """Link by gcc and run."""
    exe = os.path.join(tmp, "program")
    subprocess.run(["riscv64-linux-gnu-gcc", "-static", "-o", exe, *objects, "-lm", "-latomic"], check=True)
    p = subprocess.run(["qemu-riscv64", exe], capture_output=True, text=True, timeout=60)
    return p.stdout + (f"status {p.returncode}\n" if p.returncode else "")


def reference(tmp: str, name: str, text: str) -> str:
    """Object file by gcc."""
    source = os.path.join(tmp, name + "_ref.c")
    with open(source, "w") as f:
        f.write(text)
    obj = os.path.join(tmp, name + "_ref.o")
    subprocess.run(["riscv64-linux-gnu-gcc", "-w", "-O1", "-c", source, "-o", obj], check=True)
    return obj


@pytest.mark.parametrize(("members", "register"), [("float f; void *p;", "a0"), ("float f; long p;", "fa0"), ("float f; char none[0]; float g;", "a0"), ("float f; union {} none;", "fa0"),
                                                   ("float f; int : 5; int k;", "a0"), ("float f; int : 5;", "fa0")])
def test_flattened_records(tmp_path: Path, members: str, register: str) -> None:
    """Which records of a floating member travel in floating registers: none with pointers or empty arrays, as gcc and clang have it."""
    (tmp_path / "s.c").write_text(f"struct s {{ {members} }}; float f(struct s s) {{ return s.f; }}")
    assert driver.main(["--target=riscv64-linux-gnu", "-O2", "-S", "s.c"], ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), io.StringIO())) == 0
    text = (tmp_path / "s.s").read_text()
    assert bool(re.search(r"\ba0\b", text)) == (register == "a0"), text


def test_conditional_moves(tmp_path: Path) -> None:
    """Zicond replaces branches if -march names it; conditions of narrow types are extended."""
    text = "int f(int c, int a, int b) { return c > 5 ? a : b; } long g(unsigned char c, long a) { return c & 4 ? a : 0; } " \
        "int h(int a) { return a < 0 ? -a : a; } unsigned m(unsigned a, unsigned b) { return a < b ? a : b; }"
    for march, moves in (("rv64gc", False), ("rv64gc_zicond", True)):
        err = io.StringIO()
        (tmp_path / "s.c").write_text(text)
        context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), err)
        assert driver.main(["--target=riscv64-linux-gnu", "-O2", f"-march={march}", "-S", "-o", "s.s", "s.c"], context) == 0, err.getvalue()
        out = (tmp_path / "s.s").read_text()
        assert ("czero" in out) == moves
        assert (re.search(r"\tb(lt|ge|le|gt|ne|eq)", out) is None) == moves


def test_bit_manipulation(tmp_path: Path) -> None:
    """With -march=..._zba_zbb the 64-bit forms are assembled, and do what they should."""
    text = """int printf(const char *, ...); unsigned long n = 0x8182838485868788;
        int main(void) { printf("%x %x %x %lx %lx\\n", (unsigned short)n, __builtin_bswap16(n), __builtin_bswap32(n), __builtin_bswap64(n), (unsigned long)(int)n);
        printf("%d %d %d %lx %lx\\n", __builtin_clz((int)n), __builtin_ctzl(n), __builtin_popcount(n), (n & 15) * 8 + n, n & ~(n >> 3)); }"""
    for level in ("-O0", "-O2"):
        assert run(str(tmp_path), compile_c(str(tmp_path), "a", text, level, "-march=rv64gc_zba_zbb")) == \
            "8788 8887 88878685 8887868584838281 ffffffff85868788\n0 3 12 81828384858687c8 8182838405060708\n"


LEVELS = ("-O0", "-O2", "-Os")

PROGRAMS = {
    "switch_table": ("""
        int printf(const char *, ...);
        int f(int x) { switch (x) { case 0: return 5; case 1: return 7; case 2: return 9; case 3: return 1; case 4: return 0;
            case 5: return 77; case 6: return 6; case 8: return 4; case 100 ... 200: return 3; case -5: return 2; default: return -1; } }
        int main(void) { int s = 0; for (int i = -10; i < 300; i++) s = s * 3 + f(i); printf("%d\\n", s); return 0; }
        """, None),
    "wide": ("""
        int printf(const char *, ...);
        typedef unsigned __int128 u; typedef __int128 i;
        u mul(u a, u b) { return a * b; } u shl(u a, int n) { return a << n; } i sar(i a, int n) { return a >> n; }
        int lt(i a, i b) { return a < b; } u div(u a, u b) { return a / b; } u rot(u a, int n) { return a << n | a >> (128 - n); }
        int main(void) { u a = (u)0x123456789abcdef0UL << 64 | 0xfedcba9876543210UL, b = (u)3 << 70 | 12345;
            u r[] = { mul(a, b), shl(a, 3), shl(a, 64), shl(a, 100), sar(-(i)a, 70), sar(-(i)a, 5), div(a, b), rot(a, 17), a - b, -a, a ^ b };
            for (int k = 0; k < sizeof r / sizeof *r; k++) printf("%lx %lx\\n", (long)(r[k] >> 64), (long)r[k]);
            printf("%d %d\\n", lt(-1, 1), lt((i)a, (i)b)); return 0; }
        """, None),
    "floats": ("""
        int printf(const char *, ...); double sqrt(double);
        long double ld(long double a, long double b) { return a * b + 1; }
        int main(void) { float f = 1.5f; double d = -2.25; long double l = ld(1.25L, 3);
            printf("%f %f %d %u %ld\\n", f * d, sqrt(2), (int)d, (unsigned)3.9, (long)l);
            printf("%d %d %d %d\\n", d < f, d != d, __builtin_isnan(d / 0), f >= 1.5); return 0; }
        """, None),
    "gotos": ("""
        int printf(const char *, ...);
        int run(const unsigned char *p) { static const void *t[] = { &&inc, &&dbl, &&dec, &&end }; int a = 1; goto *t[*p++];
            inc: a++; goto *t[*p++]; dbl: a *= 2; goto *t[*p++]; dec: a -= 3; goto *t[*p++]; end: return a; }
        int main(void) { unsigned char c[] = { 0, 1, 1, 2, 0, 1, 3 }; printf("%d\\n", run(c)); return 0; }
        """, None),
    "frames": ("""
        int printf(const char *, ...); void *memset(void *, int, unsigned long);
        int big(int n) { int a[3000]; for (int i = 0; i < 3000; i++) a[i] = i * n; int s = 0; for (int i = 0; i < 3000; i += 7) s += a[i]; return s; }
        int dyn(int n) { int s = 0; for (int k = 1; k < n; k++) { int v[k]; memset(v, k, sizeof v); s += v[k - 1]; } char *p = __builtin_alloca(n); p[n - 1] = 3; return s + p[n - 1]; }
        int aligned(void) { _Alignas(64) char b[64]; b[0] = 1; return ((unsigned long)b & 63) == 0 && b[0]; }
        int main(void) { printf("%d %d %d\\n", big(3), dyn(20), aligned()); return 0; }
        """, None),
    "atomics": ("""
        int printf(const char *, ...);
        unsigned char c = 250; unsigned short s; int w = 5; long l;
        int main(void) { int r = 0; r += __atomic_fetch_add(&c, 10, 5); r += __atomic_add_fetch(&s, 3, 0); r += __sync_val_compare_and_swap(&w, 5, 9);
            long e = 0; r += __atomic_compare_exchange_n(&l, &e, 77, 0, 5, 5); unsigned char x = 4; r += __atomic_compare_exchange_n(&c, &x, 8, 0, 4, 0);
            r += __atomic_fetch_nand(&w, 3, 5); r += __atomic_exchange_n(&l, 5, 2); __atomic_store_n(&s, 9, 5); r += __atomic_load_n(&s, 5);
            r += __sync_fetch_and_and(&c, 0x3c); printf("%d %d %d %d %ld\\n", r, c, s, w, l); return 0; }
        """, None),
    "inline_asm": ("""
        int printf(const char *, ...);
        static int add(int a, int b) { int r; asm("addw %0, %1, %2" : "=r"(r) : "r"(a), "rI"(b)); return r; }
        static long mem(long *p) { long r; asm volatile("ld %0, %1\\n\\tsd zero, %1" : "=&r"(r), "+m"(*p)); return r; }
        static int jump(int x) { asm goto("bnez %0, %l[yes]" : : "r"(x) : : yes); return 1; yes: return 2; }
        static long named(long a) { asm("slli %[v], %[v], %[n]" : [v] "+r"(a) : [n] "i"(4)); return a; }
        int main(void) { long m[3] = { 1, 2, 3 }; register long t asm("t3") = 7; asm("addi %0, %0, 1" : "+r"(t));
            int r = add(3, 4) + add(5, 2047); long k = mem(&m[1]); printf("%d %ld %ld %d %d %ld %ld\\n", r, k, m[1], jump(0), jump(5), named(3), t); return 0; }
        """, "2059 2 0 1 2 48 8\n"),
    "asm_goto_outputs": ("""
        int printf(const char *, ...);
        int f(int x) { int a, b; asm goto("mv %0, %2\\n\\taddi %1, %2, 5\\n\\tbnez %2, %l[no]" : "=&r"(a), "=&r"(b) : "r"(x) : : no); return a + b;
            no: return a * 100 + b; }
        int g(int x) { int a; asm goto("addi %0, %0, 1\\n\\tbeqz %0, %l[z]" : "=r"(a) : "0"(x) : : z); return a; z: return -a - 7; }
        int main(void) { printf("%d %d %d %d\\n", f(0), f(3), g(4), g(-1)); return 0; }
        """, "5 308 5 -7\n"),
    "setjmp": ("""
        int printf(const char *, ...); #include <setjmp.h>
        """.replace("int printf(const char *, ...); ", "") + """
        int printf(const char *, ...);
        jmp_buf b; void *bb[5]; __attribute__((noinline)) void f(int x) { longjmp(b, x); } __attribute__((noinline)) void g(void) { __builtin_longjmp(bb, 1); }
        int h(void) { if (__builtin_setjmp(bb)) return 4; g(); return 5; }
        int main(void) { volatile int n = 0; int r = setjmp(b); if (r < 3) { n++; f(r + 1); } printf("%d %d %d\\n", r, n, h()); return 0; }
        """, "3 3 4\n"),
    "tls": ("""
        int printf(const char *, ...); __thread int a = 3; static __thread long b; extern __thread int a;
        int main(void) { a++; b += a; printf("%d %ld\\n", a, b); return 0; }
        """, "4 4\n"),
    "vectors": ("""
        int printf(const char *, ...); typedef int v __attribute__((vector_size(16))); typedef float f __attribute__((vector_size(8)));
        v add(v a, v b) { return a + b * 2; } f mul(f a, f b) { return a * b; }
        int main(void) { v x = { 1, 2, 3, 4 }, y = { 10, 20, 30, 40 }; v z = add(x, y); v m = x > 2; f g = mul((f){ 1.5, 2 }, (f){ 2, 3 });
            int k = 2; printf("%d %d %d %d %d %f\\n", z[0], z[3], z[k], m[1], m[2], g[0] + g[1]); return 0; }
        """, "21 84 63 0 -1 9.000000\n"),
}


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_program(tmp_path: object, name: str) -> None:
    tmp = str(tmp_path)
    text, expected = PROGRAMS[name]
    if expected is None:
        expected = run(tmp, reference(tmp, name, text))
    for level in LEVELS:
        assert run(tmp, compile_c(tmp, name + level[1:], text, level)) == expected, level


TYPES = """
#include <stdarg.h>
int printf(const char *, ...);
struct a { char c; double d; }; struct b { float x, y; }; struct c { long p, q; }; struct d { int i; float f; }; struct e { char b[3]; };
struct g { double d[3]; }; struct h { short s; struct b b; }; union u { long l; double d; }; struct i { __int128 x; }; struct j { int x : 5; long y : 40; };
struct k { char c; double d __attribute__((aligned(16))); };
struct l { float f; void *p; }; struct m { double d; union {} none; }; struct n { char c; float f; struct {} none[2]; }; struct o { float f; char none[0]; float g; };
struct p { double d; char tail[]; }; struct q { int i : 3; float f; }; struct r { _Complex float c[1]; }; struct s { union {} none; _Complex float c; };
struct t { float f; long i : 20; } __attribute__((packed));
"""
CALLEE = TYPES + """
struct a fa(struct a a, int n, struct b b, struct c c) { printf("%d %g %d %g %g %ld %ld\\n", a.c, a.d, n, b.x, b.y, c.p, c.q); a.d += n; return a; }
struct b fb(double q, struct d d, struct e e, struct g g, char k) { printf("%g %d %g %d %d %d %g %d\\n", q, d.i, d.f, e.b[0], e.b[1], e.b[2], g.d[2], k); return (struct b){ d.f, q }; }
struct g fg(union u u, struct h h, long double l, struct i i, struct j j) { printf("%ld %d %g %g %d %ld %d %ld\\n", u.l, h.s, h.b.y, (double)l, j.x, (long)j.y, (int)(i.x >> 64), (long)i.x); return (struct g){ { 1, 2, l } }; }
double fl(struct l l, struct m m, struct n n, struct o o, struct p p, double x) { return l.f + *(int *)l.p * 3 + m.d * 5 + n.c * 7 + n.f * 11 + o.f * 13 + o.g * 17 + p.d * 19 + x * 23; }
float fr(struct q q, struct r r, struct s s, struct t t, float x) { return t.f * 100 + t.i * 300 + q.i + q.f * 3 + __imag__ r.c[0] * 5 + __imag__ s.c * 7 + x * 11; }
struct l rl(float *f) { return (struct l){ *f, f }; } struct m rm(double d) { return (struct m){ d }; } struct s rs(float f) { return (struct s){ {}, f + 1.0if }; }
struct k fk(struct k k, int n) { k.d += k.c * n; k.c++; return k; }
struct e fe(int a, int b, int c, int d, int e, int f, int g, struct c h, struct e k, float x) { printf("%d %ld %ld %d %g\\n", g, h.p, h.q, k.b[2], x); k.b[0]++; return k; }
long fv(int n, ...) { va_list ap; va_start(ap, n); long s = va_arg(ap, int); struct c c = va_arg(ap, struct c); long double l = va_arg(ap, long double); struct g g = va_arg(ap, struct g);
    double d = va_arg(ap, double); struct e e = va_arg(ap, struct e); __int128 i = va_arg(ap, __int128); va_end(ap); return s + c.q + (long)l + (long)g.d[1] + (long)d + e.b[1] + (long)i; }
"""
CALLER = TYPES + """
struct a fa(struct a, int, struct b, struct c); struct b fb(double, struct d, struct e, struct g, char); struct g fg(union u, struct h, long double, struct i, struct j);
struct e fe(int, int, int, int, int, int, int, struct c, struct e, float); long fv(int, ...); struct k fk(struct k, int);
double fl(struct l, struct m, struct n, struct o, struct p, double); float fr(struct q, struct r, struct s, struct t, float); struct l rl(float *); struct m rm(double); struct s rs(float);
int main(void) {
    struct a a = fa((struct a){ 'x', 2.5 }, 7, (struct b){ 1, 2 }, (struct c){ 3, 4 }); struct e e = { { 9, 8, 7 } }; struct g g = { { 1, 2, 3 } };
    struct b b = fb(4.5, (struct d){ 5, 6 }, e, g, 'k'); union u u; u.l = 99;
    struct g r = fg(u, (struct h){ 3, { 4, 5 } }, 6.5L, (struct i){ (__int128)5 << 64 | 6 }, (struct j){ -3, 1L << 38 });
    struct k k = fk((struct k){ 3, 0.5 }, 4); printf("%d %g\\n", k.c, k.d);
    int two = 2; printf("%g\\n", fl((struct l){ 1, &two }, (struct m){ 3 }, (struct n){ 4, 5 }, (struct o){ 6, {}, 7 }, (struct p){ 8 }, 9));
    printf("%g\\n", fr((struct q){ 1, 2 }, (struct r){ { 3 + 4.0if } }, (struct s){ {}, 5 + 6.0if }, (struct t){ 8, -9 }, 7)); float f = 5; struct l l = rl(&f); printf("%g %d %g %g\\n", l.f, l.p == &f, rm(6).d, __imag__ rs(7).c);
    e = fe(1, 2, 3, 4, 5, 6, 7, (struct c){ 8, 9 }, e, 2.5f);
    printf("%g %g %g %g %d\\n", a.d, b.x, b.y, r.d[2], e.b[0]);
    printf("%ld\\n", fv(1, 2, (struct c){ 3, 4 }, 5.0L, g, 6.0, e, (__int128)7)); return 0; }
"""


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_abi_mixed_with_gcc(tmp_path: object, level: str) -> None:
    tmp = str(tmp_path)
    theirs = reference(tmp, "caller", CALLER), reference(tmp, "callee", CALLEE)
    ours = compile_c(tmp, "caller", CALLER, level), compile_c(tmp, "callee", CALLEE, level)
    expected = run(tmp, *theirs)
    assert run(tmp, ours[0], theirs[1]) == expected
    assert run(tmp, theirs[0], ours[1]) == expected
    assert run(tmp, *ours) == expected


def test_stack_protector(tmp_path: object) -> None:
    text = """
        void *memset(void *, int, unsigned long);
        __attribute__((noinline)) int f(int n) { char b[16]; memset(b, 1, n); asm volatile("" : : "r"(b) : "memory"); return b[3]; }
        int main(int c, char **v) { return f(16) == 1 ? f(64) : 5; }
        """
    obj = compile_c(str(tmp_path), "guard", text, "-O2", "-fstack-protector-strong")
    assert run(str(tmp_path), obj) == "status -6\n"
