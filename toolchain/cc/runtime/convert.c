/* 128-bit integers to and from float and double; half precision. */
#include "types.h"

union single { float f; usi u; };
union twice { double f; udi u; };

#ifdef __SIZEOF_INT128__
int __clzti2(uti);

/* Round a positive integer to `digits` bits, ties to even; *exponent gets the power of two that is left. */
static udi round_bits(uti x, int digits, int *exponent)
{
    int excess = 128 - __clzti2(x) - digits;
    uti kept, rest, half;
    *exponent = 0;
    if (excess <= 0)
        return (udi)x;
    kept = x >> excess;
    rest = x - (kept << excess);
    half = (uti)1 << (excess - 1);
    if (rest > half || rest == half && (kept & 1))
        kept++;
    *exponent = excess;
    return (udi)kept;
}

double __floatuntidf(uti x)
{
    int e;
    union twice scale;
    udi m;
    if (x == 0)
        return 0;
    m = round_bits(x, 53, &e);
    scale.u = (udi)(1023 + e) << 52;
    return (double)m * scale.f;
}

float __floatuntisf(uti x)
{
    int e;
    union single scale;
    udi m;
    if (x == 0)
        return 0;
    m = round_bits(x, 24, &e);
    if (e > 103) {
        scale.u = (usi)(127 + e - 1) << 23;
        return (float)m * scale.f * 2;
    }
    scale.u = (usi)(127 + e) << 23;
    return (float)m * scale.f;
}

double __floattidf(ti x) { return x < 0 ? -__floatuntidf(-(uti)x) : __floatuntidf((uti)x); }
float __floattisf(ti x) { return x < 0 ? -__floatuntisf(-(uti)x) : __floatuntisf((uti)x); }

uti __fixunsdfti(double x)
{
    union twice v;
    int e;
    uti m;
    v.f = x;
    e = (int)(v.u >> 52 & 0x7ff) - 1075;
    if (v.u >> 63 || e < -1075 + 1023)
        return 0;
    m = (v.u & 0xfffffffffffffull) | 0x10000000000000ull;
    if (e > 75)
        return ~(uti)0;
    return e < 0 ? m >> -e : m << e;
}

ti __fixdfti(double x) { return x < 0 ? -(ti)__fixunsdfti(-x) : (ti)__fixunsdfti(x); }
uti __fixunssfti(float x) { return __fixunsdfti(x); }
ti __fixsfti(float x) { return __fixdfti(x); }
#endif

#if defined __FLT16_MANT_DIG__ && (!defined __i386__ || defined __SSE2__)
union half { _Float16 f; unsigned short u; };

float __extendhfsf2(_Float16 x)
{
    union half h;
    union single r;
    usi sign, e, m;
    h.f = x;
    sign = (usi)(h.u & 0x8000) << 16;
    e = h.u >> 10 & 31;
    m = h.u & 0x3ff;
    if (e == 31) {
        r.u = sign | 0x7f800000 | m << 13 | (m ? 0x400000 : 0);
    } else if (e == 0) {
        if (m == 0) {
            r.u = sign;
        } else {
            e = 113;
            while (!(m & 0x400)) {
                m <<= 1;
                e--;
            }
            r.u = sign | e << 23 | (m & 0x3ff) << 13;
        }
    } else {
        r.u = sign | (e + 112) << 23 | m << 13;
    }
    return r.f;
}

double __extendhfdf2(_Float16 x) { return __extendhfsf2(x); }

/* Pack a value significand * 2^(exponent - 52), 53 bits, rounded once to nearest even. */
static _Float16 pack_half(usi sign, int exponent, udi m)
{
    union half h;
    int shift = 42;
    udi kept, rest, mid;
    int e = exponent + 15;
    if (e <= 0) {
        shift += 1 - e;
        e = 0;
        if (shift > 60)
            shift = 60;
    }
    kept = m >> shift;
    rest = m & (((udi)1 << shift) - 1);
    mid = (udi)1 << (shift - 1);
    if (rest > mid || rest == mid && (kept & 1))
        kept++;
    if (e > 0)
        kept += (udi)(e - 1) << 10;
    if (kept >= 0x7c00)
        kept = 0x7c00;
    h.u = (unsigned short)(sign << 15 | kept);
    return h.f;
}

_Float16 __truncdfhf2(double x)
{
    union twice v;
    union half h;
    usi sign;
    int e;
    udi m;
    v.f = x;
    sign = (usi)(v.u >> 63);
    e = (int)(v.u >> 52 & 0x7ff);
    m = v.u & 0xfffffffffffffull;
    if (e == 0x7ff) {
        h.u = (unsigned short)(sign << 15 | 0x7c00 | (m ? 0x200 | m >> 42 : 0));
        return h.f;
    }
    if (e < 900) {
        h.u = (unsigned short)(sign << 15);
        return h.f;
    }
    return pack_half(sign, e - 1023, m | 0x10000000000000ull);
}

_Float16 __truncsfhf2(float x) { return __truncdfhf2(x); }
#endif

#ifdef __BFLT16_MANT_DIG__
union brain { __bf16 f; unsigned short u; };

float __extendbfsf2(__bf16 x)
{
    union brain b;
    union single r;
    b.f = x;
    r.u = (usi)b.u << 16;
    return r.f;
}

__bf16 __truncsfbf2(float x)
{
    union brain b;
    union single v;
    v.f = x;
    if ((v.u & 0x7fffffff) > 0x7f800000)
        b.u = (unsigned short)(v.u >> 16 | 0x40);
    else
        b.u = (unsigned short)((v.u + 0x7fff + (v.u >> 16 & 1)) >> 16);
    return b.f;
}

__bf16 __truncdfbf2(double x)
{
    /* Round to odd first, so that the second rounding is right. */
    union single v;
    float f = (float)x;
    v.f = f;
    if (f == f && (double)f != x) {
        if ((double)f > x == (x > 0))
            v.u--;
        v.u |= 1;
    }
    return __truncsfbf2(v.f);
}
#endif
