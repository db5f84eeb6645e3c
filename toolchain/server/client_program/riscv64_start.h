/* System calls and process entry of Linux on RISC-V (64 bit): psABI, and Documentation/arch/riscv.
   For programs without a C library: the client here, and the init that checks a kernel. */
static inline long syscall6(long n, long a, long b, long c, long d, long e, long f)
{
	register long a7 asm("a7") = n;
	register long a0 asm("a0") = a;
	register long a1 asm("a1") = b;
	register long a2 asm("a2") = c;
	register long a3 asm("a3") = d;
	register long a4 asm("a4") = e;
	register long a5 asm("a5") = f;
	asm volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
	return a0;
}

asm(".globl _start\n"
    "_start:\n"
    "	.option push\n"
    "	.option norelax\n"
    "	la gp, __global_pointer$\n"
    "	.option pop\n"
    "	mv a0, sp\n"
    "	andi sp, sp, -16\n"
    "	call start_c\n");
