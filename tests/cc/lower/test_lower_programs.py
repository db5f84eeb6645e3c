"""Small programs through parser, lowering, verifier and IR interpreter; each `main` returns 42."""
from __future__ import annotations

import re

import pytest
from lower_harness import Lowered

from toolchain.cc.ir.printer import print_function

PROGRAMS = {
    "loops": "int f(int a, int b) { int s = 0; for (int i = a; i < b; i++) s += i * i; return s; } int main(void) { return f(1, 5) + 12; }",
    "while_do": "int main(void) { int n = 0, i = 0; while (1) { if (++i > 10) break; if (i & 1) continue; n += i; } do n++; while (n < 42); return n; }",
    "logical": "int t; int s(int v) { t++; return v; } int main(void) { int a = s(0) && s(1); int b = s(1) || s(0); return a + b + t + 39; }",
    "conditional": "int main(void) { int x = 5; int *p = 0; return (x ? 40 : 1) + (p ? 1 : 2) + (0 ?: 0); }",
    "comma_and_compound": "int main(void) { int a = 1, b; b = (a += 2, a <<= 3, a); b -= -18; return b; }",
    "test_chains": """
        int digit(int c) { return c >= '0' && c <= '9'; } int not_digit(int c) { return c < '0' || c > '9'; } int two(int c) { if (c == 4 || c == 5) return 3; return 8; }
        int signs(signed char c) { if (c < -100 || c >= 100 || c == -100) return 1; return 0; } int wrapped(unsigned c) { return c > 4000000000u || c < 9; }
        int far(long long x) { if (x >= -5000000000LL && x < 5000000000LL) return 1; return 2; } int zeros(int a, int b, int c) { if (a || b || c) return 4; return 6; }
        int open(unsigned char c) { return c != 0 && c != 255; } int middle(int c) { if (c > 3 && c < 20 && c != 10) return 1; return 0; } int none(int c) { return c < 3 && c > 7; }
        int main(void) { int bad = 0; for (int c = -130; c < 130; c++) { int d = 0; for (int k = '0'; k <= '9'; k++) d |= k == c;
            bad += digit(c) != d; bad += not_digit(c) == d; bad += two(c) != (c - 4 == 0 ? 3 : c - 5 == 0 ? 3 : 8); bad += none(c);
            int q = (signed char)c; bad += signs(c) != (q + 100 <= 0 ? 1 : q - 99 > 0 ? 1 : 0); bad += middle(c) != (c == 10 ? 0 : c - 4 >= 0 ? c - 19 <= 0 ? 1 : 0 : 0);
            bad += open(c) != ((unsigned char)c == 0 ? 0 : (unsigned char)c == 255 ? 0 : 1); bad += wrapped(c) != (c < 0 ? 1 : c < 9 ? 1 : 0); bad += zeros(c, 0, 0) != (c ? 4 : 6);
            bad += zeros(0, 0, c) != (c ? 4 : 6); bad += zeros(0, c, 0) != (c ? 4 : 6); }
          bad += far(-5000000000LL) != 1; bad += far(-5000000001LL) != 2; bad += far(4999999999LL) != 1; bad += far(5000000000LL) != 2; bad += wrapped(4000000000u); bad += !wrapped(4000000001u);
          return bad ? 1 : 42; }""",
    "rotations": """typedef unsigned long long u64; typedef unsigned u32;
        u32 l32(u32 x, int n) { return x << n | x >> (32 - n); } u32 r32(u32 x, u32 n) { n &= 31; return x >> n | x << (-n & 31); }
        u64 l64(u64 x, int n) { return x << (n & 63) | x >> (-n & 63); } u64 r64(u64 x, u32 n) { return x >> n | x << (64 - n); }
        u32 wide(u32 x, int n) { return ((u64)x << 9 | ((u64)x & 0xffffffff) >> 23) + (u32)n; }
        u64 step(u64 x, int n) { int top; while (n-- > 0) { top = x >> 63; x = x * 2 + top; } return x; }
        u32 step32(u32 x, int n) { int top; while (n-- > 0) { top = x >> 31; x = x * 2 + top; } return x; }
        int main(void) { int bad = 0; u64 v = 0x8123456789abcdefULL; for (int n = 1; n < 64; n++) { if (n < 32) bad += l32(v, n) != step32(v, n), bad += r32(v, n) != step32(v, 32 - n);
          bad += l64(v, n) != step(v, n), bad += r64(v, n) != step(v, 64 - n), bad += wide(v, n) != step32(v, 9) + n; v += 0x123456789abcd1ULL * n; }
          return 42 + bad + (r32(77, 0) != 77) + (l64(v, 0) != v); }""",
    "two_words": """
#ifdef __SIZEOF_INT128__
        typedef unsigned __int128 W; typedef __int128 S; typedef unsigned long long H; typedef long long T;
#else
        typedef unsigned long long W; typedef long long S; typedef unsigned H; typedef int T;
#endif
        enum { N = sizeof(H) * 8 }; int bad;
        H low(H a, H b) { return a * b; } W wide(H a, H b) { return (W)a * b; } S wide_signed(T a, T b) { return (S)a * b; }
        H high(H a, H b) { return (W)a * b >> N; } H both(H a, H b) { W p = (W)a * b; return (H)p ^ (H)(p >> N); } W by_word(W a, H b) { return a * b; }
        W add(W a, W b) { return a + b; } W sub(W a, W b) { return a - b; } H carry(H a, H b, H c) { a += b; return c + (a < b); } H borrow(H a, H b, H c) { return c - (a < b); }
        W mac(W s, H a, H b, H c) { return s + (W)a * b + c; } H quotient(H a, H b, H *r) { *r = a % b; return a / b; } T signed_quotient(T a, T b, T *r) { T q = a / b; *r = a % b; return q; }
        H upper(H a, H b) { H h = N / 2, m = ((H)1 << h) - 1, x = a & m, y = b & m, u = a >> h, v = b >> h, mid = (x * y >> h) + (u * y & m) + x * v; return u * v + (u * y >> h) + (mid >> h); }
        W join(H hi, H lo) { return (W)hi << N | lo; }
        W slow_add(W a, W b) { H x = a, y = b, s = x + y; return join((H)(a >> N) + (H)(b >> N) + (s < x ? 1 : 0), s); }
        void check(H a, H b) { H r; T q, t; W p = join(upper(a, b), low(a, b)), n = join(a, b), k = join(b, ~a);
          bad += wide(a, b) != p; bad += high(a, b) != upper(a, b); bad += both(a, b) != (upper(a, b) ^ low(a, b)); bad += by_word(n, b) != join(low(a, b) + upper(b, b), low(b, b));
          bad += wide_signed(a, b) != (S)(p - ((T)a < 0 ? join(b, 0) : 0) - ((T)b < 0 ? join(a, 0) : 0)); bad += add(n, k) != slow_add(n, k); bad += sub(n, k) != slow_add(n, slow_add(~k, 1));
          bad += carry(a, b, 7) != 7 + (H)(slow_add(a, b) >> N); bad += borrow(a, b, 7) != (a < b ? 6 : 7); bad += mac(n, a, b, 9) != slow_add(slow_add(n, p), 9);
          if (b) { bad += quotient(a, b, &r) * b + r != a || r >= b; q = signed_quotient((T)(a >> 1), b | 1, &t); bad += (H)q * (b | 1) + t != a >> 1; } }
        int main(void) { H v = 1; for (int i = 0; i < 60; i++) { H w = 3; for (int k = 0; k < 5; k++) { check(v, w); check(~v, w); check(v, ~w); w = w * 0x9e3779b1u + v; } v = v * 0x01000193u + i; }
          check(0, 0); check(~(H)0, ~(H)0); check((H)1 << (N - 1), (H)1 << (N - 1)); return bad ? 1 : 42; }""",
    "pointers": "int main(void) { int a[5] = {1, 2, 3, 4, 5}; int *p = a + 1, *q = &a[4]; *p++ = 30; return a[1] + (int)(q - p) + *p-- + p[0] - 23; }",
    "structs": """struct s { char c; int x; struct { short a, b; } n; };
        struct s make(int v) { struct s r = {1, v, {2, 3}}; return r; }
        int sum(struct s p) { p.c += 1; return p.c + p.x + p.n.a + p.n.b; }
        int main(void) { struct s a = make(30), b; b = a; b.x++; return sum(b) + a.c + 1 + (a.x == 30) + (b.n.b == 3); }""",
    "unions": "union u { int i; unsigned char b[4]; }; int main(void) { union u x = {.i = 0x01020304}; return x.b[0] * 10 + x.b[1] - 1; }",
    "bitfields": """struct b { unsigned a : 3; int b : 5; unsigned long c : 33; signed char d : 2; } g = {5, -3, 0x1ffffffffUL, -1};
        int main(void) { struct b l = g; l.a += 4; l.b -= 2; l.c++; return l.a == 1 && l.b == -5 && l.c == 0 && l.d == -1 && g.a == 5 ? 42 : 1; }""",
    "bitfield_types": """struct s { signed a : 3; unsigned b : 5; unsigned long long u : 40; unsigned w : 32; long long s : 37; unsigned long long v : 20; } g;
        unsigned x; int m = -5; unsigned long long ul; long long ll = -77;
        int main(void) { int bad = 0;
          bad += !((g.b = (x = 70)) >= m); bad += !((g.b |= 70) >= m); bad += !(++g.b >= m); bad += !((0, g.b) >= m); bad += !(({ g.b; }) >= m); bad += (g.w = (x = 70)) >= m;
          bad += (g.u = (x = 70)) >= m; bad += !((g.u = -1) >= m); bad += !((g.u = (ul = -1)) + 1 == 0); g.u = -1; bad += !(g.u >= m); bad += (g.u < ll); bad += !(({ g.u; }) + 1 == 0);
          bad += !((m ? g.u : 0) >= m); bad += !((m ? g.u : g.u) + 1 == 0); bad += (g.u | m) != 0xffffffffffULL; bad += !((g.v = -1) + 1 != 0 && --g.v >= m); bad += !(g.u-- + 1 == 0);
          bad += (int)(-(g.u = 1) >> 30) != 1023; bad += (long long)~(g.u = 1) != 1099511627774LL; bad += (g.u = 100) / m != 0; bad += (g.u = -1) / ll >= 0;
          return bad ? 1 : 42; }""",
    "packed_bitfields": """struct __attribute__((packed)) p { unsigned char a : 4; unsigned long b : 60; unsigned int c : 7; unsigned int d : 30; };
        int main(void) { struct p x = {0}; x.b = 0xabcdef123456789UL; x.d = 0x2fffffff; x.c = 100; x.a = 9;
        return x.a == 9 && x.b == 0xabcdef123456789UL && x.c == 100 && x.d == 0x2fffffff ? 42 : 1; }""",
    "switch": """int f(int x) { switch (x) { case 1: return 10; case 2 ... 5: x += 100; break; case -3 ... -1: return 7; default: x = 0; }  return x; }
        int main(void) { return f(1) + f(3) + f(-2) + f(77) + f(6) - 78; }""",
    "duff": """int main(void) { int n = 0, c = 10, k = (c + 3) / 4; switch (c % 4) { case 0: do { n++; case 3: n++; case 2: n++; case 1: n++; } while (--k > 0); }
        return n + 32; }""",
    "goto": "int main(void) { int i = 0; again: i++; if (i < 42) goto again; goto done; i = 0; done: return i; }",
    "computed_goto": """int main(void) { void *t[] = {&&a, &&b, &&c}; int n = 0, pc = 0; char prog[] = {0, 1, 0, 2};
        goto *t[prog[pc++]]; a: n += 10; goto *t[prog[pc++]]; b: n += 22; goto *t[prog[pc++]]; c: return n; }""",
    "statement_expression": "#define max(a, b) ({ int x_ = (a), y_ = (b); x_ > y_ ? x_ : y_; })\nint main(void) { return max(41, max(3, 42)); }",
    "cleanup": """int log; void done(int *p) { log = log * 10 + *p; }
        int f(int n) { __attribute__((cleanup(done))) int a = 1; if (n) return log; { __attribute__((cleanup(done))) int b = 2; if (n == 0) goto out; } return 5;
        out: return log + 3; }
        int main(void) { int r = f(0); f(1); return log == 211 && r == 5 ? 42 : log; }""",
    "initialisers": """struct t { int a[3]; struct { int x, y; } p[2]; char s[6]; };
        int main(void) { struct t v = {{1, [2] = 3}, .p[1] = {7, 8}, .s = "ab"}; int z[] = {[3 ... 5] = 4};
        return v.a[0] + v.a[1] + v.a[2] + v.p[0].x + v.p[1].y + v.s[1] - 'b' + v.s[5] + z[5] + sizeof z / 4 + 20; }""",
    "ranges_in_a_designator_list": """int a[][2][4] = {[1 ... 2][0 ... 1][2 ... 3] = 1, [2] = 2, [2][1][3] = 9};
        struct s { int k[3]; int l; }; struct t { int n; struct s o[3]; int p; } b[] = {[0 ... 1].o[1 ... 2].k[0 ... 1] = 4, 5, 6, 7};
        int c[2][2] = {[0 ... 1][0 ... 1] = 3, [1][0] = 2};
        int main(void) { return a[1][0][2] + a[1][1][3] + a[1][0][1] + a[2][0][0] + a[2][0][2] + a[2][1][3] == 14 && sizeof a == 96
        && b[0].o[1].k[0] == 4 && b[1].o[2].k[1] == 4 && b[0].o[2].k[2] == 0 && b[1].o[1].k[2] == 0 && b[1].o[2].k[2] == 5 && b[1].o[2].l == 6
        && b[1].p == 7 && b[0].p == 0 && c[0][1] == 3 && c[1][0] == 2 && c[1][1] == 3 ? 42 : 1; }""",
    "interchange_types": """_Float32 g = 1.5f32; float h = 2; static _Float64 d = 1.0f; _Float32 add(float a, _Float32 b) { a += b; return a ? b : a; }
        _Float32 old(x) _Float32 x; { return x + g; }
        int main(void) { _Float32x x = g; g = h; h = g + x; _Complex _Float32 z = h; z += d; return z == 4.5 ? (int)(add(1, 40) + old(g) - 1.5) : 1; }""",
    "signbit_by_name": """int signbit(double); int signbitf(float); int a(double x) { return signbit(x); } int b(float x) { return signbitf(x); }
        int main(void) { return a(-0.0) && !a(0.0) && b(-1.0f) && !b(2.0f) ? 42 : 1; }""",
    "classification": """#define C(x) __builtin_fpclassify(1, 2, 3, 4, 5, x)
        int f(float x) { return C(x) * 10 + __builtin_isnormal(x); } int d(double x) { return C(x) * 10 + __builtin_isnormal(x); }
        int main(void) { return f(1e-39f) == 40 && f(1.2e-38f) == 31 && f(-0.0f) == 50 && f(-__builtin_inff()) == 20 && f(__builtin_nanf("")) == 10
        && d(-1e-310) == 40 && d(-1.0) == 31 ? 42 : 1; }""",
    "static_complex_quotients": """_Complex double a = (3 + 4.0i) / (1 - 2.0i), b = (3 + 4.0i) / 2.0, c = 5.0 / (1 + 2.0i); _Complex float d = (1.0f + 0.0if) / (0.0f + 0.0if);
        int main(void) { return a == -1 + 2i && b == 1.5 + 2i && c == 1 - 2i && __builtin_isinf(__real__ d) && 0.5d == 0.5 ? 42 : 1; }""",
    "compound_literal": "struct s { int a, b; }; int f(struct s *p) { return p->a * p->b; } int main(void) { return f(&(struct s){6, 7}); }",
    "static_locals": "int next(void) { static int n = 40; return n++; } int main(void) { next(); next(); return next(); }",
    "static_addresses": "int a[4] = {1, 2, 42, 4}; int *p = &a[1] + 1; struct { int *q; long d; } s = {a + 2, 5}; int main(void) { return *p == *s.q ? *p : 1; }",
    "bool": "_Bool b(int x) { return x; } int main(void) { _Bool f = 256; f += 5; _Bool n = 0.5; return b(512) + f + n + 39; }",
    "conversions": "int main(void) { signed char c = 200; unsigned char u = -1; short s = 70000; long l = (int)3e9f == 0 ? 0 : c; return (l == -56) + (u == 255) + (s == 4464) + 39; }",
    "floats": "double h(double x, float y) { return x * y + 0.5; } int main(void) { double d = h(4, 10); float f = d; f++; return (int)f + (d > 40.0 && d != 41) + (-d < 0) - 1; }",
    "int128": "int main(void) { unsigned __int128 x = 1; x <<= 100; x -= 1; return (int)(x >> 94) - 22 + (x > 5); }",
    "overflow": """int main(void) { int r; unsigned u; long l; signed char c; int n = 0; n += __builtin_add_overflow(0x7fffffff, 1, &r); n += r == -0x7fffffff - 1;
        n += __builtin_sub_overflow(1u, 2u, &u); n += !__builtin_mul_overflow(1L << 31, 2, &l); n += __builtin_mul_overflow(1L << 62, 2, &l);
        n += __builtin_add_overflow(100, 100, &c); n += __builtin_add_overflow(-1, 0u, &u); n += !__builtin_sub_overflow(5u, 7, &r) && r == -2; return n + 34; }""",
    "bits": "int main(void) { volatile unsigned x = 0x00f0; return __builtin_popcount(x) + __builtin_clz(x) + __builtin_ctz(x) + __builtin_ffs(x) + __builtin_parity(x) + (__builtin_bswap32(x) >> 24 == 0xf0) + 4; }",
    "atomics": """int g = 5; int main(void) { int e = 9, ok; ok = __atomic_compare_exchange_n(&g, &e, 7, 0, 5, 5); ok += e; __sync_fetch_and_add(&g, 10);
        __atomic_or_fetch(&g, 16, 0); return g + ok + __sync_bool_compare_and_swap(&g, 31, 1) + (g == 1) + 4; }""",
    "c11_atomics": "_Atomic int a = 3; int main(void) { a += 4; a++; a *= 5; return a + 2; }",
    "complex": "int main(void) { _Complex int z = 3 + 4i; z = z * z + 1; _Complex double d = 1.5 + 2.5i; d += 1; return __real__ z + __imag__ z + (int)__real__ d * 10 + (d == 2.5 + 2.5i) + 3; }",
    "vectors": """typedef int v4 __attribute__((vector_size(16))); v4 f(v4 a, v4 b) { return a * b + (a > b); }
        int main(void) { v4 x = {1, 2, 3, 4}, y = {5, 1, 2, 3}; v4 z = f(x, y); z[0] += 20; return z[0] + z[1] + z[2] + z[3] - 1 + (z[2] == 5) - 1 + 1; }""",
    "vla": "int f(int n) { int a[n][2], s = 0; for (int i = 0; i < n; i++) a[i][1] = i; for (int i = 0; i < n; i++) s += a[i][1]; return s + sizeof a / 8; } int main(void) { return f(8) + 6; }",
    "varargs_free": "int (*p)(int, ...); int main(void) { return p ? 1 : 42; }",
    "kr": "int add(a, b) char a; float b; { return a + (int)b; } int main(void) { return add(2, 40.0); }",
    "expect": "int main(void) { int x = 3; if (__builtin_expect(x == 4, 0)) return 1; if (__builtin_expect(!!(x & 1), 1)) return 42; return 2; }",
    "constant_p": "static inline int f(int x) { return __builtin_constant_p(x) ? 1 : 2; } int main(void) { return f(3) * 0 + 42; }",
    "object_size": "struct { char a[8]; int b; } s; int main(void) { char buf[30]; return __builtin_object_size(buf + 10, 0) + __builtin_object_size(&s.b, 0) + 18; }",
    "enum": "enum e { A = -1, B, C = 40 }; int main(void) { enum e x = C; x += 2; return x; }",
    "string": "char s[] = \"abc\"; const char *p = \"abc\" \"def\"; int main(void) { return s[1] - 'a' + p[4] - 'a' + sizeof s + 33; }",
    "trivial_auto_var_init": "int main(void) { int a[3]; int x = 42; return x; }",
}


