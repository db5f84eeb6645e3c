/* The personality of C: runs the cleanups of functions compiled with -fexceptions.  The table's form: gcc/except.cc's, described in "C++ ABI
   for Itanium: Exception Handling", 7. */
#include "unwind.h"

#ifndef NO_UNWINDER

__attribute__((visibility("default")))
int __gcc_personality_v0(int version, int actions, unsigned long long class, struct _Unwind_Exception *e, struct _Unwind_Context *c)
{
    const byte *p = c->lsda;
    (void)class;
    if (version != 1)
        return _URC_FATAL_PHASE1_ERROR;
    if (!(actions & _UA_CLEANUP_PHASE) || !p)
        return _URC_CONTINUE_UNWIND;
    word pads = c->function;
    int encoding = *p++;
    if (encoding != PE_OMIT)
        pads = __tcc_unwind_pointer(&p, encoding, c->bases_text, c->bases_data, c->function);
    encoding = *p++;                    /* of types: C has none */
    if (encoding != PE_OMIT)
        __tcc_unwind_uleb(&p);
    encoding = *p++;
    word size = __tcc_unwind_uleb(&p);
    const byte *end = p + size;
    word at = c->reg[IP] - !c->is_signal - c->function;
    while (p < end) {
        word start = __tcc_unwind_pointer(&p, encoding & 15, 0, 0, 0);
        word length = __tcc_unwind_pointer(&p, encoding & 15, 0, 0, 0);
        word pad = __tcc_unwind_pointer(&p, encoding & 15, 0, 0, 0);
        __tcc_unwind_uleb(&p);
        if (at < start)
            break;
        if (at - start < length) {
            if (!pad)
                break;
            c->reg[RETURN_DATA_0] = (word)e;
            c->reg[RETURN_DATA_1] = 0;
            c->reg[IP] = pads + pad;
            return _URC_INSTALL_CONTEXT;
        }
    }
    return _URC_CONTINUE_UNWIND;
}

#endif
