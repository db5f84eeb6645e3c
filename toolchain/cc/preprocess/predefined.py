"""Predefined macros of the language and of the data layout; those of a processor come from its target.

The set is that of GCC 12.2, which this compiler claims to be (gcc manual "Common Predefined Macros").
"""
from __future__ import annotations

from decimal import Context, Decimal
from typing import Final

from toolchain.cc import types
from toolchain.cc.options import CompileOptions
from toolchain.cc.types import TargetLayout

VERSION: Final = "12.2.0"

_STDC_VERSION: Final[dict[str, str]] = {
    "c90": "", "gnu90": "", "iso9899:199409": "199409L", "c99": "199901L", "gnu99": "199901L", "c11": "201112L", "gnu11": "201112L",
    "c17": "201710L", "gnu17": "201710L", "c2x": "202000L", "gnu2x": "202000L"}
_KIND_NAMES: Final[dict[int, str]] = {
    types.SCHAR: "signed char", types.UCHAR: "unsigned char", types.SHORT: "short int", types.USHORT: "short unsigned int",
    types.INT: "int", types.UINT: "unsigned int", types.LONG: "long int", types.ULONG: "long unsigned int",
    types.LLONG: "long long int", types.ULLONG: "long long unsigned int"}
_SUFFIXES: Final[dict[int, str]] = {types.UINT: "U", types.LONG: "L", types.ULONG: "UL", types.LLONG: "LL", types.ULLONG: "ULL"}

# Formats of floating types: mantissa bits, smallest and largest exponent (C11 5.2.4.2.2: value 0.1xxx * 2**e).
_HALF: Final = (11, -13, 16)
_SINGLE: Final = (24, -125, 128)
_DOUBLE: Final = (53, -1021, 1024)
_X87: Final = (64, -16381, 16384)
_QUAD: Final = (113, -16381, 16384)

_FIXED: Final = """#define __STDC__ 1
#define __GNUC__ 12
#define __GNUC_MINOR__ 2
#define __GNUC_PATCHLEVEL__ 0
#define __VERSION__ "12.2.0"
#define __ATOMIC_RELAXED 0
#define __ATOMIC_SEQ_CST 5
#define __ATOMIC_ACQUIRE 2
#define __ATOMIC_RELEASE 3
#define __ATOMIC_ACQ_REL 4
#define __ATOMIC_CONSUME 1
#define __CHAR_BIT__ 8
#define __ORDER_LITTLE_ENDIAN__ 1234
#define __ORDER_BIG_ENDIAN__ 4321
#define __ORDER_PDP_ENDIAN__ 3412
#define __GNUC_EXECUTION_CHARSET_NAME "UTF-8"
#define __GXX_ABI_VERSION 1017
#define __USER_LABEL_PREFIX__
#define __REGISTER_PREFIX__
#define __PRAGMA_REDEFINE_EXTNAME 1
#define __FLT_RADIX__ 2
#define __DEC_EVAL_METHOD__ 2
#define __GCC_HAVE_SYNC_COMPARE_AND_SWAP_4 1
#define __GCC_ATOMIC_BOOL_LOCK_FREE 2
#define __GCC_ATOMIC_CHAR_LOCK_FREE 2
#define __GCC_ATOMIC_CHAR16_T_LOCK_FREE 2
#define __GCC_ATOMIC_CHAR32_T_LOCK_FREE 2
#define __GCC_ATOMIC_WCHAR_T_LOCK_FREE 2
#define __GCC_ATOMIC_SHORT_LOCK_FREE 2
#define __GCC_ATOMIC_INT_LOCK_FREE 2
#define __GCC_ATOMIC_LONG_LOCK_FREE 2
#define __GCC_ATOMIC_TEST_AND_SET_TRUEVAL 1
#define __GCC_ATOMIC_POINTER_LOCK_FREE 2
#define __ELF__ 1
"""
_SYSTEM: Final = """#define __gnu_linux__ 1
#define __linux 1
#define __linux__ 1
#define __unix 1
#define __unix__ 1
"""
_SYSTEM_GNU: Final = """#define linux 1
#define unix 1
"""


