/* IEEE 754 binary128 in software: rounding to nearest, ties to even; no exception flags. */
#include "types.h"

#ifdef HAVE_TF

union quad { tf f; uti u; };
union single { float f; usi u; };
union twice { double f; udi u; };

#define BIAS 16383
#define MAX_EXPONENT 0x7fff
#define SIGN ((uti)1 << 127)
#define HIDDEN ((uti)1 << 112)
#define FRACTION (HIDDEN - 1)
#define INFINITE ((uti)MAX_EXPONENT << 112)
#define QUIET ((uti)1 << 111)
#define GUARD 3                 /* extra low bits while calculating */

int __clzti2(uti);

static uti bits_of(tf x) { union quad q; q.f = x; return q.u; }
static tf value_of(uti u) { union quad q; q.u = u; return q.f; }
static int is_nan(uti u) { return (u & ~SIGN) > INFINITE; }

/* Split a finite number that is not 0: significand with its leading bit at position 112. */
static int unpack(uti u, uti *m)
{
    int e = (int)(u >> 112 & MAX_EXPONENT);
    uti f = u & FRACTION;
    if (e == 0) {
        int shift = __clzti2(f) - 15;
        *m = f << shift;
        return 1 - shift;
    }
    *m = f | HIDDEN;
    return e;
}

static uti shift_sticky(uti x, int n)
{
    if (n <= 0)
        return x;
    if (n > 127)
        return x != 0;
    return x >> n | ((x & (((uti)1 << n) - 1)) != 0);
}

/* m has its leading bit at 112 + GUARD (or below, for numbers too small); round and pack. */
static uti pack(uti sign, int e, uti m)
{
    usi rest;
    if (e <= 0) {
        m = shift_sticky(m, 1 - e);
        e = 0;
    }
    rest = (usi)m & 7;
    m >>= GUARD;
    if (rest > 4 || rest == 4 && (m & 1))
        m++;
    if (e > 0)
        m += (uti)(e - 1) << 112;
    if (m >= INFINITE)
        m = INFINITE;
    return sign | m;
}

static tf add(uti a, uti b)
{
    uti sign, ma, mb, m;
    int ea, eb;
    if (is_nan(a))
        return value_of(a | QUIET);
    if (is_nan(b))
        return value_of(b | QUIET);
    if ((a & ~SIGN) == INFINITE)
        return value_of((b & ~SIGN) == INFINITE && a != b ? INFINITE | QUIET : a);
    if ((b & ~SIGN) == INFINITE)
        return value_of(b);
    if (!(b & ~SIGN))
        return value_of(a & ~SIGN ? a : a & b);
    if (!(a & ~SIGN))
        return value_of(b);
    if ((a & ~SIGN) < (b & ~SIGN)) {
        m = a;
        a = b;
        b = m;
    }
    sign = a & SIGN;
    ea = unpack(a, &ma);
    eb = unpack(b, &mb);
    ma <<= GUARD;
    mb = shift_sticky(mb << GUARD, ea - eb);
    if ((a ^ b) & SIGN) {
        int shift;
        m = ma - mb;
        if (m == 0)
            return value_of(0);
        shift = __clzti2(m) - (15 - GUARD);
        m <<= shift;
        ea -= shift;
    } else {
        m = ma + mb;
        if (m >> (113 + GUARD)) {
            m = shift_sticky(m, 1);
            ea++;
        }
    }
    return value_of(pack(sign, ea, m));
}

tf __addtf3(tf a, tf b) { return add(bits_of(a), bits_of(b)); }

tf __subtf3(tf a, tf b)
{
    uti u = bits_of(b);
    return add(bits_of(a), is_nan(u) ? u : u ^ SIGN);
}

tf __negtf2(tf a) { return value_of(bits_of(a) ^ SIGN); }

tf __multf3(tf x, tf y)
{
    uti a = bits_of(x), b = bits_of(y), sign = (a ^ b) & SIGN, ma, mb, high, low, cross;
    udi ah, al, bh, bl;
    int e;
    if (is_nan(a))
        return value_of(a | QUIET);
    if (is_nan(b))
        return value_of(b | QUIET);
    a &= ~SIGN;
    b &= ~SIGN;
    if (a == INFINITE || b == INFINITE)
        return value_of(a == 0 || b == 0 ? INFINITE | QUIET : sign | INFINITE);
    if (a == 0 || b == 0)
        return value_of(sign);
    e = unpack(a, &ma);
    e += unpack(b, &mb) - BIAS;
    ma <<= 15;                  /* the product's leading bit is then at 255 or 254 - 2*... of 256 */
    mb <<= 15;
    ah = (udi)(ma >> 64);
    al = (udi)ma;
    bh = (udi)(mb >> 64);
    bl = (udi)mb;
    low = (uti)al * bl;
    high = (uti)ah * bh;
    cross = (uti)ah * bl;
    high += cross >> 64;
    low += cross << 64;
    if (low < cross << 64)
        high++;
    cross = (uti)al * bh;
    high += cross >> 64;
    low += cross << 64;
    if (low < cross << 64)
        high++;
    /* high has its leading bit at 127 or 126. */
    if (high >> 127)
        e++;
    else {
        high = high << 1 | low >> 127;
        low <<= 1;
    }
    return value_of(pack(sign, e, shift_sticky(high, 127 - 112 - GUARD) | (low != 0)));
}

