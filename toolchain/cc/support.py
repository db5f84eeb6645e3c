"""The support library (libgcc's job): compiled from `cc/runtime` by our own compiler when it is first needed.

The archive lies in the user's cache directory under a name made of what it depends on: the sources, the compiler, the
target and the options that change the ABI.

    path = support_archive("riscv64-linux-gnu", ["-mabi=lp64d"], compile_one, context)
"""
from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from typing import Final

from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.elf.archive import Member, defined_symbols, write_archive

RUNTIME: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runtime")
FLAGS: Final = ("-O2", "-fPIC", "-fno-builtin", "-ffunction-sections", "-fvisibility=hidden", "-w", "-std=gnu17")
"""How the routines are compiled: usable in executables and shared objects, one section each; hidden, so that every
module has its own copy as with libgcc.a."""

Compile = Callable[[Sequence[str]], int]
"""The compiler driver: arguments to exit status."""


def sources() -> list[str]:
    """The C files, sorted."""
    return sorted(os.path.join(RUNTIME, n) for n in os.listdir(RUNTIME) if n.endswith(".c"))


def fingerprint(triple: str, machine: Sequence[str]) -> str:
    """Digest of all that the archive depends on."""
    h = hashlib.sha256()
    h.update("\0".join([triple, *sorted(machine), *FLAGS]).encode())
    for path in [*sources(), os.path.join(RUNTIME, "types.h")]:
        with open(path, "rb") as f:
            h.update(f.read())
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for directory, folders, names in sorted(os.walk(top)):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".py", ".so")):
                status = os.stat(os.path.join(directory, name))
                h.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return h.hexdigest()[:24]


def cache_directory(context: ToolContext) -> str:
    """Where archives are kept: $XDG_CACHE_HOME or ~/.cache, else a temporary directory of this user."""
    base = context.environ.get("XDG_CACHE_HOME", "")
    if not base:
        home = context.environ.get("HOME", "")
        base = os.path.join(home, ".cache") if home else os.path.join(tempfile.gettempdir(), f"cache-{os.getuid()}")
    return os.path.join(base, "tcc-py")


def support_archive(triple: str, machine: Sequence[str], compile_one: Compile, context: ToolContext) -> str:
    """Path of the archive, built now if it is not there.  `machine` are the -m options (with dash) that matter.

    Raises ToolError if a source does not compile."""
    directory = cache_directory(context)
    path = os.path.join(directory, f"libsupport-{triple}-{fingerprint(triple, machine)}.a")
    if os.path.exists(path):
        return path
    os.makedirs(directory, exist_ok=True)
    members: list[Member] = []
    with tempfile.TemporaryDirectory(prefix="tcc-py-") as work:
        for source in sources():
            name = os.path.basename(source)[:-2] + ".o"
            out = os.path.join(work, name)
            status = compile_one([*FLAGS, *machine, "-c", source, "-o", out])
            if status != 0:
                raise ToolError(f"cannot build the support library for {triple}: {os.path.basename(source)} does not compile")
            with open(out, "rb") as f:
                members.append(Member(name, f.read()))
    tables = [defined_symbols(m.data or b"", m.name) for m in members]
    context.write(path, write_archive(members, symbols=tables))
    return path
