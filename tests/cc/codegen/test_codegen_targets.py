"""Every target has all that the rooms in front of the back end ask of one."""
from __future__ import annotations

import importlib

import pytest

from toolchain.cc.options import CompileOptions
from toolchain.cc.target import FrontTarget


@pytest.mark.parametrize("isa, name", [("riscv", "riscv64-linux-gnu"), ("x86", "x86_64-linux-gnu"), ("x86", "i386-linux-gnu")])
def test_nothing_missing(isa: str, name: str) -> None:
    target = importlib.import_module(f"toolchain.cc.{isa}.target").create(name, CompileOptions())
    wanted = [*FrontTarget.__annotations__, *(n for n, v in vars(FrontTarget).items() if callable(v) and not n.startswith("_"))]
    assert len(wanted) > 10 and [n for n in wanted if not hasattr(target, n)] == []
