"""Ranges, names of ranges, declarations on demand, groups from unit to unit."""
from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from parse_support import StubTarget, parse, unit_of

from toolchain.cc.options import CompileOptions
from toolchain.cc.parse.lazy import LazyUnit
from toolchain.cc.parse.splitter import EAGER, LAZY, TAG, range_of, shape_of, split
from toolchain.cc.parse.unit import ParsedUnit, parse_unit
from toolchain.cc.preprocess.files import FileCache
from toolchain.cc.preprocess.options import PreprocessOptions
from toolchain.cc.preprocess.preprocessor import Preprocessor
from toolchain.context import ToolContext
from toolchain.diagnostics import Diagnostics
from toolchain.driver.main import main as driver

HEADER = """
typedef unsigned long size_t;
struct later;
struct unused { int a[10]; };
struct pair { int first, second; };
enum colour { RED, GREEN = 5, BLUE };
extern int counter;
extern __typeof__(counter) counter __attribute__((aligned(64)));
int helper(struct pair *p);
static inline int twice(int x) { return x + x; }
static inline int get(struct pair *p) { return twice(p->first) + BLUE; }
static inline int never(struct unused *u) { return u->a[0]; }
struct later { struct pair p; size_t n; };
int weak_one(void) __attribute__((weak));
"""
MAIN = """
#include "h.h"
int counter = 3;
int helper(struct pair *p) { return get(p) + GREEN; }
size_t size(struct later *l) { return l->n + sizeof(struct later) + l->p.second; }
int weak_one(void) { return 1; }
"""


def compile_text(directory: Path, main: str, lazy: bool, cache: FileCache | None = None) -> tuple[ParsedUnit, str]:
    header = directory / "h.h"
    if not header.exists():
        header.write_text(HEADER)
        os.utime(header, (1e9, 1e9))            # not so young that the cache distrusts its date
    (directory / "m.c").write_text(main)
    stream = io.StringIO()
    diagnostics = Diagnostics("cc", stream)
    pp = PreprocessOptions()
    pp.cwd = str(directory)
    pp.lazy = lazy
    options = CompileOptions()
    options.lazy = lazy
    unit = Preprocessor(pp, diagnostics, cache or FileCache()).run_path(str(directory / "m.c"))
    return parse_unit(unit, options, StubTarget(), diagnostics), stream.getvalue()


def supplier(unit: ParsedUnit) -> LazyUnit:
    found = unit.environment.supplier
    assert isinstance(found, LazyUnit)
    return found


def names(text: str) -> list[tuple[str, int, list[str]]]:
    """(text of the range, kind, names) of every range."""
    unit = unit_of(text, Diagnostics("cc", io.StringIO()))
    out = []
    position = 0
    for shape in split(shape_of(unit.tokens)):
        r = range_of(shape)
        tokens = unit.tokens[position:position + r.length]
        found = [("tag " if k == TAG else "") + tokens[o].sym.text for o, k in zip(r.offsets, r.kinds)]
        out.append((" ".join([t.sym.text for t in tokens]), r.kind, found))
        position += r.length
    assert position == len(unit.tokens)
    return out


