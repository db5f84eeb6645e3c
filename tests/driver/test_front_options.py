"""-H, -save-temps, -Wunused-macros, and the place of messages about -D."""
from __future__ import annotations

import io
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

SOURCE = """\
#include "a.h"
#include "b.h"
#define USED 1
#define TESTED
#define EMPTY
#define LATER 2
#define UNUSED 3
#define UNUSED_CALL(x) UNUSED
#ifdef TESTED
#endif
#if defined(EMPTY) && HEADER
#endif
int a = USED;
#include "c.h"
"""


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Status and messages of the driver."""
    (folder / "sub").mkdir(exist_ok=True)
    (folder / "t.c").write_text(SOURCE)
    (folder / "a.h").write_text("#ifndef A_H\n#define A_H\n#define HEADER 1\n#include \"b.h\"\n#endif\n")
    (folder / "b.h").write_text("extern int b;\n")
    (folder / "c.h").write_text("static inline int f(void)\n{\n\treturn LATER;\n}\n")
    errors = io.StringIO()
    context = ToolContext(str(folder), {}, io.BytesIO(), io.BytesIO(), errors)
    return driver(list(arguments), context), errors.getvalue()


def test_show_includes(tmp_path: Path) -> None:
    assert run(tmp_path, "-H", "-fsyntax-only", "t.c") == (
        0, ". a.h\n.. b.h\n. b.h\n. c.h\nMultiple include guards may be useful for:\nc.h\n")


def test_unused_macros(tmp_path: Path) -> None:
    status, messages = run(tmp_path, "-Wunused-macros", "-fsyntax-only", "t.c")
    assert status == 0
    assert [line for line in messages.split("\n") if "warning" in line] == [
        't.c:7:9: warning: macro "UNUSED" is not used [-Wunused-macros]',
        't.c:8:9: warning: macro "UNUSED_CALL" is not used [-Wunused-macros]']


def test_command_line_macros(tmp_path: Path) -> None:
    status, messages = run(tmp_path, "-DX=1", "-DX=2", "-fsyntax-only", "t.c")
    assert status == 0
    assert messages == ('<command-line>: warning: "X" redefined\n'
                        "<command-line>: note: this is the location of the previous definition\n")
    status, messages = run(tmp_path, "-D3=1", "-fsyntax-only", "t.c")
    assert status == 1 and messages.startswith("<command-line>: error: macro names must be identifiers")


@pytest.mark.parametrize(("arguments", "names"), [
    ("-c t.c", "t.i t.o t.s"),
    ("-c t.c -o sub/x.o", "sub/x.i sub/x.o sub/x.s"),
    ("-save-temps=cwd -c t.c -o sub/x.o", "sub/x.o x.i x.s"),
    ("-S t.c -o sub/x.s", "sub/x.i sub/x.s"),
    ("-fsyntax-only t.c", "a-t.i"),
    ("-E t.c -o t.i", "t.i"),
])
def test_save_temps(tmp_path: Path, arguments: str, names: str) -> None:
    """Names as gcc 12 gives them."""
    assert run(tmp_path, "-save-temps", *arguments.split()) == (0, "")
    made = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.glob("**/*.[iso]"))
    assert made == names.split()
    for name in made:
        if name.endswith(".i"):
            assert "int a = 1;" in (tmp_path / name).read_text()
