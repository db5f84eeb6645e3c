"""Entry points of an installed package: `tcc-py COMMAND ...`, and `tcc-py-NAME` for each command."""
from __future__ import annotations

import os
import sys
from typing import Final

from toolchain.commands import main
from toolchain.context import leave, lift_limits, process_context

RESIDENT: Final = frozenset(["build-kernel", "boot", "server"])
"""Commands that start threads or processes of their own: these end as Python programs usually do."""


def entry() -> None:
    """Console script `tcc-py`, and `tcc-py-NAME` for each command by the name it is called by."""
    lift_limits()
    called = os.path.basename(sys.argv[0])
    argv = sys.argv[1:]
    if called.startswith("tcc-py-"):
        argv = [called[len("tcc-py-"):], *argv]
    context = process_context()
    try:
        status = main(argv, context)
    except KeyboardInterrupt:
        context.stderr.write("interrupted\n")
        status = 130
    if argv and argv[0] in RESIDENT:
        sys.exit(status)
    leave(status)


if __name__ == "__main__":
    entry()
