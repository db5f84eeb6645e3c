"""Symbols, types, layouts, initialisers and constants of small units."""
from __future__ import annotations

import pytest
from parse_support import parse

from toolchain.cc.options import CompileOptions
from toolchain.cc.parse.ast import (
    E_CONSTP,
    S_EXTERN,
    S_STATIC,
    Decl,
    ExprStmt,
    For,
    FunctionDef,
    IntConst,
    Return,
    StringLit,
    Switch,
    Symbol,
)
from toolchain.cc.parse.spell import declare, type_text
from toolchain.cc.parse.unit import ParsedUnit
from toolchain.cc.types import INT, LONG, RecordType


def good(text: str) -> ParsedUnit:
    unit, messages = parse(text)
    assert messages == []
    return unit


def symbol(unit: ParsedUnit, name: str) -> Symbol:
    found = unit.environment.lookup(name)
    assert found is not None
    return found


def body(unit: ParsedUnit, name: str) -> FunctionDef:
    definition = unit.environment.body(symbol(unit, name))
    assert definition is not None
    return definition


def items(unit: ParsedUnit, name: str) -> list[tuple[int, object]]:
    init = symbol(unit, name).init
    assert init is not None
    return [(i.offset, i.value.value if isinstance(i.value, IntConst) else i.value.data if isinstance(i.value, StringLit) else None)
            for i in init.items]


def value(text: str, prelude: str = "") -> int:
    """The value of an integer constant expression."""
    unit = good(f"{prelude} enum {{ RESULT = ({text}) }};")
    return symbol(unit, "RESULT").value


@pytest.mark.parametrize("declaration,text", [
    ("int *x", "'int *'"), ("const char *const x", "'const char * const'"), ("int (*x)(int, char *)", "'int (*)(int,  char *)'"),
    ("int x[3][4]", "'int[3][4]'"), ("int (*x)[3]", "'int (*)[3]'"), ("unsigned long long x", "'long long unsigned int'"),
    ("short unsigned x", "'short unsigned int'"), ("struct s *x", "'struct s *'"), ("int (*(*x)(void))(int)", "'int (*(*)(void))(int)'"),
    ("volatile _Bool x", "'volatile _Bool'"), ("_Complex float x", "'_Complex float'"), ("long double x", "'long double'"),
    ("int (*x[2])(void)", "'int (*[2])(void)'"), ("void (*x)(const char *, ...)", "'void (*)(const char *, ...)'"),
])
def test_types_are_spelled_as_gcc_does(declaration: str, text: str) -> None:
    assert type_text(symbol(good(f"extern {declaration};"), "x").ty) == text


def test_typedef_name_is_declared_again_behind_a_definition() -> None:
    """C11 6.7p3, and a name of an inner scope (Linux: mempool_t of netfs.h and mempool.h)."""
    good("typedef struct s T; typedef struct s { int a; } T; T x; int f(void) { struct r { int c; } T; return T.c = x.a; }")


def test_typedef_is_shown_with_its_meaning() -> None:
    unit = good("typedef unsigned int u32; u32 x;")
    assert type_text(symbol(unit, "x").ty) == "'u32' {aka 'unsigned int'}"
    assert declare(symbol(unit, "x").ty, "y") == "u32 y"


@pytest.mark.parametrize("text,want", [
    ("1 + 2 * 3", 7), ("-7 / 2", -3), ("-7 % 2", -1), ("~0u", 0xFFFFFFFF), ("1 ? 2 : 3", 2), ("sizeof(long)", 8), ("'a'", 97),
    ("(char)200", 200), ("(signed char)200", -56), ("0x7fffffff + 0u", 0x7FFFFFFF), ("!5", 0), ("1 << 4 | 3", 19), ("5 > 3 && 2", 1),
    ("sizeof(int[3])", 12), ("_Alignof(double)", 8), ("(int)3.9", 3), ("(int)(1.5 * 2)", 3), ("1e3 == 1000.0", 1),
    ("__builtin_popcount(255)", 8), ("__builtin_bswap32(0x11223344)", 0x44332211), ("__builtin_strlen(\"hello\")", 5),
    ("__builtin_constant_p(3)", 1), ("__builtin_types_compatible_p(int, signed)", 1), ("__builtin_choose_expr(0, 1, 2)", 2),
    ("_Generic(1L, int: 1, long: 2, default: 3)", 2), ("0b101", 5), ("sizeof(L\"ab\")", 12), ("sizeof(u\"ab\")", 6), ("sizeof \"a\" \"bc\"", 4),
    ("'\\377'", 255), ("u'\\u1234'", 0x1234), ("__builtin_ffsll(0x100000000)", 33), ("-1 < 0u", 0), ("(unsigned char)-1", 255),
    ("(_Bool)0.5", 1), ("sizeof(1.0f)", 4), ("sizeof('a')", 4), ("1.0 / 3 * 3 == 1", 1), ("__builtin_clz(1)", 31),
])
def test_constant_expressions(text: str, want: int) -> None:
    assert value(text) == want