BEYOND_THE_INTERPRETER = frozenset(("structs", "vectors", "object_size"))
"""Record results and OBJSIZE: these run under QEMU only (tests/cc/test_unit_programs.py)."""


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("name", sorted(set(PROGRAMS) - BEYOND_THE_INTERPRETER))
def test_program(name: str, level: int) -> None:
    assert Lowered(PROGRAMS[name], level).run() == 42


def test_static_relocations() -> None:
    unit = Lowered("extern char x[]; struct { char c; char *p; int d; } s = {1, x + 3, 7}; const char *t = \"hi\"; long zero;")
    by_name = {s.name: unit.module.object_for(s) for s in unit.unit.symbols if s.name != "x"}
    o = by_name["s"]
    assert o.size == 24 and o.data[0] == 1 and o.data[16] == 7
    assert [(at, size, g.name, addend) for at, size, g, addend in o.relocations] == [(8, 8, "x", 3)]
    assert by_name["t"].relocations[0][2].name.startswith(".LC")
    assert by_name["zero"].zero and by_name["zero"].size == 8 and not by_name["zero"].data


def test_classifying_raises_no_exception() -> None:
    unit = Lowered("int f(double x) { return __builtin_isnormal(x) + __builtin_fpclassify(0, 1, 2, 3, 4, x); }")
    assert not re.search(r"\bf[lg][te]\b", print_function(unit.functions["f"]))


