"""Calling conventions beside the usual ones: stdcall, fastcall, thiscall and regparm on i386, ms_abi on x86-64; mixed with gcc's objects."""
from __future__ import annotations

import io
import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

needs_gcc = pytest.mark.skipif(platform.machine() != "x86_64" or shutil.which("gcc") is None or not os.path.exists("/usr/lib32/libc.so"),
                               reason="needs an x86-64 machine with gcc and both C libraries")

HEADER32 = r"""
struct P { int x, y, z; };
struct Q { int v; };
#define STD __attribute__((stdcall, noinline))
#define FAST __attribute__((fastcall, noinline))
#define THIS __attribute__((thiscall, noinline))
#define REG2 __attribute__((regparm(2), noinline))
int STD s1(int a, long long b, char c);
int FAST f1(int a, short b, int c, int d);
int FAST f2(long long a, int b);
int FAST f3(double a, int b, char c, float d);
int FAST f4(struct Q q, int a, int b);
struct P FAST f5(int a, int b);
struct P STD s2(int a);
int THIS t1(int a, int b, int c);
int REG2 r1(int a, int b, int c, struct P p);
int STD s3(void);
int STD s4(struct P p, double d);
typedef int STD (*callback)(int, int);
int each(callback f, int n);
int STD add(int a, int b);
struct Wide { char c[200]; };
struct Real { double d[1]; };
double STD s5(struct Wide w, int a, int b);
int REG2 r2(struct Real r, int a, _Complex float z, int b, int c);
int REG2 r3(double x, struct Wide w, int a);
int REG2 r4(_Complex int z, long double x, int a, long long b, int c);
"""
CALLEES32 = r"""
#include "conv.h"
int STD s1(int a, long long b, char c) { return a + (int)(b >> 32) * 3 + (int)b * 5 + c * 7; }
int FAST f1(int a, short b, int c, int d) { return a + b * 3 + c * 5 + d * 7; }
int FAST f2(long long a, int b) { return (int)(a >> 32) + (int)a * 3 + b * 5; }
int FAST f3(double a, int b, char c, float d) { return a * 2 + b * 3 + c * 5 + d * 7; }
int FAST f4(struct Q q, int a, int b) { return q.v + a * 3 + b * 5; }
struct P FAST f5(int a, int b) { return (struct P){a, b, a * b}; }
struct P STD s2(int a) { return (struct P){a, a + 1, a + 2}; }
int THIS t1(int a, int b, int c) { return a + b * 3 + c * 5; }
int REG2 r1(int a, int b, int c, struct P p) { return a + b * 3 + c * 5 + p.x * 7 + p.z; }
int STD s3(void) { return 99; }
int STD s4(struct P p, double d) { return p.x + p.y + p.z * 3 + d; }
int each(callback f, int n) { int r = 0; for (int i = 0; i < n; i++) r += f(i, r); return r; }
int STD add(int a, int b) { return a * 2 + b + 1; }
double STD s5(struct Wide w, int a, int b) { return w.c[150] + a * 3 + b * 0.5; }
int REG2 r2(struct Real r, int a, _Complex float z, int b, int c) { return r.d[0] + a * 3 + __imag__ z * 5 + b * 7 + c * 11; }
int REG2 r3(double x, struct Wide w, int a) { return x + w.c[199] * 3 + a * 5; }
int REG2 r4(_Complex int z, long double x, int a, long long b, int c) { return __imag__ z + x * 3 + a * 5 + (int)(b >> 32) * 7 + c * 11; }
"""
CALLER32 = r"""
#include "conv.h"
extern int printf(const char *, ...);
int main(void) {
  int sum = 0;
  for (int i = 0; i < 3; i++) {
    struct P a = f5(i + 3, 4), b = s2(i);
    struct Q q = {i + 2};
    sum = sum * 3 + s1(i, 0x500000007LL, 9) + f1(1, 2, 3, i) + f2(0x300000002LL, i) + f3(1.5, 2, 3, 4.5f) + f4(q, 2, i) + a.z + b.y + t1(1, i, 3) + r1(1, 2, i, a) + s3() + s4(b, 2.5);
    struct Wide w = {};
    w.c[150] = i;
    w.c[199] = 7;
    double five = s5(w, i + 1, 3);
    sum += each(add, i + 2) + r2((struct Real){{2}}, 3, 4 + 5.0if, i, 7) + r3(8, w, i + 9) + r4(10 + 11i, 12, i, 0xd00000000LL, 14) + five * 2;
  }
  printf("%d\n", sum);
  return 0;
}
"""

