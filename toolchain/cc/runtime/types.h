/* Types of the support routines, by libgcc's mode names (gcc internals manual, "Library Calls"). */
#ifndef TYPES_H
#define TYPES_H

typedef signed int si;
typedef unsigned int usi;
typedef signed long long di;
typedef unsigned long long udi;
#ifdef __SIZEOF_INT128__
typedef __int128 ti;
typedef unsigned __int128 uti;
#endif

#if __LDBL_MANT_DIG__ == 113
typedef long double tf;
#define HAVE_TF 1
#elif defined(__SIZEOF_FLOAT128__) && defined(__SIZEOF_INT128__)
typedef __float128 tf;
#define HAVE_TF 1
#endif

#if __LDBL_MANT_DIG__ == 64
typedef long double xf;
#define HAVE_XF 1
#endif

#endif
