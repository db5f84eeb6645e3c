/* ia32intrin.h: see <x86gprintrin.h>.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_IA32INTRIN_H
#define __TCC_IA32INTRIN_H
#include <x86gprintrin.h>

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

#endif
