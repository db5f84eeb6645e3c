"""`tcc-py bisect` finds a planted miscompilation: a compiler, made by the test, with a pass that folds wrongly in one place."""
from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.bisect import main as bisect
from toolchain.driver.bisect import reduce

ROOT = Path(__file__).parents[2]
# The planted pass: in functions that subtract the constant 77, 77 becomes 78.
COMPILER = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from toolchain.cc.ir import ir
from toolchain.cc.opt import pipeline
from toolchain.context import process_context
from toolchain.driver.main import main
def plant(f, ctx):
    changed = False
    for b in f.blocks:
        for i in b.instrs:
            if i.op == ir.ADD and i.b.op == ir.CONST and i.b.imm == 77:
                i.b = f.const(i.b.ty, 78)
                changed = True
    return changed
for steps in pipeline.LATE[1:]:
    at = steps.index(pipeline.GVN)
    steps.insert(at, ("planted", plant))
sys.exit(main(sys.argv[1:], process_context()))
"""
FILES = {
    "main.c": '#include <stdio.h>\nint f(int), g(int), h(int);\nint main(void) { printf("%d %d %d\\n", f(1), g(2), h(3)); return 0; }\n',
    "f.c": "int f(int x) { return x + 7; }\n",
    "g.c": "static int one(int x) { return x * 3; }\nint two(int x) { return x ^ 5; }\n"
           "__attribute__((noinline)) static int three(int x) { return x + 77; }\nint g(int x) { return one(x) + two(x) + three(x); }\n",
    "h.c": "int h(int x) { return x * x; }\n",
}
EXPECTED = "8 92 9"


def test_reduce() -> None:
    calls: list[list[int]] = []

    def fails(items: list[int]) -> bool:
        calls.append(items)
        return 3 in items and 11 in items

    assert reduce(list(range(16)), fails) == [3, 11]
    assert reduce([5], fails) == [5]
    assert reduce(list(range(64)), lambda items: 40 in items) == [40]


def run(tmp_path: Path, arguments: list[str]) -> tuple[int, str]:
    out, errors = io.BytesIO(), io.StringIO()
    status = bisect(arguments, ToolContext(str(tmp_path), {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}, io.BytesIO(), out, errors))
    return status, out.getvalue().decode() + errors.getvalue()


def write(tmp_path: Path) -> str:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "planted.py").write_text(COMPILER)
    return f"{sys.executable} {tmp_path / 'planted.py'}"


@pytest.mark.skipif(shutil.which("gcc") is None or os.uname().machine != "x86_64", reason="needs gcc as the reference on x86-64")
@pytest.mark.parametrize("build", ["rm -f *.o; for f in main f g h; do $CC -O2 -c $f.c -o $f.o || exit 1; done; gcc -o program *.o",
                                   "$CC -O2 main.c f.c g.c h.c -o program"])
def test_planted(tmp_path: Path, build: str) -> None:
    compiler = write(tmp_path)
    test = f'{build} && test "$(./program)" = "{EXPECTED}"'
    status, text = run(tmp_path, ["--compiler", compiler, "--keep", "kept", "--", test])
    assert status == 0, text
    assert "\nfile: g.c\n" in text and "\nfunction: three (g.c)\n" in text
    assert ": planted of three\n" in text
    assert "\nfile: f.c" not in text and "function: g " not in text


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc as the reference")
def test_nothing_to_find(tmp_path: Path) -> None:
    write(tmp_path)
    from toolchain.diagnostics import ToolError
    with pytest.raises(ToolError, match="fails with the reference"):
        run(tmp_path, ["--", "false"])
    with pytest.raises(ToolError, match="works with the compiler"):
        run(tmp_path, ["--", "true"])
    assert run(tmp_path, ["--"])[0] == 2
