"""What the code of small functions looks like at -O2: addresses, flags, spilled values, dispatch."""
from __future__ import annotations

import io
import os
import re
from pathlib import Path

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

SOURCE = r"""
int indexed(int *a, int i, int c) { if (c) return a[i] + 1; return a[i] * 7; }
unsigned counted(unsigned short *p, unsigned cur, unsigned chain, unsigned limit) {
  unsigned n = 0;
  do { n += cur; } while ((cur = p[cur & 255]) > limit && --chain != 0);
  return n;
}
int step(int *);
int sums(int a, int b, int c, int d, int e, int f, int *p) {
  int x = step(p), y = step(p + 1), z = step(p + 2), w = step(p + 3), v = step(p + 4), q = step(p + 5);
  step(p);
  return a + b + c + d + e + f + x + y + z + w + v + q;
}
int aligned(int *p) { return step(p) + 4; }
int machine(const unsigned char *p, int x) {
  static void *const table[] = { &&add, &&sub, &&out };
  goto *table[*p++];
add: x += 3; goto *table[*p++];
sub: x -= 5; goto *table[*p++];
out: return x;
}
long greatest(long *p, long n) { long m = p[0]; for (long i = 1; i < n; i++) if (p[i] > m) m = p[i]; return m; }
int counted_up(int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }
int from_minus(int *a, int n) { int s = 0; for (int i = -1; i < n; i++) s += a[i]; return s; }
int by_two(int *a, int n) { int s = 0; for (int i = 0; i < n; i += 2) s += a[i]; return s; }
int until(int *a, int n) { int s = 0; for (int i = 0; i != n; i++) s += a[i]; return s; }
int either(int c, int a, int b) { return c == 5 ? a + 1 : b; }
int magnitude(int a) { return a < 0 ? -a : a; }
int unlikely(int *p) { if (__builtin_expect(*p < 0, 0)) return step(p) + 1; return *p * 5; }
int before_loop(int *a, int n, int b, int c, int d, int e, int f, int g, int h) {
  int b2 = b * c, c2 = c * d, d2 = d * e, e2 = e * f, f2 = f * g, g2 = g * h, h2 = h * b, s = 0, t = 1, u = 2, v = 3;
  for (int i = 0; i < n; i++) { s += a[i]; t ^= a[i + 1]; u += a[i + 2] * 3; v ^= a[i + 3] + s; }
  return s + t + u + v + b2 + c2 + d2 + e2 + f2 + g2 + h2 + b + c + d + e + f + g + h;
}
"""


def functions(folder: Path, *options: str, source: str = SOURCE) -> dict[str, str]:
    """Assembly of each function (-O2 unless something else is said)."""
    (folder / "a.c").write_text(source)
    err = io.StringIO()
    context = ToolContext(str(folder), dict(os.environ), io.BytesIO(), io.BytesIO(), err)
    assert driver(["--target=x86_64-linux-gnu", *(options or ["-O2"]), "-S", "-o", "a.s", "a.c"], context) == 0, err.getvalue()
    out: dict[str, str] = {}
    name = ""
    for line in (folder / "a.s").read_text().splitlines():
        m = re.match(r"([a-z_]+):", line)
        if m:
            name = m[1]
        out[name] = out.get(name, "") + line + "\n"
    return out


def test_shapes(tmp_path: Path) -> None:
    """Each function as a good compiler writes it."""
    code = functions(tmp_path)
    assert "shl" not in code["indexed"] and len(re.findall(r"\(%rdi,%r\w+,4\)", code["indexed"])) >= 1
    assert not re.search(r"cmpl\s+\$1,", code["counted"]) and "test" not in code["counted"]      # the flags of the subtraction
    assert re.search(r"addl\s+\d*\(%rsp\), %e", code["sums"])                                     # spilled values used in memory
    assert len(re.findall(r"jmpq?\s+\*", code["machine"])) == 3                                     # each goto by itself
    assert re.search(r"cmovl\w+\s+(%\w+), (%\w+)\n(?!.*mov).*j", code["greatest"], re.S)             # no copies round it
    assert "movslq" not in code["counted_up"]                                                     # never negative
    assert all("movslq" in code[n] for n in ("from_minus", "by_two", "until"))
    assert all("cmov" in code[n] and not re.search(r"\tj\w+\s+\.L", code[n]) for n in ("either", "magnitude"))
    assert code["unlikely"].index("call") > code["unlikely"].index("ret")                         # the unlikely side stands last
    loop = re.search(r"(\.L\w+):(.*)\tj\w+\s+\1\n", code["before_loop"], re.S)
    assert loop is not None and "(%rsp)" not in loop[2]                                           # nothing is spilled in the loop


