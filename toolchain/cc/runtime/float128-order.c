/* Comparisons of IEEE 754 binary128 for ABIs without 128-bit integers, whose C library still prints such numbers (glibc's printf on
   i386).  The arguments stand on the stack as four words each, so that they may be declared as two halves. */
#include "types.h"

#if !defined(HAVE_TF) && defined(__i386__)

#define SIGN ((udi)1 << 63)
#define INFINITE ((udi)0x7fff << 48)

static int is_nan(udi low, udi high)
{
    high &= ~SIGN;
    return high > INFINITE || high == INFINITE && low != 0;
}

/* -1, 0, 1; 2 if unordered. */
static int order(udi al, udi ah, udi bl, udi bh)
{
    int below;
    if (is_nan(al, ah) || is_nan(bl, bh))
        return 2;
    if (!(al | bl | (ah | bh) & ~SIGN))
        return 0;
    if ((ah ^ bh) & SIGN)
        return ah & SIGN ? -1 : 1;
    if (ah == bh && al == bl)
        return 0;
    below = ah < bh || ah == bh && al < bl;
    return below != ((ah & SIGN) != 0) ? -1 : 1;
}

#define COMPARISON(name, result) \
    int name(udi al, udi ah, udi bl, udi bh) \
    { \
        int o = order(al, ah, bl, bh); \
        return result; \
    }

COMPARISON(__unordtf2, o == 2)
COMPARISON(__eqtf2, o != 0)
COMPARISON(__netf2, o != 0)
COMPARISON(__lttf2, o == 2 ? 1 : o)
COMPARISON(__letf2, o == 2 ? 1 : o)
COMPARISON(__cmptf2, o == 2 ? 1 : o)
COMPARISON(__gttf2, o == 2 ? -1 : o)
COMPARISON(__getf2, o == 2 ? -1 : o)

#endif
