"""What real programs (tests/programs/run.py) once showed, each as a small case: the host's x86-64, our driver, assembler and linker."""
from __future__ import annotations

import io
import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.binutils.nm import main as nm
from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

NATIVE = platform.machine() == "x86_64" and os.path.exists("/usr/include/stdio.h")


def run_driver(directory: Path, *words: str) -> tuple[int, str, str]:
    """Status, standard output and messages of our driver for the host."""
    errors, out = io.StringIO(), io.BytesIO()
    context = ToolContext(str(directory), {"HOME": os.environ.get("HOME", str(directory))}, io.BytesIO(), out, errors)
    status = driver(["--target=x86_64-linux-gnu", *words], context)
    return status, out.getvalue().decode(), errors.getvalue()


ACCEPTED: dict[str, tuple[str, list[str]]] = {
    "adjacent strings in braces (busybox bc, lua)": (
        '#define NAME "luac"\nchar a[] = { NAME ".out" };\nchar d[][5] = { { "ab" }, "cd", {"e" "f"}, };\n'
        '_Static_assert(sizeof a == 9 && sizeof d == 15, "");\n', []),
    "an attribute on the line before a static inline function belongs to it, not to what follows (CPython)": (
        "#define OLD __attribute__((deprecated))\n\nOLD\nstatic inline int f(int a)\n{\n    return a;\n}\n\n"
        "typedef struct { int x; } W;\nW w;\n", []),
    "copies and fills of sizes that no list of accesses should be made for (gcc's string-large-1)": (
        "void f(void *a, void *b) { __builtin_memcpy(a, b, -1ul >> 1); __builtin_memmove(b, a, -1ul >> 2); __builtin_memset(a, 0, -1ul >> 1); }\n"
        "struct s { char c[1ul << 40]; }; void g(struct s *a, struct s *b) { *a = *b; *b = (struct s){0}; }\n", []),
    "goto to what a table of const void pointers holds (lua), conditionals with effects as statements (xz)": (
        "int p(int), q(void);\nint f(int n) { static const void *const t[] = { &&a, &&b }; n ? 0 : (p(1), q(), 0); goto *t[n];\n"
        "a: return 1; b: return 2; }\n", []),
    "warnings whose names were split (zstd)": ("int a;\n", [
        "-Wpointer-arith", "-Wno-int-conversion", "-Wdouble-promotion", "-Wshift-negative-value", "-Wno-stringop-truncation",
        "-Wno-analyzer-file-leak", "-fno-non-call-exceptions"]),
    "BMI instructions with a size letter (zstd)": (
        'asm("shrxq %r15, %rbp, %r15; shlxl %eax, %ebx, %ecx; andnq (%rax), %rbx, %rcx; rorxq $5, %rax, %rbx");\n', []),
    "carriage returns and vertical tabs end lines and precede directives; splices are nothing (tcc)": (
        "#define str\\\n(s) #s\nchar x[] = str(a);\n\f\v\r#if 0\nbad\f\v\r\n\r#endif\n\r int b\r;\r\n", []),
}


@pytest.mark.parametrize("name", sorted(ACCEPTED))
def test_accepted(tmp_path: Path, name: str) -> None:
    text, options = ACCEPTED[name]
    (tmp_path / "t.c").write_bytes(text.encode())
    assert run_driver(tmp_path, "-Wall", *options, "-c", "t.c", "-o", "t.o") == (0, "", "")


def test_values_of_assignments_are_reads(tmp_path: Path) -> None:
    """-Wunused-but-set-variable as gcc has it (CPython's parser tests what it assigns)."""
    (tmp_path / "t.c").write_text(
        "int f(void);\nint g(int a) { int x, y, z, w, v; if ((x = f()) && (y = a)) return 1; w = (z = 3); (v = f()); return 0; }\n"
        "int h(int a) { int x, y, i, j, k; x = 1, y = 2; for (i = 0, j = 1; a; k = 2) ; return a; }\n")
    status, _, errors = run_driver(tmp_path, "-Wall", "-c", "t.c", "-o", "t.o")
    names = [line.split("'")[1] for line in errors.splitlines() if "set but not used" in line]
    assert status == 0 and sorted(names) == ["i", "j", "k", "v", "w", "x", "y"]


