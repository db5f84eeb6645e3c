"""Predefined macros and data layout of RISC-V (riscv-c-api-doc, "Preprocessor Definitions"; psABI chapter 2)."""
from __future__ import annotations

import re
from typing import Final

from toolchain.cc import types
from toolchain.cc.options import CompileOptions
from toolchain.cc.types import TargetLayout
from toolchain.diagnostics import ToolError

DEFAULT_ARCH: Final = "rv64imafdc_zicsr_zifencei"
DEFAULT_ABI: Final = "lp64d"

# Versions that gcc 12.2 gives (major * 1000000 + minor * 1000), ISA spec 20191213.
_VERSIONS: Final[dict[str, int]] = {
    "i": 2001000, "e": 1009000, "m": 2000000, "a": 2001000, "f": 2002000, "d": 2002000, "q": 2002000, "c": 2000000, "v": 1000000,
    "zicsr": 2000000, "zifencei": 2000000}
_IMPLIED: Final[dict[str, tuple[str, ...]]] = {
    "d": ("f", "zicsr"), "f": ("zicsr",), "zhinx": ("zhinxmin", "zfinx", "zicsr"), "zbkb": (), "zk": ("zkn", "zkr", "zkt")}
_ORDER: Final = "iemafdqcv"


def extensions(arch: str) -> tuple[int, list[str]]:
    """XLEN and the extensions of an ISA string ("rv64gc_zba"), in canonical order.  Raises ToolError."""
    m = re.match(r"rv(32|64)([a-z]*)", arch)
    if m is None:
        raise ToolError(f"'-march={arch}': ISA string must begin with rv32 or rv64")
    parts = arch[4:].split("_")
    names: list[str] = []
    head = parts[0]
    multi = re.search(r"(?<=[a-z])[zsx][a-z0-9]+$", head)
    if multi is not None:
        parts.insert(1, multi.group())
        head = head[:multi.start()]
    if not head or head[0] not in "ieg":
        raise ToolError(f"'-march={arch}': first ISA subset must be 'e', 'i' or 'g'")
    for letter in re.sub(r"\d+(p\d+)?", "", head):
        if letter == "g":
            names += ["i", "m", "a", "f", "d", "zicsr", "zifencei"]
        elif letter in _ORDER:
            names.append(letter)
        else:
            raise ToolError(f"'-march={arch}': unsupported ISA subset '{letter}'")
    for part in parts[1:]:
        name = re.sub(r"\d+(p\d+)?$", "", part) if not part.startswith("zvl") else part
        if name:
            names.append(name)
    for name in list(names):
        names += _IMPLIED.get(name, ())
    single = [c for c in _ORDER if c in names]
    return int(m.group(1)), single + sorted({n for n in names if len(n) > 1})


def layout(options: CompileOptions) -> TargetLayout:
    """The data layout under `-f[un]signed-char`; misaligned accesses only if the command line says that the processor does them."""
    out = TargetLayout()
    out.unaligned_ok = "mno-strict-align" in options.machine
    out.char_signed = options.flag("signed-char", not options.flag("unsigned-char", True))
    if extensions(options.machine.get("march", DEFAULT_ARCH))[0] == 32:
        out.pointer_size = out.long_size = 4
        out.int64_is_long = out.int128 = False
        out.size_kind = types.UINT
        out.ptrdiff_kind = types.INT
    return out


def predefined_macros(options: CompileOptions) -> str:
    """`#define` lines of the processor."""
    machine = options.machine
    xlen, names = extensions(machine.get("march", DEFAULT_ARCH))
    abi = machine.get("mabi", DEFAULT_ABI)
    out = ["__riscv 1", f"__riscv_xlen {xlen}", "__riscv_arch_test 1"]
    for name in names:
        out.append(f"__riscv_{name} {_VERSIONS.get(name, 1000000)}")
    if "m" in names:
        out += ["__riscv_mul 1", "__riscv_muldiv 1", "__riscv_div 1"]
    if "a" in names:
        out.append("__riscv_atomic 1")
    if "c" in names:
        out.append("__riscv_compressed 1")
    if "f" in names:
        out += [f"__riscv_flen {64 if 'd' in names else 32}", "__riscv_fdiv 1", "__riscv_fsqrt 1"]
        out += [f"__FP_FAST_FMA{kind} 1" for kind in (("F", "F32", "", "F64", "F32x") if "d" in names else ("F", "F32"))]
    out.append({"d": "__riscv_float_abi_double 1", "f": "__riscv_float_abi_single 1"}.get(abi[-1], "__riscv_float_abi_soft 1"))
    if xlen == 32:
        out.append("__GCC_ATOMIC_LLONG_LOCK_FREE 1")
    model = machine.get("mcmodel", "medlow")
    out.append("__riscv_cmodel_medlow 1" if model == "medlow" and not options.pic else "__riscv_cmodel_medany 1")
    if options.pic:
        out.append("__riscv_cmodel_pic 1")
    for kind in ("BOOL", "CHAR", "CHAR16_T", "SHORT"):
        out.append(f"__GCC_ATOMIC_{kind}_LOCK_FREE 1")
    if "f" not in names:
        out += ["__GCC_IEC_559 0", "__GCC_IEC_559_COMPLEX 0"]
    return "".join(f"#define {line}\n" for line in out)
