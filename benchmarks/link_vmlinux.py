"""Links a RISC-V vmlinux with our ld and with GNU ld in the same run, and compares times and sizes.

    python benchmarks/link_vmlinux.py BUILD [--gnu riscv64-linux-gnu-ld]

BUILD is the output directory of a finished kernel build (vmlinux.a, vmlinux.lds and the last kallsyms
object are there).  GNU ld takes about 20 s for it on a 2-core machine; the aim is 5 s.
"""
from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time

from elftools.elf.elffile import ELFFile

OPTIONS = ["-melf64lriscv", "-z", "noexecstack", "--no-warn-rwx-segments", "-z", "norelro", "--build-id=sha1", "--orphan-handling=warn",
           "--strip-debug", "--script=arch/riscv/kernel/vmlinux.lds"]
INPUTS = ["--whole-archive", "vmlinux.a", "init/version-timestamp.o", "--no-whole-archive", "--start-group", "lib/lib.a",
          "arch/riscv/lib/lib.a", "drivers/firmware/efi/libstub/lib.a", "--end-group", ".tmp_vmlinux2.kallsyms.o"]


def timed(command: list[str], directory: str, environment: dict[str, str]) -> float:
    """Seconds of wall time for a command, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=directory, env=environment, check=True)
    return time.perf_counter() - start


def code_size(path: str) -> int:
    """Bytes of executable sections."""
    with open(path, "rb") as f:
        return sum(s["sh_size"] for s in ELFFile(f).iter_sections() if s["sh_flags"] & 4)


def main() -> None:
    """Run and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--gnu", default="riscv64-linux-gnu-ld")
    args = parser.parse_args()
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environment = dict(os.environ, PYTHONPATH=root)
    with tempfile.TemporaryDirectory() as out:
        rows = []
        for name, command in (("ours", [sys.executable, "-m", "toolchain.ld"]), ("GNU ld", [args.gnu])):
            target = os.path.join(out, "vmlinux")
            seconds = timed([*command, *OPTIONS, "-o", target, *INPUTS], args.build, environment)
            rows.append((name, seconds, code_size(target)))
        for name, seconds, size in rows:
            print(f"{name:8} {seconds:7.2f} s   {size:9,} bytes of code")
        print(f"ratio    {rows[0][1] / rows[1][1]:7.3f}")


if __name__ == "__main__":
    main()
