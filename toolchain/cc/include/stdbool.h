/* C11 7.18: boolean type and values. */
#ifndef __TCCPY_STDBOOL_H
#define __TCCPY_STDBOOL_H 1
#if __STDC_VERSION__ <= 201710L
#define bool _Bool
#define true 1
#define false 0
#endif
#define __bool_true_false_are_defined 1
#endif
