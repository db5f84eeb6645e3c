/* Rare corners of GNU C, each once miscompiled or refused. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int failures;
#define CHECK(x) do { if (!(x)) { failures++; printf("line %d: %s\n", __LINE__, #x); } } while (0)

/* Structure members of variable size. */
static long variable_record(int n) {
    struct s { char c; short a[n]; unsigned b : 3; unsigned d : 7; long l; struct { char x[n]; int y; } in[2]; } v, w;
    int k = n;
    n = 100;
    CHECK(sizeof(struct s) == sizeof v && __builtin_offsetof(struct s, a) == 2);
    memset(&v, 0, sizeof v);
    for (int i = 0; i < k; i++) v.a[i] = i * 3, v.in[1].x[i] = i;
    v.c = 7; v.b = 5; v.d = 99; v.l = 1234567890123L; v.in[1].y = -4;
    w = v;
    struct s *p = &w, z[2];
    z[1] = *p;
    CHECK((char *)(z + 1) - (char *)z == sizeof(struct s) && ((long)&z[1].l & 7) == 0);
    CHECK(z[1].c == 7 && z[1].a[k - 1] == 3 * (k - 1) && z[1].b == 5 && z[1].d == 99 && z[1].l == 1234567890123L);
    CHECK(z[1].in[1].x[k - 1] == k - 1 && z[1].in[1].y == -4 && p->in[0].y == 0);
    union u { char c[k]; int i; } u;
    CHECK(sizeof u == (k > 4 ? (k + 3) / 4 * 4 : 4));
    return __builtin_offsetof(struct s, in[1].y);
}

static int sum_record(int n, ...) {
    struct { char c[n]; } v;
    va_list ap;
    int s = 0;
    va_start(ap, n);
    v = va_arg(ap, typeof(v));
    s = va_arg(ap, int);
    va_end(ap);
    for (int i = 0; i < n; i++) s += v.c[i];
    return s;
}

static int bounds_once(int n) {
    typedef int row[n++];
    row a;
    n++;
    row b, c[2];
    return sizeof a == sizeof b && sizeof c == 2 * sizeof a ? n : -1;
}

static int inner_bounds(int n) {
    int f(int a[2][n++]) { return sizeof a[0]; }
    int a[2][n];
    return f((void *)a) * 100 + n;
}

/* The caller's variable arguments, passed on. */
static int twice(int x) { return x + x; }
static int bounds_of_outer(int n) {       /* the bounds of a nested function's parameter, whatever form they have, use what is around it */
    int first(char (*a)[n > 2 ? 5 : n]) { return sizeof *a; }
    int m = n + 1;
    int second(char (*a)[twice(m)]) { return sizeof *a; }
    char x[64];
    return 100 * first((void *)x) + second((void *)x);
}
static int vsum(int n, ...) {
    va_list ap;
    int s = 0;
    va_start(ap, n);
    while (n--) s += va_arg(ap, int);
    va_end(ap);
    return s;
}
extern inline __attribute__((always_inline, gnu_inline)) int sum(int x, ...) {
    return __builtin_va_arg_pack_len() > 3 ? -1 : x + vsum(__builtin_va_arg_pack_len(), __builtin_va_arg_pack());
}

/* Objects aligned more strictly than the stack, in a frame that grows. */
typedef int wide __attribute__((aligned(64)));
struct __attribute__((aligned(32))) big { int a, b; long c[3]; };
__attribute__((noinline)) static void fill(char *p, wide *q, struct big *r, int n) {
    memset(p, 1, n);
    *q = 5;
    r->b = 7;
    CHECK(((long)q & 63) == 0 && ((long)r & 31) == 0);
}
static int aligned_beside_vla(struct big v, int n) {
    wide i;
    char a[n];
    struct big t[2] = {v};
    fill(a, &i, &t[n & 1], n);
    char *b = __builtin_alloca_with_align(n, 1024);
    b[0] = 9;
    return ((long)b & 127) == 0 && i == 5 && t[0].a == 1 && t[n & 1].b == 7 && a[n - 1] == 1 && v.c[2] == 5;
}

