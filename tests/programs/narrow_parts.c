/* Narrower parts of wider objects: what the compiler may take from memory or do there must be as wide as the value is. One sum for every pair of types. */
#include <stdio.h>
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

static u64 sum;
static void note(u64 v) { sum = (sum << 7 | sum >> 57) * 0x9e3779b97f4a7c15u + v; }

#define FORGET __asm__ volatile("" : : : "memory")       /* so that every statement reads and writes memory */
#define STORE(value) *p = (wide)(value); FORGET; note(*p); *p = old; FORGET
#define PAIR(name, wide_type, narrow_type) \
static __attribute__((noinline)) void store_##name(wide_type *p, narrow_type y) { \
    typedef wide_type wide; typedef narrow_type narrow; wide old = *p; \
    STORE((narrow)*p + 9u); STORE((narrow)*p - 7u); STORE((narrow)((narrow)*p + 7u)); STORE((narrow)*p & y); STORE((narrow)*p | 7); STORE((narrow)*p ^ y); \
    STORE((u64)y ^ (narrow)*p); STORE(-(u64)(narrow)*p); STORE((narrow)~(narrow)*p); } \
static __attribute__((noinline)) void test_##name(wide_type *p, wide_type v) { \
    typedef narrow_type narrow; int r = 0; \
    if ((narrow)*p) r |= 1; if ((narrow)*p == 5) r |= 2; if ((narrow)*p < 5) r |= 4; if ((narrow)*p & 3) r |= 8; if ((narrow)*p & 0x10100) r |= 16; \
    if ((narrow)*p == (narrow)v) r |= 32; if ((narrow)*p < (narrow)v) r |= 64; if ((narrow)v < 0x70) r |= 128; if ((narrow)*p >= 0) r |= 256; \
    if ((narrow)(v & 0x8000000000)) r |= 512; if ((narrow)(v & 0xffffffffff)) r |= 1024; if ((narrow)(v & 0x1fff)) r |= 2048; if ((narrow)(v & 0x180)) r |= 4096; \
    if ((narrow)~v) r |= 8192; r |= ((narrow)*p != 0) << 14 | !(narrow)v << 15 | ((narrow)*p ? 1 : 0) << 16; \
    note(r); note((u64)(narrow)~*p); note((u64)(narrow)(v ^ 0x7fffffff)); note((u64)((narrow)v | (narrow)*p)); note((u64)((narrow)*p >> 3)); } \
static void pair_##name(void) { \
    static const u64 values[] = {0, 0x100, 0x10000, 0x100000000, 0x8000000000, -1, 5, 0xff80, 0xffffff0000, 0xffffffff00000000, 0x7f, 0x8182838485868788}; \
    sum = 0; \
    for (int i = 0; i < 12; i++) \
        for (int j = 0; j < 12; j++) { \
            wide_type v = (wide_type)values[i]; \
            test_##name(&v, (wide_type)values[j]); \
            store_##name(&v, (narrow_type)values[j]); \
        } \
    printf(#wide_type " " #narrow_type " %llx\n", sum); }
#define PAIRS(n, wide) PAIR(n##0, wide, u8) PAIR(n##1, wide, s8) PAIR(n##2, wide, u16) PAIR(n##3, wide, s16) \
    PAIR(n##4, wide, u32) PAIR(n##5, wide, s32) PAIR(n##6, wide, u64) PAIR(n##7, wide, s64)
#define ALL(n) pair_##n##0(), pair_##n##1(), pair_##n##2(), pair_##n##3(), pair_##n##4(), pair_##n##5(), pair_##n##6(), pair_##n##7()
PAIRS(a, u16)
PAIRS(b, s16)
PAIRS(c, u32)
PAIRS(d, s32)
PAIRS(e, u64)
PAIRS(f, s64)

int main(void) {
    ALL(a), ALL(b), ALL(c), ALL(d), ALL(e), ALL(f);
    return 0;
}
