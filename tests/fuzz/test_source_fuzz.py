"""Mutated C and assembly: the compiler and the assembler end with an object, or with a located message, status 1 and no file.

The short run is part of every test run; `TCC_PY_FUZZ=1000` asks for that many inputs of each kind.
"""
from __future__ import annotations

import io
import os
import random
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolchain.commands import run_command
from toolchain.context import ToolContext, lift_limits

ROUNDS = int(os.environ.get("TCC_PY_FUZZ", "12"))
SECONDS = 60  # for one input; the slowest healthy one takes a few
ROOT = Path(__file__).resolve().parents[2]
TOKEN = re.compile(r"\s+|\w+|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|.", re.S)
PLACED = re.compile(r"^\S+:\d+:(\d+:)? (fatal )?error: ", re.M)
TARGETS = ["--target=riscv64-linux-gnu", "--target=x86_64-linux-gnu", "--target=i386-linux-gnu"]
C_WORDS = """int char long unsigned void float double struct union enum static extern inline typedef const volatile return if else while for do
switch case default break continue goto sizeof _Alignof _Generic _Static_assert __attribute__((packed)) __attribute__ __typeof__ asm __builtin_constant_p
__builtin_va_arg __int128 _Complex _Bool { } ( ) [ ] ; , . -> ... + - * / % & | ^ ~ ! << >> == != <= >= = += <<= ? : && || # ## \\ 0 1 -1
0x7fffffffffffffff 1e400 99999999999999999999999 08 0x 'a' '' "s" L"x" u8"y" @ ` \x01 \xff /* // #define #if #endif #include #undef a b x f main
0.5f 1.0L __func__ {0} (int){1} ({1;}) [0...3] .a= a: &&a __extension__ __VA_OPT__ _Atomic __auto_type""".split()
S_WORDS = """.text .data .section .globl .align .p2align .byte .word .quad .string .asciz .if .endif .else .rept .endr .macro .endm .set .equ .org .skip .fill
.uleb128 .cfi_startproc .cfi_endproc .loc .file .option .size .type .pushsection .popsection .irp .comm .incbin , : ( ) + - * / % # ; \\ " ' 0 1 -1 1f 1b 99f
0x10000000000000000 a0 sp %rax %eax (%rsp) $1 $ % %hi(x) %pcrel_lo(x) @plt @gotpcrel . == << x y addi ld mov call jmp nop ret .L1 {} \x01 \xff""".split()

