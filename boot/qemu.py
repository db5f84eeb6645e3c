"""Running a kernel in QEMU with its serial console on our standard output."""
from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable

from boot.architectures import Architecture


class BootResult:
    """What a boot showed.  `matched`: the expected text came; `seconds` until it did (or until the end)."""

    def __init__(self, matched: bool, seconds: float, output: str, reason: str) -> None:
        self.matched = matched
        self.seconds = seconds
        self.output = output
        self.reason = reason


def run(arch: Architecture, image: str, initrd: str | None, append: str, timeout: float, expect: str | None,
        show: Callable[[bytes], None], linger: float = 5.0) -> BootResult:
    """Boot `image`; stop when the guest ends, `linger` seconds after `expect` was seen, or at `timeout`.

    Raises FileNotFoundError if QEMU is not installed."""
    if shutil.which(arch.qemu[0]) is None:
        raise FileNotFoundError(arch.qemu[0])
    command = [*arch.qemu, "-nographic", "-no-reboot", "-kernel", image]
    if initrd:
        command += ["-initrd", initrd]
    if append:
        command += ["-append", append]
    start = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    output = bytearray()
    wanted = expect.encode() if expect else None
    matched_at = 0.0
    reason = "the guest ended"
    selector = selectors.DefaultSelector()
    selector.register(process.stdout, selectors.EVENT_READ)
    try:
        while True:
            now = time.monotonic()
            end = min(start + timeout, matched_at + linger if matched_at else start + timeout)
            if now >= end:
                reason = "expected text seen" if matched_at else f"no result within {timeout:.0f} s"
                break
            if not selector.select(end - now):
                continue
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                status = process.wait()
                if status:
                    reason = f"{arch.qemu[0]} ended with status {status}"
                break
            output += data
            show(data)
            if wanted and not matched_at and wanted in output:
                matched_at = time.monotonic()
    finally:
        process.kill()
        process.wait()
        selector.close()
    seconds = (matched_at or time.monotonic()) - start
    return BootResult(bool(matched_at), seconds, output.decode("utf-8", "replace"), reason)
