"""Assembly text to statements: comments, separators, strings, line markers of the preprocessor.

A statement is the text between separators with comments gone; strings are untouched.  What stands in
a line is found with compiled regular expressions, never character by character.
"""
from __future__ import annotations

import re
from typing import Final

STRING: Final = r'"(?:[^"\\]|\\.)*"'
BLOCK_COMMENT: Final = re.compile(STRING + r"|'(?:\\.|[^\n])|/\*.*?\*/|/\*|[^\n]#[^\n]*", re.DOTALL)
LINE_MARKER: Final = re.compile(r'\s*#\s*(?:line\s+)?(\d+)(?:\s+"((?:[^"\\]|\\.)*)")?[\s\d]*$')
STATEMENT: Final = re.compile(r"\s*(?:([A-Za-z_.$\x80-\U0010ffff][\w.$]*|\d+\$?|\"[^\"\n]*\")\s*:(?!:))?\s*(?:([A-Za-z_.$\x80-\U0010ffff][\w.$]*)(?:\s+|(?=[^\w.$])|$))?")
"""Label, then name; what follows the match are the operands."""
ASSIGNMENT: Final = re.compile(r'\s*([A-Za-z_.$][\w.$]*|"[^"]*")\s*(==?)(?!=)\s*')


class Dialect:
    """What differs between targets in the raw text: comment characters and the statement separator."""

    def __init__(self, comment: str, separator: str = ";", line_comment: str = "#", slashes: bool = True) -> None:
        self.comment = comment
        self.separator = separator
        self.line_comment = line_comment
        self.word_characters = ""       # that keep a blank before or after them in arguments of macros
        marks = [re.escape(separator)] + [re.escape(c) for c in comment]
        if slashes:
            marks.append("//")
        self.special = re.compile("[" + re.escape(separator + comment) + "]" + ("|//" if slashes else ""))
        self.pieces = re.compile(STRING + r"|'(?:\\.|[^\\\n])'?|" + "|".join(marks))

    def split(self, line: str) -> list[tuple[int, str]]:
        """Statements of a line as (column, text), comments removed."""
        if self.special.search(line) is None:
            return [(0, line)]
        out: list[tuple[int, str]] = []
        start = 0
        stripped = line.lstrip()
        if stripped and stripped[0] in self.line_comment:
            return []
        for m in self.pieces.finditer(line):
            text = m.group()
            if text == self.separator:
                out.append((start, line[start:m.start()]))
                start = m.end()
            elif text == "//" or text in self.comment:
                out.append((start, line[start:m.start()]))
                return out
        out.append((start, line[start:]))
        return out


def remove_block_comments(text: str) -> tuple[str, int]:
    """`/* */` comments become blanks, newlines kept; second result: offset of a comment that is not closed, or -1."""
    if "/*" not in text:
        return text, -1
    out: list[str] = []
    end = 0
    for m in BLOCK_COMMENT.finditer(text):
        piece = m.group()
        if not piece.startswith("/*"):
            continue
        if piece == "/*":
            return text, m.start()
        out.append(text[end:m.start()])
        out.append(re.sub(r"[^\n]", " ", piece))
        end = m.end()
    out.append(text[end:])
    return "".join(out), -1


def split_arguments(text: str, separator: str = ",") -> list[str]:
    """Operands at the top level: commas inside strings, parentheses and brackets do not count."""
    if "(" not in text and '"' not in text and "'" not in text and "[" not in text and "{" not in text:
        return [a.strip() for a in text.split(separator)]
    out: list[str] = []
    depth = 0
    start = 0
    i = 0
    n = len(text)
    while i < n:
        ch = text[i]
        if ch == '"':
            i = string_end(text, i)
            continue
        if ch == "'" and i + 1 < n:
            i += 3 if text[i + 1] == "\\" else 2
            if i < n and text[i] == "'":
                i += 1
            continue
        if ch in "([{":
            depth += 1
        elif ch in ")]}":
            depth -= 1
        elif ch == separator and depth <= 0:
            out.append(text[start:i].strip())
            start = i + 1
        i += 1
    out.append(text[start:].strip())
    return out


def string_end(text: str, start: int) -> int:
    """Offset after the string that begins at `start`; the end of the text if it is not closed."""
    i = start + 1
    n = len(text)
    while i < n:
        if text[i] == "\\":
            i += 2
            continue
        if text[i] == '"':
            return i + 1
        i += 1
    return n


_ESCAPE: Final = re.compile(r"\\([0-9]{1,3}|[xX][0-9a-fA-F]+|.)", re.DOTALL)
_SIMPLE: Final[dict[str, str]] = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "'": "'"}


def unescape(body: str) -> bytes:
    """Bytes of a string without its quotes: GNU as's escapes."""
    if "\\" not in body:
        return body.encode("utf-8", "surrogateescape")
    out = bytearray()
    end = 0
    for m in _ESCAPE.finditer(body):
        out += body[end:m.start()].encode("utf-8", "surrogateescape")
        end = m.end()
        code = m.group(1)
        if code[0] in "0123456789":     # GNU as takes 8 and 9 for digits too
            value = 0
            for digit in code:
                value = value * 8 + int(digit)
            out.append(value & 255)
        elif code[0] in "xX" and len(code) > 1:
            out.append(int(code[1:], 16) & 255)
        elif code == "\n":
            out += b"\n"
        else:
            out += _SIMPLE.get(code, code).encode("utf-8", "surrogateescape")
    out += body[end:].encode("utf-8", "surrogateescape")
    return bytes(out)


_SPACE: Final = re.compile(r"(" + STRING + r")|[ \t]+")
_SYMBOL_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$")


def scrub(text: str, extra: str = "") -> str:
    """Blanks only where they separate two words, as GNU as's first pass leaves them for macros; `extra`: characters of words beside the usual."""
    if " " not in text and "\t" not in text:
        return text
    out: list[str] = []
    end = 0
    for m in _SPACE.finditer(text):
        if m.group(1):
            continue
        out.append(text[end:m.start()])
        end = m.end()
        before = text[m.start() - 1] if m.start() else " "
        after = text[end] if end < len(text) else " "
        if (before in _SYMBOL_CHARACTERS or before in extra) and (after in _SYMBOL_CHARACTERS or after in extra or after in '\\"') \
                or before == after == '"':
            out.append(" ")
    out.append(text[end:])
    return "".join(out)
