#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>
struct _Unwind_Context;
struct _Unwind_Exception { unsigned long long class; void (*cleanup)(int, struct _Unwind_Exception *); unsigned long p1, p2; } __attribute__((aligned));
extern int _Unwind_ForcedUnwind(struct _Unwind_Exception *, int (*)(int, int, unsigned long long, struct _Unwind_Exception *, struct _Unwind_Context *, void *), void *);
extern int _Unwind_RaiseException(struct _Unwind_Exception *);
extern unsigned long _Unwind_GetCFA(struct _Unwind_Context *);
extern void _Unwind_DeleteException(struct _Unwind_Exception *);
static jmp_buf out;
static int frames;
static int stop(int v, int actions, unsigned long long class, struct _Unwind_Exception *e, struct _Unwind_Context *c, void *target)
{
    frames++;
    if (actions & 16) { printf("end\n"); longjmp(out, 2); }
    if (_Unwind_GetCFA(c) > (unsigned long)target) longjmp(out, 1);
    return 0;
}
void clean(int *p) { printf("clean %d\n", *p); fflush(stdout); }
extern int guarded(int n, void (*f)(void));
static struct _Unwind_Exception e;
static void gone(int reason, struct _Unwind_Exception *x) { printf("deleted %d\n", reason); }
static void *target;
static void thrower(void) { _Unwind_ForcedUnwind(&e, stop, target); printf("not here\n"); }
static void raiser(void) { printf("raise %d\n", _Unwind_RaiseException(&e)); }
int main(void)
{
    char here;
    memcpy(&e.class, "TCCPYC\0", 8);
    e.cleanup = gone;
    guarded(1, raiser);
    target = __builtin_frame_address(0);
    target = &here + 4096;
    if (!setjmp(out)) { guarded(3, thrower); printf("not here\n"); }
    printf("%s\n", frames > 4 ? "through" : "?");
    _Unwind_DeleteException(&e);
    return 0;
}