HEADER64 = r"""
struct B { int x, y, z; };
struct E { short a; };
struct L { long v; };
#define MS __attribute__((ms_abi, noinline))
long MS m1(int a, long b, char c, short d, int e, unsigned char f);
double MS m2(int a, double b, float c, double d, double e, float f, int g);
struct B MS m3(struct B p, int k, struct L l, struct E e, struct B q, int z);
struct L MS m4(struct E e, double d);
void MS m5(int *p);
int MS m6(int n, ...);
typedef int MS (*callback)(int, double);
double MS each(callback f, int n);
int MS add(int a, double b);
long plain(long a, long b, double c);
double heavy(double x);
long MS m7(long a, long b);
"""
CALLEES64 = r"""
#include "ms.h"
long MS m1(int a, long b, char c, short d, int e, unsigned char f) { return a + b * 3 + c * 5 + d * 7 + e * 11 + f * 13; }
double MS m2(int a, double b, float c, double d, double e, float f, int g) { return a + b * 3 + c * 5 + d * 7 + e * 11 + f * 13 + g * 17; }
struct B MS m3(struct B p, int k, struct L l, struct E e, struct B q, int z) { p.x += k; return (struct B){p.x + l.v + z, p.y * e.a, q.z + p.z + q.x}; }
struct L MS m4(struct E e, double d) { return (struct L){e.a * 100 + (long)d}; }
void MS m5(int *p) { *p += plain(*p, 2, 3.5); }
double MS each(callback f, int n) { double r = 1; for (int i = 0; i < n; i++) r = r * 2 + f(i, r) + heavy(r); return r; }
int MS add(int a, double b) { return a * 2 + (int)b + 1; }
long __attribute__((ms_abi, noinline)) m7(long a, long b) { return plain(b, a, 1.5); }
"""
CALLER64 = r"""
#include "ms.h"
extern int printf(const char *, ...);
long __attribute__((noinline)) plain(long a, long b, double c) { asm volatile("" ::: "rdi", "rsi", "xmm6", "xmm7", "xmm15"); return a * b + c; }
double __attribute__((noinline)) heavy(double x) { asm volatile("pxor %%xmm8, %%xmm8; pxor %%xmm15, %%xmm15; xor %%esi, %%esi; xor %%edi, %%edi" ::: "rdi", "rsi", "xmm8", "xmm15"); return x / 2; }
int main(void) {
  int v = 10;
  struct B p = {1, 2, 3}, q = {40, 50, 60};
  register double k asm("xmm9") = 3.25;
  asm volatile("" : "+x"(k));
  struct B r = m3(p, 5, (struct L){7}, (struct E){9}, q, 11);
  m5(&v);
  printf("%ld %.2f %d %d %d %ld %d %.3f %d %.2f %ld\n", m1(1, -2, 3, -4, 5, 200), m2(1, 2.5, 3.5f, 4.5, 5.5, 6.5f, 7), r.x, r.y, r.z,
         m4((struct E){-3}, 42.9).v, v, each(add, 5), p.x, k, m7(6, 7));
  return 0;
}
"""

