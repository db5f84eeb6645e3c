"""`python -m toolchain.ld`"""
# mypyc: interpreted
from __future__ import annotations

import sys

from toolchain.context import leave, process_context
from toolchain.ld.tool import main

if __name__ == "__main__":
    leave(main(sys.argv[1:], process_context()))