def test_half_precision_is_classified_by_its_own_range() -> None:
    unit = Lowered("int f(_Float16 x) { return __builtin_isnormal(x); }")
    assert str(0x38800000 - 1) in print_function(unit.functions["f"])


def test_label_differences() -> None:
    unit = Lowered("int f(int n) { static const int t[] = {&&a - &&a, &&b - &&a}; goto *(&&a + t[n]); a: return 1; b: return 42; }")
    data = [o for o in unit.module.data.values() if o.symbol.name.startswith("t.")]
    assert len(data) == 1 and len(data[0].differences) == 1
    at, size, left, right, addend = data[0].differences[0]
    assert (at, size, addend) == (4, 4, 0) and left != right


def test_strings_are_pooled_and_mergeable() -> None:
    unit = Lowered("const char *a = \"same\", *b = \"same\", *c = \"with\\0zero\";")
    for s in unit.unit.symbols:
        unit.module.object_for(s)
    pool = [o for o in unit.module.data.values() if o.symbol.name.startswith(".LC")]
    assert [(o.data, o.merge) for o in pool] == [(b"same\0", 1), (b"with\0zero\0", 0)]


def test_initialiser_must_be_constant() -> None:
    unit = Lowered("int f(void); int x = 5; int y; int main(void) { return x; }")
    assert not unit.diagnostics.errors


def test_locals_without_address_are_not_memory() -> None:
    unit = Lowered("int f(int a, int b) { int c = a + b; c *= 2; return c - a; }")
    assert not unit.functions["f"].slots
    assert Lowered("int f(int a) { int c = a; return c; }", 0).functions["f"].slots
