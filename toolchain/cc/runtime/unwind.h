/* Unwinding: what the files unwind*.c share.

   Interface: Itanium C++ ABI, "Exception Handling", level I, as the LSB and libgcc have it.  A context is the registers of one frame by
   value, numbered as in DWARF: to go there is to load them all.  In an exception that is under way private_1 is the stop function of a forced
   unwind and private_2 its argument; otherwise 0, and the stack pointer of the frame with the handler. */
#ifndef UNWIND_H
#define UNWIND_H

#include <unwind.h>

typedef _Unwind_Word word;
typedef _Unwind_Sword sword;
typedef unsigned char byte;

#if defined(__x86_64__)
#define REGISTERS 17
#define SP 7
#define RETURN_DATA_0 0
#define RETURN_DATA_1 1
#elif defined(__i386__)
#define REGISTERS 9
#define SP 4
#define RETURN_DATA_0 0
#define RETURN_DATA_1 2
#elif defined(__riscv)
#define REGISTERS 64
#define SP 2
#define RETURN_DATA_0 10
#define RETURN_DATA_1 11
#else
#define NO_UNWINDER 1
#endif

/* Pointer encodings (LSB Core, "DWARF Exception Header Encoding") */
enum { PE_ABSOLUTE = 0, PE_ULEB128 = 1, PE_UDATA2 = 2, PE_UDATA4 = 3, PE_UDATA8 = 4, PE_SLEB128 = 9, PE_SDATA2 = 10, PE_SDATA4 = 11,
       PE_SDATA8 = 12, PE_PCREL = 0x10, PE_TEXTREL = 0x20, PE_DATAREL = 0x30, PE_FUNCREL = 0x40, PE_ALIGNED = 0x50, PE_INDIRECT = 0x80,
       PE_OMIT = 0xFF };

/* A frame.  The entry code (unwind-entry.S) fills `reg` and `ip`. */
struct _Unwind_Context {
    word reg[REGISTERS + 1];    /* the last one is the instruction pointer */
    word bases_text, bases_data;
    word function;              /* start of the function, 0 if nothing is known of it */
    const byte *lsda;
    _Unwind_Personality_Fn personality;
    int is_signal;              /* the frame was interrupted: ip is the next instruction, not a return address */
};
#define IP REGISTERS

/* A function's description as it was found */
struct fde {
    const byte *start;          /* its length field */
    word text, data;            /* bases for relative addresses */
};

/* One object registered by hand (crtbegin's struct object begins so; it has room for six words at least) */
struct object {
    struct object *next;
    const byte *begin;
    word text, data;
};

static inline unsigned read4(const byte *p)
{
    unsigned value;
    __builtin_memcpy(&value, p, 4);
    return value;
}

int __tcc_unwind_find(word pc, struct fde *);
int __tcc_unwind_frame(struct _Unwind_Context *, struct _Unwind_Context *caller);
word __tcc_unwind_pointer(const byte **at, int encoding, word text, word data, word function);
word __tcc_unwind_uleb(const byte **at);
sword __tcc_unwind_sleb(const byte **at);
void __tcc_unwind_install(struct _Unwind_Context *) __attribute__((noreturn));
int __tcc_unwind_range(const byte *fde, word text, word data, word *start, word *size);

#endif
