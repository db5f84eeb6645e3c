/* Arithmetic that traps on overflow (-ftrapv), and multiplication that reports it. */
#include "types.h"

#define FAIL() __builtin_trap()

#define SIMPLE(mode, type, utype) \
    type __addv##mode##3(type a, type b) \
    { \
        type r = (type)((utype)a + (utype)b); \
        if (((r ^ a) & (r ^ b)) < 0) \
            FAIL(); \
        return r; \
    } \
    type __subv##mode##3(type a, type b) \
    { \
        type r = (type)((utype)a - (utype)b); \
        if (((a ^ b) & (r ^ a)) < 0) \
            FAIL(); \
        return r; \
    } \
    type __negv##mode##2(type a) \
    { \
        type r = (type)-(utype)a; \
        if (a && r == a) \
            FAIL(); \
        return r; \
    } \
    type __absv##mode##2(type a) { return a < 0 ? __negv##mode##2(a) : a; } \
    type __mulo##mode##4(type a, type b, int *overflow) \
    { \
        utype x = a < 0 ? -(utype)a : (utype)a, y = b < 0 ? -(utype)b : (utype)b; \
        utype r = x * y, limit = ~(utype)0 >> 1; \
        int negative = (a < 0) != (b < 0); \
        *overflow = x && r / x != y || r > limit + (utype)negative; \
        return (type)(negative ? -r : r); \
    } \
    type __mulv##mode##3(type a, type b) \
    { \
        int overflow; \
        type r = __mulo##mode##4(a, b, &overflow); \
        if (overflow) \
            FAIL(); \
        return r; \
    }

SIMPLE(si, si, usi)
SIMPLE(di, di, udi)
#ifdef __SIZEOF_INT128__
SIMPLE(ti, ti, uti)
#endif
