/* From a frame to its caller: runs the call frame instructions of the function (DWARF 5, section 6.4). */
#include "unwind.h"

#ifndef NO_UNWINDER

enum { SAME, UNDEFINED, OFFSET, VALUE_OFFSET, REGISTER, EXPRESSION, VALUE_EXPRESSION };
#define MAX_REMEMBERED 8

struct rule {
    int kind;
    word value;         /* offset, register, or address of an expression's length */
};
struct rules {
    struct rule reg[REGISTERS];
    struct rule cfa;    /* OFFSET: from register `base`; EXPRESSION */
    word base;
};

/* One function's description, read. */
struct reader {
    word code_align;
    sword data_align;
    word column;        /* where the return address is */
    int encoding;
    word start, size;
    const byte *lsda;
    _Unwind_Personality_Fn personality;
    int is_signal;
    const byte *first, *first_end;      /* instructions of the CIE */
    const byte *own, *own_end;          /* and of the FDE */
};

static int read_description(const struct fde *f, struct reader *r)
{
    const byte *fde = f->start;
    const byte *cie = fde + 4 - read4(fde + 4);
    const byte *p = cie + 8;
    byte version = *p++;
    const char *augmentation = (const char *)p;
    int lsda_encoding = PE_OMIT;
    __builtin_memset(r, 0, sizeof *r);
    if (version != 1 && version != 3 && version != 4)
        return 0;
    while (*p++)
        ;
    if (version >= 4)
        p += 2;
    r->code_align = __tcc_unwind_uleb(&p);
    r->data_align = __tcc_unwind_sleb(&p);
    r->column = version == 1 ? *p++ : __tcc_unwind_uleb(&p);
    r->first_end = cie + 4 + read4(cie);
    const byte *after = p;
    if (*augmentation == 'z') {
        word size = __tcc_unwind_uleb(&p);
        after = p + size;
        for (augmentation++; *augmentation; augmentation++) {
            if (*augmentation == 'R')
                r->encoding = *p++;
            else if (*augmentation == 'L')
                lsda_encoding = *p++;
            else if (*augmentation == 'P') {
                int encoding = *p++;
                r->personality = (_Unwind_Personality_Fn)__tcc_unwind_pointer(&p, encoding, f->text, f->data, 0);
            } else if (*augmentation == 'S')
                r->is_signal = 1;
        }
    } else if (*augmentation)
        return 0;
    r->first = after;
    p = fde + 8;
    r->start = __tcc_unwind_pointer(&p, r->encoding, f->text, f->data, 0);
    r->size = __tcc_unwind_pointer(&p, r->encoding & 15, 0, 0, 0);
    r->own_end = fde + 4 + read4(fde);
    if (((const char *)cie)[9] == 'z') {
        word size = __tcc_unwind_uleb(&p);
        r->own = p + size;
        if (lsda_encoding != PE_OMIT)
            r->lsda = (const byte *)__tcc_unwind_pointer(&p, lsda_encoding, f->text, f->data, r->start);
    } else
        r->own = p;
    return r->column < REGISTERS || r->column == IP;
}

static void set(struct rules *s, word n, int kind, word value)
{
    if (n < REGISTERS) {
        s->reg[n].kind = kind;
        s->reg[n].value = value;
    }
}

static const byte *over_expression(const byte *p)
{
    word size = __tcc_unwind_uleb(&p);
    return p + size;
}

