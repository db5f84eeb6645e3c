/* x86intrin.h: all of them.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_X86INTRIN_H
#define __TCC_X86INTRIN_H
#include <x86gprintrin.h>
#include <immintrin.h>

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

#endif
