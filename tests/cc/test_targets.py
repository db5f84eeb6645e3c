"""Targets are loaded by name, so nothing but this checks that each has all that the front end asks for."""
from __future__ import annotations

import pytest

from toolchain.cc.options import CompileOptions
from toolchain.cc.target import FrontTarget
from toolchain.cc.targets import create


@pytest.mark.parametrize("name", ["riscv64", "x86_64", "i386"])
def test_a_target_has_the_whole_front_side(name: str) -> None:
    target = create(name, CompileOptions())
    members = [n for n in [*vars(FrontTarget), *FrontTarget.__annotations__] if not n.startswith("_")]
    assert len(members) > 10 and [n for n in members if not hasattr(target, n)] == []