/* Run instructions up to address `pc`; 0 if one is not understood. */
static int run(const byte *p, const byte *end, const struct reader *r, word pc, struct rules *s, const struct rules *initial)
{
    struct rules kept[MAX_REMEMBERED];
    int depth = 0;
    word at = r->start, n, v;
    while (p < end && at <= pc) {
        byte op = *p++;
        switch (op & 0xC0) {
        case 0x40:
            at += (op & 63) * r->code_align;
            continue;
        case 0x80:
            v = __tcc_unwind_uleb(&p);
            set(s, op & 63, OFFSET, v * r->data_align);
            continue;
        case 0xC0:
            n = op & 63;
            if (n < REGISTERS)
                s->reg[n] = initial->reg[n];
            continue;
        }
        switch (op) {
        case 0x00:
            break;
        case 0x01:
            at = __tcc_unwind_pointer(&p, r->encoding, 0, 0, 0);
            break;
        case 0x02:
            at += *p++ * r->code_align;
            break;
        case 0x03: {
            unsigned short d;
            __builtin_memcpy(&d, p, 2);
            at += d * r->code_align;
            p += 2;
            break;
        }
        case 0x04:
            at += read4(p) * r->code_align;
            p += 4;
            break;
        case 0x05:
            n = __tcc_unwind_uleb(&p);
            v = __tcc_unwind_uleb(&p);
            set(s, n, OFFSET, v * r->data_align);
            break;
        case 0x06:
            n = __tcc_unwind_uleb(&p);
            if (n < REGISTERS)
                s->reg[n] = initial->reg[n];
            break;
        case 0x07:
            set(s, __tcc_unwind_uleb(&p), UNDEFINED, 0);
            break;
        case 0x08:
            set(s, __tcc_unwind_uleb(&p), SAME, 0);
            break;
        case 0x09:
            n = __tcc_unwind_uleb(&p);
            v = __tcc_unwind_uleb(&p);
            set(s, n, REGISTER, v);
            break;
        case 0x0A:
            if (depth == MAX_REMEMBERED)
                return 0;
            kept[depth++] = *s;
            break;
        case 0x0B:
            if (depth == 0)
                return 0;
            *s = kept[--depth];
            break;
        case 0x0C:
        case 0x12:
            s->base = __tcc_unwind_uleb(&p);
            s->cfa.kind = OFFSET;
            s->cfa.value = op == 0x0C ? __tcc_unwind_uleb(&p) : (word)(__tcc_unwind_sleb(&p) * r->data_align);
            break;
        case 0x0D:
            s->base = __tcc_unwind_uleb(&p);
            s->cfa.kind = OFFSET;
            break;
        case 0x0E:
            s->cfa.value = __tcc_unwind_uleb(&p);
            break;
        case 0x13:
            s->cfa.value = (word)(__tcc_unwind_sleb(&p) * r->data_align);
            break;
        case 0x0F:
            s->cfa.kind = EXPRESSION;
            s->cfa.value = (word)p;
            p = over_expression(p);
            break;
        case 0x10:
        case 0x16:
            n = __tcc_unwind_uleb(&p);
            set(s, n, op == 0x10 ? EXPRESSION : VALUE_EXPRESSION, (word)p);
            p = over_expression(p);
            break;
        case 0x11:
            n = __tcc_unwind_uleb(&p);
            set(s, n, OFFSET, (word)(__tcc_unwind_sleb(&p) * r->data_align));
            break;
        case 0x14:
            n = __tcc_unwind_uleb(&p);
            v = __tcc_unwind_uleb(&p);
            set(s, n, VALUE_OFFSET, v * r->data_align);
            break;
        case 0x15:
            n = __tcc_unwind_uleb(&p);
            set(s, n, VALUE_OFFSET, (word)(__tcc_unwind_sleb(&p) * r->data_align));
            break;
        case 0x2E:
            __tcc_unwind_uleb(&p);      /* GNU_args_size: nothing here depends on it */
            break;
        case 0x2F:
            n = __tcc_unwind_uleb(&p);
            v = __tcc_unwind_uleb(&p);
            set(s, n, OFFSET, -(v * r->data_align));
            break;
        default:
            return 0;
        }
    }
    return 1;
}

/* A DWARF expression (section 2.5); `start` is on the stack first if `with` is set.  What is not understood stops the program: going on
   with a wrong register would be worse. */
