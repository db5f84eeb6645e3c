"""Letters beyond ASCII in identifiers: which there are (C11 annex D), and universal character names, which stand for them.

`\\u00c1`, `\\u00C1` and the letter itself are one identifier: `letters` gives the spelling with letters that they share.
"""
from __future__ import annotations

import re
from typing import Final

_HEX_4: Final = "[0-9A-Fa-f]" * 4      # not `{4}`: it stands in possessive loops, see docs/testing.md
UCN: Final = rf"\\u{_HEX_4}|\\U{_HEX_4}{_HEX_4}"
"""Regular expression of one universal character name (C11 6.4.3)."""

_INITIAL: Final = (
    "\xa8\xaa\xad\xaf\xb2-\xb5\xb7-\xba\xbc-\xbe\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u02ff\u0370-\u167f\u1681-\u180d\u180f-\u1dbf\u1e00-\u1fff"
    "\u200b-\u200d\u202a-\u202e\u203f-\u2040\u2054\u2060-\u206f\u2070-\u20cf\u2100-\u218f\u2460-\u24ff\u2776-\u2793\u2c00-\u2dff"
    "\u2e80-\u2fff\u3004-\u3007\u3021-\u302f\u3031-\u303f\u3040-\ud7ff\uf900-\ufd3d\ufd40-\ufdcf\ufdf0-\ufe1f\ufe30-\ufe44\ufe47-\ufffd"
    + "".join([f"{chr(plane << 16)}-{chr(plane << 16 | 0xFFFD)}" for plane in range(1, 15)]))
_COMBINING: Final = "\u0300-\u036f\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"

INITIAL: Final = rf"[A-Za-z_{_INITIAL}]"
"""Regular expression of what may begin an identifier (C11 D.1 without D.2), but for `$` and universal character names."""
LATER: Final = f"0-9A-Za-z_{_INITIAL}{_COMBINING}"
"""What may follow in it (D.1), as the inside of a character class."""

_ucn: Final = re.compile(UCN)
_initial: Final = re.compile(INITIAL)
_later: Final = re.compile(f"[{LATER}$]")

invalid_names: Final[dict[str, str]] = {}
"""Spellings met in this process that name a character no identifier may hold: the message about it."""


def may_begin(character: str) -> bool:
    """The character, not of ASCII, may begin an identifier."""
    return _initial.match(character) is not None


def letters(spelling: str) -> str:
    """The identifier that a spelling with universal character names stands for; itself if it names what is no character."""
    out: list[str] = []
    at = 0
    for m in _ucn.finditer(spelling):
        name: str = m.group()
        code = int(name[2:], 16)
        if code < 0xA0 and code not in (0x24, 0x40, 0x60) or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            invalid_names[spelling] = f"{name} is not a valid universal character"
            return spelling
        if _later.match(chr(code)) is None:
            invalid_names[spelling] = f"universal character {name} is not valid in an identifier"
        elif m.start() == 0 and code != 0x24 and not may_begin(chr(code)):
            invalid_names[spelling] = f"universal character {name} is not valid at the start of an identifier"
        out.append(spelling[at:m.start()])
        out.append(chr(code))
        at = m.end()
    out.append(spelling[at:])
    return "".join(out)


def escaped(name: str) -> str:
    """The identifier as gcc -E prints it: in ASCII."""
    return name if name.isascii() else "".join([c if c < "\x80" else f"\\U{ord(c):08x}" for c in name])
