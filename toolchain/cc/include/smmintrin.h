/* smmintrin.h: SSE4.1 and SSE4.2.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_SMMINTRIN_H
#define __TCC_SMMINTRIN_H
#include <tmmintrin.h>

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

#define _MM_FROUND_TO_NEAREST_INT 0x00
#define _MM_FROUND_TO_NEG_INF 0x01
#define _MM_FROUND_TO_POS_INF 0x02
#define _MM_FROUND_TO_ZERO 0x03
#define _MM_FROUND_CUR_DIRECTION 0x04
#define _MM_FROUND_RAISE_EXC 0x00
#define _MM_FROUND_NO_EXC 0x08
#define _MM_FROUND_NINT 0x00
#define _MM_FROUND_FLOOR 0x01
#define _MM_FROUND_CEIL 0x02
#define _MM_FROUND_TRUNC 0x03
#define _MM_FROUND_RINT 0x04
#define _MM_FROUND_NEARBYINT 0x0C
__INTRINSIC __m128i _mm_packus_epi32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_packusdw128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_mul_epi32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pmuldq128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_mullo_epi32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pmulld128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_cmpeq_epi64(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pcmpeqq128((__v2di)__a, (__v2di)__b); }
__INTRINSIC __m128i _mm_cmpgt_epi64(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pcmpgtq128((__v2di)__a, (__v2di)__b); }
__INTRINSIC __m128i _mm_max_epi8(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pmaxsb128((__v16qi)__a, (__v16qi)__b); }
__INTRINSIC __m128i _mm_max_epi32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pmaxsd128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_max_epu32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pmaxud128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_max_epu16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pmaxuw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_min_epi8(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pminsb128((__v16qi)__a, (__v16qi)__b); }
__INTRINSIC __m128i _mm_min_epi32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pminsd128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_min_epu32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pminud128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_min_epu16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pminuw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_blendv_epi8(__m128i __a, __m128i __b, __m128i __m) { return (__m128i)__builtin_ia32_pblendvb128((__v16qi)__a, (__v16qi)__b, (__v16qi)__m); }
__INTRINSIC __m128 _mm_blendv_ps(__m128 __a, __m128 __b, __m128 __m) { return (__m128)__builtin_ia32_blendvps((__v4sf)__a, (__v4sf)__b, (__v4sf)__m); }
__INTRINSIC __m128d _mm_blendv_pd(__m128d __a, __m128d __b, __m128d __m) { return (__m128d)__builtin_ia32_blendvpd((__v2df)__a, (__v2df)__b, (__v2df)__m); }
#define _mm_blend_epi16(__a, __b, __n) ((__m128i)__builtin_ia32_pblendw128((__v8hi)(__m128i)(__a), (__v8hi)(__m128i)(__b), (__n)))
#define _mm_blend_ps(__a, __b, __n) ((__m128)__builtin_ia32_blendps((__v4sf)(__m128)(__a), (__v4sf)(__m128)(__b), (__n)))
#define _mm_blend_pd(__a, __b, __n) ((__m128d)__builtin_ia32_blendpd((__v2df)(__m128d)(__a), (__v2df)(__m128d)(__b), (__n)))
#define _mm_dp_ps(__a, __b, __n) ((__m128)__builtin_ia32_dpps((__v4sf)(__m128)(__a), (__v4sf)(__m128)(__b), (__n)))
#define _mm_dp_pd(__a, __b, __n) ((__m128d)__builtin_ia32_dppd((__v2df)(__m128d)(__a), (__v2df)(__m128d)(__b), (__n)))
#define _mm_mpsadbw_epu8(__a, __b, __n) ((__m128i)__builtin_ia32_mpsadbw128((__v16qi)(__m128i)(__a), (__v16qi)(__m128i)(__b), (__n)))
#define _mm_insert_ps(__a, __b, __n) ((__m128)__builtin_ia32_insertps128((__v4sf)(__m128)(__a), (__v4sf)(__m128)(__b), (__n)))
#define _mm_extract_epi8(__a, __n) ((int)(unsigned char)__builtin_ia32_pextrb128((__v16qi)(__m128i)(__a), (__n)))
#define _mm_insert_epi8(__a, __d, __n) ((__m128i)__builtin_ia32_pinsrb128((__v16qi)(__m128i)(__a), (__d), (__n)))
#define _mm_extract_epi32(__a, __n) (__builtin_ia32_pextrd128((__v4si)(__m128i)(__a), (__n)))
#define _mm_insert_epi32(__a, __d, __n) ((__m128i)__builtin_ia32_pinsrd128((__v4si)(__m128i)(__a), (__d), (__n)))
#ifdef __x86_64__
#define _mm_extract_epi64(__a, __n) (__builtin_ia32_pextrq128((__v2di)(__m128i)(__a), (__n)))
#define _mm_insert_epi64(__a, __d, __n) ((__m128i)__builtin_ia32_pinsrq128((__v2di)(__m128i)(__a), (__d), (__n)))
#endif
#define _mm_extract_ps(__a, __n) (__builtin_ia32_pextrd128((__v4si)(__m128)(__a), (__n)))
__INTRINSIC __m128i _mm_minpos_epu16(__m128i __a) { return (__m128i)__builtin_ia32_phminposuw128((__v8hi)__a); }
__INTRINSIC __m128i _mm_cvtepi8_epi16(__m128i __a) { return (__m128i)__builtin_ia32_pmovsxbw128((__v16qi)__a); }
__INTRINSIC __m128i _mm_cvtepi8_epi32(__m128i __a) { return (__m128i)__builtin_ia32_pmovsxbd128((__v16qi)__a); }
__INTRINSIC __m128i _mm_cvtepi8_epi64(__m128i __a) { return (__m128i)__builtin_ia32_pmovsxbq128((__v16qi)__a); }
__INTRINSIC __m128i _mm_cvtepi16_epi32(__m128i __a) { return (__m128i)__builtin_ia32_pmovsxwd128((__v8hi)__a); }
__INTRINSIC __m128i _mm_cvtepi16_epi64(__m128i __a) { return (__m128i)__builtin_ia32_pmovsxwq128((__v8hi)__a); }
__INTRINSIC __m128i _mm_cvtepi32_epi64(__m128i __a) { return (__m128i)__builtin_ia32_pmovsxdq128((__v4si)__a); }
__INTRINSIC __m128i _mm_cvtepu8_epi16(__m128i __a) { return (__m128i)__builtin_ia32_pmovzxbw128((__v16qi)__a); }
__INTRINSIC __m128i _mm_cvtepu8_epi32(__m128i __a) { return (__m128i)__builtin_ia32_pmovzxbd128((__v16qi)__a); }
__INTRINSIC __m128i _mm_cvtepu8_epi64(__m128i __a) { return (__m128i)__builtin_ia32_pmovzxbq128((__v16qi)__a); }
__INTRINSIC __m128i _mm_cvtepu16_epi32(__m128i __a) { return (__m128i)__builtin_ia32_pmovzxwd128((__v8hi)__a); }
__INTRINSIC __m128i _mm_cvtepu16_epi64(__m128i __a) { return (__m128i)__builtin_ia32_pmovzxwq128((__v8hi)__a); }
__INTRINSIC __m128i _mm_cvtepu32_epi64(__m128i __a) { return (__m128i)__builtin_ia32_pmovzxdq128((__v4si)__a); }
#define _mm_round_ps(__a, __m) ((__m128)__builtin_ia32_roundps((__v4sf)(__m128)(__a), (__m)))
#define _mm_round_pd(__a, __m) ((__m128d)__builtin_ia32_roundpd((__v2df)(__m128d)(__a), (__m)))
#define _mm_round_ss(__a, __b, __m) ((__m128)__builtin_ia32_roundss((__v4sf)(__m128)(__a), (__v4sf)(__m128)(__b), (__m)))
#define _mm_round_sd(__a, __b, __m) ((__m128d)__builtin_ia32_roundsd((__v2df)(__m128d)(__a), (__v2df)(__m128d)(__b), (__m)))
#define _mm_floor_ps(__a) _mm_round_ps((__a), 1)
#define _mm_floor_pd(__a) _mm_round_pd((__a), 1)
#define _mm_floor_ss(__a, __b) _mm_round_ss((__a), (__b), 1)
#define _mm_floor_sd(__a, __b) _mm_round_sd((__a), (__b), 1)
#define _mm_ceil_ps(__a) _mm_round_ps((__a), 2)
#define _mm_ceil_pd(__a) _mm_round_pd((__a), 2)
#define _mm_ceil_ss(__a, __b) _mm_round_ss((__a), (__b), 2)
#define _mm_ceil_sd(__a, __b) _mm_round_sd((__a), (__b), 2)
__INTRINSIC int _mm_testz_si128(__m128i __a, __m128i __b) { return __builtin_ia32_ptestz128((__v2di)__a, (__v2di)__b); }
__INTRINSIC int _mm_testc_si128(__m128i __a, __m128i __b) { return __builtin_ia32_ptestc128((__v2di)__a, (__v2di)__b); }
__INTRINSIC int _mm_testnzc_si128(__m128i __a, __m128i __b) { return __builtin_ia32_ptestnzc128((__v2di)__a, (__v2di)__b); }
#define _mm_test_all_zeros(__m, __v) _mm_testz_si128((__m), (__v))
#define _mm_test_mix_ones_zeros(__m, __v) _mm_testnzc_si128((__m), (__v))
__INTRINSIC int _mm_test_all_ones(__m128i __a) { return _mm_testc_si128(__a, _mm_set1_epi32(-1)); }
__INTRINSIC __m128i _mm_stream_load_si128(__m128i *__p) { return *__p; }
__INTRINSIC unsigned int _mm_crc32_u8(unsigned int __c, unsigned char __v) { return __builtin_ia32_crc32qi(__c, __v); }
__INTRINSIC unsigned int _mm_crc32_u16(unsigned int __c, unsigned short __v) { return __builtin_ia32_crc32hi(__c, __v); }
__INTRINSIC unsigned int _mm_crc32_u32(unsigned int __c, unsigned int __v) { return __builtin_ia32_crc32si(__c, __v); }
#ifdef __x86_64__
__INTRINSIC unsigned long long _mm_crc32_u64(unsigned long long __c, unsigned long long __v) { return __builtin_ia32_crc32di(__c, __v); }
#endif
#define _MM_EXTRACT_FLOAT(__d, __v, __n) ((__d) = ((__v4sf)(__m128)(__v))[(__n) & 3])
#define _MM_MK_INSERTPS_NDX(__s, __d, __m) ((__s) << 6 | (__d) << 4 | (__m))
#define _MM_PICK_OUT_PS(__v, __n) _mm_insert_ps(_mm_setzero_ps(), (__v), _MM_MK_INSERTPS_NDX((__n), 0, 0x0e))

/* Comparison of strings: operands as the instructions want them, the mode a constant. */
#define _SIDD_UBYTE_OPS 0x00
#define _SIDD_UWORD_OPS 0x01
#define _SIDD_SBYTE_OPS 0x02
#define _SIDD_SWORD_OPS 0x03
#define _SIDD_CMP_EQUAL_ANY 0x00
#define _SIDD_CMP_RANGES 0x04
#define _SIDD_CMP_EQUAL_EACH 0x08
#define _SIDD_CMP_EQUAL_ORDERED 0x0c
#define _SIDD_POSITIVE_POLARITY 0x00
#define _SIDD_NEGATIVE_POLARITY 0x10
#define _SIDD_MASKED_POSITIVE_POLARITY 0x20
#define _SIDD_MASKED_NEGATIVE_POLARITY 0x30
#define _SIDD_LEAST_SIGNIFICANT 0x00
#define _SIDD_MOST_SIGNIFICANT 0x40
#define _SIDD_BIT_MASK 0x00
#define _SIDD_UNIT_MASK 0x40
#define __ISTR(__a, __b, __m, __flag) (__extension__({ int __i; unsigned char __f; \
    __asm__("pcmpistri %4, %3, %2" : "=c"(__i), __flag(__f) : "x"((__m128i)(__a)), "x"((__m128i)(__b)), "i"(__m)); (int)__f; }))
