"""`python -m toolchain.ld`"""
# mypyc: interpreted
from __future__ import annotations

import sys

from toolchain.context import process_context
from toolchain.ld.tool import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], process_context()))
