/* nmmintrin.h: SSE4.2.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_NMMINTRIN_H
#define __TCC_NMMINTRIN_H
#include <smmintrin.h>

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

#endif