def test_no_notes_without_their_warning(tmp_path: Path) -> None:
    (tmp_path / "t.c").write_text("#define A 1\n#define A 2\n")
    assert run_driver(tmp_path, "-w", "-c", "t.c", "-o", "t.o") == (0, "", "")


def test_library_names_of_other_types_mean_nothing(tmp_path: Path) -> None:
    """autoconf asks for every function as `char f()`, and with wrong arguments (gmp's config.h lacked memset)."""
    names = "memset memcpy strnlen strchr strcmp memcmp abs isdigit exit printf fprintf puts sprintf malloc floor sqrt fabs alloca".split()
    (tmp_path / "t.c").write_text("".join(f"char {n}();\nint f_{n}(void) {{ return {n}(); }}\n" for n in names))
    (tmp_path / "u.c").write_text("".join(f"void *{n}();\nvoid *f_{n}(int *p) {{ *p = 1; return {n}(1, 2); }}\n" for n in names))
    for file in ("t", "u"):
        assert run_driver(tmp_path, "-w", "-O2", "-c", file + ".c", "-o", file + ".o")[0] == 0
        out = io.BytesIO()
        assert nm(["-u", file + ".o"], ToolContext(str(tmp_path), {}, io.BytesIO(), out, io.StringIO())) == 0
        assert set(names) <= {line.split()[-1] for line in out.getvalue().decode().splitlines()}


def test_chains_of_views(tmp_path: Path) -> None:
    """gcc -g numbers the rows at one address; a function of many rows is a chain of them (sqlite)."""
    rows = "".join(f"\t.loc 1 {n + 1} 1 view .LVU{n}\n" + ("\tnop\n" if n % 5 == 4 else "") for n in range(1200))
    (tmp_path / "t.s").write_text(f'\t.file 1 "t.c"\n{rows}\t.data\n\t.uleb128 .LVU1198\n\t.uleb128 .LVU1195\n')
    assert run_driver(tmp_path, "-c", "t.s", "-o", "t.o") == (0, "", "")
    assert b"\x03\x00" in (tmp_path / "t.o").read_bytes()


def test_meson_knows_the_compiler(tmp_path: Path) -> None:
    assert "Free Software Foundation" in run_driver(tmp_path, "--version")[1]
    assert "GNU ld" in run_driver(tmp_path, "-Wl,--version")[1]


def test_computed_include_keeps_no_space_of_macro_names(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "42x.h").write_text("int here;\n")
    (tmp_path / "t.c").write_text("#define dir sub/\n#define file 42x.h\n#define name < dir file >\n#include name\n")
    status, out, errors = run_driver(tmp_path, "-I.", "-E", "-P", "t.c")
    assert (status, out.strip(), errors) == (0, "int here;", "")


def test_attribute_symver(tmp_path: Path) -> None:
    """liblzma's way of giving a function a second version."""
    (tmp_path / "t.c").write_text(
        '__attribute__((__symver__("foo@V1"))) int foo1(void) __attribute__((__alias__("foo2")));\n'
        '__attribute__((__symver__("foo@@V2"))) int foo2(void) { return 2; }\n'
        '__attribute__((symver("bar@V1"), symver("bar@V3"))) int bar_(void) { return 3; }\n')
    assert run_driver(tmp_path, "-c", "t.c", "-o", "t.o")[0] == 0
    out = io.BytesIO()
    assert nm(["t.o"], ToolContext(str(tmp_path), {}, io.BytesIO(), out, io.StringIO())) == 0
    assert [line.split()[-1] for line in out.getvalue().decode().splitlines()] == [
        "bar@V1", "bar@V3", "bar_", "foo1", "foo2", "foo@@V2", "foo@V1"]