static word evaluate(const byte *p, const struct _Unwind_Context *c, word start, int with)
{
    word stack[64];
    int n = 0;
    word size = __tcc_unwind_uleb(&p);
    const byte *end = p + size;
    if (with)
        stack[n++] = start;
    while (p < end) {
        byte op = *p++;
        word a, b, v;
        if (n > 60)
            __builtin_trap();
        if (op >= 0x30 && op <= 0x4F) {                 /* lit */
            stack[n++] = op - 0x30;
            continue;
        }
        if (op >= 0x50 && op <= 0x6F) {                 /* reg */
            stack[n++] = op - 0x50 < REGISTERS ? c->reg[op - 0x50] : 0;
            continue;
        }
        if (op >= 0x70 && op <= 0x8F) {                 /* breg */
            sword offset = __tcc_unwind_sleb(&p);
            stack[n++] = (op - 0x70 < REGISTERS ? c->reg[op - 0x70] : 0) + offset;
            continue;
        }
        switch (op) {
        case 0x03: stack[n++] = __tcc_unwind_pointer(&p, PE_ABSOLUTE, 0, 0, 0); continue;
        case 0x08: stack[n++] = *p++; continue;
        case 0x09: stack[n++] = (word)(sword)(signed char)*p++; continue;
        case 0x0A: stack[n++] = __tcc_unwind_pointer(&p, PE_UDATA2, 0, 0, 0); continue;
        case 0x0B: stack[n++] = __tcc_unwind_pointer(&p, PE_SDATA2, 0, 0, 0); continue;
        case 0x0C: stack[n++] = __tcc_unwind_pointer(&p, PE_UDATA4, 0, 0, 0); continue;
        case 0x0D: stack[n++] = __tcc_unwind_pointer(&p, PE_SDATA4, 0, 0, 0); continue;
        case 0x0E:
        case 0x0F: stack[n++] = __tcc_unwind_pointer(&p, PE_UDATA8, 0, 0, 0); continue;
        case 0x10: stack[n++] = __tcc_unwind_uleb(&p); continue;
        case 0x11: stack[n++] = (word)__tcc_unwind_sleb(&p); continue;
        case 0x92:                                      /* bregx */
            v = __tcc_unwind_uleb(&p);
            stack[n] = (v < REGISTERS ? c->reg[v] : 0);
            stack[n++] += __tcc_unwind_sleb(&p);
            continue;
        case 0x96: continue;                            /* nop */
        case 0x2F: {                                    /* skip */
            short d;
            __builtin_memcpy(&d, p, 2);
            p += 2 + d;
            continue;
        }
        }
        if (n < 1)
            __builtin_trap();
        a = stack[n - 1];
        switch (op) {
        case 0x06: stack[n - 1] = *(word *)a; continue;                 /* deref */
        case 0x94:                                                      /* deref_size */
            v = 0;
            __builtin_memcpy(&v, (void *)a, *p++);
            stack[n - 1] = v;
            continue;
        case 0x12: stack[n++] = a; continue;                            /* dup */
        case 0x13: n--; continue;                                       /* drop */
        case 0x15:                                                      /* pick */
            v = *p++;
            if ((word)n <= v)
                __builtin_trap();
            stack[n] = stack[n - 1 - v];
            n++;
            continue;
        case 0x19: stack[n - 1] = (sword)a < 0 ? -a : a; continue;      /* abs */
        case 0x1F: stack[n - 1] = -a; continue;                         /* neg */
        case 0x20: stack[n - 1] = ~a; continue;                         /* not */
        case 0x23: stack[n - 1] = a + __tcc_unwind_uleb(&p); continue;  /* plus_uconst */
        case 0x28: {                                                    /* bra */
            short d;
            __builtin_memcpy(&d, p, 2);
            p += 2;
            n--;
            if (a)
                p += d;
            continue;
        }
        }
        if (n < 2)
            __builtin_trap();
        b = stack[n - 2];
        n--;
        switch (op) {
        case 0x14: stack[n++] = a; stack[n++] = b; break;               /* over: the second again */
        case 0x16: stack[n - 1] = a; stack[n++] = b; break;             /* swap */
        case 0x1A: stack[n - 1] = b & a; break;
        case 0x1B: stack[n - 1] = (word)((sword)b / (sword)a); break;
        case 0x1C: stack[n - 1] = b - a; break;
        case 0x1D: stack[n - 1] = b % a; break;
        case 0x1E: stack[n - 1] = b * a; break;
        case 0x21: stack[n - 1] = b | a; break;
        case 0x22: stack[n - 1] = b + a; break;
        case 0x24: stack[n - 1] = b << a; break;
        case 0x25: stack[n - 1] = b >> a; break;
        case 0x26: stack[n - 1] = (word)((sword)b >> a); break;
        case 0x27: stack[n - 1] = b ^ a; break;
        case 0x29: stack[n - 1] = b == a; break;
        case 0x2A: stack[n - 1] = (sword)b >= (sword)a; break;
        case 0x2B: stack[n - 1] = (sword)b > (sword)a; break;
        case 0x2C: stack[n - 1] = (sword)b <= (sword)a; break;
        case 0x2D: stack[n - 1] = (sword)b < (sword)a; break;
        case 0x2E: stack[n - 1] = b != a; break;
        default: __builtin_trap();
        }
    }
    if (n < 1)
        __builtin_trap();
    return stack[n - 1];
}

