/* What the processor can do, for __builtin_cpu_supports and __builtin_cpu_is; names and layout are libgcc's, the numbers of
   features those of cc/x86/cpu_features.py.  Source: Intel SDM volume 2, CPUID, and volume 1, 13.3 (XCR0); AMD APM volume 3, appendix E. */
#define HIDDEN __attribute__((visibility("hidden")))

struct model { unsigned vendor, type, subtype, features[1]; };
HIDDEN struct model __cpu_model;
HIDDEN unsigned __cpu_features2[3];

enum { INTEL = 1, AMD, OTHER = 4 };
enum { EAX, EBX, ECX, EDX };

/* Registers the operating system saves, by their bits in XCR0. */
enum { ALWAYS, AVX = 0x06, AVX512 = 0xe6, AMX = 0x60000 };

static const struct feature { unsigned leaf, subleaf; unsigned char word, bit, number; unsigned saved; } features[] = {
	{1, 0, EDX, 15, 0, ALWAYS}, {1, 0, EDX, 23, 1, ALWAYS}, {1, 0, ECX, 23, 2, ALWAYS}, {1, 0, EDX, 25, 3, ALWAYS}, {1, 0, EDX, 26, 4, ALWAYS},
	{1, 0, ECX, 0, 5, ALWAYS}, {1, 0, ECX, 9, 6, ALWAYS}, {1, 0, ECX, 19, 7, ALWAYS}, {1, 0, ECX, 20, 8, ALWAYS}, {1, 0, ECX, 28, 9, AVX},
	{1, 0, ECX, 12, 14, AVX}, {1, 0, ECX, 25, 18, ALWAYS}, {1, 0, ECX, 1, 19, ALWAYS}, {1, 0, ECX, 13, 46, ALWAYS}, {1, 0, EDX, 8, 47, ALWAYS},
	{1, 0, ECX, 29, 49, AVX}, {1, 0, EDX, 24, 51, ALWAYS}, {1, 0, ECX, 22, 58, ALWAYS}, {1, 0, ECX, 27, 62, ALWAYS}, {1, 0, ECX, 30, 69, ALWAYS},
	{1, 0, ECX, 26, 81, ALWAYS},
	{7, 0, EBX, 5, 10, AVX}, {7, 0, EBX, 16, 15, AVX512}, {7, 0, EBX, 3, 16, ALWAYS}, {7, 0, EBX, 8, 17, ALWAYS}, {7, 0, EBX, 31, 20, AVX512},
	{7, 0, EBX, 30, 21, AVX512}, {7, 0, EBX, 17, 22, AVX512}, {7, 0, EBX, 28, 23, AVX512}, {7, 0, EBX, 27, 24, AVX512}, {7, 0, EBX, 26, 25, AVX512},
	{7, 0, ECX, 1, 26, AVX512}, {7, 0, EBX, 21, 27, AVX512}, {7, 0, EDX, 2, 28, AVX512}, {7, 0, EDX, 3, 29, AVX512}, {7, 0, ECX, 14, 30, AVX512},
	{7, 0, ECX, 6, 31, AVX512}, {7, 0, ECX, 8, 32, ALWAYS}, {7, 0, ECX, 10, 33, AVX}, {7, 0, ECX, 11, 34, AVX512}, {7, 0, ECX, 12, 35, AVX512},
	{7, 1, EAX, 5, 36, AVX512}, {7, 0, EDX, 8, 37, AVX512}, {7, 0, EBX, 19, 40, ALWAYS}, {7, 0, ECX, 25, 42, ALWAYS}, {7, 0, EBX, 23, 43, ALWAYS},
	{7, 0, EBX, 24, 44, ALWAYS}, {7, 0, ECX, 29, 48, ALWAYS}, {7, 0, EBX, 0, 50, ALWAYS}, {7, 0, EBX, 4, 52, ALWAYS}, {7, 0, EDX, 20, 53, ALWAYS},
	{7, 0, ECX, 28, 59, ALWAYS}, {7, 0, ECX, 27, 60, ALWAYS}, {7, 0, EDX, 18, 63, ALWAYS}, {7, 0, ECX, 3, 64, ALWAYS}, {7, 0, ECX, 0, 65, ALWAYS},
	{7, 0, ECX, 22, 68, ALWAYS}, {7, 0, EBX, 18, 70, ALWAYS}, {7, 0, EBX, 11, 71, ALWAYS}, {7, 0, EDX, 14, 72, ALWAYS}, {7, 0, EBX, 2, 73, ALWAYS},
	{7, 0, EBX, 29, 74, ALWAYS}, {7, 0, ECX, 7, 75, ALWAYS}, {7, 0, EDX, 16, 77, ALWAYS}, {7, 0, ECX, 9, 78, AVX}, {7, 0, ECX, 5, 79, ALWAYS},
	{7, 0, EDX, 24, 85, AMX}, {7, 0, EDX, 25, 86, AMX}, {7, 0, EDX, 22, 87, AMX}, {7, 0, EDX, 5, 88, ALWAYS}, {7, 1, EAX, 22, 89, ALWAYS},
	{7, 0, ECX, 23, 90, ALWAYS}, {7, 1, EAX, 4, 93, AVX}, {7, 0, EDX, 23, 94, AVX512},
	{0xd, 1, EAX, 1, 82, ALWAYS}, {0xd, 1, EAX, 0, 83, ALWAYS}, {0xd, 1, EAX, 3, 84, ALWAYS}, {0x14, 0, EBX, 4, 67, ALWAYS},
	{0x19, 0, EBX, 0, 91, ALWAYS}, {0x19, 0, EBX, 2, 92, ALWAYS},
	{0x80000001, 0, ECX, 6, 11, ALWAYS}, {0x80000001, 0, ECX, 16, 12, AVX}, {0x80000001, 0, ECX, 11, 13, AVX}, {0x80000001, 0, EDX, 31, 38, ALWAYS},
	{0x80000001, 0, EDX, 30, 39, ALWAYS}, {0x80000001, 0, ECX, 5, 41, ALWAYS}, {0x80000001, 0, ECX, 0, 54, ALWAYS}, {0x80000001, 0, EDX, 29, 55, ALWAYS},
	{0x80000001, 0, ECX, 15, 56, ALWAYS}, {0x80000001, 0, ECX, 5, 57, ALWAYS}, {0x80000001, 0, ECX, 29, 61, ALWAYS}, {0x80000001, 0, ECX, 8, 66, ALWAYS},
	{0x80000001, 0, ECX, 21, 76, ALWAYS}, {0x80000008, 0, EBX, 0, 45, ALWAYS}, {0x80000008, 0, EBX, 9, 80, ALWAYS},
};

