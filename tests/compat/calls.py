"""Random calls between a reference gcc and our compiler: every argument and every result, both ways.

    python tests/compat/calls.py [--target TRIPLE] [--first SEED] [--count N] [--functions N] [-O LEVEL ...] [--option WORD ...] [--only N] [--keep DIR]

A program is made of a seed alone: `--functions` functions with random parameters (fixed and variable) and results.  The types are integers of all widths,
_Bool, enumerations, pointers, floating, complex and vector types, and structures and unions of them: nested, anonymous, with arrays (of no elements and
flexible ones too), bit-fields (unnamed ones too), packed, aligned, empty.  The caller sets every scalar of every argument and checks every scalar of the
result, the callee the other way round.  Caller and callee stand in files of their own, each compiled by both: caller by gcc and callee by us (go), the other
way round (og) and both by us (oo).  What fails with both by gcc (gg) is a SKIP.  With a failure the numbers of the functions are named; `--only N --keep DIR`
writes the program of that function alone.  Exit status 1 if there was any failure.
"""
from __future__ import annotations

import argparse
import os
import random
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from run import COMBINATIONS, Settings, first_error  # noqa: E402

LEVELS = ("0", "1", "2", "s")
Scalar = tuple[str, str, int]
SCALARS: list[Scalar] = [
    ("char", "u", 7), ("signed char", "s", 8), ("unsigned char", "u", 8), ("short", "s", 16), ("unsigned short", "u", 16), ("int", "s", 32),
    ("unsigned", "u", 32), ("long", "s", 32), ("unsigned long", "u", 32), ("long long", "s", 64), ("unsigned long long", "u", 64), ("_Bool", "u", 1),
    ("enum e", "u", 2), ("void *", "p", 30), ("float", "f", 0), ("double", "f", 0), ("long double", "f", 0),
]
"""C name; signed, unsigned, pointer or floating; how many bits of values to try."""
FURTHER: dict[str, list[Scalar]] = {
    "x86_64": [("__int128", "s", 128), ("unsigned __int128", "u", 128), ("__float128", "f", 0), ("_Float16", "f", 0)],
    "riscv64": [("__int128", "s", 128), ("unsigned __int128", "u", 128)],
    "aarch64": [("__int128", "s", 128), ("unsigned __int128", "u", 128)],
    "i386": [],
}
NARROW = ("char", "signed char", "unsigned char", "short", "unsigned short", "_Bool", "float", "_Float16")
"""What is promoted where no prototype tells: no types of va_arg."""
BIT_FIELDS: list[Scalar] = [s for s in SCALARS if s[1] in "us" and s[0] not in ("char", "enum e")]
NAMED: dict[str, Scalar] = {s[0]: s for s in SCALARS}
COMPLEX = ("float", "double", "long double", "char", "short", "int", "long long")
VECTORS = ("char", "short", "int", "long long", "float", "double")
VECTOR_BYTES = (4, 8, 8, 16, 16, 16, 32)
CONVENTIONS = ("", "", "", "") + tuple(f"__attribute__(({name})) " for name in ("regparm(1)", "regparm(2)", "regparm(3)", "stdcall", "fastcall", "thiscall"))
"""i386's, of functions with a fixed number of arguments."""
PRELUDE = """enum e { E0, E1, E2, E3 = 70000 };
void fail(int function, int value);
#define CHECK(condition, function, value) if (!(condition)) fail(function, value)
"""


class Value:
    """A C type, and its scalars: of each, an expression with `{}` for the object, and what its values are."""

    def __init__(self, name: str, leaves: list[tuple[str, Scalar]]) -> None:
        self.name = name
        self.leaves = leaves


