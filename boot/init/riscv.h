/* What init asks of Linux on RISC-V: numbers of the generic system call table (include/uapi/asm-generic/unistd.h). */
#include "riscv64_start.h"

enum {
	NR_epoll_create1 = 20, NR_epoll_ctl = 21, NR_epoll_pwait = 22, NR_dup3 = 24, NR_mkdirat = 34, NR_unlinkat = 35,
	NR_mount = 40, NR_openat = 56, NR_close = 57, NR_pipe2 = 59, NR_getdents64 = 61, NR_lseek = 62, NR_read = 63, NR_write = 64,
	NR_exit = 93, NR_futex = 98, NR_nanosleep = 101, NR_setitimer = 103, NR_clock_gettime = 113, NR_sched_yield = 124, NR_kill = 129,
	NR_rt_sigaction = 134, NR_reboot = 142, NR_getpid = 172, NR_getppid = 173, NR_brk = 214, NR_munmap = 215, NR_clone = 220,
	NR_execve = 221, NR_mmap = 222, NR_mprotect = 226, NR_wait4 = 260,
};

#define SIGNAL_RESTORER 0
#define END_OF_MACHINE 0x4321fedc /* power off */
#define EPOLL_EVENT_LAYOUT