BLOCK_SCOPES = """struct s { char c[1]; };
    int a(int n) { if (sizeof (struct s { char c[2]; })) (void)sizeof (struct s { char c[3]; }); else (void)sizeof (struct s { char c[4]; });
      _Static_assert(sizeof(struct s) == AFTER, ""); return n; }
    int b(int n) { while (sizeof (struct s { char c[2]; }) - 2) ; _Static_assert(sizeof(struct s) == AFTER, ""); return n; }
    int c(int n) { do (void)sizeof (struct s { char c[2]; }); while (n--); _Static_assert(sizeof(struct s) == AFTER, ""); return n; }
    int d(int n) { switch (sizeof (enum e { A = 2 })) default: n++; { enum { A }; } switch (n) default: (void)sizeof (struct s { char c[2]; });
      _Static_assert(sizeof(struct s) == AFTER, ""); return n; }
    int e(int n) { for (n = sizeof (struct s { char c[2]; }); n; n--) _Static_assert(sizeof(struct s) == 2, ""); return sizeof(struct s); }"""


@pytest.mark.parametrize("std,after", [("gnu17", 1), ("c99", 1), ("gnu90", 2), ("iso9899:199409", 2)])
def test_selection_and_iteration_statements_are_blocks_since_c99(std: str, after: int) -> None:
    options = CompileOptions()
    options.std = std
    text = BLOCK_SCOPES.replace("AFTER", str(after))
    if after == 2:
        text = text.replace("(void)sizeof (struct s { char c[3]; }); else (void)sizeof (struct s { char c[4]; })", "(void)0")
    _, messages = parse(text, options=options)
    assert messages == []


def test_universal_character_names_are_the_letters() -> None:
    unit = good("int \\u00c1x = 3; int *p = &\u00c1x; struct \\U000000e9 { int \u00e8; } s = { .\\u00E8 = 1 };")
    assert symbol(unit, "\u00c1x").name == "\u00c1x"


INTERCHANGE = ["float", "_Float32", "_Float32x", "double", "_Float64", "_Float64x", "long double", "_Float128"]
"""In order of rank."""


@pytest.mark.parametrize("name", INTERCHANGE)
def test_interchange_types_are_types_of_their_own(name: str) -> None:
    selection = ", ".join([f"{other}: {i}" for i, other in enumerate(INTERCHANGE)])
    for i, other in enumerate(INTERCHANGE):
        same = int(name == other)
        assert value(f"_Generic(({name})1 + ({other})1, {selection})") == max(i, INTERCHANGE.index(name))
        assert value(f"__builtin_types_compatible_p({name}, {other})") == value(f"__builtin_types_compatible_p(_Complex {name} *, _Complex {other} *)") == same
    assert type_text(symbol(good(f"{name} *x;"), "x").ty) == f"'{name} *'"


@pytest.mark.parametrize("literal,name", [("1.f32", "_Float32"), ("1.F64X", "_Float64x"), ("1.f32x", "_Float32x"), ("1e1f64", "_Float64"),
                                          ("__builtin_sqrtf32(1)", "_Float32"), ("__builtin_inff64x()", "_Float64x")])
def test_interchange_literals_and_builtins(literal: str, name: str) -> None:
    assert value(f"_Generic({literal}, {name}: 1, default: 0)") == 1


