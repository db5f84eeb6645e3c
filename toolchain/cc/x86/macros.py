"""Predefined macros and data layout of x86-64 and i386 (System V psABI 1.0, 3.1.2; i386 psABI 2.1)."""
from __future__ import annotations

from typing import Final

from toolchain.cc import types
from toolchain.cc.options import CompileOptions
from toolchain.cc.types import TargetLayout

# -m option that turns an instruction set on, the macro that says so, and the sets that it needs.
_SETS: Final[tuple[tuple[str, str, str], ...]] = (
    ("mmx", "__MMX__", ""), ("sse", "__SSE__", "mmx"), ("sse2", "__SSE2__", "sse"), ("sse3", "__SSE3__", "sse2"),
    ("ssse3", "__SSSE3__", "sse3"), ("sse4.1", "__SSE4_1__", "ssse3"), ("sse4.2", "__SSE4_2__", "sse4.1"), ("popcnt", "__POPCNT__", ""),
    ("avx", "__AVX__", "sse4.2"), ("avx2", "__AVX2__", "avx"), ("aes", "__AES__", "sse2"), ("sha", "__SHA__", "sse2"),
    ("bmi", "__BMI__", ""), ("bmi2", "__BMI2__", ""), ("fma", "__FMA__", "avx"), ("fsgsbase", "__FSGSBASE__", ""), ("lzcnt", "__LZCNT__", ""))


def is_32(options: CompileOptions) -> bool:
    """-m32 or -m16."""
    return "m32" in options.machine or "m16" in options.machine


def layout(options: CompileOptions) -> TargetLayout:
    """The data layout of the mode."""
    out = TargetLayout()
    out.char_signed = options.flag("signed-char", not options.flag("unsigned-char", False))
    out.unaligned_ok = True
    out.ldouble_format = types.F80
    out.va_list_kind = types.STRUCT
    out.va_list_members = [("gp_offset", types.UINT), ("fp_offset", types.UINT), ("overflow_arg_area", types.POINTER),
                           ("reg_save_area", types.POINTER)]
    out.va_list_is_array = True
    if is_32(options):
        out.pointer_size = 4
        out.long_size = 4
        out.int64_is_long = False
        out.size_kind = types.UINT
        out.ptrdiff_kind = types.INT
        out.ldouble_size = 12
        out.ldouble_align = 4
        out.llong_align = 4
        out.double_align = 4
        out.int128 = False
        out.wchar_kind = types.LONG
        out.va_list_kind = types.POINTER
        out.va_list_members = []
        out.va_list_is_array = False
    return out


def instruction_sets(options: CompileOptions) -> frozenset[str]:
    """The optional instruction sets in force."""
    machine = options.machine
    on: set[str] = set() if is_32(options) else {"mmx", "sse", "sse2"}
    for name, _, needs in _SETS:
        if "m" + name in machine:
            on.add(name)
            while needs:
                on.add(needs)
                needs = next(row[2] for row in _SETS if row[0] == needs)
    for name, _, needs in _SETS:
        if "mno-" + name in machine or "mgeneral-regs-only" in machine or (needs and needs not in on):
            on.discard(name)
    return frozenset(on)


def predefined_macros(options: CompileOptions) -> str:
    """`#define` lines of the processor."""
    out: list[str] = []
    if is_32(options):
        out += ["__i386 1", "__i386__ 1"]
        if options.std.startswith("gnu"):
            out.append("i386 1")
        arch = options.machine.get("march", "i686")
        if arch == "i686":
            out += ["__i686 1", "__i686__ 1", "__pentiumpro 1", "__pentiumpro__ 1"]
    else:
        out += ["__amd64 1", "__amd64__ 1", "__x86_64 1", "__x86_64__ 1", "__k8 1", "__k8__ 1", "__SIZEOF_FLOAT128__ 16",
                "__SIZEOF_FLOAT80__ 16"]
        out.append(f"__code_model_{options.machine.get('mcmodel', 'small')}__ 1")
    sets = instruction_sets(options)
    out += [f"{macro} 1" for name, macro, _ in _SETS if name in sets]
    if "sse2" in sets and not is_32(options):
        out += ["__SSE_MATH__ 1", "__SSE2_MATH__ 1", "__MMX_WITH_SSE__ 1", "__FXSR__ 1"]
    out += ["__GCC_ASM_FLAG_OUTPUTS__ 1", "__SEG_FS 1", "__SEG_GS 1", "__ATOMIC_HLE_ACQUIRE 65536", "__ATOMIC_HLE_RELEASE 131072",
            "__GCC_HAVE_SYNC_COMPARE_AND_SWAP_1 1", "__GCC_HAVE_SYNC_COMPARE_AND_SWAP_2 1", "__HAVE_SPECULATION_SAFE_VALUE 1"]
    if options.flag("asynchronous-unwind-tables", True):
        out.append("__GCC_HAVE_DWARF2_CFI_ASM 1")
    protection = options.flag_values.get("cf-protection", "none")
    if protection != "none":
        out.append(f"__CET__ {({'branch': 1, 'return': 2}).get(protection, 3)}")
    return "".join(f"#define {line}\n" for line in out)
