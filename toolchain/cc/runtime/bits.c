/* Counting bits: clz, ctz, ffs, popcount, parity, clrsb, bswap.  Written without the builtins of that
   name, which may end up here. */
#include "types.h"

int __clzdi2(udi x)
{
    int n = 0;
    if (!(x >> 32)) { n += 32; x <<= 32; }
    if (!(x >> 48)) { n += 16; x <<= 16; }
    if (!(x >> 56)) { n += 8; x <<= 8; }
    if (!(x >> 60)) { n += 4; x <<= 4; }
    if (!(x >> 62)) { n += 2; x <<= 2; }
    return n + !(x >> 63);
}

int __clzsi2(usi x)
{
    int n = 0;
    if (!(x >> 16)) { n += 16; x <<= 16; }
    if (!(x >> 24)) { n += 8; x <<= 8; }
    if (!(x >> 28)) { n += 4; x <<= 4; }
    if (!(x >> 30)) { n += 2; x <<= 2; }
    return n + !(x >> 31);
}

int __ctzdi2(udi x) { return 63 - __clzdi2(x & -x); }
int __ctzsi2(usi x) { return 31 - __clzsi2(x & -x); }
int __ffsdi2(di x) { return x ? __ctzdi2(x) + 1 : 0; }
int __ffssi2(si x) { return x ? __ctzsi2(x) + 1 : 0; }

int __popcountdi2(udi x)
{
    x -= x >> 1 & 0x5555555555555555ull;
    x = (x & 0x3333333333333333ull) + (x >> 2 & 0x3333333333333333ull);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0full;
    x += x >> 8;
    x += x >> 16;
    x += x >> 32;
    return x & 0x7f;
}

int __popcountsi2(usi x)
{
    x -= x >> 1 & 0x55555555u;
    x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0fu;
    x += x >> 8;
    x += x >> 16;
    return x & 0x3f;
}

int __paritysi2(usi x)
{
    x ^= x >> 16;
    x ^= x >> 8;
    x ^= x >> 4;
    return 0x6996 >> (x & 15) & 1;
}

int __paritydi2(udi x) { return __paritysi2((usi)x ^ (usi)(x >> 32)); }

int __clrsbdi2(di x)
{
    if (x < 0)
        x = ~x;
    return x ? __clzdi2(x) - 1 : 63;
}

int __clrsbsi2(si x)
{
    if (x < 0)
        x = ~x;
    return x ? __clzsi2(x) - 1 : 31;
}

usi __bswapsi2(usi x)
{
    return x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24;
}

udi __bswapdi2(udi x)
{
    return (udi)__bswapsi2((usi)x) << 32 | __bswapsi2((usi)(x >> 32));
}

#ifdef __SIZEOF_INT128__
int __clzti2(uti x) { return x >> 64 ? __clzdi2((udi)(x >> 64)) : 64 + __clzdi2((udi)x); }
int __ctzti2(uti x) { return (udi)x ? __ctzdi2((udi)x) : 64 + __ctzdi2((udi)(x >> 64)); }
int __ffsti2(ti x) { return x ? __ctzti2((uti)x) + 1 : 0; }
int __popcountti2(uti x) { return __popcountdi2((udi)x) + __popcountdi2((udi)(x >> 64)); }
int __parityti2(uti x) { return __paritydi2((udi)x ^ (udi)(x >> 64)); }

int __clrsbti2(ti x)
{
    if (x < 0)
        x = ~x;
    return x ? __clzti2((uti)x) - 1 : 127;
}

uti __bswapti2(uti x)
{
    return (uti)__bswapdi2((udi)x) << 64 | __bswapdi2((udi)(x >> 64));
}
#endif
