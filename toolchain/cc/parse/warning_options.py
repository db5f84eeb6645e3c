"""Which warnings are on: gcc's option names and groups (gcc manual, "Options to Request or Suppress Warnings")."""
from __future__ import annotations

from typing import Final

from toolchain.cc.options import CompileOptions
from toolchain.diagnostics import Diagnostics

DEFAULT: Final = frozenset((
    "", "address-of-packed-member", "attributes", "builtin-declaration-mismatch", "deprecated-declarations", "discarded-qualifiers",
    "discarded-array-qualifiers", "div-by-zero", "duplicate-decl-specifier-default", "endif-labels", "format-default", "free-nonheap-object",
    "implicit-function-declaration", "implicit-int", "incompatible-pointer-types", "int-conversion", "int-to-pointer-cast",
    "multichar", "overflow", "pointer-to-int-cast", "pragmas", "return-mismatch", "shift-count-negative", "shift-count-overflow",
    "shift-negative-value-default", "switch-unreachable", "unused-result", "varargs", "int-in-bool-context-default", "switch-outside-range",
    "override-init-side-effects", "main-default", "attribute-alias", "return-local-addr", "pointer-compare", "compare-distinct-pointer-types"))
"""On without any option."""

ALL: Final = frozenset((
    "address", "array-parameter", "bool-compare", "bool-operation", "char-subscripts", "comment", "dangling-else", "duplicate-decl-specifier",
    "enum-compare", "format", "format-contains-nul", "format-extra-args", "format-zero-length", "implicit", "int-in-bool-context",
    "logical-not-parentheses", "main", "maybe-uninitialized", "memset-transposed-args", "misleading-indentation", "missing-attributes",
    "missing-braces-cxx", "multistatement-macros", "nonnull", "parentheses", "pointer-sign", "return-type", "sequence-point",
    "sizeof-array-argument", "sizeof-pointer-div", "sizeof-pointer-memaccess", "strict-aliasing", "switch", "tautological-compare",
    "trigraphs", "uninitialized", "unknown-pragmas", "unused", "unused-but-set-variable", "unused-const-variable-no", "unused-function",
    "unused-label", "unused-local-typedefs", "unused-value", "unused-variable", "volatile-register-var"))
"""Turned on by -Wall."""

EXTRA: Final = frozenset((
    "absolute-value", "cast-function-type", "clobbered", "empty-body", "expansion-to-defined", "ignored-qualifiers",
    "implicit-fallthrough", "missing-field-initializers", "missing-parameter-type", "old-style-declaration", "override-init",
    "shift-negative-value", "sign-compare", "string-compare", "type-limits", "uninitialized", "unused-but-set-parameter",
    "unused-parameter"))
"""Turned on by -Wextra (also -W); `unused-parameter` and its brother only together with -Wall or -Wunused."""

UNUSED: Final = frozenset(("unused-but-set-variable", "unused-function", "unused-label", "unused-local-typedefs", "unused-value",
                           "unused-variable"))

FORMAT: Final = frozenset(("format", "format-contains-nul", "format-extra-args", "format-zero-length", "nonnull"))

FORMAT2: Final = FORMAT | {"format-nonliteral", "format-security", "format-y2k"}
"""Turned on by -Wformat=2."""

_GROUPS: Final[dict[str, frozenset[str]]] = {"all": ALL, "extra": EXTRA, "unused": UNUSED, "format": FORMAT,
                                             "implicit": frozenset(("implicit-int", "implicit-function-declaration"))}
_ALIASES: Final[dict[str, str]] = {
    "error-implicit-function-declaration": "implicit-function-declaration",
    "implicit-fallthrough=5": "implicit-fallthrough", "implicit-fallthrough=3": "implicit-fallthrough",
    "implicit-fallthrough=2": "implicit-fallthrough", "implicit-fallthrough=4": "implicit-fallthrough"}
_IMPLICIT_FALLTHROUGH_VALUES: Final = ("1", "2", "3", "4", "5")


def enabled_warnings(options: CompileOptions, diagnostics: Diagnostics) -> frozenset[str]:
    """The set of option names, without -W, whose warnings are given."""
    on: set[str] = set(DEFAULT)
    given = options.warnings
    for group, members in _GROUPS.items():
        if given.get(group, False):
            on |= members
    if not given.get("all", False) and not given.get("unused", False):
        on -= {"unused-parameter", "unused-but-set-parameter"}
    for group, members in _GROUPS.items():
        if not given.get(group, True):
            on -= members
    for name in diagnostics.promoted:
        on |= _GROUPS.get(name, frozenset((name,)))
    for name, value in options.warning_values.items():
        if name == "implicit-fallthrough":
            if value in _IMPLICIT_FALLTHROUGH_VALUES:
                on.add(name)
        elif name == "format" and value != "0":
            on |= FORMAT2 if value == "2" else FORMAT
        elif name in ("shift-overflow", "unused-const-variable", "array-bounds", "stringop-overflow", "format-overflow",
                      "format-truncation", "frame-larger-than", "larger-than", "strict-aliasing", "strict-overflow"):
            on.add(name)
    for name, value_on in given.items():
        name = _ALIASES.get(name, name)
        if name in _GROUPS:
            continue
        if value_on:
            on.add(name)
        else:
            on.discard(name)
    if "unused-variable" in on and given.get("unused-const-variable", True):
        on.add("unused-const-variable=")
    if "format" in on:
        on.add("format=")
    if options.warning_values.get("implicit-fallthrough") == "0":
        on.discard("implicit-fallthrough")
    if "implicit-fallthrough" in on:
        on.add("implicit-fallthrough=")
    if options.inhibit_warnings:
        on.clear()
    return frozenset(on)