tf __divtf3(tf x, tf y)
{
    uti a = bits_of(x), b = bits_of(y), sign = (a ^ b) & SIGN, ma, mb, q = 0;
    int e, i;
    if (is_nan(a))
        return value_of(a | QUIET);
    if (is_nan(b))
        return value_of(b | QUIET);
    a &= ~SIGN;
    b &= ~SIGN;
    if (a == INFINITE)
        return value_of(b == INFINITE ? INFINITE | QUIET : sign | INFINITE);
    if (b == INFINITE)
        return value_of(sign);
    if (b == 0)
        return value_of(a == 0 ? INFINITE | QUIET : sign | INFINITE);
    if (a == 0)
        return value_of(sign);
    e = unpack(a, &ma);
    e -= unpack(b, &mb) - BIAS;
    if (ma < mb) {
        ma <<= 1;
        e--;
    }
    for (i = 0; i < 113 + GUARD; i++) {
        q <<= 1;
        if (ma >= mb) {
            ma -= mb;
            q |= 1;
        }
        ma <<= 1;
    }
    return value_of(pack(sign, e, q | (ma != 0)));
}

/* Comparison: -1, 0, 1; 2 if unordered. */
static int order(tf x, tf y)
{
    uti a = bits_of(x), b = bits_of(y);
    if (is_nan(a) || is_nan(b))
        return 2;
    if (!((a | b) & ~SIGN))
        return 0;
    if ((a ^ b) & SIGN)
        return a & SIGN ? -1 : 1;
    if (a == b)
        return 0;
    return (a < b) != ((a & SIGN) != 0) ? -1 : 1;
}

int __unordtf2(tf a, tf b) { return order(a, b) == 2; }
int __eqtf2(tf a, tf b) { return order(a, b) != 0; }
int __netf2(tf a, tf b) { return order(a, b) != 0; }
int __lttf2(tf a, tf b) { int o = order(a, b); return o == 2 ? 1 : o; }
int __letf2(tf a, tf b) { int o = order(a, b); return o == 2 ? 1 : o; }
int __cmptf2(tf a, tf b) { int o = order(a, b); return o == 2 ? 1 : o; }
int __gttf2(tf a, tf b) { int o = order(a, b); return o == 2 ? -1 : o; }
int __getf2(tf a, tf b) { int o = order(a, b); return o == 2 ? -1 : o; }

/* ---- conversions between formats */
tf __extenddftf2(double x)
{
    union twice v;
    uti sign, f;
    int e;
    v.f = x;
    sign = (uti)(v.u >> 63) << 127;
    e = (int)(v.u >> 52 & 0x7ff);
    f = (uti)(v.u & 0xfffffffffffffull) << 60;
    if (e == 0x7ff)
        return value_of(sign | INFINITE | f | (f ? QUIET : 0));
    if (e == 0) {
        int shift;
        if (f == 0)
            return value_of(sign);
        shift = __clzti2(f) - 15;
        return value_of(sign | (uti)(1 - shift + BIAS - 1023) << 112 | (f << shift & FRACTION));
    }
    return value_of(sign | (uti)(e + BIAS - 1023) << 112 | f);
}

tf __extendsftf2(float x) { return __extenddftf2(x); }

/* Round to a format with `fraction` bits and exponents up to `top`; the result is its encoding. */
static udi narrow(uti u, int fraction, int bias, int top)
{
    udi sign = (udi)(u >> 127);
    int e, shift = 112 - fraction;
    uti m, rest, half;
    udi kept;
    u &= ~SIGN;
    if (u > INFINITE)
        return sign << 63 | (udi)top << fraction | (udi)1 << (fraction - 1) | (udi)((u & FRACTION) >> shift);
    if (u == INFINITE)
        return sign << 63 | (udi)top << fraction;
    if (u == 0)
        return sign << 63;
    e = unpack(u, &m) - BIAS + bias;
    if (e <= 0) {
        shift += 1 - e;
        e = 0;
        if (shift > 120)
            shift = 120;
    }
    kept = (udi)(m >> shift);
    rest = m & (((uti)1 << shift) - 1);
    half = (uti)1 << (shift - 1);
    if (rest > half || rest == half && (kept & 1))
        kept++;
    if (e >= top)
        kept = (udi)top << fraction;
    else if (e > 0)
        kept += (udi)(e - 1) << fraction;
    return sign << 63 | kept;
}

double __trunctfdf2(tf x)
{
    union twice v;
    v.u = narrow(bits_of(x), 52, 1023, 0x7ff);
    return v.f;
}

float __trunctfsf2(tf x)
{
    union single v;
    udi n = narrow(bits_of(x), 23, 127, 0xff);
    v.u = (usi)(n >> 63) << 31 | (usi)(n & 0x7fffffff);
    return v.f;
}

