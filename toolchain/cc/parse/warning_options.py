"""Which warnings are on: gcc's option names and groups (gcc manual, "Options to Request or Suppress Warnings")."""
from __future__ import annotations

from typing import Final

from toolchain.cc.options import CompileOptions
from toolchain.diagnostics import Diagnostics

DEFAULT: Final = frozenset("""
address-of-packed-member attribute-alias attributes builtin-declaration-mismatch compare-distinct-pointer-types deprecated-declarations
designated-init discarded-array-qualifiers discarded-qualifiers div-by-zero endif-labels free-nonheap-object if-not-aligned
ignored-attributes implicit-function-declaration implicit-int incompatible-pointer-types int-conversion int-to-pointer-cast
invalid-memory-model multichar overflow override-init-side-effects packed-bitfield-compat pointer-compare pointer-to-int-cast pragmas
prio-ctor-dtor return-local-addr return-mismatch scalar-storage-order shift-count-negative shift-count-overflow shift-overflow
sizeof-array-argument stringop-overflow stringop-overread switch-bool switch-outside-range switch-unreachable sync-nand
unused-result varargs
""".split()) | {""}
"""On without any option."""

GROUPS: Final[dict[str, frozenset[str]]] = {group: frozenset(members.split()) for group, members in {
    "all": """
address array-bounds array-compare array-parameter bool-compare bool-operation char-subscripts comment dangling-pointer
duplicate-decl-specifier enum-compare format format-overflow format-truncation frame-address implicit infinite-recursion
int-in-bool-context logical-not-parentheses main maybe-uninitialized memset-elt-size memset-transposed-args misleading-indentation
mismatched-dealloc missing-attributes missing-braces multistatement-macros nonnull nonnull-compare packed-not-aligned parentheses
pointer-sign restrict return-type sequence-point sizeof-array-div sizeof-pointer-div sizeof-pointer-memaccess strict-aliasing
strict-overflow stringop-truncation switch tautological-compare trigraphs uninitialized unknown-pragmas unused use-after-free
vla-parameter volatile-register-var zero-length-bounds""",
    "extra": """
absolute-value cast-function-type clobbered empty-body enum-conversion expansion-to-defined ignored-qualifiers implicit-fallthrough
missing-field-initializers missing-parameter-type old-style-declaration override-init shift-negative-value sign-compare string-compare
type-limits uninitialized""",
    "unused": "unused-but-set-variable unused-function unused-label unused-local-typedefs unused-value unused-variable",
    "format": "format-contains-nul format-extra-args format-overflow format-truncation format-zero-length nonnull",
    "implicit": "implicit-int implicit-function-declaration",
    "parentheses": "dangling-else",
    "conversion": "float-conversion sign-conversion",
    "uninitialized": "maybe-uninitialized",
    "pedantic": "expansion-to-defined main overlength-strings pointer-arith pointer-sign variadic-macros",
    "traditional": "variadic-macros",
    "c++-compat": "enum-compare",
    "shadow": "shadow-local",
    "shadow-local": "shadow-compatible-local",
}.items()}
"""What an option turns on besides itself; gcc's `EnabledBy`."""

LEVELS: Final = {
    "array-bounds": 1, "array-parameter": 2, "attribute-alias": 1, "bidi-chars": 1, "dangling-pointer": 2, "format": 1, "format-overflow": 1,
    "format-truncation": 1, "implicit-fallthrough": 3, "normalized": 1, "shift-overflow": 1, "strict-aliasing": 3, "strict-overflow": 2,
    "stringop-overflow": 2, "unused-const-variable": 2, "use-after-free": 2}
"""Options of several levels, with the level of the name alone; 0 is off."""

LIMITS: Final = frozenset(("alloc-size-larger-than", "alloca-larger-than", "frame-larger-than", "larger-than", "stack-usage", "vla-larger-than"))
"""Options that take a number of bytes."""

ALIASES: Final = {
    "comments": "comment", "error-implicit-function-declaration": "implicit-function-declaration", "shadow=global": "shadow",
    "shadow=local": "shadow-local", "shadow=compatible-local": "shadow-compatible-local", "missing-format-attribute": "suggest-attribute=format",
    "missing-noreturn": "suggest-attribute=noreturn", "attributes=": "attributes", "cast-align=strict": "cast-align"}