def test_small(tmp_path: Path) -> None:
    """-Os: moves of 32 bits without prefix, inc and dec, a push instead of a subtraction."""
    code = functions(tmp_path, "-Os")
    assert not re.search(r"movq\s+%r(di|si|dx|cx|8|9),", code["sums"])
    assert re.search(r"movl\s+%eax, \d*\(%rsp\)", code["sums"])
    assert re.search(r"dec[lq]\s", code["counted"]) and re.search(r"inc[lq]\s", code["indexed"])
    assert re.search(r"push[lq]\s+%rax", code["aligned"]) and "subq" not in code["aligned"]


def test_kernel(tmp_path: Path) -> None:
    """Without -fPIC a switch jumps through a table of addresses (objtool reads no other); a stack of 8 bytes' alignment needs no filling;
    static locals that objtool looks for (__ADDRESSABLE) stay; bits that neither side of a choice has are 0 (BUILD_BUG_ON of VM_STACK_FLAGS);
    a call of an empty function goes, and with it what its arguments name (apply_retpolines)."""
    source = """int a(void), b(void), c(void); extern int key;
int choose(int x) { switch (x) { case 0: return a(); case 1: return b() + 1; case 2: return c(); case 3: return a() + 2; case 4: return b(); case 5: return c() + 3; case 6: return a() + 4;
  case 7: return b() + 5; } return 9; }
int plain(void) { return a() + 1; }
int *place(void) { return &key; } int value(void) { return key; }
extern int none[]; void __attribute__((noinline)) nothing(int *x) { } void __attribute__((noipa)) opaque(int *x) { }
void __attribute__((noinline)) kept(int *x) { asm(""); } void calls(void) { nothing(none); opaque(0); kept(0); }
void bug(void) __attribute__((error("bits that no choice sets")));
int sure(unsigned x) { if ((3 | (x & 0x400000 ? 4 : 0) | 0x100) & 0x18000) bug(); return 1; }
int asked(void) { return ({ static void *anchor __attribute__((used, section(".discard.addressable"))) = &key; a; })(); }
"""
    code = functions(tmp_path, "-Os", "-fno-pie", "-mcmodel=kernel", "-mno-sse", "-mpreferred-stack-boundary=3", source=source)
    assert re.search(r"jmpq?\s+\*\.L\w+\(,%r\w+,8\)", code["choose"]) and "lea" not in code["choose"]
    assert "push" not in code["plain"] and "sub" not in code["plain"]
    assert re.search(r"movq\s+\$key, %rax", code["place"]) and "key(%rip)" in code["value"]
    assert "none" not in code["calls"] and "opaque" in code["calls"] and "kept" in code["calls"]
    assert re.search(r"\.8byte\s+key", "".join(code.values()))
    code = functions(tmp_path, "-Os", "-fpie", source=source)
    assert re.search(r"jmpq?\s+\*%r", code["choose"]) and re.search("pushq?", code["plain"])


def test_floating_constants_are_stored_by_halves_on_i386(tmp_path: Path) -> None:
    """There is no movq in 32-bit mode."""
    (tmp_path / "t.c").write_text("double g, h; void f(void) { g = 0; h = -2.5; }\n")
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
    assert driver(["-m32", "-O2", "-fno-pie", "-S", "t.c", "-o", "t.s"], context) == 0, errors.getvalue()
    text = (tmp_path / "t.s").read_text()
    assert "movq" not in text and "$-1073479680, h+4" in text and "$0, g+4" in text


