"""The userspace that checks a kernel from inside: init and its programs, compiled by our own cc."""
from __future__ import annotations

import os
import re
from collections.abc import Callable

from boot.architectures import Architecture
from boot.initramfs import Initramfs
from toolchain.server.client import PROGRAM_FOLDER

INIT_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "init")
CHECK = re.compile(r"^check (.*): (ok|FAILED.*)\r?$", re.M)
SUMMARY = re.compile(r"^tcc-py init: (\d+) passed, (\d+) failed", re.M)
FINISHED = " passed, "
Compile = Callable[[list[str]], None]
"""Runs the C compiler with these arguments; raises on failure."""


def build(arch: Architecture, folder: str, compile_c: Compile) -> bytes:
    """Compile init and the programs that it starts; returns the initramfs.

    The dynamically linked program is left out where the target's C library is not installed."""
    os.makedirs(folder, exist_ok=True)
    freestanding = ["-Os", *arch.entry_flags, "-nostdlib", "-static", "-no-pie", "-ffreestanding", "-fno-stack-protector",
                    f'-DARCH_HEADER="{arch.header}"', "-I", INIT_DIR, "-I", PROGRAM_FOLDER]
    image = Initramfs()
    for name, path in (("init", "/init"), ("static", "/bin/static")):
        output = os.path.join(folder, name)
        compile_c([*freestanding, os.path.join(INIT_DIR, name + ".c"), "-o", output])
        with open(output, "rb") as f:
            image.file(path, f.read())
    image.device("/dev/console", 5, 1)
    image.file("/bin/script", b"#!/bin/static x\n")
    libraries = [os.path.join(arch.library_dir, n) for n in (os.path.basename(arch.dynamic_linker), "libc.so.6")]
    if all(os.path.exists(n) for n in libraries):
        output = os.path.join(folder, "dynamic")
        compile_c(["-O2", *arch.entry_flags, os.path.join(INIT_DIR, "dynamic.c"), "-o", output])
        with open(output, "rb") as f:
            image.file("/bin/dynamic", f.read())
        for n, path in zip(libraries, (arch.dynamic_linker, "/lib/libc.so.6"), strict=True):
            with open(n, "rb") as f:
                image.file(path, f.read())
    return image.finish()


def results(console: str) -> tuple[list[tuple[str, str]], bool]:
    """The checks seen on the console as (name, result), and whether init got to its end."""
    return CHECK.findall(console.replace("\r", "")), SUMMARY.search(console) is not None