# A complex long double returns in two x87 registers, a struct around it in memory (psABI: COMPLEX_X87).
HEADER_X87 = r"""
typedef _Complex long double C;
struct S { C c; };
C constant(void);
C sum(C a, int n, ...);
struct S wrapped(struct S s);
struct Z { float a; int none[0]; };
int zero_length(struct Z z, int n);
struct U { float f; int : 5; float g; long : 7; };
struct U unnamed(struct U u, float f, int n);
typedef double V1 __attribute__((vector_size(8)));
typedef short V2 __attribute__((vector_size(4)));
struct W { V1 v; };
V1 single(V1 a, double f, struct W s, V2 small);
V2 narrow(V2 a, float f);
struct None { int : 5; };
union Nothing { float f; long : 0; };
float stacked(int a, int b, int c, int d, union Nothing e, int f, struct None g, int h);
float variable(int a, int b, int c, int d, union Nothing e, int f, int h, ...);
struct Half { _Float16 h[3]; };
struct Half halves(struct Half a, struct Half *p);
"""
CALLEES_X87 = r"""
#include "x87.h"
#include <stdarg.h>
C constant(void) { return 1.5L + 2.25iL; }
C sum(C a, int n, ...) { va_list v; va_start(v, n); while (n--) a = a * 2 + va_arg(v, C); va_end(v); return a; }
struct S wrapped(struct S s) { s.c += constant(); return s; }
int zero_length(struct Z z, int n) { return z.a * n; }
struct U unnamed(struct U u, float f, int n) { u.f += u.g * f * n; return u; }
V1 single(V1 a, double f, struct W s, V2 small) { return (V1){a[0] + f * s.v[0] + small[1]}; }
V2 narrow(V2 a, float f) { a[1] += f; return a; }
float stacked(int a, int b, int c, int d, union Nothing e, int f, struct None g, int h) { return a + b * 3 + c * 5 + d * 7 + e.f * 11 + f * 13 + h * 17; }
float variable(int a, int b, int c, int d, union Nothing e, int f, int h, ...) {
  va_list v;
  va_start(v, h);
  va_arg(v, struct None);
  return a + b * 3 + c * 5 + d * 7 + e.f * 11 + f * 13 + h * 17 + va_arg(v, int) * 19;
}
struct Half halves(struct Half a, struct Half *p) { *p = a; return p[1]; }
"""
CALLER_X87 = r"""
#include "x87.h"
extern int printf(const char *, ...);
int main(void) {
  C a = sum(constant(), 2, constant(), 3 + constant());
  struct S s = wrapped((struct S){a});
  constant();
  printf("%g %g ", stacked(1, 2, 3, 4, (union Nothing){5}, 6, (struct None){}, 7), variable(1, 2, 3, 4, (union Nothing){5}, 6, 7, (struct None){}, 8));
  struct Half h[4] = {{{0}}, {{1, 2, 3}}, {{4, 5, 6}}};
  h[3] = halves(h[1], h);
  printf("%g %g %g ", (double)h[0].h[2], (double)h[1].h[0], (double)h[3].h[1]);
  printf("%g %g %d ", unnamed((struct U){1, 2}, 3, 4).f, single((V1){1}, 2, (struct W){{3}}, (V2){4, 5})[0], narrow((V2){6, 7}, 8)[1]);
  printf("%d %Lg %Lg %Lg %Lg %Lg\n", zero_length((struct Z){2.5f}, 4), __real__ a, __imag__ a, __real__ s.c, __imag__ s.c, __imag__ constant());
  return 0;
}
"""


