"""A sample of the sweep: our objects of gcc's output are those of GNU as; and what the sweep found, in small."""
from __future__ import annotations

from pathlib import Path

import pytest
from sweep import ORACLES, compare, compile_text

SAMPLE = Path(__file__).parent / "sweep_sample.c"
SETS = [
    ("x86_64", "-O2 -g"), ("x86_64", "-O3 -march=haswell -fPIC"), ("x86_64", "-O0"), ("x86_64", "-Os -masm=intel -fno-pic"),
    ("i386", "-O2 -fPIC"), ("i386", "-Os -g -ffreestanding"),
    ("riscv64", "-O0 -g"), ("riscv64", "-O2"), ("riscv64", "-Os -fPIC -g"), ("riscv64", "-O2 -fexceptions -fno-pic"), ("riscv64", "-O1 -mno-relax -funwind-tables"),
]


@pytest.mark.parametrize(("target", "options"), SETS)
def test_objects_of_compiled_text_equal(target: str, options: str, tmp_path: Path) -> None:
    oracle = ORACLES[target]
    if not oracle.installed():
        pytest.skip(f"no gcc and GNU as 2.40 for {target}")
    text = compile_text(oracle, SAMPLE, options, tmp_path)
    if text is None:
        pytest.skip("gcc cannot compile this")
    assert compare(oracle, text, tmp_path) == []


CONSTANTS = """
.section .rodata.cst8,"aM",@progbits,8
.LC0: .quad 0
.LC1: .quad 0
.LC2: .quad 0
.LC3: .quad 0
"""
TEXTS = [
    # relocations of branches that layout made long come last
    "f: jmp g\n call h\n je i@PLT\n call h\n .globl g2\n g2: nop\n jmp g2@PLT\n jmp g2\n jmp f@PLT\n.section .text.unlikely,\"ax\"\ng: jmp f\n call h\n",
    # a local label's place in the symbol table: the second mention that begins an address
    "f: movsd .LC0(%rip), %xmm0\n movsd .LC1(%rip), %xmm0\n movsd .LC1(%rip), %xmm0\ng: movq .LC2(%rip), %rax\nh: call x\n mov $.LC0, %rax" + CONSTANTS,
    ".set .LC4,.LC3\nf: mulsd .LC4(%rip), %xmm0\ng: mulsd .LC0(%rip), %xmm1\nh:" + CONSTANTS,
    # the GOT's symbol, by a relocation operator
    "a: mov x@GOTPCREL(%rip), %rax\nb: call y@PLT",
    "a: call y@PLT\n .quad z@SIZE",
    # the distance to the GOT, and what is the same from a label
    "f: nop\n1: movabsq $_GLOBAL_OFFSET_TABLE_-f, %r11\n.L2: movabsq $_GLOBAL_OFFSET_TABLE_-.L2, %r11\n .long _GLOBAL_OFFSET_TABLE_-., _GLOBAL_OFFSET_TABLE_-f\n"
    ".quad _GLOBAL_OFFSET_TABLE_, _GLOBAL_OFFSET_TABLE_-1b\n addl $_GLOBAL_OFFSET_TABLE_+(.-1b), %ebx",
    # sections of one name
    '.section .a,"aG",@progbits,g1,comdat\n.La: .quad 0\n.section .a,"aG",@progbits,g2,comdat\n.Lb: .quad 0\nx: .section .q,"a"\n .quad .Lb,.La\ny: .quad .LC0+1\n'
    + CONSTANTS,
    # gathers: the index is a vector
    " vgatherdps %xmm3,(%rax,%xmm2,4),%xmm1\n vgatherqps %xmm3,(,%ymm4,4),%xmm1\n vpgatherdq %ymm3,(%r13,%xmm4),%ymm1\n vgatherdpd %ymm3,x(%eax,%xmm15,2),%ymm1\n"
    ".intel_syntax noprefix\n vgatherqpd ymm1, QWORD PTR x[ymm2*4], ymm3\n vpgatherqd xmm1, DWORD PTR [rbx+ymm2*4+8], xmm3\n vpgatherqd xmm1, [rbx+xmm2], xmm3",
    '.section .lbss,"aw"\n.space 4\n.section .lrodata.x,"al"\n.quad 1\n.section .ldata\n.quad 1',
    ".intel_syntax noprefix\nf: mulsd xmm0, QWORD PTR .LC0[rip]\ng: mov eax, DWORD PTR .LC1[rip+4]\nh: mov rax, OFFSET FLAT:.LC2+1" + CONSTANTS,
]


@pytest.mark.parametrize("text", TEXTS)
def test_order_of_relocations_and_symbols(text: str, tmp_path: Path) -> None:
    oracle = ORACLES["x86_64"]
    if not oracle.installed():
        pytest.skip("no gcc and GNU as 2.40")
    assert compare(oracle, text + "\n", tmp_path) == []


DIRECTIVES = [
    ".dc 1,2\n.dc.a x\n.dc.b 1\n.dc.d 1.5\n.dc.s 2.5\n.dc.x 1.25\n.dcb 2,5\n.dcb.b 3,1\n.dcb.l 2,7\n.dcb.d 2,1.5\n.dcb.x 1,1.5\n",
    ".ds 3\n.ds.b 2\n.ds.w 3,1\n.ds.l 1\n.ds.d 1\n.ds.s 1\n.ds.p 1\n.ds.x 2\n.byte 1\n",
    ".offset 4\na: .skip 4\nb: .balign 16\nc: .struct 8\nd:.text\n.long a,b,c,d\n.struct a+1\ne: .skip 1\nf: .data\n.long f,e\n",
    ".gnu_attribute 4,1\n.gnu_attribute 5,\"abc\"\n.gnu_attribute 32,1,\"x\"\n.gnu_attribute 200,300\n",
    ".globl a\na: nop\n.symver a,a1@V1\n.symver a,a2@V2\n.symver b,b1@V1\n.symver a,a3@@V3\n.globl b\nb: nop\n",
    '.section .text.f,"axG",@progbits,f,comdat\nf: nop\n.Lf: nop\ng: nop\n.section .z,"aw"\n.8byte f\n.8byte .Lf,g+1\n',
    '.ascii "\\0\\00\\08\\779"\n.string64 "ab"\n.float NaN,Inf,-NaN\n.double -Inf,NaN\n.tls_common t,4,4\n.xdef q\nq: .nop\n',
    '.section .x,"a"\n.attach_to_group g\n.long 1\n',
    ".purgem nosuch\n.previous\n.popsection\n.func f\nf: .endfunc\n.mri 0\n.macro m a b\n.byte \\a,\\b\n.endm\nm \"1\" \"2\"\n",
]


@pytest.mark.parametrize("text", DIRECTIVES)
def test_directives(text: str, tmp_path: Path) -> None:
    oracle = ORACLES["x86_64"]
    if not oracle.installed():
        pytest.skip("no gcc and GNU as 2.40")
    assert compare(oracle, text, tmp_path) == []


def test_padding_of_a_size(tmp_path: Path) -> None:
    if not ORACLES["x86_64"].installed():
        pytest.skip("no gcc and GNU as 2.40")
    assert compare(ORACLES["x86_64"], ".nops 7\n.nops 5,3\n.nops 20\n.nops 40\n.nops 11,4\n.nop\n", tmp_path) == []
