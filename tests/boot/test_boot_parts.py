"""Parts of boot/ that need neither a kernel nor QEMU."""
from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from boot import build_kernel, kernel_source, userspace
from boot.initramfs import Initramfs


def test_initramfs_is_deterministic_and_in_newc_format() -> None:
    def make() -> bytes:
        image = Initramfs()
        image.file("/bin/tool", b"x" * 5)
        image.device("/dev/console", 5, 1)
        return image.finish()

    data = gzip.decompress(make())
    assert make() == make()
    assert len(data) % 512 == 0
    assert data.count(b"070701") == 5          # bin, bin/tool, dev, dev/console, trailer
    name = data.index(b"bin/tool\0")
    header = data[name - 110:name]
    assert header[:6] == b"070701" and int(header[14:22], 16) == 0o100755 and int(header[54:62], 16) == 5


def test_results_reads_the_console() -> None:
    console = "check pipe: ok\r\n[ 1.0] noise\r\ncheck mmap: FAILED (3)\r\ntcc-py init: 1 passed, 1 failed\r\n"
    assert userspace.results(console) == ([("pipe", "ok"), ("mmap", "FAILED (3)")], True)
    assert userspace.results("check pipe: ok\n") == ([("pipe", "ok")], False)


@pytest.mark.parametrize("name, foreign", [
    ("/usr/bin/x86_64-linux-gnu-gcc-12", True), ("/usr/lib/gcc/x86_64-linux-gnu/12/cc1", True), ("/usr/bin/x86_64-linux-gnu-ld.bfd", True),
    ("/usr/bin/clang-14", True), ("/usr/bin/riscv64-linux-gnu-objcopy", True), ("/usr/lib/llvm-14/bin/llvm-objcopy", True),
    ("/usr/bin/python3.11", False), ("/usr/bin/make", False), ("/usr/bin/bash", False), ("/usr/bin/sort", False), ("/usr/bin/bison", False),
])
def test_foreign_tools_are_told_by_the_executable(name: str, foreign: bool) -> None:
    assert bool(build_kernel.foreign_tools({name: 1}, "/build/tools")) is foreign


def test_commands_of_the_tools_folder_are_ours() -> None:
    assert build_kernel.foreign_tools({"/build/tools/gcc": 1, "/usr/bin/ld.bfd": 2}, "/build/tools") == ["ld.bfd"]


def test_watcher_sees_every_program(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "boot.watch", str(report), "sh", "-c", "(env true) & (true; /bin/sh -c 'env false'); wait; kill -TERM $$"]
    status = subprocess.run(command, timeout=60).returncode
    seen = json.loads(report.read_text())
    assert status == 128 + 15
    names = {Path(p).name for p in seen["programs"]}
    assert {"env", "true", "false"} <= names
    assert all(v > 10000 for v in seen["peak_rss"].values())


def test_source_errors_are_clear(tmp_path: Path) -> None:
    with pytest.raises(kernel_source.SourceError, match="not a Linux source tree"):
        kernel_source.find(str(tmp_path), str(tmp_path))
    with pytest.raises(kernel_source.SourceError, match="no such file"):
        kernel_source.find(str(tmp_path / "none.tar.xz"), str(tmp_path))
    bad = tmp_path / "bad.tar.xz"
    bad.write_bytes(b"not an archive")
    with pytest.raises(kernel_source.SourceError, match=r"bad\.tar\.xz"):
        kernel_source.find(str(bad), str(tmp_path))
    assert not [p for p in tmp_path.iterdir() if p.name.startswith("unpacking")]


def test_kernel_version(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\n")
    assert kernel_source.version(str(tmp_path)) == "6.12.117"