#if defined __FLT16_MANT_DIG__ && (!defined __i386__ || defined __SSE2__)
float __extendhfsf2(_Float16);
tf __extendhftf2(_Float16 x) { return __extenddftf2(__extendhfsf2(x)); }

_Float16 __trunctfhf2(tf x)
{
    union { _Float16 f; unsigned short u; } v;
    udi n = narrow(bits_of(x), 10, 15, 0x1f);
    v.u = (unsigned short)(n >> 63 << 15 | (n & 0x7fff));
    return v.f;
}
#endif

#ifdef HAVE_XF
tf __extendxftf2(xf x)
{
    union { xf f; struct { udi m; unsigned short e; } s; } v;
    uti sign, e;
    v.f = x;
    sign = (uti)(v.s.e >> 15) << 127;
    e = v.s.e & 0x7fff;
    if (v.s.m == 0 && e != 0x7fff)
        return value_of(sign);
    if (e == 0x7fff)
        return value_of(sign | INFINITE | (uti)(v.s.m << 1) << 48);
    if (e == 0)
        return value_of(sign | (uti)v.s.m << 49);
    return value_of(sign | e << 112 | (uti)(v.s.m << 1) << 48);
}

xf __trunctfxf2(tf x)
{
    union { xf f; struct { udi m; unsigned short e; } s; } v;
    uti u = bits_of(x), m, rest;
    unsigned short sign = (unsigned short)(u >> 127 << 15);
    int e;
    u &= ~SIGN;
    if (u >= INFINITE) {
        v.s.e = sign | 0x7fff;
        v.s.m = (udi)1 << 63 | (udi)((u & FRACTION) >> 49) | (u > INFINITE ? (udi)1 << 62 : 0);
        return v.f;
    }
    e = (int)(u >> 112);
    m = u & FRACTION;
    if (e)
        m |= HIDDEN;
    rest = m & (((uti)1 << 49) - 1);
    m >>= 49;
    if (rest > (uti)1 << 48 || rest == (uti)1 << 48 && (m & 1))
        m++;
    if (m >> 64) {
        m >>= 1;
        e++;
    }
    if (e == 0 && m >> 63)
        e = 1;
    v.s.e = (unsigned short)(sign | e);
    v.s.m = e == 0x7fff ? (udi)1 << 63 : (udi)m;
    return v.f;
}
#endif

/* ---- integers */
static uti to_unsigned(uti u, int limit)
{
    int e = (int)(u >> 112 & MAX_EXPONENT) - BIAS;
    uti m = (u & FRACTION) | HIDDEN;
    if (e < 0)
        return 0;
    if (e >= limit)
        return limit == 128 ? ~(uti)0 : ((uti)1 << limit) - 1;
    return e <= 112 ? m >> (112 - e) : m << (e - 112);
}

uti __fixunstfti(tf x) { uti u = bits_of(x); return u >> 127 ? 0 : to_unsigned(u, 128); }
udi __fixunstfdi(tf x) { uti u = bits_of(x); return u >> 127 ? 0 : (udi)to_unsigned(u, 64); }
usi __fixunstfsi(tf x) { uti u = bits_of(x); return u >> 127 ? 0 : (usi)to_unsigned(u, 32); }

static uti to_signed(tf x, int bits)
{
    uti u = bits_of(x), r = to_unsigned(u & ~SIGN, bits), top = (uti)1 << (bits - 1);
    if (u >> 127)
        return r > top ? -top : -r;
    return r >= top ? top - 1 : r;
}

ti __fixtfti(tf x) { return (ti)to_signed(x, 128); }
di __fixtfdi(tf x) { return (di)(udi)to_signed(x, 64); }
si __fixtfsi(tf x) { return (si)(usi)to_signed(x, 32); }

static tf from_unsigned(uti sign, uti x)
{
    int shift;
    if (x == 0)
        return value_of(sign);
    shift = __clzti2(x) - 15;
    if (shift >= 0)
        return value_of(sign | (uti)(112 - shift + BIAS) << 112 | (x << shift & FRACTION));
    /* More than 113 bits: leave GUARD of them for rounding. */
    if (shift + GUARD >= 0)
        return value_of(pack(sign, 112 - shift + BIAS, x << (shift + GUARD)));
    return value_of(pack(sign, 112 - shift + BIAS, shift_sticky(x, -shift - GUARD)));
}

tf __floatuntitf(uti x) { return from_unsigned(0, x); }
tf __floatunditf(udi x) { return from_unsigned(0, x); }
tf __floatunsitf(usi x) { return from_unsigned(0, x); }
tf __floattitf(ti x) { return x < 0 ? from_unsigned(SIGN, -(uti)x) : from_unsigned(0, (uti)x); }
tf __floatditf(di x) { return x < 0 ? from_unsigned(SIGN, -(udi)x) : from_unsigned(0, (udi)x); }
tf __floatsitf(si x) { return x < 0 ? from_unsigned(SIGN, (udi)-(di)x) : from_unsigned(0, (usi)x); }

#endif
