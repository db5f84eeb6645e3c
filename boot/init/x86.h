/* What init asks of Linux on x86-64: numbers of arch/x86/entry/syscalls/syscall_64.tbl, and what differs from the generic interface. */
#include "x86_64_start.h"

enum {
	NR_read = 0, NR_write = 1, NR_close = 3, NR_lseek = 8, NR_mmap = 9, NR_mprotect = 10, NR_munmap = 11, NR_brk = 12,
	NR_rt_sigaction = 13, NR_sched_yield = 24, NR_nanosleep = 35, NR_setitimer = 38, NR_getpid = 39, NR_clone = 56, NR_execve = 59,
	NR_exit = 60, NR_wait4 = 61, NR_kill = 62, NR_getppid = 110, NR_mount = 165, NR_reboot = 169, NR_futex = 202,
	NR_getdents64 = 217, NR_clock_gettime = 228, NR_epoll_ctl = 233, NR_openat = 257, NR_mkdirat = 258, NR_unlinkat = 263,
	NR_epoll_pwait = 281, NR_epoll_create1 = 291, NR_dup3 = 292, NR_pipe2 = 293,
};

#define SIGNAL_RESTORER 1
#define END_OF_MACHINE 0x01234567 /* restart: QEMU ends with -no-reboot, and there is no ACPI to power off with */
#define EPOLL_EVENT_LAYOUT __attribute__((packed))

/* Where a signal handler returns to: rt_sigreturn. */
void signal_restorer(void);
asm("signal_restorer:\n"
    "	movl $15, %eax\n"
    "	syscall\n");
