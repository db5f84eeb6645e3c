/*
 * A static program without libc: leaves with status 23 if its data and arguments are what they should
 * be, with 21 when a script named it as its interpreter.
 */
#include ARCH_HEADER

static int table[4] = { 20, 1, 1, 1 };
static int zeros[1000];

void start_c(long *stack)
{
	int sum = zeros[999];
	for (int i = 0; i < 4; i++)
		sum += table[i];
	syscall6(NR_exit, stack[0] == 2 ? sum : stack[0] == 4 ? sum - 2 : 1, 0, 0, 0, 0, 0);
	for (;;)
		;
}
