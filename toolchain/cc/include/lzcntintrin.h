/* lzcntintrin.h: LZCNT.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_LZCNTINTRIN_H
#define __TCC_LZCNTINTRIN_H
#if !defined(__x86_64__) && !defined(__i386__)
#error "this header is for x86"
#endif

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

__INTRINSIC unsigned short __lzcnt16(unsigned short __x) { return __x ? __builtin_clz(__x) - 16 : 16; }
__INTRINSIC unsigned int __lzcnt32(unsigned int __x) { return __x ? __builtin_clz(__x) : 32; }
#define _lzcnt_u32 __lzcnt32
#ifdef __x86_64__
__INTRINSIC unsigned long long __lzcnt64(unsigned long long __x) { return __x ? __builtin_clzll(__x) : 64; }
#define _lzcnt_u64 __lzcnt64
#endif
#endif
