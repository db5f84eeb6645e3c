"""The preprocessor: expansion, directives, messages, output forms; and against gcc -E where there is one."""
from __future__ import annotations

import io
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from toolchain.cc.preprocess import preprocessor as preprocessor_module
from toolchain.cc.preprocess.dependencies import rule
from toolchain.cc.preprocess.files import FileCache, mode_for
from toolchain.cc.preprocess.options import PreprocessOptions
from toolchain.cc.preprocess.preprocessor import Preprocessor
from toolchain.cc.preprocess.printer import line_start, print_macros, print_unit
from toolchain.cc.preprocess.tokens import intern, spell
from toolchain.cc.preprocess.unit import PreprocessedUnit
from toolchain.diagnostics import Diagnostics, TooManyErrors


class Result:
    """One run: the unit, its text, the messages."""

    def __init__(self, tmp_path: Path, text: str, **options: object) -> None:
        (tmp_path / "t.c").write_text(text)
        opts = PreprocessOptions()
        opts.cwd = str(tmp_path)
        opts.lazy = False
        for name, value in options.items():
            assert hasattr(opts, name)
            setattr(opts, name, value)
        self.stream = io.StringIO()
        self.diagnostics = Diagnostics("cc1", self.stream)
        self.preprocessor = Preprocessor(opts, self.diagnostics, FileCache())
        self.unit: PreprocessedUnit = self.preprocessor.unit
        try:
            self.preprocessor.run_path("t.c")
        except TooManyErrors:
            pass

    @property
    def text(self) -> str:
        return spell(self.unit.tokens).strip()

    @property
    def messages(self) -> str:
        return self.stream.getvalue()

    def first_lines(self) -> list[str]:
        """The messages without source lines and carets."""
        return [line for line in self.messages.split("\n") if line.startswith("t.c:")]


EXPANSIONS = [
    ("#define x 3\n#define f(a) f(x * (a))\n#undef x\n#define x 2\n#define g f\n#define z z[0]\n#define h g(~\n#define m(a) a(w)\n"
     "#define w 0,1\n#define t(a) a\nf(y+1) + f(f(z)) % t(t(g)(0) + t)(1);\ng(x+(3,4)-w) | h 5) & m\n(f)^m(m);",
     "f(2 * (y+1)) + f(2 * (f(2 * (z[0])))) % f(2 * (0)) + t(1); f(2 * (2+(3,4)-0,1)) | f(2 * (~ 5)) & f(2 * (0,1))^m(0,1);"),
    ("#define str(s) # s\n#define xstr(s) str(s)\n#define INCFILE(n) vers ## n\nxstr(INCFILE(2).h) str( a  \"b\\n\" 'c' )",
     '"vers2.h" "a \\"b\\\\n\\" \'c\'"'),
    ("#define hash_hash # ## #\n#define mkstr(a) # a\n#define in_between(a) mkstr(a)\n#define join(c, d) in_between(c hash_hash d)\njoin(x, y)",
     '"x ## y"'),
    ("#define t(x,y,z) x ## y ## z\nt(1,2,3) t(,4,5) t(6,,7) t(8,9,) t(10,,) t(,11,) t(,,12) t(,,)", "123 45 67 89 10 11 12"),
    ("#define e(f, ...) p(f, ## __VA_ARGS__)\ne(1) e(1,) e(1,2,3)", "p(1) p(1,) p(1,2,3)"),
    ("#define e(f, a...) p(f, ## a)\ne(1) e(1,2)", "p(1) p(1,2)"),
    ("#define F(a,...) f(0 __VA_OPT__(,) a __VA_ARGS__)\nF(x) F(x,1) F(x,)", "f(0 x) f(0 , x 1) f(0 x)"),
    ("#define G(X, ...) f(0, X __VA_OPT__(, __VA_ARGS__))\nG(a,b,c) G(a)", "f(0, a , b,c) f(0, a)"),
    ("#define S(n, ...) s n __VA_OPT__(= { __VA_ARGS__ })\nS(foo) S(bar, 1, 2)", "s foo s bar = { 1, 2 }"),
    ("__COUNTER__ __COUNTER__ __LINE__\n__LINE__ __INCLUDE_LEVEL__", "0 1 1 2 0"),
    ("#define G(a) a __LINE__\nG(\n__LINE__\n) __FILE__ __BASE_FILE__ __FILE_NAME__", '3 2 "t.c" "t.c" "t.c"'),
    ("#line 77 \"y.c\"\n__LINE__ __FILE__", '77 "y.c"'),
    ("#define A a\\\nb\nA fo\\\no", "ab foo"),
    ("%: define X <: :>\nX %:", "<: :> %:"),
    ("#define f(x) x\nf\n(\n1\n) f", "1 f"),
    ("#define \\u00c1 1\n#define s(x) #x\n#define q(\\u00E9) \u00e9 #\\u00e9\n\u00c1 \\U000000C1 s(\\u00c1) a\\u00c1 q(\\u00c1) 0\\u00c1.5",
     '1 1 "\\u00c1" a\\u00c1 1 "\\u00c1" 0\\u00c1.5'),
    ("#define cat(a, b) a ## b\n#define \u00c0\u00c1 good\ncat(\\u00c0, \u00c1) \U0001f600x\u0300 \u00ab", "good \U0001f600x\u0300 \u00ab"),
    ("#define f(x) x\nf(\n#define y 2\ny\n#undef y\n)", "y"),
    ("#pragma push_macro(\"A\")\n#define A 1\nA\n#pragma pop_macro(\"A\")\nA", "1 A"),
    ("a /* b */ c // d\n\"/* e */\" '\"' /* f\n */ g", "a c \"/* e */\" '\"' g"),
    ("#define EMPTY\n#define L (\n#define R )\n#define f(x) <x>\nf EMPTY (1) f L 2 R", "f (1) f ( 2 )"),
    ("1e+5 0x1p-3 .5.6 1.2.3e-x L\"a\" u8\"b\" U'c' a+++++b", "1e+5 0x1p-3 .5.6 1.2.3e-x L\"a\" u8\"b\" U'c' a+++++b"),
]


