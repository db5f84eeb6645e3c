/* Tables of a switch over an integer of two registers: __int128, or long long where registers have 32 bits. */
#include <stdio.h>
#ifdef __SIZEOF_INT128__
typedef unsigned __int128 wide;
typedef __int128 signed_wide;
#else
typedef unsigned long long wide;
typedef long long signed_wide;
#endif
#define BITS (sizeof(wide) * 8)
#define HIGH ((signed_wide)1 << 33)

__attribute__((noinline)) static int top(wide v) {
    switch (v >> (BITS - 4)) { case 0: return 10; case 1: return 1; case 2: return 22; case 3: return 3; case 4: return 45; }
    return 9;
}
__attribute__((noinline)) static int far(signed_wide v) {
    switch (v) { case 100: return 10; case 101: return 1; case 102: return 22; case 103: return 3; case 104: return 45; }
    return 9;
}
__attribute__((noinline)) static int around_zero(signed_wide v) {
    switch (v) { case -3: return 10; case -2: return 1; case -1: return 22; case 0: return 3; case 1: return 45; case 2: return 46; case 3: return 87; }
    return 9;
}
__attribute__((noinline)) static int all(wide v) {
    switch (v & 7) { case 0: return 10; case 1: return 1; case 2: return 22; case 3: return 3; case 4: return 45; case 5: return 5; case 6: return 66; case 7: return 71; }
    return 9;
}
__attribute__((noinline)) static int high(signed_wide v) {
    switch (v) { case HIGH: return 10; case HIGH + 1: return 1; case HIGH + 2: return 22; case HIGH + 3: return 3; case HIGH + 4: return 45; case HIGH + 6: return 46; case 3: return 87; }
    return 9;
}

int main(void) {
    wide half = (wide)1 << BITS / 2;
    for (int i = -5; i < 6; i++)
        printf("%d %d %d %d %d %d %d %d\n", top((wide)i << (BITS - 4) | 0x1234), far(100 + i), far(half + 101 + i), around_zero(i), around_zero(half + i), all(i), high(HIGH + i), high(i));
    return 0;
}
