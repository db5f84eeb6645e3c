/* mmintrin.h: MMX types; operations on them are not offered.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_MMINTRIN_H
#define __TCC_MMINTRIN_H
#if !defined(__x86_64__) && !defined(__i386__)
#error "this header is for x86"
#endif

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

typedef int __m64 __attribute__((__vector_size__(8), __may_alias__));
__INTRINSIC void _mm_empty(void) { __asm__ __volatile__("emms"); }
#define _m_empty _mm_empty
#endif
