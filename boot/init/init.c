/*
 * The first process of a kernel under test.  No libc: every check goes through system calls, so what fails is the kernel or the
 * compiler.  One line a check, "check NAME: ok" or "check NAME: FAILED (value)", then a summary, then the machine ends.
 */
#include ARCH_HEADER

typedef unsigned long ulong;

#define AT_FDCWD (-100)
#define SIGCHLD 17
#define SIGUSR1 10
#define SIGALRM 14
#define SIGSEGV 11

struct timespec { long sec, nsec; };
struct timeval { long sec, usec; };
struct itimerval { struct timeval interval, value; };
struct kernel_sigaction { void (*handler)(int); ulong flags; ulong mask; ulong spare; };
struct epoll_event_r { unsigned events; ulong data; } EPOLL_EVENT_LAYOUT;

static int passed, failed;

void *memset(void *d, int c, ulong n)
{
	unsigned char *p = d;
	while (n--)
		*p++ = c;
	return d;
}

void *memcpy(void *d, const void *s, ulong n)
{
	unsigned char *p = d;
	const unsigned char *q = s;
	while (n--)
		*p++ = *q++;
	return d;
}

static ulong length(const char *s)
{
	ulong n = 0;
	while (s[n])
		n++;
	return n;
}

static int starts(const char *s, const char *with)
{
	while (*with)
		if (*s++ != *with++)
			return 0;
	return 1;
}

static int contains(const char *s, const char *what)
{
	for (; *s; s++)
		if (starts(s, what))
			return 1;
	return 0;
}

static void put(const char *s)
{
	syscall6(NR_write, 1, (long)s, length(s), 0, 0, 0);
}

static char *decimal(char *end, long v)
{
	ulong u = v < 0 ? -(ulong)v : (ulong)v;
	*--end = 0;
	do
		*--end = '0' + u % 10;
	while (u /= 10);
	if (v < 0)
		*--end = '-';
	return end;
}

static void check(const char *name, int ok, long value)
{
	char line[160], number[24], *p = line;
	const char *parts[5] = { "check ", name, ok ? ": ok" : ": FAILED (", ok ? "" : decimal(number + 24, value), ok ? "\n" : ")\n" };
	for (int i = 0; i < 5; i++) {
		ulong n = length(parts[i]);
		memcpy(p, parts[i], n);
		p += n;
	}
	*p = 0;
	put(line);
	if (ok)
		passed++;
	else
		failed++;
}

static long fork(void)
{
	return syscall6(NR_clone, SIGCHLD, 0, 0, 0, 0, 0);
}

static int wait_status(long pid)
{
	int status = -1;
	syscall6(NR_wait4, pid, (long)&status, 0, 0, 0, 0);
	return status;
}

static void leave(int status)
{
	syscall6(NR_exit, status, 0, 0, 0, 0, 0);
	__builtin_unreachable();
}

static long sys_open(const char *path, int flags)
{
	return syscall6(NR_openat, AT_FDCWD, (long)path, flags, 0600, 0, 0);
}

static void check_processes(void)
{
	long pid = fork();
	if (pid == 0)
		leave(syscall6(NR_getppid, 0, 0, 0, 0, 0, 0) == 1 ? 7 : 8);
	check("fork and wait", pid > 1 && wait_status(pid) == 7 << 8, pid);
	int sum = 0;
	long pids[16];
	for (int i = 0; i < 16; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (int k = 0; k < 20; k++)
				syscall6(NR_sched_yield, 0, 0, 0, 0, 0, 0);
			leave(i);
		}
	}
	for (int i = 0; i < 16; i++)
		sum += wait_status(pids[i]) >> 8;
	check("sixteen processes", sum == 120, sum);
}

static void check_pipes(void)
{
	int fd[2] = { -1, -1 };
	static char buffer[70000];
	long total = 0, n, bad = 0;
	syscall6(NR_pipe2, (long)fd, 0, 0, 0, 0, 0);
	long pid = fork();
	if (pid == 0) {
		syscall6(NR_close, fd[0], 0, 0, 0, 0, 0);
		for (int i = 0; i < (int)sizeof buffer; i++)
			buffer[i] = i * 7;
		for (int i = 0; i < 3; i++)
			syscall6(NR_write, fd[1], (long)buffer, sizeof buffer, 0, 0, 0);
		leave(0);
	}
	syscall6(NR_close, fd[1], 0, 0, 0, 0, 0);
	while ((n = syscall6(NR_read, fd[0], (long)buffer, 1000, 0, 0, 0)) > 0) {
		for (long i = 0; i < n; i++)
			bad += buffer[i] != (char)((total + i) % 70000 * 7);
		total += n;
	}
	syscall6(NR_close, fd[0], 0, 0, 0, 0, 0);
	wait_status(pid);
	check("pipe", total == 210000 && !bad, total);
}