@pytest.mark.parametrize("source, want", EXPANSIONS)
def test_expansion(tmp_path: Path, source: str, want: str) -> None:
    result = Result(tmp_path, source + "\n")
    lexer = mode_for(False, True, False, 0, 3).lexer
    assert [t.spelling for t in result.unit.tokens] == [t.spelling for t in lexer.lex(want)]
    assert result.messages == ""


CONDITIONS = [
    ("-1 > 0u", True), ("1 ? 2 : (1/0)", True), ("0 && 1/0", False), ("1 || 1/0", True), ("(2 || 3) != 1", False), ("-5 / 2 == -2", True),
    ("-5 % 3 == -2", True), ("0xffffffffffffffff == -1", True), ("'a' == 97", True), ("'\\377' < 0", True), ("1 << 63 < 0", True),
    ("~0u == 18446744073709551615u", True), ("defined X", False), ("defined(__LINE__)", True), ("undefined_name", False), ("010 == 8", True),
    ("0b101 == 5", True), ("'ab' == 24930", True), ("-1 >> 1 == -1", True), ("(-1 ? -1 : 0u) > 0", True), ("1 ? 0 : 1, 3", True),
    ("__has_include(<nowhere.h>)", False), ("__has_include(\"t.c\")", True), ("__has_attribute(__packed__)", True), ("__has_builtin(nope)", False),
    ("L'\\xff' == 255", True), ("1 == 1L && 2ULL == 2", True),
]


@pytest.mark.parametrize("condition, want", CONDITIONS)
def test_condition(tmp_path: Path, condition: str, want: bool) -> None:
    result = Result(tmp_path, f"#if {condition}\nyes\n#else\nno\n#endif\n", has_attribute={"packed": 1})
    assert result.text == ("yes" if want else "no")


