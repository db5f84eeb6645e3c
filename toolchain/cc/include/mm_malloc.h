/* mm_malloc.h: aligned memory.  The functions are those of Intel's manual (Intrinsics Guide). */
#ifndef __TCC_MM_MALLOC_H
#define __TCC_MM_MALLOC_H
#include <stdlib.h>

#ifndef __INTRINSIC
#define __INTRINSIC static __inline__ __attribute__((__always_inline__, __unused__))
#endif

extern int posix_memalign(void **, size_t, size_t);
__INTRINSIC void * _mm_malloc(size_t __size, size_t __align) { void *__p; if (__align == 1) return malloc(__size); if (__align < sizeof(void *)) __align = sizeof(void *); return posix_memalign(&__p, __align, __size) == 0 ? __p : (void *)0; }
__INTRINSIC void _mm_free(void *__p) { free(__p); }
#endif
