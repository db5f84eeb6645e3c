"""Messages, word for word as gcc 12 gives them (recorded in messages.txt).

A case may begin with a line `-std=... -pedantic ...`; without it, it is C17 with GNU extensions under -Wall -Wextra."""
from __future__ import annotations

from pathlib import Path

import pytest
from parse_support import parse

from toolchain.cc.options import CompileOptions

CASES = (Path(__file__).parent / "messages.txt").read_text().rstrip("\n").split("\n###\n")


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
@pytest.mark.parametrize("lazy", [True, False], ids=["lazy", "eager"])
def test_messages(case: str, lazy: bool) -> None:
    source, _, expected = case.partition("\n=>")
    options = CompileOptions()
    options.optimize = 2
    options.lazy = lazy
    warnings = ["all", "extra"]
    if source.startswith("-"):
        line, _, source = source.partition("\n")
        warnings = []
        for word in line.split():
            if word.startswith("-std="):
                options.std = word[5:]
            elif word.startswith("-W"):
                warnings.append(word[2:])
            elif word.startswith("-f"):
                options.flags[word[2:].removeprefix("no-")] = not word.startswith("-fno-")
            else:
                options.pedantic = True
                options.pedantic_errors = word == "-pedantic-errors"
    _, got = parse(source + "\n", *warnings, options=options)
    assert got == [line for line in expected.split("\n") if line]


def test_formats_that_are_not_literals() -> None:
    _, got = parse('int printf(const char *, ...); __attribute__((format(strftime, 1, 0))) int when(const char *); static const char fixed[] = "%d";\n'
                   'void f(const char *s, int c) { printf(s); printf(s, c); printf(fixed, c); printf(c ? "a" : "b"); when("%d %y %c"); }\n',
                   "format", "format-security", "format-nonliteral", "format-y2k")
    assert got == ["t.c:2:39: warning: format not a string literal and no format arguments [-Wformat-security]",
                   "t.c:2:50: warning: format not a string literal, argument types not checked [-Wformat-nonliteral]",
                   "t.c:2:103: warning: '%y' yields only last 2 digits of year [-Wformat-y2k]",
                   "t.c:2:103: warning: '%c' yields only last 2 digits of year in some locales [-Wformat-y2k]"]
