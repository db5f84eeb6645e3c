"""-pg: where the profiler's call stands, what -mfentry, -mrecord-mcount and -mnop-mcount make of it; the stack protector's guard by name."""
from __future__ import annotations

import io
import os
import platform
import subprocess
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

SOURCE = "int g(int); int f(int a) { return g(a) + 1; }\n__attribute__((no_instrument_function)) int quiet(int a) { return a; }\n"
RECORD = ["__mcount_loc", ".8byte .L1"]
CASES: list[tuple[list[str], list[str], list[str]]] = [
    (["-pg", "-fPIC"], ["f:", "pushq %rbp", "movq %rsp, %rbp", "callq *mcount@GOTPCREL(%rip)", "call g@PLT"], ["mcount"]),
    (["-pg", "-fno-pie", "-mrecord-mcount"], ["f:", "pushq %rbp", ".L1:", "call mcount", *RECORD, "call g"], ["mcount", "__fentry__"]),
    (["-pg", "-fno-pie", "-mfentry", "-mrecord-mcount", "-fcf-protection"], ["f:", "endbr64", ".L1:", "call __fentry__", *RECORD, "call g"], ["mcount", "__fentry__"]),
    (["-pg", "-fno-pie", "-mfentry", "-mnop-mcount", "-mrecord-mcount"], ["f:", ".L1:", ".byte 15, 31, 68, 0, 0", *RECORD, "call g"], ["__fentry__"]),
    (["-fno-pie", "-mfentry"], ["f:", "call g"], []),
    (["-fno-pie", "-fstack-protector-all", "-mstack-protector-guard-reg=gs", "-mstack-protector-guard-symbol=guard"], ["f:", "%gs:guard(%rip)", "call g"], ["mcount"]),
]


def compiled(folder: Path, *words: str) -> tuple[int, str]:
    errors = io.StringIO()
    status = driver(["--target=x86_64-linux-gnu", "-O2", *words], ToolContext(str(folder), dict(os.environ), io.BytesIO(), io.BytesIO(), errors))
    return status, errors.getvalue()


@pytest.mark.parametrize("options, expected, not_quiet", CASES, ids=[" ".join(c[0]) for c in CASES])
def test_entry(tmp_path: Path, options: list[str], expected: list[str], not_quiet: list[str]) -> None:
    (tmp_path / "a.c").write_text(SOURCE)
    assert compiled(tmp_path, *options, "-S", "a.c", "-o", "a.s") == (0, "")
    text = " ".join((tmp_path / "a.s").read_text().split())
    at = 0
    for piece in expected:
        at = text.find(piece, at)
        assert at >= 0, piece
    quiet = text[text.index(" quiet:"):]
    assert not any(piece in quiet for piece in not_quiet)


def test_refused(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(SOURCE)
    status, errors = compiled(tmp_path, "-pg", "-m32", "-fPIC", "-c", "a.c", "-o", "a.o")
    assert status == 1 and "'-pg' with position-independent 32-bit code is not supported" in errors and not (tmp_path / "a.o").exists()


@pytest.mark.skipif(platform.machine() != "x86_64" or not os.path.exists("/usr/lib/x86_64-linux-gnu/gcrt1.o"), reason="needs the host's C library")
def test_profile_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("__attribute__((noinline)) int leaf(int *p) { volatile int a[8]; for (int i = 0; i < 8; i++) a[i] = p[i & 1]; return a[3]; }\n"
                                  "int main(void) { int v[2] = {3, 4}; return leaf(v) - 4; }\n")
    assert compiled(tmp_path, "-pg", "a.c", "-o", "a") == (0, "")
    assert subprocess.run([str(tmp_path / "a")], cwd=tmp_path, timeout=30).returncode == 0 and (tmp_path / "gmon.out").exists()