@pytest.mark.parametrize("text,kind,found", [
    ("typedef int t;", LAZY, ["t"]),
    ("typedef struct s { int a; } *t, u[3];", LAZY, ["tag s", "t", "u"]),
    ("extern int a, *b, c[2];", LAZY, ["a", "b", "c"]),
    ("int f(int, char *);", LAZY, ["f"]),
    ("int *(*fp)(int);", EAGER, ["fp"]),
    ("extern int (*fp)(int);", LAZY, ["fp"]),
    ("int (f)(int);", LAZY, ["f"]),
    ("typedef int (*fn)(void *, int);", LAZY, ["fn"]),
    ("enum e { A, B = 3, C };", LAZY, ["tag e", "A", "B", "C"]),
    ("static inline int f(int x) { return x; }", LAZY, ["f"]),
    ("int f(int x) { return x; }", EAGER, ["f"]),
    ("int x = 1;", EAGER, ["x"]),
    ("static int x[] = { 1, 2 };", LAZY, ["x"]),
    ("static int x __attribute__((used));", EAGER, ["x"]),
    ("asm(\"nop\");", EAGER, []),
    ("_Static_assert(1, \"\");", EAGER, []),
    ("struct s { struct t { int a; } b; enum { X } c; };", LAZY, ["tag s", "tag t", "X"]),
    ("extern __typeof__(f) g;", LAZY, ["g"]),
    ("void (*signal(int a, void (*b)(int)))(int);", LAZY, ["signal"]),
    ("struct s *f(void) __attribute__((const));", LAZY, ["f"]),
])
def test_names_of_ranges(text: str, kind: int, found: list[str]) -> None:
    [(_, got_kind, got)] = names(text)
    assert (got_kind, got) == (kind, found)


def test_ranges_end_where_declarations_do() -> None:
    text = "int a; struct s { int x; } b = { 1 }; int f(void) { if (1) { ; } } ; int (*g[])(void) = { f, f };"
    assert len(names(text)) == 5


def test_deep_nesting_is_split_by_counting() -> None:
    text = "int f(int a) { " + "{" * 40 + "a++;" + "}" * 40 + " return a; } int b;"
    assert [r[1] for r in names(text)] == [EAGER, EAGER]
    _, messages = parse(text)
    assert messages == []


def test_only_what_is_used_is_parsed(tmp_path: Path) -> None:
    unit, messages = compile_text(tmp_path, MAIN, True)
    assert messages == ""
    assert supplier(unit).ranges_parsed < 18
    assert not any(s.name == "never" for s in unit.symbols)
    get = unit.environment.lookup("get")
    assert get is not None and get.function is None
    assert unit.environment.body(get) is not None and get.function is not None


def test_lazy_and_eager_agree(tmp_path: Path) -> None:
    lazy, _ = compile_text(tmp_path, MAIN, True)
    a = [(s.name, s.attrs.weak, s.attrs.aligned) for s in lazy.roots()]
    eager, _ = compile_text(tmp_path, MAIN, False)
    b = [(s.name, s.attrs.weak, s.attrs.aligned) for s in eager.roots()]
    assert a == b == [("counter", False, 64), ("helper", False, 0), ("size", False, 0), ("weak_one", True, 0)]


def test_groups_are_reused(tmp_path: Path) -> None:
    cache = FileCache()
    first, _ = compile_text(tmp_path, MAIN, True, cache)
    header_groups = [g for g in supplier(first).groups if not g.main]
    second, messages = compile_text(tmp_path, MAIN.replace("counter = 3", "counter = 4"), True, cache)
    assert messages == ""
    assert [g for g in supplier(second).groups if not g.main] == header_groups
    assert [s.name for s in second.roots()] == ["counter", "helper", "size", "weak_one"]


def test_local_names_do_not_reach_a_demanded_range(tmp_path: Path) -> None:
    main = '#include "h.h"\nint f(void) { int pair = 1, size_t = 2; struct later l; l.p.first = pair; return l.p.first + size_t; }\n'
    _, messages = compile_text(tmp_path, main, True)
    assert messages == ""


def test_block_scope_extern_means_the_file_scope_entity(tmp_path: Path) -> None:
    main = '#include "h.h"\nint f(void) { int counter = 1; { extern int counter; return counter; } return counter; }\n'
    unit, messages = compile_text(tmp_path, main, True)
    assert messages == ""
    counter = unit.environment.lookup("counter")
    assert counter is not None and counter.attrs.aligned == 64 and not counter.defined


def test_later_typedefs_are_not_there_yet(tmp_path: Path) -> None:
    """A range that is parsed on demand sees what stands before it, not a type of the same name behind (found by CPython)."""
    (tmp_path / "h.h").write_text("struct handler { struct { int body; } Name; int Other; };\n")
    main = ('#include "h.h"\ntypedef struct { int a; } Name;\ntypedef int Other;\n'
            "int f(struct handler *h) { Name n = {1}; Other o = 2; return h->Name.body + n.a + o + h->Other; }\n")
    (tmp_path / "later.c").write_text(main)
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), errors)
    assert driver(["-fsyntax-only", "later.c"], context) == 0, errors.getvalue()


