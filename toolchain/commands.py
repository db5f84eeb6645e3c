"""The table of `tcc-py`'s sub-commands.

Commands are named by module and function and imported when they run: starting `tcc-py as` does not
import the compiler, and this floor needs no knowledge of those above it.
"""
from __future__ import annotations

import importlib
import os
import traceback
from collections.abc import Sequence
from typing import Final, cast

from toolchain.context import Tool, ToolContext
from toolchain.diagnostics import ToolError, TooManyErrors

# name: (module:function, one line of help).  Every function is `main(argv, context) -> int`.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "build-kernel": ("boot.build_kernel:main", "build Linux with these tools and boot it in QEMU"),
    "boot": ("boot.boot_command:main", "boot an image in QEMU and wait for a text"),
    "cc": ("toolchain.driver.main:main", "C compiler driver (gcc's command line)"),
    "cpp": ("toolchain.driver.main:cpp_main", "C preprocessor"),
    "as": ("toolchain.assembler:main", "assembler (GNU as)"),
    "ld": ("toolchain.ld.tool:main", "linker (GNU ld)"),
    "ar": ("toolchain.binutils.ar:main", "archives"),
    "ranlib": ("toolchain.binutils.ar:ranlib_main", "archive index"),
    "nm": ("toolchain.binutils.nm:main", "symbols of object files"),
    "objcopy": ("toolchain.binutils.objcopy:main", "copy and change object files"),
    "objdump": ("toolchain.binutils.objdump:main", "contents of object files, disassembly"),
    "readelf": ("toolchain.binutils.readelf:main", "contents of ELF files"),
    "strip": ("toolchain.binutils.objcopy:strip_main", "remove symbols"),
    "size": ("toolchain.binutils.size:main", "section sizes"),
    "strings": ("toolchain.binutils.strings:main", "printable strings"),
    "addr2line": ("toolchain.binutils.addr2line:main", "addresses to source lines"),
    "bisect": ("toolchain.driver.bisect:main", "find the file, function and step of the optimiser that breaks a program"),
    "bisect-cc": ("toolchain.driver.bisect_cc:main", "the compiler command of bisect"),
    "tools": ("toolchain.server.tools:main", "fill a folder with commands of the usual names"),
    "server": ("toolchain.server.main:main", "resident workers (started by the tools themselves)"),
}


def load(command: str) -> Tool:
    """The `main` of a command.  Raises KeyError for an unknown one."""
    module, function = COMMANDS[command][0].split(":")
    return cast(Tool, getattr(importlib.import_module(module), function))


def run_command(argv: Sequence[str], context: ToolContext) -> int:
    """Run `argv[0]` with the rest as its arguments; returns its exit status.

    An internal error becomes a message that asks for a bug report and status 70; TCC_PY_TRACEBACK=1 adds where it was."""
    command = argv[0]
    try:
        return load(command)(argv[1:], context)
    except ToolError as e:
        context.stderr.write(f"{command}: error: {e.message}\n")
        return 1
    except TooManyErrors:
        return 1
    except RecursionError:
        context.stderr.write(f"{command}: error: input is nested too deeply\n")
        return 1
    except BrokenPipeError:
        return 1
    except Exception as e:
        place = traceback.extract_tb(e.__traceback__)[-1]
        context.stderr.write(f"{command}: internal error: {type(e).__name__}: {e} ({os.path.basename(place.filename)}:{place.lineno})\n"
                             "Please report this as a bug, with the input.\n")
        if context.environ.get("TCC_PY_TRACEBACK"):
            context.stderr.write("".join(traceback.format_exception(e)))
        return 70


def usage() -> str:
    """Help text."""
    rows = "\n".join(f"  {name:<13} {text}" for name, (_, text) in COMMANDS.items())
    return f"usage: tcc-py COMMAND [ARGUMENTS]\n\ncommands:\n{rows}\n  test          run the tests (from a checkout)\n"


def main(argv: Sequence[str], context: ToolContext) -> int:
    """`tcc-py`."""
    if not argv or argv[0] in ("-h", "--help", "help"):
        context.stdout.write(usage().encode())
        return 0 if argv else 2
    if argv[0] in ("--version", "-V"):
        context.print("tcc-py 0.1.0")
        return 0
    if argv[0] not in COMMANDS:
        context.stderr.write(f"tcc-py: error: unknown command '{argv[0]}' (tcc-py --help lists them)\n")
        return 2
    return run_command(argv, context)
