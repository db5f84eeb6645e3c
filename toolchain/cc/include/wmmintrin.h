/* wmmintrin.h: AES and carry-less multiplication.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_WMMINTRIN_H
#define __TCC_WMMINTRIN_H
#include <emmintrin.h>

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

__INTRINSIC __m128i _mm_aesdec_si128(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_aesdec128((__v2di)__a, (__v2di)__b); }
__INTRINSIC __m128i _mm_aesdeclast_si128(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_aesdeclast128((__v2di)__a, (__v2di)__b); }
__INTRINSIC __m128i _mm_aesenc_si128(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_aesenc128((__v2di)__a, (__v2di)__b); }
__INTRINSIC __m128i _mm_aesenclast_si128(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_aesenclast128((__v2di)__a, (__v2di)__b); }
__INTRINSIC __m128i _mm_aesimc_si128(__m128i __a) { return (__m128i)__builtin_ia32_aesimc128((__v2di)__a); }
#define _mm_aeskeygenassist_si128(__a, __c) ((__m128i)__builtin_ia32_aeskeygenassist128((__v2di)(__m128i)(__a), (__c)))
#define _mm_clmulepi64_si128(__a, __b, __n) ((__m128i)__builtin_ia32_pclmulqdq128((__v2di)(__m128i)(__a), (__v2di)(__m128i)(__b), (__n)))
#endif
