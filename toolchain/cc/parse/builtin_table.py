"""Prototypes of the builtin functions (gcc manual, "Other Built-in Functions Provided by GCC").

One line per group: a result type, the names, and the parameters, separated by `|`; flags follow.
Types are C's; a few stand for the target's: `size_t`, `ssize_t`, `intmax_t`, `wchar_t`, `wint_t`, `FILE`, `va_list`.

    l  a plain library name has the meaning too (memcpy = __builtin_memcpy)
    p  pure     c  const     n  noreturn     t  returns twice     m  malloc
"""
from __future__ import annotations

from typing import Final

_ROWS: Final = """
void *|memcpy memmove mempcpy|void *, const void *, size_t|l
void *|memset|void *, int, size_t|l
int|memcmp bcmp|const void *, const void *, size_t|lp
void *|memchr|const void *, int, size_t|lp
void|bcopy|const void *, void *, size_t|l
void|bzero|void *, size_t|l
size_t|strlen|const char *|lp
size_t|strnlen|const char *, size_t|lp
int|strcmp strcasecmp|const char *, const char *|lp
int|strncmp strncasecmp|const char *, const char *, size_t|lp
char *|strcpy strcat stpcpy|char *, const char *|l
char *|strncpy strncat stpncpy|char *, const char *, size_t|l
char *|strchr strrchr index rindex|const char *, int|lp
char *|strstr strpbrk|const char *, const char *|lp
size_t|strspn strcspn|const char *, const char *|lp
char *|strdup|const char *|lm
char *|strndup|const char *, size_t|lm
int|printf|const char *, ...|l
int|fprintf|FILE *, const char *, ...|l
int|sprintf|char *, const char *, ...|l
int|snprintf|char *, size_t, const char *, ...|l
int|vprintf|const char *, va_list|l
int|vfprintf|FILE *, const char *, va_list|l
int|vsprintf|char *, const char *, va_list|l
int|vsnprintf|char *, size_t, const char *, va_list|l
int|scanf|const char *, ...|l
int|sscanf|const char *, const char *, ...|l
int|fscanf|FILE *, const char *, ...|l
int|vscanf|const char *, va_list|l
int|vsscanf|const char *, const char *, va_list|l
int|vfscanf|FILE *, const char *, va_list|l
int|puts|const char *|l
int|putchar|int|l
int|fputs|const char *, FILE *|l
int|fputc|int, FILE *|l
size_t|fwrite|const void *, size_t, size_t, FILE *|l
int|printf_unlocked|const char *, ...|
int|puts_unlocked|const char *|
int|putchar_unlocked|int|
int|fprintf_unlocked|FILE *, const char *, ...|
int|fputs_unlocked|const char *, FILE *|
void *|malloc|size_t|lm
void *|calloc|size_t, size_t|lm
void *|realloc|void *, size_t|l
void *|aligned_alloc|size_t, size_t|lm
void|free|void *|l
void|abort|void|ln
void|exit _exit _Exit|int|ln
int|abs|int|lc
long|labs|long|lc
long long|llabs|long long|lc
intmax_t|imaxabs|intmax_t|lc
void *|alloca|size_t|l
void *|alloca_with_align|size_t, size_t|
void *|alloca_with_align_and_max|size_t, size_t, size_t|
int|ffs|int|lc
int|ffsl|long|lc
int|ffsll|long long|lc
int|clz ctz popcount parity|unsigned|c
int|clzl ctzl popcountl parityl|unsigned long|c
int|clzll ctzll popcountll parityll|unsigned long long|c
int|clrsb|int|c
int|clrsbl|long|c
int|clrsbll|long long|c
int|ffsimax clrsbimax|intmax_t|c
int|clzimax ctzimax popcountimax parityimax|uintmax_t|c
unsigned short|bswap16|unsigned short|c
unsigned|bswap32|unsigned|c
unsigned long long|bswap64|unsigned long long|c
unsigned __int128|bswap128|unsigned __int128|c
void|trap unreachable|void|n
void|prefetch|const void *, ...|
long|expect|long, long|c
long|expect_with_probability|long, long, double|c
void *|thread_pointer|void|c
void *|return_address frame_address|unsigned|
void *|extract_return_addr frob_return_addr extend_pointer|void *|
void *|assume_aligned|const void *, size_t, ...|
void|clear_cache __clear_cache|void *, void *|
int|setjmp|void *|t
void|longjmp|void *, int|n
void *|apply|void (*)(), void *, size_t|
void *|apply_args|void|
void|return|void *|n
void|eh_return|long, void *|n
int|eh_return_data_regno|int|
void|unwind_init init_dwarf_reg_size_table|void|
void *|dwarf_cfa|void|
unsigned|dwarf_sp_column|void|
size_t|object_size dynamic_object_size|const void *, int|
void *|__memcpy_chk __memmove_chk __mempcpy_chk|void *, const void *, size_t, size_t|
void *|__memset_chk|void *, int, size_t, size_t|
char *|__strcpy_chk __strcat_chk __stpcpy_chk|char *, const char *, size_t|
char *|__strncpy_chk __strncat_chk __stpncpy_chk|char *, const char *, size_t, size_t|
int|__sprintf_chk|char *, int, size_t, const char *, ...|
int|__snprintf_chk|char *, size_t, int, size_t, const char *, ...|
int|__vsprintf_chk|char *, int, size_t, const char *, va_list|
int|__vsnprintf_chk|char *, size_t, int, size_t, const char *, va_list|
int|__printf_chk|int, const char *, ...|
int|__fprintf_chk|FILE *, int, const char *, ...|
int|__vprintf_chk|int, const char *, va_list|
int|__vfprintf_chk|FILE *, int, const char *, va_list|
__float128|nanq nansq|const char *|c
__float128|infq huge_valq|void|c
__float128|fabsq|__float128|c
__float128|copysignq|__float128, __float128|c
int|feclearexcept feraiseexcept fetestexcept fesetround|int|l
int|fegetround|void|l
int|iswalnum iswalpha iswblank iswcntrl iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper iswxdigit|wint_t|lp
wint_t|towlower towupper|wint_t|lp
int|putc|int, FILE *|l
int|fputc_unlocked putc_unlocked|int, FILE *|
size_t|fwrite_unlocked|const void *, size_t, size_t, FILE *|
int|posix_memalign|void **, size_t, size_t|l
char *|gettext|const char *|l
char *|dgettext|const char *, const char *|l
char *|dcgettext|const char *, const char *, int|l
int|execle|const char *, const char *, ...|l
int|execve|const char *, char *const *, char *const *|l
double|strtod|const char *, char **|
int|isalnum isalpha isascii isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit toascii tolower toupper|int|lp
int|atoi|const char *|
int|fork|void|
int|execl execlp|const char *, const char *, ...|l
int|execv execvp|const char *, char *const *|l
int|ia32_sti_dummy|void|
void|__cyg_profile_func_enter __cyg_profile_func_exit|void *, void *|
int|cpu_supports cpu_is|const char *|
int|cpu_init|void|
void|stack_restore|void *|
void *|stack_save|void|
void|__sync_synchronize|void|L
void|__atomic_thread_fence __atomic_signal_fence|int|L
_Bool|__atomic_test_and_set|volatile void *, int|L
void|__atomic_clear|volatile void *, int|L
"""

