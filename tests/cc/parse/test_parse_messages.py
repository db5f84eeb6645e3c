"""Messages, word for word as gcc 12 gives them (recorded in messages.txt)."""
from __future__ import annotations

from pathlib import Path

import pytest
from parse_support import parse

from toolchain.cc.options import CompileOptions

CASES = (Path(__file__).parent / "messages.txt").read_text().rstrip("\n").split("\n###\n")


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
@pytest.mark.parametrize("lazy", [True, False], ids=["lazy", "eager"])
def test_messages(case: str, lazy: bool) -> None:
    source, _, expected = case.partition("\n=>")
    options = CompileOptions()
    options.optimize = 2
    options.lazy = lazy
    _, got = parse(source + "\n", "all", "extra", options=options)
    assert got == [line for line in expected.split("\n") if line]
