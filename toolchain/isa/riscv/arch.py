"""Which extensions a machine has: `-march=` strings, `.option arch`, and the canonical string.

Rules: RISC-V ISA manual, chapter "ISA Extension Naming Conventions"; versions are those of ISA
specification 2.2, as Debian's GNU as 2.40 uses by default.
"""
from __future__ import annotations

import re
from typing import Final

from toolchain.diagnostics import ToolError

LETTERS: Final = "iemafdqlcbkjtpvnh"
# Version of each extension that the canonical string shows; those of 2.2's base that have no version are absent.
VERSIONS: Final[dict[str, str]] = {
    "e": "1p9", "i": "2p0", "m": "2p0", "a": "2p0", "f": "2p0", "d": "2p0", "q": "2p0", "c": "2p0", "h": "1p0", "v": "1p0",
}
_STANDARD: Final = (
    "zicbom zicbop zicboz zicond zihintpause zmmul zawrs zfh zfhmin zfinx zdinx zqinx zhinx zhinxmin zba zbb zbc zbs zbkb zbkc zbkx "
    "zk zkn zknd zkne zknh zkr zks zksed zksh zkt zve32x zve32f zve64x zve64f zve64d zvl32b zvl64b zvl128b zvl256b zvl512b "
    "zvl1024b zvl2048b zvl4096b zvl8192b zvl16384b zvl32768b zvl65536b smaia smepmp smstateen ssaia sscofpmf ssstateen sstc "
    "svinval svnapot svpbmt xtheadba xtheadbb xtheadbs xtheadcmo xtheadcondmov xtheadfmemidx xtheadmac xtheadmemidx xtheadmempair "
    "xtheadsync xtheadfmv xtheadint ztso").split()
_VERSION_2: Final = frozenset(("zihintpause",))
UNVERSIONED: Final = ("zicsr", "zifencei")
for _name in _STANDARD:
    VERSIONS[_name] = "2p0" if _name in _VERSION_2 else "1p0"
VERSIONS["ztso"] = "0p1"

IMPLIED: Final[dict[str, tuple[str, ...]]] = {
    "e": ("i",), "i": ("zicsr", "zifencei"), "m": ("zmmul",), "q": ("d",), "d": ("f",), "f": ("zicsr",), "h": ("zicsr",),
    "v": ("d", "zve64d", "zvl128b"), "zve64d": ("d", "zve64f"), "zve64f": ("zve32f", "zve64x"), "zve32f": ("f", "zve32x"),
    "zve64x": ("zve32x", "zvl64b"), "zve32x": ("zvl32b",), "zfh": ("zfhmin",), "zfhmin": ("f",),
    "zk": ("zkn", "zkr", "zkt"), "zkn": ("zbkb", "zbkc", "zbkx", "zkne", "zknd", "zknh"),
    "zks": ("zbkb", "zbkc", "zbkx", "zksed", "zksh"), "smaia": ("ssaia",), "smstateen": ("ssstateen",),
    "zqinx": ("zdinx",), "zdinx": ("zfinx",), "zhinx": ("zhinxmin",), "zhinxmin": ("zfinx",), "zfinx": ("zicsr",),
}
GENERAL: Final = ("i", "m", "a", "f", "d", "zicsr", "zifencei")
PART: Final = re.compile(r"([a-z])(?:(\d+)p(\d+)|(\d+)(?!p))?|_")
LONG: Final = re.compile(r"([zsx][a-z0-9]*?)(?:(\d+)p(\d+))?$")


def _close(names: set[str]) -> None:
    """Add what the extensions of `names` imply."""
    work = sorted(names)
    while work:
        name = work.pop()
        implied = list(IMPLIED.get(name, ()))
        m = re.fullmatch(r"zvl(\d+)b", name)
        if m and int(m.group(1)) > 32:
            implied.append(f"zvl{int(m.group(1)) // 2}b")
        for other in implied:
            if other not in names:
                names.add(other)
                work.append(other)


def _add(names: set[str], name: str, what: str, versions: dict[str, str], major: str | None, minor: str | None) -> None:
    if name not in VERSIONS and name not in UNVERSIONED:
        kind = "prefixed" if len(name) > 1 else "standard"
        raise ToolError(f"{what}: unknown {kind} ISA extension `{name}'")
    if major is not None:
        versions[name] = f"{major}p{minor or '0'}"
    names.add(name)


