/* adxintrin.h: additions with carry.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_ADXINTRIN_H
#define __TCC_ADXINTRIN_H
#if !defined(__x86_64__) && !defined(__i386__)
#error "this header is for x86"
#endif

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

__INTRINSIC unsigned char _addcarry_u32(unsigned char __c, unsigned int __x, unsigned int __y, unsigned int *__r) { unsigned int __s; unsigned char __o = __builtin_add_overflow(__x, __y, &__s); return __o | __builtin_add_overflow(__s, (unsigned int)(__c != 0), __r); }
__INTRINSIC unsigned char _subborrow_u32(unsigned char __c, unsigned int __x, unsigned int __y, unsigned int *__r) { unsigned int __s; unsigned char __o = __builtin_sub_overflow(__x, __y, &__s); return __o | __builtin_sub_overflow(__s, (unsigned int)(__c != 0), __r); }
#define _addcarryx_u32 _addcarry_u32
#ifdef __x86_64__
__INTRINSIC unsigned char _addcarry_u64(unsigned char __c, unsigned long long __x, unsigned long long __y, unsigned long long *__r) { unsigned long long __s; unsigned char __o = __builtin_add_overflow(__x, __y, &__s); return __o | __builtin_add_overflow(__s, (unsigned long long)(__c != 0), __r); }
__INTRINSIC unsigned char _subborrow_u64(unsigned char __c, unsigned long long __x, unsigned long long __y, unsigned long long *__r) { unsigned long long __s; unsigned char __o = __builtin_sub_overflow(__x, __y, &__s); return __o | __builtin_sub_overflow(__s, (unsigned long long)(__c != 0), __r); }
#define _addcarryx_u64 _addcarry_u64
#endif
#endif
