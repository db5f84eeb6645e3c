"""RISC-V links: relaxation, alignment, gp, attributes, against GNU ld where it is installed."""
from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from ld_helpers import assemble, have, ld, wrapper

AS = "riscv64-linux-gnu-as"
pytestmark = pytest.mark.skipif(not have(AS), reason="needs GNU as for RISC-V")

PROGRAM = """
    .globl _start
    .text
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    call one
    la a1, value
    lw a1, 0(a1)
    add a0, a0, a1
    tail finish
    .p2align 4
finish:
    li a7, 93
    ecall
    .globl one
one:
    li a0, 20
    ret
    .section .sdata,"aw"
value: .word 22
    .word finish - one
"""


def elf(path: Path) -> ELFFile:
    return ELFFile(io.BytesIO(path.read_bytes()))


def text(path: Path) -> bytes:
    return bytes(elf(path).get_section_by_name(".text").data())


def symbols(path: Path) -> dict[str, int]:
    return {s.name: s["st_value"] for s in elf(path).get_section_by_name(".symtab").iter_symbols()}


def test_relaxation_shortens(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", PROGRAM, AS)
    assert ld(tmp_path, "-o", "short", a).status == 0
    assert ld(tmp_path, "--no-relax", "-o", "long", a).status == 0
    assert len(text(tmp_path / "short")) < len(text(tmp_path / "long"))
    for name in ("short", "long"):
        s = symbols(tmp_path / name)
        assert s["finish"] % 16 == 0
        data = elf(tmp_path / name).get_section_by_name(".sdata").data()
        assert int.from_bytes(data[4:8], "little", signed=True) == s["finish"] - s["one"]


@pytest.mark.skipif(not have("qemu-riscv64"), reason="needs qemu-riscv64")
@pytest.mark.parametrize("option", ["--relax", "--no-relax", "-pie", "-Bstatic"])
def test_program_runs(tmp_path: Path, option: str) -> None:
    a = assemble(tmp_path, "a", PROGRAM, AS)
    assert ld(tmp_path, option, "--no-dynamic-linker", "-o", "prog", a).status == 0
    assert subprocess.run(["qemu-riscv64", str(tmp_path / "prog")], timeout=30).returncode == 42


def test_same_size_as_gnu(tmp_path: Path) -> None:
    if not have("riscv64-linux-gnu-ld"):
        pytest.skip("needs GNU ld")
    a = assemble(tmp_path, "a", PROGRAM, AS)
    assert ld(tmp_path, "-o", "ours", a).status == 0
    subprocess.run(["riscv64-linux-gnu-ld", "-o", "gnu", a], cwd=tmp_path, check=True)
    assert len(text(tmp_path / "ours")) == len(text(tmp_path / "gnu"))


def test_float_abis_do_not_mix(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: ret\n", AS, "-mabi=lp64")
    b = assemble(tmp_path, "b", "nop\n", AS, "-mabi=lp64d", "-march=rv64gc")
    run = ld(tmp_path, "-o", "prog", a, b)
    assert run.status == 1 and "can't link double-float modules with soft-float modules" in run.err


def test_attributes_are_merged(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: ret\n", AS, "-march=rv64ima", "-mabi=lp64", "-march-attr")
    b = assemble(tmp_path, "b", "nop\n", AS, "-march=rv64ic", "-mabi=lp64", "-march-attr")
    assert ld(tmp_path, "-o", "prog", a, b).status == 0
    data = elf(tmp_path / "prog").get_section_by_name(".riscv.attributes").data()
    arch = data.partition(b"rv64")[2].decode().partition("\0")[0]
    assert [e[0] for e in arch.split("_")][:4] == ["i", "m", "a", "c"]


def test_undefined_weak_call_and_address(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".weak w\n.globl _start\n_start: la a0, w\n call w\n", AS)
    run = ld(tmp_path, "-Ttext=0xffffffff80000000", "-o", "prog", a)
    assert run.status == 0, run.err


def test_lonely_low_part(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".option norelax\n.globl _start\n_start: nop\n addi a0, a0, %pcrel_lo(_start)\n", AS)
    run = ld(tmp_path, "-o", "prog", a)
    assert run.status == 1 and "missing matching R_RISCV_PCREL_HI20" in run.err


LIBRARY = """
#include <stdio.h>
int shared_var = 42; extern __thread int ext_tls; __thread int ext_tls = 9; static __thread int own = 3;
const char *names[] = {"a", "b"};
int libfunc(int x) { own += x; ext_tls++; return printf("lib %d %d %d %s\\n", x, own, ext_tls, names[x & 1]); }
static int impl(void) { return 77; }
static void *resolve(void) { return impl; }
int ifn(void) __attribute__((ifunc("resolve")));
"""
MAIN = """
#include <stdio.h>
extern int shared_var; extern __thread int ext_tls; int libfunc(int); int ifn(void); int (*p)(int) = libfunc; extern const char *names[];
__attribute__((weak)) void notthere(void);
int main(void) { libfunc(1); p(2); printf("%d %d %d %s\\n", shared_var, ext_tls, ifn(), names[1]); if (notthere) notthere(); return 0; }
"""
EXPECTED = "lib 1 4 10 b\nlib 2 6 11 a\n42 11 77 b\n"


@pytest.mark.parametrize(("compiler", "run"), [("riscv64-linux-gnu-gcc", ["qemu-riscv64", "-L", "/usr/riscv64-linux-gnu"]), ("gcc", [])])
@pytest.mark.parametrize("options", ["-static", "-no-pie", "-pie -fPIE", "-pie -fPIC -Wl,-z,now,-z,pack-relative-relocs", "-no-pie -fno-pic"])
def test_c_program(tmp_path: Path, compiler: str, run: list[str], options: str) -> None:
    if not have(compiler, *run[:1]):
        pytest.skip("needs " + compiler)
    (tmp_path / "l.c").write_text(LIBRARY)
    (tmp_path / "m.c").write_text(MAIN)
    gcc = [compiler, "-O1", "-B" + wrapper(tmp_path)]
    if options == "-static":
        subprocess.run([*gcc, "-static", "m.c", "l.c", "-o", "prog"], cwd=tmp_path, check=True)
    else:
        subprocess.run([*gcc, "-shared", "-fPIC", "l.c", "-o", "libl.so"], cwd=tmp_path, check=True)
        subprocess.run([*gcc, *options.split(), "m.c", "-L.", "-ll", f"-Wl,-rpath,{tmp_path}", "-o", "prog"], cwd=tmp_path, check=True)
    done = subprocess.run([*run, str(tmp_path / "prog")], capture_output=True, text=True, timeout=60)
    assert done.stdout == EXPECTED and done.returncode == 0


@pytest.mark.skipif(not have("qemu-riscv32"), reason="needs qemu-riscv32")
def test_rv32(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", PROGRAM, AS, "-march=rv32imac", "-mabi=ilp32")
    assert ld(tmp_path, "-m", "elf32lriscv", "-o", "prog", a).status == 0
    assert b"\x2d\x20" in text(tmp_path / "prog") or len(text(tmp_path / "prog")) < 64     # c.jal exists here only
    assert subprocess.run(["qemu-riscv32", str(tmp_path / "prog")], timeout=30).returncode == 42
