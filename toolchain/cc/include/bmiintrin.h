/* bmiintrin.h: BMI.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_BMIINTRIN_H
#define __TCC_BMIINTRIN_H
#if !defined(__x86_64__) && !defined(__i386__)
#error "this header is for x86"
#endif

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

__INTRINSIC unsigned short __tzcnt_u16(unsigned short __x) { return __x ? __builtin_ctz(__x) : 16; }
#define _tzcnt_u16 __tzcnt_u16
__INTRINSIC unsigned int __andn_u32(unsigned int __x, unsigned int __y) { return ~__x & __y; }
__INTRINSIC unsigned int __bextr_u32(unsigned int __x, unsigned int __c) { unsigned __start = __c & 255, __length = __c >> 8 & 255; __x = __start < 32 ? __x >> __start : 0; return __length < 32 ? __x & (((unsigned int)1 << __length) - 1) : __x; }
__INTRINSIC unsigned int __blsi_u32(unsigned int __x) { return __x & -__x; }
__INTRINSIC unsigned int __blsmsk_u32(unsigned int __x) { return __x ^ (__x - 1); }
__INTRINSIC unsigned int __blsr_u32(unsigned int __x) { return __x & (__x - 1); }
__INTRINSIC unsigned int __tzcnt_u32(unsigned int __x) { return __x ? __builtin_ctz(__x) : 32; }
#define _andn_u32 __andn_u32
#define _blsi_u32 __blsi_u32
#define _blsmsk_u32 __blsmsk_u32
#define _blsr_u32 __blsr_u32
#define _tzcnt_u32 __tzcnt_u32
#define _bextr2_u32 __bextr_u32
__INTRINSIC unsigned int _bextr_u32(unsigned int __x, unsigned int __start, unsigned int __length) { return __bextr_u32(__x, (__start & 255) | (__length & 255) << 8); }
#ifdef __x86_64__
__INTRINSIC unsigned long long __andn_u64(unsigned long long __x, unsigned long long __y) { return ~__x & __y; }
__INTRINSIC unsigned long long __bextr_u64(unsigned long long __x, unsigned long long __c) { unsigned __start = __c & 255, __length = __c >> 8 & 255; __x = __start < 64 ? __x >> __start : 0; return __length < 64 ? __x & (((unsigned long long)1 << __length) - 1) : __x; }
__INTRINSIC unsigned long long __blsi_u64(unsigned long long __x) { return __x & -__x; }
__INTRINSIC unsigned long long __blsmsk_u64(unsigned long long __x) { return __x ^ (__x - 1); }
__INTRINSIC unsigned long long __blsr_u64(unsigned long long __x) { return __x & (__x - 1); }
__INTRINSIC unsigned long long __tzcnt_u64(unsigned long long __x) { return __x ? __builtin_ctzll(__x) : 64; }
#define _andn_u64 __andn_u64
#define _blsi_u64 __blsi_u64
#define _blsmsk_u64 __blsmsk_u64
#define _blsr_u64 __blsr_u64
#define _tzcnt_u64 __tzcnt_u64
#define _bextr2_u64 __bextr_u64
__INTRINSIC unsigned long long _bextr_u64(unsigned long long __x, unsigned int __start, unsigned int __length) { return __bextr_u64(__x, (__start & 255) | (__length & 255) << 8); }
#endif
#endif
