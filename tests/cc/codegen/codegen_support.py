"""Compile IR text to an object for RISC-V and run it under QEMU with a C driver."""
from __future__ import annotations

import io
import os
import shutil
import subprocess

from toolchain.cc.codegen.function import compile_function
from toolchain.cc.codegen.unitstate import UnitState
from toolchain.cc.ir.ir import Function
from toolchain.cc.ir.reader import SymbolTable, read_functions
from toolchain.cc.options import CompileOptions
from toolchain.cc.riscv.target import RiscvTarget
from toolchain.diagnostics import Diagnostics
from toolchain.elf.writer import write_object
from toolchain.isa.riscv.isa import Riscv
from toolchain.mc.streamer import ObjectStreamer

HAVE_RISCV = bool(shutil.which("riscv64-linux-gnu-gcc") and shutil.which("qemu-riscv64"))


def compile_functions(functions: list[Function], options: CompileOptions | None = None) -> bytes:
    """ELF object with the functions."""
    options = options or CompileOptions()
    options.verify_ir = True
    diagnostics = Diagnostics("cc1", io.StringIO())
    target = RiscvTarget(options)
    streamer = ObjectStreamer(Riscv("rv64gc"), diagnostics)
    unit = UnitState(streamer, options, target.layout, diagnostics, None)
    for f in functions:
        f.symbol.defined = True
        f.symbol.is_function = True
        compile_function(f, target, unit)
    image = streamer.finish()
    assert diagnostics.errors == 0, diagnostics.stream.getvalue()
    return bytes(write_object(image))


def compile_text(text: str, options: CompileOptions | None = None) -> bytes:
    """ELF object from IR text."""
    return compile_functions(read_functions(text, SymbolTable()), options)


def run_with_c(tmp: str, obj: bytes, driver: str) -> str:
    """Link the object with a C driver (by gcc) and run it; returns its output."""
    with open(os.path.join(tmp, "t.o"), "wb") as f:
        f.write(obj)
    with open(os.path.join(tmp, "d.c"), "w") as f:
        f.write(driver)
    exe = os.path.join(tmp, "t")
    subprocess.run(["riscv64-linux-gnu-gcc", "-O1", "-static", "-o", exe, os.path.join(tmp, "d.c"), os.path.join(tmp, "t.o")], check=True)
    p = subprocess.run(["qemu-riscv64", exe], capture_output=True, text=True, timeout=60)
    return p.stdout + (f"status {p.returncode}" if p.returncode else "")
