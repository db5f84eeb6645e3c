"""`tcc-py tools DIR [--prefix P]`: fill a folder with commands of the usual names.

A prefix such as `riscv64-linux-gnu-` names the target of the compiler, assembler and linker among them, so that
`CROSS_COMPILE=DIR/riscv64-linux-gnu-` works; with no prefix they are the host's, and `gcc -B DIR` finds `as` and `ld`; then there is also a `tcc-py-cc` (and so on) for
`CC=tcc-py-cc`, which does not hide the system's compiler from those who ask for it.
"""
from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from typing import Final

from toolchain.context import ToolContext
from toolchain.driver.targets import DEFAULT_TARGET, find_target
from toolchain.server.client import native_client, script

COMPILERS: Final[dict[str, str]] = {"gcc": "cc", "cc": "cc", "cpp": "cpp"}
OBJECT_TOOLS: Final = ("ar", "nm", "ranlib", "objcopy", "objdump", "readelf", "strip", "size", "strings", "addr2line")
USAGE: Final = """usage: tcc-py tools DIR [--prefix PREFIX] [--target TRIPLE] [--native]
Fills DIR with commands of the usual names (gcc, as, ld, ar, ...), each of which runs this toolchain.
  --prefix PREFIX  they are called PREFIXgcc and so on; a prefix TRIPLE- names the target too
  --target TRIPLE  the target of compiler, assembler and linker (default: the prefix's, else this machine's)
  --native         the commands are a small program that hands its work to 'tcc-py server', where one runs"""


def commands(triple: str, folder: str) -> dict[str, list[str]]:
    """Name of each command and the words that run it; `folder` is where the commands are (-print-prog-name looks there)."""
    target = find_target(triple)
    assert target is not None
    out: dict[str, list[str]] = {name: [tool, f"--target={triple}", f"-B{folder}"] for name, tool in COMPILERS.items()}
    out["as"] = ["as", f"--target={triple}"]
    out["ld"] = ["ld", "-m", target.emulation]
    out["ld.bfd"] = out["ld"]
    for name in OBJECT_TOOLS:
        out[name] = [name]
    return out


def main(argv: Sequence[str], context: ToolContext) -> int:
    """`tcc-py tools`."""
    words = list(argv)
    folder = ""
    prefix = ""
    triple = ""
    native = False
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if name in ("--prefix", "--target"):
            if not equals:
                if not words:
                    context.stderr.write(f"tools: error: {name} needs a value\n{USAGE}\n")
                    return 2
                value = words.pop(0)
            if name == "--prefix":
                prefix = value
            else:
                triple = value
        elif word == "--native":
            native = True
        elif word in ("-h", "--help"):
            context.print(USAGE)
            return 0
        elif word.startswith("-") or folder:
            context.stderr.write(f"tools: error: unexpected '{word}'\n{USAGE}\n")
            return 2
        else:
            folder = word
    if not folder:
        context.stderr.write(USAGE + "\n")
        return 2
    triple = triple or prefix.rstrip("-") or DEFAULT_TARGET
    if find_target(triple) is None:
        context.stderr.write(f"tools: error: unknown target '{triple}'\n")
        return 1
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    try:
        os.makedirs(context.path(folder), exist_ok=True)
        host = find_target(platform.machine())
        client = native_client(platform.machine(), host.triple, folder, context) if native and host is not None else None
        for name, run in commands(triple, os.path.abspath(context.path(folder))).items():
            data = client.command(sys.executable, home, run) if client is not None else script(sys.executable, home, run).encode()
            for full in [prefix + name] + ([] if prefix else ["tcc-py-" + name]):
                context.write(os.path.join(folder, full), data, executable=True)
    except OSError as error:
        context.stderr.write(f"tools: error: {error.filename or folder}: {error.strerror}\n")
        return 1
    return 0