def parse(text: str) -> tuple[int, frozenset[str], dict[str, str]]:
    """XLEN, extensions and explicit versions of an ISA string like `rv64imac_zicsr`.  Raises ToolError."""
    m = re.match(r"rv(32|64)", text)
    if not m:
        raise ToolError(f"{text}: ISA string must begin with rv32 or rv64")
    bits = int(m.group(1))
    names: set[str] = set()
    versions: dict[str, str] = {}
    rest = text[4:]
    if rest[:1] not in ("i", "e", "g"):
        raise ToolError(f"{text}: first ISA extension must be `e', `i' or `g'")
    words = rest.split("_")
    for n, word in enumerate(words):
        place = 0
        while place < len(word):
            if word[place] in "zsx":
                long = LONG.match(word, place)
                if long is None:
                    raise ToolError(f"{text}: bad ISA extension `{word[place:]}'")
                _add(names, long.group(1), text, versions, long.group(2), long.group(3))
                break
            part = PART.match(word, place)
            if part is None:
                raise ToolError(f"{text}: unexpected ISA string at end: `{word[place:]}'")
            letter = part.group(1)
            place = part.end()
            if letter == "g" and n == 0 and place == 1:
                names.update(GENERAL)
            else:
                _add(names, letter, text, versions, part.group(2) or part.group(4), part.group(3))
    _close(names)
    _check(names, bits, text)
    return bits, frozenset(names), versions


def _check(names: set[str], bits: int, what: str) -> None:
    if any(n.startswith("zvl") for n in names) and not any(n.startswith("zve") or n == "v" for n in names):
        raise ToolError("zvl*b extensions need to enable either `v' or `zve' extension")
    if "zfinx" in names and "f" in names:
        raise ToolError("`zfinx' is conflict with the `f/d/q/zfh/zfhmin' extension")
    if "e" in names and "h" in names:
        raise ToolError(f"{what}: `h' needs the base `i'")


def change(bits: int, names: frozenset[str], changes: list[str], what: str = ".option arch") -> frozenset[str]:
    """The set after `+x`, `-x` changes (`.option arch, +v, -c`)."""
    out = set(names)
    for word in changes:
        m = re.fullmatch(r"([+-])([a-z][a-z0-9]*?)(?:\d+p\d+)?", word)
        if m is None:
            raise ToolError(f"{what}: bad extension `{word}'")
        if m.group(1) == "+":
            if m.group(2) == "g":
                out.update(GENERAL)
            else:
                _add(out, m.group(2), what, {}, None, None)
        else:
            if m.group(2) in ("i", "g"):
                raise ToolError(f"{what}: cannot remove extension `{m.group(2)}'")
            out.discard(m.group(2))
    _close(out)
    _check(out, bits, what)
    return frozenset(out)


def _order(name: str) -> tuple[int, int, str]:
    if len(name) == 1:
        return (0, LETTERS.index(name), "")
    if name[0] == "z":
        return (1, LETTERS.find(name[1]) if name[1] in LETTERS else 99, name)
    return (2 if name[0] == "s" else 3, 0, name)


def canonical(bits: int, names: frozenset[str], versions: dict[str, str]) -> str:
    """The ISA string with versions (those given, else the default ones), as in Tag_RISCV_arch."""
    base = "e" if "e" in names else "i"
    shown = [base, *sorted((n for n in names if (n in VERSIONS or n in versions) and n not in ("i", "e")), key=_order)]
    return f"rv{bits}" + "_".join([n + versions.get(n, VERSIONS.get(n, "")) for n in shown])


def supports(extension: str, names: frozenset[str], bits: int) -> bool:
    """Whether `extension` of an instruction row (`zbb|zbkb&rv64`) is there."""
    if extension in names:
        return True
    for part in extension.split("&"):
        if part in ("rv32", "rv64"):
            if bits != int(part[2:]):
                return False
        elif not any(_has(one, names) for one in part.split("|")):
            return False
    return True


def _has(name: str, names: frozenset[str]) -> bool:
    if name == "v":
        return "zve32x" in names
    return name in names
