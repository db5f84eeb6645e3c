/*
 * The smallest kernel that shows that a toolchain works: it prints, computes something that an optimiser and a
 * code generator can get wrong, and switches the machine off.
 */
#include "machine.h"

static int sieve[200];
static const char greeting[] = "hello from bare metal\n";

static void print(const char *s)
{
	while (*s)
		put_character(*s++);
}

static void print_number(unsigned long n)
{
	if (n >= 10)
		print_number(n / 10);
	put_character('0' + n % 10);
}

static int count_primes(int below)
{
	int count = 0;
	for (int i = 2; i < below; i++) {
		if (sieve[i])
			continue;
		count++;
		for (int k = 2 * i; k < below; k += i)
			sieve[k] = 1;
	}
	return count;
}

void kernel_main(void)
{
	unsigned long start = read_cycles();
	print(greeting);
	print("primes below 200: ");
	print_number(count_primes(200));
	print(read_cycles() > start ? "\nthe clock runs\n" : "\nthe clock stands still\n");
	power_off();
}
