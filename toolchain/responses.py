"""Response files: `@FILE` among a tool's arguments stands for the arguments in FILE (GCC manual, "Overall Options"; libiberty's expandargv)."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from toolchain.diagnostics import ToolError

MAX_FILES: Final = 2000
"""As many files are read for one command line; files that name each other would go on without end."""


def split(text: str) -> list[str]:
    """The arguments in a response file: separated by white space, quoted with ' or ", backslash escapes.  What a quote opens may end with the file."""
    words: list[str] = []
    word: list[str] = []
    started = False
    quote = ""
    escape = False
    for c in text:
        if escape:
            word.append(c)
            escape = False
        elif c == "\\":
            escape = started = True
        elif quote:
            if c == quote:
                quote = ""
            else:
                word.append(c)
        elif c in "'\"":
            quote = c
            started = True
        elif not c.isspace():
            word.append(c)
            started = True
        elif started:
            words.append("".join(word))
            word = []
            started = False
    if started:
        words.append("".join(word))
    return words


def expand(argv: Sequence[str], read: Callable[[str], bytes]) -> list[str]:
    """`argv` with each @FILE that `read` can open replaced by its arguments, and so on in these.

    Raises ToolError if that takes more than MAX_FILES files."""
    words = list(argv)
    at = files = 0
    while at < len(words):
        word = words[at]
        if len(word) < 2 or word[0] != "@":
            at += 1
            continue
        try:
            text = read(word[1:]).decode("utf-8", "surrogateescape")
        except OSError:
            at += 1
            continue
        files += 1
        if files > MAX_FILES:
            raise ToolError("too many @-files encountered")
        words[at:at + 1] = split(text)
    return words
