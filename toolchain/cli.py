"""Entry points of an installed package: `tcc-py COMMAND ...`, and `tcc-py-NAME` for each command."""
from __future__ import annotations

import os
import sys
from typing import Final, NoReturn

from toolchain.commands import main
from toolchain.context import deepen_recursion, process_context

RESIDENT: Final = frozenset(["build-kernel", "boot", "server"])
"""Commands that start threads or processes of their own: these end as Python programs usually do."""


def leave(status: int) -> NoReturn:
    """End the process at once: taking a compiler's million objects apart one by one costs half as much as compiling did."""
    try:
        sys.stdout.flush()
    except OSError as e:
        status = status or 1
        if not isinstance(e, BrokenPipeError):
            sys.stderr.write(f"error: cannot write standard output: {e.strerror}\n")
    try:
        sys.stderr.flush()
    except OSError:
        status = status or 1
    os._exit(status)


def entry() -> None:
    """Console script `tcc-py`, and `tcc-py-NAME` for each command by the name it is called by."""
    deepen_recursion()
    called = os.path.basename(sys.argv[0])
    argv = sys.argv[1:]
    if called.startswith("tcc-py-"):
        argv = [called[len("tcc-py-"):], *argv]
    context = process_context()
    status = main(argv, context)
    if argv and argv[0] in RESIDENT:
        sys.exit(status)
    leave(status)


if __name__ == "__main__":
    entry()
