"""The linker.  `main(argv, context)` is the tool; `link.py` lists its passes."""
from __future__ import annotations

from toolchain.ld.tool import main

__all__ = ["main"]
