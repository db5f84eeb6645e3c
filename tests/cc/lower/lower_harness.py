"""C text to IR and its result in the IR interpreter, for the tests of `lower`."""
from __future__ import annotations

import io
import os

import toolchain.cc.preprocess
from toolchain.cc.ir.interp import Interpreter
from toolchain.cc.ir.ir import Function
from toolchain.cc.ir.verifier import verify
from toolchain.cc.lower.function import lower_function
from toolchain.cc.lower.module import Module
from toolchain.cc.options import CompileOptions
from toolchain.cc.parse.unit import parse_unit
from toolchain.cc.preprocess.files import FileCache
from toolchain.cc.preprocess.options import PreprocessOptions
from toolchain.cc.preprocess.predefined import language_macros
from toolchain.cc.preprocess.preprocessor import Preprocessor
from toolchain.cc.types import TargetLayout
from toolchain.diagnostics import Diagnostics

INCLUDE = os.path.join(os.path.dirname(toolchain.cc.preprocess.__file__), os.pardir, "include")


class PlainTarget:
    """A front-end target with the default layout (LP64, pointer va_list) and no registers."""

    def __init__(self) -> None:
        self.name = "plain"
        self.triple = "plain"
        self.layout = TargetLayout()

    def predefined_macros(self, options: CompileOptions) -> str:
        return ""

    def builtins(self) -> dict[str, str]:
        return {}

    def register_number(self, name: str) -> int:
        return 0

    def constraint_kind(self, constraint: str) -> str:
        return {"A": "memory", "I": "immediate", "J": "immediate", "K": "immediate", "f": "register"}.get(constraint, "")

    def immediate_fits(self, constraint: str, value: int) -> bool:
        return True

    def constraint_halves(self, constraint: str) -> tuple[str, str]:
        return constraint, constraint

    def in_far_section(self, size: int, section: str) -> bool:
        return False

    def vector_operation(self, code: int) -> bool:
        return False

    def library_calls_allowed(self) -> list[str]:
        return []


class Lowered:
    """A lowered unit."""

    def __init__(self, text: str, level: int = 2, flags: dict[str, bool] | None = None, path: str = "test.c",
                 system_dirs: tuple[str, ...] = ()) -> None:
        self.errors = io.StringIO()
        self.diagnostics = Diagnostics("cc1", self.errors)
        options = CompileOptions()
        options.optimize = level
        options.flags.update(flags or {})
        options.inhibit_warnings = True
        self.diagnostics.inhibit_warnings = True
        target = PlainTarget()
        pre = PreprocessOptions()
        pre.predefined = language_macros(options, target.layout, False, True)
        pre.system_dirs = [INCLUDE, *system_dirs]
        pp = Preprocessor(pre, self.diagnostics, FileCache()).run_path(path, text.encode())
        self.unit = parse_unit(pp, options, target, self.diagnostics)
        self.module = Module(options, target, self.diagnostics)
        self.functions: dict[str, Function] = {}
        if self.diagnostics.errors:
            return
        for s in list(self.unit.symbols):
            if s.is_function and s.defined:
                d = self.unit.environment.body(s)
                if d is not None and d.outer is None:
                    for f in lower_function(self.module, d):
                        f.symbol.function = f
                        verify(f)
                        self.functions[f.name] = f

    def interpreter(self, limit: int = 2000000) -> Interpreter:
        """An interpreter in which all data of the unit exist."""
        for s in [*self.unit.symbols, *self.module.symbol_of.values()]:
            if not s.is_function and self.module.is_defined(s):
                self.module.object_for(s)
        machine = Interpreter({"abort": _abort, "exit": _exit}, limit)
        done = 0
        while done < len(self.module.data):
            objects = list(self.module.data.values())
            for o in objects[done:]:
                o.symbol.size = max(o.symbol.size, o.size)
                address = machine.symbol_address(o.symbol)
                for n, byte in enumerate(o.data):
                    machine.store(address + n, 1, byte)
            for o in objects[done:]:
                for offset, size, target, addend in o.relocations:
                    machine.store(machine.symbol_address(o.symbol) + offset, size, machine.symbol_address(target) + addend)
            done = len(objects)
        return machine

    def run(self, name: str = "main", *args: int) -> int:
        """Result of a function, as a signed int."""
        assert not self.diagnostics.errors, self.errors.getvalue()
        machine = self.interpreter()
        try:
            value = machine.call(self.functions[name], list(args)) & 0xFFFFFFFF
        except Exit as e:
            value = e.status
        return value - (1 << 32) if value >> 31 else value


class Exit(Exception):
    """The program called exit or abort."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit {status}")
        self.status = status


def _abort(machine: Interpreter, args: list[int]) -> int:
    raise Exit(134)


def _exit(machine: Interpreter, args: list[int]) -> int:
    raise Exit(args[0])