def test_rotations(tmp_path: Path) -> None:
    """However they are written, and inlined even where the function is too long to grow."""
    source = """typedef unsigned long u64; typedef unsigned u32;
u32 left(u32 x, int n) { return x << n | x >> (32 - n); } u32 masked(u32 x, int n) { return x << (n & 31) | x >> (-n & 31); }
u64 right(u64 x, u32 n) { return x >> n | x << (64 - n); } u32 both(u32 x, u32 n) { n &= 31; return x >> n | x << (-n & 31); }
u32 wide(u32 x) { return ((((u64)x & 0xffffffff) >> 7) | ((u64)x << 25)) & 0xffffffff; }
u32 other(u32 x, int n) { return x << n | x >> (31 - n); }
static inline u64 rotr(u64 w, u32 c) { return w >> c | w << (64 - c); }
#define G(a, b) a = rotr(a ^ b, 24) + a; b = rotr(b ^ a, 63) * 3;
#define G4(a, b) G(a, b) G(b, a) G(a, b) G(b, a)
#define G64(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b) G4(a, b)
u64 large(u64 a, u64 b) { G64(a, b) G64(a, b) G64(a, b) G64(a, b) return a + b; }
"""
    code = functions(tmp_path, source=source)
    assert all(re.search(r"\trol[lq]\s+%cl", code[n]) for n in ("left", "masked")) and all(re.search(r"\tror[lq]\s+%cl", code[n]) for n in ("right", "both"))
    assert re.search(r"\troll\s+\$25", code["wide"]) and "shr" not in code["wide"]
    assert "ro" not in re.sub(r"\.\w+.*", "", code["other"]).replace("other", "")
    assert "call" not in code["large"] and len(re.findall(r"\trolq\s+\$", code["large"])) == 512


def test_several_words(tmp_path: Path) -> None:
    """One multiplication or division for both results, carries by adc and sbb."""
    source = """typedef unsigned long u64; typedef unsigned __int128 u128;
u64 high(u64 a, u64 b) { return (u128)a * b >> 64; } u64 both(u64 a, u64 b) { u128 p = (u128)a * b; return (u64)p ^ (u64)(p >> 64); }
long high_signed(long a, long b) { return (__int128)a * b >> 64; } u64 parts(u64 a, u64 b, u64 *r) { *r = a % b; return a / b; }
u128 sum(u128 a, u128 b) { return a + b; } u128 difference(u128 a, u128 b) { return a - b; } u64 counted(u64 a, u64 b, u64 n) { a += b; n += a < b; return n; }
"""
    code = functions(tmp_path, source=source)
    for name, counts in (("high", {"mul": 1}), ("both", {"mul": 1}), ("high_signed", {"imul": 1}), ("parts", {"div": 1}), ("sum", {"adc": 1}), ("difference", {"sbb": 1}), ("counted", {"adc": 1})):
        found = re.findall(r"\t(i?mul|i?div|adc|sbb|set\w+|movzbl)[lq]?\s", code[name])
        assert {w: found.count(w) for w in found} == counts, name


def test_x87_stack(tmp_path: Path) -> None:
    """What a block writes and reads stays on the x87 stack; floats and doubles in memory are operands."""
    source = """struct v { double x, y; };
void sums(struct v *r, const struct v *a, const struct v *b) { double x = a->x + b->x, y = a->y + b->y; r->x = x; r->y = y; }
float between(float a, float b, float t) { return a + (b - a) * t; }
long double order(long double a, long double b, float c) { return (a - b) / (c - a); }
double square(double x) { return x * x - 1; } long double wider(float a, double b) { long double c = a; return c * b; }
void twice(volatile double *p, double *q) { double x = *p, y = *p; *q = 3; *q = x - y; }
"""
    code = functions(tmp_path, "-m32", "-O2", source=source)
    found = {name: re.findall(r"\t(f\w+)", text) for name, text in code.items()}
    assert found["sums"] == ["fldl", "faddl", "fldl", "faddl", "fxch", "fstpl", "fstpl"]
    assert found["between"] == ["flds", "fld", "fsubrs", "fmuls", "faddp"]
    assert len(found["order"]) <= 8 and not any("fstpt" in text for text in code.values())
    assert found["square"] == ["fldl", "fmul", "fld1", "fsubrp"]
    assert found["wider"] == ["flds", "fldl", "fmulp"]
    assert found["twice"].count("fldl") == 2 and "faddl" not in found["twice"]
