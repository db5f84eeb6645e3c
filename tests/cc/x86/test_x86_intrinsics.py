"""<immintrin.h> on general registers (BMI, BMI2, LZCNT, additions with carry), comparison of strings, vectors as operands of inline
assembly: the same program by us and by gcc prints the same."""
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


def has(*features: str) -> bool:
    """Whether this machine runs the instructions."""
    try:
        words = set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        return False
    return words.issuperset(features)


CAPABLE = platform.machine() == "x86_64" and shutil.which("gcc") is not None and has("bmi1", "bmi2", "abm", "adx", "sse4_2")

PROGRAM = r"""
#include <immintrin.h>
#include <x86intrin.h>
extern int printf(const char *, ...);
#define SHOW(x) printf("%llx ", (unsigned long long)(x))
static volatile unsigned int us[] = {0, 1, 0x80000000u, 0xdeadbeef, 0x00f0, 0xffffffffu};
static volatile unsigned long long ls[] = {0, 1, 1ull << 63, 0xdeadbeefcafebabeull, 0xff00, ~0ull};
static __m128i text(const char *s) { return _mm_loadu_si128((const __m128i_u *)s); }
static unsigned long long fold(__m128i v) { unsigned long long p[2]; _mm_storeu_si128((__m128i_u *)p, v); return p[0] ^ p[1] * 3; }
__attribute__((noinline)) static __m128i ones(__m128i a) { register __m128i x __asm__("xmm3"), y __asm__("xmm5") = a; __asm__("pcmpeqb %0, %0; psubd %1, %0" : "=x"(x) : "x"(y)); return x; }
int main(void) {
  for (int i = 0; i < 6; i++) for (int k = 0; k < 6; k++) {
    unsigned int a = us[i], b = us[k], r, h; unsigned char c;
    SHOW(__andn_u32(a, b)); SHOW(__bextr_u32(a, b)); SHOW(_bextr_u32(a, k * 7, k * 5)); SHOW(__blsi_u32(a)); SHOW(__blsmsk_u32(a)); SHOW(_blsr_u32(a)); SHOW(__tzcnt_u32(a)); SHOW(__tzcnt_u16(a));
    SHOW(_bzhi_u32(a, k * 9)); SHOW(_pdep_u32(a, b)); SHOW(_pext_u32(a, b)); SHOW(_lzcnt_u32(a)); SHOW(__lzcnt16(a));
    c = _addcarry_u32(k & 1, a, b, &r); SHOW(c); SHOW(r); c = _subborrow_u32(k & 1, a, b, &r); SHOW(c); SHOW(r);
    SHOW(__rolb(a, k)); SHOW(__rorw(a, k)); SHOW(_rotl(a, k)); SHOW(__popcntd(a));
#ifdef __x86_64__
    unsigned long long x = ls[i], y = ls[k], z;
    SHOW(__andn_u64(x, y)); SHOW(__bextr_u64(x, y)); SHOW(__blsi_u64(x)); SHOW(__blsmsk_u64(x)); SHOW(_blsr_u64(x)); SHOW(_tzcnt_u64(x)); SHOW(_bzhi_u64(x, k * 17)); SHOW(_pdep_u64(x, y)); SHOW(_pext_u64(x, y));
    SHOW(_mulx_u64(x, y, &z)); SHOW(z); SHOW(_lzcnt_u64(x)); c = _addcarry_u64(k & 1, x, y, &z); SHOW(c); SHOW(z); c = _subborrow_u64(1, x, y, &z); SHOW(c); SHOW(z); SHOW(__rolq(x, k)); SHOW(_popcnt64(x));
#endif
  }
  printf("\n");
  const char *texts[] = {"hello, world....", "lo wor\0xxxxxxxxx", "aeiouAEIOU\0.....", "0123456789abcdef"};
  for (int i = 0; i < 4; i++) for (int k = 0; k < 4; k++) {
    __m128i a = text(texts[i]), b = text(texts[k]);
    SHOW(_mm_cmpistri(a, b, _SIDD_CMP_EQUAL_ORDERED)); SHOW(_mm_cmpistri(a, b, _SIDD_CMP_EQUAL_ANY | _SIDD_MOST_SIGNIFICANT)); SHOW(_mm_cmpestri(a, 5, b, 9, _SIDD_CMP_RANGES));
    SHOW(fold(_mm_cmpistrm(a, b, _SIDD_CMP_EQUAL_EACH | _SIDD_UNIT_MASK))); SHOW(fold(_mm_cmpestrm(a, 3, b, 16, _SIDD_CMP_EQUAL_ANY)));
    SHOW(_mm_cmpistra(a, b, 0)); SHOW(_mm_cmpistrc(a, b, 12)); SHOW(_mm_cmpistro(a, b, 8)); SHOW(_mm_cmpistrs(a, b, 0)); SHOW(_mm_cmpistrz(a, b, 0)); SHOW(_mm_cmpestrc(a, 4, b, 4, 0)); SHOW(_mm_cmpestrz(a, 20, b, 3, 0));
  }
  __m128i v = _mm_setr_epi32(1, 2, 3, 4), w;
  __asm__("paddd %1, %0" : "=x"(w) : "x"(v), "0"(v));
  __asm__("pxor %1, %0" : "+x"(v) : "xm"(w));
  float f;
  _MM_EXTRACT_FLOAT(f, _mm_setr_ps(1, 2, 3, 4), 2);
  double two[2];
  _mm_storer_pd(two, _mm_setr_pd(5, 6));
  printf("\n%llx %d %d %d %d %g %g %g\n", fold(ones(v)), _mm_extract_epi32(v, 0), _mm_extract_epi32(v, 3), _mm_extract_epi32(w, 1), _mm_extract_epi32(w, 2), f, two[0], two[1]);
  return 0;
}
"""


@pytest.mark.skipif(not CAPABLE, reason="needs an x86-64 machine with gcc and these instructions")
@pytest.mark.parametrize("options", [["-O0"], ["-O2"], ["-m32", "-O2"]], ids=" ".join)
def test_intrinsics(tmp_path: Path, options: list[str]) -> None:
    """Every function of the headers for BMI, BMI2, LZCNT, ADX and of SSE4.2 on strings."""
    (tmp_path / "t.c").write_text(PROGRAM)
    machine = [o for o in options if o == "-m32"]
    reference = ["gcc", *machine, "-O1", "-w", "-msse4.2", "-mbmi", "-mbmi2", "-mlzcnt", "-madx", "-mpopcnt", "t.c", "-o", "theirs"]
    if subprocess.run(reference, cwd=tmp_path, capture_output=True).returncode and machine:
        pytest.skip("no 32-bit C library")
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
    assert driver(["--target=x86_64-linux-gnu", "-w", "-msse4.2", *options, "-c", "t.c"], context) == 0, errors.getvalue()
    subprocess.run(["gcc", *machine, "t.o", "-o", "ours"], cwd=tmp_path, check=True)
    said = [subprocess.run([str(tmp_path / name)], capture_output=True, text=True, check=True, timeout=60).stdout for name in ("ours", "theirs")]
    assert said[0] == said[1]