#ifdef __riscv
/* A signal's return code has no description where the C library leaves it to the kernel: `li a7, 139; ecall` with the frame
   {siginfo (128 bytes), ucontext} at sp. */
static int signal_frame(struct _Unwind_Context *c, struct _Unwind_Context *caller)
{
    word pc = c->reg[IP];
    if (pc & 1 || pc == 0 || *(unsigned short *)pc != 0x0893 || *(unsigned short *)(pc + 2) != 0x08b0 || read4((byte *)pc + 4) != 0x73)
        return _URC_END_OF_STACK;
    c->personality = 0;
    c->lsda = 0;
    c->function = 0;
    if (caller) {
        const word *saved = (const word *)(c->reg[SP] + 128 + 176);     /* uc_mcontext: pc, x1 .. x31 */
        *caller = *c;
        for (int n = 1; n < 32; n++)
            caller->reg[n] = saved[n];
        caller->reg[IP] = saved[0];
        caller->is_signal = 1;
    }
    return _URC_NO_REASON;
}
#endif

/* Describe the frame of `c` (function, personality), and if `caller` is not 0 compute the frame that called it. */
int __tcc_unwind_frame(struct _Unwind_Context *c, struct _Unwind_Context *caller)
{
    struct fde f;
    struct reader r;
    struct rules initial, now;
    word pc = c->reg[IP] - !c->is_signal;
    c->personality = 0;
    c->lsda = 0;
    c->function = 0;
    if (c->reg[IP] == 0 || !__tcc_unwind_find(pc, &f)) {
#ifdef __riscv
        return signal_frame(c, caller);
#endif
        return _URC_END_OF_STACK;
    }
    if (!read_description(&f, &r))
        return _URC_FATAL_PHASE1_ERROR;
    c->personality = r.personality;
    c->lsda = r.lsda;
    c->function = r.start;
    c->bases_text = f.text;
    c->bases_data = f.data;
    if (!caller)
        return _URC_NO_REASON;
    __builtin_memset(&initial, 0, sizeof initial);
    if (!run(r.first, r.first_end, &r, (word)-1, &initial, &initial))
        return _URC_FATAL_PHASE1_ERROR;
    now = initial;
    if (!run(r.own, r.own_end, &r, r.is_signal ? c->reg[IP] : pc, &now, &initial))
        return _URC_FATAL_PHASE1_ERROR;
    word cfa = now.cfa.kind == EXPRESSION ? evaluate((const byte *)now.cfa.value, c, 0, 0) : c->reg[now.base] + now.cfa.value;
    *caller = *c;
    caller->reg[SP] = cfa;
    for (int n = 0; n < REGISTERS; n++) {
        word v = now.reg[n].value;
        switch (now.reg[n].kind) {
        case OFFSET: caller->reg[n] = *(word *)(cfa + v); break;
        case VALUE_OFFSET: caller->reg[n] = cfa + v; break;
        case REGISTER: caller->reg[n] = v < REGISTERS ? c->reg[v] : 0; break;
        case EXPRESSION: caller->reg[n] = *(word *)evaluate((const byte *)v, c, cfa, 1); break;
        case VALUE_EXPRESSION: caller->reg[n] = evaluate((const byte *)v, c, cfa, 1); break;
        }
    }
    if (r.column < REGISTERS && now.reg[r.column].kind == UNDEFINED)
        caller->reg[IP] = 0;                    /* this was the outermost frame */
    else
        caller->reg[IP] = caller->reg[r.column];
    caller->is_signal = r.is_signal;
    return _URC_NO_REASON;
}

#endif
