/* Unwinding: what the files unwind*.c share.

   Interface: Itanium C++ ABI, "Exception Handling", level I, as the LSB and libgcc have it.  A context is the registers of one frame by
   value, numbered as in DWARF: to go there is to load them all. */
#ifndef UNWIND_H
#define UNWIND_H

typedef unsigned long word;
typedef signed long sword;
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

enum {
    URC_NO_REASON = 0,
    URC_FOREIGN_EXCEPTION_CAUGHT = 1,
    URC_FATAL_PHASE2_ERROR = 2,
    URC_FATAL_PHASE1_ERROR = 3,
    URC_NORMAL_STOP = 4,
    URC_END_OF_STACK = 5,
    URC_HANDLER_FOUND = 6,
    URC_INSTALL_CONTEXT = 7,
    URC_CONTINUE_UNWIND = 8
};
enum { UA_SEARCH_PHASE = 1, UA_CLEANUP_PHASE = 2, UA_HANDLER_FRAME = 4, UA_FORCE_UNWIND = 8, UA_END_OF_STACK = 16 };

/* Pointer encodings (LSB Core, "DWARF Exception Header Encoding") */
enum { PE_ABSOLUTE = 0, PE_ULEB128 = 1, PE_UDATA2 = 2, PE_UDATA4 = 3, PE_UDATA8 = 4, PE_SLEB128 = 9, PE_SDATA2 = 10, PE_SDATA4 = 11,
       PE_SDATA8 = 12, PE_PCREL = 0x10, PE_TEXTREL = 0x20, PE_DATAREL = 0x30, PE_FUNCREL = 0x40, PE_ALIGNED = 0x50, PE_INDIRECT = 0x80,
       PE_OMIT = 0xFF };

struct exception;
struct context;
typedef int personality_fn(int version, int actions, unsigned long long class, struct exception *, struct context *);
typedef int stop_fn(int version, int actions, unsigned long long class, struct exception *, struct context *, void *);
typedef int trace_fn(struct context *, void *);

/* struct _Unwind_Exception */
struct exception {
    unsigned long long class;
    void (*cleanup)(int reason, struct exception *);
    word private_1;     /* forced unwind: the stop function; else 0 */
    word private_2;     /* its argument; else the stack pointer of the frame with the handler */
} __attribute__((aligned));

/* struct _Unwind_Context.  The entry code (unwind-entry.S) fills `reg` and `ip`. */
struct context {
    word reg[REGISTERS + 1];    /* the last one is the instruction pointer */
    word bases_text, bases_data;
    word function;              /* start of the function, 0 if nothing is known of it */
    const byte *lsda;
    personality_fn *personality;
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

int __tcc_unwind_find(word pc, struct fde *);
int __tcc_unwind_frame(struct context *, struct context *caller);
word __tcc_unwind_pointer(const byte **at, int encoding, word text, word data, word function);
word __tcc_unwind_uleb(const byte **at);
sword __tcc_unwind_sleb(const byte **at);
void __tcc_unwind_install(struct context *) __attribute__((noreturn));
int __tcc_unwind_range(const byte *fde, word text, word data, word *start, word *size);

#endif
