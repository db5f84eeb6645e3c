"""AT&T syntax of x86: bytes against GNU as where it is at hand, and cases with known bytes everywhere."""
from __future__ import annotations

import io

import pytest

from toolchain import assembler
from toolchain.diagnostics import Diagnostics
from toolchain.elf.image import ObjectImage


def assemble(text: str, triple: str = "x86_64-linux-gnu") -> ObjectImage:
    """The object of a text."""
    errors = io.StringIO()
    image = assembler.assemble(text, "a.s", triple, [], Diagnostics("as", errors))
    assert image is not None, errors.getvalue()
    return image


def code(text: str, triple: str = "x86_64-linux-gnu") -> str:
    """Bytes of .text in hexadecimal."""
    return next(s for s in assemble(text, triple).sections if s.name == ".text").data.hex()


@pytest.mark.parametrize(("text", "expected"), [
    ("movq $5, %rax", "48c7c005000000"),
    ("mov $0x123456789, %rax", "48b88967452301000000"),
    ("addl $0xffffffff, %eax", "83c0ff"),
    ("add $1000, %eax", "05e8030000"),
    ("movw %fs:(%eax), %ax", "6467668b00"),
    ("lock cmpxchgq %rcx, 8(%rdi,%rsi,4)", "f0480fb14cb708"),
    ("rep movsq", "f348a5"),
    ("rep; stosb", "f3aa"),
    ("call *8(%rax)", "ff5008"),
    ("jmp *%rdx", "ffe2"),
    ("1: jmp 1b", "ebfe"),
    ("1: jne 1b; nop", "75fe90"),
    ("push $5; pushq %r12; pop %rbx", "6a0541545b"),
    ("shl %eax; sar $3, %rdx", "d1e048c1fa03"),
    ("movzbl (%rdi), %eax; movslq %eax, %rdx", "0fb6074863d0"),
    ("in (%dx), %al; outb %al, $0x80", "ece680"),
    ("movl %gs:0, %eax", "658b042500000000"),
    ("fldt (%rsp); fstpt 16(%rsp); fucomip %st(1), %st", "db2c24db7c2410dfe9"),
    ("cvtsi2sdq %rax, %xmm1; movsd %xmm1, (%rdi)", "f2480f2ac8f20f110f"),
    ("imul $3, %edi, %eax", "6bc703"),
    ("nopw 0(%rax,%rax,1); data16 nop", "660f1f0400"[:10] + "6690"),
    (".word 1; .long 2", "010002000000"),
])
def test_known_bytes(text: str, expected: str) -> None:
    """Encodings as GNU as chooses them."""
    assert code(text) == expected


def test_modes() -> None:
    """16, 32 and 64-bit code in one file."""
    assert code(".code16\nmovl %eax, %ebx\nmov %ax, %bx\nmov (%bx,%si), %al", "i386-linux-gnu") == "6689c389c38a00"
    assert code(".code16gcc\nret\npush %eax", "i386-linux-gnu") == "66c36650"
    assert code("ljmpl $8, $0x12345678", "i386-linux-gnu") == "ea785634120800"


def test_errors() -> None:
    """What cannot be assembled is refused."""
    for text in ("movl %rax, %ebx", "frobnicate %eax", "movl $1, %nosuch", "movl (%rax,%rsp), %eax"):
        errors = io.StringIO()
        assert assembler.assemble(text, "a.s", "x86_64-linux-gnu", [], Diagnostics("as", errors)) is None
        assert "error" in errors.getvalue()


def test_addends_of_the_got_and_ifuncs() -> None:
    """As GNU as has them: %rip's displacement counts from the next instruction, other fields from the start; calls of a local IFUNC stay."""
    image = assemble("lea _GLOBAL_OFFSET_TABLE_(%rip), %rax\nmovabs $_GLOBAL_OFFSET_TABLE_, %rcx\n"
                     ".type f,@gnu_indirect_function\nf: ret\ncall f\njmp f\n.set g, f\n.type g,@gnu_indirect_function\ncall g\n")
    section = next(s for s in image.sections if s.name == ".text")
    assert section.relocations is not None
    assert list(section.relocations.addends) == [-4, 2, -4, -4, -4]


def relocations_of(text: str, triple: str = "x86_64-linux-gnu") -> list[tuple[int, int, str, int]]:
    """(offset, type, symbol, addend) of .text."""
    image = assemble(text, triple)
    r = next(s for s in image.sections if s.name == ".text").relocations
    return [] if r is None else sorted((o, t, image.symbols[n].name, a) for o, t, n, a in zip(r.offsets, r.types, r.symbols, r.addends, strict=True))


def test_what_the_kernel_of_x86_asks() -> None:
    """Found by assembling arch/x86: real-mode stack operations, tables of 32-bit code in 64-bit files, label differences as numbers."""
    assert code(".code16\npushw %fs; popw %gs; pushw %ds", "i386-linux-gnu") == "0fa00fa91e"
    assert code(".code32\nsgdtl 8(%ebx); sidtl (%ebx)") == "0f0143080f010b"
    assert code("lsl %rax, %rax; vcvttss2siq %xmm1, %rax") == "480f03c0c4e1fa2cc1"
    assert code(".code32\nstart: nop\n1: subl $1b-start, %ebp; movl 1b-start(%ebp), %eax") == "9083ed018b4501"
    assert code("mov %gs:0, %eax; mov %ds:(%eax), %ecx; mov %ss:(%ebp), %ecx", "i386-linux-gnu") == "65a1000000008b088b4d00"
    assert relocations_of("jmp f; call f; jmp f+4; call f+4") == [(1, 4, "f", -4), (6, 4, "f", -4), (11, 2, "f", 0), (16, 2, "f", 0)]
    assert relocations_of(".code32\njmp f; call f") == [(1, 2, "f", -4), (6, 2, "f", -4)]
    assert relocations_of("1: addl $_GLOBAL_OFFSET_TABLE_+(.-1b), %edx") == [(2, 26, "_GLOBAL_OFFSET_TABLE_", 2)]


def test_arguments_of_macros_may_begin_with_a_register() -> None:
    """A blank before `%`, `(`, `*`, `-` separates arguments, as in GNU as for this target."""
    text = ".macro m a r s\n mov\\a \\r, \\s\n.endm\n m l %eax %ebx\n m l $1 %eax\n"
    assert code(text) == "89c3b801000000"
    assert code(".altmacro\n.macro m p n\n.byte \\p\\n\n.endm\n.set i, 3\n m 1 %i\n") == "0d"


def test_long_padding_and_segment_pushes() -> None:
    """More no-operations than a processor likes are jumped over; a segment register says no size."""
    padded = bytes.fromhex(code("nop\n.p2align 7\nnop"))
    assert padded[:3].hex() == "90eb7d" and len(padded) == 129
    assert bytes.fromhex(code("nop\n.p2align 8\nnop", "i386-linux-gnu"))[:6].hex() == "90e9fa000000"
    assert code(".code16\npush %ds; pushl %cs; pushl $0; push $3", "i386-linux-gnu") == "1e660e666a006a03"
    assert code(".code16gcc\npush %ds; pop %es", "i386-linux-gnu") == "661e6607"
    assert code("push %fs; pop %gs") == "0fa00fa9"