GNU_C = r"""
#define CAT(a, b) a##b
#define STR(x, ...) #x __VA_OPT__(,) #__VA_ARGS__
typedef int v4 __attribute__((vector_size(16)));
struct s { int a : 3; unsigned long b; union { int c; float d; }; char flexible[]; } __attribute__((aligned(16)));
static const struct s table[] = { [2] = { .a = 1, .b = 2, .c = 3 }, { 0 }, [4 ... 5] = { .d = 1.5f } };
enum e { A, B = 1 << 4, C };
extern int printf(const char *, ...) __attribute__((format(printf, 1, 2)));
static inline __attribute__((always_inline)) long CAT(f, 1)(long x, int n) { return x < n ? x * n : x / (n | 1); }
_Static_assert(sizeof(struct s) == 32, "size");
int g(int n, ...) {
    __builtin_va_list ap; __builtin_va_start(ap, n);
    double d = __builtin_va_arg(ap, double); __builtin_va_end(ap);
    int array[n + 1]; v4 v = { 1, 2, 3, 4 }; v = v + v * v;
    static void *labels[] = { &&one, &&two };
    goto *labels[n & 1];
one: __asm__ volatile ("" : "+r" (n) : "r" (v[0]) : "memory");
two: for (int i = 0; i <= n; i++) { switch (i) { case 0 ... 3: array[i] = i; break; case A + 9: continue; default: array[i] = (int) d; } }
    __auto_type y = ({ long z = f1(n, 3); z ?: 1; });
    return _Generic(y, long: 1, default: 0) + __builtin_choose_expr(1, array[0], "x") + table[2].c + _Alignof(struct s) + __builtin_popcountl(y);
}
int main(int argc, char **argv) {
    struct { _Complex double z; __int128 w; long double l; _Bool t; } q = { 1.0 + 2.0i, 1, 2.0L, argc };
    int nested(int k) { return k + argc; }
    do { argc--; } while (argc > 0 && !q.t);
    return printf("%d %s\n", g(nested(2), 1.0), STR(a b, c)) + (q.w << 3 > 7) + (int) q.l + *argv[0];
}
"""
X86_S = r"""
	.file "t.c"
	.text
	.p2align 4
	.globl main
	.type main, @function
main:
	.cfi_startproc
	pushq %rbp
	.cfi_def_cfa_offset 16
	movq %rsp, %rbp
	movl $5, -4(%rbp)
	leaq .LC0(%rip), %rdi
1:	addl $1, -4(%rbp,%rax,4)
	jne 1b
	lock cmpxchgq %rcx, (%rdi)
	movss .LC1(%rip), %xmm0
	vaddps %ymm1, %ymm2, %ymm3
	fldt 16(%rbp)
	call printf@PLT
	rep stosb
	xorl %eax, %eax
	leave
	ret
	.cfi_endproc
	.size main, .-main
	.section .rodata.str1.1,"aMS",@progbits,1
.LC0:	.string "x\n\101"
.LC1:	.long 0x3f800000
	.macro twice a, b=2
	.long \a, \b
	.endm
	twice 1
	.rept 3
	.byte 1, 2, -(3 + 4) << 1
	.endr
	.uleb128 .LC1 - .LC0
	.ident "x"
	.section .note.GNU-stack,"",@progbits
"""


class TimedOut(Exception):
    """One input took too long."""


def _alarm(number: int, frame: object) -> None:
    raise TimedOut


@pytest.fixture(autouse=True)
def deep() -> Iterator[None]:
    """As deep a recursion as the commands themselves have."""
    before = sys.getrecursionlimit()
    lift_limits()
    yield
    sys.setrecursionlimit(before)


def c_sources() -> list[str]:
    folders = ["toolchain/cc/runtime", "boot/init", "boot/hello"]
    return [GNU_C, GNU_C, GNU_C, *(p.read_text() for f in folders for p in sorted((ROOT / f).glob("*.c")))]


def token_kind(token: str) -> str:
    """Number, word, operator, ..."""
    return "0" if token[0].isdigit() else "a" if token[0].isalpha() or token[0] == "_" else token[0] if token[0] in " \t\n\"'" else "+"


def mutate(text: str, words: list[str], chance: random.Random) -> str:
    """A few edits: of tokens mostly, of single characters, or a cut.  Gentle ones swap a token for one of its kind, so that
    much of what comes out still compiles and reaches the code generator."""
    tokens = TOKEN.findall(text)
    if chance.random() < 0.5:
        for _ in range(chance.choice((1, 1, 2, 3))):
            at = chance.randrange(len(tokens))
            kind = token_kind(tokens[at])
            tokens[at] = chance.choice([t for t in tokens if token_kind(t) == kind])
        return "".join(tokens)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at = chance.randrange(len(tokens))
        match chance.randrange(8):
            case 0:
                del tokens[at:at + chance.choice((1, 1, 2, 20))]
            case 1:
                tokens.insert(at, chance.choice(words))
            case 2:
                tokens[at] = chance.choice(words)
            case 3:
                tokens[at] = tokens[chance.randrange(len(tokens))]
            case 4:
                other = chance.randrange(len(tokens))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 5:
                start = chance.randrange(len(tokens))
                tokens[at:at] = tokens[start:start + chance.randrange(30)]
            case 6:
                word = tokens[at]
                tokens[at] = word[:chance.randrange(len(word) + 1)] + chr(chance.choice((0, 1, 34, 39, 92, 127, 233, 0x20AC))) + word
            case 7:
                tokens[at] = (chance.choice(words) + " ") * chance.choice((2, 50, 3000))
        if not tokens:
            tokens = [" "]
    if chance.random() < 0.1:
        del tokens[chance.randrange(len(tokens)):]
    return "".join(tokens)


