/* Half precision: constants as results and arguments. */
#include <stdio.h>
_Float16 a = 1.5f16, b;
_Float16 add(_Float16 x, _Float16 y) { return x + y; }
_Float16 last(double a, double b, double c, double d, double e, double f, double g, double h, _Float16 x, _Float16 y) { return x * y; }
_Float16 one(void) { return 1.0f16; }
int main(void) { printf("%g\n", (double)last(1, 2, 3, 4, 5, 6, 7, 8, 2.5f16, 3)); b = add(a, 2.0f16); printf("%g %g %d\n", (double)b, (double)one(), b > a); b = a * 3; _Float16 v[4] = {1,2,3,4}; for (int i = 0; i < 4; i++) b += v[i]; printf("%g\n", (double)b); return 0; }