class _Lines:
    """The text under construction."""

    def __init__(self, layout: TargetLayout) -> None:
        self.layout = layout
        self.out: list[str] = []

    def define(self, name: str, value: object) -> None:
        """One `#define`."""
        self.out.append(f"#define {name} {value}\n")

    def size(self, kind: int) -> int:
        """Bytes of an integer kind."""
        layout = self.layout
        return {types.SCHAR: 1, types.UCHAR: 1, types.SHORT: 2, types.USHORT: 2, types.INT: 4, types.UINT: 4,
                types.LONG: layout.long_size, types.ULONG: layout.long_size}.get(kind, 8)

    def maximum(self, kind: int) -> str:
        """The largest value of an integer kind, as a literal of that type."""
        bits = self.size(kind) * 8
        unsigned = kind in types.UNSIGNED_KINDS
        return hex((1 << (bits if unsigned else bits - 1)) - 1) + _SUFFIXES.get(kind, "")

    def integer(self, name: str, kind: int, with_width: bool) -> None:
        """`__NAME_TYPE__`, `__NAME_MAX__`, perhaps `__NAME_WIDTH__`."""
        self.define(f"__{name}_TYPE__", _KIND_NAMES[kind])
        self.define(f"__{name}_MAX__", self.maximum(kind))
        if with_width:
            self.define(f"__{name}_WIDTH__", self.size(kind) * 8)


def _integers(lines: _Lines) -> None:
    layout = lines.layout
    for name, kind in (("SCHAR", types.SCHAR), ("SHRT", types.SHORT), ("INT", types.INT), ("LONG", types.LONG), ("LONG_LONG", types.LLONG)):
        lines.define(f"__{name}_MAX__", lines.maximum(kind))
        lines.define(f"__{name}_WIDTH__", lines.size(kind) * 8)
    signed64, unsigned64 = (types.LONG, types.ULONG) if layout.int64_is_long else (types.LLONG, types.ULLONG)
    word, unsigned_word = (types.LONG, types.ULONG) if layout.long_size == 8 else (types.INT, types.UINT)
    for bits, signed, unsigned in ((8, types.SCHAR, types.UCHAR), (16, types.SHORT, types.USHORT), (32, types.INT, types.UINT),
                                   (64, signed64, unsigned64)):
        fast, unsigned_fast = (signed, unsigned) if bits in (8, 64) else (word, unsigned_word)
        for prefix, exact, quick in (("", signed, fast), ("U", unsigned, unsigned_fast)):
            lines.integer(f"{prefix}INT{bits}", exact, False)
            lines.integer(f"{prefix}INT_LEAST{bits}", exact, not prefix)
            lines.integer(f"{prefix}INT_FAST{bits}", quick, not prefix)
            suffix = "" if bits < 32 or (bits == 32 and not prefix) else _SUFFIXES[exact]
            lines.define(f"__{prefix}INT{bits}_C(c)", f"c ## {suffix}" if suffix else "c")
    lines.integer("INTMAX", signed64, True)
    lines.integer("UINTMAX", unsigned64, False)
    lines.define("__INTMAX_C(c)", f"c ## {_SUFFIXES[signed64]}")
    lines.define("__UINTMAX_C(c)", f"c ## {_SUFFIXES[unsigned64]}")
    pointer_kind = types.INT if layout.pointer_size == 4 and layout.ptrdiff_kind == types.INT else layout.ptrdiff_kind
    lines.integer("PTRDIFF", layout.ptrdiff_kind, True)
    lines.integer("SIZE", layout.size_kind, True)
    lines.integer("INTPTR", pointer_kind, True)
    lines.integer("UINTPTR", layout.size_kind, False)
    lines.integer("SIG_ATOMIC", types.INT, True)
    lines.define("__SIG_ATOMIC_MIN__", "(-__SIG_ATOMIC_MAX__ - 1)")
    lines.integer("WCHAR", layout.wchar_kind, True)
    lines.define("__WCHAR_MIN__", "0" + _SUFFIXES.get(layout.wchar_kind, "") if layout.wchar_kind in types.UNSIGNED_KINDS
                 else "(-__WCHAR_MAX__ - 1)")
    lines.integer("WINT", types.UINT, True)
    lines.define("__WINT_MIN__", "0U")
    lines.define("__CHAR16_TYPE__", "short unsigned int")
    lines.define("__CHAR32_TYPE__", "unsigned int")
    for name, size in (("SHORT", 2), ("INT", 4), ("LONG", layout.long_size), ("LONG_LONG", 8), ("FLOAT", 4), ("DOUBLE", 8),
                       ("LONG_DOUBLE", layout.ldouble_size), ("POINTER", layout.pointer_size), ("SIZE_T", lines.size(layout.size_kind)),
                       ("PTRDIFF_T", lines.size(layout.ptrdiff_kind)), ("WCHAR_T", lines.size(layout.wchar_kind)), ("WINT_T", 4)):
        lines.define(f"__SIZEOF_{name}__", size)
    if layout.int128:
        lines.define("__SIZEOF_INT128__", 16)


