/* immintrin.h: what this compiler has of the x86 vector instructions (SSE to SSE4.2, AES, PCLMULQDQ, SHA) and, in <x86gprintrin.h>, of those on general registers.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_IMMINTRIN_H
#define __TCC_IMMINTRIN_H
#include <mmintrin.h>
#include <xmmintrin.h>
#include <emmintrin.h>
#include <pmmintrin.h>
#include <tmmintrin.h>
#include <smmintrin.h>
#include <wmmintrin.h>
#include <popcntintrin.h>
#include <x86gprintrin.h>

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

__INTRINSIC __m128i _mm_sha1msg1_epu32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_sha1msg1((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_sha1msg2_epu32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_sha1msg2((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_sha1nexte_epu32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_sha1nexte((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_sha256msg1_epu32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_sha256msg1((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_sha256msg2_epu32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_sha256msg2((__v4si)__a, (__v4si)__b); }
#define _mm_sha1rnds4_epu32(__a, __b, __n) ((__m128i)__builtin_ia32_sha1rnds4((__v4si)(__m128i)(__a), (__v4si)(__m128i)(__b), (__n)))
__INTRINSIC __m128i _mm_sha256rnds2_epu32(__m128i __a, __m128i __b, __m128i __c) { return (__m128i)__builtin_ia32_sha256rnds2((__v4si)__a, (__v4si)__b, (__v4si)__c); }
__INTRINSIC int _rdrand16_step(unsigned short *__p) { unsigned short __v; unsigned char __ok; __asm__ __volatile__("rdrand %0" : "=r"(__v), "=@ccc"(__ok)); *__p = __v; return __ok; }
__INTRINSIC int _rdseed16_step(unsigned short *__p) { unsigned short __v; unsigned char __ok; __asm__ __volatile__("rdseed %0" : "=r"(__v), "=@ccc"(__ok)); *__p = __v; return __ok; }
__INTRINSIC int _rdrand32_step(unsigned int *__p) { unsigned int __v; unsigned char __ok; __asm__ __volatile__("rdrand %0" : "=r"(__v), "=@ccc"(__ok)); *__p = __v; return __ok; }
__INTRINSIC int _rdseed32_step(unsigned int *__p) { unsigned int __v; unsigned char __ok; __asm__ __volatile__("rdseed %0" : "=r"(__v), "=@ccc"(__ok)); *__p = __v; return __ok; }
#ifdef __x86_64__
__INTRINSIC int _rdrand64_step(unsigned long long *__p) { unsigned long long __v; unsigned char __ok; __asm__ __volatile__("rdrand %0" : "=r"(__v), "=@ccc"(__ok)); *__p = __v; return __ok; }
__INTRINSIC int _rdseed64_step(unsigned long long *__p) { unsigned long long __v; unsigned char __ok; __asm__ __volatile__("rdseed %0" : "=r"(__v), "=@ccc"(__ok)); *__p = __v; return __ok; }
#endif
__INTRINSIC unsigned long long _xgetbv(unsigned int __n) { unsigned int __lo, __hi; __asm__ __volatile__("xgetbv" : "=a"(__lo), "=d"(__hi) : "c"(__n)); return __lo | (unsigned long long)__hi << 32; }
#endif