# On i386 with SSE2 vectors of 16 bytes travel in xmm0 to xmm2, but not those of structures or of variable arguments.
HEADER_VECTORS = r"""
typedef float V4 __attribute__((vector_size(16)));
typedef int I4 __attribute__((vector_size(16)));
typedef int I1 __attribute__((vector_size(4)));
struct S { V4 v; };
V4 many(V4 a, int k, V4 b, struct S s, V4 c, V4 d, I4 e);
struct S wrapped(V4 a);
I4 variable(int n, I4 a, ...);
I4 __attribute__((regparm(3), noinline)) mixed(struct S s, I4 a, I1 b, int c);
"""
CALLEES_VECTORS = r"""
#include "vectors.h"
V4 many(V4 a, int k, V4 b, struct S s, V4 c, V4 d, I4 e) { return a + b * 3 + s.v * 5 + c * 7 + d * 11 + (V4){e[0], e[1], e[2], e[3]} * (float)k; }
struct S wrapped(V4 a) { return (struct S){a * 2}; }
I4 variable(int n, I4 a, ...) { __builtin_va_list v; __builtin_va_start(v, a); while (n--) a += __builtin_va_arg(v, I4) * 3; return a; }
I4 __attribute__((regparm(3), noinline)) mixed(struct S s, I4 a, I1 b, int c) { a[0] += s.v[3] + b[0] * 3 + c * 5; return a; }
"""
CALLER_VECTORS = r"""
#include "vectors.h"
extern int printf(const char *, ...);
int main(void) {
  V4 a = {1, 2, 3, 4};
  I4 e = {5, 6, 7, 8};
  struct S s = wrapped(a);
  V4 r = many(a, 9, a + 10, s, a + 11, a + 12, e);
  I4 i = variable(2, e, e + 1, e + 2), m = mixed(s, e, (I1){9}, 10);
  printf("%g %g %g %g %d %d %d\n", r[0], r[1], r[2], r[3], i[0], i[3], m[0]);
  return 0;
}
"""

# On i386 an argument is aligned to more than a word if it holds a value that is so by itself: not for long double, nor by an attribute of a member or record.
HEADER_ALIGNED = r"""
typedef int A16 __attribute__((aligned(16)));
typedef char C16 __attribute__((aligned(16)));
typedef _Bool B16 __attribute__((aligned(16)));
typedef float V4 __attribute__((vector_size(16)));
struct None {};
struct Deep { struct { char c; V4 x[0]; int y; } in; A16 x; };
struct Bits { int y; C16 b: 8; };
struct Fewer { int y; C16 b: 7; };
struct Member { int y __attribute__((aligned(16))); };
struct Record { int y; } __attribute__((aligned(16)));
union Either { char c; V4 v; };
struct Extended { long double x; V4 none[0]; };
struct Big { long double x; } __attribute__((aligned(16)));
struct Zero { V4 none[0]; };
struct Pad { double x __attribute__((aligned(16))); };
struct Hole { struct {} none; double x __attribute__((aligned(8))); struct {} also __attribute__((aligned(16))); };
double padded(struct Pad p, double a, struct Hole h, int n, ...);
int several(char a, struct Deep d, char b, struct Bits e, struct Fewer f, A16 plain, union Either u, struct Member m, struct Record r, struct Big g, struct Zero z, int last);
struct Deep many(int n, ...);
typedef int V8 __attribute__((vector_size(32)));
int wide(int n, ...);
"""
CALLEES_ALIGNED = r"""
#include "aligned.h"
#include <stdarg.h>
int several(char a, struct Deep d, char b, struct Bits e, struct Fewer f, A16 plain, union Either u, struct Member m, struct Record r, struct Big g, struct Zero z, int last) {
  return a + d.x * 3 + d.in.y * 5 + b * 7 + e.y * 11 + e.b * 13 + f.y * 17 + f.b * 19 + plain * 23 + u.c * 29 + m.y * 31 + r.y * 37 + (int)g.x * 41 + last * 43;
}
double padded(struct Pad p, double a, struct Hole h, int n, ...) {
  double sum = p.x + a * 3 + h.x * 5;
  va_list v;
  va_start(v, n);
  for (int k = 2; n--; k++) sum += va_arg(v, struct Pad).x * k + va_arg(v, double) * 7 + va_arg(v, struct Hole).x * 11;
  va_end(v);
  return sum;
}
int wide(int n, ...) {
  va_list v;
  va_start(v, n);
  int sum = va_arg(v, struct Record).y + va_arg(v, V8)[7] * n;
  va_end(v);
  return sum;
}
struct Deep many(int n, ...) {
  va_list v;
  struct Deep d = {};
  va_start(v, n);
  while (n--) {
    d.x += va_arg(v, int) + va_arg(v, union Either).c + va_arg(v, struct Member).y * 3 + va_arg(v, struct Extended).x + va_arg(v, struct Deep).x * 5;
    va_arg(v, struct Zero);
    va_arg(v, struct None);
    d.in.y += va_arg(v, A16) + va_arg(v, V4)[2];
  }
  va_end(v);
  return d;
}
"""
CALLER_ALIGNED = r"""
#include "aligned.h"
extern int printf(const char *, ...);
int main(void) {
  struct Deep d = {{1, {}, 2}, 3}, e;
  struct Bits b = {4, 5};
  struct Fewer f = {6, 7};
  union Either u = {8};
  struct Member m = {9};
  struct Record r = {10};
  struct Big g = {11};
  struct Extended x = {12};
  struct Zero z = {};
  struct None none;
  A16 plain = 13;
  V4 v = {1, 2, 3, 4};
  printf("%d\n", several(14, d, 15, b, f, plain, u, m, r, g, z, 16));
  e = many(2, 17, u, m, x, d, z, none, plain, v, 18, u, m, x, d, z, none, plain, v);
  printf("%d %d\n", e.x, e.in.y);
  struct Pad p = {1.5};
  struct Hole h = {{}, 2.5};
  printf("%d\n", wide(3, r, (V8){1, 2, 3, 4, 5, 6, 7, 8}));
  printf("%g\n", padded(p, 3.5, h, 3, p, 4.5, h, p, 5.5, h, p, 6.5, h));
  return 0;
}
"""


