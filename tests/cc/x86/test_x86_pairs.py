"""IFUNCs of the same unit, operands of two registers in inline assembly, static i386 programs: compiled and linked by our driver, run."""
from __future__ import annotations

import io
import itertools
import os
import platform
import subprocess
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

NATIVE = platform.machine() == "x86_64"
needs_libc = pytest.mark.skipif(not NATIVE or not os.path.exists("/usr/lib32/libc.a"), reason="needs an x86-64 machine with both C libraries")

IFUNC = r"""
extern int printf(const char*,...);
static int one(int x){return x+1;}
static int two(int x){return x+2;}
static void *pick(void){return two;}
int f(int) __attribute__((ifunc("pick")));
static int g(int) __attribute__((ifunc("pick")));
int (*volatile p)(int);
__attribute__((noinline)) int viap(int x){ p=f; int r = p(x); p=g; return r+p(x);}
int tail(int x){return f(x);}
int main(void){ printf("%d %d %d %d %d\n", f(1), g(2), viap(3), tail(4), one(5)); return 0;}
"""

PAIRS = r"""
extern int printf(const char*,...);
typedef unsigned long long u64;
#ifdef __i386__
typedef unsigned long long W; typedef unsigned H;
#else
typedef unsigned __int128 W; typedef unsigned long H;
#endif
#define HB (sizeof(H)*8)
__attribute__((noinline)) u64 tsc(void){ u64 r; asm volatile("xorl %%eax,%%eax; movl $7,%%edx" : "=A"(r)); return r; }
__attribute__((noinline)) W mul(H a, H b){ W r; asm("mul %2" : "=A"(r) : "a"(a), "r"(b) : "cc"); return r; }
__attribute__((noinline)) W inc(W x){ asm("add $1,%k0" : "+r"(x)); return x; }
__attribute__((noinline)) W barrier(W x){ asm volatile("" : "+r"(x)); return x; }
__attribute__((noinline)) W neg(W x){ asm("add $1,%%"
#ifdef __i386__
"eax; adc $0,%%edx"
#else
"rax; adc $0,%%rdx"
#endif
 : "+A"(x) :: "cc"); return x; }
__attribute__((noinline)) W tied(W x){ W y; asm("" : "=r"(y) : "0"(x)); return y; }
__attribute__((noinline)) H divide(W x, H d, H *rem){ H q, r; asm("div %3" : "=a"(q), "=d"(r) : "A"(x), "r"(d)); *rem = r; return q; }
__attribute__((noinline)) W early(W x){ W y; asm("mov $5,%k0" : "=&r"(y) : "r"(x)); return y+x*0; }
__attribute__((noinline)) W mem(W x){ W y; asm("mov %1,%%"
#ifdef __i386__
"eax; mov %%eax,%0"
#else
"rax; mov %%rax,%0"
#endif
: "=m"(y) : "m"(x) : "eax"); return (H)y; }
__attribute__((noinline)) int jump(W x){ asm goto("" :: "r"(x) :: out); return 1; out: return 2; }
__attribute__((noinline)) W gotoout(W x){ W y; asm goto("jmp %l[out]" : "=A"(y) : "0"(x) :: out); return 1; out: return y+1; }
__attribute__((noinline)) W g(W x){ W y=1; asm("" : "+g"(y) : "g"(x), "ri"((W)5)); return y; }
__attribute__((noinline)) W two(W a, W b){ W x, y; asm("" : "=r"(x), "=r"(y) : "0"(a), "1"(b)); return x-y; }
void show(W x){ printf("%llx:%llx\n", (u64)(H)(x>>HB), (u64)(H)x); }
int main(void){ W big = ((W)0x12345678 << HB) | (H)-1; H rem;
 printf("%llx\n", tsc()); show(mul(-3,-5)); show(inc(41)); show(barrier(big)); show(neg(big)); show(tied(big));
 H q = divide(((W)3<<HB)|17, 1000, &rem); show(q); show(rem); show((H)early(9)); show(mem(99)); show(jump(big)); show(gotoout(big)); show(g(big)); show(two(big,1)); return 0; }
"""
PAIRS_SAY = {"-m32": """\
700000000
fffffff8:f
0:2a
12345678:ffffffff
12345679:0
12345678:ffffffff
0:c49ba5
0:389
0:5
0:63
0:1
12345679:0
0:1
12345678:fffffffe
""", "-m64": """\
0
fffffffffffffff8:f
0:2a
12345678:ffffffffffffffff
12345679:0
12345678:ffffffffffffffff
0:c49ba5e353f7ce
0:361
0:5
0:63
0:1
12345679:0
0:1
12345678:fffffffffffffffe
"""}

STATIC = r"""
#include <stdio.h>
int main(void) { printf("%g %Lg %a %La\n", 1.5, 2.5L, 1.5, 2.5L); return 0; }
"""

QUADS = r"""
int __unordtf2(unsigned long long, unsigned long long, unsigned long long, unsigned long long);
int __letf2(unsigned long long, unsigned long long, unsigned long long, unsigned long long);
int __gttf2(unsigned long long, unsigned long long, unsigned long long, unsigned long long);
extern int printf(const char *, ...);
#define ONE 0, 0x3fffull << 48
#define NAN 1, 0x7fffull << 48
#define INF 0, 0x7fffull << 48
#define MINUS(x) x | 1ull << 63
#define ZERO 0, 0
int main(void)
{
    printf("%d %d %d ", __unordtf2(ONE, NAN), __unordtf2(NAN, ONE), __unordtf2(INF, ONE));
    printf("%d %d %d %d ", __letf2(ONE, INF), __letf2(INF, ONE), __letf2(ZERO, MINUS(ZERO)), __letf2(NAN, ONE));
    printf("%d %d %d\n", __letf2(MINUS(INF), MINUS(ONE)), __gttf2(MINUS(ONE), MINUS(INF)), __gttf2(NAN, ONE));
    return 0;
}
"""


