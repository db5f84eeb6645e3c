/* popcntintrin.h: population count.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_POPCNTINTRIN_H
#define __TCC_POPCNTINTRIN_H

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

__INTRINSIC int _mm_popcnt_u32(unsigned int __a) { return __builtin_popcount(__a); }
#ifdef __x86_64__
__INTRINSIC long long _mm_popcnt_u64(unsigned long long __a) { return __builtin_popcountll(__a); }
#endif
#endif
