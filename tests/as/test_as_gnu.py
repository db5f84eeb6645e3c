"""Our objects against those of GNU as 2.40: sections, relocations and symbol tables must be equal."""
from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from asm_helpers import GNU_AS, assemble, comparable, gnu, run

CORPUS = Path(__file__).parent / "corpus"
needs_gnu = pytest.mark.skipif(GNU_AS is None, reason="riscv64-linux-gnu-as is not installed")


def is_same_version() -> bool:
    if GNU_AS is None:
        return False
    return " 2.40" in subprocess.run([GNU_AS, "--version"], capture_output=True, text=True).stdout.split("\n")[0]


@needs_gnu
@pytest.mark.skipif(not is_same_version(), reason="another version of GNU as")
@pytest.mark.parametrize("relax", ["-mrelax", "-mno-relax"])
@pytest.mark.parametrize("name", sorted(p.name for p in CORPUS.glob("*.s")))
def test_corpus(name: str, relax: str, tmp_path: Path) -> None:
    text = (CORPUS / name).read_text()
    assert comparable(assemble(text, "-march=rv64gcv", relax)) == comparable(gnu(text, tmp_path, "-march=rv64gcv", relax))


PROGRAM = """
#include <stdarg.h>
struct s { int a; double d; char c[9]; } g[3] = {{1, 2.5, "x"}};
static const char *names[] = {"one", "two", "three"};
__thread int tls = 5; extern __thread int other; long double q = 1.5L;
int f(int n, ...) { va_list ap; va_start(ap, n); int t = 0; while (n--) t += va_arg(ap, int); va_end(ap); return t; }
static int sw(int x) { switch (x) { case 1: return 5; case 2: return 7; case 3: return 11; case 4: return 100; case 5: return 1;
    case 6: return 3; case 9: return 77; default: return x * 3; } }
double h(double x, float y, long l) { return x * y + l + sw(l) + tls + other; }
void big(volatile int *p) { for (int i = 0; i < 100; i++) { p[i] = p[i * 2] / 3; if (p[i] < 0) p[-i] = sw(p[i]); } }
int main(int argc, char **argv) { big((int *)g); return f(3, 1, 2, argc) + (int)h(1.5, 2, 3) + names[argc][0]; }
"""


@needs_gnu
@pytest.mark.skipif(not is_same_version(), reason="another version of GNU as")
@pytest.mark.parametrize("options", ["-O0 -g", "-O2", "-Os -fPIC -g", "-O2 -fexceptions -fno-pic", "-O1 -mno-relax -funwind-tables"])
def test_compiler_output(options: str, tmp_path: Path) -> None:
    compiler = "riscv64-linux-gnu-gcc"
    try:
        done = subprocess.run([compiler, *options.split(), "-S", "-x", "c", "-", "-o", "-"], input=PROGRAM, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("no cross compiler")
    assert done.returncode == 0, done.stderr
    assert comparable(assemble(done.stdout, "-march=rv64gc")) == comparable(gnu(done.stdout, tmp_path, "-march=rv64gc"))


WORDS = ["(", ")", '"', "'", "\\", ".macro", ".endm", ".if", ".endif", ".rept 3", ".endr", "%lo(", ",", ";", ":", "1f", "0x", "-", "/", "<<",
         ".set x,x", ".org 0", ".align 40", ".fill -1", ".space 1<<40", ".section", "@", "#", "/*", "*/", "a0", ".", "9" * 30, "\0", "\udcff", "$",
         "==", ".cfi_endproc", ".popsection", ".else", "\\@", ".irp", ".exitm", ".uleb128 a-b", ".loc 1 2", ".insn r", ".option pop",
         ".altmacro", '.incbin "/"', ".weakref b,a", ".set a,b", ".set b,a", "vsetvli a0,a1,"]


def mutate(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(rng.choice([1, 1, 2, 4])):
        k = rng.randrange(len(lines))
        line = lines[k]
        how = rng.randrange(6)
        if how == 0 and line:
            p = rng.randrange(len(line))
            lines[k] = line[:p] + rng.choice(WORDS) + line[p:]
        elif how == 1 and line:
            p = rng.randrange(len(line))
            lines[k] = line[:p] + line[p + rng.randrange(1, 5):]
        elif how == 2:
            lines.insert(k, rng.choice(WORDS))
        elif how == 3:
            del lines[k]
        elif how == 4:
            lines.insert(k, rng.choice(lines))
        else:
            lines[k] = " ".join(rng.choices(WORDS + line.split(), k=4))
        lines = lines or [""]
    return "\n".join(lines)


@pytest.mark.parametrize("name", sorted(p.name for p in CORPUS.glob("*.s")))
def test_bad_input_is_refused_with_a_message(name: str) -> None:
    rng = random.Random(name)
    text = (CORPUS / name).read_text()
    for _ in range(25):
        bad = mutate(text, rng)
        status, context = run(bad, "-march=rv64gc")
        assert status in (0, 1), bad
        assert bool(context.written) == (status == 0), bad
        assert status == 0 or "error:" in context.errors.getvalue(), bad
