"""`tcc-py tools`."""
from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

from toolchain.context import ToolContext
from toolchain.server.tools import main


def test_tools(tmp_path: Path) -> None:
    err = io.StringIO()
    context = ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), err)
    assert main(["bin", "--prefix", "riscv64-linux-gnu-"], context) == 0
    names = sorted(os.listdir(tmp_path / "bin"))
    assert "riscv64-linux-gnu-gcc" in names and "riscv64-linux-gnu-ld" in names and "riscv64-linux-gnu-addr2line" in names
    result = subprocess.run([tmp_path / "bin" / "riscv64-linux-gnu-gcc", "-dumpmachine"], capture_output=True, text=True, check=True)
    assert result.stdout == "riscv64-linux-gnu\n"
    assert main(["x", "--prefix", "pdp11-"], context) == 1
    assert "unknown target 'pdp11'" in err.getvalue()
