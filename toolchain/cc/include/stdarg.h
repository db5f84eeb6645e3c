/* C11 7.16: variable arguments.  A libc that only wants the type asks by __need___va_list. */
#ifndef __GNUC_VA_LIST
#define __GNUC_VA_LIST 1
typedef __builtin_va_list __gnuc_va_list;
#endif
#ifdef __need___va_list
#undef __need___va_list
#elif !defined(__TCCPY_STDARG_H)
#define __TCCPY_STDARG_H 1
#define va_start(ap, last) __builtin_va_start(ap, last)
#define va_end(ap) __builtin_va_end(ap)
#define va_arg(ap, type) __builtin_va_arg(ap, type)
#define __va_copy(d, s) __builtin_va_copy(d, s)
#if !defined(__STRICT_ANSI__) || __STDC_VERSION__ + 0 >= 199900L
#define va_copy(d, s) __builtin_va_copy(d, s)
#endif
#ifndef _VA_LIST_DEFINED
#define _VA_LIST_DEFINED 1
#define _VA_LIST 1
#define _VA_LIST_T_H 1
#define __va_list__ 1
typedef __gnuc_va_list va_list;
#endif
#endif
