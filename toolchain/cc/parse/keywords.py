"""Reserved words and what each means to the parser (C11 6.4.1, gcc manual "Alternate Keywords")."""
from __future__ import annotations

from typing import Final

# Words that may begin or continue declaration specifiers.
K_VOID: Final = 1
K_CHAR: Final = 2
K_SHORT: Final = 3
K_INT: Final = 4
K_LONG: Final = 5
K_FLOAT: Final = 6
K_DOUBLE: Final = 7
K_SIGNED: Final = 8
K_UNSIGNED: Final = 9
K_BOOL: Final = 10
K_COMPLEX: Final = 11
K_INT128: Final = 12
K_FLOATN: Final = 13        # _Float16 ... __float128, __bf16
K_STRUCT: Final = 14
K_UNION: Final = 15
K_ENUM: Final = 16
K_TYPEOF: Final = 17
K_AUTO_TYPE: Final = 18
K_ATOMIC: Final = 19
K_VA_LIST: Final = 20
K_BUILTIN_TYPE: Final = 21  # __int128_t, __uint128_t
K_CONST: Final = 22
K_VOLATILE: Final = 23
K_RESTRICT: Final = 24
K_SEG_GS: Final = 25
K_SEG_FS: Final = 26
K_TYPEDEF: Final = 27
K_EXTERN: Final = 28
K_STATIC: Final = 29
K_AUTO: Final = 30
K_REGISTER: Final = 31
K_THREAD: Final = 32
K_INLINE: Final = 33
K_NORETURN: Final = 34
K_ATTRIBUTE: Final = 35
K_ALIGNAS: Final = 36
K_EXTENSION: Final = 37
K_DECIMAL: Final = 38
LAST_SPECIFIER: Final = 38

# Others.
K_ASM: Final = 40
K_STATIC_ASSERT: Final = 41
K_IF: Final = 42
K_ELSE: Final = 43
K_FOR: Final = 44
K_WHILE: Final = 45
K_DO: Final = 46
K_RETURN: Final = 47
K_GOTO: Final = 48
K_BREAK: Final = 49
K_CONTINUE: Final = 50
K_SWITCH: Final = 51
K_CASE: Final = 52
K_DEFAULT: Final = 53
K_LABEL: Final = 54
K_SIZEOF: Final = 55
K_ALIGNOF: Final = 56
K_GENERIC: Final = 57
K_REAL: Final = 58
K_IMAG: Final = 59

_WORDS: Final[tuple[tuple[int, str], ...]] = (
    (K_VOID, "void"), (K_CHAR, "char"), (K_SHORT, "short"), (K_INT, "int"), (K_LONG, "long"), (K_FLOAT, "float"), (K_DOUBLE, "double"),
    (K_SIGNED, "signed __signed __signed__"), (K_UNSIGNED, "unsigned"), (K_BOOL, "_Bool"),
    (K_COMPLEX, "_Complex __complex __complex__"), (K_INT128, "__int128"),
    (K_FLOATN, "_Float16 _Float32 _Float64 _Float128 _Float32x _Float64x __float128 __float80 __bf16"),
    (K_STRUCT, "struct"), (K_UNION, "union"), (K_ENUM, "enum"), (K_TYPEOF, "typeof __typeof __typeof__ typeof_unqual __typeof_unqual__"),
    (K_AUTO_TYPE, "__auto_type"), (K_ATOMIC, "_Atomic"), (K_VA_LIST, "__builtin_va_list"), (K_BUILTIN_TYPE, "__int128_t __uint128_t"),
    (K_CONST, "const __const __const__"), (K_VOLATILE, "volatile __volatile __volatile__"),
    (K_RESTRICT, "restrict __restrict __restrict__"), (K_SEG_GS, "__seg_gs"), (K_SEG_FS, "__seg_fs"),
    (K_TYPEDEF, "typedef"), (K_EXTERN, "extern"), (K_STATIC, "static"), (K_AUTO, "auto"), (K_REGISTER, "register"),
    (K_THREAD, "_Thread_local __thread"), (K_INLINE, "inline __inline __inline__"), (K_NORETURN, "_Noreturn"),
    (K_ATTRIBUTE, "__attribute__ __attribute"), (K_ALIGNAS, "_Alignas"), (K_EXTENSION, "__extension__"),
    (K_DECIMAL, "_Decimal32 _Decimal64 _Decimal128 _Fract _Accum _Sat"),
    (K_ASM, "asm __asm __asm__"), (K_STATIC_ASSERT, "_Static_assert"), (K_IF, "if"), (K_ELSE, "else"), (K_FOR, "for"), (K_WHILE, "while"),
    (K_DO, "do"), (K_RETURN, "return"), (K_GOTO, "goto"), (K_BREAK, "break"), (K_CONTINUE, "continue"), (K_SWITCH, "switch"),
    (K_CASE, "case"), (K_DEFAULT, "default"), (K_LABEL, "__label__"), (K_SIZEOF, "sizeof"),
    (K_ALIGNOF, "_Alignof __alignof __alignof__"), (K_GENERIC, "_Generic"), (K_REAL, "__real __real__"), (K_IMAG, "__imag __imag__"),
)
KEYWORDS: Final[dict[str, int]] = {word: code for code, words in _WORDS for word in words.split()}
"""Spelling to K_ code."""

C23_WORDS: Final[dict[str, int]] = {"bool": K_BOOL, "alignas": K_ALIGNAS, "alignof": K_ALIGNOF, "thread_local": K_THREAD,
                                    "static_assert": K_STATIC_ASSERT}
"""Reserved only under -std=c2x and gnu2x."""

BINARY_PRECEDENCE: Final[dict[str, int]] = {
    "*": 10, "/": 10, "%": 10, "+": 9, "-": 9, "<<": 8, ">>": 8, "<": 7, ">": 7, "<=": 7, ">=": 7, "==": 6, "!=": 6,
    "&": 5, "^": 4, "|": 3, "&&": 2, "||": 1}
"""Binary operators; a higher number binds tighter (C11 6.5.5 to 6.5.14)."""

ASSIGNMENTS: Final[dict[str, str]] = {
    "=": "=", "*=": "*", "/=": "/", "%=": "%", "+=": "+", "-=": "-", "<<=": "<<", ">>=": ">>", "&=": "&", "^=": "^", "|=": "|"}
"""Assignment operators, and what they compute."""
