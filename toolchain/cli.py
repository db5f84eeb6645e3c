"""Entry points of an installed package: `tcc-py COMMAND ...`, and `tcc-py-NAME` for each command."""
from __future__ import annotations

import os
import sys

from toolchain.commands import main
from toolchain.context import process_context


def entry() -> None:
    """Console script `tcc-py`, and `tcc-py-NAME` for each command by the name it is called by."""
    sys.setrecursionlimit(20000)
    called = os.path.basename(sys.argv[0])
    argv = sys.argv[1:]
    if called.startswith("tcc-py-"):
        argv = [called[len("tcc-py-"):], *argv]
    context = process_context()
    sys.exit(main(argv, context))


if __name__ == "__main__":
    entry()
