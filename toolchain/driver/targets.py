"""Facts of each target that the driver needs: names, libraries, and the -m options with their values.

A target's compiler modules are named here as text and imported when they are used.
"""
from __future__ import annotations

import importlib
import re
from typing import Final, Protocol, cast

from toolchain.cc.options import CompileOptions
from toolchain.cc.types import TargetLayout


class MacroModule(Protocol):
    """`macros.py` of a target."""

    def layout(self, options: CompileOptions) -> TargetLayout:
        """The data layout under the given options."""

    def predefined_macros(self, options: CompileOptions) -> str:
        """`#define` lines of the processor."""


class TargetFacts:
    """One target as the driver knows it."""

    def __init__(self, triple: str, folder: str, emulation: str, dynamic_linker: str, aliases: tuple[str, ...]) -> None:
        self.triple = triple
        self.folder = folder
        """Name of the target's folder in toolchain/cc."""
        self.emulation = emulation
        self.dynamic_linker = dynamic_linker
        self.aliases = aliases
        self.default_pie = True
        self.glibc = True
        """The C library is glibc: `__gnu_linux__` says so."""
        self.flags: dict[str, str] = {}
        """-mNAME and -mno-NAME: "" if both hold, "no" if only the negative does, "yes" if there is no negative."""
        self.values: dict[str, str] = {}
        """-mNAME=VALUE: a regular expression for the values that can be honoured."""
        self.flag_choices: dict[str, tuple[str, ...]] = {}
        """Values of -f options that only this target honours; the first one is meant where none is given."""
        self.library_dirs: tuple[str, ...] = ()
        self.include_dirs: tuple[str, ...] = ()
        self.attributes: frozenset[str] = frozenset()
        """Attributes that this target adds."""
        self.builtins: frozenset[str] = frozenset()
        """Builtin functions of gcc's common table that not every target has."""
        self.profiling = False
        """-pg is honoured."""
        self.assembler_options: tuple[str, ...] = ()
        """-m options (without value) that are passed to the assembler."""
        self.assembler_values: tuple[str, ...] = ()
        self.modes: dict[str, str] = {}
        """-m options (`mNAME` or `mNAME=VALUE`) that choose another target of the same family: to its triple."""
        self.assembler_mode: tuple[str, ...] = ()
        """What tells the assembler the target's word size, where one assembler serves several."""
        self.assembler_no_effect: tuple[str, ...] = ()
        """Assembler options that change nothing in what the compiler makes."""
        self.assembler_pic: tuple[str, ...] = ()
        """What tells the assembler that the code is position-independent, where it matters to it."""
        self.defaults: dict[str, str] = {}
        """Values of -m options that hold if none is given."""

    def macros(self) -> MacroModule:
        """The target's `macros` module."""
        return cast(MacroModule, importlib.import_module(f"toolchain.cc.{self.folder}.macros"))

    def machine_option(self, text: str) -> tuple[str, str, str]:
        """Name, value and complaint ("" if none) for the text after `-m`."""
        name, equals, value = text.partition("=")
        if equals:
            pattern = self.values.get(name)
            if pattern is None:
                return name, value, f"unrecognized command-line option '-m{text}'"
            if re.fullmatch(pattern, value) is None:
                return name, value, f"unrecognized argument in option '-m{text}'"
            return name, value, ""
        if text in self.flags and self.flags[text] != "no":
            return text, "", ""
        if text.startswith("no-") and self.flags.get(text[3:], "yes") != "yes":
            return text, "", ""
        if text in self.flags:
            return text, "", f"'-m{text}' is not supported"
        return text, "", f"unrecognized command-line option '-m{text}'"


def _both(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), "")


def _never(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), "no")


def _only(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), "yes")


def _riscv64() -> TargetFacts:
    t = TargetFacts("riscv64-linux-gnu", "riscv", "elf64lriscv", "/lib/ld-linux-riscv64-lp64d.so.1",
                    ("riscv64", "riscv", "riscv64-unknown-linux-gnu", "riscv64-unknown-elf"))
    t.flags = _both("relax strict-align plt riscv-attribute div fdiv explicit-relocs shorten-memrefs") | _never("save-restore") | _only("little-endian")
    t.values = {
        "arch": r"rv(32|64)[a-z0-9_.]+", "abi": "lp64[fd]?|ilp32[fde]?", "cmodel": "medlow|medany", "tune": r"[\w.-]+", "cpu": r"[\w.-]+",
        "isa-spec": r"20191213|20190608|2\.2", "preferred-stack-boundary": "4", "small-data-limit": r"\d+", "branch-cost": r"\d+",
        "align-data": "xlen|natural", "stack-protector-guard": "tls|global", "stack-protector-guard-reg": "tp", "stack-protector-guard-offset": r"-?\d+"}
    t.defaults = {"march": "rv64imafdc_zicsr_zifencei", "mabi": "lp64d", "mcmodel": "medlow"}
    t.library_dirs = ("/usr/riscv64-linux-gnu/lib", "/lib/riscv64-linux-gnu", "/usr/lib/riscv64-linux-gnu")
    t.include_dirs = ("/usr/local/include/riscv64-linux-gnu", "/usr/riscv64-linux-gnu/include", "/usr/include/riscv64-linux-gnu", "/usr/include")
    t.assembler_options = ("relax",)
    t.assembler_no_effect = ("-misa-spec=2.2",)
    t.assembler_pic = ("-fpic",)
    t.assembler_values = ("arch", "abi")
    t.modes = {f"mabi=ilp32{suffix}": "riscv32-linux-gnu" for suffix in ("", "f", "d", "e")}
    return t


