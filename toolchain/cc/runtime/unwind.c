/* The unwinder: walks the frames above its caller, asks their personality routines, goes to landing pads. */
#include "unwind.h"

#ifndef NO_UNWINDER

#define EXPORT __attribute__((visibility("default")))

/* To the next frame up. */
static int step(struct context *c)
{
    struct context caller;
    int result = __tcc_unwind_frame(c, &caller);
    if (result == URC_NO_REASON)
        __builtin_memcpy(c, &caller, sizeof caller);
    return result;
}

/* What is known of the frame that `c` stands in. */
static int describe(struct context *c)
{
    return __tcc_unwind_frame(c, 0);
}

static int ask(struct context *c, int actions, struct exception *e)
{
    return c->personality ? c->personality(1, actions, e->class, e, c) : URC_CONTINUE_UNWIND;
}

static int phase2(struct context *c, struct exception *e)
{
    for (;;) {
        int handler = c->reg[SP] == e->private_2 ? UA_HANDLER_FRAME : 0;
        if (describe(c) != URC_NO_REASON)
            return URC_FATAL_PHASE2_ERROR;
        int said = ask(c, UA_CLEANUP_PHASE | handler, e);
        if (said == URC_INSTALL_CONTEXT)
            __tcc_unwind_install(c);
        if (said != URC_CONTINUE_UNWIND || handler)
            return URC_FATAL_PHASE2_ERROR;
        if (step(c) != URC_NO_REASON)
            return URC_FATAL_PHASE2_ERROR;
    }
}

static int forced(struct context *c, struct exception *e)
{
    stop_fn *stop = (stop_fn *)e->private_1;
    for (;;) {
        int known = describe(c);
        if (known != URC_NO_REASON && known != URC_END_OF_STACK)
            return URC_FATAL_PHASE2_ERROR;
        int end = known == URC_END_OF_STACK ? UA_END_OF_STACK : 0;
        int actions = UA_FORCE_UNWIND | UA_CLEANUP_PHASE;
        if (stop(1, actions | end, e->class, e, c, (void *)e->private_2) != URC_NO_REASON)
            return URC_FATAL_PHASE2_ERROR;
        if (end)
            return URC_END_OF_STACK;
        int said = ask(c, actions, e);
        if (said == URC_INSTALL_CONTEXT)
            __tcc_unwind_install(c);
        if (said != URC_CONTINUE_UNWIND)
            return URC_FATAL_PHASE2_ERROR;
        if (step(c) != URC_NO_REASON)
            return URC_FATAL_PHASE2_ERROR;
    }
}

/* The entry points in unwind-entry.S save the caller's registers in `c` and come here; what these return, they return. */
int __tcc_unwind_raise(struct context *c, struct exception *e)
{
    struct context first = *c;
    for (;;) {
        int known = describe(c);
        if (known == URC_END_OF_STACK)
            return URC_END_OF_STACK;
        if (known != URC_NO_REASON)
            return URC_FATAL_PHASE1_ERROR;
        int said = ask(c, UA_SEARCH_PHASE, e);
        if (said == URC_HANDLER_FOUND)
            break;
        if (said != URC_CONTINUE_UNWIND)
            return URC_FATAL_PHASE1_ERROR;
        if (step(c) != URC_NO_REASON)
            return URC_FATAL_PHASE1_ERROR;
    }
    e->private_1 = 0;
    e->private_2 = c->reg[SP];
    return phase2(&first, e);
}

int __tcc_unwind_forced(struct context *c, struct exception *e, stop_fn *stop, void *argument)
{
    e->private_1 = (word)stop;
    e->private_2 = (word)argument;
    return forced(c, e);
}

void __tcc_unwind_resume(struct context *c, struct exception *e)
{
    if (e->private_1)
        forced(c, e);
    else
        phase2(c, e);
    __builtin_trap();
}

int __tcc_unwind_rethrow(struct context *c, struct exception *e)
{
    return e->private_1 ? forced(c, e) : __tcc_unwind_raise(c, e);
}

int __tcc_unwind_backtrace(struct context *c, trace_fn *trace, void *argument)
{
    for (;;) {
        int known = describe(c);
        if (known != URC_NO_REASON && known != URC_END_OF_STACK)
            return URC_FATAL_PHASE1_ERROR;
        if (trace(c, argument) != URC_NO_REASON)
            return URC_FATAL_PHASE1_ERROR;
        if (known == URC_END_OF_STACK)
            return URC_END_OF_STACK;
        if (step(c) != URC_NO_REASON)
            return URC_FATAL_PHASE1_ERROR;
    }
}

EXPORT void _Unwind_DeleteException(struct exception *e)
{
    if (e->cleanup)
        e->cleanup(URC_FOREIGN_EXCEPTION_CAUGHT, e);
}

EXPORT word _Unwind_GetGR(struct context *c, int n) { return (unsigned)n < REGISTERS ? c->reg[n] : 0; }
EXPORT void _Unwind_SetGR(struct context *c, int n, word value)
{
    if ((unsigned)n < REGISTERS)
        c->reg[n] = value;
}
EXPORT word _Unwind_GetIP(struct context *c) { return c->reg[IP]; }
EXPORT word _Unwind_GetIPInfo(struct context *c, int *before)
{
    *before = c->is_signal;
    return c->reg[IP];
}
EXPORT void _Unwind_SetIP(struct context *c, word value) { c->reg[IP] = value; }
EXPORT word _Unwind_GetCFA(struct context *c) { return c->reg[SP]; }
EXPORT void *_Unwind_GetLanguageSpecificData(struct context *c) { return (void *)c->lsda; }
EXPORT word _Unwind_GetRegionStart(struct context *c) { return c->function; }
EXPORT word _Unwind_GetTextRelBase(struct context *c) { return c->bases_text; }
EXPORT word _Unwind_GetDataRelBase(struct context *c) { return c->bases_data; }

EXPORT void *_Unwind_FindEnclosingFunction(void *pc)
{
    struct fde f;
    word start, size;
    if (!__tcc_unwind_find((word)pc - 1, &f) || !__tcc_unwind_range(f.start, f.text, f.data, &start, &size))
        return 0;
    return (void *)start;
}

#endif
