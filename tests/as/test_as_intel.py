"""Intel syntax: bytes as GNU as gives them (recorded), the directives that switch, and gcc's output where gcc is at hand."""
from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain import assembler
from toolchain.diagnostics import Diagnostics

RECORDED = Path(__file__).with_name("intel_syntax.txt")


def code(text: str, *options: str, triple: str = "x86_64-linux-gnu") -> str:
    """Bytes of .text in hexadecimal."""
    errors = io.StringIO()
    image = assembler.assemble(text, "a.s", triple, options, Diagnostics("as", errors))
    assert image is not None, errors.getvalue()
    return next(s for s in image.sections if s.name == ".text").data.hex()


def test_recorded_instructions() -> None:
    """Each line of the record: bytes of GNU as 2.40, then the instruction."""
    wrong = []
    for line in RECORDED.read_text().splitlines():
        expected, _, text = line.partition(" ")
        got = code(f".intel_syntax noprefix\n{text}\n")
        if got != expected:
            wrong.append((text, expected, got))
    assert wrong == []


def test_directives_and_options() -> None:
    """Both syntaxes in one file, register prefixes, mnemonics."""
    expected = code("movl $5, %eax; movl %eax, (%rbx)")
    assert code(".intel_syntax noprefix\nmov eax, 5\n.att_syntax\nmovl %eax, (%rbx)") == expected
    assert code(".intel_syntax\nmov %eax, 5\nmov [%rbx], %eax") == expected
    assert code(".att_syntax noprefix\nmovl $5, eax\nmovl eax, (rbx)") == expected
    assert code("mov eax, 5; mov [rbx], eax", "-msyntax=intel", "-mnaked-reg") == expected
    assert code(".intel_mnemonic\nfsub %st, %st(1)\n.att_mnemonic\nfsub %st, %st(1)") == "dce9dce1"
    assert code("fdivp %st, %st(1)", "-mmnemonic=intel") == "def9"
    assert code(".intel_syntax noprefix\n.code16\nmov ax, [bx+si+2]\njmp 8:0x1234", triple="i386-linux-gnu") == "8b4002ea34120800"
    assert code(".intel_syntax noprefix\n.set five, 5\n mov eax, five\nmov eax, [five]\n1: jmp SHORT 1b") == "b8050000008b042505000000ebfe"


@pytest.mark.parametrize(("text", "message"), [
    ("mov [rax], 5", "ambiguous operand size"),
    ("mov eax, QWORD PTR [rax]", "operand type mismatch"),
    ("mov eax, [rax+rbx+rcx]", "not a valid base/index"),
    ("mov eax, [rax*3]", "scale factor"),
    ("mov eax, [rax", "missing `]'"),
    ("mov eax, [rax-rbx]", "not a valid base/index"),
    ("movl eax, 5", "unrecognized opcode"),
    (".intel_syntax sometimes", "bad argument"),
])
def test_errors(text: str, message: str) -> None:
    """What cannot be assembled is refused."""
    errors = io.StringIO()
    assert assembler.assemble(f".intel_syntax noprefix\n{text}\n", "a.s", "x86_64-linux-gnu", [], Diagnostics("as", errors)) is None
    assert message in errors.getvalue()


PROGRAM = """
extern int printf(const char *, ...);
static int table[16]; __thread int t;
double f(double *p, float x, int n) { double s = t; for (int i = 0; i < n; i++) s += p[i] * x; return n > 3 ? s : -s; }
long double g(long double a, unsigned long b) { return (a - b) / (b - a); }
int h(unsigned long x, char *s) { switch (x) { case 0: return 1; case 1: return 5; case 2: return 7; case 3: return 2; case 4: return table[s[2] & 15]++; }
  return printf("%lu %s\\n", x / 10, s); }
void k(long *p, short *q) { __sync_fetch_and_add(p, 1); *q *= 3; __builtin_memset(table, 0, sizeof table); }
"""


@pytest.mark.skipif(shutil.which("as") is None or shutil.which("gcc") is None, reason="needs gcc and GNU as")
@pytest.mark.parametrize("flags", [["-O2", "-mavx2"], ["-O0"], ["-Os", "-fPIC"], ["-O2", "-m32", "-fno-pic"]])
def test_compiler_output_equals_gnu_as(flags: list[str], tmp_path: Path) -> None:
    """The .text section of gcc -masm=intel is what GNU as makes of it."""
    if subprocess.run(["gcc", "-dumpmachine"], capture_output=True, text=True, check=True).stdout.split("-")[0] != "x86_64":
        pytest.skip("gcc makes code for another machine")
    source, text, theirs, binary = (tmp_path / n for n in ("a.c", "a.s", "a.o", "a.bin"))
    source.write_text(PROGRAM)
    subprocess.run(["gcc", *flags, "-masm=intel", "-S", "-o", str(text), str(source)], check=True)
    subprocess.run(["as", "--32" if "-m32" in flags else "--64", "-o", str(theirs), str(text)], check=True)
    subprocess.run(["objcopy", "-O", "binary", "-j", ".text", str(theirs), str(binary)], check=True)
    assert code(text.read_text(), triple="i386-linux-gnu" if "-m32" in flags else "x86_64-linux-gnu") == binary.read_bytes().hex()