_WIDE: Final = Context(prec=6000, Emin=-10000, Emax=10000)
_PRINTED: Final = Context(prec=36, Emin=-10000, Emax=10000)


def _decimal(mantissa: int, exponent: int) -> str:
    """`mantissa * 2**exponent` with 36 significant digits, as gcc spells it."""
    value = _WIDE.multiply(Decimal(mantissa), _WIDE.power(Decimal(2), Decimal(exponent)))
    sign, digits, power = _PRINTED.plus(value).as_tuple()
    assert isinstance(power, int)
    text = "".join(map(str, digits)).ljust(36, "0")
    power += len(digits) - 1
    return f"{text[0]}.{text[1:]}e{power:+d}"


def _floor_log10(mantissa: int, exponent: int) -> int:
    return _WIDE.multiply(Decimal(mantissa), _WIDE.power(Decimal(2), Decimal(exponent))).adjusted()


def _floating(lines: _Lines, name: str, form: tuple[int, int, int], suffix: str, cast: str) -> None:
    bits, low, high = form
    log2 = 0.30102999566398119521

    def literal(mantissa: int, exponent: int) -> str:
        text = _decimal(mantissa, exponent) + suffix
        return f"(({cast}){text})" if cast else text

    lines.define(f"__{name}_MANT_DIG__", bits)
    lines.define(f"__{name}_DIG__", int((bits - 1) * log2))
    lines.define(f"__{name}_MIN_EXP__", f"({low})")
    lines.define(f"__{name}_MIN_10_EXP__", f"({_floor_log10(1, low - 1) + 1})")
    lines.define(f"__{name}_MAX_EXP__", high)
    lines.define(f"__{name}_MAX_10_EXP__", _floor_log10((1 << bits) - 1, high - bits))
    lines.define(f"__{name}_DECIMAL_DIG__", int(2 + bits * log2))
    lines.define(f"__{name}_MAX__", literal((1 << bits) - 1, high - bits))
    lines.define(f"__{name}_NORM_MAX__", literal((1 << bits) - 1, high - bits))
    lines.define(f"__{name}_MIN__", literal(1, low - 1))
    lines.define(f"__{name}_EPSILON__", literal(1, 1 - bits))
    lines.define(f"__{name}_DENORM_MIN__", literal(1, low - bits))
    for what in ("DENORM", "INFINITY", "QUIET_NAN"):
        lines.define(f"__{name}_HAS_{what}__", 1)
    lines.define(f"__{name}_IS_IEC_60559__", 2)


_floating_text: dict[int, str] = {}


def _floats(layout: TargetLayout) -> str:
    """All floating macros; they depend on the format of long double only."""
    form = layout.ldouble_format
    known = _floating_text.get(form.precision)
    if known is not None:
        return known
    lines = _Lines(layout)
    high = 1 << (form.exponent_bits - 1)
    long_double = (form.precision, 3 - high, high)
    _floating(lines, "FLT", _SINGLE, "F", "")
    _floating(lines, "DBL", _DOUBLE, "L", "double")
    _floating(lines, "LDBL", long_double, "L", "")
    lines.define("__DECIMAL_DIG__", int(2 + long_double[0] * 0.30102999566398119521))
    _floating(lines, "FLT16", _HALF, "F16", "")
    _floating(lines, "FLT32", _SINGLE, "F32", "")
    _floating(lines, "FLT64", _DOUBLE, "F64", "")
    _floating(lines, "FLT128", _QUAD, "F128", "")
    _floating(lines, "FLT32X", _DOUBLE, "F32x", "")
    _floating(lines, "FLT64X", _X87 if long_double == _X87 else _QUAD, "F64x", "")
    text = "".join(lines.out)
    _floating_text[form.precision] = text
    return text


