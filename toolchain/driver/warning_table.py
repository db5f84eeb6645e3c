"""-W options as data: which the compiler honours, and what it says of the others.

Names are gcc 12's.  A name is accepted silently if its messages are given (`ISSUED`) or if what it warns of cannot come
about (`VACUOUS`); of any other the user is told.  `-Wno-` is accepted with every name, as in gcc.
"""
from __future__ import annotations

from typing import Final

ISSUED: Final = frozenset("""
absolute-value address address-of-packed-member aggregate-return all alloc-size-larger-than alloc-zero alloca arith-conversion array-bounds
array-compare attribute-warning attributes bad-function-cast bool-compare bool-operation builtin-declaration-mismatch
builtin-macro-redefined cast-align cast-function-type cast-qual char-subscripts comment comments conversion cpp dangling-else date-time
declaration-after-statement deprecated-declarations designated-init discarded-array-qualifiers discarded-qualifiers div-by-zero
double-promotion duplicate-decl-specifier duplicated-branches duplicated-cond empty-body endif-labels enum-compare enum-conversion error
error-implicit-function-declaration extra float-conversion float-equal format format-contains-nul format-extra-args format-nonliteral
format-security format-signedness format-y2k format-zero-length frame-address frame-larger-than free-nonheap-object ignored-qualifiers
implicit implicit-fallthrough implicit-function-declaration implicit-int incompatible-pointer-types infinite-recursion init-self inline
int-conversion int-in-bool-context int-to-pointer-cast invalid-memory-model larger-than logical-not-parentheses logical-op main
maybe-uninitialized memset-elt-size memset-transposed-args misleading-indentation missing-braces missing-declarations
missing-field-initializers missing-noreturn missing-parameter-type missing-prototypes multichar multistatement-macros nested-externs nonnull
nonnull-compare old-style-declaration old-style-definition overflow override-init packed padded parentheses pedantic pointer-arith
pointer-compare pointer-sign pointer-to-int-cast pragmas prio-ctor-dtor redundant-decls restrict return-local-addr return-type
sequence-point shadow shadow-compatible-local shadow-local shift-count-negative shift-count-overflow shift-negative-value shift-overflow
sign-compare sign-conversion sizeof-array-argument sizeof-array-div sizeof-pointer-div sizeof-pointer-memaccess stack-protector stack-usage
strict-prototypes stringop-overflow stringop-overread suggest-attribute=noreturn switch switch-bool switch-default switch-enum
switch-outside-range switch-unreachable sync-nand system-headers tautological-compare trampolines trigraphs trivial-auto-var-init
type-limits undef uninitialized unknown-pragmas unsuffixed-float-constants unused unused-but-set-parameter unused-but-set-variable
unused-const-variable unused-function unused-label unused-local-typedefs unused-macros unused-parameter unused-result unused-value
unused-variable varargs vla volatile-register-var write-strings
""".split())
"""Options whose messages the compiler gives, and names of groups."""

VACUOUS: Final = frozenset("""
NSObject-attribute abi aggressive-loop-optimizations cannot-profile chkp coverage-invalid-line-number coverage-mismatch deprecated
disabled-optimization format-diag hsa invalid-pch lto-type-mismatch missing-profile narrowing odr openacc-parallelism openmp-simd psabi
strict-overflow suggest-final-methods suggest-final-types tsan unreachable-code unsafe-loop-optimizations
""".split())
"""Options about what this compiler does not have: profiles, link-time optimisation, precompiled headers, transformations that rely on undefined behaviour,
changes of the ABI between its versions; and those of which gcc itself gives no message for C."""

UNIMPLEMENTED: Final = frozenset("""
alloca-larger-than array-parameter attribute-alias bidi-chars c++-compat c11-c2x-compat c90-c99-compat c99-c11-compat clobbered
dangling-pointer expansion-to-defined format-overflow format-truncation if-not-aligned ignored-attributes jump-misses-init long-long
mismatched-dealloc missing-attributes missing-format-attribute missing-include-dirs normalized null-dereference overlength-strings
override-init-side-effects packed-bitfield-compat packed-not-aligned scalar-storage-order strict-aliasing string-compare stringop-truncation
suggest-attribute=cold suggest-attribute=const suggest-attribute=format suggest-attribute=malloc suggest-attribute=pure traditional
traditional-conversion use-after-free variadic-macros vector-operation-performance vla-larger-than vla-parameter zero-length-bounds
""".split())
"""Options of gcc whose messages are never given here: they need ranges of values or an analysis of the whole program."""

OTHER_LANGUAGES: Final[dict[str, frozenset[str]]] = {language: frozenset(names.split()) for language, names in {
    "C++": """
placement-new
""",
    "C++/ObjC++": """
abi-tag aligned-new c++0x-compat c++11-compat c++11-extensions c++14-compat c++14-extensions c++17-compat c++17-extensions c++1z-compat
c++20-compat c++20-extensions c++23-extensions c++2a-compat catch-value class-conversion class-memaccess comma-subscript
conditionally-supported conversion-null ctad-maybe-unsupported ctor-dtor-privacy delete-incomplete delete-non-virtual-dtor deprecated-copy
deprecated-copy-dtor deprecated-enum-enum-conversion deprecated-enum-float-conversion effc++ exceptions extra-semi inaccessible-base
inherited-variadic-ctor init-list-lifetime interference-size invalid-imported-macros invalid-offsetof literal-suffix mismatched-new-delete
mismatched-tags missing-requires missing-template-keyword multiple-inheritance namespaces noexcept noexcept-type non-template-friend
non-virtual-dtor old-style-cast overloaded-virtual pessimizing-move pmf-conversions range-loop-construct redundant-move redundant-tags
register reorder sign-promo sized-deallocation strict-null-sentinel subobject-linkage suggest-override synth templates terminate
useless-cast vexing-parse virtual-inheritance virtual-move-assign volatile zero-as-null-pointer-constant
""",
    "D": """
cast-result
""",
    "Fortran": """
aliasing align-commons ampersand array-temporaries c-binding-type character-truncation compare-reals conversion-extra do-subscript
function-elimination implicit-interface implicit-procedure integer-division intrinsic-shadow intrinsics-std line-truncation
overwrite-recursive real-q-constant realloc-lhs realloc-lhs-all surprising tabs target-lifetime undefined-do-loop underflow
unused-dummy-argument use-without-only zerotrip
""",
    "ObjC/ObjC++": """
assign-intercept objc-root-class property-assign-default protocol selector shadow-ivar strict-selector-match undeclared-selector
""",
}.items()}
"""Options that gcc takes for other languages only."""

_VALUES: Final = ("suggest-attribute=",)
"""Options whose value is a part of their name."""


def option_name(text: str) -> str:
    """The name in `-W` text: up to the value, unless that tells options apart."""
    return text if text.startswith(_VALUES) else text.partition("=")[0]


def known(name: str) -> bool:
    """A name that gcc knows, for whatever language."""
    return name in ISSUED or name in VACUOUS or name.startswith("analyzer-") or remark(name) != ""


def remark(name: str) -> str:
    """What to say of an option that has no effect; empty if it has one, or needs none."""
    if name in UNIMPLEMENTED:
        return f"'-W{name}' is not implemented: it has no effect"
    for language in OTHER_LANGUAGES:
        if name in OTHER_LANGUAGES[language]:
            return f"command-line option '-W{name}' is valid for {language} but not for C"
    return ""
