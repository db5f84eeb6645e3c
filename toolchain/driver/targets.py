"""The targets that the driver knows; each family's facts are in a module of its own."""
from __future__ import annotations

from typing import Final

from toolchain.cc.options import CompileOptions
from toolchain.driver import riscv, x86
from toolchain.driver.target_facts import TargetFacts


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


def _glibc() -> tuple[TargetFacts, ...]:
    return *riscv.targets(), *x86.targets()


TARGETS: Final = (*_glibc(), *(_musl(t) for t in _glibc() if t.has_musl))
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
