"""What the front end and `lower` may know of a target.

The back end's side (register classes, selection, frames) is in `codegen/target.py`.  A target is one
object that has both; it lives in `cc/<isa>/`.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from toolchain.cc.options import CompileOptions
from toolchain.cc.types import TargetLayout


class FrontTarget(Protocol):
    """Facts of one target under given options (`-march=`, `-mabi=`, `-m32` ...)."""

    name: str
    triple: str
    layout: TargetLayout
    wide_compare_exchange: bool
    """Whether an instruction compares and exchanges two words."""
    exception_register: str
    """Where a landing pad finds the exception."""

    def predefined_macros(self, options: CompileOptions) -> str:
        """`#define` lines that depend on the target (those of the language come from `cc/preprocess`)."""

    def builtins(self) -> dict[str, str]:
        """Target's builtin functions: name to a prototype in C ("int (int, void *)")."""

    def register_number(self, name: str) -> int:
        """DWARF-independent number of a register named in `register T x asm("name")` or a clobber; -1 if unknown."""

    def constraint_kind(self, constraint: str) -> str:
        """Kind of one constraint letter (or multi-letter name): "register", "memory", "immediate",
        "address", "any", or "" if the target has no such constraint.  Generic letters (r m i n g X p,
        digits) are handled by the caller."""

    def constraint_halves(self, constraint: str) -> tuple[str, str]:
        """Constraints for the lower and the upper word of a value that takes two registers."""
        return constraint, constraint

    def immediate_fits(self, constraint: str, value: int) -> bool:
        """Whether `value` satisfies the immediate constraint letter."""

    def in_far_section(self, size: int, section: str) -> bool:
        """Whether an object of that size (-1: unknown), in a section that an attribute names or in none (""), belongs to the sections
        for large data (`.ldata`, `.lbss`, `.lrodata`), which no memory operand reaches."""
        return False

    def vector_operation(self, code: int) -> bool:
        """Whether there are instructions for a VECTOR operation (`ir/vector_codes.py`)."""

    def vector_builtin(self, name: str) -> int:
        """Number of a builtin function on vectors, as `vector_codes.target` wants it; -1 if `name` is none."""

    def processor_question(self, builtin: str, name: str) -> tuple[str, int, int, int] | None:
        """What `__builtin_cpu_supports` and the like ask of the support library: (symbol, offset, mask, value), and the answer is yes if the 32-bit
        word there, masked, is `value`; for `__builtin_cpu_init` the symbol is a function to call.  None if there is nothing of that name."""

    def vector_constant(self, number: int) -> bool:
        """Whether the last argument of builtin `number` must be a constant."""

    def library_calls_allowed(self) -> Sequence[str]:
        """Support routines that code may call (libgcc's names) beside memcpy, memmove, memset, memcmp."""
