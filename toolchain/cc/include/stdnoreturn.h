/* C11 7.23: _Noreturn. */
#ifndef __TCCPY_STDNORETURN_H
#define __TCCPY_STDNORETURN_H 1
#define noreturn _Noreturn
#endif
