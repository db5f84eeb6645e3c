"""Finding headers: the chain of directories that `#include` searches.

The chain is -iquote, -I, -isystem and standard, -idirafter directories; `"x"` looks in the directory of
the including file first and then along the whole chain, `<x>` starts at the -I directories, and
`#include_next` behind the directory where the current file was found.
"""
from __future__ import annotations

import os

from .files import FileCache, FileRecord, Frame
from .options import PreprocessOptions


class Found:
    """A header: how it is called, its record, whether it is a system header, and where the search stopped."""

    def __init__(self, name: str, path: str, system: bool, index: int) -> None:
        self.name = name
        self.path = path
        self.system = system
        self.index = index


class HeaderSearch:
    """The directories of one unit."""

    def __init__(self, options: PreprocessOptions, cache: FileCache) -> None:
        self.cache = cache
        self.cwd = options.cwd
        self.directories: list[str] = []
        self.system: list[bool] = []
        self._found: dict[tuple[str, int], Found | None] = {}
        self._fill(options)

    def absolute(self, path: str) -> str:
        """`path` seen from the unit's working directory."""
        return path if path.startswith("/") else self.cwd + "/" + path

    def _identity(self, directory: str) -> tuple[int, int] | None:
        try:
            status = os.stat(self.absolute(directory))
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _fill(self, options: PreprocessOptions) -> None:
        """Lay out the chain without missing directories and duplicates, as gcc does: a -I directory that
        is also a system directory counts as the latter only."""
        groups = ((options.quote_dirs, False), (options.include_dirs, False), (options.system_dirs, True), (options.after_dirs, True))
        system_ids = {self._identity(d) for d in [*options.system_dirs, *options.after_dirs]}
        seen: set[tuple[int, int]] = set()
        self.bracket_start = 0
        for number, (directories, system) in enumerate(groups):
            if number == 1:
                self.bracket_start = len(self.directories)
                seen = set()
            for directory in directories:
                identity = self._identity(directory)
                if identity is None or identity in seen or (number == 1 and identity in system_ids):
                    continue
                seen.add(identity)
                self.directories.append(directory.rstrip("/") or "/")
                self.system.append(system)

    def find(self, name: str, quoted: bool, frame: Frame | None) -> Found | None:
        """The header that `"name"` or `<name>` means in `frame`; None if there is none."""
        if name.startswith("/"):
            return Found(name, name, frame is not None and frame.system, len(self.directories)) if self._is_file(name) else None
        if quoted and frame is not None:
            path = frame.directory + "/" + name if frame.directory else name
            if self._exists(path):
                return Found(path, self.absolute(path), frame.system, 0)
        return self.find_from(name, 0 if quoted else self.bracket_start)

    def find_next(self, name: str, frame: Frame) -> Found | None:
        """The header that `#include_next` means in `frame`."""
        return self.find_from(name, frame.search_index)

    def find_from(self, name: str, start: int) -> Found | None:
        """Search the chain from directory number `start` on."""
        key = (name, start)
        if key in self._found:
            return self._found[key]
        found: Found | None = None
        directories = self.directories
        for index in range(start, len(directories)):
            path = directories[index] + "/" + name
            if self._exists(path):
                found = Found(path, self.absolute(path), self.system[index], index + 1)
                break
        self._found[key] = found
        return found

    def _exists(self, path: str) -> bool:
        path = self.absolute(path)
        directory, name = path.rsplit("/", 1)
        return self.cache.exists(directory, name) and self._is_file(path)

    def _is_file(self, path: str) -> bool:
        try:
            self.cache.get(path)
        except IsADirectoryError:
            return False
        except OSError:
            return os.path.exists(path)
        return True

    def load(self, found: Found) -> FileRecord:
        """The record of a header.  Raises OSError."""
        return self.cache.get(found.path)
