/* Complex multiplication and division (C99 Annex G.5.1), and powers by integers. */
#include "types.h"

#define IS_NAN(x) ((x) != (x))
#define IS_INF(x) (!IS_NAN(x) && IS_NAN((x) - (x)))
#define IS_FINITE(x) (!IS_NAN((x) - (x)))

#define SMALL(x, limit) ((x) < (limit) && (x) > -(limit))

#define DEFINE(name, type, copysign, MAX, MIN, EPSILON) \
    _Complex type __mul##name##3(type a, type b, type c, type d) \
    { \
        _Complex type z; \
        type ac = a * c, bd = b * d, ad = a * d, bc = b * c; \
        type x = ac - bd, y = ad + bc; \
        if (IS_NAN(x) && IS_NAN(y)) { \
            int again = 0; \
            if (IS_INF(a) || IS_INF(b)) { \
                a = copysign(IS_INF(a) ? (type)1 : (type)0, a); \
                b = copysign(IS_INF(b) ? (type)1 : (type)0, b); \
                if (IS_NAN(c)) c = copysign((type)0, c); \
                if (IS_NAN(d)) d = copysign((type)0, d); \
                again = 1; \
            } \
            if (IS_INF(c) || IS_INF(d)) { \
                c = copysign(IS_INF(c) ? (type)1 : (type)0, c); \
                d = copysign(IS_INF(d) ? (type)1 : (type)0, d); \
                if (IS_NAN(a)) a = copysign((type)0, a); \
                if (IS_NAN(b)) b = copysign((type)0, b); \
                again = 1; \
            } \
            if (!again && (IS_INF(ac) || IS_INF(bd) || IS_INF(ad) || IS_INF(bc))) { \
                if (IS_NAN(a)) a = copysign((type)0, a); \
                if (IS_NAN(b)) b = copysign((type)0, b); \
                if (IS_NAN(c)) c = copysign((type)0, c); \
                if (IS_NAN(d)) d = copysign((type)0, d); \
                again = 1; \
            } \
            if (again) { \
                type inf = (type)__builtin_inf(); \
                x = inf * (a * c - b * d); \
                y = inf * (a * d + b * c); \
            } \
        } \
        __real__ z = x; \
        __imag__ z = y; \
        return z; \
    } \
    _Complex type __div##name##3(type a, type b, type c, type d) \
    { \
        _Complex type z; \
        type x, y, ratio, denominator; \
        /* Smith's method with scaling (Baudin and Smith, "A Robust Complex Division in Scilab", 2012). */ \
        int swapped = (c < 0 ? -c : c) < (d < 0 ? -d : d); \
        type p = a, q = b, u = c, v = d, big, t; \
        if (swapped) { \
            t = u; u = v; v = t; \
            t = p; p = q; q = t; \
        } \
        big = u < 0 ? -u : u; \
        if (big >= (MAX) / 2) { \
            p /= 2; q /= 2; u /= 2; v /= 2; \
            big /= 2; \
        } \
        if (big < (EPSILON) || (SMALL(p, MIN) || SMALL(q, MIN)) && SMALL(p, (MAX) / 2 * (EPSILON)) && SMALL(q, (MAX) / 2 * (EPSILON)) \
                && big < (MAX) / 2 * (EPSILON)) { \
            p /= (EPSILON); q /= (EPSILON); u /= (EPSILON); v /= (EPSILON); \
        } \
        ratio = v / u; \
        denominator = v * ratio + u; \
        if (!SMALL(ratio, MIN) && ratio != 0) { \
            x = (q * ratio + p) / denominator; \
            y = (q - p * ratio) / denominator; \
        } else { \
            x = (v * (q / u) + p) / denominator; \
            y = (q - v * (p / u)) / denominator; \
        } \
        if (swapped) \
            y = -y; \
        if (IS_NAN(x) && IS_NAN(y)) { \
            type inf = (type)__builtin_inf(); \
            if (c == 0 && d == 0 && (!IS_NAN(a) || !IS_NAN(b))) { \
                x = copysign(inf, c) * a; \
                y = copysign(inf, c) * b; \
            } else if ((IS_INF(a) || IS_INF(b)) && IS_FINITE(c) && IS_FINITE(d)) { \
                a = copysign(IS_INF(a) ? (type)1 : (type)0, a); \
                b = copysign(IS_INF(b) ? (type)1 : (type)0, b); \
                x = inf * (a * c + b * d); \
                y = inf * (b * c - a * d); \
            } else if ((IS_INF(c) || IS_INF(d)) && IS_FINITE(a) && IS_FINITE(b)) { \
                c = copysign(IS_INF(c) ? (type)1 : (type)0, c); \
                d = copysign(IS_INF(d) ? (type)1 : (type)0, d); \
                x = (type)0 * (a * c + b * d); \
                y = (type)0 * (b * c - a * d); \
            } \
        } \
        __real__ z = x; \
        __imag__ z = y; \
        return z; \
    }

#define POWER(name, type) \
    type __powi##name##2(type x, int n) \
    { \
        usi m = n < 0 ? -(usi)n : (usi)n; \
        type r = m & 1 ? x : 1; \
        while (m >>= 1) { \
            x = x * x; \
            if (m & 1) \
                r *= x; \
        } \
        return n < 0 ? 1 / r : r; \
    }

DEFINE(sc, float, __builtin_copysignf, __FLT_MAX__, __FLT_MIN__, __FLT_EPSILON__)
DEFINE(dc, double, __builtin_copysign, __DBL_MAX__, __DBL_MIN__, __DBL_EPSILON__)
POWER(sf, float)
POWER(df, double)
#if __LDBL_MANT_DIG__ == 113
DEFINE(tc, long double, __builtin_copysignl, __LDBL_MAX__, __LDBL_MIN__, __LDBL_EPSILON__)
POWER(tf, long double)
#endif
#ifdef HAVE_XF
DEFINE(xc, long double, __builtin_copysignl, __LDBL_MAX__, __LDBL_MIN__, __LDBL_EPSILON__)
POWER(xf, long double)
#endif