static void check_memory(void)
{
	ulong size = 8 << 20;
	int *p = (int *)syscall6(NR_mmap, 0, size, 3, 0x22, -1, 0);
	long bad = (ulong)p > -4096UL;
	if (!bad) {
		for (ulong i = 0; i < size / 4; i += 256)
			p[i] = i ^ 0x5a5a;
		for (ulong i = 0; i < size / 4; i += 256)
			bad += p[i] != (int)(i ^ 0x5a5a);
		bad += p[1] != 0;
	}
	check("mmap", !bad, bad);
	int *shared = (int *)syscall6(NR_mmap, 0, 4096, 3, 0x21, -1, 0);
	long pid = fork();
	if (pid == 0) {
		*shared = 42;
		p[0] = 99;
		leave(0);
	}
	wait_status(pid);
	check("shared and private mappings", *shared == 42 && p[0] == 0x5a5a, *shared);
	pid = fork();
	if (pid == 0) {
		syscall6(NR_mprotect, (long)p, 4096, 1, 0, 0, 0);
		*(volatile int *)p = 1;
		leave(0);
	}
	int status = wait_status(pid);
	check("mprotect", (status & 127) == SIGSEGV, status);
	ulong brk = syscall6(NR_brk, 0, 0, 0, 0, 0, 0);
	check("brk", (ulong)syscall6(NR_brk, brk + 65536, 0, 0, 0, 0, 0) == brk + 65536, brk);
	check("munmap", syscall6(NR_munmap, (long)p, size, 0, 0, 0, 0) == 0, 0);
}

static volatile int signals_seen;

static void on_signal(int number)
{
	signals_seen = signals_seen * 100 + number;
}

static void check_signals(void)
{
	struct kernel_sigaction act = { on_signal, 0, 0, 0 };
#if SIGNAL_RESTORER
	act.flags = 0x04000000;
	act.mask = (ulong)signal_restorer;
#endif
	long r = syscall6(NR_rt_sigaction, SIGUSR1, (long)&act, 0, 8, 0, 0);
	syscall6(NR_rt_sigaction, SIGALRM, (long)&act, 0, 8, 0, 0);
	syscall6(NR_kill, syscall6(NR_getpid, 0, 0, 0, 0, 0, 0), SIGUSR1, 0, 0, 0, 0);
	check("signal", r == 0 && signals_seen == SIGUSR1, signals_seen);
	long pid = fork();
	if (pid == 0)
		for (;;)
			syscall6(NR_sched_yield, 0, 0, 0, 0, 0, 0);
	syscall6(NR_kill, pid, 9, 0, 0, 0, 0);
	check("kill", (wait_status(pid) & 127) == 9, pid);
	signals_seen = 0;
	struct itimerval timer = { { 0, 0 }, { 0, 20000 } };
	syscall6(NR_setitimer, 0, (long)&timer, 0, 0, 0, 0);
	struct timespec delay = { 2, 0 }, left = { 0, 0 };
	r = syscall6(NR_nanosleep, (long)&delay, (long)&left, 0, 0, 0, 0);
	check("interval timer interrupts a sleep", r == -4 && signals_seen == SIGALRM && left.sec == 1, r);
}

static void check_clock(void)
{
	struct timespec a, b, delay = { 0, 30000000 };
	syscall6(NR_clock_gettime, 1, (long)&a, 0, 0, 0, 0);
	syscall6(NR_nanosleep, (long)&delay, 0, 0, 0, 0, 0);
	syscall6(NR_clock_gettime, 1, (long)&b, 0, 0, 0, 0);
	long ns = (b.sec - a.sec) * 1000000000 + b.nsec - a.nsec;
	check("clock and sleep", ns >= 30000000 && ns < 3000000000, ns);
}

/* Newton's method, with the scheduler in between: floating-point registers must survive a switch of processes. */
static double root(double x, int steps)
{
	double r = x;
	while (steps--) {
		r = (r + x / r) / 2;
		syscall6(NR_sched_yield, 0, 0, 0, 0, 0, 0);
	}
	return r;
}

static void check_floating_point(void)
{
	long pid = fork();
	if (pid == 0) {
		double r = root(3.0, 60);
		leave(r * r > 2.999999 && r * r < 3.000001 ? 0 : 1);
	}
	double r = root(2.0, 60);
	int status = wait_status(pid);
	check("floating point across processes", status == 0 && r > 1.41421356 && r < 1.41421357, (long)(r * 1e6));
}

