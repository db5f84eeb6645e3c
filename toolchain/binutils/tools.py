"""The object tools by name."""
from __future__ import annotations

from typing import Final

from toolchain.binutils import addr2line, ar, nm, objcopy, objdump, readelf, size, strings
from toolchain.context import Tool

TOOLS: Final[dict[str, Tool]] = {
    "addr2line": addr2line.main,
    "ar": ar.main,
    "nm": nm.main,
    "objcopy": objcopy.main,
    "objdump": objdump.main,
    "ranlib": ar.ranlib_main,
    "readelf": readelf.main,
    "size": size.main,
    "strings": strings.main,
    "strip": objcopy.strip_main,
}