def test_operators_by_another_name(tmp_path: Path) -> None:
    """The operand follows the macro whose replacement is the operator's name (xxhash's XXH_HAS_INCLUDE)."""
    result = Result(tmp_path, "#define H __has_include\n#define A() __has_attribute\n#define D defined\n"
                    "#if H(\"t.c\") && !H(<nowhere.h>) && A()(packed) && !A()(nope) && D H && D(A) && !D(nope)\nyes\n#endif\n", has_attribute={"packed": 1})
    assert (result.text, result.messages) == ("yes", "")


ERRORS = [
    ("#if FOO(1)\n#endif\n", ["t.c:1:8: error: missing binary operator before token \"(\""]),
    ("#if (1\n#endif\n", ["t.c:1:5: error: missing ')' in expression"]),
    ("#if 1/0\n#endif\n", ["t.c:1:6: error: division by zero in #if"]),
    ("#if 1.0\n#endif\n", ["t.c:1:5: error: floating constant in preprocessor expression"]),
    ("#if 12abc\n#endif\n", ["t.c:1:5: error: invalid suffix \"abc\" on integer constant"]),
    ("#if 1 = 2\n#endif\n", ["t.c:1:7: error: token \"=\" is not valid in preprocessor expressions"]),
    ("#define F(a,b) a b\nF(1)\n", ["t.c:2:4: error: macro \"F\" requires 2 arguments, but only 1 given",
                                     "t.c:1: note: macro \"F\" defined here"]),
    ("#define F(a) a\nF(1,2)\n", ["t.c:2:6: error: macro \"F\" passed 2 arguments, but takes just 1", "t.c:1: note: macro \"F\" defined here"]),
    ("#define F(a) a\nF(1\n", ["t.c:2:3: error: unterminated argument list invoking macro \"F\""]),
    ("#ifdef X\n", ["t.c:1:2: error: unterminated #ifdef"]),
    ("#if 0\n#else\n#elif 1\n", ["t.c:3:2: error: #elif after #else", "t.c:1:2: error: unterminated #elif"]),
    ("#endif\n", ["t.c:1:2: error: #endif without #if"]),
    ("#else\n", ["t.c:1:2: error: #else without #if"]),
    ("#foo\n", ["t.c:1:2: error: invalid preprocessing directive #foo"]),
    ("#error out  of 'luck\n", ["t.c:1:2: error: #error out of 'luck"]),
    ("#warning w\n", ["t.c:1:2: warning: #warning w [-Wcpp]"]),
    ("#include <x\n", ["t.c:1:10: error: missing terminating > character"]),
    ("#include \"nope.h\"\nint x;\n", ["t.c:1:10: fatal error: nope.h: No such file or directory"]),
    ("#define X 1\n#define X 2\n", ["t.c:2:9: warning: \"X\" redefined", "t.c:1:9: note: this is the location of the previous definition"]),
    ("#define X a  b\n#define X a b\n", []),
    ("#define Q(x) #y\n", ["t.c:1:14: error: '#' is not followed by a macro parameter"]),
    ("#define d(x,x) 1\n", ["t.c:1:13: error: duplicate macro parameter \"x\""]),
    ("#define cat(a,b) a ## b\ncat(+,1)\n", ["t.c:2:8: error: pasting \"+\" and \"1\" does not give a valid preprocessing token"]),
    ("#pragma GCC poison bad\nint bad;\n", ["t.c:2:5: error: attempt to use poisoned \"bad\""]),
    ("#pragma GCC error \"no\"\n", ["t.c:1:9: error: no"]),
    ("#if 1\n#endif x\n", ["t.c:2:8: warning: extra tokens at end of #endif directive [-Wendif-labels]"]),
    ("int a; /* b\nc\n", ["t.c:1:8: error: unterminated comment"]),
    ("#define defined 1\n", ["t.c:1:9: error: \"defined\" cannot be used as a macro name"]),
    ("int \\u0300, x\\u00ab, y\\ud800;\n", ["t.c:1:5: error: universal character \\u0300 is not valid at the start of an identifier",
                                           "t.c:1:13: error: universal character \\u00ab is not valid in an identifier",
                                           "t.c:1:22: error: \\ud800 is not a valid universal character"]),
    ("#line x\n", ["t.c:1:7: error: \"x\" after #line is not a positive integer"]),
]


