"""What each processor that -march= can name has (gcc 12's manual, "x86 Options"), as far as this compiler makes use of it or programs ask by a macro.

`native` asks for no more than any x86-64 has: output does not depend on the machine that makes it.
"""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError

_V2: Final = "sse4.2 popcnt cx16 sahf"
_NEHALEM: Final = _V2 + " fxsr"
_SANDY_BRIDGE: Final = _NEHALEM + " avx pclmul xsave"
_IVY_BRIDGE: Final = _SANDY_BRIDGE + " fsgsbase rdrnd"
_HASWELL: Final = _IVY_BRIDGE + " avx2 bmi bmi2 fma lzcnt movbe"
_BROADWELL: Final = _HASWELL + " adx rdseed prfchw"
_SKYLAKE: Final = _BROADWELL + " aes"
_SILVERMONT: Final = _NEHALEM + " pclmul movbe rdrnd prfchw"
_GOLDMONT: Final = _SILVERMONT + " aes sha fsgsbase rdseed xsave"
_BULLDOZER: Final = _V2 + " avx aes pclmul lzcnt fxsr xsave prfchw sse4a"
_PILEDRIVER: Final = _BULLDOZER + " bmi fma"
_ZEN: Final = _HASWELL + " aes sha adx rdseed prfchw sse4a"

_SETS: Final[tuple[tuple[str, str], ...]] = (
    ("x86-64 k8 opteron athlon64 athlon-fx eden-x2 nano nano-1000 native generic", ""),
    ("nocona k8-sse3 opteron-sse3 athlon64-sse3", "sse3 cx16"), ("core2", "ssse3 cx16 sahf"), ("x86-64-v2", _V2), ("nehalem corei7", _NEHALEM),
    ("westmere", _NEHALEM + " pclmul"), ("sandybridge corei7-avx", _SANDY_BRIDGE), ("ivybridge core-avx-i", _IVY_BRIDGE),
    ("x86-64-v3 x86-64-v4", _V2 + " avx2 bmi bmi2 fma lzcnt movbe xsave"), ("haswell core-avx2", _HASWELL), ("broadwell", _BROADWELL),
    ("skylake", _SKYLAKE),
    ("skylake-avx512 cannonlake cascadelake cooperlake icelake-client icelake-server rocketlake tigerlake sapphirerapids alderlake", _SKYLAKE),
    ("bonnell atom", "ssse3 cx16 sahf movbe"), ("silvermont slm", _SILVERMONT), ("goldmont goldmont-plus tremont", _GOLDMONT),
    ("knl knm", _BROADWELL), ("amdfam10 barcelona", "sse3 sse4a lzcnt popcnt cx16 sahf prfchw"), ("bdver1", _BULLDOZER), ("bdver2", _PILEDRIVER),
    ("bdver3", _PILEDRIVER + " fsgsbase"), ("bdver4", _PILEDRIVER + " fsgsbase avx2 bmi2 movbe rdrnd"),
    ("btver1", "ssse3 sse4a lzcnt popcnt cx16 sahf prfchw"), ("btver2", _V2 + " avx aes pclmul bmi movbe lzcnt sse4a prfchw xsave"),
    ("znver1 znver2 znver3", _ZEN))
_OLD: Final[tuple[tuple[str, str], ...]] = (
    ("i386 i486 i586 pentium lakemont", ""), ("pentium-mmx winchip-c6 winchip2 k6 k6-2 k6-3 c3", "mmx"), ("i686 pentiumpro", "cmov"),
    ("pentium2 athlon athlon-tbird geode", "mmx cmov fxsr"), ("pentium3 pentium3m athlon-4 athlon-xp athlon-mp c3-2", "mmx sse cmov fxsr"),
    ("pentium-m pentium4 pentium4m", "mmx sse2 cmov fxsr"), ("prescott c7 esther samuel-2 nehemiah", "mmx sse3 cmov fxsr"))
PROCESSORS: Final[dict[str, tuple[str, bool]]] = {
    name: (sets, wide) for rows, wide in ((_SETS, True), (_OLD, False)) for names, sets in rows for name in names.split()}
"""Instruction sets beyond the mode's own, and whether the processor has 64-bit mode."""
TUNES: Final = frozenset({*PROCESSORS, "intel"})
"""What -mtune= may name."""


def features(name: str, wide: bool) -> list[str]:
    """The sets of a processor.  Raises ToolError if gcc would not know it either."""
    row = PROCESSORS.get(name)
    if row is None or name == "generic":
        raise ToolError(f"bad value ('{name}') for '-march=' switch")
    if wide and not row[1]:
        raise ToolError("CPU you selected does not support x86-64 instruction set")
    return [*row[0].split(), *(("cmov", "mmx", "sse2", "fxsr") if row[1] else ())]
