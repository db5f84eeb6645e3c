"""A machine with a C library's development files and no compiler of any kind: hello world must compile, link and run."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HELLO = """
#include <stdio.h>
int main(int argc, char **argv) { printf("hello, %s %.2Lf\\n", "world", argc * 1.5L); return 0; }
"""
CASES = [("riscv64-linux-gnu", "/usr/riscv64-linux-gnu/lib/crt1.o", ["qemu-riscv64", "-L", "/usr/riscv64-linux-gnu"]),
         ("x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu/crt1.o", [])]


@pytest.mark.parametrize("mode", [[], ["-static"], ["-O2", "-no-pie"]], ids=["pie", "static", "no-pie"])
@pytest.mark.parametrize("triple, crt, emulator", CASES, ids=[c[0] for c in CASES])
def test_hello_world_with_nothing_on_path(tmp_path: Path, triple: str, crt: str, emulator: list[str], mode: list[str]) -> None:
    if not os.path.exists(crt) or (emulator and shutil.which(emulator[0]) is None):
        pytest.skip("no C library or no emulator for " + triple)
    if not emulator and os.uname().machine != "x86_64":
        pytest.skip("runs on x86-64")
    nothing = tmp_path / "bin"
    nothing.mkdir()
    (tmp_path / "hello.c").write_text(HELLO)
    environment = {"PATH": str(nothing), "PYTHONPATH": ROOT, "HOME": os.environ.get("HOME", str(tmp_path))}
    command = [sys.executable, "-m", "toolchain.cli", "cc", "--target=" + triple, *mode, "hello.c", "-o", "hello"]
    made = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr
    ran = subprocess.run([*[shutil.which(w) or w for w in emulator[:1]], *emulator[1:], str(tmp_path / "hello")], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (0, "hello, world 1.50\n")
