"""Attributes that change what code must do are refused where the target does not act on them, never dropped."""
from __future__ import annotations

import io
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

REFUSED = ["force_align_arg_pointer", "no_caller_saved_registers", "interrupt", 'zero_call_used_regs("all")', "ms_hook_prologue"]


def compile_text(tmp_path: Path, text: str, *options: str) -> tuple[int, str]:
    (tmp_path / "t.c").write_text(text)
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), errors)
    return driver(["--target=x86_64-linux-gnu", "-O1", *options, "-c", "t.c"], context), errors.getvalue()


@pytest.mark.parametrize("attribute", REFUSED)
def test_definition(attribute: str, tmp_path: Path) -> None:
    status, message = compile_text(tmp_path, f"__attribute__(({attribute})) int f(int a) {{ return a; }}\n")
    assert status == 1 and "t.c:1:" in message and "not supported" in message, message


def test_call(tmp_path: Path) -> None:
    status, message = compile_text(tmp_path, "int g(int) __attribute__((ms_abi));\nint f(int a) { return g(a); }\n", "-m32")
    assert status == 1 and "t.c:2:" in message and "'ms_abi'" in message, message


def test_declarations_and_harmless_ones_pass(tmp_path: Path) -> None:
    text = ("int g(int) __attribute__((ms_abi));\n__attribute__((sysv_abi, zero_call_used_regs(\"skip\"), nocf_check)) int f(int a) { return a; }\n")
    assert compile_text(tmp_path, text, "-m32") == (0, "")
