/* 128-bit integers: multiplication, division, shifts, comparison.  Only 64-bit operations are used on
   halves where the operation itself would end up here. */
#include "types.h"

#ifdef __SIZEOF_INT128__

union pair {
    uti whole;
    struct { udi low, high; } half;
};

static uti join(udi high, udi low)
{
    union pair p;
    p.half.low = low;
    p.half.high = high;
    return p.whole;
}

static udi low_of(uti x) { union pair p; p.whole = x; return p.half.low; }
static udi high_of(uti x) { union pair p; p.whole = x; return p.half.high; }

/* 64 x 64 -> 128 by four 32-bit products. */
static uti wide_product(udi a, udi b)
{
    udi al = a & 0xffffffffu, ah = a >> 32, bl = b & 0xffffffffu, bh = b >> 32;
    udi ll = al * bl, lh = al * bh, hl = ah * bl, hh = ah * bh;
    udi middle = (ll >> 32) + (lh & 0xffffffffu) + (hl & 0xffffffffu);
    return join(hh + (lh >> 32) + (hl >> 32) + (middle >> 32), middle << 32 | (ll & 0xffffffffu));
}

ti __multi3(ti x, ti y)
{
    udi a = low_of(x), b = low_of(y);
    uti p = wide_product(a, b);
    return (ti)join(high_of(p) + a * high_of(y) + high_of(x) * b, low_of(p));
}

uti __ashlti3(uti x, int n)
{
    n &= 127;
    if (n >= 64)
        return join(low_of(x) << (n - 64), 0);
    if (n == 0)
        return x;
    return join(high_of(x) << n | low_of(x) >> (64 - n), low_of(x) << n);
}

uti __lshrti3(uti x, int n)
{
    n &= 127;
    if (n >= 64)
        return join(0, high_of(x) >> (n - 64));
    if (n == 0)
        return x;
    return join(high_of(x) >> n, low_of(x) >> n | high_of(x) << (64 - n));
}

ti __ashrti3(ti x, int n)
{
    di high = (di)high_of(x);
    n &= 127;
    if (n >= 64)
        return (ti)join((udi)(high >> 63), (udi)(high >> (n - 64)));
    if (n == 0)
        return x;
    return (ti)join((udi)(high >> n), low_of(x) >> n | (udi)high << (64 - n));
}

int __clzdi2(udi);

/* 128 / 64 -> 64 where the quotient fits (Knuth, TAOCP 2, 4.3.1, algorithm D with two digits). */
static udi divide_narrow(udi high, udi low, udi d, udi *remainder)
{
    int shift = __clzdi2(d);
    udi dh, dl, q1, q0, r, n1, n0;
    if (shift) {
        d <<= shift;
        high = high << shift | low >> (64 - shift);
        low <<= shift;
    }
    dh = d >> 32;
    dl = d & 0xffffffffu;
    n1 = low >> 32;
    n0 = low & 0xffffffffu;
    q1 = high / dh;
    r = high % dh;
    while (q1 >> 32 || q1 * dl > (r << 32 | n1)) {
        q1--;
        r += dh;
        if (r >> 32)
            break;
    }
    high = (high << 32 | n1) - q1 * d;
    q0 = high / dh;
    r = high % dh;
    while (q0 >> 32 || q0 * dl > (r << 32 | n0)) {
        q0--;
        r += dh;
        if (r >> 32)
            break;
    }
    *remainder = ((high << 32 | n0) - q0 * d) >> shift;
    return q1 << 32 | q0;
}

uti __udivmodti4(uti n, uti d, uti *remainder)
{
    udi nh = high_of(n), nl = low_of(n), dh = high_of(d), dl = low_of(d), r, q;
    if (dh == 0) {
        udi qh = 0;
        if (nh >= dl) {
            qh = nh / dl;
            nh %= dl;
        }
        if (nh == 0) {
            q = nl / dl;
            r = nl % dl;
        } else {
            q = divide_narrow(nh, nl, dl, &r);
        }
        if (remainder)
            *remainder = join(0, r);
        return join(qh, q);
    }
    if (nh < dh || nh == dh && nl < dl) {
        if (remainder)
            *remainder = n;
        return 0;
    }
    {
        /* The quotient is below 2^64: estimate it from the leading digits, then correct. */
        int shift = __clzdi2(dh);
        uti dn = __ashlti3(d, shift), product;
        udi top = high_of(__lshrti3(n, 1));
        udi mid = low_of(__lshrti3(n, 1));
        q = divide_narrow(top, mid, high_of(dn), &r);
        q = low_of(__lshrti3(join(0, q), 63 - shift));
        if (q)
            q--;
        product = (uti)__multi3((ti)d, (ti)join(0, q));
        n = n - product;
        if (high_of(n) > dh || high_of(n) == dh && low_of(n) >= dl) {
            n = n - d;
            q++;
        }
        if (remainder)
            *remainder = n;
        return join(0, q);
    }
}

uti __udivti3(uti n, uti d) { return __udivmodti4(n, d, 0); }

uti __umodti3(uti n, uti d)
{
    uti r;
    __udivmodti4(n, d, &r);
    return r;
}

static int negative(ti x) { return (di)high_of((uti)x) < 0; }

ti __divti3(ti n, ti d)
{
    int sign = negative(n) != negative(d);
    uti q = __udivmodti4(negative(n) ? -(uti)n : (uti)n, negative(d) ? -(uti)d : (uti)d, 0);
    return (ti)(sign ? -q : q);
}

ti __modti3(ti n, ti d)
{
    uti r;
    __udivmodti4(negative(n) ? -(uti)n : (uti)n, negative(d) ? -(uti)d : (uti)d, &r);
    return (ti)(negative(n) ? -r : r);
}

ti __divmodti4(ti n, ti d, ti *remainder)
{
    uti r, q = __udivmodti4(negative(n) ? -(uti)n : (uti)n, negative(d) ? -(uti)d : (uti)d, &r);
    *remainder = (ti)(negative(n) ? -r : r);
    return (ti)(negative(n) != negative(d) ? -q : q);
}

ti __negti2(ti x) { return (ti)-(uti)x; }

int __cmpti2(ti a, ti b)
{
    di ah = (di)high_of((uti)a), bh = (di)high_of((uti)b);
    if (ah != bh)
        return ah < bh ? 0 : 2;
    return low_of((uti)a) < low_of((uti)b) ? 0 : low_of((uti)a) > low_of((uti)b) ? 2 : 1;
}

int __ucmpti2(uti a, uti b)
{
    if (high_of(a) != high_of(b))
        return high_of(a) < high_of(b) ? 0 : 2;
    return low_of(a) < low_of(b) ? 0 : low_of(a) > low_of(b) ? 2 : 1;
}

#endif
