/*
 * A command that `tcc-py tools --native` makes: hands its arguments, directory, environment and descriptors to the server named by
 * TCC_PY_SERVER (toolchain/server/protocol.py), or else runs the tool by Python.  No libc, so that it starts in a fraction of a millisecond.
 *
 * `settings` is filled in each copy of the program: the interpreter, the folder of the package, the number of words that stand
 * for the tool, and these words, each ended by a NUL.
 */
#include MACHINE_HEADER

typedef unsigned long ulong;
typedef unsigned int u32;

enum { AF_UNIX = 1, SOCK_STREAM = 1, SOL_SOCKET = 1, SCM_RIGHTS = 1, MSG_NOSIGNAL = 0x4000, EINTR = 4, SETTINGS = 4096 };

struct sockaddr_un { unsigned short family; char path[108]; };
struct iovec { const void *base; ulong length; };
struct msghdr { void *name; u32 namelen; struct iovec *iov; ulong iovlen; void *control; ulong controllen; int flags; };
struct rights { ulong length; int level, type; int fds[4]; };

/* Volatile: the compiler must not know what it holds. */
static volatile char settings[SETTINGS] = "@@tcc-py settings@@";

/* The compiler may call these two, freestanding or not. */
void *memset(void *to, int byte, ulong n)
{
	char *p = to;
	while (n--)
		*p++ = byte;
	return to;
}

void *memcpy(void *to, const void *from, ulong n)
{
	char *p = to;
	const char *q = from;
	while (n--)
		*p++ = *q++;
	return to;
}

static ulong length(const char *s)
{
	ulong n = 0;
	while (s[n])
		n++;
	return n;
}

static const char *after(const char *s)
{
	return s + length(s) + 1;
}

static const char *variable(char **env, const char *name)
{
	for (; *env; env++) {
		ulong i = 0;
		while (name[i] && (*env)[i] == name[i])
			i++;
		if (!name[i] && (*env)[i] == '=')
			return *env + i + 1;
	}
	return 0;
}

/* All of `n` bytes, with the three descriptors if `fds`; 0 if that succeeded. */
static int send_all(int s, const char *data, ulong n, int fds)
{
	while (n) {
		struct rights rights = { 16 + 12, SOL_SOCKET, SCM_RIGHTS, { 0, 1, 2, 0 } };
		struct iovec iov = { data, n };
		struct msghdr message = { 0, 0, &iov, 1, fds ? &rights : 0, fds ? sizeof rights : 0, 0 };
		long done = syscall3(NR_sendmsg, s, (long)&message, MSG_NOSIGNAL);
		if (done == -EINTR)
			continue;
		if (done <= 0)
			return -1;
		fds = 0;
		data += done;
		n -= done;
	}
	return 0;
}

/* The strings of argv and the environment, which the system puts one after the other; 0 if it did not. */
static const char *strings_end(char **argv)
{
	const char *end = argv[0];
	for (int part = 0; part < 2; part++, argv++)
		for (; *argv; argv++) {
			if (*argv != end)
				return 0;
			end = after(end);
		}
	return end;
}

static ulong decimal(char *out, ulong n)
{
	char digits[20];
	ulong k = 0, i = 0;
	do
		digits[k++] = '0' + n % 10;
	while (n /= 10);
	while (k)
		out[i++] = digits[--k];
	out[i++] = 0;
	return i;
}

/* The tool's exit status from the server, -1 if there was none. */
static int ask(const char *path, int argc, char **argv, const char *words, int count)
{
	char head[4096 + 32];
	struct sockaddr_un address = { AF_UNIX };
	ulong n = length(path), known = 0, used;
	const char *end = strings_end(argv), *word = words, *mine;
	unsigned char answer;
	int s;
	long got;

	if (!end || argc < 1 || n >= sizeof address.path)
		return -1;
	mine = after(argv[0]);
	for (int i = 0; i < count; i++)
		word = after(word);
	known = word - words;
	for (ulong i = 0; i < n; i++)
		address.path[i] = path[i];
	got = syscall3(NR_getcwd, (long)head, 4096, 0);
	if (got <= 0)
		return -1;
	used = got + decimal(head + got, count + argc - 1);
	s = syscall3(NR_socket, AF_UNIX, SOCK_STREAM, 0);
	if (s < 0 || syscall3(NR_connect, s, (long)&address, 2 + n + 1) < 0)
		return -1;
	u32 total = used + known + (end - mine);
	if (send_all(s, (char *)&total, 4, 1) || send_all(s, head, used, 0) || send_all(s, words, known, 0) || send_all(s, mine, end - mine, 0))
		return -1;
	do
		got = syscall3(NR_read, s, (long)&answer, 1);
	while (got == -EINTR);
	return got == 1 ? answer : -1;
}

static void run_python(int argc, char **argv, char **env, const char *python, const char *home, const char *words, int count)
{
	int variables = 0, k = 0;
	while (env[variables])
		variables++;
	const char *arguments[count + argc + 4], *environment[variables + 2];
	char path[SETTINGS + 16] = "PYTHONPATH=";
	ulong at = 11;

	arguments[k++] = python;
	arguments[k++] = "-P";		/* not from the folder that it is called in */
	arguments[k++] = "-m";
	arguments[k++] = "toolchain.cli";
	for (int i = 0; i < count; i++, words = after(words))
		arguments[k++] = words;
	for (int i = 1; i < argc; i++)
		arguments[k++] = argv[i];
	arguments[k] = 0;
	while (*home)
		path[at++] = *home++;
	path[at] = 0;
	k = 0;
	for (int i = 0; i < variables; i++) {
		char *one[2] = { env[i], 0 };
		if (!variable(one, "PYTHONPATH"))
			environment[k++] = env[i];
	}
	environment[k++] = path;
	environment[k] = 0;
	syscall3(NR_execve, (long)python, (long)arguments, (long)environment);
}

/* `stack` is what the system left at the stack pointer: argc, argv, 0, environment, 0. */
__attribute__((used)) void start_c(long *stack)
{
	int argc = stack[0], count = 0, status = -1;
	char **argv = (char **)(stack + 1), **env = argv + argc + 1;
	const char *python = (const char *)settings, *home = after(python), *number = after(home), *words = after(number);
	const char *path = variable(env, "TCC_PY_SERVER");

	while (*number)
		count = count * 10 + (*number++ - '0');
	if (path && *path)
		status = ask(path, argc, argv, words, count);
	if (status < 0) {
		static const char message[] = "tcc-py: cannot start Python\n";
		run_python(argc, argv, env, python, home, words, count);
		syscall3(NR_write, 2, (long)message, sizeof message - 1);
		status = 127;
	}
	for (;;)
		syscall3(NR_exit_group, status, 0, 0);
}
