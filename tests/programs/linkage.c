/* Linkage features of GNU C: prints one line for each; the expected text is in linkage.expected. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static int target_of_alias(int x) { return x + 1; }
int visible_alias(int) __attribute__((alias("target_of_alias")));
static int missing(void) __attribute__((weakref("nowhere_defined")));
static size_t my_strlen(const char *) __attribute__((weakref("strlen")));
extern int weak_undefined(void) __attribute__((weak));
__attribute__((weak)) int weak_defined(void) { return 7; }
int tentative;
int tentative;
int tentative_array[];
static __thread int thread_zero;
__thread int thread_value = 5;
static int order[4], count;

__attribute__((constructor(201))) static void second(void) { order[count++] = 2; }
__attribute__((constructor(200))) static void first(void) { order[count++] = 1; }
__attribute__((constructor)) static void third(void) { order[count++] = 3; }
__attribute__((destructor)) static void last(void) { puts("destructor"); }

static int resolved_one(void) { return 11; }
static int (*resolve(void))(void) { return resolved_one; }
int by_ifunc(void) __attribute__((ifunc("resolve")));

struct flexible { int n; char text[]; };
static struct flexible flex = {3, "abcdef"};
static const char *const names[] = {[2] = "two", [0] = "zero"};
static union { int i; float f; } pun = {.f = 1.0f};
struct bits { unsigned a : 3, : 2, b : 11; long long c : 40; } bit_data = {5, 1234, -99};
static void *labels(int n)
{
    static void *const table[] = {&&one, &&two};
    goto *table[n];
one:
    return "one";
two:
    return "two";
}

static int nested(int n)
{
    int total = 0;
    void add(int v) { total += v; }
    void (*p)(int) = add;
    for (int i = 0; i < n; i++)
        p(i);
    return total;
}

static double sum(int n, ...)
{
    va_list ap, copy;
    double s = 0;
    va_start(ap, n);
    va_copy(copy, ap);
    for (int i = 0; i < n; i++)
        s += va_arg(ap, double);
    s += 1000 * va_arg(copy, double);
    va_end(copy);
    va_end(ap);
    return s;
}

struct big { long v[5]; };
struct pair { double d; float f; };
static struct big make_big(long x) { return (struct big){{x, x + 1, x + 2, x + 3, x + 4}}; }
static struct pair make_pair(double d) { return (struct pair){d, (float)d / 2}; }
static long use(struct big b, struct pair p, ...)
{
    va_list ap;
    va_start(ap, p);
    struct pair q = va_arg(ap, struct pair);
    struct big c = va_arg(ap, struct big);
    va_end(ap);
    return b.v[4] + (long)p.d + (long)q.f + c.v[2];
}

int main(void)
{
    printf("alias %d\n", visible_alias(1));
    printf("weakref %d %zu\n", missing != 0, my_strlen("four"));
    printf("weak %d %d\n", weak_undefined != 0, weak_defined());
    tentative = 3;
    tentative_array[0] = 4;
    printf("tentative %d %d\n", tentative, tentative_array[0]);
    thread_zero++;
    printf("tls %d %d\n", thread_zero, thread_value);
    printf("constructors %d%d%d\n", order[0], order[1], order[2]);
    printf("ifunc %d\n", by_ifunc());
    printf("flexible %d %s\n", flex.n, flex.text);
    printf("names %s %d %s\n", names[0], names[1] == 0, names[2]);
    printf("union %x\n", pun.i);
    printf("bits %u %u %lld\n", bit_data.a, bit_data.b, (long long)bit_data.c);
    printf("labels %s %s\n", (char *)labels(0), (char *)labels(1));
    printf("nested %d\n", nested(5));
    printf("variadic %g\n", sum(3, 1.5, 2.5, 3.0));
    printf("records %ld\n", use(make_big(10), make_pair(2.5), make_pair(9), make_big(100)));
    printf("complex %g\n", __real__((2.0 + 3.0i) * (1.0 - 1.0i) / 2.0));
    printf("long double %d\n", (int)((long double)7 / 2 * 10));
    printf("int128 %d\n", (int)(((unsigned __int128)1 << 100) / ((unsigned __int128)7 << 90)));
    return 0;
}
