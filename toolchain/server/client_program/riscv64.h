/* System calls and process entry of Linux on RISC-V (64 bit): psABI, and include/uapi/asm-generic/unistd.h. */
enum { NR_getcwd = 17, NR_read = 63, NR_write = 64, NR_exit_group = 94, NR_socket = 198, NR_connect = 203, NR_sendmsg = 211, NR_execve = 221 };

static inline long syscall3(long n, long a, long b, long c)
{
	register long a7 asm("a7") = n;
	register long a0 asm("a0") = a;
	register long a1 asm("a1") = b;
	register long a2 asm("a2") = c;
	asm volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
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
