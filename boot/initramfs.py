"""initramfs archives: the `newc` cpio format of Documentation/driver-api/early-userspace/buffer-format.rst."""
from __future__ import annotations

import gzip
from typing import Final

DIRECTORY: Final = 0o040755
EXECUTABLE: Final = 0o100755
CHARACTER_DEVICE: Final = 0o020600


class Initramfs:
    """Builds an archive, entry by entry, with times and owners 0: same contents, same bytes."""

    def __init__(self) -> None:
        self._out = bytearray()
        self._inode = 0
        self._folders: set[str] = set()

    def _entry(self, name: str, mode: int, data: bytes, device: tuple[int, int] = (0, 0)) -> None:
        self._inode += 1
        raw = name.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, device[0], device[1], len(raw), 0)
        self._out += b"070701" + b"".join(b"%08x" % f for f in fields) + raw
        self._out += b"\0" * (-len(self._out) % 4) + data
        self._out += b"\0" * (-len(self._out) % 4)

    def directory(self, name: str) -> None:
        """A directory and those above it."""
        parts = name.strip("/").split("/")
        for i in range(1, len(parts) + 1):
            path = "/".join(parts[:i])
            if path and path not in self._folders:
                self._folders.add(path)
                self._entry(path, DIRECTORY, b"")

    def file(self, name: str, data: bytes, mode: int = EXECUTABLE) -> None:
        """A regular file, with the directories above it."""
        name = name.strip("/")
        if "/" in name:
            self.directory(name.rsplit("/", 1)[0])
        self._entry(name, mode, data)

    def device(self, name: str, major: int, minor: int) -> None:
        """A character device."""
        self.directory(name.strip("/").rsplit("/", 1)[0])
        self._entry(name.strip("/"), CHARACTER_DEVICE, b"", (major, minor))

    def finish(self) -> bytes:
        """The archive, compressed with gzip."""
        self._entry("TRAILER!!!", 0, b"")
        self._out += b"\0" * (-len(self._out) % 512)
        return gzip.compress(bytes(self._out), 6, mtime=0)
