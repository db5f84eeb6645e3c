"""What `__has_attribute` and `__has_builtin` answer: the parser's own tables, for the preprocessor."""
from __future__ import annotations

from collections.abc import Collection

from toolchain.cc.parse.attributes import KNOWN
from toolchain.cc.parse.builtin_table import ATOMICS, PROTOTYPES
from toolchain.cc.parse.builtins import SPECIAL

_STANDARD = {"fallthrough": 201910, "maybe_unused": 202106, "nodiscard": 202003, "deprecated": 201904}
_GENERIC = (
    "isnan", "isinf", "isinf_sign", "isfinite", "isnormal", "signbit", "isgreater", "isgreaterequal", "isless", "islessequal",
    "islessgreater", "isunordered", "speculation_safe_value", "fpclassify", "clear_padding", "assoc_barrier", "add_overflow", "sub_overflow",
    "mul_overflow", "add_overflow_p", "sub_overflow_p", "mul_overflow_p")
_REFUSED = frozenset(("__builtin_call_with_static_chain", "__builtin_bit_cast", "__builtin_has_attribute"))
_OF_SOME_TARGETS = ("__builtin_cpu_init", "__builtin_cpu_supports", "__builtin_cpu_is")
_UNSUPPORTED_ATTRIBUTES = frozenset(("tainted_args", "no_address_safety_analysis"))


def has_attribute_table() -> dict[str, int]:
    """Attribute names, without surrounding underscores, that are understood."""
    table = {name: 1 for name in KNOWN if name not in _UNSUPPORTED_ATTRIBUTES}
    table.update(_STANDARD)
    return table


def has_builtin_table(target_builtins: Collection[str]) -> dict[str, int]:
    """Names of builtin functions that are understood, the target's included."""
    table = dict.fromkeys(PROTOTYPES, 1)
    for name in (*ATOMICS, *SPECIAL, *target_builtins, *["__builtin_" + n for n in _GENERIC]):
        if name not in _REFUSED:
            table[name] = 1
    for name in _OF_SOME_TARGETS:
        if name not in target_builtins:
            table.pop(name, None)
    for kind in ("add", "sub", "mul"):
        for letter in "su":
            for size in ("", "l", "ll"):
                table[f"__builtin_{letter}{kind}{size}_overflow"] = 1
    return table
