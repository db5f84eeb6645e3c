/* What a statically linked C library asks of the unwinder.  No frame of ours has a cleanup of its own (the compiler makes no exception
   tables), so the stack is never walked: an unwinding that is forced (pthread_exit, pthread_cancel) goes straight to the end of the stack,
   where the stop function runs the handlers of pthread_cleanup_push and jumps to the thread's start.  Of a backtrace there is the
   caller alone.  Names and numbers: Itanium C++ ABI, "Exception Handling", level I. */
#include "types.h"

#define _URC_FATAL_PHASE2_ERROR 2
#define _URC_NORMAL_STOP 4
#define _URC_END_OF_STACK 5
#define _URC_CONTINUE_UNWIND 8

#define _UA_CLEANUP_PHASE 2
#define _UA_FORCE_UNWIND 8
#define _UA_END_OF_STACK 16

typedef unsigned long word;

/* A frame: where it returns to, and the stack pointer of its caller. */
struct _Unwind_Context {
    word ip, cfa;
};

/* struct _Unwind_Exception: class, cleanup function, two private words. */
struct exception {
    udi class;
    void (*cleanup)(int, struct exception *);
    word private_1, private_2;
};

typedef int stop_function(int version, int actions, udi class, struct exception *, struct _Unwind_Context *, void *);
typedef int trace_function(struct _Unwind_Context *, void *);

int _Unwind_ForcedUnwind(struct exception *exception, stop_function *stop, void *argument)
{
    struct _Unwind_Context context = { (word)__builtin_return_address(0), (word)__builtin_frame_address(0) };

    stop(1, _UA_FORCE_UNWIND | _UA_CLEANUP_PHASE | _UA_END_OF_STACK, exception->class, exception, &context, argument);
    return _URC_FATAL_PHASE2_ERROR;     /* the stop function should not have returned */
}

int _Unwind_Backtrace(trace_function *trace, void *argument)
{
    struct _Unwind_Context context = { (word)__builtin_return_address(0), (word)__builtin_frame_address(0) };

    return trace(&context, argument) ? _URC_NORMAL_STOP : _URC_END_OF_STACK;
}

word _Unwind_GetIP(struct _Unwind_Context *context)
{
    return context->ip;
}

word _Unwind_GetCFA(struct _Unwind_Context *context)
{
    return context->cfa;
}

/* Registers of a frame are not known. */
word _Unwind_GetGR(struct _Unwind_Context *context, int index)
{
    (void)context;
    (void)index;
    return 0;
}

/* Nobody has a landing pad, so nobody calls this; if a program does all the same, going on would be wrong. */
void _Unwind_Resume(struct exception *exception)
{
    (void)exception;
    __builtin_trap();
}

int __gcc_personality_v0(int version, int actions, udi class, struct exception *exception, struct _Unwind_Context *context)
{
    (void)version;
    (void)actions;
    (void)class;
    (void)exception;
    (void)context;
    return _URC_CONTINUE_UNWIND;
}