def _riscv32() -> TargetFacts:
    """What RV64's compat vDSO needs: preprocessing, assembling and linking; there is no code generator."""
    base = _riscv64()
    t = TargetFacts("riscv32-linux-gnu", "riscv", "elf32lriscv", "/lib/ld-linux-riscv32-ilp32d.so.1", ("riscv32", "riscv32-unknown-elf"))
    t.flags = base.flags
    t.values = base.values
    t.modes = base.modes
    t.defaults = {"march": "rv32imafdc_zicsr_zifencei", "mabi": "ilp32d", "mcmodel": "medlow"}
    t.library_dirs = ("/usr/riscv32-linux-gnu/lib", "/lib/riscv32-linux-gnu", "/usr/lib/riscv32-linux-gnu")
    t.include_dirs = ("/usr/local/include/riscv32-linux-gnu", "/usr/riscv32-linux-gnu/include", "/usr/include/riscv32-linux-gnu", "/usr/include")
    t.assembler_options = base.assembler_options
    t.assembler_no_effect = base.assembler_no_effect
    t.assembler_pic = base.assembler_pic
    t.assembler_values = base.assembler_values
    return t


def _x86_64() -> TargetFacts:
    t = TargetFacts("x86_64-linux-gnu", "x86", "elf_x86_64", "/lib64/ld-linux-x86-64.so.2", ("x86_64", "x86-64", "amd64", "x86_64-pc-linux-gnu",
                                                                                              "x86_64-unknown-linux-gnu"))
    t.flags = _both(
        "mmx sse sse2 sse3 ssse3 sse4 sse4.1 sse4.2 sse4a popcnt avx avx2 aes sha bmi bmi2 fma fsgsbase lzcnt cx16 sahf 3dnow 80387 "
        "fp-ret-in-387 red-zone skip-rax-setup accumulate-outgoing-args push-args ieee-fp "
        "inline-all-stringops record-mcount fentry nop-mcount align-stringops stackrealign tls-direct-seg-refs vzeroupper cld fancy-math-387 fxsr xsave movbe "
        "rdrnd rdseed pclmul adx prfchw indirect-branch-register indirect-branch-cs-prefix manual-endbr shstk") | _only("64 32 16 general-regs-only hard-float soft-float long-double-80") | _never(
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
    t.flags = base.flags | _only("96bit-long-double")
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


def _musl(t: TargetFacts) -> TargetFacts:
    """A glibc target made into that of musl, with the folders of Debian's musl-dev and of cross compilers."""
    machine = t.triple.partition("-")[0]
    t.triple = f"{machine}-linux-musl"
    t.aliases = (f"{machine}-unknown-linux-musl", f"{machine}-pc-linux-musl", f"{machine}-alpine-linux-musl")
    t.glibc = False
    t.dynamic_linker = f"/lib/ld-musl-{machine}.so.1"
    t.modes = {option: triple.replace("-gnu", "-musl") for option, triple in t.modes.items()}
    t.library_dirs = (f"/usr/local/lib/{t.triple}", f"/usr/lib/{t.triple}", f"/usr/{t.triple}/lib")
    t.include_dirs = (f"/usr/local/include/{t.triple}", f"/usr/include/{t.triple}", f"/usr/{t.triple}/include")
    return t


TARGETS: Final = (_riscv64(), _riscv32(), _x86_64(), _i386(), _musl(_riscv64()), _musl(_x86_64()), _musl(_i386()))
DEFAULT_TARGET: Final = "x86_64-linux-gnu"


def find_target(name: str) -> TargetFacts | None:
    """The target of a triple or one of its other names."""
    for target in TARGETS:
        if name == target.triple or name in target.aliases:
            return target
    return None


def for_mode(target: TargetFacts, options: CompileOptions) -> TargetFacts:
    """The target whose libraries and emulation a mode option (`modes`) means."""
    for option, triple in target.modes.items():
        name, _, value = option.partition("=")
        if options.machine.get(name) == value:
            return find_target(triple) or target
    return target
