"""Macros and repeat blocks: definition, arguments, expansion (GNU as manual, `.macro`, `.altmacro`, `.irp`)."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from toolchain.diagnostics import Loc, ToolError

from .statement import scrub, string_end

NAME: Final = re.compile(r"[A-Za-z_.$][\w.$]*")
PARAMETER: Final = re.compile(r"\\(?:([A-Za-z_.$][\w.$]*)|(@)|\(\)|(\+))")
ALTERNATE: Final = re.compile(r"\\(?:([A-Za-z_.$][\w.$]*)|(@)|\(\)|(\+))|&?([A-Za-z_.$][\w.$]*)&?|\"(?:[^\"\\]|\\.)*\"")
LOCAL: Final = re.compile(r"\s*LOCAL\s+(.*)$", re.IGNORECASE)

OPTIONAL: Final = 0
REQUIRED: Final = 1
VARARG: Final = 2


class Parameter:
    """A formal parameter."""

    def __init__(self, name: str, kind: int, default: str) -> None:
        self.name = name
        self.kind = kind
        self.default = default


class Macro:
    """A definition; `loc` is that of the `.macro` line."""

    def __init__(self, name: str, parameters: list[Parameter], body: list[str], loc: Loc) -> None:
        self.name = name
        self.parameters = parameters
        self.body = body
        self.loc = loc
        self.names = {p.name for p in parameters}


def parse_parameters(text: str, loc: Loc) -> list[Parameter]:
    """`a, b=1, c:req, d:vararg`, separated by commas or blanks."""
    out: list[Parameter] = []
    text = scrub(text.strip())
    place = 0
    while place < len(text):
        if text[place] in " ,":
            place += 1
            continue
        m = NAME.match(text, place)
        if m is None:
            raise ToolError(f"bad macro parameter at `{text[place:place + 20]}'", loc)
        if any(p.name == m.group() for p in out):
            raise ToolError(f"a parameter named `{m.group()}' already exists", loc)
        p = Parameter(m.group(), OPTIONAL, "")
        place = m.end()
        if text[place:place + 1] == ":":
            q = NAME.match(text, place + 1)
            kind = q.group() if q else ""
            if kind not in ("req", "vararg"):
                raise ToolError(f"`{kind}' is not a valid parameter qualifier for `{p.name}'", loc)
            p.kind = REQUIRED if kind == "req" else VARARG
            place = q.end() if q else place + 1
        if text[place:place + 1] == "=":
            p.default, place = take_argument(text, place + 1, False)
        out.append(p)
        if p.kind == VARARG and text[place:].strip():
            raise ToolError("a vararg parameter must be the last", loc)
    return out


def take_argument(text: str, place: int, alternate: bool) -> tuple[str, int]:
    """One actual argument from `place`, and where it ends."""
    n = len(text)
    if place < n and text[place] == '"':
        out = ""
        while place < n and text[place] == '"':
            end = string_end(text, place)
            closed = end - 1 if end - 1 > place and text[end - 1] == '"' else end
            body = text[place + 1:closed]
            if out:
                out += '"'              # two strings side by side: a doubled quote
            out += text[place:end] if alternate else body.replace('\\"', '"') if "\\\"" in body else body
            place = end
        return out, place
    if place < n and text[place] == "<" and alternate:
        return _angle(text, place)
    start = place
    depth: list[str] = []
    while place < n:
        ch = text[place]
        if ch == "," or (ch in " \t" and not depth) or (ch == "<" and alternate):
            break
        if ch in "\"'":
            end = text.find(ch, place + 1)
            place = n if end < 0 else end
        elif ch in "([":
            depth.append(ch)
        elif ch == ")" and depth and depth[-1] == "(":
            depth.pop()
        elif ch == "]" and depth and depth[-1] == "[":
            depth.pop()
        place += 1
    return text[start:place], min(place, n)


def _angle(text: str, place: int) -> tuple[str, int]:
    """`<...>`, nested, with `!` before a literal character."""
    out: list[str] = []
    depth = 0
    n = len(text)
    while place < n:
        ch = text[place]
        if ch == "!" and place + 1 < n:
            out.append(text[place + 1])
            place += 2
            continue
        if ch == "<":
            depth += 1
            if depth == 1:
                place += 1
                continue
        elif ch == ">":
            depth -= 1
            if depth == 0:
                return "".join(out), place + 1
        out.append(ch)
        place += 1
    return "".join(out), place


def bind(macro: Macro, text: str, alternate: bool, evaluate: Callable[[str], int], loc: Loc, words: str = "") -> dict[str, str]:
    """Actual arguments by parameter name.  `evaluate` is for `%expression` of .altmacro.  `words`: see `scrub`.  Raises ToolError."""
    text = scrub(text.strip(), words)
    values = {p.name: "" for p in macro.parameters}
    given: set[str] = set()
    place = 0
    position = 0
    keyword = False
    while place < len(text):
        m = NAME.match(text, place)
        if m is not None and text[m.end():m.end() + 1] == "=" and m.group() in macro.names and text[m.end() + 1:m.end() + 2] != "=":
            keyword = True
            name = m.group()
            vararg = next(p for p in macro.parameters if p.name == name).kind == VARARG
            place = m.end() + 1
            if vararg:
                value, place = text[place:], len(text)
            else:
                value, place = take_argument(text, place, alternate)
        else:
            if position >= len(macro.parameters):
                raise ToolError(f"too many positional arguments for macro `{macro.name}'", loc)
            if keyword:
                raise ToolError("can't mix positional and keyword arguments", loc)
            p = macro.parameters[position]
            position += 1
            name = p.name
            if p.kind == VARARG:
                value, place = text[place:], len(text)
            elif alternate and text[place] == "%":
                value, place = take_argument(text, place + 1, alternate)
                value = str(evaluate(value))
            else:
                value, place = take_argument(text, place, alternate)
        values[name] = value
        if value:
            given.add(name)
        place = _after_argument(text, place)
    for p in macro.parameters:
        if p.name not in given:
            if p.kind == REQUIRED:
                raise ToolError(f"missing value for required parameter `{p.name}' of macro `{macro.name}'", loc)
            values[p.name] = p.default
    return values


def _after_argument(text: str, place: int) -> int:
    while place < len(text) and text[place] == " ":
        place += 1
    if place < len(text) and text[place] == ",":
        place += 1
        while place < len(text) and text[place] == " ":
            place += 1
    return place


def substitute(body: list[str], values: dict[str, str], count: int, alternate: bool, locals_from: int = 0) -> tuple[list[str], int]:
    """The body with arguments put in; second result: how many LOCAL names were made."""
    out: list[str] = []
    local = dict(values)
    made = locals_from
    for line in body:
        if alternate:
            m = LOCAL.match(line)
            if m is not None:
                for name in re.split(r"[\s,]+", m.group(1).strip()):
                    local[name] = f".LL{made:04x}"
                    made += 1
                continue
            out.append(ALTERNATE.sub(lambda m: _alternate(m, local, count), line))
        elif "\\" in line:
            out.append(PARAMETER.sub(lambda m: _plain(m, local, count), line))
        else:
            out.append(line)
    if any("\n" in line for line in out):
        out = "\n".join(out).split("\n")
    return out, made


def _plain(m: re.Match[str], values: dict[str, str], count: int) -> str:
    name = m.group(1)
    if name is not None:
        value = values.get(name)
        return m.group() if value is None else value
    if m.group(2):
        return str(count)
    return m.group() if m.group(3) else ""


def _alternate(m: re.Match[str], values: dict[str, str], count: int) -> str:
    text = m.group()
    if text[0] == "\\":
        return _plain(m, values, count)
    if text[0] == '"':
        return PARAMETER.sub(lambda q: _plain(q, values, count), text) if "\\" in text else text
    value = values.get(m.group(4) or "")
    return text if value is None else value
