"""The driver's facts of RISC-V."""
from __future__ import annotations

from toolchain.driver.target_facts import TargetFacts, both, never, only


def targets() -> tuple[TargetFacts, ...]:
    """Fresh facts of RV64 and RV32, with glibc."""
    return _riscv64(), _riscv32()


def _riscv64() -> TargetFacts:
    t = TargetFacts("riscv64-linux-gnu", "riscv", "elf64lriscv", "/lib/ld-linux-riscv64-lp64d.so.1",
                    ("riscv64", "riscv", "riscv64-unknown-linux-gnu", "riscv64-unknown-elf"))
    t.flags = both("relax strict-align plt riscv-attribute div fdiv explicit-relocs shorten-memrefs") | never("save-restore") | only("little-endian")
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
    t.has_musl = False
    return t
