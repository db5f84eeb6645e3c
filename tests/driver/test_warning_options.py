"""-W options: every name is honoured or spoken of; messages as gcc 12 gives them (recorded in warnings.txt)."""
from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from toolchain.cc.parse.warning_options import ALIASES, GROUPS
from toolchain.context import ToolContext
from toolchain.driver.main import main
from toolchain.driver.warning_table import ISSUED, OTHER_LANGUAGES, UNIMPLEMENTED, VACUOUS

CASES = (Path(__file__).parent / "warnings.txt").read_text().rstrip("\n").split("\n###\n")
SOURCES = Path(__file__).parents[2] / "toolchain"


def messages(tmp_path: Path, source: str, *options: str) -> tuple[int, list[str]]:
    """Status and messages, without source lines, of one unit."""
    (tmp_path / "t.c").write_text(source)
    err = io.StringIO()
    status = main([*options, "-fno-diagnostics-show-caret", "t.c"], ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), err))
    return status, [line for line in err.getvalue().split("\n") if line]


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_messages(case: str, tmp_path: Path) -> None:
    options, _, rest = case.partition("\n")
    source, _, expected = rest.partition("\n=>")
    mode = [] if "-S" in options.split() else ["-fsyntax-only"]
    _, got = messages(tmp_path, source + "\n", *mode, "-o", "/dev/null", "--target=x86_64-linux-gnu", *options.split())
    assert got == [line for line in expected.split("\n") if line]


def test_every_issued_name_is_in_the_sources() -> None:
    text = "".join([p.read_text() for folder in ("cc", "driver") for p in sorted((SOURCES / folder).rglob("*.py"))
                    if p.name not in ("warning_table.py", "warning_options.py")])
    literals = {name.rstrip("=") for name in re.findall(r'"([a-zA-Z0-9+-]+(?:=[a-z-]*)?)"', text)}
    unused = sorted(n for n in ISSUED if n not in literals and n not in GROUPS and ALIASES.get(n, n) not in literals)
    assert unused == []


def test_names_stand_in_one_table() -> None:
    tables = [ISSUED, VACUOUS, UNIMPLEMENTED, *OTHER_LANGUAGES.values()]
    names = [n for table in tables for n in table]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("options", "status", "expected"), [
    (("-Wreorder",), 0, ["cc1: warning: command-line option '-Wreorder' is valid for C++/ObjC++ but not for C"]),
    (("-Werror", "-Wreorder"), 1, ["cc1: error: command-line option '-Wreorder' is valid for C++/ObjC++ but not for C [-Werror]"]),
    (("-Werror", "-Wclobbered"), 0, ["cc1: warning: '-Wclobbered' is not implemented: it has no effect"]),
    (("-Wclobbered",), 0, ["cc1: warning: '-Wclobbered' is not implemented: it has no effect"]),
    (("-Wno-clobbered", "-Wno-reorder", "-Wno-nonsense", "-Wunsafe-loop-optimizations", "-Wformat=2"), 0, []),
    (("-Wnonsense",), 1, ["cc: error: unrecognized command-line option '-Wnonsense'"]),
])
def test_names_without_effect(options: tuple[str, ...], status: int, expected: list[str], tmp_path: Path) -> None:
    assert messages(tmp_path, "int x;\n", "-fsyntax-only", *options) == (status, expected)
