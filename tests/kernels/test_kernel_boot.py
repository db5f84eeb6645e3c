"""A real Linux build, booted: slow, so it runs where TCC_PY_KERNELS=1 says so."""
from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from boot import kernel_source
from boot.architectures import ARCHITECTURES

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WANTED = os.environ.get("TCC_PY_KERNELS") == "1"


def command(*arguments: str, timeout: float) -> subprocess.CompletedProcess[str]:
    env = dict(os.environ, PYTHONPATH=ROOT, TCC_PY_ROOT=ROOT)
    return subprocess.run([sys.executable, "-m", "toolchain.cli", *arguments], env=env, cwd=ROOT, capture_output=True, text=True,
                          errors="replace", timeout=timeout)


@pytest.mark.skipif(shutil.which("qemu-system-riscv64") is None, reason="qemu-system-riscv64 is not installed")
def test_bare_metal_hello_for_riscv(tmp_path: Path) -> None:
    folder = os.path.join(ROOT, "boot", "hello")
    image = str(tmp_path / "hello.elf")
    made = command("cc", "--target=riscv64-linux-gnu", "-Os", "-march=rv64imac_zicsr", "-mabi=lp64", "-mcmodel=medany", "-nostdlib", "-static", "-no-pie",
                   "-ffreestanding", "-I", folder + "/riscv", folder + "/hello.c", folder + "/riscv/start.S", "-T", folder + "/riscv/link.ld",
                   "-o", image, timeout=120)
    assert made.returncode == 0, made.stderr
    booted = command("boot", "--arch", "riscv", image, "--expect", "primes below 200: 46", "--timeout", "30", timeout=60)
    assert booted.returncode == 0, booted.stdout + booted.stderr


@pytest.mark.skipif(not WANTED, reason="slow; set TCC_PY_KERNELS=1")
@pytest.mark.parametrize("arch", sorted(ARCHITECTURES))
def test_linux_builds_and_boots(arch: str, tmp_path: Path) -> None:
    if shutil.which(ARCHITECTURES[arch].qemu[0]) is None or not os.path.exists(kernel_source.DEBIAN_ARCHIVE) or shutil.which("flex") is None:
        pytest.skip("needs QEMU, Linux's source and its build tools")
    report = tmp_path / "report.json"
    result = command("build-kernel", "--arch", arch, "--output", str(tmp_path / "kernel"), "--report", str(report), timeout=3000)
    assert result.returncode == 0, (result.stdout + result.stderr)[-6000:]
    found = json.loads(report.read_text())
    assert found["booted"] is True
    assert found["userspace_checks"]["failed"] == 0 and found["userspace_checks"]["passed"] >= 27
    assert found["foreign_tools"] == [] or platform.machine() != "x86_64"
    assert found.get("setup_bytes", 0) <= 32768