def test_syntax_only_parses_what_is_mentioned(tmp_path: Path) -> None:
    """Bodies of headers that something mentions are checked, transitively; static data are laid out."""
    (tmp_path / "h.h").write_text("static inline int inner(void)\n{\n\treturn missing;\n}\n"
                                  "static inline int outer(void)\n{\n\treturn inner();\n}\n"
                                  "static inline int unused(void)\n{\n\treturn lost;\n}\n")
    for use in ("int f(void) { return outer(); }", "int (*p)(void) = outer;", "static inline void g(int *x) { outer(); }\n"
                "void f(void) { int x __attribute__((cleanup(g))) = 0; }"):
        (tmp_path / "s.c").write_text('#include "h.h"\n' + use + "\n")
        errors = io.StringIO()
        context = ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), errors)
        assert driver(["-fsyntax-only", "s.c"], context) == 1
        assert "'missing' undeclared" in errors.getvalue()
        assert "'lost' undeclared" not in errors.getvalue()


INCLUDED_USERS = """
static int inner(int *p) { chain(p); return *p; }
static int outer(int *p) { return inner(p); }
static inline int never(int *p) { in_inline(p); return *p + object; }
int uncalled(int *p);
int uncalled(int *p) { in_uncalled(p); return *p; }
"""


@pytest.mark.parametrize("lazy", [True, False])
def test_names_used_in_text_that_waits_are_not_unused(tmp_path: Path, lazy: bool) -> None:
    (tmp_path / "users.h").write_text(INCLUDED_USERS)
    os.utime(tmp_path / "users.h", (1e9, 1e9))
    statics = "".join(f"static void {name}(int *p) {{ *p = 1; }}\n" for name in ("chain", "in_inline", "in_uncalled", "alone"))
    (tmp_path / "m.c").write_text(statics + 'static int object, lonely;\n#include "users.h"\nint main(void) { int x; return outer(&x); }\n')
    stderr = io.StringIO()
    context = ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), stderr)
    words = [] if lazy else ["-fno-lazy"]
    assert driver(["--target=riscv64-linux-gnu", "-Wall", "-c", "m.c", *words], context) == 0
    told = [line.split("warning: ")[1] for line in stderr.getvalue().splitlines() if "warning: " in line]
    assert told == ["'alone' defined but not used [-Wunused-function]", "'lonely' defined but not used [-Wunused-variable]"]


ASSERTING = """
__attribute__((format(printf, 1, 2))) int say(const char *, ...);
#define ASSERT(x) do { _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \\"-Wformat-zero-length\\"") \\
    say(""); _Pragma("GCC diagnostic pop") } while (0)
static inline int one(int x)
{
    ASSERT(x);
    return x;
}
static inline int two(int x)
{
    ASSERT(x);
    say("");
    return x;
}
"""


@pytest.mark.parametrize("lazy", [True, False])
def test_pragmas_in_a_function_that_waited_hold_inside_it(tmp_path: Path, lazy: bool) -> None:
    (tmp_path / "assert.h").write_text(ASSERTING)
    os.utime(tmp_path / "assert.h", (1e9, 1e9))
    (tmp_path / "m.c").write_text('#include "assert.h"\nint main(void) { return two(1) + one(1); }\n')
    stderr = io.StringIO()
    context = ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), stderr)
    words = [] if lazy else ["-fno-lazy"]
    assert driver(["--target=riscv64-linux-gnu", "-Wall", "-c", "m.c", *words], context) == 0
    told = [line.split(": ")[0] for line in stderr.getvalue().splitlines() if "format-zero-length" in line]
    assert [line.split("assert.h:")[1] for line in told] == ["13:9"]
