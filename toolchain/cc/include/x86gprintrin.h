/* x86gprintrin.h: instructions on general registers.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_X86GPRINTRIN_H
#define __TCC_X86GPRINTRIN_H
#if !defined(__x86_64__) && !defined(__i386__)
#error "this header is for x86"
#endif

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

__INTRINSIC unsigned long long __rdtsc(void) { unsigned int __lo, __hi; __asm__ __volatile__("rdtsc" : "=a"(__lo), "=d"(__hi)); return __lo | (unsigned long long)__hi << 32; }
__INTRINSIC unsigned long long __rdtscp(unsigned int *__aux) { unsigned int __lo, __hi; __asm__ __volatile__("rdtscp" : "=a"(__lo), "=d"(__hi), "=c"(*__aux)); return __lo | (unsigned long long)__hi << 32; }
__INTRINSIC int __bsfd(int __x) { return __builtin_ctz(__x); }
__INTRINSIC int __bsrd(int __x) { return 31 - __builtin_clz(__x); }
__INTRINSIC int __bswapd(int __x) { return __builtin_bswap32(__x); }
__INTRINSIC long long __bswapq(long long __x) { return __builtin_bswap64(__x); }
__INTRINSIC int __popcntd(unsigned int __x) { return __builtin_popcount(__x); }
__INTRINSIC unsigned int __rold(unsigned int __x, int __c) { return __x << (__c & 31) | __x >> (-__c & 31); }
__INTRINSIC unsigned int __rord(unsigned int __x, int __c) { return __x >> (__c & 31) | __x << (-__c & 31); }
#define _bswap(__a) __bswapd(__a)
#define _bswap64(__a) __bswapq(__a)
#define _rdtsc() __rdtsc()
#define _rdtscp(__a) __rdtscp(__a)
#define _bit_scan_forward(__a) __bsfd(__a)
#define _bit_scan_reverse(__a) __bsrd(__a)
#define _popcnt32(__a) __popcntd(__a)
#define _rotl(__a, __b) __rold((__a), (__b))
#define _rotr(__a, __b) __rord((__a), (__b))
#endif
