/* System calls and process entry of Linux on x86-64: System V psABI, section A.2 and 3.4.1.
   For programs without a C library: the client here, and the init that checks a kernel. */
static inline long syscall6(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 asm("r10") = d;
	register long r8 asm("r8") = e;
	register long r9 asm("r9") = f;
	long result;
	asm volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return result;
}

asm(".globl _start\n"
    "_start:\n"
    "	movq %rsp, %rdi\n"
    "	andq $-16, %rsp\n"
    "	call start_c\n");
