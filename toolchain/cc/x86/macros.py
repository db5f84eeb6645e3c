"""Predefined macros and data layout of x86-64 and i386 (System V psABI 1.0, 3.1.2; i386 psABI 2.1)."""
from __future__ import annotations

from typing import Final

from toolchain.cc import types
from toolchain.cc.options import CompileOptions
from toolchain.cc.types import TargetLayout
from toolchain.cc.x86 import processors
from toolchain.diagnostics import ToolError

# -m option that turns an instruction set on, the macro that says so, and the sets that come with it.
_SETS: Final[tuple[tuple[str, str, str], ...]] = (
    ("mmx", "__MMX__", ""), ("sse", "__SSE__", "mmx"), ("sse2", "__SSE2__", "sse"), ("sse3", "__SSE3__", "sse2"), ("ssse3", "__SSSE3__", "sse3"),
    ("sse4.1", "__SSE4_1__", "ssse3"), ("sse4.2", "__SSE4_2__", "sse4.1 popcnt crc32"), ("popcnt", "__POPCNT__", ""), ("crc32", "__CRC32__", ""),
    ("avx", "__AVX__", "sse4.2 xsave"), ("avx2", "__AVX2__", "avx"), ("aes", "__AES__", "sse2"), ("sha", "__SHA__", "sse2"), ("bmi", "__BMI__", ""),
    ("bmi2", "__BMI2__", ""), ("fma", "__FMA__", "avx"), ("fsgsbase", "__FSGSBASE__", ""), ("lzcnt", "__LZCNT__", ""), ("sse4a", "__SSE4A__", "sse3"),
    ("fxsr", "__FXSR__", ""), ("xsave", "__XSAVE__", ""), ("movbe", "__MOVBE__", ""), ("rdrnd", "__RDRND__", ""), ("rdseed", "__RDSEED__", ""),
    ("pclmul", "__PCLMUL__", "sse2"), ("adx", "__ADX__", ""), ("prfchw", "__PRFCHW__", ""), ("shstk", "__SHSTK__", ""), ("sahf", "__LAHF_SAHF__", ""),
    ("3dnow", "__3dNOW__", "mmx"), ("sse4", "", "sse4.2"), ("cx16", "__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16", ""))
_NEEDS: Final[dict[str, list[str]]] = {name: needs.split() for name, _, needs in _SETS}
_LOOSE: Final = ("popcnt", "crc32", "mmx")
"""Sets that come with another, which does without them all the same."""
_FLOATING: Final = ("mmx", "sse", "3dnow")
"""Sets that -mgeneral-regs-only turns off."""


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
        out.vector8_align = 8 if "mmx" in instruction_sets(options) else 4
        out.int128 = False
        out.wchar_kind = types.LONG
        out.va_list_kind = types.POINTER
        out.va_list_members = []
        out.va_list_is_array = False
    return out


def _with_needs(names: list[str]) -> set[str]:
    """Some sets and all that come with them."""
    out: set[str] = set()
    work = list(names)
    while work:
        name = work.pop()
        if name not in out:
            out.add(name)
            work += _NEEDS.get(name, [])
    return out


def instruction_sets(options: CompileOptions) -> frozenset[str]:
    """The optional instruction sets in force: the mode's, the processor's, and what -m options add or take away.  Raises ToolError for
    a processor that is not known."""
    machine = options.machine
    narrow = is_32(options)
    if machine.get("mtune", "generic") not in processors.TUNES:
        raise ToolError(f"bad value ('{machine['mtune']}') for '-mtune=' switch")
    names = processors.features(machine.get("march", "i686" if narrow else "x86-64"), not narrow)
    names = [*names, *[name for name in _NEEDS if "m" + name in machine]]
    off = [name for name in _NEEDS if "mno-" + name in machine] + ["sse4.1" for name in machine if name == "mno-sse4"]
    if "mgeneral-regs-only" in machine:
        off += _FLOATING
    return frozenset(name for name in _with_needs(names) if name not in off and not any(bad in _with_needs([name]) and bad not in _LOOSE for bad in off))


def predefined_macros(options: CompileOptions) -> str:
    """`#define` lines of the processor."""
    out: list[str] = []
    if is_32(options):
        out += ["__i386 1", "__i386__ 1", "_ILP32 1", "__ILP32__ 1", "__SIZEOF_FLOAT80__ 12", "__code_model_32__ 1"]
        if options.std.startswith("gnu"):
            out.append("i386 1")
        arch = options.machine.get("march", "i686")
        if arch in ("i386", "i486"):
            out.append("__GCC_ATOMIC_LLONG_LOCK_FREE 1")
        else:
            out += ["__GCC_HAVE_SYNC_COMPARE_AND_SWAP_8 1", "__GCC_ATOMIC_LLONG_LOCK_FREE 2"]
        if arch == "i686":
            out += ["__i686 1", "__i686__ 1", "__pentiumpro 1", "__pentiumpro__ 1"]
    else:
        out += ["__amd64 1", "__amd64__ 1", "__x86_64 1", "__x86_64__ 1", "__k8 1", "__k8__ 1", "__SIZEOF_FLOAT128__ 16",
                "__SIZEOF_FLOAT80__ 16"]
        out.append(f"__code_model_{options.machine.get('mcmodel', 'small')}__ 1")
    sets = instruction_sets(options)
    out += [f"{macro} 1" for name, macro, _ in _SETS if name in sets and macro]
    if not is_32(options):
        out += ["__SSE_MATH__ 1"] if "sse" in sets else []
        out += ["__SSE2_MATH__ 1", "__MMX_WITH_SSE__ 1"] if "sse2" in sets else []
    if {"mno-80387", "msoft-float", "mgeneral-regs-only"} & options.machine.keys():
        out.append("_SOFT_FLOAT 1")
    out += ["__GCC_ASM_FLAG_OUTPUTS__ 1", "__SEG_FS 1", "__SEG_GS 1", "__ATOMIC_HLE_ACQUIRE 65536", "__ATOMIC_HLE_RELEASE 131072",
            "__GCC_HAVE_SYNC_COMPARE_AND_SWAP_1 1", "__GCC_HAVE_SYNC_COMPARE_AND_SWAP_2 1", "__HAVE_SPECULATION_SAFE_VALUE 1"]
    if options.flag("asynchronous-unwind-tables", True):
        out.append("__GCC_HAVE_DWARF2_CFI_ASM 1")
    protection = options.flag_values.get("cf-protection", "none")
    if protection != "none":
        out.append(f"__CET__ {({'branch': 1, 'return': 2}).get(protection, 3)}")
    return "".join(f"#define {line}\n" for line in out)
