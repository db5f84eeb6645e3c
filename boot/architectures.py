"""Facts per architecture: names in Linux's build, image, QEMU machine.  Adding one is adding a row."""
from __future__ import annotations

from typing import Final


class Configuration:
    """One named configuration: its file in boot/configs ("" for the kernel's own of that name), and about how many C files
    it compiles (None: nobody has counted)."""

    def __init__(self, file: str, expected_files: int | None) -> None:
        self.file = file
        self.expected_files = expected_files


class Architecture:
    """One kernel architecture.

    `make_arch` is ARCH=, `prefix` the tools' CROSS_COMPILE prefix and compiler triple with a dash,
    `image` the make target and `image_path` its file below the build folder; `configs` are the configurations known by name.
    `dynamic_linker` and `library_dir` say what a dynamically linked program needs in the initramfs.  `sizes` are further
    figures of the report: names, and files whose sizes they are.
    """

    def __init__(self, name: str, make_arch: str, prefix: str, image: str, image_path: str, qemu: list[str], console: str,
                 configs: dict[str, Configuration], header: str, dynamic_linker: str, library_dir: str,
                 entry_flags: list[str], sizes: dict[str, str]) -> None:
        self.name = name
        self.make_arch = make_arch
        self.prefix = prefix
        self.image = image
        self.image_path = image_path
        self.qemu = qemu
        self.console = console
        self.configs = configs
        self.header = header
        self.dynamic_linker = dynamic_linker
        self.library_dir = library_dir
        self.entry_flags = entry_flags
        self.sizes = sizes

    @property
    def triple(self) -> str:
        """The compiler's target triple."""
        return self.prefix.rstrip("-")


ARCHITECTURES: Final = {
    "riscv": Architecture(
        name="riscv", make_arch="riscv", prefix="riscv64-linux-gnu-", image="Image", image_path="arch/riscv/boot/Image",
        qemu=["qemu-system-riscv64", "-M", "virt", "-m", "256"], console="ttyS0",
        configs={"tiny": Configuration("riscv-tiny.config", 659), "defconfig": Configuration("", 2137)}, header="riscv.h",
        dynamic_linker="/lib/ld-linux-riscv64-lp64d.so.1", library_dir="/usr/riscv64-linux-gnu/lib",
        entry_flags=["-march=rv64gc", "-mabi=lp64d"], sizes={}),
    "x86": Architecture(
        name="x86", make_arch="x86", prefix="x86_64-linux-gnu-", image="bzImage", image_path="arch/x86/boot/bzImage",
        qemu=["qemu-system-x86_64", "-M", "pc", "-m", "256"], console="ttyS0",
        configs={"tiny": Configuration("x86-tiny.config", 717), "defconfig": Configuration("", None)}, header="x86.h",
        dynamic_linker="/lib64/ld-linux-x86-64.so.2", library_dir="/lib/x86_64-linux-gnu", entry_flags=[],
        sizes={"setup_bytes": "arch/x86/boot/setup.bin", "realmode_bytes": "arch/x86/realmode/rm/realmode.bin"}),
}
