/* C11 7.19: common definitions.  A libc asks for single definitions by __need_NAME; those requests are honoured
   and taken back, so the header may be included again. */
#if !defined(__need_size_t) && !defined(__need_ptrdiff_t) && !defined(__need_wchar_t) && !defined(__need_NULL) && !defined(__need_wint_t)
#ifndef __TCCPY_STDDEF_H
#define __TCCPY_STDDEF_H 1
#define __TCCPY_STDDEF_ALL 1
#endif
#endif

#if (defined(__TCCPY_STDDEF_ALL) || defined(__need_ptrdiff_t)) && !defined(__TCCPY_PTRDIFF_T)
#define __TCCPY_PTRDIFF_T 1
typedef __PTRDIFF_TYPE__ ptrdiff_t;
#endif
#if (defined(__TCCPY_STDDEF_ALL) || defined(__need_size_t)) && !defined(__TCCPY_SIZE_T)
#define __TCCPY_SIZE_T 1
typedef __SIZE_TYPE__ size_t;
#endif
#if (defined(__TCCPY_STDDEF_ALL) || defined(__need_wchar_t)) && !defined(__TCCPY_WCHAR_T)
#define __TCCPY_WCHAR_T 1
typedef __WCHAR_TYPE__ wchar_t;
#endif
#if defined(__need_wint_t) && !defined(__TCCPY_WINT_T)
#define __TCCPY_WINT_T 1
typedef __WINT_TYPE__ wint_t;
#endif
#if defined(__TCCPY_STDDEF_ALL) || defined(__need_NULL)
#undef NULL
#define NULL ((void *)0)
#endif
#if defined(__TCCPY_STDDEF_ALL)
#undef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L && !defined(__TCCPY_MAX_ALIGN_T)
#define __TCCPY_MAX_ALIGN_T 1
typedef struct {
	long long __tccpy_ll __attribute__((__aligned__(__alignof__(long long))));
	long double __tccpy_ld __attribute__((__aligned__(__alignof__(long double))));
} max_align_t;
#endif
#undef __TCCPY_STDDEF_ALL
#endif
#undef __need_ptrdiff_t
#undef __need_size_t
#undef __need_wchar_t
#undef __need_NULL
#undef __need_wint_t