def language_macros(options: CompileOptions, layout: TargetLayout, assembler: bool, system: bool) -> str:
    """`#define` lines of everything but the processor; `system` is off under -undef."""
    lines = _Lines(layout)
    gnu = options.std.startswith("gnu")
    version = _STDC_VERSION.get(options.std, "201710L")
    lines.out.append(_FIXED)
    if version and not assembler:
        lines.define("__STDC_VERSION__", version)
    hosted = not options.freestanding()
    lines.define("__STDC_HOSTED__", int(hosted))
    _arithmetic(options, lines, hosted)
    if options.flag("exceptions", False):
        lines.define("__EXCEPTIONS", 1)
    if gnu and options.std != "gnu90" or version >= "201112L":
        lines.define("__STDC_UTF_16__", 1)
        lines.define("__STDC_UTF_32__", 1)
    if not gnu:
        lines.define("__STRICT_ANSI__", 1)
    if assembler:
        lines.define("__ASSEMBLER__", 1)
    else:
        gnu_inline = options.flag("gnu89-inline", options.std in ("c90", "gnu90", "iso9899:199409"))
        lines.define("__GNUC_GNU_INLINE__" if gnu_inline else "__GNUC_STDC_INLINE__", 1)
    if options.optimize or options.optimize_size:
        lines.define("__OPTIMIZE__", 1)
        if options.optimize_size:
            lines.define("__OPTIMIZE_SIZE__", 1)
    if not options.optimize and not options.optimize_size or not options.flag("inline", True):
        lines.define("__NO_INLINE__", 1)
    if not layout.char_signed:
        lines.define("__CHAR_UNSIGNED__", 1)
    if layout.wchar_kind in types.UNSIGNED_KINDS:
        lines.define("__WCHAR_UNSIGNED__", 1)
    order = "__ORDER_BIG_ENDIAN__" if layout.big_endian else "__ORDER_LITTLE_ENDIAN__"
    lines.define("__BYTE_ORDER__", order)
    lines.define("__FLOAT_WORD_ORDER__", order)
    lines.define("__GNUC_WIDE_EXECUTION_CHARSET_NAME", '"UTF-32LE"' if lines.size(layout.wchar_kind) == 4 else '"UTF-16LE"')
    if layout.long_size == 8 and layout.pointer_size == 8:
        lines.define("_LP64", 1)
        lines.define("__LP64__", 1)
        lines.define("__GCC_HAVE_SYNC_COMPARE_AND_SWAP_8", 1)
        lines.define("__GCC_ATOMIC_LLONG_LOCK_FREE", 2)
    if options.pic:
        for name in ("__pic__", "__PIC__"):
            lines.define(name, options.pic)
        if options.pie:
            for name in ("__pie__", "__PIE__"):
                lines.define(name, options.pic)
    lines.define("__BIGGEST_ALIGNMENT__", layout.max_align)
    lines.define("__FLT_EVAL_METHOD__", 0)
    lines.define("__FLT_EVAL_METHOD_TS_18661_3__", 0)
    _protector(options, lines)
    _integers(lines)
    lines.out.append(_floats(layout))
    if system:
        lines.out.append(_SYSTEM)
        if gnu:
            lines.out.append(_SYSTEM_GNU)
    return "".join(lines.out)


def _arithmetic(options: CompileOptions, lines: _Lines, hosted: bool) -> None:
    """What floating-point arithmetic keeps to; a hosted implementation says it in the standard's words too (glibc's stdc-predef.h)."""
    finite = options.flag("finite-math-only", False)
    signed_zeros = options.flag("signed-zeros", True)
    trapping = options.flag("trapping-math", True)
    reciprocal = options.flag("reciprocal-math", False)
    associative = options.flag("associative-math", False) and not signed_zeros and not trapping
    errno = options.flag("math-errno", True)
    lines.define("__FINITE_MATH_ONLY__", int(finite))
    for holds, name in ((not errno, "NO_MATH_ERRNO"), (not signed_zeros, "NO_SIGNED_ZEROS"), (not trapping, "NO_TRAPPING_MATH"),
                        (reciprocal, "RECIPROCAL_MATH"), (associative, "ASSOCIATIVE_MATH"),
                        (finite and options.flag("unsafe-math-optimizations", False) and not (signed_zeros or trapping or errno), "FAST_MATH")):
        if holds:
            lines.define(f"__{name}__", 1)
    ieee = not (finite or reciprocal or associative or not signed_zeros)
    ieee_complex = ieee and not options.flag("cx-limited-range", False) and not options.flag("cx-fortran-rules", False)
    lines.define("__GCC_IEC_559", 2 * ieee)
    lines.define("__GCC_IEC_559_COMPLEX", 2 * ieee_complex)
    if hosted:
        lines.define("__STDC_ISO_10646__", "201706L")
        if ieee:
            lines.define("__STDC_IEC_559__", 1)
            lines.define("__STDC_IEC_60559_BFP__", "201404L")
        if ieee_complex:
            lines.define("__STDC_IEC_559_COMPLEX__", 1)
            lines.define("__STDC_IEC_60559_COMPLEX__", "201404L")


def _protector(options: CompileOptions, lines: _Lines) -> None:
    """Macros that say which protections code is compiled with."""
    for flag, name, value in (("stack-protector-all", "__SSP_ALL__", 2), ("stack-protector-strong", "__SSP_STRONG__", 3),
                              ("stack-protector", "__SSP__", 1), ("stack-protector-explicit", "__SSP_EXPLICIT__", 4)):
        if options.flag(flag, False):
            lines.define(name, value)
            break
