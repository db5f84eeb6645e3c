/* What the sample of the sweep compiles (test_as_sweep.py): jump tables, constants that the linker merges, cold parts, thread-local data, tail calls. */
#include <stdarg.h>

#ifdef __SIZEOF_INT128__
typedef __int128 wide_int;
#else
typedef long long wide_int;
#endif

struct s { long a[3]; double d; char c[9]; } g[3] = {{{1}, 2.5, "x"}};
static const char *names[] = {"one", "two", "three"};
__thread int tls = 5;
extern __thread int other;
long double q = 1.5L;
static int table[16];
extern int printf(const char *, ...);
extern void abort(void);
extern struct s get(int);

int f(int n, ...) { va_list ap; va_start(ap, n); int t = 0; while (n--) t += va_arg(ap, int); va_end(ap); return t; }

int sw(struct s *p, unsigned long x)
{
    switch (x) { case 0: return 1; case 1: return 5; case 2: return 7; case 3: return 2; case 4: return 9; case 5: return table[p->a[0] & 15];
    case 6: abort(); case 9: return 77; }
    return printf("%f %Lf\n", p->d * x, (long double)x);
}

__attribute__((noinline)) double h(double x, float y, long l) { if (l > 1000000) abort(); return x * y + l + sw(g, l) + tls + other; }
wide_int wide(wide_int a, wide_int b) { return a * b + (a >> 3) - (a / b); }
struct s k(float x) { struct s v = get(x > 1.5f); v.d += x; __builtin_memset(table, 1, sizeof table); return v; }
double tail(double x) { return h(x * 0.75, 1.25f, (long)x); }
double again(double x) { return x > 0.75 ? x / 0.75 : -x; }
void big(volatile int *p) { for (int i = 0; i < 100; i++) { p[i] = p[i * 2] / 3; if (p[i] < 0) p[-i] = sw(g, p[i]); } }

int main(int argc, char **argv)
{
    big((int *)g);
    float sums[8] = {0};
    for (int i = 0; i < 8; i++) sums[i] = argc * 0.5f + i;
    if (f(3, 1, 2, argc) < 0) abort();
    return (int)h(1.5, sums[argc & 7], 3) + names[argc][0] + (int)tail(again(argc));
}
