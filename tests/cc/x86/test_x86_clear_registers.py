"""-fzero-call-used-regs= and the attribute: what is cleared before a return (as gcc 12: the result and what callees save stay)."""
from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

SOURCE = r"""
int g(int);
int after_call(int a, int b) { return g(a) + b; }
void nothing(int *p, int c) { *p = c; }
long long wide(long long a) { return a + 1; }
__attribute__((zero_call_used_regs("skip"))) int skipped(int a) { return a; }
__attribute__((zero_call_used_regs("all-gpr-arg"))) long arguments(long a) { return a; }
"""
ARGUMENTS = "ecx edx esi edi r8d r9d"
CASES: dict[str, tuple[list[str], dict[str, str]]] = {
    "x86-64, used": (["--target=x86_64-linux-gnu", "-fzero-call-used-regs=used-gpr"],
                     {"after_call": "esi edi", "nothing": "esi edi", "wide": "edi", "skipped": "", "arguments": ARGUMENTS}),
    "x86-64, all": (["--target=x86_64-linux-gnu", "-fzero-call-used-regs=all-gpr"],
                    {"nothing": f"eax {ARGUMENTS} r10d r11d", "after_call": f"{ARGUMENTS} r10d r11d", "skipped": ""}),
    "i386, all": (["--target=i386-linux-gnu", "-fzero-call-used-regs=all-gpr"], {"wide": "ecx", "nothing": "eax ecx edx", "arguments": "ecx edx"}),
}


def driven(folder: Path, *words: str) -> tuple[int, str]:
    (folder / "a.c").write_text(SOURCE)
    errors = io.StringIO()
    context = ToolContext(str(folder), dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
    return driver([*words, "-O2", "-fno-pie", "-S", "a.c", "-o", "a.s"], context), errors.getvalue()


@pytest.mark.parametrize("name", sorted(CASES))
def test_cleared(tmp_path: Path, name: str) -> None:
    options, expected = CASES[name]
    assert driven(tmp_path, *options) == (0, "")
    text = (tmp_path / "a.s").read_text()
    for function, registers in expected.items():
        body = text[text.index(f"\n{function}:"):]
        body = body[:body.index("\tret")]
        assert [m[1] for m in re.finditer(r"xorl\s+%(\w+), %\1\n", body)] == registers.split(), function


def test_vector_registers_are_refused(tmp_path: Path) -> None:
    status, errors = driven(tmp_path, "--target=x86_64-linux-gnu", "-fzero-call-used-regs=all")
    assert status == 1 and "'-fzero-call-used-regs=all' is not supported" in errors