def build_and_run(tmp_path: Path, source: str, options: list[str]) -> str:
    """What the program prints."""
    (tmp_path / "program.c").write_text(source)
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
    assert driver(["--target=x86_64-linux-gnu", *options, "program.c", "-o", "program"], context) == 0, errors.getvalue()
    assert errors.getvalue() == ""
    done = subprocess.run([str(tmp_path / "program")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    return done.stdout


@needs_libc
@pytest.mark.parametrize("options", ["-m32 -fPIC -pie", "-m32 -fno-pie -no-pie", "-m64 -fPIC -pie", "-m64 -static"])
def test_ifunc_of_the_same_unit(tmp_path: Path, options: str) -> None:
    """Calls and addresses go by the PLT and the GOT; a static one's calls are not settled by the assembler."""
    assert build_and_run(tmp_path, IFUNC, ["-O2", *options.split()]) == "3 4 10 6 6\n"


@needs_libc
@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("machine", ["-m32", "-m64"])
def test_asm_operands_of_two_registers(tmp_path: Path, machine: str, level: str) -> None:
    """"A" and "r" with integers of twice the word's size: what gcc's program prints."""
    assert build_and_run(tmp_path, PAIRS, [machine, level]) == PAIRS_SAY[machine]


@needs_libc
def test_static_i386(tmp_path: Path) -> None:
    """glibc's printf asks for comparisons of binary128."""
    assert build_and_run(tmp_path, STATIC, ["-m32", "-static"]) == "1.5 2.5 0x1.8p+0 0xap-2\n"
    assert build_and_run(tmp_path, QUADS, ["-m32"]) == "1 1 0 -1 1 0 1 -1 1 -1\n"


OVERFLOW_VALUES = [0, 1, 2, 3, 255, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 0xB504_F334, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF]
OVERFLOW_TYPES = {"int": (32, True), "unsigned": (32, False), "long long": (64, True), "unsigned long long": (64, False)}


def as_type(value: int, name: str) -> int:
    """`value` converted to a type."""
    bits, signed = OVERFLOW_TYPES[name]
    value &= (1 << bits) - 1
    return value - (1 << bits) if signed and value >> (bits - 1) else value


@needs_libc
@pytest.mark.parametrize("option", ["-m32", "-m64"])
def test_overflow_of_mixed_operands(tmp_path: Path, option: str) -> None:
    """On i386 there is no wider type in which 64-bit operands, or an unsigned and a signed one, could be computed exactly."""
    rows = [(n, a, b, r) for n, (a, b, r) in enumerate(itertools.product(OVERFLOW_TYPES, repeat=3))]
    source = "#include <stdio.h>\nstatic const unsigned long long v[] = {" + ", ".join(f"{x}ull" for x in OVERFLOW_VALUES) + "};\n"
    source += "".join(
        f"static unsigned f{n}(void) {{ unsigned h = 1; for (int i = 0; i < {len(OVERFLOW_VALUES)}; i++) for (int j = 0; j < {len(OVERFLOW_VALUES)}; j++) {{\n"
        f"  {a} x = v[i]; {b} y = v[j]; {r} z; int o;\n"
        + "".join(f"  o = __builtin_{op}_overflow(x, y, &z); h = (h ^ (unsigned)z ^ (unsigned)((unsigned long long)z >> 32) * 3 ^ o) * 16777619u;\n" for op in ("add", "sub", "mul"))
        + "} return h; }\n" for n, a, b, r in rows)
    source += "int main(void) {\n" + "".join(f'printf("%u\\n", f{n}());\n' for n, *_ in rows) + "return 0; }\n"
    expected = []
    for _, a, b, r in rows:
        h = 1
        for x, y in itertools.product(OVERFLOW_VALUES, repeat=2):
            p, q = as_type(x, a), as_type(y, b)
            for exact in (p + q, p - q, p * q):
                z = as_type(exact, r)
                wide = z & 0xFFFF_FFFF_FFFF_FFFF
                h = ((h ^ (wide & 0xFFFF_FFFF) ^ ((wide >> 32) * 3 & 0xFFFF_FFFF) ^ (z != exact)) * 16777619) & 0xFFFF_FFFF
        expected.append(h)
    assert [int(line) for line in build_and_run(tmp_path, source, [option, "-O2"]).split()] == expected


@needs_libc
@pytest.mark.parametrize("machine, level", [("-m64", "-O0"), ("-m64", "-O2"), ("-m32", "-O0"), ("-m32", "-O2"), ("-m32", "-Os")])
def test_words_rotations_carries(tmp_path: Path, machine: str, level: str, lower_programs: dict[str, str]) -> None:
    """The programs about multi-word arithmetic that every target runs."""
    for name in ("two_words", "rotations"):
        (tmp_path / "a.c").write_text(lower_programs[name])
        err = io.StringIO()
        context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), err)
        assert driver(["--target=x86_64-linux-gnu", machine, level, "-fverify-ir", "-static", "-o", "a", "a.c"], context) == 0, err.getvalue()
        assert subprocess.run([str(tmp_path / "a")]).returncode == 42, name