def ours(folder: Path, name: str, options: list[str]) -> str:
    """Compile with our driver."""
    errors = io.StringIO()
    context = ToolContext(str(folder), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
    assert driver(["--target=x86_64-linux-gnu", "-w", *options, "-c", f"{name}.c", "-o", f"{name}-ours.o"], context) == 0, errors.getvalue()
    return f"{name}-ours.o"


def gcc(folder: Path, *arguments: str) -> None:
    """Run gcc."""
    subprocess.run(["gcc", "-w", *arguments], cwd=folder, check=True)


@needs_gcc
@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize(("machine", "header", "texts"), [("-m32", ("conv.h", HEADER32), (CALLEES32, CALLER32)), ("-m64", ("ms.h", HEADER64), (CALLEES64, CALLER64)),
                                                        ("-m32 -msse2", ("vectors.h", HEADER_VECTORS), (CALLEES_VECTORS, CALLER_VECTORS)),
                                                        ("-m64", ("x87.h", HEADER_X87), (CALLEES_X87, CALLER_X87)),
                                                        ("-m32", ("aligned.h", HEADER_ALIGNED), (CALLEES_ALIGNED, CALLER_ALIGNED)),
                                                        ("-m64", ("aligned.h", HEADER_ALIGNED), (CALLEES_ALIGNED, CALLER_ALIGNED))],
                         ids=["i386", "x86-64", "i386-vectors", "x87", "i386-aligned", "x86-64-aligned"])
def test_conventions(tmp_path: Path, machine: str, header: tuple[str, str], texts: tuple[str, str], level: str) -> None:
    """Our caller with gcc's callee, the other way round, and both ours."""
    (tmp_path / header[0]).write_text(header[1])
    for name, text in zip(("callees", "caller"), texts, strict=True):
        (tmp_path / f"{name}.c").write_text(text)
        gcc(tmp_path, *machine.split(), "-O1", "-c", f"{name}.c", "-o", f"{name}-gcc.o")
    a, b = (ours(tmp_path, name, [*machine.split(), level]) for name in ("callees", "caller"))
    said: set[str] = set()
    for pair in (("callees-gcc.o", "caller-gcc.o"), (a, b), ("callees-gcc.o", b), (a, "caller-gcc.o")):
        gcc(tmp_path, *machine.split(), *pair, "-o", "program")
        said.add(subprocess.run([str(tmp_path / "program")], capture_output=True, text=True, check=True, timeout=60).stdout)
    assert len(said) == 1 and said.pop().strip()


def test_part_of_a_register(tmp_path: Path) -> None:
    """Of the eight bytes of an SSE register only those of the record are loaded and stored."""
    (tmp_path / "f.c").write_text("struct H { _Float16 h[3]; }; struct H f(struct H *p) { return *p; } void g(struct H *p, struct H a) { *p = a; }")
    assert driver(["--target=x86_64-linux-gnu", "-O2", "-S", "f.c"], ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), io.StringIO())) == 0
    text = (tmp_path / "f.s").read_text()
    assert "(%rdi), %xmm0" not in text and "%xmm0, (%rdi)" not in text and "movw" in text, text