class Maker:
    """Types of one function."""

    def __init__(self, seed: str, number: int, architecture: str) -> None:
        self.random = random.Random(f"{seed}/{number}")
        self.number = number
        self.scalars = SCALARS + FURTHER[architecture]
        self.definitions: list[str] = []
        self.names = 0

    def name(self, letter: str) -> str:
        """A name that is used nowhere else."""
        self.names += 1
        return f"{letter}{self.number}_{self.names}"

    def scalar(self) -> Value:
        """A scalar type."""
        s = self.random.choice(self.scalars)
        return Value(s[0], [("{}", s)])

    def simple(self) -> Value:
        """A scalar, complex or vector type."""
        r = self.random
        if r.random() < 0.75:
            return self.scalar()
        if r.random() < 0.5:
            base = NAMED[r.choice(COMPLEX)]
            return Value(f"_Complex {base[0]}", [("__real__ {}", base), ("__imag__ {}", base)])
        base = NAMED[r.choice(VECTORS)]
        element = {"char": 1, "short": 2, "int": 4, "float": 4}.get(base[0], 8)
        size = max(element, r.choice(VECTOR_BYTES))
        name = self.name("V")
        self.definitions.append(f"typedef {base[0]} {name} __attribute__((vector_size({size})));")
        return Value(name, [(f"{{}}[{k}]", base) for k in range(size // element)])

    def any(self, depth: int = 0) -> Value:
        """Any type; records nest to a depth of three."""
        if self.random.random() < (0.5, 0.7, 0.85, 1)[depth]:
            return self.simple()
        text, leaves = self.record(depth)
        name = self.name("T")
        self.definitions.append(f"typedef {text} {name};")
        return Value(name, leaves)

    def record(self, depth: int) -> tuple[str, list[tuple[str, Scalar]]]:
        """A structure or union: how it is written, and its scalars (of a union, those of one member)."""
        r = self.random
        union = r.random() < 0.2
        members: list[str] = []
        sets: list[list[tuple[str, Scalar]]] = []
        for _ in range(r.choice((0, 1, 1, 2, 2, 2, 3, 3, 4, 6))):
            text, leaves = self.member(depth)
            members.append(text)
            sets.append(leaves)
        if members and not union and any(sets) and depth == 0 and r.random() < 0.05:
            members.append(f"{self.scalar().name} {self.name('m')}[];")
        attribute = r.choice(("",) * 14 + ("__attribute__((packed)) ",) * 2 + ("__attribute__((aligned(16))) ", "__attribute__((aligned(8))) "))
        leaves = r.choice(sets) if union and sets else [leaf for one in sets for leaf in one]
        return f"{'union' if union else 'struct'} {attribute}{{ {' '.join(members)} }}", leaves

    def member(self, depth: int) -> tuple[str, list[tuple[str, Scalar]]]:
        """One member of a record."""
        r = self.random
        kind = r.random()
        if kind < 0.15:
            base, letter, bits = r.choice(BIT_FIELDS)
            limit = {"long": 32, "unsigned long": 32}.get(base, bits)
            width = r.choice((1, limit, r.randint(1, limit)))
            if r.random() < 0.25:
                return f"{base} : {r.choice((0, width))};", []
            name = self.name("b")
            packed = " __attribute__((packed))" if r.random() < 0.1 else ""
            return f"{base} {name} : {width}{packed};", [(f"{{}}.{name}", (base, letter, width))]
        if kind < 0.2 and depth < 2:
            text, leaves = self.record(depth + 1)
            return f"{text};", leaves
        value = self.any(depth + 1)
        name = self.name("m")
        leaves = [(form.replace("{}", f"{{}}.{name}"), scalar) for form, scalar in value.leaves]
        dimension = ""
        if r.random() < 0.2:
            count = r.choice((0, 1, 2, 2, 3, 4))
            dimension = f"[{count}]"
            leaves = [(form.replace("{}", f"{{}}.{name}[{k}]"), scalar) for k in range(count) for form, scalar in value.leaves]
        attribute = r.choice(("",) * 20 + (" __attribute__((packed))", " __attribute__((aligned(16)))", " __attribute__((aligned(2)))"))
        return f"{value.name} {name}{dimension}{attribute};", leaves

    def constant(self, scalar: Scalar) -> str:
        """A value of a scalar type, as C writes it."""
        name, letter, bits = scalar
        r = self.random
        if letter == "f":
            return f"({name}){r.randint(-1000, 1000) / 8}"
        if letter == "p":
            return f"(void *){r.getrandbits(bits):#x}ul"
        n = r.getrandbits(bits)
        if letter == "s":
            n -= n >> bits - 1 << bits
        if bits > 64:
            return f"(({name})((unsigned __int128){n >> 64 & (1 << 64) - 1:#x}ull << 64 | {n & (1 << 64) - 1:#x}ull))"
        return f"(({name}){n & (1 << 64) - 1:#x}ull)"


class Function:
    """One function and its call, as text: `types` and `prototype` for both files, `callee`, `caller`."""

    def __init__(self, seed: str, number: int, architecture: str, variadic: bool | None = None) -> None:
        m = Maker(seed, number, architecture)
        r = m.random
        result = m.any() if r.random() < 0.8 else None
        variable = r.random() < 0.3
        fixed = [m.any() for _ in range(r.choice((1, 1, 2, 3, 4, 6, 9)))]
        further = [v for v in (m.any() for _ in range(r.choice((1, 2, 3, 5, 9)))) if v.name not in NARROW] if variable else []
        if architecture == "i386" and result and result.name == "__float128":
            result = None
        name = f"f{number}"
        parameters = ", ".join([f"{v.name} a{k}" for k, v in enumerate(fixed)] + ["..."] * variable)
        convention = r.choice(CONVENTIONS) if architecture == "i386" and not variable else ""
        self.prototype = f"{convention}{result.name if result else 'void'} {name}({parameters})"
        callee: list[str] = []
        caller: list[str] = []
        actual: list[str] = []
        value = 0
        if variable:
            callee += ["__builtin_va_list list;", f"__builtin_va_start(list, a{len(fixed) - 1});"]
        for k, v in enumerate(fixed + further):
            if k >= len(fixed):
                callee.append(f"{v.name} a{k} = __builtin_va_arg(list, {v.name});")
            texts = [m.constant(scalar) for _, scalar in v.leaves]
            if len(v.leaves) == 1 and v.leaves[0][0] == "{}" and r.random() < 0.5:
                actual.append(texts[0])
            else:
                caller.append(f"{v.name} a{k};")
                actual.append(f"a{k}")
                caller += [f"{form.format(f'a{k}')} = {text};" for (form, _), text in zip(v.leaves, texts)]
            for (form, _), text in zip(v.leaves, texts):
                callee.append(f"CHECK({form.format(f'a{k}')} == {text}, {number}, {value});")
                value += 1
        call = f"{name}({', '.join(actual)})"
        if result:
            texts = [m.constant(scalar) for _, scalar in result.leaves]
            callee += [f"{result.name} r;", *[f"{form.format('r')} = {text};" for (form, _), text in zip(result.leaves, texts)], "return r;"]
            caller += [f"{result.name} r = {call};",
                       *[f"CHECK({form.format('r')} == {text}, {number}, {1000 + k});" for k, ((form, _), text) in enumerate(zip(result.leaves, texts))]]
        else:
            caller.append(f"{call};")
        self.types = "\n".join(m.definitions)
        self.callee = self.prototype + " {\n  " + "\n  ".join(callee) + "\n}\n"
        self.caller = f"static void call{number}(void) {{\n  " + "\n  ".join(caller) + "\n}\n"


def write_program(functions: dict[int, Function], folder: str) -> None:
    """caller.c and callee.c, each complete in itself."""
    head = PRELUDE + "".join(f"{f.types}\n{f.prototype};\n" for f in functions.values())
    with open(os.path.join(folder, "callee.c"), "w", encoding="utf-8") as out:
        out.write(head + "".join(f.callee for f in functions.values()))
    with open(os.path.join(folder, "caller.c"), "w", encoding="utf-8") as out:
        out.write(head + "int printf(const char *, ...);\nstatic int failures;\n"
                  'void fail(int function, int value) { failures++; printf("fail %d.%d\\n", function, value); }\n'
                  + "".join(f.caller for f in functions.values()))
        out.write("int main(void) {\n" + "".join(f"  call{n}();\n" for n in functions) + "  return failures != 0;\n}\n")


def run_program(settings: Settings, options: list[str], folder: str) -> dict[str, set[int]] | str:
    """The functions that failed, by combination of compilers; or the message of a compiler that did not compile."""
    for part in ("caller", "callee"):
        for who, compiler in (("g", settings.reference), ("o", settings.ours)):
            status, said = settings.run([*compiler, "-w", *options, "-c", f"{part}.c", "-o", f"{part}.{who}.o"], folder)
            if status:
                return f"{'gcc' if who == 'g' else 'we'}: {first_error(said)}"
    failed: dict[str, set[int]] = {}
    for combination in ("gg", *COMBINATIONS):
        objects = [f"{part}.{who}.o" for part, who in zip(("caller", "callee"), combination)]
        status, said = settings.run([*settings.reference, "-static", "-o", combination, *objects, "-lm"], folder)
        if status:
            return f"link {combination}: {first_error(said)}"
        status, said = settings.run([*settings.emulator, os.path.join(folder, combination)], folder)
        failed[combination] = {int(n) for n in re.findall(r"fail (\d+)\.", said)} or ({-1} if status else set())
    return failed


def main(argv: list[str]) -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", default="x86_64-linux-gnu")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--count", type=int, default=10, help="how many programs")
    parser.add_argument("--functions", type=int, default=60, help="functions in a program")
    parser.add_argument("-O", dest="levels", action="append", help="levels to take in turns (default: 0, 1, 2, s)")
    parser.add_argument("--option", action="append", default=[], help="further option for both compilers")
    parser.add_argument("--only", type=int, default=-1, help="this function of each program alone")
    parser.add_argument("--keep", default="", help="folder for the last program and its objects")
    arguments = parser.parse_args(argv)
    settings = Settings(arguments.target, "", [])
    architecture = arguments.target.split("-")[0]
    levels = arguments.levels or LEVELS
    calls = bad = skipped = 0
    for seed in range(arguments.first, arguments.first + arguments.count):
        numbers = [arguments.only] if arguments.only >= 0 else range(arguments.functions)
        functions = {n: Function(str(seed), n, architecture) for n in numbers}
        with tempfile.TemporaryDirectory(prefix="calls-") as scratch:
            folder = os.path.abspath(arguments.keep) if arguments.keep else scratch
            os.makedirs(folder, exist_ok=True)
            write_program(functions, folder)
            failed = run_program(settings, [f"-O{levels[seed % len(levels)]}", *arguments.option], folder)
        if isinstance(failed, str):
            print(f"seed {seed}: {failed}", flush=True)
            bad += 1
            continue
        calls += len(functions)
        skipped += len(failed["gg"])
        found = {c: sorted(failed[c] - failed["gg"]) for c in COMBINATIONS if failed[c] - failed["gg"]}
        if found:
            print(f"seed {seed}: {found}", flush=True)
            bad += len({n for some in found.values() for n in some})
    print(f"{calls} functions, {bad} failures, {skipped} fail with gcc alone")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
