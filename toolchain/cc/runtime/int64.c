/* 64-bit integers on 32-bit machines. */
#include "types.h"

#if __SIZEOF_POINTER__ == 4

union pair {
    udi whole;
    struct { usi low, high; } half;
};

static udi join(usi high, usi low)
{
    union pair p;
    p.half.low = low;
    p.half.high = high;
    return p.whole;
}

static usi low_of(udi x) { union pair p; p.whole = x; return p.half.low; }
static usi high_of(udi x) { union pair p; p.whole = x; return p.half.high; }

udi __ashldi3(udi x, int n)
{
    n &= 63;
    if (n >= 32)
        return join(low_of(x) << (n - 32), 0);
    return n ? join(high_of(x) << n | low_of(x) >> (32 - n), low_of(x) << n) : x;
}

udi __lshrdi3(udi x, int n)
{
    n &= 63;
    if (n >= 32)
        return join(0, high_of(x) >> (n - 32));
    return n ? join(high_of(x) >> n, low_of(x) >> n | high_of(x) << (32 - n)) : x;
}

di __ashrdi3(di x, int n)
{
    si high = (si)high_of(x);
    n &= 63;
    if (n >= 32)
        return (di)join((usi)(high >> 31), (usi)(high >> (n - 32)));
    return n ? (di)join((usi)(high >> n), low_of(x) >> n | (usi)high << (32 - n)) : x;
}

static udi wide_product(usi a, usi b)
{
    usi al = a & 0xffff, ah = a >> 16, bl = b & 0xffff, bh = b >> 16;
    usi ll = al * bl, lh = al * bh, hl = ah * bl, hh = ah * bh;
    usi middle = (ll >> 16) + (lh & 0xffff) + (hl & 0xffff);
    return join(hh + (lh >> 16) + (hl >> 16) + (middle >> 16), middle << 16 | (ll & 0xffff));
}

di __muldi3(di x, di y)
{
    usi a = low_of(x), b = low_of(y);
    udi p = wide_product(a, b);
    return (di)join(high_of(p) + a * high_of(y) + high_of(x) * b, low_of(p));
}

udi __udivmoddi4(udi n, udi d, udi *remainder)
{
    usi nh = high_of(n), nl = low_of(n), dh = high_of(d), dl = low_of(d);
    usi rh = 0, rl = 0, qh = 0, ql = 0;
    int i;
    if (nh == 0 && dh == 0) {
        if (remainder)
            *remainder = nl % dl;
        return nl / dl;
    }
    for (i = 0; i < 64; i++) {
        rh = rh << 1 | rl >> 31;
        rl = rl << 1 | nh >> 31;
        nh = nh << 1 | nl >> 31;
        nl <<= 1;
        qh = qh << 1 | ql >> 31;
        ql <<= 1;
        if (rh > dh || rh == dh && rl >= dl) {
            rh = rh - dh - (rl < dl);
            rl -= dl;
            ql |= 1;
        }
    }
    if (remainder)
        *remainder = join(rh, rl);
    return join(qh, ql);
}

udi __udivdi3(udi n, udi d) { return __udivmoddi4(n, d, 0); }

udi __umoddi3(udi n, udi d)
{
    udi r;
    __udivmoddi4(n, d, &r);
    return r;
}

static int negative(di x) { return (si)high_of((udi)x) < 0; }

di __divdi3(di n, di d)
{
    udi q = __udivmoddi4(negative(n) ? -(udi)n : (udi)n, negative(d) ? -(udi)d : (udi)d, 0);
    return (di)(negative(n) != negative(d) ? -q : q);
}

di __moddi3(di n, di d)
{
    udi r;
    __udivmoddi4(negative(n) ? -(udi)n : (udi)n, negative(d) ? -(udi)d : (udi)d, &r);
    return (di)(negative(n) ? -r : r);
}

di __divmoddi4(di n, di d, di *remainder)
{
    udi r, q = __udivmoddi4(negative(n) ? -(udi)n : (udi)n, negative(d) ? -(udi)d : (udi)d, &r);
    *remainder = (di)(negative(n) ? -r : r);
    return (di)(negative(n) != negative(d) ? -q : q);
}

di __negdi2(di x) { return (di)-(udi)x; }

int __cmpdi2(di a, di b)
{
    si ah = (si)high_of((udi)a), bh = (si)high_of((udi)b);
    if (ah != bh)
        return ah < bh ? 0 : 2;
    return low_of((udi)a) < low_of((udi)b) ? 0 : low_of((udi)a) > low_of((udi)b) ? 2 : 1;
}

int __ucmpdi2(udi a, udi b)
{
    if (high_of(a) != high_of(b))
        return high_of(a) < high_of(b) ? 0 : 2;
    return low_of(a) < low_of(b) ? 0 : low_of(a) > low_of(b) ? 2 : 1;
}

/* Conversions between 64-bit integers and floating types. */
double __floatundidf(udi x) { return (double)high_of(x) * 4294967296.0 + (double)low_of(x); }
double __floatdidf(di x) { return (double)(si)high_of((udi)x) * 4294967296.0 + (double)low_of((udi)x); }

udi __fixunsdfdi(double x)
{
    usi high;
    if (x < 1.0)
        return 0;
    high = (usi)(x / 4294967296.0);
    return join(high, (usi)(x - (double)high * 4294967296.0));
}

di __fixdfdi(double x) { return x < 0 ? -(di)__fixunsdfdi(-x) : (di)__fixunsdfdi(x); }

/* To float: rounded once, by making the bits that do not fit sticky before the narrowing. */
static float narrow(udi x)
{
    if (high_of(x) >> 21)
        x = __lshrdi3(x, 11) | ((low_of(x) & 0x7ff) != 0), x = __ashldi3(x, 11);
    return (float)__floatundidf(x);
}

float __floatundisf(udi x) { return narrow(x); }
float __floatdisf(di x) { return x < 0 ? -narrow(-(udi)x) : narrow((udi)x); }
udi __fixunssfdi(float x) { return __fixunsdfdi(x); }
di __fixsfdi(float x) { return __fixdfdi(x); }

#endif
