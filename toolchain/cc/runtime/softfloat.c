/* binary32 and binary64 in software, for ABIs without a floating-point unit: rounding to nearest, ties to
   even; no exception flags. */
#include "types.h"

#if defined(__riscv) && !defined(__riscv_flen)

int __clzdi2(udi);

/* A format: FRACTION bits of fraction, exponents up to TOP, BITS in all.  Calculations are done on 64-bit significands with
   the leading bit at position FRACTION + 3: three bits below the last one, the lowest of them sticky. */
static udi shift_sticky(udi x, int n)
{
    if (n <= 0)
        return x;
    if (n > 63)
        return x != 0;
    return x >> n | ((x & (((udi)1 << n) - 1)) != 0);
}

#define FORMAT(name, type, uint, BITS, FRACTION, TOP) \
    union name##_value { type f; uint u; }; \
    static udi name##_bits(type x) { union name##_value v; v.f = x; return v.u; } \
    static type name##_of(udi u) { union name##_value v; v.u = (uint)u; return v.f; } \
    static const udi name##_sign = (udi)1 << (BITS - 1), name##_infinite = (udi)TOP << FRACTION, \
                     name##_quiet = (udi)1 << (FRACTION - 1); \
    static int name##_nan(udi u) { return (u & ~name##_sign) > name##_infinite; } \
    static int name##_unpack(udi u, udi *m) \
    { \
        int e = (int)(u >> FRACTION & TOP); \
        udi f = u & (((udi)1 << FRACTION) - 1); \
        if (e == 0) { \
            int shift = __clzdi2(f) - (63 - FRACTION); \
            *m = f << shift; \
            return 1 - shift; \
        } \
        *m = f | (udi)1 << FRACTION; \
        return e; \
    } \
    static udi name##_pack(udi sign, int e, udi m) \
    { \
        usi rest; \
        if (e <= 0) { \
            m = shift_sticky(m, 1 - e); \
            e = 0; \
        } \
        rest = (usi)m & 7; \
        m >>= 3; \
        if (rest > 4 || rest == 4 && (m & 1)) \
            m++; \
        if (e > 0) \
            m += (udi)(e - 1) << FRACTION; \
        if (e > TOP || m >= name##_infinite) \
            m = name##_infinite; \
        return sign | m; \
    } \
    /* x has its leading bit anywhere: normalise and pack x * 2^e, where e is that of a significand at FRACTION + 3. */ \
    static udi name##_normal(udi sign, int e, udi x) \
    { \
        int shift = __clzdi2(x) - (60 - FRACTION); \
        x = shift >= 0 ? x << shift : shift_sticky(x, -shift); \
        return name##_pack(sign, e - shift, x); \
    } \
    static type name##_add(udi a, udi b) \
    { \
        udi ma, mb, t; \
        int ea, eb; \
        if (name##_nan(a)) \
            return name##_of(a | name##_quiet); \
        if (name##_nan(b)) \
            return name##_of(b | name##_quiet); \
        if ((a & ~name##_sign) == name##_infinite) \
            return name##_of((b & ~name##_sign) == name##_infinite && a != b ? name##_infinite | name##_quiet : a); \
        if ((b & ~name##_sign) == name##_infinite) \
            return name##_of(b); \
        if (!(b & ~name##_sign)) \
            return name##_of(a & ~name##_sign ? a : a & b); \
        if (!(a & ~name##_sign)) \
            return name##_of(b); \
        if ((a & ~name##_sign) < (b & ~name##_sign)) { \
            t = a; \
            a = b; \
            b = t; \
        } \
        ea = name##_unpack(a, &ma); \
        eb = name##_unpack(b, &mb); \
        ma <<= 3; \
        mb = shift_sticky(mb << 3, ea - eb); \
        t = (a ^ b) & name##_sign ? ma - mb : ma + mb; \
        if (t == 0) \
            return name##_of(0); \
        return name##_of(name##_normal(a & name##_sign, ea, t)); \
    } \
    type __add##name##3(type a, type b) { return name##_add(name##_bits(a), name##_bits(b)); } \
    type __sub##name##3(type a, type b) \
    { \
        udi u = name##_bits(b); \
        return name##_add(name##_bits(a), name##_nan(u) ? u : u ^ name##_sign); \
    } \
    type __neg##name##2(type a) { return name##_of(name##_bits(a) ^ name##_sign); } \
    type __mul##name##3(type x, type y) \
    { \
        udi a = name##_bits(x), b = name##_bits(y), sign = (a ^ b) & name##_sign, ma, mb, high; \
        uti p; \
        int e; \
        if (name##_nan(a)) \
            return name##_of(a | name##_quiet); \
        if (name##_nan(b)) \
            return name##_of(b | name##_quiet); \
        a &= ~name##_sign; \
        b &= ~name##_sign; \
        if (a == name##_infinite || b == name##_infinite) \
            return name##_of(a == 0 || b == 0 ? name##_infinite | name##_quiet : sign | name##_infinite); \
        if (a == 0 || b == 0) \
            return name##_of(sign); \
        e = name##_unpack(a, &ma); \
        e += name##_unpack(b, &mb) - TOP / 2; \
        p = (uti)(ma << (63 - FRACTION)) * (mb << (63 - FRACTION)); \
        high = (udi)(p >> 64) | ((udi)p != 0); \
        /* The product of two numbers with leading bit 63 has it at 127 or 126: high / 2^62 is in [1, 4). */ \
        return name##_of(name##_normal(sign, e + FRACTION - 59, high)); \
    } \
    type __div##name##3(type x, type y) \
    { \
        udi a = name##_bits(x), b = name##_bits(y), sign = (a ^ b) & name##_sign, ma, mb, q = 0; \
        int e, i; \
        if (name##_nan(a)) \
            return name##_of(a | name##_quiet); \
        if (name##_nan(b)) \
            return name##_of(b | name##_quiet); \
        a &= ~name##_sign; \
        b &= ~name##_sign; \
        if (a == name##_infinite) \
            return name##_of(b == name##_infinite ? name##_infinite | name##_quiet : sign | name##_infinite); \
        if (b == name##_infinite) \
            return name##_of(sign); \
        if (b == 0) \
            return name##_of(a == 0 ? name##_infinite | name##_quiet : sign | name##_infinite); \
        if (a == 0) \
            return name##_of(sign); \
        e = name##_unpack(a, &ma); \
        e -= name##_unpack(b, &mb) - TOP / 2; \
        if (ma < mb) { \
            ma <<= 1; \
            e--; \
        } \
        for (i = 0; i < FRACTION + 4; i++) { \
            q <<= 1; \
            if (ma >= mb) { \
                ma -= mb; \
                q |= 1; \
            } \
            ma <<= 1; \
        } \
        return name##_of(name##_pack(sign, e, q | (ma != 0))); \
    } \
    static int name##_order(type x, type y) \
    { \
        udi a = name##_bits(x), b = name##_bits(y); \
        if (name##_nan(a) || name##_nan(b)) \
            return 2; \
        if (!((a | b) & ~name##_sign)) \
            return 0; \
        if ((a ^ b) & name##_sign) \
            return a & name##_sign ? -1 : 1; \
        if (a == b) \
            return 0; \
        return (a < b) != ((a & name##_sign) != 0) ? -1 : 1; \
    } \
    int __unord##name##2(type a, type b) { return name##_order(a, b) == 2; } \
    int __eq##name##2(type a, type b) { return name##_order(a, b) != 0; } \
    int __ne##name##2(type a, type b) { return name##_order(a, b) != 0; } \
    int __lt##name##2(type a, type b) { int o = name##_order(a, b); return o == 2 ? 1 : o; } \
    int __le##name##2(type a, type b) { int o = name##_order(a, b); return o == 2 ? 1 : o; } \
    int __gt##name##2(type a, type b) { int o = name##_order(a, b); return o == 2 ? -1 : o; } \
    int __ge##name##2(type a, type b) { int o = name##_order(a, b); return o == 2 ? -1 : o; } \
    static type name##_from(udi sign, udi x) \
    { \
        return name##_of(x ? name##_normal(sign, TOP / 2 + FRACTION + 3, x) : sign); \
    } \
    type __floatundi##name(udi x) { return name##_from(0, x); } \
    type __floatunsi##name(usi x) { return name##_from(0, x); } \
    type __floatdi##name(di x) { return x < 0 ? name##_from(name##_sign, -(udi)x) : name##_from(0, (udi)x); } \
    type __floatsi##name(si x) { return x < 0 ? name##_from(name##_sign, (udi)-(di)x) : name##_from(0, (udi)x); } \
    static udi name##_integer(udi u, int limit) \
    { \
        int e = (int)(u >> FRACTION & TOP) - TOP / 2; \
        udi m = (u & (((udi)1 << FRACTION) - 1)) | (udi)1 << FRACTION; \
        if (e < 0) \
            return 0; \
        if (e >= limit) \
            return limit == 64 ? ~(udi)0 : ((udi)1 << limit) - 1; \
        return e <= FRACTION ? m >> (FRACTION - e) : m << (e - FRACTION); \
    } \
    static udi name##_signed(type x, int bits) \
    { \
        udi u = name##_bits(x), r = name##_integer(u & ~name##_sign, bits), top = (udi)1 << (bits - 1); \
        if (u & name##_sign) \
            return r > top ? -top : -r; \
        return r >= top ? top - 1 : r; \
    } \
    di __fix##name##di(type x) { return (di)name##_signed(x, 64); } \
    si __fix##name##si(type x) { return (si)(usi)name##_signed(x, 32); } \
    udi __fixuns##name##di(type x) { udi u = name##_bits(x); return u & name##_sign ? 0 : name##_integer(u, 64); } \
    usi __fixuns##name##si(type x) { udi u = name##_bits(x); return u & name##_sign ? 0 : (usi)name##_integer(u, 32); }

FORMAT(sf, float, usi, 32, 23, 0xff)
FORMAT(df, double, udi, 64, 52, 0x7ff)

double __extendsfdf2(float x)
{
    udi u = sf_bits(x), sign = (u & sf_sign) << 32, m;
    int e;
    u &= ~sf_sign;
    if (u >= sf_infinite)
        return df_of(sign | df_infinite | (u & 0x7fffff) << 29 | (u > sf_infinite ? df_quiet : 0));
    if (u == 0)
        return df_of(sign);
    e = sf_unpack(u, &m) - 127 + 1023;
    return df_of(sign | (((udi)e << 52) + ((m << 29) & (((udi)1 << 52) - 1))));
}

float __truncdfsf2(double x)
{
    udi u = df_bits(x), sign = (u & df_sign) >> 32, m;
    int e;
    u &= ~df_sign;
    if (u >= df_infinite)
        return sf_of(sign | sf_infinite | (u > df_infinite ? sf_quiet | (u >> 29 & 0x3fffff) : 0));
    if (u == 0)
        return sf_of(sign);
    e = df_unpack(u, &m) - 1023 + 127;
    return sf_of(sf_pack(sign, e, shift_sticky(m, 52 - 26)));
}

#endif
