"""What `__builtin_cpu_supports` and `__builtin_cpu_is` can ask, and where libgcc keeps the answers: gcc's `__cpu_model` and `__cpu_features2`.

The support library fills them by `cpuid` (cc/runtime/x86/cpu.c).  Source: GCC manual, "x86 Built-in Functions"; the numbers are those of
gcc 12's code.
"""
from __future__ import annotations

from typing import Final

NAMES: Final = (
    "cmov mmx popcnt sse sse2 sse3 ssse3 sse4.1 sse4.2 avx avx2 sse4a fma4 xop fma avx512f bmi bmi2 aes pclmul avx512vl avx512bw avx512dq avx512cd "
    "avx512er avx512pf avx512vbmi avx512ifma avx5124vnniw avx5124fmaps avx512vpopcntdq avx512vbmi2 gfni vpclmulqdq avx512vnni avx512bitalg "
    "avx512bf16 avx512vp2intersect 3dnow 3dnowp adx abm cldemote clflushopt clwb clzero cmpxchg16b cmpxchg8b enqcmd f16c fsgsbase fxsave hle ibt "
    "lahf_lm lm lwp lzcnt movbe movdir64b movdiri mwaitx osxsave pconfig pku prefetchwt1 prfchw ptwrite rdpid rdrnd rdseed rtm serialize sgx sha "
    "shstk tbm tsxldtrk vaes waitpkg wbnoinvd xsave xsavec xsaveopt xsaves amx-tile amx-int8 amx-bf16 uintr hreset kl aeskle widekl avxvnni "
    "avx512fp16 x86-64 x86-64-v2 x86-64-v3 x86-64-v4").split()
"""A feature's place is its bit: 32 in the model's last word, the others in the words of `__cpu_features2`."""
NUMBERS: Final[dict[str, int]] = {name: number for number, name in enumerate(NAMES)}
VENDORS: Final[dict[str, int]] = {"intel": 1, "amd": 2}
"""The makers of processors; models are not told apart."""
FEATURES_OFFSET: Final = 12
"""Offset of the features in `__cpu_model`, behind vendor, type and subtype."""


def question(builtin: str, name: str) -> tuple[str, int, int, int] | None:
    """(symbol, offset, mask, value): the answer is yes if the 32-bit word there, masked, is `value`.  None if nobody knows.

    For `__builtin_cpu_init` the symbol is the function that finds out."""
    if builtin == "__builtin_cpu_init":
        return "__cpu_indicator_init", 0, 0, 0
    if builtin == "__builtin_cpu_is":
        vendor = VENDORS.get(name)
        return None if vendor is None else ("__cpu_model", 0, 0xffffffff, vendor)
    number = NUMBERS.get(name)
    if number is None:
        return None
    mask = 1 << number % 32
    if number < 32:
        return "__cpu_model", FEATURES_OFFSET, mask, mask
    return "__cpu_features2", (number // 32 - 1) * 4, mask, mask
