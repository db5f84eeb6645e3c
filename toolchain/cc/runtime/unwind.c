/* What a statically linked C library asks of the unwinder.  In a program that has no other unwinder than this library nothing can raise or
   force an unwind (glibc loads a shared libgcc_s for that, and says so where there is none), so nobody ever calls these; if a program does
   all the same, going on would be wrong. */
#include "types.h"

#define _URC_CONTINUE_UNWIND 8

void _Unwind_Resume(void *exception)
{
    (void)exception;
    __builtin_trap();
}

int __gcc_personality_v0(int version, int actions, unsigned long long class, void *exception, void *context)
{
    (void)version;
    (void)actions;
    (void)class;
    (void)exception;
    (void)context;
    return _URC_CONTINUE_UNWIND;
}
