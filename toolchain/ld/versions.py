"""Version scripts and dynamic lists: their syntax, and which version a symbol gets (GNU ld manual, 3.9)."""
from __future__ import annotations

import re
from typing import Final

from toolchain.diagnostics import LocationTable, TextResolver, ToolError
from toolchain.ld.place import glob

_TOKEN: Final = re.compile(r'\s+|/\*.*?\*/|#[^\n]*|"([^"]*)"|([{};:])|([^\s{};:"]+(?:::?[^\s{};:"]+)*)', re.S)
_WILD: Final = re.compile(r"[*?\[]")


class VersionNode:
    """One node: its name ("" for the anonymous one), patterns and predecessors."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.globals: list[str] = []
        self.locals: list[str] = []
        self.exact_globals: set[str] = set()
        self.exact_locals: set[str] = set()
        self.parents: list[str] = []
        self.index = 1
        self.used = False


class VersionParser:
    """Parser of version scripts and dynamic lists."""

    def __init__(self, name: str, text: str, locations: LocationTable) -> None:
        self.base = locations.add(len(text) + 1, TextResolver(name, text))
        self.tokens: list[tuple[str, int, bool]] = []     # text, offset, quoted
        at = 0
        while at < len(text):
            m = _TOKEN.match(text, at)
            if m is None:
                raise ToolError("syntax error in VERSION script", self.base + at)
            if m.lastindex is not None:
                self.tokens.append((m.group(m.lastindex), at, m.lastindex == 1))
            at = m.end()
        self.end = len(text)
        self.at = 0

    def peek(self) -> str:
        """The next token or an empty string."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        """Take a token.  Raises ToolError at the end."""
        if self.at >= len(self.tokens):
            raise ToolError("syntax error in VERSION script: unexpected end", self.base + self.end)
        self.at += 1
        return self.tokens[self.at - 1][0]

    def fail(self, message: str) -> ToolError:
        """An error at the next token."""
        return ToolError(message, self.base + (self.tokens[self.at][1] if self.at < len(self.tokens) else self.end))

    def nodes(self) -> list[VersionNode]:
        """A version script."""
        out: list[VersionNode] = []
        if not self.tokens:
            raise self.fail("syntax error in VERSION script: it is empty")
        while self.at < len(self.tokens):
            name = "" if self.peek() == "{" else self.next()
            node = VersionNode(name)
            self.body(node)
            while self.peek() != ";":
                node.parents.append(self.next())
            self.next()
            out.append(node)
        if len(out) > 1 and any(not n.name for n in out):
            raise self.fail("anonymous version tag cannot be combined with other version tags")
        return out

    def dynamic_list(self) -> list[str]:
        """`{ a; b; };`"""
        out: list[str] = []
        while self.at < len(self.tokens):
            node = VersionNode("")
            self.body(node)
            if self.peek() == ";":
                self.next()
            out += node.globals + node.locals
        return out

    def body(self, node: VersionNode) -> None:
        """Everything between braces."""
        if self.next() != "{":
            self.at -= 1
            raise self.fail("syntax error in VERSION script: expected '{'")
        target = node.globals
        while True:
            token = self.next()
            if token == "}":
                break
            if token == ";":
                continue
            if token in ("global", "local") and self.peek() == ":":
                self.next()
                target = node.globals if token == "global" else node.locals
                continue
            if token == "extern":
                language = self.next()
                if language not in ("C", "C++", "Java"):
                    raise self.fail(f"unknown language `{language}' in version information")
                self.extern(target, language)
                continue
            target.append(token)
            if self.peek() not in (";", "}"):
                raise self.fail("syntax error in VERSION script: expected ';'")
        node.exact_globals = {p for p in node.globals if _WILD.search(p) is None}
        node.exact_locals = {p for p in node.locals if _WILD.search(p) is None}

    def extern(self, target: list[str], language: str) -> None:
        """extern "C" { ... }: names as they are; C++ names would have to be demangled first."""
        if self.next() != "{":
            self.at -= 1
            raise self.fail("syntax error in VERSION script: expected '{'")
        while True:
            token = self.next()
            if token == "}":
                return
            if token == ";":
                continue
            if language == "C++" and token != "*":
                raise self.fail("extern \"C++\" names in version scripts are not supported: use mangled names")
            target.append(token)


class Versions:
    """Answers which node and which scope a symbol belongs to."""

    def __init__(self, nodes: list[VersionNode]) -> None:
        self.nodes = nodes
        number = 2
        for node in nodes:
            if node.name:
                node.index = number
                number += 1
        self.by_name = {n.name: n for n in nodes if n.name}

    def lookup(self, name: str) -> tuple[VersionNode | None, bool]:
        """(node, is local): exact names win over patterns, patterns over `*`; None if nothing matches."""
        for node in self.nodes:
            if name in node.exact_globals:
                return node, False
        for node in self.nodes:
            if name in node.exact_locals:
                return node, True
        for star in (False, True):
            for node in self.nodes:
                for p in node.globals:
                    if (p == "*") == star and _WILD.search(p) is not None and glob(p).fullmatch(name) is not None:
                        return node, False
            for node in self.nodes:
                for p in node.locals:
                    if (p == "*") == star and _WILD.search(p) is not None and glob(p).fullmatch(name) is not None:
                        return node, True
        return None, False
