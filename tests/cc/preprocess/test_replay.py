"""Expansions of headers that a process keeps: the second unit gets what a process of its own would give it."""
from __future__ import annotations

import io
from pathlib import Path

import pytest

from toolchain.cc.preprocess.files import FileCache
from toolchain.cc.preprocess.options import PreprocessOptions
from toolchain.cc.preprocess.preprocessor import Preprocessor
from toolchain.cc.preprocess.tokens import spell, symbol
from toolchain.diagnostics import Diagnostics


def run(folder: Path, cache: FileCache, source: str, gnu: bool = True) -> tuple[str, str]:
    """Text (waiting functions at the end) and messages of a unit."""
    (folder / "t.c").write_text(source)
    options = PreprocessOptions()
    options.cwd = str(folder)
    options.gnu = gnu
    stream = io.StringIO()
    preprocessor = Preprocessor(options, Diagnostics("cc1", stream), cache)
    unit = preprocessor.run_path("t.c")
    text = spell(unit.tokens)
    for entry in unit.lazy_functions.get(symbol("waiting"), []):
        text += " /* later */" + spell(unit.expand_lazy(entry)[0])
    return text.strip(), stream.getvalue()


HEADER = """\
int plain(int a);
int use = X + CAT(na, me) + OBJECT;
int list = LIST(1);
static inline int waiting(void)
{
	return X + CAT(na, me) + OBJECT;
}
int lines = LINE;
"""
BASE = "#define CAT(a, b) a ## b\n#define LIST(f, ...) { f, ## __VA_ARGS__ }\n#define X 1\n#define OBJECT Y\n#define LINE __LINE__\n"
SECOND = [
    BASE,
    BASE + "#define plain plain_2\n",
    BASE + "#define name 3\n",
    BASE + "#define Y 4\n",
    BASE + "#undef X\n#define X(a) 5\n",
    BASE + "#undef X\n",
    BASE + "#undef LIST\n#define LIST(f, ...) [f __VA_OPT__(x) __VA_ARGS__]\n",
    BASE + "#undef CAT\n#define CAT(a) 6\n",
    BASE + "#undef CAT\n#define CAT(a, b) a ## + ## b\n",
    BASE + "#define inline\n",
    BASE + "#line 70 \"other.c\"\n",
]


@pytest.mark.parametrize("second", SECOND)
@pytest.mark.parametrize("gnu", [True, False])
def test_second_unit(tmp_path: Path, second: str, gnu: bool) -> None:
    (tmp_path / "h.h").write_text(HEADER)
    cache = FileCache()
    first = run(tmp_path, cache, BASE + '#include "h.h"\n')
    source = second + '#include "h.h"\n'
    alone = run(tmp_path, FileCache(), source, gnu)
    for _ in range(2):
        assert run(tmp_path, cache, source, gnu) == alone
    assert run(tmp_path, cache, BASE + '#include "h.h"\n') == first


def test_counter_goes_on(tmp_path: Path) -> None:
    (tmp_path / "h.h").write_text("int c = COUNT;\n")
    cache = FileCache()
    source = '#define COUNT __COUNTER__\n#include "h.h"\n#include "h.h"\n'
    assert run(tmp_path, cache, source)[0] == run(tmp_path, cache, source)[0] == "int c = 0; int c = 1;"


def test_changed_header(tmp_path: Path) -> None:
    cache = FileCache()
    (tmp_path / "h.h").write_text("int a = X;\n")
    source = '#define X 1\n#include "h.h"\n'
    assert run(tmp_path, cache, source)[0] == "int a = 1;"
    (tmp_path / "h.h").write_text("int b = X ;\n")
    assert run(tmp_path, cache, source)[0] == "int b = 1 ;"