/* Large switches, runs of labels. */
static int large_switch(int x, int y) {
    int r = 0;
    switch (x) {
#define C(n) case n: break;
#define D(n) C(n) C(n + 1) C(n + 2) C(n + 3) C(n + 4) C(n + 5) C(n + 6) C(n + 7)
    D(0) D(8) D(16) D(24) D(32)
    case 40: r = y; break;
    case 41: case 99: case 1000 ... 1010: r = 5; break;
    case 42: r = y + 1;
    case 43: break;
    D(50)
    default: case 70: r = 9;
    }
    return r;
}

/* What branches tell of x - 1; a comparison that cannot be. */
static int correlated(int x) { return x <= 0 || (unsigned long)(unsigned)(x - 1) < 0xffffffffu; }
static int negative_magnitude(double x) { return __builtin_fabs(x) < 0.0; }
static int minus_one(int x) { return ~0 >> x; }

/* Arithmetic on bit-fields wider than int has their width. */
struct wide_fields { unsigned long a : 40; long b : 41; unsigned long c : 33; unsigned d : 20; unsigned long e : 64; };
static void wide_bit_fields(struct wide_fields s) {
    printf("%lx %lx %lx %lx\n", (long)(s.a + 1), (long)((s.a + 1) * 2 - 3), (long)-s.a, (long)~s.a);
    printf("%lx %lx %lx\n", (long)(s.a * s.c), (long)((s.a & 0xffffffff00UL) << 4), (long)((s.a | 1) << 4));
    printf("%lx %lx %lx\n", (long)(s.b * 3), (long)((s.b ^ 5) - s.c), (long)(s.c + s.a));
    printf("%lx %lx %d\n", (long)(s.a + 1L), (long)(s.a + s.e), (s.a << 1) == 0x1fffffffffeUL);
    printf("%lx %lx %d\n", (long)((s.a / 2 + s.a) << 3), (long)(s.c >> 1 << 5), -s.c < 5);
    printf("%d %d %d %d\n", s.d - 8 < 0, s.b < s.c, s.a > -1, s.b > (unsigned)1);
}

/* Addresses of labels in static data. */
static __attribute__((noinline)) int label_offsets(int x) {
    static const int off[] = { &&a - &&a, &&b - &&a };
    if (x > 5) goto b;
    a: return x + (off[0] != 0);
    b: return x + 1 + (off[1] == 0);
}

int (__attribute__((unused)) (((f1))))(int (__attribute__((unused)) int x)) { return 1; }
static long literals = &"Foobar"[3] - &"Foobar"[1];
static void late();
late() { failures += 0; }

int main(void) {
    struct { char c[3]; } r3 = {{1, 2, 3}};
    int n = 3;
    struct { char c[n]; } r;
    memcpy(&r, &r3, 3);
    printf("%ld %ld\n", variable_record(3), variable_record(8));
    CHECK(sum_record(n, r, 36) == 42);
    CHECK(bounds_once(4) == 6 && inner_bounds(3) == 1204 && bounds_of_outer(3) == 508);
    CHECK(sum(1, 2, 3, 4) == 10 && sum(1, 2, 3, 4, 5) == -1 && sum(5) == 5);
    CHECK(aligned_beside_vla((struct big){1, 2, {3, 4, 5}}, 41));
    CHECK(large_switch(0, 1) == 0 && large_switch(39, 1) == 0 && large_switch(40, 3) == 3 && large_switch(99, 3) == 5 && large_switch(1005, 3) == 5);
    CHECK(large_switch(42, 3) == 4 && large_switch(43, 1) == 0 && large_switch(55, 1) == 0 && large_switch(70, 1) == 9 && large_switch(-1, 1) == 9);
    CHECK(correlated(-5) && correlated(0) && correlated(1) && correlated(0x7fffffff));
    CHECK(!negative_magnitude(-1.5) && minus_one(5) == -1 && literals == 2);
    late();
    wide_bit_fields((struct wide_fields){0xffffffffffUL, -1, 0x1ffffffffUL, 7, -1});
    CHECK(label_offsets(1) == 1 && label_offsets(7) == 8);
    printf("one line\n");
    printf("%s\n", "text");
    printf("%c", 'x');
    printf("");
    fprintf(stdout, "%s", "abc");
    fprintf(stdout, "\n");
    printf("%d failures\n", failures);
    return failures;
}
