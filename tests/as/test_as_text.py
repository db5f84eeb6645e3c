"""The language: statements, expressions, macros, conditionals, sections, errors."""
from __future__ import annotations

import struct

import pytest
from asm_helpers import MemoryContext, assemble, errors_of, relocations, run, section, symbol_names

from toolchain.assembler import main


def data(text: str) -> bytes:
    return section(assemble(".data\n" + text), ".data")


@pytest.mark.parametrize(("text", "value"), [
    ("1+2*3", 7), ("(1+2)*3", 9), ("1<<3+1", 9), ("10-3-2", 5), ("-7/2", -3), ("-7%3", -1), ("6&3|8", 10), ("1==1", -1), ("1<2 && 3", 1),
    ("!5", 0), ("~0", -1), ("'a", 97), ("'a'+1", 98), ("0b101", 5), ("017", 15), ("1 || 0", 1), ("5 ! 2", 5 | ~2), ("2 <> 2", 0), ("- -3", 3),
    ("1<<63", -(1 << 63)), ("0xffffffffffffffff", -1),
])
def test_expressions(text: str, value: int) -> None:
    assert data(f".quad {text}") == struct.pack("<q", value)


def test_comments_and_separators() -> None:
    assert data('.byte 1 # no\n.byte 2 ; .byte 3\n/* .byte 9\n*/ .byte 4\n# comment ; .byte 9\n.ascii "#;/*"\n.byte \'#, 5') == b'\1\2\3\4#;/*#\5'


def test_macro_arguments() -> None:
    text = """
.macro m a, b=3, c:req, rest:vararg
 .byte \\a, \\b, \\c
 .ifnb \\rest
 .byte \\rest
 .endif
.endm
 m 1, , 5
 m c=9, a=2
 m 1, 2, 3, 4, 5
"""
    assert data(text) == bytes([1, 3, 5, 2, 3, 9, 1, 2, 3, 4, 5])


def test_macro_recursion_exit_and_counter() -> None:
    text = """
.macro down n
 .if \\n == 0
 .exitm
 .endif
 .byte \\n
 down (\\n - 1)
.endm
 down 3
.macro count
 .byte \\@
.endm
 count
 count
"""
    assert data(text) == bytes([3, 2, 1, 4, 5])


def test_altmacro() -> None:
    text = """
 .altmacro
 .macro t a, b
 LOCAL x
 x: .byte a, b, x - x
 .endm
 t 1, %2+3
 t <4>, 6
 .noaltmacro
"""
    assert data(text) == bytes([1, 5, 0, 4, 6, 0])


def test_repeats() -> None:
    assert data(".rept 2\n.irp x,1,2\n.byte \\x\n.endr\n.irpc c,34\n.byte \\c\n.endr\n.endr") == bytes([1, 2, 3, 4] * 2)


def test_sections_and_subsections() -> None:
    image = assemble(".data\n.byte 1\n.data 1\n.byte 3\n.data 0\n.byte 2\n.pushsection .foo,\"a\"\n.byte 9\n.popsection\n.previous\n.byte 4")
    assert section(image, ".data") == bytes([1, 2, 3, 4])
    assert section(image, ".foo") == b"\x09"


def test_symbol_redefinition_keeps_earlier_uses() -> None:
    assert data("x = 1\n.byte x\nx = x + 1\n.byte x\n") == bytes([1, 2])


def test_numeric_labels() -> None:
    assert data("1: .byte 1f - 1b\n1: .byte 1b - 0f\n0:") == bytes([1, 255])


def test_forward_constant_and_org() -> None:
    assert data(".space late - early\n.org 5\n.byte 7\nearly: .word 0\nlate:") == b"\0" * 5 + b"\7" + b"\0" * 4


def test_include_and_incbin() -> None:
    image = assemble('.data\n.include "a.inc"\n.incbin "b.bin", 1, 2\n', files={"a.inc": b".byte 1\n", "b.bin": b"wxyz"})
    assert section(image, ".data") == b"\1xy"


def test_differences_in_code_stay_for_the_linker() -> None:
    image = assemble("f: nop\n call g\ne:\n .section .rodata\n .word e - f\n a: .word 1\n .word . - a")
    assert [(o, a) for o, _, _, a in relocations(image, ".rodata")] == [(0, 0), (0, 0)]
    assert section(image, ".rodata")[8:] == struct.pack("<i", 4)


