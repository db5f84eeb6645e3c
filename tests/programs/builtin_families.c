/* __builtin_ forms of the mathematical functions, for each floating type. */
#include <complex.h>
#include <fenv.h>
#include <math.h>
#include <stdio.h>
#include <wctype.h>

/* Results of operations that are loops of compare and exchange on some machines, on variables known by name. */
static char before = 77;
static unsigned char byte = 0xF0;
static char after = 78;
static int word = 12;

static int and_then(void) { return __atomic_fetch_and(&byte, 0x3C, __ATOMIC_SEQ_CST) + byte + before + after; }
static int or_then(void) { return __atomic_or_fetch(&word, 3, __ATOMIC_SEQ_CST) + __atomic_fetch_xor(&word, 1, __ATOMIC_RELAXED); }
static int nand_then(void) { return __atomic_nand_fetch(&word, 6, __ATOMIC_ACQ_REL); }

int main(void)
{
    volatile double d = -2.5;
    volatile float f = -2.5f;
    volatile long double l = -2.5L;
    volatile int i = 3;
    int quotient, sign;
    double complex z = 0.5 + 0.25 * I;

    printf("%g %g %Lg\n", __builtin_fabsf64(d), (double)__builtin_fabsf32(f), (long double)__builtin_fabsf64x(l));
    printf("%g %g %g\n", __builtin_copysignf32x(1, d), (double)__builtin_floorf32(f), __builtin_fmaxf64(d, 1));
    printf("%d %d %d\n", __builtin_isinf(__builtin_inff64()), __builtin_isnan(__builtin_nanf32("")), __builtin_isinf_sign(-__builtin_huge_valf64x()));
    printf("%.3f\n", __builtin_remquo(10, 3, &quotient) + __builtin_lgamma_r(-0.5, &sign));
    printf("%d %d\n", quotient & 7, sign);
    printf("%.3f %.3f %.3f\n", __builtin_jn(2, 1.5), (double)__builtin_exp10f(2), __builtin_scalb(3, 2));
    z = __builtin_casin(z);
    printf("%.4f %.4f\n", creal(z), cimag(z));
    printf("%d %d\n", __builtin_iswalpha(L'x') != 0, (int)__builtin_towupper(L'q'));
    __builtin_feclearexcept(FE_ALL_EXCEPT);
    printf("%d %d\n", __builtin_fetestexcept(FE_ALL_EXCEPT), __builtin_fegetround() == FE_TONEAREST);
    printf("%d %d\n", __builtin_popcountimax(255), __builtin_clzimax(1));
    printf("%g %g %Lg\n", __builtin_powi(2.0, i), (double)__builtin_powif(0.5f, -i), __builtin_powil(3.0L, i));
    printf("%d %ld %lld %d %d\n", __builtin_ifloor(d), __builtin_lceilf(f), __builtin_llfloorl(l), __builtin_iround(d), __builtin_irintf(f));
    printf("%d ", and_then());
    printf("%d ", or_then());
    printf("%d ", nand_then());
    printf("%d\n", word);
    return 0;
}
