/* Atomic operations on objects of any size, under a lock chosen by address (the job of libatomic). */
#include "types.h"

typedef __SIZE_TYPE__ size;
#define LOCKS 64
static unsigned char locks[LOCKS];

static unsigned char *acquire(const volatile void *p)
{
    unsigned char *l = &locks[(size)p / 64 % LOCKS];
    while (__atomic_test_and_set(l, __ATOMIC_ACQUIRE))
        ;
    return l;
}

static void release(unsigned char *l) { __atomic_clear(l, __ATOMIC_RELEASE); }

static void copy(void *to, const void *from, size n)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    while (n--)
        *t++ = *f++;
}

static int same(const void *a, const void *b, size n)
{
    const unsigned char *x = a, *y = b;
    while (n--)
        if (*x++ != *y++)
            return 0;
    return 1;
}

void generic_load(size n, void *p, void *out, int order) __asm__("__atomic_load");
void generic_store(size n, void *p, void *value, int order) __asm__("__atomic_store");
void generic_exchange(size n, void *p, void *value, void *out, int order) __asm__("__atomic_exchange");
_Bool generic_cas(size n, void *p, void *expected, void *desired, int yes, int no) __asm__("__atomic_compare_exchange");
_Bool lock_free(size n, void *p) __asm__("__atomic_is_lock_free");

void generic_load(size n, void *p, void *out, int order)
{
    unsigned char *l = acquire(p);
    copy(out, p, n);
    release(l);
}

void generic_store(size n, void *p, void *value, int order)
{
    unsigned char *l = acquire(p);
    copy(p, value, n);
    release(l);
}

void generic_exchange(size n, void *p, void *value, void *out, int order)
{
    unsigned char *l = acquire(p), *a = p, *b = value, *c = out;
    while (n--) {
        unsigned char old = *a;
        *a++ = *b++;
        *c++ = old;
    }
    release(l);
}

_Bool generic_cas(size n, void *p, void *expected, void *desired, int yes, int no)
{
    unsigned char *l = acquire(p);
    _Bool equal = same(p, expected, n);
    if (equal)
        copy(p, desired, n);
    else
        copy(expected, p, n);
    release(l);
    return equal;
}

_Bool lock_free(size n, void *p) { return n <= sizeof(void *) && !(n & (n - 1)); }

#ifdef __SIZEOF_INT128__
#define FETCH(name, expression) \
    uti fetch_##name(uti *p, uti v, int order) __asm__("__atomic_fetch_" #name "_16"); \
    uti fetch_##name(uti *p, uti v, int order) \
    { \
        unsigned char *l = acquire(p); \
        uti old = *p; \
        *p = expression; \
        release(l); \
        return old; \
    }

FETCH(add, old + v)
FETCH(sub, old - v)
FETCH(and, old & v)
FETCH(or, old | v)
FETCH(xor, old ^ v)
FETCH(nand, ~(old & v))

uti load16(uti *p, int order) __asm__("__atomic_load_16");
void store16(uti *p, uti v, int order) __asm__("__atomic_store_16");
uti exchange16(uti *p, uti v, int order) __asm__("__atomic_exchange_16");
_Bool cas16(uti *p, uti *expected, uti desired, int yes, int no) __asm__("__atomic_compare_exchange_16");

uti load16(uti *p, int order)
{
    unsigned char *l = acquire(p);
    uti v = *p;
    release(l);
    return v;
}

void store16(uti *p, uti v, int order)
{
    unsigned char *l = acquire(p);
    *p = v;
    release(l);
}

uti exchange16(uti *p, uti v, int order)
{
    unsigned char *l = acquire(p);
    uti old = *p;
    *p = v;
    release(l);
    return old;
}

_Bool cas16(uti *p, uti *expected, uti desired, int yes, int no)
{
    unsigned char *l = acquire(p);
    _Bool equal = *p == *expected;
    if (equal)
        *p = desired;
    else
        *expected = *p;
    release(l);
    return equal;
}
#endif
