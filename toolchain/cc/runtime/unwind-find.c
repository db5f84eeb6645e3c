/* Finding the description of a function: through the loaded objects' .eh_frame_hdr, or among objects registered by hand.

   LSB Core, "Exception Frames"; dl_iterate_phdr is the C library's. */
#include "unwind.h"

#ifndef NO_UNWINDER

#define EXPORT __attribute__((visibility("default")))
#define PT_LOAD 1
#define PT_DYNAMIC 2
#define PT_GNU_EH_FRAME 0x6474e550
#define DT_PLTGOT 3

struct phdr {
#if __SIZEOF_POINTER__ == 8
    unsigned type, flags;
    word offset, address, physical, file_size, size, align;
#else
    unsigned type;
    word offset, address, physical, file_size, size;
    unsigned flags;
    word align;
#endif
};
struct info {
    word base;
    const char *name;
    const struct phdr *headers;
    unsigned short count;
};
extern int dl_iterate_phdr(int (*)(struct info *, word, void *), void *);

static struct object *registered;
static char lock;

static void enter(void)
{
    while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE))
        ;
}

static void leave(void)
{
    __atomic_clear(&lock, __ATOMIC_RELEASE);
}

/* A number in LEB128 (DWARF 5, 7.6) */
static word leb(const byte **at, int is_signed)
{
    word value = 0;
    unsigned shift = 0;
    byte b;
    do {
        b = *(*at)++;
        if (shift < sizeof(word) * 8)
            value |= (word)(b & 127) << shift;
        shift += 7;
    } while (b & 128);
    if (is_signed && shift < sizeof(word) * 8 && b & 64)
        value |= -((word)1 << shift);
    return value;
}

word __tcc_unwind_uleb(const byte **at)
{
    return leb(at, 0);
}

sword __tcc_unwind_sleb(const byte **at)
{
    return (sword)leb(at, 1);
}

/* An encoded pointer; 0 stays 0. */
word __tcc_unwind_pointer(const byte **at, int encoding, word text, word data, word function)
{
    const byte *p = *at;
    word value;
    if (encoding == PE_OMIT)
        return 0;
    if (encoding == PE_ALIGNED) {
        p = (const byte *)(((word)p + sizeof(word) - 1) & -sizeof(word));
        __builtin_memcpy(&value, p, sizeof value);
        *at = p + sizeof value;
        return value;
    }
    switch (encoding & 15) {
    case PE_ABSOLUTE:
        __builtin_memcpy(&value, p, sizeof value);
        *at = p + sizeof value;
        break;
    case PE_ULEB128:
        value = __tcc_unwind_uleb(at);
        break;
    case PE_SLEB128:
        value = (word)__tcc_unwind_sleb(at);
        break;
    case PE_UDATA2: {
        unsigned short v;
        __builtin_memcpy(&v, p, 2);
        value = v;
        *at = p + 2;
        break;
    }
    case PE_SDATA2: {
        short v;
        __builtin_memcpy(&v, p, 2);
        value = (word)(sword)v;
        *at = p + 2;
        break;
    }
    case PE_UDATA4:
        value = read4(p);
        *at = p + 4;
        break;
    case PE_SDATA4:
        value = (word)(sword)(int)read4(p);
        *at = p + 4;
        break;
    default: {
        unsigned long long v;
        __builtin_memcpy(&v, p, 8);
        value = (word)v;
        *at = p + 8;
    }
    }
    if (value == 0)
        return 0;
    switch (encoding & 0x70) {
    case PE_PCREL:
        value += (word)p;
        break;
    case PE_TEXTREL:
        value += text;
        break;
    case PE_DATAREL:
        value += data;
        break;
    case PE_FUNCREL:
        value += function;
        break;
    }
    if (encoding & PE_INDIRECT)
        value = *(word *)value;
    return value;
}

/* How a CIE encodes addresses; its augmentation says. */
static int encoding_of(const byte *cie)
{
    const byte *p = cie + 8;
    byte version = *p++;
    const char *augmentation = (const char *)p;
    while (*p++)
        ;
    if (augmentation[0] != 'z')
        return PE_ABSOLUTE;
    if (version >= 4)
        p += 2;
    __tcc_unwind_uleb(&p);
    __tcc_unwind_sleb(&p);
    if (version == 1)
        p++;
    else
        __tcc_unwind_uleb(&p);
    __tcc_unwind_uleb(&p);
    for (const char *a = augmentation + 1; *a; a++) {
        if (*a == 'R')
            return *p;
        if (*a == 'P') {
            int encoding = *p++ & 0x7F;
            __tcc_unwind_pointer(&p, encoding, 0, 0, 0);
        } else if (*a == 'L')
            p++;
    }
    return PE_ABSOLUTE;
}

/* Addresses of a description; 0 if it has none. */
int __tcc_unwind_range(const byte *fde, word text, word data, word *start, word *size)
{
    const byte *p = fde + 4;
    unsigned back = read4(p);
    if (read4(fde) == 0 || read4(fde) == 0xffffffff || back == 0)
        return 0;
    int encoding = encoding_of(p - back);
    p += 4;
    *start = __tcc_unwind_pointer(&p, encoding, text, data, 0);
    *size = __tcc_unwind_pointer(&p, encoding & 15, 0, 0, 0);
    return *start != 0;
}