def test_qualifiers_of_an_array_are_its_elements() -> None:
    for std, const in (("c17", 0), ("c2x", 1)):
        options = CompileOptions()
        options.std = std
        _, messages = parse(f"void f(const int (*a)[1], void *v) {{ _Static_assert(_Generic(1 ? a : v, const void *: 1, void *: 0) == {const}, \"\"); }}", options=options)
        assert messages == []


@pytest.mark.parametrize("option,plain", [("", -1), ("unsigned-bitfields", 1), ("no-signed-bitfields", 1)])
def test_signedness_of_bit_fields(option: str, plain: int) -> None:
    options = CompileOptions()
    if option:
        options.flags[option.removeprefix("no-")] = not option.startswith("no-")
    unit, messages = parse("typedef signed int s; typedef int i; typedef s t; struct { signed a : 1; s b : 1; t c : 1; int d : 1; i e : 1; long f : 1; } x;", options=options)
    record = symbol(unit, "x").ty.unq
    assert messages == [] and isinstance(record, RecordType)
    assert [-1 if m.ty.kind in (INT, LONG) else 1 for m in record.members] == [-1, -1, -1, plain, plain, plain]


def test_offsets() -> None:
    prelude = "struct s { char c; struct { int a[4]; union { long l; char d[3]; }; } in; };"
    assert value("__builtin_offsetof(struct s, in.a[2])", prelude) == 16
    assert value("__builtin_offsetof(struct s, in.d[1])", prelude) == 25
    assert value("(unsigned long)&((struct s *)0)->in.l", prelude) == 24
    assert value("sizeof(struct s)", prelude) == 32


