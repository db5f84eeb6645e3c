"""The driver's facts of x86-64 and i386."""
from __future__ import annotations

from toolchain.driver.target_facts import TargetFacts, both, never, only


def targets() -> tuple[TargetFacts, ...]:
    """Fresh facts of both, with glibc."""
    return _x86_64(), _i386()


def _x86_64() -> TargetFacts:
    t = TargetFacts("x86_64-linux-gnu", "x86", "elf_x86_64", "/lib64/ld-linux-x86-64.so.2", ("x86_64", "x86-64", "amd64", "x86_64-pc-linux-gnu",
                                                                                              "x86_64-unknown-linux-gnu"))
    t.flags = both(
        "mmx sse sse2 sse3 ssse3 sse4 sse4.1 sse4.2 sse4a popcnt avx avx2 aes sha bmi bmi2 fma fsgsbase lzcnt cx16 sahf 3dnow 80387 "
        "fp-ret-in-387 red-zone skip-rax-setup accumulate-outgoing-args push-args ieee-fp "
        "inline-all-stringops record-mcount fentry nop-mcount align-stringops stackrealign tls-direct-seg-refs vzeroupper cld fancy-math-387 fxsr xsave movbe "
        "rdrnd rdseed pclmul adx prfchw indirect-branch-register indirect-branch-cs-prefix manual-endbr shstk") | only("64 32 16 general-regs-only hard-float soft-float long-double-80") | never(
        "x32 iamcu ms-bitfields sse2avx avx512f avx512vl avx512bw avx512dq avx512cd amx-tile amx-int8 amx-bf16 "
        "direct-extern-access recip")
    t.values = {
        "arch": r"[\w.-]+", "tune": r"[\w.-]+", "cmodel": "small|kernel|medium|large", "regparm": "[0-3]", "preferred-stack-boundary": r"\d+",
        "incoming-stack-boundary": r"\d+", "indirect-branch": "keep|thunk|thunk-inline|thunk-extern",
        "function-return": "keep|thunk|thunk-inline|thunk-extern", "harden-sls": "none|all|return|indirect-jmp", "fpmath": "sse",
        "tls-dialect": "gnu", "branch-cost": r"\d+", "asm": "att|intel", "abi": "sysv", "large-data-threshold": r"\d+", "align-data": "compat|abi|cacheline",
        "stack-protector-guard": "tls|global", "stack-protector-guard-reg": "fs|gs", "stack-protector-guard-offset": r"-?(0x[\da-f]+|\d+)",
        "stack-protector-guard-symbol": r"[\w.$]+"}
    t.defaults = {"march": "x86-64", "mcmodel": "small"}
    t.profiling = True
    t.flag_choices = {"cf-protection": ("full", "branch", "return", "none"),
                      "zero-call-used-regs": ("skip", "used-gpr", "all-gpr", "used-gpr-arg", "all-gpr-arg")}
    t.modes = {"m32": "i386-linux-gnu", "m16": "i386-linux-gnu", "m64": "x86_64-linux-gnu"}
    t.assembler_mode = ("--64",)
    t.library_dirs = ("/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64")
    t.include_dirs = ("/usr/local/include", "/usr/include/x86_64-linux-gnu", "/usr/include")
    t.builtins = frozenset(("__builtin_cpu_init", "__builtin_cpu_supports", "__builtin_cpu_is"))
    t.attributes = frozenset("""no_caller_saved_registers nodirect_extern_access regparm gcc_struct ms_struct ms_abi sysv_abi cdecl fastcall stdcall
        thiscall sseregparm force_align_arg_pointer ms_hook_prologue indirect_branch function_return indirect_return fentry_name fentry_section""".split())
    return t


def _i386() -> TargetFacts:
    base = _x86_64()
    t = TargetFacts("i386-linux-gnu", "x86", "elf_i386", "/lib/ld-linux.so.2", ("i386", "i686", "i686-linux-gnu", "i686-pc-linux-gnu"))
    t.flags = base.flags | only("96bit-long-double")
    t.values = base.values | {"fpmath": "387"}
    t.flag_choices = base.flag_choices
    t.profiling = base.profiling
    t.modes = base.modes
    t.assembler_mode = ("--32",)
    t.defaults = {"m32": "", "march": "i686", "mcmodel": "small"}
    t.attributes = base.attributes
    t.builtins = base.builtins
    t.library_dirs = ("/usr/lib/i386-linux-gnu", "/lib/i386-linux-gnu", "/usr/lib32", "/lib32")
    t.include_dirs = ("/usr/local/include", "/usr/include/i386-linux-gnu", "/usr/include/x86_64-linux-gnu", "/usr/include")
    return t
