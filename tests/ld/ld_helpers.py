"""What the linker's tests share: running `ld` in process, making objects with the tools at hand."""
from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from toolchain.context import ToolContext
from toolchain.ld import main

ROOT = str(Path(__file__).resolve().parents[2])


class Run:
    """Status and output of one run."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err


def ld(directory: Path, *args: str) -> Run:
    """Run the linker in `directory`."""
    out = io.BytesIO()
    err = io.StringIO()
    context = ToolContext(str(directory), {}, io.BytesIO(), out, err)
    status = main(list(args), context)
    return Run(status, out.getvalue().decode(), err.getvalue())


def assemble(directory: Path, name: str, text: str, tool: str = "as", *options: str) -> str:
    """Assemble `text` into NAME.o and return that name."""
    (directory / f"{name}.s").write_text(text)
    subprocess.run([tool, *options, "-o", f"{name}.o", f"{name}.s"], cwd=directory, check=True)
    return f"{name}.o"


def wrapper(directory: Path) -> str:
    """A directory for `gcc -B` that holds our `ld`."""
    path = directory / "bin"
    path.mkdir(exist_ok=True)
    script = path / "ld"
    script.write_text(f"#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m toolchain.ld \"$@\"\n")
    os.chmod(script, os.stat(script).st_mode | stat.S_IXUSR)
    return str(path)


def have(*tools: str) -> bool:
    """Whether all these programs are installed."""
    return all(shutil.which(t) is not None for t in tools)