_FAMILIES: Final = """
T|nan nans|const char *|cg
T|inf huge_val|void|cg
T|fabs sqrt floor ceil trunc round roundeven rint nearbyint|T|lcg
T|copysign fmin fmax|T, T|lcg
T|fma|T, T, T|lcg
T|sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp exp2 exp10 pow10 expm1|T|lc
T|log log2 log10 log1p cbrt erf erfc tgamma lgamma gamma logb significand j0 j1 y0 y1|T|lc
T|pow fmod atan2 fdim hypot nextafter remainder drem scalb|T, T|lc
T|jn yn|int, T|lc
T|nexttoward|T, long double|lc
T|ldexp scalbn|T, int|l
T|scalbln|T, long|l
T|frexp lgamma_r gamma_r|T, int *|l
T|modf|T, T *|l
T|remquo|T, T, int *|l
void|sincos|T, T *, T *|l
T|powi|T, int|c
int|ilogb|T|l
int|ifloor iceil iround irint|T|c
long|lround lrint|T|l
long|lfloor lceil|T|c
long long|llround llrint|T|l
long long|llfloor llceil|T|c
int|finite isinf isnan|T|c
int|signbit|T|lc
T|creal cimag cabs carg|_Complex T|lc
_Complex T|conj cproj cexp csqrt clog clog10 csin ccos ctan csinh ccosh ctanh casin cacos catan casinh cacosh catanh|_Complex T|lc
_Complex T|cpow|_Complex T, _Complex T|lc
_Complex T|cexpi|T|c
"""
"""The same for mathematical functions of each floating type `T`: no suffix is double, `f` float, `l` long double; with flag `g`
(but not as plain library names) also the types of ISO/IEC TS 18661-3."""

_SUFFIXES: Final = (("", "double"), ("f", "float"), ("l", "long double"))
_SUFFIXES_18661: Final = (("f16", "_Float16"), ("f32", "_Float32"), ("f64", "_Float64"), ("f128", "__float128"), ("f32x", "_Float32x"),
                          ("f64x", "_Float64x"))
SUFFIXES: Final = tuple(sorted((suffix for suffix, _ in _SUFFIXES + _SUFFIXES_18661 if suffix), key=len, reverse=True))
"""What distinguishes the functions of a family, the longest first."""

FAMILIES: Final = frozenset(name for line in _FAMILIES.strip().split("\n") for name in line.split("|")[1].split())


class BuiltinRow:
    """One builtin: result and parameters as C text, and flags (see the module's docstring)."""

    def __init__(self, result: str, params: str, flags: str) -> None:
        self.result = result
        self.params = params
        self.flags = flags