/* Search from description to description. */
static const byte *scan(const byte *p, word text, word data, word pc)
{
    while (read4(p)) {
        word start, size;
        if (__tcc_unwind_range(p, text, data, &start, &size) && pc - start < size)
            return p;
        p += 4 + read4(p);
    }
    return 0;
}

struct query {
    word pc;
    struct fde *found;
    int done;
};

/* The sorted table of .eh_frame_hdr: pairs of offsets from its start. */
static const byte *look_up(const byte *header, const byte *table, word count, word pc)
{
    word low = 0, high = count;
    sword wanted = (sword)(pc - (word)header);
    while (low < high) {
        word middle = (low + high) / 2;
        if ((sword)(int)read4(table + middle * 8) <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? header + (sword)(int)read4(table + (low - 1) * 8 + 4) : 0;
}

static int visit(struct info *i, word size, void *argument)
{
    struct query *q = argument;
    const byte *header = 0;
    int inside = 0;
    word got = 0;
    (void)size;
    for (unsigned n = 0; n < i->count; n++) {
        const struct phdr *h = &i->headers[n];
        if (h->type == PT_LOAD)
            inside |= q->pc - (i->base + h->address) < h->size;
        else if (h->type == PT_GNU_EH_FRAME)
            header = (const byte *)(i->base + h->address);
#ifdef __i386__
        else if (h->type == PT_DYNAMIC)
            for (const word *d = (const word *)(i->base + h->address); *d; d += 2)
                if (d[0] == DT_PLTGOT)
                    got = d[1];
#endif
    }
    if (!inside)
        return 0;
    q->done = 1;
    if (!header || header[0] != 1)
        return 1;
    const byte *p = header + 4;
    word frames = __tcc_unwind_pointer(&p, header[1], 0, (word)header, 0);
    const byte *fde;
    word start, length;
    if (header[2] != PE_OMIT && header[3] == (PE_DATAREL | PE_SDATA4)) {
        word count = __tcc_unwind_pointer(&p, header[2], 0, (word)header, 0);
        fde = look_up(header, p, count, q->pc);
        if (fde && (!__tcc_unwind_range(fde, 0, got, &start, &length) || q->pc - start >= length))
            fde = 0;
    } else
        fde = scan((const byte *)frames, 0, got, q->pc);
    if (fde) {
        q->found->start = fde;
        q->found->text = 0;
        q->found->data = got;
        q->done = 2;
    }
    return 1;
}

/* The description of the function that `pc` is in; 0 if there is none. */
int __tcc_unwind_find(word pc, struct fde *found)
{
    if (registered) {
        const byte *p = 0;
        enter();
        for (struct object *o = registered; o && !p; o = o->next)
            if ((p = scan(o->begin, o->text, o->data, pc))) {
                found->start = p;
                found->text = o->text;
                found->data = o->data;
            }
        leave();
        if (p)
            return 1;
    }
    struct query q = { pc, found, 0 };
    dl_iterate_phdr(visit, &q);
    return q.done == 2;
}

/* ---------------------------------------------------------------- registration by hand */
EXPORT void __register_frame_info_bases(const void *begin, struct object *o, void *text, void *data)
{
    if (!begin || read4(begin) == 0)
        return;
    o->begin = begin;
    o->text = (word)text;
    o->data = (word)data;
    enter();
    o->next = registered;
    registered = o;
    leave();
}

EXPORT void __register_frame_info(const void *begin, struct object *o)
{
    __register_frame_info_bases(begin, o, 0, 0);
}

EXPORT void *__deregister_frame_info_bases(const void *begin)
{
    struct object *found = 0;
    enter();
    for (struct object **o = &registered; *o; o = &(*o)->next)
        if ((*o)->begin == begin) {
            found = *o;
            *o = found->next;
            break;
        }
    leave();
    return found;
}

EXPORT void *__deregister_frame_info(const void *begin)
{
    return __deregister_frame_info_bases(begin);
}

extern void *malloc(word);
extern void free(void *);

EXPORT void __register_frame(void *begin)
{
    if (begin && read4(begin)) {
        struct object *o = malloc(sizeof *o);
        if (o)
            __register_frame_info_bases(begin, o, 0, 0);
    }
}

EXPORT void __deregister_frame(void *begin)
{
    void *o = begin && read4(begin) ? __deregister_frame_info_bases(begin) : 0;
    if (o)
        free(o);
}

/* struct dwarf_eh_bases */
struct bases {
    void *text, *data, *function;
};

EXPORT const void *_Unwind_Find_FDE(void *pc, struct bases *b)
{
    struct fde f;
    word start, size;
    if (!__tcc_unwind_find((word)pc, &f) || !__tcc_unwind_range(f.start, f.text, f.data, &start, &size))
        return 0;
    b->text = (void *)f.text;
    b->data = (void *)f.data;
    b->function = (void *)start;
    return f.start;
}

#endif
