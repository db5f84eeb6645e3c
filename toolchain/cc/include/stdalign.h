/* C11 7.15: alignment. */
#ifndef __TCCPY_STDALIGN_H
#define __TCCPY_STDALIGN_H 1
#define alignas _Alignas
#define alignof _Alignof
#define __alignas_is_defined 1
#define __alignof_is_defined 1
#endif