#define __ESTR(__a, __la, __b, __lb, __m, __flag) (__extension__({ int __i; unsigned char __f; \
    __asm__("pcmpestri %4, %3, %2" : "=c"(__i), __flag(__f) : "x"((__m128i)(__a)), "x"((__m128i)(__b)), "i"(__m), "a"(__la), "d"(__lb)); (int)__f; }))
#define _mm_cmpistri(__a, __b, __m) (__extension__({ int __i; \
    __asm__("pcmpistri %3, %2, %1" : "=c"(__i) : "x"((__m128i)(__a)), "x"((__m128i)(__b)), "i"(__m) : "cc"); __i; }))
#define _mm_cmpistrm(__a, __b, __m) (__extension__({ __m128i __x; \
    __asm__("pcmpistrm %3, %2, %1; movups %%xmm0, %0" : "=m"(__x) : "x"((__m128i)(__a)), "x"((__m128i)(__b)), "i"(__m) : "cc", "xmm0"); __x; }))
#define _mm_cmpestri(__a, __la, __b, __lb, __m) (__extension__({ int __i; \
    __asm__("pcmpestri %3, %2, %1" : "=c"(__i) : "x"((__m128i)(__a)), "x"((__m128i)(__b)), "i"(__m), "a"(__la), "d"(__lb) : "cc"); __i; }))
