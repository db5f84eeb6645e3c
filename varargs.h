/* Pre-standard <varargs.h>: no compiler of today has it. */
#error "<varargs.h> is not supported: use <stdarg.h>"
