/* Trampolines for nested functions whose address is taken: code on the stack that loads the static
   chain and jumps. */
#include "types.h"

#if defined(__riscv)
/* auipc t0, 0; ld t2, 24(t0); ld t0, 16(t0); jr t0; function; chain */
void __tcc_init_trampoline(void *where, void *function, void *chain)
{
    usi *code = where;
    void **data = (void **)where + 2;
    code[0] = 0x00000297;
    code[1] = 24u << 20 | 5 << 15 | 3 << 12 | 7 << 7 | 0x03;
    code[2] = 16u << 20 | 5 << 15 | 3 << 12 | 5 << 7 | 0x03;
    code[3] = 0x00028067;
    data[0] = function;
    data[1] = chain;
    __asm__ volatile("fence.i" : : : "memory");
}

void __clear_cache(void *begin, void *end)
{
    (void)begin;
    (void)end;
    __asm__ volatile("fence.i" : : : "memory");
}
#elif defined(__x86_64__)
/* movabs $function, %r11; movabs $chain, %r10; jmp *%r11 */
void __tcc_init_trampoline(void *where, void *function, void *chain)
{
    unsigned char *code = where;
    code[0] = 0x49;
    code[1] = 0xbb;
    __builtin_memcpy(code + 2, &function, 8);
    code[10] = 0x49;
    code[11] = 0xba;
    __builtin_memcpy(code + 12, &chain, 8);
    code[20] = 0x41;
    code[21] = 0xff;
    code[22] = 0xe3;
}

void __clear_cache(void *begin, void *end) { (void)begin; (void)end; }
#elif defined(__i386__)
/* mov $chain, %ecx; jmp function */
void __tcc_init_trampoline(void *where, void *function, void *chain)
{
    unsigned char *code = where;
    usi distance = (usi)function - (usi)(code + 10);
    code[0] = 0xb9;
    __builtin_memcpy(code + 1, &chain, 4);
    code[5] = 0xe9;
    __builtin_memcpy(code + 6, &distance, 4);
}

void __clear_cache(void *begin, void *end) { (void)begin; (void)end; }
#elif defined(__aarch64__)
void __clear_cache(void *begin, void *end)
{
    udi line = 16, p;
    for (p = (udi)begin & -line; p < (udi)end; p += line)
        __asm__ volatile("dc cvau, %0" : : "r"(p) : "memory");
    __asm__ volatile("dsb ish" : : : "memory");
    for (p = (udi)begin & -line; p < (udi)end; p += line)
        __asm__ volatile("ic ivau, %0" : : "r"(p) : "memory");
    __asm__ volatile("dsb ish; isb" : : : "memory");
}

/* ldr x17, function; ldr x18, chain; br x17 */
void __tcc_init_trampoline(void *where, void *function, void *chain)
{
    usi *code = where;
    void **data = (void **)where + 2;
    code[0] = 0x58000091;
    code[1] = 0x580000b2;
    code[2] = 0xd61f0220;
    code[3] = 0xd503201f;
    data[0] = function;
    data[1] = chain;
    __clear_cache(where, data + 2);
}
#endif
