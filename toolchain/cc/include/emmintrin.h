/* emmintrin.h: SSE2.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_EMMINTRIN_H
#define __TCC_EMMINTRIN_H
#include <xmmintrin.h>

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

#ifndef __SSE2__
#error "SSE2 instruction set not enabled"
#endif
typedef double __v2df __attribute__((__vector_size__(16)));
typedef long long __v2di __attribute__((__vector_size__(16)));
typedef unsigned long long __v2du __attribute__((__vector_size__(16)));
typedef unsigned int __v4su __attribute__((__vector_size__(16)));
typedef short __v8hi __attribute__((__vector_size__(16)));
typedef unsigned short __v8hu __attribute__((__vector_size__(16)));
typedef char __v16qi __attribute__((__vector_size__(16)));
typedef signed char __v16qs __attribute__((__vector_size__(16)));
typedef unsigned char __v16qu __attribute__((__vector_size__(16)));
typedef long long __m128i __attribute__((__vector_size__(16), __may_alias__));
typedef double __m128d __attribute__((__vector_size__(16), __may_alias__));
typedef long long __m128i_u __attribute__((__vector_size__(16), __may_alias__, __aligned__(1)));
typedef double __m128d_u __attribute__((__vector_size__(16), __may_alias__, __aligned__(1)));
#define _MM_SHUFFLE2(__x, __y) (((__x) << 1) | (__y))
__INTRINSIC __m128d _mm_add_pd(__m128d __a, __m128d __b) { return (__m128d)((__v2df)__a + (__v2df)__b); }
__INTRINSIC __m128d _mm_add_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_addsd((__v2df)__a, (__v2df)__b); }
__INTRINSIC __m128d _mm_sub_pd(__m128d __a, __m128d __b) { return (__m128d)((__v2df)__a - (__v2df)__b); }
__INTRINSIC __m128d _mm_sub_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_subsd((__v2df)__a, (__v2df)__b); }
__INTRINSIC __m128d _mm_mul_pd(__m128d __a, __m128d __b) { return (__m128d)((__v2df)__a * (__v2df)__b); }
__INTRINSIC __m128d _mm_mul_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_mulsd((__v2df)__a, (__v2df)__b); }
__INTRINSIC __m128d _mm_div_pd(__m128d __a, __m128d __b) { return (__m128d)((__v2df)__a / (__v2df)__b); }
__INTRINSIC __m128d _mm_div_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_divsd((__v2df)__a, (__v2df)__b); }
__INTRINSIC __m128d _mm_min_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_minpd((__v2df)__a, (__v2df)__b); }
__INTRINSIC __m128d _mm_min_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_minsd((__v2df)__a, (__v2df)__b); }
__INTRINSIC __m128d _mm_max_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_maxpd((__v2df)__a, (__v2df)__b); }
__INTRINSIC __m128d _mm_max_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_maxsd((__v2df)__a, (__v2df)__b); }
__INTRINSIC __m128d _mm_sqrt_pd(__m128d __a) { return (__m128d)__builtin_ia32_sqrtpd((__v2df)__a); }
__INTRINSIC __m128d _mm_sqrt_sd(__m128d __a, __m128d __b) { __a[0] = __builtin_ia32_sqrtpd((__v2df)__b)[0]; return __a; }
__INTRINSIC __m128d _mm_and_pd(__m128d __a, __m128d __b) { return (__m128d)((__v2di)__a & (__v2di)__b); }
__INTRINSIC __m128i _mm_and_si128(__m128i __a, __m128i __b) { return (__m128i)((__v2di)__a & (__v2di)__b); }
__INTRINSIC __m128d _mm_or_pd(__m128d __a, __m128d __b) { return (__m128d)((__v2di)__a | (__v2di)__b); }
__INTRINSIC __m128i _mm_or_si128(__m128i __a, __m128i __b) { return (__m128i)((__v2di)__a | (__v2di)__b); }
__INTRINSIC __m128d _mm_xor_pd(__m128d __a, __m128d __b) { return (__m128d)((__v2di)__a ^ (__v2di)__b); }
__INTRINSIC __m128i _mm_xor_si128(__m128i __a, __m128i __b) { return (__m128i)((__v2di)__a ^ (__v2di)__b); }
__INTRINSIC __m128d _mm_andnot_pd(__m128d __a, __m128d __b) { return (__m128d)(~(__v2di)__a & (__v2di)__b); }
__INTRINSIC __m128i _mm_andnot_si128(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pandn128((__v2di)__a, (__v2di)__b); }
__INTRINSIC __m128d _mm_cmpeq_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmppd((__v2df)__a, (__v2df)__b, 0); }
__INTRINSIC __m128d _mm_cmpeq_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmpsd((__v2df)__a, (__v2df)__b, 0); }
__INTRINSIC __m128d _mm_cmplt_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmppd((__v2df)__a, (__v2df)__b, 1); }
__INTRINSIC __m128d _mm_cmplt_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmpsd((__v2df)__a, (__v2df)__b, 1); }
__INTRINSIC __m128d _mm_cmple_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmppd((__v2df)__a, (__v2df)__b, 2); }
__INTRINSIC __m128d _mm_cmple_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmpsd((__v2df)__a, (__v2df)__b, 2); }
__INTRINSIC __m128d _mm_cmpunord_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmppd((__v2df)__a, (__v2df)__b, 3); }
__INTRINSIC __m128d _mm_cmpunord_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmpsd((__v2df)__a, (__v2df)__b, 3); }
__INTRINSIC __m128d _mm_cmpneq_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmppd((__v2df)__a, (__v2df)__b, 4); }
__INTRINSIC __m128d _mm_cmpneq_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmpsd((__v2df)__a, (__v2df)__b, 4); }
__INTRINSIC __m128d _mm_cmpnlt_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmppd((__v2df)__a, (__v2df)__b, 5); }
__INTRINSIC __m128d _mm_cmpnlt_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmpsd((__v2df)__a, (__v2df)__b, 5); }
__INTRINSIC __m128d _mm_cmpnle_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmppd((__v2df)__a, (__v2df)__b, 6); }
__INTRINSIC __m128d _mm_cmpnle_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmpsd((__v2df)__a, (__v2df)__b, 6); }
__INTRINSIC __m128d _mm_cmpord_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmppd((__v2df)__a, (__v2df)__b, 7); }
__INTRINSIC __m128d _mm_cmpord_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmpsd((__v2df)__a, (__v2df)__b, 7); }
__INTRINSIC __m128d _mm_cmpgt_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmppd((__v2df)__b, (__v2df)__a, 1); }
__INTRINSIC __m128d _mm_cmpgt_sd(__m128d __a, __m128d __b) { __v2df __r = __builtin_ia32_cmpsd((__v2df)__b, (__v2df)__a, 1); __a[0] = __r[0]; return __a; }
__INTRINSIC __m128d _mm_cmpge_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmppd((__v2df)__b, (__v2df)__a, 2); }
__INTRINSIC __m128d _mm_cmpge_sd(__m128d __a, __m128d __b) { __v2df __r = __builtin_ia32_cmpsd((__v2df)__b, (__v2df)__a, 2); __a[0] = __r[0]; return __a; }
__INTRINSIC __m128d _mm_cmpngt_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmppd((__v2df)__b, (__v2df)__a, 5); }
__INTRINSIC __m128d _mm_cmpngt_sd(__m128d __a, __m128d __b) { __v2df __r = __builtin_ia32_cmpsd((__v2df)__b, (__v2df)__a, 5); __a[0] = __r[0]; return __a; }
__INTRINSIC __m128d _mm_cmpnge_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_cmppd((__v2df)__b, (__v2df)__a, 6); }
__INTRINSIC __m128d _mm_cmpnge_sd(__m128d __a, __m128d __b) { __v2df __r = __builtin_ia32_cmpsd((__v2df)__b, (__v2df)__a, 6); __a[0] = __r[0]; return __a; }
__INTRINSIC int _mm_comieq_sd(__m128d __a, __m128d __b) { return __a[0] == __b[0]; }
__INTRINSIC int _mm_ucomieq_sd(__m128d __a, __m128d __b) { return __a[0] == __b[0]; }
__INTRINSIC int _mm_comilt_sd(__m128d __a, __m128d __b) { return __a[0] < __b[0]; }
__INTRINSIC int _mm_ucomilt_sd(__m128d __a, __m128d __b) { return __a[0] < __b[0]; }
__INTRINSIC int _mm_comile_sd(__m128d __a, __m128d __b) { return __a[0] <= __b[0]; }
__INTRINSIC int _mm_ucomile_sd(__m128d __a, __m128d __b) { return __a[0] <= __b[0]; }
__INTRINSIC int _mm_comigt_sd(__m128d __a, __m128d __b) { return __a[0] > __b[0]; }
__INTRINSIC int _mm_ucomigt_sd(__m128d __a, __m128d __b) { return __a[0] > __b[0]; }
__INTRINSIC int _mm_comige_sd(__m128d __a, __m128d __b) { return __a[0] >= __b[0]; }
__INTRINSIC int _mm_ucomige_sd(__m128d __a, __m128d __b) { return __a[0] >= __b[0]; }
__INTRINSIC int _mm_comineq_sd(__m128d __a, __m128d __b) { return __a[0] != __b[0]; }
__INTRINSIC int _mm_ucomineq_sd(__m128d __a, __m128d __b) { return __a[0] != __b[0]; }
__INTRINSIC __m128i _mm_add_epi8(__m128i __a, __m128i __b) { return (__m128i)((__v16qu)__a + (__v16qu)__b); }
__INTRINSIC __m128i _mm_sub_epi8(__m128i __a, __m128i __b) { return (__m128i)((__v16qu)__a - (__v16qu)__b); }
__INTRINSIC __m128i _mm_add_epi16(__m128i __a, __m128i __b) { return (__m128i)((__v8hu)__a + (__v8hu)__b); }
__INTRINSIC __m128i _mm_sub_epi16(__m128i __a, __m128i __b) { return (__m128i)((__v8hu)__a - (__v8hu)__b); }
__INTRINSIC __m128i _mm_add_epi32(__m128i __a, __m128i __b) { return (__m128i)((__v4su)__a + (__v4su)__b); }
__INTRINSIC __m128i _mm_sub_epi32(__m128i __a, __m128i __b) { return (__m128i)((__v4su)__a - (__v4su)__b); }
__INTRINSIC __m128i _mm_add_epi64(__m128i __a, __m128i __b) { return (__m128i)((__v2du)__a + (__v2du)__b); }
__INTRINSIC __m128i _mm_sub_epi64(__m128i __a, __m128i __b) { return (__m128i)((__v2du)__a - (__v2du)__b); }
__INTRINSIC __m128i _mm_mullo_epi16(__m128i __a, __m128i __b) { return (__m128i)((__v8hu)__a * (__v8hu)__b); }
__INTRINSIC __m128i _mm_cmpeq_epi8(__m128i __a, __m128i __b) { return (__m128i)((__v16qs)__a == (__v16qs)__b); }
__INTRINSIC __m128i _mm_cmpgt_epi8(__m128i __a, __m128i __b) { return (__m128i)((__v16qs)__a > (__v16qs)__b); }
__INTRINSIC __m128i _mm_cmplt_epi8(__m128i __a, __m128i __b) { return (__m128i)((__v16qs)__a < (__v16qs)__b); }
__INTRINSIC __m128i _mm_cmpeq_epi16(__m128i __a, __m128i __b) { return (__m128i)((__v8hi)__a == (__v8hi)__b); }
__INTRINSIC __m128i _mm_cmpgt_epi16(__m128i __a, __m128i __b) { return (__m128i)((__v8hi)__a > (__v8hi)__b); }
__INTRINSIC __m128i _mm_cmplt_epi16(__m128i __a, __m128i __b) { return (__m128i)((__v8hi)__a < (__v8hi)__b); }
__INTRINSIC __m128i _mm_cmpeq_epi32(__m128i __a, __m128i __b) { return (__m128i)((__v4si)__a == (__v4si)__b); }
__INTRINSIC __m128i _mm_cmpgt_epi32(__m128i __a, __m128i __b) { return (__m128i)((__v4si)__a > (__v4si)__b); }
__INTRINSIC __m128i _mm_cmplt_epi32(__m128i __a, __m128i __b) { return (__m128i)((__v4si)__a < (__v4si)__b); }
__INTRINSIC __m128i _mm_adds_epi8(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_paddsb128((__v16qi)__a, (__v16qi)__b); }
__INTRINSIC __m128i _mm_adds_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_paddsw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_adds_epu8(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_paddusb128((__v16qi)__a, (__v16qi)__b); }
__INTRINSIC __m128i _mm_adds_epu16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_paddusw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_subs_epi8(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_psubsb128((__v16qi)__a, (__v16qi)__b); }
__INTRINSIC __m128i _mm_subs_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_psubsw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_subs_epu8(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_psubusb128((__v16qi)__a, (__v16qi)__b); }
__INTRINSIC __m128i _mm_subs_epu16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_psubusw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_mulhi_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pmulhw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_mulhi_epu16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pmulhuw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_madd_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pmaddwd128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_mul_epu32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pmuludq128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_avg_epu8(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pavgb128((__v16qi)__a, (__v16qi)__b); }
__INTRINSIC __m128i _mm_avg_epu16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pavgw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_sad_epu8(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_psadbw128((__v16qi)__a, (__v16qi)__b); }
__INTRINSIC __m128i _mm_max_epu8(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pmaxub128((__v16qi)__a, (__v16qi)__b); }
__INTRINSIC __m128i _mm_min_epu8(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pminub128((__v16qi)__a, (__v16qi)__b); }
__INTRINSIC __m128i _mm_max_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pmaxsw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_min_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pminsw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_packs_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_packsswb128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_packs_epi32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_packssdw128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_packus_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_packuswb128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_unpackhi_epi8(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_punpckhbw128((__v16qi)__a, (__v16qi)__b); }
__INTRINSIC __m128i _mm_unpackhi_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_punpckhwd128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_unpackhi_epi32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_punpckhdq128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_unpackhi_epi64(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_punpckhqdq128((__v2di)__a, (__v2di)__b); }
__INTRINSIC __m128i _mm_unpacklo_epi8(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_punpcklbw128((__v16qi)__a, (__v16qi)__b); }
__INTRINSIC __m128i _mm_unpacklo_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_punpcklwd128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_unpacklo_epi32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_punpckldq128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_unpacklo_epi64(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_punpcklqdq128((__v2di)__a, (__v2di)__b); }
__INTRINSIC __m128i _mm_sll_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_psllw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_sll_epi32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_pslld128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_sll_epi64(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_psllq128((__v2di)__a, (__v2di)__b); }
__INTRINSIC __m128i _mm_srl_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_psrlw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_srl_epi32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_psrld128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_srl_epi64(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_psrlq128((__v2di)__a, (__v2di)__b); }
__INTRINSIC __m128i _mm_sra_epi16(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_psraw128((__v8hi)__a, (__v8hi)__b); }
__INTRINSIC __m128i _mm_sra_epi32(__m128i __a, __m128i __b) { return (__m128i)__builtin_ia32_psrad128((__v4si)__a, (__v4si)__b); }
__INTRINSIC __m128i _mm_slli_epi16(__m128i __a, int __n) { return (unsigned)__n < 16u ? (__m128i)((__v8hu)__a << (unsigned short)__n) : (__m128i){ 0, 0 }; }
__INTRINSIC __m128i _mm_slli_epi32(__m128i __a, int __n) { return (unsigned)__n < 32u ? (__m128i)((__v4su)__a << (unsigned)__n) : (__m128i){ 0, 0 }; }
__INTRINSIC __m128i _mm_slli_epi64(__m128i __a, int __n) { return (unsigned)__n < 64u ? (__m128i)((__v2du)__a << (unsigned long long)__n) : (__m128i){ 0, 0 }; }
__INTRINSIC __m128i _mm_srli_epi16(__m128i __a, int __n) { return (unsigned)__n < 16u ? (__m128i)((__v8hu)__a >> (unsigned short)__n) : (__m128i){ 0, 0 }; }
__INTRINSIC __m128i _mm_srli_epi32(__m128i __a, int __n) { return (unsigned)__n < 32u ? (__m128i)((__v4su)__a >> (unsigned)__n) : (__m128i){ 0, 0 }; }
__INTRINSIC __m128i _mm_srli_epi64(__m128i __a, int __n) { return (unsigned)__n < 64u ? (__m128i)((__v2du)__a >> (unsigned long long)__n) : (__m128i){ 0, 0 }; }
__INTRINSIC __m128i _mm_srai_epi16(__m128i __a, int __n) { return (unsigned)__n < 16u ? (__m128i)((__v8hi)__a >> (short)__n) : (__m128i)((__v8hi)__a >> 15); }
__INTRINSIC __m128i _mm_srai_epi32(__m128i __a, int __n) { return (unsigned)__n < 32u ? (__m128i)((__v4si)__a >> (int)__n) : (__m128i)((__v4si)__a >> 31); }
#define _mm_slli_si128(__a, __n) ((__m128i)__builtin_ia32_pslldq128((__v2di)(__m128i)(__a), (__n)))
#define _mm_srli_si128(__a, __n) ((__m128i)__builtin_ia32_psrldq128((__v2di)(__m128i)(__a), (__n)))
#define _mm_bslli_si128 _mm_slli_si128
#define _mm_bsrli_si128 _mm_srli_si128
#define _mm_shuffle_epi32(__a, __m) ((__m128i)__builtin_ia32_pshufd((__v4si)(__m128i)(__a), (__m)))
#define _mm_shufflelo_epi16(__a, __m) ((__m128i)__builtin_ia32_pshuflw((__v8hi)(__m128i)(__a), (__m)))
#define _mm_shufflehi_epi16(__a, __m) ((__m128i)__builtin_ia32_pshufhw((__v8hi)(__m128i)(__a), (__m)))
#define _mm_shuffle_pd(__a, __b, __m) ((__m128d)__builtin_ia32_shufpd((__v2df)(__m128d)(__a), (__v2df)(__m128d)(__b), (__m)))
#define _mm_extract_epi16(__a, __n) ((int)(unsigned short)__builtin_ia32_pextrw128((__v8hi)(__m128i)(__a), (__n)))
#define _mm_insert_epi16(__a, __d, __n) ((__m128i)__builtin_ia32_pinsrw128((__v8hi)(__m128i)(__a), (__d), (__n)))
__INTRINSIC int _mm_movemask_epi8(__m128i __a) { return __builtin_ia32_pmovmskb128((__v16qi)__a); }
__INTRINSIC int _mm_movemask_pd(__m128d __a) { return __builtin_ia32_movmskpd((__v2df)__a); }
__INTRINSIC __m128i _mm_setzero_si128(void) { return (__m128i){ 0, 0 }; }
__INTRINSIC __m128i _mm_undefined_si128(void) { return (__m128i){ 0, 0 }; }
__INTRINSIC __m128d _mm_setzero_pd(void) { return (__m128d){ 0.0, 0.0 }; }
__INTRINSIC __m128d _mm_undefined_pd(void) { return (__m128d){ 0.0, 0.0 }; }
__INTRINSIC __m128i _mm_set1_epi8(char __a) { return (__m128i)((__v16qi){ 0 } + __a); }
__INTRINSIC __m128i _mm_set_epi8(char __q15, char __q14, char __q13, char __q12, char __q11, char __q10, char __q9, char __q8, char __q7, char __q6, char __q5, char __q4, char __q3, char __q2, char __q1, char __q0) { return (__m128i)(__v16qi){ __q0, __q1, __q2, __q3, __q4, __q5, __q6, __q7, __q8, __q9, __q10, __q11, __q12, __q13, __q14, __q15 }; }
__INTRINSIC __m128i _mm_setr_epi8(char __q0, char __q1, char __q2, char __q3, char __q4, char __q5, char __q6, char __q7, char __q8, char __q9, char __q10, char __q11, char __q12, char __q13, char __q14, char __q15) { return (__m128i)(__v16qi){ __q0, __q1, __q2, __q3, __q4, __q5, __q6, __q7, __q8, __q9, __q10, __q11, __q12, __q13, __q14, __q15 }; }
__INTRINSIC __m128i _mm_set1_epi16(short __a) { return (__m128i)((__v8hi){ 0 } + __a); }
__INTRINSIC __m128i _mm_set_epi16(short __q7, short __q6, short __q5, short __q4, short __q3, short __q2, short __q1, short __q0) { return (__m128i)(__v8hi){ __q0, __q1, __q2, __q3, __q4, __q5, __q6, __q7 }; }
__INTRINSIC __m128i _mm_setr_epi16(short __q0, short __q1, short __q2, short __q3, short __q4, short __q5, short __q6, short __q7) { return (__m128i)(__v8hi){ __q0, __q1, __q2, __q3, __q4, __q5, __q6, __q7 }; }
__INTRINSIC __m128i _mm_set1_epi32(int __a) { return (__m128i)((__v4si){ 0 } + __a); }
__INTRINSIC __m128i _mm_set_epi32(int __q3, int __q2, int __q1, int __q0) { return (__m128i)(__v4si){ __q0, __q1, __q2, __q3 }; }
__INTRINSIC __m128i _mm_setr_epi32(int __q0, int __q1, int __q2, int __q3) { return (__m128i)(__v4si){ __q0, __q1, __q2, __q3 }; }
__INTRINSIC __m128i _mm_set1_epi64x(long long __a) { return (__m128i){ __a, __a }; }
__INTRINSIC __m128i _mm_set_epi64x(long long __b, long long __a) { return (__m128i){ __a, __b }; }
__INTRINSIC __m128d _mm_set1_pd(double __a) { return (__m128d){ __a, __a }; }
__INTRINSIC __m128d _mm_set_pd1(double __a) { return (__m128d){ __a, __a }; }
__INTRINSIC __m128d _mm_set_sd(double __a) { return (__m128d){ __a, 0.0 }; }
__INTRINSIC __m128d _mm_set_pd(double __b, double __a) { return (__m128d){ __a, __b }; }
__INTRINSIC __m128d _mm_setr_pd(double __a, double __b) { return (__m128d){ __a, __b }; }
__INTRINSIC __m128i _mm_load_si128(const __m128i *__p) { return *__p; }
__INTRINSIC __m128i _mm_loadu_si128(const __m128i_u *__p) { return *__p; }
__INTRINSIC __m128i _mm_loadl_epi64(const __m128i_u *__p) { long long __t; __builtin_memcpy(&__t, __p, 8); return (__m128i){ __t, 0 }; }
__INTRINSIC __m128i _mm_loadu_si16(const void *__p) { short __t; __builtin_memcpy(&__t, __p, 2); return (__m128i)(__v8hi){ __t, 0, 0, 0, 0, 0, 0, 0 }; }
__INTRINSIC __m128i _mm_loadu_si32(const void *__p) { int __t; __builtin_memcpy(&__t, __p, 4); return (__m128i)__builtin_ia32_movd128(__t); }
__INTRINSIC __m128i _mm_loadu_si64(const void *__p) { long long __t; __builtin_memcpy(&__t, __p, 8); return (__m128i){ __t, 0 }; }
__INTRINSIC void _mm_store_si128(__m128i *__p, __m128i __a) { *__p = __a; }
__INTRINSIC void _mm_stream_si128(__m128i *__p, __m128i __a) { *__p = __a; }
__INTRINSIC void _mm_storeu_si128(__m128i_u *__p, __m128i __a) { *__p = __a; }
__INTRINSIC void _mm_storel_epi64(__m128i_u *__p, __m128i __a) { long long __t = __a[0]; __builtin_memcpy(__p, &__t, 8); }
__INTRINSIC void _mm_storeu_si64(void *__p, __m128i __a) { long long __t = __a[0]; __builtin_memcpy(__p, &__t, 8); }
__INTRINSIC void _mm_storeu_si32(void *__p, __m128i __a) { int __t = ((__v4si)__a)[0]; __builtin_memcpy(__p, &__t, 4); }
__INTRINSIC void _mm_storeu_si16(void *__p, __m128i __a) { short __t = ((__v8hi)__a)[0]; __builtin_memcpy(__p, &__t, 2); }
__INTRINSIC void _mm_stream_si32(int *__p, int __a) { *__p = __a; }
__INTRINSIC void _mm_maskmoveu_si128(__m128i __a, __m128i __n, char *__p) { for (int __k = 0; __k < 16; __k++) if (((__v16qs)__n)[__k] < 0) __p[__k] = ((__v16qi)__a)[__k]; }
__INTRINSIC __m128d _mm_load_pd(const double *__p) { return *(const __m128d *)__p; }
__INTRINSIC __m128d _mm_loadu_pd(const double *__p) { return *(const __m128d_u *)__p; }
__INTRINSIC __m128d _mm_load_sd(const double *__p) { return (__m128d){ *__p, 0.0 }; }
__INTRINSIC __m128d _mm_load1_pd(const double *__p) { double __a = *__p; return (__m128d){ __a, __a }; }
#define _mm_load_pd1 _mm_load1_pd
__INTRINSIC __m128d _mm_loadr_pd(const double *__p) { return (__m128d){ __p[1], __p[0] }; }
__INTRINSIC __m128d _mm_loadh_pd(__m128d __a, const double *__p) { __a[1] = *__p; return __a; }
__INTRINSIC __m128d _mm_loadl_pd(__m128d __a, const double *__p) { __a[0] = *__p; return __a; }
__INTRINSIC void _mm_store_pd(double *__p, __m128d __a) { *(__m128d *)__p = __a; }
__INTRINSIC void _mm_stream_pd(double *__p, __m128d __a) { *(__m128d *)__p = __a; }
__INTRINSIC void _mm_storeu_pd(double *__p, __m128d __a) { *(__m128d_u *)__p = __a; }
__INTRINSIC void _mm_store_sd(double *__p, __m128d __a) { *__p = __a[0]; }
__INTRINSIC void _mm_storel_pd(double *__p, __m128d __a) { *__p = __a[0]; }
__INTRINSIC void _mm_storeh_pd(double *__p, __m128d __a) { *__p = __a[1]; }
__INTRINSIC void _mm_store1_pd(double *__p, __m128d __a) { __p[0] = __p[1] = __a[0]; }
#define _mm_store_pd1 _mm_store1_pd
__INTRINSIC double _mm_cvtsd_f64(__m128d __a) { return __a[0]; }
__INTRINSIC __m128d _mm_move_sd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_shufpd((__v2df)__b, (__v2df)__a, 2); }
__INTRINSIC __m128i _mm_move_epi64(__m128i __a) { return (__m128i)__builtin_ia32_movq128((__v2di)__a); }
__INTRINSIC __m128d _mm_unpackhi_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_unpckhpd((__v2df)__a, (__v2df)__b); }
__INTRINSIC __m128d _mm_unpacklo_pd(__m128d __a, __m128d __b) { return (__m128d)__builtin_ia32_unpcklpd((__v2df)__a, (__v2df)__b); }
__INTRINSIC int _mm_cvtsi128_si32(__m128i __a) { return __builtin_ia32_movd_si((__v4si)__a); }
__INTRINSIC __m128i _mm_cvtsi32_si128(int __a) { return (__m128i)__builtin_ia32_movd128(__a); }
#ifdef __x86_64__
__INTRINSIC long long _mm_cvtsi128_si64(__m128i __a) { return __builtin_ia32_movq_di((__v2di)__a); }
__INTRINSIC __m128i _mm_cvtsi64_si128(long long __a) { return (__m128i)__builtin_ia32_movq128r(__a); }
__INTRINSIC long long _mm_cvtsd_si64(__m128d __a) { return __builtin_ia32_cvtsd2si64((__v2df)__a); }
__INTRINSIC long long _mm_cvttsd_si64(__m128d __a) { return (long long)__a[0]; }
__INTRINSIC __m128d _mm_cvtsi64_sd(__m128d __a, long long __b) { __a[0] = (double)__b; return __a; }
__INTRINSIC long long _mm_cvtsi128_si64x(__m128i __a) { return __builtin_ia32_movq_di((__v2di)__a); }
__INTRINSIC __m128i _mm_cvtsi64x_si128(long long __a) { return (__m128i)__builtin_ia32_movq128r(__a); }
__INTRINSIC long long _mm_cvtsd_si64x(__m128d __a) { return __builtin_ia32_cvtsd2si64((__v2df)__a); }
__INTRINSIC long long _mm_cvttsd_si64x(__m128d __a) { return (long long)__a[0]; }
__INTRINSIC __m128d _mm_cvtsi64x_sd(__m128d __a, long long __b) { __a[0] = (double)__b; return __a; }
__INTRINSIC void _mm_stream_si64(long long *__p, long long __a) { *__p = __a; }
#endif
__INTRINSIC __m128 _mm_cvtepi32_ps(__m128i __a) { return (__m128)__builtin_ia32_cvtdq2ps((__v4si)__a); }
__INTRINSIC __m128d _mm_cvtepi32_pd(__m128i __a) { return (__m128d)__builtin_ia32_cvtdq2pd((__v4si)__a); }
__INTRINSIC __m128i _mm_cvtps_epi32(__m128 __a) { return (__m128i)__builtin_ia32_cvtps2dq((__v4sf)__a); }
__INTRINSIC __m128i _mm_cvttps_epi32(__m128 __a) { return (__m128i)__builtin_ia32_cvttps2dq((__v4sf)__a); }
__INTRINSIC __m128i _mm_cvtpd_epi32(__m128d __a) { return (__m128i)__builtin_ia32_cvtpd2dq((__v2df)__a); }
__INTRINSIC __m128i _mm_cvttpd_epi32(__m128d __a) { return (__m128i)__builtin_ia32_cvttpd2dq((__v2df)__a); }
__INTRINSIC __m128 _mm_cvtpd_ps(__m128d __a) { return (__m128)__builtin_ia32_cvtpd2ps((__v2df)__a); }
__INTRINSIC __m128d _mm_cvtps_pd(__m128 __a) { return (__m128d)__builtin_ia32_cvtps2pd((__v4sf)__a); }
__INTRINSIC int _mm_cvtsd_si32(__m128d __a) { return __builtin_ia32_cvtsd2si((__v2df)__a); }
__INTRINSIC int _mm_cvttsd_si32(__m128d __a) { return (int)__a[0]; }
__INTRINSIC __m128d _mm_cvtsi32_sd(__m128d __a, int __b) { __a[0] = (double)__b; return __a; }
__INTRINSIC __m128d _mm_cvtss_sd(__m128d __a, __m128 __b) { __a[0] = __b[0]; return __a; }
__INTRINSIC __m128 _mm_cvtsd_ss(__m128 __a, __m128d __b) { __a[0] = (float)__b[0]; return __a; }
__INTRINSIC __m128i _mm_castps_si128(__m128 __a) { return (__m128i)__a; }
__INTRINSIC __m128d _mm_castps_pd(__m128 __a) { return (__m128d)__a; }
__INTRINSIC __m128 _mm_castsi128_ps(__m128i __a) { return (__m128)__a; }
__INTRINSIC __m128d _mm_castsi128_pd(__m128i __a) { return (__m128d)__a; }
__INTRINSIC __m128 _mm_castpd_ps(__m128d __a) { return (__m128)__a; }
__INTRINSIC __m128i _mm_castpd_si128(__m128d __a) { return (__m128i)__a; }
__INTRINSIC void _mm_clflush(const void *__p) { __asm__ __volatile__("clflush %0" : "+m"(*(char *)__p)); }
__INTRINSIC void _mm_lfence(void) { __builtin_ia32_lfence(); }
__INTRINSIC void _mm_mfence(void) { __builtin_ia32_mfence(); }
__INTRINSIC void _mm_storer_pd(double *__p, __m128d __a) { __p[0] = __a[1]; __p[1] = __a[0]; }
#endif
