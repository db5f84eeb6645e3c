/* What tells one loaded object from another: atexit, at_quick_exit and pthread_atfork hand its address to libc (Itanium C++ ABI,
   3.3.5.3), and when the object goes, its handlers run, after its destructors. */
extern void __cxa_finalize(void *) __attribute__((weak));

void *__dso_handle __attribute__((visibility("hidden"))) = &__dso_handle;

static void finalize(void)
{
	if (__cxa_finalize)
		__cxa_finalize(&__dso_handle);
}

static void (*const last)(void) __attribute__((section(".fini_array.00001"), used)) = finalize;