def check(directory: Path, name: str, text: str, options: list[str]) -> int:
    """Compile `text`; status 0 and an object, or status 1, a message with a place, and no object."""
    (directory / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    out = directory / "t.o"
    out.unlink(missing_ok=True)
    errors = io.StringIO()
    context = ToolContext(str(directory), {"PATH": os.environ["PATH"]}, io.BytesIO(), io.BytesIO(), errors)
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(SECONDS)
    try:
        status = run_command(["cc", *options, "-c", name, "-o", "t.o"], context)
    except BaseException:
        (directory / f"failed-{name}").write_text(text)
        print("options:", *options)
        raise
    finally:
        signal.alarm(0)
    message = errors.getvalue()
    assert "internal error" not in message, (options, message)
    assert status in (0, 1), (options, message)
    if status:
        assert PLACED.search(message), (options, message)
        assert not out.exists()
    else:
        assert out.exists()
    return status


@pytest.mark.parametrize("target", TARGETS)
def test_c(target: str, tmp_path: Path) -> None:
    chance = random.Random(target)
    sources = c_sources()
    for _ in range(ROUNDS):
        text = mutate(chance.choice(sources), C_WORDS, chance)
        check(tmp_path, "t.c", text, [target, chance.choice(("-O0", "-O1", "-O2", "-Os")), *chance.choice(([], [], ["-g"], ["-Wall", "-Wextra"]))])


@pytest.mark.parametrize("target", TARGETS)
def test_assembly(target: str, tmp_path: Path) -> None:
    chance = random.Random(target)
    if "riscv" in target:
        sources = [p.read_text() for p in sorted((ROOT / "tests/as/corpus").glob("*.s"))]
    else:
        sources = [X86_S]
    for _ in range(ROUNDS):
        check(tmp_path, "t.s", mutate(chance.choice(sources), S_WORDS, chance), [target])


NESTED = {
    "parentheses": ("int f(int a) { return %s a %s; }", "(", ")"),
    "blocks": ("int f(int a) { %s %s return a; }", "{", "}"),
    "declarators": ("int %s a %s;", "(", ")"),
    "initializers": ("int a[] = %s 1 %s;", "{", "}"),
    "conditions": ("#if %s 1 %s\n#endif\nint a;", "(", ")"),
    "statements": ("int f(int a) { %s a++; %s return a; }", "if (a) ", ""),
    "operators": ("int f(int a) { return %s a %s; }", "-~", ""),
    "selections": ("int f(int a) { return %s a %s; }", "a ? a : ", ""),
    "assignments": ("int f(int a) { return %s a %s; }", "a = ", ""),
    "structs": ("%s int a; %s", "struct { ", "} x; "),
    "sums": ("int f(int a) { return %s a %s; }", "a + ", ""),
    "calls": ("int f(int a) { return %s a %s; }", "f(", ")"),
    "subscripts": ("int b[1]; int f(int a) { return %s a %s; }", "b[", "]"),
    "casts": ("int f(int a) { return %s a %s; }", "(char)", ""),
}


@pytest.mark.parametrize("kind", NESTED)
def test_nesting(kind: str, tmp_path: Path) -> None:
    """What is nested deep compiles; what is nested absurdly deep gets a message, and no process dies of its stack."""
    form, before, after = NESTED[kind]
    assert check(tmp_path, "t.c", form % (before * 400, after * 400), [TARGETS[0], "-w"]) == 0
    assert check(tmp_path, "t.c", form % (before * 30000, after * 30000), [TARGETS[0], "-w"]) == 1
