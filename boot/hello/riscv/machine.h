/* The machine from C: console and power by SBI (RISC-V Supervisor Binary Interface, chapters 5 and 10). */
static long sbi_call(long extension, long function, long first, long second)
{
	register long a0 asm("a0") = first;
	register long a1 asm("a1") = second;
	register long a6 asm("a6") = function;
	register long a7 asm("a7") = extension;
	asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
	return a0;
}

static void put_character(char c)
{
	sbi_call(1, 0, c, 0);
}

static void power_off(void)
{
	sbi_call(0x53525354, 0, 0, 0);
}

static unsigned long read_cycles(void)
{
	unsigned long value;
	asm volatile("rdtime %0" : "=r"(value));
	return value;
}