def test_vectors_in_mmx_registers_on_i386(tmp_path: Path) -> None:
    """Vectors of 8 bytes would travel in mm0 to mm2: refused, unless they stand among variable arguments."""
    (tmp_path / "f.c").write_text("typedef int V2 __attribute__((vector_size(8)));\nint f(V2 v) { return v[1]; }\n")
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), errors)
    assert driver(["--target=i386-linux-gnu", "-msse2", "-c", "f.c"], context) == 1
    assert "f.c:2" in errors.getvalue() and "vectors of 8 bytes as arguments" in errors.getvalue()
    assert driver(["--target=i386-linux-gnu", "-msse2", "-mno-mmx", "-c", "f.c"], context) == 0


@pytest.mark.parametrize(("members", "place"), [("A16 x;", 20), ("int x; C16 b: 8;", 20), ("int x; C16 b: 7;", 8), ("int x; B16 b: 1;", 20), ("int x __attribute__((aligned(16)));", 8), ("V4 x;", 20)])
def test_aligned_argument_on_i386(tmp_path: Path, members: str, place: int) -> None:
    """Where a callee looks for a record behind an int, by gcc 12's rule."""
    (tmp_path / "f.c").write_text(HEADER_ALIGNED + f"struct S {{ {members} }};\nint f(int a, struct S s) {{ return *(int *)&s.x; }}\n")
    context = ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), io.StringIO())
    assert driver(["--target=i386-linux-gnu", "-O2", "-w", "-S", "f.c"], context) == 0
    assert f"\tmovl\t{place}(%esp), %eax" in (tmp_path / "f.s").read_text()


@pytest.mark.parametrize(("option", "member", "size", "align"), [
    ("-m32", "_Complex double x", 20, 4), ("-m32", "_Complex long long x", 20, 4), ("-m32", "V2 x", 12, 4), ("-mmmx", "V2 x", 16, 8), ("-m32", "F2 x", 16, 8),
    ("-m32", "struct { V2 x; } y", 12, 4), ("-m32", "L2 x: 64", 12, 4), ("-m32", "L2 x: 64 __attribute__((aligned(4)))", 16, 8), ("-m32", "L2 x: 32", 8, 4),
    ("-m32", "char a; A16 x: 32 __attribute__((aligned(8)))", 32, 16), ("-m64", "L2 x: 64", 16, 8), ("-m64", "L2 x: 63", 10, 2), ("-m64", "I2 x: 32", 8, 4), ("-m64", "I2 x: 32 __attribute__((packed))", 5, 1), ("-m64", "_Complex double x", 24, 8)])
def test_layouts_of_modes(tmp_path: Path, option: str, member: str, size: int, align: int) -> None:
    """Sizes and alignments by gcc 12, of a structure of the member and a char: what a field of an integer's mode is aligned to."""
    (tmp_path / "f.c").write_text("typedef int V2 __attribute__((vector_size(8))); typedef float F2 __attribute__((vector_size(8))); typedef int I2 __attribute__((aligned(2)));"
                                  "typedef int A16 __attribute__((aligned(16)));"
                                  f"typedef long long L2 __attribute__((aligned(2))); struct S {{ {member}; char c; }}; int s[] = {{ sizeof(struct S), _Alignof(struct S) }};"
                                  f"_Static_assert(sizeof(struct S) == {size} && _Alignof(struct S) == {align}, \"layout\");")
    errors = io.StringIO()
    options = [option] if option == "-m64" else ["-m32", option]
    assert driver(["--target=x86_64-linux-gnu", *options, "-w", "-c", "f.c"], ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), errors)) == 0, errors.getvalue()
    if "V2" in member and shutil.which("gcc") and platform.machine() == "x86_64":
        gcc(tmp_path, *options, "-c", "f.c")