@pytest.mark.parametrize("source, want", ERRORS)
def test_message(tmp_path: Path, source: str, want: list[str]) -> None:
    assert Result(tmp_path, source).first_lines() == want


def test_location_through_macros(tmp_path: Path) -> None:
    result = Result(tmp_path, "#define INNER(x) (x + bad)\n#define OUTER(y) INNER(y)\n\nint a = OUTER(1 +\n  good);\n")
    tokens = [t.spelling for t in result.unit.tokens]
    result.diagnostics.error(result.unit.loc_base + tokens.index("bad"), "'bad' undeclared")
    result.diagnostics.error(result.unit.loc_base + tokens.index("good"), "'good' undeclared")
    assert result.first_lines() == [
        "t.c:1:23: error: 'bad' undeclared", "t.c:2:18: note: in expansion of macro 'INNER'", "t.c:4:9: note: in expansion of macro 'OUTER'",
        "t.c:5:3: error: 'good' undeclared"]


def test_location_after_comment_and_in_header(tmp_path: Path) -> None:
    (tmp_path / "h.h").write_text("\n  int /* c */ y;\n")
    result = Result(tmp_path, '\n#include "h.h"\nint x;\n')
    result.diagnostics.error(result.unit.loc_base + 1, "bad")
    assert result.messages == "In file included from t.c:2:\nh.h:2:15: error: bad\n    2 |   int /* c */ y;\n      |               ^\n"
    assert result.unit.main_ranges() == [(3, 6)]


