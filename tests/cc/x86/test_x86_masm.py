"""-masm=intel: alternatives and operands of inline assembly, and -S in Intel syntax that says the same as the object."""
from __future__ import annotations

import io
import os

import pytest

from toolchain import assembler
from toolchain.context import ToolContext
from toolchain.diagnostics import Diagnostics
from toolchain.driver.main import main
from toolchain.elf.reader import read

PLAIN = """
extern int printf(const char *, ...);
static int table[16]; __thread int t; long double ld; double dd;
double f(double *p, float x, int n) { double s = t; for (int i = 0; i < n; i++) s += p[i] * x; ld -= dd; return n > 3 ? s / dd : -s; }
int h(unsigned long x, char *s) { switch (x) { case 0: return 1; case 1: return 5; case 2: return 7; case 3: return 2; case 4: return table[s[2] & 15]++; case 5: return 9; }
  return printf("%lu %s\\n", x / 10, s + (x & 0x12345678)); }
void k(long *p, short *q, unsigned char *r) { __sync_fetch_and_add(p, 1); *q *= 3; *r = *p > 5; __builtin_memset(table, 0, sizeof table); }
"""
# %0 and %1 of each statement in both dialects
INTEL = """
int add(int a, int b) { int r; __asm__("{movl %1, %0; addl %2, %0|mov %0, %1; add %0, %2}" : "=&r"(r) : "r"(a), "rm"(b) : "cc"); return r; }
int flag(int a, int b) { int r; __asm__("cmp {%1, %2|%2, %1}" : "=@ccl"(r) : "r"(a), "r"(b)); return r; }
int load(int *p) { int r; __asm__("mov {%1, %0|%0, %1}" : "=r"(r) : "m"(*p)); __asm__("add {%1, %0|%0, %1}" : "+r"(r) : "i"(40)); return r; }
int far_load(int *p, long n) { int r; __asm__("mov {%1, %0|%0, %1}" : "=r"(r) : "m"(p[3 * n + 2])); return r; }
unsigned char part(int x) { unsigned char c; __asm__("mov {%b1, %0; mov %0, %h1|%0, %b1; mov %h1, %0}" : "=&q"(c), "+Q"(x)); return c; }
int jump(int c) { __asm__ goto("test %0, %0; jz %l1" :: "r"(c) :: out); return 1; out: return 0; }
void call(void (*f)(void)) { __asm__ volatile("call %*%0" :: "r"(f) : "memory"); }
"""


def compiled(source: str, phase: str, directory: str, *options: str) -> bytes:
    """What the driver writes for a C text."""
    with open(os.path.join(directory, "a.c"), "w", encoding="utf-8") as f:
        f.write(source)
    errors = io.StringIO()
    context = ToolContext(directory, dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
    assert main(["--target=x86_64-linux-gnu", *options, phase, "a.c", "-o", "out"], context) == 0, errors.getvalue()
    with open(os.path.join(directory, "out"), "rb") as f:
        return f.read()


def text_of(data: bytes) -> bytes:
    """Bytes of .text of an object."""
    return next(bytes(s.data) for s in read(data, "out").sections if s.name == ".text")


@pytest.mark.parametrize("options", [["-O0"], ["-O2"], ["-Os", "-fno-pic"], ["-O2", "-m32", "-fno-pic"]])
def test_both_syntaxes_make_the_same_code(options: list[str], tmp_path: str) -> None:
    directory = str(tmp_path)
    expected = text_of(compiled(PLAIN + INTEL, "-c", directory, *options))
    assert text_of(compiled(PLAIN + INTEL, "-c", directory, *options, "-masm=intel")) == expected
    text = compiled(PLAIN + INTEL, "-S", directory, *options, "-masm=intel").decode()
    assert text.lstrip().startswith(".intel_syntax noprefix")
    assert "%" not in text.replace("%lu %s", "")
    errors = io.StringIO()
    triple = "i386-linux-gnu" if "-m32" in options else "x86_64-linux-gnu"
    image = assembler.assemble(text, "a.s", triple, [], Diagnostics("as", errors))
    assert image is not None, errors.getvalue()
    assert next(bytes(s.data) for s in image.sections if s.name == ".text") == expected