RUN: dict[str, str] = {
    "a constant && behind an operand without effect (tcc)":
        "__attribute__((noinline)) int g(int i) { return __builtin_constant_p(i && 0) * 100 + __builtin_constant_p(i && 1) * 10 + __builtin_constant_p(i && 0 ? i : 34); }\n"
        "int main(void) { return g(3) != 101; }\n",
    "a symbol set again keeps its earlier values where it was mentioned (tcc)":
        'asm(".data; .int 999; X=.; .int 456; .text; x1: mov X(%rip), %eax; ret; .data; X=.; .int 789; .text; x2: mov X(%rip), %eax; X=x1; ret");\n'
        "int x1(void), x2(void);\nint main(void) { return x1() != 456 || x2() != 789; }\n",
    "a label replaces what .set said (tcc)":
        'asm(".set f, main");\nint f(void) { return 0; }\nint main(void) { return f(); }\n',
}


@pytest.mark.skipif(not NATIVE or shutil.which("gcc") is None, reason="needs an x86-64 host with a C library")
@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("name", sorted(RUN))
def test_run(tmp_path: Path, name: str, level: str) -> None:
    (tmp_path / "t.c").write_text(RUN[name])
    status, _, errors = run_driver(tmp_path, level, "-w", "t.c", "-o", "t", "-lm")
    assert status == 0, errors
    assert subprocess.run([str(tmp_path / "t")], timeout=60).returncode == 0


@pytest.mark.skipif(not NATIVE, reason="needs an x86-64 host with a C library")
@pytest.mark.parametrize("options", [[], ["-no-pie"], ["-static"]], ids=["pie", "no-pie", "static"])
def test_handlers_run_when_an_object_goes(tmp_path: Path, options: list[str]) -> None:
    """atexit in a program and in a library that is closed (objtool links with it): libc asks for __dso_handle."""
    (tmp_path / "lib.c").write_text(
        "#include <stdlib.h>\n#include <stdio.h>\nstatic void bye(void) { puts(\"handler\"); }\n"
        "__attribute__((destructor)) static void end(void) { puts(\"destructor\"); }\n__attribute__((constructor)) static void begin(void) { atexit(bye); }\n")
    (tmp_path / "main.c").write_text(
        "#include <dlfcn.h>\n#include <stdlib.h>\n#include <stdio.h>\nstatic void bye(void) { puts(\"bye\"); }\n"
        "int main(int n, char **v) { atexit(bye); if (n > 1) dlclose(dlopen(v[1], RTLD_NOW)); puts(\"main\"); return 0; }\n")
    assert run_driver(tmp_path, "-shared", "-fPIC", "lib.c", "-o", "lib.so") == (0, "", "")
    assert run_driver(tmp_path, *options, "main.c", "-o", "main")[0] == 0
    library = [] if options == ["-static"] else [str(tmp_path / "lib.so")]
    out = subprocess.run([str(tmp_path / "main"), *library], capture_output=True, text=True, timeout=30).stdout
    assert out == "destructor\nhandler\n" * len(library) + "main\nbye\n"


@pytest.mark.skipif(not NATIVE, reason="runs the host's x86-64 programs")
@pytest.mark.parametrize("level", ["-O1", "-O2", "-Os"])
def test_object_sizes(tmp_path: Path, level: str) -> None:
    """What gcc 12 says at -O2 (_FORTIFY_SOURCE rests on it)."""
    data = Path(__file__).parent / "data"
    assert run_driver(tmp_path, "-w", level, "-fverify-ir", str(data / "object_size.c"), "-o", "t")[0] == 0
    done = subprocess.run([str(tmp_path / "t")], capture_output=True, text=True, timeout=60)
    assert done.stdout == (data / "object_size.expected").read_text()
