"""`tcc-py boot --arch ARCH IMAGE`: QEMU with the serial console shown.

Exit status 0 only if the expected text came (without --expect: if the guest ended by itself).
"""
from __future__ import annotations

import argparse
from collections.abc import Sequence

from boot.architectures import ARCHITECTURES
from boot.qemu import run
from toolchain.context import ToolContext


def main(argv: Sequence[str], context: ToolContext) -> int:
    """Entry of the sub-command."""
    parser = argparse.ArgumentParser(prog="tcc-py boot", description="Boot an image in QEMU with the serial console shown.  Exit status 0 only if the expected text came; "
                                     "without --expect, if the guest ended by itself.", exit_on_error=False)
    parser.add_argument("--arch", required=True, choices=sorted(ARCHITECTURES), help="the machine")
    parser.add_argument("image", help="kernel (Image) or bare-metal program")
    parser.add_argument("--initrd", metavar="FILE", help="initial file system (cpio archive)")
    parser.add_argument("--append", metavar="TEXT", help="kernel command line (default: console and panic=-1)")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="end the run after so long (default: 60)")
    parser.add_argument("--expect", metavar="TEXT", help="text that must appear on the console")
    try:
        options = parser.parse_args(list(argv))
    except argparse.ArgumentError as e:
        context.stderr.write(f"tcc-py boot: {e}\n")
        return 2
    except SystemExit as e:
        return int(e.code or 0)
    arch = ARCHITECTURES[options.arch]
    append = options.append if options.append is not None else f"console={arch.console} panic=-1"

    def show(data: bytes) -> None:
        context.stdout.write(data)
        context.stdout.flush()

    for name in [options.image] + ([options.initrd] if options.initrd else []):
        try:
            with open(context.path(name), "rb"):
                pass
        except OSError as e:
            context.stderr.write(f"tcc-py boot: error: cannot open {name}: {e.strerror}\n")
            return 1
    try:
        result = run(arch, context.path(options.image), context.path(options.initrd) if options.initrd else None,
                     append, options.timeout, options.expect, show, linger=0.2)
    except FileNotFoundError as e:
        context.stderr.write(f"tcc-py boot: error: {e} is not installed\n")
        return 1
    if options.expect and not result.matched:
        context.stderr.write(f"tcc-py boot: '{options.expect}' did not appear: {result.reason}\n")
        return 1
    if not options.expect and result.reason != "the guest ended":
        context.stderr.write(f"\ntcc-py boot: {result.reason}; without --expect the guest must end by itself\n")
        return 1
    return 0
