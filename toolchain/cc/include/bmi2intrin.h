/* bmi2intrin.h: BMI2.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_BMI2INTRIN_H
#define __TCC_BMI2INTRIN_H
#if !defined(__x86_64__) && !defined(__i386__)
#error "this header is for x86"
#endif

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

__INTRINSIC unsigned int _bzhi_u32(unsigned int __x, unsigned int __n) { __n &= 255; return __n < 32 ? __x & (((unsigned int)1 << __n) - 1) : __x; }
__INTRINSIC unsigned int _pdep_u32(unsigned int __x, unsigned int __m) { unsigned int __r; __asm__("pdepl %2, %1, %0" : "=r"(__r) : "r"(__x), "rm"(__m)); return __r; }
__INTRINSIC unsigned int _pext_u32(unsigned int __x, unsigned int __m) { unsigned int __r; __asm__("pextl %2, %1, %0" : "=r"(__r) : "r"(__x), "rm"(__m)); return __r; }
__INTRINSIC unsigned int _mulx_u32(unsigned int __x, unsigned int __y, unsigned int *__high) { unsigned long long __p = (unsigned long long)__x * __y; *__high = __p >> 32; return __p; }
#ifdef __x86_64__
__INTRINSIC unsigned long long _bzhi_u64(unsigned long long __x, unsigned int __n) { __n &= 255; return __n < 64 ? __x & (((unsigned long long)1 << __n) - 1) : __x; }
__INTRINSIC unsigned long long _pdep_u64(unsigned long long __x, unsigned long long __m) { unsigned long long __r; __asm__("pdepq %2, %1, %0" : "=r"(__r) : "r"(__x), "rm"(__m)); return __r; }
__INTRINSIC unsigned long long _pext_u64(unsigned long long __x, unsigned long long __m) { unsigned long long __r; __asm__("pextq %2, %1, %0" : "=r"(__r) : "r"(__x), "rm"(__m)); return __r; }
__INTRINSIC unsigned long long _mulx_u64(unsigned long long __x, unsigned long long __y, unsigned long long *__high) { unsigned __int128 __p = (unsigned __int128)__x * __y; *__high = __p >> 64; return __p; }
#endif
#endif
