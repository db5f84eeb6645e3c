"""Programs compiled for x86-64 by our driver, linked by the system's and run."""
from __future__ import annotations

import io
import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

NATIVE = platform.machine() == "x86_64" and shutil.which("gcc") is not None
PROGRAM = r"""
extern int printf(const char *, ...);
typedef __builtin_va_list va_list;
_Thread_local int counter = 5;
struct mixed { double a; int b; };
struct big { int a[10]; };
static struct mixed make(double a, int b) { struct mixed s = {a, b}; return s; }
struct big fill(int n) { struct big b; for (int i = 0; i < 10; i++) b.a[i] = n * i; return b; }
int sum(int n, ...) { va_list ap; __builtin_va_start(ap, n); int s = 0; double d = 0;
  for (int i = 0; i < n; i++) { s += __builtin_va_arg(ap, int); d += __builtin_va_arg(ap, double); } __builtin_va_end(ap); return s + (int)d; }
struct mixed last(int n, ...) { va_list ap; __builtin_va_start(ap, n); struct mixed r; for (int i = 0; i < n; i++) r = __builtin_va_arg(ap, struct mixed);
  __builtin_va_end(ap); return r; }
unsigned long long truncate(double d) { return (unsigned long long)d; }
double widen(unsigned long long u) { return (double)u; }
int set_bit(unsigned long *p, long n) { int r; __asm__ volatile("btsq %2,%1" : "=@ccc"(r), "+m"(*p) : "Ir"(n) : "memory"); return r; }
long double factorial(int n) { long double l = 1; for (int i = 2; i <= n; i++) l *= i; return l; }
int decide(int x) { switch (x) { case 0: return 4; case 1: return 7; case 2: return 1; case 3: return 9; case 4: return 2; case 5: return 3; case 7: return 8; } return -1; }
__int128 wide(__int128 a, __int128 b) { return a * b + (a >> 70); }
int divide(int a, int b, unsigned c, unsigned d) { return a / b + a % b * 10 + (int)(c / d) + (int)(c % d); }
int shift(int a, int n) { return (a << n) ^ (a >> n) ^ (int)((unsigned)a >> n); }
int ordered(double a, double b) { return (a < b) | (a <= b) << 1 | (a == b) << 2 | (a != b) << 3 | (a > b) << 4 | (a >= b) << 5; }
int main(int argc, char **argv) {
  counter += argc;
  struct mixed s = make(1.5, 7);
  struct big b = fill(3);
  printf("%d %f %d %d\n", counter, s.a, s.b, b.a[9]);
  printf("%d\n", sum(10, 1, 1.0, 2, 2.0, 3, 3.0, 4, 4.0, 5, 5.0, 6, 6.0, 7, 7.0, 8, 8.0, 9, 9.0, 10, 10.0));
  s = last(5, make(1, 1), make(2, 2), make(3, 3), make(4, 4), make(5, 5));
  printf("%f %d %llu %llu %f %f\n", s.a, s.b, truncate(1.5e19), truncate(3.7), widen(18446744073709551615ull), widen(5));
  unsigned long w = 4;
  int first = set_bit(&w, 2), second = set_bit(&w, 3);
  printf("%d %d %lu %Lf\n", first, second, w, factorial(20));
  for (int i = -1; i < 9; i++) printf("%d ", decide(i));
  __int128 z = wide((__int128)1 << 90, 12345);
  printf("\n%llx %llx %d %d %d\n", (unsigned long long)(z >> 64), (unsigned long long)z, divide(-17, 5, 4000000000u, 7), shift(-12345, argc + 3), shift(99, 5));
  double nan = __builtin_nan("");
  printf("%d %d %d %d\n", ordered(1, 2), ordered(2, 2), ordered(3, 2), ordered(nan, 2));
  int a[argc * 10];
  a[5] = 3;
  int old = __atomic_fetch_or(&a[5], 12, 5), seen = __sync_val_compare_and_swap(&a[5], 15, 9);
  printf("%d %d %d\n", old, seen, __sync_add_and_fetch(&a[5], 2));
  return 0;
}
"""
EXPECTED = """6 1.500000 7 27
110
5.000000 5 15000000000000000000 3 18446744073709551616.000000 5.000000
1 0 12 2432902008176640000.000000
-1 4 7 1 9 2 3 -1 8 -1 \n"""


def compile_program(folder: Path, flags: list[str]) -> Path:
    """The program, linked."""
    source, obj, program = folder / "a.c", folder / "a.o", folder / "a"
    source.write_text(PROGRAM)
    err = io.StringIO()
    context = ToolContext(str(folder), dict(os.environ), io.BytesIO(), io.BytesIO(), err)
    assert driver(["--target=x86_64-linux-gnu", *flags, "-c", "-o", str(obj), str(source)], context) == 0, err.getvalue()
    subprocess.run(["gcc", *(["-no-pie"] if "-fno-pic" in flags else []), "-o", str(program), str(obj)], check=True)
    return program


@pytest.mark.skipif(not NATIVE, reason="needs an x86-64 machine with a linker")
def test_program_at_all_levels(tmp_path: Path) -> None:
    """The same output at every level and code model: what is known beforehand, and what gcc's program prints."""
    seen = set()
    for flags in (["-O0"], ["-O1"], ["-O2"], ["-Os"], ["-O2", "-fno-pic"], ["-O2", "-fPIC"], ["-O1", "-fno-omit-frame-pointer", "-mno-red-zone"]):
        run = subprocess.run([str(compile_program(tmp_path, flags))], capture_output=True, text=True, check=False)
        assert run.returncode == 0, flags
        assert run.stdout.startswith(EXPECTED), (flags, run.stdout)
        seen.add(run.stdout)
    assert len(seen) == 1
    reference = tmp_path / "reference"
    subprocess.run(["gcc", "-O1", "-o", str(reference), str(tmp_path / "a.c")], check=True)
    assert subprocess.run([str(reference)], capture_output=True, text=True, check=True).stdout in seen


SHARED = Path(__file__).parents[2] / "programs"


@pytest.mark.skipif(not NATIVE, reason="needs an x86-64 machine with a linker")
@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("name", ["half", "complex_zero", "builtin_families", "type_generic", "clear_padding", "narrow_parts", "wide_switch"])
def test_shared_program(tmp_path: Path, name: str, level: str) -> None:
    """Programs of tests/programs, which are run for RISC-V there."""
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
    assert driver(["--target=x86_64-linux-gnu", "-w", level, str(SHARED / f"{name}.c"), "-o", "t", "-lm"], context) == 0, errors.getvalue()
    done = subprocess.run([str(tmp_path / "t")], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, (SHARED / f"{name}.expected").read_text())