@pytest.mark.parametrize("members,size,align,offsets", [
    ("char a; int b; char c;", 12, 4, {"a": 0, "b": 4, "c": 8}),
    ("char a; long b __attribute__((packed)); char c;", 10, 1, {"b": 1, "c": 9}),
    ("int a : 3; int b : 30; char c;", 12, 4, {"a": 0, "b": 4, "c": 8}),
    ("char a; int b : 4; int : 0; char c;", 8, 4, {"c": 4}),
    ("char a; long long b : 40; char c;", 8, 8, {"b": 0, "c": 6}),
    ("int n; char tail[];", 4, 4, {"tail": 4}),
    ("char a; int b __attribute__((aligned(16)));", 32, 16, {"b": 16}),
    ("unsigned a : 1; _Bool b : 1; unsigned c : 30;", 4, 4, {"a": 0, "b": 0, "c": 0}),
    ("int *__attribute__((aligned(2))) p; char c; int (__attribute__((aligned(2))) i);", 14, 2, {"c": 8, "i": 10}),
    ("char a; long *__attribute__((packed)) p; int (__attribute__((packed)) i);", 24, 8, {"p": 8, "i": 16}),
    ("int x; a8 b: 8; a8 c: 6; a8 d: 2;", 24, 8, {"b": 4, "c": 8, "d": 16}),
])
def test_layouts(members: str, size: int, align: int, offsets: dict[str, int]) -> None:
    unit = good(f"typedef char a8 __attribute__((aligned(8))); struct s {{ {members} }} x;")
    record = symbol(unit, "x").ty.unq
    assert isinstance(record, RecordType)
    assert (record.size, record.align) == (size, align)
    for name, offset in offsets.items():
        m = record.index[name]
        assert m.offset + (m.bit_offset // 8 if m.bit_width < 0 else 0) == offset


def test_enums() -> None:
    unit = good("enum a { A = -1 } x; enum b { B = 1 } y; enum __attribute__((packed)) c { C = 200 } z; enum d { D = 1L << 40 } w;")
    assert [declare(symbol(unit, n).ty.unq.base, "") for n in "xyzw"] == [  # type: ignore[attr-defined]
        "int", "unsigned int", "unsigned char", "long unsigned int"]


def test_initialisers() -> None:
    unit = good("""
        struct p { int x, y; }; struct q { struct p a[2]; char n[4]; };
        int plain[] = { 1, 2, [5] = 6, 7 };
        int range[] = { [0 ... 2] = 9, [1] = 4 };
        struct q nested = { 1, 2, { .y = 4 }, "ab" };
        struct q named = { .n = "xyz", .a[1].x = 5, 6 };
        struct p again = { .x = 1, .x = 2 };
        char text[] = "hi", cut[2] = "hi";
        union { int i; char c[8]; } u = { .c = "z" };
        struct { int n; int v[]; } flexible = { 2, { 10, 20 } };
        struct p literal = (struct p){ 3, 4 };
    """)
    assert items(unit, "plain") == [(0, 1), (4, 2), (20, 6), (24, 7)]
    assert items(unit, "range") == [(0, 9), (8, 9), (4, 4)]
    assert items(unit, "nested") == [(0, 1), (4, 2), (12, 4), (16, b"ab\0")]
    assert items(unit, "named") == [(16, b"xyz\0"), (8, 5), (12, 6)]
    assert items(unit, "again") == [(0, 2)]
    assert items(unit, "text") == [(0, b"hi\0")]
    cut = symbol(unit, "cut").init
    assert cut is not None and cut.items[0].size == 2
    assert items(unit, "literal") == [(0, 3), (4, 4)]
    flexible = symbol(unit, "flexible").init
    assert flexible is not None and flexible.size == 12
    assert symbol(unit, "plain").ty.unq.size == 28


def test_linkage_and_roots() -> None:
    unit = good("""
        static int hidden; extern int elsewhere; int tentative; int defined = 1;
        static inline int f(void) { return hidden; }
        inline int g(void) { return 1; }
        extern inline int h(void) { return 2; }
        extern inline __attribute__((gnu_inline)) int k(void) { return 2; }
        static void __attribute__((used)) u(void) { f(); }
        static void __attribute__((constructor)) c(void) { }
        int weak_one(void) __attribute__((weak, alias("target"))); int target(void) { return elsewhere; }
    """)
    assert [s.name for s in unit.roots()] == ["tentative", "defined", "h", "u", "c", "weak_one", "target"]
    assert symbol(unit, "hidden").storage == S_STATIC
    assert symbol(unit, "g").is_extern_inline and symbol(unit, "g").storage == S_EXTERN


def test_statements() -> None:
    unit = good("""
        int f(int n) {
            switch (n) { case 1: case 5 ... 9: return 2; default: break; }
            for (int i = 0; i < n; i++) ;
            int v = ({ int t = n; t * 2; });
            return v;
        }
    """)
    top = body(unit, "f").body.items
    assert isinstance(top[0], Switch) and [(c.low, c.high) for c in top[0].cases if not c.is_default] == [(1, 1), (5, 9)]
    assert isinstance(top[1], For) and isinstance(top[2], Decl) and isinstance(top[3], Return)


def test_constant_p_waits_for_the_optimiser() -> None:
    from toolchain.cc.options import CompileOptions
    options = CompileOptions()
    options.optimize = 2
    unit, _ = parse("int f(int x) { return __builtin_constant_p(x); } int a = __builtin_constant_p(a);", options=options)
    statement = body(unit, "f").body.items[0]
    assert isinstance(statement, Return) and statement.value is not None and statement.value.op == E_CONSTP
    assert items(unit, "a") == [(0, 0)]


def test_is_constexpr_idiom() -> None:
    text = "sizeof(int) == sizeof(*(8 ? ((void *)((long)({}) * 0l)) : (int *)8))"
    assert value(text.format("5")) == 1
    assert value(text.format("x"), "extern int x;") == 0


def test_nested_and_old_style_functions() -> None:
    unit = good("int f(a, b) int a; char *b; { int g(int x) { return x + a; } return g(1); }")
    definition = body(unit, "f")
    assert [p.name for p in definition.params] == ["a", "b"]
    assert definition.nested[0].symbol.name == "g" and definition.params[0].captured


def test_recovery_reports_several_errors() -> None:
    _, messages = parse("int f(void) { int x = ; y(; return z; }\nint g(void) { return w; }")
    assert [m.split(": ", 2)[2] for m in messages if "error" in m] == [
        "expected expression before ';' token", "expected expression before ';' token",
        "'z' undeclared (first use in this function)", "'w' undeclared (first use in this function)"]


def test_statement_expression_value_is_taken_out() -> None:
    unit = good("void f(int n) { (void)({ n++; }); }")
    assert isinstance(body(unit, "f").body.items[0], ExprStmt)