def test_local_labels_appear_only_if_a_relocation_needs_them() -> None:
    names = symbol_names(assemble(".text\n.La: j .La\n.Lb: nop"))
    assert ".La" in names and ".Lb" not in names


@pytest.mark.parametrize(("text", "message"), [
    ("frob a0", "1:1: error: unrecognized opcode `frob a0'"),
    ("addi a0, a1, 5000", "out of range -2048..2047"),
    ("clz a0, a1", "extension `zbb' or `zbkb'".split(" or")[0]),
    ("\n .word (1", "2:2: error: missing `)'"),
    ("a:\na:", "2:1: error: symbol `a' is already defined"),
    (".if 1", "end of file inside conditional"),
    (".macro m", "unexpected end of file"),
    (".endm", ".endm without .macro"),
    (".else", ".else without matching .if"),
    (".error \"boom\"", "boom"),
    (".frobnicate", "unknown pseudo-op: `.frobnicate'"),
    (".ln 5", "unknown pseudo-op: `.ln'"),
    (".data\n.half undefined", "no relocation can put"),
    (".org 4\n.org 2", "attempt to move .org backwards"),
    ("j 1b", "backward reference to unknown label"),
    ("j 1f", "not defined"),
    (".set a, b\n.set b, a\n.word a", "loop"),
    (".cfi_startproc", "open CFI"),
    (".macro m\n m\n.endm\n m", "nested too deeply"),
    ("/* open", "end of file in comment"),
    (".incbin \"none\"", "can't open none"),
    (".stabs \"x\",1,2,3,4", "stabs"),
    (".quad a*b", "not constant"),
    (".fill 1<<40", "too large"),
    (".bss\n.byte 1", "non-zero value in section"),
    (".option pop", "no .option push"),
    (".option arch, +frob", "unknown"),
])
def test_errors(text: str, message: str) -> None:
    assert message in errors_of(text, "-march=rv64gc")


def test_error_in_macro_names_the_call() -> None:
    text = errors_of(".macro bad\n frob\n.endm\n\n bad\n")
    assert "{standard input}:2:2: error: unrecognized opcode `frob'" in text
    assert "{standard input}:5:2: note: in expansion of macro 'bad'" in text


def test_line_markers_of_the_preprocessor() -> None:
    assert "x.c:41:2: error" in errors_of('# 40 "x.c" 1\n nop\n frob\n')


def test_command_line() -> None:
    context = MemoryContext({}, b"")
    assert main(["--version"], context) == 0
    assert context.output.getvalue().startswith(b"GNU assembler (tcc-py) 2.40\n")
    for bad in (["-march=rv99"], ["-mabi=lp64d", "-march=rv64i"], ["--frob"], ["-alh"], ["--target=pdp11-dec"], ["-march=rv64gc_zfrob"], ["none.s"],
                *[["--target=x86_64-linux-gnu", word] for word in ("-march=i686", "-mlfence-after-load=yes", "-mbranches-within-32B-boundaries", "-O2", "-mx86-used-note=yes")]):
        context = MemoryContext({}, b"")
        assert main([*bad, "-o", "x"], context) == 1 and context.errors.getvalue() and not context.written
    status, context = run(".byte SYM", "--defsym", "SYM=5")
    assert status == 0
    status, context = run('.warning "w"', "--fatal-warnings")
    assert status == 1 and not context.written


def test_response_file() -> None:
    context = MemoryContext({"args": b"-o out.o in.s", "in.s": b"nop\n"})
    assert main(["@args"], context) == 0 and "out.o" in context.written


def test_repeat_block_on_one_line() -> None:
    assert data("i = 0 ; .rept 3 ; .byte i ; i = i + 1 ; .endr ; .byte 9") == bytes([0, 1, 2, 9])
    assert data(".macro m\n.rept 2 ; .byte 5 ; .endr\n.endm\n m") == bytes([5, 5])


def test_names_of_registers() -> None:
    image = assemble(".set out, %rdi\n movq %rax, out\n movl 4(out), %eax\n .if %rsp == %rsp\n nop\n .endif\n .if %rsp == %rax\n nop\n .endif\n",
                     "--target=x86_64-linux-gnu")
    assert section(image, ".text").hex() == "4889c78b470490"
    assert "out" not in symbol_names(image)


def test_markers_of_inline_assembly_return_to_the_file() -> None:
    text = errors_of(' nop\n#APP\n# 7 "x.c" 1\n nop\n# 0 "" 2\n#NO_APP\n frob\n')
    assert "{standard input}:7:2: error" in text
