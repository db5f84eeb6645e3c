"""Names and contents of what the driver writes beside the result, as gcc 12 has them: intermediate files, dependency rules."""
from __future__ import annotations

import io
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

FILES = {"t.c": '#include "a.h"\nint t(void) { return A; }\n', "u.c": '#include "a.h"\nint u(void) { return A; }\n', "a.h": "#define A 1\n",
         "s.S": '#include "a.h"\n .long A\n', "sub/in.h": "#define IN 1\n", "in.c": "#include <in.h>\nint i = IN;\n", "wrong.c": "int f(void) { return x; }\n"}


def run(folder: Path, arguments: str, environment: str = "", text: str = "") -> tuple[int, str, str]:
    """Status, standard output and messages of the driver in a folder with `FILES`."""
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    out, errors = io.BytesIO(), io.StringIO()
    environ = dict(word.split("=", 1) for word in environment.split())
    context = ToolContext(str(folder), environ, io.BytesIO(text.encode()), out, errors)
    return driver([*arguments.split(), "-nostdlib", "-r"] if "-c" not in arguments.split() else arguments.split(), context), out.getvalue().decode(), errors.getvalue()


def made(folder: Path) -> str:
    """Names of the files that were not there before."""
    return " ".join(sorted(n for n in (str(p.relative_to(folder)) for p in folder.glob("**/*") if p.is_file()) if n not in FILES))


@pytest.mark.parametrize(("arguments", "names"), [
    ("-save-temps t.c", "a-t.i a-t.o a-t.s a.out"),
    ("-save-temps t.c -o prog", "prog prog-t.i prog-t.o prog-t.s"),
    ("-save-temps t.c -o t", "t t.i t.o t.s"),
    ("-save-temps=obj t.c u.c -o sub/p", "sub/p sub/p-t.i sub/p-t.o sub/p-t.s sub/p-u.i sub/p-u.o sub/p-u.s"),
    ("-save-temps=cwd t.c -o sub/p", "p-t.i p-t.o p-t.s sub/p"),
    ("-save-temps -c t.c u.c", "t.i t.o t.s u.i u.o u.s"),
    ("-save-temps -c s.S", "s.o s.s"),
    ("-save-temps -c -dumpbase d.c -dumpbase-ext .c t.c", "d.i d.s t.o"),
    ("-save-temps -c -dumpbase d t.c u.c", "d-t.i d-t.s d-u.i d-u.s t.o u.o"),
    ("-save-temps -c -dumpdir sub/ t.c", "sub/t.i sub/t.s t.o"),
    ("-save-temps -c wrong.c", "wrong.i"),
    ("-MD t.c", "a-t.d a.out"),
    ("-MMD t.c u.c -o sub/p.x", "sub/p.d sub/p.x"),
    ("-MD -c t.c -dumpbase d", "d.d t.o"),
    ("-MD -c t.c -o sub/x.y.o", "sub/x.y.d sub/x.y.o"),
    ("-MD -E t.c -o x.i", "x.d x.i"),
])
def test_names(tmp_path: Path, arguments: str, names: str) -> None:
    assert run(tmp_path, arguments)[0] == ("wrong.c" in arguments)
    assert made(tmp_path) == names


def test_save_temps_is_one_compilation(tmp_path: Path) -> None:
    """The object is made from the text that is kept; it is what comes without -save-temps."""
    assert run(tmp_path, "-O2 -c t.c -o plain.o")[0] == 0
    assert run(tmp_path, "-O2 -save-temps -c t.c")[0] == 0
    assert (tmp_path / "plain.o").read_bytes() == (tmp_path / "t.o").read_bytes()
    assert run(tmp_path, "-save-temps -c -x c - -o x.o", "", "int x = __LINE__;")[0] == 0
    assert "int x = 1;" in (tmp_path / "x.i").read_text()
    (tmp_path / "t.i").rename(tmp_path / "v.i")
    assert run(tmp_path, "-O2 -save-temps -c v.i")[0] == 0
    assert (tmp_path / "v.s").exists()


@pytest.mark.parametrize(("arguments", "environment", "name", "rule"), [
    ("-MMD t.c -o prog", "", "prog.d", "prog: t.c a.h\n"),
    ("-MMD -c t.c -o sub/x.o", "", "sub/x.d", "sub/x.o: t.c a.h\n"),
    ("-Wp,-MMD,deps -c t.c -o sub/x.o", "", "deps", "t.o: t.c a.h\n"),
    ("-Xpreprocessor -MMD -Xpreprocessor deps -c t.c", "", "deps", "t.o: t.c a.h\n"),
    ("-MMD -E t.c -o x.i", "", "x.d", "t.o: t.c a.h\n"),
    ("-MMD -MP -MT p -MQ a$b -c t.c", "", "t.d", "p a$$b: t.c a.h\na.h:\n"),
    ("-c t.c u.c", "DEPENDENCIES_OUTPUT=deps", "deps", "t.o: t.c a.h\nu.o: u.c a.h\n"),
    ("-c t.c", "SUNPRO_DEPENDENCIES=deps", "deps", "t.o: a.h\n"),
    ("-save-temps -MMD -c t.c", "", "t.d", "t.o: t.c a.h\n"),
])
def test_dependencies(tmp_path: Path, arguments: str, environment: str, name: str, rule: str) -> None:
    assert run(tmp_path, arguments, environment) == (0, "", "")
    assert (tmp_path / name).read_text() == rule


@pytest.mark.parametrize(("arguments", "message"), [
    ("-MG -MD -c t.c", "'-MG' may only be used with '-M' or '-MM'"),
    ("-MF deps -c t.c", "to generate dependencies you must specify either '-M' or '-MM'"),
    ("-c t.c -o -", "an object file cannot be written to standard output"),
    ("-c t.c missing.o", "missing.o: linker input file not found: No such file or directory"),
    ("-specs=x t.c", "'-specs=x' is not supported"),
    ("-Wa,--nosuch -c t.c", "unrecognized option '--nosuch'"),
    ("-c t.c -o none/t.o", "none/t.o: No such file or directory"),
])
def test_refused(tmp_path: Path, arguments: str, message: str) -> None:
    status, _, errors = run(tmp_path, arguments)
    assert status == 1 and message in errors


@pytest.mark.parametrize(("arguments", "environment"), [
    ("-c in.c", "CPATH=sub"), ("-c in.c", "CPATH=:sub"), ("-c in.c", "C_INCLUDE_PATH=sub"), ("-iprefix ./su -iwithprefix b -c in.c", ""),
    ("-iprefix ./su -iwithprefixbefore b -c in.c", ""), ("--include-directory sub -c in.c", ""), ("--include-directory=sub -c in.c", "")])
def test_include_directories(tmp_path: Path, arguments: str, environment: str) -> None:
    assert run(tmp_path, arguments, environment) == (0, "", "")


def test_library_directories(tmp_path: Path) -> None:
    """-L comes before the system's folders, LIBRARY_PATH after them."""
    _, _, shown = run(tmp_path, "-### t.c -Lmine", "LIBRARY_PATH=sub")
    words = shown.split("\n")[-2].split()
    places = [words.index(f'"-L{name}"') for name in ("mine", "/usr/lib", "sub")]
    assert places[0] < min(places[1:])
    assert [w for w in words if w.startswith('"-L')][0] == '"-Lmine"'


def test_options_for_the_assembler(tmp_path: Path) -> None:
    """-Wa counts for C files too: local labels are kept, warnings are errors."""
    assert run(tmp_path, "-Wa,--defsym,made_here=5 -c t.c")[0] == 0
    assert b"made_here" in (tmp_path / "t.o").read_bytes()
