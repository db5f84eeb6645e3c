/* xmmintrin.h: SSE.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_XMMINTRIN_H
#define __TCC_XMMINTRIN_H
#include <mmintrin.h>
#include <mm_malloc.h>

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

#ifndef __SSE__
#error "SSE instruction set not enabled"
#endif
typedef float __m128 __attribute__((__vector_size__(16), __may_alias__));
typedef float __m128_u __attribute__((__vector_size__(16), __may_alias__, __aligned__(1)));
typedef float __v4sf __attribute__((__vector_size__(16)));
typedef int __v4si __attribute__((__vector_size__(16)));
enum _mm_hint { _MM_HINT_ET0 = 7, _MM_HINT_ET1 = 6, _MM_HINT_T0 = 3, _MM_HINT_T1 = 2, _MM_HINT_T2 = 1, _MM_HINT_NTA = 0 };
#define _MM_SHUFFLE(__z, __y, __x, __w) (((__z) << 6) | ((__y) << 4) | ((__x) << 2) | (__w))
#define _MM_EXCEPT_MASK 0x003f
#define _MM_EXCEPT_INVALID 0x0001
#define _MM_EXCEPT_DENORM 0x0002
#define _MM_EXCEPT_DIV_ZERO 0x0004
#define _MM_EXCEPT_OVERFLOW 0x0008
#define _MM_EXCEPT_UNDERFLOW 0x0010
#define _MM_EXCEPT_INEXACT 0x0020
#define _MM_MASK_MASK 0x1f80
#define _MM_ROUND_MASK 0x6000
#define _MM_ROUND_NEAREST 0x0000
#define _MM_ROUND_DOWN 0x2000
#define _MM_ROUND_UP 0x4000
#define _MM_ROUND_TOWARD_ZERO 0x6000
#define _MM_FLUSH_ZERO_MASK 0x8000
#define _MM_FLUSH_ZERO_ON 0x8000
#define _MM_FLUSH_ZERO_OFF 0x0000
#define _mm_prefetch(__p, __i) __builtin_prefetch((const void *)(__p), (((__i) & 4) >> 2), ((__i) & 3))
__INTRINSIC __m128 _mm_add_ps(__m128 __a, __m128 __b) { return (__m128)((__v4sf)__a + (__v4sf)__b); }
__INTRINSIC __m128 _mm_add_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_addss((__v4sf)__a, (__v4sf)__b); }
__INTRINSIC __m128 _mm_sub_ps(__m128 __a, __m128 __b) { return (__m128)((__v4sf)__a - (__v4sf)__b); }
__INTRINSIC __m128 _mm_sub_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_subss((__v4sf)__a, (__v4sf)__b); }
__INTRINSIC __m128 _mm_mul_ps(__m128 __a, __m128 __b) { return (__m128)((__v4sf)__a * (__v4sf)__b); }
__INTRINSIC __m128 _mm_mul_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_mulss((__v4sf)__a, (__v4sf)__b); }
__INTRINSIC __m128 _mm_div_ps(__m128 __a, __m128 __b) { return (__m128)((__v4sf)__a / (__v4sf)__b); }
__INTRINSIC __m128 _mm_div_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_divss((__v4sf)__a, (__v4sf)__b); }
__INTRINSIC __m128 _mm_min_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_minps((__v4sf)__a, (__v4sf)__b); }
__INTRINSIC __m128 _mm_min_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_minss((__v4sf)__a, (__v4sf)__b); }
__INTRINSIC __m128 _mm_max_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_maxps((__v4sf)__a, (__v4sf)__b); }
__INTRINSIC __m128 _mm_max_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_maxss((__v4sf)__a, (__v4sf)__b); }
__INTRINSIC __m128 _mm_sqrt_ps(__m128 __a) { return (__m128)__builtin_ia32_sqrtps((__v4sf)__a); }
__INTRINSIC __m128 _mm_sqrt_ss(__m128 __a) { __v4sf __r = __builtin_ia32_sqrtps((__v4sf)__a); __a[0] = __r[0]; return __a; }
__INTRINSIC __m128 _mm_rcp_ps(__m128 __a) { return (__m128)__builtin_ia32_rcpps((__v4sf)__a); }
__INTRINSIC __m128 _mm_rcp_ss(__m128 __a) { __v4sf __r = __builtin_ia32_rcpps((__v4sf)__a); __a[0] = __r[0]; return __a; }
__INTRINSIC __m128 _mm_rsqrt_ps(__m128 __a) { return (__m128)__builtin_ia32_rsqrtps((__v4sf)__a); }
__INTRINSIC __m128 _mm_rsqrt_ss(__m128 __a) { __v4sf __r = __builtin_ia32_rsqrtps((__v4sf)__a); __a[0] = __r[0]; return __a; }
__INTRINSIC __m128 _mm_and_ps(__m128 __a, __m128 __b) { return (__m128)((__v4si)__a & (__v4si)__b); }
__INTRINSIC __m128 _mm_or_ps(__m128 __a, __m128 __b) { return (__m128)((__v4si)__a | (__v4si)__b); }
__INTRINSIC __m128 _mm_xor_ps(__m128 __a, __m128 __b) { return (__m128)((__v4si)__a ^ (__v4si)__b); }
__INTRINSIC __m128 _mm_andnot_ps(__m128 __a, __m128 __b) { return (__m128)(~(__v4si)__a & (__v4si)__b); }
__INTRINSIC __m128 _mm_cmpeq_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpps((__v4sf)__a, (__v4sf)__b, 0); }
__INTRINSIC __m128 _mm_cmpeq_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpss((__v4sf)__a, (__v4sf)__b, 0); }
__INTRINSIC __m128 _mm_cmplt_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpps((__v4sf)__a, (__v4sf)__b, 1); }
__INTRINSIC __m128 _mm_cmplt_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpss((__v4sf)__a, (__v4sf)__b, 1); }
__INTRINSIC __m128 _mm_cmple_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpps((__v4sf)__a, (__v4sf)__b, 2); }
__INTRINSIC __m128 _mm_cmple_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpss((__v4sf)__a, (__v4sf)__b, 2); }
__INTRINSIC __m128 _mm_cmpunord_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpps((__v4sf)__a, (__v4sf)__b, 3); }
__INTRINSIC __m128 _mm_cmpunord_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpss((__v4sf)__a, (__v4sf)__b, 3); }
__INTRINSIC __m128 _mm_cmpneq_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpps((__v4sf)__a, (__v4sf)__b, 4); }
__INTRINSIC __m128 _mm_cmpneq_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpss((__v4sf)__a, (__v4sf)__b, 4); }
__INTRINSIC __m128 _mm_cmpnlt_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpps((__v4sf)__a, (__v4sf)__b, 5); }
__INTRINSIC __m128 _mm_cmpnlt_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpss((__v4sf)__a, (__v4sf)__b, 5); }
__INTRINSIC __m128 _mm_cmpnle_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpps((__v4sf)__a, (__v4sf)__b, 6); }
__INTRINSIC __m128 _mm_cmpnle_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpss((__v4sf)__a, (__v4sf)__b, 6); }
__INTRINSIC __m128 _mm_cmpord_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpps((__v4sf)__a, (__v4sf)__b, 7); }
__INTRINSIC __m128 _mm_cmpord_ss(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpss((__v4sf)__a, (__v4sf)__b, 7); }
__INTRINSIC __m128 _mm_cmpgt_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpps((__v4sf)__b, (__v4sf)__a, 1); }
__INTRINSIC __m128 _mm_cmpgt_ss(__m128 __a, __m128 __b) { __v4sf __r = __builtin_ia32_cmpss((__v4sf)__b, (__v4sf)__a, 1); __a[0] = __r[0]; return __a; }
__INTRINSIC __m128 _mm_cmpge_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpps((__v4sf)__b, (__v4sf)__a, 2); }
__INTRINSIC __m128 _mm_cmpge_ss(__m128 __a, __m128 __b) { __v4sf __r = __builtin_ia32_cmpss((__v4sf)__b, (__v4sf)__a, 2); __a[0] = __r[0]; return __a; }
__INTRINSIC __m128 _mm_cmpngt_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpps((__v4sf)__b, (__v4sf)__a, 5); }
__INTRINSIC __m128 _mm_cmpngt_ss(__m128 __a, __m128 __b) { __v4sf __r = __builtin_ia32_cmpss((__v4sf)__b, (__v4sf)__a, 5); __a[0] = __r[0]; return __a; }
__INTRINSIC __m128 _mm_cmpnge_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_cmpps((__v4sf)__b, (__v4sf)__a, 6); }
__INTRINSIC __m128 _mm_cmpnge_ss(__m128 __a, __m128 __b) { __v4sf __r = __builtin_ia32_cmpss((__v4sf)__b, (__v4sf)__a, 6); __a[0] = __r[0]; return __a; }
__INTRINSIC int _mm_comieq_ss(__m128 __a, __m128 __b) { return __a[0] == __b[0]; }
__INTRINSIC int _mm_ucomieq_ss(__m128 __a, __m128 __b) { return __a[0] == __b[0]; }
__INTRINSIC int _mm_comilt_ss(__m128 __a, __m128 __b) { return __a[0] < __b[0]; }
__INTRINSIC int _mm_ucomilt_ss(__m128 __a, __m128 __b) { return __a[0] < __b[0]; }
__INTRINSIC int _mm_comile_ss(__m128 __a, __m128 __b) { return __a[0] <= __b[0]; }
__INTRINSIC int _mm_ucomile_ss(__m128 __a, __m128 __b) { return __a[0] <= __b[0]; }
__INTRINSIC int _mm_comigt_ss(__m128 __a, __m128 __b) { return __a[0] > __b[0]; }
__INTRINSIC int _mm_ucomigt_ss(__m128 __a, __m128 __b) { return __a[0] > __b[0]; }
__INTRINSIC int _mm_comige_ss(__m128 __a, __m128 __b) { return __a[0] >= __b[0]; }
__INTRINSIC int _mm_ucomige_ss(__m128 __a, __m128 __b) { return __a[0] >= __b[0]; }
__INTRINSIC int _mm_comineq_ss(__m128 __a, __m128 __b) { return __a[0] != __b[0]; }
__INTRINSIC int _mm_ucomineq_ss(__m128 __a, __m128 __b) { return __a[0] != __b[0]; }
__INTRINSIC __m128 _mm_setzero_ps(void) { return (__m128){ 0.0f, 0.0f, 0.0f, 0.0f }; }
__INTRINSIC __m128 _mm_undefined_ps(void) { return (__m128){ 0.0f, 0.0f, 0.0f, 0.0f }; }
__INTRINSIC __m128 _mm_set_ss(float __a) { return (__m128){ __a, 0.0f, 0.0f, 0.0f }; }
__INTRINSIC __m128 _mm_set1_ps(float __a) { return (__m128){ __a, __a, __a, __a }; }
__INTRINSIC __m128 _mm_set_ps1(float __a) { return (__m128){ __a, __a, __a, __a }; }
__INTRINSIC __m128 _mm_set_ps(float __d, float __c, float __b, float __a) { return (__m128){ __a, __b, __c, __d }; }
__INTRINSIC __m128 _mm_setr_ps(float __a, float __b, float __c, float __d) { return (__m128){ __a, __b, __c, __d }; }
__INTRINSIC __m128 _mm_load_ss(const float *__p) { return (__m128){ *__p, 0.0f, 0.0f, 0.0f }; }
__INTRINSIC __m128 _mm_load1_ps(const float *__p) { float __a = *__p; return (__m128){ __a, __a, __a, __a }; }
#define _mm_load_ps1 _mm_load1_ps
__INTRINSIC __m128 _mm_load_ps(const float *__p) { return *(const __m128 *)__p; }
__INTRINSIC __m128 _mm_loadu_ps(const float *__p) { return *(const __m128_u *)__p; }
__INTRINSIC __m128 _mm_loadr_ps(const float *__p) { __m128 __t = *(const __m128 *)__p; return (__m128)__builtin_ia32_shufps((__v4sf)__t, (__v4sf)__t, 0x1b); }
__INTRINSIC void _mm_store_ss(float *__p, __m128 __a) { *__p = __a[0]; }
__INTRINSIC float _mm_cvtss_f32(__m128 __a) { return __a[0]; }
__INTRINSIC void _mm_store_ps(float *__p, __m128 __a) { *(__m128 *)__p = __a; }
__INTRINSIC void _mm_stream_ps(float *__p, __m128 __a) { *(__m128 *)__p = __a; }
__INTRINSIC void _mm_storeu_ps(float *__p, __m128 __a) { *(__m128_u *)__p = __a; }
__INTRINSIC void _mm_store1_ps(float *__p, __m128 __a) { *(__m128 *)__p = (__m128)__builtin_ia32_shufps((__v4sf)__a, (__v4sf)__a, 0); }
#define _mm_store_ps1 _mm_store1_ps
__INTRINSIC void _mm_storer_ps(float *__p, __m128 __a) { *(__m128 *)__p = (__m128)__builtin_ia32_shufps((__v4sf)__a, (__v4sf)__a, 0x1b); }
__INTRINSIC __m128 _mm_move_ss(__m128 __a, __m128 __b) { __a[0] = __b[0]; return __a; }
#define _mm_shuffle_ps(__a, __b, __m) ((__m128)__builtin_ia32_shufps((__v4sf)(__m128)(__a), (__v4sf)(__m128)(__b), (__m)))
__INTRINSIC __m128 _mm_unpackhi_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_unpckhps((__v4sf)__a, (__v4sf)__b); }
__INTRINSIC __m128 _mm_unpacklo_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_unpcklps((__v4sf)__a, (__v4sf)__b); }
__INTRINSIC __m128 _mm_movehl_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_movhlps((__v4sf)__a, (__v4sf)__b); }
__INTRINSIC __m128 _mm_movelh_ps(__m128 __a, __m128 __b) { return (__m128)__builtin_ia32_movlhps((__v4sf)__a, (__v4sf)__b); }
__INTRINSIC int _mm_movemask_ps(__m128 __a) { return __builtin_ia32_movmskps((__v4sf)__a); }
__INTRINSIC int _mm_cvtss_si32(__m128 __a) { return __builtin_ia32_cvtss2si((__v4sf)__a); }
__INTRINSIC int _mm_cvt_ss2si(__m128 __a) { return __builtin_ia32_cvtss2si((__v4sf)__a); }
__INTRINSIC int _mm_cvttss_si32(__m128 __a) { return (int)__a[0]; }
__INTRINSIC int _mm_cvtt_ss2si(__m128 __a) { return (int)__a[0]; }
__INTRINSIC __m128 _mm_cvtsi32_ss(__m128 __a, int __b) { __a[0] = (float)__b; return __a; }
__INTRINSIC __m128 _mm_cvt_si2ss(__m128 __a, int __b) { __a[0] = (float)__b; return __a; }
#ifdef __x86_64__
__INTRINSIC long long _mm_cvtss_si64(__m128 __a) { return __builtin_ia32_cvtss2si64((__v4sf)__a); }
__INTRINSIC long long _mm_cvttss_si64(__m128 __a) { return (long long)__a[0]; }
__INTRINSIC __m128 _mm_cvtsi64_ss(__m128 __a, long long __b) { __a[0] = (float)__b; return __a; }
#endif
__INTRINSIC __m128 _mm_loadh_pi(__m128 __a, const __m64 *__p) { __a[2] = ((const float *)__p)[0]; __a[3] = ((const float *)__p)[1]; return __a; }
__INTRINSIC __m128 _mm_loadl_pi(__m128 __a, const __m64 *__p) { __a[0] = ((const float *)__p)[0]; __a[1] = ((const float *)__p)[1]; return __a; }
__INTRINSIC void _mm_storeh_pi(__m64 *__p, __m128 __a) { ((float *)__p)[0] = __a[2]; ((float *)__p)[1] = __a[3]; }
__INTRINSIC void _mm_storel_pi(__m64 *__p, __m128 __a) { ((float *)__p)[0] = __a[0]; ((float *)__p)[1] = __a[1]; }
__INTRINSIC unsigned _mm_getcsr(void) { unsigned __r; __asm__ __volatile__("stmxcsr %0" : "=m"(__r)); return __r; }
__INTRINSIC void _mm_setcsr(unsigned __r) { __asm__ __volatile__("ldmxcsr %0" : : "m"(__r)); }
__INTRINSIC void _mm_sfence(void) { __builtin_ia32_sfence(); }
__INTRINSIC void _mm_pause(void) { __builtin_ia32_pause(); }
__INTRINSIC unsigned _MM_GET_EXCEPTION_STATE(void) { return _mm_getcsr() & _MM_EXCEPT_MASK; }
__INTRINSIC void _MM_SET_EXCEPTION_STATE(unsigned __m) { _mm_setcsr((_mm_getcsr() & ~_MM_EXCEPT_MASK) | __m); }
__INTRINSIC unsigned _MM_GET_EXCEPTION_MASK(void) { return _mm_getcsr() & _MM_MASK_MASK; }
__INTRINSIC void _MM_SET_EXCEPTION_MASK(unsigned __m) { _mm_setcsr((_mm_getcsr() & ~_MM_MASK_MASK) | __m); }
__INTRINSIC unsigned _MM_GET_ROUNDING_MODE(void) { return _mm_getcsr() & _MM_ROUND_MASK; }
__INTRINSIC void _MM_SET_ROUNDING_MODE(unsigned __m) { _mm_setcsr((_mm_getcsr() & ~_MM_ROUND_MASK) | __m); }
__INTRINSIC unsigned _MM_GET_FLUSH_ZERO_MODE(void) { return _mm_getcsr() & _MM_FLUSH_ZERO_MASK; }
__INTRINSIC void _MM_SET_FLUSH_ZERO_MODE(unsigned __m) { _mm_setcsr((_mm_getcsr() & ~_MM_FLUSH_ZERO_MASK) | __m); }
#define _MM_TRANSPOSE4_PS(__r0, __r1, __r2, __r3) do { \
    __m128 __t0 = _mm_unpacklo_ps(__r0, __r1), __t1 = _mm_unpacklo_ps(__r2, __r3); \
    __m128 __t2 = _mm_unpackhi_ps(__r0, __r1), __t3 = _mm_unpackhi_ps(__r2, __r3); \
    (__r0) = _mm_movelh_ps(__t0, __t1); (__r1) = _mm_movehl_ps(__t1, __t0); \
    (__r2) = _mm_movelh_ps(__t2, __t3); (__r3) = _mm_movehl_ps(__t3, __t2); } while (0)
#include <emmintrin.h>
#endif