def canonical(name: str) -> str:
    """The name of an option without value, as the rest of the compiler calls it."""
    name = ALIASES.get(name, name)
    if "=" not in name or name.startswith("suggest-attribute="):
        return name
    return name[:name.index("=")]


def members(name: str) -> set[str]:
    """An option and all that it turns on."""
    out = {name}
    waiting = [name]
    while waiting:
        for member in GROUPS.get(waiting.pop(), ()):
            if member not in out:
                out.add(member)
                waiting.append(member)
    return out


class WarningLevels:
    """The warnings that are on, and their levels."""

    def __init__(self, options: CompileOptions) -> None:
        self.given = {canonical(name): value for name, value in options.warnings.items()}
        self.values = options.warning_values
        if options.pedantic or options.pedantic_errors:
            self.given.setdefault("pedantic", True)
        for name, text in self.values.items():
            if text == "0" and name in LEVELS:
                self.given[name] = False

    def enabled(self) -> set[str]:
        """Names that are on: what the command line says of a name beats what it says of its groups."""
        on = set(DEFAULT)
        known = {name for group in GROUPS.values() for name in group}
        owners: dict[str, list[str]] = {}
        for group in sorted(GROUPS):
            for name in sorted(GROUPS[group]):
                owners.setdefault(name, []).append(group)
        for name in sorted(known):
            verdict = self._by_group(name, owners)
            if verdict is True:
                on.add(name)
            elif verdict is False:
                on.discard(name)
        if self.given.get("extra") and self.given.get("unused", self.given.get("all", False)):
            on |= {"unused-parameter", "unused-but-set-parameter"}
        if "unused-variable" in on:
            on.add("unused-const-variable")
        if self.values.get("format") == "2":
            on |= {"format-nonliteral", "format-security", "format-y2k"}
        for name, value in self.given.items():
            if value:
                on.add(name)
            else:
                on.discard(name)
        return on

    def _by_group(self, name: str, owners: dict[str, list[str]]) -> bool | None:
        """Whether an option is on because of its groups; None if they say nothing."""
        if name in self.given:
            return self.given[name]
        verdict: bool | None = None
        for group in owners.get(name, ()):
            inherited = self._by_group(group, owners)
            if inherited:
                return True
            if inherited is False:
                verdict = False
        return verdict

    def level(self, name: str) -> int:
        """Level of an option that is on."""
        text = self.values.get(name, "")
        if text.isdigit() and self.given.get(name, True):
            return int(text)
        if name == "unused-const-variable" and name not in self.given:
            return 1
        return 1 if name == "strict-overflow" and name not in self.given else LEVELS.get(name, 1)

    def limit(self, name: str) -> int:
        """Bytes beyond which an option of `LIMITS` warns; -1: never."""
        if not self.given.get(name, False):
            return -1
        return byte_size(self.values.get(name, ""))


def byte_size(text: str) -> int:
    """A size with gcc's suffixes (kB, KiB, MB, MiB ...); -1 if it is none."""
    digits = text.rstrip("kKMGTPEiB")
    factors = {"": 1, "kB": 1000, "KB": 1000, "KiB": 1 << 10, "MB": 10 ** 6, "MiB": 1 << 20, "GB": 10 ** 9, "GiB": 1 << 30, "TB": 10 ** 12, "TiB": 1 << 40,
               "PB": 10 ** 15, "PiB": 1 << 50, "EB": 10 ** 18, "EiB": 1 << 60}
    suffix = text[len(digits):]
    return int(digits) * factors[suffix] if digits.isdigit() and suffix in factors else -1


def spread(names: set[str]) -> None:
    """Add to a set of names what their groups turn on."""
    for name in list(names):
        names |= members(canonical(name))


def enabled_warnings(options: CompileOptions, diagnostics: Diagnostics) -> frozenset[str]:
    """The set of option names, without -W, whose warnings are given; what -Werror= and -Wno-error= say of groups is spread over their members."""
    if options.inhibit_warnings:
        return frozenset()
    explicit = set(diagnostics.promoted)
    spread(diagnostics.promoted)
    spread(diagnostics.not_promoted)
    diagnostics.promoted -= diagnostics.not_promoted - explicit
    return frozenset(WarningLevels(options).enabled())