def _build() -> dict[str, BuiltinRow]:
    table: dict[str, BuiltinRow] = {}
    for line in _ROWS.strip().split("\n"):
        result, names, params, flags = line.split("|")
        row = BuiltinRow(result, params, flags)
        for name in names.split():
            table[name if "L" in flags else "__builtin_" + name] = row
    for line in _FAMILIES.strip().split("\n"):
        result, names, params, flags = line.split("|")
        for suffix, ty in _SUFFIXES + (_SUFFIXES_18661 if "g" in flags else ()):
            row = BuiltinRow(result.replace("T", ty), params.replace("T", ty), flags if suffix in ("", "f", "l") else flags.replace("l", ""))
            for name in names.split():
                table[f"__builtin_{name[:-2]}{suffix}_r" if name.endswith("_r") else f"__builtin_{name}{suffix}"] = row
    return table


def stem(name: str) -> str:
    """A family's name without its suffix."""
    if name in FAMILIES:
        return name
    for suffix in (*SUFFIXES, "q"):
        if name.endswith(suffix) and name[:-len(suffix)] in FAMILIES:
            return name[:-len(suffix)]
    return name


PROTOTYPES: Final[dict[str, BuiltinRow]] = _build()
"""Full builtin name to its row."""

LIBRARY: Final[dict[str, BuiltinRow]] = {
    name[10:]: row for name, row in PROTOTYPES.items() if name.startswith("__builtin_") and "l" in row.flags}
"""Plain library names that are builtins unless -fno-builtin."""

LIBRARY_HEADERS: Final[dict[str, str]] = {
    **dict.fromkeys(("printf", "fprintf", "sprintf", "snprintf", "vprintf", "vfprintf", "vsprintf", "vsnprintf", "scanf", "sscanf", "fscanf",
                     "puts", "putchar", "fputs", "fputc", "fwrite"), "<stdio.h>"),
    **dict.fromkeys(("memcpy", "memmove", "memset", "memcmp", "memchr", "strlen", "strcmp", "strncmp", "strcpy", "strcat", "strncpy",
                     "strncat", "strchr", "strrchr", "strstr", "strpbrk", "strspn", "strcspn", "strdup", "strndup"), "<string.h>"),
    **dict.fromkeys(("malloc", "calloc", "realloc", "free", "abort", "exit", "abs", "labs", "llabs", "aligned_alloc", "_Exit"), "<stdlib.h>"),
    **dict.fromkeys(("isalnum", "isalpha", "isdigit", "isspace", "isupper", "islower", "toupper", "tolower", "isprint"), "<ctype.h>"),
}
"""What gcc's note proposes to include."""

FORMATS: Final[dict[str, tuple[str, int, int]]] = {
    "printf": ("printf", 1, 2), "fprintf": ("printf", 2, 3), "sprintf": ("printf", 2, 3), "snprintf": ("printf", 3, 4),
    "vprintf": ("printf", 1, 0), "vfprintf": ("printf", 2, 0), "vsprintf": ("printf", 2, 0), "vsnprintf": ("printf", 3, 0),
    "scanf": ("scanf", 1, 2), "fscanf": ("scanf", 2, 3), "sscanf": ("scanf", 2, 3), "vscanf": ("scanf", 1, 0),
    "vsscanf": ("scanf", 2, 0), "vfscanf": ("scanf", 2, 0)}
"""Format attribute that gcc gives to library names."""

ATOMICS: Final[dict[str, tuple[str, int]]] = {
    # name: (what it is, number of arguments); V value type, see `atomic_builtins`
    "__atomic_load_n": ("load_n", 2), "__atomic_load": ("load", 3), "__atomic_store_n": ("store_n", 3), "__atomic_store": ("store", 3),
    "__atomic_exchange_n": ("exchange_n", 3), "__atomic_exchange": ("exchange", 4),
    "__atomic_compare_exchange_n": ("cas_n", 6), "__atomic_compare_exchange": ("cas", 6),
    **{f"__atomic_{op}_fetch": ("rmw", 3) for op in ("add", "sub", "and", "or", "xor", "nand")},
    **{f"__atomic_fetch_{op}": ("rmw", 3) for op in ("add", "sub", "and", "or", "xor", "nand")},
    **{f"__sync_fetch_and_{op}": ("sync", 2) for op in ("add", "sub", "and", "or", "xor", "nand")},
    **{f"__sync_{op}_and_fetch": ("sync", 2) for op in ("add", "sub", "and", "or", "xor", "nand")},
    "__sync_bool_compare_and_swap": ("sync_bool_cas", 3), "__sync_val_compare_and_swap": ("sync_cas", 3),
    "__sync_lock_test_and_set": ("sync", 2), "__sync_lock_release": ("sync_release", 1), "__sync_swap": ("sync", 2),
    "__atomic_always_lock_free": ("lock_free", 2), "__atomic_is_lock_free": ("is_lock_free", 2)}
"""Generic atomics; their names may also end in _1 _2 _4 _8 _16."""