#define _mm_cmpestrm(__a, __la, __b, __lb, __m) (__extension__({ __m128i __x; \
    __asm__("pcmpestrm %3, %2, %1; movups %%xmm0, %0" : "=m"(__x) : "x"((__m128i)(__a)), "x"((__m128i)(__b)), "i"(__m), "a"(__la), "d"(__lb) : "cc", "xmm0"); __x; }))
#define _mm_cmpistra(__a, __b, __m) __ISTR(__a, __b, __m, "=@cca")
#define _mm_cmpestra(__a, __la, __b, __lb, __m) __ESTR(__a, __la, __b, __lb, __m, "=@cca")
#define _mm_cmpistrc(__a, __b, __m) __ISTR(__a, __b, __m, "=@ccc")
#define _mm_cmpestrc(__a, __la, __b, __lb, __m) __ESTR(__a, __la, __b, __lb, __m, "=@ccc")
#define _mm_cmpistro(__a, __b, __m) __ISTR(__a, __b, __m, "=@cco")
#define _mm_cmpestro(__a, __la, __b, __lb, __m) __ESTR(__a, __la, __b, __lb, __m, "=@cco")
#define _mm_cmpistrs(__a, __b, __m) __ISTR(__a, __b, __m, "=@ccs")
#define _mm_cmpestrs(__a, __la, __b, __lb, __m) __ESTR(__a, __la, __b, __lb, __m, "=@ccs")
#define _mm_cmpistrz(__a, __b, __m) __ISTR(__a, __b, __m, "=@ccz")
#define _mm_cmpestrz(__a, __la, __b, __lb, __m) __ESTR(__a, __la, __b, __lb, __m, "=@ccz")
#endif
