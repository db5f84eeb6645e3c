/* x86gprintrin.h: instructions on general registers.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_X86GPRINTRIN_H
#define __TCC_X86GPRINTRIN_H
#if !defined(__x86_64__) && !defined(__i386__)
#error "this header is for x86"
#endif

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

#include <bmiintrin.h>
#include <bmi2intrin.h>
#include <lzcntintrin.h>
#include <adxintrin.h>

__INTRINSIC unsigned long long __rdtsc(void) { unsigned int __lo, __hi; __asm__ __volatile__("rdtsc" : "=a"(__lo), "=d"(__hi)); return __lo | (unsigned long long)__hi << 32; }
__INTRINSIC unsigned long long __rdtscp(unsigned int *__aux) { unsigned int __lo, __hi; __asm__ __volatile__("rdtscp" : "=a"(__lo), "=d"(__hi), "=c"(*__aux)); return __lo | (unsigned long long)__hi << 32; }
__INTRINSIC int __bsfd(int __x) { return __builtin_ctz(__x); }
__INTRINSIC int __bsrd(int __x) { return 31 - __builtin_clz(__x); }
__INTRINSIC int __bswapd(int __x) { return __builtin_bswap32(__x); }
__INTRINSIC long long __bswapq(long long __x) { return __builtin_bswap64(__x); }
__INTRINSIC int __popcntd(unsigned int __x) { return __builtin_popcount(__x); }
__INTRINSIC unsigned int __rold(unsigned int __x, int __c) { return __x << (__c & 31) | __x >> (-__c & 31); }
__INTRINSIC unsigned int __rord(unsigned int __x, int __c) { return __x >> (__c & 31) | __x << (-__c & 31); }
__INTRINSIC unsigned char __rolb(unsigned char __x, int __c) { return __x << (__c & 7) | __x >> (-__c & 7); }
__INTRINSIC unsigned char __rorb(unsigned char __x, int __c) { return __x >> (__c & 7) | __x << (-__c & 7); }
__INTRINSIC unsigned short __rolw(unsigned short __x, int __c) { return __x << (__c & 15) | __x >> (-__c & 15); }
__INTRINSIC unsigned short __rorw(unsigned short __x, int __c) { return __x >> (__c & 15) | __x << (-__c & 15); }
__INTRINSIC unsigned long long __rdpmc(int __n) { unsigned int __lo, __hi; __asm__ __volatile__("rdpmc" : "=a"(__lo), "=d"(__hi) : "c"(__n)); return __lo | (unsigned long long)__hi << 32; }
#ifdef __x86_64__
__INTRINSIC int __bsfq(long long __x) { return __builtin_ctzll(__x); }
__INTRINSIC int __bsrq(long long __x) { return 63 - __builtin_clzll(__x); }
__INTRINSIC long long __popcntq(unsigned long long __x) { return __builtin_popcountll(__x); }
__INTRINSIC unsigned long long __rolq(unsigned long long __x, int __c) { return __x << (__c & 63) | __x >> (-__c & 63); }
__INTRINSIC unsigned long long __rorq(unsigned long long __x, int __c) { return __x >> (__c & 63) | __x << (-__c & 63); }
__INTRINSIC unsigned long long __readeflags(void) { unsigned long long __f; __asm__ __volatile__("pushfq; popq %0" : "=r"(__f) :: "memory"); return __f; }
__INTRINSIC void __writeeflags(unsigned long long __f) { __asm__ __volatile__("pushq %0; popfq" :: "r"(__f) : "memory", "cc"); }
#define _bit_scan_forward64(__a) __bsfq(__a)
#define _bit_scan_reverse64(__a) __bsrq(__a)
#define _popcnt64(__a) __popcntq(__a)
#define _lrotl(__a, __b) __rolq((__a), (__b))
#define _lrotr(__a, __b) __rorq((__a), (__b))
#else
__INTRINSIC unsigned int __readeflags(void) { unsigned int __f; __asm__ __volatile__("pushfl; popl %0" : "=r"(__f) :: "memory"); return __f; }
__INTRINSIC void __writeeflags(unsigned int __f) { __asm__ __volatile__("pushl %0; popfl" :: "r"(__f) : "memory", "cc"); }
#define _lrotl(__a, __b) __rold((__a), (__b))
#define _lrotr(__a, __b) __rord((__a), (__b))
#endif
#define _rdpmc(__a) __rdpmc(__a)
#define _rotwl(__a, __b) __rolw((__a), (__b))
#define _rotwr(__a, __b) __rorw((__a), (__b))
#define __pause() __builtin_ia32_pause()
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
