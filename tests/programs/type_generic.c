/* <tgmath.h>: the function is chosen by the types of the arguments. */
#include <complex.h>
#include <stdio.h>
#include <tgmath.h>

#define NAME(x) _Generic((x), float: "float", double: "double", long double: "long double", float complex: "float complex", \
                         double complex: "double complex", long double complex: "long double complex", int: "int", default: "other")

int main(void)
{
    float f = 2;
    double d = 2;
    long double l = 2;
    float complex c = 3 + 4 * I;
    int calls = 0, i = 4;

    printf("%s %s %s %s %s\n", NAME(sqrt(f)), NAME(sqrt(d)), NAME(sqrt(l)), NAME(sqrt(c)), NAME(sqrt(i)));
    printf("%s %s %s %s\n", NAME(pow(f, f)), NAME(pow(f, i)), NAME(pow(f, l)), NAME(pow(f, c)));
    printf("%s %s %s %s\n", NAME(fabs(c)), NAME(creal(d)), NAME(conj(f)), NAME(carg(l)));
    printf("%s %s %s\n", NAME(ldexp(f, 2)), NAME(fma(f, d, f)), NAME(ilogb(f)));
    printf("%.4f %.4f %.4f %.4Lf\n", sqrt(f), sqrt(d), sqrt(i), sqrt(l));
    printf("%.3f %.3f %.3f\n", fabs(c), creal(sqrt(c)), cimag(sqrt(c)));
    printf("%.2f\n", pow(calls++, 2.0f) + pow(2, calls++));
    printf("%d\n", calls);
    return 0;
}
