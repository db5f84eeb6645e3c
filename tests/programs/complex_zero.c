/* Signs of zero in arithmetic of a real and a complex operand: no zero is made up for the real one. */
#include <stdio.h>
#define P(e) do { _Complex double v = e; printf("%s: %g %g\n", #e, __real__ v, __imag__ v); } while(0)
int main(){ double z=0.0; _Complex double a = -(0.0 - 0.0i);
 P(0.0+0.0i); P(0.0-0.0i); P(-(0.0-0.0i)); P(-(0.0+0.0i)); P(-0.0 - 0.0i); P(z-0.0i); P(-z+0.0i); P(a+a); P(-z*(1.0+0.0i)); P(~(0.0+0.0i)); P((0.0+1.0i)*-0.0);P(1?0.0-0.0i:0.0);
 P(1 == 1 ? -1==1 ? 0.0+0.0i : 0.0-0.0i : -1==1? -(0.0-0.0i): -(0.0+0.0i)); return 0; }
