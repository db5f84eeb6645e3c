"""The compiler's support library (libgcc's place), built from `cc/runtime` by the compiler itself when first needed.

It is kept in the user's cache folder, under a name that holds a digest of all that went into it.  As with gcc there are two archives:
libgcc.a, and libgcc_eh.a with the unwinder (`unwind*`), whose place a shared libgcc_s takes in dynamic programs.
"""
from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import tempfile
from typing import Final, cast

from toolchain.context import Tool, ToolContext
from toolchain.driver.commandline import CommandLine


def source_dir() -> str:
    """Folder of the library's sources."""
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cc", "runtime")


def sources(triple_folder: str) -> list[str]:
    """The library's source files, common ones and those of the target."""
    root = source_dir()
    out: list[str] = []
    for folder in (root, os.path.join(root, triple_folder)):
        if os.path.isdir(folder):
            out += [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith((".c", ".S"))]
    return out


def headers() -> list[str]:
    """The headers that the library's sources include: their own, and the compiler's."""
    root = source_dir()
    folders = (root, os.path.join(os.path.dirname(root), "include"))
    return [os.path.join(folder, name) for folder in folders for name in sorted(os.listdir(folder)) if name.endswith(".h")]


_stamps: Final[list[bytes]] = []


def compiler_stamp() -> bytes:
    """Names, sizes and times of the modules that code goes through: a changed compiler builds its library anew."""
    if not _stamps:
        root = os.path.dirname(os.path.dirname(source_dir()))
        digest = hashlib.sha256()
        for room in ("as", "cc", "elf", "isa", "mc"):
            for folder, folders, files in os.walk(os.path.join(root, room)):
                folders.sort()
                for name in sorted(files):
                    if name.endswith(".py"):
                        status = os.stat(os.path.join(folder, name))
                        digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
        _stamps.append(digest.digest())
    return _stamps[0]


def runtime_library(line: CommandLine, context: ToolContext) -> str:
    """Path of the library for the line's target and ABI, built if need be; "" if this installation has no sources for it."""
    files = sources(line.target.folder)
    if not files or importlib.util.find_spec("toolchain.cc.unit") is None:
        return ""
    machine = [f"-{name}={value}" if value else f"-{name}" for name, value in sorted(line.compile.machine.items())
               if name in ("march", "mabi", "m32", "m64", "mcmodel")]
    digest = hashlib.sha256("\0".join(machine).encode() + compiler_stamp())
    for name in files + headers():
        with open(name, "rb") as f:
            digest.update(f.read())
    cache = context.environ.get("XDG_CACHE_HOME") or os.path.join(context.environ.get("HOME") or "/tmp", ".cache")
    folder = os.path.join(cache, "tcc-py", f"{line.target.triple}-{digest.hexdigest()[:16]}")
    library = os.path.join(folder, "libgcc.a")
    if os.path.exists(library):
        return library
    return library if build(files, folder, library, line.target.triple, machine, context) else ""


def build(files: list[str], folder: str, library: str, triple: str, machine: list[str], context: ToolContext) -> bool:
    """Compile the sources and archive the objects.  False (and the compiler's messages) if that fails.

    The members are called by their sources' names only: the linker tells them (a FILE symbol) where an object does not."""
    driver = cast(Tool, importlib.import_module("toolchain.driver.main").main)
    archiver = cast(Tool, importlib.import_module("toolchain.binutils.ar").main)
    os.makedirs(folder, exist_ok=True)
    archives: dict[str, list[str]] = {library: [], unwinder(library): []}
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for name in files:
            target = os.path.join(scratch, os.path.basename(name) + ".o")
            if driver([f"--target={triple}", *machine, "-O2", "-fPIC", "-fasynchronous-unwind-tables", "-ffreestanding", "-fno-builtin", "-c", name, "-o", target], context):
                return False
            archives[unwinder(library) if os.path.basename(name).startswith("unwind") else library].append(target)
        for archive in (unwinder(library), library):        # who finds the second finds both
            temporary = os.path.join(scratch, os.path.basename(archive))
            if archiver(["rcs", temporary, *archives[archive]], context):
                return False
            os.rename(temporary, archive)
    return True


def unwinder(library: str) -> str:
    """Path of the archive with the unwinder, by that of the library."""
    return library[:-2] + "_eh.a"
