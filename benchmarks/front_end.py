"""Seconds of CPU time that the front end takes for the second file of a process, as a resident worker would see it.

    python benchmarks/front_end.py DIRECTORY FIRST SECOND

FIRST and SECOND are JSON lists: arguments of `cc` (with -fsyntax-only), run in DIRECTORY.  Prints the seconds of each.
The toolchain is the one that PYTHONPATH finds.
"""
from __future__ import annotations

import io
import json
import os
import resource
import sys
import time

from toolchain.context import ToolContext
from toolchain.driver.main import main as cc
from toolchain.server.main import preload


def run(directory: str, arguments: list[str]) -> float:
    """CPU seconds of one run of the compiler, which must succeed."""
    errors = io.StringIO()
    context = ToolContext(directory, dict(os.environ), io.BytesIO(), io.BytesIO(), errors)
    start = time.process_time()
    status = cc(arguments, context)
    seconds = time.process_time() - start
    if status != 0:
        raise SystemExit(errors.getvalue())
    return seconds


def main() -> None:
    """Check both files, print both times."""
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    resource.setrlimit(resource.RLIMIT_STACK, (120 << 20 if hard == resource.RLIM_INFINITY else min(hard, 120 << 20), hard))
    sys.setrecursionlimit(20000)
    preload()
    directory, first, second = sys.argv[1:]
    print(run(directory, json.loads(first)), run(directory, json.loads(second)))


if __name__ == "__main__":
    main()