/* The psABI's levels: each needs the one before, and these. */
static const unsigned char levels[4][8] = {
	{4, 47, 51, 55}, {8, 6, 5, 2, 54, 46}, {10, 16, 17, 49, 14, 57, 58}, {15, 21, 22, 23, 20},
};

static void cpuid(unsigned leaf, unsigned subleaf, unsigned *out)
{
	__asm__("cpuid" : "=a"(out[EAX]), "=b"(out[EBX]), "=c"(out[ECX]), "=d"(out[EDX]) : "a"(leaf), "c"(subleaf));
}

static void set(unsigned number)
{
	unsigned *words = number < 32 ? __cpu_model.features : __cpu_features2 - 1;
	words[number / 32] |= 1u << number % 32;
}

static int has(unsigned number)
{
	unsigned *words = number < 32 ? __cpu_model.features : __cpu_features2 - 1;
	return words[number / 32] >> number % 32 & 1;
}

HIDDEN int __cpu_indicator_init(void) __attribute__((constructor(101)));

int __cpu_indicator_init(void)
{
	unsigned r[4], highest, extended, saved = 0, leaf = -1u, subleaf = 0;
	if (__cpu_model.vendor)
		return 0;
	cpuid(0x80000000, 0, r);
	extended = r[EAX];
	cpuid(0, 0, r);
	highest = r[EAX];
	__cpu_model.vendor = r[EBX] == 0x756e6547 ? INTEL : r[EBX] == 0x68747541 ? AMD : OTHER;         /* "Genu", "Auth" */
	cpuid(1, 0, r);
	if (r[ECX] >> 27 & 1)
		__asm__("xgetbv" : "=a"(saved), "=d"(r[EDX]) : "c"(0));
	for (unsigned i = 0; i < sizeof features / sizeof *features; i++) {
		const struct feature *f = &features[i];
		if (f->leaf > (f->leaf >> 31 ? extended : highest))
			continue;
		if (f->leaf != leaf || f->subleaf != subleaf)
			cpuid(leaf = f->leaf, subleaf = f->subleaf, r);
		if (r[f->word] >> f->bit & 1 && (saved & f->saved) == f->saved)
			set(f->number);
	}
	for (unsigned level = 0; level < 4; level++) {
		for (unsigned i = 0; i < 8 && levels[level][i]; i++)
			if (!has(levels[level][i]))
				return 0;
		set(95 + level);
	}
	return 0;
}