static void check_files(void)
{
	static char buffer[4096];
	long fd = sys_open("/tmp/file", 0102);
	long n = syscall6(NR_write, fd, (long)"hello, file", 11, 0, 0, 0);
	syscall6(NR_lseek, fd, 7, 0, 0, 0, 0);
	long m = syscall6(NR_read, fd, (long)buffer, 100, 0, 0, 0);
	syscall6(NR_close, fd, 0, 0, 0, 0, 0);
	check("files on tmpfs", n == 11 && m == 4 && starts(buffer, "file"), m);
	check("unlink", syscall6(NR_unlinkat, AT_FDCWD, (long)"/tmp/file", 0, 0, 0, 0) == 0 && sys_open("/tmp/file", 0) == -2, 0);
	fd = sys_open("/proc/version", 0);
	n = syscall6(NR_read, fd, (long)buffer, 4095, 0, 0, 0);
	buffer[n > 0 ? n : 0] = 0;
	check("/proc/version", starts(buffer, "Linux version "), n);
	put(buffer);
	syscall6(NR_close, fd, 0, 0, 0, 0, 0);
	fd = sys_open("/proc/self/status", 0);
	n = syscall6(NR_read, fd, (long)buffer, 4095, 0, 0, 0);
	buffer[n > 0 ? n : 0] = 0;
	check("/proc/self/status", contains(buffer, "Pid:\t1\n"), n);
	syscall6(NR_close, fd, 0, 0, 0, 0, 0);
	fd = sys_open("/proc", 0200000);
	n = syscall6(NR_getdents64, fd, (long)buffer, 4096, 0, 0, 0);
	check("directory of /proc", n > 200, n);
	syscall6(NR_close, fd, 0, 0, 0, 0, 0);
	fd = sys_open("/dev/zero", 0);
	memset(buffer, 1, 64);
	n = syscall6(NR_read, fd, (long)buffer, 64, 0, 0, 0);
	check("/dev/zero", n == 64 && buffer[0] == 0 && buffer[63] == 0, n);
	syscall6(NR_close, fd, 0, 0, 0, 0, 0);
}

static void check_futex(void)
{
	int word = 5;
	struct timespec delay = { 0, 1000000 };
	long r = syscall6(NR_futex, (long)&word, 0, 4, (long)&delay, 0, 0);
	check("futex value", r == -11, r);
	r = syscall6(NR_futex, (long)&word, 0, 5, (long)&delay, 0, 0);
	check("futex time-out", r == -110, r);
}

static void check_epoll(void)
{
	int fd[2];
	struct epoll_event_r event = { 1, 77 }, got = { 0, 0 };
	syscall6(NR_pipe2, (long)fd, 0, 0, 0, 0, 0);
	long ep = syscall6(NR_epoll_create1, 0, 0, 0, 0, 0, 0);
	syscall6(NR_epoll_ctl, ep, 1, fd[0], (long)&event, 0, 0);
	long none = syscall6(NR_epoll_pwait, ep, (long)&got, 1, 0, 0, 8);
	syscall6(NR_write, fd[1], (long)"x", 1, 0, 0, 0);
	long one = syscall6(NR_epoll_pwait, ep, (long)&got, 1, 100, 0, 8);
	check("epoll", none == 0 && one == 1 && got.data == 77, one);
}

static void check_exec(const char *name, const char *path, int expected)
{
	const char *argv[] = { path, "argument", 0 };
	const char *envp[] = { "HOME=/", 0 };
	if (sys_open(path, 0) < 0)
		return;
	long pid = fork();
	if (pid == 0) {
		syscall6(NR_execve, (long)path, (long)argv, (long)envp, 0, 0, 0);
		leave(127);
	}
	int status = wait_status(pid);
	check(name, status == expected << 8, status);
}

void start_c(long *stack)
{
	(void)stack;
	syscall6(NR_mkdirat, AT_FDCWD, (long)"/proc", 0755, 0, 0, 0);
	syscall6(NR_mkdirat, AT_FDCWD, (long)"/tmp", 0755, 0, 0, 0);
	syscall6(NR_mkdirat, AT_FDCWD, (long)"/dev", 0755, 0, 0, 0);
	long dev = syscall6(NR_mount, (long)"dev", (long)"/dev", (long)"devtmpfs", 0, 0, 0);
	long console = sys_open("/dev/console", 2);
	syscall6(NR_dup3, console, 1, 0, 0, 0, 0);
	put("tcc-py init: userspace is running\n");
	check("mount devtmpfs", dev == 0 || dev == -16, dev);
	check("mount proc", syscall6(NR_mount, (long)"proc", (long)"/proc", (long)"proc", 0, 0, 0) == 0, 0);
	check("mount tmpfs", syscall6(NR_mount, (long)"tmp", (long)"/tmp", (long)"tmpfs", 0, 0, 0) == 0, 0);
	check_processes();
	check_pipes();
	check_memory();
	check_signals();
	check_clock();
	check_floating_point();
	check_files();
	check_futex();
	check_epoll();
	check_exec("exec of a script", "/bin/script", 21);
	check_exec("exec of a static program", "/bin/static", 23);
	check_exec("exec of a dynamically linked program", "/bin/dynamic", 25);
	char a[24], b[24];
	put("tcc-py init: ");
	put(decimal(a + 24, passed));
	put(" passed, ");
	put(decimal(b + 24, failed));
	put(" failed\n");
	syscall6(NR_reboot, 0xfee1dead, 672274793, END_OF_MACHINE, 0, 0, 0);
	leave(0);
}