@pytest.fixture
def new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of macros with unbalanced braces are remembered as long as the process lives: forget those of the tests before (a mutated source
    may define a keyword so), which would make ranges with these names plain ones."""
    monkeypatch.setattr(preprocessor_module._process, "unbalanced", {})


@pytest.mark.usefixtures("new_process")
def test_name_inside_another_does_not_end_laziness(tmp_path: Path) -> None:
    (tmp_path / "h.h").write_text("static inline int waits_f(int waits_x)\n{\n\treturn waits_x;\n}\n")
    result = Result(tmp_path, '#define waits_ {\n#define its_x }\n#include "h.h"\nint y;\n', lazy=True)
    assert spell(result.unit.tokens).strip() == "int y;"


@pytest.mark.usefixtures("new_process")
def test_lazy_function(tmp_path: Path) -> None:
    (tmp_path / "h.h").write_text("#define LAZY_A 1\n#define __inl inline\nint before;\nstatic inline int lazy_f(int lazy_x)\n{\n\treturn lazy_x + LAZY_A;\n}\n"
                                  "static inline void lazy_g(void) { }\n#undef LAZY_A\n#define LAZY_A 2\nint after;\n")
    result = Result(tmp_path, '#include "h.h"\nstatic inline int mine(void) { return LAZY_A; }\n', lazy=True)
    unit = result.unit
    assert spell(unit.tokens).strip() == "int before; int after; static inline int mine(void) { return 2; }"
    entry = unit.lazy_functions[intern("lazy_f").sym][0]
    assert entry.position == 3
    tokens, base = unit.expand_lazy(entry)
    assert spell(tokens).strip() == "static inline int lazy_f(int lazy_x) { return lazy_x + 1; }"
    where = result.diagnostics.locations.resolve(base + [t.spelling for t in tokens].index("+"))
    assert (where.file, where.line, where.column) == ("h.h", 6, 16)
    assert intern("lazy_g").sym in unit.lazy_functions


def test_splices_inside_numbers(tmp_path: Path) -> None:
    text = "#define N 12\\\n3\\\n\\\n45\n#if N != 12345\n#error\n#endif\nN .\\\n5 25\\\n.\\\n6 a\\\n\\\nb +\\\n\\\n= s\\\n.x\n"
    assert Result(tmp_path, text).text == "12345 .5 25.6 ab += s.x"


def test_guard_once_next(tmp_path: Path) -> None:
    for directory in ("a", "b"):
        (tmp_path / directory).mkdir()
    (tmp_path / "a" / "n.h").write_text("a1\n#include_next <n.h>\n")
    (tmp_path / "b" / "n.h").write_text("b1\n")
    (tmp_path / "g.h").write_text("#ifndef G\n#define G\ng\n#endif\n")
    (tmp_path / "o.h").write_text("#pragma once\no\n")
    result = Result(tmp_path, '#include <n.h>\n#include "g.h"\n#include "g.h"\n#include "o.h"\n#include "o.h"\n#define H "g.h"\n#include H\n',
                    include_dirs=["a", "b"])
    assert result.text == "a1 b1 g o"
    assert rule(result.unit, ["t.o"], True, True) == "t.o: t.c a/n.h b/n.h g.h o.h\na/n.h:\nb/n.h:\ng.h:\no.h:\n"


def test_print(tmp_path: Path) -> None:
    (tmp_path / "h.h").write_text("h\n")
    source = '#define F(a,b) a b\n#include "h.h"\nF(1,\n2)\n  x = -F(-1,2);\n\n#pragma p q\ny\n'
    result = Result(tmp_path, source, record_events=True, dump="D")
    assert print_unit(result.preprocessor, True) == (
        '# 0 "t.c"\n# 0 "<built-in>"\n# 0 "<command-line>"\n# 1 "t.c"\n#define F(a,b) a b\n# 1 "h.h" 1\nh\n# 3 "t.c" 2\n1 2\n\n'
        '  x = - -1 2;\n\n#pragma p q\ny\n')
    result = Result(tmp_path, source, record_events=True)
    assert print_unit(result.preprocessor, False) == "h\n1 2\n  x = - -1 2;\n#pragma p q\ny\n"
    assert print_macros(result.preprocessor) == "#define F(a,b) a b\n"


@pytest.mark.parametrize("standard,gnu,text,want", [
    (1990, False, "#define p p+\n0x1p+1 <: %: 1'0'0", ["0x1p", "+", "1", "<", ":", "%", ":", "1", "'0'", "0"]),
    (1994, False, "0x1p+1 <: %:", ["0x1p", "+", "1", "<:", "%:"]), (1990, True, "0x1p+1 <: //", ["0x1p+1", "<:"]),
    (2017, True, "0x1p+1 <: 1'0'0 //", ["0x1p+1", "<:", "1", "'0'", "0"]),
    (2023, True, "1'000'0 /* ' */ 0x'a 1'0.5'5e+3 s('x') u8'a' /* '1'1 */ \"1'1'1\"",
     ["1'000'0", "0x'a", "1'0.5'5e+3", "s", "(", "'x'", ")", "u8'a'", '"1\'1\'1"'])])
def test_tokens_of_each_language(tmp_path: Path, standard: int, gnu: bool, text: str, want: list[str]) -> None:
    assert [t.spelling for t in Result(tmp_path, text + "\n", standard=standard, gnu=gnu).unit.tokens] == want


def test_conditions_of_c23(tmp_path: Path) -> None:
    source = "#if true && !false && false - 1 > 0 && 1'0'0 == 100\nyes\n#endif\n#line 1'0\n__LINE__\n"
    assert Result(tmp_path, source, standard=2023).text == "yes 10"


def test_a_line_is_looked_for_in_its_line_alone() -> None:
    text = "a\n/*\x1c*/ b\n" + "x y\n" * 4_000_000         # as long as the symbol table of a large kernel
    assert [line_start(text, offset) for offset in (0, 1, 2, 4, 5, 8, len(text) - 2)] == [0, 0, 2, 2, 5, 5, len(text) - 4]
    start = time.process_time()
    for offset in range(len(text) - 4000, len(text), 4):
        assert line_start(text, offset) == offset
    assert time.process_time() - start < 0.5               # to the text's beginning it would be seconds


def test_letters_beyond_ascii_are_printed_as_universal_character_names(tmp_path: Path) -> None:
    source = "#define \u00c1 \\u00e9\nx\\u00c0 \u00c1 \u00ab\n"
    assert print_unit(Result(tmp_path, source, record_events=True).preprocessor, False) == "x\\U000000c0 \\U000000e9 \u00ab\n"
    assert print_unit(Result(tmp_path, source, record_events=True, standard=1990, gnu=True).preprocessor, False).startswith("x\\u00c0")


def test_assembler(tmp_path: Path) -> None:
    source = "# don't touch\n#define A 7\n  .word A, $A /* x\n */ 8\n# 12 comment A\nlabel: # it's A\n.ascii \"A\"\n"
    result = Result(tmp_path, source, assembler=True, dollars=False, record_events=True)
    assert result.messages == ""
    assert print_unit(result.preprocessor, False) == "# don't touch\n  .word 7, $7\n    8\n# 12 comment 7\nlabel: # it's A\n.ascii \"A\"\n"


def test_pragma_operator_and_index(tmp_path: Path) -> None:
    result = Result(tmp_path, "#define D(x) _Pragma(#x) int a;\nint b;\nD(pack(push, 1))\n#define N 4\n#pragma pack(N)\n")
    assert [(p.index, spell(p.tokens).strip()) for p in result.unit.pragmas] == [(3, "pack(push, 1)"), (6, "pack(4)")]


def test_pragma_operator_with_an_operand_made_by_macros(tmp_path: Path) -> None:
    # Linux: #define __diag(s) _Pragma(__diag_str(GCC diagnostic s))
    source = ("#define S1(x) #x\n#define S(x) S1(x)\n#define DIAG(s) _Pragma(S(one s))\n#define PUSH() DIAG(push)\n#define NAME _Pragma\n#define ARG(x) x\n"
              "PUSH();\n_Pragma(S(two))\nNAME(\"three\")\nARG(ARG(a _Pragma(S(four)) b))\n")
    result = Result(tmp_path, source)
    assert result.messages == ""
    assert [spell(p.tokens).strip() for p in result.unit.pragmas] == ["one push", "two", "three", "four"]
    assert "takes a parenthesized string literal" in Result(tmp_path, "_Pragma(\"a\" \"b\")\n").messages


def test_second_unit_in_a_process_sees_changes(tmp_path: Path) -> None:
    cache = FileCache()

    def run() -> str:
        options = PreprocessOptions()
        options.cwd = str(tmp_path)
        return spell(Preprocessor(options, Diagnostics("cc1", io.StringIO()), cache).run_path("t.c").tokens).strip()

    (tmp_path / "t.c").write_text('#define X 1\n#include "h.h"\nX\n')
    (tmp_path / "h.h").write_text("old\n")
    assert run() == "old 1"
    (tmp_path / "h.h").write_text("newer\n#undef X\n")
    assert run() == "newer X"
    (tmp_path / "t.c").write_text("X\n")
    assert run() == "X"


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
@pytest.mark.parametrize("headers", [["stdio.h", "stdlib.h", "string.h", "math.h"], ["tgmath.h", "inttypes.h", "sys/socket.h", "signal.h"]])
def test_system_headers_like_gcc(tmp_path: Path, headers: list[str]) -> None:
    source = "".join(f"#include <{name}>\n" for name in headers) + "int main(void) { return EOF; }\n"
    (tmp_path / "t.c").write_text(source)
    want = subprocess.run(["gcc", "-E", "-P", "t.c"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    macros = subprocess.run(["gcc", "-dM", "-E", "-x", "c", "/dev/null"], capture_output=True, text=True, check=True).stdout
    listing = subprocess.run(["gcc", "-E", "-v", "-x", "c", "/dev/null"], capture_output=True, text=True, check=True).stderr
    directories = listing.split("search starts here:\n")[-1].split("End of")[0].split()
    predefined = "\n".join(line for line in macros.split("\n") if "__STDC_I" in line or "_STDC_PREDEF" not in line)
    result = Result(tmp_path, source, predefined=predefined, system_dirs=directories, has_attribute={"nothrow": 1})
    lexer = mode_for(False, True, False, 0, 3).lexer
    assert [t.spelling for t in result.unit.tokens] == [t.spelling for t in lexer.lex(want)]
