/* The unwinder: walks the frames above its caller, asks their personality routines, goes to landing pads. */
#include "unwind.h"

#ifndef NO_UNWINDER

#define EXPORT __attribute__((visibility("default")))

/* To the next frame up. */
static int step(struct _Unwind_Context *c)
{
    struct _Unwind_Context caller;
    int result = __tcc_unwind_frame(c, &caller);
    if (result == _URC_NO_REASON)
        __builtin_memcpy(c, &caller, sizeof caller);
    return result;
}

/* What is known of the frame that `c` stands in. */
static int describe(struct _Unwind_Context *c)
{
    return __tcc_unwind_frame(c, 0);
}

static int ask(struct _Unwind_Context *c, int actions, struct _Unwind_Exception *e)
{
    return c->personality ? c->personality(1, actions, e->exception_class, e, c) : _URC_CONTINUE_UNWIND;
}

static int phase2(struct _Unwind_Context *c, struct _Unwind_Exception *e)
{
    for (;;) {
        int handler = c->reg[SP] == e->private_2 ? _UA_HANDLER_FRAME : 0;
        if (describe(c) != _URC_NO_REASON)
            return _URC_FATAL_PHASE2_ERROR;
        int said = ask(c, _UA_CLEANUP_PHASE | handler, e);
        if (said == _URC_INSTALL_CONTEXT)
            __tcc_unwind_install(c);
        if (said != _URC_CONTINUE_UNWIND || handler)
            return _URC_FATAL_PHASE2_ERROR;
        if (step(c) != _URC_NO_REASON)
            return _URC_FATAL_PHASE2_ERROR;
    }
}

static int forced(struct _Unwind_Context *c, struct _Unwind_Exception *e)
{
    _Unwind_Stop_Fn stop = (_Unwind_Stop_Fn)e->private_1;
    for (;;) {
        int known = describe(c);
        if (known != _URC_NO_REASON && known != _URC_END_OF_STACK)
            return _URC_FATAL_PHASE2_ERROR;
        int end = known == _URC_END_OF_STACK ? _UA_END_OF_STACK : 0;
        int actions = _UA_FORCE_UNWIND | _UA_CLEANUP_PHASE;
        if (stop(1, actions | end, e->exception_class, e, c, (void *)e->private_2) != _URC_NO_REASON)
            return _URC_FATAL_PHASE2_ERROR;
        if (end)
            return _URC_END_OF_STACK;
        int said = ask(c, actions, e);
        if (said == _URC_INSTALL_CONTEXT)
            __tcc_unwind_install(c);
        if (said != _URC_CONTINUE_UNWIND)
            return _URC_FATAL_PHASE2_ERROR;
        if (step(c) != _URC_NO_REASON)
            return _URC_FATAL_PHASE2_ERROR;
    }
}

/* The entry points in unwind-entry.S save the caller's registers in `c` and come here; what these return, they return. */
int __tcc_unwind_raise(struct _Unwind_Context *c, struct _Unwind_Exception *e)
{
    struct _Unwind_Context first = *c;
    for (;;) {
        int known = describe(c);
        if (known == _URC_END_OF_STACK)
            return _URC_END_OF_STACK;
        if (known != _URC_NO_REASON)
            return _URC_FATAL_PHASE1_ERROR;
        int said = ask(c, _UA_SEARCH_PHASE, e);
        if (said == _URC_HANDLER_FOUND)
            break;
        if (said != _URC_CONTINUE_UNWIND)
            return _URC_FATAL_PHASE1_ERROR;
        if (step(c) != _URC_NO_REASON)
            return _URC_FATAL_PHASE1_ERROR;
    }
    e->private_1 = 0;
    e->private_2 = c->reg[SP];
    return phase2(&first, e);
}

int __tcc_unwind_forced(struct _Unwind_Context *c, struct _Unwind_Exception *e, _Unwind_Stop_Fn stop, void *argument)
{
    e->private_1 = (word)stop;
    e->private_2 = (word)argument;
    return forced(c, e);
}

void __tcc_unwind_resume(struct _Unwind_Context *c, struct _Unwind_Exception *e)
{
    if (e->private_1)
        forced(c, e);
    else
        phase2(c, e);
    __builtin_trap();
}

int __tcc_unwind_rethrow(struct _Unwind_Context *c, struct _Unwind_Exception *e)
{
    return e->private_1 ? forced(c, e) : __tcc_unwind_raise(c, e);
}

int __tcc_unwind_backtrace(struct _Unwind_Context *c, _Unwind_Trace_Fn trace, void *argument)
{
    for (;;) {
        int known = describe(c);
        if (known != _URC_NO_REASON && known != _URC_END_OF_STACK)
            return _URC_FATAL_PHASE1_ERROR;
        if (trace(c, argument) != _URC_NO_REASON)
            return _URC_FATAL_PHASE1_ERROR;
        if (known == _URC_END_OF_STACK)
            return _URC_END_OF_STACK;
        if (step(c) != _URC_NO_REASON)
            return _URC_FATAL_PHASE1_ERROR;
    }
}

EXPORT void _Unwind_DeleteException(struct _Unwind_Exception *e)
{
    if (e->exception_cleanup)
        e->exception_cleanup(_URC_FOREIGN_EXCEPTION_CAUGHT, e);
}

EXPORT word _Unwind_GetGR(struct _Unwind_Context *c, int n) { return (unsigned)n < REGISTERS ? c->reg[n] : 0; }
EXPORT void _Unwind_SetGR(struct _Unwind_Context *c, int n, word value)
{
    if ((unsigned)n < REGISTERS)
        c->reg[n] = value;
}
EXPORT _Unwind_Ptr _Unwind_GetIP(struct _Unwind_Context *c) { return c->reg[IP]; }
EXPORT _Unwind_Ptr _Unwind_GetIPInfo(struct _Unwind_Context *c, int *before)
{
    *before = c->is_signal;
    return c->reg[IP];
}
EXPORT void _Unwind_SetIP(struct _Unwind_Context *c, _Unwind_Ptr value) { c->reg[IP] = value; }
EXPORT word _Unwind_GetCFA(struct _Unwind_Context *c) { return c->reg[SP]; }
EXPORT void *_Unwind_GetLanguageSpecificData(struct _Unwind_Context *c) { return (void *)c->lsda; }
EXPORT _Unwind_Ptr _Unwind_GetRegionStart(struct _Unwind_Context *c) { return c->function; }
EXPORT _Unwind_Ptr _Unwind_GetTextRelBase(struct _Unwind_Context *c) { return c->bases_text; }
EXPORT _Unwind_Ptr _Unwind_GetDataRelBase(struct _Unwind_Context *c) { return c->bases_data; }

EXPORT void *_Unwind_FindEnclosingFunction(void *pc)
{
    struct fde f;
    word start, size;
    if (!__tcc_unwind_find((word)pc - 1, &f) || !__tcc_unwind_range(f.start, f.text, f.data, &start, &size))
        return 0;
    return (void *)start;
}

#endif
