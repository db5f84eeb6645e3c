"""Regular expressions mean the same to every Python that we run on.

Python 3.11.0 to 3.11.4 (Debian 12 has 3.11.2) lose their place at the end of a possessive loop over a group, `(?:...)*+`, if its last iteration
matches in part before it fails (gh-106052): what follows is tried where that iteration gave up.  So the body of such a loop must fail,
if it fails, before anything in it has moved the matcher's pointer; else it is written `(?>(?:...)*)`.
"""
from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import re
from collections.abc import Iterable, Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from toolchain.cc.parse import splitter
from toolchain.cc.preprocess.files import _comment
from toolchain.cc.preprocess.lexer import RULES_C23, RULES_C90, RULES_C99, Lexer
from toolchain.cc.preprocess.macros import match_name

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
ONE_CHARACTER = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN, op.AT)
"""Tests that leave the pointer alone."""


def inlined(items: Iterable[Any]) -> list[tuple[Any, Any]]:
    """The items of a sequence, those of groups without a number among them."""
    out: list[tuple[Any, Any]] = []
    for what, argument in items:
        if what is op.SUBPATTERN and argument[0] is None:
            out += inlined(argument[3])
        else:
            out.append((what, argument))
    return out


def cannot_fail(item: tuple[Any, Any]) -> bool:
    what, argument = item
    if what is op.BRANCH:
        return any(all(map(cannot_fail, inlined(way))) for way in argument[1])
    return what in REPEATS and argument[0] == 0 or what is op.ATOMIC_GROUP and all(map(cannot_fail, inlined(argument)))


def fails_in_place(items: Iterable[Any]) -> bool:
    """If the sequence fails, the pointer is where it began (an under-estimate)."""
    sequence = inlined(items)
    at = 0
    if sequence and sequence[0][0] is op.BRANCH:
        if not all(map(fails_in_place, sequence[0][1][1])):
            return False
        at = 1
    else:
        if sequence and sequence[0][0] is op.POSSESSIVE_REPEAT and [x[0] in ONE_CHARACTER for x in inlined(sequence[0][1][2])] == [True]:
            at = 1
        while at < len(sequence) and sequence[at][0] in ONE_CHARACTER:
            at += 1
    return all(map(cannot_fail, sequence[at:]))


def unsafe_loops(items: Iterable[Any]) -> int:
    """Number of possessive repetitions whose bodies may fail half way."""
    found = 0
    for what, argument in items:
        if what in REPEATS:
            bodies = [argument[2]]
            found += what is op.POSSESSIVE_REPEAT and not fails_in_place(argument[2])
        elif what is op.BRANCH:
            bodies = argument[1]
        elif what is op.SUBPATTERN:
            bodies = [argument[3]]
        elif what is op.ATOMIC_GROUP:
            bodies = [argument]
        elif what in (op.ASSERT, op.ASSERT_NOT):
            bodies = [argument[1]]
        elif what is op.GROUPREF_EXISTS:
            bodies = [body for body in argument[1:] if body]
        else:
            bodies = []
        found += sum(map(unsafe_loops, bodies))
    return found


def unsafe(pattern: str | bytes, flags: int = 0) -> int:
    return unsafe_loops(parser.parse(pattern, flags))


@pytest.mark.parametrize("pattern, loops", [
    (r"[a-z]*+", 0), (r"(?:ab)*+", 0), (r"(?:ab?c)*+", 1), (r"(?>(?:ab?c)*)", 0), (r"x(?:\\.[^\\]*+)*+", 0), (r"(?:a[b]++)++", 1), (r"(?:a(?!b))?+", 1),
    (r"(?:[eE][+-]|[0-9])*+", 0), (r"(?:[eE][+-]{2}|[0-9])*+", 1), (r"(?:\n++[^}]x*+)*+", 0), (r"(?:x(?:a|b|))*+", 0), (r"(?:x(?:aa|bb))*+", 1), (r"(?:(a)b)*+", 1)])
def test_the_check_tells_bodies_that_fail_half_way(pattern: str, loops: int) -> None:
    assert unsafe(pattern) == loops


def modules() -> Iterator[Any]:
    importlib.import_module("toolchain.cc.unit")    # first: cycles of imports among its modules allow for some orders only
    for package in ("toolchain", "boot"):
        for info in pkgutil.walk_packages([os.path.join(ROOT, package)], package + "."):
            if not info.name.endswith("__main__"):
                yield importlib.import_module(info.name)


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Those that modules hold, themselves or by a bound method, and those of the lexers."""
    for module in modules():
        for name, value in vars(module).items():
            pattern = value if isinstance(value, re.Pattern) else getattr(value, "__self__", None)
            if isinstance(pattern, re.Pattern):
                yield f"{module.__name__}.{name}", pattern
    for rules in range(RULES_C90, RULES_C23 + 1):
        for flags in range(4):
            lexer = Lexer(flags & 1 != 0, flags & 2 != 0, rules)
            yield f"lexer {rules}", lexer._plain
            yield f"extended lexer {rules}", lexer._extended


def test_possessive_loops_fail_in_place() -> None:
    found = list(patterns())
    assert len(found) > 100
    assert [name for name, pattern in found if unsafe(pattern.pattern, pattern.flags)] == []


def test_functions_have_no_possessive_loops_of_their_own() -> None:
    """The check above does not see an expression that is written inside a function."""
    loop = re.compile(r"\)[*+?}]\+")
    found = []
    for package in ("toolchain", "boot"):
        for folder, _, names in os.walk(os.path.join(ROOT, package)):
            for name in names:
                if name.endswith(".py"):
                    with open(os.path.join(folder, name), encoding="utf-8") as f:
                        text = f.read()
                    if loop.search(text) is not None:
                        found += [(name, n.lineno) for f in ast.walk(ast.parse(text)) if isinstance(f, ast.FunctionDef)
                                  for n in ast.walk(f) if isinstance(n, ast.Constant) and isinstance(n.value, str) and loop.search(n.value)]
    assert [x for x in found if x[0] != "lexer.py"] == []       # (whose expressions the lexers hold)


@pytest.mark.parametrize("rules, text, tokens", [
    (RULES_C99, "e\\U0001 1\\U0001 x\\u00é", ["e", "\\", "U0001", "1", "\\", "U0001", "x", "\\", "u00é"]),
    (RULES_C23, "1e+\\U0001<e+ 1\\U0001\\U0001", ["1e+", "\\", "U0001", "<", "e", "+", "1", "\\", "U0001", "\\", "U0001"]),
    (RULES_C23, "1'2'+'3'", ["1'2", "'+'", "3", "'"]),
    (RULES_C90, '1e+2e- "a\\\n', ["1e+2e-", '"a\\'])])
def test_a_token_ends_where_its_last_iteration_began(rules: int, text: str, tokens: list[str]) -> None:
    assert [t.sym.text for t in Lexer(True, False, rules).lex(text)] == tokens


def test_other_places_where_an_iteration_fails_half_way() -> None:
    name = match_name("do\\U0001....")
    assert name is not None and name.end() == 2
    assert _comment.search("if /* INUX_BSG_H *}/\n") is None
    enumerator = splitter._enumerator.match("iw=*S(knTn0")
    assert enumerator is not None and enumerator.end() == 5
    assert splitter.split("S" + "{" * 20 + "i;" + "}" * 20 + ";Ti;") == ["S" + "{" * 20 + "i;" + "}" * 20 + ";", "Ti;"]
